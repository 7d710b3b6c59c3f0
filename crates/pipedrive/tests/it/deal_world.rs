//! Deals and what belongs to them, through the client and back.

use std::collections::BTreeMap;

use api_client::Patch;
use jiff::Timestamp;
use jiff::civil::{date, time};
use pipedrive::{
    AddressBody, CustomValue, Deal, DealBody, DealExtra, DealOutcome, DealQuery, DealStatus,
    FieldDefinition, FieldType, FieldsOf, ListQuery, Mergeable, NewField, PersonBody, PipelineBody,
    StageBody,
};
use serde_json::Number;

use crate::world::{CHANGE, World};

pub(crate) fn titled(title: &str) -> DealBody {
    DealBody {
        title: Patch::Set(title.to_owned()),
        ..DealBody::default()
    }
}

pub(crate) fn number(text: &str) -> Number {
    serde_json::from_str(text).unwrap()
}

pub(crate) async fn person(world: &World, name: &str) -> i64 {
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

/// A pipeline with two stages.
async fn leasing(world: &World) -> (i64, [i64; 2]) {
    let pipeline = PipelineBody {
        name: Patch::Set("Leasing".to_owned()),
        is_deal_probability_enabled: Patch::Set(true),
    };
    let pipeline = world
        .client
        .create_pipeline(&pipeline, &CHANGE)
        .await
        .unwrap()
        .value;
    let mut stages = [0; 2];
    for (stage, name) in stages.iter_mut().zip(["Viewing", "Negotiation"]) {
        let body = StageBody {
            name: Patch::Set(name.to_owned()),
            pipeline_id: Patch::Set(pipeline.id),
            deal_probability: Patch::Set(60),
            ..StageBody::default()
        };
        *stage = world
            .client
            .create_stage(&body, &CHANGE)
            .await
            .unwrap()
            .value
            .id;
    }
    (pipeline.id, stages)
}

async fn change(world: &World, deal: i64, body: DealBody) -> Deal {
    let changed = world.client.update_deal(deal, &body, &CHANGE).await;
    changed.unwrap().value
}

/// A custom field of deals.
async fn field(world: &World, kind: FieldType, options: &[&str]) -> FieldDefinition {
    let body = NewField {
        field_name: format!("a {kind}"),
        field_type: kind,
        options: options.iter().map(|&option| option.to_owned()).collect(),
    };
    let made = world.client.create_field(FieldsOf::Deal, &body, &CHANGE);
    made.await.unwrap().value
}

#[test]
fn a_deal_goes_through_its_stages_to_its_end() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let (pipeline, [viewing, negotiation]) = leasing(&world).await;
        let body = DealBody {
            value: Patch::Set(number("1200000")),
            currency: Patch::Set("SEK".to_owned()),
            person_id: Patch::Set(person(&world, "Astrid Berg").await),
            stage_id: Patch::Set(viewing),
            expected_close_date: Patch::Set(date(2026, 6, 30)),
            ..titled("Warehouse north")
        };
        let deal = client.create_deal(&body, &CHANGE).await.unwrap().value;
        assert_eq!(
            (deal.pipeline_id, deal.stage_id),
            (Some(pipeline), Some(viewing))
        );
        assert_eq!(
            (deal.status.clone(), deal.person_id.is_some()),
            (Some(DealStatus::Open), true)
        );
        assert_eq!(deal.expected_close_date, Some(date(2026, 6, 30)));

        world.wire.clock.advance(5_000);
        let moved = DealBody {
            stage_id: Patch::Set(negotiation),
            ..DealBody::default()
        };
        let moved = change(&world, deal.id, moved).await;
        assert_eq!(moved.stage_id, Some(negotiation));
        assert!(moved.stage_change_time.is_some() && moved.title == deal.title);

        let lost = DealBody {
            outcome: Some(DealOutcome::Lost {
                lost_time: None,
                lost_reason: Some("Price".to_owned()),
            }),
            ..DealBody::default()
        };
        let lost = change(&world, deal.id, lost).await;
        assert_eq!(
            (lost.status, lost.lost_reason.as_deref()),
            (Some(DealStatus::Lost), Some("Price"))
        );
        assert!(lost.lost_time.is_some());

        let open = DealBody {
            outcome: Some(DealOutcome::Open),
            ..DealBody::default()
        };
        let open = change(&world, deal.id, open).await;
        assert_eq!(
            (open.status, open.lost_time),
            (Some(DealStatus::Open), None)
        );

        let read = client
            .get_deal(deal.id, &[DealExtra::ParticipantsCount], &CHANGE)
            .await
            .unwrap()
            .value;
        assert_eq!(
            read.participants_count,
            Some(1),
            "the primary contact takes part"
        );
        let log = client
            .changelog(Mergeable::Deal, deal.id, None, &CHANGE)
            .await
            .unwrap();
        assert!(log.rows.iter().any(|row| row.value.field_key == "stage_id"));
    });
}

#[test]
fn deals_are_listed_by_stage_by_change_and_after_their_deletion() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let (_, [viewing, negotiation]) = leasing(&world).await;
        let mut made = Vec::new();
        for (title, stage) in [
            ("North", viewing),
            ("South", negotiation),
            ("West", viewing),
        ] {
            let body = DealBody {
                stage_id: Patch::Set(stage),
                ..titled(title)
            };
            made.push(client.create_deal(&body, &CHANGE).await.unwrap().value.id);
        }
        let ids = |query: DealQuery| async move {
            let page = client.list_deals(&query, &CHANGE).await.unwrap();
            assert!(page.unreadable.is_empty());
            page.rows.iter().map(|row| row.value.id).collect::<Vec<_>>()
        };
        let of_stage = DealQuery {
            stage_id: Some(viewing),
            ..DealQuery::default()
        };
        assert_eq!(ids(of_stage).await, [made[0], made[2]]);
        assert_eq!(ids(ListQuery::by_ids(&made[1..]).into()).await, made[1..]);

        world.wire.clock.advance(60_000);
        let since = Timestamp::from_millisecond(world.wire.clock.millis()).unwrap();
        client.delete_deal(made[1], &CHANGE).await.unwrap();
        assert_eq!(
            ids(DealQuery::changed_since(since)).await,
            [made[1]],
            "the delta shows the deletion"
        );
        assert_eq!(ids(DealQuery::default()).await, [made[0], made[2]]);
        assert!(
            client
                .get_deal(made[1], &[], &CHANGE)
                .await
                .unwrap()
                .value
                .is_deleted
        );

        let archived = DealBody {
            is_archived: Patch::Set(true),
            ..DealBody::default()
        };
        client
            .update_deal(made[2], &archived, &CHANGE)
            .await
            .unwrap();
        assert_eq!(ids(DealQuery::default()).await, [made[0]]);
        let page = client
            .list_archived_deals(&DealQuery::default(), &CHANGE)
            .await
            .unwrap();
        assert_eq!(page.rows[0].value.id, made[2]);
        assert!(page.rows[0].value.is_archived);
    });
}

/// A value of each type of field.
fn values() -> Vec<(FieldType, CustomValue)> {
    let text = |text: &str| CustomValue::Text(text.to_owned());
    vec![
        (FieldType::Varchar, text("P-77")),
        (FieldType::VarcharAuto, text("Core")),
        (FieldType::Text, text("Long\nlease")),
        (FieldType::Phone, text("+46 8 123 45 67")),
        (FieldType::Double, CustomValue::Number(number("12.5"))),
        (
            FieldType::Monetary,
            CustomValue::Money {
                value: number("2300.0"),
                currency: Some("NOK".to_owned()),
            },
        ),
        (FieldType::Date, CustomValue::Date(date(2026, 3, 31))),
        (
            FieldType::DateRange,
            CustomValue::DateRange {
                from: date(2026, 1, 1),
                until: Some(date(2026, 2, 1)),
            },
        ),
        (
            FieldType::Time,
            CustomValue::Time {
                at: time(9, 30, 0, 0),
                zone: Some("Europe/Stockholm".to_owned()),
            },
        ),
        (
            FieldType::TimeRange,
            CustomValue::TimeRange {
                from: time(9, 0, 0, 0),
                until: Some(time(17, 0, 0, 0)),
                zone: Some("Europe/Stockholm".to_owned()),
            },
        ),
        (
            FieldType::Address,
            CustomValue::Address(Box::new(AddressBody {
                value: "Storgatan 1, Malmö".to_owned(),
                ..AddressBody::default()
            })),
        ),
    ]
}

/// Money is the same whether it is written with a point or without.
fn same(read: &CustomValue, written: &CustomValue) -> bool {
    match (read, written) {
        (
            CustomValue::Money { value, currency },
            CustomValue::Money {
                value: wanted,
                currency: of,
            },
        ) => value.as_f64() == wanted.as_f64() && currency == of,
        (CustomValue::Number(value), CustomValue::Number(wanted)) => {
            value.as_f64() == wanted.as_f64()
        }
        (read, written) => read == written,
    }
}

#[test]
fn custom_fields_of_every_type_come_back_as_they_were_written() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let owner = client.me(&CHANGE).await.unwrap().value.id;
        let someone = person(&world, "Astrid Berg").await;
        let mut wanted = values();
        wanted.push((FieldType::User, CustomValue::Record(owner)));
        wanted.push((FieldType::Person, CustomValue::Record(someone)));
        let mut fields = BTreeMap::new();
        for (kind, value) in wanted {
            let field = field(&world, kind, &[]).await;
            assert_eq!(field.custom_type(), Some(kind));
            assert_eq!(value.check(kind), Ok(()));
            fields.insert(field.field_code, (kind, value));
        }
        for kind in [FieldType::Enum, FieldType::Set] {
            let field = field(&world, kind, &["Core", "Value-add"]).await;
            let ids: Vec<i64> = field.options.iter().map(|option| option.id).collect();
            let value = if kind == FieldType::Enum {
                CustomValue::Choice(ids[1])
            } else {
                CustomValue::Choices(ids)
            };
            fields.insert(field.field_code, (kind, value));
        }
        let set = |patch: fn(CustomValue) -> Patch<CustomValue>| DealBody {
            custom_fields: fields
                .iter()
                .map(|(code, (_, value))| (code.clone(), patch(value.clone())))
                .collect(),
            ..titled("All kinds")
        };
        let deal = client
            .create_deal(&set(Patch::Set), &CHANGE)
            .await
            .unwrap()
            .value;
        for (code, (kind, value)) in &fields {
            let read = CustomValue::read(*kind, &deal.custom_fields.read()[code])
                .unwrap()
                .unwrap();
            assert!(same(&read, value), "{kind}: {read:?}");
        }
        let cleared = client
            .update_deal(deal.id, &set(|_| Patch::Clear), &CHANGE)
            .await
            .unwrap()
            .value;
        for (code, (kind, _)) in &fields {
            assert_eq!(
                CustomValue::read(*kind, &cleared.custom_fields.read()[code]),
                Ok(None),
                "{kind}"
            );
        }
    });
}

#[test]
fn stages_come_in_their_order_and_pipelines_are_renamed() {
    let world = World::start();
    let client = &world.client;
    world.run(async {
        let (pipeline, [viewing, negotiation]) = leasing(&world).await;
        let stages = client
            .list_stages(Some(pipeline), None, &CHANGE)
            .await
            .unwrap();
        let ids: Vec<i64> = stages.rows.iter().map(|row| row.value.id).collect();
        assert_eq!(ids, [viewing, negotiation]);
        let renamed = PipelineBody {
            name: Patch::Set("Leases".to_owned()),
            ..PipelineBody::default()
        };
        client
            .update_pipeline(pipeline, &renamed, &CHANGE)
            .await
            .unwrap();
        assert_eq!(
            client
                .get_pipeline(pipeline, &CHANGE)
                .await
                .unwrap()
                .value
                .name,
            "Leases"
        );
        client.delete_stage(negotiation, &CHANGE).await.unwrap();
        let left = client
            .list_stages(Some(pipeline), None, &CHANGE)
            .await
            .unwrap();
        assert_eq!(left.rows.len(), 1);
        let listed = client.list_pipelines(None, &CHANGE).await.unwrap();
        assert!(listed.rows.iter().any(|row| row.value.id == pipeline));
    });
}
