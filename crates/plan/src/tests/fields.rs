//! One field, as both sides show it and as they showed it before: what is written, agreed on or left alone.

use model::{Carrier, Field, Side, Value};

use super::toy::{Toy, only_write, text, writes};
use crate::{Direction, Markers, Note, Policies, Winner};

const FIELD: Field = Field::PersonPhone;

/// Base on both sides, what each side shows now.
fn phone(base: &str, pipedrive: &str, propstreet: &str) -> Toy {
    let toy = Toy::person().agreed(FIELD, text(base));
    toy.shows(Side::Pipedrive, FIELD, text(pipedrive)).shows(
        Side::Propstreet,
        FIELD,
        text(propstreet),
    )
}

fn written(toy: &Toy) -> Vec<(Side, Option<Value>)> {
    writes(&toy.plan())
        .into_iter()
        .map(|(side, _, _, value)| (side, value))
        .collect()
}

#[test]
fn nothing_changed_is_nothing_to_do() {
    assert_eq!(phone("1", "1", "1").plan(), crate::Plan::default());
    assert_eq!(Toy::person().plan(), crate::Plan::default());
}

#[test]
fn a_change_on_one_side_is_written_to_the_other() {
    assert_eq!(
        written(&phone("1", "2", "1")),
        [(Side::Propstreet, text("2"))]
    );
    assert_eq!(
        written(&phone("1", "1", "2")),
        [(Side::Pipedrive, text("2"))]
    );
}

#[test]
fn a_value_cleared_on_one_side_is_cleared_on_the_other() {
    assert_eq!(written(&phone("1", "", "1")), [(Side::Propstreet, None)]);
    assert_eq!(written(&phone("1", "1", "")), [(Side::Pipedrive, None)]);
}

#[test]
fn a_first_sync_fills_what_one_side_lacks() {
    let toy = Toy::person().shows(Side::Pipedrive, FIELD, text("1"));
    assert_eq!(written(&toy), [(Side::Propstreet, text("1"))]);
}

#[test]
fn the_same_change_on_both_sides_only_moves_the_base() {
    let plan = phone("1", "2", "2").plan();
    assert!(plan.writes.is_empty() && plan.conflicts.is_empty());
    let base = plan.base.expect("the base moves");
    assert_eq!(
        (base.pipedrive.get(FIELD), base.propstreet.get(FIELD)),
        (text("2").as_ref(), text("2").as_ref())
    );
}

#[test]
fn a_side_that_already_shows_the_other_ones_change_is_not_written() {
    let mut toy = phone("2", "2", "2");
    toy.pair.base.pipedrive.put(FIELD, text("1"));
    let plan = toy.plan();
    assert!(plan.writes.is_empty());
    assert!(plan.base.is_some());
}

#[test]
fn sides_that_agreed_in_different_spellings_stay_as_they_are() {
    let mut toy = phone("1", "1", "one");
    toy.pair.base.propstreet.put(FIELD, text("one"));
    assert!(toy.plan().is_at_rest());
}

#[test]
fn a_write_keeps_the_old_base_until_it_was_answered() {
    let plan = phone("1", "2", "1").plan();
    assert_eq!(plan.base, None);
    assert_eq!(only_write(&plan).source.get(&FIELD), Some(&text("2")));
}

#[test]
fn changes_of_different_fields_on_both_sides_both_travel() {
    let toy = phone("1", "2", "1").agreed(Field::PersonEmail, text("a@nord.se"));
    let mut toy = toy.shows(Side::Propstreet, Field::PersonEmail, text("b@nord.se"));
    assert_eq!(toy.plan().writes.len(), 2);
    toy.settle();
    assert_eq!(toy.get(Side::Propstreet, FIELD), text("2").as_ref());
    assert_eq!(
        toy.get(Side::Pipedrive, Field::PersonEmail),
        text("b@nord.se").as_ref()
    );
    assert!(toy.journal.is_empty());
}

#[test]
fn a_field_that_is_off_is_not_looked_at() {
    for (pipedrive, propstreet) in [("2", "1"), ("1", "2"), ("2", "3")] {
        let toy = phone("1", pipedrive, propstreet).policy(FIELD, Direction::Off, Winner::Latest);
        assert_eq!(toy.plan(), crate::Plan::default());
    }
}

#[test]
fn an_edit_on_the_side_that_may_not_is_left_alone_and_noted_once() {
    let toy = phone("1", "1", "2").policy(FIELD, Direction::ToPropstreet, Winner::Latest);
    let plan = toy.plan();
    assert!(plan.writes.is_empty() && plan.conflicts.is_empty());
    assert_eq!(
        plan.notes,
        [Note::LeftAlone {
            field: FIELD,
            side: Side::Propstreet
        }]
    );

    let mut toy = toy;
    toy.settle();
    assert_eq!(toy.plan(), crate::Plan::default());
    assert_eq!(toy.get(Side::Propstreet, FIELD), text("2").as_ref());
}

#[test]
fn a_value_left_alone_gives_way_when_the_owner_changes_again() {
    let mut toy = phone("1", "1", "2").policy(FIELD, Direction::ToPropstreet, Winner::Latest);
    toy.settle();
    let mut toy = toy.shows(Side::Pipedrive, FIELD, text("3"));
    toy.settle();
    assert_eq!(toy.get(Side::Propstreet, FIELD), text("3").as_ref());
    assert!(toy.journal.is_empty(), "nobody edited it meanwhile");
}

#[test]
fn the_default_lets_countries_travel_to_propstreet_only() {
    let country = Field::OrganizationCountry;
    let toy = Toy::of(model::Kind::Organization).agreed(country, text("SE"));
    assert_eq!(
        written(&toy.clone().shows(Side::Pipedrive, country, text("NO"))),
        [(Side::Propstreet, text("NO"))]
    );
    assert_eq!(
        written(&toy.shows(Side::Propstreet, country, text("NO"))),
        []
    );
}

#[test]
fn a_field_without_a_setting_has_its_default() {
    let mut policies = Policies::default_policies();
    policies.fields.clear();
    for field in model::Kind::ALL.into_iter().flat_map(Field::of) {
        assert_eq!(
            policies.of(*field),
            Policies::default().of(*field),
            "{field:?}"
        );
    }
    assert_eq!(
        policies.of(Field::PersonStrategy).winner,
        Winner::PropstreetWins
    );
    assert_eq!(policies.of(Field::PersonEmail).winner, Winner::Latest);
}

#[test]
fn a_marker_rides_on_a_write_that_is_due_anyway() {
    let mut toy = phone("1", "2", "1");
    toy.markers = Markers {
        on_pipedrive: true,
        on_propstreet: false,
    };
    assert!(only_write(&toy.plan()).marker);
}

#[test]
fn a_marker_is_written_alone_and_last_when_nothing_else_is_due_there() {
    let mut toy = phone("1", "2", "1");
    toy.markers = Markers {
        on_pipedrive: false,
        on_propstreet: true,
    };
    let plan = toy.plan();
    let [field, marker] = plan.writes.as_slice() else {
        panic!("two writes: {plan:#?}")
    };
    assert_eq!((field.side, field.marker), (Side::Propstreet, false));
    assert_eq!(
        (marker.side, marker.marker, marker.fields.len()),
        (Side::Pipedrive, true, 0)
    );
}

#[test]
fn a_marker_does_not_ride_on_a_link() {
    let mut toy = Toy::person().shows(
        Side::Pipedrive,
        Field::PersonOrganization,
        super::toy::pair(5),
    );
    toy.markers = Markers {
        on_pipedrive: true,
        on_propstreet: false,
    };
    let carriers: Vec<_> = toy
        .plan()
        .writes
        .iter()
        .map(|write| (write.carrier, write.marker))
        .collect();
    assert_eq!(carriers, [(Carrier::Link, false), (Carrier::Record, true)]);
}
