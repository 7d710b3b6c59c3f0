//! What the planner is shown of one pair. Everything it may know is in here.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Base, BySide, ConflictId, Field, Kind, Pair, PairId, Record, RecordKey, Side, Timestamp, Value,
};

use crate::deal::DealView;

/// What a side last showed of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence<'a> {
    /// It exists and shows this.
    Live(&'a Record),
    /// It was deleted there, confirmed by reading it.
    Deleted,
    /// It has not been created there yet.
    Missing,
}

/// When each field was last seen to change on a side, corrected for that side's clock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    pub field_seen_at: BTreeMap<Field, Timestamp>,
    /// The record that a field named before it became empty, as far as it was seen.
    pub left: BTreeMap<Field, RecordKey>,
    /// How far the corrected times may be off, in milliseconds. Two times closer than both sides' sum are a tie.
    pub uncertainty_millis: i64,
}

/// Whether each side already carries the other's id. Of a pair that is being taken apart: whether it still does, and can be told
/// otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Markers {
    /// The Pipedrive record's `propstreet_*_id` field holds the pair's Propstreet id.
    pub on_pipedrive: bool,
    /// The Propstreet record has the external reference `pipedrive` with the pair's Pipedrive id.
    pub on_propstreet: bool,
}

/// A conflict of this pair that waits for a person, or that a person has just decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenConflict {
    pub id: ConflictId,
    pub field: Field,
    pub values: BySide<Option<Value>>,
    /// The side whose value a person chose; `None` while it waits.
    pub decided: Option<Side>,
}

/// Everything a plan for a pair follows from.
#[derive(Debug, Clone)]
pub struct PairView<'a> {
    pub kind: Kind,
    pub pair: &'a Pair,
    pub shown: BySide<Presence<'a>>,
    pub evidence: BySide<Evidence>,
    pub markers: Markers,
    pub open_conflicts: &'a [OpenConflict],
    /// Set elements (label names) that the Pipedrive side can express; tags outside of it are reported and kept.
    pub expressible_labels: &'a BTreeSet<String>,
    /// Records referred to whose own pair is no longer kept in step, because one of its records was deleted. The other side
    /// has no word for them, and a reference that went with them was taken away by nobody.
    pub ended_records: &'a BTreeSet<RecordKey>,
    /// The pairs of those that were deleted, with the side they were deleted on: there a reference to them went with them.
    pub ended_pairs: &'a BTreeSet<(PairId, Side)>,
    /// Fields that Pipedrive can neither tell nor take at present, because its own field for them is not there. What it last
    /// agreed on stands, and nothing of them travels.
    pub untold: &'a BTreeSet<Field>,
    /// Of a deal and its project.
    pub deal: Option<DealView<'a>>,
}

impl PairView<'_> {
    #[must_use]
    pub const fn base(&self) -> &Base {
        &self.pair.base
    }

    /// What a side shows of a field; nothing where there is no record.
    #[must_use]
    pub fn shown_value(&self, side: Side, field: Field) -> Option<&Value> {
        match self.shown.get(side) {
            Presence::Live(_) if side == Side::Pipedrive && self.untold.contains(&field) => {
                self.base().pipedrive.get(field)
            }
            Presence::Live(record) => record.get(field),
            Presence::Deleted | Presence::Missing => None,
        }
    }
}
