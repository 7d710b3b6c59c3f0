//! Mirror rows on SQLite: a table per entity, named after the vendor's.
//!
//! In: rows as they were and are. Out: rows by record, key and owner. Never judges whether a row is news.

use model::time::to_millis;
use model::{Entity, IdSet, RecordKey, RemoteId, Side};
use rusqlite::{ToSql, params_from_iter};

use super::cells::{self, Cells, millis, to_json};
use super::columns::{self, Bound, TakenApart};
use super::counters::Counter;
use super::rows::Rows;
use super::words;
use crate::Answer;
use crate::id_range::IdRange;
use crate::rows::{Keys, MatchKey, MatchKeyKind, MirrorRow};
use crate::tables::{MirrorTable, Put};

pub(super) const COLUMNS: &str = "raw, remote_version, remote_time, owner_entity, owner_remote_id, refers_to, match_keys, \
    field_seen_at, left_records, synced_at, deleted_at";

/// The table that holds the mirror of an entity.
#[must_use]
pub const fn table(entity: Entity) -> &'static str {
    match entity {
        Entity::Organization => "pipedrive_organizations",
        Entity::Person => "pipedrive_persons",
        Entity::Company => "propstreet_companies",
        Entity::Contact => "propstreet_contacts",
        Entity::Link => "propstreet_links",
        Entity::User => "pipedrive_users",
        Entity::Pipeline => "pipedrive_pipelines",
        Entity::Stage => "pipedrive_stages",
        Entity::Deal => "pipedrive_deals",
        Entity::Lead => "pipedrive_leads",
        Entity::Activity => "pipedrive_activities",
        Entity::Note => "pipedrive_notes",
        Entity::Product => "pipedrive_products",
        Entity::Project => "propstreet_projects",
        Entity::Property => "propstreet_properties",
        Entity::Prospect => "propstreet_prospects",
        Entity::TimelineNote => "propstreet_notes",
    }
}

pub(super) const fn id_column(entity: Entity) -> &'static str {
    match entity.side() {
        Side::Pipedrive => "pipedrive_id",
        Side::Propstreet => "propstreet_id",
    }
}

/// What [`Rows::read`] reads.
fn asked(entity: Entity) -> String {
    let shown = match columns::of(entity).have_custom {
        true => columns::FIELDS_SHOWN,
        false => "null",
    };
    format!("{}, {shown}, {COLUMNS}", id_column(entity))
}

impl Rows<'_> {
    fn read(&self, entity: Entity, cells: &Cells<'_>) -> Answer<MirrorRow> {
        let id = cells.remote_id()?;
        let shown = cells.get()?;
        Ok(MirrorRow {
            key: RecordKey { entity, id },
            raw: self.unpack(cells.get()?, shown)?,
            remote_version: cells.get()?,
            remote_time: cells.time()?,
            owner: cells.record()?,
            refers_to: cells.json()?,
            match_keys: cells.json::<Vec<MatchKey>>()?.into(),
            field_seen_at: cells.json()?,
            left: cells.json()?,
            synced_at: cells.time()?,
            deleted_at: cells.time_or_none()?,
        })
    }
}

const fn counter(row: &MirrorRow) -> Counter {
    match row.deleted_at {
        None => Counter::Live(row.key.entity),
        Some(_) => Counter::Deleted(row.key.entity),
    }
}

impl Rows<'_> {
    fn write_keys(&self, before: Option<&MirrorRow>, after: &MirrorRow, keys: Keys) -> Answer<()> {
        let old: Vec<&MatchKey> = before.map_or_else(Vec::new, |row| row.findable_by().collect());
        let new: Vec<&MatchKey> = after.findable_by().collect();
        if old == new {
            return Ok(());
        }
        let delete = "delete from match_keys where workspace_id = ?1 and entity = ?2 and kind = ?3 and value = ?4 \
            and remote_id = ?5";
        let (entity, id) = (after.key.entity.name(), after.key.id.as_str());
        for key in old.iter().filter(|key| !new.contains(key)) {
            let kind = words::match_key(key.kind);
            self.run(delete, (self.workspace, entity, kind, &key.value, id))?;
        }
        if keys == Keys::Later {
            return Ok(());
        }
        for key in new.iter().filter(|key| !old.contains(key)) {
            self.insert_key(
                after.key.entity,
                (words::match_key(key.kind), &key.value, id),
            )?;
        }
        Ok(())
    }

    fn insert_key(&self, entity: Entity, (kind, value, id): (&str, &str, &str)) -> Answer<()> {
        let insert = "insert or ignore into match_keys (workspace_id, entity, kind, value, remote_id) \
            values (?1, ?2, ?3, ?4, ?5)";
        self.run(insert, (self.workspace, entity.name(), kind, value, id))?;
        Ok(())
    }
}

/// What stands in the columns of these rows' tables.
pub(super) fn take_apart(rows: &[MirrorRow]) -> Vec<TakenApart> {
    rows.iter()
        .map(|row| columns::of(row.key.entity).values(&row.raw))
        .collect()
}

impl MirrorTable for Rows<'_> {
    fn mirror_row(&self, key: &RecordKey) -> Answer<Option<MirrorRow>> {
        let (table, id) = (table(key.entity), id_column(key.entity));
        let sql = format!(
            "select {} from {table} where workspace_id = ?1 and {id} = ?2",
            asked(key.entity)
        );
        self.one(table, &sql, (self.workspace, key.id.as_str()), |cells| {
            self.read(key.entity, cells)
        })
    }

    fn is_deleted(&self, key: &RecordKey) -> Answer<bool> {
        let (table, id) = (table(key.entity), id_column(key.entity));
        let sql = format!(
            "select deleted_at is not null from {table} where workspace_id = ?1 and {id} = ?2"
        );
        let params = (self.workspace, key.id.as_str());
        let deleted = self.one(table, &sql, params, |cells| cells.get::<bool>())?;
        Ok(deleted.unwrap_or(false))
    }

    fn put_mirror_row(
        &mut self,
        before: Option<&MirrorRow>,
        after: MirrorRow,
        how: Put,
    ) -> Answer<()> {
        let columns = columns::of(after.key.entity);
        let values = match how.apart {
            Some(values) => values,
            None => columns.values(&after.raw),
        };
        let shown = match (&values.packed, &values.custom) {
            (Some(_), Some(custom)) => self.set_of(custom, &after.raw)?,
            (None, _) | (_, None) => None,
        };
        let packed = values.packed.as_deref().filter(|_| shown.is_some());
        let raw = packed.unwrap_or(&after.raw);
        let own: [&dyn ToSql; 13] = [
            &self.workspace,
            &after.key.id.as_str(),
            &raw,
            &after.remote_version,
            &to_millis(after.remote_time),
            &after.owner.entity.name(),
            &after.owner.id.as_str(),
            &to_json(&after.refers_to),
            &to_json(&*after.match_keys),
            &to_json(&after.field_seen_at),
            &to_json(&after.left),
            &to_millis(after.synced_at),
            &millis(after.deleted_at),
        ];
        let fields: Vec<Bound<'_>> = values
            .fields
            .iter()
            .map(|field| Bound(field, &after.raw))
            .collect();
        let fields = fields.iter().map(|field| field as &dyn ToSql);
        let set = values.custom.as_ref().map(|custom| &custom.set);
        let custom: [&dyn ToSql; 2] = [&set, &shown];
        let custom = custom.into_iter().filter(|_| columns.have_custom);
        self.run(
            &columns.put,
            params_from_iter(own.into_iter().chain(fields).chain(custom)),
        )?;
        self.write_keys(before, &after, how.keys)?;
        match before {
            Some(before) => self.recount(counter(before), counter(&after)),
            None => self.count(counter(&after), 1),
        }
    }

    fn index_keys(&mut self, entity: Entity, after: &str, limit: u32) -> Answer<Option<RemoteId>> {
        let (table, id) = (table(entity), id_column(entity));
        let sql = format!(
            "select {id}, match_keys, deleted_at is null from {table} where workspace_id = ?1 and {id} > ?2 \
             order by {id} limit ?3"
        );
        let (mut keys, mut last) = (Vec::new(), None);
        let params = (self.workspace, after, limit);
        cells::each(self.connection, table, &sql, params, |cells| {
            let id = cells.remote_id()?;
            let (carried, is_live): (Vec<MatchKey>, bool) = (cells.json()?, cells.flag()?);
            let findable = carried.into_iter().filter(|key| key.finds(is_live));
            keys.extend(findable.map(|key| (words::match_key(key.kind), key.value, id.clone())));
            last = Some(id);
            Ok(())
        })?;
        // In the order of their table, neighbours lie on one page.
        keys.sort_unstable();
        for (kind, value, id) in &keys {
            self.insert_key(entity, (kind, value, id.as_str()))?;
        }
        Ok(last)
    }

    fn live_ids(&self, entity: Entity) -> Answer<IdSet> {
        let (table, id) = (table(entity), id_column(entity));
        let sql =
            format!("select {id} from {table} where workspace_id = ?1 and deleted_at is null");
        let mut ids = IdSet::default();
        cells::each(self.connection, table, &sql, [self.workspace], |cells| {
            ids.insert(&cells.remote_id()?);
            Ok(())
        })?;
        Ok(ids)
    }

    fn live_ids_in(&self, entity: Entity, range: &IdRange) -> Answer<Vec<RemoteId>> {
        let (table, id) = (table(entity), id_column(entity));
        let sql = format!(
            "select {id} from {table} where workspace_id = ?1 and {id} > ?2 and (?3 is null or {id} < ?3) \
             and deleted_at is null order by {id} limit ?4"
        );
        let params = (self.workspace, &range.after, &range.before, range.limit);
        self.many(table, &sql, params, |cells| cells.remote_id())
    }

    fn links_of(&self, owner: &RecordKey) -> Answer<Vec<MirrorRow>> {
        let (table, id) = (table(Entity::Link), id_column(Entity::Link));
        let sql = format!(
            "select {} from {table} where workspace_id = ?1 and owner_entity = ?2 \
             and owner_remote_id = ?3 order by {id}",
            asked(Entity::Link)
        );
        self.many(
            table,
            &sql,
            (self.workspace, owner.entity.name(), owner.id.as_str()),
            |cells| self.read(Entity::Link, cells),
        )
    }

    fn shared_values(&self, entity: Entity, kind: MatchKeyKind, limit: u32) -> Answer<Vec<String>> {
        let sql = "select value from match_keys where workspace_id = ?1 and entity = ?2 and kind = ?3 \
            group by value having count(*) > 1 order by value limit ?4";
        let params = (self.workspace, entity.name(), words::match_key(kind), limit);
        self.many("match_keys", sql, params, |cells| cells.get())
    }

    fn ids_with_key(&self, entity: Entity, key: &MatchKey, limit: usize) -> Answer<Vec<RemoteId>> {
        let sql = "select remote_id from match_keys where workspace_id = ?1 and entity = ?2 and kind = ?3 \
            and value = ?4 order by remote_id limit ?5";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let params = (
            self.workspace,
            entity.name(),
            words::match_key(key.kind),
            &key.value,
            limit,
        );
        self.many("match_keys", sql, params, |cells| cells.remote_id())
    }
}
