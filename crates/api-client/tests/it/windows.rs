//! The window as the server counts it: never exceeded, never left unused, and never in the way of somebody who clicks.

use std::sync::atomic::{AtomicU64, Ordering};

use api_client::{CallContext, CallSpec, Caller, Cost, Priority};
use futures_util::future::{join, join_all, poll_immediate};

use crate::budget::limits;
use crate::counting_server::{CountingServer, Counts, Legs, WINDOW_MILLIS};

const BULK: &str = "/list";
const CLICK: &str = "/click";

fn spec(path: &str, priority: Priority, cost: Cost) -> CallSpec {
    let context = CallContext::new(priority, "test");
    CallSpec::read("read a list", path, cost, context)
}

/// So many tasks, each with so many calls one behind the other.
async fn bulk(caller: &Caller, tasks: u32, calls: u32) {
    join_all((0..tasks).map(|_| async {
        for _ in 0..calls {
            let list = spec(BULK, Priority::Backfill, Cost::request(10));
            caller.call(list).await.unwrap();
        }
    }))
    .await;
}

/// Clicks every so many milliseconds; how long each waited before it left.
async fn clicks(server: &CountingServer, caller: &Caller, count: i64, every: i64) -> Vec<i64> {
    let from = server.clock.millis_since_start();
    let mut waits = Vec::new();
    for number in 0..count {
        let wanted_at = from + number * every;
        server.until(wanted_at).await;
        let wanted_at = server.clock.millis_since_start();
        caller
            .call(spec(CLICK, Priority::Interactive, Cost::request(1)))
            .await
            .unwrap();
        waits.push(server.arrivals_at(CLICK).last().unwrap() - wanted_at);
    }
    waits
}

/// Small numbers that look random and are the same in every run.
fn dice(seed: u64) -> impl FnMut(u64) -> u64 + Send {
    let state = AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66);
    move |sides| {
        let mut x = state.load(Ordering::Relaxed) | 1;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        state.store(x, Ordering::Relaxed);
        (x >> 11) % sides.max(1)
    }
}

/// A way whose legs are short or long, even or not, and sometimes take seconds.
fn any_way(seed: u64) -> impl FnMut(&str) -> Legs + Send {
    let mut roll = dice(seed);
    // On half of the ways a leg may take no time at all.
    let at_least = 400 * roll(2);
    let (out, back) = (roll(at_least), roll(at_least));
    let (varies, stalls) = (roll(400), roll(30));
    move |_| {
        let mut leg = |usual: u64| {
            let stall = if stalls > 0 && roll(stalls * 10) == 0 {
                roll(8_000)
            } else {
                0
            };
            i64::try_from(usual + roll(varies) + stall).unwrap()
        };
        (leg(out), leg(back))
    }
}

#[test]
fn no_way_and_no_way_of_counting_makes_the_server_count_one_too_many() {
    for seed in 0..60 {
        let mut roll = dice(seed ^ 0xABCD);
        let limit = 2 + roll(39);
        let counts = if roll(2) == 0 {
            Counts::Rolling
        } else {
            Counts::Fixed
        };
        let server = CountingServer::start(usize::try_from(limit).unwrap(), counts, any_way(seed));
        server.state.lock().unwrap().tells = roll(4) > 0;
        let caller = server.caller(limits(None, u32::try_from(limit).unwrap()));
        let tasks = u32::try_from(1 + roll(24)).unwrap();
        let every = 50 + i64::try_from(roll(1_500)).unwrap();
        server.clock.run(join(
            bulk(&caller, tasks, 150 / tasks),
            clicks(&server, &caller, 15, every),
        ));
        assert_eq!(
            server.violations(),
            0,
            "seed {seed}, {counts:?}, limit {limit}"
        );
    }
}

#[test]
fn a_steady_load_uses_every_place() {
    // Three lists one page behind the other, as a backfill reads them.
    let server = CountingServer::start(20, Counts::Rolling, |_| (0, 100));
    let caller = server.caller(limits(None, 20));
    server.clock.run(bulk(&caller, 3, 100));
    let took = server.clock.millis_since_start();
    // Each of twenty places is taken for two seconds and as long as the answer takes, fifteen times.
    let at_best = 15 * (WINDOW_MILLIS + 100);
    assert!(took <= at_best, "{took} of {at_best} ms");
    assert_eq!(server.violations(), 0);
}

#[test]
fn somebody_who_clicks_waits_for_a_part_of_the_window_whatever_else_waits() {
    for (limit, wait_max) in [(20, 900), (40, 450), (120, 150)] {
        let server = CountingServer::start(limit, Counts::Rolling, |_| (40, 60));
        let caller = server.caller(limits(None, u32::try_from(limit).unwrap()));
        let ((), waits) = server.clock.run(join(
            bulk(&caller, 25, u32::try_from(limit / 2).unwrap()),
            clicks(&server, &caller, 20, 700),
        ));
        let longest = waits.iter().max().unwrap() - 40;
        assert!(longest <= wait_max, "{longest} ms of {limit}: {waits:?}");
        assert_eq!(server.violations(), 0);
    }
}

#[test]
fn a_burst_leaves_the_last_places_to_somebody_who_clicks_and_takes_them_one_by_one() {
    let server = CountingServer::start(20, Counts::Rolling, |_| (0, 0));
    let caller = server.caller(limits(None, 20));
    server.clock.run(bulk(&caller, 25, 1));
    let mut arrivals = server.arrivals_at(BULK);
    arrivals.dedup();
    assert_eq!(arrivals, [0, 500, 1_000, 1_500, 2_000]);
    let at_once = server
        .arrivals_at(BULK)
        .iter()
        .filter(|at| **at == 0)
        .count();
    assert_eq!(at_once, 17);
}

#[test]
fn a_quick_answer_tells_that_a_slow_one_is_counted_no_more() {
    let third_at = |tells| {
        // The server counts at once and takes its time over a list.
        let legs = |path: &str| if path == BULK { (10, 1_900) } else { (10, 20) };
        let server = CountingServer::start(2, Counts::Rolling, legs);
        server.state.lock().unwrap().tells = tells;
        let caller = server.caller(limits(None, 2));
        server.clock.run(async {
            bulk(&caller, 1, 1).await;
            server.until(2_050).await;
            clicks(&server, &caller, 2, 1).await;
        });
        assert_eq!(server.violations(), 0);
        *server.arrivals_at(CLICK).last().unwrap()
    };
    // The list was counted at 10, and answered at 1,910; the first click is answered at 2,080.
    assert_eq!((third_at(true), third_at(false)), (2_090, 3_920));
}

#[test]
fn places_that_another_program_uses_are_left_to_it() {
    let server = CountingServer::start(20, Counts::Rolling, |_| (10, 10));
    let caller = server.caller(limits(None, 20));
    server.clock.run(async {
        server.others_call(18);
        bulk(&caller, 1, 1).await;
        bulk(&caller, 10, 1).await;
    });
    assert_eq!(server.violations(), 0);
    let arrivals = server.arrivals_at(BULK);
    let before = arrivals.iter().filter(|at| **at < WINDOW_MILLIS).count();
    assert_eq!(before, 2, "{arrivals:?}");
    assert!(arrivals.iter().all(|at| *at < 2_200), "{arrivals:?}");
}

#[test]
fn a_server_that_allows_less_than_was_said_is_believed() {
    let server = CountingServer::start(10, Counts::Rolling, |_| (10, 10));
    let caller = server.caller(limits(None, 40));
    server.clock.run(async {
        bulk(&caller, 1, 1).await;
        bulk(&caller, 25, 2).await;
    });
    assert_eq!(server.violations(), 0);
}

#[test]
fn a_call_that_is_given_up_lets_the_next_one_go_sooner() {
    let server = CountingServer::start(2, Counts::Rolling, |_| (10, 10));
    let caller = server.caller(limits(None, 2));
    server.clock.run(async {
        bulk(&caller, 1, 1).await;
        let mut first = Box::pin(bulk(&caller, 2, 1));
        let mut last = Box::pin(bulk(&caller, 1, 1));
        for waiting in [&mut first, &mut last] {
            let done = poll_immediate(waiting).await;
            assert!(done.is_none());
        }
        drop(first);
        last.await;
    });
    assert!(server.clock.millis_since_start() <= 2_100);
}
