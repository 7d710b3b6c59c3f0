//! Which fields are in use, and what has to be planned anew because that changed.
//!
//! In: resolved settings and the labels. Out: a fact of the workspace. Where another field has taken a field's place, or
//! it was gone for a while, what pairs agreed on about the former one says nothing about it, and is forgotten before anything is
//! planned by it: an empty new field was cleared by nobody.

use std::collections::{BTreeMap, BTreeSet};

use model::{Field, Kind, PairId};
use serde::{Deserialize, Serialize};

use super::resolve::{Resolution, Used};
use super::setting::FieldSetting;

/// What planning has gone by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct InUse {
    pub(super) settings: BTreeMap<FieldSetting, Used>,
    /// Settings that mean no field at present.
    #[serde(default)]
    pub(super) unresolved: BTreeSet<FieldSetting>,
    basis: BTreeMap<Kind, Basis>,
    /// Of which fields all entries are kept in step.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    all_of: BTreeSet<Field>,
    /// Whether missing labels are made.
    #[serde(default)]
    create_labels: bool,
    /// Kinds whose pairs are being gone through.
    pub(super) settling: BTreeMap<Kind, Settling>,
}

/// All of the definitions that the plan of a pair depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Basis {
    codes: BTreeMap<FieldSetting, String>,
    labels: BTreeMap<i64, String>,
}

/// Pairs being gone through, first to forget, then to plan anew.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Settling {
    pub(super) forget: BTreeSet<Field>,
    pub(super) after: PairId,
}

impl InUse {
    /// Takes in what the settings come to now.
    pub(super) fn take(
        &mut self,
        resolved: &BTreeMap<FieldSetting, Resolution>,
        labels: &BTreeMap<i64, String>,
        configured: impl Fn(FieldSetting) -> String,
    ) {
        let mut now: BTreeMap<Kind, Basis> = Kind::ALL
            .into_iter()
            .map(|kind| (kind, Basis::default()))
            .collect();
        self.unresolved.clear();
        for (setting, resolution) in resolved {
            let code = match resolution {
                Resolution::Found { code, .. } => code,
                Resolution::Unresolved(unresolved) => {
                    self.unresolved.insert(*setting);
                    if let Some(used) = self.settings.get_mut(setting) {
                        used.was_gone |= unresolved.reason.loses_values();
                    }
                    continue;
                }
            };
            let used = Used {
                configured: configured(*setting),
                code: code.clone(),
                was_gone: false,
            };
            let before = self.settings.insert(*setting, used);
            if let (Some(before), Some(field)) = (before, setting.field())
                && (before.code != *code || before.was_gone)
            {
                let settling = self.settling.entry(setting.kind()).or_default();
                settling.forget.insert(field);
            }
            now.entry(setting.kind())
                .or_default()
                .codes
                .insert(*setting, code.clone());
        }
        now.entry(Kind::Person)
            .or_default()
            .labels
            .clone_from(labels);
        for (kind, basis) in now {
            // Before anything was planned there is nothing to plan anew.
            let before = self.basis.insert(kind, basis.clone());
            if before.is_some_and(|before| before != basis) {
                self.settling.entry(kind).or_default().after = PairId(0);
            }
        }
    }

    /// Takes in the settings that pairs of persons were planned by: of which fields all entries are kept in step, and whether labels
    /// are made.
    pub(super) fn take_settings(&mut self, all_of: BTreeSet<Field>, create_labels: bool) {
        if self.all_of != all_of || (create_labels && !self.create_labels) {
            self.settling.entry(Kind::Person).or_default().after = PairId(0);
        }
        self.all_of = all_of;
        self.create_labels = create_labels;
    }

    /// Fields whose former base is still being forgotten.
    pub(super) fn unsettled(&self) -> impl Iterator<Item = Field> {
        self.settling
            .values()
            .flat_map(|settling| settling.forget.iter().copied())
    }

    /// All pairs of this kind were gone through.
    pub(super) fn went_through(&mut self, kind: Kind) {
        let Some(settling) = self.settling.get_mut(&kind) else {
            return;
        };
        if settling.forget.is_empty() {
            self.settling.remove(&kind);
        } else {
            *settling = Settling::default();
        }
    }
}
