//! Proving the mirror: every list is read once more and held against what is mirrored, row by row.
//!
//! In: entities, and the tokens that this may cost. Out: what differs, per entity. Heals by asking for a read of every record that
//! differs, so that what is in the mirror in the end was read alone; a difference that only lags heals into nothing.

use api_client::{CallContext, Priority};
use model::{Entity, IdSet, RecordKey, RemoteId, Side};
use serde_json::Value;
use store::{InboxSource, MirrorRow, NewInboxRow, Store};

use crate::core::Core;
use crate::failure::EngineError;
use crate::intake::page;
use crate::mapping;
use crate::remote::listed_under::records_above;
use crate::remote::{self, ListQuery};
use crate::sweep::PageHeard;

const CALL: CallContext = CallContext::new(Priority::Interactive, "verify");
/// Fields that tell how a record was changed last; only lists fill them.
const CHANGE_OF_LISTS: [&str; 2] = ["changeType", "changeOrigin"];
/// Records whose ids are told.
const EXAMPLES_MAX: usize = 5;
/// Hints that are kept in one transaction.
const HINTS_PER_BATCH: usize = 500;

/// How one entity's mirror stands beside its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    pub entity: Entity,
    pub outcome: Outcome,
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was read to its end.
    Compared(Drift),
    /// It would have cost so many tokens, which was more than was left.
    TooDear { tokens: u32 },
    /// It was never read completely; there is nothing to compare yet.
    NotFilled,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drift {
    /// Records in the list, and live ones in the mirror.
    pub listed: u64,
    pub mirrored: u64,
    /// In the list and not in the mirror.
    pub missing: Vec<RemoteId>,
    /// In both, with other content.
    pub different: Vec<RemoteId>,
    /// In the mirror and not in the list.
    pub absent: Vec<RemoteId>,
    /// Rows of the list that make no sense.
    pub unreadable: u64,
}

impl Drift {
    /// Records that differ, or may.
    #[must_use]
    pub fn total(&self) -> usize {
        let unreadable = usize::try_from(self.unreadable).unwrap_or(usize::MAX);
        self.ids().count().saturating_add(unreadable)
    }

    /// Whether the mirror is known to equal its source.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.total() == 0
    }

    /// A few of the ids, for a person to look at.
    pub fn examples(&self) -> impl Iterator<Item = &RemoteId> {
        self.ids().take(EXAMPLES_MAX)
    }

    fn ids(&self) -> impl Iterator<Item = &RemoteId> {
        let all = self.missing.iter().chain(&self.different);
        all.chain(&self.absent)
    }
}

/// Compares these entities, one after another, for as long as the tokens last; what is left of them is for whoever comes next.
///
/// # Errors
/// When the store cannot be reached, or a list cannot be read.
pub async fn compare<S: Store>(
    core: &Core<S>,
    entities: &[Entity],
    tokens_left: &mut Option<u32>,
    heard: PageHeard<'_>,
) -> Result<Vec<Comparison>, EngineError> {
    let mut compared = Vec::with_capacity(entities.len());
    for entity in entities.iter().copied() {
        let outcome = one(core, entity, tokens_left, heard).await?;
        compared.push(Comparison { entity, outcome });
    }
    Ok(compared)
}

async fn one<S: Store>(
    core: &Core<S>,
    entity: Entity,
    left: &mut Option<u32>,
    heard: PageHeard<'_>,
) -> Result<Outcome, EngineError> {
    if crate::sweep::swept_at(&core.store, core.ctx(), entity)
        .await?
        .is_none()
    {
        let has_list = entity.listed_under().is_empty();
        if has_list || !records_above(core, entity, None, 1).await?.is_empty() {
            return Ok(Outcome::NotFilled);
        }
        // There is nothing yet under which it could be listed.
        return Ok(Outcome::Compared(Drift::default()));
    }
    let known = core.store.live_ids(core.ctx(), entity).await?;
    let tokens = remote::list_tokens(entity, known.len());
    match left {
        Some(left) if *left < tokens => return Ok(Outcome::TooDear { tokens }),
        Some(left) => *left -= tokens,
        None => {}
    }
    let mut drift = Drift {
        mirrored: u64::try_from(known.len()).unwrap_or(u64::MAX),
        ..Drift::default()
    };
    let (mut seen, mut unread) = (IdSet::default(), IdSet::default());
    let mut cursor = None;
    loop {
        let page = remote::list(core, entity, &ListQuery::all(cursor.take()), &CALL).await?;
        for row in page.rows.iter().filter(|row| row.deleted_at.is_none()) {
            if seen.insert(&row.key.id) {
                hold_against_mirror(core, row, &mut drift).await?;
            }
        }
        for row in &page.unreadable {
            // Whether the mirror still holds what such a record was before, nobody can tell.
            drift.unreadable += 1;
            unread.extend(row.id.as_deref().map(RemoteId::from));
        }
        drift.listed = u64::try_from(seen.len()).unwrap_or(u64::MAX);
        heard(entity, drift.listed);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let is_seen = |id: &RemoteId| seen.contains(id) || unread.contains(id);
    drift.absent = known.into_iter().filter(|id| !is_seen(id)).collect();
    Ok(Outcome::Compared(drift))
}

async fn hold_against_mirror<S: Store>(
    core: &Core<S>,
    shown: &MirrorRow,
    drift: &mut Drift,
) -> Result<(), EngineError> {
    let id = || shown.key.id.clone();
    match core.store.mirror_row(core.ctx(), &shown.key).await? {
        None => drift.missing.push(id()),
        Some(known) if known.deleted_at.is_some() => drift.missing.push(id()),
        Some(known) if differs(core, shown, &known)? => drift.different.push(id()),
        Some(_) => {}
    }
    Ok(())
}

fn differs<S: Store>(
    core: &Core<S>,
    shown: &MirrorRow,
    known: &MirrorRow,
) -> Result<bool, EngineError> {
    if store::says_the_same(&shown.raw, &known.raw) {
        return Ok(false);
    }
    if shown.key.side() != Side::Propstreet {
        return Ok(true);
    }
    // Propstreet's lists tell more of a record than a read of it does.
    if !core.plans(shown.key.entity) {
        return Ok(shown.remote_version != known.remote_version
            || content(&shown.raw) != content(&known.raw));
    }
    let mapping = core.mapping()?;
    Ok(!page::shows_known_version(shown, known, &mapping)?
        && mapping::record(shown, &[], &mapping)? != mapping::record(known, &[], &mapping)?)
}

/// A record without what lists alone tell: how it was changed last.
fn content(raw: &str) -> Option<Value> {
    let mut record: Value = serde_json::from_str(raw).ok()?;
    if let Some(fields) = record.as_object_mut() {
        fields.retain(|name, _| !CHANGE_OF_LISTS.contains(&name.as_str()));
    }
    Some(record)
}

/// Makes every record that differs due for a read; answers how many.
///
/// # Errors
/// When the store cannot be reached.
pub async fn heal<S: Store>(core: &Core<S>, compared: &[Comparison]) -> Result<u64, EngineError> {
    let mut healing = 0;
    for comparison in compared {
        let Outcome::Compared(drift) = &comparison.outcome else {
            continue;
        };
        let ids: Vec<&RemoteId> = drift.ids().collect();
        for batch in ids.chunks(HINTS_PER_BATCH) {
            let mut rows = Vec::with_capacity(batch.len());
            for id in batch {
                rows.push(hint(core, comparison.entity, id).await?);
            }
            core.store
                .append_inbox(core.ctx(), rows, core.now())
                .await?;
            core.bells.read.ring();
            healing += u64::try_from(batch.len()).unwrap_or(u64::MAX);
        }
    }
    Ok(healing)
}

/// Says "look again"; links are looked at through their contacts.
async fn hint<S: Store>(
    core: &Core<S>,
    entity: Entity,
    id: &RemoteId,
) -> Result<NewInboxRow, EngineError> {
    let key = RecordKey {
        entity,
        id: id.clone(),
    };
    let summary = format!("{key} differed from its source");
    let record = if entity == Entity::Link {
        let row = core.store.mirror_row(core.ctx(), &key).await?;
        row.map(|row| row.owner)
    } else {
        Some(key)
    };
    Ok(NewInboxRow {
        source: InboxSource::Sweep,
        dedup: None,
        record,
        body: None,
        summary,
    })
}
