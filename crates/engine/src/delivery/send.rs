//! Sending a planned write: still as expected? → keep what it will replace → call → outcome.
//!
//! In: a planned outbox row with its lane. Out: what became of it. Pipedrive has no versions, so the record is read right
//! before it is changed; Propstreet refuses a write planned from an older version by itself.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, Priority};
use model::{Carrier, Entity, Field, Side};
use plan::plan::values_of;
use plan::{Operation, Write};
use store::{
    Authority, Disposition, LaneView, MirrorRow, Observation, OutboxRow, Outcome, Snapshot, Store,
};

use crate::core::Core;
use crate::delivery::call::{self, Target};
use crate::delivery::lost_place::{Lost, lost_place};
use crate::delivery::{members, outcome};
use crate::failure::EngineError;
use crate::mapping;
use crate::remote;

const NO_FIELD: &str = "Pipedrive has no field for it at present";

pub(crate) async fn send<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    row: &OutboxRow,
) -> Result<Outcome, EngineError> {
    let write = &row.write;
    if let Some(until) = core.side_closed_until(write.side) {
        return Ok(Outcome::PutOff {
            until,
            problem: view.lane.problem.clone(),
        });
    }
    let context = CallContext::new(Priority::Change, purpose(row));
    let mut target = Target {
        view,
        row,
        current: view.rows.get(write.side).clone(),
    };
    // A write that had to wait may be older than what the mirror shows: it was not planned to replace that.
    if view.lane.version > view.lane.planned_version {
        return Ok(outcome::not_applied(
            "the pair changed before it was written",
            Observation::none(),
            Disposition::Rest,
        ));
    }
    if let Some(instead) = instead_of_sending(core, &mut target, &context).await? {
        return Ok(instead);
    }
    let snapshot = snapshot(core, &target)?;
    let row = core
        .store
        .commit_intent(&core.lease, row.id, snapshot, core.now())
        .await?;
    let target = Target {
        row: &row,
        ..target
    };
    if row.write.carrier == Carrier::Members {
        return members::send(core, &target, &context).await;
    }
    match call::make(core, &target, &context).await {
        Ok(answered) => outcome::applied(core, &target, answered),
        Err(error) => outcome::of_error(core, &target, error, true).await,
    }
}

/// What becomes of a write whose ground has moved: it is not sent. Otherwise the target is as it was read last.
async fn instead_of_sending<S: Store>(
    core: &Core<S>,
    target: &mut Target<'_>,
    context: &CallContext,
) -> Result<Option<Outcome>, EngineError> {
    let dropped = |reason: &str, observation| {
        Some(outcome::not_applied(reason, observation, Disposition::Rest))
    };
    match lost_place(core, target, context).await? {
        Ok(None) => {}
        Ok(Some(Lost::WithOrganization(observation))) => {
            let reason = "the organization was deleted, and nobody has let it go";
            return Ok(dropped(reason, *observation));
        }
        Ok(Some(Lost::WithContact)) => {
            return Ok(Some(Outcome::NotApplied {
                reason: "the contact was deleted and restored, and nobody has let its place go"
                    .to_owned(),
                observation: Observation::none(),
                forget: vec![Field::PersonOrganization, Field::PersonJobTitle],
                disposition: Disposition::Rest,
            }));
        }
        Err(error) => {
            let source = target.row.write.side.other();
            return Ok(Some(outcome::unasked(core, target, (source, &error))));
        }
    }
    if has_no_field(core, target)? {
        return Ok(dropped(NO_FIELD, Observation::none()));
    }
    if !needs_reading(&target.row.write) {
        return Ok(None);
    }
    Ok(match read_before(core, target, context).await? {
        Before::AsExpected(fresh) => {
            target.current = Some(fresh);
            None
        }
        Before::Behind => Some(outcome::behind(core, target)),
        Before::Moved(observation) => {
            dropped("the record changed before it was written", observation)
        }
        Before::Failed(error) => Some(outcome::of_error(core, target, error, false).await?),
    })
}

/// Whether Pipedrive has no field for something that the write carries: it would be left out, and count as written.
fn has_no_field<S: Store>(core: &Core<S>, target: &Target<'_>) -> Result<bool, EngineError> {
    let write = &target.row.write;
    if write.side != Side::Pipedrive || write.operation == Operation::Delete {
        return Ok(false);
    }
    let untold = mapping::untold(target.kind(), target.current.as_ref(), &core.mapping()?)?;
    let carries = |field: &Field| write.fields.contains_key(field);
    Ok((write.marker && untold.marker) || untold.fields.iter().any(carries))
}

fn purpose(row: &OutboxRow) -> &'static str {
    match row.write.operation {
        Operation::Create => "create",
        Operation::Delete => "delete",
        Operation::Update if row.write.fields.is_empty() => "write-back",
        Operation::Update => "update",
    }
}

/// Pipedrive records are read before users' fields are changed. Our own marker nobody else writes.
fn needs_reading(write: &Write) -> bool {
    let is_of_record = write.carrier != Carrier::Members && !is_marker_only(write);
    write.side == Side::Pipedrive && write.operation != Operation::Create && is_of_record
}

pub(crate) fn is_marker_only(write: &Write) -> bool {
    write.operation == Operation::Update && write.fields.is_empty()
}

enum Before {
    AsExpected(MirrorRow),
    Moved(Observation),
    /// The answer was older than what is known already: it came from a copy that lags.
    Behind,
    Failed(CallError),
}

async fn read_before<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    context: &CallContext,
) -> Result<Before, EngineError> {
    let Some(known) = &target.current else {
        return Ok(Before::Moved(Observation::none()));
    };
    let mapping = core.mapping()?;
    let mut fresh = match remote::read(core, &known.key, context).await {
        Ok(Some(fresh)) => fresh,
        Ok(None) => {
            return Ok(Before::Moved(Observation {
                gone: vec![known.key.clone()],
                ..Observation::none()
            }));
        }
        Err(error) => return Ok(Before::Failed(error)),
    };
    if fresh.remote_time < known.remote_time {
        return Ok(Before::Behind);
    }
    let seen_at = core.seen_at(&fresh);
    mapping::note_changes(&mut fresh, Some(known), seen_at, &mapping)?;
    let references = &target.view.references;
    let same = fresh.deleted_at.is_some() == known.deleted_at.is_some()
        && mapping::record(&fresh, references, &mapping)?
            == mapping::record(known, references, &mapping)?;
    if same {
        return Ok(Before::AsExpected(fresh));
    }
    // Times are whole seconds: within one, a copy that lags shows another record of the same time. A second look settles it.
    let authority = if fresh.remote_time == known.remote_time {
        Authority::Page
    } else {
        Authority::Read
    };
    Ok(Before::Moved(Observation {
        authority,
        rows: vec![fresh],
        ..Observation::none()
    }))
}

/// How the record stands right before the write.
fn snapshot<S: Store>(core: &Core<S>, target: &Target<'_>) -> Result<Snapshot, EngineError> {
    let write = &target.row.write;
    if matches!(write.carrier, Carrier::Members | Carrier::Prospect) {
        return Ok(members::snapshot(target));
    }
    let fields = write.fields.keys().copied();
    let makes_record = write.operation == Operation::Create && write.carrier == Carrier::Record;
    let Some(current) = target.current.as_ref().filter(|_| !makes_record) else {
        return Ok(Snapshot {
            fields: fields.map(|field| (field, None)).collect(),
            ..Snapshot::default()
        });
    };
    let record = mapping::record(current, &target.view.references, &core.mapping()?)?;
    let others = match current.key.entity {
        Entity::Person => mapping::person::others(&mapping::parse(current)?),
        Entity::Organization
        | Entity::Contact
        | Entity::Company
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
        | Entity::TimelineNote => BTreeMap::new(),
    };
    let is_written = |field: &Field| write.fields.contains_key(field);
    // All entries are audited one by one where all of them are written.
    let is_whole = |field: &Field| field.all_of().is_some_and(|all| is_written(&all));
    // A title goes along with its place.
    let title = (write.carrier == Carrier::Link).then_some(Field::PersonJobTitle);
    Ok(Snapshot {
        fields: values_of(&record, fields.chain(title)),
        changed_at: Some(current.remote_time),
        others: others
            .into_iter()
            .filter(|(field, _)| is_written(field) && !is_whole(field))
            .collect(),
    })
}
