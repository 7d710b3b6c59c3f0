//! The URL map of field definitions: the same eight calls for each kind of record that has fields.
//!
//! In: what is asked. Out: the call in `field_calls.rs`. It decides nothing.

use super::kinds::Entity;
use super::route::{Row, row};

/// The calls on the fields of one kind of record.
macro_rules! field_rows {
    ($collection:literal, $entity:expr) => {
        [
            row!("GET" $collection, 10, |emulator, ask| emulator.list_fields($entity, &ask.query)),
            row!("POST" $collection, 5, |emulator, ask| emulator.create_field($entity, &ask.body()?, ask.now)),
            Row::new(
                ("GET", concat!($collection, "/{code}"), concat!("GET ", $collection, "/{code}")),
                1,
                |emulator, ask| emulator.get_field($entity, ask.captures[0]),
            ),
            Row::new(
                ("PATCH", concat!($collection, "/{code}"), concat!("PATCH ", $collection, "/{code}")),
                5,
                |emulator, ask| emulator.change_field($entity, ask.captures[0], &ask.body()?),
            ),
            Row::new(
                ("DELETE", concat!($collection, "/{code}"), concat!("DELETE ", $collection, "/{code}")),
                3,
                |emulator, ask| emulator.delete_field($entity, ask.captures[0]),
            ),
            Row::new(
                ("POST", concat!($collection, "/{code}/options"), concat!("POST ", $collection, "/{code}/options")),
                5,
                |emulator, ask| emulator.add_options($entity, ask.captures[0], &ask.list_body()?, ask.now),
            ),
            Row::new(
                ("PATCH", concat!($collection, "/{code}/options"), concat!("PATCH ", $collection, "/{code}/options")),
                5,
                |emulator, ask| emulator.rename_options($entity, ask.captures[0], &ask.list_body()?, ask.now),
            ),
            Row::new(
                ("DELETE", concat!($collection, "/{code}/options"), concat!("DELETE ", $collection, "/{code}/options")),
                3,
                |emulator, ask| emulator.delete_options($entity, ask.captures[0], &ask.list_body()?),
            ),
        ]
    };
}

pub(super) static PERSON_FIELDS: [Row; 8] = field_rows!("/api/v2/personFields", Entity::Person);
pub(super) static DEAL_FIELDS: [Row; 8] = field_rows!("/api/v2/dealFields", Entity::Deal);
pub(super) static PRODUCT_FIELDS: [Row; 8] = field_rows!("/api/v2/productFields", Entity::Product);
pub(super) static ORGANIZATION_FIELDS: [Row; 8] =
    field_rows!("/api/v2/organizationFields", Entity::Organization);
/// Fields of activities are the vendor's own.
pub(super) static ACTIVITY_FIELDS: [Row; 2] = [
    row!("GET" "/api/v2/activityFields", 10, |emulator, ask| emulator.list_fields(Entity::Activity, &ask.query)),
    row!("GET" "/api/v2/activityFields/{code}", 1, |emulator, ask| emulator.get_field(Entity::Activity, ask.captures[0])),
];
