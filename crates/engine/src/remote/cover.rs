//! Many records of one kind, read for as few tokens as possible: one by one, by pages of ids, or by pages of what changed since
//! the first of them changed.
//!
//! In: ids, and when each changed. Out: what was read of each. A page shows what it shows: whatever is missing in it (deleted,
//! archived, unreadable) is asked for by itself, and so is everything when a page is refused.

use std::collections::{BTreeMap, BTreeSet};

use api_client::{CallContext, CallError};
use futures_util::stream::{self, StreamExt};
use model::{Entity, RecordKey, RemoteId, Timestamp, time};
use pipedrive::{IDS_MAX, ReadCover, cheapest_cover, cost};
use store::{MirrorRow, Store};

use super::{ListPage, ListQuery, Reader, unpaired};
use crate::core::Core;
use crate::failure::EngineError;

/// Lists by time are cut to whole seconds.
const SINCE_EARLIER_MILLIS: i64 = 1_000;

/// A record to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) id: RemoteId,
    /// As told; nothing where nobody told.
    pub(crate) changed_at: Option<Timestamp>,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    rows: BTreeMap<RemoteId, Result<Option<MirrorRow>, CallError>>,
    /// Why nothing more was asked.
    stopped: Option<CallError>,
    /// What pages showed beside.
    pub(crate) beside: ListPage,
}

impl Read {
    pub(crate) fn none_because(error: CallError) -> Self {
        Self {
            stopped: Some(error),
            ..Self::default()
        }
    }

    /// What was read of a record; nothing when there is none (any more).
    pub(crate) fn take(&mut self, id: &RemoteId) -> Result<Option<MirrorRow>, CallError> {
        match (self.rows.remove(id), &self.stopped) {
            (Some(read), _) => read,
            (None, Some(error)) => Err(error.clone()),
            (None, None) => Err(CallError::NotFound),
        }
    }

    /// Whether a page that failed is worth a try record by record.
    fn ends_with(&mut self, error: CallError) -> bool {
        match error {
            CallError::NotNow { .. } | CallError::Unreachable { .. } | CallError::NotAllowed(_) => {
                self.stopped = Some(error);
                true
            }
            CallError::OutcomeUnknown { .. }
            | CallError::Stale
            | CallError::AlreadyExists(_)
            | CallError::NotFound
            | CallError::Gone
            | CallError::Refused(_)
            | CallError::Unreadable { .. } => false,
        }
    }
}

/// What there is to choose from.
struct Way {
    has_ids: bool,
    /// Whether its list can be narrowed to what changed since a moment; it is a short one where not.
    has_delta: bool,
    /// So many of the wanted records a page has to show to cost less than any other way.
    page_is_worth: usize,
}

impl Way {
    fn of(entity: Entity) -> Self {
        let singles = |page: api_client::Cost, single: api_client::Cost| {
            usize::try_from(page.tokens / single.tokens).unwrap_or(usize::MAX)
        };
        let (has_ids, has_delta, page_is_worth) = match entity {
            Entity::Deal | Entity::Activity | Entity::Product => (true, true, IDS_MAX),
            Entity::Lead => (false, true, singles(cost::LEADS_PAGE, cost::OLDER_RECORD)),
            Entity::Note => (false, true, singles(cost::NOTES_PAGE, cost::OLDER_RECORD)),
            Entity::User => (false, false, singles(cost::USERS_LIST, cost::OLDER_RECORD)),
            Entity::Pipeline | Entity::Stage => {
                (false, false, singles(cost::STAGES_PAGE, cost::RECORD))
            }
            // Those of pairs and of Propstreet are read one by one.
            Entity::Organization
            | Entity::Person
            | Entity::Company
            | Entity::Contact
            | Entity::Link
            | Entity::Project
            | Entity::Property
            | Entity::Prospect
            | Entity::TimelineNote => (false, false, usize::MAX),
        };
        Self {
            has_ids,
            has_delta,
            page_is_worth,
        }
    }

    /// Whether a list may be the cheapest way to so many records.
    fn lists(&self, records: usize) -> bool {
        if self.has_ids {
            matches!(
                cheapest_cover(records, Some(records)),
                ReadCover::Delta { .. }
            )
        } else {
            records > self.page_is_worth
        }
    }
}

/// Reads records of one entity that takes part in no pair.
///
/// # Errors
/// [`EngineError::NotSetUp`] before the definitions are known.
pub(crate) async fn read<S: Store>(
    core: &Core<S>,
    entity: Entity,
    wanted: Vec<Wanted>,
    call: &CallContext,
) -> Result<Read, EngineError> {
    let from = Reader {
        mapping: core.mapping()?,
        now: core.now(),
        remembers: false,
    };
    let mut reading = Reading {
        core,
        from,
        entity,
        call,
        left: wanted.iter().map(|wanted| wanted.id.clone()).collect(),
        read: Read::default(),
    };
    let way = Way::of(entity);
    if way.lists(wanted.len()) {
        let since = wanted.iter().filter_map(|wanted| wanted.changed_at).min();
        let query = match since {
            Some(since) if way.has_delta => {
                let since = time::plus_millis(since, -SINCE_EARLIER_MILLIS);
                Some(ListQuery::since(since, None))
            }
            Some(_) | None => (!way.has_delta).then(|| ListQuery::all(None)),
        };
        if let Some(query) = query {
            reading.by_list(query, way.page_is_worth).await;
        }
    }
    if way.has_ids {
        reading.by_ids().await;
    }
    reading.one_by_one().await;
    Ok(reading.read)
}

struct Reading<'a, S> {
    core: &'a Core<S>,
    from: Reader,
    entity: Entity,
    call: &'a CallContext,
    /// Not read yet.
    left: BTreeSet<RemoteId>,
    read: Read,
}

impl<S: Store> Reading<'_, S> {
    /// Answers how many of the wanted were among the rows.
    fn note(&mut self, page: ListPage) -> usize {
        let mut hits = 0;
        let counts = &mut self.read.beside.participant_counts;
        counts.extend(page.participant_counts);
        for row in page.rows {
            if self.left.remove(&row.key.id) {
                hits += 1;
                self.read.rows.insert(row.key.id.clone(), Ok(Some(row)));
            } else if !self.read.rows.contains_key(&row.key.id) {
                self.read.beside.rows.push(row);
            }
        }
        hits
    }

    /// For as long as each page is worth what it costs.
    async fn by_list(&mut self, mut query: ListQuery, page_is_worth: usize) {
        while !self.left.is_empty() {
            let page = unpaired::list(self.core, &self.from, self.entity, &query, self.call).await;
            match page {
                Ok(page) => {
                    query.cursor.clone_from(&page.next_cursor);
                    if self.note(page) < page_is_worth || query.cursor.is_none() {
                        return;
                    }
                }
                Err(error) => {
                    self.read.ends_with(error);
                    return;
                }
            }
        }
    }

    async fn by_ids(&mut self) {
        if self.read.stopped.is_some() {
            return;
        }
        let ReadCover::ById { pages, .. } = cheapest_cover(self.left.len(), None) else {
            return;
        };
        let ids: Vec<i64> = self.left.iter().filter_map(RemoteId::as_number).collect();
        for ids in ids.chunks(IDS_MAX).take(pages) {
            match unpaired::by_ids(self.core, &self.from, self.entity, ids, self.call).await {
                Ok(page) => {
                    self.note(page);
                }
                Err(error) => {
                    if self.read.ends_with(error) {
                        return;
                    }
                }
            }
        }
    }

    async fn one_by_one(&mut self) {
        if self.read.stopped.is_some() {
            return;
        }
        let (core, from, entity, call) = (self.core, &self.from, self.entity, self.call);
        let reads = stream::iter(std::mem::take(&mut self.left)).map(|id| async move {
            let key = RecordKey { entity, id };
            let row = unpaired::read(core, from, &key, call).await;
            let row = match row {
                Ok(row) => Ok(Some(row)),
                Err(CallError::NotFound | CallError::Gone) => Ok(None),
                Err(error) => Err(error),
            };
            (key.id, row)
        });
        let reads = reads.buffer_unordered(core.settings.lanes_at_once.max(1));
        self.read.rows.extend(reads.collect::<Vec<_>>().await);
    }
}
