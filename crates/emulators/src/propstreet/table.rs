//! One kind of record, kept by id and by (last change, id), with what lists still show of recent changes.
//!
//! In: rows. Out: rows in order, pages of rows. It stamps nothing and checks nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::record::{ChangeKind, Origin, Row, Stamp};

/// Rows in both orders.
#[derive(Debug)]
pub(super) struct Table<T> {
    rows: BTreeMap<u64, T>,
    by_update: BTreeSet<(i64, u64)>,
    lagging: BTreeMap<u64, Vec<Lagging>>,
    last_id: u64,
}

/// What lists show of one record until a moment.
#[derive(Debug)]
struct Lagging {
    until: i64,
    shown: Option<OldVersion>,
}

/// A version that has been replaced, rendered while it was current.
#[derive(Debug)]
pub(super) struct OldVersion {
    pub(super) updated: i64,
    pub(super) deleted: bool,
    pub(super) ends: Option<(u64, u64)>,
    pub(super) facets: Vec<String>,
    /// The JSON object up to its change members.
    pub(super) head: String,
    pub(super) change: ChangeKind,
    pub(super) origin: Origin,
}

/// Which rows a list asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) since: Option<i64>,
    pub(super) deleted_too: bool,
    pub(super) contact: Option<u64>,
    pub(super) company: Option<u64>,
    /// Whose prospects or properties; the caller narrows the list to them.
    pub(super) project: Option<u64>,
    /// Of each list, one facet.
    pub(super) wanted: Vec<Vec<String>>,
    /// Where; the caller narrows the list to what is there.
    pub(super) near: Option<Near>,
    pub(super) location: Option<String>,
}

/// A circle on the globe, in millionths of a degree and metres.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Near {
    pub(super) longitude: i64,
    pub(super) latitude: i64,
    pub(super) metres: u32,
}

impl Filter {
    fn takes(&self, deleted: bool, ends: Option<(u64, u64)>) -> bool {
        (self.deleted_too || !deleted)
            && self
                .contact
                .is_none_or(|wanted| ends.is_some_and(|(contact, _)| contact == wanted))
            && self
                .company
                .is_none_or(|wanted| ends.is_some_and(|(_, company)| company == wanted))
    }

    fn wants(&self, facets: &[String]) -> bool {
        let mut lists = self.wanted.iter();
        lists.all(|any_of| any_of.iter().any(|facet| facets.contains(facet)))
    }
}

/// A row of a page: as it is, or as lists still show it.
#[derive(Debug)]
pub(super) enum Listed<'a, T> {
    Current(&'a T),
    Old(&'a OldVersion),
}

impl<T: Row> Table<T> {
    pub(super) fn starting_after(last_id: u64) -> Self {
        Self {
            rows: BTreeMap::new(),
            by_update: BTreeSet::new(),
            lagging: BTreeMap::new(),
            last_id,
        }
    }

    pub(super) const fn last_id(&self) -> u64 {
        self.last_id
    }

    pub(super) fn take_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.rows.values()
    }

    /// The row, deleted or not.
    pub(super) fn row(&self, id: u64) -> Option<&T> {
        self.rows.get(&id)
    }

    /// The row, unless it is deleted.
    pub(super) fn live(&self, id: u64) -> Option<&T> {
        self.rows
            .get(&id)
            .filter(|row| row.stamp().deleted.is_none())
    }

    pub(super) fn put(&mut self, row: T) {
        let id = row.stamp().id;
        self.by_update.insert((row.stamp().updated, id));
        let new_updated = row.stamp().updated;
        if let Some(old) = self.rows.insert(id, row)
            && old.stamp().updated != new_updated
        {
            self.by_update.remove(&(old.stamp().updated, id));
        }
    }

    /// Changes a row's stamp alone.
    pub(super) fn restamp(&mut self, id: u64, change: impl FnOnce(&mut Stamp)) {
        let Some(row) = self.rows.get_mut(&id) else {
            return;
        };
        let stamp = row.stamp_mut();
        self.by_update.remove(&(stamp.updated, id));
        change(stamp);
        self.by_update.insert((stamp.updated, id));
    }

    /// Keeps showing `shown` in lists until a moment.
    pub(super) fn keep_shown(
        &mut self,
        id: u64,
        (now, until): (i64, i64),
        shown: Option<OldVersion>,
    ) {
        let versions = self.lagging.entry(id).or_default();
        versions.retain(|version| version.until > now);
        versions.push(Lagging { until, shown });
    }

    /// Drops what lists show no more.
    pub(super) fn forget_lag(&mut self, now: i64) {
        if self.lagging.is_empty() {
            return;
        }
        self.lagging.retain(|_, versions| {
            versions.retain(|version| version.until > now);
            !versions.is_empty()
        });
    }

    /// Up to `size` rows after a position in (last change, id) order. `among` narrows the search to some ids.
    pub(super) fn page(
        &self,
        filter: &Filter,
        after: Option<(i64, u64)>,
        size: usize,
        among: Option<&[u64]>,
    ) -> Vec<((i64, u64), Listed<'_, T>)> {
        let from = match (after, filter.since) {
            (Some(place), _) => Bound::Excluded(place),
            (None, Some(since)) => Bound::Included((since, 0)),
            (None, None) => Bound::Unbounded,
        };
        let in_reach = |place: (i64, u64)| {
            after.is_none_or(|after| place > after)
                && filter.since.is_none_or(|since| place.0 >= since)
        };
        let mut old: Vec<_> = self
            .lagging
            .iter()
            .filter_map(|(&id, versions)| {
                versions
                    .first()?
                    .shown
                    .as_ref()
                    .map(|shown| ((shown.updated, id), shown))
            })
            .filter(|&(place, shown)| in_reach(place) && filter.takes(shown.deleted, shown.ends))
            .filter(|(place, shown)| {
                filter.wants(&shown.facets) && among.is_none_or(|ids| ids.contains(&place.1))
            })
            .map(|(place, shown)| (place, Listed::Old(shown)))
            .collect();
        old.sort_by_key(|(place, _)| *place);
        let current = |place: (i64, u64)| {
            let row = self.rows.get(&place.1)?;
            let shown = !self.lagging.contains_key(&place.1)
                && filter.takes(row.stamp().deleted.is_some(), row.ends())
                && (filter.wanted.is_empty() || filter.wants(&row.facets()));
            shown.then_some((place, Listed::Current(row)))
        };
        match among {
            Some(ids) => {
                let mut places: Vec<_> = ids
                    .iter()
                    .filter_map(|id| Some((self.rows.get(id)?.stamp().updated, *id)))
                    .collect();
                places.retain(|place| in_reach(*place));
                places.sort_unstable();
                merge(places.into_iter().filter_map(current), old, size)
            }
            None => merge(
                self.by_update
                    .range((from, Bound::Unbounded))
                    .copied()
                    .filter_map(current),
                old,
                size,
            ),
        }
    }
}

type Placed<'a, T> = ((i64, u64), Listed<'a, T>);

fn merge<'a, T>(
    current: impl Iterator<Item = Placed<'a, T>>,
    old: Vec<Placed<'a, T>>,
    size: usize,
) -> Vec<Placed<'a, T>> {
    let mut current = current.peekable();
    let mut old = old.into_iter().peekable();
    let mut page = Vec::with_capacity(size.min(64));
    while page.len() < size {
        let old_first = match (current.peek(), old.peek()) {
            (Some(current), Some(old)) => old.0 < current.0,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => break,
        };
        let next = if old_first {
            old.next()
        } else {
            current.next()
        };
        page.extend(next);
    }
    page
}
