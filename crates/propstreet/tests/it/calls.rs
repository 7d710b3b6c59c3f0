//! Records through the client and back.

use api_client::{CallError, Patch, UnknownBecause};
use emulators::faults::{CallMatch, Fault};
use http::Method;
use jiff::Timestamp;
use propstreet::{
    CompanyBody, ContactBody, DuplicateQuery, ExternalRef, LinkBody, LinksOf, ListQuery, NewLink,
};
use serde_json::json;

use crate::world::{CHANGE, World};

fn contact(first_name: &str, email: &str) -> ContactBody {
    ContactBody {
        first_name: Patch::Set(first_name.to_owned()),
        email: Patch::Set(email.to_owned()),
        ..ContactBody::default()
    }
}

fn renamed(first_name: &str) -> ContactBody {
    ContactBody {
        first_name: Patch::Set(first_name.to_owned()),
        ..ContactBody::default()
    }
}

#[test]
fn a_contact_is_created_read_changed_and_deleted() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let created = client
            .create_contact(&contact("Maja", "maja@example.se"), "key-1", &CHANGE)
            .await
            .unwrap();
        assert!(created.etag.starts_with("W/\""));
        let read = client
            .get_contact(&created.value.id, &CHANGE)
            .await
            .unwrap();
        assert_eq!((&read.value, &read.etag), (&created.value, &created.etag));

        world.wire.clock.advance(1_000);
        let changed = client
            .update_contact(&read.value.id, &renamed("Maya"), &read.etag, &CHANGE)
            .await
            .unwrap();
        assert_ne!(changed.etag, read.etag);
        assert_eq!(
            changed.value.email.as_deref(),
            Some("maja@example.se"),
            "what was not named stays"
        );

        client
            .delete_contact(&changed.value.id, &changed.etag, &CHANGE)
            .await
            .unwrap();
        assert_eq!(
            client.get_contact(&changed.value.id, &CHANGE).await,
            Err(CallError::NotFound)
        );
        let listed = client
            .list_contacts(&ListQuery::all(), &CHANGE)
            .await
            .unwrap();
        assert!(listed.rows[0].value.deleted_utc.is_some());
        assert!(
            client
                .list_contacts(&ListQuery::alive(), &CHANGE)
                .await
                .unwrap()
                .rows
                .is_empty()
        );
    });
}

#[test]
fn a_change_planned_on_an_old_version_is_stale() {
    let world = World::start();
    let client = &world.client;
    let created = world
        .run(client.create_contact(&contact("Maja", "maja@example.se"), "key-1", &CHANGE))
        .unwrap();
    world.wire.clock.advance(1_000);
    let now = world.wire.now();
    world
        .wire
        .emulator()
        .edit_contact(&created.value.id, &json!({"firstName": "Mia"}), now)
        .unwrap();
    let error = world.run(client.update_contact(
        &created.value.id,
        &renamed("Maya"),
        &created.etag,
        &CHANGE,
    ));
    assert_eq!(error, Err(CallError::Stale));
    let read = world
        .run(client.get_contact(&created.value.id, &CHANGE))
        .unwrap();
    assert_eq!(
        read.value.first_name.as_deref(),
        Some("Mia"),
        "nothing was overwritten"
    );
}

#[test]
fn a_create_repeated_with_its_key_makes_one_contact() {
    let world = World::start();
    let client = &world.client;
    let on = CallMatch::call(&Method::POST, "/api/v1/network/contacts");
    world.wire.emulator().faults.next(Fault::LoseAnswer, on);
    let body = contact("Maja", "maja@example.se");
    let lost = world
        .run(client.create_contact(&body, "key-1", &CHANGE))
        .unwrap_err();
    let because = UnknownBecause::ConnectionLost;
    assert_eq!(
        lost,
        CallError::OutcomeUnknown {
            what: "create a contact",
            because
        }
    );
    let again = world
        .run(client.create_contact(&body, "key-1", &CHANGE))
        .unwrap();
    assert_eq!(world.wire.emulator().contacts().len(), 1);
    let read = world
        .run(client.get_contact(&again.value.id, &CHANGE))
        .unwrap();
    assert_eq!(read.value, again.value);
}

#[test]
fn a_reference_that_is_taken_leads_to_the_record_that_has_it() {
    let world = World::start();
    let client = &world.client;
    let reference = ExternalRef::new("pipedrive", "person 21/a");
    let refs = Patch::Set(vec![reference.clone()]);
    let body = ContactBody {
        external_refs: refs.clone(),
        ..contact("Maja", "maja@example.se")
    };
    world.run(async {
        let created = client
            .create_contact(&body, "key-1", &CHANGE)
            .await
            .unwrap();
        let other = ContactBody {
            external_refs: refs,
            ..contact("Mats", "mats@example.se")
        };
        let error = client
            .create_contact(&other, "key-2", &CHANGE)
            .await
            .unwrap_err();
        assert!(matches!(error, CallError::AlreadyExists(_)), "{error:?}");
        let found = client.find_contact(&reference, &CHANGE).await.unwrap();
        assert_eq!(found.value.id, created.value.id);
        assert_eq!(
            client.find_company(&reference, &CHANGE).await,
            Err(CallError::NotFound)
        );
    });
}

#[test]
fn a_list_is_read_page_by_page_to_its_end() {
    let world = World::start();
    for number in 0..25 {
        let now = world.wire.now();
        world
            .wire
            .emulator()
            .add_company(&json!({"name": format!("Company {number}")}), now)
            .unwrap();
        world.wire.clock.advance(10);
    }
    let since = Timestamp::from_millisecond(world.wire.clock.millis() - 30).unwrap();
    let names = |query: ListQuery| {
        world.run(async {
            let (mut query, mut names) = (query, Vec::new());
            loop {
                let page = world.client.list_companies(&query, &CHANGE).await.unwrap();
                names.extend(page.rows.into_iter().filter_map(|row| row.value.name));
                let Some(cursor) = page.next_cursor else {
                    break names;
                };
                query = query.after(&cursor);
            }
        })
    };
    assert_eq!(
        names(ListQuery {
            page_size: 10,
            ..ListQuery::all()
        })
        .len(),
        25
    );
    let changed = names(ListQuery {
        page_size: 2,
        ..ListQuery::changed_since(since)
    });
    assert_eq!(changed, ["Company 22", "Company 23", "Company 24"]);
}

fn fastighetshuset() -> CompanyBody {
    CompanyBody {
        name: Patch::Set("Fastighetshuset AB".to_owned()),
        homepage_url: Patch::Set("https://www.Fastighetshuset.se".to_owned()),
        country_code: Patch::Set("SE".to_owned()),
        ..CompanyBody::default()
    }
}

#[test]
fn a_company_a_contact_and_the_link_between_them() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let body = fastighetshuset();
        let company = client
            .create_company(&body, "key-1", &CHANGE)
            .await
            .unwrap();
        assert_eq!(company.value.domain.as_deref(), Some("fastighetshuset.se"));
        let contact = client
            .create_contact(&contact("Maja", "maja@example.se"), "key-2", &CHANGE)
            .await
            .unwrap();
        let new = NewLink {
            contact_id: contact.value.id.clone(),
            company_id: company.value.id.clone(),
            job_title: Some("CIO".to_owned()),
        };
        let link = client.create_link(&new, "key-3", &CHANGE).await.unwrap();
        let second = client
            .create_link(&new, "key-4", &CHANGE)
            .await
            .unwrap_err();
        assert!(matches!(second, CallError::AlreadyExists(_)), "{second:?}");

        let body = LinkBody {
            job_title: Patch::Set("CEO".to_owned()),
            ..LinkBody::default()
        };
        let link = client
            .update_link(&link.value.id, &body, &link.etag, &CHANGE)
            .await
            .unwrap();
        let of_contact = LinksOf::Contact(&contact.value.id);
        let listed = client
            .list_links(of_contact, &ListQuery::alive(), &CHANGE)
            .await
            .unwrap();
        assert_eq!(listed.rows[0].value, link.value);
        assert_eq!(
            listed.rows[0].etag, link.etag,
            "a row has the same version as the record"
        );
        let linked = client
            .get_contact(&contact.value.id, &CHANGE)
            .await
            .unwrap()
            .value;
        assert_eq!(linked.companies[0].job_title.as_deref(), Some("CEO"));
        assert!(linked.companies[0].is_primary);

        client
            .delete_link(&link.value.id, &link.etag, &CHANGE)
            .await
            .unwrap();
        assert_eq!(
            client.get_link(&link.value.id, &CHANGE).await,
            Err(CallError::NotFound)
        );
        let company = client
            .get_company(&company.value.id, &CHANGE)
            .await
            .unwrap();
        assert!(company.value.contacts.is_empty());
        client
            .delete_company(&company.value.id, &company.etag, &CHANGE)
            .await
            .unwrap();
    });
}

#[test]
fn companies_that_may_be_the_same_are_suggested() {
    let world = World::start();
    let now = world.wire.now();
    let fields =
        json!({"name": "Fastighetshuset AB", "domain": "fastighetshuset.se", "countryCode": "SE"});
    let id = world.wire.emulator().add_company(&fields, now).unwrap();
    let query = DuplicateQuery {
        name: "Fastighetshuset".to_owned(),
        country_code: None,
        domain: Some("fastighetshuset.se".to_owned()),
    };
    let found = world
        .run(world.client.find_duplicate_companies(&query, &CHANGE))
        .unwrap();
    assert_eq!(found[0].id, id);
    assert!(found[0].score > 0.5);
}

#[test]
fn a_refused_field_is_named() {
    let world = World::start();
    let body = CompanyBody {
        country_code: Patch::Set("Sweden".to_owned()),
        ..CompanyBody::default()
    };
    let error = world
        .run(world.client.create_company(&body, "key-1", &CHANGE))
        .unwrap_err();
    let CallError::Refused(refusal) = &error else {
        panic!("{error:?}")
    };
    assert!(
        refusal.fields.iter().any(|field| field == "countryCode"),
        "{refusal:?}"
    );
    assert!(!format!("{error:?} {error}").contains("Sweden"));
}
