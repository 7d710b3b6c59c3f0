//! What people decide, typed as they would: taken apart and paired again, taken back, merged.

use app::cli::Exit;
use emulators::pipedrive::Entity;
use serde_json::{Value, json};

use super::{Office, moment};

/// What a side shows of a field.
async fn shows(office: &Office, record: &str, field: &str, side: &str) -> Value {
    let told = office.run(&format!("explain {record} --json")).await.json();
    told["fields"][field][side]["shown"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_is_taken_apart_and_made_again() {
    let office = Office::in_step(2, 4).await;
    let pairs = office.run("pairs show person/2 --json").await.json();
    let contact = pairs["ids"]["propstreet"].as_str().unwrap().to_owned();

    let told = office.run("pairs unlink person/2").await;
    assert_eq!(told.exit, Exit::Done, "{told:?}");
    assert_eq!(office.run("sync --once").await.exit, Exit::Done);
    let told = office.run("explain person/2").await;
    assert!(told.text.contains("pipestreet pairs link"), "{told:?}");
    assert_eq!(office.run("plan --json").await.json()["writes"], 0);

    let told = office
        .run(&format!("pairs link person/2 contact/{contact} --json"))
        .await;
    assert_eq!(told.json()["ids"]["pipedrive"], "2", "{told:?}");
    assert_eq!(office.run("sync --once").await.exit, Exit::Done);
    let pairs = office.run("pairs show person/2 --json").await.json();
    assert_eq!(pairs["state"], "active", "{pairs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_taken_back_with_the_next_sync() {
    let mut office = Office::in_step(2, 4).await;
    let before = shows(&office, "person/2", "name", "propstreet").await;
    let fields = json!({ "name": "Sunniva Kårstad" });
    office
        .pipedrive
        .emulator()
        .screen(moment())
        .edit(Entity::Person, 2, &fields)
        .unwrap();
    office.tell("PIPESTREET_TIMING__POLL_INTERVAL", "10s");
    office.until_polls_are_due().await;
    assert_eq!(office.run("sync --once").await.exit, Exit::Done);
    assert_eq!(
        shows(&office, "person/2", "name", "propstreet").await,
        "Sunniva Kårstad"
    );

    let told = office.run("undo person/2 --dry-run").await;
    assert!(told.text.contains("nothing was changed"), "{told:?}");
    let told = office.run("undo person/2 --json").await;
    assert_eq!(told.json()["put_back"][0]["field"], "name", "{told:?}");
    assert_eq!(office.run("sync --once").await.exit, Exit::Done);
    for side in ["pipedrive", "propstreet"] {
        assert_eq!(shows(&office, "person/2", "name", side).await, before);
    }
    let nothing = office.run("undo 999999").await;
    assert_eq!(nothing.exit, Exit::Failed);
    assert!(
        nothing.text.contains("there is no change 999999"),
        "{nothing:?}"
    );
    assert_eq!(office.run("undo").await.exit, Exit::Usage);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_persons_are_merged_where_they_are() {
    let office = Office::set_up(1, 2).await;
    for name in ["Ragna Eide", "Ragna Eide Lie"] {
        let fields = json!({ "name": name, "emails": [{ "value": "post@eide.example", "primary": true, "label": "work" }] });
        office
            .pipedrive
            .emulator()
            .screen(moment())
            .add(Entity::Person, &fields)
            .unwrap();
    }
    office.run("sync --approve --once").await;
    let suspects = office.run("duplicates list --json").await.json();
    let step = suspects[0]["if_one"].as_str().unwrap().to_owned();
    let told = office.run(&step).await;
    assert_eq!(told.exit, Exit::Done, "{told:?}");
    office.run("sync --once").await;
    assert_eq!(office.run("duplicates list --json").await.json(), json!([]));
    let table = office.run("duplicates list").await.text;
    assert!(table.contains("no two records look like one"), "{table}");
}
