//! The calls that every kind of record has: list, read, make, change and delete.
//!
//! In: what is asked. Out: a reply. Query and body are read here, strictly; what a change does is not known here.

use super::PipedriveEmulator;
use super::ask::Ask;
use super::json::Json;
use super::kinds::{Entity, Shown};
use super::list;
use super::record::Record;
use super::render::{self, View};
use super::reply::Reply;

impl PipedriveEmulator {
    pub(super) fn get_call(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let id = ask.id()?;
        let mut violations = Vec::new();
        let view = list::view(
            &ask.query,
            entity,
            |name| entity.spec().list.single_views.contains(&name),
            &mut violations,
        );
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let current = self
            .readable(entity, id, ask.now)
            .filter(|record| !record.is_deleted || !self.config.switches.deleted_records_vanish)
            .ok_or_else(|| self.missing(entity))?;
        self.demand_sight(ask.actor, entity, id)?;
        let record = if ask.stale {
            self.state.stale(entity, id).unwrap_or(current)
        } else {
            current
        };
        Ok(self.single(200, entity, record, &view))
    }

    pub(super) fn create_call(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let id = self.create(entity, &ask.body()?, ask.actor, ask.now)?;
        self.shown(entity.spec().created_status, entity, id)
    }

    pub(super) fn change_call(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let id = ask.id()?;
        ask.query.refuse_all()?;
        self.demand_sight(ask.actor, entity, id)?;
        self.change((entity, id), &ask.body()?, ask.actor, ask.now)?;
        self.shown(200, entity, id)
    }

    pub(super) fn delete_call(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let id = ask.id()?;
        ask.query.refuse_all()?;
        self.demand_sight(ask.actor, entity, id)?;
        let is_gone = self.state.table(entity).live(id).is_none()
            && self.readable(entity, id, ask.now).is_some();
        if is_gone && self.config.switches.deletes_can_be_repeated {
            return Ok(Reply::id(id));
        }
        self.delete(entity, id, ask.actor, ask.now)?;
        Ok(Reply::id(id))
    }

    /// A record after a write.
    pub(super) fn shown(&self, status: u16, entity: Entity, id: i64) -> Result<Reply, Reply> {
        let record = self
            .state
            .table(entity)
            .records
            .get(&id)
            .ok_or_else(Reply::not_found)?;
        Ok(self.single(status, entity, record, &View::default()))
    }

    fn single(&self, status: u16, entity: Entity, record: &Record, view: &View) -> Reply {
        let mut out = Json::with_capacity(1_024);
        out.raw(r#"{"success":true,"data":"#);
        self.write_record(&mut out, entity, record, view);
        out.raw(if entity.spec().answers_additional_data {
            r#","additional_data":null}"#
        } else {
            "}"
        });
        Reply::json(status, out.0)
    }

    pub(super) fn write_record(
        &self,
        out: &mut Json,
        entity: Entity,
        record: &Record,
        view: &View,
    ) {
        let shown = Shown {
            state: &self.state,
            config: &self.config,
            catalog: self.state.catalog(entity),
            view,
        };
        render::api(out, record, entity, &shown);
    }
}
