//! What the timelines of contacts and companies tell of changes: who changed which fields, when and how.
//!
//! In: records as they were and as they are about to be kept. Out: rows by record, oldest first, and the ids that notes
//! share with them. A row holds numbers and flags; names and JSON are made when somebody asks. It changes no record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::portfolio::record::{Project, Prospect, Status};
use super::record::{ChangeKind, Company, Contact, Entity, Link, Origin, primary_of};
use super::records::Occasion;

const FIRST_ROW: u64 = 700_000;

const CONTACT_FIELDS: [&str; 12] = [
    "externalRefs",
    "firstName",
    "lastName",
    "email",
    "phone",
    "emails",
    "phones",
    "linkedInUrl",
    "primaryLanguage",
    "tags",
    "strategy",
    "blocked",
];
const COMPANY_FIELDS: [&str; 8] = [
    "externalRefs",
    "name",
    "countryCode",
    "domain",
    "homepageUrl",
    "linkedInUrl",
    "strategy",
    "tags",
];
const LINK_FIELDS: [&str; 4] = ["contactId", "companyId", "jobTitle", "isPrimary"];
const PROJECT_FIELDS: [&str; 10] = [
    "externalRefs",
    "name",
    "status",
    "classification",
    "asset",
    "teaser",
    "exclusivity",
    "price",
    "priceRange",
    "properties",
];
const PROSPECT_FIELDS: [&str; 6] = [
    "externalRefs",
    "contactId",
    "companyId",
    "classification",
    "tags",
    "teaser",
];

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Operation {
    ContactCreated,
    ContactUpdated,
    ContactDeleted,
    ContactRestored,
    CompanyCreated,
    CompanyUpdated,
    CompanyDeleted,
    CompanyRestored,
    LinkCreated,
    LinkUpdated,
    LinkDeleted,
    ProjectCreated,
    ProjectUpdated,
    ProjectClosed,
    ProjectDeleted,
    ProspectCreated,
    ProspectUpdated,
    ProspectRemoved,
    ProspectDeleted,
}

impl Operation {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ContactCreated => "ContactCreated",
            Self::ContactUpdated => "ContactUpdated",
            Self::ContactDeleted => "ContactDeleted",
            Self::ContactRestored => "ContactRestored",
            Self::CompanyCreated => "CompanyCreated",
            Self::CompanyUpdated => "CompanyUpdated",
            Self::CompanyDeleted => "CompanyDeleted",
            Self::CompanyRestored => "CompanyRestored",
            Self::LinkCreated => "LinkCreated",
            Self::LinkUpdated => "LinkUpdated",
            Self::LinkDeleted => "LinkDeleted",
            Self::ProjectCreated => "ProjectCreated",
            Self::ProjectUpdated => "ProjectUpdated",
            Self::ProjectClosed => "ProjectClosed",
            Self::ProjectDeleted => "ProjectDeleted",
            Self::ProspectCreated => "ProspectCreated",
            Self::ProspectUpdated => "ProspectUpdated",
            Self::ProspectRemoved => "ProspectRemoved",
            Self::ProspectDeleted => "ProspectDeleted",
        }
    }

    /// The names of the fields that the operation can change, in the order of the row's flags.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::ContactCreated
            | Self::ContactUpdated
            | Self::ContactDeleted
            | Self::ContactRestored => &CONTACT_FIELDS,
            Self::CompanyCreated
            | Self::CompanyUpdated
            | Self::CompanyDeleted
            | Self::CompanyRestored => &COMPANY_FIELDS,
            Self::LinkCreated | Self::LinkUpdated | Self::LinkDeleted => &LINK_FIELDS,
            Self::ProjectCreated
            | Self::ProjectUpdated
            | Self::ProjectClosed
            | Self::ProjectDeleted => &PROJECT_FIELDS,
            Self::ProspectCreated
            | Self::ProspectUpdated
            | Self::ProspectRemoved
            | Self::ProspectDeleted => &PROSPECT_FIELDS,
        }
    }

    const fn of_contact(kind: ChangeKind, comes_back: bool) -> Self {
        match kind {
            ChangeKind::Create => Self::ContactCreated,
            ChangeKind::Update if comes_back => Self::ContactRestored,
            ChangeKind::Update => Self::ContactUpdated,
            ChangeKind::Delete => Self::ContactDeleted,
        }
    }

    const fn of_company(kind: ChangeKind, comes_back: bool) -> Self {
        match kind {
            ChangeKind::Create => Self::CompanyCreated,
            ChangeKind::Update if comes_back => Self::CompanyRestored,
            ChangeKind::Update => Self::CompanyUpdated,
            ChangeKind::Delete => Self::CompanyDeleted,
        }
    }

    const fn of_link(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Create => Self::LinkCreated,
            ChangeKind::Update => Self::LinkUpdated,
            ChangeKind::Delete => Self::LinkDeleted,
        }
    }

    const fn of_project(kind: ChangeKind, closes: bool) -> Self {
        match kind {
            ChangeKind::Create => Self::ProjectCreated,
            ChangeKind::Update if closes => Self::ProjectClosed,
            ChangeKind::Update => Self::ProjectUpdated,
            ChangeKind::Delete => Self::ProjectDeleted,
        }
    }

    const fn of_prospect(kind: ChangeKind, is_taken_off: bool) -> Self {
        match kind {
            ChangeKind::Create => Self::ProspectCreated,
            ChangeKind::Update if is_taken_off => Self::ProspectRemoved,
            ChangeKind::Update => Self::ProspectUpdated,
            ChangeKind::Delete => Self::ProspectDeleted,
        }
    }
}

/// One change on one timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AuditRow {
    pub(super) id: u64,
    pub(super) at: i64,
    pub(super) operation: Operation,
    pub(super) origin: Origin,
    /// A flag for each field of the operation.
    fields: u16,
    /// Which of the timeline's clients called.
    client: Option<u16>,
    /// The link, or nought.
    link: u64,
    pub(super) key: Option<Box<str>>,
}

impl AuditRow {
    /// The JSON names of what changed.
    pub(super) fn changed_fields(&self) -> impl Iterator<Item = &'static str> {
        let names = self.operation.fields().iter().enumerate();
        names.filter_map(|(place, name)| (self.fields >> place & 1 == 1).then_some(*name))
    }

    pub(super) fn link(&self) -> Option<u64> {
        Some(self.link).filter(|&link| link != 0)
    }
}

/// The rows of all records, and the last id that a row or a note has.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    rows: BTreeMap<(Entity, u64), Vec<AuditRow>>,
    clients: Vec<String>,
    last_id: u64,
}

/// The timelines as they are kept in a file.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct SavedTimeline {
    rows: Vec<(Entity, u64, Vec<AuditRow>)>,
    clients: Vec<String>,
    last_id: u64,
}

impl Timeline {
    /// An id for a row or a note, higher than any before it.
    pub(super) fn take_id(&mut self) -> u64 {
        self.last_id = (self.last_id + 1).max(FIRST_ROW);
        self.last_id
    }

    /// The rows of a contact or company, oldest first.
    pub(super) fn of(&self, on: (Entity, u64)) -> &[AuditRow] {
        self.rows.get(&on).map_or(&[], Vec::as_slice)
    }

    /// The client that made a change through the API.
    pub(super) fn client(&self, row: &AuditRow) -> Option<&str> {
        let client = self.clients.get(usize::from(row.client?))?;
        Some(client)
    }

    /// A contact is about to be kept.
    pub(super) fn contact_kept(
        &mut self,
        old: Option<&Contact>,
        next: &Contact,
        kind: ChangeKind,
        when: &Occasion<'_>,
    ) {
        const NOTHING: &Contact = &Contact::empty();
        let fields = flags(contact_differences(old.unwrap_or(NOTHING), next));
        let was_deleted = old.is_some_and(|old| old.stamp.deleted.is_some());
        let operation = Operation::of_contact(kind, was_deleted);
        self.write(
            (Entity::Contact, next.stamp.id),
            (operation, fields),
            0,
            when,
        );
    }

    /// A company is about to be kept.
    pub(super) fn company_kept(
        &mut self,
        old: Option<&Company>,
        next: &Company,
        kind: ChangeKind,
        when: &Occasion<'_>,
    ) {
        const NOTHING: &Company = &Company::empty();
        let fields = flags(company_differences(old.unwrap_or(NOTHING), next));
        let was_deleted = old.is_some_and(|old| old.stamp.deleted.is_some());
        let operation = Operation::of_company(kind, was_deleted);
        self.write(
            (Entity::Company, next.stamp.id),
            (operation, fields),
            0,
            when,
        );
    }

    /// A link is about to be kept: both of its ends tell of it.
    pub(super) fn link_kept(
        &mut self,
        old: Option<&Link>,
        next: &Link,
        kind: ChangeKind,
        when: &Occasion<'_>,
    ) {
        // A link that ends gives up its flag, but what changed is that it ended.
        let fields = if kind == ChangeKind::Delete {
            0
        } else {
            flags(link_differences(old, next))
        };
        let what = (Operation::of_link(kind), fields);
        let id = next.stamp.id;
        self.write((Entity::Contact, next.contact), what, id, when);
        self.write((Entity::Company, next.company), what, id, when);
    }

    /// A project is about to be kept.
    pub(super) fn project_kept(
        &mut self,
        old: Option<&Project>,
        next: &Project,
        kind: ChangeKind,
        when: &Occasion<'_>,
    ) {
        const NOTHING: &Project = &Project::empty();
        let was = old.unwrap_or(NOTHING);
        let fields = flags(project_differences(was, next));
        let closes = was.status == Status::Open && next.status == Status::Closed;
        let operation = Operation::of_project(kind, closes);
        let on = (Entity::Project, next.stamp.id);
        self.write(on, (operation, fields), 0, when);
    }

    /// A prospect is about to be kept.
    pub(super) fn prospect_kept(
        &mut self,
        old: Option<&Prospect>,
        next: &Prospect,
        kind: ChangeKind,
        when: &Occasion<'_>,
    ) {
        const NOTHING: &Prospect = &Prospect::of(0);
        let was = old.unwrap_or(NOTHING);
        let fields = flags(prospect_differences(was, next));
        let operation = Operation::of_prospect(kind, !was.is_removed && next.is_removed);
        let on = (Entity::Prospect, next.stamp.id);
        self.write(on, (operation, fields), 0, when);
    }

    /// A record got a new version, and no field of it is another.
    pub(super) fn touched(&mut self, entity: Entity, id: u64, when: &Occasion<'_>) {
        let operation = match entity {
            Entity::Contact => Operation::ContactUpdated,
            Entity::Company => Operation::CompanyUpdated,
            Entity::Project => Operation::ProjectUpdated,
            Entity::Prospect => Operation::ProspectUpdated,
            Entity::Link => return,
        };
        self.write((entity, id), (operation, 0), 0, when);
    }

    fn write(
        &mut self,
        on: (Entity, u64),
        (operation, fields): (Operation, u16),
        link: u64,
        when: &Occasion<'_>,
    ) {
        if !when.is_told {
            return;
        }
        let row = AuditRow {
            id: self.take_id(),
            at: when.at,
            operation,
            origin: when.origin,
            fields,
            client: when.client.and_then(|client| self.number_of(client)),
            link,
            key: when.key.map(Box::from),
        };
        self.rows.entry(on).or_default().push(row);
    }

    /// There are as many clients as the settings name: a few.
    fn number_of(&mut self, client: &str) -> Option<u16> {
        let known = self.clients.iter().position(|known| known == client);
        let place = known.unwrap_or_else(|| {
            self.clients.push(client.to_owned());
            self.clients.len() - 1
        });
        u16::try_from(place).ok()
    }

    pub(super) fn save(&self) -> SavedTimeline {
        let rows = self
            .rows
            .iter()
            .map(|(&(entity, id), rows)| (entity, id, rows.clone()));
        SavedTimeline {
            rows: rows.collect(),
            clients: self.clients.clone(),
            last_id: self.last_id,
        }
    }

    /// As it was saved. `last_note` counts where a file knows of notes alone.
    pub(super) fn load(saved: SavedTimeline, last_note: u64) -> Self {
        let rows = saved
            .rows
            .into_iter()
            .map(|(entity, id, rows)| ((entity, id), rows));
        Self {
            rows: rows.collect(),
            clients: saved.clients,
            last_id: saved.last_id.max(last_note),
        }
    }
}

/// One flag for each field that differs, the first field in the lowest bit.
fn flags<const N: usize>(differences: [bool; N]) -> u16 {
    let highest_first = differences.iter().rev();
    highest_first.fold(0, |flags, &differs| flags << 1 | u16::from(differs))
}

/// In the order of the names.
fn contact_differences(old: &Contact, next: &Contact) -> [bool; CONTACT_FIELDS.len()] {
    [
        old.refs != next.refs,
        old.first_name != next.first_name,
        old.last_name != next.last_name,
        primary_of(&old.emails) != primary_of(&next.emails),
        primary_of(&old.phones) != primary_of(&next.phones),
        old.emails != next.emails,
        old.phones != next.phones,
        old.linked_in != next.linked_in,
        old.language != next.language,
        old.tags != next.tags,
        old.strategy != next.strategy,
        old.blocked != next.blocked,
    ]
}

/// In the order of the names.
fn company_differences(old: &Company, next: &Company) -> [bool; COMPANY_FIELDS.len()] {
    [
        old.refs != next.refs,
        old.name != next.name,
        old.country != next.country,
        old.domain != next.domain,
        old.homepage != next.homepage,
        old.linked_in != next.linked_in,
        old.strategy != next.strategy,
        old.tags != next.tags,
    ]
}

/// In the order of the names. The ends of a link never change.
fn link_differences(old: Option<&Link>, next: &Link) -> [bool; LINK_FIELDS.len()] {
    let old_title = old.and_then(|old| old.job_title.as_deref());
    [
        old.is_none(),
        old.is_none(),
        old_title != next.job_title.as_deref(),
        old.is_some_and(|old| old.primary) != next.primary,
    ]
}

/// In the order of the names.
fn project_differences(old: &Project, next: &Project) -> [bool; PROJECT_FIELDS.len()] {
    let asset = |project: &Project| (project.is_portfolio, project.property_count);
    [
        old.refs != next.refs,
        old.name != next.name,
        old.status != next.status,
        old.stage() != next.stage(),
        asset(old) != asset(next),
        old.teaser != next.teaser,
        old.exclusivity != next.exclusivity,
        old.price != next.price,
        old.price_range != next.price_range,
        old.properties != next.properties,
    ]
}

/// In the order of the names.
fn prospect_differences(old: &Prospect, next: &Prospect) -> [bool; PROSPECT_FIELDS.len()] {
    [
        old.refs != next.refs,
        old.contact != next.contact,
        old.company != next.company,
        old.interest != next.interest,
        old.tags != next.tags,
        old.teaser != next.teaser,
    ]
}
