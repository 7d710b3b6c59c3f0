//! What webhooks tell of a record that is mirrored only: often all of it, so that its row needs no read.
//!
//! In: the events of a lane, and the row that is known. Out: the row after them, that nothing is new, or that only a read can
//! tell. Anything doubtful is read: a delete, a merge, two events of one second that show different things, an event that is
//! later than it says itself. Calls nothing.

use model::{Timestamp, time};
use pipedrive::{EventAction, WebhookEvent};
use store::{INBOX_PER_LANE_MAX, InboxRow, InboxSource, MirrorRow, Store, says_the_same};

use crate::core::Core;
use crate::failure::EngineError;
use crate::remote;

/// What a lane's events come to.
#[derive(Debug)]
pub(crate) enum Told {
    /// The row shows it already, or something later.
    Nothing,
    Row(Box<MirrorRow>),
    /// Only a read tells.
    Read,
}

/// Weighs the events of a lane's inbox rows. `rows` are all of them, decoded or not.
pub(crate) fn told<S: Store>(
    core: &Core<S>,
    rows: &[&InboxRow],
    events: &[WebhookEvent],
    known: Option<&MirrorRow>,
) -> Result<Told, EngineError> {
    let Some(known) = known.filter(|known| known.deleted_at.is_none()) else {
        return Ok(Told::Read);
    };
    if !are_all_events(rows, events) || !events.iter().all(is_plain) {
        return Ok(Told::Read);
    }
    // One that was sent when it had not been made yet lies, and would keep every truth out.
    if events.iter().any(is_ahead_of_itself) {
        return Ok(Told::Read);
    }
    let mut later = Vec::new();
    for (row, event) in rows.iter().zip(events) {
        match changed_at(event) {
            Some(at) if at < known.remote_time => {}
            // What is known was asked for when the event had come.
            Some(at) if at == known.remote_time && row.received_at < known.synced_at => {}
            Some(at) => later.push((at, event)),
            None => return Ok(Told::Read),
        }
    }
    let Some(latest_at) = later.iter().map(|(at, _)| *at).max() else {
        return Ok(Told::Nothing);
    };
    let mut row: Option<Box<str>> = None;
    for (at, event) in later {
        // Also an earlier one may have changed what events do not carry.
        let Some(after) = event.row_after(&known.raw) else {
            return Ok(Told::Read);
        };
        match &row {
            _ if at < latest_at => {}
            Some(other) if !says_the_same(other, &after) => return Ok(Told::Read),
            Some(_) | None => row = Some(after),
        }
    }
    let Some(raw) = row else {
        return Ok(Told::Read);
    };
    if latest_at == known.remote_time {
        // Which of two versions of one second is the later one, a read tells.
        let is_known = says_the_same(&raw, &known.raw);
        return Ok(if is_known { Told::Nothing } else { Told::Read });
    }
    Ok(match remote::row_of(core, known.key.entity, raw)? {
        Some(row) if row.deleted_at.is_none() && row.key == known.key => Told::Row(Box::new(row)),
        Some(_) | None => Told::Read,
    })
}

/// Whether the lane is due because of events alone, and all of them are here.
fn are_all_events(rows: &[&InboxRow], events: &[WebhookEvent]) -> bool {
    rows.len() == events.len()
        && rows.len() < INBOX_PER_LANE_MAX
        && !rows.is_empty()
        && rows
            .iter()
            .all(|row| row.source == InboxSource::PipedriveWebhook)
}

fn is_plain(event: &WebhookEvent) -> bool {
    let tells_a_record = match event.action {
        EventAction::Create | EventAction::Change => event.data.is_some(),
        EventAction::Delete | EventAction::Other(_) => false,
    };
    tells_a_record && event.merged_to.is_none() && event.merged_from.is_none()
}

fn changed_at(event: &WebhookEvent) -> Option<Timestamp> {
    event.data.as_ref()?.changed_at()
}

/// Both times are the vendor's; the one of the change is a whole second.
fn is_ahead_of_itself(event: &WebhookEvent) -> bool {
    const TOLERANCE_MILLIS: i64 = 1_000;
    match (event.timestamp, changed_at(event)) {
        (Some(sent), Some(changed)) => changed > time::plus_millis(sent, TOLERANCE_MILLIS),
        (None, _) | (_, None) => true,
    }
}
