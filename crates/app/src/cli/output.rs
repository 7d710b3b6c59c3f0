//! What commands print: JSON for programs, tables and lines for people.
//!
//! In: values. Out: text on a writer, which a test may hold. Tables fit the terminal, and 80 columns where there is none.

use std::io::{IsTerminal, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use dialoguer::console::Term;
use jiff::Timestamp;
use model::{BySide, Field, RemoteId, Value};
use serde_json::json;

const COLUMNS_WITHOUT_TERMINAL: u16 = 80;
const COLUMNS_MIN: u16 = 40;

/// Where a command prints, and in which form.
pub struct Output<'w> {
    writer: Box<dyn Write + Send + 'w>,
    json: bool,
    columns: u16,
}

impl std::fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output")
            .field("json", &self.json)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

impl<'w> Output<'w> {
    /// Standard output.
    #[must_use]
    pub fn standard(json: bool) -> Self {
        let columns = if std::io::stdout().is_terminal() {
            Term::stdout().size().1.max(COLUMNS_MIN)
        } else {
            COLUMNS_WITHOUT_TERMINAL
        };
        Self {
            writer: Box::new(std::io::stdout()),
            json,
            columns,
        }
    }

    /// Anything that can be written to, as if there were no terminal.
    pub fn to(writer: impl Write + Send + 'w, json: bool) -> Self {
        Self {
            writer: Box::new(writer),
            json,
            columns: COLUMNS_WITHOUT_TERMINAL,
        }
    }

    /// Whether a program reads along.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a value for programs.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn value(&mut self, value: &serde_json::Value) -> std::io::Result<()> {
        writeln!(self.writer, "{value:#}")
    }

    /// Prints a line for people.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn line(&mut self, line: impl AsRef<str>) -> std::io::Result<()> {
        writeln!(self.writer, "{}", line.as_ref())
    }

    /// Prints a table for people, or `nothing` when it has no rows.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn table(
        &mut self,
        header: &[&str],
        rows: Vec<Vec<String>>,
        nothing: &str,
    ) -> std::io::Result<()> {
        if rows.is_empty() {
            return self.line(nothing);
        }
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_FULL_CONDENSED)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .force_no_tty()
            .set_width(self.columns)
            .set_header(header.iter().copied());
        for row in rows {
            table.add_row(row);
        }
        // What a row is about is typed into the next command, so it is not broken over lines.
        if let Some(first) = table.column_mut(0) {
            first.set_constraint(ColumnConstraint::ContentWidth);
        }
        writeln!(self.writer, "{table}")
    }
}

/// A time as it is shown, in UTC and to the second.
#[must_use]
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[must_use]
pub fn time_or_dash(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "–".to_owned(), time)
}

/// How long ago something was, roughly.
#[must_use]
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = (now.as_second() - at.as_second()).max(0);
    match seconds {
        0..=119 => format!("{seconds} s ago"),
        120..=7_199 => format!("{} min ago", seconds / 60),
        7_200..=172_799 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// A field's value for people; an empty one is a word, so that it is seen.
#[must_use]
pub fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "(empty)".to_owned(), ToString::to_string)
}

/// The same in a line beside others: what a note says is told where it is decided about, and otherwise only how long it is.
#[must_use]
pub fn shown_of(field: Field, value: Option<&Value>) -> String {
    match (field, value) {
        (Field::NoteText, Some(Value::Text(text))) => {
            format!("{} characters", text.chars().count())
        }
        (_, value) => shown(value),
    }
}

/// A field's value for programs.
#[must_use]
pub fn value_json(value: Option<&Value>) -> serde_json::Value {
    match value {
        None => serde_json::Value::Null,
        Some(Value::Text(text)) => json!(text),
        Some(Value::Set(elements)) => json!(elements),
        Some(reference @ Value::Reference(_)) => json!(reference.to_string()),
    }
}

/// Both ids of a pair, as they are named on the command line.
#[must_use]
pub fn ids_json(ids: &BySide<Option<RemoteId>>) -> serde_json::Value {
    json!({ "pipedrive": ids.pipedrive, "propstreet": ids.propstreet })
}
