//! Finding out what became of a write whose answer was lost, after late writes have happened and lists have caught up.
//!
//! In: an outbox row of unknown outcome whose time is up. Out: applied, with what the side shows; or not applied, so that the
//! pair is planned, and the write made, again. Never by search: an index lags; the record, the marker and the newest-first
//! list do not lie.

use std::collections::BTreeSet;

use api_client::{Attempt, CallContext, CallError, NextStep, Priority, next_step};
use model::{Carrier, Kind, Record, RecordKey, Side, Timestamp, Value, time};
use plan::Operation;
use propstreet::ExternalRef;
use store::{
    Disposition, LaneView, MatchKey, MatchKeyKind, Observation, OutboxRow, Outcome, Store,
};

use crate::core::Core;
use crate::delivery::call::{Answered, Target};
use crate::delivery::outcome::{applied, not_applied};
use crate::failure::EngineError;
use crate::mapping::contact::PIPEDRIVE_NAMESPACE;
use crate::mapping::link::{self, WantedPlace};
use crate::remote::{self, ListQuery, Reader};
use crate::{failure, mapping};

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
        Operation::Update => updated(core, &target, sent_at).await?,
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
    if let Some(found) = core
        .store
        .find_matches(core.ctx(), entity, std::slice::from_ref(&key))
        .await?
        .into_iter()
        .find(|found| found.pair.is_none())
    {
        return Ok(Ok(Found::Yes(Answered::looked_up(found.row))));
    }
    let back_to = time::plus_millis(sent_at, -SKEW_MILLIS);
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
            let is_marked = row.match_keys.contains(&key);
            if is_marked && core.store.pair_of(core.ctx(), &row.key).await?.is_none() {
                return Ok(Ok(Found::Yes(Answered::looked_up(row))));
            }
        }
        cursor = page.next_cursor;
        if reached || cursor.is_none() {
            break;
        }
    }
    Ok(Ok(Found::No(Observation::none())))
}

async fn updated<S: Store>(core: &Core<S>, target: &Target<'_>, sent_at: Timestamp) -> Answer {
    let row = target.row;
    let Some(known) = &target.current else {
        return Ok(Ok(Found::No(Observation::none())));
    };
    let observation = match remote::look(core, &known.key, Some(known)).await? {
        Ok(observation) => observation,
        Err(error) => return Ok(Err(error)),
    };
    let Some(shown) = observation
        .rows
        .first()
        .filter(|row| row.deleted_at.is_none())
    else {
        return Ok(Ok(Found::No(observation)));
    };
    let record = mapping::record(shown, &target.view.references, &core.mapping()?)?;
    let carries = target.marker().is_none_or(|marker| {
        shown
            .match_keys
            .iter()
            .any(|key| key.kind == MatchKeyKind::Marker && key.value == marker.as_str())
    });
    let mut applied = was_carried_out(row, &record, carries);
    if !applied && row.write.carrier == Carrier::Link {
        match was_left_since(core, target, &known.key, sent_at).await {
            Ok(was_left) => applied = was_left,
            Err(error) => return Ok(Err(error)),
        }
    }
    if applied {
        return Ok(Ok(Found::Yes(Answered::looked_up(shown.clone()))));
    }
    Ok(Ok(Found::No(observation)))
}

/// Whether the place we gave a contact was taken, and given up by somebody since: a deleted link still tells when it was made.
async fn was_left_since<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    contact: &RecordKey,
    sent_at: Timestamp,
) -> Result<bool, CallError> {
    let write = &target.row.write;
    let WantedPlace::At(company) = link::wanted_place(write, &target.view.references) else {
        return Ok(false);
    };
    let call = CallContext::new(Priority::Change, "resolve");
    let of_contact = propstreet::LinksOf::Contact(contact.id.as_str());
    let everything = propstreet::ListQuery::all();
    let links = core
        .propstreet
        .list_links(of_contact, &everything, &call)
        .await?;
    let (offset, uncertainty) = core.clock_offset(Side::Propstreet);
    let earliest = time::plus_millis(sent_at, offset - uncertainty);
    Ok(links.rows.iter().any(|link| {
        let link = &link.value;
        link.company_id == company.as_str()
            && link.deleted_utc.is_some()
            && link.created_utc.is_some_and(|made| made >= earliest)
    }))
}

/// A write is carried out as a whole or not at all, so what is left of it tells of the rest, which somebody has edited since.
fn was_carried_out(row: &OutboxRow, shown: &Record, carries_marker: bool) -> bool {
    let fields = row.write.fields.iter();
    let mut traces: Vec<Trace> = fields
        .map(|(field, sent)| {
            let before = row.snapshot_before.get(field).and_then(Option::as_ref);
            trace(before, sent.as_ref(), shown.get(*field))
        })
        .collect();
    if row.write.marker {
        traces.push(if carries_marker {
            Trace::OfWrite
        } else {
            Trace::OfBefore
        });
    }
    let is_whole = !traces.contains(&Trace::OfBefore) && !traces.contains(&Trace::OfSomebody);
    is_whole || (traces.contains(&Trace::OfWrite) && !traces.contains(&Trace::OfBefore))
}

/// What a field shows after a write of unknown outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trace {
    OfWrite,
    OfBefore,
    OfSomebody,
    /// As sent, which says little: it was so before, or anybody may have cleared or chosen it.
    Nothing,
}

fn trace(before: Option<&Value>, sent: Option<&Value>, shown: Option<&Value>) -> Trace {
    if shown == sent {
        return match sent {
            Some(Value::Text(_) | Value::Set(_)) if before != sent => Trace::OfWrite,
            Some(Value::Text(_) | Value::Set(_) | Value::Reference(_)) | None => Trace::Nothing,
        };
    }
    if shown == before {
        return Trace::OfBefore;
    }
    let (Some(Value::Set(sent)), Some(Value::Set(shown))) = (sent, shown) else {
        return Trace::OfSomebody;
    };
    let empty = BTreeSet::new();
    let before = match before {
        Some(Value::Set(before)) => before,
        Some(Value::Text(_) | Value::Reference(_)) | None => &empty,
    };
    let is_there = |element: &&String| shown.contains(*element);
    let mut added = sent.difference(before);
    let mut removed = before.difference(sent);
    if added.all(|element| is_there(&element)) && !removed.any(|element| is_there(&element)) {
        Trace::OfWrite
    } else {
        Trace::OfBefore
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
            is_looked_up: true,
        })));
    }
    Ok(Ok(Found::No(observation)))
}
