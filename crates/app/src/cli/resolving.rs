//! `pipestreet conflicts resolve`: one conflict by hand, or all that wait by a rule that holds for this once.
//!
//! In: a conflict and what is kept, or fields and a policy. Out: decisions, which are written to both sides like any other change.
//! Learns nothing: a rule that shall stand is printed as the lines to write, when asked for.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use model::canonical::country::Country;
use model::canonical::{domain, email, money, phone, text};
use model::{ConflictId, Field, RecordKey, Side, Value, time};
use plan::{Rule, Winner};
use serde_json::json;
use store::{Conflict, ConflictFilter, Store};

use super::conflicts::record_name;
use super::output::{Output, shown, value_json};
use super::{Exit, Opened, Print, UsageError};

/// Conflicts that are looked through at once.
const CONFLICTS_MAX: u32 = 100_000;
/// Edits closer together than this are not told apart by a rule: the services' clocks are not that true.
const CLOSE_MILLIS: i64 = 5_000;

#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Conflicts by their numbers
    #[arg(required_unless_present_any = ["field", "all"], conflicts_with_all = ["field", "all"])]
    pub ids: Vec<i64>,
    /// The side whose value is kept: pipedrive or propstreet
    #[arg(long, value_parser = parse_side, required_unless_present_any = ["value", "clear", "policy"], conflicts_with_all = ["value", "clear", "policy"])]
    pub keep: Option<Side>,
    /// A third value, which is written to both sides
    #[arg(long, conflicts_with_all = ["clear", "policy", "field", "all"])]
    pub value: Option<String>,
    /// Empty the field on both sides
    #[arg(long, conflicts_with_all = ["policy", "field", "all"])]
    pub clear: bool,
    /// All that wait about this field, such as phone or organization.name; may be given more than once
    #[arg(long)]
    pub field: Vec<String>,
    /// All that wait
    #[arg(long, conflicts_with = "field")]
    pub all: bool,
    /// Who wins: pipedrive_wins, propstreet_wins or latest
    #[arg(long, value_parser = parse_policy)]
    pub policy: Option<Winner>,
    /// Print the lines of the configuration by which this is decided so from now on
    #[arg(long, requires = "policy")]
    pub always: bool,
    /// Show what would be decided, and leave it
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub print: Print,
}

/// What is decided about a conflict.
enum Decision {
    Keep(Side),
    Value(Option<Value>),
    /// It waits on, for this reason.
    Leave(&'static str),
}

/// # Errors
/// When the database does not answer, has no such conflict, or the value is none of the field.
pub async fn run<S: Store>(
    opened: &Opened<'_, S>,
    args: &Args,
    country: Option<Country>,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let conflicts = chosen(opened, args).await?;
    let mut decided = Vec::new();
    for conflict in conflicts {
        let decision = decide(opened, args, country, &conflict).await?;
        if !args.dry_run {
            match &decision {
                Decision::Keep(side) => {
                    opened
                        .store
                        .decide_conflict(opened.ctx, conflict.id, *side, opened.now)
                        .await?;
                }
                Decision::Value(value) => {
                    opened
                        .store
                        .settle_with(opened.ctx, conflict.id, value.clone(), opened.now)
                        .await?;
                }
                Decision::Leave(_) => {}
            }
        }
        decided.push((conflict, decision));
    }
    let lines = if args.always {
        standing_rule(args, &decided)
    } else {
        Vec::new()
    };
    if out.is_json() {
        out.value(&as_json(args, &decided, &lines))?;
    } else {
        print(args, &decided, &lines, out)?;
    }
    let left = decided
        .iter()
        .any(|(_, decision)| matches!(decision, Decision::Leave(_)));
    Ok(if left { Exit::NeedsPerson } else { Exit::Done })
}

async fn chosen<S: Store>(opened: &Opened<'_, S>, args: &Args) -> anyhow::Result<Vec<Conflict>> {
    let mut chosen = Vec::new();
    if args.ids.is_empty() {
        for name in &args.field {
            if !is_known(name) {
                bail!(UsageError(format!(
                    "no field is called {name}; `pipestreet conflicts list` shows what they are called"
                )));
            }
        }
        let waiting = opened
            .store
            .conflicts(opened.ctx, ConflictFilter::Waiting, CONFLICTS_MAX)
            .await?;
        chosen.extend(waiting.into_iter().filter(|conflict| {
            args.all
                || args
                    .field
                    .iter()
                    .any(|name| is_called(conflict.field, name))
        }));
        chosen.reverse();
    }
    for id in &args.ids {
        let conflict = opened.store.conflict(opened.ctx, ConflictId(*id)).await?;
        let conflict = conflict.with_context(|| {
            format!("there is no conflict {id}; `pipestreet conflicts list` shows those that wait")
        })?;
        chosen.push(conflict);
    }
    Ok(chosen)
}

async fn decide<S: Store>(
    opened: &Opened<'_, S>,
    args: &Args,
    country: Option<Country>,
    conflict: &Conflict,
) -> anyhow::Result<Decision> {
    if conflict.rule == Rule::DeleteAgainstEdit && args.keep.is_none() {
        if args.policy.is_some() {
            return Ok(Decision::Leave(
                "a record was deleted on one side and edited on the other; --keep with the side of the deletion deletes it, the \
                 other side keeps it",
            ));
        }
        bail!(
            "conflict {} is about a record that was deleted on one side: a value does not settle it; choose a side with --keep",
            conflict.id
        );
    }
    if let Some(side) = args.keep {
        return Ok(Decision::Keep(side));
    }
    if let Some(text) = &args.value {
        return Ok(Decision::Value(Some(parse(conflict.field, text, country)?)));
    }
    if args.clear {
        return Ok(Decision::Value(None));
    }
    Ok(match args.policy {
        Some(Winner::PipedriveWins) => Decision::Keep(Side::Pipedrive),
        Some(Winner::PropstreetWins) => Decision::Keep(Side::Propstreet),
        Some(Winner::Latest) => match later(opened, conflict).await? {
            Some(side) => Decision::Keep(side),
            None => Decision::Leave(
                "the two edits are too close together, or unseen, to tell which was later",
            ),
        },
        Some(Winner::Manual) | None => Decision::Leave("nothing was said about it"),
    })
}

/// The side that was edited later, as far as the mirror has seen.
async fn later<S: Store>(
    opened: &Opened<'_, S>,
    conflict: &Conflict,
) -> anyhow::Result<Option<Side>> {
    let record = Side::BOTH.into_iter().find_map(|side| {
        let id = conflict.ids.get(side).clone()?;
        Some(RecordKey {
            entity: conflict.kind.entity(side),
            id,
        })
    });
    let Some(record) = record else {
        return Ok(None);
    };
    let Some(view) = opened.store.lane_of(opened.ctx, &record).await? else {
        return Ok(None);
    };
    let seen = |side: Side| {
        let row = view.rows.get(side).as_ref()?;
        row.field_seen_at.get(&conflict.field).copied()
    };
    let (Some(pipedrive), Some(propstreet)) = (seen(Side::Pipedrive), seen(Side::Propstreet))
    else {
        return Ok(None);
    };
    let ahead = time::to_millis(pipedrive) - time::to_millis(propstreet);
    Ok(if ahead > CLOSE_MILLIS {
        Some(Side::Pipedrive)
    } else if ahead < -CLOSE_MILLIS {
        Some(Side::Propstreet)
    } else {
        None
    })
}

/// A value as a person types it, in the form in which both sides are compared.
fn parse(field: Field, typed: &str, country: Option<Country>) -> anyhow::Result<Value> {
    let refused = |what: &str| {
        UsageError(format!(
            "{typed} is no {what}; nothing was decided (--clear empties the field)"
        ))
    };
    if field == Field::PersonOrganization {
        bail!(UsageError(
            "which organization a person works at is not told by a value; choose a side with --keep".to_owned()
        ));
    }
    if matches!(field, Field::DealStage | Field::DealStatus) {
        bail!(UsageError(format!(
            "the two sides tell the {} in words of their own; choose a side with --keep",
            field.name()
        )));
    }
    let (value, what) = if field == Field::DealPrice {
        let parts = typed.trim().rsplit_once(' ');
        let price = parts.and_then(|(amount, currency)| money::money(amount, 0, currency));
        (price, "price with its currency, such as 12500000 SEK")
    } else if field == Field::DealPropertyCount {
        (money::decimal(typed, 0), "number")
    } else if field == Field::DealPortfolio {
        let is_known = matches!(typed, "yes" | "no");
        (is_known.then(|| typed.to_owned()), "yes or no")
    } else if field == Field::DealClassification {
        let is_known = ["contacted", "interested", "not_interested", "bidder"].contains(&typed);
        (is_known.then(|| typed.to_owned()), "classification")
    } else if field == Field::PersonEmail {
        (email::email(typed), "e-mail address")
    } else if field == Field::PersonPhone {
        (phone::phone(typed, country), "phone number")
    } else if field == Field::OrganizationDomain {
        (domain::domain(typed), "domain")
    } else if field == Field::OrganizationCountry {
        let found = model::canonical::country::country(typed);
        (found.map(|country| country.as_str().to_owned()), "country")
    } else if matches!(field, Field::PersonEmails | Field::PersonPhones) {
        let entries = typed.split(',').map(|text| {
            if field == Field::PersonEmails {
                email::email(text)
            } else {
                phone::phone(text, country)
            }
        });
        let entries: Option<_> = entries.collect();
        let entries = entries.and_then(Value::set);
        return entries.ok_or_else(|| refused("list with commas").into());
    } else if field == Field::PersonTags {
        let tags = typed.split(',').filter_map(text::text).collect();
        return Value::set(tags).ok_or_else(|| refused("list of tags").into());
    } else {
        (text::text(typed), "text")
    };
    value
        .and_then(Value::text)
        .ok_or_else(|| refused(what).into())
}

/// `phone`, or `person.phone` where both kinds of records have one.
fn is_called(field: Field, name: &str) -> bool {
    name == field.name() || name == format!("{}.{}", field.kind().name(), field.name())
}

fn is_known(name: &str) -> bool {
    let mut fields = model::Kind::ALL.into_iter().flat_map(Field::of);
    fields.any(|field| is_called(*field, name))
}

/// The lines of the configuration that decide so from now on.
fn standing_rule(args: &Args, decided: &[(Conflict, Decision)]) -> Vec<String> {
    let Some(policy) = args.policy.and_then(policy_name) else {
        return Vec::new();
    };
    let mut by_kind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let fields = model::Kind::ALL.into_iter().flat_map(Field::of);
    for field in fields.copied() {
        let is_meant = decided.iter().any(|(conflict, _)| conflict.field == field)
            || args.field.iter().any(|name| is_called(field, name));
        // All addresses go by the rule of the primary one.
        if is_meant && field.primary().is_none() {
            by_kind
                .entry(field.kind().name())
                .or_default()
                .push(field.name());
        }
    }
    let mut lines = Vec::new();
    for (kind, names) in by_kind {
        lines.push(format!("[sync.{kind}]"));
        let rule = |name: &&str| format!("{name} = {{ winner = \"{policy}\" }}");
        lines.extend(names.iter().map(rule));
    }
    lines
}

fn print(
    args: &Args,
    decided: &[(Conflict, Decision)],
    lines: &[String],
    out: &mut Output<'_>,
) -> std::io::Result<()> {
    let rows = decided.iter().map(|(conflict, decision)| {
        vec![
            conflict.id.to_string(),
            record_name(conflict),
            conflict.field.name().to_owned(),
            words(conflict, decision),
        ]
    });
    out.table(
        &["Conflict", "Record", "Field", "Decided"],
        rows.collect(),
        "no conflict waits for a person",
    )?;
    if decided
        .iter()
        .any(|(_, decision)| !matches!(decision, Decision::Leave(_)))
    {
        out.line(if args.dry_run {
            "nothing was decided; without --dry-run it is"
        } else {
            "it is written to both sides next (`serve` does it at once, else `sync --once`)"
        })?;
    }
    if !lines.is_empty() {
        out.line("to decide it so from now on, write into pipestreet.toml and start anew:")?;
        for line in lines {
            out.line(format!("    {line}"))?;
        }
    }
    Ok(())
}

fn words(conflict: &Conflict, decision: &Decision) -> String {
    match decision {
        Decision::Keep(side) if conflict.rule == Rule::DeleteAgainstEdit => {
            format!("as {side} has it")
        }
        Decision::Keep(side) => {
            format!("{} (of {side})", shown(conflict.values.get(*side).as_ref()))
        }
        Decision::Value(value) => shown(value.as_ref()),
        Decision::Leave(why) => format!("waits on: {why}"),
    }
}

fn as_json(args: &Args, decided: &[(Conflict, Decision)], lines: &[String]) -> serde_json::Value {
    let rows = decided.iter().map(|(conflict, decision)| {
        let (keep, value, why) = match decision {
            Decision::Keep(side) => (
                Some(*side),
                value_json(conflict.values.get(*side).as_ref()),
                None,
            ),
            Decision::Value(value) => (None, value_json(value.as_ref()), None),
            Decision::Leave(why) => (None, serde_json::Value::Null, Some(*why)),
        };
        json!({
            "id": conflict.id,
            "pair": conflict.pair,
            "field": conflict.field.name(),
            "keep": keep,
            "value": value,
            "waits_on": why,
        })
    });
    json!({ "dry_run": args.dry_run, "decided": rows.collect::<Vec<_>>(), "configuration": lines })
}

const fn policy_name(policy: Winner) -> Option<&'static str> {
    match policy {
        Winner::PipedriveWins => Some("pipedrive_wins"),
        Winner::PropstreetWins => Some("propstreet_wins"),
        Winner::Latest => Some("latest"),
        Winner::Manual => None,
    }
}

fn parse_policy(text: &str) -> Result<Winner, String> {
    [
        Winner::PipedriveWins,
        Winner::PropstreetWins,
        Winner::Latest,
    ]
    .into_iter()
    .find(|winner| policy_name(*winner) == Some(text))
    .ok_or_else(|| "it is pipedrive_wins, propstreet_wins or latest".to_owned())
}

fn parse_side(text: &str) -> Result<Side, String> {
    Side::BOTH
        .into_iter()
        .find(|side| side.name() == text)
        .ok_or_else(|| "it is pipedrive or propstreet".to_owned())
}
