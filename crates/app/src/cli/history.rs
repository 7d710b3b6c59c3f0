//! `pipestreet history`: every change that was made, by field, and why.

use jiff::Timestamp;
use serde_json::json;
use store::{HistoryKind, HistoryRow, Store};

use super::output::{Output, shown_of, time, value_json};
use super::subject::{Subject, find_pair};
use super::{Exit, LIST_ROWS, Opened, Print};
use crate::config::parse_duration;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only changes of this record, such as person/12, or of the pair with this number
    pub subject: Option<Subject>,
    /// Only changes of so long ago, such as 24h, or since a time, such as 2026-11-03T08:00:00Z
    #[arg(long, value_parser = parse_since)]
    pub since: Option<Since>,
    /// At most so many rows
    #[arg(long, default_value_t = LIST_ROWS)]
    pub limit: u32,
    #[command(flatten)]
    pub print: Print,
}

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    MillisAgo(i64),
    At(Timestamp),
}

impl Since {
    /// The moment that is meant, told now.
    #[must_use]
    pub fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::MillisAgo(millis) => model::time::plus_millis(now, -millis),
            Self::At(at) => at,
        }
    }
}

/// # Errors
/// When the database does not answer, or has no such record.
pub async fn run<S: Store>(
    opened: &Opened<'_, S>,
    args: Args,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let pair = match &args.subject {
        Some(subject) => Some(find_pair(opened, subject).await?.id),
        None => None,
    };
    let since = args.since.map(|since| since.before(opened.now));
    let rows = opened
        .store
        .history(opened.ctx, pair, since, args.limit)
        .await?;
    if out.is_json() {
        let rows: Vec<_> = rows.iter().map(as_json).collect();
        out.value(&json!(rows))?;
        return Ok(Exit::Done);
    }
    let table = rows
        .iter()
        .map(|row| {
            let entry = &row.entry;
            let what = match entry.field {
                Some(field) => {
                    format!(
                        "{}: {} → {}",
                        field.name(),
                        shown_of(field, entry.before.as_ref()),
                        shown_of(field, entry.after.as_ref())
                    )
                }
                None => String::new(),
            };
            vec![
                row.id.to_string(),
                time(row.at),
                row.pair.to_string(),
                entry.side.to_string(),
                kind_name(entry.kind).to_owned(),
                what,
                entry.why.clone(),
            ]
        })
        .collect();
    out.table(
        &[
            "Change",
            "When (UTC)",
            "Pair",
            "Where",
            "How",
            "What",
            "Why",
        ],
        table,
        "nothing was changed",
    )?;
    Ok(Exit::Done)
}

fn as_json(row: &HistoryRow) -> serde_json::Value {
    let entry = &row.entry;
    json!({
        "id": row.id,
        "pair": row.pair,
        "outbox": row.outbox,
        "at": row.at,
        "kind": entry.kind,
        "side": entry.side,
        "field": entry.field.map(model::Field::name),
        "before": value_json(entry.before.as_ref()),
        "after": value_json(entry.after.as_ref()),
        "why": entry.why,
    })
}

const fn kind_name(kind: HistoryKind) -> &'static str {
    match kind {
        HistoryKind::Paired => "paired",
        HistoryKind::Created => "created",
        HistoryKind::Updated => "updated",
        HistoryKind::Deleted => "deleted",
        HistoryKind::Unlinked => "unlinked",
        HistoryKind::Repointed => "repointed",
        HistoryKind::Parted => "taken apart",
        HistoryKind::Asked => "asked",
        HistoryKind::Came => "came",
        HistoryKind::Left => "left",
    }
}

pub(super) fn parse_since(text: &str) -> Result<Since, String> {
    if let Ok(at) = text.parse() {
        return Ok(Since::At(at));
    }
    parse_duration(text)
        .map(Since::MillisAgo)
        .map_err(|error| format!("{error}, or a time such as 2026-11-03T08:00:00Z"))
}
