//! What is decided about each error.

use api_client::{
    ATTEMPTS_MAX, Attempt, CallError, NextStep, NotNowReason, Refusal, TransportError,
    UnknownBecause, next_step,
};
use jiff::Timestamp;

fn attempt(number: u32, jitter: u64) -> Attempt {
    Attempt {
        number,
        now: Timestamp::from_second(1_000).unwrap(),
        jitter,
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn unreachable() -> CallError {
    CallError::Unreachable {
        what: "read",
        cause: TransportError::NotSent("no connection".to_owned()),
    }
}

#[test]
fn each_error_has_one_next_step() {
    let refusal = Box::new(Refusal::default());
    let unknown = CallError::OutcomeUnknown {
        what: "write",
        because: UnknownBecause::TimedOut,
    };
    let later = CallError::NotNow {
        retry_at: at(1_500),
        reason: NotNowReason::DayBudget,
    };
    let table = [
        (later, NextStep::RetryAt(at(1_500))),
        (unknown, NextStep::Resolve),
        (CallError::Stale, NextStep::Replan),
        (CallError::NotFound, NextStep::Replan),
        (CallError::Gone, NextStep::Replan),
        (
            CallError::AlreadyExists(refusal.clone()),
            NextStep::FindExisting,
        ),
        (CallError::Refused(refusal.clone()), NextStep::Quarantine),
        (CallError::NotAllowed(refusal), NextStep::StopSide),
    ];
    for (error, expected) in table {
        assert_eq!(next_step(&error, attempt(1, 0)), expected, "{error}");
    }
}

#[test]
fn retries_come_ever_later_up_to_five_minutes_and_then_end() {
    let wait = |number, jitter| {
        let step = next_step(&unreachable(), attempt(number, jitter));
        let NextStep::RetryAt(at) = step else {
            panic!("{step:?}")
        };
        at.as_millisecond() - 1_000_000
    };
    assert_eq!((wait(1, 0), wait(2, 0), wait(3, 0)), (500, 1_000, 2_000));
    assert_eq!(
        (wait(1, 500), wait(1, 501)),
        (1_000, 500),
        "the jitter spreads over half of the wait"
    );
    assert!((150_000..=300_000).contains(&wait(11, u64::MAX)));
    assert_eq!(
        next_step(&unreachable(), attempt(ATTEMPTS_MAX, 0)),
        NextStep::Quarantine
    );
}

#[test]
fn an_answer_that_never_makes_sense_ends_in_quarantine() {
    let error = CallError::Unreadable {
        what: "read",
        line: 1,
        column: 1,
    };
    assert!(matches!(
        next_step(&error, attempt(2, 0)),
        NextStep::RetryAt(_)
    ));
    assert_eq!(next_step(&error, attempt(3, 0)), NextStep::Quarantine);
}
