//! Values that a person (or the overwrite audit) wants back on both sides.

use model::{Field, Side};

use super::toy::{Toy, only_write, tags, text, unpaired, unpaired_key};
use crate::{Direction, Winner};

const FIELD: Field = Field::PersonPhone;

fn wanted_back(now: &str, wanted: &str) -> Toy {
    Toy::person()
        .agreed(FIELD, text(now))
        .wants_back(FIELD, text(wanted))
}

fn check(mut toy: Toy, pipedrive: &str, propstreet: &str) {
    toy.settle();
    assert_eq!(toy.get(Side::Pipedrive, FIELD).cloned(), text(pipedrive));
    assert_eq!(toy.get(Side::Propstreet, FIELD).cloned(), text(propstreet));
    assert!(toy.pair.restores.is_empty(), "settled");
}

#[test]
fn a_value_put_back_reaches_both_sides() {
    check(wanted_back("2", "1"), "1", "1");
    check(wanted_back("2", ""), "", "");
    check(wanted_back("", "1"), "1", "1");
}

#[test]
fn a_value_put_back_costs_a_write_per_side_and_no_conflict() {
    let mut toy = wanted_back("2", "1").policy(FIELD, Direction::Both, Winner::PropstreetWins);
    toy.settle();
    assert_eq!((toy.written.len(), toy.journal.len()), (2, 0));
}

#[test]
fn a_value_shown_on_both_sides_is_settled_without_a_write() {
    let plan = wanted_back("1", "1").plan();
    assert_eq!(
        (plan.settled_restores.as_slice(), plan.writes.len()),
        ([FIELD].as_slice(), 0)
    );
}

#[test]
fn a_later_edit_wins_and_travels() {
    check(
        wanted_back("2", "1").shows(Side::Pipedrive, FIELD, text("3")),
        "3",
        "3",
    );
    check(
        wanted_back("2", "1").shows(Side::Propstreet, FIELD, text("3")),
        "3",
        "3",
    );
}

#[test]
fn an_edit_to_the_wanted_value_does_half_of_the_work() {
    for side in Side::BOTH {
        let toy = wanted_back("2", "1").shows(side, FIELD, text("1"));
        let plan = toy.plan();
        assert_eq!(only_write(&plan).side, side.other());
        check(toy, "1", "1");
    }
}

#[test]
fn a_value_travels_one_way_even_when_it_is_put_back() {
    check(
        wanted_back("2", "1").policy(FIELD, Direction::ToPropstreet, Winner::Latest),
        "2",
        "1",
    );
    check(
        wanted_back("2", "1").policy(FIELD, Direction::ToPipedrive, Winner::Latest),
        "1",
        "2",
    );
    check(
        wanted_back("2", "1").policy(FIELD, Direction::Off, Winner::Latest),
        "2",
        "2",
    );
}

#[test]
fn servers_that_make_their_own_of_a_value_get_it_once() {
    let mut toy = wanted_back("two", "One");
    toy.normalise.propstreet = str::to_uppercase;
    toy.normalise.pipedrive = str::to_lowercase;
    check(toy, "one", "ONE");
}

#[test]
fn an_organization_without_a_pair_is_waited_for() {
    let organization = Field::PersonOrganization;
    let toy = Toy::person().wants_back(organization, unpaired(Side::Pipedrive));
    let plan = toy.plan();
    assert!(plan.is_at_rest());
    assert_eq!(plan.waits_for, [unpaired_key(Side::Pipedrive)]);
}

#[test]
fn a_title_without_a_link_is_put_back_in_pipedrive_alone() {
    let title = Field::PersonJobTitle;
    let mut toy = Toy::person().wants_back(title, text("CEO"));
    toy.settle();
    assert_eq!(
        (
            toy.get(Side::Pipedrive, title),
            toy.get(Side::Propstreet, title)
        ),
        (text("CEO").as_ref(), None)
    );
    assert!(toy.pair.restores.is_empty());
}

#[test]
fn tags_are_put_back_as_far_as_pipedrive_has_labels() {
    let field = Field::PersonTags;
    let toy = Toy::person()
        .agreed(field, tags(&["a"]))
        .with_labels(&["a", "b"]);
    let mut toy = toy.wants_back(field, tags(&["b", "hotel"]));
    toy.settle();
    assert_eq!(toy.get(Side::Pipedrive, field), tags(&["b"]).as_ref());
    assert_eq!(
        toy.get(Side::Propstreet, field),
        tags(&["b", "hotel"]).as_ref()
    );
    assert!(toy.pair.restores.is_empty());
}
