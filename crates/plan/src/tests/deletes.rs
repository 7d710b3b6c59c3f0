//! Deleted records: the pair rests or ends, deletes propagate only where nobody edited, nothing comes back by itself.

use model::{Field, PairState, Side, Timestamp};

use super::toy::{Shown, Toy, only_write, text};
use crate::{DeletePolicy, Note, Operation, Rule, StateChange};

const FIELD: Field = Field::PersonPhone;

fn deleted_on(side: Side) -> Toy {
    Toy::person()
        .agreed(FIELD, text("1"))
        .gone(side, Shown::Deleted)
}

fn propagating(mut toy: Toy) -> Toy {
    toy.policies.deletes = DeletePolicy::Propagate;
    toy
}

fn unlinked(mut toy: Toy, deleted_on: Side) -> Toy {
    toy.pair.state = PairState::Unlinked {
        deleted_on,
        at: Timestamp::UNIX_EPOCH,
    };
    toy
}

#[test]
fn by_default_the_other_record_is_kept_and_the_pair_rests() {
    for side in Side::BOTH {
        let mut toy = deleted_on(side);
        let plan = toy.plan();
        assert_eq!(plan.state, Some(StateChange::Unlink { deleted_on: side }));
        assert_eq!(plan.notes, [Note::Unlinked { deleted_on: side }]);
        assert!(plan.writes.is_empty());
        toy.settle();
        assert_eq!(toy.plan(), crate::Plan::default());
    }
}

#[test]
fn an_edit_that_will_not_travel_any_more_is_named() {
    let plan = deleted_on(Side::Propstreet)
        .shows(Side::Pipedrive, FIELD, text("2"))
        .plan();
    assert_eq!(
        plan.notes,
        [
            Note::Unlinked {
                deleted_on: Side::Propstreet
            },
            Note::EditKept { field: FIELD }
        ]
    );
}

#[test]
fn where_deletes_propagate_the_other_record_is_deleted_and_the_pair_ends() {
    for side in Side::BOTH {
        let mut toy = propagating(deleted_on(side));
        let plan = toy.plan();
        assert_eq!(
            (only_write(&plan).side, only_write(&plan).operation),
            (side.other(), Operation::Delete)
        );
        assert_eq!(plan.state, None, "not before it is done");
        toy.settle();
        assert_eq!(
            toy.pair.state,
            PairState::Ended {
                at: Timestamp::UNIX_EPOCH
            }
        );
    }
}

#[test]
fn a_delete_against_an_edit_is_asked_once_and_nothing_is_written() {
    let mut toy =
        propagating(deleted_on(Side::Propstreet)).shows(Side::Pipedrive, FIELD, text("2"));
    let plan = toy.plan();
    let [conflict] = plan.conflicts.as_slice() else {
        panic!("one conflict: {plan:#?}")
    };
    assert_eq!(
        (conflict.field, conflict.winner, conflict.rule),
        (FIELD, None, Rule::DeleteAgainstEdit)
    );
    assert_eq!(
        (&conflict.values.pipedrive, &conflict.values.propstreet),
        (&text("2"), &text("1"))
    );
    toy.settle();
    assert_eq!((toy.journal.len(), toy.written.len()), (1, 0));
    assert_eq!(toy.plan(), crate::Plan::default());
}

#[test]
fn a_person_can_let_the_delete_win() {
    let mut toy =
        propagating(deleted_on(Side::Propstreet)).shows(Side::Pipedrive, FIELD, text("2"));
    toy.settle();
    toy.decide(Side::Propstreet);
    toy.settle();
    assert_eq!(toy.shown.pipedrive, Shown::Deleted);
    assert!(toy.open.is_empty());
}

#[test]
fn a_person_can_let_the_edit_win() {
    let mut toy =
        propagating(deleted_on(Side::Propstreet)).shows(Side::Pipedrive, FIELD, text("2"));
    toy.settle();
    toy.decide(Side::Pipedrive);
    toy.settle();
    assert_eq!(toy.get(Side::Pipedrive, FIELD), text("2").as_ref());
    assert_eq!(
        toy.shown.propstreet,
        Shown::Deleted,
        "nothing deleted comes back"
    );
    assert_eq!(
        toy.pair.state,
        PairState::Unlinked {
            deleted_on: Side::Propstreet,
            at: Timestamp::UNIX_EPOCH
        }
    );
    assert!(toy.open.is_empty());
}

#[test]
fn another_edit_after_the_question_makes_a_new_one() {
    let mut toy =
        propagating(deleted_on(Side::Propstreet)).shows(Side::Pipedrive, FIELD, text("2"));
    toy.settle();
    toy.decide(Side::Propstreet);
    let plan = toy.shows(Side::Pipedrive, FIELD, text("3")).plan();
    assert_eq!(
        (
            plan.settled_conflicts.len(),
            plan.conflicts.len(),
            plan.writes.len()
        ),
        (1, 1, 0)
    );
}

#[test]
fn two_deleted_records_end_the_pair_with_all_its_questions() {
    let mut toy = deleted_on(Side::Pipedrive)
        .gone(Side::Propstreet, Shown::Deleted)
        .wants_back(FIELD, text("0"));
    let plan = toy.plan();
    assert_eq!(
        (plan.state, plan.settled_restores.as_slice()),
        (Some(StateChange::End), [FIELD].as_slice())
    );
    toy.settle();
    assert_eq!(toy.plan(), crate::Plan::default());
}

#[test]
fn a_record_deleted_before_its_other_half_was_made_rests_until_it_comes_back() {
    let toy = deleted_on(Side::Pipedrive).gone(Side::Propstreet, Shown::Missing);
    assert_eq!(toy.plan().state, None);
}

#[test]
fn an_unlinked_pair_rests_whatever_is_edited() {
    let toy = unlinked(
        deleted_on(Side::Propstreet).shows(Side::Pipedrive, FIELD, text("2")),
        Side::Propstreet,
    );
    assert_eq!(toy.plan(), crate::Plan::default());
}

#[test]
fn a_revived_record_brings_its_pair_back_with_what_was_edited_meanwhile() {
    let toy = Toy::person()
        .agreed(FIELD, text("1"))
        .shows(Side::Pipedrive, FIELD, text("2"));
    let mut toy = unlinked(toy, Side::Propstreet);
    assert_eq!(toy.plan().state, Some(StateChange::Activate));
    toy.settle();
    assert_eq!(toy.pair.state, PairState::Active);
    assert_eq!(toy.get(Side::Propstreet, FIELD), text("2").as_ref());
}

#[test]
fn a_revived_record_is_not_deleted_for_the_other_ones_sake() {
    let toy = propagating(unlinked(deleted_on(Side::Propstreet), Side::Pipedrive));
    let plan = toy.plan();
    assert_eq!(
        plan.state,
        Some(StateChange::Unlink {
            deleted_on: Side::Propstreet
        })
    );
    assert!(plan.writes.is_empty());
}

#[test]
fn a_pair_that_ended_stays_ended() {
    let mut toy = Toy::person()
        .agreed(FIELD, text("1"))
        .shows(Side::Pipedrive, FIELD, text("2"));
    toy.pair.state = PairState::Ended {
        at: Timestamp::UNIX_EPOCH,
    };
    assert_eq!(toy.plan(), crate::Plan::default());
}
