//! Whether a person's organization was let go by a user. An organization's deletion takes it from its people before anybody has
//! told of the deletion itself, and a contact's deletion takes its links: neither is an edit.
//!
//! In: a write that is about to take the organization away on the other side, too. Out: what took it away, when it was not a
//! user. Asks the services; changes nothing.

use api_client::{CallContext, CallError};
use model::{Field, PairId, RecordKey, Reference, Side, Value, time};
use pipedrive::ChangelogEntry;
use plan::Operation;
use propstreet::Change;
use store::{Observation, Store};

use crate::core::Core;
use crate::delivery::call::Target;
use crate::delivery::{changelog, evidence};
use crate::failure::EngineError;
use crate::remote;

/// What took a person's organization away, when it was not a user who let it go.
pub(crate) enum Lost {
    WithOrganization(Box<Observation>),
    /// Deleted, and restored without its links, before anybody looked.
    WithContact,
}

/// Asks the side that lost it only.
///
/// # Errors
/// The outer error when the store cannot be reached, the inner one when that side cannot be asked.
pub(crate) async fn lost_place<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Result<Option<Lost>, CallError>, EngineError> {
    let Some(agreed) = organization_to_let_go(target) else {
        return Ok(Ok(None));
    };
    let pair = core.store.pair(core.ctx(), agreed).await?;
    let source = target.row.write.side.other();
    let Some(organization) = pair.and_then(|pair| pair.record(source)) else {
        return Ok(Ok(None));
    };
    Ok(what_took_it(core, target, organization, call).await)
}

/// The organization on which the sides had agreed, when the write takes it away because the other side shows none.
fn organization_to_let_go(target: &Target<'_>) -> Option<PairId> {
    let write = &target.row.write;
    let field = Field::PersonOrganization;
    if write.operation != Operation::Update || write.source.get(&field) != Some(&None) {
        return None;
    }
    let base = &target.view.pair.as_ref()?.base;
    match base.get(write.side.other()).get(field) {
        Some(Value::Reference(Reference::Pair(organization))) => Some(*organization),
        Some(Value::Reference(Reference::Unpaired(_)) | Value::Text(_) | Value::Set(_)) | None => {
            None
        }
    }
}

async fn what_took_it<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    organization: RecordKey,
    call: &CallContext,
) -> Result<Option<Lost>, CallError> {
    let found = remote::read(core, &organization, call).await?;
    let gone = match found {
        Some(row) if row.deleted_at.is_none() => {
            let with_contact = was_restored_without_links(core, target, call).await?;
            return Ok(with_contact.then_some(Lost::WithContact));
        }
        Some(row) => Observation {
            rows: vec![row],
            ..Observation::none()
        },
        None => Observation {
            gone: vec![organization.clone()],
            ..Observation::none()
        },
    };
    if had_left_it(core, target, &organization, call).await? {
        return Ok(None);
    }
    Ok(Some(Lost::WithOrganization(Box::new(gone))))
}

/// Whether the person was in another organization when it lost that: then its user has let it go. Only asked when the agreed
/// one is gone, because Pipedrive's changelog is dear.
async fn had_left_it<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    agreed: &RecordKey,
    call: &CallContext,
) -> Result<bool, CallError> {
    let record = target.view.rows.get(agreed.side()).as_ref();
    let left = record.and_then(|record| record.left.get(&Field::PersonOrganization));
    if left.is_some_and(|left| left != agreed) {
        return Ok(true);
    }
    let person = target.view.rows.pipedrive.as_ref();
    let id = person.and_then(|person| person.key.id.as_number());
    let (Side::Pipedrive, Some(id)) = (agreed.side(), id) else {
        return Ok(false);
    };
    let is_meant = |entry: &ChangelogEntry| entry.field_key == changelog::ORGANIZATION;
    let entries = evidence::changelog(core, (target.kind(), id), is_meant, call).await?;
    let last = entries.iter().find(|entry| is_meant(entry));
    let left = last.and_then(|entry| entry.old_value.as_deref());
    Ok(left.is_some_and(|left| left != agreed.id.as_str()))
}

/// A contact that was restored has had no link since, when its timeline tells of none.
async fn was_restored_without_links<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<bool, CallError> {
    let contact = target.view.rows.propstreet.as_ref();
    let Some(contact) = contact.filter(|_| target.row.write.side == Side::Pipedrive) else {
        return Ok(false);
    };
    let of = (target.kind(), &contact.key);
    let told = evidence::timeline(core, of, time::from_millis(0), call).await?;
    let mut latest = told.iter().rev();
    let last = latest.find(|change| change.link.is_some() || change.restores_contact());
    Ok(last.is_some_and(Change::restores_contact))
}
