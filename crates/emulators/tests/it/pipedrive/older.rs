//! The older endpoints: users, merges, change logs, and those that are gone.

use emulators::pipedrive::Entity;
use serde_json::{Value, json};

use super::Account;

#[test]
fn me_tells_who_and_which_company() {
    let mut account = Account::new();
    for path in ["/v1/users/me", "/api/v1/users/me"] {
        let me = account.get(path).data();
        assert_eq!(
            (&me["id"], &me["is_you"], &me["company_domain"]),
            (&json!(11), &json!(true), &json!("nordlysbrokers"))
        );
    }
    let users = account.get("/v1/users").data();
    assert_eq!(users.as_array().unwrap().len(), 4);
    assert_eq!(users[1]["is_you"], false);
    assert_eq!(account.get("/v1/users/999").status, 404);
}

#[test]
fn endpoints_out_of_support_are_gone() {
    let mut account = Account::new();
    for path in [
        "/v1/persons",
        "/api/v1/persons/5",
        "/v1/organizations/search",
        "/v1/deals",
        "/v1/itemSearch",
        "/v1/stages/1",
    ] {
        let seen = account.get(path);
        assert_eq!(
            (seen.status, &seen.json()["success"]),
            (410, &json!(false)),
            "{path}"
        );
    }
    assert_eq!(account.get("/v1/nonsense").status, 404);
    assert_eq!(account.get("/api/v2/nonsense").status, 404);
    assert_eq!(account.call("PUT", "/api/v2/persons/1", None).status, 405);
    assert_eq!(account.get("/api/v2/persons/abc").status, 400);
}

#[test]
fn a_merge_keeps_the_survivor_and_fills_what_it_lacks() {
    let mut account = Account::new();
    let org = account.organization("Alnäs AB");
    let loser = account
        .post("/api/v2/persons", &json!({"name": "A Berg", "org_id": org, "emails": [{"value": "a@x.se"}], "phones": [{"value": "1"}]}))
        .id();
    let winner = account
        .post(
            "/api/v2/persons",
            &json!({"name": "Anna Berg", "emails": [{"value": "anna@x.se"}]}),
        )
        .id();

    let seen = account.call(
        "PUT",
        &format!("/v1/persons/{loser}/merge"),
        Some(&json!({"merge_with_id": winner})),
    );

    let person = seen.data();
    assert_eq!(
        (&person["id"], &person["name"], &person["org_name"]),
        (&json!(winner), &json!("Anna Berg"), &json!("Alnäs AB"))
    );
    assert_eq!(
        (&person["visible_to"], &person["merge_what_id"]),
        (&json!("3"), &json!(loser))
    );
    let shown = account.get(&format!("/api/v2/persons/{winner}")).data();
    assert_eq!(
        (&shown["emails"][0]["value"], &shown["phones"][0]["value"]),
        (&json!("anna@x.se"), &json!("1"))
    );
    assert_eq!(
        account.get(&format!("/api/v2/persons/{loser}")).data()["is_deleted"],
        true
    );
}

#[test]
fn merged_organizations_share_their_people() {
    let mut account = Account::new();
    let (loser, winner) = (
        account.organization("Alnäs"),
        account.organization("Alnäs AB"),
    );
    let person = account
        .post("/api/v2/persons", &json!({"name": "A B", "org_id": loser}))
        .id();
    let seen = account.call(
        "PUT",
        &format!("/v1/organizations/{loser}/merge"),
        Some(&json!({"merge_with_id": winner})),
    );
    assert_eq!(seen.data(), json!({"id": winner}));
    assert_eq!(
        account.get(&format!("/api/v2/persons/{person}")).data()["org_id"],
        winner
    );
}

#[test]
fn merges_with_nobody_or_with_oneself_are_refused() {
    let mut account = Account::new();
    let id = account.person("A B");
    let mut merge = |body: Value| {
        account
            .call("PUT", &format!("/v1/persons/{id}/merge"), Some(&body))
            .status
    };
    assert_eq!(merge(json!({"merge_with_id": 99})), 404);
    assert_eq!(merge(json!({"merge_with_id": id})), 400);
    assert_eq!(merge(json!({"merge_with_id": "2"})), 400);
    assert_eq!(merge(json!({"with": 2})), 400);
}

#[test]
fn the_change_log_is_newest_first_and_says_who() {
    let mut account = Account::new();
    let field = account.person_field(&json!({"field_name": "Tier", "field_type": "varchar"}));
    let id = account
        .post(
            "/api/v2/persons",
            &json!({"name": "A B", "emails": [{"value": "a@x.se"}]}),
        )
        .id();
    account.pass_seconds(60);
    account.patch(
        &format!("/api/v2/persons/{id}"),
        &json!({"emails": [{"value": "b@x.se"}]}),
    );
    account.pass_seconds(60);
    account
        .emulator
        .screen(account.now)
        .edit(
            Entity::Person,
            id,
            &json!({"custom_fields": {"Tier": "Gold"}}),
        )
        .unwrap();

    let path = format!("/v1/persons/{id}/changelog");
    let rows = account.get(&path).data();
    assert_eq!(
        rows[0],
        json!({
            "field_key": field, "old_value": null, "new_value": "Gold", "actor_user_id": 12, "time": "2026-01-14 10:02:00",
            "change_source": "app", "change_source_user_agent": null, "is_bulk_update_flag": false
        })
    );
    assert_eq!(
        (
            &rows[1]["field_key"],
            &rows[1]["old_value"],
            &rows[1]["new_value"]
        ),
        (&json!("email"), &json!("a@x.se"), &json!("b@x.se"))
    );
    assert_eq!(
        (&rows[1]["actor_user_id"], &rows[1]["change_source"]),
        (&json!(11), &json!("api"))
    );

    let first = account.get(&format!("{path}?limit=1"));
    let cursor = first.json()["additional_data"]["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    let second = account.get(&format!("{path}?limit=1&cursor={cursor}"));
    assert_eq!(
        (
            second.data()[0].clone(),
            second.json()["additional_data"]["next_cursor"].clone()
        ),
        (rows[1].clone(), Value::Null)
    );
    assert_eq!(account.get("/v1/persons/99/changelog").status, 404);
}
