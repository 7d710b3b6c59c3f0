//! Which scopes an access token needs for a call.
//!
//! In: method and path. Out: the scopes of which one is enough. It knows families of paths, not single calls, so that a
//! new call of a known family is guarded from its first day.

use http::Method;

const BASE: &[&str] = &["base"];
const ADMIN: &[&str] = &["admin"];
const DEALS: Family = Family(
    &["deals:read", "deals:full"],
    &["deals:full"],
    &["search:read", "deals:read", "deals:full"],
);
const CONTACTS: Family = Family(
    &["contacts:read", "contacts:full"],
    &["contacts:full"],
    &["search:read", "contacts:read", "contacts:full"],
);
const ACTIVITIES: Family = Family(
    &["activities:read", "activities:full"],
    &["activities:full"],
    &["activities:read", "activities:full"],
);
const LEADS: Family = Family(
    &["leads:read", "leads:full"],
    &["leads:full"],
    &["search:read", "leads:read", "leads:full"],
);
const PRODUCTS: Family = Family(
    &["products:read", "products:full"],
    &["products:full"],
    &["search:read", "products:read", "products:full"],
);
/// Products of deals belong to both.
const DEAL_PRODUCTS: Family = Family(
    &["deals:read", "deals:full", "products:read", "products:full"],
    &["deals:full", "products:full"],
    &[],
);
/// Notes belong to deals and to contacts.
const NOTES: Family = Family(
    &["deals:read", "deals:full", "contacts:read", "contacts:full"],
    &["deals:full", "contacts:full"],
    &[],
);
/// Files and filters belong to all three.
const ATTACHED: Family = Family(
    &[
        "deals:read",
        "deals:full",
        "contacts:read",
        "contacts:full",
        "activities:read",
        "activities:full",
    ],
    &["deals:full", "contacts:full", "activities:full"],
    &[],
);

/// What reading, writing and searching need.
struct Family(
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

/// The scopes of which one is enough for a call.
pub(super) fn needed(method: &Method, path: &str) -> &'static [&'static str] {
    let (rest, is_newer) = match path.strip_prefix("/api/v2/") {
        Some(rest) => (rest, true),
        None => {
            let rest = path
                .strip_prefix("/api/v1/")
                .or_else(|| path.strip_prefix("/v1/"));
            (rest.unwrap_or_default(), false)
        }
    };
    let parts: Vec<&str> = rest.split('/').collect();
    let reads = method == Method::GET;
    match parts.as_slice() {
        ["users", "me"] | ["currencies" | "userConnections" | "userSettings", ..] => BASE,
        ["users", ..] if reads => &["users:read"],
        ["users" | "webhooks" | "roles" | "permissionSets", ..] => ADMIN,
        ["itemSearch", ..] => &["search:read"],
        ["recents", ..] => &["recents:read", "search:read"],
        [
            "deals" | "persons" | "organizations",
            _,
            "changelog" | "flow",
        ] => &["recents:read"],
        ["activityFields", ..] if is_newer => ADMIN,
        ["activityTypes", ..] if reads => &["activities:read", "activities:full", "admin"],
        ["activityTypes", ..] => ADMIN,
        ["pipelines" | "stages", _, _, ..] => DEALS.of(reads, &parts),
        ["pipelines" | "stages", ..] if reads => &["deals:read", "deals:full", "admin"],
        ["pipelines" | "stages", ..] => ADMIN,
        [
            "dealFields" | "personFields" | "organizationFields" | "productFields" | "leadFields",
            ..,
        ] => fields(&parts, method, is_newer),
        ["deals", "products"] | ["deals", _, "products", ..] => DEAL_PRODUCTS.of(reads, &parts),
        // Whoever may read a deal may change its discounts and installments, as documented.
        ["deals", _, "discounts" | "installments", ..] => &["deals:read", "deals:full"],
        ["products", _, "deals"] => DEALS.of(reads, &parts),
        ["deals", ..] => DEALS.of(reads, &parts),
        [
            "persons" | "organizations" | "organizationRelationships",
            ..,
        ] => CONTACTS.of(reads, &parts),
        ["activities" | "activityFields", ..] => ACTIVITIES.of(reads, &parts),
        ["leads" | "leadLabels" | "leadSources", ..] => LEADS.of(reads, &parts),
        ["products", ..] => PRODUCTS.of(reads, &parts),
        ["notes" | "noteFields", ..] => NOTES.of(reads, &parts),
        ["files" | "filters", ..] => ATTACHED.of(reads, &parts),
        _ => BASE,
    }
}

impl Family {
    fn of(&self, reads: bool, parts: &[&str]) -> &'static [&'static str] {
        let Self(read, write, search) = self;
        match (reads, parts.last()) {
            (true, Some(&"search")) => search,
            (true, _) => read,
            (false, _) => write,
        }
    }
}

/// Definitions of fields: who may read the records may read them; writing needs more, and the newer API is milder about
/// changes than about making and deleting.
fn fields(parts: &[&str], method: &Method, is_newer: bool) -> &'static [&'static str] {
    let reads = method == Method::GET;
    let changes = is_newer && (method == Method::PATCH || parts.len() > 2);
    match (parts.first(), reads, changes) {
        (Some(&"dealFields"), true, _) => {
            &["deals:read", "deals:full", "deal-fields:full", "admin"]
        }
        (Some(&"dealFields"), false, true) => &["deals:full", "deal-fields:full", "admin"],
        (Some(&"dealFields"), false, false) => &["deal-fields:full", "admin"],
        (Some(&"productFields"), true, _) => {
            &["products:read", "products:full", "product-fields:full"]
        }
        (Some(&"productFields"), false, _) => &["products:full", "product-fields:full"],
        (Some(&"leadFields"), ..) => &["leads:read", "leads:full", "admin"],
        (_, true, _) => &[
            "contacts:read",
            "contacts:full",
            "contact-fields:full",
            "admin",
        ],
        (_, false, true) => &["contacts:full", "contact-fields:full", "admin"],
        (_, false, false) => &["contact-fields:full", "admin"],
    }
}
