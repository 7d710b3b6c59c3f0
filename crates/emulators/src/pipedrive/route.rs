//! The URL map: which method and path is which call, under which name it is counted, and what it costs.
//!
//! In: method and path. Out: the call, or why there is none. Both prefixes of the older endpoints are known; those out of
//! support answer 410.

use http::Method;

use super::record::Entity;
use super::reply::Reply;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    List(Entity),
    Get(Entity, i64),
    Create(Entity),
    Change(Entity, i64),
    Delete(Entity, i64),
    ListFields(Entity),
    GetField(Entity, String),
    CreateField(Entity),
    ChangeField(Entity, String),
    DeleteField(Entity, String),
    AddOptions(Entity, String),
    RenameOptions(Entity, String),
    DeleteOptions(Entity, String),
    Me,
    Users,
    User(i64),
    ListWebhooks,
    CreateWebhook,
    DeleteWebhook(i64),
    Merge(Entity, i64),
    Changelog(Entity, i64),
}

/// A call with its name and its price.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) call: Result<Call, Reply>,
    pub(super) name: &'static str,
    pub(super) cost: u64,
}

impl Route {
    fn to(call: Call, name: &'static str, cost: u64) -> Self {
        Self {
            call: Ok(call),
            name,
            cost,
        }
    }

    fn refused(reply: Reply, name: &'static str) -> Self {
        Self {
            call: Err(reply),
            name,
            cost: 1,
        }
    }
}

/// Older endpoints that went out of support.
const RETIRED: [&str; 7] = [
    "deals",
    "persons",
    "organizations",
    "activities",
    "products",
    "pipelines",
    "stages",
];

/// Finds the call.
pub(super) fn find(method: &Method, path: &str) -> Route {
    if let Some(rest) = path.strip_prefix("/api/v2/") {
        let parts: Vec<&str> = rest.split('/').collect();
        return newer(method, &parts);
    }
    if let Some(rest) = path
        .strip_prefix("/api/v1/")
        .or_else(|| path.strip_prefix("/v1/"))
    {
        let parts: Vec<&str> = rest.split('/').collect();
        return older(method, &parts);
    }
    unknown()
}

fn unknown() -> Route {
    Route::refused(Reply::generic(404, "Unknown method."), "unknown")
}

fn bad_id() -> Route {
    Route::refused(Reply::bad("id", "must be a positive integer"), "unknown")
}

fn wrong_method() -> Route {
    Route::refused(Reply::generic(405, "Method not allowed"), "unknown")
}

fn id_of(part: &str) -> Option<i64> {
    part.parse().ok().filter(|id| *id > 0)
}

fn newer(method: &Method, parts: &[&str]) -> Route {
    use Entity::{Organization, Person};
    match parts {
        ["persons"] => collection(
            method,
            Person,
            ["GET /api/v2/persons", "POST /api/v2/persons"],
        ),
        ["organizations"] => collection(
            method,
            Organization,
            ["GET /api/v2/organizations", "POST /api/v2/organizations"],
        ),
        ["persons", id] => one(
            method,
            (Person, id),
            [
                "GET /api/v2/persons/{id}",
                "PATCH /api/v2/persons/{id}",
                "DELETE /api/v2/persons/{id}",
            ],
        ),
        ["organizations", id] => one(
            method,
            (Organization, id),
            [
                "GET /api/v2/organizations/{id}",
                "PATCH /api/v2/organizations/{id}",
                "DELETE /api/v2/organizations/{id}",
            ],
        ),
        ["personFields", rest @ ..] => fields(method, Person, rest),
        ["organizationFields", rest @ ..] => fields(method, Organization, rest),
        _ => unknown(),
    }
}

fn collection(method: &Method, entity: Entity, names: [&'static str; 2]) -> Route {
    if method == Method::GET {
        Route::to(Call::List(entity), names[0], 10)
    } else if method == Method::POST {
        Route::to(Call::Create(entity), names[1], 5)
    } else {
        wrong_method()
    }
}

fn one(method: &Method, (entity, id): (Entity, &str), names: [&'static str; 3]) -> Route {
    let Some(id) = id_of(id) else { return bad_id() };
    if method == Method::GET {
        Route::to(Call::Get(entity, id), names[0], 1)
    } else if method == Method::PATCH {
        Route::to(Call::Change(entity, id), names[1], 5)
    } else if method == Method::DELETE {
        Route::to(Call::Delete(entity, id), names[2], 3)
    } else {
        wrong_method()
    }
}

fn fields(method: &Method, entity: Entity, rest: &[&str]) -> Route {
    match (method.as_str(), rest) {
        ("GET", []) => Route::to(Call::ListFields(entity), "GET /api/v2/fields", 10),
        ("POST", []) => Route::to(Call::CreateField(entity), "POST /api/v2/fields", 5),
        ("GET", [code]) => Route::to(
            Call::GetField(entity, (*code).to_owned()),
            "GET /api/v2/fields/{code}",
            1,
        ),
        ("PATCH", [code]) => Route::to(
            Call::ChangeField(entity, (*code).to_owned()),
            "PATCH /api/v2/fields/{code}",
            5,
        ),
        ("DELETE", [code]) => Route::to(
            Call::DeleteField(entity, (*code).to_owned()),
            "DELETE /api/v2/fields/{code}",
            3,
        ),
        ("POST", [code, "options"]) => Route::to(
            Call::AddOptions(entity, (*code).to_owned()),
            "POST /api/v2/fields/{code}/options",
            5,
        ),
        ("PATCH", [code, "options"]) => Route::to(
            Call::RenameOptions(entity, (*code).to_owned()),
            "PATCH /api/v2/fields/{code}/options",
            5,
        ),
        ("DELETE", [code, "options"]) => Route::to(
            Call::DeleteOptions(entity, (*code).to_owned()),
            "DELETE /api/v2/fields/{code}/options",
            3,
        ),
        (_, [] | [_] | [_, "options"]) => wrong_method(),
        _ => unknown(),
    }
}

fn older(method: &Method, parts: &[&str]) -> Route {
    match (method.as_str(), parts) {
        ("GET", ["users", "me"]) => Route::to(Call::Me, "GET /v1/users/me", 2),
        ("GET", ["users"]) => Route::to(Call::Users, "GET /v1/users", 20),
        ("GET", ["users", id]) => match id_of(id) {
            Some(id) => Route::to(Call::User(id), "GET /v1/users/{id}", 2),
            None => bad_id(),
        },
        ("GET", ["webhooks"]) => Route::to(Call::ListWebhooks, "GET /v1/webhooks", 10),
        ("POST", ["webhooks"]) => Route::to(Call::CreateWebhook, "POST /v1/webhooks", 10),
        ("DELETE", ["webhooks", id]) => match id_of(id) {
            Some(id) => Route::to(Call::DeleteWebhook(id), "DELETE /v1/webhooks/{id}", 6),
            None => bad_id(),
        },
        ("PUT", ["persons", id, "merge"]) => merge(Entity::Person, id),
        ("PUT", ["organizations", id, "merge"]) => merge(Entity::Organization, id),
        ("GET", ["persons", id, "changelog"]) => changelog(Entity::Person, id),
        ("GET", ["organizations", id, "changelog"]) => changelog(Entity::Organization, id),
        (_, ["itemSearch", ..]) => retired(),
        (_, [first] | [first, _]) if RETIRED.contains(first) => retired(),
        (_, ["users" | "webhooks"]) => wrong_method(),
        _ => unknown(),
    }
}

fn merge(entity: Entity, id: &str) -> Route {
    match (id_of(id), entity) {
        (Some(id), Entity::Person) => {
            Route::to(Call::Merge(entity, id), "PUT /v1/persons/{id}/merge", 40)
        }
        (Some(id), Entity::Organization) => Route::to(
            Call::Merge(entity, id),
            "PUT /v1/organizations/{id}/merge",
            40,
        ),
        (None, _) => bad_id(),
    }
}

fn changelog(entity: Entity, id: &str) -> Route {
    match (id_of(id), entity) {
        (Some(id), Entity::Person) => Route::to(
            Call::Changelog(entity, id),
            "GET /v1/persons/{id}/changelog",
            20,
        ),
        (Some(id), Entity::Organization) => Route::to(
            Call::Changelog(entity, id),
            "GET /v1/organizations/{id}/changelog",
            20,
        ),
        (None, _) => bad_id(),
    }
}

fn retired() -> Route {
    Route::refused(
        Reply::generic(410, "This endpoint is no longer supported."),
        "retired",
    )
}
