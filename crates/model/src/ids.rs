//! Identifiers: one type per thing, so that none can be taken for another, and the two sides.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One of the two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Pipedrive,
    Propstreet,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::Pipedrive, Self::Propstreet];

    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Pipedrive => Self::Propstreet,
            Self::Propstreet => Self::Pipedrive,
        }
    }

    /// The word used in tables, logs and settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pipedrive => "pipedrive",
            Self::Propstreet => "propstreet",
        }
    }

    /// The service's own name, for sentences.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Pipedrive => "Pipedrive",
            Self::Propstreet => "Propstreet",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// One value per side.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct BySide<T> {
    pub pipedrive: T,
    pub propstreet: T,
}

impl<T> BySide<T> {
    pub const fn get(&self, side: Side) -> &T {
        match side {
            Side::Pipedrive => &self.pipedrive,
            Side::Propstreet => &self.propstreet,
        }
    }

    pub const fn get_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Pipedrive => &mut self.pipedrive,
            Side::Propstreet => &mut self.propstreet,
        }
    }
}

/// What a pair is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A Pipedrive organization and a Propstreet company. First, because persons refer to organizations.
    Organization,
    /// A Pipedrive person and a Propstreet contact, with the contact's links.
    Person,
    /// A Pipedrive deal and a Propstreet project. Only where pipelines are chosen for it, and only their deals.
    Deal,
    /// A Pipedrive note and one in Propstreet's timeline, on records that are a pair. Only where notes are kept in step.
    Note,
}

impl Kind {
    /// Notes last, because they are on one of the others.
    pub const ALL: [Self; 4] = [Self::Organization, Self::Person, Self::Deal, Self::Note];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Person => "person",
            Self::Deal => "deal",
            Self::Note => "note",
        }
    }

    /// The entity that holds this kind on a side.
    #[must_use]
    pub const fn entity(self, side: Side) -> Entity {
        match (self, side) {
            (Self::Organization, Side::Pipedrive) => Entity::Organization,
            (Self::Organization, Side::Propstreet) => Entity::Company,
            (Self::Person, Side::Pipedrive) => Entity::Person,
            (Self::Person, Side::Propstreet) => Entity::Contact,
            (Self::Deal, Side::Pipedrive) => Entity::Deal,
            (Self::Deal, Side::Propstreet) => Entity::Project,
            (Self::Note, Side::Pipedrive) => Entity::Note,
            (Self::Note, Side::Propstreet) => Entity::TimelineNote,
        }
    }
}

/// One of the vendors' entities that are mirrored; each belongs to one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    /// Pipedrive
    Organization,
    /// Pipedrive
    Person,
    /// Propstreet
    Company,
    /// Propstreet
    Contact,
    /// Propstreet: a contact's place at a company. Belongs to its contact: it has no lane of its own.
    Link,
    /// Pipedrive
    User,
    /// Pipedrive
    Pipeline,
    /// Pipedrive
    Stage,
    /// Pipedrive
    Deal,
    /// Pipedrive
    Lead,
    /// Pipedrive
    Activity,
    /// Pipedrive
    Note,
    /// Pipedrive
    Product,
    /// Propstreet
    Project,
    /// Propstreet
    Property,
    /// Propstreet: an investor considered for a project, listed under it. Its id is the project's, a stroke, and its own.
    Prospect,
    /// Propstreet: a note in the timeline of a contact, company or project, listed there alone. Its id is that record, a stroke, and
    /// that of its first revision: whichever revision is in force, it is the same note.
    TimelineNote,
}

impl Entity {
    /// Those of which every record takes part in pairs. All of them are read before the first plan is made.
    pub const PAIRED: [Self; 5] = [
        Self::Organization,
        Self::Company,
        Self::Person,
        Self::Contact,
        Self::Link,
    ];

    /// In the order in which they are read: what takes part in pairs, then what makes the rest readable, then the rest.
    pub const ALL: [Self; 17] = [
        Self::Organization,
        Self::Company,
        Self::Person,
        Self::Contact,
        Self::Link,
        Self::User,
        Self::Pipeline,
        Self::Stage,
        Self::Deal,
        Self::Lead,
        Self::Activity,
        Self::Note,
        Self::Product,
        Self::Project,
        Self::Property,
        Self::Prospect,
        Self::TimelineNote,
    ];

    #[must_use]
    pub const fn side(self) -> Side {
        match self {
            Self::Company
            | Self::Contact
            | Self::Link
            | Self::Project
            | Self::Property
            | Self::Prospect
            | Self::TimelineNote => Side::Propstreet,
            Self::Organization
            | Self::Person
            | Self::User
            | Self::Pipeline
            | Self::Stage
            | Self::Deal
            | Self::Lead
            | Self::Activity
            | Self::Note
            | Self::Product => Side::Pipedrive,
        }
    }

    /// Whether all records of it take part in pairs, always. Of deals, projects and notes some do, where it is asked for.
    #[must_use]
    pub const fn is_always_paired(self) -> bool {
        match self {
            Self::Organization | Self::Person | Self::Company | Self::Contact | Self::Link => true,
            Self::User
            | Self::Pipeline
            | Self::Stage
            | Self::Deal
            | Self::Lead
            | Self::Activity
            | Self::Note
            | Self::Product
            | Self::Project
            | Self::Property
            | Self::Prospect
            | Self::TimelineNote => false,
        }
    }

    /// The kind of pair in which the entity can take part; a link takes part in its contact's pair. Nothing for what is mirrored
    /// only.
    #[must_use]
    pub const fn kind(self) -> Option<Kind> {
        match self {
            Self::Organization | Self::Company => Some(Kind::Organization),
            Self::Person | Self::Contact | Self::Link => Some(Kind::Person),
            Self::Deal | Self::Project => Some(Kind::Deal),
            Self::Note | Self::TimelineNote => Some(Kind::Note),
            Self::User
            | Self::Pipeline
            | Self::Stage
            | Self::Lead
            | Self::Activity
            | Self::Product
            | Self::Property
            | Self::Prospect => None,
        }
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Person => "person",
            Self::Company => "company",
            Self::Contact => "contact",
            Self::Link => "link",
            Self::User => "user",
            Self::Pipeline => "pipeline",
            Self::Stage => "stage",
            Self::Deal => "deal",
            Self::Lead => "lead",
            Self::Activity => "activity",
            Self::Note => "note",
            Self::Product => "product",
            Self::Project => "project",
            Self::Property => "property",
            Self::Prospect => "prospect",
            Self::TimelineNote => "timeline_note",
        }
    }

    /// The word for many of them: "organizations", "companies".
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Organization => "organizations",
            Self::Person => "persons",
            Self::Company => "companies",
            Self::Contact => "contacts",
            Self::Link => "links",
            Self::User => "users",
            Self::Pipeline => "pipelines",
            Self::Stage => "stages",
            Self::Deal => "deals",
            Self::Lead => "leads",
            Self::Activity => "activities",
            Self::Note => "notes",
            Self::Product => "products",
            Self::Project => "projects",
            Self::Property => "properties",
            Self::Prospect => "prospects",
            Self::TimelineNote => "timeline_notes",
        }
    }

    /// The inverse of [`Entity::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entity| entity.name() == name)
    }
}

/// A vendor's id, as text: Pipedrive's are integers, Propstreet's are strings. Copies share the text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Box<str>", into = "Box<str>")]
pub struct RemoteId(pub Arc<str>);

impl RemoteId {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a number; Pipedrive's always are.
    #[must_use]
    pub fn as_number(&self) -> Option<i64> {
        self.0.parse().ok()
    }
}

impl fmt::Display for RemoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for RemoteId {
    fn from(id: i64) -> Self {
        Self(id.to_string().into())
    }
}

impl From<String> for RemoteId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl From<Box<str>> for RemoteId {
    fn from(id: Box<str>) -> Self {
        Self(id.into())
    }
}

impl From<RemoteId> for Box<str> {
    fn from(id: RemoteId) -> Self {
        (*id.0).into()
    }
}

impl From<&str> for RemoteId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

/// One record of one side: its entity (which names the side) and the vendor's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordKey {
    pub entity: Entity,
    pub id: RemoteId,
}

impl RecordKey {
    /// The kind of pair that the record takes part in, asked where only such records come.
    ///
    /// # Panics
    /// When the record is of an entity that is mirrored only.
    #[must_use]
    pub const fn kind_of_pair(&self) -> Kind {
        self.entity
            .kind()
            .expect("only records that take part in pairs are planned")
    }

    #[must_use]
    pub fn new(entity: Entity, id: impl Into<RemoteId>) -> Self {
        Self {
            entity,
            id: id.into(),
        }
    }

    #[must_use]
    pub const fn side(&self) -> Side {
        self.entity.side()
    }

    /// Reads `person/12`, the form in which records are named on the command line and shown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (entity, id) = text.split_once('/')?;
        let entity = Entity::from_name(entity)?;
        (!id.is_empty()).then(|| Self::new(entity, id))
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.entity.name(), self.id)
    }
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_id!(
    /// One Pipedrive company joined with one Propstreet organization.
    WorkspaceId
);
number_id!(
    /// Two records, one per side, that are the same thing in the world.
    PairId
);
number_id!(
    /// The row that says a pair, or a record not yet paired, has something to look at.
    LaneId
);
number_id!(
    /// One planned remote write.
    OutboxId
);
number_id!(
    /// One field on which the sides disagreed.
    ConflictId
);
number_id!(
    /// One applied change.
    HistoryId
);
number_id!(
    /// Place in the inbox; grows by one with each row.
    InboxSeq
);
