//! Users' deeds, the control API, seeding, and keeping the account.

use emulators::brokerage::Brokerage;
use emulators::pipedrive::{Entity, PipedriveConfig, PipedriveEmulator};
use serde_json::{Value, json};

use super::Account;

fn seeded(companies: usize, people: usize) -> Account {
    let mut account = Account::new();
    account
        .emulator
        .seed(&Brokerage::generate(7, companies, people), account.now);
    account
}

#[test]
fn a_quiet_deed_changes_the_record_and_tells_nobody() {
    let mut account = Account::new();
    account.subscribe();
    let now = account.now;
    let person = account
        .emulator
        .screen(now)
        .quietly()
        .add(Entity::Person, &json!({"name": "A B"}))
        .unwrap();
    account
        .emulator
        .screen(now)
        .quietly()
        .edit(Entity::Person, person, &json!({"name": "C D"}))
        .unwrap();
    let other = account
        .emulator
        .screen(now)
        .quietly()
        .add(Entity::Person, &json!({"name": "E F"}))
        .unwrap();
    account
        .emulator
        .screen(now)
        .quietly()
        .merge(Entity::Person, other, person)
        .unwrap();
    account
        .emulator
        .screen(now)
        .quietly()
        .delete(Entity::Person, person)
        .unwrap();
    account
        .emulator
        .screen(now)
        .quietly()
        .restore(Entity::Person, person)
        .unwrap();
    assert!(account.due().is_empty());
    assert_eq!(
        account.get(&format!("/api/v2/persons/{person}")).data()["name"],
        "C D"
    );
}

#[test]
fn deeds_cost_no_tokens_and_know_names_instead_of_ids() {
    let mut account = Account::new();
    let tier = account.person_field(
        &json!({"field_name": "Tier", "field_type": "enum", "options": [{"label": "Gold"}]}),
    );
    let spent = account.emulator.counters().tokens_total();
    let label = account
        .emulator
        .add_label(Entity::Person, "Investor", account.now);
    let id = account
        .emulator
        .screen(account.now)
        .add(
            Entity::Person,
            &json!({"name": "A B", "labels": ["Investor"], "custom_fields": {"Tier": "Gold"}}),
        )
        .unwrap();
    assert_eq!(account.emulator.counters().tokens_total(), spent);
    let person = account.get(&format!("/api/v2/persons/{id}")).data();
    assert_eq!(
        (&person["label_ids"], &person["custom_fields"][&*tier]),
        (&json!([label]), &json!(1))
    );
    assert!(
        account
            .emulator
            .screen(account.now)
            .add(
                Entity::Person,
                &json!({"name": "A B", "labels": ["Nobody"]})
            )
            .is_err()
    );
    assert!(
        account
            .emulator
            .screen(account.now)
            .edit(Entity::Person, 99, &json!({"name": "A B"}))
            .is_err()
    );
}

#[test]
fn labels_and_fields_are_renamed_and_removed_by_users() {
    let mut account = Account::new();
    let code = account.person_field(&json!({"field_name": "Tier", "field_type": "varchar"}));
    account
        .emulator
        .add_label(Entity::Person, "Investor", account.now);
    account
        .emulator
        .rename_label(Entity::Person, "Investor", "Buyer", account.now)
        .unwrap();
    account
        .emulator
        .rename_field(Entity::Person, "Tier", "Level")
        .unwrap();
    assert_eq!(
        account
            .emulator
            .field_code(Entity::Person, "Level")
            .unwrap(),
        code
    );
    account
        .emulator
        .delete_label(Entity::Person, "Buyer")
        .unwrap();
    account
        .emulator
        .remove_field(Entity::Person, "Level")
        .unwrap();
    assert_eq!(
        account.get("/api/v2/personFields/label_ids").data()["options"],
        json!([])
    );
    assert!(
        account
            .emulator
            .rename_label(Entity::Person, "Buyer", "x", account.now)
            .is_err()
    );
}

#[test]
fn the_control_api_does_what_users_do_without_a_token() {
    let mut account = Account::new();
    account.subscribe();
    account.emulator.reset_counters();
    let mut control = |path: &str, body: Value| {
        let body = bytes::Bytes::from(body.to_string());
        account.send(
            &http::Request::post(format!("/_emulator/{path}"))
                .body(body)
                .unwrap(),
        )
    };
    let made = control(
        "edit",
        json!({"verb": "add_organization", "fields": {"name": "Alnäs AB"}}),
    );
    let id = made.json()["id"].clone();
    assert_eq!(control("edit", json!({"verb": "edit_organization", "id": id, "fields": {"name": "Alnäs Eiendom"}, "quietly": true})).status, 200);
    assert_eq!(
        control(
            "edit",
            json!({"verb": "add_label", "entity": "person", "name": "Investor"})
        )
        .status,
        200
    );
    assert_eq!(control("edit", json!({"verb": "dance"})).status, 400);
    assert_eq!(
        control("edit", json!({"verb": "delete_person"})).status,
        400
    );
    assert_eq!(
        control("faults", json!({"fault": {"kind": "server_error"}})).status,
        200
    );
    assert_eq!(account.get("/v1/users/me").status, 503);
    let state = account.get("/_emulator/state").json();
    assert_eq!(state["organizations"][0]["name"], "Alnäs Eiendom");
    let counters = account.get("/_emulator/counters").json();
    assert_eq!(
        (
            &counters["faults"]["server_error"],
            &counters["requests"]["GET /v1/users/me"]
        ),
        (&json!(1), &json!(1))
    );
    assert_eq!(account.due().len(), 1);
    assert_eq!(
        account.post("/_emulator/reset-counters", &json!({})).status,
        200
    );
    assert_eq!(account.emulator.counters().requests_total(), 0);
}

#[test]
fn a_seeded_account_is_believable_and_the_same_every_time() {
    let mut account = seeded(50, 200);
    assert_eq!(
        (
            account.emulator.organizations().len(),
            account.emulator.persons().len()
        ),
        (50, 200)
    );
    assert_eq!(
        account.emulator.persons(),
        seeded(50, 200).emulator.persons()
    );
    let persons = account.emulator.persons();
    let any = |test: &dyn Fn(&Value) -> bool| persons.iter().any(test);
    assert!(
        any(&|person| person["update_time"].is_null())
            && any(&|person| person["update_time"].is_string())
    );
    assert!(
        any(&|person| person["org_id"].is_i64())
            && any(&|person| !person["label_ids"].as_array().unwrap().is_empty())
    );
    let domain = account
        .emulator
        .field_code(Entity::Organization, "domain")
        .unwrap();
    assert!(
        account.emulator.organizations()[0]["custom_fields"][domain]
            .as_str()
            .unwrap()
            .contains('.')
    );
    assert_eq!(account.emulator.counters().tokens_total(), 0);
    assert_eq!(
        account
            .post("/api/v2/persons", &json!({"name": "A B"}))
            .id(),
        201
    );
}

#[test]
fn a_kept_account_goes_on_where_it_was() {
    let mut account = seeded(20, 60);
    account.subscribe();
    account
        .emulator
        .screen(account.now)
        .edit(Entity::Person, 3, &json!({"name": "Changed Name"}))
        .unwrap();
    account
        .emulator
        .screen(account.now)
        .quietly()
        .delete(Entity::Person, 4)
        .unwrap();
    account.get("/api/v2/persons");

    let text = account.emulator.save().to_string();
    let saved: Value = serde_json::from_str(&text).unwrap();
    let mut again = Account {
        emulator: PipedriveEmulator::load(PipedriveConfig::default(), saved).unwrap(),
        now: account.now,
    };

    assert_eq!(again.emulator.persons(), account.emulator.persons());
    assert_eq!(
        again.emulator.organizations(),
        account.emulator.organizations()
    );
    assert_eq!(again.due().len(), 1);
    assert_eq!(
        again.get("/v1/persons/3/changelog").data(),
        account.get("/v1/persons/3/changelog").data()
    );
    assert_eq!(again.person("New One"), 61);
    let left = |account: &mut Account| {
        account
            .get("/v1/users/me")
            .header("x-daily-ratelimit-token-remaining")
            .unwrap()
            .parse::<i64>()
            .unwrap()
    };
    account.person("New One");
    assert_eq!(left(&mut again), left(&mut account));
    let from_text =
        PipedriveEmulator::load_text(PipedriveConfig::default(), &account.emulator.save_text())
            .unwrap();
    assert_eq!(from_text.persons(), account.emulator.persons());
    assert!(PipedriveEmulator::load(PipedriveConfig::default(), json!({"persons": []})).is_err());
}

#[test]
fn a_restored_person_does_not_return_to_a_deleted_organization() {
    let mut account = Account::new();
    let org = account.organization("Alnäs AB");
    let id = account
        .post("/api/v2/persons", &json!({"name": "A B", "org_id": org}))
        .id();
    account
        .emulator
        .screen(account.now)
        .delete(Entity::Person, id)
        .unwrap();
    account
        .emulator
        .screen(account.now)
        .delete(Entity::Organization, org)
        .unwrap();
    account
        .emulator
        .screen(account.now)
        .restore(Entity::Person, id)
        .unwrap();
    assert_eq!(
        account.get(&format!("/api/v2/persons/{id}")).data()["org_id"],
        Value::Null
    );
    assert!(
        account
            .emulator
            .screen(account.now)
            .restore(Entity::Person, id)
            .is_err()
    );
}
