//! The configured names of Pipedrive fields: what each is for, and which shapes of fields can hold it.
//!
//! In: a setting. Out: its name, its entity, the field of ours it carries. Looks nothing up.

use model::{Field, Kind};
use serde::{Deserialize, Serialize};
use store::FieldEntity;

use crate::settings::FieldNames;

/// A setting that names a Pipedrive field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldSetting {
    PersonMarker,
    PersonStrategy,
    PersonJobTitle,
    OrganizationMarker,
    OrganizationDomain,
    OrganizationNumber,
}

impl FieldSetting {
    pub const ALL: [Self; 6] = [
        Self::PersonMarker,
        Self::PersonStrategy,
        Self::PersonJobTitle,
        Self::OrganizationMarker,
        Self::OrganizationDomain,
        Self::OrganizationNumber,
    ];

    /// As it is written below `[fields]`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PersonMarker => "person_marker",
            Self::PersonStrategy => "person_strategy",
            Self::PersonJobTitle => "person_job_title",
            Self::OrganizationMarker => "organization_marker",
            Self::OrganizationDomain => "organization_domain",
            Self::OrganizationNumber => "organization_number",
        }
    }

    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::PersonMarker | Self::PersonStrategy | Self::PersonJobTitle => Kind::Person,
            Self::OrganizationMarker | Self::OrganizationDomain | Self::OrganizationNumber => {
                Kind::Organization
            }
        }
    }

    #[must_use]
    pub const fn entity(self) -> FieldEntity {
        entity_of(self.kind())
    }

    /// What travels in it; a marker holds our id for the other side instead.
    #[must_use]
    pub const fn field(self) -> Option<Field> {
        match self {
            Self::PersonMarker | Self::OrganizationMarker => None,
            Self::PersonStrategy => Some(Field::PersonStrategy),
            Self::PersonJobTitle => Some(Field::PersonJobTitle),
            Self::OrganizationDomain => Some(Field::OrganizationDomain),
            Self::OrganizationNumber => Some(Field::OrganizationNumber),
        }
    }

    /// What does not happen while the field is not there.
    #[must_use]
    pub const fn stands_still(self) -> &'static str {
        match self {
            Self::PersonMarker => {
                "no persons are made in Pipedrive, and none gets its contact's id"
            }
            Self::PersonStrategy => "the strategy of contacts does not travel",
            Self::PersonJobTitle => "job titles do not travel",
            Self::OrganizationMarker => {
                "no organizations are made in Pipedrive, and none gets its company's id"
            }
            Self::OrganizationDomain => "domains of companies do not travel",
            Self::OrganizationNumber => "organization numbers do not travel",
        }
    }

    /// The name that is configured.
    #[must_use]
    pub fn configured(self, names: &FieldNames) -> &str {
        match self {
            Self::PersonMarker => &names.person_marker,
            Self::PersonStrategy => &names.person_strategy,
            Self::PersonJobTitle => &names.person_job_title,
            Self::OrganizationMarker => &names.organization_marker,
            Self::OrganizationDomain => &names.organization_domain,
            Self::OrganizationNumber => &names.organization_number,
        }
    }

    /// Whether a field of this type holds one text, as all that travels in custom fields is.
    #[must_use]
    pub fn can_be(self, field_type: &str) -> bool {
        matches!(field_type, "varchar" | "varchar_auto" | "text")
    }
}

/// Whose fields a kind of pair uses in Pipedrive.
#[must_use]
pub const fn entity_of(kind: Kind) -> FieldEntity {
    match kind {
        Kind::Person => FieldEntity::Person,
        Kind::Organization => FieldEntity::Organization,
    }
}
