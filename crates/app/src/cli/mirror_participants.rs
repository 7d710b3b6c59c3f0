//! What `pipestreet mirror status` and `mirror verify` tell of the participants of deals.
//!
//! In: how their mirror stands, alone or beside its source. Out: a row of the table, in cells or as JSON. Decides nothing.

use engine::participants::{self, Standing};
use engine::verify_participants::ParticipantsDrift;
use model::Timestamp;
use serde_json::{Value, json};
use store::{Store, StoreError, WorkspaceCtx};

use super::estimate::grouped;
use super::mirror::until;
use super::output::ago;

const TABLE: &str = "pipedrive_deal_participants";
/// Percent of the usual wait.
const USUAL: u32 = 100;
/// Deals whose ids are told.
const EXAMPLES_MAX: usize = 5;

/// How the participants stand; nothing where they were never followed.
pub(super) async fn standing<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
) -> Result<Option<Standing>, StoreError> {
    let standing = participants::standing(store, ctx).await?;
    let is_followed = standing.next_at.is_some() || standing.known.live > 0;
    Ok(is_followed.then_some(standing))
}

pub(super) fn as_json(standing: &Standing) -> Value {
    let known = &standing.known;
    json!({
        "entity": "deal_participant",
        "table": TABLE,
        "live": known.live,
        "deleted": known.deleted,
        "open_deals": known.open_deals,
        "deals_with_participants": known.with_participants,
        "deals_unread": known.unread,
        "deals_moved": known.moved,
        "oldest_read": known.oldest_check,
        "next_poll": standing.next_at,
        "wait_percent": standing.percent,
    })
}

pub(super) fn cells(standing: &Standing, now: Timestamp) -> Vec<String> {
    let known = &standing.known;
    let to_read = known.unread + known.moved;
    let read = match to_read {
        0 => format!("{} open deals", grouped(known.open_deals)),
        deals => format!("{} deals to be read", grouped(deals)),
    };
    let oldest = known.oldest_check.map(|at| ago(at, now));
    let next = standing.next_at.map(|at| match standing.percent {
        ..=USUAL => until(at, now),
        percent => format!("{}, {percent} % of the usual wait", until(at, now)),
    });
    vec![
        TABLE.to_owned(),
        grouped(known.live),
        grouped(known.deleted),
        read,
        oldest.unwrap_or_else(|| "–".to_owned()),
        next.unwrap_or_else(|| "–".to_owned()),
        "–".to_owned(),
    ]
}

pub(super) fn compared_as_json(drift: &ParticipantsDrift) -> Value {
    json!({
        "entity": "deal_participant",
        "is_equal": drift.is_none(),
        "deals": drift.deals,
        "deals_known": drift.deals_known,
        "deals_due": drift.deals_due,
        "listed": drift.listed,
        "mirrored": drift.mirrored,
        "missing": drift.missing,
        "different": drift.different,
        "absent": drift.absent,
        "unreadable_deals": drift.unreadable,
        "differing_deals": drift.differing,
    })
}

pub(super) fn compared_cells(drift: &ParticipantsDrift) -> Vec<String> {
    let verdict = match drift.differing.as_slice() {
        [] if drift.is_none() => "equal",
        [] if drift.was_too_dear() => "not compared",
        [] => "cannot be read in full",
        _ => "differs",
    };
    let mut cells = vec![TABLE.to_owned()];
    let counts = [
        drift.listed,
        drift.mirrored,
        drift.missing,
        drift.different,
        drift.absent,
        drift.unreadable,
    ];
    cells.extend(counts.map(grouped));
    cells.push(verdict.to_owned());
    cells
}

/// How far the comparison went, which has no place in a table.
pub(super) fn compared_words(drift: &ParticipantsDrift) -> String {
    let (deals, known) = (grouped(drift.deals), grouped(drift.deals_known));
    let extent =
        format!("who takes part was compared in {deals} of {known} open deals with participants");
    let due = match drift.deals_due {
        0 => String::new(),
        due => format!("; {} are due for a read anyway", grouped(due)),
    };
    let differing = match drift.differing.as_slice() {
        [] => String::new(),
        differing => {
            let some = differing.iter().take(EXAMPLES_MAX).map(ToString::to_string);
            let some: Vec<String> = some.collect();
            format!(
                "; it differs in {}, for instance deal {}",
                grouped(u64::try_from(differing.len()).unwrap_or(u64::MAX)),
                some.join(", ")
            )
        }
    };
    format!("{extent}{due}{differing}")
}
