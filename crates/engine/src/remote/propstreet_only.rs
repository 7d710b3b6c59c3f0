//! Records of Propstreet that are mirrored and need not take part in a pair: how each of them is read, alone or in a list.
//!
//! In: an entity and which part of its list, or an id. Out: mirror rows. What is listed under another record only is listed in
//! `listed_under`.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, Unreadable};
use model::{Entity, Kind, RecordKey};
use propstreet::{ListQuery, Note, NotesQuery, Project, Property, Prospect, TimelineOf, Versioned};
use store::{MirrorRow, Store};

use super::{ListPage, Reader};
use crate::core::Core;
use crate::mapping;

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

    /// A note shows its last revision, and is known by its first one. One that is archived counts as gone.
    fn note(&self, of: &RecordKey, first: &str, row: Versioned<Note>) -> MirrorRow {
        let note = row.value;
        let key = of.with_under(Entity::TimelineNote, first);
        let ended_at = note.archived_at.or(note.at).unwrap_or(self.now);
        let is_kept_in_step = self.mapping.notes;
        let match_keys = if is_kept_in_step {
            let says = mapping::note::record_of_propstreet(&note);
            mapping::note::match_keys(Some(of), &says, note.idempotency_key.as_deref())
        } else {
            Vec::new()
        };
        MirrorRow {
            match_keys: match_keys.into(),
            refers_to: is_kept_in_step.then(|| of.clone()).into_iter().collect(),
            deleted_at: (!note.is_in_force()).then_some(ended_at),
            ..self.row(key, row.raw, row.etag, note.at)
        }
    }

    /// Notes from all their revisions.
    fn notes(&self, of: &RecordKey, revisions: Vec<Versioned<Note>>) -> Vec<MirrorRow> {
        let before: BTreeMap<String, String> = revisions
            .iter()
            .filter_map(|row| Some((row.value.id.clone(), row.value.supersedes.clone()?)))
            .collect();
        let first_of = |id: &str| {
            let mut first = id;
            // A chain is not longer than there are revisions.
            for _ in 0..before.len() {
                match before.get(first) {
                    Some(earlier) => first = earlier,
                    None => break,
                }
            }
            first.to_owned()
        };
        let mut keys: BTreeMap<String, Option<String>> = BTreeMap::new();
        for row in &revisions {
            let first = first_of(&row.value.id);
            let key = keys.entry(first).or_default();
            if row.value.idempotency_key.is_some() && row.value.supersedes.is_none() {
                key.clone_from(&row.value.idempotency_key);
            }
        }
        let mut rows = Vec::new();
        for mut row in revisions {
            if row.value.superseded_by.is_some() {
                continue;
            }
            let first = first_of(&row.value.id);
            // It was made under the key of its first revision.
            row.value.idempotency_key = keys.remove(&first).flatten();
            rows.push(self.note(of, &first, row));
        }
        rows
    }

    /// A note that was mirrored before notes were kept in step.
    pub(super) fn note_again(&self, row: MirrorRow) -> Option<MirrorRow> {
        let (of, _) = row.key.listed_at()?;
        let note: Note = mapping::parse(&row).ok()?;
        let says = mapping::note::record_of_propstreet(&note);
        let key = note.idempotency_key.as_deref();
        Some(MirrorRow {
            match_keys: mapping::note::match_keys(Some(&of), &says, key).into(),
            refers_to: vec![of],
            ..row
        })
    }
}

/// The timeline in which notes on a record are.
pub(crate) fn timeline_of(above: &RecordKey) -> TimelineOf<'_> {
    let id = above.id.as_str();
    match above.entity.kind() {
        Some(Kind::Organization) => TimelineOf::Company(id),
        Some(Kind::Deal) => TimelineOf::Project(id),
        Some(Kind::Person | Kind::Note) | None => TimelineOf::Contact(id),
    }
}

/// What is listed under a record.
#[derive(Debug, Default)]
pub(super) struct Under {
    pub(super) rows: Vec<MirrorRow>,
    /// With the ids that they would have in the mirror.
    pub(super) unreadable: Vec<Unreadable>,
}

/// What makes no sense under a record, told by the ids of the mirror; what shows no id is told by its place.
fn unreadable_under(
    above: &RecordKey,
    entity: Entity,
    rows: Vec<Unreadable>,
) -> impl Iterator<Item = Unreadable> {
    let prefix = above.prefix_of(entity);
    rows.into_iter().enumerate().map(move |(place, row)| {
        let id = row.id.unwrap_or_else(|| format!("?{place}").into());
        Unreadable {
            id: Some(format!("{prefix}{id}").into()),
            reason: row.reason,
        }
    })
}

/// All revisions of all notes on a record, newest first.
pub(crate) async fn revisions<S: Store>(
    core: &Core<S>,
    above: &RecordKey,
    call: &CallContext,
) -> Result<Vec<Versioned<Note>>, CallError> {
    Ok(revisions_and_unreadable(core, above, call).await?.0)
}

async fn revisions_and_unreadable<S: Store>(
    core: &Core<S>,
    above: &RecordKey,
    call: &CallContext,
) -> Result<(Vec<Versioned<Note>>, Vec<Unreadable>), CallError> {
    let (mut revisions, mut unreadable) = (Vec::new(), Vec::new());
    let mut query = NotesQuery::with_past();
    loop {
        let page = core.propstreet.list_notes(timeline_of(above), &query, call);
        let page = page.await?;
        if !page.unreadable.is_empty() {
            tracing::warn!(
                rows = page.unreadable.len(),
                "notes make no sense; `pipestreet mirror status` tells more"
            );
        }
        revisions.extend(page.rows);
        unreadable.extend(page.unreadable);
        match page.next_cursor {
            Some(cursor) => query = query.after(&cursor),
            None => return Ok((revisions, unreadable)),
        }
    }
}

/// All notes on a record.
pub(crate) async fn notes_on<S: Store>(
    core: &Core<S>,
    from: &Reader,
    above: &RecordKey,
    call: &CallContext,
) -> Result<Vec<MirrorRow>, CallError> {
    Ok(from.notes(above, revisions(core, above, call).await?))
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
        let notes = notes_on(core, from, &above, call).await?;
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
) -> Result<Under, CallError> {
    let mut under = Under::default();
    if entity == Entity::TimelineNote {
        let (revisions, unreadable) = revisions_and_unreadable(core, above, call).await?;
        under.rows = from.notes(above, revisions);
        under.unreadable = unreadable_under(above, entity, unreadable).collect();
        return Ok(under);
    }
    let mut cursor = None;
    loop {
        let query = ListQuery {
            cursor,
            ..ListQuery::all()
        };
        let id = above.id.as_str();
        let page = core.propstreet.list_prospects(id, &query, call).await?;
        let page = from.page(page, |from, row| from.prospect(above, row));
        under.rows.extend(page.rows);
        let unreadable = unreadable_under(above, entity, page.unreadable);
        under.unreadable.extend(unreadable);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(under);
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
    let under = all_under(core, &from, Entity::Prospect, project, call).await?;
    Ok(under.rows)
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
