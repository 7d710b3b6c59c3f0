//! `pipestreet doctor`: looks at everything the program stands on and says what to do about each thing that is not right.
//!
//! Here are its form and the findings that need nobody else; what the services say is found where they are asked.

use serde_json::json;

use super::output::Output;
use super::{Exit, Print};
use crate::config::Config;
use crate::secrets::{SecretName, Secrets};

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
