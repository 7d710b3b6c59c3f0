//! The steps of a walk: small numbers, so that they meet each other often.

use proptest::prelude::*;

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Acquire {
        workspace: u8,
    },
    Append {
        workspace: u8,
        rows: Vec<(u8, u8, Option<u8>)>,
    },
    Claim {
        workspace: u8,
        stage: u8,
        limit: u8,
        by_old_lease: bool,
    },
    Observe {
        rows: Vec<SeenRow>,
        page: bool,
        read: bool,
        gone: Option<u8>,
        cursor: bool,
        ends: Option<u8>,
    },
    IndexKeys {
        entity: u8,
        after: u8,
        by_old_lease: bool,
    },
    Plan {
        claim: u8,
        fresh: bool,
        formation: u8,
        record: u8,
        stale: bool,
        write: Option<u8>,
        extras: u8,
        disposition: u8,
    },
    EndClaim {
        claim: u8,
        disposition: u8,
    },
    Intent {
        outbox: u8,
        fresh: bool,
    },
    Outcome {
        outbox: u8,
        kind: u8,
        created: Option<u8>,
        row: SeenRow,
    },
    Audit {
        outbox: u8,
        overwritten: bool,
        restores: bool,
    },
    Decide {
        conflict: u8,
        pipedrive: bool,
    },
    ByHand {
        what: u8,
        pair: u8,
        records: (u8, u8),
        pipedrive: bool,
    },
    Retry {
        lane: u8,
    },
    Rest {
        lane: u8,
    },
    Replay {
        seq: u8,
    },
    Purge {
        seconds: u8,
    },
    Fact {
        name: u8,
        value: Option<u8>,
    },
    Spend {
        purpose: u8,
        tokens: i8,
    },
    Secret {
        name: u8,
        byte: u8,
    },
    ReplaceSecret {
        name: u8,
        seen: Option<u8>,
        byte: Option<u8>,
    },
    Fields {
        entity: u8,
        seen: Vec<(u8, u8, u8)>,
    },
    Reconsider {
        after: u8,
        limit: u8,
        forget: bool,
        by_old_lease: bool,
    },
    Wait {
        seconds: u8,
    },
}

/// A record as a side shows it: which one, how late, with what in it.
#[derive(Debug, Clone)]
pub(crate) struct SeenRow {
    pub(crate) record: u8,
    pub(crate) remote_time: u8,
    pub(crate) content: u8,
    pub(crate) deleted: bool,
}

fn seen_row() -> impl Strategy<Value = SeenRow> {
    (0..10_u8, 0..4_u8, 0..3_u8, prop::bool::weighted(0.1)).prop_map(
        |(record, remote_time, content, deleted)| SeenRow {
            record,
            remote_time,
            content,
            deleted,
        },
    )
}

fn workspace() -> impl Strategy<Value = u8> {
    prop_oneof![12 => Just(1_u8), 1 => Just(2_u8)]
}

fn delivery() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..6_u8, prop::bool::weighted(0.8)).prop_map(|(outbox, fresh)| Step::Intent { outbox, fresh }),
        5 => (0..6_u8, 0..8_u8, prop::option::of(0..10_u8), seen_row())
            .prop_map(|(outbox, kind, created, row)| Step::Outcome { outbox, kind, created, row }),
        1 => (0..6_u8, any::<bool>(), any::<bool>())
            .prop_map(|(outbox, overwritten, restores)| Step::Audit { outbox, overwritten, restores }),
    ]
}

fn by_hand() -> impl Strategy<Value = Step> {
    (0..9_u8, 1..5_u8, (0..3_u8, 0..3_u8), any::<bool>()).prop_map(
        |(what, pair, records, pipedrive)| Step::ByHand {
            what,
            pair,
            records,
            pipedrive,
        },
    )
}

fn by_people() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..5_u8, any::<bool>()).prop_map(|(conflict, pipedrive)| Step::Decide {
            conflict,
            pipedrive
        }),
        (0..12_u8).prop_map(|lane| Step::Retry { lane }),
        (0..12_u8).prop_map(|lane| Step::Rest { lane }),
        (0..12_u8).prop_map(|seq| Step::Replay { seq }),
        (0..60_u8).prop_map(|seconds| Step::Purge { seconds }),
        (0..4_u8, prop::option::of(0..3_u8)).prop_map(|(name, value)| Step::Fact { name, value }),
        (0..3_u8, any::<i8>()).prop_map(|(purpose, tokens)| Step::Spend { purpose, tokens }),
        (0..3_u8, any::<u8>()).prop_map(|(name, drawn)| secret(name, drawn)),
    ]
}

/// Puts a secret, or replaces one that may be there, from one number.
fn secret(name: u8, drawn: u8) -> Step {
    let byte_or_none = |drawn: u8| (drawn % 3).checked_sub(1);
    if drawn.is_multiple_of(4) {
        return Step::Secret {
            name,
            byte: drawn / 4 % 2,
        };
    }
    Step::ReplaceSecret {
        name,
        seen: byte_or_none(drawn / 4),
        byte: byte_or_none(drawn / 12),
    }
}

fn about_fields() -> impl Strategy<Value = Step> {
    let seen = prop::collection::vec((0..4_u8, 0..3_u8, 0..3_u8), 0..4);
    prop_oneof![
        (0..5_u8, seen).prop_map(|(entity, seen)| Step::Fields { entity, seen }),
        (0..4_u8, 0..4_u8, any::<bool>(), prop::bool::weighted(0.2)).prop_map(
            |(after, limit, forget, by_old_lease)| Step::Reconsider {
                after,
                limit,
                forget,
                by_old_lease
            }
        ),
    ]
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let append = (
        workspace(),
        prop::collection::vec((0..10_u8, 0..5_u8, prop::option::of(0..4_u8)), 1..4),
    );
    let observe = (
        prop::collection::vec(seen_row(), 0..4),
        any::<bool>(),
        any::<bool>(),
        prop::option::weighted(0.3, 0..10_u8),
        any::<bool>(),
        prop::option::weighted(0.7, 0..4_u8),
    );
    let plan = (
        (0..6_u8, prop::bool::weighted(0.7)),
        0..5_u8,
        0..10_u8,
        prop::bool::weighted(0.1),
        prop::option::weighted(0.6, 0..6_u8),
        0..16_u8,
        0..12_u8,
    );
    prop_oneof![
        2 => workspace().prop_map(|workspace| Step::Acquire { workspace }),
        8 => append.prop_map(|(workspace, rows)| Step::Append { workspace, rows }),
        10 => (workspace(), 0..6_u8, 1..6_u8, prop::bool::weighted(0.05)).prop_map(
            |(workspace, stage, limit, by_old_lease)| Step::Claim { workspace, stage, limit, by_old_lease }
        ),
        10 => observe.prop_map(|(rows, page, read, gone, cursor, ends)| Step::Observe { rows, page, read, gone, cursor, ends }),
        2 => (0..2_u8, 0..10_u8, prop::bool::weighted(0.1)).prop_map(
            |(entity, after, by_old_lease)| Step::IndexKeys { entity, after, by_old_lease }
        ),
        20 => plan.prop_map(|((claim, fresh), formation, record, stale, write, extras, disposition)| Step::Plan {
            claim, fresh, formation, record, stale, write, extras, disposition
        }),
        1 => (0..4_u8, 0..6_u8).prop_map(|(claim, disposition)| Step::EndClaim { claim, disposition }),
        20 => delivery(),
        2 => by_people(),
        2 => by_hand(),
        1 => about_fields(),
        2 => (0..40_u8).prop_map(|seconds| Step::Wait { seconds }),
    ]
}
