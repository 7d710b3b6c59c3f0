//! Users of the company: older endpoints, and deeds of administrators.
//!
//! In: checked bodies. Out: users in the vendor's shape, and their events, which differ from those of records. Users are never
//! deleted: one who leaves becomes inactive, and the token stops working.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::json::spaced;
use super::records::Actor;
use super::reply::{Reply, Violation};
use super::route::{Row, row};
use super::state::UI_USER;
use super::tell::News;
use super::verbs::VerbRefused;
use super::webhooks::EventId;
use crate::answer::Moment;

/// When the company came to the vendor.
const FOUNDED: i64 = 1_709_283_600;
const TERM_MIN: usize = 2;

pub(super) static ROWS: [Row; 6] = [
    row!("GET" "/v1/users/me", 2, |emulator, ask| emulator.me(ask)),
    row!("GET" "/v1/users/find", 40, |emulator, ask| emulator.find_users(ask)),
    row!("GET" "/v1/users", 20, |emulator, ask| emulator.list_users(ask)),
    row!("POST" "/v1/users", 10, |emulator, ask| emulator.create_user(ask)),
    row!("GET" "/v1/users/{id}", 2, |emulator, ask| emulator.get_user(ask)),
    row!("PUT" "/v1/users/{id}", 10, |emulator, ask| emulator.change_user(ask)),
];

/// A user of the company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) is_admin: bool,
    pub(super) is_active: bool,
    /// The visibility group. The first is above all others.
    pub(super) group: u32,
    pub(super) role_id: i64,
    pub(super) currency: String,
    /// Seconds.
    pub(super) created: i64,
    pub(super) modified: i64,
}

impl Default for User {
    fn default() -> Self {
        Self {
            id: 0,
            name: String::new(),
            email: String::new(),
            is_admin: false,
            is_active: true,
            group: 1,
            role_id: 1,
            currency: "SEK".to_owned(),
            created: FOUNDED,
            modified: FOUNDED,
        }
    }
}

impl PipedriveEmulator {
    fn me(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let user = self.state.user(ask.actor.user_id);
        let user = user.ok_or_else(|| Reply::gateway(401, "unauthorized access"))?;
        let mut me = shown(user, user.id);
        let company = json!({
            "company_id": 900, "company_name": "Nordlys Brokers", "company_domain": self.config.company_domain,
            "company_country": "SE", "company_industry": "Real estate",
            "language": {"language_code": "en", "country_code": "US"},
        });
        if let (Some(me), Value::Object(company)) = (me.as_object_mut(), company) {
            me.extend(company);
        }
        Ok(data(&me))
    }

    fn list_users(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let caller = ask.actor.user_id;
        let users: Vec<Value> = self
            .state
            .users
            .iter()
            .map(|user| shown(user, caller))
            .collect();
        Ok(data(&Value::Array(users)))
    }

    fn find_users(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        ask.query
            .refuse_unknown(&["term", "search_by_email"], &mut violations);
        let term = ask.query.get("term").unwrap_or("").to_lowercase();
        if term.chars().count() < TERM_MIN {
            violations.push(Violation::new("term", "must have at least 2 characters"));
        }
        let by_email = match ask.query.get("search_by_email") {
            None | Some("0") => false,
            Some("1") => true,
            Some(_) => {
                violations.push(Violation::new("search_by_email", "must be 0 or 1"));
                false
            }
        };
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let found = self.state.users.iter().filter(|user| {
            let text = if by_email { &user.email } else { &user.name };
            text.to_lowercase().contains(&term)
        });
        let found: Vec<Value> = found.map(|user| shown(user, ask.actor.user_id)).collect();
        Ok(data(&Value::Array(found)))
    }

    fn get_user(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let user = self.state.user(ask.id()?).ok_or_else(not_found)?;
        Ok(data(&shown(user, ask.actor.user_id)))
    }

    fn create_user(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        self.demand_admin(ask.actor)?;
        ask.query.refuse_all()?;
        let body = ask.body()?;
        let mut violations = Vec::new();
        let known = ["email", "access", "active_flag"];
        let unknown = body.keys().filter(|key| !known.contains(&key.as_str()));
        violations.extend(unknown.map(|key| Violation::not_allowed(key)));
        let email = body
            .get("email")
            .and_then(Value::as_str)
            .filter(|email| email.contains('@'));
        if email.is_none() {
            violations.push(Violation::new("email", "must be an e-mail address"));
        }
        let is_active = body.get("active_flag").map_or(Some(true), Value::as_bool);
        if is_active.is_none() {
            violations.push(Violation::new("active_flag", "must be true or false"));
        }
        let access = body
            .get("access")
            .map_or(Some(&[][..]), |access| access.as_array().map(Vec::as_slice));
        if access.is_none() {
            violations.push(Violation::new("access", "must be an array"));
        }
        let (Some(email), Some(is_active), Some(access), true) =
            (email, is_active, access, violations.is_empty())
        else {
            return Err(Reply::invalid(&violations));
        };
        if self.state.users.iter().any(|user| user.email == email) {
            return Err(Reply::bad("email", "belongs to another user"));
        }
        let is_admin = access
            .iter()
            .any(|access| access["app"] == "sales" && access["admin"] == true);
        let id = self.enter_user(
            User {
                name: email.split('@').next().unwrap_or(email).to_owned(),
                email: email.to_owned(),
                is_admin,
                is_active,
                ..User::default()
            },
            ask.actor,
            ask.now,
        );
        let user = self.state.user(id).ok_or_else(not_found)?;
        Ok(data(&shown(user, ask.actor.user_id)))
    }

    fn change_user(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        self.demand_admin(ask.actor)?;
        ask.query.refuse_all()?;
        let (id, body) = (ask.id()?, ask.body()?);
        let mut after = self.state.user(id).ok_or_else(not_found)?.clone();
        if let Some(unknown) = body.keys().find(|key| *key != "active_flag") {
            return Err(Reply::invalid(&[Violation::not_allowed(unknown)]));
        }
        let is_active = body.get("active_flag").and_then(Value::as_bool);
        after.is_active =
            is_active.ok_or_else(|| Reply::bad("active_flag", "must be true or false"))?;
        let reply = data(&shown(&after, ask.actor.user_id));
        self.keep_user(after, ask.actor, ask.now);
        Ok(reply)
    }

    fn enter_user(&mut self, user: User, actor: Actor, now: Moment) -> i64 {
        let last = self
            .state
            .users
            .iter()
            .map(|user| user.id)
            .max()
            .unwrap_or(0);
        let seconds = self.seconds(now);
        let user = User {
            id: last + 1,
            created: seconds,
            modified: seconds,
            ..user
        };
        self.keep_user(user, actor, now);
        last + 1
    }

    fn keep_user(&mut self, mut after: User, actor: Actor, now: Moment) {
        let place = self.state.users.iter().position(|user| user.id == after.id);
        let before = place.map(|place| self.state.users[place].clone());
        if before.as_ref() == Some(&after) {
            return;
        }
        after.modified = self.seconds(now);
        let event = shown(&after, 0);
        let news = match &before {
            None => News::created("user", EventId::Number(after.id), event.to_string()),
            Some(before) => {
                let old = shown(before, 0);
                let differing = old.as_object().into_iter().flatten();
                let differing =
                    differing.filter(|(key, value)| event.get(key.as_str()) != Some(value));
                let previous: Value = differing
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                News::changed(
                    "user",
                    EventId::Number(after.id),
                    event.to_string(),
                    previous.to_string(),
                )
            }
        };
        match place {
            Some(place) => self.state.users[place] = after,
            None => self.state.users.push(after),
        }
        self.tell(news, actor, now);
    }

    /// A new colleague; the id.
    pub fn add_user(&mut self, name: &str, email: &str, is_admin: bool, now: Moment) -> i64 {
        let user = User {
            name: name.to_owned(),
            email: email.to_owned(),
            is_admin,
            ..User::default()
        };
        self.enter_user(user, ADMINISTRATOR, now)
    }

    /// Gives a user another visibility group: the first is above all others.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn set_user_group(&mut self, id: i64, group: u32, now: Moment) -> Result<(), VerbRefused> {
        self.edit_user(id, now, |user| user.group = group)
    }

    /// A user leaves: what belongs to the user stays.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn deactivate_user(&mut self, id: i64, now: Moment) -> Result<(), VerbRefused> {
        self.edit_user(id, now, |user| user.is_active = false)
    }

    /// A user takes another name.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn rename_user(&mut self, id: i64, name: &str, now: Moment) -> Result<(), VerbRefused> {
        self.edit_user(id, now, |user| name.clone_into(&mut user.name))
    }

    fn edit_user(
        &mut self,
        id: i64,
        now: Moment,
        edit: impl FnOnce(&mut User),
    ) -> Result<(), VerbRefused> {
        let user = self.state.user(id);
        let mut user = user
            .ok_or_else(|| VerbRefused(format!("there is no user {id}")))?
            .clone();
        edit(&mut user);
        self.keep_user(user, ADMINISTRATOR, now);
        Ok(())
    }
}

const ADMINISTRATOR: Actor = Actor {
    user_id: UI_USER,
    source: "app",
    quiet: false,
};

fn data(data: &Value) -> Reply {
    Reply::of(200, &json!({"success": true, "data": data}))
}

fn not_found() -> Reply {
    Reply::of(
        404,
        &json!({"success": false, "error": "User not found or not accessible."}),
    )
}

fn shown(user: &User, caller: i64) -> Value {
    json!({
        "id": user.id, "name": user.name, "default_currency": user.currency, "locale": "sv_SE", "lang": 1,
        "email": user.email, "phone": null, "activated": true, "last_login": "2026-01-05 08:00:00",
        "created": spaced(user.created), "modified": spaced(user.modified), "has_created_company": false,
        "access": [
            {"app": "sales", "admin": user.is_admin, "permission_set_id": "7d0c7f5a-90bb-41bd-a7a2-3a3b1c0a5e01"},
            {"app": "global", "admin": user.is_admin, "permission_set_id": "7d0c7f5a-90bb-41bd-a7a2-3a3b1c0a5e02"},
        ],
        "active_flag": user.is_active, "timezone_name": "Europe/Stockholm", "timezone_offset": "+01:00",
        "role_id": user.role_id, "icon_url": null, "is_you": user.id == caller, "is_deleted": false,
    })
}
