//! Records of Propstreet that are mirrored and need not take part in a pair: how each of them is read, alone or in a list.
//!
//! In: an entity and which part of its list, or an id. Out: mirror rows. What is listed under another record only is listed in
//! `listed_under`.

use api_client::{CallContext, CallError};
use model::{Entity, RecordKey};
use propstreet::{ListQuery, Note, NotesQuery, Project, Property, Prospect, TimelineOf, Versioned};
use store::{MirrorRow, Store};

use super::{ListPage, Reader};
use crate::core::Core;

impl Reader {
    pub(crate) fn project(&self, row: Versioned<Project>) -> MirrorRow {
        let project = row.value;
        let match_keys = crate::mapping::project::match_keys(&project);
        let key = RecordKey::new(Entity::Project, project.id);
        MirrorRow {
            match_keys: match_keys.into(),
            deleted_at: project.deleted_utc,
            ..self.row(key, row.raw, row.etag, project.updated_utc)
        }
    }

    fn property(&self, row: Versioned<Property>) -> MirrorRow {
        let property = row.value;
        let key = RecordKey::new(Entity::Property, property.id);
        MirrorRow {
            deleted_at: property.deleted_utc,
            ..self.row(key, row.raw, row.etag, property.updated_utc)
        }
    }

    fn prospect(&self, project: &RecordKey, row: Versioned<Prospect>) -> MirrorRow {
        let prospect = row.value;
        let key = project.with_under(Entity::Prospect, &prospect.id);
        MirrorRow {
            owner: project.clone(),
            deleted_at: prospect.deleted_utc,
            ..self.row(key, row.raw, row.etag, prospect.updated_utc)
        }
    }

    /// A note that is archived, or has given way to another revision, counts as gone.
    fn note(&self, of: &RecordKey, row: Versioned<Note>) -> MirrorRow {
        let note = row.value;
        let key = of.with_under(Entity::TimelineNote, &note.id);
        let ended_at = note.archived_at.or(note.at).unwrap_or(self.now);
        MirrorRow {
            owner: of.clone(),
            deleted_at: (!note.is_in_force()).then_some(ended_at),
            ..self.row(key, row.raw, row.etag, note.at)
        }
    }
}

/// One page of an entity's own list.
pub(super) async fn list<S: Store>(
    core: &Core<S>,
    from: &Reader,
    entity: Entity,
    query: &ListQuery,
    call: &CallContext,
) -> Result<ListPage, CallError> {
    let client = &core.propstreet;
    if entity == Entity::Project {
        let page = client.list_projects(query, call).await?;
        return Ok(from.page(page, Reader::project));
    }
    let page = client.list_properties(query, call).await?;
    Ok(from.page(page, Reader::property))
}

/// One record as it is now.
pub(super) async fn read<S: Store>(
    core: &Core<S>,
    from: &Reader,
    key: &RecordKey,
    call: &CallContext,
) -> Result<MirrorRow, CallError> {
    let client = &core.propstreet;
    if let Some((above, id)) = key.listed_at() {
        if key.entity == Entity::Prospect {
            let row = client.get_prospect(above.id.as_str(), id, call).await?;
            return Ok(from.prospect(&above, row));
        }
        // No call reads one note.
        let notes = all_under(core, from, key.entity, &above, call).await?;
        let found = notes.into_iter().find(|row| row.key == *key);
        return found.ok_or(CallError::NotFound);
    }
    let id = key.id.as_str();
    if key.entity == Entity::Project {
        return client
            .get_project(id, call)
            .await
            .map(|row| from.project(row));
    }
    let row = client.get_property(id, call).await?;
    Ok(from.property(row))
}

/// Everything of an entity that is listed under a record, those that ended included.
pub(super) async fn all_under<S: Store>(
    core: &Core<S>,
    from: &Reader,
    entity: Entity,
    above: &RecordKey,
    call: &CallContext,
) -> Result<Vec<MirrorRow>, CallError> {
    let mut rows = Vec::new();
    let mut cursor = None;
    loop {
        let page = page_under(core, from, entity, (above, cursor.as_deref()), call).await?;
        rows.extend(page.rows);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(rows);
        }
    }
}

/// All prospects of a project, those that ended included.
pub(crate) async fn prospects_under<S: Store>(
    core: &Core<S>,
    project: &RecordKey,
    call: &CallContext,
) -> Result<Vec<MirrorRow>, CallError> {
    let from = Reader {
        mapping: core.mapping().map_err(|_| CallError::NotFound)?,
        now: core.now(),
        remembers: false,
    };
    all_under(core, &from, Entity::Prospect, project, call).await
}

/// A prospect as a call has answered it.
pub(crate) fn prospect_row<S: Store>(
    core: &Core<S>,
    project: &RecordKey,
    row: Versioned<Prospect>,
) -> Result<MirrorRow, CallError> {
    let from = Reader {
        mapping: core.mapping().map_err(|_| CallError::NotFound)?,
        now: core.now(),
        remembers: false,
    };
    Ok(from.prospect(project, row))
}

async fn page_under<S: Store>(
    core: &Core<S>,
    from: &Reader,
    entity: Entity,
    (above, cursor): (&RecordKey, Option<&str>),
    call: &CallContext,
) -> Result<ListPage, CallError> {
    let (client, id) = (&core.propstreet, above.id.as_str());
    if entity == Entity::Prospect {
        let query = ListQuery {
            cursor: cursor.map(str::to_owned),
            ..ListQuery::all()
        };
        let page = client.list_prospects(id, &query, call).await?;
        return Ok(from.page(page, |from, row| from.prospect(above, row)));
    }
    let of = if above.entity == Entity::Company {
        TimelineOf::Company(id)
    } else {
        TimelineOf::Contact(id)
    };
    let query = NotesQuery {
        cursor: cursor.map(str::to_owned),
        ..NotesQuery::with_past()
    };
    let page = client.list_notes(of, &query, call).await?;
    Ok(from.page(page, |from, row| from.note(above, row)))
}
