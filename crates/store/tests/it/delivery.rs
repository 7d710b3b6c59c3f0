//! What the outbox promises.

use std::collections::BTreeMap;

use model::{BySide, Field, Kind, OutboxId, RemoteId, Side, Timestamp};
use plan::Operation;
use store::{
    Authority, ConflictFilter, Disposition, HistoryKind, Lane, NewHistory, Observation,
    OutboxState, Outcome, Snapshot, Stage, Store, StoreError,
};

use crate::both::{Desk, on_both};
use crate::made_up::{
    WORKSPACE, agreed, at, conflict, contact, hint, new_pair, nothing_planned, person, row, seen,
    text, write,
};
use crate::pairing::{claim_lane_of, pair_up, see};

fn applied(created: Option<i64>) -> Outcome {
    let entry = NewHistory {
        kind: HistoryKind::Updated,
        side: Side::Propstreet,
        field: Some(Field::PersonName),
        before: text("Ann"),
        after: text("Ann Berg"),
        why: "edited on Pipedrive".to_owned(),
    };
    Outcome::Applied {
        observation: seen(Authority::Read, vec![row(&contact(1), 9, "Ann Berg")]),
        created: created.map(RemoteId::from),
        base: agreed("Ann Berg"),
        audit_until: None,
        history: vec![entry],
    }
}

/// Applied, and to be audited then.
pub(crate) fn applied_until(until: Timestamp) -> Outcome {
    let mut outcome = applied(None);
    if let Outcome::Applied { audit_until, .. } = &mut outcome {
        *audit_until = Some(until);
    }
    outcome
}

/// An update of a paired contact, planned and claimed for delivery.
pub(crate) async fn planned_update(desk: &Desk) -> (Lane, OutboxId) {
    pair_up(desk, 1, 1).await;
    let lane = claim_lane_of(desk, &person(1), 4).await;
    let mut plan = nothing_planned(&lane);
    let mut update = write(Side::Propstreet, Operation::Update);
    update.conflicts = vec![conflict("Ann Berg", "Anne", Some(Side::Pipedrive))];
    plan.outbox = Some(update);
    desk.store
        .commit_plan(&desk.lease, plan, at(5))
        .await
        .unwrap();
    claim_delivery(desk, 5).await
}

async fn claim_delivery(desk: &Desk, now: i64) -> (Lane, OutboxId) {
    let mut due = desk
        .store
        .claim_lanes(&desk.lease, Stage::Deliver, at(now), 1)
        .await
        .unwrap();
    let view = due.remove(0);
    (view.lane, view.outbox.unwrap().id)
}

pub(crate) async fn send(desk: &Desk, outbox: OutboxId, now: i64) {
    let before = Snapshot {
        fields: BTreeMap::from([(Field::PersonName, text("Anne"))]),
        changed_at: Some(at(3)),
        others: BTreeMap::from([(Field::PersonEmail, vec!["anne@berg.example".to_owned()])]),
    };
    let row = desk
        .store
        .commit_intent(&desk.lease, outbox, before.clone(), at(now))
        .await
        .unwrap();
    assert_eq!(
        (row.state, row.before),
        (OutboxState::Sent { at: at(now) }, before)
    );
}

#[test]
fn a_write_is_sent_once_and_its_conflicts_are_journaled_before() {
    on_both(|desk| async move {
        let (_, outbox) = planned_update(&desk).await;
        assert!(
            desk.store
                .conflicts(desk.ctx, ConflictFilter::All, 10)
                .await
                .unwrap()
                .is_empty()
        );
        send(&desk, outbox, 6).await;

        let journal = desk
            .store
            .conflicts(desk.ctx, ConflictFilter::All, 10)
            .await
            .unwrap();
        assert_eq!(
            journal[0].values,
            BySide {
                pipedrive: text("Ann Berg"),
                propstreet: text("Anne")
            }
        );
        let again = desk
            .store
            .commit_intent(&desk.lease, outbox, Snapshot::default(), at(7))
            .await;
        assert!(matches!(
            again,
            Err(StoreError::WrongState { found: "sent", .. })
        ));
    });
}

#[test]
fn an_applied_write_moves_mirror_base_and_history_together_and_is_planned_again() {
    on_both(|desk| async move {
        let (lane, outbox) = planned_update(&desk).await;
        send(&desk, outbox, 6).await;
        desk.store
            .commit_outcome(&desk.lease, outbox, applied(None), at(7))
            .await
            .unwrap();

        let due = desk
            .store
            .claim_lanes(&desk.lease, Stage::Plan, at(7), 10)
            .await
            .unwrap();
        assert_eq!(due[0].lane.id, lane.id);
        assert_eq!(due[0].pair.as_ref().unwrap().base, agreed("Ann Berg"));
        assert!(
            due[0]
                .rows
                .propstreet
                .as_ref()
                .unwrap()
                .raw
                .contains("Ann Berg")
        );
        let history = desk.store.history(desk.ctx, None, None, 10).await.unwrap();
        assert_eq!(history[0].outbox, Some(outbox));
        assert_eq!(
            desk.store
                .count_history(desk.ctx, HistoryKind::Updated, at(6))
                .await
                .unwrap(),
            1
        );
        assert_eq!(
            desk.store
                .count_history(desk.ctx, HistoryKind::Updated, at(8))
                .await
                .unwrap(),
            0
        );
    });
}

#[test]
fn the_answer_to_our_own_write_asks_for_no_read() {
    on_both(|desk| async move {
        let (_, outbox) = planned_update(&desk).await;
        send(&desk, outbox, 6).await;
        desk.store
            .commit_outcome(&desk.lease, outbox, applied(None), at(7))
            .await
            .unwrap();
        assert!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Read, at(99), 10)
                .await
                .unwrap()
                .is_empty()
        );
    });
}

#[test]
fn a_write_that_was_not_sent_cannot_have_been_applied() {
    on_both(|desk| async move {
        let (_, outbox) = planned_update(&desk).await;
        let answer = desk
            .store
            .commit_outcome(&desk.lease, outbox, applied(None), at(7))
            .await;
        assert!(matches!(
            answer,
            Err(StoreError::WrongState {
                found: "planned",
                ..
            })
        ));
    });
}

#[test]
fn a_created_record_joins_its_pair_even_when_its_news_came_first() {
    on_both(|desk| async move {
        see(&desk, &person(1), 1, 1).await;
        see(&desk, &person(8), 1, 1).await;
        let waiting = claim_lane_of(&desk, &person(8), 1).await;
        let mut plan = nothing_planned(&waiting);
        plan.waits_for = vec![person(1)];
        desk.store
            .commit_plan(&desk.lease, plan, at(1))
            .await
            .unwrap();

        let lane = claim_lane_of(&desk, &person(1), 2).await;
        let mut plan = nothing_planned(&lane);
        plan.formation = Some(new_pair(Kind::Person, Some(1), None));
        plan.outbox = Some(write(Side::Propstreet, Operation::Create));
        let pair = desk
            .store
            .commit_plan(&desk.lease, plan, at(3))
            .await
            .unwrap()
            .pair
            .unwrap();
        let (_, outbox) = claim_delivery(&desk, 3).await;
        send(&desk, outbox, 4).await;
        desk.store
            .append_inbox(desk.ctx, vec![hint(&contact(1))], at(5))
            .await
            .unwrap();
        desk.store
            .commit_outcome(&desk.lease, outbox, applied(Some(1)), at(6))
            .await
            .unwrap();

        let view = desk
            .store
            .lane_of(desk.ctx, &contact(1))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(view.pair.unwrap().id, pair);
        assert_eq!(view.inbox.len(), 1);
        assert_eq!(
            desk.store
                .lane_of(desk.ctx, &person(1))
                .await
                .unwrap()
                .unwrap()
                .lane
                .id,
            view.lane.id
        );
        let woken = claim_lane_of(&desk, &person(8), 6).await;
        assert!(woken.waits_for.is_empty());
    });
}

#[test]
fn an_unknown_outcome_is_looked_into_after_its_grace_whatever_else_comes() {
    on_both(|desk| async move {
        let (_, outbox) = planned_update(&desk).await;
        send(&desk, outbox, 6).await;
        let unknown = Outcome::Unknown {
            parked_until: at(60),
            problem: None,
        };
        desk.store
            .commit_outcome(&desk.lease, outbox, unknown, at(7))
            .await
            .unwrap();
        desk.store
            .append_inbox(desk.ctx, vec![hint(&contact(1))], at(8))
            .await
            .unwrap();
        see(&desk, &person(1), 9, 9).await;

        assert!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Deliver, at(59), 1)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Plan, at(59), 1)
                .await
                .unwrap()
                .is_empty()
        );
        let (_, parked) = claim_delivery(&desk, 60).await;
        assert_eq!(parked, outbox);
        desk.store
            .commit_outcome(&desk.lease, outbox, applied(None), at(61))
            .await
            .unwrap();
    });
}

#[test]
fn a_crash_after_sending_leaves_the_row_sent_and_due_at_once() {
    on_both(|mut desk| async move {
        let (_, outbox) = planned_update(&desk).await;
        send(&desk, outbox, 6).await;
        desk.lease = desk.store.acquire_lease(WORKSPACE, at(8)).await.unwrap();
        let due = desk
            .store
            .claim_lanes(&desk.lease, Stage::Deliver, at(8), 1)
            .await
            .unwrap();
        assert_eq!(due[0].outbox.as_ref().unwrap().id, outbox);
        assert_eq!(
            due[0].outbox.as_ref().unwrap().state,
            OutboxState::Sent { at: at(6) }
        );
    });
}

#[test]
fn a_write_that_was_not_carried_out_is_dropped_and_planned_again() {
    on_both(|desk| async move {
        let (lane, outbox) = planned_update(&desk).await;
        send(&desk, outbox, 6).await;
        let observation = seen(Authority::Read, vec![row(&contact(1), 7, "Anne")]);
        let refused = Outcome::NotApplied {
            reason: "it had changed".to_owned(),
            observation,
            forget: Vec::new(),
            disposition: Disposition::Rest,
        };
        desk.store
            .commit_outcome(&desk.lease, outbox, refused, at(8))
            .await
            .unwrap();
        let due = desk
            .store
            .claim_lanes(&desk.lease, Stage::Plan, at(8), 1)
            .await
            .unwrap();
        assert_eq!(due[0].lane.id, lane.id);
        assert!(due[0].outbox.is_none());
        assert_eq!(
            desk.store.status(desk.ctx, at(8)).await.unwrap().outbox,
            BTreeMap::from([("dropped".to_owned(), 1)])
        );
    });
}

#[test]
fn a_write_put_off_stays_planned_until_its_time() {
    on_both(|desk| async move {
        let (_, outbox) = planned_update(&desk).await;
        let later = Outcome::PutOff {
            until: at(30),
            problem: None,
        };
        desk.store
            .commit_outcome(&desk.lease, outbox, later, at(6))
            .await
            .unwrap();
        assert!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Deliver, at(29), 1)
                .await
                .unwrap()
                .is_empty()
        );
        let (_, same) = claim_delivery(&desk, 30).await;
        assert_eq!(same, outbox);
        send(&desk, outbox, 31).await;
    });
}

#[test]
fn a_created_id_that_is_in_another_pair_keeps_nothing() {
    on_both(|desk| async move {
        pair_up(&desk, 5, 5).await;
        see(&desk, &person(1), 1, 4).await;
        let lane = claim_lane_of(&desk, &person(1), 4).await;
        let mut plan = nothing_planned(&lane);
        plan.formation = Some(new_pair(Kind::Person, Some(1), None));
        plan.outbox = Some(write(Side::Propstreet, Operation::Create));
        desk.store
            .commit_plan(&desk.lease, plan, at(5))
            .await
            .unwrap();
        let (_, outbox) = claim_delivery(&desk, 5).await;
        send(&desk, outbox, 6).await;
        let answer = desk
            .store
            .commit_outcome(&desk.lease, outbox, applied(Some(5)), at(7))
            .await;
        assert!(matches!(answer, Err(StoreError::AlreadyPaired { .. })));
        assert!(
            desk.store
                .history(desk.ctx, None, None, 10)
                .await
                .unwrap()
                .is_empty()
        );
        let dropped = Outcome::NotApplied {
            reason: "it exists already".to_owned(),
            observation: Observation::none(),
            forget: Vec::new(),
            disposition: Disposition::Rest,
        };
        desk.store
            .commit_outcome(&desk.lease, outbox, dropped, at(8))
            .await
            .unwrap();
    });
}
