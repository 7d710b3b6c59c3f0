//! The command line is understood, or refused with a reason.

use app::cli::{Cli, Command, EngineCommand, Limits, emulate};
use clap::{CommandFactory, Parser, error::ErrorKind};

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("pipestreet").chain(line.split_whitespace()))
}

#[test]
fn the_definition_has_no_contradictions() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_is_understood() {
    for line in [
        "init --company-domain nordhamn --no-questions",
        "doctor --json",
        "secrets set pipedrive_api_token",
        "secrets list --json",
        "setup --dry-run",
        "setup --remove",
        "serve --listen 127.0.0.1:0",
        "pause",
        "resume",
        "inbox list --record person/12 --source poll --limit 5 --json",
        "inbox show 7",
        "inbox replay 7",
        "plan --record contact/c_9 --json",
        "sync --approve --once --limit 10",
        "status --json",
        "conflicts list --all",
        "conflicts show 3 --json",
        "conflicts resolve 3 --keep propstreet",
        "quarantine list",
        "quarantine show 4",
        "quarantine retry 4",
        "quarantine drop --all",
        "pairs list --after 100",
        "pairs show 12",
        "history person/12 --since 24h",
        "explain organization/7",
        "emulate pipedrive --listen 127.0.0.1:9001 --seed 4 --persons 10 --organizations 2 --subscription lite --limits counted",
        "emulate propstreet --token pat_x --latency 20 --state /tmp/propstreet.json",
        "demo --once --seed 2 --persons 2000 --organizations 500 --limits real --data demo --json",
        "status --config other.toml",
    ] {
        parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for line in [
        "",
        "synchronise",
        "status --jsno",
        "inbox show seven",
        "inbox list --record 12",
        "conflicts resolve 3",
        "conflicts resolve 3 --keep salesforce",
        "conflicts resolve 3 --keep pipedrive --value Ann",
        "conflicts resolve --policy latest",
        "conflicts resolve --all --policy manual",
        "conflicts resolve --field name --value Ann",
        "deletes approve",
        "deletes approve 3 --all",
        "pairs link person/12",
        "quarantine retry",
        "quarantine retry 3 --all",
        "secrets set aws_token",
        "secrets set pipedrive_api_token 9f86d0",
        "history person/12 --since yesterday",
        "emulate hubspot",
        "demo --limits none",
    ] {
        let error = parse(line)
            .err()
            .unwrap_or_else(|| panic!("`{line}` was understood"));
        assert_eq!(error.exit_code(), 2, "{line}");
    }
    assert_eq!(parse("--help").unwrap_err().kind(), ErrorKind::DisplayHelp);
}

#[test]
fn the_limits_of_an_emulator_are_real_unless_told_otherwise() {
    let cli = parse("emulate propstreet").unwrap();
    let Command::Emulate(emulate::Command::Propstreet(args)) = cli.command else {
        panic!()
    };
    assert_eq!(args.common.limits, Limits::Real);
    let Command::Engine(EngineCommand::Demo(args)) = parse("demo").unwrap().command else {
        panic!()
    };
    assert_eq!(args.limits, Limits::Counted);
}

#[test]
fn only_commands_that_print_data_print_json() {
    assert!(parse("conflicts show 3 --json").unwrap().command.is_json());
    assert!(!parse("conflicts show 3").unwrap().command.is_json());
    assert!(parse("pause --json").is_err());
}
