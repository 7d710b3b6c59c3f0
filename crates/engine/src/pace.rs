//! How long to wait before the next look for changes: as usual, or longer while the day's tokens run short or nothing has changed
//! for long.
//!
//! In: what looks cost, what the day leaves for them, how many in a row found nothing. Out: a percentage of the usual wait, never
//! less than all of it. What is decided is pure; what it is decided from is read here, too. Looks for what takes part in pairs
//! never wait longer, and no class but that of polls is touched: webhooks and reads have tokens of their own.

use api_client::Priority;
use model::{Entity, Side};
use store::Store;

use crate::core::Core;
use crate::failure::EngineError;
use crate::intake::poll;
use crate::{participants, remote};

#[cfg(test)]
mod tests;

/// Percent: as often as usual.
pub(crate) const USUAL: u32 = 100;
/// A twelfth as often.
pub(crate) const SLOWEST: u32 = 12 * USUAL;
/// After so many looks in a row that found nothing new the wait is twice as long, after as many again three times.
const QUIET_LOOKS: u64 = 12;
/// Purposes of the calls that are paced.
const PURPOSES: [&str; 2] = [poll::PURPOSE, participants::PURPOSE];

/// So much longer are waits when these looks would take so many tokens until the day's end, and so many are left for them.
pub(crate) fn for_tokens(needed: u64, left: Option<u64>) -> u32 {
    let Some(left) = left.filter(|left| needed > *left) else {
        return USUAL;
    };
    let percent = needed
        .saturating_mul(u64::from(USUAL))
        .div_ceil(left.max(1));
    u32::try_from(percent).map_or(SLOWEST, |percent| percent.clamp(USUAL, SLOWEST))
}

/// So much longer are waits after so many looks in a row that found nothing new. Only where webhooks tell of changes: a look is all
/// that would find them elsewhere.
pub(crate) fn for_quiet(looks: u64, is_told_by_webhooks: bool) -> u32 {
    if !is_told_by_webhooks {
        return USUAL;
    }
    let times = u32::try_from(1 + looks / QUIET_LOOKS).unwrap_or(u32::MAX);
    USUAL.saturating_mul(times).min(SLOWEST)
}

/// A wait that is usually so long.
pub(crate) fn stretched(usual: i64, percent: u32) -> i64 {
    usual.saturating_mul(i64::from(percent.max(USUAL))) / i64::from(USUAL)
}

/// How many percent `longest` is of `usual`, within bounds.
pub(crate) fn most(usual: i64, longest: i64) -> u32 {
    let percent = longest.saturating_mul(i64::from(USUAL)) / usual.max(1);
    u32::try_from(percent).map_or(SLOWEST, |percent| percent.clamp(USUAL, SLOWEST))
}

/// So much longer waits are because of what is left of Pipedrive's day.
pub(crate) async fn of_budget<S: Store>(core: &Core<S>) -> Result<u32, EngineError> {
    let budget = core.pipedrive.caller().budget();
    let Some((left, millis)) = budget.left_for(Priority::Poll, &PURPOSES) else {
        return Ok(USUAL);
    };
    let polls = |entities: &[Entity]| -> u64 {
        let of_pipedrive = entities
            .iter()
            .filter(|entity| entity.side() == Side::Pipedrive);
        of_pipedrive
            .map(|entity| {
                let interval = poll::usual_interval(&core.settings, *entity);
                tokens_in(
                    poll::tokens_of_looks(*entity),
                    poll::NEWEST_EVERY,
                    (millis, interval),
                )
            })
            .sum()
    };
    let left = left.saturating_sub(polls(&Entity::PAIRED));
    let needed = polls(&core.settings.mirrored) + participants::tokens_within(core, millis).await?;
    Ok(for_tokens(needed, Some(left)))
}

/// What looks cost that come every so often, when so many of them cost this together.
pub(crate) fn tokens_in(tokens: u64, looks: u64, (millis, interval): (i64, i64)) -> u64 {
    let millis = u64::try_from(millis).unwrap_or(0);
    let interval = u64::try_from(interval).unwrap_or(1).max(1);
    millis.saturating_mul(tokens) / interval.saturating_mul(looks.max(1)).max(1)
}

/// What one page of a list costs for each record on it would be lost in rounding, so that it is told for many.
pub(crate) fn pages_of(records: u64) -> u64 {
    records / u64::from(pipedrive::LIMIT_MAX) + 1
}

/// What a page of open deals costs.
pub(crate) fn deals_page_tokens() -> u64 {
    u64::from(remote::page_tokens(Entity::Deal))
}
