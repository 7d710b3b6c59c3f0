//! Everything that can be read of a workspace, as lines.

use std::fmt::Debug;

use model::{ConflictId, Entity, LaneId, PairId, Side, Timestamp};
use store::{
    ConflictFilter, HistoryKind, IdRange, InboxFilter, InboxSource, Lease, MatchKey, MatchKeyKind,
    Stage, Store, StoreError, WorkspaceCtx,
};

use super::walker::record;
use crate::made_up::at;

const LIMIT: u32 = 1_000;

fn put<T: Debug>(lines: &mut Vec<String>, what: &str, answer: Result<T, StoreError>) {
    lines.push(format!("{what}: {answer:?}"));
}

pub(crate) async fn dump<S: Store>(store: &S, ctx: WorkspaceCtx, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    put(&mut lines, "status", store.status(ctx, now).await);
    put(&mut lines, "next due", store.next_due(ctx).await);
    put(&mut lines, "asked", store.deletes_asked(ctx, LIMIT).await);
    for stage in [
        Stage::Rest,
        Stage::Read,
        Stage::Plan,
        Stage::Deliver,
        Stage::Quarantined,
    ] {
        put(
            &mut lines,
            "lanes",
            store.peek_lanes(ctx, stage, LaneId(0), LIMIT).await,
        );
    }
    put(
        &mut lines,
        "later lanes",
        store.peek_lanes(ctx, Stage::Plan, LaneId(2), 2).await,
    );
    put(
        &mut lines,
        "quarantined",
        store.quarantined(ctx, LIMIT).await,
    );
    put(
        &mut lines,
        "pairs",
        store.pairs(ctx, PairId(0), LIMIT).await,
    );
    put(
        &mut lines,
        "later pairs",
        store.pairs(ctx, PairId(1), 1).await,
    );
    records(store, ctx, &mut lines).await;
    reviewed(store, ctx, &mut lines).await;
    received(store, ctx, &mut lines).await;
    for epoch in 0..6 {
        let lease = Lease {
            workspace: ctx.workspace,
            epoch,
        };
        put(
            &mut lines,
            "due audits",
            store.due_audits(&lease, now, LIMIT).await,
        );
    }
    lines
}

async fn records<S: Store>(store: &S, ctx: WorkspaceCtx, lines: &mut Vec<String>) {
    for number in 0..10 {
        let key = record(number);
        put(lines, "row", store.mirror_row(ctx, &key).await);
        put(
            lines,
            "lane",
            store
                .lane_of(ctx, &key)
                .await
                .map(|view| view.map(|view| view.lane)),
        );
        put(lines, "pair", store.pair_of(ctx, &key).await);
        put(lines, "apart", store.kept_apart(ctx, &key).await);
        put(lines, "alone", store.is_left_alone(ctx, &key).await);
    }
    let keys = ["ann berg", "bo ek", "ann berg"].map(|name| MatchKey {
        kind: MatchKeyKind::Name,
        value: name.to_owned(),
    });
    for entity in Entity::ALL {
        put(lines, "live ids", store.live_ids(ctx, entity).await);
        let some = IdRange::after("2", 3);
        put(lines, "some", store.live_ids_in(ctx, entity, &some).await);
        put(
            lines,
            "shared",
            store.shared_keys(ctx, entity, MatchKeyKind::Name, 2).await,
        );
        put(
            lines,
            "matches",
            store.find_matches(ctx, entity, &keys).await,
        );
    }
}

async fn reviewed<S: Store>(store: &S, ctx: WorkspaceCtx, lines: &mut Vec<String>) {
    put(
        lines,
        "all conflicts",
        store.conflicts(ctx, ConflictFilter::All, LIMIT).await,
    );
    put(
        lines,
        "waiting conflicts",
        store.conflicts(ctx, ConflictFilter::Waiting, 2).await,
    );
    put(
        lines,
        "conflicts of a pair",
        store
            .conflicts(ctx, ConflictFilter::OfPair(PairId(1)), LIMIT)
            .await,
    );
    put(
        lines,
        "first conflict",
        store.conflict(ctx, ConflictId(1)).await,
    );
    put(
        lines,
        "history",
        store.history(ctx, None, None, LIMIT).await,
    );
    put(
        lines,
        "first change",
        store.change(ctx, model::HistoryId(1)).await,
    );
    put(
        lines,
        "late history",
        store.history(ctx, None, Some(at(30)), 3).await,
    );
    put(
        lines,
        "history of a pair",
        store
            .history(ctx, Some(PairId(1)), Some(at(20)), LIMIT)
            .await,
    );
    put(
        lines,
        "updates",
        store.count_history(ctx, HistoryKind::Updated, at(25)).await,
    );
}

async fn received<S: Store>(store: &S, ctx: WorkspaceCtx, lines: &mut Vec<String>) {
    put(lines, "suggestions", store.suggestions(ctx, LIMIT).await);
    put(
        lines,
        "inbox",
        store.inbox(ctx, InboxFilter::default(), LIMIT).await,
    );
    let filters = [
        InboxFilter {
            record: Some(record(0)),
            ..InboxFilter::default()
        },
        InboxFilter {
            source: Some(InboxSource::Poll),
            ..InboxFilter::default()
        },
        InboxFilter {
            record: Some(record(0)),
            source: Some(InboxSource::Poll),
            ..InboxFilter::default()
        },
        InboxFilter {
            seq: Some(model::InboxSeq(2)),
            source: Some(InboxSource::Poll),
            record: Some(record(1)),
        },
    ];
    for filter in filters {
        put(lines, "some inbox rows", store.inbox(ctx, filter, 2).await);
    }
    put(lines, "facts", store.facts(ctx, "fact.").await);
    put(lines, "cursor", store.fact(ctx, "cursor.persons").await);
    put(
        lines,
        "spent",
        store.spent(ctx, Side::Pipedrive, "2026-11-21").await,
    );
    put(lines, "secrets", store.secrets(ctx).await);
    put(lines, "fields", store.fields(ctx).await);
    put(lines, "field changes", store.field_changes(ctx, 5).await);
}
