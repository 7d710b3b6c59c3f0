//! The demo's two services: both emulators on loopback, with a made-up brokerage in them, kept between runs when asked to.
//!
//! In: how large the brokerage is, and a folder. Out: two servers. What the folder holds is only ever the emulators' own state.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Context;
use emulators::Moment;
use emulators::brokerage::{Brokerage, Estate};
use emulators::http_face::{EmulatorServer, FaceOptions, Now};
use emulators::pipedrive::{Delivery, PipedriveConfig, PipedriveEmulator};
use emulators::propstreet::{PropstreetEmulator, PropstreetSettings, WebhookManner};
use tokio::net::TcpListener;

use crate::cli::Limits;

/// Seeds the people whom only Propstreet knows.
const OWN_SEED: u64 = 1_000;
/// Of the brokerage, this part is known to Propstreet alone.
const OWN_PART: u32 = 20;

/// Every so many contacts have a note.
const NOTED: usize = 10;
const NOTES: [&str; 4] = [
    "Looks for logistics along the E6, up to 250 MSEK.",
    "Closed the fund last autumn; buys again from March.",
    "Wants residential only, no new production.",
    "Met at the fair in Oslo. Send teasers for offices.",
];

/// How large the brokerage is, and how strict the services are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) seed: u64,
    pub(super) persons: u32,
    pub(super) organizations: u32,
    pub(super) deals: u32,
    pub(super) projects: u32,
    pub(super) limits: Limits,
}

/// Both services.
#[derive(Debug)]
pub(super) struct Services {
    pub(super) pipedrive: EmulatorServer<PipedriveEmulator>,
    pub(super) propstreet: EmulatorServer<PropstreetEmulator>,
    folder: Option<PathBuf>,
}

impl Services {
    pub(super) async fn start(
        shape: Shape,
        folder: Option<&Path>,
        now: Now,
    ) -> anyhow::Result<Self> {
        let pipedrive = pipedrive(shape, folder, now())?;
        let propstreet = propstreet(shape, folder, now())?;
        let options = FaceOptions::default();
        Ok(Self {
            pipedrive: EmulatorServer::start(
                Arc::new(Mutex::new(pipedrive)),
                any_port().await?,
                Arc::clone(&now),
                options,
            )?,
            propstreet: EmulatorServer::start(
                Arc::new(Mutex::new(propstreet)),
                any_port().await?,
                now,
                options,
            )?,
            folder: folder.map(Path::to_owned),
        })
    }

    /// Keeps both states in the folder, if there is one.
    pub(super) fn keep(&self) -> anyhow::Result<()> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        write(
            &file(folder, "pipedrive"),
            &self.pipedrive.emulator().save(),
        )?;
        write(
            &file(folder, "propstreet"),
            &self.propstreet.emulator().save(),
        )
    }

    pub(super) async fn stop(self) {
        self.pipedrive.stop().await;
        self.propstreet.stop().await;
    }
}

async fn any_port() -> std::io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", 0)).await
}

fn file(folder: &Path, service: &str) -> PathBuf {
    folder.join(format!("{service}.json"))
}

fn write(path: &Path, state: &serde_json::Value) -> anyhow::Result<()> {
    // A state half written would be worse than an old one.
    let beside = path.with_extension("json.new");
    std::fs::write(&beside, state.to_string())
        .with_context(|| format!("{} cannot be written", beside.display()))?;
    std::fs::rename(&beside, path).with_context(|| format!("{} cannot be replaced", path.display()))
}

fn read(folder: Option<&Path>, service: &str) -> anyhow::Result<Option<serde_json::Value>> {
    let Some(path) = folder
        .map(|folder| file(folder, service))
        .filter(|path| path.exists())
    else {
        return Ok(None);
    };
    let text =
        std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let state = serde_json::from_slice(&text).with_context(|| {
        format!(
            "{} is not the state of an emulator; remove it to start over",
            path.display()
        )
    })?;
    Ok(Some(state))
}

fn pipedrive(
    shape: Shape,
    folder: Option<&Path>,
    now: Moment,
) -> anyhow::Result<PipedriveEmulator> {
    let config = PipedriveConfig {
        seed: shape.seed,
        limits: match shape.limits {
            Limits::Real => emulators::pipedrive::Limits::Real,
            Limits::Counted => emulators::pipedrive::Limits::Counted,
            Limits::Off => emulators::pipedrive::Limits::Off,
        },
        delivery: Delivery::Prompt,
        ..PipedriveConfig::default()
    };
    if let Some(state) = read(folder, "pipedrive")? {
        return Ok(PipedriveEmulator::load(config, state)?);
    }
    let mut emulator = PipedriveEmulator::new(config);
    let book = book(shape);
    emulator.seed(&book, now);
    emulator.seed_office(now);
    emulator.seed_deals(&book, size(shape.deals), now);
    Ok(emulator)
}

fn propstreet(
    shape: Shape,
    folder: Option<&Path>,
    now: Moment,
) -> anyhow::Result<PropstreetEmulator> {
    if let Some(state) = read(folder, "propstreet")? {
        return Ok(PropstreetEmulator::load(state)?);
    }
    let mut emulator = PropstreetEmulator::new(PropstreetSettings {
        seed: shape.seed,
        limits: match shape.limits {
            Limits::Real => emulators::propstreet::Limits::Real,
            Limits::Counted => emulators::propstreet::Limits::Counted,
            Limits::Off => emulators::propstreet::Limits::Off,
        },
        webhooks: WebhookManner::prompt(),
        ..PropstreetSettings::default()
    });
    emulator.seed(&book(shape), now);
    let own = |of: u32| usize::try_from(of / OWN_PART).unwrap_or(0);
    emulator.seed_own(
        &Brokerage::generate(
            shape.seed + OWN_SEED,
            own(shape.organizations),
            own(shape.persons),
        ),
        now,
    );
    emulator.seed_projects(&Estate::generate(shape.seed, size(shape.projects)), now);
    write_notes(&mut emulator, now)?;
    Ok(emulator)
}

/// Some contacts have been talked to already.
fn write_notes(emulator: &mut PropstreetEmulator, now: Moment) -> anyhow::Result<()> {
    let contacts: Vec<String> = emulator.contact_ids().map(|(id, _)| id).collect();
    for (contact, note) in contacts.iter().step_by(NOTED).zip(NOTES.iter().cycle()) {
        emulator.add_contact_note(contact, note, now)?;
    }
    Ok(())
}

fn book(shape: Shape) -> Brokerage {
    Brokerage::generate(shape.seed, size(shape.organizations), size(shape.persons))
}

fn size(of: u32) -> usize {
    usize::try_from(of).unwrap_or(usize::MAX)
}
