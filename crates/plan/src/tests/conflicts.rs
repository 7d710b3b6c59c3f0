//! Both sides changed a field differently: who wins, what is journaled, and how a person's answer is carried out.

use model::{BySide, ConflictId, Field, Side, Timestamp};

use super::toy::{Toy, only_write, text, writes};
use crate::{Direction, OpenConflict, Rule, Winner};

const FIELD: Field = Field::PersonEmail;

/// Pipedrive changed it to "p", Propstreet to "s".
fn torn(winner: Winner) -> Toy {
    let toy = Toy::person()
        .agreed(FIELD, text("base"))
        .policy(FIELD, Direction::Both, winner);
    toy.shows(Side::Pipedrive, FIELD, text("p"))
        .shows(Side::Propstreet, FIELD, text("s"))
}

fn seen_at(mut toy: Toy, pipedrive: i64, propstreet: i64, uncertainty: i64) -> Toy {
    for (side, at) in [(Side::Pipedrive, pipedrive), (Side::Propstreet, propstreet)] {
        let evidence = toy.evidence.get_mut(side);
        evidence
            .field_seen_at
            .insert(FIELD, Timestamp::from_millisecond(at).unwrap());
        evidence.uncertainty_millis = uncertainty;
    }
    toy
}

fn check(toy: &Toy, winner: Side, rule: Rule) {
    let plan = toy.plan();
    let [conflict] = plan.conflicts.as_slice() else {
        panic!("one conflict: {plan:#?}")
    };
    assert_eq!((conflict.winner, conflict.rule), (Some(winner), rule));
    assert_eq!(
        conflict.values,
        BySide {
            pipedrive: text("p"),
            propstreet: text("s")
        }
    );
    assert_eq!(
        conflict.base,
        BySide {
            pipedrive: text("base"),
            propstreet: text("base")
        }
    );
    let value = conflict.values.get(winner).clone();
    let write = only_write(&plan);
    assert_eq!(
        (write.side, write.fields.get(&FIELD)),
        (winner.other(), Some(&value))
    );
}

#[test]
fn a_fixed_side_wins_whatever_the_times_say() {
    check(
        &seen_at(torn(Winner::PipedriveWins), 1, 99_000, 0),
        Side::Pipedrive,
        Rule::PipedriveWins,
    );
    check(
        &seen_at(torn(Winner::PropstreetWins), 99_000, 1, 0),
        Side::Propstreet,
        Rule::PropstreetWins,
    );
}

#[test]
fn the_later_edit_wins() {
    check(
        &seen_at(torn(Winner::Latest), 10_000, 5_000, 500),
        Side::Pipedrive,
        Rule::Latest,
    );
    check(
        &seen_at(torn(Winner::Latest), 5_000, 10_000, 500),
        Side::Propstreet,
        Rule::Latest,
    );
}

#[test]
fn edits_closer_together_than_the_clocks_are_true_go_to_the_fixed_side() {
    check(
        &seen_at(torn(Winner::Latest), 5_000, 6_000, 500),
        Side::Pipedrive,
        Rule::Tie,
    );
    check(
        &seen_at(torn(Winner::Latest), 5_000, 6_001, 500),
        Side::Propstreet,
        Rule::Latest,
    );
    let mut toy = seen_at(torn(Winner::Latest), 5_000, 5_000, 0);
    toy.policies.tie = Side::Propstreet;
    check(&toy, Side::Propstreet, Rule::Tie);
}

#[test]
fn a_missing_time_is_a_tie() {
    let mut toy = seen_at(torn(Winner::Latest), 5_000, 99_000, 0);
    toy.evidence.pipedrive.field_seen_at.clear();
    check(&toy, Side::Pipedrive, Rule::Tie);
}

#[test]
fn the_extremes_of_time_are_no_trouble() {
    let mut toy = seen_at(torn(Winner::Latest), 0, 0, i64::MAX);
    toy.evidence
        .pipedrive
        .field_seen_at
        .insert(FIELD, Timestamp::MAX);
    toy.evidence
        .propstreet
        .field_seen_at
        .insert(FIELD, Timestamp::MIN);
    check(&toy, Side::Pipedrive, Rule::Tie);
}

#[test]
fn after_the_winner_was_written_both_sides_agree_and_the_loser_is_in_the_journal() {
    let mut toy = torn(Winner::PropstreetWins);
    toy.settle();
    assert_eq!(toy.get(Side::Pipedrive, FIELD), text("s").as_ref());
    assert_eq!(toy.journal.len(), 1);
    assert_eq!(toy.journal[0].values.pipedrive, text("p"));
}

#[test]
fn a_value_cleared_against_an_edit_is_a_conflict_too() {
    let plan = torn(Winner::PipedriveWins)
        .shows(Side::Pipedrive, FIELD, None)
        .plan();
    assert_eq!(
        plan.conflicts[0].values,
        BySide {
            pipedrive: None,
            propstreet: text("s")
        }
    );
    assert_eq!(only_write(&plan).fields.get(&FIELD), Some(&None));
}

#[test]
fn one_way_the_owner_wins_and_the_other_edit_is_journaled() {
    let toy = torn(Winner::Manual);
    check(
        &toy.clone()
            .policy(FIELD, Direction::ToPropstreet, Winner::Manual),
        Side::Pipedrive,
        Rule::OneWay,
    );
    check(
        &toy.policy(FIELD, Direction::ToPipedrive, Winner::Manual),
        Side::Propstreet,
        Rule::OneWay,
    );
}

#[test]
fn a_first_sync_one_way_over_another_value_journals_it() {
    let toy = Toy::person().policy(FIELD, Direction::ToPropstreet, Winner::Latest);
    let mut toy =
        toy.shows(Side::Pipedrive, FIELD, text("p"))
            .shows(Side::Propstreet, FIELD, text("s"));
    toy.settle();
    assert_eq!(toy.get(Side::Propstreet, FIELD), text("p").as_ref());
    assert_eq!(toy.journal[0].values.propstreet, text("s"));
}

#[test]
fn a_manual_conflict_waits_and_moves_nothing() {
    let plan = torn(Winner::Manual).plan();
    assert_eq!(
        (plan.conflicts[0].winner, plan.conflicts[0].rule),
        (None, Rule::Manual)
    );
    assert_eq!((plan.writes.len(), plan.base), (0, None));
}

#[test]
fn a_question_is_asked_once() {
    let mut toy = torn(Winner::Manual);
    toy.settle();
    assert_eq!(toy.plan(), crate::Plan::default());
    assert_eq!(
        (toy.journal.len(), toy.open.len(), toy.written.len()),
        (1, 1, 0)
    );
}

#[test]
fn a_question_holds_its_field_alone() {
    let mut toy = torn(Winner::Manual);
    toy.settle();
    let toy = toy.shows(Side::Pipedrive, Field::PersonPhone, text("1"));
    let fields: Vec<_> = writes(&toy.plan())
        .into_iter()
        .map(|(_, _, field, _)| field)
        .collect();
    assert_eq!(fields, [Field::PersonPhone]);
}

#[test]
fn a_question_stays_a_question_when_the_policy_has_an_answer_since() {
    let mut toy = torn(Winner::Manual);
    toy.settle();
    assert!(
        toy.policy(FIELD, Direction::Both, Winner::PipedriveWins)
            .plan()
            .is_at_rest()
    );
}

#[test]
fn an_answer_is_written_to_the_other_side_and_settled_once_both_agree() {
    for side in Side::BOTH {
        let mut toy = torn(Winner::Manual);
        toy.settle();
        toy.decide(side);
        let chosen = toy.get(side, FIELD).cloned();
        let plan = toy.plan();
        assert_eq!(only_write(&plan).side, side.other());
        assert!(
            plan.settled_conflicts.is_empty(),
            "not before it is written"
        );
        toy.settle();
        assert_eq!(toy.get(side.other(), FIELD), chosen.as_ref());
        assert!(toy.open.is_empty());
        assert_eq!(toy.journal.len(), 1, "nothing new in the journal");
    }
}

#[test]
fn an_answer_that_a_server_spells_its_own_way_is_written_once() {
    let mut toy = torn(Winner::Manual);
    toy.settle();
    toy.normalise.propstreet = |_| "s".to_owned();
    toy.decide(Side::Pipedrive);
    toy.settle();
    assert_eq!((toy.written.len(), toy.open.len()), (1, 0));
}

#[test]
fn a_conflict_is_over_when_the_values_agree_by_themselves() {
    let mut toy = torn(Winner::Manual);
    toy.settle();
    let mut toy = toy.shows(Side::Propstreet, FIELD, text("p"));
    let plan = toy.plan();
    assert_eq!((plan.settled_conflicts.len(), plan.writes.len()), (1, 0));
    toy.settle();
    assert_eq!(toy.plan(), crate::Plan::default());
}

#[test]
fn a_conflict_is_over_when_one_side_goes_back_and_the_other_edit_travels() {
    let mut toy = torn(Winner::Manual);
    toy.settle();
    let mut toy = toy.shows(Side::Propstreet, FIELD, text("base"));
    toy.settle();
    assert_eq!(toy.get(Side::Propstreet, FIELD), text("p").as_ref());
    assert!(toy.open.is_empty());
}

#[test]
fn a_later_edit_makes_a_new_question_even_after_an_answer() {
    for answered in [None, Some(Side::Pipedrive)] {
        let mut toy = torn(Winner::Manual);
        toy.settle();
        toy.open[0].decided = answered;
        let old = toy.open[0].id;
        let plan = toy.shows(Side::Propstreet, FIELD, text("s2")).plan();
        assert_eq!(plan.settled_conflicts, [old]);
        assert_eq!(plan.conflicts[0].values.propstreet, text("s2"));
        assert!(plan.writes.is_empty());
    }
}

#[test]
fn of_a_question_asked_twice_the_answered_one_counts() {
    let mut toy = torn(Winner::Manual);
    toy.settle();
    let asked = OpenConflict {
        id: ConflictId(7),
        decided: Some(Side::Propstreet),
        ..toy.open[0].clone()
    };
    let first = toy.open[0].id;
    toy.open.push(asked);
    let plan = toy.plan();
    assert_eq!(only_write(&plan).side, Side::Pipedrive);
    assert_eq!(plan.settled_conflicts, [first]);
}

#[test]
fn a_question_about_a_field_that_travels_one_way_since_is_over() {
    let mut toy = torn(Winner::Manual);
    toy.settle();
    toy.decide(Side::Propstreet);
    let plan = toy
        .policy(FIELD, Direction::ToPropstreet, Winner::Manual)
        .plan();
    assert_eq!(plan.settled_conflicts.len(), 1);
    assert_eq!(plan.conflicts[0].rule, Rule::OneWay);
    assert_eq!(only_write(&plan).side, Side::Propstreet);
}

#[test]
fn a_question_about_a_field_that_is_off_since_is_over() {
    let mut toy = torn(Winner::Manual);
    toy.settle();
    let plan = toy.policy(FIELD, Direction::Off, Winner::Manual).plan();
    assert_eq!(
        (
            plan.settled_conflicts.len(),
            plan.conflicts.len(),
            plan.writes.len()
        ),
        (1, 0, 0)
    );
}
