//! The demo's figures: what was planned, what was done, what it cost beside the least it could cost, and whether both sides agree.

use std::collections::{BTreeMap, BTreeSet};

use api_client::{BudgetSettings, Limits, WindowLimit};
use emulators::pipedrive::PipedriveEmulator;
use engine::preview::Preview;
use engine::{Core, remote, setup};
use model::{Entity, Kind, LaneId, Side};
use serde_json::json;
use store::{LaneKey, Stage, Status, Store};

use super::agreement::{self, Agreement};
use super::books::books;
use super::services::Services;
use crate::cli::demo::Args;
use crate::cli::output::Output;

/// What Propstreet answers a client in a minute.
pub(super) const PROPSTREET_PER_MINUTE: u32 = 600;
const WINDOW_MILLIS: i64 = 2_000;
/// Differences that are printed.
const DIFFERENCES_SHOWN: usize = 10;
const LANES_PER_PAGE: u32 = 500;
/// Asking who we are.
const OURSELVES_TOKENS: u64 = 2;
const PAGE_ROWS: u64 = 500;
const PAGE_TOKENS: u64 = 10;
const FIELD_TOKENS: u64 = 5;
const WEBHOOK_TOKENS: u64 = 10;
/// One deal's participants, and one who comes to it.
const PARTICIPANTS_TOKENS: u64 = 10;
/// A note that is made in Pipedrive.
const NOTE_TOKENS: u64 = 10;

/// What Pipedrive's plan allows, as the real service would enforce it.
pub(super) fn real_budget(emulator: &PipedriveEmulator) -> BudgetSettings {
    let config = emulator.config();
    BudgetSettings::within(Limits {
        tokens_per_day: u32::try_from(config.budget()).ok(),
        reserved_percent: Limits::RESERVED_PERCENT,
        requests: Some(WindowLimit {
            requests: per_window(emulator),
            millis: WINDOW_MILLIS,
        }),
        searches: None,
    })
}

fn per_window(emulator: &PipedriveEmulator) -> u32 {
    u32::try_from(emulator.config().subscription.burst()).unwrap_or(u32::MAX)
}

pub(super) fn writes_of(plan: &Preview) -> u64 {
    [&plan.creates, &plan.updates, &plan.markers, &plan.deletes]
        .into_iter()
        .flat_map(BTreeMap::values)
        .sum()
}

pub(super) fn finished_writes(status: &Status) -> u64 {
    ["done", "awaiting_audit"]
        .into_iter()
        .filter_map(|state| status.outbox.get(state))
        .sum()
}

/// Nothing to read, to plan or to write. Audits may still wait for their webhooks.
pub(super) fn is_at_rest(status: &Status) -> bool {
    [Stage::Read, Stage::Plan, Stage::Deliver]
        .iter()
        .all(|stage| status.lanes.get(stage).is_none_or(|lanes| *lanes == 0))
}

pub(super) fn print_setup(report: &setup::Report, out: &mut Output<'_>) -> anyhow::Result<()> {
    let made = report.steps.iter().filter(|step| {
        matches!(
            step,
            setup::Step::Field {
                done: setup::Done::Made,
                ..
            } | setup::Step::Webhook {
                done: setup::Done::Made,
                ..
            }
        )
    });
    out.line(format!(
        "Setup        {} of {} fields and webhooks made",
        made.count(),
        report.steps.len()
    ))?;
    Ok(())
}

pub(super) fn print_plan(plan: &Preview, out: &mut Output<'_>) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for kind in Kind::ALL {
        for side in Side::BOTH {
            let count = |of: &BTreeMap<(Kind, Side), u64>| {
                of.get(&(kind, side)).copied().unwrap_or(0).to_string()
            };
            rows.push(vec![
                kind.entity(side).name().to_owned(),
                side.to_string(),
                count(&plan.creates),
                count(&plan.updates),
                count(&plan.markers),
                count(&plan.deletes),
            ]);
        }
    }
    let formed: u64 = plan.pairs_formed.values().sum();
    out.line(format!(
        "\nThe plan     {formed} pairs found on both sides, {} conflicts settled by rule, {} records for a person to look at, about {} tokens",
        plan.conflicts, plan.ambiguous, plan.tokens
    ))?;
    out.table(
        &["record", "side", "create", "change", "id only", "delete"],
        rows,
        "nothing to write",
    )?;
    for record in &plan.records {
        let name = |side: Side| {
            record
                .records
                .get(side)
                .as_ref()
                .map_or_else(|| "nothing yet".to_owned(), ToString::to_string)
        };
        out.line(format!(
            "\n{} and {}",
            name(Side::Pipedrive),
            name(Side::Propstreet)
        ))?;
        for sentence in &record.sentences {
            out.line(format!("  {sentence}"))?;
        }
    }
    out.line("")?;
    Ok(())
}

/// Everything that is told at the end.
#[derive(Debug)]
pub(super) struct Summary {
    status: Status,
    agreement: Agreement,
    set_aside: BTreeSet<String>,
    seconds: f64,
    /// Of this run, on both sides; earlier runs on the same database left out.
    writes: u64,
    tokens: u64,
    tokens_minimum: u64,
    pipedrive_requests: u64,
    pipedrive_writes: u64,
    propstreet_requests: u64,
    duplicates: u64,
    minutes_at_limits: f64,
}

/// Takes the figures from the store and from what the services themselves counted.
pub(super) async fn take<S: Store>(
    core: &Core<S>,
    services: &Services,
    plan: &Preview,
    (seconds, writes_before, reads_all): (f64, u64, bool),
) -> anyhow::Result<Summary> {
    let status = core.store.status(core.ctx(), core.now()).await?;
    let set_aside = set_aside(core).await?;
    let books = books(services)?;
    let agreement = agreement::compare(&books, &set_aside);
    let (counters, per_window) = {
        let emulator = services.pipedrive.emulator();
        (emulator.counters(), per_window(&emulator))
    };
    let propstreet = services.propstreet.emulator().counters();
    let pages = |records: usize| {
        (u64::try_from(records).unwrap_or(u64::MAX))
            .div_ceil(PAGE_ROWS)
            .max(1)
    };
    let made = made_by_setup(&counters.requests);
    // A run on a kept database has read everything before.
    let read_pages = if reads_all {
        pages(live_before(&status, Entity::Person))
            + pages(live_before(&status, Entity::Organization))
    } else {
        0
    };
    let mirrored_tokens = if reads_all {
        lists_tokens(&status) + participants_tokens(core).await?
    } else {
        0
    };
    let mirrored_tokens = mirrored_tokens + joined_tokens(&counters.requests);
    let lists = engine::definitions::listed(&core.settings).count();
    let read_pages = read_pages + u64::try_from(lists).unwrap_or(u64::MAX);
    // Notes of Propstreet are known once there are pairs, and so are in no first plan.
    let notes = match reads_all {
        true => agreement::had_before(&books) * NOTE_TOKENS,
        false => 0,
    };
    let tokens_minimum = OURSELVES_TOKENS
        + made
        + read_pages * PAGE_TOKENS
        + mirrored_tokens
        + plan.tokens_minimum
        + notes;
    let pipedrive_requests = counters.requests_total();
    #[expect(
        clippy::cast_precision_loss,
        reason = "figures for people, far below the precision of a float"
    )]
    let minutes = {
        let pipedrive = pipedrive_requests as f64 / f64::from(per_window) * 2.0 / 60.0;
        pipedrive.max(propstreet.requests_total as f64 / f64::from(PROPSTREET_PER_MINUTE))
    };
    Ok(Summary {
        writes: finished_writes(&status).saturating_sub(writes_before),
        status,
        agreement,
        set_aside,
        seconds,
        tokens: counters.tokens_total(),
        tokens_minimum,
        pipedrive_requests,
        pipedrive_writes: record_writes(&counters.requests),
        propstreet_requests: propstreet.requests_total,
        duplicates: counters.duplicates + propstreet.duplicates,
        minutes_at_limits: minutes,
    })
}

/// Writes of persons, organizations, deals and notes; fields and webhooks are setup's.
fn record_writes(requests: &BTreeMap<&'static str, u64>) -> u64 {
    let is_write = |name: &str| {
        ["POST", "PUT", "PATCH", "DELETE"]
            .iter()
            .any(|method| name.starts_with(method))
    };
    let is_record = |name: &str| {
        let kinds = ["persons", "organizations", "deals", "notes"];
        kinds.iter().any(|kind| name.contains(kind)) && !name.contains("Fields")
    };
    requests
        .iter()
        .filter(|(name, _)| is_write(name) && is_record(name))
        .map(|(_, count)| count)
        .sum()
}

/// Records of an entity that a first read lists, those the sync made left out.
fn live_before(status: &Status, entity: Entity) -> usize {
    status
        .mirror
        .get(&entity)
        .map_or(0, |(live, _)| usize::try_from(*live).unwrap_or(usize::MAX))
}

/// Entities that are mirrored and take part in no pair.
fn beside_pairs() -> impl Iterator<Item = Entity> {
    let all = Entity::ALL.into_iter();
    all.filter(|entity| !entity.is_always_paired())
}

/// What it costs to read the lists of what is mirrored only, once.
fn lists_tokens(status: &Status) -> u64 {
    let tokens = |entity| remote::list_tokens(entity, live_before(status, entity));
    beside_pairs().map(|entity| u64::from(tokens(entity))).sum()
}

/// What it costs to read who takes part in each open deal, once.
async fn participants_tokens<S: Store>(core: &Core<S>) -> anyhow::Result<u64> {
    let standing = engine::participants::standing(&core.store, core.ctx()).await?;
    Ok(standing.known.with_participants * PARTICIPANTS_TOKENS)
}

/// What it costs to have so many take part in deals, one by one.
fn joined_tokens(requests: &BTreeMap<&'static str, u64>) -> u64 {
    let joined = requests
        .iter()
        .filter(|(name, _)| name.starts_with("POST") && name.ends_with("participants"));
    joined.map(|(_, count)| count * PARTICIPANTS_TOKENS).sum()
}

/// Records that are mirrored only.
pub(super) fn mirrored_only(status: &Status) -> u64 {
    let live = beside_pairs().filter_map(|entity| status.mirror.get(&entity));
    let live: u64 = live.map(|(live, _)| live).sum();
    // Of deals and projects some are in pairs.
    let paired = status.pairs_active.get(&Kind::Deal).copied();
    live.saturating_sub(2 * paired.unwrap_or_default())
}

/// Fields and webhooks that setup made, in tokens, from what the service was asked for.
fn made_by_setup(requests: &BTreeMap<&'static str, u64>) -> u64 {
    let count = |wanted: &[&str]| -> u64 {
        requests
            .iter()
            .filter(|(name, _)| wanted.iter().all(|part| name.contains(part)))
            .map(|(_, count)| count)
            .sum()
    };
    count(&["POST", "Fields"]) * FIELD_TOKENS
        + count(&["POST", "webhooks"]) * WEBHOOK_TOKENS
        + count(&["GET", "webhooks"]) * WEBHOOK_TOKENS
}

/// Records that wait for a person: quarantined lanes, and those that wait for one of them.
async fn set_aside<S: Store>(core: &Core<S>) -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut after = LaneId(0);
    loop {
        let lanes = core
            .store
            .peek_lanes(core.ctx(), Stage::Quarantined, after, LANES_PER_PAGE)
            .await?;
        let Some(last) = lanes.last() else {
            return Ok(names);
        };
        after = last.lane.id;
        for view in &lanes {
            if let LaneKey::Record(key) = &view.lane.key {
                names.insert(key.to_string());
            }
            names.extend(
                Side::BOTH
                    .iter()
                    .filter_map(|side| view.rows.get(*side).as_ref())
                    .map(|row| row.key.to_string()),
            );
        }
    }
}

impl Summary {
    pub(super) fn agrees(&self) -> bool {
        self.agreement.differences.is_empty() && self.duplicates == 0
    }

    fn pairs(&self) -> u64 {
        self.status.pairs_active.values().sum()
    }

    pub(super) fn print(&self, args: &Args, out: &mut Output<'_>) -> anyhow::Result<()> {
        if out.is_json() {
            out.value(&self.json(args))?;
            return Ok(());
        }
        let records: u64 = self.status.mirror.values().map(|(live, _)| live).sum();
        let ratio = ratio(self.tokens, self.tokens_minimum);
        let rows = vec![
            vec!["records".to_owned(), format!("{records} on both sides")],
            vec![
                "mirrored only".to_owned(),
                format!("{} of them", mirrored_only(&self.status)),
            ],
            vec!["pairs".to_owned(), self.pairs().to_string()],
            vec![
                "writes".to_owned(),
                format!("{} ({} in Pipedrive)", self.writes, self.pipedrive_writes),
            ],
            vec![
                "conflicts".to_owned(),
                format!(
                    "{} journaled, {} wait for a person",
                    self.status.conflicts_journaled, self.status.conflicts_waiting
                ),
            ],
            vec![
                "set aside".to_owned(),
                format!("{} records wait for a person", self.set_aside.len()),
            ],
            vec![
                "tokens".to_owned(),
                format!(
                    "{} spent, {} the least possible: {ratio:.3} times",
                    self.tokens, self.tokens_minimum
                ),
            ],
            vec![
                "requests".to_owned(),
                format!(
                    "{} to Pipedrive, {} to Propstreet",
                    self.pipedrive_requests, self.propstreet_requests
                ),
            ],
            vec![
                "time".to_owned(),
                format!(
                    "{:.1} s; the services' real limits would make it {:.1} minutes",
                    self.seconds, self.minutes_at_limits
                ),
            ],
            vec!["duplicates".to_owned(), self.duplicates.to_string()],
            vec!["agreement".to_owned(), self.agreement_in_words()],
        ];
        out.table(&["figure", "value"], rows, "")?;
        for difference in self.agreement.differences.iter().take(DIFFERENCES_SHOWN) {
            out.line(format!("  {difference}"))?;
        }
        Ok(())
    }

    fn agreement_in_words(&self) -> String {
        match self.agreement.differences.len() {
            0 => format!(
                "yes: all {} pairs of records agree, compared in the services themselves",
                self.agreement.agreeing
            ),
            different => format!("no: {different} records differ"),
        }
    }

    fn json(&self, args: &Args) -> serde_json::Value {
        json!({
            "persons": args.persons,
            "organizations": args.organizations,
            "mirrored_only": mirrored_only(&self.status),
            "pairs": self.pairs(),
            "writes": self.writes,
            "pipedrive_writes": self.pipedrive_writes,
            "conflicts_journaled": self.status.conflicts_journaled,
            "conflicts_waiting": self.status.conflicts_waiting,
            "set_aside": self.set_aside,
            "tokens": self.tokens,
            "tokens_minimum": self.tokens_minimum,
            "tokens_ratio": ratio(self.tokens, self.tokens_minimum),
            "pipedrive_requests": self.pipedrive_requests,
            "propstreet_requests": self.propstreet_requests,
            "seconds": self.seconds,
            "minutes_at_real_limits": self.minutes_at_limits,
            "duplicates": self.duplicates,
            "agreeing": self.agreement.agreeing,
            "differences": self.agreement.differences,
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a figure for people, far below the precision of a float"
)]
fn ratio(spent: u64, least: u64) -> f64 {
    spent as f64 / least.max(1) as f64
}
