//! `pipestreet pause` and `resume`: stop all reading and writing, and go on, without losing a pair. Webhooks are still kept.

use engine::core::FACT_PAUSED;
use store::Store;

use super::output::Output;
use super::{Exit, Opened};

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
