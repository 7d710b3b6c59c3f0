//! Proving who takes part in deals: open deals are read, the ones read longest ago first, and held against what is mirrored.
//!
//! In: the tokens that this may cost. Out: what differs. Each deal costs a read, so that it is done only where it is asked for.
//! Heals by making the deals that differ due for a read.

use std::collections::BTreeMap;

use api_client::{CallContext, Priority};
use model::{RemoteId, Side};
use store::{Participant, SeenParticipants, Store};

use crate::core::Core;
use crate::failure::EngineError;
use crate::remote;

const CALL: CallContext = CallContext::new(Priority::Interactive, "verify");

/// How the mirror of participants stands beside its source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParticipantsDrift {
    /// Deals that were compared, and open ones in which somebody takes part.
    pub deals: u64,
    pub deals_known: u64,
    /// Deals that are known to be due for a read; they were not compared.
    pub deals_due: u64,
    /// Participants that the source has in the deals compared, and those that the mirror has.
    pub listed: u64,
    pub mirrored: u64,
    pub missing: u64,
    pub different: u64,
    pub absent: u64,
    /// Deals whose participants make no sense.
    pub unreadable: u64,
    /// Deals in which something differs.
    pub differing: Vec<RemoteId>,
}

impl ParticipantsDrift {
    /// Whether what was compared is equal. Nothing is proven where there is something to compare and the tokens paid for none of it.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.differing.is_empty() && self.unreadable == 0 && !self.was_too_dear()
    }

    /// Whether the tokens paid for no deal.
    #[must_use]
    pub fn was_too_dear(&self) -> bool {
        self.deals == 0 && self.deals_known > self.deals_due
    }
}

/// Compares the participants of as many open deals as the tokens pay for; nothing where participants are not followed.
///
/// # Errors
/// When the store or Pipedrive cannot be reached.
pub async fn compare<S: Store>(
    core: &Core<S>,
    tokens_max: Option<u32>,
    heard: &(dyn Fn(u64) + Sync),
) -> Result<Option<ParticipantsDrift>, EngineError> {
    if core.settings.participants.is_none() {
        return Ok(None);
    }
    let known = core.store.participants_standing(core.ctx()).await?;
    let limit = tokens_max.map_or(u32::MAX, |tokens| {
        tokens / pipedrive::cost::PARTICIPANTS_PAGE.tokens
    });
    let deals = core.store.participants_in_turn(core.ctx(), limit).await?;
    let mut drift = ParticipantsDrift {
        deals_known: known.with_participants,
        deals_due: known.unread + known.moved,
        ..ParticipantsDrift::default()
    };
    for deal in deals {
        let seen = remote::participants_of(core, &deal, &CALL).await;
        let seen = seen.map_err(|error| EngineError::call(Side::Pipedrive, error))?;
        let known = core.store.participants(core.ctx(), &deal).await?;
        drift.hold(deal, seen, &known);
        heard(drift.deals);
    }
    Ok(Some(drift))
}

impl ParticipantsDrift {
    fn hold(&mut self, deal: RemoteId, seen: SeenParticipants, known: &[Participant]) {
        self.deals += 1;
        let live = known.iter().filter(|one| one.deleted_at.is_none());
        let mut live: BTreeMap<i64, &Participant> = live.map(|one| (one.id, one)).collect();
        let mirrored = live.len();
        let seen = match seen {
            SeenParticipants::All(seen) | SeenParticipants::AllSince { all: seen, .. } => seen,
            SeenParticipants::NoDeal => Vec::new(),
            SeenParticipants::Unreadable | SeenParticipants::Changed { .. } => {
                self.unreadable += 1;
                return;
            }
        };
        let (missing, different) = (self.missing, self.different);
        for shown in &seen {
            match live.remove(&shown.id) {
                None => self.missing += 1,
                Some(known)
                    if known.person_id != shown.person_id
                        || !store::says_the_same(&known.raw, &shown.raw) =>
                {
                    self.different += 1;
                }
                Some(_) => {}
            }
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        self.listed += count(seen.len());
        self.mirrored += count(mirrored);
        self.absent += count(live.len());
        if (self.missing, self.different) != (missing, different) || !live.is_empty() {
            self.differing.push(deal);
        }
    }
}

/// Makes every deal that differs due for a read of its participants; answers how many.
///
/// # Errors
/// When the store cannot be reached.
pub async fn heal<S: Store>(core: &Core<S>, drift: &ParticipantsDrift) -> Result<u64, EngineError> {
    let deals = drift.differing.clone();
    let healing = u64::try_from(deals.len()).unwrap_or(u64::MAX);
    if healing > 0 {
        core.store.want_participants(core.ctx(), deals).await?;
        core.bells.ring_all();
    }
    Ok(healing)
}
