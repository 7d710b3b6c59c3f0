//! What kinds of properties a project is about, for the deal to show: offices, shops and so on.
//!
//! In: a project and the list of its properties. Out: one text for the planner. A project shows one of its properties at most, and does
//! not become another one when a property does, so that the properties are asked for, one call for each project, when it is
//! another than it was and otherwise once for each sweep; what they came to is a fact of the workspace. Until it is known for a
//! portfolio, nothing of it travels. Properties are only read: no call puts one into a project.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use api_client::{CallContext, CallError, Priority};
use model::canonical::slug::slug;
use model::{BySide, Entity, Field, Kind, Record, RecordKey, Side, Timestamp, Value, time};
use propstreet::{ListQuery, Project, Property};
use serde::{Deserialize, Serialize};
use store::{LaneView, MirrorRow, Observation, Store};

use crate::core::Core;
use crate::failure::EngineError;
use crate::mapping::{self, MappingContext};

/// The kinds that Propstreet knows, as options of the deal's field that `setup` makes.
pub(crate) const KINDS: [&str; 8] = [
    "Residential",
    "Office",
    "Retail",
    "Industrial",
    "Social infrastructure",
    "Hotel",
    "Land",
    "Special purpose",
];
const WHAT: &str = "properties of projects";
const FACT_PREFIX: &str = "properties:";
/// Between two kinds, in the text that travels.
const BETWEEN: &str = ", ";
/// Projects asked for in a row, before anything else is looked after.
const AT_ONCE: usize = 20;
const CALL: CallContext = CallContext::new(Priority::Poll, "properties");

/// What a project's list of properties came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    /// The version of the project then.
    version: String,
    kinds: String,
    at: Timestamp,
}

/// The projects whose lists were read, and those whose are to be.
#[derive(Debug, Default)]
pub(crate) struct Listings(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Nothing before the facts were looked at.
    listed: Option<BTreeMap<String, Listed>>,
    wanted: BTreeMap<String, String>,
}

impl Listings {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the list of a project came to. Before it is listed in this version: what the project shows by itself, and else what its
    /// list came to before. Asks for the list where that is news.
    fn kinds_of(&self, row: &MirrorRow, shown: Option<String>) -> Option<String> {
        let mut known = self.lock();
        let id = row.key.id.as_str();
        let listed = known.listed.as_ref().and_then(|listed| listed.get(id));
        let listed = listed.cloned();
        if let Some(listed) = &listed
            && listed.version == row.remote_version
        {
            return Some(listed.kinds.clone());
        }
        // A project hears when its first property comes.
        if shown.as_deref() != Some("") {
            let version = row.remote_version.clone();
            known.wanted.insert(id.to_owned(), version);
        }
        shown.or(listed.map(|listed| listed.kinds))
    }
}

/// The kinds of some properties, as they travel; none of them has no kind that is not told.
fn kinds_of<'a>(properties: impl Iterator<Item = &'a Property>) -> String {
    let categories = properties.flat_map(|property| &property.categories);
    let kinds: BTreeSet<String> = categories.map(|category| slug(category.main())).collect();
    joined(kinds)
}

/// In order, each once.
pub(crate) fn joined(kinds: BTreeSet<String>) -> String {
    let kinds: Vec<String> = kinds.into_iter().filter(|kind| !kind.is_empty()).collect();
    kinds.join(BETWEEN)
}

/// The kinds of a text that travels.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(BETWEEN)
}

/// Puts the kinds of properties into what the project shows.
pub(crate) fn put_into(
    records: &mut BySide<Option<Record>>,
    view: &LaneView,
    mapping: &MappingContext,
) {
    let (Some(project), Some(row)) = (&mut records.propstreet, &view.rows.propstreet) else {
        return;
    };
    if mapping.definitions.deal.property_type.is_none() || row.key.entity != Entity::Project {
        return;
    }
    let Ok(shown) = mapping::parse::<Project>(row) else {
        return;
    };
    let is_portfolio = shown
        .asset
        .as_ref()
        .is_some_and(propstreet::Asset::is_portfolio);
    let alone = (!is_portfolio).then(|| kinds_of(shown.properties.iter()));
    let kinds = mapping.listings.kinds_of(row, alone);
    let field = Field::DealPropertyType;
    let value = match kinds {
        Some(kinds) => Value::text(kinds),
        // Not known yet, which is no news.
        None => view
            .pair
            .as_ref()
            .and_then(|pair| pair.base.propstreet.get(field).cloned()),
    };
    project.put(field, value);
}

fn is_on<S: Store>(core: &Core<S>) -> bool {
    let direction = core.settings.policies.of(Field::DealPropertyType).direction;
    core.settings.deals.is_some()
        && !core.settings.fields.deal_property_type.is_empty()
        && !direction.is_off()
}

/// Remembers what earlier runs have read. For whoever only looks on, too.
///
/// # Errors
/// When the store cannot be reached.
pub(crate) async fn adopt<S: Store>(core: &Core<S>) -> Result<(), EngineError> {
    if !is_on(core) || core.listings.lock().listed.is_some() {
        return Ok(());
    }
    let facts = core.store.facts(core.ctx(), FACT_PREFIX).await?;
    let listed = facts.into_iter().filter_map(|(name, text)| {
        let id = name.strip_prefix(FACT_PREFIX)?.to_owned();
        Some((id, serde_json::from_str(&text).ok()?))
    });
    core.listings.lock().listed = Some(listed.collect());
    Ok(())
}

/// When the next list is to be read.
pub(crate) fn next_due<S: Store>(core: &Core<S>) -> Option<Timestamp> {
    if !is_on(core) {
        return None;
    }
    let now = core.now();
    let known = core.listings.lock();
    let interval = core.settings.timing.sweep_interval;
    let listed = known.listed.iter().flatten();
    let again = listed.map(|(_, listed)| time::plus_millis(listed.at, interval));
    let wanted = (!known.wanted.is_empty()).then_some(now);
    let later = [
        core.not_before(WHAT),
        core.side_closed_until(Side::Propstreet),
    ];
    let later = later.into_iter().flatten().max().unwrap_or(now);
    again.chain(wanted).min().map(|due| due.max(later))
}

/// Reads the lists that are due; answers how many.
///
/// # Errors
/// When the store cannot be reached.
pub(crate) async fn tend<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    adopt(core).await?;
    if next_due(core).is_none_or(|due| due > core.now()) {
        return Ok(0);
    }
    let mut done = 0;
    let mut due = due(core).await?.into_iter();
    while let Some((id, version)) = due.next() {
        let key = RecordKey::new(Entity::Project, id.as_str());
        match list(core, &id).await {
            Ok(kinds) => {
                let listed = Listed {
                    version,
                    kinds: kinds.unwrap_or_default(),
                    at: core.now(),
                };
                keep(core, &key, listed).await?;
                done += 1;
            }
            Err(error) => {
                let left = due.by_ref().chain([(id, version)]);
                core.listings.lock().wanted.extend(left);
                core.put_off(WHAT, EngineError::call(Side::Propstreet, error))?;
            }
        }
    }
    Ok(done)
}

/// The next projects whose lists are to be read, with the version that they have now.
async fn due<S: Store>(core: &Core<S>) -> Result<Vec<(String, String)>, EngineError> {
    let before = time::plus_millis(core.now(), -core.settings.timing.sweep_interval);
    let (mut due, old): (Vec<(String, String)>, Vec<String>) = {
        let mut known = core.listings.lock();
        let wanted = std::mem::take(&mut known.wanted);
        let old = known.listed.iter().flatten();
        let old = old.filter(|(id, listed)| listed.at <= before && !wanted.contains_key(*id));
        let old = old.map(|(id, _)| id.clone()).take(AT_ONCE).collect();
        let mut wanted = wanted.into_iter();
        let due = wanted.by_ref().take(AT_ONCE).collect();
        known.wanted = wanted.collect();
        (due, old)
    };
    for id in old {
        let key = RecordKey::new(Entity::Project, id.as_str());
        let row = core.store.mirror_row(core.ctx(), &key).await?;
        match row.filter(|row| row.deleted_at.is_none()) {
            Some(row) => due.push((id, row.remote_version)),
            None => forget(core, &id).await?,
        }
    }
    Ok(due)
}

async fn forget<S: Store>(core: &Core<S>, id: &str) -> Result<(), EngineError> {
    let fact = format!("{FACT_PREFIX}{id}");
    core.store
        .put_fact(core.ctx(), &fact, None, core.now())
        .await?;
    if let Some(listed) = &mut core.listings.lock().listed {
        listed.remove(id);
    }
    Ok(())
}

/// The kinds of all properties of a project; nothing where it is not there any more.
async fn list<S: Store>(core: &Core<S>, project: &str) -> Result<Option<String>, CallError> {
    let mut query = ListQuery::alive();
    let mut properties: Vec<Property> = Vec::new();
    loop {
        let page = match core
            .propstreet
            .list_properties_of(project, &query, &CALL)
            .await
        {
            Ok(page) => page,
            Err(CallError::NotFound | CallError::Gone) => return Ok(None),
            Err(error) => return Err(error),
        };
        properties.extend(page.rows.into_iter().map(|row| row.value));
        match page.next_cursor {
            Some(cursor) => query = query.after(&cursor),
            None => return Ok(Some(kinds_of(properties.iter()))),
        }
    }
}

/// Keeps what a list came to, and has the pair planned where that is news.
async fn keep<S: Store>(
    core: &Core<S>,
    key: &RecordKey,
    listed: Listed,
) -> Result<(), EngineError> {
    let id = key.id.as_str();
    let text = serde_json::to_string(&listed).expect("a list of words is plain data");
    core.store
        .put_fact(
            core.ctx(),
            &format!("{FACT_PREFIX}{id}"),
            Some(&text),
            core.now(),
        )
        .await?;
    let kinds = listed.kinds.clone();
    let before = {
        let mut known = core.listings.lock();
        known
            .listed
            .get_or_insert_default()
            .insert(id.to_owned(), listed)
    };
    if before.is_some_and(|before| before.kinds == kinds) {
        return Ok(());
    }
    let observation = Observation {
        taking_part: BTreeSet::from([key.clone()]),
        ..Observation::none()
    };
    core.store
        .commit_observation(&core.lease, observation, None, core.now())
        .await?;
    core.bells.plan.ring();
    debug_assert_eq!(key.entity.kind(), Some(Kind::Deal));
    Ok(())
}
