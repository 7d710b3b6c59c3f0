//! The API behind the gateway: each call on its way to the place that carries it out, and the answers for records.
//!
//! In: a call, its request and who makes it. Out: a reply. Query and body are read here, strictly; what a change does is
//! not known here.

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::PipedriveEmulator;
use super::json::Json;
use super::list;
use super::query::Query;
use super::record::{Entity, Record};
use super::records::Actor;
use super::render::{self, View};
use super::reply::{Reply, Violation};
use super::route::Call;
use crate::answer::Moment;

impl PipedriveEmulator {
    pub(super) fn carry_out(
        &mut self,
        call: Call,
        request: &Request<Bytes>,
        actor: Actor,
        (now, stale): (Moment, bool),
    ) -> Result<Reply, Reply> {
        let query = Query::read(request.uri().query().unwrap_or(""), &self.config.switches);
        match call {
            Call::List(entity) => self.list(entity, &query, now),
            Call::Get(entity, id) => self.get(entity, id, &query, (now, stale)),
            Call::Create(entity) => {
                query.refuse_all()?;
                let id = self.create(entity, &body(request)?, actor, now)?;
                self.shown(entity, id)
            }
            Call::Change(entity, id) => {
                query.refuse_all()?;
                self.change((entity, id), &body(request)?, actor, now)?;
                self.shown(entity, id)
            }
            Call::Delete(entity, id) => {
                query.refuse_all()?;
                self.delete(entity, id, actor, now)?;
                Ok(Reply::id(id))
            }
            Call::ListFields(entity) => self.list_fields(entity, &query),
            Call::GetField(entity, code) => self.get_field(entity, &code),
            Call::CreateField(entity) => self.create_field(entity, &body(request)?, now),
            Call::ChangeField(entity, code) => self.change_field(entity, &code, &body(request)?),
            Call::DeleteField(entity, code) => self.delete_field(entity, &code),
            Call::AddOptions(entity, code) => {
                self.add_options(entity, &code, &list_body(request)?, now)
            }
            Call::RenameOptions(entity, code) => {
                self.rename_options(entity, &code, &list_body(request)?, now)
            }
            Call::DeleteOptions(entity, code) => {
                self.delete_options(entity, &code, &list_body(request)?)
            }
            Call::Me => Ok(self.me(actor.user_id)),
            Call::Users => Ok(self.users(actor.user_id)),
            Call::User(id) => self.user(id, actor.user_id),
            Call::ListWebhooks => Ok(self.list_webhooks(actor.user_id)),
            Call::CreateWebhook => self.create_webhook(&body(request)?, actor, now),
            Call::DeleteWebhook(id) => self.delete_webhook(id, actor),
            Call::Merge(entity, id) => self.merge_call(entity, id, &body(request)?, actor, now),
            Call::Changelog(entity, id) => self.changelog(entity, id, &query, now),
        }
    }

    fn get(
        &mut self,
        entity: Entity,
        id: i64,
        query: &Query,
        (now, stale): (Moment, bool),
    ) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        let view = list::view(query, entity, &[], &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let current = self
            .readable(entity, id, now)
            .ok_or_else(Reply::not_found)?;
        let record = if stale {
            self.state.stale(entity, id).unwrap_or(current)
        } else {
            current
        };
        Ok(self.single(entity, record, &view))
    }

    fn shown(&self, entity: Entity, id: i64) -> Result<Reply, Reply> {
        let record = self
            .state
            .table(entity)
            .records
            .get(&id)
            .ok_or_else(Reply::not_found)?;
        Ok(self.single(entity, record, &View::default()))
    }

    fn single(&self, entity: Entity, record: &Record, view: &View) -> Reply {
        let mut out = Json::with_capacity(1_024);
        out.raw(r#"{"success":true,"data":"#);
        self.write_record(&mut out, entity, record, view);
        out.raw("}");
        Reply::ok(out)
    }

    pub(super) fn write_record(
        &self,
        out: &mut Json,
        entity: Entity,
        record: &Record,
        view: &View,
    ) {
        let counts_people = entity == Entity::Organization
            && view
                .include_fields
                .iter()
                .any(|name| name == "people_count");
        let people = if counts_people {
            self.state
                .table(Entity::Person)
                .people_of(record.id)
                .count()
        } else {
            0
        };
        render::api(out, record, self.state.catalog(entity), view, people);
    }
}

fn json_body(request: &Request<Bytes>) -> Result<Value, Reply> {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    if !content_type.starts_with("application/json") {
        return Err(Reply::generic(400, "Content-Type must be application/json"));
    }
    serde_json::from_slice(request.body())
        .map_err(|_| Reply::generic(400, "Request body is not valid JSON"))
}

/// The body, which has to be a JSON object.
pub(super) fn body(request: &Request<Bytes>) -> Result<Map<String, Value>, Reply> {
    match json_body(request)? {
        Value::Object(object) => Ok(object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Reply::invalid(&[Violation::new(
                "body",
                "must be an object",
            )]))
        }
    }
}

fn list_body(request: &Request<Bytes>) -> Result<Vec<Value>, Reply> {
    match json_body(request)? {
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
