//! What hangs on deals and contacts without being a record: participants, products of deals, followers, variations of
//! products, labels of leads, conversions under way.
//!
//! In: checked rows to keep. Out: rows by what they hang on. It checks nothing and fires nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kinds::{Billing, Entity, Price};

/// How many rows of the logs of participants and followers are kept per record.
const LOG_ROWS_MAX: usize = 200;

/// A person on a deal, the deal's own person among them. Times are seconds, here and below.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Participant {
    pub(super) id: i64,
    pub(super) person_id: i64,
    pub(super) add_time: i64,
    pub(super) added_by: i64,
}

/// A participant or follower that came or went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Coming {
    /// The person or user.
    pub(super) who: i64,
    pub(super) is_added: bool,
    pub(super) actor_user_id: i64,
    pub(super) time: i64,
}

/// A user who follows a record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Follower {
    pub(super) id: i64,
    pub(super) user_id: i64,
    pub(super) add_time: i64,
}

/// A product on a deal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct DealProduct {
    pub(super) id: i64,
    pub(super) deal_id: i64,
    pub(super) product_id: i64,
    pub(super) product_variation_id: Option<i64>,
    pub(super) order_nr: i64,
    pub(super) add_time: i64,
    pub(super) update_time: i64,
    pub(super) comments: String,
    pub(super) currency: String,
    pub(super) item_price: f64,
    pub(super) quantity: f64,
    pub(super) discount: f64,
    /// Of the two kinds, the one that is not a percentage.
    pub(super) discount_is_amount: bool,
    pub(super) tax: f64,
    pub(super) tax_method: String,
    pub(super) is_enabled: bool,
    pub(super) billing: Billing,
    pub(super) billing_start_date: Option<String>,
}

/// A variation of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Variation {
    pub(super) id: i64,
    pub(super) product_id: i64,
    pub(super) name: String,
    pub(super) prices: Vec<Price>,
}

/// A label that leads can have.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LeadLabel {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) color: String,
    pub(super) add_time: i64,
    pub(super) update_time: i64,
}

/// A deal that becomes a lead, or the other way round.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Conversion {
    pub(super) id: String,
    pub(super) from: Entity,
    pub(super) source_id: i64,
    /// Where a lead shall go.
    pub(super) stage_id: Option<i64>,
    pub(super) actor_user_id: i64,
    /// Vendor's clock, milliseconds.
    pub(super) begun: i64,
    pub(super) outcome: Option<Outcome>,
}

/// How a conversion ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// The record that was made.
    Completed(i64),
    Failed,
}

/// All of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Sales {
    /// By deal.
    pub(super) participants: BTreeMap<i64, Vec<Participant>>,
    pub(super) participant_logs: BTreeMap<i64, Vec<Coming>>,
    /// By deal.
    pub(super) products: BTreeMap<i64, Vec<DealProduct>>,
    /// By product.
    pub(super) variations: BTreeMap<i64, Vec<Variation>>,
    pub(super) followers: Vec<((Entity, i64), Vec<Follower>)>,
    pub(super) follower_logs: Vec<((Entity, i64), Vec<Coming>)>,
    pub(super) lead_labels: Vec<LeadLabel>,
    pub(super) conversions: Vec<Conversion>,
    /// Shared by everything here that has a number.
    pub(super) last_id: i64,
}

impl Sales {
    pub(super) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// All participants of a deal but the one that is not counted.
    pub(super) fn participants_of(
        &self,
        deal: i64,
        hidden: Option<i64>,
    ) -> impl Iterator<Item = &Participant> {
        let all = self.participants.get(&deal).into_iter().flatten();
        all.filter(move |participant| Some(participant.person_id) != hidden)
    }

    pub(super) fn followers_of(&self, entity: Entity, id: i64) -> &[Follower] {
        let found = self
            .followers
            .binary_search_by_key(&(entity, id), |(of, _)| *of);
        found.map_or(&[], |place| &self.followers[place].1)
    }

    pub(super) fn followers_mut(&mut self, entity: Entity, id: i64) -> &mut Vec<Follower> {
        rows_mut(&mut self.followers, (entity, id))
    }

    pub(super) fn follower_log(&self, entity: Entity, id: i64) -> &[Coming] {
        let found = self
            .follower_logs
            .binary_search_by_key(&(entity, id), |(of, _)| *of);
        found.map_or(&[], |place| &self.follower_logs[place].1)
    }

    pub(super) fn log_follower(&mut self, (entity, id): (Entity, i64), coming: Coming) {
        keep(rows_mut(&mut self.follower_logs, (entity, id)), coming);
    }

    pub(super) fn log_participant(&mut self, deal: i64, coming: Coming) {
        keep(self.participant_logs.entry(deal).or_default(), coming);
    }
}

fn keep(rows: &mut Vec<Coming>, coming: Coming) {
    if rows.len() == LOG_ROWS_MAX {
        rows.remove(0);
    }
    rows.push(coming);
}

/// The rows of a record in a list that is sorted by record.
fn rows_mut<T>(of: &mut Vec<((Entity, i64), Vec<T>)>, key: (Entity, i64)) -> &mut Vec<T> {
    let place = match of.binary_search_by_key(&key, |(of, _)| *of) {
        Ok(place) => place,
        Err(place) => {
            of.insert(place, (key, Vec::new()));
            place
        }
    };
    &mut of[place].1
}
