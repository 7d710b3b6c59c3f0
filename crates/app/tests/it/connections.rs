//! Connections that take too much or too long, and the end of the server.

use std::sync::Arc;
use std::time::Duration;

use app::config::Network;
use app::http::{Drained, WEBHOOK_BYTES_MAX};
use tokio::sync::Notify;

use crate::server::{PATH_TOKEN, Server, Settings, TestIntake};

const SHORT: Duration = Duration::from_millis(50);

fn delivery(body: &str) -> String {
    format!(
        "POST /webhooks/oslo/pipedrive/{PATH_TOKEN} HTTP/1.1\r\nhost: x\r\nauthorization: Basic eDp5\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn held() -> (Arc<Notify>, Arc<TestIntake>) {
    let hold = Arc::new(Notify::new());
    let intake = TestIntake {
        hold: Some(Arc::clone(&hold)),
        ..TestIntake::default()
    };
    (hold, Arc::new(intake))
}

#[tokio::test]
async fn a_client_that_dawdles_over_its_headers_is_cut() {
    let mut settings = Settings::default();
    settings.limits.header_timeout = SHORT;
    let server = Server::start(settings).await;
    let mut silent = server.connect().await;
    let mut slow = server.connect().await;
    slow.send("POST /webhooks/oslo HTTP/1.1\r\nhost:").await;
    assert!([0, 408].contains(&silent.answer().await.status()));
    assert!([0, 408].contains(&slow.answer().await.status()));
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let server = Server::start(Settings {
        body_timeout: SHORT,
        ..Settings::default()
    })
    .await;
    let mut connection = server.connect().await;
    connection.send("POST /webhooks/oslo/propstreet HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\nconnection: close\r\n\r\n{").await;
    assert_eq!(connection.answer().await.status(), 408);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_however_it_is_sent() {
    let server = Server::start(Settings::default()).await;
    let mut told = server.connect().await;
    let length = WEBHOOK_BYTES_MAX + 1;
    told.send(&format!(
        "POST /webhooks/oslo/propstreet HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n"
    ))
    .await;
    assert_eq!(told.answer().await.status(), 413);

    let mut chunked = server.connect().await;
    chunked.send("POST /webhooks/oslo/propstreet HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await;
    chunked
        .send(&format!("{length:x}\r\n{}\r\n", "x".repeat(length)))
        .await;
    assert_eq!(chunked.answer().await.status(), 413);

    let within = "x".repeat(WEBHOOK_BYTES_MAX);
    let head =
        format!("POST /webhooks/oslo/pipedrive/{PATH_TOKEN} HTTP/1.1\r\nauthorization: Basic eDp5");
    assert_eq!(server.request(&head, &within).await.status(), 204);
}

#[tokio::test]
async fn one_address_has_only_so_many_connections() {
    let mut settings = Settings::default();
    settings.limits.connections_per_address_max = 1;
    let (hold, intake) = held();
    settings.intake = intake;
    let server = Server::start(settings).await;
    let mut first = server.connect().await;
    first.send(&delivery("{}")).await;
    server.intake.arrived.notified().await;
    assert_eq!(
        server.connect().await.answer().await.status(),
        0,
        "the second is closed at once"
    );

    hold.notify_one();
    drop(first);
}

#[tokio::test]
async fn a_trusted_proxy_may_have_many() {
    let mut settings = Settings::default();
    settings.limits.connections_per_address_max = 1;
    settings.limits.trusted_proxies = vec![Network::parse("127.0.0.0/8").unwrap()];
    let server = Server::start(settings).await;
    let _first = server.connect().await;
    assert_eq!(
        server.request("GET /healthz HTTP/1.1", "").await.status(),
        200
    );
}

#[tokio::test]
async fn when_all_places_are_taken_a_connection_waits_for_one() {
    let mut settings = Settings::default();
    settings.limits.connections_max = 1;
    let (hold, intake) = held();
    settings.intake = intake;
    let server = Server::start(settings).await;
    let mut first = server.connect().await;
    first
        .send(&delivery("{}").replace("host: x", "host: x\r\nconnection: close"))
        .await;
    server.intake.arrived.notified().await;

    let second = server.request("GET /healthz HTTP/1.1", "");
    hold.notify_one();
    assert_eq!(first.answer().await.status(), 204);
    assert_eq!(second.await.status(), 200);
}

#[tokio::test]
async fn a_delivery_under_way_is_answered_before_the_server_ends() {
    let (hold, intake) = held();
    let server = Server::start(Settings {
        intake: Arc::clone(&intake),
        ..Settings::default()
    })
    .await;
    let mut connection = server.connect().await;
    connection.send(&delivery("{}")).await;
    intake.arrived.notified().await;

    let ended = server.stop();
    hold.notify_one();

    assert_eq!(connection.answer().await.status(), 204);
    assert_eq!(ended.await, Drained { cut: 0 });
}

#[tokio::test]
async fn an_idle_connection_does_not_keep_the_server_from_ending() {
    let server = Server::start(Settings::default()).await;
    let mut idle = server.connect().await;
    idle.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(
        server.request("GET /healthz HTTP/1.1", "").await.status(),
        200
    );
    assert_eq!(server.stop().await, Drained { cut: 0 });
}

#[tokio::test]
async fn what_takes_too_long_is_cut_when_the_server_ends() {
    let (_hold, intake) = held();
    let mut settings = Settings {
        intake: Arc::clone(&intake),
        ..Settings::default()
    };
    settings.limits.drain_timeout = SHORT;
    let server = Server::start(settings).await;
    let mut connection = server.connect().await;
    connection.send(&delivery("{}")).await;
    intake.arrived.notified().await;
    assert_eq!(server.stop().await, Drained { cut: 1 });
    assert_eq!(connection.answer().await.status(), 0);
}
