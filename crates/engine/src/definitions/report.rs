//! What a person should know about the fields in use.
//!
//! In: what the settings come to. Out: findings, each with what to do. Asks nobody.

use std::collections::BTreeMap;

use store::{FieldEntity, SeenFields, Store, StoredField};

use super::in_use::InUse;
use super::resolve::{self, BUILT_IN_JOB_TITLE, Reason, Resolution, Unresolved};
use super::setting::FieldSetting;
use super::{FACT_IN_USE, FieldNames};
use crate::core::Core;
use crate::failure::EngineError;

/// Something about a field that a person may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub setting: FieldSetting,
    /// Something stands still until a person does something.
    pub needs_person: bool,
    /// A word for programs.
    pub code: &'static str,
    pub what: String,
    pub advice: String,
}

/// What every setting comes to, with all that is remembered of the fields.
pub type Resolved = BTreeMap<FieldSetting, Resolution>;

/// What the settings come to by what is remembered.
///
/// # Errors
/// When the store cannot be reached.
pub async fn resolved<S: Store>(
    store: &S,
    ctx: store::WorkspaceCtx,
    names: &FieldNames,
) -> Result<(Resolved, Vec<StoredField>), EngineError> {
    let fields = store.fields(ctx).await?;
    let in_use = in_use(store, ctx).await?;
    Ok((resolve::resolve(names, &fields, &in_use.settings), fields))
}

/// What the settings would come to if these lists were taken in. Keeps nothing.
///
/// # Errors
/// When the store cannot be reached.
pub async fn resolved_with<S: Store>(
    core: &Core<S>,
    lists: &[SeenFields],
) -> Result<Resolved, EngineError> {
    let mut fields = core.store.fields(core.ctx()).await?;
    for list in lists {
        let taken = store::take_in(&fields, list, core.now()).fields;
        let is_taken = |field: &StoredField| {
            taken
                .iter()
                .any(|taken| taken.entity == field.entity && taken.code == field.code)
        };
        fields.retain(|field| !is_taken(field));
        fields.extend(taken);
    }
    let in_use = in_use(&core.store, core.ctx()).await?;
    Ok(resolve::resolve(
        &core.settings.fields,
        &fields,
        &in_use.settings,
    ))
}

async fn in_use<S: Store>(store: &S, ctx: store::WorkspaceCtx) -> Result<InUse, EngineError> {
    let text = store.fact(ctx, FACT_IN_USE).await?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// Settings that meant no field when the engine last looked.
///
/// # Errors
/// When the store cannot be reached.
pub(crate) async fn unresolved<S: Store>(
    store: &S,
    ctx: store::WorkspaceCtx,
) -> Result<Vec<FieldSetting>, store::StoreError> {
    let text = store.fact(ctx, FACT_IN_USE).await?;
    let in_use = text.and_then(|text| serde_json::from_str::<InUse>(&text).ok());
    Ok(in_use.map_or_else(Vec::new, |in_use| in_use.unresolved.into_iter().collect()))
}

/// Which setting uses each field.
#[must_use]
pub fn users(resolved: &Resolved) -> BTreeMap<(FieldEntity, String), FieldSetting> {
    let found = resolved
        .iter()
        .filter_map(|(setting, resolution)| match resolution {
            Resolution::Found { code, .. } => Some(((setting.entity(), code.clone()), *setting)),
            Resolution::Unresolved(_) => None,
        });
    found.collect()
}

/// What a person should know.
#[must_use]
pub fn findings(resolved: &Resolved) -> Vec<Finding> {
    resolved
        .iter()
        .filter_map(|(setting, resolution)| match resolution {
            Resolution::Unresolved(unresolved) => Some(of_unresolved(unresolved)),
            Resolution::Found {
                renamed_to: Some(name),
                ..
            } => Some(Finding {
                setting: *setting,
                needs_person: false,
                code: "renamed",
                what: format!(
                    "the field of fields.{} is called \"{name}\" by now; it stays in use",
                    setting.name()
                ),
                advice: format!("write fields.{} = \"{name}\" when it suits you", setting.name()),
            }),
            Resolution::Found {
                namesakes, code, ..
            } if *namesakes > 0 && code != BUILT_IN_JOB_TITLE => Some(Finding {
                setting: *setting,
                needs_person: false,
                code: "namesakes",
                what: format!(
                    "{namesakes} more {} fields have the name of fields.{}; the one with code {code} is used",
                    setting.entity(),
                    setting.name()
                ),
                advice: "give the others another name in Pipedrive, so that people can tell them apart"
                    .to_owned(),
            }),
            Resolution::Found { .. } => None,
        })
        .collect()
}

fn of_unresolved(unresolved: &Unresolved) -> Finding {
    let Unresolved {
        setting,
        configured,
        reason,
        near,
    } = unresolved;
    let (name, entity) = (setting.name(), setting.entity());
    let (code, what, advice) = match reason {
        Reason::Missing => (
            "missing",
            format!("Pipedrive has no {entity} field \"{configured}\" (fields.{name})"),
            maybe_meant(name, near),
        ),
        Reason::Deleted { at } => (
            "deleted",
            format!(
                "the {entity} field \"{configured}\" (fields.{name}) was deleted in Pipedrive; that was noticed {}",
                at.strftime("%Y-%m-%d %H:%M UTC")
            ),
            format!(
                "bring it back in Pipedrive, or {}; nothing was cleared on the other side",
                maybe_meant(name, near)
            ),
        ),
        Reason::Taken { renamed_to } => (
            "taken",
            format!(
                "the field of fields.{name} is called \"{renamed_to}\" by now, and another {entity} field is called \"{configured}\""
            ),
            format!(
                "write fields.{name} = \"{renamed_to}\" to go on with the former; for the latter give it a name of its own and write that"
            ),
        ),
        Reason::WrongType { field_type } => (
            "wrong_type",
            format!(
                "the {entity} field \"{configured}\" (fields.{name}) is of type {field_type}, and a text is needed"
            ),
            format!("name a field of type text or varchar: {}", maybe_meant(name, near)),
        ),
        Reason::Shared { with } => (
            "shared",
            format!(
                "fields.{name} and fields.{} mean the same {entity} field since fields were renamed in Pipedrive",
                with.name()
            ),
            "write the names by which Pipedrive shows the two fields now; `pipestreet fields list` tells them"
                .to_owned(),
        ),
    };
    Finding {
        setting: *setting,
        needs_person: true,
        code,
        what: format!("{what}: {}", setting.stands_still()),
        advice,
    }
}

fn maybe_meant(name: &str, near: &[String]) -> String {
    match near {
        [] => "run `pipestreet setup`, which makes it".to_owned(),
        [first, others @ ..] => {
            let others: String = others
                .iter()
                .map(|other| format!(" or \"{other}\""))
                .collect();
            format!(
                "write fields.{name} = \"{first}\"{others} if that is the one; else `pipestreet setup` makes it"
            )
        }
    }
}
