//! The list of one entity on its way into the mirror, page by page, with what it has shown so far.
//!
//! In: pages. Out: mirror rows, and facts about the walk in the same transaction. Judges nothing.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use api_client::CallContext;
use model::{Entity, IdSet, Timestamp};
use store::{Authority, InboxSource, Keys, NewInboxRow, Observation, Store};

use super::pages::{List, Progress};
use super::tally::{Fact, Tally};
use super::{PageHeard, completeness, fact_name, indexes, is_backfilled};
use crate::core::Core;
use crate::failure::EngineError;
use crate::intake;
use crate::remote::{self, ListPage, ListQuery};

/// So often in one walk a page with fewer rows than asked for is asked for again; a list that is like that is taken as it is.
const SHORT_PAGES_ASKED_AGAIN: u32 = 3;

/// The list of an entity, and what was seen in it.
pub(super) struct EntityList<'a> {
    entity: Entity,
    heard: PageHeard<'a>,
    seen: Mutex<Seen>,
    short: AtomicU32,
}

/// What a list has shown.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Of a first walk; its ids are kept page by page.
    pub(super) tally: Option<Tally>,
    /// Of a comparison, which begins anew after a death.
    pub(super) ids: IdSet,
    pub(super) rows: u64,
    pub(super) pages: u64,
}

impl<'a> EntityList<'a> {
    pub(super) fn new(entity: Entity, heard: PageHeard<'a>, tally: Option<Tally>) -> Self {
        let seen = Seen {
            tally,
            ..Seen::default()
        };
        Self {
            entity,
            heard,
            seen: Mutex::new(seen),
            short: AtomicU32::new(0),
        }
    }

    /// Only a first read does without.
    fn keys(&self) -> Keys {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.tally {
            Some(_) => indexes::keys_of_first_read(self.entity),
            None => Keys::Now,
        }
    }

    pub(super) fn into_seen(self) -> Seen {
        self.seen
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The last page of a list that is walked for the first time was read already.
    fn stop_at_last_page(&self, page: &mut ListPage, is_in_archive: bool) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = seen.tally.as_mut().filter(|_| !is_in_archive);
        if let Some(tally) = tally {
            tally.arrive(page);
            if tally.has_arrived {
                page.next_cursor = remote::behind_list(self.entity);
            }
        }
    }

    /// Answers how many rows there were so far, and what to keep of them.
    fn note(&self, page: &ListPage) -> (u64, Vec<Fact>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tally) = &mut seen.tally {
            let facts = tally.take(self.entity, page);
            return (tally.rows, facts);
        }
        let living = page.rows.iter().filter(|row| row.deleted_at.is_none());
        seen.ids.extend(living.map(|row| row.key.id.clone()));
        seen.rows += u64::try_from(page.rows.len()).unwrap_or(u64::MAX);
        seen.pages += 1;
        (seen.rows, Vec::new())
    }
}

impl<S: Store> List<S> for EntityList<'_> {
    type Page = ListPage;

    async fn read(
        &self,
        core: &Core<S>,
        cursor: Option<String>,
        call: &CallContext,
    ) -> Result<(ListPage, Option<String>), EngineError> {
        let is_in_archive = remote::is_in_archive(cursor.as_deref());
        let mut page =
            remote::list(core, self.entity, &ListQuery::all(cursor.clone()), call).await?;
        if page.is_short && self.short.fetch_add(1, Ordering::Relaxed) < SHORT_PAGES_ASKED_AGAIN {
            let again = remote::list(core, self.entity, &ListQuery::all(cursor), call).await?;
            if again.rows.len() >= page.rows.len() {
                page = again;
            }
        }
        self.stop_at_last_page(&mut page, is_in_archive);
        let next = page.next_cursor.clone();
        Ok((page, next))
    }

    async fn keep(
        &self,
        core: &Core<S>,
        page: ListPage,
        after: Option<&Progress>,
    ) -> Result<(), EngineError> {
        let (rows, mut facts) = self.note(&page);
        facts.extend(completeness::facts_about(
            self.entity,
            &page.unreadable,
            core.now(),
        ));
        let keys = self.keys();
        commit_page(core, (self.entity, keys), page, after, facts).await?;
        core.pace.note_page();
        (self.heard)(self.entity, rows);
        Ok(())
    }
}

/// Keeps the last page of a list as the first of its walk. Also when it says that there is nothing before it, the walk begins at the
/// beginning: a list is not believed for having ended.
pub(super) async fn keep_last_page<S: Store>(
    core: &Core<S>,
    (entity, begun_at): (Entity, Timestamp),
    page: ListPage,
    heard: PageHeard<'_>,
) -> Result<(), EngineError> {
    let mut tally = Tally::begin(begun_at);
    let mut facts = tally.take_end(entity, &page);
    facts.extend(completeness::facts_about(
        entity,
        &page.unreadable,
        core.now(),
    ));
    let keys = indexes::keys_of_first_read(entity);
    commit_page(core, (entity, keys), page, None, facts).await?;
    core.pace.note_page();
    heard(entity, tally.rows);
    Ok(())
}

async fn commit_page<S: Store>(
    core: &Core<S>,
    (entity, keys): (Entity, Keys),
    mut page: ListPage,
    after: Option<&Progress>,
    mut facts: Vec<Fact>,
) -> Result<(), EngineError> {
    if core.plans(entity) && is_backfilled(core).await? {
        // What a comparison finds changed, changed at some time, which decides who was later.
        intake::page::note_changes(core, &mut page.rows).await?;
    }
    if !core.plans(entity) {
        intake::page::keep_known_form(core, &mut page.rows).await?;
    }
    facts.extend(after.map(|progress| {
        let text = serde_json::to_string(progress).expect("progress is plain data");
        (fact_name(entity), Some(text))
    }));
    let mut observation = Observation {
        authority: Authority::Page,
        page: Some(NewInboxRow {
            source: InboxSource::Sweep,
            dedup: None,
            record: None,
            body: None,
            summary: format!("page of {} list: {} rows", entity.name(), page.rows.len()),
        }),
        rows: page.rows,
        keys,
        participant_counts: page.participant_counts,
        facts,
        ..Observation::none()
    };
    crate::deals::mark(core, &mut observation);
    core.store
        .commit_observation(&core.lease, observation, None, core.now())
        .await?;
    core.bells.ring_all();
    Ok(())
}
