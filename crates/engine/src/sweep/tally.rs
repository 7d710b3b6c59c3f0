//! What a walk through a list has shown so far. It is kept together with each page, so that a walk that went on after a death
//! knows all of it at its end.
//!
//! In: pages. Out: facts to keep with them, and at the end the ids of all that was listed. Judges nothing.

use model::{Entity, IdSet, RemoteId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Observation, Store, StoreError, WorkspaceCtx};

use super::ends;
use crate::core::Core;
use crate::failure::EngineError;
use crate::remote::ListPage;

/// Facts about walks under way begin with this; the entity follows.
const WALK_PREFIX: &str = "walk:";
/// Facts about the ids of one page begin with this; the entity and the page's number follow.
const PAGE_PREFIX: &str = "walked:";

/// A fact with its new value; nothing to forget it.
pub(super) type Fact = (String, Option<String>);

/// How far the first walk through a list has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub started_at: Timestamp,
    pub pages: u64,
    pub rows: u64,
    /// The last record that was listed.
    pub last: Option<RemoteId>,
    /// The last record there was when the walk began, where the list's other end was looked at.
    pub end: Option<RemoteId>,
    /// Where the list's last page begins, which was read first: the walk has to come so far and no further.
    #[serde(default)]
    pub end_from: Option<RemoteId>,
    /// The walk has come to its list's last page. What is archived is behind it.
    #[serde(default)]
    pub has_arrived: bool,
    /// The list was read to its end, and what it came to is not known yet.
    pub is_over: bool,
}

impl Tally {
    pub(super) const fn begin(started_at: Timestamp) -> Self {
        Self {
            started_at,
            pages: 0,
            rows: 0,
            last: None,
            end: None,
            end_from: None,
            has_arrived: false,
            is_over: false,
        }
    }

    /// How many rows are left by their numbers, which may have gaps; nothing where the list's end is not known.
    #[must_use]
    pub fn rows_left_at_most(&self) -> Option<u64> {
        if self.has_arrived {
            return Some(0);
        }
        let to = match &self.end_from {
            Some(from) => from.as_number()?.saturating_sub(1),
            None => self.end.as_ref()?.as_number()?,
        };
        let last = self.last.as_ref().map_or(Some(0), RemoteId::as_number)?;
        u64::try_from(to.saturating_sub(last).max(0)).ok()
    }

    /// Takes the list's last page in, which comes first, and answers what to keep with it.
    pub(super) fn take_end(&mut self, entity: Entity, page: &ListPage) -> Vec<Fact> {
        if let Some((from, end)) = ends::ids_of(page) {
            self.end = Some(end);
            self.end_from = Some(from);
        }
        let ids = self.count(entity, page);
        vec![ids, self.fact(entity)]
    }

    /// Notes whether a page of the list comes to what its last page has shown.
    pub(super) fn arrive(&mut self, page: &ListPage) {
        let from = self.end_from.as_ref().and_then(RemoteId::as_number);
        let last = ends::ids_of(page).and_then(|(_, last)| last.as_number());
        if let (Some(from), Some(last)) = (from, last) {
            self.has_arrived = last + 1 >= from;
        }
    }

    /// Takes a page in, and answers what to keep with it.
    pub(super) fn take(&mut self, entity: Entity, page: &ListPage) -> Vec<Fact> {
        let ids = self.count(entity, page);
        self.is_over = page.next_cursor.is_none();
        if let Some(last) = page.rows.last() {
            self.last = Some(last.key.id.clone());
        }
        vec![ids, self.fact(entity)]
    }

    /// Counts a page, and answers the fact that tells its ids.
    fn count(&mut self, entity: Entity, page: &ListPage) -> Fact {
        self.pages += 1;
        let from = self.end_from.as_ref().and_then(RemoteId::as_number);
        let is_of_end = |id: &RemoteId| from.is_some_and(|from| id.as_number() >= Some(from));
        // What the last page has shown is counted once.
        let fresh = page
            .rows
            .iter()
            .filter(|row| self.pages == 1 || !is_of_end(&row.key.id));
        self.rows += u64::try_from(fresh.count()).unwrap_or(u64::MAX);
        let living = page.rows.iter().filter(|row| row.deleted_at.is_none());
        let ids: IdSet = living.map(|row| row.key.id.clone()).collect();
        let name = format!("{}{:06}", page_prefix(entity), self.pages);
        (name, Some(ids.to_text()))
    }

    pub(super) fn fact(&self, entity: Entity) -> Fact {
        let text = serde_json::to_string(self).expect("a tally is plain data");
        (walk_name(entity), Some(text))
    }
}

fn walk_name(entity: Entity) -> String {
    format!("{WALK_PREFIX}{}", entity.name())
}

fn page_prefix(entity: Entity) -> String {
    format!("{PAGE_PREFIX}{}:", entity.name())
}

pub(super) async fn known<S: Store>(
    core: &Core<S>,
    entity: Entity,
) -> Result<Option<Tally>, EngineError> {
    let text = core.store.fact(core.ctx(), &walk_name(entity)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Every first walk that is under way.
///
/// # Errors
/// When the store cannot be reached.
pub async fn under_way<S: Store>(
    store: &S,
    ctx: WorkspaceCtx,
) -> Result<Vec<(Entity, Tally)>, StoreError> {
    let facts = store.facts(ctx, WALK_PREFIX).await?;
    let read = |(name, text): (String, String)| {
        let entity = Entity::from_name(name.strip_prefix(WALK_PREFIX)?)?;
        Some((entity, serde_json::from_str(&text).ok()?))
    };
    Ok(facts.into_iter().filter_map(read).collect())
}

/// The ids of all that a walk has listed.
pub(super) async fn ids<S: Store>(core: &Core<S>, entity: Entity) -> Result<IdSet, EngineError> {
    let pages = core.store.facts(core.ctx(), &page_prefix(entity)).await?;
    let mut ids = IdSet::default();
    for (_, page) in pages {
        ids.extend_from_text(&page);
    }
    Ok(ids)
}

/// What to forget of a walk that is over, or begins anew.
pub(super) async fn leftovers<S: Store>(
    core: &Core<S>,
    entity: Entity,
) -> Result<Vec<Fact>, EngineError> {
    let pages = core.store.facts(core.ctx(), &page_prefix(entity)).await?;
    let mut facts: Vec<Fact> = pages.into_iter().map(|(name, _)| (name, None)).collect();
    facts.push((walk_name(entity), None));
    Ok(facts)
}

/// Begins to count anew.
pub(super) async fn begin<S: Store>(
    core: &Core<S>,
    entity: Entity,
    tally: &Tally,
) -> Result<(), EngineError> {
    let mut facts = leftovers(core, entity).await?;
    facts.push(tally.fact(entity));
    keep(core, facts).await
}

/// Keeps facts in one transaction.
pub(super) async fn keep<S: Store>(core: &Core<S>, facts: Vec<Fact>) -> Result<(), EngineError> {
    let observation = Observation {
        facts,
        ..Observation::none()
    };
    core.store
        .commit_observation(&core.lease, observation, None, core.now())
        .await?;
    Ok(())
}
