//! Field definitions and their changes, in memory.
//!
//! In: rows to keep. Out: the same. Never compares them.

use super::rows::{Rows, at_most};
use crate::Answer;
use crate::fields::{FieldChange, StoredField};
use crate::tables::FieldTables;

impl FieldTables for Rows {
    fn fields(&self) -> Answer<Vec<StoredField>> {
        Ok(self.fields.values().cloned().collect())
    }

    fn put_field(&mut self, field: StoredField) -> Answer<()> {
        self.fields
            .insert((field.entity, field.code.clone()), field);
        Ok(())
    }

    fn insert_field_change(&mut self, change: FieldChange) -> Answer<()> {
        self.field_changes.push(change);
        Ok(())
    }

    /// Nobody asks this store in SQL.
    fn renew_views(&mut self) -> Answer<()> {
        Ok(())
    }

    fn field_changes(&self, limit: u32) -> Answer<Vec<FieldChange>> {
        let newest = self.field_changes.iter().rev();
        Ok(newest.take(at_most(limit)).cloned().collect())
    }
}
