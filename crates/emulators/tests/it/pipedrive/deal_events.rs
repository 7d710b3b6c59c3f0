//! What receivers and the older endpoints learn of deals: events, change logs, copies, merges.

use serde_json::{Value, json};

use super::deals::with_switch;
use super::{Account, key_set, keys_in_order};

const EVENT_KEYS: [&str; 31] = [
    "add_time",
    "channel",
    "channel_id",
    "close_time",
    "creator_user_id",
    "currency",
    "custom_fields",
    "expected_close_date",
    "first_won_time",
    "id",
    "label_ids",
    "lost_reason",
    "lost_time",
    "org_id",
    "origin",
    "origin_id",
    "owner_id",
    "person_id",
    "pipeline_id",
    "probability",
    "stage_change_time",
    "stage_id",
    "status",
    "title",
    "update_time",
    "value",
    "visible_to",
    "won_time",
    "is_archived",
    "archive_time",
    "previous",
];

#[test]
fn a_stage_move_tells_the_whole_deal_and_nothing_but_the_stage_it_left() {
    let mut account = Account::new();
    account.subscribe();
    let deal = account.deal(json!({"value": 1200, "probability": 40}));
    account.received();
    account.pass_seconds(30);
    account.edit_deal(deal, json!({"stage_id": 2}));
    let due = account.due();
    let text = String::from_utf8(due[0].body.to_vec()).unwrap();
    keys_in_order(&text, &EVENT_KEYS);
    let event: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(event["previous"], json!({"stage_id": 1}));
    assert_eq!(key_set(&event["data"]).len(), 30);
    assert_eq!(
        (&event["data"]["value"], &event["data"]["visible_to"]),
        (&json!(1200), &json!("3"))
    );
    assert_eq!(event["data"]["stage_change_time"], "2026-01-14T10:00:30Z");
    assert_eq!(event["meta"]["entity_id"], deal.to_string());
}

#[test]
fn a_new_deal_fires_changes_of_its_contacts_unless_the_vendor_is_quiet_about_them() {
    for quiet in [false, true] {
        let mut account =
            with_switch(|switches| switches.new_deals_are_quiet_about_contacts = quiet);
        let person = account.person("Ann Lie");
        account.subscribe();
        account.deal(json!({"person_id": person}));
        let told: Vec<String> = account
            .received()
            .iter()
            .map(|event| event["meta"]["entity"].as_str().unwrap().to_owned())
            .collect();
        let expected: &[&str] = if quiet {
            &["deal"]
        } else {
            &["deal", "person"]
        };
        assert_eq!(told, expected);
    }
}

#[test]
fn custom_fields_of_deals_are_kept_by_their_own_codes() {
    let mut account = Account::new();
    let field = account
        .post(
            "/api/v2/dealFields",
            &json!({"field_name": "Area", "field_type": "double"}),
        )
        .data();
    let code = field["field_code"].as_str().unwrap().to_owned();
    let deal = account.deal(json!({"custom_fields": {&*code: 840.5}}));
    assert_eq!(account.deal_now(deal)["custom_fields"][&*code], 840.5);
    account.subscribe();
    account.edit_deal(deal, json!({"custom_fields": {&*code: null}}));
    assert_eq!(
        account.received()[0]["previous"],
        json!({"custom_fields": {&*code: {"type": "double", "value": 840.5}}})
    );
    account
        .edit_deal(deal, json!({&*code: 1}))
        .refused_for("is not allowed");
}

#[test]
fn the_change_log_tells_what_was_there() {
    let mut account = Account::new();
    let deal = account.deal(json!({"value": 10}));
    account.edit_deal(deal, json!({"value": 12.5, "status": "won"}));
    let rows = account.get(&format!("/v1/deals/{deal}/changelog")).data();
    let row = |key: &str| {
        rows.as_array()
            .unwrap()
            .iter()
            .find(|row| row["field_key"] == key)
            .cloned()
            .unwrap()
    };
    assert_eq!(
        (&row("value")["old_value"], &row("value")["new_value"]),
        (&json!("10"), &json!("12.5"))
    );
    assert_eq!(row("status")["new_value"], "won");
}

#[test]
fn a_copy_of_a_deal_is_open_for_business_under_a_new_number() {
    let mut account = Account::new();
    let person = account.person("Ann Lie");
    let deal = account.deal(json!({"person_id": person, "value": 10}));
    let copy = account.post(&format!("/v1/deals/{deal}/duplicate"), &json!({}));
    assert_eq!(copy.status, 200, "{}", copy.text);
    let copy = copy.data();
    assert_eq!(copy["title"], "Kontor, Karlavägen 12 (copy)");
    assert_eq!(
        (&copy["person_id"], &copy["person_name"]),
        (&json!(person), &json!("Ann Lie"))
    );
    assert_eq!(
        (&copy["visible_to"], &copy["add_time"]),
        (&json!("3"), &json!("2026-01-14 10:00:00"))
    );
    assert_eq!(copy["participants_count"], 1);
    assert_ne!(copy["id"], deal);
}

#[test]
fn merged_deals_keep_what_both_had() {
    let mut account = Account::new();
    let (first, second) = (account.person("Ann Lie"), account.person("Bo Ek"));
    account.post("/api/v2/products", &json!({"name": "Photography"}));
    let loser = account.deal(json!({"person_id": first, "expected_close_date": "2026-05-01"}));
    let winner = account.deal(json!({"person_id": second, "value": 5}));
    account.post(
        &format!("/api/v2/deals/{loser}/products"),
        &json!({"product_id": 1, "item_price": 9, "quantity": 1}),
    );
    account.post(
        &format!("/api/v2/deals/{loser}/followers"),
        &json!({"user_id": 13}),
    );
    account.subscribe();
    let seen = account.call(
        "PUT",
        &format!("/v1/deals/{loser}/merge"),
        Some(&json!({"merge_with_id": winner})),
    );
    assert_eq!(seen.status, 200, "{}", seen.text);
    let merged = seen.data();
    assert_eq!(
        (&merged["id"], &merged["merge_what_id"]),
        (&json!(winner), &json!(loser))
    );
    assert_eq!(
        (
            &merged["participants_count"],
            &merged["products_count"],
            &merged["followers_count"]
        ),
        (&json!(2), &json!(1), &json!(1))
    );
    let deal = account.deal_now(winner);
    assert_eq!(
        (&deal["expected_close_date"], &deal["value"]),
        (&json!("2026-05-01"), &json!(5.0))
    );
    assert_eq!(account.deal_now(loser)["is_deleted"], true);
    let events = account.received();
    let find = |action: &str| {
        events
            .iter()
            .find(|event| event["meta"]["action"] == action)
            .unwrap()["meta"]
            .clone()
    };
    assert_eq!(find("delete")["merged_to_id"], winner.to_string());
    assert_eq!(find("change")["merged_from_id"], loser.to_string());
}

#[test]
fn deals_follow_a_contact_that_is_merged() {
    let mut account = Account::new();
    let (first, second) = (
        account.organization("Alnäs AB"),
        account.organization("Alnäs Fastigheter AB"),
    );
    let deal = account.deal(json!({"org_id": first}));
    account.call(
        "PUT",
        &format!("/v1/organizations/{first}/merge"),
        Some(&json!({"merge_with_id": second})),
    );
    assert_eq!(account.deal_now(deal)["org_id"], second);
}

#[test]
fn an_account_is_saved_with_its_deals_and_all_that_hangs_on_them() {
    let mut account = Account::new();
    let person = account.person("Ann Lie");
    let (leasing, first, _) = account.leasing();
    let deal = account.deal(json!({"person_id": person, "stage_id": first, "value": 5}));
    account.post(
        &format!("/api/v2/deals/{deal}/followers"),
        &json!({"user_id": 13}),
    );
    let before = account
        .get(&format!(
            "/api/v2/deals/{deal}?include_fields=participants_count,followers_count"
        ))
        .data();
    let saved = account.emulator.save_text();
    account.emulator = emulators::pipedrive::PipedriveEmulator::load_text(
        account.emulator.config().clone(),
        &saved,
    )
    .unwrap();
    let after = account
        .get(&format!(
            "/api/v2/deals/{deal}?include_fields=participants_count,followers_count"
        ))
        .data();
    assert_eq!(before, after);
    assert_eq!(account.emulator.pipeline_id("Leasing"), Some(leasing));
    assert_eq!(
        account.emulator.stage_id(leasing, "Search profile"),
        Some(first)
    );
}
