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
    DealMarker,
    DealPortfolio,
    DealPropertyCount,
    DealPropertyType,
    DealClassification,
}

impl FieldSetting {
    pub const ALL: [Self; 11] = [
        Self::PersonMarker,
        Self::PersonStrategy,
        Self::PersonJobTitle,
        Self::OrganizationMarker,
        Self::OrganizationDomain,
        Self::OrganizationNumber,
        Self::DealMarker,
        Self::DealPortfolio,
        Self::DealPropertyCount,
        Self::DealPropertyType,
        Self::DealClassification,
    ];

    /// Those in use: of deals only where deals are kept in step, and a classification or a kind of properties
    /// only where its field is named.
    pub fn in_use(names: &FieldNames) -> impl Iterator<Item = Self> + use<> {
        let of_deals = names.of_deals;
        let is_classified = !names.deal_classification.is_empty();
        let has_type = !names.deal_property_type.is_empty();
        let is_used = move |setting: &Self| {
            let is_named = (is_classified || *setting != Self::DealClassification)
                && (has_type || *setting != Self::DealPropertyType);
            is_named && (of_deals || setting.kind() != Kind::Deal)
        };
        Self::ALL.into_iter().filter(is_used)
    }

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
            Self::DealMarker => "deal_marker",
            Self::DealPortfolio => "deal_portfolio",
            Self::DealPropertyCount => "deal_property_count",
            Self::DealPropertyType => "deal_property_type",
            Self::DealClassification => "deal_classification",
        }
    }

    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::PersonMarker | Self::PersonStrategy | Self::PersonJobTitle => Kind::Person,
            Self::OrganizationMarker | Self::OrganizationDomain | Self::OrganizationNumber => {
                Kind::Organization
            }
            Self::DealMarker
            | Self::DealPortfolio
            | Self::DealPropertyCount
            | Self::DealPropertyType
            | Self::DealClassification => Kind::Deal,
        }
    }

    #[must_use]
    pub const fn entity(self) -> FieldEntity {
        entity_of(self.kind()).expect("settings are about fields")
    }

    /// What travels in it; a marker holds our id for the other side instead.
    #[must_use]
    pub const fn field(self) -> Option<Field> {
        match self {
            Self::PersonMarker | Self::OrganizationMarker | Self::DealMarker => None,
            Self::PersonStrategy => Some(Field::PersonStrategy),
            Self::PersonJobTitle => Some(Field::PersonJobTitle),
            Self::OrganizationDomain => Some(Field::OrganizationDomain),
            Self::OrganizationNumber => Some(Field::OrganizationNumber),
            Self::DealPortfolio => Some(Field::DealPortfolio),
            Self::DealPropertyCount => Some(Field::DealPropertyCount),
            Self::DealPropertyType => Some(Field::DealPropertyType),
            Self::DealClassification => Some(Field::DealClassification),
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
            Self::DealMarker => "no deals are made in Pipedrive, and none gets its project's id",
            Self::DealPortfolio => "whether several properties are sold together does not travel",
            Self::DealPropertyCount => "numbers of properties do not travel",
            Self::DealPropertyType => "what kinds of properties are sold does not travel",
            Self::DealClassification => "what prospects think of a project does not travel",
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
            Self::DealMarker => &names.deal_marker,
            Self::DealPortfolio => &names.deal_portfolio,
            Self::DealPropertyCount => &names.deal_property_count,
            Self::DealPropertyType => &names.deal_property_type,
            Self::DealClassification => &names.deal_classification,
        }
    }

    /// Whether a field of this type can hold what travels in it.
    #[must_use]
    pub fn can_be(self, field_type: &str) -> bool {
        match self {
            Self::DealPortfolio => field_type == "enum",
            Self::DealPropertyCount => matches!(field_type, "double" | "int"),
            Self::DealPropertyType => field_type == "set",
            Self::PersonMarker
            | Self::PersonStrategy
            | Self::PersonJobTitle
            | Self::OrganizationMarker
            | Self::OrganizationDomain
            | Self::OrganizationNumber
            | Self::DealMarker
            | Self::DealClassification => matches!(field_type, "varchar" | "varchar_auto" | "text"),
        }
    }

    /// Whether this is a value that such a field can show, or none.
    #[must_use]
    pub fn can_show(self, value: &serde_json::Value) -> bool {
        match self {
            Self::DealPortfolio | Self::DealPropertyCount => value.is_number() || value.is_null(),
            Self::DealPropertyType => value.is_array() || value.is_null(),
            Self::PersonMarker
            | Self::PersonStrategy
            | Self::PersonJobTitle
            | Self::OrganizationMarker
            | Self::OrganizationDomain
            | Self::OrganizationNumber
            | Self::DealMarker
            | Self::DealClassification => value.is_string() || value.is_null(),
        }
    }
}

/// Whose fields a kind of pair uses in Pipedrive. Notes have none that users make.
#[must_use]
pub const fn entity_of(kind: Kind) -> Option<FieldEntity> {
    match kind {
        Kind::Person => Some(FieldEntity::Person),
        Kind::Organization => Some(FieldEntity::Organization),
        Kind::Deal => Some(FieldEntity::Deal),
        Kind::Note => None,
    }
}
