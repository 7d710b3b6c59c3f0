//! `plan`, `explain` and `status` tell how things stand, and write nothing.

use app::cli::Exit;
use emulators::pipedrive::Entity;
use serde_json::json;

use super::{Office, moment};

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_reads_both_sides_and_writes_to_neither() {
    let office = Office::set_up(4, 8).await;
    let writes = office.pipedrive_writes();
    let plan = office.run("plan --json").await.json();
    assert_eq!(plan["approved"], false);
    assert!(plan["writes"].as_u64().unwrap() > 0, "{plan}");
    assert!(plan["creates"]["contact"].as_u64().unwrap() > 0, "{plan}");
    assert!(
        plan["cost"]["pipedrive_tokens"].as_u64().unwrap() > 0,
        "{plan}"
    );
    assert_eq!(office.pipedrive_writes(), writes);
    let requests = office.propstreet.emulator().counters().requests;
    let written = requests
        .keys()
        .filter(|what| !what.starts_with("GET") && !what.contains("webhook"));
    assert_eq!(written.count(), 0, "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_tells_field_by_field_what_becomes_of_each_record_and_who_may_be_whom() {
    let office = Office::set_up(1, 2).await;
    let fields = json!({ "name": "Ragna Eide", "phones": [{ "value": "+4791234567", "primary": true, "label": "work" }] });
    let person = office
        .pipedrive
        .emulator()
        .screen(moment())
        .add(Entity::Person, &fields)
        .unwrap();
    let contact = json!({ "firstName": "Ragna", "lastName": "Eide-Lie", "phone": "+4791234567" });
    office
        .propstreet
        .emulator()
        .add_contact(&contact, moment())
        .unwrap();

    let plan = office
        .run(&format!("plan --record person/{person} --json"))
        .await
        .json();
    let changes = plan["records"][0]["changes"].as_array().unwrap();
    let made = json!({ "side": "propstreet", "operation": "create", "field": null, "before": null, "after": null });
    assert_eq!(changes[0], made, "{plan}");
    assert!(
        changes.contains(&json!({ "side": "propstreet", "operation": "create", "field": "name", "before": null, "after": "Ragna Eide" })),
        "{plan}"
    );
    // Both lists come at once: which record is told of first is not said.
    let mut doubles = plan["doubles"].as_array().unwrap().iter();
    let person_told = format!("person/{person}");
    assert!(
        doubles.any(|double| double["record"] == person_told),
        "{plan}"
    );
    let words = office.run("plan").await.text;
    assert!(
        words.contains(&format!("person/{person} may be contact/")),
        "{words}"
    );
    assert!(words.contains("pipestreet pairs link"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_names_who_is_held_up_and_why() {
    let office = Office::set_up(1, 2).await;
    let fields = json!({ "name": "Ragna Eide", "emails": [{ "value": "post@eide.example", "primary": true, "label": "work" }] });
    for name in ["Ragna Eide", "Roar Eide"] {
        let mut fields = fields.clone();
        fields["name"] = json!(name);
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
    let plan = office.run("plan --json").await.json();
    let held_up = plan["held_up"].as_array().unwrap();
    assert!(!held_up.is_empty(), "{plan}");
    let why = held_up[0]["why"].as_str().unwrap();
    assert!(
        why.contains("person/") || why.contains("contact/"),
        "{plan}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_for_people_has_sentences_and_a_price() {
    let office = Office::set_up(4, 8).await;
    let ran = office.run("plan --limit 2").await;
    assert_eq!(ran.exit, Exit::Done);
    assert!(ran.text.contains("Pipedrive tokens and"), "{ran:?}");
    assert!(
        ran.text.contains("\norganization/") || ran.text.contains("\ncompany/"),
        "{ran:?}"
    );
    assert!(ran.text.contains("pipestreet sync --approve"), "{ran:?}");
    let shown = ran
        .text
        .lines()
        .filter(|line| line.starts_with("organization/") || line.starts_with("company/"));
    assert_eq!(shown.count(), 2, "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_one_record_shows_it_alone() {
    let office = Office::set_up(4, 8).await;
    let plan = office.run("plan --record person/3 --json").await.json();
    let records = plan["records"].as_array().unwrap();
    assert_eq!(records.len(), 1, "{plan}");
    assert_eq!(records[0]["records"]["pipedrive"], "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_explained_from_both_sides() {
    let office = Office::in_step(4, 8).await;
    let told = office.run("explain person/3 --json").await.json();
    assert_eq!(told["pair"]["records"]["pipedrive"], "3");
    assert_eq!(told["stage"], "at rest");
    let name = &told["fields"]["name"];
    assert_eq!(name["pipedrive"]["shown"], name["propstreet"]["shown"]);
    assert_eq!(name["pipedrive"]["shown"], name["pipedrive"]["base"]);
    assert!(!told["history"].as_array().unwrap().is_empty());

    let contact = told["pair"]["records"]["propstreet"].as_str().unwrap();
    let same = office
        .run(&format!("explain contact/{contact} --json"))
        .await
        .json();
    assert_eq!(same["pair"], told["pair"]);
    let words = office.run("explain person/3").await;
    assert!(words.text.contains("What would happen next"), "{words:?}");
    assert!(
        words
            .text
            .contains(&format!("person/3 ↔ contact/{contact}")),
        "{words:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_record_is_not_explained() {
    let office = Office::set_up(2, 4).await;
    let ran = office.run("explain person/987654").await;
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.text.contains("person/987654"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_takes_the_workspace_from_nobody() {
    let office = Office::in_step(2, 4).await;
    let store = office.store();
    let lease = owner(&store).await;
    for line in ["plan", "explain person/1", "status", "doctor", "setup"] {
        office.run(line).await;
    }
    let mark = store::Observation::none();
    let kept =
        store::Store::commit_observation(&store, &lease, mark, None, model::Timestamp::UNIX_EPOCH);
    assert!(kept.await.is_ok());
    app::startup::close_store(store).await;
}

async fn owner(store: &store::AnyStore) -> store::Lease {
    let workspace = app::startup::WORKSPACE.workspace;
    let lease = store::Store::acquire_lease(store, workspace, model::Timestamp::UNIX_EPOCH);
    lease.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_how_far_each_side_was_read() {
    let office = Office::set_up(2, 4).await;
    assert!(
        office
            .run("status")
            .await
            .text
            .contains("not read completely yet")
    );
    office.run("plan").await;
    let status = office.run("status --json").await.json();
    assert_eq!(status["set_up"], true);
    assert_eq!(status["approved"], false);
    assert_eq!(status["daily_tokens"], 210_000);
    for side in ["pipedrive", "propstreet"] {
        assert!(status["sides"][side]["compared_at"].is_string(), "{status}");
        assert!(status["sides"][side]["next_poll"].is_string(), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_budget_tells_what_was_spent_on_what_and_what_is_left() {
    let mut office = Office::in_step(4, 8).await;
    office.tell("PIPESTREET_PIPEDRIVE__DAILY_TOKENS", "100000");
    let told = office.run("budget --json").await.json();
    let pipedrive = &told["pipedrive"];
    let spent = pipedrive["spent"].as_u64().unwrap();
    let by_purpose = pipedrive["by_purpose"].as_array().unwrap();
    let sum: u64 = by_purpose
        .iter()
        .map(|line| line["tokens"].as_u64().unwrap())
        .sum();
    assert!(sum > 0, "{told}");
    assert_eq!(spent, sum, "nothing is in hand after a clean stop: {told}");
    assert!(
        spent >= office.pipedrive.emulator().counters().tokens_total(),
        "{told}"
    );
    assert_eq!(pipedrive["left"], 100_000 - spent);
    assert_eq!(pipedrive["kept"]["interactive"], 5_000);
    let has = |class: &str| by_purpose.iter().any(|line| line["class"] == class);
    assert!(
        has("interactive") && has("change") && has("backfill"),
        "{told}"
    );
    assert!(told["propstreet"]["spent"].as_u64().unwrap() > 0);
    assert_eq!(told["propstreet"]["limit"], json!(null));

    let shown = office.run("budget").await.text;
    assert!(shown.contains("Pipedrive: "), "{shown}");
    assert!(shown.contains("of 100,000 tokens spent"), "{shown}");
    let is_wide = |line: &str| line.chars().count() > 80;
    assert!(!shown.lines().any(is_wide), "{shown}");
}
