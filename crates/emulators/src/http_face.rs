//! The HTTP face: puts any emulator on a socket and makes the webhook calls it wants made.
//!
//! In: an emulator, a listener on loopback, and a clock. Out: a server that answers as the emulator says, fate and all:
//! late, cut off, reset or never. This is the one place of the crate with sockets, tasks and waiting. It decides nothing
//! about an answer.
//!
//! With [`Waiting::Held`] nothing here waits on the real clock: a late answer stays until [`EmulatorServer::clock_moved`]
//! finds that its moment has come, and [`EmulatorServer::next_deadline`] tells whoever holds the clock when that is.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use self::body::AnswerBody;
use self::sender::Sender;
use crate::answer::{Emulator, Fate, Moment};

mod body;
mod sender;

const REQUEST_BYTES_MAX: usize = 10_000_000;

/// The time as the caller wants it told.
pub type Now = Arc<dyn Fn() -> Moment + Send + Sync>;

/// Who sends webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Webhooks {
    /// A task of the server, as soon as they are due.
    #[default]
    Automatic,
    /// Nobody, until [`EmulatorServer::deliver_due_webhooks`] is called.
    Manual,
}

/// On which clock late answers wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Waiting {
    /// The machine's.
    #[default]
    Real,
    /// The given one; see [`EmulatorServer::clock_moved`].
    Held,
}

/// How a server behaves.
#[derive(Debug, Clone, Copy, Default)]
pub struct FaceOptions {
    pub webhooks: Webhooks,
    pub waiting: Waiting,
    /// Added to every answer.
    pub latency_millis: i64,
}

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum FaceError {
    #[error("the listener has no address")]
    Listener(#[source] io::Error),
    #[error("webhooks cannot be sent from this machine")]
    Sender(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What connections and tasks share.
struct Face<E> {
    emulator: Arc<Mutex<E>>,
    now: Now,
    options: FaceOptions,
    /// Rung after each answer: there may be webhooks to send.
    answered: Notify,
    /// Rung when a held clock moved.
    moved: Notify,
    /// Answers on their way, by when they arrive; `None` for those that never do.
    late: Mutex<BTreeMap<u64, Option<i64>>>,
    /// Rung when a call began or ended to wait for its answer.
    late_changed: Notify,
    stop: watch::Receiver<bool>,
    sender: Sender,
}

/// An emulator on a socket. Dropping it stops it at once.
pub struct EmulatorServer<E> {
    /// `http://127.0.0.1:port`, without a slash at the end.
    pub base_url: String,
    pub address: SocketAddr,
    face: Arc<Face<E>>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl<E> std::fmt::Debug for EmulatorServer<E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("EmulatorServer")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl<E: Emulator + 'static> EmulatorServer<E> {
    /// Starts answering on the listener, within the current runtime.
    ///
    /// # Errors
    /// When the listener has no address, or no TLS settings can be made for sending webhooks.
    pub fn start(
        emulator: Arc<Mutex<E>>,
        listener: TcpListener,
        now: Now,
        options: FaceOptions,
    ) -> Result<Self, FaceError> {
        let address = listener.local_addr().map_err(FaceError::Listener)?;
        let (stop, stopped) = watch::channel(false);
        let face = Arc::new(Face {
            emulator,
            now,
            options,
            answered: Notify::new(),
            moved: Notify::new(),
            late: Mutex::default(),
            late_changed: Notify::new(),
            stop: stopped,
            sender: Sender::new()?,
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(Arc::clone(&face), listener));
        if options.webhooks == Webhooks::Automatic {
            tasks.spawn(sender::run(Arc::clone(&face)));
        }
        Ok(Self {
            base_url: format!("http://{address}"),
            address,
            face,
            stop,
            tasks,
        })
    }

    /// The emulator behind it, for reading and for users' deeds.
    pub fn emulator(&self) -> MutexGuard<'_, E> {
        self.face.emulator()
    }

    /// Tells the sending task that there may be something to send now.
    pub fn wake(&self) {
        self.face.answered.notify_one();
    }

    /// Sends the webhooks that are due now, one after the other, and notes how each ended; how many there were.
    pub async fn deliver_due_webhooks(&self) -> usize {
        let attempts = self.face.emulator().due_webhooks((self.face.now)());
        let count = attempts.len();
        for attempt in attempts {
            let number = attempt.attempt;
            let outcome = self.face.sender.send(attempt).await;
            self.face
                .emulator()
                .webhook_answered(number, outcome, (self.face.now)());
        }
        count
    }

    /// Tells late answers that a held clock moved.
    pub fn clock_moved(&self) {
        self.face.moved.notify_waiters();
    }

    /// When the next late answer arrives, or the emulator next has something to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        let arriving = self
            .face
            .late()
            .values()
            .flatten()
            .min()
            .copied()
            .map(Moment);
        arriving
            .into_iter()
            .chain(self.face.emulator().next_due())
            .min()
    }

    /// Answers that are late or will never come, at this moment.
    #[must_use]
    pub fn calls_waiting(&self) -> usize {
        self.face.late().len()
    }

    /// Ends when a call has begun or ended to wait for an answer that is late or will never come.
    pub async fn calls_waiting_changed(&self) {
        self.face.late_changed.notified().await;
    }

    /// Stops accepting, cuts what is under way, and waits for all tasks to end.
    pub async fn stop(mut self) {
        // Nobody may be listening any more, and then there is nothing to stop.
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

impl<E: Emulator> Face<E> {
    fn emulator(&self) -> MutexGuard<'_, E> {
        self.emulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn late(&self) -> MutexGuard<'_, BTreeMap<u64, Option<i64>>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn stopped(&self) {
        let mut stop = self.stop.clone();
        // An error means that the server is gone, which is the same.
        let _ = stop.wait_for(|stopped| *stopped).await;
    }

    /// Waits until the answer arrives.
    async fn wait(self: &Arc<Self>, since: Moment, millis: i64) {
        if millis <= 0 {
            return;
        }
        let due = since.plus_millis(millis);
        let _listed = Listed::new(Arc::clone(self), Some(due.0));
        match self.options.waiting {
            Waiting::Real => pause(Duration::from_millis(millis.unsigned_abs())).await,
            Waiting::Held => loop {
                let moved = self.moved.notified();
                if (self.now)() >= due {
                    return;
                }
                moved.await;
            },
        }
    }
}

/// An answer on the list of late ones, for as long as it waits or its caller does.
struct Listed<E: Emulator> {
    face: Arc<Face<E>>,
    number: u64,
}

impl<E: Emulator> Listed<E> {
    fn new(face: Arc<Face<E>>, due: Option<i64>) -> Self {
        let mut late = face.late();
        let number = late.keys().next_back().map_or(0, |last| last + 1);
        late.insert(number, due);
        drop(late);
        face.late_changed.notify_one();
        Self { face, number }
    }
}

impl<E: Emulator> Drop for Listed<E> {
    fn drop(&mut self) {
        self.face.late().remove(&self.number);
        self.face.late_changed.notify_one();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the face of a server on a socket lives in real time"
)]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

async fn accept<E: Emulator + 'static>(face: Arc<Face<E>>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = face.stopped() => break,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(converse(Arc::clone(&face), stream));
            }
            // Out of file descriptors, usually: those in use have to end first.
            Err(_) => pause(Duration::from_millis(20)).await,
        }
    }
    connections.shutdown().await;
}

async fn converse<E: Emulator + 'static>(face: Arc<Face<E>>, stream: TcpStream) {
    // Without it a small answer waits for the acknowledgement of the one before.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(|request| answer(Arc::clone(&face), request));
    // How a connection ends is the caller's business; a reset on purpose ends in an error here.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer<E: Emulator + 'static>(
    face: Arc<Face<E>>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, io::Error> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, REQUEST_BYTES_MAX)
        .collect()
        .await
        .map_err(io::Error::other)?
        .to_bytes();
    let request = Request::from_parts(head, body);
    let now = (face.now)();
    let answer = face.emulator().answer(&request, now);
    face.answered.notify_one();
    let latency = face.options.latency_millis;
    match answer.fate {
        Fate::Arrives { after_millis } => {
            face.wait(now, after_millis + latency).await;
            Ok(answer.response.map(AnswerBody::whole))
        }
        Fate::Truncated { after_millis } => {
            face.wait(now, after_millis + latency).await;
            Ok(answer.response.map(|body: Bytes| AnswerBody::cut(&body)))
        }
        Fate::Reset { after_millis } => {
            face.wait(now, after_millis + latency).await;
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        }
        Fate::NeverArrives => {
            let _listed = Listed::new(Arc::clone(&face), None);
            face.stopped().await;
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        }
    }
}
