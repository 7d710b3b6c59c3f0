//! What persons said about a pair: taken apart, taken back, asked about.

use model::{Field, PairState, Side, Timestamp};

use super::toy::{Shown, Toy, only_write, text};
use crate::{DeletePolicy, Note, Operation, Plan, StateChange};

const FIELD: Field = Field::PersonPhone;
const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn pair(state: PairState) -> Toy {
    let mut toy = Toy::person().agreed(FIELD, text("1"));
    toy.pair.state = state;
    toy
}

#[test]
fn a_pair_being_taken_apart_loses_our_ids_one_by_one_and_is_over() {
    let mut toy = pair(PairState::Parting { at: AT });
    let plan = toy.plan();
    let write = only_write(&plan);
    assert!(write.marker && write.fields.is_empty(), "{write:?}");

    toy.settle();
    let sides: Vec<Side> = toy.written.iter().map(|write| write.side).collect();
    assert_eq!(sides, Side::BOTH);
    assert!(matches!(toy.pair.state, PairState::Ended { .. }));
    assert_eq!(toy.plan(), Plan::default());
}

#[test]
fn a_record_that_is_gone_carries_nothing_that_could_be_taken_off() {
    let mut toy = pair(PairState::Parting { at: AT }).gone(Side::Pipedrive, Shown::Deleted);
    toy.settle();
    let sides: Vec<Side> = toy.written.iter().map(|write| write.side).collect();
    assert_eq!(sides, [Side::Propstreet]);
}

#[test]
fn what_was_made_and_nobody_edited_is_deleted_again_and_the_pair_rests_whatever_the_policy() {
    for deletes in [
        DeletePolicy::Unlink,
        DeletePolicy::Propagate,
        DeletePolicy::Ask,
    ] {
        for on in Side::BOTH {
            let mut toy = pair(PairState::Unmaking { on, at: AT });
            toy.policies.deletes = deletes;
            let plan = toy.plan();
            let write = only_write(&plan);
            assert_eq!((write.side, write.operation), (on, Operation::Delete));
            toy.settle();
            assert_eq!(toy.written.len(), 1);
            assert_eq!(toy.pair.state.deleted_on(), Some(on));
        }
    }
}

#[test]
fn what_was_made_and_edited_since_stays_and_the_edit_travels() {
    let plan = pair(PairState::Unmaking {
        on: Side::Propstreet,
        at: AT,
    })
    .shows(Side::Propstreet, FIELD, text("2"))
    .plan();
    assert_eq!(plan.state, Some(StateChange::Activate));
    let write = only_write(&plan);
    assert_eq!(
        (write.side, write.operation),
        (Side::Pipedrive, Operation::Update)
    );
}

#[test]
fn where_deletes_ask_nothing_is_written_before_the_answer() {
    for side in Side::BOTH {
        let mut toy = Toy::person()
            .agreed(FIELD, text("1"))
            .gone(side, Shown::Deleted);
        toy.policies.deletes = DeletePolicy::Ask;
        let plan = toy.plan();
        assert_eq!(plan.state, Some(StateChange::Ask { deleted_on: side }));
        assert_eq!(plan.notes, [Note::AsksToDelete { deleted_on: side }]);
        assert!(plan.writes.is_empty());
        toy.settle();
        assert_eq!(toy.plan(), Plan::default());

        toy.pair.state = PairState::Approved {
            deleted_on: side,
            at: AT,
        };
        let plan = toy.plan();
        let write = only_write(&plan);
        assert_eq!(
            (write.side, write.operation),
            (side.other(), Operation::Delete)
        );
        toy.settle();
        assert!(matches!(toy.pair.state, PairState::Ended { .. }));
    }
}

#[test]
fn a_record_that_is_back_withdraws_the_question_and_the_answer() {
    let deleted_on = Side::Pipedrive;
    for state in [
        PairState::Asked { deleted_on, at: AT },
        PairState::Approved { deleted_on, at: AT },
    ] {
        let plan = pair(state).plan();
        assert_eq!(plan.state, Some(StateChange::Activate));
        assert!(plan.writes.is_empty());
    }
}
