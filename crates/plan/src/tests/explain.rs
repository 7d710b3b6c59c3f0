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
    assert_snapshot!(words(&Toy::person()), @"Both sides agree: there is nothing to do.");
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
    assert_snapshot!(words(&toy), @r#"
    Pipedrive: tags gain "Hotel" and lose "Cold", because they changed in Propstreet.
    Pipedrive: strategy becomes "Core offices in Oslo", because Propstreet has it.
    Propstreet: email "ann@berg.se" is cleared, because it was cleared in Pipedrive.
    Propstreet: phone "+46701234567" becomes "+46709999999", because it changed in Pipedrive.
    Tag "Kista" stays in Propstreet alone: Pipedrive has no label of this name. It travels once there is one.
    "#);
}

#[test]
fn organization_and_title_are_told_by_name() {
    let toy = Toy::person()
        .agreed(Field::PersonOrganization, pair(6))
        .agreed(Field::PersonJobTitle, text("CFO"))
        .shows(Side::Pipedrive, Field::PersonOrganization, pair(5));
    assert_snapshot!(words(&toy), @r#"
    Propstreet: organization pair 6 becomes "Berg Fastigheter AB", because it changed in Pipedrive.
    Propstreet: job title "CFO" stays, because it goes along to the new organization.
    "#);
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
    assert_snapshot!(words(&toy), @r#"
    Organization waits until organization/77 is paired.
    Job title "CFO" stays in Pipedrive: Propstreet keeps a title only together with an organization.
    Strategy "Value add" in Pipedrive is left alone: the field only travels from Propstreet.
    "#);
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
    assert_snapshot!(words(&toy), @r#"Propstreet: create the contact with name "Ann Berg", tags "Hotel" + "Investor", because Pipedrive has the person."#);
    let bare = Toy::of(Kind::Organization).gone(Side::Pipedrive, Shown::Missing);
    assert_snapshot!(words(&bare), @"Pipedrive: create the organization, because Propstreet has the company.");
}

#[test]
fn a_marker_is_told_as_an_id() {
    let mut toy = Toy::person();
    toy.markers.on_pipedrive = false;
    assert_snapshot!(words(&toy), @"Pipedrive: note the id of the contact in Propstreet.");
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
    assert_snapshot!(words(&torn(Direction::Both, Winner::PropstreetWins)), @r#"
    Pipedrive: email "ann@berg.no" is cleared, because both sides changed it and Propstreet wins by policy.
    Conflict on email: Pipedrive has "ann@berg.no", Propstreet has nothing (before: "ann@berg.se"); Propstreet's value is kept and the other one stays in the journal, because both sides changed it and Propstreet wins by policy.
    "#);
    assert_snapshot!(words(&torn(Direction::Both, Winner::Latest)), @r#"
    Propstreet: email becomes "ann@berg.no", because both sides changed it at about the same time and Pipedrive wins ties.
    Conflict on email: Pipedrive has "ann@berg.no", Propstreet has nothing (before: "ann@berg.se"); Pipedrive's value is kept and the other one stays in the journal, because both sides changed it at about the same time and Pipedrive wins ties.
    "#);
    assert_snapshot!(words(&torn(Direction::ToPropstreet, Winner::Latest)), @r#"
    Propstreet: email becomes "ann@berg.no", because the field only travels from Pipedrive.
    Conflict on email: Pipedrive has "ann@berg.no", Propstreet has nothing (before: "ann@berg.se"); Pipedrive's value is kept and the other one stays in the journal, because the field only travels from Pipedrive.
    "#);
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
    assert_snapshot!(words(&later), @r#"
    Pipedrive: email "ann@berg.no" is cleared, because both sides changed it and Propstreet did so later.
    Conflict on email: Pipedrive has "ann@berg.no", Propstreet has nothing (before: "ann@berg.se"); Propstreet's value is kept and the other one stays in the journal, because both sides changed it and Propstreet did so later.
    "#);
}

#[test]
fn a_question_is_told_before_and_after_it_was_answered() {
    let toy = Toy::person().policy(Field::PersonEmail, Direction::Both, Winner::Manual);
    let toy = toy.shows(Side::Pipedrive, Field::PersonEmail, text("ann@berg.no"));
    let mut toy = toy.shows(Side::Propstreet, Field::PersonEmail, text("ann@berg.fi"));
    assert_snapshot!(words(&toy), @r#"Conflict on email: Pipedrive has "ann@berg.no", Propstreet has "ann@berg.fi" (before: nothing); it waits for a person to choose, because both sides changed it."#);
    toy.settle();
    assert_snapshot!(words(&toy), @"Email: nothing travels until somebody decides conflict 1000.");
    toy.decide(Side::Propstreet);
    assert_snapshot!(words(&toy), @r#"Pipedrive: email "ann@berg.no" becomes "ann@berg.fi", because somebody chose Propstreet's value."#);
}

#[test]
fn a_value_put_back_says_so() {
    let toy = Toy::person().agreed(Field::PersonPhone, text("+46701234567"));
    assert_snapshot!(words(&toy.wants_back(Field::PersonPhone, text("+46709999999"))), @r#"Pipedrive: phone "+46701234567" becomes "+46709999999", because the value is put back."#);
}

#[test]
fn deletes_say_what_is_kept() {
    let toy = Toy::person()
        .agreed(Field::PersonPhone, text("+46701234567"))
        .gone(Side::Propstreet, Shown::Deleted);
    let edited = toy
        .clone()
        .shows(Side::Pipedrive, Field::PersonPhone, text("+46709999999"));
    assert_snapshot!(words(&edited), @r#"
    The pair is put to rest: nothing travels while the record is gone from Propstreet.
    The contact was deleted in Propstreet; the person in Pipedrive is kept.
    Phone was edited since and keeps its edit.
    "#);
    let propagating = |mut toy: Toy| {
        toy.policies.deletes = DeletePolicy::Propagate;
        toy
    };
    assert_snapshot!(words(&propagating(toy.clone())), @"Pipedrive: delete the person, because its contact was deleted in Propstreet.");
    assert_snapshot!(words(&propagating(edited)), @r#"Conflict on phone: Pipedrive has "+46709999999", Propstreet has "+46701234567" (before: "+46701234567"); it waits for a person to choose, because the record was deleted on one side and edited on the other."#);
    assert_snapshot!(words(&toy.gone(Side::Pipedrive, Shown::Deleted)), @"The pair is over: both records are gone.");
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
    assert_snapshot!(decisions.iter().map(explain_match).collect::<Vec<_>>().join("\n"), @r#"
    It is paired with contact/c-1: the same e-mail address.
    It takes the deleted record's place in pair 5, beside contact/c-1.
    It is created on the other side. To be reviewed: contact/c-1 (a similar name, 93 % alike).
    Nobody like it is known: it is created on the other side.
    It waits for person/3, which is the better match.
    A person has to decide: person/12 could be any of contact/c-1, contact/c-2.
    "#);
}
