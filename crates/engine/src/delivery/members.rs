//! Those who come to a deal or project, or leave it: one call for each, and one for up to a hundred new prospects.
//!
//! In: an outbox row of those who take part. Out: who takes part afterwards, read from the side itself. Whether a lost call was
//! carried out is told by who is there: nobody can be twice. Who is refused is remembered, and holds up nobody else.

mod classified;
mod found;

use std::collections::BTreeSet;

use api_client::{CallContext, CallError, UnknownBecause};
use model::{Base, Carrier, Entity, Field, Kind, RecordKey, Reference, RemoteId, Side, Value};
use propstreet::{Investor, NewProspect, NotAdded, NotAddedBecause};
use store::participants::members::{fact_refused_members, who_is};
use store::{
    HistoryKind, MirrorRow, NewHistory, OutboxRow, Outcome, SeenParticipants, Snapshot, Store,
};

use crate::core::Core;
use crate::deals::members::{Moves, Refused, classification_of, own_prospect, word_of, words};
use crate::delivery::call::{Answered, Target};
use crate::delivery::outcome;
use crate::failure::EngineError;
use crate::{mapping, remote};

pub(crate) use classified::{classify, look_at_own, resolve_classified};
pub(crate) use found::resolve;

type Words = BTreeSet<String>;

/// Who takes part after a call, and what is to be kept with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct NowTakingPart {
    pub(crate) words: Words,
    pub(crate) participants: Vec<(RemoteId, SeenParticipants)>,
    pub(crate) facts: Vec<(String, Option<String>)>,
}

/// Who take part before the write.
pub(crate) fn snapshot(target: &Target<'_>) -> Snapshot {
    let fields = if target.row.write.carrier == Carrier::Prospect {
        let thinks = own_prospect(target.view).and_then(classification_of);
        [(Field::DealClassification, thinks)]
    } else {
        let shown = words(target.view).get(target.row.write.side).clone();
        [(Field::DealProspects, Value::set(shown))]
    };
    Snapshot {
        fields: fields.into(),
        ..Snapshot::default()
    }
}

/// Makes the call of an outbox row.
pub(crate) async fn send<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Outcome, EngineError> {
    let Moves { coming, going } = moves(target.row);
    let answered = match (target.row.write.side, coming.first()) {
        (Side::Propstreet, Some(_)) => add_prospects(core, target, &coming, call).await,
        (Side::Propstreet, None) => remove_prospect(core, target, &going, call).await,
        (Side::Pipedrive, Some(who)) => add_participant(core, target, who, call).await,
        (Side::Pipedrive, None) => remove_participant(core, target, &going, call).await,
    };
    match answered {
        Ok(answered) => outcome::applied(core, target, answered),
        Err(CallError::Stale | CallError::NotFound | CallError::Gone) => {
            found::look_again(core, target, call).await
        }
        // The project was closed, and nobody has told of it yet.
        Err(CallError::AlreadyExists(_)) => {
            outcome::of_error(core, target, CallError::Stale, true).await
        }
        Err(error) => outcome::of_error(core, target, error, true).await,
    }
}

/// Who come and who go by an outbox row.
fn moves(row: &OutboxRow) -> Moves {
    Moves::of(&row.write, row.before.value(Field::DealProspects))
}

/// The record on a side that a word stands for.
fn record_on(side: Side, word: &str, target: &Target<'_>) -> Option<RecordKey> {
    match Reference::parse(word)? {
        Reference::Unpaired(record) => (record.side() == side).then_some(record),
        Reference::Pair(pair) => target.view.references.iter().find_map(|known| {
            let (id, ids, _) = known.pair.as_ref().filter(|(id, _, _)| *id == pair)?;
            debug_assert_eq!(*id, pair);
            let entity = known.record.entity.kind()?.entity(side);
            let id = ids.get(side).clone()?;
            Some(RecordKey { entity, id })
        }),
    }
}

async fn add_prospects<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    coming: &Words,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let project = target.key()?.clone();
    let mut sent: Vec<(&String, NewProspect)> = Vec::new();
    for word in coming {
        let record = record_on(Side::Propstreet, word, target).ok_or(CallError::Stale)?;
        let id = record.id.to_string();
        let who = match record.entity.kind() {
            Some(Kind::Organization) => Investor::Company(id),
            Some(Kind::Person | Kind::Deal | Kind::Note) | None => Investor::Contact(id),
        };
        let external_refs = Vec::new();
        sent.push((word, NewProspect { who, external_refs }));
    }
    let bodies: Vec<NewProspect> = sent.iter().map(|(_, body)| body.clone()).collect();
    let key = &target.row.idempotency_key;
    let added = core
        .propstreet
        .add_prospects(project.id.as_str(), &bodies, key, call)
        .await?;
    // Who was added is known now, but not in which versions; if that cannot be read, it is read later.
    let mut rows = remote::prospects_under(core, &project, call)
        .await
        .map_err(unknown)?;
    for prospect in &added.created {
        let key = project.with_under(Entity::Prospect, &prospect.id);
        if !rows.iter().any(|row| row.key == key) {
            rows.extend(remote::read(core, &key, call).await.map_err(unknown)?);
        }
    }
    let shown = words_of(&rows, target);
    let refused: Words = added
        .failed
        .iter()
        .filter_map(|failed| word_of_failed(failed, &sent))
        .filter(|word| !shown.contains(*word))
        .cloned()
        .collect();
    note_refused(&added.failed);
    let facts = facts_of(core, target, &refused);
    Ok(Answered {
        rows,
        members: Some(NowTakingPart {
            words: shown,
            facts,
            ..NowTakingPart::default()
        }),
        ..Answered::default()
    })
}

fn word_of_failed<'a>(failed: &NotAdded, sent: &[(&'a String, NewProspect)]) -> Option<&'a String> {
    let named = |body: &NewProspect| match &body.who {
        Investor::Contact(id) => failed.contact_id.as_ref() == Some(id),
        Investor::Company(id) => failed.company_id.as_ref() == Some(id),
    };
    let at = failed.index.and_then(|index| usize::try_from(index).ok());
    let found = sent.iter().find(|(_, body)| named(body));
    found.or_else(|| sent.get(at?)).map(|(word, _)| *word)
}

fn note_refused(failed: &[NotAdded]) {
    let news = failed.iter().map(|failed| &failed.because);
    for because in news.filter(|because| **because != NotAddedBecause::IsProspect) {
        tracing::warn!(
            ?because,
            "a prospect was refused; `pipestreet explain` says of whom"
        );
    }
}

fn facts_of<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    refused: &Words,
) -> Vec<(String, Option<String>)> {
    if refused.is_empty() {
        return Vec::new();
    }
    let known = target.view.members.as_ref();
    let known = known.and_then(|members| members.refused.as_deref());
    let text = Refused::with(known, (target.row.write.side, refused), core.now());
    vec![(fact_refused_members(target.row.pair), Some(text))]
}

fn unknown(_: CallError) -> CallError {
    CallError::OutcomeUnknown {
        what: "add prospects",
        because: UnknownBecause::ConnectionLost,
    }
}

/// The words of the living ones among these prospects.
fn words_of(rows: &[MirrorRow], target: &Target<'_>) -> Words {
    let living = rows.iter().filter(|row| row.deleted_at.is_none());
    let records = living.filter_map(who_is);
    records.map(|record| word_of(record, target.view)).collect()
}

async fn remove_prospect<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    going: &Words,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let members = target.view.members.as_ref().ok_or(CallError::Stale)?;
    let is_meant = |row: &&MirrorRow| {
        let word = who_is(row).map(|record| word_of(record, target.view));
        word.is_some_and(|word| going.contains(&word))
    };
    let row = members
        .prospects
        .iter()
        .find(is_meant)
        .ok_or(CallError::Stale)?;
    let (project, id) = row.key.listed_at().ok_or(CallError::Stale)?;
    core.propstreet
        .remove_prospect(project.id.as_str(), id, &row.remote_version, call)
        .await?;
    let others = members
        .prospects
        .iter()
        .filter(|other| other.key != row.key);
    let others: Vec<MirrorRow> = others.cloned().collect();
    Ok(Answered {
        gone: vec![row.key.clone()],
        members: Some(NowTakingPart {
            words: words_of(&others, target),
            ..NowTakingPart::default()
        }),
        ..Answered::default()
    })
}

fn deal_of(target: &Target<'_>) -> Result<(RemoteId, i64), CallError> {
    let id = target.key()?.id.clone();
    let number = id.as_number().ok_or(CallError::NotFound)?;
    Ok((id, number))
}

fn of_pipedrive(words: Words, deal: RemoteId, seen: SeenParticipants) -> NowTakingPart {
    NowTakingPart {
        words,
        participants: vec![(deal, seen)],
        facts: Vec::new(),
    }
}

async fn add_participant<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    who: &str,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let (deal, number) = deal_of(target)?;
    let person = record_on(Side::Pipedrive, who, target).ok_or(CallError::Stale)?;
    let person = person.id.as_number().ok_or(CallError::Stale)?;
    let mut shown = words(target.view).pipedrive;
    let added = core.pipedrive.add_participant(number, person, call).await;
    let now = match added {
        Ok(row) => {
            shown.insert(who.to_owned());
            let came = vec![remote::participants::shown(row)];
            let went = Vec::new();
            of_pipedrive(shown, deal, SeenParticipants::Changed { came, went })
        }
        // Who takes part already is refused, as is who may not.
        Err(CallError::Refused(_) | CallError::AlreadyExists(_)) => {
            let seen = remote::participants_of(core, &deal, call).await?;
            let is_there = has(&seen, person);
            let facts = if is_there {
                shown.insert(who.to_owned());
                Vec::new()
            } else {
                facts_of(core, target, &[who.to_owned()].into())
            };
            NowTakingPart {
                facts,
                ..of_pipedrive(shown, deal, seen)
            }
        }
        Err(error) => return Err(error),
    };
    Ok(Answered {
        members: Some(now),
        ..Answered::default()
    })
}

fn has(seen: &SeenParticipants, person: i64) -> bool {
    match seen {
        SeenParticipants::All(all) => all.iter().any(|one| one.person_id == person),
        SeenParticipants::AllSince { .. }
        | SeenParticipants::Changed { .. }
        | SeenParticipants::NoDeal
        | SeenParticipants::Unreadable => false,
    }
}

async fn remove_participant<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    going: &Words,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let (deal, number) = deal_of(target)?;
    let members = target.view.members.as_ref().ok_or(CallError::Stale)?;
    let who = going.first().ok_or(CallError::Stale)?;
    let person = record_on(Side::Pipedrive, who, target).ok_or(CallError::Stale)?;
    let is_meant = |row: &&store::Participant| Some(row.person_id) == person.id.as_number();
    let row = members
        .participants
        .iter()
        .find(is_meant)
        .ok_or(CallError::Stale)?;
    // Nobody tells when a person becomes a deal's own, and that one is never let go.
    let fresh = remote::read(core, target.key()?, call).await?;
    let fresh = fresh.ok_or(CallError::Stale)?;
    let fresh: pipedrive::Deal = mapping::parse(&fresh).map_err(|_| CallError::Stale)?;
    if fresh.person_id == Some(row.person_id) {
        return Err(CallError::Stale);
    }
    core.pipedrive
        .remove_participant(number, row.id, call)
        .await?;
    let mut shown = words(target.view).pipedrive;
    shown.remove(who);
    let (came, went) = (Vec::new(), vec![row.id]);
    let seen = SeenParticipants::Changed { came, went };
    Ok(Answered {
        members: Some(of_pipedrive(shown, deal, seen)),
        ..Answered::default()
    })
}

/// What both sides agree on after the write.
pub(crate) fn base_after(base: &Base, row: &OutboxRow, now: &NowTakingPart) -> Base {
    let Moves { coming, going } = moves(row);
    plan::base_after_moves(base, (&coming, &going), &now.words)
}

/// An entry for each who came or went, as far as they did.
pub(crate) fn history(target: &Target<'_>, now: &NowTakingPart) -> Vec<NewHistory> {
    let Moves { coming, going } = moves(target.row);
    let side = target.row.write.side;
    let entry = |kind: HistoryKind, word: &String| {
        let who = record_on(Side::Pipedrive, word, target);
        let who = who.map_or_else(|| word.clone(), |record| record.to_string());
        let (value, other) = (Value::set([word.clone()].into()), side.other());
        let (before, after, why) = if kind == HistoryKind::Left {
            (value, None, format!("{who} takes part no more in {other}"))
        } else {
            (None, value, format!("{who} takes part in {other}"))
        };
        NewHistory {
            kind,
            side,
            field: Some(Field::DealProspects),
            before,
            after,
            why,
        }
    };
    let came = coming.intersection(&now.words);
    let came = came.map(|word| entry(HistoryKind::Came, word));
    let left = going.difference(&now.words);
    came.chain(left.map(|word| entry(HistoryKind::Left, word)))
        .collect()
}
