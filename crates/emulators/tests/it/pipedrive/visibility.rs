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

/// A deal and a lead that are for user 13 alone, about a person for user 13 alone; the lead's id.
fn secrets(account: &mut Account) -> String {
    account.person("C D");
    let hers = json!({"name": "A B", "owner_id": 13, "visible_to": 1});
    account.post("/api/v2/persons", &hers);
    let deal = json!({"title": "Storgata 12", "person_id": 2, "owner_id": 13, "visible_to": 1});
    account.post("/api/v2/deals", &deal);
    let lead = json!({"title": "Storgata 14", "person_id": 2, "owner_id": 13, "visible_to": "1"});
    let lead = account.post("/v1/leads", &lead).data();
    account.post("/api/v2/products", &json!({"name": "Valuation"}));
    lead["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_hangs_on_a_hidden_deal_or_lead_is_as_hidden() {
    let mut account = Account::new();
    let lead = secrets(&mut account);
    let product = json!({"product_id": 1, "item_price": 10, "quantity": 1});
    account.post("/api/v2/deals/1/products", &product);
    for (method, path, body) in [
        ("GET", "/v1/deals/1/participants", None),
        (
            "POST",
            "/v1/deals/1/participants",
            Some(json!({"person_id": 1})),
        ),
        ("GET", "/v1/deals/1/participantsChangelog", None),
        ("GET", "/api/v2/deals/1/followers", None),
        (
            "POST",
            "/api/v2/deals/1/followers",
            Some(json!({"user_id": 14})),
        ),
        ("GET", "/v1/deals/1/followers", None),
        ("GET", "/api/v2/deals/1/products", None),
        ("POST", "/api/v2/deals/1/products", Some(product.clone())),
        ("POST", "/api/v2/deals/1/convert/lead", None),
        ("GET", &format!("/v1/leads/{lead}"), None),
        (
            "PATCH",
            &format!("/v1/leads/{lead}"),
            Some(json!({"title": "X"})),
        ),
        ("DELETE", &format!("/v1/leads/{lead}"), None),
        ("POST", &format!("/api/v2/leads/{lead}/convert/deal"), None),
    ] {
        let hidden = as_user(&mut account, 14, method, path, body.as_ref());
        assert_eq!(hidden.status, 403, "{method} {path}: {}", hidden.text);
    }
    let of_user = |account: &mut Account, user, path| -> usize {
        let data = as_user(account, user, "GET", path, None).data();
        data.as_array().map_or(0, Vec::len)
    };
    for path in ["/v1/leads", "/api/v2/deals/products?deal_ids=1"] {
        assert_eq!(of_user(&mut account, 14, path), 0, "{path}");
        assert_eq!(of_user(&mut account, 13, path), 1, "{path}");
    }
    assert_eq!(of_user(&mut account, 13, "/v1/deals/1/participants"), 1);
}

#[test]
fn a_hidden_participant_is_not_among_those_a_colleague_sees() {
    let mut account = Account::new();
    secrets(&mut account);
    let deal = json!({"title": "Havnegata 3", "person_id": 1});
    account.post("/api/v2/deals", &deal);
    account.post("/v1/deals/2/participants", &json!({"person_id": 2}));
    let people = |account: &mut Account, user| {
        let seen = as_user(account, user, "GET", "/v1/deals/2/participants", None);
        let rows = seen.data().as_array().cloned().unwrap_or_default();
        let ids = rows.iter().map(|row| row["person_id"]["value"].clone());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(people(&mut account, 13), [json!(1), json!(2)]);
    assert_eq!(people(&mut account, 14), [json!(1)]);
    let joins = json!({"person_id": 2});
    let refused = as_user(
        &mut account,
        14,
        "POST",
        "/v1/deals/2/participants",
        Some(&joins),
    );
    assert_eq!(refused.status, 403);
}

#[test]
fn searches_find_only_what_the_caller_sees() {
    let mut account = Account::new();
    secrets(&mut account);
    let open = json!({"title": "Storgata 16", "person_id": 2});
    account.post("/api/v2/deals", &open);
    account.pass_seconds(10);
    let found = |account: &mut Account, user, path: &str| {
        let seen = as_user(account, user, "GET", path, None);
        assert_eq!(seen.status, 200, "{}", seen.text);
        seen.data()
    };
    let titles = |data: &Value| -> Vec<String> {
        let items = data["items"].as_array().unwrap().iter();
        let titles = items.map(|row| row["item"]["title"].as_str().unwrap().to_owned());
        titles.collect()
    };
    let path = "/api/v2/itemSearch?term=storgata&search_for_related_items=true";
    let hers = found(&mut account, 13, path);
    assert_eq!(titles(&hers).len(), 3);
    assert_eq!(hers["related_items"][0]["item"]["name"], "A B");
    let his = found(&mut account, 14, path);
    assert_eq!(titles(&his), ["Storgata 16"]);
    assert_eq!(his["items"][0]["item"]["person"], Value::Null);
    assert_eq!(his["related_items"], json!([]));
    let field = "/api/v2/itemSearch/field?entity_type=person&field=name&term=A%20B";
    let names = |account: &mut Account, user| found(account, user, field).as_array().unwrap().len();
    assert_eq!((names(&mut account, 13), names(&mut account, 14)), (1, 0));
}
