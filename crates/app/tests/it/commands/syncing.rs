//! `sync` brings both sides into step once a person has said so, and no further than was asked.

use app::cli::Exit;
use emulators::pipedrive::Entity;
use engine::core::{FACT_DELETES_ALLOWED, FACT_DELETES_STOPPED};
use serde_json::json;

use super::{Office, moment};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_before_a_person_approves() {
    let office = Office::set_up(3, 6).await;
    let writes = office.pipedrive_writes();
    let ran = office.run("sync --once").await;
    assert_eq!(ran.exit, Exit::NeedsPerson);
    assert!(ran.text.contains("pipestreet sync --approve"), "{ran:?}");
    assert_eq!(office.pipedrive_writes(), writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_one_sync_nothing_is_left_to_write() {
    let office = Office::set_up(5, 12).await;
    let first = office.run("sync --approve --once --json").await;
    assert_eq!(first.exit, Exit::Done, "{first:?}");
    assert!(first.json()["writes"].as_u64().unwrap() > 0);
    assert_eq!(first.json()["waiting"], 0);
    assert_eq!(office.run("plan --json").await.json()["writes"], 0);

    let second = office.run("sync --once --json").await.json();
    assert_eq!(second["writes"], 0);
    assert_eq!(second["pairs"], first.json()["pairs"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_made_meanwhile_travels_with_the_next_sync() {
    let mut office = Office::in_step(3, 6).await;
    let fields = json!({ "name": "Sunniva Kårstad" });
    office
        .pipedrive
        .emulator()
        .screen(moment())
        .edit(Entity::Person, 2, &fields)
        .unwrap();
    // The next poll is due in minutes; a person who asks does not wait.
    office.tell("PIPESTREET_TIMING__POLL_INTERVAL", "10s");
    office.until_polls_are_due().await;
    let ran = office.run("sync --once --json").await.json();
    assert_eq!(ran["writes"], 1, "{ran}");
    let told = office.run("explain person/2 --json").await.json();
    assert_eq!(
        told["fields"]["name"]["propstreet"]["shown"],
        "Sunniva Kårstad"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_record_is_brought_into_step_alone() {
    let office = Office::set_up(4, 8).await;
    let ran = office
        .run("sync --approve --record organization/2 --json")
        .await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    assert_eq!(ran.json()["written"], 1);
    let pairs = office.run("status --json").await.json()["pairs_active"].clone();
    assert_eq!(pairs, json!({ "organization": 1 }));
    assert_eq!(
        office.run("explain organization/2 --json").await.json()["stage"],
        "at rest"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_records_are_written_than_were_allowed() {
    let office = Office::set_up(6, 8).await;
    let ran = office.run("sync --approve --limit 3 --json").await;
    assert_eq!(ran.json()["written"], 3, "{ran:?}");
    let status = office.run("status --json").await.json();
    assert_eq!(
        status["outbox"]
            .get("planned")
            .and_then(serde_json::Value::as_u64)
            .unwrap_or(0),
        0,
        "{status}"
    );
    assert!(
        office.run("plan --json").await.json()["writes"]
            .as_u64()
            .unwrap()
            > 0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_workspace_is_not_written_to() {
    let office = Office::set_up(3, 6).await;
    office.run("plan").await;
    office.run("pause").await;
    let writes = office.pipedrive_writes();
    let ran = office.run("sync --approve --once").await;
    assert_eq!(ran.exit, Exit::NeedsPerson);
    assert_eq!(office.pipedrive_writes(), writes);
    office.run("resume").await;
    assert_eq!(office.run("sync --once").await.exit, Exit::Done);
    assert!(office.pipedrive_writes() > writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantined_record_is_tried_again_when_a_person_says_so() {
    let office = Office::set_up(2, 4).await;
    let twins = ["Ragna Eide", "Roar Eide"];
    for name in twins {
        let fields = json!({ "name": name, "emails": [{ "value": "post@eide.example", "primary": true, "label": "work" }] });
        office
            .pipedrive
            .emulator()
            .screen(moment())
            .add(Entity::Person, &fields)
            .unwrap();
    }
    let contact = json!({ "firstName": "Ragnhild", "lastName": "Eide", "emails": [{ "address": "post@eide.example", "type": "work" }] });
    office
        .propstreet
        .emulator()
        .add_contact(&contact, moment())
        .unwrap();
    office.run("sync --approve --once").await;
    let waiting = office.run("quarantine list --json").await.json();
    assert!(!waiting.as_array().unwrap().is_empty(), "{waiting}");

    let told = office.run("quarantine retry --all").await;
    assert!(told.text.contains("will be tried again"), "{told:?}");
    assert_eq!(office.run("quarantine list --json").await.json(), json!([]));
    assert_eq!(office.run("sync --once").await.exit, Exit::Done);
    // Nothing has changed about them, so they wait again.
    assert_eq!(
        office
            .run("quarantine list --json")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        waiting.as_array().unwrap().len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_deletes_go_on_when_a_person_says_so() {
    let office = Office::in_step(2, 4).await;
    assert!(
        office
            .run("resume --deletes")
            .await
            .text
            .contains("were not stopped")
    );
    office
        .put_fact(FACT_DELETES_STOPPED, "2026-11-03T08:00:00Z")
        .await;
    assert!(
        office
            .run("status")
            .await
            .text
            .contains("pipestreet resume --deletes")
    );
    let ran = office.run("resume --deletes").await;
    assert!(ran.text.contains("deletes go on until"), "{ran:?}");
    assert_eq!(office.fact(FACT_DELETES_STOPPED).await, None);
    assert!(office.fact(FACT_DELETES_ALLOWED).await.is_some());
}

impl Office {
    /// Makes the polls due, as if their interval had passed.
    pub(super) async fn until_polls_are_due(&self) {
        let program = app::startup::open(&self.config(), &self.environment())
            .await
            .unwrap();
        let core = program.blueprint.observe().await.unwrap();
        engine::intake::poll::make_due(&core).await.unwrap();
        app::startup::close_store(program.store).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_of_our_own_writes_are_received_by_a_sync_too() {
    let office = Office::in_step(3, 6).await;
    let sent = office.pipedrive.emulator().counters().webhooks;
    assert_eq!(sent.failed_tries, 0, "{sent:?}");
    let status = office.run("status --json").await.json();
    assert!(
        status["last_webhook_at"]["pipedrive"].is_string(),
        "{status}"
    );
    assert_eq!(office.run("doctor").await.exit, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_asks_for_what_the_plan_said_it_would() {
    let office = Office::set_up(20, 60).await;
    let planned = office.run("plan --json").await.json()["cost"].clone();
    let before = office.propstreet.emulator().counters().requests_total;
    let tokens_before = office.pipedrive.emulator().counters().tokens_total();
    office.run("sync --approve --once").await;
    let asked = office.propstreet.emulator().counters().requests_total - before;
    let tokens = office.pipedrive.emulator().counters().tokens_total() - tokens_before;
    let within = |planned: &serde_json::Value, spent: u64, percent: u64| {
        let planned = planned.as_u64().unwrap();
        planned <= spent && spent * 100 <= planned * percent
    };
    // Looking at what our own webhooks say, and at what else has changed, comes on top: the more, the longer it takes.
    assert!(
        within(&planned["propstreet_requests"], asked, 150),
        "{planned}, asked {asked}"
    );
    assert!(
        within(&planned["pipedrive_tokens"], tokens, 150),
        "{planned}, spent {tokens}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_day_does_not_pay_for_waits_and_is_told_beforehand() {
    // So much that not even two days would pay for it, should midnight come while this runs.
    let mut office = Office::set_up(20, 190).await;
    office.tell("PIPESTREET_PIPEDRIVE__DAILY_TOKENS", "450");
    let plan = office.run("plan --limit 0").await;
    assert!(
        plan.text
            .contains("days, because the day's budget is 450 tokens"),
        "{plan:?}"
    );
    let ran = office.run("sync --approve --once").await;
    assert_eq!(ran.exit, Exit::Failed, "{ran:?}");
    assert!(
        ran.text.contains("the day's Pipedrive tokens are spent"),
        "{ran:?}"
    );
    assert!(office.pipedrive.emulator().counters().tokens_total() <= 450);
    office.tell("PIPESTREET_PIPEDRIVE__DAILY_TOKENS", "100000");
    assert_eq!(office.run("quarantine list --json").await.json(), json!([]));
}
