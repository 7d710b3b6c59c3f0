//! Whatever is sent, an answer comes back in the vendor's envelope, and the indexes stay true.

use emulators::brokerage::Brokerage;
use emulators::pipedrive::{Limits, PipedriveConfig};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::Account;

const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "DELETE", "PUT"];
const PATHS: [&str; 18] = [
    "/api/v2/persons",
    "/api/v2/persons/3",
    "/api/v2/persons/8",
    "/api/v2/persons/-1",
    "/api/v2/persons/99999999999999999999",
    "/api/v2/organizations",
    "/api/v2/organizations/2",
    "/api/v2/organizations/4",
    "/api/v2/personFields",
    "/api/v2/personFields/label_ids",
    "/api/v2/personFields/label_ids/options",
    "/api/v2/organizationFields/industry/options",
    "/v1/persons/3/merge",
    "/v1/organizations/4/merge",
    "/v1/persons/3/changelog",
    "/v1/webhooks",
    "/v1/webhooks/1",
    "//",
];
const QUERIES: [&str; 12] = [
    "limit=3",
    "limit=3&sort_by=update_time&sort_direction=desc",
    "sort_by=add_time&sort_direction=desc",
    "updated_since=2026-01-01T00:00:00Z&sort_by=update_time&sort_direction=desc",
    "updated_until=9999-12-31T23:59:59Z",
    "cursor=eyJmaWVsZCI6ImlkIn0",
    "cursor=%FF%00",
    "ids=1,2,3,4",
    "include_fields=people_count,notes_count",
    "custom_fields=,,,",
    "%",
    "=&&=",
];

fn body(random: &mut ChaCha8Rng) -> Value {
    let bodies = [
        json!({"name": "Ny Person"}),
        json!({"name": "Ny Person", "org_id": 2, "label_ids": [1, 1]}),
        json!({"org_id": null, "emails": [], "phones": [{"value": ""}]}),
        json!({"name": "\u{0}\u{fffd} \"citat\" \\ 🏢", "add_time": "9999-12-31T23:59:59Z"}),
        json!({"address": {"value": "", "country": null}, "annual_revenue": i64::MAX}),
        json!({"custom_fields": {"x": {"y": []}}, "owner_id": 1.5}),
        json!({"merge_with_id": 2}),
        json!({"merge_with_id": 9}),
        json!([{"label": "Ny"}]),
        json!([{"id": 1}]),
        json!({"field_name": "Ny", "field_type": "set", "options": [{"label": "a"}]}),
        json!({"subscription_url": "https://a.example.com", "event_action": "*", "event_object": "*", "name": "n"}),
        json!([[], {}, null]),
        json!("text"),
    ];
    bodies[random.random_range(0..bodies.len())].clone()
}

#[test]
fn any_request_gets_an_answer_in_the_envelope() {
    let mut account = Account::with(PipedriveConfig {
        limits: Limits::Off,
        list_lag_millis: 700,
        ..Default::default()
    });
    account
        .emulator
        .seed(&Brokerage::generate(2, 10, 30), account.now);
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let mut by_status = std::collections::BTreeMap::<u16, u32>::new();
    for _ in 0..8_000 {
        account.pass_millis(random.random_range(0..400));
        let path = PATHS[random.random_range(0..PATHS.len())];
        let query = QUERIES[random.random_range(0..QUERIES.len())];
        let uri = if random.random() {
            format!("{path}?{query}")
        } else {
            path.to_owned()
        };
        let body = body(&mut random);
        let seen = account.call(
            METHODS[random.random_range(0..METHODS.len())],
            &uri,
            Some(&body),
        );
        assert!(
            seen.json()["success"].is_boolean(),
            "{uri} {body}: {}",
            seen.text
        );
        assert_eq!(
            seen.json()["success"] == true,
            seen.status < 300,
            "{uri} {body}: {}",
            seen.text
        );
        *by_status.entry(seen.status).or_default() += 1;
    }
    assert!(
        by_status.keys().all(|status| *status < 500),
        "{by_status:?}"
    );
    assert!(
        [200, 201, 400, 404, 405]
            .iter()
            .all(|status| by_status.contains_key(status)),
        "{by_status:?}"
    );

    every_order_lists_every_live_person(&mut account);
}

fn every_order_lists_every_live_person(account: &mut Account) {
    account.pass_seconds(10);
    let live = account
        .emulator
        .persons()
        .iter()
        .filter(|person| person["is_deleted"] == false)
        .count();
    for order in ["id", "update_time", "add_time"] {
        let mut rows = 0;
        let mut cursor = String::new();
        loop {
            let page = account
                .get(&format!(
                    "/api/v2/persons?limit=500&sort_by={order}{cursor}"
                ))
                .json();
            rows += page["data"].as_array().unwrap().len();
            let Some(next) = page["additional_data"]["next_cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(rows, live, "{order}");
    }
}
