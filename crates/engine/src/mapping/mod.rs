//! Mapping: a vendor's record into ours and back; a file per entity and side. The only place that knows both.
//!
//! In: JSON as the vendors send it, and values a plan wants written. Out: canonical records, mirror rows and request bodies.
//! Never calls anything and never decides anything.

pub mod company;
pub mod contact;
pub mod deal;
pub mod link;
pub mod note;
pub mod organization;
pub mod person;
pub mod project;
mod reaches;
mod remembered;
pub(crate) mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::canonical::country::Country;
use model::canonical::text;
use model::{
    Entity, Field, Kind, PairId, Record, RecordKey, Reference, RemoteId, Side, Timestamp, Value,
};
use serde::de::DeserializeOwned;
use store::{MirrorRow, PairReference};

use crate::deals::Places;
use crate::deals::members::MemberSettings;
use crate::deals::properties::Listings;
use crate::definitions::{Definitions, Noticed};
use crate::failure::EngineError;

pub(crate) use remembered::Mapped;
pub use remembered::Remembered;
pub(crate) use told::{Untold, is_worth_a_look, notice, notice_event, untold};

/// What mapping must know besides the records themselves.
#[derive(Debug, Clone)]
pub struct MappingContext {
    pub definitions: Arc<Definitions>,
    pub default_country: Option<Country>,
    /// Of deals; empty where none are kept in step.
    pub places: Arc<Places>,
    /// How those who take part in deals are kept in step; nothing where they are not.
    pub(crate) members: Option<MemberSettings>,
    /// Whether notes are kept in step.
    pub notes: bool,
    /// What kinds of properties projects have.
    pub(crate) listings: Arc<Listings>,
    /// Of which fields of persons all entries are kept in step and not the primary one alone.
    pub all_of: BTreeSet<Field>,
    /// Of these definitions, this country and these places.
    pub remembered: Arc<Remembered>,
    /// Told of whatever the definitions do not know.
    pub noticed: Arc<Noticed>,
}

/// How coarse a side's own times are, in milliseconds: Pipedrive gives whole seconds.
#[must_use]
pub const fn resolution_millis(side: Side) -> i64 {
    match side {
        Side::Pipedrive => 1_000,
        Side::Propstreet => 1,
    }
}

/// What a mirror row shows, canonically. References are told by pair where `references` knows one.
///
/// # Errors
/// [`EngineError::Unreadable`] when the stored JSON is no record of its entity.
pub fn record(
    row: &MirrorRow,
    references: &[PairReference],
    mapping: &MappingContext,
) -> Result<Record, EngineError> {
    let mut record = without_pairs(row, mapping)?.record.clone();
    if mapping.notes && row.key.entity.kind() == Some(Kind::Note) {
        note::put_on(row, references, &mut record);
    }
    let field = Field::PersonOrganization;
    if let Some(Value::Reference(Reference::Unpaired(target))) = record.get(field) {
        let named = reference(target.clone(), references);
        record.put(field, Some(named));
    }
    Ok(record)
}

/// The record with no pair known, mapped or remembered.
fn without_pairs(row: &MirrorRow, mapping: &MappingContext) -> Result<Arc<Mapped>, EngineError> {
    let map = || map_anew(row, mapping);
    mapping.remembered.get_or_map(row.key.entity, &row.raw, map)
}

fn map_anew(row: &MirrorRow, mapping: &MappingContext) -> Result<Mapped, EngineError> {
    let record = match row.key.entity {
        Entity::Person => {
            return Ok(told::mapped_person(&parse(row)?, mapping));
        }
        Entity::Organization => {
            return Ok(told::mapped_organization(&parse(row)?, mapping));
        }
        Entity::Contact => contact::record(&parse(row)?, &[], mapping),
        Entity::Company => company::record(&parse(row)?),
        Entity::Deal if mapping.places.has_pipelines() => {
            return Ok(told::mapped_deal(&parse(row)?, mapping));
        }
        Entity::Project if mapping.places.has_pipelines() => project::record(&parse(row)?),
        Entity::Note if mapping.notes => note::record_of_pipedrive(&parse(row)?),
        Entity::TimelineNote if mapping.notes => note::record_of_propstreet(&parse(row)?),
        Entity::Link
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
        | Entity::TimelineNote => Record::default(),
    };
    Ok(Mapped::of(record))
}

/// The vendor's record in a mirror row.
///
/// # Errors
/// [`EngineError::Unreadable`] when the stored JSON is no record of its entity.
pub fn parse<T: DeserializeOwned>(row: &MirrorRow) -> Result<T, EngineError> {
    serde_json::from_str(&row.raw).map_err(|error| EngineError::Unreadable {
        what: format!("the stored {}", row.key),
        reason: error.to_string(),
    })
}

/// Notes in a new row when each field was last seen to change, and what it named before it became empty, from what was stored
/// before it.
///
/// # Errors
/// [`EngineError::Unreadable`] when either row's JSON is no record of its entity.
pub fn note_changes(
    row: &mut MirrorRow,
    before: Option<&MirrorRow>,
    seen_at: Timestamp,
    mapping: &MappingContext,
) -> Result<(), EngineError> {
    if let Some(before) = before
        && before.raw == row.raw
    {
        row.field_seen_at.clone_from(&before.field_seen_at);
        row.left.clone_from(&before.left);
        return Ok(());
    }
    let now = without_pairs(row, mapping)?;
    let (old, mut times) = match before {
        Some(before) => (
            without_pairs(before, mapping)?,
            before.field_seen_at.clone(),
        ),
        None => (Arc::default(), BTreeMap::new()),
    };
    notice(row, &now.signs, mapping);
    let untold = told::of_signs(&now.signs, row, mapping);
    let (now, old) = (&now.record, &old.record);
    let mut left = before.map_or_else(BTreeMap::new, |before| before.left.clone());
    for field in row.key.entity.kind().map_or(&[][..], Field::of) {
        // Nobody has changed what is only not told.
        if untold.fields.contains(field) {
            continue;
        }
        if now.get(*field) != old.get(*field) {
            times.insert(*field, seen_at);
        }
        match (old.get(*field), now.get(*field)) {
            (_, Some(_)) => {
                left.remove(field);
            }
            (Some(Value::Reference(Reference::Unpaired(record))), None) => {
                left.insert(*field, record.clone());
            }
            (Some(_) | None, None) => {}
        }
    }
    row.field_seen_at = times;
    row.left = left;
    Ok(())
}

/// A reference in terms of its pair, as far as there is an active one.
pub(crate) fn reference(target: RecordKey, references: &[PairReference]) -> Value {
    let side = target.side();
    let is_target = |known: &&PairReference| {
        known.record == target
            || (known.record.entity.kind() == target.entity.kind()
                && known
                    .pair
                    .as_ref()
                    .is_some_and(|(_, ids, _)| ids.get(side).as_ref() == Some(&target.id)))
    };
    let pair = references
        .iter()
        .find(is_target)
        .and_then(|known| known.pair.as_ref());
    Value::Reference(match pair {
        // A pair that is still being formed has no name on the other side yet.
        Some((pair, ids, true)) if ids.pipedrive.is_some() && ids.propstreet.is_some() => {
            Reference::Pair(*pair)
        }
        Some(_) | None => Reference::Unpaired(target),
    })
}

/// The id that a pair has on a side, for writing a reference.
pub(crate) fn id_of(pair: PairId, side: Side, references: &[PairReference]) -> Option<RemoteId> {
    references.iter().find_map(|known| match &known.pair {
        Some((id, ids, _)) if *id == pair => ids.get(side).clone(),
        Some(_) | None => None,
    })
}

/// Whether a side has a word for a value: a reference needs a record there.
pub(crate) fn is_expressible(value: &Value, side: Side, references: &[PairReference]) -> bool {
    match value {
        Value::Reference(Reference::Pair(pair)) => id_of(*pair, side, references).is_some(),
        Value::Reference(Reference::Unpaired(record)) => record.side() == side,
        Value::Text(_) | Value::Set(_) => true,
    }
}

/// A single-line text of a custom field.
pub(crate) fn custom_text(
    fields: &BTreeMap<String, serde_json::Value>,
    key: Option<&String>,
) -> Option<String> {
    let value = fields.get(key?)?;
    text::text(value.as_str()?)
}

/// A text of a custom field that may have several lines.
pub(crate) fn custom_lines(
    fields: &BTreeMap<String, serde_json::Value>,
    key: Option<&String>,
) -> Option<String> {
    let value = fields.get(key?)?;
    text::multiline(value.as_str()?)
}

/// A text value as a request sends it.
pub(crate) fn as_text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_text).map(str::to_owned)
}
