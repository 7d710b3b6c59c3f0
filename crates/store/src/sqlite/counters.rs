//! Counters: sequences and the counts of the status page, read once per batch, changed in memory, written before its commit.
//!
//! In: what is counted. Out: the next number, and changed rows of `counters`. Never counts rows.

use std::collections::BTreeMap;

use model::{Entity, Kind};
use rusqlite::Connection;

use super::cells::{one, run};
use super::words;
use crate::Answer;
use crate::lane::Stage;
use crate::tables::Sequence;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Counter {
    Last(Sequence),
    Lanes(Stage),
    PairsAtRest,
    Live(Entity),
    Deleted(Entity),
    PairsActive(Kind),
    /// By the name of the state.
    Outbox(&'static str),
    ConflictsWaiting,
    Suggestions,
}

impl Counter {
    pub(super) fn name(self) -> String {
        match self {
            Self::Last(sequence) => format!("last.{}", sequence_name(sequence)),
            Self::Lanes(stage) => format!("lanes.{}", words::stage(stage)),
            Self::PairsAtRest => "pairs_at_rest".to_owned(),
            Self::Live(entity) => format!("live.{}", entity.name()),
            Self::Deleted(entity) => format!("deleted.{}", entity.name()),
            Self::PairsActive(kind) => format!("pairs_active.{}", kind.name()),
            Self::Outbox(state) => format!("outbox.{state}"),
            Self::ConflictsWaiting => "conflicts_waiting".to_owned(),
            Self::Suggestions => "suggestions".to_owned(),
        }
    }
}

const fn sequence_name(sequence: Sequence) -> &'static str {
    match sequence {
        Sequence::Inbox => "inbox",
        Sequence::Lane => "lane",
        Sequence::Pair => "pair",
        Sequence::Outbox => "outbox",
        Sequence::Conflict => "conflict",
        Sequence::History => "history",
        Sequence::Suggestion => "suggestion",
        Sequence::FieldChange => "field_change",
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    value: i64,
    stored: i64,
}

/// The counters that a batch has touched, of all workspaces.
#[derive(Debug, Clone, Default)]
pub(super) struct Counters {
    known: BTreeMap<(i64, Counter), Known>,
}

impl Counters {
    /// Adds and answers the new value.
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        workspace: i64,
        counter: Counter,
        by: i64,
    ) -> Answer<i64> {
        let known = match self.known.entry((workspace, counter)) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let stored = stored(connection, workspace, counter)?;
                entry.insert(Known {
                    value: stored,
                    stored,
                })
            }
        };
        known.value += by;
        Ok(known.value)
    }

    /// Writes what moved.
    pub(super) fn flush(&self, connection: &Connection) -> Answer<()> {
        let sql = "insert into counters (workspace_id, name, value) values (?1, ?2, ?3) \
            on conflict (workspace_id, name) do update set value = excluded.value";
        for ((workspace, counter), known) in &self.known {
            if known.value != known.stored {
                run(connection, sql, (workspace, counter.name(), known.value))?;
            }
        }
        Ok(())
    }
}

fn stored(connection: &Connection, workspace: i64, counter: Counter) -> Answer<i64> {
    let sql = "select value from counters where workspace_id = ?1 and name = ?2";
    let value = one(
        connection,
        "counters",
        sql,
        (workspace, counter.name()),
        |cells| cells.get(),
    )?;
    Ok(value.unwrap_or(0))
}
