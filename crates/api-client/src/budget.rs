//! The budget of one API account: what may be spent now, by whom first, and what was spent on what.
//!
//! In: the cost of a call and its context, before it is sent; what the server's answers say about its limits. Out: a
//! [`Reservation`], or the moment at which to come again. Waits for a place in the window are waited for here, on the
//! given clock, the most urgent call first; a spent day is not waited for. It never sends anything.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;

use futures_util::future::select;
use jiff::Timestamp;

use crate::clock::Clock;
use crate::error::{CallError, NotNowReason};
use crate::ledger::{Booking, Ledger, LedgerError};
use crate::rate_headers::RateHeaders;
use crate::spec::{CallContext, Cost, Counted, Priority};

mod bell;
mod day;
mod limits;
mod meter;
mod pause;
mod purposes;
mod queue;
mod refusal;
mod reservation;
mod standing;
mod window;
mod windows;

pub use day::Spending;
pub use limits::{BudgetSettings, Limits, WindowLimit};
pub use purposes::SpentOn;
pub use reservation::Reservation;
pub use standing::{Forecast, ForeignRate, Need, PutOff, Rate, Standing};

use bell::Bell;
use day::{Day, DayVerdict};
use pause::Pause;
use queue::{Place, Queue};
use windows::Windows;

/// What one account may spend, shared by everything that calls with it.
pub struct Budget {
    clock: Arc<dyn Clock>,
    ledger: Arc<dyn Ledger>,
    settings: BudgetSettings,
    state: Mutex<State>,
    /// Held while a block is taken, so that calls that wait for it do not take one each.
    refill: futures_util::lock::Mutex<Recalled>,
}

/// Whether what the ledger remembers was read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Recalled(bool);

struct State {
    /// Calls that wait for a place in the window.
    queue: Queue,
    bell: Bell,
    windows: Windows,
    day: Day,
    pause: Pause,
}

enum Step {
    Taken { at: i64 },
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
        let state = State {
            queue: Queue::default(),
            bell: Bell::default(),
            windows: Windows::new(settings.limits.as_ref()),
            day: Day::default(),
            pause: Pause::default(),
        };
        let refill = futures_util::lock::Mutex::default();
        Arc::new(Self {
            clock,
            ledger,
            settings,
            state: Mutex::new(state),
            refill,
        })
    }

    /// Says that a process died a moment ago, and nobody knows what it had sent: windows of seconds begin full.
    pub fn begin_after_a_death(&self) {
        let now = self.now();
        self.lock().windows.fill(now);
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
        let ticket = Ticket::queue(self, cost, context);
        loop {
            match self.take(&ticket, cost, context) {
                Step::Taken { at } => {
                    return Ok(Reservation::new(Arc::clone(self), cost, context, at));
                }
                Step::Wait { until } => self.wait(&ticket, until).await,
                Step::Refill { day, tokens } => self.take_block(day, tokens, cost).await?,
                Step::Refuse { retry_at, reason } => {
                    self.put_off(context, retry_at, reason).await;
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
        state.day.turn(now);
        state.day.spending(self.settings.limits.as_ref())
    }

    /// The tokens spent today, those of other programs included as far as the server tells of them.
    #[must_use]
    pub fn spent_today(&self) -> u32 {
        self.spending().tokens
    }

    /// How things stand, for a forecast.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let now = self.now();
        let mut state = self.lock();
        state.day.turn(now);
        let seems_spent = state.pause.seems_spent();
        let standing = state.day.standing(self.settings.limits.as_ref());
        Standing {
            seems_spent: standing.seems_spent || seems_spent,
            ..standing
        }
    }

    /// What the day leaves for steady work of these purposes, and for how many milliseconds it has to last; `None` where days are
    /// not limited.
    #[must_use]
    pub fn left_for(&self, priority: Priority, purposes: &[&str]) -> Option<(u64, i64)> {
        let (now, limits) = (self.now(), self.settings.limits.as_ref());
        let spent = u64::from(self.spent_today());
        let standing = self.standing();
        let left = standing.left_for((priority, purposes), spent, limits, now)?;
        Some((left, standing.ends_at.saturating_sub(now).max(0)))
    }

    /// A job says what it will still spend; nought once it is done.
    pub fn note_need(&self, job: &'static str, context: CallContext, tokens: u64) {
        self.lock().day.purposes.needs(job, context, tokens);
    }

    /// Whether a job of so many tokens fits into what this class may still spend today. One that is larger than its share of
    /// a whole day is never refused, because waiting would not help it.
    ///
    /// # Errors
    /// [`CallError::NotNow`] with the moment of the next try.
    pub fn affords(&self, tokens: u32, priority: Priority) -> Result<(), CallError> {
        let now = self.now();
        let mut state = self.lock();
        state.day.turn(now);
        let wanted = state
            .day
            .affords(tokens, priority, self.settings.limits.as_ref());
        wanted.map_err(|retry_at| CallError::NotNow {
            retry_at: moment(retry_at),
            reason: NotNowReason::DayBudget,
        })
    }

    /// Gives back what is left of the block in hand, and keeps what was spent on what; for a clean stop.
    ///
    /// # Errors
    /// When the ledger is not available.
    pub async fn close(&self) -> Result<(), LedgerError> {
        let (leftover, last, was_used) = {
            let mut state = self.lock();
            let leftover = state.day.take_leftover();
            let last = state.day.last_booking();
            let was_used = leftover.is_some() || last.is_some();
            (leftover, last, was_used)
        };
        for booking in leftover.into_iter().chain(last) {
            self.ledger.book(booking).await?;
        }
        if was_used {
            self.ledger.note(self.standing()).await?;
        }
        Ok(())
    }

    /// The server's clock minus ours, for the moment at which its day ends.
    pub(crate) fn set_offset(&self, offset_millis: i64) {
        self.lock().day.set_offset(offset_millis);
    }

    /// Learns from an answer that was not a refusal, to a call that was sent then.
    pub(crate) fn answered(
        &self,
        cost: Cost,
        headers: &RateHeaders,
        (sent_at, now): (Timestamp, Timestamp),
    ) {
        let (sent_at, now) = (sent_at.as_millisecond(), now.as_millisecond());
        let woken = {
            let mut state = self.lock();
            state.day.turn(now);
            state.day.correct(headers);
            state.pause.over();
            let is_freed = state.windows.told(cost, headers, sent_at, now);
            state.windows.recover();
            is_freed.then(|| state.bell.ring())
        };
        woken.into_iter().flatten().for_each(Waker::wake);
    }

    /// Learns from a 429 and says when to come again.
    pub(crate) fn refused(&self, cost: Cost, headers: &RateHeaders, now: Timestamp) -> CallError {
        let (retry_at, reason) = self.lock().refused(cost, headers, now.as_millisecond());
        CallError::NotNow {
            retry_at: moment(retry_at),
            reason,
        }
    }

    /// Waits until then, or until the bell rings.
    async fn wait(&self, ticket: &Ticket, until: i64) {
        let rung = poll_fn(|context| self.lock().bell.poll(ticket.number(), context.waker()));
        select(self.clock.sleep_until(moment(until)), pin!(rung)).await;
    }

    fn take(&self, ticket: &Ticket, cost: Cost, context: CallContext) -> Step {
        let now = self.now();
        let mut state = self.lock();
        let step = self.step(&mut state, ticket, (cost, context), now);
        if matches!(step, Step::Wait { .. }) {
            state.bell.listen(ticket.number());
        }
        step
    }

    fn step(
        &self,
        state: &mut State,
        ticket: &Ticket,
        (cost, context): (Cost, CallContext),
        now: i64,
    ) -> Step {
        state.day.turn(now);
        if cost.counted != Counted::Nothing {
            if let Some(step) = state.pause.step(now) {
                return step;
            }
            let ahead = state.queue.ahead(&ticket.place);
            let until = state.windows.wait_until(cost, ahead, context.priority, now);
            if let Some(until) = until {
                return Step::Wait { until };
            }
        }
        match state.day.take(
            cost,
            context,
            self.settings.limits.as_ref(),
            self.settings.tokens_per_block,
        ) {
            DayVerdict::Taken => {}
            DayVerdict::Spent { retry_at } => {
                return Step::Refuse {
                    retry_at,
                    reason: NotNowReason::DayBudget,
                };
            }
            DayVerdict::NeedsBlock { day, tokens } => return Step::Refill { day, tokens },
        }
        if cost.counted != Counted::Nothing {
            state.pause.goes(now);
        }
        state.windows.start(cost, now);
        state.queue.goes(&ticket.place);
        Step::Taken { at: now }
    }

    async fn take_block(&self, day: i64, tokens: u32, cost: Cost) -> Result<(), CallError> {
        let mut recalled = self.refill.lock().await;
        if self.lock().day.has_block_for(day, cost.tokens) {
            return Ok(());
        }
        let booked = self.book_block(&mut recalled, day, tokens).await;
        booked.map_err(|_| CallError::NotNow {
            retry_at: moment(self.now() + LEDGER_RETRY_MILLIS),
            reason: NotNowReason::LedgerUnavailable,
        })
    }

    async fn book_block(
        &self,
        recalled: &mut Recalled,
        day: i64,
        tokens: u32,
    ) -> Result<(), LedgerError> {
        if !recalled.0 {
            if let Some(standing) = self.ledger.recall().await? {
                self.lock().day.recall(standing);
            }
            recalled.0 = true;
        }
        let leftover = self.lock().day.take_leftover();
        if let Some(leftover) = leftover {
            self.book(leftover).await?;
        }
        let booking = self.lock().day.booking(i64::from(tokens));
        if booking.day != day {
            self.lock().day.not_booked(Booking {
                block: 0,
                ..booking
            });
            return Ok(());
        }
        let taken_today = self.book(booking).await?;
        self.lock().day.add_block(day, tokens, taken_today);
        self.ledger.note(self.standing()).await
    }

    async fn book(&self, booking: Booking) -> Result<u32, LedgerError> {
        let booked = self.ledger.book(booking.clone()).await;
        if booked.is_err() {
            self.lock().day.not_booked(booking);
        }
        booked
    }

    /// Remembers what had to wait for another day. That it could not be noted changes nothing for the call.
    async fn put_off(&self, context: CallContext, retry_at: i64, reason: NotNowReason) {
        let is_news = self.lock().day.purposes.put_off(context, retry_at, reason);
        if is_news && reason == NotNowReason::DayBudget {
            drop(self.ledger.note(self.standing()).await);
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

/// A place in the queue, left when dropped.
struct Ticket {
    budget: Arc<Budget>,
    place: Place,
}

impl Ticket {
    fn queue(budget: &Arc<Budget>, cost: Cost, context: CallContext) -> Self {
        let place = budget.lock().queue.join(context, cost.tokens);
        Self {
            budget: Arc::clone(budget),
            place,
        }
    }

    const fn number(&self) -> u64 {
        self.place.2
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let woken = {
            let mut state = self.budget.lock();
            state.bell.leave(self.number());
            let was_given_up = state.queue.leave(&self.place);
            was_given_up.then(|| state.bell.ring())
        };
        woken.into_iter().flatten().for_each(Waker::wake);
    }
}

fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}
