//! The repository as the rules see it: text files with their paths, and what cargo knows of the packages.

use std::path::Path;
use std::process::Command;

/// A text file; `path` is relative to the root, with forward slashes.
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package is a folder of the workspace")
}

/// Every text file that could be committed.
pub(crate) fn files() -> Vec<TextFile> {
    let mut files = Vec::new();
    let mut folders = vec![root().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_symlink()
                || [".git", "target", ".pipestreet", "node_modules"].contains(&name.as_str())
            {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let inside = path.strip_prefix(root()).unwrap();
                files.push(TextFile::new(
                    &inside.to_string_lossy().replace('\\', "/"),
                    &text,
                ));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The packages of this workspace, as cargo describes them.
pub(crate) fn packages() -> Vec<serde_json::Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let answer = Command::new(cargo)
        .args([
            "metadata",
            "--offline",
            "--no-deps",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        answer.status.success(),
        "{}",
        String::from_utf8_lossy(&answer.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Fails with every finding at once, each a line that says what to do.
#[track_caller]
pub(crate) fn expect_none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn the_walk_sees_sources_and_skips_what_is_built() {
    let paths: Vec<String> = files().into_iter().map(|file| file.path).collect();
    assert!(paths.contains(&"xtask/src/main.rs".to_owned()));
    assert!(paths.contains(&"Cargo.lock".to_owned()));
    assert!(!paths.iter().any(|path| path.starts_with("target/")));
}
