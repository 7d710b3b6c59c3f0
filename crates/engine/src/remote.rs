//! Both APIs' records as mirror rows: one read and one list, whatever the entity.
//!
//! In: a record's key, or which part of a list. Out: mirror rows that say what the side shows now. Keeps nothing.

use std::sync::Arc;

use api_client::{CallContext, CallError, Page, Priority, Row, Unreadable};
use model::{Entity, RecordKey, Timestamp, time};
use pipedrive::{Organization, Person, cost};
use propstreet::{Company, Contact, Link, Versioned};
use store::{MirrorRow, Observation, ShownCount, Store};

use crate::core::Core;
use crate::failure::EngineError;
use crate::mapping::{self, Mapped, MappingContext};

pub(crate) mod cover;
pub(crate) mod listed_under;
pub(crate) mod participants;
pub(crate) mod propstreet_only;
mod queries;
mod unpaired;

pub use queries::ListQuery;
use queries::{Part, pipedrive_query, propstreet_query};

pub(crate) use participants::{open_deals, participants_of};
pub(crate) use propstreet_only::{prospect_row, prospects_under};
pub(crate) use unpaired::{behind_list, is_in_archive};

/// Rows of a full page; both sides' lists are asked for as many.
const PAGE_ROWS: usize = 500;

/// Whether records of this entity that are due together are read together: those of Pipedrive that take part in no pair.
pub(crate) const fn is_read_together(entity: Entity) -> bool {
    matches!(
        entity,
        Entity::User
            | Entity::Pipeline
            | Entity::Stage
            | Entity::Deal
            | Entity::Lead
            | Entity::Activity
            | Entity::Note
            | Entity::Product
    )
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListPage {
    pub rows: Vec<MirrorRow>,
    /// How many take part in deals, where the list was asked for it.
    pub participant_counts: Vec<ShownCount>,
    /// Rows that make no sense.
    pub unreadable: Vec<Unreadable>,
    pub next_cursor: Option<String>,
    /// More is said to follow, although fewer rows came than were asked for.
    pub is_short: bool,
}

/// Whether an entity's new records are in no delta until their first change.
#[must_use]
pub const fn hides_new_records(entity: Entity) -> bool {
    matches!(
        entity,
        Entity::Person | Entity::Organization | Entity::Deal | Entity::Activity | Entity::Product
    )
}

/// What it costs to read the list of so many records of an entity from end to end, in tokens.
#[must_use]
pub fn list_tokens(entity: Entity, records: usize) -> u32 {
    let pages = u32::try_from(records / pipedrive::LIMIT_MAX as usize + 1).unwrap_or(u32::MAX);
    let (of_page, archive) = match entity {
        Entity::Company
        | Entity::Contact
        | Entity::Link
        | Entity::Project
        | Entity::Property
        | Entity::Prospect
        | Entity::TimelineNote => (0, 0),
        Entity::Person | Entity::Organization | Entity::Activity | Entity::Product => {
            (cost::RECORDS_PAGE.tokens, 0)
        }
        Entity::User => (cost::USERS_LIST.tokens, 0),
        Entity::Pipeline | Entity::Stage => (cost::STAGES_PAGE.tokens, 0),
        Entity::Deal => (cost::RECORDS_PAGE.tokens, cost::ARCHIVED_DEALS_PAGE.tokens),
        Entity::Lead => (cost::LEADS_PAGE.tokens, cost::ARCHIVED_LEADS_PAGE.tokens),
        Entity::Note => (cost::NOTES_PAGE.tokens, 0),
    };
    pages.saturating_mul(of_page).saturating_add(archive)
}

/// What one page of an entity's list costs, in tokens.
#[must_use]
pub fn page_tokens(entity: Entity) -> u32 {
    let of_pages = |pages: usize| list_tokens(entity, (pages - 1) * pipedrive::LIMIT_MAX as usize);
    of_pages(2) - of_pages(1)
}

/// When a Pipedrive record was added.
#[must_use]
pub fn added_at(row: &MirrorRow) -> Option<Timestamp> {
    match row.key.entity {
        Entity::Person => mapping::parse::<Person>(row).ok()?.add_time,
        Entity::Organization => mapping::parse::<Organization>(row).ok()?.add_time,
        Entity::Deal => mapping::parse::<pipedrive::Deal>(row).ok()?.add_time,
        Entity::Activity => mapping::parse::<pipedrive::Activity>(row).ok()?.add_time,
        Entity::Product => mapping::parse::<pipedrive::Product>(row).ok()?.add_time,
        Entity::Note => mapping::parse::<pipedrive::Note>(row).ok()?.add_time,
        Entity::Company
        | Entity::Contact
        | Entity::Link
        | Entity::User
        | Entity::Pipeline
        | Entity::Stage
        | Entity::Lead
        | Entity::Project
        | Entity::Property
        | Entity::Prospect
        | Entity::TimelineNote => None,
    }
}

/// One page of a list.
///
/// # Errors
/// [`EngineError::Call`] when it could not be read, [`EngineError::NotSetUp`] before the definitions are known.
pub async fn list<S: Store>(
    core: &Core<S>,
    entity: Entity,
    query: &ListQuery,
    call: &CallContext,
) -> Result<ListPage, EngineError> {
    let from = Reader {
        mapping: core.mapping()?,
        now: core.now(),
        // Most rows of a list are known already.
        remembers: false,
    };
    let failed = |error| EngineError::call(entity.side(), error);
    let page = match entity {
        Entity::Person => core
            .pipedrive
            .list_persons(&pipedrive_query(query), call)
            .await
            .map(|page| from.page(page, Reader::person)),
        Entity::Organization => core
            .pipedrive
            .list_organizations(&pipedrive_query(query), call)
            .await
            .map(|page| from.page(page, Reader::organization)),
        Entity::Contact => core
            .propstreet
            .list_contacts(&propstreet_query(query), call)
            .await
            .map(|page| from.page(page, Reader::contact)),
        Entity::Company => core
            .propstreet
            .list_companies(&propstreet_query(query), call)
            .await
            .map(|page| from.page(page, Reader::company)),
        Entity::Link => core
            .propstreet
            .list_links(
                propstreet::LinksOf::Everybody,
                &propstreet_query(query),
                call,
            )
            .await
            .map(|page| from.page(page, Reader::link)),
        Entity::User
        | Entity::Pipeline
        | Entity::Stage
        | Entity::Deal
        | Entity::Lead
        | Entity::Activity
        | Entity::Note
        | Entity::Product => unpaired::list(core, &from, entity, query, call).await,
        Entity::Project | Entity::Property => {
            let query = propstreet_query(query);
            propstreet_only::list(core, &from, entity, &query, call).await
        }
        Entity::Prospect | Entity::TimelineNote => {
            return listed_under::list(core, &from, entity, query, call).await;
        }
    };
    page.map_err(failed)
}

/// One record as it is now; `None` when there is none (any more).
///
/// # Errors
/// As [`CallError`] says.
pub async fn read<S: Store>(
    core: &Core<S>,
    key: &RecordKey,
    call: &CallContext,
) -> Result<Option<MirrorRow>, CallError> {
    let Ok(mapping) = core.mapping() else {
        return Err(CallError::NotFound);
    };
    let from = Reader {
        mapping,
        now: core.now(),
        remembers: true,
    };
    let number = || key.id.as_number().ok_or(CallError::NotFound);
    let row = match key.entity {
        Entity::Person => {
            async {
                core.pipedrive
                    .get_person(number()?, call)
                    .await
                    .map(|row| from.person(row))
            }
            .await
        }
        Entity::Organization => {
            async {
                core.pipedrive
                    .get_organization(number()?, call)
                    .await
                    .map(|row| from.organization(row))
            }
            .await
        }
        Entity::Contact => core
            .propstreet
            .get_contact(key.id.as_str(), call)
            .await
            .map(|row| from.contact(row)),
        Entity::Company => core
            .propstreet
            .get_company(key.id.as_str(), call)
            .await
            .map(|row| from.company(row)),
        Entity::Link => core
            .propstreet
            .get_link(key.id.as_str(), call)
            .await
            .map(|row| from.link(row)),
        Entity::User
        | Entity::Pipeline
        | Entity::Stage
        | Entity::Deal
        | Entity::Lead
        | Entity::Activity
        | Entity::Note
        | Entity::Product => unpaired::read(core, &from, key, call).await,
        Entity::Project | Entity::Property | Entity::Prospect | Entity::TimelineNote => {
            propstreet_only::read(core, &from, key, call).await
        }
    };
    match row {
        Ok(row) => Ok(Some(row)),
        Err(CallError::NotFound | CallError::Gone) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The mirror row of a record that takes part in no pair, from its JSON as a read gives it; nothing where that makes no sense.
///
/// # Errors
/// [`EngineError::NotSetUp`] before the definitions are known.
pub(crate) fn row_of<S: Store>(
    core: &Core<S>,
    entity: Entity,
    raw: Box<str>,
) -> Result<Option<MirrorRow>, EngineError> {
    let from = Reader {
        mapping: core.mapping()?,
        now: core.now(),
        remembers: false,
    };
    Ok(unpaired::row_of(&from, entity, raw))
}

/// A note that was mirrored before notes were kept in step, with the record that it is on.
///
/// # Errors
/// [`EngineError::NotSetUp`] before the definitions are known.
pub(crate) fn with_record_of_note<S: Store>(
    core: &Core<S>,
    row: MirrorRow,
) -> Result<MirrorRow, EngineError> {
    let from = Reader {
        mapping: core.mapping()?,
        now: core.now(),
        remembers: false,
    };
    let again = if row.key.entity == Entity::Note {
        unpaired::row_of(&from, Entity::Note, (*row.raw).into())
    } else {
        from.note_again(row.clone())
    };
    Ok(match again {
        Some(again) => MirrorRow {
            owner: row.key.clone(),
            match_keys: again.match_keys,
            refers_to: again.refers_to,
            ..row
        },
        None => row,
    })
}

/// One record as an observation, with the times of what changed since `known`.
///
/// # Errors
/// The outer error when the mirror makes no sense, the inner one when the record could not be read.
pub async fn look<S: Store>(
    core: &Core<S>,
    key: &RecordKey,
    known: Option<&MirrorRow>,
) -> Result<Result<Observation, CallError>, EngineError> {
    let context = CallContext::new(Priority::Change, "read");
    Ok(match read(core, key, &context).await {
        Ok(Some(mut row)) => {
            let seen_at = core.seen_at(&row);
            mapping::note_changes(&mut row, known, seen_at, &core.mapping()?)?;
            Ok(Observation {
                rows: vec![row],
                ..Observation::none()
            })
        }
        Ok(None) => Ok(Observation {
            gone: vec![key.clone()],
            ..Observation::none()
        }),
        Err(error) => Err(error),
    })
}

/// Makes mirror rows.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) mapping: MappingContext,
    pub(crate) now: Timestamp,
    /// Whether what a row shows is remembered with it: it will be asked for, and is at hand here.
    pub(crate) remembers: bool,
}

impl Reader {
    fn page<R>(&self, page: Page<R>, row: impl Fn(&Self, R) -> MirrorRow) -> ListPage {
        if !page.unreadable.is_empty() {
            tracing::warn!(
                rows = page.unreadable.len(),
                "rows of a list make no sense; `pipestreet mirror status` tells which"
            );
        }
        ListPage {
            is_short: page.next_cursor.is_some()
                && page.rows.len() + page.unreadable.len() < PAGE_ROWS,
            unreadable: page.unreadable,
            rows: page
                .rows
                .into_iter()
                .map(|found| row(self, found))
                .collect(),
            participant_counts: Vec::new(),
            next_cursor: page.next_cursor,
        }
    }

    pub(crate) fn person(&self, row: Row<Person>) -> MirrorRow {
        let person = row.value;
        let key = RecordKey::new(Entity::Person, person.id);
        let mirrored = MirrorRow {
            refers_to: mapping::person::refers_to(&person),
            match_keys: mapping::person::match_keys(&person, &self.mapping).into(),
            deleted_at: person
                .is_deleted
                .then(|| person.changed_at().unwrap_or(self.now)),
            ..self.row(
                key,
                row.raw,
                version(person.changed_at()),
                person.changed_at(),
            )
        };
        self.remember(&mirrored, || {
            mapping::told::mapped_person(&person, &self.mapping)
        });
        mirrored
    }

    pub(crate) fn organization(&self, row: Row<Organization>) -> MirrorRow {
        let organization = row.value;
        let key = RecordKey::new(Entity::Organization, organization.id);
        let mirrored = MirrorRow {
            match_keys: mapping::organization::match_keys(&organization, &self.mapping).into(),
            deleted_at: organization
                .is_deleted
                .then(|| organization.changed_at().unwrap_or(self.now)),
            ..self.row(
                key,
                row.raw,
                version(organization.changed_at()),
                organization.changed_at(),
            )
        };
        self.remember(&mirrored, || {
            mapping::told::mapped_organization(&organization, &self.mapping)
        });
        mirrored
    }

    pub(crate) fn contact(&self, row: Versioned<Contact>) -> MirrorRow {
        let contact = row.value;
        let key = RecordKey::new(Entity::Contact, contact.id.as_str());
        let mirrored = MirrorRow {
            refers_to: mapping::contact::refers_to(&contact),
            match_keys: mapping::contact::match_keys(&contact, &self.mapping).into(),
            deleted_at: contact.deleted_utc,
            ..self.row(key, row.raw, row.etag, contact.updated_utc)
        };
        self.remember(&mirrored, || {
            Mapped::of(mapping::contact::record(&contact, &[], &self.mapping))
        });
        mirrored
    }

    pub(crate) fn company(&self, row: Versioned<Company>) -> MirrorRow {
        let company = row.value;
        let key = RecordKey::new(Entity::Company, company.id.as_str());
        let mirrored = MirrorRow {
            match_keys: mapping::company::match_keys(&company).into(),
            deleted_at: company.deleted_utc,
            ..self.row(key, row.raw, row.etag, company.updated_utc)
        };
        self.remember(&mirrored, || Mapped::of(mapping::company::record(&company)));
        mirrored
    }

    pub(crate) fn link(&self, row: Versioned<Link>) -> MirrorRow {
        let link = row.value;
        let key = RecordKey::new(Entity::Link, link.id.as_str());
        MirrorRow {
            owner: RecordKey::new(Entity::Contact, link.contact_id.as_str()),
            refers_to: mapping::link::refers_to(&link),
            deleted_at: link.deleted_utc,
            ..self.row(key, row.raw, row.etag, link.updated_utc)
        }
    }

    fn remember(&self, row: &MirrorRow, map: impl FnOnce() -> Mapped) {
        if self.remembers {
            self.mapping.remembered.keep(row.key.entity, &row.raw, map);
        }
    }

    fn row(
        &self,
        key: RecordKey,
        raw: Box<str>,
        remote_version: String,
        changed_at: Option<Timestamp>,
    ) -> MirrorRow {
        MirrorRow {
            owner: key.clone(),
            key,
            raw: raw.into(),
            remote_version,
            // A record without any time is as old as can be, so that anything else is newer.
            remote_time: changed_at.unwrap_or_else(|| time::from_millis(0)),
            refers_to: Vec::new(),
            match_keys: Arc::default(),
            field_seen_at: std::collections::BTreeMap::new(),
            left: std::collections::BTreeMap::new(),
            deleted_at: None,
            synced_at: self.now,
        }
    }
}

fn version(changed_at: Option<Timestamp>) -> String {
    changed_at.map_or_else(String::new, |at| at.to_string())
}
