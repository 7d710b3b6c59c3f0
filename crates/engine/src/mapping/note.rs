//! Notes: the words of a note, out of Pipedrive's HTML and Propstreet's plain text or markdown, and back.
//!
//! In: notes as either side shows them, and words to be written. Out: canonical words, HTML and messages. What is compared is words
//! alone: each service writes form in its own way, and cleans what it is given, so that anything else would go to and fro for ever. So
//! bold, colours and the addresses behind links stay where they were written.

use std::borrow::Cow;

use html_to_markdown_rs::options::OutputFormat;
use html_to_markdown_rs::{ConversionOptions, convert};
use model::canonical::text;
use model::{Entity, Field, Kind, PairId, Record, RecordKey, Reference, Side, Value};
use propstreet::NOTE_MAX;
use pulldown_cmark::{Event, Parser};
use sha2::{Digest, Sha256};
use store::{MatchKey, MatchKeyKind, MirrorRow, PairReference};

use crate::mapping::parse;

/// What the keys of notes begin with that we make in Propstreet; the mark of the note in Pipedrive follows.
const KEY_PREFIX: &str = "pipedrive-note-";
/// The last line of a note that is longer than Propstreet takes.
const GOES_ON: &str = "… (goes on in Pipedrive)";
/// Cleaning HTML takes a time that grows with the square of its depth.
const DEPTH_MAX: usize = 100;
const MARKDOWN: &str = "markdown";

/// What a note in Pipedrive says.
#[must_use]
pub fn record_of_pipedrive(note: &pipedrive::Note) -> Record {
    Record::default().with(
        Field::NoteText,
        words_of_html(&note.content).and_then(Value::text),
    )
}

/// What a note in Propstreet says.
#[must_use]
pub fn record_of_propstreet(note: &propstreet::Note) -> Record {
    let words = match html_of_markdown(note) {
        Some(html) => words_of_html(&html),
        None => tidied(&note.message),
    };
    Record::default().with(Field::NoteText, words.and_then(Value::text))
}

/// The record that a note in Pipedrive is on. One on a deal names the deal's person and organization, too. Notes on leads are on
/// nothing that Propstreet has.
#[must_use]
pub fn on(note: &pipedrive::Note) -> Option<RecordKey> {
    if note.lead_id.as_ref().is_some_and(|lead| !lead.is_empty()) {
        return None;
    }
    let deal = note.deal_id.map(|id| RecordKey::new(Entity::Deal, id));
    let person = note.person_id.map(|id| RecordKey::new(Entity::Person, id));
    let organization = note.org_id;
    let organization = organization.map(|id| RecordKey::new(Entity::Organization, id));
    deal.or(person).or(organization)
}

/// The kind of the record that a note is on.
#[must_use]
pub fn kind_of_record(row: &MirrorRow) -> Option<Kind> {
    row.refers_to.first()?.entity.kind()
}

/// The record that a note is on, told by its pair where there is one.
pub(super) fn put_on(row: &MirrorRow, references: &[PairReference], record: &mut Record) {
    let named = row.refers_to.first().cloned();
    let named = named.map(|on| super::reference(on, references));
    record.put(Field::NoteOn, named);
}

/// The pair of the record that a note is on.
pub(crate) fn pair_of_record(record: &Record) -> Option<PairId> {
    match record.get(Field::NoteOn)? {
        Value::Reference(Reference::Pair(pair)) => Some(*pair),
        Value::Reference(Reference::Unpaired(_)) | Value::Text(_) | Value::Set(_) => None,
    }
}

/// By what a note may be found again: what it says about which record, and in Propstreet the note in Pipedrive that it was made
/// for.
#[must_use]
pub fn match_keys(on: Option<&RecordKey>, record: &Record, key: Option<&str>) -> Vec<MatchKey> {
    let made_for = key.and_then(|key| key.strip_prefix(KEY_PREFIX));
    let made_for = made_for.map(|mark| MatchKey {
        kind: MatchKeyKind::Marker,
        value: mark.to_owned(),
    });
    let says = on.and_then(|on| words_key(on, record));
    made_for.into_iter().chain(says).collect()
}

/// What a note says about a record, as one number.
pub(crate) fn words_key(on: &RecordKey, record: &Record) -> Option<MatchKey> {
    let words = record.get(Field::NoteText)?.as_text()?;
    let number = Sha256::digest(format!("{on}\n{words}"));
    let number: String = number[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Some(MatchKey {
        kind: MatchKeyKind::Words,
        value: number,
    })
}

/// What tells a note in Pipedrive from any other, in this account or another one.
pub(crate) fn mark(row: &MirrorRow) -> String {
    let note: Option<pipedrive::Note> = parse(row).ok();
    let added = note.and_then(|note| note.add_time);
    let seconds = added.map_or(0, |at| at.as_second());
    format!("{}-{seconds}", row.key.id)
}

/// The note in Pipedrive that a mark is of.
pub(crate) fn marked(mark: &str) -> Option<RecordKey> {
    let (id, _) = mark.split_once('-')?;
    let id: i64 = id.parse().ok()?;
    Some(RecordKey::new(Entity::Note, id))
}

/// The key under which the counterpart of a note in Pipedrive is made.
pub(crate) fn idempotency_key(row: &MirrorRow) -> String {
    format!("{KEY_PREFIX}{}", mark(row))
}

/// A value as a side can show it: Propstreet takes notes of a certain length.
pub(crate) fn as_shown(side: Side, field: Field, value: Option<&Value>) -> Option<Value> {
    match (side, field, value) {
        (Side::Propstreet, Field::NoteText, Some(Value::Text(words))) => {
            Value::text(message(words))
        }
        (Side::Pipedrive | Side::Propstreet, _, value) => value.cloned(),
    }
}

/// Words as Propstreet takes them: what is too long ends with a line that says so.
pub(crate) fn message(words: &str) -> Cow<'_, str> {
    if words.chars().count() <= NOTE_MAX {
        return Cow::Borrowed(words);
    }
    let kept = words.chars().take(chars_kept());
    let mut message: String = kept.collect();
    message.truncate(message.trim_end().len());
    message.push('\n');
    message.push_str(GOES_ON);
    Cow::Owned(message)
}

fn chars_kept() -> usize {
    NOTE_MAX - GOES_ON.chars().count() - 1
}

/// What a note in Pipedrive is to contain so that it says what its counterpart says. What was too long for Propstreet stays behind
/// what was edited there, and markdown keeps its form.
pub(crate) fn content(
    words: &str,
    source: Option<&MirrorRow>,
    current: Option<&MirrorRow>,
) -> String {
    if let Some(head) = words.strip_suffix(GOES_ON)
        && let Some(rest) = current.and_then(rest_of)
    {
        return html_of(&format!("{}{rest}", head.trim_end()));
    }
    let source: Option<propstreet::Note> = source.and_then(|row| parse(row).ok());
    let formed = source.as_ref().and_then(html_of_markdown);
    let formed = formed.filter(|html| words_of_html(html).as_deref() == Some(words));
    formed.unwrap_or_else(|| html_of(words))
}

/// What of a long note did not fit into Propstreet.
fn rest_of(row: &MirrorRow) -> Option<String> {
    let note: pipedrive::Note = parse(row).ok()?;
    let words = words_of_html(&note.content)?;
    let is_long = words.chars().count() > NOTE_MAX;
    is_long.then(|| words.chars().skip(chars_kept()).collect())
}

/// A note that was written in markdown, in harmless HTML; nothing for plain text.
fn html_of_markdown(note: &propstreet::Note) -> Option<String> {
    let format = note.content_format.as_deref()?;
    if !format.eq_ignore_ascii_case(MARKDOWN) {
        return None;
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut events = Vec::new();
    for event in Parser::new(&note.message) {
        if let Event::Start(_) = event {
            depth += 1;
            deepest = deepest.max(depth);
        } else if let Event::End(_) = event {
            depth = depth.saturating_sub(1);
        }
        // Somebody who writes a tag in a note means its letters.
        events.push(if let Event::Html(tag) | Event::InlineHtml(tag) = event {
            Event::Text(tag)
        } else {
            event
        });
    }
    if deepest > DEPTH_MAX {
        return None;
    }
    let mut html = String::with_capacity(note.message.len() * 2);
    pulldown_cmark::html::push_html(&mut html, events.into_iter());
    Some(ammonia::clean(&html))
}

/// Words as HTML: a paragraph for each block of lines.
fn html_of(words: &str) -> String {
    let mut html = String::with_capacity(words.len() + 64);
    for block in words.split("\n\n") {
        html.push_str("<p>");
        for (place, line) in block.split('\n').enumerate() {
            if place > 0 {
                html.push_str("<br>");
            }
            for letter in line.chars() {
                match letter {
                    '&' => html.push_str("&amp;"),
                    '<' => html.push_str("&lt;"),
                    '>' => html.push_str("&gt;"),
                    other => html.push(other),
                }
            }
        }
        html.push_str("</p>");
    }
    html
}

fn words_of_html(html: &str) -> Option<String> {
    let options = ConversionOptions {
        output_format: OutputFormat::Plain,
        ..ConversionOptions::default()
    };
    let plain = convert(html, options).ok()?.content?;
    tidied(&plain)
}

/// One space between words, one empty line between blocks, nothing around them.
fn tidied(raw: &str) -> Option<String> {
    let lines = text::multiline(raw)?;
    let mut tidied = String::with_capacity(lines.len());
    let mut gap = false;
    for line in lines.split('\n') {
        let mut words = line.split_whitespace().peekable();
        if words.peek().is_none() {
            gap = !tidied.is_empty();
            continue;
        }
        if !tidied.is_empty() {
            tidied.push('\n');
        }
        if std::mem::take(&mut gap) {
            tidied.push('\n');
        }
        for (place, word) in words.enumerate() {
            if place > 0 {
                tidied.push(' ');
            }
            tidied.push_str(word);
        }
    }
    (!tidied.is_empty()).then_some(tidied)
}

#[cfg(test)]
mod tests;
