//! Finding out what became of a write whose answer was lost, after late writes have happened and lists have caught up.
//!
//! In: an outbox row of unknown outcome whose time is up. Out: applied, with what the side shows; or not applied, so that the
//! pair is planned, and the write made, again. What became of a create is in `made`.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, Priority};
use model::{Carrier, Field, Kind, RecordKey, Side, Timestamp};
use plan::Operation;
use propstreet::Change;
use store::{
    Disposition, LaneView, MatchKeyKind, MirrorRow, Observation, OutboxRow, Outcome, Store,
};

use crate::core::Core;
use crate::delivery::call::{Answered, Target, Told};
use crate::delivery::made::{Answer, Found, created};
use crate::delivery::outcome::{applied, not_applied, said_unresolved};
use crate::delivery::{evidence, main_company, members, note, told_by_changelog};
use crate::failure::EngineError;
use crate::mapping::link::{self, WantedPlace};
use crate::remote;
use crate::{failure, mapping, mirror};

pub(crate) async fn resolve<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    row: &OutboxRow,
    sent_at: Timestamp,
) -> Result<Outcome, EngineError> {
    if let Some(until) = core.side_closed_until(row.write.side) {
        return Ok(Outcome::PutOff {
            until,
            problem: None,
        });
    }
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
        Operation::Update if row.write.carrier == Carrier::Members => {
            members::resolve(core, &target, sent_at).await?
        }
        Operation::Update if row.write.carrier == Carrier::Prospect => {
            members::resolve_classified(core, &target).await?
        }
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

/// It is still unknown; asked again later, however long that takes: a write that may have happened is never given up.
fn later<S: Store>(core: &Core<S>, target: &Target<'_>, error: &CallError) -> Outcome {
    let attempts = target.view.lane.attempts;
    let now = core.now();
    if let CallError::NotNow { retry_at, .. } = error {
        // Waiting for a limit is no failure of the record.
        return Outcome::PutOff {
            until: (*retry_at).max(now),
            problem: None,
        };
    }
    let until = failure::retry_at(&core.settings.timing, attempts, core.randomness.next(), now);
    if let CallError::NotAllowed(_) = error {
        core.close_side(target.row.write.side, until);
    }
    Outcome::PutOff {
        until,
        problem: Some(said_unresolved(target, error)),
    }
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
    } else if target.kind() == Kind::Note {
        let call = CallContext::new(Priority::Change, "resolve");
        let changed = Box::pin(note::was_changed(core, target, shown, &call)).await;
        changed.map(Trace::of)
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
    let mut instead = plan::plan::values_of(&record, fields.iter().copied());
    instead.extend(note::shown_instead(target));
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
            let told =
                told_by_changelog::was_carried_out(core, row, (target.kind(), id), &call).await?;
            Ok(told.map(Trace::of))
        }
        (Side::Pipedrive, None) => Ok(Ok(Trace::None)),
        (Side::Propstreet, _) => {
            let Some(after) = row.before.changed_at else {
                return Ok(Ok(Trace::None));
            };
            let changes =
                match evidence::timeline(core, (target.kind(), record), after, &call).await {
                    Ok(changes) => changes,
                    Err(error) => return Ok(Err(error)),
                };
            let is_first_place = match row.write.carrier {
                Carrier::Record | Carrier::Closing | Carrier::Members | Carrier::Prospect => false,
                Carrier::Link => {
                    match main_company::was_first_place(core, row, record, after).await? {
                        Ok(is_first_place) => is_first_place,
                        Err(error) => return Ok(Err(error)),
                    }
                }
            };
            let is_ours = |change: &&Change| core.propstreet.is_ours(change);
            let (ours, others): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(is_ours);
            Ok(Ok(tells_of(target, (&ours, &others), is_first_place)))
        }
    }
}

/// Whether our changes since the version that the write was planned from are the write, as a whole. One write of a pair is
/// under way at a time, so that there is no other of ours; but a place is taken in several calls.
fn tells_of(
    target: &Target<'_>,
    (ours, others): (&[&Change], &[&Change]),
    is_first_place: bool,
) -> Trace {
    let write = &target.row.write;
    let changed = ours.iter().any(|change| change.changes_link());
    let wanted = match write.carrier {
        Carrier::Record | Carrier::Closing | Carrier::Members | Carrier::Prospect => {
            return Trace::of(ours.iter().any(|change| change.link.is_none()));
        }
        Carrier::Link => link::wanted_place(write, &target.view.references),
    };
    match wanted {
        WantedPlace::Nowhere => match ours.iter().find(|change| change.ends_link()) {
            None => Trace::None,
            Some(ended) => {
                let heir = ours.iter().any(|change| change.moves_main_flag());
                let has_moved = others.iter().any(|change| {
                    let is_of_place =
                        change.moves_main_flag() || change.makes_link() || change.ends_link();
                    is_of_place && change.at > ended.at
                });
                if heir && !has_moved {
                    Trace::LeftElsewhere
                } else {
                    Trace::Whole
                }
            }
        },
        WantedPlace::AsIs => Trace::of(changed),
        WantedPlace::At(_) | WantedPlace::Unknown => {
            // A contact's first link is the main one by itself.
            Trace::of(changed || is_first_place)
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
            members: None,
            gone: observation.gone,
            told: Told::Looking {
                instead: BTreeMap::new(),
            },
        })));
    }
    Ok(Ok(Found::No(observation)))
}
