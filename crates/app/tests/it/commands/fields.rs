//! The commands about fields: what is known of them, and what a person has to do.

use app::cli::Exit;
use emulators::Moment;
use emulators::pipedrive::Entity;

use super::Office;

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_listed_by_readable_names_with_what_they_are_used_for() {
    let office = Office::set_up(2, 4).await;
    office
        .pipedrive
        .emulator()
        .add_field(
            Entity::Organization,
            ("Fund size (MSEK)", "enum"),
            &["< 100", "100–500"],
            Moment(0),
        )
        .unwrap();
    assert_eq!(office.run("fields check").await.exit, Exit::Done);

    let listed = office.run("fields list --json").await.json();
    let fields = listed.as_array().unwrap();
    let strategy = fields
        .iter()
        .find(|field| field["name"] == "investor_strategy")
        .unwrap();
    assert_eq!(strategy["entity"], "person");
    assert_eq!(strategy["used_by"], "fields.person_strategy");
    assert_eq!(strategy["code"].as_str().map(str::len), Some(40));
    let size = fields
        .iter()
        .find(|field| field["name"] == "fund_size_msek")
        .unwrap();
    assert_eq!(size["options"][1]["label"], "100–500");
    assert_eq!(size["used_by"], serde_json::Value::Null);

    let ran = office.run("fields list --entity organization").await;
    assert_eq!(ran.exit, Exit::Done);
    assert!(ran.text.contains("organization.org_number"), "{ran:?}");
    assert!(!ran.text.contains("person."), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_field_needs_a_person_who_is_told_what_to_do() {
    let office = Office::set_up(2, 4).await;
    assert_eq!(office.run("sync --approve --once").await.exit, Exit::Done);
    office
        .pipedrive
        .emulator()
        .remove_field(Entity::Person, "investor_strategy")
        .unwrap();
    let now = Moment(0);
    office
        .pipedrive
        .emulator()
        .add_field(Entity::Person, ("Investor strategies", "text"), &[], now)
        .unwrap();

    let ran = office.run("fields check --json").await;
    assert_eq!(ran.exit, Exit::NeedsPerson, "{ran:?}");
    let found = &ran.json()["findings"][0];
    assert_eq!(found["finding"], "deleted");
    assert_eq!(found["setting"], "fields.person_strategy");
    let advice = found["advice"].as_str().unwrap();
    assert!(
        advice.contains("fields.person_strategy = \"Investor strategies\""),
        "{advice}"
    );

    let ran = office.run("fields list --changes").await;
    assert!(ran.text.contains("deleted"), "{ran:?}");
    assert_eq!(office.run("doctor").await.exit, Exit::Failed);
    // The owner of the workspace goes by it as soon as it works again, and says so.
    assert_eq!(office.run("sync --once").await.exit, Exit::Done);
    let status = office.run("status").await;
    assert!(status.text.contains("fields.person_strategy"), "{status:?}");

    assert_eq!(office.run("setup").await.exit, Exit::Done);
    assert_eq!(office.run("fields check").await.exit, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_setup_there_is_nothing_to_check() {
    let office = Office::new(2, 4).await;
    let ran = office.run("fields check").await;
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.text.contains("pipestreet setup"), "{ran:?}");
    let ran = office.run("fields list").await;
    assert_eq!(ran.exit, Exit::Done);
    assert!(ran.text.contains("pipestreet setup"), "{ran:?}");
}
