//! What people look at and decide, from a store in memory.

use std::collections::BTreeMap;

use app::cli::output::Output;
use app::cli::subject::Subject;
use app::cli::{
    Exit, Opened, Print, conflicts, history, inbox, pairs, pause, quarantine, resolving, status,
};
use app::startup::WORKSPACE;
use model::{Base, BySide, Entity, Field, Kind, Record, RecordKey, Side, Timestamp, Value};
use plan::{NewConflict, Rule};
use store::{
    Authority, Disposition, HistoryKind, InboxSource, LaneKey, Lease, MemStore, MirrorRow,
    NewHistory, NewInboxRow, Observation, PairFormation, PlanCommit, Problem, Stage, Store,
};

const NAME: &str = "Solveig Aas";

struct World {
    store: MemStore,
    lease: Lease,
    now: Timestamp,
}

impl World {
    async fn new() -> Self {
        let store = MemStore::new();
        let now: Timestamp = "2026-11-03T08:00:00Z".parse().unwrap();
        let lease = store.acquire_lease(WORKSPACE.workspace, now).await.unwrap();
        Self { store, lease, now }
    }

    fn opened(&self) -> Opened<'_, MemStore> {
        Opened {
            store: &self.store,
            ctx: WORKSPACE,
            now: self.now,
        }
    }

    async fn observe(&self, keys: &[RecordKey]) {
        let rows = keys.iter().map(|key| row(key, self.now)).collect();
        let observation = Observation {
            authority: Authority::Page,
            rows,
            ..Observation::none()
        };
        self.store
            .commit_observation(&self.lease, observation, None, self.now)
            .await
            .unwrap();
    }

    /// A person and a contact that are a pair, with a phone that waits for a decision.
    async fn with_conflict(self) -> Self {
        let (person, contact) = (
            RecordKey::new(Entity::Person, 12),
            RecordKey::new(Entity::Contact, "c_9"),
        );
        self.observe(&[person.clone(), contact.clone()]).await;
        let lanes = self
            .store
            .claim_lanes(&self.lease, Stage::Plan, self.now, 1)
            .await
            .unwrap();
        let lane = &lanes[0].lane;
        let text = |text: &str| Value::text(text);
        let base = Record::default().with(Field::PersonName, text(NAME));
        let commit = PlanCommit {
            lane: lane.id,
            lane_version: lane.version,
            formation: Some(PairFormation::New {
                kind: Kind::Person,
                ids: BySide {
                    pipedrive: Some(person.id),
                    propstreet: Some(contact.id),
                },
                rule: None,
            }),
            base: Some(Base {
                pipedrive: base.clone(),
                propstreet: base,
            }),
            state: None,
            conflicts: vec![NewConflict {
                field: Field::PersonPhone,
                values: BySide {
                    pipedrive: text("+4791234567"),
                    propstreet: text("+4798765432"),
                },
                base: BySide {
                    pipedrive: None,
                    propstreet: None,
                },
                winner: None,
                rule: Rule::Manual,
            }],
            settled_conflicts: Vec::new(),
            settled_restores: Vec::new(),
            outbox: None,
            suggestions: Vec::new(),
            waits_for: Vec::new(),
            notes: Vec::new(),
            history: vec![NewHistory {
                kind: HistoryKind::Paired,
                side: Side::Propstreet,
                field: None,
                before: None,
                after: None,
                why: "the same e-mail".to_owned(),
            }],
            disposition: Disposition::Rest,
        };
        self.store
            .commit_plan(&self.lease, commit, self.now)
            .await
            .unwrap();
        self
    }

    async fn with_quarantine(self) -> Self {
        let person = RecordKey::new(Entity::Person, 40);
        self.observe(std::slice::from_ref(&person)).await;
        let lanes = self
            .store
            .claim_lanes(&self.lease, Stage::Plan, self.now, 10)
            .await
            .unwrap();
        let lane = lanes
            .iter()
            .find(|view| view.lane.key == LaneKey::Record(person.clone()))
            .unwrap();
        let problem = Problem {
            code: "refused".to_owned(),
            message: "Propstreet refused the e-mail; correct it in Pipedrive".to_owned(),
            request: Some("{\"email\":\"[7 characters]\"}".to_owned()),
            answer: None,
        };
        let ended = Disposition::Quarantine { problem };
        self.store
            .end_claim(&self.lease, lane.lane.id, ended, self.now)
            .await
            .unwrap();
        self
    }

    async fn with_inbox_row(self) -> Self {
        let row = NewInboxRow {
            source: InboxSource::PipedriveWebhook,
            dedup: Some("e-1".to_owned()),
            record: Some(RecordKey::new(Entity::Person, 12)),
            body: Some(format!("{{\"name\":\"{NAME}\"}}")),
            summary: "change person/12".to_owned(),
        };
        self.store
            .append_inbox(WORKSPACE, vec![row], self.now)
            .await
            .unwrap();
        self
    }
}

fn row(key: &RecordKey, now: Timestamp) -> MirrorRow {
    MirrorRow {
        key: key.clone(),
        owner: key.clone(),
        raw: format!("{{\"name\":\"{NAME}\"}}").into(),
        remote_version: "1".to_owned(),
        remote_time: now,
        refers_to: Vec::new(),
        match_keys: std::sync::Arc::default(),
        field_seen_at: BTreeMap::new(),
        left: BTreeMap::new(),
        deleted_at: None,
        synced_at: now,
    }
}

/// Runs a command and gives what it printed.
async fn printed(
    json: bool,
    run: impl AsyncFnOnce(&mut Output<'_>) -> anyhow::Result<Exit>,
) -> String {
    let mut bytes = Vec::new();
    let exit = run(&mut Output::to(&mut bytes, json)).await.unwrap();
    assert_eq!(exit, Exit::Done);
    String::from_utf8(bytes).unwrap()
}

#[track_caller]
fn expect_in(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing from:\n{text}");
    }
}

#[tokio::test]
async fn the_status_counts_and_names_nobody() {
    let world = World::new()
        .await
        .with_conflict()
        .await
        .with_quarantine()
        .await
        .with_inbox_row()
        .await;
    let text = printed(false, async |out| status::run(&world.opened(), out).await).await;
    expect_in(
        &text,
        &[
            "1 waiting, 1 journaled",
            "in quarantine",
            "not approved yet",
            "2 live, 0 deleted",
        ],
    );
    assert!(!text.contains(NAME) && !text.contains("+479"), "{text}");

    let json = printed(true, async |out| status::run(&world.opened(), out).await).await;
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["conflicts_waiting"], 1);
    assert_eq!(value["mirror"]["person"]["live"], 2);
    assert_eq!(value["paused"], false);
    assert!(!json.contains(NAME));
}

#[tokio::test]
async fn a_pause_is_seen_until_it_ends() {
    let world = World::new().await;
    let state = async || printed(false, async |out| status::run(&world.opened(), out).await).await;
    printed(false, async |out| pause::pause(&world.opened(), out).await).await;
    expect_in(&state().await, &["PAUSED"]);
    printed(false, async |out| pause::resume(&world.opened(), out).await).await;
    assert!(!state().await.contains("PAUSED"));
    let again = printed(false, async |out| pause::resume(&world.opened(), out).await).await;
    expect_in(&again, &["it was not paused"]);
}

#[tokio::test]
async fn what_came_in_is_listed_shown_and_looked_at_again() {
    let world = World::new().await.with_inbox_row().await;
    let list = || inbox::ListArgs {
        record: None,
        source: None,
        limit: 5,
        print: Print::default(),
    };
    let run = async |command, json| {
        printed(json, async |out| {
            inbox::run(&world.opened(), command, out).await
        })
        .await
    };

    let text = run(inbox::Command::List(list()), false).await;
    expect_in(&text, &["change person/12", "pipedrive_webhook"]);
    assert!(!text.contains(NAME), "lists show no bodies");
    let json = run(inbox::Command::List(list()), true).await;
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    let seq = rows[0]["seq"].as_i64().unwrap();

    let show = inbox::Command::Show(inbox::ShowArgs {
        seq,
        print: Print::default(),
    });
    expect_in(&run(show, false).await, &[NAME, "e-1"]);
    expect_in(
        &run(inbox::Command::Replay { seq }, false).await,
        &["will be read again"],
    );
    let other = inbox::ListArgs {
        record: Some(RecordKey::new(Entity::Person, 13)),
        ..list()
    };
    expect_in(
        &run(inbox::Command::List(other), false).await,
        &["nothing came in yet"],
    );
}

#[tokio::test]
async fn a_conflict_is_listed_shown_and_decided() {
    let world = World::new().await.with_conflict().await;
    let run = async |command, json| {
        printed(json, async |out| {
            conflicts::run(&world.opened(), command, None, out).await
        })
        .await
    };
    let list = |all| conflicts::ListArgs {
        all,
        record: None,
        limit: 5,
        print: Print::default(),
    };

    let rows: serde_json::Value =
        serde_json::from_str(&run(conflicts::Command::List(list(false)), true).await).unwrap();
    let id = rows[0]["id"].as_i64().unwrap();
    assert_eq!(rows[0]["values"]["propstreet"], "+4798765432");
    expect_in(
        &run(conflicts::Command::List(list(false)), false).await,
        &["person/12", "phone", "waits for you"],
    );
    let show = conflicts::Command::Show(conflicts::ShowArgs {
        id,
        print: Print::default(),
    });
    expect_in(
        &run(show, false).await,
        &[
            "+4791234567",
            "+4798765432",
            "(empty)",
            "--keep pipedrive|propstreet",
        ],
    );

    let keep = conflicts::Command::Resolve(resolving::Args {
        ids: vec![id],
        keep: Some(Side::Propstreet),
        ..resolving::Args::default()
    });
    run(keep, false).await;

    let rows: serde_json::Value =
        serde_json::from_str(&run(conflicts::Command::List(list(true)), true).await).unwrap();
    assert_eq!(rows[0]["kept"], "propstreet");
    let of_pair = conflicts::ListArgs {
        record: Some("contact/c_9".parse::<Subject>().unwrap()),
        ..list(false)
    };
    expect_in(
        &run(conflicts::Command::List(of_pair), false).await,
        &["person/12"],
    );
}

#[tokio::test]
async fn a_quarantined_record_says_why_and_can_be_tried_again() {
    let world = World::new().await.with_quarantine().await;
    let run = async |command, json| {
        printed(json, async |out| {
            quarantine::run(&world.opened(), command, out).await
        })
        .await
    };
    let list = || {
        quarantine::Command::List(quarantine::ListArgs {
            limit: 5,
            print: Print::default(),
        })
    };

    expect_in(
        &run(list(), false).await,
        &["person/40", "refused", "correct it in"],
    );
    let rows: serde_json::Value = serde_json::from_str(&run(list(), true).await).unwrap();
    let lane = rows[0]["lane"].as_i64().unwrap();
    let show = quarantine::Command::Show(quarantine::ShowArgs {
        lane,
        print: Print::default(),
    });
    expect_in(
        &run(show, false).await,
        &["[7 characters]", "pipestreet quarantine retry"],
    );

    let retry = quarantine::Command::Retry(quarantine::ChoiceArgs {
        lane: Some(lane),
        all: false,
    });
    expect_in(&run(retry, false).await, &["1 record will be tried again"]);
    expect_in(&run(list(), false).await, &["nothing is in quarantine"]);
    let drop_all = quarantine::Command::Drop(quarantine::ChoiceArgs {
        lane: None,
        all: true,
    });
    expect_in(&run(drop_all, false).await, &["0 records"]);
}

#[tokio::test]
async fn pairs_and_their_history_are_found_by_record_and_by_number() {
    let world = World::new().await.with_conflict().await;
    let list = pairs::Command::List(pairs::ListArgs {
        after: 0,
        limit: 5,
        print: Print::default(),
    });
    let text = printed(false, async |out| {
        pairs::run(&world.opened(), list, out).await
    })
    .await;
    expect_in(&text, &["person/12", "contact/c_9", "active"]);

    let show = |subject: &str| {
        pairs::Command::Show(pairs::ShowArgs {
            subject: subject.parse().unwrap(),
            print: Print::default(),
        })
    };
    let by_record = printed(false, async |out| {
        pairs::run(&world.opened(), show("contact/c_9"), out).await
    })
    .await;
    expect_in(&by_record, &[NAME, "job_title", "(empty)"]);
    let json = printed(true, async |out| {
        pairs::run(&world.opened(), show("person/12"), out).await
    })
    .await;
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["base"]["pipedrive"]["name"], NAME);

    let args = |since| history::Args {
        subject: Some("person/12".parse().unwrap()),
        since,
        limit: 5,
        print: Print::default(),
    };
    let text = printed(false, async |out| {
        history::run(&world.opened(), args(None), out).await
    })
    .await;
    expect_in(&text, &["paired", "the same e-mail"]);
    let later = model::time::plus_millis(world.now, 1);
    let text = printed(false, async |out| {
        history::run(&world.opened(), args(Some(history::Since::At(later))), out).await
    })
    .await;
    expect_in(&text, &["nothing was changed"]);
}

#[tokio::test]
async fn what_does_not_exist_is_said_to_be_missing() {
    let world = World::new().await;
    let show = pairs::Command::Show(pairs::ShowArgs {
        subject: "person/12".parse().unwrap(),
        print: Print::default(),
    });
    let mut out = Output::to(Vec::new(), false);
    let error = pairs::run(&world.opened(), show, &mut out)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "person/12 is in no pair");
    assert!("customer/12".parse::<Subject>().is_err());
}

#[tokio::test]
async fn tables_fit_eighty_columns_where_there_is_no_terminal() {
    let mut bytes = Vec::new();
    let long = "a word and another ".repeat(20);
    Output::to(&mut bytes, false)
        .table(&["One", "Two"], vec![vec!["1".to_owned(), long]], "")
        .unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}
