//! How far each side has been read, from what is remembered alone.
//!
//! In: the store. Out: when each side is polled next, and when it was last compared in full. Needs no credentials.

use model::{BySide, Entity, Side, Timestamp};
use store::{Store, StoreError, WorkspaceCtx};

use crate::definitions::{FACT_DEFINITIONS, FieldSetting, report};
use crate::intake::{poll, rounds};
use crate::refusal::refused;
use crate::sweep;

/// Where the workspace stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether `setup` has read the fields.
    pub is_set_up: bool,
    /// Names of fields that mean no field of Pipedrive.
    pub fields_unresolved: Vec<FieldSetting>,
    pub sides: BySide<SideStanding>,
    /// What is mirrored only and may not be read, and since when that is known.
    pub refused: Vec<(Entity, Timestamp)>,
}

/// Where one side stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SideStanding {
    /// The newest change that polls have seen, by the side's clock.
    pub newest_change: Option<Timestamp>,
    pub next_poll: Option<Timestamp>,
    /// When all its records were last compared; nothing before that was done once.
    pub swept_at: Option<Timestamp>,
}

/// Where the workspace stands.
///
/// # Errors
/// When the store cannot be reached.
pub async fn standing<S: Store>(store: &S, ctx: WorkspaceCtx) -> Result<Standing, StoreError> {
    let is_set_up = store.fact(ctx, FACT_DEFINITIONS).await?.is_some();
    let sides = BySide {
        pipedrive: of_side(store, ctx, Side::Pipedrive).await?,
        propstreet: of_side(store, ctx, Side::Propstreet).await?,
    };
    let fields_unresolved = report::unresolved(store, ctx).await?;
    Ok(Standing {
        is_set_up,
        fields_unresolved,
        sides,
        refused: refused(store, ctx).await?,
    })
}

/// How far one entity has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntityStanding {
    pub entity: Entity,
    /// Since when it is being read for the first time.
    pub filling_since: Option<Timestamp>,
    /// When all its records were last read or compared.
    pub swept_at: Option<Timestamp>,
    /// The newest change that polls have seen, by the side's clock.
    pub newest_change: Option<Timestamp>,
    pub next_poll: Option<Timestamp>,
    /// Since when everything is being asked for anew, of what is asked for in rounds.
    pub round_began: Option<Timestamp>,
    /// Since when it is known that the login may not read it.
    pub refused_since: Option<Timestamp>,
}

/// How far each of these entities has been read.
///
/// # Errors
/// When the store cannot be reached.
pub async fn of_entities<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    entities: impl Iterator<Item = Entity>,
) -> Result<Vec<EntityStanding>, StoreError> {
    let filling = sweep::being_filled(store, ctx).await?;
    let refused = refused(store, ctx).await?;
    let mut standings = Vec::new();
    for entity in entities {
        let polled = poll::standing(store, ctx, entity).await?;
        let refused = refused.iter().find(|(refused, _)| *refused == entity);
        let since = filling.iter().find(|(filled, _)| *filled == entity);
        standings.push(EntityStanding {
            entity,
            filling_since: since.map(|(_, since)| *since),
            swept_at: sweep::swept_at(store, ctx, entity).await?,
            newest_change: polled.map(|(seen_to, _)| seen_to),
            next_poll: polled.map(|(_, next)| next),
            round_began: rounds::began_at(store, ctx, entity).await?,
            refused_since: refused.map(|(_, since)| *since),
        });
    }
    Ok(standings)
}

async fn of_side<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    side: Side,
) -> Result<SideStanding, StoreError> {
    let mut standing = SideStanding::default();
    let mut swept = Vec::new();
    for entity in Entity::PAIRED
        .into_iter()
        .filter(|entity| entity.side() == side)
    {
        if let Some((seen_to, next_at)) = poll::standing(store, ctx, entity).await? {
            standing.newest_change = standing.newest_change.max(Some(seen_to));
            standing.next_poll = Some(standing.next_poll.map_or(next_at, |next| next.min(next_at)));
        }
        swept.push(sweep::swept_at(store, ctx, entity).await?);
    }
    standing.swept_at = swept.into_iter().min().flatten();
    Ok(standing)
}
