//! People at work while the lists are read: somebody opens a person, somebody's change is carried over.
//!
//! In: how often and until when. Out: for each call how long it waited before it left, and whether it came through.

use std::sync::atomic::{AtomicBool, Ordering};

use api_client::{CallContext, CallError, Clock, Patch, Priority};
use futures_util::future::join_all;
use model::time;
use pipedrive::PersonBody;

use super::world::{START_MILLIS, World};

const DAY_MILLIS: i64 = 86_400_000;
const CLICK: CallContext = CallContext::new(Priority::Interactive, "click");
const CHANGE: CallContext = CallContext::new(Priority::Change, "change");

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// To see a person: one token.
    Look,
    /// A changed name carried over: five tokens.
    Change,
}

/// One call and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Days since the world began.
    pub(super) day: i64,
    /// From the wish until the request left.
    pub(super) waited_millis: i64,
    pub(super) failed: Option<CallError>,
}

/// Makes a call every so many milliseconds, `count` of them, unless everything is over before.
pub(super) async fn at_work(
    world: &World,
    wish: Wish,
    (every_millis, count): (i64, u32),
    persons: u32,
    is_over: &AtomicBool,
) -> Vec<Call> {
    let begins_at = world.clock.now_millis();
    let calls = (0..count).map(|number| async move {
        let wanted_at = begins_at + every_millis * i64::from(number);
        world.clock.sleep_until(time::from_millis(wanted_at)).await;
        if is_over.load(Ordering::Relaxed) {
            return None;
        }
        let id = i64::from(1 + number % persons.max(1));
        let client = &world.core.pipedrive;
        let ended = match wish {
            Wish::Look => client.get_person(id, &CLICK).await,
            Wish::Change => {
                let body = PersonBody {
                    name: Patch::Set(format!("Ann Berg {number}")),
                    ..PersonBody::default()
                };
                client.update_person(id, &body, &CHANGE).await
            }
        };
        let left_at = world.pipedrive.left_at(&format!("/api/v2/persons/{id}"));
        Some(Call {
            day: (wanted_at - START_MILLIS + START_MILLIS.rem_euclid(DAY_MILLIS)) / DAY_MILLIS,
            waited_millis: left_at.map_or(0, |left| (left - wanted_at).max(0)),
            failed: ended.err(),
        })
    });
    join_all(calls).await.into_iter().flatten().collect()
}

/// The time within which so many of a hundred calls had left.
pub(super) fn percentile(calls: &[Call], percent: usize) -> i64 {
    let mut waits: Vec<i64> = calls.iter().map(|call| call.waited_millis).collect();
    waits.sort_unstable();
    let place = (waits.len() * percent).div_ceil(100).max(1) - 1;
    waits.get(place).copied().unwrap_or(0)
}
