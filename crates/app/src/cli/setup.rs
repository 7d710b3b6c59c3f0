//! `pipestreet setup`: makes the custom fields and registers the webhooks, or takes the webhooks away again.
//!
//! In: the configuration and what there is on both sides. Out: what was made. The secrets of the webhooks are made here, and kept
//! before anything relies on them. Running it again changes nothing.

use engine::intake::webhooks::PipedriveCredentials;
use engine::setup::{self, Done, Mode, Report, Step};
use model::Side;
use secrecy::SecretString;
use serde_json::json;
use store::Store;

use super::output::Output;
use super::{Exit, Print};
use crate::config::Environment;
use crate::running::return_unspent;
use crate::secrets::{SecretError, SecretName, Secrets, seal};
use crate::startup::{Program, WORKSPACE, fill_random};

const SECRET_BYTES: usize = 32;

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Args {
    /// Only say what would be made
    #[arg(long)]
    pub dry_run: bool,
    /// Take the webhooks away; pairs, fields and everything remembered stay
    #[arg(long, conflicts_with = "dry_run")]
    pub remove: bool,
    #[command(flatten)]
    pub print: Print,
}

/// # Errors
/// When a side cannot be asked, the database does not answer, or there is no key to keep secrets with.
pub async fn run(
    mut program: Program,
    args: Args,
    environment: &Environment,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    crate::log::start_beside_progress(&program.config.log);
    let mode = if args.dry_run {
        Mode::DryRun
    } else {
        Mode::Make
    };
    if !args.remove && program.config.server.public_url.is_some() {
        let credentials = credentials(&program, mode, environment).await?;
        program.blueprint.settings.webhooks.pipedrive = Some(credentials);
    }
    let core = program.blueprint.observe().await?;
    let ended = if args.remove {
        setup::remove(&core).await.map_err(anyhow::Error::from)
    } else {
        make(&program, &core, mode).await
    };
    return_unspent(&core).await;
    print(&ended?, args, out)?;
    Ok(Exit::Done)
}

async fn make<S: Store>(
    program: &Program,
    core: &engine::Core<S>,
    mode: Mode,
) -> anyhow::Result<Report> {
    if program.config.server.public_url.is_some() && mode == Mode::Make {
        // Found out before a webhook is made whose secret could not be kept.
        vault(program)?;
    }
    let report = setup::run(core, mode).await?;
    if let Some(secret) = &report.propstreet_secret {
        keep(program, SecretName::PropstreetWebhookSecret, secret).await?;
    }
    setup::adopt(core, &report).await?;
    Ok(report)
}

/// What Pipedrive's webhooks prove themselves with: what is kept, or made now and kept.
async fn credentials(
    program: &Program,
    mode: Mode,
    environment: &Environment,
) -> anyhow::Result<PipedriveCredentials> {
    let stored = program.store.secrets(WORKSPACE).await?;
    let known = Secrets::gather(
        environment,
        &stored,
        WORKSPACE.workspace,
        program.vault.as_ref(),
    )?;
    let mut both = Vec::new();
    for name in [
        SecretName::PipedriveWebhookPath,
        SecretName::PipedriveWebhookPassword,
    ] {
        let secret = match known.get(name) {
            Some(secret) => secret.clone(),
            None => {
                let secret = made_up();
                if mode == Mode::Make {
                    keep(program, name, &secret).await?;
                }
                secret
            }
        };
        both.push(secret);
    }
    let password = both.pop().expect("both were just put in");
    let path_token = both.pop().expect("both were just put in");
    Ok(PipedriveCredentials {
        path_token,
        password,
    })
}

/// 256 bits, in digits that an address may hold.
fn made_up() -> SecretString {
    let mut bytes = [0; SECRET_BYTES];
    fill_random(&mut bytes);
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    SecretString::from(text)
}

fn vault(program: &Program) -> Result<&store::Vault, SecretError> {
    program.vault.as_ref().ok_or(SecretError::NoKey)
}

async fn keep(program: &Program, name: SecretName, secret: &SecretString) -> anyhow::Result<()> {
    let now = program.blueprint.clock.now();
    let sealed = seal(
        vault(program)?,
        WORKSPACE.workspace,
        name,
        secret,
        &fill_random,
        now,
    );
    program.store.put_secret(WORKSPACE, sealed, now).await?;
    Ok(())
}

fn print(report: &Report, args: Args, out: &mut Output<'_>) -> std::io::Result<()> {
    if out.is_json() {
        let steps: Vec<_> = report.steps.iter().map(as_json).collect();
        return out.value(&json!(steps));
    }
    let rows = report.steps.iter().map(as_row).collect();
    out.table(
        &["What", "Where", ""],
        rows,
        "there was nothing to take away",
    )?;
    let made = |step: &Step| matches!(done_of(step), Some(Done::Made));
    if args.dry_run {
        out.line("nothing was made; run `pipestreet setup` to do it")
    } else if args.remove {
        out.line("pairs, fields and everything remembered stay; `pipestreet setup` registers the webhooks again")
    } else if report.steps.iter().any(made) {
        out.line("set up; restart `pipestreet serve` where it runs. See what would be written with `pipestreet plan`")
    } else {
        out.line("everything was there already")
    }
}

const fn done_of(step: &Step) -> Option<Done> {
    match step {
        Step::Field { done, .. } | Step::Webhook { done, .. } => Some(*done),
        Step::NoWebhooks => None,
    }
}

fn as_row(step: &Step) -> Vec<String> {
    match step {
        Step::Field { entity, name, done } => vec![
            format!("{entity} field {name}"),
            Side::Pipedrive.to_string(),
            word(*done).to_owned(),
        ],
        Step::Webhook { side, about, done } => vec![
            format!("webhook about {about}"),
            side.to_string(),
            word(*done).to_owned(),
        ],
        Step::NoWebhooks => vec![
            "webhooks".to_owned(),
            "both".to_owned(),
            "none: server.public_url is not set, so changes are polled for".to_owned(),
        ],
    }
}

fn as_json(step: &Step) -> serde_json::Value {
    match step {
        Step::Field { entity, name, done } => {
            json!({ "what": "field", "side": Side::Pipedrive.name(), "about": entity, "name": name, "done": word(*done) })
        }
        Step::Webhook { side, about, done } => {
            json!({ "what": "webhook", "side": side.name(), "about": about, "done": word(*done) })
        }
        Step::NoWebhooks => json!({ "what": "webhook", "done": "not wanted" }),
    }
}

const fn word(done: Done) -> &'static str {
    match done {
        Done::Found => "was there",
        Done::Made => "made",
        Done::WouldMake => "would be made",
        Done::Removed => "taken away",
    }
}
