//! What becomes of lanes that were in flight when the process died.

use store::{Disposition, LaneView, Stage, Store};

use crate::both::{Desk, on_both};
use crate::made_up::{WORKSPACE, at, hint, person};

async fn append(desk: &Desk, ids: &[i64], seconds: i64) {
    let rows = ids.iter().map(|id| hint(&person(*id))).collect();
    desk.store
        .append_inbox(desk.ctx, rows, at(seconds))
        .await
        .unwrap();
}

async fn claim(desk: &Desk, seconds: i64) -> Vec<LaneView> {
    let claimed = desk
        .store
        .claim_lanes(&desk.lease, Stage::Read, at(seconds), 10);
    claimed.await.unwrap()
}

/// The process dies; another one takes over.
async fn die(desk: &mut Desk, seconds: i64) {
    desk.lease = desk
        .store
        .acquire_lease(WORKSPACE, at(seconds))
        .await
        .unwrap();
}

async fn quarantined(desk: &Desk) -> usize {
    desk.store.quarantined(desk.ctx, 10).await.unwrap().len()
}

#[test]
fn a_lane_in_flight_at_one_death_is_claimed_again_at_once() {
    on_both(|mut desk| async move {
        append(&desk, &[1], 1).await;
        assert_eq!(claim(&desk, 1).await.len(), 1);
        die(&mut desk, 2).await;
        assert_eq!(claim(&desk, 2).await.len(), 1);
    });
}

#[test]
fn a_lane_in_flight_at_two_deaths_in_a_row_lets_the_others_go_first() {
    on_both(|mut desk| async move {
        append(&desk, &[1], 1).await;
        for second in [1, 2] {
            assert_eq!(claim(&desk, second).await.len(), 1);
            die(&mut desk, second).await;
        }
        append(&desk, &[2], 3).await;
        let others = claim(&desk, 11).await;
        assert_eq!(others.len(), 1);
        assert_eq!(others[0].lane.deaths, 0);
        assert_eq!(claim(&desk, 12).await.len(), 1);
        assert_eq!(quarantined(&desk).await, 0);
    });
}

#[test]
fn suspects_are_tried_one_after_another() {
    on_both(|mut desk| async move {
        append(&desk, &[1, 2, 3], 1).await;
        for second in [1, 2] {
            assert_eq!(claim(&desk, second).await.len(), 3);
            die(&mut desk, second).await;
        }
        for second in [12, 13, 14] {
            assert_eq!(claim(&desk, second).await.len(), 1, "at {second}");
        }
    });
}

#[test]
fn news_of_a_suspect_does_not_shorten_its_wait() {
    on_both(|mut desk| async move {
        append(&desk, &[1], 1).await;
        for second in [1, 2] {
            claim(&desk, second).await;
            die(&mut desk, second).await;
        }
        append(&desk, &[1], 4).await;
        assert!(claim(&desk, 11).await.is_empty());
        assert_eq!(claim(&desk, 12).await.len(), 1);
    });
}

#[test]
fn a_lane_in_flight_at_five_deaths_in_a_row_is_quarantined() {
    on_both(|mut desk| async move {
        append(&desk, &[1], 1).await;
        for (claimed_at, deaths) in [(1, 1), (1, 2), (11, 3), (71, 4), (371, 5)] {
            assert_eq!(quarantined(&desk).await, 0);
            assert_eq!(claim(&desk, claimed_at).await.len(), 1, "before {deaths}");
            die(&mut desk, claimed_at).await;
        }
        let quarantined = desk.store.quarantined(desk.ctx, 10).await.unwrap();
        let problem = quarantined[0].lane.problem.as_ref().unwrap();
        assert_eq!(problem.code, "crash_loop");
    });
}

#[test]
fn deaths_with_a_finished_claim_between_them_do_not_add_up() {
    on_both(|mut desk| async move {
        append(&desk, &[1], 1).await;
        for second in 2..12 {
            let claimed = claim(&desk, second).await;
            let lane = claimed[0].lane.id;
            desk.store
                .end_claim(&desk.lease, lane, Disposition::Rest, at(second))
                .await
                .unwrap();
            assert_eq!(claim(&desk, second).await.len(), 1);
            die(&mut desk, second).await;
        }
        assert_eq!(quarantined(&desk).await, 0);
        assert_eq!(claim(&desk, 12).await.len(), 1);
    });
}
