//! What the mirror knows of deals beyond their rows: what is in each stage, and how they moved from stage to stage.
//!
//! In: deals as Pipedrive shows them. Out: what each adds to the totals of its stage, and its moves. Pure.

use model::{RemoteId, Timestamp};
use serde::{Deserialize, Serialize};

/// More money than any deal is about; beyond it sums could not be kept exactly.
const HUNDREDTHS_MAX: f64 = 1e14;

/// What of a deal counts for the stage it is in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct DealInStage {
    pub(crate) pipeline_id: Option<i64>,
    pub(crate) stage_id: Option<i64>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    owner_id: Option<i64>,
    #[serde(default)]
    value: Option<f64>,
    #[serde(default)]
    probability: Option<f64>,
    #[serde(default)]
    is_archived: Option<bool>,
    #[serde(default)]
    pub(crate) stage_change_time: Option<Timestamp>,
    #[serde(default)]
    pub(crate) add_time: Option<Timestamp>,
}

/// Whose total.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StageTotalKey {
    pub pipeline_id: i64,
    pub stage_id: i64,
    /// open, won or lost.
    pub status: String,
    /// Empty where a deal has none.
    pub currency: String,
    /// 0 where a deal has none.
    pub owner_id: i64,
}

/// Deals and their money, in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct StageTotal {
    pub deals: i64,
    pub value_hundredths: i64,
    /// Values times probability, of the deals that have one of their own.
    pub weighed_hundredths: i64,
    /// Values of the others: their stage's probability weighs them.
    pub unweighed_hundredths: i64,
}

impl StageTotal {
    pub(crate) const fn negated(self) -> Self {
        Self {
            deals: -self.deals,
            value_hundredths: -self.value_hundredths,
            weighed_hundredths: -self.weighed_hundredths,
            unweighed_hundredths: -self.unweighed_hundredths,
        }
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            deals: self.deals.saturating_add(other.deals),
            value_hundredths: self.value_hundredths.saturating_add(other.value_hundredths),
            weighed_hundredths: self
                .weighed_hundredths
                .saturating_add(other.weighed_hundredths),
            unweighed_hundredths: self
                .unweighed_hundredths
                .saturating_add(other.unweighed_hundredths),
        }
    }
}

/// A deal that went from one stage to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageChange {
    pub deal: RemoteId,
    pub from_stage_id: i64,
    pub to_stage_id: i64,
    pub at: Timestamp,
    /// Since when it had been in the stage it left, where that is known.
    pub since: Option<Timestamp>,
    /// Who moved it, where a webhook told.
    pub user_id: Option<i64>,
    /// No webhook told of it: there may have been other moves before it.
    pub is_gap: bool,
}

impl DealInStage {
    /// `None` for what is no deal.
    pub(crate) fn read(raw: &str) -> Option<Self> {
        serde_json::from_str(raw).ok()
    }

    /// What the deal adds, and to which total. Nothing for one that is archived or in no stage.
    pub(crate) fn total(&self) -> Option<(StageTotalKey, StageTotal)> {
        if self.is_archived == Some(true) {
            return None;
        }
        let key = StageTotalKey {
            pipeline_id: self.pipeline_id?,
            stage_id: self.stage_id?,
            status: self.status.clone().unwrap_or_default(),
            currency: self.currency.clone().unwrap_or_default(),
            owner_id: self.owner_id.unwrap_or(0),
        };
        // Whole hundredths first: half of one would be lost in the fraction.
        let exact = (self.value.unwrap_or(0.0) * 100.0).round();
        let value = hundredths(exact);
        let weighed = self
            .probability
            .map(|percent| hundredths(exact * percent / 100.0));
        let total = StageTotal {
            deals: 1,
            value_hundredths: value,
            weighed_hundredths: weighed.unwrap_or(0),
            unweighed_hundredths: if weighed.is_some() { 0 } else { value },
        };
        Some((key, total))
    }

    /// When it came into the stage it is in.
    pub(crate) fn in_stage_since(&self) -> Option<Timestamp> {
        self.stage_change_time.or(self.add_time)
    }
}

fn hundredths(amount: f64) -> i64 {
    let amount = amount.round().clamp(-HUNDREDTHS_MAX, HUNDREDTHS_MAX);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounded, and far within the range"
    )]
    let whole = amount as i64;
    whole
}
