//! What a side itself tells of changes: who made them, and when. That is how a write of unknown outcome is found, and how it
//! is found out whose edit a write has replaced. What a record shows tells little: users may have changed it since, or have
//! chosen by themselves what was sent.
//!
//! In: a record. Out: its changes as Pipedrive's changelog or Propstreet's timeline tells them. Nothing is changed.

use api_client::{CallContext, CallError};
use model::{Kind, PairState, RecordKey, Reference, Side, Timestamp, Value, time};
use pipedrive::{ChangelogEntry, Mergeable};
use propstreet::{Change, TimelineOf};
use store::Store;

use crate::core::Core;
use crate::failure::EngineError;

/// Far more than what a record goes through between a write and its audit; logs end by themselves long before.
const PAGES_MAX: usize = 50;
/// The changelog tells whole seconds.
const CHANGELOG_SECOND_MILLIS: i64 = 1_000;

/// What Pipedrive tells of a record, newest first, as far back as the first entry that is enough: each page is dear.
pub(crate) async fn changelog<S: Store>(
    core: &Core<S>,
    (kind, id): (Kind, i64),
    is_enough: impl Fn(&ChangelogEntry) -> bool,
    call: &CallContext,
) -> Result<Vec<ChangelogEntry>, CallError> {
    let kind = match kind {
        Kind::Person => Mergeable::Person,
        Kind::Organization => Mergeable::Organization,
        Kind::Deal => Mergeable::Deal,
        // Nothing tells of the changes of notes.
        Kind::Note => return Ok(Vec::new()),
    };
    let mut entries = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = match core
            .pipedrive
            .changelog(kind, id, cursor.as_deref(), call)
            .await
        {
            Ok(page) => page,
            Err(CallError::NotFound | CallError::Gone) => break,
            Err(error) => return Err(error),
        };
        let before = entries.len();
        entries.extend(page.rows.into_iter().map(|row| row.value));
        cursor = page.next_cursor;
        if cursor.is_none() || entries[before..].iter().any(&is_enough) {
            break;
        }
    }
    Ok(entries)
}

/// The earliest time, by Pipedrive's clock, that the changelog can tell of something sent at this moment of ours.
pub(crate) fn changelog_since<S: Store>(core: &Core<S>, sent_at: Timestamp) -> Timestamp {
    let (offset, uncertainty) = core.clock_offset(Side::Pipedrive);
    time::plus_millis(sent_at, offset - uncertainty - CHANGELOG_SECOND_MILLIS)
}

/// What Propstreet tells of a contact, company or project after a version of it that changed last at `after`, oldest first.
pub(crate) async fn timeline<S: Store>(
    core: &Core<S>,
    (kind, record): (Kind, &RecordKey),
    after: Timestamp,
    call: &CallContext,
) -> Result<Vec<Change>, CallError> {
    let of = match kind {
        Kind::Person => TimelineOf::Contact(record.id.as_str()),
        Kind::Organization => TimelineOf::Company(record.id.as_str()),
        Kind::Deal => TimelineOf::Project(record.id.as_str()),
        Kind::Note => return Ok(Vec::new()),
    };
    let mut changes = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = match core.propstreet.changes(of, cursor.as_deref(), call).await {
            Ok(page) => page,
            Err(CallError::NotFound | CallError::Gone) => break,
            Err(error) => return Err(error),
        };
        let told = page.rows.len();
        let later = page
            .rows
            .into_iter()
            .take_while(|change| change.at.is_none_or(|at| is_later(at, after)));
        let before = changes.len();
        changes.extend(later);
        cursor = page.next_cursor;
        if cursor.is_none() || changes.len() - before < told {
            break;
        }
    }
    changes.reverse();
    Ok(changes)
}

/// The timeline tells finer times than records are kept with: the change that made a version is not later than the version.
fn is_later(at: Timestamp, version: Timestamp) -> bool {
    time::to_millis(at) > time::to_millis(version)
}

/// What a record that a log names is called everywhere else: by its pair where there is one.
pub(crate) async fn reference_to<S: Store>(
    core: &Core<S>,
    record: RecordKey,
) -> Result<Value, EngineError> {
    let pair = core.store.pair_of(core.ctx(), &record).await?;
    let pair = pair.filter(|pair| {
        pair.state == PairState::Active
            && Side::BOTH.iter().all(|side| pair.ids.get(*side).is_some())
    });
    Ok(Value::Reference(
        pair.map_or(Reference::Unpaired(record), |pair| Reference::Pair(pair.id)),
    ))
}
