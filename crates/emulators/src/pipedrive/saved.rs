//! The whole account as one JSON value, and back.
//!
//! In: the emulator, or what was saved. Out: the same account: records, definitions, users, webhooks with what waits to be
//! sent, change logs, tokens spent today. Faults, counters and what lags are not kept.

use serde::{Deserialize, Serialize};

use super::PipedriveEmulator;
use super::config::PipedriveConfig;
use super::fields::Catalog;
use super::kinds::Entity;
use super::oauth::Oauth;
use super::papers::Papers;
use super::record::Record;
use super::sales::Sales;
use super::state::{LogRow, State, Table};
use super::users::User;
use super::webhooks::{Queue, Subscription, Waiting};

/// What was saved cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the saved account cannot be read")]
pub struct LoadError(#[source] serde_json::Error);

#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    /// By kind, in the order of [`Entity::ALL`]; an older account has fewer kinds. The same for the next two.
    records: Vec<Vec<Record>>,
    next_ids: Vec<i64>,
    catalogs: Vec<Catalog>,
    users: Vec<User>,
    subscriptions: Vec<Subscription>,
    logs: Vec<(Entity, i64, Vec<LogRow>)>,
    #[serde(default)]
    sales: Sales,
    next_option_id: i64,
    next_subscription_id: i64,
    waiting: Vec<(i64, Waiting)>,
    spent: (i64, u64),
    clock_offset_millis: i64,
    #[serde(default)]
    papers: Papers,
    #[serde(default)]
    oauth: Oauth,
    /// So that a loaded account does not repeat the codes and identifiers it has given out.
    seed: u64,
}

impl PipedriveEmulator {
    /// The account as it is now.
    #[must_use]
    pub fn save(&self) -> serde_json::Value {
        serde_json::to_value(self.saved()).expect("the account is plain data with text keys")
    }

    /// The same as one text, which is quicker for a large account.
    #[must_use]
    pub fn save_text(&self) -> String {
        serde_json::to_string(&self.saved()).expect("the account is plain data with text keys")
    }

    fn saved(&self) -> Saved {
        let state = &self.state;
        Saved {
            records: state
                .tables
                .iter()
                .map(|table| table.records.values().cloned().collect())
                .collect(),
            next_ids: state.tables.iter().map(|table| table.next_id).collect(),
            catalogs: state.catalogs.to_vec(),
            users: state.users.clone(),
            subscriptions: state.subscriptions.values().cloned().collect(),
            logs: state
                .logs
                .iter()
                .map(|((entity, id), rows)| (*entity, *id, rows.clone()))
                .collect(),
            sales: state.sales.clone(),
            next_option_id: state.next_option_id,
            next_subscription_id: state.next_subscription_id,
            waiting: self.queue.save(),
            spent: self.gateway.spent(),
            clock_offset_millis: self.clock_offset_millis,
            papers: state.papers.clone(),
            oauth: self.oauth.clone(),
            seed: self.config.seed.wrapping_add(1),
        }
    }

    /// The account as it was saved, behind a gateway set up as `config` says.
    ///
    /// # Errors
    /// When the value was not made by [`Self::save`].
    pub fn load(config: PipedriveConfig, saved: serde_json::Value) -> Result<Self, LoadError> {
        Ok(Self::restored(
            config,
            serde_json::from_value(saved).map_err(LoadError)?,
        ))
    }

    /// The same from a text.
    ///
    /// # Errors
    /// When the text was not made by [`Self::save_text`].
    pub fn load_text(config: PipedriveConfig, saved: &str) -> Result<Self, LoadError> {
        Ok(Self::restored(
            config,
            serde_json::from_str(saved).map_err(LoadError)?,
        ))
    }

    fn restored(config: PipedriveConfig, saved: Saved) -> Self {
        let mut emulator = Self::new(PipedriveConfig {
            seed: saved.seed,
            ..config
        });
        let mut records = saved.records.into_iter();
        let mut next_ids = saved.next_ids.into_iter();
        let mut catalogs = saved.catalogs.into_iter();
        emulator.state = State {
            tables: Entity::ALL.map(|_| {
                Table::of(
                    records.next().unwrap_or_default(),
                    next_ids.next().unwrap_or_default(),
                )
            }),
            catalogs: Entity::ALL
                .map(|entity| catalogs.next().unwrap_or_else(|| Catalog::built_in(entity))),
            users: saved.users,
            subscriptions: saved
                .subscriptions
                .into_iter()
                .map(|webhook| (webhook.id, webhook))
                .collect(),
            logs: saved
                .logs
                .into_iter()
                .map(|(entity, id, rows)| ((entity, id), rows))
                .collect(),
            sales: saved.sales,
            next_option_id: saved.next_option_id,
            next_subscription_id: saved.next_subscription_id,
            papers: saved.papers,
            ..State::new()
        };
        emulator.state.set_up_if_bare();
        emulator.queue = Queue::load(saved.waiting, &emulator.config.switches);
        emulator.gateway.set_spent(saved.spent);
        emulator.clock_offset_millis = saved.clock_offset_millis;
        emulator.oauth = saved.oauth;
        emulator
    }
}
