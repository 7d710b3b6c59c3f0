//! Filling an account from the made-up brokerage.
//!
//! In: the book of companies and people. Out: organizations and persons with labels, addresses and custom fields, entered by
//! users over the past two years. No events are fired and no tokens spent.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rustc_hash::FxHashMap;

use super::PipedriveEmulator;
use super::fields::FieldKind;
use super::kinds::Entity;
use super::record::{
    ADDRESS_PARTS, Address, Channel, ContactSync, CustomValue, Details, OrganizationDetails,
    PersonDetails, Record,
};
use super::state::{API_USER, Table};
use crate::answer::Moment;
use crate::brokerage::{Brokerage, Company, Person};

const TWO_YEARS_SECONDS: i64 = 730 * 86_400;
/// Share of records that someone has changed since they were entered.
const CHANGED_PERCENT: u32 = 70;

/// Labels and fields, by what the book calls them.
struct Ids {
    labels: FxHashMap<&'static str, i64>,
    fields: [u32; 2],
}

impl PipedriveEmulator {
    /// Enters the whole book into an empty account: organization `n` is company `n - 1`, person `n` is person `n - 1`.
    pub fn seed(&mut self, brokerage: &Brokerage, now: Moment) {
        let organization_ids = self.seed_fields(
            Entity::Organization,
            &Brokerage::COMPANY_LABELS,
            [
                ("domain", FieldKind::Varchar),
                ("org_number", FieldKind::Varchar),
            ],
            now,
        );
        let person_ids = self.seed_fields(
            Entity::Person,
            &Brokerage::PERSON_LABELS,
            [
                ("investor_strategy", FieldKind::Varchar),
                ("Private notes", FieldKind::Text),
            ],
            now,
        );
        self.seed_industries(now);
        let owners: Vec<i64> = self
            .state
            .users
            .iter()
            .map(|user| user.id)
            .filter(|id| *id != API_USER)
            .collect();
        let seconds = self.seconds(now);
        let contact_sync = self.config.contact_sync;
        let random = &mut self.random;
        let organizations = (1..).zip(&brokerage.companies).map(|(id, company)| {
            let mut record = organization(company, &organization_ids);
            record.id = id;
            enter(&mut record, &owners, seconds, random);
            record
        });
        let organizations: Vec<Record> = organizations.collect();
        let persons = (1..).zip(&brokerage.people).map(|(id, of_book)| {
            let mut record = person(of_book, &person_ids, contact_sync);
            record.id = id;
            enter(&mut record, &owners, seconds, random);
            record
        });
        let persons: Vec<Record> = persons.collect();
        *self.state.table_mut(Entity::Person) = Table::of(persons, 1);
        *self.state.table_mut(Entity::Organization) = Table::of(organizations, 1);
    }

    fn seed_fields(
        &mut self,
        entity: Entity,
        labels: &[&'static str],
        fields: [(&str, FieldKind); 2],
        now: Moment,
    ) -> Ids {
        let labels = labels
            .iter()
            .map(|label| (*label, self.make_option(entity, "label_ids", label, now)))
            .collect();
        let fields = fields.map(|(name, kind)| {
            let code = self.make_field(entity, name, kind, &[], now);
            self.state
                .catalog(entity)
                .by_code(&code)
                .map_or(0, |field| field.id)
        });
        Ids { labels, fields }
    }

    fn seed_industries(&mut self, now: Moment) {
        for label in [
            "Real estate",
            "Retail",
            "Logistics",
            "Insurance and pensions",
            "Public sector",
        ] {
            self.make_option(Entity::Organization, "industry", label, now);
        }
    }
}

/// Who entered it, when, and whether it was changed since.
fn enter(record: &mut Record, owners: &[i64], seconds: i64, random: &mut ChaCha8Rng) {
    record.owner_id = owners[random.random_range(0..owners.len())];
    record.add_time = seconds - random.random_range(86_400..TWO_YEARS_SECONDS);
    if random.random_range(0..100) < CHANGED_PERCENT {
        record.update_time = Some(random.random_range(record.add_time + 60..seconds - 3_600));
    }
}

fn blank(name: &str, label_ids: Vec<i64>, details: Details) -> Record {
    let mut record = Record {
        id: 0,
        name: String::new(),
        owner_id: API_USER,
        add_time: 0,
        update_time: None,
        visible_to: 3,
        label_ids,
        custom: Vec::new(),
        is_deleted: false,
        details,
    };
    record.rename(name);
    record
}

fn organization(company: &Company, ids: &Ids) -> Record {
    let mut address = Address {
        value: format!(
            "{}, {} {}, {}",
            company.street,
            company.postal_code,
            company.city,
            company.country.own_name()
        ),
        ..Address::default()
    };
    for (name, part) in ADDRESS_PARTS.iter().zip(&mut address.parts) {
        *part = match *name {
            "locality" => Some(company.city.to_owned()),
            "country" => Some(company.country.english_name().to_owned()),
            "postal_code" => Some(company.postal_code.clone()),
            _ => None,
        };
    }
    let details = Details::Organization(OrganizationDetails {
        website: Some(company.homepage.clone()),
        employee_count: Some(i64::from(company.employees)),
        address: Some(Box::new(address)),
        ..OrganizationDetails::default()
    });
    let labels = company
        .labels
        .iter()
        .filter_map(|label| ids.labels.get(label).copied())
        .collect();
    let mut record = blank(&company.name, labels, details);
    record.set_custom(
        ids.fields[0],
        Some(CustomValue::Text(company.domain.clone())),
    );
    record.set_custom(
        ids.fields[1],
        Some(CustomValue::Text(company.organization_number.clone())),
    );
    record
}

fn person(person: &Person, ids: &Ids, contact_sync: bool) -> Record {
    let channels = |values: &[String], second: &str| {
        let rows = values.iter().enumerate().map(|(place, value)| Channel {
            label: if place == 0 { "work" } else { second }.to_owned(),
            value: value.clone(),
            primary: place == 0,
        });
        rows.collect()
    };
    let sync = ContactSync {
        job_title: Some(person.job_title.to_owned()),
        ..ContactSync::default()
    };
    let details = Details::Person(PersonDetails {
        org_id: person
            .company
            .and_then(|index| i64::try_from(index + 1).ok()),
        phones: channels(&person.phones, "mobile"),
        emails: channels(&person.emails, "home"),
        contact_sync: contact_sync.then(|| Box::new(sync)),
        ..PersonDetails::default()
    });
    let labels = person
        .labels
        .iter()
        .filter_map(|label| ids.labels.get(label).copied())
        .collect();
    let mut record = blank(&person.full_name(), labels, details);
    if !person.strategies.is_empty() {
        record.set_custom(
            ids.fields[0],
            Some(CustomValue::Text(person.strategies.join(", "))),
        );
    }
    record
}
