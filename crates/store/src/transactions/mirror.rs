//! Observations: what a side showed becomes mirror rows and due lanes, never going back in time.
//!
//! In: shown rows and records found gone. Out: mirror rows, lanes, the page's inbox row and its cursor. Never plans.

use std::collections::{BTreeMap, BTreeSet};

use model::{Entity, InboxSeq, RecordKey, RemoteId, Timestamp};

use super::lanes::{change_lane_of, claimed, wake_lanes_waiting_for};
use super::versions::Keeping;
use super::{board, deals, fence, inbox, members, participants, to_stored};
use crate::lane::{LaneKey, Stage};
use crate::rows::{
    Authority, Disposition, InboxSource, Keys, MatchKey, MatchRow, MirrorRow, NewInboxRow,
    Observation, Observed, ReadDone,
};
use crate::tables::{Put, Tables, TakenApart};
use crate::verdict::{Verdict, judge};
use crate::{Answer, Lease};

/// How many records of one key are looked at: a switchboard's number says nothing about who is who.
pub(crate) const MATCHES_PER_KEY_MAX: usize = 100;
/// How many rows are made findable at once: many, because their keys lie all over the index; few enough that a webhook need not wait
/// for long.
const ROWS_INDEXED_AT_ONCE: u32 = 20_000;

pub(crate) fn commit_observation(
    tables: &mut dyn Tables,
    lease: Lease,
    (observation, apart): (Observation, Vec<TakenApart>),
    read: Option<ReadDone>,
    now: Timestamp,
) -> Answer<Observed> {
    fence(tables, lease)?;
    if let Some(read) = &read {
        claimed(tables, lease, read.lane)?;
    }
    let observed = take_in(tables, observation, apart, now)?;
    if let Some(read) = read {
        end_read(tables, lease, read, now)?;
    }
    Ok(observed)
}

/// Takes in what was seen. Also part of the transactions that keep the outcome of a write.
pub(crate) fn observe(
    tables: &mut dyn Tables,
    observation: Observation,
    now: Timestamp,
) -> Answer<Observed> {
    take_in(tables, observation, Vec::new(), now)
}

/// The same, with rows that were taken apart already, or none of them.
fn take_in(
    tables: &mut dyn Tables,
    mut observation: Observation,
    apart: Vec<TakenApart>,
    now: Timestamp,
) -> Answer<Observed> {
    let keeping = Keeping::begin(tables, &mut observation, now)?;
    let mut taken = Taken::default();
    let mut page = match observation.page {
        Some(row) => Some(inbox::insert(tables, row, now)?),
        None => None,
    };
    let about = observation.rows.iter().map(|row| &row.key);
    let mut about = about.chain(&observation.gone);
    if about.any(|key| key.entity == Entity::Deal) {
        board::begin_day(tables, now)?;
    }
    let shown: BTreeSet<RecordKey> = match observation.taking_part.is_empty() {
        true => BTreeSet::new(),
        false => observation.rows.iter().map(|row| row.key.clone()).collect(),
    };
    let how = Taking {
        authority: observation.authority,
        keys: observation.keys,
        keeping: &keeping,
        taking_part: &observation.taking_part,
    };
    let mut apart = apart.into_iter();
    for row in observation.rows {
        let row = (row, apart.next());
        observe_row(tables, row, &how, &mut page, &mut taken, now)?;
    }
    for key in observation.gone {
        observe_gone(tables, &key, &keeping, &mut taken, now)?;
    }
    for key in observation.taking_part {
        if !shown.contains(&key) {
            change_lane_of(tables, &key, now, |lane| lane.take_change(now))?;
        }
    }
    taken.totals.keep(tables)?;
    for change in observation.stage_changes {
        tables.note_stage_change(&change)?;
    }
    for shown in &observation.participant_counts {
        participants::note_count(tables, shown)?;
    }
    for (deal, seen) in observation.participants {
        participants::keep(tables, &deal, seen, now)?;
    }
    for (name, value) in observation.facts {
        tables.put_fact(&name, value.as_deref(), now)?;
    }
    Ok(taken.observed)
}

/// What came of the rows so far.
#[derive(Default)]
struct Taken {
    observed: Observed,
    totals: deals::TotalsMoved,
}

/// How the rows of an observation are taken in.
struct Taking<'a> {
    authority: Authority,
    keys: Keys,
    keeping: &'a Keeping,
    taking_part: &'a BTreeSet<RecordKey>,
}

fn observe_row(
    tables: &mut dyn Tables,
    (mut row, apart): (MirrorRow, Option<TakenApart>),
    how: &Taking<'_>,
    page: &mut Option<InboxSeq>,
    taken: &mut Taken,
    now: Timestamp,
) -> Answer<()> {
    row.remote_time = to_stored(row.remote_time);
    row.synced_at = to_stored(row.synced_at);
    row.deleted_at = row.deleted_at.map(to_stored);
    let stored = tables.mirror_row(&row.key)?;
    match judge(stored.as_ref(), &row, how.authority) {
        Verdict::New if may_be_gone(tables, &row, how.authority)? => {
            taken.observed.unsure += 1;
            return ask_for_read(tables, &row.key, page, now);
        }
        Verdict::New => taken.observed.new += 1,
        Verdict::Changed => taken.observed.changed += 1,
        Verdict::Unchanged => {
            taken.observed.unchanged += 1;
            return Ok(());
        }
        Verdict::Older => {
            taken.observed.older += 1;
            return Ok(());
        }
        Verdict::Unsure => {
            taken.observed.unsure += 1;
            return ask_for_read(tables, &row.key, page, now);
        }
    }
    let (owner, key) = (row.owner.clone(), row.key.clone());
    let was_deleted = stored
        .as_ref()
        .is_some_and(|stored| stored.deleted_at.is_some());
    let is_shown_by_a_list = match how.authority {
        Authority::Page => true,
        Authority::Read => false,
    };
    let comes_or_goes = stored.is_some() && was_deleted != row.deleted_at.is_some();
    if key.entity == Entity::Deal {
        deals::note_change(tables, &mut taken.totals, stored.as_ref(), &row)?;
        participants::note_change(tables, stored.as_ref(), &row)?;
    }
    how.keeping.note_row(tables, &row)?;
    let put = Put {
        keys: how.keys,
        apart,
    };
    tables.put_mirror_row(stored.as_ref(), row, put)?;
    let is_first_listed = stored.is_none() && is_shown_by_a_list;
    let takes_part = key.entity.is_always_paired()
        || how.taking_part.contains(&key)
        || (!is_first_listed && is_in_pair(tables, &key)?);
    if !takes_part {
        return members::wake_project_of(tables, &key, now);
    }
    change_lane_of(tables, &owner, now, |lane| lane.take_change(now))?;
    if comes_or_goes {
        wake_who_names(tables, &key, now)?;
    }
    Ok(())
}

/// Whether a record of an entity of which only some take part in pairs is in one.
fn is_in_pair(tables: &dyn Tables, key: &RecordKey) -> Answer<bool> {
    Ok(key.entity.kind().is_some() && tables.pair_id_of(key)?.is_some())
}

/// A record that was heard of, read, and is not in the mirror was not there any more when it was read: a list that lags may
/// still show it. A lane by itself says nothing: a link that was listed first makes that of its contact.
fn may_be_gone(tables: &dyn Tables, row: &MirrorRow, authority: Authority) -> Answer<bool> {
    let is_shown_by_a_list = match authority {
        Authority::Page => row.deleted_at.is_none(),
        Authority::Read => false,
    };
    if !is_shown_by_a_list {
        return Ok(false);
    }
    let side = row.key.side();
    let lane = tables.lane_by_key(&LaneKey::Record(row.key.clone()))?;
    Ok(lane.is_some_and(|lane| {
        let (hint, read) = (lane.hint.get(side), lane.read.get(side));
        *hint > InboxSeq(0) && read >= hint
    }))
}

/// Who refers to a record, or to its counterpart, and could not tell the other side of it, may now; or cannot any more.
fn wake_who_names(tables: &mut dyn Tables, key: &RecordKey, now: Timestamp) -> Answer<()> {
    let pair = super::pairs::pair_of(tables, key)?;
    let records: Vec<RecordKey> = match pair {
        Some(pair) => model::Side::BOTH
            .into_iter()
            .filter_map(|side| pair.record(side))
            .collect(),
        None => vec![key.clone()],
    };
    for record in &records {
        wake_lanes_waiting_for(tables, record, now)?;
    }
    Ok(())
}

/// A read settles what a list cannot. The hint is the page's own inbox row, or one made for it.
fn ask_for_read(
    tables: &mut dyn Tables,
    record: &RecordKey,
    page: &mut Option<InboxSeq>,
    now: Timestamp,
) -> Answer<()> {
    let seq = match page {
        Some(seq) => *seq,
        None => {
            let row = NewInboxRow {
                source: InboxSource::Poll,
                dedup: None,
                record: None,
                body: None,
                summary: "a list showed records that only a read can settle".to_owned(),
            };
            *page.insert(inbox::insert(tables, row, now)?)
        }
    };
    inbox::hint(tables, record, seq, now)
}

fn observe_gone(
    tables: &mut dyn Tables,
    key: &RecordKey,
    keeping: &Keeping,
    taken: &mut Taken,
    now: Timestamp,
) -> Answer<()> {
    let stored = match tables.mirror_row(key)? {
        Some(stored) if stored.deleted_at.is_none() => stored,
        Some(_) | None => {
            taken.observed.unchanged += 1;
            return Ok(());
        }
    };
    let mut gone = stored.clone();
    gone.deleted_at = Some(to_stored(now));
    gone.synced_at = to_stored(now);
    let owner = gone.owner.clone();
    if key.entity == Entity::Deal {
        deals::note_change(tables, &mut taken.totals, Some(&stored), &gone)?;
        participants::note_change(tables, Some(&stored), &gone)?;
    }
    keeping.note_row(tables, &gone)?;
    tables.put_mirror_row(Some(&stored), gone, Put::now())?;
    taken.observed.changed += 1;
    if !key.entity.is_always_paired() && !is_in_pair(tables, key)? {
        // Whoever waits for it has nothing to wait for any more.
        return match key.entity.kind() {
            Some(_) => wake_who_names(tables, key, now),
            None => members::wake_project_of(tables, key, now),
        };
    }
    change_lane_of(tables, &owner, now, |lane| lane.take_change(now))?;
    wake_who_names(tables, key, now)
}

/// The claim ends; failed tries stay counted, because a read that works does not mean that the plan will. The lane of a record
/// that takes part in no pair has nothing else to do, and ends with it.
fn end_read(tables: &mut dyn Tables, lease: Lease, read: ReadDone, now: Timestamp) -> Answer<()> {
    let before = claimed(tables, lease, read.lane)?;
    let mut after = before.clone();
    for side in model::Side::BOTH {
        let known = after.read.get_mut(side);
        *known = (*known).max(*read.read.get(side));
    }
    let (attempts, problem) = (after.attempts, after.problem.take());
    after.end_claim(&Disposition::Rest, to_stored(now));
    let is_read_only =
        matches!(&before.key, LaneKey::Record(record) if !record.entity.is_always_paired());
    let has_work = match after.stage() {
        Stage::Rest => false,
        Stage::Read => true,
        // Somebody has asked for a plan of it meanwhile.
        Stage::Plan | Stage::Deliver | Stage::Quarantined => match &before.key {
            LaneKey::Record(record) => record.entity.kind().is_some(),
            LaneKey::Pair(_) => true,
        },
    };
    if is_read_only && !has_work {
        return tables.delete_lane(&before);
    }
    after.attempts = attempts;
    after.problem = problem;
    tables.update_lane(&before, after)
}

pub(crate) fn index_keys(
    tables: &mut dyn Tables,
    lease: Lease,
    entity: Entity,
    after: &str,
) -> Answer<Option<RemoteId>> {
    fence(tables, lease)?;
    tables.index_keys(entity, after, ROWS_INDEXED_AT_ONCE)
}

pub(crate) fn find_matches(
    tables: &dyn Tables,
    entity: Entity,
    keys: &[MatchKey],
) -> Answer<Vec<MatchRow>> {
    let mut shared: BTreeMap<RemoteId, Vec<MatchKey>> = BTreeMap::new();
    for key in keys {
        for id in tables.ids_with_key(entity, key, MATCHES_PER_KEY_MAX)? {
            let known = shared.entry(id).or_default();
            if !known.contains(key) {
                known.push(key.clone());
            }
        }
    }
    let mut matches = Vec::with_capacity(shared.len());
    for (id, keys) in shared {
        let record = RecordKey { entity, id };
        if let Some(row) = tables.mirror_row(&record)? {
            let pair = super::pairs::pair_of(tables, &record)?;
            matches.push(MatchRow { row, keys, pair });
        }
    }
    Ok(matches)
}
