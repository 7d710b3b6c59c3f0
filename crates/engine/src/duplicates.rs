//! Suspected duplicates: records of one side that look like one, and records of both sides that matching only suggests.
//!
//! In: the mirror's keys and the suggestions of matching. Out: pairs of records with the reason; two records merged into one
//! where the service can do that. Never judges on its own that two records are one.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, Priority};
use model::canonical::similarity::name_similarity;
use model::{Entity, PairState, RecordKey, Side};
use pipedrive::Mergeable;
use plan::MatchRule;
use store::{InboxSource, MatchKey, MatchKeyKind, NewInboxRow, SharedKey, Store, WorkspaceCtx};

use crate::core::Core;
use crate::failure::EngineError;
use crate::planning::decision::fact_merged;

/// Values that are shared by more records than this tell nothing: a switchboard, an office's address.
const SHARED_BY_MAX: usize = 12;
/// Names at least this much alike, beside a shared phone number.
const ALIKE: f64 = 0.85;

/// Two records that may be one.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspected {
    pub one: RecordKey,
    pub other: RecordKey,
    pub why: MatchRule,
    /// How alike their names are, 0.0 to 1.0.
    pub similarity: f64,
}

/// All that is suspected and that nobody has dismissed, the surest first.
///
/// # Errors
/// When the store cannot be reached.
pub async fn suspected<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    looked_at_max: u32,
) -> Result<Vec<Suspected>, EngineError> {
    let mut found: BTreeMap<(RecordKey, RecordKey), Suspected> = BTreeMap::new();
    for suggested in store.suggestions(ctx, looked_at_max).await? {
        note(
            &mut found,
            Suspected {
                one: suggested.record,
                other: suggested.candidate,
                why: suggested.rule,
                similarity: suggested.similarity,
            },
        );
    }
    for (entity, kind, why) in looked_for() {
        for shared in store.shared_keys(ctx, entity, kind, looked_at_max).await? {
            among(store, ctx, entity, &shared, why, &mut found).await?;
        }
    }
    let mut suspected = Vec::new();
    for of in found.into_values() {
        let is_dismissed = store.kept_apart(ctx, &of.one).await?.contains(&of.other);
        if !is_dismissed && !are_paired(store, ctx, &of).await? && are_live(store, ctx, &of).await?
        {
            suspected.push(of);
        }
    }
    suspected.sort_by(|a, b| {
        a.why
            .cmp(&b.why)
            .then(b.similarity.total_cmp(&a.similarity))
            .then_with(|| (&a.one, &a.other).cmp(&(&b.one, &b.other)))
    });
    Ok(suspected)
}

/// By what records of one side look like one.
fn looked_for() -> Vec<(Entity, MatchKeyKind, MatchRule)> {
    let of_people = [Entity::Person, Entity::Contact]
        .into_iter()
        .flat_map(|entity| {
            [
                (entity, MatchKeyKind::Email, MatchRule::Email),
                (entity, MatchKeyKind::Phone, MatchRule::PhoneAndName),
            ]
        });
    let of_organizations = [Entity::Organization, Entity::Company]
        .into_iter()
        .flat_map(|entity| {
            [
                (entity, MatchKeyKind::Domain, MatchRule::Domain),
                (
                    entity,
                    MatchKeyKind::OrganizationNumber,
                    MatchRule::OrganizationNumber,
                ),
            ]
        });
    of_people.chain(of_organizations).collect()
}

/// Each of those that share a value beside the first of them.
async fn among<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    entity: Entity,
    shared: &SharedKey,
    why: MatchRule,
    found: &mut BTreeMap<(RecordKey, RecordKey), Suspected>,
) -> Result<(), EngineError> {
    if shared.ids.len() > SHARED_BY_MAX {
        return Ok(());
    }
    let mut records = Vec::new();
    for id in &shared.ids {
        let key = RecordKey::new(entity, id.clone());
        if let Some(row) = store.mirror_row(ctx, &key).await?
            && row.deleted_at.is_none()
        {
            let is_alone = !has_counterpart(store, ctx, &key).await?;
            records.push((is_alone, key, name_of(&row.match_keys).to_owned()));
        }
    }
    // Whoever has a counterpart stays, and of those the oldest.
    records.sort_by_key(|(is_alone, key, _)| (*is_alone, key.id.as_number(), key.id.clone()));
    let Some(((_, first, name), others)) = records.split_first() else {
        return Ok(());
    };
    for (_, other, other_name) in others {
        let similarity = name_similarity(name, other_name).clamp(0.0, 1.0);
        if why != MatchRule::PhoneAndName || similarity >= ALIKE {
            note(
                found,
                Suspected {
                    one: first.clone(),
                    other: other.clone(),
                    why,
                    similarity,
                },
            );
        }
    }
    Ok(())
}

async fn has_counterpart<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    record: &RecordKey,
) -> Result<bool, EngineError> {
    let pair = store.pair_of(ctx, record).await?;
    Ok(pair.is_some_and(|pair| {
        pair.state == PairState::Active && pair.record(record.side().other()).is_some()
    }))
}

fn name_of(keys: &[MatchKey]) -> &str {
    keys.iter()
        .find(|key| key.kind == MatchKeyKind::Name)
        .map_or("", |key| key.value.as_str())
}

/// The surest reason is kept.
fn note(found: &mut BTreeMap<(RecordKey, RecordKey), Suspected>, of: Suspected) {
    let key = if of.one <= of.other {
        (of.one.clone(), of.other.clone())
    } else {
        (of.other.clone(), of.one.clone())
    };
    let known = found.entry(key).or_insert_with(|| of.clone());
    if of.why < known.why {
        *known = of;
    }
}

async fn are_live<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    of: &Suspected,
) -> Result<bool, EngineError> {
    for record in [&of.one, &of.other] {
        let row = store.mirror_row(ctx, record).await?;
        if row.is_none_or(|row| row.deleted_at.is_some()) {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn are_paired<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    of: &Suspected,
) -> Result<bool, EngineError> {
    let one = store.pair_of(ctx, &of.one).await?;
    let other = store.pair_of(ctx, &of.other).await?;
    Ok(one.is_some() && one.map(|pair| pair.id) == other.map(|pair| pair.id))
}

/// Why two records cannot be merged from here, in words that say what to do instead.
#[derive(Debug, thiserror::Error)]
pub enum CannotMerge {
    #[error(
        "{one} and {other} are on two sides; if they are the same, pair them: `pipestreet pairs link {one} {other}`"
    )]
    TwoSides { one: RecordKey, other: RecordKey },
    #[error(
        "Propstreet has no call for merging; carry over what {goes} has to {stays} there and delete {goes}, or say that they are \
         two: `pipestreet duplicates dismiss {goes} {stays}`"
    )]
    NotThere { goes: RecordKey, stays: RecordKey },
    #[error("{0} and {1} are not of one kind")]
    TwoKinds(RecordKey, RecordKey),
    #[error(
        "only persons and organizations are merged from here; if {goes} and {stays} are the same, merge them in Pipedrive"
    )]
    NotFromHere { goes: RecordKey, stays: RecordKey },
    #[error(
        "{goes} has a counterpart and {stays} has none, or waits for one that cannot be made; merge them the other way round: `pipestreet duplicates merge \
         {stays} {goes}`"
    )]
    OtherWayRound { goes: RecordKey, stays: RecordKey },
    #[error("{0} is one record")]
    OneRecord(RecordKey),
    #[error("{record} was never read, or is deleted")]
    NotLive { record: RecordKey },
    #[error(
        "a write to {record} is under way; try again when `pipestreet explain {record}` shows none"
    )]
    UnderWay { record: RecordKey },
}

/// What became of a merge.
#[derive(Debug)]
pub enum Merged {
    Done,
    /// Nobody knows: both records are read again, which shows it.
    Unknown(CallError),
}

/// What two records of an entity are to Pipedrive that become one here. Numbers of one entity mean nothing in another.
const fn mergeable(entity: Entity) -> Option<Mergeable> {
    match entity {
        Entity::Person => Some(Mergeable::Person),
        Entity::Organization => Some(Mergeable::Organization),
        Entity::Company
        | Entity::Contact
        | Entity::Link
        | Entity::User
        | Entity::Pipeline
        | Entity::Stage
        | Entity::Deal
        | Entity::Lead
        | Entity::Activity
        | Entity::Note
        | Entity::Product
        | Entity::Project
        | Entity::Property
        | Entity::Prospect
        | Entity::TimelineNote => None,
    }
}

/// Whether one record can be merged into another.
///
/// # Errors
/// The outer error when the store cannot be reached; the inner one says why not.
pub async fn check_merge<S: Store>(
    core: &Core<S>,
    goes: &RecordKey,
    stays: &RecordKey,
) -> Result<Result<Mergeable, CannotMerge>, EngineError> {
    let (one, other) = (goes.clone(), stays.clone());
    if one == other {
        return Ok(Err(CannotMerge::OneRecord(one)));
    }
    if one.side() != other.side() {
        return Ok(Err(CannotMerge::TwoSides { one, other }));
    }
    if one.entity != other.entity {
        return Ok(Err(CannotMerge::TwoKinds(one, other)));
    }
    if one.side() == Side::Propstreet {
        return Ok(Err(CannotMerge::NotThere {
            goes: one,
            stays: other,
        }));
    }
    let Some(kind) = mergeable(one.entity) else {
        return Ok(Err(CannotMerge::NotFromHere {
            goes: one,
            stays: other,
        }));
    };
    for record in [one, other] {
        let row = core.store.mirror_row(core.ctx(), &record).await?;
        if row.is_none_or(|row| row.deleted_at.is_some()) {
            return Ok(Err(CannotMerge::NotLive { record }));
        }
        let view = core.store.lane_of(core.ctx(), &record).await?;
        if view.is_some_and(|view| view.outbox.is_some()) {
            return Ok(Err(CannotMerge::UnderWay { record }));
        }
    }
    let has_pair = core.store.pair_of(core.ctx(), stays).await?.is_some();
    if has_pair
        && !has_counterpart(&core.store, core.ctx(), stays).await?
        && has_counterpart(&core.store, core.ctx(), goes).await?
    {
        return Ok(Err(CannotMerge::OtherWayRound {
            goes: goes.clone(),
            stays: stays.clone(),
        }));
    }
    Ok(Ok(kind))
}

/// Has the service merge one record into another, and has both read again.
///
/// # Errors
/// When the store cannot be reached or the service did not do it.
pub async fn merge<S: Store>(
    core: &Core<S>,
    kind: Mergeable,
    goes: &RecordKey,
    stays: &RecordKey,
) -> Result<Merged, EngineError> {
    let call = CallContext::new(Priority::Interactive, "merge");
    let merged = match (goes.id.as_number(), stays.id.as_number()) {
        (Some(goes), Some(stays)) => core.pipedrive.merge(kind, goes, stays, &call).await,
        (_, _) => Err(CallError::NotFound),
    };
    let merged = match merged {
        Ok(()) => {
            // The webhook says the same; whoever is first.
            let name = fact_merged(goes);
            let survivor = stays.id.as_str();
            core.store
                .put_fact(core.ctx(), &name, Some(survivor), core.now())
                .await?;
            Merged::Done
        }
        Err(unknown @ CallError::OutcomeUnknown { .. }) => Merged::Unknown(unknown),
        Err(error) => return Err(EngineError::call(Side::Pipedrive, error)),
    };
    let read_again = |record: &RecordKey| NewInboxRow {
        source: InboxSource::Manual,
        dedup: None,
        record: Some(record.clone()),
        body: None,
        summary: format!("{goes} was merged into {stays}"),
    };
    // The survivor first: who follows it looks for it.
    let rows = vec![read_again(stays), read_again(goes)];
    core.store
        .append_inbox(core.ctx(), rows, core.now())
        .await?;
    core.bells.read.ring();
    Ok(merged)
}

/// Who would be left over on the other side when two paired records become one.
///
/// # Errors
/// When the store cannot be reached.
pub async fn left_over<S: Store>(
    core: &Core<S>,
    goes: &RecordKey,
    stays: &RecordKey,
) -> Result<Option<RecordKey>, EngineError> {
    let of_gone = core.store.pair_of(core.ctx(), goes).await?;
    let of_kept = core.store.pair_of(core.ctx(), stays).await?;
    Ok(match (of_gone, of_kept) {
        (Some(gone), Some(_)) => gone.record(goes.side().other()),
        (Some(_) | None, _) => None,
    })
}
