//! One record, looked at from all sides: its pair, what both sides show, what they showed when they last agreed, and what
//! would happen next, in sentences.
//!
//! In: a record. Out: everything that a person may ask about it. Reads only what is remembered; asks no service and keeps
//! nothing.

use model::{BySide, Record, RecordKey};
use plan::Names;
use store::{LaneKey, LaneView, Stage, Store};

use crate::core::Core;
use crate::deals::members;
use crate::failure::EngineError;
use crate::planning::{decision, pairing};

/// What is known of a record.
#[derive(Debug)]
pub struct Inspection {
    /// Its lane, with the pair, the mirror rows, the write under way and what waits.
    pub view: LaneView,
    /// What both sides show, in our terms; empty where there is no record or it is deleted.
    pub shown: BySide<Option<Record>>,
    /// What the plan says, in the order in which it would be carried out.
    pub sentences: Vec<String>,
}

/// Looks at a record; `None` when nothing is known of it.
///
/// # Errors
/// When the store cannot be reached or a stored record makes no sense.
pub async fn inspect<S: Store>(
    core: &Core<S>,
    record: &RecordKey,
) -> Result<Option<Inspection>, EngineError> {
    let Some(view) = core.store.lane_of(core.ctx(), record).await? else {
        return Ok(None);
    };
    let mapping = core.mapping()?;
    let shown = decision::records_of(&view, &mapping)?;
    let sentences = match (&view.pair, &view.lane.key) {
        (Some(pair), _) => {
            let plan = decision::decide_pair(core, &view, pair)?;
            let around = decision::surroundings(&view, &mapping, core.now())?;
            let pair_view = decision::view_of(core, &view, pair, &shown, &around);
            plan::explain(
                &pair_view,
                &plan,
                &Names {
                    pairs: &members::names(&view),
                },
            )
        }
        (None, LaneKey::Record(key)) if is_gone(&view, key) => {
            vec!["The record is gone, and was in no pair: there is nothing to do.".to_owned()]
        }
        (None, LaneKey::Record(_)) => {
            vec![plan::explain_match(
                &pairing::decide_record(core, &view).await?,
            )]
        }
        (None, LaneKey::Pair(_)) => Vec::new(),
    };
    Ok(Some(Inspection {
        view,
        shown,
        sentences,
    }))
}

/// Whether the record was read at all, and is not there any more.
fn is_gone(view: &LaneView, key: &RecordKey) -> bool {
    view.rows
        .get(key.side())
        .as_ref()
        .is_some_and(|row| row.deleted_at.is_some())
}

impl Inspection {
    /// Which stage has to look at the record next.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.view.lane.stage()
    }
}
