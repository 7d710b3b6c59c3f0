//! What the history says of a write that was carried out.
//!
//! In: an outbox row. Out: an entry for each field with what it replaced. Never decides whether it was carried out.

use model::{Pair, PairState};
use plan::Operation;
use store::{HistoryKind, NewHistory, OutboxRow};

pub(crate) fn history(row: &OutboxRow, pair: &Pair) -> Vec<NewHistory> {
    let state = &pair.state;
    let write = &row.write;
    let side = write.side;
    let other = side.other();
    let kind = match write.operation {
        Operation::Create => HistoryKind::Created,
        Operation::Update => HistoryKind::Updated,
        Operation::Delete => HistoryKind::Deleted,
    };
    let mut entries: Vec<NewHistory> = write
        .fields
        .iter()
        .map(|(field, value)| NewHistory {
            kind,
            side,
            field: Some(*field),
            before: row.before.value(*field).cloned(),
            after: value.clone(),
            why: if pair.restores.contains_key(field) && !write.source.contains_key(field) {
                format!("{} is put back", field.name())
            } else {
                format!("{} is so in {other}", field.name())
            },
        })
        .collect();
    if entries.is_empty() {
        let why = match write.operation {
            Operation::Delete if matches!(state, PairState::Unmaking { .. }) => {
                "deleted, because a person took back that it was made".to_owned()
            }
            Operation::Delete => format!("deleted, because it was deleted in {other}"),
            Operation::Update if matches!(state, PairState::Parting { .. }) => {
                format!("carries no id of a record in {other} any more")
            }
            Operation::Create | Operation::Update => {
                format!("carries the id of its counterpart in {other}")
            }
        };
        entries.push(NewHistory {
            kind,
            side,
            field: None,
            before: None,
            after: None,
            why,
        });
    }
    entries
}

pub(crate) fn merged_into(row: &OutboxRow) -> NewHistory {
    NewHistory {
        kind: HistoryKind::Repointed,
        side: row.write.side,
        field: None,
        before: None,
        after: None,
        why: "what was made here was merged into another record, which takes its place".to_owned(),
    }
}
