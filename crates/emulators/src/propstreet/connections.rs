//! The places that come with a contact: companies that are there, or new ones, one of them the main one.
//!
//! In: the list in a body. Out: links, as if each had been made or ended by itself. The list replaces what was there.

use serde_json::Value;

use super::fields::{Fields, Given, NAME_MAX, Reading};
use super::links::{self, LinkInput};
use super::normalise;
use super::problem::{Refused, not_found};
use super::record::{ChangeKind, Company};
use super::records::{Occasion, Records};

const CONNECTIONS_MAX: usize = 50;
const COUNTRY_MAX: usize = 10;

/// Where somebody works.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    place: Place,
    job_title: Option<String>,
    is_primary: bool,
}

#[derive(Debug, Clone)]
enum Place {
    Existing(u64),
    New {
        name: String,
        country: Option<String>,
    },
}

/// Reads the list of a body: exactly one is the main place, and none comes twice.
pub(super) fn read(fields: &mut Fields<'_>, reading: Reading<'_>) -> Given<Vec<Connection>> {
    let items = match fields.items("connections", CONNECTIONS_MAX) {
        Given::Absent => return Given::Absent,
        Given::Null => return Given::Null,
        Given::Set(items) => items,
    };
    let read: Option<Vec<Connection>> = items.iter().map(|item| read_one(item, reading)).collect();
    let Some(connections) = read else {
        fields.wrong("connections", "Each needs a company of the kind existing with its id, or new with its name; jobTitle and primary.");
        return Given::Absent;
    };
    let mains = connections.iter().filter(|one| one.is_primary).count();
    if mains != 1 && !connections.is_empty() {
        fields.wrong("connections", "Exactly one must be primary.");
    }
    let companies: Vec<u64> = connections
        .iter()
        .filter_map(Connection::existing)
        .collect();
    let is_twice = |id: &u64| companies.iter().filter(|other| *other == id).count() > 1;
    if companies.iter().any(is_twice) {
        fields.wrong("connections", "A company may occur once.");
    }
    Given::Set(connections)
}

fn read_one(item: &Value, reading: Reading<'_>) -> Option<Connection> {
    let known = ["company", "jobTitle", "primary"];
    let mut fields = Fields::of(item, &known, reading.strict).ok()?;
    let place = read_place(item.get("company")?, reading)?;
    let job_title = fields.text("jobTitle", NAME_MAX).value().cloned();
    let is_primary = fields.flag("primary").value().copied().unwrap_or(false);
    fields.finish().ok()?;
    Some(Connection {
        place,
        job_title,
        is_primary,
    })
}

fn read_place(company: &Value, reading: Reading<'_>) -> Option<Place> {
    match company.get("kind")?.as_str()? {
        "existing" => {
            let mut fields = Fields::of(company, &["kind", "id"], reading.strict).ok()?;
            let id = fields.id("id").value().copied();
            fields.finish().ok()?;
            id.map(Place::Existing)
        }
        "new" => {
            let known = ["kind", "name", "countryCode"];
            let mut fields = Fields::of(company, &known, reading.strict).ok()?;
            let name = fields.text("name", reading.name_max(NAME_MAX));
            let code = fields.shaped("countryCode", COUNTRY_MAX, "", normalise::country);
            fields.finish().ok()?;
            Some(Place::New {
                name: name.value()?.clone(),
                country: code.value().cloned(),
            })
        }
        _ => None,
    }
}

impl Connection {
    const fn existing(&self) -> Option<u64> {
        match self.place {
            Place::Existing(id) => Some(id),
            Place::New { .. } => None,
        }
    }
}

/// Every company that is named is there.
pub(super) fn refuse_unknown(
    records: &Records,
    connections: &Given<Vec<Connection>>,
) -> Result<(), Refused> {
    let named = connections.value().into_iter().flatten();
    for id in named.filter_map(Connection::existing) {
        if records.companies.live(id).is_none() {
            return Err(not_found("There is no such company."));
        }
    }
    Ok(())
}

/// The contact works at these places and at no other.
pub(super) fn apply(
    records: &mut Records,
    contact: u64,
    connections: &Given<Vec<Connection>>,
    when: &Occasion<'_>,
) -> Result<(), Refused> {
    let connections: &[Connection] = match connections {
        Given::Absent => return Ok(()),
        Given::Null => &[],
        Given::Set(connections) => connections,
    };
    let kept: Vec<u64> = connections
        .iter()
        .filter_map(Connection::existing)
        .collect();
    let links: Vec<(u64, u64)> = records
        .live_links(records.link_ids_of_contact(contact))
        .map(|link| (link.stamp.id, link.company))
        .collect();
    for (link, _) in links.iter().filter(|(_, company)| !kept.contains(company)) {
        links::remove(records, *link, when)?;
    }
    for connection in connections {
        let company = match &connection.place {
            Place::Existing(id) => *id,
            Place::New { name, country } => {
                let new = Company {
                    name: name.clone(),
                    country: country.clone(),
                    ..Company::empty()
                };
                records.keep_company(new, ChangeKind::Create, when)
            }
        };
        let known = links.iter().find(|(_, other)| *other == company);
        let link = match known {
            Some((link, _)) => *link,
            None => {
                let title = connection.job_title.clone();
                links::join(records, (contact, company), title, when)?
            }
        };
        let input = LinkInput {
            job_title: connection.job_title.clone().map_or(Given::Null, Given::Set),
            primary: if connection.is_primary {
                Given::Set(true)
            } else {
                Given::Absent
            },
        };
        links::change(records, link, &input, when)?;
    }
    Ok(())
}
