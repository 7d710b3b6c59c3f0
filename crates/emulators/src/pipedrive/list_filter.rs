//! Which rows a list shows and what it is sorted by.
//!
//! In: query parameters, a record. Out: whether the record is wanted, and its place. It knows no pages and no cursors.

use super::kinds::{Entity, Status};
use super::query::Query;
use super::record::Record;
use super::reply::Violation;
use super::state::SortKey;
use super::switches::Switches;

/// What lists are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum SortBy {
    Id,
    UpdateTime,
    AddTime,
    OrderNr,
    /// Pages of this one are told apart by their distance from the first row.
    Name,
    DueDate,
}

impl SortBy {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::UpdateTime => "update_time",
            Self::AddTime => "add_time",
            Self::OrderNr => "order_nr",
            Self::Name => "name",
            Self::DueDate => "due_date",
        }
    }

    pub(super) fn key(self, record: &Record) -> SortKey {
        match self {
            Self::Id => (Some(record.id), record.id),
            Self::UpdateTime => (record.update_time, record.id),
            Self::AddTime => (Some(record.add_time), record.id),
            Self::OrderNr | Self::DueDate => (record.entity().kind().sort_value(record), record.id),
            Self::Name => (None, record.id),
        }
    }
}

/// Filters that only some kinds have.
#[derive(Debug, Default, Hash)]
pub(super) struct Extra {
    /// Of deals.
    pub(super) statuses: Statuses,
    /// Of deals: whether the archived ones are wanted, or the others.
    pub(super) archived: bool,
    /// Of activities, as the next.
    pub(super) done: Option<bool>,
    pub(super) lead_id: Option<String>,
}

/// Which deals are wanted; nothing chosen means all that are not deleted.
#[derive(Debug, Default, Hash)]
pub(super) struct Statuses {
    chosen: Vec<Status>,
    deleted: bool,
}

impl Statuses {
    pub(super) fn parse(
        query: &Query,
        switches: &Switches,
        violations: &mut Vec<Violation>,
    ) -> Self {
        let mut statuses = Self::default();
        for name in query
            .get("status")
            .into_iter()
            .flat_map(|text| text.split(','))
        {
            match (name.trim(), Status::parse(name.trim())) {
                ("deleted", _) => statuses.deleted = true,
                (_, Some(status)) => statuses.chosen.push(status),
                (_, None) => violations.push(Violation::new(
                    "status",
                    "must be of open, won, lost, deleted",
                )),
            }
        }
        if statuses.deleted && switches.deleted_status_stands_alone {
            statuses.chosen.clear();
        }
        statuses
    }

    pub(super) fn accepts(&self, status: Status, is_deleted: bool) -> bool {
        if is_deleted {
            self.deleted
        } else {
            (self.chosen.is_empty() && !self.deleted) || self.chosen.contains(&status)
        }
    }
}

/// Which rows are wanted.
#[derive(Debug, Default, Hash)]
pub(super) struct Filter {
    pub(super) ids: Option<Vec<i64>>,
    pub(super) owner_id: Option<i64>,
    /// What they shall belong to.
    pub(super) links: Vec<(Entity, i64)>,
    pub(super) deal_id: Option<i64>,
    pub(super) updated_since: Option<i64>,
    pub(super) updated_until: Option<i64>,
    pub(super) extra: Extra,
    /// A filter of the account. It takes the place of all of the above.
    pub(super) filter_id: Option<i64>,
    pub(super) leniency: RowLeniency,
}

/// What is loose about this vendor's lists.
#[derive(Debug, Default, Clone, Copy, Hash)]
pub(super) struct RowLeniency {
    pub(super) deleted_by_ids: bool,
    pub(super) add_time_if_unchanged: bool,
}

impl Filter {
    pub(super) fn accepts(&self, entity: Entity, record: &Record) -> bool {
        let time = match record.update_time {
            None if self.leniency.add_time_if_unchanged => Some(record.add_time),
            time => time,
        };
        let shows_deleted =
            entity.spec().lists_deleted || (self.leniency.deleted_by_ids && self.ids.is_some());
        (!record.is_deleted || shows_deleted)
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&record.id))
            && self.owner_id.is_none_or(|owner| record.owner_id == owner)
            && (self.links.is_empty() || self.is_linked(record))
            // A row that was never changed has no time to compare.
            && self.updated_since.is_none_or(|since| time.is_some_and(|time| time >= since))
            && self.updated_until.is_none_or(|until| time.is_some_and(|time| time < until))
            && entity.kind().matches(record, &self.extra)
    }

    fn is_linked(&self, record: &Record) -> bool {
        let links = record.links();
        self.links
            .iter()
            .all(|wanted| links.contains(&Some(*wanted)))
    }
}
