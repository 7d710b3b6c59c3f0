//! Records through the client and back.

use api_client::{BudgetSettings, CallError, Patch, TransportError, UnknownBecause};
use emulators::faults::{CallMatch, Fault};
use emulators::pipedrive::{Entity, PipedriveConfig};
use http::Method;
use jiff::Timestamp;
use pipedrive::{ContactValue, ListQuery, Mergeable, OrganizationBody, PersonBody};
use serde_json::json;

use crate::world::{CHANGE, World};

fn named(name: &str) -> PersonBody {
    PersonBody {
        name: Patch::Set(name.to_owned()),
        ..PersonBody::default()
    }
}

#[test]
fn a_person_is_created_read_changed_and_deleted() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let email = ContactValue {
            value: "maja@example.com".to_owned(),
            primary: true,
            label: "work".to_owned(),
        };
        let body = PersonBody {
            emails: Patch::Set(vec![email]),
            ..named("Maja Holm")
        };
        let created = client.create_person(&body, &CHANGE).await.unwrap().value;
        assert_eq!(created.first_name.as_deref(), Some("Maja"));
        assert_eq!(created.update_time, None);

        let changed = client
            .update_person(created.id, &named("Maja Holm Berg"), &CHANGE)
            .await
            .unwrap();
        let read = client.get_person(created.id, &CHANGE).await.unwrap();
        assert_eq!(changed.value, read.value);
        assert_eq!(
            read.value.emails[0].value, "maja@example.com",
            "what was not named stays"
        );
        assert!(
            read.raw.contains("\"visible_to\""),
            "the row keeps what we do not read"
        );

        client.delete_person(created.id, &CHANGE).await.unwrap();
        assert!(
            client
                .get_person(created.id, &CHANGE)
                .await
                .unwrap()
                .value
                .is_deleted
        );
        let again = client.delete_person(created.id, &CHANGE).await;
        assert_eq!(again, Err(CallError::NotFound));
    });
    assert_eq!(
        client.caller().budget().spent_today(),
        5 + 5 + 1 + 3 + 1 + 3
    );
    assert_eq!(world.wire.emulator().counters().tokens_total(), 18);
}

#[test]
fn an_organization_is_created_changed_and_merged() {
    let world = World::start();
    let client = &world.client;
    let named = |name: &str| OrganizationBody {
        name: Patch::Set(name.to_owned()),
        ..OrganizationBody::default()
    };
    world.run(async {
        let goes = client
            .create_organization(&named("Havn Eiendom"), &CHANGE)
            .await
            .unwrap()
            .value;
        let stays = client
            .create_organization(&named("Havn Eiendom AS"), &CHANGE)
            .await
            .unwrap()
            .value;
        world.wire.clock.advance(5_000);
        client
            .update_organization(stays.id, &named("Havn AS"), &CHANGE)
            .await
            .unwrap();
        client
            .merge(Mergeable::Organization, goes.id, stays.id, &CHANGE)
            .await
            .unwrap();
        let left = client
            .list_organizations(&ListQuery::all(), &CHANGE)
            .await
            .unwrap();
        let names: Vec<_> = left
            .rows
            .iter()
            .map(|row| row.value.name.as_deref())
            .collect();
        assert_eq!(names, [Some("Havn AS")]);
        let log = client
            .changelog(Mergeable::Organization, stays.id, None, &CHANGE)
            .await
            .unwrap();
        let renamed = log
            .rows
            .iter()
            .find(|row| row.value.field_key == "name")
            .unwrap();
        assert_eq!(renamed.value.old_value.as_deref(), Some("Havn Eiendom AS"));
        assert_eq!(renamed.value.new_value.as_deref(), Some("Havn AS"));
    });
}

#[test]
fn a_list_is_read_page_by_page_to_its_end() {
    let world = World::start();
    let now = world.wire.now();
    for number in 0..25 {
        world
            .wire
            .emulator()
            .screen(now)
            .add(Entity::Person, &json!({"name": format!("Person {number}")}))
            .unwrap();
    }
    let names = world.run(async {
        let mut query = ListQuery {
            limit: 10,
            ..ListQuery::all()
        };
        let mut names = Vec::new();
        loop {
            let page = world.client.list_persons(&query, &CHANGE).await.unwrap();
            assert!(page.unreadable.is_empty());
            names.extend(page.rows.into_iter().filter_map(|row| row.value.name));
            let Some(cursor) = page.next_cursor else {
                break names;
            };
            query = query.after(&cursor);
        }
    });
    assert_eq!(names.len(), 25);
    assert_eq!(names[24], "Person 24");
    assert_eq!(world.client.caller().budget().spent_today(), 30);
}

#[test]
fn lists_can_be_asked_by_id_by_change_and_newest_first() {
    let world = World::start();
    let add = |name: &str| {
        let now = world.wire.now();
        world
            .wire
            .emulator()
            .screen(now)
            .add(Entity::Person, &json!({"name": name}))
            .unwrap()
    };
    let (first, second) = (add("First"), add("Second"));
    world.wire.clock.advance(60_500);
    let third = add("Third");
    let since = Timestamp::from_millisecond(world.wire.clock.millis()).unwrap();
    let now = world.wire.now();
    world
        .wire
        .emulator()
        .screen(now)
        .edit(Entity::Person, first, &json!({"name": "First again"}))
        .unwrap();
    let ids = |query: ListQuery| {
        let page = world
            .run(world.client.list_persons(&query, &CHANGE))
            .unwrap();
        page.rows.iter().map(|row| row.value.id).collect::<Vec<_>>()
    };
    assert_eq!(
        ids(ListQuery::by_ids(&[third, second, 999])),
        [second, third]
    );
    assert_eq!(
        ids(ListQuery::changed_since(since)),
        [first],
        "half seconds are cut, not refused"
    );
    assert_eq!(ids(ListQuery::newest_first())[0], third);
}

#[test]
fn a_refused_field_is_named() {
    let world = World::start();
    let body = PersonBody {
        label_ids: Patch::Set(vec![999]),
        ..named("Nils Dahl")
    };
    let error = world
        .run(world.client.create_person(&body, &CHANGE))
        .unwrap_err();
    let CallError::Refused(refusal) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.status, 400);
    assert!(
        refusal
            .fields
            .iter()
            .any(|field| field.contains("label_ids")),
        "{refusal:?}"
    );
    assert!(!format!("{error:?} {error}").contains("Nils"));
}

#[test]
fn a_wrong_token_stops_the_side() {
    let config = PipedriveConfig::default();
    let world = World::with_token(
        config,
        BudgetSettings::counting(),
        "0000000000000000000000000000000000000000",
    );
    let error = world.run(world.client.me(&CHANGE)).unwrap_err();
    assert!(matches!(error, CallError::NotAllowed(_)), "{error:?}");
}

#[test]
fn a_lost_answer_to_a_create_is_an_unknown_outcome() {
    let table = [
        (Fault::LoseAnswer, UnknownBecause::ConnectionLost),
        (Fault::Truncate, UnknownBecause::ConnectionLost),
        (Fault::FailAfterWriting, UnknownBecause::ServerFailed(500)),
        (Fault::Hold { written: true }, UnknownBecause::TimedOut),
    ];
    for (fault, because) in table {
        let world = World::start();
        world
            .wire
            .emulator()
            .faults
            .next(fault, CallMatch::call(&Method::POST, "/api/v2/persons"));
        let error = world
            .run(world.client.create_person(&named("Ida Lund"), &CHANGE))
            .unwrap_err();
        assert_eq!(
            error,
            CallError::OutcomeUnknown {
                what: "create a person",
                because
            }
        );
        assert_eq!(
            world.wire.emulator().persons().len(),
            1,
            "{fault:?}: it was carried out"
        );
    }
}

#[test]
fn a_read_without_an_answer_may_be_made_again() {
    let world = World::start();
    world
        .wire
        .emulator()
        .faults
        .next(Fault::Hold { written: false }, CallMatch::any());
    let started = world.wire.clock.millis();
    let error = world.run(world.client.get_person(1, &CHANGE)).unwrap_err();
    let cause = TransportError::NoAnswer("it took too long".to_owned());
    assert_eq!(
        error,
        CallError::Unreachable {
            what: "read a person",
            cause
        }
    );
    assert_eq!(world.wire.clock.millis() - started, 30_000);
}
