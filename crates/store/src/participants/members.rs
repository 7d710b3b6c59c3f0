//! Who takes part in a deal and in its project, as the mirror shows it.
//!
//! In: mirror rows. Out: [`Membership`], a part of a pair's view. Pure.

use model::{Entity, PairId, RecordKey};
use serde_json::Value;

use super::Participant;
use crate::rows::MirrorRow;

/// Name of the fact that says whom a side has refused to add to a pair, and when; its form is the engine's.
#[must_use]
pub fn fact_refused_members(pair: PairId) -> String {
    format!("members_refused:{pair}")
}

/// Those who take part in a deal and in its project.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Membership {
    /// The deal's own person, and its organization.
    pub primary: Option<RecordKey>,
    pub organization: Option<RecordKey>,
    /// Those who take part by now, by the participation's id.
    pub participants: Vec<Participant>,
    /// Whether it was read who takes part in the deal.
    pub is_known: bool,
    /// Living prospects, by id.
    pub prospects: Vec<MirrorRow>,
    /// What [`fact_refused_members`] says.
    pub refused: Option<String>,
}

impl Membership {
    /// Every record that takes part.
    pub fn records(&self) -> impl Iterator<Item = RecordKey> + '_ {
        let own = self.primary.iter().chain(&self.organization).cloned();
        own.chain(self.persons())
            .chain(self.prospects.iter().filter_map(who_is))
    }

    /// The persons who take part in the deal, as the last read showed them.
    pub fn persons(&self) -> impl Iterator<Item = RecordKey> + '_ {
        self.participants
            .iter()
            .map(|row| RecordKey::new(Entity::Person, row.person_id))
    }
}

/// The contact that a prospect is, or the company where it is no contact; nothing where it is neither.
#[must_use]
pub fn who_is(prospect: &MirrorRow) -> Option<RecordKey> {
    let raw: Value = serde_json::from_str(&prospect.raw).ok()?;
    let named = |key: &str, entity: Entity| {
        let id = raw.get(key)?;
        let id = id.as_str().map(str::to_owned);
        id.filter(|id| !id.is_empty())
            .map(|id| RecordKey::new(entity, id))
    };
    named("contactId", Entity::Contact).or_else(|| named("companyId", Entity::Company))
}

/// The person and the organization of a deal.
pub(crate) fn own_of(deal: &MirrorRow) -> (Option<RecordKey>, Option<RecordKey>) {
    let raw: Value = serde_json::from_str(&deal.raw).unwrap_or_default();
    let named = |key: &str, entity: Entity| {
        let id = raw.get(key)?.as_i64()?;
        Some(RecordKey::new(entity, id))
    };
    (
        named("person_id", Entity::Person),
        named("org_id", Entity::Organization),
    )
}
