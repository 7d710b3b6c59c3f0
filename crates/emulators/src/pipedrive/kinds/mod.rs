//! The kinds of record and what sets each apart: its keys, its list, its shapes.
//!
//! In: a record. Out: what its kind says about it. A new kind is a variant of [`Entity`], a file here that implements [`Kind`],
//! its line in [`Entity::kind`], its variant of `Details` and its calls in `route.rs`. Nothing here is stored or sent.

/// A part of a kind's own details: it differs when that detail does, and is shown under its name unless said otherwise.
macro_rules! part {
    ($of:ident.$detail:ident) => {
        part!($of.$detail as stringify!($detail))
    };
    ($of:ident.$detail:ident as $key:expr) => {
        part!($of.$detail as $key, |out, details| out.field($key, &details.$detail))
    };
    ($of:ident.$detail:ident as $key:expr, |$out:ident, $details:ident| $write:expr) => {
        Part {
            key: $key,
            differs: |before, after| {
                matches!((before.$of(), after.$of()), (Some(old), Some(new)) if old.$detail != new.$detail)
            },
            write: |$out, record| {
                if let Some($details) = record.$of() {
                    $write;
                }
            },
        }
    };
    ($of:ident.$detail:ident, time) => {
        part!($of.$detail as stringify!($detail), |out, details| out
            .time(stringify!($detail), details.$detail))
    };
}

mod activity;
mod activity_details;
mod deal;
mod deal_rules;
mod lead;
mod organization;
mod person;
mod pipeline;
mod product;
mod stage;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(super) use self::activity_details::{ActivityDetails, Participant};
pub(super) use self::deal::{DealDetails, Status, optional_date};
pub(super) use self::deal_rules::{first_pipeline, first_stage};
pub(super) use self::lead::{LeadDetails, LeadValue};
pub(super) use self::pipeline::PipelineDetails;
pub(super) use self::product::{Billing, Price, ProductDetails, number, prices, write_prices};
pub(super) use self::stage::{StageDetails, first_order_nr};
use super::config::PipedriveConfig;
use super::fields::Catalog;
use super::json::Json;
use super::list_filter::{Extra, SortBy};
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
    Pipeline,
    Stage,
    Deal,
    Product,
    Lead,
    Activity,
}

impl Entity {
    /// In the order in which they are kept and saved: new ones go to the end.
    pub const ALL: [Self; 8] = [
        Self::Person,
        Self::Organization,
        Self::Pipeline,
        Self::Stage,
        Self::Deal,
        Self::Product,
        Self::Lead,
        Self::Activity,
    ];
    pub(super) const COUNT: usize = Self::ALL.len();

    pub(super) const fn index(self) -> usize {
        self as usize
    }

    pub(super) fn kind(self) -> &'static dyn Kind {
        match self {
            Self::Person => &person::Person,
            Self::Organization => &organization::Organization,
            Self::Pipeline => &pipeline::Pipeline,
            Self::Stage => &stage::Stage,
            Self::Deal => &deal::Deal,
            Self::Product => &product::Product,
            Self::Lead => &lead::Lead,
            Self::Activity => &activity::Activity,
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

    /// As paths name all of them: `persons`.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Person => "persons",
            Self::Organization => "organizations",
            Self::Pipeline => "pipelines",
            Self::Stage => "stages",
            Self::Deal => "deals",
            Self::Product => "products",
            Self::Lead => "leads",
            Self::Activity => "activities",
        }
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
    pub(super) has_custom_fields: bool,
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
    /// What callers may say about how a row is shown.
    pub(super) views: &'static [&'static str],
    /// The same for a single record.
    pub(super) single_views: &'static [&'static str],
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
    pub(super) config: &'a PipedriveConfig,
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

    /// What it belonged to is gone: it belongs to the heir, or to nothing.
    fn let_go(&self, _record: &mut Record, _owner: (Entity, i64), _heir: Option<i64>) {}

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

    /// The place of a row in a sort by place.
    fn sort_value(&self, _record: &Record) -> Option<i64> {
        None
    }

    /// The keys of the record as `/api/v2` shows it, without the braces and without what was asked for beside.
    fn write(&self, out: &mut Json, record: &Record, shown: &Shown<'_>);

    /// The value of something `include_fields` asked for.
    fn write_included(&self, out: &mut Json, name: &str, _record: &Record, _shown: &Shown<'_>) {
        render::blank_included(out, name);
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
/// What users call a deal or a lead.
pub(super) const TITLE: Part = Part {
    key: "title",
    differs: |before, after| before.name != after.name,
    write: |out, record| out.field("title", &record.name),
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
pub(super) const LABEL_IDS: Part = Part {
    key: "label_ids",
    differs: |before, after| before.label_ids != after.label_ids,
    write: |out, record| out.field("label_ids", &record.label_ids),
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
