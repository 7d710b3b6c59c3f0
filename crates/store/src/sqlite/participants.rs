//! Participants of deals and what is known about them, on SQLite.
//!
//! In: what changed. Out: the same. Decides nothing.

use model::RemoteId;
use model::time::to_millis;

use super::cells::{Cells, millis};
use super::rows::Rows;
use crate::Answer;
use crate::participants::{Check, Participant, ParticipantsStanding, WantedDeal};
use crate::tables::ParticipantTables;

fn count_or_none(cells: &Cells<'_>) -> Answer<Option<u32>> {
    let count: Option<i64> = cells.get()?;
    Ok(count.map(|count| u32::try_from(count).unwrap_or(u32::MAX)))
}

impl ParticipantTables for Rows<'_> {
    fn participants_of(&self, deal: &RemoteId) -> Answer<Vec<Participant>> {
        let sql = "select deal_id, participant_id, person_id, added_at, raw, synced_at, deleted_at \
            from pipedrive_deal_participants where workspace_id = ?1 and deal_id = ?2 order by participant_id";
        let read = |cells: &Cells<'_>| {
            Ok(Participant {
                deal: cells.remote_id()?,
                id: cells.get()?,
                person_id: cells.get()?,
                added_at: cells.time_or_none()?,
                raw: cells.get()?,
                synced_at: cells.time()?,
                deleted_at: cells.time_or_none()?,
            })
        };
        let params = (self.workspace, deal.as_str());
        self.many("pipedrive_deal_participants", sql, params, read)
    }

    fn put_participant(&mut self, row: Participant) -> Answer<()> {
        let sql = "insert into pipedrive_deal_participants (workspace_id, deal_id, participant_id, person_id, added_at, raw, \
            synced_at, deleted_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
            on conflict (workspace_id, deal_id, participant_id) do update set person_id = excluded.person_id, \
            added_at = excluded.added_at, raw = excluded.raw, synced_at = excluded.synced_at, deleted_at = excluded.deleted_at";
        let values = (
            self.workspace,
            row.deal.as_str(),
            row.id,
            row.person_id,
            millis(row.added_at),
            &row.raw,
            to_millis(row.synced_at),
            millis(row.deleted_at),
        );
        self.run(sql, values)?;
        Ok(())
    }

    fn participant_check(&self, deal: &RemoteId) -> Answer<Option<Check>> {
        let sql = "select deal_id, is_open, is_due, count_shown, count_read, count_at_read, odd_reads, checked_at, turn_at \
            from deal_participant_checks where workspace_id = ?1 and deal_id = ?2";
        let read = |cells: &Cells<'_>| {
            Ok(Check {
                deal: cells.remote_id()?,
                is_open: cells.flag()?,
                is_due: cells.flag()?,
                count_shown: cells.count()?,
                count_read: count_or_none(cells)?,
                count_at_read: count_or_none(cells)?,
                odd_reads: cells.count()?,
                checked_at: cells.time_or_none()?,
                turn_at: cells.time()?,
            })
        };
        let params = (self.workspace, deal.as_str());
        self.one("deal_participant_checks", sql, params, read)
    }

    fn put_participant_check(&mut self, check: Check) -> Answer<()> {
        let sql = "insert into deal_participant_checks (workspace_id, deal_id, is_open, is_due, count_shown, count_read, \
            count_at_read, odd_reads, checked_at, turn_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
            on conflict (workspace_id, deal_id) do update set is_open = excluded.is_open, is_due = excluded.is_due, \
            count_shown = excluded.count_shown, count_read = excluded.count_read, count_at_read = excluded.count_at_read, \
            odd_reads = excluded.odd_reads, checked_at = excluded.checked_at, turn_at = excluded.turn_at";
        let values = (
            self.workspace,
            check.deal.as_str(),
            i64::from(check.is_open),
            i64::from(check.is_due),
            check.count_shown,
            check.count_read,
            check.count_at_read,
            check.odd_reads,
            millis(check.checked_at),
            to_millis(check.turn_at),
        );
        self.run(sql, values)?;
        Ok(())
    }

    fn participants_wanted(&self, limit: u32) -> Answer<Vec<WantedDeal>> {
        let sql = "select deal_id, checked_at is null from deal_participant_checks where workspace_id = ?1 and is_due = 1 \
            order by checked_at is null, turn_at, deal_id limit ?2";
        let params = (self.workspace, limit);
        self.many("deal_participant_checks", sql, params, |cells| {
            Ok(WantedDeal {
                deal: cells.remote_id()?,
                is_first: cells.flag()?,
            })
        })
    }

    fn participants_in_turn(&self, limit: u32) -> Answer<Vec<RemoteId>> {
        let sql = "select deal_id from deal_participant_checks where workspace_id = ?1 and is_open = 1 and is_due = 0 \
            and checked_at is not null and count_shown > 0 order by turn_at, deal_id limit ?2";
        let params = (self.workspace, limit);
        self.many("deal_participant_checks", sql, params, |cells| {
            cells.remote_id()
        })
    }

    fn participants_standing(&self) -> Answer<ParticipantsStanding> {
        let checks = "select count(*), ifnull(sum(count_shown > 0), 0) from deal_participant_checks \
            where workspace_id = ?1 and is_open = 1";
        let number = |cells: &Cells<'_>| Ok(u64::try_from(cells.get::<i64>()?).unwrap_or(0));
        let pair = |cells: &Cells<'_>| Ok((number(cells)?, number(cells)?));
        let ask = |table, sql| self.one(table, sql, [self.workspace], pair);
        let table = "deal_participant_checks";
        let (open_deals, with_participants) = ask(table, checks)?.unwrap_or_default();
        let due = "select count(*) - count(checked_at), count(checked_at) from deal_participant_checks \
            where workspace_id = ?1 and is_due = 1";
        let (unread, moved) = ask(table, due)?.unwrap_or_default();
        let rows = "select count(*) - count(deleted_at), count(deleted_at) from pipedrive_deal_participants \
            where workspace_id = ?1";
        let (live, deleted) = ask("pipedrive_deal_participants", rows)?.unwrap_or_default();
        let oldest = "select min(checked_at) from deal_participant_checks \
            where workspace_id = ?1 and is_open = 1 and count_shown > 0";
        let oldest_check = self.one(table, oldest, [self.workspace], |cells| {
            cells.time_or_none()
        })?;
        Ok(ParticipantsStanding {
            open_deals,
            with_participants,
            unread,
            moved,
            oldest_check: oldest_check.flatten(),
            live,
            deleted,
        })
    }
}
