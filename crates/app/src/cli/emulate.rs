//! `pipestreet emulate`: one of the two services, made up, on this machine.
//!
//! In: what it shall be like. Out: an HTTP server with records of a made-up brokerage, until it is stopped. It serves nobody but
//! this machine, because its control addresses ask for no password.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use api_client::Clock;
use emulators::Moment;
use emulators::answer::Emulator;
use emulators::brokerage::{Brokerage, Estate};
use emulators::http_face::{EmulatorServer, FaceOptions, Now};
use emulators::pipedrive::{self, OauthConfig, PipedriveConfig, PipedriveEmulator, Switches};
use emulators::propstreet::{self, PropstreetEmulator, PropstreetSettings, PropstreetSwitches};
use emulators::recording::Recorded;
use serde_json::json;
use tokio::net::TcpListener;

use super::choice::{Limits, parse_subscription};
use super::output::Output;
use super::{Exit, Print, UsageError};
use crate::config::Subscription;

#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// An emulator of the Pipedrive API
    Pipedrive(PipedriveArgs),
    /// An emulator of the Propstreet API
    Propstreet(PropstreetArgs),
}

#[derive(Debug, Clone, clap::Args)]
pub struct CommonArgs {
    /// Where to listen; only this machine can reach it
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The made-up brokerage is the same for the same seed
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[arg(long, default_value_t = 200)]
    pub persons: u32,
    #[arg(long, default_value_t = 50)]
    pub organizations: u32,
    /// Keep to the service's limits, only count what breaks them, or neither
    #[arg(long, value_parser = Limits::parse, default_value = "real", value_name = "real|counted|off")]
    pub limits: Limits,
    /// The token that is accepted; a made-up one when it is left out. It is printed
    #[arg(long)]
    pub token: Option<String>,
    /// Added to every answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency: u64,
    /// Keep the state in this file at the end, and begin with it when it is there
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Write every answer down in this file, a line of JSON each, without headers and tokens
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, Clone, clap::Args)]
pub struct PipedriveArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Deals, with what hangs on them; for every six of them there is a lead
    #[arg(long, default_value_t = 120)]
    pub deals: u32,
    /// Nothing hangs on the deals, and there are no leads: a million of them take seconds
    #[arg(long)]
    pub plain: bool,
    /// So many custom fields more on every deal, person and organization
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub custom_fields: u32,
    /// In so many of them every record has a value
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub set: u32,
    /// The account's subscription
    #[arg(long, value_parser = parse_subscription, default_value = "growth", value_name = "lite|growth|premium|ultimate")]
    pub subscription: Subscription,
    #[arg(long, default_value_t = 1)]
    pub seats: u32,
    /// Tokens per day, instead of what subscription and seats give
    #[arg(long, value_name = "N")]
    pub daily_tokens: Option<u32>,
    /// Answer what the documentation leaves open as this file says, such as one that a probe has written
    #[arg(long, value_name = "FILE")]
    pub like: Option<PathBuf>,
    /// Where the app's users are sent back to after their consent
    #[arg(long, value_name = "URL")]
    pub redirect_url: Option<String>,
}

#[derive(Debug, Clone, clap::Args)]
pub struct PropstreetArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Projects, with their properties and prospects
    #[arg(long, default_value_t = 40)]
    pub projects: u32,
    /// Answer what the documentation says in two ways as this file says: a JSON object of switches
    #[arg(long, value_name = "FILE")]
    pub like: Option<PathBuf>,
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::Pipedrive(args) => args.common.print.json,
            Self::Propstreet(args) => args.common.print.json,
        }
    }
}

/// What a program needs to know to call the emulator.
struct Announcement {
    what: &'static str,
    token: String,
    /// The registered app, where there is one.
    app: Option<OauthConfig>,
}

/// Serves until `stop` ends, then keeps the state.
///
/// # Errors
/// When the address cannot be listened on, or a state cannot be read or kept.
pub async fn run(
    command: Command,
    clock: Arc<dyn Clock>,
    stop: impl Future<Output = ()>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    match command {
        Command::Pipedrive(args) => {
            let config = pipedrive_config(&args)?;
            let announcement = Announcement {
                what: "Pipedrive",
                token: config.token.clone(),
                app: Some(config.oauth.clone()),
            };
            let emulator = pipedrive_emulator(config, &args, &*clock)?;
            let save = |emulator: &PipedriveEmulator| emulator.save_text();
            serve(
                emulator,
                save,
                &args.common,
                announcement,
                (clock, stop),
                out,
            )
            .await
        }
        Command::Propstreet(args) => {
            let settings = propstreet_settings(&args)?;
            let token = settings
                .personal_tokens
                .first()
                .cloned()
                .unwrap_or_default();
            let announcement = Announcement {
                what: "Propstreet",
                token,
                app: None,
            };
            let emulator = propstreet_emulator(settings, &args, &*clock)?;
            let save = |emulator: &PropstreetEmulator| emulator.save().to_string();
            serve(
                emulator,
                save,
                &args.common,
                announcement,
                (clock, stop),
                out,
            )
            .await
        }
    }
}

async fn serve<E: Emulator + 'static>(
    emulator: E,
    save: impl Fn(&E) -> String,
    args: &CommonArgs,
    announcement: Announcement,
    (clock, stop): (Arc<dyn Clock>, impl Future<Output = ()>),
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    if !args.listen.ip().is_loopback() {
        let message = "an emulator listens on this machine alone, such as 127.0.0.1:9001";
        return Err(UsageError(message.to_owned()).into());
    }
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.with_context(|| format!("{} cannot be listened on", args.listen))?;
    let emulator = Recorded::new(emulator, recording(args.record.as_deref())?);
    let emulator = Arc::new(Mutex::new(emulator));
    let now: Now = Arc::new(move || Moment(clock.now().as_millisecond()));
    let latency_millis = i64::try_from(args.latency).unwrap_or(i64::MAX);
    let options = FaceOptions {
        latency_millis,
        ..FaceOptions::default()
    };
    let server = EmulatorServer::start(Arc::clone(&emulator), listener, now, options)?;
    announce(&announcement, &server.base_url, out)?;
    stop.await;
    server.stop().await;
    if let Some(path) = &args.state {
        let emulator = emulator.lock().unwrap_or_else(PoisonError::into_inner);
        let text = save(emulator.emulator());
        keep(path, &text)
            .with_context(|| format!("the state cannot be kept in {}", path.display()))?;
    }
    Ok(Exit::Done)
}

fn announce(
    announcement: &Announcement,
    base_url: &str,
    out: &mut Output<'_>,
) -> std::io::Result<()> {
    if out.is_json() {
        let mut told = json!({ "base_url": base_url, "token": announcement.token });
        if let Some(app) = &announcement.app {
            told["app"] = json!({
                "client_id": app.client_id, "client_secret": app.client_secret, "redirect_urls": app.redirect_urls,
            });
        }
        return out.value(&told);
    }
    out.line(format!(
        "an emulator of {} is at {base_url}",
        announcement.what
    ))?;
    out.line(format!("its token is {}", announcement.token))?;
    if let Some(app) = &announcement.app {
        out.line(format!(
            "its app is {} with the secret {}, called back at {}",
            app.client_id,
            app.client_secret,
            app.redirect_urls.join(", ")
        ))?;
    }
    out.line(format!(
        "its state is at {base_url}/_emulator/state; stop it with Ctrl-C"
    ))
}

fn pipedrive_config(args: &PipedriveArgs) -> anyhow::Result<PipedriveConfig> {
    let default = PipedriveConfig::default();
    let config = PipedriveConfig {
        seed: args.common.seed,
        subscription: match args.subscription {
            Subscription::Lite => pipedrive::Subscription::Lite,
            Subscription::Growth => pipedrive::Subscription::Growth,
            Subscription::Premium => pipedrive::Subscription::Premium,
            Subscription::Ultimate => pipedrive::Subscription::Ultimate,
        },
        seats: args.seats.into(),
        daily_tokens: args.daily_tokens.map(u64::from),
        limits: match args.common.limits {
            Limits::Real => pipedrive::Limits::Real,
            Limits::Counted => pipedrive::Limits::Counted,
            Limits::Off => pipedrive::Limits::Off,
        },
        token: args.common.token.clone().unwrap_or(default.token),
        oauth: OauthConfig {
            redirect_urls: args
                .redirect_url
                .clone()
                .map_or(default.oauth.redirect_urls, |url| vec![url]),
            ..default.oauth
        },
        ..default
    };
    let Some(path) = &args.like else {
        return Ok(config);
    };
    let unread = || format!("the switches in {} cannot be used", path.display());
    let text = std::fs::read_to_string(path).with_context(unread)?;
    let switches = Switches::read(&text).with_context(unread)?;
    Ok(config.like(switches))
}

fn pipedrive_emulator(
    config: PipedriveConfig,
    args: &PipedriveArgs,
    clock: &dyn Clock,
) -> anyhow::Result<PipedriveEmulator> {
    if let Some(saved) = kept(args.common.state.as_deref())? {
        return Ok(PipedriveEmulator::load_text(config, &saved)?);
    }
    let mut emulator = PipedriveEmulator::new(config);
    let now = Moment(clock.now().as_millisecond());
    let book = book(&args.common);
    emulator.seed(&book, now);
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    if args.plain {
        emulator.seed_plain_deals(count(args.deals), now);
    } else {
        emulator.seed_office(now);
        emulator.seed_deals(&book, count(args.deals), now);
    }
    emulator.seed_custom_fields(count(args.custom_fields), count(args.set), now);
    Ok(emulator)
}

fn propstreet_settings(args: &PropstreetArgs) -> anyhow::Result<PropstreetSettings> {
    let switches = propstreet_switches(args.like.as_deref())?;
    let args = &args.common;
    let default = PropstreetSettings::default();
    Ok(PropstreetSettings {
        seed: args.seed,
        limits: match args.limits {
            Limits::Real => propstreet::Limits::Real,
            Limits::Counted => propstreet::Limits::Counted,
            Limits::Off => propstreet::Limits::Off,
        },
        personal_tokens: args
            .token
            .clone()
            .map_or(default.personal_tokens, |token| vec![token]),
        switches,
        ..default
    })
}

fn propstreet_switches(path: Option<&Path>) -> anyhow::Result<PropstreetSwitches> {
    let Some(path) = path else {
        return Ok(PropstreetSwitches::default());
    };
    let unread = || format!("the switches in {} cannot be used", path.display());
    let text = std::fs::read_to_string(path).with_context(unread)?;
    PropstreetSwitches::read(&text).with_context(unread)
}

fn propstreet_emulator(
    settings: PropstreetSettings,
    args: &PropstreetArgs,
    clock: &dyn Clock,
) -> anyhow::Result<PropstreetEmulator> {
    if let Some(saved) = kept(args.common.state.as_deref())? {
        let mut emulator = PropstreetEmulator::load(serde_json::from_str(&saved)?)?;
        let seed = emulator.settings().seed;
        *emulator.settings_mut() = PropstreetSettings { seed, ..settings };
        return Ok(emulator);
    }
    let mut emulator = PropstreetEmulator::new(settings);
    let now = Moment(clock.now().as_millisecond());
    emulator.seed(&book(&args.common), now);
    let projects = usize::try_from(args.projects).unwrap_or(usize::MAX);
    emulator.seed_projects(&Estate::generate(args.common.seed, projects), now);
    Ok(emulator)
}

/// Both services are filled from the same book when their seeds are the same.
fn book(args: &CommonArgs) -> Brokerage {
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    Brokerage::generate(args.seed, count(args.organizations), count(args.persons))
}

/// Where answers are written down.
fn recording(path: Option<&Path>) -> anyhow::Result<Option<Box<dyn Write + Send>>> {
    let Some(path) = path else { return Ok(None) };
    let file = File::create(path)
        .with_context(|| format!("answers cannot be written down in {}", path.display()))?;
    Ok(Some(Box::new(file)))
}

fn kept(path: Option<&Path>) -> anyhow::Result<Option<String>> {
    let Some(path) = path.filter(|path| path.exists()) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(path);
    Ok(Some(text.with_context(|| {
        format!("{} cannot be read", path.display())
    })?))
}

/// A crash leaves the old state or the new one, never half of it.
fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, path)
}
