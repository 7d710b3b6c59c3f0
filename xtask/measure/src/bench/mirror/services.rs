//! Both services on this machine, each in a process of its own, as `pipestreet emulate` starts them.
//!
//! In: how many records there shall be. Out: addresses, and what was asked for and spent since the last look. The processes die with
//! their handles.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use api_client::{HttpTransport, Transport};
use bytes::Bytes;
use serde_json::Value;

use super::watch::Group;

pub(super) const TOKEN: &str = "token-of-the-bench";

/// How many records there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) deals: u32,
    pub(super) persons: u32,
    pub(super) organizations: u32,
    pub(super) custom_fields: u32,
    pub(super) set: u32,
}

impl Size {
    pub(super) const fn records(&self) -> u64 {
        self.deals as u64 + self.persons as u64 + self.organizations as u64
    }
}

/// A service that runs.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) base_url: String,
    process: Group,
}

impl Service {
    pub(super) fn pipedrive(binary: &Path, size: Size) -> anyhow::Result<Self> {
        let words = [
            ("--deals", size.deals),
            ("--persons", size.persons),
            ("--organizations", size.organizations),
            ("--custom-fields", size.custom_fields),
            ("--set", size.set),
        ];
        let mut command = emulate(binary, "pipedrive");
        command.args(["--plain", "--subscription", "ultimate"]);
        for (word, number) in words {
            command.arg(word).arg(number.to_string());
        }
        Self::start(command)
    }

    /// Nearly empty: the backfill in question is Pipedrive's.
    pub(super) fn propstreet(binary: &Path) -> anyhow::Result<Self> {
        let mut command = emulate(binary, "propstreet");
        command.args(["--persons", "1", "--organizations", "1", "--projects", "0"]);
        Self::start(command)
    }

    fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child: Child = command.spawn().context("an emulator cannot be started")?;
        let said = child.stdout.take().context("its output is ours")?;
        let process = Group(vec![child]);
        let mut told = String::new();
        for line in BufReader::new(said).lines() {
            let line = line?;
            told.push_str(&line);
            if line == "}" {
                break;
            }
        }
        let told: Value = serde_json::from_str(&told).context("an emulator did not start")?;
        let base_url = told["base_url"].as_str().unwrap_or_default().to_owned();
        Ok(Self { base_url, process })
    }

    /// Requests and tokens since the start, by endpoint.
    pub(super) async fn counters(&self, transport: &HttpTransport) -> anyhow::Result<Counted> {
        let address = format!("{}/_emulator/counters", self.base_url);
        let request = http::Request::get(address).body(Bytes::new())?;
        let answer = transport.send(request).await?;
        let counters: Value = serde_json::from_slice(answer.body())?;
        Ok(Counted {
            requests: sum_of(&counters["requests"], |_| true),
            tokens: sum_of(&counters["tokens"], |_| true),
            tokens_of_lists: sum_of(&counters["tokens"], is_list_in_question),
        })
    }

    pub(super) fn stop(self) {
        drop(self.process);
    }
}

fn emulate(binary: &Path, service: &str) -> Command {
    let mut command = Command::new(binary);
    command
        .args(["emulate", service, "--limits", "off", "--json"])
        .args(["--token", TOKEN, "--listen", "127.0.0.1:0"])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
}

/// What a service counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) requests: u64,
    pub(super) tokens: u64,
    /// Of the lists of deals, persons and organizations.
    pub(super) tokens_of_lists: u64,
}

impl Counted {
    pub(super) const fn since(self, before: Self) -> Self {
        Self {
            requests: self.requests - before.requests,
            tokens: self.tokens - before.tokens,
            tokens_of_lists: self.tokens_of_lists - before.tokens_of_lists,
        }
    }
}

fn sum_of(counters: &Value, is_wanted: impl Fn(&str) -> bool) -> u64 {
    let counters = counters.as_object().into_iter().flatten();
    counters
        .filter(|(endpoint, _)| is_wanted(endpoint))
        .filter_map(|(_, count)| count.as_u64())
        .sum()
}

fn is_list_in_question(endpoint: &str) -> bool {
    matches!(
        endpoint,
        "GET /api/v2/deals" | "GET /api/v2/persons" | "GET /api/v2/organizations"
    )
}
