//! What an office has besides: types of activities, filters, files, currencies, users, timelines.

use emulators::pipedrive::Entity;
use serde_json::{Value, json};

use super::{Account, keys_in_order};

fn ids(list: &Value) -> Vec<i64> {
    let rows = list["data"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

/// A filter with one condition; its id.
fn filter(account: &mut Account, of_type: &str, condition: &Value) -> i64 {
    let conditions = json!({"glue": "and", "conditions": [
        {"glue": "and", "conditions": [condition]}, {"glue": "or", "conditions": []}]});
    let body = json!({"name": "mine", "type": of_type, "conditions": conditions});
    let made = account.post("/v1/filters", &body);
    assert_eq!(made.status, 200, "{}", made.text);
    account.pass_seconds(1);
    made.data()["id"].as_i64().unwrap()
}

/// The number of a field among the older field definitions.
fn field(account: &mut Account, path: &str, key: &str) -> i64 {
    let fields = account.get(path).data();
    let rows = fields.as_array().unwrap();
    let field = rows.iter().find(|field| field["key"] == key).unwrap();
    field["id"].as_i64().unwrap()
}

#[test]
fn types_of_activities_are_made_renamed_and_removed() {
    let mut account = Account::new();
    let types = account.get("/v1/activityTypes").data();
    assert_eq!(types[0]["key_string"], "call");
    let made = account.post(
        "/v1/activityTypes",
        &json!({"name": "Video call", "icon_key": "camera", "color": "aeb31b"}),
    );
    keys_in_order(
        &made.text,
        &[
            "id",
            "order_nr",
            "name",
            "key_string",
            "icon_key",
            "active_flag",
            "color",
            "is_custom_flag",
        ],
    );
    let made = made.data();
    assert_eq!(
        (&made["key_string"], &made["is_custom_flag"]),
        (&json!("video_call"), &json!(true))
    );
    let path = format!("/v1/activityTypes/{}", made["id"]);
    let renamed = account
        .call("PUT", &path, Some(&json!({"name": "Visit"})))
        .data();
    assert_eq!(
        (&renamed["name"], &renamed["key_string"]),
        (&json!("Visit"), &json!("video_call"))
    );
    let deleted = account.delete(&path).data();
    assert_eq!(deleted["active_flag"], false);
    assert_eq!(account.delete(&path).status, 404);
    account
        .post("/v1/activityTypes", &json!({"name": "Visit"}))
        .refused_for("icon_key: is required");
    account
        .post(
            "/v1/activityTypes",
            &json!({"name": "Call", "icon_key": "call"}),
        )
        .refused_for("taken");
    account
        .post(
            "/v1/activityTypes",
            &json!({"name": "X", "icon_key": "skull"}),
        )
        .refused_for("icon");
}

#[test]
fn currencies_can_be_looked_for() {
    let mut account = Account::new();
    assert!(
        account
            .get("/v1/currencies")
            .data()
            .as_array()
            .unwrap()
            .len()
            > 5
    );
    let found = account.get("/v1/currencies?term=krona").data();
    assert_eq!(found[0]["code"], "SEK");
    assert_eq!(found[0]["decimal_points"], 2);
}

#[test]
fn a_filter_really_filters_by_the_field_it_names() {
    let mut account = Account::new();
    for name in ["Anna Berg", "Bo Dahl", "Anna Lund"] {
        account.person(name);
    }
    let name = field(&mut account, "/v1/personFields", "name");
    for (operator, value, expected) in [
        ("LIKE '$%'", json!("anna"), vec![1, 3]),
        ("NOT LIKE '$%'", json!("anna"), vec![2]),
        ("LIKE '%$%'", json!("DAHL"), vec![2]),
        ("=", json!("Bo Dahl"), vec![2]),
        ("!=", json!("Bo Dahl"), vec![1, 3]),
        ("IS NULL", Value::Null, vec![]),
        ("IS NOT NULL", Value::Null, vec![1, 2, 3]),
    ] {
        let condition =
            json!({"object": "person", "field_id": name, "operator": operator, "value": value});
        let id = filter(&mut account, "people", &condition);
        let seen = account.get(&format!("/api/v2/persons?filter_id={id}"));
        assert_eq!(ids(&seen.json()), expected, "{operator}");
        account.pass_seconds(1);
    }
}

#[test]
fn filters_know_numbers_days_options_and_related_records() {
    let mut account = Account::new();
    let code = account.person_field(&json!({"field_name": "Budget", "field_type": "double"}));
    let kind = account.person_field(&json!({"field_name": "Kind", "field_type": "enum", "options": [{"label": "A"}, {"label": "B"}]}));
    let option =
        account.get(&format!("/api/v2/personFields/{kind}")).data()["options"][1]["id"].clone();
    let org = account.organization("Alnäs AB");
    account.post(
        "/api/v2/persons",
        &json!({"name": "A B", "org_id": org, "custom_fields": {&code: 90, &kind: option}}),
    );
    account.pass_seconds(2 * 86_400);
    account.post(
        "/api/v2/persons",
        &json!({"name": "C D", "custom_fields": {&code: 200}}),
    );
    let budget = field(&mut account, "/v1/personFields", &code);
    let kind = field(&mut account, "/v1/personFields", &kind);
    let added = field(&mut account, "/v1/personFields", "add_time");
    let org_name = field(&mut account, "/v1/organizationFields", "name");
    account.pass_seconds(3);
    for (object, field, operator, value, expected) in [
        ("person", budget, ">", json!(100), vec![2]),
        ("person", budget, "<=", json!("90"), vec![1]),
        ("person", kind, "=", option, vec![1]),
        ("person", kind, "IS NULL", Value::Null, vec![2]),
        ("person", added, "=", json!("2026-01-14"), vec![1]),
        ("person", added, "=", json!("today"), vec![2]),
        ("person", added, "<", json!("today"), vec![1]),
        ("person", added, "=", json!("this_month"), vec![1, 2]),
        ("person", added, ">=", json!("1_week_ago"), vec![1, 2]),
        ("organization", org_name, "LIKE '$%'", json!("Aln"), vec![1]),
    ] {
        let condition = json!({"object": object, "field_id": field.to_string(), "operator": operator, "value": value});
        let id = filter(&mut account, "people", &condition);
        let seen = account.get(&format!("/api/v2/persons?filter_id={id}"));
        assert_eq!(ids(&seen.json()), expected, "{condition}");
        account.pass_seconds(1);
    }
}

#[test]
fn a_filter_overrides_every_other_filter_and_fits_its_own_lists_only() {
    let mut account = Account::new();
    account.person("Anna Berg");
    account.person("Bo Dahl");
    let name = field(&mut account, "/v1/personFields", "name");
    let condition =
        json!({"object": "person", "field_id": name, "operator": "=", "value": "Bo Dahl"});
    let id = filter(&mut account, "people", &condition);
    let seen = account.get(&format!("/api/v2/persons?filter_id={id}&ids=1&owner_id=12"));
    assert_eq!(ids(&seen.json()), [2]);
    account
        .get(&format!("/api/v2/organizations?filter_id={id}"))
        .refused_for("filter_id");
    account
        .get("/api/v2/persons?filter_id=77")
        .refused_for("filter_id");
}

#[test]
fn filters_are_shown_with_their_conditions_one_by_one_only() {
    let mut account = Account::new();
    let name = field(&mut account, "/v1/personFields", "name");
    let condition = json!({"object": "person", "field_id": name, "operator": "=", "value": "x"});
    let id = filter(&mut account, "people", &condition);
    let one = account
        .get(&format!("/v1/filters/{id}?include_field_code=true"))
        .data();
    assert_eq!(
        one["conditions"]["conditions"][0]["conditions"][0]["field_code"],
        "name"
    );
    let listed = account.get("/v1/filters?type=people").data();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["conditions"]),
        (&json!(id), &Value::Null)
    );
    assert_eq!(account.get("/v1/filters?type=deals").data(), json!([]));
    account.get("/v1/filters?type=moods").refused_for("type");
    assert_eq!(
        account.delete(&format!("/v1/filters/{id}")).data()["id"],
        id
    );
    assert_eq!(account.get(&format!("/v1/filters/{id}")).status, 404);
}

#[test]
fn conditions_that_cannot_be_are_refused() {
    let mut account = Account::new();
    let mut refused = |conditions: Value, reason: &str| {
        let body = json!({"name": "mine", "type": "people", "conditions": conditions});
        account.pass_seconds(1);
        account.post("/v1/filters", &body).refused_for(reason);
    };
    let whole = |all: Value| json!({"glue": "and", "conditions": [{"glue": "and", "conditions": all}, {"glue": "or", "conditions": []}]});
    refused(json!({"glue": "or", "conditions": []}), "glued with 'and'");
    refused(json!({"glue": "and", "conditions": []}), "two groups");
    refused(
        whole(json!([{"object": "person", "field_id": 9_999, "operator": "=", "value": 1}])),
        "does not exist",
    );
    refused(
        whole(json!([{"object": "person", "field_id": 1, "operator": "~", "value": 1}])),
        "operator",
    );
    let one = json!({"object": "person", "field_id": 1, "operator": "=", "value": 1});
    refused(whole(Value::Array(vec![one; 17])), "at most 16");
}

#[test]
fn files_are_attached_by_users_and_listed_by_record() {
    let mut account = Account::new();
    let person = account.person("Anna Berg");
    account.organization("Alnäs AB");
    let now = account.now;
    account
        .emulator
        .attach_file((Entity::Person, person), "plan.pdf", 7_801, now)
        .unwrap();
    account
        .emulator
        .attach_file((Entity::Organization, 1), "lease.docx", 12, now)
        .unwrap();
    assert!(
        account
            .emulator
            .attach_file((Entity::Person, 99), "x", 1, now)
            .is_err()
    );
    let all = account.get("/v1/files").json();
    assert_eq!(ids(&all), [1, 2]);
    assert_eq!(all["data"][0]["person_name"], "Anna Berg");
    assert_eq!(
        (&all["data"][0]["file_type"], &all["data"][0]["file_size"]),
        (&json!("pdf"), &json!(7_801))
    );
    assert_eq!(ids(&account.get("/v1/organizations/1/files").json()), [2]);
    assert_eq!(account.delete("/v1/files/2").data()["id"], 2);
    assert_eq!(account.get("/v1/files/2").status, 404);
}

#[test]
fn users_are_found_by_name_and_by_address() {
    let mut account = Account::new();
    let found = account.get("/v1/users/find?term=mort").data();
    assert_eq!(
        (found.as_array().unwrap().len(), &found[0]["name"]),
        (1, &json!("Morten Vik"))
    );
    assert_eq!(
        account.get("/v1/users/find?term=morten.vik").data(),
        json!([])
    );
    assert_eq!(
        account
            .get("/v1/users/find?term=morten.vik&search_by_email=1")
            .data()[0]["id"],
        13
    );
    account
        .get("/v1/users/find?term=m")
        .refused_for("at least 2");
}

#[test]
fn administrators_add_users_and_let_them_go_and_webhooks_tell_it() {
    let mut account = Account::new();
    account.subscribe();
    let made = account.post("/v1/users", &json!({"email": "ida.holm@nordlysbrokers.se"}));
    let id = made.data()["id"].as_i64().unwrap();
    account
        .post("/v1/users", &json!({"email": "ida.holm@nordlysbrokers.se"}))
        .refused_for("another user");
    let path = format!("/v1/users/{id}");
    let gone = account.call("PUT", &path, Some(&json!({"active_flag": false})));
    assert_eq!(gone.data()["active_flag"], false);
    let events = account.received();
    assert_eq!(events.len(), 2);
    let meta = &events[1]["meta"];
    assert_eq!(
        (&meta["action"], &meta["entity"], &meta["id"]),
        (&json!("change"), &json!("user"), &json!(id.to_string()))
    );
    assert_eq!(meta["timestamp"], 1_768_384_800);
    assert_eq!(meta.get("permitted_user_ids"), None);
    assert_eq!(events[1]["previous"], json!({"active_flag": true}));
    assert_eq!(events[1]["data"]["created"], "2026-01-14 10:00:00");
}

#[test]
fn a_timeline_has_changes_and_notes_the_latest_first() {
    let mut account = Account::new();
    let person = account.person("Anna Berg");
    account.pass_seconds(60);
    account.patch(
        &format!("/api/v2/persons/{person}"),
        &json!({"name": "Anna Lund"}),
    );
    account.pass_seconds(60);
    account.post("/v1/notes", &json!({"content": "x", "person_id": person}));
    let flow = account.get(&format!("/v1/persons/{person}/flow")).data();
    assert_eq!(
        (&flow[0]["object"], &flow[0]["data"]["content"]),
        (&json!("note"), &json!("x"))
    );
    assert_eq!(flow[1]["object"], "personChange");
    assert_eq!(flow[1]["data"]["new_value"], "Lund");
    assert_eq!(account.get("/v1/persons/99/flow").status, 404);
}

#[test]
fn a_filter_of_leads_narrows_their_list_together_with_the_rest() {
    let mut account = Account::new();
    let person = account.person("Ann Lie");
    for (title, amount) in [
        ("Office, Oslo", 100),
        ("Office, Bergen", 900),
        ("Shop", 500),
    ] {
        let value = json!({"amount": amount, "currency": "NOK"});
        let lead = json!({"title": title, "person_id": person, "value": value});
        account.post("/v1/leads", &lead);
    }
    let title = field(&mut account, "/v1/dealFields", "title");
    let value = field(&mut account, "/v1/dealFields", "value");
    for (number, operator, wanted, expected) in [
        (
            title,
            "LIKE '$%'",
            "office",
            vec!["Office, Oslo", "Office, Bergen"],
        ),
        (value, ">", "400", vec!["Office, Bergen", "Shop"]),
    ] {
        let condition =
            json!({"object": "lead", "field_id": number, "operator": operator, "value": wanted});
        let id = filter(&mut account, "leads", &condition);
        let seen = account.get(&format!("/v1/leads?filter_id={id}"));
        let rows = seen.data().as_array().unwrap().clone();
        let titles: Vec<_> = rows
            .iter()
            .map(|row| row["title"].as_str().unwrap())
            .collect();
        assert_eq!(titles, expected);
        account.pass_seconds(1);
        let nobodys = format!("/v1/leads?filter_id={id}&person_id={}", person + 1);
        assert_eq!(account.get(&nobodys).data(), json!([]));
        assert_eq!(
            account.get(&format!("/api/v2/deals?filter_id={id}")).status,
            400
        );
    }
    assert_eq!(account.get("/v1/leads?filter_id=77").status, 400);
}
