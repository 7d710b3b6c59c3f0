//! All addresses: a set beside the field that says which one is the primary.

use model::{Field, Side, Value};

use super::toy::{Toy, only_write, tags, text, writes};
use crate::{Direction, Winner};

const ALL: Field = Field::PersonEmails;
const PRIMARY: Field = Field::PersonEmail;

fn known_by(first: &str, all: &[&str], winner: Winner) -> Toy {
    Toy::person()
        .policy(PRIMARY, Direction::Both, winner)
        .policy(ALL, Direction::Both, winner)
        .agreed(PRIMARY, text(first))
        .agreed(ALL, tags(all))
}

fn is_known_by(toy: Toy, side: Side, first: &str, all: &[&str]) -> Toy {
    toy.shows(side, PRIMARY, text(first))
        .shows(side, ALL, tags(all))
}

fn shown(toy: &Toy, side: Side) -> (Option<Value>, Option<Value>) {
    (toy.get(side, PRIMARY).cloned(), toy.get(side, ALL).cloned())
}

#[test]
fn without_a_setting_the_primary_one_alone_travels() {
    let toy = Toy::person().shows(Side::Pipedrive, PRIMARY, text("a"));
    let toy = toy.shows(Side::Pipedrive, ALL, tags(&["a", "b"]));
    let plan = toy.plan();
    let fields: Vec<Field> = only_write(&plan).fields.keys().copied().collect();
    assert_eq!(fields, [PRIMARY]);
}

#[test]
fn an_address_needs_no_label() {
    let toy = known_by("a", &["a"], Winner::Latest);
    let mut toy = is_known_by(toy, Side::Propstreet, "a", &["a", "b"]);
    toy.settle();
    assert_eq!(shown(&toy, Side::Pipedrive), (text("a"), tags(&["a", "b"])));
    assert!(toy.noted.is_empty());
}

#[test]
fn a_new_primary_one_and_what_became_of_the_former_are_one_write() {
    let toy = known_by("a", &["a", "c"], Winner::Latest);
    let toy = is_known_by(toy, Side::Pipedrive, "b", &["b", "c"]);
    let plan = toy.plan();
    let write = only_write(&plan);
    assert_eq!(write.fields[&PRIMARY], text("b"));
    assert_eq!(write.fields[&ALL], tags(&["b", "c"]));
}

#[test]
fn another_primary_one_of_the_same_addresses_changes_no_list() {
    let toy = known_by("a", &["a", "b"], Winner::Latest);
    let plan = is_known_by(toy, Side::Pipedrive, "b", &["a", "b"]).plan();
    let fields: Vec<Field> = only_write(&plan).fields.keys().copied().collect();
    assert_eq!(fields, [PRIMARY]);
}

#[test]
fn what_is_still_a_primary_one_is_removed_once_another_one_is() {
    let toy = known_by("a", &["a", "b"], Winner::Manual);
    let toy = is_known_by(toy, Side::Pipedrive, "c", &["a", "b", "c"]);
    let mut toy = is_known_by(toy, Side::Propstreet, "b", &["a", "b", "c"]);
    toy.settle();
    let mut toy = is_known_by(toy, Side::Pipedrive, "c", &["a", "c"]);
    toy.settle();
    assert_eq!(
        shown(&toy, Side::Propstreet),
        (text("b"), tags(&["a", "b", "c"])),
        "a person is asked, and until then the primary one stays"
    );

    toy.policies = known_by("a", &[], Winner::PipedriveWins).policies;
    let conflicts: Vec<_> = toy.open.drain(..).collect();
    assert_eq!(conflicts.len(), 1);
    toy.settle();
    assert_eq!(
        shown(&toy, Side::Propstreet),
        (text("c"), tags(&["a", "c"]))
    );
}

#[test]
fn of_two_new_primary_ones_neither_address_is_lost() {
    let toy = known_by("a", &["a"], Winner::PipedriveWins);
    let toy = is_known_by(toy, Side::Pipedrive, "b", &["b"]);
    let mut toy = is_known_by(toy, Side::Propstreet, "c", &["c"]);
    assert_eq!(writes(&toy.plan()).len(), 3);
    toy.settle();
    for side in Side::BOTH {
        assert_eq!(shown(&toy, side), (text("b"), tags(&["b", "c"])));
    }
}
