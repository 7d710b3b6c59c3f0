//! A whole brokerage, the way its address books look after years of hand work on both sides.

use emulators::brokerage::Brokerage;
use serde_json::json;

use super::world::World;

#[tokio::test]
async fn two_lived_in_address_books_come_into_step_and_stay_so() {
    let mut world = World::before_first_sync(|_| ()).await;
    let book = Brokerage::generate(11, 25, 60);
    let now = world.pipedrive.clock.moment();
    world.pipedrive.server.emulator().seed(&book, now);
    world.propstreet.server.emulator().seed(&book, now);
    for code in ["ambiguous", "refused", "exists_already"] {
        world.expect_quarantine(code);
    }

    world.first_sync().await;

    let quarantined = world.quarantined().await.len();
    let (persons, contacts) = (
        world.pipedrive.person_ids().len(),
        world.propstreet.contact_ids().len(),
    );
    assert!(
        persons >= contacts && contacts + quarantined >= persons,
        "{persons} persons, {contacts} contacts, {quarantined} wait"
    );
    world.pipedrive.reset_counters();
    world.propstreet.reset_counters();
    engine::sweep::make_due(&world.core())
        .await
        .expect("the store keeps it");
    world.settle().await;
    assert_eq!(
        (world.pipedrive.counters().writes, world.propstreet.writes()),
        (0, 0)
    );

    let person = world.pipedrive.person_ids()[0];
    world.pipedrive.edit_person(
        person,
        json!({"custom_fields": {"investor_strategy": "Whatever is left"}}),
    );
    world.settle().await;
    world.expect_contact(
        &world.contact_of(person),
        &json!({"strategy": "Whatever is left"}),
    );
}
