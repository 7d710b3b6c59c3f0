//! `pipestreet probe propstreet`: what is asked of the organization of the configuration, and with what.
//!
//! In: the workspace and the arguments. Out: an organization that can be asked, its answers, and a file that
//! `emulate propstreet --like` loads.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use api_client::{BaseUrl, HttpTransport, SystemClock};
use emulators::propstreet::PropstreetSwitches;
use probe::propstreet::{Login, Organization, Probed, QUESTIONS, Question};
use probe::{PostBox, Takes};
use tokio::net::TcpListener;

use super::means::{Desk, ROOM_PERCENT, mark};
use super::words::{self, Report};
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::cli::{Exit, Print};
use crate::startup::propstreet_login;

/// Logging in, again where it has to be, and whether projects can be deleted.
const REQUESTS_BESIDE: u32 = 10;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The most requests that may be made, instead of what the questions come to
    #[arg(long, value_name = "REQUESTS")]
    pub allowance: Option<u32>,
    /// Also ask what only webhooks show, and receive them here
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// How the organization reaches that address, instead of by server.public_url
    #[arg(long, value_name = "URL", value_parser = super::parse_address, requires = "listen")]
    pub public_url: Option<BaseUrl>,
    /// Ask these questions only, by the names of the switch file
    #[arg(long, value_name = "QUESTION", value_delimiter = ',', value_parser = parse_question)]
    pub only: Vec<String>,
    /// Write what was found out to this file, for `emulate propstreet --like`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Begin without being asked
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub print: Print,
}

impl Args {
    fn wants(&self, question: &Question) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == question.key)
    }

    /// Whether a question will be asked, as far as that is known beforehand.
    fn asks(&self, question: &Question) -> bool {
        self.wants(question) && (question.takes != Takes::PostBox || self.listen.is_some())
    }
}

fn parse_question(text: &str) -> Result<String, String> {
    let keys: Vec<&str> = QUESTIONS.iter().map(|question| question.key).collect();
    if keys.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "there is no such question; there are {}",
        keys.join(", ")
    ))
}

/// # Errors
/// When there is no login, nobody agrees, or the file cannot be written.
pub(super) async fn ask(desk: &Desk, args: &Args, out: &mut Output<'_>) -> anyhow::Result<Exit> {
    let login = match propstreet_login(&desk.config, &desk.secrets)? {
        propstreet::Login::PersonalToken(token) => Login::PersonalToken(token),
        propstreet::Login::Client { id, secret } => Login::Client { id, secret },
    };
    let base = &desk.config.propstreet.base_url;
    let mark = mark();
    let way = (args.listen, args.public_url.as_ref());
    let receiver = desk.receiver(way, base, &mark).await?;
    let organization = Organization {
        transport: Arc::new(HttpTransport::new()?),
        clock: Arc::new(SystemClock),
        base: base.to_string(),
        login,
        post_box: receiver.as_ref().map(|(_, post_box)| Arc::clone(post_box)),
        mark,
        allowance: args.allowance.unwrap_or_else(|| enough(args)),
        is_stopped: Arc::default(),
    };
    if !args.yes && !agreed(&organization, args, out)? {
        return Ok(Exit::NeedsPerson);
    }
    let probed = probe(organization, receiver, args).await;
    if let Some(path) = &args.out {
        super::keep(path, &probed.findings)?;
    }
    let report = Report {
        findings: &probed.findings,
        spent: ("requests", probed.requests),
        left: &probed.left,
        stopped: probed.stopped.as_ref(),
        meaning,
        whom: "this organization",
    };
    words::print(&report, args.print, out)?;
    let is_whole = probed.stopped.is_none() && probed.left.is_empty();
    Ok(if is_whole { Exit::Done } else { Exit::Failed })
}

async fn probe(
    organization: Organization,
    receiver: Option<(TcpListener, Arc<PostBox>)>,
    args: &Args,
) -> Probed {
    let questions = QUESTIONS.iter().filter(|question| args.wants(question));
    let mut progress = Progress::start("asking", questions.count() as u64, args.print.json);
    let mut asked = 0;
    let is_stopped = Arc::clone(&organization.is_stopped);
    let probing = probe::propstreet::probe(
        organization,
        |question| args.wants(question),
        |_| {
            asked += 1;
            progress.set_done(asked);
        },
    );
    let probed = super::while_heard(probing, receiver, &is_stopped).await;
    progress.finish(&format!(
        "{asked} questions gone through, {} requests made",
        probed.requests
    ));
    probed
}

/// Says what will be done, and asks where there is a terminal.
fn agreed(organization: &Organization, args: &Args, out: &mut Output<'_>) -> anyhow::Result<bool> {
    let questions: Vec<&Question> = QUESTIONS
        .iter()
        .filter(|question| args.asks(question))
        .collect();
    let made = words::makings(
        questions.iter().flat_map(|question| question.makes),
        &organization.mark,
        "Propstreet keeps what was deleted where only the API shows it. Projects are made only where they can be deleted again.",
    );
    out.line(format!(
        "On {} this asks {} questions. {made} It makes at most {} requests.",
        organization.base,
        questions.len(),
        organization.allowance,
    ))?;
    let makes_webhooks = questions
        .iter()
        .flat_map(|question| question.makes)
        .any(|(_, what)| *what == "webhook");
    if makes_webhooks {
        out.line("For some seconds a webhook calls an address that is none, so that its deliveries can be looked up.")?;
    }
    if let Some(post_box) = &organization.post_box {
        out.line(format!(
            "For some seconds the organization sends webhooks about contacts to {}. What is not about the records of this probe is \
             answered and forgotten.",
            words::host_of(post_box.address())
        ))?;
    }
    words::confirmed(out)
}

/// What the questions come to at the most, with room.
fn enough(args: &Args) -> u32 {
    let asked = QUESTIONS.iter().filter(|question| args.asks(question));
    let requests: u32 = asked.map(|question| question.requests).sum();
    requests + requests * ROOM_PERCENT / 100 + REQUESTS_BESIDE
}

fn meaning(key: &str) -> &'static str {
    let mut questions = PropstreetSwitches::QUESTIONS.iter();
    let question = questions.find(|(known, _)| *known == key);
    question.map_or("", |(_, meaning)| meaning)
}
