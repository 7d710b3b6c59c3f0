//! Deliveries, registered clients and search.

use api_client::Patch;
use emulators::{Emulator, WebhookOutcome};
use jiff::Timestamp;
use propstreet::{NewBot, NewWebhook, PROJECT_EVENTS, SearchQuery, WebhookBody};
use serde_json::json;

use crate::world::{CHANGE, World};

#[test]
fn deliveries_that_were_given_up_are_told_and_sent_again() {
    let world = World::start();
    let client = &world.client;
    let webhook = NewWebhook {
        url: "https://sync.nordhav.example/in".to_owned(),
        events: PROJECT_EVENTS.map(str::to_owned).to_vec(),
        name: "pipestreet".to_owned(),
    };
    let made = world.run(client.create_webhook(&webhook, &CHANGE)).unwrap();
    let id = made.webhook.id;
    let since = Timestamp::from_millisecond(world.wire.now().0).unwrap();
    {
        let now = world.wire.now();
        let mut emulator = world.wire.emulator();
        let fields = json!({"name": "Kvarnholm"});
        emulator.add_project(&fields, now).unwrap();
        let due = emulator.due_webhooks(now);
        emulator.webhook_answered(due[0].attempt, WebhookOutcome::Answered(410), now);
    }
    let listed = world
        .run(client.list_deliveries(&id, &CHANGE))
        .unwrap()
        .rows;
    let delivery = &listed[0].value;
    assert!(delivery.was_given_up() && delivery.event_id.is_some());
    assert_eq!(delivery.event_type, "project.created");
    assert_eq!(
        (delivery.attempt_count, delivery.last_status_code),
        (Some(1), Some(410))
    );
    let read = world.run(client.get_webhook(&id, &CHANGE)).unwrap();
    assert_eq!(read.enabled, Some(false), "410 switches it off");
    let body = WebhookBody {
        enabled: Patch::Set(true),
        ..WebhookBody::default()
    };
    let changed = world
        .run(client.update_webhook(&id, &body, &CHANGE))
        .unwrap();
    assert_eq!((changed.enabled, changed.url), (Some(true), webhook.url));
    let replayed = world.run(client.replay_deliveries(&id, since, &CHANGE));
    assert_eq!(replayed.unwrap(), 1);
    let now = world.wire.now();
    assert_eq!(world.wire.emulator().due_webhooks(now).len(), 1);
}

#[test]
fn a_client_is_registered_for_a_bot_and_taken_away() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let bot = NewBot {
            email: "sync@nordhav.example".to_owned(),
            first_name: "Sync".to_owned(),
            last_name: "Nordhav".to_owned(),
        };
        let bot = client.create_bot(&bot, &CHANGE).await.unwrap();
        assert!(bot.id.starts_with("bot-"));
        assert_eq!(bot.full_name.as_deref(), Some("Sync Nordhav"));
        assert_eq!(client.list_bots(&CHANGE).await.unwrap().rows[0].value, bot);
        let login = client
            .register_client("Pipestreet", &bot.id, &CHANGE)
            .await
            .unwrap();
        assert!(format!("{login:?}").ends_with("[secret])"));
        let listed = client.list_registered_clients(&CHANGE).await.unwrap().rows;
        let ours = listed
            .iter()
            .find(|row| row.value.client_id == login.client_id)
            .unwrap();
        assert_eq!(ours.value.bot_user_id.as_ref(), Some(&bot.id));
        client
            .delete_registered_client(&login.client_id, &CHANGE)
            .await
            .unwrap();
        let token = client
            .create_personal_token("trying things out", &CHANGE)
            .await
            .unwrap();
        assert!(token.expires_at.is_some() && !format!("{token:?}").contains("pat_"));
    });
}

#[test]
fn search_finds_contacts_by_their_names() {
    let world = World::start();
    let now = world.wire.now();
    let fields = json!({"firstName": "Maja", "lastName": "Sand"});
    let id = world.wire.emulator().add_contact(&fields, now).unwrap();
    let query = SearchQuery {
        query: "maja sand".to_owned(),
        limit: 5,
        types: vec!["contact".to_owned()],
    };
    let found = world.run(world.client.search(&query, &CHANGE)).unwrap();
    assert_eq!(
        (found[0].id.as_str(), found[0].kind.as_str()),
        (id.as_str(), "contact")
    );
    assert!(found[0].score > 0.5);
}
