//! What became of a call about those who take part: read from the side itself.
//!
//! In: an outbox row whose call failed, or whose answer was lost. Out: who takes part now, and whether the call was carried out. Nobody
//! can take part twice, so that whoever is there came; who came and has left since is told by the side's own log.

use api_client::{CallContext, CallError, Priority};
use model::{Entity, RecordKey, Side, Timestamp, time};
use pipedrive::ParticipantChange;
use propstreet::Prospect;
use store::participants::members::who_is;
use store::{Disposition, MirrorRow, Observation, Outcome, SeenParticipants, Store};

use super::{NowTakingPart, Words, deal_of, moves, record_on, words_of};
use crate::core::Core;
use crate::deals::members::{Moves, word_of, words};
use crate::delivery::call::{Answered, Target};
use crate::delivery::made::{Answer, Found};
use crate::delivery::outcome;
use crate::failure::EngineError;
use crate::intake::page;
use crate::{mapping, remote};

/// The vendors' clocks may be behind ours by this much.
const SKEW_MILLIS: i64 = 10 * 60 * 1_000;
const PAGES_MAX: usize = 100;

/// What stands in the way is read; where nothing does, the call is made again later.
pub(super) async fn look_again<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Outcome, EngineError> {
    let seen = match read_side(core, target, call).await? {
        Ok(seen) => seen,
        Err(error) => {
            return Ok(outcome::unasked(
                core,
                target,
                (target.row.write.side, &error),
            ));
        }
    };
    let known = target.view.members.as_ref();
    let is_known = |row: &MirrorRow| {
        let mut known = known.iter().flat_map(|members| &members.prospects);
        row.deleted_at.is_some()
            || known.any(|known| known.key == row.key && known.remote_version == row.remote_version)
    };
    let shown = words(target.view);
    let has_moved = seen.words != *shown.get(target.row.write.side)
        || !seen.observation.rows.iter().all(is_known);
    if !has_moved {
        return outcome::of_error(core, target, CallError::Stale, true).await;
    }
    Ok(outcome::not_applied(
        "those who take part changed since they were read",
        seen.observation,
        Disposition::Rest,
    ))
}

/// Who takes part on the written side, read now.
struct SeenNow {
    words: Words,
    observation: Observation,
}

async fn read_side<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Result<SeenNow, CallError>, EngineError> {
    let Ok(key) = target.key() else {
        return Ok(Err(CallError::NotFound));
    };
    match target.row.write.side {
        Side::Propstreet => {
            let mut rows = match remote::prospects_under(core, key, call).await {
                Ok(rows) => rows,
                Err(error) => return Ok(Err(error)),
            };
            page::keep_known_form(core, &mut rows).await?;
            Ok(Ok(SeenNow {
                words: words_of(&rows, target),
                observation: Observation {
                    rows,
                    ..Observation::none()
                },
            }))
        }
        Side::Pipedrive => {
            // Whose own person has changed is no news to the participants alone.
            let mut observation = match remote::look(core, key, target.current.as_ref()).await? {
                Ok(observation) => observation,
                Err(error) => return Ok(Err(error)),
            };
            let seen = match remote::participants_of(core, &key.id, call).await {
                Ok(seen) => seen,
                Err(error) => return Ok(Err(error)),
            };
            let SeenParticipants::All(all) = &seen else {
                return Ok(Err(CallError::NotFound));
            };
            let person = |id: i64| RecordKey::new(Entity::Person, id);
            let all = all.iter().map(|one| person(one.person_id));
            let members = target.view.members.as_ref();
            let own = members.into_iter().flat_map(|members| {
                let own = members.primary.iter().chain(&members.organization);
                own.cloned()
            });
            let shown = all
                .chain(own)
                .map(|record| word_of(record, target.view))
                .collect();
            observation.participants.push((key.id.clone(), seen));
            Ok(Ok(SeenNow {
                words: shown,
                observation,
            }))
        }
    }
}

/// What became of a call whose answer was lost.
pub(crate) async fn resolve<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    sent_at: Timestamp,
) -> Answer {
    let call = CallContext::new(Priority::Change, "resolve");
    let seen = match read_side(core, target, &call).await? {
        Ok(seen) => seen,
        Err(error) => return Ok(Err(error)),
    };
    let Moves { coming, going } = moves(target.row);
    let back_to = time::plus_millis(sent_at, -SKEW_MILLIS);
    let mut came: Words = coming.intersection(&seen.words).cloned().collect();
    for word in coming.difference(&seen.words) {
        match came_and_went(core, target, word, (&seen, back_to), &call).await {
            Ok(true) => drop(came.insert(word.clone())),
            Ok(false) => {}
            Err(error) => return Ok(Err(error)),
        }
    }
    let went: Words = going.difference(&seen.words).cloned().collect();
    let observation = seen.observation;
    if came.is_empty() && went.is_empty() {
        return Ok(Ok(Found::No(observation)));
    }
    // What was carried out is agreed on. Who has left since then, or has come back, is an edit of somebody.
    let mut agreed = seen.words;
    agreed.extend(came);
    Ok(Ok(Found::Yes(Answered {
        rows: observation.rows,
        gone: observation.gone,
        members: Some(NowTakingPart {
            words: agreed,
            participants: observation.participants,
            facts: Vec::new(),
        }),
        ..Answered::default()
    })))
}

/// Whether somebody who is not there was, since the call.
async fn came_and_went<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    word: &str,
    (seen, back_to): (&SeenNow, Timestamp),
    call: &CallContext,
) -> Result<bool, CallError> {
    let side = target.row.write.side;
    let Some(record) = record_on(side, word, target) else {
        return Ok(false);
    };
    if side == Side::Propstreet {
        let is_it = |row: &&MirrorRow| who_is(row).as_ref() == Some(&record);
        let is_new = |row: &MirrorRow| {
            let prospect: Option<Prospect> = mapping::parse(row).ok();
            let made_at = prospect.and_then(|prospect| prospect.created_utc);
            made_at.is_some_and(|at| at >= back_to)
        };
        return Ok(seen.observation.rows.iter().filter(is_it).any(is_new));
    }
    let (_, deal) = deal_of(target)?;
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = core
            .pipedrive
            .participants_changelog(deal, cursor.as_deref(), call)
            .await?;
        let is_it = |change: &ParticipantChange| {
            Some(change.person_id) == record.id.as_number()
                && change.action == "added"
                && change.time.is_some_and(|at| at >= back_to)
        };
        if page.rows.iter().any(|row| is_it(&row.value)) {
            return Ok(true);
        }
        let is_older = |row: &api_client::Row<ParticipantChange>| {
            row.value.time.is_some_and(|at| at < back_to)
        };
        cursor = page.next_cursor;
        if cursor.is_none() || page.rows.iter().any(is_older) {
            break;
        }
    }
    Ok(false)
}
