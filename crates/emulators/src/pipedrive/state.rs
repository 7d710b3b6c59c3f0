//! The account's memory: a table of records per kind with its indexes, field catalogs, users, subscriptions and change logs.
//!
//! In: whole records to keep. Out: records by id, by time and by what they belong to. It checks nothing and fires nothing; that is
//! for those who write here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::deal_stages;
use super::fields::Catalog;
use super::kinds::{Entity, Links};
use super::papers::Papers;
use super::record::Record;
use super::sales::Sales;
use super::users::User;
use super::webhooks::Subscription;

/// How many earlier versions are kept for reads that are to be stale, and for nothing else.
const STALE_KEPT: usize = 64;
/// When the company signed up: 2024-03-01T09:00:00Z, in seconds.
pub(super) const FOUNDED: i64 = 1_709_283_600;
/// How many rows of a record's change log are kept.
const LOG_ROWS_MAX: usize = 200;

/// A position in a sorted list: the sort value, nothing before everything else, then the id.
pub(super) type SortKey = (Option<i64>, i64);

/// All records of one entity, live and deleted.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) records: BTreeMap<i64, Record>,
    /// Live records, and deleted ones of the kinds whose lists can show them.
    pub(super) by_update: BTreeSet<SortKey>,
    /// The same.
    pub(super) by_add: BTreeSet<SortKey>,
    /// Live records by what they belong to.
    pub(super) by_link: BTreeSet<(Entity, i64, i64)>,
    pub(super) next_id: i64,
}

impl Table {
    pub(super) fn of(records: Vec<Record>, next_id: i64) -> Self {
        let mut table = Self {
            next_id: next_id.max(1),
            ..Self::default()
        };
        for record in records {
            table.next_id = table.next_id.max(record.id + 1);
            table.index(&record);
            table.records.insert(record.id, record);
        }
        table
    }

    pub(super) fn live(&self, id: i64) -> Option<&Record> {
        self.records.get(&id).filter(|record| !record.is_deleted)
    }

    /// Keeps the record in place of what was there; gives back what was.
    pub(super) fn put(&mut self, record: Record) -> Option<Record> {
        self.next_id = self.next_id.max(record.id + 1);
        let keys = Keys::of(&record);
        let id = record.id;
        let before = self.records.insert(id, record);
        let old_keys = before.as_ref().map_or(Keys::default(), Keys::of);
        if old_keys.update != keys.update {
            move_key(&mut self.by_update, old_keys.update, keys.update);
        }
        if old_keys.add != keys.add {
            move_key(&mut self.by_add, old_keys.add, keys.add);
        }
        if old_keys.links != keys.links {
            self.move_links(id, old_keys.links, keys.links);
        }
        before
    }

    fn index(&mut self, record: &Record) {
        let keys = Keys::of(record);
        move_key(&mut self.by_update, None, keys.update);
        move_key(&mut self.by_add, None, keys.add);
        self.move_links(record.id, [None; 4], keys.links);
    }

    fn move_links(&mut self, id: i64, from: Links, to: Links) {
        for (entity, owner) in from.into_iter().flatten() {
            self.by_link.remove(&(entity, owner, id));
        }
        for (entity, owner) in to.into_iter().flatten() {
            self.by_link.insert((entity, owner, id));
        }
    }

    /// Live records that belong to another.
    pub(super) fn belonging_to(
        &self,
        (entity, id): (Entity, i64),
    ) -> impl Iterator<Item = i64> + '_ {
        self.by_link
            .range((entity, id, i64::MIN)..=(entity, id, i64::MAX))
            .map(|(_, _, record)| *record)
    }
}

/// Where a record stands in the indexes; nowhere when it is deleted and no list shows it.
#[derive(Debug, Default)]
struct Keys {
    update: Option<SortKey>,
    add: Option<SortKey>,
    links: Links,
}

impl Keys {
    fn of(record: &Record) -> Self {
        if record.is_deleted && !record.entity().spec().lists_deleted {
            return Self::default();
        }
        Self {
            update: Some((record.update_time, record.id)),
            add: Some((Some(record.add_time), record.id)),
            links: if record.is_deleted {
                [None; 4]
            } else {
                record.links()
            },
        }
    }
}

fn move_key<K: Ord>(index: &mut BTreeSet<K>, from: Option<K>, to: Option<K>) {
    if let Some(from) = from {
        index.remove(&from);
    }
    if let Some(to) = to {
        index.insert(to);
    }
}

/// One row of a record's change log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LogRow {
    pub(super) field_key: String,
    pub(super) old_value: Option<String>,
    pub(super) new_value: Option<String>,
    pub(super) actor_user_id: i64,
    /// Seconds.
    pub(super) time: i64,
    /// `app` or `api`.
    pub(super) change_source: String,
}

/// A record as it was before a change.
#[derive(Debug)]
pub(super) struct Past {
    /// When the change was made, by the caller's clock.
    pub(super) changed_at: i64,
    pub(super) entity: Entity,
    pub(super) id: i64,
    pub(super) before: Option<Record>,
}

/// Everything that is kept.
#[derive(Debug)]
pub(super) struct State {
    /// By [`Entity::index`].
    pub(super) tables: [Table; Entity::COUNT],
    pub(super) catalogs: [Catalog; Entity::COUNT],
    pub(super) sales: Sales,
    pub(super) users: Vec<User>,
    pub(super) subscriptions: BTreeMap<i64, Subscription>,
    pub(super) logs: BTreeMap<(Entity, i64), Vec<LogRow>>,
    pub(super) next_option_id: i64,
    pub(super) next_subscription_id: i64,
    pub(super) pasts: VecDeque<Past>,
    pub(super) papers: Papers,
}

impl State {
    pub(super) fn new() -> Self {
        let user = |id, name: &str, local: &str, is_admin| User {
            id,
            name: name.to_owned(),
            email: format!("{local}@nordlysbrokers.se"),
            is_admin,
            ..User::default()
        };
        let mut state = Self {
            tables: Entity::ALL.map(|_| Table::of(Vec::new(), 1)),
            catalogs: Entity::ALL.map(Catalog::built_in),
            sales: Sales::default(),
            users: vec![
                user(API_USER, "Integration", "integration", true),
                user(UI_USER, "Helena Ståhl", "helena.stahl", true),
                user(13, "Morten Vik", "morten.vik", false),
                user(14, "Sofie Juhl", "sofie.juhl", false),
            ],
            subscriptions: BTreeMap::new(),
            logs: BTreeMap::new(),
            next_option_id: 1,
            next_subscription_id: 1,
            pasts: VecDeque::new(),
            papers: Papers::default(),
        };
        state.set_up_if_bare();
        state
    }

    /// Every company has a pipeline from the start.
    pub(super) fn set_up_if_bare(&mut self) {
        if self.table(Entity::Pipeline).records.is_empty() {
            deal_stages::set_up(self, "Pipeline", &deal_stages::FIRST_STAGES, FOUNDED);
        }
    }

    pub(super) fn table(&self, entity: Entity) -> &Table {
        &self.tables[entity.index()]
    }

    pub(super) fn table_mut(&mut self, entity: Entity) -> &mut Table {
        &mut self.tables[entity.index()]
    }

    /// Leads have the fields of deals.
    pub(super) fn catalog(&self, entity: Entity) -> &Catalog {
        let owner = if entity == Entity::Lead {
            Entity::Deal
        } else {
            entity
        };
        &self.catalogs[owner.index()]
    }

    pub(super) fn catalog_mut(&mut self, entity: Entity) -> &mut Catalog {
        &mut self.catalogs[entity.index()]
    }

    pub(super) fn user(&self, id: i64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Whether a visibility group is the other or below it. The first is above all others.
    pub(super) const fn is_below(group: u32, above: u32) -> bool {
        group == above || above == 1
    }

    pub(super) fn option_id(&mut self) -> i64 {
        let id = self.next_option_id;
        self.next_option_id += 1;
        id
    }

    /// Remembers how a record looked, for lists that lag that long and for reads that are to be stale.
    pub(super) fn remember(&mut self, past: Past, lag_millis: i64) {
        let old = past.changed_at - lag_millis;
        self.pasts.push_back(past);
        while self.pasts.len() > STALE_KEPT
            && self.pasts.front().is_some_and(|past| past.changed_at < old)
        {
            self.pasts.pop_front();
        }
    }

    /// The record as it was before its last change, when that is still known.
    pub(super) fn stale(&self, entity: Entity, id: i64) -> Option<&Record> {
        let past = self
            .pasts
            .iter()
            .rev()
            .find(|past| past.entity == entity && past.id == id)?;
        past.before.as_ref()
    }

    /// Records whose change lists do not show yet, as lists show them: the old version, or nothing.
    pub(super) fn lagging(&self, entity: Entity, since: i64) -> BTreeMap<i64, Option<&Record>> {
        let mut shown = BTreeMap::new();
        for past in self
            .pasts
            .iter()
            .rev()
            .take_while(|past| past.changed_at > since)
        {
            if past.entity == entity {
                shown.insert(past.id, past.before.as_ref());
            }
        }
        shown
    }

    pub(super) fn log(&mut self, entity: Entity, id: i64, row: LogRow) {
        let rows = self.logs.entry((entity, id)).or_default();
        if rows.len() == LOG_ROWS_MAX {
            rows.remove(0);
        }
        rows.push(row);
    }
}

/// The user whose token the integration has.
pub(super) const API_USER: i64 = 11;
/// The user at the screen.
pub(super) const UI_USER: i64 = 12;
