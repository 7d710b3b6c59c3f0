//! Takes the steps of a walk on one store. What a step is about is taken from what the store answered before, so that two
//! stores that answer alike are asked alike.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;

use model::{
    BySide, ConflictId, Entity, Field, InboxSeq, Kind, LaneId, OutboxId, PairId, PairState, RecordKey, RemoteId, Side,
    Timestamp, WorkspaceId,
};
use plan::{MatchRule, Note, Operation};
use store::{
    Authority, Disposition, HistoryKind, InboxSource, LaneView, Lease, NewHistory, NewInboxRow, NewSuggestion, Observation,
    Outcome, PairFormation, Problem, ReadDone, Stage, Store, StoreError, StoredSecret, WorkspaceCtx,
};

use super::dump;
use super::steps::{SeenRow, Step};
use crate::made_up::{agreed, at, conflict, link, nothing_planned, row, text, write};

/// Views of lanes that were claimed lately; later steps are about them.
const CLAIMS_KEPT: usize = 4;

pub(crate) struct Walker<S> {
    store: S,
    now: i64,
    lease: Lease,
    old_lease: Lease,
    claims: VecDeque<LaneView>,
}

fn ctx(workspace: u8) -> WorkspaceCtx {
    WorkspaceCtx { workspace: WorkspaceId(i64::from(workspace)) }
}

pub(crate) fn record(number: u8) -> RecordKey {
    let entity = match number % 10 {
        0..3 => Entity::Person,
        3..6 => Entity::Contact,
        6 => Entity::Organization,
        7 => Entity::Company,
        _ => Entity::Link,
    };
    RecordKey::new(entity, i64::from(number % 3))
}

fn shown(seen: &SeenRow) -> store::MirrorRow {
    let key = record(seen.record);
    let names = ["Ann Berg", "Bo Ek", "Cia Lund"];
    let name = names[usize::from(seen.content)];
    let mut row = if key.entity == Entity::Link {
        let mut made = link(0, &record(3 + seen.content), i64::from(seen.content));
        made.key = key;
        made
    } else {
        row(&key, i64::from(seen.remote_time), name)
    };
    row.remote_time = at(i64::from(seen.remote_time));
    row.deleted_at = seen.deleted.then(|| at(9));
    if row.key.entity == Entity::Person {
        row.refers_to = vec![record(6)];
    }
    row
}

fn problem(code: &str) -> Problem {
    Problem { code: code.to_owned(), message: "the name is too long".to_owned(), request: None, answer: Some("422".to_owned()) }
}

fn answer<T: Debug>(answer: Result<T, StoreError>) -> String {
    format!("{answer:?}")
}

impl<S: Store> Walker<S> {
    pub(crate) async fn start(store: S) -> Self {
        let old_lease = Lease { workspace: WorkspaceId(1), epoch: 0 };
        let lease = store.acquire_lease(WorkspaceId(1), at(0)).await.unwrap();
        Self { store, now: 10, lease, old_lease, claims: VecDeque::new() }
    }

    pub(crate) async fn dump(&self) -> Vec<String> {
        let mut lines = dump::dump(&self.store, ctx(1), self.now()).await;
        lines.extend(dump::dump(&self.store, ctx(2), self.now()).await);
        lines
    }

    fn now(&self) -> Timestamp {
        at(self.now)
    }

    fn disposition(&self, number: u8) -> Disposition {
        match number {
            0 => Disposition::PutOff { until: at(self.now + 20), problem: None },
            1 => Disposition::PutOff { until: at(self.now + 5), problem: Some(problem("refused")) },
            2 => Disposition::Quarantine { problem: problem("loop") },
            _ => Disposition::Rest,
        }
    }

    pub(crate) async fn take(&mut self, step: &Step) -> String {
        let (store, now, lease) = (&self.store, self.now(), self.lease);
        match step {
            Step::Acquire { workspace } => self.acquire(*workspace).await,
            Step::Append { workspace, rows } => {
                let rows = rows.iter().map(|(about, source, dedup)| inbox_row(*about, *source, *dedup)).collect();
                answer(store.append_inbox(ctx(*workspace), rows, now).await)
            }
            Step::Claim { workspace, stage, limit, by_old_lease } => {
                let mut lease = if *by_old_lease { self.old_lease } else { lease };
                lease.workspace = ctx(*workspace).workspace;
                self.claim(lease, *stage, *limit).await
            }
            Step::Observe { ends, .. } => {
                let lane = ends.and_then(|claim| self.claimed(Stage::Read, claim)).map(|view| view.lane.id);
                let answer = self.observe(step).await;
                self.forget(lane, answer)
            }
            Step::Plan { claim, fresh, .. } => {
                let claimed = if *fresh { self.claim(lease, 1, 1).await } else { String::new() };
                let lane = self.claimed(Stage::Plan, *claim).map(|view| view.lane.id);
                let answer = self.plan(step).await;
                self.forget(lane, answer) + &claimed
            }
            Step::EndClaim { claim, disposition } => {
                let lane = self.claimed(Stage::Read, *claim).map(|view| view.lane.id);
                let disposition = self.disposition(*disposition);
                let ended = store.end_claim(&lease, lane.unwrap_or(LaneId(99)), disposition, now).await;
                self.forget(lane, answer(ended))
            }
            Step::Intent { outbox, fresh } => {
                let claimed = if *fresh { self.claim(lease, 3, 1).await } else { String::new() };
                let snapshot = BTreeMap::from([(Field::PersonName, text("Ann"))]);
                answer(self.store.commit_intent(&lease, self.outbox(*outbox), snapshot, now).await) + &claimed
            }
            Step::Outcome { outbox, kind, created, row } => {
                let (id, outcome) = (self.outbox(*outbox), self.outcome(*kind, *created, row));
                let lane = self.claims.iter().find(|view| view.lane.open_outbox == Some(id)).map(|view| view.lane.id);
                let told = store.commit_outcome(&lease, id, outcome, now).await;
                self.forget(lane, answer(told))
            }
            Step::Audit { outbox, overwritten, restores } => {
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
            Step::Wait { seconds } => {
                self.now += i64::from(*seconds);
                String::new()
            }
            by_people => self.decide(by_people).await,
        }
    }

    async fn decide(&self, step: &Step) -> String {
        let (store, now, ctx) = (&self.store, self.now(), ctx(1));
        match step {
            Step::Decide { conflict, pipedrive } => {
                let keep = if *pipedrive { Side::Pipedrive } else { Side::Propstreet };
                answer(store.decide_conflict(ctx, ConflictId(i64::from(*conflict)), keep, now).await)
            }
            Step::Retry { lane } => answer(store.retry_lane(ctx, LaneId(i64::from(*lane)), now).await),
            Step::Rest { lane } => answer(store.rest_lane(ctx, LaneId(i64::from(*lane)), now).await),
            Step::Replay { seq } => answer(store.replay_inbox(ctx, InboxSeq(i64::from(*seq)), now).await),
            Step::Purge { seconds } => answer(store.purge_inbox(&self.lease, at(i64::from(*seconds)), now).await),
            Step::Fact { name, value } => {
                let value = value.map(|value| format!("value {value}"));
                answer(store.put_fact(ctx, &format!("fact.{name}"), value.as_deref(), now).await)
            }
            Step::Spend { purpose, tokens } => {
                let purpose = format!("purpose {purpose}");
                answer(store.spend(ctx, Side::Pipedrive, "2026-11-21", &purpose, i64::from(*tokens)).await)
            }
            Step::Secret { name, byte } => {
                let secret = StoredSecret { name: format!("secret.{name}"), sealed: vec![*byte], changed_at: now };
                answer(store.put_secret(ctx, secret, now).await)
            }
            other => panic!("{other:?} is no decision of a person"),
        }
    }

    async fn acquire(&mut self, workspace: u8) -> String {
        let lease = self.store.acquire_lease(ctx(workspace).workspace, self.now()).await;
        if let (Ok(lease), 1) = (&lease, workspace) {
            self.old_lease = self.lease;
            self.lease = *lease;
        }
        answer(lease)
    }

    async fn claim(&mut self, lease: Lease, stage: u8, limit: u8) -> String {
        let stages = [Stage::Read, Stage::Plan, Stage::Plan, Stage::Deliver, Stage::Deliver, Stage::Rest];
        let views = self.store.claim_lanes(&lease, stages[usize::from(stage)], self.now(), u32::from(limit)).await;
        if let Ok(views) = &views {
            for view in views {
                self.claims.push_front(view.clone());
            }
            self.claims.truncate(CLAIMS_KEPT);
        }
        answer(views)
    }

    /// Mostly a claim of the stage, sometimes any claim.
    fn claimed(&self, stage: Stage, number: u8) -> Option<&LaneView> {
        let fitting = self.claims.iter().find(|view| view.lane.stage() == stage);
        fitting.filter(|_| number > 0).or_else(|| self.claims.get(usize::from(number)))
    }

    /// Mostly the write that a claimed lane is about.
    fn outbox(&self, number: u8) -> OutboxId {
        let open = self.claims.iter().find_map(|view| view.lane.open_outbox).filter(|_| number > 0);
        open.unwrap_or(OutboxId(i64::from(number)))
    }

    /// Mostly a write whose audit is due some day.
    async fn audited(&self, number: u8) -> OutboxId {
        let due = self.store.due_audits(&self.lease, at(10_000), 1).await.unwrap_or_default();
        let due = due.first().map(|(row, _)| row.id).filter(|_| number > 0);
        due.unwrap_or(OutboxId(i64::from(number)))
    }

    /// A claim that was ended is of no more use, except now and then to somebody who does not know.
    fn forget(&mut self, lane: Option<LaneId>, answer: String) -> String {
        if (answer.starts_with("Ok") || answer == "Err(Stale)") && self.now % 4 != 0 {
            self.claims.retain(|view| Some(view.lane.id) != lane);
        }
        answer
    }

    async fn observe(&self, step: &Step) -> String {
        let Step::Observe { rows, page, read, gone, cursor, ends } = step else {
            panic!("{step:?} is no observation")
        };
        let observation = Observation {
            authority: if *read { Authority::Read } else { Authority::Page },
            rows: rows.iter().map(shown).collect(),
            gone: gone.iter().map(|number| record(*number)).collect(),
            page: page.then(|| inbox_row(200, 2, None)),
            cursor: cursor.then(|| ("cursor.persons".to_owned(), Some(self.now.to_string()))),
        };
        let read = ends.and_then(|claim| self.claimed(Stage::Read, claim)).map(|view| ReadDone { lane: view.lane.id, read: view.lane.hint });
        answer(self.store.commit_observation(&self.lease, observation, read, self.now()).await)
    }

    async fn plan(&self, step: &Step) -> String {
        let Step::Plan { claim, formation, record: other, stale, write: written, extras, disposition, .. } = step else {
            panic!("{step:?} is no plan")
        };
        let Some(view) = self.claimed(Stage::Plan, *claim) else { return String::new() };
        let mut plan = nothing_planned(&view.lane);
        plan.lane_version -= i64::from(*stale);
        plan.formation = self.formation(view, *formation, *other);
        plan.disposition = self.disposition(*disposition);
        plan.outbox = written.map(|number| {
            let side = if number % 2 == 0 { Side::Pipedrive } else { Side::Propstreet };
            let operation = if number < 4 { Operation::Create } else { Operation::Update };
            let mut row = write(side, operation);
            row.conflicts = (number == 2).then(|| conflict("Ann", "Anna", Some(Side::Propstreet))).into_iter().collect();
            row
        });
        if extras & 1 > 0 {
            plan.base = Some(agreed("Ann Berg"));
            plan.settled_restores = vec![Field::PersonName];
            plan.history = vec![history(HistoryKind::Paired)];
            plan.notes = vec![Note::NotExpressible { field: Field::PersonTags }];
        }
        if extras & 2 > 0 {
            plan.conflicts = vec![conflict("Ann", if *other > 4 { "Anna" } else { "Anne" }, None)];
        }
        if extras & 4 > 0 {
            plan.waits_for = vec![record(*other), record(6)];
            let candidate = record(other.wrapping_add(3));
            plan.suggestions = vec![NewSuggestion { candidate, rule: MatchRule::PhoneAndName, similarity: 0.5 }];
            plan.settled_conflicts = view.open_conflicts.iter().map(|conflict| conflict.id).collect();
        }
        if *extras == 15 {
            plan.state = Some(PairState::Ended { at: self.now() });
        }
        answer(self.store.commit_plan(&self.lease, plan, self.now()).await)
    }

    fn formation(&self, view: &LaneView, kind: u8, other: u8) -> Option<PairFormation> {
        let store::LaneKey::Record(own) = &view.lane.key else {
            let id = RemoteId::from(i64::from(other));
            let side = if other > 4 { Side::Pipedrive } else { Side::Propstreet };
            return (kind == 1).then_some(PairFormation::Repoint { pair: PairId(1), side, id });
        };
        let mut ids = BySide { pipedrive: None, propstreet: None };
        *ids.get_mut(own.side()) = Some(own.id.clone());
        match kind {
            0 => None,
            1 => Some(PairFormation::Repoint { pair: PairId(1 + i64::from(other % 3)), side: own.side(), id: own.id.clone() }),
            2 => Some(PairFormation::New { kind: own.entity.kind(), ids, rule: None }),
            3 | 4 => {
                *ids.get_mut(own.side().other()) = Some(RemoteId::from(i64::from(other % 3)));
                Some(PairFormation::New { kind: own.entity.kind(), ids, rule: Some(MatchRule::Email) })
            }
            _ => Some(PairFormation::New { kind: Kind::Person, ids, rule: None }),
        }
    }

    fn outcome(&self, kind: u8, created: Option<u8>, row: &SeenRow) -> Outcome {
        let observation = || Observation { rows: vec![shown(row)], ..Observation::none() };
        match kind {
            0 => Outcome::Unknown { parked_until: at(self.now + 30), problem: Some(problem("timeout")) },
            1 => Outcome::NotApplied {
                reason: "the record changed".to_owned(),
                observation: observation(),
                disposition: self.disposition(row.content),
            },
            2 => Outcome::PutOff { until: at(self.now + 2), problem: None },
            _ => Outcome::Applied {
                observation: observation(),
                created: created.map(|number| RemoteId::from(i64::from(number % 3))),
                base: agreed("Bo Ek"),
                audit_until: (kind % 2 == 0).then(|| at(self.now + 60)),
                history: vec![history(HistoryKind::Updated)],
            },
        }
    }
}

fn history(kind: HistoryKind) -> NewHistory {
    let (before, after) = (text("Ann"), text("Ann Berg"));
    NewHistory { kind, side: Side::Propstreet, field: Some(Field::PersonName), before, after, why: "it was edited".to_owned() }
}

fn inbox_row(about: u8, source: u8, dedup: Option<u8>) -> NewInboxRow {
    let sources = [
        InboxSource::PipedriveWebhook,
        InboxSource::PropstreetWebhook,
        InboxSource::Poll,
        InboxSource::Sweep,
        InboxSource::Manual,
    ];
    NewInboxRow {
        source: sources[usize::from(source)],
        dedup: dedup.map(|number| format!("event {number}")),
        record: (about < 100).then(|| record(about)),
        body: (source < 2).then(|| "{\"id\":1}".to_owned()),
        summary: format!("change {about}"),
    }
}
