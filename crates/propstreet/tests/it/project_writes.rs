//! Projects, prospects and notes are written through the client and read back.

use api_client::{CallError, Patch, UnknownBecause};
use emulators::faults::{CallMatch, Fault};
use http::Method;
use propstreet::{
    Buyer, Classification, Closing, Exclusivity, ExternalRef, Investor, ListQuery, NewAsset,
    NewProspect, NotAddedBecause, NoteRevision, Price, PriceRange, ProjectBody, ProspectBody,
    Scale, Yield,
};
use serde_json::json;

use crate::world::{CHANGE, World};

fn millions(value: &str) -> Price {
    Price {
        value: value.to_owned(),
        currency: "SEK".to_owned(),
        scale: Scale::Millions,
    }
}

pub(crate) fn kvarnholm() -> ProjectBody {
    ProjectBody {
        name: Patch::Set("Project Kvarnholm".to_owned()),
        asset: Patch::Set(NewAsset::Portfolio {
            property_count: Some(3),
        }),
        exclusivity: Patch::Set(Exclusivity::NonExclusive),
        price: Patch::Set(millions("412.50")),
        price_range: Patch::Set(PriceRange {
            min: Some("400".to_owned()),
            max: None,
            currency: "SEK".to_owned(),
            scale: Scale::Millions,
        }),
        external_refs: Patch::Set(vec![ExternalRef::new("pipedrive", "7")]),
    }
}

pub(crate) fn renamed(name: &str) -> ProjectBody {
    ProjectBody {
        name: Patch::Set(name.to_owned()),
        ..ProjectBody::default()
    }
}

pub(crate) fn contacts(world: &World, count: usize) -> Vec<String> {
    let now = world.wire.now();
    let mut emulator = world.wire.emulator();
    let mut add = |number| {
        let fields = json!({"firstName": format!("Investor {number}")});
        emulator.add_contact(&fields, now).unwrap()
    };
    (0..count).map(&mut add).collect()
}

pub(crate) fn new(contact: &str) -> NewProspect {
    NewProspect {
        who: Investor::Contact(contact.to_owned()),
        external_refs: Vec::new(),
    }
}

#[test]
fn bodies_name_exactly_what_is_to_change() {
    let written = |body: &dyn erased::Body| body.text();
    assert_eq!(written(&ProjectBody::default()), "{}");
    assert_eq!(
        written(&kvarnholm()),
        concat!(
            r#"{"name":"Project Kvarnholm","asset":{"type":"portfolio","propertyCount":3},"exclusivity":"non_exclusive","#,
            r#""price":{"value":412.50,"currency":"SEK","scale":"millions"},"#,
            r#""priceRange":{"min":400,"max":null,"currency":"SEK","scale":"millions"},"#,
            r#""externalRefs":[{"namespace":"pipedrive","id":"7"}]}"#
        )
    );
    let cleared = ProjectBody {
        price: Patch::Clear,
        external_refs: Patch::Clear,
        ..ProjectBody::default()
    };
    assert_eq!(written(&cleared), r#"{"price":null,"externalRefs":[]}"#);
    assert_eq!(written(&new("5001")), r#"{"contactId":"5001"}"#);
    let closing = Closing {
        buyer: Buyer::Prospect("9".to_owned()),
        closed_at: Some("2026-05-05T17:18:39.5Z".parse().unwrap()),
        price: None,
        returns: None,
    };
    assert_eq!(
        written(&closing),
        r#"{"buyerType":"prospect","buyerProspectId":"9","closeDateUtc":"2026-05-05T17:18:39.500Z"}"#
    );
    let closing = Closing {
        buyer: Buyer::Contact("5001".to_owned()),
        closed_at: None,
        price: None,
        returns: Some(Yield::Between("4.5".to_owned(), "5".to_owned())),
    };
    assert_eq!(
        written(&closing),
        r#"{"buyerType":"external","buyerContactId":"5001","yield":{"min":4.5,"max":5}}"#
    );
    let revision = NoteRevision::Supersede("New");
    assert_eq!(
        written(&revision),
        r#"{"action":"supersede","supersede":{"message":"New"}}"#
    );
}

/// So that bodies of different kinds go through one closure.
mod erased {
    pub(super) trait Body {
        fn text(&self) -> String;
    }

    impl<T: serde::Serialize> Body for T {
        fn text(&self) -> String {
            serde_json::to_string(self).unwrap()
        }
    }
}

#[test]
fn a_project_is_created_changed_closed_and_read_only_then() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let made = client
            .create_project(&kvarnholm(), "key-1", &CHANGE)
            .await
            .unwrap();
        let again = client
            .create_project(&kvarnholm(), "key-1", &CHANGE)
            .await
            .unwrap();
        assert_eq!(made.value, again.value);
        assert_eq!(made.value.price.as_ref().unwrap().value, "412.5");
        let taken = client
            .create_project(&kvarnholm(), "key-2", &CHANGE)
            .await
            .unwrap_err();
        assert!(matches!(taken, CallError::AlreadyExists(_)), "{taken:?}");
        let reference = ExternalRef::new("pipedrive", "7");
        let found = client.find_project(&reference, &CHANGE).await.unwrap();
        assert_eq!(found.value.id, made.value.id);

        world.wire.clock.advance(1_000);
        let id = &made.value.id;
        let body = renamed("Kvarnholmen");
        let changed = client
            .update_project(id, &body, &made.etag, &CHANGE)
            .await
            .unwrap();
        assert_eq!(changed.value.exclusivity.as_deref(), Some("non_exclusive"));
        let stale = client.update_project(id, &body, &made.etag, &CHANGE).await;
        assert_eq!(stale, Err(CallError::Stale));
        let closing = Closing {
            buyer: Buyer::Nobody,
            closed_at: None,
            price: Some(millions("405")),
            returns: Some(Yield::Exactly("4.75".to_owned())),
        };
        let stale = client
            .close_project(id, &closing, &made.etag, "key-3", &CHANGE)
            .await;
        assert_eq!(stale, Err(CallError::Stale));
        let closed = client
            .close_project(id, &closing, &changed.etag, "key-4", &CHANGE)
            .await
            .unwrap();
        assert!(closed.value.is_closed() && !closed.value.is_open());
        let refused = client
            .update_project(id, &renamed("Other"), &closed.etag, &CHANGE)
            .await;
        assert!(
            matches!(refused, Err(CallError::AlreadyExists(_))),
            "{refused:?}"
        );

        let other = client
            .create_project(&renamed("Other"), "key-5", &CHANGE)
            .await
            .unwrap();
        client
            .delete_project(&other.value.id, &other.etag, &CHANGE)
            .await
            .unwrap();
        let listed = client
            .list_projects(&ListQuery::all(), &CHANGE)
            .await
            .unwrap();
        assert_eq!(listed.rows[1].value.status, "deleted");
    });
}

#[test]
fn prospects_are_added_together_and_each_refusal_says_why() {
    let world = World::start();
    let client = &world.client;
    let ids = contacts(&world, 3);
    world.run(async {
        let project = client
            .create_project(&renamed("Kvarnholm"), "key-1", &CHANGE)
            .await
            .unwrap()
            .value
            .id;
        let batch = [new(&ids[0]), new(&ids[1])];
        let added = client
            .add_prospects(&project, &batch, "key-2", &CHANGE)
            .await
            .unwrap();
        assert_eq!((added.created.len(), added.failed.len()), (2, 0));
        assert_eq!(added.created[1].contact_id.as_ref(), Some(&ids[1]));
        let company = NewProspect {
            who: Investor::Company("301".to_owned()),
            external_refs: Vec::new(),
        };
        let batch = [new(&ids[0]), new(&ids[2]), new(&ids[2]), company];
        let added = client
            .add_prospects(&project, &batch, "key-3", &CHANGE)
            .await
            .unwrap();
        assert_eq!(added.created.len(), 1);
        let failed: Vec<_> = added
            .failed
            .into_iter()
            .map(|failed| (failed.index, failed.because))
            .collect();
        assert_eq!(
            failed,
            [
                (Some(0), NotAddedBecause::IsProspect),
                (Some(2), NotAddedBecause::Duplicate),
                (Some(3), NotAddedBecause::NotFound),
            ]
        );
        let many: Vec<NewProspect> = (0..101).map(|_| new("1")).collect();
        let refused = client
            .add_prospects(&project, &many, "key-4", &CHANGE)
            .await;
        assert!(matches!(refused, Err(CallError::Refused(_))), "{refused:?}");
        let nowhere = client.add_prospects("1", &batch, "key-5", &CHANGE).await;
        assert_eq!(nowhere, Err(CallError::NotFound));
    });
}

#[test]
fn a_batch_whose_answer_was_lost_is_repeated_with_its_key() {
    let world = World::start();
    let client = &world.client;
    let ids = contacts(&world, 2);
    let project = world.run(client.create_project(&renamed("Kvarnholm"), "key-1", &CHANGE));
    let project = project.unwrap().value.id;
    let path = format!("/api/v1/projects/{project}/prospects:batch");
    let on = CallMatch::call(&Method::POST, &path);
    world.wire.emulator().faults.next(Fault::LoseAnswer, on);
    let batch = [new(&ids[0]), new(&ids[1])];
    let lost = world.run(client.add_prospects(&project, &batch, "key-2", &CHANGE));
    let because = UnknownBecause::ConnectionLost;
    assert_eq!(
        lost,
        Err(CallError::OutcomeUnknown {
            what: "add prospects",
            because
        })
    );
    let again = world
        .run(client.add_prospects(&project, &batch, "key-2", &CHANGE))
        .unwrap();
    assert_eq!((again.created.len(), again.failed.len()), (2, 0));
    assert_eq!(world.wire.emulator().prospects().len(), 2);
}

#[test]
fn prospects_are_classified_and_taken_off() {
    let world = World::start();
    let client = &world.client;
    let ids = contacts(&world, 2);
    world.run(async {
        let project = client
            .create_project(&renamed("Kvarnholm"), "key-1", &CHANGE)
            .await
            .unwrap()
            .value
            .id;
        let batch = [new(&ids[0]), new(&ids[1])];
        let added = client
            .add_prospects(&project, &batch, "key-2", &CHANGE)
            .await
            .unwrap()
            .created;
        let (one, other) = (&added[0].id, &added[1].id);
        let read = client.get_prospect(&project, one, &CHANGE).await.unwrap();
        let body = ProspectBody {
            classification: Patch::Set(Classification::NotInterested),
            external_refs: Patch::Set(vec![ExternalRef::new("pipedrive", "71")]),
        };
        let changed = client
            .update_prospect(&project, one, &body, &read.etag, &CHANGE)
            .await
            .unwrap();
        assert_eq!(
            changed.value.classification.as_deref(),
            Some("not_interested")
        );
        let stale = client
            .update_prospect(&project, one, &body, &read.etag, &CHANGE)
            .await;
        assert_eq!(stale, Err(CallError::Stale));
        let found = client
            .find_prospect(&project, &ExternalRef::new("pipedrive", "71"), &CHANGE)
            .await;
        assert_eq!(&found.unwrap().value.id, one);
        let all = [one.clone(), other.clone(), "1".to_owned()];
        let bidder = Classification::Bidder;
        let done = client
            .classify_prospects(&project, &all, bidder, "key-3", &CHANGE)
            .await
            .unwrap();
        assert_eq!(done.succeeded, [one.clone(), other.clone()]);
        assert_eq!(done.failed[0].prospect_id, "1");
        let read = client.get_prospect(&project, one, &CHANGE).await.unwrap();
        client
            .remove_prospect(&project, one, &read.etag, &CHANGE)
            .await
            .unwrap();
        let read = client.get_prospect(&project, other, &CHANGE).await.unwrap();
        client
            .delete_prospect(&project, other, &read.etag, &CHANGE)
            .await
            .unwrap();
        let left = client
            .list_prospects(&project, &ListQuery::alive(), &CHANGE)
            .await
            .unwrap();
        assert!(left.rows.is_empty());
    });
}
