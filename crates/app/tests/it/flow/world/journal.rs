//! What the program remembers, asked by a test: conflicts, history, quarantine, suggestions.
//!
//! In: questions. Out: the store's answers. The only thing it changes is what a person may decide.

use model::{Entity, Field, Pair, RecordKey, Side, Value};
use store::{Conflict, ConflictFilter, HistoryRow, LaneView, Store, Suggested};

use super::World;

const ROWS_MAX: u32 = 1_000;

impl World {
    /// All conflicts, settled ones too, oldest first.
    pub(crate) async fn journal(&self) -> Vec<Conflict> {
        let core = self.core();
        let mut journal = core
            .store
            .conflicts(core.ctx(), ConflictFilter::All, ROWS_MAX)
            .await
            .expect("the store answers");
        journal.sort_by_key(|conflict| conflict.id);
        journal
    }

    /// The one conflict there is.
    pub(crate) async fn only_conflict(&self) -> Conflict {
        let mut journal = self.journal().await;
        assert_eq!(journal.len(), 1, "one conflict is journaled: {journal:?}");
        journal.remove(0)
    }

    /// A person chooses a side's value.
    pub(crate) async fn decide(&self, conflict: &Conflict, keep: Side) {
        let core = self.core();
        core.store
            .decide_conflict(core.ctx(), conflict.id, keep, core.now())
            .await
            .expect("the choice is kept");
    }

    pub(crate) async fn quarantined(&self) -> Vec<LaneView> {
        let core = self.core();
        core.store
            .quarantined(core.ctx(), ROWS_MAX)
            .await
            .expect("the store answers")
    }

    /// The codes of the problems for which lanes are quarantined.
    pub(crate) async fn quarantine_codes(&self) -> Vec<String> {
        let lanes = self.quarantined().await.into_iter();
        lanes
            .filter_map(|view| view.lane.problem)
            .map(|problem| problem.code)
            .collect()
    }

    pub(crate) async fn suggestions(&self) -> Vec<Suggested> {
        let core = self.core();
        core.store
            .suggestions(core.ctx(), ROWS_MAX)
            .await
            .expect("the store answers")
    }

    pub(crate) async fn history(&self) -> Vec<HistoryRow> {
        let core = self.core();
        core.store
            .history(core.ctx(), None, None, ROWS_MAX)
            .await
            .expect("the store answers")
    }

    pub(crate) async fn pair_of_person(&self, person: i64) -> Option<Pair> {
        let core = self.core();
        core.store
            .pair_of(core.ctx(), &RecordKey::new(Entity::Person, person))
            .await
            .expect("the store answers")
    }

    /// What the lane of a person says that a person should know.
    pub(crate) async fn notes_of_person(&self, person: i64) -> Vec<plan::Note> {
        let core = self.core();
        let lane = core
            .store
            .lane_of(core.ctx(), &RecordKey::new(Entity::Person, person))
            .await;
        lane.expect("the store answers")
            .map(|view| view.lane.notes)
            .unwrap_or_default()
    }

    /// Sets or takes away something that a command would.
    pub(crate) async fn put_fact(&self, name: &str, value: Option<&str>) {
        let core = self.core();
        core.store
            .put_fact(core.ctx(), name, value, core.now())
            .await
            .expect("the store keeps it");
    }
}

/// A value as text, for comparing.
pub(crate) fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_text).unwrap_or_default()
}

/// A conflict in short: field, Pipedrive's value, Propstreet's value, winner.
pub(crate) fn in_short(conflict: &Conflict) -> (Field, &str, &str, Option<Side>) {
    let values = &conflict.values;
    (
        conflict.field,
        text(values.pipedrive.as_ref()),
        text(values.propstreet.as_ref()),
        conflict.winner,
    )
}
