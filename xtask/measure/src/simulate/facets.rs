//! What a person sees of a record on either side, written apart from the engine's own mapping so that a mistake there shows.
//!
//! In: a record as the emulators show it. Out: its facets, each as plain text in one form for both sides. It never looks at
//! the engine's memory.

use std::collections::{BTreeMap, BTreeSet};

use model::{Kind, Side};
use serde_json::Value;

use super::sales::facets::{DealFacet, deal, project};

/// One thing that can be seen of a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Facet {
    Name,
    Email,
    Phone,
    /// The id of the organization on the record's own side.
    Organization,
    Title,
    Strategy,
    /// A tag that the record has; its value is always the same.
    Tag(String),
    Domain,
    Number,
    Country,
    /// Of a deal or a project.
    Deal(DealFacet),
    /// Something that does not travel.
    Own(&'static str),
}

/// A record's facets. What is empty is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shown {
    pub(super) is_live: bool,
    /// The id of the other side's record that this one carries.
    pub(super) marker: Option<String>,
    pub(super) facets: BTreeMap<Facet, String>,
}

/// Codes of the custom fields, by entity.
#[derive(Debug, Clone, Default)]
pub(super) struct Codes {
    pub(super) person_marker: String,
    pub(super) strategy: String,
    pub(super) title: String,
    pub(super) organization_marker: String,
    pub(super) domain: String,
    pub(super) number: String,
    /// Labels of persons, by id.
    pub(super) labels: BTreeMap<i64, String>,
    pub(super) deal_marker: String,
    pub(super) portfolio: String,
    /// The option of a deal that is about several properties.
    pub(super) portfolio_yes: Option<i64>,
    pub(super) properties: String,
    /// Stages of deals, by id.
    pub(super) stages: BTreeMap<i64, String>,
}

/// The value of a tag that is there.
pub(super) const IS_THERE: &str = "there";

pub(super) fn shown(side: Side, kind: Kind, record: &Value, codes: &Codes) -> Shown {
    match (side, kind) {
        (Side::Pipedrive, Kind::Person) => person(record, codes),
        (Side::Pipedrive, Kind::Organization) => organization(record, codes),
        (Side::Propstreet, Kind::Person) => contact(record),
        (Side::Propstreet, Kind::Organization) => company(record),
        (Side::Pipedrive, Kind::Deal) => deal(record, codes),
        (Side::Propstreet, Kind::Deal) => project(record),
        // Notes are no records of their own.
        (Side::Pipedrive | Side::Propstreet, Kind::Note) => Shown::default(),
    }
}

impl Shown {
    pub(super) fn put(&mut self, facet: Facet, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.facets.insert(facet, value);
        }
    }

    fn put_tags<'a>(&mut self, tags: impl Iterator<Item = &'a str>) {
        for tag in tags {
            self.put(Facet::Tag(tag.trim().to_owned()), Some(IS_THERE.to_owned()));
        }
    }
}

fn person(record: &Value, codes: &Codes) -> Shown {
    let custom = |code: &str| line(&record["custom_fields"][code]);
    let mut shown = Shown {
        is_live: record["is_deleted"] != true,
        marker: custom(&codes.person_marker),
        facets: BTreeMap::new(),
    };
    shown.put(Facet::Name, line(&record["name"]));
    shown.put(
        Facet::Email,
        primary(&record["emails"], "value", "primary").map(|text| lower(&text)),
    );
    shown.put(
        Facet::Phone,
        primary(&record["phones"], "value", "primary").map(|text| dialled(&text)),
    );
    shown.put(Facet::Organization, id(&record["org_id"]));
    shown.put(Facet::Title, custom(&codes.title));
    shown.put(Facet::Strategy, custom(&codes.strategy));
    let labels = list(&record["label_ids"]).filter_map(Value::as_i64);
    let names: Vec<&str> = labels
        .filter_map(|id| codes.labels.get(&id).map(String::as_str))
        .collect();
    shown.put_tags(names.into_iter());
    shown.put(Facet::Own("visible_to"), id(&record["visible_to"]));
    shown.put(Facet::Own("owner_id"), id(&record["owner_id"]));
    shown.put(
        Facet::Own("other emails"),
        others(&record["emails"], "value", "primary"),
    );
    shown.put(
        Facet::Own("other phones"),
        others(&record["phones"], "value", "primary"),
    );
    shown
}

fn organization(record: &Value, codes: &Codes) -> Shown {
    let custom = |code: &str| line(&record["custom_fields"][code]);
    let mut shown = Shown {
        is_live: record["is_deleted"] != true,
        marker: custom(&codes.organization_marker),
        facets: BTreeMap::new(),
    };
    shown.put(Facet::Name, line(&record["name"]));
    let website = || line(&record["website"]).map(|text| host(&text));
    shown.put(
        Facet::Domain,
        custom(&codes.domain)
            .map(|text| host(&text))
            .or_else(website),
    );
    shown.put(
        Facet::Number,
        custom(&codes.number).map(|text| digits(&text)),
    );
    shown.put(
        Facet::Country,
        line(&record["address"]["country"]).map(|name| country(&name)),
    );
    shown.put(
        Facet::Own("address"),
        record["address"]
            .as_object()
            .map(|_| record["address"].to_string()),
    );
    shown.put(Facet::Own("website"), line(&record["website"]));
    shown.put(Facet::Own("employee_count"), id(&record["employee_count"]));
    shown.put(Facet::Own("visible_to"), id(&record["visible_to"]));
    shown
}

fn contact(record: &Value) -> Shown {
    let mut shown = Shown {
        is_live: record["deletedUtc"].is_null(),
        marker: marker(record),
        facets: BTreeMap::new(),
    };
    let parts = [&record["firstName"], &record["lastName"]].map(line);
    let full: Vec<String> = parts.into_iter().flatten().collect();
    shown.put(Facet::Name, Some(full.join(" ")));
    shown.put(
        Facet::Email,
        line(&record["email"]).map(|text| lower(&text)),
    );
    shown.put(
        Facet::Phone,
        line(&record["phone"]).map(|text| dialled(&text)),
    );
    let place = list(&record["companies"]).find(|company| company["isPrimary"] == true);
    shown.put(
        Facet::Organization,
        place.and_then(|place| id(&place["id"])),
    );
    shown.put(
        Facet::Title,
        place.and_then(|place| line(&place["jobTitle"])),
    );
    shown.put(Facet::Strategy, line(&record["strategy"]));
    shown.put_tags(list(&record["tags"]).filter_map(Value::as_str));
    shown.put(Facet::Own("language"), line(&record["primaryLanguage"]));
    shown.put(Facet::Own("profile"), line(&record["linkedInUrl"]));
    shown.put(
        Facet::Own("other emails"),
        others(&record["emails"], "address", "isPrimary"),
    );
    shown.put(
        Facet::Own("other phones"),
        others(&record["phones"], "number", "isPrimary"),
    );
    shown.put(
        Facet::Own("references"),
        other_references(record, &["pipedrive"]),
    );
    shown
}

fn company(record: &Value) -> Shown {
    let mut shown = Shown {
        is_live: record["deletedUtc"].is_null(),
        marker: marker(record),
        facets: BTreeMap::new(),
    };
    shown.put(Facet::Name, line(&record["name"]));
    let homepage = || line(&record["homepageUrl"]).map(|text| host(&text));
    shown.put(
        Facet::Domain,
        line(&record["domain"])
            .map(|text| host(&text))
            .or_else(homepage),
    );
    let number =
        list(&record["externalRefs"]).find(|known| namespace(known).starts_with("org-number-"));
    shown.put(
        Facet::Number,
        number
            .and_then(|number| line(&number["id"]))
            .map(|text| digits(&text)),
    );
    shown.put(Facet::Country, line(&record["countryCode"]));
    shown.put(Facet::Own("strategy"), line(&record["strategy"]));
    shown.put(Facet::Own("profile"), line(&record["linkedInUrl"]));
    shown.put(Facet::Own("tags"), Some(texts(&record["tags"]).join(", ")));
    shown.put(
        Facet::Own("references"),
        other_references(record, &["pipedrive", "org-number-"]),
    );
    shown
}

pub(super) fn marker(record: &Value) -> Option<String> {
    let own = list(&record["externalRefs"]).find(|known| namespace(known) == "pipedrive");
    own.and_then(|own| line(&own["id"]))
}

fn namespace(reference: &Value) -> String {
    reference["namespace"]
        .as_str()
        .unwrap_or_default()
        .to_lowercase()
}

fn other_references(record: &Value, ours: &[&str]) -> Option<String> {
    let others: BTreeSet<String> = list(&record["externalRefs"])
        .filter(|known| !ours.iter().any(|name| namespace(known).starts_with(name)))
        .map(|known| {
            format!(
                "{}={}",
                namespace(known),
                known["id"].as_str().unwrap_or_default()
            )
        })
        .collect();
    Some(others.into_iter().collect::<Vec<_>>().join(" "))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn texts(value: &Value) -> Vec<&str> {
    list(value).filter_map(Value::as_str).collect()
}

fn entries<'a>(value: &'a Value, key: &'a str, flag: &'a str) -> Vec<(&'a str, bool)> {
    let entry = |entry: &'a Value| Some((entry[key].as_str()?, entry[flag] == true));
    list(value).filter_map(entry).collect()
}

fn primary(value: &Value, key: &str, flag: &str) -> Option<String> {
    let entries = entries(value, key, flag);
    let chosen = entries
        .iter()
        .find(|(_, is_primary)| *is_primary)
        .or(entries.first());
    chosen.map(|(text, _)| words(text))
}

/// All but the primary one, byte for byte and in order.
fn others(value: &Value, key: &str, flag: &str) -> Option<String> {
    let entries = entries(value, key, flag);
    let first = entries
        .iter()
        .position(|(_, is_primary)| *is_primary)
        .unwrap_or(0);
    let rest: Vec<&str> = entries
        .iter()
        .enumerate()
        .filter(|(place, _)| *place != first)
        .map(|(_, (text, _))| *text)
        .collect();
    Some(rest.join(" | "))
}

/// A text in one line: what separates words is one space.
pub(super) fn line(value: &Value) -> Option<String> {
    value.as_str().map(words)
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn id(value: &Value) -> Option<String> {
    value
        .as_str()
        .map(str::to_owned)
        .or_else(|| value.as_i64().map(|id| id.to_string()))
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// The way a number is dialled from abroad, where it is one: the whole book is Swedish.
fn dialled(text: &str) -> String {
    if text.chars().any(char::is_alphabetic) {
        return text.to_owned();
    }
    let digits = digits(&text.replacen("(0)", "", 1));
    let text = text.trim();
    if text.starts_with('+') {
        format!("+{digits}")
    } else if let Some(rest) = digits.strip_prefix("00") {
        format!("+{rest}")
    } else if let Some(rest) = digits.strip_prefix('0') {
        format!("+46{rest}")
    } else {
        text.to_owned()
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn host(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let rest = lower.split("://").last().unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

fn country(name: &str) -> String {
    match name {
        "Sweden" => "SE",
        "Norway" => "NO",
        "Denmark" => "DK",
        "Finland" => "FI",
        other => other,
    }
    .to_owned()
}
