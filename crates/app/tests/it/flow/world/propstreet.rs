//! Propstreet as its users see it: people who add, edit, link and delete, and what stands on the screen afterwards.
//!
//! In: deeds in plain words. Out: the emulator's state. Deeds done `quietly` send no webhook: it was lost.

use std::sync::Arc;

use emulators::http_face::EmulatorServer;
use emulators::propstreet::{Edit, PropstreetCounters, PropstreetEmulator};
use serde_json::{Value, json};

use super::clock::HeldClock;
use super::faults::{Befalls, Fault, Service};

/// The screen of a Propstreet user.
#[derive(Debug, Clone)]
pub(crate) struct Propstreet {
    pub(crate) server: Arc<EmulatorServer<PropstreetEmulator>>,
    pub(crate) clock: HeldClock,
    quiet: bool,
}

impl Propstreet {
    pub(crate) const fn new(
        server: Arc<EmulatorServer<PropstreetEmulator>>,
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

    pub(crate) fn add_contact(&self, first: &str, last: &str, email: &str) -> String {
        self.add_contact_with(json!({"firstName": first, "lastName": last, "email": email}))
    }

    pub(crate) fn add_contact_with(&self, fields: Value) -> String {
        self.does(&Edit::AddContact { fields })
    }

    pub(crate) fn edit_contact(&self, id: &str, fields: Value) {
        self.does(&Edit::EditContact {
            id: id.to_owned(),
            fields,
        });
    }

    pub(crate) fn delete_contact(&self, id: &str) {
        self.does(&Edit::DeleteContact { id: id.to_owned() });
    }

    pub(crate) fn restore_contact(&self, id: &str) {
        self.does(&Edit::RestoreContact { id: id.to_owned() });
    }

    pub(crate) fn add_company(&self, name: &str) -> String {
        self.add_company_with(json!({"name": name}))
    }

    pub(crate) fn add_company_with(&self, fields: Value) -> String {
        self.does(&Edit::AddCompany { fields })
    }

    pub(crate) fn edit_company(&self, id: &str, fields: Value) {
        self.does(&Edit::EditCompany {
            id: id.to_owned(),
            fields,
        });
    }

    pub(crate) fn delete_company(&self, id: &str) {
        self.does(&Edit::DeleteCompany { id: id.to_owned() });
    }

    pub(crate) fn add_link(&self, contact: &str, company: &str, job_title: Option<&str>) -> String {
        self.does(&Edit::AddLink {
            contact_id: contact.to_owned(),
            company_id: company.to_owned(),
            job_title: job_title.map(str::to_owned),
        })
    }

    pub(crate) fn edit_link(&self, id: &str, fields: Value) {
        self.does(&Edit::EditLink {
            id: id.to_owned(),
            fields,
        });
    }

    pub(crate) fn delete_link(&self, id: &str) {
        self.does(&Edit::DeleteLink { id: id.to_owned() });
    }

    pub(crate) fn does(&self, edit: &Edit) -> String {
        let (mut emulator, now) = (self.server.emulator(), self.clock.moment());
        let done = match self.quiet {
            false => emulator.edit(edit, now),
            true => emulator.edit_quietly(edit, now),
        };
        done.expect("a user can do this")
    }

    /// The contact as the API shows it, live or deleted.
    pub(crate) fn contact(&self, id: &str) -> Value {
        self.server
            .emulator()
            .contact(id)
            .expect("there is such a contact")
    }

    pub(crate) fn company(&self, id: &str) -> Value {
        self.server
            .emulator()
            .company(id)
            .expect("there is such a company")
    }

    /// Ids of the living contacts.
    pub(crate) fn contact_ids(&self) -> Vec<String> {
        living(self.server.emulator().contact_ids())
    }

    pub(crate) fn company_ids(&self) -> Vec<String> {
        living(self.server.emulator().company_ids())
    }

    /// The living contacts' names, sorted.
    pub(crate) fn contact_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .contact_ids()
            .iter()
            .map(|id| full_name(&self.contact(id)))
            .collect();
        names.sort();
        names
    }

    pub(crate) fn company_names(&self) -> Vec<String> {
        let named = |id: &String| {
            self.company(id)["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let mut names: Vec<String> = self.company_ids().iter().map(named).collect();
        names.sort();
        names
    }

    /// The companies of a contact by name, with the job title there; the main one first.
    pub(crate) fn places_of(&self, contact: &str) -> Vec<(String, Option<String>)> {
        let contact = self.contact(contact);
        let mut places: Vec<&Value> = contact["companies"]
            .as_array()
            .expect("a list of companies")
            .iter()
            .collect();
        places.sort_by_key(|place| place["isPrimary"] != true);
        let place = |place: &Value| {
            (
                place["name"].as_str().unwrap_or_default().to_owned(),
                place["jobTitle"].as_str().map(str::to_owned),
            )
        };
        places.into_iter().map(place).collect()
    }

    /// The id of the only living link of a contact.
    pub(crate) fn link_of(&self, contact: &str) -> String {
        let links = self.server.emulator().links_of_contact(contact);
        only(links.into_iter().map(|link| link.id), "the link")
    }

    /// What a record's external reference of this namespace says.
    pub(crate) fn reference(record: &Value, namespace: &str) -> Option<String> {
        let references = record["externalRefs"].as_array()?;
        let found = references
            .iter()
            .find(|reference| reference["namespace"] == namespace)?;
        found["id"].as_str().map(str::to_owned)
    }

    /// The next call that is named befalls this.
    pub(crate) fn next(&self, fault: Fault) -> Befalls {
        self.next_times(1, fault)
    }

    pub(crate) fn next_times(&self, times: u32, fault: Fault) -> Befalls {
        Befalls {
            fault,
            times,
            on: Service::Propstreet(Arc::clone(&self.server)),
        }
    }

    pub(crate) fn counters(&self) -> PropstreetCounters {
        self.server.emulator().counters()
    }

    /// Calls that may change something.
    pub(crate) fn writes(&self) -> u64 {
        let counters = self.counters();
        let is_write =
            |(call, _): &(&String, &u64)| !call.starts_with("GET") && !call.contains("token");
        counters
            .requests
            .iter()
            .filter(is_write)
            .map(|(_, count)| count)
            .sum()
    }

    pub(crate) fn reset_counters(&self) {
        self.server.emulator().reset_counters();
    }
}

fn living(ids: impl Iterator<Item = (String, bool)>) -> Vec<String> {
    ids.filter_map(|(id, is_live)| is_live.then_some(id))
        .collect()
}

pub(crate) fn full_name(contact: &Value) -> String {
    let parts = [contact["firstName"].as_str(), contact["lastName"].as_str()];
    parts.into_iter().flatten().collect::<Vec<&str>>().join(" ")
}

fn only(mut found: impl Iterator<Item = String>, name: &str) -> String {
    let first = found
        .next()
        .unwrap_or_else(|| panic!("nothing in Propstreet is called {name}"));
    assert_eq!(
        found.next(),
        None,
        "more than one record in Propstreet is called {name}"
    );
    first
}
