//! `pipestreet status`: one screen about how things stand. Numbers only, never a value of a record.

use engine::core::{FACT_APPROVED, FACT_DELETES_STOPPED, FACT_PAUSED};
use engine::standing::{SideStanding, Standing, standing};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::{BySide, Side};
use serde_json::json;
use store::{Spent, Status, Store, StoreError, WorkspaceCtx};

use super::doctor::machine::FREE_NEEDED;
use super::estimate::grouped;
use super::output::{Output, ago};
use super::{Exit, Opened, Print};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub print: Print,
}

/// Everything on the screen.
struct Seen {
    status: Status,
    switches: Switches,
    spent: BySide<Vec<Spent>>,
    standing: Standing,
    next_due: Option<Timestamp>,
    daily_tokens: Option<u32>,
    /// Records that wait for a person's word.
    deletes_asked: usize,
}

/// Questions that are counted at the most.
const DELETES_COUNTED: u32 = 10_000;

/// Marks that stop the work or a part of it.
struct Switches {
    paused: bool,
    approved: bool,
    deletes_stopped: bool,
}

/// # Errors
/// When the database does not answer.
pub async fn run<S: Store>(opened: &Opened<'_, S>, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    run_with(opened, Around::default(), out).await
}

/// What the database does not tell.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around {
    /// The tokens that may be spent on Pipedrive in a day.
    pub daily_tokens: Option<u32>,
    /// What is free on the disk that holds the database.
    pub free_bytes: Option<u64>,
}

/// The same, with what the database does not tell.
///
/// # Errors
/// When the database does not answer.
pub async fn run_with<S: Store>(
    opened: &Opened<'_, S>,
    around: Around,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let (store, ctx, now) = (opened.store, opened.ctx, opened.now);
    let status = store.status(ctx, now).await?;
    let switches = Switches {
        paused: store.fact(ctx, FACT_PAUSED).await?.is_some(),
        approved: store.fact(ctx, FACT_APPROVED).await?.is_some(),
        deletes_stopped: store.fact(ctx, FACT_DELETES_STOPPED).await?.is_some(),
    };
    let spent = BySide {
        pipedrive: spent_today(store, ctx, Side::Pipedrive, now).await?,
        propstreet: spent_today(store, ctx, Side::Propstreet, now).await?,
    };
    let standing = standing(store, ctx).await?;
    let next_due = store.next_due(ctx).await?;
    let seen = Seen {
        status,
        switches,
        spent,
        standing,
        next_due,
        daily_tokens: around.daily_tokens,
        deletes_asked: store.deletes_asked(ctx, DELETES_COUNTED).await?.len(),
    };
    if out.is_json() {
        let mut shown = as_json(&seen);
        shown["disk_free_bytes"] = json!(around.free_bytes);
        out.value(&shown)?;
    } else {
        print(&seen, now, out)?;
        if let Some(free) = around.free_bytes.filter(|free| *free < FREE_NEEDED) {
            out.line(format!(
                "only {} MB are free where the database is: when it is full, webhooks are put off and nothing is lost; free some space",
                free >> 20
            ))?;
        }
    }
    Ok(Exit::Done)
}

/// What was taken from the day's budget of a side, by purpose.
pub(super) async fn spent_today<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    side: Side,
    now: Timestamp,
) -> Result<Vec<Spent>, StoreError> {
    let day = now.to_zoned(TimeZone::UTC).date().to_string();
    store.spent(ctx, side, &day).await
}

fn as_json(seen: &Seen) -> serde_json::Value {
    let Seen {
        status,
        switches,
        spent,
        standing,
        next_due,
        daily_tokens,
        deletes_asked,
    } = seen;
    let mirror: serde_json::Map<_, _> = status
        .mirror
        .iter()
        .map(|(entity, (live, deleted))| {
            (
                entity.name().to_owned(),
                json!({ "live": live, "deleted": deleted }),
            )
        })
        .collect();
    let side_json = |side| {
        let side = standing.sides.get(side);
        json!({ "newest_change": side.newest_change, "next_poll": side.next_poll, "compared_at": side.swept_at })
    };
    json!({
        "set_up": standing.is_set_up,
        "sides": { "pipedrive": side_json(Side::Pipedrive), "propstreet": side_json(Side::Propstreet) },
        "fields_unresolved": standing.fields_unresolved.iter().map(|setting| setting.name()).collect::<Vec<_>>(),
        "refused": standing.refused.iter().map(|(entity, _)| entity.name()).collect::<Vec<_>>(),
        "next_due_at": next_due,
        "daily_tokens": daily_tokens,
        "paused": switches.paused,
        "approved": switches.approved,
        "deletes_stopped": switches.deletes_stopped,
        "mirror": mirror,
        "pairs_active": status.pairs_active,
        "pairs_at_rest": status.pairs_at_rest,
        "lanes": status.lanes,
        "lanes_due": status.lanes_due,
        "oldest_due_at": status.oldest_due_at,
        "outbox": status.outbox,
        "conflicts_waiting": status.conflicts_waiting,
        "conflicts_journaled": status.conflicts_journaled,
        "deletes_asked": deletes_asked,
        "suggestions": status.suggestions,
        "inbox_rows": status.inbox_rows,
        "last_webhook_at": status.last_webhook_at,
        "spent_today": { "pipedrive": spent.pipedrive, "propstreet": spent.propstreet },
    })
}

/// What a person should know first.
fn print_marks(seen: &Seen, out: &mut Output<'_>) -> std::io::Result<()> {
    let switches = &seen.switches;
    if !seen.standing.is_set_up {
        out.line("Nothing is set up yet: run `pipestreet setup`")?;
    }
    for setting in &seen.standing.fields_unresolved {
        out.line(format!(
            "FIELD MISSING: fields.{} means no field of Pipedrive, so {}; see `pipestreet fields check`",
            setting.name(),
            setting.stands_still()
        ))?;
    }
    for (entity, since) in &seen.standing.refused {
        out.line(format!(
            "NOT ALLOWED: {} does not let this login read {} (since {}); see `pipestreet doctor`",
            entity.side(),
            entity.plural(),
            super::output::time(*since)
        ))?;
    }
    if switches.paused {
        out.line("PAUSED: nothing is read or written until `pipestreet resume`")?;
    }
    if switches.deletes_stopped {
        out.line("DELETES STOPPED: unusually many records were deleted; nothing more is deleted before `pipestreet resume --deletes`")?;
    }
    if !switches.approved {
        out.line("The first plan is not approved yet: see `pipestreet plan`, then `pipestreet sync --approve`")?;
    }
    Ok(())
}

fn print(seen: &Seen, now: Timestamp, out: &mut Output<'_>) -> std::io::Result<()> {
    print_marks(seen, out)?;
    let Seen { status, spent, .. } = seen;
    let mut rows = Vec::new();
    for (entity, (live, deleted)) in &status.mirror {
        rows.push(row(
            &format!("{} {}", entity.side(), entity.name()),
            &format!("{live} live, {deleted} deleted"),
        ));
    }
    for (kind, count) in &status.pairs_active {
        rows.push(row(
            &format!("pairs: {}", kind.name()),
            &format!("{count} active"),
        ));
    }
    rows.push(row("pairs at rest", &status.pairs_at_rest.to_string()));
    for (stage, count) in &status.lanes {
        rows.push(row(
            &format!("lanes: {}", super::stage_name(*stage)),
            &count.to_string(),
        ));
    }
    let oldest = status
        .oldest_due_at
        .map_or_else(String::new, |at| format!(", oldest since {}", ago(at, now)));
    rows.push(row("lanes due", &format!("{}{oldest}", status.lanes_due)));
    for (state, count) in &status.outbox {
        rows.push(row(
            &format!("outbox: {}", state.replace('_', " ")),
            &count.to_string(),
        ));
    }
    rows.push(row(
        "conflicts",
        &format!(
            "{} waiting, {} journaled",
            status.conflicts_waiting, status.conflicts_journaled
        ),
    ));
    let asked = (seen.deletes_asked > 0).then(|| seen.deletes_asked.to_string());
    rows.extend(asked.map(|count| row("deletes that wait for your word", &count)));
    rows.push(row("suggested duplicates", &status.suggestions.to_string()));
    rows.push(row("inbox rows", &status.inbox_rows.to_string()));
    for side in Side::BOTH {
        let last = status
            .last_webhook_at
            .get(side)
            .map_or_else(|| "none yet".to_owned(), |at| ago(at, now));
        rows.push(row(&format!("last webhook from {side}"), &last));
    }
    for side in Side::BOTH {
        rows.push(row(
            &format!("{side} as a whole"),
            &side_line(seen.standing.sides.get(side), now),
        ));
    }
    if let Some(at) = seen.next_due {
        rows.push(row("next thing to do", &ahead(at, now)));
    }
    for side in Side::BOTH {
        let limit = seen.daily_tokens.filter(|_| side == Side::Pipedrive);
        rows.push(row(
            &format!("spent today on {side}"),
            &spent_line(spent.get(side), limit),
        ));
    }
    out.table(&["What", "How much"], rows, "nothing is known yet")
}

fn row(what: &str, how_much: &str) -> Vec<String> {
    vec![what.to_owned(), how_much.to_owned()]
}

fn side_line(side: &SideStanding, now: Timestamp) -> String {
    let Some(swept_at) = side.swept_at else {
        return "not read completely yet".to_owned();
    };
    // A comparison that was asked for has no time before it is done.
    let compared = if swept_at == Timestamp::UNIX_EPOCH {
        "being compared".to_owned()
    } else {
        format!("compared {}", ago(swept_at, now))
    };
    match side.next_poll {
        Some(at) => format!("{compared}, next asked for changes {}", ahead(at, now)),
        None => compared,
    }
}

/// When something is due, roughly.
fn ahead(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.as_second() - now.as_second();
    match seconds {
        ..=0 => "now".to_owned(),
        1..=119 => format!("in {seconds} s"),
        120..=7_199 => format!("in {} min", seconds / 60),
        _ => format!("in {} h", seconds / 3_600),
    }
}

/// Tokens are booked in blocks: those in hand of a program at work count as spent.
fn spent_line(spent: &[Spent], limit: Option<u32>) -> String {
    let total: i64 = spent.iter().map(|spent| spent.tokens).sum();
    let total = grouped(u64::try_from(total).unwrap_or(0));
    match limit {
        Some(limit) => format!("{total} of {} tokens", grouped(limit.into())),
        None => format!("{total} requests"),
    }
}
