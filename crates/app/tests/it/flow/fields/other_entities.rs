//! Fields of deals, products and activities, which are read for their names although nothing travels in them yet.

use std::time::Duration;

use api_client::{CallContext, Priority};
use emulators::pipedrive::Entity;
use secrecy::SecretString;
use serde_json::json;
use store::{FieldChangeKind, FieldEntity, FieldStore, StoredField};

use super::super::world::{Call, Fault, World};

const PROPERTY: &str = "Property type";
const CALL: CallContext = CallContext::new(Priority::Interactive, "test");
/// Longer than a clue is waited for after the fields were read.
const MINUTES: Duration = Duration::from_secs(120);

async fn field(world: &World, entity: FieldEntity, name: &str) -> Option<StoredField> {
    let core = world.core();
    let fields = core.store.fields(core.ctx()).await;
    let mut fields = fields.expect("the store answers").into_iter();
    fields.find(|field| field.entity == entity && field.name == name)
}

/// A world whose deals have the types of property as options.
async fn with_types_of_property() -> World {
    let world = World::before_first_sync(|_| ()).await;
    world.pipedrive.does(|screen, now| {
        let options = ["Office", "Logistics", "Retail"];
        screen.add_field(Entity::Deal, (PROPERTY, "enum"), &options, now)
    });
    world
}

/// Somebody has Pipedrive's deals told to this program, too.
async fn hear_of_deals(world: &World) {
    let core = world.core();
    let known = core.pipedrive.list_webhooks(&CALL).await;
    let known = known.expect("an administrator may list webhooks").rows;
    let webhook = pipedrive::NewWebhook {
        name: "deals".to_owned(),
        subscription_url: known[0].value.subscription_url.clone(),
        event_object: "deal".to_owned(),
        http_auth_user: engine::intake::webhooks::PIPEDRIVE_USER.to_owned(),
        http_auth_password: SecretString::from(World::password()),
    };
    let made = core.pipedrive.create_webhook(&webhook, &CALL).await;
    made.expect("an administrator may register webhooks");
}

#[tokio::test]
async fn fields_of_every_entity_are_known_after_setup_with_their_options() {
    let mut world = with_types_of_property().await;
    world.first_sync().await;
    world.pipedrive.reset_counters();
    world.settle().await;

    let property = field(&world, FieldEntity::Deal, PROPERTY).await;
    let property = property.expect("it was listed");
    assert_eq!(property.slug, "property_type");
    let labels: Vec<_> = property
        .options
        .iter()
        .map(|option| &option.label)
        .collect();
    assert_eq!(labels, ["Office", "Logistics", "Retail"]);
    assert!(field(&world, FieldEntity::Product, "Name").await.is_some());
    assert!(
        field(&world, FieldEntity::Activity, "Subject")
            .await
            .is_some()
    );
    assert_eq!(world.field_lists_read(), 0, "once is enough");
}

#[tokio::test]
async fn what_changes_about_a_deals_field_is_noticed_within_a_day() {
    let mut world = with_types_of_property().await;
    world.first_sync().await;
    let known = field(&world, FieldEntity::Deal, PROPERTY).await;
    let known = known.expect("it was listed");

    world.pipedrive.does(|screen, now| {
        screen.rename_option(Entity::Deal, (PROPERTY, "Office"), "Offices", now)?;
        screen.remove_option(Entity::Deal, (PROPERTY, "Retail"))?;
        screen.add_option(Entity::Deal, (PROPERTY, "Hotel"), now)?;
        screen.rename_field(Entity::Deal, PROPERTY, "Kind of property")?;
        screen.add_field(Entity::Product, ("Unit", "varchar"), &[], now)?;
        screen.remove_field(Entity::Product, "Unit")?;
        screen.add_field(Entity::Product, ("Floor", "double"), &[], now)
    });
    world.settle_for_a_day().await;
    world
        .pipedrive
        .does(|screen, _| screen.remove_field(Entity::Product, "Floor"));
    world.settle_for_a_day().await;

    let changes = world.field_changes().await;
    let of = |entity: FieldEntity| -> Vec<FieldChangeKind> {
        let mut kinds: Vec<_> = changes
            .iter()
            .filter(|change| change.entity == entity)
            .map(|change| change.kind)
            .collect();
        kinds.sort_unstable();
        kinds
    };
    assert_eq!(
        of(FieldEntity::Deal),
        [
            FieldChangeKind::Renamed,
            FieldChangeKind::OptionAdded,
            FieldChangeKind::OptionRenamed,
            FieldChangeKind::OptionRemoved
        ]
    );
    assert_eq!(
        of(FieldEntity::Product),
        [FieldChangeKind::Added, FieldChangeKind::Deleted]
    );
    let renamed = field(&world, FieldEntity::Deal, "Kind of property").await;
    let renamed = renamed.expect("it was listed");
    assert_eq!(renamed.code, known.code);
    assert!(renamed.was_called(PROPERTY));
}

#[tokio::test]
async fn the_first_deal_with_an_unknown_field_makes_the_program_look_once() {
    let mut world = World::start().await;
    hear_of_deals(&world).await;
    world.pass(MINUTES);
    world
        .pipedrive
        .does(|screen, now| screen.add_field(Entity::Deal, ("Yield", "double"), &[], now));
    world.pipedrive.reset_counters();

    for title in ["Kungsgatan 4", "Storgata 12"] {
        let fields = json!({"title": title, "custom_fields": {"Yield": 5.25}});
        world
            .pipedrive
            .does(|screen, now| screen.screen(now).add(Entity::Deal, &fields));
        world.settle_within(Duration::from_secs(5)).await;
    }

    assert!(field(&world, FieldEntity::Deal, "Yield").await.is_some());
    let counters = world.pipedrive.counters();
    assert_eq!(counters.requests["GET /api/v2/dealFields"], 1);
    assert_eq!(world.field_lists_read(), 1, "nobody else's");
    world.settle().await;
}

#[tokio::test]
async fn fields_that_may_not_be_read_hold_up_no_others() {
    let mut world = World::before_first_sync(|_| ()).await;
    let befalls = world.pipedrive.next_times(9, Fault::Reject { status: 403 });
    befalls.on(Call::ListProductFields);
    world.first_sync().await;
    let (person, contact) = world.ann().await;

    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
    assert!(field(&world, FieldEntity::Deal, "Title").await.is_some());
    assert!(field(&world, FieldEntity::Product, "Name").await.is_none());
    let counters = world.pipedrive.counters();
    assert_eq!(counters.requests["GET /api/v2/productFields"], 1);

    world.settle_for_a_day().await;
    let counters = world.pipedrive.counters();
    assert_eq!(counters.requests["GET /api/v2/productFields"], 2);
}
