//! Webhooks are registered, signed and read as hints.

use emulators::Emulator;
use jiff::Timestamp;
use propstreet::{
    ChangeKind, Entity, NewWebhook, SYNCED_EVENTS, SignatureHeaders, WebhookHint, WebhookSecret,
    verify,
};
use serde_json::json;

use crate::world::{CHANGE, World};

#[test]
fn a_delivery_of_the_emulator_is_authentic_and_names_its_record() {
    let world = World::start();
    let client = &world.client;
    let webhook = NewWebhook {
        url: "https://sync.nordhav.example/webhooks/main/propstreet".to_owned(),
        events: SYNCED_EVENTS.map(str::to_owned).to_vec(),
        name: "pipestreet".to_owned(),
    };
    let made = world.run(client.create_webhook(&webhook, &CHANGE)).unwrap();
    let now = world.wire.now();
    let id = world
        .wire
        .emulator()
        .add_contact(&json!({"firstName": "Eva", "lastName": "Sand"}), now)
        .unwrap();
    world.wire.clock.advance(1_000);
    let now = world.wire.now();
    let deliveries = world.wire.emulator().due_webhooks(now);
    assert_eq!(deliveries.len(), 1);

    let headers = SignatureHeaders::from_headers(&deliveries[0].headers).unwrap();
    let secrets = [WebhookSecret::new(made.secret)];
    let now = Timestamp::from_millisecond(now.0).unwrap();
    assert_eq!(verify(headers, &deliveries[0].body, &secrets, now), Ok(()));
    let hint = WebhookHint::decode(&deliveries[0].body).unwrap();
    assert_eq!(
        (hint.entity, hint.kind, hint.id),
        (Entity::Contact, ChangeKind::Created, id)
    );
}

#[test]
fn webhooks_are_listed_without_secret_and_taken_away() {
    let world = World::start();
    let client = &world.client;
    let webhook = NewWebhook {
        url: "https://sync.nordhav.example/in".to_owned(),
        events: vec!["contact.updated".to_owned()],
        name: "pipestreet".to_owned(),
    };
    world.run(async {
        let made = client.create_webhook(&webhook, &CHANGE).await.unwrap();
        assert!(!format!("{made:?}").contains("whsec"));
        let listed = client.list_webhooks(&CHANGE).await.unwrap();
        assert_eq!(listed.rows[0].value.url, webhook.url);
        assert_eq!(listed.rows[0].value.events, webhook.events);
        client
            .delete_webhook(&made.webhook.id, &CHANGE)
            .await
            .unwrap();
        assert!(client.list_webhooks(&CHANGE).await.unwrap().rows.is_empty());
    });
}

#[test]
fn the_event_is_read_under_either_of_its_names() {
    let decode = |body: serde_json::Value| WebhookHint::decode(body.to_string().as_bytes());
    let link = json!({"id": 5, "contactId": "789", "companyId": "12"});
    let hint = decode(
        json!({"type": "link.deleted", "timestamp": "2026-05-05T17:18:39.880Z", "data": link}),
    )
    .unwrap();
    assert_eq!(
        (hint.entity, hint.kind, hint.id.as_str()),
        (Entity::Link, ChangeKind::Deleted, "5")
    );
    assert_eq!(
        (hint.contact_id.as_deref(), hint.company_id.as_deref()),
        (Some("789"), Some("12"))
    );
    let hint = decode(json!({"event": "offer.moved", "data": {"id": "1"}})).unwrap();
    assert_eq!(
        (hint.entity, hint.kind),
        (Entity::Other("offer".to_owned()), ChangeKind::Unknown)
    );
    assert!(decode(json!({"event": "contact.updated", "data": {}})).is_err());
    assert!(decode(json!({"data": {"id": "1"}})).is_err());
}
