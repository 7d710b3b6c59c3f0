//! Field definitions and their changes, on SQLite.
//!
//! In: rows to keep. Out: the same. Never compares them.

use model::RecordKey;
use model::time::to_millis;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value};

use super::cells::{Cells, failed, millis, to_json};
use super::rows::Rows;
use super::{mirror, readable};
use crate::Answer;
use crate::fields::{FieldChange, FieldChangeKind, FieldEntity, StoredField};
use crate::tables::{FieldTables, Sequence, WorkspaceTable};

fn read(cells: &Cells<'_>) -> Answer<StoredField> {
    Ok(StoredField {
        code: cells.get()?,
        entity: cells.word(FieldEntity::from_name)?,
        name: cells.get()?,
        slug: cells.get()?,
        former: cells.json()?,
        field_type: cells.get()?,
        is_custom: cells.flag()?,
        is_writable: cells.get::<Option<i64>>()?.map(|flag| flag != 0),
        options: cells.json()?,
        position: cells.count()?,
        first_seen_at: cells.time()?,
        last_seen_at: cells.time()?,
        deleted_at: cells.time_or_none()?,
    })
}

impl Rows<'_> {
    /// A record as its view shows it, by readable names. `None` for one that no view shows.
    pub(super) fn readable(&self, key: &RecordKey) -> Answer<Option<Map<String, Value>>> {
        let views = readable::views(self.workspace, &self.fields()?);
        let shown = views
            .iter()
            .find(|view| view.entity == Some(key.entity))
            .and_then(|view| view.sql.split_once(" as "));
        let Some((_, select)) = shown else {
            return Ok(None);
        };
        let id = mirror::id_column(key.entity);
        let sql = format!("{select} and r.{id} = ?1");
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([key.id.as_str()]).map_err(failed)?;
        let Some(row) = rows.next().map_err(failed)? else {
            return Ok(None);
        };
        let mut record = Map::new();
        for (place, name) in names.into_iter().enumerate() {
            let value = match row.get_ref(place).map_err(failed)? {
                ValueRef::Null | ValueRef::Blob(_) => Value::Null,
                ValueRef::Integer(number) => Value::from(number),
                ValueRef::Real(number) => Value::from(number),
                ValueRef::Text(text) => Value::from(String::from_utf8_lossy(text)),
            };
            record.insert(name, value);
        }
        Ok(Some(record))
    }
}

impl FieldTables for Rows<'_> {
    fn fields(&self) -> Answer<Vec<StoredField>> {
        let sql = "select field_code, entity, name, slug, former_names, field_type, is_custom, is_writable, options, \
            position, first_seen_at, last_seen_at, deleted_at from pipedrive_fields where workspace_id = ?1 \
            order by entity, field_code";
        self.many("pipedrive_fields", sql, [self.workspace], read)
    }

    fn put_field(&mut self, field: StoredField) -> Answer<()> {
        let sql = "insert into pipedrive_fields (workspace_id, entity, field_code, name, slug, former_names, field_type, \
            is_custom, is_writable, options, position, first_seen_at, last_seen_at, deleted_at) \
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
            on conflict (workspace_id, entity, field_code) do update set name = excluded.name, slug = excluded.slug, \
            former_names = excluded.former_names, field_type = excluded.field_type, is_custom = excluded.is_custom, \
            is_writable = excluded.is_writable, options = excluded.options, position = excluded.position, \
            first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at, deleted_at = excluded.deleted_at";
        let values = (
            self.workspace,
            field.entity.name(),
            &field.code,
            &field.name,
            &field.slug,
            to_json(&field.former),
            &field.field_type,
            i64::from(field.is_custom),
            field.is_writable.map(i64::from),
            to_json(&field.options),
            field.position,
            to_millis(field.first_seen_at),
            to_millis(field.last_seen_at),
            millis(field.deleted_at),
        );
        self.run(sql, values)?;
        Ok(())
    }

    fn insert_field_change(&mut self, change: FieldChange) -> Answer<()> {
        let id = self.next_id(Sequence::FieldChange)?;
        let sql = "insert into pipedrive_field_changes (workspace_id, change_id, entity, field_code, kind, option_id, before, \
            after, at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let values = (
            self.workspace,
            id,
            change.entity.name(),
            &change.code,
            change.kind.name(),
            change.option,
            &change.before,
            &change.after,
            to_millis(change.at),
        );
        self.run(sql, values)?;
        Ok(())
    }

    fn renew_views(&mut self) -> Answer<()> {
        let fields = self.fields()?;
        for view in readable::views(self.workspace, &fields) {
            let sql = "select sql from sqlite_schema where type = 'view' and name = ?1";
            let known: Option<String> =
                self.one("sqlite_schema", sql, [&view.name], |cells| cells.get())?;
            if known
                .as_deref()
                .is_some_and(|known| known.eq_ignore_ascii_case(&view.sql))
            {
                continue;
            }
            self.run(&format!("drop view if exists {}", view.name), [])?;
            self.run(&view.sql, [])?;
        }
        Ok(())
    }

    fn field_changes(&self, limit: u32) -> Answer<Vec<FieldChange>> {
        let sql = "select field_code, entity, kind, option_id, before, after, at from pipedrive_field_changes \
            where workspace_id = ?1 order by change_id desc limit ?2";
        self.many(
            "pipedrive_field_changes",
            sql,
            (self.workspace, limit),
            |cells| {
                Ok(FieldChange {
                    code: cells.get()?,
                    entity: cells.word(FieldEntity::from_name)?,
                    kind: cells.word(FieldChangeKind::from_name)?,
                    option: cells.get()?,
                    before: cells.get()?,
                    after: cells.get()?,
                    at: cells.time()?,
                })
            },
        )
    }
}
