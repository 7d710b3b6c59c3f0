//! A pair: what `plan` is shown of it, and how its answer is kept.
//!
//! In: a lane with its pair and both mirror rows. Out: one transaction with base, conflicts and at most one outbox row.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    BySide, Field, Kind, Pair, PairId, PairState, Record, RecordKey, RemoteId, Side, Timestamp,
    time,
};
use plan::{
    DealView, Evidence, Markers, Members, Operation, PairView, Plan, Presence, StageMeaning,
    StateChange, Write,
};
use store::{
    Disposition, HistoryKind, LaneKey, LaneView, MatchKeyKind, MirrorRow, NewHistory, NewOutboxRow,
    PairFormation, PairReference, PlanCommit, Store,
};

use crate::core::Core;
use crate::deals;
use crate::deals::members::Moves;
use crate::failure::{EngineError, problem};
use crate::intake::poll;
use crate::mapping::{self, MappingContext, Untold};
use crate::planning::{breakers, nothing, pairing};

/// How soon a pair that is being taken apart is looked at again while an audit of it is not done.
const LOOK_FOR_AUDIT_MILLIS: i64 = 5_000;

/// Name of the fact that says into which record another one was merged.
#[must_use]
pub fn fact_merged(record: &model::RecordKey) -> String {
    format!("merged:{record}")
}

pub(crate) async fn plan_pair<S: Store>(
    core: &Core<S>,
    view: &LaneView,
) -> Result<PlanCommit, EngineError> {
    let Some(pair) = &view.pair else {
        return Ok(nothing(view, Disposition::Rest));
    };
    if let Some(side) = unread_side(view, pair) {
        // The pair names a record that was never read: ask for it rather than guess.
        let key = pair.record(side).expect("a side with an id has a record");
        return Ok(nothing(
            view,
            Disposition::Quarantine {
                problem: problem(
                    "unread",
                    format!(
                        "{key} is paired but was never read; run `pipestreet quarantine retry`"
                    ),
                ),
            },
        ));
    }
    if let Some(commit) = merged(core, view, pair).await? {
        return Ok(commit);
    }
    if matches!(pair.state, PairState::Parting { .. }) && !view.audits.is_empty() {
        // What our last write may have replaced belongs into the journal of this pair.
        let until = time::plus_millis(core.now(), LOOK_FOR_AUDIT_MILLIS);
        let later = Disposition::PutOff {
            until,
            problem: None,
        };
        return Ok(nothing(view, later));
    }
    if let Some(row) = &view.rows.pipedrive
        && mapping::is_worth_a_look(row, &core.mapping()?)?
    {
        poll::look_again(core, row.key.clone()).await?;
    }
    let plan = decide_pair(core, view, pair)?;
    crate::definitions::making::want(core, &plan.notes).await?;
    keep(core, view, pair, plan).await
}

/// Asks `plan`. Pure but for what it is shown.
pub fn decide_pair<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    pair: &Pair,
) -> Result<Plan, EngineError> {
    let mapping = core.mapping()?;
    let records = records_of(view, &mapping)?;
    let around = surroundings(view, &mapping, core.now())?;
    let without_base;
    let pair = if core.safeguards.merge_base {
        pair
    } else {
        without_base = Pair {
            base: BySide::default(),
            ..pair.clone()
        };
        &without_base
    };
    let mut plan = plan::decide(
        &view_of(core, view, pair, &records, &around),
        &core.settings.policies,
    );
    let has_no_place = pair.kind == Kind::Deal && mapping.places.new_deals().is_none();
    if around.untold.marker || has_no_place {
        // What is made without our marker could be made twice.
        plan.writes
            .retain(|write| write.operation != Operation::Create || write.side != Side::Pipedrive);
    }
    Ok(plan)
}

/// Both sides' records, mapped; empty where there is no row.
pub(crate) fn records_of(
    view: &LaneView,
    mapping: &MappingContext,
) -> Result<BySide<Option<Record>>, EngineError> {
    let record = |side: Side| {
        view.rows
            .get(side)
            .as_ref()
            .map(|row| mapping::record(row, &view.references, mapping))
            .transpose()
    };
    let mut records = BySide {
        pipedrive: record(Side::Pipedrive)?,
        propstreet: record(Side::Propstreet)?,
    };
    deals::members::put_into(&mut records, view, mapping);
    deals::properties::put_into(&mut records, view, mapping);
    Ok(records)
}

/// What a plan depends on besides the pair's own records.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    labels: BTreeSet<String>,
    ended_records: BTreeSet<RecordKey>,
    ended_pairs: BTreeSet<(PairId, Side)>,
    untold: Untold,
    is_in_scope: bool,
    stages: Vec<StageMeaning>,
    members: Option<Members>,
}

pub(crate) fn surroundings(
    view: &LaneView,
    mapping: &MappingContext,
    now: Timestamp,
) -> Result<Surroundings, EngineError> {
    let is_over = |known: &&PairReference| matches!(known.pair, Some((_, _, false)));
    let ended = || view.references.iter().filter(is_over);
    let pairs = ended()
        .filter(|known| known.is_deleted)
        .filter_map(|known| {
            let (pair, _, _) = known.pair.as_ref()?;
            Some((*pair, known.record.side()))
        });
    let kind = match (&view.pair, &view.lane.key) {
        (Some(pair), _) => pair.kind,
        (None, LaneKey::Record(record)) => record.kind_of_pair(),
        (None, LaneKey::Pair(_)) => Kind::Person,
    };
    let deal = view.rows.pipedrive.as_ref();
    let deal = deal.filter(|_| kind == Kind::Deal);
    let pipeline = deal.and_then(deals::pipeline_of);
    Ok(Surroundings {
        // The deal of a project is made in a pipeline that is.
        is_in_scope: match deal {
            Some(deal) => deals::is_in_scope(&mapping.places, deal),
            None => mapping.places.has_pipelines(),
        },
        stages: pipeline.map_or_else(Vec::new, |id| mapping.places.meanings(id).to_vec()),
        untold: mapping::untold(kind, view.rows.pipedrive.as_ref(), mapping)?,
        members: deals::members::known(view, mapping, now),
        labels: mapping.definitions.label_names(),
        ended_records: ended().map(|known| known.record.clone()).collect(),
        ended_pairs: pairs.collect(),
    })
}

pub(crate) fn view_of<'a, S: Store>(
    core: &Core<S>,
    view: &'a LaneView,
    pair: &'a Pair,
    records: &'a BySide<Option<Record>>,
    around: &'a Surroundings,
) -> PairView<'a> {
    let shown = |side: Side| match (view.rows.get(side), records.get(side)) {
        (Some(row), Some(record)) if row.deleted_at.is_none() => Presence::Live(record),
        (Some(_), _) => Presence::Deleted,
        (None, _) => Presence::Missing,
    };
    let evidence = |side: Side| {
        let row = view.rows.get(side).as_ref();
        Evidence {
            field_seen_at: row.map_or_else(BTreeMap::new, |row| row.field_seen_at.clone()),
            left: row.map_or_else(BTreeMap::new, |row| row.left.clone()),
            uncertainty_millis: core.clock_offset(side).1 + mapping::resolution_millis(side),
        }
    };
    let markers = match pair.state {
        // Notes carry no id that could be added or taken off: the key that one was made under stays.
        _ if pair.kind == Kind::Note => {
            let is_there = !matches!(pair.state, PairState::Parting { .. });
            Markers {
                on_pipedrive: is_there,
                on_propstreet: is_there,
            }
        }
        PairState::Parting { .. } => Markers {
            on_pipedrive: !around.untold.marker
                && is_marked(view.rows.pipedrive.as_ref(), pair.ids.propstreet.as_ref()),
            on_propstreet: is_marked(view.rows.propstreet.as_ref(), pair.ids.pipedrive.as_ref()),
        },
        PairState::Active
        | PairState::Unlinked { .. }
        | PairState::Asked { .. }
        | PairState::Approved { .. }
        | PairState::Unmaking { .. }
        | PairState::Ended { .. } => Markers {
            on_pipedrive: around.untold.marker
                || carries(view.rows.pipedrive.as_ref(), pair.ids.propstreet.as_ref()),
            on_propstreet: carries(view.rows.propstreet.as_ref(), pair.ids.pipedrive.as_ref()),
        },
    };
    PairView {
        kind: pair.kind,
        pair,
        shown: BySide {
            pipedrive: shown(Side::Pipedrive),
            propstreet: shown(Side::Propstreet),
        },
        evidence: BySide {
            pipedrive: evidence(Side::Pipedrive),
            propstreet: evidence(Side::Propstreet),
        },
        markers,
        open_conflicts: &view.open_conflicts,
        expressible_labels: &around.labels,
        ended_records: &around.ended_records,
        ended_pairs: &around.ended_pairs,
        untold: &around.untold.fields,
        deal: (pair.kind == Kind::Deal).then_some(DealView {
            is_in_scope: around.is_in_scope,
            stages: &around.stages,
            members: around.members.as_ref(),
        }),
    }
}

fn carries(row: Option<&MirrorRow>, id: Option<&RemoteId>) -> bool {
    // Nothing to carry yet.
    row.is_none() || id.is_none() || is_marked(row, id)
}

fn is_marked(row: Option<&MirrorRow>, id: Option<&RemoteId>) -> bool {
    let (Some(row), Some(id)) = (row, id) else {
        return false;
    };
    row.match_keys
        .iter()
        .any(|key| key.kind == MatchKeyKind::Marker && key.value == id.as_str())
}

fn unread_side(view: &LaneView, pair: &Pair) -> Option<Side> {
    Side::BOTH
        .into_iter()
        .find(|side| pair.ids.get(*side).is_some() && view.rows.get(*side).is_none())
}

/// A record that was merged into another one: the pair follows, unless the survivor has a pair of its own.
async fn merged<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    pair: &Pair,
) -> Result<Option<PlanCommit>, EngineError> {
    let side = Side::Pipedrive;
    let Some(row) = view.rows.get(side) else {
        return Ok(None);
    };
    if row.deleted_at.is_none() || pair.state != PairState::Active {
        return Ok(None);
    }
    let Some(survivor) = core.store.fact(core.ctx(), &fact_merged(&row.key)).await? else {
        return Ok(None);
    };
    let survivor = model::RecordKey::new(row.key.entity, survivor.as_str());
    let found = core.store.mirror_row(core.ctx(), &survivor).await?;
    let Some(found) = found.filter(|row| row.deleted_at.is_none()) else {
        return Ok(None);
    };
    if let Some(maker) = pairing::maker_of(core, &found).await? {
        return Ok(Some(PlanCommit {
            waits_for: vec![maker],
            ..nothing(view, Disposition::Rest)
        }));
    }
    if core.store.pair_of(core.ctx(), &survivor).await?.is_some() {
        return Ok(None);
    }
    let why = format!("{} was merged into {survivor}", row.key);
    Ok(Some(PlanCommit {
        formation: Some(PairFormation::Repoint {
            pair: pair.id,
            side,
            id: survivor.id,
        }),
        history: vec![NewHistory {
            kind: HistoryKind::Repointed,
            side,
            field: None,
            before: None,
            after: None,
            why,
        }],
        ..nothing(view, Disposition::Rest)
    }))
}

/// Whether a write puts an end to what one side says of a field.
fn ends(write: &Write, field: Field) -> bool {
    let mut fields = [Some(field), plan::goes_with(field)].into_iter().flatten();
    fields.any(|field| write.fields.contains_key(&field))
}

async fn keep<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    pair: &Pair,
    mut plan: Plan,
) -> Result<PlanCommit, EngineError> {
    if let Some(deleted_on) = deleted_side(&plan).filter(|_| !is_a_persons_word(pair))
        && let Some(disposition) = breakers::too_many_deletes(core, pair, deleted_on).await?
    {
        return Ok(nothing(view, disposition));
    }
    let write = next_write(&mut plan, view);
    if let Some(write) = &write
        && let Some(disposition) = stopped(core, view, pair, write).await?
    {
        return Ok(nothing(view, disposition));
    }
    let (with_write, without): (Vec<_>, Vec<_>) =
        plan.conflicts.into_iter().partition(|conflict| {
            conflict.winner.is_some()
                && write
                    .as_ref()
                    .is_some_and(|write| ends(write, conflict.field))
        });
    // A conflict whose write is not this one is planned again, and journaled, with its own write.
    let conflicts = without
        .into_iter()
        .filter(|conflict| conflict.winner.is_none() || write.is_none())
        .collect();
    let outbox = write.map(|write| NewOutboxRow {
        if_match: if_match(core, view, &write),
        idempotency_key: idempotency_key(core, view, &write),
        conflicts: with_write,
        write,
    });
    let history = plan
        .state
        .iter()
        .map(|change| state_history(change, pair))
        .collect();
    Ok(PlanCommit {
        base: plan.base,
        state: plan.state.map(|change| change.at(core.now())),
        conflicts,
        settled_conflicts: plan.settled_conflicts,
        settled_restores: plan.settled_restores,
        outbox,
        waits_for: plan.waits_for,
        notes: plan.notes,
        history,
        ..nothing(view, Disposition::Rest)
    })
}

/// Whether a brake holds a write up.
async fn stopped<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    pair: &Pair,
    write: &Write,
) -> Result<Option<Disposition>, EngineError> {
    match Moves::planned(write, view) {
        Some(moves) => breakers::of_members(core, pair, write.side, &moves).await,
        None => breakers::swinging(core, pair.id, write).await,
    }
}

/// The first write that can be carried out now. A person is not made in Pipedrive before their organization is there, and our
/// marker rides on the write that follows then. Nothing is put off for an organization whose pair is over: it may never come.
fn next_write(plan: &mut Plan, view: &LaneView) -> Option<Write> {
    let first = plan.writes.first()?;
    let can_wait = first.operation == Operation::Create || first.fields.is_empty();
    let is_over = |record: &RecordKey| {
        let known = view.references.iter().find(|known| known.record == *record);
        known.is_some_and(|known| matches!(known.pair, Some((_, _, false))))
    };
    let is_worth_waiting = plan.waits_for.iter().any(|record| !is_over(record));
    // A deal waits for nobody who takes part in it.
    let is_of_deal = view
        .pair
        .as_ref()
        .is_some_and(|pair| pair.kind == Kind::Deal);
    if can_wait && first.side == Side::Pipedrive && is_worth_waiting && !is_of_deal {
        return None;
    }
    Some(plan.writes.remove(0))
}

/// The counterpart of a note is found by its key, so that tells which note it is of.
fn idempotency_key<S: Store>(core: &Core<S>, view: &LaneView, write: &Write) -> String {
    let makes_note = write.operation == Operation::Create
        && write.side == Side::Propstreet
        && write.fields.contains_key(&Field::NoteText);
    let source = view.rows.pipedrive.as_ref().filter(|_| makes_note);
    source.map_or_else(|| core.randomness.token(), mapping::note::idempotency_key)
}

fn if_match<S: Store>(core: &Core<S>, view: &LaneView, write: &Write) -> Option<String> {
    if write.side != Side::Propstreet || !core.safeguards.if_match {
        return None;
    }
    view.rows
        .propstreet
        .as_ref()
        .map(|row| row.remote_version.clone())
}

/// What a person asked for is no sign that something is wrong.
const fn is_a_persons_word(pair: &Pair) -> bool {
    matches!(
        pair.state,
        PairState::Approved { .. } | PairState::Unmaking { .. }
    )
}

fn deleted_side(plan: &Plan) -> Option<Side> {
    let deletes = plan
        .writes
        .iter()
        .find(|write| write.operation == Operation::Delete)
        .map(|write| write.side.other());
    let unlinks = plan.state.as_ref().and_then(|change| match change {
        StateChange::Unlink { deleted_on } => Some(*deleted_on),
        StateChange::Ask { .. } | StateChange::End | StateChange::Part | StateChange::Activate => {
            None
        }
    });
    deletes.or(unlinks)
}

fn state_history(change: &StateChange, pair: &Pair) -> NewHistory {
    let (kind, side, why) = match change {
        StateChange::Unlink { deleted_on } => (
            HistoryKind::Unlinked,
            *deleted_on,
            format!("deleted on {deleted_on}; the other record is kept and no longer synced"),
        ),
        StateChange::Ask { deleted_on } => (
            HistoryKind::Asked,
            *deleted_on,
            format!(
                "deleted on {deleted_on}; a person is asked whether the record in {} shall be deleted, too",
                deleted_on.other()
            ),
        ),
        StateChange::Part => (
            HistoryKind::Parted,
            Side::Pipedrive,
            "neither record carries the other's id any more".to_owned(),
        ),
        StateChange::End => (
            HistoryKind::Deleted,
            Side::Pipedrive,
            "both records are gone".to_owned(),
        ),
        StateChange::Activate => (
            HistoryKind::Paired,
            Side::Pipedrive,
            if matches!(pair.state, PairState::Unmaking { .. }) {
                format!("pair {} stays: what was made was edited since", pair.id)
            } else {
                format!("pair {} is back", pair.id)
            },
        ),
    };
    NewHistory {
        kind,
        side,
        field: None,
        before: None,
        after: None,
        why,
    }
}
