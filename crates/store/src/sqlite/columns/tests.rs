//! What stands in which column.

use rusqlite::Connection;

use super::*;
use crate::sqlite::connection;

/// Where a text stands is of no interest here.
fn values(entity: Entity, raw: &str) -> BTreeMap<&'static str, Typed> {
    let columns = of(entity);
    let values = columns.values(raw);
    let own = |value: &Typed| match value {
        Typed::Part(part) => text(part.in_text(raw)),
        Typed::Nothing | Typed::Integer(_) | Typed::Real(_) | Typed::Text(_) => value.clone(),
    };
    let named = columns.places.iter();
    let custom = values.custom.map(|custom| text(&custom.set));
    named
        .map(|(name, place)| (*name, own(&values.fields[*place])))
        .chain([(CUSTOM_FIELDS, custom.unwrap_or(Typed::Nothing))])
        .collect()
}

fn text(text: &str) -> Typed {
    Typed::Text(text.into())
}

#[test]
fn the_tables_have_these_columns_before_the_raw_record() {
    let folder = tempfile::tempdir().unwrap();
    let file = connection::open_writer(&folder.path().join("columns.db"), false).unwrap();
    for (entity, shape) in SHAPES {
        let own = 12;
        assert_eq!(
            in_table(&file, mirror::table(entity), own),
            shape,
            "{entity:?}"
        );
    }
}

/// The columns of a table after its first ones, as shapes tell them; what is computed is left out.
fn in_table(file: &Connection, table: &str, own: i64) -> String {
    let sql = "select group_concat(name || case type when 'TEXT' then '' else ':' || lower(type) end, ' ') \
        from pragma_table_info(?1) where cid >= ?2 and name not in ('raw', 'fields_shown')";
    file.query_row(sql, (table, own), |row| row.get(0)).unwrap()
}

#[test]
fn a_deal_stands_in_its_columns() {
    let raw = r#"{"id": 7, "title": "Kontor \"Väst\"", "value": 12.5, "is_archived": true, "label_ids": [1,2], "pipeline_id": 3.0,
        "owner_id": "5", "probability": null, "unknown": {"a": [1]},
        "custom_fields": {"9f": "Stureplan 4", "8a": null, "7b": {"value": 3, "currency": null}}}"#;
    let shown = values(Entity::Deal, raw);
    assert_eq!(shown["id"], Typed::Integer(7));
    assert_eq!(shown["title"], text("Kontor \"Väst\""));
    assert_eq!(shown["value"], Typed::Real(12.5));
    assert_eq!(shown["is_archived"], Typed::Integer(1));
    assert_eq!(shown["label_ids"], text("[1,2]"));
    assert_eq!(shown["pipeline_id"], Typed::Integer(3));
    assert_eq!(shown["owner_id"], Typed::Integer(5));
    assert_eq!(shown["probability"], Typed::Nothing);
    assert_eq!(shown["status"], Typed::Nothing);
    let set = r#"{"9f":"Stureplan 4","7b":{"value": 3, "currency": null}}"#;
    assert_eq!(shown["custom_fields"], text(set));
}

#[test]
fn what_makes_no_sense_is_empty_in_its_column() {
    let shown = values(
        Entity::Deal,
        r#"{"id": "seven", "value": [1], "pipeline_id": 1e300, "title": 7, "custom_fields": 5}"#,
    );
    for column in ["id", "value", "pipeline_id", "custom_fields"] {
        assert_eq!(shown[column], Typed::Nothing, "{column}");
    }
    assert_eq!(shown["title"], text("7"));
    for raw in [
        "<html>",
        "",
        "[]",
        "{\"id\": 7} and more",
        "{\"id\": 7, \"title\"",
    ] {
        assert!(
            values(Entity::Deal, raw)
                .values()
                .all(|value| *value == Typed::Nothing),
            "{raw}"
        );
    }
}

#[test]
fn custom_fields_none_of_which_is_set_are_an_empty_object() {
    assert_eq!(
        values(Entity::Person, r#"{"custom_fields": {"a": null}}"#)["custom_fields"],
        text("{}")
    );
    assert_eq!(
        values(Entity::Person, r#"{"custom_fields": {}}"#)["custom_fields"],
        text("{}")
    );
    assert_eq!(
        values(Entity::Person, r#"{"custom_fields": null}"#)["custom_fields"],
        Typed::Nothing
    );
}
