//! A look at single records, for whoever compares or edits them one by one.
//!
//! In: ids. Out: records as the API shows them. It counts nothing and changes nothing.

use serde_json::Value;

use super::PropstreetEmulator;
use super::record::Entity;
use super::render::LastChange;

/// A living link of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOfContact {
    pub id: String,
    pub company_id: String,
    pub is_primary: bool,
}

impl PropstreetEmulator {
    /// Ids of all contacts, ascending, each with whether it is live.
    pub fn contact_ids(&self) -> impl Iterator<Item = (String, bool)> {
        let rows = self.records.contacts.all();
        rows.map(|row| (row.stamp.id.to_string(), row.stamp.deleted.is_none()))
    }

    /// Ids of all companies, ascending, each with whether it is live.
    pub fn company_ids(&self) -> impl Iterator<Item = (String, bool)> {
        let rows = self.records.companies.all();
        rows.map(|row| (row.stamp.id.to_string(), row.stamp.deleted.is_none()))
    }

    /// Ids of all webhooks, ascending.
    #[must_use]
    pub fn webhook_ids(&self) -> Vec<String> {
        let ids = self.hooks.subscriptions.keys();
        ids.map(u64::to_string).collect()
    }

    /// The contact, live or deleted.
    #[must_use]
    pub fn contact(&self, id: &str) -> Option<Value> {
        let id = id.parse().ok()?;
        self.records
            .contacts
            .row(id)
            .map(|_| self.shown(Entity::Contact, id))
    }

    /// The company, live or deleted.
    #[must_use]
    pub fn company(&self, id: &str) -> Option<Value> {
        let id = id.parse().ok()?;
        self.records
            .companies
            .row(id)
            .map(|_| self.shown(Entity::Company, id))
    }

    /// The contact, live or deleted, in the words in which the API shows it.
    #[must_use]
    pub fn contact_json(&self, id: &str) -> Option<Vec<u8>> {
        self.json_of(Entity::Contact, id)
    }

    /// The company, live or deleted, in the words in which the API shows it.
    #[must_use]
    pub fn company_json(&self, id: &str) -> Option<Vec<u8>> {
        self.json_of(Entity::Company, id)
    }

    pub(super) fn json_of(&self, entity: Entity, id: &str) -> Option<Vec<u8>> {
        let mut out = String::with_capacity(1_024);
        let last = LastChange::Told;
        let is_there = self.records.write(entity, id.parse().ok()?, last, &mut out);
        is_there.then(|| out.into_bytes())
    }

    /// The living links of a contact.
    #[must_use]
    pub fn links_of_contact(&self, id: &str) -> Vec<LinkOfContact> {
        let Ok(id) = id.parse() else {
            return Vec::new();
        };
        let links = self
            .records
            .live_links(self.records.link_ids_of_contact(id));
        let shown = links.map(|link| LinkOfContact {
            id: link.stamp.id.to_string(),
            company_id: link.company.to_string(),
            is_primary: link.primary,
        });
        shown.collect()
    }

    /// Whether there is such a link, not deleted.
    #[must_use]
    pub fn link_is_live(&self, id: &str) -> bool {
        id.parse()
            .is_ok_and(|id| self.records.links.live(id).is_some())
    }

    /// Ids of the contacts with a living link to a company.
    #[must_use]
    pub fn contacts_of_company(&self, id: &str) -> Vec<String> {
        let Ok(id) = id.parse() else {
            return Vec::new();
        };
        let links = self
            .records
            .live_links(self.records.link_ids_of_company(id));
        links.map(|link| link.contact.to_string()).collect()
    }

    /// All notes of all records and all their revisions: each with what it is on, what it says and what became of it.
    #[must_use]
    pub fn notes(&self) -> Vec<Value> {
        self.notes.all().map(super::notes::Note::peek).collect()
    }
}
