//! One entity in our terms, the same for both sides: fields with canonical values.
//!
//! Two values are equal when they mean the same, because only canonical values are put into a [`Record`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::{Kind, PairId, RecordKey, Side};

/// A field that travels between the sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    PersonName,
    PersonEmail,
    PersonPhone,
    /// All addresses, the primary one among them: a set. Which of them is the primary one is a field of its own.
    PersonEmails,
    /// The same of numbers.
    PersonPhones,
    /// The organization the person works at: Pipedrive `org_id`, Propstreet the contact's primary link.
    PersonOrganization,
    /// The person's title there: a Pipedrive person field, Propstreet `jobTitle` of the primary link.
    PersonJobTitle,
    /// Pipedrive labels, Propstreet tags: a set, compared element by element.
    PersonTags,
    PersonStrategy,
    OrganizationName,
    /// ISO 3166-1 alpha-2. Travels to Propstreet only: writing a Pipedrive address nulls its other parts.
    OrganizationCountry,
    OrganizationDomain,
    /// Country and digits, for instance `SE5560160680`; on Propstreet an external reference.
    OrganizationNumber,
    /// A deal's title, a project's name.
    DealName,
    /// Amount and currency, for instance `12500000 SEK`.
    DealPrice,
    /// `yes` for several properties sold together, `no` for a single one.
    DealPortfolio,
    /// How many properties a portfolio has.
    DealPropertyCount,
    /// What kinds of properties are sold, for instance `office, retail`. Propstreet's alone: no call changes them.
    DealPropertyType,
    /// Pipedrive: the name of the deal's stage. Propstreet: how far the project is, see [`crate::progress`]. The two are never
    /// the same; a table says which of them belong together.
    DealStage,
    /// `open`, `won` (on Propstreet: closed) or `lost` (on Propstreet: deleted, and so not shown).
    DealStatus,
    /// Who takes part: Pipedrive's participants, Propstreet's prospects. A set of references, each as [`Reference::word`] says it.
    DealProspects,
    /// What the prospect thinks of it that is the deal's own person; nothing where it has not been contacted.
    DealClassification,
    /// What a note says: its words without their form, because the services write form differently.
    NoteText,
    /// The record that a note is on. It says where a note belongs and never travels by itself: it is in no base.
    NoteOn,
}

/// What carries a field on a side: the record itself, or (on Propstreet) the contact's link to a company or the call that closes
/// a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    Record,
    Link,
    /// The end of a project: a call of its own, after which nothing of the project can be changed.
    Closing,
    /// Who takes part in a deal or project: they come and go by calls of their own.
    Members,
    /// The prospect that is the deal's own person.
    Prospect,
}

impl Field {
    pub const PERSON: [Self; 9] = [
        Self::PersonName,
        Self::PersonEmail,
        Self::PersonEmails,
        Self::PersonPhone,
        Self::PersonPhones,
        Self::PersonOrganization,
        Self::PersonJobTitle,
        Self::PersonTags,
        Self::PersonStrategy,
    ];
    pub const ORGANIZATION: [Self; 4] = [
        Self::OrganizationName,
        Self::OrganizationCountry,
        Self::OrganizationDomain,
        Self::OrganizationNumber,
    ];
    pub const NOTE: [Self; 1] = [Self::NoteText];
    pub const DEAL: [Self; 9] = [
        Self::DealName,
        Self::DealPrice,
        Self::DealPortfolio,
        Self::DealPropertyCount,
        Self::DealPropertyType,
        Self::DealStage,
        Self::DealProspects,
        Self::DealClassification,
        Self::DealStatus,
    ];

    /// All fields of a kind, in the order in which they are shown.
    #[must_use]
    pub const fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Person => &Self::PERSON,
            Kind::Organization => &Self::ORGANIZATION,
            Kind::Deal => &Self::DEAL,
            Kind::Note => &Self::NOTE,
        }
    }

    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::PersonName
            | Self::PersonEmail
            | Self::PersonPhone
            | Self::PersonEmails
            | Self::PersonPhones
            | Self::PersonOrganization
            | Self::PersonJobTitle
            | Self::PersonTags
            | Self::PersonStrategy => Kind::Person,
            Self::OrganizationName
            | Self::OrganizationCountry
            | Self::OrganizationDomain
            | Self::OrganizationNumber => Kind::Organization,
            Self::DealName
            | Self::DealPrice
            | Self::DealPortfolio
            | Self::DealPropertyCount
            | Self::DealPropertyType
            | Self::DealStage
            | Self::DealStatus
            | Self::DealProspects
            | Self::DealClassification => Kind::Deal,
            Self::NoteText | Self::NoteOn => Kind::Note,
        }
    }

    /// The word used in settings, tables and messages, within its kind: `email`, `job_title`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PersonName | Self::OrganizationName | Self::DealName => "name",
            Self::PersonEmail => "email",
            Self::PersonPhone => "phone",
            Self::PersonEmails => "emails",
            Self::PersonPhones => "phones",
            Self::PersonOrganization => "organization",
            Self::PersonJobTitle => "job_title",
            Self::PersonTags => "tags",
            Self::PersonStrategy => "strategy",
            Self::OrganizationCountry => "country",
            Self::OrganizationDomain => "domain",
            Self::OrganizationNumber => "organization_number",
            Self::DealPrice => "price",
            Self::DealPortfolio => "portfolio",
            Self::DealPropertyCount => "property_count",
            Self::DealPropertyType => "property_type",
            Self::DealStage => "stage",
            Self::DealStatus => "status",
            Self::DealProspects => "prospects",
            Self::DealClassification => "classification",
            Self::NoteText => "text",
            Self::NoteOn => "record",
        }
    }

    /// The inverse of [`Field::name`].
    #[must_use]
    pub fn from_name(kind: Kind, name: &str) -> Option<Self> {
        Self::of(kind)
            .iter()
            .copied()
            .find(|field| field.name() == name)
    }

    /// Sets, and which of their elements is the primary one.
    const PRIMARY: [(Self, Self); 2] = [
        (Self::PersonEmails, Self::PersonEmail),
        (Self::PersonPhones, Self::PersonPhone),
    ];

    /// The field that says which element of this set is the primary one.
    #[must_use]
    pub fn primary(self) -> Option<Self> {
        let mut known = Self::PRIMARY.into_iter();
        known.find_map(|(all, primary)| (all == self).then_some(primary))
    }

    /// The set whose primary element this field is.
    #[must_use]
    pub fn all_of(self) -> Option<Self> {
        let mut known = Self::PRIMARY.into_iter();
        known.find_map(|(all, primary)| (primary == self).then_some(all))
    }

    /// Sets that merge element by element.
    #[must_use]
    pub const fn is_merged_as_set(self) -> bool {
        matches!(
            self,
            Self::PersonTags | Self::PersonEmails | Self::PersonPhones
        )
    }

    #[must_use]
    pub const fn carrier(self, side: Side) -> Carrier {
        match (self, side) {
            (Self::PersonOrganization | Self::PersonJobTitle, Side::Propstreet) => Carrier::Link,
            (Self::DealStatus, Side::Propstreet) => Carrier::Closing,
            (Self::DealProspects, _) => Carrier::Members,
            (Self::DealClassification, Side::Propstreet) => Carrier::Prospect,
            _ => Carrier::Record,
        }
    }
}

/// A reference to another record, told by its pair, so that both sides name it alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    Pair(PairId),
    /// The record referred to has no pair yet (or none any more): the other side has no word for it.
    Unpaired(RecordKey),
}

/// What the word of a reference that is told by its pair begins with.
const PAIR_WORD: &str = "pair/";

impl Reference {
    /// How it is told as an element of a set: `pair/12`, and `person/7` where the record has no pair.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Pair(pair) => format!("{PAIR_WORD}{pair}"),
            Self::Unpaired(record) => record.to_string(),
        }
    }

    /// The inverse of [`Reference::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word.strip_prefix(PAIR_WORD) {
            Some(number) => number.parse().ok().map(|id| Self::Pair(PairId(id))),
            None => RecordKey::parse(word).map(Self::Unpaired),
        }
    }
}

/// A canonical value; an empty one is absent from its [`Record`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    Text(String),
    /// Never empty.
    Set(BTreeSet<String>),
    Reference(Reference),
}

impl Value {
    /// A text value, or nothing for an empty text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.is_empty()).then_some(Self::Text(text))
    }

    /// A set value, or nothing for an empty set.
    #[must_use]
    pub fn set(elements: BTreeSet<String>) -> Option<Self> {
        (!elements.is_empty()).then_some(Self::Set(elements))
    }

    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Set(_) | Self::Reference(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Set(elements) => {
                for (i, element) in elements.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    f.write_str(element)?;
                }
                Ok(())
            }
            Self::Reference(Reference::Pair(pair)) => write!(f, "pair {pair}"),
            Self::Reference(Reference::Unpaired(key)) => write!(f, "{key}"),
        }
    }
}

/// What one side shows of one entity, canonically. Absent fields are empty there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Record {
    /// Shared, because records are copied more often than they change.
    pub values: Arc<BTreeMap<Field, Value>>,
}

impl Record {
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&Value> {
        self.values.get(&field)
    }

    /// Sets or clears a field.
    pub fn put(&mut self, field: Field, value: Option<Value>) {
        match value {
            Some(value) => drop(Arc::make_mut(&mut self.values).insert(field, value)),
            None if self.values.contains_key(&field) => {
                Arc::make_mut(&mut self.values).remove(&field);
            }
            None => {}
        }
    }

    #[must_use]
    pub fn with(mut self, field: Field, value: Option<Value>) -> Self {
        self.put(field, value);
        self
    }

    /// The elements of a set field; empty when the field is.
    #[must_use]
    pub fn set(&self, field: Field) -> BTreeSet<String> {
        match self.get(field) {
            Some(Value::Set(elements)) => elements.clone(),
            Some(Value::Text(_) | Value::Reference(_)) | None => BTreeSet::new(),
        }
    }
}
