//! Records as JSON: the API's shape, the shape of the older endpoints, and the two halves of a webhook.
//!
//! In: a record and its catalog. Out: JSON with exactly the keys, the types and the order of the vendor. It changes
//! nothing and asks no clock.

use super::custom;
use super::fields::{Catalog, Field};
use super::json::{Json, spaced};
use super::record::{ContactSync, Details, Record};

/// What a caller wants to see beside the usual.
#[derive(Debug, Default, Clone)]
pub(super) struct View {
    /// Codes of the custom fields to show; nothing means all.
    pub(super) custom: Option<Vec<String>>,
    pub(super) option_labels: bool,
    pub(super) labels: bool,
    pub(super) include_fields: Vec<String>,
}

/// The record as `/api/v2` shows it. `people` is the number of persons of an organization.
pub(super) fn api(out: &mut Json, record: &Record, catalog: &Catalog, view: &View, people: usize) {
    out.raw("{");
    out.field("id", &record.id);
    out.field("name", &record.name);
    if let Details::Person(person) = &record.details {
        out.field("first_name", &person.first_name);
        out.field("last_name", &person.last_name);
    }
    out.time("add_time", Some(record.add_time));
    out.time("update_time", record.update_time);
    out.field("visible_to", &record.visible_to);
    custom_fields(out, record, catalog, view);
    out.field("owner_id", &record.owner_id);
    out.field("label_ids", &record.label_ids);
    match &record.details {
        Details::Person(person) => {
            out.field("org_id", &person.org_id);
            out.field("is_deleted", &record.is_deleted);
            out.raw(r#","picture_id":null"#);
            out.field("phones", &person.phones);
            out.field("emails", &person.emails);
            if let Some(sync) = &person.contact_sync {
                contact_sync(out, sync);
            }
        }
        Details::Organization(organization) => {
            out.field("website", &organization.website);
            out.field("linkedin", &organization.linkedin);
            out.field("industry", &organization.industry);
            out.field("annual_revenue", &organization.annual_revenue);
            out.field("employee_count", &organization.employee_count);
            out.field("is_deleted", &record.is_deleted);
            out.key("address");
            custom::write_address(out, organization.address.as_deref());
        }
    }
    if view.labels {
        labels(out, record, catalog);
    }
    for name in &view.include_fields {
        match name.as_str() {
            "people_count" => out.field(name, &people),
            name if name.ends_with("_count") => out.field(name, &0),
            name => {
                out.key(name);
                out.raw("null");
            }
        }
    }
    out.raw("}");
}

fn custom_fields(out: &mut Json, record: &Record, catalog: &Catalog, view: &View) {
    out.key("custom_fields");
    out.raw("{");
    let shown = |field: &Field| {
        view.custom
            .as_ref()
            .is_none_or(|codes| codes.contains(&field.code))
    };
    for field in catalog.custom().filter(|field| shown(field)) {
        out.key(&field.code);
        custom::write_api(
            out,
            field,
            record.custom_value(field.id),
            view.option_labels,
        );
    }
    out.raw("}");
}

fn contact_sync(out: &mut Json, sync: &ContactSync) {
    out.field("notes", &sync.notes);
    out.field("im", &sync.im);
    out.field("birthday", &sync.birthday);
    out.field("job_title", &sync.job_title);
    out.key("postal_address");
    custom::write_address(out, sync.postal_address.as_ref());
}

fn labels(out: &mut Json, record: &Record, catalog: &Catalog) {
    out.key("labels");
    out.raw("[");
    for option in catalog
        .labels()
        .iter()
        .filter(|option| record.label_ids.contains(&option.id))
    {
        out.comma();
        out.raw("{");
        out.field("id", &option.id);
        out.field("label", &option.label);
        out.raw("}");
    }
    out.raw("]");
}

/// A merged person as the older endpoint shows it.
pub(super) fn older_person(
    out: &mut Json,
    record: &Record,
    catalog: &Catalog,
    names: (&str, Option<&str>),
    merged: i64,
) {
    let Some(person) = record.person() else {
        return;
    };
    let (owner_name, org_name) = names;
    out.raw("{");
    out.field("id", &record.id);
    out.raw(r#","company_id":900"#);
    out.field("owner_id", &record.owner_id);
    out.field("org_id", &person.org_id);
    out.field("name", &record.name);
    out.field("first_name", &person.first_name);
    out.field("last_name", &person.last_name);
    out.field("active_flag", &!record.is_deleted);
    out.field("phone", &person.phones);
    out.field("email", &person.emails);
    out.field(
        "first_char",
        &record
            .name
            .chars()
            .next()
            .map(|letter| letter.to_lowercase().to_string()),
    );
    out.field("update_time", &record.update_time.map(spaced));
    out.field("add_time", &spaced(record.add_time));
    out.field("visible_to", &record.visible_to.to_string());
    out.raw(r#","picture_id":null"#);
    out.field("label", &record.label_ids.first());
    out.field("label_ids", &record.label_ids);
    out.field("org_name", &org_name);
    out.field("owner_name", owner_name);
    for field in catalog.custom() {
        out.field(
            &field.code,
            &custom::log_text(record.custom_value(field.id)),
        );
    }
    out.field("merge_what_id", &merged);
    out.raw("}");
}

/// The record as webhooks show it.
pub(super) fn event_data(record: &Record, catalog: &Catalog) -> String {
    let mut out = Json::with_capacity(1_024);
    out.raw("{");
    out.time("add_time", Some(record.add_time));
    for part in EventPart::of(&record.details) {
        part.write(&mut out, record);
        if *part == EventPart::Address {
            out.raw(r#","country_code":null"#);
        }
    }
    event_custom_fields(
        &mut out,
        catalog
            .custom()
            .map(|field| (field, record.custom_value(field.id))),
    );
    out.field("id", &record.id);
    out.time("update_time", record.update_time);
    if matches!(record.details, Details::Organization(_)) {
        out.raw(r#","picture_id":null"#);
    }
    out.raw("}");
    out.into_text()
}

/// What was there before, of the fields that differ. `update_time` is not among them, as observed.
pub(super) fn event_previous(before: &Record, after: &Record, catalog: &Catalog) -> String {
    let mut out = Json::with_capacity(256);
    out.raw("{");
    for part in EventPart::of(&before.details)
        .iter()
        .filter(|part| part.differs(before, after))
    {
        part.write(&mut out, before);
    }
    let changed: Vec<(&Field, _)> = catalog
        .custom()
        .map(|field| (field, before.custom_value(field.id)))
        .filter(|(field, value)| *value != after.custom_value(field.id))
        .collect();
    if !changed.is_empty() {
        event_custom_fields(&mut out, changed.into_iter());
    }
    out.raw("}");
    out.into_text()
}

fn event_custom_fields<'a>(
    out: &mut Json,
    values: impl Iterator<Item = (&'a Field, Option<&'a super::record::CustomValue>)>,
) {
    out.key("custom_fields");
    out.raw("{");
    for (field, value) in values {
        out.key(&field.code);
        custom::write_event(out, field, value);
    }
    out.raw("}");
}

/// A built-in part of a record that webhooks show and compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventPart {
    Name,
    FirstName,
    LastName,
    Owner,
    VisibleTo,
    Labels,
    Organization,
    Emails,
    Phones,
    ContactSync,
    Website,
    Linkedin,
    Industry,
    AnnualRevenue,
    EmployeeCount,
    Address,
}

impl EventPart {
    const PERSON: [Self; 10] = [
        Self::Emails,
        Self::FirstName,
        Self::Labels,
        Self::LastName,
        Self::Name,
        Self::Organization,
        Self::Owner,
        Self::Phones,
        Self::VisibleTo,
        Self::ContactSync,
    ];
    const ORGANIZATION: [Self; 10] = [
        Self::Address,
        Self::Labels,
        Self::Name,
        Self::Owner,
        Self::VisibleTo,
        Self::Website,
        Self::Linkedin,
        Self::Industry,
        Self::AnnualRevenue,
        Self::EmployeeCount,
    ];

    const fn of(details: &Details) -> &'static [Self] {
        match details {
            Details::Person(_) => &Self::PERSON,
            Details::Organization(_) => &Self::ORGANIZATION,
        }
    }

    /// Its name in the change log.
    pub(super) const fn log_key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Owner => "owner_id",
            Self::VisibleTo => "visible_to",
            Self::Labels => "label_ids",
            Self::Organization => "org_id",
            Self::Emails => "email",
            Self::Phones => "phone",
            Self::ContactSync => "job_title",
            Self::Website => "website",
            Self::Linkedin => "linkedin",
            Self::Industry => "industry",
            Self::AnnualRevenue => "annual_revenue",
            Self::EmployeeCount => "employee_count",
            Self::Address => "address",
        }
    }

    /// The parts of a record that differ.
    pub(super) fn changed(before: &Record, after: &Record) -> Vec<Self> {
        Self::of(&before.details)
            .iter()
            .copied()
            .filter(|part| part.differs(before, after))
            .collect()
    }

    fn differs(self, before: &Record, after: &Record) -> bool {
        match (&before.details, &after.details) {
            (Details::Person(old), Details::Person(new)) => {
                self.differs_in_common(before, after)
                    || (self == Self::FirstName && old.first_name != new.first_name)
                    || (self == Self::LastName && old.last_name != new.last_name)
                    || (self == Self::Organization && old.org_id != new.org_id)
                    || (self == Self::Emails && old.emails != new.emails)
                    || (self == Self::Phones && old.phones != new.phones)
                    || (self == Self::ContactSync && old.contact_sync != new.contact_sync)
            }
            (Details::Organization(old), Details::Organization(new)) => {
                self.differs_in_common(before, after)
                    || (self == Self::Website && old.website != new.website)
                    || (self == Self::Linkedin && old.linkedin != new.linkedin)
                    || (self == Self::Industry && old.industry != new.industry)
                    || (self == Self::AnnualRevenue && old.annual_revenue != new.annual_revenue)
                    || (self == Self::EmployeeCount && old.employee_count != new.employee_count)
                    || (self == Self::Address && old.address != new.address)
            }
            (Details::Person(_), Details::Organization(_))
            | (Details::Organization(_), Details::Person(_)) => false,
        }
    }

    fn differs_in_common(self, before: &Record, after: &Record) -> bool {
        (self == Self::Name && before.name != after.name)
            || (self == Self::Owner && before.owner_id != after.owner_id)
            || (self == Self::VisibleTo && before.visible_to != after.visible_to)
            || (self == Self::Labels && before.label_ids != after.label_ids)
    }

    fn write(self, out: &mut Json, record: &Record) {
        match self {
            Self::Name => return out.field("name", &record.name),
            Self::Owner => return out.field("owner_id", &record.owner_id),
            Self::VisibleTo => return out.field("visible_to", &record.visible_to.to_string()),
            Self::Labels => {
                out.field("label", &record.label_ids.first());
                return out.field("label_ids", &record.label_ids);
            }
            Self::FirstName
            | Self::LastName
            | Self::Organization
            | Self::Emails
            | Self::Phones
            | Self::ContactSync
            | Self::Website
            | Self::Linkedin
            | Self::Industry
            | Self::AnnualRevenue
            | Self::EmployeeCount
            | Self::Address => {}
        }
        match &record.details {
            Details::Person(person) => self.write_person(out, person),
            Details::Organization(organization) => self.write_organization(out, organization),
        }
    }

    fn write_person(self, out: &mut Json, person: &super::record::PersonDetails) {
        if self == Self::FirstName {
            out.field("first_name", &person.first_name);
        } else if self == Self::LastName {
            out.field("last_name", &person.last_name);
        } else if self == Self::Organization {
            out.field("org_id", &person.org_id);
        } else if self == Self::Emails {
            out.field("emails", &person.emails);
        } else if self == Self::Phones {
            out.field("phones", &person.phones);
        } else if let (Self::ContactSync, Some(sync)) = (self, &person.contact_sync) {
            contact_sync(out, sync);
        }
    }

    fn write_organization(self, out: &mut Json, organization: &super::record::OrganizationDetails) {
        if self == Self::Website {
            out.field("website", &organization.website);
        } else if self == Self::Linkedin {
            out.field("linkedin", &organization.linkedin);
        } else if self == Self::Industry {
            out.field("industry", &organization.industry);
        } else if self == Self::AnnualRevenue {
            out.field("annual_revenue", &organization.annual_revenue);
        } else if self == Self::EmployeeCount {
            out.field("employee_count", &organization.employee_count);
        } else if self == Self::Address {
            out.key("address");
            custom::write_address(out, organization.address.as_deref());
        }
    }

    /// Its value as one text, for the change log.
    pub(super) fn log_text(self, record: &Record) -> Option<String> {
        let mut out = Json::default();
        out.raw("{");
        self.write(&mut out, record);
        out.raw("}");
        let shown: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&out.0).ok()?;
        let value = shown
            .get("label_ids")
            .or_else(|| shown.get("job_title"))
            .or_else(|| shown.values().next())?;
        match value {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Array(items) => {
                Some(items.iter().map(item_text).collect::<Vec<_>>().join(","))
            }
            serde_json::Value::Object(object) => object.get("value").map(item_text),
            serde_json::Value::Bool(_) | serde_json::Value::Number(_) => Some(value.to_string()),
        }
    }
}

fn item_text(item: &serde_json::Value) -> String {
    let inner = item.get("value").unwrap_or(item);
    inner
        .as_str()
        .map_or_else(|| inner.to_string(), str::to_owned)
}
