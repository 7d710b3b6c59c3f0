//! Notes in pairs: which of them take part, and when their planning begins.
//!
//! In: settings, and what is mirrored of notes. Out: the notes that take part. Where they are not kept in step, notes are mirrored only.
//! Never makes a plan.

use std::collections::BTreeSet;

use model::{Entity, Field, Kind, RecordKey};
use store::{Authority, IdRange, MirrorRow, Observation, Store};

use crate::core::Core;
use crate::failure::EngineError;
use crate::intake::{poll, rounds};
use crate::settings::NoteSettings;
use crate::{mapping, remote, sweep};

/// Name of the fact that tells for which settings the notes that take part have been brought in.
const FACT_BROUGHT_IN: &str = "notes_brought_in";
/// Records brought in by one transaction.
const AT_ONCE: u32 = 500;

/// Both of these are read to their ends before the first note is planned: what is not known yet could be made twice.
pub const LISTS: [Entity; 2] = [Entity::Note, Entity::TimelineNote];

fn signature<S: Store>(core: &Core<S>, settings: &NoteSettings) -> String {
    let of: Vec<&str> = settings.of.iter().map(|kind| kind.name()).collect();
    let direction = core.settings.policies.of(Field::NoteText).direction;
    format!("{} {direction:?}", of.join(" "))
}

/// Goes on where an earlier run has brought the notes in. For whoever only looks on, too.
///
/// # Errors
/// When the store cannot be reached.
pub async fn adopt<S: Store>(core: &Core<S>) -> Result<(), EngineError> {
    if core.settings.notes.is_some() && is_brought_in(core).await? {
        core.open_notes();
    }
    Ok(())
}

/// Whether the notes that take part have been brought in, where they are kept in step: those of Propstreet are read once there are
/// pairs.
///
/// # Errors
/// When the store cannot be reached.
pub async fn is_brought_in<S: Store>(core: &Core<S>) -> Result<bool, EngineError> {
    let Some(settings) = &core.settings.notes else {
        return Ok(true);
    };
    let brought_in = core.store.fact(core.ctx(), FACT_BROUGHT_IN).await?;
    Ok(brought_in.is_some_and(|known| known == signature(core, settings)))
}

async fn is_read<S: Store>(core: &Core<S>) -> Result<bool, EngineError> {
    for entity in LISTS {
        let swept = sweep::swept_at(&core.store, core.ctx(), entity).await?;
        if swept.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads what notes need, where it is due, and follows it; answers how much was done. For whoever does no other work of the mirror.
///
/// # Errors
/// When the store cannot be reached, or a list cannot be read.
pub async fn keep_up<S: Store>(
    core: &Core<S>,
    heard: sweep::PageHeard<'_>,
) -> Result<u64, EngineError> {
    if core.settings.notes.is_none()
        || core.definitions().is_none()
        || !sweep::is_backfilled(core).await?
    {
        return Ok(0);
    }
    let listable = rounds::listable(core).await?;
    let lists: Vec<Entity> = LISTS
        .into_iter()
        .filter(|entity| listable.contains(entity))
        .collect();
    let swept = sweep::run_once(core, &lists, heard).await?;
    let polled = poll::run_once(core, &LISTS).await?;
    let rounds = rounds::run_once_of(core, &[Entity::TimelineNote]).await?;
    Ok(swept + polled + rounds + tend(core).await?)
}

/// Brings in what takes part once all of it was read; answers how much was done.
///
/// # Errors
/// When the store cannot be reached.
pub async fn tend<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    let Some(settings) = &core.settings.notes else {
        return Ok(0);
    };
    if core.are_notes_open() || core.definitions().is_none() || !is_read(core).await? {
        return Ok(0);
    }
    // From here on whatever changes is brought in by its change, so that nothing falls between the two.
    core.open_notes();
    for entity in LISTS {
        bring_in(core, entity).await?;
    }
    let signature = signature(core, settings);
    core.store
        .put_fact(core.ctx(), FACT_BROUGHT_IN, Some(&signature), core.now())
        .await?;
    core.bells.ring_all();
    Ok(1)
}

/// Makes the lanes of all notes that take part due. What was mirrored while notes were not kept in step does not say yet which
/// records they are on.
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
            let row = core.store.mirror_row(core.ctx(), &key).await?;
            rows.extend(row.map(|row| remote::with_record_of_note(core, row)));
        }
        let rows: Vec<MirrorRow> = rows.into_iter().collect::<Result<_, _>>()?;
        let taking_part = taking_part(core, &rows);
        let told_again = Observation {
            authority: Authority::Read,
            rows,
            ..Observation::none()
        };
        // A row that says nothing new makes no lane due by itself.
        let due = Observation {
            taking_part,
            ..Observation::none()
        };
        for observation in [told_again, due] {
            core.store
                .commit_observation(&core.lease, observation, None, core.now())
                .await?;
        }
    }
}

/// Of what was observed, the notes that take part in pairs.
pub(crate) fn taking_part<S: Store>(core: &Core<S>, rows: &[MirrorRow]) -> BTreeSet<RecordKey> {
    if !core.are_notes_open() {
        return BTreeSet::new();
    }
    rows.iter()
        .filter(|row| row.key.entity.kind() == Some(Kind::Note))
        .filter(|row| row.deleted_at.is_none() && takes_part(core, row))
        .map(|row| row.key.clone())
        .collect()
}

/// Whether a note without a pair may get one: it is on a record of a kind whose notes travel, and they travel from its side.
pub(crate) fn takes_part<S: Store>(core: &Core<S>, row: &MirrorRow) -> bool {
    let Some(settings) = &core.settings.notes else {
        return false;
    };
    let direction = core.settings.policies.of(Field::NoteText).direction;
    let kind = mapping::note::kind_of_record(row);
    let is_of_kind = kind.is_some_and(|kind| settings.of.contains(&kind));
    let has_deals = kind != Some(Kind::Deal) || core.settings.deals.is_some();
    is_of_kind && has_deals && direction.allows(row.key.side().other())
}
