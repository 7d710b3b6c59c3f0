//! Every package says the same about itself: shared lints, shared versions, one test program.

use crate::repository::{TextFile, expect_none, files, packages};

#[test]
fn every_package_takes_the_shared_lints_and_versions() {
    let findings: Vec<String> = files()
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml"))
        .flat_map(own_ways)
        .collect();
    expect_none(&findings);
}

#[test]
fn a_package_has_one_test_program_named_it() {
    let mut findings = Vec::new();
    for package in packages() {
        let targets = package["targets"].as_array().unwrap();
        for target in targets.iter().filter(|target| target["kind"][0] == "test") {
            if target["name"] != "it" {
                findings.push(format!(
                    "package {}: test program {} costs a link of everything; make it a module of tests/it/main.rs",
                    package["name"], target["name"]
                ));
            }
        }
    }
    expect_none(&findings);
}

#[test]
fn libraries_have_no_doc_tests() {
    let mut findings = Vec::new();
    for package in packages() {
        let targets = package["targets"].as_array().unwrap();
        for target in targets.iter().filter(|target| target["kind"][0] == "lib") {
            if target["doctest"] == true {
                findings.push(format!(
                    "package {}: each doc test is a program of its own; say `doctest = false` under [lib] and test in tests.rs",
                    package["name"]
                ));
            }
        }
    }
    expect_none(&findings);
}

#[test]
fn a_package_with_its_own_lints_or_versions_is_reported() {
    let good = "[package]\nname = \"plan\"\n\n[lints]\nworkspace = true\n\n[dependencies]\nserde.workspace = true\n";
    assert!(own_ways(&TextFile::new("crates/plan/Cargo.toml", good)).is_empty());

    let without_lints = good.replace("[lints]\nworkspace = true\n", "");
    assert_eq!(
        own_ways(&TextFile::new("crates/plan/Cargo.toml", &without_lints)).len(),
        1
    );

    let own_version = good.replace("serde.workspace = true", "serde = \"1\"");
    assert_eq!(
        own_ways(&TextFile::new("crates/plan/Cargo.toml", &own_version)).len(),
        1
    );
}

fn own_ways(manifest: &TextFile) -> Vec<String> {
    let path = &manifest.path;
    let mut findings = Vec::new();
    let mut section = "";
    let mut shares_lints = false;
    for line in manifest.text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        } else if section == "[lints]" && line == "workspace = true" {
            shares_lints = true;
        } else if section.ends_with("dependencies]")
            && line.contains('=')
            && !line.contains("workspace = true")
        {
            findings.push(format!(
                "{path}: `{line}`: name version and features in the root Cargo.toml, with the reason, and write `.workspace = true` here"
            ));
        }
    }
    if !shares_lints {
        findings.push(format!("{path}: add `[lints]` with `workspace = true`"));
    }
    findings
}
