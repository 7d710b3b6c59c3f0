//! What claims and leases promise.

use store::{ClaimStore as _, Disposition, Lane, Problem, Stage, Store, StoreError};

use crate::both::{Desk, on_both};
use crate::made_up::{WORKSPACE, at, hint, nothing_planned, person};

async fn claim_one(desk: &Desk, stage: Stage, seconds: i64) -> Lane {
    let mut claimed = desk
        .store
        .claim_lanes(&desk.lease, stage, at(seconds), 1)
        .await
        .unwrap();
    claimed.remove(0).lane
}

fn refused() -> Problem {
    Problem {
        code: "refused".to_owned(),
        message: "the name is too long".to_owned(),
        request: None,
        answer: None,
    }
}

#[test]
fn a_claimed_lane_is_given_to_nobody_else_until_its_claim_ends() {
    on_both(|desk| async move {
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        let lane = claim_one(&desk, Stage::Read, 1).await;
        assert!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Read, at(2), 1)
                .await
                .unwrap()
                .is_empty()
        );

        desk.store
            .end_claim(&desk.lease, lane.id, Disposition::Rest, at(3))
            .await
            .unwrap();
        assert_eq!(claim_one(&desk, Stage::Read, 3).await.id, lane.id);
    });
}

#[test]
fn lanes_of_one_kind_of_record_are_claimed_together() {
    on_both(|desk| async move {
        for (second, id) in [(2, 20), (1, 10), (3, 30), (1, 11)] {
            desk.store
                .append_inbox(desk.ctx, vec![hint(&deal(id))], at(second))
                .await
                .unwrap();
        }
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        let claim = async |seconds, limit| {
            let of = (Stage::Read, model::Entity::Deal);
            let claimed = desk
                .store
                .claim_lanes_of(&desk.lease, of, at(seconds), limit);
            let claimed = claimed.await.unwrap().into_iter();
            claimed.map(|view| view.lane.key).collect::<Vec<_>>()
        };
        let lane_of = |id| store::LaneKey::Record(deal(id));
        assert_eq!(claim(2, 2).await, [lane_of(10), lane_of(11)]);
        assert_eq!(claim(2, 2).await, [lane_of(20)], "the others are claimed");
        assert_eq!(claim(3, 2).await, [lane_of(30)]);
    });
}

fn deal(id: i64) -> model::RecordKey {
    model::RecordKey::new(model::Entity::Deal, id)
}

#[test]
fn lanes_are_claimed_oldest_first_and_not_before_they_are_due() {
    on_both(|desk| async move {
        for (second, id) in [(3, 30), (1, 10), (2, 20)] {
            desk.store
                .append_inbox(desk.ctx, vec![hint(&person(id))], at(second))
                .await
                .unwrap();
        }
        let due = desk
            .store
            .claim_lanes(&desk.lease, Stage::Read, at(2), 10)
            .await
            .unwrap();
        let keys: Vec<_> = due.iter().map(|view| view.lane.key.clone()).collect();
        assert_eq!(
            keys,
            [
                store::LaneKey::Record(person(10)),
                store::LaneKey::Record(person(20))
            ]
        );
        assert_eq!(desk.store.next_due(desk.ctx).await.unwrap(), Some(at(3)));
    });
}

#[test]
fn an_older_lease_is_refused_and_its_lanes_are_free_again() {
    on_both(|desk| async move {
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        let lane = claim_one(&desk, Stage::Read, 1).await;
        let newer = desk.store.acquire_lease(WORKSPACE, at(2)).await.unwrap();
        assert!(newer.epoch > desk.lease.epoch);

        let late = desk
            .store
            .end_claim(&desk.lease, lane.id, Disposition::Rest, at(3))
            .await;
        assert!(matches!(late, Err(StoreError::LeaseLost)));
        assert_eq!(
            desk.store
                .claim_lanes(&newer, Stage::Read, at(3), 1)
                .await
                .unwrap()
                .len(),
            1
        );
    });
}

#[test]
fn a_lane_put_off_with_a_problem_counts_its_tries_and_comes_back() {
    on_both(|desk| async move {
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        let lane = claim_one(&desk, Stage::Read, 1).await;
        let later = Disposition::PutOff {
            until: at(60),
            problem: Some(refused()),
        };
        desk.store
            .end_claim(&desk.lease, lane.id, later, at(2))
            .await
            .unwrap();
        assert!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Read, at(59), 1)
                .await
                .unwrap()
                .is_empty()
        );

        let lane = claim_one(&desk, Stage::Read, 60).await;
        assert_eq!((lane.attempts, lane.problem), (1, Some(refused())));
    });
}

#[test]
fn a_quarantined_lane_is_given_another_try_by_news_or_by_a_person() {
    on_both(|desk| async move {
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        for second in [2, 3] {
            let lane = claim_one(&desk, Stage::Read, second).await;
            let set_aside = Disposition::Quarantine { problem: refused() };
            desk.store
                .end_claim(&desk.lease, lane.id, set_aside, at(second))
                .await
                .unwrap();
            assert_eq!(desk.store.quarantined(desk.ctx, 10).await.unwrap().len(), 1);
            assert!(
                desk.store
                    .claim_lanes(&desk.lease, Stage::Read, at(99), 1)
                    .await
                    .unwrap()
                    .is_empty()
            );
            if second == 2 {
                desk.store
                    .append_inbox(desk.ctx, vec![hint(&person(1))], at(second))
                    .await
                    .unwrap();
            } else {
                desk.store
                    .retry_lane(desk.ctx, lane.id, at(second))
                    .await
                    .unwrap();
            }
        }
        let lane = claim_one(&desk, Stage::Read, 4).await;
        assert_eq!((lane.attempts, lane.problem), (0, None));
    });
}

#[test]
fn a_rested_lane_stays_at_rest_until_its_record_changes() {
    on_both(|desk| async move {
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        let lane = claim_one(&desk, Stage::Read, 1).await;
        let set_aside = Disposition::Quarantine { problem: refused() };
        desk.store
            .end_claim(&desk.lease, lane.id, set_aside, at(2))
            .await
            .unwrap();
        desk.store
            .rest_lane(desk.ctx, lane.id, at(3))
            .await
            .unwrap();
        assert_eq!(desk.store.next_due(desk.ctx).await.unwrap(), None);

        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(4))
            .await
            .unwrap();
        assert_eq!(claim_one(&desk, Stage::Read, 4).await.id, lane.id);
    });
}

#[test]
fn a_claim_that_is_over_cannot_be_ended_again() {
    on_both(|desk| async move {
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        let lane = claim_one(&desk, Stage::Read, 1).await;
        desk.store
            .end_claim(&desk.lease, lane.id, Disposition::Rest, at(2))
            .await
            .unwrap();
        let again = desk
            .store
            .end_claim(&desk.lease, lane.id, Disposition::Rest, at(2))
            .await;
        assert!(matches!(again, Err(StoreError::Stale)));
        let planned = desk
            .store
            .commit_plan(&desk.lease, nothing_planned(&lane), at(2))
            .await;
        assert!(matches!(planned, Err(StoreError::Stale)));
    });
}
