//! Projects: what may be written, closed and deleted, and who hears of it.

use super::{HOOKS, Org, ann};
use emulators::Emulator;
use serde_json::{Value, json};

pub(crate) const PROJECTS: &str = "/api/v1/projects";

pub(crate) fn kvarnholm(org: &mut Org) -> String {
    org.post(PROJECTS, &json!({"name": "Project Kvarnholm"}))
        .expect(201)
        .id()
}

/// The events that are due, each with the record's id and what was done.
pub(crate) fn events(org: &mut Org) -> Vec<(String, String, Value)> {
    let now = org.now();
    let due = org.emulator.due_webhooks(now);
    let bodies = due
        .iter()
        .map(|call| serde_json::from_slice::<Value>(&call.body).unwrap());
    let told = bodies.map(|body| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (
            text(&body["event"]),
            text(&body["data"]["id"]),
            body["action"].clone(),
        )
    });
    told.collect()
}

pub(crate) fn listen(org: &mut Org) {
    let events = ["project", "prospect"].iter().flat_map(|entity| {
        ["created", "updated", "deleted"].map(|kind| format!("{entity}.{kind}"))
    });
    let events: Vec<String> = events.collect();
    let hook = json!({"url": "https://sync.nordhav.example/in", "events": events});
    org.post(HOOKS, &hook).expect(201);
}

#[test]
fn a_project_is_made_with_a_place_a_version_and_defaults() {
    let mut org = Org::new();
    let told = org
        .post(PROJECTS, &json!({"name": "  Project Kvarnholm "}))
        .expect(201);
    let path = format!("{PROJECTS}/{}", told.id());
    assert_eq!(told.header("location"), path);
    assert_eq!(told.header("etag"), told.body["etag"].as_str().unwrap());
    assert_eq!(told.body["changeType"], "create");
    let read = org.get(&path).expect(200).body;
    assert_eq!(read["name"], "Project Kvarnholm");
    assert_eq!(
        (&read["status"], &read["classification"]),
        (&json!("open"), &json!("draft"))
    );
    assert_eq!(
        read["asset"],
        json!({"type": "single", "propertyCount": null})
    );
    assert_eq!(read["changeType"], Value::Null);
    for absent in [
        "teaser",
        "exclusivity",
        "mandate",
        "price",
        "priceRange",
        "deletedUtc",
    ] {
        assert_eq!(read[absent], Value::Null, "{absent}");
    }
}

#[test]
fn what_a_project_may_not_be_is_refused_with_the_name_of_the_field() {
    let mut org = Org::new();
    let name = "Project Kvarnholm";
    let sek = |value: f64| json!({"value": value, "currency": "SEK", "scale": "millions"});
    let range = json!({"min": 100, "max": 120, "currency": "SEK", "scale": "millions"});
    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": "x".repeat(201)}), "name"),
        (
            json!({"name": name, "asset": {"type": "single", "propertyCount": 2}}),
            "asset",
        ),
        (json!({"name": name, "asset": {"type": "many"}}), "asset"),
        (
            json!({"name": name, "price": {"value": -1, "currency": "SEK"}}),
            "price",
        ),
        (
            json!({"name": name, "price": {"value": 1, "currency": "Kronor"}}),
            "price",
        ),
        (
            json!({"name": name, "price": sek(90.0), "priceRange": range}),
            "price",
        ),
        (
            json!({"name": name, "priceRange": {"min": 2, "max": 1, "currency": "SEK"}}),
            "priceRange",
        ),
        (json!({"name": name, "exclusivity": "sole"}), "exclusivity"),
        (
            json!({"name": name, "classification": "active"}),
            "classification",
        ),
        (json!({"name": name, "status": "closed"}), "status"),
        (json!({"name": name, "isPortfolio": true}), "isPortfolio"),
        (
            json!({"name": name, "externalRefs": [{"namespace": "a", "id": "1"}, {"namespace": "A", "id": "2"}]}),
            "externalRefs",
        ),
    ] {
        let told = org.post(PROJECTS, &body).expect(400);
        assert!(
            told.body["errors"][field].is_array(),
            "{field}: {}",
            told.body
        );
    }
    let both = json!({"name": name, "mandate": "exclusive", "exclusivity": "other"});
    org.post(PROJECTS, &both).expect(422);
    let fits =
        json!({"name": name, "mandate": "exclusive", "price": sek(110.0), "priceRange": range});
    let told = org.post(PROJECTS, &fits).expect(201);
    assert_eq!(told.body["exclusivity"], "exclusive");
}

#[test]
fn a_project_changes_on_its_version_and_what_changes_nothing_leaves_no_trace() {
    let mut org = Org::new();
    listen(&mut org);
    let id = kvarnholm(&mut org);
    let path = format!("{PROJECTS}/{id}");
    let first = org.get(&path).header("etag").to_owned();
    org.now += 1_000;
    let changed = json!({"name": "Kvarnholmen", "price": {"value": "12.5", "currency": "sek"}});
    let told = org
        .call("PATCH", &path, &[("if-match", &first)], &changed)
        .expect(200);
    assert_eq!(
        told.body["price"],
        json!({"value": 12.5, "currency": "SEK", "scale": "none"})
    );
    let second = told.header("etag").to_owned();
    assert_ne!(first, second);
    let told = org
        .call("PATCH", &path, &[("if-match", &first)], &changed)
        .expect(412);
    assert_eq!(told.body["type"], "/help/precondition-failed");
    org.now += 1_000;
    let told = org.patch(&path, &changed).expect(200);
    assert_eq!(told.header("etag"), second);
    org.patch(&path, &json!({"name": null})).expect(400);
    let told = org.patch(&path, &json!({"price": null})).expect(200);
    assert_eq!(told.body["price"], Value::Null);
    let told: Vec<String> = events(&mut org).into_iter().map(|event| event.0).collect();
    assert_eq!(
        told,
        ["project.created", "project.updated", "project.updated"]
    );
}

#[test]
fn a_reference_finds_its_project_and_is_taken_once() {
    let mut org = Org::new();
    let body = json!({"name": "Kvarnholm", "externalRefs": [{"namespace": "Pipedrive", "id": "deal 7/a"}]});
    let id = org.post(PROJECTS, &body).expect(201).id();
    let other = org.post(PROJECTS, &body).expect(409);
    assert_eq!(other.body["type"], "https://tools.ietf.org/html/rfc7807");
    let found = org.get(&format!("{PROJECTS}/external/pipedrive/deal%207%2Fa"));
    assert_eq!(found.expect(200).id(), id);
    org.get(&format!("{PROJECTS}/external/pipedrive/8"))
        .expect(404);
    org.contact(&json!({"firstName": "Ann", "externalRefs": [{"namespace": "pipedrive", "id": "deal 7/a"}]}));
}

#[test]
fn a_create_repeated_with_its_key_makes_one_project() {
    let mut org = Org::new();
    let key = [("idempotency-key", "k-1")];
    let body = json!({"name": "Kvarnholm"});
    let one = org.call("POST", PROJECTS, &key, &body).expect(201);
    let again = org.call("POST", PROJECTS, &key, &body).expect(201);
    assert_eq!(one.body, again.body);
    org.call("POST", PROJECTS, &key, &json!({"name": "Other"}))
        .expect(409);
    assert_eq!(org.emulator.projects().len(), 1);
}

#[test]
fn a_closed_project_and_its_prospects_are_read_only() {
    let mut org = Org::new();
    listen(&mut org);
    let contact = org.contact(&ann());
    let id = kvarnholm(&mut org);
    let path = format!("{PROJECTS}/{id}");
    let prospects = format!("{path}/prospects");
    let prospect = org
        .post(&prospects, &json!({"contactId": contact}))
        .expect(201)
        .id();
    for body in [
        json!({"buyerType": "prospect"}),
        json!({"buyerType": "external", "buyerProspectId": prospect}),
        json!({"buyerType": "prospect", "buyerProspectId": "1"}),
        json!({"buyerType": "nobody"}),
        json!({"closeDateUtc": "2026-05-05"}),
        json!({"yield": {"percent": 5}}),
    ] {
        org.post(&format!("{path}/close"), &body).expect(400);
    }
    events(&mut org);
    let how =
        json!({"buyerType": "prospect", "buyerProspectId": prospect, "yield": {"value": 5.5}});
    let stale = [("if-match", "W/\"AAAAAAAAAAA=\"")];
    org.call("POST", &format!("{path}/close"), &stale, &how)
        .expect(412);
    let told = org.post(&format!("{path}/close"), &how).expect(200);
    assert_eq!(told.body["status"], "closed");
    assert_eq!(
        events(&mut org),
        [("project.updated".to_owned(), id, Value::Null)]
    );
    let one = format!("{prospects}/{prospect}");
    for (method, path, body) in [
        ("PATCH", path.clone(), json!({"name": "Other"})),
        ("POST", format!("{path}/close"), json!({})),
        ("DELETE", path.clone(), Value::Null),
        ("POST", prospects.clone(), json!({"contactId": contact})),
        ("PATCH", one.clone(), json!({"classification": "bidder"})),
        ("POST", format!("{one}/remove"), Value::Null),
        ("DELETE", one.clone(), Value::Null),
        (
            "POST",
            format!("{prospects}/classify"),
            json!({"prospectIds": [prospect], "classification": "bidder"}),
        ),
        (
            "POST",
            format!("{path}/prospects:batch"),
            json!({"prospects": [{"contactId": contact}]}),
        ),
    ] {
        org.call(method, &path, &[], &body).expect(409);
    }
    org.get(&one).expect(200);
}

#[test]
fn a_deleted_project_is_found_among_what_is_deleted_alone() {
    let mut org = Org::new();
    listen(&mut org);
    let id = kvarnholm(&mut org);
    let path = format!("{PROJECTS}/{id}");
    events(&mut org);
    org.now += 1_000;
    org.call(
        "DELETE",
        &path,
        &[("if-match", "W/\"AAAAAAAAAAA=\"")],
        &Value::Null,
    )
    .expect(412);
    org.delete(&path).expect(204);
    assert_eq!(
        events(&mut org),
        [("project.deleted".to_owned(), id, Value::Null)]
    );
    org.delete(&path).expect(404);
    org.get(&path).expect(404);
    org.patch(&path, &json!({"name": "Other"})).expect(404);
    org.get(&format!("{path}/prospects")).expect(404);
    assert_eq!(org.get(PROJECTS).body["data"], json!([]));
    let listed = org.get(&format!("{PROJECTS}?include_deleted=true")).body;
    assert_eq!(listed["data"][0]["status"], "deleted");
    assert_eq!(
        listed["data"][0]["deletedUtc"],
        listed["data"][0]["updatedUtc"]
    );
}

#[test]
fn lists_are_narrowed_by_status_stage_classification_and_place_and_cursors_remember_it() {
    let mut org = Org::new();
    let now = org.now();
    for (number, (classification, longitude)) in [
        ("active", 18.06),
        ("draft", 18.07),
        ("active", 11.97),
        ("active", 18.05),
    ]
    .iter()
    .enumerate()
    {
        let emulator = &mut org.emulator;
        let fields = json!({"name": format!("Project {number}"), "classification": classification});
        let project = emulator.add_project(&fields, now).unwrap();
        let place = json!({"name": "Hus", "location": {"latitude": 59.33, "longitude": longitude, "locality": "Stockholm"}});
        let property = emulator.add_property(&place, now).unwrap();
        emulator.attach_property(&project, &property, now).unwrap();
        if number == 3 {
            emulator.move_teaser(&project, "communicated", now).unwrap();
        }
    }
    let mut names = |query: &str| -> Vec<String> {
        let body = org.get(&format!("{PROJECTS}?{query}")).expect(200).body;
        let rows = body["data"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("classification=draft"), ["Project 1"]);
    assert_eq!(names("teaser_stage=communicated"), ["Project 3"]);
    assert_eq!(names("status=closed").len(), 0);
    assert_eq!(names("near=18.06%2C59.33&radius=5000").len(), 3);
    assert_eq!(names("location=stock").len(), 4);
    assert_eq!(
        names("status=open&classification=active&near=18.06,59.33&radius=5000").len(),
        2
    );
    let first = org
        .get(&format!("{PROJECTS}?classification=active&page_size=2"))
        .body;
    let cursor = first["page"]["nextCursor"]
        .as_str()
        .unwrap()
        .replace('=', "%3D")
        .replace('+', "%2B");
    let rest = org
        .get(&format!("{PROJECTS}?page_size=2&cursor={cursor}"))
        .expect(200)
        .body;
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    for wrong in [
        "classification=draft&cursor=CURSOR",
        "classification=busy",
        "near=18.06,59.33",
        "near=59.33&radius=10",
        "near=18,59&radius=100001",
        "stage=open",
    ] {
        org.get(&format!("{PROJECTS}?{}", wrong.replace("CURSOR", &cursor)))
            .expect(400);
    }
}
