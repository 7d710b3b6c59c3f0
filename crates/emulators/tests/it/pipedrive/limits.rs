//! The gateway: tokens, windows, budgets, headers, faults of the network.

use emulators::Fate;
use emulators::faults::{CallMatch, Fault};
use emulators::pipedrive::{Limits, PipedriveConfig, Subscription};
use http::Method;
use serde_json::json;

use super::Account;

#[test]
fn without_a_good_token_the_gateway_refuses() {
    let mut account = Account::new();
    let request = http::Request::get("/api/v2/persons")
        .header("x-api-token", "wrong")
        .body(bytes::Bytes::new())
        .unwrap();
    let seen = account.send(&request);
    assert_eq!(seen.status, 401);
    assert_eq!(
        seen.text,
        r#"{"success":false,"error":"unauthorized access","errorCode":401,"error_info":"Please check developers.pipedrive.com"}"#
    );
    assert_eq!(seen.header("x-401-by-gw"), Some("true"));
    let in_query = http::Request::get("/v1/users/me?api_token=x")
        .body(bytes::Bytes::new())
        .unwrap();
    assert_eq!(account.send(&in_query).status, 401);
    assert_eq!(account.emulator.counters().tokens_total(), 0);
}

#[test]
fn a_revoked_token_stops_working() {
    let mut account = Account::new();
    let token = account.emulator.config().token.clone();
    account.emulator.revoke_token(&token);
    assert_eq!(account.get("/v1/users/me").status, 401);
    account.emulator.add_token(&token);
    assert_eq!(account.get("/v1/users/me").status, 200);
}

#[test]
fn the_window_holds_so_many_requests_in_any_two_seconds() {
    for (subscription, burst) in [
        (Subscription::Lite, 20),
        (Subscription::Growth, 40),
        (Subscription::Premium, 100),
        (Subscription::Ultimate, 120),
    ] {
        let mut account = Account::with(PipedriveConfig {
            subscription,
            ..Default::default()
        });
        for left in (0..burst).rev() {
            let seen = account.get("/v1/users/me");
            assert_eq!(
                (seen.status, seen.header("x-ratelimit-remaining")),
                (200, Some(left.to_string().as_str()))
            );
        }
        account.pass_millis(1_500);
        let seen = account.get("/v1/users/me");
        assert_eq!(seen.status, 429);
        assert_eq!(
            (
                seen.header("x-ratelimit-remaining"),
                seen.header("retry-after")
            ),
            (Some("0"), Some("1"))
        );
        assert_eq!(seen.json()["errorCode"], 429);
        account.pass_millis(500);
        assert_eq!(account.get("/v1/users/me").status, 200);
        assert_eq!(account.emulator.counters().burst_violations, 1);
    }
}

#[test]
fn every_answer_past_the_gateway_says_where_the_caller_stands() {
    let mut account = Account::with(PipedriveConfig {
        seats: 2,
        ..Default::default()
    });
    account.person("A B");
    let seen = account.get("/api/v2/persons/1");
    for (name, value) in [
        ("x-ratelimit-limit", "40"),
        ("x-ratelimit-remaining", "38"),
        ("x-ratelimit-reset", "2"),
        ("x-daily-requests-left", "9999"),
        ("x-daily-ratelimit-token-limit", "120000"),
        ("x-daily-ratelimit-token-remaining", "119994"),
        ("date", "Wed, 14 Jan 2026 10:00:00 GMT"),
    ] {
        assert_eq!(seen.header(name), Some(value), "{name}");
    }
    assert_eq!(seen.header("x-correlation-id").map(str::len), Some(36));
}

#[test]
fn calls_cost_what_the_price_list_says() {
    let mut account = Account::new();
    let mut spent = 0;
    let mut costs = |account: &mut Account, method: &str, path: &str, cost: u64| {
        account.pass_seconds(1);
        account.call(method, path, Some(&json!({"name": "A B"})));
        let total = account.emulator.counters().tokens_total();
        assert_eq!(total - spent, cost, "{method} {path}");
        spent = total;
    };
    costs(&mut account, "POST", "/api/v2/persons", 5);
    costs(&mut account, "GET", "/api/v2/persons", 10);
    costs(&mut account, "GET", "/api/v2/persons/1", 1);
    costs(&mut account, "PATCH", "/api/v2/persons/1", 5);
    costs(&mut account, "DELETE", "/api/v2/persons/1", 3);
    costs(&mut account, "GET", "/api/v2/persons/99", 1);
    costs(&mut account, "GET", "/api/v2/personFields", 10);
    costs(&mut account, "POST", "/api/v2/personFields", 5);
    costs(&mut account, "GET", "/v1/users/me", 2);
    costs(&mut account, "GET", "/api/v1/users", 20);
    costs(&mut account, "GET", "/v1/webhooks", 10);
    costs(&mut account, "DELETE", "/v1/webhooks/5", 6);
    costs(&mut account, "PUT", "/v1/persons/1/merge", 40);
    costs(&mut account, "GET", "/v1/organizations/1/changelog", 20);
}

#[test]
fn the_days_tokens_come_back_at_midnight() {
    let mut account = Account::with(PipedriveConfig {
        daily_tokens: Some(12),
        ..Default::default()
    });
    assert_eq!(account.get("/api/v2/persons").status, 200);
    let seen = account.get("/api/v2/persons");
    assert_eq!(
        (
            seen.status,
            seen.header("x-daily-ratelimit-token-remaining")
        ),
        (429, Some("2"))
    );
    assert_eq!(seen.header("retry-after"), Some("50400"));
    account.pass_seconds(14 * 3_600 - 1);
    assert_eq!(account.get("/api/v2/persons").status, 429);
    account.pass_seconds(1);
    assert_eq!(account.get("/api/v2/persons").status, 200);
    assert_eq!(account.emulator.counters().day_violations, 2);
}

#[test]
fn who_goes_on_hammering_meets_the_firewall_for_a_minute() {
    let mut account = Account::with(PipedriveConfig {
        subscription: Subscription::Lite,
        ..Default::default()
    });
    for _ in 0..70 {
        account.get("/v1/users/me");
    }
    let seen = account.get("/v1/users/me");
    assert_eq!(seen.status, 403);
    assert!(seen.text.starts_with("<!DOCTYPE html>"));
    account.pass_seconds(59);
    assert_eq!(account.get("/v1/users/me").status, 403);
    account.pass_seconds(1);
    assert_eq!(account.get("/v1/users/me").status, 200);
}

#[test]
fn counted_limits_let_everything_pass_and_count() {
    let mut account = Account::with(PipedriveConfig {
        limits: Limits::Counted,
        daily_tokens: Some(50),
        ..Default::default()
    });
    for _ in 0..45 {
        assert_eq!(account.get("/v1/users/me").status, 200);
    }
    let counters = account.emulator.counters();
    assert_eq!(
        (
            counters.burst_violations,
            counters.day_violations,
            counters.refused
        ),
        (5, 20, 0)
    );
    assert_eq!(counters.requests["GET /v1/users/me"], 45);
    account.emulator.set_limits(Limits::Off);
    account.emulator.reset_counters();
    account.get("/v1/users/me");
    assert_eq!(account.emulator.counters().burst_violations, 0);
}

#[test]
fn the_vendors_clock_may_be_off() {
    let mut account = Account::new();
    let set = account.post("/_emulator/clock", &json!({"offset_millis": -90_000}));
    assert_eq!(set.status, 200);
    let seen = account.post("/api/v2/persons", &json!({"name": "A B"}));
    assert_eq!(seen.data()["add_time"], "2026-01-14T09:58:30Z");
    assert_eq!(seen.header("date"), Some("Wed, 14 Jan 2026 09:58:30 GMT"));
}

fn create_with(fault: Fault) -> (Account, u16, Fate) {
    let mut account = Account::new();
    account
        .emulator
        .faults
        .next(fault, CallMatch::call(&Method::POST, "/api/v2/persons"));
    let seen = account.post("/api/v2/persons", &json!({"name": "A B"}));
    (account, seen.status, seen.fate)
}

#[test]
fn faults_write_or_do_not_write_as_they_say() {
    let arrives = Fate::Arrives { after_millis: 0 };
    for (fault, written, status, fate) in [
        (Fault::Reject { status: 409 }, 0, 409, arrives),
        (Fault::FailBeforeWriting, 0, 500, arrives),
        (Fault::FailAfterWriting, 1, 500, arrives),
        (Fault::ServerError, 0, 503, arrives),
        (Fault::ForbiddenPage, 0, 403, arrives),
        (
            Fault::TooManyRequests { retry_after: None },
            0,
            429,
            arrives,
        ),
        (Fault::LoseAnswer, 1, 200, Fate::Reset { after_millis: 0 }),
        (Fault::Hold { written: true }, 1, 200, Fate::NeverArrives),
        (Fault::Hold { written: false }, 0, 200, Fate::NeverArrives),
        (
            Fault::Slow { millis: 700 },
            1,
            200,
            Fate::Arrives { after_millis: 700 },
        ),
        (Fault::Truncate, 1, 200, Fate::Truncated { after_millis: 0 }),
    ] {
        let (account, seen_status, seen_fate) = create_with(fault);
        assert_eq!((seen_status, seen_fate), (status, fate), "{fault:?}");
        assert_eq!(account.emulator.persons().len(), written, "{fault:?}");
        assert_eq!(account.emulator.counters().faults[fault.name()], 1);
    }
}

#[test]
fn a_late_write_is_carried_out_when_its_time_comes() {
    use emulators::Emulator;
    let (mut account, _, fate) = create_with(Fault::CommitLate {
        after_millis: 20_000,
    });
    assert_eq!(fate, Fate::NeverArrives);
    assert_eq!(
        account.emulator.next_due(),
        Some(account.now.plus_millis(20_000))
    );
    account.pass_seconds(19);
    account.due();
    assert!(account.emulator.persons().is_empty());
    account.pass_seconds(3);
    account.due();
    assert_eq!(
        account.emulator.persons()[0]["add_time"],
        "2026-01-14T10:00:20Z"
    );
}

#[test]
fn a_stale_read_shows_the_record_before_its_last_change() {
    let mut account = Account::new();
    account.person("Old Name");
    account.patch("/api/v2/persons/1", &json!({"name": "New Name"}));
    account
        .emulator
        .faults
        .next(Fault::StaleVersion, CallMatch::any());
    assert_eq!(account.get("/api/v2/persons/1").data()["name"], "Old Name");
    assert_eq!(account.get("/api/v2/persons/1").data()["name"], "New Name");
}
