//! Field definitions: what fields the records have, how they are called, and what options they offer.
//!
//! In: which entity's fields, and what to add or change. Out: definitions as read. A custom field is addressed by its
//! code, which stays when the field is renamed. The fields of leads and notes are shown by the older version only.

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::custom_value::FieldType;
use crate::list_query::{LIMIT_MAX, page, page_by_number};
use crate::{cost, envelope, values};

/// Whose fields. Those of activities cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldsOf {
    Activity,
    Deal,
    Organization,
    Person,
    Product,
}

impl FieldsOf {
    pub const ALL: [Self; 5] = [
        Self::Activity,
        Self::Deal,
        Self::Organization,
        Self::Person,
        Self::Product,
    ];

    /// The API's own word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Deal => "deal",
            Self::Organization => "organization",
            Self::Person => "person",
            Self::Product => "product",
        }
    }
}

/// One field of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FieldDefinition {
    #[serde(deserialize_with = "tolerant::id_text")]
    pub field_code: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub field_name: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub field_type: String,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_custom_field: bool,
    /// Those with a number as id; some built-in fields have others, which are left out.
    #[serde(default, deserialize_with = "tolerant::list")]
    pub options: Vec<FieldOption>,
    /// Nothing where the account does not say.
    #[serde(default, deserialize_with = "values::optional_flag")]
    pub is_writable: Option<bool>,
}

impl FieldDefinition {
    /// The type of a custom field; nothing for the types that only built-in fields have.
    #[must_use]
    pub fn custom_type(&self) -> Option<FieldType> {
        FieldType::of(&self.field_type)
    }
}

/// One option of a field. The label may be changed by users, the id stays.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FieldOption {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub label: String,
}

/// A custom field to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewField {
    pub field_name: String,
    pub field_type: FieldType,
    /// For kinds with options only.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "labels")]
    pub options: Vec<String>,
}

/// What an update of a custom field sends. Type and code stay for good.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FieldBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub field_name: Patch<String>,
    /// Of deal fields.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub description: Patch<String>,
}

fn labels<S: serde::Serializer>(labels: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(labels.iter().map(|label| NewOption { label }))
}

#[derive(Serialize)]
struct NewOption<'a> {
    label: &'a str,
}

#[derive(Serialize)]
struct RenamedOption<'a> {
    id: i64,
    label: &'a str,
}

#[derive(Serialize)]
struct OptionId {
    id: i64,
}

/// Whose fields only the older version shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OlderFieldsOf {
    /// The custom ones are those of deals.
    Lead,
    Note,
}

#[derive(Deserialize)]
struct OlderFieldDefinition {
    #[serde(deserialize_with = "tolerant::id_text")]
    key: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    name: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    field_type: String,
    #[serde(default, deserialize_with = "tolerant::flag")]
    edit_flag: bool,
    #[serde(default, deserialize_with = "tolerant::list")]
    options: Vec<FieldOption>,
}

impl From<OlderFieldDefinition> for FieldDefinition {
    fn from(older: OlderFieldDefinition) -> Self {
        Self {
            field_code: older.key,
            field_name: older.name,
            field_type: older.field_type,
            is_custom_field: older.edit_flag,
            options: older.options,
            is_writable: None,
        }
    }
}

impl Client {
    /// Reads one page of field definitions; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_fields(
        &self,
        of: FieldsOf,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<FieldDefinition>>, CallError> {
        let query = page(LIMIT_MAX, cursor);
        let call = cost::FIELDS.ask(&[&of.word()], &query, context);
        envelope::page(&self.send(call).await?, cursor)
    }

    /// Reads one page of the field definitions of leads or notes; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_older_fields(
        &self,
        of: OlderFieldsOf,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<FieldDefinition>>, CallError> {
        let call = match of {
            OlderFieldsOf::Lead => {
                cost::LEAD_FIELDS.ask(&[], &page_by_number(LIMIT_MAX, cursor), context)
            }
            // Those are not paged.
            OlderFieldsOf::Note => cost::NOTE_FIELDS.call(&[], context),
        };
        let older: Page<Row<OlderFieldDefinition>> =
            envelope::page(&self.send(call).await?, cursor)?;
        let renamed = older.rows.into_iter().map(|row| Row {
            value: row.value.into(),
            raw: row.raw,
        });
        Ok(Page {
            rows: renamed.collect(),
            unreadable: older.unreadable,
            next_cursor: older.next_cursor,
        })
    }

    /// Reads one field definition.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_field(
        &self,
        of: FieldsOf,
        field_code: &str,
        context: &CallContext,
    ) -> Result<Row<FieldDefinition>, CallError> {
        let call = cost::FIELD.call(&[&of.word(), &field_code], context);
        envelope::one(&self.send(call).await?)
    }

    /// Creates a custom field.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn create_field(
        &self,
        of: FieldsOf,
        field: &NewField,
        context: &CallContext,
    ) -> Result<Row<FieldDefinition>, CallError> {
        let call = cost::FIELD_CREATE.call(&[&of.word()], context).json(field);
        envelope::one(&self.send(call).await?)
    }

    /// Changes what the body names; it must name something.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn update_field(
        &self,
        of: FieldsOf,
        field_code: &str,
        body: &FieldBody,
        context: &CallContext,
    ) -> Result<Row<FieldDefinition>, CallError> {
        let call = cost::FIELD_UPDATE.call(&[&of.word(), &field_code], context);
        envelope::one(&self.send(call.json(body)).await?)
    }

    /// Deletes a custom field with all its values.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn delete_field(
        &self,
        of: FieldsOf,
        field_code: &str,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let call = cost::FIELD_DELETE.call(&[&of.word(), &field_code], context);
        envelope::done(&self.send(call).await?)
    }

    /// Adds options to a field, all or none. Gives the new ones only.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn add_field_options(
        &self,
        of: FieldsOf,
        field_code: &str,
        labels: &[&str],
        context: &CallContext,
    ) -> Result<Vec<FieldOption>, CallError> {
        let call = cost::FIELD_OPTIONS_ADD.call(&[&of.word(), &field_code], context);
        let options: Vec<NewOption<'_>> = labels.iter().map(|label| NewOption { label }).collect();
        let answer = self.send(call.json(&options)).await?;
        let added: Row<Vec<FieldOption>> = envelope::one(&answer)?;
        Ok(added.value)
    }

    /// Gives options new labels, all or none.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn rename_field_options(
        &self,
        of: FieldsOf,
        field_code: &str,
        labels: &[(i64, &str)],
        context: &CallContext,
    ) -> Result<(), CallError> {
        let call = cost::FIELD_OPTIONS_RENAME.call(&[&of.word(), &field_code], context);
        let options: Vec<RenamedOption<'_>> = labels
            .iter()
            .map(|&(id, label)| RenamedOption { id, label })
            .collect();
        envelope::done(&self.send(call.json(&options)).await?)
    }

    /// Deletes options. Records that had them chosen lose them.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn delete_field_options(
        &self,
        of: FieldsOf,
        field_code: &str,
        options: &[i64],
        context: &CallContext,
    ) -> Result<(), CallError> {
        let call = cost::FIELD_OPTIONS_DELETE.call(&[&of.word(), &field_code], context);
        let options: Vec<OptionId> = options.iter().map(|&id| OptionId { id }).collect();
        envelope::done(&self.send(call.json(&options)).await?)
    }
}
