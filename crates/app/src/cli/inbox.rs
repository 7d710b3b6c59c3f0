//! `pipestreet inbox`: everything that said "this record may have changed", newest first, and looking at it again.

use anyhow::Context;
use model::{InboxSeq, RecordKey};
use serde_json::json;
use store::{InboxFilter, InboxRow, InboxSource, Store};

use super::output::{Output, time};
use super::{Exit, LIST_ROWS, Opened, Print, subject};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// What came in, newest first
    List(ListArgs),
    /// One row, with its body
    Show(ShowArgs),
    /// Look at the record of a row again
    Replay {
        /// The row's number
        seq: i64,
    },
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only rows about this record, such as person/12
    #[arg(long, value_parser = subject::record)]
    pub record: Option<RecordKey>,
    /// Only rows of this kind: pipedrive_webhook, propstreet_webhook, poll, sweep or manual
    #[arg(long, value_parser = parse_source)]
    pub source: Option<InboxSource>,
    /// At most so many rows
    #[arg(long, default_value_t = LIST_ROWS)]
    pub limit: u32,
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The row's number
    pub seq: i64,
    #[command(flatten)]
    pub print: Print,
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::List(args) => args.print.json,
            Self::Show(args) => args.print.json,
            Self::Replay { .. } => false,
        }
    }
}

/// # Errors
/// When the database does not answer, or has no such row.
pub async fn run<S: Store>(
    opened: &Opened<'_, S>,
    command: Command,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list(opened, args, out).await,
        Command::Show(args) => show(opened, InboxSeq(args.seq), out).await,
        Command::Replay { seq } => {
            opened
                .store
                .replay_inbox(opened.ctx, InboxSeq(seq), opened.now)
                .await?;
            out.line(format!("the record of inbox row {seq} will be read again"))?;
            Ok(Exit::Done)
        }
    }
}

async fn list<S: Store>(
    opened: &Opened<'_, S>,
    args: ListArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let filter = InboxFilter {
        seq: None,
        record: args.record,
        source: args.source,
    };
    let rows = opened.store.inbox(opened.ctx, filter, args.limit).await?;
    if out.is_json() {
        let rows: Vec<_> = rows.iter().map(|row| as_json(row, false)).collect();
        out.value(&json!(rows))?;
        return Ok(Exit::Done);
    }
    let table = rows
        .iter()
        .map(|row| {
            let record = row
                .record
                .as_ref()
                .map_or_else(String::new, ToString::to_string);
            vec![
                row.seq.to_string(),
                time(row.received_at),
                source_name(row.source).to_owned(),
                record,
                row.summary.clone(),
            ]
        })
        .collect();
    out.table(
        &["Row", "Received (UTC)", "Source", "Record", "What"],
        table,
        "nothing came in yet",
    )?;
    Ok(Exit::Done)
}

async fn show<S: Store>(
    opened: &Opened<'_, S>,
    seq: InboxSeq,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let filter = InboxFilter {
        seq: Some(seq),
        ..InboxFilter::default()
    };
    let rows = opened.store.inbox(opened.ctx, filter, 1).await?;
    let row = rows
        .first()
        .with_context(|| format!("there is no inbox row {seq}"))?;
    if out.is_json() {
        out.value(&as_json(row, true))?;
        return Ok(Exit::Done);
    }
    out.line(format!("row       {}", row.seq))?;
    out.line(format!("received  {} UTC", time(row.received_at)))?;
    out.line(format!("source    {}", source_name(row.source)))?;
    if let Some(record) = &row.record {
        out.line(format!("record    {record}"))?;
    }
    out.line(format!("what      {}", row.summary))?;
    if let Some(dedup) = &row.dedup {
        out.line(format!("event     {dedup}"))?;
    }
    out.line(
        row.body
            .as_deref()
            .map_or("no body is kept".to_owned(), |body| format!("\n{body}")),
    )?;
    Ok(Exit::Done)
}

fn as_json(row: &InboxRow, with_body: bool) -> serde_json::Value {
    let mut value = json!({
        "seq": row.seq,
        "received_at": row.received_at,
        "source": row.source,
        "record": row.record.as_ref().map(ToString::to_string),
        "summary": row.summary,
        "event": row.dedup,
    });
    if with_body {
        value["body"] = json!(row.body);
    }
    value
}

const fn source_name(source: InboxSource) -> &'static str {
    match source {
        InboxSource::PipedriveWebhook => "pipedrive_webhook",
        InboxSource::PropstreetWebhook => "propstreet_webhook",
        InboxSource::Poll => "poll",
        InboxSource::Sweep => "sweep",
        InboxSource::Manual => "manual",
    }
}

fn parse_source(text: &str) -> Result<InboxSource, String> {
    use InboxSource::{Manual, PipedriveWebhook, Poll, PropstreetWebhook, Sweep};
    [PipedriveWebhook, PropstreetWebhook, Poll, Sweep, Manual]
        .into_iter()
        .find(|source| source_name(*source) == text)
        .ok_or_else(|| {
            "it is pipedrive_webhook, propstreet_webhook, poll, sweep or manual".to_owned()
        })
}
