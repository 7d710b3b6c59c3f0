//! The books of both services, for the comparison that knows nothing of the engine.
//!
//! In: both services. Out: their records as JSON, with the names that are needed to read them. Changes nothing.

use anyhow::Context;
use emulators::brokerage::mandates::Business;
use emulators::pipedrive::Entity as PipedriveEntity;

use super::agreement::{Books, Sales};
use super::services::Services;

pub(super) fn books(services: &Services) -> anyhow::Result<Books> {
    let sales = sales(services)?;
    let notes = services.pipedrive.emulator().notes();
    let (persons, organizations, labels, person_fields, organization_fields) = {
        let emulator = services.pipedrive.emulator();
        let field = |entity: PipedriveEntity, name: &str| {
            Some((name.to_owned(), emulator.field_code(entity, name).ok()?))
        };
        let person = ["propstreet_contact_id", "investor_strategy", "job_title"];
        let organization = ["propstreet_company_id", "domain", "org_number"];
        (
            emulator.persons(),
            emulator.organizations(),
            emulator
                .labels(PipedriveEntity::Person)
                .into_iter()
                .collect(),
            person
                .iter()
                .filter_map(|name| field(PipedriveEntity::Person, name))
                .collect(),
            organization
                .iter()
                .filter_map(|name| field(PipedriveEntity::Organization, name))
                .collect(),
        )
    };
    let emulator = services.propstreet.emulator();
    Ok(Books {
        persons,
        organizations,
        contacts: emulator.contacts(),
        companies: emulator.companies(),
        projects: emulator.projects(),
        prospects: emulator.prospects(),
        sales,
        notes,
        timeline_notes: emulator.notes(),
        labels,
        person_fields,
        organization_fields,
    })
}

/// The deals of the pipeline for sales, with the keys of the fields that travel and the id of the option for yes.
fn sales(services: &Services) -> anyhow::Result<Sales> {
    let emulator = services.pipedrive.emulator();
    let of = |entity: PipedriveEntity| {
        let ids: Vec<i64> = emulator.record_ids(entity).map(|(id, _)| id).collect();
        let records = ids.into_iter();
        records
            .filter_map(|id| emulator.record(entity, id))
            .collect::<Vec<serde_json::Value>>()
    };
    let name = Business::Sale.pipeline();
    let pipelines = of(PipedriveEntity::Pipeline);
    let pipeline = pipelines.iter().find(|pipeline| pipeline["name"] == name);
    let pipeline = pipeline.context("the brokerage sells")?["id"].clone();
    let mut deals = of(PipedriveEntity::Deal);
    deals.retain(|deal| deal["pipeline_id"] == pipeline);
    let field = |name: &str| {
        let code = emulator.field_code(PipedriveEntity::Deal, name).ok()?;
        Some((name.to_owned(), code))
    };
    let numbers = deals.iter().filter_map(|deal| deal["id"].as_i64());
    let participants = numbers.map(|deal| (deal, emulator.participants_of(deal)));
    let participants = participants.collect();
    let names = ["propstreet_project_id", "is_portfolio", "property_count"];
    Ok(Sales {
        participants,
        deals,
        fields: names.iter().filter_map(|name| field(name)).collect(),
    })
}
