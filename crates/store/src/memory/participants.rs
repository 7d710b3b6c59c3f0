//! Participants of deals and what is known about them, in memory.
//!
//! In: what changed. Out: the same. Decides nothing.

use model::RemoteId;

use super::rows::{Rows, at_most};
use crate::Answer;
use crate::participants::{Check, Participant, ParticipantsStanding, WantedDeal};
use crate::tables::ParticipantTables;

impl ParticipantTables for Rows {
    fn participants_of(&self, deal: &RemoteId) -> Answer<Vec<Participant>> {
        let from = (deal.clone(), i64::MIN);
        let rows = self.participants.range(from..);
        let rows = rows.take_while(|((of, _), _)| of == deal);
        Ok(rows.map(|(_, row)| row.clone()).collect())
    }

    fn put_participant(&mut self, row: Participant) -> Answer<()> {
        self.participants.insert((row.deal.clone(), row.id), row);
        Ok(())
    }

    fn participant_check(&self, deal: &RemoteId) -> Answer<Option<Check>> {
        Ok(self.participant_checks.get(deal).cloned())
    }

    fn put_participant_check(&mut self, check: Check) -> Answer<()> {
        self.participant_checks.insert(check.deal.clone(), check);
        Ok(())
    }

    fn participants_wanted(&self, limit: u32) -> Answer<Vec<WantedDeal>> {
        let mut due: Vec<&Check> = self.participant_checks.values().collect();
        due.retain(|check| check.is_due);
        due.sort_by_key(|check| (check.is_wanted_first(), check.turn_at));
        let wanted = due.into_iter().take(at_most(limit));
        let wanted = wanted.map(|check| WantedDeal {
            deal: check.deal.clone(),
            is_first: check.is_wanted_first(),
        });
        Ok(wanted.collect())
    }

    fn participants_in_turn(&self, limit: u32) -> Answer<Vec<RemoteId>> {
        let mut turns: Vec<&Check> = self.participant_checks.values().collect();
        turns.retain(|check| check.takes_turns());
        turns.sort_by_key(|check| check.turn_at);
        let turns = turns.into_iter().take(at_most(limit));
        Ok(turns.map(|check| check.deal.clone()).collect())
    }

    fn participants_standing(&self) -> Answer<ParticipantsStanding> {
        let mut standing = ParticipantsStanding::default();
        for check in self.participant_checks.values() {
            let is_peopled = check.is_open && check.count_shown > 0;
            standing.open_deals += u64::from(check.is_open);
            standing.with_participants += u64::from(is_peopled);
            standing.unread += u64::from(check.is_wanted_first());
            standing.moved += u64::from(check.is_due && !check.is_wanted_first());
            if is_peopled {
                let oldest = standing.oldest_check.into_iter().chain(check.checked_at);
                standing.oldest_check = oldest.min();
            }
        }
        for row in self.participants.values() {
            match row.deleted_at {
                None => standing.live += 1,
                Some(_) => standing.deleted += 1,
            }
        }
        Ok(standing)
    }
}
