//! Deeds of a user at the screen with notes. The `_quietly` twins fire no webhooks: those were lost.
//!
//! In: plain arguments. Out: the change, with the events it fires. They cost no tokens and know no limits.

use serde_json::{Map, Value};

use super::super::PipedriveEmulator;
use super::super::verbs::{VerbRefused, someone};
use crate::answer::Moment;

#[expect(missing_docs, reason = "each is named for what it does")]
impl PipedriveEmulator {
    pub fn add_note(&mut self, fields: &Value, now: Moment) -> Result<i64, VerbRefused> {
        Ok(self.add_note_as(object(fields)?, someone(false), now)?)
    }

    pub fn add_note_quietly(&mut self, fields: &Value, now: Moment) -> Result<i64, VerbRefused> {
        Ok(self.add_note_as(object(fields)?, someone(true), now)?)
    }

    pub fn edit_note(&mut self, id: i64, fields: &Value, now: Moment) -> Result<(), VerbRefused> {
        Ok(self.change_note_as(id, object(fields)?, someone(false), now)?)
    }

    pub fn edit_note_quietly(
        &mut self,
        id: i64,
        fields: &Value,
        now: Moment,
    ) -> Result<(), VerbRefused> {
        Ok(self.change_note_as(id, object(fields)?, someone(true), now)?)
    }

    pub fn delete_note(&mut self, id: i64, now: Moment) -> Result<(), VerbRefused> {
        Ok(self.delete_note_as(id, someone(false), now)?)
    }

    pub fn delete_note_quietly(&mut self, id: i64, now: Moment) -> Result<(), VerbRefused> {
        Ok(self.delete_note_as(id, someone(true), now)?)
    }
}

fn object(fields: &Value) -> Result<&Map<String, Value>, VerbRefused> {
    fields
        .as_object()
        .ok_or_else(|| VerbRefused("fields must be an object".to_owned()))
}
