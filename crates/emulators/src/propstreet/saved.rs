//! The whole state as JSON, to be kept in a file between two runs.
//!
//! In: an emulator, or what was saved. Out: the other. Issued access tokens, counters, faults and writes under way are
//! not kept: a server that starts again has none.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PropstreetEmulator;
use super::delivery::{Delivery, Subscription};
use super::files::Files;
use super::hooks::Hooks;
use super::notes::{Note, Notes};
use super::portfolio::Portfolio;
use super::portfolio::saved::SavedPortfolio;
use super::record::{Company, Contact, Link};
use super::records::Records;
use super::registry::Registry;
use super::replays::Replays;
use super::settings::PropstreetSettings;
use super::timeline::{SavedTimeline, Timeline};

#[derive(Serialize, Deserialize)]
struct Saved {
    settings: PropstreetSettings,
    last_ids: [u64; 3],
    version: u64,
    contacts: Vec<Contact>,
    companies: Vec<Company>,
    links: Vec<Link>,
    #[serde(default)]
    portfolio: SavedPortfolio,
    subscriptions: Vec<Subscription>,
    deliveries: Vec<Delivery>,
    notes: Vec<Note>,
    #[serde(default)]
    files: Files,
    #[serde(default)]
    registry: Registry,
    #[serde(default)]
    timeline: SavedTimeline,
    replays: Value,
}

impl PropstreetEmulator {
    /// Everything that outlives a restart.
    #[must_use]
    pub fn save(&self) -> Value {
        let records = &self.records;
        let saved = Saved {
            settings: self.settings.clone(),
            last_ids: [
                records.contacts.last_id(),
                records.companies.last_id(),
                records.links.last_id(),
            ],
            version: records.version,
            contacts: records.contacts.all().cloned().collect(),
            companies: records.companies.all().cloned().collect(),
            links: records.links.all().cloned().collect(),
            portfolio: records.portfolio.save(),
            subscriptions: self.hooks.subscriptions.values().cloned().collect(),
            deliveries: self.hooks.deliveries.values().cloned().collect(),
            notes: self.notes.all().cloned().collect(),
            files: self.files.clone(),
            registry: self.access.registry.clone(),
            timeline: records.timeline.save(),
            replays: self.replays.save(),
        };
        serde_json::to_value(saved).expect("the state has text keys only")
    }

    /// The organization as it was saved.
    ///
    /// # Errors
    /// When the value was not made by [`Self::save`].
    pub fn load(saved: Value) -> Result<Self, serde_json::Error> {
        let saved: Saved = serde_json::from_value(saved)?;
        let mut emulator = Self::new(saved.settings);
        // What is drawn after a restart must not repeat what was drawn before it.
        let seed = emulator
            .settings
            .seed
            .wrapping_add(saved.version.rotate_left(32));
        emulator.rng = ChaCha8Rng::seed_from_u64(seed);
        emulator.records = Records::starting_after(saved.last_ids, saved.version);
        for contact in saved.contacts {
            emulator.records.put_contact(contact);
        }
        for company in saved.companies {
            emulator.records.put_company(company);
        }
        for link in saved.links {
            emulator.records.put_link(link);
        }
        emulator.records.portfolio = Portfolio::load(saved.portfolio);
        emulator.access.registry = saved.registry;
        emulator.hooks = Hooks::load(saved.subscriptions, saved.deliveries);
        emulator.notes = Notes::load(saved.notes);
        emulator.files = saved.files;
        emulator.records.timeline = Timeline::load(saved.timeline, emulator.notes.last_id());
        emulator.replays = Replays::load(saved.replays)?;
        Ok(emulator)
    }
}
