//! Participants of deals: the people on a deal, its own person among them, and the log of who came and went.
//!
//! In: requests of the older endpoints, deals that change their person. Out: rows in the older shape. A participant that comes
//! or goes fires no event and, but for a switch, moves no time.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::json::spaced;
use super::kinds::Entity;
use super::older_shapes::{self, Older};
use super::query;
use super::record::Record;
use super::records::{Actor, not_found_older};
use super::reply::{Reply, Violation};
use super::route::{Row, row};
use super::sales::{Coming, Participant};
use crate::answer::Moment;

pub(super) static ROWS: [Row; 4] = [
    row!("GET" "/v1/deals/{id}/participants", 10, |emulator, ask| emulator.list_participants(ask)),
    row!("POST" "/v1/deals/{id}/participants", 10, |emulator, ask| emulator.add_participant(ask)),
    row!("DELETE" "/v1/deals/{id}/participants/{participant}", 6, |emulator, ask| emulator.remove_participant(ask)),
    row!("GET" "/v1/deals/{id}/participantsChangelog", 10, |emulator, ask| emulator.participants_changelog(ask)),
];

impl PipedriveEmulator {
    fn list_participants(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let deal = self.older_deal(ask)?;
        let mut violations = Vec::new();
        ask.query
            .refuse_unknown(&["start", "limit"], &mut violations);
        let page = query::older_page(&ask.query, &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let hidden = self
            .config
            .hidden_participant(deal.deal().and_then(|deal| deal.person_id));
        let all = self.state.sales.participants_of(deal.id, hidden);
        let all: Vec<&Participant> = all
            .filter(|participant| self.sees_id(ask.actor, Entity::Person, participant.person_id))
            .collect();
        let shown = page.of(&all);
        let rows: Vec<Value> = shown
            .iter()
            .map(|participant| self.participant_json(deal, participant))
            .collect();
        let related = self.related(deal, shown.iter().copied());
        Ok(Reply::of(
            200,
            &json!({
                "success": true, "data": query::older_list(rows), "related_objects": related,
                "additional_data": page.additional(all.len(), self.config.switches.older_paging_is_flat),
            }),
        ))
    }

    fn add_participant(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let body = ask.body()?;
        let deal_id = self.older_deal(ask)?.id;
        let person_id = person_of(&body)?;
        self.state
            .table(Entity::Person)
            .live(person_id)
            .ok_or_else(|| not_found_older(Entity::Person))?;
        self.demand_sight(ask.actor, Entity::Person, person_id)?;
        let id = self.join_deal(deal_id, person_id, ask.actor, ask.now)?;
        let deal = self.older_deal(ask)?;
        let all = self.state.sales.participants_of(deal_id, None);
        let joined = all
            .filter(|participant| participant.id == id)
            .last()
            .ok_or_else(Reply::not_found)?;
        let related = self.related(deal, std::iter::once(joined));
        Ok(Reply::of(
            200,
            &json!({"success": true, "data": self.participant_json(deal, joined), "related_objects": related}),
        ))
    }

    /// A person comes to a deal; the number of the participant.
    pub(super) fn join_deal(
        &mut self,
        deal_id: i64,
        person_id: i64,
        actor: Actor,
        now: Moment,
    ) -> Result<i64, Reply> {
        let mut all = self.state.sales.participants_of(deal_id, None);
        if let Some(known) = all.find(|participant| participant.person_id == person_id) {
            if self.config.switches.participants_can_be_repeated {
                return Ok(known.id);
            }
            let reason = "the person is a participant already";
            return Err(Reply::bad("person_id", reason));
        }
        drop(all);
        let id = self.enter_participant(deal_id, person_id, actor, now);
        self.participants_moved(deal_id, now);
        Ok(id)
    }

    fn enter_participant(
        &mut self,
        deal_id: i64,
        person_id: i64,
        actor: Actor,
        now: Moment,
    ) -> i64 {
        let time = self.seconds(now);
        let sales = &mut self.state.sales;
        let id = sales.next_id();
        sales
            .participants
            .entry(deal_id)
            .or_default()
            .push(Participant {
                id,
                person_id,
                add_time: time,
                added_by: actor.user_id,
            });
        let coming = Coming {
            who: person_id,
            is_added: true,
            actor_user_id: actor.user_id,
            time,
        };
        sales.log_participant(deal_id, coming);
        id
    }

    fn remove_participant(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let deal = self.older_deal(ask)?;
        let (deal_id, primary) = (deal.id, deal.deal().and_then(|deal| deal.person_id));
        let id = ask.id_at(1)?;
        let hidden = self.config.hidden_participant(primary);
        let mut all = self.state.sales.participants_of(deal_id, hidden);
        let person_id = all
            .find(|participant| participant.id == id)
            .map(|participant| participant.person_id);
        drop(all);
        let person_id = person_id.ok_or_else(|| Reply::generic(404, "Participant not found"))?;
        if Some(person_id) == primary {
            let error = "The person of the deal cannot be removed from its participants";
            return Err(Reply::generic(400, error));
        }
        self.leave_deal(deal_id, person_id, ask.actor, ask.now);
        self.participants_moved(deal_id, ask.now);
        Ok(Reply::id(id))
    }

    pub(super) fn leave_deal(&mut self, deal_id: i64, person_id: i64, actor: Actor, now: Moment) {
        let time = self.seconds(now);
        let sales = &mut self.state.sales;
        if let Some(all) = sales.participants.get_mut(&deal_id) {
            all.retain(|participant| participant.person_id != person_id);
        }
        let going = Coming {
            who: person_id,
            is_added: false,
            actor_user_id: actor.user_id,
            time,
        };
        sales.log_participant(deal_id, going);
    }

    /// Where the vendor moves the time of a deal whose participants change, it moves without any event.
    pub(super) fn participants_moved(&mut self, deal_id: i64, now: Moment) {
        if !self.config.switches.participants_touch_the_deal {
            return;
        }
        let seconds = self.seconds(now);
        if let Some(mut deal) = self.state.table(Entity::Deal).live(deal_id).cloned() {
            deal.update_time = Some(seconds);
            self.state.table_mut(Entity::Deal).put(deal);
        }
    }

    /// The person of a deal participates in it: who was it before does no more.
    pub(super) fn follow_primary(
        &mut self,
        before: Option<&Record>,
        after: &Record,
        actor: Actor,
        now: Moment,
    ) {
        let person_of = |record: &Record| record.deal().and_then(|deal| deal.person_id);
        let (old, new) = (before.and_then(person_of), person_of(after));
        if old == new {
            return;
        }
        if let Some(old) = old {
            self.leave_deal(after.id, old, actor, now);
        }
        if let Some(new) = new {
            let mut all = self.state.sales.participants_of(after.id, None);
            if !all.any(|participant| participant.person_id == new) {
                drop(all);
                self.enter_participant(after.id, new, actor, now);
            }
        }
    }

    fn participants_changelog(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let deal = self.older_deal(ask)?;
        let mut violations = Vec::new();
        ask.query
            .refuse_unknown(&["cursor", "limit"], &mut violations);
        let page = query::cursor_page(&ask.query, &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let log = self.state.sales.participant_logs.get(&deal.id);
        let mut rows: Vec<&Coming> = log.into_iter().flatten().collect();
        rows.reverse();
        let shown: Vec<Value> = page.of(&rows).iter().map(|row| {
            json!({
                "actor_user_id": row.actor_user_id, "person_id": row.who,
                "action": if row.is_added { "added" } else { "removed" }, "time": spaced(row.time),
            })
        }).collect();
        Ok(Reply::of(
            200,
            &json!({"success": true, "data": shown, "additional_data": {"next_cursor": page.next(rows.len())}}),
        ))
    }

    /// Who is on a deal, as lists of persons understand it.
    pub(super) fn people_of_deal(&self, deal_id: i64) -> BTreeSet<i64> {
        let primary = self
            .state
            .table(Entity::Deal)
            .live(deal_id)
            .and_then(|record| record.deal()?.person_id);
        if self.config.switches.persons_of_deals_are_primary_only {
            return primary.into_iter().collect();
        }
        let all = self.state.sales.participants_of(deal_id, None);
        all.map(|participant| participant.person_id)
            .chain(primary)
            .collect()
    }

    /// The live deal that the path names, if the caller sees it.
    pub(super) fn older_deal(&self, ask: &Ask<'_>) -> Result<&Record, Reply> {
        let deal = self.state.table(Entity::Deal).live(ask.id()?);
        let deal = deal.ok_or_else(|| not_found_older(Entity::Deal))?;
        self.demand_sight(ask.actor, Entity::Deal, deal.id)?;
        Ok(deal)
    }

    fn participant_json(&self, deal: &Record, participant: &Participant) -> Value {
        let older = Older::of(self);
        let person = self
            .state
            .table(Entity::Person)
            .records
            .get(&participant.person_id);
        json!({
            "id": participant.id,
            "person_id": person.map(|person| older.person_reference(person)),
            "add_time": spaced(participant.add_time),
            "active_flag": person.is_some_and(|person| !person.is_deleted),
            "related_item_data": {"deal_id": deal.id, "title": deal.name},
            "person": person.map(|person| older.person(person)),
            "added_by_user_id": older.user_reference(participant.added_by),
            "related_item_type": "deal",
            "related_item_id": deal.id,
        })
    }

    fn related<'a>(&self, deal: &Record, shown: impl Iterator<Item = &'a Participant>) -> Value {
        let older = Older::of(self);
        let mut related = older_shapes::Related::default();
        related.user(&older, deal.owner_id);
        for participant in shown {
            related.user(&older, participant.added_by);
            related.person(&older, participant.person_id);
        }
        related.into_value()
    }
}

fn person_of(body: &Map<String, Value>) -> Result<i64, Reply> {
    if let Some(unknown) = body.keys().find(|key| *key != "person_id") {
        return Err(Reply::invalid(&[Violation::not_allowed(unknown)]));
    }
    let id = body.get("person_id").and_then(Value::as_i64);
    id.ok_or_else(|| Reply::bad("person_id", "must be an integer"))
}
