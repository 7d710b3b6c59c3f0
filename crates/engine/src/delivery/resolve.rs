//! Finding out what became of a write whose answer was lost, after late writes have happened and lists have caught up.
//!
//! In: an outbox row of unknown outcome whose time is up. Out: applied, with what the side shows; or not applied, so that the
//! pair is planned, and the write made, again. Never by search: an index lags; the record, the marker and the newest-first
//! list do not lie.

use std::collections::BTreeMap;

use api_client::{Attempt, CallContext, CallError, NextStep, Priority, next_step};
use model::{Carrier, Entity, Field, Kind, RecordKey, Side, Timestamp, time};
use plan::Operation;
use propstreet::{Change, ExternalRef};
use store::{
    Disposition, LaneView, MatchKey, MatchKeyKind, MirrorRow, Observation, OutboxRow, Outcome,
    Store,
};

use crate::core::Core;
use crate::delivery::call::{Answered, Target, Told};
use crate::delivery::outcome::{applied, not_applied};
use crate::delivery::{audit, evidence, main_company};
use crate::failure::EngineError;
use crate::mapping::contact::PIPEDRIVE_NAMESPACE;
use crate::mapping::link::{self, WantedPlace};
use crate::planning::decision::fact_merged;
use crate::remote::{self, ListQuery, Reader};
use crate::{failure, mapping, mirror};

const PAGES_MAX: usize = 200;
/// The vendor's clock may be behind ours by this much.
const SKEW_MILLIS: i64 = 10 * 60 * 1_000;

pub(crate) async fn resolve<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    row: &OutboxRow,
    sent_at: Timestamp,
) -> Result<Outcome, EngineError> {
    let target = Target {
        view,
        row,
        current: view.rows.get(row.write.side).clone(),
    };
    let found = match row.write.operation {
        Operation::Create if core.safeguards.marker_lookup => {
            created(core, &target, sent_at).await?
        }
        Operation::Create => Ok(Found::No(Observation::none())),
        Operation::Update => updated(core, &target).await?,
        Operation::Delete => deleted(core, &target).await?,
    };
    match found {
        Ok(Found::Yes(answered)) => applied(core, &target, answered),
        Ok(Found::No(observation)) => Ok(not_applied(
            "it was not carried out",
            observation,
            Disposition::Rest,
        )),
        Err(error) => Ok(later(core, &target, &error)),
    }
}

enum Found {
    Yes(Answered),
    No(Observation),
}

/// It is still unknown; asked again later.
fn later<S: Store>(core: &Core<S>, target: &Target<'_>, error: &CallError) -> Outcome {
    let attempts = target.view.lane.attempts;
    let attempt = Attempt {
        number: attempts + 1,
        now: core.now(),
        jitter: core.randomness.next(),
    };
    let until = match next_step(error, attempt) {
        NextStep::RetryAt(until) => until,
        NextStep::Resolve
        | NextStep::Replan
        | NextStep::FindExisting
        | NextStep::Quarantine
        | NextStep::StopSide => failure::retry_at(
            &core.settings.timing,
            attempts,
            core.randomness.next(),
            core.now(),
        ),
    };
    Outcome::PutOff {
        until,
        problem: None,
    }
}

/// A record that we made, found by its marker. Errors of calls count as "not found" here; the caller has a person look.
pub(crate) async fn find_created<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
) -> Result<Option<Answered>, EngineError> {
    if target.row.write.operation != Operation::Create {
        return Ok(None);
    }
    Ok(match created(core, target, target.row.planned_at).await? {
        Ok(Found::Yes(answered)) => Some(answered),
        Ok(Found::No(_)) | Err(_) => None,
    })
}

type Answer = Result<Result<Found, CallError>, EngineError>;

async fn created<S: Store>(core: &Core<S>, target: &Target<'_>, sent_at: Timestamp) -> Answer {
    let Some(marker) = target.marker() else {
        return Ok(Ok(Found::No(Observation::none())));
    };
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
        Some(row) => Ok(Some(row)),
        None => in_newest(core, (entity, &key), back_to, call).await?,
    };
    let living = match living {
        Ok(living) => living,
        Err(error) => return Ok(Err(error)),
    };
    let Some(living) = living else {
        let made = gone.into_iter().next().map(Answered::looked_up);
        return Ok(Ok(
            made.map_or_else(|| Found::No(Observation::none()), Found::Yes)
        ));
    };
    // A merge leaves our marker on a record that was there before, or beside the one we made.
    let got_it_later = match got_marker_later(core, kind, &living, marker, call).await {
        Ok(got_it_later) => got_it_later,
        Err(error) => return Ok(Err(error)),
    };
    // Only now an answer has told how Pipedrive's clock goes.
    let made_since = evidence::changelog_since(core, sent_at);
    let is_older = remote::added_at(&living).is_some_and(|added| added < made_since);
    let is_survivor = got_it_later || is_older || !gone.is_empty();
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
    };
    let (Some(code), Some(id)) = (code, row.key.id.as_number()) else {
        return Ok(false);
    };
    let entries = evidence::changelog(core, (kind, id), call).await?;
    Ok(entries.iter().any(|entry| {
        entry.field_key == *code
            && entry.new_value.as_deref() == Some(marker)
            && entry.old_value.as_deref() != Some(marker)
    }))
}

/// The unpaired record with a key among the newest of the list, back to a moment.
async fn in_newest<S: Store>(
    core: &Core<S>,
    (entity, key): (Entity, &MatchKey),
    back_to: Timestamp,
    call: &CallContext,
) -> Result<Result<Option<MirrorRow>, CallError>, EngineError> {
    let mut cursor = None;
    for _ in 0..PAGES_MAX {
        let page = match remote::list(core, entity, &ListQuery::newest(cursor.take()), call).await {
            Ok(page) => page,
            Err(EngineError::Call { source, .. }) => return Ok(Err(*source)),
            Err(error) => return Err(error),
        };
        let reached = page
            .rows
            .iter()
            .any(|row| remote::added_at(row).is_some_and(|added| added < back_to));
        for row in page.rows {
            // A record of another pair that carries our marker is somebody's copy, not what we made.
            let is_marked = row.match_keys.contains(key);
            if is_marked && core.store.pair_of(core.ctx(), &row.key).await?.is_none() {
                return Ok(Ok(Some(row)));
            }
        }
        cursor = page.next_cursor;
        if reached || cursor.is_none() {
            break;
        }
    }
    Ok(Ok(None))
}

async fn updated<S: Store>(core: &Core<S>, target: &Target<'_>) -> Answer {
    let Some(known) = &target.current else {
        return Ok(Ok(Found::No(Observation::none())));
    };
    let mut observation = match remote::look(core, &known.key, Some(known)).await? {
        Ok(observation) => observation,
        Err(error) => return Ok(Err(error)),
    };
    let gone = mirror::links_that_ended(target.view, &observation);
    observation.gone.extend(gone);
    // A record that was deleted since tells of the write as well as a living one.
    let Some(shown) = observation.rows.first() else {
        return Ok(Ok(Found::No(observation)));
    };
    let found = if carries_our_marker(target, shown) {
        Ok(Trace::Whole)
    } else {
        trace_of(core, target, &known.key).await?
    };
    let fields: &[Field] = match found {
        Ok(Trace::None) => return Ok(Ok(Found::No(observation))),
        Ok(Trace::Whole) => &[],
        // Where the server has put the contact then is nobody's edit.
        Ok(Trace::LeftElsewhere) => &[Field::PersonOrganization, Field::PersonJobTitle],
        Err(error) => return Ok(Err(error)),
    };
    let record = mapping::record(shown, &target.view.references, &core.mapping()?)?;
    let instead = plan::plan::values_of(&record, fields.iter().copied());
    Ok(Ok(Found::Yes(Answered {
        gone: std::mem::take(&mut observation.gone),
        told: Told::Looking { instead },
        ..Answered::main(shown.clone())
    })))
}

/// What a side's log tells of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trace {
    None,
    Whole,
    /// The contact's main link has gone, and the server has made another of its companies the main one.
    LeftElsewhere,
}

impl Trace {
    const fn of(is_whole: bool) -> Self {
        if is_whole { Self::Whole } else { Self::None }
    }
}

/// Nobody else writes our marker, and a write is carried out as a whole or not at all.
fn carries_our_marker(target: &Target<'_>, shown: &MirrorRow) -> bool {
    let marker = target.marker().filter(|_| target.row.write.marker);
    marker.is_some_and(|marker| {
        let mut keys = shown.match_keys.iter();
        keys.any(|key| key.kind == MatchKeyKind::Marker && key.value == marker.as_str())
    })
}

/// Asks the side's own log. Lists and records tell what is, and not whose doing it was.
async fn trace_of<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    record: &RecordKey,
) -> Result<Result<Trace, CallError>, EngineError> {
    let row = target.row;
    let call = CallContext::new(Priority::Change, "resolve");
    match (row.write.side, record.id.as_number()) {
        (Side::Pipedrive, Some(id)) => {
            let told = audit::was_carried_out(core, row, (target.kind(), id), &call).await?;
            Ok(told.map(Trace::of))
        }
        (Side::Pipedrive, None) => Ok(Ok(Trace::None)),
        (Side::Propstreet, _) => {
            let Some(after) = row.before.changed_at else {
                return Ok(Ok(Trace::None));
            };
            let told = evidence::timeline(core, (target.kind(), record), after, &call).await;
            Ok(told.map(|changes| {
                let is_ours = |change: &&Change| core.propstreet.is_ours(change);
                let (ours, others): (Vec<&Change>, Vec<&Change>) =
                    changes.iter().partition(is_ours);
                tells_of(target, &ours, &others)
            }))
        }
    }
}

/// Whether our changes since the version that the write was planned from are the write, as a whole. One write of a pair is
/// under way at a time, so that there is no other of ours; but a place is taken in several calls.
fn tells_of(target: &Target<'_>, ours: &[&Change], others: &[&Change]) -> Trace {
    let write = &target.row.write;
    let find = |operation: &str| ours.iter().find(|change| change.operation == operation);
    let has = |operation: &str| find(operation).is_some();
    let wanted = match write.carrier {
        Carrier::Record => {
            return Trace::of(ours.iter().any(|change| change.link.is_none()));
        }
        Carrier::Link => link::wanted_place(write, &target.view.references),
    };
    match wanted {
        WantedPlace::Nowhere => match find("LinkDeleted") {
            None => Trace::None,
            Some(ended) => {
                let heir = ours.iter().any(|change| main_company::moves_flag(change));
                let has_moved = others.iter().any(|change| {
                    let is_of_place = main_company::moves_flag(change)
                        || matches!(change.operation.as_str(), "LinkCreated" | "LinkDeleted");
                    is_of_place && change.at > ended.at
                });
                if heir && !has_moved {
                    Trace::LeftElsewhere
                } else {
                    Trace::Whole
                }
            }
        },
        WantedPlace::AsIs => Trace::of(has("LinkUpdated")),
        WantedPlace::At(_) | WantedPlace::Unknown => {
            // A contact's first link is the main one by itself, and one that somebody else made before is the first.
            let had_none = target.row.before.value(Field::PersonOrganization).is_none();
            let is_main = find("LinkCreated").is_some_and(|made| {
                let mut others = others.iter();
                had_none && others.all(|other| other.link.is_none() || other.at > made.at)
            });
            Trace::of(has("LinkUpdated") || is_main)
        }
    }
}

async fn deleted<S: Store>(core: &Core<S>, target: &Target<'_>) -> Answer {
    let Some(known) = &target.current else {
        return Ok(Ok(Found::No(Observation::none())));
    };
    let observation = match remote::look(core, &known.key, Some(known)).await? {
        Ok(observation) => observation,
        Err(error) => return Ok(Err(error)),
    };
    if observation.rows.iter().all(|row| row.deleted_at.is_some()) {
        return Ok(Ok(Found::Yes(Answered {
            rows: observation.rows,
            main: None,
            gone: observation.gone,
            told: Told::Looking {
                instead: BTreeMap::new(),
            },
        })));
    }
    Ok(Ok(Found::No(observation)))
}
