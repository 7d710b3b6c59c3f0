//! The control API under `/_emulator/`: what a test or a demonstration in another process does to the account.
//!
//! In: plain JSON requests without a token. Out: state, counters, users' deeds, faults, the clock. No part of the vendor's
//! API; it costs nothing and is not counted. Meant for loopback only.

use bytes::Bytes;
use http::{Method, Request};
use serde::Deserialize;
use serde_json::{Value, json};

use super::PipedriveEmulator;
use super::counters::Counters;
use super::kinds::Entity;
use super::record::CustomValue;
use super::reply::Reply;
use super::verbs::VerbRefused;
use crate::answer::Moment;

/// A user's deed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    verb: String,
    id: Option<i64>,
    /// Of a merge: who stays.
    survivor: Option<i64>,
    #[serde(default)]
    fields: Value,
    entity: Option<Entity>,
    name: Option<String>,
    to: Option<String>,
    #[serde(default)]
    quietly: bool,
}

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
                "state" => {
                    Ok(json!({"persons": self.persons(), "organizations": self.organizations()}))
                }
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

    fn control_change(&mut self, body: &[u8], what: &str, now: Moment) -> Result<Value, String> {
        match what {
            "edit" => {
                let edit: Edit = serde_json::from_slice(body).map_err(|error| error.to_string())?;
                self.edit_as_user(&edit, now)
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

    fn edit_as_user(&mut self, edit: &Edit, now: Moment) -> Result<Value, VerbRefused> {
        let missing = |what: &str| VerbRefused(format!("'{what}' is missing"));
        let id = edit.id.ok_or_else(|| missing("id"));
        let survivor = edit.survivor.ok_or_else(|| missing("survivor"));
        let entity = edit.entity.ok_or_else(|| missing("entity"));
        let name = edit.name.as_deref().ok_or_else(|| missing("name"));
        let to = edit.to.as_deref().ok_or_else(|| missing("to"));
        match (edit.verb.as_str(), edit.quietly) {
            ("add_person", false) => {
                return self
                    .add_person(&edit.fields, now)
                    .map(|id| json!({"id": id}));
            }
            ("add_person", true) => {
                return self
                    .add_person_quietly(&edit.fields, now)
                    .map(|id| json!({"id": id}));
            }
            ("add_organization", false) => {
                return self
                    .add_organization(&edit.fields, now)
                    .map(|id| json!({"id": id}));
            }
            ("add_organization", true) => {
                return self
                    .add_organization_quietly(&edit.fields, now)
                    .map(|id| json!({"id": id}));
            }
            ("add_note", false) => {
                return self.add_note(&edit.fields, now).map(|id| json!({"id": id}));
            }
            ("add_note", true) => {
                return self
                    .add_note_quietly(&edit.fields, now)
                    .map(|id| json!({"id": id}));
            }
            ("edit_note", false) => self.edit_note(id?, &edit.fields, now)?,
            ("edit_note", true) => self.edit_note_quietly(id?, &edit.fields, now)?,
            ("delete_note", false) => self.delete_note(id?, now)?,
            ("delete_note", true) => self.delete_note_quietly(id?, now)?,
            ("deactivate_user", _) => self.deactivate_user(id?, now)?,
            ("rename_user", _) => self.rename_user(id?, to?, now)?,
            ("edit_person", false) => self.edit_person(id?, &edit.fields, now)?,
            ("edit_person", true) => self.edit_person_quietly(id?, &edit.fields, now)?,
            ("edit_organization", false) => self.edit_organization(id?, &edit.fields, now)?,
            ("edit_organization", true) => {
                self.edit_organization_quietly(id?, &edit.fields, now)?
            }
            ("delete_person", false) => self.delete_person(id?, now)?,
            ("delete_person", true) => self.delete_person_quietly(id?, now)?,
            ("delete_organization", false) => self.delete_organization(id?, now)?,
            ("delete_organization", true) => self.delete_organization_quietly(id?, now)?,
            ("restore_person", false) => self.restore_person(id?, now)?,
            ("restore_person", true) => self.restore_person_quietly(id?, now)?,
            ("restore_organization", false) => self.restore_organization(id?, now)?,
            ("restore_organization", true) => self.restore_organization_quietly(id?, now)?,
            ("merge_persons", false) => self.merge_persons(id?, survivor?, now)?,
            ("merge_persons", true) => self.merge_persons_quietly(id?, survivor?, now)?,
            ("merge_organizations", false) => self.merge_organizations(id?, survivor?, now)?,
            ("merge_organizations", true) => {
                self.merge_organizations_quietly(id?, survivor?, now)?
            }
            ("add_label", _) => return Ok(json!({"id": self.add_label(entity?, name?, now)})),
            ("rename_label", _) => self.rename_label(entity?, name?, to?, now)?,
            ("delete_label", _) => self.delete_label(entity?, name?)?,
            ("rename_field", _) => self.rename_field(entity?, name?, to?)?,
            ("remove_field", _) => self.remove_field(entity?, name?)?,
            (verb, _) => return Err(VerbRefused(format!("there is no verb '{verb}'"))),
        }
        Ok(json!({"ok": true}))
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
