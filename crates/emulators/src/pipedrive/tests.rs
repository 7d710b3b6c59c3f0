//! Sentences about parts that are easier seen from inside: times, queries, indexes.

use super::json::{parse_rfc3339, rfc3339, rfc3339_millis, spaced};
use super::kinds::Entity;
use super::query::Query;
use super::record::Record;
use super::state::Table;

#[test]
fn times_are_whole_seconds_in_the_vendors_three_forms() {
    assert_eq!(rfc3339(1_768_384_800), "2026-01-14T10:00:00Z");
    assert_eq!(
        rfc3339_millis(1_768_384_800_057),
        "2026-01-14T10:00:00.057Z"
    );
    assert_eq!(
        rfc3339_millis(1_768_384_800_000),
        "2026-01-14T10:00:00.000Z"
    );
    assert_eq!(spaced(1_768_384_800), "2026-01-14 10:00:00");
}

#[test]
fn only_whole_second_rfc3339_is_read() {
    assert_eq!(parse_rfc3339("2026-01-14T10:00:00Z"), Some(1_768_384_800));
    assert_eq!(
        parse_rfc3339("2026-01-14T11:00:00+01:00"),
        Some(1_768_384_800)
    );
    for text in [
        "",
        "2026-01-14",
        "2026-01-14T10:00Z",
        "2026-01-14T10:00:00",
        "2026-01-14t10:00:00Z",
        "2026-01-14T10:00:00.000Z",
        "2026-01-14T10:00:00+0100",
        "2026-13-14T10:00:00Z",
        "2026-01-14T10:00:00Z[Europe/Oslo]",
        "på-en-måte-T-ikke-tid",
    ] {
        assert_eq!(parse_rfc3339(text), None, "{text}");
    }
}

#[test]
fn queries_are_decoded() {
    let query = Query::parse("a=1%2C2&b=%C3%A5+x&c&d=100%");
    assert_eq!(query.get("a"), Some("1,2"));
    assert_eq!(query.get("b"), Some("å x"));
    assert_eq!(query.get("c"), Some(""));
    assert_eq!(query.get("d"), Some("100%"));
    assert_eq!(query.get("e"), None);
}

fn person(id: i64, org_id: Option<i64>) -> Record {
    let mut record = Record {
        id,
        name: "A B".to_owned(),
        owner_id: 1,
        add_time: 100,
        update_time: None,
        visible_to: 3,
        label_ids: Vec::new(),
        custom: Vec::new(),
        is_deleted: false,
        details: Entity::Person.kind().blank(),
    };
    if let Some(person) = record.person_mut() {
        person.org_id = org_id;
    }
    record
}

#[test]
fn indexes_follow_a_record_through_its_life() {
    let mut table = Table::of(vec![person(7, Some(3))], 1);
    assert_eq!(table.next_id, 8);
    assert_eq!(
        table
            .belonging_to((Entity::Organization, 3))
            .collect::<Vec<_>>(),
        [7]
    );

    table.put(Record {
        update_time: Some(200),
        ..person(7, Some(4))
    });
    assert_eq!(
        (
            table.belonging_to((Entity::Organization, 3)).count(),
            table.belonging_to((Entity::Organization, 4)).count()
        ),
        (0, 1)
    );
    assert_eq!(
        table.by_update.iter().copied().collect::<Vec<_>>(),
        [(Some(200), 7)]
    );

    table.put(Record {
        is_deleted: true,
        update_time: Some(300),
        ..person(7, Some(4))
    });
    assert!(table.by_update.is_empty() && table.by_add.is_empty() && table.by_link.is_empty());
    assert!(table.live(7).is_none() && table.records.contains_key(&7));

    table.put(person(7, None));
    assert_eq!(
        (
            table.by_update.len(),
            table.by_add.len(),
            table.by_link.len()
        ),
        (1, 1, 0)
    );
}
