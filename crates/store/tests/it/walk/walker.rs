//! Takes the steps of a walk on one store. What a step is about is taken from what the store answered before, so that two
//! stores that answer alike are asked alike.

use std::collections::VecDeque;
use std::fmt::Debug;

use model::{
    ConflictId, Entity, InboxSeq, LaneId, OutboxId, RecordKey, Side, Timestamp, WorkspaceId,
};
use store::{
    Authority, Disposition, InboxSource, Keys, LaneView, Lease, NewInboxRow, Observation, Problem,
    ReadDone, Spent, Stage, Store, StoreError, StoredSecret, WorkspaceCtx,
};

use super::dump;
use super::steps::{SeenRow, Step};
use crate::made_up::{at, link, row};

/// Views of lanes that were claimed lately; later steps are about them.
const CLAIMS_KEPT: usize = 4;

pub(crate) struct Walker<S> {
    pub(super) store: S,
    pub(super) now: i64,
    pub(super) lease: Lease,
    old_lease: Lease,
    pub(super) claims: VecDeque<LaneView>,
}

fn ctx(workspace: u8) -> WorkspaceCtx {
    WorkspaceCtx {
        workspace: WorkspaceId(i64::from(workspace)),
    }
}

pub(crate) fn record(number: u8) -> RecordKey {
    let entity = match number % 10 {
        0..3 => Entity::Person,
        3..6 => Entity::Contact,
        6 => Entity::Organization,
        7 => Entity::Company,
        8 => Entity::Deal,
        _ => Entity::Link,
    };
    RecordKey::new(entity, i64::from(number % 3))
}

pub(super) fn shown(seen: &SeenRow) -> store::MirrorRow {
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

pub(super) fn problem(code: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        message: "the name is too long".to_owned(),
        request: None,
        answer: Some("422".to_owned()),
    }
}

pub(super) fn answer<T: Debug>(answer: Result<T, StoreError>) -> String {
    format!("{answer:?}")
}

impl<S: Store> Walker<S> {
    pub(crate) async fn start(store: S) -> Self {
        let old_lease = Lease {
            workspace: WorkspaceId(1),
            epoch: 0,
        };
        let lease = store.acquire_lease(WorkspaceId(1), at(0)).await.unwrap();
        Self {
            store,
            now: 10,
            lease,
            old_lease,
            claims: VecDeque::new(),
        }
    }

    pub(crate) async fn dump(&self) -> Vec<String> {
        let mut lines = dump::dump(&self.store, ctx(1), self.now()).await;
        lines.extend(dump::dump(&self.store, ctx(2), self.now()).await);
        lines
    }

    pub(super) fn now(&self) -> Timestamp {
        at(self.now)
    }

    pub(super) fn disposition(&self, number: u8) -> Disposition {
        match number {
            0 => Disposition::PutOff {
                until: at(self.now + 20),
                problem: None,
            },
            1 => Disposition::PutOff {
                until: at(self.now + 5),
                problem: Some(problem("refused")),
            },
            2 => Disposition::Quarantine {
                problem: problem("loop"),
            },
            _ => Disposition::Rest,
        }
    }

    pub(crate) async fn take(&mut self, step: &Step) -> String {
        let (store, now, lease) = (&self.store, self.now(), self.lease);
        match step {
            Step::Acquire { workspace } => self.acquire(*workspace).await,
            Step::Append { workspace, rows } => {
                let rows = rows
                    .iter()
                    .map(|(about, source, dedup)| inbox_row(*about, *source, *dedup))
                    .collect();
                answer(store.append_inbox(ctx(*workspace), rows, now).await)
            }
            Step::Claim {
                workspace,
                stage,
                limit,
                by_old_lease,
            } => {
                let mut lease = if *by_old_lease { self.old_lease } else { lease };
                lease.workspace = ctx(*workspace).workspace;
                self.claim(lease, *stage, *limit).await
            }
            Step::Observe { ends, .. } => {
                let lane = ends
                    .and_then(|claim| self.claimed(Stage::Read, claim))
                    .map(|view| view.lane.id);
                let answer = self.observe(step).await;
                self.forget(lane, answer)
            }
            Step::IndexKeys { .. } => self.index_keys(step).await,
            Step::Plan { claim, fresh, .. } => {
                let claimed = if *fresh {
                    self.claim(lease, 1, 1).await
                } else {
                    String::new()
                };
                let lane = self.claimed(Stage::Plan, *claim).map(|view| view.lane.id);
                let answer = self.plan(step).await;
                self.forget(lane, answer) + &claimed
            }
            Step::EndClaim { claim, disposition } => {
                let lane = self.claimed(Stage::Read, *claim).map(|view| view.lane.id);
                let disposition = self.disposition(*disposition);
                let ended = store
                    .end_claim(&lease, lane.unwrap_or(LaneId(99)), disposition, now)
                    .await;
                self.forget(lane, answer(ended))
            }
            Step::Intent { .. } | Step::Outcome { .. } | Step::Audit { .. } => {
                self.deliver(step).await
            }
            Step::Fields { .. } | Step::Reconsider { .. } => {
                self.about_fields(step, self.old_lease).await
            }
            Step::ByHand { .. } => self.by_hand(step).await,
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
            Step::Decide {
                conflict,
                pipedrive,
            } => {
                let keep = if *pipedrive {
                    Side::Pipedrive
                } else {
                    Side::Propstreet
                };
                answer(
                    store
                        .decide_conflict(ctx, ConflictId(i64::from(*conflict)), keep, now)
                        .await,
                )
            }
            Step::Retry { lane } => {
                answer(store.retry_lane(ctx, LaneId(i64::from(*lane)), now).await)
            }
            Step::Rest { lane } => {
                answer(store.rest_lane(ctx, LaneId(i64::from(*lane)), now).await)
            }
            Step::Replay { seq } => answer(
                store
                    .replay_inbox(ctx, InboxSeq(i64::from(*seq)), now)
                    .await,
            ),
            Step::Purge { seconds } => answer(
                store
                    .purge_inbox(&self.lease, at(i64::from(*seconds)), now)
                    .await,
            ),
            Step::Fact { name, value } => {
                let value = value.map(|value| format!("value {value}"));
                answer(
                    store
                        .put_fact(ctx, &format!("fact.{name}"), value.as_deref(), now)
                        .await,
                )
            }
            Step::Spend { purpose, tokens } => {
                let of = |class: &str, tokens| Spent {
                    class: class.to_owned(),
                    purpose: format!("purpose {purpose}"),
                    calls: i64::from(purpose % 2),
                    tokens,
                };
                let tokens = i64::from(*tokens);
                let spent = vec![of("change", tokens), of("none", 3 - tokens)];
                answer(store.spend(ctx, Side::Pipedrive, "2026-11-21", spent).await)
            }
            Step::Secret { .. } | Step::ReplaceSecret { .. } => self.keep_secret(ctx, step).await,
            other => panic!("{other:?} is no decision of a person"),
        }
    }

    async fn keep_secret(&self, ctx: WorkspaceCtx, step: &Step) -> String {
        let (store, now) = (&self.store, self.now());
        match step {
            Step::Secret { name, byte } => {
                let secret = StoredSecret {
                    name: format!("secret.{name}"),
                    sealed: vec![*byte],
                    changed_at: now,
                };
                answer(store.put_secret(ctx, secret, now).await)
            }
            Step::ReplaceSecret { name, seen, byte } => {
                let name = format!("secret.{name}");
                let secret = byte.map(|byte| StoredSecret {
                    name: name.clone(),
                    sealed: vec![byte],
                    changed_at: now,
                });
                let seen = seen.map(|byte| vec![byte]);
                answer(store.replace_secret(ctx, &name, seen, secret).await)
            }
            other => panic!("{other:?} keeps no secret"),
        }
    }

    async fn acquire(&mut self, workspace: u8) -> String {
        let lease = self
            .store
            .acquire_lease(ctx(workspace).workspace, self.now())
            .await;
        if let (Ok(lease), 1) = (&lease, workspace) {
            self.old_lease = self.lease;
            self.lease = *lease;
        }
        answer(lease)
    }

    pub(super) async fn claim(&mut self, lease: Lease, stage: u8, limit: u8) -> String {
        let stages = [
            Stage::Read,
            Stage::Plan,
            Stage::Plan,
            Stage::Deliver,
            Stage::Deliver,
            Stage::Rest,
        ];
        let (stage, limit) = (stages[usize::from(stage)], u32::from(limit));
        // Now and then those of one kind of record.
        let views = if matches!(stage, Stage::Read) && limit % 3 == 1 {
            let of = (stage, Entity::Person);
            self.store
                .claim_lanes_of(&lease, of, self.now(), limit)
                .await
        } else {
            self.store
                .claim_lanes(&lease, stage, self.now(), limit)
                .await
        };
        if let Ok(views) = &views {
            for view in views {
                self.claims.push_front(view.clone());
            }
            self.claims.truncate(CLAIMS_KEPT);
        }
        answer(views)
    }

    /// Mostly a claim of the stage, sometimes any claim.
    pub(super) fn claimed(&self, stage: Stage, number: u8) -> Option<&LaneView> {
        let fitting = self.claims.iter().find(|view| view.lane.stage() == stage);
        fitting
            .filter(|_| number > 0)
            .or_else(|| self.claims.get(usize::from(number)))
    }

    /// Mostly the write that a claimed lane is about.
    pub(super) fn outbox(&self, number: u8) -> OutboxId {
        let open = self
            .claims
            .iter()
            .find_map(|view| view.lane.open_outbox)
            .filter(|_| number > 0);
        open.unwrap_or(OutboxId(i64::from(number)))
    }

    /// Mostly a write whose audit is due some day.
    pub(super) async fn audited(&self, number: u8) -> OutboxId {
        let due = self
            .store
            .due_audits(&self.lease, at(10_000), 1)
            .await
            .unwrap_or_default();
        let due = due.first().map(|(row, _)| row.id).filter(|_| number > 0);
        due.unwrap_or(OutboxId(i64::from(number)))
    }

    /// A claim that was ended is of no more use, except now and then to somebody who does not know.
    pub(super) fn forget(&mut self, lane: Option<LaneId>, answer: String) -> String {
        if (answer.starts_with("Ok") || answer == "Err(Stale)") && self.now % 4 != 0 {
            self.claims.retain(|view| Some(view.lane.id) != lane);
        }
        answer
    }

    async fn index_keys(&self, step: &Step) -> String {
        let Step::IndexKeys {
            entity,
            after,
            by_old_lease,
        } = step
        else {
            panic!("{step:?} indexes no keys")
        };
        let lease = match by_old_lease {
            true => self.old_lease,
            false => self.lease,
        };
        let entity = [Entity::Person, Entity::Contact][usize::from(*entity)];
        let after = match after {
            0 => String::new(),
            number => record(*number).id.to_string(),
        };
        answer(self.store.index_keys(&lease, entity, &after).await)
    }

    async fn observe(&self, step: &Step) -> String {
        let Step::Observe {
            rows,
            page,
            read,
            gone,
            cursor,
            ends,
        } = step
        else {
            panic!("{step:?} is no observation")
        };
        let observation = Observation {
            authority: if *read {
                Authority::Read
            } else {
                Authority::Page
            },
            rows: rows.iter().map(shown).collect(),
            keys: match *page && *cursor {
                true => Keys::Later,
                false => Keys::Now,
            },
            gone: gone.iter().map(|number| record(*number)).collect(),
            stage_changes: Vec::new(),
            told_before: Vec::new(),
            participant_counts: Vec::new(),
            participants: Vec::new(),
            taking_part: std::collections::BTreeSet::new(),
            page: page.then(|| inbox_row(200, 2, None)),
            facts: cursor
                .then(|| ("cursor.persons".to_owned(), Some(self.now.to_string())))
                .into_iter()
                .collect(),
        };
        let read = ends
            .and_then(|claim| self.claimed(Stage::Read, claim))
            .map(|view| ReadDone {
                lane: view.lane.id,
                read: view.lane.hint,
            });
        answer(
            self.store
                .commit_observation(&self.lease, observation, read, self.now())
                .await,
        )
    }
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
