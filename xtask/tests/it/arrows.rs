//! Who may depend on whom: the picture in `ARCHITECTURE.md`, as a table.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::repository::{expect_none, packages};

/// One package: what of ours it may use, and what of ours its tests may use besides.
struct Arrows {
    from: &'static str,
    to: &'static [&'static str],
    in_tests: &'static [&'static str],
    /// Outside libraries that would break what the package promises, by the beginning of their names.
    never: &'static [&'static str],
}

const RUNTIMES: [&str; 4] = ["tokio", "futures", "smol", "async-"];
const ALL: &[&str] = &[
    "model",
    "plan",
    "api-client",
    "pipedrive",
    "propstreet",
    "store",
    "engine",
    "emulators",
    "probe",
    "app",
];
/// No async, no network, no database: the compiler keeps these packages pure.
const IMPURE: &[&str] = &[
    "tokio", "futures", "smol", "async-", "reqwest", "hyper", "http", "axum", "tower", "rustls",
    "rusqlite", "refinery", "rand",
];
const WEB_AND_DATABASE: &[&str] = &[
    "tokio", "smol", "axum", "hyper", "tower", "reqwest", "rusqlite", "refinery",
];
const WEB_FRAMEWORK_AND_DATABASE: &[&str] = &["axum", "tower", "rusqlite", "refinery"];
const DATABASE: &[&str] = &["rusqlite", "refinery"];

const TABLE: &[Arrows] = &[
    Arrows {
        from: "model",
        to: &[],
        in_tests: &[],
        never: IMPURE,
    },
    Arrows {
        from: "plan",
        to: &["model"],
        in_tests: &[],
        never: IMPURE,
    },
    // `store` keeps plans as they were made; `api-client` needs the one type `Timestamp` for its clock.
    Arrows {
        from: "store",
        to: &["model", "plan"],
        in_tests: &[],
        never: &["axum", "hyper", "tower", "reqwest"],
    },
    Arrows {
        from: "api-client",
        to: &["model"],
        in_tests: &["emulators"],
        never: WEB_FRAMEWORK_AND_DATABASE,
    },
    Arrows {
        from: "pipedrive",
        to: &["api-client"],
        in_tests: &["emulators", "conformance"],
        never: WEB_AND_DATABASE,
    },
    Arrows {
        from: "propstreet",
        to: &["api-client"],
        in_tests: &["emulators"],
        never: WEB_AND_DATABASE,
    },
    // A probe asks what no client ever sends; of a client's package it takes the prices and the login alone.
    Arrows {
        from: "probe",
        to: &["api-client", "pipedrive"],
        in_tests: &["emulators"],
        never: WEB_AND_DATABASE,
    },
    Arrows {
        from: "engine",
        to: &[
            "model",
            "plan",
            "api-client",
            "pipedrive",
            "propstreet",
            "store",
        ],
        in_tests: &["emulators"],
        never: WEB_AND_DATABASE,
    },
    Arrows {
        from: "emulators",
        to: &[],
        in_tests: &["conformance"],
        never: DATABASE,
    },
    Arrows {
        from: "app",
        to: ALL,
        in_tests: &[],
        never: DATABASE,
    },
    Arrows {
        from: "xtask",
        to: &[],
        in_tests: &[],
        never: &RUNTIMES,
    },
    // Nothing of ours: it judges what we built by what others published.
    Arrows {
        from: "conformance",
        to: &[],
        in_tests: &[],
        never: IMPURE,
    },
    Arrows {
        from: "measure",
        to: ALL,
        in_tests: &[],
        never: DATABASE,
    },
];

/// A dependency line of one package.
#[derive(Debug)]
struct Dependency {
    name: String,
    is_ours: bool,
    only_in_tests: bool,
}

#[test]
fn packages_depend_on_each_other_only_along_the_arrows() {
    let packages = packages();
    let ours: BTreeSet<&str> = packages.iter().map(name).collect();
    let findings: Vec<String> = packages
        .iter()
        .flat_map(|package| broken_arrows(name(package), &dependencies(package, &ours)))
        .collect();
    expect_none(&findings);
}

#[test]
fn an_arrow_against_the_picture_is_reported() {
    let emulators = Dependency {
        name: "emulators".to_owned(),
        is_ours: true,
        only_in_tests: false,
    };
    assert_eq!(broken_arrows("engine", &[emulators]).len(), 1);
    let engine = Dependency {
        name: "engine".to_owned(),
        is_ours: true,
        only_in_tests: true,
    };
    assert_eq!(broken_arrows("store", &[engine]).len(), 1);
    let runtime = Dependency {
        name: "tokio".to_owned(),
        is_ours: false,
        only_in_tests: false,
    };
    assert_eq!(broken_arrows("engine", &[runtime]).len(), 1);
    assert_eq!(broken_arrows("common", &[]).len(), 1);
}

#[test]
fn what_only_tests_use_may_point_at_the_emulators() {
    let emulators = Dependency {
        name: "emulators".to_owned(),
        is_ours: true,
        only_in_tests: true,
    };
    let runtime = Dependency {
        name: "tokio".to_owned(),
        is_ours: false,
        only_in_tests: true,
    };
    assert!(broken_arrows("engine", &[emulators, runtime]).is_empty());
}

fn broken_arrows(from: &str, dependencies: &[Dependency]) -> Vec<String> {
    let Some(arrows) = TABLE.iter().find(|arrows| arrows.from == from) else {
        return vec![format!(
            "package `{from}` is new: a package must forbid something or cut a rebuild. Put the code where it belongs, \
             or add the package with its arrows to this table and to ARCHITECTURE.md"
        )];
    };
    dependencies
        .iter()
        .filter_map(|dependency| broken_arrow(arrows, dependency))
        .collect()
}

fn broken_arrow(arrows: &Arrows, dependency: &Dependency) -> Option<String> {
    let (from, name) = (arrows.from, dependency.name.as_str());
    if dependency.is_ours {
        let allowed = arrows.to.contains(&name)
            || (dependency.only_in_tests && arrows.in_tests.contains(&name));
        return (!allowed).then(|| {
            format!("`{from}` may not depend on `{name}`: hand the value in as an argument, or move the code to the package that may know both")
        });
    }
    let banned = arrows.never.iter().any(|start| name.starts_with(start));
    (banned && !dependency.only_in_tests).then(|| {
        format!("`{from}` may not depend on `{name}`: effects come in from outside (see the arrows in ARCHITECTURE.md)")
    })
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

fn dependencies(package: &Value, ours: &BTreeSet<&str>) -> Vec<Dependency> {
    let listed = package["dependencies"].as_array().unwrap();
    listed
        .iter()
        .map(|dependency| Dependency {
            name: name(dependency).to_owned(),
            is_ours: ours.contains(name(dependency)),
            only_in_tests: dependency["kind"] == "dev",
        })
        .collect()
}
