//! One record of the pair does not exist yet: what it is created with, and what follows once it does.

use model::{Carrier, Field, Kind, Side};

use super::toy::{Shown, Toy, only_write, pair, tags, text, unpaired, unpaired_key};
use crate::{Direction, Markers, Note, Operation, Winner};

fn person_on(side: Side) -> Toy {
    let toy = Toy::person()
        .gone(side.other(), Shown::Missing)
        .with_labels(&["a"]);
    toy.shows(side, Field::PersonName, text("Ann Berg"))
        .shows(side, Field::PersonTags, tags(&["a", "hotel"]))
        .shows(side, Field::PersonOrganization, pair(5))
        .shows(side, Field::PersonJobTitle, text("CEO"))
}

#[test]
fn a_contact_is_created_with_its_fields_and_marker_and_without_its_link() {
    let plan = person_on(Side::Pipedrive).plan();
    let write = only_write(&plan);
    assert_eq!(
        (write.side, write.operation, write.carrier),
        (Side::Propstreet, Operation::Create, Carrier::Record)
    );
    assert!(write.marker);
    let fields: Vec<Field> = write.fields.keys().copied().collect();
    assert_eq!(fields, [Field::PersonName, Field::PersonTags]);
    assert_eq!(write.fields, write.source);
}

#[test]
fn the_link_follows_once_the_contact_exists() {
    let mut toy = person_on(Side::Pipedrive);
    toy.settle();
    let carriers: Vec<_> = toy
        .written
        .iter()
        .map(|write| (write.operation, write.carrier))
        .collect();
    assert_eq!(
        carriers,
        [
            (Operation::Create, Carrier::Record),
            (Operation::Update, Carrier::Link)
        ]
    );
    assert_eq!(
        toy.get(Side::Propstreet, Field::PersonJobTitle),
        text("CEO").as_ref()
    );
}

#[test]
fn a_person_is_created_with_everything_pipedrive_can_hold() {
    let plan = person_on(Side::Propstreet).plan();
    let write = only_write(&plan);
    assert_eq!(write.fields.len(), 4);
    assert_eq!(write.fields.get(&Field::PersonTags), Some(&tags(&["a"])));
    assert_eq!(
        write.source.get(&Field::PersonTags),
        Some(&tags(&["a", "hotel"]))
    );
    assert_eq!(
        plan.notes,
        [Note::LabelMissing {
            label: "hotel".to_owned()
        }]
    );
}

#[test]
fn after_a_create_nothing_is_left_to_write() {
    for side in Side::BOTH {
        let mut toy = person_on(side);
        toy.settle();
        assert!(toy.plan().is_at_rest());
        assert_eq!(
            toy.get(side, Field::PersonTags),
            tags(&["a", "hotel"]).as_ref()
        );
        assert!(toy.journal.is_empty());
    }
}

#[test]
fn the_other_side_is_marked_after_the_create() {
    let mut toy = person_on(Side::Pipedrive);
    toy.markers = Markers {
        on_pipedrive: false,
        on_propstreet: false,
    };
    assert_eq!(toy.plan().writes.len(), 1, "there is no id to note yet");
    toy.settle();
    assert_eq!(
        toy.markers,
        Markers {
            on_pipedrive: true,
            on_propstreet: true
        }
    );
}

#[test]
fn a_person_whose_organization_is_not_paired_says_what_it_waits_for() {
    let plan = person_on(Side::Propstreet)
        .shows(
            Side::Propstreet,
            Field::PersonOrganization,
            unpaired(Side::Propstreet),
        )
        .plan();
    assert_eq!(plan.waits_for, [unpaired_key(Side::Propstreet)]);
    assert!(
        !only_write(&plan)
            .fields
            .contains_key(&Field::PersonOrganization)
    );
}

#[test]
fn fields_that_may_not_travel_there_are_not_created() {
    for direction in [Direction::ToPipedrive, Direction::Off] {
        let plan = person_on(Side::Pipedrive)
            .policy(Field::PersonName, direction, Winner::Latest)
            .plan();
        assert!(
            !only_write(&plan).fields.contains_key(&Field::PersonName),
            "{direction:?}"
        );
    }
}

#[test]
fn a_new_organization_gets_its_country_though_countries_do_not_travel_to_pipedrive() {
    let toy = Toy::of(Kind::Organization).gone(Side::Pipedrive, Shown::Missing);
    let toy = toy.shows(Side::Propstreet, Field::OrganizationCountry, text("FI"));
    assert_eq!(
        only_write(&toy.plan())
            .fields
            .get(&Field::OrganizationCountry),
        Some(&text("FI"))
    );
    let off = toy.policy(Field::OrganizationCountry, Direction::Off, Winner::Latest);
    assert!(only_write(&off.plan()).fields.is_empty());
}

#[test]
fn what_a_lost_record_once_agreed_to_is_forgotten() {
    let toy = Toy::person()
        .agreed(Field::PersonName, text("Ann Berg"))
        .agreed(Field::PersonPhone, text("1"));
    let mut toy =
        toy.gone(Side::Propstreet, Shown::Missing)
            .shows(Side::Pipedrive, Field::PersonPhone, None);
    toy.settle();
    assert_eq!(
        toy.get(Side::Propstreet, Field::PersonName),
        text("Ann Berg").as_ref()
    );
    assert!(toy.journal.is_empty());
}

#[test]
fn two_missing_records_are_nothing_to_do() {
    let toy = Toy::person()
        .gone(Side::Pipedrive, Shown::Missing)
        .gone(Side::Propstreet, Shown::Missing);
    assert_eq!(toy.plan(), crate::Plan::default());
}
