//! Records of Pipedrive that are mirrored and need not take part in a pair: how each of their lists is read, and one of them.
//!
//! In: an entity and which part of its list, or an id. Out: mirror rows. What is archived is in a list of its own, which is read
//! behind the other one; its cursors say so.

use api_client::{CallContext, CallError, Page, Row};
use model::{Entity, RecordKey, RemoteId, Side, Timestamp};
use pipedrive::{
    Activity, ActivityQuery, Deal, DealQuery, DealStatus, Lead, LeadQuery, Note, NoteOrder,
    NoteQuery, Pipeline, Product, Stage, User,
};
use serde::de::DeserializeOwned;
use store::{MatchKey, MirrorRow, Store};

use super::{ListPage, ListQuery, Part, Reader, participants, pipedrive_query, version};
use crate::core::Core;
use crate::mapping::{MappingContext, note};

/// What a cursor in a list of archived records begins with.
const ARCHIVED: &str = "archived:";

/// What a mirror row tells of any record.
pub(super) trait Shown {
    const ENTITY: Entity;
    fn id(&self) -> RemoteId;
    /// When it was last changed, or made; nothing where it does not say.
    fn changed_at(&self) -> Option<Timestamp>;
    fn is_gone(&self) -> bool;
    /// The records it names that the other side may know, too.
    fn refers_to(&self, _mapping: &MappingContext) -> Vec<RecordKey> {
        Vec::new()
    }
    /// By what it may be found, where it can be in a pair.
    fn match_keys(&self, _mapping: &MappingContext) -> Vec<MatchKey> {
        Vec::new()
    }
}

macro_rules! shown {
    ($record:ident, $gone:expr, $changed:expr $(, $keys:path)?) => {
        impl Shown for $record {
            const ENTITY: Entity = Entity::$record;

            fn id(&self) -> RemoteId {
                self.id.clone().into()
            }

            fn changed_at(&self) -> Option<Timestamp> {
                let changed: fn(&Self) -> Option<Timestamp> = $changed;
                changed(self)
            }

            fn is_gone(&self) -> bool {
                let gone: fn(&Self) -> bool = $gone;
                gone(self)
            }

            $(fn match_keys(&self, mapping: &MappingContext) -> Vec<MatchKey> {
                $keys(self, mapping)
            })?
        }
    };
}

shown!(User, |user| user.is_deleted, |user| user
    .modified
    .or(user.created));
shown!(Pipeline, |pipeline| pipeline.is_deleted, |pipeline| {
    pipeline.update_time.or(pipeline.add_time)
});
shown!(Stage, |stage| stage.is_deleted, |stage| stage
    .update_time
    .or(stage.add_time));
shown!(
    Deal,
    |deal| deal.is_deleted || deal.status == Some(DealStatus::Deleted),
    Deal::changed_at,
    crate::mapping::deal::match_keys
);
shown!(Lead, |_| false, Lead::changed_at);
shown!(
    Activity,
    |activity| activity.is_deleted,
    Activity::changed_at
);

impl Shown for Note {
    const ENTITY: Entity = Entity::Note;

    fn id(&self) -> RemoteId {
        self.id.into()
    }

    fn changed_at(&self) -> Option<Timestamp> {
        Self::changed_at(self)
    }

    fn is_gone(&self) -> bool {
        !self.active_flag
    }

    fn refers_to(&self, mapping: &MappingContext) -> Vec<RecordKey> {
        let on = note::on(self).filter(|_| mapping.notes);
        on.into_iter().collect()
    }

    fn match_keys(&self, mapping: &MappingContext) -> Vec<MatchKey> {
        if !mapping.notes {
            return Vec::new();
        }
        note::match_keys(
            note::on(self).as_ref(),
            &note::record_of_pipedrive(self),
            None,
        )
    }
}

shown!(Product, |product| product.is_deleted, Product::changed_at);

impl Reader {
    pub(super) fn unpaired<T: Shown>(&self, row: Row<T>) -> MirrorRow {
        let record = row.value;
        let key = RecordKey {
            entity: T::ENTITY,
            id: record.id(),
        };
        let changed_at = record.changed_at();
        let match_keys = record.match_keys(&self.mapping);
        MirrorRow {
            refers_to: record.refers_to(&self.mapping),
            match_keys: match_keys.into(),
            deleted_at: record.is_gone().then(|| changed_at.unwrap_or(self.now)),
            ..self.row(key, row.raw, version(changed_at), changed_at)
        }
    }

    pub(crate) fn note_of_pipedrive(&self, row: Row<Note>) -> MirrorRow {
        self.unpaired(row)
    }

    pub(crate) fn deal(&self, row: Row<Deal>) -> MirrorRow {
        self.unpaired(row)
    }

    pub(super) fn page_of<T: Shown>(&self, page: Page<Row<T>>) -> ListPage {
        self.page(page, Self::unpaired)
    }
}

/// A mirror row from the JSON of a record.
pub(super) fn row_of(from: &Reader, entity: Entity, raw: Box<str>) -> Option<MirrorRow> {
    fn row<T: Shown + DeserializeOwned>(from: &Reader, raw: Box<str>) -> Option<MirrorRow> {
        let value = serde_json::from_str::<T>(&raw).ok()?;
        Some(from.unpaired(Row { value, raw }))
    }
    match entity {
        Entity::User => row::<User>(from, raw),
        Entity::Pipeline => row::<Pipeline>(from, raw),
        Entity::Stage => row::<Stage>(from, raw),
        Entity::Deal => row::<Deal>(from, raw),
        Entity::Lead => row::<Lead>(from, raw),
        Entity::Activity => row::<Activity>(from, raw),
        Entity::Note => row::<Note>(from, raw),
        Entity::Product => row::<Product>(from, raw),
        Entity::Organization
        | Entity::Person
        | Entity::Company
        | Entity::Contact
        | Entity::Link
        | Entity::Project
        | Entity::Property
        | Entity::Prospect
        | Entity::TimelineNote => None,
    }
}

/// One page of an entity's list.
pub(super) async fn list<S: Store>(
    core: &Core<S>,
    from: &Reader,
    entity: Entity,
    query: &ListQuery,
    call: &CallContext,
) -> Result<ListPage, CallError> {
    let client = &core.pipedrive;
    let cursor = query.cursor.as_deref();
    match entity {
        Entity::User => client.list_users(call).await.map(|page| from.page_of(page)),
        Entity::Pipeline => client
            .list_pipelines(cursor, call)
            .await
            .map(|page| from.page_of(page)),
        Entity::Stage => client
            .list_stages(None, cursor, call)
            .await
            .map(|page| from.page_of(page)),
        Entity::Deal => deals(core, from, query, call).await,
        Entity::Lead => leads(core, from, query, call).await,
        Entity::Activity => {
            let query = ActivityQuery {
                // One that is read alone shows them, too.
                with_attendees: true,
                ..ActivityQuery::from(pipedrive_query(query))
            };
            let page = client.list_activities(&query, call).await;
            page.map(|page| from.page_of(page))
        }
        Entity::Note => client
            .list_notes(&note_query(query), call)
            .await
            .map(|page| from.page_of(page)),
        Entity::Product => client
            .list_products(&pipedrive_query(query), call)
            .await
            .map(|page| from.page_of(page)),
        Entity::Organization
        | Entity::Person
        | Entity::Company
        | Entity::Contact
        | Entity::Link
        | Entity::Project
        | Entity::Property
        | Entity::Prospect
        | Entity::TimelineNote => Err(CallError::NotFound),
    }
}

/// Those of these records that the list of their kind shows: what is archived or deleted is not among them.
pub(super) async fn by_ids<S: Store>(
    core: &Core<S>,
    from: &Reader,
    entity: Entity,
    ids: &[i64],
    call: &CallContext,
) -> Result<ListPage, CallError> {
    let client = &core.pipedrive;
    let query = pipedrive::ListQuery::by_ids(ids);
    match entity {
        Entity::Deal => participants::list(core, from, DealQuery::from(query), call).await,
        Entity::Activity => {
            let query = ActivityQuery {
                with_attendees: true,
                ..ActivityQuery::from(query)
            };
            let page = client.list_activities(&query, call).await;
            page.map(|page| from.page_of(page))
        }
        Entity::Product => {
            let page = client.list_products(&query, call).await;
            page.map(|page| from.page_of(page))
        }
        Entity::User
        | Entity::Pipeline
        | Entity::Stage
        | Entity::Lead
        | Entity::Note
        | Entity::Organization
        | Entity::Person
        | Entity::Company
        | Entity::Contact
        | Entity::Link
        | Entity::Project
        | Entity::Property
        | Entity::Prospect
        | Entity::TimelineNote => Err(CallError::NotFound),
    }
}

/// All deals: the list that leaves the archived ones out, then theirs. What changed: with the deleted ones.
async fn deals<S: Store>(
    core: &Core<S>,
    from: &Reader,
    query: &ListQuery,
    call: &CallContext,
) -> Result<ListPage, CallError> {
    let mut deals = match query.part {
        Part::Since(since) => DealQuery::changed_since(since),
        Part::All | Part::Newest | Part::Last => DealQuery::from(pipedrive_query(query)),
    };
    let place = Place::of(query);
    deals.list.cursor = place.cursor;
    let page = if place.is_archive {
        deals.statuses.clear();
        let page = core.pipedrive.list_archived_deals(&deals, call).await?;
        from.page_of(page)
    } else {
        participants::list(core, from, deals, call).await?
    };
    Ok(Place::continued(page, place.is_archive, query.part))
}

async fn leads<S: Store>(
    core: &Core<S>,
    from: &Reader,
    query: &ListQuery,
    call: &CallContext,
) -> Result<ListPage, CallError> {
    let place = Place::of(query);
    let leads = LeadQuery {
        updated_since: match query.part {
            Part::Since(since) => Some(since),
            Part::All | Part::Newest | Part::Last => None,
        },
        cursor: place.cursor,
        ..LeadQuery::default()
    };
    let page = if place.is_archive {
        core.pipedrive.list_archived_leads(&leads, call).await?
    } else {
        core.pipedrive.list_leads(&leads, call).await?
    };
    Ok(Place::continued(
        from.page_of(page),
        place.is_archive,
        query.part,
    ))
}

fn note_query(query: &ListQuery) -> NoteQuery {
    let (order, updated_since) = match query.part {
        Part::All => (NoteOrder::OldestFirst, None),
        Part::Since(since) => (NoteOrder::ByChange, Some(since)),
        Part::Newest | Part::Last => (NoteOrder::NewestFirst, None),
    };
    NoteQuery {
        order,
        updated_since,
        cursor: query.cursor.clone(),
        ..NoteQuery::default()
    }
}

/// Where in the two lists of an entity that can be archived.
struct Place {
    is_archive: bool,
    cursor: Option<String>,
}

/// Where a walk through everything goes on behind the list of what is not archived; nothing for what has no archive.
pub(crate) fn behind_list(entity: Entity) -> Option<String> {
    matches!(entity, Entity::Deal | Entity::Lead).then(|| ARCHIVED.to_owned())
}

/// Whether a walk has come to what is archived.
pub(crate) fn is_in_archive(cursor: Option<&str>) -> bool {
    cursor.is_some_and(|at| at.starts_with(ARCHIVED))
}

impl Place {
    fn of(query: &ListQuery) -> Self {
        let archived = query.cursor.as_deref().map(|at| at.strip_prefix(ARCHIVED));
        match archived {
            Some(Some(cursor)) => Self {
                is_archive: true,
                cursor: Some(cursor.to_owned()).filter(|cursor| !cursor.is_empty()),
            },
            Some(None) | None => Self {
                is_archive: false,
                cursor: query.cursor.clone(),
            },
        }
    }

    /// The page with the cursor of the next one. A walk through everything goes on in the archive; what changes comes out of it
    /// first, and in it nothing is news.
    fn continued(page: ListPage, is_archive: bool, part: Part) -> ListPage {
        let next_cursor = match page.next_cursor {
            Some(cursor) if is_archive => Some(format!("{ARCHIVED}{cursor}")),
            Some(cursor) => Some(cursor),
            None if !is_archive && part == Part::All => Some(ARCHIVED.to_owned()),
            None => None,
        };
        ListPage {
            next_cursor,
            ..page
        }
    }
}

/// One record as it is now.
pub(super) async fn read<S: Store>(
    core: &Core<S>,
    from: &Reader,
    key: &RecordKey,
    call: &CallContext,
) -> Result<MirrorRow, CallError> {
    debug_assert_eq!(key.side(), Side::Pipedrive);
    let client = &core.pipedrive;
    let id = || key.id.as_number().ok_or(CallError::NotFound);
    match key.entity {
        Entity::User => client
            .get_user(id()?, call)
            .await
            .map(|row| from.unpaired(row)),
        Entity::Pipeline => client
            .get_pipeline(id()?, call)
            .await
            .map(|row| from.unpaired(row)),
        Entity::Stage => client
            .get_stage(id()?, call)
            .await
            .map(|row| from.unpaired(row)),
        Entity::Deal => client
            .get_deal(id()?, &[], call)
            .await
            .map(|row| from.unpaired(row)),
        Entity::Lead => client
            .get_lead(key.id.as_str(), call)
            .await
            .map(|row| from.unpaired(row)),
        Entity::Activity => client
            .get_activity(id()?, call)
            .await
            .map(|row| from.unpaired(row)),
        Entity::Note => client
            .get_note(id()?, call)
            .await
            .map(|row| from.unpaired(row)),
        Entity::Product => client
            .get_product(id()?, call)
            .await
            .map(|row| from.unpaired(row)),
        Entity::Organization
        | Entity::Person
        | Entity::Company
        | Entity::Contact
        | Entity::Link
        | Entity::Project
        | Entity::Property
        | Entity::Prospect
        | Entity::TimelineNote => Err(CallError::NotFound),
    }
}
