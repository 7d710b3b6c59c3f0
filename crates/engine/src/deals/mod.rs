//! Deals and projects in pairs: which of them take part, where new deals are made, and when their planning begins.
//!
//! In: settings, and what is mirrored of pipelines, stages and users. Out: [`Places`], which mapping goes by, and the records that
//! take part. Where no pipelines are chosen, all of this is off, and deals and projects are mirrored only. Never makes a plan.

pub(crate) mod members;
pub mod places;
pub(crate) mod properties;

use std::collections::BTreeSet;

use model::{Entity, Field, Kind, Record, RecordKey, Side, Value};
use serde::Deserialize;
use store::{IdRange, MirrorRow, Observation, Store};

pub use places::Places;

use crate::core::Core;
use crate::failure::EngineError;
use crate::intake::poll;
use crate::settings::{DealSettings, Settings};
use crate::{mapping, sweep};

/// Name of the fact that tells for which pipelines the records that take part have been brought in.
const FACT_BROUGHT_IN: &str = "deals_brought_in";
/// Records brought in by one transaction.
const AT_ONCE: u32 = 500;

/// All of these are read to their ends before the first deal is planned: what is not known yet could be made twice.
fn read_first(all: &Settings, settings: &DealSettings) -> Vec<Entity> {
    let owner = settings.new_deal_owner.as_ref().map(|_| Entity::User);
    let prospects = members::settings_of(all).map(|_| Entity::Prospect);
    let lists = [
        Entity::Pipeline,
        Entity::Stage,
        Entity::Deal,
        Entity::Project,
    ];
    lists.into_iter().chain(owner).chain(prospects).collect()
}

/// What of a deal says whether it takes part.
#[derive(Deserialize)]
struct Scope {
    #[serde(default)]
    pipeline_id: Option<i64>,
    #[serde(default)]
    is_archived: Option<bool>,
}

/// Resolves the names in the settings by what is mirrored, and goes by it from now on. For whoever only looks on, too.
///
/// # Errors
/// When the store cannot be reached.
pub async fn adopt<S: Store>(core: &Core<S>) -> Result<(), EngineError> {
    let Some(settings) = &core.settings.deals else {
        return Ok(());
    };
    let places = places::resolve(core, settings).await?;
    let brought_in = core.store.fact(core.ctx(), FACT_BROUGHT_IN).await?;
    let is_brought_in = brought_in.is_some_and(|known| known == signature(core, &places));
    core.use_places(places, is_brought_in);
    properties::adopt(core).await
}

/// Reads what deals need, where it is due, and follows it; answers how much was done. For whoever does no other work of the mirror.
///
/// # Errors
/// When the store cannot be reached, or a list cannot be read.
pub async fn keep_up<S: Store>(
    core: &Core<S>,
    heard: sweep::PageHeard<'_>,
) -> Result<u64, EngineError> {
    let Some(settings) = &core.settings.deals else {
        return Ok(0);
    };
    if core.definitions().is_none() {
        return Ok(0);
    }
    let lists = read_first(&core.settings, settings);
    // Prospects are listed under projects, all of which have to be known for that.
    let (under, own): (Vec<Entity>, Vec<Entity>) = lists
        .iter()
        .partition(|entity| !entity.listed_under().is_empty());
    let mut swept = sweep::run_once(core, &own, heard).await?;
    let projects_at = sweep::swept_at(&core.store, core.ctx(), Entity::Project).await?;
    if !under.is_empty() && projects_at.is_some() {
        swept += sweep::run_once(core, &under, heard).await?;
    }
    let polled = poll::run_once(core, &lists).await?;
    Ok(swept + polled + tend(core).await?)
}

/// Whether everything is known that deals could be paired with, where deals are kept in step.
pub fn are_ready<S: Store>(core: &Core<S>) -> bool {
    core.settings.deals.is_none() || core.are_deals_open()
}

/// Follows the mirror, and brings in what takes part once all of it was read; answers how much was done.
///
/// # Errors
/// When the store cannot be reached.
pub async fn tend<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    let Some(settings) = &core.settings.deals else {
        return Ok(0);
    };
    adopt(core).await?;
    let places = core.places();
    if core.are_deals_open() || !places.has_pipelines() || core.definitions().is_none() {
        return Ok(0);
    }
    for entity in read_first(&core.settings, settings) {
        if sweep::swept_at(&core.store, core.ctx(), entity)
            .await?
            .is_none()
        {
            return Ok(0);
        }
    }
    // From here on whatever changes is brought in by its change, so that nothing falls between the two.
    core.open_deals();
    for entity in [Entity::Deal, Entity::Project] {
        bring_in(core, entity).await?;
    }
    let signature = signature(core, &places);
    core.store
        .put_fact(core.ctx(), FACT_BROUGHT_IN, Some(&signature), core.now())
        .await?;
    core.bells.ring_all();
    Ok(1)
}

/// What has been brought in: whose deals, and whether those who take part in them were looked at, too.
fn signature<S: Store>(core: &Core<S>, places: &Places) -> String {
    let with_members = members::settings_of(&core.settings).map_or("", |_| "+members");
    format!("{}{with_members}", places.signature())
}

/// Makes the lanes of all records that take part due.
async fn bring_in<S: Store>(core: &Core<S>, entity: Entity) -> Result<(), EngineError> {
    let mut after = String::new();
    loop {
        let range = IdRange::after(&after, AT_ONCE);
        let ids = core.store.live_ids_in(core.ctx(), entity, &range).await?;
        let Some(last) = ids.last() else {
            return Ok(());
        };
        after = last.to_string();
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            let key = RecordKey { entity, id };
            rows.extend(core.store.mirror_row(core.ctx(), &key).await?);
        }
        let taking_part = taking_part(core, &rows);
        if taking_part.is_empty() {
            continue;
        }
        let observation = Observation {
            taking_part,
            ..Observation::none()
        };
        core.store
            .commit_observation(&core.lease, observation, None, core.now())
            .await?;
    }
}

/// Says of what was observed which deals, projects and notes take part in pairs.
pub(crate) fn mark<S: Store>(core: &Core<S>, observation: &mut Observation) {
    observation.taking_part = taking_part(core, &observation.rows);
    let notes = crate::notes::taking_part(core, &observation.rows);
    observation.taking_part.extend(notes);
}

fn taking_part<S: Store>(core: &Core<S>, rows: &[MirrorRow]) -> BTreeSet<RecordKey> {
    let is_candidate = |row: &&MirrorRow| {
        let entity = row.key.entity;
        entity.kind() == Some(Kind::Deal) && row.deleted_at.is_none()
    };
    if !core.are_deals_open() || !rows.iter().any(|row| is_candidate(&row)) {
        return BTreeSet::new();
    }
    let places = core.places();
    rows.iter()
        .filter(is_candidate)
        .filter(|row| is_in_scope(&places, row))
        .map(|row| row.key.clone())
        .collect()
}

/// The pipeline of a deal.
pub(crate) fn pipeline_of(row: &MirrorRow) -> Option<i64> {
    mapping::parse::<Scope>(row).ok()?.pipeline_id
}

/// Whether a record without a pair may be planned: everything that it could be paired with is known, and it takes part.
pub(crate) fn may_be_planned<S: Store>(core: &Core<S>, row: &MirrorRow) -> bool {
    core.are_deals_open() && is_in_scope(&core.places(), row)
}

/// Whether a deal or project has ended already.
pub(crate) fn is_over(record: &Record, key: &RecordKey) -> bool {
    let status = record.get(Field::DealStatus).and_then(Value::as_text);
    key.kind_of_pair() == Kind::Deal && status != Some(plan::OPEN)
}

/// Whether a deal is in a pipeline that is kept in step, and not archived; every project is.
pub(crate) fn is_in_scope(places: &Places, row: &MirrorRow) -> bool {
    if row.key.side() == Side::Propstreet {
        return places.has_pipelines();
    }
    let scope: Option<Scope> = mapping::parse(row).ok();
    scope.is_some_and(|scope| {
        let pipeline = scope.pipeline_id;
        pipeline.is_some_and(|pipeline| places.has(pipeline)) && scope.is_archived != Some(true)
    })
}
