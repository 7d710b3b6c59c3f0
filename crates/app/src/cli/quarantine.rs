//! `pipestreet quarantine`: records that cannot be synced as they are, why, and what to do about them.

use anyhow::Context;
use model::LaneId;
use serde_json::json;
use store::{LaneKey, LaneView, Store};

use super::output::{Output, time};
use super::{Exit, LIST_ROWS, Opened, Print};

/// More than this are not looked through for one.
const LOOKED_THROUGH: u32 = 100_000;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Records that wait, oldest first
    List(ListArgs),
    /// Why one waits, with what was sent and answered
    Show(ShowArgs),
    /// Try again now
    Retry(ChoiceArgs),
    /// Let it rest until the record changes again
    Drop(ChoiceArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// At most so many rows
    #[arg(long, default_value_t = LIST_ROWS)]
    pub limit: u32,
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The number in the list
    pub lane: i64,
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct ChoiceArgs {
    /// The number in the list
    pub lane: Option<i64>,
    /// Every record in the list
    #[arg(long)]
    pub all: bool,
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::List(args) => args.print.json,
            Self::Show(args) => args.print.json,
            Self::Retry(_) | Self::Drop(_) => false,
        }
    }
}

/// # Errors
/// When the database does not answer, or has no such record.
pub async fn run<S: Store>(
    opened: &Opened<'_, S>,
    command: Command,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list(opened, args.limit, out).await,
        Command::Show(args) => show(opened, LaneId(args.lane), out).await,
        Command::Retry(args) => {
            let lanes = chosen(opened, &args).await?;
            for lane in &lanes {
                opened
                    .store
                    .retry_lane(opened.ctx, *lane, opened.now)
                    .await?;
            }
            out.line(format!("{} will be tried again", records(lanes.len())))?;
            Ok(Exit::Done)
        }
        Command::Drop(args) => {
            let lanes = chosen(opened, &args).await?;
            for lane in &lanes {
                opened
                    .store
                    .rest_lane(opened.ctx, *lane, opened.now)
                    .await?;
            }
            out.line(format!("{} will rest until changed", records(lanes.len())))?;
            Ok(Exit::Done)
        }
    }
}

async fn chosen<S: Store>(
    opened: &Opened<'_, S>,
    args: &ChoiceArgs,
) -> anyhow::Result<Vec<LaneId>> {
    let lanes = opened.store.quarantined(opened.ctx, LOOKED_THROUGH).await?;
    let ids = lanes.into_iter().map(|view| view.lane.id);
    let Some(wanted) = args.lane.map(LaneId) else {
        return Ok(ids.collect());
    };
    let found = ids.into_iter().find(|id| *id == wanted);
    Ok(vec![found.with_context(|| {
        format!("{wanted} is not in quarantine")
    })?])
}

async fn list<S: Store>(
    opened: &Opened<'_, S>,
    limit: u32,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let lanes = opened.store.quarantined(opened.ctx, limit).await?;
    if out.is_json() {
        let lanes: Vec<_> = lanes.iter().map(as_json).collect();
        out.value(&json!(lanes))?;
        return Ok(Exit::Done);
    }
    let rows = lanes
        .iter()
        .map(|view| {
            let problem = view.lane.problem.as_ref();
            vec![
                view.lane.id.to_string(),
                subject(view),
                problem.map_or_else(String::new, |problem| problem.code.clone()),
                problem.map_or_else(String::new, |problem| problem.message.clone()),
            ]
        })
        .collect();
    out.table(
        &["Number", "Record", "Code", "What happened, and what to do"],
        rows,
        "nothing is in quarantine",
    )?;
    Ok(Exit::Done)
}

async fn show<S: Store>(
    opened: &Opened<'_, S>,
    lane: LaneId,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let lanes = opened.store.quarantined(opened.ctx, LOOKED_THROUGH).await?;
    let view = lanes.into_iter().find(|view| view.lane.id == lane);
    let view = view.with_context(|| format!("{lane} is not in quarantine"))?;
    if out.is_json() {
        out.value(&as_json(&view))?;
        return Ok(Exit::Done);
    }
    out.line(format!("{} ({})", subject(&view), view.lane.id))?;
    out.line(format!(
        "failed {} times in a row, last looked at {} UTC",
        view.lane.attempts,
        time(view.lane.due_at)
    ))?;
    if let Some(problem) = &view.lane.problem {
        out.line(format!("{}: {}", problem.code, problem.message))?;
        if let Some(request) = &problem.request {
            out.line(format!("sent (values left out): {request}"))?;
        }
        if let Some(answer) = &problem.answer {
            out.line(format!("answered (values left out): {answer}"))?;
        }
    }
    out.line(format!(
        "go on with `pipestreet quarantine retry {0}` or `pipestreet quarantine drop {0}`",
        view.lane.id
    ))?;
    Ok(Exit::Done)
}

fn as_json(view: &LaneView) -> serde_json::Value {
    let lane = &view.lane;
    json!({
        "lane": lane.id,
        "record": subject(view),
        "pair": view.pair.as_ref().map(|pair| pair.id),
        "attempts": lane.attempts,
        "due_at": lane.due_at,
        "problem": lane.problem,
    })
}

fn subject(view: &LaneView) -> String {
    let of_pair = |pair: &model::Pair| {
        let record = pair
            .record(model::Side::Pipedrive)
            .or_else(|| pair.record(model::Side::Propstreet));
        record.map_or_else(|| format!("pair {}", pair.id), |record| record.to_string())
    };
    match (&view.pair, &view.lane.key) {
        (Some(pair), _) => of_pair(pair),
        (None, LaneKey::Record(record)) => record.to_string(),
        (None, LaneKey::Pair(pair)) => format!("pair {pair}"),
    }
}

fn records(count: usize) -> String {
    if count == 1 {
        "1 record".to_owned()
    } else {
        format!("{count} records")
    }
}
