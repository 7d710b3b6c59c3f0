//! What an event shows, put onto the row that a read gave before it, is the row that a read gives after it; or it says that it
//! cannot tell.

use api_client::{BudgetSettings, CallError};
use emulators::brokerage::Brokerage;
use emulators::pipedrive::{Entity as Emulated, PipedriveConfig, Switches};
use emulators::{Emulator, Moment};
use pipedrive::{NewWebhook, WebhookEvent};
use serde_json::{Value, json};

use crate::world::{CHANGE, World};

const KINDS: [&str; 8] = [
    "deal", "lead", "activity", "note", "product", "pipeline", "stage", "user",
];

/// An office at work, whose webhooks arrive at our door.
fn office() -> World {
    office_of(Switches::default())
}

fn office_of(switches: Switches) -> World {
    let config = PipedriveConfig {
        switches,
        ..PipedriveConfig::default()
    };
    let world = World::with(config, BudgetSettings::counting());
    let now = world.wire.now();
    let book = Brokerage::generate(7, 4, 12);
    {
        let mut emulator = world.wire.emulator();
        emulator.seed(&book, now);
        emulator.seed_deals(&book, 20, now);
        emulator.seed_office(now);
    }
    for object in KINDS {
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

/// The events of this kind since the last call.
fn arrived(world: &World, entity: &str) -> Vec<WebhookEvent> {
    world.wire.clock.advance(60_000);
    let now = world.wire.now();
    let attempts = world.wire.emulator().due_webhooks(now);
    let events = attempts
        .iter()
        .map(|attempt| WebhookEvent::decode(&attempt.body).unwrap());
    events
        .filter(|event| event.entity.word() == entity)
        .collect()
}

async fn read(world: &World, entity: &str, id: i64) -> Result<Box<str>, CallError> {
    let client = &world.client;
    Ok(match entity {
        "deal" => client.get_deal(id, &[], &CHANGE).await?.raw,
        "activity" => client.get_activity(id, &CHANGE).await?.raw,
        "note" => client.get_note(id, &CHANGE).await?.raw,
        "product" => client.get_product(id, &CHANGE).await?.raw,
        "pipeline" => client.get_pipeline(id, &CHANGE).await?.raw,
        "stage" => client.get_stage(id, &CHANGE).await?.raw,
        "user" => client.get_user(id, &CHANGE).await?.raw,
        other => panic!("{other} has no number"),
    })
}

/// Does something to a record; whether the event told the row that a read gives afterwards, which it never tells wrongly.
fn is_told_of(world: &World, (entity, id): (&str, i64), deed: impl FnOnce(&World, Moment)) -> bool {
    let before = world.run(read(world, entity, id)).unwrap();
    arrived(world, entity);
    deed(world, world.wire.now());
    let events = arrived(world, entity);
    let mut events = events.iter();
    // Some come twice.
    let event = events.find(|event| event.record_id() == Some(id)).unwrap();
    let after = world.run(read(world, entity, id)).unwrap();
    match event.row_after(&before) {
        Some(row) => {
            let content = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(content(&row), content(&after), "{entity} {id}");
            true
        }
        None => false,
    }
}

fn edit(entity: Emulated, id: i64, fields: Value) -> impl FnOnce(&World, Moment) {
    move |world, now| {
        let mut emulator = world.wire.emulator();
        emulator.screen(now).edit(entity, id, &fields).unwrap();
    }
}

fn add(world: &World, entity: Emulated, fields: &Value) -> i64 {
    let now = world.wire.now();
    let mut emulator = world.wire.emulator();
    emulator.screen(now).add(entity, fields).unwrap()
}

#[test]
fn edits_of_deals_need_no_read() {
    let world = office();
    let deal = add(
        &world,
        Emulated::Deal,
        &json!({"title": "Storgata 8", "value": 480_000, "currency": "NOK"}),
    );
    let told = |fields| is_told_of(&world, ("deal", deal), edit(Emulated::Deal, deal, fields));
    for fields in [
        json!({"title": "Storgata 8b"}),
        json!({"probability": 40}),
        json!({"expected_close_date": "2026-12-01"}),
        json!({"is_archived": true}),
        json!({"is_archived": false}),
        json!({"owner_id": 11}),
    ] {
        assert!(told(fields.clone()), "{fields}");
    }
    // The day at the company's place, and what products come to per year, only a read tells.
    assert!(!told(json!({"status": "won"})));
    assert!(!told(json!({"value": 500_000.5})));
    // Who loses its day is known to have none.
    assert!(told(json!({"title": "Storgata 8c"})));
}

#[test]
fn every_type_of_custom_field_comes_out_as_a_read_shows_it() {
    let world = office();
    let now = world.wire.now();
    let deal = add(&world, Emulated::Deal, &json!({"title": "Hamngatan 4"}));
    let values = [
        ("varchar", json!("P-77"), json!("P-78")),
        ("text", json!("one\ntwo"), json!("three")),
        ("double", json!(12.5), json!(13)),
        (
            "monetary",
            json!({"value": 5, "currency": "SEK"}),
            json!({"value": 6.25, "currency": "EUR"}),
        ),
        ("date", json!("2026-01-31"), json!("2026-02-28")),
        (
            "daterange",
            json!({"value": "2026-01-01", "until": "2026-02-01"}),
            json!({"value": "2026-01-01", "until": "2026-03-01"}),
        ),
        ("enum", json!("Retail"), json!("Office")),
        ("set", json!(["Retail", "Office"]), json!(["Office"])),
        ("phone", json!("+46 8 123"), json!("+46 8 124")),
        (
            "address",
            json!({"value": "Storgata 8, Oslo"}),
            json!({"value": "Storgata 9, Oslo"}),
        ),
        ("user", json!(11), json!(12)),
    ];
    for (kind, _, _) in &values {
        let options: &[&str] = match *kind {
            "enum" | "set" => &["Retail", "Office"],
            _ => &[],
        };
        let mut emulator = world.wire.emulator();
        let name = format!("a {kind}");
        emulator
            .add_field(Emulated::Deal, (&name, kind), options, now)
            .unwrap();
    }
    for (kind, first, second) in values {
        for value in [first, second, Value::Null] {
            let fields = json!({"custom_fields": {format!("a {kind}"): value}});
            let said = fields.to_string();
            let told = is_told_of(&world, ("deal", deal), edit(Emulated::Deal, deal, fields));
            assert!(told, "{said}");
        }
    }
}

#[test]
fn times_are_written_as_the_account_writes_them() {
    let world = office_of(Switches {
        times_have_milliseconds: true,
        new_records_have_an_update_time: true,
        ..Switches::default()
    });
    let deal = add(&world, Emulated::Deal, &json!({"title": "Hamngatan 4"}));
    let deed = edit(Emulated::Deal, deal, json!({"title": "Hamngatan 5"}));
    assert!(is_told_of(&world, ("deal", deal), deed));
}

#[test]
fn a_time_of_day_is_read_because_its_zone_is_not_told() {
    let world = office();
    let now = world.wire.now();
    let deal = add(&world, Emulated::Deal, &json!({"title": "Hamngatan 4"}));
    world
        .wire
        .emulator()
        .add_field(Emulated::Deal, ("viewing", "time"), &[], now)
        .unwrap();
    let value = json!({"value": "09:30:00", "timezone_name": "Europe/Stockholm"});
    let told = |fields| is_told_of(&world, ("deal", deal), edit(Emulated::Deal, deal, fields));
    assert!(!told(json!({"custom_fields": {"viewing": value}})));
    assert!(told(json!({"title": "Hamngatan 5"})), "it stays as it was");
}

#[test]
fn edits_of_notes_products_pipelines_stages_and_users_need_no_read() {
    let world = office();
    let now = world.wire.now();
    let deal = add(&world, Emulated::Deal, &json!({"title": "Sveavägen 17"}));
    let note = json!({"content": "<p>then</p>", "deal_id": deal});
    let note = world.wire.emulator().screen(now).add_note(&note).unwrap();
    let edit_note = |fields: Value| {
        move |world: &World, now: Moment| {
            let mut emulator = world.wire.emulator();
            emulator.screen(now).edit_note(note, &fields).unwrap();
        }
    };
    assert!(is_told_of(
        &world,
        ("note", note),
        edit_note(json!({"content": "<p>now</p>"}))
    ));
    assert!(is_told_of(
        &world,
        ("note", note),
        edit_note(json!({"pinned_to_deal_flag": 1}))
    ));

    let product = add(&world, Emulated::Product, &json!({"name": "Valuation"}));
    for fields in [
        json!({"name": "Valuation and visit", "code": "VAL"}),
        json!({"prices": [{"currency": "SEK", "price": 4_500.5, "cost": 10}]}),
        json!({"tax": 25}),
        json!({"billing_frequency": "monthly", "billing_frequency_cycles": 12}),
    ] {
        let said = fields.to_string();
        let deed = edit(Emulated::Product, product, fields);
        assert!(is_told_of(&world, ("product", product), deed), "{said}");
    }

    let pipeline = add(&world, Emulated::Pipeline, &json!({"name": "Letting"}));
    let deed = edit(Emulated::Pipeline, pipeline, json!({"name": "Letting out"}));
    assert!(is_told_of(&world, ("pipeline", pipeline), deed));
    let stage = json!({"name": "Viewing", "pipeline_id": pipeline});
    let stage = add(&world, Emulated::Stage, &stage);
    let rot = json!({"is_deal_rot_enabled": true, "days_to_rotten": 14});
    let deed = edit(Emulated::Stage, stage, rot);
    assert!(is_told_of(&world, ("stage", stage), deed));

    let rename = |world: &World, now| {
        let mut emulator = world.wire.emulator();
        emulator.rename_user(12, "Maria Ek", now).unwrap();
    };
    assert!(is_told_of(&world, ("user", 12), rename));
}

#[test]
fn what_events_do_not_carry_is_read() {
    let world = office();
    let activity = json!({"subject": "Viewing", "type": "meeting"});
    let activity = add(&world, Emulated::Activity, &activity);
    let deed = edit(
        Emulated::Activity,
        activity,
        json!({"note": "<p>Bring keys</p>"}),
    );
    assert!(!is_told_of(&world, ("activity", activity), deed));

    let deal = add(&world, Emulated::Deal, &json!({"title": "Sveavägen 17"}));
    let before = world.run(read(&world, "deal", deal)).unwrap();
    let deed = edit(Emulated::Deal, deal, json!({"title": "Sveavägen 18"}));
    arrived(&world, "deal");
    deed(&world, world.wire.now());
    let event = arrived(&world, "deal").remove(0);
    // The vendor shows something new in its API.
    let newer = before.replacen('{', r#"{"sentiment":null,"#, 1);
    assert!(event.row_after(&before).is_some());
    assert_eq!(event.row_after(&newer), None);
}
