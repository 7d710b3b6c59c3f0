//! Those who take part: who comes, who goes, who stays and is told.

use model::{Base, Entity, Field, Kind, RecordKey, Side, Value};

use super::toy::{Toy, names, tags, text};
use crate::members::PROSPECTS_AT_ONCE;
use crate::{Direction, MemberNote, Members, Note, Winner, Write, base_after_moves};

const MEMBERS: Field = Field::DealProspects;

/// An open deal and its project; who takes part was agreed on.
fn sale(agreed: &[&str]) -> Toy {
    let mut toy = Toy::of(Kind::Deal).agreed(Field::DealStatus, text("open"));
    toy.members = Some(Members {
        is_known: true,
        ..Members::default()
    });
    toy.agreed(MEMBERS, tags(agreed))
}

fn known(toy: &mut Toy) -> &mut Members {
    toy.members
        .as_mut()
        .expect("who takes part is kept in step")
}

/// The one write of those who take part, by side and what it leaves.
fn written(toy: &Toy) -> Option<(Side, Option<Value>)> {
    let plan = toy.plan();
    let of_members = |write: &&Write| write.fields.contains_key(&MEMBERS);
    let found: Vec<&Write> = plan.writes.iter().filter(of_members).collect();
    assert!(found.len() <= 1, "{found:?}");
    found
        .first()
        .map(|write| (write.side, write.fields[&MEMBERS].clone()))
}

fn notes(toy: &Toy) -> Vec<Note> {
    toy.plan().notes
}

#[test]
fn who_comes_to_one_side_comes_to_the_other() {
    let toy = sale(&["pair/1"]).shows(Side::Pipedrive, MEMBERS, tags(&["pair/1", "pair/2"]));
    assert_eq!(
        written(&toy),
        Some((Side::Propstreet, tags(&["pair/1", "pair/2"])))
    );
    let toy = sale(&["pair/1"]).shows(Side::Propstreet, MEMBERS, tags(&["pair/1", "pair/2"]));
    assert_eq!(
        written(&toy),
        Some((Side::Pipedrive, tags(&["pair/1", "pair/2"])))
    );
}

#[test]
fn who_leaves_one_side_leaves_the_other() {
    let toy = sale(&["pair/1", "pair/2"]).shows(Side::Pipedrive, MEMBERS, tags(&["pair/1"]));
    assert_eq!(written(&toy), Some((Side::Propstreet, tags(&["pair/1"]))));
    let toy = sale(&["pair/2"]).shows(Side::Propstreet, MEMBERS, None);
    assert_eq!(written(&toy), Some((Side::Pipedrive, None)));
}

#[test]
fn nobody_has_left_a_deal_that_was_not_read() {
    let mut toy = sale(&["pair/1", "pair/2"]).shows(Side::Pipedrive, MEMBERS, tags(&["pair/1"]));
    known(&mut toy).is_known = false;
    assert_eq!(written(&toy), None);
}

#[test]
fn the_own_person_and_the_organization_of_a_deal_stay_and_are_told() {
    let mut toy = sale(&["pair/1", "pair/9"]).shows(Side::Propstreet, MEMBERS, None);
    known(&mut toy).primary = Some("pair/1".to_owned());
    known(&mut toy).organizations = names(&["pair/9"]);
    assert_eq!(written(&toy), None);
    let member = |name: &str| name.to_owned();
    let told = [
        MemberNote::PrimaryStays {
            member: member("pair/1"),
        },
        MemberNote::OrganizationStays {
            member: member("pair/9"),
        },
    ];
    assert_eq!(notes(&toy), told.map(Note::Member));
}

#[test]
fn an_organization_stands_in_for_persons_only() {
    let mut toy = sale(&[]).shows(Side::Pipedrive, MEMBERS, tags(&["pair/1", "pair/9"]));
    known(&mut toy).organizations = names(&["pair/9"]);
    assert_eq!(written(&toy), Some((Side::Propstreet, tags(&["pair/1"]))));
    let mut alone = sale(&[]).shows(Side::Pipedrive, MEMBERS, tags(&["pair/9"]));
    known(&mut alone).organizations = names(&["pair/9"]);
    assert_eq!(written(&alone), Some((Side::Propstreet, tags(&["pair/9"]))));
}

#[test]
fn who_has_no_counterpart_is_waited_for_and_holds_up_nobody() {
    let toy = sale(&[]).shows(Side::Pipedrive, MEMBERS, tags(&["pair/1", "person/7"]));
    assert_eq!(written(&toy), Some((Side::Propstreet, tags(&["pair/1"]))));
    assert_eq!(toy.plan().waits_for, [RecordKey::new(Entity::Person, 7)]);
}

#[test]
fn whom_the_platform_has_found_neither_comes_nor_goes() {
    let mut toy = sale(&["pair/2"])
        .shows(Side::Pipedrive, MEMBERS, None)
        .shows(Side::Propstreet, MEMBERS, tags(&["pair/1", "pair/2"]));
    known(&mut toy).matched = names(&["pair/1", "pair/2"]);
    assert_eq!(written(&toy), None);
}

#[test]
fn who_was_refused_is_not_asked_for_again_and_the_others_are() {
    let mut toy = sale(&[]).shows(Side::Pipedrive, MEMBERS, tags(&["pair/1", "pair/2"]));
    known(&mut toy).refused.propstreet = names(&["pair/1"]);
    assert_eq!(written(&toy), Some((Side::Propstreet, tags(&["pair/2"]))));
}

#[test]
fn one_call_adds_a_hundred_prospects_and_one_participant() {
    let many: Vec<String> = (0..150).map(|number| format!("pair/{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let toy = sale(&[]).shows(Side::Pipedrive, MEMBERS, tags(&many));
    let Some((Side::Propstreet, Some(Value::Set(wanted)))) = written(&toy) else {
        panic!("prospects are added")
    };
    assert_eq!(wanted.len(), PROSPECTS_AT_ONCE);
    let toy = sale(&[]).shows(Side::Propstreet, MEMBERS, tags(&many));
    let Some((Side::Pipedrive, Some(Value::Set(wanted)))) = written(&toy) else {
        panic!("a participant is added")
    };
    assert_eq!(wanted.len(), 1);
}

#[test]
fn a_field_that_flows_one_way_flows_no_other() {
    let toy = sale(&["pair/1"])
        .policy(MEMBERS, Direction::ToPropstreet, Winner::Latest)
        .shows(Side::Propstreet, MEMBERS, tags(&["pair/1", "pair/2"]));
    assert_eq!(written(&toy), None);
}

#[test]
fn nobody_comes_or_goes_once_the_deal_is_over() {
    let toy = sale(&["pair/1"])
        .agreed(Field::DealStatus, text("won"))
        .shows(Side::Pipedrive, MEMBERS, tags(&["pair/1", "pair/2"]));
    assert_eq!(written(&toy), None);
}

#[test]
fn only_those_who_moved_are_agreed_on_after_a_call() {
    let base = |elements: &[&str]| {
        let mut base = Base::default();
        for side in Side::BOTH {
            base.get_mut(side).put(MEMBERS, tags(elements));
        }
        base
    };
    let (coming, going) = (names(&["pair/2", "pair/3"]), names(&[]));
    // One was refused, and somebody has taken the first one off meanwhile: that is an edit, and travels.
    let after = base_after_moves(&base(&["pair/1"]), (&coming, &going), &names(&["pair/2"]));
    assert_eq!(after, base(&["pair/1", "pair/2"]));
    let (coming, going) = (names(&[]), names(&["pair/1"]));
    let after = base_after_moves(&base(&["pair/1"]), (&coming, &going), &names(&[]));
    assert_eq!(after, base(&[]));
}
