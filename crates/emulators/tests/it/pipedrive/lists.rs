//! Lists: pages, cursors, filters and lag.

use emulators::pipedrive::PipedriveConfig;
use serde_json::{Value, json};

use super::{Account, Seen};

fn ids(seen: &Seen) -> Vec<i64> {
    assert_eq!(seen.status, 200, "{}", seen.text);
    seen.data()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_i64().unwrap())
        .collect()
}

fn next_cursor(seen: &Seen) -> Option<String> {
    seen.json()["additional_data"]["next_cursor"]
        .as_str()
        .map(str::to_owned)
}

/// Persons A to E, a second apart, each changed in the order C, A, E.
fn five() -> Account {
    let mut account = Account::new();
    for name in ["A", "B", "C", "D", "E"] {
        account.person(name);
        account.pass_seconds(1);
    }
    for id in [3, 1, 5] {
        account.patch(
            &format!("/api/v2/persons/{id}"),
            &json!({"name": "changed"}),
        );
        account.pass_seconds(1);
    }
    account
}

#[test]
fn pages_follow_each_other_to_the_end_in_every_order() {
    let mut account = five();
    for (query, expected) in [
        ("", [1, 2, 3, 4, 5]),
        ("&sort_direction=desc", [5, 4, 3, 2, 1]),
        ("&sort_by=add_time&sort_direction=desc", [5, 4, 3, 2, 1]),
        ("&sort_by=update_time", [2, 4, 3, 1, 5]),
        ("&sort_by=update_time&sort_direction=desc", [5, 1, 3, 4, 2]),
    ] {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            account.pass_seconds(1);
            let seen = account.get(&format!("/api/v2/persons?limit=2{query}{cursor}"));
            all.extend(ids(&seen));
            match next_cursor(&seen) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(all, expected, "{query}");
    }
}

#[test]
fn a_cursor_names_the_first_row_of_the_next_page() {
    use base64::Engine;
    let mut account = five();
    let cursor = next_cursor(&account.get("/api/v2/persons?limit=2")).unwrap();
    let inside = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(cursor)
        .unwrap();
    let inside: Value = serde_json::from_slice(&inside).unwrap();
    assert_eq!(
        (
            &inside["field"],
            &inside["fieldValue"],
            &inside["sortDirection"],
            &inside["id"]
        ),
        (&json!("id"), &json!(3), &json!("asc"), &json!(3))
    );
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let mut account = five();
    let cursor = next_cursor(&account.get("/api/v2/persons?limit=2")).unwrap();
    for query in ["&sort_by=add_time", "&sort_direction=desc", "&owner_id=11"] {
        account
            .get(&format!("/api/v2/persons?limit=2&cursor={cursor}{query}"))
            .refused_for("cursor");
    }
    account
        .get("/api/v2/persons?cursor=nonsense")
        .refused_for("cursor");
}

#[test]
fn limits_ids_and_sorts_out_of_range_are_refused() {
    let mut account = five();
    for query in [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=ten",
        "sort_by=name",
        "sort_direction=up",
        "ids=1,x",
        "owner_id=me",
        "filter_id=3",
    ] {
        assert_eq!(
            account.get(&format!("/api/v2/persons?{query}")).status,
            400,
            "{query}"
        );
        account.pass_seconds(1);
    }
    let many: Vec<String> = (1..=101).map(|id: i64| id.to_string()).collect();
    account
        .get(&format!("/api/v2/persons?ids={}", many.join(",")))
        .refused_for("at most 100 ids");
}

#[test]
fn ids_that_are_missing_or_deleted_are_left_out() {
    let mut account = five();
    account.delete("/api/v2/persons/4");
    assert_eq!(ids(&account.get("/api/v2/persons?ids=5,4,2,77")), [2, 5]);
}

#[test]
fn deleted_rows_are_never_listed() {
    let mut account = five();
    account.delete("/api/v2/persons/1");
    assert_eq!(ids(&account.get("/api/v2/persons")), [2, 3, 4, 5]);
    assert_eq!(
        ids(&account.get("/api/v2/persons?updated_since=2020-01-01T00:00:00Z")),
        [3, 5]
    );
}

#[test]
fn updated_since_is_inclusive_updated_until_is_not_and_rows_never_changed_match_neither() {
    let mut account = five();
    // C was changed at 10:00:05, A at 10:00:06, E at 10:00:07.
    assert_eq!(
        ids(&account.get("/api/v2/persons?updated_since=2026-01-14T10:00:06Z")),
        [1, 5]
    );
    assert_eq!(
        ids(&account.get("/api/v2/persons?updated_until=2026-01-14T10:00:06Z")),
        [3]
    );
    let both = "/api/v2/persons?updated_since=2026-01-14T11:00:05%2B01:00&updated_until=2026-01-14T10:00:07Z&sort_by=update_time";
    assert_eq!(ids(&account.get(both)), [3, 1]);
}

#[test]
fn times_with_a_fraction_or_without_a_zone_are_refused() {
    let mut account = five();
    for time in [
        "2026-01-14T10:00:06.5Z",
        "2026-01-14T10:00:06",
        "2026-01-14 10:00:06Z",
        "2026-01-14",
        "1768384806",
    ] {
        account
            .get(&format!(
                "/api/v2/persons?updated_since={}",
                time.replace(' ', "%20")
            ))
            .refused_for("not a valid datetime");
    }
}

#[test]
fn people_are_found_by_organization_and_owner() {
    let mut account = five();
    let org = account.organization("Alnäs");
    account.pass_seconds(2);
    account.patch("/api/v2/persons/2", &json!({"org_id": org, "owner_id": 13}));
    assert_eq!(
        ids(&account.get(&format!("/api/v2/persons?org_id={org}"))),
        [2]
    );
    assert_eq!(ids(&account.get("/api/v2/persons?owner_id=13")), [2]);
    assert_eq!(
        ids(&account.get("/api/v2/persons?owner_id=11")),
        [1, 3, 4, 5]
    );
}

#[test]
fn a_lagging_list_shows_the_old_version_while_one_record_shows_the_new() {
    let mut account = Account::with(PipedriveConfig {
        list_lag_millis: 5_000,
        ..Default::default()
    });
    account.person("Old");
    account.person("Gone");
    account.pass_seconds(10);
    account.patch("/api/v2/persons/1", &json!({"name": "New"}));
    account.pass_seconds(1);
    account.patch("/api/v2/persons/1", &json!({"name": "Newer"}));
    account.delete("/api/v2/persons/2");
    account.person("Young");

    let listed = account.get("/api/v2/persons").data();
    assert_eq!(
        (ids(&account.get("/api/v2/persons")), &listed[0]["name"]),
        (vec![1, 2], &json!("Old"))
    );
    assert!(ids(&account.get("/api/v2/persons?updated_since=2026-01-14T10:00:00Z")).is_empty());
    assert_eq!(account.get("/api/v2/persons/1").data()["name"], "Newer");

    account.pass_millis(4_500);
    assert_eq!(account.get("/api/v2/persons").data()[0]["name"], "New");
    account.pass_millis(1_000);
    assert_eq!(account.get("/api/v2/persons").data()[0]["name"], "Newer");
    assert_eq!(ids(&account.get("/api/v2/persons")), [1, 3]);
}

#[test]
fn pages_of_a_lagging_list_keep_their_order() {
    let mut account = Account::with(PipedriveConfig {
        list_lag_millis: 60_000,
        ..Default::default()
    });
    for name in ["A", "B", "C", "D"] {
        account.person(name);
    }
    account.pass_seconds(100);
    account.patch("/api/v2/persons/2", &json!({"name": "changed"}));
    account.delete("/api/v2/persons/3");
    let first = account.get("/api/v2/persons?limit=3");
    assert_eq!(ids(&first), [1, 2, 3]);
    let cursor = next_cursor(&first).unwrap();
    assert_eq!(
        ids(&account.get(&format!("/api/v2/persons?limit=3&cursor={cursor}"))),
        [4]
    );
}
