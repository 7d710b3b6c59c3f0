//! Users at work through the emulator's control address: they add, edit, archive, merge and delete records of every kind that is
//! mirrored.
//!
//! In: what is there at first. Out: deeds carried out, many at a time. What is refused (somebody else was quicker, an archived
//! deal cannot be edited) is no deed.

use std::collections::BTreeMap;

use anyhow::Context;
use futures_util::stream::{FuturesUnordered, StreamExt};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::source;
use super::town::Town;

const AT_ONCE: usize = 24;
/// Kinds with as few records as this are not made fewer.
const KEPT_AT_LEAST: usize = 12;

/// What happens how often, of a thousand.
const CHANCES: [(u32, &str); 10] = [
    (420, "deal"),
    (170, "activity"),
    (120, "note"),
    (90, "person"),
    (60, "lead"),
    (50, "organization"),
    (50, "product"),
    (20, "stage"),
    (10, "pipeline"),
    (10, "user"),
];

/// What becomes of the ids that are known.
#[derive(Debug, Clone)]
enum Effect {
    None,
    Adds,
    Removes(Value),
}

#[derive(Debug)]
struct Deed {
    kind: &'static str,
    body: Value,
    effect: Effect,
}

#[derive(Debug)]
pub(super) struct Users {
    random: ChaCha8Rng,
    ids: BTreeMap<&'static str, Vec<Value>>,
    pub(super) done: u32,
    pub(super) refused: u32,
    pub(super) added: u32,
    pub(super) removed: u32,
}

impl Users {
    /// They know what is there.
    pub(super) async fn of(town: &Town, seed: u64) -> anyhow::Result<Self> {
        let everything = source::everything(town).await?;
        let mut ids: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
        for (_, kind) in CHANCES {
            let entity = model::Entity::from_name(kind).context("a kind that is mirrored")?;
            let rows = everything.get(&entity).into_iter().flatten();
            let known = rows.map(|(_, row)| row["id"].clone()).collect();
            ids.insert(kind, known);
        }
        Ok(Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            ids,
            done: 0,
            refused: 0,
            added: 0,
            removed: 0,
        })
    }

    /// Does so much.
    pub(super) async fn storm(&mut self, town: &Town, changes: u32) -> anyhow::Result<()> {
        let mut under_way = FuturesUnordered::new();
        let mut begun = 0;
        while self.done < changes {
            while under_way.len() < AT_ONCE && self.done + count(under_way.len()) < changes {
                begun += 1;
                let deed = self.think_of(begun);
                under_way.push(async move {
                    let answer = town.control("edit", &deed.body).await;
                    answer.map(|answer| (deed, answer))
                });
            }
            let (deed, answer) = under_way.next().await.context("nothing is under way")??;
            self.note(deed, answer.as_ref());
        }
        Ok(())
    }

    fn note(&mut self, deed: Deed, answer: Option<&Value>) {
        let Some(answer) = answer else {
            self.refused += 1;
            return;
        };
        self.done += 1;
        let known = self.ids.entry(deed.kind).or_default();
        match deed.effect {
            Effect::None => {}
            Effect::Adds => {
                self.added += 1;
                known.push(answer["id"].clone());
            }
            Effect::Removes(id) => {
                self.removed += 1;
                known.retain(|known| *known != id);
            }
        }
    }

    fn any(&mut self, kind: &'static str) -> Value {
        let known = self.ids.get(kind).map_or(&[][..], Vec::as_slice);
        match known.len() {
            0 => Value::Null,
            some => known[self.random.random_range(0..some)].clone(),
        }
    }

    fn think_of(&mut self, number: u32) -> Deed {
        let mut drawn = self.random.random_range(0..1_000);
        let mut kind = "deal";
        for (chance, name) in CHANCES {
            if drawn < chance {
                kind = name;
                break;
            }
            drawn -= chance;
        }
        let id = self.any(kind);
        let known = self.ids.get(kind).map_or(0, Vec::len);
        let may_vanish = !matches!(kind, "stage" | "pipeline" | "user") && known > KEPT_AT_LEAST;
        match self.random.random_range(0..100) {
            0..3 if may_vanish => Deed {
                kind,
                body: json!({"verb": format!("delete_{kind}"), "id": id}),
                effect: Effect::Removes(id),
            },
            3..10 => self.addition(kind, number),
            10 if may_vanish && matches!(kind, "deal" | "person" | "organization") => {
                let verb = format!("merge_{kind}s");
                let survivor = self.any(kind);
                Deed {
                    kind,
                    body: json!({"verb": verb, "id": id, "survivor": survivor}),
                    effect: Effect::Removes(id),
                }
            }
            _ => self.edit(kind, &id, number),
        }
    }

    fn addition(&mut self, kind: &'static str, number: u32) -> Deed {
        let named = format!("Mandate {number}");
        let fields = match kind {
            "deal" => json!({"title": named, "value": number, "person_id": self.any("person")}),
            "activity" => json!({"subject": named, "type": "meeting", "deal_id": self.any("deal")}),
            "note" => json!({"content": format!("<p>{named}</p>"), "deal_id": self.any("deal")}),
            "lead" => json!({"title": named, "person_id": self.any("person")}),
            "stage" => json!({"name": named, "pipeline_id": self.any("pipeline")}),
            "user" => return self.edit(kind, &json!(12), number),
            _ => json!({ "name": named }),
        };
        let body = json!({"verb": format!("add_{kind}"), "fields": fields});
        let effect = Effect::Adds;
        Deed { kind, body, effect }
    }

    fn edit(&mut self, kind: &'static str, id: &Value, number: u32) -> Deed {
        let named = format!("Mandate {number}");
        let drawn = self.random.random_range(0..20);
        let flag = self.random.random_range(0..2) == 0;
        let fields = match (kind, drawn) {
            ("deal", 0..6) => json!({"stage_id": self.any("stage")}),
            ("deal", 6..9) => json!({"value": self.random.random_range(1..90_000_000)}),
            ("deal", 9) => json!({"is_archived": true}),
            ("deal", 10 | 11) => json!({"is_archived": false}),
            ("deal", 12) => json!({"status": "won"}),
            ("deal", 13) => json!({"status": "lost", "lost_reason": named}),
            ("deal", 14) => json!({"status": "open"}),
            ("deal", 15) => json!({"probability": self.random.random_range(0..101)}),
            ("deal" | "lead", _) if drawn < 17 => json!({"expected_close_date": "2027-01-31"}),
            ("lead", 17) => json!({ "is_archived": flag }),
            ("deal" | "lead", _) => json!({ "title": named }),
            ("activity", 0..7) => json!({ "done": flag }),
            ("activity", 7..12) => json!({"note": format!("<p>{named}</p>")}),
            ("activity", _) => json!({ "subject": named }),
            ("note", _) => json!({"content": format!("<p>{named}</p>")}),
            ("product", 0..8) => {
                json!({"prices": [{"currency": "SEK", "price": self.random.random_range(1..90_000)}]})
            }
            ("user", _) => {
                return Deed {
                    kind,
                    body: json!({"verb": "rename_user", "id": id, "to": named}),
                    effect: Effect::None,
                };
            }
            _ => json!({ "name": named }),
        };
        Deed {
            kind,
            body: json!({"verb": format!("edit_{kind}"), "id": id, "fields": fields}),
            effect: Effect::None,
        }
    }
}

fn count(under_way: usize) -> u32 {
    u32::try_from(under_way).unwrap_or(u32::MAX)
}
