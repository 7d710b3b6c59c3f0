//! Pairs on SQLite.
//!
//! In: pairs as they were and are. Out: pairs by id and by record. Never decides who is the same.

use model::time::to_millis;
use model::{BySide, Entity, Pair, PairId, PairState, RecordKey, RemoteId, Side, Timestamp};
use rusqlite::types::Value;

use super::cells::{Cells, to_json};
use super::counters::Counter;
use super::rows::Rows;
use super::words::{kind_from, side_from};
use crate::Answer;
use crate::tables::PairTable;

const COLUMNS: &str =
    "pair_id, kind, pipedrive_id, propstreet_id, base, state, deleted_on, state_at, restores";

fn read(cells: &Cells<'_>) -> Answer<Pair> {
    Ok(Pair {
        id: PairId(cells.get()?),
        kind: cells.word(kind_from)?,
        ids: BySide {
            pipedrive: cells.remote_id_or_none()?,
            propstreet: cells.remote_id_or_none()?,
        },
        base: cells.json()?,
        state: read_state(cells)?,
        restores: cells.json()?,
    })
}

fn read_state(cells: &Cells<'_>) -> Answer<PairState> {
    let state: String = cells.get()?;
    let deleted_on = cells.word_or_none(side_from)?;
    let at = cells.time_or_none()?;
    match (state.as_str(), deleted_on, at) {
        ("active", None, None) => Ok(PairState::Active),
        ("unlinked", Some(deleted_on), Some(at)) => Ok(PairState::Unlinked { deleted_on, at }),
        ("asked", Some(deleted_on), Some(at)) => Ok(PairState::Asked { deleted_on, at }),
        ("approved", Some(deleted_on), Some(at)) => Ok(PairState::Approved { deleted_on, at }),
        ("unmaking", Some(on), Some(at)) => Ok(PairState::Unmaking { on, at }),
        ("parting", None, Some(at)) => Ok(PairState::Parting { at }),
        ("ended", None, Some(at)) => Ok(PairState::Ended { at }),
        _ => Err(cells.corrupt(format!("its state {state:?} lacks what belongs to it"))),
    }
}

const fn state_columns(state: &PairState) -> (&'static str, Option<Side>, Option<Timestamp>) {
    match state {
        PairState::Active => ("active", None, None),
        PairState::Unlinked { deleted_on, at } => ("unlinked", Some(*deleted_on), Some(*at)),
        PairState::Asked { deleted_on, at } => ("asked", Some(*deleted_on), Some(*at)),
        PairState::Approved { deleted_on, at } => ("approved", Some(*deleted_on), Some(*at)),
        PairState::Unmaking { on, at } => ("unmaking", Some(*on), Some(*at)),
        PairState::Parting { at } => ("parting", None, Some(*at)),
        PairState::Ended { at } => ("ended", None, Some(*at)),
    }
}

/// In the order of the table.
fn values(workspace: i64, pair: &Pair) -> [Value; 10] {
    let text = |id: &Option<RemoteId>| id.as_ref().map(RemoteId::to_string);
    let (state, deleted_on, at) = state_columns(&pair.state);
    [
        workspace.into(),
        pair.id.0.into(),
        pair.kind.name().to_owned().into(),
        text(&pair.ids.pipedrive).into(),
        text(&pair.ids.propstreet).into(),
        to_json(&pair.base).into(),
        state.to_owned().into(),
        deleted_on.map(|side| side.name().to_owned()).into(),
        at.map(to_millis).into(),
        to_json(&pair.restores).into(),
    ]
}

fn is_active(pair: &Pair) -> i64 {
    i64::from(pair.state == PairState::Active)
}

impl PairTable for Rows<'_> {
    fn pair(&self, id: PairId) -> Answer<Option<Pair>> {
        let sql = format!("select {COLUMNS} from pairs where workspace_id = ?1 and pair_id = ?2");
        self.one("pairs", &sql, (self.workspace, id.0), read)
    }

    fn pair_id_of(&self, record: &RecordKey) -> Answer<Option<PairId>> {
        let sql = match record.entity {
            Entity::Organization | Entity::Person | Entity::Deal | Entity::Note => {
                "select pair_id from pairs where workspace_id = ?1 and kind = ?2 and pipedrive_id = ?3"
            }
            Entity::Company | Entity::Contact | Entity::Project | Entity::TimelineNote => {
                "select pair_id from pairs where workspace_id = ?1 and kind = ?2 and propstreet_id = ?3"
            }
            // A link takes part in its contact's pair and is in none itself; the others are mirrored only.
            Entity::Link
            | Entity::User
            | Entity::Pipeline
            | Entity::Stage
            | Entity::Lead
            | Entity::Activity
            | Entity::Product
            | Entity::Property
            | Entity::Prospect => return Ok(None),
        };
        let params = (
            self.workspace,
            record.kind_of_pair().name(),
            record.id.as_str(),
        );
        self.one("pairs", sql, params, |cells| cells.get().map(PairId))
    }

    fn insert_pair(&mut self, pair: Pair) -> Answer<()> {
        let sql = "insert into pairs (workspace_id, pair_id, kind, pipedrive_id, propstreet_id, base, state, deleted_on, \
            state_at, restores) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        self.run(sql, values(self.workspace, &pair))?;
        self.count(Counter::PairsActive(pair.kind), is_active(&pair))
    }

    fn update_pair(&mut self, before: &Pair, after: Pair) -> Answer<()> {
        let sql = "update pairs set kind = ?3, pipedrive_id = ?4, propstreet_id = ?5, base = ?6, state = ?7, \
            deleted_on = ?8, state_at = ?9, restores = ?10 where workspace_id = ?1 and pair_id = ?2";
        self.run(sql, values(self.workspace, &after))?;
        self.count(
            Counter::PairsActive(after.kind),
            is_active(&after) - is_active(before),
        )
    }

    fn pairs_after(&self, after: PairId, limit: u32) -> Answer<Vec<Pair>> {
        let sql = format!(
            "select {COLUMNS} from pairs where workspace_id = ?1 and pair_id > ?2 order by pair_id limit ?3"
        );
        self.many("pairs", &sql, (self.workspace, after.0, limit), read)
    }

    fn pairs_asked(&self, limit: u32) -> Answer<Vec<Pair>> {
        let sql = format!(
            "select {COLUMNS} from pairs where workspace_id = ?1 and state = 'asked' order by pair_id limit ?2"
        );
        self.many("pairs", &sql, (self.workspace, limit), read)
    }
}
