//! A PostgreSQL of our own for the peers: made anew in a folder of its own, on loopback, with its usual settings, and stopped at the
//! end.
//!
//! In: nothing, or nothing to start. Out: an address. It never runs as the superuser of the machine, which it refuses to.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use tempfile::TempDir;

use super::watch::{Group, pause};

/// Whom it may run as when we are the superuser.
const USERS: [&str; 2] = ["postgres", "nobody"];
pub(super) const OWNER: &str = "bench";
const READY_LOOKS_MAX: u32 = 200;
const LOOK_EVERY_MILLIS: i64 = 50;

/// A server that runs.
#[derive(Debug)]
pub(super) struct Postgres {
    port: u16,
    // In this order: the server ends before its folder goes.
    _process: Group,
    _folder: TempDir,
}

impl Postgres {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let programs = programs().context("no PostgreSQL is installed")?;
        let user = if is_superuser() {
            let known = USERS.into_iter().find_map(user);
            Some(known.context("nobody is there to run PostgreSQL as")?)
        } else {
            None
        };
        let folder = tempfile::Builder::new()
            .prefix("pipestreet-postgres-")
            .tempdir()?;
        if let Some(user) = user {
            give(folder.path(), user)?;
        }
        let data = folder.path().join("data");
        let mut make = as_user(programs.join("initdb"), user, folder.path());
        make.args(["--auth=trust", "--encoding=UTF8", "--username", OWNER, "-D"])
            .arg(&data);
        let made = make.stdout(Stdio::null()).output()?;
        anyhow::ensure!(
            made.status.success(),
            "initdb failed: {}",
            String::from_utf8_lossy(&made.stderr).trim()
        );
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut serve = as_user(programs.join("postgres"), user, folder.path());
        serve
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories="])
            .args(["-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = Group(vec![serve.spawn()?]);
        for _ in 0..READY_LOOKS_MAX {
            let mut ask = Command::new(programs.join("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
            if ask.status()?.success() {
                return Ok(Self {
                    port,
                    _process: process,
                    _folder: folder,
                });
            }
            pause(LOOK_EVERY_MILLIS).await;
        }
        anyhow::bail!("PostgreSQL did not start")
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// For clients that want a password, which is not looked at.
    pub(super) fn url(&self) -> String {
        format!(
            "postgresql://{OWNER}:{OWNER}@127.0.0.1:{}/postgres",
            self.port
        )
    }
}

/// The folder of the server's programs, seen through links, because initdb looks for the others beside itself.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(PathBuf::from("/usr/local/bin"));
    folders.into_iter().find_map(|folder| {
        let server = folder.join("postgres").canonicalize().ok()?;
        let folder = server.parent()?.to_owned();
        let is_whole = ["initdb", "pg_isready"]
            .iter()
            .all(|name| folder.join(name).exists());
        is_whole.then_some(folder)
    })
}

/// Number and group of a user of this machine.
type User = (u32, u32);

fn user(name: &str) -> Option<User> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let fields = users
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.first() == Some(&name))?;
    Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
}

#[cfg(unix)]
fn is_superuser() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

#[cfg(not(unix))]
fn is_superuser() -> bool {
    false
}

#[cfg(unix)]
fn give(folder: &Path, (number, group): User) -> std::io::Result<()> {
    std::os::unix::fs::chown(folder, Some(number), Some(group))
}

#[cfg(not(unix))]
fn give(_folder: &Path, _user: User) -> std::io::Result<()> {
    Ok(())
}

fn as_user(program: impl AsRef<OsStr>, user: Option<User>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    #[cfg(unix)]
    if let Some((number, group)) = user {
        use std::os::unix::process::CommandExt;
        command.uid(number).gid(group);
    }
    command
}
