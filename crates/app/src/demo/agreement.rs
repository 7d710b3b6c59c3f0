//! Do both services agree? An independent comparison of what the two emulators hold, record by record.
//!
//! In: both services' records as JSON. Out: what does not agree, in words. It uses nothing of the engine: neither its mirror
//! nor its mapping nor its canonical forms, so that a mistake there shows here.

mod notes;
mod sales;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use notes::had_before;

/// What the comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Records that have a counterpart which agrees in everything that travels.
    pub agreeing: u64,
    /// What does not agree, by record.
    pub differences: Vec<String>,
}

/// The records of both services.
#[derive(Debug)]
pub struct Books {
    pub persons: Vec<Value>,
    pub organizations: Vec<Value>,
    pub contacts: Vec<Value>,
    pub companies: Vec<Value>,
    pub projects: Vec<Value>,
    pub prospects: Vec<Value>,
    pub sales: Sales,
    /// Pipedrive's.
    pub notes: Vec<Value>,
    /// All revisions of Propstreet's.
    pub timeline_notes: Vec<Value>,
    /// Pipedrive's person labels.
    pub labels: BTreeMap<i64, String>,
    /// Keys of Pipedrive's custom fields, by name.
    pub person_fields: BTreeMap<String, String>,
    pub organization_fields: BTreeMap<String, String>,
}

/// The deals that are kept in step with projects.
#[derive(Debug, Default)]
pub struct Sales {
    pub deals: Vec<Value>,
    /// The persons that take part in each of them.
    pub participants: BTreeMap<i64, Vec<i64>>,
    /// Keys of Pipedrive's custom fields of deals, by name.
    pub fields: BTreeMap<String, String>,
}

/// Compares both services; records named in `set_aside` (such as `person/12`) wait for a person and are left out.
#[must_use]
pub fn compare(books: &Books, set_aside: &BTreeSet<String>) -> Agreement {
    let mut found = Agreement::default();
    let companies = by_reference(&books.companies);
    let contacts = by_reference(&books.contacts);
    let mut company_of = BTreeMap::new();
    for organization in live(&books.organizations) {
        let id = text(&organization["id"]);
        if set_aside.contains(&format!("organization/{id}")) {
            continue;
        }
        match companies.get(&id) {
            None => found
                .differences
                .push(format!("organization/{id} has no company")),
            Some(company) => {
                company_of.insert(id.clone(), text(&company["id"]));
                let marker = custom(
                    organization,
                    &books.organization_fields,
                    "propstreet_company_id",
                );
                found.weigh(
                    &format!("organization/{id}"),
                    organization_differences(books, organization, company, &marker),
                );
            }
        }
    }
    for person in live(&books.persons) {
        let id = text(&person["id"]);
        if set_aside.contains(&format!("person/{id}")) {
            continue;
        }
        match contacts.get(&id) {
            None => found
                .differences
                .push(format!("person/{id} has no contact")),
            Some(contact) => {
                found.weigh(
                    &format!("person/{id}"),
                    person_differences(books, person, contact, &company_of),
                );
            }
        }
    }
    sales::compare(books, set_aside, &mut found);
    notes::compare(books, set_aside, &mut found);
    lonely(
        &books.companies,
        &books.organizations,
        "company",
        set_aside,
        &mut found,
    );
    lonely(
        &books.contacts,
        &books.persons,
        "contact",
        set_aside,
        &mut found,
    );
    found
}

impl Agreement {
    fn weigh(&mut self, record: &str, differences: Vec<&'static str>) {
        if differences.is_empty() {
            self.agreeing += 1;
        } else {
            self.differences
                .push(format!("{record} differs in {}", differences.join(", ")));
        }
    }
}

/// Records of Propstreet whose reference names no living record of Pipedrive.
fn lonely(
    records: &[Value],
    others: &[Value],
    entity: &str,
    set_aside: &BTreeSet<String>,
    found: &mut Agreement,
) {
    let known: BTreeSet<String> = live(others).map(|other| text(&other["id"])).collect();
    for record in live_there(records) {
        let id = text(&record["id"]);
        if reference(record).is_none_or(|other| !known.contains(&other))
            && !set_aside.contains(&format!("{entity}/{id}"))
        {
            found
                .differences
                .push(format!("{entity}/{id} has no counterpart in Pipedrive"));
        }
    }
}

fn organization_differences(
    books: &Books,
    organization: &Value,
    company: &Value,
    marker: &str,
) -> Vec<&'static str> {
    let mut differences = Vec::new();
    let mut check = |name: &'static str, same: bool| {
        if !same {
            differences.push(name);
        }
    };
    let fields = &books.organization_fields;
    check("id", marker == text(&company["id"]));
    check(
        "name",
        words(&organization["name"]) == words(&company["name"]),
    );
    check(
        "domain",
        site(&custom(organization, fields, "domain")) == site(&text(&company["domain"])),
    );
    let number = digits(&custom(organization, fields, "org_number"));
    check("organization number", number == number_of(company));
    differences
}

fn person_differences(
    books: &Books,
    person: &Value,
    contact: &Value,
    company_of: &BTreeMap<String, String>,
) -> Vec<&'static str> {
    let mut differences = Vec::new();
    let mut check = |name: &'static str, same: bool| {
        if !same {
            differences.push(name);
        }
    };
    let fields = &books.person_fields;
    check(
        "id",
        custom(person, fields, "propstreet_contact_id") == text(&contact["id"]),
    );
    let name = format!(
        "{} {}",
        text(&contact["firstName"]),
        text(&contact["lastName"])
    );
    check(
        "name",
        words(&person["name"]) == words(&Value::String(name)),
    );
    check(
        "email",
        primary(&person["emails"]).to_lowercase() == text(&contact["email"]).to_lowercase(),
    );
    check(
        "phone",
        last_digits(&primary(&person["phones"])) == last_digits(&text(&contact["phone"])),
    );
    check(
        "strategy",
        words(&Value::String(custom(person, fields, "investor_strategy")))
            == words(&contact["strategy"]),
    );
    let labels: BTreeSet<String> = list(&person["label_ids"])
        .iter()
        .filter_map(|id| books.labels.get(&id.as_i64()?).cloned())
        .collect();
    let tags: BTreeSet<String> = list(&contact["tags"]).iter().map(text).collect();
    let expressible = tags
        .iter()
        .filter(|tag| books.labels.values().any(|label| label == *tag))
        .cloned()
        .collect();
    check("tags", labels == expressible);
    let place = list(&contact["companies"])
        .iter()
        .find(|company| company["isPrimary"] == true);
    let organization = text(&person["org_id"]);
    let expected = company_of.get(&organization).cloned().unwrap_or_default();
    check(
        "organization",
        expected == place.map(|place| text(&place["id"])).unwrap_or_default(),
    );
    if let Some(place) = place {
        check(
            "job title",
            custom(person, fields, "job_title") == text(&place["jobTitle"]),
        );
    }
    differences
}

fn by_reference(records: &[Value]) -> BTreeMap<String, &Value> {
    live_there(records)
        .filter_map(|record| Some((reference(record)?, record)))
        .collect()
}

fn reference(record: &Value) -> Option<String> {
    let known = list(&record["externalRefs"])
        .iter()
        .find(|known| text(&known["namespace"]).eq_ignore_ascii_case("pipedrive"))?;
    Some(text(&known["id"]))
}

fn number_of(company: &Value) -> String {
    let known = list(&company["externalRefs"])
        .iter()
        .find(|known| text(&known["namespace"]).starts_with("org-number-"));
    known
        .map(|known| digits(&text(&known["id"])))
        .unwrap_or_default()
}

fn live(records: &[Value]) -> impl Iterator<Item = &Value> {
    records.iter().filter(|record| record["is_deleted"] != true)
}

fn live_there(records: &[Value]) -> impl Iterator<Item = &Value> {
    records
        .iter()
        .filter(|record| record["deletedUtc"].is_null())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

fn custom(record: &Value, fields: &BTreeMap<String, String>, name: &str) -> String {
    fields
        .get(name)
        .map(|key| text(&record["custom_fields"][key]))
        .unwrap_or_default()
}

/// The text's words with one space between them.
fn words(value: &Value) -> String {
    text(value).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn site(text: &str) -> String {
    let text = text.trim().to_lowercase();
    text.strip_prefix("www.").unwrap_or(&text).to_owned()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// National and international forms of a number end alike.
fn last_digits(text: &str) -> String {
    let digits = digits(text);
    digits.chars().rev().take(7).collect()
}

fn primary(values: &Value) -> String {
    let values = list(values);
    let found = values
        .iter()
        .find(|value| value["primary"] == true)
        .or_else(|| values.first());
    found
        .map(|found| text(&found["value"]).trim().to_owned())
        .unwrap_or_default()
}
