//! What each answer, and each missing one, means for a read and for a write.

use api_client::{BudgetSettings, CallError, NotNowReason, TransportError, UnknownBecause};

use crate::script::{Reaction, Server, answer, answer_with, read, write};

/// The error of a read and of a write that meet this reaction.
fn outcomes(reaction: &Reaction) -> (CallError, CallError) {
    let outcome = |spec| {
        let server = Server::start();
        server.reacts(reaction.clone());
        let caller = server.caller(BudgetSettings::counting());
        server.clock.run(caller.call(spec)).unwrap_err()
    };
    (outcome(read()), outcome(write()))
}

fn unknown(because: UnknownBecause) -> CallError {
    CallError::OutcomeUnknown {
        what: "write a record",
        because,
    }
}

fn not_now_reason(error: &CallError) -> Option<NotNowReason> {
    if let CallError::NotNow { reason, .. } = error {
        Some(*reason)
    } else {
        None
    }
}

#[test]
fn a_failing_server_had_no_effect_on_a_read_and_an_unknown_one_on_a_write() {
    for status in [500, 502, 503, 504, 408] {
        let (of_read, of_write) = outcomes(&answer(status, "{}"));
        assert_eq!(
            not_now_reason(&of_read),
            Some(NotNowReason::ServerBusy),
            "{status}"
        );
        assert_eq!(of_write, unknown(UnknownBecause::ServerFailed(status)));
    }
}

#[test]
fn a_lost_answer_had_no_effect_on_a_read_and_an_unknown_one_on_a_write() {
    let lost = TransportError::NoAnswer("reset".to_owned());
    let (of_read, of_write) = outcomes(&Reaction::Fail(lost.clone()));
    assert_eq!(
        of_read,
        CallError::Unreachable {
            what: "read a record",
            cause: lost
        }
    );
    assert_eq!(of_write, unknown(UnknownBecause::ConnectionLost));
    let (_, of_write) = outcomes(&Reaction::Fail(TransportError::TooLarge { limit_bytes: 9 }));
    assert_eq!(of_write, unknown(UnknownBecause::ConnectionLost));
}

#[test]
fn a_write_that_never_left_had_no_effect() {
    let unsent = TransportError::NotSent("no connection".to_owned());
    let (_, of_write) = outcomes(&Reaction::Fail(unsent.clone()));
    assert_eq!(
        of_write,
        CallError::Unreachable {
            what: "write a record",
            cause: unsent
        }
    );
    assert!(of_write.had_no_effect());
}

#[test]
fn a_call_without_an_answer_ends_after_thirty_seconds_of_the_given_clock() {
    let server = Server::start();
    server.reacts(Reaction::Never);
    let caller = server.caller(BudgetSettings::counting());
    let error = server.clock.run(caller.call(write())).unwrap_err();
    assert_eq!(error, unknown(UnknownBecause::TimedOut));
    assert_eq!(server.clock.millis_since_start(), 30_000);

    let error = server.clock.run(caller.call(read())).unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }));
    assert_eq!(server.clock.millis_since_start(), 60_000);
}

#[test]
fn an_answer_that_makes_no_sense_is_unreadable_for_a_read_and_unknown_for_a_write() {
    let outcome = |spec| {
        let server = Server::start();
        server.reacts(answer(200, "{\"id\":"));
        let caller = server.caller(BudgetSettings::counting());
        let answer = server.clock.run(caller.call(spec)).unwrap();
        answer.read::<serde_json::Value>().unwrap_err()
    };
    assert_eq!(
        outcome(read()),
        CallError::Unreadable {
            what: "read a record",
            line: 1,
            column: 6
        }
    );
    assert_eq!(outcome(write()), unknown(UnknownBecause::Unreadable));
}

#[test]
fn a_changed_record_is_stale_however_the_server_says_so() {
    let conflict =
        r#"{"type":"https://app.example.com/help/concurrency-conflict","title":"Conflict"}"#;
    for (status, body) in [(412, "{}"), (428, "{}"), (409, conflict)] {
        assert_eq!(
            outcomes(&answer(status, body)).1,
            CallError::Stale,
            "{status}"
        );
    }
}

#[test]
fn any_other_conflict_means_that_the_record_exists() {
    let (_, error) = outcomes(&answer(
        409,
        r#"{"type":"/help/duplicate","detail":"taken"}"#,
    ));
    let CallError::AlreadyExists(refusal) = error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.problem.as_deref(), Some("duplicate"));
}

#[test]
fn missing_and_gone_are_two_things() {
    assert_eq!(outcomes(&answer(404, "{}")).0, CallError::NotFound);
    assert_eq!(outcomes(&answer(410, "{}")).0, CallError::Gone);
}

#[test]
fn a_refusal_names_its_code_and_fields_and_keeps_the_words_apart() {
    let body = r#"{"success":false,"code":"ERR_SCHEMA_VALIDATION_FAILED",
        "error":"Validation failed: emails: 'ann@example.com' is not allowed; org_id: unknown"}"#;
    let (_, error) = outcomes(&answer(400, body));
    let CallError::Refused(refusal) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.fields, ["emails", "org_id"]);
    assert_eq!(
        refusal.code.as_deref(),
        Some("ERR_SCHEMA_VALIDATION_FAILED")
    );
    assert!(refusal.message.reveal().contains("ann@example.com"));
    for shown in [
        error.to_string(),
        format!("{error:?}"),
        refusal.message.redacted(),
    ] {
        assert!(!shown.contains("ann@"), "{shown}");
    }
}

#[test]
fn a_problem_document_names_the_fields_it_objects_to() {
    let body = r#"{"type":"https://tools.ietf.org/html/rfc7807","status":400,
        "errors":{"countryCode":["two letters"],"name":["missing"]}}"#;
    let (_, error) = outcomes(&answer(422, body));
    let CallError::Refused(refusal) = error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.fields, ["countryCode", "name"]);
}

#[test]
fn wrong_credentials_stop_and_a_limit_of_the_plan_does_not() {
    for status in [401, 402, 403] {
        let (error, _) = outcomes(&answer(status, r#"{"success":false,"error":"no"}"#));
        assert!(
            matches!(error, CallError::NotAllowed(_)),
            "{status}: {error:?}"
        );
    }
    let capped = answer(
        403,
        r#"{"success":false,"code":"feature_capping_deals_limit"}"#,
    );
    assert!(matches!(outcomes(&capped).1, CallError::Refused(_)));
}

#[test]
fn the_firewalls_page_opens_the_circuit_and_it_stays_open_longer_each_time() {
    let server = Server::start();
    server.reacts(answer_with(
        403,
        &[("content-type", "text/html")],
        "<html>blocked</html>",
    ));
    let caller = server.caller(BudgetSettings::counting());
    let first = server.clock.run(caller.call(write())).unwrap_err();
    assert_eq!(not_now_reason(&first), Some(NotNowReason::CircuitOpen));

    server.clock.advance(59_000);
    assert_eq!(server.clock.run(caller.call(read())).unwrap_err(), first);
    assert_eq!(
        server.arrivals().len(),
        1,
        "nothing is sent while the circuit is open"
    );

    server.clock.advance(1_000);
    server.clock.run(caller.call(read())).unwrap_err();
    server.clock.advance(61_000);
    server.clock.run(caller.call(read())).unwrap_err();
    assert_eq!(
        server.arrivals().len(),
        2,
        "the second time it stays open for two minutes"
    );

    server.clock.advance(60_000);
    server.reacts(answer(200, "{}"));
    server.clock.run(caller.call(read())).unwrap();
}
