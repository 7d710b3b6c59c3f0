//! What `/metrics` tells of the mirror, entity by entity.
//!
//! In: the store and the engine at work. Out: numbers. No value of a record, no id, no name.

use api_client::BoxFuture;
use engine::Core;
use engine::standing::of_entities;
use model::{Entity, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Store, StoreError};

use crate::http::{MirrorFigure, MirrorFigures, NotReady};
use crate::intake::CurrentEngine;

/// Names of the facts about comparisons begin with this; the entity follows.
const FACT_VERIFIED: &str = "verified.";

/// What a comparison of an entity with its source found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    pub at: Timestamp,
    pub listed: u64,
    pub differed: u64,
}

/// Remembers what a comparison found.
///
/// # Errors
/// When the store cannot be reached.
pub async fn note_verified<S: Store>(
    core: &Core<S>,
    entity: Entity,
    verified: Verified,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(&verified).expect("our own types always have a JSON form");
    let name = format!("{FACT_VERIFIED}{}", entity.name());
    core.store
        .put_fact(core.ctx(), &name, Some(&text), verified.at)
        .await
}

impl<S: Store> MirrorFigures for CurrentEngine<S> {
    fn figures(&self) -> BoxFuture<'_, Result<Vec<MirrorFigure>, NotReady>> {
        let core = self.get();
        Box::pin(async move {
            let figures = figures(&core).await;
            figures.map_err(|error| NotReady::Other(error.to_string()))
        })
    }
}

async fn figures<S: Store>(core: &Core<S>) -> Result<Vec<MirrorFigure>, StoreError> {
    let (store, ctx, now) = (&core.store, core.ctx(), core.now());
    let rows = store.status(ctx, now).await?.mirror;
    let mirrored = core.settings.mirrored.iter().copied();
    let entities = Entity::PAIRED.into_iter().chain(mirrored);
    let mut told = Figures::default();
    for standing in of_entities(store, ctx, entities).await? {
        let entity = standing.entity;
        let (live, deleted) = rows.get(&entity).copied().unwrap_or_default();
        told.note(entity, "rows", Some("live"), Some(number(live)));
        told.note(entity, "rows", Some("deleted"), Some(number(deleted)));
        let age = |at: Option<Timestamp>| at.map(|at| seconds(at, now));
        let newest = age(standing.newest_change);
        told.note(entity, "newest_change_age_seconds", None, newest);
        let due = standing.next_poll.map(|at| seconds(now, at));
        told.note(entity, "poll_due_seconds", None, due);
        let swept = standing.swept_at.filter(|at| *at > Timestamp::UNIX_EPOCH);
        told.note(entity, "compared_age_seconds", None, age(swept));
        let filling = number(u64::from(standing.filling_since.is_some()));
        told.note(entity, "filling", None, Some(filling));
        let fact = format!("{FACT_VERIFIED}{}", entity.name());
        let verified = store.fact(ctx, &fact).await?;
        let verified = verified.and_then(|text| serde_json::from_str::<Verified>(&text).ok());
        if let Some(verified) = verified {
            told.note(entity, "verified_age_seconds", None, age(Some(verified.at)));
            let (listed, differed) = (number(verified.listed), number(verified.differed));
            told.note(entity, "verified_rows", Some("listed"), Some(listed));
            told.note(entity, "verified_rows", Some("differed"), Some(differed));
        }
    }
    for (entity, lag) in core.lags.all() {
        let count = number(lag.webhooks);
        told.note(entity, "webhook_lag_seconds_count", None, Some(count));
        let sum = in_seconds(lag.millis);
        told.note(entity, "webhook_lag_seconds_sum", None, Some(sum));
        let last = in_seconds(lag.last_millis);
        told.note(entity, "webhook_lag_seconds_last", None, Some(last));
    }
    Ok(told.0)
}

#[derive(Default)]
struct Figures(Vec<MirrorFigure>);

impl Figures {
    fn note(
        &mut self,
        entity: Entity,
        name: &'static str,
        state: Option<&'static str>,
        value: Option<f64>,
    ) {
        self.0.extend(value.map(|value| MirrorFigure {
            name,
            entity: entity.plural(),
            state,
            value,
        }));
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    in_seconds(model::time::to_millis(to) - model::time::to_millis(from))
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn in_seconds(millis: i64) -> f64 {
    millis as f64 / 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn number(count: u64) -> f64 {
    count as f64
}
