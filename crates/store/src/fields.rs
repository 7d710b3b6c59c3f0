//! Field definitions of Pipedrive, remembered with everything that was seen to change about them.
//!
//! In: lists of fields as the account shows them. Out: rows that keep deleted fields and former names, and a log of changes.
//! A field is told by its code, which stays when its name changes; a readable name (`slug`) is unique among an entity's
//! fields, and is kept by a field for as long as it exists.

use std::fmt;

use model::Timestamp;
use serde::{Deserialize, Serialize};

/// Whose fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldEntity {
    Activity,
    Deal,
    Organization,
    Person,
    Product,
}

impl FieldEntity {
    pub const ALL: [Self; 5] = [
        Self::Activity,
        Self::Deal,
        Self::Organization,
        Self::Person,
        Self::Product,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Deal => "deal",
            Self::Organization => "organization",
            Self::Person => "person",
            Self::Product => "product",
        }
    }

    /// The inverse of [`FieldEntity::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entity| entity.name() == name)
    }
}

impl fmt::Display for FieldEntity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One option of a field: users may change its label, the id stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldOption {
    pub id: i64,
    pub label: String,
}

/// A field as the account shows it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenField {
    pub code: String,
    pub name: String,
    pub field_type: String,
    pub is_custom: bool,
    /// Nothing where the account does not say.
    pub is_writable: Option<bool>,
    pub options: Vec<FieldOption>,
}

/// All fields of an entity, in the account's order. What is not among them does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenFields {
    pub entity: FieldEntity,
    pub fields: Vec<SeenField>,
}

/// A name that a field had before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerName {
    pub name: String,
    pub slug: String,
    pub until: Timestamp,
}

/// A field that is or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredField {
    pub entity: FieldEntity,
    pub code: String,
    /// What users see.
    pub name: String,
    /// What columns and settings may call it.
    pub slug: String,
    /// Oldest first.
    pub former: Vec<FormerName>,
    pub field_type: String,
    pub is_custom: bool,
    pub is_writable: Option<bool>,
    pub options: Vec<FieldOption>,
    /// Its place in the account's list.
    pub position: u32,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// When it was found missing.
    pub deleted_at: Option<Timestamp>,
}

impl StoredField {
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// Whether users called it this once, and no longer do.
    #[must_use]
    pub fn was_called(&self, name: &str) -> bool {
        self.former.iter().any(|former| former.name == name)
    }

    #[must_use]
    pub fn option_label(&self, id: i64) -> Option<&str> {
        let option = self.options.iter().find(|option| option.id == id)?;
        Some(&option.label)
    }
}

/// What the name of the second column ends in, of a field whose value takes two.
pub(crate) fn second_column(field_type: &str) -> Option<&'static str> {
    match field_type {
        "monetary" => Some("currency"),
        "daterange" | "timerange" => Some("until"),
        _ => None,
    }
}

/// What can happen to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldChangeKind {
    Added,
    Renamed,
    TypeChanged,
    Deleted,
    /// A deleted field is back.
    Restored,
    OptionAdded,
    OptionRenamed,
    OptionRemoved,
}

impl FieldChangeKind {
    pub const ALL: [Self; 8] = [
        Self::Added,
        Self::Renamed,
        Self::TypeChanged,
        Self::Deleted,
        Self::Restored,
        Self::OptionAdded,
        Self::OptionRenamed,
        Self::OptionRemoved,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Renamed => "renamed",
            Self::TypeChanged => "type_changed",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
            Self::OptionAdded => "option_added",
            Self::OptionRenamed => "option_renamed",
            Self::OptionRemoved => "option_removed",
        }
    }

    /// The inverse of [`FieldChangeKind::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Something that was seen to have changed, with what was before and what is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    pub entity: FieldEntity,
    pub code: String,
    pub kind: FieldChangeKind,
    /// The option it is about.
    pub option: Option<i64>,
    pub before: Option<String>,
    pub after: Option<String>,
    /// When it was noticed.
    pub at: Timestamp,
}

/// What becomes of what is remembered when an entity's fields were listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TakenIn {
    /// Every field that is in the list or has just left it.
    pub fields: Vec<StoredField>,
    pub changes: Vec<FieldChange>,
}

/// Which pairs are planned anew, and what they have not agreed on after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconsider {
    pub kind: model::Kind,
    /// Fields whose base is of another field by now.
    pub forget: Vec<model::Field>,
    pub after: model::PairId,
    pub limit: u32,
}
