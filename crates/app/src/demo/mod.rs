//! `pipestreet demo`: both services made up in this process, setup, the plan, the first sync with a progress bar, and then
//! edits on both sides as users would make them, each printed as it travels.
//!
//! In: how large the made-up brokerage is. Out: the program itself at work, over real HTTP and a real database, and with
//! `--once` a summary whose agreement was found by an independent comparison of both services.

pub mod agreement;
mod books;
mod edits;
mod services;
mod summary;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use api_client::{BaseUrl, BudgetSettings, Clock, HttpTransport, SystemClock, Transport};
use emulators::Moment;
use emulators::brokerage::mandates::Business;
use engine::core::FACT_APPROVED;
use engine::intake::webhooks::PipedriveCredentials;
use engine::settings::{
    DealSettings, FieldNames, NoteSettings, ParticipantsPace, Settings, WebhookSettings,
};
use engine::standing::of_entities;
use engine::{Core, participants, preview, setup, sweep};
use model::{Entity, Side};
use plan::StageMeaning;
use secrecy::SecretString;
use store::{AnyStore, Store};
use tokio::net::TcpListener;

use crate::cli::demo::Args;
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::cli::{Exit, Limits};
use crate::config::{Log, LogFormat};
use crate::http;
use crate::log;
use crate::running::{Blueprint, Face, Running};
use crate::startup;

use services::{Services, Shape};

/// Plans shown sentence by sentence.
const RECORDS_SHOWN: usize = 5;
const WORKSPACE_NAME: &str = "demo";
/// How often the progress of the first sync is looked at.
const LOOK_MILLIS: i64 = 100;
/// A first sync that does not end is an error.
const SYNC_SECONDS_MAX: i64 = 1_800;

/// Runs the demo.
///
/// # Errors
/// When a service, the database or the sync fails.
pub async fn run(args: Args, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    log::start(&Log {
        level: "warn".to_owned(),
        format: LogFormat::Text,
    });
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let started = clock.now();
    let temporary = if args.data.is_none() {
        Some(scratch_folder()?)
    } else {
        None
    };
    let folder = args
        .data
        .clone()
        .or_else(|| temporary.clone())
        .context("a folder was chosen above")?;
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    let ended = at_work(&args, &folder, &clock, out).await;
    if let Some(temporary) = temporary {
        std::fs::remove_dir_all(&temporary)
            .with_context(|| format!("{} cannot be removed", temporary.display()))?;
    }
    tracing::debug!(
        seconds = (clock.now().as_second() - started.as_second()),
        "the demo has ended"
    );
    ended
}

async fn at_work(
    args: &Args,
    folder: &Path,
    clock: &Arc<dyn Clock>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let started = clock.now();
    let (services, store, mut blueprint, mut running) = start(args, folder, clock, out).await?;
    let core = running.engine.get();
    let quiet = out.is_json();
    let report = setup::run(&core, setup::Mode::Make).await?;
    blueprint.propstreet_secrets = core.propstreet_secrets().to_vec();
    let reads_all = !sweep::is_backfilled(&core).await?;
    first_read(&core, quiet).await?;
    let plan = preview::preview(&core, None, RECORDS_SHOWN, &|_| ()).await?;
    if !quiet {
        summary::print_setup(&report, out)?;
        summary::print_plan(&plan, out)?;
    }
    let now = clock.now();
    core.store
        .put_fact(core.ctx(), FACT_APPROVED, Some("demo"), now)
        .await?;
    let before = summary::finished_writes(&core.store.status(core.ctx(), now).await?);
    running.begin(blueprint);
    first_sync(&core, (before, summary::writes_of(&plan)), quiet).await?;
    whole_mirror(&core, quiet).await?;
    let seconds = clock.now().duration_since(started).as_secs_f64();
    let summary = summary::take(&core, &services, &plan, (seconds, before, reads_all)).await?;
    summary.print(args, out)?;
    let agrees = summary.agrees();
    if !args.once {
        edits::until_stopped(&core, &services, clock, out).await?;
    }
    setup::remove(&core).await?;
    drop(core);
    running.stop().await;
    services.keep()?;
    services.stop().await;
    startup::close_store(store).await;
    Ok(if agrees { Exit::Done } else { Exit::Failed })
}

type Started = (Services, AnyStore, Blueprint<AnyStore>, Running<AnyStore>);

/// Both services, the database, and the program's ear for webhooks.
async fn start(
    args: &Args,
    folder: &Path,
    clock: &Arc<dyn Clock>,
    out: &mut Output<'_>,
) -> anyhow::Result<Started> {
    let shape = Shape {
        seed: args.seed,
        persons: args.persons,
        organizations: args.organizations,
        deals: args.deals,
        projects: args.projects,
        limits: args.limits,
    };
    let now = Arc::clone(clock);
    let now = Arc::new(move || Moment(now.now().as_millisecond()));
    let services = Services::start(shape, args.data.as_deref(), now).await?;
    let listener = TcpListener::bind(("127.0.0.1", args.port))
        .await
        .context("the port cannot be listened on")?;
    let address = listener.local_addr()?;
    let store = startup::open_store(&folder.join("pipestreet.db"))?;
    let public_url = format!("http://{address}");
    let blueprint = blueprint(&services, store.clone(), clock, public_url, args.limits)?;
    let running = Running::receive(blueprint.build().await?, listener, face());
    if !out.is_json() {
        out.line(format!(
            "Pipedrive    {}   {} persons, {} organizations; {} deals with what hangs on them",
            services.pipedrive.base_url, args.persons, args.organizations, args.deals
        ))?;
        out.line(format!(
            "Propstreet   {}   about half of them, and some of its own; {} projects",
            services.propstreet.base_url, args.projects
        ))?;
        out.line(format!("Webhooks     http://{address}"))?;
    }
    Ok((services, store, blueprint, running))
}

fn scratch_folder() -> anyhow::Result<PathBuf> {
    let folder =
        std::env::temp_dir().join(format!("pipestreet-demo-{:016x}", startup::random_seed()));
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}

fn blueprint(
    services: &Services,
    store: AnyStore,
    clock: &Arc<dyn Clock>,
    public_url: String,
    limits: Limits,
) -> anyhow::Result<Blueprint<AnyStore>> {
    let token = SecretString::from(services.pipedrive.emulator().config().token.clone());
    let login = {
        let emulator = services.propstreet.emulator();
        let client = emulator
            .settings()
            .clients
            .first()
            .context("the emulator has a client")?;
        propstreet::Login::Client {
            id: client.client_id.clone(),
            secret: client.client_secret.clone().into(),
        }
    };
    let transport: Arc<dyn Transport> = Arc::new(HttpTransport::new()?);
    let caller = |side: Side, base: &str| -> anyhow::Result<_> {
        let budget = match (limits, side) {
            (Limits::Counted | Limits::Off, _) => BudgetSettings::counting(),
            (Limits::Real, Side::Pipedrive) => summary::real_budget(&services.pipedrive.emulator()),
            (Limits::Real, Side::Propstreet) => BudgetSettings::within(propstreet::limits(&login)),
        };
        Ok(startup::caller(
            &transport,
            clock,
            &store,
            side,
            (budget, BaseUrl::parse(base)?),
        ))
    };
    let pipedrive = pipedrive::Client::new(
        &caller(Side::Pipedrive, &services.pipedrive.base_url)?,
        &pipedrive::ApiToken::new(token),
    )?;
    let propstreet = propstreet::Client::new(
        &caller(Side::Propstreet, &services.propstreet.base_url)?,
        &login,
    )?;
    Ok(Blueprint {
        store,
        workspace: startup::WORKSPACE.workspace,
        clock: Arc::clone(clock),
        pipedrive,
        propstreet,
        settings: Settings {
            webhooks: WebhookSettings {
                workspace: WORKSPACE_NAME.to_owned(),
                public_url: Some(public_url),
                pipedrive: Some(PipedriveCredentials {
                    path_token: secret(),
                    password: secret(),
                }),
            },
            mirrored: mirrored(),
            fields: FieldNames {
                of_deals: true,
                ..FieldNames::default()
            },
            deals: Some(sales()),
            participants: Some(ParticipantsPace::default()),
            notes: Some(NoteSettings::of_all()),
            ..Settings::default()
        },
        propstreet_secrets: Vec::new(),
        entropy: startup::random_seed,
    })
}

/// Everything, in the order in which it is read.
fn mirrored() -> Vec<Entity> {
    let all = Entity::ALL.into_iter();
    all.filter(|entity| !entity.is_always_paired()).collect()
}

/// The deals of the pipeline for sales, and how far a project is in each of its stages.
fn sales() -> DealSettings {
    let meaning = |(stage, classification, teaser): (&str, &str, Option<&str>)| StageMeaning {
        stage: stage.to_owned(),
        status: plan::OPEN.to_owned(),
        classification: Some(classification.to_owned()),
        teaser: teaser.map(str::to_owned),
    };
    let stages = [
        ("Pitch", "draft", None),
        ("Mandate signed", "draft", None),
        ("Marketing", "active", Some("published")),
        ("Bidding", "active", Some("communicated")),
        ("Due diligence", "active", Some("communicated")),
        ("Closing", "active", Some("communicated")),
    ];
    DealSettings {
        stages: stages.into_iter().map(meaning).collect(),
        stages_are_chosen: true,
        ..DealSettings::of_pipelines(vec![Business::Sale.pipeline().to_owned()])
    }
}

fn secret() -> SecretString {
    let mut bytes = [0; 32];
    startup::fill_random(&mut bytes);
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>()
        .into()
}

fn face() -> Face {
    const SECONDS: Duration = Duration::from_secs(10);
    Face {
        limits: http::Limits {
            connections_max: 256,
            connections_per_address_max: 256,
            header_timeout: SECONDS,
            drain_timeout: Duration::from_secs(2),
            trusted_proxies: Vec::new(),
        },
        body_timeout: SECONDS,
    }
}

async fn first_read<S: Store>(core: &Core<S>, quiet: bool) -> anyhow::Result<()> {
    let progress = std::sync::Mutex::new(Progress::start("Reading both sides", 0, quiet));
    let seen = std::sync::Mutex::new(std::collections::BTreeMap::new());
    sweep::run_once(core, &Entity::PAIRED, &|entity, rows| {
        let mut seen = seen
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.insert(entity, rows);
        let all: u64 = seen.values().sum();
        let mut progress = progress
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        progress.set_total(all);
        progress.set_done(all);
    })
    .await?;
    // What deals could be paired with is read before they are planned, so that the plan tells of them.
    Box::pin(engine::deals::keep_up(core, &|_, _| ())).await?;
    let all: u64 = seen
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .values()
        .sum();
    progress
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .finish(&format!("Read {all} records"));
    Ok(())
}

/// Waits until nothing is left to read, plan or write.
async fn first_sync<S: Store>(
    core: &Core<S>,
    (before, planned): (u64, u64),
    quiet: bool,
) -> anyhow::Result<()> {
    let mut progress = Progress::start("Syncing", planned, quiet);
    let deadline = model::time::plus_millis(core.now(), SYNC_SECONDS_MAX * 1_000);
    loop {
        let status = core.store.status(core.ctx(), core.now()).await?;
        let done = summary::finished_writes(&status).saturating_sub(before);
        progress.set_total(planned.max(done));
        progress.set_done(done);
        if summary::is_at_rest(&status) {
            break;
        }
        anyhow::ensure!(
            core.now() < deadline,
            "the first sync did not come to an end"
        );
        core.clock
            .sleep_until(model::time::plus_millis(core.now(), LOOK_MILLIS))
            .await;
    }
    progress.finish("Both sides are in step");
    Ok(())
}

/// Waits until everything that is mirrored has been read once, and what changed meanwhile is taken in.
async fn whole_mirror<S: Store>(core: &Core<S>, quiet: bool) -> anyhow::Result<()> {
    let mut progress = Progress::count("Reading what is mirrored only", quiet);
    let deadline = model::time::plus_millis(core.now(), SYNC_SECONDS_MAX * 1_000);
    loop {
        let mirrored = core.settings.mirrored.iter().copied();
        let standings = of_entities(&core.store, core.ctx(), mirrored).await?;
        let status = core.store.status(core.ctx(), core.now()).await?;
        let records = summary::mirrored_only(&status);
        progress.set_done(records);
        let is_whole = standings.iter().all(|standing| standing.swept_at.is_some());
        let is_whole = is_whole && engine::notes::is_brought_in(core).await?;
        let standing = participants::standing(&core.store, core.ctx()).await?;
        let are_known = standing.known.unread == 0;
        if is_whole && are_known && summary::is_at_rest(&status) {
            progress.finish(&format!("{records} more records are mirrored"));
            return Ok(());
        }
        anyhow::ensure!(core.now() < deadline, "the mirror did not come to be whole");
        core.clock
            .sleep_until(model::time::plus_millis(core.now(), LOOK_MILLIS))
            .await;
    }
}
