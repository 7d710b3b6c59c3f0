//! Totals of stages and moves of deals, whatever deals do.

use std::collections::BTreeMap;

use model::{Entity, RecordKey};
use proptest::prelude::*;
use serde_json::json;
use store::{
    AnyStore, Authority, DealStore, MemStore, Observation, StageTotal, StageTotalKey, Store,
};

use crate::both::{Desk, on_both, run};
use crate::made_up::{at, row, seen};

/// What is done to one of a few deals.
#[derive(Debug, Clone)]
enum Deed {
    Shown {
        deal: i64,
        stage: i64,
        status: u8,
        currency: u8,
        owner: Option<i64>,
        cents: i64,
        probability: Option<u8>,
        is_archived: bool,
    },
    Gone {
        deal: i64,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    let shown = (
        (1..5_i64, 1..4_i64, 0..3_u8, 0..2_u8),
        (
            prop::option::of(1..3_i64),
            0..9_000_000_i64,
            prop::option::of(0..=100_u8),
            prop::bool::weighted(0.1),
        ),
    );
    let shown = shown.prop_map(
        |((deal, stage, status, currency), (owner, cents, probability, is_archived))| Deed::Shown {
            deal,
            stage,
            status,
            currency,
            owner,
            cents,
            probability,
            is_archived,
        },
    );
    prop_oneof![9 => shown, 1 => (1..5_i64).prop_map(|deal| Deed::Gone { deal })]
}

const STATUSES: [&str; 3] = ["open", "won", "lost"];
const CURRENCIES: [&str; 2] = ["SEK", "NOK"];

/// What is done, and what is to be counted for the deal afterwards.
fn observation(deed: &Deed, now: i64) -> (i64, Observation, Option<(StageTotalKey, StageTotal)>) {
    match deed {
        Deed::Gone { deal } => {
            let gone = Observation {
                gone: vec![RecordKey::new(Entity::Deal, *deal)],
                ..Observation::none()
            };
            (*deal, gone, None)
        }
        Deed::Shown {
            deal,
            stage,
            status,
            currency,
            owner,
            cents,
            probability,
            is_archived,
        } => {
            let (status, currency) = (
                STATUSES[usize::from(*status)],
                CURRENCIES[usize::from(*currency)],
            );
            let mut shown = row(&RecordKey::new(Entity::Deal, *deal), now, "");
            #[expect(clippy::cast_precision_loss, reason = "far below where it begins")]
            let value = *cents as f64 / 100.0;
            let raw = json!({
                "id": deal, "pipeline_id": 1, "stage_id": stage, "status": status, "currency": currency,
                "owner_id": owner, "value": value, "probability": probability, "is_archived": is_archived,
            });
            shown.raw = raw.to_string().into();
            let key = StageTotalKey {
                pipeline_id: 1,
                stage_id: *stage,
                status: status.to_owned(),
                currency: currency.to_owned(),
                owner_id: owner.unwrap_or(0),
            };
            let weighed = probability.map(|percent| {
                // Rounded as money is: half a hundredth goes up.
                (cents * i64::from(percent) + 50).div_euclid(100)
            });
            let total = StageTotal {
                deals: 1,
                value_hundredths: *cents,
                weighed_hundredths: weighed.unwrap_or(0),
                unweighed_hundredths: if weighed.is_some() { 0 } else { *cents },
            };
            let counted = (!is_archived).then_some((key, total));
            (*deal, seen(Authority::Read, vec![shown]), counted)
        }
    }
}

fn add(sum: &mut StageTotal, one: StageTotal) {
    sum.deals += one.deals;
    sum.value_hundredths += one.value_hundredths;
    sum.weighed_hundredths += one.weighed_hundredths;
    sum.unweighed_hundredths += one.unweighed_hundredths;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn totals_equal_a_recount_whatever_deals_do(deeds in prop::collection::vec(deed(), 1..60)) {
        let (kept, counted) = run(async {
            let desk = Desk::at(AnyStore::Memory(MemStore::new())).await;
            let mut deals: BTreeMap<i64, (StageTotalKey, StageTotal)> = BTreeMap::new();
            for (second, deed) in deeds.iter().enumerate() {
                let now = i64::try_from(second).unwrap();
                let (deal, observation, counts) = observation(deed, now);
                desk.store
                    .commit_observation(&desk.lease, observation, None, at(now))
                    .await
                    .unwrap();
                match counts {
                    Some(counts) => deals.insert(deal, counts),
                    None => deals.remove(&deal),
                };
            }
            let mut counted: BTreeMap<StageTotalKey, StageTotal> = BTreeMap::new();
            for (key, total) in deals.into_values() {
                add(counted.entry(key).or_default(), total);
            }
            let kept = desk.store.stage_totals(desk.ctx).await.unwrap();
            (kept.into_iter().collect::<BTreeMap<_, _>>(), counted)
        });
        prop_assert_eq!(kept, counted);
    }
}

#[test]
fn totals_and_moves_are_the_same_in_every_store() {
    on_both(|desk| async move {
        let shown = |stage, now| Deed::Shown {
            deal: 1,
            stage,
            status: 0,
            currency: 0,
            owner: Some(2),
            cents: 100 * now,
            probability: None,
            is_archived: false,
        };
        for (stage, now) in [(1, 1), (2, 5), (2, 6), (3, 9)] {
            let (_, observation, _) = observation(&shown(stage, now), now);
            desk.store
                .commit_observation(&desk.lease, observation, None, at(now))
                .await
                .unwrap();
        }
        let totals = desk.store.stage_totals(desk.ctx).await.unwrap();
        assert_eq!(totals.len(), 1);
        assert_eq!(
            (totals[0].0.stage_id, totals[0].1.value_hundredths),
            (3, 900)
        );
        let moves = desk.store.stage_changes(desk.ctx, &1.into()).await.unwrap();
        let moves: Vec<_> = moves
            .iter()
            .map(|change| {
                (
                    change.from_stage_id,
                    change.to_stage_id,
                    change.at,
                    change.is_gap,
                )
            })
            .collect();
        assert_eq!(moves, [(1, 2, at(5), true), (2, 3, at(9), true)]);

        // A webhook that comes late tells who it was.
        let told = store::StageChange {
            deal: 1.into(),
            from_stage_id: 2,
            to_stage_id: 3,
            at: at(9),
            since: None,
            user_id: Some(77),
            is_gap: false,
        };
        let late = Observation {
            stage_changes: vec![told],
            ..Observation::none()
        };
        desk.store
            .commit_observation(&desk.lease, late, None, at(10))
            .await
            .unwrap();
        let moves = desk.store.stage_changes(desk.ctx, &1.into()).await.unwrap();
        assert_eq!((moves[1].user_id, moves[1].is_gap), (Some(77), false));
    });
}
