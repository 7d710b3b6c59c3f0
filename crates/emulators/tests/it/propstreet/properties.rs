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

const SEARCH: &str = "/api/v1/properties/search";

/// The names of the properties that a search finds, in order.
fn found(org: &mut Org, body: &Value) -> Vec<String> {
    let told = org.post(SEARCH, body).expect(200).body;
    let rows = told["data"].as_array().unwrap().iter();
    rows.map(|row| row["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Two in Göteborg, some hundred metres apart, and one in Oslo.
fn three_properties(org: &mut Org) {
    let now = org.now();
    let places = [
        ("Near", 57.7089, 11.9746, "SE"),
        ("Far", 57.72, 11.99, "SE"),
        ("Oslo", 59.91, 10.75, "NO"),
    ];
    for (name, latitude, longitude, country) in places {
        let location = json!({"latitude": latitude, "longitude": longitude, "country": country, "locality": "Town"});
        let categories = json!([{"type": if name == "Far" { "office" } else { "hotel" }}]);
        let property =
            json!({"name": name, "location": location, "categories": categories, "tags": ["core"]});
        org.emulator.add_property(&property, now).unwrap();
    }
    let nowhere = json!({"name": "Nowhere"});
    org.emulator.add_property(&nowhere, now).unwrap();
}

#[test]
fn properties_are_searched_in_shapes_and_circles_and_by_what_they_are() {
    let mut org = Org::new();
    three_properties(&mut org);
    let ring = |west: f64, south: f64, east: f64, north: f64| {
        json!([
            [west, south],
            [east, south],
            [east, north],
            [west, north],
            [west, south]
        ])
    };
    let town = ring(11.9, 57.6, 12.1, 57.8);
    let hole = ring(11.98, 57.715, 12.0, 57.73);
    for (body, names) in [
        (json!({}), vec!["Near", "Far", "Oslo", "Nowhere"]),
        (
            json!({"within": {"type": "Polygon", "coordinates": [town]}}),
            vec!["Near", "Far"],
        ),
        (
            json!({"within": {"type": "Polygon", "coordinates": [town, hole]}}),
            vec!["Near"],
        ),
        (
            json!({"within": {"type": "MultiPolygon", "coordinates": [[hole], [ring(10.0, 59.0, 11.0, 60.0)]]}}),
            vec!["Far", "Oslo"],
        ),
        (
            json!({"near": "11.9746,57.7089", "radius": 500}),
            vec!["Near"],
        ),
        (json!({"country": "se", "category": "office"}), vec!["Far"]),
        (
            json!({"tags": ["value_add", "core"], "location": "tow"}),
            vec!["Near", "Far", "Oslo"],
        ),
        (
            json!({"sort": "distance", "sort_origin": "10.75,59.91"}),
            vec!["Oslo", "Far", "Near", "Nowhere"],
        ),
        (
            json!({"sort": "distance", "near": "11.99,57.72", "radius": 5000}),
            vec!["Far", "Near"],
        ),
    ] {
        assert_eq!(found(&mut org, &body), names, "{body}");
    }
    let near = json!({"near": "11.9746,57.7089", "radius": 5000});
    let told = org.post(SEARCH, &near).expect(200).body;
    assert_eq!(told["data"][0]["distance_meters"], 0);
    let anywhere = org.post(SEARCH, &json!({})).expect(200).body;
    assert!(anywhere["data"][0].get("distance_meters").is_none());
    assert_eq!(anywhere["page"]["pageSize"], 50);
}

#[test]
fn a_search_goes_on_where_it_ended_and_no_other_does() {
    let mut org = Org::new();
    three_properties(&mut org);
    let mut body = json!({"page_size": 3});
    let first = org.post(SEARCH, &body).expect(200).body;
    assert_eq!(first["page"]["hasMore"], true);
    body["cursor"] = first["page"]["nextCursor"].clone();
    let second = org.post(SEARCH, &body).expect(200).body;
    assert_eq!(second["data"][0]["name"], "Nowhere");
    assert_eq!(second["page"]["nextCursor"], Value::Null);
    body["country"] = json!("NO");
    org.post(SEARCH, &body).expect(400);
}

#[test]
fn a_search_that_makes_no_sense_is_refused_by_the_field_that_does_not() {
    let mut org = Org::new();
    let open = json!([[[0, 0], [1, 0], [1, 1], [0, 1]]]);
    let square = json!([[[0, 0], [1, 0], [1, 1], [0, 0]]]);
    let polygon = json!({"type": "Polygon", "coordinates": square});
    for (name, body) in [
        (
            "within",
            json!({"within": {"type": "Polygon", "coordinates": open}}),
        ),
        (
            "within",
            json!({"within": {"type": "Point", "coordinates": [0, 0]}}),
        ),
        (
            "within",
            json!({"within": polygon, "near": "0,0", "radius": 5}),
        ),
        ("near", json!({"near": "0,0"})),
        (
            "near",
            json!({"near": {"longitude": 0, "latitude": 0}, "radius": 5}),
        ),
        ("near", json!({"near": "181,0", "radius": 5})),
        ("radius", json!({"near": "0,0", "radius": 100_001})),
        ("sort", json!({"sort": "name"})),
        ("sort", json!({"sort": "distance"})),
        ("category", json!({"category": "castle"})),
        ("country", json!({"country": "Sweden"})),
        ("page_size", json!({"page_size": 501})),
        ("cursor", json!({"cursor": "3.beef"})),
        ("pageSize", json!({"pageSize": 5})),
    ] {
        let told = org.post(SEARCH, &body).expect(400).body;
        assert!(told["errors"][name].is_array(), "{name}: {told}");
    }
}
