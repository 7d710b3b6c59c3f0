//! Audits: what a finished write has replaced is found out later.

use std::collections::BTreeMap;

use model::{Field, Side};
use store::{ConflictFilter, Stage, Store, StoreError};

use crate::both::on_both;
use crate::delivery::{applied_until, planned_update, send};
use crate::made_up::{at, conflict, nothing_planned, person, text};
use crate::pairing::claim_lane_of;

#[test]
fn an_audit_that_finds_an_overwritten_edit_journals_it_and_puts_it_back() {
    on_both(|desk| async move {
        let (_, outbox) = planned_update(&desk).await;
        send(&desk, outbox, 6).await;
        let awaiting = applied_until(at(70));
        desk.store
            .commit_outcome(&desk.lease, outbox, awaiting, at(7))
            .await
            .unwrap();
        let lane = claim_lane_of(&desk, &person(1), 8).await;
        desk.store
            .commit_plan(&desk.lease, nothing_planned(&lane), at(8))
            .await
            .unwrap();
        assert_eq!(desk.store.next_due(desk.ctx).await.unwrap(), Some(at(70)));
        assert!(
            desk.store
                .due_audits(&desk.lease, at(69), 1)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            desk.store.due_audits(&desk.lease, at(70), 1).await.unwrap()[0]
                .0
                .id,
            outbox
        );

        let overwritten = vec![conflict("Ann B.", "Ann Berg", Some(Side::Pipedrive))];
        let restores = BTreeMap::from([(Field::PersonName, text("Ann B."))]);
        desk.store
            .commit_audit(&desk.lease, outbox, overwritten, restores.clone(), at(71))
            .await
            .unwrap();
        let due = desk
            .store
            .claim_lanes(&desk.lease, Stage::Plan, at(71), 1)
            .await
            .unwrap();
        assert_eq!(due[0].pair.as_ref().unwrap().restores, restores);
        assert_eq!(
            desk.store
                .conflicts(desk.ctx, ConflictFilter::All, 10)
                .await
                .unwrap()
                .len(),
            2
        );
        let again = desk
            .store
            .commit_audit(&desk.lease, outbox, Vec::new(), BTreeMap::new(), at(72))
            .await;
        assert!(matches!(
            again,
            Err(StoreError::WrongState { found: "done", .. })
        ));
    });
}

#[test]
fn an_audit_that_is_put_off_is_due_again_then() {
    on_both(|desk| async move {
        let (_, outbox) = planned_update(&desk).await;
        send(&desk, outbox, 6).await;
        let store = &desk.store;
        let awaiting = applied_until(at(70));
        let too_early = store.put_audit_off(&desk.lease, outbox, at(90)).await;
        assert!(matches!(
            too_early,
            Err(StoreError::WrongState { found: "sent", .. })
        ));
        store
            .commit_outcome(&desk.lease, outbox, awaiting, at(7))
            .await
            .unwrap();

        store
            .put_audit_off(&desk.lease, outbox, at(90))
            .await
            .unwrap();

        assert_eq!(store.due_audits(&desk.lease, at(89), 1).await.unwrap(), []);
        let due = store.due_audits(&desk.lease, at(90), 1).await.unwrap();
        assert_eq!(due[0].0.id, outbox);
    });
}
