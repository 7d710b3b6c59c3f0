//! `pipestreet fields`: the fields of Pipedrive by readable names, which of them are in use and for what, what has changed
//! about them, and what a person has to do.
//!
//! In: remembered fields, for `check` those that Pipedrive lists now. Out: tables. Values of records are never shown.

use std::collections::BTreeMap;
use std::path::Path;

use api_client::{CallContext, Priority};
use engine::definitions::{self, FieldSetting, Finding, report};
use engine::settings::FieldNames;
use model::canonical::slug::slug;
use serde_json::json;
use store::{FieldChange, FieldEntity, Store, StoredField};

use super::output::{Output, time};
use super::{Exit, LIST_ROWS, Opened, Print};
use crate::config::Environment;
use crate::running::return_unspent;
use crate::startup;

const CALL: CallContext = CallContext::new(Priority::Interactive, "fields");
/// Options that are told by name before the rest is only counted.
const OPTIONS_SHOWN: usize = 6;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Fields by readable name, with what they are used for
    List(ListArgs),
    /// Ask Pipedrive for its fields, and say what does not fit
    Check(CheckArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only those of activity, deal, organization, person or product
    #[arg(long, value_parser = parse_entity)]
    pub entity: Option<FieldEntity>,
    /// What has changed about them instead, newest first
    #[arg(long)]
    pub changes: bool,
    /// Also the account's own fields, and deleted ones
    #[arg(long, conflicts_with = "changes")]
    pub all: bool,
    /// At most so many changes
    #[arg(long, default_value_t = LIST_ROWS, requires = "changes")]
    pub limit: u32,
    #[command(flatten)]
    pub print: Print,
}

#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub print: Print,
}

impl Command {
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::List(args) => args.print.json,
            Self::Check(args) => args.print.json,
        }
    }
}

fn parse_entity(name: &str) -> Result<FieldEntity, String> {
    FieldEntity::from_name(name).ok_or_else(|| {
        let names = FieldEntity::ALL.map(FieldEntity::name).join(", ");
        format!("it is one of {names}")
    })
}

/// Prints what is remembered.
///
/// # Errors
/// When the database does not answer, or nobody reads any more.
pub async fn list<S: Store>(
    opened: &Opened<'_, S>,
    args: &ListArgs,
    names: &FieldNames,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let (resolved, mut fields) = report::resolved(opened.store, opened.ctx, names).await?;
    if args.changes {
        let changes = opened.store.field_changes(opened.ctx, u32::MAX).await?;
        let mut changes: Vec<_> = changes
            .into_iter()
            .filter(|change| args.entity.is_none_or(|entity| change.entity == entity))
            .collect();
        let in_all = changes.len();
        changes.truncate(usize::try_from(args.limit).unwrap_or(usize::MAX));
        let more = in_all - changes.len();
        return print_changes(&changes, more, &fields, out);
    }
    let users = report::users(&resolved);
    let user = |field: &StoredField| users.get(&(field.entity, field.code.clone())).copied();
    fields.retain(|field| {
        let is_asked_for = args.entity.is_none_or(|entity| field.entity == entity);
        let is_shown = args.all || (field.is_live() && (field.is_custom || user(field).is_some()));
        is_asked_for && is_shown
    });
    fields.sort_by_key(|field| {
        (
            field.entity,
            !field.is_custom,
            !field.is_live(),
            field.position,
        )
    });
    if out.is_json() {
        let all: Vec<_> = fields
            .iter()
            .map(|field| as_json(field, user(field), holder(field, &fields)))
            .collect();
        out.value(&json!(all))?;
        return Ok(Exit::Done);
    }
    let rows = fields.iter().map(|field| row(field, user(field))).collect();
    let header = [
        "Field", "Label", "Type", "Options", "Used by", "Since", "Formerly", "Code",
    ];
    out.table(
        &header,
        rows,
        "no fields are known; `pipestreet setup` reads them",
    )?;
    for field in &fields {
        if let Some(holder) = holder(field, &fields) {
            out.line(kept_name(field, holder))?;
        }
    }
    Ok(Exit::Done)
}

/// The field that has, or had, the name which the label of another one would make: a name goes on meaning the field that had it
/// first, so that no query gets other data than before.
fn holder<'a>(field: &StoredField, fields: &'a [StoredField]) -> Option<&'a StoredField> {
    let wanted = slug(&field.name);
    if !field.is_custom || !field.is_live() || field.slug == wanted {
        return None;
    }
    let mut others = fields
        .iter()
        .filter(|other| other.entity == field.entity && other.code != field.code);
    others.find(|other| {
        let was = other.former.iter().any(|former| former.slug == wanted);
        other.is_live() && (other.slug == wanted || was)
    })
}

fn kept_name(field: &StoredField, holder: &StoredField) -> String {
    let (entity, wanted) = (field.entity, slug(&field.name));
    format!(
        "\"{}\" is {entity}.{}: {entity}.{wanted} goes on meaning \"{}\", which had that name before",
        field.name, field.slug, holder.name
    )
}

fn row(field: &StoredField, user: Option<FieldSetting>) -> Vec<String> {
    let label = match field.deleted_at {
        Some(at) => format!("{} (deleted, noticed {})", field.name, time(at)),
        None => field.name.clone(),
    };
    let former: Vec<&str> = field
        .former
        .iter()
        .map(|former| former.name.as_str())
        .collect();
    vec![
        format!("{}.{}", field.entity, field.slug),
        label,
        field.field_type.clone(),
        options(field),
        user.map_or_else(String::new, |setting| format!("fields.{}", setting.name())),
        time(field.first_seen_at),
        former.join(", "),
        field.code.clone(),
    ]
}

fn options(field: &StoredField) -> String {
    let shown: Vec<&str> = field
        .options
        .iter()
        .take(OPTIONS_SHOWN)
        .map(|option| option.label.as_str())
        .collect();
    let more = field.options.len() - shown.len();
    let shown = shown.join(", ");
    if more > 0 {
        format!("{shown} and {more} more")
    } else {
        shown
    }
}

fn as_json(
    field: &StoredField,
    user: Option<FieldSetting>,
    holder: Option<&StoredField>,
) -> serde_json::Value {
    json!({
        "entity": field.entity.name(),
        "name": field.slug,
        "label": field.name,
        "type": field.field_type,
        "options": field.options,
        "code": field.code,
        "custom": field.is_custom,
        "used_by": user.map(|setting| format!("fields.{}", setting.name())),
        "since": field.first_seen_at,
        "last_seen": field.last_seen_at,
        "deleted": field.deleted_at,
        "formerly": field.former,
        "name_kept_by": holder.map(|holder| holder.code.as_str()),
    })
}

fn print_changes(
    changes: &[FieldChange],
    more: usize,
    fields: &[StoredField],
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let by_code: BTreeMap<_, _> = fields
        .iter()
        .map(|field| ((field.entity, field.code.as_str()), field))
        .collect();
    let name = |change: &FieldChange| {
        let field = by_code.get(&(change.entity, change.code.as_str()));
        field.map_or_else(|| change.code.clone(), |field| field.slug.clone())
    };
    if out.is_json() {
        let all = changes.iter().map(|change| {
            json!({
                "at": change.at,
                "entity": change.entity.name(),
                "name": name(change),
                "code": change.code,
                "change": change.kind.name(),
                "option": change.option,
                "before": change.before,
                "after": change.after,
            })
        });
        out.value(&json!(all.collect::<Vec<_>>()))?;
        return Ok(Exit::Done);
    }
    let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    let rows = changes.iter().map(|change| {
        vec![
            time(change.at),
            format!("{}.{}", change.entity, name(change)),
            change.kind.name().replace('_', " "),
            format!("{} → {}", shown(&change.before), shown(&change.after)),
        ]
    });
    out.table(
        &["Noticed (UTC)", "Field", "What", "From → to"],
        rows.collect(),
        "nothing has changed since the fields were first read",
    )?;
    if more > 0 {
        out.line(format!(
            "{more} earlier changes are left out; `--limit` shows more"
        ))?;
    }
    Ok(Exit::Done)
}

/// Asks Pipedrive for its fields, remembers them, and says what a person has to do. A program at work goes by them within a
/// second.
///
/// # Errors
/// When Pipedrive cannot be asked, it is not set up, or the database does not answer.
pub async fn check(
    config: &Path,
    environment: &Environment,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let program = startup::open(config, environment).await?;
    crate::log::start_beside_progress(&program.config.log);
    let core = program.blueprint.observe().await?;
    let looked = if core.definitions().is_none() {
        Err(engine::EngineError::NotSetUp)
    } else {
        definitions::refresh_all(&core, &CALL).await
    };
    return_unspent(&core).await;
    let found = match looked {
        Ok(changes) => {
            let names = &core.settings.fields;
            let (resolved, _) = report::resolved(&core.store, core.ctx(), names).await?;
            Ok((changes.len(), definitions::findings(&resolved)))
        }
        Err(error) => Err(error),
    };
    startup::close_store(program.store).await;
    let (changes, found) = found?;
    print_findings(changes, &found, out)
}

fn print_findings(changes: usize, found: &[Finding], out: &mut Output<'_>) -> anyhow::Result<Exit> {
    if out.is_json() {
        let findings = found.iter().map(|finding| {
            json!({
                "setting": format!("fields.{}", finding.setting.name()),
                "finding": finding.code,
                "needs_person": finding.needs_person,
                "what": finding.what,
                "advice": finding.advice,
            })
        });
        out.value(&json!({
            "changes_noticed": changes,
            "findings": findings.collect::<Vec<_>>(),
        }))?;
    } else {
        if changes > 0 {
            out.line(format!(
                "{changes} changes were noticed just now; see `pipestreet fields list --changes`"
            ))?;
        }
        let rows = found.iter().map(|finding| {
            let grade = if finding.needs_person {
                "error"
            } else {
                "note"
            };
            vec![
                grade.to_owned(),
                finding.what.clone(),
                finding.advice.clone(),
            ]
        });
        out.table(
            &["", "What was found", "What to do"],
            rows.collect(),
            "every configured name means a field of Pipedrive",
        )?;
    }
    Ok(if found.iter().any(|finding| finding.needs_person) {
        Exit::NeedsPerson
    } else {
        Exit::Done
    })
}
