//! Records and users in the shapes of the older endpoints, as they stand inside other answers.
//!
//! In: a record or a user's number. Out: JSON with the older keys. These answers are rare, so they are built as trees. Nothing
//! here decides anything.

use serde_json::{Map, Value, json};

use super::PipedriveEmulator;
use super::config::PipedriveConfig;
use super::custom;
use super::json::spaced;
use super::kinds::{Entity, Status};
use super::record::{Channel, Record};
use super::state::State;

const COMPANY_ID: i64 = 900;

/// The older view of an account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Older<'a> {
    state: &'a State,
    config: &'a PipedriveConfig,
}

impl<'a> Older<'a> {
    pub(super) fn of(emulator: &'a PipedriveEmulator) -> Self {
        Self {
            state: &emulator.state,
            config: &emulator.config,
        }
    }

    /// A user inside another object: with `value`.
    pub(super) fn user_reference(self, id: i64) -> Value {
        let mut user = self.related_user(id);
        user["value"] = Value::from(id);
        user
    }

    fn related_user(self, id: i64) -> Value {
        let user = self.state.user(id);
        json!({
            "id": id, "name": user.map(|user| &user.name), "email": user.map(|user| &user.email),
            "has_pic": 0, "pic_hash": null, "active_flag": true,
        })
    }

    pub(super) fn person_reference(self, person: &Record) -> Value {
        let details = person.person();
        json!({
            "active_flag": !person.is_deleted,
            "name": person.name,
            "email": details.map(|details| older_channels(&details.emails)),
            "phone": details.map(|details| older_channels(&details.phones)),
            "owner_id": person.owner_id,
            "company_id": COMPANY_ID,
            "value": person.id,
        })
    }

    fn related_person(self, person: &Record) -> Value {
        let details = person.person();
        json!({
            "active_flag": !person.is_deleted,
            "id": person.id,
            "name": person.name,
            "email": details.map(|details| older_channels(&details.emails)),
            "phone": details.map(|details| older_channels(&details.phones)),
            "owner_id": person.owner_id,
        })
    }

    fn related_organization(self, organization: &Record) -> Value {
        let people = self.state.table(Entity::Person);
        let address = organization
            .organization()
            .and_then(|details| details.address.as_ref());
        json!({
            "id": organization.id,
            "name": organization.name,
            "people_count": people.belonging_to((Entity::Organization, organization.id)).count(),
            "owner_id": organization.owner_id,
            "address": address.map(|address| &address.value),
            "active_flag": !organization.is_deleted,
            "cc_email": self.mail_drop(""),
        })
    }

    fn organization_reference(self, id: i64) -> Option<Value> {
        let record = self.state.table(Entity::Organization).records.get(&id)?;
        let mut reference = self.related_organization(record);
        if let Some(reference) = reference.as_object_mut() {
            reference.remove("id");
            reference.insert("label_ids".to_owned(), json!(record.label_ids));
            reference.insert("value".to_owned(), Value::from(id));
        }
        Some(reference)
    }

    fn mail_drop(self, suffix: &str) -> String {
        format!("{}{suffix}@pipedrivemail.com", self.config.company_domain)
    }

    /// A whole person, with objects in place of the numbers of owner and organization.
    pub(super) fn person(self, person: &Record) -> Value {
        let mut shown = self.person_with_numbers(person);
        shown["sync_needed"] = Value::from(false);
        shown["owner_id"] = self.user_reference(person.owner_id);
        shown["org_id"] = json!(
            person
                .org_id()
                .and_then(|id| self.organization_reference(id))
        );
        shown
    }

    /// A whole person, with plain numbers of owner and organization.
    pub(super) fn person_with_numbers(self, person: &Record) -> Value {
        let details = person.person();
        let organization = person
            .org_id()
            .and_then(|id| self.state.table(Entity::Organization).live(id));
        let first = person.name.chars().next();
        let mut shown = json!({
            "id": person.id, "company_id": COMPANY_ID, "owner_id": person.owner_id, "org_id": person.org_id(),
            "name": person.name,
            "first_name": details.map(|details| &details.first_name),
            "last_name": details.map(|details| &details.last_name),
            "active_flag": !person.is_deleted,
            "phone": details.map(|details| older_channels(&details.phones)),
            "email": details.map(|details| older_channels(&details.emails)),
            "first_char": first.map(|letter| letter.to_lowercase().to_string()),
            "update_time": person.update_time.map(spaced), "add_time": spaced(person.add_time),
            "visible_to": person.visible_to.to_string(), "picture_id": null,
            "next_activity_date": null, "next_activity_time": null, "next_activity_id": null,
            "last_activity_id": null, "last_activity_date": null,
            "last_incoming_mail_time": null, "last_outgoing_mail_time": null,
            "label": person.label_ids.first(), "label_ids": person.label_ids,
            "org_name": organization.map(|organization| &organization.name),
            "owner_name": self.state.user(person.owner_id).map(|user| &user.name),
            "cc_email": self.mail_drop(""),
        });
        let counts = self.deal_counts((Entity::Person, person.id));
        self.add(&mut shown, counts, (Entity::Person, person));
        shown
    }

    /// What is counted of a contact's deals and other things.
    fn deal_counts(self, owner: (Entity, i64)) -> Map<String, Value> {
        let deals = self.state.table(Entity::Deal);
        let of = |status: Status| {
            let mine = deals.belonging_to(owner).filter_map(|id| deals.live(id));
            mine.filter(|record| record.deal().is_some_and(|deal| deal.status == status))
                .count()
        };
        let (open, won, lost) = (of(Status::Open), of(Status::Won), of(Status::Lost));
        let mut counts = Map::new();
        for prefix in ["", "related_"] {
            let share = |count: usize| Value::from(if prefix.is_empty() { count } else { 0 });
            counts.insert(format!("{prefix}open_deals_count"), share(open));
            counts.insert(format!("{prefix}closed_deals_count"), share(won + lost));
            counts.insert(format!("{prefix}won_deals_count"), share(won));
            counts.insert(format!("{prefix}lost_deals_count"), share(lost));
        }
        for name in [
            "participant_open_deals_count",
            "participant_closed_deals_count",
            "email_messages_count",
            "activities_count",
            "done_activities_count",
            "undone_activities_count",
            "files_count",
            "notes_count",
        ] {
            counts.insert(name.to_owned(), Value::from(0));
        }
        let followers = self.state.sales.followers_of(owner.0, owner.1).len();
        counts.insert("followers_count".to_owned(), Value::from(followers));
        counts
    }

    /// More keys, and the custom fields flat among them.
    fn add(self, shown: &mut Value, more: Map<String, Value>, (entity, record): (Entity, &Record)) {
        let Some(shown) = shown.as_object_mut() else {
            return;
        };
        shown.extend(more);
        for (field, value) in self.state.catalog(entity).values_of(record) {
            shown.extend(custom::older(field, value));
        }
    }

    /// A whole deal, with plain numbers of what it belongs to.
    pub(super) fn deal(self, record: &Record) -> Value {
        let Some(deal) = record.deal() else {
            return Value::Null;
        };
        let person = deal
            .person_id
            .and_then(|id| self.state.table(Entity::Person).live(id));
        let organization = deal
            .org_id
            .and_then(|id| self.state.table(Entity::Organization).live(id));
        let stage = self.state.table(Entity::Stage).records.get(&deal.stage_id);
        let stage = stage.and_then(Record::stage);
        let time = |seconds: Option<i64>| seconds.map(spaced);
        let amount = deal.value.unwrap_or(0.0);
        let label: Vec<String> = record.label_ids.iter().map(i64::to_string).collect();
        let mut shown = json!({
            "id": record.id, "creator_user_id": deal.creator_user_id, "user_id": record.owner_id,
            "person_id": deal.person_id, "org_id": deal.org_id, "stage_id": deal.stage_id, "title": record.name,
            "value": amount, "acv": deal.acv, "mrr": deal.mrr, "arr": deal.arr, "currency": deal.currency,
            "add_time": spaced(record.add_time), "update_time": time(record.update_time),
            "stage_change_time": time(deal.stage_change_time), "active": deal.status == Status::Open && !record.is_deleted,
            "deleted": record.is_deleted, "status": deal.status.name(), "probability": deal.probability,
            "lost_reason": deal.lost_reason, "visible_to": record.visible_to.to_string(),
            "close_time": time(deal.close_time), "pipeline_id": deal.pipeline_id, "won_time": time(deal.won_time),
            "first_won_time": time(deal.first_won_time), "lost_time": time(deal.lost_time),
            "expected_close_date": deal.expected_close_date,
            "label": (!label.is_empty()).then(|| label.join(",")),
            "origin": deal.origin, "origin_id": deal.origin_id, "channel": deal.channel, "channel_id": deal.channel_id,
            "is_archived": deal.is_archived, "archive_time": time(deal.archive_time),
        });
        let weight = deal
            .probability
            .as_ref()
            .and_then(serde_json::Number::as_f64)
            .unwrap_or(100.0);
        let hidden = self.config.hidden_participant(deal.person_id);
        let sales = &self.state.sales;
        let more = json!({
            "next_activity_date": null, "next_activity_time": null, "next_activity_id": null, "next_activity_subject": null,
            "next_activity_type": null, "next_activity_duration": null, "next_activity_note": null,
            "last_activity_id": null, "last_activity_date": null,
            "products_count": sales.products.get(&record.id).map_or(0, Vec::len), "files_count": 0, "notes_count": 0,
            "followers_count": sales.followers_of(Entity::Deal, record.id).len(), "email_messages_count": 0,
            "activities_count": 0, "done_activities_count": 0, "undone_activities_count": 0,
            "participants_count": sales.participants_of(record.id, hidden).count(),
            "last_incoming_mail_time": null, "last_outgoing_mail_time": null,
            "local_won_date": null, "local_lost_date": null, "local_close_date": null,
            "score": null, "sequence_enrollment": null, "source_lead_id": deal.source_lead_id,
            "stage_order_nr": stage.map(|stage| stage.order_nr),
            "person_name": person.map(|person| &person.name),
            "org_name": organization.map(|organization| &organization.name),
            "formatted_value": format!("{} {amount}", deal.currency),
            "weighted_value": amount * weight / 100.0,
            "formatted_weighted_value": format!("{} {}", deal.currency, amount * weight / 100.0),
            "weighted_value_currency": deal.currency, "rotten_time": null,
            "acv_currency": deal.acv.map(|_| &deal.currency), "mrr_currency": deal.mrr.map(|_| &deal.currency),
            "arr_currency": deal.arr.map(|_| &deal.currency),
            "owner_name": self.state.user(record.owner_id).map(|user| &user.name),
            "cc_email": self.mail_drop(&format!("+deal{}", record.id)),
            "org_hidden": false, "person_hidden": false,
        });
        if let Value::Object(more) = more {
            self.add(&mut shown, more, (Entity::Deal, record));
        }
        shown
    }
}

/// The objects that stand beside a list.
#[derive(Debug, Default)]
pub(super) struct Related {
    users: Map<String, Value>,
    persons: Map<String, Value>,
    organizations: Map<String, Value>,
}

impl Related {
    pub(super) fn user(&mut self, older: &Older<'_>, id: i64) {
        self.users.insert(id.to_string(), older.related_user(id));
    }

    /// With the organization of the person.
    pub(super) fn person(&mut self, older: &Older<'_>, id: i64) {
        let Some(person) = older.state.table(Entity::Person).records.get(&id) else {
            return;
        };
        self.persons
            .insert(id.to_string(), older.related_person(person));
        if let Some(id) = person.org_id() {
            self.organization(older, id);
        }
    }

    pub(super) fn organization(&mut self, older: &Older<'_>, id: i64) {
        if let Some(record) = older.state.table(Entity::Organization).records.get(&id) {
            self.organizations
                .insert(id.to_string(), older.related_organization(record));
        }
    }

    pub(super) fn into_value(self) -> Value {
        json!({"user": self.users, "person": self.persons, "organization": self.organizations})
    }
}

/// A contact without any address is shown with an empty one.
fn older_channels(channels: &[Channel]) -> Value {
    if channels.is_empty() {
        return json!([{"value": "", "primary": true}]);
    }
    json!(channels)
}
