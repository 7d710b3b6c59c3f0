//! The program's exit codes, as a script sees them: 0 done, 1 failed, 2 not understood, 3 needs a person.

use std::process::Output;

use tokio::process::Command;

use super::Office;

async fn run(office: &Office, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipestreet"));
    command
        .args(line.split_whitespace())
        .arg("--config")
        .arg(office.config());
    for (name, text) in office.variables() {
        command.env(name, text);
    }
    command.output().await.unwrap()
}

async fn check(office: &Office, line: &str, code: i32) {
    let ended = run(office, line).await;
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(code), "{line}: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_learns_how_a_command_ended() {
    let office = Office::new(2, 4).await;
    check(&office, "plan", 1).await;
    check(&office, "doctor", 1).await;
    check(&office, "plan --recrod person/1", 2).await;
    check(&office, "setup", 0).await;
    check(&office, "sync --once", 3).await;
    check(&office, "sync --approve --once", 0).await;
    check(&office, "doctor", 0).await;
    check(&office, "explain person/987654", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_told_on_standard_error_without_secrets() {
    let mut office = Office::set_up(2, 4).await;
    office.tell("PIPESTREET_PROPSTREET_TOKEN", "pat-mistyped");
    let ended = run(&office, "setup").await;
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(told.contains("Propstreet could not be asked"), "{told}");
    assert!(!told.contains("pat-mistyped"), "{told}");
    assert!(ended.stdout.is_empty());
}
