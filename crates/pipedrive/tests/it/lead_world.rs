//! Leads, their way into deals and back, and search, through the client and back.

use api_client::Patch;
use jiff::civil::date;
use pipedrive::{
    ConversionStatus, CustomValue, FieldDefinition, FieldType, FieldsOf, LabelColor, LeadBody,
    LeadLabel, LeadLabelBody, LeadQuery, LeadValue, NewDealPlace, NewField, PersonBody, RecordKind,
    SearchQuery,
};

use crate::world::{CHANGE, World};

async fn person(world: &World, name: &str) -> i64 {
    let body = PersonBody {
        name: Patch::Set(name.to_owned()),
        ..PersonBody::default()
    };
    world
        .client
        .create_person(&body, &CHANGE)
        .await
        .unwrap()
        .value
        .id
}

async fn lead(world: &World, title: &str) -> LeadBody {
    LeadBody {
        title: Patch::Set(title.to_owned()),
        person_id: Patch::Set(person(world, "Astrid Berg").await),
        ..LeadBody::default()
    }
}

async fn urgent(world: &World) -> LeadLabel {
    let label = LeadLabelBody {
        name: Patch::Set("Urgent".to_owned()),
        color: Patch::Set(LabelColor::DarkGray),
    };
    let made = world.client.create_lead_label(&label, &CHANGE).await;
    let made = made.unwrap().value;
    assert_eq!(made.color, "dark-gray");
    made
}

/// A custom field of deals, which leads have, too.
async fn strategy(world: &World) -> FieldDefinition {
    let field = NewField {
        field_name: "Strategy".to_owned(),
        field_type: FieldType::Enum,
        options: vec!["Core".to_owned(), "Value-add".to_owned()],
    };
    let made = world.client.create_field(FieldsOf::Deal, &field, &CHANGE);
    made.await.unwrap().value
}

#[test]
fn a_lead_is_made_labelled_changed_and_deleted() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let label = urgent(&world).await;
        let field = strategy(&world).await;
        let chosen = field.options[1].id;
        let body = LeadBody {
            label_ids: Patch::Set(vec![label.id.clone()]),
            value: Patch::Set(LeadValue {
                amount: 999.into(),
                currency: "DKK".to_owned(),
            }),
            expected_close_date: Patch::Set(date(2026, 6, 30)),
            custom_fields: [(
                field.field_code.clone(),
                Patch::Set(CustomValue::Choice(chosen)),
            )]
            .into(),
            ..lead(&world, "Office in Aarhus").await
        };
        let made = client.create_lead(&body, &CHANGE).await.unwrap().value;
        assert_eq!(made.label_ids, [label.id]);
        assert_eq!(made.expected_close_date, Some(date(2026, 6, 30)));
        let kept = CustomValue::read(FieldType::Enum, &made.custom_fields[&field.field_code]);
        assert_eq!(kept, Ok(Some(CustomValue::Choice(chosen))));

        let renamed = LeadBody {
            title: Patch::Set("Office in Odense".to_owned()),
            value: Patch::Clear,
            ..LeadBody::default()
        };
        let renamed = client
            .update_lead(&made.id, &renamed, &CHANGE)
            .await
            .unwrap()
            .value;
        assert_eq!(
            (renamed.title.as_deref(), renamed.value),
            (Some("Office in Odense"), None)
        );
        let listed = client
            .list_leads(&LeadQuery::default(), &CHANGE)
            .await
            .unwrap();
        assert_eq!(
            (listed.rows.len(), listed.next_cursor.as_deref()),
            (1, None)
        );

        let archived = LeadBody {
            is_archived: Patch::Set(true),
            ..LeadBody::default()
        };
        client
            .update_lead(&made.id, &archived, &CHANGE)
            .await
            .unwrap();
        let there = client
            .list_archived_leads(&LeadQuery::default(), &CHANGE)
            .await
            .unwrap();
        assert_eq!(there.rows[0].value.id, made.id);
        client.delete_lead(&made.id, &CHANGE).await.unwrap();
        assert!(
            !client
                .list_lead_sources(&CHANGE)
                .await
                .unwrap()
                .rows
                .is_empty()
        );
    });
}

#[test]
fn a_lead_becomes_a_deal_when_the_server_is_done() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let made = client
            .create_lead(&lead(&world, "Office").await, &CHANGE)
            .await
            .unwrap()
            .value;
        let begun = client
            .convert_lead(&made.id, NewDealPlace::Default, &CHANGE)
            .await
            .unwrap()
            .value;
        let mut done = None;
        for _ in 0..100 {
            world.wire.clock.advance(1_000);
            let look = client
                .lead_conversion(&made.id, &begun.conversion_id, &CHANGE)
                .await
                .unwrap()
                .value;
            if look.status == ConversionStatus::Completed {
                done = look.deal_id;
                break;
            }
        }
        let deal = client
            .get_deal(done.unwrap(), &[], &CHANGE)
            .await
            .unwrap()
            .value;
        assert_eq!(
            (deal.title.as_deref(), deal.person_id),
            (Some("Office"), made.person_id)
        );
    });
}

#[test]
fn search_finds_a_person_once_the_index_has_caught_up() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let id = person(&world, "Astrid Lindqvist").await;
        world.wire.clock.advance(10_000);
        let query = SearchQuery::containing("lindqvist");
        for page in [
            client
                .search(&[RecordKind::Person], &query, &CHANGE)
                .await
                .unwrap(),
            client
                .search_records(RecordKind::Person, &query, &CHANGE)
                .await
                .unwrap(),
        ] {
            let hit = &page.rows[0].value.item;
            assert_eq!(
                (hit.id.parse(), hit.name.as_deref()),
                (Ok(id), Some("Astrid Lindqvist"))
            );
            assert!(page.unreadable.is_empty());
        }
    });
}
