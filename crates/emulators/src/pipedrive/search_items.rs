//! What searches look at, and what they show of the records they found.
//!
//! In: a record that fits, with its score. Out: one item, with the keys of its kind. It looks for nothing itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::kinds::Entity;
use super::record::Record;
use super::records::Actor;
use crate::answer::Moment;

/// A record that fits a term.
#[derive(Debug)]
pub(super) struct Matched<'a> {
    pub(super) entity: Entity,
    pub(super) record: &'a Record,
    pub(super) score: f64,
    /// The values of custom fields that fit.
    pub(super) custom: Vec<String>,
    /// Notes about it that fit.
    pub(super) notes: Vec<String>,
}

impl PipedriveEmulator {
    pub(super) fn item(&self, matched: &Matched<'_>, includes: &[String], actor: Actor) -> Value {
        let record = matched.record;
        let mut item = json!({
            "id": record.id, "type": matched.entity.name(), "visible_to": record.visible_to,
            "owner": {"id": record.owner_id}, "custom_fields": matched.custom,
        });
        let more = if record.deal().is_some() {
            self.deal_item(record, actor)
        } else if record.lead().is_some() {
            self.lead_item(record, actor)
        } else if let Some(person) = record.person() {
            let texts = |channels: &[super::record::Channel]| -> Vec<String> {
                channels
                    .iter()
                    .map(|channel| channel.value.clone())
                    .collect()
            };
            json!({
                "name": record.name, "phones": texts(&person.phones), "emails": texts(&person.emails),
                "organization": self.organization_item(person.org_id, actor),
            })
        } else if let Some(organization) = record.organization() {
            let address = organization.address.as_ref();
            json!({"name": record.name, "address": address.map(|address| &address.value)})
        } else {
            json!({"name": record.name, "code": record.product().map(|product| &product.code)})
        };
        let (Some(item_keys), Value::Object(more)) = (item.as_object_mut(), more) else {
            return item;
        };
        item_keys.extend(more);
        if matched.entity != Entity::Product {
            item_keys.insert("notes".to_owned(), json!(matched.notes));
        }
        for name in includes {
            let shown = match (name.as_str(), matched.entity) {
                ("deal.cc_email", Entity::Deal) => {
                    let domain = &self.config.company_domain;
                    (
                        "cc_email",
                        format!("{domain}+deal{}@pipedrivemail.com", record.id).into(),
                    )
                }
                ("person.picture", Entity::Person) => ("picture", Value::Null),
                ("lead.was_seen", Entity::Lead) => {
                    ("was_seen", json!(record.lead().map(|lead| lead.was_seen)))
                }
                ("product.price", Entity::Product) => {
                    let prices = record.product().map(|product| &product.prices);
                    let first = prices.and_then(|prices| prices.first());
                    ("price", json!(first.map(|price| price.price)))
                }
                _ => continue,
            };
            item_keys.insert(shown.0.to_owned(), shown.1);
        }
        json!({"result_score": matched.score, "item": item})
    }

    /// Live records that the caller sees, as the index knows them.
    pub(super) fn indexed(&self, entity: Entity, ask: &Ask<'_>) -> impl Iterator<Item = &Record> {
        let unindexed = self.unindexed(entity, ask.now);
        let viewer = ask.actor.user_id;
        let table = self.state.table(entity);
        let current: Vec<&Record> = table
            .records
            .values()
            .filter(|record| !unindexed.contains_key(&record.id))
            .collect();
        let earlier: Vec<&Record> = unindexed.into_values().flatten().collect();
        current
            .into_iter()
            .chain(earlier)
            .filter(move |record| !record.is_deleted && self.sees(viewer, record))
    }

    /// Records that were changed within the lag, as they were before.
    fn unindexed(&self, entity: Entity, now: Moment) -> BTreeMap<i64, Option<&Record>> {
        let (least, most) = self.config.switches.search_lag_millis;
        let mut shown = BTreeMap::new();
        let recent = self.state.pasts.iter().rev();
        for past in recent.take_while(|past| past.changed_at > now.0 - most) {
            // Each change takes a while of its own, the same whenever it is asked about.
            let spread = (most - least + 1).max(1);
            let lag = least + (past.changed_at ^ (past.id * 7_919)).rem_euclid(spread);
            if past.entity == entity && past.changed_at + lag > now.0 {
                shown.insert(past.id, past.before.as_ref());
            }
        }
        shown
    }

    fn deal_item(&self, record: &Record, actor: Actor) -> Value {
        let Some(deal) = record.deal() else {
            return Value::Null;
        };
        let stage = self.state.table(Entity::Stage).records.get(&deal.stage_id);
        json!({
            "title": record.name, "value": whole(deal.value), "currency": deal.currency, "status": deal.status.name(),
            "stage": {"id": deal.stage_id, "name": stage.map(|stage| &stage.name)},
            "person": self.person_item(deal.person_id, actor), "organization": self.organization_item(deal.org_id, actor),
            "is_archived": deal.is_archived,
        })
    }

    fn lead_item(&self, record: &Record, actor: Actor) -> Value {
        let Some(lead) = record.lead() else {
            return Value::Null;
        };
        let person = lead
            .person_id
            .and_then(|id| self.seen(actor, Entity::Person, id));
        let details = person.and_then(Record::person);
        let texts = |channels: Option<&Vec<super::record::Channel>>| -> Vec<String> {
            let channels = channels.into_iter().flatten();
            channels.map(|channel| channel.value.clone()).collect()
        };
        let value = lead.value.as_ref();
        json!({
            "id": lead.uuid, "title": record.name,
            "person": self.person_item(lead.person_id, actor),
            "organization": self.organization_item(lead.organization_id, actor),
            "phones": texts(details.map(|details| &details.phones)),
            "emails": texts(details.map(|details| &details.emails)),
            "value": whole(value.map(|value| value.amount)), "currency": value.map(|value| &value.currency),
            "is_archived": lead.is_archived,
        })
    }

    /// A live record that someone sees.
    fn seen(&self, actor: Actor, entity: Entity, id: i64) -> Option<&Record> {
        let record = self.state.table(entity).live(id)?;
        self.sees(actor.user_id, record).then_some(record)
    }

    fn person_item(&self, id: Option<i64>, actor: Actor) -> Option<Value> {
        let person = self.seen(actor, Entity::Person, id?)?;
        Some(json!({"id": person.id, "name": person.name}))
    }

    fn organization_item(&self, id: Option<i64>, actor: Actor) -> Option<Value> {
        let organization = self.seen(actor, Entity::Organization, id?)?;
        let details = organization.organization()?;
        let address = details.address.as_ref().map(|address| &address.value);
        Some(json!({"id": organization.id, "name": organization.name, "address": address}))
    }
}

/// Whole amounts without a fraction.
#[expect(
    clippy::cast_possible_truncation,
    reason = "only whole amounts that fit are cut"
)]
fn whole(amount: Option<f64>) -> Value {
    match amount {
        Some(amount) if amount.fract() == 0.0 && amount.abs() < 1e15 => Value::from(amount as i64),
        Some(amount) => Value::from(amount),
        None => Value::Null,
    }
}
