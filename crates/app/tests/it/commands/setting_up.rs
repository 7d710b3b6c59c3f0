//! `setup` makes what is missing, once, and keeps the secrets of what it makes; `doctor` says what is wrong.

use app::cli::Exit;
use emulators::pipedrive::Entity;
use engine::setup::FACT_PROPSTREET_WEBHOOK;

use super::Office;

fn count(text: &str, word: &str) -> usize {
    text.matches(word).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_makes_fields_and_webhooks_and_makes_them_once() {
    let office = Office::new(2, 4).await;
    let first = office.run("setup").await;
    assert_eq!(first.exit, Exit::Done, "{first:?}");
    assert_eq!(office.webhooks().await, (10, 1));
    let writes = office.pipedrive_writes();

    let second = office.run("setup --json").await;
    let steps = second.json();
    assert_eq!(steps.as_array().unwrap().len(), 17);
    assert!(
        steps
            .as_array()
            .unwrap()
            .iter()
            .all(|step| step["done"] == "was there"),
        "{steps}"
    );
    assert_eq!(office.webhooks().await, (10, 1));
    assert_eq!(office.pipedrive_writes(), writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_setup_tells_everything_and_makes_nothing() {
    let office = Office::new(2, 4).await;
    let ran = office.run("setup --dry-run").await;
    assert_eq!(count(&ran.text, "would be made"), 14, "{ran:?}");
    assert_eq!(office.webhooks().await, (0, 0));
    assert_eq!(office.pipedrive_writes(), 0);
    assert_eq!(count(&office.run("secrets list").await.text, "database"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_can_be_taken_away_and_come_back() {
    let office = Office::set_up(2, 4).await;
    let removed = office.run("setup --remove").await;
    assert_eq!(count(&removed.text, "taken away"), 11, "{removed:?}");
    assert_eq!(office.webhooks().await, (0, 0));
    assert_eq!(office.run("setup").await.exit, Exit::Done);
    assert_eq!(office.webhooks().await, (10, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_nothing_is_made_whose_secret_could_not_be_kept() {
    let office = Office::new(2, 4).await;
    office.lose_key();
    let ran = office.run("setup").await;
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.text.contains("there is no key"), "{ran:?}");
    assert_eq!(office.webhooks().await, (0, 0));
    assert_eq!(office.pipedrive_writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_whose_secret_was_lost_on_the_way_is_replaced() {
    let office = Office::set_up(2, 4).await;
    // As if the program had ended between the answer and the database.
    office.put_fact(FACT_PROPSTREET_WEBHOOK, "another").await;
    let ran = office.run("setup").await;
    assert_eq!(count(&ran.text, "│ made"), 0, "{ran:?}");
    assert_eq!(count(&ran.text, "┆ made"), 1, "{ran:?}");
    assert_eq!(office.webhooks().await, (10, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_workspace_has_no_error() {
    let office = Office::set_up(2, 4).await;
    let ran = office.run("doctor --json").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    assert!(
        ran.text.contains("Propstreet's webhook points here"),
        "{ran:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_was_renamed_stays_in_use_and_is_told_by_its_new_name() {
    let office = Office::set_up(2, 4).await;
    office
        .pipedrive
        .emulator()
        .rename_field(Entity::Person, "investor_strategy", "Investor strategy")
        .unwrap();
    let ran = office.run("doctor --json").await;
    assert_eq!(ran.exit, Exit::Done);
    let advice = r#"write fields.person_strategy = \"Investor strategy\""#;
    assert!(ran.text.contains(advice), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_told_with_the_secret_to_set() {
    let mut office = Office::set_up(2, 4).await;
    office.tell("PIPESTREET_PIPEDRIVE_API_TOKEN", "mistyped");
    let ran = office.run("doctor --json").await;
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.text.contains("secrets set pipedrive_api_token"),
        "{ran:?}"
    );
    assert!(!ran.text.contains("mistyped"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn before_anything_is_set_up_every_command_says_what_to_do() {
    let office = Office::new(2, 4).await;
    for line in [
        "plan",
        "sync --once",
        "sync --approve --once",
        "serve",
        "explain person/1",
    ] {
        let ran = office.run(line).await;
        assert_eq!(ran.exit, Exit::Failed, "{line}");
        assert!(
            ran.text.contains("pipestreet setup") || line.starts_with("explain"),
            "{line}: {ran:?}"
        );
    }
    assert!(
        office
            .run("status")
            .await
            .text
            .contains("run `pipestreet setup`")
    );
    assert_eq!(office.run("doctor").await.exit, Exit::Failed);
}
