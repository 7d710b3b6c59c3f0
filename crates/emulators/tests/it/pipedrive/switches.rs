//! Switches: files of them, draws of them, and what each of the general ones does.

use emulators::pipedrive::{PipedriveConfig, Subscription, Switches, SwitchesError};
use serde_json::{Value, json};

use super::{Account, START};

/// An account at a vendor on which only these differ from the strictest.
fn account_with(switches: &Value) -> Account {
    Account::with(PipedriveConfig {
        switches: Switches::read(&switches.to_string()).unwrap(),
        ..PipedriveConfig::default()
    })
}

fn account_where(key: &str) -> Account {
    account_with(&json!({key: true}))
}

#[test]
fn a_file_names_the_switches_that_differ() {
    let switches = Switches::read(r#"{"limits_are_clamped":true,"search_lag_millis":[0,900]}"#);
    let switches = switches.unwrap();
    assert!(switches.limits_are_clamped && !switches.bad_cursors_start_over);
    assert_eq!(switches.search_lag_millis, (0, 900));
    assert_eq!(switches.is_on("limits_are_clamped"), Some(true));
    assert_eq!(switches.is_on("no_such_switch"), None);
    assert_eq!(Switches::read("{}").unwrap(), Switches::default());
}

#[test]
fn a_file_that_makes_no_sense_is_refused_with_the_reason() {
    let refused = |text: &str| Switches::read(text).unwrap_err();
    assert!(matches!(refused("{"), SwitchesError::Malformed(_)));
    let unknown = refused(r#"{"limits_are_gone":true}"#);
    assert!(
        std::error::Error::source(&unknown)
            .unwrap()
            .to_string()
            .contains("limits_are_gone")
    );
    assert!(matches!(
        refused(r#"{"budget_reset_zone":"Mars/Base"}"#),
        SwitchesError::Zone(_)
    ));
    assert!(matches!(
        refused(r#"{"search_lag_millis":[5,2]}"#),
        SwitchesError::Lag
    ));
}

#[test]
fn switches_survive_their_own_file() {
    for seed in 0..50 {
        let drawn = Switches::drawn(seed);
        assert_eq!(
            Switches::read(&serde_json::to_string(&drawn).unwrap()).unwrap(),
            drawn
        );
        assert_eq!(Switches::drawn(seed), drawn);
    }
}

#[test]
fn over_many_draws_every_switch_is_on_and_off() {
    let draws: Vec<Switches> = (0..40).map(Switches::drawn).collect();
    for question in Switches::QUESTIONS {
        let on = draws
            .iter()
            .filter(|drawn| drawn.is_on(question.key) == Some(true))
            .count();
        assert!(on > 0 && on < draws.len(), "{}", question.key);
    }
}

#[test]
fn the_control_api_tells_the_switches() {
    let mut account = account_where("windows_are_per_user");
    let told = account.get("/_emulator/switches").json();
    assert_eq!(told["windows_are_per_user"], true);
    assert_eq!(told["budget_reset_zone"], "UTC");
}

#[test]
fn unknown_parameters_may_be_ignored() {
    let mut account = account_where("unknown_parameters_are_ignored");
    assert_eq!(account.get("/api/v2/persons?colour=blue").status, 200);
    Account::new()
        .get("/api/v2/persons?colour=blue")
        .refused_for("colour");
}

#[test]
fn limits_out_of_range_may_be_clamped() {
    let mut account = account_where("limits_are_clamped");
    for _ in 0..3 {
        account.person("A B");
    }
    let rows = |seen: super::Seen| seen.data().as_array().unwrap().len();
    assert_eq!(rows(account.get("/api/v2/persons?limit=9999")), 3);
    assert_eq!(rows(account.get("/api/v2/persons?limit=0")), 1);
    assert_eq!(rows(account.get("/api/v2/persons?limit=-4")), 1);
    account
        .get("/api/v2/persons?limit=many")
        .refused_for("limit");
}

#[test]
fn cursors_may_be_taken_loosely() {
    let cursor_of = |account: &mut Account| {
        account.person("A B");
        account.person("C D");
        let page = account.get("/api/v2/persons?limit=1").json();
        page["additional_data"]["next_cursor"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let mut strict = Account::new();
    let cursor = cursor_of(&mut strict);
    strict
        .get("/api/v2/persons?cursor=nonsense")
        .refused_for("cursor");
    strict
        .get(&format!("/api/v2/persons?owner_id=11&cursor={cursor}"))
        .refused_for("cursor");

    let mut loose = account_where("bad_cursors_start_over");
    cursor_of(&mut loose);
    assert_eq!(
        loose.get("/api/v2/persons?cursor=nonsense").data()[0]["id"],
        1
    );

    let mut loose = account_where("cursors_fit_other_lists");
    let cursor = cursor_of(&mut loose);
    let page = loose.get(&format!("/api/v2/persons?owner_id=11&cursor={cursor}"));
    assert_eq!(page.data()[0]["id"], 2);
    loose
        .get("/api/v2/persons?cursor=nonsense")
        .refused_for("cursor");
}

#[test]
fn a_429_may_lack_the_time_to_come_back() {
    let mut account = Account::with(PipedriveConfig {
        daily_tokens: Some(1),
        switches: Switches {
            retry_after_is_missing: true,
            ..Switches::default()
        },
        ..PipedriveConfig::default()
    });
    let seen = account.get("/v1/users/me");
    assert_eq!((seen.status, seen.header("retry-after")), (429, None));
}

#[test]
fn the_day_may_end_at_another_places_midnight() {
    let mut account = Account::with(PipedriveConfig {
        daily_tokens: Some(2),
        switches: Switches::read(r#"{"budget_reset_zone":"America/New_York"}"#).unwrap(),
        ..PipedriveConfig::default()
    });
    assert_eq!(account.get("/v1/users/me").status, 200);
    // Ten in the morning in Greenwich is five in New York.
    assert_eq!(
        account.get("/v1/users/me").header("retry-after"),
        Some("68400")
    );
    account.pass_seconds(19 * 3_600 - 1);
    assert_eq!(account.get("/v1/users/me").status, 429);
    account.pass_seconds(1);
    assert_eq!(account.get("/v1/users/me").status, 200);
}

#[test]
fn what_costs_tokens_besides_success_can_be_switched() {
    let spent = |account: &mut Account| {
        let left = account.get("/v1/users/me");
        let left: u64 = left
            .header("x-daily-ratelimit-token-remaining")
            .unwrap()
            .parse()
            .unwrap();
        account.emulator.config().budget() - left - 2
    };
    let not_found = "/api/v2/persons/77";
    let mut account = Account::new();
    account.get(not_found);
    assert_eq!(spent(&mut account), 1);
    let mut account = account_where("refused_calls_are_free");
    account.get(not_found);
    assert_eq!(spent(&mut account), 0);
    assert_eq!(
        account.emulator.counters().tokens["GET /api/v2/persons/{id}"],
        0
    );

    let unauthorized = http::Request::get("/v1/users")
        .body(bytes::Bytes::new())
        .unwrap();
    let mut account = Account::new();
    account.send(&unauthorized);
    assert_eq!(spent(&mut account), 0);
    let mut account = account_where("unauthorized_calls_cost");
    account.send(&unauthorized);
    assert_eq!(spent(&mut account), 20);

    for (switches, cost) in [(json!({}), 80), (json!({"limited_calls_cost": true}), 82)] {
        let mut account = account_with(&switches);
        for _ in 0..40 {
            assert_eq!(account.get("/v1/users/me").status, 200);
        }
        assert_eq!(account.get("/v1/users/me").status, 429);
        account.pass_seconds(3);
        assert_eq!(spent(&mut account), cost);
    }
}

#[test]
fn the_tokens_of_a_user_may_share_one_window() {
    for (switches, status) in [
        (json!({}), 200),
        (json!({"windows_are_per_user": true}), 429),
    ] {
        let mut account = account_with(&switches);
        account.emulator.add_token("a-second-token");
        for _ in 0..40 {
            assert_eq!(account.get("/v1/users/me").status, 200);
        }
        let second = http::Request::get("/v1/users/me").header("x-api-token", "a-second-token");
        assert_eq!(
            account
                .send(&second.body(bytes::Bytes::new()).unwrap())
                .status,
            status
        );
    }
}

#[test]
fn the_headers_of_the_days_tokens_may_come_and_go() {
    let mut account = account_where("budget_headers_come_and_go");
    let mut with = 0;
    for _ in 0..100 {
        account.pass_seconds(1);
        let seen = account.get("/v1/users/me");
        with += i32::from(seen.header("x-daily-ratelimit-token-remaining").is_some());
        assert_eq!(seen.header("x-ratelimit-limit"), Some("40"));
    }
    assert!((30..95).contains(&with), "{with}");
}

#[test]
fn hammering_may_go_unpunished() {
    let mut account = Account::with(PipedriveConfig {
        subscription: Subscription::Lite,
        switches: Switches {
            hammering_is_not_blocked: true,
            ..Switches::default()
        },
        ..PipedriveConfig::default()
    });
    for _ in 0..200 {
        account.get("/v1/users/me");
    }
    assert_eq!(account.get("/v1/users/me").status, 429);
}

#[test]
fn older_endpoints_may_take_the_token_in_the_query() {
    let mut account = account_where("tokens_in_the_query_are_accepted");
    let token = account.emulator.config().token.clone();
    let ask = |account: &mut Account, path: &str| {
        let request = http::Request::get(format!("{path}?api_token={token}"));
        account
            .send(&request.body(bytes::Bytes::new()).unwrap())
            .status
    };
    assert_eq!(ask(&mut account, "/v1/users/me"), 200);
    assert_eq!(ask(&mut account, "/api/v2/persons"), 401);
    assert_eq!(ask(&mut Account::new(), "/v1/users/me"), 401);
}

#[test]
fn other_integrations_spend_the_same_days_tokens() {
    let mut account = Account::with(PipedriveConfig {
        daily_tokens: Some(100),
        ..PipedriveConfig::default()
    });
    account.post("/_emulator/spend-elsewhere", &json!({"tokens": 97}));
    let seen = account.get("/v1/users/me");
    assert_eq!(seen.header("x-daily-ratelimit-token-remaining"), Some("1"));
    assert_eq!(account.get("/v1/users/me").status, 429);
    let counters = account.emulator.counters();
    assert_eq!((counters.spent_elsewhere, counters.tokens_total()), (97, 2));
    assert_eq!(account.now.0, START);
}

#[test]
fn requests_tokens_and_violations_are_counted_by_token_and_purpose() {
    let mut account = Account::new();
    account.person("A B");
    account.get("/api/v2/persons");
    account.get("/api/v2/persons/1");
    account.delete("/api/v2/persons/1");
    account.emulator.add_token("a-second-token");
    for _ in 0..45 {
        let second = http::Request::get("/v1/users/me").header("x-api-token", "a-second-token");
        account.send(&second.body(bytes::Bytes::new()).unwrap());
    }
    let told = account.get("/_emulator/counters").json();
    let [first, second] = [&told["callers"][0], &told["callers"][1]];
    assert_eq!(first["used"]["write"], json!({"requests": 1, "tokens": 5}));
    assert_eq!(first["used"]["list"], json!({"requests": 1, "tokens": 10}));
    assert_eq!(first["used"]["read"], json!({"requests": 1, "tokens": 1}));
    assert_eq!(first["used"]["delete"], json!({"requests": 1, "tokens": 3}));
    assert_eq!(
        (&first["refused"], &first["burst_violations"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(
        second["used"]["read"],
        json!({"requests": 40, "tokens": 80})
    );
    assert_eq!(
        (&second["refused"], &second["burst_violations"]),
        (&json!(5), &json!(5))
    );
    assert_eq!(second["user_id"], 11);
    assert!(!told.to_string().contains("a-second-token"));
}
