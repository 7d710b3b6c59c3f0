//! What plans promise.

use model::{Kind, PairId, RecordKey, Side};
use plan::Operation;
use store::{Authority, Disposition, Lane, LaneKey, PairFormation, Stage, Store, StoreError};

use crate::both::{Desk, on_both};
use crate::made_up::{
    agreed, at, contact, hint, new_pair, nothing_planned, person, row, seen, write,
};

pub(crate) async fn see(desk: &Desk, key: &RecordKey, remote_time: i64, now: i64) {
    let rows = vec![row(key, remote_time, "Ann")];
    desk.store
        .commit_observation(&desk.lease, seen(Authority::Read, rows), None, at(now))
        .await
        .unwrap();
}

pub(crate) async fn claim_lane_of(desk: &Desk, key: &RecordKey, now: i64) -> Lane {
    let id = desk
        .store
        .lane_of(desk.ctx, key)
        .await
        .unwrap()
        .unwrap()
        .lane
        .id;
    let claimed = desk
        .store
        .claim_lanes(&desk.lease, Stage::Plan, at(now), 100)
        .await
        .unwrap();
    let mut wanted = None;
    for view in claimed {
        if view.lane.id == id {
            wanted = Some(view.lane);
        } else {
            desk.store
                .end_claim(&desk.lease, view.lane.id, Disposition::Rest, at(now))
                .await
                .unwrap();
        }
    }
    wanted.unwrap()
}

pub(crate) async fn pair_up(desk: &Desk, pipedrive: i64, propstreet: i64) -> PairId {
    see(desk, &person(pipedrive), 1, 1).await;
    see(desk, &contact(propstreet), 1, 1).await;
    let lane = claim_lane_of(desk, &person(pipedrive), 2).await;
    let mut plan = nothing_planned(&lane);
    plan.formation = Some(new_pair(Kind::Person, Some(pipedrive), Some(propstreet)));
    plan.base = Some(agreed("Ann"));
    desk.store
        .commit_plan(&desk.lease, plan, at(3))
        .await
        .unwrap()
        .pair
        .unwrap()
}

#[test]
fn pairing_makes_two_lanes_one_that_is_planned_at_once() {
    on_both(|desk| async move {
        let pair = pair_up(&desk, 1, 1).await;
        let lane = desk
            .store
            .lane_of(desk.ctx, &person(1))
            .await
            .unwrap()
            .unwrap()
            .lane;
        assert_eq!(lane.key, LaneKey::Pair(pair));
        assert_eq!(
            desk.store
                .lane_of(desk.ctx, &contact(1))
                .await
                .unwrap()
                .unwrap()
                .lane,
            lane
        );
        let planned = desk
            .store
            .claim_lanes(&desk.lease, Stage::Plan, at(3), 10)
            .await
            .unwrap();
        assert_eq!(planned.len(), 1);
        assert!(planned[0].rows.pipedrive.is_some() && planned[0].rows.propstreet.is_some());
        assert_eq!(planned[0].pair.as_ref().unwrap().base, agreed("Ann"));
    });
}

#[test]
fn a_plan_of_a_lane_that_moved_is_stale_and_the_lane_is_planned_again() {
    on_both(|desk| async move {
        see(&desk, &person(1), 1, 1).await;
        let lane = claim_lane_of(&desk, &person(1), 1).await;
        see(&desk, &person(1), 2, 2).await;
        let mut plan = nothing_planned(&lane);
        plan.formation = Some(new_pair(Kind::Person, Some(1), None));
        let answer = desk.store.commit_plan(&desk.lease, plan, at(3)).await;
        assert!(matches!(answer, Err(StoreError::Stale)));

        assert!(
            desk.store
                .pairs(desk.ctx, PairId(0), 10)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Plan, at(3), 1)
                .await
                .unwrap()
                .len(),
            1
        );
    });
}

#[test]
fn a_record_that_is_in_another_pair_by_now_cannot_be_paired_again() {
    on_both(|desk| async move {
        pair_up(&desk, 1, 1).await;
        see(&desk, &person(2), 1, 4).await;
        let lane = claim_lane_of(&desk, &person(2), 4).await;
        let mut plan = nothing_planned(&lane);
        plan.formation = Some(new_pair(Kind::Person, Some(2), Some(1)));
        let answer = desk.store.commit_plan(&desk.lease, plan, at(5)).await;
        assert!(matches!(answer, Err(StoreError::Stale)));
        assert_eq!(
            desk.store.pair_of(desk.ctx, &person(2)).await.unwrap(),
            None
        );
    });
}

#[test]
fn a_record_that_somebody_works_on_is_not_paired_under_their_hands() {
    on_both(|desk| async move {
        see(&desk, &person(1), 1, 1).await;
        see(&desk, &contact(1), 1, 1).await;
        let claimed = desk
            .store
            .claim_lanes(&desk.lease, Stage::Plan, at(2), 10)
            .await
            .unwrap();
        assert_eq!(claimed.len(), 2);
        let mut plan = nothing_planned(&claimed[0].lane);
        plan.formation = Some(new_pair(Kind::Person, Some(1), Some(1)));
        let answer = desk.store.commit_plan(&desk.lease, plan, at(3)).await;
        assert!(matches!(answer, Err(StoreError::Stale)));
    });
}

#[test]
fn a_merged_record_takes_the_place_of_the_other_in_its_pair() {
    on_both(|desk| async move {
        let pair = pair_up(&desk, 1, 1).await;
        let lane = claim_lane_of(&desk, &person(1), 4).await;
        desk.store
            .commit_plan(&desk.lease, nothing_planned(&lane), at(4))
            .await
            .unwrap();
        see(&desk, &person(2), 1, 5).await;
        let survivor = claim_lane_of(&desk, &person(2), 5).await;
        let mut plan = nothing_planned(&survivor);
        plan.formation = Some(PairFormation::Repoint {
            pair,
            side: Side::Pipedrive,
            id: 2.into(),
        });
        desk.store
            .commit_plan(&desk.lease, plan, at(6))
            .await
            .unwrap();

        assert_eq!(
            desk.store
                .pair_of(desk.ctx, &person(2))
                .await
                .unwrap()
                .unwrap()
                .id,
            pair
        );
        assert_eq!(
            desk.store.pair_of(desk.ctx, &person(1)).await.unwrap(),
            None
        );
        let lane = desk
            .store
            .lane_of(desk.ctx, &contact(1))
            .await
            .unwrap()
            .unwrap()
            .lane;
        assert_eq!(lane.key, LaneKey::Pair(pair));
        assert!(
            desk.store
                .lane_of(desk.ctx, &person(1))
                .await
                .unwrap()
                .is_none()
        );
    });
}

#[test]
fn a_pair_with_both_ids_wakes_the_lanes_that_wait_for_its_records() {
    on_both(|desk| async move {
        see(&desk, &person(9), 1, 1).await;
        let lane = claim_lane_of(&desk, &person(9), 1).await;
        let mut plan = nothing_planned(&lane);
        plan.waits_for = vec![person(1)];
        desk.store
            .commit_plan(&desk.lease, plan, at(2))
            .await
            .unwrap();
        assert_eq!(desk.store.next_due(desk.ctx).await.unwrap(), None);

        pair_up(&desk, 1, 1).await;
        let woken = claim_lane_of(&desk, &person(9), 5).await;
        assert!(woken.waits_for.is_empty());
    });
}

#[test]
fn waiting_for_a_record_that_has_been_paired_meanwhile_is_planning_again() {
    on_both(|desk| async move {
        see(&desk, &person(9), 1, 1).await;
        pair_up(&desk, 1, 1).await;
        let lane = claim_lane_of(&desk, &person(9), 5).await;
        let mut plan = nothing_planned(&lane);
        plan.waits_for = vec![person(1)];
        desk.store
            .commit_plan(&desk.lease, plan, at(6))
            .await
            .unwrap();
        assert_eq!(claim_lane_of(&desk, &person(9), 6).await.waits_for, []);
    });
}

#[test]
fn a_plan_with_a_write_is_due_for_delivery_and_without_one_rests() {
    on_both(|desk| async move {
        let pair = pair_up(&desk, 1, 1).await;
        let lane = claim_lane_of(&desk, &person(1), 4).await;
        let mut plan = nothing_planned(&lane);
        plan.outbox = Some(write(Side::Propstreet, Operation::Update));
        let outbox = desk
            .store
            .commit_plan(&desk.lease, plan, at(5))
            .await
            .unwrap()
            .outbox
            .unwrap();
        let due = desk
            .store
            .claim_lanes(&desk.lease, Stage::Deliver, at(5), 10)
            .await
            .unwrap();
        assert_eq!(due[0].outbox.as_ref().unwrap().id, outbox);
        assert_eq!(due[0].outbox.as_ref().unwrap().pair, pair);

        pair_up(&desk, 2, 2).await;
        let lane = claim_lane_of(&desk, &person(2), 6).await;
        desk.store
            .commit_plan(&desk.lease, nothing_planned(&lane), at(6))
            .await
            .unwrap();
        assert_eq!(
            desk.store
                .status(desk.ctx, at(6))
                .await
                .unwrap()
                .pairs_at_rest,
            1
        );
    });
}

#[test]
fn a_plan_put_off_is_planned_again_at_its_time() {
    on_both(|desk| async move {
        see(&desk, &person(1), 1, 1).await;
        let lane = claim_lane_of(&desk, &person(1), 1).await;
        let mut plan = nothing_planned(&lane);
        plan.disposition = Disposition::PutOff {
            until: at(90),
            problem: None,
        };
        desk.store
            .commit_plan(&desk.lease, plan, at(2))
            .await
            .unwrap();
        assert!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Plan, at(89), 1)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Plan, at(90), 1)
                .await
                .unwrap()
                .len(),
            1
        );
    });
}

#[test]
fn hints_of_both_records_survive_their_pairing() {
    on_both(|desk| async move {
        see(&desk, &person(1), 1, 1).await;
        see(&desk, &contact(1), 1, 1).await;
        let lane = claim_lane_of(&desk, &person(1), 2).await;
        desk.store
            .append_inbox(desk.ctx, vec![hint(&contact(1))], at(2))
            .await
            .unwrap();
        let mut plan = nothing_planned(&lane);
        plan.formation = Some(new_pair(Kind::Person, Some(1), Some(1)));
        desk.store
            .commit_plan(&desk.lease, plan, at(3))
            .await
            .unwrap();
        let due = desk
            .store
            .claim_lanes(&desk.lease, Stage::Read, at(3), 10)
            .await
            .unwrap();
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].inbox[0].record, Some(contact(1)));
    });
}
