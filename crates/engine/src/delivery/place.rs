//! A contact's main place on Propstreet: which company, and with what title. It takes several calls, and only a link's own
//! version guards the last of them.
//!
//! In: an outbox row of the link. Out: the contact and its link as they are afterwards. Links are read before the contact:
//! the contact gets another version whenever a link of it changes, so that an unchanged contact vouches for what was read
//! of its links. Whose choice of the main company was replaced all the same, the audit finds out.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, Patch, UnknownBecause};
use model::{Entity, Field, Record, RecordKey, RemoteId, Value};
use propstreet::{Contact, Link, LinkBody, LinksOf, ListQuery, Versioned};
use store::{MirrorRow, Store};

use crate::core::Core;
use crate::delivery::call::{Answered, Target, Told, reader};
use crate::mapping::{self, link, link::WantedPlace};
use crate::remote;

pub(crate) async fn place<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let reader = reader(core)?;
    let write = &target.row.write;
    let known: Contact = target.parsed().ok_or(CallError::Stale)?;
    let main = main_company(&known);
    let wanted = link::wanted_place(write, &target.view.references);
    let company = match &wanted {
        WantedPlace::At(company) => Some(company.clone()),
        WantedPlace::Nowhere | WantedPlace::AsIs => main.clone(),
        WantedPlace::Unknown => None,
    };
    let company = company.ok_or(CallError::Stale)?;
    let existing = find_link(core, target, (&known, &company), call).await?;
    let contact = as_planned(core, target, call).await?;
    let moves = matches!(wanted, WantedPlace::At(_)) && main.as_ref() != Some(&company);
    let mut gone = Vec::new();
    let link = match (existing, &wanted) {
        (Some(link), WantedPlace::Nowhere) => {
            core.propstreet
                .delete_link(&link.value.id, &link.etag, call)
                .await?;
            gone.push(RecordKey::new(Entity::Link, link.value.id.as_str()));
            None
        }
        (None, WantedPlace::Nowhere | WantedPlace::AsIs) => return Err(CallError::Stale),
        (Some(link), _) => Some(
            core.propstreet
                .update_link(&link.value.id, &link::body(write, moves), &link.etag, call)
                .await?,
        ),
        (None, _) => Some(new_place(core, target, (&contact, &company), call).await?),
    };
    let fresh = seen_after(core, target.key()?, call).await?;
    let shown =
        mapping::record(&fresh, &target.view.references, &reader.mapping).map_err(|_| lost())?;
    let instead = match wanted {
        WantedPlace::Nowhere => heir(&fresh, &contact, &shown),
        WantedPlace::At(_) | WantedPlace::AsIs | WantedPlace::Unknown => BTreeMap::new(),
    };
    // The base may only say what was so: a place that may not have been taken is planned again.
    let taken = write
        .fields
        .iter()
        .all(|(field, value)| shown.get(*field) == value.as_ref());
    let is_certain = !instead.is_empty()
        || (matches!(wanted, WantedPlace::At(_))
            && (!contact.companies.is_empty() || shown.get(Field::PersonOrganization).is_none()));
    if !taken && !is_certain && write.fields.contains_key(&Field::PersonOrganization) {
        return Err(CallError::Stale);
    }
    let mut rows = vec![fresh];
    rows.extend(link.map(|link| reader.link(link)));
    // The contact is read after the change, and may show an edit that somebody has made in between.
    Ok(Answered {
        rows,
        main: Some(0),
        gone,
        told: Told::Looking { instead },
        members: None,
    })
}

fn main_company(contact: &Contact) -> Option<RemoteId> {
    mapping::contact::primary_company(contact).map(|company| RemoteId::from(company.id.as_str()))
}

/// A contact that works elsewhere, too, is not nowhere when its main link goes: the server makes another of its companies the
/// main one. That is nobody's edit, and what both sides show then is agreed on.
fn heir(fresh: &MirrorRow, before: &Contact, shown: &Record) -> BTreeMap<Field, Option<Value>> {
    let main = mapping::parse::<Contact>(fresh)
        .ok()
        .and_then(|fresh| main_company(&fresh));
    let is_heir = main.is_some_and(|main| {
        let mut others = before.companies.iter();
        others.any(|company| company.id == main.as_str())
    });
    if !is_heir {
        return BTreeMap::new();
    }
    [Field::PersonOrganization, Field::PersonJobTitle]
        .into_iter()
        .map(|field| (field, shown.get(field).cloned()))
        .collect()
}

/// The contact, if it is still in the version the write was planned from.
async fn as_planned<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Contact, CallError> {
    let fresh = remote::read(core, target.key()?, call)
        .await?
        .ok_or(CallError::NotFound)?;
    if target
        .row
        .if_match
        .as_ref()
        .is_some_and(|planned| *planned != fresh.remote_version)
    {
        return Err(CallError::Stale);
    }
    mapping::parse(&fresh).map_err(|_| CallError::NotFound)
}

async fn new_place<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    (contact, company): (&Contact, &RemoteId),
    call: &CallContext,
) -> Result<Versioned<Link>, CallError> {
    let new = link::new_link(&contact.id, company, &target.row.write);
    let made = core
        .propstreet
        .create_link(&new, &target.row.idempotency_key, call)
        .await?;
    if contact.companies.is_empty() {
        // The first place is the main one by itself.
        return Ok(made);
    }
    let primary = LinkBody {
        is_primary: Patch::Set(true),
        ..LinkBody::default()
    };
    core.propstreet
        .update_link(&made.value.id, &primary, &made.etag, call)
        .await
}

/// The contact's living link to a company. The contact itself says whether there is one.
async fn find_link<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    (contact, company): (&Contact, &RemoteId),
    call: &CallContext,
) -> Result<Option<Versioned<Link>>, CallError> {
    if contact
        .companies
        .iter()
        .all(|known| known.id != company.as_str())
    {
        return Ok(None);
    }
    let is_it = |link: &Versioned<Link>| {
        link.value.deleted_utc.is_none() && link.value.company_id == company.as_str()
    };
    let listed = core
        .propstreet
        .list_links(LinksOf::Contact(&contact.id), &ListQuery::alive(), call)
        .await?;
    if let Some(link) = listed.rows.into_iter().find(is_it) {
        return Ok(Some(link));
    }
    // The list lags behind; the mirror may know the link's id.
    for row in target
        .view
        .links
        .iter()
        .filter(|row| row.deleted_at.is_none())
    {
        if mapping::parse::<Link>(row).is_ok_and(|link| link.company_id == company.as_str()) {
            return core
                .propstreet
                .get_link(row.key.id.as_str(), call)
                .await
                .map(Some);
        }
    }
    Err(CallError::Stale)
}

/// The contact after its place was changed. When that cannot be seen, it is looked into later.
async fn seen_after<S: Store>(
    core: &Core<S>,
    key: &RecordKey,
    call: &CallContext,
) -> Result<MirrorRow, CallError> {
    debug_assert_eq!(key.entity, Entity::Contact);
    match remote::read(core, key, call).await {
        Ok(Some(row)) => Ok(row),
        Ok(None) => Err(CallError::NotFound),
        Err(_) => Err(lost()),
    }
}

const fn lost() -> CallError {
    CallError::OutcomeUnknown {
        what: "change a contact's company",
        because: UnknownBecause::ConnectionLost,
    }
}
