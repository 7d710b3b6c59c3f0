//! Participants of deals, their log, and what their coming and going does not do.

use serde_json::{Value, json};

use super::deals::with_switch;
use super::{Account, key_set, keys_in_order};

impl Account {
    fn join(&mut self, deal: i64, person: i64) -> super::Seen {
        self.post(
            &format!("/v1/deals/{deal}/participants"),
            &json!({"person_id": person}),
        )
    }

    fn people_on(&mut self, deal: i64) -> Vec<i64> {
        let rows = self.get(&format!("/v1/deals/{deal}/participants")).data();
        let rows = rows.as_array().cloned().unwrap_or_default();
        rows.iter()
            .map(|row| row["person_id"]["value"].as_i64().unwrap())
            .collect()
    }
}

#[test]
fn the_person_of_a_deal_is_among_its_participants_and_cannot_be_removed() {
    let mut account = Account::new();
    let (first, second) = (account.person("Ann Lie"), account.person("Bo Ek"));
    let deal = account.deal(json!({"person_id": first}));
    let joined = account.join(deal, second);
    assert_eq!(joined.status, 200, "{}", joined.text);
    assert_eq!(account.people_on(deal), [first, second]);

    let rows = account
        .get(&format!("/v1/deals/{deal}/participants"))
        .data();
    let (primary, other) = (rows[0]["id"].clone(), rows[1]["id"].clone());
    assert_eq!(
        account
            .delete(&format!("/v1/deals/{deal}/participants/{primary}"))
            .status,
        400
    );
    assert_eq!(
        account
            .delete(&format!("/v1/deals/{deal}/participants/{other}"))
            .data(),
        json!({"id": other})
    );
    assert_eq!(
        account
            .delete(&format!("/v1/deals/{deal}/participants/{other}"))
            .status,
        404
    );
    assert_eq!(account.people_on(deal), [first]);
}

#[test]
fn a_participant_is_shown_with_the_whole_person_and_the_objects_around_it() {
    let mut account = Account::new();
    let org = account.organization("Alnäs AB");
    let person = account
        .post(
            "/api/v2/persons",
            &json!({"name": "Ann Lie", "org_id": org, "emails": [{"value": "ann@alnas.se"}]}),
        )
        .id();
    let deal = account.deal(json!({"person_id": person}));
    let seen = account.get(&format!("/v1/deals/{deal}/participants"));
    let body = seen.json();
    let row = &body["data"][0];
    assert_eq!(
        key_set(row),
        [
            "active_flag",
            "add_time",
            "added_by_user_id",
            "id",
            "person",
            "person_id",
            "related_item_data",
            "related_item_id",
            "related_item_type"
        ]
    );
    assert_eq!(row["add_time"], "2026-01-14 10:00:00");
    assert_eq!(
        row["related_item_data"],
        json!({"deal_id": deal, "title": "Kontor, Karlavägen 12"})
    );
    assert_eq!(row["person"]["org_id"]["value"], org);
    assert_eq!(row["person"]["open_deals_count"], 1);
    assert_eq!(row["person"]["email"][0]["value"], "ann@alnas.se");
    assert_eq!(row["added_by_user_id"]["value"], 11);
    assert_eq!(
        body["additional_data"]["pagination"],
        json!({"start": 0, "limit": 100, "more_items_in_collection": false})
    );
    assert_eq!(
        body["related_objects"]["organization"][org.to_string()]["people_count"],
        1
    );
    assert!(body["related_objects"]["person"][person.to_string()].is_object());
    assert!(body["related_objects"]["user"]["11"].is_object());
}

#[test]
fn pages_of_participants_say_where_the_next_begins() {
    let mut account = Account::new();
    let deal = account.deal(json!({}));
    assert_eq!(
        account
            .get(&format!("/v1/deals/{deal}/participants"))
            .data(),
        Value::Null
    );
    for number in 0..3 {
        let person = account.person(&format!("Person {number}"));
        account.join(deal, person);
    }
    let page = account
        .get(&format!("/v1/deals/{deal}/participants?limit=2"))
        .json();
    assert_eq!(page["additional_data"]["pagination"]["next_start"], 2);
    let rest = account
        .get(&format!("/v1/deals/{deal}/participants?limit=2&start=2"))
        .json();
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        rest["additional_data"]["pagination"]["more_items_in_collection"],
        false
    );
}

#[test]
fn joining_twice_and_joining_by_no_one_are_refused() {
    let mut account = Account::new();
    let person = account.person("Ann Lie");
    let deal = account.deal(json!({"person_id": person}));
    account
        .join(deal, person)
        .refused_for("participant already");
    assert_eq!(account.join(deal, 99).status, 404);
    assert_eq!(account.join(99, person).status, 404);
    account
        .post(
            &format!("/v1/deals/{deal}/participants"),
            &json!({"person": person}),
        )
        .refused_for("Parameter 'person'");
}

#[test]
fn a_participant_that_comes_fires_no_event_and_moves_no_time() {
    let mut account = Account::new();
    account.subscribe();
    let person = account.person("Ann Lie");
    let deal = account.deal(json!({}));
    account.received();
    account.pass_seconds(10);
    account.join(deal, person);
    assert_eq!(account.received(), Vec::<Value>::new());
    assert_eq!(account.deal_now(deal)["update_time"], Value::Null);

    let mut other = with_switch(|switches| switches.participants_touch_the_deal = true);
    other.subscribe();
    let person = other.person("Ann Lie");
    let deal = other.deal(json!({}));
    other.received();
    other.pass_seconds(10);
    other.join(deal, person);
    assert_eq!(other.received(), Vec::<Value>::new());
    assert_eq!(other.deal_now(deal)["update_time"], "2026-01-14T10:00:10Z");
}

#[test]
fn another_person_of_the_deal_takes_the_place_of_the_first_and_the_log_tells_it() {
    let mut account = Account::new();
    let (first, second) = (account.person("Ann Lie"), account.person("Bo Ek"));
    let deal = account.deal(json!({"person_id": first}));
    account.pass_seconds(5);
    account.edit_deal(deal, json!({"person_id": second}));
    assert_eq!(account.people_on(deal), [second]);

    let seen = account.get(&format!("/v1/deals/{deal}/participantsChangelog?limit=2"));
    keys_in_order(
        &seen.text,
        &["action", "actor_user_id", "person_id", "time"],
    );
    let body = seen.json();
    let rows: Vec<(i64, &str)> = body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["person_id"].as_i64().unwrap(),
                row["action"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(rows, [(second, "added"), (first, "removed")]);
    let cursor = body["additional_data"]["next_cursor"].as_str().unwrap();
    let rest = account
        .get(&format!(
            "/v1/deals/{deal}/participantsChangelog?cursor={cursor}"
        ))
        .data();
    assert_eq!(rest[0]["action"], "added");
}

#[test]
fn persons_by_deal_are_its_person_and_its_participants() {
    let mut account = Account::new();
    let (first, second) = (account.person("Ann Lie"), account.person("Bo Ek"));
    account.person("Not on it");
    let deal = account.deal(json!({"person_id": first}));
    account.join(deal, second);
    let rows = account
        .get(&format!("/api/v2/persons?deal_id={deal}"))
        .data();
    let ids: Vec<i64> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, [first, second]);
    account
        .get("/api/v2/persons?deal_id=99")
        .refused_for("deal_id: does not exist");
}

#[test]
fn a_vendor_can_leave_the_primary_person_out() {
    let mut account = with_switch(|switches| {
        switches.primary_contacts_do_not_participate = true;
        switches.persons_of_deals_are_primary_only = true;
        switches.participants_can_be_repeated = true;
    });
    let (first, second) = (account.person("Ann Lie"), account.person("Bo Ek"));
    let deal = account.deal(json!({"person_id": first}));
    let once = account.join(deal, second).data()["id"].clone();
    assert_eq!(account.join(deal, second).data()["id"], once);
    assert_eq!(account.people_on(deal), [second]);
    let shown = account
        .get(&format!(
            "/api/v2/deals/{deal}?include_fields=participants_count"
        ))
        .data();
    assert_eq!(shown["participants_count"], 1);
    let rows = account
        .get(&format!("/api/v2/persons?deal_id={deal}"))
        .data();
    assert_eq!(rows.as_array().unwrap().len(), 1);
    assert_eq!(rows[0]["id"], first);
}

#[test]
fn a_person_that_is_deleted_leaves_the_deals_and_one_that_is_merged_is_replaced() {
    let mut account = Account::new();
    let (first, second, third) = (
        account.person("Ann Lie"),
        account.person("Bo Ek"),
        account.person("Cy Dahl"),
    );
    let deal = account.deal(json!({}));
    account.join(deal, first);
    account.join(deal, second);
    account.delete(&format!("/api/v2/persons/{first}"));
    assert_eq!(account.people_on(deal), [second]);
    account.call(
        "PUT",
        &format!("/v1/persons/{second}/merge"),
        Some(&json!({"merge_with_id": third})),
    );
    assert_eq!(account.people_on(deal), [third]);
}
