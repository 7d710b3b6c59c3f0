//! Whose choice of a contact's main company a write of ours has replaced unseen. Only a link's own version guards the call
//! that makes it the main one, so a user's switch to a third company, between our last look and that call, is not refused.
//!
//! In: a finished write that made a company the main one. Out: what it replaced, by what Propstreet's timeline tells of
//! the contact since the version the write was planned from.

use std::collections::{BTreeMap, BTreeSet};

use api_client::{CallContext, CallError, Priority};
use model::canonical::text;
use model::{Entity, Field, Kind, Pair, RecordKey, Reference, RemoteId, Side, Timestamp, Value};
use propstreet::{Change, Link, LinksOf, ListQuery};
use store::{OutboxRow, Store};

use crate::core::Core;
use crate::delivery::audit::Replaced;
use crate::delivery::evidence;
use crate::failure::EngineError;

/// Whose choice a write has replaced unseen.
///
/// # Errors
/// The outer error when the store cannot be reached, the inner one when Propstreet cannot be asked.
pub(crate) async fn replaced<S: Store>(
    core: &Core<S>,
    row: &OutboxRow,
    pair: &Pair,
) -> Result<Result<Replaced, CallError>, EngineError> {
    let (Some(contact), Some(after)) = (pair.record(Side::Propstreet), row.before.changed_at)
    else {
        return Ok(Ok(Replaced::default()));
    };
    let told = match ask(core, &contact, after).await {
        Ok(told) => told,
        Err(error) => return Ok(Err(error)),
    };
    let planned = company_of(core, row.before.value(Field::PersonOrganization)).await?;
    let sent = row.write.fields.get(&Field::PersonOrganization);
    let sent = company_of(core, sent.and_then(Option::as_ref)).await?;
    let mut replaced = BTreeMap::new();
    let found = told.main_before_ours(planned.clone(), |change| core.propstreet.is_ours(change));
    if found != planned && found != sent {
        let value = match found {
            Some(company) => {
                let record = RecordKey::new(Entity::Company, company.as_str());
                Some(evidence::reference_to(core, record).await?)
            }
            None => None,
        };
        replaced.insert(Field::PersonOrganization, value);
    }
    if let Some(title) =
        told.title_given_before_ours(planned.as_ref(), |change| core.propstreet.is_ours(change))
    {
        let before = row.before.value(Field::PersonJobTitle);
        let sent = row.write.fields.get(&Field::PersonJobTitle);
        if title.as_ref() != before && Some(&title) != sent {
            replaced.insert(Field::PersonJobTitle, title);
        }
    }
    Ok(Ok(Replaced::values(replaced)))
}

/// Whether a link of ours became the main one by itself: the contact had no main company right before it was made.
pub(crate) async fn was_first_place<S: Store>(
    core: &Core<S>,
    row: &OutboxRow,
    contact: &RecordKey,
    after: Timestamp,
) -> Result<Result<bool, CallError>, EngineError> {
    let told = match ask(core, contact, after).await {
        Ok(told) => told,
        Err(error) => return Ok(Err(error)),
    };
    let is_ours = |change: &Change| core.propstreet.is_ours(change);
    let made = |change: &Change| is_ours(change) && change.makes_link();
    let planned = company_of(core, row.before.value(Field::PersonOrganization)).await?;
    let main = told.main_before_ours(planned, is_ours);
    Ok(Ok(main.is_none() && told.changes.iter().any(made)))
}

/// What the timeline tells of a contact's places.
struct Places {
    /// Oldest first.
    changes: Vec<Change>,
    companies: BTreeMap<String, RemoteId>,
    /// By link, where it has one.
    titles: BTreeMap<String, String>,
}

async fn ask<S: Store>(
    core: &Core<S>,
    contact: &RecordKey,
    after: Timestamp,
) -> Result<Places, CallError> {
    let call = CallContext::new(Priority::Change, "audit");
    let changes = evidence::timeline(core, (Kind::Person, contact), after, &call).await?;
    let is_foreign = |change: &Change| change.link.is_some() && !core.propstreet.is_ours(change);
    let has_foreign = changes.iter().any(is_foreign);
    let links = if has_foreign {
        let of_contact = LinksOf::Contact(contact.id.as_str());
        let everything = ListQuery::all();
        let listed = core.propstreet.list_links(of_contact, &everything, &call);
        listed.await?.rows
    } else {
        Vec::new()
    };
    let mut told = Places {
        changes: Vec::new(),
        companies: BTreeMap::new(),
        titles: BTreeMap::new(),
    };
    for link in links {
        told.learn(link.value);
    }
    let named = changes.iter().filter_map(|change| change.link.as_ref());
    for link in named.filter(|_| has_foreign) {
        if told.companies.contains_key(link) {
            continue;
        }
        // The list lags behind.
        match core.propstreet.get_link(link, &call).await {
            Ok(found) => told.learn(found.value),
            Err(CallError::NotFound | CallError::Gone) => {}
            Err(error) => return Err(error),
        }
    }
    told.changes = changes;
    Ok(told)
}

impl Places {
    fn learn(&mut self, link: Link) {
        let company = RemoteId::from(link.company_id.as_str());
        if let Some(title) = link.job_title {
            self.titles.insert(link.id.clone(), title);
        }
        self.companies.insert(link.id, company);
    }

    /// The title that somebody gave to the place we were about to leave: it would have come along.
    fn title_given_before_ours(
        &self,
        planned: Option<&RemoteId>,
        is_ours: impl Fn(&Change) -> bool,
    ) -> Option<Option<Value>> {
        // The flag is moved by the last of our calls, unless the first one made the only link.
        let flagged = self
            .changes
            .iter()
            .any(|change| is_ours(change) && change.moves_main_flag());
        let takes_place = |change: &Change| {
            is_ours(change) && (change.moves_main_flag() || (!flagged && change.makes_link()))
        };
        let before_ours = self
            .changes
            .iter()
            .take_while(|change| !takes_place(change));
        let mut given = before_ours.filter(|change| {
            let link = change.link.as_ref();
            !is_ours(change)
                && change.changes_job_title()
                && link.and_then(|link| self.companies.get(link)) == planned
        });
        let link = given.next()?.link.as_ref()?;
        let title = self.titles.get(link);
        Some(
            title
                .and_then(|title| text::text(title))
                .and_then(Value::text),
        )
    }

    /// The main company right before our own call, when it was `planned` at first.
    fn main_before_ours(
        &self,
        planned: Option<RemoteId>,
        is_ours: impl Fn(&Change) -> bool,
    ) -> Option<RemoteId> {
        let mut main = planned;
        let mut rest = self.changes.as_slice();
        while let Some(first) = rest.first() {
            // One deed may change several links, and tells of each of them at one time.
            let of_deed =
                |change: &&Change| change.at == first.at && is_ours(change) == is_ours(first);
            let deed = &rest[..rest.iter().take_while(of_deed).count().max(1)];
            rest = &rest[deed.len()..];
            if is_ours(first) {
                let is_first_place = main.is_none() && deed.iter().any(Change::makes_link);
                if is_first_place || deed.iter().any(Change::moves_main_flag) {
                    break;
                }
                continue;
            }
            main = self.main_after(deed, main);
        }
        main
    }

    fn main_after(&self, deed: &[Change], mut main: Option<RemoteId>) -> Option<RemoteId> {
        let company = |change: &Change| {
            let link = change.link.as_ref()?;
            self.companies.get(link).cloned()
        };
        let of = |is_meant: fn(&Change) -> bool| -> BTreeSet<RemoteId> {
            let named = deed.iter().filter(|change| is_meant(change));
            named.filter_map(company).collect()
        };
        if main
            .as_ref()
            .is_some_and(|main| of(Change::ends_link).contains(main))
        {
            main = None;
        }
        let flagged = of(Change::moves_main_flag);
        let heir = flagged
            .iter()
            .find(|company| Some(*company) != main.as_ref());
        let made = of(Change::makes_link);
        if let Some(heir) = heir {
            return Some(heir.clone());
        }
        if main.is_none() || main.as_ref().is_some_and(|main| flagged.contains(main)) {
            return made.into_iter().next();
        }
        main
    }
}

async fn company_of<S: Store>(
    core: &Core<S>,
    value: Option<&Value>,
) -> Result<Option<RemoteId>, EngineError> {
    Ok(match value {
        Some(Value::Reference(Reference::Pair(pair))) => {
            let pair = core.store.pair(core.ctx(), *pair).await?;
            pair.and_then(|pair| pair.ids.propstreet)
        }
        Some(Value::Reference(Reference::Unpaired(record))) => Some(record.id.clone()),
        Some(Value::Text(_) | Value::Set(_)) | None => None,
    })
}
