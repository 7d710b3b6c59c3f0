//! What a record shows, held against the definitions: fields and options that they do not know, and fields in use that it lacks.
//!
//! In: custom fields and labels of a record. Out: [`Signs`]. Says nothing about what they mean.

use std::collections::{BTreeMap, BTreeSet};

use model::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use store::{FieldEntity, StoredField};

use super::resolve::BUILT_IN_JOB_TITLE;
use super::setting::FieldSetting;

/// The built-in field that holds labels.
pub(super) const LABELS: &str = "label_ids";
/// More than these say nothing new.
const STRANGE_MAX: usize = 4;

/// The living fields of an entity.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownFields {
    options: FxHashMap<String, FxHashSet<i64>>,
    in_use: Vec<InUseField>,
}

#[derive(Debug, Clone)]
struct InUseField {
    setting: FieldSetting,
    code: String,
    first_seen_at: Timestamp,
}

/// What was noticed about a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Signs {
    /// Fields and options that the definitions do not know.
    pub(crate) strange: Vec<String>,
    /// Settings whose fields the record does not show at all, not even empty, with the time since which they are known.
    lacks: Vec<(FieldSetting, Timestamp)>,
    /// Settings whose fields hold something else than they should.
    odd: Vec<FieldSetting>,
}

impl KnownFields {
    pub(super) fn of(
        entity: FieldEntity,
        fields: &[StoredField],
        code: &impl Fn(FieldSetting) -> Option<String>,
    ) -> Self {
        let living = || {
            fields
                .iter()
                .filter(|field| field.entity == entity && field.is_live())
        };
        let options = living()
            .map(|field| {
                let ids = field.options.iter().map(|option| option.id).collect();
                (field.code.clone(), ids)
            })
            .collect();
        let settings = FieldSetting::ALL
            .into_iter()
            .filter(|setting| setting.entity() == entity);
        let in_use = settings.filter_map(|setting| {
            let code = code(setting).filter(|code| code != BUILT_IN_JOB_TITLE)?;
            let first_seen_at = living().find(|field| field.code == code)?.first_seen_at;
            Some(InUseField {
                setting,
                code,
                first_seen_at,
            })
        });
        Self {
            options,
            in_use: in_use.collect(),
        }
    }

    /// Looks a record over.
    pub(crate) fn signs(&self, custom: &BTreeMap<String, Value>, labels: &[i64]) -> Signs {
        let mut signs = Signs::default();
        for (code, value) in custom {
            match self.options.get(code) {
                None => signs.strange(code.clone()),
                Some(options) if !options.is_empty() => {
                    for id in ids_of(value).filter(|id| !options.contains(id)) {
                        signs.strange(format!("{code}:{id}"));
                    }
                }
                Some(_) => {}
            }
        }
        if let Some(known) = self.options.get(LABELS) {
            for id in labels.iter().filter(|id| !known.contains(id)) {
                signs.strange(format!("{LABELS}:{id}"));
            }
        }
        for field in &self.in_use {
            match custom.get(&field.code) {
                None => signs.lacks.push((field.setting, field.first_seen_at)),
                Some(value) if field.setting.can_show(value) => {}
                Some(_) => signs.odd.push(field.setting),
            }
        }
        signs
    }
}

impl Signs {
    fn strange(&mut self, clue: String) {
        if self.strange.len() < STRANGE_MAX {
            self.strange.push(clue);
        }
    }

    /// Settings that a record read at this time does not tell of. A record that was read before a field was first seen lacks
    /// it because it was not there yet, and so it was empty.
    pub(crate) fn untold(&self, read_at: Timestamp) -> BTreeSet<FieldSetting> {
        let lacking = self.lacks.iter().filter(|(_, since)| *since <= read_at);
        let lacking = lacking.map(|(setting, _)| *setting);
        lacking.chain(self.odd.iter().copied()).collect()
    }

    /// What a record read at this time gives to ask about.
    pub(crate) fn clues(&self, read_at: Timestamp) -> impl Iterator<Item = String> {
        let untold = self.untold(read_at).into_iter();
        let strange = self.strange.iter().cloned();
        strange.chain(untold.map(|setting| setting.name().to_owned()))
    }

    pub(crate) fn lacks_any(&self, read_at: Timestamp) -> bool {
        self.lacks.iter().any(|(_, since)| *since <= read_at)
    }
}

/// Ids of the chosen options.
fn ids_of(value: &Value) -> impl Iterator<Item = i64> {
    let chosen = match value {
        Value::Array(chosen) => chosen.as_slice(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            std::slice::from_ref(value)
        }
    };
    chosen.iter().filter_map(Value::as_i64)
}
