//! Who gets what of the day and of the window.

use std::sync::Mutex;

use api_client::{CallContext, CallError, CallSpec, Caller, Cost, NotNowReason, Priority};
use futures_util::future::join_all;

use crate::budget::{limits, reason, spec};
use crate::script::{Server, answer_with};

fn ten(priority: Priority) -> CallSpec {
    spec(priority, Cost::request(10))
}

/// How many calls of ten tokens get through before the day is spent for this class.
async fn until_spent(caller: &Caller, priority: Priority) -> u32 {
    let mut calls = 0;
    loop {
        match reason(caller, ten(priority)).await {
            None => calls += 1,
            Some(why) => {
                assert_eq!(why, NotNowReason::DayBudget);
                return calls;
            }
        }
    }
}

#[test]
fn each_class_leaves_a_part_of_the_day_to_the_more_urgent_ones() {
    let server = Server::start();
    let caller = server.caller(limits(Some(1_000), 10_000));
    server.clock.run(async {
        assert_eq!(until_spent(&caller, Priority::Backfill).await, 75);
        assert_eq!(until_spent(&caller, Priority::Poll).await, 5);
        assert_eq!(until_spent(&caller, Priority::Change).await, 15);
        assert_eq!(until_spent(&caller, Priority::Interactive).await, 5);
    });
    assert_eq!(caller.budget().spending().left(), Some(0));
    assert_eq!(server.arrivals().len(), 100);
}

#[test]
fn an_interactive_call_goes_at_once_while_a_backfill_fills_the_window() {
    let server = Server::start();
    let caller = server.caller(limits(None, 20));
    server.clock.run(async {
        let backfill =
            join_all((0..25).map(|_| caller.call(spec(Priority::Backfill, Cost::request(10)))));
        let mut backfill = Box::pin(backfill);
        assert!(
            futures_util::future::poll_immediate(&mut backfill)
                .await
                .is_none()
        );
        caller
            .call(spec(Priority::Interactive, Cost::request(1)))
            .await
            .unwrap();
    });
    assert_eq!(server.clock.millis_since_start(), 0);
}

#[test]
fn within_a_class_the_purpose_that_had_least_goes_next() {
    let server = Server::start();
    let caller = server.caller(limits(None, 1));
    let order = Mutex::new(Vec::new());
    let wait = |purpose: &'static str, tokens| {
        let context = CallContext::new(Priority::Change, purpose);
        let spec = CallSpec::read(
            "read a record",
            "/records/1",
            Cost::request(tokens),
            context,
        );
        let (caller, order) = (&caller, &order);
        async move {
            caller.call(spec).await.unwrap();
            order.lock().unwrap().push(purpose);
        }
    };
    // The first takes the window, then twenty dear calls wait before four cheap ones.
    server.clock.run(async {
        wait("first", 1).await;
        let dear = (0..20).map(|_| wait("audit", 20));
        let cheap = (0..4).map(|_| wait("write", 5));
        let mut all: Vec<futures_util::future::BoxFuture<'_, ()>> = Vec::new();
        for call in dear {
            all.push(Box::pin(call));
        }
        for call in cheap {
            all.push(Box::pin(call));
        }
        join_all(all).await;
    });
    let order = order.lock().unwrap();
    let begin: Vec<_> = order.iter().take(6).copied().collect();
    assert_eq!(
        begin,
        ["first", "audit", "write", "write", "write", "write"]
    );
}

#[test]
fn a_backfill_leaves_others_what_they_are_about_to_spend() {
    let server = Server::start();
    // It is ten in the morning, and others have spent 200 of 1,000 since midnight: 280 more are to come.
    server.reacts(answer_with(
        200,
        &[
            ("x-daily-ratelimit-token-limit", "1000"),
            ("x-daily-ratelimit-token-remaining", "800"),
        ],
        "{}",
    ));
    let caller = server.caller(limits(Some(1_000), 10_000));
    server.clock.run(async {
        // Its share of the day is 750. The ten tokens of the first call are among the 200.
        let calls = until_spent(&caller, Priority::Backfill).await;
        assert!((28..=30).contains(&calls), "{calls} calls of ten tokens");
        assert_eq!(reason(&caller, ten(Priority::Poll)).await, None);
    });
}

#[test]
fn a_job_that_the_rest_of_the_day_cannot_pay_is_not_begun_before_the_reset() {
    let server = Server::start();
    let caller = server.caller(limits(Some(1_000), 10_000));
    let budget = caller.budget();
    server.clock.run(async {
        for _ in 0..40 {
            caller.call(ten(Priority::Poll)).await.unwrap();
        }
    });
    budget.affords(400, Priority::Poll).unwrap();
    let error = budget.affords(410, Priority::Poll).unwrap_err();
    let midnight = budget.standing().ends_at;
    assert!(
        matches!(error, CallError::NotNow { retry_at, reason: NotNowReason::DayBudget } if retry_at.as_millisecond() == midnight),
        "{error:?}"
    );
    budget
        .affords(810, Priority::Poll)
        .expect("no day could pay it, so that waiting would not help");
}
