//! `pipestreet serve`: receives webhooks and keeps both sides in step until it is stopped.
//!
//! In: an open workspace. Out: nothing but lines in the log. Webhooks are received before anything else begins; another process
//! that takes the workspace over ends this one.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use engine::standing::standing;
use engine::{EngineError, intake, participants, sweep};
use jiff::Timestamp;
use store::{Store, StoreError};
use tokio::net::TcpListener;

use super::Exit;
use super::output::Output;
use crate::http::Limits;
use crate::occupancy;
use crate::running::{Face, Running, chain};
use crate::startup::{Program, WORKSPACE};
use crate::stop_signal::stop_signal;

/// Name of the fact that tells when the program last stopped in good order; there is none while it runs.
const FACT_STOPPED_AT: &str = "stopped_at";
/// Both services send a webhook that was not taken again for about so long.
const MISSED_AFTER_SECONDS: i64 = 180;

#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Args {
    /// Listen here instead of at server.listen
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
}

/// Serves until the process is asked to stop.
///
/// # Errors
/// When it is not set up, cannot listen, or another process has taken the workspace over.
pub async fn run(program: Program, args: Args, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    crate::log::start(&program.config.log);
    serve(program, args, stop_signal(), out).await
}

/// Serves until `stop` ends.
///
/// # Errors
/// When it is not set up, cannot listen, or another process has taken the workspace over.
pub async fn serve(
    program: Program,
    args: Args,
    stop: impl Future<Output = ()> + Send,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let listener = listen(args.listen.unwrap_or(program.config.server.listen)).await?;
    let _occupied = occupancy::occupy(&program.config.storage.path)?;
    let core = program.blueprint.build().await?;
    if core.definitions().is_none() {
        bail!(EngineError::NotSetUp);
    }
    let bound = listener.local_addr()?;
    let mut running = Running::receive(core, listener, face(&program));
    catch_up(&running).await?;
    out.line(format!("serving at http://{bound}; Ctrl-C stops it"))?;
    greet(&program, out).await?;
    running.begin(program.blueprint.clone());
    let failed = tokio::select! {
        () = stop => None,
        failed = running.failed() => Some(failed),
    };
    running.stop().await;
    match failed {
        None => {
            let now = program.blueprint.clock.now();
            let text = now.to_string();
            program
                .store
                .put_fact(WORKSPACE, FACT_STOPPED_AT, Some(&text), now)
                .await?;
            out.line("stopped; nothing is lost, and it goes on where it was")?;
            Ok(Exit::Done)
        }
        Some(Err(EngineError::Store(StoreError::LeaseLost))) => {
            bail!("another pipestreet has taken this workspace over; this one has stopped")
        }
        Some(Err(error)) => bail!("the engine has stopped: {}", chain(&error)),
        Some(Ok(())) => bail!("the engine has stopped by itself"),
    }
}

/// Listens for webhooks.
///
/// # Errors
/// When somebody else does.
pub(super) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{address} cannot be listened at; choose another with server.listen or --listen")
    })
}

/// How connections are treated.
pub(super) fn face(program: &Program) -> Face {
    let server = &program.config.server;
    Face {
        limits: Limits::from(server),
        body_timeout: server.body_timeout,
    }
}

/// Looks at once for what came while nobody listened; after a while, or a crash, also for what no list of changes tells.
async fn catch_up<S: Store + Clone>(running: &Running<S>) -> anyhow::Result<()> {
    let core = running.engine.get();
    let now = core.now();
    let is_long_ago = |at: Option<Timestamp>| {
        at.is_none_or(|at| now.as_second() - at.as_second() > MISSED_AFTER_SECONDS)
    };
    let stopped_at = core.store.fact(WORKSPACE, FACT_STOPPED_AT).await?;
    let stopped_at = stopped_at.and_then(|text| text.parse::<Timestamp>().ok());
    if stopped_at.is_none() {
        core.pipedrive.caller().budget().begin_after_a_death();
        core.propstreet.caller().budget().begin_after_a_death();
    }
    let sides = standing(&core.store, WORKSPACE).await?.sides;
    let swept_at = sides.pipedrive.swept_at.min(sides.propstreet.swept_at);
    if is_long_ago(stopped_at) && is_long_ago(swept_at) {
        sweep::make_due(&*core).await?;
    }
    intake::missed::ask_soon(&*core, stopped_at).await?;
    intake::poll::make_due(&*core).await?;
    participants::make_due(&*core).await?;
    core.store
        .put_fact(WORKSPACE, FACT_STOPPED_AT, None, now)
        .await?;
    Ok(())
}

/// What a person should know from the start.
async fn greet(program: &Program, out: &mut Output<'_>) -> anyhow::Result<()> {
    match &program.config.server.public_url {
        Some(url) => out.line(format!("webhooks come to {url}"))?,
        None => out.line(
            "no webhooks come, because server.public_url is not set; changes are polled for",
        )?,
    }
    let approved = super::work::is_approved(program).await?;
    if !approved {
        out.line("nothing is written before the first plan is approved: see `pipestreet plan`, then `pipestreet sync --approve`")?;
    }
    if program
        .store
        .fact(WORKSPACE, engine::core::FACT_PAUSED)
        .await?
        .is_some()
    {
        out.line("paused: webhooks are kept, nothing else happens until `pipestreet resume`")?;
    }
    Ok(())
}
