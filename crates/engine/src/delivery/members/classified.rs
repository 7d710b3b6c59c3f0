//! What the prospect thinks that is the deal's own person.
//!
//! In: an outbox row of its classification. Out: the prospect as it is afterwards. Its own version guards the call.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError, Patch, Priority};
use model::{Field, Value};
use propstreet::{Classification, ProspectBody};
use store::{MirrorRow, Observation, Store};

use crate::core::Core;
use crate::deals::members::{classification_of, own_prospect};
use crate::delivery::call::{Answered, Target, Told};
use crate::delivery::made::{Answer, Found};
use crate::failure::EngineError;
use crate::remote;

/// Who is cleared has not been contacted.
fn wanted(target: &Target<'_>) -> Option<Classification> {
    let value = target.row.write.fields.get(&Field::DealClassification)?;
    match value.as_ref().and_then(Value::as_text) {
        None => Some(Classification::NotContacted),
        Some("contacted") => Some(Classification::Contacted),
        Some("interested") => Some(Classification::Interested),
        Some("not_interested") => Some(Classification::NotInterested),
        Some("bidder") => Some(Classification::Bidder),
        Some(_) => None,
    }
}

fn done(row: MirrorRow) -> Answered {
    Answered {
        rows: vec![row],
        told: Told::Looking {
            instead: BTreeMap::new(),
        },
        ..Answered::default()
    }
}

pub(crate) async fn classify<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let own = own_prospect(target.view).ok_or(CallError::Stale)?;
    let (project, id) = own.key.listed_at().ok_or(CallError::Stale)?;
    let body = ProspectBody {
        classification: Patch::Set(wanted(target).ok_or(CallError::Stale)?),
        external_refs: Patch::Keep,
    };
    let row = core
        .propstreet
        .update_prospect(project.id.as_str(), id, &body, &own.remote_version, call)
        .await?;
    remote::prospect_row(core, &project, row).map(done)
}

/// The prospect as it is now, for the next plan.
pub(crate) async fn look_at_own<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
) -> Result<Observation, EngineError> {
    let Some(own) = own_prospect(target.view) else {
        return Ok(Observation::none());
    };
    let seen = remote::look(core, &own.key, Some(own)).await?;
    Ok(seen.unwrap_or_else(|_| Observation::none()))
}

/// What became of a call whose answer was lost: what it shows, and by somebody else's doing as well as by ours.
pub(crate) async fn resolve_classified<S: Store>(core: &Core<S>, target: &Target<'_>) -> Answer {
    let Some(own) = own_prospect(target.view) else {
        return Ok(Ok(Found::No(Observation::none())));
    };
    let call = CallContext::new(Priority::Change, "resolve");
    let row = match remote::read(core, &own.key, &call).await {
        Ok(Some(row)) => row,
        Ok(None) => {
            return Ok(Ok(Found::No(Observation {
                gone: vec![own.key.clone()],
                ..Observation::none()
            })));
        }
        Err(error) => return Ok(Err(error)),
    };
    let sent = target.row.write.fields.get(&Field::DealClassification);
    if sent == Some(&classification_of(&row)) {
        return Ok(Ok(Found::Yes(done(row))));
    }
    Ok(Ok(Found::No(Observation {
        rows: vec![row],
        ..Observation::none()
    })))
}
