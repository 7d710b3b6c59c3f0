//! Staying logged in through OAuth: the header of each call, and its renewal before it ends.
//!
//! In: the kept login, the clock, and what the server thinks of the header. Out: a header; or the error that a person has to
//! log in again. New tokens are kept before they are used. A renewal is announced before it is made, so that of many
//! tasks and processes one makes it. Its answer may get lost: then the old refresh token is tried again, because Pipedrive
//! hands the same one back; where it was used up, Pipedrive says so, and that is final. Nothing is asked for in a circle.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use api_client::{
    BoxFuture, CALL_TIMEOUT, CallError, Credentials, NotNowReason, Refusal, Rejected,
};
use futures_util::lock::MutexGuard as RenewalGuard;
use http::{HeaderName, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;

use crate::oauth::AuthorizationServer;
use crate::oauth_tokens::{KeptLogin, KeptVersion, LoginKeeper, Tokens};

/// A token is renewed so long before it ends, or after half its life when it is short.
const RENEWED_BEFORE_END_SECONDS: i64 = 300;
/// A token that could not be renewed is used up to so long before its end.
const UNUSED_AT_END_SECONDS: i64 = 10;
/// How long another process is given to make the renewal it announced.
const ANNOUNCED_SECONDS: i64 = CALL_TIMEOUT.as_secs() + 5;
/// How often one looks whether another process has renewed.
const LOOK_AGAIN_SECONDS: i64 = 1;
const RETRY_FIRST_SECONDS: i64 = 5;
const RETRY_DOUBLINGS_MAX: u32 = 6;
/// A new token that the server does not take is replaced no sooner: rights may have been given back meanwhile.
const UNWANTED_SECONDS: i64 = 3_600;

/// The login of this process to Pipedrive, as kept in a place that others share.
pub struct OauthLogin {
    server: AuthorizationServer,
    keeper: Arc<dyn LoginKeeper>,
    /// What a person does to log in again.
    advice: &'static str,
    standing: Mutex<Standing>,
    /// Held while the login is looked up and renewed.
    renewal: futures_util::lock::Mutex<Renewal>,
}

impl fmt::Debug for OauthLogin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OauthLogin")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// What this process knows of the login.
enum Standing {
    Unread,
    Held(Held),
    /// The server does not take this header any more.
    Rejected(HeaderValue),
    /// The login with this header has ended; asked again at that time, if ever, unless another is kept.
    Ended {
        header: HeaderValue,
        again_at: Option<Timestamp>,
        refusal: Box<Refusal>,
    },
}

struct Held {
    header: HeaderValue,
    renew_at: Timestamp,
    proof: Proof,
}

/// Whether the server has been seen to take an access token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// It was kept before; nothing is known of it.
    Kept,
    /// It was renewed by us a moment ago.
    New,
    Accepted,
}

#[derive(Default)]
struct Renewal {
    /// Our own announcement: nobody else has to be waited for.
    announced: Option<KeptVersion>,
    /// New tokens that could not be kept yet, and in whose place.
    unkept: Option<(KeptVersion, Tokens)>,
    failures: u32,
}

impl OauthLogin {
    /// A login that is kept by `keeper`. `advice` is what a person does to log in again.
    #[must_use]
    pub fn new(
        server: AuthorizationServer,
        keeper: Arc<dyn LoginKeeper>,
        advice: &'static str,
    ) -> Self {
        Self {
            server,
            keeper,
            advice,
            standing: Mutex::new(Standing::Unread),
            renewal: futures_util::lock::Mutex::default(),
        }
    }

    fn now(&self) -> Timestamp {
        self.server.caller().clock().now()
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing
            .lock()
            .expect("nothing panics while it holds the login")
    }

    /// The tokens as they are kept, good or not.
    ///
    /// # Errors
    /// When there are none, or the keeper does not answer.
    pub async fn kept(&self) -> Result<Tokens, CallError> {
        let kept = self.load().await?;
        kept.map(|(login, _)| login.tokens)
            .ok_or_else(|| self.not_logged_in())
    }

    /// Renews the login before it has to be, and answers what is kept then.
    ///
    /// # Errors
    /// When it cannot be renewed, or somebody else does at this moment.
    pub async fn renew_now(&self) -> Result<Tokens, CallError> {
        let mut renewal = self.renewal.lock().await;
        if let Some((seen, tokens)) = renewal.unkept.take() {
            self.keep_new(&mut renewal, seen, tokens).await?;
        }
        let Some((login, version)) = self.load().await? else {
            return Err(self.not_logged_in());
        };
        self.renew_kept(&mut renewal, login, version).await?;
        drop(renewal);
        self.kept().await
    }

    /// Finds a header that is good, with at most one renewal.
    async fn look_up(&self) -> Result<(), CallError> {
        let mut renewal = self.renewal.lock().await;
        if self.header(self.now()).is_some() {
            // Somebody else's look ended while we waited for ours.
            return Ok(());
        }
        if let Some((seen, tokens)) = renewal.unkept.take() {
            return self.keep_new(&mut renewal, seen, tokens).await;
        }
        let Some((login, version)) = self.load().await? else {
            return Err(self.not_logged_in());
        };
        let header = self.header_of(&login.tokens)?;
        if let Some(refusal) = self.ended(&header) {
            return Err(CallError::NotAllowed(refusal));
        }
        let is_rejected = self.is_rejected(&header);
        let now = self.now();
        if !is_rejected && now < renew_at(&login.tokens) {
            return self.hold(&login.tokens, Proof::Kept);
        }
        let tokens = login.tokens.clone();
        let Err(failed) = self.renew_kept(&mut renewal, login, version).await else {
            return Ok(());
        };
        let Some(retry_at) = passes_by(&failed, self.now()).filter(|_| !is_rejected) else {
            return Err(failed);
        };
        let lasts_until = plus_seconds(tokens.expires_at, -UNUSED_AT_END_SECONDS);
        if self.now() >= lasts_until {
            return Err(failed);
        }
        // What is held is still good for a while.
        self.hold(&tokens, Proof::Kept)?;
        if let Standing::Held(held) = &mut *self.standing() {
            held.renew_at = retry_at.min(lasts_until);
        }
        Ok(())
    }

    /// Announces the renewal, makes it, and keeps what it gives.
    async fn renew_kept(
        &self,
        renewal: &mut RenewalGuard<'_, Renewal>,
        login: KeptLogin,
        version: KeptVersion,
    ) -> Result<(), CallError> {
        let now = self.now();
        let is_ours = renewal.announced.as_ref() == Some(&version);
        if let Some(until) = login
            .renewing_until
            .filter(|until| *until > now && !is_ours)
        {
            return Err(self.others_renew(until));
        }
        let answer_was_lost = login.renewing_until.is_some();
        let announcement = KeptLogin {
            tokens: login.tokens.clone(),
            renewing_until: Some(plus_seconds(now, ANNOUNCED_SECONDS)),
        };
        let Some(announced) = self.replace(version, announcement).await? else {
            return Err(self.others_renew(Timestamp::MAX));
        };
        renewal.announced = Some(announced.clone());
        match self.server.refresh(&login.tokens.refresh_token).await {
            Ok(tokens) => {
                renewal.failures = 0;
                self.keep_new(renewal, announced, tokens).await
            }
            Err(CallError::OutcomeUnknown { .. }) => {
                // The announcement stays: who comes next, here or elsewhere, knows that an answer was lost.
                let retry_at = self.retry_at(renewal);
                Err(not_now(retry_at, NotNowReason::LoginRenewing))
            }
            Err(CallError::Refused(refusal) | CallError::NotAllowed(refusal)) => {
                let tokens = login.tokens.clone();
                self.take_back(renewal, login, announced).await;
                self.refused(refusal, answer_was_lost, &tokens).await
            }
            Err(error) => {
                let retry_at = self.retry_at(renewal);
                // An answer that was lost before is still lost.
                if !answer_was_lost {
                    self.take_back(renewal, login, announced).await;
                }
                if let CallError::NotNow {
                    retry_at: told,
                    reason,
                } = error
                {
                    return Err(not_now(told.max(retry_at), reason));
                }
                Err(error)
            }
        }
    }

    /// The announced renewal did not happen. Where this cannot be kept, others wait a little longer than they had to.
    async fn take_back(
        &self,
        renewal: &mut RenewalGuard<'_, Renewal>,
        login: KeptLogin,
        announced: KeptVersion,
    ) {
        let without = KeptLogin {
            renewing_until: None,
            ..login
        };
        if let Ok(Some(_)) = self.replace(announced, without).await {
            renewal.announced = None;
        }
    }

    /// Keeps new tokens, and only then uses them.
    async fn keep_new(
        &self,
        renewal: &mut RenewalGuard<'_, Renewal>,
        seen: KeptVersion,
        tokens: Tokens,
    ) -> Result<(), CallError> {
        let login = KeptLogin {
            tokens: tokens.clone(),
            renewing_until: None,
        };
        match self.replace(seen.clone(), login).await {
            Ok(Some(_)) => {
                renewal.announced = None;
                self.hold(&tokens, Proof::New)
            }
            // Somebody has logged in anew meanwhile, which is worth more.
            Ok(None) => Err(self.others_renew(Timestamp::MAX)),
            Err(error) => {
                renewal.unkept = Some((seen, tokens));
                Err(error)
            }
        }
    }

    /// The refresh token is not taken. Final, unless another login is kept by now.
    async fn refused(
        &self,
        mut refusal: Box<Refusal>,
        answer_was_lost: bool,
        refused: &Tokens,
    ) -> Result<(), CallError> {
        let header = self.header_of(refused)?;
        if let Some((login, _)) = self.load().await?
            && self.header_of(&login.tokens)? != header
        {
            return self.hold(&login.tokens, Proof::Kept);
        }
        refusal.advice = Some(self.advice);
        refusal.code = Some(
            if answer_was_lost {
                "login_lost"
            } else {
                "login_ended"
            }
            .to_owned(),
        );
        *self.standing() = Standing::Ended {
            header,
            again_at: None,
            refusal: refusal.clone(),
        };
        Err(CallError::NotAllowed(refusal))
    }

    fn hold(&self, tokens: &Tokens, proof: Proof) -> Result<(), CallError> {
        let header = self.header_of(tokens)?;
        *self.standing() = Standing::Held(Held {
            header,
            renew_at: renew_at(tokens),
            proof,
        });
        Ok(())
    }

    fn header_of(&self, tokens: &Tokens) -> Result<HeaderValue, CallError> {
        let bearer = format!("Bearer {}", tokens.access_token.expose_secret());
        let mut header = HeaderValue::try_from(bearer).map_err(|_| self.not_logged_in())?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// Why this login is not tried again.
    fn ended(&self, header: &HeaderValue) -> Option<Box<Refusal>> {
        let standing = self.standing();
        let Standing::Ended {
            header: known,
            again_at,
            refusal,
        } = &*standing
        else {
            return None;
        };
        let stays_so = again_at.is_none_or(|again_at| self.now() < again_at);
        (known == header && stays_so).then(|| refusal.clone())
    }

    /// Whether the server is known not to take this header.
    fn is_rejected(&self, header: &HeaderValue) -> bool {
        match &*self.standing() {
            Standing::Rejected(known) | Standing::Ended { header: known, .. } => known == header,
            Standing::Unread | Standing::Held(_) => false,
        }
    }

    /// Another process renews; it is looked again soon, and not after `until`.
    fn others_renew(&self, until: Timestamp) -> CallError {
        let look_at = plus_seconds(self.now(), LOOK_AGAIN_SECONDS);
        not_now(look_at.min(until), NotNowReason::LoginRenewing)
    }

    fn not_logged_in(&self) -> CallError {
        CallError::NotAllowed(Box::new(Refusal {
            status: 401,
            code: Some("not_logged_in".to_owned()),
            advice: Some(self.advice),
            ..Refusal::default()
        }))
    }

    fn retry_at(&self, renewal: &mut RenewalGuard<'_, Renewal>) -> Timestamp {
        let doublings = renewal.failures.min(RETRY_DOUBLINGS_MAX);
        renewal.failures += 1;
        plus_seconds(self.now(), RETRY_FIRST_SECONDS << doublings)
    }

    async fn load(&self) -> Result<Option<(KeptLogin, KeptVersion)>, CallError> {
        self.keeper.load().await.map_err(|_| self.unavailable())
    }

    async fn replace(
        &self,
        seen: KeptVersion,
        login: KeptLogin,
    ) -> Result<Option<KeptVersion>, CallError> {
        let replaced = self.keeper.replace(seen, login).await;
        replaced.map_err(|_| self.unavailable())
    }

    fn unavailable(&self) -> CallError {
        let retry_at = plus_seconds(self.now(), RETRY_FIRST_SECONDS);
        not_now(retry_at, NotNowReason::LoginUnavailable)
    }
}

impl Credentials for OauthLogin {
    fn header(&self, now: Timestamp) -> Option<(HeaderName, HeaderValue)> {
        match &*self.standing() {
            Standing::Held(held) if now < held.renew_at => {
                Some((header::AUTHORIZATION, held.header.clone()))
            }
            Standing::Held(_)
            | Standing::Unread
            | Standing::Rejected(_)
            | Standing::Ended { .. } => None,
        }
    }

    fn renew(&self) -> BoxFuture<'_, Result<(), CallError>> {
        Box::pin(self.look_up())
    }

    fn accepted(&self) {
        if let Standing::Held(held) = &mut *self.standing() {
            held.proof = Proof::Accepted;
        }
    }

    fn rejected(&self, header: &HeaderValue) -> Rejected {
        let now = self.now();
        let mut standing = self.standing();
        let Standing::Held(held) = &*standing else {
            return match &*standing {
                Standing::Ended { .. } => Rejected::ForGood,
                Standing::Held(_) | Standing::Unread | Standing::Rejected(_) => {
                    Rejected::WorthRenewing
                }
            };
        };
        if held.header != *header {
            // An older token than the one we have now.
            return Rejected::WorthRenewing;
        }
        if held.proof != Proof::New {
            *standing = Standing::Rejected(header.clone());
            return Rejected::WorthRenewing;
        }
        // Refused the first time it was used: another one would fare no better.
        let refusal = Refusal {
            status: 401,
            code: Some("login_unwanted".to_owned()),
            advice: Some(self.advice),
            ..Refusal::default()
        };
        *standing = Standing::Ended {
            header: header.clone(),
            again_at: Some(plus_seconds(now, UNWANTED_SECONDS)),
            refusal: Box::new(refusal),
        };
        Rejected::ForGood
    }

    fn advice(&self) -> Option<&'static str> {
        Some(self.advice)
    }
}

/// Counted from when the token was got, so that one of a short life is used for half of it.
fn renew_at(tokens: &Tokens) -> Timestamp {
    let lifetime = tokens
        .expires_at
        .duration_since(tokens.obtained_at)
        .as_secs();
    let margin = RENEWED_BEFORE_END_SECONDS.min(lifetime / 2);
    plus_seconds(tokens.expires_at, -margin)
}

/// When a failure that passes by itself may be over.
fn passes_by(failed: &CallError, now: Timestamp) -> Option<Timestamp> {
    match failed {
        CallError::NotNow { retry_at, .. } => Some(*retry_at),
        CallError::Unreachable { .. } | CallError::Unreadable { .. } => {
            Some(plus_seconds(now, RETRY_FIRST_SECONDS))
        }
        CallError::OutcomeUnknown { .. }
        | CallError::Stale
        | CallError::AlreadyExists(_)
        | CallError::NotFound
        | CallError::Gone
        | CallError::Refused(_)
        | CallError::NotAllowed(_) => None,
    }
}

fn plus_seconds(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(if seconds < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
}

const fn not_now(retry_at: Timestamp, reason: NotNowReason) -> CallError {
    CallError::NotNow { retry_at, reason }
}
