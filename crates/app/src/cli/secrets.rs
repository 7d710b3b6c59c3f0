//! `pipestreet secrets`: keep a secret sealed in the database, and see which ones there are. Values are never printed and never
//! taken from the command line.

use std::io::{IsTerminal, Read};

use anyhow::{Context, bail};
use dialoguer::Password;
use secrecy::SecretString;
use serde_json::json;
use store::Store;

use super::output::{Output, time};
use super::{Exit, Opened, Print};
use crate::config::{Config, Environment};
use crate::secrets::{Entropy, Origin, SecretError, SecretName, Secrets, open_vault, seal};

const SECRET_BYTES_MAX: u64 = 64 * 1024;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Keep a secret: asked for on a terminal, else read from standard input
    Set {
        /// Its name, as `secrets list` shows it
        #[arg(value_parser = parse_name)]
        name: SecretName,
    },
    /// Which secrets there are, and where each comes from
    List {
        #[command(flatten)]
        print: Print,
    },
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::Set { .. } => false,
            Self::List { print } => print.json,
        }
    }
}

/// What the commands need to know about the process.
#[derive(Clone, Copy)]
pub struct Keeping<'k> {
    pub config: &'k Config,
    pub environment: &'k Environment,
    pub entropy: Entropy<'k>,
}

impl std::fmt::Debug for Keeping<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeping").finish_non_exhaustive()
    }
}

/// Reads a secret from the terminal without showing it, or from standard input.
///
/// # Errors
/// When nothing usable is given.
pub fn read_secret(name: SecretName) -> anyhow::Result<SecretString> {
    let text = if std::io::stdin().is_terminal() {
        Password::new()
            .with_prompt(format!("{name} ({})", name.meaning()))
            .interact()?
    } else {
        let mut text = String::new();
        std::io::stdin()
            .take(SECRET_BYTES_MAX)
            .read_to_string(&mut text)
            .context("standard input is no text")?;
        text
    };
    let text = text.trim();
    if text.is_empty() {
        bail!("the secret is empty; nothing was changed");
    }
    Ok(SecretString::from(text.to_owned()))
}

/// # Errors
/// When there is no key or the database does not answer.
pub async fn set<S: Store>(
    opened: &Opened<'_, S>,
    keeping: Keeping<'_>,
    name: SecretName,
    secret: &SecretString,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let key_file = &keeping.config.storage.key_file;
    let vault = open_vault(keeping.environment, key_file)?;
    let vault = vault.ok_or(SecretError::NoKey)?;
    let sealed = seal(
        &vault,
        opened.ctx.workspace,
        name,
        secret,
        keeping.entropy,
        opened.now,
    );
    opened
        .store
        .put_secret(opened.ctx, sealed, opened.now)
        .await?;
    out.line(format!("kept {name}, sealed"))?;
    if keeping.environment.get(&name.variable()).is_some() {
        out.line(format!(
            "note: {} is set and comes before it",
            name.variable()
        ))?;
    }
    Ok(Exit::Done)
}

/// # Errors
/// When a stored secret does not open or the database does not answer.
pub async fn list<S: Store>(
    opened: &Opened<'_, S>,
    keeping: Keeping<'_>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let stored = opened.store.secrets(opened.ctx).await?;
    let key_file = &keeping.config.storage.key_file;
    let vault = open_vault(keeping.environment, key_file)?;
    let secrets = Secrets::gather(
        keeping.environment,
        &stored,
        opened.ctx.workspace,
        vault.as_ref(),
    )?;
    if out.is_json() {
        let all = SecretName::ALL.map(|name| json!({ "name": name.as_str(), "from": secrets.origin(name).map(|origin| origin_text(origin, name)) }));
        out.value(&json!(all))?;
        return Ok(Exit::Done);
    }
    let rows = SecretName::ALL
        .into_iter()
        .map(|name| {
            let from = secrets
                .origin(name)
                .map_or_else(|| "–".to_owned(), |origin| origin_text(origin, name));
            vec![name.as_str().to_owned(), from, name.meaning().to_owned()]
        })
        .collect();
    out.table(&["Secret", "Comes from", "What it is"], rows, "")?;
    Ok(Exit::Done)
}

fn origin_text(origin: &Origin, name: SecretName) -> String {
    match origin {
        Origin::Variable => name.variable(),
        Origin::File(path) => format!("file {}", path.display()),
        Origin::Store { changed_at } => format!("database, since {} UTC", time(*changed_at)),
    }
}

fn parse_name(text: &str) -> Result<SecretName, String> {
    let Some(name) = SecretName::parse(text) else {
        let names = SecretName::ALL.into_iter().filter(|name| name.is_told());
        let names: Vec<_> = names.map(SecretName::as_str).collect();
        return Err(format!("it is one of {}", names.join(", ")));
    };
    if name.is_told() {
        return Ok(name);
    }
    Err("run `pipestreet login pipedrive`, which makes it".to_owned())
}
