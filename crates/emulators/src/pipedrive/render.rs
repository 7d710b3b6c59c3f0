//! Records as JSON: the API's shape, the shape of the older endpoints, and the two halves of a webhook.
//!
//! In: a record and its catalog. Out: JSON with exactly the keys, the types and the order of the vendor. It changes
//! nothing and asks no clock.

use super::custom::{self, OptionView};
use super::fields::{Catalog, Field};
use super::json::Json;
use super::kinds::{Entity, Part, Shown};
use super::papers::counts;
use super::record::{CustomValue, Record};

/// What a caller wants to see beside the usual.
#[derive(Debug, Default, Clone)]
pub(super) struct View {
    /// Codes of the custom fields to show; nothing means all.
    pub(super) custom: Option<Vec<String>>,
    pub(super) option_labels: bool,
    pub(super) labels: bool,
    pub(super) include_fields: Vec<String>,
    /// Whether labels of lists of options are shown without their ids.
    pub(super) plain_lists: bool,
}

/// The record as `/api/v2` shows it.
pub(super) fn api(out: &mut Json, record: &Record, entity: Entity, shown: &Shown<'_>) {
    let kind = entity.kind();
    out.raw("{");
    kind.write(out, record, shown);
    if shown.view.labels {
        labels(out, record, shown.catalog);
    }
    for name in &shown.view.include_fields {
        out.key(name);
        if !counts::write(out, name, (entity, record.id), shown.state) {
            kind.write_included(out, name, record, shown);
        }
    }
    out.raw("}");
}

pub(super) fn custom_fields(out: &mut Json, record: &Record, shown: &Shown<'_>) {
    let (catalog, view) = (shown.catalog, shown.view);
    out.key("custom_fields");
    out.raw("{");
    let is_shown = |field: &Field| {
        view.custom
            .as_ref()
            .is_none_or(|codes| codes.contains(&field.code))
    };
    for field in catalog.custom().filter(|field| is_shown(field)) {
        out.key(&field.code);
        custom::write_api(
            out,
            field,
            record.custom_value(field.id),
            match (view.option_labels, view.plain_lists) {
                (false, _) => OptionView::Ids,
                (true, false) => OptionView::Objects,
                (true, true) => OptionView::PlainLists,
            },
        );
    }
    out.raw("}");
}

fn labels(out: &mut Json, record: &Record, catalog: &Catalog) {
    out.key("labels");
    out.raw("[");
    for option in catalog
        .labels()
        .iter()
        .filter(|option| record.label_ids.contains(&option.id))
    {
        out.comma();
        out.raw("{");
        out.field("id", &option.id);
        out.field("label", &option.label);
        out.raw("}");
    }
    out.raw("]");
}

/// The value of something that is not kept here.
pub(super) fn blank_included(out: &mut Json, name: &str) {
    out.raw(if name.ends_with("_count") {
        "0"
    } else {
        "null"
    });
}

/// The record as webhooks show it.
pub(super) fn event_data(record: &Record, entity: Entity, catalog: &Catalog) -> String {
    let mut out = Json::with_capacity(1_024);
    out.raw("{");
    entity.kind().write_event(&mut out, record, catalog);
    out.raw("}");
    out.into_text()
}

/// The keys of most events.
pub(super) fn usual_event(out: &mut Json, record: &Record, parts: &[Part], catalog: &Catalog) {
    out.time("add_time", Some(record.add_time));
    for part in parts {
        (part.write)(out, record);
    }
    event_custom_fields(out, catalog.values_of(record));
    out.field("id", &record.id);
    out.time("update_time", record.update_time);
}

/// What was there before, of the fields that differ.
pub(super) fn event_previous(
    (before, after): (&Record, &Record),
    entity: Entity,
    catalog: &Catalog,
    always_tells_time: bool,
) -> String {
    let tells_time = always_tells_time || entity.spec().previous_has_update_time;
    let mut out = Json::with_capacity(256);
    out.raw("{");
    for part in changed(before, after, entity) {
        (part.write)(&mut out, before);
    }
    let changed: Vec<(&Field, _)> = catalog
        .values_of(before)
        .filter(|(field, value)| *value != after.custom_value(field.id))
        .collect();
    if !changed.is_empty() {
        event_custom_fields(&mut out, changed.into_iter());
    }
    if tells_time && before.update_time != after.update_time {
        out.time("update_time", before.update_time);
    }
    out.raw("}");
    out.into_text()
}

pub(super) fn event_custom_fields<'a>(
    out: &mut Json,
    values: impl Iterator<Item = (&'a Field, Option<&'a CustomValue>)>,
) {
    out.key("custom_fields");
    out.raw("{");
    for (field, value) in values {
        out.key(&field.code);
        custom::write_event(out, field, value);
    }
    out.raw("}");
}

/// The built-in parts that differ.
pub(super) fn changed<'a>(
    before: &'a Record,
    after: &'a Record,
    entity: Entity,
) -> impl Iterator<Item = &'static Part> + 'a {
    let parts = entity.spec().parts.iter();
    parts.filter(|part| (part.differs)(before, after))
}

/// The value of a part as one text, for the change log.
pub(super) fn log_text(part: &Part, record: &Record) -> Option<String> {
    let mut out = Json::default();
    out.raw("{");
    (part.write)(&mut out, record);
    out.raw("}");
    let shown: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&out.0).ok()?;
    let value = shown.get(part.key).or_else(|| shown.values().next())?;
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Array(items) => {
            Some(items.iter().map(item_text).collect::<Vec<_>>().join(","))
        }
        serde_json::Value::Object(object) => object.get("value").map(item_text),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => Some(value.to_string()),
    }
}

fn item_text(item: &serde_json::Value) -> String {
    let inner = item.get("value").unwrap_or(item);
    inner
        .as_str()
        .map_or_else(|| inner.to_string(), str::to_owned)
}

/// The half of an event without `label`, which tells only the first of the labels.
pub(super) fn without_single_label(half: &str) -> String {
    let mut shown: serde_json::Value = serde_json::from_str(half).unwrap_or_default();
    if let Some(object) = shown.as_object_mut() {
        object.remove("label");
    }
    shown.to_string()
}
