//! What an API has cost, remembered in the store, so that a restart does not forget it.
//!
//! In: blocks of tokens taken by the budget. Out: the day's total. Tokens are booked before they are spent, so a crash
//! counts too much rather than too little.

use api_client::{BoxFuture, Clock, Ledger, LedgerError};
use model::{Side, Timestamp};
use std::sync::Arc;
use store::{Store, WorkspaceCtx};

/// The purpose under which blocks are booked.
const PURPOSE: &str = "taken";
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

    async fn book(&self, day: i64, tokens: i64) -> Result<u32, LedgerError> {
        let day = day_name(day);
        let total = self
            .store
            .spend(self.ctx, self.side, &day, PURPOSE, tokens)
            .await;
        let total = total.map_err(|error| LedgerError(error.to_string()))?;
        Ok(u32::try_from(total.max(0)).unwrap_or(u32::MAX))
    }

    /// What was taken today.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn today(&self) -> Result<i64, store::StoreError> {
        let day = day_name(self.clock.now().as_second().div_euclid(DAY_SECONDS));
        Ok(self
            .store
            .spent(self.ctx, self.side, &day)
            .await?
            .iter()
            .map(|spent| spent.tokens)
            .sum())
    }
}

impl<S: Store> Ledger for StoreLedger<S> {
    fn reserve_block(&self, day: i64, tokens: u32) -> BoxFuture<'_, Result<u32, LedgerError>> {
        Box::pin(self.book(day, i64::from(tokens)))
    }

    fn give_back(&self, day: i64, tokens: u32) -> BoxFuture<'_, Result<(), LedgerError>> {
        Box::pin(async move { self.book(day, -i64::from(tokens)).await.map(drop) })
    }
}

/// `YYYY-MM-DD` of a day counted from 1970-01-01.
#[must_use]
pub fn day_name(day: i64) -> String {
    let start =
        Timestamp::from_second(day.saturating_mul(DAY_SECONDS)).unwrap_or(Timestamp::UNIX_EPOCH);
    start.to_string().chars().take(10).collect()
}
