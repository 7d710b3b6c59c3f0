//! Whatever Propstreet's documentation leaves open, both sides come into step and stay there.

use emulators::propstreet::PropstreetSwitches;
use serde_json::{Value, json};

use super::world::World;

/// So many that each reading is in one of them.
const DRAWN: u64 = 8;

/// Both ways and through a delete, with a link in between.
async fn a_day_at_work(world: &mut World) {
    let (person, contact, organization, company) = world.ann_at_fjordbygg().await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    world.expect_contact(&contact, &json!({"lastName": "Holm"}));
    let address = json!({"email": "ann@nordhav.no", "phone": "+47 22 33 44 55"});
    world.propstreet.edit_contact(&contact, address);
    world.settle().await;
    assert_eq!(
        world.pipedrive.person(person)["emails"][0]["value"],
        "ann@nordhav.no"
    );
    let next = world.pipedrive.add_organization("Havnen A/S");
    world.pipedrive.edit_person(person, json!({"org_id": next}));
    world
        .propstreet
        .edit_company(&company, json!({"name": "Fjordbygg ASA"}));
    world.settle().await;
    assert_eq!(world.propstreet.places_of(&contact)[0].0, "Havnen A/S");
    assert_eq!(
        world.pipedrive.organization(organization)["name"],
        "Fjordbygg ASA"
    );
    world.propstreet.delete_company(&company);
    world.settle().await;
    world.expect_contacts(["Ann Holm"]);
}

fn told_by(switches: PropstreetSwitches) -> impl FnOnce(&mut super::world::Setup) {
    move |setup| setup.propstreet.switches = switches
}

#[tokio::test]
async fn both_sides_come_into_step_with_readings_drawn_together() {
    for seed in 0..DRAWN {
        let switches = PropstreetSwitches::drawn(seed);
        let mut world = World::start_with(told_by(switches)).await;
        a_day_at_work(&mut world).await;
    }
}

#[test]
fn each_reading_is_drawn_at_least_once() {
    let drawn = (0..DRAWN).map(PropstreetSwitches::drawn);
    let drawn: Vec<Value> = drawn
        .map(|switches| serde_json::to_value(switches).unwrap())
        .collect();
    for (key, _) in PropstreetSwitches::QUESTIONS {
        assert!(drawn.iter().any(|switches| switches[*key] == true), "{key}");
    }
}
