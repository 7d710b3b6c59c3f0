//! What is an organization's own: its address and the built-in fields about the firm.
//!
//! In: keys of a body, a record. Out: the record changed, or shown in the vendor's key order. It stores nothing.

use serde_json::Value;

use super::super::custom;
use super::super::json::Json;
use super::super::record::{Details, OrganizationDetails, Record};
use super::super::render;
use super::super::write::{Check, Objection, optional_int, optional_text};
use super::person::{CONTACT_INCLUDES, CONTACT_SORTS};
use super::{Entity, Kind, LABELS, ListSpec, NAME, OWNER, Part, Shown, Spec, VIEWS, VISIBLE_TO};

#[derive(Debug)]
pub(super) struct Organization;

static SPEC: Spec = Spec {
    name: "organization",
    title: "Organization",
    required: &["name"],
    common: &["name", "owner_id", "add_time", "visible_to", "label_ids"],
    has_custom_fields: true,
    list: ListSpec {
        filters: &[
            "filter_id",
            "ids",
            "owner_id",
            "updated_since",
            "updated_until",
        ],
        links: &[],
        sorts: &CONTACT_SORTS,
        views: &VIEWS,
        single_views: &VIEWS,
        includes: &[&CONTACT_INCLUDES, &["people_count"]],
    },
    parts: &[
        part!(organization.address as "address", |out, organization| {
            out.key("address");
            custom::write_address(out, organization.address.as_deref());
        }),
        LABELS,
        NAME,
        OWNER,
        VISIBLE_TO,
        part!(organization.website),
        part!(organization.linkedin),
        part!(organization.industry),
        part!(organization.annual_revenue),
        part!(organization.employee_count),
    ],
    updated_from_start: false,
    previous_has_update_time: false,
    created_status: 200,
    answers_additional_data: false,
    lists_deleted: false,
};

impl Kind for Organization {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn blank(&self) -> Details {
        Details::Organization(OrganizationDetails::default())
    }

    fn apply(
        &self,
        check: &Check<'_>,
        record: &mut Record,
        key: &str,
        value: &Value,
    ) -> Result<(), Objection> {
        let Some(organization) = record.organization_mut() else {
            return Err(Objection::NotAllowed);
        };
        match key {
            "website" => organization.website = optional_text(value)?,
            "linkedin" => organization.linkedin = optional_text(value)?,
            "annual_revenue" => organization.annual_revenue = optional_int(value)?,
            "employee_count" => organization.employee_count = optional_int(value)?,
            "industry" => {
                let industry = optional_int(value)?;
                let known = check
                    .state
                    .catalog(Entity::Organization)
                    .by_code("industry");
                if industry.is_some_and(|id| known.and_then(|field| field.option(id)).is_none()) {
                    return Err("option does not exist".into());
                }
                organization.industry = industry;
            }
            "address" => {
                organization.address = if value.is_null() {
                    None
                } else {
                    Some(Box::new(custom::address(value)?))
                };
            }
            _ => return Err(Objection::NotAllowed),
        }
        Ok(())
    }

    fn fill(&self, winner: &mut Record, loser: &Record) {
        let (Some(winner), Some(loser)) = (winner.organization_mut(), loser.organization()) else {
            return;
        };
        winner.industry = winner.industry.or(loser.industry);
        winner.annual_revenue = winner.annual_revenue.or(loser.annual_revenue);
        winner.employee_count = winner.employee_count.or(loser.employee_count);
        if winner.website.is_none() {
            winner.website.clone_from(&loser.website);
        }
        if winner.linkedin.is_none() {
            winner.linkedin.clone_from(&loser.linkedin);
        }
        if winner.address.is_none() {
            winner.address.clone_from(&loser.address);
        }
    }

    fn write(&self, out: &mut Json, record: &Record, shown: &Shown<'_>) {
        let Some(organization) = record.organization() else {
            return;
        };
        out.field("id", &record.id);
        out.field("name", &record.name);
        out.time("add_time", Some(record.add_time));
        out.time("update_time", record.update_time);
        out.field("visible_to", &record.visible_to);
        render::custom_fields(out, record, shown);
        out.field("owner_id", &record.owner_id);
        out.field("label_ids", &record.label_ids);
        out.field("website", &organization.website);
        out.field("linkedin", &organization.linkedin);
        out.field("industry", &organization.industry);
        out.field("annual_revenue", &organization.annual_revenue);
        out.field("employee_count", &organization.employee_count);
        out.field("is_deleted", &record.is_deleted);
        out.key("address");
        custom::write_address(out, organization.address.as_deref());
    }

    fn write_included(&self, out: &mut Json, name: &str, record: &Record, shown: &Shown<'_>) {
        match name {
            "people_count" => {
                let people = shown.state.table(Entity::Person);
                out.value(
                    &people
                        .belonging_to((Entity::Organization, record.id))
                        .count(),
                );
            }
            _ => render::blank_included(out, name),
        }
    }

    /// Two keys more than are compared.
    fn write_event(
        &self,
        out: &mut Json,
        record: &Record,
        catalog: &super::super::fields::Catalog,
    ) {
        out.time("add_time", Some(record.add_time));
        for part in SPEC.parts {
            (part.write)(out, record);
            if part.key == "address" {
                out.raw(r#","country_code":null"#);
            }
        }
        render::event_custom_fields(out, catalog.values_of(record));
        out.field("id", &record.id);
        out.time("update_time", record.update_time);
        out.raw(r#","picture_id":null"#);
    }
}
