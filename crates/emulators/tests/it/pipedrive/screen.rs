//! Users at the screen, in this process and through the control API.

use emulators::pipedrive::Entity;
use http::Request;
use serde_json::{Value, json};

use super::Account;

/// What the control API answers.
fn deed(account: &mut Account, body: &Value) -> Value {
    let seen = refusable(account, body);
    assert_eq!(seen.status, 200, "{body}: {}", seen.text);
    seen.json()
}

fn refusable(account: &mut Account, body: &Value) -> super::Seen {
    let request = Request::post("/_emulator/edit");
    account.send(&request.body(body.to_string().into()).unwrap())
}

/// Kinds of the webhooks that were sent, and by whom.
fn heard(account: &mut Account) -> Vec<String> {
    let events = account.received();
    let kind = |event: &Value| {
        let meta = &event["meta"];
        let word = |key: &str| meta[key].as_str().unwrap().to_owned();
        format!("{} {} {}", word("action"), word("entity"), word("user_id"))
    };
    events.iter().map(kind).collect()
}

#[test]
fn a_deal_is_moved_lost_reopened_and_won_as_users_do() {
    let mut account = Account::new();
    let deal = deed(
        &mut account,
        &json!({"verb": "add_deal", "fields": {"title": "Kungsgatan 4"}}),
    );
    let id = deal["id"].as_i64().unwrap();
    account.subscribe();

    let to = json!({"verb": "move_deal", "id": id, "to": "Proposal Made", "user": 13});
    deed(&mut account, &to);
    let stage = account.emulator.stage_id(1, "Proposal Made");
    let shown = account.emulator.record(Entity::Deal, id).unwrap();
    assert_eq!(shown["stage_id"].as_i64(), stage);
    assert_eq!(heard(&mut account), ["change deal 13"]);

    deed(
        &mut account,
        &json!({"verb": "lose_deal", "id": id, "reason": "Price", "quietly": true}),
    );
    let shown = account.emulator.record(Entity::Deal, id).unwrap();
    assert_eq!(shown["lost_reason"], "Price");
    deed(
        &mut account,
        &json!({"verb": "reopen_deal", "id": id, "quietly": true}),
    );
    assert!(account.due().is_empty());
    deed(&mut account, &json!({"verb": "win_deal", "id": id}));
    let shown = account.emulator.record(Entity::Deal, id).unwrap();
    assert_eq!(
        (&shown["status"], &shown["lost_reason"]),
        (&json!("won"), &Value::Null)
    );
    assert_eq!(heard(&mut account), ["change deal 12"]);
    let nowhere = json!({"verb": "move_deal", "id": id, "to": "Nowhere"});
    assert!(refusable(&mut account, &nowhere).text.contains("Nowhere"));
}

#[test]
fn activities_are_done_and_notes_people_products_and_followers_added() {
    let mut account = Account::new();
    let person = account.person("Ann Berg");
    let deal = json!({"title": "Storgata 12"});
    let deal = account
        .emulator
        .screen(account.now)
        .add(Entity::Deal, &deal);
    let deal = deal.unwrap();
    account.subscribe();
    let call = json!({"subject": "Call", "type": "call", "deal_id": deal});
    let call = deed(
        &mut account,
        &json!({"verb": "add_activity", "fields": call}),
    );
    deed(
        &mut account,
        &json!({"verb": "complete_activity", "id": call["id"]}),
    );
    let fields = json!({"content": "Wants parking.", "deal_id": deal});
    deed(&mut account, &json!({"verb": "add_note", "fields": fields}));
    assert_eq!(
        heard(&mut account),
        ["create activity 12", "change activity 12", "create note 12"]
    );

    let product = deed(
        &mut account,
        &json!({"verb": "add_product", "fields": {"name": "Valuation"}}),
    );
    let fields = json!({"product_id": product["id"], "item_price": 500, "quantity": 2});
    let row = deed(
        &mut account,
        &json!({"verb": "add_deal_product", "id": deal, "fields": fields}),
    );
    let shown = account.emulator.record(Entity::Deal, deal).unwrap();
    assert_eq!(shown["value"].as_f64(), Some(1_000.0));
    deed(
        &mut account,
        &json!({"verb": "remove_deal_product", "id": deal, "row": row["id"]}),
    );
    let joins = json!({"verb": "add_participant", "id": deal, "person": person});
    deed(&mut account, &joins);
    assert_eq!(account.emulator.participants_of(deal), [person]);
    assert_eq!(refusable(&mut account, &joins).status, 400);
    let leaves = json!({"verb": "remove_participant", "id": deal, "person": person});
    deed(&mut account, &leaves);
    deed(
        &mut account,
        &json!({"verb": "follow_deal", "id": deal, "user": 14}),
    );
    let followers = account
        .get(&format!("/api/v2/deals/{deal}/followers"))
        .data();
    assert_eq!(followers[0]["user_id"], 14);
}

#[test]
fn a_lead_is_known_by_its_text_and_its_labels_and_fields_by_their_names() {
    let mut account = Account::new();
    let person = account.person("Ann Berg");
    let label = json!({"name": "Hot", "color": "red"});
    let label = account.post("/v1/leadLabels", &label).data();
    let area = json!({"verb": "add_field", "entity": "deal", "name": "Area", "type": "double"});
    let area = deed(&mut account, &area);
    let fields = json!({
        "title": "Looks for an office", "person_id": person, "labels": ["Hot"], "custom_fields": {"Area": 400},
    });
    let lead = deed(&mut account, &json!({"verb": "add_lead", "fields": fields}));
    let id = lead["id"].as_str().unwrap().to_owned();
    let fields = json!({"title": "Looks for two offices"});
    deed(
        &mut account,
        &json!({"verb": "edit_lead", "id": id, "fields": fields}),
    );

    let shown = account.get(&format!("/v1/leads/{id}")).data();
    assert_eq!(shown["title"], "Looks for two offices");
    assert_eq!(shown["label_ids"], json!([label["id"]]));
    assert_eq!(shown[area["code"].as_str().unwrap()], 400);
    let state = account.get("/_emulator/state").json();
    assert_eq!(state["leads"][0]["id"], id);
    deed(&mut account, &json!({"verb": "delete_lead", "id": id}));
    assert_eq!(account.get(&format!("/v1/leads/{id}")).status, 404);
}

#[test]
fn every_verb_of_the_page_is_known() {
    let page = include_str!("../../../../../docs/control.md");
    let of_pipedrive = page.split("## Propstreet").next().unwrap();
    let rows = of_pipedrive.lines().filter(|line| line.starts_with("| `"));
    let named = rows.filter_map(|row| row.split('|').nth(1));
    let words: Vec<&str> = named
        .flat_map(|names| names.split('`').skip(1).step_by(2))
        .collect();
    let verbs = words.iter().filter(|word| !word.contains('/'));
    let kinds = [
        "person",
        "organization",
        "deal",
        "lead",
        "product",
        "activity",
    ];
    let mut account = Account::new();
    let mut known = 0;
    for verb in verbs {
        let spelled: Vec<String> = match verb.strip_suffix('…') {
            Some(of_each) => kinds
                .iter()
                .map(|kind| format!("{of_each}{kind}"))
                .collect(),
            None => vec![(*verb).to_owned()],
        };
        for verb in spelled {
            let answer = refusable(&mut account, &json!({"verb": verb}));
            assert!(!answer.text.contains("there is no verb"), "{verb}");
            known += 1;
        }
    }
    assert!(known > 40, "{known}");
    let dance = refusable(&mut account, &json!({"verb": "dance"}));
    assert!(dance.text.contains("there is no verb 'dance'"));
}
