//! Products, their variations, and products of deals.

use serde_json::{Value, json};

use super::{Account, keys_in_order};

impl Account {
    fn product(&mut self, fields: Value) -> i64 {
        let mut body = json!({"name": "Valuation report"});
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let made = self.post("/api/v2/products", &body);
        assert_eq!(made.status, 201, "{}", made.text);
        made.data()["id"].as_i64().unwrap()
    }

    fn attach(&mut self, deal: i64, fields: Value) -> Value {
        let made = self.post(&format!("/api/v2/deals/{deal}/products"), &fields);
        assert_eq!(made.status, 201, "{}", made.text);
        made.data()
    }
}

#[test]
fn a_new_product_answers_201_with_all_keys_and_empty_texts() {
    let mut account = Account::new();
    let seen = account.post("/api/v2/products", &json!({"name": "Photography"}));
    assert_eq!(seen.status, 201);
    assert_eq!(
        seen.text,
        concat!(
            r#"{"success":true,"data":{"id":1,"name":"Photography","tax":0,"add_time":"2026-01-14T10:00:00Z","#,
            r#""update_time":"2026-01-14T10:00:00Z","description":"","code":"","unit":"","owner_id":11,"category":null,"#,
            r#""is_deleted":false,"is_linkable":true,"prices":[{"product_id":1,"price":0,"currency":"SEK","cost":0,"#,
            r#""direct_cost":null,"notes":""}],"custom_fields":{},"visible_to":3,"billing_frequency":"one-time","#,
            r#""billing_frequency_cycles":null},"additional_data":null}"#
        )
    );
}

#[test]
fn prices_are_one_per_currency_and_billing_is_checked() {
    let mut account = Account::new();
    let twice = json!([{"currency": "SEK", "price": 1}, {"currency": "SEK", "price": 2}]);
    account
        .post("/api/v2/products", &json!({"name": "A", "prices": twice}))
        .refused_for("one price per currency");
    account
        .post(
            "/api/v2/products",
            &json!({"name": "A", "prices": [{"price": 1}]}),
        )
        .refused_for("needs a currency");
    account
        .post(
            "/api/v2/products",
            &json!({"name": "A", "billing_frequency": "weekly"}),
        )
        .refused_for("billing_frequency_cycles: is required");
    account
        .post(
            "/api/v2/products",
            &json!({"name": "A", "billing_frequency_cycles": 4}),
        )
        .refused_for("must be null");
    account
        .post("/api/v2/products", &json!({"name": "A", "category": 4}))
        .refused_for("option does not exist");
    account
        .post("/api/v2/products", &json!({"name": "A", "price": 4}))
        .refused_for("Parameter 'price'");
}

#[test]
fn products_are_listed_by_name_page_by_page() {
    let mut account = Account::new();
    for name in ["Signage", "Drone film", "Photography"] {
        account.product(json!({"name": name}));
    }
    let first = account.get("/api/v2/products?sort_by=name&limit=2").json();
    let cursor = first["additional_data"]["next_cursor"].as_str().unwrap();
    let second = account
        .get(&format!(
            "/api/v2/products?sort_by=name&limit=2&cursor={cursor}"
        ))
        .json();
    let names: Vec<&str> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["data"].as_array().unwrap())
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Drone film", "Photography", "Signage"]);
    account
        .get("/api/v2/products?updated_until=2026-01-14T10:00:00Z")
        .refused_for("updated_until");
    account
        .get("/api/v2/products/1?custom_fields=x")
        .refused_for("custom_fields");
}

#[test]
fn a_copy_of_a_product_has_a_number_of_its_own() {
    let mut account = Account::new();
    let id =
        account.product(json!({"code": "VAL", "prices": [{"currency": "NOK", "price": 12000}]}));
    let copy = account.post(&format!("/api/v2/products/{id}/duplicate"), &json!({}));
    assert_eq!(copy.status, 201);
    assert_eq!(copy.data()["code"], "VAL");
    assert_eq!(copy.data()["prices"][0]["product_id"], copy.data()["id"]);
    assert_ne!(copy.data()["id"], id);
}

#[test]
fn variations_have_prices_of_their_own() {
    let mut account = Account::new();
    let id = account.product(json!({}));
    let path = format!("/api/v2/products/{id}/variations");
    let made = account.post(&path, &json!({"name": "With drone", "prices": [{"currency": "EUR", "price": 5.5, "cost": 2, "notes": "x"}]}));
    assert_eq!(made.status, 201);
    let variation = made.data()["id"].clone();
    assert_eq!(
        made.data()["prices"],
        json!([{"product_variation_id": variation, "price": 5.5, "currency": "EUR", "cost": 2, "direct_cost": null, "notes": "x"}])
    );
    let changed = account.patch(
        &format!("{path}/{variation}"),
        &json!({"name": "With two drones"}),
    );
    assert_eq!(changed.data()["name"], "With two drones");
    assert_eq!(account.get(&path).data().as_array().unwrap().len(), 1);
    assert_eq!(
        account.delete(&format!("{path}/{variation}")).data(),
        json!({"id": variation})
    );
    assert_eq!(account.delete(&format!("{path}/{variation}")).status, 404);
    account
        .post(&path, &json!({"prices": []}))
        .refused_for("name: is required");
}

#[test]
fn products_make_a_deal_worth_their_sum() {
    let mut account = Account::new();
    account.subscribe();
    let once = account.product(json!({}));
    let monthly = account.product(json!({"name": "Property management"}));
    let deal = account.deal(json!({"value": 7, "currency": "NOK"}));
    account.received();

    let row = account.attach(deal, json!({"product_id": once, "item_price": 100, "quantity": 3, "discount": 10, "tax": 25, "tax_method": "exclusive"}));
    assert_eq!(row["sum"], 337.5);
    assert_eq!(
        (&row["order_nr"], &row["comments"], &row["currency"]),
        (&json!(10), &json!(""), &json!("NOK"))
    );
    account.attach(deal, json!({"product_id": monthly, "item_price": 50, "quantity": 1, "billing_frequency": "monthly"}));
    let shown = account
        .get(&format!(
            "/api/v2/deals/{deal}?include_fields=products_count"
        ))
        .data();
    assert_eq!(
        (&shown["value"], &shown["mrr"], &shown["arr"]),
        (&json!(387.5), &json!(50.0), &json!(600.0))
    );
    assert_eq!(
        (&shown["acv"], &shown["products_count"]),
        (&json!(937.5), &json!(2))
    );
    let events = account.received();
    assert_eq!(events.len(), 2);
    assert_eq!(
        (
            &events[0]["meta"]["entity"],
            &events[0]["previous"]["value"]
        ),
        (&json!("deal"), &json!(7))
    );

    let gone = account.delete(&format!("/api/v2/deals/{deal}/products/{}", row["id"]));
    assert_eq!(gone.data(), json!({"id": row["id"]}));
    assert_eq!(account.deal_now(deal)["value"], 50.0);
}

#[test]
fn products_of_deals_come_in_bulk_and_go_in_bulk() {
    let mut account = Account::new();
    let product = account.product(json!({}));
    let (one, two) = (account.deal(json!({})), account.deal(json!({})));
    let row = json!({"product_id": product, "item_price": 10, "quantity": 1});
    let bulk = account.post(
        &format!("/api/v2/deals/{one}/products/bulk"),
        &json!({"data": [row, row, row]}),
    );
    assert_eq!(bulk.status, 201, "{}", bulk.text);
    keys_in_order(
        &bulk.text,
        &[
            "id",
            "sum",
            "tax",
            "deal_id",
            "name",
            "product_id",
            "product_variation_id",
            "order_nr",
            "add_time",
            "update_time",
            "comments",
            "currency",
            "discount",
            "quantity",
            "item_price",
            "tax_method",
            "discount_type",
            "is_enabled",
            "billing_frequency",
            "billing_frequency_cycles",
            "billing_start_date",
        ],
    );
    account.attach(two, row.clone());
    let both = account
        .get(&format!(
            "/api/v2/deals/products?deal_ids={one},{two}&sort_by=deal_id&sort_direction=desc"
        ))
        .data();
    assert_eq!(
        (both.as_array().unwrap().len(), &both[0]["deal_id"]),
        (4, &json!(two))
    );
    let many = vec![row.clone(); 101];
    account
        .post(
            &format!("/api/v2/deals/{one}/products/bulk"),
            &json!({"data": many}),
        )
        .refused_for("1 to 100");

    let first = both[3]["id"].clone();
    let gone = account
        .delete(&format!("/api/v2/deals/{one}/products?ids={first}"))
        .json();
    assert_eq!(gone["data"], json!({"ids": [first]}));
    let rest = account
        .delete(&format!("/api/v2/deals/{one}/products"))
        .json();
    assert_eq!(rest["data"]["ids"].as_array().unwrap().len(), 2);
    assert_eq!(
        rest["additional_data"],
        json!({"more_items_in_collection": false})
    );
    account
        .get("/api/v2/deals/products")
        .refused_for("deal_ids: is required");
}

#[test]
fn rows_of_deals_are_checked() {
    let mut account = Account::new();
    let product = account.product(json!({"is_linkable": false}));
    let linkable = account.product(json!({}));
    let deal = account.deal(json!({}));
    let path = format!("/api/v2/deals/{deal}/products");
    account
        .post(&path, &json!({}))
        .refused_for("product_id: is required; item_price: is required; quantity: is required");
    account
        .post(
            &path,
            &json!({"product_id": product, "item_price": 1, "quantity": 1}),
        )
        .refused_for("cannot be added");
    account
        .post(
            &path,
            &json!({"product_id": 99, "item_price": 1, "quantity": 1}),
        )
        .refused_for("product 99 does not exist");
    account
        .post(
            &path,
            &json!({"product_id": linkable, "item_price": "1", "quantity": 1}),
        )
        .refused_for("item_price: must be a number");
    account.post(&path, &json!({"product_id": linkable, "item_price": 1, "quantity": 1, "product_variation_id": 5})).refused_for("no such variation");
    let row = account.attach(
        deal,
        json!({"product_id": linkable, "item_price": 1, "quantity": 1}),
    );
    let path = format!("{path}/{}", row["id"]);
    let changed = account
        .patch(
            &path,
            &json!({"quantity": 4, "discount": 1, "discount_type": "amount"}),
        )
        .data();
    assert_eq!(
        (&changed["sum"], &changed["discount_type"]),
        (&json!(3), &json!("amount"))
    );
    assert_eq!(
        account
            .patch(
                &format!("/api/v2/deals/{deal}/products/99"),
                &json!({"quantity": 4})
            )
            .status,
        404
    );
}
