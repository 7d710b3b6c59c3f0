//! Fields that Pipedrive cannot tell at present: what is not shown there was not cleared by anybody.

use std::collections::BTreeSet;

use model::{Field, PairState, Side, Value};

use super::toy::{Shown, Toy, only_write, text, writes};
use crate::policy::DeletePolicy;
use crate::{Note, StateChange};

const FIELD: Field = Field::PersonStrategy;
const NOTE: Note = Note::Untold { field: FIELD };

fn agreed() -> Toy {
    Toy::person()
        .agreed(Field::PersonName, text("Ann Berg"))
        .agreed(FIELD, text("Logistics"))
}

#[test]
fn what_pipedrive_cannot_tell_is_not_cleared_on_propstreet() {
    let plan = agreed().untold(FIELD).plan();
    assert!(plan.is_at_rest(), "{plan:?}");
    assert_eq!(plan.notes, [NOTE]);
}

#[test]
fn an_edit_on_propstreet_waits_and_travels_once_the_field_is_back() {
    let mut toy = agreed()
        .untold(FIELD)
        .shows(Side::Propstreet, FIELD, text("Retail"));
    assert!(toy.plan().is_at_rest());

    toy.untold = BTreeSet::new();
    toy = toy.shows(Side::Pipedrive, FIELD, text("Logistics"));
    toy.settle();

    assert_eq!(toy.get(Side::Pipedrive, FIELD).cloned(), text("Retail"));
    assert_eq!(toy.journal, []);
}

#[test]
fn the_other_fields_go_on_travelling() {
    let toy = agreed()
        .untold(FIELD)
        .shows(Side::Pipedrive, Field::PersonName, text("Ann Holm"));
    let plan = toy.plan();
    let expected: Vec<Field> = only_write(&plan).fields.keys().copied().collect();
    assert_eq!(expected, [Field::PersonName]);
    assert_eq!(writes(&plan)[0].0, Side::Propstreet);
}

#[test]
fn a_person_is_made_without_it_and_gets_it_once_the_field_is_back() {
    let mut toy = Toy::person()
        .gone(Side::Pipedrive, Shown::Missing)
        .shows(Side::Propstreet, Field::PersonName, text("Ann Berg"))
        .shows(Side::Propstreet, FIELD, text("Logistics"));
    toy.untold.insert(FIELD);
    toy.settle();
    assert_eq!(toy.get(Side::Pipedrive, FIELD), None);
    assert!(toy.noted.contains(&NOTE));

    toy.untold = BTreeSet::new();
    toy.settle();

    assert_eq!(toy.get(Side::Pipedrive, FIELD).cloned(), text("Logistics"));
    assert_eq!(toy.get(Side::Propstreet, FIELD).cloned(), text("Logistics"));
}

#[test]
fn a_field_that_is_not_there_is_no_edit_of_a_record_whose_counterpart_was_deleted() {
    let mut toy = agreed()
        .untold(FIELD)
        .gone(Side::Propstreet, Shown::Deleted);
    let plan = toy.plan();
    let deleted_on = Side::Propstreet;
    assert_eq!(plan.state, Some(StateChange::Unlink { deleted_on }));
    assert_eq!(plan.notes, [Note::Unlinked { deleted_on }]);

    toy.policies.deletes = DeletePolicy::Propagate;
    toy.settle();
    assert_eq!(toy.journal, [], "nobody edited anything");
    assert_ne!(toy.pair.state, PairState::Active);
}

#[test]
fn a_title_whose_field_is_gone_rides_along_with_a_new_place() {
    let title = Field::PersonJobTitle;
    let place = Field::PersonOrganization;
    let toy = Toy::person()
        .agreed(place, super::toy::pair(7))
        .agreed(title, text("Head of Leasing"))
        .untold(title)
        .shows(Side::Pipedrive, place, super::toy::pair(8));
    let plan = toy.plan();
    let sent = &only_write(&plan).fields;
    assert_eq!(sent.get(&title), Some(&text("Head of Leasing")));
}

#[test]
fn a_wish_to_have_a_value_back_waits_for_the_field() {
    let toy = agreed()
        .wants_back(FIELD, Value::text("Offices"))
        .untold(FIELD);
    let plan = toy.plan();
    assert!(plan.writes.is_empty() && plan.settled_restores.is_empty());
}
