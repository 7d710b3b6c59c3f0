//! What only webhooks show.
//!
//! In: a question's key. Out: its answer, from what came into the post box. Makes a webhook, a person and a deal at the most.

use std::sync::Arc;

use serde_json::{Value, json};

use super::deals::DEALS;
use super::records::WEBHOOKS;
use super::unknown;
use crate::account::Stop;
use crate::asking::{Asking, Made};
use crate::finding::Answer;
use crate::post_box::{Delivery, PostBox};

/// So long a webhook is waited for, also one that is sent again.
const HEARING_MILLIS: i64 = 30_000;
const LOOK_MILLIS: i64 = 250;
/// So long something else may still come after what was waited for.
const SETTLING_MILLIS: i64 = 8_000;
/// Longer than a whole second, in which times are told.
const LATER_MILLIS: i64 = 2_100;
/// Changes in a row: that many come in order by chance only where the order is kept.
const CHANGES: usize = 15;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    match key {
        "person_events_have_no_single_label" => labels(asking).await,
        "previous_tells_the_time" => previous(asking).await,
        "new_deals_are_quiet_about_contacts" => quiet_deals(asking).await,
        "event_ids_change_with_attempts" => event_ids(asking).await,
        "events_keep_their_order" => order(asking).await,
        _ => Ok(unknown(key)),
    }
}

/// One webhook, and what it brings.
pub(super) struct Ear {
    pub(super) post_box: Arc<PostBox>,
    webhook: Value,
}

impl Ear {
    pub(super) async fn open(
        asking: &mut Asking,
        object: &str,
        action: &str,
    ) -> Result<Self, Stop> {
        let post_box = asking.post_box();
        post_box.empty();
        let body = json!({
            "subscription_url": post_box.address(), "event_action": action, "event_object": object, "version": "2.0",
            "name": asking.mark(),
        });
        let webhook = asking.make("webhook", WEBHOOKS, body).await?.id;
        Ok(Self { post_box, webhook })
    }

    pub(super) fn heard(&self) -> Vec<Delivery> {
        self.post_box.deliveries(&self.webhook)
    }

    /// Waits until enough has come; whether it has.
    pub(super) async fn hears(
        &self,
        asking: &Asking,
        is_enough: impl Fn(&[Delivery]) -> bool,
    ) -> Result<bool, Stop> {
        for _ in 0..HEARING_MILLIS / LOOK_MILLIS {
            if is_enough(&self.heard()) {
                return Ok(true);
            }
            asking.wait_millis(LOOK_MILLIS).await?;
        }
        Ok(is_enough(&self.heard()))
    }

    /// The first delivery that fits, once it is there.
    async fn hear(
        &self,
        asking: &Asking,
        fits: impl Fn(&Delivery) -> bool,
    ) -> Result<Option<Delivery>, Stop> {
        self.hears(asking, |heard| heard.iter().any(&fits)).await?;
        Ok(self.heard().into_iter().find(fits))
    }
}

pub(super) fn nothing_came() -> Answer {
    Answer::Unclear(
        "no webhook came; see whether the public address leads to the one that is listened at"
            .to_owned(),
    )
}

async fn labels(asking: &mut Asking) -> Result<Answer, Stop> {
    let ear = Ear::open(asking, "person", "create").await?;
    asking.person(json!({})).await?;
    let created = ear.hear(asking, |_| true).await?;
    Ok(created.map_or_else(nothing_came, |created| {
        created.data.get("label").is_none().into()
    }))
}

/// Gives a person another name.
async fn rename(asking: &mut Asking, person: &Made, suffix: &str) -> Result<(), Stop> {
    let name = json!({"name": format!("{} {suffix}", asking.mark())});
    asking.patch(&person.path, name).await?.done()?;
    Ok(())
}

fn is_renamed(delivery: &Delivery) -> bool {
    delivery.previous.get("name").is_some()
}

async fn previous(asking: &mut Asking) -> Result<Answer, Stop> {
    let ear = Ear::open(asking, "person", "change").await?;
    let person = asking.person(json!({})).await?;
    asking.wait_millis(LATER_MILLIS).await?;
    rename(asking, &person, "again").await?;
    let changed = ear.hear(asking, is_renamed).await?;
    Ok(changed.map_or_else(nothing_came, |changed| {
        changed.previous.get("update_time").is_some().into()
    }))
}

async fn quiet_deals(asking: &mut Asking) -> Result<Answer, Stop> {
    let ear = Ear::open(asking, "person", "change").await?;
    let person = asking.person(json!({})).await?;
    let deal = json!({"title": asking.mark(), "person_id": person.id});
    asking.make("deal", DEALS, deal).await?;
    rename(asking, &person, "again").await?;
    if ear.hear(asking, is_renamed).await?.is_none() {
        return Ok(nothing_came());
    }
    asking.wait_millis(SETTLING_MILLIS).await?;
    let of_deal = ear.heard().iter().any(|delivery| !is_renamed(delivery));
    Ok((!of_deal).into())
}

async fn event_ids(asking: &mut Asking) -> Result<Answer, Stop> {
    let ear = Ear::open(asking, "person", "create").await?;
    ear.post_box.refuse(true);
    asking.person(json!({})).await?;
    let id_of = |delivery: Option<Delivery>| delivery.map(|delivery| delivery.meta["id"].clone());
    let first = ear.hear(asking, |delivery| delivery.meta["attempt"] == 1);
    let first = id_of(first.await?);
    let second = ear.hear(asking, |delivery| delivery.meta["attempt"] == 2);
    let second = id_of(second.await?);
    ear.post_box.refuse(false);
    Ok(match (first, second) {
        (Some(first), Some(second)) => (first != second).into(),
        (Some(_), None) => {
            Answer::Unclear("a refused webhook was not sent a second time".to_owned())
        }
        (None, _) => nothing_came(),
    })
}

async fn order(asking: &mut Asking) -> Result<Answer, Stop> {
    let ear = Ear::open(asking, "person", "change").await?;
    let person = asking.person(json!({})).await?;
    let suffixes: Vec<String> = (0..CHANGES).map(|turn| format!("{turn:02}")).collect();
    for suffix in &suffixes {
        rename(asking, &person, suffix).await?;
    }
    let all_came = |heard: &[Delivery]| heard.len() >= CHANGES;
    if !ear.hears(asking, all_came).await? {
        return Ok(nothing_came());
    }
    asking.wait_millis(SETTLING_MILLIS).await?;
    let names: Vec<Value> = ear
        .heard()
        .iter()
        .map(|delivery| delivery.data["name"].clone())
        .collect();
    let mark = asking.mark();
    let sent = suffixes.iter().map(|suffix| format!("{mark} {suffix}"));
    Ok(sent
        .eq(names.iter().map(|name| name.as_str().unwrap_or_default()))
        .into())
}
