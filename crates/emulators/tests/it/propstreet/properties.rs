//! Properties: what may be written, and how they hang on projects.

use super::Org;
use super::projects::{PROJECTS, events, kvarnholm, listen};
use serde_json::{Value, json};

const PROPERTIES: &str = "/api/v1/properties";

fn storgatan() -> Value {
    json!({
        "name": "Storgatan 12", "description": "Corner house",
        "location": {"latitude": 57.7089, "longitude": 11.9746, "country": "se", "locality": "Göteborg"},
        "categories": [{"type": "retail/shopping_mall", "locationClass": "A", "yieldPercent": 5.25,
            "rentalIncome": {"value": 4.2, "currency": "SEK", "scale": "millions"},
            "rentedArea": {"value": 5200, "unit": "sqm"}, "conversions": []}],
        "price": {"value": 80, "currency": "SEK", "scale": "millions"}, "parcelArea": {"value": 1800, "unit": "sqm"},
        "tags": ["value_add", "core"], "tenure": "freehold", "yearBuilt": 1934, "avgContractLengthYears": 4.5
    })
}

#[test]
fn a_property_is_made_read_changed_and_deleted() {
    let mut org = Org::new();
    let told = org.post(PROPERTIES, &storgatan()).expect(201);
    let path = format!("{PROPERTIES}/{}", told.id());
    assert_eq!(told.header("location"), path);
    let read = org.get(&path).expect(200).body;
    assert_eq!(
        read["location"],
        json!({"latitude": 57.7089, "longitude": 11.9746, "country": "SE", "locality": "Göteborg"})
    );
    assert_eq!(read["categories"][0]["rentalIncome"]["scale"], "millions");
    assert_eq!(read["parcelArea"], json!({"value": 1800, "unit": "sqm"}));
    let version = [("if-match", told.header("etag"))];
    let changed = json!({"clearCoordinates": true, "yearBuilt": null});
    let now = org
        .call("PATCH", &path, &version, &changed)
        .expect(200)
        .body;
    assert_eq!(
        (&now["location"]["latitude"], &now["yearBuilt"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(now["location"]["locality"], "Göteborg");
    org.call("DELETE", &path, &version, &Value::Null)
        .expect(412);
    org.delete(&path).expect(204);
    org.get(&path).expect(404);
    let all = org.get(&format!("{PROPERTIES}?include_deleted=true")).body;
    assert!(all["data"][0]["deletedUtc"].is_string());
}

#[test]
fn what_a_property_may_not_be_is_refused() {
    let mut org = Org::new();
    let refs: Vec<Value> = (0..11)
        .map(|n| json!({"namespace": format!("n{n}"), "id": "1"}))
        .collect();
    for (name, value) in [
        ("name", json!("")),
        ("location", json!({"latitude": 91, "longitude": 0})),
        ("location", json!({"latitude": 9})),
        ("categories", json!([{"type": "castle"}])),
        ("externalRefs", json!(refs)),
        ("parcelArea", json!({"value": 5, "unit": "acre"})),
        ("tags", json!(["Value add"])),
        ("tenure", json!("rented")),
        ("yearBuilt", json!("old")),
        ("distance_meters", json!(5)),
    ] {
        let mut body = storgatan();
        body[name] = value;
        let told = org.post(PROPERTIES, &body).expect(400);
        assert!(
            told.body["errors"][name].is_array(),
            "{name}: {}",
            told.body
        );
    }
}

#[test]
fn a_project_shows_one_property_and_lists_all_and_hears_when_one_goes() {
    let mut org = Org::new();
    let project = kvarnholm(&mut org);
    let now = org.now();
    let ids: Vec<String> = (0..3)
        .map(|_| {
            let id = org.emulator.add_property(&storgatan(), now).unwrap();
            org.emulator.attach_property(&project, &id, now).unwrap();
            id
        })
        .collect();
    let path = format!("{PROJECTS}/{project}");
    let shown = org.get(&path).body;
    assert_eq!(shown["properties"].as_array().unwrap().len(), 1);
    assert_eq!(shown["properties"][0]["id"], ids[0].as_str());
    let listed = org.get(&format!("{path}/properties?page_size=2")).body;
    assert_eq!(listed["page"]["hasMore"], true);
    listen(&mut org);
    let before = org.get(&path).header("etag").to_owned();
    org.emulator
        .edit_property(&ids[0], &json!({"name": "Storgatan 14"}), now)
        .unwrap();
    let told = org.get(&path);
    assert_eq!(
        told.header("etag"),
        before,
        "a property gives its project no version"
    );
    assert_eq!(told.body["properties"][0]["name"], "Storgatan 14");
    assert_eq!(events(&mut org), []);
    org.emulator.delete_property(&ids[0], now).unwrap();
    assert_eq!(org.get(&path).body["properties"][0]["id"], ids[1].as_str());
    assert_eq!(events(&mut org)[0].0, "project.updated");
}

#[test]
fn properties_are_found_by_country_category_tag_and_place() {
    let mut org = Org::new();
    let now = org.now();
    org.emulator.add_property(&storgatan(), now).unwrap();
    let far = json!({"name": "Far", "location": {"latitude": 59.3, "longitude": 18.0, "country": "NO"}, "tags": ["core"]});
    org.emulator.add_property(&far, now).unwrap();
    let mut count = |query: &str| {
        let body = org.get(&format!("{PROPERTIES}?{query}")).expect(200).body;
        body["data"].as_array().unwrap().len()
    };
    for (query, found) in [
        ("country=SE", 1),
        ("category=retail", 1),
        ("category=hotel", 0),
        ("tags=core", 2),
        ("tags=value_add&tags=land", 1),
        ("location=göte", 1),
    ] {
        assert_eq!(count(query), found, "{query}");
    }
    let near = org
        .get(&format!("{PROPERTIES}?near=11.98,57.71&radius=2000"))
        .body;
    let metres = near["data"][0]["distance_meters"].as_u64().unwrap();
    assert!((300..400).contains(&metres), "{metres}");
    org.get(&format!("{PROPERTIES}?category=castle"))
        .expect(400);
    org.get(&format!("{PROPERTIES}?country=Sweden")).expect(400);
}
