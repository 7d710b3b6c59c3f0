//! Do notes agree? The same comparison for them: what is said about a record and its counterpart, whatever its form.
//!
//! In: notes of both services as JSON, and which records belong together. Out: what does not agree. It uses nothing of the engine.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Agreement, Books, live, live_there, reference, text};

pub(super) fn compare(books: &Books, set_aside: &BTreeSet<String>, found: &mut Agreement) {
    let written = written(books);
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for note in &books.timeline_notes {
        if note["isArchived"] == false && note["supersededBy"].is_null() {
            let said = letters(&text(&note["message"]));
            told.entry(text(&note["on"])).or_default().push(said);
        }
    }
    for (record, there) in counterparts(books) {
        if set_aside.contains(&record) {
            continue;
        }
        let mut here = written.get(&record).cloned().unwrap_or_default();
        let mut there = told.get(&there).cloned().unwrap_or_default();
        here.sort();
        there.sort();
        if here == there {
            found.agreeing += u64::try_from(here.len()).unwrap_or(0);
        } else {
            found.differences.push(format!("{record} differs in notes"));
        }
    }
}

/// How many notes Propstreet had before, of records that have a counterpart: each of them had to be written in Pipedrive.
pub fn had_before(books: &Books) -> u64 {
    let there: BTreeSet<String> = counterparts(books).map(|(_, there)| there).collect();
    let notes = books.timeline_notes.iter();
    let own = notes.filter(|note| note["idempotencyKey"].is_null() && note["supersedes"].is_null());
    let count = own
        .filter(|note| there.contains(&text(&note["on"])))
        .count();
    u64::try_from(count).unwrap_or(0)
}

/// What is said in Pipedrive, by record. A note on a deal is the deal's alone, and one on a lead is on nothing that travels.
fn written(books: &Books) -> BTreeMap<String, Vec<String>> {
    let mut written: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for note in books
        .notes
        .iter()
        .filter(|note| note["active_flag"] == true)
    {
        let keys = [
            ("lead", "lead_id"),
            ("deal", "deal_id"),
            ("person", "person_id"),
            ("organization", "org_id"),
        ];
        let mut on = keys.iter().filter(|(_, key)| !note[*key].is_null());
        if let Some((entity, key)) = on.next() {
            let said = letters(&without_tags(&text(&note["content"])));
            let record = format!("{entity}/{}", text(&note[*key]));
            written.entry(record).or_default().push(said);
        }
    }
    written
}

/// Records of Pipedrive with their counterparts in Propstreet, as the references there tell.
fn counterparts(books: &Books) -> impl Iterator<Item = (String, String)> {
    let of = |entity: &'static str, there: &'static str, records: &[Value], others: &[Value]| {
        let living: BTreeSet<String> = live(records).map(|record| text(&record["id"])).collect();
        let pairs = live_there(others).filter_map(move |other| {
            let id = reference(other).filter(|id| living.contains(id))?;
            Some((
                format!("{entity}/{id}"),
                format!("{there}/{}", text(&other["id"])),
            ))
        });
        pairs.collect::<Vec<_>>()
    };
    let persons = of("person", "contact", &books.persons, &books.contacts);
    let organizations = of(
        "organization",
        "company",
        &books.organizations,
        &books.companies,
    );
    let deals = of("deal", "project", &books.sales.deals, &books.projects);
    persons.into_iter().chain(organizations).chain(deals)
}

fn without_tags(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut in_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => in_tag = true,
            '>' => in_tag = false,
            other if !in_tag => plain.push(other),
            _ => {}
        }
    }
    plain
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", " ")
}

/// Letters and digits alone: whatever is between them is form.
fn letters(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}
