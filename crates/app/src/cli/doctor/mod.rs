//! `pipestreet doctor`: looks at everything the program stands on and says what to do about each thing that is not right.
//!
//! In: the configuration and the environment. Out: findings; it fails when one is an error. Reads and asks, and changes nothing.

pub(super) mod machine;
mod services;

use std::path::Path;

use serde_json::json;
use store::{AnyStore, Store};

use super::output::Output;
use super::{Exit, Print};
use crate::config::{Config, Environment};
use crate::running::return_unspent;
use crate::secrets::{SecretName, Secrets, open_vault};
use crate::startup::{self, WORKSPACE};

const NO_ACCESS: &str = "the services were not asked, because there is no access to both";

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

/// Looks at everything that can be looked at, however little works.
///
/// # Errors
/// When the configuration cannot be read, or nobody reads any more.
pub async fn run(
    config: &Path,
    environment: &Environment,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let loaded = Config::load(config, environment)?;
    crate::log::start_beside_progress(&loaded.log);
    let mut findings = vec![Finding::good(format!(
        "the configuration {} has no mistakes",
        config.display()
    ))];
    match startup::open_store(&loaded.storage.path) {
        Ok(store) => {
            findings.extend(on_store(&loaded, config, environment, &store).await);
            startup::close_store(store).await;
        }
        Err(error) => findings.push(Finding::error(
            format!(
                "the database {} cannot be opened: {error}",
                loaded.storage.path.display()
            ),
            "check storage.path and who may write there, or bring back a backup",
        )),
    }
    report(findings, out)
}

async fn on_store(
    config: &Config,
    path: &Path,
    environment: &Environment,
    store: &AnyStore,
) -> Vec<Finding> {
    let mut findings = machine::disk(&config.storage.path);
    let status = match store.status(WORKSPACE, startup::now()).await {
        Ok(status) => status,
        Err(error) => {
            findings.push(Finding::error(
                format!("the database does not answer: {error}"),
                "bring back a backup",
            ));
            return findings;
        }
    };
    findings.push(machine::database(config, &status));
    match machine::standing(store, &status).await {
        Ok(standing) => findings.extend(standing),
        Err(error) => findings.push(broken(&error)),
    }
    match secrets(config, environment, store).await {
        Ok(found) => findings.extend(found),
        Err(error) => findings.push(broken(&error)),
    }
    if findings.iter().any(|finding| finding.what == NO_ACCESS) {
        return findings;
    }
    match ask_services(path, environment).await {
        Ok(found) => findings.extend(found),
        Err(error) => findings.push(broken(&error)),
    }
    findings
}

async fn secrets(
    config: &Config,
    environment: &Environment,
    store: &AnyStore,
) -> anyhow::Result<Vec<Finding>> {
    let vault = open_vault(environment, &config.storage.key_file)?;
    let mut findings = vec![machine::key(vault.as_ref())];
    let stored = store.secrets(WORKSPACE).await?;
    let secrets = Secrets::gather(environment, &stored, WORKSPACE.workspace, vault.as_ref())?;
    let local = local_findings(config, &secrets);
    let lacks_access = local.iter().any(|finding| finding.grade == Grade::Error);
    findings.extend(local);
    if lacks_access {
        findings.push(Finding::warning(
            NO_ACCESS,
            "set what is missing, and look again",
        ));
    }
    Ok(findings)
}

async fn ask_services(path: &Path, environment: &Environment) -> anyhow::Result<Vec<Finding>> {
    let program = startup::open(path, environment).await?;
    let core = program.blueprint.observe().await?;
    let found = services::findings(&program, &core).await;
    return_unspent(&core).await;
    startup::close_store(program.store).await;
    found
}

fn broken(error: &anyhow::Error) -> Finding {
    Finding::error(
        format!("{error:#}"),
        "do what the message says, and look again",
    )
}

/// What configuration and secrets alone tell.
#[must_use]
pub fn local_findings(config: &Config, secrets: &Secrets) -> Vec<Finding> {
    let has = |name| secrets.get(name).is_some();
    let set = |name: SecretName| format!("run `pipestreet secrets set {name}`");
    let mut findings = Vec::new();
    findings.push(access_to_pipedrive(config, secrets));
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

fn access_to_pipedrive(config: &Config, secrets: &Secrets) -> Finding {
    let has = |name| secrets.get(name).is_some();
    let account = match &config.pipedrive.base_url {
        Some(base) => base.host().to_owned(),
        None => "its company is found out".to_owned(),
    };
    let has_app = config.pipedrive.client_id.is_some() || has(SecretName::PipedriveClientId);
    if has(SecretName::PipedriveLogin) {
        if has_app && has(SecretName::PipedriveClientSecret) {
            return Finding::good(format!("there is a login to Pipedrive ({account})"));
        }
        return Finding::error(
            "there is a login to Pipedrive, but it cannot be renewed without the app's id and secret",
            format!(
                "run `pipestreet secrets set {}` and `pipestreet secrets set {}`",
                SecretName::PipedriveClientId,
                SecretName::PipedriveClientSecret
            ),
        );
    }
    if has(SecretName::PipedriveApiToken) {
        return Finding::good(format!("there is an API token for Pipedrive ({account})"));
    }
    Finding::error(
        "there is no access to Pipedrive",
        format!(
            "run `pipestreet login pipedrive`, or keep an API token with `pipestreet secrets set {}`",
            SecretName::PipedriveApiToken
        ),
    )
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
