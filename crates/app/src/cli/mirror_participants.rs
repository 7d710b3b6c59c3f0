//! What `pipestreet mirror status` tells of the participants of deals.
//!
//! In: how their mirror stands. Out: a row of the table, in cells or as JSON. Decides nothing.

use engine::participants::{self, Standing};
use model::Timestamp;
use serde_json::{Value, json};
use store::{Store, StoreError, WorkspaceCtx};

use super::estimate::grouped;
use super::mirror::until;
use super::output::ago;

const TABLE: &str = "pipedrive_deal_participants";
/// Percent of the usual wait.
const USUAL: u32 = 100;

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
