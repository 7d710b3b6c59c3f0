//! An emulated organization with a login and a post box.

use std::sync::Arc;

use api_client::{Clock, Transport};
use emulators::Moment;
use emulators::brokerage::{Brokerage, Estate};
use emulators::propstreet::{PropstreetEmulator, PropstreetSettings, PropstreetSwitches};
use probe::PostBox;
use probe::propstreet::{Login, Organization};
use serde_json::Value;

use crate::wire::{JumpingClock, Wire};

const MARK: &str = "Pipestreet probe 7f3a";
/// Before the clock of the wire begins.
const SEEDED_AT: Moment = Moment(1_772_445_000_000);

pub(crate) struct House {
    pub(crate) wire: Arc<Wire<PropstreetEmulator>>,
    seed: u64,
}

impl House {
    pub(crate) fn new(seed: u64, switches: PropstreetSwitches) -> Self {
        let mut emulator = PropstreetEmulator::new(PropstreetSettings {
            seed,
            switches,
            ..PropstreetSettings::default()
        });
        emulator.seed(&Brokerage::generate(7, 5, 20), SEEDED_AT);
        emulator.seed_projects(&Estate::generate(7, 4), SEEDED_AT);
        Self {
            wire: Wire::to(emulator),
            seed,
        }
    }

    /// Every other one is asked with a person's token, which may call less often.
    pub(crate) fn organization(&self, allowance: u32) -> Organization {
        let transport: Arc<dyn Transport> = Arc::<Wire<_>>::clone(&self.wire);
        let clock: Arc<dyn Clock> = Arc::new(JumpingClock(Arc::clone(&self.wire)));
        let login = if self.seed.is_multiple_of(2) {
            Login::Client {
                id: "nordhav-sync".to_owned(),
                secret: "nordhav-sync-secret".into(),
            }
        } else {
            Login::PersonalToken("pat_nordhav".into())
        };
        Organization {
            transport,
            clock,
            base: "https://app.propstreet.com".to_owned(),
            login,
            post_box: None,
            mark: MARK.to_owned(),
            allowance,
            is_stopped: Arc::default(),
        }
    }

    /// The same, with a way for its webhooks.
    pub(crate) fn listening(&self, allowance: u32) -> Organization {
        let address = "https://probe.example.com/4b1d".to_owned();
        let post_box = Arc::new(PostBox::new(address, MARK.to_owned()));
        assert!(self.wire.post_box.set(Arc::clone(&post_box)).is_ok());
        Organization {
            post_box: Some(post_box),
            ..self.organization(allowance)
        }
    }

    /// Everything there is that a probe could leave behind.
    pub(crate) fn inventory(&self) -> Vec<String> {
        let emulator = self.wire.emulator();
        let is_living = |record: &&Value| record["deletedUtc"].is_null();
        let projects = emulator.projects();
        let is_there = |prospect: &&Value| {
            let mut living = projects.iter().filter(is_living);
            living.any(|project| project["id"] == prospect["projectId"])
        };
        let prospects = emulator.prospects();
        let mut found: Vec<String> = prospects
            .iter()
            .filter(is_living)
            .filter(is_there)
            .map(Value::to_string)
            .collect();
        let lists = [
            emulator.contacts(),
            emulator.companies(),
            emulator.links(),
            emulator.properties(),
            projects.clone(),
        ];
        for list in lists {
            found.extend(list.iter().filter(is_living).map(Value::to_string));
        }
        found.extend(emulator.webhook_ids());
        found
    }

    pub(crate) fn requests_counted(&self) -> u64 {
        self.wire.emulator().counters().requests_total
    }

    /// How often the vendor was called that way.
    pub(crate) fn calls(&self, name: &str) -> u64 {
        let counters = self.wire.emulator().counters();
        counters.requests.get(name).copied().unwrap_or_default()
    }

    pub(crate) fn violations(&self) -> u64 {
        self.wire.emulator().counters().violations
    }
}
