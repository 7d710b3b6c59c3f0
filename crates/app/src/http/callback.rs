//! The end of a login: the address to which the browser comes back with a code. Lives for one login only.
//!
//! In: a listener, what was asked for, and what to do with the code. Out: what that came to, after the browser was shown a page
//! about it. An answer that belongs to another login is not used, and does not end this one. No code is ever shown or logged.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api_client::Clock;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use futures_util::future::{Either, join, select};
use secrecy::SecretString;
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use super::accept_loop::{Limits, serve};

const CONNECTIONS_MAX: usize = 16;
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);
const REASON_LENGTH_MAX: usize = 40;

/// What tells our own login from every other.
#[derive(Debug, Clone)]
pub struct Expected {
    pub path: String,
    pub state: Arc<str>,
}

/// Why no code came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCode {
    /// The person said no, or the server did.
    #[error("Pipedrive did not let this program in ({reason})")]
    Denied { reason: String },
    #[error("nobody let this program in within the time; run the command again")]
    TooLate,
    /// Answers came, and none of them to our question.
    #[error(
        "the answers that came belong to other logins (their state differs); use the newest address only, and run the command again"
    )]
    OfOthers,
}

/// What a visitor brought.
enum Heard {
    Code(SecretString, oneshot::Sender<bool>),
    Denied(String),
    OfAnother,
}

#[derive(Clone)]
struct Door {
    expected: Expected,
    heard: mpsc::Sender<Heard>,
    /// A code has come; it is used once.
    is_taken: Arc<AtomicBool>,
}

/// Waits for the browser and hands the code on; `finish` says what came of it.
///
/// # Errors
/// When no code came, or whatever `finish` fails with.
pub async fn receive<T, E, F, Fut>(
    listener: TcpListener,
    expected: Expected,
    (clock, wait): (Arc<dyn Clock>, Duration),
    finish: F,
) -> Result<Result<T, E>, NoCode>
where
    F: FnOnce(SecretString) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let (sender, mut heard) = mpsc::channel(CONNECTIONS_MAX);
    let path = expected.path.clone();
    let door = Door {
        expected,
        heard: sender,
        is_taken: Arc::default(),
    };
    let router = Router::new()
        .route(&path, get(come_back))
        .fallback(nothing_here)
        .with_state(door);
    let limits = Limits {
        connections_max: CONNECTIONS_MAX,
        connections_per_address_max: CONNECTIONS_MAX,
        header_timeout: HEADER_TIMEOUT,
        drain_timeout: DRAIN_TIMEOUT,
        trusted_proxies: Vec::new(),
    };
    let (stop, stopped) = oneshot::channel::<()>();
    // Told by the sender's end, whichever way that comes.
    let stopped = async { drop(stopped.await) };
    let serving = serve(listener, router, limits, Arc::clone(&clock), stopped);
    let deciding = async {
        let decided = decide(&mut heard, &*clock, wait, finish).await;
        drop(stop);
        decided
    };
    join(deciding, serving).await.0
}

async fn decide<T, E, F, Fut>(
    heard: &mut mpsc::Receiver<Heard>,
    clock: &dyn Clock,
    wait: Duration,
    finish: F,
) -> Result<Result<T, E>, NoCode>
where
    F: FnOnce(SecretString) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let mut too_late = super::accept_loop::after(clock, wait);
    let mut others_came = false;
    loop {
        let next = select(Box::pin(heard.recv()), too_late);
        match next.await {
            Either::Left((Some(Heard::Code(code, answer)), _)) => {
                let finished = finish(code).await;
                // A browser that was closed needs no page.
                let _gone = answer.send(finished.is_ok());
                return Ok(finished);
            }
            Either::Left((Some(Heard::Denied(reason)), _)) => {
                return Err(NoCode::Denied { reason });
            }
            Either::Left((Some(Heard::OfAnother), rest)) => {
                others_came = true;
                too_late = rest;
            }
            Either::Left((None, _)) | Either::Right(_) if others_came => {
                return Err(NoCode::OfOthers);
            }
            Either::Left((None, _)) | Either::Right(_) => return Err(NoCode::TooLate),
        }
    }
}

async fn come_back(
    State(door): State<Door>,
    Query(brought): Query<HashMap<String, String>>,
) -> Response {
    let state = brought.get("state").map_or("", String::as_str);
    let is_ours: bool = state
        .as_bytes()
        .ct_eq(door.expected.state.as_bytes())
        .into();
    if !is_ours {
        tell(&door, Heard::OfAnother).await;
        return page(
            StatusCode::BAD_REQUEST,
            "This page belongs to another login. Go back to the newest one, or run the command again.",
        );
    }
    if let Some(reason) = brought.get("error") {
        tell(&door, Heard::Denied(word(reason))).await;
        return page(
            StatusCode::OK,
            "pipestreet was not let in. Nothing has changed; you can close this page.",
        );
    }
    let Some(code) = brought.get("code").filter(|code| !code.is_empty()) else {
        return page(StatusCode::BAD_REQUEST, "There is no code in this address.");
    };
    if door.is_taken.swap(true, Ordering::SeqCst) {
        return page(StatusCode::GONE, "This code has been used already.");
    }
    let (answer, answered) = oneshot::channel();
    tell(&door, Heard::Code(SecretString::from(code.clone()), answer)).await;
    if answered.await.unwrap_or(false) {
        page(
            StatusCode::OK,
            "pipestreet is logged in to Pipedrive. You can close this page.",
        )
    } else {
        page(
            StatusCode::BAD_GATEWAY,
            "The login did not work. The terminal in which it was begun says why.",
        )
    }
}

async fn tell(door: &Door, heard: Heard) {
    // Nobody hears any more when the login has ended.
    let _ended = door.heard.send(heard).await;
}

async fn nothing_here() -> Response {
    page(StatusCode::NOT_FOUND, "There is nothing at this address.")
}

/// What the server calls its refusal, if that is a word.
fn word(reason: &str) -> String {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !reason.is_empty() && reason.len() <= REASON_LENGTH_MAX && reason.bytes().all(is_word) {
        reason.to_owned()
    } else {
        "for another reason".to_owned()
    }
}

/// A page of our own words only: nothing that was brought is shown.
fn page(status: StatusCode, text: &'static str) -> Response {
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>pipestreet</title></head>\
         <body style=\"font: 1.2rem system-ui; margin: 4rem auto; max-width: 36rem\"><p>{text}</p></body></html>"
    );
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (header::CONNECTION, HeaderValue::from_static("close")),
    ];
    (status, headers, Html(html)).into_response()
}
