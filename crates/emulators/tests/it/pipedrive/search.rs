//! Search: what is found where, in which order, and how long it lags.

use serde_json::{Value, json};

use super::Account;

impl Account {
    fn found(&mut self, path: &str) -> Vec<Value> {
        let seen = self.get(path);
        assert_eq!(seen.status, 200, "{}", seen.text);
        self.pass_seconds(1);
        seen.data()["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["item"]["id"].clone())
            .collect()
    }
}

#[test]
fn what_was_just_written_is_not_found_yet() {
    let mut account = Account::new();
    let person = account.person("Ann Lie");
    assert_eq!(
        account.found("/api/v2/persons/search?term=ann"),
        Vec::<Value>::new()
    );
    account.pass_seconds(5);
    assert_eq!(
        account.found("/api/v2/persons/search?term=ann"),
        [json!(person)]
    );
    account.patch(
        &format!("/api/v2/persons/{person}"),
        &json!({"name": "Berit Moe"}),
    );
    assert_eq!(
        account.found("/api/v2/persons/search?term=ann"),
        [json!(person)]
    );
    account.pass_seconds(5);
    assert_eq!(
        account.found("/api/v2/persons/search?term=ann"),
        Vec::<Value>::new()
    );
    assert_eq!(
        account.found("/api/v2/persons/search?term=berit"),
        [json!(person)]
    );
    account.delete(&format!("/api/v2/persons/{person}"));
    account.pass_seconds(5);
    assert_eq!(
        account.found("/api/v2/persons/search?term=berit"),
        Vec::<Value>::new()
    );
}

#[test]
fn people_are_found_by_name_address_and_number_and_the_best_comes_first() {
    let mut account = Account::new();
    let org = account.organization("Alnäs AB");
    let one = account.post("/api/v2/persons", &json!({"name": "Siv Annerud", "org_id": org, "emails": [{"value": "siv@alnas.se"}], "phones": [{"value": "+46 70 123 45 67"}]})).id();
    let two = account.person("Ann");
    account.pass_seconds(6);
    assert_eq!(
        account.found("/api/v2/persons/search?term=ann"),
        [json!(two), json!(one)]
    );
    assert_eq!(
        account.found("/api/v2/persons/search?term=ANN&exact_match=true"),
        [json!(two)]
    );
    assert_eq!(
        account.found("/api/v2/persons/search?term=123%2045&fields=phone"),
        [json!(one)]
    );
    assert_eq!(
        account.found("/api/v2/persons/search?term=alnas.se&fields=email"),
        [json!(one)]
    );
    assert_eq!(
        account.found("/api/v2/persons/search?term=alnas.se&fields=name"),
        Vec::<Value>::new()
    );
    assert_eq!(
        account.found(&format!(
            "/api/v2/persons/search?term=ann&organization_id={org}"
        )),
        [json!(one)]
    );
    let item = account.get("/api/v2/persons/search?term=siv").data()["items"][0]["item"].clone();
    assert_eq!(
        item["organization"],
        json!({"id": org, "name": "Alnäs AB", "address": null})
    );
    assert_eq!(
        (&item["type"], &item["emails"]),
        (&json!("person"), &json!(["siv@alnas.se"]))
    );
}

#[test]
fn deals_are_found_by_title_and_custom_fields_and_filtered_by_status() {
    let mut account = Account::new();
    let field = account
        .post(
            "/api/v2/dealFields",
            &json!({"field_name": "Address", "field_type": "varchar"}),
        )
        .data();
    let code = field["field_code"].as_str().unwrap().to_owned();
    let person = account.person("Ann Lie");
    let one = account.deal(json!({"title": "Kontor Solna", "person_id": person, "value": 12, "custom_fields": {&*code: "Storgatan 4"}}));
    let two = account.deal(json!({"title": "Lager Solna", "status": "won"}));
    account.pass_seconds(6);
    assert_eq!(
        account.found("/api/v2/deals/search?term=solna"),
        [json!(one), json!(two)]
    );
    assert_eq!(
        account.found("/api/v2/deals/search?term=solna&status=won"),
        [json!(two)]
    );
    assert_eq!(
        account.found(&format!(
            "/api/v2/deals/search?term=solna&person_id={person}"
        )),
        [json!(one)]
    );
    assert_eq!(
        account.found("/api/v2/deals/search?term=storgatan"),
        [json!(one)]
    );
    let item = account
        .get("/api/v2/deals/search?term=storgatan&include_fields=deal.cc_email")
        .data()["items"][0]["item"]
        .clone();
    assert_eq!(item["custom_fields"], json!(["Storgatan 4"]));
    assert_eq!(
        (&item["stage"]["name"], &item["value"]),
        (&json!("Qualified"), &json!(12))
    );
    assert_eq!(
        (&item["person"], &item["organization"]),
        (&json!({"id": person, "name": "Ann Lie"}), &Value::Null)
    );
    assert_eq!(
        item["cc_email"],
        format!("nordlysbrokers+deal{one}@pipedrivemail.com")
    );
    let page = account
        .get("/api/v2/deals/search?term=solna&limit=1")
        .json();
    let cursor = page["additional_data"]["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        account.found(&format!(
            "/api/v2/deals/search?term=solna&limit=1&cursor={cursor}"
        )),
        [json!(two)]
    );
}

#[test]
fn one_search_looks_at_every_kind_and_at_what_belongs_to_it() {
    let mut account = Account::new();
    let org = account
        .post(
            "/api/v2/organizations",
            &json!({"name": "Solna Fastigheter", "address": {"value": "Storgatan 1, Solna"}}),
        )
        .id();
    let deal = account.deal(json!({"title": "Kontor", "org_id": org}));
    account.post(
        "/api/v2/products",
        &json!({"name": "Visning", "code": "SOLNA-1"}),
    );
    account.pass_seconds(6);
    let seen = account.get("/api/v2/itemSearch?term=solna").data();
    let types: Vec<&str> = seen["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["item"]["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["organization", "product"]);
    assert_eq!(seen["related_items"], json!([]));
    let seen = account
        .get("/api/v2/itemSearch?term=solna&item_types=organization&search_for_related_items=true")
        .data();
    assert_eq!(seen["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &seen["related_items"][0]["item"]["type"],
            &seen["related_items"][0]["item"]["id"]
        ),
        (&json!("deal"), &json!(deal))
    );
    account
        .get("/api/v2/itemSearch?term=solna&limit=101")
        .refused_for("between 1 and 100");
    account
        .get("/api/v2/itemSearch?term=solna&item_types=house")
        .refused_for("item_types");
}

#[test]
fn one_field_is_searched_with_regard_to_case() {
    let mut account = Account::new();
    let one = account.person("Ann Lie");
    account.person("Annika Moe");
    account.pass_seconds(6);
    let mut found = |query: &str| {
        let rows = account
            .get(&format!(
                "/api/v2/itemSearch/field?entity_type=person&field=name&{query}"
            ))
            .data();
        account.pass_seconds(1);
        rows.as_array().unwrap().clone()
    };
    assert_eq!(
        found("term=Ann%20Lie"),
        [json!({"id": one, "name": "Ann Lie"})]
    );
    assert_eq!(found("term=ann%20lie"), Vec::<Value>::new());
    assert_eq!(found("term=Ann&match=beginning").len(), 2);
    assert_eq!(found("term=ika&match=middle").len(), 1);
    account
        .get("/api/v2/itemSearch/field?term=Ann&field=name")
        .refused_for("entity_type");
}

#[test]
fn terms_have_two_letters_or_are_exact() {
    let mut account = Account::new();
    account
        .get("/api/v2/persons/search?term=a")
        .refused_for("at least 2 characters");
    assert_eq!(
        account
            .get("/api/v2/persons/search?term=a&exact_match=true")
            .status,
        200
    );
    account
        .get("/api/v2/persons/search")
        .refused_for("term: is required");
    let empty = account.get("/api/v2/persons/search?term=");
    assert_eq!(
        (empty.status, &empty.json()["code"]),
        (400, &json!("ERR_INVALID_INPUT"))
    );
    account
        .get("/api/v2/persons/search?term=ann&fields=title")
        .refused_for("fields");
    account
        .get("/api/v2/persons/search?term=ann&status=open")
        .refused_for("Parameter 'status'");
}

#[test]
fn archived_deals_and_leads_are_found_and_say_so() {
    let mut account = Account::new();
    let person = account.person("Ann Lie");
    let deal = account.deal(json!({"title": "Solna"}));
    account.edit_deal(deal, json!({"is_archived": true}));
    account.post(
        "/v1/leads",
        &json!({"title": "Solna söker", "person_id": person}),
    );
    account.pass_seconds(6);
    let seen = account.get("/api/v2/itemSearch?term=solna").data();
    let flags: Vec<&Value> = seen["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["item"]["is_archived"])
        .collect();
    assert_eq!(flags, [true, false]);
}

#[test]
fn a_record_is_found_by_its_notes_once_the_index_knows_them() {
    let mut account = Account::new();
    let person = account.person("Ann Lie");
    let deal = account.post("/api/v2/deals", &json!({"title": "Storgata 12"}));
    let deal = deal.data()["id"].clone();
    let lead = json!({"title": "Asked", "person_id": person});
    let lead = account.post("/v1/leads", &lead).data()["id"].clone();
    account.pass_seconds(10);
    for note in [
        json!({"content": "<b>Needs</b> parking for twelve cars", "deal_id": deal}),
        json!({"content": "parking", "lead_id": lead}),
        json!({"content": "No cars", "person_id": person}),
    ] {
        assert_eq!(account.post("/v1/notes", &note).status, 200, "{note}");
    }
    let path = "/api/v2/itemSearch?term=parking";
    assert_eq!(account.found(path), Vec::<Value>::new());
    account.pass_seconds(10);

    assert_eq!(account.found(path), [lead, deal.clone()]);
    let item = account.get("/api/v2/deals/search?term=needs%20parking&fields=notes");
    assert_eq!(
        item.data()["items"][0]["item"]["notes"],
        json!(["Needs parking for twelve cars"])
    );
    account.pass_seconds(1);
    let by_title = "/api/v2/deals/search?term=parking&fields=title";
    assert_eq!(account.found(by_title), Vec::<Value>::new());
    let people = account.found("/api/v2/persons/search?term=cars");
    assert_eq!(people, [json!(person)]);

    account.delete("/v1/notes/1");
    account.pass_seconds(10);
    let gone = "/api/v2/deals/search?term=parking";
    assert_eq!(account.found(gone), Vec::<Value>::new());
}
