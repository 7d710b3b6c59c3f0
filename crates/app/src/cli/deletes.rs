//! `pipestreet deletes`: records whose counterpart was deleted, and a person's word on whether they shall be deleted, too.
//!
//! Asked where `deletes = "ask"` in the configuration. A question is withdrawn when the deleted record comes back.

use model::{Kind, Pair, PairState, RecordKey, Side};
use plan::Note;
use serde_json::json;
use store::{DeleteWord, Store};

use super::output::{Output, ids_json, time};
use super::subject::{Subject, find_pair};
use super::{Exit, LIST_ROWS, Opened, Print};

/// Questions that are answered at once at the most.
const ANSWERED_MAX: u32 = 100_000;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Records that wait for your word, in the order in which their pairs were made
    List(ListArgs),
    /// Delete the remaining record, too
    Approve(ChoiceArgs),
    /// Keep the remaining record; the pair rests
    Dismiss(ChoiceArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// At most so many rows
    #[arg(long, default_value_t = LIST_ROWS)]
    pub limit: u32,
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, clap::Args)]
pub struct ChoiceArgs {
    /// Pairs by their number in the list, or records such as person/12
    #[arg(required_unless_present = "all")]
    pub subjects: Vec<Subject>,
    /// Every record in the list
    #[arg(long, conflicts_with = "subjects")]
    pub all: bool,
    #[command(flatten)]
    pub print: Print,
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::List(args) => args.print.json,
            Self::Approve(args) | Self::Dismiss(args) => args.print.json,
        }
    }
}

/// # Errors
/// When the database does not answer, or has no such pair.
pub async fn run<S: Store>(
    opened: &Opened<'_, S>,
    command: Command,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list(opened, &args, out).await,
        Command::Approve(args) => answer(opened, &args, DeleteWord::Approve, out).await,
        Command::Dismiss(args) => answer(opened, &args, DeleteWord::Dismiss, out).await,
    }
}

/// What is asked about one pair.
struct Question {
    pair: Pair,
    deleted: Option<RecordKey>,
    remaining: Option<RecordKey>,
    state: PairState,
    /// Fields of the remaining record that somebody has edited since the two agreed.
    edited: Vec<&'static str>,
}

async fn questions<S: Store>(opened: &Opened<'_, S>, limit: u32) -> anyhow::Result<Vec<Question>> {
    let mut questions = Vec::new();
    for pair in opened.store.deletes_asked(opened.ctx, limit).await? {
        let deleted_on = pair.state.deleted_on().unwrap_or(Side::Pipedrive);
        let deleted = pair.record(deleted_on);
        let remaining = pair.record(deleted_on.other());
        let view = match &remaining {
            Some(record) => opened.store.lane_of(opened.ctx, record).await?,
            None => None,
        };
        let notes = view.map(|view| view.lane.notes).unwrap_or_default();
        let edited = notes.iter().filter_map(|note| match note {
            Note::EditKept { field } => Some(field.name()),
            Note::LabelMissing { .. }
            | Note::LeftAlone { .. }
            | Note::WaitsFor { .. }
            | Note::NotExpressible { .. }
            | Note::Unlinked { .. }
            | Note::AsksToDelete { .. }
            | Note::Untold { .. }
            | Note::Wordless { .. }
            | Note::Deal(_)
            | Note::Member(_) => None,
        });
        questions.push(Question {
            state: pair.state.clone(),
            edited: edited.collect(),
            deleted,
            remaining,
            pair,
        });
    }
    Ok(questions)
}

async fn list<S: Store>(
    opened: &Opened<'_, S>,
    args: &ListArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let questions = questions(opened, args.limit).await?;
    if out.is_json() {
        let rows: Vec<_> = questions.iter().map(as_json).collect();
        out.value(&json!(rows))?;
        return Ok(Exit::Done);
    }
    let rows = questions
        .iter()
        .map(|question| {
            vec![
                question.pair.id.to_string(),
                named(question.remaining.as_ref()),
                named(question.deleted.as_ref()),
                asked_at(&question.state),
                if question.edited.is_empty() {
                    "no".to_owned()
                } else {
                    question.edited.join(", ")
                },
            ]
        })
        .collect();
    out.table(
        &[
            "Pair",
            "Delete it?",
            "Deleted",
            "Since (UTC)",
            "Edited since",
        ],
        rows,
        "no record waits for your word",
    )?;
    if !questions.is_empty() {
        out.line("`pipestreet deletes approve PAIR` deletes the remaining record, too; `dismiss` keeps it")?;
    }
    Ok(Exit::Done)
}

async fn answer<S: Store>(
    opened: &Opened<'_, S>,
    args: &ChoiceArgs,
    word: DeleteWord,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let mut pairs = Vec::new();
    if args.all {
        pairs = opened.store.deletes_asked(opened.ctx, ANSWERED_MAX).await?;
    }
    for subject in &args.subjects {
        pairs.push(find_pair(opened, subject).await?);
    }
    let mut answered = Vec::new();
    for pair in pairs {
        opened
            .store
            .decide_delete(opened.ctx, pair.id, word, opened.now)
            .await??;
        answered.push(pair);
    }
    if out.is_json() {
        let rows = answered
            .iter()
            .map(|pair| json!({ "pair": pair.id, "ids": ids_json(&pair.ids) }));
        out.value(
            &json!({ "approved": word == DeleteWord::Approve, "pairs": rows.collect::<Vec<_>>() }),
        )?;
        return Ok(Exit::Done);
    }
    for pair in &answered {
        let on = pair.state.deleted_on().map(Side::other);
        let record = named(on.and_then(|side| pair.record(side)).as_ref());
        out.line(match word {
            DeleteWord::Approve => format!(
                "{record} is read once more and deleted next, unless its counterpart is back; an edit since then asks again \
                 (`pipestreet conflicts list`)"
            ),
            DeleteWord::Dismiss => {
                format!("{record} is kept, and pair {} rests", pair.id)
            }
        })?;
    }
    if answered.is_empty() {
        out.line("no record waits for your word")?;
    }
    Ok(Exit::Done)
}

fn named(record: Option<&RecordKey>) -> String {
    record.map_or_else(|| "–".to_owned(), ToString::to_string)
}

fn asked_at(state: &PairState) -> String {
    match state {
        PairState::Asked { at, .. } => time(*at),
        PairState::Active
        | PairState::Unlinked { .. }
        | PairState::Approved { .. }
        | PairState::Unmaking { .. }
        | PairState::Parting { .. }
        | PairState::Ended { .. } => "–".to_owned(),
    }
}

fn as_json(question: &Question) -> serde_json::Value {
    let kind: Kind = question.pair.kind;
    json!({
        "pair": question.pair.id,
        "kind": kind,
        "deleted": question.deleted.as_ref().map(ToString::to_string),
        "remaining": question.remaining.as_ref().map(ToString::to_string),
        "state": question.state,
        "edited": question.edited,
    })
}
