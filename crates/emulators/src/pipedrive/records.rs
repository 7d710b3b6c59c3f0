//! Changes of records: every way in which a person or an organization comes, changes, goes, returns or is merged.
//!
//! In: a checked request or a user's deed. Out: rows, change logs and events, all written by `commit`, whoever acts.
//! Events carry who acted and how; a quiet deed fires none. It reads no request head and writes no answer.

use rand::Rng;
use serde_json::{Map, Value};

use super::PipedriveEmulator;
use super::custom;
use super::kinds::{Entity, Links};
use super::record::Record;
use super::render;
use super::reply::Reply;
use super::state::{LogRow, Past};
use super::webhooks::{self, Event, EventId};
use super::write::Check;
use crate::answer::Moment;

/// How long a deleted record can still be read.
pub(super) const PURGED_AFTER_SECONDS: i64 = 30 * 86_400;

/// Who acts, how, and whether anyone is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Actor {
    pub(super) user_id: i64,
    /// `api` or `app`.
    pub(super) source: &'static str,
    pub(super) quiet: bool,
}

/// What a merge adds to an event.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Merged {
    pub(super) to: Option<i64>,
    pub(super) from: Option<i64>,
}

impl PipedriveEmulator {
    pub(super) fn create(
        &mut self,
        entity: Entity,
        body: &Map<String, Value>,
        actor: Actor,
        now: Moment,
    ) -> Result<i64, Reply> {
        let record = self.draft(entity, body, actor, now)?;
        self.within_plan(&record)?;
        let links = record.links();
        let id = self.begin(entity, record, actor, now);
        self.touch_contacts(entity, links, actor, now);
        if entity == Entity::Pipeline {
            self.furnish_pipeline(id, actor, now);
        }
        Ok(id)
    }

    /// A new record, checked and not kept yet.
    pub(super) fn draft(
        &self,
        entity: Entity,
        body: &Map<String, Value>,
        actor: Actor,
        now: Moment,
    ) -> Result<Record, Reply> {
        let seconds = self.seconds(now);
        let mut record = Record {
            id: self.state.table(entity).next_id,
            name: String::new(),
            owner_id: actor.user_id,
            add_time: seconds,
            update_time: (entity.spec().updated_from_start
                || self.config.switches.new_records_have_an_update_time)
                .then_some(seconds),
            visible_to: self.config.subscription.visible_to_everyone(),
            label_ids: Vec::new(),
            custom: Vec::new(),
            is_deleted: false,
            details: entity.kind().blank(),
        };
        if let (true, Some(person)) = (self.config.contact_sync, record.person_mut()) {
            person.contact_sync = Some(Box::default());
        }
        Check {
            state: &self.state,
            config: &self.config,
            entity,
            before: None,
            actor,
            now: seconds,
        }
        .apply(&mut record, body)?;
        Ok(record)
    }

    /// Keeps a new record; its id.
    pub(super) fn begin(
        &mut self,
        entity: Entity,
        mut record: Record,
        actor: Actor,
        now: Moment,
    ) -> i64 {
        let id = record.id;
        if record.lead().is_some() {
            let uuid = self.lead_uuid(id);
            if let Some(lead) = record.lead_mut() {
                lead.uuid = uuid;
            }
        }
        self.commit(entity, record, actor, now, Merged::default());
        id
    }

    /// The counters of a contact move when it gets a person or a deal: noise that receivers have to stand.
    fn touch_contacts(&mut self, entity: Entity, links: Links, actor: Actor, now: Moment) {
        let is_deal = entity == Entity::Deal;
        if !is_deal && entity != Entity::Person {
            return;
        }
        let quiet =
            actor.quiet || (is_deal && self.config.switches.new_deals_are_quiet_about_contacts);
        let actor = Actor { quiet, ..actor };
        let contacts = [Entity::Person, Entity::Organization];
        for (contact, id) in links.into_iter().flatten() {
            if contacts.contains(&contact) {
                self.touch(contact, id, actor, now);
            }
        }
    }

    /// Moves the time of a record and nothing else.
    pub(super) fn touch(&mut self, entity: Entity, id: i64, actor: Actor, now: Moment) {
        let seconds = self.seconds(now);
        if let Some(mut record) = self.state.table(entity).live(id).cloned() {
            record.update_time = Some(seconds);
            self.commit(entity, record, actor, now, Merged::default());
        }
    }

    pub(super) fn change(
        &mut self,
        (entity, id): (Entity, i64),
        body: &Map<String, Value>,
        actor: Actor,
        now: Moment,
    ) -> Result<(), Reply> {
        let before = self
            .state
            .table(entity)
            .live(id)
            .ok_or_else(|| self.unchangeable(entity, id, now))?;
        let mut after = before.clone();
        Check {
            state: &self.state,
            config: &self.config,
            entity,
            before: Some(before),
            actor,
            now: self.seconds(now),
        }
        .apply(&mut after, body)?;
        let is_idle = after == *before;
        if is_idle && !self.config.switches.idle_changes_move_the_time {
            return Ok(());
        }
        after.update_time = Some(self.seconds(now));
        let actor = Actor {
            quiet: actor.quiet || is_idle,
            ..actor
        };
        self.commit(entity, after, actor, now, Merged::default());
        Ok(())
    }

    fn unchangeable(&self, entity: Entity, id: i64, now: Moment) -> Reply {
        if self.config.switches.deleted_records_refuse_changes
            && self.readable(entity, id, now).is_some()
        {
            Reply::generic(400, "The item is deleted")
        } else {
            self.missing(entity)
        }
    }

    pub(super) fn delete(
        &mut self,
        entity: Entity,
        id: i64,
        actor: Actor,
        now: Moment,
    ) -> Result<(), Reply> {
        self.state
            .table(entity)
            .live(id)
            .ok_or_else(|| self.missing(entity))?;
        self.make_way((entity, id), actor, now)?;
        self.let_go((entity, id), None, actor, now);
        self.mark_deleted(entity, id, actor, now, Merged::default());
        Ok(())
    }

    pub(super) fn mark_deleted(
        &mut self,
        entity: Entity,
        id: i64,
        actor: Actor,
        now: Moment,
        merged: Merged,
    ) {
        let seconds = self.seconds(now);
        if let Some(mut record) = self.state.table(entity).live(id).cloned() {
            record.is_deleted = true;
            record.update_time = Some(seconds);
            self.commit(entity, record, actor, now, merged);
        }
    }

    /// What belongs to a record that goes belongs to nothing, or to the one it is merged into.
    pub(super) fn let_go(
        &mut self,
        owner: (Entity, i64),
        heir: Option<i64>,
        actor: Actor,
        now: Moment,
    ) {
        for entity in Entity::ALL {
            let rows: Vec<i64> = self.state.table(entity).belonging_to(owner).collect();
            for id in rows {
                let Some(before) = self.state.table(entity).live(id) else {
                    continue;
                };
                let mut after = before.clone();
                entity.kind().let_go(&mut after, owner, heir);
                if after != *before {
                    after.update_time = Some(self.seconds(now));
                    self.commit(entity, after, actor, now, Merged::default());
                }
            }
        }
        self.let_go_of_sales(owner, heir);
    }

    pub(super) fn restore(
        &mut self,
        entity: Entity,
        id: i64,
        actor: Actor,
        now: Moment,
    ) -> Result<(), Reply> {
        let gone = self
            .readable(entity, id, now)
            .filter(|record| record.is_deleted);
        let mut record = gone.cloned().ok_or_else(Reply::not_found)?;
        record.is_deleted = false;
        record.update_time = Some(self.seconds(now));
        for (owner, id) in record.links().into_iter().flatten() {
            if self.state.table(owner).live(id).is_none() {
                entity.kind().let_go(&mut record, (owner, id), None);
            }
        }
        self.commit(entity, record, actor, now, Merged::default());
        Ok(())
    }

    /// Records deleted at this second or earlier are gone for good.
    pub(super) fn purged_before(&self, now: Moment) -> i64 {
        self.seconds(now) - PURGED_AFTER_SECONDS
    }

    /// A record that can be read one by one: live, or deleted less than thirty days ago.
    pub(super) fn readable(&self, entity: Entity, id: i64, now: Moment) -> Option<&Record> {
        let purged_before = self.purged_before(now);
        let record = self.state.table(entity).records.get(&id)?;
        (!record.is_deleted
            || record
                .update_time
                .is_none_or(|deleted| deleted > purged_before))
        .then_some(record)
    }

    /// Keeps a record and everything that follows from it.
    pub(super) fn commit(
        &mut self,
        entity: Entity,
        after: Record,
        actor: Actor,
        now: Moment,
        merged: Merged,
    ) {
        let before = self.state.table_mut(entity).put(after.clone());
        if entity == Entity::Deal {
            self.follow_primary(before.as_ref(), &after, actor, now);
        }
        if let Some(before) = &before {
            self.write_log(entity, before, &after, actor, now);
        }
        if !actor.quiet {
            self.fire(entity, before.as_ref(), &after, actor, (now, merged));
        }
        let past = Past {
            changed_at: now.0,
            entity,
            id: after.id,
            before,
        };
        let lag = self.config.list_lag_millis;
        let search_lag = self.config.switches.search_lag_millis.1;
        self.state.remember(past, lag.max(search_lag));
    }

    fn write_log(
        &mut self,
        entity: Entity,
        before: &Record,
        after: &Record,
        actor: Actor,
        now: Moment,
    ) {
        let time = self.seconds(now);
        let row = |field_key: &str, old_value, new_value| LogRow {
            field_key: field_key.to_owned(),
            old_value,
            new_value,
            actor_user_id: actor.user_id,
            time,
            change_source: actor.source.to_owned(),
        };
        let mut rows: Vec<LogRow> = render::changed(before, after, entity)
            .map(|part| {
                let (old, new) = (
                    render::log_text(part, before),
                    render::log_text(part, after),
                );
                row(part.key, old, new)
            })
            .collect();
        for field in self.state.catalog(entity).custom() {
            let (old, new) = (before.custom_value(field.id), after.custom_value(field.id));
            if old != new {
                rows.push(row(
                    &field.code,
                    custom::log_text(old),
                    custom::log_text(new),
                ));
            }
        }
        for row in rows {
            self.state.log(entity, after.id, row);
        }
    }

    fn fire(
        &mut self,
        entity: Entity,
        before: Option<&Record>,
        after: &Record,
        actor: Actor,
        (now, merged): (Moment, Merged),
    ) {
        let action = match before {
            Some(before) if after.is_deleted && !before.is_deleted => "delete",
            Some(_) => "change",
            None => "create",
        };
        let wanting: Vec<i64> = self
            .state
            .subscriptions
            .values()
            .filter(|subscription| {
                subscription.wants(entity.name(), action) && self.sees(subscription.user_id, after)
            })
            .map(|subscription| subscription.id)
            .collect();
        if wanting.is_empty() {
            return;
        }
        let catalog = self.state.catalog(entity);
        let (data, previous) = match (action, before) {
            ("change", Some(before)) => (
                render::event_data(after, entity, catalog),
                render::event_previous(
                    (before, after),
                    entity,
                    catalog,
                    self.config.switches.previous_tells_the_time,
                ),
            ),
            ("delete", Some(before)) => (
                "null".to_owned(),
                render::event_data(before, entity, catalog),
            ),
            _ => (
                render::event_data(after, entity, catalog),
                "null".to_owned(),
            ),
        };
        let (mut data, mut previous) = (data, previous);
        if entity == Entity::Person && self.config.switches.person_events_have_no_single_label {
            data = render::without_single_label(&data);
            previous = render::without_single_label(&previous);
        }
        let event = Event {
            id: self.uuid(),
            correlation_id: self.uuid(),
            entity: entity.name().to_owned(),
            entity_id: match after.lead() {
                Some(lead) => EventId::Text(lead.uuid.clone()),
                None => EventId::Number(after.id),
            },
            action: action.to_owned(),
            user_id: actor.user_id,
            source: actor.source.to_owned(),
            timestamp: self.vendor(now).0,
            merged_to: merged.to,
            merged_from: merged.from,
            data,
            previous,
            permitted: self.permitted_if_fewer(after),
        };
        for id in wanting {
            self.send(id, &event, now);
        }
    }

    pub(super) fn send(&mut self, webhook_id: i64, event: &Event, now: Moment) {
        let Some(subscription) = self.state.subscriptions.get(&webhook_id) else {
            return;
        };
        if webhooks::is_banned(subscription, now.0) {
            self.counters.webhooks.lost_in_ban += 1;
            return;
        }
        let fault = self
            .faults
            .draw_webhook(&format!("{}.{}", event.entity, event.action));
        let disorder = webhooks::disorder(self.config.delivery, &mut self.random);
        self.queue.push(subscription, event, fault, now.0, disorder);
    }

    pub(super) fn uuid(&mut self) -> String {
        let bits = (u128::from(self.random.next_u64()) << 64) | u128::from(self.random.next_u64());
        let hex = format!("{bits:032x}");
        format!(
            "{}-{}-4{}-a{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..]
        )
    }
}

pub(super) fn not_found_older(entity: Entity) -> Reply {
    Reply::generic(404, &format!("{} not found", entity.spec().title))
}
