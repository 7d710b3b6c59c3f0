//! A whole system for a test: the engine on a database file, both emulators and the webhook addresses on loopback, and a
//! clock that stands until it is moved.
//!
//! In: how it is set up, and deeds of users on both sides. Out: what both sides show when everything has settled. Nothing is
//! global and nothing waits on the machine's clock. A world that is dropped checks that it is at rest.

mod at_rest;
mod build;
mod clock;
mod commands;
mod couples;
mod faults;
mod fields;
mod journal;
mod log;
mod pipedrive;
mod propstreet;
mod settle;
mod stop_gate;
mod stranger;
mod wire;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use api_client::MemoryLedger;
use app::intake::CurrentEngine;
use emulators::pipedrive::PipedriveConfig;
use emulators::propstreet::PropstreetSettings;
use engine::{Core, Settings};
use secrecy::SecretString;
use store::SqliteStore;
use tempfile::TempDir;
use tokio::task::JoinSet;

pub(crate) use faults::{Call, Fault, LOSSES};
pub(crate) use journal::in_short;
pub(crate) use pipedrive::{Pipedrive, primary};
pub(crate) use propstreet::Propstreet;

use clock::HeldClock;
use log::ErrorLog;
use stop_gate::StopGate;
use wire::Wire;

/// How a world is set up.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) settings: Settings,
    pub(crate) pipedrive: PipedriveConfig,
    pub(crate) propstreet: PropstreetSettings,
}

/// Something that users will do.
type Deed = Box<dyn FnOnce(&Pipedrive, &Propstreet)>;

/// The whole system.
pub(crate) struct World {
    pub(crate) pipedrive: Pipedrive,
    pub(crate) propstreet: Propstreet,
    setup: Setup,
    clock: HeldClock,
    wire: Arc<Wire>,
    ledgers: [Arc<MemoryLedger>; 2],
    gate: Arc<StopGate>,
    engine: Arc<CurrentEngine<SqliteStore>>,
    secret: Option<SecretString>,
    restarts: u64,
    /// Codes of problems that are meant to be there at the end.
    quarantine_expected: BTreeSet<String>,
    /// What users will do, and when.
    deeds: RefCell<BTreeMap<i64, Deed>>,
    log: ErrorLog,
    directory: TempDir,
    _doors: JoinSet<()>,
}

impl World {
    /// A world with two empty sides, set up and read once.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// The same, set up otherwise.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Setup)) -> Self {
        let mut world = Self::before_first_sync(change).await;
        world.first_sync().await;
        world
    }

    /// A world in which nothing was set up and nothing read yet.
    pub(crate) async fn before_first_sync(change: impl FnOnce(&mut Setup)) -> Self {
        let mut setup = Setup::new();
        change(&mut setup);
        Self::build(setup).await
    }

    /// Makes fields and webhooks, reads both sides, and carries everything over.
    pub(crate) async fn first_sync(&mut self) {
        self.set_up().await;
        self.settle().await;
    }

    pub(crate) fn core(&self) -> Arc<Core<SqliteStore>> {
        self.engine.get()
    }

    /// Moves the time on without letting anything happen meanwhile.
    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance_to(self.clock.millis() + millis(time));
    }

    /// Users do this when so much time has passed, whatever the program is doing then.
    pub(crate) fn meanwhile_after(
        &self,
        time: Duration,
        deed: impl FnOnce(&Pipedrive, &Propstreet) + 'static,
    ) {
        let at = self.clock.millis() + millis(time);
        assert!(
            self.deeds.borrow_mut().insert(at, Box::new(deed)).is_none(),
            "one deed at a time"
        );
    }

    /// At the end a lane is quarantined with a problem of this code.
    pub(crate) fn expect_quarantine(&mut self, code: &str) {
        self.quarantine_expected.insert(code.to_owned());
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).expect("tests wait for less than an eternity")
}
