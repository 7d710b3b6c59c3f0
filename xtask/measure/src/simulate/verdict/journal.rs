//! The journal of conflicts: whether it holds a value that is shown nowhere.
//!
//! In: what is seen at rest, and a value of a user. Out: whether the journal tells it. It judges nothing else.

use model::{Field, Side, Value};
use plan::Rule;
use store::Conflict;

use super::super::deeds::UserWrite;
use super::super::facets::Facet;
use super::super::world::Place;
use super::sight::{Sight, comparable, field_of};

impl Sight {
    /// Whether the journal holds this value of a record's field.
    pub(super) fn is_journaled(&self, place: &Place, facet: &Facet, value: Option<&str>) -> bool {
        let (side, kind, id) = place;
        let Some(field) = field_of(*kind, facet) else {
            return false;
        };
        self.conflicts.iter().any(|conflict| {
            let is_of_it = conflict.kind == *kind
                && conflict
                    .ids
                    .get(*side)
                    .as_ref()
                    .is_some_and(|known| known.as_str() == id);
            is_of_it
                && conflict.field == field
                && match facet {
                    Facet::Tag(tag) => tells_of_tag(conflict, tag, value.is_some()),
                    Facet::Name
                    | Facet::Email
                    | Facet::Phone
                    | Facet::Organization
                    | Facet::Title
                    | Facet::Strategy
                    | Facet::Domain
                    | Facet::Number
                    | Facet::Country
                    | Facet::Deal(_)
                    | Facet::Own(_) => Side::BOTH.into_iter().any(|of| {
                        let words = self.words(conflict.values.get(of).as_ref(), *side);
                        words.map(|words| comparable(facet, &words))
                            == self.looked_for(*side, facet, value)
                    }),
                }
        })
    }

    /// Whether the journal holds every entry of a list that a write of its primary entry replaced.
    pub(super) fn has_journaled_list(
        &self,
        place: &Place,
        facet: &Facet,
        write: &UserWrite,
    ) -> bool {
        let field = match facet {
            Facet::Own("other emails") => Field::PersonEmail,
            Facet::Own("other phones") => Field::PersonPhone,
            Facet::Name
            | Facet::Email
            | Facet::Phone
            | Facet::Organization
            | Facet::Title
            | Facet::Strategy
            | Facet::Tag(_)
            | Facet::Domain
            | Facet::Number
            | Facet::Country
            | Facet::Deal(_)
            | Facet::Own(_) => return false,
        };
        let wanted = write.value.as_deref().unwrap_or_default();
        let wanted = || wanted.split(" | ").filter(|entry| !entry.is_empty());
        let pair = self.pair_of(place).map(|pair| pair.id);
        self.conflicts.iter().any(|conflict| {
            let entries = match conflict.values.get(place.0) {
                Some(Value::Set(entries)) => Some(entries),
                Some(Value::Text(_) | Value::Reference(_)) | None => None,
            };
            Some(conflict.pair) == pair
                && conflict.field == field
                && conflict.rule == Rule::Overwritten
                && match entries {
                    Some(entries) => wanted().all(|entry| entries.contains(entry)),
                    None => wanted().next().is_none(),
                }
        })
    }
}

pub(super) fn has_tag(value: Option<&Value>, tag: &str) -> bool {
    matches!(value, Some(Value::Set(tags)) if tags.contains(tag))
}

/// Whether a conflict about tags is about this one, and one side's value has it, or lacks it, as the user wanted.
fn tells_of_tag(conflict: &Conflict, tag: &str, is_wanted: bool) -> bool {
    let has = |value: &Option<Value>| has_tag(value.as_ref(), tag);
    let values = [&conflict.values.pipedrive, &conflict.values.propstreet];
    let bases = [&conflict.base.pipedrive, &conflict.base.propstreet];
    let is_told = values.into_iter().any(|value| has(value) == is_wanted);
    is_told
        && values
            .into_iter()
            .chain(bases)
            .any(|value| has(value) != is_wanted)
}
