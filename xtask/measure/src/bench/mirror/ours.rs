//! The backfill in question: the real program with a configuration and a database of its own, told to fill its mirror.
//!
//! In: both services. Out: what the run came to. Everything is in a folder that is gone at the end.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use api_client::HttpTransport;
use tempfile::TempDir;

use super::report::Line;
use super::services::{Service, Size, TOKEN};
use super::watch::Group;

/// More than any budget that could slow it down.
const SEATS: u32 = 10_000;
const REQUESTS_PER_MINUTE: u32 = 60_000;
const MILLIS_MAX: i64 = 600_000;
const FILL: &str = "backfill";

/// Where the program runs.
#[derive(Debug)]
struct Desk {
    folder: TempDir,
    binary: PathBuf,
}

impl Desk {
    fn new(binary: &Path, pipedrive: &Service, propstreet: &Service) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("pipestreet-bench-")
            .tempdir()?;
        let text = format!(
            "[pipedrive]\nbase_url = \"{}\"\nsubscription = \"ultimate\"\nseats = {SEATS}\n\
             [propstreet]\nbase_url = \"{}\"\nrequests_per_minute = {REQUESTS_PER_MINUTE}\n[log]\nlevel = \"warn\"\n",
            pipedrive.base_url, propstreet.base_url
        );
        std::fs::write(folder.path().join("pipestreet.toml"), text)?;
        let key = folder.path().join("pipestreet.key");
        std::fs::write(&key, "3c".repeat(32))?;
        keep_private(&key)?;
        Ok(Self {
            folder,
            binary: binary.to_owned(),
        })
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .arg("--config")
            .arg(self.folder.path().join("pipestreet.toml"))
            .args(words)
            .env_clear()
            .env("PIPESTREET_PIPEDRIVE_API_TOKEN", TOKEN)
            .env("PIPESTREET_PROPSTREET_TOKEN", TOKEN)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}

/// Sets a workspace up, fills its mirror, and looks whether all is there.
pub(super) async fn backfill(
    binary: &Path,
    (pipedrive, propstreet): (&Service, &Service),
    size: Size,
    transport: &HttpTransport,
) -> anyhow::Result<Line> {
    let desk = Desk::new(binary, pipedrive, propstreet)?;
    let set_up = desk.command(&["setup"]).stderr(Stdio::inherit()).status()?;
    anyhow::ensure!(set_up.success(), "`pipestreet setup` ended with {set_up}");
    let before = pipedrive.counters(transport).await?;
    let child = desk
        .command(&["mirror", FILL, "--json"])
        .stderr(Stdio::inherit())
        .spawn()
        .context("the program cannot be started")?;
    let spent = Group(vec![child]).watch(MILLIS_MAX).await?;
    anyhow::ensure!(spent.succeeded, "`pipestreet mirror {FILL}` failed");
    let counted = pipedrive.counters(transport).await?.since(before);
    let rows = live_rows(&desk)?;
    anyhow::ensure!(
        rows == size.records(),
        "{rows} records are mirrored of {}",
        size.records()
    );
    Ok(Line {
        name: "pipestreet into SQLite".to_owned(),
        rows,
        spent,
        counted,
    })
}

/// Live deals, persons and organizations of Pipedrive, as the program itself tells.
fn live_rows(desk: &Desk) -> anyhow::Result<u64> {
    let told = desk
        .command(&["mirror", "status", "--json"])
        .stdout(Stdio::piped())
        .output()?;
    let tables: serde_json::Value = serde_json::from_slice(&told.stdout)?;
    let tables = tables.as_array().context("the status is a list")?;
    let is_in_question = |table: &&serde_json::Value| {
        matches!(
            table["table"].as_str(),
            Some("pipedrive_deals" | "pipedrive_persons" | "pipedrive_organizations")
        )
    };
    Ok(tables
        .iter()
        .filter(is_in_question)
        .filter_map(|table| table["live"].as_u64())
        .sum())
}

#[cfg(unix)]
fn keep_private(key: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn keep_private(_key: &Path) -> std::io::Result<()> {
    Ok(())
}
