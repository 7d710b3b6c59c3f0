//! The control calls under `/_emulator/`: no credentials, no limits, no counting.
//!
//! In: a request. Out: the state, the counters, or something done to the emulator.

use bytes::Bytes;
use http::{Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::PropstreetEmulator;
use super::edits::Edit;
use super::server::respond;
use crate::answer::Moment;

/// The body of `POST /_emulator/edit`.
#[derive(Debug, Deserialize)]
struct EditRequest {
    #[serde(flatten)]
    edit: Edit,
    #[serde(default)]
    quietly: bool,
}

/// The body of `POST /_emulator/webhook-secret`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretRequest {
    id: String,
    #[serde(default)]
    keeps_former: bool,
}

/// The body of `POST /_emulator/clock`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockRequest {
    offset_millis: i64,
}

impl PropstreetEmulator {
    pub(super) fn control(&mut self, request: &Request<Bytes>, now: Moment) -> Response<Bytes> {
        let done = match (request.method().as_str(), request.uri().path()) {
            ("GET", "/_emulator/state") => Ok(self.state()),
            ("GET", "/_emulator/counters") => {
                serde_json::to_value(self.counters()).map_err(|error| error.to_string())
            }
            ("POST", "/_emulator/edit") => self.control_edit(request.body(), now),
            ("POST", "/_emulator/faults") => {
                self.faults.control(request.body()).map(|()| json!({}))
            }
            ("POST", "/_emulator/clock") => self.control_clock(request.body()),
            ("POST", "/_emulator/reset-counters") => {
                self.reset_counters();
                Ok(json!({}))
            }
            ("POST", "/_emulator/webhook-secret") => self.control_secret(request.body()),
            ("POST", "/_emulator/revoke-tokens") => {
                self.revoke_tokens();
                Ok(json!({}))
            }
            _ => {
                return respond(
                    404,
                    "application/json",
                    json!({"error": "There is no such control."}).to_string(),
                );
            }
        };
        match done {
            Ok(value) => respond(200, "application/json", value.to_string()),
            Err(message) => respond(
                400,
                "application/json",
                json!({ "error": message }).to_string(),
            ),
        }
    }

    fn state(&self) -> Value {
        let subscriptions: Vec<Value> = self
            .hooks
            .subscriptions
            .values()
            .map(|hook| json!({"id": hook.id.to_string(), "url": hook.url, "events": hook.events, "enabled": hook.enabled}))
            .collect();
        json!({
            "contacts": self.contacts(),
            "companies": self.companies(),
            "links": self.links(),
            "projects": self.projects(),
            "prospects": self.prospects(),
            "properties": self.properties(),
            "webhooks": subscriptions,
            "clock_offset_millis": self.settings.clock_offset_millis,
        })
    }

    fn control_edit(&mut self, body: &[u8], now: Moment) -> Result<Value, String> {
        let request: EditRequest =
            serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let done = if request.quietly {
            self.edit_quietly(&request.edit, now)
        } else {
            self.edit(&request.edit, now)
        };
        done.map(|id| json!({ "id": id }))
            .map_err(|refused| refused.to_string())
    }

    fn control_secret(&mut self, body: &[u8]) -> Result<Value, String> {
        let request: SecretRequest =
            serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let secret = self.rotate_webhook_secret(&request.id, request.keeps_former);
        let secret = secret.ok_or_else(|| "There is no such webhook.".to_owned())?;
        Ok(json!({ "secret": secret }))
    }

    fn control_clock(&mut self, body: &[u8]) -> Result<Value, String> {
        let request: ClockRequest =
            serde_json::from_slice(body).map_err(|error| error.to_string())?;
        self.settings.clock_offset_millis = request.offset_millis;
        Ok(json!({ "offset_millis": request.offset_millis }))
    }
}
