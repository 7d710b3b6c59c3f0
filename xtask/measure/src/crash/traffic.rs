//! Traffic: users who edit and add records on both sides at a steady rate, and a notebook of every value they wrote.
//!
//! In: both services. Out: changed records, and for each value what stood there before. Each value is written once only, so
//! that where it shows up tells where it came from.

use emulators::pipedrive::Entity;
use model::Side;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use serde_json::{Value, json};

use super::office::{Office, moment};
use super::shown::{Facet, Place, Shown, opposite, shown};

const FORENAMES: [&str; 8] = [
    "Astrid", "Henrik", "Mikkel", "Tuuli", "Solveig", "Lars", "Ingrid", "Eero",
];
const SYLLABLES: [&str; 10] = ["ba", "de", "fo", "gu", "ha", "ki", "lo", "mu", "ne", "ri"];
/// Of a hundred deeds, so many add a record.
const ADD_PERCENT: u32 = 8;
/// Of a hundred edits, so many hit the same field on both sides at once.
const TWIN_PERCENT: u32 = 6;

/// A value that a user wrote.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) place: Place,
    pub(super) facet: Facet,
    pub(super) value: String,
    /// What the user saw there.
    pub(super) before: Option<String>,
}

/// Everything that users did, in order.
#[derive(Debug)]
pub(super) struct Notebook {
    random: ChaCha8Rng,
    numbers: u32,
    pub(super) written: Vec<Written>,
    pub(super) deeds: usize,
    pub(super) added: [usize; 2],
    /// Edits that the service refused; there should be none.
    pub(super) refused: Vec<String>,
}

impl Notebook {
    pub(super) fn new(random: ChaCha8Rng) -> Self {
        Self {
            random,
            numbers: 0,
            written: Vec::new(),
            deeds: 0,
            added: [0, 0],
            refused: Vec::new(),
        }
    }

    /// Somebody does something.
    pub(super) fn someone_does_something(&mut self, office: &Office) {
        let side = if self.random.random::<bool>() {
            Side::Pipedrive
        } else {
            Side::Propstreet
        };
        let is_organization = self.chance(18);
        self.deeds += 1;
        if self.chance(ADD_PERCENT) {
            return self.add(office, side, is_organization);
        }
        let Some(place) = self.some_record(office, side, is_organization) else {
            return;
        };
        let facet = if is_organization {
            Facet::Name
        } else {
            let facets = [
                Facet::Name,
                Facet::Email,
                Facet::Phone,
                Facet::Phone,
                Facet::Strategy,
                Facet::Strategy,
                Facet::Title,
            ];
            self.pick(&facets).unwrap_or(Facet::Phone)
        };
        let twin = self
            .chance(TWIN_PERCENT)
            .then(|| opposite(office, &place))
            .flatten();
        self.edit(office, &place, facet);
        if let Some(twin) = twin {
            self.deeds += 1;
            self.edit(office, &twin, facet);
        }
    }

    fn edit(&mut self, office: &Office, place: &Place, facet: Facet) {
        let Some(before) = shown(office, place) else {
            return;
        };
        // A title without an organization has nowhere to go.
        if facet == Facet::Title && before.organization.is_none() {
            return;
        }
        let value = self.value(facet, place.is_organization);
        let done = match place.side {
            Side::Pipedrive => edit_pipedrive(office, place, facet, &value),
            Side::Propstreet => edit_propstreet(office, place, facet, &value),
        };
        match done {
            Ok(()) => self.note(place, facet, value, &before),
            Err(reason) => self.refused.push(format!("{facet:?} of {place}: {reason}")),
        }
    }

    fn add(&mut self, office: &Office, side: Side, is_organization: bool) {
        let name = self.value(Facet::Name, is_organization);
        let added = match (side, is_organization) {
            (Side::Pipedrive, false) => {
                let organization = self.some_record(office, side, true);
                let email = self.value(Facet::Email, false);
                let fields = json!({
                    "name": name, "emails": [{"value": email, "label": "work", "primary": true}],
                    "org_id": organization.and_then(|place| place.id.parse::<i64>().ok()),
                });
                let id = office
                    .pipedrive
                    .emulator()
                    .screen(moment())
                    .add(Entity::Person, &fields);
                id.map(|id| id.to_string())
                    .map_err(|refused| refused.to_string())
            }
            (Side::Pipedrive, true) => {
                let fields = json!({"name": name, "custom_fields": {"domain": self.domain()}});
                let id = office
                    .pipedrive
                    .emulator()
                    .screen(moment())
                    .add(Entity::Organization, &fields);
                id.map(|id| id.to_string())
                    .map_err(|refused| refused.to_string())
            }
            (Side::Propstreet, false) => {
                let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
                let fields = json!({"firstName": first, "lastName": last, "email": self.value(Facet::Email, false)});
                let id = office.propstreet.emulator().add_contact(&fields, moment());
                id.map_err(|refused| refused.to_string())
            }
            (Side::Propstreet, true) => {
                let fields = json!({"name": name, "domain": self.domain(), "countryCode": "SE"});
                let id = office.propstreet.emulator().add_company(&fields, moment());
                id.map_err(|refused| refused.to_string())
            }
        };
        match added {
            Ok(id) => {
                self.added[usize::from(is_organization)] += 1;
                let place = Place {
                    side,
                    is_organization,
                    id,
                };
                self.note(&place, Facet::Name, name, &Shown::default());
            }
            Err(reason) => self
                .refused
                .push(format!("a new record on {side}: {reason}")),
        }
    }

    fn note(&mut self, place: &Place, facet: Facet, value: String, before: &Shown) {
        self.written.push(Written {
            place: place.clone(),
            facet,
            value,
            before: before.values.get(&facet).cloned(),
        });
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn pick<T: Clone>(&mut self, these: &[T]) -> Option<T> {
        if these.is_empty() {
            return None;
        }
        let place = self.random.random_range(0..these.len());
        these.get(place).cloned()
    }

    fn some_record(&mut self, office: &Office, side: Side, is_organization: bool) -> Option<Place> {
        let ids: Vec<String> = match (side, is_organization) {
            (Side::Pipedrive, _) => {
                let entity = if is_organization {
                    Entity::Organization
                } else {
                    Entity::Person
                };
                let emulator = office.pipedrive.emulator();
                emulator
                    .record_ids(entity)
                    .filter(|(_, is_live)| *is_live)
                    .map(|(id, _)| id.to_string())
                    .collect()
            }
            (Side::Propstreet, true) => live(office.propstreet.emulator().company_ids()),
            (Side::Propstreet, false) => live(office.propstreet.emulator().contact_ids()),
        };
        self.pick(&ids).map(|id| Place {
            side,
            is_organization,
            id,
        })
    }

    /// A value that nobody wrote before.
    fn value(&mut self, facet: Facet, is_organization: bool) -> String {
        self.numbers += 1;
        let number = self.numbers;
        match facet {
            Facet::Name if is_organization => format!("{} Fastigheter", surname(number)),
            Facet::Name => format!(
                "{} {}",
                self.pick(&FORENAMES).unwrap_or("Liv"),
                surname(number)
            ),
            Facet::Email => format!("kontakt{number}@{}.se", surname(number).to_lowercase()),
            Facet::Phone => format!("+4670{:07}", 1_000_000 + number),
            Facet::Strategy => format!("Logistics along the E{number}, 50 to 200 MSEK"),
            Facet::Title => format!("Head of Fund {number}"),
        }
    }

    fn domain(&mut self) -> String {
        self.numbers += 1;
        format!("{}-fastigheter.se", surname(self.numbers).to_lowercase())
    }
}

fn live(ids: impl Iterator<Item = (String, bool)>) -> Vec<String> {
    ids.filter(|(_, is_live)| *is_live)
        .map(|(id, _)| id)
        .collect()
}

/// A name of its own for each number, in letters only.
pub(super) fn surname(mut number: u32) -> String {
    let mut name = String::from("Sten");
    loop {
        let digit = usize::try_from(number % 10).unwrap_or_default();
        name.push_str(SYLLABLES[digit]);
        number /= 10;
        if number == 0 {
            return name;
        }
    }
}

fn edit_pipedrive(office: &Office, place: &Place, facet: Facet, value: &str) -> Result<(), String> {
    let id: i64 = place
        .id
        .parse()
        .map_err(|_| "its id is no number".to_owned())?;
    let mut emulator = office.pipedrive.emulator();
    let fields: Value = match facet {
        Facet::Name => json!({"name": value}),
        Facet::Email => json!({"emails": [{"value": value, "label": "work", "primary": true}]}),
        Facet::Phone => json!({"phones": [{"value": value, "label": "work", "primary": true}]}),
        Facet::Strategy => json!({"custom_fields": {"investor_strategy": value}}),
        Facet::Title => json!({"custom_fields": {"job_title": value}}),
    };
    let done = if place.is_organization {
        emulator
            .screen(moment())
            .edit(Entity::Organization, id, &fields)
    } else {
        emulator.screen(moment()).edit(Entity::Person, id, &fields)
    };
    done.map_err(|refused| refused.to_string())
}

fn edit_propstreet(
    office: &Office,
    place: &Place,
    facet: Facet,
    value: &str,
) -> Result<(), String> {
    let mut emulator = office.propstreet.emulator();
    let id = &place.id;
    let done = match facet {
        Facet::Name if place.is_organization => {
            emulator.edit_company(id, &json!({"name": value}), moment())
        }
        Facet::Name => {
            let (first, last) = value.split_once(' ').unwrap_or((value, ""));
            emulator.edit_contact(id, &json!({"firstName": first, "lastName": last}), moment())
        }
        Facet::Email => emulator.edit_contact(id, &json!({"email": value}), moment()),
        Facet::Phone => emulator.edit_contact(id, &json!({"phone": value}), moment()),
        Facet::Strategy => emulator.edit_contact(id, &json!({"strategy": value}), moment()),
        Facet::Title => {
            let links = emulator.links_of_contact(id);
            let Some(link) = links.iter().find(|link| link.is_primary) else {
                return Err("it has no primary link".to_owned());
            };
            emulator.edit_link(&link.id, &json!({"jobTitle": value}), moment())
        }
    };
    done.map(drop).map_err(|refused| refused.to_string())
}
