//! Lists of deals with the number of their participants, and the participants of one deal.
//!
//! In: which deals. Out: pages of mirror rows with numbers beside them, or who takes part. What is asked for beside a record is
//! no part of its row, which is the same whoever has read it. Keeps nothing.

use api_client::{CallContext, CallError, Page, Row};
use model::{RemoteId, Side};
use pipedrive::{Deal, DealExtra, DealQuery, DealStatus, Participant};
use store::{SeenParticipant, SeenParticipants, ShownCount, Store};

use super::{ListPage, Reader};
use crate::core::Core;
use crate::failure::EngineError;

/// The member of a deal that tells how many take part.
const COUNT: &str = "participants_count";
/// The whole person beside each participant, who is mirrored with the other persons.
const PERSON: &str = "person";
/// More pages than this is a list that never ends.
const PAGES_MAX: usize = 100;

/// One page of deals that are not archived, with their numbers of participants where these are followed: a page costs the same.
pub(super) async fn list<S: Store>(
    core: &Core<S>,
    from: &Reader,
    mut query: DealQuery,
    call: &CallContext,
) -> Result<ListPage, CallError> {
    if core.settings.participants.is_some() {
        query.extras.push(DealExtra::ParticipantsCount);
    }
    let page = core.pipedrive.list_deals(&query, call).await?;
    let participant_counts = page.rows.iter().filter_map(|row| count(&row.value));
    let participant_counts = participant_counts.collect();
    let rows = page.rows.into_iter().map(|row| row.without(COUNT));
    let page = Page {
        rows: rows.collect(),
        ..page
    };
    Ok(ListPage {
        participant_counts,
        ..from.page_of(page)
    })
}

fn count(deal: &Deal) -> Option<ShownCount> {
    Some(ShownCount {
        deal: deal.id.into(),
        count: u32::try_from(deal.participants_count?.max(0)).unwrap_or(u32::MAX),
        is_open: deal.status == Some(DealStatus::Open) && !deal.is_archived && !deal.is_deleted,
    })
}

/// One page of the open deals, with their numbers of participants.
pub(crate) async fn open_deals<S: Store>(
    core: &Core<S>,
    cursor: Option<String>,
    call: &CallContext,
) -> Result<ListPage, EngineError> {
    let from = Reader {
        mapping: core.mapping()?,
        now: core.now(),
        remembers: false,
    };
    let query = DealQuery {
        list: pipedrive::ListQuery {
            cursor,
            ..pipedrive::ListQuery::all()
        },
        statuses: vec![DealStatus::Open],
        ..DealQuery::default()
    };
    let page = list(core, &from, query, call).await;
    page.map_err(|error| EngineError::call(Side::Pipedrive, error))
}

/// Everybody who takes part in a deal.
pub(crate) async fn participants_of<S: Store>(
    core: &Core<S>,
    deal: &RemoteId,
    call: &CallContext,
) -> Result<SeenParticipants, CallError> {
    let Some(id) = deal.as_number() else {
        return Ok(SeenParticipants::NoDeal);
    };
    let mut seen = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let listed = core
            .pipedrive
            .list_participants(id, cursor.as_deref(), call);
        let page = match listed.await {
            Ok(page) => page,
            Err(CallError::NotFound | CallError::Gone) => return Ok(SeenParticipants::NoDeal),
            Err(CallError::Refused(_) | CallError::Unreadable { .. }) => {
                return Ok(SeenParticipants::Unreadable);
            }
            Err(error) => return Err(error),
        };
        if !page.unreadable.is_empty() {
            return Ok(SeenParticipants::Unreadable);
        }
        seen.extend(page.rows.into_iter().map(shown));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(SeenParticipants::All(seen))
}

pub(crate) fn shown(row: Row<Participant>) -> SeenParticipant {
    let row = row.without(PERSON);
    SeenParticipant {
        id: row.value.id,
        person_id: row.value.person_id,
        added_at: row.value.add_time,
        raw: row.raw.into(),
    }
}
