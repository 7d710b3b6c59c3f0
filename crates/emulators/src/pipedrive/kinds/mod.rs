//! The kinds of record and what sets each apart: its keys, its list, its shapes.
//!
//! In: a record. Out: what its kind says about it. A new kind is a variant of [`Entity`], a file here that implements [`Kind`],
//! its line in [`Entity::kind`], its variant of `Details` and its calls in `route.rs`. Nothing here is stored or sent.

mod organization;
mod person;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::Catalog;
use super::json::Json;
use super::list::{Extra, SortBy};
use super::record::{Details, Record};
use super::render::{self, View};
use super::reply::Violation;
use super::state::State;
use super::write::{Check, Objection};

/// The kinds of record served here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    Person,
    Organization,
}

impl Entity {
    /// In the order in which they are kept and saved: new ones go to the end.
    pub(super) const ALL: [Self; 2] = [Self::Person, Self::Organization];
    pub(super) const COUNT: usize = Self::ALL.len();

    pub(super) const fn index(self) -> usize {
        self as usize
    }

    pub(super) fn kind(self) -> &'static dyn Kind {
        match self {
            Self::Person => &person::Person,
            Self::Organization => &organization::Organization,
        }
    }

    pub(super) fn spec(self) -> &'static Spec {
        self.kind().spec()
    }

    /// As events name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().name
    }
}

/// What is the same for every record of a kind.
#[derive(Debug)]
pub(super) struct Spec {
    /// As events name it: `person`.
    pub(super) name: &'static str,
    /// As refusals name it: `Person`.
    pub(super) title: &'static str,
    /// Keys that a create must have.
    pub(super) required: &'static [&'static str],
    /// Those of `name`, `owner_id`, `add_time`, `visible_to` and `label_ids` that a write may have.
    pub(super) common: &'static [&'static str],
    pub(super) list: ListSpec,
    /// What webhooks show and compare, in their order.
    pub(super) parts: &'static [Part],
    /// Whether `update_time` is set from the start.
    pub(super) updated_from_start: bool,
    /// Whether the previous half of a change tells the former `update_time`.
    pub(super) previous_has_update_time: bool,
    pub(super) created_status: u16,
    /// Whether answers for one record carry an empty `additional_data`.
    pub(super) answers_additional_data: bool,
    /// Whether lists can be asked for deleted rows.
    pub(super) lists_deleted: bool,
}

/// What a list takes.
#[derive(Debug)]
pub(super) struct ListSpec {
    /// Filters, beside those by link.
    pub(super) filters: &'static [&'static str],
    /// Filters by the record that a row belongs to.
    pub(super) links: &'static [(&'static str, Entity)],
    pub(super) sorts: &'static [SortBy],
    /// What callers may say about how a row is shown; a single record takes the same.
    pub(super) views: &'static [&'static str],
    /// What `include_fields` may name.
    pub(super) includes: &'static [&'static [&'static str]],
}

/// A built-in part of a record that webhooks show and compare.
pub(super) struct Part {
    /// Its name in the change log.
    pub(super) key: &'static str,
    pub(super) differs: fn(&Record, &Record) -> bool,
    pub(super) write: fn(&mut Json, &Record),
}

impl fmt::Debug for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.key)
    }
}

/// The records that a record belongs to.
pub(super) type Links = [Option<(Entity, i64)>; 4];

/// What a record is shown with.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) state: &'a State,
    pub(super) catalog: &'a Catalog,
    pub(super) view: &'a View,
}

/// What sets a kind apart.
pub(super) trait Kind: Sync {
    fn spec(&self) -> &'static Spec;

    fn blank(&self) -> Details;

    fn links(&self, _record: &Record) -> Links {
        [None; 4]
    }

    /// Applies one key of a body that is not common to all kinds.
    fn apply(
        &self,
        check: &Check<'_>,
        record: &mut Record,
        key: &str,
        value: &Value,
    ) -> Result<(), Objection>;

    /// What follows from the keys together, once each was applied.
    fn settle(
        &self,
        _check: &Check<'_>,
        _record: &mut Record,
        _body: &Map<String, Value>,
        _violations: &mut Vec<Violation>,
    ) {
    }

    /// What the winner of a merge lacks is taken from the other.
    fn fill(&self, _winner: &mut Record, _loser: &Record) {}

    /// Whether a live row, or a deleted one where they were asked for, is in the list.
    fn matches(&self, _record: &Record, _extra: &Extra) -> bool {
        true
    }

    /// The keys of the record as `/api/v2` shows it, without the braces and without what was asked for beside.
    fn write(&self, out: &mut Json, record: &Record, shown: &Shown<'_>);

    /// The value of something `include_fields` asked for.
    fn write_included(&self, out: &mut Json, name: &str, _record: &Record, _state: &State) {
        out.raw(if name.ends_with("_count") {
            "0"
        } else {
            "null"
        });
    }

    /// The keys of the record as webhooks show it, without the braces.
    fn write_event(&self, out: &mut Json, record: &Record, catalog: &Catalog) {
        render::usual_event(out, record, self.spec().parts, catalog);
    }
}

pub(super) const VIEWS: [&str; 4] = [
    "include_fields",
    "custom_fields",
    "include_option_labels",
    "include_labels",
];

pub(super) const NAME: Part = Part {
    key: "name",
    differs: |before, after| before.name != after.name,
    write: |out, record| out.field("name", &record.name),
};
pub(super) const OWNER: Part = Part {
    key: "owner_id",
    differs: |before, after| before.owner_id != after.owner_id,
    write: |out, record| out.field("owner_id", &record.owner_id),
};
pub(super) const VISIBLE_TO: Part = Part {
    key: "visible_to",
    differs: |before, after| before.visible_to != after.visible_to,
    write: |out, record| out.field("visible_to", &record.visible_to.to_string()),
};
/// Both spellings.
pub(super) const LABELS: Part = Part {
    key: "label_ids",
    differs: |before, after| before.label_ids != after.label_ids,
    write: |out, record| {
        out.field("label", &record.label_ids.first());
        out.field("label_ids", &record.label_ids);
    },
};
