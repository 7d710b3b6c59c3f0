//! Lists of records: filters, sorting, cursors, and what a list that lags shows.
//!
//! In: query parameters. Out: one page, and the cursor that names the first row of the next. Unknown parameters, loose times,
//! limits out of range and cursors of another list are refused. A page is no snapshot: rows may move between pages.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PipedriveEmulator;
use super::ask::Ask;
use super::config::PipedriveConfig;
use super::json::{Json, parse_rfc3339, rfc3339};
use super::kinds::Entity;
use super::list_filter::{Extra, Filter, RowLeniency, SortBy, Statuses};
use super::papers::filters::Filter as StoredFilter;
use super::query::{Query, flag, ids, int, limit, time};
use super::record::Record;
use super::render::View;
use super::reply::{Reply, Violation};
use super::state::{SortKey, Table};

const CUSTOM_FIELDS_MAX: usize = 15;
const PAGE_PARAMETERS: [&str; 4] = ["sort_by", "sort_direction", "limit", "cursor"];

/// One list as asked for.
#[derive(Debug)]
struct Wanted {
    filter: Filter,
    sort_by: SortBy,
    descending: bool,
    limit: usize,
    /// The first row of the page.
    start: Option<SortKey>,
    /// Nothing else is in the list, whatever the filters say.
    only: Option<BTreeSet<i64>>,
    /// Deleted rows that no one can read any more were deleted before this second.
    purged_before: i64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Cursor {
    field: String,
    field_value: Value,
    sort_direction: String,
    id: i64,
    /// Of the filters, so that a cursor fits its own list only.
    list: u64,
}

impl Wanted {
    fn parse(
        query: &Query,
        (entity, archived): (Entity, bool),
        (config, purged_before): (&PipedriveConfig, i64),
        violations: &mut Vec<Violation>,
    ) -> Self {
        let links = entity.spec().list.links.iter();
        let links = links
            .filter_map(|(name, of)| Some((*of, int(query, name, violations)?)))
            .collect();
        let mut filter = Filter {
            leniency: RowLeniency {
                deleted_by_ids: config.switches.deleted_records_are_listed_by_ids,
                add_time_if_unchanged: config.switches.unchanged_records_match_by_add_time,
            },
            filter_id: None,
            ids: query.get("ids").map(|text| ids(text, violations)),
            owner_id: int(query, "owner_id", violations),
            links,
            deal_id: int(query, "deal_id", violations).filter(|_| entity == Entity::Person),
            extra: Extra {
                statuses: Statuses::parse(query, &config.switches, violations),
                archived,
                done: query.get("done").map(|_| flag(query, "done", violations)),
                lead_id: query.get("lead_id").map(str::to_owned),
            },
            updated_since: time(query, "updated_since", violations),
            updated_until: time(query, "updated_until", violations),
        };
        if query.get("filter_id").is_some() {
            filter = Filter {
                filter_id: int(query, "filter_id", violations),
                leniency: filter.leniency,
                extra: Extra {
                    archived,
                    ..Extra::default()
                },
                ..Filter::default()
            };
        }
        let sort_by = sort_by(query, entity, violations);
        let descending = match query.get("sort_direction") {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => {
                violations.push(Violation::new("sort_direction", "must be asc or desc"));
                false
            }
        };
        let limit = limit(query, violations);
        let mut wanted = Self {
            filter,
            sort_by,
            descending,
            limit,
            start: None,
            only: None,
            purged_before,
        };
        if let Some(cursor) = query.get("cursor") {
            wanted.start = wanted.read_cursor(cursor, query.leniency.other_lists);
            if wanted.start.is_none() && !query.leniency.bad_cursors {
                violations.push(Violation::new("cursor", "is invalid for this request"));
            }
        }
        wanted
    }

    fn direction(&self) -> &'static str {
        if self.descending { "desc" } else { "asc" }
    }

    fn fingerprint(&self) -> u64 {
        let mut hasher = FxHasher::default();
        self.filter.hash(&mut hasher);
        hasher.finish() >> 12
    }

    fn read_cursor(&self, text: &str, of_other_lists: bool) -> Option<SortKey> {
        let cursor: Cursor = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let fits = cursor.field == self.sort_by.name()
            && cursor.sort_direction == self.direction()
            && (of_other_lists || cursor.list == self.fingerprint());
        if !fits {
            return None;
        }
        let value = match &cursor.field_value {
            Value::Null => None,
            Value::Number(number) => Some(number.as_i64()?),
            Value::String(text) => Some(parse_rfc3339(text)?),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        Some((value, cursor.id))
    }

    fn write_cursor(&self, (value, id): SortKey) -> String {
        let field_value = match (self.sort_by, value) {
            (_, None) => Value::Null,
            (SortBy::Id | SortBy::OrderNr | SortBy::Name, Some(number)) => Value::from(number),
            (SortBy::UpdateTime | SortBy::AddTime | SortBy::DueDate, Some(seconds)) => {
                Value::from(rfc3339(seconds))
            }
        };
        let cursor = Cursor {
            field: self.sort_by.name().to_owned(),
            field_value,
            sort_direction: self.direction().to_owned(),
            id,
            list: self.fingerprint(),
        };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).expect("plain values always serialise"))
    }

    fn accepts(&self, entity: Entity, record: &Record) -> bool {
        let is_purged = record.is_deleted
            && record
                .update_time
                .is_some_and(|deleted| deleted <= self.purged_before);
        !is_purged
            && self
                .only
                .as_ref()
                .is_none_or(|only| only.contains(&record.id))
            && self.filter.accepts(entity, record)
    }

    /// How many rows come before the page, in a list by name.
    fn offset(&self) -> usize {
        let offset = self.start.and_then(|(offset, _)| offset).unwrap_or(0);
        usize::try_from(offset).unwrap_or(0)
    }

    /// The place of the first row of the next page.
    fn next(&self, first: &Record) -> SortKey {
        if self.sort_by == SortBy::Name {
            let offset = i64::try_from(self.offset() + self.limit).unwrap_or(i64::MAX);
            return (Some(offset), first.id);
        }
        self.sort_by.key(first)
    }

    fn reaches(&self, key: SortKey) -> bool {
        self.start.is_none_or(|start| {
            if self.descending {
                key <= start
            } else {
                key >= start
            }
        })
    }
}

impl PipedriveEmulator {
    pub(super) fn list_call(&self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let list = &entity.spec().list;
        self.list(entity, ask, (list.views, false))
    }

    /// Deals in the archive; their options and labels are not shown by name.
    pub(super) fn archived_call(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        self.list(
            Entity::Deal,
            ask,
            (&["include_fields", "custom_fields"], true),
        )
    }

    fn list(
        &self,
        entity: Entity,
        ask: &Ask<'_>,
        (views, archived): (&[&str], bool),
    ) -> Result<Reply, Reply> {
        let (query, now) = (&ask.query, ask.now);
        let mut violations = Vec::new();
        let purged_before = self.purged_before(now);
        let mut wanted = Wanted::parse(
            query,
            (entity, archived),
            (&self.config, purged_before),
            &mut violations,
        );
        if let Some(deal) = wanted.filter.deal_id {
            if self.state.table(Entity::Deal).live(deal).is_none() {
                violations.push(Violation::new("deal_id", "does not exist"));
            }
            wanted.only = Some(self.people_of_deal(deal));
        }
        let filter = self.filter_of(wanted.filter.filter_id, entity, &mut violations);
        let list = &entity.spec().list;
        let is_known = |name: &str| {
            views.contains(&name)
                || PAGE_PARAMETERS.contains(&name)
                || list.filters.contains(&name)
                || list.links.iter().any(|(link, _)| *link == name)
        };
        let view = view(query, entity, is_known, &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let lagging = if self.config.list_lag_millis > 0 {
            self.state
                .lagging(entity, now.0 - self.config.list_lag_millis)
        } else {
            BTreeMap::new()
        };
        let sees_all = self.is_admin(ask.actor);
        let shows = |record: &Record| {
            wanted.accepts(entity, record)
                && (sees_all || self.sees(ask.actor.user_id, record))
                && filter.is_none_or(|filter| self.passes(filter, record, now))
        };
        let mut page = self.page(entity, &wanted, &lagging, shows);
        let next = (page.len() > wanted.limit).then(|| wanted.next(page[wanted.limit]));
        page.truncate(wanted.limit);
        let mut out = Json::with_capacity(128 + page.len() * 900);
        out.raw(r#"{"success":true,"data":["#);
        for record in page {
            out.comma();
            self.write_record(&mut out, entity, record, &view);
        }
        out.raw(r#"],"additional_data":{"next_cursor":"#);
        out.value(&next.map(|key| wanted.write_cursor(key)));
        out.raw("}}");
        Ok(Reply::ok(out))
    }

    /// The filter of that number, where it is for lists of this kind.
    pub(super) fn filter_of(
        &self,
        id: Option<i64>,
        entity: Entity,
        violations: &mut Vec<Violation>,
    ) -> Option<&StoredFilter> {
        let filter = self.state.papers.filters.get(&id?);
        let fitting = filter.filter(|filter| filter.is_for(entity));
        if fitting.is_none() {
            violations.push(Violation::new("filter_id", "does not exist"));
        }
        fitting
    }

    /// The rows of a page and one more, if there is one.
    fn page<'a>(
        &'a self,
        entity: Entity,
        wanted: &Wanted,
        lagging: &BTreeMap<i64, Option<&'a Record>>,
        shows: impl Fn(&Record) -> bool,
    ) -> Vec<&'a Record> {
        let table = self.state.table(entity);
        let fits = |record: &&Record| !lagging.contains_key(&record.id) && shows(record);
        let count = wanted.limit + 1;
        if wanted.sort_by == SortBy::Name {
            let mut all: Vec<&Record> = table.records.values().filter(fits).collect();
            all.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
            if wanted.descending {
                all.reverse();
            }
            return all.into_iter().skip(wanted.offset()).take(count).collect();
        }
        let mut page: Vec<&Record> = match &wanted.filter.ids {
            Some(ids) => {
                let rows = ids
                    .iter()
                    .filter_map(|id| table.records.get(id))
                    .filter(fits);
                rows.filter(|record| wanted.reaches(wanted.sort_by.key(record)))
                    .collect()
            }
            None => rows(table, wanted).filter(fits).take(count).collect(),
        };
        let shown = lagging.values().flatten().copied();
        page.extend(
            shown.filter(|record| shows(record) && wanted.reaches(wanted.sort_by.key(record))),
        );
        if wanted.filter.ids.is_some() || !lagging.is_empty() {
            page.sort_by_key(|record| wanted.sort_by.key(record));
            if wanted.descending {
                page.reverse();
            }
        }
        page
    }
}

/// All rows from the start of the page on, in order, whether or not the filters accept them.
fn rows<'a>(table: &'a Table, wanted: &Wanted) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
    let by_key = |(_, id): &SortKey| table.records.get(id);
    let since = wanted.filter.updated_since;
    let lowest = (
        since.filter(|_| !wanted.filter.leniency.add_time_if_unchanged),
        i64::MIN,
    );
    let highest = (Some(i64::MAX), i64::MAX);
    match (wanted.sort_by, wanted.descending) {
        (SortBy::Id, false) => {
            let start = wanted.start.map_or(i64::MIN, |(_, id)| id);
            Box::new(table.records.range(start..).map(|(_, record)| record))
        }
        (SortBy::Id, true) => {
            let start = wanted.start.map_or(i64::MAX, |(_, id)| id);
            Box::new(
                table
                    .records
                    .range(..=start)
                    .rev()
                    .map(|(_, record)| record),
            )
        }
        (SortBy::UpdateTime, false) => {
            let start = wanted.start.map_or(lowest, |start| start.max(lowest));
            Box::new(table.by_update.range(start..).filter_map(by_key))
        }
        (SortBy::UpdateTime, true) => {
            let start = wanted.start.unwrap_or(highest).max(lowest);
            Box::new(
                table
                    .by_update
                    .range(lowest..=start)
                    .rev()
                    .filter_map(by_key),
            )
        }
        (SortBy::OrderNr | SortBy::Name | SortBy::DueDate, descending) => {
            let mut all: Vec<&Record> = table.records.values().collect();
            all.sort_by_key(|record| wanted.sort_by.key(record));
            if descending {
                all.reverse();
            }
            all.retain(|record| wanted.reaches(wanted.sort_by.key(record)));
            Box::new(all.into_iter())
        }
        (SortBy::AddTime, false) => {
            let start = wanted.start.unwrap_or((None, i64::MIN));
            Box::new(table.by_add.range(start..).filter_map(by_key))
        }
        (SortBy::AddTime, true) => {
            let start = wanted.start.unwrap_or(highest);
            Box::new(table.by_add.range(..=start).rev().filter_map(by_key))
        }
    }
}

fn sort_by(query: &Query, entity: Entity, violations: &mut Vec<Violation>) -> SortBy {
    let known = entity.spec().list.sorts;
    let Some(name) = query.get("sort_by") else {
        return SortBy::Id;
    };
    known
        .iter()
        .copied()
        .find(|sort| sort.name() == name)
        .unwrap_or_else(|| {
            let names: Vec<&str> = known.iter().map(|sort| sort.name()).collect();
            violations.push(Violation::new(
                "sort_by",
                format!("must be one of {}", names.join(", ")),
            ));
            SortBy::Id
        })
}

/// What the caller wants to see of each row.
pub(super) fn view(
    query: &Query,
    entity: Entity,
    is_known: impl Fn(&str) -> bool,
    violations: &mut Vec<Violation>,
) -> View {
    let list = &entity.spec().list;
    query.refuse_unless(is_known, violations);
    let words = |name: &str| {
        query.get(name).map(|text| {
            text.split(',')
                .map(|word| word.trim().to_owned())
                .collect::<Vec<_>>()
        })
    };
    let custom = words("custom_fields");
    if custom
        .as_ref()
        .is_some_and(|codes| codes.len() > CUSTOM_FIELDS_MAX)
    {
        violations.push(Violation::new("custom_fields", "must be at most 15 fields"));
    }
    let include_fields = words("include_fields").unwrap_or_default();
    let known = |name: &String| {
        list.includes
            .iter()
            .any(|names| names.contains(&name.as_str()))
    };
    if let Some(unknown) = include_fields.iter().find(|name| !known(name)) {
        violations.push(Violation::new(
            "include_fields",
            format!("'{unknown}' is not allowed"),
        ));
    }
    View {
        custom,
        option_labels: flag(query, "include_option_labels", violations),
        labels: flag(query, "include_labels", violations),
        include_fields,
        plain_lists: query.leniency.plain_lists,
    }
}
