//! Answers kept by idempotency key, so that a repeated create is not carried out twice.
//!
//! In: a caller, a path, a key and a body. Out: the answer it got before, or the news that the key was used otherwise.
//! Refusals are not kept.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::call::Reply;

/// How long a key is remembered.
const KEPT_MILLIS: i64 = 24 * 3_600_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    at: i64,
    sent: String,
    status: u16,
    body: String,
    etag: Option<String>,
    location: Option<String>,
}

/// What a key says about a call.
#[derive(Debug)]
pub(super) enum KeyFound {
    New,
    SameCall(Reply),
    OtherBody(Reply),
}

/// Answers by caller, path and key, oldest first in `order`.
#[derive(Debug, Default)]
pub(super) struct Replays {
    kept: FxHashMap<String, Kept>,
    order: VecDeque<(i64, String)>,
    pub(super) replayed: u64,
}

fn place(caller: &str, path: &str, key: &str) -> String {
    format!("{caller}\u{0}{path}\u{0}{key}")
}

impl Replays {
    pub(super) fn find(
        &mut self,
        caller: &str,
        path: &str,
        key: &str,
        (body, now): (&[u8], i64),
    ) -> KeyFound {
        while let Some((at, oldest)) = self.order.front() {
            if at + KEPT_MILLIS > now {
                break;
            }
            self.kept.remove(oldest);
            self.order.pop_front();
        }
        let Some(kept) = self.kept.get(&place(caller, path, key)) else {
            return KeyFound::New;
        };
        let reply = Reply {
            status: kept.status,
            body: kept.body.clone(),
            etag: kept.etag.clone(),
            location: kept.location.clone(),
            upsert: None,
        };
        if kept.sent.as_bytes() != body {
            return KeyFound::OtherBody(reply);
        }
        self.replayed += 1;
        KeyFound::SameCall(reply)
    }

    pub(super) fn keep(
        &mut self,
        caller: &str,
        path: &str,
        key: &str,
        (body, now): (&[u8], i64),
        reply: &Reply,
    ) {
        let place = place(caller, path, key);
        let kept = Kept {
            at: now,
            sent: String::from_utf8_lossy(body).into_owned(),
            status: reply.status,
            body: reply.body.clone(),
            etag: reply.etag.clone(),
            location: reply.location.clone(),
        };
        self.order.push_back((now, place.clone()));
        self.kept.insert(place, kept);
    }

    pub(super) fn save(&self) -> serde_json::Value {
        let rows: Vec<_> = self
            .order
            .iter()
            .filter_map(|(_, place)| Some((place, self.kept.get(place)?)))
            .collect();
        serde_json::to_value(rows).expect("kept answers are JSON")
    }

    pub(super) fn load(saved: serde_json::Value) -> Result<Self, serde_json::Error> {
        let rows: Vec<(String, Kept)> = serde_json::from_value(saved)?;
        let order = rows
            .iter()
            .map(|(place, kept)| (kept.at, place.clone()))
            .collect();
        Ok(Self {
            kept: rows.into_iter().collect(),
            order,
            replayed: 0,
        })
    }
}
