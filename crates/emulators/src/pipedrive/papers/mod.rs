//! What is kept beside the records: notes, files, filters and the types of activities.
//!
//! In: nothing. Out: the rows of the files here, and the envelope that the lists of older endpoints share. It knows no request
//! head and fires nothing.

pub(super) mod activity_types;
pub(super) mod conditions;
pub(super) mod counts;
pub(super) mod currencies;
pub(super) mod files;
pub(super) mod filters;
mod note_search;
mod note_writes;
pub(super) mod notes;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::activity_types::ActivityType;
use self::files::File;
use self::filters::Filter;
use self::notes::Note;
use super::json::Json;
use super::kinds::Entity;
use super::query::{self, Query};
use super::reply::{Reply, Violation};

/// All of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Papers {
    pub(super) notes: BTreeMap<i64, Note>,
    pub(super) files: BTreeMap<i64, File>,
    pub(super) filters: BTreeMap<i64, Filter>,
    pub(super) activity_types: Vec<ActivityType>,
}

impl Default for Papers {
    fn default() -> Self {
        Self {
            notes: BTreeMap::new(),
            files: BTreeMap::new(),
            filters: BTreeMap::new(),
            activity_types: activity_types::built_in(),
        }
    }
}

impl Papers {
    /// What a merge makes of the papers of the one that goes.
    pub(super) fn move_over(&mut self, entity: Entity, from: i64, to: i64) {
        let links = self.notes.values_mut().map(|note| &mut note.links);
        for links in links.chain(self.files.values_mut().map(|file| &mut file.links)) {
            if let Some(link) = links.to_mut(entity)
                && *link == Some(from)
            {
                *link = Some(to);
            }
        }
    }
}

/// The records a note or a file is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PaperLinks {
    pub(super) deal: Option<i64>,
    pub(super) person: Option<i64>,
    pub(super) organization: Option<i64>,
    pub(super) lead: Option<String>,
    pub(super) product: Option<i64>,
    pub(super) activity: Option<i64>,
}

impl PaperLinks {
    fn to_mut(&mut self, entity: Entity) -> Option<&mut Option<i64>> {
        match entity.name() {
            "deal" => Some(&mut self.deal),
            "person" => Some(&mut self.person),
            "organization" => Some(&mut self.organization),
            "product" => Some(&mut self.product),
            "activity" => Some(&mut self.activity),
            _ => None,
        }
    }

    /// Whether it is about this record.
    pub(super) fn is_to(&self, entity: Entity, id: i64) -> bool {
        let link = match entity.name() {
            "deal" => self.deal,
            "person" => self.person,
            "organization" => self.organization,
            "product" => self.product,
            "activity" => self.activity,
            _ => None,
        };
        link == Some(id)
    }

    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A page of an older list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) start: usize,
    pub(super) limit: usize,
    /// Whether the paging is told beside `pagination` instead of inside.
    flat: bool,
}

impl Page {
    pub(super) fn of(query: &Query, flat: bool, violations: &mut Vec<Violation>) -> Self {
        let limit = query::limit(query, violations);
        let start = query.get("start").map_or(Ok(0), str::parse);
        let start = start.unwrap_or_else(|_| {
            violations.push(Violation::new("start", "must be a number from 0 on"));
            0
        });
        Self { start, limit, flat }
    }

    /// The page of these rows; a list without any row has no list but null where `null_when_empty`.
    pub(super) fn of_rows<T>(
        self,
        rows: &[T],
        null_when_empty: bool,
        mut write: impl FnMut(&mut Json, &T),
    ) -> Reply {
        let shown: Vec<&T> = rows.iter().skip(self.start).take(self.limit).collect();
        let mut out = Json::with_capacity(256 + shown.len() * 600);
        out.raw(r#"{"success":true,"data":"#);
        if shown.is_empty() && null_when_empty {
            out.raw("null");
        } else {
            out.raw("[");
            for row in &shown {
                out.comma();
                write(&mut out, row);
            }
            out.raw("]");
        }
        out.raw(r#","additional_data":{"#);
        if !self.flat {
            out.raw(r#""pagination":{"#);
        }
        let end = self.start.saturating_add(self.limit);
        let is_more = end < rows.len();
        out.field("start", &self.start);
        out.field("limit", &self.limit);
        out.field("more_items_in_collection", &is_more);
        if is_more {
            out.field("next_start", &end);
        }
        out.raw(if self.flat { "}}" } else { "}}}" });
        Reply::ok(out)
    }
}
