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
        let now = self.clock.moment();
        let mut emulator = self.server.emulator();
        let made = emulator.add_field(Entity::Person, (name, field_type), options, now);
        made.expect("a user can make this field")
    }

    /// The field keeps its key.
    pub(crate) fn rename_person_field(&self, name: &str, to: &str) {
        let mut emulator = self.server.emulator();
        let renamed = emulator.rename_field(Entity::Person, name, to);
        renamed.expect("a user can rename this field");
    }

    pub(crate) fn delete_person_field(&self, name: &str) {
        let deleted = self.server.emulator().remove_field(Entity::Person, name);
        deleted.expect("a user can delete this field");
    }

    pub(crate) fn delete_organization_field(&self, name: &str) {
        let deleted = self
            .server
            .emulator()
            .remove_field(Entity::Organization, name);
        deleted.expect("a user can delete this field");
    }

    /// The key is what it was; the values are gone.
    pub(crate) fn bring_back_person_field(&self, code: &str, name: &str, field_type: &str) {
        let mut emulator = self.server.emulator();
        let back = emulator.bring_back_field(Entity::Person, code, (name, field_type));
        back.expect("the field was deleted");
    }

    pub(crate) fn rename_option(&self, field: &str, label: &str, to: &str) {
        let now = self.clock.moment();
        let mut emulator = self.server.emulator();
        let renamed = emulator.rename_option(Entity::Person, (field, label), to, now);
        renamed.expect("a user can rename this option");
    }

    pub(crate) fn delete_person_label(&self, label: &str) {
        let deleted = self.server.emulator().delete_label(Entity::Person, label);
        deleted.expect("a user can delete this label");
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

    /// What has changed about the fields, oldest first.
    pub(crate) async fn field_changes(&self) -> Vec<FieldChange> {
        let core = self.core();
        let changes = core.store.field_changes(core.ctx(), CHANGES_MAX).await;
        let mut changes = changes.expect("the store answers");
        changes.reverse();
        changes
    }
}
