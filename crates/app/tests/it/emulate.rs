//! An emulator on this machine: it says where it is, answers, and remembers when it is told to.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use api_client::SystemClock;
use app::cli::emulate::{self, Command, CommonArgs, PropstreetArgs};
use app::cli::output::Output;
use app::cli::{Exit, Limits, Print};

fn args(listen: &str, state: Option<PathBuf>) -> Command {
    recorded(listen, state, None)
}

fn recorded(listen: &str, state: Option<PathBuf>, record: Option<PathBuf>) -> Command {
    Command::Propstreet(PropstreetArgs {
        projects: 12,
        like: None,
        common: CommonArgs {
            listen: listen.parse::<SocketAddr>().unwrap(),
            seed: 3,
            persons: 20,
            organizations: 5,
            limits: Limits::Counted,
            token: Some("pat_oslo".to_owned()),
            latency: 0,
            state,
            record,
            print: Print { json: true },
        },
    })
}

/// Starts, stops at once, and gives what was announced.
async fn run(command: Command) -> serde_json::Value {
    let mut printed = Vec::new();
    let mut out = Output::to(&mut printed, true);
    let exit = emulate::run(
        command,
        Arc::new(SystemClock),
        std::future::ready(()),
        &mut out,
    )
    .await
    .unwrap();
    assert_eq!(exit, Exit::Done);
    drop(out);
    serde_json::from_slice(&printed).unwrap()
}

#[tokio::test]
async fn an_emulator_says_where_it_is_and_what_token_it_takes() {
    app::startup::choose_tls();
    let announced = run(args("127.0.0.1:0", None)).await;
    assert!(
        announced["base_url"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    assert_eq!(announced["token"], "pat_oslo");
}

#[tokio::test]
async fn its_records_are_the_same_after_a_restart() {
    app::startup::choose_tls();
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("propstreet.json");
    run(args("127.0.0.1:0", Some(state.clone()))).await;
    let contacts = |text: String| {
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["contacts"].clone()
    };
    let first = contacts(std::fs::read_to_string(&state).unwrap());
    assert!(!first.as_array().unwrap().is_empty());
    run(args("127.0.0.1:0", Some(state.clone()))).await;
    assert_eq!(contacts(std::fs::read_to_string(&state).unwrap()), first);
}

#[tokio::test]
async fn it_serves_nobody_but_this_machine() {
    let mut out = Output::to(Vec::new(), false);
    let stop = std::future::ready(());
    let error = emulate::run(
        args("0.0.0.0:0", None),
        Arc::new(SystemClock),
        stop,
        &mut out,
    )
    .await
    .unwrap_err();
    assert_eq!(app::cli::exit_of(&error), Exit::Usage);
}
