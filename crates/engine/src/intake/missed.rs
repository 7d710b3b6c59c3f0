//! What Propstreet told while nobody listened: after a while it gives deliveries up, and after ten in a row the whole webhook.
//!
//! In: since when the program was away. Out: the webhook switched on again, and its deliveries sent once more, up to a hundred.
//! Polls find what changed anyway; this brings the webhook back, and the events with what they alone tell. It is asked once.

use api_client::{CallContext, CallError, Patch, Priority};
use jiff::Timestamp;
use model::{Entity, Side, time};
use propstreet::{Webhook, WebhookBody};
use store::Store;

use crate::core::Core;
use crate::failure::EngineError;
use crate::intake::poll;
use crate::setup::FACT_PROPSTREET_WEBHOOK;

/// When an answer did not come, it is asked again after this time.
const AGAIN_MILLIS: i64 = 60_000;
const WHAT: &str = "missed deliveries";
const CALL: CallContext = CallContext::new(Priority::Poll, "missed");

/// The program was away since then, or since it looked for the last time: what was missed is asked for soon.
///
/// # Errors
/// When the store cannot be reached.
pub async fn ask_soon<S: Store>(
    core: &Core<S>,
    stopped_at: Option<Timestamp>,
) -> Result<(), EngineError> {
    let (offset, uncertainty) = core.clock_offset(Side::Propstreet);
    let stopped_at = stopped_at.map(|at| time::plus_millis(at, offset - uncertainty));
    let looked_at = poll::standing(&core.store, core.ctx(), Entity::Contact).await?;
    let since = stopped_at.or(looked_at.map(|(seen_to, _)| seen_to));
    core.miss_since(since);
    Ok(())
}

/// Asks, when it is to be asked.
///
/// # Errors
/// When the store cannot be reached.
pub(crate) async fn run_once<S: Store>(core: &Core<S>) -> Result<(), EngineError> {
    let Some(since) = core.missed_since() else {
        return Ok(());
    };
    let now = core.now();
    if core.not_before(WHAT).is_some_and(|at| at > now) {
        return Ok(());
    }
    match ask(core, since).await? {
        Ok(()) => core.miss_since(None),
        // Without permission, or without the webhook, there is nothing to ask for. Setup makes another one.
        Err(
            CallError::NotAllowed(_)
            | CallError::NotFound
            | CallError::Gone
            | CallError::Refused(_)
            | CallError::AlreadyExists(_)
            | CallError::Stale,
        ) => core.miss_since(None),
        Err(error) => {
            tracing::debug!(%error, "what was missed could not be asked for yet");
            core.do_not_before(WHAT, time::plus_millis(now, AGAIN_MILLIS));
        }
    }
    Ok(())
}

async fn ask<S: Store>(
    core: &Core<S>,
    since: Timestamp,
) -> Result<Result<(), CallError>, EngineError> {
    let settings = &core.settings.webhooks;
    let Some(address) = &settings.public_url else {
        return Ok(Ok(()));
    };
    let url = format!("{address}/webhooks/{}/propstreet", settings.workspace);
    let kept = core.store.fact(core.ctx(), FACT_PROPSTREET_WEBHOOK).await?;
    let is_ours = |webhook: &Webhook| {
        webhook.url == url && kept.as_ref().is_none_or(|kept| *kept == webhook.id)
    };
    Ok(ask_of(core, since, is_ours).await)
}

async fn ask_of<S: Store>(
    core: &Core<S>,
    since: Timestamp,
    is_ours: impl Fn(&Webhook) -> bool,
) -> Result<(), CallError> {
    let client = &core.propstreet;
    let known = client.list_webhooks(&CALL).await?.rows;
    let ours = known.iter().map(|row| &row.value);
    for webhook in ours.filter(|webhook| is_ours(webhook)) {
        let deliveries = client.list_deliveries(&webhook.id, &CALL).await?.rows;
        let given_up = deliveries
            .iter()
            .filter(|row| row.value.was_given_up())
            .filter(|row| row.value.created_utc.is_none_or(|at| at >= since))
            .count();
        // One that nothing was given up of was switched off by a person.
        if given_up == 0 {
            continue;
        }
        if webhook.enabled == Some(false) {
            let body = WebhookBody {
                enabled: Patch::Set(true),
                ..WebhookBody::default()
            };
            client.update_webhook(&webhook.id, &body, &CALL).await?;
            tracing::info!(
                "propstreet had given its webhook up while nobody listened; it is on again"
            );
        }
        let sent_again = client.replay_deliveries(&webhook.id, since, &CALL).await?;
        tracing::info!(
            given_up,
            sent_again,
            "what propstreet told while nobody listened was asked for"
        );
    }
    Ok(())
}
