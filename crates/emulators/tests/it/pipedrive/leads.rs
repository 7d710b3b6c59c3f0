//! Leads, their labels and sources, and the ways from lead to deal and back.

use serde_json::{Value, json};

use super::{Account, key_set, keys_in_order};

impl Account {
    /// A new lead of a new person; its identifier.
    fn lead(&mut self, fields: Value) -> String {
        let person = self.person("Ann Lie");
        let mut body = json!({"title": "Looks for 400 m² in Solna", "person_id": person});
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let made = self.post("/v1/leads", &body);
        assert_eq!(made.status, 201, "{}", made.text);
        made.data()["id"].as_str().unwrap().to_owned()
    }

    fn lead_label(&mut self, name: &str) -> String {
        let made = self.post("/v1/leadLabels", &json!({"name": name, "color": "red"}));
        assert_eq!(made.status, 200, "{}", made.text);
        made.data()["id"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_new_lead_answers_201_with_an_identifier_and_times_in_milliseconds() {
    let mut account = Account::new();
    let person = account.person("Ann Lie");
    let seen = account.post("/v1/leads", &json!({"title": "Solna", "person_id": person, "value": {"amount": 5000, "currency": "SEK"}}));
    assert_eq!(seen.status, 201, "{}", seen.text);
    keys_in_order(
        &seen.text,
        &[
            "id",
            "title",
            "owner_id",
            "creator_id",
            "label_ids",
            "value",
            "expected_close_date",
            "person_id",
            "organization_id",
            "is_archived",
            "archive_time",
            "source_name",
            "source_deal_id",
            "origin",
            "origin_id",
            "channel",
            "channel_id",
            "was_seen",
            "next_activity_id",
            "add_time",
            "update_time",
            "visible_to",
            "cc_email",
        ],
    );
    let lead = seen.data();
    assert_eq!(lead["id"].as_str().unwrap().len(), 36);
    assert_eq!(
        (&lead["add_time"], &lead["update_time"]),
        (
            &json!("2026-01-14T10:00:00.000Z"),
            &json!("2026-01-14T10:00:00.000Z")
        )
    );
    assert_eq!(
        (&lead["visible_to"], &lead["source_name"]),
        (&json!("3"), &json!("API"))
    );
    assert_eq!(lead["value"], json!({"amount": 5000, "currency": "SEK"}));
}

#[test]
fn a_lead_needs_a_contact_and_keeps_one() {
    let mut account = Account::new();
    account
        .post("/v1/leads", &json!({"title": "Solna"}))
        .refused_for("needs a person or an organization");
    let id = account.lead(json!({}));
    account
        .patch(&format!("/v1/leads/{id}"), &json!({"person_id": null}))
        .refused_for("needs a person or an organization");
    let org = account.organization("Alnäs AB");
    let moved = account
        .patch(
            &format!("/v1/leads/{id}"),
            &json!({"person_id": null, "organization_id": org}),
        )
        .data();
    assert_eq!(
        (&moved["person_id"], &moved["organization_id"]),
        (&Value::Null, &json!(org))
    );
    for (body, words) in [
        (json!({"value": {"amount": 5}}), "needs amount and currency"),
        (json!({"visible_to": 3}), "visible_to"),
        (json!({"label_ids": ["x"]}), "label x does not exist"),
        (json!({"origin_id": "x"}), "Parameter 'origin_id'"),
        (
            json!({"organization_id": 99}),
            "organization 99 does not exist",
        ),
    ] {
        account
            .patch(&format!("/v1/leads/{id}"), &body)
            .refused_for(words);
    }
}

#[test]
fn a_missing_lead_has_words_of_its_own() {
    let mut account = Account::new();
    let seen = account.get("/v1/leads/39c433f0-8a4c-11ec-8728-09968f0a1ca0");
    assert_eq!(seen.status, 404);
    assert_eq!(
        seen.json(),
        json!({"success": false, "error": "requested lead not found", "error_info": "Object was not found.", "data": null, "additional_data": null})
    );
}

#[test]
fn leads_are_listed_oldest_first_without_the_archived_ones() {
    let mut account = Account::new();
    let first = account.lead(json!({"title": "B"}));
    account.pass_seconds(60);
    let second = account.lead(json!({"title": "A"}));
    account.pass_seconds(60);
    let archived = account.lead(json!({"title": "C"}));
    account.patch(
        &format!("/v1/leads/{archived}"),
        &json!({"is_archived": true}),
    );
    let mut listed = |query: &str, expected: &[&String]| {
        let rows = account.get(&format!("/v1/leads{query}")).data();
        let ids: Vec<&str> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected, "{query}");
    };
    listed("", &[&first, &second]);
    listed("?sort=title", &[&second, &first]);
    listed("?sort=title%20DESC", &[&first, &second]);
    listed("?limit=1&start=1", &[&second]);
    listed("?updated_since=2026-01-14T10:00:30Z", &[&second]);
    listed("?person_id=1", &[&first]);
    listed("/archived", &[&archived]);
    let page = account.get("/v1/leads?limit=1").json();
    assert_eq!(
        page["additional_data"]["pagination"]["more_items_in_collection"],
        true
    );
    account.get("/v1/leads?sort=colour").refused_for("sort");
    account
        .get("/v1/leads?status=open")
        .refused_for("Parameter 'status'");
    assert_eq!(Account::new().get("/v1/leads").data(), json!([]));
}

#[test]
fn a_deleted_lead_is_gone_at_once() {
    let mut account = Account::new();
    let id = account.lead(json!({}));
    assert_eq!(
        account.delete(&format!("/v1/leads/{id}")).data(),
        json!({"id": id})
    );
    assert_eq!(account.get(&format!("/v1/leads/{id}")).status, 404);
    assert_eq!(account.delete(&format!("/v1/leads/{id}")).status, 404);
}

#[test]
fn leads_carry_the_fields_of_deals_flat_and_only_where_they_are_set() {
    let mut account = Account::new();
    let field = |account: &mut Account, body: Value| {
        let made = account.post("/api/v2/dealFields", &body).data();
        let option = made["options"][0]["id"].clone();
        (made["field_code"].as_str().unwrap().to_owned(), option)
    };
    let (area, _) = field(
        &mut account,
        json!({"field_name": "Area", "field_type": "double"}),
    );
    let (rent, _) = field(
        &mut account,
        json!({"field_name": "Rent", "field_type": "monetary"}),
    );
    let (kind, office) = field(
        &mut account,
        json!({"field_name": "Type", "field_type": "enum", "options": [{"label": "Office"}]}),
    );
    let id = account.lead(json!({&*area: 400, &*rent: 2300, &*kind: office.to_string()}));
    let lead = account.get(&format!("/v1/leads/{id}")).data();
    assert_eq!(
        (
            &lead[&*area],
            &lead[&*rent],
            &lead[&*format!("{rent}_currency")]
        ),
        (&json!(400), &json!(2300), &json!("SEK"))
    );
    assert_eq!(lead[&*kind], office.to_string());
    let bare = account.lead(json!({}));
    assert!(
        account
            .get(&format!("/v1/leads/{bare}"))
            .data()
            .get(&*area)
            .is_none()
    );
}

#[test]
fn labels_of_leads_have_a_name_and_a_colour_and_leave_the_leads_when_they_go() {
    let mut account = Account::new();
    let hot = account.lead_label("Hot");
    let id = account.lead(json!({"label_ids": [hot]}));
    assert_eq!(account.get("/v1/leadLabels").data()[0]["id"], hot);
    let renamed = account
        .patch(
            &format!("/v1/leadLabels/{hot}"),
            &json!({"name": "Warm", "color": "yellow"}),
        )
        .data();
    assert_eq!(
        key_set(&renamed),
        ["add_time", "color", "id", "name", "update_time"]
    );
    assert_eq!(renamed["name"], "Warm");
    account
        .post("/v1/leadLabels", &json!({"name": "X", "color": "mauve"}))
        .refused_for("color");
    assert_eq!(
        account.delete(&format!("/v1/leadLabels/{hot}")).data(),
        json!({"id": hot})
    );
    assert_eq!(
        account.get(&format!("/v1/leads/{id}")).data()["label_ids"],
        json!([])
    );
    assert_eq!(account.delete(&format!("/v1/leadLabels/{hot}")).status, 404);
    assert_eq!(
        account
            .get("/v1/leadSources")
            .data()
            .as_array()
            .unwrap()
            .len(),
        10
    );
}

#[test]
fn events_of_leads_name_the_identifier() {
    let mut account = Account::new();
    account.subscribe();
    let id = account.lead(json!({}));
    account.received();
    account.patch(&format!("/v1/leads/{id}"), &json!({"title": "Solna, new"}));
    let event = account.received()[0].clone();
    assert_eq!(
        (&event["meta"]["entity"], &event["meta"]["entity_id"]),
        (&json!("lead"), &json!(id))
    );
    assert_eq!(
        key_set(&event["data"]),
        [
            "add_time",
            "creator_id",
            "custom_fields",
            "expected_close_date",
            "id",
            "is_archived",
            "label_ids",
            "organization_id",
            "owner_id",
            "person_id",
            "source_name",
            "title",
            "update_time",
            "value",
            "visible_to",
            "was_seen"
        ]
    );
    assert_eq!(event["previous"]["title"], "Looks for 400 m² in Solna");
}

#[test]
fn a_lead_becomes_a_deal_after_a_while() {
    let mut account = Account::new();
    let (leasing, first, _) = account.leasing();
    let id = account.lead(json!({"value": {"amount": 70, "currency": "EUR"}}));
    let begun = account.post(
        &format!("/api/v2/leads/{id}/convert/deal"),
        &json!({"pipeline_id": leasing}),
    );
    assert_eq!(begun.status, 200, "{}", begun.text);
    let job = begun.data()["conversion_id"].as_str().unwrap().to_owned();
    let path = format!("/api/v2/leads/{id}/convert/status/{job}");
    assert_eq!(account.get(&path).data()["status"], "not_started");
    account.pass_seconds(1);
    assert_eq!(account.get(&path).data()["status"], "running");
    account.pass_seconds(2);
    let ended = account.get(&path).data();
    assert_eq!(ended["status"], "completed");
    let deal = account.deal_now(ended["deal_id"].as_i64().unwrap());
    assert_eq!(
        (&deal["title"], &deal["stage_id"]),
        (&json!("Looks for 400 m² in Solna"), &json!(first))
    );
    assert_eq!(
        (&deal["value"], &deal["currency"]),
        (&json!(70.0), &json!("EUR"))
    );
    assert_eq!(account.get(&format!("/v1/leads/{id}")).status, 404);
    account.pass_seconds(4 * 86_400);
    assert_eq!(account.get(&path).status, 404);
}

#[test]
fn a_deal_becomes_a_lead_and_goes() {
    let mut account = Account::new();
    let person = account.person("Ann Lie");
    let deal = account.deal(json!({"person_id": person, "value": 12}));
    let job = account
        .post(&format!("/api/v2/deals/{deal}/convert/lead"), &json!({}))
        .data()["conversion_id"]
        .as_str()
        .unwrap()
        .to_owned();
    account.pass_seconds(3);
    let ended = account
        .get(&format!("/api/v2/deals/{deal}/convert/status/{job}"))
        .data();
    let lead = account
        .get(&format!("/v1/leads/{}", ended["lead_id"].as_str().unwrap()))
        .data();
    assert_eq!(
        (&lead["source_deal_id"], &lead["person_id"]),
        (&json!(deal), &json!(person))
    );
    assert_eq!(
        (&lead["origin"], &lead["value"]["amount"]),
        (&json!("Deal"), &json!(12))
    );
    assert_eq!(account.deal_now(deal)["is_deleted"], true);
    let bare = account.deal(json!({}));
    account
        .post(&format!("/api/v2/deals/{bare}/convert/lead"), &json!({}))
        .refused_for("needs a person");
    assert_eq!(
        account
            .post("/api/v2/deals/99/convert/lead", &json!({}))
            .status,
        404
    );
}

#[test]
fn a_conversion_ends_and_is_told_even_when_nobody_asks() {
    let mut account = Account::new();
    let person = account.person("Ann Lie");
    let deal = account.deal(json!({"person_id": person}));
    account.subscribe();
    account.post(&format!("/api/v2/deals/{deal}/convert/lead"), &json!({}));
    assert!(account.received().is_empty());
    account.now = emulators::Emulator::next_due(&account.emulator).unwrap();
    let told: Vec<(String, String)> = account
        .received()
        .iter()
        .map(|event| {
            (
                event["meta"]["entity"].as_str().unwrap().to_owned(),
                event["meta"]["action"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("lead".to_owned(), "create".to_owned()),
            ("deal".to_owned(), "delete".to_owned())
        ]
    );
}
