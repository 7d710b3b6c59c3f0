//! `pipestreet probe`: asks a real account what its service's documentation leaves open. Says first what it will do, makes
//! marked records only, and removes every one.
//!
//! In: the account of the configuration and an allowance. Out: each answer beside what the emulator assumes, and a file that
//! `emulate … --like` loads. Keeps nothing in the database.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use api_client::{Clock, HttpTransport, SystemClock, Transport};
use dialoguer::Confirm;
use emulators::pipedrive::Switches;
use probe::pipedrive::{Probed, QUESTIONS, Question};
use probe::{Account, Answer};
use serde_json::{Map, Value, json};
use store::Store;

use super::output::Output;
use super::progress::Progress;
use super::{Exit, Print};
use crate::config::{Config, Environment};
use crate::secrets::{SecretName, Secrets, open_vault};
use crate::startup;
use crate::stop_signal::stop_signal;

/// What a probe without questions that meet limits costs, with room.
const ALLOWANCE: u32 = 3_000;

#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// Ask the Pipedrive account of the configuration
    Pipedrive(PipedriveArgs),
}

#[derive(Debug, Clone, clap::Args)]
pub struct PipedriveArgs {
    /// The most tokens of the day that may be spent
    #[arg(long, value_name = "TOKENS", default_value_t = ALLOWANCE)]
    pub allowance: u32,
    /// Also ask what only shows at a limit: for about two minutes the account refuses our token
    #[arg(long)]
    pub meet_limits: bool,
    /// Write what was found out to this file, for `emulate pipedrive --like`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Begin without being asked
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub print: Print,
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::Pipedrive(args) => args.print.json,
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
    let Command::Pipedrive(args) = command;
    let account = account(config, environment, args.allowance).await?;
    let wanted = |question: &Question| args.meet_limits || !question.meets_limits;
    if !args.yes && !agreed(&account, &wanted, out)? {
        return Ok(Exit::NeedsPerson);
    }
    let questions = QUESTIONS.iter().filter(|question| wanted(question)).count();
    let mut progress = Progress::start("asking", questions as u64, args.print.json);
    let mut asked = 0;
    // Who stops the probe stops it between two questions: each removes what it made.
    let is_stopped = AtomicBool::new(false);
    let probing = probe::pipedrive::probe(
        account,
        |question| wanted(question) && !is_stopped.load(Ordering::Relaxed),
        |_| {
            asked += 1;
            progress.set_done(asked);
        },
    );
    let until_stopped = async {
        stop_signal().await;
        is_stopped.store(true, Ordering::Relaxed);
        std::future::pending::<()>().await;
    };
    let probed = tokio::select! {
        probed = probing => probed,
        () = until_stopped => unreachable!("it only tells the probe"),
    };
    progress.finish(&format!(
        "{asked} questions asked, {} tokens spent",
        probed.tokens
    ));
    if let Some(path) = &args.out {
        std::fs::write(path, switch_file(&probed))
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    print(&probed, args.print, out)?;
    let was_stopped = is_stopped.load(Ordering::Relaxed);
    if was_stopped && !args.print.json {
        out.line("stopped before the last question; what was made is removed")?;
    }
    let is_whole = !was_stopped && probed.stopped.is_none() && probed.left.is_empty();
    Ok(if is_whole { Exit::Done } else { Exit::Failed })
}

async fn account(
    config: &Path,
    environment: &Environment,
    allowance: u32,
) -> anyhow::Result<Account> {
    let config = Config::load(config, environment)?;
    let store = startup::open_store(&config.storage.path)?;
    let vault = open_vault(environment, &config.storage.key_file)?;
    let stored = store.secrets(startup::WORKSPACE).await?;
    let workspace = startup::WORKSPACE.workspace;
    let secrets = Secrets::gather(environment, &stored, workspace, vault.as_ref())?;
    startup::close_store(store).await;
    let token = secrets.get(SecretName::PipedriveApiToken).with_context(|| {
        format!(
            "the probe asks with an API token, and there is none; set one with `pipestreet secrets set {}`",
            SecretName::PipedriveApiToken.as_str()
        )
    })?;
    let base = config.pipedrive.base_url.as_ref().context(
        "the probe has to know which account is meant; set pipedrive.company_domain in the configuration",
    )?;
    let transport: Arc<dyn Transport> = Arc::new(HttpTransport::new()?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Account {
        transport,
        clock,
        base: base.to_string(),
        token: token.clone(),
        other_token: None,
        mark: format!("Pipestreet probe {:04x}", startup::random_seed() & 0xffff),
        allowance,
    })
}

/// Says what will be done, and asks where there is a terminal.
fn agreed(
    account: &Account,
    wanted: &impl Fn(&Question) -> bool,
    out: &mut Output<'_>,
) -> anyhow::Result<bool> {
    let questions: Vec<&Question> = QUESTIONS
        .iter()
        .filter(|question| wanted(question))
        .collect();
    let mut makes: BTreeMap<&str, u32> = BTreeMap::new();
    for made in questions.iter().flat_map(|question| question.makes) {
        *makes.entry(made).or_default() += 1;
    }
    let made: Vec<String> = makes
        .iter()
        .map(|(what, count)| format!("{count} × {what}"))
        .collect();
    out.line(format!(
        "On {} this asks {} questions. It makes and removes again, a few at a time, {}; each has '{}' in its name. \
         Deleted persons and deals stay in Pipedrive's trash for thirty days. It spends at most {} tokens of the day.",
        account.base,
        questions.len(),
        made.join(", "),
        account.mark,
        account.allowance,
    ))?;
    if questions.iter().any(|question| question.meets_limits) {
        out.line("For about two minutes the account will refuse our token, and everybody else's calls with it.")?;
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        out.line("Nothing was asked; say --yes to begin")?;
        return Ok(false);
    }
    Ok(Confirm::new()
        .with_prompt("Begin?")
        .default(false)
        .interact()?)
}

/// What was found out, as a file of switches: those that differ from the strictest.
fn switch_file(probed: &Probed) -> String {
    let mut switches = Map::new();
    for finding in &probed.findings {
        match &finding.answer {
            Answer::On => {
                switches.insert(finding.key.to_owned(), Value::Bool(true));
            }
            Answer::Value(value) => {
                switches.insert(finding.key.to_owned(), value.clone());
            }
            Answer::Off | Answer::Unclear(_) | Answer::NotAsked(_) => {}
        }
    }
    let text = serde_json::to_string_pretty(&Value::Object(switches));
    text.expect("a map of plain values is JSON") + "\n"
}

fn print(probed: &Probed, print: Print, out: &mut Output<'_>) -> anyhow::Result<()> {
    if print.json {
        let findings = probed.findings.iter().map(|finding| {
            let (answer, why) = in_short(&finding.answer);
            json!({"question": finding.key, "answer": answer, "why": why})
        });
        let left = probed
            .left
            .iter()
            .map(|left| json!({"what": left.what, "path": left.path, "why": left.why}));
        out.value(&json!({
            "findings": findings.collect::<Vec<_>>(),
            "tokens": probed.tokens,
            "left": left.collect::<Vec<_>>(),
            "stopped": probed.stopped.as_ref().map(ToString::to_string),
        }))?;
        return Ok(());
    }
    let rows = probed.findings.iter().map(|finding| {
        let (answer, why) = in_short(&finding.answer);
        let question = match why {
            Some(why) => format!("{}: {why}", meaning(finding.key)),
            None => meaning(finding.key),
        };
        vec![answer, question]
    });
    let rows = rows.collect();
    out.table(&["this account", "question"], rows, "nothing was asked")?;
    for left in &probed.left {
        out.line(format!(
            "a {} could not be removed, at {}: {}; remove it by hand",
            left.what, left.path, left.why
        ))?;
    }
    if let Some(stop) = &probed.stopped {
        out.line(format!("stopped early: {stop}"))?;
    }
    Ok(())
}

/// What the emulator does without a switch file is "no" throughout.
fn in_short(answer: &Answer) -> (String, Option<String>) {
    match answer {
        Answer::On => ("yes, unlike the emulator".to_owned(), None),
        Answer::Off => ("no, like the emulator".to_owned(), None),
        Answer::Value(value) => (value.to_string(), None),
        Answer::Unclear(why) => ("unclear".to_owned(), Some(why.clone())),
        Answer::NotAsked(why) => ("not asked".to_owned(), Some(why.clone())),
    }
}

/// The one finding that is no switch is a time.
fn meaning(key: &str) -> String {
    let question = Switches::QUESTIONS
        .iter()
        .find(|question| question.key == key);
    question.map_or_else(
        || "a search lags behind a write, at least and at most, in milliseconds".to_owned(),
        |question| question.when_on.to_owned(),
    )
}
