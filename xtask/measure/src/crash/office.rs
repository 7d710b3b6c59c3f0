//! The place where it happens: a folder with a configuration, a key and a database, both services on this machine, and the
//! built program.
//!
//! In: a seed. Out: commands of the real program run to their end, and what it needs to be started. Everything listens on
//! loopback, and the folder is gone at the end unless something went wrong.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use api_client::{Clock, SystemClock};
use emulators::brokerage::Brokerage;
use emulators::http_face::{EmulatorServer, FaceOptions, Webhooks};
use emulators::pipedrive::{self, PipedriveConfig, PipedriveEmulator};
use emulators::propstreet::{self, PropstreetEmulator, PropstreetSettings};
use emulators::{Emulator, Moment};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::Command;

/// Enough that the day's tokens are no matter.
const SEATS: u64 = 100;
/// The shortest that may be configured.
pub(super) const POLL_INTERVAL_SECONDS: i64 = 10;
const REQUESTS_PER_MINUTE: u32 = 60_000;
/// The folder of the other database.
const BESIDE: &str = "beside";
const PIPEDRIVE_TOKEN: &str = "token-of-the-crash-loop";
const PROPSTREET_TOKEN: &str = "pat-of-the-crash-loop";

/// How much there is on both services, and how long they take for an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) organizations: usize,
    pub(super) persons: usize,
    pub(super) deals: usize,
    pub(super) latency_millis: i64,
}

impl Size {
    /// Enough for users to have something to edit.
    pub(super) const SMALL: Self = Self {
        organizations: 15,
        persons: 60,
        deals: 0,
        latency_millis: 0,
    };
}

/// Both services, the program and its folder.
#[derive(Debug)]
pub(super) struct Office {
    folder: TempDir,
    binary: PathBuf,
    /// Where the program listens.
    pub(super) address: String,
    pub(super) pipedrive: EmulatorServer<PipedriveEmulator>,
    pub(super) propstreet: EmulatorServer<PropstreetEmulator>,
}

/// The moment now, as the services are told it.
pub(super) fn moment() -> Moment {
    Moment(SystemClock.now().as_millisecond())
}

impl Office {
    /// Both services filled from one book; the program knows of them but has not been run.
    pub(super) async fn open(seed: u64, binary: PathBuf, size: Size) -> anyhow::Result<Self> {
        let book = Brokerage::generate(seed, size.organizations, size.persons);
        let mut pipedrive = PipedriveEmulator::new(PipedriveConfig {
            seed,
            token: PIPEDRIVE_TOKEN.to_owned(),
            subscription: pipedrive::Subscription::Ultimate,
            seats: SEATS,
            limits: pipedrive::Limits::Counted,
            ..PipedriveConfig::default()
        });
        pipedrive.seed(&book, moment());
        if size.deals > 0 {
            pipedrive.seed_office(moment());
            pipedrive.seed_deals(&book, size.deals, moment());
        }
        let mut propstreet = PropstreetEmulator::new(PropstreetSettings {
            seed,
            personal_tokens: vec![PROPSTREET_TOKEN.to_owned()],
            limits: propstreet::Limits::Counted,
            personal_requests_per_minute: REQUESTS_PER_MINUTE,
            // Somebody who dies this often would be switched off, and then there were no webhooks to lose.
            webhook_failures_max: u32::MAX,
            ..PropstreetSettings::default()
        });
        propstreet.seed(&book, moment());
        let free = TcpListener::bind("127.0.0.1:0").await?;
        let office = Self {
            folder: tempfile::Builder::new()
                .prefix("pipestreet-crash-")
                .tempdir()?,
            binary,
            address: free.local_addr()?.to_string(),
            pipedrive: serve(pipedrive, size.latency_millis).await?,
            propstreet: serve(propstreet, size.latency_millis).await?,
        };
        office.write_files()?;
        Ok(office)
    }

    fn write_files(&self) -> anyhow::Result<()> {
        let text = format!(
            "[pipedrive]\nbase_url = \"{}\"\nsubscription = \"ultimate\"\nseats = {SEATS}\n\
             [propstreet]\nbase_url = \"{}\"\nrequests_per_minute = {REQUESTS_PER_MINUTE}\n\
             [server]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\n\
             [sync]\napprove = true\n\
             [timing]\ngrace = \"2s\"\naudit_wait = \"2s\"\npoll_interval = \"{POLL_INTERVAL_SECONDS}s\"\npoll_overlap = \"5s\"\n\
             retry_first = \"1s\"\nretry_longest = \"5s\"\n[log]\nlevel = \"warn\"\n",
            self.pipedrive.base_url,
            self.propstreet.base_url,
            address = self.address,
        );
        // The second folder is for a database of its own beside the same services.
        std::fs::create_dir(self.folder.path().join(BESIDE))?;
        for config in [self.config(), self.config_beside()] {
            std::fs::write(&config, &text)?;
            let key = config.with_extension("key");
            std::fs::write(&key, "3c".repeat(32))?;
            keep_private(&key)?;
        }
        Ok(())
    }

    /// The configuration of a database that holds nothing yet.
    pub(super) fn config_beside(&self) -> PathBuf {
        self.folder.path().join(BESIDE).join("pipestreet.toml")
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("pipestreet.toml")
    }

    pub(super) fn database(&self) -> PathBuf {
        self.folder.path().join("pipestreet.db")
    }

    /// What the program says while it serves, all its lives in one file.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.path().join("serve.log")
    }

    /// That file, to be written on at its end.
    pub(super) fn log_file(&self) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options.create(true).append(true).open(self.log())
    }

    pub(super) fn scratch(&self) -> PathBuf {
        self.folder.path().join("copy")
    }

    /// The program, to be run with these words. It is killed when its handle is dropped.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        self.command_of(&self.config(), words)
    }

    fn command_of(&self, config: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .arg("--config")
            .arg(config)
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
        self.run_of(&self.config(), words).await
    }

    pub(super) async fn run_of(&self, config: &Path, words: &[&str]) -> anyhow::Result<String> {
        let ended = self.command_of(config, words).output().await;
        let ended = ended.with_context(|| format!("{} cannot be run", self.binary.display()))?;
        anyhow::ensure!(
            ended.status.success(),
            "`pipestreet {}` ended with {}: {}",
            words.join(" "),
            ended.status,
            String::from_utf8_lossy(&ended.stderr)
        );
        Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
    }

    pub(super) async fn status(&self) -> anyhow::Result<Value> {
        let text = self.run(&["status", "--json"]).await?;
        serde_json::from_str(&text).context("`pipestreet status --json` prints no JSON")
    }

    /// Ends the services; the folder stays when it is needed to find out what went wrong.
    pub(super) async fn close(self, keep_folder: bool) -> Option<PathBuf> {
        self.pipedrive.stop().await;
        self.propstreet.stop().await;
        keep_folder.then(|| self.folder.keep())
    }
}

async fn serve<E: Emulator + 'static>(
    emulator: E,
    latency_millis: i64,
) -> anyhow::Result<EmulatorServer<E>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    // Webhooks are carried by a courier of ours, which remembers each that was taken.
    let options = FaceOptions {
        webhooks: Webhooks::Manual,
        latency_millis,
        ..FaceOptions::default()
    };
    Ok(EmulatorServer::start(
        Arc::new(Mutex::new(emulator)),
        listener,
        Arc::new(moment),
        options,
    )?)
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
