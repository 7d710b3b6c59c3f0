//! Lanes of one kind of record that is mirrored and in no pair, worked on together: what their webhooks tell is taken from them,
//! and what is left is read in the cheapest way.
//!
//! In: lanes of one entity. Out: mirror rows, and the end of each lane by itself: one that cannot be read holds up no other.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, NotNowReason, Priority};
use model::{Entity, RecordKey, RemoteId, Side, time};
use pipedrive::EventAction;
use store::{
    Authority, Disposition, InboxRow, LaneKey, LaneView, Observation, ReadDone, Store, StoreError,
};

use super::events::{self, Hint};
use super::payload::{self, Told};
use super::{Unread, is_about, is_behind, is_unsure, put_off, versions};
use crate::core::Core;
use crate::deals;
use crate::failure::EngineError;
use crate::planning::decision::fact_merged;
use crate::remote::ListPage;
use crate::remote::cover::{self, Wanted};
use crate::{mapping, sweep};

const CALL: CallContext = CallContext::new(Priority::Change, "read");
/// How long a record that the first read of its list is about to show is left to it.
const LISTED_SOON_MILLIS: i64 = 30_000;

/// A lane that only a read can help.
struct Pending {
    view: LaneView,
    hint: Hint,
    observation: Observation,
}

/// Works on lanes of one entity; answers how many.
pub(crate) async fn read<S: Store>(
    core: &Core<S>,
    entity: Entity,
    views: Vec<LaneView>,
) -> Result<usize, EngineError> {
    let lanes = views.len();
    let mut pending = BTreeMap::new();
    for view in views {
        let LaneKey::Record(key) = view.lane.key.clone() else {
            continue;
        };
        if let Some(unread) = take_what_is_told(core, &key, view).await? {
            pending.insert(key.id, unread);
        }
    }
    leave_to_first_read(core, entity, &mut pending).await?;
    if pending.is_empty() {
        return Ok(lanes);
    }
    let wanted = pending.iter().map(|(id, lane)| wanted(id, lane)).collect();
    let mut read = match core.side_closed_until(Side::Pipedrive) {
        Some(retry_at) => {
            let reason = NotNowReason::CircuitOpen;
            cover::Read::none_because(CallError::NotNow { retry_at, reason })
        }
        None => cover::read(core, entity, wanted, &CALL).await?,
    };
    for (id, lane) in pending {
        finish(core, RecordKey { entity, id }, lane, &mut read).await?;
    }
    commit_beside(core, entity, read.beside).await?;
    core.bells.ring_all();
    Ok(lanes)
}

fn wanted(id: &RemoteId, lane: &Pending) -> Wanted {
    Wanted {
        id: id.clone(),
        changed_at: lane.hint.shown_at.max(lane.hint.gone_at),
    }
}

/// Ends the lane where its webhooks tell enough; gives it back where they do not.
async fn take_what_is_told<S: Store>(
    core: &Core<S>,
    key: &RecordKey,
    view: LaneView,
) -> Result<Option<Pending>, EngineError> {
    let known = view.rows.pipedrive.as_ref();
    let rows: Vec<&InboxRow> = view
        .inbox
        .iter()
        .filter(|row| is_about(row, Side::Pipedrive, view.lane.read))
        .collect();
    let hint = events::weigh(core, &view, &rows, known)?;
    let mut observation = Observation::none();
    observation.authority = Authority::Read;
    if let Some(survivor) = &hint.merged_to {
        observation
            .facts
            .push((fact_merged(key), Some(survivor.to_string())));
    }
    observation.stage_changes = events::stage_changes(&hint.events, known);
    if core.settings.versions_of.contains(&key.entity) {
        observation.told_before = versions::told_before(key, &hint.events, known);
    }
    let told = match known {
        // What was heard last is no event but a list that showed something else; its row names no record.
        _ if rows.last().map(|row| row.seq) != Some(view.lane.hint.pipedrive) => Told::Read,
        Some(_) if !hint.must_read => Told::Nothing,
        Some(_) | None => payload::told(core, &rows, &hint.events, known)?,
    };
    match told {
        Told::Nothing => {}
        Told::Row(row) => {
            // Where a list showed the same second otherwise meanwhile, a read decides.
            observation.authority = Authority::Page;
            observation.rows.push(*row);
        }
        Told::Read => {
            return Ok(Some(Pending {
                view,
                hint,
                observation,
            }));
        }
    }
    commit(core, &view, observation).await?;
    Ok(None)
}

async fn commit<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    mut observation: Observation,
) -> Result<(), EngineError> {
    deals::mark(core, &mut observation);
    let done = ReadDone {
        lane: view.lane.id,
        read: view.lane.hint,
    };
    let committed = core
        .store
        .commit_observation(&core.lease, observation, Some(done), core.now());
    match committed.await {
        Ok(_) | Err(StoreError::Stale) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// While a list is read for the first time, what it has not shown yet it will show, for a fiftieth of what a read costs. Records
/// that were made just now are read all the same: lists end with them.
async fn leave_to_first_read<S: Store>(
    core: &Core<S>,
    entity: Entity,
    pending: &mut BTreeMap<RemoteId, Pending>,
) -> Result<(), EngineError> {
    let is_left = |lane: &Pending| {
        let is_new = |event: &pipedrive::WebhookEvent| event.action == EventAction::Create;
        lane.view.rows.pipedrive.is_none()
            && !lane.hint.events.is_empty()
            && !lane.hint.events.iter().any(is_new)
    };
    if !pending.values().any(is_left)
        || sweep::swept_at(&core.store, core.ctx(), entity)
            .await?
            .is_some()
    {
        return Ok(());
    }
    let until = time::plus_millis(core.now(), LISTED_SOON_MILLIS);
    let mut left = Vec::new();
    for (id, lane) in std::mem::take(pending) {
        if is_left(&lane) {
            left.push(lane.view.lane.id);
        } else {
            pending.insert(id, lane);
        }
    }
    for lane in left {
        let later = Disposition::PutOff {
            until,
            problem: None,
        };
        match core
            .store
            .end_claim(&core.lease, lane, later, core.now())
            .await
        {
            Ok(()) | Err(StoreError::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Ends a lane with what was read of its record.
async fn finish<S: Store>(
    core: &Core<S>,
    key: RecordKey,
    lane: Pending,
    read: &mut cover::Read,
) -> Result<(), EngineError> {
    let Pending {
        view,
        hint,
        mut observation,
    } = lane;
    let mapping = core.mapping()?;
    let known = view.rows.pipedrive.as_ref();
    let mut seen = Observation::none();
    match read.take(&key.id) {
        Ok(Some(mut row)) => {
            let seen_at = core.seen_at(&row);
            mapping::note_changes(&mut row, known, seen_at, &mapping)?;
            seen.rows.push(row);
        }
        Ok(None) => seen.gone.push(key),
        Err(error) => {
            return put_off(core, &view, Unread::Failed(Side::Pipedrive, error)).await;
        }
    }
    if is_behind(&seen, (known, &hint), &view, &mapping)? || is_unsure(&seen, known, &view.lane) {
        return put_off(core, &view, Unread::Behind).await;
    }
    observation.rows = seen.rows;
    observation.gone = seen.gone;
    commit(core, &view, observation).await
}

/// What a list showed beside what was asked for.
async fn commit_beside<S: Store>(
    core: &Core<S>,
    entity: Entity,
    page: ListPage,
) -> Result<(), EngineError> {
    if page.rows.is_empty() && page.participant_counts.is_empty() {
        return Ok(());
    }
    let rows = page.rows.len();
    let summary = format!("changes of {} list: {rows} rows", entity.name());
    crate::intake::poll::commit_page(core, page, summary, Vec::new()).await?;
    Ok(())
}
