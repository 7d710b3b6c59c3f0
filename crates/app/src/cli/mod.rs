//! The command line: what can be asked, and where each command goes. A file per command.
//!
//! In: arguments. Out: text on standard output and an exit code: 0 done, 1 failed, 2 not understood, 3 needs a person.

pub mod backfill;
pub mod budget;
mod choice;
pub mod conflicts;
pub mod deletes;
pub mod demo;
pub mod doctor;
pub mod duplicates;
pub mod emulate;
mod estimate;
pub mod explain;
pub mod fields;
pub mod history;
pub mod inbox;
pub mod init;
pub mod login;
pub mod mirror;
mod mirror_participants;
mod outlook;
pub mod output;
pub mod pairs;
pub mod pause;
pub mod plan;
pub mod probe;
pub mod progress;
pub mod quarantine;
mod reading;
pub mod resolving;
pub mod secrets;
pub mod serve;
pub mod setup;
pub mod status;
pub mod subject;
pub mod sync;
pub mod undo;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use api_client::SystemClock;
pub use choice::Limits;
use model::Timestamp;
use output::Output;
use store::{Stage, Store, WorkspaceCtx};

use crate::config::{Config, ConfigError, Environment};
use crate::startup;
use crate::stop_signal::stop_signal;

/// Rows that a list shows unless told otherwise.
pub const LIST_ROWS: u32 = 50;

/// Keeps Pipedrive and Propstreet in step.
#[derive(Debug, clap::Parser)]
#[command(name = "pipestreet", version, propagate_version = true)]
pub struct Cli {
    /// The configuration
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "pipestreet.toml"
    )]
    pub config: PathBuf,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Write a commented configuration and make the key for secrets
    Init(init::Args),
    /// Keep secrets, and see which there are
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// How things stand, on one screen
    Status(status::Args),
    /// What the services let us spend: spent today and on what, left, forecast, put off
    Budget(budget::Args),
    /// Stop reading and writing; webhooks are still kept
    Pause,
    /// Go on after a pause, or with deletes that were stopped
    Resume(pause::ResumeArgs),
    /// What came in
    #[command(subcommand)]
    Inbox(inbox::Command),
    /// Fields that both sides changed
    #[command(subcommand)]
    Conflicts(conflicts::Command),
    /// Records whose counterpart was deleted, and whether they shall be, too
    #[command(subcommand)]
    Deletes(deletes::Command),
    /// Records that cannot be synced as they are
    #[command(subcommand)]
    Quarantine(quarantine::Command),
    /// Which records belong together
    #[command(subcommand)]
    Pairs(pairs::Command),
    /// Records that may be one: list them, merge them, or say that they are two
    #[command(subcommand)]
    Duplicates(duplicates::Command),
    /// Every change that was made, and why
    History(history::Args),
    /// The fields of Pipedrive, which of them are in use, and what changed about them
    #[command(subcommand)]
    Fields(fields::Command),
    /// The tables that mirror both services: how current they are, and whether they equal their source
    #[command(subcommand)]
    Mirror(mirror::Command),
    /// One of the two services, made up, on this machine
    #[command(subcommand)]
    Emulate(emulate::Command),
    /// Find out what a service's documentation leaves open, on a real account
    #[command(subcommand)]
    Probe(probe::Command),
    #[command(flatten)]
    Engine(EngineCommand),
}

/// Commands that run the engine.
#[derive(Debug, clap::Subcommand)]
pub enum EngineCommand {
    /// Look at everything this program stands on, and say what to do
    Doctor(doctor::Args),
    /// Let this program into an account, in a browser
    #[command(subcommand)]
    Login(login::Command),
    /// Make the custom fields and register the webhooks
    Setup(setup::Args),
    /// Receive webhooks and keep both sides in step until stopped
    Serve(serve::Args),
    /// Show what would be written, without writing
    Plan(plan::Args),
    /// Bring both sides into step
    Sync(sync::Args),
    /// Why a record is as it is
    Explain(explain::Args),
    /// Take changes back
    Undo(undo::Args),
    /// Both services made up, and edits as they travel between them
    Demo(demo::Args),
}

/// `--json`, for commands that print data.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Print {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    Failed,
    /// The command was not understood.
    Usage,
    /// Nothing is broken; a person has to decide something.
    NeedsPerson,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::from(1),
            Exit::Usage => Self::from(2),
            Exit::NeedsPerson => Self::from(3),
        }
    }
}

/// Something in the arguments that the parser could not know.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// An open workspace and the time.
#[derive(Debug)]
pub struct Opened<'s, S> {
    pub store: &'s S,
    pub ctx: WorkspaceCtx,
    pub now: Timestamp,
}

/// Runs a command.
///
/// # Errors
/// Whatever kept it from being done, for [`exit_of`].
pub async fn run(cli: Cli, environment: &Environment) -> anyhow::Result<Exit> {
    let mut out = Output::standard(cli.command.is_json());
    Box::pin(run_to(cli, environment, &mut out)).await
}

/// Runs a command that prints to `out`.
///
/// # Errors
/// Whatever kept it from being done, for [`exit_of`].
pub async fn run_to(
    cli: Cli,
    environment: &Environment,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Init(args) => init::run(&cli.config, args, &startup::fill_random, out),
        Command::Emulate(command) => {
            emulate::run(command, Arc::new(SystemClock), stop_signal(), out).await
        }
        Command::Fields(fields::Command::Check(_)) => {
            Box::pin(fields::check(&cli.config, environment, out)).await
        }
        Command::Mirror(mirror::Command::Verify(args)) => {
            let program = startup::open(&cli.config, environment).await?;
            crate::log::start_beside_progress(&program.config.log);
            let ended = Box::pin(mirror::verify(&program, &args, out)).await;
            startup::close_store(program.store).await;
            ended
        }
        Command::Mirror(mirror::Command::Backfill(_)) => {
            let program = startup::open(&cli.config, environment).await?;
            crate::log::start_beside_progress(&program.config.log);
            let ended = Box::pin(backfill::run(&program, out)).await;
            startup::close_store(program.store).await;
            ended
        }
        Command::Mirror(mirror::Command::Refresh(_)) => {
            let program = startup::open(&cli.config, environment).await?;
            crate::log::start_beside_progress(&program.config.log);
            let ended = Box::pin(mirror::refresh(&program, out)).await;
            startup::close_store(program.store).await;
            ended
        }
        Command::Duplicates(duplicates::Command::Merge(args)) => {
            Box::pin(duplicates::merge(&cli.config, environment, &args, out)).await
        }
        Command::Probe(command) => probe::run(command, &cli.config, environment, out).await,
        Command::Engine(command) => startup::run(command, &cli.config, environment, out).await,
        command @ (Command::Secrets(_)
        | Command::Status(_)
        | Command::Budget(_)
        | Command::Pause
        | Command::Resume(_)
        | Command::Inbox(_)
        | Command::Conflicts(_)
        | Command::Deletes(_)
        | Command::Quarantine(_)
        | Command::Pairs(_)
        | Command::Duplicates(
            duplicates::Command::List(_) | duplicates::Command::Dismiss(_),
        )
        | Command::Mirror(mirror::Command::Status(_))
        | Command::Fields(fields::Command::List(_))
        | Command::History(_)) => {
            let config = Config::load(&cli.config, environment)?;
            let store = startup::open_store(&config.storage.path)?;
            let opened = Opened {
                store: &store,
                ctx: startup::WORKSPACE,
                now: startup::now(),
            };
            let keeping = secrets::Keeping {
                config: &config,
                environment,
                entropy: &startup::fill_random,
            };
            let ended = run_on_store(&opened, command, keeping, out).await;
            startup::close_store(store).await;
            ended
        }
    }
}

async fn run_on_store<S: Store>(
    opened: &Opened<'_, S>,
    command: Command,
    keeping: secrets::Keeping<'_>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    match command {
        Command::Secrets(secrets::Command::Set { name }) => {
            let secret = secrets::read_secret(name)?;
            secrets::set(opened, keeping, name, &secret, out).await
        }
        Command::Secrets(secrets::Command::List { .. }) => {
            secrets::list(opened, keeping, out).await
        }
        Command::Status(_) => {
            let around = status::Around {
                daily_tokens: Some(keeping.config.pipedrive.daily_tokens),
                free_bytes: doctor::machine::free_bytes(&keeping.config.storage.path),
            };
            status::run_with(opened, around, out).await
        }
        Command::Budget(_) => {
            let limits = budget::limits(opened, keeping.config).await?;
            budget::run(opened, &limits, out).await
        }
        Command::Pause => pause::pause(opened, out).await,
        Command::Resume(args) if args.deletes => pause::resume_deletes(opened, out).await,
        Command::Resume(_) => pause::resume(opened, out).await,
        Command::Inbox(command) => inbox::run(opened, command, out).await,
        Command::Conflicts(command) => {
            let country = keeping.config.workspace.default_country;
            conflicts::run(opened, command, country, out).await
        }
        Command::Deletes(command) => deletes::run(opened, command, out).await,
        Command::Quarantine(command) => quarantine::run(opened, command, out).await,
        Command::Pairs(command) => pairs::run(opened, command, out).await,
        Command::Duplicates(duplicates::Command::List(args)) => {
            duplicates::list(opened, &args, out).await
        }
        Command::Duplicates(duplicates::Command::Dismiss(args)) => {
            duplicates::dismiss(opened, &args, out).await
        }
        Command::Fields(fields::Command::List(args)) => {
            fields::list(opened, &args, &keeping.config.fields, out).await
        }
        Command::History(args) => history::run(opened, args, out).await,
        Command::Mirror(mirror::Command::Status(_)) => {
            mirror::status(opened, &keeping.config.mirrored, out).await
        }
        Command::Init(_)
        | Command::Emulate(_)
        | Command::Probe(_)
        | Command::Engine(_)
        | Command::Duplicates(duplicates::Command::Merge(_))
        | Command::Mirror(
            mirror::Command::Verify(_) | mirror::Command::Backfill(_) | mirror::Command::Refresh(_),
        )
        | Command::Fields(fields::Command::Check(_)) => {
            unreachable!("these need no open workspace and were run before")
        }
    }
}

impl Command {
    /// Whether a program reads what it prints.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::Init(_) | Self::Pause | Self::Resume(_) => false,
            Self::Secrets(command) => command.is_json(),
            Self::Status(args) => args.print.json,
            Self::Budget(args) => args.print.json,
            Self::Inbox(command) => command.is_json(),
            Self::Conflicts(command) => command.is_json(),
            Self::Deletes(command) => command.is_json(),
            Self::Quarantine(command) => command.is_json(),
            Self::Pairs(command) => command.is_json(),
            Self::Duplicates(command) => command.is_json(),
            Self::History(args) => args.print.json,
            Self::Fields(command) => command.is_json(),
            Self::Mirror(command) => command.is_json(),
            Self::Emulate(command) => command.is_json(),
            Self::Probe(command) => command.is_json(),
            Self::Engine(command) => command.is_json(),
        }
    }
}

impl EngineCommand {
    const fn is_json(&self) -> bool {
        match self {
            Self::Doctor(args) => args.print.json,
            Self::Login(command) => command.is_json(),
            Self::Setup(args) => args.print.json,
            Self::Plan(args) => args.print.json,
            Self::Sync(args) => args.print.json,
            Self::Explain(args) => args.print.json,
            Self::Undo(args) => args.print.json,
            Self::Demo(args) => args.print.json,
            Self::Serve(_) => false,
        }
    }
}

/// Shows an error and its causes on standard error, and tells how the program ends.
#[must_use]
pub fn exit_of(error: &anyhow::Error) -> Exit {
    use std::io::IsTerminal;
    // Who reads through a pipe may stop reading; that is no failure.
    if error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    {
        return Exit::Done;
    }
    if let Some(ConfigError::Mistaken(mistakes)) = error.downcast_ref() {
        eprintln!("{}", mistakes.render(std::io::stderr().is_terminal()));
        return Exit::Failed;
    }
    eprintln!("error: {error:#}");
    if error.is::<UsageError>() {
        Exit::Usage
    } else {
        Exit::Failed
    }
}

/// What a stage of the work is called.
const fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Rest => "at rest",
        Stage::Read => "to read",
        Stage::Plan => "to plan",
        Stage::Deliver => "to write",
        Stage::Quarantined => "in quarantine",
    }
}
