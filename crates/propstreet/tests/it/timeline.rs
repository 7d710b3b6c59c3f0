//! Who changed what, as the timeline tells it.

use api_client::{BudgetSettings, CallError, Page, Patch};
use emulators::propstreet::{ClientCredentials, PropstreetSettings};
use propstreet::{Change, CompanyBody, ContactBody, Login, NewLink, TimelineOf};
use serde_json::json;

use crate::world::{CHANGE, World, machine_login};

fn maja() -> ContactBody {
    ContactBody {
        first_name: Patch::Set("Maja".to_owned()),
        email: Patch::Set("maja@example.se".to_owned()),
        ..ContactBody::default()
    }
}

fn read(world: &World, of: TimelineOf<'_>, cursor: Option<&str>) -> Page<Change> {
    world
        .run(world.client.changes(of, cursor, &CHANGE))
        .unwrap()
}

fn world_of(login: &Login) -> World {
    let mut settings = PropstreetSettings::default();
    settings.clients.push(ClientCredentials {
        client_id: "lindaholm-reports".to_owned(),
        client_secret: "lindaholm-reports-secret".to_owned(),
    });
    World::with(settings, BudgetSettings::counting(), login)
}

#[test]
fn changes_are_told_newest_first_with_their_fields_and_their_link() {
    let world = World::start();
    let client = &world.client;
    let (contact, company, link) = world.run(async {
        let contact = client
            .create_contact(&maja(), "key-1", &CHANGE)
            .await
            .unwrap();
        let company = CompanyBody {
            name: Patch::Set("Fjord Kapital AB".to_owned()),
            ..CompanyBody::default()
        };
        let company = client
            .create_company(&company, "key-2", &CHANGE)
            .await
            .unwrap();
        let link = NewLink {
            contact_id: contact.value.id.clone(),
            company_id: company.value.id.clone(),
            job_title: Some("CFO".to_owned()),
        };
        let link = client.create_link(&link, "key-3", &CHANGE).await.unwrap();
        (contact.value, company.value.id, link.value.id)
    });
    let page = read(&world, TimelineOf::Contact(&contact.id), None);
    assert_eq!((page.rows.len(), page.next_cursor), (2, None));
    let [linked, created] = &page.rows[..] else {
        panic!("two rows")
    };
    assert_eq!(created.operation, "ContactCreated");
    assert_eq!(created.fields, ["firstName", "email", "emails"]);
    // Timelines are finer than records.
    let whole = |at: Option<jiff::Timestamp>| at.map(jiff::Timestamp::as_millisecond);
    assert_eq!(whole(created.at), whole(contact.created_utc));
    assert_eq!(created.link, None);
    assert_eq!(linked.operation, "LinkCreated");
    assert_eq!(linked.link.as_ref(), Some(&link));
    assert!(linked.is_by_api && linked.client.as_deref() == Some("nordhav-sync"));
    let of_company = read(&world, TimelineOf::Company(&company), None);
    assert_eq!(of_company.rows[0].link, Some(link));
    assert_ne!(of_company.rows[0].id, linked.id);
    assert_eq!(
        world.run(client.changes(TimelineOf::Contact("1"), None, &CHANGE)),
        Err(CallError::NotFound)
    );
}

#[test]
fn a_long_timeline_is_read_in_pages_and_without_notes() {
    let world = World::start();
    let now = world.wire.now();
    let id = {
        let mut emulator = world.wire.emulator();
        let id = emulator
            .add_company(&json!({"name": "Fjord Kapital AB"}), now)
            .unwrap();
        for number in 0..149 {
            let strategy = json!({"strategy": format!("Plan {number}")});
            emulator.edit_company(&id, &strategy, now).unwrap();
            emulator.add_company_note(&id, "Called", now).unwrap();
        }
        id
    };
    let of = TimelineOf::Company(&id);
    let first = read(&world, of, None);
    assert_eq!(first.rows.len(), 100);
    let rest = read(&world, of, first.next_cursor.as_deref());
    assert_eq!((rest.rows.len(), rest.next_cursor), (50, None));
    assert_eq!(rest.rows[49].operation, "CompanyCreated");
    let all = first.rows.iter().chain(&rest.rows);
    assert!(all.clone().all(|change| !change.is_by_api));
    assert!(!all.clone().any(|change| world.client.is_ours(change)));
}

#[test]
fn our_own_changes_are_those_of_the_client_we_log_in_as() {
    let personal = Login::PersonalToken("pat_nordhav".to_owned().into());
    let other = Login::Client {
        id: "lindaholm-reports".to_owned(),
        secret: "lindaholm-reports-secret".to_owned().into(),
    };
    for (writer, readers) in [
        (machine_login(), [true, false, false]),
        (personal.clone(), [false, true, false]),
        (other.clone(), [false, false, true]),
    ] {
        let world = world_of(&writer);
        let body = maja();
        let made = world.client.create_contact(&body, "key-1", &CHANGE);
        let id = world.run(made).unwrap().value.id;
        let now = world.wire.now();
        let by_hand = json!({"firstName": "Maya"});
        let edited = world.wire.emulator().edit_contact(&id, &by_hand, now);
        edited.unwrap();
        let page = read(&world, TimelineOf::Contact(&id), None);
        let [edited, made] = &page.rows[..] else {
            panic!("two rows")
        };
        for (reader, expected) in [machine_login(), personal.clone(), other.clone()]
            .iter()
            .zip(readers)
        {
            let reader_world = world_of(reader);
            let client = &reader_world.client;
            assert_eq!(client.is_ours(made), expected, "{writer:?} {reader:?}");
            assert!(!client.is_ours(edited), "{writer:?} {reader:?}");
        }
    }
}

#[test]
fn a_change_told_in_odd_ways_is_read_as_far_as_it_goes() {
    let change = |row| serde_json::from_value::<Change>(row);
    let odd = change(json!({
        "id": 700_001, "event": "ContactUpdated", "timestampUtc": "2026-05-05T17:18:39.8801234Z", "source": "publicapi",
        "details": {"changedFields": null, "linkId": 90_001, "oauthClientId": "", "somethingNew": {}}
    }))
    .unwrap();
    assert_eq!(
        (odd.id.as_str(), odd.operation.as_str()),
        ("700001", "ContactUpdated")
    );
    assert_eq!((odd.fields.len(), odd.link.as_deref()), (0, Some("90001")));
    assert!(odd.at.is_some() && odd.is_by_api && odd.client.is_none());
    for details in [json!(null), json!("none"), json!([1])] {
        let bare = change(json!({"id": "7", "source": null, "details": details})).unwrap();
        assert_eq!((bare.operation.as_str(), bare.at), ("", None));
        assert!(!bare.is_by_api);
    }
    assert!(change(json!({"id": "7"})).is_ok());
    assert!(change(json!({"event": "ContactUpdated"})).is_err());
}
