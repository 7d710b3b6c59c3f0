//! Laws of projects, prospects and properties that hold whatever people do, after a few thousand random edits.

use std::collections::BTreeSet;

use super::projects::PROJECTS;
use super::{Org, ann};
use emulators::brokerage::{Brokerage, Estate};
use emulators::propstreet::{Limits, PropstreetEmulator, PropstreetSettings};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

const EDITS: usize = 2_000;
const LAG: i64 = 700;

fn after_many_edits(seed: u64) -> Org {
    let mut org = Org::with(PropstreetSettings {
        seed,
        limits: Limits::Off,
        list_lag_millis: LAG,
        token_lifetime_seconds: 1_000_000,
        ..PropstreetSettings::default()
    });
    let now = org.now();
    org.emulator.seed(&Brokerage::generate(seed, 30, 60), now);
    org.emulator.seed_projects(&Estate::generate(seed, 8), now);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    for edit in 0..EDITS {
        org.now += chance.random_range(0..300);
        let now = org.now();
        let mut id = |first: u32, count: u32| (first + chance.random_range(0..count)).to_string();
        let (project, prospect) = (id(1_201, 20), id(40_001, 120));
        let (property, contact) = (id(8_001, 40), id(5_001, 30));
        let name = json!({"name": format!("Project {edit}")});
        let emulator = &mut org.emulator;
        // Many of these are refused, which must leave no trace either.
        let done = match chance.random_range(0..14) {
            0 if edit % 9 == 0 => emulator.add_project(&name, now),
            1 => emulator.edit_project(&project, &name, now),
            2 => emulator.move_teaser(&project, "communicated", now),
            3 if edit % 40 == 0 => emulator.close_project(&project, &json!({}), now),
            4 if edit % 60 == 0 => emulator.delete_project(&project, now),
            5 => emulator.attach_property(&project, &property, now),
            6 => emulator.match_prospect(&project, "Fjord Kapital", now),
            7 => emulator.edit_prospect(&prospect, &json!({"classification": "bidder"}), now),
            8 => emulator.remove_prospect(&prospect, now),
            9 => emulator.restore_prospect(&prospect, now),
            10 => emulator.edit_property(&property, &name, now),
            11 if edit % 30 == 0 => emulator.delete_property(&property, now),
            12 => emulator.add_project_note(&project, "Called", now),
            _ => emulator.add_prospect(&project, &json!({"contactId": contact}), now),
        };
        drop(done);
    }
    org
}

/// All rows of a list, page by page.
fn listed(org: &mut Org, place: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut path = format!("{place}?page_size=7&include_deleted=true");
    loop {
        let body = org.get(&path).expect(200).body;
        rows.extend(body["data"].as_array().unwrap().iter().cloned());
        let Some(cursor) = body["page"]["nextCursor"].as_str() else {
            return rows;
        };
        let cursor = cursor.replace('+', "%2B").replace('=', "%3D");
        path = format!("{place}?page_size=7&cursor={}", cursor.replace('/', "%2F"));
    }
}

fn versions(rows: &[Value]) -> BTreeSet<(String, String)> {
    let pair = |row: &Value| (row["id"].to_string(), row["etag"].to_string());
    rows.iter().map(pair).collect()
}

#[test]
fn when_the_lag_is_over_lists_show_all_that_is_there_in_order_and_once() {
    let mut org = after_many_edits(21);
    org.now += LAG;
    let projects = listed(&mut org, PROJECTS);
    assert_eq!(versions(&projects), versions(&org.emulator.projects()));
    let properties = listed(&mut org, "/api/v1/properties");
    assert_eq!(versions(&properties), versions(&org.emulator.properties()));
    let mut prospects = Vec::new();
    for project in projects
        .iter()
        .filter(|project| project["deletedUtc"].is_null())
    {
        let place = format!("{PROJECTS}/{}/prospects", project["id"].as_str().unwrap());
        let rows = listed(&mut org, &place);
        let order = |row: &Value| (row["updatedUtc"].to_string(), row["id"].to_string());
        assert!(rows.iter().map(order).is_sorted(), "{place}");
        prospects.extend(rows);
    }
    let of_living: Vec<Value> = org
        .emulator
        .prospects()
        .into_iter()
        .filter(|prospect| {
            prospects
                .iter()
                .any(|row| row["projectId"] == prospect["projectId"])
        })
        .collect();
    assert_eq!(versions(&prospects), versions(&of_living));
    assert_eq!(prospects.len(), of_living.len());
    assert!(prospects.len() > 50 && projects.len() > 8);
}

#[test]
fn nobody_is_on_a_list_twice_and_versions_are_used_once() {
    let org = after_many_edits(22);
    let living = org.emulator.prospects().into_iter();
    let living: Vec<(String, String)> = living
        .filter(|prospect| prospect["deletedUtc"].is_null() && prospect["contactId"].is_string())
        .map(|prospect| {
            (
                prospect["projectId"].to_string(),
                prospect["contactId"].to_string(),
            )
        })
        .collect();
    assert_eq!(living.iter().collect::<BTreeSet<_>>().len(), living.len());
    let records = [
        org.emulator.projects(),
        org.emulator.prospects(),
        org.emulator.properties(),
    ]
    .concat();
    let used: BTreeSet<String> = records.iter().map(|row| row["etag"].to_string()).collect();
    assert_eq!(used.len(), records.len());
    for project in org.emulator.projects() {
        let is_deleted = project["status"] == "deleted";
        assert_eq!(is_deleted, project["deletedUtc"].is_string(), "{project}");
        assert!(project["properties"].as_array().unwrap().len() <= 1);
    }
}

#[test]
fn the_same_seed_tells_the_same_story_and_a_saved_state_goes_on_from_it() {
    let (one, other) = (after_many_edits(23), after_many_edits(23));
    assert_eq!(one.emulator.save(), other.emulator.save());
    let loaded = PropstreetEmulator::load(one.emulator.save()).unwrap();
    assert_eq!(loaded.projects(), one.emulator.projects());
    assert_eq!(loaded.prospects(), one.emulator.prospects());
    assert_eq!(loaded.properties(), one.emulator.properties());
    assert_eq!(loaded.save()["notes"], one.emulator.save()["notes"]);
    let mut older = one.emulator.save();
    for missing in ["portfolio", "registry"] {
        older.as_object_mut().unwrap().remove(missing);
    }
    older["settings"]
        .as_object_mut()
        .unwrap()
        .remove("switches");
    let mut older = PropstreetEmulator::load(older).unwrap();
    assert!(older.projects().is_empty());
    older
        .add_project(&json!({"name": "Kvarnholm"}), one.now())
        .unwrap();
}

#[test]
fn verbs_come_through_the_control_calls_too_and_a_quiet_one_is_told_to_nobody() {
    let mut org = Org::new();
    super::projects::listen(&mut org);
    let contact = org.contact(&ann());
    let edit = |org: &mut Org, body: Value| org.post("/_emulator/edit", &body);
    let body = json!({"verb": "add_project", "fields": {"name": "Kvarnholm"}});
    let project = edit(&mut org, body).expect(200).id();
    let body = json!({"verb": "add_prospect", "project_id": project, "fields": {"contactId": contact}, "quietly": true});
    let prospect = edit(&mut org, body).expect(200).id();
    let body = json!({"verb": "remove_prospect", "id": prospect});
    edit(&mut org, body).expect(200);
    let events = super::projects::events(&mut org);
    let names: Vec<&str> = events.iter().map(|event| event.0.as_str()).collect();
    assert_eq!(names, ["project.created", "prospect.updated"]);
    let refused = edit(&mut org, json!({"verb": "remove_prospect", "id": prospect})).expect(400);
    assert!(refused.body["error"].as_str().unwrap().contains("404"));
    edit(&mut org, json!({"verb": "add_castle", "fields": {}})).expect(400);
    let state = org.get("/_emulator/state").expect(200).body;
    assert_eq!(state["projects"][0]["id"], project.as_str());
    assert_eq!(
        state["prospects"][0]["deletedUtc"],
        state["prospects"][0]["updatedUtc"]
    );
    assert_eq!(state["properties"], json!([]));
}
