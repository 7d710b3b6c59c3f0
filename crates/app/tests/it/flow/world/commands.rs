//! A person at the command line of a world that is at work.
//!
//! In: a line as it is typed. Out: what was printed and how it ended. The commands stand on the world's own database and clock.

use app::cli::output::Output;
use app::cli::{self, Cli, Command, EngineCommand, Exit, Opened, duplicates};
use clap::Parser;

use super::World;

impl World {
    /// Runs a command line and gives what it printed, or why it was refused.
    pub(crate) async fn types(&self, line: &str) -> (Exit, String) {
        let words = std::iter::once("pipestreet").chain(line.split_whitespace());
        let cli = Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
        let core = self.core();
        let opened = Opened {
            store: &core.store,
            ctx: core.ctx(),
            now: core.now(),
        };
        let mut printed = Vec::new();
        let mut out = Output::to(&mut printed, cli.command.is_json());
        let ended = if let Command::Pairs(command) = cli.command {
            cli::pairs::run(&opened, command, &mut out).await
        } else if let Command::Conflicts(command) = cli.command {
            cli::conflicts::run(&opened, command, core.settings.default_country, &mut out).await
        } else if let Command::Deletes(command) = cli.command {
            cli::deletes::run(&opened, command, &mut out).await
        } else if let Command::Duplicates(command) = cli.command {
            match command {
                duplicates::Command::List(args) => duplicates::list(&opened, &args, &mut out).await,
                duplicates::Command::Dismiss(args) => {
                    duplicates::dismiss(&opened, &args, &mut out).await
                }
                duplicates::Command::Merge(args) => {
                    duplicates::merge_on(&core, &args, &mut out).await
                }
            }
        } else if let Command::History(args) = cli.command {
            cli::history::run(&opened, args, &mut out).await
        } else if let Command::Engine(EngineCommand::Undo(args)) = cli.command {
            cli::undo::run_on(&core, &args, &mut out).await
        } else {
            panic!("no test types {line}")
        };
        drop(out);
        let mut text = String::from_utf8(printed).expect("a command prints text");
        let exit = ended.unwrap_or_else(|error| {
            text.push_str(&format!("{error:#}"));
            cli::exit_of(&error)
        });
        (exit, text)
    }

    /// The same, for a line that is carried out.
    pub(crate) async fn does_as_typed(&self, line: &str) -> String {
        let (exit, text) = self.types(line).await;
        assert_eq!(exit, Exit::Done, "{line}: {text}");
        text
    }
}
