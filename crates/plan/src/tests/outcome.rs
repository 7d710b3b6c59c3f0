//! The base after a write was answered.

use std::collections::BTreeMap;

use model::{Base, Carrier, Field, Record, Side, Value};

use super::toy::{tags, text};
use crate::{Operation, Write, base_after};

fn write(field: Field, sent: Option<Value>, source: Option<Option<Value>>) -> Write {
    Write {
        side: Side::Propstreet,
        operation: Operation::Update,
        carrier: Carrier::Record,
        fields: BTreeMap::from([(field, sent)]),
        source: source.map(|source| (field, source)).into_iter().collect(),
        marker: false,
    }
}

fn base(field: Field, pipedrive: Option<Value>, propstreet: Option<Value>) -> Base {
    Base {
        pipedrive: Record::default().with(field, pipedrive),
        propstreet: Record::default().with(field, propstreet),
    }
}

#[test]
fn each_side_is_held_to_what_it_shows() {
    let field = Field::PersonName;
    let answered = Record::default()
        .with(field, text("ANN"))
        .with(Field::PersonPhone, text("1"));
    let after = base_after(
        &base(field, text("a"), text("A")),
        &write(field, text("Ann"), Some(text("Ann"))),
        &answered,
    );
    assert_eq!(after, base(field, text("Ann"), text("ANN")));
}

#[test]
fn a_field_without_a_source_leaves_its_base() {
    let field = Field::PersonName;
    let old = base(field, text("a"), text("a"));
    let answered = Record::default().with(field, text("Ann"));
    assert_eq!(
        base_after(&old, &write(field, text("Ann"), None), &answered),
        old
    );
}

#[test]
fn a_cleared_field_has_no_base() {
    let field = Field::PersonName;
    let after = base_after(
        &base(field, text("a"), text("a")),
        &write(field, None, Some(None)),
        &Record::default(),
    );
    assert_eq!(after, Base::default());
}

/// Base on both sides, what was sent, what the other side showed, what the answer shows; the base after, by side.
fn check([old, sent, source, answered]: [&[&str]; 4], [pipedrive, propstreet]: [&[&str]; 2]) {
    let field = Field::PersonTags;
    let old = base(field, tags(old), tags(old));
    let answered = Record::default().with(field, tags(answered));
    let after = base_after(
        &old,
        &write(field, tags(sent), Some(tags(source))),
        &answered,
    );
    assert_eq!(after, base(field, tags(pipedrive), tags(propstreet)));
}

#[test]
fn of_a_set_only_what_was_carried_moves() {
    // Pipedrive added b: agreed.
    check(
        [&["a"], &["a", "b"], &["a", "b"], &["a", "b"]],
        [&["a", "b"], &["a", "b"]],
    );
    // Propstreet had added c itself: it still has to travel.
    check(
        [&["a"], &["a", "b", "c"], &["a", "b"], &["a", "b", "c"]],
        [&["a", "b"], &["a", "b"]],
    );
    // Propstreet had removed a itself: that still has to travel.
    check(
        [&["a"], &["b"], &["a", "b"], &["b"]],
        [&["a", "b"], &["a", "b"]],
    );
    // The server keeps B instead of b.
    check(
        [&["a"], &["a", "b"], &["a", "b"], &["a", "B"]],
        [&["a", "b"], &["B", "a"]],
    );
}
