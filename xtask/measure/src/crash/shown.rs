//! What a person sees of a record on either side, written apart from the engine's own mapping so that a mistake there shows.
//!
//! In: a service and the place of a record. Out: its values as plain text, and the place of its counterpart. It never looks at
//! the program's database.

use std::collections::BTreeMap;

use emulators::pipedrive::Entity;
use model::Side;
use serde_json::Value;

use super::office::Office;

/// One thing that users edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Facet {
    Name,
    Email,
    Phone,
    Strategy,
    /// At the person's primary organization.
    Title,
}

/// Where a record is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) side: Side,
    pub(super) is_organization: bool,
    pub(super) id: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match (self.side, self.is_organization) {
            (Side::Pipedrive, false) => "person",
            (Side::Pipedrive, true) => "organization",
            (Side::Propstreet, false) => "contact",
            (Side::Propstreet, true) => "company",
        };
        write!(f, "{name}/{}", self.id)
    }
}

/// What a record shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    pub(super) values: BTreeMap<Facet, String>,
    /// The person's organization or primary company, by its id on this side.
    pub(super) organization: Option<String>,
}

impl Shown {
    fn put(&mut self, facet: Facet, value: &Value) {
        let text = value.as_str().unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() {
            self.values.insert(facet, text);
        }
    }
}

/// What the record shows now.
pub(super) fn shown(office: &Office, place: &Place) -> Option<Shown> {
    let mut shown = Shown::default();
    match place.side {
        Side::Pipedrive => {
            let emulator = office.pipedrive.emulator();
            let entity = if place.is_organization {
                Entity::Organization
            } else {
                Entity::Person
            };
            let record = emulator.record(entity, place.id.parse().ok()?)?;
            shown.put(Facet::Name, &record["name"]);
            if !place.is_organization {
                shown.put(Facet::Email, primary(&record["emails"]));
                shown.put(Facet::Phone, primary(&record["phones"]));
                let custom = |name: &str| {
                    let code = emulator
                        .field_code(Entity::Person, name)
                        .unwrap_or_default();
                    record["custom_fields"][code].clone()
                };
                shown.put(Facet::Strategy, &custom("investor_strategy"));
                shown.put(Facet::Title, &custom("job_title"));
                shown.organization = record["org_id"].as_i64().map(|id| id.to_string());
            }
        }
        Side::Propstreet if place.is_organization => {
            let record = office.propstreet.emulator().company(&place.id)?;
            shown.put(Facet::Name, &record["name"]);
        }
        Side::Propstreet => {
            let record = office.propstreet.emulator().contact(&place.id)?;
            let word = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
            let name = format!("{} {}", word("firstName"), word("lastName"));
            shown.put(Facet::Name, &Value::String(name));
            shown.put(Facet::Email, &record["email"]);
            shown.put(Facet::Phone, &record["phone"]);
            shown.put(Facet::Strategy, &record["strategy"]);
            let place = record["companies"]
                .as_array()
                .into_iter()
                .flatten()
                .find(|company| company["isPrimary"] == true);
            if let Some(place) = place {
                shown.put(Facet::Title, &place["jobTitle"]);
                shown.organization = place["id"].as_str().map(str::to_owned);
            }
        }
    }
    Some(shown)
}

fn primary(values: &Value) -> &Value {
    let values = values.as_array().map_or(&[][..], Vec::as_slice);
    let found = values
        .iter()
        .find(|value| value["primary"] == true)
        .or_else(|| values.first());
    found.map_or(&Value::Null, |found| &found["value"])
}

/// The record on the other side that carries this one's id, or whose id this one carries.
pub(super) fn opposite(office: &Office, place: &Place) -> Option<Place> {
    let id = match place.side {
        Side::Propstreet => {
            let emulator = office.propstreet.emulator();
            let record = if place.is_organization {
                emulator.company(&place.id)
            } else {
                emulator.contact(&place.id)
            };
            reference(&record?)?
        }
        Side::Pipedrive => {
            let emulator = office.pipedrive.emulator();
            let (entity, marker) = if place.is_organization {
                (Entity::Organization, "propstreet_company_id")
            } else {
                (Entity::Person, "propstreet_contact_id")
            };
            let record = emulator.record(entity, place.id.parse().ok()?)?;
            let code = emulator.field_code(entity, marker).ok()?;
            record["custom_fields"][code].as_str()?.to_owned()
        }
    };
    Some(Place {
        side: place.side.other(),
        is_organization: place.is_organization,
        id,
    })
}

fn reference(record: &Value) -> Option<String> {
    let known = record["externalRefs"].as_array()?;
    let own = known.iter().find(|known| {
        known["namespace"]
            .as_str()
            .is_some_and(|name| name.eq_ignore_ascii_case("pipedrive"))
    })?;
    own["id"].as_str().map(str::to_owned)
}
