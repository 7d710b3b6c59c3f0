//! A running server with an intake that a test controls, and a client that speaks raw HTTP, also badly.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_client::{BoxFuture, SystemClock};
use app::http::{
    Accepted, App, Drained, Limits, Metrics, NotReady, Readiness, Refused, WebhookIntake, router,
    serve,
};
use bytes::Bytes;
use http::HeaderMap;
use prometheus_client::registry::Registry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;

pub(crate) const PATH_TOKEN: &str = "7f3a";

/// Keeps what it is given; can be slow and can fail.
#[derive(Default)]
pub(crate) struct TestIntake {
    pub(crate) kept: Mutex<Vec<Bytes>>,
    pub(crate) is_failing: bool,
    /// Each delivery waits for this.
    pub(crate) hold: Option<Arc<Notify>>,
    /// Told when a delivery has arrived.
    pub(crate) arrived: Notify,
}

impl TestIntake {
    async fn keep(&self, is_authentic: bool, body: Bytes) -> Result<Accepted, Refused> {
        if !is_authentic {
            return Err(Refused::NotAuthentic);
        }
        self.arrived.notify_one();
        if let Some(hold) = &self.hold {
            hold.notified().await;
        }
        if self.is_failing {
            return Err(Refused::Unavailable {
                reason: "disk full".to_owned(),
            });
        }
        let mut kept = self.kept.lock().unwrap();
        let is_known = kept.contains(&body);
        kept.push(body);
        Ok(if is_known {
            Accepted::AlreadyKnown
        } else {
            Accepted::Stored
        })
    }
}

impl WebhookIntake for TestIntake {
    fn accept_pipedrive(
        &self,
        path_token: String,
        authorization: Option<String>,
        body: Bytes,
    ) -> BoxFuture<'_, Result<Accepted, Refused>> {
        Box::pin(self.keep(
            path_token == PATH_TOKEN && authorization.as_deref() == Some("Basic eDp5"),
            body,
        ))
    }

    fn accept_propstreet(
        &self,
        headers: HeaderMap,
        body: Bytes,
    ) -> BoxFuture<'_, Result<Accepted, Refused>> {
        Box::pin(
            self.keep(
                headers
                    .get("webhook-signature")
                    .is_some_and(|value| value == "v1,right"),
                body,
            ),
        )
    }
}

struct Ready(bool);

impl Readiness for Ready {
    fn ready(&self) -> BoxFuture<'_, Result<(), NotReady>> {
        Box::pin(async {
            if self.0 {
                Ok(())
            } else {
                Err(NotReady::Other("the database is closed".to_owned()))
            }
        })
    }
}

pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) body_timeout: Duration,
    pub(crate) is_ready: bool,
    pub(crate) intake: Arc<TestIntake>,
}

impl Default for Settings {
    fn default() -> Self {
        let long = Duration::from_secs(20);
        let limits = Limits {
            connections_max: 32,
            connections_per_address_max: 16,
            header_timeout: long,
            drain_timeout: long,
            trusted_proxies: Vec::new(),
        };
        Self {
            limits,
            body_timeout: long,
            is_ready: true,
            intake: Arc::default(),
        }
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) intake: Arc<TestIntake>,
    stop: oneshot::Sender<()>,
    ended: JoinSet<Drained>,
}

impl Server {
    pub(crate) async fn start(settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let clock = Arc::new(SystemClock);
        let intake = Arc::clone(&settings.intake);
        let app = App {
            workspace: "oslo".into(),
            intake: settings.intake,
            readiness: Arc::new(Ready(settings.is_ready)),
            metrics: Arc::new(Metrics::new(Registry::default())),
            clock: Arc::<SystemClock>::clone(&clock),
            body_timeout: settings.body_timeout,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async move { drop(stopped.await) };
        let mut ended = JoinSet::new();
        ended.spawn(serve(
            listener,
            router(app),
            settings.limits,
            clock,
            stopped,
        ));
        Self {
            address,
            intake,
            stop,
            ended,
        }
    }

    /// Asks the server to stop; the answer comes when it has.
    pub(crate) fn stop(mut self) -> impl Future<Output = Drained> {
        self.stop.send(()).unwrap();
        async move { self.ended.join_next().await.unwrap().unwrap() }
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection(TcpStream::connect(self.address).await.unwrap())
    }

    /// Sends a request on a connection of its own and reads the whole answer.
    pub(crate) async fn request(&self, head: &str, body: &str) -> Answer {
        let mut connection = self.connect().await;
        connection
            .send(&format!(
                "{head}\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            ))
            .await;
        connection.answer().await
    }
}

pub(crate) struct Connection(TcpStream);

impl Connection {
    pub(crate) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Everything until the server closes the connection.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut bytes = Vec::new();
        // A connection that is cut may end in a reset; what came before it counts.
        drop(self.0.read_to_end(&mut bytes).await);
        Answer(String::from_utf8(bytes).unwrap())
    }
}

#[derive(Debug)]
pub(crate) struct Answer(pub(crate) String);

impl Answer {
    /// The status; 0 when the connection was closed without an answer.
    pub(crate) fn status(&self) -> u16 {
        self.0
            .split(' ')
            .nth(1)
            .map_or(0, |status| status.parse().unwrap())
    }

    /// The answer without its date, which is the only thing that may differ.
    pub(crate) fn without_date(&self) -> String {
        self.0
            .lines()
            .filter(|line| !line.starts_with("date:"))
            .collect::<Vec<_>>()
            .join("\n")
    }
}
