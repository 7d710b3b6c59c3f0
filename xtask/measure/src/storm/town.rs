//! The place where it happens: both services as processes of their own, a folder with a configuration, a key and a database, and
//! the built program.
//!
//! In: how large it shall be. Out: commands run to their end, calls of the control address, a serving program. Everything
//! listens on loopback and is killed by its own handle.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;
use api_client::{Clock, HttpTransport, SystemClock, Transport};
use bytes::Bytes;
use model::time;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use super::Arguments;

const PIPEDRIVE_TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";
const PROPSTREET_TOKEN: &str = "pat-of-the-storm";
const READY_MILLIS_MAX: i64 = 30_000;

/// Both services, the program and its folder.
#[derive(Debug)]
pub(super) struct Town {
    folder: TempDir,
    binary: PathBuf,
    /// Where the program listens.
    address: String,
    pub(super) pipedrive: String,
    services: [Child; 2],
    transport: HttpTransport,
}

impl Town {
    pub(super) async fn found(arguments: &Arguments, binary: PathBuf) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("pipestreet-storm-")
            .tempdir()?;
        let (seed, deals) = (arguments.seed.to_string(), arguments.deals.to_string());
        let (persons, organizations) = (
            (arguments.deals / 2).max(20).to_string(),
            (arguments.deals / 8).max(5).to_string(),
        );
        let latency = arguments.latency.to_string();
        let (pipedrive, pipedrive_url) = emulator(
            &binary,
            &[
                "pipedrive",
                "--seed",
                &seed,
                "--persons",
                &persons,
                "--organizations",
                &organizations,
                "--deals",
                &deals,
                "--subscription",
                "ultimate",
                "--seats",
                "100",
                "--limits",
                "counted",
                "--latency",
                &latency,
                "--token",
                PIPEDRIVE_TOKEN,
            ],
        )
        .await?;
        let (propstreet, propstreet_url) = emulator(
            &binary,
            &[
                "propstreet",
                "--persons",
                "10",
                "--organizations",
                "4",
                "--projects",
                "2",
                "--limits",
                "off",
                "--token",
                PROPSTREET_TOKEN,
            ],
        )
        .await?;
        let free = TcpListener::bind("127.0.0.1:0").await?;
        let town = Self {
            folder,
            binary,
            address: free.local_addr()?.to_string(),
            pipedrive: pipedrive_url,
            services: [pipedrive, propstreet],
            transport: HttpTransport::new()?,
        };
        drop(free);
        town.write_files(&propstreet_url)?;
        town.run(&["setup"]).await?;
        Ok(town)
    }

    fn write_files(&self, propstreet: &str) -> anyhow::Result<()> {
        let text = format!(
            "[pipedrive]\nbase_url = \"{}\"\nsubscription = \"ultimate\"\nseats = 100\n\
             [propstreet]\nbase_url = \"{propstreet}\"\nrequests_per_minute = 60000\n\
             [server]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\n[log]\nlevel = \"warn\"\n",
            self.pipedrive,
            address = self.address,
        );
        std::fs::write(self.config(), text)?;
        let key = self.folder.path().join("pipestreet.key");
        std::fs::write(&key, "3c".repeat(32))?;
        keep_private(&key)?;
        Ok(())
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("pipestreet.toml")
    }

    pub(super) fn database(&self) -> PathBuf {
        self.folder.path().join("pipestreet.db")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("serve.log")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .arg("--config")
            .arg(self.config())
            .args(words)
            .env_clear()
            .env("PIPESTREET_PIPEDRIVE_API_TOKEN", PIPEDRIVE_TOKEN)
            .env("PIPESTREET_PROPSTREET_TOKEN", PROPSTREET_TOKEN)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs the program to its end.
    pub(super) async fn run(&self, words: &[&str]) -> anyhow::Result<String> {
        self.run_to(words, &[0]).await
    }

    /// The same, where other ends are in order, too.
    async fn run_to(&self, words: &[&str], codes: &[i32]) -> anyhow::Result<String> {
        let ended = self.command(words).output().await;
        let ended = ended.with_context(|| format!("{} cannot be run", self.binary.display()))?;
        anyhow::ensure!(
            ended
                .status
                .code()
                .is_some_and(|code| codes.contains(&code)),
            "`pipestreet {}` ended with {}: {}",
            words.join(" "),
            ended.status,
            String::from_utf8_lossy(&ended.stderr)
        );
        Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
    }

    async fn json(&self, words: &[&str], codes: &[i32]) -> anyhow::Result<Value> {
        let text = self.run_to(words, codes).await?;
        serde_json::from_str(&text)
            .with_context(|| format!("`pipestreet {}` prints no JSON", words.join(" ")))
    }

    pub(super) async fn status(&self) -> anyhow::Result<Value> {
        self.json(&["status", "--json"], &[0, 3]).await
    }

    pub(super) async fn mirror_status(&self) -> anyhow::Result<Value> {
        self.json(&["mirror", "status", "--json"], &[0]).await
    }

    /// What the program's own comparison says.
    pub(super) async fn verify(&self) -> anyhow::Result<Value> {
        let words = ["mirror", "verify", "--no-heal", "--json"];
        self.json(&words, &[0, 3]).await
    }

    /// A request to Pipedrive as any program makes it; the answer where it was in order.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = http::Request::get(format!("{}{path}", self.pipedrive))
            .header("x-api-token", PIPEDRIVE_TOKEN)
            .body(Bytes::new())?;
        self.ask(request)
            .await?
            .with_context(|| format!("{path} was refused"))
    }

    pub(super) async fn counters(&self) -> anyhow::Result<Value> {
        self.get("/_emulator/counters").await
    }

    /// A control call; nothing when it was refused.
    pub(super) async fn control(&self, what: &str, body: &Value) -> anyhow::Result<Option<Value>> {
        let request = http::Request::post(format!("{}/_emulator/{what}", self.pipedrive))
            .body(Bytes::from(body.to_string()))?;
        self.ask(request).await
    }

    async fn ask(&self, request: http::Request<Bytes>) -> anyhow::Result<Option<Value>> {
        let answer = self.transport.send(request).await?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        Ok(Some(serde_json::from_slice(answer.body())?))
    }

    /// Ends the services; the folder stays when it is needed to find out what went wrong.
    pub(super) async fn close(mut self, keep_folder: bool) -> Option<PathBuf> {
        for service in &mut self.services {
            // One that has ended already needs no kill.
            drop(service.kill().await);
        }
        keep_folder.then(|| self.folder.keep())
    }
}

/// One service; the handle and the address.
async fn emulator(binary: &Path, words: &[&str]) -> anyhow::Result<(Child, String)> {
    let mut command = Command::new(binary);
    command
        .args(["emulate"])
        .args(words)
        .arg("--json")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().context("an emulator cannot be started")?;
    let said = child.stdout.take().context("an emulator says nothing")?;
    let mut text = String::new();
    let mut lines = BufReader::new(said).lines();
    while let Some(line) = lines.next_line().await? {
        text.push_str(&line);
        if let Ok(told) = serde_json::from_str::<Value>(&text) {
            let url = told["base_url"].as_str().context("it tells no address")?;
            return Ok((child, url.to_owned()));
        }
    }
    anyhow::bail!("an emulator ended before it told its address: {text}")
}

/// The program at work.
#[derive(Debug)]
pub(super) struct Serving(Child);

impl Serving {
    /// Begins and waits until it takes webhooks.
    pub(super) async fn begin(town: &Town) -> anyhow::Result<Self> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(town.log())?;
        let mut command = town.command(&["serve"]);
        command.stdout(Stdio::null()).stderr(log);
        let serving = Self(command.spawn().context("the program cannot be started")?);
        let began = SystemClock.now();
        loop {
            let request =
                http::Request::get(format!("http://{}/healthz", town.address)).body(Bytes::new())?;
            let answer = town.transport.send(request).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(serving);
            }
            let waited = time::to_millis(SystemClock.now()) - time::to_millis(began);
            anyhow::ensure!(waited < READY_MILLIS_MAX, "the program does not serve");
            pause(20).await;
        }
    }

    pub(super) async fn end(mut self) -> anyhow::Result<()> {
        self.0.kill().await?;
        Ok(())
    }
}

/// Waits on the machine's clock.
pub(super) async fn pause(millis: i64) {
    SystemClock
        .sleep_until(time::plus_millis(SystemClock.now(), millis))
        .await;
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
