//! One request on its way to the call that carries it out.
//!
//! In: a request that the gateway let pass. Out: its ids, parameters and body, read strictly. It knows no record.

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::query::Query;
use super::records::Actor;
use super::reply::{Reply, Violation};
use super::switches::Switches;
use crate::answer::Moment;

/// How many segments of a path can be variable.
pub(super) const CAPTURES_MAX: usize = 3;

/// What is asked, by whom and when.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) request: &'a Request<Bytes>,
    pub(super) query: Query,
    pub(super) actor: Actor,
    pub(super) now: Moment,
    /// Whether a read shall show the version before the last change.
    pub(super) stale: bool,
    /// The variable segments of the path, in order.
    pub(super) captures: [&'a str; CAPTURES_MAX],
}

impl<'a> Ask<'a> {
    pub(super) fn new(
        request: &'a Request<Bytes>,
        captures: [&'a str; CAPTURES_MAX],
        actor: Actor,
        (now, stale): (Moment, bool),
        switches: &Switches,
    ) -> Self {
        Self {
            request,
            query: Query::read(request.uri().query().unwrap_or(""), switches),
            actor,
            now,
            stale,
            captures,
        }
    }

    /// The first variable segment of the path as a number.
    pub(super) fn id(&self) -> Result<i64, Reply> {
        self.id_at(0)
    }

    pub(super) fn id_at(&self, place: usize) -> Result<i64, Reply> {
        let id = self.captures[place].parse().ok().filter(|id| *id > 0);
        id.ok_or_else(|| Reply::bad("id", "must be a positive integer"))
    }

    /// The body, which has to be a JSON object.
    pub(super) fn body(&self) -> Result<Map<String, Value>, Reply> {
        match self.json_body()? {
            Value::Object(object) => Ok(object),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Err(Reply::invalid(&[Violation::new(
                "body",
                "must be an object",
            )])),
        }
    }

    pub(super) fn list_body(&self) -> Result<Vec<Value>, Reply> {
        match self.json_body()? {
            Value::Array(items) if !items.is_empty() => Ok(items),
            Value::Array(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => Err(Reply::invalid(&[Violation::new(
                "body",
                "must be a list with at least one item",
            )])),
        }
    }

    fn json_body(&self) -> Result<Value, Reply> {
        let content_type = self
            .request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        if !content_type.starts_with("application/json") {
            return Err(Reply::generic(400, "Content-Type must be application/json"));
        }
        serde_json::from_slice(self.request.body())
            .map_err(|_| Reply::generic(400, "Request body is not valid JSON"))
    }
}
