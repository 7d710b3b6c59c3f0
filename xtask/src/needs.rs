//! What the tests and tasks need of the machine, beyond the Rust toolchain that is running this.
//!
//! In: the machine. Out: nothing, or an error that says what to install and why. Installs only after a yes on the
//! terminal, or where `CI` is set; never removes or upgrades anything.

#[cfg(test)]
mod tests;

use std::io::{IsTerminal, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::steps;

struct Need {
    name: &'static str,
    why: &'static str,
    is_met: fn() -> bool,
    remedy: Remedy,
}

enum Remedy {
    /// Packages of the system, by the package manager that has them.
    Packages(&'static [Packages]),
    /// Nothing that could be installed: what a person can do.
    Advice(&'static str),
}

struct Packages {
    manager: &'static str,
    /// Run before the first installation, where the manager keeps its list of packages by itself.
    refresh: &'static [&'static str],
    install: &'static [&'static str],
}

const NEEDS: &[Need] = &[
    Need {
        name: "a C compiler with its headers, and make",
        why: "SQLite, the arithmetic of TLS and the allocator are compiled from C",
        is_met: builds_c,
        remedy: Remedy::Packages(C_COMPILER),
    },
    Need {
        name: "sockets on 127.0.0.1",
        why: "the tests speak real HTTP to both emulators",
        is_met: opens_loopback,
        remedy: Remedy::Advice("run the tests where a program may listen on 127.0.0.1"),
    },
];

const C_COMPILER: &[Packages] = &[
    Packages {
        manager: "apt-get",
        refresh: &["update"],
        install: &[
            "install",
            "--yes",
            "--no-install-recommends",
            "gcc",
            "libc6-dev",
            "make",
        ],
    },
    Packages {
        manager: "dnf",
        refresh: &[],
        install: &["install", "--assumeyes", "gcc", "glibc-devel", "make"],
    },
    Packages {
        manager: "apk",
        refresh: &[],
        install: &["add", "gcc", "musl-dev", "make"],
    },
    Packages {
        manager: "pacman",
        refresh: &[],
        install: &["--sync", "--noconfirm", "gcc", "make"],
    },
    Packages {
        manager: "zypper",
        refresh: &[],
        install: &["--non-interactive", "install", "gcc", "glibc-devel", "make"],
    },
    Packages {
        manager: "xcode-select",
        refresh: &[],
        install: &["--install"],
    },
];

const NODE: Need = Need {
    name: "Node.js 20 or later with npm",
    why: "Pipedrive's official client is written for it",
    is_met: has_node,
    remedy: Remedy::Packages(NODE_PACKAGES),
};

const NODE_OLDEST: u32 = 20;

const NODE_PACKAGES: &[Packages] = &[
    Packages {
        manager: "apt-get",
        refresh: &["update"],
        install: &[
            "install",
            "--yes",
            "--no-install-recommends",
            "nodejs",
            "npm",
        ],
    },
    Packages {
        manager: "dnf",
        refresh: &[],
        install: &["install", "--assumeyes", "nodejs", "npm"],
    },
    Packages {
        manager: "apk",
        refresh: &[],
        install: &["add", "nodejs", "npm"],
    },
    Packages {
        manager: "pacman",
        refresh: &[],
        install: &["--sync", "--noconfirm", "nodejs", "npm"],
    },
    Packages {
        manager: "brew",
        refresh: &[],
        install: &["install", "node"],
    },
];

/// Who may say yes to an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Consent {
    /// `CI` is set: the machine is there for this.
    Given,
    /// There is a person to ask.
    Ask,
    /// Neither: say what is missing and stop.
    Missing,
}

/// Sees to it that every need is met.
pub(crate) fn meet_all() -> anyhow::Result<()> {
    let unmet: Vec<&Need> = NEEDS.iter().filter(|need| !(need.is_met)()).collect();
    for need in &unmet {
        println!("The tests need {}: {}.", need.name, need.why);
    }
    if unmet.is_empty() {
        let names: Vec<&str> = NEEDS.iter().map(|need| need.name).collect();
        println!(
            "The tests need {}: found, nothing to install.",
            names.join(" and ")
        );
    }
    unmet.into_iter().try_for_each(meet)
}

/// Sees to it that there is a Node.js to run a vendor's client.
pub(crate) fn meet_node() -> anyhow::Result<()> {
    if has_node() {
        return Ok(());
    }
    println!("This task needs {}: {}.", NODE.name, NODE.why);
    meet(&NODE)
}

fn meet(need: &Need) -> anyhow::Result<()> {
    let packages = match need.remedy {
        Remedy::Advice(advice) => bail!("missing {}: {advice}", need.name),
        Remedy::Packages(packages) => packages,
    };
    let Some(packages) = packages
        .iter()
        .find(|packages| is_on_path(packages.manager))
    else {
        bail!(
            "missing {}: install it with this system's package manager",
            need.name
        );
    };
    let commands = installation(packages, is_root());
    let shown: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
    let shown = shown.join(" && ");
    match consent(
        says_ci(std::env::var("CI").ok().as_deref()),
        std::io::stdin().is_terminal(),
    ) {
        Consent::Given => println!("CI is set, so this installs it: {shown}"),
        Consent::Ask if answers_yes(&shown)? => {}
        Consent::Ask | Consent::Missing => bail!(
            "missing {}: install it with `{shown}`, then run this again",
            need.name
        ),
    }
    for words in &commands {
        steps::run(steps::program(&words[0]).args(&words[1..]))?;
    }
    if !(need.is_met)() {
        bail!("{} still missing after `{shown}`", need.name);
    }
    Ok(())
}

fn consent(ci: bool, terminal: bool) -> Consent {
    match (ci, terminal) {
        (true, _) => Consent::Given,
        (false, true) => Consent::Ask,
        (false, false) => Consent::Missing,
    }
}

fn says_ci(value: Option<&str>) -> bool {
    !matches!(value, None | Some("" | "0" | "false"))
}

/// The commands, each as the words one would type.
fn installation(packages: &Packages, as_root: bool) -> Vec<Vec<String>> {
    let asks_by_itself = ["xcode-select", "brew"].contains(&packages.manager);
    [packages.refresh, packages.install]
        .into_iter()
        .filter(|words| !words.is_empty())
        .map(|words| {
            let sudo = (!as_root && !asks_by_itself).then_some("sudo");
            let manager = std::iter::once(packages.manager);
            let words = manager.chain(words.iter().copied());
            sudo.into_iter().chain(words).map(str::to_owned).collect()
        })
        .collect()
}

fn answers_yes(shown: &str) -> anyhow::Result<bool> {
    print!("Install with `{shown}`? [y/N] ");
    std::io::stdout().flush().context("could not ask")?;
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .context("could not read the answer")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn builds_c() -> bool {
    // On Windows the compiler comes with the linker that has just linked this program.
    if cfg!(windows) {
        return true;
    }
    if first_line("make").is_none() {
        return false;
    }
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let started = Command::new(compiler)
        .args(["-x", "c", "-fsyntax-only", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = started else { return false };
    let written = child.stdin.take().is_some_and(|mut stdin| {
        stdin
            .write_all(b"#include <stdlib.h>\nint answer;\n")
            .is_ok()
    });
    child.wait().is_ok_and(|status| status.success()) && written
}

fn has_node() -> bool {
    let has_npm = first_line("npm").is_some();
    let version = first_line("node").unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next();
    let major = major.and_then(|major| major.parse::<u32>().ok());
    has_npm && major.is_some_and(|major| major >= NODE_OLDEST)
}

/// What a program says of its version.
fn first_line(program: &str) -> Option<String> {
    let answer = Command::new(program)
        .arg("--version")
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8(answer.stdout).ok()?;
    answer
        .status
        .success()
        .then(|| said.lines().next().unwrap_or_default().to_owned())
}

fn opens_loopback() -> bool {
    TcpListener::bind(("127.0.0.1", 0)).is_ok()
}

fn is_on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}
