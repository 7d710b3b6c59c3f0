//! Pages, cursors, deltas and lag.

use super::{COMPANIES, CONTACTS, Org};
use emulators::propstreet::PropstreetSettings;
use serde_json::{Value, json};

fn people(org: &mut Org, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| org.contact(&json!({"firstName": format!("Person {number}")})))
        .collect()
}

fn ids(body: &Value) -> Vec<String> {
    body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

fn cursor(body: &Value) -> String {
    let raw = body["page"]["nextCursor"].as_str().unwrap();
    raw.replace('+', "%2B")
        .replace('=', "%3D")
        .replace('/', "%2F")
}

#[test]
fn pages_follow_last_change_then_id_and_a_cursor_may_come_alone() {
    let mut org = Org::new();
    let made = people(&mut org, 5);
    org.now += 1_000;
    org.patch(
        &format!("{CONTACTS}/{}", made[0]),
        &json!({"lastName": "Late"}),
    )
    .expect(200);
    let first = org
        .get(&format!("{CONTACTS}?page_size=2&include_deleted=true"))
        .expect(200)
        .body;
    assert_eq!(ids(&first), made[1..3]);
    assert_eq!(first["page"]["pageSize"], 2);
    assert_eq!(first["page"]["hasMore"], true);
    let second = org
        .get(&format!("{CONTACTS}?page_size=2&cursor={}", cursor(&first)))
        .expect(200)
        .body;
    assert_eq!(ids(&second), made[3..5]);
    let third = org
        .get(&format!("{CONTACTS}?cursor={}", cursor(&second)))
        .expect(200)
        .body;
    assert_eq!(ids(&third), [made[0].clone()]);
    assert_eq!(
        third["page"],
        json!({"nextCursor": null, "pageSize": 500, "hasMore": false})
    );
}

#[test]
fn a_record_changed_while_paging_is_seen_again_and_none_is_missed() {
    let mut org = Org::new();
    let made = people(&mut org, 4);
    let first = org.get(&format!("{CONTACTS}?page_size=2")).body;
    org.now += 10;
    org.patch(
        &format!("{CONTACTS}/{}", made[0]),
        &json!({"lastName": "Again"}),
    )
    .expect(200);
    let rest = org
        .get(&format!("{CONTACTS}?cursor={}", cursor(&first)))
        .body;
    assert_eq!(
        ids(&rest),
        [made[2].clone(), made[3].clone(), made[0].clone()]
    );
}

#[test]
fn a_cursor_lives_an_hour_and_belongs_to_its_filters() {
    let mut org = Org::new();
    people(&mut org, 3);
    let page = org
        .get(&format!("{CONTACTS}?page_size=1&include_deleted=true"))
        .body;
    let path = format!("{CONTACTS}?page_size=1&cursor={}", cursor(&page));
    org.get(&format!("{path}&include_deleted=true")).expect(200);
    org.get(&format!("{path}&include_deleted=false"))
        .expect(400);
    org.get(&format!("{path}&updated_since=2020-01-01T00:00:00Z"))
        .expect(400);
    org.now += 3_600_000;
    org.sign_in();
    org.get(&path).expect(400);
    org.get(&format!("{CONTACTS}?cursor=nonsense")).expect(400);
}

#[test]
fn page_sizes_flags_and_times_must_be_right() {
    let mut org = Org::new();
    for wrong in [
        "page_size=0",
        "page_size=501",
        "page_size=many",
        "include_deleted=1",
        "updated_since=yesterday",
        "updated_since=2026-05-05T17:18:39",
        "page_size=5&page_size=5",
    ] {
        org.get(&format!("{CONTACTS}?{wrong}")).expect(400);
    }
    for right in [
        "page_size=500",
        "include_deleted=false",
        "updated_since=2026-05-05T19:18:39.880%2B02:00",
    ] {
        org.get(&format!("{CONTACTS}?{right}")).expect(200);
    }
}

#[test]
fn updated_since_is_inclusive_and_tells_the_kind_of_change() {
    let mut org = Org::new();
    let made = people(&mut org, 2);
    org.now += 1_000;
    org.patch(
        &format!("{CONTACTS}/{}", made[1]),
        &json!({"lastName": "Berg"}),
    )
    .expect(200);
    let read = org.get(&format!("{CONTACTS}/{}", made[1])).body;
    let since = read["updatedUtc"].as_str().unwrap();
    let delta = org.get(&format!("{CONTACTS}?updated_since={since}")).body;
    assert_eq!(ids(&delta), [made[1].clone()]);
    assert_eq!(delta["data"][0]["changeType"], "update");
    let all = org.get(CONTACTS).body;
    assert_eq!(all["data"][0]["changeType"], Value::Null);
    assert_eq!(ids(&all), made);
}

#[test]
fn deleted_records_are_listed_on_request_with_a_new_time() {
    let mut org = Org::new();
    let made = people(&mut org, 2);
    org.now += 1_000;
    org.delete(&format!("{CONTACTS}/{}", made[0])).expect(204);
    assert_eq!(ids(&org.get(CONTACTS).body), [made[1].clone()]);
    let all = org.get(&format!("{CONTACTS}?include_deleted=true")).body;
    assert_eq!(ids(&all), [made[1].clone(), made[0].clone()]);
    assert_eq!(all["data"][1]["deletedUtc"], all["data"][1]["updatedUtc"]);
    assert_eq!(all["data"][0]["deletedUtc"], Value::Null);
}

#[test]
fn a_lagging_list_shows_the_old_version_for_a_while_and_a_single_read_does_not() {
    let mut org = Org::with(PropstreetSettings {
        list_lag_millis: 3_000,
        ..PropstreetSettings::default()
    });
    let id = org.contact(&json!({"firstName": "Ann"}));
    assert!(ids(&org.get(CONTACTS).body).is_empty());
    org.now += 3_000;
    assert_eq!(ids(&org.get(CONTACTS).body), std::slice::from_ref(&id));
    org.patch(&format!("{CONTACTS}/{id}"), &json!({"firstName": "Anna"}))
        .expect(200);
    org.now += 1_000;
    org.patch(&format!("{CONTACTS}/{id}"), &json!({"firstName": "Anne"}))
        .expect(200);
    let listed = |org: &mut Org| org.get(CONTACTS).body["data"][0]["firstName"].clone();
    assert_eq!(
        org.get(&format!("{CONTACTS}/{id}")).body["firstName"],
        "Anne"
    );
    assert_eq!(listed(&mut org), "Ann");
    org.now += 2_000;
    assert_eq!(listed(&mut org), "Anna");
    org.now += 1_000;
    assert_eq!(listed(&mut org), "Anne");
    org.delete(&format!("{CONTACTS}/{id}")).expect(204);
    assert_eq!(listed(&mut org), "Anne");
    org.now += 3_000;
    assert!(ids(&org.get(CONTACTS).body).is_empty());
}

#[test]
fn a_lagging_list_shows_the_old_companies_of_a_contact_too() {
    let mut org = Org::with(PropstreetSettings {
        list_lag_millis: 3_000,
        ..PropstreetSettings::default()
    });
    let contact = org.contact(&json!({"firstName": "Ann"}));
    let company = org.company("Fjord Kapital AB");
    org.now += 3_000;
    org.link(&contact, &company);
    let listed = org.get(CONTACTS).body["data"][0].clone();
    assert_eq!(listed["companies"], json!([]));
    assert_eq!(org.get(COMPANIES).body["data"][0]["contacts"], json!([]));
    org.now += 3_000;
    assert_eq!(
        org.get(CONTACTS).body["data"][0]["companies"][0]["name"],
        "Fjord Kapital AB"
    );
}
