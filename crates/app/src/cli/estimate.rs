//! What a plan costs and how long it takes within the limits of both accounts.
//!
//! In: a preview and what the accounts allow. Out: tokens, requests and a time. A floor, not a promise: other programs may spend
//! too, and answers take time.

use api_client::{BudgetSettings, WindowLimit};
use engine::preview::Preview;
use model::{BySide, Side};
use serde_json::json;

const SECOND_MILLIS: u64 = 1_000;

/// What writing everything would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Estimate {
    pub(super) pipedrive_tokens: u64,
    pub(super) pipedrive_requests: u64,
    pub(super) propstreet_requests: u64,
    /// If the day's tokens suffice.
    pub(super) millis: u64,
    /// Days on which tokens are spent; one when today's suffice.
    pub(super) days: u64,
    pub(super) daily_tokens: Option<u64>,
}

/// Works it out; `left_today` is what may still be spent on Pipedrive today.
pub(super) fn estimate(
    preview: &Preview,
    budgets: &BySide<BudgetSettings>,
    left_today: Option<u64>,
) -> Estimate {
    let on = |counts: &std::collections::BTreeMap<(model::Kind, Side), u64>| -> u64 {
        let of_side = counts
            .iter()
            .filter(|((_, side), _)| *side == Side::Pipedrive);
        of_side.map(|(_, count)| count).sum()
    };
    // An update reads the record first.
    let pipedrive_requests = on(&preview.creates)
        + 2 * on(&preview.updates)
        + on(&preview.markers)
        + on(&preview.deletes);
    let limits = budgets.pipedrive.limits;
    let daily_tokens = limits
        .and_then(|limits| limits.tokens_per_day)
        .map(u64::from);
    let window = |budget: &BudgetSettings| budget.limits.and_then(|limits| limits.requests);
    let millis = time_of(pipedrive_requests, window(&budgets.pipedrive)).max(time_of(
        preview.propstreet_requests,
        window(&budgets.propstreet),
    ));
    Estimate {
        pipedrive_tokens: preview.tokens,
        pipedrive_requests,
        propstreet_requests: preview.propstreet_requests,
        millis,
        days: days(preview.tokens, daily_tokens, left_today),
        daily_tokens,
    }
}

fn time_of(requests: u64, limit: Option<WindowLimit>) -> u64 {
    let Some(limit) = limit else { return 0 };
    let window = u64::try_from(limit.millis).unwrap_or(0);
    // The first window's worth goes at once.
    let waiting = requests.saturating_sub(u64::from(limit.requests));
    waiting.saturating_mul(window) / u64::from(limit.requests.max(1))
}

fn days(tokens: u64, daily: Option<u64>, left_today: Option<u64>) -> u64 {
    let (Some(daily), Some(left)) = (daily, left_today) else {
        return 1;
    };
    let after_today = tokens.saturating_sub(left);
    1 + after_today.div_ceil(daily.max(1))
}

impl Estimate {
    /// One sentence for a person.
    pub(super) fn sentence(&self) -> String {
        let cost = format!(
            "{} and {}",
            count(self.pipedrive_tokens, "Pipedrive token"),
            count(self.propstreet_requests, "Propstreet request"),
        );
        match (self.days, self.daily_tokens) {
            (2.., Some(daily)) => {
                format!(
                    "{cost}; {} days, because the day's budget is {} tokens",
                    self.days,
                    grouped(daily)
                )
            }
            _ => format!("{cost}; {}", about(self.millis)),
        }
    }

    pub(super) fn as_json(&self) -> serde_json::Value {
        json!({
            "pipedrive_tokens": self.pipedrive_tokens,
            "pipedrive_requests": self.pipedrive_requests,
            "propstreet_requests": self.propstreet_requests,
            "seconds": self.millis.div_ceil(SECOND_MILLIS),
            "days": self.days,
        })
    }
}

fn about(millis: u64) -> String {
    let seconds = millis.div_ceil(SECOND_MILLIS);
    match seconds {
        0..=1 => "a second".to_owned(),
        2..=89 => format!("about {seconds} seconds"),
        90..=5_399 => format!("about {} minutes", seconds.div_ceil(60)),
        _ => format!("about {} hours", seconds.div_ceil(3_600)),
    }
}

/// A number and its noun: `1 record`, `2 records`.
pub(super) fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{} {noun}s", grouped(number))
    }
}

/// Digits in groups of three.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
