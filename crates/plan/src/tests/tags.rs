//! Tags: sets that merge element by element.

use model::{Field, Side, Value};

use super::toy::{Toy, only_write, tags, writes};
use crate::{Direction, Note, Winner};

const FIELD: Field = Field::PersonTags;

fn tagged(base: &[&str], pipedrive: &[&str], propstreet: &[&str]) -> Toy {
    let toy = Toy::person()
        .agreed(FIELD, tags(base))
        .with_labels(&["a", "b", "c"]);
    toy.shows(Side::Pipedrive, FIELD, tags(pipedrive)).shows(
        Side::Propstreet,
        FIELD,
        tags(propstreet),
    )
}

fn check(mut toy: Toy, pipedrive: &[&str], propstreet: &[&str]) {
    toy.settle();
    assert_eq!(
        toy.get(Side::Pipedrive, FIELD).cloned(),
        tags(pipedrive),
        "on Pipedrive"
    );
    assert_eq!(
        toy.get(Side::Propstreet, FIELD).cloned(),
        tags(propstreet),
        "on Propstreet"
    );
    assert!(toy.journal.is_empty(), "sets merge without conflict");
}

#[test]
fn what_is_added_on_a_side_is_added_on_the_other() {
    check(
        tagged(&["a"], &["a", "b"], &["a"]),
        &["a", "b"],
        &["a", "b"],
    );
    check(
        tagged(&["a"], &["a"], &["a", "b"]),
        &["a", "b"],
        &["a", "b"],
    );
}

#[test]
fn what_is_removed_on_a_side_is_removed_on_the_other() {
    check(tagged(&["a", "b"], &["a"], &["a", "b"]), &["a"], &["a"]);
    check(tagged(&["a"], &["a"], &[]), &[], &[]);
}

#[test]
fn both_sides_changes_merge() {
    check(
        tagged(&["a"], &["a", "b"], &["a", "c"]),
        &["a", "b", "c"],
        &["a", "b", "c"],
    );
    check(tagged(&["a", "b"], &["a", "c"], &["b"]), &["c"], &["c"]);
}

#[test]
fn both_sides_changes_are_one_write_each() {
    let plan = tagged(&["a"], &["a", "b"], &["a", "c"]).plan();
    let sides: Vec<(Side, Option<Value>)> = writes(&plan)
        .into_iter()
        .map(|(side, _, _, value)| (side, value))
        .collect();
    assert_eq!(
        sides,
        [
            (Side::Pipedrive, tags(&["a", "b", "c"])),
            (Side::Propstreet, tags(&["a", "b", "c"]))
        ]
    );
}

#[test]
fn the_same_tag_added_on_both_sides_is_agreed() {
    assert!(tagged(&[], &["a"], &["a"]).plan().writes.is_empty());
}

#[test]
fn an_addition_beats_a_removal() {
    let mut toy = tagged(&["a"], &["a"], &[]);
    toy.pair.base.pipedrive.put(FIELD, None);
    check(toy, &["a"], &["a"]);
}

#[test]
fn a_tag_without_a_label_stays_on_propstreet_and_is_noted() {
    let toy = tagged(&["a"], &["a"], &["a", "hotel"]);
    assert_eq!(
        toy.plan().notes,
        [Note::LabelMissing {
            label: "hotel".to_owned()
        }]
    );
    assert!(toy.plan().writes.is_empty());
    check(toy, &["a"], &["a", "hotel"]);
}

#[test]
fn a_tag_without_a_label_does_not_hold_up_the_others() {
    let plan = tagged(&[], &[], &["a", "hotel"]).plan();
    assert_eq!(only_write(&plan).fields.get(&FIELD), Some(&tags(&["a"])));
    check(
        tagged(&[], &["b"], &["a", "hotel"]),
        &["a", "b"],
        &["a", "b", "hotel"],
    );
}

#[test]
fn a_label_made_later_lets_the_tag_travel() {
    let mut toy = tagged(&["a"], &["a"], &["a", "hotel"]);
    toy.settle();
    check(
        toy.with_labels(&["a", "hotel"]),
        &["a", "hotel"],
        &["a", "hotel"],
    );
}

#[test]
fn a_label_removed_from_pipedrive_removes_no_tag() {
    let toy = tagged(&["a", "b"], &["b"], &["a", "b"]).with_labels(&["b"]);
    check(toy, &["b"], &["a", "b"]);
}

#[test]
fn one_way_the_other_sides_changes_are_left_alone() {
    let one_way = |toy: Toy| toy.policy(FIELD, Direction::ToPropstreet, Winner::Latest);
    check(one_way(tagged(&["a"], &["a"], &["b"])), &["a"], &["b"]);
    check(
        one_way(tagged(&["a"], &["a", "c"], &["b"])),
        &["a", "c"],
        &["b", "c"],
    );
    check(
        one_way(tagged(&["a", "b"], &["a"], &["a", "b", "c"])),
        &["a"],
        &["a", "c"],
    );
    let plan = one_way(tagged(&["a"], &["a"], &["b"])).plan();
    assert_eq!(
        plan.notes,
        [Note::LeftAlone {
            field: FIELD,
            side: Side::Propstreet
        }]
    );
}

#[test]
fn a_server_that_spells_tags_its_own_way_is_told_once() {
    let mut toy = tagged(&[], &["a", "b"], &[]);
    toy.normalise.propstreet = str::to_uppercase;
    toy.settle();
    assert_eq!(toy.written.len(), 1);
    assert_eq!(toy.get(Side::Pipedrive, FIELD).cloned(), tags(&["a", "b"]));
}

#[test]
fn a_tag_that_both_sides_came_to_show_by_themselves_is_removed_like_any_other() {
    let mut toy = Toy::person()
        .with_labels(&["Investor", "Tenant"])
        .shows(Side::Pipedrive, Field::PersonTags, tags(&["Investor"]))
        .shows(
            Side::Propstreet,
            Field::PersonTags,
            tags(&["Investor", "Tenant"]),
        );
    let agreed = toy.plan().base.expect("what both show is agreed on");
    toy.pair.base = agreed;
    let toy = toy.shows(Side::Pipedrive, Field::PersonTags, None);
    let plan = toy.plan();
    let to_propstreet = plan
        .writes
        .iter()
        .find(|write| write.side == Side::Propstreet);
    let write = to_propstreet.expect("the removal travels");
    assert_eq!(write.fields[&Field::PersonTags], tags(&["Tenant"]));
}
