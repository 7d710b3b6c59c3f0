//! A note without a pair: is it the counterpart of one that is known, does it wait for its record, or is it made?
//!
//! In: a lane of one note. Out: a decision. Two notes are the same when one was made for the other, or when both say the same on
//! records that are a pair. Never by looking alike.

use model::{Kind, PairState, RecordKey, Side};
use plan::{MatchDecision, MatchRule, Operation};
use store::{
    Disposition, LaneView, MatchKey, MatchKeyKind, MatchRow, MirrorRow, PlanCommit, Store,
};

use crate::core::Core;
use crate::failure::EngineError;
use crate::mapping::{self, note};
use crate::planning::nothing;

/// What becomes of a note that cannot be paired now: it does not take part, or its record has no counterpart yet.
pub(super) fn instead_of_pairing<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    row: &MirrorRow,
) -> Result<Option<PlanCommit>, EngineError> {
    if !core.are_notes_open() || !crate::notes::takes_part(core, row) {
        return Ok(Some(nothing(view, Disposition::Rest)));
    }
    let record = mapping::record(row, &view.references, &core.mapping()?)?;
    if note::pair_of_record(&record).is_some() {
        return Ok(None);
    }
    Ok(Some(PlanCommit {
        waits_for: row.refers_to.first().cloned().into_iter().collect(),
        ..nothing(view, Disposition::Rest)
    }))
}

/// What is done with a note that is in no pair.
pub(super) async fn decide<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    row: &MirrorRow,
) -> Result<MatchDecision, EngineError> {
    let key = &row.key;
    if core.store.is_left_alone(core.ctx(), key).await? {
        return Ok(MatchDecision::LeftAlone {
            suggestions: Vec::new(),
        });
    }
    let mut found = counterparts(core, view, row).await?;
    let apart = core.store.kept_apart(core.ctx(), key).await?;
    found.retain(|known| known.row.deleted_at.is_none() && !apart.contains(&known.row.key));
    for known in &found {
        if is_being_made(core, known, key.side()).await? {
            return Ok(MatchDecision::WaitForRival {
                rival: known.row.key.clone(),
            });
        }
    }
    let has_marker = |known: &MatchRow| {
        let mut keys = known.keys.iter();
        keys.any(|key| key.kind == MatchKeyKind::Marker)
    };
    let free = found.iter().filter(|known| known.pair.is_none());
    let best = free.min_by_key(|known| (!has_marker(known), known.row.key.clone()));
    Ok(match best {
        Some(known) => MatchDecision::Pair {
            candidate: known.row.key.clone(),
            rule: if has_marker(known) {
                MatchRule::Marker
            } else {
                MatchRule::SameWords
            },
        },
        None => MatchDecision::Create {
            suggestions: Vec::new(),
        },
    })
}

/// Notes of the other side that were made for this one, that it was made for, or that say the same on its record's counterpart.
async fn counterparts<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    row: &MirrorRow,
) -> Result<Vec<MatchRow>, EngineError> {
    let side = row.key.side();
    let entity = Kind::Note.entity(side.other());
    let mut keys: Vec<MatchKey> = words_over_there(core, view, row)?.into_iter().collect();
    if side == Side::Pipedrive {
        keys.push(MatchKey {
            kind: MatchKeyKind::Marker,
            value: note::mark(row),
        });
    }
    let mut found = core.store.find_matches(core.ctx(), entity, &keys).await?;
    let carried = row.match_keys.iter();
    for carried in carried.filter(|key| key.kind == MatchKeyKind::Marker) {
        let Some(named) = note::marked(&carried.value) else {
            continue;
        };
        let known = core.store.mirror_row(core.ctx(), &named).await?;
        if let Some(known) = known.filter(|known| note::mark(known) == carried.value) {
            found.push(MatchRow {
                pair: core.store.pair_of(core.ctx(), &named).await?,
                row: known,
                keys: vec![carried.clone()],
            });
        }
    }
    Ok(found)
}

/// What a counterpart says that nobody has made for this note.
fn words_over_there<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    row: &MirrorRow,
) -> Result<Option<MatchKey>, EngineError> {
    let mapping = core.mapping()?;
    let record = mapping::record(row, &view.references, &mapping)?;
    let Some(pair) = note::pair_of_record(&record) else {
        return Ok(None);
    };
    let side = row.key.side().other();
    let kind = note::kind_of_record(row);
    let id = mapping::id_of(pair, side, &view.references);
    let on = kind.zip(id).map(|(kind, id)| RecordKey {
        entity: kind.entity(side),
        id,
    });
    Ok(on.and_then(|on| note::words_key(&on, &record)))
}

/// Whether a note is waiting for its counterpart on this side, which the note at hand may turn out to be.
async fn is_being_made<S: Store>(
    core: &Core<S>,
    known: &MatchRow,
    side: Side,
) -> Result<bool, EngineError> {
    let is_half = known
        .pair
        .as_ref()
        .is_some_and(|pair| pair.state == PairState::Active && pair.ids.get(side).is_none());
    if !is_half {
        return Ok(false);
    }
    let lane = core.store.lane_of(core.ctx(), &known.row.key).await?;
    let open = lane.and_then(|lane| lane.outbox);
    Ok(
        open.is_none_or(|open| {
            open.write.side == side && open.write.operation == Operation::Create
        }),
    )
}
