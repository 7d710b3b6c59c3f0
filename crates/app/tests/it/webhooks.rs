//! What the senders of webhooks are answered, and the other addresses.

use std::sync::Arc;

use crate::server::{PATH_TOKEN, Server, Settings, TestIntake};

const AUTHORIZATION: &str = "authorization: Basic eDp5";

fn pipedrive(workspace: &str, path_token: &str) -> String {
    format!("POST /webhooks/{workspace}/pipedrive/{path_token} HTTP/1.1\r\n{AUTHORIZATION}")
}

#[tokio::test]
async fn an_authentic_delivery_is_kept_and_answered_without_a_body() {
    let server = Server::start(Settings::default()).await;
    let answer = server
        .request(&pipedrive("oslo", PATH_TOKEN), "not even json")
        .await;
    assert_eq!(answer.status(), 204, "{answer:?}");
    assert_eq!(*server.intake.kept.lock().unwrap(), ["not even json"]);

    let signed = "POST /webhooks/oslo/propstreet HTTP/1.1\r\nwebhook-signature: v1,right";
    assert_eq!(server.request(signed, "{}").await.status(), 204);
    assert_eq!(
        server.request(signed, "{}").await.status(),
        204,
        "one that came before is a success too"
    );
}

#[tokio::test]
async fn a_wrong_address_cannot_be_told_from_a_wrong_secret() {
    let server = Server::start(Settings::default()).await;
    let wrong_secret = server.request(&pipedrive("oslo", "guess"), "{}").await;
    assert_eq!(wrong_secret.status(), 401);
    for head in [
        pipedrive("bergen", PATH_TOKEN),
        "POST /webhooks/oslo/propstreet HTTP/1.1\r\nwebhook-signature: v1,wrong".to_owned(),
        "POST /webhooks/bergen/propstreet HTTP/1.1\r\nwebhook-signature: v1,right".to_owned(),
        format!("POST /webhooks/oslo/hubspot HTTP/1.1\r\n{AUTHORIZATION}"),
        format!("POST /webhooks/oslo/pipedrive HTTP/1.1\r\n{AUTHORIZATION}"),
        "POST /webhooks HTTP/1.1".to_owned(),
        "PUT /webhooks/oslo HTTP/1.1".to_owned(),
    ] {
        let answer = server.request(&head, "{}").await;
        assert_eq!(answer.without_date(), wrong_secret.without_date(), "{head}");
    }
    assert!(server.intake.kept.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_could_not_be_kept_is_asked_for_again() {
    let intake = Arc::new(TestIntake {
        is_failing: true,
        ..TestIntake::default()
    });
    let server = Server::start(Settings {
        intake,
        ..Settings::default()
    })
    .await;
    let answer = server.request(&pipedrive("oslo", PATH_TOKEN), "{}").await;
    assert_eq!(answer.status(), 503);
    assert!(answer.0.contains("retry-after: "), "{answer:?}");
    assert!(answer.0.contains("content-type: application/problem+json"));
    assert!(!answer.0.contains("disk full"), "causes stay inside");
}

#[tokio::test]
async fn other_addresses_say_whether_the_process_lives_and_works() {
    let server = Server::start(Settings::default()).await;
    assert_eq!(
        server.request("GET /healthz HTTP/1.1", "").await.status(),
        200
    );
    assert_eq!(
        server.request("GET /readyz HTTP/1.1", "").await.status(),
        200
    );
    assert_eq!(
        server.request("GET /secrets HTTP/1.1", "").await.status(),
        404
    );
    assert_eq!(
        server.request("POST /healthz HTTP/1.1", "").await.status(),
        405
    );

    let stuck = Server::start(Settings {
        is_ready: false,
        ..Settings::default()
    })
    .await;
    assert_eq!(
        stuck.request("GET /healthz HTTP/1.1", "").await.status(),
        200
    );
    let answer = stuck.request("GET /readyz HTTP/1.1", "").await;
    assert_eq!(answer.status(), 503);
    assert!(!answer.0.contains("the database is closed"));
}

#[tokio::test]
async fn deliveries_are_counted_by_side_and_outcome() {
    let server = Server::start(Settings::default()).await;
    server.request(&pipedrive("oslo", PATH_TOKEN), "{}").await;
    server.request(&pipedrive("oslo", "guess"), "{}").await;
    let answer = server.request("GET /metrics HTTP/1.1", "").await;
    assert!(
        answer
            .0
            .contains("pipestreet_webhooks_total{side=\"pipedrive\",outcome=\"stored\"} 1"),
        "{answer:?}"
    );
    assert!(
        answer
            .0
            .contains("pipestreet_webhooks_total{side=\"pipedrive\",outcome=\"not_authentic\"} 1")
    );
}
