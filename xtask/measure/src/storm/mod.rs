//! `cargo xtask storm`: a storm of changes breaks loose while the mirror is being filled for the first time; webhooks are lost, come
//! twice and out of order. When it is over every list is asked once for what changed, and the mirror has to equal its source.
//!
//! In: how many changes. Out: a table of what it took, and an error when a single row differs. The built program, the emulators
//! and their control addresses are all there is; the comparison is made twice, by `mirror verify` and by a walk of our own
//! through the source's lists that knows nothing of the engine.

mod compare;
mod deeds;
mod report;
mod source;
#[cfg(test)]
mod tests;
mod town;

use std::ffi::OsString;
use std::path::PathBuf;

use api_client::{Clock, SystemClock};
use app::startup;
use clap::Parser;
use model::{Entity, Side, Timestamp, time};
use serde_json::{Value, json};

use self::deeds::Users;
use self::report::Figures;
use self::town::{Serving, Town, pause};

/// Longer than webhooks are late.
const QUIET_MILLIS: i64 = 8_000;
const LOOK_EVERY_MILLIS: i64 = 1_000;
const IDLE_MILLIS_MAX: i64 = 20 * 60_000;
const WRONG_SHOWN: usize = 20;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask storm",
    about = "Change everything while the mirror is being filled, then compare it row by row"
)]
struct Arguments {
    /// Changes by users, each of which sends a webhook or several
    #[arg(long, default_value_t = 50_000)]
    changes: u32,
    /// Deals at the beginning; the rest follows from them
    #[arg(long, default_value_t = 6_000)]
    deals: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Webhooks that get lost, of a hundred
    #[arg(long, default_value_t = 5)]
    lost_percent: u32,
    /// Added to every answer of the source, so that the first read takes its time
    #[arg(long, default_value_t = 40, value_name = "MS")]
    latency: u32,
    /// A program that is built already
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// Changes, waits, compares.
///
/// # Errors
/// When a row differs, or it does not come to rest.
pub(super) fn run(arguments: Vec<OsString>) -> anyhow::Result<()> {
    let arguments = Arguments::parse_from(arguments);
    let binary = match &arguments.binary {
        Some(binary) => binary.clone(),
        None => crate::crash::build()?,
    };
    startup::choose_tls();
    startup::runtime()?.block_on(Box::pin(in_a_town(&arguments, binary)))
}

async fn in_a_town(arguments: &Arguments, binary: PathBuf) -> anyhow::Result<()> {
    let mut figures = Figures::default();
    let town = Town::found(arguments, binary).await?;
    let judged = storm_and_judge(arguments, &town, &mut figures).await;
    println!("{}", figures.table());
    let is_fine = judged.as_ref().is_ok_and(Vec::is_empty);
    if let Some(folder) = town.close(!is_fine).await {
        println!(
            "\nthe database, its configuration and the log are kept in {}",
            folder.display()
        );
    }
    let wrong = judged?;
    for line in wrong.iter().take(WRONG_SHOWN) {
        println!("WRONG  {line}");
    }
    anyhow::ensure!(wrong.is_empty(), "{} things differ", wrong.len());
    Ok(())
}

async fn storm_and_judge(
    arguments: &Arguments,
    town: &Town,
    figures: &mut Figures,
) -> anyhow::Result<Vec<String>> {
    let mut users = Users::of(town, arguments.seed).await?;
    let lost = f64::from(arguments.lost_percent) / 100.0;
    let rates = json!({"webhook_drop": lost, "webhook_duplicate": 0.05, "webhook_reorder": 0.1});
    town.control("faults", &json!({ "rates": rates })).await?;
    town.control("reset-counters", &json!({})).await?;
    let began = SystemClock.now();
    let serving = Serving::begin(town).await?;
    users.storm(town, arguments.changes).await?;
    figures.note_storm(&users, since(began));
    figures.filled_before_end = is_filled(&town.mirror_status().await?);
    // Nothing goes wrong any more: what was lost stays lost.
    town.control("faults", &json!({"clear": true})).await?;
    rest(town, began, is_filled).await?;
    figures.note_counters(&town.counters().await?, since(began));

    let asked = SystemClock.now();
    town.run(&["mirror", "refresh"]).await?;
    rest(town, asked, |status| is_compared_since(status, asked)).await?;
    figures.note_delta(&town.counters().await?, since(asked));

    let verified = town.verify().await?;
    let source = source::everything(town).await?;
    serving.end().await?;
    let mut wrong = compare::told_by_verify(&verified);
    wrong.extend(compare::row_by_row(&town.database(), &source, figures).await?);
    figures.differences = wrong.len();
    Ok(wrong)
}

fn since(began: Timestamp) -> i64 {
    time::to_millis(SystemClock.now()) - time::to_millis(began)
}

/// Waits until no webhook has come for a while, no record waits for a read, and the mirror stands as asked for.
async fn rest(
    town: &Town,
    began: Timestamp,
    stands: impl Fn(&Value) -> bool,
) -> anyhow::Result<()> {
    let (mut sent, mut quiet_since) = (None, SystemClock.now());
    loop {
        pause(LOOK_EVERY_MILLIS).await;
        let status = town.status().await?;
        let waiting = status["lanes"]["read"].as_u64().unwrap_or_default();
        let now_sent = town.counters().await?["webhooks"]["sent"].as_u64();
        if now_sent != sent || waiting > 0 || !stands(&town.mirror_status().await?) {
            (sent, quiet_since) = (now_sent, SystemClock.now());
        }
        if since(quiet_since) > QUIET_MILLIS {
            return Ok(());
        }
        anyhow::ensure!(
            since(began) < IDLE_MILLIS_MAX,
            "it does not come to rest: {waiting} records wait for a read"
        );
    }
}

/// Those of Pipedrive that are read as lists; who takes part in deals is followed otherwise.
fn tables(status: &Value) -> impl Iterator<Item = &Value> {
    let is_of_pipedrive = |table: &&Value| {
        let entity = table["entity"].as_str().and_then(Entity::from_name);
        entity.is_some_and(|entity| entity.side() == Side::Pipedrive)
    };
    status
        .as_array()
        .into_iter()
        .flatten()
        .filter(is_of_pipedrive)
}

fn is_filled(status: &Value) -> bool {
    tables(status).all(|table| table["compared_at"].is_string())
}

fn is_compared_since(status: &Value, asked: Timestamp) -> bool {
    let is_later = |at: &Value| {
        let at = at.as_str().and_then(|at| at.parse::<Timestamp>().ok());
        at.is_some_and(|at| at > asked)
    };
    tables(status).all(|table| is_later(&table["compared_at"]) && is_later(&table["next_poll"]))
}
