//! From an answer or an error to what is kept of it.
//!
//! In: the answered record, or the error of the call. Out: an [`Outcome`], which the store keeps in one transaction.

use std::collections::BTreeMap;

use api_client::{Attempt, CallError, NextStep, next_step};
use model::{Base, Carrier, Entity, Field, RecordKey, Side, Timestamp, Value, time};
use plan::Operation;
use store::{
    Authority, Disposition, MirrorRow, NewHistory, Observation, OutboxRow, Outcome, Problem, Store,
};

use crate::core::Core;
use crate::delivery::call::{Answered, Target, Told};
use crate::delivery::entries::{history, merged_into};
use crate::delivery::members::NowTakingPart;
use crate::delivery::{made, members, send};
use crate::failure::{EngineError, problem, retry_at};
use crate::mapping::MappingContext;
use crate::mapping::link::{self, WantedPlace};
use crate::{mapping, mirror, remote};

/// The write was carried out: the answer goes into mirror and base, so that its echo finds nothing new.
pub(crate) fn applied<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    answered: Answered,
) -> Result<Outcome, EngineError> {
    let mapping = core.mapping()?;
    let row = target.row;
    let pair = target
        .view
        .pair
        .as_ref()
        .ok_or_else(|| EngineError::Unreadable {
            what: format!("outbox row {}", row.id),
            reason: "its lane has no pair".to_owned(),
        })?;
    let Answered {
        mut rows,
        main,
        gone,
        told,
        members,
    } = answered;
    note_changes(core, target, &mut rows, &mapping)?;
    note_place_left(target, &told, main.map(|main| &mut rows[main]), &mapping)?;
    let shown = match main {
        Some(main) => mapping::record(&rows[main], &target.view.references, &mapping)?,
        None => model::Record::default(),
    };
    let base = match (&told, &members) {
        (_, Some(now)) => members::base_after(&pair.base, row, now),
        (Told::Call, None) => plan::base_after(&pair.base, &row.write, &shown),
        (Told::Looking { instead }, None) => {
            let agreed = as_sent(&row.write, instead, shown);
            plan::base_after(&pair.base, &row.write, &agreed)
        }
        (Told::Survivor, None) => Base::default(),
    };
    let created = match (row.write.operation, main) {
        (Operation::Create, Some(main)) => Some(rows[main].key.id.clone()),
        (Operation::Create | Operation::Update | Operation::Delete, _) => None,
    };
    // Times of change are told in seconds: an edit and our write within one carry the same version.
    let moved = main.is_some_and(|main| {
        told != Told::Call
            || target.current.as_ref().is_none_or(|known| {
                known.remote_version != rows[main].remote_version || known.raw != rows[main].raw
            })
    });
    let came_and_went = members.iter().map(|now| members::history(target, now));
    let came_and_went: Vec<NewHistory> = came_and_went.flatten().collect();
    let NowTakingPart {
        participants,
        facts,
        ..
    } = members.unwrap_or_default();
    let audit_until = audit_wait(core, row, moved).map(|wait| time::plus_millis(core.now(), wait));
    Ok(Outcome::Applied {
        observation: Observation {
            authority: Authority::Read,
            rows,
            gone,
            participants,
            facts,
            ..Observation::none()
        },
        created,
        base,
        audit_until,
        history: match told {
            _ if !came_and_went.is_empty() => came_and_went,
            Told::Call | Told::Looking { .. } => history(row, pair),
            Told::Survivor => vec![merged_into(row)],
        },
    })
}

/// Notes in each row what has changed since it was read last.
fn note_changes<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    rows: &mut [MirrorRow],
    mapping: &MappingContext,
) -> Result<(), EngineError> {
    for row in rows {
        let seen_at = core.seen_at(row);
        let known = target.current.as_ref();
        let before = known.filter(|known| known.key == row.key);
        mapping::note_changes(row, before, seen_at, mapping)?;
    }
    Ok(())
}

/// Who was given a place, and is seen for the first time since then, and at none, has left it.
fn note_place_left(
    target: &Target<'_>,
    told: &Told,
    row: Option<&mut MirrorRow>,
    mapping: &MappingContext,
) -> Result<(), EngineError> {
    let (Told::Looking { .. }, Some(row)) = (told, row) else {
        return Ok(());
    };
    let references = &target.view.references;
    if let WantedPlace::At(company) = link::wanted_place(&target.row.write, references)
        && row.key.entity == Entity::Contact
        && mapping::record(row, references, mapping)?
            .get(Field::PersonOrganization)
            .is_none()
    {
        let company = RecordKey::new(Entity::Company, company.as_str());
        row.left.entry(Field::PersonOrganization).or_insert(company);
    }
    Ok(())
}

/// What was sent is what was agreed on. Whatever else the record shows by now is an edit of somebody, and has to travel.
fn as_sent(
    write: &plan::Write,
    instead: &BTreeMap<Field, Option<Value>>,
    shown: model::Record,
) -> model::Record {
    let sent = write.fields.iter().chain(instead);
    sent.fold(shown, |record, (field, value)| {
        record.with(*field, value.clone())
    })
}

/// How long to wait before it is found out whether the write replaced somebody's edit unseen; nothing where it cannot have. Of
/// a change in Pipedrive its own webhook tells soon; whose main company was replaced Propstreet's timeline tells at once.
fn audit_wait<S: Store>(core: &Core<S>, row: &OutboxRow, moved: bool) -> Option<i64> {
    let write = &row.write;
    if !core.safeguards.overwrite_audit || write.operation != Operation::Update {
        return None;
    }
    match write.side {
        Side::Pipedrive => {
            (!send::is_marker_only(write) && moved).then_some(core.settings.timing.audit_wait)
        }
        Side::Propstreet => moves_main_company(row).then_some(0),
    }
}

/// Whether the write made another company a contact's main one.
pub(crate) fn moves_main_company(row: &OutboxRow) -> bool {
    let wanted = row.write.fields.get(&Field::PersonOrganization);
    row.write.carrier == Carrier::Link
        && matches!(wanted, Some(Some(_)))
        && row.before.value(Field::PersonOrganization).is_some()
}

pub(crate) fn not_applied(
    reason: &str,
    observation: Observation,
    disposition: Disposition,
) -> Outcome {
    Outcome::NotApplied {
        reason: reason.to_owned(),
        observation,
        forget: Vec::new(),
        disposition,
    }
}

/// Parked until a late write has happened or never will, and lists have caught up.
pub(crate) fn unknown_since<S: Store>(core: &Core<S>, sent_at: Timestamp) -> Outcome {
    let grace = if core.safeguards.grace {
        core.settings.timing.grace
    } else {
        0
    };
    Outcome::Unknown {
        parked_until: time::plus_millis(sent_at, grace).max(core.now()),
        problem: None,
    }
}

/// What follows from an error of a call; `was_sent` tells whether the write itself failed, or a read before it.
pub(crate) async fn of_error<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    error: CallError,
    was_sent: bool,
) -> Result<Outcome, EngineError> {
    let now = core.now();
    let attempts = target.view.lane.attempts;
    let attempt = Attempt {
        number: attempts + 1,
        now,
        jitter: core.randomness.next(),
    };
    Ok(match next_step(&error, attempt) {
        // Waiting for a limit is no failure of the record.
        NextStep::RetryAt(until) if matches!(error, CallError::NotNow { .. }) => Outcome::PutOff {
            until,
            problem: None,
        },
        NextStep::RetryAt(until) => Outcome::PutOff {
            until,
            problem: Some(said(target, "unreachable", &error)),
        },
        NextStep::Resolve if was_sent => unknown_since(core, now),
        NextStep::Replan | NextStep::Resolve => {
            let observation = look(core, target).await?;
            let disposition = if shows_news(target, &observation) {
                Disposition::Rest
            } else {
                // What stands in the way is not seen yet; asking again at once would not change that.
                Disposition::PutOff {
                    until: retry_at(&core.settings.timing, attempts, core.randomness.next(), now),
                    problem: Some(said(target, "changed_meanwhile", &error)),
                }
            };
            not_applied(
                "the record changed since it was read",
                observation,
                disposition,
            )
        }
        NextStep::FindExisting => existing(core, target, &error).await?,
        NextStep::Quarantine => {
            notice_refusal(core, target);
            not_applied(
                "refused",
                Observation::none(),
                Disposition::Quarantine {
                    problem: said(target, "refused", &error),
                },
            )
        }
        NextStep::StopSide => {
            let until = retry_at(&core.settings.timing, attempts, core.randomness.next(), now);
            core.close_side(target.row.write.side, until);
            Outcome::PutOff {
                until,
                problem: Some(said(target, "not_allowed", &error)),
            }
        }
    })
}

/// Pipedrive refuses a whole write for a field or an option that is not there any more.
fn notice_refusal<S: Store>(core: &Core<S>, target: &Target<'_>) {
    if target.row.write.side == Side::Pipedrive
        && let Some(entity) = crate::definitions::setting::entity_of(target.kind())
    {
        let clue = format!("refused:{}", target.row.id);
        core.noticed.want(entity, &clue, core.now());
    }
}

/// The record as it is now, for the next plan.
async fn look<S: Store>(core: &Core<S>, target: &Target<'_>) -> Result<Observation, EngineError> {
    let pair = target.view.pair.as_ref();
    let Some(key) = pair.and_then(|pair| pair.record(target.row.write.side)) else {
        return Ok(Observation::none());
    };
    let mut observation = remote::look(core, &key, target.view.rows.get(key.side()).as_ref())
        .await?
        .unwrap_or_else(|_| Observation::none());
    if target.row.write.carrier == Carrier::Prospect {
        let own = members::look_at_own(core, target).await?;
        observation.rows.extend(own.rows);
        observation.gone.extend(own.gone);
    }
    if target.row.write.carrier == Carrier::Link {
        let gone = mirror::links_that_ended(target.view, &observation);
        observation.gone.extend(gone);
        if let WantedPlace::At(company) =
            link::wanted_place(&target.row.write, &target.view.references)
        {
            let company = RecordKey::new(Entity::Company, company.as_str());
            if let Ok(seen) = remote::look(core, &company, None).await? {
                observation.gone.extend(seen.gone);
            }
        }
    }
    Ok(observation)
}

/// Whether the record is seen otherwise than the write was planned from.
fn shows_news(target: &Target<'_>, observation: &Observation) -> bool {
    let known = target.view.rows.get(target.row.write.side).as_ref();
    let is_new = |row: &MirrorRow| {
        known.is_none_or(|known| {
            known.remote_version != row.remote_version
                || known.deleted_at.is_some() != row.deleted_at.is_some()
        })
    };
    !observation.gone.is_empty() || observation.rows.iter().any(is_new)
}

/// A side that had to be asked before something is done could not be.
pub(crate) fn unasked<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    (side, error): (Side, &CallError),
) -> Outcome {
    let attempts = target.view.lane.attempts;
    let now = core.now();
    if let CallError::NotNow { retry_at, .. } = error {
        // Waiting for a limit is no failure of the record.
        return Outcome::PutOff {
            until: (*retry_at).max(now),
            problem: None,
        };
    }
    let until = retry_at(&core.settings.timing, attempts, core.randomness.next(), now);
    let code = if let CallError::NotAllowed(_) = error {
        core.close_side(side, until);
        "not_allowed"
    } else {
        "unasked"
    };
    let record = record_named(target);
    let message = format!(
        "Before a {record} is written, {side} has to be asked, and that failed: {error}. It is asked again by itself; if this \
         goes on, check the service with `pipestreet doctor`"
    );
    Outcome::PutOff {
        until,
        problem: Some(with_call(target, error, problem(code, message))),
    }
}

/// The record as it is read is older than what is known of it: copies catch up within seconds, or something is wrong.
pub(crate) fn behind<S: Store>(core: &Core<S>, target: &Target<'_>) -> Outcome {
    let attempts = target.view.lane.attempts;
    let timing = &core.settings.timing;
    let record = record_named(target);
    let message = format!(
        "A {record} is shown older than it was told before. It is read again by itself before it is written"
    );
    Outcome::PutOff {
        until: retry_at(timing, attempts, core.randomness.next(), core.now()),
        problem: Some(problem("behind", message)),
    }
}

/// "It exists already": the marker says whether it is ours; anything else needs a person.
async fn existing<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    error: &CallError,
) -> Result<Outcome, EngineError> {
    match made::find_created(core, target).await? {
        Ok(Some(found)) => return applied(core, target, found),
        Ok(None) => {}
        // It is made again later, and is there again then.
        Err(error) => return Ok(unasked(core, target, (target.row.write.side, &error))),
    }
    let problem = said(target, "exists_already", error);
    Ok(not_applied(
        "it exists already",
        Observation::none(),
        Disposition::Quarantine { problem },
    ))
}

/// What could not be written and why, in words.
fn said(target: &Target<'_>, code: &str, error: &CallError) -> Problem {
    let what = match target.row.write.operation {
        Operation::Create => "be created",
        Operation::Update => "be changed",
        Operation::Delete => "be deleted",
    };
    let advice = match code {
        "unreachable" => "It is tried again by itself",
        "not_allowed" => {
            "Check the credentials and permissions with `pipestreet doctor`; it is tried again by itself"
        }
        "changed_meanwhile" => "It is planned and tried again by itself",
        "exists_already" => {
            "Another record there uses the same address or id and is not known here yet. Run `pipestreet sync`, or merge the two"
        }
        _ => {
            "Correct the record on either side, then it is tried again by itself, or run `pipestreet quarantine retry`"
        }
    };
    let record = record_named(target);
    let message = format!("A {record} could not {what}: {error}. {advice}");
    with_call(target, error, problem(code, message))
}

/// Why it cannot be found out yet what became of a write, in words.
pub(crate) fn said_unresolved(target: &Target<'_>, error: &CallError) -> Problem {
    let what = match target.row.write.operation {
        Operation::Create => "created",
        Operation::Update => "changed",
        Operation::Delete => "deleted",
    };
    let record = record_named(target);
    let message = format!(
        "Whether a {record} was {what} is not known, because the answer was lost and asking for it failed: {error}. It is \
         asked again by itself; if this goes on, check the service with `pipestreet doctor`"
    );
    with_call(target, error, problem("unresolved", message))
}

fn record_named(target: &Target<'_>) -> String {
    let side = target.row.write.side;
    let pair = target.view.pair.as_ref();
    let other = pair.and_then(|pair| pair.record(side.other()));
    let of = other.map_or_else(String::new, |key| format!(" for {key}"));
    format!("{side} record{of}")
}

/// With what was sent and what came back, redacted.
fn with_call(target: &Target<'_>, error: &CallError, problem: Problem) -> Problem {
    let refusal = match error {
        CallError::Refused(refusal)
        | CallError::AlreadyExists(refusal)
        | CallError::NotAllowed(refusal) => Some(refusal),
        CallError::NotNow { .. }
        | CallError::Unreachable { .. }
        | CallError::OutcomeUnknown { .. }
        | CallError::Stale
        | CallError::NotFound
        | CallError::Gone
        | CallError::Unreadable { .. } => None,
    };
    Problem {
        request: Some(fields_named(target)),
        answer: refusal.map(|refusal| refusal.message.redacted()),
        ..problem
    }
}

fn fields_named(target: &Target<'_>) -> String {
    let names: Vec<&str> = target
        .row
        .write
        .fields
        .keys()
        .map(|field| field.name())
        .collect();
    format!(
        "{:?} of {}",
        target.row.write.operation,
        if names.is_empty() {
            "our marker".to_owned()
        } else {
            names.join(", ")
        }
    )
}
