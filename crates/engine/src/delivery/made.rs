//! What became of a create whose answer was lost: the record it made, found by the marker that it carries.
//!
//! In: an outbox row of a create. Out: the record, or that there is none. On Propstreet the external reference tells; on
//! Pipedrive the mirror, the newest of the list, and the numbers that no list shows. Never by search: an index lags.

use std::collections::{BTreeMap, BTreeSet};

use api_client::{CallContext, CallError, Priority};
use model::{Entity, Kind, RecordKey, Side, Timestamp, time};
use pipedrive::ChangelogEntry;
use plan::Operation;
use propstreet::ExternalRef;
use store::{MatchKey, MatchKeyKind, MirrorRow, Observation, Store};

use crate::core::Core;
use crate::delivery::call::{Answered, Target, Told};
use crate::delivery::{evidence, note};
use crate::failure::EngineError;
use crate::mapping::contact::PIPEDRIVE_NAMESPACE;
use crate::planning::decision::fact_merged;
use crate::remote::{self, ListQuery, Reader};

const PAGES_MAX: usize = 200;
/// Records that are read one by one at the most, because no list has them.
const UNLISTED_MAX: usize = 50;
/// So many numbers above the highest one of a list.
const NUMBERS_BEYOND: i64 = 10;
/// The vendor's clock may be behind ours by this much.
const SKEW_MILLIS: i64 = 10 * 60 * 1_000;

/// What was found of a write.
pub(crate) enum Found {
    Yes(Answered),
    No(Observation),
}

/// The outer error when the store cannot be reached, the inner one when a service cannot be asked.
pub(crate) type Answer = Result<Result<Found, CallError>, EngineError>;

/// A record that we made, found by its marker.
///
/// # Errors
/// The outer error when the store cannot be reached, the inner one when a service cannot be asked.
pub(crate) async fn find_created<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
) -> Result<Result<Option<Answered>, CallError>, EngineError> {
    if target.row.write.operation != Operation::Create {
        return Ok(Ok(None));
    }
    let found = created(core, target, target.row.planned_at).await?;
    Ok(found.map(|found| match found {
        Found::Yes(answered) => Some(answered),
        Found::No(_) => None,
    }))
}

pub(crate) async fn created<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    sent_at: Timestamp,
) -> Answer {
    let Some(marker) = target.marker() else {
        return Ok(Ok(Found::No(Observation::none())));
    };
    if target.kind() == Kind::Note {
        return Box::pin(note::created(core, target, sent_at)).await;
    }
    let call = CallContext::new(Priority::Change, "resolve");
    match target.row.write.side {
        Side::Propstreet => {
            let living = by_reference(core, target.kind(), marker.as_str(), &call).await;
            match living {
                Ok(Found::No(_)) => {
                    among_deleted(core, target.kind(), marker.as_str(), sent_at, &call).await
                }
                Ok(Found::Yes(_)) | Err(_) => Ok(living),
            }
        }
        Side::Pipedrive => by_marker(core, target.kind(), marker.as_str(), sent_at, &call).await,
    }
}

async fn by_reference<S: Store>(
    core: &Core<S>,
    kind: Kind,
    marker: &str,
    call: &CallContext,
) -> Result<Found, CallError> {
    let mapping = core.mapping().map_err(|_| CallError::NotFound)?;
    let reader = Reader {
        mapping,
        now: core.now(),
        remembers: true,
    };
    let reference = ExternalRef::new(PIPEDRIVE_NAMESPACE, marker);
    let row = match kind {
        Kind::Person => core
            .propstreet
            .find_contact(&reference, call)
            .await
            .map(|row| reader.contact(row)),
        Kind::Organization => core
            .propstreet
            .find_company(&reference, call)
            .await
            .map(|row| reader.company(row)),
        Kind::Deal => core
            .propstreet
            .find_project(&reference, call)
            .await
            .map(|row| reader.project(row)),
        // They have no external references.
        Kind::Note => Err(CallError::NotFound),
    };
    match row {
        Ok(row) => Ok(Found::Yes(Answered::looked_up(row))),
        Err(CallError::NotFound | CallError::Gone) => Ok(Found::No(Observation::none())),
        Err(error) => Err(error),
    }
}

/// A record that we made and somebody has deleted since: it keeps its reference, so making it again would be refused for ever.
async fn among_deleted<S: Store>(
    core: &Core<S>,
    kind: Kind,
    marker: &str,
    sent_at: Timestamp,
    call: &CallContext,
) -> Answer {
    let key = MatchKey {
        kind: MatchKeyKind::Marker,
        value: marker.to_owned(),
    };
    let since = time::plus_millis(sent_at, -SKEW_MILLIS);
    let mut cursor = None;
    for _ in 0..PAGES_MAX {
        let query = ListQuery::since(since, cursor.take());
        let page = match remote::list(core, kind.entity(Side::Propstreet), &query, call).await {
            Ok(page) => page,
            Err(EngineError::Call { source, .. }) => return Ok(Err(*source)),
            Err(error) => return Err(error),
        };
        for row in page.rows {
            let is_ours = row.match_keys.contains(&key);
            if is_ours && core.store.pair_of(core.ctx(), &row.key).await?.is_none() {
                return Ok(Ok(Found::Yes(Answered::looked_up(row))));
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(Ok(Found::No(Observation::none())))
}

/// The mirror first (a webhook may have told), then the newest records of the list, back to when the create was sent.
async fn by_marker<S: Store>(
    core: &Core<S>,
    kind: Kind,
    marker: &str,
    sent_at: Timestamp,
    call: &CallContext,
) -> Answer {
    let entity = kind.entity(Side::Pipedrive);
    let key = MatchKey {
        kind: MatchKeyKind::Marker,
        value: marker.to_owned(),
    };
    let known = core
        .store
        .find_matches(core.ctx(), entity, std::slice::from_ref(&key))
        .await?;
    let unpaired = known.into_iter().filter(|found| found.pair.is_none());
    let (living, gone): (Vec<MirrorRow>, Vec<MirrorRow>) = unpaired
        .map(|found| found.row)
        .partition(|row| row.deleted_at.is_none());
    // What was deleted again before it was looked for is in no list any more.
    let back_to = time::plus_millis(sent_at, -SKEW_MILLIS);
    let is_new = |row: &MirrorRow| remote::added_at(row).is_none_or(|added| added >= back_to);
    let gone: Vec<MirrorRow> = gone.into_iter().filter(is_new).collect();
    for row in &gone {
        let merged = core.store.fact(core.ctx(), &fact_merged(&row.key)).await?;
        if merged.is_some() {
            return Ok(Ok(Found::Yes(Answered::looked_up(row.clone()))));
        }
    }
    let living = match living.into_iter().next() {
        Some(row) => Ok(Newest::Found(Box::new(row))),
        None => in_newest(core, (entity, &key), back_to, call).await?,
    };
    let ids = match living {
        Err(error) => return Ok(Err(error)),
        Ok(Newest::Found(living)) => {
            return of_living(
                core,
                (kind, marker),
                *living,
                (sent_at, !gone.is_empty()),
                call,
            )
            .await;
        }
        Ok(Newest::Without(ids)) => ids,
    };
    let gone = match gone.into_iter().next() {
        Some(row) => Ok(Some(row)),
        None => among_unlisted(core, (entity, &key), ids, call).await?,
    };
    Ok(gone.map(|row| match row {
        Some(row) => Found::Yes(Answered::looked_up(row)),
        None => Found::No(Observation::none()),
    }))
}

/// A living record that carries our marker: what we made, or what that was merged into.
async fn of_living<S: Store>(
    core: &Core<S>,
    (kind, marker): (Kind, &str),
    living: MirrorRow,
    (sent_at, another_is_gone): (Timestamp, bool),
    call: &CallContext,
) -> Answer {
    // A merge leaves our marker on a record that was there before, or beside the one we made.
    let got_it_later = match got_marker_later(core, kind, &living, marker, call).await {
        Ok(got_it_later) => got_it_later,
        Err(error) => return Ok(Err(error)),
    };
    // Only now an answer has told how Pipedrive's clock goes.
    let made_since = evidence::changelog_since(core, sent_at);
    let is_older = remote::added_at(&living).is_some_and(|added| added < made_since);
    let is_survivor = got_it_later || is_older || another_is_gone;
    let told = if is_survivor {
        Told::Survivor
    } else {
        Told::Looking {
            instead: BTreeMap::new(),
        }
    };
    Ok(Ok(Found::Yes(Answered {
        told,
        ..Answered::main(living)
    })))
}

/// Whether the record was there before it carried our marker: what we make carries it from the beginning.
async fn got_marker_later<S: Store>(
    core: &Core<S>,
    kind: Kind,
    row: &MirrorRow,
    marker: &str,
    call: &CallContext,
) -> Result<bool, CallError> {
    let mapping = core.mapping().map_err(|_| CallError::NotFound)?;
    let code = match kind {
        Kind::Person => mapping.definitions.person.marker.as_ref(),
        Kind::Organization => mapping.definitions.organization.marker.as_ref(),
        Kind::Deal => mapping.definitions.deal.marker.as_ref(),
        Kind::Note => None,
    };
    let (Some(code), Some(id)) = (code, row.key.id.as_number()) else {
        return Ok(false);
    };
    let gets_it = |entry: &ChangelogEntry| {
        entry.field_key == *code
            && entry.new_value.as_deref() == Some(marker)
            && entry.old_value.as_deref() != Some(marker)
    };
    let entries = evidence::changelog(core, (kind, id), gets_it, call).await?;
    Ok(entries.iter().any(gets_it))
}

/// What the newest of a list show.
enum Newest {
    Found(Box<MirrorRow>),
    /// Not the record that was looked for.
    Without(Listed),
}

/// The numbers that a list showed.
#[derive(Debug, Default)]
struct Listed {
    /// Of the records that were made since the moment.
    since: BTreeSet<i64>,
    /// The highest of those that were there before.
    before: i64,
}

/// The unpaired record with a key among the newest of the list, back to a moment.
async fn in_newest<S: Store>(
    core: &Core<S>,
    (entity, key): (Entity, &MatchKey),
    back_to: Timestamp,
    call: &CallContext,
) -> Result<Result<Newest, CallError>, EngineError> {
    let mut cursor = None;
    let mut listed = Listed::default();
    for _ in 0..PAGES_MAX {
        let page = match remote::list(core, entity, &ListQuery::newest(cursor.take()), call).await {
            Ok(page) => page,
            Err(EngineError::Call { source, .. }) => return Ok(Err(*source)),
            Err(error) => return Err(error),
        };
        let is_older = |row: &MirrorRow| remote::added_at(row).is_some_and(|added| added < back_to);
        let reached = page.rows.iter().any(is_older);
        for row in page.rows {
            let number = row.key.id.as_number().unwrap_or_default();
            if is_older(&row) {
                listed.before = listed.before.max(number);
            } else {
                listed.since.insert(number);
            }
            // A record of another pair that carries our marker is somebody's copy, not what we made.
            let is_marked = row.match_keys.contains(key);
            if is_marked && core.store.pair_of(core.ctx(), &row.key).await?.is_none() {
                return Ok(Ok(Newest::Found(Box::new(row))));
            }
        }
        cursor = page.next_cursor;
        if reached || cursor.is_none() {
            break;
        }
    }
    Ok(Ok(Newest::Without(listed)))
}

/// A record that was deleted again is in no list, and nobody may have told of it; but it can still be read by its number, and
/// numbers ascend.
async fn among_unlisted<S: Store>(
    core: &Core<S>,
    (entity, key): (Entity, &MatchKey),
    listed: Listed,
    call: &CallContext,
) -> Result<Result<Option<MirrorRow>, CallError>, EngineError> {
    let last = listed.since.last().copied().unwrap_or(listed.before);
    // Those beyond the list first, then backwards: what is looked for was made a short while ago.
    let beyond = last + 1..=last + NUMBERS_BEYOND;
    let between = (listed.before + 1..last).rev();
    let mut has_passed_the_last = false;
    let unlisted = beyond
        .chain(between)
        .filter(|number| !listed.since.contains(number));
    for number in unlisted.take(UNLISTED_MAX) {
        if number > last && has_passed_the_last {
            continue;
        }
        let record = RecordKey::new(entity, number);
        if let Some(row) = core.store.mirror_row(core.ctx(), &record).await? {
            // It may have been heard of since the mirror was asked.
            let is_ours = row.match_keys.contains(key);
            if is_ours && core.store.pair_of(core.ctx(), &record).await?.is_none() {
                return Ok(Ok(Some(row)));
            }
            continue;
        }
        match remote::read(core, &record, call).await {
            Ok(Some(row)) if row.match_keys.contains(key) => return Ok(Ok(Some(row))),
            Ok(Some(_)) => {}
            Ok(None) => has_passed_the_last |= number > last,
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(None))
}
