//! Field definitions as the API lists them.
//!
//! In: whose fields. Out: all of them, in the account's order. Keeps nothing.

use api_client::{CallContext, CallError};
use pipedrive::{FieldDefinition, FieldsOf};
use store::{FieldEntity, FieldOption, SeenField, SeenFields};

use super::resolve::BUILT_IN_JOB_TITLE;
use super::setting::FieldSetting;
use crate::settings::{FieldNames, Settings};

/// An account has some hundred fields at the most; more pages than this is a list that never ends.
const PAGES_MAX: usize = 20;

/// Whose fields are listed.
pub fn listed(settings: &Settings) -> impl Iterator<Item = FieldEntity> {
    let is_listed = |entity: &FieldEntity| {
        is_needed(*entity, &settings.fields) || settings.definitions_of.contains(entity)
    };
    FieldEntity::ALL.into_iter().filter(is_listed)
}

/// Whether a setting names a field of this entity: then nothing works without its list.
pub(super) fn is_needed(entity: FieldEntity, names: &FieldNames) -> bool {
    let mut settings = FieldSetting::in_use(names);
    settings.any(|setting| setting.entity() == entity)
}

const fn fields_of(entity: FieldEntity) -> FieldsOf {
    match entity {
        FieldEntity::Activity => FieldsOf::Activity,
        FieldEntity::Deal => FieldsOf::Deal,
        FieldEntity::Organization => FieldsOf::Organization,
        FieldEntity::Person => FieldsOf::Person,
        FieldEntity::Product => FieldsOf::Product,
    }
}

/// All field definitions of an entity.
///
/// # Errors
/// As [`CallError`] says.
pub async fn all_fields(
    client: &pipedrive::Client,
    of: FieldsOf,
    call: &CallContext,
) -> Result<Vec<FieldDefinition>, CallError> {
    let mut fields = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = client.list_fields(of, cursor.as_deref(), call).await?;
        fields.extend(page.rows.into_iter().map(|row| row.value));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(fields)
}

/// The same, as they are remembered.
///
/// # Errors
/// As [`CallError`] says; also when the list cannot be true, because every entity has built-in fields.
pub(super) async fn list(
    client: &pipedrive::Client,
    entity: FieldEntity,
    call: &CallContext,
) -> Result<SeenFields, CallError> {
    let fields = all_fields(client, fields_of(entity), call).await?;
    if fields.iter().all(|field| field.is_custom_field) {
        return Err(CallError::Unreadable {
            what: "list field definitions",
            line: 0,
            column: 0,
        });
    }
    Ok(seen_fields(entity, &fields))
}

/// A list of fields as it is remembered.
#[must_use]
pub fn seen_fields(entity: FieldEntity, fields: &[FieldDefinition]) -> SeenFields {
    let option = |option: &pipedrive::FieldOption| FieldOption {
        id: option.id,
        label: option.label.clone(),
    };
    let fields = fields.iter().map(|field| SeenField {
        code: field.field_code.clone(),
        name: field.field_name.clone(),
        field_type: field.field_type.clone(),
        is_custom: field.is_custom_field,
        is_writable: field.is_writable,
        options: field.options.iter().map(option).collect(),
    });
    SeenFields {
        entity,
        fields: fields.collect(),
    }
}

/// Whether the account has a title field of its own that can be written.
#[must_use]
pub fn has_built_in_job_title(fields: &[FieldDefinition]) -> bool {
    fields.iter().any(|field| {
        field.field_code == BUILT_IN_JOB_TITLE
            && !field.is_custom_field
            && field.is_writable != Some(false)
    })
}
