//! The control API under `/_emulator/`: what a test or a demonstration in another process does to the account.
//!
//! In: plain JSON requests without a token. Out: state, counters, users' deeds, faults, the clock. No part of the vendor's
//! API; it costs nothing and is not counted. Meant for loopback only.

use bytes::Bytes;
use http::{Method, Request};
use serde::Deserialize;
use serde_json::{Value, json};

use super::PipedriveEmulator;
use super::control_deeds::Deed;
use super::counters::Counters;
use super::kinds::Entity;
use super::record::CustomValue;
use super::reply::Reply;
use crate::answer::Moment;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    offset_millis: i64,
}

/// What another integration of the company does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    tokens: u64,
}

/// A colleague comes, and calls with a token of their own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Colleague {
    name: String,
    email: String,
    #[serde(default)]
    is_admin: bool,
    token: String,
}

/// What becomes of the app's tokens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OauthDeed {
    verb: OauthVerb,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OauthVerb {
    Uninstall,
    ExpireAccessTokens,
    ExpireRefreshTokens,
}

impl PipedriveEmulator {
    pub(super) fn control(&mut self, request: &Request<Bytes>, what: &str, now: Moment) -> Reply {
        let outcome = if request.method() == Method::GET {
            match what {
                "state" => Ok(self.shown_state()),
                "counters" => Ok(json!(self.counters())),
                "switches" => Ok(json!(self.config.switches)),
                _ => Err(format!("there is no /_emulator/{what} to read")),
            }
        } else {
            self.control_change(request.body(), what, now)
        };
        match outcome {
            Ok(body) => Reply::of(200, &body),
            Err(error) => Reply::of(400, &json!({"error": error})),
        }
    }

    /// Every record as the API shows it, live and deleted, by kind.
    fn shown_state(&self) -> Value {
        let kinds = Entity::ALL.into_iter();
        kinds
            .map(|entity| {
                let records = Value::from(self.records(entity));
                (entity.plural().to_owned(), records)
            })
            .collect()
    }

    fn control_change(&mut self, body: &[u8], what: &str, now: Moment) -> Result<Value, String> {
        match what {
            "edit" => {
                let deed: Deed = serde_json::from_slice(body).map_err(|error| error.to_string())?;
                self.do_as_user(&deed, now)
                    .map_err(|refused| refused.to_string())
            }
            "faults" => self.faults.control(body).map(|()| json!({"ok": true})),
            "clock" => {
                let clock: Clock =
                    serde_json::from_slice(body).map_err(|error| error.to_string())?;
                self.set_clock_offset(clock.offset_millis);
                Ok(json!({"ok": true}))
            }
            "spend-elsewhere" => {
                let elsewhere: Elsewhere =
                    serde_json::from_slice(body).map_err(|error| error.to_string())?;
                self.spend_elsewhere(elsewhere.tokens, now);
                Ok(json!({"ok": true}))
            }
            "colleague" => {
                let told: Colleague =
                    serde_json::from_slice(body).map_err(|error| error.to_string())?;
                let id = self.add_user(&told.name, &told.email, told.is_admin, now);
                self.add_token_of(&told.token, id);
                Ok(json!({"id": id}))
            }
            "oauth" => {
                let deed: OauthDeed =
                    serde_json::from_slice(body).map_err(|error| error.to_string())?;
                match deed.verb {
                    OauthVerb::Uninstall => self.uninstall_app(),
                    OauthVerb::ExpireAccessTokens => self.expire_access_tokens(),
                    OauthVerb::ExpireRefreshTokens => self.expire_refresh_tokens(),
                }
                Ok(json!({"ok": true}))
            }
            "reset-counters" => {
                self.reset_counters();
                Ok(json!({"ok": true}))
            }
            _ => Err(format!("there is no /_emulator/{what} to write to")),
        }
    }

    /// What the server counted, with duplicates counted now.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let mut counters = self.counters.clone();
        counters.faults.clone_from(self.faults.fired());
        for entity in Entity::ALL {
            for name in &self.config.marker_fields {
                let doubled: usize = self
                    .duplicates(entity, name)
                    .iter()
                    .map(|(_, ids)| ids.len() - 1)
                    .sum();
                counters.duplicates += doubled as u64;
            }
        }
        counters
    }

    /// Live records that hold the same value in the custom field of that name: the value and their ids.
    #[must_use]
    pub fn duplicates(&self, entity: Entity, field_name: &str) -> Vec<(String, Vec<i64>)> {
        let Some(field) = self.state.catalog(entity).custom_by_name(field_name) else {
            return Vec::new();
        };
        let mut holders: std::collections::BTreeMap<&str, Vec<i64>> =
            std::collections::BTreeMap::new();
        for record in self
            .state
            .table(entity)
            .records
            .values()
            .filter(|record| !record.is_deleted)
        {
            if let Some(CustomValue::Text(value)) = record.custom_value(field.id) {
                holders.entry(value).or_default().push(record.id);
            }
        }
        let doubled = holders
            .into_iter()
            .filter(|(value, ids)| !value.is_empty() && ids.len() > 1);
        doubled
            .map(|(value, ids)| (value.to_owned(), ids))
            .collect()
    }

    /// Starts counting anew.
    pub fn reset_counters(&mut self) {
        self.counters = Counters::default();
        self.faults.reset_fired();
    }
}
