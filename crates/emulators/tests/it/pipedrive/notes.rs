//! Notes: shapes, links, pins, lists, deletion, events.

use emulators::pipedrive::Switches;
use serde_json::{Value, json};

use super::{Account, key_set, keys_in_order};

fn ids(list: &Value) -> Vec<i64> {
    let rows = list["data"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[test]
fn a_note_is_shown_with_what_it_is_about() {
    let mut account = Account::new();
    let org = account.organization("Alnäs AB");
    let person = account.person("Anna Berg");
    let made = account.post(
        "/v1/notes",
        &json!({"content": "<b>Wants</b> 500 m²", "person_id": person, "org_id": org, "pinned_to_person_flag": 1}),
    );
    assert_eq!(made.status, 200, "{}", made.text);
    keys_in_order(
        &made.text,
        &[
            "id",
            "user_id",
            "deal_id",
            "person_id",
            "org_id",
            "lead_id",
            "content",
            "active_flag",
            "add_time",
            "update_time",
        ],
    );
    let note = made.data();
    assert_eq!(note["add_time"], "2026-01-14 10:00:00");
    assert_eq!(note["update_time"], note["add_time"]);
    assert_eq!(note["person"], json!({"name": "Anna Berg"}));
    assert_eq!(note["organization"], json!({"name": "Alnäs AB"}));
    assert_eq!(
        (&note["pinned_to_person_flag"], &note["pinned_to_deal_flag"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(note["user"]["is_you"], true);
    assert_eq!(account.get("/v1/notes/1").data(), note);
    assert_eq!(account.get("/api/v1/notes/1").data(), note);
}

#[test]
fn a_note_needs_content_and_something_it_is_about() {
    let mut account = Account::new();
    let person = account.person("Anna Berg");
    account
        .post("/v1/notes", &json!({"person_id": person}))
        .refused_for("content: is required");
    account
        .post("/v1/notes", &json!({"content": "x"}))
        .refused_for("one of deal_id");
    account
        .post("/v1/notes", &json!({"content": "x", "person_id": 99}))
        .refused_for("person 99 does not exist");
    account
        .post(
            "/v1/notes",
            &json!({"content": "x", "person_id": person, "colour": 1}),
        )
        .refused_for("colour");
    account
        .post(
            "/v1/notes",
            &json!({"content": "x", "person_id": person, "pinned_to_organization_flag": 1}),
        )
        .refused_for("pinned_to_organization_flag");
    account
        .post(
            "/v1/notes",
            &json!({"content": "x", "person_id": person, "pinned_to_person_flag": true}),
        )
        .refused_for("must be 0 or 1");
    assert_eq!(account.get("/v1/notes").json()["data"], Value::Null);
}

#[test]
fn scripts_are_taken_out_of_notes() {
    let mut account = Account::new();
    let person = account.person("Anna Berg");
    let content = "before<script>alert(1)</script>after";
    let made = account.post(
        "/v1/notes",
        &json!({"content": content, "person_id": person}),
    );
    assert_eq!(made.data()["content"], "beforeafter");
}

#[test]
fn notes_are_listed_by_what_they_are_about_and_when() {
    let mut account = Account::new();
    let (anna, bo) = (account.person("Anna Berg"), account.person("Bo Dahl"));
    for (content, person) in [("c", anna), ("a", bo), ("b", anna)] {
        account.post(
            "/v1/notes",
            &json!({"content": content, "person_id": person}),
        );
        account.pass_seconds(3_600);
    }
    assert_eq!(
        ids(&account.get(&format!("/v1/notes?person_id={anna}")).json()),
        [1, 3]
    );
    assert_eq!(
        ids(&account.get("/v1/notes?sort=add_time%20DESC").json()),
        [3, 2, 1]
    );
    assert_eq!(
        ids(&account.get("/v1/notes?sort=content").json()),
        [2, 3, 1]
    );
    assert_eq!(
        ids(&account
            .get("/v1/notes?updated_since=2026-01-14T11:00:00Z")
            .json()),
        [2, 3]
    );
    assert_eq!(
        ids(&account.get("/v1/notes?start_date=2026-01-15").json()),
        [0_i64; 0]
    );
    assert_eq!(
        ids(&account.get("/v1/notes?pinned_to_deal_flag=1").json()),
        [0_i64; 0]
    );
    let page = account.get("/v1/notes?limit=2").json();
    assert_eq!(
        page["additional_data"],
        json!({"pagination": {"start": 0, "limit": 2, "more_items_in_collection": true, "next_start": 2}})
    );
    let rest = account.get("/v1/notes?limit=2&start=2").json();
    assert_eq!(ids(&rest), [3]);
    assert_eq!(
        rest["additional_data"]["pagination"]["more_items_in_collection"],
        false
    );
    account.get("/v1/notes?sort=colour").refused_for("sort");
    account.get("/v1/notes?page=2").refused_for("page");
}

#[test]
fn a_deleted_note_is_inactive_for_thirty_days_and_then_gone() {
    let mut account = Account::new();
    let person = account.person("Anna Berg");
    account.post("/v1/notes", &json!({"content": "x", "person_id": person}));
    let deleted = account.delete("/v1/notes/1");
    assert_eq!(deleted.json(), json!({"success": true, "data": true}));
    assert_eq!(account.get("/v1/notes/1").data()["active_flag"], false);
    assert_eq!(account.get("/v1/notes").json()["data"], Value::Null);
    assert_eq!(account.delete("/v1/notes/1").status, 404);
    assert_eq!(
        account
            .call("PUT", "/v1/notes/1", Some(&json!({"content": "y"})))
            .status,
        404
    );
    account.pass_seconds(31 * 86_400);
    account.post("/v1/notes", &json!({"content": "z", "person_id": person}));
    assert_eq!(account.get("/v1/notes/1").status, 404);
}

#[test]
fn a_changed_note_tells_who_changed_it_and_when() {
    let mut account = Account::new();
    let person = account.person("Anna Berg");
    account.post("/v1/notes", &json!({"content": "x", "person_id": person}));
    account.pass_seconds(60);
    let idle = account.call("PUT", "/v1/notes/1", Some(&json!({"content": "x"})));
    assert_eq!(idle.data()["update_time"], "2026-01-14 10:00:00");
    let changed = account
        .call("PUT", "/v1/notes/1", Some(&json!({"content": "y"})))
        .data();
    assert_eq!(
        (&changed["update_time"], &changed["last_update_user_id"]),
        (&json!("2026-01-14 10:01:00"), &json!(11))
    );
}

#[test]
fn notes_fire_events_of_their_own_shape() {
    let mut account = Account::new();
    account.subscribe();
    let person = account.person("Anna Berg");
    account.received();
    account.post("/v1/notes", &json!({"content": "x", "person_id": person}));
    account.pass_seconds(5);
    account.call("PUT", "/v1/notes/1", Some(&json!({"content": "y"})));
    account.delete("/v1/notes/1");
    let events = account.received();
    assert_eq!(events.len(), 3);
    assert_eq!(events[0]["meta"]["entity"], "note");
    assert_eq!(events[0]["data"]["add_time"], "2026-01-14T10:00:00Z");
    assert!(!key_set(&events[0]["data"]).contains(&"user".to_owned()));
    assert_eq!(events[0]["previous"], Value::Null);
    assert_eq!(
        events[1]["previous"],
        json!({"content": "x", "update_time": "2026-01-14T10:00:00Z"})
    );
    assert_eq!(
        (&events[2]["meta"]["action"], &events[2]["data"]),
        (&json!("delete"), &Value::Null)
    );
    assert_eq!(events[2]["previous"]["content"], "y");
}

#[test]
fn the_notes_of_a_merged_person_go_to_the_survivor() {
    let mut account = Account::new();
    let (loser, winner) = (account.person("A Berg"), account.person("Anna Berg"));
    account.post("/v1/notes", &json!({"content": "x", "person_id": loser}));
    account.call(
        "PUT",
        &format!("/v1/persons/{loser}/merge"),
        Some(&json!({"merge_with_id": winner})),
    );
    assert_eq!(
        ids(&account.get(&format!("/v1/notes?person_id={winner}")).json()),
        [1]
    );
}

#[test]
fn users_write_notes_loudly_and_quietly() {
    let mut account = Account::new();
    account.subscribe();
    let person = account.person("Anna Berg");
    account.received();
    let fields = json!({"content": "Called", "person_id": person});
    let id = account
        .emulator
        .screen(account.now)
        .add_note(&fields)
        .unwrap();
    account
        .emulator
        .screen(account.now)
        .quietly()
        .edit_note(id, &json!({"content": "Called twice"}))
        .unwrap();
    account
        .emulator
        .screen(account.now)
        .quietly()
        .add_note(&fields)
        .unwrap();
    account
        .emulator
        .screen(account.now)
        .delete_note(id)
        .unwrap();
    let actions: Vec<Value> = account
        .received()
        .iter()
        .map(|event| event["meta"]["action"].clone())
        .collect();
    assert_eq!(actions, ["create", "delete"]);
    let edit = json!({"verb": "add_note", "fields": {"content": "x", "person_id": person}});
    assert_eq!(account.post("/_emulator/edit", &edit).json()["id"], 3);
}

#[test]
fn paging_may_be_told_beside_pagination() {
    let mut account = Account::with(emulators::pipedrive::PipedriveConfig {
        switches: Switches {
            older_paging_is_flat: true,
            ..Switches::default()
        },
        ..Default::default()
    });
    let page = account.deviating("/v1/notes");
    assert_eq!(page["additional_data"]["more_items_in_collection"], false);
}

#[test]
fn a_kept_account_keeps_its_notes() {
    let mut account = Account::new();
    let person = account.person("Anna Berg");
    account.post("/v1/notes", &json!({"content": "x", "person_id": person}));
    let saved = account.emulator.save_text();
    let config = account.emulator.config().clone();
    let before = account.get("/v1/notes/1").data();
    account.emulator = emulators::pipedrive::PipedriveEmulator::load_text(config, &saved).unwrap();
    assert_eq!(account.get("/v1/notes/1").data(), before);
}
