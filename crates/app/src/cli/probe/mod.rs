//! `pipestreet probe`: asks a real account what its service's documentation leaves open. Says first what it will do, makes
//! marked records only, and removes every one.
//!
//! In: the account of the configuration, an allowance, and what some questions take besides: a second user, a post box, a
//! login, time. Out: each answer beside what the emulator assumes, and a file that `emulate … --like` loads. Keeps nothing in
//! the database but a login that it renewed.

mod means;
mod propstreet;
mod words;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use api_client::{BaseUrl, Clock, SystemClock};
use probe::pipedrive::{Probed, QUESTIONS, Question};
use probe::{Finding, PostBox};
use tokio::net::TcpListener;

use super::output::Output;
use super::progress::Progress;
use super::{Exit, Print};
use crate::config::Environment;
use crate::http::post_box;
use crate::stop_signal::stop_signal;

use self::means::{Desk, Prepared};
use self::words::Report;

#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// Ask the Pipedrive account of the configuration
    Pipedrive(PipedriveArgs),
    /// Ask the Propstreet organization of the configuration
    Propstreet(propstreet::Args),
}

#[derive(Debug, Clone, clap::Args)]
pub struct PipedriveArgs {
    /// The most tokens of the day that may be spent, instead of what the questions come to
    #[arg(long, value_name = "TOKENS")]
    pub allowance: Option<u32>,
    /// Also ask what only shows at a limit: for about two minutes the account refuses our token
    #[arg(long)]
    pub meet_limits: bool,
    /// Also wait for the day's tokens to come back, to see when they do: it takes up to a day
    #[arg(long)]
    pub patient: bool,
    /// Also ask what only webhooks show, and receive them here
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// How the account reaches that address, instead of by server.public_url
    #[arg(long, value_name = "URL", value_parser = parse_address, requires = "listen")]
    pub public_url: Option<BaseUrl>,
    /// Ask these questions only, by the names of the switch file
    #[arg(long, value_name = "QUESTION", value_delimiter = ',', value_parser = parse_question)]
    pub only: Vec<String>,
    /// Write what was found out to this file, for `emulate pipedrive --like`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Begin without being asked
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub print: Print,
}

impl PipedriveArgs {
    fn wants(&self, question: &Question) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == question.key)
    }
}

fn parse_address(text: &str) -> Result<BaseUrl, String> {
    BaseUrl::parse(text).map_err(|error| error.to_string())
}

fn parse_question(text: &str) -> Result<String, String> {
    let keys: Vec<&str> = QUESTIONS.iter().map(|question| question.key).collect();
    if keys.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "there is no such question; there are {}",
        keys.join(", ")
    ))
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::Pipedrive(args) => args.print.json,
            Self::Propstreet(args) => args.print.json,
        }
    }
}

/// # Errors
/// When the account cannot be reached, nobody agrees, or the file cannot be written.
pub async fn run(
    command: Command,
    config: &Path,
    environment: &Environment,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let desk = Desk::open(config, environment).await?;
    let ended = match command {
        Command::Pipedrive(args) => match desk.prepare(&args).await {
            Ok(prepared) => ask(prepared, &args, out).await,
            Err(error) => Err(error),
        },
        Command::Propstreet(args) => propstreet::ask(&desk, &args, out).await,
    };
    desk.close().await;
    ended
}

async fn ask(
    prepared: Prepared,
    args: &PipedriveArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    if !args.yes && !words::agreed(&prepared.account, args, out)? {
        return Ok(Exit::NeedsPerson);
    }
    let probed = probe(prepared, args).await;
    if let Some(path) = &args.out {
        keep(path, &probed.findings)?;
    }
    let report = Report {
        findings: &probed.findings,
        spent: ("tokens", probed.tokens),
        left: &probed.left,
        stopped: probed.stopped.as_ref(),
        meaning: words::meaning,
        whom: "this account",
    };
    words::print(&report, args.print, out)?;
    let is_whole = probed.stopped.is_none() && probed.left.is_empty();
    Ok(if is_whole { Exit::Done } else { Exit::Failed })
}

/// Writes the switches down that were found to be on.
fn keep(path: &Path, findings: &[Finding]) -> anyhow::Result<()> {
    std::fs::write(path, words::switch_file(findings))
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// Asks, while webhooks are received and somebody may stop it.
async fn probe(prepared: Prepared, args: &PipedriveArgs) -> Probed {
    let Prepared { account, receiver } = prepared;
    let questions = QUESTIONS.iter().filter(|question| args.wants(question));
    let mut progress = Progress::start("asking", questions.count() as u64, args.print.json);
    let mut asked = 0;
    let is_stopped = Arc::clone(&account.is_stopped);
    let probing = probe::pipedrive::probe(
        account,
        |question| args.wants(question),
        |_| {
            asked += 1;
            progress.set_done(asked);
        },
    );
    let probed = while_heard(probing, receiver, &is_stopped).await;
    progress.finish(&format!(
        "{asked} questions gone through, {} tokens spent",
        probed.tokens
    ));
    probed
}

/// Carries a probe out while its webhooks are received and somebody may stop it.
async fn while_heard<T>(
    probing: impl Future<Output = T>,
    receiver: Option<(TcpListener, Arc<PostBox>)>,
    is_stopped: &AtomicBool,
) -> T {
    let until_stopped = async {
        stop_signal().await;
        is_stopped.store(true, Ordering::Relaxed);
        std::future::pending::<()>().await;
    };
    let receiving = async {
        if let Some((listener, post_box)) = receiver {
            let clock: Arc<dyn Clock> = Arc::new(SystemClock);
            post_box::serve(listener, post_box, clock).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        probed = probing => probed,
        () = receiving => unreachable!("it receives as long as anybody asks"),
        () = until_stopped => unreachable!("it only tells the probe"),
    }
}
