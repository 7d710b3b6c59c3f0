//! Which fields flow which way, and who wins.

use std::collections::BTreeMap;

use model::{Field, Kind, Side};
use serde::{Deserialize, Serialize};

/// Which way a field flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Both,
    ToPropstreet,
    ToPipedrive,
    Off,
}

/// Who wins when both sides changed a field to different values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    PipedriveWins,
    PropstreetWins,
    Latest,
    Manual,
}

impl Direction {
    #[must_use]
    pub const fn is_off(self) -> bool {
        matches!(self, Self::Off)
    }

    /// Whether changes may be written to a side.
    #[must_use]
    pub const fn allows(self, to: Side) -> bool {
        match (self, to) {
            (Self::Both, _)
            | (Self::ToPropstreet, Side::Propstreet)
            | (Self::ToPipedrive, Side::Pipedrive) => true,
            (Self::ToPropstreet, Side::Pipedrive)
            | (Self::ToPipedrive, Side::Propstreet)
            | (Self::Off, _) => false,
        }
    }

    /// The side whose changes are the only ones to travel.
    #[must_use]
    pub const fn owner(self) -> Option<Side> {
        match self {
            Self::Both | Self::Off => None,
            Self::ToPropstreet => Some(Side::Pipedrive),
            Self::ToPipedrive => Some(Side::Propstreet),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldPolicy {
    pub direction: Direction,
    pub winner: Winner,
}

impl FieldPolicy {
    /// What holds without a setting: identity goes by the later edit, the investment criteria are Propstreet's, and the
    /// country is never written to Pipedrive, where it would null the rest of an address.
    #[must_use]
    pub const fn default_of(field: Field) -> Self {
        let (direction, winner) = match field {
            Field::PersonStrategy | Field::DealClassification => {
                (Direction::Both, Winner::PropstreetWins)
            }
            Field::OrganizationCountry => (Direction::ToPropstreet, Winner::PipedriveWins),
            Field::DealPropertyType => (Direction::ToPipedrive, Winner::PropstreetWins),
            Field::PersonName
            | Field::PersonEmail
            | Field::PersonPhone
            | Field::PersonOrganization
            | Field::PersonJobTitle
            | Field::PersonTags
            | Field::OrganizationName
            | Field::OrganizationDomain
            | Field::OrganizationNumber
            | Field::DealName
            | Field::DealPrice
            | Field::DealPortfolio
            | Field::DealPropertyCount
            | Field::DealProspects => (Direction::Both, Winner::Latest),
            Field::NoteText => (Direction::Both, Winner::Latest),
            // The primary one travels alone, unless the settings say otherwise.
            Field::PersonEmails | Field::PersonPhones => (Direction::Off, Winner::Latest),
            // It only says where a note belongs.
            Field::NoteOn => (Direction::Off, Winner::PipedriveWins),
            Field::DealStage | Field::DealStatus => (Direction::Both, Winner::PipedriveWins),
        };
        Self { direction, winner }
    }
}

/// What a deletion on one side does to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletePolicy {
    /// The other record stays and the pair rests.
    Unlink,
    /// The other record is deleted too, unless it was edited since: that is a conflict for a person.
    Propagate,
    /// A person is asked for each whether the other record shall be deleted, too.
    Ask,
}

/// What becomes of the project of a deal that came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostPolicy {
    /// It stays as it is.
    Nothing,
    /// It is closed without a buyer, for good.
    Close,
    Delete,
}

/// How the ends of deals and projects travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DealPolicies {
    pub lost: LostPolicy,
    /// A project that was closed in Propstreet makes its deal won.
    pub closed_is_won: bool,
}

/// The policy of every field, and of deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policies {
    /// A field that is not in here has its default.
    pub fields: BTreeMap<Field, FieldPolicy>,
    pub deletes: DeletePolicy,
    pub deals: DealPolicies,
    /// Wins when `latest` cannot tell.
    pub tie: Side,
}

impl Policies {
    /// Sensible without a configuration: every field spelled out, nothing deleted on the other side, ties to Pipedrive.
    #[must_use]
    pub fn default_policies() -> Self {
        let fields = Kind::ALL.into_iter().flat_map(Field::of);
        Self {
            fields: fields
                .map(|field| (*field, FieldPolicy::default_of(*field)))
                .collect(),
            deletes: DeletePolicy::Unlink,
            deals: DealPolicies {
                lost: LostPolicy::Nothing,
                closed_is_won: true,
            },
            tie: Side::Pipedrive,
        }
    }

    #[must_use]
    pub fn of(&self, field: Field) -> FieldPolicy {
        self.fields
            .get(&field)
            .copied()
            .unwrap_or_else(|| FieldPolicy::default_of(field))
    }
}

impl Default for Policies {
    fn default() -> Self {
        Self::default_policies()
    }
}
