//! Faults: what can go wrong on request, for both emulators.
//!
//! In: what shall go wrong, on which calls and how often, or a table of chances drawn from the seed. Out: for each call
//! and each webhook at most one fault, and a count of those that were given out. It changes nothing by itself: each
//! emulator carries its faults out, and no fault is ever made up outside the table and the queue.

use std::collections::BTreeMap;

use http::Method;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

pub(crate) mod lists;
#[cfg(test)]
mod tests;

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// Refused with this status; nothing is written.
    Reject { status: u16 },
    /// 500, and nothing was written.
    FailBeforeWriting,
    /// 500, although everything was written.
    FailAfterWriting,
    /// Carried out, then the connection is reset.
    LoseAnswer,
    /// Nothing ever comes back.
    Hold { written: bool },
    /// Nothing ever comes back, and the call is carried out that much later.
    CommitLate { after_millis: i64 },
    /// Carried out, and answered that much later.
    Slow { millis: i64 },
    /// Carried out; half of the answer arrives.
    Truncate,
    /// 429 although the limits are kept, with or without a hint when to come back.
    TooManyRequests { retry_after: Option<i64> },
    /// The HTML page of the firewall before the API.
    ForbiddenPage,
    /// 503 before anything else.
    ServerError,
    /// A read shows the record as it was before its last change; a write meets a newer version.
    StaleVersion,
    /// A list shows its first row with a field twice, which makes no sense.
    GarbleRow,
    /// A list ends in the middle of this page, as if nothing followed.
    EndList,
    /// A list shows no row of this page, and goes on behind it.
    LosePage,
    /// The webhook is sent twice.
    WebhookDuplicate,
    /// The webhook is never sent.
    WebhookDrop,
    /// The webhook is sent that much later.
    WebhookDelay { millis: i64 },
    /// The webhook overtakes those already waiting.
    WebhookReorder,
    /// A stranger's webhook with a false content goes out beside the real one.
    WebhookForge,
}

impl Fault {
    /// The name under which the fault is counted.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reject { .. } => "reject",
            Self::FailBeforeWriting => "fail_before_writing",
            Self::FailAfterWriting => "fail_after_writing",
            Self::LoseAnswer => "lose_answer",
            Self::Hold { written: true } => "hold_written",
            Self::Hold { written: false } => "hold_unwritten",
            Self::CommitLate { .. } => "commit_late",
            Self::Slow { .. } => "slow",
            Self::Truncate => "truncate",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::ForbiddenPage => "forbidden_page",
            Self::ServerError => "server_error",
            Self::StaleVersion => "stale_version",
            Self::GarbleRow => "garble_row",
            Self::EndList => "end_list",
            Self::LosePage => "lose_page",
            Self::WebhookDuplicate => "webhook_duplicate",
            Self::WebhookDrop => "webhook_drop",
            Self::WebhookDelay { .. } => "webhook_delay",
            Self::WebhookReorder => "webhook_reorder",
            Self::WebhookForge => "webhook_forge",
        }
    }

    /// Whether it befalls a webhook rather than a call.
    #[must_use]
    pub const fn is_of_webhooks(self) -> bool {
        match self {
            Self::WebhookDuplicate
            | Self::WebhookDrop
            | Self::WebhookDelay { .. }
            | Self::WebhookReorder
            | Self::WebhookForge => true,
            Self::Reject { .. }
            | Self::FailBeforeWriting
            | Self::FailAfterWriting
            | Self::LoseAnswer
            | Self::Hold { .. }
            | Self::CommitLate { .. }
            | Self::Slow { .. }
            | Self::Truncate
            | Self::TooManyRequests { .. }
            | Self::ForbiddenPage
            | Self::ServerError
            | Self::StaleVersion
            | Self::GarbleRow
            | Self::EndList
            | Self::LosePage => false,
        }
    }
}

/// Which calls a fault is meant for. What is left out matches everything. For webhook faults `path_*` are held
/// against the event's name, such as `person.change` or `contact.updated`, and `method` is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallMatch {
    pub method: Option<String>,
    pub path_prefix: Option<String>,
    pub path_contains: Option<String>,
    pub path_ends: Option<String>,
}

impl CallMatch {
    /// Every call.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Calls of one method whose path begins so.
    #[must_use]
    pub fn call(method: &Method, path_prefix: &str) -> Self {
        Self {
            method: Some(method.as_str().to_owned()),
            path_prefix: Some(path_prefix.to_owned()),
            ..Self::default()
        }
    }

    /// Calls of any method whose path begins so, or webhooks whose event name begins so.
    #[must_use]
    pub fn prefix(path_prefix: &str) -> Self {
        Self {
            path_prefix: Some(path_prefix.to_owned()),
            ..Self::default()
        }
    }

    /// The same, narrowed to paths that end so.
    #[must_use]
    pub fn ending(self, path_ends: &str) -> Self {
        Self {
            path_ends: Some(path_ends.to_owned()),
            ..self
        }
    }

    fn matches(&self, method: Option<&Method>, path: &str) -> bool {
        self.matches_method(method)
            && self
                .path_prefix
                .as_deref()
                .is_none_or(|prefix| path.starts_with(prefix))
            && self
                .path_contains
                .as_deref()
                .is_none_or(|part| path.contains(part))
            && self
                .path_ends
                .as_deref()
                .is_none_or(|end| path.ends_with(end))
    }

    fn matches_method(&self, method: Option<&Method>) -> bool {
        match (&self.method, method) {
            (Some(wanted), Some(method)) => wanted.eq_ignore_ascii_case(method.as_str()),
            (Some(_) | None, None) | (None, Some(_)) => true,
        }
    }
}

/// Chances, each per call or per webhook, that something goes wrong. All zero by default. One number is drawn per call,
/// so the chances of one kind of thing may sum up to 1 at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultRates {
    pub fail_before_writing: f64,
    pub fail_after_writing: f64,
    pub lose_answer: f64,
    pub hold_written: f64,
    pub hold_unwritten: f64,
    /// Writes only.
    pub commit_late: f64,
    pub slow: f64,
    pub truncate: f64,
    pub too_many_requests: f64,
    pub forbidden_page: f64,
    pub server_error: f64,
    pub stale_version: f64,
    pub webhook_duplicate: f64,
    pub webhook_drop: f64,
    pub webhook_delay: f64,
    pub webhook_reorder: f64,
    pub webhook_forge: f64,
    /// How late a late write, a slow answer and a delayed webhook may be. Drawn evenly from 1 to here.
    pub commit_late_millis_max: i64,
    pub slow_millis_max: i64,
    pub webhook_delay_millis_max: i64,
}

impl FaultRates {
    fn of_calls(&self, is_write: bool) -> [(f64, Fault); 12] {
        [
            (self.fail_before_writing, Fault::FailBeforeWriting),
            (self.fail_after_writing, Fault::FailAfterWriting),
            (self.lose_answer, Fault::LoseAnswer),
            (self.hold_written, Fault::Hold { written: true }),
            (self.hold_unwritten, Fault::Hold { written: false }),
            (
                if is_write { self.commit_late } else { 0.0 },
                Fault::CommitLate { after_millis: 0 },
            ),
            (self.slow, Fault::Slow { millis: 0 }),
            (self.truncate, Fault::Truncate),
            (
                self.too_many_requests,
                Fault::TooManyRequests { retry_after: None },
            ),
            (self.forbidden_page, Fault::ForbiddenPage),
            (self.server_error, Fault::ServerError),
            (self.stale_version, Fault::StaleVersion),
        ]
    }

    fn of_webhooks(&self) -> [(f64, Fault); 5] {
        [
            (self.webhook_duplicate, Fault::WebhookDuplicate),
            (self.webhook_drop, Fault::WebhookDrop),
            (self.webhook_delay, Fault::WebhookDelay { millis: 0 }),
            (self.webhook_reorder, Fault::WebhookReorder),
            (self.webhook_forge, Fault::WebhookForge),
        ]
    }
}

#[derive(Debug)]
struct Waiting {
    fault: Fault,
    on: CallMatch,
    /// `None` is for ever.
    times_left: Option<u32>,
}

/// What is to go wrong, and what did.
#[derive(Debug)]
pub struct FaultQueue {
    waiting: Vec<Waiting>,
    rates: Option<FaultRates>,
    random: ChaCha8Rng,
    fired: BTreeMap<&'static str, u64>,
}

impl FaultQueue {
    /// No faults; chances, once set, are drawn from the seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            waiting: Vec::new(),
            rates: None,
            random: ChaCha8Rng::seed_from_u64(seed),
            fired: BTreeMap::new(),
        }
    }

    /// The next call that matches goes wrong.
    pub fn next(&mut self, fault: Fault, on: CallMatch) {
        self.next_times(1, fault, on);
    }

    /// The next so many calls that match go wrong.
    pub fn next_times(&mut self, times: u32, fault: Fault, on: CallMatch) {
        self.waiting.push(Waiting {
            fault,
            on,
            times_left: Some(times),
        });
    }

    /// Every call that matches goes wrong, until cleared.
    pub fn always(&mut self, fault: Fault, on: CallMatch) {
        self.waiting.push(Waiting {
            fault,
            on,
            times_left: None,
        });
    }

    /// From now on faults are drawn with these chances, where none is queued.
    pub fn set_rates(&mut self, rates: FaultRates) {
        self.rates = Some(rates);
    }

    /// Nothing goes wrong any more. What was counted stays.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.rates = None;
    }

    /// What goes wrong with this call.
    pub fn draw_call(&mut self, method: &Method, path: &str) -> Option<Fault> {
        let fault = match self.take_waiting(Some(method), path) {
            Some(fault) => fault,
            None => {
                let rates = self.rates?;
                let is_write = method != Method::GET;
                let drawn = self.draw(&rates.of_calls(is_write))?;
                self.with_size(drawn, &rates)
            }
        };
        self.count(fault);
        Some(fault)
    }

    /// What goes wrong with a webhook of this event.
    pub fn draw_webhook(&mut self, event: &str) -> Option<Fault> {
        let fault = match self.take_waiting(None, event) {
            Some(fault) => fault,
            None => {
                let rates = self.rates?;
                let drawn = self.draw(&rates.of_webhooks())?;
                self.with_size(drawn, &rates)
            }
        };
        self.count(fault);
        Some(fault)
    }

    /// How often each kind of fault was given out.
    #[must_use]
    pub fn fired(&self) -> &BTreeMap<&'static str, u64> {
        &self.fired
    }

    /// Sets the counts back to nothing.
    pub fn reset_fired(&mut self) {
        self.fired.clear();
    }

    /// Does what the body of `POST /_emulator/faults` asks for.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the body.
    pub fn control(&mut self, body: &[u8]) -> Result<(), String> {
        let request: FaultRequest =
            serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if request.clear {
            self.clear();
        }
        if let Some(rates) = request.rates {
            self.set_rates(rates);
        }
        match (request.fault, request.always) {
            (Some(fault), true) => self.always(fault, request.on),
            (Some(fault), false) => self.next_times(request.times.unwrap_or(1), fault, request.on),
            (None, _) => {}
        }
        Ok(())
    }

    fn count(&mut self, fault: Fault) {
        *self.fired.entry(fault.name()).or_default() += 1;
    }

    fn take_waiting(&mut self, method: Option<&Method>, path: &str) -> Option<Fault> {
        let of_webhooks = method.is_none();
        let index = self.waiting.iter().position(|waiting| {
            waiting.fault.is_of_webhooks() == of_webhooks && waiting.on.matches(method, path)
        })?;
        let waiting = &mut self.waiting[index];
        let fault = waiting.fault;
        if let Some(left) = &mut waiting.times_left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.waiting.remove(index);
            }
        }
        Some(fault)
    }

    fn draw(&mut self, chances: &[(f64, Fault)]) -> Option<Fault> {
        let mut drawn: f64 = self.random.random();
        for (chance, fault) in chances {
            if drawn < *chance {
                return Some(*fault);
            }
            drawn -= chance;
        }
        None
    }

    fn with_size(&mut self, fault: Fault, rates: &FaultRates) -> Fault {
        if matches!(fault, Fault::CommitLate { .. }) {
            Fault::CommitLate {
                after_millis: self.up_to(rates.commit_late_millis_max),
            }
        } else if matches!(fault, Fault::Slow { .. }) {
            Fault::Slow {
                millis: self.up_to(rates.slow_millis_max),
            }
        } else if matches!(fault, Fault::WebhookDelay { .. }) {
            Fault::WebhookDelay {
                millis: self.up_to(rates.webhook_delay_millis_max),
            }
        } else if matches!(fault, Fault::TooManyRequests { .. }) {
            let hint = self.random.random::<bool>().then_some(1);
            Fault::TooManyRequests { retry_after: hint }
        } else {
            fault
        }
    }

    fn up_to(&mut self, millis_max: i64) -> i64 {
        self.random.random_range(1..=millis_max.max(1))
    }
}

/// The body of `POST /_emulator/faults`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultRequest {
    #[serde(default)]
    clear: bool,
    rates: Option<FaultRates>,
    fault: Option<Fault>,
    #[serde(default)]
    on: CallMatch,
    times: Option<u32>,
    #[serde(default)]
    always: bool,
}
