//! The same backfill by others: dlt, and Singer's tap-pipedrive with a target, both into PostgreSQL.
//!
//! In: a service and a database. Out: what each came to, or in words why it cannot run. Each is put into a folder of its own below
//! the build folder the first time, by Python's own installer; nothing of them is changed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use api_client::HttpTransport;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::postgres::{OWNER, Postgres};
use super::report::Line;
use super::services::{Service, TOKEN};
use super::watch::{Group, Spent};

const DLT: [&str; 2] = ["dlt[postgres]==1.31.0", "psycopg2-binary==2.9.13"];
const TAP: [&str; 1] = ["tap-pipedrive==2.1.0"];
/// A program of its own, because the tap and it want different versions of what both use.
const TARGET: [&str; 1] = ["meltanolabs-target-postgres==0.8.1"];
const STREAMS: [&str; 3] = ["deals", "persons", "organizations"];
/// Whoever is not done by then is stopped and told by how far it came.
const MILLIS_MAX: i64 = 240_000;

/// Where things are.
pub(super) struct Place<'a> {
    pub(super) service: &'a Service,
    pub(super) postgres: &'a Postgres,
    /// Our short programs that start the peers.
    pub(super) scripts: &'a Path,
    /// Below which they are installed.
    pub(super) tools: &'a Path,
    pub(super) transport: &'a HttpTransport,
}

pub(super) async fn dlt(place: &Place<'_>) -> anyhow::Result<Line> {
    let python = installed(place.tools, "dlt", &DLT)?;
    let folder = scratch()?;
    let mut command = Command::new(python);
    command
        .arg(place.scripts.join("dlt_backfill.py"))
        .arg(&place.service.base_url)
        .arg(TOKEN)
        .args(["postgres", &place.postgres.url()])
        .arg(folder.path())
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("EXTRACT__WORKERS", "2")
        .env("NORMALIZE__WORKERS", "2")
        .env("LOAD__WORKERS", "2")
        .env("RUNTIME__DLTHUB_TELEMETRY", "false")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log(&folder)?);
    let children = vec![command.spawn()?];
    run(
        place,
        ("dlt into PostgreSQL", "backfill"),
        children,
        &folder,
    )
    .await
}

pub(super) async fn tap(place: &Place<'_>) -> anyhow::Result<Line> {
    let tap_python = installed(place.tools, "tap-pipedrive", &TAP)?;
    let target_python = installed(place.tools, "target-postgres", &TARGET)?;
    let folder = scratch()?;
    let configuration = json!({
        "api_token": TOKEN, "start_date": "2000-01-01T00:00:00Z", "user-agent": "bench",
    });
    let for_tap = written(&folder, "tap.json", &configuration)?;
    let configuration = json!({
        "host": "127.0.0.1", "port": place.postgres.port(), "user": OWNER, "password": OWNER,
        "database": "postgres", "default_target_schema": "singer",
    });
    let for_target = written(&folder, "target.json", &configuration)?;
    let tap = || {
        let mut command = Command::new(&tap_python);
        command
            .arg(place.scripts.join("tap_pipedrive_backfill.py"))
            .arg("--config")
            .arg(&for_tap)
            .env("BASE_URL", &place.service.base_url)
            .stdin(Stdio::null());
        command
    };
    let found = tap().arg("--discover").stderr(log(&folder)?).output()?;
    anyhow::ensure!(
        found.status.success(),
        "it finds nothing: {}",
        said(&folder)
    );
    let mut catalog: Value = serde_json::from_slice(&found.stdout)?;
    select_streams(&mut catalog);
    let catalog = written(&folder, "catalog.json", &catalog)?;
    let mut reading = tap()
        .arg("--catalog")
        .arg(catalog)
        .stdout(Stdio::piped())
        .stderr(log(&folder)?)
        .spawn()?;
    let told = reading.stdout.take().context("its output is ours")?;
    let mut children = Group(vec![reading]);
    let writing = Command::new(program_beside(&target_python, "target-postgres"))
        .arg("--config")
        .arg(for_target)
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .stdin(told)
        .stdout(Stdio::null())
        .stderr(log(&folder)?)
        .spawn()?;
    children.0.push(writing);
    let children = std::mem::take(&mut children.0);
    run(
        place,
        ("tap-pipedrive into PostgreSQL", "singer"),
        children,
        &folder,
    )
    .await
}

async fn run(
    place: &Place<'_>,
    (name, schema): (&str, &str),
    children: Vec<std::process::Child>,
    folder: &TempDir,
) -> anyhow::Result<Line> {
    let before = place.service.counters(place.transport).await?;
    let spent: Spent = Group(children).watch(MILLIS_MAX).await?;
    anyhow::ensure!(
        spent.succeeded || spent.was_stopped,
        "it failed: {}",
        said(folder)
    );
    let counted = place.service.counters(place.transport).await?.since(before);
    Ok(Line {
        name: name.to_owned(),
        rows: rows(place, schema)?,
        spent,
        counted,
    })
}

/// Rows of the three tables; what a load that was stopped had not kept yet is not among them.
fn rows(place: &Place<'_>, schema: &str) -> anyhow::Result<u64> {
    let told = Command::new(installed(place.tools, "dlt", &DLT)?)
        .arg(place.scripts.join("count_rows.py"))
        .args([&place.postgres.url(), schema])
        .args(STREAMS)
        .output()?;
    anyhow::ensure!(
        told.status.success(),
        "its rows cannot be counted: {}",
        last_line(&told.stderr)
    );
    let rows = String::from_utf8_lossy(&told.stdout);
    rows.trim().parse().context("its rows cannot be counted")
}

/// The Python of an environment that holds these packages, made the first time.
fn installed(tools: &Path, name: &str, packages: &[&str]) -> anyhow::Result<PathBuf> {
    let folder = tools.join(name);
    let python = folder.join("bin").join("python");
    let mark = folder.join("installed");
    let wanted = packages.join("\n");
    if std::fs::read_to_string(&mark).is_ok_and(|known| known == wanted) {
        return Ok(python);
    }
    std::fs::create_dir_all(tools)?;
    let made = Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&folder)
        .output()
        .context("there is no python3")?;
    anyhow::ensure!(made.status.success(), "no environment could be made for it");
    let put = Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(packages)
        .output()?;
    anyhow::ensure!(
        put.status.success(),
        "it could not be installed: {}",
        last_line(&put.stderr)
    );
    std::fs::write(mark, wanted)?;
    Ok(python)
}

fn program_beside(python: &Path, name: &str) -> PathBuf {
    python.with_file_name(name)
}

/// Marks the streams in question as wanted.
pub(super) fn select_streams(catalog: &mut Value) {
    let streams = catalog["streams"].as_array_mut().into_iter().flatten();
    for stream in streams {
        let is_wanted = stream["stream"]
            .as_str()
            .is_some_and(|name| STREAMS.contains(&name));
        let about = stream["metadata"].as_array_mut().into_iter().flatten();
        for one in about.filter(|one| one["breadcrumb"] == json!([])) {
            one["metadata"]["selected"] = json!(is_wanted);
        }
    }
}

fn scratch() -> std::io::Result<TempDir> {
    tempfile::Builder::new()
        .prefix("pipestreet-peer-")
        .tempdir()
}

fn written(folder: &TempDir, name: &str, value: &Value) -> std::io::Result<PathBuf> {
    let path = folder.path().join(name);
    std::fs::write(&path, value.to_string())?;
    Ok(path)
}

fn log(folder: &TempDir) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    options.open(folder.path().join("said.log"))
}

/// The last it said.
fn said(folder: &TempDir) -> String {
    let said = std::fs::read(folder.path().join("said.log")).unwrap_or_default();
    last_line(&said)
}

fn last_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let mut lines = said.lines().rev();
    lines
        .find(|line| !line.trim().is_empty())
        .unwrap_or("nothing was said")
        .trim()
        .to_owned()
}
