//! The Pipedrive fields and labels in use: readable names resolved to the random keys and option ids of this account.
//!
//! In: field definitions as the API lists them. Out: [`Definitions`], remembered as a fact so that a restart costs nothing.
//! Never writes to Pipedrive; `setup` does.

use std::collections::{BTreeMap, BTreeSet};

use model::Timestamp;
use serde::{Deserialize, Serialize};
use store::Store;

use crate::core::Core;
use crate::failure::EngineError;
use crate::settings::FieldNames;
use api_client::{CallContext, CallError};
use model::Side;
use pipedrive::FieldsOf;

/// Name of the fact under which they are remembered.
pub const FACT_DEFINITIONS: &str = "definitions";

/// An account has some hundred fields at the most; more pages than this is a list that never ends.
const PAGES_MAX: usize = 20;

/// What mapping must know of a Pipedrive account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definitions {
    pub person: PersonFields,
    pub organization: OrganizationFields,
    /// The user whose token we use: the `meta.user_id` of our own webhooks.
    pub our_user: i64,
    pub read_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonFields {
    pub marker: Option<String>,
    pub strategy: Option<String>,
    pub job_title: Option<String>,
    /// The account has contact sync, and with it a title field of its own, which stands outside of the custom fields.
    #[serde(default)]
    pub job_title_is_built_in: bool,
    /// Label ids and names.
    pub labels: BTreeMap<i64, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OrganizationFields {
    pub marker: Option<String>,
    pub domain: Option<String>,
    pub number: Option<String>,
}

impl Definitions {
    /// Resolves the configured names in what the API lists. A name that does not resolve leaves its field empty.
    #[must_use]
    pub fn resolve(
        names: &FieldNames,
        person: &[pipedrive::FieldDefinition],
        organization: &[pipedrive::FieldDefinition],
        our_user: i64,
        read_at: Timestamp,
    ) -> Self {
        Self {
            person: PersonFields {
                marker: code_of(person, &names.person_marker),
                strategy: code_of(person, &names.person_strategy),
                job_title: code_of(person, &names.person_job_title),
                job_title_is_built_in: has_built_in_job_title(person),
                labels: labels_of(person),
            },
            organization: OrganizationFields {
                marker: code_of(organization, &names.organization_marker),
                domain: code_of(organization, &names.organization_domain),
                number: code_of(organization, &names.organization_number),
            },
            our_user,
            read_at,
        }
    }

    /// The names of all person labels.
    #[must_use]
    pub fn label_names(&self) -> BTreeSet<String> {
        self.person.labels.values().cloned().collect()
    }

    #[must_use]
    pub fn label_id(&self, name: &str) -> Option<i64> {
        self.person
            .labels
            .iter()
            .find(|(_, label)| *label == name)
            .map(|(id, _)| *id)
    }
}

/// Whether the account has a title field of its own that can be written.
#[must_use]
pub fn has_built_in_job_title(fields: &[pipedrive::FieldDefinition]) -> bool {
    fields.iter().any(|field| {
        field.field_code == "job_title"
            && !field.is_custom_field
            && field.is_writable != Some(false)
    })
}

/// The key of the custom field of this name; among several of one name the first made (they are listed in that order).
fn code_of(fields: &[pipedrive::FieldDefinition], name: &str) -> Option<String> {
    fields
        .iter()
        .find(|field| field.is_custom_field && field.field_name == name)
        .map(|field| field.field_code.clone())
}

fn labels_of(fields: &[pipedrive::FieldDefinition]) -> BTreeMap<i64, String> {
    let Some(field) = fields.iter().find(|field| field.field_code == "label_ids") else {
        return BTreeMap::new();
    };
    field
        .options
        .iter()
        .filter_map(|option| Some((option.id, model::canonical::text::text(&option.label)?)))
        .collect()
}

/// All field definitions of an entity.
///
/// # Errors
/// As [`CallError`] says.
pub async fn all_fields(
    client: &pipedrive::Client,
    of: FieldsOf,
    call: &CallContext,
) -> Result<Vec<pipedrive::FieldDefinition>, CallError> {
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

/// Reads the definitions again (20 tokens, and 2 for who we are the first time) and remembers them.
///
/// # Errors
/// When Pipedrive cannot be asked or the store cannot be reached.
pub async fn refresh<S: Store>(core: &Core<S>, call: &CallContext) -> Result<(), EngineError> {
    let failed = |error| EngineError::call(Side::Pipedrive, error);
    let person = all_fields(&core.pipedrive, FieldsOf::Person, call)
        .await
        .map_err(failed)?;
    let organization = all_fields(&core.pipedrive, FieldsOf::Organization, call)
        .await
        .map_err(failed)?;
    let our_user = match core.definitions() {
        Some(known) => known.our_user,
        None => core.pipedrive.me(call).await.map_err(failed)?.value.id,
    };
    remember(core, &person, &organization, our_user).await
}

/// Remembers definitions that were just read, and uses them from now on.
pub(crate) async fn remember<S: Store>(
    core: &Core<S>,
    person: &[pipedrive::FieldDefinition],
    organization: &[pipedrive::FieldDefinition],
    our_user: i64,
) -> Result<(), EngineError> {
    let names = &core.settings.fields;
    let definitions = Definitions::resolve(names, person, organization, our_user, core.now());
    let text = serde_json::to_string(&definitions).expect("definitions are plain data");
    core.store
        .put_fact(core.ctx(), FACT_DEFINITIONS, Some(&text), core.now())
        .await?;
    core.use_definitions(definitions);
    Ok(())
}
