//! Every kind of record that webhooks carry ends up in the form the API gives it.

use api_client::Row;
use pipedrive::{DealStatus, Entity, WebhookEvent, WebhookRecord};
use serde_json::{Value, json};

fn event(entity: &str, data: &Value, previous: &Value) -> WebhookEvent {
    let meta = json!({
        "action": "change", "entity": entity, "entity_id": "1", "id": "e-1", "version": "2.0", "change_source": "app",
        "timestamp": "2026-01-14T18:00:00.057Z", "user_id": "11"
    });
    let letter = json!({"data": data, "previous": previous, "meta": meta});
    WebhookEvent::decode(letter.to_string().as_bytes()).unwrap()
}

/// The record of an event, now and before.
macro_rules! records {
    ($kind:ident, $event:expr) => {{
        let event = $event;
        assert_eq!(event.entity, Entity::$kind);
        let WebhookRecord::$kind(now) = event.data.unwrap() else {
            panic!("the record now is of another kind")
        };
        let previous = event.previous.unwrap();
        let WebhookRecord::$kind(before) = previous.record else {
            panic!("the record before is of another kind")
        };
        let (now, before): (Box<Row<_>>, Box<Row<_>>) = (now, before);
        (now.value, before.value, previous.changed)
    }};
}

#[test]
fn a_deal_that_moved_has_its_old_stage_before() {
    let data = json!({
        "add_time": "2026-01-10T09:00:00Z", "currency": "SEK", "custom_fields": {"f00d": {"id": 41, "type": "enum"}, "cafe": null},
        "id": 501, "label_ids": [], "org_id": 31, "owner_id": 11, "person_id": 21, "pipeline_id": 1, "stage_id": 3, "status": "open",
        "title": "Warehouse north", "update_time": "2026-01-14T18:00:00Z", "value": 1200, "visible_to": "3", "is_archived": false
    });
    let (now, before, changed) = records!(Deal, event("deal", &data, &json!({"stage_id": 2})));
    assert_eq!(
        (now.stage_id, before.stage_id, now.visible_to),
        (Some(3), Some(2), Some(3))
    );
    assert_eq!(
        (now.status, before.title.as_deref()),
        (Some(DealStatus::Open), Some("Warehouse north"))
    );
    assert_eq!(now.custom_fields.read()["f00d"], 41);
    assert_eq!(changed, ["stage_id"]);
}

#[test]
fn an_activity_is_told_by_its_older_names() {
    let data = json!({
        "id": 9, "active_flag": true, "busy_flag": true, "done": false, "due_date": "2026-01-20",
        "due_time": {"timezone_id": 1, "value": "09:30:00"}, "duration": {"value": "01:00:00"}, "subject": "Viewing", "type": "meeting",
        "deal_id": 501, "owner_id": 11, "location": null, "custom_fields": {}, "update_time": "2026-01-14T18:00:00Z"
    });
    let (now, before, changed) = records!(
        Activity,
        event(
            "activity",
            &data,
            &json!({"busy_flag": false, "due_time": null})
        )
    );
    assert_eq!(
        (now.is_deleted, now.busy, before.busy),
        (false, true, false)
    );
    assert_eq!(now.due_time, Some(jiff::civil::time(9, 30, 0, 0)));
    assert_eq!(
        (now.duration, before.due_time),
        (Some(jiff::SignedDuration::from_hours(1)), None)
    );
    assert_eq!(changed, ["busy", "due_time"], "by the names the API has");
}

#[test]
fn a_lead_has_typed_custom_fields_like_all_others() {
    let id = "adf21080-0e10-11eb-879b-05d71fb426ec";
    let data = json!({
        "id": id, "title": "Office", "owner_id": 11, "person_id": 21, "label_ids": [id], "value": {"amount": 5, "currency": "DKK"},
        "custom_fields": {"f00d": {"type": "varchar", "value": "P-77"}}, "visible_to": "3", "was_seen": false
    });
    let (now, before, _) = records!(Lead, event("lead", &data, &json!({"value": null})));
    assert_eq!(
        (now.id.as_str(), now.custom_fields["f00d"].as_str()),
        (id, Some("P-77"))
    );
    assert_eq!((now.value.is_some(), before.value), (true, None));
}

#[test]
fn a_note_is_as_the_older_version_has_it() {
    let data = json!({"id": 4, "user_id": 11, "deal_id": 501, "active_flag": true, "content": "<p>now</p>", "pinned_to_deal_flag": false});
    let (now, before, _) = records!(
        Note,
        event("note", &data, &json!({"content": "<p>then</p>"}))
    );
    assert_eq!(
        (
            now.content.as_str(),
            before.content.as_str(),
            now.active_flag
        ),
        ("<p>now</p>", "<p>then</p>", true)
    );
}

#[test]
fn pipelines_and_stages_lose_their_older_names() {
    let data = json!({"id": 1, "name": "Leasing", "url_title": "leasing", "order_nr": 1, "active_flag": true, "deal_probability": true});
    let (now, before, _) = records!(
        Pipeline,
        event("pipeline", &data, &json!({"deal_probability": false}))
    );
    assert_eq!(
        (
            now.is_deleted,
            now.is_deal_probability_enabled,
            before.is_deal_probability_enabled
        ),
        (false, true, false)
    );

    let data = json!({
        "id": 3, "name": "Viewing", "active_flag": false, "rotten_days": 14, "rotten_flag": true, "order_nr": 2, "deal_probability": 60,
        "pipeline_id": 1
    });
    let (now, before, _) = records!(Stage, event("stage", &data, &json!({"rotten_days": 7})));
    assert_eq!((now.is_deleted, now.is_deal_rot_enabled), (true, true));
    assert_eq!(
        (
            now.days_to_rotten,
            before.days_to_rotten,
            now.deal_probability
        ),
        (Some(14), Some(7), Some(60))
    );
}

#[test]
fn products_and_users_are_read() {
    let data = json!({"id": 5, "name": "Valuation", "code": "VAL", "prices": [{"price": 5, "currency": "SEK", "direct_cost": null}], "visible_to": "3"});
    let (now, before, _) = records!(Product, event("product", &data, &json!({"code": ""})));
    assert_eq!(
        (now.prices.len(), now.code.as_str(), before.code.as_str()),
        (1, "VAL", "")
    );

    let data = json!({"id": 11, "name": "Maja Holm", "email": "maja@example.com", "active_flag": false, "created": "2026-01-10 09:00:00"});
    let (now, before, _) = records!(User, event("user", &data, &json!({"active_flag": true})));
    assert_eq!((now.active_flag, before.active_flag), (false, true));
    assert!(now.created.is_some());
}

#[test]
fn every_kind_is_registered_by_the_word_it_comes_with() {
    for word in [
        "activity",
        "deal",
        "lead",
        "note",
        "organization",
        "person",
        "pipeline",
        "product",
        "stage",
        "user",
    ] {
        let entity = event(word, &json!({"id": 1}), &Value::Null).entity;
        assert_eq!(entity.word(), word);
        assert!(!matches!(entity, Entity::Other(_)));
    }
}

#[test]
fn a_kind_that_is_unknown_is_kept_as_such() {
    let odd = event("deal_installment", &json!({"id": 1}), &Value::Null);
    assert_eq!(
        (odd.entity.word(), odd.data),
        ("deal_installment", Some(WebhookRecord::Unread))
    );
}
