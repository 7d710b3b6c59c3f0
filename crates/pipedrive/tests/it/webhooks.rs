//! Webhooks are read into the same records as the API's own.

use emulators::Emulator;
use emulators::pipedrive::Entity as Emulated;
use emulators::pipedrive::Entity as EmulatedEntity;
use pipedrive::{
    ChangeSource, Entity, EventAction, NewWebhook, WebhookError, WebhookEvent, WebhookRecord,
    WebhookTopic,
};
use serde_json::json;

use crate::world::{CHANGE, World};

fn person(record: &WebhookRecord) -> &pipedrive::Person {
    let WebhookRecord::Person(row) = record else {
        panic!("{record:?}")
    };
    &row.value
}

/// A company whose webhooks arrive at our door.
fn listening() -> World {
    let world = World::start();
    for object in ["person", "organization"] {
        let webhook = NewWebhook {
            name: object.to_owned(),
            subscription_url: "https://sync.nordlysbrokers.example/in".to_owned(),
            event_object: object.to_owned(),
            http_auth_user: "pipedrive".to_owned(),
            http_auth_password: "secret".to_owned().into(),
        };
        world
            .run(world.client.create_webhook(&webhook, &CHANGE))
            .unwrap();
    }
    world
}

fn arrived(world: &World) -> Vec<WebhookEvent> {
    world.wire.clock.advance(10_000);
    let now = world.wire.now();
    let attempts = world.wire.emulator().due_webhooks(now);
    attempts
        .iter()
        .map(|attempt| WebhookEvent::decode(&attempt.body).unwrap())
        .collect()
}

#[test]
fn typed_custom_fields_lose_their_types() {
    let body = json!({
        "data": {
            "id": 21, "name": "Astrid Lindqvist", "visible_to": "3", "label": "4,7", "org_id": 31,
            "emails": [{"value": "a@example.com", "primary": true, "label": "work"}],
            "custom_fields": {
                "text": {"type": "varchar", "value": "P-77"}, "unset": null,
                "one": {"type": "enum", "id": 41}, "many": {"type": "set", "values": [{"id": 1}, {"id": 2}]},
                "money": {"type": "monetary", "value": 5, "currency": "SEK"},
                "span": {"type": "daterange", "from": "2026-01-01", "until": "2026-02-01"},
                "who": {"type": "user", "id": 7}
            }
        },
        "previous": {"name": "Astrid Lind", "custom_fields": {"text": null}},
        "meta": {
            "action": "change", "entity": "person", "entity_id": "21", "id": "e-1", "user_id": "11", "company_id": "900",
            "timestamp": "2026-01-14T18:00:00.057Z", "version": "2.0", "webhook_id": "77", "change_source": "app", "attempt": 2
        }
    });
    let event = WebhookEvent::decode(body.to_string().as_bytes()).unwrap();
    assert_eq!(
        (event.entity.clone(), event.action.clone()),
        (Entity::Person, EventAction::Change)
    );
    assert_eq!(
        (event.record_id(), event.user_id, event.attempt),
        (Some(21), Some(11), 2)
    );
    assert_eq!(event.change_source, ChangeSource::App);

    let now = person(event.data.as_ref().unwrap());
    assert_eq!(now.label_ids, [4, 7]);
    assert_eq!(now.emails[0].value, "a@example.com");
    let expected = json!({
        "text": "P-77", "unset": null, "one": 41, "many": [1, 2], "who": 7,
        "money": {"value": 5, "currency": "SEK"}, "span": {"value": "2026-01-01", "until": "2026-02-01"}
    });
    assert_eq!(serde_json::to_value(&now.custom_fields).unwrap(), expected);

    let previous = event.previous.as_ref().unwrap();
    assert_eq!(
        (
            previous.changed.as_slice(),
            previous.changed_custom.as_slice()
        ),
        (
            ["name".to_owned()].as_slice(),
            ["text".to_owned()].as_slice()
        )
    );
    let before = person(&previous.record);
    assert_eq!(before.name.as_deref(), Some("Astrid Lind"));
    assert_eq!(before.custom_fields["text"], json!(null));
    assert_eq!(
        before.custom_fields["one"], 41,
        "what did not change was the same before"
    );
}

#[test]
fn a_change_that_arrives_equals_what_the_api_shows() {
    let world = listening();
    let now = world.wire.now();
    let id = {
        let mut company = world.wire.emulator();
        let label = company.add_label(EmulatedEntity::Person, "Investor", now);
        let fields = json!({"name": "Kari Nes", "emails": [{"value": "kari@example.no", "primary": true, "label": "work"}], "label_ids": [label]});
        company.screen(now).add(Emulated::Person, &fields).unwrap()
    };
    let created = arrived(&world);
    assert_eq!(created.len(), 1);
    assert_eq!(
        (created[0].action.clone(), created[0].previous.as_ref()),
        (EventAction::Create, None)
    );

    let now = world.wire.now();
    world
        .wire
        .emulator()
        .screen(now)
        .edit(Emulated::Person, id, &json!({"name": "Kari Nes Dahl"}))
        .unwrap();
    let changed = arrived(&world);
    let shown = world
        .run(world.client.get_person(id, &CHANGE))
        .unwrap()
        .value;
    let told = person(changed[0].data.as_ref().unwrap());
    assert_eq!(
        (told.id, &told.name, &told.emails, &told.label_ids),
        (id, &shown.name, &shown.emails, &shown.label_ids)
    );
    assert_eq!(
        (told.update_time, &told.custom_fields),
        (shown.update_time, &shown.custom_fields)
    );
    let before = person(&changed[0].previous.as_ref().unwrap().record);
    assert_eq!(before.name.as_deref(), Some("Kari Nes"));
    assert_eq!(changed[0].change_source, ChangeSource::App);
}

#[test]
fn a_deletion_has_no_record_now_and_a_whole_one_before() {
    let world = listening();
    let now = world.wire.now();
    let id = world
        .wire
        .emulator()
        .screen(now)
        .add(Emulated::Organization, &json!({"name": "Nordhus"}))
        .unwrap();
    arrived(&world);
    let now = world.wire.now();
    world
        .wire
        .emulator()
        .screen(now)
        .delete(Emulated::Organization, id)
        .unwrap();
    let events = arrived(&world);
    assert_eq!(
        (events[0].action.clone(), events[0].data.as_ref()),
        (EventAction::Delete, None)
    );
    let previous = events[0].previous.as_ref().unwrap();
    let WebhookRecord::Organization(before) = &previous.record else {
        panic!("{previous:?}")
    };
    assert_eq!(before.value.name.as_deref(), Some("Nordhus"));
    assert!(previous.changed.is_empty());
}

#[test]
fn a_merge_tells_who_went_into_whom() {
    let world = listening();
    let now = world.wire.now();
    let (goes, stays) = {
        let mut company = world.wire.emulator();
        let goes = company
            .screen(now)
            .add(Emulated::Person, &json!({"name": "Per Vik"}))
            .unwrap();
        (
            goes,
            company
                .screen(now)
                .add(Emulated::Person, &json!({"name": "Per Vik"}))
                .unwrap(),
        )
    };
    arrived(&world);
    let now = world.wire.now();
    world
        .wire
        .emulator()
        .screen(now)
        .merge(Emulated::Person, goes, stays)
        .unwrap();
    let events = arrived(&world);
    let gone = events
        .iter()
        .find(|event| event.action == EventAction::Delete)
        .unwrap();
    assert_eq!(
        (gone.record_id(), gone.merged_to),
        (Some(goes), Some(stays))
    );
    let survivor = events
        .iter()
        .find(|event| event.action == EventAction::Change)
        .unwrap();
    assert_eq!(
        (survivor.record_id(), survivor.merged_from),
        (Some(stays), Some(goes))
    );
}

#[test]
fn other_kinds_and_odd_records_are_told_apart_from_nonsense() {
    let decode = |data: serde_json::Value, entity: &str, version: &str| {
        let meta =
            json!({"action": "change", "entity": entity, "entity_id": "1", "version": version});
        WebhookEvent::decode(
            json!({"data": data, "previous": null, "meta": meta})
                .to_string()
                .as_bytes(),
        )
    };
    let lead = decode(json!({"id": "x"}), "lead_score", "2.0").unwrap();
    assert_eq!(
        (lead.entity, lead.data),
        (
            Entity::Other("lead_score".to_owned()),
            Some(WebhookRecord::Unread)
        )
    );
    let odd = decode(json!({"no": "id"}), "person", "2.0").unwrap();
    assert_eq!(odd.data, Some(WebhookRecord::Unread));
    assert_eq!(
        decode(json!({"id": 1}), "person", "1.0"),
        Err(WebhookError::OtherVersion)
    );
    assert_eq!(
        WebhookEvent::decode(b"{\"meta\":"),
        Err(WebhookError::NotReadable)
    );
    assert_eq!(WebhookEvent::decode(b"{}"), Err(WebhookError::NotReadable));
}

#[test]
fn the_topic_of_a_delivery_says_what_its_event_says() {
    let check = |body: &str| {
        let topic = WebhookTopic::decode(body.as_bytes());
        let event = WebhookEvent::decode(body.as_bytes()).map(|event| WebhookTopic {
            event_id: event.event_id,
            entity: event.entity,
            entity_id: event.entity_id,
            action: event.action,
            timestamp: event.timestamp,
        });
        assert_eq!(topic, event, "{body}");
    };
    for (entity, action, version) in [
        ("person", "create", "2.0"),
        ("organization", "change", "2.1"),
        ("lead", "delete", "2.0"),
        ("person", "merge", "1.0"),
    ] {
        let meta = json!({
            "entity": entity, "action": action, "version": version, "entity_id": 31, "id": "e-4",
            "timestamp": "2026-01-14T18:00:00.057Z"
        });
        check(&json!({"data": {"id": 31}, "previous": null, "meta": meta}).to_string());
    }
    for nonsense in ["{}", "{\"meta\":", "{\"meta\":{}}", "[1]"] {
        check(nonsense);
    }
}
