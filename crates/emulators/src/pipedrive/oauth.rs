//! The authorization server's memory: the registered app, codes, and who has let it in, with the tokens that follow.
//!
//! In: consents, codes, refresh tokens, the time. Out: tokens, or the reason why there are none. It never reads a request
//! and draws no randomness; where the documentation leaves something open, [`OauthConfig`] says so.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A code can be exchanged this long.
const CODE_MILLIS: i64 = 5 * 60 * 1_000;
/// A refresh token ends so long after it was last used.
const REFRESH_TOKEN_MILLIS: i64 = 60 * 86_400_000;
/// Codes that ended are swept out when there are this many.
const CODES_MAX: usize = 1_000;

/// The app as it is registered, and what the documentation leaves open about tokens.
#[derive(Debug, Clone)]
pub struct OauthConfig {
    pub client_id: String,
    pub client_secret: String,
    /// Where codes may be sent, sign by sign.
    pub redirect_urls: Vec<String>,
    /// What the app asks for; a user accepts all of it or nothing.
    pub scopes: Vec<String>,
    pub access_token_seconds: i64,
    /// A refresh ends the access tokens given out before.
    pub refresh_ends_access_tokens: bool,
    /// A code with a challenge is given only to who knows its verifier; else challenges are ignored, as anything unknown.
    pub checks_challenges: bool,
}

impl Default for OauthConfig {
    fn default() -> Self {
        let scopes = [
            "base",
            "deals:full",
            "contacts:full",
            "activities:full",
            "leads:full",
            "products:full",
            "users:read",
            "search:read",
            "recents:read",
            "admin",
        ];
        Self {
            client_id: "4f2f0c3d9b6a1e57".to_owned(),
            client_secret: "c0a1b59e7d3f48d2a6f10b9c8e7d6a5b4c3d2e1f".to_owned(),
            redirect_urls: vec!["http://localhost:8421/oauth/callback".to_owned()],
            scopes: scopes.map(str::to_owned).to_vec(),
            access_token_seconds: 3_600,
            refresh_ends_access_tokens: true,
            checks_challenges: false,
        }
    }
}

/// A code on its way from a user's consent to the app.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Code {
    pub(super) code: String,
    pub(super) user_id: i64,
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<String>,
    expires: i64,
    is_used: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Access {
    token: String,
    expires: i64,
}

/// One user's consent, which lasts until it is taken back or nobody uses it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Installation {
    user_id: i64,
    scopes: Vec<String>,
    refresh_token: String,
    refresh_expires: i64,
    access: Vec<Access>,
}

/// Tokens as they are given out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Issued {
    pub(super) access_token: String,
    pub(super) refresh_token: String,
    pub(super) scopes: Vec<String>,
}

/// Who bears an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bearer {
    pub(super) user_id: i64,
    pub(super) scopes: Vec<String>,
}

/// Texts that nobody can guess, drawn for one answer.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) access_token: String,
    pub(super) refresh_token: String,
}

/// Why there are no tokens, in the words of the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoTokens(pub(super) &'static str);

const CODE_INVALID: NoTokens =
    NoTokens("Invalid grant: authorization code is invalid or was already used");
const CODE_EXPIRED: NoTokens = NoTokens("Invalid grant: authorization code has expired");
const REDIRECT_DIFFERS: NoTokens =
    NoTokens("Invalid grant: redirect_uri differs from the one registered");
const VERIFIER_WRONG: NoTokens = NoTokens("Invalid grant: code_verifier does not match");
const REFRESH_INVALID: NoTokens =
    NoTokens("Invalid grant: refresh token is invalid for this client or was already exchanged");

/// Codes and consents.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Oauth {
    codes: Vec<Code>,
    installations: Vec<Installation>,
}

impl Oauth {
    /// A user has let the app in: the code for it.
    pub(super) fn consent(
        &mut self,
        code: String,
        (user_id, redirect_uri): (i64, &str),
        challenge: Option<String>,
        now: i64,
    ) {
        if self.codes.len() >= CODES_MAX {
            self.codes.retain(|code| code.expires > now);
        }
        self.codes.push(Code {
            code,
            user_id,
            redirect_uri: redirect_uri.to_owned(),
            challenge,
            expires: now + CODE_MILLIS,
            is_used: false,
        });
    }

    /// Tokens for a code, once.
    pub(super) fn exchange(
        &mut self,
        (code, redirect_uri, verifier): (&str, &str, Option<&str>),
        config: &OauthConfig,
        drawn: Drawn,
        now: i64,
    ) -> Result<Issued, NoTokens> {
        let known = self.codes.iter_mut().find(|known| known.code == code);
        let known = known.filter(|code| !code.is_used).ok_or(CODE_INVALID)?;
        if known.expires <= now {
            return Err(CODE_EXPIRED);
        }
        if known.redirect_uri != redirect_uri {
            return Err(REDIRECT_DIFFERS);
        }
        if let Some(challenge) = &known.challenge
            && config.checks_challenges
            && verifier.map(challenge_of).as_ref() != Some(challenge)
        {
            return Err(VERIFIER_WRONG);
        }
        known.is_used = true;
        let user_id = known.user_id;
        // A user who lets the app in again replaces what was agreed before.
        self.installations
            .retain(|installation| installation.user_id != user_id);
        let mut scopes = config.scopes.clone();
        if !scopes.iter().any(|scope| scope == "base") {
            scopes.insert(0, "base".to_owned());
        }
        self.installations.push(Installation {
            user_id,
            scopes: scopes.clone(),
            refresh_token: drawn.refresh_token.clone(),
            refresh_expires: now + REFRESH_TOKEN_MILLIS,
            access: vec![access(&drawn.access_token, config, now)],
        });
        Ok(Issued {
            access_token: drawn.access_token,
            refresh_token: drawn.refresh_token,
            scopes,
        })
    }

    /// Tokens for a refresh token; where it rotates, the old one is refused from then on.
    pub(super) fn refresh(
        &mut self,
        (refresh_token, rotates): (&str, bool),
        config: &OauthConfig,
        drawn: Drawn,
        now: i64,
    ) -> Result<Issued, NoTokens> {
        let installation = self
            .installations
            .iter_mut()
            .find(|one| one.refresh_token == refresh_token && one.refresh_expires > now)
            .ok_or(REFRESH_INVALID)?;
        if rotates {
            installation.refresh_token = drawn.refresh_token;
        }
        installation.refresh_expires = now + REFRESH_TOKEN_MILLIS;
        if config.refresh_ends_access_tokens {
            installation.access.clear();
        }
        installation.access.retain(|access| access.expires > now);
        let new = access(&drawn.access_token, config, now);
        installation.access.push(new);
        Ok(Issued {
            access_token: drawn.access_token,
            refresh_token: installation.refresh_token.clone(),
            scopes: installation.scopes.clone(),
        })
    }

    /// Ends one access token, or with the refresh token everything the user agreed to. Whether there was such a token.
    pub(super) fn revoke(&mut self, token: &str) -> bool {
        let before = self.installations.len();
        self.installations.retain(|one| one.refresh_token != token);
        let mut found = self.installations.len() < before;
        for installation in &mut self.installations {
            let held = installation.access.len();
            installation.access.retain(|access| access.token != token);
            found |= installation.access.len() < held;
        }
        found
    }

    pub(super) fn bearer(&self, token: &str, now: i64) -> Option<Bearer> {
        let is_it = |access: &Access| access.token == token && access.expires > now;
        let installation = self
            .installations
            .iter()
            .find(|one| one.access.iter().any(is_it))?;
        Some(Bearer {
            user_id: installation.user_id,
            scopes: installation.scopes.clone(),
        })
    }

    /// Every user takes the consent back.
    pub(super) fn uninstall(&mut self) {
        self.installations.clear();
    }

    /// Every access token ends now; refresh tokens stay.
    pub(super) fn expire_access_tokens(&mut self) {
        for installation in &mut self.installations {
            installation.access.clear();
        }
    }

    /// Every refresh token ends now, as after sixty days without use; access tokens stay.
    pub(super) fn expire_refresh_tokens(&mut self) {
        for installation in &mut self.installations {
            installation.refresh_expires = i64::MIN;
        }
    }

    /// How many users have the app installed.
    pub(super) fn installations(&self) -> usize {
        self.installations.len()
    }
}

fn access(token: &str, config: &OauthConfig, now: i64) -> Access {
    Access {
        token: token.to_owned(),
        expires: now + config.access_token_seconds * 1_000,
    }
}

/// The challenge of a verifier, by the method `S256`.
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}
