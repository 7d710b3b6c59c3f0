//! Deals and contacts that are merged or copied: what moves over, and the older answers.
//!
//! In: a record that goes and, after a merge, the one that stays. Out: participants, products and followers of the one that
//! stays, with its empty fields filled; copies of deals.

use serde_json::{Value, json};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::kinds::Entity;
use super::older_shapes::Older;
use super::record::{CustomValue, Record};
use super::records::{Actor, Merged, not_found_older};
use super::reply::{Reply, Violation};
use super::route::{Row, row};
use crate::answer::Moment;

pub(super) static ROWS: [Row; 4] = [
    row!("PUT" "/v1/persons/{id}/merge", 40, |emulator, ask| emulator.merge_call(Entity::Person, ask)),
    row!("PUT" "/v1/organizations/{id}/merge", 40, |emulator, ask| emulator.merge_call(Entity::Organization, ask)),
    row!("PUT" "/v1/deals/{id}/merge", 40, |emulator, ask| emulator.merge_call(Entity::Deal, ask)),
    row!("POST" "/v1/deals/{id}/duplicate", 10, |emulator, ask| emulator.duplicate_deal(ask)),
];

impl PipedriveEmulator {
    /// `survivor` stays; what it lacks is filled from `id`, which goes.
    pub(super) fn merge(
        &mut self,
        entity: Entity,
        id: i64,
        survivor: i64,
        actor: Actor,
        now: Moment,
    ) -> Result<(), Reply> {
        let table = self.state.table(entity);
        let loser = table
            .live(id)
            .ok_or_else(|| not_found_older(entity))?
            .clone();
        let mut winner = table
            .live(survivor)
            .ok_or_else(|| not_found_older(entity))?
            .clone();
        if id == survivor {
            return Err(Reply::generic(400, "Cannot merge an item with itself"));
        }
        fill(&mut winner, &loser);
        self.state.papers.move_over(entity, id, survivor);
        winner.update_time = Some(self.seconds(now));
        self.let_go((entity, id), Some(survivor), actor, now);
        self.mark_deleted(
            entity,
            id,
            actor,
            now,
            Merged {
                to: Some(survivor),
                from: None,
            },
        );
        self.commit(
            entity,
            winner,
            actor,
            now,
            Merged {
                to: None,
                from: Some(id),
            },
        );
        Ok(())
    }

    fn merge_call(&mut self, entity: Entity, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let (id, body) = (ask.id()?, ask.body()?);
        if let Some(unknown) = body.keys().find(|key| *key != "merge_with_id") {
            return Err(Reply::invalid(&[Violation::not_allowed(unknown)]));
        }
        let survivor = body.get("merge_with_id").and_then(Value::as_i64);
        let survivor = survivor.ok_or_else(|| Reply::bad("merge_with_id", "must be an integer"))?;
        self.merge(entity, id, survivor, ask.actor, ask.now)?;
        let record = self.state.table(entity).live(survivor);
        let record = record.ok_or_else(|| not_found_older(entity))?;
        let older = Older::of(self);
        let mut shown = if entity == Entity::Organization {
            return Ok(Reply::id(survivor));
        } else if entity == Entity::Deal {
            older.deal(record)
        } else {
            older.person_with_numbers(record)
        };
        shown["merge_what_id"] = Value::from(id);
        Ok(Reply::of(200, &json!({"success": true, "data": shown})))
    }

    fn duplicate_deal(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let mut copy = self.older_deal(ask)?.clone();
        let seconds = self.seconds(ask.now);
        let from = copy.id;
        copy.id = self.state.table(Entity::Deal).next_id;
        copy.name.push_str(" (copy)");
        (copy.add_time, copy.update_time) = (seconds, None);
        if let Some(deal) = copy.deal_mut() {
            deal.creator_user_id = ask.actor.user_id;
            (deal.is_archived, deal.archive_time) = (false, None);
        }
        self.within_plan(&copy)?;
        let id = copy.id;
        self.commit(Entity::Deal, copy, ask.actor, ask.now, Merged::default());
        self.copy_products(from, id);
        let record = self.state.table(Entity::Deal).live(id);
        let record = record.ok_or_else(|| not_found_older(Entity::Deal))?;
        let shown = Older::of(self).deal(record);
        Ok(Reply::of(200, &json!({"success": true, "data": shown})))
    }

    fn copy_products(&mut self, from: i64, to: i64) {
        let sales = &mut self.state.sales;
        let mut rows = sales.products.get(&from).cloned().unwrap_or_default();
        for row in &mut rows {
            (row.id, row.deal_id) = (sales.next_id(), to);
        }
        if !rows.is_empty() {
            sales.products.insert(to, rows);
        }
    }

    /// What hangs on a record that goes moves to its heir. Without one it stays where it is, as the vendor leaves it; only
    /// people leave the deals on which they were.
    pub(super) fn let_go_of_sales(&mut self, owner: (Entity, i64), heir: Option<i64>) {
        let sales = &mut self.state.sales;
        let (entity, id) = owner;
        if entity == Entity::Person {
            for participants in sales.participants.values_mut() {
                let is_on = |person: i64| {
                    move |other: &&super::sales::Participant| other.person_id == person
                };
                if participants.iter().find(is_on(id)).is_none() {
                    continue;
                }
                let heir = heir.filter(|heir| participants.iter().find(is_on(*heir)).is_none());
                match heir {
                    Some(heir) => participants
                        .iter_mut()
                        .filter(|participant| participant.person_id == id)
                        .for_each(|participant| participant.person_id = heir),
                    None => participants.retain(|participant| participant.person_id != id),
                }
            }
        }
        let Some(heir) = heir else {
            return;
        };
        let followers = std::mem::take(sales.followers_mut(entity, id));
        let of_heir = sales.followers_mut(entity, heir);
        for follower in followers {
            if of_heir
                .iter()
                .all(|known| known.user_id != follower.user_id)
            {
                of_heir.push(follower);
            }
        }
        if entity != Entity::Deal {
            return;
        }
        let moving = sales.participants.remove(&id).unwrap_or_default();
        let of_heir = sales.participants.entry(heir).or_default();
        for participant in moving {
            if of_heir
                .iter()
                .all(|known| known.person_id != participant.person_id)
            {
                of_heir.push(participant);
            }
        }
        let mut products = sales.products.remove(&id).unwrap_or_default();
        for row in &mut products {
            row.deal_id = heir;
        }
        if !products.is_empty() {
            sales
                .products
                .entry(heir)
                .or_default()
                .append(&mut products);
        }
    }
}

/// What the winner of a merge lacks is taken from the other.
fn fill(winner: &mut Record, loser: &Record) {
    for (field, value) in &loser.custom {
        if winner.custom_value(*field).is_none_or(is_empty) {
            winner.set_custom(*field, Some(value.clone()));
        }
    }
    if winner.label_ids.is_empty() {
        winner.label_ids.clone_from(&loser.label_ids);
    }
    loser.entity().kind().fill(winner, loser);
}

fn is_empty(value: &CustomValue) -> bool {
    matches!(value, CustomValue::Text(text) if text.is_empty())
}
