//! What a walk came to: every record that a list showed is held against the mirror, and what could not be read is told by its id.
//!
//! In: the ids of a list that was read to its end. Out: counts that are kept, and who has to be asked for alone. A list that was
//! read to its end is no proof: what is missing is counted, never assumed to be there.

use std::collections::BTreeMap;

use api_client::Unreadable;
use model::{Entity, IdSet, RecordKey, RemoteId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Store, StoreError, WorkspaceCtx};

use super::tally::Fact;
use crate::core::Core;
use crate::failure::EngineError;

/// Facts about rows that make no sense begin with this; the entity and the record's id follow.
const UNREADABLE_PREFIX: &str = "unreadable:";
/// Facts about what a walk came to begin with this; the entity follows.
const COUNTS_PREFIX: &str = "complete:";
/// Records that are told by their ids.
const MISSING_TOLD_MAX: usize = 1_000;

/// What a walk through a list came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Whether it was the first one.
    pub is_first: bool,
    /// The window: what changed after its beginning is told by webhooks and polls.
    pub begun_at: Timestamp,
    pub ended_at: Timestamp,
    pub pages: u64,
    /// Living records that the list showed, each counted once.
    pub listed: u64,
    /// Rows that showed one of them another time.
    pub repeated: u64,
    /// Those of them that live in the mirror.
    pub mirrored: u64,
    /// Those of them that are deleted in the mirror: they went while the list was read.
    pub gone_since: u64,
    /// In the mirror, not in the list, and changed after the walk began.
    pub new_since: u64,
    /// In the mirror and not in the list: they are asked for alone.
    pub absent: u64,
    /// In the list and not in the mirror; they are asked for alone. The first of them are told.
    pub missing: u64,
    pub missing_ids: Vec<RemoteId>,
    pub unreadable: u64,
    /// The list ended before its last record.
    pub is_cut: bool,
}

/// A record that could not be read from a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Nothing when it shows none.
    pub id: Option<RemoteId>,
    pub reason: String,
    pub seen_at: Timestamp,
}

/// What is known of an entity's completeness.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completeness {
    /// Nothing before a list was read to its end.
    pub counts: Option<Counts>,
    /// Records of which the mirror has nothing, or only what they were before.
    pub unread: Vec<Unread>,
    /// Records that were listed and are not in the mirror to this moment.
    pub missing: Vec<RemoteId>,
}

impl Completeness {
    /// Whether a list was read to its end and nothing of it lacks.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let is_uncut = self.counts.as_ref().is_some_and(|counts| !counts.is_cut);
        is_uncut && self.unread.is_empty() && self.missing.is_empty() && self.missing_untold() == 0
    }

    /// Missing records beyond those that are told by their ids. Only the next comparison can tell that they are there.
    #[must_use]
    pub fn missing_untold(&self) -> u64 {
        let untold = |counts: &Counts| {
            counts
                .missing
                .saturating_sub(count(counts.missing_ids.len()))
        };
        self.counts.as_ref().map_or(0, untold)
    }

    /// Records that lack, all together.
    #[must_use]
    pub fn lacks(&self) -> u64 {
        count(self.unread.len() + self.missing.len()).saturating_add(self.missing_untold())
    }
}

#[derive(Serialize, Deserialize)]
struct UnreadFact {
    reason: String,
    seen_at: Timestamp,
}

fn counts_name(entity: Entity) -> String {
    format!("{COUNTS_PREFIX}{}", entity.name())
}

fn unreadable_prefix(entity: Entity) -> String {
    format!("{UNREADABLE_PREFIX}{}/", entity.name())
}

/// What to keep of rows that make no sense. Those without an id are told apart by their place on the page.
pub(crate) fn facts_about(entity: Entity, rows: &[Unreadable], now: Timestamp) -> Vec<Fact> {
    let fact = |(place, row): (usize, &Unreadable)| {
        let name = match &row.id {
            Some(id) => format!("{}{id}", unreadable_prefix(entity)),
            None => format!("{}?{place}", unreadable_prefix(entity)),
        };
        let kept = UnreadFact {
            reason: row.reason.to_string(),
            seen_at: now,
        };
        let text = serde_json::to_string(&kept).expect("a reason is plain data");
        (name, Some(text))
    };
    rows.iter().enumerate().map(fact).collect()
}

/// Rows of an entity that made no sense when they were last listed.
async fn unread<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    entity: Entity,
) -> Result<Vec<(String, Unread)>, StoreError> {
    let prefix = unreadable_prefix(entity);
    let facts = store.facts(ctx, &prefix).await?;
    let read = |(name, text): (String, String)| {
        let kept: UnreadFact = serde_json::from_str(&text).ok()?;
        let id = name.strip_prefix(&prefix)?;
        let id = (!id.starts_with('?')).then(|| RemoteId::from(id));
        let unread = Unread {
            id,
            reason: kept.reason,
            seen_at: kept.seen_at,
        };
        Some((name, unread))
    };
    Ok(facts.into_iter().filter_map(read).collect())
}

/// What is known of an entity's completeness now: what was read since is not told any more.
///
/// # Errors
/// When the store cannot be reached.
pub async fn of<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
    entity: Entity,
) -> Result<Completeness, StoreError> {
    let text = store.fact(ctx, &counts_name(entity)).await?;
    let counts: Option<Counts> = text.and_then(|text| serde_json::from_str(&text).ok());
    let key = |id: &RemoteId| RecordKey {
        entity,
        id: id.clone(),
    };
    let mut still_unread = Vec::new();
    for (_, unread) in self::unread(store, ctx, entity).await? {
        let row = match &unread.id {
            Some(id) => store.mirror_row(ctx, &key(id)).await?,
            None => None,
        };
        let is_read = row.is_some_and(|row| is_read(row.synced_at, &unread, counts.as_ref()));
        if !is_read {
            still_unread.push(unread);
        }
    }
    let mut missing = Vec::new();
    for id in counts.iter().flat_map(|counts| &counts.missing_ids) {
        if store.mirror_row(ctx, &key(id)).await?.is_none() {
            missing.push(id.clone());
        }
    }
    Ok(Completeness {
        counts,
        unread: still_unread,
        missing,
    })
}

/// Whether a record was read although it made no sense once. Both ends of a list show some of it twice, and once is enough.
fn is_read(synced_at: Timestamp, unread: &Unread, counts: Option<&Counts>) -> bool {
    let in_same_walk = counts.is_some_and(|counts| {
        counts.is_first && unread.seen_at <= counts.ended_at && synced_at >= counts.begun_at
    });
    in_same_walk || synced_at > unread.seen_at
}

/// A list that was read to its end.
pub(super) struct Walked {
    pub(super) is_first: bool,
    pub(super) begun_at: Timestamp,
    pub(super) pages: u64,
    /// Living records among the rows, and how many rows showed them.
    pub(super) ids: IdSet,
    pub(super) rows: u64,
    /// What the mirror held when the walk began; nothing before the first one, when what it holds came meanwhile.
    pub(super) known: Option<IdSet>,
    pub(super) is_cut: bool,
}

/// What comes of a walk.
pub(super) struct Judged {
    pub(super) counts: Counts,
    /// To be asked for alone.
    pub(super) suspects: Vec<RemoteId>,
    /// To be kept with the walk's end.
    pub(super) facts: Vec<Fact>,
}

/// Holds a list against the mirror.
pub(super) async fn judge<S: Store>(
    core: &Core<S>,
    entity: Entity,
    walked: Walked,
) -> Result<Judged, EngineError> {
    let ctx = core.ctx();
    let live = core.store.live_ids(ctx, entity).await?;
    let unread = unread(&core.store, ctx, entity).await?;
    let (still, healed): (BTreeMap<_, _>, BTreeMap<_, _>) = unread
        .into_iter()
        .partition(|(_, unread)| unread.seen_at >= walked.begun_at);
    let is_unread = |id: &RemoteId| still.values().any(|unread| unread.id.as_ref() == Some(id));
    let (mut missing, mut gone_since) = (Vec::new(), 0);
    for id in walked.ids.difference(&live) {
        match mirror_row(core, entity, &id).await? {
            Some(_) => gone_since += 1,
            None => missing.push(id),
        }
    }
    let unlisted = live.difference(&walked.ids);
    let (mut absent, mut new_since) = (Vec::new(), 0);
    for id in unlisted.into_iter().filter(|id| !is_unread(id)) {
        if came_since(core, entity, &id, &walked).await? {
            new_since += 1;
        } else {
            absent.push(id);
        }
    }
    let listed = count(walked.ids.len());
    let counts = Counts {
        is_first: walked.is_first,
        begun_at: walked.begun_at,
        ended_at: core.now(),
        pages: walked.pages,
        listed,
        repeated: walked.rows.saturating_sub(listed),
        mirrored: count(walked.ids.shared(&live)),
        gone_since,
        new_since,
        absent: count(absent.len()),
        missing: count(missing.len()),
        missing_ids: missing.iter().take(MISSING_TOLD_MAX).cloned().collect(),
        unreadable: count(still.len()),
        is_cut: walked.is_cut,
    };
    let text = serde_json::to_string(&counts).expect("counts are plain data");
    let mut facts = vec![(counts_name(entity), Some(text))];
    facts.extend(healed.into_keys().map(|name| (name, None)));
    let mut suspects = missing;
    suspects.extend(absent);
    Ok(Judged {
        counts,
        suspects,
        facts,
    })
}

/// Whether a record that was not listed need not have been.
async fn came_since<S: Store>(
    core: &Core<S>,
    entity: Entity,
    id: &RemoteId,
    walked: &Walked,
) -> Result<bool, EngineError> {
    if let Some(known) = &walked.known {
        return Ok(!known.contains(id));
    }
    let row = mirror_row(core, entity, id).await?;
    Ok(row.is_some_and(|row| core.seen_at(&row) >= walked.begun_at))
}

async fn mirror_row<S: Store>(
    core: &Core<S>,
    entity: Entity,
    id: &RemoteId,
) -> Result<Option<store::MirrorRow>, EngineError> {
    let key = RecordKey {
        entity,
        id: id.clone(),
    };
    Ok(core.store.mirror_row(core.ctx(), &key).await?)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
