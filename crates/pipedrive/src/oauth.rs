//! The authorization server: where a person lets the app in, and the calls that give, renew and take back tokens.
//!
//! In: the registered app, codes, refresh tokens. Out: the address of the consent, tokens. It keeps nothing and repeats
//! nothing: what a lost answer means is for [`crate::OauthLogin`]. Two forms to one address are not worth a library that
//! brings its own randomness and reads only answers of its own shape: scopes come with commas, errors in no published shape.

use std::fmt;

use api_client::{
    BaseUrl, CallContext, CallError, CallSpec, Caller, Cost, Priority, UnknownBecause, encode_into,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::oauth_tokens::{TokenAnswer, Tokens};

/// Where Pipedrive's authorization server is.
pub const OAUTH_ADDRESS: &str = "https://oauth.pipedrive.com";
/// Every company is below this, and everybody's first question may go to `api` there.
const COMPANIES: &str = ".pipedrive.com";

const LOGIN: CallContext = CallContext::new(Priority::Interactive, "login");

/// The app as it is registered with Pipedrive.
#[derive(Clone)]
pub struct App {
    pub client_id: String,
    pub client_secret: SecretString,
}

impl fmt::Debug for App {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "App({}, [secret])", self.client_id)
    }
}

/// What ties an answer to the request for consent that it answers. Made anew for each.
pub struct ConsentRequest<'a> {
    /// Where the browser is sent afterwards, sign by sign as it is registered.
    pub redirect: &'a str,
    /// Comes back with the code.
    pub state: &'a str,
    /// Told only when the code is exchanged; its hash goes ahead.
    pub verifier: &'a SecretString,
}

impl fmt::Debug for ConsentRequest<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ConsentRequest({})", self.redirect)
    }
}

/// Pipedrive's authorization server, called as one app.
#[derive(Debug, Clone)]
pub struct AuthorizationServer {
    caller: Caller,
    app: App,
}

impl AuthorizationServer {
    /// The server that the caller calls. Its calls cost nothing and count in no window.
    #[must_use]
    pub const fn new(caller: Caller, app: App) -> Self {
        Self { caller, app }
    }

    pub(crate) const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Where a person lets the app in. The challenge is undocumented; a server that does not know it leaves it alone.
    #[must_use]
    pub fn consent_address(&self, request: &ConsentRequest<'_>) -> String {
        let mut address = format!("{}/oauth/authorize?response_type=code", self.caller.base());
        let challenge = challenge_of(request.verifier);
        for (name, value) in [
            ("client_id", self.app.client_id.as_str()),
            ("redirect_uri", request.redirect),
            ("state", request.state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ] {
            address.push('&');
            address.push_str(name);
            address.push('=');
            encode_into(&mut address, value);
        }
        address
    }

    /// The tokens for a code, which can be exchanged once.
    ///
    /// # Errors
    /// [`CallError::Refused`] when the code, the app or the redirect is not right; else as [`CallError`] says.
    pub async fn exchange(
        &self,
        code: &SecretString,
        request: &ConsentRequest<'_>,
    ) -> Result<Tokens, CallError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.expose_secret()),
            ("redirect_uri", request.redirect),
            ("code_verifier", request.verifier.expose_secret()),
        ];
        self.tokens("log in to Pipedrive", &form, None).await
    }

    /// New tokens for a refresh token.
    ///
    /// # Errors
    /// [`CallError::OutcomeUnknown`] when the old refresh token may have been used up; [`CallError::Refused`] when it is taken no
    /// more; else as [`CallError`] says.
    pub(crate) async fn refresh(&self, refresh_token: &SecretString) -> Result<Tokens, CallError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose_secret()),
        ];
        let what = "renew the login to Pipedrive";
        self.tokens(what, &form, Some(refresh_token)).await
    }

    /// Takes back all that the tokens allow.
    ///
    /// # Errors
    /// As [`CallError`] says; doing it twice is no error.
    pub async fn revoke(&self, tokens: &Tokens) -> Result<(), CallError> {
        let form = [
            ("token", tokens.refresh_token.expose_secret()),
            ("token_type_hint", "refresh_token"),
        ];
        let what = "take back the login to Pipedrive";
        self.caller
            .call(self.spec(what, "/oauth/revoke", &form))
            .await?;
        Ok(())
    }

    async fn tokens(
        &self,
        what: &'static str,
        form: &[(&str, &str)],
        refresh_token_before: Option<&SecretString>,
    ) -> Result<Tokens, CallError> {
        let asked_at = self.caller.clock().now();
        let answer = self
            .caller
            .call(self.spec(what, "/oauth/token", form))
            .await?;
        let told: TokenAnswer = answer.read()?;
        let tokens = told.into_tokens(asked_at, refresh_token_before);
        tokens.ok_or(CallError::OutcomeUnknown {
            what,
            because: UnknownBecause::Unreadable,
        })
    }

    fn spec(&self, what: &'static str, path: &str, form: &[(&str, &str)]) -> CallSpec {
        CallSpec::write(what, Method::POST, path, Cost::FREE, LOGIN)
            .form(form)
            .header(header::AUTHORIZATION, self.basic())
    }

    fn basic(&self) -> HeaderValue {
        let pair = format!(
            "{}:{}",
            self.app.client_id,
            self.app.client_secret.expose_secret()
        );
        let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
            .expect("base64 is made of signs that a header may hold");
        value.set_sensitive(true);
        value
    }
}

/// The company's address as the token answer tells it, if it is one that may be called: below Pipedrive's own name, or on
/// this machine when the authorization server is here, too.
#[must_use]
pub fn company_address(api_domain: &str, server: &BaseUrl) -> Option<BaseUrl> {
    let address = BaseUrl::parse(api_domain).ok()?;
    let allowed = if address.is_loopback() {
        server.is_loopback()
    } else {
        address.host().to_ascii_lowercase().ends_with(COMPANIES)
    };
    allowed.then_some(address)
}

/// The address of a company by its name, such as `nordhamn` of nordhamn.pipedrive.com.
#[must_use]
pub fn address_of_company(name: &str) -> Option<BaseUrl> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if name.is_empty() || !name.bytes().all(is_plain) {
        return None;
    }
    BaseUrl::parse(&format!("https://{}{COMPANIES}", name.to_lowercase())).ok()
}

fn challenge_of(verifier: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret().as_bytes()))
}
