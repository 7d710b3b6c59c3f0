//! What the two services tell: who we are there, the fields, the webhooks, the budget and the clocks.
//!
//! In: an engine that looks on. Out: findings. Writes nothing; costs some thirty of the day's tokens.

use api_client::{CallContext, CallError, NotNowReason, Priority};
use engine::definitions::report;
use engine::standing::of_entities;
use engine::{Core, definitions};
use model::{Entity, Side};
use pipedrive::FieldsOf;
use secrecy::ExposeSecret;
use store::{FieldEntity, Store};

use super::Finding;
use crate::cli::estimate::grouped;
use crate::startup::Program;

const CALL: CallContext = CallContext::new(Priority::Interactive, "doctor");
/// So often a login is waited for that is being renewed.
const LOGIN_TRIES: u32 = 3;
const CLOCK_OFF_MILLIS: i64 = 5_000;
/// Part of the day's tokens, in per cent, that may be spent before it is worth a word.
const SPENT_MUCH_PERCENT: u64 = 90;

pub(super) async fn findings<S: Store>(
    program: &Program,
    core: &Core<S>,
) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let known = match me(core).await {
        Ok(me) => {
            let host = core.pipedrive.caller().base().host();
            findings.push(user(&me, host, program.by_login));
            findings.extend(other_company(&me, host));
            true
        }
        Err(error) => {
            findings.push(refused(Side::Pipedrive, &error));
            false
        }
    };
    if known {
        findings.extend(fields(core).await?);
        findings.extend(deals(core).await?);
        findings.extend(pipedrive_webhooks(program, core).await);
    }
    findings.extend(propstreet(program, core).await?);
    findings.push(budget(program, core));
    for side in Side::BOTH {
        findings.extend(clock(core, side));
    }
    Ok(findings)
}

/// Who we are. A login that has just ended is renewed and tried once more.
async fn me<S: Store>(core: &Core<S>) -> Result<pipedrive::User, CallError> {
    for _ in 0..LOGIN_TRIES {
        let asked = core.pipedrive.me(&CALL).await;
        let Err(CallError::NotNow { retry_at, reason }) = asked else {
            return asked.map(|me| me.value);
        };
        if !matches!(
            reason,
            NotNowReason::LoginExpired | NotNowReason::LoginRenewing
        ) {
            return asked.map(|me| me.value);
        }
        core.clock.sleep_until(retry_at).await;
    }
    core.pipedrive.me(&CALL).await.map(|me| me.value)
}

fn user(me: &pipedrive::User, host: &str, by_login: bool) -> Finding {
    let company = me.company_name.as_deref().unwrap_or("a company");
    let proof = if by_login { "login" } else { "API token" };
    if me.is_admin() {
        return Finding::good(format!(
            "Pipedrive takes the {proof} at {host}: user {} of {company}, an administrator",
            me.id
        ));
    }
    Finding::warning(
        format!(
            "Pipedrive takes the {proof} at {host}, but user {} of {company} is no administrator",
            me.id
        ),
        format!(
            "records that this user may not see look deleted, and fields and webhooks may not be made; use the {proof} of an administrator"
        ),
    )
}

/// Whether the account is another than the address says.
fn other_company(me: &pipedrive::User, host: &str) -> Option<Finding> {
    let domain = me.company_domain.as_deref()?;
    let named = host.strip_suffix(".pipedrive.com")?;
    (!domain.eq_ignore_ascii_case(named)).then(|| {
        Finding::error(
            format!("the access is for the company {domain}, but {host} is called"),
            format!("write pipedrive.company_domain = \"{domain}\", or use the access of the right company"),
        )
    })
}

fn refused(side: Side, error: &CallError) -> Finding {
    let what = format!("{side} could not be asked: {error}");
    let secrets = match side {
        Side::Pipedrive => "pipedrive_api_token",
        Side::Propstreet => "propstreet_client_secret` or `pipestreet secrets set propstreet_token",
    };
    let advice = match error {
        CallError::NotAllowed(refusal) if refusal.advice.is_some() => {
            refusal.advice.unwrap_or_default().to_owned()
        }
        CallError::NotAllowed(_) | CallError::Refused(_) => {
            format!("set the right one with `pipestreet secrets set {secrets}`")
        }
        CallError::Unreachable { .. } => format!(
            "check the address {}.base_url and this machine's way to it",
            side.name()
        ),
        CallError::NotNow { .. } => {
            "wait until then, and look at what else spends the account's budget".to_owned()
        }
        CallError::NotFound | CallError::Gone | CallError::Unreadable { .. } => {
            format!(
                "check that {}.base_url is the address of the API",
                side.name()
            )
        }
        CallError::OutcomeUnknown { .. } | CallError::Stale | CallError::AlreadyExists(_) => {
            "try again in a while".to_owned()
        }
    };
    Finding::error(what, advice)
}

async fn fields<S: Store>(core: &Core<S>) -> anyhow::Result<Vec<Finding>> {
    let mut lists = Vec::new();
    let of_deals = core.settings.fields.of_deals;
    let deals = of_deals.then_some((FieldsOf::Deal, FieldEntity::Deal));
    let always = [
        (FieldsOf::Person, FieldEntity::Person),
        (FieldsOf::Organization, FieldEntity::Organization),
    ];
    for (of, entity) in always.into_iter().chain(deals) {
        match definitions::all_fields(&core.pipedrive, of, &CALL).await {
            Ok(known) => lists.push(definitions::seen_fields(entity, &known)),
            Err(error) => return Ok(vec![refused(Side::Pipedrive, &error)]),
        }
    }
    let resolved = report::resolved_with(core, &lists).await?;
    let found = definitions::findings(&resolved);
    let missing = found.iter().filter(|finding| finding.needs_person).count();
    let all = resolved.len();
    let mut findings: Vec<Finding> = found
        .into_iter()
        .map(|finding| match finding.needs_person {
            true => Finding::error(finding.what, finding.advice),
            false => Finding::warning(finding.what, finding.advice),
        })
        .collect();
    findings.push(Finding::good(format!(
        "{} of {all} Pipedrive fields in use are there",
        all - missing
    )));
    Ok(findings)
}

/// Names of pipelines, stages and owners that mean nothing, once all of them were read.
async fn deals<S: Store>(core: &Core<S>) -> anyhow::Result<Vec<Finding>> {
    let Some(settings) = &core.settings.deals else {
        return Ok(Vec::new());
    };
    let read = [Entity::Pipeline, Entity::Stage].into_iter();
    let standings = of_entities(&core.store, core.ctx(), read).await?;
    if standings.iter().any(|read| read.swept_at.is_none()) {
        return Ok(vec![Finding::warning(
            "Deals wait until pipelines and stages were read",
            "`pipestreet mirror status` shows how far that is",
        )]);
    }
    let places = core.places();
    if places.unresolved.is_empty() {
        let what = format!(
            "Deals of {} are kept in step",
            settings.pipelines.join(", ")
        );
        return Ok(vec![Finding::good(what)]);
    }
    let advice = "Write it as Pipedrive shows it, below `scope` or `deals` in the configuration";
    let unresolved = places.unresolved.iter();
    Ok(unresolved
        .map(|named| Finding::error(format!("Pipedrive has nothing that is {named}"), advice))
        .collect())
}

async fn pipedrive_webhooks<S: Store>(program: &Program, core: &Core<S>) -> Vec<Finding> {
    let settings = &core.settings.webhooks;
    let Some(address) = &program.config.server.public_url else {
        return Vec::new();
    };
    let Some(credentials) = &settings.pipedrive else {
        return vec![not_registered(Side::Pipedrive)];
    };
    let token = credentials.path_token.expose_secret();
    let url = format!(
        "{address}/webhooks/{}/pipedrive/{token}",
        settings.workspace
    );
    let known = match core.pipedrive.list_webhooks(&CALL).await {
        Ok(known) => known.rows,
        Err(error) => return vec![refused(Side::Pipedrive, &error)],
    };
    let ours: Vec<_> = known
        .iter()
        .map(|row| &row.value)
        .filter(|webhook| webhook.subscription_url == url)
        .collect();
    let misses = ["person", "organization"].iter().any(|about| {
        !ours
            .iter()
            .any(|webhook| webhook.event_object == **about && webhook.is_active)
    });
    if misses {
        return vec![not_registered(Side::Pipedrive)];
    }
    let failing = ours.iter().find_map(|webhook| {
        webhook
            .last_http_status
            .filter(|status| !(200..300).contains(status))
    });
    vec![match failing {
        Some(status) => Finding::warning(
            format!(
                "Pipedrive's webhooks point here, but the last one was answered with status {status}"
            ),
            "see that `pipestreet serve` runs and that the proxy passes POST requests on to it",
        ),
        None => Finding::good("Pipedrive's webhooks point here"),
    }]
}

async fn propstreet<S: Store>(program: &Program, core: &Core<S>) -> anyhow::Result<Vec<Finding>> {
    let known = match core.propstreet.list_webhooks(&CALL).await {
        Ok(known) => known.rows,
        Err(error) => return Ok(vec![refused(Side::Propstreet, &error)]),
    };
    let mut findings = vec![Finding::good("Propstreet takes the credentials")];
    let Some(address) = &program.config.server.public_url else {
        return Ok(findings);
    };
    let url = format!(
        "{address}/webhooks/{}/propstreet",
        core.settings.webhooks.workspace
    );
    let ours = known
        .iter()
        .map(|row| &row.value)
        .find(|webhook| webhook.url == url && webhook.enabled != Some(false));
    let wanted = engine::setup::propstreet_events(core).await?;
    let has_secret = !core.propstreet_secrets().is_empty();
    findings.push(match ours.filter(|_| has_secret) {
        None => not_registered(Side::Propstreet),
        Some(webhook) if wanted.iter().all(|event| webhook.events.contains(event)) => {
            Finding::good("Propstreet's webhook points here")
        }
        Some(_) => Finding::warning(
            "Propstreet's webhook points here, but does not tell of everything that is mirrored",
            "run `pipestreet setup`, which registers it anew",
        ),
    });
    Ok(findings)
}

fn not_registered(side: Side) -> Finding {
    Finding::error(
        format!("no working webhook of {side} points here"),
        "run `pipestreet setup`, which registers it",
    )
}

fn budget<S: Store>(program: &Program, core: &Core<S>) -> Finding {
    let spending = core.pipedrive.caller().budget().spending();
    let spent = u64::from(spending.tokens);
    let told = spending
        .limit
        .or(Some(program.config.pipedrive.daily_tokens))
        .map(u64::from);
    let Some(limit) = told.filter(|limit| *limit > 0) else {
        return Finding::good(format!("{} Pipedrive tokens spent today", grouped(spent)));
    };
    let what = format!(
        "{} of {} Pipedrive tokens spent today",
        grouped(spent),
        grouped(limit)
    );
    if spent.saturating_mul(100) / limit < SPENT_MUCH_PERCENT {
        return Finding::good(what);
    }
    Finding::warning(
        what,
        "what is left to do waits for tomorrow; see what else spends the account's tokens, or buy more seats",
    )
}

fn clock<S: Store>(core: &Core<S>, side: Side) -> Option<Finding> {
    let offset = match side {
        Side::Pipedrive => core.pipedrive.caller().clock_offset(),
        Side::Propstreet => core.propstreet.caller().clock_offset(),
    }?;
    let off = offset.offset_millis;
    if off.abs() > CLOCK_OFF_MILLIS + offset.uncertainty_millis {
        let seconds = off / 1_000;
        return Some(Finding::warning(
            format!("the clock of {side} is {seconds} s ahead of this machine's"),
            "set this machine's clock by a time server; the difference is allowed for, but signatures of webhooks end after five minutes",
        ));
    }
    Some(Finding::good(format!(
        "the clock of {side} agrees with this machine's"
    )))
}
