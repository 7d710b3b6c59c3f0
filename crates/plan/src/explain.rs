//! A plan in plain words, for previews, pages and the command line.
//!
//! In: the view a plan was made from, the plan, and the names of records referred to. Out: one sentence per field written,
//! conflict, note and change of standing. Never decides anything, and never looks for what the plan does not say.

use std::collections::{BTreeMap, BTreeSet};

use model::{Carrier, Entity, Field, PairId, PairState, Reference, Side, Value};

use crate::explain_members::{explain_member, explain_members};
use crate::matching::{MatchDecision, MatchRule};
use crate::plan::{DealNote, NewConflict, Note, Operation, Plan, Rule, StateChange, Write};
use crate::sets::elements;
use crate::view::PairView;

/// What the records referred to are called; one that is not in here is told by its number.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    pub pairs: &'a BTreeMap<PairId, String>,
}

/// The plan, sentence by sentence, in the order in which it is carried out.
#[must_use]
pub fn explain(view: &PairView<'_>, plan: &Plan, names: &Names<'_>) -> Vec<String> {
    let mut sentences: Vec<String> = plan
        .state
        .map(|state| explain_state(view, state))
        .into_iter()
        .collect();
    for write in &plan.writes {
        explain_write(view, plan, write, names, &mut sentences);
    }
    sentences.extend(
        plan.conflicts
            .iter()
            .map(|conflict| explain_conflict(conflict, names)),
    );
    let waiting = view
        .open_conflicts
        .iter()
        .filter(|open| open.decided.is_none() && !plan.settled_conflicts.contains(&open.id));
    sentences.extend(waiting.map(|open| {
        format!(
            "{}: nothing travels until somebody decides conflict {}.",
            capital(open.field),
            open.id
        )
    }));
    sentences.extend(
        plan.notes
            .iter()
            .map(|note| explain_note(view, note, names)),
    );
    if sentences.is_empty() {
        sentences.push("Both sides agree: there is nothing to do.".to_owned());
    }
    sentences
}

fn explain_state(view: &PairView<'_>, state: StateChange) -> String {
    match state {
        StateChange::Unlink { deleted_on } => {
            format!(
                "The pair is put to rest: nothing travels while the record is gone from {deleted_on}."
            )
        }
        StateChange::Ask { deleted_on } => format!(
            "A person is asked whether the record in {} shall be deleted, too: `pipestreet deletes list`.",
            deleted_on.other()
        ),
        StateChange::End => "The pair is over: both records are gone.".to_owned(),
        StateChange::Part => "The pair is over: a person took the two records apart.".to_owned(),
        StateChange::Activate if matches!(view.pair.state, PairState::Unmaking { .. }) => {
            "What was made was edited since and stays: the pair is kept in step as before."
                .to_owned()
        }
        StateChange::Activate => {
            "The deleted record is back: the pair is kept in step again.".to_owned()
        }
    }
}

fn explain_write(
    view: &PairView<'_>,
    plan: &Plan,
    write: &Write,
    names: &Names<'_>,
    sentences: &mut Vec<String>,
) {
    let side = write.side;
    let [this, that] = [side, side.other()].map(|side| noun(view.kind.entity(side)));
    match write.operation {
        Operation::Create => {
            let fields: Vec<String> = write
                .fields
                .iter()
                .map(|(field, value)| named_value(*field, value.as_ref(), names))
                .collect();
            let with = if fields.is_empty() {
                String::new()
            } else {
                format!(" with {}", fields.join(", "))
            };
            sentences.push(format!(
                "{side}: create the {this}{with}, because {} has the {that}.",
                side.other()
            ));
        }
        Operation::Delete => sentences.push(explain_delete(view, write, (this, that))),
        Operation::Update if write.carrier == Carrier::Members => {
            sentences.extend(explain_members(view, write, names));
        }
        Operation::Update if write.carrier == Carrier::Closing => {
            sentences.push(explain_closing(write, (this, that)));
        }
        Operation::Update => {
            for (field, value) in &write.fields {
                let change = explain_change(view, write, *field, value.as_ref(), names);
                sentences.push(format!(
                    "{side}: {change}, because {}.",
                    because(view, plan, write, *field)
                ));
            }
            if write.marker && matches!(view.pair.state, PairState::Parting { .. }) {
                sentences.push(format!(
                    "{side}: take the id of the {that} in {} off, because a person took the two apart.",
                    side.other()
                ));
            } else if write.marker {
                sentences.push(format!(
                    "{side}: note the id of the {that} in {}.",
                    side.other()
                ));
            }
        }
    }
}

fn explain_delete(view: &PairView<'_>, write: &Write, (this, that): (&str, &str)) -> String {
    let side = write.side;
    let was_deleted = || format!("its {that} was deleted in {}", side.other());
    let because = match view.pair.state {
        _ if write.fields.contains_key(&Field::DealStatus) => format!("its {that} is lost"),
        PairState::Unmaking { .. } => "a person took back that it was made".to_owned(),
        PairState::Approved { .. } => format!("{} and a person said so", was_deleted()),
        PairState::Active
        | PairState::Unlinked { .. }
        | PairState::Asked { .. }
        | PairState::Parting { .. }
        | PairState::Ended { .. } => was_deleted(),
    };
    format!("{side}: delete the {this}, because {because}.")
}

fn explain_closing(write: &Write, (this, that): (&str, &str)) -> String {
    let deal = write.fields.get(&Field::DealStatus);
    let deal = deal.and_then(Option::as_ref).and_then(Value::as_text);
    format!(
        "{}: close the {this} for good, because its {that} is {}.",
        write.side,
        deal.unwrap_or("over")
    )
}

fn explain_change(
    view: &PairView<'_>,
    write: &Write,
    field: Field,
    value: Option<&Value>,
    names: &Names<'_>,
) -> String {
    let before = view.shown_value(write.side, field);
    let name = words(field);
    if field.is_merged_as_set() {
        return explain_set_change(&name, elements(before), elements(value));
    }
    let said = |value| said(field, value, names);
    match (before, value) {
        (before, after) if before == after => format!("{name} {} stays", said(after)),
        (None, after) => format!("{name} becomes {}", said(after)),
        (before, None) => format!("{name} {} is cleared", said(before)),
        (before, after) => format!("{name} {} becomes {}", said(before), said(after)),
    }
}

fn explain_set_change(name: &str, before: &BTreeSet<String>, after: &BTreeSet<String>) -> String {
    let list = |elements: Vec<&String>| {
        elements
            .into_iter()
            .map(|element| format!("\"{element}\""))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let gained = list(after.difference(before).collect());
    let lost = list(before.difference(after).collect());
    match (gained.is_empty(), lost.is_empty()) {
        (true, true) => format!("{name} stay"),
        (false, true) => format!("{name} gain {gained}"),
        (true, false) => format!("{name} lose {lost}"),
        (false, false) => format!("{name} gain {gained} and lose {lost}"),
    }
}

fn because(view: &PairView<'_>, plan: &Plan, write: &Write, field: Field) -> String {
    let source = write.side.other();
    let conflict = plan
        .conflicts
        .iter()
        .find(|conflict| conflict.field == field);
    let decided = view
        .open_conflicts
        .iter()
        .any(|open| open.field == field && open.decided == Some(source));
    let carries_source = write.source.contains_key(&field);
    let is_plural = field.is_merged_as_set();
    let them = if is_plural { "them" } else { "it" };
    if let Some(conflict) = conflict {
        reason(conflict.rule, conflict.winner)
    } else if !carries_source && view.pair.restores.contains_key(&field) {
        "the value is put back".to_owned()
    } else if !carries_source {
        "it goes along to the new organization".to_owned()
    } else if decided {
        format!("somebody chose {source}'s value")
    } else if view.base().get(source).get(field).is_none()
        && view.base().get(write.side).get(field).is_none()
    {
        format!("{source} has {them}")
    } else if view.shown_value(source, field).is_none() {
        format!(
            "{they} cleared in {source}",
            they = if is_plural { "they were" } else { "it was" }
        )
    } else {
        format!(
            "{they} changed in {source}",
            they = if is_plural { "they" } else { "it" }
        )
    }
}

fn reason(rule: Rule, winner: Option<Side>) -> String {
    let side = winner.map_or("neither side", Side::title);
    match rule {
        Rule::PipedriveWins | Rule::PropstreetWins => {
            format!("both sides changed it and {side} wins by policy")
        }
        Rule::Latest => format!("both sides changed it and {side} did so later"),
        Rule::Tie => format!("both sides changed it at about the same time and {side} wins ties"),
        Rule::Manual => "both sides changed it".to_owned(),
        Rule::Overwritten => "an edit was overwritten between reading and writing".to_owned(),
        Rule::DeleteAgainstEdit => {
            "the record was deleted on one side and edited on the other".to_owned()
        }
        Rule::OneWay => format!("the field only travels from {side}"),
    }
}

/// A conflict with both values, what they were before, who won and why.
#[must_use]
pub fn explain_conflict(conflict: &NewConflict, names: &Names<'_>) -> String {
    let shown = Side::BOTH.map(|side| {
        format!(
            "{side} has {}",
            said(conflict.field, conflict.values.get(side).as_ref(), names)
        )
    });
    let base = Side::BOTH.map(|side| said(conflict.field, conflict.base.get(side).as_ref(), names));
    let before = match &base {
        [one, other] if one == other => one.clone(),
        [one, other] => format!("{one} and {other}"),
    };
    let outcome = match conflict.winner {
        Some(side) => format!("{side}'s value is kept and the other one stays in the journal"),
        None => "it waits for a person to choose".to_owned(),
    };
    let field = words(conflict.field);
    let reason = reason(conflict.rule, conflict.winner);
    format!(
        "Conflict on {field}: {} (before: {before}); {outcome}, because {reason}.",
        shown.join(", ")
    )
}

fn explain_note(view: &PairView<'_>, note: &Note, names: &Names<'_>) -> String {
    match note {
        Note::LabelMissing { label } => {
            format!(
                "Tag \"{label}\" stays in Propstreet alone: Pipedrive has no label of this name. It travels once \
                 there is one."
            )
        }
        Note::LeftAlone { field, side } => {
            let value = said(*field, view.shown_value(*side, *field), names);
            format!(
                "{} {value} in {side} is left alone: the field only travels from {}.",
                capital(*field),
                side.other()
            )
        }
        Note::WaitsFor { field, record } => {
            format!("{} waits until {record} is paired.", capital(*field))
        }
        Note::NotExpressible {
            field: Field::PersonJobTitle,
        } => {
            let value = quoted(
                view.shown_value(Side::Pipedrive, Field::PersonJobTitle),
                names,
            );
            format!(
                "Job title {value} stays in Pipedrive: Propstreet keeps a title only together with an organization."
            )
        }
        Note::NotExpressible { field } => {
            format!(
                "{} stays where it is: the other side has no place for it.",
                capital(*field)
            )
        }
        Note::Unlinked { deleted_on } => {
            let kept = deleted_on.other();
            let [gone, stays] = [*deleted_on, kept].map(|side| noun(view.kind.entity(side)));
            format!("The {gone} was deleted in {deleted_on}; the {stays} in {kept} is kept.")
        }
        Note::AsksToDelete { deleted_on } => {
            let asked = deleted_on.other();
            let [gone, stays] = [*deleted_on, asked].map(|side| noun(view.kind.entity(side)));
            format!(
                "The {gone} was deleted in {deleted_on}; the {stays} in {asked} stays until a person decides."
            )
        }
        Note::EditKept { field } => {
            format!("{} was edited since and keeps its edit.", capital(*field))
        }
        Note::Untold { field } => {
            format!(
                "{} waits: its field in Pipedrive is not there. `pipestreet fields check` says what to do.",
                capital(*field)
            )
        }
        Note::Wordless { side } => format!(
            "The note in {side} has no words, so that nothing of it can be written in {}.",
            side.other()
        ),
        Note::Deal(note) => explain_of_deal(view, *note, names),
        Note::Member(note) => explain_member(note, names),
    }
}

fn explain_of_deal(view: &PairView<'_>, note: DealNote, names: &Names<'_>) -> String {
    let stages = || Side::BOTH.map(|side| quoted(view.shown_value(side, Field::DealStage), names));
    let told = match note {
        DealNote::OutOfScope => {
            "The deal is in no pipeline that is kept in step, or archived: nothing travels."
        }
        DealNote::CannotReopen => {
            "The deal is open although its project is closed: Propstreet cannot open a project again."
        }
        DealNote::WonAlone => {
            "The deal is won and its project still open: it was so before, and closing cannot be taken back."
        }
        DealNote::LostAlone => "The deal is lost; its project is left as it is.",
        DealNote::NotMadeAnew => "It is over already, so nothing is made on the other side.",
        DealNote::Frozen { field } => {
            let value = quoted(view.shown_value(Side::Pipedrive, field), names);
            return format!(
                "{} {value} stays in Pipedrive: the project is closed and takes no change.",
                capital(field)
            );
        }
        DealNote::NoStage => {
            let [deal, project] = stages();
            return format!(
                "Stage {deal} stays: no stage of this pipeline stands for a project that is {project}."
            );
        }
        DealNote::StageDiffers => {
            let [deal, project] = stages();
            return format!(
                "Stage {deal} stays although the project is {project}: the deal is moved when that changes next."
            );
        }
    };
    told.to_owned()
}

/// What is done with a record that has no pair.
#[must_use]
pub fn explain_match(decision: &MatchDecision) -> String {
    match decision {
        MatchDecision::Pair { candidate, rule } => {
            format!("It is paired with {candidate}: {}.", rule_words(*rule))
        }
        MatchDecision::Repoint { pair, candidate } => {
            format!("It takes the deleted record's place in pair {pair}, beside {candidate}.")
        }
        MatchDecision::Create { suggestions } if suggestions.is_empty() => {
            "Nobody like it is known: it is created on the other side.".to_owned()
        }
        MatchDecision::Create { suggestions } => {
            let alike = suggestions.iter().map(|suggestion| {
                format!(
                    "{} ({}, {:.0} % alike)",
                    suggestion.candidate,
                    rule_words(suggestion.rule),
                    suggestion.similarity * 100.0
                )
            });
            format!(
                "It is created on the other side. To be reviewed: {}.",
                alike.collect::<Vec<_>>().join(", ")
            )
        }
        MatchDecision::WaitForRival { rival } => {
            format!("It waits for {rival}, which is the better match.")
        }
        MatchDecision::LeftAlone { .. } => {
            "A person took it out of its pair, so nothing is made for it. `pipestreet pairs link` pairs it with another record."
                .to_owned()
        }
        MatchDecision::Ambiguous { reason } => format!("A person has to decide: {reason}."),
    }
}

const fn rule_words(rule: MatchRule) -> &'static str {
    match rule {
        MatchRule::Marker => "each other's id is noted",
        MatchRule::Email => "the same e-mail address",
        MatchRule::Domain => "the same domain",
        MatchRule::OrganizationNumber => "the same organization number",
        MatchRule::SameWords => "the same words on the same record",
        MatchRule::PhoneAndName => "the same phone number and name",
        MatchRule::SimilarName => "a similar name",
    }
}

fn named_value(field: Field, value: Option<&Value>, names: &Names<'_>) -> String {
    format!("{} {}", words(field), said(field, value, names))
}

/// A value in a sentence. What a note says is nobody's business but that of who reads the note.
fn said(field: Field, value: Option<&Value>, names: &Names<'_>) -> String {
    match (field, value) {
        (Field::NoteText, Some(Value::Text(text))) => {
            format!("of {} characters", text.chars().count())
        }
        (_, value) => quoted(value, names),
    }
}

fn quoted(value: Option<&Value>, names: &Names<'_>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Value::Reference(Reference::Pair(pair))) => match names.pairs.get(pair) {
            Some(name) => format!("\"{name}\""),
            None => format!("pair {pair}"),
        },
        Some(Value::Reference(Reference::Unpaired(record))) => record.to_string(),
        Some(Value::Set(elements)) => elements
            .iter()
            .map(|element| format!("\"{element}\""))
            .collect::<Vec<_>>()
            .join(" + "),
        Some(Value::Text(text)) => format!("\"{text}\""),
    }
}

fn words(field: Field) -> String {
    field.name().replace('_', " ")
}

fn capital(field: Field) -> String {
    let words = words(field);
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

const fn noun(entity: Entity) -> &'static str {
    entity.name()
}
