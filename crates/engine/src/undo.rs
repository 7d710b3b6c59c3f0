//! Taking changes back: what was written is replaced by what was there before, unless somebody has edited it since.
//!
//! In: rows of the history. Out: what would be put back or deleted again, and what cannot be, in words. Writes nothing itself:
//! what is carried out goes the way of any other change, and is dropped there if somebody edits meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use model::{Field, HistoryId, Pair, PairId, PairState, Side, Value, time};
use store::{HistoryKind, HistoryRow, LaneView, Store};

use crate::core::Core;
use crate::failure::EngineError;
use crate::planning::decision;

/// Rows of one pair's history that are looked at.
const ROWS_MAX: u32 = 10_000;
/// So long after a record was made, what it shows of a field that was empty is the service's own.
const FILLED_IN_MILLIS: i64 = 60_000;

/// A field that gets its former value back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutBack {
    pub field: Field,
    /// What was written last, and is still there.
    pub from: Option<Value>,
    pub to: Option<Value>,
}

/// What is taken back of one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairUndo {
    pub pair: Pair,
    pub values: Vec<PutBack>,
    /// The side on which the record that was made is deleted again.
    pub unmake: Option<Side>,
}

/// A change that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stays {
    pub change: HistoryId,
    pub pair: PairId,
    pub field: Option<Field>,
    /// In words that say what can be done instead.
    pub why: String,
}

/// What taking changes back comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Undo {
    pub pairs: Vec<PairUndo>,
    pub stays: Vec<Stays>,
}

/// Plans the reverse of changes. With `delete_made`, records that were made are deleted again.
///
/// # Errors
/// When the store cannot be reached or a stored record makes no sense.
pub async fn plan<S: Store>(
    core: &Core<S>,
    changes: &[HistoryRow],
    delete_made: bool,
) -> Result<Undo, EngineError> {
    let mut by_pair: BTreeMap<PairId, Vec<&HistoryRow>> = BTreeMap::new();
    for row in changes {
        by_pair.entry(row.pair).or_default().push(row);
    }
    let mut undo = Undo::default();
    for (id, mut rows) in by_pair {
        rows.sort_by_key(|row| row.id);
        let Some(pair) = core.store.pair(core.ctx(), id).await? else {
            continue;
        };
        let all = core
            .store
            .history(core.ctx(), Some(id), None, ROWS_MAX)
            .await?;
        let of_pair = OfPair {
            chosen: rows.iter().map(|row| row.id).collect(),
            rows,
            all,
            pair,
        };
        of_pair.plan(core, delete_made, &mut undo).await?;
    }
    Ok(undo)
}

/// Makes what was planned due; answers what cannot be carried out any more.
///
/// # Errors
/// When the store cannot be reached.
pub async fn carry_out<S: Store>(core: &Core<S>, undo: &Undo) -> Result<Vec<Stays>, EngineError> {
    let mut stays = Vec::new();
    for of_pair in &undo.pairs {
        let id = of_pair.pair.id;
        let done = match of_pair.unmake {
            Some(on) => core.store.unmake(core.ctx(), id, on, core.now()).await?,
            None => {
                let values = of_pair.values.iter();
                let values = values
                    .map(|value| (value.field, value.to.clone()))
                    .collect();
                core.store
                    .put_back(core.ctx(), id, values, core.now())
                    .await?
            }
        };
        if let Err(refusal) = done {
            stays.push(Stays {
                change: HistoryId(0),
                pair: id,
                field: None,
                why: refusal.to_string(),
            });
        }
    }
    core.bells.read.ring();
    Ok(stays)
}

/// The changes of one pair that are to be taken back, beside all that happened to it.
struct OfPair<'a> {
    pair: Pair,
    /// The earliest first.
    rows: Vec<&'a HistoryRow>,
    chosen: BTreeSet<HistoryId>,
    all: Vec<HistoryRow>,
}

impl OfPair<'_> {
    async fn plan<S: Store>(
        self,
        core: &Core<S>,
        delete_made: bool,
        undo: &mut Undo,
    ) -> Result<(), EngineError> {
        if self.pair.state != PairState::Active {
            let why = match self.pair.state {
                PairState::Ended { .. } => format!("pair {} is over", self.pair.id),
                PairState::Active
                | PairState::Unlinked { .. }
                | PairState::Asked { .. }
                | PairState::Approved { .. }
                | PairState::Unmaking { .. }
                | PairState::Parting { .. } => format!(
                    "pair {} is not kept in step, so nothing would travel; `pipestreet pairs show {}` says why",
                    self.pair.id, self.pair.id
                ),
            };
            self.all_stay(&why, undo);
            return Ok(());
        }
        let record = Side::BOTH
            .into_iter()
            .find_map(|side| self.pair.record(side));
        let view = match &record {
            Some(record) => core.store.lane_of(core.ctx(), record).await?,
            None => None,
        };
        let Some(view) = view else {
            self.all_stay("nothing is known of its records any more", undo);
            return Ok(());
        };
        if let Some(made) = self
            .rows
            .iter()
            .find(|row| row.entry.kind == HistoryKind::Created)
        {
            self.unmake(made, delete_made, undo);
            return Ok(());
        }
        self.put_back(core, &view, undo)
    }

    fn all_stay(&self, why: &str, undo: &mut Undo) {
        let mut told = BTreeSet::new();
        for row in &self.rows {
            if told.insert((row.outbox, row.entry.field)) {
                undo.stays.push(stays(row, why.to_owned()));
            }
        }
    }

    /// Whoever has changed the record there since would lose that. What a service fills in by itself right after a record was made is
    /// nobody's work.
    fn unmake(&self, made: &HistoryRow, delete_made: bool, undo: &mut Undo) {
        let on = made.entry.side;
        let Some(record) = self.pair.record(on) else {
            undo.stays
                .push(stays(made, "what was made is not there".to_owned()));
            return;
        };
        let filled_in_until = time::plus_millis(made.at, FILLED_IN_MILLIS);
        let worked_on = self.all.iter().find(|row| {
            let is_filled_in = row.entry.before.is_none() && row.at <= filled_in_until;
            !is_filled_in
                && row.id > made.id
                && row.entry.side == on.other()
                && row.entry.kind == HistoryKind::Updated
                && row.entry.field.is_some()
        });
        let why = if let Some(later) = worked_on {
            format!(
                "{record} was made, and somebody has edited it since (change {}); delete it in {on} if it is not wanted",
                later.id
            )
        } else if !delete_made {
            format!("{record} was made; add --delete-made to have it deleted again")
        } else {
            undo.pairs.push(PairUndo {
                pair: self.pair.clone(),
                values: Vec::new(),
                unmake: Some(on),
            });
            return;
        };
        undo.stays.push(stays(made, why));
    }

    fn put_back<S: Store>(
        &self,
        core: &Core<S>,
        view: &LaneView,
        undo: &mut Undo,
    ) -> Result<(), EngineError> {
        let shown = decision::records_of(view, &core.mapping()?)?;
        let mut fields: BTreeMap<Field, Vec<&HistoryRow>> = BTreeMap::new();
        for row in &self.rows {
            match (row.entry.kind, row.entry.field) {
                (HistoryKind::Updated, Some(field)) => fields.entry(field).or_default().push(row),
                // Our own marks are no change of anybody's data.
                (HistoryKind::Updated | HistoryKind::Created, _) => {}
                (kind, _) => undo.stays.push(stays(row, instead(kind, row, &self.pair))),
            }
        }
        let mut values = Vec::new();
        for (field, rows) in fields {
            let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
                continue;
            };
            let shows = |side: Side| {
                shown
                    .get(side)
                    .as_ref()
                    .and_then(|record| record.get(field))
            };
            let agreed = |side: Side| self.pair.base.get(side).get(field);
            let edited = Side::BOTH
                .into_iter()
                .find(|side| shows(*side) != agreed(*side));
            let why = if matches!(field, Field::DealStage | Field::DealStatus) {
                "the two sides tell it in words of their own, so there is no one value to put back; move the deal in Pipedrive"
                    .to_owned()
            } else if let Some(later) = self.later_than(first, field) {
                format!(
                    "it was changed again since (change {} of {} UTC); take that back first, or both at once",
                    later.id,
                    later.at.strftime("%Y-%m-%d %H:%M:%S")
                )
            } else if let Some(side) = edited {
                format!("somebody has edited it in {side} since, and that has not travelled yet")
            } else if shows(last.entry.side) != last.entry.after.as_ref() {
                format!(
                    "somebody has edited it since: {} shows another value than was written",
                    last.entry.side
                )
            } else {
                values.push(PutBack {
                    field,
                    from: last.entry.after.clone(),
                    to: first.entry.before.clone(),
                });
                continue;
            };
            undo.stays.push(stays(last, why));
        }
        if !values.is_empty() {
            undo.pairs.push(PairUndo {
                pair: self.pair.clone(),
                values,
                unmake: None,
            });
        }
        Ok(())
    }

    /// A change of the field after the first of those that are taken back, and not among them.
    fn later_than(&self, first: &HistoryRow, field: Field) -> Option<&HistoryRow> {
        self.all.iter().find(|row| {
            row.id > first.id
                && row.entry.field == Some(field)
                && row.entry.kind == HistoryKind::Updated
                && !self.chosen.contains(&row.id)
        })
    }
}

fn stays(row: &HistoryRow, why: String) -> Stays {
    Stays {
        change: row.id,
        pair: row.pair,
        field: row.entry.field,
        why,
    }
}

/// What can be done about a change that is no write of a value.
fn instead(kind: HistoryKind, row: &HistoryRow, pair: &Pair) -> String {
    match kind {
        HistoryKind::Paired => format!(
            "the two were paired; `pipestreet pairs unlink {}` takes them apart",
            pair.id
        ),
        HistoryKind::Deleted => format!(
            "what was deleted cannot be brought back from here; restore it in {}, and the pair is kept in step again",
            row.entry.side
        ),
        HistoryKind::Came | HistoryKind::Left => format!(
            "who takes part is nobody's value; add or remove it in {}, and the other side follows",
            row.entry.side.other()
        ),
        HistoryKind::Updated
        | HistoryKind::Created
        | HistoryKind::Unlinked
        | HistoryKind::Repointed
        | HistoryKind::Parted
        | HistoryKind::Asked => "nothing was written, so there is nothing to take back".to_owned(),
    }
}
