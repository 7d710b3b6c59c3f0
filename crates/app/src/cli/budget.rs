//! `pipestreet budget`: what the services let us spend, what of it is spent and on what, what others spend, what the day will
//! come to, and what was put off.
//!
//! In: the ledger, how the budgets stood when they were last noted, and what the accounts allow. Out: a table for each
//! service. It asks no service.

use api_client::{BudgetSettings, Forecast, Limits, Priority, Standing};
use engine::{ledger, sweep};
use jiff::Timestamp;
use model::{BySide, Entity, Side, time};
use serde_json::json;
use store::{Spent, Store};

use super::estimate::grouped;
use super::output::{self, Output};
use super::{Exit, Opened, Print};
use crate::config::Config;
use crate::secrets::SecretName;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub print: Print,
}

/// Everything about one service's budget.
struct Seen {
    side: Side,
    spent: Vec<Spent>,
    standing: Standing,
    limits: Option<Limits>,
    forecast: Forecast,
    filling: Vec<(Entity, Timestamp)>,
    now: i64,
}

/// What both accounts allow.
///
/// # Errors
/// When the database does not answer.
pub async fn limits<S: Store>(
    opened: &Opened<'_, S>,
    config: &Config,
) -> anyhow::Result<BySide<BudgetSettings>> {
    let kept = opened.store.secrets(opened.ctx).await?;
    let is_kept = |name: SecretName| kept.iter().any(|secret| secret.name == name.as_str());
    let is_client =
        config.propstreet.client_id.is_some() || is_kept(SecretName::PropstreetClientId);
    Ok(BySide {
        pipedrive: config.pipedrive_budget(is_kept(SecretName::PipedriveLogin)),
        propstreet: config.propstreet_budget(is_client),
    })
}

/// # Errors
/// When the database does not answer.
pub async fn run<S: Store>(
    opened: &Opened<'_, S>,
    limits: &BySide<BudgetSettings>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let mut all = Vec::new();
    for side in Side::BOTH {
        all.push(look(opened, side, limits.get(side).limits).await?);
    }
    if out.is_json() {
        let both: serde_json::Map<_, _> = all
            .iter()
            .map(|seen| (seen.side.name().to_owned(), seen.as_json()))
            .collect();
        out.value(&serde_json::Value::Object(both))?;
        return Ok(Exit::Done);
    }
    for seen in &all {
        seen.print(out)?;
    }
    Ok(Exit::Done)
}

async fn look<S: Store>(
    opened: &Opened<'_, S>,
    side: Side,
    limits: Option<Limits>,
) -> anyhow::Result<Seen> {
    let now = time::to_millis(opened.now);
    let noted = ledger::noted(opened.store, opened.ctx, side).await?;
    let noted = noted.unwrap_or_else(|| unnoted(now)).seen_at(now);
    let set = limits.and_then(|limits| limits.tokens_per_day);
    let standing = Standing {
        limit: set.map(|set| noted.limit.map_or(set, |told| told.min(set))),
        ..noted
    };
    let day = ledger::day_name(standing.day);
    let spent = opened.store.spent(opened.ctx, side, &day).await?;
    let total = tokens(&spent) + u64::from(standing.foreign);
    let forecast = standing.forecast(total, limits.as_ref(), now);
    let filling = sweep::being_filled(opened.store, opened.ctx).await?;
    Ok(Seen {
        side,
        spent,
        forecast,
        limits,
        filling: filling
            .into_iter()
            .filter(|(entity, _)| entity.side() == side)
            .collect(),
        standing,
        now,
    })
}

/// Nothing was ever noted: a day in UTC on which nothing happened.
fn unnoted(now: i64) -> Standing {
    const DAY_MILLIS: i64 = 86_400_000;
    let day = now.div_euclid(DAY_MILLIS);
    Standing {
        at: now,
        day,
        ends_at: (day + 1) * DAY_MILLIS,
        ..Standing::default()
    }
}

fn tokens(spent: &[Spent]) -> u64 {
    let total: i64 = spent.iter().map(|spent| spent.tokens).sum();
    u64::try_from(total).unwrap_or(0)
}

impl Seen {
    fn total(&self) -> u64 {
        tokens(&self.spent) + u64::from(self.standing.foreign)
    }

    fn left(&self) -> Option<u64> {
        let limit = self.standing.limit?;
        Some(u64::from(limit).saturating_sub(self.total()))
    }

    /// Booked and spent on something, and booked only.
    fn split(&self) -> (Vec<&Spent>, u64) {
        let (in_hand, used): (Vec<&Spent>, Vec<&Spent>) = self
            .spent
            .iter()
            .partition(|spent| spent.class == ledger::NOT_SPENT);
        let in_hand: i64 = in_hand.iter().map(|spent| spent.tokens).sum();
        let mut used: Vec<&Spent> = used
            .into_iter()
            .filter(|spent| spent.calls != 0 || spent.tokens != 0)
            .collect();
        used.sort_by_key(|spent| (rank(&spent.class), spent.purpose.clone()));
        (used, u64::try_from(in_hand).unwrap_or(0))
    }

    /// What is kept of a day for interactive calls, for changes beside them, and for polls beside both.
    fn kept(&self) -> Option<[u32; 3]> {
        let limit = self.standing.limit?;
        let kept = |priority| {
            self.limits
                .map_or(0, |limits| limits.kept_from(priority, limit))
        };
        let (interactive, change) = (kept(Priority::Change), kept(Priority::Poll));
        let poll = kept(Priority::Backfill);
        Some([
            interactive,
            change.saturating_sub(interactive),
            poll.saturating_sub(change),
        ])
    }

    fn foretold(&self, class: &str, purpose: &str) -> u64 {
        let of_purpose = self
            .forecast
            .by_purpose
            .iter()
            .filter(|(priority, name, _)| priority.name() == class && name == purpose);
        of_purpose.map(|(_, _, tokens)| tokens).sum()
    }

    fn as_json(&self) -> serde_json::Value {
        let (used, in_hand) = self.split();
        let stamp = |millis| time::from_millis(millis);
        let window = self.limits.and_then(|limits| limits.requests);
        let forecast: Vec<_> = self
            .forecast
            .by_purpose
            .iter()
            .map(|(priority, purpose, tokens)| json!({ "class": priority, "purpose": purpose, "tokens": tokens }))
            .collect();
        let put_off: Vec<_> = self
            .standing
            .put_off
            .iter()
            .map(|put_off| {
                json!({ "class": put_off.priority, "purpose": put_off.purpose, "until": stamp(put_off.until), "why": put_off.why })
            })
            .collect();
        let filling: Vec<_> = self
            .filling
            .iter()
            .map(|(entity, since)| json!({ "entity": entity, "since": since }))
            .collect();
        json!({
            "day": ledger::day_name(self.standing.day),
            "resets_at": stamp(self.standing.ends_at),
            "noted_at": stamp(self.standing.at),
            "limit": self.standing.limit,
            "spent": self.total(),
            "left": self.left(),
            "by_purpose": used,
            "in_hand": in_hand,
            "kept": self.kept().map(|[interactive, change, poll]| json!({ "interactive": interactive, "change": change, "poll": poll })),
            "window": window.map(|window| json!({ "requests": window.requests, "milliseconds": window.millis })),
            "others": {
                "spent": self.standing.foreign,
                "per_hour": self.standing.foreign_rate.per_hour(self.now),
                "until_reset": self.forecast.foreign,
            },
            "forecast": {
                "spent_at_reset": self.forecast.total,
                "until_reset": forecast,
                "days_more": self.forecast.days_more,
            },
            "put_off": put_off,
            "jobs": self.standing.needs,
            "being_filled": filling,
            "seems_spent": self.standing.seems_spent,
        })
    }

    fn print(&self, out: &mut Output<'_>) -> std::io::Result<()> {
        let unit = match self.side {
            Side::Pipedrive => "tokens",
            Side::Propstreet => "requests",
        };
        let reset = output::time(time::from_millis(self.standing.ends_at));
        let spent = grouped(self.total());
        out.line(match (self.standing.limit, self.left()) {
            (Some(limit), Some(left)) => {
                let (limit, left) = (grouped(limit.into()), grouped(left));
                format!(
                    "{}: {spent} of {limit} {unit} spent, {left} left",
                    self.side
                )
            }
            _ => format!("{}: {spent} {unit} today", self.side),
        })?;
        let ends = format!("the day ends at {reset} UTC");
        let window = self.limits.and_then(|limits| limits.requests);
        out.line(window.map_or(ends.clone(), |window| {
            let (requests, seconds) = (grouped(window.requests.into()), window.millis / 1_000);
            format!("{ends}; at most {requests} requests in {seconds} seconds")
        }))?;
        out.table(
            &[
                "Class",
                "Spent on",
                "Calls",
                unit_header(self.side),
                "Until then",
            ],
            self.rows(),
            "nothing is spent today",
        )?;
        self.print_outlook(unit, &reset, out)?;
        out.line("")
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let (used, in_hand) = self.split();
        let number = |number: i64| grouped(u64::try_from(number).unwrap_or(0));
        let mut rows: Vec<Vec<String>> = used
            .iter()
            .map(|spent| {
                vec![
                    spent.class.clone(),
                    spent.purpose.clone(),
                    number(spent.calls),
                    number(spent.tokens),
                    or_dash(self.foretold(&spent.class, &spent.purpose)),
                ]
            })
            .collect();
        let mut other = |class: &str, on: &str, tokens: u64, ahead: u64| {
            if tokens > 0 || ahead > 0 {
                let (class, on) = (class.to_owned(), on.to_owned());
                rows.push(vec![class, on, "–".into(), grouped(tokens), or_dash(ahead)]);
            }
        };
        other("–", "taken ahead, not spent yet", in_hand, 0);
        other(
            "–",
            "other programs",
            self.standing.foreign.into(),
            self.forecast.foreign,
        );
        rows
    }

    fn print_outlook(&self, unit: &str, reset: &str, out: &mut Output<'_>) -> std::io::Result<()> {
        if let Some([interactive, change, poll]) = self.kept() {
            let [interactive, change, poll] =
                [interactive, change, poll].map(|tokens| grouped(tokens.into()));
            out.line(format!(
                "kept: {interactive} for interactive calls, {change} for changes, {poll} for polls"
            ))?;
        }
        if let Some(limit) = self.standing.limit {
            let total = grouped(self.forecast.total);
            let comes_to = format!("going on as of late comes to {total} {unit} by {reset} UTC");
            out.line(if self.forecast.total > u64::from(limit) {
                format!("{comes_to}: MORE THAN THE DAY HAS")
            } else {
                comes_to
            })?;
        }
        if self.forecast.days_more > 0 {
            let days = self.forecast.days_more;
            out.line(format!(
                "what is begun takes {days} more {} after today",
                if days == 1 { "day" } else { "days" }
            ))?;
        }
        if self.standing.seems_spent {
            out.line("the service refuses everything, as if the day were spent;")?;
            out.line("a single call finds out now and then whether it still does")?;
        }
        for put_off in &self.standing.put_off {
            let until = output::time(time::from_millis(put_off.until));
            out.line(format!(
                "put off until {until} UTC: {} ({})",
                put_off.purpose, put_off.why
            ))?;
        }
        for (entity, since) in &self.filling {
            let since = output::time(*since);
            out.line(format!(
                "{}: first read since {since} UTC, goes on where it is",
                entity.name()
            ))?;
        }
        Ok(())
    }
}

const fn unit_header(side: Side) -> &'static str {
    match side {
        Side::Pipedrive => "Tokens",
        Side::Propstreet => "Requests",
    }
}

/// The most urgent class first.
fn rank(class: &str) -> usize {
    let known = Priority::ALL
        .iter()
        .position(|priority| priority.name() == class);
    known.unwrap_or(Priority::ALL.len())
}

fn or_dash(tokens: u64) -> String {
    if tokens == 0 {
        "–".to_owned()
    } else {
        grouped(tokens)
    }
}
