//! Contacts by another system's reference, and properties through the client and back.

use api_client::{CallError, Patch};
use propstreet::{
    Category, ContactBody, ExternalRef, Investor, Location, NewProspect, PropertyBody,
    UpsertOptions, Upserted,
};

use crate::project_writes::kvarnholm;
use crate::world::{CHANGE, World};

fn maja(first_name: &str) -> ContactBody {
    ContactBody {
        first_name: Patch::Set(first_name.to_owned()),
        email: Patch::Set("maja@example.se".to_owned()),
        ..ContactBody::default()
    }
}

#[test]
fn a_contact_is_created_updated_revived_and_matched_by_its_address() {
    let world = World::start();
    let client = &world.client;
    let (ours, theirs) = (
        ExternalRef::new("pipedrive", "7"),
        ExternalRef::new("csv-import", "a/1"),
    );
    let options = UpsertOptions::default();
    world.run(async {
        let upsert = async |reference: &ExternalRef, name: &str, options| {
            client
                .upsert_contact(reference, &maja(name), options, &CHANGE)
                .await
                .unwrap()
        };
        let (made, done) = upsert(&ours, "Maja", options).await;
        assert_eq!(done, Upserted::Created);
        world.wire.clock.advance(1_000);
        let (changed, done) = upsert(&ours, "Maya", options).await;
        assert_eq!(done, Upserted::Updated);
        assert_eq!(changed.value.id, made.value.id);
        let by_email = UpsertOptions {
            matches_email: true,
            ..options
        };
        let (matched, done) = upsert(&theirs, "Maya", by_email).await;
        assert_eq!(
            (done, &matched.value.id),
            (Upserted::Updated, &made.value.id)
        );
        assert_eq!(matched.value.external_refs.len(), 2);
        client
            .delete_contact(&matched.value.id, &matched.etag, &CHANGE)
            .await
            .unwrap();
        let (revived, done) = upsert(&ours, "Maya", options).await;
        assert_eq!(
            (done, &revived.value.id),
            (Upserted::Revived, &made.value.id)
        );
        client
            .delete_contact(&revived.value.id, &revived.etag, &CHANGE)
            .await
            .unwrap();
        let anew = UpsertOptions {
            revives: false,
            ..options
        };
        let (other, done) = upsert(&ours, "Maja", anew).await;
        assert_eq!(done, Upserted::Created);
        assert_ne!(other.value.id, made.value.id);
    });
}

fn warehouse() -> PropertyBody {
    PropertyBody {
        name: Patch::Set("Varberg 3".to_owned()),
        location: Patch::Set(Location {
            latitude: Some("57.105".to_owned()),
            longitude: Some("12.25".to_owned()),
            country: Some("SE".to_owned()),
            locality: Some("Varberg".to_owned()),
        }),
        categories: Patch::Set(vec![Category {
            kind: "industrial/warehouse".to_owned(),
            location_class: Some("B".to_owned()),
            yield_percent: Some("5.75".to_owned()),
            rental_income: None,
            rented_area: None,
            vacant_area: None,
        }]),
        year_built: Patch::Set(1987),
        external_refs: Patch::Set(vec![ExternalRef::new("pipedrive", "7")]),
        ..PropertyBody::default()
    }
}

#[test]
fn a_property_is_created_found_changed_and_deleted() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let made = client
            .create_property(&warehouse(), "key-1", &CHANGE)
            .await
            .unwrap();
        assert_eq!(
            made.value.categories[0].yield_percent.as_deref(),
            Some("5.75")
        );
        assert_eq!(
            made.value.location.as_ref().unwrap().latitude.as_deref(),
            Some("57.105000")
        );
        let again = client
            .create_property(&warehouse(), "key-1", &CHANGE)
            .await
            .unwrap();
        assert_eq!(again.value.id, made.value.id);
        let reference = ExternalRef::new("pipedrive", "7");
        let found = client.find_property(&reference, &CHANGE).await.unwrap();
        assert_eq!(found.value.id, made.value.id);
        world.wire.clock.advance(1_000);
        let body = PropertyBody {
            year_built: Patch::Clear,
            tags: Patch::Set(vec!["value_add".to_owned()]),
            ..PropertyBody::default()
        };
        let id = &made.value.id;
        let changed = client
            .update_property(id, &body, &made.etag, &CHANGE)
            .await
            .unwrap();
        assert_eq!(changed.value.year_built, None);
        let stale = client.delete_property(id, &made.etag, &CHANGE).await;
        assert_eq!(stale, Err(CallError::Stale));
        client
            .delete_property(id, &changed.etag, &CHANGE)
            .await
            .unwrap();
    });
}

#[test]
fn one_investor_is_added_once() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let (contact, _) = client
            .upsert_contact(
                &ExternalRef::new("pipedrive", "7"),
                &maja("Maja"),
                UpsertOptions::default(),
                &CHANGE,
            )
            .await
            .unwrap();
        let project = client
            .create_project(&kvarnholm(), "key-1", &CHANGE)
            .await
            .unwrap();
        let new = NewProspect {
            who: Investor::Contact(contact.value.id),
            external_refs: vec![ExternalRef::new("pipedrive", "12")],
        };
        let id = &project.value.id;
        let made = client
            .add_prospect(id, &new, "key-2", &CHANGE)
            .await
            .unwrap();
        let again = client
            .add_prospect(id, &new, "key-2", &CHANGE)
            .await
            .unwrap();
        assert_eq!(made.value.id, again.value.id);
        let third = client.add_prospect(id, &new, "key-3", &CHANGE).await;
        assert!(matches!(third, Err(CallError::AlreadyExists(_))));
    });
}
