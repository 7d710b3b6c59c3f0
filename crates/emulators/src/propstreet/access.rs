//! The door: tokens, and calls per minute.
//!
//! In: the bearer of a call and the time. Out: who calls and what is left of the minute. It answers nothing itself.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rustc_hash::FxHashMap;

use super::call::Reply;
use super::json;
use super::problem::{Refused, unauthorized};
use super::query::Query;
use super::registry::Registry;
use super::settings::{Limits, PropstreetSettings};

const MINUTE_MILLIS: i64 = 60_000;
const TOKEN_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const TOKEN_LENGTH: usize = 40;
/// Expired tokens are swept out when there are this many.
const TOKENS_MAX: usize = 1_000;

/// Who calls: an OAuth client or the holder of a personal token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) name: String,
    is_client: bool,
    limit: u32,
}

impl Caller {
    /// The OAuth client, which the holder of a personal token is not.
    pub(super) fn client_id(&self) -> Option<&str> {
        self.is_client.then_some(self.name.as_str())
    }
}

#[derive(Debug)]
struct Token {
    client_id: String,
    expires: i64,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    started: i64,
    calls: u32,
}

/// What is left of the minute, for the headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset_seconds: i64,
    pub(super) refused: bool,
}

/// Issued tokens and running minutes.
#[derive(Debug, Default)]
pub(super) struct Access {
    tokens: FxHashMap<String, Token>,
    revoked_personal: Vec<String>,
    pub(super) registry: Registry,
    windows: FxHashMap<String, Window>,
    pub(super) violations: u64,
}

impl Access {
    /// Who bears this token.
    pub(super) fn caller(
        &self,
        authorization: Option<&str>,
        settings: &PropstreetSettings,
        now: i64,
    ) -> Result<Caller, Refused> {
        let bearer = authorization.and_then(|text| text.strip_prefix("Bearer "));
        let bearer = bearer.ok_or_else(|| unauthorized("A bearer token is required."))?;
        let personal = settings.personal_tokens.iter().any(|known| known == bearer)
            || self.registry.has_token(bearer, now);
        if personal
            && !self
                .revoked_personal
                .iter()
                .any(|revoked| revoked == bearer)
        {
            return Ok(Caller {
                name: bearer.to_owned(),
                is_client: false,
                limit: settings.personal_requests_per_minute,
            });
        }
        let token = self.tokens.get(bearer).filter(|token| token.expires > now);
        let token = token.ok_or_else(|| unauthorized("The token is not valid or has expired."))?;
        Ok(Caller {
            name: token.client_id.clone(),
            is_client: true,
            limit: settings.client_requests_per_minute,
        })
    }

    /// Counts a call against the caller's minute, which begins with its first call.
    pub(super) fn count(&mut self, caller: &Caller, limits: Limits, now: i64) -> Allowance {
        if !self.windows.contains_key(&caller.name) {
            self.windows.insert(
                caller.name.clone(),
                Window {
                    started: now,
                    calls: 0,
                },
            );
        }
        let window = self
            .windows
            .get_mut(&caller.name)
            .expect("the caller's minute was begun above");
        if now >= window.started + MINUTE_MILLIS || now < window.started {
            *window = Window {
                started: now,
                calls: 0,
            };
        }
        let over = window.calls >= caller.limit;
        let refused = over && limits == Limits::Real;
        if !refused {
            window.calls += 1;
        }
        if over && limits != Limits::Off {
            self.violations += 1;
        }
        let left_millis = window.started + MINUTE_MILLIS - now;
        Allowance {
            limit: caller.limit,
            remaining: caller.limit.saturating_sub(window.calls),
            reset_seconds: (left_millis + 999) / 1_000,
            refused,
        }
    }

    /// The token call: client credentials in a form.
    pub(super) fn issue(
        &mut self,
        form: &Query,
        settings: &PropstreetSettings,
        rng: &mut ChaCha8Rng,
        now: i64,
    ) -> Reply {
        if form.get("grant_type") != Some("client_credentials") {
            return refusal(
                400,
                "unsupported_grant_type",
                "Only client_credentials is supported.",
            );
        }
        let client = settings.clients.iter().find(|client| {
            Some(client.client_id.as_str()) == form.get("client_id")
                && Some(client.client_secret.as_str()) == form.get("client_secret")
        });
        let (id, secret) = (form.get("client_id"), form.get("client_secret"));
        let registered = id
            .zip(secret)
            .filter(|(id, secret)| self.registry.has_client(id, secret));
        let client = client.map(|client| client.client_id.as_str());
        let Some(client) = client.or(registered.map(|(id, _)| id)) else {
            return refusal(
                401,
                "invalid_client",
                "The client is not known or the secret is wrong.",
            );
        };
        if form.get("scope") != Some("api:public") {
            return refusal(400, "invalid_scope", "The scope must be api:public.");
        }
        let token = random_text(rng, TOKEN_LENGTH);
        if self.tokens.len() >= TOKENS_MAX {
            self.tokens.retain(|_, token| token.expires > now);
        }
        let expires = now + settings.token_lifetime_seconds * 1_000;
        self.tokens.insert(
            token.clone(),
            Token {
                client_id: client.to_owned(),
                expires,
            },
        );
        let mut body = String::from("{\"access_token\":");
        json::text(&mut body, &token);
        json::key_text(&mut body, "token_type", Some("Bearer"));
        json::key_number(&mut body, "expires_in", settings.token_lifetime_seconds);
        json::key_text(&mut body, "scope", Some("api:public"));
        body.push('}');
        Reply::ok(body)
    }

    /// All tokens handed out so far stop working; clients may ask for new ones.
    pub(super) fn revoke_issued(&mut self) {
        self.tokens.clear();
    }

    /// The tokens of clients that are no more stop working at once.
    pub(super) fn revoke_clients(&mut self, gone: &[String]) {
        self.tokens
            .retain(|_, token| !gone.contains(&token.client_id));
    }

    /// A personal token stops working for good.
    pub(super) fn revoke_personal(&mut self, token: &str) {
        self.revoked_personal.push(token.to_owned());
    }
}

fn refusal(status: u16, error: &str, description: &str) -> Reply {
    let mut body = String::from("{\"error\":");
    json::text(&mut body, error);
    json::key_text(&mut body, "error_description", Some(description));
    body.push('}');
    Reply {
        status,
        ..Reply::ok(body)
    }
}

/// Letters and digits from the seed.
pub(super) fn random_text(rng: &mut ChaCha8Rng, length: usize) -> String {
    (0..length)
        .map(|_| char::from(TOKEN_LETTERS[rng.random_range(0..TOKEN_LETTERS.len())]))
        .collect()
}
