//! Laws that hold whatever people do: after a few thousand random edits and calls.

use std::collections::{BTreeMap, BTreeSet};

use super::{COMPANIES, CONTACTS, LINKS, Org};
use emulators::propstreet::{PropstreetEmulator, PropstreetSettings};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

const EDITS: usize = 3_000;
const LAG: i64 = 700;

fn after_many_edits(seed: u64) -> Org {
    let settings = PropstreetSettings {
        seed,
        list_lag_millis: LAG,
        ..PropstreetSettings::default()
    };
    let mut org = Org::with(settings);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    for edit in 0..EDITS {
        org.now += chance.random_range(0..300);
        let now = org.now();
        let contact = (5_001 + chance.random_range(0..60_u32)).to_string();
        let company = (301 + chance.random_range(0..30_u32)).to_string();
        let link = (90_001 + chance.random_range(0..400_u32)).to_string();
        let person = json!({"firstName": format!("Person {edit}"), "email": format!("p{}@fjord.se", edit % 90)});
        let emulator = &mut org.emulator;
        // Many of these are refused, which must leave no trace either.
        let done = match chance.random_range(0..14) {
            0 => emulator.add_contact(&person, now),
            1 => emulator.add_company(&json!({"name": format!("Fjord {edit}")}), now),
            2 => emulator.edit_contact(&contact, &person, now),
            3 => emulator.edit_company(&company, &json!({"domain": format!("f{edit}.se")}), now),
            4 if edit % 6 == 0 => emulator.delete_contact(&contact, now),
            5 => emulator.restore_contact(&contact, now),
            6 => emulator.restore_company(&company, now),
            7 => emulator.edit_link(&link, &json!({"isPrimary": edit % 2 == 0}), now),
            8 if edit % 7 == 0 => emulator.delete_company(&company, now),
            8 => emulator.delete_link(&link, now),
            _ => emulator.add_link((&contact, &company), Some("Partner"), now),
        };
        drop(done);
    }
    org
}

/// All rows of a list, page by page.
fn listed(org: &mut Org, place: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut path =
        format!("{place}?page_size=7&include_deleted=true&updated_since=2020-01-01T00:00:00Z");
    loop {
        let body = org.get(&path).expect(200).body;
        rows.extend(body["data"].as_array().unwrap().iter().cloned());
        let Some(cursor) = body["page"]["nextCursor"].as_str() else {
            return rows;
        };
        let cursor = cursor
            .replace('+', "%2B")
            .replace('=', "%3D")
            .replace('/', "%2F");
        path = format!("{place}?page_size=7&cursor={cursor}");
    }
}

fn by_id(rows: &[Value]) -> BTreeMap<String, Value> {
    rows.iter()
        .map(|row| (row["id"].as_str().unwrap().to_owned(), row.clone()))
        .collect()
}

#[test]
fn a_contact_with_links_has_one_primary_company_and_both_ends_show_the_same() {
    let org = after_many_edits(11);
    let companies = by_id(&org.emulator.companies());
    let mut linked = 0;
    for contact in org.emulator.contacts() {
        let embedded = contact["companies"].as_array().unwrap();
        let primary: Vec<&Value> = embedded
            .iter()
            .filter(|company| company["isPrimary"] == true)
            .collect();
        assert_eq!(
            primary.len(),
            usize::from(!embedded.is_empty()),
            "{contact}"
        );
        assert_eq!(
            primary
                .first()
                .map_or(&Value::Null, |company| &company["id"]),
            &contact["primaryCompanyId"]
        );
        for company in embedded {
            linked += 1;
            let people = companies[company["id"].as_str().unwrap()]["contacts"]
                .as_array()
                .unwrap();
            let other_end = people
                .iter()
                .find(|person| person["id"] == contact["id"])
                .unwrap();
            assert_eq!(other_end["isPrimary"], company["isPrimary"]);
            assert_eq!(other_end["jobTitle"], company["jobTitle"]);
        }
    }
    let living = org
        .emulator
        .links()
        .iter()
        .filter(|link| link["deletedUtc"].is_null())
        .count();
    assert_eq!(linked, living);
    assert!(living > 10);
}

#[test]
fn when_the_lag_is_over_lists_show_what_is_there_in_order_and_once() {
    let mut org = after_many_edits(12);
    org.now += LAG;
    org.emulator.settings_mut().limits = emulators::propstreet::Limits::Off;
    org.sign_in();
    let state = [
        org.emulator.contacts(),
        org.emulator.companies(),
        org.emulator.links(),
    ];
    for (place, state) in [CONTACTS, COMPANIES, LINKS].iter().zip(state) {
        let rows = listed(&mut org, place);
        let order: Vec<_> = rows
            .iter()
            .map(|row| (row["updatedUtc"].to_string(), row["id"].to_string()))
            .collect();
        assert!(order.is_sorted(), "{place}");
        assert_eq!(rows.len(), state.len(), "{place}");
        let state = by_id(&state);
        for (id, row) in by_id(&rows) {
            assert_eq!(row["etag"], state[&id]["etag"], "{place} {id}");
        }
    }
}

#[test]
fn versions_are_never_used_twice_and_living_addresses_neither() {
    let org = after_many_edits(13);
    let records = [
        org.emulator.contacts(),
        org.emulator.companies(),
        org.emulator.links(),
    ]
    .concat();
    let versions: BTreeSet<String> = records.iter().map(|row| row["etag"].to_string()).collect();
    assert_eq!(versions.len(), records.len());
    let living = org
        .emulator
        .contacts()
        .into_iter()
        .filter(|contact| contact["deletedUtc"].is_null());
    let addresses: Vec<String> = living.map(|contact| contact["email"].to_string()).collect();
    assert_eq!(
        addresses.iter().collect::<BTreeSet<_>>().len(),
        addresses.len()
    );
}

#[test]
fn the_same_seed_tells_the_same_story_and_a_saved_state_tells_it_too() {
    let (one, other) = (after_many_edits(14), after_many_edits(14));
    assert_eq!(one.emulator.save(), other.emulator.save());
    let loaded = PropstreetEmulator::load(one.emulator.save()).unwrap();
    assert_eq!(loaded.contacts(), one.emulator.contacts());
    assert_eq!(loaded.companies(), one.emulator.companies());
    assert_eq!(loaded.links(), one.emulator.links());
}
