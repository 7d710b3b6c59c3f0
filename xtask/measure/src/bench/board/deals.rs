//! Made-up deals for a large mirror, as a list of Pipedrive's shows them.
//!
//! In: a number. Out: the mirror row of that deal. The same number and seed give the same row.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Entity, RecordKey, Timestamp, time};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};
use store::MirrorRow;

pub(super) const PIPELINES: i64 = 4;
pub(super) const STAGES_EACH: i64 = 7;
pub(super) const OWNERS: i64 = 60;
const CURRENCIES: [&str; 3] = ["SEK", "NOK", "EUR"];
const CUSTOM_FIELDS: u32 = 12;
const YEAR_MILLIS: i64 = 365 * store::board::DAY_MILLIS;
/// 2026-03-02T09:00:00Z.
pub(super) const TODAY_MILLIS: i64 = 1_772_442_000_000;

fn iso(millis: i64) -> String {
    time::from_millis(millis - millis.rem_euclid(1_000)).to_string()
}

fn day(millis: i64) -> String {
    iso(millis).chars().take(10).collect()
}

/// A deal in one of the stages, the earlier ones being fuller; three of ten are open.
pub(super) fn deal(seed: u64, id: i64, changed: i64) -> MirrorRow {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ id.unsigned_abs());
    let pipeline = random.random_range(0..PIPELINES);
    let stage = random
        .random_range(0..STAGES_EACH)
        .min(random.random_range(0..STAGES_EACH));
    let status = match random.random_range(0..10) {
        0..3 => "open",
        3..6 => "won",
        _ => "lost",
    };
    let changed_at = TODAY_MILLIS - random.random_range(0..3 * YEAR_MILLIS) + changed;
    let added_at = changed_at - random.random_range(0..YEAR_MILLIS);
    let closes = day(TODAY_MILLIS + random.random_range(-YEAR_MILLIS..YEAR_MILLIS));
    let custom: Map<String, Value> = (0..CUSTOM_FIELDS)
        .map(|field| {
            let key = format!("{:08x}", field.wrapping_mul(2_654_435_761)).repeat(5);
            (
                key,
                json!(format!("Kungsgatan {}", random.random_range(1..200))),
            )
        })
        .collect();
    let raw = json!({
        "id": id,
        "title": format!("Kontor, {} kvm, Kvarteret {id}", random.random_range(50..5_000)),
        "pipeline_id": 1 + pipeline,
        "stage_id": 1 + pipeline * STAGES_EACH + stage,
        "status": status,
        "value": random.random_range(1..9_000) * 1_000,
        "currency": CURRENCIES[random.random_range(0..CURRENCIES.len())],
        "owner_id": 1 + random.random_range(0..OWNERS).min(random.random_range(0..OWNERS)),
        "creator_user_id": 1, "person_id": 1 + id % 50_000, "org_id": 1 + id % 20_000,
        "probability": null, "label_ids": [], "visible_to": 3, "origin": "ManuallyCreated",
        "is_deleted": false, "is_archived": random.random_bool(0.05), "lost_reason": null,
        "expected_close_date": random.random_bool(0.8).then_some(closes),
        "add_time": iso(added_at), "update_time": iso(changed_at), "stage_change_time": iso(changed_at),
        "won_time": null, "lost_time": null, "close_time": null, "custom_fields": custom,
    });
    row(RecordKey::new(Entity::Deal, id), &raw, changed_at)
}

/// The stages of all pipelines.
pub(super) fn stages() -> impl Iterator<Item = MirrorRow> {
    (0..PIPELINES * STAGES_EACH).map(|number| {
        let raw = json!({
            "id": 1 + number,
            "name": format!("Stage {}", 1 + number % STAGES_EACH),
            "pipeline_id": 1 + number / STAGES_EACH,
            "order_nr": 1 + number % STAGES_EACH,
            "is_deleted": false,
        });
        let key = RecordKey::new(Entity::Stage, 1 + number);
        row(key, &raw, TODAY_MILLIS - 4 * YEAR_MILLIS)
    })
}

fn row(key: RecordKey, raw: &Value, changed_at: i64) -> MirrorRow {
    let at: Timestamp = time::from_millis(changed_at - changed_at.rem_euclid(1_000));
    MirrorRow {
        owner: key.clone(),
        key,
        raw: raw.to_string().into(),
        remote_version: iso(changed_at),
        remote_time: at,
        refers_to: Vec::new(),
        match_keys: Arc::default(),
        field_seen_at: BTreeMap::new(),
        left: BTreeMap::new(),
        deleted_at: None,
        synced_at: at,
    }
}
