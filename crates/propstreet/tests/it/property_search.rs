//! Searching for properties: what is sent, and what comes back page by page.

use api_client::CallError;
use propstreet::{Place, PropertySearch, SearchArea, SearchOrder};
use serde_json::json;

use crate::world::{CHANGE, World};

const GOTEBORG: Place = Place {
    longitude: 11.9746,
    latitude: 57.7089,
};

fn three_properties(world: &World) {
    let now = world.wire.now();
    let mut emulator = world.wire.emulator();
    for (name, latitude, kind) in [
        ("Middle", 57.7089, "hotel"),
        ("North", 57.72, "office"),
        ("Oslo", 59.91, "office"),
    ] {
        let location = json!({"latitude": latitude, "longitude": 11.9746, "country": "SE"});
        let fields = json!({"name": name, "location": location, "categories": [{"type": kind}]});
        emulator.add_property(&fields, now).unwrap();
    }
}

fn names(world: &World, search: &PropertySearch) -> Vec<(String, Option<String>)> {
    let page = world.run(world.client.search_properties(search, &CHANGE));
    let rows = page.unwrap().rows.into_iter();
    rows.map(|row| (row.property.value.name.unwrap(), row.distance_metres))
        .collect()
}

#[test]
fn the_nearest_properties_are_told_first_with_how_far_they_are() {
    let world = World::start();
    three_properties(&world);
    let middle = GOTEBORG;
    let mut search = PropertySearch::of(SearchArea::Around {
        middle,
        metres: 50_000,
    });
    search.order = SearchOrder::Distance;
    let far = |metres: &str| Some(metres.to_owned());
    assert_eq!(
        names(&world, &search),
        [
            ("Middle".to_owned(), far("0")),
            ("North".to_owned(), far("1234"))
        ]
    );
    search.category = Some("office".to_owned());
    assert_eq!(names(&world, &search).len(), 1);
}

#[test]
fn properties_are_found_in_a_shape_and_page_by_page() {
    let world = World::start();
    three_properties(&world);
    let ring = json!([[11, 57], [12, 57], [12, 58], [11, 58], [11, 57]]);
    let shape = json!({"type": "Polygon", "coordinates": [ring]});
    let mut search = PropertySearch::of(SearchArea::Within(shape));
    search.order = SearchOrder::DistanceFrom(Place {
        longitude: 11.9746,
        latitude: 59.0,
    });
    search.page_size = 1;
    let first = world
        .run(world.client.search_properties(&search, &CHANGE))
        .unwrap();
    assert_eq!(first.rows[0].property.value.name.as_deref(), Some("North"));
    assert!(first.rows[0].property.etag.starts_with("W/\""));
    search.cursor = first.next_cursor;
    assert_eq!(names(&world, &search)[0].0, "Middle");
    let last = world
        .run(world.client.search_properties(&search, &CHANGE))
        .unwrap();
    assert_eq!(last.next_cursor, None);
}

#[test]
fn a_search_that_makes_no_sense_is_refused() {
    let world = World::start();
    let mut search = PropertySearch::of(SearchArea::Anywhere);
    search.order = SearchOrder::Distance;
    let refused = world.run(world.client.search_properties(&search, &CHANGE));
    assert!(matches!(refused, Err(CallError::Refused(_))));
}
