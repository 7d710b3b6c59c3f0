//! The shape of source files: short, with a first sentence, named for what they hold, tests beside the code.

use crate::repository::{TextFile, expect_none, files};

const LINES_MAX: usize = 500;
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "helpers", "common", "types", "misc"];

#[test]
fn source_files_are_short_introduced_and_named() {
    let findings: Vec<String> = files().iter().flat_map(misshapen).collect();
    expect_none(&findings);
}

#[test]
fn each_fault_of_shape_is_reported() {
    let faults = |path: &str, text: &str| misshapen(&TextFile::new(path, text)).len();
    let introduced = "//! Planning: takes due lanes.\n";

    assert_eq!(faults("crates/plan/src/decide.rs", introduced), 0);
    assert_eq!(faults("crates/plan/src/decide.rs", "use std::fmt;\n"), 1);
    assert_eq!(faults("crates/plan/src/utils.rs", introduced), 1);
    assert_eq!(faults("crates/plan/src/utils/mod.rs", introduced), 1);
    assert_eq!(
        faults("crates/plan/src/decide.rs", &introduced.repeat(LINES_MAX)),
        0
    );
    assert_eq!(
        faults(
            "crates/plan/src/decide.rs",
            &introduced.repeat(LINES_MAX + 1)
        ),
        1
    );
    let inner = format!("{introduced}#[cfg(test)]\nmod tests {{\n}}\n");
    assert_eq!(faults("crates/plan/src/decide.rs", &inner), 1);
    assert_eq!(
        faults("docs/notes.md", &"a line\n".repeat(LINES_MAX + 1)),
        0
    );
}

fn misshapen(file: &TextFile) -> Vec<String> {
    if !file.is_rust() {
        return Vec::new();
    }
    let path = &file.path;
    let mut findings = Vec::new();
    let lines = file.text.lines().count();
    if lines > LINES_MAX {
        findings.push(format!(
            "{path} has {lines} lines: split it by topic, at most {LINES_MAX} (aim at 300)"
        ));
    }
    let is_test_program = path.ends_with("tests/it/main.rs");
    if !file.text.starts_with("//!") && !is_test_program {
        findings.push(format!(
            "{path}: begin with `//!`: what comes in, what it does, what goes out, what it never does"
        ));
    }
    let mut names = path.trim_end_matches(".rs").split('/');
    if let Some(name) = names.find(|name| EMPTY_NAMES.contains(name)) {
        findings.push(format!("{path}: `{name}` says nothing; name the file for what it holds, or move its code to its users"));
    }
    if file.text.lines().any(|line| line.trim() == "mod tests {") {
        findings.push(format!("{path}: move the tests to tests.rs beside the code, so that editing one does not rebuild the library"));
    }
    findings
}
