//! The world around the engine: both services with their records, and the users who work there.
//!
//! In: a seed and its weather. Out: both emulators, filled, and single records as they are seen. Users' edits are in
//! `edits`; nothing here is random but what the seed says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use emulators::pipedrive::{
    Delivery, Entity as PipedriveEntity, PipedriveConfig, PipedriveEmulator,
};
use emulators::propstreet::{PropstreetEmulator, PropstreetSettings};
use emulators::{Emulator, Moment};
use model::{Kind, Side};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::deeds::Deeds;
use super::facets::{self, Codes, Shown};
use super::looks;
use super::profile::{Profile, Weather};
use super::sales::notes::NoteWrite;
use super::sales::{self, Sales};
use super::words::{LABEL_ONLY_THERE, LABELS, Words};

/// A record as it looked when it was last looked at.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    json: Vec<u8>,
    pub(super) record: Value,
    pub(super) shown: Shown,
}

/// One record of one side.
pub(super) type Place = (Side, Kind, String);

pub(super) struct World {
    pub(super) pipedrive: PipedriveEmulator,
    pub(super) propstreet: PropstreetEmulator,
    pub(super) codes: Codes,
    pub(super) deeds: Deeds,
    pub(super) words: Words,
    /// The users' own randomness, so that what they do does not depend on what the network does.
    pub(super) random: ChaCha8Rng,
    pub(super) profile: Profile,
    pub(super) sales: Option<Sales>,
    /// How often a value that can come back was written, by record and field, so that users do not look like a loop.
    pub(super) toggles: std::collections::BTreeMap<(Place, &'static str), u32>,
    pub(super) deletions: u32,
    /// What was merged into another record, and into which. It is not brought back.
    pub(super) merged: std::collections::BTreeMap<Place, Place>,
    /// What users did to notes.
    pub(super) notes: Vec<NoteWrite>,
    lately_seen: RefCell<BTreeMap<Place, Rc<Seen>>>,
}

impl World {
    pub(super) fn new(seed: u64, profile: Profile, weather: &Weather, now: Moment) -> Self {
        let mut pipedrive = PipedriveEmulator::new(PipedriveConfig {
            seed,
            delivery: Delivery::Prompt,
            ..PipedriveConfig::default()
        });
        pipedrive.set_clock_offset(weather.skew_millis[0]);
        let propstreet = PropstreetEmulator::new(PropstreetSettings {
            seed: seed ^ 0xb0b,
            clock_offset_millis: weather.skew_millis[1],
            ..PropstreetSettings::default()
        });
        for label in LABELS {
            pipedrive.add_label(PipedriveEntity::Person, label, now);
        }
        Self {
            pipedrive,
            propstreet,
            codes: Codes::default(),
            deeds: Deeds::default(),
            words: Words::new(weather.untidy_percent),
            random: ChaCha8Rng::seed_from_u64(seed ^ 0x05e7),
            profile,
            sales: weather.sales,
            toggles: std::collections::BTreeMap::new(),
            deletions: 0,
            merged: std::collections::BTreeMap::new(),
            notes: Vec::new(),
            lately_seen: RefCell::default(),
        }
    }

    pub(super) fn emulator(&mut self, side: Side) -> &mut dyn Emulator {
        match side {
            Side::Pipedrive => &mut self.pipedrive,
            Side::Propstreet => &mut self.propstreet,
        }
    }

    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    /// One of these, or nothing when there is none.
    pub(super) fn pick<T: Clone>(&mut self, these: &[T]) -> Option<T> {
        if these.is_empty() {
            return None;
        }
        let place = self.random.random_range(0..these.len());
        these.get(place).cloned()
    }

    /// After `setup`: the codes of the custom fields, and what was there before the first sync.
    pub(super) fn learn_codes(&mut self) {
        let code = |entity, name: &str| self.pipedrive.field_code(entity, name).unwrap_or_default();
        let (person, organization) = (PipedriveEntity::Person, PipedriveEntity::Organization);
        let deal = PipedriveEntity::Deal;
        self.codes = Codes {
            person_marker: code(person, "propstreet_contact_id"),
            strategy: code(person, "investor_strategy"),
            title: code(person, "job_title"),
            organization_marker: code(organization, "propstreet_company_id"),
            domain: code(organization, "domain"),
            number: code(organization, "org_number"),
            labels: self.pipedrive.labels(person).into_iter().collect(),
            deal_marker: code(deal, "propstreet_project_id"),
            portfolio: code(deal, "is_portfolio"),
            portfolio_yes: sales::option_of_portfolios(self),
            properties: code(deal, "property_count"),
            stages: sales::stages(self).collect(),
        };
        self.lately_seen.borrow_mut().clear();
    }

    /// Records that both services had before they were joined: some on both, some on one only.
    pub(super) fn populate(&mut self, now: Moment) {
        let houses = self.random.random_range(2..=4);
        let mut known = Vec::new();
        for _ in 0..houses {
            let name = self.words.house(&mut self.random);
            let domain = self.words.domain(&mut self.random);
            let (here, there) = self.sides_with_it();
            let organization = here.then(|| {
                let address = json!({"value": "Hamngatan 4, 111 47 Stockholm, Sweden", "country": "Sweden", "locality": "Stockholm"});
                let fields = json!({"name": name, "address": address, "custom_fields": {"domain": domain}});
                self.add(Side::Pipedrive, Kind::Organization, &fields, now)
            });
            let company = there.then(|| {
                let fields = json!({"name": name, "domain": domain, "countryCode": "SE"});
                self.add(Side::Propstreet, Kind::Organization, &fields, now)
            });
            known.push((organization.flatten(), company.flatten()));
        }
        for _ in 0..self.random.random_range(4..=7) {
            self.populate_person(&known, now);
        }
        if self.sales.is_some() {
            for side in [Side::Pipedrive, Side::Propstreet, Side::Pipedrive] {
                if let Some(place) = sales::forms::add(self, side, now) {
                    self.note(&place, None, now);
                }
            }
        }
    }

    fn sides_with_it(&mut self) -> (bool, bool) {
        match self.random.random_range(0..4) {
            0 => (true, false),
            1 => (false, true),
            _ => (true, true),
        }
    }

    fn populate_person(&mut self, houses: &[(Option<String>, Option<String>)], now: Moment) {
        let email = self.words.email(&mut self.random);
        let (given, family) = (
            self.words.given_name(),
            self.words.family_name(&mut self.random),
        );
        let phone = self.words.phone(&mut self.random);
        let house = self.pick(houses).unwrap_or_default();
        let (here, there) = self.sides_with_it();
        let is_older_there = self.chance(30);
        if here {
            let label = self.pick(&LABELS).unwrap_or(LABELS[0]);
            let mut fields = json!({
                "name": format!("{given} {}", family.trim()),
                "emails": [{"value": email, "label": "work", "primary": true}],
                "phones": [{"value": phone, "label": "mobile", "primary": true}],
                "labels": [label],
                "custom_fields": {"job_title": self.words.title(&mut self.random)},
            });
            if let Some(id) = house.0.as_deref().and_then(|id| id.parse::<i64>().ok()) {
                fields["org_id"] = json!(id);
            }
            self.add(Side::Pipedrive, Kind::Person, &fields, now);
        }
        if there {
            let tag = self
                .pick(&[LABELS[0], LABELS[1], LABEL_ONLY_THERE])
                .unwrap_or(LABELS[0]);
            let family = if is_older_there {
                self.words.family_name(&mut self.random)
            } else {
                family
            };
            let fields = json!({
                "firstName": given, "lastName": family, "email": email, "phone": phone, "tags": [tag],
                "strategy": self.words.strategy(&mut self.random), "primaryLanguage": "sv",
            });
            let contact = self.add(Side::Propstreet, Kind::Person, &fields, now);
            if let (Some(contact), Some(company)) = (contact, &house.1) {
                let place = (Side::Propstreet, Kind::Person, contact.clone());
                let before = self.seen(&place);
                let done = self
                    .propstreet
                    .add_link_quietly((&contact, company), None, now);
                if done.is_ok() {
                    self.note(&place, before.as_ref().map(|seen| &seen.shown), now);
                }
            }
        }
    }

    fn add(&mut self, side: Side, kind: Kind, fields: &Value, now: Moment) -> Option<String> {
        let id = match (side, kind) {
            (Side::Pipedrive, Kind::Person) => self
                .pipedrive
                .screen(now)
                .quietly()
                .add(PipedriveEntity::Person, fields)
                .ok()?
                .to_string(),
            (Side::Pipedrive, Kind::Organization) => self
                .pipedrive
                .screen(now)
                .quietly()
                .add(PipedriveEntity::Organization, fields)
                .ok()?
                .to_string(),
            (Side::Propstreet, Kind::Person) => {
                self.propstreet.add_contact_quietly(fields, now).ok()?
            }
            (Side::Propstreet, Kind::Organization) => {
                self.propstreet.add_company_quietly(fields, now).ok()?
            }
            (Side::Pipedrive | Side::Propstreet, Kind::Deal | Kind::Note) => return None,
        };
        self.note(&(side, kind, id.clone()), None, now);
        Some(id)
    }

    /// Notes what a user has just changed in a record.
    pub(super) fn note(&mut self, place: &Place, before: Option<&Shown>, now: Moment) {
        if let Some(after) = self.seen(place) {
            let (side, kind, id) = place;
            let place = (*side, *kind, id.as_str());
            self.deeds.note(now.0, place, before, &after.shown);
        }
    }

    /// The record as the service shows it, live or deleted. Read once for as long as it looks the same.
    pub(super) fn seen(&self, place: &Place) -> Option<Rc<Seen>> {
        let (side, kind, id) = place;
        let json = match (side, kind) {
            (Side::Pipedrive, Kind::Person) => self
                .pipedrive
                .record_json(PipedriveEntity::Person, id.parse().ok()?),
            (Side::Pipedrive, Kind::Organization) => self
                .pipedrive
                .record_json(PipedriveEntity::Organization, id.parse().ok()?),
            (Side::Propstreet, Kind::Person) => self.propstreet.contact_json(id),
            (Side::Propstreet, Kind::Organization) => self.propstreet.company_json(id),
            (Side::Pipedrive, Kind::Deal) => self
                .pipedrive
                .record_json(PipedriveEntity::Deal, id.parse().ok()?),
            (Side::Propstreet, Kind::Deal) => self.propstreet.project_json(id),
            (Side::Pipedrive | Side::Propstreet, Kind::Note) => None,
        }?;
        let mut lately = self.lately_seen.borrow_mut();
        if let Some(seen) = lately.get(place).filter(|seen| seen.json == json) {
            return Some(Rc::clone(seen));
        }
        let record = looks::looked_at(&json)?;
        let shown = facets::shown(*side, *kind, &record, &self.codes);
        let seen = Rc::new(Seen {
            json,
            record,
            shown,
        });
        lately.insert(place.clone(), Rc::clone(&seen));
        Some(seen)
    }

    /// Ids of a kind on a side, each with whether it is live.
    pub(super) fn ids(&self, side: Side, kind: Kind) -> Vec<(String, bool)> {
        let text = |(id, is_live): (i64, bool)| (id.to_string(), is_live);
        match (side, kind) {
            (Side::Pipedrive, Kind::Person) => self
                .pipedrive
                .record_ids(PipedriveEntity::Person)
                .map(text)
                .collect(),
            (Side::Pipedrive, Kind::Organization) => self
                .pipedrive
                .record_ids(PipedriveEntity::Organization)
                .map(text)
                .collect(),
            (Side::Propstreet, Kind::Person) => self.propstreet.contact_ids().collect(),
            (Side::Propstreet, Kind::Organization) => self.propstreet.company_ids().collect(),
            (Side::Pipedrive, Kind::Deal) => self
                .pipedrive
                .record_ids(PipedriveEntity::Deal)
                .map(text)
                .collect(),
            (Side::Propstreet, Kind::Deal) => self.propstreet.project_ids().collect(),
            (Side::Pipedrive | Side::Propstreet, Kind::Note) => Vec::new(),
        }
    }

    pub(super) fn live_ids(&self, side: Side, kind: Kind) -> Vec<String> {
        self.ids(side, kind)
            .into_iter()
            .filter(|(_, is_live)| *is_live)
            .map(|(id, _)| id)
            .collect()
    }

    /// The other side's record that carries this one's id, or whose id this one carries.
    pub(super) fn counterpart(&self, place: &Place) -> Option<Place> {
        let (side, kind, id) = place;
        if let Some(marker) = &self.seen(place)?.shown.marker {
            return Some((side.other(), *kind, marker.clone()));
        }
        let others = self
            .live_ids(side.other(), *kind)
            .into_iter()
            .map(|other| (side.other(), *kind, other));
        others.into_iter().find(|other| {
            self.seen(other)
                .is_some_and(|seen| seen.shown.marker.as_ref() == Some(id))
        })
    }
}
