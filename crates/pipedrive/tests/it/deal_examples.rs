//! Documented answers of the deal world are understood.

use jiff::civil::date;
use pipedrive::{
    ConversionStatus, CustomValue, DealQuery, DealStatus, FieldType, LeadQuery, NewDealPlace,
};
use serde_json::{Value, json};

use crate::script::Script;
use crate::world::CHANGE;

const LEAD: &str = "adf21080-0e10-11eb-879b-05d71fb426ec";

fn single(data: Value) -> Value {
    json!({"success": true, "data": data})
}

fn list(data: Value) -> Value {
    json!({"success": true, "data": data, "additional_data": {"next_cursor": null}})
}

fn number(text: &str) -> Option<serde_json::Number> {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_deal_is_read_with_all_that_is_known_of_it() {
    let deal = json!({
        "id": 501, "title": "Warehouse north", "creator_user_id": 11, "value": 1_200_000.5, "person_id": 21, "org_id": 31,
        "stage_id": 3, "currency": "SEK", "add_time": "2026-01-10T09:00:00Z", "update_time": null, "status": "lost",
        "probability": 40, "lost_reason": "Price", "visible_to": 3, "close_time": "2026-02-10T09:00:00Z", "pipeline_id": 1,
        "won_time": null, "lost_time": "2026-02-10T09:00:00Z", "stage_change_time": "2026-01-14T18:00:00Z",
        "expected_close_date": "2026-03-31", "custom_fields": {"f00d": 41}, "owner_id": 11, "label_ids": [4], "is_deleted": false,
        "origin": "API", "origin_id": null, "acv": null, "is_archived": true, "archive_time": "2026-02-11T09:00:00Z",
        "participants_count": 2
    });
    let (script, client) = Script::answering(single(deal));
    let row = script.run(client.get_deal(501, &[], &CHANGE)).unwrap();
    let deal = row.value;
    assert_eq!(
        (deal.id, deal.title.as_deref()),
        (501, Some("Warehouse north"))
    );
    assert_eq!(
        (deal.value, deal.currency.as_deref()),
        (number("1200000.5"), Some("SEK"))
    );
    assert_eq!(deal.status, Some(DealStatus::Lost));
    assert_eq!(
        (deal.person_id, deal.org_id, deal.owner_id),
        (Some(21), Some(31), Some(11))
    );
    assert_eq!((deal.pipeline_id, deal.stage_id), (Some(1), Some(3)));
    assert_eq!(deal.expected_close_date, Some(date(2026, 3, 31)));
    assert_eq!((deal.lost_time, deal.won_time), (deal.close_time, None));
    assert_eq!((deal.is_archived, deal.is_deleted), (true, false));
    assert_eq!(
        (deal.participants_count, deal.products_count),
        (Some(2), None)
    );
    assert_eq!(deal.update_time, None);
    assert_eq!(
        CustomValue::read(FieldType::Enum, &deal.custom_fields.read()["f00d"]),
        Ok(Some(CustomValue::Choice(41)))
    );
    assert!(row.raw.contains("acv"), "the row keeps what we do not read");
}

#[test]
fn a_deal_in_the_older_form_is_still_a_deal() {
    let deal = json!({
        "id": "501", "value": "1200", "status": "postponed", "person_id": {"value": 21, "name": "Astrid"}, "owner_id": {"id": 11},
        "label_ids": "4,7", "expected_close_date": "", "is_archived": 1, "add_time": "2026-01-10 09:00:00"
    });
    let (script, client) = Script::answering(list(json!([deal])));
    let page = script
        .run(client.list_deals(&DealQuery::default(), &CHANGE))
        .unwrap();
    let deal = &page.rows[0].value;
    assert_eq!((deal.id, deal.value.clone()), (501, number("1200")));
    assert_eq!(deal.status, Some(DealStatus::Other("postponed".to_owned())));
    assert_eq!((deal.person_id, deal.owner_id), (Some(21), Some(11)));
    assert_eq!(
        (deal.label_ids.as_slice(), deal.expected_close_date),
        ([4, 7].as_slice(), None)
    );
    assert!(deal.is_archived && deal.add_time.is_some());
}

#[test]
fn a_line_of_a_deal_tells_price_and_quantity() {
    let line = json!({
        "id": 3, "sum": 90, "tax": 0, "deal_id": 1, "name": "Valuation", "product_id": 5, "product_variation_id": null,
        "add_time": "2026-01-10T09:00:00Z", "update_time": "2026-01-10T09:00:00Z", "comments": "", "currency": "NOK",
        "discount": 10, "quantity": 1, "item_price": 100, "tax_method": "inclusive", "discount_type": "percentage", "is_enabled": true
    });
    let (script, client) = Script::answering(list(json!([line])));
    let page = script
        .run(client.list_deal_products(1, None, &CHANGE))
        .unwrap();
    let line = &page.rows[0].value;
    assert_eq!(
        (line.id, line.product_id, line.deal_id),
        (3, Some(5), Some(1))
    );
    assert_eq!(
        (line.item_price.clone(), line.sum.clone()),
        (number("100"), number("90"))
    );
    assert_eq!(line.comments, "");
}

#[test]
fn a_product_shows_its_prices() {
    let product = json!({
        "id": 5, "name": "Valuation", "tax": 25, "add_time": "2026-01-10T09:00:00Z", "update_time": "2026-01-10T09:00:00Z",
        "description": "", "code": "VAL", "unit": "", "owner_id": 11, "category": null, "is_deleted": false, "is_linkable": true,
        "prices": [{"product_id": 5, "price": 5000, "currency": "SEK", "cost": 0, "direct_cost": null, "notes": ""}],
        "custom_fields": {}, "visible_to": 3, "billing_frequency": "one-time"
    });
    let (script, client) = Script::answering(single(product));
    let product = script.run(client.get_product(5, &CHANGE)).unwrap().value;
    assert_eq!((product.code.as_str(), product.category), ("VAL", None));
    assert_eq!(
        (
            product.prices[0].price.clone(),
            product.prices[0].currency.as_str()
        ),
        (number("5000"), "SEK")
    );
}

#[test]
fn pipelines_and_stages_tell_their_order() {
    let pipeline = json!({"id": 1, "name": "Leasing", "order_nr": 1, "is_deleted": false, "is_deal_probability_enabled": true});
    let (script, client) = Script::answering(list(json!([pipeline])));
    let page = script.run(client.list_pipelines(None, &CHANGE)).unwrap();
    assert_eq!(
        (
            page.rows[0].value.order_nr,
            page.rows[0].value.is_deal_probability_enabled
        ),
        (Some(1), true)
    );

    let stage = json!({
        "id": 3, "order_nr": 0, "name": "Viewing", "is_deleted": false, "deal_probability": 60, "pipeline_id": 1,
        "is_deal_rot_enabled": true, "days_to_rotten": 14, "add_time": "2026-01-10T09:00:00Z", "update_time": null
    });
    let (script, client) = Script::answering(list(json!([stage])));
    let page = script
        .run(client.list_stages(Some(1), None, &CHANGE))
        .unwrap();
    let stage = &page.rows[0].value;
    assert_eq!(
        (
            stage.pipeline_id,
            stage.deal_probability,
            stage.days_to_rotten
        ),
        (Some(1), Some(60), Some(14))
    );
}

#[test]
fn a_lead_has_its_flat_custom_fields_in_the_common_form() {
    let (money, option) = ("a".repeat(40), "b".repeat(40));
    let lead = json!({
        "id": LEAD, "title": "Office in Aarhus", "owner_id": 11, "creator_id": 11, "label_ids": [LEAD],
        "value": {"amount": 999.5, "currency": "DKK"}, "expected_close_date": null, "person_id": 21, "organization_id": null,
        "is_archived": false, "source_name": "API", "was_seen": true, "add_time": "2026-04-01T22:03:28.177Z",
        "update_time": "2026-04-01T22:03:28.177Z", "visible_to": "3", "cc_email": "x@example.com",
        money.clone(): 2300, format!("{money}_currency"): "SEK", option.clone(): "12"
    });
    let (script, client) = Script::answering(single(lead));
    let lead = script.run(client.get_lead(LEAD, &CHANGE)).unwrap().value;
    assert_eq!(
        (lead.id.as_str(), lead.label_ids.as_slice()),
        (LEAD, [LEAD.to_owned()].as_slice())
    );
    assert_eq!(
        (lead.person_id, lead.organization_id, lead.visible_to),
        (Some(21), None, Some(3))
    );
    let value = lead.value.as_ref().unwrap();
    assert_eq!(
        (Some(value.amount.clone()), value.currency.as_str()),
        (number("999.5"), "DKK")
    );
    assert_eq!(lead.custom_fields.len(), 2, "built-in fields are none");
    assert_eq!(
        lead.custom_fields[&money],
        json!({"value": 2300, "currency": "SEK"})
    );
    assert_eq!(
        CustomValue::read(FieldType::Enum, &lead.custom_fields[&option]),
        Ok(Some(CustomValue::Choice(12)))
    );
}

#[test]
fn labels_and_sources_of_leads_are_read() {
    let (script, client) =
        Script::answering(list(json!([{"id": LEAD, "name": "Hot", "color": "red"}])));
    let page = script.run(client.list_lead_labels(&CHANGE)).unwrap();
    assert_eq!(
        (
            page.rows[0].value.name.as_str(),
            page.rows[0].value.color.as_str()
        ),
        ("Hot", "red")
    );
    let (script, client) = Script::answering(list(json!([{"name": "Web forms"}, {"name": "API"}])));
    assert_eq!(
        script
            .run(client.list_lead_sources(&CHANGE))
            .unwrap()
            .rows
            .len(),
        2
    );
}

#[test]
fn a_conversion_is_begun_and_looked_at() {
    let (script, client) = Script::answering(single(json!({"conversion_id": LEAD})));
    let begun = script
        .run(client.convert_lead(LEAD, NewDealPlace::Pipeline(2), &CHANGE))
        .unwrap();
    assert_eq!(begun.value.conversion_id, LEAD);
    assert_eq!(script.asked().1, r#"{"pipeline_id":2}"#);

    let done = json!({"lead_id": null, "deal_id": 7, "conversion_id": LEAD, "status": "completed"});
    let (script, client) = Script::answering(single(done));
    let done = script
        .run(client.lead_conversion(LEAD, LEAD, &CHANGE))
        .unwrap()
        .value;
    assert_eq!(
        (done.status, done.deal_id, done.lead_id),
        (ConversionStatus::Completed, Some(7), None)
    );
}

#[test]
fn leads_come_by_number_of_row_until_there_are_no_more() {
    let page = |start: u64, more: bool| {
        json!({
            "success": true, "data": [{"id": LEAD}],
            "additional_data": {"pagination": {"start": start, "limit": 500, "more_items_in_collection": more}}
        })
    };
    let (script, client) = Script::with(move |request| {
        let is_first = !request.uri().query().unwrap().contains("start=");
        crate::script::Reply::of(
            200,
            if is_first {
                page(0, true)
            } else {
                page(500, false)
            }
            .to_string(),
        )
    });
    let mut query = LeadQuery::default();
    let first = script.run(client.list_leads(&query, &CHANGE)).unwrap();
    assert_eq!(
        first.next_cursor.as_deref(),
        Some("500"),
        "where the server does not say, it is behind this page"
    );
    query.cursor = first.next_cursor;
    script.take_seen();
    let second = script.run(client.list_leads(&query, &CHANGE)).unwrap();
    assert_eq!(script.asked().0, "GET /api/v1/leads?limit=500&start=500");
    assert_eq!(second.next_cursor, None);
}
