//! From configured names to the fields they mean.
//!
//! In: the names, all fields that are or were, and which fields were in use before. Out: a field for each setting, or why there
//! is none. A field in use stays in use when it is renamed; another field never takes its place while it is there. Asks nobody.

use std::collections::BTreeMap;

use model::Timestamp;
use model::canonical::text;
use serde::{Deserialize, Serialize};
use store::{FieldEntity, StoredField};

use super::setting::FieldSetting;
use crate::settings::FieldNames;

/// A name that is at least so near is worth asking about.
const NEAR: f64 = 0.7;
const NEAR_MAX: usize = 3;
/// The title field that contact sync adds: it stands outside of the custom fields.
pub(super) const BUILT_IN_JOB_TITLE: &str = "job_title";

/// The field that was found for a setting, under which configured name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Used {
    pub(super) configured: String,
    pub(super) code: String,
    /// It was not there for a while, and may have come back without its values.
    #[serde(default)]
    pub(super) was_gone: bool,
}

impl Reason {
    /// Whether values of records may have gone with the field.
    pub(super) const fn loses_values(&self) -> bool {
        match self {
            Self::Missing | Self::Deleted { .. } | Self::WrongType { .. } => true,
            Self::Taken { .. } | Self::Shared { .. } => false,
        }
    }
}

/// What a setting comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    Found {
        code: String,
        /// What users call it now, where that is not the configured name any more.
        renamed_to: Option<String>,
        /// So many other fields have the configured name, too.
        namesakes: usize,
    },
    Unresolved(Unresolved),
}

/// A configured name that means no field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    pub setting: FieldSetting,
    pub configured: String,
    pub reason: Reason,
    /// Names of fields that may be meant, the likeliest first.
    pub near: Vec<String>,
}

/// Why a configured name means no field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No field is or was called so.
    Missing,
    /// The field was deleted.
    Deleted { at: Timestamp },
    /// The field in use was renamed, and another one has the configured name now.
    Taken { renamed_to: String },
    /// The field cannot hold what travels in it.
    WrongType { field_type: String },
    /// Another setting means the same field.
    Shared { with: FieldSetting },
}

/// Resolves every setting.
#[must_use]
pub(super) fn resolve(
    names: &FieldNames,
    fields: &[StoredField],
    used: &BTreeMap<FieldSetting, Used>,
) -> BTreeMap<FieldSetting, Resolution> {
    let mut resolved: BTreeMap<_, _> = FieldSetting::in_use(names)
        .map(|setting| {
            let name = setting.configured(names);
            (setting, one(setting, name, fields, used.get(&setting)))
        })
        .collect();
    for setting in FieldSetting::in_use(names) {
        if let Some(with) = sharer(setting, &resolved) {
            for (one, other) in [(setting, with), (with, setting)] {
                let reason = Reason::Shared { with: other };
                let unresolved = unresolved(one, one.configured(names), fields, reason);
                resolved.insert(one, unresolved);
            }
        }
    }
    resolved
}

fn sharer(
    setting: FieldSetting,
    resolved: &BTreeMap<FieldSetting, Resolution>,
) -> Option<FieldSetting> {
    let code = |setting: FieldSetting| match resolved.get(&setting) {
        Some(Resolution::Found { code, .. }) => Some((setting.entity(), code)),
        Some(Resolution::Unresolved(_)) | None => None,
    };
    let mine = code(setting)?;
    FieldSetting::ALL
        .into_iter()
        .find(|other| *other != setting && code(*other) == Some(mine))
}

fn one(
    setting: FieldSetting,
    name: &str,
    fields: &[StoredField],
    used: Option<&Used>,
) -> Resolution {
    if setting == FieldSetting::PersonJobTitle && has_built_in_job_title(fields) {
        return Resolution::Found {
            code: BUILT_IN_JOB_TITLE.to_owned(),
            renamed_to: None,
            namesakes: 0,
        };
    }
    let mut called_so: Vec<&StoredField> = custom(setting.entity(), fields)
        .filter(|field| field.is_live() && field.name == name)
        .collect();
    called_so.sort_by_key(|field| field.position);
    let in_use = used.and_then(|used| {
        custom(setting.entity(), fields).find(|field| field.code == used.code && field.is_live())
    });
    let same_name_as_before = used.is_some_and(|used| used.configured == name);
    let chosen = match (in_use, called_so.first()) {
        (Some(in_use), _) if in_use.name == name => in_use,
        // While a field in use is there, nothing else is written to in its place without a person's word.
        (Some(in_use), Some(_)) if same_name_as_before => {
            let renamed_to = in_use.name.clone();
            return unresolved(setting, name, fields, Reason::Taken { renamed_to });
        }
        (_, Some(first)) => first,
        (Some(in_use), None) if same_name_as_before => in_use,
        (_, None) => match formerly(setting, name, fields) {
            Some(renamed) => renamed,
            None => return unresolved(setting, name, fields, missing(setting, name, fields, used)),
        },
    };
    if !setting.can_be(&chosen.field_type) {
        let field_type = chosen.field_type.clone();
        return unresolved(setting, name, fields, Reason::WrongType { field_type });
    }
    Resolution::Found {
        code: chosen.code.clone(),
        renamed_to: (chosen.name != name).then(|| chosen.name.clone()),
        namesakes: called_so
            .iter()
            .filter(|field| field.code != chosen.code)
            .count(),
    }
}

/// A living field that was called so once; the last one to be.
fn formerly<'f>(
    setting: FieldSetting,
    name: &str,
    fields: &'f [StoredField],
) -> Option<&'f StoredField> {
    let until = |field: &StoredField| {
        let former = field.former.iter().filter(|former| former.name == name);
        former.map(|former| former.until).max()
    };
    custom(setting.entity(), fields)
        .filter(|field| field.is_live() && field.was_called(name))
        .max_by_key(|field| until(field))
}

fn missing(
    setting: FieldSetting,
    name: &str,
    fields: &[StoredField],
    used: Option<&Used>,
) -> Reason {
    let was = custom(setting.entity(), fields)
        .filter(|field| {
            let was_used = used.is_some_and(|used| used.code == field.code);
            was_used || field.name == name || field.was_called(name)
        })
        .filter_map(|field| field.deleted_at)
        .max();
    was.map_or(Reason::Missing, |at| Reason::Deleted { at })
}

fn custom(entity: FieldEntity, fields: &[StoredField]) -> impl Iterator<Item = &StoredField> {
    fields
        .iter()
        .filter(move |field| field.entity == entity && field.is_custom)
}

/// Whether the account has a title field of its own that can be written.
fn has_built_in_job_title(fields: &[StoredField]) -> bool {
    fields.iter().any(|field| {
        field.entity == FieldEntity::Person
            && field.code == BUILT_IN_JOB_TITLE
            && !field.is_custom
            && field.is_live()
            && field.is_writable != Some(false)
    })
}

fn unresolved(
    setting: FieldSetting,
    name: &str,
    fields: &[StoredField],
    reason: Reason,
) -> Resolution {
    Resolution::Unresolved(Unresolved {
        setting,
        configured: name.to_owned(),
        reason,
        near: near(setting, name, fields),
    })
}

/// Living fields of a fitting type whose present or former names are like this one.
fn near(setting: FieldSetting, name: &str, fields: &[StoredField]) -> Vec<String> {
    let wanted = text::fold(name);
    let likeness = |field: &StoredField| {
        let former = field.former.iter().map(|former| former.name.as_str());
        former
            .chain([field.name.as_str(), field.slug.as_str()])
            .map(|known| strsim::jaro_winkler(&text::fold(known), &wanted))
            .fold(0.0, f64::max)
    };
    let mut near: Vec<(f64, &str)> = custom(setting.entity(), fields)
        .filter(|field| field.is_live() && setting.can_be(&field.field_type))
        .map(|field| (likeness(field), field.name.as_str()))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    near.truncate(NEAR_MAX);
    near.into_iter().map(|(_, name)| name.to_owned()).collect()
}
