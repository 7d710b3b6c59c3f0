//! What an API has cost, remembered in the store, so that a restart does not forget it.
//!
//! In: blocks of tokens taken by the budget, and what they were spent on. Out: the day's total, and for people what it was
//! spent on and how the budget stood. Tokens are booked before they are spent, so a crash counts too much rather than too
//! little: what was left of its block stays [`IN_HAND`].

use api_client::{Booking, BoxFuture, Clock, Ledger, LedgerError, Standing};
use model::{Side, Timestamp};
use std::sync::Arc;
use store::{Spent, Store, StoreError, WorkspaceCtx};

/// The class of tokens that were taken and are not spent yet.
pub const NOT_SPENT: &str = "none";
/// Their purpose.
pub const IN_HAND: &str = "in_hand";
const DAY_SECONDS: i64 = 86_400;

/// The ledger of one API account.
#[derive(Debug)]
pub struct StoreLedger<S> {
    store: S,
    ctx: WorkspaceCtx,
    side: Side,
    clock: Arc<dyn Clock>,
}

impl<S: Store> StoreLedger<S> {
    #[must_use]
    pub const fn new(store: S, ctx: WorkspaceCtx, side: Side, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            ctx,
            side,
            clock,
        }
    }

    async fn keep(&self, booking: Booking) -> Result<u32, LedgerError> {
        let day = day_name(booking.day);
        let spent: i64 = booking.entries.iter().map(|entry| entry.tokens).sum();
        let mut rows: Vec<Spent> = booking
            .entries
            .into_iter()
            .map(|entry| Spent {
                class: entry.priority.name().to_owned(),
                purpose: entry.purpose.into_owned(),
                calls: entry.calls,
                tokens: entry.tokens,
            })
            .collect();
        rows.push(Spent {
            class: NOT_SPENT.to_owned(),
            purpose: IN_HAND.to_owned(),
            calls: 0,
            tokens: booking.block - spent,
        });
        let total = self.store.spend(self.ctx, self.side, &day, rows).await;
        let total = total.map_err(unavailable)?;
        Ok(u32::try_from(total.max(0)).unwrap_or(u32::MAX))
    }

    async fn put(&self, standing: Standing) -> Result<(), LedgerError> {
        let text = serde_json::to_string(&standing).expect("a standing is plain data");
        let (name, now) = (fact_name(self.side), self.clock.now());
        let kept = self.store.put_fact(self.ctx, &name, Some(&text), now);
        kept.await.map_err(unavailable)
    }
}

impl<S: Store> Ledger for StoreLedger<S> {
    fn book(&self, booking: Booking) -> BoxFuture<'_, Result<u32, LedgerError>> {
        Box::pin(self.keep(booking))
    }

    fn note(&self, standing: Standing) -> BoxFuture<'_, Result<(), LedgerError>> {
        Box::pin(self.put(standing))
    }

    fn recall(&self) -> BoxFuture<'_, Result<Option<Standing>, LedgerError>> {
        Box::pin(async move {
            let noted = noted(&self.store, self.ctx, self.side).await;
            noted.map_err(unavailable)
        })
    }
}

/// How a side's budget stood when it was last noted, by whichever process.
///
/// # Errors
/// When the store cannot be reached.
pub async fn noted<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    side: Side,
) -> Result<Option<Standing>, StoreError> {
    let text = store.fact(ctx, &fact_name(side)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn fact_name(side: Side) -> String {
    format!("budget:{}", side.name())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands over"
)]
fn unavailable(error: StoreError) -> LedgerError {
    LedgerError(error.to_string())
}

/// `YYYY-MM-DD` of a day counted from 1970-01-01.
#[must_use]
pub fn day_name(day: i64) -> String {
    let start =
        Timestamp::from_second(day.saturating_mul(DAY_SECONDS)).unwrap_or(Timestamp::UNIX_EPOCH);
    start.to_string().chars().take(10).collect()
}
