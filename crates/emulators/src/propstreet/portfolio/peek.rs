//! All projects, prospects and properties, for whoever compares them.
//!
//! In: nothing. Out: records as the API shows them. It counts nothing and changes nothing.

use serde_json::Value;

use super::Portfolio;
use super::render::write_property;
use crate::propstreet::PropstreetEmulator;
use crate::propstreet::record::{Entity, ExternalRef, Stamp};
use crate::propstreet::render::LastChange;

type Marks<'a> = (&'a Stamp, &'a [ExternalRef]);

impl Portfolio {
    pub(in super::super) fn marks_of_projects(&self) -> impl Iterator<Item = Marks<'_>> {
        self.projects
            .all()
            .map(|row| (&row.stamp, row.refs.as_slice()))
    }

    pub(in super::super) fn marks_of_prospects(&self) -> impl Iterator<Item = Marks<'_>> {
        self.prospects
            .all()
            .map(|row| (&row.stamp, row.refs.as_slice()))
    }
}

impl PropstreetEmulator {
    /// All projects, living and deleted, as the API shows them.
    #[must_use]
    pub fn projects(&self) -> Vec<Value> {
        let ids = self
            .records
            .portfolio
            .projects
            .all()
            .map(|row| row.stamp.id);
        ids.map(|id| self.shown(Entity::Project, id)).collect()
    }

    /// Ids of all projects, ascending, each with whether it is live.
    pub fn project_ids(&self) -> impl Iterator<Item = (String, bool)> {
        let rows = self.records.portfolio.projects.all();
        rows.map(|row| (row.stamp.id.to_string(), row.stamp.deleted.is_none()))
    }

    /// The project, live or deleted, in the words in which the API shows it.
    #[must_use]
    pub fn project_json(&self, id: &str) -> Option<Vec<u8>> {
        self.json_of(Entity::Project, id)
    }

    /// All prospects of all projects, living, taken off and deleted, as the API shows them.
    #[must_use]
    pub fn prospects(&self) -> Vec<Value> {
        let ids = self
            .records
            .portfolio
            .prospects
            .all()
            .map(|row| row.stamp.id);
        ids.map(|id| self.shown(Entity::Prospect, id)).collect()
    }

    /// All properties, living and deleted, as the API shows them.
    #[must_use]
    pub fn properties(&self) -> Vec<Value> {
        let shown = self.records.portfolio.properties.all().map(|row| {
            let mut out = String::new();
            write_property(row, LastChange::Told, &mut out);
            serde_json::from_str(&out).unwrap_or(Value::Null)
        });
        shown.collect()
    }
}
