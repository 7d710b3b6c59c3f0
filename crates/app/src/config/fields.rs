//! `[fields]`: the readable names of the Pipedrive custom fields in use. `setup` makes those that are missing.

use engine::settings::FieldNames;

use super::mistake::Mistake;
use super::section::Section;

pub(super) fn read(mut section: Section<'_, '_>) -> FieldNames {
    let default = FieldNames::default();
    let names = FieldNames {
        person_marker: section.text_or("person_marker", &default.person_marker),
        person_strategy: section.text_or("person_strategy", &default.person_strategy),
        person_job_title: section.text_or("person_job_title", &default.person_job_title),
        organization_marker: section.text_or("organization_marker", &default.organization_marker),
        organization_domain: section.text_or("organization_domain", &default.organization_domain),
        organization_number: section.text_or("organization_number", &default.organization_number),
        deal_marker: section.text_or("deal_marker", &default.deal_marker),
        deal_portfolio: section.text_or("deal_portfolio", &default.deal_portfolio),
        deal_property_count: section.text_or("deal_property_count", &default.deal_property_count),
        deal_property_type: section.text_or("deal_property_type", &default.deal_property_type),
        deal_classification: section.text_or("deal_classification", &default.deal_classification),
        of_deals: default.of_deals,
    };
    let of_person = [
        &names.person_marker,
        &names.person_strategy,
        &names.person_job_title,
    ];
    let of_organization = [
        &names.organization_marker,
        &names.organization_domain,
        &names.organization_number,
    ];
    let of_deal = [
        &names.deal_marker,
        &names.deal_portfolio,
        &names.deal_property_count,
        &names.deal_property_type,
        &names.deal_classification,
    ];
    for (entity, fields) in [
        ("person", &of_person[..]),
        ("organization", &of_organization[..]),
        ("deal", &of_deal[..]),
    ] {
        if let Some(twice) = twice(fields) {
            let place = section.place();
            section.note(Mistake::new(
                place,
                format!("`fields`: two {entity} fields are named \"{twice}\""),
            ));
        }
    }
    section.finish();
    names
}

fn twice<'a>(names: &[&'a String]) -> Option<&'a String> {
    let is_twice =
        |(place, name): &(usize, &&'a String)| !name.is_empty() && names[..*place].contains(*name);
    let found = names.iter().enumerate().find(is_twice);
    found.map(|(_, name)| *name)
}
