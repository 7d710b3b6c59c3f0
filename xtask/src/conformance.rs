//! `cargo xtask conformance pipedrive`: what others made, against the emulator of Pipedrive.
//!
//! In: nothing. Out: a table of published, emulated and used operations, what is not as published, and an exit code. Two
//! proofs: Pipedrive's official client drives the real program through its whole range, and every answer it was given, as
//! well as every answer in our own tests, is held against what Pipedrive publishes. Node.js is installed only as the
//! needs say; the client is put into the build folder. Nothing else is changed.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::{needs, steps};

const SUITE: &str = "xtask/conformance/node";
/// What `npm ci` goes by.
const NPM_FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];
/// Where tests note what they judged; the judge knows it by the same name.
const NOTES_VARIABLE: &str = "PIPESTREET_CONFORMANCE_NOTES";

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    service: Service,
}

#[derive(Debug, Clone, Copy, clap::Subcommand)]
enum Service {
    /// Pipedrive's official Node client and published schemas against the emulator
    Pipedrive,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    match options.service {
        Service::Pipedrive => pipedrive(),
    }
}

/// Both proofs, then the report on them.
pub(crate) fn pipedrive() -> anyhow::Result<()> {
    needs::meet_node()?;
    let folder = steps::target_folder().join("conformance");
    let modules = install_client(&folder)?;
    let built = build()?;

    let stage = Stage {
        built: &built,
        folder: &folder,
        modules: &modules,
    };
    let client = stage.play(Access::ApiToken);
    let client_by_oauth = stage.play(Access::OAuth);
    let probe = stage.probe();
    let emulators = own_tests(&built, &folder, "emulators", &["pipedrive::"]);
    let clients = own_tests(&built, &folder, "pipedrive", &[]);
    let report = report(&built, &folder);

    let outcomes = [client, client_by_oauth, probe, emulators, clients, report];
    let failed: Vec<String> = outcomes
        .into_iter()
        .filter_map(Result::err)
        .map(|error| format!("{error:#}"))
        .collect();
    ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}

/// Puts the client into the build folder, unless the very same is there.
fn install_client(folder: &Path) -> anyhow::Result<PathBuf> {
    let installed = folder.join("client");
    let modules = installed.join("node_modules");
    fs::create_dir_all(&installed).context("could not make the folder for the client")?;
    let mut is_same = modules.join("pipedrive").exists();
    for name in NPM_FILES {
        let wanted = fs::read(steps::root().join(SUITE).join(name))
            .with_context(|| format!("could not read {SUITE}/{name}"))?;
        let place = installed.join(name);
        if fs::read(&place).ok().as_ref() != Some(&wanted) {
            is_same = false;
            fs::write(&place, wanted).context("could not write into the build folder")?;
        }
    }
    if !is_same {
        let mut command = steps::program("npm");
        command.args([
            "ci",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
        ]);
        steps::run(command.arg(&installed).stdin(Stdio::null()))?;
    }
    Ok(modules)
}

/// The programs that take part, as cargo built them.
struct Built {
    program: PathBuf,
    judge: PathBuf,
    tests: Vec<(String, PathBuf)>,
}

/// Everything in the form in which the tests are built, so that nothing is built twice.
fn build() -> anyhow::Result<Built> {
    let mut command = steps::cargo();
    command.args(["test", "--workspace", "--no-run", "--quiet"]);
    command.arg("--message-format=json-render-diagnostics");
    let shown = steps::announce(&command);
    let answer = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("could not start `{shown}`"))?;
    ensure!(answer.status.success(), "`{shown}` failed");
    let mut built = Vec::new();
    for line in String::from_utf8_lossy(&answer.stdout).lines() {
        let message: Value = serde_json::from_str(line).unwrap_or_default();
        if let Some(executable) = message["executable"].as_str() {
            let manifest = Path::new(message["manifest_path"].as_str().unwrap_or_default());
            let package = manifest
                .parent()
                .and_then(Path::file_name)
                .unwrap_or_default();
            let target = &message["target"];
            let kind = target["kind"][0].as_str().unwrap_or_default().to_owned();
            let is_test = message["profile"]["test"] == true;
            let name = target["name"].as_str().unwrap_or_default().to_owned();
            let package = package.to_string_lossy().into_owned();
            built.push((package, kind, is_test, name, PathBuf::from(executable)));
        }
    }
    let program = |wanted: &str| {
        let found = built
            .iter()
            .find(|(_, kind, is_test, name, _)| kind == "bin" && !is_test && name == wanted);
        found
            .map(|(_, _, _, _, path)| path.clone())
            .with_context(|| format!("`{shown}` built no program {wanted}"))
    };
    Ok(Built {
        program: program("pipestreet")?,
        judge: program("conformance")?,
        tests: built
            .iter()
            .filter(|(_, kind, _, _, _)| kind == "test")
            .map(|(package, _, _, _, path)| (package.clone(), path.clone()))
            .collect(),
    })
}

fn suite_files() -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let folder = steps::root().join(SUITE);
    for entry in fs::read_dir(&folder).context("the suite of the client is missing")? {
        let path = entry
            .context("could not list the suite of the client")?
            .path();
        if path.to_string_lossy().ends_with(".test.js") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// How the client shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    ApiToken,
    OAuth,
}

/// Node with the client, against an emulator of its own that keeps every answer.
struct Stage<'a> {
    built: &'a Built,
    folder: &'a Path,
    modules: &'a Path,
}

impl Stage<'_> {
    /// The whole suite; with OAuth all but the tests of OAuth, which would end the login that the others use.
    fn play(&self, access: Access) -> anyhow::Result<()> {
        let name = match access {
            Access::ApiToken => "official-client",
            Access::OAuth => "official-client-oauth",
        };
        let emulator = self.emulator(name)?;
        let mut command = self.node(&emulator);
        command.args(["--test", "--test-reporter=spec"]);
        for file in suite_files()? {
            if access == Access::ApiToken || !file.ends_with("oauth.test.js") {
                command.arg(file);
            }
        }
        if access == Access::OAuth {
            let mut login = self.node(&emulator);
            login.arg(Path::new(SUITE).join("login.js"));
            let shown = steps::announce(&login);
            let answer = login
                .stderr(Stdio::inherit())
                .output()
                .with_context(|| format!("could not start `{shown}`"))?;
            ensure!(answer.status.success(), "`{shown}` failed");
            let token = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
            command.env("PIPEDRIVE_ACCESS_TOKEN", token);
        }
        steps::run(&mut command)
    }

    /// Every published operation once.
    fn probe(&self) -> anyhow::Result<()> {
        let emulator = self.emulator("probe")?;
        steps::run(self.node(&emulator).arg(Path::new(SUITE).join("probe.js")))
    }

    fn emulator(&self, name: &str) -> anyhow::Result<Emulator> {
        Emulator::start(
            &self.built.program,
            &self.folder.join(format!("{name}.jsonl")),
        )
    }

    fn node(&self, emulator: &Emulator) -> Command {
        let mut command = steps::program("node");
        command
            .env("NODE_PATH", self.modules)
            .env("PIPEDRIVE_BASE", &emulator.base)
            .env("PIPEDRIVE_TOKEN", &emulator.token)
            .env_remove("PIPEDRIVE_ACCESS_TOKEN")
            .stdin(Stdio::null());
        command
    }
}

/// The real program as an emulator; it ends with this value.
struct Emulator {
    child: Child,
    base: String,
    token: String,
}

impl Emulator {
    fn start(program: &Path, record: &Path) -> anyhow::Result<Self> {
        let mut command = steps::program(program);
        // Limits are counted, because nothing here waits for them; the limits have tests of their own.
        command
            .args(["emulate", "pipedrive", "--json", "--persons", "30"])
            .args(["--organizations", "8", "--limits", "counted", "--record"])
            .arg(record)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let shown = steps::announce(&command);
        let mut child = command
            .spawn()
            .with_context(|| format!("could not start `{shown}`"))?;
        let said = child
            .stdout
            .take()
            .expect("standard output was piped above");
        let announced = serde_json::Deserializer::from_reader(said)
            .into_iter::<Value>()
            .next();
        let mut emulator = Self {
            child,
            base: String::new(),
            token: String::new(),
        };
        let Some(Ok(announced)) = announced else {
            bail!("`{shown}` did not say where it is");
        };
        let word = |name: &str| announced[name].as_str().unwrap_or_default().to_owned();
        (emulator.base, emulator.token) = (word("base_url"), word("token"));
        Ok(emulator)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Our own tests of one package, which judge every answer and note what they saw.
fn own_tests(built: &Built, folder: &Path, package: &str, filter: &[&str]) -> anyhow::Result<()> {
    let notes = folder.join(package);
    if notes.exists() {
        fs::remove_dir_all(&notes).context("could not remove the notes of an earlier run")?;
    }
    fs::create_dir_all(&notes).context("could not make the folder for notes")?;
    let mut programs = built
        .tests
        .iter()
        .filter(|(of, _)| of == package)
        .peekable();
    ensure!(programs.peek().is_some(), "package {package} has no tests");
    for (_, program) in programs {
        let mut command = steps::program(program);
        command
            .arg("--quiet")
            .args(filter)
            .env(NOTES_VARIABLE, &notes);
        steps::run(&mut command)?;
    }
    Ok(())
}

fn report(built: &Built, folder: &Path) -> anyhow::Result<()> {
    let named = |name: &str, place: &str| {
        let mut argument = OsString::from(format!("{name}="));
        argument.push(folder.join(place));
        argument
    };
    let mut command = steps::program(&built.judge);
    command
        .arg("--recording")
        .arg(named("official client", "official-client.jsonl"));
    command
        .arg("--notes")
        .arg(named("emulator tests", "emulators"));
    command
        .arg("--notes")
        .arg(named("client tests", "pipedrive"));
    command.arg("--probe").arg(folder.join("probe.jsonl"));
    command
        .arg("--missing-keys")
        .arg(folder.join("missing-keys.txt"));
    steps::run(&mut command)
}
