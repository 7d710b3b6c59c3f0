//! The authorization server on the wire: the page on which a user consents, the token call, the revocation, and who a caller
//! of the API is.
//!
//! In: requests under `/oauth/`, and the credentials of all others. Out: pages, redirects, tokens, refusals. These calls
//! cost nothing and are outside of the limits. The shape of the errors is not published: callers must go by the status.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, LOCATION};
use http::{Method, Request, Response};
use rand::RngExt;
use serde_json::json;

use super::PipedriveEmulator;
use super::gateway::{Credential, CredentialKind};
use super::oauth::{Drawn, Issued, NoTokens};
use super::oauth_scopes::needed;
use super::query::Query;
use super::reply::Reply;
use super::state::API_USER;
use crate::answer::Moment;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const CODE_LENGTH: usize = 40;
const TOKEN_LENGTH: usize = 64;

/// An answer that may lead elsewhere.
struct Page {
    reply: Reply,
    location: Option<String>,
}

impl From<Reply> for Page {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            location: None,
        }
    }
}

impl PipedriveEmulator {
    pub(super) fn serve_oauth(
        &mut self,
        request: &Request<Bytes>,
        what: &str,
        now: Moment,
    ) -> Response<Bytes> {
        let (name, page) = match (request.method(), what) {
            (&Method::GET, "authorize") => ("GET /oauth/authorize", self.ask_user(request)),
            // The published files name the refresh with a slash at the end.
            (&Method::POST, "token" | "token/") => {
                ("POST /oauth/token", self.token_call(request, now).into())
            }
            (&Method::POST, "revoke") => ("POST /oauth/revoke", self.revoke_call(request).into()),
            _ => (
                "unknown",
                page(404, "There is nothing at this address").into(),
            ),
        };
        *self.counters.requests.entry(name).or_default() += 1;
        self.lead(page, now)
    }

    /// What the user chose on the page, which the vendor's own server takes and nobody else calls.
    pub(super) fn serve_decision(
        &mut self,
        request: &Request<Bytes>,
        now: Moment,
    ) -> Response<Bytes> {
        let page = self.user_decides(request, now);
        self.lead(page, now)
    }

    fn lead(&mut self, page: Page, now: Moment) -> Response<Bytes> {
        let mut response = self.respond(page.reply, now);
        if let Some(location) = page.location
            && let Ok(location) = HeaderValue::from_str(&location)
        {
            response.headers_mut().insert(LOCATION, location);
        }
        response
    }

    /// Who calls the API, and whether they may make this call; an API token comes before a bearer.
    pub(super) fn identify(
        &mut self,
        request: &Request<Bytes>,
        now: Moment,
    ) -> Result<Credential, Reply> {
        if let Some(credential) = self.holder(request) {
            return Ok(credential);
        }
        let authorization = request.headers().get(AUTHORIZATION);
        let authorization =
            authorization.filter(|_| !request.headers().contains_key("x-api-token"));
        let Some(authorization) = authorization else {
            return Err(Reply::gateway(401, "unauthorized access"));
        };
        let bearer = authorization
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty());
        let Some((_, token)) = bearer else {
            return Err(Reply::gateway(400, "Malformed Authorization header"));
        };
        let Some(bearer) = self.oauth.bearer(token, now.0) else {
            return Err(Reply::gateway(
                401,
                "Invalid token: access token is invalid",
            ));
        };
        let needed = needed(request.method(), request.uri().path());
        let covers = |scope: &String| needed.contains(&scope.as_str());
        if !bearer.scopes.iter().any(covers) {
            self.counters.oauth.beyond_scope += 1;
            return Err(Reply::gateway(403, "Scope and URL mismatch"));
        }
        let (user_id, kind) = (bearer.user_id, CredentialKind::OAuth);
        let number = self.gateway.add_credential(token, user_id, kind);
        Ok(Credential {
            user_id,
            kind,
            number,
        })
    }

    /// The page on which a user lets the app in or not. Whatever is wrong is said here and never sent to the callback.
    fn ask_user(&self, request: &Request<Bytes>) -> Page {
        let query = Query::parse(request.uri().query().unwrap_or(""));
        if let Err(reply) = self.app_asked_for(&query) {
            return reply.into();
        }
        let kept = ["client_id", "redirect_uri", "state", "code_challenge"];
        let hidden: String = kept
            .iter()
            .filter_map(|name| Some((name, query.get(name)?)))
            .map(|(name, value)| {
                format!(
                    "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
                    escaped(value)
                )
            })
            .collect();
        let users: String = self
            .state
            .users
            .iter()
            .map(|user| format!("<option value=\"{}\">{}</option>", user.id, user.name))
            .collect();
        let scopes: String = self
            .config
            .oauth
            .scopes
            .iter()
            .map(|scope| format!("<li>{}</li>", escaped(scope)))
            .collect();
        let text = format!(
            "<h1>Install the app?</h1><p>It will be allowed to use:</p><ul>{scopes}</ul>\
             <form method=\"post\" action=\"/_emulator/consent\">{hidden}\
             <label>as <select name=\"user_id\">{users}</select></label> \
             <button name=\"decision\" value=\"allow\">Allow and install</button> \
             <button name=\"decision\" value=\"deny\">Cancel</button></form>"
        );
        html(200, &text).into()
    }

    fn user_decides(&mut self, request: &Request<Bytes>, now: Moment) -> Page {
        let form = form(request);
        let redirect_uri = match self.app_asked_for(&form) {
            Ok(redirect_uri) => redirect_uri,
            Err(reply) => return reply.into(),
        };
        let state = form
            .get("state")
            .map(|state| format!("&state={}", encoded(state)))
            .unwrap_or_default();
        let result = if form.get("decision") == Some("allow") {
            let user_id = form.get("user_id").and_then(|id| id.parse().ok());
            let user_id = user_id.unwrap_or(API_USER);
            if self.state.user(user_id).is_none() {
                return page(400, "There is no such user").into();
            }
            let code = self.drawn_text(CODE_LENGTH);
            let challenge = form.get("code_challenge").map(str::to_owned);
            self.oauth
                .consent(code.clone(), (user_id, &redirect_uri), challenge, now.0);
            self.counters.oauth.consents += 1;
            format!("code={code}")
        } else {
            self.counters.oauth.denials += 1;
            "error=user_denied".to_owned()
        };
        let joint = if redirect_uri.contains('?') { '&' } else { '?' };
        Page {
            reply: html(302, ""),
            location: Some(format!("{redirect_uri}{joint}{result}{state}")),
        }
    }

    /// The callback, when app and callback are those registered.
    fn app_asked_for(&self, query: &Query) -> Result<String, Reply> {
        let config = &self.config.oauth;
        if query.get("client_id") != Some(config.client_id.as_str()) {
            return Err(page(400, "There is no app with this client_id"));
        }
        let redirect_uri = query.get("redirect_uri").unwrap_or_default();
        if config
            .redirect_urls
            .iter()
            .any(|known| known == redirect_uri)
        {
            return Ok(redirect_uri.to_owned());
        }
        Err(page(
            400,
            "The redirect_uri differs from the one registered",
        ))
    }

    fn token_call(&mut self, request: &Request<Bytes>, now: Moment) -> Reply {
        let issued = match self.tokens_for(request, now) {
            Ok(issued) => issued,
            Err(NoTokens(why)) => {
                self.counters.oauth.refused += 1;
                return oauth_error(why);
            }
        };
        let body = json!({
            "access_token": issued.access_token,
            "token_type": "Bearer",
            "refresh_token": issued.refresh_token,
            "scope": issued.scopes.join(","),
            "expires_in": self.config.oauth.access_token_seconds,
            "api_domain": self.api_domain(request),
        });
        Reply::of(200, &body)
    }

    fn tokens_for(&mut self, request: &Request<Bytes>, now: Moment) -> Result<Issued, NoTokens> {
        let form = self.client_form(request)?;
        let drawn = Drawn {
            access_token: format!("v1u:{}", self.drawn_text(TOKEN_LENGTH)),
            refresh_token: format!("900:{}", self.drawn_text(TOKEN_LENGTH)),
        };
        let config = &self.config.oauth;
        match form.get("grant_type") {
            Some("authorization_code") => {
                let code = form.get("code");
                let code = code.ok_or(NoTokens("Missing parameter: code"))?;
                let redirect_uri = form.get("redirect_uri");
                let redirect_uri =
                    redirect_uri.ok_or(NoTokens("Missing parameter: redirect_uri"))?;
                let asked = (code, redirect_uri, form.get("code_verifier"));
                let issued = self.oauth.exchange(asked, config, drawn, now.0)?;
                self.counters.oauth.exchanges += 1;
                Ok(issued)
            }
            Some("refresh_token") => {
                let token = form.get("refresh_token");
                let token = token.ok_or(NoTokens("Missing parameter: refresh_token"))?;
                let rotates = self.config.switches.refresh_tokens_rotate;
                let issued = self.oauth.refresh((token, rotates), config, drawn, now.0)?;
                self.counters.oauth.refreshes += 1;
                Ok(issued)
            }
            Some(_) => Err(NoTokens("Unsupported grant type: grant_type is invalid")),
            None => Err(NoTokens("Missing parameter: grant_type")),
        }
    }

    fn revoke_call(&mut self, request: &Request<Bytes>) -> Reply {
        let form = match self.client_form(request) {
            Ok(form) => form,
            Err(NoTokens(why)) => return oauth_error(why),
        };
        let Some(token) = form.get("token") else {
            return oauth_error("Missing parameter: token");
        };
        // The vendor's own client sends an access token encoded once more than its form is. Whoever revokes twice has what
        // he wants.
        let inner = Query::parse(&format!("token={token}"));
        let inner = inner.get("token").unwrap_or_default();
        if self.oauth.revoke(token) || self.oauth.revoke(inner) {
            self.counters.oauth.revocations += 1;
        }
        Reply::of(200, &json!({"success": true}))
    }

    /// The form of an app that proves itself.
    fn client_form(&self, request: &Request<Bytes>) -> Result<Query, NoTokens> {
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(NoTokens(
                "Invalid request: content must be application/x-www-form-urlencoded",
            ));
        }
        let form = form(request);
        let basic = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.strip_prefix("Basic "))
            .and_then(|text| STANDARD.decode(text).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let client = match basic.as_deref().and_then(|text| text.split_once(':')) {
            Some((id, secret)) => Some((id.to_owned(), secret.to_owned())),
            None => form
                .get("client_id")
                .zip(form.get("client_secret"))
                .map(|(id, secret)| (id.to_owned(), secret.to_owned())),
        };
        let Some((id, secret)) = client else {
            return Err(NoTokens(
                "Invalid client: cannot retrieve client credentials",
            ));
        };
        let config = &self.config.oauth;
        if id != config.client_id || secret != config.client_secret {
            return Err(NoTokens("Invalid client: client is invalid"));
        }
        Ok(form)
    }

    /// Where the company's API is: here, when this is a server on this machine.
    fn api_domain(&self, request: &Request<Bytes>) -> String {
        let of_header = || request.headers().get(HOST)?.to_str().ok();
        let host = request.uri().authority().map(http::uri::Authority::as_str);
        match host.or_else(of_header) {
            Some(host) if is_loopback(host) => format!("http://{host}"),
            Some(_) | None => format!("https://{}", self.config.host()),
        }
    }

    fn drawn_text(&mut self, length: usize) -> String {
        (0..length)
            .map(|_| char::from(LETTERS[self.random.random_range(0..LETTERS.len())]))
            .collect()
    }

    /// Every user takes the consent back, in Pipedrive.
    pub fn uninstall_app(&mut self) {
        self.oauth.uninstall();
    }

    /// Every access token ends now; refresh tokens stay.
    pub fn expire_access_tokens(&mut self) {
        self.oauth.expire_access_tokens();
    }

    /// Every refresh token ends now, as after sixty days without use; access tokens stay.
    pub fn expire_refresh_tokens(&mut self) {
        self.oauth.expire_refresh_tokens();
    }

    /// How many users have let the app in.
    #[must_use]
    pub fn installations(&self) -> usize {
        self.oauth.installations()
    }
}

fn form(request: &Request<Bytes>) -> Query {
    Query::parse(&String::from_utf8_lossy(request.body()))
}

fn oauth_error(why: &str) -> Reply {
    Reply::of(400, &json!({"success": false, "error": why}))
}

fn page(status: u16, text: &str) -> Reply {
    html(status, &format!("<p>{}</p>", escaped(text)))
}

fn html(status: u16, text: &str) -> Reply {
    Reply {
        status,
        content_type: "text/html; charset=UTF-8",
        body: format!("<!DOCTYPE html>\n<html><body>{text}</body></html>").into_bytes(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}
