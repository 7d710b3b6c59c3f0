//! Renamed fields: the key stays, so the field stays in use, and nothing else is taken for it.

use serde_json::json;
use store::FieldChangeKind;

use super::super::world::World;
use super::{STRATEGY, ann_in_logistics};

#[tokio::test]
async fn a_renamed_field_stays_in_use_and_its_new_name_is_told() {
    let mut world = World::start().await;
    let (person, contact) = ann_in_logistics(&mut world).await;
    let code = world.pipedrive.code_of(STRATEGY);
    world
        .pipedrive
        .rename_person_field(STRATEGY, "Strategy 2027");
    world.settle_for_a_day().await;

    world
        .propstreet
        .edit_contact(&contact, json!({"strategy": "Retail"}));
    world.settle().await;
    assert_eq!(world.pipedrive.custom(person, &code), "Retail");
    let edit = json!({"custom_fields": {"Strategy 2027": "Offices"}});
    world.pipedrive.edit_person(person, edit);
    world.settle().await;
    world.expect_contact(&contact, &json!({"strategy": "Offices"}));

    let found = world.field_findings().await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(!found[0].needs_person);
    assert!(
        found[0]
            .advice
            .contains("fields.person_strategy = \"Strategy 2027\""),
        "{found:?}"
    );
    let changes = world.field_changes().await;
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0].kind, FieldChangeKind::Renamed);
    assert_eq!(changes[0].before.as_deref(), Some(STRATEGY));
    assert_eq!(changes[0].after.as_deref(), Some("Strategy 2027"));
}

#[tokio::test]
async fn a_rename_by_itself_writes_nothing() {
    let mut world = World::start().await;
    ann_in_logistics(&mut world).await;
    world
        .pipedrive
        .rename_person_field(STRATEGY, "Strategy 2027");
    world.pipedrive.reset_counters();
    world.propstreet.reset_counters();

    world.settle_for_a_day().await;

    let writes = (world.pipedrive.counters().writes, world.propstreet.writes());
    assert_eq!(writes, (0, 0));
}

#[tokio::test]
async fn setting_up_again_makes_no_second_field_for_one_that_was_renamed() {
    let mut world = World::start().await;
    let (person, _) = ann_in_logistics(&mut world).await;
    let code = world.pipedrive.code_of(STRATEGY);
    world
        .pipedrive
        .rename_person_field(STRATEGY, "Strategy 2027");

    world.set_up().await;
    world.settle().await;

    assert_eq!(world.pipedrive.custom(person, &code), "Logistics");
    assert_eq!(
        world.field_trouble().await,
        [("person_strategy", "renamed")]
    );
}

#[tokio::test]
async fn another_field_that_takes_the_name_of_one_in_use_is_not_written_to() {
    let mut world = World::start().await;
    let (person, contact) = ann_in_logistics(&mut world).await;
    let code = world.pipedrive.code_of(STRATEGY);
    world
        .pipedrive
        .rename_person_field(STRATEGY, "Old strategy");
    let other = world.pipedrive.add_person_field(STRATEGY, "text");
    let notes = json!({"custom_fields": {"investor_strategy": "met at the fair"}});
    world.pipedrive.edit_person(person, notes);
    world.settle_for_a_day().await;

    assert_eq!(world.field_trouble().await, [("person_strategy", "taken")]);
    world
        .propstreet
        .edit_contact(&contact, json!({"strategy": "Retail"}));
    world.settle().await;
    assert_eq!(world.pipedrive.custom(person, &other), "met at the fair");
    assert_eq!(world.pipedrive.custom(person, &code), "Logistics");

    // A person makes it plain again; the edit that waited arrives, without a restart.
    world
        .pipedrive
        .rename_person_field(STRATEGY, "Where we met");
    world.settle_for_a_day().await;
    assert_eq!(world.pipedrive.custom(person, &code), "Retail");
    world.expect_contact(&contact, &json!({"strategy": "Retail"}));
}

#[tokio::test]
async fn two_fields_that_swap_their_names_stop_both_and_mix_nothing_up() {
    let mut world = World::start().await;
    let (person, contact) = ann_in_logistics(&mut world).await;
    let strategy = world.pipedrive.code_of(STRATEGY);
    let title = world.pipedrive.code_of("job_title");
    world.pipedrive.rename_person_field(STRATEGY, "between");
    world.pipedrive.rename_person_field("job_title", STRATEGY);
    world.pipedrive.rename_person_field("between", "job_title");
    world.settle_for_a_day().await;

    world
        .propstreet
        .edit_contact(&contact, json!({"strategy": "Retail"}));
    world.settle().await;

    assert_eq!(world.pipedrive.custom(person, &strategy), "Logistics");
    assert_eq!(world.pipedrive.custom(person, &title), json!(null));
    assert_eq!(
        world.field_trouble().await,
        [("person_strategy", "taken"), ("person_job_title", "taken")]
    );
}

#[tokio::test]
async fn a_renamed_option_is_shown_anew_and_writes_nothing() {
    let mut world = World::start().await;
    let (person, _) = world.ann().await;
    let options = ["Cold", "Warm"];
    let code = world
        .pipedrive
        .add_person_field_with("Temperature", "enum", &options);
    let warm = json!({"custom_fields": {"Temperature": "Warm"}});
    world.pipedrive.edit_person(person, warm);
    world.settle().await;
    let held = world.pipedrive.custom(person, &code);
    world.pipedrive.rename_option("Temperature", "Warm", "Hot");
    world.pipedrive.reset_counters();
    world.propstreet.reset_counters();

    world.settle_for_a_day().await;

    let writes = (world.pipedrive.counters().writes, world.propstreet.writes());
    assert_eq!(writes, (0, 0));
    assert_eq!(world.pipedrive.custom(person, &code), held);
    let changes = world.field_changes().await;
    let last = changes.last().expect("something changed");
    assert_eq!(last.kind, FieldChangeKind::OptionRenamed);
    assert_eq!(last.option, held.as_i64());
    assert_eq!(last.after.as_deref(), Some("Hot"));
}
