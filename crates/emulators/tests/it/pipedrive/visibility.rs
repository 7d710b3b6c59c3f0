//! Who sees what: owners, groups, everyone, administrators.

use emulators::pipedrive::{PipedriveConfig, Subscription, Switches};
use serde_json::{Value, json};

use super::{Account, Seen};

/// Users 13 and 14 are no administrators.
fn as_user(
    account: &mut Account,
    user: i64,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Seen {
    let token = format!("token-of-{user}");
    account.emulator.add_token_of(&token, user);
    account.pass_seconds(1);
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("x-api-token", token)
        .header("content-type", "application/json")
        .body(
            body.map(|body| bytes::Bytes::from(body.to_string()))
                .unwrap_or_default(),
        )
        .unwrap();
    account.send(&request)
}

fn ids(seen: &Seen) -> Vec<i64> {
    let data = seen.data();
    data.as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_i64().unwrap())
        .collect()
}

#[test]
fn what_is_for_its_owner_is_hidden_from_colleagues_but_not_from_administrators() {
    let mut account = Account::new();
    account.post(
        "/api/v2/persons",
        &json!({"name": "A B", "owner_id": 13, "visible_to": 1}),
    );
    account.person("C D");
    assert_eq!(
        ids(&as_user(&mut account, 13, "GET", "/api/v2/persons", None)),
        [1, 2]
    );
    assert_eq!(
        ids(&as_user(&mut account, 14, "GET", "/api/v2/persons", None)),
        [2]
    );
    assert_eq!(
        ids(&as_user(
            &mut account,
            14,
            "GET",
            "/api/v2/persons?ids=1,2",
            None
        )),
        [2]
    );
    assert_eq!(ids(&account.get("/api/v2/persons")), [1, 2]);
    for (method, body) in [
        ("GET", None),
        ("PATCH", Some(json!({"name": "X Y"}))),
        ("DELETE", None),
    ] {
        let seen = as_user(&mut account, 14, method, "/api/v2/persons/1", body.as_ref());
        assert_eq!(seen.status, 403, "{method}");
        assert_eq!(
            seen.json()["error"],
            "You do not have permissions to do this."
        );
    }
    assert_eq!(account.get("/api/v2/persons/1").data()["name"], "A B");
}

#[test]
fn hidden_records_may_look_missing() {
    let mut account = Account::with(PipedriveConfig {
        switches: Switches {
            hidden_records_look_missing: true,
            ..Switches::default()
        },
        ..PipedriveConfig::default()
    });
    account.post(
        "/api/v2/persons",
        &json!({"name": "A B", "owner_id": 13, "visible_to": 1}),
    );
    assert_eq!(
        as_user(&mut account, 14, "GET", "/api/v2/persons/1", None).status,
        404
    );
    assert_eq!(
        as_user(&mut account, 13, "GET", "/api/v2/persons/1", None).status,
        200
    );
}

#[test]
fn on_higher_plans_groups_see_what_is_theirs_and_below() {
    let mut account = Account::with(PipedriveConfig {
        subscription: Subscription::Premium,
        ..PipedriveConfig::default()
    });
    let now = account.now;
    // Group 1 is above 2 and 3.
    account.emulator.set_user_group(13, 2, now).unwrap();
    account.emulator.set_user_group(14, 3, now).unwrap();
    let ida = account
        .emulator
        .add_user("Ida Holm", "ida@nordlysbrokers.se", false, now);
    for (owner, visible_to) in [(13, 3), (ida, 3), (ida, 5), (13, 7)] {
        account.post(
            "/api/v2/organizations",
            &json!({"name": "X", "owner_id": owner, "visible_to": visible_to}),
        );
    }
    assert_eq!(
        ids(&as_user(
            &mut account,
            13,
            "GET",
            "/api/v2/organizations",
            None
        )),
        [1, 3, 4]
    );
    assert_eq!(
        ids(&as_user(
            &mut account,
            14,
            "GET",
            "/api/v2/organizations",
            None
        )),
        [3, 4]
    );
    assert_eq!(
        ids(&as_user(
            &mut account,
            ida,
            "GET",
            "/api/v2/organizations",
            None
        )),
        [2, 3, 4]
    );
    let permitted = account.get("/v1/organizations/1/permittedUsers").data();
    assert_eq!(permitted, json!([11, 12, 13]));
}

#[test]
fn events_go_only_to_webhooks_of_users_who_may_see_the_record() {
    let mut account = Account::new();
    let body = |user: i64| {
        json!({"subscription_url": format!("https://sync.example.com/{user}"), "event_action": "*",
            "event_object": "*", "name": "all", "version": "2.0", "user_id": user})
    };
    account.post("/v1/webhooks", &body(13));
    account.post("/v1/webhooks", &body(14));
    account.post(
        "/api/v2/persons",
        &json!({"name": "A B", "owner_id": 13, "visible_to": 1}),
    );
    let due = account.due();
    assert_eq!(due.len(), 1);
    assert!(due[0].url.ends_with("/13"));
    let payload: Value = serde_json::from_slice(&due[0].body).unwrap();
    assert_eq!(
        payload["meta"]["permitted_user_ids"],
        json!(["11", "12", "13"])
    );
}

#[test]
fn only_administrators_change_what_is_everyones() {
    let mut account = Account::new();
    let body = json!({"name": "Visit", "icon_key": "car"});
    let seen = as_user(&mut account, 14, "POST", "/v1/activityTypes", Some(&body));
    assert_eq!(seen.status, 403);
    account.person("A B");
    let note = json!({"content": "x", "person_id": 1, "user_id": 13});
    assert_eq!(
        as_user(&mut account, 14, "POST", "/v1/notes", Some(&note)).status,
        403
    );
    assert_eq!(account.post("/v1/notes", &note).data()["user_id"], 13);
}

#[test]
fn a_colleague_may_come_with_a_token_of_their_own() {
    let mut account = Account::new();
    let hidden = json!({"name": "A B", "visible_to": 1});
    let id = account.post("/api/v2/persons", &hidden).id();
    let colleague =
        json!({"name": "Torunn Bakke", "email": "torunn@example.com", "token": "of-torunn"});
    let came = account.post("/_emulator/colleague", &colleague).json();
    let read =
        http::Request::get(format!("/api/v2/persons/{id}")).header("x-api-token", "of-torunn");
    assert_eq!(
        account
            .send(&read.body(bytes::Bytes::new()).unwrap())
            .status,
        403
    );
    let me = http::Request::get("/v1/users/me").header("x-api-token", "of-torunn");
    let me = account.send(&me.body(bytes::Bytes::new()).unwrap()).data();
    assert_eq!(me["id"], came["id"]);
}
