//! The report of `cargo xtask conformance pipedrive`, which starts what is reported on.
//!
//! In: where notes and recordings are. Out: the report, and an exit code that says whether all is well.
#![expect(clippy::print_stdout, reason = "the report is this program's output")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use conformance::report::Report;

#[derive(Parser)]
struct Arguments {
    /// A folder of notes, as NAME=FOLDER
    #[arg(long)]
    notes: Vec<String>,
    /// A recording of an emulator, as NAME=FILE
    #[arg(long)]
    recording: Vec<String>,
    /// A recording in which every published operation was called once
    #[arg(long)]
    probe: PathBuf,
    /// Where published keys are listed that no recorded answer showed
    #[arg(long)]
    missing_keys: Option<PathBuf>,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut report = Report::default();
    for named in &arguments.notes {
        let (name, folder) = parts(named)?;
        report.add_notes(name, folder)?;
    }
    for named in &arguments.recording {
        let (name, file) = parts(named)?;
        report.add_recording(name, file)?;
    }
    report.add_probe(&arguments.probe)?;
    if let Some(path) = &arguments.missing_keys {
        let missing = report.missing_keys();
        let count = missing.matches([',', ':']).count();
        println!(
            "{count} published keys were in no recorded answer: {}",
            path.display()
        );
        std::fs::write(path, missing).context("the list of missing keys cannot be kept")?;
    }
    println!("{report}");
    Ok(if report.is_well() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn parts(named: &str) -> anyhow::Result<(&str, &Path)> {
    let (name, place) = named
        .split_once('=')
        .with_context(|| format!("`{named}` should be NAME=PLACE"))?;
    Ok((name, Path::new(place)))
}
