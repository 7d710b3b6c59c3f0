//! `pipestreet pause` and `resume`: stop all reading and writing, and go on, without losing a pair. Webhooks are still kept.

use engine::core::{FACT_DELETES_ALLOWED, FACT_DELETES_STOPPED, FACT_PAUSED};
use model::{LaneId, time};
use store::{Stage, Store};

use super::output::{self, Output};
use super::{Exit, Opened};

/// How long a person's word about deletes holds.
const ALLOWED_MILLIS: i64 = 3_600_000;
/// The code of the problem of a lane whose delete waits.
const WAITING_CODE: &str = "mass_delete";
const LANES_PER_PAGE: u32 = 500;

#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct ResumeArgs {
    /// Let deletes go on that were stopped because there were unusually many
    #[arg(long)]
    pub deletes: bool,
}

/// # Errors
/// When the database does not answer.
pub async fn pause<S: Store>(opened: &Opened<'_, S>, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    let now = opened.now;
    opened
        .store
        .put_fact(opened.ctx, FACT_PAUSED, Some(&now.to_string()), now)
        .await?;
    out.line("paused: webhooks are kept, nothing else happens until `pipestreet resume`")?;
    Ok(Exit::Done)
}

/// # Errors
/// When the database does not answer.
pub async fn resume<S: Store>(
    opened: &Opened<'_, S>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let was_paused = opened.store.fact(opened.ctx, FACT_PAUSED).await?.is_some();
    opened
        .store
        .put_fact(opened.ctx, FACT_PAUSED, None, opened.now)
        .await?;
    out.line(if was_paused {
        "resumed"
    } else {
        "it was not paused"
    })?;
    Ok(Exit::Done)
}

/// Lets stopped deletes go on for an hour.
///
/// # Errors
/// When the database does not answer.
pub async fn resume_deletes<S: Store>(
    opened: &Opened<'_, S>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let (store, ctx, now) = (opened.store, opened.ctx, opened.now);
    let was_stopped = store.fact(ctx, FACT_DELETES_STOPPED).await?.is_some();
    if !was_stopped {
        out.line("deletes were not stopped")?;
        return Ok(Exit::Done);
    }
    let until = time::plus_millis(now, ALLOWED_MILLIS);
    let text = until.to_string();
    store
        .put_fact(ctx, FACT_DELETES_ALLOWED, Some(&text), now)
        .await?;
    store.put_fact(ctx, FACT_DELETES_STOPPED, None, now).await?;
    let waiting = wake_deletes(opened).await?;
    out.line(format!(
        "deletes go on until {} UTC; {waiting} that waited are looked at again",
        output::time(until)
    ))?;
    Ok(Exit::Done)
}

/// Makes the lanes due whose deletes were stopped; answers how many.
async fn wake_deletes<S: Store>(opened: &Opened<'_, S>) -> anyhow::Result<u64> {
    let mut woken = 0;
    let mut after = LaneId(0);
    loop {
        let lanes = opened
            .store
            .peek_lanes(opened.ctx, Stage::Plan, after, LANES_PER_PAGE)
            .await?;
        let Some(last) = lanes.last() else {
            return Ok(woken);
        };
        after = last.lane.id;
        for view in &lanes {
            if view
                .lane
                .problem
                .as_ref()
                .is_some_and(|problem| problem.code == WAITING_CODE)
            {
                opened
                    .store
                    .retry_lane(opened.ctx, view.lane.id, opened.now)
                    .await?;
                woken += 1;
            }
        }
    }
}
