//! Deals: their shape, what a write may say, their place in a pipeline and the ways in which they end.

use emulators::pipedrive::{Entity, PipedriveConfig, Switches};
use serde_json::{Value, json};

use super::{Account, key_set, keys_in_order};

pub(super) const DEAL_KEYS: [&str; 36] = [
    "id",
    "title",
    "creator_user_id",
    "value",
    "person_id",
    "org_id",
    "stage_id",
    "currency",
    "add_time",
    "update_time",
    "status",
    "probability",
    "lost_reason",
    "visible_to",
    "close_time",
    "pipeline_id",
    "won_time",
    "lost_time",
    "stage_change_time",
    "local_won_date",
    "local_lost_date",
    "local_close_date",
    "expected_close_date",
    "custom_fields",
    "owner_id",
    "label_ids",
    "is_deleted",
    "origin",
    "origin_id",
    "channel",
    "channel_id",
    "acv",
    "arr",
    "mrr",
    "is_archived",
    "archive_time",
];

impl Account {
    /// A new deal; its number.
    pub(crate) fn deal(&mut self, fields: Value) -> i64 {
        let mut body = json!({"title": "Kontor, Karlavägen 12"});
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        self.post("/api/v2/deals", &body).id()
    }

    pub(crate) fn deal_now(&mut self, id: i64) -> Value {
        self.get(&format!("/api/v2/deals/{id}")).data()
    }

    pub(crate) fn edit_deal(&mut self, id: i64, fields: Value) -> super::Seen {
        self.patch(&format!("/api/v2/deals/{id}"), &fields)
    }
}

pub(crate) fn with_switch(set: impl FnOnce(&mut Switches)) -> Account {
    let mut switches = Switches::default();
    set(&mut switches);
    Account::with(PipedriveConfig {
        switches,
        ..Default::default()
    })
}

#[test]
fn a_new_deal_has_all_keys_in_order_and_starts_in_the_first_stage_of_the_first_pipeline() {
    let mut account = Account::new();
    let seen = account.post("/api/v2/deals", &json!({"title": "Lager, Alnabru"}));

    assert_eq!(seen.status, 200);
    keys_in_order(&seen.text, &DEAL_KEYS);
    let deal = seen.data();
    let mut keys: Vec<String> = DEAL_KEYS.iter().map(|key| (*key).to_owned()).collect();
    keys.sort();
    assert_eq!(key_set(&deal), keys);
    assert_eq!(
        (&deal["pipeline_id"], &deal["stage_id"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        (&deal["status"], &deal["currency"]),
        (&json!("open"), &json!("SEK"))
    );
    assert_eq!(
        (&deal["value"], &deal["update_time"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&deal["owner_id"], &deal["creator_user_id"]),
        (&json!(11), &json!(11))
    );
    assert_eq!(deal["stage_change_time"], Value::Null);
    assert_eq!(deal["origin"], "API");
}

#[test]
fn values_are_floating_numbers_and_text_is_refused() {
    let mut account = Account::new();
    let seen = account.post("/api/v2/deals", &json!({"title": "Hotell", "value": 5000}));
    assert!(seen.text.contains(r#""value":5000.0"#), "{}", seen.text);
    account
        .post(
            "/api/v2/deals",
            &json!({"title": "Hotell", "value": "5000"}),
        )
        .refused_for("value: must be a number");
}

#[test]
fn every_mistake_is_named_at_once() {
    let mut account = Account::new();
    let seen = account.post(
        "/api/v2/deals",
        &json!({
            "currency": "kronor", "status": "paused", "probability": 101, "visible_to": "3", "add_time": "2026-01-01T00:00:00Z",
            "creator_user_id": 12, "is_deleted": true, "person_id": 77, "org_id": 78, "stage_id": 79, "owner_id": 80,
            "expected_close_date": "soon", "label_ids": [9],
        }),
    );
    for words in [
        "title: is required",
        "currency: must be",
        "status: must be one of",
        "probability: must be between",
        "visible_to: must be",
        "Parameter 'add_time'",
        "Parameter 'creator_user_id'",
        "Parameter 'is_deleted'",
        "person 77 does not exist",
        "organization 78 does not exist",
        "stage 79 does not exist",
        "user 80 does not exist",
        "expected_close_date: must be a date",
        "label 9 does not exist",
    ] {
        seen.refused_for(words);
    }
}

#[test]
fn the_stage_decides_the_pipeline_and_a_pipeline_alone_means_its_first_stage() {
    let mut account = Account::new();
    let (leasing, first, second) = account.leasing();

    let id = account.deal(json!({"stage_id": second, "pipeline_id": 1}));
    let deal = account.deal_now(id);
    assert_eq!(
        (&deal["pipeline_id"], &deal["stage_id"]),
        (&json!(leasing), &json!(second))
    );

    let other = account.deal(json!({"pipeline_id": leasing}));
    assert_eq!(account.deal_now(other)["stage_id"], first);

    account.pass_seconds(60);
    let moved = account.edit_deal(id, json!({"pipeline_id": 1})).data();
    assert_eq!(
        (&moved["pipeline_id"], &moved["stage_id"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(moved["stage_change_time"], "2026-01-14T10:01:00Z");
}

#[test]
fn a_vendor_can_refuse_a_stage_of_another_pipeline_and_a_pipeline_alone() {
    let mut account = with_switch(|switches| {
        switches.clashing_pipelines_are_refused = true;
        switches.pipelines_alone_are_refused = true;
    });
    let (leasing, _, second) = account.leasing();
    account
        .post(
            "/api/v2/deals",
            &json!({"title": "A", "stage_id": second, "pipeline_id": 1}),
        )
        .refused_for("another pipeline");
    let id = account.deal(json!({}));
    account
        .edit_deal(id, json!({"pipeline_id": leasing}))
        .refused_for("stage_id: is required");
}

#[test]
fn winning_sets_its_times_and_reopening_takes_them_back_but_the_first_win_is_remembered() {
    let mut account = Account::new();
    let id = account.deal(json!({}));
    account.pass_seconds(13 * 3_600 + 1_800);
    let won = account.edit_deal(id, json!({"status": "won"})).data();
    assert_eq!(won["won_time"], "2026-01-14T23:30:00Z");
    assert_eq!(won["close_time"], won["won_time"]);
    assert_eq!(won["local_won_date"], "2026-01-15");
    assert_eq!(won["local_close_date"], "2026-01-15");

    account.pass_seconds(60);
    let open = account.edit_deal(id, json!({"status": "open"})).data();
    assert_eq!(
        (&open["won_time"], &open["close_time"]),
        (&Value::Null, &Value::Null)
    );
    let seen = account.get(&format!("/api/v2/deals/{id}?include_fields=first_won_time"));
    assert_eq!(seen.data()["first_won_time"], "2026-01-14T23:30:00Z");
}

#[test]
fn losing_takes_a_reason_which_is_refused_while_the_deal_is_open() {
    let mut account = Account::new();
    let id = account.deal(json!({}));
    account
        .edit_deal(id, json!({"lost_reason": "Too small"}))
        .refused_for("lost_reason: is only allowed when status is lost");
    let lost = account
        .edit_deal(id, json!({"status": "lost", "lost_reason": "Too small", "lost_time": "2026-01-02T08:00:00Z"}))
        .data();
    assert_eq!(lost["lost_reason"], "Too small");
    assert_eq!(
        (&lost["lost_time"], &lost["close_time"]),
        (
            &json!("2026-01-02T08:00:00Z"),
            &json!("2026-01-02T08:00:00Z")
        )
    );
    let open = account.edit_deal(id, json!({"status": "open"})).data();
    assert_eq!(
        (&open["lost_reason"], &open["lost_time"]),
        (&Value::Null, &Value::Null)
    );
    for (key, value) in [
        ("won_time", "2026-01-02T08:00:00Z"),
        ("close_time", "2026-01-02T08:00:00Z"),
    ] {
        account
            .edit_deal(id, json!({key: value}))
            .refused_for("is only allowed when status is");
    }
}

#[test]
fn an_archived_deal_is_read_only_until_it_is_taken_out_of_the_archive() {
    let mut account = Account::new();
    let id = account.deal(json!({}));
    let archived = account.edit_deal(id, json!({"is_archived": true})).data();
    assert_eq!(archived["archive_time"], "2026-01-14T10:00:00Z");
    account
        .edit_deal(id, json!({"title": "B"}))
        .refused_for("the deal is archived");

    assert_eq!(account.get("/api/v2/deals").data(), json!([]));
    assert_eq!(account.get("/api/v2/deals/archived").data()[0]["id"], id);
    account
        .get("/api/v2/deals/archived?include_labels=true")
        .refused_for("include_labels");

    let back = account
        .edit_deal(id, json!({"is_archived": false, "title": "B"}))
        .data();
    assert_eq!(
        (&back["archive_time"], &back["title"]),
        (&Value::Null, &json!("B"))
    );
}

#[test]
fn the_archive_goes_on_with_its_own_cursor_alone() {
    let mut account = Account::new();
    let ids: Vec<i64> = (0..3).map(|_| account.deal(json!({}))).collect();
    for id in &ids {
        account.edit_deal(*id, json!({"is_archived": true})).data();
    }
    let first = account.get("/api/v2/deals/archived?limit=2").json();
    let cursor = first["additional_data"]["next_cursor"].as_str().unwrap();

    let second = account.get(&format!("/api/v2/deals/archived?limit=2&cursor={cursor}"));
    assert_eq!(second.data()[0]["id"], ids[2]);
    account
        .get(&format!("/api/v2/deals?limit=2&cursor={cursor}"))
        .refused_for("cursor");
}

#[test]
fn a_deleted_deal_keeps_its_status_and_is_listed_for_thirty_days_to_those_who_ask() {
    let mut account = Account::new();
    let (id, kept) = (account.deal(json!({})), account.deal(json!({})));
    account.pass_seconds(60);
    assert_eq!(
        account.delete(&format!("/api/v2/deals/{id}")).data(),
        json!({"id": id})
    );
    assert_eq!(account.delete(&format!("/api/v2/deals/{id}")).status, 404);
    assert_eq!(account.edit_deal(id, json!({"title": "B"})).status, 404);

    let gone = account.deal_now(id);
    assert_eq!(
        (&gone["is_deleted"], &gone["status"]),
        (&json!(true), &json!("open"))
    );
    assert_eq!(gone["update_time"], "2026-01-14T10:01:00Z");
    let ids = |account: &mut Account, query: &str| -> Vec<Value> {
        let rows = account.get(&format!("/api/v2/deals{query}")).data();
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].clone())
            .collect()
    };
    assert_eq!(ids(&mut account, ""), [json!(kept)]);
    assert_eq!(ids(&mut account, "?status=deleted"), [json!(id)]);
    assert_eq!(
        ids(&mut account, "?status=open,deleted"),
        [json!(id), json!(kept)]
    );
    let since =
        "?status=open,won,lost,deleted&updated_since=2026-01-14T10:00:30Z&sort_by=update_time";
    assert_eq!(ids(&mut account, since), [json!(id)]);

    account.pass_seconds(30 * 86_400);
    assert_eq!(account.get(&format!("/api/v2/deals/{id}")).status, 404);
    assert_eq!(ids(&mut account, "?status=deleted"), Vec::<Value>::new());
}

#[test]
fn a_vendor_can_name_deleted_deals_deleted() {
    let mut account = with_switch(|switches| switches.deleted_deals_have_their_own_status = true);
    let id = account.deal(json!({}));
    account.delete(&format!("/api/v2/deals/{id}"));
    assert_eq!(account.deal_now(id)["status"], "deleted");
}

#[test]
fn deals_of_a_contact_that_is_deleted_lose_it() {
    let mut account = Account::new();
    let (person, org) = (account.person("Ann Lie"), account.organization("Alnäs AB"));
    let id = account.deal(json!({"person_id": person, "org_id": org}));
    account.delete(&format!("/api/v2/persons/{person}"));
    account.delete(&format!("/api/v2/organizations/{org}"));
    let deal = account.deal_now(id);
    assert_eq!(
        (&deal["person_id"], &deal["org_id"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn a_new_deal_moves_the_times_of_its_person_and_organization() {
    let mut account = Account::new();
    let (person, org) = (account.person("Ann Lie"), account.organization("Alnäs AB"));
    account.pass_seconds(5);
    account.deal(json!({"person_id": person, "org_id": org}));
    for path in [
        format!("/api/v2/persons/{person}"),
        format!("/api/v2/organizations/{org}"),
    ] {
        assert_eq!(
            account.get(&path).data()["update_time"],
            "2026-01-14T10:00:05Z"
        );
    }
}

#[test]
fn a_plan_has_room_for_so_many_open_deals() {
    let mut account = Account::with(PipedriveConfig {
        subscription: emulators::pipedrive::Subscription::Lite,
        seats: 1,
        ..Default::default()
    });
    let now = account.now;
    for _ in 0..2_500 {
        account
            .emulator
            .screen(now)
            .quietly()
            .add(Entity::Deal, &json!({"title": "A"}))
            .unwrap();
    }
    let refused = account.post("/api/v2/deals", &json!({"title": "One too many"}));
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["code"], "feature_capping_deals_limit");
    account.edit_deal(7, json!({"status": "won"}));
    assert_eq!(
        account
            .post("/api/v2/deals", &json!({"title": "Room again"}))
            .status,
        200
    );
}

#[test]
fn what_is_counted_is_shown_to_those_who_ask() {
    let mut account = Account::new();
    let (first, second) = (account.person("Ann Lie"), account.person("Bo Ek"));
    let id = account.deal(json!({"person_id": first}));
    account.post(
        &format!("/v1/deals/{id}/participants"),
        &json!({"person_id": second}),
    );
    account.post(
        &format!("/api/v2/deals/{id}/followers"),
        &json!({"user_id": 13}),
    );
    let names = "participants_count,followers_count,products_count,notes_count,smart_bcc_email,source_lead_id";
    let rows = account
        .get(&format!("/api/v2/deals?include_fields={names}"))
        .data();
    assert_eq!(rows[0]["participants_count"], 2);
    assert_eq!(rows[0]["followers_count"], 1);
    assert_eq!(rows[0]["products_count"], 0);
    assert_eq!(
        rows[0]["smart_bcc_email"],
        format!("nordlysbrokers+deal{id}@pipedrivemail.com")
    );
    account
        .get("/api/v2/deals?include_fields=people_count")
        .refused_for("people_count");
}

#[test]
fn deals_are_listed_by_what_they_belong_to_and_how_they_stand() {
    let mut account = Account::new();
    let (leasing, first, second) = account.leasing();
    let (person, org) = (account.person("Ann Lie"), account.organization("Alnäs AB"));
    let one = account.deal(json!({"person_id": person, "org_id": org, "stage_id": first}));
    let two = account.deal(json!({"stage_id": second, "status": "won", "owner_id": 13}));
    let three = account.deal(json!({"status": "lost"}));
    let mut listed = |query: &str, expected: &[i64]| {
        let rows = account.get(&format!("/api/v2/deals?{query}")).data();
        let ids: Vec<i64> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_i64().unwrap())
            .collect();
        assert_eq!(ids, expected, "{query}");
        account.pass_seconds(1);
    };
    listed(&format!("person_id={person}"), &[one]);
    listed(&format!("org_id={org}"), &[one]);
    listed(&format!("pipeline_id={leasing}"), &[one, two]);
    listed(
        &format!("pipeline_id={leasing}&sort_direction=desc"),
        &[two, one],
    );
    listed(&format!("stage_id={second}"), &[two]);
    listed("status=won,lost", &[two, three]);
    listed("status=open", &[one]);
    listed("owner_id=13", &[two]);
    listed(&format!("ids={three},{one}"), &[one, three]);
    account
        .get("/api/v2/deals?status=paused")
        .refused_for("status");
    account
        .get("/api/v2/deals?type=call")
        .refused_for("Parameter 'type'");
    account
        .get("/api/v2/deals?sort_by=value")
        .refused_for("sort_by");
}
