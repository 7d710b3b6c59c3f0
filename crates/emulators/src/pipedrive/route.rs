//! The URL map: which method and path is which call, under which name it is counted, and what it costs.
//!
//! In: method and path. Out: the call, or why there is none. Both prefixes of the older endpoints are known; those out of
//! support answer 410. A new call is a row in the table of its topic.

use std::sync::LazyLock;

use http::Method;
use rustc_hash::FxHashMap;

use super::PipedriveEmulator;
use super::ask::{Ask, CAPTURES_MAX};
use super::history;
use super::kinds::Entity::{Activity, Deal, Organization, Person, Pipeline, Product, Stage};
use super::older_calls;
use super::older_fields;
use super::papers;
use super::reply::Reply;
use super::retired;
use super::users;
use super::{
    conversions, deal_products, field_routes, followers, leads, merging, participants, search,
    variations,
};

/// Carries out a call.
pub(super) type Handler = fn(&mut PipedriveEmulator, &Ask<'_>) -> Result<Reply, Reply>;

/// One call of the API.
#[derive(Debug)]
pub(super) struct Row {
    method: &'static str,
    /// `/api/v2/…` or `/v1/…`, with `{…}` for what varies.
    path: &'static str,
    /// Method and path, as the counters name it.
    name: &'static str,
    cost: u64,
    handler: Handler,
}

impl Row {
    pub(super) const fn new(
        (method, path, name): (&'static str, &'static str, &'static str),
        cost: u64,
        handler: Handler,
    ) -> Self {
        Self {
            method,
            path,
            name,
            cost,
            handler,
        }
    }

    /// The variable segments of a path that fits.
    fn captures<'p>(&self, path: &'p str) -> Option<[&'p str; CAPTURES_MAX]> {
        let mut captures = [""; CAPTURES_MAX];
        let mut captured = 0;
        let mut segments = path.split('/');
        for wanted in self.path.split('/') {
            let segment = segments.next()?;
            if wanted.starts_with('{') {
                captures[captured] = segment;
                captured += 1;
            } else if wanted != segment {
                return None;
            }
        }
        segments.next().is_none().then_some(captures)
    }
}

/// `row!("GET" "/api/v2/deals", 10, |emulator, ask| …)`.
macro_rules! row {
    ($method:literal $path:literal, $cost:literal, $handler:expr) => {
        $crate::pipedrive::route::Row::new(
            ($method, $path, concat!($method, " ", $path)),
            $cost,
            $handler,
        )
    };
}
pub(super) use row;

/// The five calls of a kind of record under `/api/v2`: list, make, read, change and delete.
macro_rules! record_rows {
    ($collection:literal, $entity:expr) => {
        record_rows!($collection, $entity, 10)
    };
    ($collection:literal, $entity:expr, $list_cost:literal) => {
        [
            $crate::pipedrive::route::row!("GET" $collection, $list_cost, |emulator, ask| emulator.list_call($entity, ask)),
            $crate::pipedrive::route::row!("POST" $collection, 5, |emulator, ask| emulator.create_call($entity, ask)),
            $crate::pipedrive::route::Row::new(
                ("GET", concat!($collection, "/{id}"), concat!("GET ", $collection, "/{id}")),
                1,
                |emulator, ask| emulator.get_call($entity, ask),
            ),
            $crate::pipedrive::route::Row::new(
                ("PATCH", concat!($collection, "/{id}"), concat!("PATCH ", $collection, "/{id}")),
                5,
                |emulator, ask| emulator.change_call($entity, ask),
            ),
            $crate::pipedrive::route::Row::new(
                ("DELETE", concat!($collection, "/{id}"), concat!("DELETE ", $collection, "/{id}")),
                3,
                |emulator, ask| emulator.delete_call($entity, ask),
            ),
        ]
    };
}

static PERSONS: [Row; 5] = record_rows!("/api/v2/persons", Person);
static ACTIVITIES: [Row; 5] = record_rows!("/api/v2/activities", Activity);
static DEALS: [Row; 5] = record_rows!("/api/v2/deals", Deal);
static ARCHIVED_DEALS: [Row; 1] =
    [row!("GET" "/api/v2/deals/archived", 20, |emulator, ask| emulator.archived_call(ask))];
static PRODUCTS: [Row; 5] = record_rows!("/api/v2/products", Product);
static PIPELINES: [Row; 5] = record_rows!("/api/v2/pipelines", Pipeline, 5);
static STAGES: [Row; 5] = record_rows!("/api/v2/stages", Stage, 5);
static ORGANIZATIONS: [Row; 5] = record_rows!("/api/v2/organizations", Organization);

/// Every call there is.
static TABLES: [&[Row]; 38] = [
    &PERSONS,
    &ORGANIZATIONS,
    &field_routes::PERSON_FIELDS,
    &field_routes::ORGANIZATION_FIELDS,
    &older_calls::ROWS,
    &users::ROWS,
    &history::ROWS,
    &older_fields::PERSON_FIELDS,
    &older_fields::ORGANIZATION_FIELDS,
    &older_fields::DEAL_FIELDS,
    &older_fields::PRODUCT_FIELDS,
    &older_fields::READ_ONLY_FIELDS,
    &retired::ROWS,
    &ACTIVITIES,
    &field_routes::ACTIVITY_FIELDS,
    &papers::notes::ROWS,
    &papers::activity_types::ROWS,
    &papers::currencies::ROWS,
    &papers::files::ROWS,
    &papers::filters::ROWS,
    &DEALS,
    &ARCHIVED_DEALS,
    &PRODUCTS,
    &PIPELINES,
    &STAGES,
    &field_routes::DEAL_FIELDS,
    &field_routes::PRODUCT_FIELDS,
    &deal_products::ROWS,
    &variations::ROWS,
    &participants::ROWS,
    &merging::ROWS,
    &leads::ROWS,
    &conversions::ROWS,
    &search::ROWS,
    &followers::OF_DEALS,
    &followers::OF_PERSONS,
    &followers::OF_ORGANIZATIONS,
    &followers::OF_PRODUCTS,
];

/// The rows by version and first segment, those without variable segments first.
static INDEX: LazyLock<FxHashMap<(bool, &'static str), Vec<&'static Row>>> = LazyLock::new(|| {
    let mut index: FxHashMap<_, Vec<&'static Row>> = FxHashMap::default();
    for row in TABLES.into_iter().flatten() {
        let key = key_of(row.path).expect("every row begins with a known prefix");
        index.entry(key).or_default().push(row);
    }
    for rows in index.values_mut() {
        rows.sort_by_key(|row| row.path.matches('{').count());
    }
    index
});

/// Whether a path is of the newer version, and its first segment.
fn key_of(path: &str) -> Option<(bool, &str)> {
    let (is_newer, rest) = match path.strip_prefix("/api/v2/") {
        Some(rest) => (true, rest),
        None => (false, path.strip_prefix("/v1/")?),
    };
    Some((is_newer, rest.split('/').next().unwrap_or(rest)))
}

/// A call with its name and its price.
#[derive(Debug)]
pub(super) struct Route<'p> {
    pub(super) call: Result<(Handler, [&'p str; CAPTURES_MAX]), Reply>,
    pub(super) name: &'static str,
    pub(super) cost: u64,
}

impl Route<'_> {
    fn refused(reply: Reply, name: &'static str) -> Self {
        Self {
            call: Err(reply),
            name,
            cost: 1,
        }
    }
}

/// Older endpoints that went out of support: these and what is directly below them.
const RETIRED: [&str; 8] = [
    "deals",
    "persons",
    "organizations",
    "activities",
    "products",
    "pipelines",
    "stages",
    "itemSearch",
];
/// What went out of support below a single one of them.
const RETIRED_BELOW: [&str; 4] = ["activities", "persons", "deals", "products"];

/// Finds the call.
pub(super) fn find<'p>(method: &Method, path: &'p str) -> Route<'p> {
    let path = path
        .strip_prefix("/api")
        .filter(|rest| rest.starts_with("/v1/"))
        .unwrap_or(path);
    let Some(key) = key_of(path) else {
        return unknown();
    };
    let mut is_path = false;
    for row in INDEX.get(&key).into_iter().flatten() {
        let Some(captures) = row.captures(path) else {
            continue;
        };
        if row.method == method.as_str() {
            return Route {
                call: Ok((row.handler, captures)),
                name: row.name,
                cost: row.cost,
            };
        }
        is_path = true;
    }
    if !key.0 && is_retired(path) {
        return Route::refused(
            Reply::generic(410, "This endpoint is no longer supported."),
            "retired",
        );
    }
    if is_path {
        return Route::refused(Reply::generic(405, "Method not allowed"), "unknown");
    }
    unknown()
}

fn is_retired(path: &str) -> bool {
    let segments: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
    match segments[..] {
        [first] | [first, _] => RETIRED.contains(&first),
        [first, _, below, ..] => RETIRED.contains(&first) && RETIRED_BELOW.contains(&below),
        [] => false,
    }
}

fn unknown<'p>() -> Route<'p> {
    Route::refused(Reply::generic(404, "Unknown method."), "unknown")
}

/// Every call with its price, for those who compare the prices with the vendor's.
pub(super) fn prices() -> impl Iterator<Item = (&'static str, u64)> {
    TABLES.into_iter().flatten().map(|row| (row.name, row.cost))
}
