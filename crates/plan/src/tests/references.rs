//! Organization and job title of a person: references, the link that carries them on Propstreet, and what has to wait.

use model::{Carrier, Field, Side};

use super::toy::{Toy, only_write, pair, text, unpaired, unpaired_key, writes};
use crate::{Direction, Note, Rule, Winner};

const ORGANIZATION: Field = Field::PersonOrganization;
const TITLE: Field = Field::PersonJobTitle;

fn employed() -> Toy {
    Toy::person()
        .agreed(ORGANIZATION, pair(5))
        .agreed(TITLE, text("CEO"))
}

#[test]
fn an_organization_that_is_not_paired_yet_is_waited_for() {
    for side in Side::BOTH {
        let plan = Toy::person()
            .shows(side, ORGANIZATION, unpaired(side))
            .plan();
        assert!(plan.is_at_rest());
        assert_eq!(plan.waits_for, [unpaired_key(side)]);
        assert_eq!(
            plan.notes,
            [Note::WaitsFor {
                field: ORGANIZATION,
                record: unpaired_key(side)
            }]
        );
    }
}

#[test]
fn the_rest_of_the_record_flows_while_a_field_waits() {
    let toy = Toy::person().shows(Side::Pipedrive, ORGANIZATION, unpaired(Side::Pipedrive));
    let plan = toy
        .shows(Side::Pipedrive, Field::PersonPhone, text("1"))
        .plan();
    assert_eq!(
        writes(&plan),
        [(
            Side::Propstreet,
            Carrier::Record,
            Field::PersonPhone,
            text("1")
        )]
    );
}

#[test]
fn no_conflict_is_called_before_both_organizations_are_paired() {
    let toy = employed().shows(Side::Pipedrive, ORGANIZATION, unpaired(Side::Pipedrive));
    let plan = toy.shows(Side::Propstreet, ORGANIZATION, pair(6)).plan();
    assert!(plan.conflicts.is_empty() && plan.writes.is_empty());
    assert_eq!(plan.waits_for, [unpaired_key(Side::Pipedrive)]);
}

#[test]
fn organization_and_title_go_in_one_write_of_the_link() {
    let toy = Toy::person()
        .shows(Side::Pipedrive, ORGANIZATION, pair(5))
        .shows(Side::Pipedrive, TITLE, text("CEO"));
    let plan = toy.plan();
    let write = only_write(&plan);
    assert_eq!(
        (write.side, write.carrier),
        (Side::Propstreet, Carrier::Link)
    );
    assert_eq!(write.fields.len(), 2);
}

#[test]
fn organization_and_title_go_with_the_record_on_pipedrive() {
    let toy = Toy::person()
        .shows(Side::Propstreet, ORGANIZATION, pair(5))
        .shows(Side::Propstreet, TITLE, text("CEO"));
    let plan = toy.plan();
    assert_eq!(
        (only_write(&plan).side, only_write(&plan).carrier),
        (Side::Pipedrive, Carrier::Record)
    );
}

#[test]
fn the_present_title_rides_along_to_another_organization() {
    let mut toy = employed().shows(Side::Pipedrive, ORGANIZATION, pair(6));
    let plan = toy.plan();
    let write = only_write(&plan);
    assert_eq!(
        (write.fields.get(&ORGANIZATION), write.fields.get(&TITLE)),
        (Some(&pair(6)), Some(&text("CEO")))
    );
    toy.settle();
    assert_eq!(toy.get(Side::Propstreet, TITLE), text("CEO").as_ref());
    assert_eq!(toy.get(Side::Pipedrive, TITLE), text("CEO").as_ref());
}

#[test]
fn a_title_edited_on_propstreet_survives_the_change_of_the_link() {
    let toy = employed()
        .shows(Side::Pipedrive, ORGANIZATION, pair(6))
        .shows(Side::Propstreet, TITLE, text("COO"));
    for settle in [Toy::settle, Toy::settle_in_rounds] {
        let mut toy = toy.clone();
        settle(&mut toy);
        assert_eq!(toy.get(Side::Pipedrive, TITLE), text("COO").as_ref());
        assert_eq!(toy.get(Side::Propstreet, TITLE), text("COO").as_ref());
    }
}

#[test]
fn a_title_without_an_organization_stays_in_pipedrive() {
    let plan = Toy::person()
        .shows(Side::Pipedrive, TITLE, text("CEO"))
        .plan();
    assert!(plan.is_at_rest());
    assert_eq!(plan.notes, [Note::NotExpressible { field: TITLE }]);
}

#[test]
fn a_title_that_stayed_travels_with_the_organization() {
    let toy = Toy::person().shows(Side::Pipedrive, TITLE, text("CEO"));
    let mut toy = toy.shows(Side::Propstreet, ORGANIZATION, pair(5));
    toy.settle();
    assert_eq!(toy.get(Side::Propstreet, TITLE), text("CEO").as_ref());
}

#[test]
fn a_link_removed_on_propstreet_takes_no_title_from_pipedrive() {
    let mut toy = employed()
        .shows(Side::Propstreet, ORGANIZATION, None)
        .shows(Side::Propstreet, TITLE, None);
    toy.settle();
    assert_eq!(toy.get(Side::Pipedrive, ORGANIZATION), None);
    assert_eq!(toy.get(Side::Pipedrive, TITLE), text("CEO").as_ref());
}

#[test]
fn a_new_link_without_a_title_gets_the_title_from_pipedrive() {
    let mut toy = employed()
        .shows(Side::Propstreet, ORGANIZATION, pair(6))
        .shows(Side::Propstreet, TITLE, None);
    toy.settle();
    assert_eq!(toy.get(Side::Pipedrive, ORGANIZATION), pair(6).as_ref());
    assert_eq!(toy.get(Side::Propstreet, TITLE), text("CEO").as_ref());
}

#[test]
fn a_title_cleared_on_the_same_link_is_cleared_in_pipedrive() {
    let mut toy = employed().shows(Side::Propstreet, TITLE, None);
    toy.settle();
    assert_eq!(toy.get(Side::Pipedrive, TITLE), None);
}

#[test]
fn an_organization_cleared_in_pipedrive_ends_the_link_and_keeps_the_title() {
    let mut toy = employed().shows(Side::Pipedrive, ORGANIZATION, None);
    toy.settle();
    assert_eq!(toy.get(Side::Propstreet, ORGANIZATION), None);
    assert_eq!(toy.get(Side::Pipedrive, TITLE), text("CEO").as_ref());
    assert!(toy.plan().is_at_rest());
}

#[test]
fn a_title_torn_while_its_link_leaves_is_journaled() {
    let toy = employed()
        .shows(Side::Pipedrive, ORGANIZATION, None)
        .policy(TITLE, Direction::Both, Winner::PipedriveWins);
    let mut toy =
        toy.shows(Side::Pipedrive, TITLE, text("CTO"))
            .shows(Side::Propstreet, TITLE, text("COO"));
    toy.settle();
    assert_eq!(toy.get(Side::Pipedrive, TITLE), text("CTO").as_ref());
    assert_eq!(toy.journal.len(), 1);
    assert_eq!(toy.journal[0].values.propstreet, text("COO"));
}

#[test]
fn a_title_on_a_link_to_a_company_without_a_pair_travels() {
    let toy = Toy::person().shows(Side::Propstreet, ORGANIZATION, unpaired(Side::Propstreet));
    let plan = toy.shows(Side::Propstreet, TITLE, text("CEO")).plan();
    assert_eq!(
        writes(&plan),
        [(Side::Pipedrive, Carrier::Record, TITLE, text("CEO"))]
    );
}

#[test]
fn a_reference_that_went_with_its_deleted_record_clears_nothing_on_the_other_side() {
    for side in Side::BOTH {
        let mut toy = Toy::person()
            .agreed(ORGANIZATION, pair(5))
            .shows(side, ORGANIZATION, unpaired(side))
            .shows(side.other(), ORGANIZATION, None);
        toy.ended.insert(unpaired_key(side));
        toy.ended_pairs.insert((model::PairId(5), side.other()));
        let plan = toy.plan();
        assert!(writes(&plan).is_empty(), "{side}");
        assert!(plan.conflicts.is_empty());
        assert_eq!(plan.waits_for, [unpaired_key(side)], "it may come back");
        let base = plan.base.expect("both bases are forgotten");
        assert_eq!(base.pipedrive.get(ORGANIZATION), None);
        assert_eq!(base.propstreet.get(ORGANIZATION), None);
    }
}

#[test]
fn a_move_to_a_record_that_the_other_side_cannot_name_is_not_taken_back() {
    for side in Side::BOTH {
        let mut toy =
            Toy::person()
                .agreed(ORGANIZATION, pair(5))
                .shows(side, ORGANIZATION, unpaired(side));
        toy.ended.insert(unpaired_key(side));
        let plan = toy.plan();
        assert!(writes(&plan).is_empty(), "{side}");
        assert_eq!(
            plan.notes,
            [Note::NotExpressible {
                field: ORGANIZATION
            }]
        );
    }
}

#[test]
fn who_loses_an_organization_with_its_deletion_has_not_let_it_go() {
    for side in Side::BOTH {
        let mut toy = Toy::person()
            .agreed(ORGANIZATION, pair(5))
            .shows(side, ORGANIZATION, None)
            .shows(side.other(), ORGANIZATION, pair(6));
        toy.ended_pairs.insert((model::PairId(5), side));
        let plan = toy.plan();
        assert_eq!(
            plan.conflicts[0].winner,
            Some(side.other()),
            "{side}: what may have been a move is journaled, and the sure one carried"
        );
        assert_eq!(plan.writes.len(), 1);
        assert_eq!(plan.writes[0].side, side);
    }
}

#[test]
fn an_organization_that_both_sides_had_cleared_comes_back_without_a_conflict() {
    for side in Side::BOTH {
        let mut toy = Toy::person().shows(side.other(), ORGANIZATION, pair(6));
        let evidence = toy.evidence.get_mut(side);
        evidence.left.insert(ORGANIZATION, unpaired_key(side));
        let plan = toy.plan();
        assert_eq!(plan.conflicts, [], "{side}: nobody has edited here since");
        assert_eq!(only_write(&plan).side, side);

        toy.ended.insert(unpaired_key(side));
        let rules: Vec<_> = toy
            .plan()
            .conflicts
            .iter()
            .map(|known| known.rule)
            .collect();
        assert_eq!(
            rules,
            [Rule::DeleteAgainstEdit],
            "{side}: who emptied it is not known"
        );
    }
}
