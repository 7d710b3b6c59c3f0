//! Asking and reading: one row or many, cell by cell in the order of the columns.
//!
//! In: SQL, parameters and how to read a row. Out: our own types, or the table and id of a row that makes no sense.

use std::cell::Cell;

use model::time::{from_millis, to_millis};
use model::{RecordKey, RemoteId, Timestamp};
use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, ErrorCode, Params, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::words::entity_from;
use crate::{Answer, StoreError};

/// What a failure of the database means for the caller.
pub(super) fn failed(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::DiskFull,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt {
            table: "sqlite_schema",
            id: "the file".to_owned(),
            reason: error.to_string(),
        },
        Some(_) | None => StoreError::Unavailable {
            reason: error.to_string(),
        },
    }
}

pub(super) fn one<T>(
    connection: &Connection,
    table: &'static str,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Cells<'_>) -> Answer<T>,
) -> Answer<Option<T>> {
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query(params).map_err(failed)?;
    match rows.next().map_err(failed)? {
        Some(row) => read(&Cells::new(row, table)).map(Some),
        None => Ok(None),
    }
}

pub(super) fn many<T>(
    connection: &Connection,
    table: &'static str,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Cells<'_>) -> Answer<T>,
) -> Answer<Vec<T>> {
    let mut found = Vec::new();
    each(connection, table, sql, params, |cells| {
        found.push(read(cells)?);
        Ok(())
    })?;
    Ok(found)
}

/// For what is gathered in another form than the rows'.
pub(super) fn each(
    connection: &Connection,
    table: &'static str,
    sql: &str,
    params: impl Params,
    mut take: impl FnMut(&Cells<'_>) -> Answer<()>,
) -> Answer<()> {
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query(params).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        take(&Cells::new(row, table))?;
    }
    Ok(())
}

/// Answers how many rows it touched.
pub(super) fn run(connection: &Connection, sql: &str, params: impl Params) -> Answer<usize> {
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    statement.execute(params).map_err(failed)
}

/// A row, read from its first column to its last. The first column is what names the row in an error.
pub(super) struct Cells<'a> {
    row: &'a Row<'a>,
    table: &'static str,
    next: Cell<usize>,
}

impl<'a> Cells<'a> {
    const fn new(row: &'a Row<'a>, table: &'static str) -> Self {
        Self {
            row,
            table,
            next: Cell::new(0),
        }
    }

    pub(super) fn corrupt(&self, reason: impl Into<String>) -> StoreError {
        let id = match self.row.get_ref(0) {
            Ok(ValueRef::Integer(id)) => id.to_string(),
            Ok(ValueRef::Text(id)) => String::from_utf8_lossy(id).into_owned(),
            Ok(ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_)) | Err(_) => {
                "without a name".to_owned()
            }
        };
        StoreError::Corrupt {
            table: self.table,
            id,
            reason: reason.into(),
        }
    }

    pub(super) fn get<T: FromSql>(&self) -> Answer<T> {
        let index = self.next.get();
        self.next.set(index + 1);
        self.row
            .get(index)
            .map_err(|error| self.corrupt(error.to_string()))
    }

    pub(super) fn count(&self) -> Answer<u32> {
        let number: i64 = self.get()?;
        u32::try_from(number).map_err(|_| self.corrupt(format!("{number} is no count")))
    }

    pub(super) fn flag(&self) -> Answer<bool> {
        Ok(self.get::<i64>()? != 0)
    }

    pub(super) fn time(&self) -> Answer<Timestamp> {
        self.get().map(from_millis)
    }

    pub(super) fn time_or_none(&self) -> Answer<Option<Timestamp>> {
        Ok(self.get::<Option<i64>>()?.map(from_millis))
    }

    pub(super) fn json<T: DeserializeOwned>(&self) -> Answer<T> {
        let text: String = self.get()?;
        serde_json::from_str(&text).map_err(|error| self.corrupt(error.to_string()))
    }

    pub(super) fn json_or_none<T: DeserializeOwned>(&self) -> Answer<Option<T>> {
        let text: Option<String> = self.get()?;
        let parsed = text.map(|text| serde_json::from_str(&text)).transpose();
        parsed.map_err(|error| self.corrupt(error.to_string()))
    }

    /// A word of ours, told by how it is written.
    pub(super) fn word<T>(&self, from_word: impl FnOnce(&str) -> Option<T>) -> Answer<T> {
        let text: String = self.get()?;
        from_word(&text).ok_or_else(|| self.corrupt(format!("{text:?} is no word of this column")))
    }

    pub(super) fn word_or_none<T>(
        &self,
        from_word: impl FnOnce(&str) -> Option<T>,
    ) -> Answer<Option<T>> {
        let text: Option<String> = self.get()?;
        let Some(text) = text else { return Ok(None) };
        match from_word(&text) {
            Some(word) => Ok(Some(word)),
            None => Err(self.corrupt(format!("{text:?} is no word of this column"))),
        }
    }

    pub(super) fn remote_id(&self) -> Answer<RemoteId> {
        Ok(RemoteId(self.get::<String>()?.into()))
    }

    pub(super) fn remote_id_or_none(&self) -> Answer<Option<RemoteId>> {
        Ok(self.get::<Option<String>>()?.map(|id| RemoteId(id.into())))
    }

    /// Two columns: entity and id.
    pub(super) fn record(&self) -> Answer<RecordKey> {
        let entity = self.word(entity_from)?;
        let id = self.remote_id()?;
        Ok(RecordKey { entity, id })
    }

    pub(super) fn record_or_none(&self) -> Answer<Option<RecordKey>> {
        let entity = self.word_or_none(entity_from)?;
        let id = self.remote_id_or_none()?;
        match (entity, id) {
            (Some(entity), Some(id)) => Ok(Some(RecordKey { entity, id })),
            (None, None) => Ok(None),
            (Some(_), None) | (None, Some(_)) => Err(self.corrupt("a record is half named")),
        }
    }
}

pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("our own types always have a JSON form")
}

pub(super) fn to_json_or_none<T: Serialize>(value: Option<&T>) -> Option<String> {
    value.map(to_json)
}

pub(super) fn millis(at: Option<Timestamp>) -> Option<i64> {
    at.map(to_millis)
}
