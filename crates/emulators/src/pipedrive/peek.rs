//! A look at single records, for whoever compares or edits them one by one.
//!
//! In: ids. Out: records as the API shows them. It costs no tokens, counts nothing and changes nothing.

use serde_json::Value;

use super::PipedriveEmulator;
use super::json::Json;
use super::kinds::Entity;
use super::render::View;
use super::route;

impl PipedriveEmulator {
    /// Ids of all records of an entity, ascending, each with whether it is live.
    pub fn record_ids(&self, entity: Entity) -> impl Iterator<Item = (i64, bool)> {
        let records = &self.state.table(entity).records;
        records
            .values()
            .map(|record| (record.id, !record.is_deleted))
    }

    /// The record, live or deleted.
    #[must_use]
    pub fn record(&self, entity: Entity, id: i64) -> Option<Value> {
        serde_json::from_slice(&self.record_json(entity, id)?).ok()
    }

    /// The record, live or deleted, in the words in which the API shows it.
    #[must_use]
    pub fn record_json(&self, entity: Entity, id: i64) -> Option<Vec<u8>> {
        let record = self.state.table(entity).records.get(&id)?;
        let mut out = Json::with_capacity(1_024);
        self.write_record(&mut out, entity, record, &View::default());
        Some(out.0)
    }

    /// Every call there is, as the counters name it, with its price in tokens.
    pub fn prices() -> impl Iterator<Item = (&'static str, u64)> {
        route::prices()
    }

    /// The labels on offer: ids and names.
    #[must_use]
    pub fn labels(&self, entity: Entity) -> Vec<(i64, String)> {
        let labels = self.state.catalog(entity).labels();
        labels
            .iter()
            .map(|option| (option.id, option.label.clone()))
            .collect()
    }

    /// The options of a custom field, called by its name: ids and labels.
    #[must_use]
    pub fn options(&self, entity: Entity, field: &str) -> Vec<(i64, String)> {
        let mut fields = self.state.catalog(entity).custom();
        let found = fields.find(|known| known.name == field);
        let options = found.into_iter().flat_map(|field| &field.options);
        options
            .map(|option| (option.id, option.label.clone()))
            .collect()
    }

    /// Ids of the living persons of an organization, ascending.
    #[must_use]
    pub fn people_of(&self, organization: i64) -> Vec<i64> {
        let mut people: Vec<i64> = self
            .state
            .table(Entity::Person)
            .belonging_to((Entity::Organization, organization))
            .collect();
        people.sort_unstable();
        people
    }

    /// All notes, living and deleted, as the API shows them.
    #[must_use]
    pub fn notes(&self) -> Vec<Value> {
        let notes = self.state.papers.notes.values();
        let shown = notes.filter_map(|note| {
            let mut out = Json::with_capacity(1_024);
            self.write_note(&mut out, note, 0);
            serde_json::from_slice(&out.0).ok()
        });
        shown.collect()
    }
}
