//! Do deals and projects agree? The same comparison for them: what is open on both sides.
//!
//! In: deals of the pipeline for sales, and projects, as JSON. Out: what does not agree. It uses nothing of the engine.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Agreement, Books, by_reference, custom, list, live, live_there, reference, text, words,
};

pub(super) fn compare(books: &Books, set_aside: &BTreeSet<String>, found: &mut Agreement) {
    let projects = by_reference(&books.projects);
    let deals = || live(&books.sales.deals).filter(|deal| deal["is_archived"] != true);
    for deal in deals().filter(|deal| deal["status"] == "open") {
        let id = text(&deal["id"]);
        if set_aside.contains(&format!("deal/{id}")) {
            continue;
        }
        match projects.get(&id) {
            None => found.differences.push(format!("deal/{id} has no project")),
            Some(project) => {
                let mut differences = differences(deal, project, &books.sales.fields);
                if !have_same_members(books, deal, project, set_aside) {
                    differences.push("who takes part");
                }
                found.weigh(&format!("deal/{id}"), differences);
            }
        }
    }
    let known: BTreeSet<String> = deals().map(|deal| text(&deal["id"])).collect();
    for project in live_there(&books.projects).filter(|project| project["status"] == "open") {
        let id = text(&project["id"]);
        let has_deal = reference(project).is_some_and(|deal| known.contains(&deal));
        if !has_deal && !set_aside.contains(&format!("project/{id}")) {
            found
                .differences
                .push(format!("project/{id} has no deal in Pipedrive"));
        }
    }
}

fn differences(
    deal: &Value,
    project: &Value,
    fields: &BTreeMap<String, String>,
) -> Vec<&'static str> {
    let mut differences = Vec::new();
    let mut check = |name: &'static str, same: bool| {
        if !same {
            differences.push(name);
        }
    };
    check(
        "id",
        custom(deal, fields, "propstreet_project_id") == text(&project["id"]),
    );
    check("name", words(&deal["title"]) == words(&project["name"]));
    check("price", is_same_price(deal, &project["price"]));
    let count = custom(deal, fields, "property_count");
    let of_project = text(&project["asset"]["propertyCount"]);
    check(
        "number of properties",
        count.trim_end_matches(".0") == of_project,
    );
    differences
}

/// The persons of the deal are contacts among the prospects, and the other way round; those apart whom the platform has found, and
/// who wait for a person. A deal without persons has its organization there.
fn have_same_members(
    books: &Books,
    deal: &Value,
    project: &Value,
    set_aside: &BTreeSet<String>,
) -> bool {
    let contacts = by_reference(&books.contacts);
    let id = deal["id"].as_i64().unwrap_or_default();
    let persons = books.sales.participants.get(&id).into_iter().flatten();
    let persons: BTreeSet<i64> = persons.copied().chain(deal["person_id"].as_i64()).collect();
    let is_told = |person: &&i64| !set_aside.contains(&format!("person/{person}"));
    let there = persons.iter().filter(is_told).map(|person| {
        let contact = contacts.get(&person.to_string());
        contact.map_or_else(String::new, |contact| text(&contact["id"]))
    });
    let there: BTreeSet<String> = there.collect();
    let is_of = |prospect: &&Value| {
        let was_added = list(&prospect["capabilities"]).is_empty();
        prospect["projectId"] == project["id"] && was_added
    };
    let prospects: Vec<&Value> = live_there(&books.prospects).filter(is_of).collect();
    let named = |key: &'static str| {
        let ids = prospects.iter().map(move |prospect| text(&prospect[key]));
        ids.filter(|id| !id.is_empty())
            .collect::<BTreeSet<String>>()
    };
    let is_open_to_us = |id: &String| !set_aside.contains(&format!("contact/{id}"));
    let mut of_project = named("contactId");
    of_project.retain(is_open_to_us);
    let companies = by_reference(&books.companies);
    let company = companies.get(&text(&deal["org_id"]));
    let stands_in =
        company.is_none_or(|company| named("companyId").contains(&text(&company["id"])));
    there == of_project && (!persons.is_empty() || stands_in)
}

fn is_same_price(deal: &Value, price: &Value) -> bool {
    let value = deal["value"].as_f64().unwrap_or_default();
    let Some(amount) = price["value"].as_f64() else {
        return value == 0.0;
    };
    let scale = match price["scale"].as_str() {
        Some("thousands") => 1e3,
        Some("millions") => 1e6,
        Some("billions") => 1e9,
        Some(_) | None => 1.0,
    };
    let amount = amount * scale;
    let near = (amount - value).abs() <= amount.abs() * 1e-9;
    near && (value == 0.0 || deal["currency"] == price["currency"])
}
