//! What people are promised: conflicts, suggestions, numbers, the ledger and secrets.

use std::collections::BTreeMap;

use model::{ConflictId, Field, Side};
use plan::MatchRule;
use store::{
    ConflictFilter, Disposition, NewSuggestion, Spent, Stage, Store, StoreError, StoredSecret,
};

use crate::both::{Desk, on_both};
use crate::made_up::{at, conflict, contact, hint, nothing_planned, person, text};
use crate::pairing::{claim_lane_of, pair_up, see};

async fn journal(desk: &Desk, winner: Option<Side>) {
    pair_up(desk, 1, 1).await;
    let lane = claim_lane_of(desk, &person(1), 4).await;
    let mut plan = nothing_planned(&lane);
    plan.conflicts = vec![conflict("Ann Berg", "Anne", winner)];
    desk.store
        .commit_plan(&desk.lease, plan, at(5))
        .await
        .unwrap();
}

#[test]
fn a_waiting_conflict_that_a_person_decides_goes_back_to_the_planner() {
    on_both(|desk| async move {
        journal(&desk, None).await;
        assert_eq!(
            desk.store
                .status(desk.ctx, at(5))
                .await
                .unwrap()
                .conflicts_waiting,
            1
        );
        desk.store
            .decide_conflict(desk.ctx, ConflictId(1), Side::Propstreet, at(6))
            .await
            .unwrap();
        assert!(
            desk.store
                .conflicts(desk.ctx, ConflictFilter::Waiting, 10)
                .await
                .unwrap()
                .is_empty()
        );

        let view = desk
            .store
            .claim_lanes(&desk.lease, Stage::Plan, at(6), 1)
            .await
            .unwrap()
            .remove(0);
        assert_eq!(view.open_conflicts[0].decided, Some(Side::Propstreet));
        let mut plan = nothing_planned(&view.lane);
        plan.settled_conflicts = vec![ConflictId(1)];
        desk.store
            .commit_plan(&desk.lease, plan, at(7))
            .await
            .unwrap();
        let view = desk
            .store
            .lane_of(desk.ctx, &person(1))
            .await
            .unwrap()
            .unwrap();
        assert!(view.open_conflicts.is_empty());
        let settled = desk
            .store
            .conflict(desk.ctx, ConflictId(1))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (settled.decided_at, settled.settled_at),
            (Some(at(6)), Some(at(7)))
        );
    });
}

#[test]
fn the_loser_of_a_settled_conflict_can_be_put_back() {
    on_both(|desk| async move {
        journal(&desk, Some(Side::Pipedrive)).await;
        desk.store
            .decide_conflict(desk.ctx, ConflictId(1), Side::Propstreet, at(6))
            .await
            .unwrap();
        let view = desk
            .store
            .claim_lanes(&desk.lease, Stage::Plan, at(6), 1)
            .await
            .unwrap()
            .remove(0);
        assert_eq!(
            view.pair.unwrap().restores,
            BTreeMap::from([(Field::PersonName, text("Anne"))])
        );
        let missing = desk
            .store
            .decide_conflict(desk.ctx, ConflictId(9), Side::Propstreet, at(6))
            .await;
        assert!(matches!(
            missing,
            Err(StoreError::NotFound {
                what: "conflict",
                ..
            })
        ));
    });
}

#[test]
fn a_conflict_found_again_by_planning_again_is_journaled_once() {
    on_both(|desk| async move {
        journal(&desk, None).await;
        for (second, propstreet) in [(6, "Anne"), (7, "Anna")] {
            see(&desk, &person(1), second, second).await;
            let lane = claim_lane_of(&desk, &person(1), second).await;
            let mut plan = nothing_planned(&lane);
            plan.conflicts = vec![conflict("Ann Berg", propstreet, None)];
            desk.store
                .commit_plan(&desk.lease, plan, at(second))
                .await
                .unwrap();
        }
        assert_eq!(
            desk.store
                .conflicts(desk.ctx, ConflictFilter::All, 10)
                .await
                .unwrap()
                .len(),
            2
        );
        let waiting = desk
            .store
            .conflicts(desk.ctx, ConflictFilter::Waiting, 10)
            .await
            .unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].values.propstreet, text("Anna"));
    });
}

#[test]
fn a_suggestion_stays_until_its_records_are_paired() {
    on_both(|desk| async move {
        see(&desk, &person(1), 1, 1).await;
        let lane = claim_lane_of(&desk, &person(1), 1).await;
        let mut plan = nothing_planned(&lane);
        plan.suggestions = vec![NewSuggestion {
            candidate: contact(1),
            rule: MatchRule::PhoneAndName,
            similarity: 0.75,
        }];
        plan.disposition = Disposition::PutOff {
            until: at(2),
            problem: None,
        };
        desk.store
            .commit_plan(&desk.lease, plan, at(2))
            .await
            .unwrap();
        let suggested = desk.store.suggestions(desk.ctx, 10).await.unwrap();
        assert_eq!(
            (suggested[0].record.clone(), suggested[0].similarity),
            (person(1), 0.75)
        );

        pair_up(&desk, 1, 1).await;
        assert!(
            desk.store
                .suggestions(desk.ctx, 10)
                .await
                .unwrap()
                .is_empty()
        );
    });
}

#[test]
fn the_numbers_of_the_status_page_follow_what_happens() {
    on_both(|desk| async move {
        pair_up(&desk, 1, 1).await;
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(2))], at(4))
            .await
            .unwrap();
        let status = desk.store.status(desk.ctx, at(4)).await.unwrap();
        assert_eq!(
            status.pairs_active,
            BTreeMap::from([(model::Kind::Person, 1)])
        );
        assert_eq!(
            status.lanes,
            BTreeMap::from([(Stage::Read, 1), (Stage::Plan, 1)])
        );
        assert_eq!((status.lanes_due, status.oldest_due_at), (2, Some(at(3))));
        assert_eq!(status.last_webhook_at.pipedrive, Some(at(4)));
        assert_eq!(status.last_webhook_at.propstreet, None);
    });
}

#[test]
fn the_ledger_adds_up_over_classes_and_purposes_and_gives_back() {
    on_both(|desk| async move {
        let of = |class: &str, purpose: &str, calls, tokens| Spent {
            class: class.to_owned(),
            purpose: purpose.to_owned(),
            calls,
            tokens,
        };
        let spend = |spent| {
            let (store, ctx) = (desk.store.clone(), desk.ctx);
            let day = "2026-11-21";
            async move {
                let total = store.spend(ctx, Side::Pipedrive, day, spent).await;
                total.unwrap()
            }
        };
        let block = || of("none", "in_hand", 0, 100);
        assert_eq!(spend(vec![block()]).await, 100);
        let page = of("backfill", "backfill", 4, 40);
        let used = of("none", "in_hand", 0, -46);
        let read = of("change", "read", 6, 6);
        assert_eq!(spend(vec![used, page, read]).await, 100);
        assert_eq!(spend(vec![of("backfill", "backfill", -1, -10)]).await, 90);
        assert_eq!(spend(Vec::new()).await, 90);
        let spent = desk
            .store
            .spent(desk.ctx, Side::Pipedrive, "2026-11-21")
            .await
            .unwrap();
        let expected = [
            of("backfill", "backfill", 3, 30),
            of("change", "read", 6, 6),
            of("none", "in_hand", 0, 54),
        ];
        assert_eq!(spent, expected);
        assert!(
            desk.store
                .spent(desk.ctx, Side::Pipedrive, "2026-11-22")
                .await
                .unwrap()
                .is_empty()
        );
    });
}

#[test]
fn facts_are_found_by_the_beginning_of_their_names() {
    on_both(|desk| async move {
        for (name, value) in [
            ("cursor.persons", "a"),
            ("cursor.contacts", "b"),
            ("paused", "yes"),
        ] {
            desk.store
                .put_fact(desk.ctx, name, Some(value), at(1))
                .await
                .unwrap();
        }
        desk.store
            .put_fact(desk.ctx, "cursor.persons", None, at(2))
            .await
            .unwrap();
        let cursors = desk.store.facts(desk.ctx, "cursor.").await.unwrap();
        assert_eq!(cursors, [("cursor.contacts".to_owned(), "b".to_owned())]);
        assert_eq!(
            desk.store.fact(desk.ctx, "cursor.persons").await.unwrap(),
            None
        );
    });
}

#[test]
fn a_secret_set_again_replaces_the_old_one() {
    on_both(|desk| async move {
        for byte in [1, 2] {
            let secret = StoredSecret {
                name: "pipedrive.token".to_owned(),
                sealed: vec![byte],
                changed_at: at(3),
            };
            desk.store
                .put_secret(desk.ctx, secret, at(3))
                .await
                .unwrap();
        }
        let secrets = desk.store.secrets(desk.ctx).await.unwrap();
        assert_eq!(
            secrets
                .iter()
                .map(|secret| secret.sealed.clone())
                .collect::<Vec<_>>(),
            [vec![2]]
        );
    });
}

#[test]
fn of_two_who_saw_the_same_secret_only_the_first_replaces_it() {
    on_both(|desk| async move {
        let sealed = |byte| StoredSecret {
            name: "login".to_owned(),
            sealed: vec![byte],
            changed_at: at(3),
        };
        let replace = |seen: Option<u8>, new: Option<u8>| {
            let seen = seen.map(|byte| vec![byte]);
            desk.store
                .replace_secret(desk.ctx, "login", seen, new.map(sealed))
        };
        assert!(replace(None, Some(1)).await.unwrap());
        assert!(
            !replace(None, Some(2)).await.unwrap(),
            "there is one by now"
        );
        assert!(replace(Some(1), Some(2)).await.unwrap());
        assert!(!replace(Some(1), Some(3)).await.unwrap());
        assert!(!replace(Some(1), None).await.unwrap());
        let kept = desk.store.secrets(desk.ctx).await.unwrap();
        assert_eq!(kept, [sealed(2)]);
        assert!(replace(Some(2), None).await.unwrap());
        assert!(desk.store.secrets(desk.ctx).await.unwrap().is_empty());
    });
}
