//! What has no list of its own: a project's prospects, a contact's notes. Read record by record of those that it is listed under.
//!
//! In: an entity, and behind which record to go on; or one record. Out: mirror rows, and what is not there any more. Notes are asked
//! for of paired records alone. Keeps nothing.

use std::collections::BTreeSet;

use api_client::{CallContext, CallError};
use model::{Entity, PairState, RecordKey, RemoteId, Side};
use store::{Authority, IdRange, InboxSource, NewInboxRow, Observation, Store};

use super::propstreet_only::{self, Under};
use super::{ListPage, ListQuery, Reader};
use crate::core::Core;
use crate::failure::EngineError;
use crate::intake::page;
use crate::sweep::completeness;

/// Records that are asked, one call each, before what they showed is kept.
const RECORDS_PER_PAGE: usize = 20;
/// Ids that are looked through at once.
const IDS_PER_LOOK: u32 = 500;

/// One page: what is listed under the next records behind the cursor.
pub(super) async fn list<S: Store>(
    core: &Core<S>,
    from: &Reader,
    entity: Entity,
    query: &ListQuery,
    call: &CallContext,
) -> Result<ListPage, EngineError> {
    let after = query.cursor.as_deref().and_then(RecordKey::parse);
    let above = records_above(core, entity, after.as_ref(), RECORDS_PER_PAGE).await?;
    let (mut rows, mut unreadable) = (Vec::new(), Vec::new());
    for record in &above {
        let Shown { under, .. } = shown_under(core, from, entity, record, call).await?;
        rows.extend(under.rows);
        unreadable.extend(under.unreadable);
    }
    let last = above.last().filter(|_| above.len() == RECORDS_PER_PAGE);
    Ok(ListPage {
        unreadable,
        is_short: false,
        rows,
        next_cursor: last.map(ToString::to_string),
        participant_counts: Vec::new(),
    })
}

/// The next records, behind one of them, under which an entity is asked for.
pub(crate) async fn records_above<S: Store>(
    core: &Core<S>,
    entity: Entity,
    after: Option<&RecordKey>,
    limit: usize,
) -> Result<Vec<RecordKey>, EngineError> {
    let mut found = Vec::new();
    let mut above = core.settings.asked_under(entity).peekable();
    let mut behind = String::new();
    if let Some(after) = after {
        while above.next_if(|entity| *entity != after.entity).is_some() {}
        after.id.as_str().clone_into(&mut behind);
    }
    for above in above {
        loop {
            let range = IdRange::after(&behind, IDS_PER_LOOK);
            let ids = core.store.live_ids_in(core.ctx(), above, &range).await?;
            let is_last = ids.len() < range.limit.try_into().unwrap_or(usize::MAX);
            for id in ids {
                id.as_str().clone_into(&mut behind);
                let record = RecordKey { entity: above, id };
                if is_asked(core, entity, &record).await? {
                    found.push(record);
                    if found.len() == limit {
                        return Ok(found);
                    }
                }
            }
            if is_last {
                break;
            }
        }
        behind.clear();
    }
    Ok(found)
}

/// Whether an entity is asked for under a record: notes are mirrored of paired records only.
pub(crate) async fn is_asked<S: Store>(
    core: &Core<S>,
    entity: Entity,
    above: &RecordKey,
) -> Result<bool, EngineError> {
    if entity != Entity::TimelineNote {
        return Ok(true);
    }
    let pair = core.store.pair_of(core.ctx(), above).await?;
    Ok(pair.is_some_and(|pair| pair.state == PairState::Active))
}

struct Shown {
    under: Under,
    is_above_gone: bool,
}

async fn shown_under<S: Store>(
    core: &Core<S>,
    from: &Reader,
    entity: Entity,
    above: &RecordKey,
    call: &CallContext,
) -> Result<Shown, EngineError> {
    match propstreet_only::all_under(core, from, entity, above, call).await {
        Ok(under) => Ok(Shown {
            under,
            is_above_gone: false,
        }),
        Err(CallError::NotFound | CallError::Gone) => Ok(Shown {
            under: Under::default(),
            is_above_gone: true,
        }),
        Err(error) => Err(EngineError::call(Side::Propstreet, error)),
    }
}

/// Known records of an entity under another one that live.
pub(crate) async fn known_under<S: Store>(
    core: &Core<S>,
    entity: Entity,
    above: &RecordKey,
) -> Result<Vec<RecordKey>, EngineError> {
    let range = IdRange::beginning_with(&above.prefix_of(entity));
    let ids = core.store.live_ids_in(core.ctx(), entity, &range).await?;
    Ok(ids.into_iter().map(|id| RecordKey { entity, id }).collect())
}

/// Asks for everything under one record and keeps it. What is known and was not shown is asked for alone, because a list may lag;
/// what was under a record that is gone is gone with it.
pub(crate) async fn take_in<S: Store>(
    core: &Core<S>,
    entity: Entity,
    above: &RecordKey,
    call: &CallContext,
) -> Result<(), EngineError> {
    let from = Reader {
        mapping: core.mapping()?,
        now: core.now(),
        remembers: false,
    };
    let known = known_under(core, entity, above).await?;
    let shown = shown_under(core, &from, entity, above, call).await?;
    if shown.is_above_gone {
        return end(core, known).await;
    }
    let Under {
        mut rows,
        unreadable,
    } = shown.under;
    if core.plans(entity) {
        page::note_changes(core, &mut rows).await?;
    }
    page::keep_known_form(core, &mut rows).await?;
    let facts = completeness::facts_about(entity, &unreadable, core.now());
    // What is there and cannot be read is not absent.
    let unreadable = unreadable.iter().filter_map(|row| row.id.as_deref());
    let ids = rows.iter().map(|row| row.key.id.clone());
    let ids: BTreeSet<RemoteId> = ids.chain(unreadable.map(RemoteId::from)).collect();
    if !rows.is_empty() || !facts.is_empty() {
        // No call reads one note, so that this list is the best there is.
        let authority = if entity == Entity::TimelineNote {
            Authority::Read
        } else {
            Authority::Page
        };
        let observation = Observation {
            authority,
            rows,
            facts,
            ..Observation::none()
        };
        commit(core, observation).await?;
    }
    let absent = known.into_iter().filter(|key| !ids.contains(&key.id));
    let hints: Vec<NewInboxRow> = absent
        .map(|key| NewInboxRow {
            source: InboxSource::Sweep,
            dedup: None,
            summary: format!("{key} was not in the list"),
            record: Some(key),
            body: None,
        })
        .collect();
    if !hints.is_empty() {
        core.store
            .append_inbox(core.ctx(), hints, core.now())
            .await?;
        core.bells.read.ring();
    }
    Ok(())
}

/// Keeps that records are gone.
pub(crate) async fn end<S: Store>(core: &Core<S>, gone: Vec<RecordKey>) -> Result<(), EngineError> {
    if gone.is_empty() {
        return Ok(());
    }
    let observation = Observation {
        authority: Authority::Read,
        gone,
        ..Observation::none()
    };
    commit(core, observation).await
}

async fn commit<S: Store>(core: &Core<S>, mut observation: Observation) -> Result<(), EngineError> {
    crate::deals::mark(core, &mut observation);
    let makes_due = !observation.taking_part.is_empty();
    let observed = core
        .store
        .commit_observation(&core.lease, observation, None, core.now())
        .await?;
    if observed.unsure > 0 || makes_due {
        core.bells.ring_all();
    }
    Ok(())
}
