//! Made-up plans and outcomes for the steps of a walk.

use std::collections::BTreeMap;

use model::{BySide, Field, Kind, PairId, PairState, RemoteId, Side};
use plan::{MatchRule, Note, Operation};
use store::{
    HistoryKind, LaneView, NewHistory, NewSuggestion, Observation, Outcome, PairFormation,
    PlanCommit, Snapshot, Stage, Store,
};

use super::steps::{SeenRow, Step};
use super::walker::{Walker, answer, problem, record, shown};
use crate::made_up::{agreed, at, conflict, nothing_planned, text, write};

impl<S: Store> Walker<S> {
    pub(super) async fn deliver(&mut self, step: &Step) -> String {
        let (store, now, lease) = (&self.store, self.now(), self.lease);
        match step {
            Step::Intent { outbox, fresh } => {
                let claimed = if *fresh {
                    self.claim(lease, 3, 1).await
                } else {
                    String::new()
                };
                let snapshot = Snapshot {
                    fields: BTreeMap::from([(Field::PersonName, text("Ann"))]),
                    ..Snapshot::default()
                };
                answer(
                    self.store
                        .commit_intent(&lease, self.outbox(*outbox), snapshot, now)
                        .await,
                ) + &claimed
            }
            Step::Outcome {
                outbox,
                kind,
                created,
                row,
            } => {
                let (id, outcome) = (self.outbox(*outbox), self.outcome(*kind, *created, row));
                let lane = self
                    .claims
                    .iter()
                    .find(|view| view.lane.open_outbox == Some(id))
                    .map(|view| view.lane.id);
                let told = store.commit_outcome(&lease, id, outcome, now).await;
                self.forget(lane, answer(told))
            }
            Step::Audit {
                outbox,
                overwritten,
                restores,
            } => {
                let overwritten = overwritten.then(|| conflict("Bo", "Cia", Some(Side::Pipedrive)));
                let restores = restores.then(|| (Field::PersonName, text("Bo")));
                let outbox = self.audited(*outbox).await;
                let audited = store.commit_audit(
                    &lease,
                    outbox,
                    overwritten.into_iter().collect(),
                    restores.into_iter().collect(),
                    now,
                );
                answer(audited.await)
            }
            other => panic!("{other:?} is no step of a delivery"),
        }
    }

    pub(super) async fn plan(&self, step: &Step) -> String {
        let Step::Plan {
            claim,
            formation,
            record: other,
            stale,
            write: written,
            extras,
            disposition,
            ..
        } = step
        else {
            panic!("{step:?} is no plan")
        };
        let Some(view) = self.claimed(Stage::Plan, *claim) else {
            return String::new();
        };
        let mut plan = nothing_planned(&view.lane);
        plan.lane_version -= i64::from(*stale);
        plan.formation = self.formation(view, *formation, *other);
        plan.disposition = self.disposition(*disposition);
        plan.outbox = written.map(|number| {
            let side = if number.is_multiple_of(2) {
                Side::Pipedrive
            } else {
                Side::Propstreet
            };
            let operation = if number < 4 {
                Operation::Create
            } else {
                Operation::Update
            };
            let mut row = write(side, operation);
            row.conflicts = (number == 2)
                .then(|| conflict("Ann", "Anna", Some(Side::Propstreet)))
                .into_iter()
                .collect();
            row
        });
        self.add_extras(&mut plan, view, *extras, *other);
        answer(self.store.commit_plan(&self.lease, plan, self.now()).await)
    }

    /// Everything a plan may carry beside its write, by the bits of a number.
    fn add_extras(&self, plan: &mut PlanCommit, view: &LaneView, extras: u8, other: u8) {
        if extras & 1 > 0 {
            plan.base = Some(agreed("Ann Berg"));
            plan.settled_restores = vec![Field::PersonName];
            plan.history = vec![history(HistoryKind::Paired)];
            plan.notes = vec![Note::NotExpressible {
                field: Field::PersonTags,
            }];
        }
        if extras & 2 > 0 {
            plan.conflicts = vec![conflict(
                "Ann",
                if other > 4 { "Anna" } else { "Anne" },
                None,
            )];
        }
        if extras & 4 > 0 {
            plan.waits_for = vec![record(other), record(6)];
            let candidate = record(other.wrapping_add(3));
            plan.suggestions = vec![NewSuggestion {
                candidate,
                rule: MatchRule::PhoneAndName,
                similarity: 0.5,
            }];
            plan.settled_conflicts = view
                .open_conflicts
                .iter()
                .map(|conflict| conflict.id)
                .collect();
        }
        if extras == 15 {
            plan.state = Some(if self.now % 3 == 0 {
                PairState::Asked {
                    deleted_on: Side::Pipedrive,
                    at: self.now(),
                }
            } else {
                PairState::Ended { at: self.now() }
            });
        }
    }

    fn formation(&self, view: &LaneView, kind: u8, other: u8) -> Option<PairFormation> {
        let store::LaneKey::Record(own) = &view.lane.key else {
            let id = RemoteId::from(i64::from(other));
            let side = if other > 4 {
                Side::Pipedrive
            } else {
                Side::Propstreet
            };
            return (kind == 1).then_some(PairFormation::Repoint {
                pair: PairId(1),
                side,
                id,
            });
        };
        own.entity.kind()?;
        let mut ids = BySide {
            pipedrive: None,
            propstreet: None,
        };
        *ids.get_mut(own.side()) = Some(own.id.clone());
        match kind {
            0 => None,
            1 => Some(PairFormation::Repoint {
                pair: PairId(1 + i64::from(other % 3)),
                side: own.side(),
                id: own.id.clone(),
            }),
            2 => Some(PairFormation::New {
                kind: own.kind_of_pair(),
                ids,
                rule: None,
            }),
            3 | 4 => {
                *ids.get_mut(own.side().other()) = Some(RemoteId::from(i64::from(other % 3)));
                Some(PairFormation::New {
                    kind: own.kind_of_pair(),
                    ids,
                    rule: Some(MatchRule::Email),
                })
            }
            _ => Some(PairFormation::New {
                kind: Kind::Person,
                ids,
                rule: None,
            }),
        }
    }

    pub(super) fn outcome(&self, kind: u8, created: Option<u8>, row: &SeenRow) -> Outcome {
        let observation = || Observation {
            rows: vec![shown(row)],
            ..Observation::none()
        };
        match kind {
            0 => Outcome::Unknown {
                parked_until: at(self.now + 30),
                problem: Some(problem("timeout")),
            },
            1 => Outcome::NotApplied {
                reason: "the record changed".to_owned(),
                observation: observation(),
                forget: vec![Field::PersonName],
                disposition: self.disposition(row.content),
            },
            2 => Outcome::PutOff {
                until: at(self.now + 2),
                problem: None,
            },
            _ => Outcome::Applied {
                observation: observation(),
                created: created.map(|number| RemoteId::from(i64::from(number % 3))),
                base: agreed("Bo Ek"),
                audit_until: kind.is_multiple_of(2).then(|| at(self.now + 60)),
                history: vec![history(HistoryKind::Updated)],
            },
        }
    }
}

fn history(kind: HistoryKind) -> NewHistory {
    let (before, after) = (text("Ann"), text("Ann Berg"));
    NewHistory {
        kind,
        side: Side::Propstreet,
        field: Some(Field::PersonName),
        before,
        after,
        why: "it was edited".to_owned(),
    }
}
