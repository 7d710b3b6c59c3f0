//! Shows projects, prospects and properties as the API shows them.
//!
//! In: records and what they are about. Out: JSON appended to a buffer. It changes nothing.

use serde_json::Number;

use super::record::{
    Category, Location, Price, PriceRange, Project, Property, Prospect, Teaser, Word,
};
use crate::propstreet::json;
use crate::propstreet::record::{Company, Contact, ExternalRef, primary_of};
use crate::propstreet::records::Records;
use crate::propstreet::render::{LastChange, old, references, stamp, tail};
use crate::propstreet::table::OldVersion;

const MICRO: u64 = 1_000_000;

impl Records {
    pub(in super::super) fn write_project(
        &self,
        project: &Project,
        last: LastChange,
        out: &mut String,
    ) {
        self.project_head(project, out);
        tail(out, project.stamp.change, project.stamp.origin, last);
    }

    pub(in super::super) fn write_prospect(
        &self,
        prospect: &Prospect,
        last: LastChange,
        out: &mut String,
    ) {
        self.prospect_head(prospect, out);
        tail(out, prospect.stamp.change, prospect.stamp.origin, last);
    }

    pub(super) fn old_project(&self, project: &Project) -> OldVersion {
        old(project, |out| self.project_head(project, out))
    }

    pub(super) fn old_prospect(&self, prospect: &Prospect) -> OldVersion {
        old(prospect, |out| self.prospect_head(prospect, out))
    }

    fn project_head(&self, project: &Project, out: &mut String) {
        opening(out, project.stamp.id, "projects");
        references(out, &project.refs);
        json::key_text(out, "name", Some(&project.name));
        json::key(out, "asset");
        out.push_str("{\"type\":");
        json::text(
            out,
            if project.is_portfolio {
                "portfolio"
            } else {
                "single"
            },
        );
        key_count(out, "propertyCount", project.property_count);
        out.push('}');
        json::key_text(out, "status", Some(project.status.name()));
        json::key_text(out, "classification", Some(project.stage().name()));
        json::key(out, "teaser");
        match &project.teaser {
            Some(teaser) => write_teaser(out, project.stamp.id, teaser),
            None => out.push_str("null"),
        }
        let exclusivity = project.exclusivity.map(|exclusivity| exclusivity.name());
        json::key_text(out, "exclusivity", exclusivity);
        json::key_text(out, "mandate", exclusivity);
        key_price(out, "price", project.price.as_ref());
        json::key(out, "priceRange");
        match &project.price_range {
            Some(range) => write_range(out, range),
            None => out.push_str("null"),
        }
        json::key(out, "properties");
        let properties = &self.portfolio.properties;
        let first: Vec<&Property> = project
            .properties
            .iter()
            .filter_map(|&id| properties.live(id))
            .take(1)
            .collect();
        json::list(out, '[', &first, |out, property| {
            write_property(property, LastChange::Withheld, out);
        });
        stamp(out, &project.stamp);
    }

    fn prospect_head(&self, prospect: &Prospect, out: &mut String) {
        let Prospect {
            stamp: mark,
            refs,
            interest,
            tags,
            ..
        } = prospect;
        out.push_str("{\"id\":");
        json::id(out, mark.id);
        json::key_id(out, "projectId", Some(prospect.project));
        json::key_text(
            out,
            "uri",
            Some(&format!("propstreet://prospects/{}", mark.id)),
        );
        let (name, organization) = self.names_of(prospect);
        json::key_text(out, "displayName", name.as_deref());
        json::key_text(out, "organizationName", organization.as_deref());
        references(out, refs);
        json::key_id(out, "contactId", prospect.contact);
        json::key_id(out, "companyId", prospect.company);
        json::key_text(out, "classification", Some(interest.name()));
        json::key(out, "capabilities");
        out.push_str(if prospect.is_matched {
            "[\"chat\"]"
        } else {
            "[]"
        });
        json::key(out, "tags");
        json::list(out, '[', tags, |out, tag| json::text(out, tag));
        json::key(out, "teaser");
        match &prospect.teaser {
            Some(answer) => {
                out.push_str("{\"acceptedUtc\":");
                json::optional_time(out, answer.accepted);
                json::key_time(out, "deadlineUtc", answer.deadline);
                out.push('}');
            }
            None => out.push_str("null"),
        }
        stamp(out, mark);
    }

    /// Who it is, and of which company: by the contact, the company, or its own names where it is neither.
    fn names_of(&self, prospect: &Prospect) -> (Option<String>, Option<String>) {
        let contact = prospect.contact.and_then(|id| self.contacts.row(id));
        let company = prospect.company.and_then(|id| self.companies.row(id));
        let company = company.map(|company| company.name.clone());
        match (contact, &prospect.own_names) {
            (Some(contact), _) => {
                let company = company.or_else(|| self.main_company_of(contact));
                (name_of(contact), company)
            }
            (None, Some((name, organization))) => (Some(name.clone()), organization.clone()),
            (None, None) => (company.clone(), company),
        }
    }

    fn main_company_of(&self, contact: &Contact) -> Option<String> {
        let links = self.link_ids_of_contact(contact.stamp.id);
        let main = self.live_links(links).find(|link| link.primary)?;
        let company: &Company = self.companies.row(main.company)?;
        Some(company.name.clone())
    }
}

fn name_of(contact: &Contact) -> Option<String> {
    let parts = [contact.first_name.as_deref(), contact.last_name.as_deref()];
    let name: Vec<&str> = parts.into_iter().flatten().collect();
    if name.is_empty() {
        primary_of(&contact.emails).map(str::to_owned)
    } else {
        Some(name.join(" "))
    }
}

pub(in super::super) fn write_property(property: &Property, last: LastChange, out: &mut String) {
    property_head(property, out);
    tail(out, property.stamp.change, property.stamp.origin, last);
}

pub(super) fn old_property(property: &Property) -> OldVersion {
    old(property, |out| property_head(property, out))
}

fn property_head(property: &Property, out: &mut String) {
    opening(out, property.stamp.id, "properties");
    references(out, &property.refs);
    json::key_text(out, "name", Some(&property.name));
    json::key_text(out, "description", property.description.as_deref());
    json::key(out, "location");
    write_location(out, &property.location);
    json::key(out, "categories");
    json::list(out, '[', &property.categories, write_category);
    key_price(out, "operatingCosts", property.operating_costs.as_ref());
    key_price(out, "price", property.price.as_ref());
    key_area(out, "parcelArea", property.parcel_area.as_ref());
    json::key(out, "tags");
    json::list(out, '[', &property.tags, |out, tag| json::text(out, tag));
    json::key_text(out, "tenure", property.tenure.map(|tenure| tenure.name()));
    key_decimal(out, "yearBuilt", property.year_built.as_ref());
    key_decimal(
        out,
        "avgContractLengthYears",
        property.contract_years.as_ref(),
    );
    stamp(out, &property.stamp);
}

fn opening(out: &mut String, id: u64, kind: &str) {
    out.push_str("{\"id\":");
    json::id(out, id);
    json::key_text(out, "uri", Some(&format!("propstreet://{kind}/{id}")));
}

fn write_teaser(out: &mut String, project: u64, teaser: &Teaser) {
    out.push_str("{\"id\":");
    json::id(out, project);
    json::key_text(out, "etag", Some(&json::etag(teaser.version)));
    json::key_text(out, "stage", Some(teaser.stage.name()));
    json::key_time(out, "publishedUtc", teaser.published);
    json::key_time(out, "verifiedUtc", teaser.verified);
    json::key_time(out, "communicatedUtc", teaser.communicated);
    out.push('}');
}

fn write_range(out: &mut String, range: &PriceRange) {
    out.push_str("{\"min\":");
    decimal(out, range.min.as_ref());
    key_decimal(out, "max", range.max.as_ref());
    json::key_text(out, "currency", Some(&range.currency));
    json::key_text(out, "scale", Some(range.scale.name()));
    out.push('}');
}

fn write_location(out: &mut String, location: &Location) {
    out.push_str("{\"latitude\":");
    degrees(out, location.latitude);
    json::key(out, "longitude");
    degrees(out, location.longitude);
    json::key_text(out, "country", location.country.as_deref());
    json::key_text(out, "locality", location.locality.as_deref());
    out.push('}');
}

fn write_category(out: &mut String, category: &Category) {
    out.push_str("{\"type\":");
    json::text(out, &category.kind);
    json::key_text(out, "locationClass", category.location_class.as_deref());
    key_decimal(out, "yieldPercent", category.yield_percent.as_ref());
    key_price(out, "rentalIncome", category.rental_income.as_ref());
    key_area(out, "rentedArea", category.rented_area.as_ref());
    key_area(out, "vacantArea", category.vacant_area.as_ref());
    json::key(out, "conversions");
    out.push_str("[]}");
}

fn degrees(out: &mut String, micro: Option<i64>) {
    match micro {
        Some(micro) => {
            let (whole, rest) = (micro.unsigned_abs() / MICRO, micro.unsigned_abs() % MICRO);
            let sign = if micro < 0 { "-" } else { "" };
            out.push_str(&format!("{sign}{whole}.{rest:06}"));
        }
        None => out.push_str("null"),
    }
}

fn decimal(out: &mut String, value: Option<&Number>) {
    match value {
        Some(value) => out.push_str(&value.to_string()),
        None => out.push_str("null"),
    }
}

fn key_decimal(out: &mut String, name: &str, value: Option<&Number>) {
    json::key(out, name);
    decimal(out, value);
}

fn key_count(out: &mut String, name: &str, count: Option<u64>) {
    json::key(out, name);
    match count {
        Some(count) => out.push_str(&count.to_string()),
        None => out.push_str("null"),
    }
}

fn key_price(out: &mut String, name: &str, price: Option<&Price>) {
    json::key(out, name);
    let Some(price) = price else {
        out.push_str("null");
        return;
    };
    out.push_str("{\"value\":");
    decimal(out, Some(&price.value));
    json::key_text(out, "currency", Some(&price.currency));
    json::key_text(out, "scale", Some(price.scale.name()));
    out.push('}');
}

fn key_area(out: &mut String, name: &str, square_metres: Option<&Number>) {
    json::key(out, name);
    match square_metres {
        Some(area) => {
            out.push_str("{\"value\":");
            decimal(out, Some(area));
            out.push_str(",\"unit\":\"sqm\"}");
        }
        None => out.push_str("null"),
    }
}

/// A prospect as the answer to a batch names it.
pub(in super::super) fn write_batched(prospect: &Prospect, out: &mut String) {
    out.push_str("{\"id\":");
    json::id(out, prospect.stamp.id);
    json::key_id(out, "contactId", prospect.contact);
    json::key_id(out, "companyId", prospect.company);
    let refs: &[ExternalRef] = &prospect.refs;
    references(out, refs);
    out.push('}');
}
