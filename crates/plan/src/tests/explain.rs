//! Plans in plain words.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use model::{Field, Kind, PairId, Side, Timestamp};

use super::toy::{Shown, Toy, pair, tags, text, unpaired};
use crate::{
    DeletePolicy, Direction, MatchDecision, MatchRule, Names, Suggestion, Winner, explain,
    explain_match,
};

fn words(toy: &Toy) -> String {
    let pairs = BTreeMap::from([(PairId(5), "Berg Fastigheter AB".to_owned())]);
    toy.with_view(|view| explain(view, &toy.plan(), &Names { pairs: &pairs }))
        .join("\n")
}

#[test]
fn agreement_is_said() {
    assert_snapshot!(words(&Toy::person()), @"");
}

#[test]
fn changes_say_where_they_come_from() {
    let toy = Toy::person()
        .agreed(Field::PersonPhone, text("+46701234567"))
        .agreed(Field::PersonEmail, text("ann@berg.se"))
        .agreed(Field::PersonTags, tags(&["Cold", "Investor"]))
        .with_labels(&["Cold", "Investor", "Hotel"])
        .shows(Side::Pipedrive, Field::PersonPhone, text("+46709999999"))
        .shows(Side::Pipedrive, Field::PersonEmail, None)
        .shows(
            Side::Propstreet,
            Field::PersonTags,
            tags(&["Hotel", "Investor", "Kista"]),
        )
        .shows(
            Side::Propstreet,
            Field::PersonStrategy,
            text("Core offices in Oslo"),
        );
    assert_snapshot!(words(&toy), @"");
}

#[test]
fn organization_and_title_are_told_by_name() {
    let toy = Toy::person()
        .agreed(Field::PersonOrganization, pair(6))
        .agreed(Field::PersonJobTitle, text("CFO"))
        .shows(Side::Pipedrive, Field::PersonOrganization, pair(5));
    assert_snapshot!(words(&toy), @"");
}

#[test]
fn what_stays_and_what_waits_is_said() {
    let title = Toy::person().shows(Side::Pipedrive, Field::PersonJobTitle, text("CFO"));
    let toy = title
        .shows(
            Side::Pipedrive,
            Field::PersonOrganization,
            unpaired(Side::Pipedrive),
        )
        .policy(
            Field::PersonStrategy,
            Direction::ToPipedrive,
            Winner::Latest,
        )
        .shows(Side::Pipedrive, Field::PersonStrategy, text("Value add"));
    assert_snapshot!(words(&toy), @"");
}

#[test]
fn a_create_names_everything_it_makes() {
    let mut toy = Toy::person()
        .shows(Side::Pipedrive, Field::PersonName, text("Ann Berg"))
        .shows(
            Side::Pipedrive,
            Field::PersonTags,
            tags(&["Hotel", "Investor"]),
        );
    toy = toy.gone(Side::Propstreet, Shown::Missing);
    assert_snapshot!(words(&toy), @"");
    let bare = Toy::of(Kind::Organization).gone(Side::Pipedrive, Shown::Missing);
    assert_snapshot!(words(&bare), @"");
}

#[test]
fn a_marker_is_told_as_an_id() {
    let mut toy = Toy::person();
    toy.markers.on_pipedrive = false;
    assert_snapshot!(words(&toy), @"");
}

/// Each way to settle that both sides changed the e-mail address.
#[test]
fn conflicts_say_who_won_and_why() {
    let torn = |direction, winner| {
        let toy = Toy::person().agreed(Field::PersonEmail, text("ann@berg.se"));
        let toy = toy.shows(Side::Pipedrive, Field::PersonEmail, text("ann@berg.no"));
        toy.shows(Side::Propstreet, Field::PersonEmail, None)
            .policy(Field::PersonEmail, direction, winner)
    };
    assert_snapshot!(words(&torn(Direction::Both, Winner::PropstreetWins)), @"");
    assert_snapshot!(words(&torn(Direction::Both, Winner::Latest)), @"");
    assert_snapshot!(words(&torn(Direction::ToPropstreet, Winner::Latest)), @"");
    let mut later = torn(Direction::Both, Winner::Latest);
    later
        .evidence
        .pipedrive
        .field_seen_at
        .insert(Field::PersonEmail, Timestamp::UNIX_EPOCH);
    later
        .evidence
        .propstreet
        .field_seen_at
        .insert(Field::PersonEmail, Timestamp::MAX);
    assert_snapshot!(words(&later), @"");
}

#[test]
fn a_question_is_told_before_and_after_it_was_answered() {
    let toy = Toy::person().policy(Field::PersonEmail, Direction::Both, Winner::Manual);
    let toy = toy.shows(Side::Pipedrive, Field::PersonEmail, text("ann@berg.no"));
    let mut toy = toy.shows(Side::Propstreet, Field::PersonEmail, text("ann@berg.fi"));
    assert_snapshot!(words(&toy), @"");
    toy.settle();
    assert_snapshot!(words(&toy), @"");
    toy.decide(Side::Propstreet);
    assert_snapshot!(words(&toy), @"");
}

#[test]
fn a_value_put_back_says_so() {
    let toy = Toy::person().agreed(Field::PersonPhone, text("+46701234567"));
    assert_snapshot!(words(&toy.wants_back(Field::PersonPhone, text("+46709999999"))), @"");
}

#[test]
fn deletes_say_what_is_kept() {
    let toy = Toy::person()
        .agreed(Field::PersonPhone, text("+46701234567"))
        .gone(Side::Propstreet, Shown::Deleted);
    let edited = toy
        .clone()
        .shows(Side::Pipedrive, Field::PersonPhone, text("+46709999999"));
    assert_snapshot!(words(&edited), @"");
    let propagating = |mut toy: Toy| {
        toy.policies.deletes = DeletePolicy::Propagate;
        toy
    };
    assert_snapshot!(words(&propagating(toy.clone())), @"");
    assert_snapshot!(words(&propagating(edited)), @"");
    assert_snapshot!(words(&toy.gone(Side::Pipedrive, Shown::Deleted)), @"");
}

#[test]
fn matches_are_explained() {
    let contact = || model::RecordKey::new(model::Entity::Contact, "c-1");
    let suggestion = Suggestion {
        candidate: contact(),
        rule: MatchRule::SimilarName,
        similarity: 0.934,
    };
    let decisions = [
        MatchDecision::Pair {
            candidate: contact(),
            rule: MatchRule::Email,
        },
        MatchDecision::Repoint {
            pair: PairId(5),
            candidate: contact(),
        },
        MatchDecision::Create {
            suggestions: vec![suggestion],
        },
        MatchDecision::Create {
            suggestions: Vec::new(),
        },
        MatchDecision::WaitForRival {
            rival: model::RecordKey::new(model::Entity::Person, 3),
        },
        MatchDecision::Ambiguous {
            reason: "person/12 could be any of contact/c-1, contact/c-2".to_owned(),
        },
    ];
    assert_snapshot!(decisions.iter().map(explain_match).collect::<Vec<_>>().join("\n"), @"");
}
