//! Pipedrive as its users see it: people who add, edit, merge and delete, and what stands on the screen afterwards.
//!
//! In: deeds in plain words. Out: the emulator's state. Deeds done `quietly` send no webhook: it was lost.

use std::sync::Arc;

use emulators::Moment;
use emulators::http_face::EmulatorServer;
use emulators::pipedrive::{Counters, Entity, PipedriveEmulator, Screen, VerbRefused};
use serde_json::{Value, json};

use super::clock::HeldClock;
use super::faults::{Befalls, Fault, Service};

/// The screen of a Pipedrive user.
#[derive(Debug, Clone)]
pub(crate) struct Pipedrive {
    pub(crate) server: Arc<EmulatorServer<PipedriveEmulator>>,
    pub(crate) clock: HeldClock,
    quiet: bool,
}

/// One address or number, as the primary one.
pub(crate) fn primary(value: &str) -> Value {
    json!([{"value": value, "label": "work", "primary": true}])
}

impl Pipedrive {
    pub(crate) const fn new(
        server: Arc<EmulatorServer<PipedriveEmulator>>,
        clock: HeldClock,
    ) -> Self {
        Self {
            server,
            clock,
            quiet: false,
        }
    }

    /// The same screen, with the webhooks of its deeds lost.
    pub(crate) fn quietly(&self) -> Self {
        Self {
            quiet: true,
            ..self.clone()
        }
    }

    /// What a user does and may do.
    pub(crate) fn does<T>(
        &self,
        deed: impl FnOnce(&mut PipedriveEmulator, Moment) -> Result<T, VerbRefused>,
    ) -> T {
        let now = self.clock.moment();
        deed(&mut self.server.emulator(), now).expect("a user can do this")
    }

    /// The same with records.
    pub(crate) fn at_screen<T>(
        &self,
        deed: impl FnOnce(&mut Screen<'_>) -> Result<T, VerbRefused>,
    ) -> T {
        self.does(|emulator, now| {
            let screen = emulator.screen(now);
            deed(&mut match self.quiet {
                true => screen.quietly(),
                false => screen,
            })
        })
    }

    pub(crate) fn add_person(&self, name: &str, email: &str) -> i64 {
        self.add_person_with(json!({"name": name, "emails": primary(email)}))
    }

    pub(crate) fn add_person_with(&self, fields: Value) -> i64 {
        self.at_screen(|screen| screen.add(Entity::Person, &fields))
    }

    pub(crate) fn edit_person(&self, id: i64, fields: Value) {
        self.at_screen(|screen| screen.edit(Entity::Person, id, &fields));
    }

    pub(crate) fn rename_person(&self, id: i64, name: &str) {
        self.edit_person(id, json!({"name": name}));
    }

    pub(crate) fn delete_person(&self, id: i64) {
        self.at_screen(|screen| screen.delete(Entity::Person, id));
    }

    pub(crate) fn restore_person(&self, id: i64) {
        self.at_screen(|screen| screen.restore(Entity::Person, id));
    }

    /// `id` goes into `survivor`.
    pub(crate) fn merge_persons(&self, id: i64, survivor: i64) {
        self.at_screen(|screen| screen.merge(Entity::Person, id, survivor));
    }

    pub(crate) fn add_record(&self, entity: Entity, fields: Value) -> i64 {
        self.at_screen(|screen| screen.add(entity, &fields))
    }

    pub(crate) fn edit_record(&self, entity: Entity, id: i64, fields: Value) {
        self.at_screen(|screen| screen.edit(entity, id, &fields));
    }

    pub(crate) fn delete_record(&self, entity: Entity, id: i64) {
        self.at_screen(|screen| screen.delete(entity, id));
    }

    /// Every live record of a kind, by id.
    pub(crate) fn live_records(&self, entity: Entity) -> std::collections::BTreeMap<i64, Value> {
        let emulator = self.server.emulator();
        let live = emulator.record_ids(entity).filter(|(_, is_live)| *is_live);
        live.filter_map(|(id, _)| Some((id, emulator.record(entity, id)?)))
            .collect()
    }

    pub(crate) fn live_record(&self, entity: Entity, id: i64) -> Value {
        let record = self.server.emulator().record(entity, id);
        record.expect("there is such a record")
    }

    pub(crate) fn tokens_spent(&self) -> u64 {
        self.counters().tokens.values().sum()
    }

    /// A deal, and a stage that it is not in.
    pub(crate) fn a_deal_and_another_stage(&self) -> (i64, i64) {
        let deals = self.live_records(Entity::Deal);
        let (id, deal) = deals.into_iter().next().expect("there is a deal");
        let now = deal["stage_id"].as_i64().expect("a deal is in a stage");
        (id, if now == 1 { 2 } else { 1 })
    }

    pub(crate) fn add_organization(&self, name: &str) -> i64 {
        self.add_organization_with(json!({"name": name}))
    }

    pub(crate) fn add_organization_with(&self, fields: Value) -> i64 {
        self.at_screen(|screen| screen.add(Entity::Organization, &fields))
    }

    pub(crate) fn edit_organization(&self, id: i64, fields: Value) {
        self.at_screen(|screen| screen.edit(Entity::Organization, id, &fields));
    }

    pub(crate) fn delete_organization(&self, id: i64) {
        self.at_screen(|screen| screen.delete(Entity::Organization, id));
    }

    pub(crate) fn add_person_label(&self, label: &str) {
        let now = self.clock.moment();
        self.server.emulator().add_label(Entity::Person, label, now);
    }

    /// The label keeps its id.
    pub(crate) fn rename_person_label(&self, label: &str, to: &str) {
        let now = self.clock.moment();
        let renamed = self
            .server
            .emulator()
            .rename_label(Entity::Person, label, to, now);
        renamed.expect("a user can rename this label");
    }

    /// The person as the API shows it, live or deleted.
    pub(crate) fn person(&self, id: i64) -> Value {
        self.server
            .emulator()
            .record(Entity::Person, id)
            .expect("there is such a person")
    }

    pub(crate) fn organization(&self, id: i64) -> Value {
        self.server
            .emulator()
            .record(Entity::Organization, id)
            .expect("there is such an organization")
    }

    /// What a person's custom field of this name holds.
    pub(crate) fn person_field(&self, id: i64, name: &str) -> Value {
        let code = self
            .server
            .emulator()
            .field_code(Entity::Person, name)
            .expect("there is such a field");
        self.person(id)["custom_fields"][&code].clone()
    }

    pub(crate) fn organization_field(&self, id: i64, name: &str) -> Value {
        let code = self
            .server
            .emulator()
            .field_code(Entity::Organization, name)
            .expect("there is such a field");
        self.organization(id)["custom_fields"][&code].clone()
    }

    /// Ids of the living persons.
    pub(crate) fn person_ids(&self) -> Vec<i64> {
        living(self.server.emulator().record_ids(Entity::Person))
    }

    pub(crate) fn organization_ids(&self) -> Vec<i64> {
        living(self.server.emulator().record_ids(Entity::Organization))
    }

    /// The living persons' names, sorted.
    pub(crate) fn person_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .person_ids()
            .into_iter()
            .map(|id| name_of(&self.person(id)))
            .collect();
        names.sort();
        names
    }

    pub(crate) fn organization_names(&self) -> Vec<String> {
        let ids = self.organization_ids().into_iter();
        let mut names: Vec<String> = ids.map(|id| name_of(&self.organization(id))).collect();
        names.sort();
        names
    }

    /// The next call that is named befalls this.
    pub(crate) fn next(&self, fault: Fault) -> Befalls {
        self.next_times(1, fault)
    }

    pub(crate) fn next_times(&self, times: u32, fault: Fault) -> Befalls {
        Befalls {
            fault,
            times,
            on: Service::Pipedrive(Arc::clone(&self.server)),
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        self.server.emulator().counters()
    }

    pub(crate) fn reset_counters(&self) {
        self.server.emulator().reset_counters();
    }
}

fn living(ids: impl Iterator<Item = (i64, bool)>) -> Vec<i64> {
    ids.filter_map(|(id, is_live)| is_live.then_some(id))
        .collect()
}

fn name_of(record: &Value) -> String {
    record["name"].as_str().unwrap_or_default().to_owned()
}
