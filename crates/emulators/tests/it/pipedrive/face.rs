//! Over real sockets: answers and their fates, and webhooks to a real receiver.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use emulators::faults::{CallMatch, Fault};
use emulators::http_face::{EmulatorServer, FaceOptions, Waiting, Webhooks};
use emulators::pipedrive::{PipedriveConfig, PipedriveEmulator};
use emulators::{Answer, Emulator, Fate, Moment, WebhookAttempt, WebhookOutcome};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::START;

/// A receiver of webhooks: passes on what it gets.
struct Receiver(mpsc::UnboundedSender<(Option<String>, Value)>);

impl Emulator for Receiver {
    fn answer(&mut self, request: &http::Request<Bytes>, _: Moment) -> Answer {
        let auth = request
            .headers()
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned());
        self.0
            .send((auth, serde_json::from_slice(request.body()).unwrap()))
            .unwrap();
        Answer {
            response: http::Response::new(Bytes::new()),
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

async fn start<E: Emulator + 'static>(
    emulator: E,
    options: FaceOptions,
    now: Arc<Mutex<i64>>,
) -> EmulatorServer<E> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(move || Moment(*now.lock().unwrap()));
    EmulatorServer::start(Arc::new(Mutex::new(emulator)), listener, clock, options).unwrap()
}

fn client() -> reqwest::Client {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn get_me(client: &reqwest::Client, base: &str) -> reqwest::RequestBuilder {
    client
        .get(format!("{base}/v1/users/me"))
        .header("x-api-token", PipedriveConfig::default().token)
}

fn clock() -> Arc<Mutex<i64>> {
    Arc::new(Mutex::new(START))
}

async fn deliver_an_edit(webhooks: Webhooks) {
    let (sender, mut received) = mpsc::unbounded_channel();
    let receiver = start(Receiver(sender), FaceOptions::default(), clock()).await;
    let options = FaceOptions {
        webhooks,
        ..FaceOptions::default()
    };
    let server = start(
        PipedriveEmulator::new(PipedriveConfig::default()),
        options,
        clock(),
    )
    .await;
    let client = client();
    let subscription = json!({
        "subscription_url": format!("{}/hook", receiver.base_url), "event_action": "*", "event_object": "*", "name": "all",
        "http_auth_user": "pd", "http_auth_password": "sesame"
    });
    let post = |path: &str, body: &Value| {
        let call = client
            .post(format!("{}{path}", server.base_url))
            .header("x-api-token", PipedriveConfig::default().token);
        call.json(body).send()
    };
    assert_eq!(
        post("/v1/webhooks", &subscription).await.unwrap().status(),
        201
    );
    assert_eq!(
        post("/api/v2/persons", &json!({"name": "Anna Berg"}))
            .await
            .unwrap()
            .status(),
        200
    );
    if webhooks == Webhooks::Manual {
        assert!(received.try_recv().is_err());
        assert_eq!(server.deliver_due_webhooks().await, 1);
    }

    let (auth, event) = received.recv().await.unwrap();
    assert_eq!(auth.as_deref(), Some("Basic cGQ6c2VzYW1l"));
    assert_eq!(
        (&event["meta"]["action"], &event["data"]["name"]),
        (&json!("create"), &json!("Anna Berg"))
    );
    server.stop().await;
    receiver.stop().await;
}

#[tokio::test]
async fn an_edit_reaches_a_real_receiver_by_itself() {
    deliver_an_edit(Webhooks::Automatic).await;
}

#[tokio::test]
async fn an_edit_reaches_a_real_receiver_when_the_test_says_so() {
    deliver_an_edit(Webhooks::Manual).await;
}

#[tokio::test]
async fn lost_and_cut_answers_break_the_connection() {
    let server = start(
        PipedriveEmulator::new(PipedriveConfig::default()),
        FaceOptions::default(),
        clock(),
    )
    .await;
    let client = client();
    let call = || get_me(&client, &server.base_url);
    assert!(
        call()
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("Integration")
    );
    server
        .emulator()
        .faults
        .next(Fault::LoseAnswer, CallMatch::any());
    // A client may repeat a read by itself on a reused connection; a fresh one shows the loss.
    let fresh = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    assert!(get_me(&fresh, &server.base_url).send().await.is_err());
    server
        .emulator()
        .faults
        .next(Fault::Truncate, CallMatch::any());
    let cut = get_me(&fresh, &server.base_url).send().await.unwrap();
    assert_eq!(cut.status(), 200);
    assert!(cut.text().await.is_err());
    server.stop().await;
}

#[tokio::test]
async fn a_held_call_ends_with_the_callers_patience() {
    let server = start(
        PipedriveEmulator::new(PipedriveConfig::default()),
        FaceOptions::default(),
        clock(),
    )
    .await;
    server
        .emulator()
        .faults
        .next(Fault::Hold { written: false }, CallMatch::any());
    let error = get_me(&client(), &server.base_url)
        .timeout(Duration::from_millis(50))
        .send()
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    server.stop().await;
}

#[tokio::test]
async fn a_late_answer_waits_for_the_clock_that_the_test_holds() {
    let now = clock();
    let options = FaceOptions {
        waiting: Waiting::Held,
        webhooks: Webhooks::Manual,
        latency_millis: 0,
    };
    let server = start(
        PipedriveEmulator::new(PipedriveConfig::default()),
        options,
        Arc::clone(&now),
    )
    .await;
    server
        .emulator()
        .faults
        .next(Fault::Slow { millis: 3_600_000 }, CallMatch::any());
    let call = get_me(&client(), &server.base_url).send();
    let clock_holder = async {
        while server.calls_waiting() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.next_deadline(), Some(Moment(START + 3_600_000)));
        *now.lock().unwrap() += 3_600_000;
        server.clock_moved();
    };
    let (answer, ()) = tokio::join!(call, clock_holder);
    assert_eq!(answer.unwrap().status(), 200);
    assert_eq!(server.calls_waiting(), 0);
    server.stop().await;
}
