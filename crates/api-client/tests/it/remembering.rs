//! What the ledger remembers, what is known of others, and what the day will come to.

use std::sync::Arc;

use api_client::{
    BudgetSettings, CallContext, CallError, CallSpec, Cost, Ledger, MemoryLedger, NotNowReason,
    Priority,
};

use crate::budget::{limits, reason, spec};
use crate::held_clock::START_MILLIS;
use crate::script::{Server, answer, answer_with, read, write};

const HOUR: i64 = 3_600_000;
const DAY: i64 = START_MILLIS / 86_400_000;

fn as_ledger(ledger: &Arc<MemoryLedger>) -> Arc<dyn Ledger> {
    Arc::<MemoryLedger>::clone(ledger)
}

#[test]
fn a_restart_remembers_and_a_crash_counts_too_much_rather_than_too_little() {
    let server = Server::start();
    let ledger: Arc<MemoryLedger> = Arc::default();

    let first = server.caller_with(limits(Some(1_000), 1_000), as_ledger(&ledger));
    server.clock.run(first.call(write())).unwrap();
    server.clock.run(first.budget().close()).unwrap();
    assert_eq!(
        ledger.taken(DAY),
        5,
        "a clean stop gives back what is left of its block"
    );

    let second = server.caller_with(limits(Some(1_000), 1_000), as_ledger(&ledger));
    server.clock.run(second.call(write())).unwrap();
    assert_eq!(second.budget().spent_today(), 10);
    drop(second);

    let third = server.caller_with(limits(Some(1_000), 1_000), as_ledger(&ledger));
    server.clock.run(third.call(write())).unwrap();
    assert_eq!(
        third.budget().spent_today(),
        5 + 200 + 5,
        "a crash forgets a block and not what was spent"
    );
}

#[test]
fn what_was_left_in_hand_at_midnight_is_given_back_to_its_day() {
    let server = Server::start();
    let ledger: Arc<MemoryLedger> = Arc::default();
    let caller = server.caller_with(limits(Some(1_000), 1_000), as_ledger(&ledger));
    server.clock.run(caller.call(write())).unwrap();
    assert_eq!(ledger.taken(DAY), 200);
    server.clock.advance(24 * HOUR);
    server.clock.run(caller.call(write())).unwrap();
    assert_eq!(ledger.taken(DAY), 5);
    assert_eq!(ledger.taken(DAY + 1), 200);
}

#[test]
fn what_another_process_of_ours_spends_is_not_taken_for_somebody_elses() {
    let server = Server::start();
    let ledger: Arc<MemoryLedger> = Arc::default();
    let serving = server.caller_with(limits(Some(5_000), 1_000), as_ledger(&ledger));
    let looking = server.caller_with(limits(Some(5_000), 1_000), as_ledger(&ledger));
    let left = |remaining: u32| {
        let headers = [
            ("x-daily-ratelimit-token-limit", "5000"),
            ("x-daily-ratelimit-token-remaining", &remaining.to_string()),
        ];
        server.reacts(answer_with(200, &headers, "{}"));
    };
    left(4_995);
    server.clock.run(serving.call(write())).unwrap();
    left(4_990);
    server.clock.run(looking.call(write())).unwrap();
    server.clock.run(looking.budget().close()).unwrap();
    // Another block shows what the other process took.
    for call in 0..40 {
        left(4_985 - call * 5);
        server.clock.run(serving.call(write())).unwrap();
    }
    let spending = serving.budget().spending();
    assert_eq!((spending.tokens, spending.foreign), (210, 0));
}

#[test]
fn what_others_spend_is_told_apart_and_foretold() {
    let server = Server::start();
    let ledger: Arc<MemoryLedger> = Arc::default();
    let caller = server.caller_with(limits(Some(5_000), 1_000), as_ledger(&ledger));
    // Ten hours of the day are over, and somebody has spent 1,000 tokens.
    let headers = [
        ("x-daily-ratelimit-token-limit", "5000"),
        ("x-daily-ratelimit-token-remaining", "3995"),
    ];
    server.reacts(answer_with(200, &headers, "{}"));
    server.clock.run(caller.call(write())).unwrap();
    server.clock.run(caller.budget().close()).unwrap();

    let standing = ledger.noted().unwrap();
    assert_eq!((standing.foreign, standing.limit), (1_000, Some(5_000)));
    let forecast = standing.forecast(1_005, None, START_MILLIS);
    assert!(
        (1_390..=1_410).contains(&forecast.foreign),
        "fourteen hours are left: {forecast:?}"
    );
}

#[test]
fn a_steady_purpose_is_foretold_and_a_backfill_is_not() {
    let server = Server::start();
    let caller = server.caller(limits(Some(100_000), 1_000));
    for _ in 0..60 {
        server.clock.advance(HOUR / 30);
        for (priority, tokens) in [(Priority::Change, 6), (Priority::Backfill, 10)] {
            server
                .clock
                .run(caller.call(spec(priority, Cost::request(tokens))))
                .unwrap();
        }
    }
    let now = START_MILLIS + server.clock.millis_since_start();
    let standing = caller.budget().standing();
    let forecast = standing.forecast(960, None, now);
    let [(Priority::Change, purpose, tokens)] = forecast.by_purpose.as_slice() else {
        panic!("{forecast:?}")
    };
    // Thirty calls of six tokens an hour, for twelve hours.
    assert_eq!(purpose, "test");
    assert!((2_050..=2_300).contains(tokens), "{tokens}");
}

#[test]
fn what_a_day_leaves_for_a_purpose_is_its_share_without_what_others_are_about_to_spend() {
    let server = Server::start();
    let caller = server.caller(limits(Some(10_000), 1_000));
    assert_eq!(
        caller.budget().left_for(Priority::Poll, &["poll"]),
        Some((8_000, 14 * HOUR))
    );
    for _ in 0..60 {
        server.clock.advance(HOUR / 30);
        let change = spec(Priority::Change, Cost::request(6));
        server.clock.run(caller.call(change)).unwrap();
    }
    // Thirty calls of six tokens an hour, for twelve hours, beside the 360 that were spent.
    let (left, millis) = caller.budget().left_for(Priority::Poll, &["poll"]).unwrap();
    assert!((5_300..=5_600).contains(&left), "{left}");
    assert_eq!(millis, 12 * HOUR);
    let (left, _) = caller.budget().left_for(Priority::Poll, &["test"]).unwrap();
    assert_eq!(left, 7_640, "it is ours to plan");
    let endless = server.caller(limits(None, 1_000));
    assert_eq!(endless.budget().left_for(Priority::Poll, &[]), None);
}

#[test]
fn a_job_larger_than_the_day_is_foretold_in_days() {
    let server = Server::start();
    let caller = server.caller(limits(Some(1_000), 1_000));
    server.clock.run(caller.call(write())).unwrap();
    let job = CallContext::new(Priority::Backfill, "backfill");
    caller.budget().note_need("persons", job, 2_000);
    let BudgetSettings {
        limits: kept_within,
        ..
    } = limits(Some(1_000), 1_000);
    let standing = caller.budget().standing();
    let forecast = standing.forecast(5, kept_within.as_ref(), standing.ends_at);
    // Its share is 750 a day: 745 today, then 750, then the rest.
    assert_eq!(
        forecast.by_purpose,
        [(Priority::Backfill, "backfill".to_owned(), 745)]
    );
    assert_eq!(forecast.days_more, 2);

    caller.budget().note_need("persons", job, 0);
    assert!(caller.budget().standing().needs.is_empty());
}

#[test]
fn what_was_put_off_is_noted_until_it_goes_on() {
    let server = Server::start();
    let ledger: Arc<MemoryLedger> = Arc::default();
    let caller = server.caller_with(limits(Some(100), 1_000), as_ledger(&ledger));
    let ten = || spec(Priority::Backfill, Cost::request(10));
    server.clock.run(async {
        for _ in 0..7 {
            caller.call(ten()).await.unwrap();
        }
        let error = caller.call(ten()).await.unwrap_err();
        assert!(matches!(error, CallError::NotNow { .. }), "{error:?}");
    });
    let noted = ledger.noted().unwrap();
    let [put_off] = noted.put_off.as_slice() else {
        panic!("{noted:?}")
    };
    assert_eq!(
        (put_off.priority, put_off.until),
        (Priority::Backfill, noted.ends_at)
    );
    assert_eq!(put_off.why, "the day's budget is spent");

    server.clock.advance(15 * HOUR);
    server.clock.run(caller.call(ten())).unwrap();
    assert!(caller.budget().standing().put_off.is_empty());
}

#[test]
fn a_dear_call_that_the_rest_of_the_day_cannot_pay_leaves_it_to_cheap_ones() {
    let server = Server::start();
    let caller = server.caller(limits(Some(5_000), 1_000));
    let refusal = [
        ("x-daily-ratelimit-token-limit", "5000"),
        ("x-daily-ratelimit-token-remaining", "7"),
        ("retry-after", "50400"),
    ];
    server.reacts(answer_with(429, &refusal, "{}"));
    let dear = spec(Priority::Interactive, Cost::request(20));
    assert_eq!(
        server.clock.run(reason(&caller, dear)),
        Some(NotNowReason::DayBudget)
    );
    server.reacts(answer(200, "{}"));
    let cheap = spec(Priority::Interactive, Cost::request(5));
    server.clock.run(caller.call(cheap)).unwrap();
    assert_eq!(server.clock.millis_since_start(), 0);
}

#[test]
fn refusals_that_nothing_explains_are_tried_by_one_call_at_a_time() {
    let server = Server::start();
    let caller = server.caller(limits(None, 40));
    server.reacts(answer(429, "{}"));
    let poll = || spec(Priority::Poll, Cost::request(1));
    for _ in 0..5 {
        server.clock.run(reason(&caller, poll())).unwrap();
        server.clock.advance(20_000);
    }
    assert!(caller.budget().standing().seems_spent);
    let before = server.arrivals().len();
    let latency = 1_000;
    *server.latency_millis.lock().unwrap() = latency;
    let reasons = server.clock.run(futures_util::future::join_all(
        (0..10).map(|_| reason(&caller, poll())),
    ));
    assert_eq!(server.arrivals().len(), before + 1);
    assert!(
        reasons
            .iter()
            .all(|reason| *reason == Some(NotNowReason::DayBudget)),
        "{reasons:?}"
    );

    server.clock.advance(120_000);
    server.reacts(answer(200, "{}"));
    server.clock.run(caller.call(poll())).unwrap();
    assert!(!caller.budget().standing().seems_spent);
    server.clock.run(caller.call(poll())).unwrap();
}

#[test]
fn after_the_firewalls_pause_one_call_finds_out_and_the_others_follow() {
    let server = Server::start();
    let caller = server.caller(limits(None, 40));
    server.reacts(answer(403, "<html>blocked</html>"));
    server.clock.run(caller.call(read())).unwrap_err();
    server.clock.advance(60_000);
    *server.latency_millis.lock().unwrap() = 500;
    let tried = server.clock.run(futures_util::future::join_all(
        (0..5).map(|_| caller.call(read())),
    ));
    assert!(tried.iter().all(Result::is_err));
    assert_eq!(server.arrivals().len(), 2, "one found out for all");

    server.clock.advance(120_000);
    server.reacts(answer(200, "{}"));
    server.clock.run(caller.call(read())).unwrap();
    let all = server.clock.run(futures_util::future::join_all(
        (0..5).map(|_| caller.call(read())),
    ));
    assert!(all.iter().all(Result::is_ok));
}

#[test]
fn spending_is_told_by_purpose() {
    let server = Server::start();
    let caller = server.caller(BudgetSettings::counting());
    let call = |purpose, tokens| {
        let context = CallContext::new(Priority::Poll, purpose);
        caller.call(CallSpec::read(
            "list",
            "/records",
            Cost::request(tokens),
            context,
        ))
    };
    server.clock.run(async {
        call("list", 10).await.unwrap();
        call("list", 10).await.unwrap();
        call("setup", 5).await.unwrap();
    });
    let spending = caller.budget().spending();
    let told: Vec<_> = spending
        .by_purpose
        .iter()
        .map(|(purpose, on)| (purpose.as_str(), on.calls, on.tokens))
        .collect();
    assert_eq!(told, [("list", 2, 20), ("setup", 1, 5)]);
    assert_eq!((spending.tokens, spending.limit), (25, None));
}

#[test]
fn the_server_tells_what_other_programs_spent() {
    let server = Server::start();
    let left = |remaining| {
        let headers = [
            ("x-daily-ratelimit-token-limit", "1000"),
            ("x-daily-ratelimit-token-remaining", remaining),
        ];
        answer_with(200, &headers, "{}")
    };
    let caller = server.caller(limits(Some(5_000), 1_000));
    server.reacts(left("600"));
    server.clock.run(caller.call(write())).unwrap();
    let spending = caller.budget().spending();
    assert_eq!(
        (spending.tokens, spending.limit),
        (400, Some(1_000)),
        "five of those are ours"
    );

    server.reacts(left("595"));
    server.clock.run(caller.call(write())).unwrap();
    assert_eq!(caller.budget().spent_today(), 405);
}

#[test]
fn a_day_that_the_server_calls_spent_is_over() {
    let server = Server::start();
    server.reacts(answer_with(
        429,
        &[
            ("x-daily-ratelimit-token-remaining", "0"),
            ("retry-after", "2"),
        ],
        "{}",
    ));
    let caller = server.caller(limits(Some(5_000), 1_000));
    assert_eq!(
        server.clock.run(reason(&caller, read())),
        Some(NotNowReason::DayBudget)
    );
    assert_eq!(
        server.clock.run(reason(&caller, read())),
        Some(NotNowReason::DayBudget)
    );
    assert_eq!(server.arrivals().len(), 1);
}
