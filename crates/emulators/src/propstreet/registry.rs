//! Clients, bots and personal tokens that were registered through the API, beside those of the settings.
//!
//! In: calls. Out: registrations and answers. A secret is told once.

use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::access::random_text;
use super::call::{Call, Reply};
use super::fields::{EMAIL_MAX, Fields, NAME_MAX};
use super::json;
use super::normalise;
use super::problem::{Refused, exists, invalid, not_allowed, not_found};
use super::settings::{ClientCredentials, PropstreetSettings};

const SECRET_LENGTH: usize = 40;
const BOT_ID_MAX: usize = 450;
const PERSON_NAME_MAX: usize = 100;
const URL_MAX: usize = 2_000;
const TOKEN_LIFE_MILLIS: i64 = 30 * 86_400_000;

/// A place under `/auth`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Clients,
    Client(String),
    Bots,
    Bot(String),
    Tokens,
}

impl Place {
    pub(super) fn of(segments: &[&str]) -> Option<Self> {
        Some(match segments {
            ["auth", "clients"] => Self::Clients,
            ["auth", "clients", client] => Self::Client(super::query::decode(client, false)),
            ["auth", "bots"] => Self::Bots,
            ["auth", "bots", bot] => Self::Bot(super::query::decode(bot, false)),
            ["auth", "tokens"] => Self::Tokens,
            _ => return None,
        })
    }

    pub(super) const fn template(&self) -> &'static str {
        match self {
            Self::Clients => "/api/v1/auth/clients",
            Self::Client(_) => "/api/v1/auth/clients/{clientId}",
            Self::Bots => "/api/v1/auth/bots",
            Self::Bot(_) => "/api/v1/auth/bots/{id}",
            Self::Tokens => "/api/v1/auth/tokens",
        }
    }

    pub(super) const fn methods(&self) -> &'static str {
        match self {
            Self::Clients => "GET, POST, DELETE",
            Self::Client(_) => "DELETE",
            Self::Bots => "GET, POST",
            Self::Bot(_) => "GET",
            Self::Tokens => "POST",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct RegisteredClient {
    id: String,
    secret: String,
    display_name: Option<String>,
    redirect: Option<String>,
    bot: Option<String>,
    created: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bot {
    id: String,
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct PersonalToken {
    token: String,
    expires: i64,
}

/// Everything that was registered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Registry {
    clients: Vec<RegisteredClient>,
    bots: Vec<Bot>,
    tokens: Vec<PersonalToken>,
}

impl Registry {
    pub(super) fn has_client(&self, id: &str, secret: &str) -> bool {
        let mut clients = self.clients.iter();
        clients.any(|client| client.id == id && client.secret == secret)
    }

    pub(super) fn has_token(&self, bearer: &str, now: i64) -> bool {
        let mut tokens = self.tokens.iter();
        tokens.any(|token| token.token == bearer && token.expires > now)
    }

    /// Carries a call out; gives the ids of the clients whose tokens stop working.
    pub(super) fn dispatch(
        &mut self,
        place: &Place,
        call: &Call<'_>,
        settings: &mut PropstreetSettings,
        rng: &mut ChaCha8Rng,
    ) -> Result<(Reply, Vec<String>), Refused> {
        call.only_parameters(&[])?;
        let reply = match (place, call.method.as_str()) {
            (Place::Clients, "GET") => self.list_clients(settings),
            (Place::Clients, "POST") => self.register(call, rng)?,
            (Place::Clients, "DELETE") => return Ok(self.delete_clients(settings, |_| true)),
            (Place::Client(id), "DELETE") => {
                let (_, gone) = self.delete_clients(settings, |known| known == id);
                if gone.is_empty() {
                    return Err(not_found("There is no such client."));
                }
                return Ok((Reply::nothing(), gone));
            }
            (Place::Bots, "GET") => self.list_bots(),
            (Place::Bots, "POST") => self.make_bot(call)?,
            (Place::Bot(id), "GET") => {
                let bot = self.bots.iter().find(|bot| bot.id == *id);
                let mut out = String::new();
                write_bot(
                    &mut out,
                    bot.ok_or_else(|| not_found("There is no such bot."))?,
                );
                Reply::ok(out)
            }
            (Place::Tokens, "POST") => self.make_token(call, rng)?,
            (place, _) => return Err(not_allowed(place.methods())),
        };
        Ok((reply, Vec::new()))
    }

    fn register(&mut self, call: &Call<'_>, rng: &mut ChaCha8Rng) -> Result<Reply, Refused> {
        let body = call.json()?;
        let known = ["m2m", "botUserId", "displayName", "redirectUri"];
        let mut fields = Fields::of(&body, &known, call.reading.strict)?;
        let m2m = fields.flag("m2m").value().copied();
        let bot = fields.text("botUserId", BOT_ID_MAX).value().cloned();
        let display_name = fields.text("displayName", NAME_MAX).value().cloned();
        let redirect = fields.text("redirectUri", URL_MAX).value().cloned();
        match m2m {
            None => fields.wrong("m2m", "This is required."),
            Some(true)
                if !self
                    .bots
                    .iter()
                    .any(|known| Some(&known.id) == bot.as_ref()) =>
            {
                fields.wrong(
                    "botUserId",
                    "A client of this kind needs a bot that exists.",
                );
            }
            Some(false) if redirect.is_none() => {
                fields.wrong("redirectUri", "An interactive client needs this.");
            }
            Some(_) => {}
        }
        fields.finish()?;
        call.refuse_taken_key()?;
        let client = RegisteredClient {
            id: random_text(rng, SECRET_LENGTH / 2),
            secret: random_text(rng, SECRET_LENGTH),
            display_name,
            redirect,
            bot,
            created: call.when.at,
        };
        let mut out = String::from("{\"clientId\":");
        json::text(&mut out, &client.id);
        json::key_text(&mut out, "clientSecret", Some(&client.secret));
        out.push('}');
        self.clients.push(client);
        Ok(Reply::ok(out))
    }

    fn list_clients(&self, settings: &PropstreetSettings) -> Reply {
        let by_settings = settings.clients.iter().map(|client| RegisteredClient {
            id: client.client_id.clone(),
            secret: String::new(),
            display_name: None,
            redirect: None,
            bot: Some("bot-1".to_owned()),
            created: 0,
        });
        let all: Vec<RegisteredClient> = by_settings.chain(self.clients.iter().cloned()).collect();
        let mut out = String::new();
        json::list(&mut out, '[', &all, |out, client| {
            out.push_str("{\"clientId\":");
            json::text(out, &client.id);
            json::key_text(out, "displayName", client.display_name.as_deref());
            json::key(out, "redirectUris");
            let redirects: Vec<&String> = client.redirect.iter().collect();
            json::list(out, '[', &redirects, |out, redirect| {
                json::text(out, redirect)
            });
            json::key_time(out, "createdUtc", Some(client.created));
            json::key_text(out, "botUserId", client.bot.as_deref());
            out.push('}');
        });
        Reply::ok(out)
    }

    fn delete_clients(
        &mut self,
        settings: &mut PropstreetSettings,
        is_meant: impl Fn(&str) -> bool,
    ) -> (Reply, Vec<String>) {
        let by_settings = settings
            .clients
            .iter()
            .map(|client: &ClientCredentials| &client.client_id);
        let registered = self.clients.iter().map(|client| &client.id);
        let all = by_settings.chain(registered);
        let gone: Vec<String> = all.filter(|id| is_meant(id)).cloned().collect();
        settings
            .clients
            .retain(|client| !is_meant(&client.client_id));
        self.clients.retain(|client| !is_meant(&client.id));
        (Reply::ok(gone.len().to_string()), gone)
    }

    fn make_bot(&mut self, call: &Call<'_>) -> Result<Reply, Refused> {
        let body = call.json()?;
        let known = ["email", "firstName", "lastName"];
        let mut fields = Fields::of(&body, &known, call.reading.strict)?;
        let email = fields.shaped(
            "email",
            EMAIL_MAX,
            "This is no valid email address.",
            |text| normalise::is_email(text).then(|| text.to_owned()),
        );
        let first_name = fields.text("firstName", PERSON_NAME_MAX).value().cloned();
        let last_name = fields.text("lastName", PERSON_NAME_MAX).value().cloned();
        fields.finish()?;
        let email = email.value().cloned();
        let email = email.ok_or_else(|| invalid("email", "This is required."))?;
        call.refuse_taken_key()?;
        if self
            .bots
            .iter()
            .any(|bot| bot.email.eq_ignore_ascii_case(&email))
        {
            return Err(exists("Another bot has this email address."));
        }
        // The first one is behind the clients of the settings.
        let id = format!("bot-{}", self.bots.len() + 2);
        let bot = Bot {
            id,
            email,
            first_name,
            last_name,
        };
        let mut out = String::new();
        write_bot(&mut out, &bot);
        let place = format!("/api/v1/auth/bots/{}", bot.id);
        self.bots.push(bot);
        Ok(Reply::ok(out).made(place))
    }

    fn list_bots(&self) -> Reply {
        let mut out = String::new();
        json::list(&mut out, '[', &self.bots, write_bot);
        Reply::ok(out)
    }

    fn make_token(&mut self, call: &Call<'_>, rng: &mut ChaCha8Rng) -> Result<Reply, Refused> {
        let body = call.json()?;
        let mut fields = Fields::of(&body, &["name", "billingGroupId"], call.reading.strict)?;
        let name = fields.text("name", NAME_MAX);
        fields.finish()?;
        name.value()
            .ok_or_else(|| invalid("name", "This is required."))?;
        call.refuse_taken_key()?;
        let token = format!("pat_{}", random_text(rng, SECRET_LENGTH));
        let expires = call.when.now + TOKEN_LIFE_MILLIS;
        let mut out = String::from("{\"accessToken\":");
        json::text(&mut out, &token);
        json::key_time(
            &mut out,
            "expiresUtc",
            Some(call.when.at + TOKEN_LIFE_MILLIS),
        );
        out.push('}');
        self.tokens.push(PersonalToken { token, expires });
        Ok(Reply::ok(out))
    }
}

fn write_bot(out: &mut String, bot: &Bot) {
    out.push_str("{\"id\":");
    json::text(out, &bot.id);
    json::key_text(out, "email", Some(&bot.email));
    json::key_text(out, "firstName", bot.first_name.as_deref());
    json::key_text(out, "lastName", bot.last_name.as_deref());
    let names: Vec<&str> = [&bot.first_name, &bot.last_name]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    json::key_text(out, "fullName", Some(&names.join(" ")));
    out.push('}');
}
