//! Running other programs: prints the command, runs it in the root of the workspace, turns its exit code into an error.
//!
//! In: a command. Out: what it prints, passed through. Never hides a command that it runs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// The folder with the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package is a folder of the workspace")
}

/// Where the build is.
pub(crate) fn target_folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(target)
}

/// Where tools are put and kept: beside the build, never in the user's own folders.
pub(crate) fn tools_folder() -> PathBuf {
    target_folder().join("tools")
}

/// The cargo that started this program.
pub(crate) fn cargo() -> Command {
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Cargo describes this package to us in these variables. Handed on, they would look like a changed environment to
    // build scripts that watch them, and libraries would be compiled again each time we run.
    for (name, _) in std::env::vars_os() {
        if is_about_this_package(&name) {
            command.env_remove(name);
        }
    }
    command
}

/// Any program, in the root of the workspace.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// Runs it, with its output passed through.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = announce(command);
    let status = command
        .status()
        .with_context(|| format!("could not start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Prints the command as one could type it, and gives the same text for messages.
pub(crate) fn announce(command: &Command) -> String {
    let name = Path::new(command.get_program())
        .file_stem()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned();
    let words = command
        .get_args()
        .map(|word| word.to_string_lossy().into_owned());
    let shown = std::iter::once(name)
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ");
    eprintln!("$ {shown}");
    shown
}

fn is_about_this_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_MANIFEST_")
        || name.starts_with("CARGO_BIN_")
        || name == "CARGO_CRATE_NAME"
        || name == "CARGO_PRIMARY_PACKAGE"
        || name == "OUT_DIR"
}
