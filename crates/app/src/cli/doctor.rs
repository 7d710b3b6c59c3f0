//! `pipestreet doctor`: looks at everything the program stands on and says what to do about each thing that is not right.
//!
//! In: the configuration and the environment. Out: findings; it fails when one is an error. Reads and asks, and changes nothing.

use std::path::Path;

use api_client::{CallContext, Priority};
use engine::setup::{self, Done, Mode, Step};
use serde_json::json;
use store::Store;

use super::output::Output;
use super::{Exit, Print};
use crate::config::{Config, Environment};
use crate::secrets::{SecretName, Secrets, open_vault};
use crate::startup::{self, Program, WORKSPACE};

const CALL: CallContext = CallContext::new(Priority::Interactive, "doctor");

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub print: Print,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub grade: Grade,
    /// What was found, as a sentence.
    pub what: String,
    /// What a person can do; empty when there is nothing to do.
    pub advice: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    Good,
    Warning,
    Error,
}

impl Grade {
    const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Finding {
    pub fn good(what: impl Into<String>) -> Self {
        Self {
            grade: Grade::Good,
            what: what.into(),
            advice: String::new(),
        }
    }

    pub fn warning(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            grade: Grade::Warning,
            what: what.into(),
            advice: advice.into(),
        }
    }

    pub fn error(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            grade: Grade::Error,
            what: what.into(),
            advice: advice.into(),
        }
    }
}

/// Looks at everything, as far as one thing lets the next be looked at.
///
/// # Errors
/// When the configuration cannot be read, with every mistake in it.
pub async fn run(
    config: &Path,
    environment: &Environment,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let loaded = Config::load(config, environment)?;
    let mut findings = vec![Finding::good(format!(
        "the configuration {} can be read",
        config.display()
    ))];
    match stored_secrets(&loaded, environment).await {
        Ok(secrets) => {
            findings.push(Finding::good(format!(
                "the database {} can be opened",
                loaded.storage.path.display()
            )));
            findings.extend(local_findings(&loaded, &secrets));
        }
        Err(error) => {
            findings.push(Finding::error(
                format!("{error:#}"),
                "until then nothing behind it can be looked at",
            ));
        }
    }
    if findings.iter().all(|finding| finding.grade != Grade::Error) {
        let program = startup::open(config, environment).await?;
        findings.extend(findings_on_services(&program).await);
        startup::close_store(program.store).await;
    }
    report(findings, out)
}

async fn stored_secrets(config: &Config, environment: &Environment) -> anyhow::Result<Secrets> {
    let store = startup::open_store(&config.storage.path)?;
    let stored = store.secrets(WORKSPACE).await;
    startup::close_store(store).await;
    let vault = open_vault(environment, &config.storage.key_file)?;
    Ok(Secrets::gather(
        environment,
        &stored?,
        WORKSPACE.workspace,
        vault.as_ref(),
    )?)
}

/// What the two services answer, and what `setup` would still make there.
async fn findings_on_services(program: &Program) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.push(match program.blueprint.pipedrive.me(&CALL).await {
        Ok(user) if user.value.is_admin() => {
            Finding::good("Pipedrive answers, and its user is an administrator")
        }
        Ok(_) => Finding::warning(
            "Pipedrive answers, but its user is no administrator",
            "custom fields and webhooks may be refused; take the API token of an administrator",
        ),
        Err(error) => Finding::error(
            format!("Pipedrive: {error}"),
            "check pipedrive.company_domain and the API token",
        ),
    });
    findings.push(
        match program.blueprint.propstreet.list_webhooks(&CALL).await {
            Ok(_) => Finding::good("Propstreet answers"),
            Err(error) => Finding::error(
                format!("Propstreet: {error}"),
                "check propstreet.base_url and its secrets",
            ),
        },
    );
    if findings.iter().all(|finding| finding.grade != Grade::Error) {
        findings.extend(findings_of_setup(program).await);
    }
    findings
}

async fn findings_of_setup(program: &Program) -> Vec<Finding> {
    let looked = match program.blueprint.observe().await {
        Ok(core) => setup::run(&core, Mode::DryRun).await,
        Err(error) => Err(error),
    };
    let report = match looked {
        Ok(report) => report,
        Err(error) => {
            return vec![Finding::error(
                format!("fields and webhooks: {error}"),
                "try again later",
            )];
        }
    };
    let missing: Vec<Finding> = report.steps.iter().filter_map(missing).collect();
    if missing.is_empty() {
        vec![Finding::good("fields and webhooks are in place")]
    } else {
        missing
    }
}

fn missing(step: &Step) -> Option<Finding> {
    let what = match step {
        Step::Field {
            entity,
            name,
            done: Done::WouldMake,
        } => format!("the {entity} field \"{name}\" is missing"),
        Step::Webhook {
            side,
            about,
            done: Done::WouldMake,
        } => format!("{side} sends no webhook about {about}"),
        Step::Field {
            done: Done::Found | Done::Made | Done::Removed,
            ..
        }
        | Step::Webhook {
            done: Done::Found | Done::Made | Done::Removed,
            ..
        }
        | Step::NoWebhooks => return None,
    };
    Some(Finding::warning(what, "run `pipestreet setup`"))
}

/// What configuration and secrets alone tell.
#[must_use]
pub fn local_findings(config: &Config, secrets: &Secrets) -> Vec<Finding> {
    let has = |name| secrets.get(name).is_some();
    let set = |name: SecretName| format!("run `pipestreet secrets set {name}`");
    let mut findings = Vec::new();
    findings.push(if has(SecretName::PipedriveApiToken) {
        Finding::good(format!(
            "there is an API token for Pipedrive ({})",
            config.pipedrive.company
        ))
    } else {
        Finding::error(
            "there is no API token for Pipedrive",
            set(SecretName::PipedriveApiToken),
        )
    });
    let has_client = config.propstreet.client_id.is_some() || has(SecretName::PropstreetClientId);
    findings.push(match (has_client, has(SecretName::PropstreetClientSecret), has(SecretName::PropstreetToken)) {
        (true, true, _) => Finding::good("there is an OAuth client for Propstreet"),
        (true, false, _) => Finding::error("the Propstreet client has no secret", set(SecretName::PropstreetClientSecret)),
        (false, _, true) => Finding::warning(
            "Propstreet is asked with a personal access token",
            "it may ask a tenth of what an OAuth client may, and ends after 30 days; fine for a trial",
        ),
        (false, _, false) => Finding::error(
            "there is no access to Propstreet",
            "set propstreet.client_id and its secret, or keep a personal access token with `pipestreet secrets set propstreet_token`",
        ),
    });
    findings.push(match &config.server.public_url {
        Some(url) => Finding::good(format!("webhooks are to come to {url}")),
        None => Finding::warning(
            "there is no public address, so no webhooks come",
            "changes are found by polling; set server.public_url to have them in seconds",
        ),
    });
    findings
}

/// Prints all findings, the worst last where the eye rests. Fails when one is an error.
///
/// # Errors
/// When nobody reads any more.
pub fn report(mut findings: Vec<Finding>, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    findings.sort_by_key(|finding| finding.grade);
    let worst = findings.last().map_or(Grade::Good, |finding| finding.grade);
    if out.is_json() {
        let all: Vec<_> = findings
            .iter()
            .map(|finding| json!({ "grade": finding.grade.name(), "what": finding.what, "advice": finding.advice }))
            .collect();
        out.value(&json!(all))?;
    } else {
        let rows = findings.into_iter().map(|finding| {
            vec![
                finding.grade.name().to_owned(),
                finding.what,
                finding.advice,
            ]
        });
        out.table(
            &["", "What was found", "What to do"],
            rows.collect(),
            "nothing was looked at",
        )?;
    }
    Ok(if worst == Grade::Error {
        Exit::Failed
    } else {
        Exit::Done
    })
}
