//! One call, from its specification to its answer.
//!
//! In: a [`CallSpec`]. Out: the answer's status, headers and body, or the error that names the next step. On the way it
//! asks the circuit, the budget and the credentials, keeps the time-out on the given clock, and learns from the
//! answer's headers. It calls once and never again by itself.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use jiff::{SignedDuration, Timestamp};

use crate::base_url::BaseUrl;
use crate::budget::{Budget, Reservation};
use crate::circuit::Circuit;
use crate::classify::{Verdict, classify};
use crate::clock::Clock;
use crate::credentials::{Credentials, Rejected};
use crate::error::{CallError, NotNowReason, UnknownBecause};
use crate::offset::{ClockOffset, OffsetMeter};
use crate::rate_headers::RateHeaders;
use crate::refusal::Refusal;
use crate::spec::{CallSpec, Cost, Effect};
use crate::transport::{Transport, TransportError};

/// Longer than the servers themselves take for anything.
pub const CALL_TIMEOUT: SignedDuration = SignedDuration::from_secs(30);

/// When a busy server is asked again, unless it says so itself.
const BUSY_RETRY: SignedDuration = SignedDuration::from_secs(5);

/// A 2xx answer.
#[derive(Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    what: &'static str,
    effect: Effect,
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// Reads the body. A write whose answer makes no sense may still have been carried out.
    ///
    /// # Errors
    /// [`CallError::Unreadable`] for a read, [`CallError::OutcomeUnknown`] for a write.
    pub fn read<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, CallError> {
        serde_json::from_slice(&self.body).map_err(|error| self.unreadable(&error))
    }

    /// The body as text.
    ///
    /// # Errors
    /// As [`Answer::read`].
    pub fn text(&self) -> Result<&str, CallError> {
        let text = std::str::from_utf8(&self.body);
        text.map(str::trim)
            .map_err(|_| self.unreadable(&serde::de::Error::custom("the body is no text")))
    }

    /// The error for an answer that is JSON and yet no answer.
    #[must_use]
    pub fn unreadable(&self, error: &serde_json::Error) -> CallError {
        match self.effect {
            Effect::Read => CallError::Unreadable {
                what: self.what,
                line: error.line(),
                column: error.column(),
            },
            Effect::Write => CallError::OutcomeUnknown {
                what: self.what,
                because: UnknownBecause::Unreadable,
            },
        }
    }

    /// The error for an answer whose status says yes and whose body says no.
    #[must_use]
    pub fn refused_by_body(&self) -> CallError {
        CallError::Refused(Box::new(Refusal::read(self.status.as_u16(), &self.body)))
    }
}

/// Makes the calls of one account.
#[derive(Clone)]
pub struct Caller {
    shared: Arc<Shared>,
    credentials: Option<Arc<dyn Credentials>>,
}

struct Shared {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    budget: Arc<Budget>,
    base: BaseUrl,
    offset: Mutex<OffsetMeter>,
    circuit: Mutex<Circuit>,
}

impl fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Caller")
            .field("base", &self.shared.base)
            .finish_non_exhaustive()
    }
}

impl Caller {
    /// A caller without credentials.
    #[must_use]
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        budget: Arc<Budget>,
        base: BaseUrl,
    ) -> Self {
        let shared = Shared {
            transport,
            clock,
            budget,
            base,
            offset: Mutex::default(),
            circuit: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
            credentials: None,
        }
    }

    /// The same account, called with credentials.
    #[must_use]
    pub fn with_credentials(&self, credentials: Arc<dyn Credentials>) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            credentials: Some(credentials),
        }
    }

    /// The clock all calls go by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// The budget all calls are paid from.
    #[must_use]
    pub fn budget(&self) -> &Arc<Budget> {
        &self.shared.budget
    }

    /// Where the API lives.
    #[must_use]
    pub fn base(&self) -> &BaseUrl {
        &self.shared.base
    }

    /// The server's clock minus ours, once an answer told.
    #[must_use]
    pub fn clock_offset(&self) -> Option<ClockOffset> {
        lock(&self.shared.offset).current()
    }

    /// Makes the call.
    ///
    /// # Errors
    /// Everything but a 2xx answer, as what to do next.
    pub async fn call(&self, spec: CallSpec) -> Result<Answer, CallError> {
        self.check_circuit()?;
        let asked = Asked {
            what: spec.what,
            effect: spec.effect,
            cost: spec.cost,
        };
        let mut reservation = self.shared.budget.reserve(spec.cost, spec.context).await?;
        let login = self.login().await?;
        let sent_at = self.shared.clock.now();
        let request = self.request(spec, login.as_ref())?;
        // While this call waited for its turn another one may have been turned away.
        self.pass_circuit()?;
        reservation.sent();
        let response = match self.exchange(request, sent_at).await {
            Ok(response) => response,
            Err(failure) => return Err(failure.into_error(asked, &mut reservation)),
        };
        // While it still holds its place, so that the server's count is held against all it may have counted.
        let judged = self.judge(asked, login.map(|(_, value)| value), (sent_at, response));
        drop(reservation);
        judged
    }

    fn check_circuit(&self) -> Result<(), CallError> {
        let now = self.shared.clock.now().as_millisecond();
        let closed_until = lock(&self.shared.circuit).closed_until(now);
        closed_until.map_or(Ok(()), |until| {
            Err(not_now(until, NotNowReason::CircuitOpen))
        })
    }

    fn pass_circuit(&self) -> Result<(), CallError> {
        let now = self.shared.clock.now().as_millisecond();
        let passed = lock(&self.shared.circuit).pass(now);
        passed.map_err(|until| not_now(until, NotNowReason::CircuitOpen))
    }

    async fn login(&self) -> Result<Option<(HeaderName, HeaderValue)>, CallError> {
        let Some(credentials) = &self.credentials else {
            return Ok(None);
        };
        if let Some(header) = credentials.header(self.shared.clock.now()) {
            return Ok(Some(header));
        }
        credentials.renew().await?;
        let now = self.shared.clock.now();
        credentials.header(now).map(Some).ok_or_else(|| {
            // A login that ends as soon as it begins.
            not_now(
                now.as_millisecond() + BUSY_RETRY.as_secs() * 1_000,
                NotNowReason::LoginExpired,
            )
        })
    }

    fn request(
        &self,
        spec: CallSpec,
        login: Option<&(HeaderName, HeaderValue)>,
    ) -> Result<Request<Bytes>, CallError> {
        let Some(address) = self.shared.base.join(spec.path) else {
            let cause = TransportError::NotSent("the path is not valid in an address".to_owned());
            return Err(CallError::Unreachable {
                what: spec.what,
                cause,
            });
        };
        let mut request = Request::new(spec.body);
        *request.method_mut() = spec.method;
        *request.uri_mut() = address;
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(content_type) = spec.content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        if let Some((name, value)) = login {
            headers.insert(name.clone(), value.clone());
        }
        for (name, value) in spec.headers {
            headers.append(name, value);
        }
        Ok(request)
    }

    async fn exchange(
        &self,
        request: Request<Bytes>,
        sent_at: Timestamp,
    ) -> Result<Response<Bytes>, Failure> {
        let deadline = sent_at.checked_add(CALL_TIMEOUT).unwrap_or(Timestamp::MAX);
        let timeout = self.shared.clock.sleep_until(deadline);
        match select(self.shared.transport.send(request), timeout).await {
            Either::Left((answer, _)) => answer.map_err(Failure::Transport),
            Either::Right(((), _)) => Err(Failure::TimedOut),
        }
    }

    fn judge(
        &self,
        Asked { what, effect, cost }: Asked,
        login: Option<HeaderValue>,
        (sent_at, response): (Timestamp, Response<Bytes>),
    ) -> Result<Answer, CallError> {
        let now = self.shared.clock.now();
        if let Some(offset) = lock(&self.shared.offset).measure(response.headers(), sent_at, now) {
            // A call on the first moment of a day that has not begun there would be one too many for the day before.
            let at_the_least = offset.offset_millis - offset.uncertainty_millis;
            self.shared.budget.set_offset(at_the_least);
        }
        let limits = RateHeaders::read(response.headers());
        let verdict = classify(what, effect, &response);
        if !matches!(verdict, Verdict::TooMany | Verdict::TurnedAway) {
            self.shared.budget.answered(cost, &limits, (sent_at, now));
            lock(&self.shared.circuit).answered();
        }
        if !matches!(
            verdict,
            Verdict::TooMany | Verdict::TurnedAway | Verdict::LoginRefused(_) | Verdict::Busy
        ) {
            self.credentials
                .iter()
                .for_each(|credentials| credentials.accepted());
        }
        match verdict {
            Verdict::Answered => {
                let (parts, body) = response.into_parts();
                Ok(Answer {
                    status: parts.status,
                    headers: parts.headers,
                    body,
                    what,
                    effect,
                })
            }
            Verdict::TooMany => Err(self.shared.budget.refused(cost, &limits, now)),
            Verdict::Busy => {
                let wait = limits
                    .retry_after_seconds
                    .map_or(BUSY_RETRY.as_secs(), i64::from);
                Err(not_now(
                    now.as_millisecond() + wait * 1_000,
                    NotNowReason::ServerBusy,
                ))
            }
            Verdict::TurnedAway => {
                let until = lock(&self.shared.circuit).trip(now.as_millisecond());
                Err(not_now(until, NotNowReason::CircuitOpen))
            }
            Verdict::LoginRefused(refusal) => Err(self.login_refused(refusal, login.as_ref(), now)),
            Verdict::Failed(error) => Err(error),
        }
    }

    fn login_refused(
        &self,
        mut refusal: Box<Refusal>,
        login: Option<&HeaderValue>,
        now: Timestamp,
    ) -> CallError {
        let rejected = match (&self.credentials, login) {
            (Some(credentials), Some(header)) => credentials.rejected(header),
            (Some(_) | None, None) | (None, Some(_)) => Rejected::ForGood,
        };
        match rejected {
            Rejected::WorthRenewing => not_now(now.as_millisecond(), NotNowReason::LoginExpired),
            Rejected::ForGood => {
                let advice = self.credentials.as_ref();
                refusal.advice = advice.and_then(|credentials| credentials.advice());
                CallError::NotAllowed(refusal)
            }
        }
    }
}

/// What a call was about, once it is on its way.
#[derive(Debug, Clone, Copy)]
struct Asked {
    what: &'static str,
    effect: Effect,
    cost: Cost,
}

enum Failure {
    TimedOut,
    Transport(TransportError),
}

impl Failure {
    fn into_error(
        self,
        Asked { what, effect, .. }: Asked,
        reservation: &mut Reservation,
    ) -> CallError {
        let cause = match self {
            Self::Transport(cause) => cause,
            Self::TimedOut if effect == Effect::Write => {
                return CallError::OutcomeUnknown {
                    what,
                    because: UnknownBecause::TimedOut,
                };
            }
            Self::TimedOut => TransportError::NoAnswer("it took too long".to_owned()),
        };
        if matches!(cause, TransportError::NotSent(_)) {
            reservation.never_sent();
            return CallError::Unreachable { what, cause };
        }
        match effect {
            Effect::Read => CallError::Unreachable { what, cause },
            Effect::Write => CallError::OutcomeUnknown {
                what,
                because: UnknownBecause::ConnectionLost,
            },
        }
    }
}

fn not_now(retry_at_millis: i64, reason: NotNowReason) -> CallError {
    let retry_at = Timestamp::from_millisecond(retry_at_millis).unwrap_or(Timestamp::MAX);
    CallError::NotNow { retry_at, reason }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds this")
}
