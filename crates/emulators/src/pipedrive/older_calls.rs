//! Older endpoints that have no newer twin: webhooks.
//!
//! In: their requests. Out: their envelopes, which differ from the newer ones. Webhook targets are checked here: HTTPS, or plain HTTP
//! to this very machine and nowhere else.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;
use serde_json::{Map, Value, json};

use super::PipedriveEmulator;
use super::json::rfc3339_millis;
use super::records::Actor;
use super::reply::Reply;
use super::route::{Row, row};
use super::webhooks::Subscription;
use crate::answer::Moment;

const WEBHOOKS_PER_USER: usize = 40;
const NAME_MAX: usize = 255;
const ACTIONS: [&str; 4] = ["create", "change", "delete", "*"];
const OBJECTS: [&str; 11] = [
    "activity",
    "deal",
    "lead",
    "note",
    "organization",
    "person",
    "pipeline",
    "product",
    "stage",
    "user",
    "*",
];

pub(super) static ROWS: [Row; 3] = [
    row!("GET" "/v1/webhooks", 10, |emulator, ask| Ok(emulator.list_webhooks(ask.actor.user_id))),
    row!("POST" "/v1/webhooks", 10, |emulator, ask| emulator.create_webhook(&ask.body()?, ask.actor, ask.now)),
    row!("DELETE" "/v1/webhooks/{id}", 6, |emulator, ask| emulator.delete_webhook(ask.id()?, ask.actor)),
];

impl PipedriveEmulator {
    pub(super) fn list_webhooks(&self, user_id: i64) -> Reply {
        let own = self.state.subscriptions.values().filter(|subscription| {
            subscription.owner_id == user_id
                || self.config.switches.webhooks_of_all_users_are_listed
        });
        let webhooks: Vec<Value> = own.map(webhook_json).collect();
        Reply::of(
            200,
            &json!({"status": "ok", "success": true, "data": webhooks}),
        )
    }

    pub(super) fn create_webhook(
        &mut self,
        body: &Map<String, Value>,
        actor: Actor,
        now: Moment,
    ) -> Result<Reply, Reply> {
        let subscription = self.read_webhook(body, actor, now)?;
        let own = self
            .state
            .subscriptions
            .values()
            .filter(|other| other.owner_id == actor.user_id)
            .count();
        if own >= WEBHOOKS_PER_USER {
            return Err(Reply::webhook_error(422, "limit", "webhook limit reached"));
        }
        self.state.next_subscription_id += 1;
        let reply = Reply::of(
            201,
            &json!({"status": "ok", "success": true, "data": webhook_json(&subscription)}),
        );
        self.state
            .subscriptions
            .insert(subscription.id, subscription);
        Ok(reply)
    }

    fn read_webhook(
        &self,
        body: &Map<String, Value>,
        actor: Actor,
        now: Moment,
    ) -> Result<Subscription, Reply> {
        const KNOWN: [&str; 8] = [
            "subscription_url",
            "event_action",
            "event_object",
            "name",
            "version",
            "user_id",
            "http_auth_user",
            "http_auth_password",
        ];
        if let Some(unknown) = body.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            return Err(Reply::webhook_error(400, unknown, "is not allowed"));
        }
        let text = |key: &str| {
            body.get(key)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let one_of = |key: &'static str, known: &[&str]| {
            let value = text(key).filter(|value| known.contains(value));
            value
                .map(str::to_owned)
                .ok_or_else(|| Reply::webhook_error(400, key, "invalid value"))
        };
        let url = text("subscription_url").filter(|url| is_reachable_target(url));
        let url = url.ok_or_else(|| {
            Reply::webhook_error(400, "subscription_url", "invalid or non-reachable URL")
        })?;
        let unnamed = (!body.contains_key("name") && self.config.switches.webhooks_need_no_name)
            .then_some("");
        let name = text("name").filter(|name| name.chars().count() <= NAME_MAX);
        let name = name.or(unnamed);
        let name = name.ok_or_else(|| {
            Reply::webhook_error(400, "name", "must be a string of 1 to 255 characters")
        })?;
        if body.get("version").is_some_and(|version| version != "2.0") {
            return Err(Reply::webhook_error(
                400,
                "version",
                "only version 2.0 is available",
            ));
        }
        let user_id = match body.get("user_id") {
            None | Some(Value::Null) => Some(actor.user_id),
            Some(id) => id.as_i64().filter(|id| self.state.user(*id).is_some()),
        };
        let user_id =
            user_id.ok_or_else(|| Reply::webhook_error(400, "user_id", "user does not exist"))?;
        let auth = text("http_auth_user").map(|user| {
            (
                user.to_owned(),
                text("http_auth_password").unwrap_or("").to_owned(),
            )
        });
        Ok(Subscription {
            id: self.state.next_subscription_id,
            name: name.to_owned(),
            url: url.to_owned(),
            action: one_of("event_action", &ACTIONS)?,
            object: one_of("event_object", &OBJECTS)?,
            owner_id: actor.user_id,
            user_id,
            auth,
            add_time: self.vendor(now).0,
            last_delivery_time: None,
            last_http_status: None,
            failed_first_tries: 0,
            banned_until: None,
            failing_since: None,
        })
    }

    pub(super) fn delete_webhook(&mut self, id: i64, actor: Actor) -> Result<Reply, Reply> {
        match self.state.subscriptions.get(&id) {
            None => Err(Reply::webhook_error(404, "id", "not found")),
            Some(subscription) if subscription.owner_id != actor.user_id => Err(Reply::of(
                403,
                &json!({"success": false, "message": "Forbidden"}),
            )),
            Some(_) => {
                self.state.subscriptions.remove(&id);
                Ok(Reply::of(200, &json!({"status": "ok", "success": true})))
            }
        }
    }
}

fn webhook_json(subscription: &Subscription) -> Value {
    let (auth_user, auth_password) = match &subscription.auth {
        Some((user, password)) => (Some(user), Some(password)),
        None => (None, None),
    };
    json!({
        "id": subscription.id, "company_id": 900, "owner_id": subscription.owner_id, "user_id": subscription.user_id,
        "event_action": subscription.action, "event_object": subscription.object,
        "subscription_url": subscription.url, "version": "2.0", "is_active": 1,
        "add_time": rfc3339_millis(subscription.add_time), "remove_time": null, "type": "general",
        "http_auth_user": auth_user, "http_auth_password": auth_password, "remove_reason": null,
        "last_delivery_time": subscription.last_delivery_time.map(rfc3339_millis),
        "last_http_status": subscription.last_http_status, "admin_id": subscription.owner_id, "name": subscription.name,
    })
}

/// HTTPS to anywhere but the vendor, or plain HTTP to this machine.
fn is_reachable_target(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else {
        return false;
    };
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return false;
    };
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    let is_loopback = host == "localhost"
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
        || host
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback());
    let is_vendor = host == "pipedrive.com" || host.ends_with(".pipedrive.com");
    match scheme {
        "https" => !is_vendor,
        "http" => is_loopback,
        _ => false,
    }
}
