//! The Pipedrive fields and labels in use: readable names resolved to the random keys and option ids of this account, for as
//! long as the account keeps them.
//!
//! In: field definitions as the API lists them, remembered with their history. Out: [`Definitions`], which mapping goes by. A
//! name that means no field stops what travels in that field, and nothing else. Writes nothing to Pipedrive but labels that
//! tags lack, where the settings allow it; `setup` does the rest.

mod in_use;
mod known;
mod listing;
pub(crate) mod making;
mod noticed;
pub mod report;
pub mod resolve;
pub mod setting;
#[cfg(test)]
mod tests;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet};

use model::canonical::slug::slug;
use model::{Field, Kind, Timestamp};
use serde::{Deserialize, Serialize};
use store::{FieldEntity, StoredField};

pub(crate) use known::Signs;
pub use listing::{all_fields, has_built_in_job_title, listed, seen_fields};
pub use noticed::Noticed;
pub use report::{Finding, findings};
pub use resolve::{Reason, Resolution, Unresolved};
pub use setting::FieldSetting;
pub(crate) use upkeep::{Looked, next_due, recall_if_changed, remember, tend};
pub use upkeep::{adopt, refresh_all, refresh_others};

use crate::mapping::deal::YES;
use crate::settings::FieldNames;
use in_use::InUse;
use known::KnownFields;

/// Name of the fact that tells when the definitions were read, and who we are.
pub const FACT_DEFINITIONS: &str = "definitions";
/// Name of the fact that tells which fields are in use.
const FACT_IN_USE: &str = "fields_in_use";

/// When the definitions were read, and as whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Read {
    /// The user whose token we use: the `meta.user_id` of our own webhooks.
    our_user: i64,
    lists_read_at: BTreeMap<FieldEntity, Timestamp>,
}

/// What mapping must know of a Pipedrive account.
#[derive(Debug, Clone)]
pub struct Definitions {
    pub person: PersonFields,
    pub organization: OrganizationFields,
    pub deal: DealFields,
    pub our_user: i64,
    /// Fields that Pipedrive can neither tell nor take at present.
    pub(crate) untold: BTreeSet<Field>,
    /// Kinds that have no field for our marker.
    pub(crate) without_marker: BTreeSet<Kind>,
    /// Settings that mean no field.
    pub unresolved: Vec<Unresolved>,
    known: BTreeMap<FieldEntity, KnownFields>,
    read: Read,
    in_use: InUse,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonFields {
    pub marker: Option<String>,
    pub strategy: Option<String>,
    pub job_title: Option<String>,
    /// The account has contact sync, and with it a title field of its own, which stands outside of the custom fields.
    pub job_title_is_built_in: bool,
    /// Label ids and names.
    pub labels: BTreeMap<i64, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganizationFields {
    pub marker: Option<String>,
    pub domain: Option<String>,
    pub number: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DealFields {
    pub marker: Option<String>,
    pub portfolio: Option<YesNo>,
    pub property_count: Option<String>,
    /// What kinds of properties are sold.
    pub property_type: Option<TypeOptions>,
    /// What the deal's own person thinks, as a prospect.
    pub classification: Option<String>,
}

/// A field with an option for each kind of properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeOptions {
    pub code: String,
    /// Propstreet's words for the options, as far as they are alike.
    pub kinds: BTreeMap<i64, String>,
}

impl TypeOptions {
    fn of(code: String, fields: &[StoredField]) -> Option<Self> {
        let is_meant =
            |field: &&StoredField| field.entity == FieldEntity::Deal && field.code == code;
        let options = &fields.iter().find(is_meant)?.options;
        let kinds = options
            .iter()
            .map(|option| (option.id, slug(&option.label)));
        let kinds = kinds.collect();
        Some(Self { code, kinds })
    }

    /// The option for a kind of properties.
    #[must_use]
    pub fn option(&self, kind: &str) -> Option<i64> {
        let mut kinds = self.kinds.iter();
        kinds.find_map(|(id, known)| (known == kind).then_some(*id))
    }
}

/// A field with an option for yes and one for no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YesNo {
    pub code: String,
    pub yes: i64,
    pub no: i64,
}

impl YesNo {
    fn of(code: String, fields: &[StoredField]) -> Option<Self> {
        let is_meant =
            |field: &&StoredField| field.entity == FieldEntity::Deal && field.code == code;
        let field = fields.iter().find(is_meant)?;
        let option = |word: &str| {
            let mut options = field.options.iter();
            let found = options.find(|option| option.label.trim().eq_ignore_ascii_case(word));
            found.map(|option| option.id)
        };
        let (yes, no) = (option("yes")?, option("no")?);
        Some(Self { code, yes, no })
    }

    /// The option for a word of ours.
    pub(crate) fn option(&self, word: &str) -> i64 {
        if word == YES { self.yes } else { self.no }
    }
}

impl Definitions {
    /// Resolves the configured names in what is remembered of the account's fields.
    fn resolve(names: &FieldNames, fields: &[StoredField], read: Read, in_use: &InUse) -> Self {
        let labels = labels_of(fields);
        let resolved = resolve::resolve(names, fields, &in_use.settings);
        let mut in_use = in_use.clone();
        in_use.take(&resolved, &labels, |setting| {
            setting.configured(names).to_owned()
        });
        let code = |setting: FieldSetting| match resolved.get(&setting) {
            Some(Resolution::Found { code, .. }) => Some(code.clone()),
            Some(Resolution::Unresolved(_)) | None => None,
        };
        let job_title = code(FieldSetting::PersonJobTitle);
        let job_title_is_built_in = job_title.as_deref() == Some(resolve::BUILT_IN_JOB_TITLE);
        let known = FieldEntity::ALL
            .into_iter()
            .map(|entity| (entity, KnownFields::of(entity, fields, &code)));
        let mut definitions = Self {
            person: PersonFields {
                marker: code(FieldSetting::PersonMarker),
                strategy: code(FieldSetting::PersonStrategy),
                job_title: job_title.filter(|_| !job_title_is_built_in),
                job_title_is_built_in,
                labels,
            },
            organization: OrganizationFields {
                marker: code(FieldSetting::OrganizationMarker),
                domain: code(FieldSetting::OrganizationDomain),
                number: code(FieldSetting::OrganizationNumber),
            },
            deal: DealFields {
                marker: code(FieldSetting::DealMarker),
                portfolio: code(FieldSetting::DealPortfolio)
                    .and_then(|code| YesNo::of(code, fields)),
                property_count: code(FieldSetting::DealPropertyCount),
                property_type: code(FieldSetting::DealPropertyType)
                    .and_then(|code| TypeOptions::of(code, fields)),
                classification: code(FieldSetting::DealClassification),
            },
            our_user: read.our_user,
            untold: in_use.unsettled().collect(),
            without_marker: BTreeSet::new(),
            unresolved: Vec::new(),
            known: known.collect(),
            read,
            in_use,
        };
        if names.of_deals && definitions.deal.portfolio.is_none() {
            definitions.untold.insert(Field::DealPortfolio);
        }
        for resolution in resolved.into_values() {
            let Resolution::Unresolved(unresolved) = resolution else {
                continue;
            };
            match unresolved.setting.field() {
                Some(field) => definitions.untold.insert(field),
                None => definitions.without_marker.insert(unresolved.setting.kind()),
            };
            definitions.unresolved.push(unresolved);
        }
        definitions
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

    /// When an entity's fields were listed last.
    #[must_use]
    pub fn read_at(&self, entity: FieldEntity) -> Timestamp {
        let known = self.read.lists_read_at.get(&entity).copied();
        known.unwrap_or(Timestamp::UNIX_EPOCH)
    }

    pub(crate) fn known(&self, entity: FieldEntity) -> Option<&KnownFields> {
        self.known.get(&entity)
    }
}

fn labels_of(fields: &[StoredField]) -> BTreeMap<i64, String> {
    fields
        .iter()
        .filter(|field| {
            field.entity == FieldEntity::Person && field.code == known::LABELS && field.is_live()
        })
        .flat_map(|field| &field.options)
        .filter_map(|option| Some((option.id, model::canonical::text::text(&option.label)?)))
        .collect()
}
