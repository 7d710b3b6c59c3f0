//! What a probe says: beforehand what it will do, afterwards what it found out.
//!
//! In: the account and the arguments, then the findings. Out: text or JSON, and the text of a switch file.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use dialoguer::Confirm;
use emulators::pipedrive::Switches;
use probe::pipedrive::{QUESTIONS, Question};
use probe::{Account, Answer, Finding, Left, Stop, Takes};
use serde_json::{Map, Value, json};

use super::PipedriveArgs;
use crate::cli::Print;
use crate::cli::output::Output;
use crate::secrets::SecretName;

/// Says what will be done, and asks where there is a terminal.
pub(super) fn agreed(
    account: &Account,
    args: &PipedriveArgs,
    out: &mut Output<'_>,
) -> anyhow::Result<bool> {
    let is_asked =
        |question: &&Question| args.wants(question) && account.means.have(question.takes);
    let questions: Vec<&Question> = QUESTIONS.iter().filter(is_asked).collect();
    out.line(format!(
        "On {} this asks {} questions. {} It spends at most {} tokens of the day.",
        account.base,
        questions.len(),
        makings(
            questions.iter().flat_map(|question| question.makes),
            &account.mark,
            "Deleted persons and deals stay in Pipedrive's trash for thirty days.",
        ),
        account.allowance,
    ))?;
    let mut takes: Vec<Takes> = questions.iter().map(|question| question.takes).collect();
    takes.sort_unstable();
    takes.dedup();
    for line in takes
        .into_iter()
        .filter_map(|takes| warning(takes, account))
    {
        out.line(line)?;
    }
    confirmed(out)
}

/// What will be made for them, in words: of each question what it makes, of whichever service.
pub(super) fn makings<'m>(
    makes: impl Iterator<Item = &'m (u32, &'static str)>,
    mark: &str,
    afterwards: &str,
) -> String {
    let mut made: BTreeMap<&str, u32> = BTreeMap::new();
    for (count, what) in makes {
        *made.entry(what).or_default() += count;
    }
    if made.is_empty() {
        return "It makes nothing.".to_owned();
    }
    let made: Vec<String> = made
        .iter()
        .map(|(what, count)| format!("{count} × {what}"))
        .collect();
    format!(
        "It makes and removes again, a few at a time, up to {}; each has '{mark}' in its name. {afterwards}",
        made.join(", ")
    )
}

/// Asks where there is a terminal.
pub(super) fn confirmed(out: &mut Output<'_>) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        out.line("Nothing was asked; say --yes to begin")?;
        return Ok(false);
    }
    Ok(Confirm::new()
        .with_prompt("Begin?")
        .default(false)
        .interact()?)
}

/// What somebody should know before questions are asked that take this.
fn warning(takes: Takes, account: &Account) -> Option<String> {
    Some(match takes {
        Takes::Nothing | Takes::DeletableProjects => return None,
        Takes::SecondUser => {
            "A second user looks for a person and a webhook of the first.".to_owned()
        }
        Takes::PostBox => format!(
            "For some minutes the account sends webhooks about persons and pipelines to {}. What is not about the records of this \
             probe is answered and forgotten.",
            host_of(account.means.post_box.as_ref()?.address())
        ),
        Takes::Login => {
            "It renews the login a few times and keeps it; a program at work takes the new one over by itself.".to_owned()
        }
        Takes::MeetingLimits => {
            "For about two minutes the account will refuse our token, and everybody else's calls with it.".to_owned()
        }
        Takes::WaitingADay => {
            "It takes up to a day, because it waits for the day's tokens to come back.".to_owned()
        }
    })
}

/// Without the secret that the rest of the address is.
pub(super) fn host_of(address: &str) -> String {
    let address = address.parse::<http::Uri>().unwrap_or_default();
    let (scheme, host) = (address.scheme_str(), address.host());
    format!(
        "{}://{}",
        scheme.unwrap_or_default(),
        host.unwrap_or_default()
    )
}

/// What to give, so that a question is asked.
fn to_give(takes: Takes) -> String {
    match takes {
        Takes::Nothing => "it takes nothing; ask again".to_owned(),
        Takes::SecondUser => {
            let second = SecretName::PipedriveSecondToken;
            format!(
                "it takes a second user: keep a token with `pipestreet secrets set {second}`, or in {}",
                second.variable()
            )
        }
        Takes::PostBox => {
            "only webhooks show it: give --listen and, where it is not server.public_url, --public-url".to_owned()
        }
        Takes::Login => "it takes a login: `pipestreet login pipedrive`".to_owned(),
        Takes::MeetingLimits => "only a limit that is met shows it: give --meet-limits".to_owned(),
        Takes::WaitingADay => "only the end of the day shows it: give --patient".to_owned(),
        Takes::DeletableProjects => {
            "projects cannot be deleted through this API, so that one made for it would stay".to_owned()
        }
    }
}

/// What was found out, as a file of switches: those that differ from the strictest.
pub(super) fn switch_file(findings: &[Finding]) -> String {
    let mut switches = Map::new();
    for finding in findings {
        match &finding.answer {
            Answer::On => {
                switches.insert(finding.key.to_owned(), Value::Bool(true));
            }
            Answer::Value(value) => {
                switches.insert(finding.key.to_owned(), value.clone());
            }
            Answer::Off | Answer::Unclear(_) | Answer::Lacks(_) => {}
        }
    }
    let text = serde_json::to_string_pretty(&Value::Object(switches));
    text.expect("a map of plain values is JSON") + "\n"
}

/// What came of a probe, of whichever service.
pub(super) struct Report<'a> {
    pub(super) findings: &'a [Finding],
    /// What it is counted in, and how much.
    pub(super) spent: (&'static str, u32),
    pub(super) left: &'a [Left],
    pub(super) stopped: Option<&'a Stop>,
    /// What a question means.
    pub(super) meaning: fn(&str) -> &'static str,
    /// What was asked.
    pub(super) whom: &'static str,
}

pub(super) fn print(report: &Report<'_>, print: Print, out: &mut Output<'_>) -> anyhow::Result<()> {
    if print.json {
        let findings = report.findings.iter().map(|finding| {
            let (answer, why) = in_short(&finding.answer);
            json!({"question": finding.key, "answer": answer, "why": why})
        });
        let left = report
            .left
            .iter()
            .map(|left| json!({"what": left.what, "path": left.path, "why": left.why}));
        out.value(&json!({
            "findings": findings.collect::<Vec<_>>(),
            report.spent.0: report.spent.1,
            "left": left.collect::<Vec<_>>(),
            "stopped": report.stopped.map(ToString::to_string),
        }))?;
        return Ok(());
    }
    let meaning = report.meaning;
    let rows = report.findings.iter().map(|finding| {
        let (answer, why) = in_short(&finding.answer);
        let question = match why {
            Some(why) => format!("{}: {why}", meaning(finding.key)),
            None => meaning(finding.key).to_owned(),
        };
        vec![answer, question]
    });
    let rows = rows.collect();
    out.table(&[report.whom, "question"], rows, "nothing was asked")?;
    for left in report.left {
        out.line(format!(
            "a {} could not be removed, at {}: {}; remove it by hand",
            left.what, left.path, left.why
        ))?;
    }
    if let Some(stop) = report.stopped {
        out.line(format!("stopped early: {stop}"))?;
    }
    Ok(())
}

/// What the emulator does without a switch file is "no" throughout.
fn in_short(answer: &Answer) -> (String, Option<String>) {
    match answer {
        Answer::On => ("yes, unlike the emulator".to_owned(), None),
        Answer::Off => ("no, like the emulator".to_owned(), None),
        Answer::Value(value) => (value.to_string(), None),
        Answer::Unclear(why) => ("unclear".to_owned(), Some(why.clone())),
        Answer::Lacks(takes) => ("not asked".to_owned(), Some(to_give(*takes))),
    }
}

/// Two findings are no yes and no no.
pub(super) fn meaning(key: &str) -> &'static str {
    match key {
        "search_lag_millis" => {
            "a search lags behind a write, at least and at most, in milliseconds"
        }
        "budget_reset_zone" => "the day's tokens come back at the midnight of this zone",
        _ => {
            let mut questions = Switches::QUESTIONS.iter();
            let question = questions.find(|question| question.key == key);
            question.map_or("", |question| question.when_on)
        }
    }
}
