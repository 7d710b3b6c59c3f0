//! Over real sockets: a token, a contact, and its webhook at a real receiver.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use emulators::http_face::{EmulatorServer, FaceOptions, Webhooks};
use emulators::propstreet::{PropstreetEmulator, PropstreetSettings};
use emulators::{Answer, Emulator, Fate, Moment, WebhookAttempt, WebhookOutcome};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{CONTACTS, HOOKS, START, ann};

/// A receiver of webhooks that keeps what it gets and then says it is gone.
#[derive(Default)]
struct Receiver {
    got: Vec<http::Request<Bytes>>,
}

impl Emulator for Receiver {
    fn answer(&mut self, request: &http::Request<Bytes>, _: Moment) -> Answer {
        self.got.push(request.clone());
        let response = http::Response::builder()
            .status(410)
            .body(Bytes::new())
            .unwrap();
        Answer {
            response,
            fate: Fate::Arrives { after_millis: 0 },
        }
    }

    fn due_webhooks(&mut self, _: Moment) -> Vec<WebhookAttempt> {
        Vec::new()
    }

    fn webhook_answered(&mut self, _: u64, _: WebhookOutcome, _: Moment) {}

    fn next_due(&self) -> Option<Moment> {
        None
    }
}

async fn start<E: Emulator + 'static>(emulator: E) -> EmulatorServer<E> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = FaceOptions {
        webhooks: Webhooks::Manual,
        ..FaceOptions::default()
    };
    EmulatorServer::start(
        Arc::new(Mutex::new(emulator)),
        listener,
        Arc::new(|| Moment(START)),
        options,
    )
    .unwrap()
}

#[tokio::test]
async fn a_contact_made_over_http_is_told_to_a_real_receiver_with_a_signature_that_verifies() {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let receiver = start(Receiver::default()).await;
    let server = start(PropstreetEmulator::new(PropstreetSettings::default())).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "nordhav-sync"),
        ("client_secret", "nordhav-sync-secret"),
        ("scope", "api:public"),
    ];
    let token = client
        .post(format!("{}/openid/token", server.base_url))
        .form(&form)
        .send()
        .await
        .unwrap();
    let token: Value = serde_json::from_slice(&token.bytes().await.unwrap()).unwrap();
    let bearer = token["access_token"].as_str().unwrap();
    let post = |path: &str, body: &Value| {
        client
            .post(format!("{}{path}", server.base_url))
            .bearer_auth(bearer)
            .json(body)
            .send()
    };
    let hook = json!({"url": format!("{}/in", receiver.base_url), "events": ["contact.created"]});
    let hook = post(HOOKS, &hook).await.unwrap();
    assert_eq!(hook.status(), 201);
    let hook: Value = serde_json::from_slice(&hook.bytes().await.unwrap()).unwrap();
    let made = post(CONTACTS, &ann()).await.unwrap();
    assert_eq!(made.status(), 201);
    assert!(made.headers().contains_key("etag"));

    assert_eq!(server.deliver_due_webhooks().await, 1);

    let request = receiver.emulator().got.remove(0);
    let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
    let signer = standardwebhooks::Webhook::new(hook["secret"].as_str().unwrap()).unwrap();
    let seconds: i64 = header("webhook-timestamp").parse().unwrap();
    assert_eq!(seconds, START / 1_000);
    let signature = signer
        .sign(&header("webhook-id"), seconds, request.body())
        .unwrap();
    assert_eq!(header("webhook-signature"), signature);
    // The receiver said it is gone, and the subscription was switched off over the same wire.
    let shown = client
        .get(format!("{}{HOOKS}/1", server.base_url))
        .bearer_auth(bearer)
        .send()
        .await
        .unwrap();
    let shown: Value = serde_json::from_slice(&shown.bytes().await.unwrap()).unwrap();
    assert_eq!(shown["enabled"], false);
    server.stop().await;
    receiver.stop().await;
}
