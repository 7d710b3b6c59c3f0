//! How the budget is kept, and who waits for whom.

use std::sync::Mutex;

use api_client::{
    BudgetSettings, CallContext, CallError, CallSpec, Caller, Cost, Limits, NotNowReason, Priority,
    TransportError, WindowLimit,
};
use futures_util::future::join_all;

use crate::held_clock::START_MILLIS;
use crate::script::{CHANGE, Reaction, Server, answer, answer_with, read, write};

pub(crate) fn limits(tokens_per_day: Option<u32>, requests: u32) -> BudgetSettings {
    BudgetSettings::within(Limits {
        tokens_per_day,
        reserved_percent: 20,
        requests: Some(WindowLimit {
            requests,
            millis: 2_000,
        }),
        searches: Some(WindowLimit {
            requests: 2,
            millis: 2_000,
        }),
    })
}

pub(crate) fn spec(priority: Priority, cost: Cost) -> CallSpec {
    CallSpec::read(
        "read a record",
        "/records/1",
        cost,
        CallContext::new(priority, "test"),
    )
}

pub(crate) async fn reason(caller: &Caller, spec: CallSpec) -> Option<NotNowReason> {
    match caller.call(spec).await {
        Err(CallError::NotNow { reason, .. }) => Some(reason),
        Ok(_) => None,
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_full_window_is_waited_for() {
    let server = Server::start();
    let caller = server.caller(limits(None, 3));
    server
        .clock
        .run(join_all((0..7).map(|_| caller.call(read()))));
    assert_eq!(server.arrivals(), [0, 0, 0, 2_000, 2_000, 2_000, 4_000]);
}

#[test]
fn after_a_death_a_window_is_waited_out_before_anything_is_sent() {
    let server = Server::start();
    let caller = server.caller(limits(None, 3));
    caller.budget().begin_after_a_death();
    server
        .clock
        .run(join_all((0..4).map(|_| caller.call(read()))));
    assert_eq!(server.arrivals(), [2_000, 2_000, 2_000, 4_000]);
}

#[test]
fn a_slow_way_never_makes_the_server_count_too_many() {
    let server = Server::start();
    *server.latency_millis.lock().unwrap() = 700;
    let caller = server.caller(limits(None, 2));
    server
        .clock
        .run(join_all((0..4).map(|_| caller.call(read()))));
    // The server may have counted the first two as late as their answers came.
    assert_eq!(server.arrivals(), [0, 0, 2_700, 2_700]);
}

#[test]
fn the_most_urgent_call_goes_first() {
    let server = Server::start();
    let caller = server.caller(limits(None, 1));
    let order = Mutex::new(Vec::new());
    let waiting = [
        Priority::Change,
        Priority::Backfill,
        Priority::Poll,
        Priority::Interactive,
        Priority::Change,
    ];
    server
        .clock
        .run(join_all(waiting.into_iter().map(|priority| {
            let (caller, order) = (&caller, &order);
            async move {
                caller.call(spec(priority, Cost::request(1))).await.unwrap();
                order.lock().unwrap().push(priority);
            }
        })));
    // The very first was alone when it asked.
    let expected = [
        Priority::Change,
        Priority::Interactive,
        Priority::Change,
        Priority::Poll,
        Priority::Backfill,
    ];
    assert_eq!(*order.lock().unwrap(), expected);
}

#[test]
fn searches_have_a_window_of_their_own_inside_the_other() {
    let server = Server::start();
    let caller = server.caller(limits(None, 10));
    let search = || caller.call(spec(Priority::Change, Cost::search(20)));
    server.clock.run(join_all((0..3).map(|_| search())));
    assert_eq!(server.arrivals(), [0, 0, 2_000]);
}

#[test]
fn a_spent_day_ends_at_midnight_of_the_servers_clock() {
    let server = Server::start();
    // The server is an hour ahead of us.
    server.reacts(answer_with(
        200,
        &[("date", "Mon, 02 Mar 2026 11:00:00 GMT")],
        "{}",
    ));
    let caller = server.caller(limits(Some(6), 1_000));
    server.clock.run(caller.call(write())).unwrap();
    let error = server.clock.run(caller.call(write())).unwrap_err();
    let CallError::NotNow {
        retry_at,
        reason: NotNowReason::DayBudget,
    } = error
    else {
        panic!("{error:?}")
    };
    // Midnight is in thirteen hours; the header is cut to seconds, so the server's clock may show any part of one more, and
    // the latest of those midnights is waited for.
    assert_eq!(retry_at.as_millisecond() - START_MILLIS, 13 * 3_600_000);

    server
        .clock
        .advance(retry_at.as_millisecond() - START_MILLIS);
    server.clock.run(caller.call(write())).unwrap();
    assert_eq!(caller.budget().spent_today(), 5);
}

#[test]
fn what_never_left_costs_nothing() {
    let server = Server::start();
    let caller = server.caller(limits(Some(100), 2));
    server.reacts(Reaction::Fail(TransportError::NotSent(
        "no connection".to_owned(),
    )));
    for _ in 0..5 {
        server.clock.run(caller.call(write())).unwrap_err();
    }
    assert_eq!(caller.budget().spent_today(), 0);
    assert_eq!(
        server.clock.millis_since_start(),
        0,
        "no place in the window was taken"
    );
    server.reacts(Reaction::Fail(TransportError::NoAnswer("reset".to_owned())));
    server.clock.run(caller.call(write())).unwrap_err();
    assert_eq!(caller.budget().spent_today(), 5);
}

#[test]
fn a_refused_burst_is_waited_for_as_long_as_the_server_asks() {
    let server = Server::start();
    server.reacts(answer_with(429, &[("retry-after", "3")], "{}"));
    let caller = server.caller(limits(None, 40));
    assert_eq!(
        server.clock.run(reason(&caller, read())),
        Some(NotNowReason::BurstLimit)
    );
    server.reacts(answer(200, "{}"));
    server.clock.run(caller.call(read())).unwrap();
    assert_eq!(server.arrivals(), [0, 3_000]);
}

#[test]
fn a_refusal_halves_the_window_and_answers_widen_it_again() {
    let server = Server::start();
    let caller = server.caller(limits(None, 8));
    server.reacts(answer(429, "{}"));
    server.clock.run(caller.call(read())).unwrap_err();
    server.reacts(answer(200, "{}"));
    server.clock.advance(10_000);
    server
        .clock
        .run(join_all((0..8).map(|_| caller.call(read()))));
    let arrivals = server.arrivals();
    let at_once = arrivals.iter().filter(|at| **at == 10_000).count();
    assert_eq!(at_once, 4, "{arrivals:?}");

    for _ in 0..40 {
        server.clock.run(caller.call(read())).unwrap();
    }
    server.clock.advance(10_000);
    let from = server.clock.millis_since_start();
    server
        .clock
        .run(join_all((0..8).map(|_| caller.call(read()))));
    assert_eq!(
        server.arrivals().iter().filter(|at| **at == from).count(),
        8
    );
}

#[test]
fn refusals_without_a_reason_are_answered_by_ever_longer_pauses() {
    let server = Server::start();
    server.reacts(answer(429, "{}"));
    let caller = server.caller(limits(None, 40));
    let mut waits = Vec::new();
    for _ in 0..6 {
        let before = server.clock.millis_since_start();
        let error = server
            .clock
            .run(caller.call(spec(Priority::Poll, Cost::request(1))))
            .unwrap_err();
        let CallError::NotNow { retry_at, .. } = error else {
            panic!("{error:?}")
        };
        let wait = retry_at.as_millisecond() - START_MILLIS - before;
        waits.push(wait);
        server.clock.advance(wait.max(2_000));
    }
    assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
}

#[test]
fn a_counting_budget_holds_nothing_back() {
    let server = Server::start();
    let caller = server.caller(BudgetSettings::counting());
    server
        .clock
        .run(join_all((0..500).map(|_| caller.call(read()))));
    assert_eq!(server.clock.millis_since_start(), 0);
    assert_eq!(caller.budget().spent_today(), 500);
}

#[test]
fn a_call_that_is_given_up_leaves_the_queue() {
    let server = Server::start();
    let caller = server.caller(limits(None, 1));
    server.clock.run(async {
        caller.call(read()).await.unwrap();
        let mut waiting = Box::pin(caller.call(spec(Priority::Interactive, Cost::request(1))));
        assert!(
            futures_util::future::poll_immediate(&mut waiting)
                .await
                .is_none()
        );
        drop(waiting);
        caller.call(read()).await.unwrap();
    });
    assert_eq!(server.arrivals(), [0, 2_000]);
    assert_eq!(CHANGE.purpose, "change");
}
