//! Whose choice of a contact's main company a write of ours has replaced unseen. Only a link's own version guards the call
//! that makes it the main one, so a user's switch to a third company, between our last look and that call, is not refused.
//!
//! In: a finished write that made a company the main one. Out: the end of its audit, by what Propstreet's timeline tells of
//! the contact since the version the write was planned from.

use std::collections::{BTreeMap, BTreeSet};

use api_client::{CallContext, CallError, Priority};
use model::canonical::text;
use model::{
    Entity, Field, Kind, Pair, PairState, RecordKey, Reference, RemoteId, Side, Timestamp, Value,
};
use propstreet::{Change, Link, LinksOf, ListQuery};
use store::{OutboxRow, Store};

use crate::core::Core;
use crate::delivery::audit::{self, Replaced};
use crate::delivery::evidence;
use crate::failure::EngineError;

/// Answers whether the audit is done; one that cannot be is asked for again.
pub(crate) async fn audit<S: Store>(
    core: &Core<S>,
    row: &OutboxRow,
    pair: &Pair,
) -> Result<bool, EngineError> {
    let (Some(contact), Some(after)) = (pair.record(Side::Propstreet), row.before.changed_at)
    else {
        audit::finish(core, pair, row, Replaced::default()).await?;
        return Ok(true);
    };
    let told = match ask(core, &contact, after).await {
        Ok(told) => told,
        Err(error) => {
            tracing::debug!(pair.id = %pair.id, error = %error, "whose choice a write replaced cannot be found out now; it is asked for again");
            return Ok(false);
        }
    };
    let planned = company_of(core, row.before.value(Field::PersonOrganization)).await?;
    let sent = row.write.fields.get(&Field::PersonOrganization);
    let sent = company_of(core, sent.and_then(Option::as_ref)).await?;
    let mut replaced = BTreeMap::new();
    let found = told.main_before_ours(planned.clone(), |change| core.propstreet.is_ours(change));
    if found != planned && found != sent {
        let value = match found {
            Some(company) => Some(reference_to(core, &company).await?),
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
    audit::finish(core, pair, row, Replaced::values(replaced)).await?;
    Ok(true)
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
    let made = |change: &Change| is_ours(change) && change.operation == MADE;
    let planned = company_of(core, row.before.value(Field::PersonOrganization)).await?;
    let main = told.main_before_ours(planned, is_ours);
    Ok(Ok(main.is_none() && told.changes.iter().any(made)))
}

/// What the timeline calls a new link.
const MADE: &str = "LinkCreated";

struct Told {
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
) -> Result<Told, CallError> {
    let call = CallContext::new(Priority::Change, "audit");
    let changes = evidence::timeline(core, (Kind::Person, contact), after, &call).await?;
    let is_foreign = |change: &Change| change.link.is_some() && !core.propstreet.is_ours(change);
    let links = if changes.iter().any(is_foreign) {
        let of_contact = LinksOf::Contact(contact.id.as_str());
        let everything = ListQuery::all();
        let listed = core.propstreet.list_links(of_contact, &everything, &call);
        listed.await?.rows
    } else {
        Vec::new()
    };
    let mut told = Told {
        changes: Vec::new(),
        companies: BTreeMap::new(),
        titles: BTreeMap::new(),
    };
    for link in links {
        told.learn(link.value);
    }
    for link in changes.iter().filter_map(|change| change.link.as_ref()) {
        if told.companies.is_empty() || told.companies.contains_key(link) {
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

impl Told {
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
            .any(|change| is_ours(change) && moves_flag(change));
        let takes_place = |change: &Change| {
            is_ours(change) && (moves_flag(change) || (!flagged && change.operation == MADE))
        };
        let before_ours = self
            .changes
            .iter()
            .take_while(|change| !takes_place(change));
        let mut given = before_ours.filter(|change| {
            let link = change.link.as_ref();
            !is_ours(change)
                && change.fields.iter().any(|field| field == "jobTitle")
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
                let is_first_place =
                    main.is_none() && deed.iter().any(|change| change.operation == MADE);
                if is_first_place || deed.iter().any(moves_flag) {
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
        let of = |operation: &str| -> BTreeSet<RemoteId> {
            let named = deed.iter().filter(|change| change.operation == operation);
            named.filter_map(company).collect()
        };
        if main
            .as_ref()
            .is_some_and(|main| of("LinkDeleted").contains(main))
        {
            main = None;
        }
        let flagged: BTreeSet<RemoteId> = deed
            .iter()
            .filter(|change| moves_flag(change))
            .filter_map(company)
            .collect();
        let heir = flagged
            .iter()
            .find(|company| Some(*company) != main.as_ref());
        let made = of(MADE);
        if let Some(heir) = heir {
            return Some(heir.clone());
        }
        if main.is_none() || main.as_ref().is_some_and(|main| flagged.contains(main)) {
            return made.into_iter().next();
        }
        main
    }
}

pub(crate) fn moves_flag(change: &Change) -> bool {
    change.operation == "LinkUpdated" && change.fields.iter().any(|field| field == "isPrimary")
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

async fn reference_to<S: Store>(core: &Core<S>, company: &RemoteId) -> Result<Value, EngineError> {
    let record = RecordKey {
        entity: Entity::Company,
        id: company.clone(),
    };
    let pair = core
        .store
        .pair_of(core.ctx(), &record)
        .await?
        .filter(|pair| {
            pair.state == PairState::Active
                && Side::BOTH.iter().all(|side| pair.ids.get(*side).is_some())
        });
    Ok(Value::Reference(
        pair.map_or(Reference::Unpaired(record), |pair| Reference::Pair(pair.id)),
    ))
}
