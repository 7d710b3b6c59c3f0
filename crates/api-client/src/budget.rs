//! The budget of one API account: what may be spent now, by whom first, and what was spent on what.
//!
//! In: the cost of a call and its context, before it is sent; what the server's answers say about its limits. Out: a
//! [`Reservation`], or the moment at which to come again. Waits for a place in the window are waited for here, on the
//! given clock, the most urgent call first; a spent day is not waited for. It never sends anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;

use crate::clock::Clock;
use crate::error::{CallError, NotNowReason};
use crate::ledger::{Ledger, LedgerError};
use crate::rate_headers::RateHeaders;
use crate::spec::{CallContext, Cost, Counted, Priority};
use crate::window::Window;

mod day;
mod pause;
mod reservation;

pub use day::{Spending, SpentOn};
pub use reservation::Reservation;

use day::{Day, DayVerdict};
use pause::Pause;

/// At most so many requests in so many milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowLimit {
    pub requests: u32,
    pub millis: i64,
}

/// What the account allows. What is not limited is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub tokens_per_day: Option<u32>,
    /// The part of the day that only interactive calls and changes may use.
    pub reserved_percent: u32,
    pub requests: Option<WindowLimit>,
    pub searches: Option<WindowLimit>,
}

impl Limits {
    /// The part of the day that is kept for interactive calls and changes unless the operator says otherwise.
    pub const RESERVED_PERCENT: u32 = 20;
}

/// How a budget is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetSettings {
    /// Nothing: everything is counted and nothing is held back.
    pub limits: Option<Limits>,
    /// How many tokens are taken from the ledger at a time.
    pub tokens_per_block: u32,
}

impl BudgetSettings {
    /// How many tokens are taken from the ledger at a time unless the operator says otherwise.
    pub const TOKENS_PER_BLOCK: u32 = 200;

    /// Counts, and holds nothing back.
    #[must_use]
    pub const fn counting() -> Self {
        Self {
            limits: None,
            tokens_per_block: Self::TOKENS_PER_BLOCK,
        }
    }

    /// Keeps within limits.
    #[must_use]
    pub const fn within(limits: Limits) -> Self {
        Self {
            limits: Some(limits),
            tokens_per_block: Self::TOKENS_PER_BLOCK,
        }
    }
}

/// What one account may spend, shared by everything that calls with it.
pub struct Budget {
    clock: Arc<dyn Clock>,
    ledger: Arc<dyn Ledger>,
    settings: BudgetSettings,
    state: Mutex<State>,
    /// Held while a block is taken, so that calls that wait for it do not take one each.
    refill: futures_util::lock::Mutex<()>,
}

struct State {
    /// Calls that wait for a place in the window, the most urgent first.
    waiting: BTreeSet<(Priority, u64)>,
    next_ticket: u64,
    requests: Option<Window>,
    searches: Option<Window>,
    day: Day,
    pause: Pause,
    /// The server's clock minus ours, at the least.
    offset_millis: i64,
}

enum Step {
    Taken,
    Wait { until: i64 },
    Refill { day: i64, tokens: u32 },
    Refuse { retry_at: i64, reason: NotNowReason },
}

impl std::fmt::Debug for Budget {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Budget")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Budget {
    /// A budget with nothing spent by this process yet.
    #[must_use]
    pub fn new(
        clock: Arc<dyn Clock>,
        ledger: Arc<dyn Ledger>,
        settings: BudgetSettings,
    ) -> Arc<Self> {
        let window = |limit: WindowLimit| Window::new(limit.requests, limit.millis);
        let state = State {
            waiting: BTreeSet::new(),
            next_ticket: 0,
            requests: settings
                .limits
                .and_then(|limits| limits.requests)
                .map(window),
            searches: settings
                .limits
                .and_then(|limits| limits.searches)
                .map(window),
            day: Day::default(),
            pause: Pause::default(),
            offset_millis: 0,
        };
        let refill = futures_util::lock::Mutex::new(());
        Arc::new(Self {
            clock,
            ledger,
            settings,
            state: Mutex::new(state),
            refill,
        })
    }

    /// Takes what a call costs, waiting for a place in the window where it must.
    ///
    /// # Errors
    /// [`CallError::NotNow`] when the day is spent for this priority, or the server asked to stay away for long.
    pub async fn reserve(
        self: &Arc<Self>,
        cost: Cost,
        context: CallContext,
    ) -> Result<Reservation, CallError> {
        let ticket = Ticket::queue(self, context.priority);
        loop {
            match self.take(&ticket, cost, context) {
                Step::Taken => return Ok(Reservation::new(Arc::clone(self), cost, context)),
                Step::Wait { until } => self.clock.sleep_until(moment(until)).await,
                Step::Refill { day, tokens } => self.take_block(day, tokens, cost).await?,
                Step::Refuse { retry_at, reason } => {
                    return Err(CallError::NotNow {
                        retry_at: moment(retry_at),
                        reason,
                    });
                }
            }
        }
    }

    /// What was spent today, and on what.
    #[must_use]
    pub fn spending(&self) -> Spending {
        let now = self.now();
        let mut state = self.lock();
        state.turn_day(now);
        let limit = state.day.limit(self.settings.limits.as_ref());
        state.day.spending(limit)
    }

    /// The tokens spent today, those of other programs included as far as the server tells of them.
    #[must_use]
    pub fn spent_today(&self) -> u32 {
        self.spending().tokens
    }

    /// Gives back what is left of the block in hand; for a clean stop.
    ///
    /// # Errors
    /// When the ledger is not available.
    pub async fn close(&self) -> Result<(), LedgerError> {
        let (day, left) = self.lock().day.empty_block();
        if left == 0 {
            return Ok(());
        }
        self.ledger.give_back(day, left).await
    }

    /// The server's clock minus ours, for the moment at which its day ends.
    pub(crate) fn set_offset(&self, offset_millis: i64) {
        self.lock().offset_millis = offset_millis;
    }

    /// Learns from an answer that was not a refusal.
    pub(crate) fn answered(&self, headers: &RateHeaders, now: Timestamp) {
        let now = now.as_millisecond();
        let mut state = self.lock();
        state.turn_day(now);
        state.day.correct(headers);
        state.pause.over();
        // Places that we did not take were taken by another program with the same credentials.
        let has_room = state
            .requests
            .as_mut()
            .is_some_and(|window| window.wait_until(0, now).is_none());
        if let (Some(0), Some(seconds), true) = (
            headers.window_remaining,
            headers.window_reset_seconds,
            has_room,
        ) {
            state.pause.hold_until(now + i64::from(seconds) * 1_000);
        }
        let State {
            requests, searches, ..
        } = &mut *state;
        requests
            .iter_mut()
            .chain(searches.iter_mut())
            .for_each(Window::recover);
    }

    /// Learns from a 429 and says when to come again.
    pub(crate) fn refused(&self, headers: &RateHeaders, now: Timestamp) -> CallError {
        let now = now.as_millisecond();
        let mut state = self.lock();
        state.turn_day(now);
        state.day.correct(headers);
        let offset = state.offset_millis;
        if headers.day_remaining == Some(0) && state.day.may_be_spent() {
            state.day.mark_spent();
            let retry_at = moment(state.day.ends_at() - offset);
            return CallError::NotNow {
                retry_at,
                reason: NotNowReason::DayBudget,
            };
        }
        let length = state.requests.as_ref().map_or(0, Window::length_millis);
        if state
            .pause
            .refused(headers.retry_after_seconds, now, length)
        {
            let State {
                requests, searches, ..
            } = &mut *state;
            requests
                .iter_mut()
                .chain(searches.iter_mut())
                .for_each(Window::halve);
        }
        CallError::NotNow {
            retry_at: moment(state.pause.until()),
            reason: NotNowReason::BurstLimit,
        }
    }

    fn take(&self, ticket: &Ticket, cost: Cost, context: CallContext) -> Step {
        let now = self.now();
        let mut state = self.lock();
        state.turn_day(now);
        if cost.counted != Counted::Nothing {
            if let Some(step) = state.pause.step(now) {
                return step;
            }
            if let Some(step) = state.wait_for_window(ticket, cost, now) {
                return step;
            }
        }
        let ends_at = state.day.ends_at() - state.offset_millis;
        match state.day.take(
            cost,
            context,
            self.settings.limits.as_ref(),
            self.settings.tokens_per_block,
        ) {
            DayVerdict::Taken => {}
            DayVerdict::Spent => {
                return Step::Refuse {
                    retry_at: ends_at,
                    reason: NotNowReason::DayBudget,
                };
            }
            DayVerdict::NeedsBlock { day, tokens } => return Step::Refill { day, tokens },
        }
        state.start(cost);
        Step::Taken
    }

    async fn take_block(&self, day: i64, tokens: u32, cost: Cost) -> Result<(), CallError> {
        let _held = self.refill.lock().await;
        if self.lock().day.has_block_for(day, cost.tokens) {
            return Ok(());
        }
        match self.ledger.reserve_block(day, tokens).await {
            Ok(taken_today) => {
                self.lock().day.add_block(day, tokens, taken_today);
                Ok(())
            }
            Err(_) => Err(CallError::NotNow {
                retry_at: moment(self.now() + LEDGER_RETRY_MILLIS),
                reason: NotNowReason::LedgerUnavailable,
            }),
        }
    }

    fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("nothing panics while it holds the budget")
    }
}

const LEDGER_RETRY_MILLIS: i64 = 1_000;

impl State {
    fn turn_day(&mut self, now: i64) {
        self.day.turn(now + self.offset_millis);
    }

    fn wait_for_window(&mut self, ticket: &Ticket, cost: Cost, now: i64) -> Option<Step> {
        let ahead = self.waiting.range(..ticket.key).count();
        let mut until = self
            .requests
            .as_mut()
            .and_then(|window| window.wait_until(ahead, now));
        if cost.counted == Counted::Search {
            until = until.max(
                self.searches
                    .as_mut()
                    .and_then(|window| window.wait_until(ahead, now)),
            );
        }
        until.map(|until| Step::Wait { until })
    }

    fn start(&mut self, cost: Cost) {
        self.windows_of(cost).for_each(Window::start);
    }

    fn windows_of(&mut self, cost: Cost) -> impl Iterator<Item = &mut Window> {
        let (requests, searches) = match cost.counted {
            Counted::Request => (self.requests.as_mut(), None),
            Counted::Search => (self.requests.as_mut(), self.searches.as_mut()),
            Counted::Nothing => (None, None),
        };
        requests.into_iter().chain(searches)
    }
}

/// A place in the queue, left when dropped.
struct Ticket {
    budget: Arc<Budget>,
    key: (Priority, u64),
}

impl Ticket {
    fn queue(budget: &Arc<Budget>, priority: Priority) -> Self {
        let mut state = budget.lock();
        let key = (priority, state.next_ticket);
        state.next_ticket += 1;
        state.waiting.insert(key);
        drop(state);
        Self {
            budget: Arc::clone(budget),
            key,
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.budget.lock().waiting.remove(&self.key);
    }
}

fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// What this process spent today, by purpose.
type ByPurpose = BTreeMap<&'static str, SpentOn>;
