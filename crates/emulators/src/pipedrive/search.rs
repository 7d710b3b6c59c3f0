//! Search: by kind, over several kinds, and in one field. The index lags behind writes by some seconds.
//!
//! In: a term and filters. Out: items, best first. What was written within the lag is found as it was before; what was made within
//! it is not found at all. Nothing is ever changed here.

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::kinds::{Entity, Status};
use super::query::{self, Query};
use super::record::{CustomValue, Record};
use super::records::Actor;
use super::reply::{Reply, Violation};
use super::route::{Row, row};
use super::search_items::Matched;

const ITEM_SEARCH_LIMIT_MAX: usize = 100;
/// The field that is no field of the record.
const NOTES: &str = "notes";
const LIMIT_MAX: usize = 500;
/// Filters look at so many matches.
const FILTERED_MAX: usize = 2_000;

pub(super) static ROWS: [Row; 7] = [
    row!("GET" "/api/v2/deals/search", 20, |emulator, ask| emulator.search_kind(&DEALS, ask)),
    row!("GET" "/api/v2/persons/search", 20, |emulator, ask| emulator.search_kind(&PERSONS, ask)),
    row!("GET" "/api/v2/organizations/search", 20, |emulator, ask| emulator.search_kind(&ORGANIZATIONS, ask)),
    row!("GET" "/api/v2/leads/search", 20, |emulator, ask| emulator.search_kind(&LEADS, ask)),
    row!("GET" "/api/v2/products/search", 20, |emulator, ask| emulator.search_kind(&PRODUCTS, ask)),
    row!("GET" "/api/v2/itemSearch", 20, |emulator, ask| emulator.search_items(ask)),
    row!("GET" "/api/v2/itemSearch/field", 20, |emulator, ask| emulator.search_field(ask)),
];

/// What can be searched of one kind.
#[derive(Debug)]
pub(super) struct Searchable {
    entity: Entity,
    /// The first is the name.
    fields: &'static [&'static str],
    filters: &'static [&'static str],
    includes: &'static [&'static str],
}

static DEALS: Searchable = Searchable {
    entity: Entity::Deal,
    fields: &["title", "custom_fields", "notes"],
    filters: &["person_id", "organization_id", "status"],
    includes: &["deal.cc_email"],
};
static PERSONS: Searchable = Searchable {
    entity: Entity::Person,
    fields: &["name", "custom_fields", "email", "notes", "phone"],
    filters: &["organization_id"],
    includes: &["person.picture"],
};
static ORGANIZATIONS: Searchable = Searchable {
    entity: Entity::Organization,
    fields: &["name", "address", "custom_fields", "notes"],
    filters: &[],
    includes: &[],
};
static LEADS: Searchable = Searchable {
    entity: Entity::Lead,
    fields: &["title", "custom_fields", "notes"],
    filters: &["person_id", "organization_id"],
    includes: &["lead.was_seen"],
};
static PRODUCTS: Searchable = Searchable {
    entity: Entity::Product,
    fields: &["name", "code", "custom_fields"],
    filters: &[],
    includes: &["product.price"],
};
static ALL: [&Searchable; 5] = [&DEALS, &PERSONS, &ORGANIZATIONS, &LEADS, &PRODUCTS];
/// Kinds that can be asked for, but of which there is none here.
const ABSENT_TYPES: [&str; 3] = ["file", "mail_attachment", "project"];
const ALL_FIELDS: [&str; 9] = [
    "address",
    "code",
    "custom_fields",
    "email",
    "name",
    "notes",
    "phone",
    "title",
    "description",
];

/// A term and where to look for it.
#[derive(Debug)]
struct Wanted {
    /// Lower case.
    term: String,
    is_exact: bool,
    fields: Option<Vec<String>>,
    includes: Vec<String>,
}

impl Wanted {
    fn parse(
        query: &Query,
        (fields, includes): (&[&str], &[&str]),
        violations: &mut Vec<Violation>,
    ) -> Result<Self, Reply> {
        let term = match query.get("term").map(str::trim) {
            Some("") => {
                return Err(Reply::of(
                    400,
                    &json!({"success": false, "error": "Invalid input: \"term\" is not allowed to be empty", "code": "ERR_INVALID_INPUT"}),
                ));
            }
            Some(term) => term.to_lowercase(),
            None => {
                violations.push(Violation::new("term", "is required"));
                String::new()
            }
        };
        let is_exact = query::flag(query, "exact_match", violations);
        let least = if is_exact { 1 } else { 2 };
        if !term.is_empty() && term.chars().count() < least {
            violations.push(Violation::new("term", "must be at least 2 characters long"));
        }
        let fields = words(query, "fields", fields, violations);
        let includes = words(query, "include_fields", includes, violations).unwrap_or_default();
        Ok(Self {
            term,
            is_exact,
            fields,
            includes,
        })
    }

    fn looks_at(&self, field: &str) -> bool {
        self.fields
            .as_ref()
            .is_none_or(|fields| fields.iter().any(|known| known == field))
    }

    /// How well a text fits; nothing when it does not.
    fn score(&self, text: &str) -> Option<f64> {
        let text = text.to_lowercase();
        if text == self.term {
            return Some(1.0);
        }
        if self.is_exact {
            return None;
        }
        if text.starts_with(&self.term) {
            return Some(0.6);
        }
        text.contains(&self.term).then_some(0.3)
    }
}

/// A comma-separated list of known words.
fn words(
    query: &Query,
    name: &str,
    known: &[&str],
    violations: &mut Vec<Violation>,
) -> Option<Vec<String>> {
    let words: Vec<String> = query
        .get(name)?
        .split(',')
        .map(|word| word.trim().to_owned())
        .collect();
    if let Some(unknown) = words.iter().find(|word| !known.contains(&word.as_str())) {
        violations.push(Violation::new(name, format!("'{unknown}' is not allowed")));
    }
    Some(words)
}

impl PipedriveEmulator {
    fn search_kind(&self, of: &Searchable, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        let query = &ask.query;
        let known = [
            "term",
            "fields",
            "exact_match",
            "include_fields",
            "limit",
            "cursor",
        ];
        query.refuse_unless(
            |name| known.contains(&name) || of.filters.contains(&name),
            &mut violations,
        );
        let wanted = Wanted::parse(query, (of.fields, of.includes), &mut violations)?;
        let person = query::int(query, "person_id", &mut violations);
        let organization = query::int(query, "organization_id", &mut violations);
        let status = query.get("status").map(Status::parse);
        if status == Some(None) {
            violations.push(Violation::new("status", "must be one of open, won, lost"));
        }
        let page = query::cursor_page_of(query, LIMIT_MAX, &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let mut found = self.matches(of, &wanted, ask);
        sort(&mut found);
        let is_filtered = person.is_some() || organization.is_some() || status.is_some();
        if is_filtered {
            found.truncate(FILTERED_MAX);
        }
        found.retain(|matched| {
            let links = matched.record.links();
            let belongs =
                |entity, id: Option<i64>| id.is_none_or(|id| links.contains(&Some((entity, id))));
            let stands = status.flatten().is_none_or(|status| {
                matched
                    .record
                    .deal()
                    .is_some_and(|deal| deal.status == status)
            });
            belongs(Entity::Person, person) && belongs(Entity::Organization, organization) && stands
        });
        let items: Vec<Value> = page
            .of(&found)
            .iter()
            .map(|matched| self.item(matched, &wanted.includes, ask.actor))
            .collect();
        Ok(Reply::of(
            200,
            &json!({
                "success": true, "data": {"items": items},
                "additional_data": {"next_cursor": page.next(found.len())},
            }),
        ))
    }

    fn search_items(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        let query = &ask.query;
        let known = [
            "term",
            "fields",
            "exact_match",
            "include_fields",
            "limit",
            "cursor",
            "item_types",
            "search_for_related_items",
        ];
        query.refuse_unknown(&known, &mut violations);
        let includes = ["deal.cc_email", "person.picture", "product.price"];
        let wanted = Wanted::parse(query, (&ALL_FIELDS, &includes), &mut violations)?;
        let mut types: Vec<&str> = ALL.iter().map(|of| of.entity.name()).collect();
        types.extend(ABSENT_TYPES);
        let types = words(query, "item_types", &types, &mut violations);
        let with_related = query::flag(query, "search_for_related_items", &mut violations);
        let page = query::cursor_page_of(query, ITEM_SEARCH_LIMIT_MAX, &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let mut found = Vec::new();
        for of in ALL {
            let is_wanted = types
                .as_ref()
                .is_none_or(|types| types.iter().any(|name| name == of.entity.name()));
            if is_wanted {
                found.extend(self.matches(of, &wanted, ask));
            }
        }
        sort(&mut found);
        let shown = page.of(&found);
        let items: Vec<Value> = shown
            .iter()
            .map(|matched| self.item(matched, &wanted.includes, ask.actor))
            .collect();
        let related: Vec<Value> = if with_related {
            self.related_to(shown, ask.actor)
                .iter()
                .take(ITEM_SEARCH_LIMIT_MAX)
                .map(|matched| self.item(matched, &wanted.includes, ask.actor))
                .collect()
        } else {
            Vec::new()
        };
        Ok(Reply::of(
            200,
            &json!({
                "success": true, "data": {"items": items, "related_items": related},
                "additional_data": {"next_cursor": page.next(found.len())},
            }),
        ))
    }

    /// What belongs to the items found, or what they belong to.
    fn related_to<'a>(&'a self, found: &[Matched<'a>], actor: Actor) -> Vec<Matched<'a>> {
        let mut keys: Vec<(Entity, i64)> = Vec::new();
        for matched in found {
            let own = (matched.entity, matched.record.id);
            keys.extend(matched.record.links().into_iter().flatten());
            for entity in [Entity::Deal, Entity::Person, Entity::Lead] {
                let belonging = self.state.table(entity).belonging_to(own);
                keys.extend(belonging.map(|id| (entity, id)));
            }
        }
        keys.sort_unstable();
        keys.dedup();
        let is_found = |key: &(Entity, i64)| {
            found
                .iter()
                .any(|matched| (matched.entity, matched.record.id) == *key)
        };
        keys.retain(|key| ALL.iter().any(|of| of.entity == key.0) && !is_found(key));
        keys.into_iter()
            .filter_map(|(entity, id)| {
                let record = self.state.table(entity).live(id)?;
                if !self.sees(actor.user_id, record) {
                    return None;
                }
                Some(Matched {
                    entity,
                    record,
                    score: 0.0,
                    custom: Vec::new(),
                    notes: Vec::new(),
                })
            })
            .collect()
    }

    fn search_field(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        let query = &ask.query;
        let known = ["term", "entity_type", "match", "field", "limit", "cursor"];
        query.refuse_unknown(&known, &mut violations);
        let of = query.get("entity_type");
        let of = ALL.iter().find(|known| Some(known.entity.name()) == of);
        if of.is_none() && query.get("entity_type") != Some("project") {
            violations.push(Violation::new("entity_type", "is not a known type"));
        }
        let fits: fn(&str, &str) -> bool = match query.get("match") {
            None | Some("exact") => |text, term| text == term,
            Some("beginning") => |text, term| text.starts_with(term),
            Some("middle") => |text, term| text.contains(term),
            Some(_) => {
                violations.push(Violation::new(
                    "match",
                    "must be exact, beginning or middle",
                ));
                |_, _| false
            }
        };
        let is_exact = matches!(query.get("match"), None | Some("exact"));
        let term = query.get("term").unwrap_or("");
        if term.chars().count() < if is_exact { 1 } else { 2 } {
            violations.push(Violation::new("term", "is missing or too short"));
        }
        let field = query.get("field").unwrap_or("");
        if field.is_empty() {
            violations.push(Violation::new("field", "is required"));
        }
        let page = query::cursor_page_of(query, LIMIT_MAX, &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let mut found = Vec::new();
        if let Some(of) = of {
            for record in self.indexed(of.entity, ask) {
                let mut texts = self.texts(of, record);
                let hit = texts.find(|(name, text)| {
                    (*name == field || is_code(name, field)) && fits(text, term)
                });
                if let Some((_, text)) = hit {
                    found.push(json!({"id": record.lead().map_or_else(|| Value::from(record.id), |lead| Value::from(lead.uuid.as_str())), field: text}));
                }
            }
        }
        let items = page.of(&found);
        Ok(Reply::of(
            200,
            &json!({"success": true, "data": items, "additional_data": {"next_cursor": page.next(found.len())}}),
        ))
    }

    fn matches<'a>(&'a self, of: &Searchable, wanted: &Wanted, ask: &Ask<'_>) -> Vec<Matched<'a>> {
        let mut found = Vec::new();
        let has_notes = of.fields.contains(&NOTES) && wanted.looks_at(NOTES);
        let mut about = if has_notes {
            self.notes_by_record(of.entity, ask.actor, ask.now)
        } else {
            FxHashMap::default()
        };
        for record in self.indexed(of.entity, ask) {
            let mut best: Option<f64> = None;
            let (mut custom, mut notes) = (Vec::new(), Vec::new());
            let said = about.remove(&record.id).unwrap_or_default();
            let said = said.into_iter().map(|text| (NOTES, text));
            for (name, text) in self.texts(of, record).chain(said) {
                let is_custom = name.len() == 40;
                let field = if is_custom { "custom_fields" } else { name };
                if !wanted.looks_at(field) {
                    continue;
                }
                let Some(score) = wanted.score(&text) else {
                    continue;
                };
                let weight = if field == of.fields[0] { 1.0 } else { 0.5 };
                best = Some(best.map_or(score * weight, |best| best.max(score * weight)));
                if is_custom {
                    custom.push(text);
                } else if name == NOTES {
                    notes.push(text);
                }
            }
            if let Some(score) = best {
                found.push(Matched {
                    entity: of.entity,
                    record,
                    score,
                    custom,
                    notes,
                });
            }
        }
        found
    }

    /// The texts of a record that can be searched, each with the field it is of.
    fn texts<'a>(
        &'a self,
        of: &Searchable,
        record: &'a Record,
    ) -> impl Iterator<Item = (&'a str, String)> {
        let mut texts: Vec<(&str, String)> = vec![(of.fields[0], record.name.clone())];
        if let Some(person) = record.person() {
            texts.extend(
                person
                    .emails
                    .iter()
                    .map(|channel| ("email", channel.value.clone())),
            );
            texts.extend(
                person
                    .phones
                    .iter()
                    .map(|channel| ("phone", channel.value.clone())),
            );
        }
        if let Some(address) = record
            .organization()
            .and_then(|details| details.address.as_ref())
        {
            texts.push(("address", address.value.clone()));
        }
        if let Some(product) = record.product() {
            texts.push(("code", product.code.clone()));
        }
        let custom = self.state.catalog(of.entity).values_of(record);
        texts.extend(custom.filter_map(|(field, value)| {
            let text = match value? {
                CustomValue::Text(text) if field.kind.is_searchable() => text.clone(),
                CustomValue::Number(number) => number.to_string(),
                CustomValue::Money { value, .. } => value.to_string(),
                CustomValue::Address(address) => address.value.clone(),
                CustomValue::Text(_)
                | CustomValue::DateRange { .. }
                | CustomValue::Time { .. }
                | CustomValue::TimeRange { .. }
                | CustomValue::Choice(_)
                | CustomValue::Choices(_)
                | CustomValue::Reference(_) => return None,
            };
            Some((field.code.as_str(), text))
        }));
        texts.into_iter().filter(|(_, text)| !text.is_empty())
    }
}

/// Whether a field that is asked for by its newer name is the one searched here.
fn is_code(name: &str, field: &str) -> bool {
    matches!((name, field), ("email", "emails") | ("phone", "phones"))
}

/// Best first, then the oldest.
fn sort(found: &mut [Matched<'_>]) {
    found.sort_by(|one, other| {
        other
            .score
            .total_cmp(&one.score)
            .then_with(|| (one.entity, one.record.id).cmp(&(other.entity, other.record.id)))
    });
}
