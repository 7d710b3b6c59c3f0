//! Which fields a Pipedrive record tells of. A field that it does not show at all, not even empty, was not cleared: the field
//! itself was deleted, or has become one of another type.
//!
//! In: records, and when they were read. Out: fields that are not told, and clues that the definitions are out of date. Never
//! decides what becomes of them.

use std::collections::{BTreeMap, BTreeSet};

use model::{Field, Kind, Side, Timestamp};
use pipedrive::{Deal, Organization, Person, WebhookRecord};
use serde_json::Value;
use store::{FieldEntity, MirrorRow};

use super::{Mapped, MappingContext, without_pairs};
use crate::definitions::Signs;
use crate::definitions::setting::entity_of;
use crate::failure::EngineError;

/// What Pipedrive can neither tell nor take of a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Untold {
    pub(crate) fields: BTreeSet<Field>,
    /// There is no place for our marker.
    pub(crate) marker: bool,
}

pub(crate) fn mapped_person(person: &Person, mapping: &MappingContext) -> Mapped {
    Mapped {
        record: super::person::record(person, &[], mapping),
        signs: of_person(person, mapping),
    }
}

pub(crate) fn mapped_deal(deal: &Deal, mapping: &MappingContext) -> Mapped {
    let custom = deal.custom_fields.read();
    Mapped {
        record: super::deal::record_with(deal, &custom, mapping),
        signs: signs(FieldEntity::Deal, (&custom, &deal.label_ids), mapping),
    }
}

pub(crate) fn mapped_organization(organization: &Organization, mapping: &MappingContext) -> Mapped {
    Mapped {
        record: super::organization::record(organization, mapping),
        signs: of_organization(organization, mapping),
    }
}

fn of_person(person: &Person, mapping: &MappingContext) -> Signs {
    let shown = (&person.custom_fields, person.label_ids.as_slice());
    signs(FieldEntity::Person, shown, mapping)
}

fn of_organization(organization: &Organization, mapping: &MappingContext) -> Signs {
    let shown = (&organization.custom_fields, [].as_slice());
    signs(FieldEntity::Organization, shown, mapping)
}

fn signs(
    entity: FieldEntity,
    (custom, labels): (&BTreeMap<String, Value>, &[i64]),
    mapping: &MappingContext,
) -> Signs {
    let known = mapping.definitions.known(entity);
    known.map_or_else(Signs::default, |known| known.signs(custom, labels))
}

/// What is not told of a record of this kind; of one that is yet to be made, what its account has no field for.
///
/// # Errors
/// [`EngineError::Unreadable`] when the stored JSON is no record of its entity.
pub(crate) fn untold(
    kind: Kind,
    row: Option<&MirrorRow>,
    mapping: &MappingContext,
) -> Result<Untold, EngineError> {
    Ok(match row.filter(|row| row.deleted_at.is_none()) {
        Some(row) => of_signs(&without_pairs(row, mapping)?.signs, row, mapping),
        None => of_account(kind, mapping),
    })
}

fn of_account(kind: Kind, mapping: &MappingContext) -> Untold {
    let definitions = &mapping.definitions;
    let fields = definitions.untold.iter().copied();
    Untold {
        fields: fields.filter(|field| field.kind() == kind).collect(),
        marker: definitions.without_marker.contains(&kind),
    }
}

pub(super) fn of_signs(signs: &Signs, row: &MirrorRow, mapping: &MappingContext) -> Untold {
    let Some(kind) = kind_in_pipedrive(row) else {
        return Untold::default();
    };
    let mut untold = of_account(kind, mapping);
    for setting in signs.untold(row.synced_at) {
        match setting.field() {
            Some(field) => {
                untold.fields.insert(field);
            }
            None => untold.marker = true,
        }
    }
    untold
}

/// Tells of what the definitions do not know. What was read before them cannot tell anything new.
pub(crate) fn notice(row: &MirrorRow, signs: &Signs, mapping: &MappingContext) {
    if let Some(entity) = entity_in_pipedrive(row) {
        tell(entity, signs, row.synced_at, mapping);
    }
}

/// The same for what an event shows, be it of a record that is synced or not.
pub(crate) fn notice_event(data: &WebhookRecord, received_at: Timestamp, mapping: &MappingContext) {
    let (entity, signs) = match data {
        WebhookRecord::Person(row) => (FieldEntity::Person, of_person(&row.value, mapping)),
        WebhookRecord::Organization(row) => (
            FieldEntity::Organization,
            of_organization(&row.value, mapping),
        ),
        WebhookRecord::Deal(row) => (
            FieldEntity::Deal,
            signs(
                FieldEntity::Deal,
                (&row.value.custom_fields.read(), &row.value.label_ids),
                mapping,
            ),
        ),
        // A lead has the fields of a deal, and labels of its own.
        WebhookRecord::Lead(row) => (
            FieldEntity::Deal,
            signs(FieldEntity::Deal, (&row.value.custom_fields, &[]), mapping),
        ),
        WebhookRecord::Product(row) => (
            FieldEntity::Product,
            signs(
                FieldEntity::Product,
                (&row.value.custom_fields, &[]),
                mapping,
            ),
        ),
        // They show no field by its key.
        WebhookRecord::Activity(_)
        | WebhookRecord::Note(_)
        | WebhookRecord::Pipeline(_)
        | WebhookRecord::Stage(_)
        | WebhookRecord::User(_)
        | WebhookRecord::Unread => return,
    };
    tell(entity, &signs, received_at, mapping);
}

fn tell(entity: FieldEntity, signs: &Signs, seen_at: Timestamp, mapping: &MappingContext) {
    if seen_at <= mapping.definitions.read_at(entity) {
        return;
    }
    for clue in signs.clues(seen_at) {
        mapping.noticed.want(entity, &clue, seen_at);
    }
}

/// Whether a record lacks a field that was there again when the definitions were read: another look shows it.
pub(crate) fn is_worth_a_look(
    row: &MirrorRow,
    mapping: &MappingContext,
) -> Result<bool, EngineError> {
    let Some(entity) = entity_in_pipedrive(row) else {
        return Ok(false);
    };
    let is_older = row.synced_at <= mapping.definitions.read_at(entity);
    Ok(is_older && without_pairs(row, mapping)?.signs.lacks_any(row.synced_at))
}

fn entity_in_pipedrive(row: &MirrorRow) -> Option<FieldEntity> {
    kind_in_pipedrive(row).and_then(entity_of)
}

/// The kind of a record of Pipedrive that takes part in pairs.
fn kind_in_pipedrive(row: &MirrorRow) -> Option<Kind> {
    let entity = row.key.entity;
    entity.kind().filter(|_| entity.side() == Side::Pipedrive)
}
