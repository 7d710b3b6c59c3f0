//! Ready-made pairs to begin a sentence with, and the counterpart of a record as the records themselves tell it.
//!
//! In: names. Out: ids on both sides. The counterpart is read from the markers on the records, not from the program's memory.

use serde_json::{Value, json};

use super::World;
use super::pipedrive::primary;
use super::propstreet::Propstreet;

impl World {
    /// A person and a contact that are in step.
    pub(crate) async fn ann(&mut self) -> (i64, String) {
        self.paired_person("Ann Berg", "ann.berg@fjordbygg.no")
            .await
    }

    pub(crate) async fn paired_person(&mut self, name: &str, email: &str) -> (i64, String) {
        let person = self.pipedrive.add_person(name, email);
        self.settle().await;
        (person, self.contact_of(person))
    }

    /// A person at an organization with a job title, and the same on Propstreet: person, contact, organization, company.
    pub(crate) async fn ann_at_fjordbygg(&mut self) -> (i64, String, i64, String) {
        let organization = self.pipedrive.add_organization("Fjordbygg AS");
        let person = self.pipedrive.add_person_with(json!({
            "name": "Ann Berg", "emails": primary("ann.berg@fjordbygg.no"), "org_id": organization,
            "custom_fields": {"job_title": "Head of Leasing"},
        }));
        self.settle().await;
        (
            person,
            self.contact_of(person),
            organization,
            self.company_of(organization),
        )
    }

    pub(crate) async fn paired_organization(&mut self, name: &str) -> (i64, String) {
        let organization = self.pipedrive.add_organization(name);
        self.settle().await;
        (organization, self.company_of(organization))
    }

    /// The living contact that carries this person's id.
    pub(crate) fn contact_of(&self, person: i64) -> String {
        let carries = |id: &String| {
            marker(&self.propstreet.contact(id)).as_deref() == Some(&person.to_string())
        };
        let found: Vec<String> = self
            .propstreet
            .contact_ids()
            .into_iter()
            .filter(carries)
            .collect();
        assert_eq!(
            found.len(),
            1,
            "one contact carries the id of person {person}"
        );
        found.into_iter().next().unwrap_or_default()
    }

    pub(crate) fn company_of(&self, organization: i64) -> String {
        let carries = |id: &String| {
            marker(&self.propstreet.company(id)).as_deref() == Some(&organization.to_string())
        };
        let found: Vec<String> = self
            .propstreet
            .company_ids()
            .into_iter()
            .filter(carries)
            .collect();
        assert_eq!(
            found.len(),
            1,
            "one company carries the id of organization {organization}"
        );
        found.into_iter().next().unwrap_or_default()
    }

    /// The living person that carries this contact's id.
    pub(crate) fn person_of(&self, contact: &str) -> i64 {
        let carries =
            |id: &i64| self.pipedrive.person_field(*id, "propstreet_contact_id") == contact;
        let found: Vec<i64> = self
            .pipedrive
            .person_ids()
            .into_iter()
            .filter(carries)
            .collect();
        assert_eq!(
            found.len(),
            1,
            "one person carries the id of contact {contact}"
        );
        found[0]
    }

    pub(crate) fn organization_of(&self, company: &str) -> i64 {
        let carries = |id: &i64| {
            self.pipedrive
                .organization_field(*id, "propstreet_company_id")
                == company
        };
        let found: Vec<i64> = self
            .pipedrive
            .organization_ids()
            .into_iter()
            .filter(carries)
            .collect();
        assert_eq!(
            found.len(),
            1,
            "one organization carries the id of company {company}"
        );
        found[0]
    }

    /// The names of the living contacts, sorted.
    pub(crate) fn expect_contacts<const N: usize>(&self, names: [&str; N]) {
        assert_eq!(self.propstreet.contact_names(), names);
    }

    /// The names of the living persons, sorted.
    pub(crate) fn expect_persons<const N: usize>(&self, names: [&str; N]) {
        assert_eq!(self.pipedrive.person_names(), names);
    }

    /// The contact shows these members with these values.
    pub(crate) fn expect_contact(&self, id: &str, fields: &Value) {
        expect_members(&self.propstreet.contact(id), fields);
    }

    pub(crate) fn expect_company(&self, id: &str, fields: &Value) {
        expect_members(&self.propstreet.company(id), fields);
    }

    pub(crate) fn expect_person(&self, id: i64, fields: &Value) {
        expect_members(&self.pipedrive.person(id), fields);
    }
}

fn marker(record: &Value) -> Option<String> {
    Propstreet::reference(record, "pipedrive")
}

fn expect_members(record: &Value, fields: &Value) {
    for (name, value) in fields
        .as_object()
        .expect("expected members stand in an object")
    {
        assert_eq!(record[name], *value, "{name} of {record}");
    }
}
