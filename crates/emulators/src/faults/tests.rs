//! Faults: sentences about what is given out, to whom, and how often.

use http::Method;

use super::{CallMatch, Fault, FaultQueue, FaultRates};

#[test]
fn a_queued_fault_befalls_only_calls_that_match_and_only_so_often() {
    let mut faults = FaultQueue::new(1);
    faults.next_times(
        2,
        Fault::LoseAnswer,
        CallMatch::call(&Method::POST, "/api/v2/persons"),
    );

    assert_eq!(faults.draw_call(&Method::GET, "/api/v2/persons"), None);
    assert_eq!(
        faults.draw_call(&Method::POST, "/api/v2/organizations"),
        None
    );
    assert_eq!(faults.draw_webhook("person.change"), None);
    assert_eq!(
        faults.draw_call(&Method::POST, "/api/v2/persons"),
        Some(Fault::LoseAnswer)
    );
    assert_eq!(
        faults.draw_call(&Method::POST, "/api/v2/persons"),
        Some(Fault::LoseAnswer)
    );
    assert_eq!(faults.draw_call(&Method::POST, "/api/v2/persons"), None);
    assert_eq!(faults.fired()["lose_answer"], 2);
}

#[test]
fn webhook_faults_match_the_event_name() {
    let mut faults = FaultQueue::new(1);
    faults.always(Fault::WebhookDrop, CallMatch::prefix("person."));

    assert_eq!(faults.draw_call(&Method::GET, "person."), None);
    assert_eq!(faults.draw_webhook("organization.change"), None);
    assert_eq!(
        faults.draw_webhook("person.change"),
        Some(Fault::WebhookDrop)
    );
    faults.clear();
    assert_eq!(faults.draw_webhook("person.change"), None);
}

#[test]
fn drawn_faults_come_from_the_seed_and_about_as_often_as_their_chance_says() {
    let rates = FaultRates {
        lose_answer: 0.1,
        commit_late: 0.1,
        commit_late_millis_max: 5_000,
        ..Default::default()
    };
    let draw_all = |seed| {
        let mut faults = FaultQueue::new(seed);
        faults.set_rates(rates);
        (0..10_000)
            .map(|_| faults.draw_call(&Method::POST, "/x"))
            .collect::<Vec<_>>()
    };

    let drawn = draw_all(7);
    let lost = drawn
        .iter()
        .filter(|fault| **fault == Some(Fault::LoseAnswer))
        .count();
    assert!((800..1_200).contains(&lost), "{lost} of 10,000");
    let delays: Vec<i64> = drawn
        .iter()
        .filter_map(|fault| {
            if let Some(Fault::CommitLate { after_millis }) = fault {
                Some(*after_millis)
            } else {
                None
            }
        })
        .collect();
    assert!((800..1_200).contains(&delays.len()));
    assert!(delays.iter().all(|millis| (1..=5_000).contains(millis)));
    assert_eq!(drawn, draw_all(7));
    assert_ne!(drawn, draw_all(8));
}

#[test]
fn a_late_write_is_never_drawn_for_a_read() {
    let mut faults = FaultQueue::new(3);
    faults.set_rates(FaultRates {
        commit_late: 1.0,
        ..Default::default()
    });
    assert_eq!(faults.draw_call(&Method::GET, "/x"), None);
    assert!(matches!(
        faults.draw_call(&Method::PATCH, "/x"),
        Some(Fault::CommitLate { .. })
    ));
}

#[test]
fn the_control_call_queues_rates_and_clears_and_refuses_unknown_words() {
    let mut faults = FaultQueue::new(3);
    let queued = br#"{"fault":{"kind":"slow","millis":900},"on":{"method":"get","path_prefix":"/a"},"times":1}"#;
    faults.control(queued).unwrap();
    assert_eq!(
        faults.draw_call(&Method::GET, "/abc"),
        Some(Fault::Slow { millis: 900 })
    );
    faults.control(br#"{"rates":{"truncate":1.0}}"#).unwrap();
    assert_eq!(
        faults.draw_call(&Method::GET, "/abc"),
        Some(Fault::Truncate)
    );
    faults.control(br#"{"clear":true}"#).unwrap();
    assert_eq!(faults.draw_call(&Method::GET, "/abc"), None);
    assert!(faults.control(br#"{"fault":{"kind":"gremlins"}}"#).is_err());
    assert!(faults.control(br#"{"fualt":null}"#).is_err());
}
