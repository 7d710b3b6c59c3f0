//! What the inbox promises.

use model::{Entity, InboxSeq, RecordKey};
use store::{Appended, Authority, InboxFilter, Stage, Store, StoreError};

use crate::both::on_both;
use crate::made_up::{at, contact, hint, link, person, read_up_to, seen};

#[test]
fn an_event_is_stored_once_per_source_and_makes_its_lane_due_for_a_read() {
    on_both(|desk| async move {
        let mut event = hint(&person(1));
        event.dedup = Some("event-1".to_owned());
        let mut elsewhere = hint(&contact(1));
        elsewhere.dedup = Some("event-1".to_owned());
        let rows = vec![event.clone(), event, elsewhere];
        let answers = desk
            .store
            .append_inbox(desk.ctx, rows, at(1))
            .await
            .unwrap();

        let stored = |seq| Appended::Stored(InboxSeq(seq));
        assert_eq!(answers, [stored(1), Appended::AlreadyKnown, stored(2)]);
        let claimed = desk
            .store
            .claim_lanes(&desk.lease, Stage::Read, at(1), 10)
            .await
            .unwrap();
        assert_eq!(claimed.len(), 2);
        assert_eq!(claimed[0].inbox.len(), 1);
    });
}

#[test]
fn events_about_one_record_make_one_lane() {
    on_both(|desk| async move {
        let rows = vec![hint(&person(1)), hint(&person(1)), hint(&person(1))];
        desk.store
            .append_inbox(desk.ctx, rows, at(1))
            .await
            .unwrap();
        let claimed = desk
            .store
            .claim_lanes(&desk.lease, Stage::Read, at(1), 10)
            .await
            .unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!(
            claimed[0]
                .inbox
                .iter()
                .map(|row| row.seq.0)
                .collect::<Vec<_>>(),
            [1, 2, 3]
        );
    });
}

#[test]
fn an_event_about_a_link_is_its_contacts_business() {
    on_both(|desk| async move {
        let rows = vec![link(5, &contact(1), 1)];
        desk.store
            .commit_observation(&desk.lease, seen(Authority::Read, rows), None, at(1))
            .await
            .unwrap();
        let event = hint(&RecordKey::new(Entity::Link, 5));
        desk.store
            .append_inbox(desk.ctx, vec![event], at(2))
            .await
            .unwrap();

        let claimed = desk
            .store
            .claim_lanes(&desk.lease, Stage::Read, at(2), 10)
            .await
            .unwrap();
        assert_eq!(claimed[0].lane.key, store::LaneKey::Record(contact(1)));
        assert_eq!(claimed[0].inbox.len(), 1);
    });
}

#[test]
fn a_replayed_row_makes_its_record_due_for_a_read_again() {
    on_both(|desk| async move {
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        let lane = desk
            .store
            .claim_lanes(&desk.lease, Stage::Read, at(1), 1)
            .await
            .unwrap()
            .remove(0)
            .lane;
        let read = read_up_to(lane.id, lane.hint);
        desk.store
            .commit_observation(&desk.lease, store::Observation::none(), Some(read), at(2))
            .await
            .unwrap();
        assert!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Read, at(3), 1)
                .await
                .unwrap()
                .is_empty()
        );

        desk.store
            .replay_inbox(desk.ctx, InboxSeq(1), at(4))
            .await
            .unwrap();
        assert_eq!(
            desk.store
                .claim_lanes(&desk.lease, Stage::Read, at(4), 1)
                .await
                .unwrap()
                .len(),
            1
        );
        let missing = desk.store.replay_inbox(desk.ctx, InboxSeq(77), at(4)).await;
        assert!(matches!(
            missing,
            Err(StoreError::NotFound {
                what: "inbox row",
                ..
            })
        ));
    });
}

#[test]
fn purging_drops_old_bodies_and_keeps_what_makes_an_event_known() {
    on_both(|desk| async move {
        let mut event = hint(&person(1));
        event.dedup = Some("event-1".to_owned());
        desk.store
            .append_inbox(desk.ctx, vec![event.clone()], at(1))
            .await
            .unwrap();
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(2))], at(9))
            .await
            .unwrap();

        assert_eq!(
            desk.store
                .purge_inbox(&desk.lease, at(5), at(10))
                .await
                .unwrap(),
            1
        );
        let rows = desk
            .store
            .inbox(desk.ctx, InboxFilter::default(), 10)
            .await
            .unwrap();
        assert_eq!(
            rows.iter()
                .map(|row| row.body.is_some())
                .collect::<Vec<_>>(),
            [true, false]
        );
        let again = desk
            .store
            .append_inbox(desk.ctx, vec![event], at(11))
            .await
            .unwrap();
        assert_eq!(again, [Appended::AlreadyKnown]);
    });
}
