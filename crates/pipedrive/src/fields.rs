//! Field definitions: what fields the records have, how they are called, and what options they offer.
//!
//! In: which entity's fields, and what to add. Out: definitions as read. A custom field is addressed by its code, which
//! stays when the field is renamed.

use api_client::{CallContext, CallError, CallSpec, Page, Row, encode_into, tolerant};
use http::Method;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::list_query::LIMIT_MAX;
use crate::{cost, envelope};

/// Whose fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldsOf {
    Person,
    Organization,
}

impl FieldsOf {
    const fn path(self) -> &'static str {
        match self {
            Self::Person => "/api/v2/personFields",
            Self::Organization => "/api/v2/organizationFields",
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
    #[serde(default)]
    pub is_writable: Option<bool>,
}

/// One option of a field. The label may be changed by users, the id stays.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FieldOption {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub label: String,
}

/// The kinds of fields that we create.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    Varchar,
    Text,
    Double,
    Enum,
    Set,
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

fn labels<S: serde::Serializer>(labels: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(labels.iter().map(|label| NewOption { label }))
}

#[derive(Serialize)]
struct NewOption<'a> {
    label: &'a str,
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
        let mut path = format!("{}?limit={LIMIT_MAX}", of.path());
        if let Some(cursor) = cursor {
            path.push_str("&cursor=");
            encode_into(&mut path, cursor);
        }
        let spec = CallSpec::read("list field definitions", path, cost::FIELD_LIST, *context);
        envelope::page(&self.send(spec).await?)
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
        let what = "create a custom field";
        let spec = CallSpec::write(what, Method::POST, of.path(), cost::FIELD_WRITE, *context);
        envelope::one(&self.send(spec.json(field)).await?)
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
        let mut path = format!("{}/", of.path());
        encode_into(&mut path, field_code);
        path.push_str("/options");
        let what = "add options to a field";
        let spec = CallSpec::write(what, Method::POST, path, cost::FIELD_WRITE, *context);
        let options: Vec<NewOption<'_>> = labels.iter().map(|label| NewOption { label }).collect();
        let answer = self.send(spec.json(&options)).await?;
        let added: Row<Vec<FieldOption>> = envelope::one(&answer)?;
        Ok(added.value)
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
        let mut path = format!("{}/", of.path());
        encode_into(&mut path, field_code);
        let what = "delete a custom field";
        let spec = CallSpec::write(what, Method::DELETE, path, cost::FIELD_DELETE, *context);
        envelope::done(&self.send(spec).await?)
    }
}
