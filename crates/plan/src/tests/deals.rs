//! Deals and projects: stages, ends, and what is left alone.

use model::{Carrier, Field, Kind, PairState, Progress, Side, Value};

use super::toy::{Shown, Toy, only_write, text, writes};
use crate::{
    DealNote, DeletePolicy, Direction, LostPolicy, Names, Note, OpenConflict, Operation, Rule,
    StageMeaning, Winner, explain,
};

const DRAFT: &str = "open, draft, no teaser";
const PUBLISHED: &str = "open, active, published";
const COMMUNICATED: &str = "open, active, communicated";
const CLOSED: &str = "closed, active, communicated";

fn stage(name: &str, classification: &str, teaser: Option<&str>) -> StageMeaning {
    StageMeaning {
        stage: name.to_owned(),
        status: "open".to_owned(),
        classification: Some(classification.to_owned()),
        teaser: teaser.map(str::to_owned),
    }
}

/// An open deal in "Lead In" and its project, agreed on.
fn sale() -> Toy {
    let mut toy = Toy::of(Kind::Deal)
        .agreed(Field::DealName, text("Kvarteret Ejdern"))
        .agreed(Field::DealStatus, text("open"));
    toy.stages = vec![
        stage("Lead In", "draft", None),
        stage("Property Added", "draft", None),
        stage("Teaser Drafting", "active", Some("published")),
        stage("Investor Outreach", "active", Some("communicated")),
        stage("Closing", "active", Some("communicated")),
    ];
    in_stage(toy, "Lead In", DRAFT)
}

fn in_stage(mut toy: Toy, name: &str, progress: &str) -> Toy {
    for (side, value) in [(Side::Pipedrive, name), (Side::Propstreet, progress)] {
        toy.pair
            .base
            .get_mut(side)
            .put(Field::DealStage, text(value));
        toy.record_mut(side).put(Field::DealStage, text(value));
    }
    toy
}

fn project_is(toy: Toy, progress: &str) -> Toy {
    toy.shows(Side::Propstreet, Field::DealStage, text(progress))
}

fn stage_shown(toy: &Toy) -> Option<&str> {
    toy.get(Side::Pipedrive, Field::DealStage)?.as_text()
}

fn ended(toy: Toy, side: Side, how: &str) -> Toy {
    let toy = toy.shows(side, Field::DealStatus, text(how));
    match side {
        Side::Pipedrive => toy,
        Side::Propstreet => project_is(toy, CLOSED),
    }
}

#[test]
fn each_row_of_the_table_moves_a_deal_to_the_first_stage_that_fits() {
    for (progress, expected) in [
        (PUBLISHED, "Teaser Drafting"),
        (COMMUNICATED, "Investor Outreach"),
    ] {
        let mut toy = project_is(sale(), progress);
        toy.settle();
        assert_eq!(stage_shown(&toy), Some(expected), "{progress}");
    }
    let mut toy = project_is(in_stage(sale(), "Closing", COMMUNICATED), DRAFT);
    toy.settle();
    assert_eq!(stage_shown(&toy), Some("Lead In"));
}

#[test]
fn a_deal_in_a_stage_that_fits_already_is_not_moved() {
    let toy = in_stage(sale(), "Property Added", PUBLISHED);
    assert!(project_is(toy, DRAFT).plan().writes.is_empty());
    let toy = in_stage(sale(), "Closing", PUBLISHED);
    assert!(project_is(toy, COMMUNICATED).plan().writes.is_empty());
}

#[test]
fn a_deal_moved_in_pipedrive_stays_there_and_the_difference_is_told() {
    let mut toy = sale().shows(Side::Pipedrive, Field::DealStage, text("Closing"));
    toy.settle();
    assert_eq!(stage_shown(&toy), Some("Closing"));
    assert!(toy.written.is_empty());
    assert!(
        toy.plan()
            .notes
            .contains(&Note::Deal(DealNote::StageDiffers))
    );
    assert!(toy.journal.is_empty());
}

#[test]
fn a_project_that_no_stage_stands_for_moves_nothing() {
    let toy = project_is(sale(), "open, inactive, no teaser");
    let plan = toy.plan();
    assert!(plan.writes.is_empty());
    assert_eq!(plan.notes, [Note::Deal(DealNote::NoStage)]);
}

#[test]
fn what_is_seen_of_a_project_for_the_first_time_moves_no_deal() {
    let mut toy = sale();
    toy.pair.base.propstreet.put(Field::DealStage, None);
    let plan = project_is(toy, COMMUNICATED).plan();
    assert!(plan.writes.is_empty());
    assert!(plan.base.is_some());
}

#[test]
fn when_both_have_moved_the_policy_says_whose_stage_stays() {
    let both = || {
        let toy = project_is(sale(), COMMUNICATED);
        toy.shows(Side::Pipedrive, Field::DealStage, text("Property Added"))
    };
    let with = |winner| both().policy(Field::DealStage, Direction::Both, winner);
    let mut toy = both();
    toy.settle();
    assert_eq!(stage_shown(&toy), Some("Property Added"));
    let mut toy = with(Winner::PropstreetWins);
    toy.settle();
    assert_eq!(stage_shown(&toy), Some("Investor Outreach"));
    assert_eq!(toy.journal[0].rule, Rule::PropstreetWins);
    let mut toy = with(Winner::Manual);
    toy.settle();
    assert_eq!(stage_shown(&toy), Some("Property Added"));
    toy.decide(Side::Propstreet);
    toy.settle();
    assert_eq!(stage_shown(&toy), Some("Investor Outreach"));
}

#[test]
fn a_stage_that_may_not_be_written_is_not() {
    for direction in [Direction::ToPropstreet, Direction::Off] {
        let toy = project_is(sale(), COMMUNICATED);
        let toy = toy.policy(Field::DealStage, direction, Winner::PipedriveWins);
        assert!(toy.plan().writes.is_empty(), "{direction:?}");
    }
}

#[test]
fn a_won_deal_closes_its_project_after_everything_else_was_told() {
    let toy = sale().shows(Side::Pipedrive, Field::DealName, text("Ejdern 4"));
    let mut toy = ended(toy, Side::Pipedrive, "won");
    let carriers: Vec<Carrier> = toy
        .plan()
        .writes
        .iter()
        .map(|write| write.carrier)
        .collect();
    assert_eq!(carriers, [Carrier::Record, Carrier::Closing]);
    toy.settle();
    assert_eq!(
        toy.get(Side::Propstreet, Field::DealStatus),
        text("won").as_ref()
    );
}

#[test]
fn a_closed_project_wins_its_deal_unless_the_settings_say_otherwise() {
    let mut toy = ended(sale(), Side::Propstreet, "won");
    toy.settle();
    assert_eq!(
        toy.get(Side::Pipedrive, Field::DealStatus),
        text("won").as_ref()
    );
    let mut toy = ended(sale(), Side::Propstreet, "won");
    toy.policies.deals.closed_is_won = false;
    toy.settle();
    assert!(toy.written.is_empty());
    assert!(
        toy.plan()
            .notes
            .contains(&Note::Deal(DealNote::CannotReopen))
    );
}

#[test]
fn a_lost_deal_does_to_its_project_what_the_settings_say() {
    let lost = |policy| {
        let mut toy = ended(sale(), Side::Pipedrive, "lost");
        toy.policies.deals.lost = policy;
        toy.settle();
        toy
    };
    let toy = lost(LostPolicy::Nothing);
    assert!(toy.written.is_empty());
    assert!(toy.plan().notes.contains(&Note::Deal(DealNote::LostAlone)));
    let toy = lost(LostPolicy::Close);
    let closing = (
        Side::Propstreet,
        Carrier::Closing,
        Field::DealStatus,
        text("lost"),
    );
    let mut plan = toy.plan();
    plan.writes.clone_from(&toy.written);
    assert_eq!(writes(&plan), [closing]);
    let toy = lost(LostPolicy::Delete);
    assert_eq!(toy.written[0].operation, Operation::Delete);
    assert!(matches!(toy.pair.state, PairState::Unlinked { .. }));
}

#[test]
fn a_deleted_project_loses_its_deal_and_the_pair_rests() {
    for policy in [DeletePolicy::Unlink, DeletePolicy::Propagate] {
        let mut toy = sale().gone(Side::Propstreet, Shown::Deleted);
        toy.policies.deletes = policy;
        let plan = toy.plan();
        assert_eq!(
            only_write(&plan).fields.get(&Field::DealStatus),
            Some(&text("lost"))
        );
        toy.settle();
        assert_eq!(toy.written.len(), 1);
        assert!(matches!(
            toy.pair.state,
            PairState::Unlinked {
                deleted_on: Side::Propstreet,
                ..
            }
        ));
    }
}

#[test]
fn a_deleted_deal_takes_its_project_along_only_where_deletes_travel_and_it_is_open() {
    let deleted = |toy: Toy, policy| {
        let mut toy = toy.gone(Side::Pipedrive, Shown::Deleted);
        toy.policies.deletes = policy;
        toy.settle();
        toy.shown.propstreet == Shown::Deleted
    };
    assert!(!deleted(sale(), DeletePolicy::Unlink));
    assert!(deleted(sale(), DeletePolicy::Propagate));
    let mut closed = ended(sale(), Side::Propstreet, "won");
    closed.settle();
    assert!(!deleted(closed, DeletePolicy::Propagate));
}

#[test]
fn a_closed_project_freezes_its_pair_but_what_closing_set_arrives() {
    let mut toy = ended(sale(), Side::Pipedrive, "won");
    toy.settle();
    let toy = project_is(toy, CLOSED);
    let mut toy = toy
        .shows(Side::Pipedrive, Field::DealName, text("Renamed"))
        .shows(Side::Propstreet, Field::DealPrice, text("90 SEK"));
    toy.markers.on_propstreet = false;
    let before = toy.written.len();
    toy.settle();
    assert_eq!(
        toy.get(Side::Pipedrive, Field::DealPrice),
        text("90 SEK").as_ref()
    );
    assert_eq!(
        toy.get(Side::Propstreet, Field::DealName),
        text("Kvarteret Ejdern").as_ref()
    );
    assert_eq!(toy.written.len(), before + 1);
    assert!(toy.plan().notes.contains(&Note::Deal(DealNote::Frozen {
        field: Field::DealName
    })));
}

#[test]
fn a_reopened_deal_is_told_and_nothing_is_written() {
    let mut toy = ended(sale(), Side::Pipedrive, "won");
    toy.settle();
    let before = toy.written.len();
    let mut toy = ended(project_is(toy, CLOSED), Side::Pipedrive, "open");
    toy.settle();
    assert_eq!(toy.written.len(), before);
    assert!(
        toy.plan()
            .notes
            .contains(&Note::Deal(DealNote::CannotReopen))
    );
}

#[test]
fn a_deal_won_before_it_was_paired_closes_nothing() {
    let mut toy = ended(sale(), Side::Pipedrive, "won");
    for side in Side::BOTH {
        toy.pair.base.get_mut(side).put(Field::DealStatus, None);
    }
    toy.settle();
    assert!(toy.written.is_empty());
    assert!(toy.plan().notes.contains(&Note::Deal(DealNote::WonAlone)));
}

#[test]
fn nothing_travels_while_the_deal_is_out_of_scope_and_everything_once_it_is_back() {
    let mut toy = sale().shows(Side::Pipedrive, Field::DealName, text("Renamed"));
    toy.is_in_scope = false;
    let plan = toy.plan();
    assert!(plan.is_at_rest());
    assert_eq!(plan.notes, [Note::Deal(DealNote::OutOfScope)]);
    toy.is_in_scope = true;
    toy.settle();
    assert_eq!(
        toy.get(Side::Propstreet, Field::DealName),
        text("Renamed").as_ref()
    );
}

#[test]
fn only_what_is_open_is_made_on_the_other_side_and_without_a_stage_of_its_own() {
    let toy = sale().gone(Side::Propstreet, Shown::Missing);
    let plan = toy.plan();
    let fields: Vec<Field> = only_write(&plan).fields.keys().copied().collect();
    assert_eq!(fields, [Field::DealName]);
    let toy = ended(sale(), Side::Pipedrive, "won").gone(Side::Propstreet, Shown::Missing);
    assert!(toy.plan().writes.is_empty());
    let mut toy = sale().gone(Side::Pipedrive, Shown::Missing);
    toy.settle();
    assert_eq!(toy.get(Side::Pipedrive, Field::DealStage), None);
}

#[test]
fn a_deal_won_right_after_its_project_was_made_closes_it() {
    let mut toy = sale().gone(Side::Propstreet, Shown::Missing);
    let plan = toy.plan();
    toy.pair.base = plan.base.expect("both are open from the beginning");
    toy.shown.propstreet = Shown::Live(model::Record::default());
    let toy = toy.shows(Side::Propstreet, Field::DealStatus, text("open"));
    let toy = ended(project_is(toy, DRAFT), Side::Pipedrive, "won");
    let closes = |write: &crate::Write| write.carrier == Carrier::Closing;
    assert!(toy.plan().writes.iter().any(closes));
}

#[test]
fn a_stage_overwritten_by_us_is_put_back() {
    let mut toy = sale().wants_back(Field::DealStage, text("Closing"));
    toy.settle();
    assert_eq!(stage_shown(&toy), Some("Closing"));
    assert!(toy.pair.restores.is_empty());
}

#[test]
fn an_open_question_about_a_stage_is_over_when_the_project_comes_back() {
    let mut toy = sale();
    toy.open.push(OpenConflict {
        id: model::ConflictId(7),
        field: Field::DealStage,
        values: model::BySide {
            pipedrive: text("Closing"),
            propstreet: text(PUBLISHED),
        },
        decided: None,
    });
    toy.settle();
    assert!(toy.open.is_empty());
}

#[test]
fn plans_of_deals_are_told_in_words() {
    let sentences = |toy: &Toy| {
        let pairs = std::collections::BTreeMap::new();
        let names = Names { pairs: &pairs };
        toy.with_view(|view| explain(view, &toy.plan(), &names))
            .join("\n")
    };
    let moved = sentences(&project_is(sale(), COMMUNICATED));
    let won = sentences(&ended(sale(), Side::Pipedrive, "won"));
    let differs = sentences(&sale().shows(Side::Pipedrive, Field::DealStage, text("Closing")));
    insta::assert_snapshot!([moved, won, differs].join("\n"), @r#"
    Pipedrive: stage "Lead In" becomes "Investor Outreach", because it changed in Propstreet.
    Propstreet: close the project for good, because its deal is won.
    Stage "Closing" stays although the project is "open, draft, no teaser": the deal is moved when that changes next.
    "#);
}

#[test]
fn a_stage_says_as_much_as_is_told_of_it() {
    let draft = Progress::parse(DRAFT).expect("three words");
    assert!(stage("Lead In", "draft", None).fits(draft));
    assert!(!stage("Lead In", "draft", Some("drafting")).fits(draft));
    assert!(!stage("Lead In", "active", None).fits(draft));
    assert_eq!(Value::text(DRAFT), text(DRAFT));
}
