//! What must not be in the lock file, whatever brought it. `deny.toml` says the same to those who have the tool.

use crate::repository::{expect_none, files};

struct Banned {
    name: &'static str,
    /// The beginning of the version; empty for every version.
    version: &'static str,
    reason: &'static str,
}

const BANNED: &[Banned] = &[
    Banned {
        name: "aws-lc-sys",
        version: "",
        reason: "compiles a large C library: choose the feature that leaves TLS to ring",
    },
    Banned {
        name: "openssl-sys",
        version: "",
        reason: "needs a library of the system: choose the rustls feature",
    },
    Banned {
        name: "native-tls",
        version: "",
        reason: "TLS is rustls on every system: switch off the default features",
    },
    Banned {
        name: "tonic",
        version: "",
        reason: "a second HTTP stack: choose the feature that speaks plain HTTP",
    },
    Banned {
        name: "sqlx-core",
        version: "",
        reason: "builds the driver twice: the store uses rusqlite",
    },
    Banned {
        name: "async-std",
        version: "",
        reason: "a second runtime: choose the tokio feature",
    },
    Banned {
        name: "reqwest",
        version: "0.12.",
        reason: "one HTTP client, reqwest 0.13: switch off the feature that brings this",
    },
];

#[test]
fn the_lock_file_is_free_of_banned_packages() {
    let files = files();
    let lock = files.iter().find(|file| file.path == "Cargo.lock").unwrap();
    expect_none(&banned_in(&lock.text));
}

#[test]
fn a_banned_package_is_reported_by_name_and_version() {
    let lock = "[[package]]\nname = \"reqwest\"\nversion = \"0.12.28\"\n\n[[package]]\nname = \"tonic\"\nversion = \"0.14.2\"\n";
    assert_eq!(banned_in(lock).len(), 2);
    assert!(
        banned_in(
            &lock
                .replace("0.12.28", "0.13.5")
                .replace("tonic", "tracing")
        )
        .is_empty()
    );
}

fn banned_in(lock: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for package in lock.split("[[package]]") {
        let (name, version) = (value_of("name", package), value_of("version", package));
        for banned in BANNED {
            if name == banned.name && version.starts_with(banned.version) {
                findings.push(format!(
                    "Cargo.lock has {name} {version}: {}; `cargo tree --invert {name}` shows what brought it",
                    banned.reason
                ));
            }
        }
    }
    findings
}

fn value_of<'a>(key: &str, package: &'a str) -> &'a str {
    let line = package
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
    line.unwrap_or_default().trim_matches('"')
}
