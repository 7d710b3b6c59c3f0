//! Users who change the fields themselves, and what the program makes of it.
//!
//! In: deeds about fields, options and labels of persons. Out: what the program would tell a person about them.

use std::time::Duration;

use emulators::pipedrive::Entity;
use engine::definitions::{Finding, findings, report};
use serde_json::Value;
use store::{FieldChange, FieldStore};

use super::World;
use super::pipedrive::Pipedrive;

/// Longer than the program goes without looking at the fields.
const A_DAY: Duration = Duration::from_secs(25 * 60 * 60);
const CHANGES_MAX: u32 = 1_000;

impl Pipedrive {
    /// The key of a person's field.
    pub(crate) fn code_of(&self, name: &str) -> String {
        let code = self.server.emulator().field_code(Entity::Person, name);
        code.expect("there is such a field")
    }

    pub(crate) fn add_person_field(&self, name: &str, field_type: &str) -> String {
        self.add_person_field_with(name, field_type, &[])
    }

    pub(crate) fn add_person_field_with(
        &self,
        name: &str,
        field_type: &str,
        options: &[&str],
    ) -> String {
        let field = (name, field_type);
        self.does(|screen, now| screen.add_field(Entity::Person, field, options, now))
    }

    /// The field keeps its key.
    pub(crate) fn rename_person_field(&self, name: &str, to: &str) {
        self.does(|screen, _| screen.rename_field(Entity::Person, name, to));
    }

    pub(crate) fn delete_person_field(&self, name: &str) {
        self.does(|screen, _| screen.remove_field(Entity::Person, name));
    }

    pub(crate) fn delete_organization_field(&self, name: &str) {
        self.does(|screen, _| screen.remove_field(Entity::Organization, name));
    }

    /// The key is what it was; the values are gone.
    pub(crate) fn bring_back_person_field(&self, code: &str, name: &str, field_type: &str) {
        let field = (name, field_type);
        self.does(|screen, _| screen.bring_back_field(Entity::Person, code, field));
    }

    pub(crate) fn rename_option(&self, field: &str, label: &str, to: &str) {
        let option = (field, label);
        self.does(|screen, now| screen.rename_option(Entity::Person, option, to, now));
    }

    pub(crate) fn delete_person_label(&self, label: &str) {
        self.does(|screen, _| screen.delete_label(Entity::Person, label));
    }

    /// What a person's custom field of this key holds.
    pub(crate) fn custom(&self, person: i64, code: &str) -> Value {
        self.person(person)["custom_fields"][code].clone()
    }
}

impl World {
    /// Goes on until the program has looked at the fields again.
    pub(crate) async fn settle_for_a_day(&mut self) {
        self.pass(A_DAY);
        self.settle().await;
    }

    /// What `fields check` would say.
    pub(crate) async fn field_findings(&self) -> Vec<Finding> {
        let core = self.core();
        let names = &core.settings.fields;
        let resolved = report::resolved(&core.store, core.ctx(), names).await;
        findings(&resolved.expect("the store answers").0)
    }

    /// Settings and codes of the findings.
    pub(crate) async fn field_trouble(&self) -> Vec<(&'static str, &'static str)> {
        let found = self.field_findings().await;
        found
            .into_iter()
            .map(|finding| (finding.setting.name(), finding.code))
            .collect()
    }

    /// How often lists of fields were read.
    pub(crate) fn field_lists_read(&self) -> u64 {
        let requests = self.pipedrive.counters().requests;
        let lists = requests
            .iter()
            .filter(|(call, _)| call.starts_with("GET") && call.ends_with("Fields"));
        lists.map(|(_, times)| times).sum()
    }

    /// What has changed about the fields, oldest first.
    pub(crate) async fn field_changes(&self) -> Vec<FieldChange> {
        let core = self.core();
        let changes = core.store.field_changes(core.ctx(), CHANGES_MAX).await;
        let mut changes = changes.expect("the store answers");
        changes.reverse();
        changes
    }
}
