//! `pipestreet init`: writes a commented configuration and makes the key that seals secrets.
//!
//! In: flags, and on a terminal the answers to questions. Out: two new files. Never changes a file that is there.

use std::io::{IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, bail};
use dialoguer::{Input, Select};

use super::Exit;
use super::output::Output;
use crate::config::{Config, EXAMPLE, Environment};
use crate::secrets::{self, Entropy, SecretError, SecretName};

const SUBSCRIPTIONS: [&str; 4] = ["lite", "growth", "premium", "ultimate"];
const SUBSCRIPTION_USUAL: usize = 1;

#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// The first part of the Pipedrive account's address: nordhamn of nordhamn.pipedrive.com; left out, it is found out
    #[arg(long, value_name = "NAME")]
    pub company_domain: Option<String>,
    /// The account's subscription: lite, growth, premium or ultimate
    #[arg(long)]
    pub subscription: Option<String>,
    /// The account's seats
    #[arg(long)]
    pub seats: Option<u32>,
    /// Whose national phone and organization numbers are meant, such as SE
    #[arg(long, value_name = "COUNTRY")]
    pub country: Option<String>,
    /// The address under which the services reach this program; left out, changes are found by polling
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// The id of the Propstreet OAuth client; left out with a personal access token
    #[arg(long, value_name = "ID")]
    pub propstreet_client_id: Option<String>,
    /// Ask nothing, even on a terminal
    #[arg(long)]
    pub no_questions: bool,
}

/// # Errors
/// When there is a configuration already, an answer is not usable, or a file cannot be written.
pub fn run(
    path: &Path,
    args: Args,
    entropy: Entropy<'_>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    if path.exists() {
        bail!("{} exists already and is left as it is", path.display());
    }
    let may_ask =
        !args.no_questions && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let args = if may_ask { ask(args)? } else { args };
    let text = fill_in(&args);
    // What is written is read first, so that no mistake gets into the file.
    Config::read(&path.display().to_string(), &text, &Environment::default())?;
    write_new(path, &text).with_context(|| format!("{} cannot be written", path.display()))?;
    out.line(format!("wrote {}", path.display()))?;

    let config = Config::load(path, &Environment::default())?;
    let key_file = &config.storage.key_file;
    match secrets::make_key_file(key_file, entropy) {
        Ok(()) => out.line(format!(
            "made the key {}: keep a copy somewhere else",
            key_file.display()
        ))?,
        Err(SecretError::KeyExists { path }) => {
            out.line(format!("kept the key {}", path.display()))?
        }
        Err(error) => return Err(error.into()),
    }
    print_next(&args, out)?;
    Ok(Exit::Done)
}

fn print_next(args: &Args, out: &mut Output<'_>) -> std::io::Result<()> {
    let propstreet = if args.propstreet_client_id.is_some() {
        SecretName::PropstreetClientSecret
    } else {
        SecretName::PropstreetToken
    };
    out.line("\nnext:")?;
    out.line(format!(
        "  pipestreet secrets set {}   (or through OAuth: pipestreet login pipedrive)",
        SecretName::PipedriveApiToken
    ))?;
    out.line(format!("  pipestreet secrets set {propstreet}"))?;
    out.line("  pipestreet doctor")?;
    out.line("  pipestreet setup")?;
    out.line("  pipestreet plan")
}

fn ask(args: Args) -> anyhow::Result<Args> {
    let text =
        |question: &str, told: Option<String>, usual: &str| -> anyhow::Result<Option<String>> {
            if told.is_some() {
                return Ok(told);
            }
            let input = Input::<String>::new()
                .with_prompt(question)
                .allow_empty(true);
            let answer = if usual.is_empty() {
                input
            } else {
                input.default(usual.to_owned())
            }
            .interact_text()?;
            Ok(Some(answer).filter(|answer| !answer.is_empty()))
        };
    let company_domain = text(
        "Pipedrive account (nordhamn of nordhamn.pipedrive.com; empty: found out)",
        args.company_domain,
        "",
    )?;
    let subscription = match args.subscription {
        Some(told) => told,
        None => {
            let question = Select::new()
                .with_prompt("Subscription")
                .items(SUBSCRIPTIONS);
            SUBSCRIPTIONS[question.default(SUBSCRIPTION_USUAL).interact()?].to_owned()
        }
    };
    let seats = match args.seats {
        Some(told) => told,
        None => Input::new()
            .with_prompt("Seats")
            .default(1)
            .interact_text()?,
    };
    Ok(Args {
        company_domain,
        subscription: Some(subscription),
        seats: Some(seats),
        country: text("Country", args.country, "SE")?,
        public_url: text(
            "Public https:// address of this program (empty: poll only)",
            args.public_url,
            "",
        )?,
        propstreet_client_id: text(
            "Propstreet OAuth client id (empty: personal access token)",
            args.propstreet_client_id,
            "",
        )?,
        no_questions: args.no_questions,
    })
}

/// The example with the answers in their places.
fn fill_in(args: &Args) -> String {
    let quoted = |text: &Option<String>| {
        text.as_ref()
            .map(|text| format!("\"{}\"", text.escape_default()))
    };
    let answers = [
        ("workspace", "default_country", quoted(&args.country)),
        ("pipedrive", "company_domain", quoted(&args.company_domain)),
        ("pipedrive", "subscription", quoted(&args.subscription)),
        (
            "pipedrive",
            "seats",
            args.seats.map(|seats| seats.to_string()),
        ),
        (
            "propstreet",
            "client_id",
            quoted(&args.propstreet_client_id),
        ),
        ("server", "public_url", quoted(&args.public_url)),
    ];
    let mut section = "";
    let mut text = String::with_capacity(EXAMPLE.len());
    for line in EXAMPLE.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        }
        let setting = line
            .trim_start_matches('#')
            .split(" = ")
            .next()
            .unwrap_or_default();
        let answer = answers
            .iter()
            .find(|(place, key, _)| *place == section && *key == setting);
        match answer {
            Some((_, key, Some(value))) => text.push_str(&format!("{key} = {value}")),
            Some((_, _, None)) | None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
