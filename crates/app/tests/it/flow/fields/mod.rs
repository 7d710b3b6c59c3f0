//! Fields, options and labels that are renamed, deleted and made anew while edits travel.

mod all_renamed;
mod back;
mod deleted;
mod labels;
mod other_entities;
mod renamed;

use serde_json::json;

use super::world::World;

const STRATEGY: &str = "investor_strategy";

/// Ann on both sides, agreed on her strategy.
async fn ann_in_logistics(world: &mut World) -> (i64, String) {
    let (person, contact) = world.ann().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"strategy": "Logistics"}));
    world.settle().await;
    assert_eq!(world.pipedrive.person_field(person, STRATEGY), "Logistics");
    (person, contact)
}
