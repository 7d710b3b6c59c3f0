//! Of deals and projects only some take part in pairs, and only those have lanes.

use std::collections::BTreeSet;

use model::{Entity, Kind, RecordKey};
use store::{Authority, LaneKey, Observation, Stage, Store};

use crate::both::{Desk, on_both};
use crate::made_up::{at, gone, hint, new_pair, nothing_planned, read_up_to, row, seen};

fn deal(id: i64) -> RecordKey {
    RecordKey::new(Entity::Deal, id)
}

async fn see(desk: &Desk, key: &RecordKey, time: i64, taking_part: &[RecordKey]) {
    let observation = Observation {
        taking_part: taking_part.iter().cloned().collect::<BTreeSet<_>>(),
        ..seen(Authority::Page, vec![row(key, time, "Ejdern")])
    };
    desk.store
        .commit_observation(&desk.lease, observation, None, at(time))
        .await
        .unwrap();
}

/// What is due for planning, without claiming it.
async fn due(desk: &Desk) -> Vec<LaneKey> {
    let lanes = desk
        .store
        .peek_lanes(desk.ctx, Stage::Plan, model::LaneId(0), 10)
        .await
        .unwrap();
    lanes.into_iter().map(|view| view.lane.key).collect()
}

async fn plan(desk: &Desk, formation: Option<store::PairFormation>) {
    let views = desk
        .store
        .claim_lanes(&desk.lease, Stage::Plan, at(100), 1)
        .await
        .unwrap();
    let mut plan = nothing_planned(&views[0].lane);
    plan.formation = formation;
    desk.store
        .commit_plan(&desk.lease, plan, at(100))
        .await
        .unwrap();
}

#[test]
fn a_deal_that_takes_no_part_has_no_lane() {
    on_both(|desk| async move {
        see(&desk, &deal(1), 1, &[]).await;
        see(&desk, &deal(1), 2, &[]).await;
        assert_eq!(due(&desk).await, []);
    });
}

#[test]
fn a_deal_that_takes_part_is_due_when_it_changed_and_only_then() {
    on_both(|desk| async move {
        see(&desk, &deal(1), 1, &[deal(1)]).await;
        assert_eq!(due(&desk).await, [LaneKey::Record(deal(1))]);
        plan(&desk, None).await;
        see(&desk, &deal(1), 1, &[deal(1)]).await;
        assert_eq!(due(&desk).await, [], "nothing of it has changed");
        see(&desk, &deal(1), 2, &[deal(1)]).await;
        assert_eq!(due(&desk).await, [LaneKey::Record(deal(1))]);
    });
}

#[test]
fn deals_that_are_mirrored_already_are_due_once_they_are_said_to_take_part() {
    on_both(|desk| async move {
        see(&desk, &deal(1), 1, &[]).await;
        let observation = Observation {
            taking_part: BTreeSet::from([deal(1)]),
            ..Observation::none()
        };
        desk.store
            .commit_observation(&desk.lease, observation, None, at(2))
            .await
            .unwrap();
        assert_eq!(due(&desk).await, [LaneKey::Record(deal(1))]);
    });
}

#[test]
fn a_deal_in_a_pair_is_due_whatever_is_said_of_it_and_when_it_is_gone() {
    on_both(|desk| async move {
        see(&desk, &deal(1), 1, &[deal(1)]).await;
        plan(&desk, Some(new_pair(Kind::Deal, Some(1), None))).await;
        let pair = desk.store.pair_of(desk.ctx, &deal(1)).await.unwrap();
        let pair = LaneKey::Pair(pair.expect("it was formed").id);
        // A new pair is planned at once.
        plan(&desk, None).await;
        assert_eq!(due(&desk).await, []);

        see(&desk, &deal(1), 2, &[]).await;
        assert_eq!(due(&desk).await, std::slice::from_ref(&pair));
        plan(&desk, None).await;
        desk.store
            .commit_observation(&desk.lease, gone(&deal(1)), None, at(3))
            .await
            .unwrap();
        assert_eq!(due(&desk).await, [pair]);
    });
}

#[test]
fn a_lane_that_a_webhook_made_ends_with_its_read_unless_the_deal_takes_part() {
    on_both(|desk| async move {
        for (number, takes_part) in [(1, false), (2, true)] {
            let key = deal(number);
            desk.store
                .append_inbox(desk.ctx, vec![hint(&key)], at(1))
                .await
                .unwrap();
            let views = desk
                .store
                .claim_lanes(&desk.lease, Stage::Read, at(1), 1)
                .await
                .unwrap();
            let lane = &views[0].lane;
            let observation = Observation {
                taking_part: takes_part.then(|| key.clone()).into_iter().collect(),
                ..seen(Authority::Read, vec![row(&key, 1, "Ejdern")])
            };
            let read = read_up_to(lane.id, lane.hint);
            desk.store
                .commit_observation(&desk.lease, observation, Some(read), at(1))
                .await
                .unwrap();
            let lane = desk.store.lane_of(desk.ctx, &key).await.unwrap();
            assert_eq!(lane.is_some(), takes_part, "{key}");
        }
    });
}
