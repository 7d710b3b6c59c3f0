//! Setup: what has to exist on both sides before anything can travel, made once and only where it is missing: the custom
//! fields on Pipedrive, and the webhooks of both.
//!
//! In: what there is. Out: what was made (or, as a dry run, would be). Running it again changes nothing.

use api_client::{CallContext, CallError, Priority};
use model::{Entity, Kind, Side};
use pipedrive::{FieldDefinition, FieldType, FieldsOf, NewField};
use propstreet::{CreatedWebhook, PROJECT_EVENTS, SYNCED_EVENTS, WebhookSecret};
use secrecy::ExposeSecret;
use store::{FieldEntity, SeenFields, Store};

use crate::core::Core;
use crate::deals::properties::KINDS;
use crate::definitions::{self, FieldSetting, Reason, Resolution};
use crate::failure::EngineError;
use crate::intake::webhooks::PIPEDRIVE_USER;
use crate::refusal::{self, refused};
use crate::settings::Settings;

/// The name under which our webhooks are registered.
const WEBHOOK_NAME: &str = "pipestreet";
/// Name of the fact that tells the id of the Propstreet webhook whose secret was kept.
pub const FACT_PROPSTREET_WEBHOOK: &str = "propstreet_webhook";
/// Name of the fact that Propstreet takes no webhook for events of projects.
const FACT_NO_PROJECT_EVENTS: &str = "propstreet_no_project_events";
const CALL: CallContext = CallContext::new(Priority::Interactive, "setup");

/// What setup does to what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Make,
    /// Only tell what would be made.
    DryRun,
}

/// One thing that setup made, would make, found or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Field {
        entity: &'static str,
        name: String,
        done: Done,
    },
    Webhook {
        side: Side,
        about: String,
        done: Done,
    },
    /// No public address is configured: changes are only polled for.
    NoWebhooks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Found,
    Made,
    WouldMake,
    Removed,
}

/// What setup did.
#[derive(Debug, Default)]
pub struct Report {
    pub steps: Vec<Step>,
    /// The secret of a webhook just made on Propstreet: shown this once, to be stored by the caller before anything else.
    pub propstreet_secret: Option<secrecy::SecretString>,
    /// The webhook that the secret belongs to, and those that it stands for from now on.
    pub propstreet_webhook: Option<NewOnPropstreet>,
}

/// A webhook just made on Propstreet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOnPropstreet {
    pub id: String,
    pub replaces: Vec<String>,
}

/// Makes what is missing.
///
/// # Errors
/// When a side cannot be asked, or the store cannot be reached.
pub async fn run<S: Store>(core: &Core<S>, mode: Mode) -> Result<Report, EngineError> {
    let mut report = Report::default();
    let known = fields(core, mode, &mut report).await?;
    if mode == Mode::Make {
        // Whose token it is may have changed since the last time.
        let failed = |error| EngineError::call(Side::Pipedrive, error);
        let our_user = core.pipedrive.me(&CALL).await.map_err(failed)?.value.id;
        let lists = known.lists(&core.settings);
        definitions::remember(core, definitions::Looked::at(lists), our_user).await?;
        definitions::refresh_others(core, &CALL).await?;
    }
    if core.settings.webhooks.public_url.is_some() {
        pipedrive_webhooks(core, mode, &mut report).await?;
        propstreet_webhook(core, mode, &mut report).await?;
    } else {
        report.steps.push(Step::NoWebhooks);
    }
    Ok(report)
}

/// Finishes what [`run`] began, once the caller has kept Propstreet's secret: remembers whose secret it is, and takes the
/// webhooks away that the new one stands for.
///
/// # Errors
/// When Propstreet cannot be asked, or the store cannot be reached.
pub async fn adopt<S: Store>(core: &Core<S>, report: &Report) -> Result<(), EngineError> {
    let Some(made) = &report.propstreet_webhook else {
        return Ok(());
    };
    core.store
        .put_fact(
            core.ctx(),
            FACT_PROPSTREET_WEBHOOK,
            Some(&made.id),
            core.now(),
        )
        .await?;
    for old in &made.replaces {
        let deleted = core.propstreet.delete_webhook(old, &CALL).await;
        deleted.map_err(|error| EngineError::call(Side::Propstreet, error))?;
    }
    Ok(())
}

/// Takes our webhooks away on both sides. Fields, ids and pairs stay, so that nothing is lost when it is set up again.
///
/// # Errors
/// When a side cannot be asked.
pub async fn remove<S: Store>(core: &Core<S>) -> Result<Report, EngineError> {
    let mut report = Report::default();
    let failed = |error| EngineError::call(Side::Pipedrive, error);
    for row in core
        .pipedrive
        .list_webhooks(&CALL)
        .await
        .map_err(failed)?
        .rows
    {
        if row.value.name.as_deref() == Some(WEBHOOK_NAME) {
            core.pipedrive
                .delete_webhook(row.value.id, &CALL)
                .await
                .map_err(failed)?;
            report.steps.push(Step::Webhook {
                side: Side::Pipedrive,
                about: row.value.event_object,
                done: Done::Removed,
            });
        }
    }
    let failed = |error| EngineError::call(Side::Propstreet, error);
    for row in core
        .propstreet
        .list_webhooks(&CALL)
        .await
        .map_err(failed)?
        .rows
    {
        let webhook = row.value;
        if webhook.name.as_deref() == Some(WEBHOOK_NAME) {
            core.propstreet
                .delete_webhook(&webhook.id, &CALL)
                .await
                .map_err(failed)?;
            report.steps.push(Step::Webhook {
                side: Side::Propstreet,
                about: "all events".to_owned(),
                done: Done::Removed,
            });
        }
    }
    Ok(report)
}

/// Both entities' fields, those just made included.
struct Known {
    person: Vec<FieldDefinition>,
    organization: Vec<FieldDefinition>,
    /// Empty where deals are not kept in step.
    deal: Vec<FieldDefinition>,
}

impl Known {
    fn lists(&self, settings: &Settings) -> Vec<SeenFields> {
        let mut lists = vec![
            definitions::seen_fields(FieldEntity::Person, &self.person),
            definitions::seen_fields(FieldEntity::Organization, &self.organization),
        ];
        if settings.fields.of_deals {
            lists.push(definitions::seen_fields(FieldEntity::Deal, &self.deal));
        }
        lists
    }
}

async fn fields<S: Store>(
    core: &Core<S>,
    mode: Mode,
    report: &mut Report,
) -> Result<Known, EngineError> {
    let failed = |error| EngineError::call(Side::Pipedrive, error);
    let mut known = Known {
        person: definitions::all_fields(&core.pipedrive, FieldsOf::Person, &CALL)
            .await
            .map_err(failed)?,
        organization: definitions::all_fields(&core.pipedrive, FieldsOf::Organization, &CALL)
            .await
            .map_err(failed)?,
        deal: match core.settings.fields.of_deals {
            true => definitions::all_fields(&core.pipedrive, FieldsOf::Deal, &CALL)
                .await
                .map_err(failed)?,
            false => Vec::new(),
        },
    };
    let lists = known.lists(&core.settings);
    let resolved = definitions::report::resolved_with(core, &lists).await?;
    for (setting, resolution) in &resolved {
        if matches!(resolution, Resolution::Found { code, .. } if code == "job_title") {
            // The account's own, which nobody has to make.
            continue;
        }
        make_field(core, (*setting, resolution), &mut known, mode, report).await?;
    }
    Ok(known)
}

/// A field that was renamed, or that only a person can choose, is not made a second time.
async fn make_field<S: Store>(
    core: &Core<S>,
    (setting, resolution): (FieldSetting, &Resolution),
    known: &mut Known,
    mode: Mode,
    report: &mut Report,
) -> Result<(), EngineError> {
    let is_there = match resolution {
        Resolution::Found { .. } => true,
        Resolution::Unresolved(unresolved) => match unresolved.reason {
            Reason::Missing | Reason::Deleted { .. } => false,
            Reason::Taken { .. } | Reason::WrongType { .. } | Reason::Shared { .. } => true,
        },
    };
    let name = setting.configured(&core.settings.fields).to_owned();
    let (of, found) = match setting.kind() {
        Kind::Person => (FieldsOf::Person, &mut known.person),
        Kind::Organization => (FieldsOf::Organization, &mut known.organization),
        Kind::Deal => (FieldsOf::Deal, &mut known.deal),
        // Their fields are Pipedrive's own.
        Kind::Note => return Ok(()),
    };
    let done = match (is_there, mode) {
        (true, _) => Done::Found,
        (false, Mode::DryRun) => Done::WouldMake,
        (false, Mode::Make) => {
            let field = NewField {
                field_name: name.clone(),
                field_type: type_of(setting),
                options: options_of(setting),
            };
            let made = core.pipedrive.create_field(of, &field, &CALL).await;
            found.push(
                made.map_err(|error| EngineError::call(Side::Pipedrive, error))?
                    .value,
            );
            Done::Made
        }
    };
    report.steps.push(Step::Field {
        entity: setting.entity().name(),
        name,
        done,
    });
    Ok(())
}

const fn type_of(setting: FieldSetting) -> FieldType {
    match setting {
        FieldSetting::PersonStrategy => FieldType::Text,
        FieldSetting::PersonMarker
        | FieldSetting::PersonJobTitle
        | FieldSetting::OrganizationMarker
        | FieldSetting::OrganizationDomain
        | FieldSetting::OrganizationNumber
        | FieldSetting::DealMarker
        | FieldSetting::DealClassification => FieldType::Varchar,
        FieldSetting::DealPortfolio => FieldType::Enum,
        FieldSetting::DealPropertyCount => FieldType::Double,
        FieldSetting::DealPropertyType => FieldType::Set,
    }
}

fn options_of(setting: FieldSetting) -> Vec<String> {
    match setting {
        FieldSetting::DealPortfolio => vec!["Yes".to_owned(), "No".to_owned()],
        FieldSetting::DealPropertyType => KINDS.map(str::to_owned).to_vec(),
        FieldSetting::PersonMarker
        | FieldSetting::PersonStrategy
        | FieldSetting::PersonJobTitle
        | FieldSetting::OrganizationMarker
        | FieldSetting::OrganizationDomain
        | FieldSetting::OrganizationNumber
        | FieldSetting::DealMarker
        | FieldSetting::DealPropertyCount
        | FieldSetting::DealClassification => Vec::new(),
    }
}

async fn pipedrive_webhooks<S: Store>(
    core: &Core<S>,
    mode: Mode,
    report: &mut Report,
) -> Result<(), EngineError> {
    let settings = &core.settings.webhooks;
    let (Some(address), Some(credentials)) = (&settings.public_url, &settings.pipedrive) else {
        return Ok(());
    };
    let token = credentials.path_token.expose_secret();
    let url = format!(
        "{address}/webhooks/{}/pipedrive/{token}",
        settings.workspace
    );
    let failed = |error| EngineError::call(Side::Pipedrive, error);
    let known = core
        .pipedrive
        .list_webhooks(&CALL)
        .await
        .map_err(failed)?
        .rows;
    let synced = [Entity::Person, Entity::Organization].iter();
    let mirrored = core.settings.mirrored.iter();
    let mirrored = mirrored.filter(|entity| entity.side() == Side::Pipedrive);
    for about in synced.chain(mirrored).map(|entity| entity.name()) {
        let is_there = known.iter().any(|row| {
            let webhook = &row.value;
            webhook.subscription_url == url && webhook.event_object == about && webhook.is_active
        });
        let done = match (is_there, mode) {
            (true, _) => Done::Found,
            (false, Mode::DryRun) => Done::WouldMake,
            (false, Mode::Make) => {
                let webhook = pipedrive::NewWebhook {
                    name: WEBHOOK_NAME.to_owned(),
                    subscription_url: url.clone(),
                    event_object: about.to_owned(),
                    http_auth_user: PIPEDRIVE_USER.to_owned(),
                    http_auth_password: credentials.password.clone(),
                };
                core.pipedrive
                    .create_webhook(&webhook, &CALL)
                    .await
                    .map_err(failed)?;
                Done::Made
            }
        };
        report.steps.push(Step::Webhook {
            side: Side::Pipedrive,
            about: about.to_owned(),
            done,
        });
    }
    Ok(())
}

/// A webhook whose secret we do not have is of no use: it is replaced.
async fn propstreet_webhook<S: Store>(
    core: &Core<S>,
    mode: Mode,
    report: &mut Report,
) -> Result<(), EngineError> {
    let settings = &core.settings.webhooks;
    let Some(address) = &settings.public_url else {
        return Ok(());
    };
    let url = format!("{address}/webhooks/{}/propstreet", settings.workspace);
    let failed = |error| EngineError::call(Side::Propstreet, error);
    let known = core
        .propstreet
        .list_webhooks(&CALL)
        .await
        .map_err(failed)?
        .rows;
    let ours: Vec<_> = known
        .iter()
        .map(|row| &row.value)
        .filter(|webhook| webhook.url == url)
        .collect();
    let kept = core.store.fact(core.ctx(), FACT_PROPSTREET_WEBHOOK).await?;
    let wanted = propstreet_events(core).await?;
    let usable = ours.iter().any(|webhook| {
        // One whose secret was lost on the way to us looks like any other.
        webhook.enabled != Some(false)
            && kept.as_ref().is_none_or(|kept| *kept == webhook.id)
            && wanted.iter().all(|event| webhook.events.contains(event))
    }) && !core.propstreet_secrets().is_empty();
    let done = match (usable, mode) {
        (true, _) => Done::Found,
        (false, Mode::DryRun) => Done::WouldMake,
        (false, Mode::Make) => {
            let CreatedWebhook { webhook, secret } = register(core, &url, &wanted).await?;
            let replaces = ours.into_iter().map(|old| old.id.clone()).collect();
            report.propstreet_webhook = Some(NewOnPropstreet {
                id: webhook.id,
                replaces,
            });
            core.use_propstreet_secrets(vec![WebhookSecret::new(secret.clone())]);
            report.propstreet_secret = Some(secret);
            Done::Made
        }
    };
    report.steps.push(Step::Webhook {
        side: Side::Propstreet,
        about: about(&wanted),
        done,
    });
    Ok(())
}

/// What Propstreet is to tell of. Where the login may not read projects, they are left out until it may.
///
/// # Errors
/// When the store cannot be reached.
pub async fn propstreet_events<S: Store>(core: &Core<S>) -> Result<Vec<String>, EngineError> {
    let of_projects = [Entity::Project, Entity::Prospect].into_iter();
    let mirrored: Vec<Entity> = of_projects
        .filter(|entity| core.settings.mirrors(*entity))
        .collect();
    let mut events: Vec<&str> = SYNCED_EVENTS.into();
    if !mirrored.is_empty() && are_told(core, &mirrored).await? {
        events.extend(PROJECT_EVENTS);
    }
    Ok(events.into_iter().map(str::to_owned).collect())
}

async fn are_told<S: Store>(core: &Core<S>, entities: &[Entity]) -> Result<bool, EngineError> {
    let unknown = core.store.fact(core.ctx(), FACT_NO_PROJECT_EVENTS).await?;
    let refused = refused(&core.store, core.ctx()).await?;
    let is_allowed = |entity: &Entity| refused.iter().all(|(refused, _)| refused != entity);
    Ok(unknown.is_none() && entities.iter().any(is_allowed))
}

fn about(events: &[String]) -> String {
    let has_projects = events
        .iter()
        .any(|event| PROJECT_EVENTS.contains(&event.as_str()));
    if has_projects {
        return "contacts, companies, projects, …".to_owned();
    }
    "contacts, companies and links".to_owned()
}

/// Registers a webhook. Where there are no events of projects, or none for this login, the rest is told all the same.
async fn register<S: Store>(
    core: &Core<S>,
    url: &str,
    events: &[String],
) -> Result<CreatedWebhook, EngineError> {
    let webhook = |events: Vec<String>| propstreet::NewWebhook {
        url: url.to_owned(),
        events,
        name: WEBHOOK_NAME.to_owned(),
    };
    let asked = webhook(events.to_vec());
    match core.propstreet.create_webhook(&asked, &CALL).await {
        Err(error @ (CallError::NotAllowed(_) | CallError::Refused(_)))
            if events.len() > SYNCED_EVENTS.len() =>
        {
            if refusal::is_forbidden(&error) {
                refusal::note(core, Entity::Project).await?;
            } else {
                // By one of two readings of its documentation Propstreet knows no such events.
                let (fact, now) = (FACT_NO_PROJECT_EVENTS, core.now());
                core.store
                    .put_fact(core.ctx(), fact, Some("refused"), now)
                    .await?;
            }
            let synced = SYNCED_EVENTS.map(str::to_owned).to_vec();
            let made = core
                .propstreet
                .create_webhook(&webhook(synced), &CALL)
                .await;
            made.map_err(|error| EngineError::call(Side::Propstreet, error))
        }
        made => made.map_err(|error| EngineError::call(Side::Propstreet, error)),
    }
}
