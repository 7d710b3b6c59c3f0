//! The store on SQLite: one writer with group commit, readers beside it, one file.
//!
//! In: work on the rows of a workspace. Out: its answer, durable when it was a write. No caller waits inside SQLite: work
//! goes to threads and its answer comes back on a channel.

mod board;
mod cells;
mod columns;
mod connection;
mod counters;
mod deals;
mod facts;
mod fields;
mod inbox;
mod indexes;
mod lanes;
mod mirror;
mod outbox;
mod pairs;
mod participants;
mod readable;
mod review;
mod rows;
mod shown;
mod threads;
mod versions;
mod words;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use model::{RecordKey, WorkspaceId};
use tokio::sync::{mpsc, oneshot};

pub(crate) use columns::TakenApart;
pub use mirror::table as mirror_table;
pub(crate) use readable::plain_names;

use crate::gate::{Gate, OpenGate};
use crate::rows::MirrorRow;
use crate::sqlite::rows::Rows;
use crate::sqlite::threads::{Desk, JOBS_MAX, Job, Ran, Work, same, serve_reads, serve_writes};
use crate::tables::Tables;
use crate::work::{Durability, Runner};
use crate::{Answer, StoreError, WorkspaceCtx};

/// How many threads answer reads while the writer works.
const READERS: usize = 2;

/// How a database file is opened.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    pub gate: Arc<dyn Gate>,
    /// Read the whole file for damage first. Takes time in proportion to its size, so it is asked for, not usual.
    pub check: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            gate: Arc::new(OpenGate),
            check: false,
        }
    }
}

/// Shared by its clones. Dropping the last one ends the threads after what they have accepted.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    gate: Arc<dyn Gate>,
    /// `None` once closed.
    queues: Mutex<Option<Queues>>,
    /// Told when each thread has ended.
    ended: Mutex<Vec<oneshot::Receiver<()>>>,
}

#[derive(Debug, Clone)]
struct Queues {
    writes: mpsc::Sender<Job>,
    reads: mpsc::Sender<Job>,
}

impl SqliteStore {
    /// Opens or creates the file, brings its schema up to date, and starts the threads.
    pub fn open(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        let writer = connection::open_writer(path, options.check)?;
        let (writes, write_jobs) = mpsc::channel(JOBS_MAX);
        let (reads, read_jobs) = mpsc::channel(JOBS_MAX);
        let read_jobs = Arc::new(Mutex::new(read_jobs));
        let mut ended = Vec::with_capacity(1 + READERS);
        for number in 0..READERS {
            let reader = connection::open_reader(path)?;
            let jobs = Arc::clone(&read_jobs);
            ended.push(threads::start(
                &format!("store-reader-{number}"),
                move || serve_reads(&reader, &jobs),
            )?);
        }
        ended.push(threads::start("store-writer", move || {
            serve_writes(&writer, write_jobs)
        })?);
        let inner = Inner {
            gate: options.gate,
            queues: Mutex::new(Some(Queues { writes, reads })),
            ended: Mutex::new(ended),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Refuses everything from now on, finishes what was accepted, and closes the file.
    pub async fn close(&self) {
        self.inner
            .queues
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let ended = std::mem::take(
            &mut *self
                .inner
                .ended
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        for thread in ended {
            // A thread that panicked has ended too.
            drop(thread.await);
        }
    }

    /// Lets the file grow to so many pages and no further: beyond, every write is answered as on a full disk. `None` takes the
    /// limit away.
    pub async fn limit_pages(&self, workspace: WorkspaceId, pages: Option<u32>) -> Answer<()> {
        let (job, answer) = job(Durability::BeforeTheAnswer, workspace, move |rows| {
            rows.limit_pages(pages).map(Ok)
        });
        answer_of(self.queues()?.writes, job, answer).await
    }

    /// A live record as SQL shows it in its view, by readable names. `None` for one that is in no view.
    pub async fn readable(
        &self,
        ctx: WorkspaceCtx,
        key: &RecordKey,
    ) -> Answer<Option<serde_json::Map<String, serde_json::Value>>> {
        self.pass("readable").await?;
        let key = key.clone();
        let (job, answer) = job(Durability::BeforeTheAnswer, ctx.workspace, move |rows| {
            rows.readable(&key).map(Ok)
        });
        answer_of(self.queues()?.reads, job, answer).await
    }

    fn queues(&self) -> Answer<Queues> {
        let queues = self
            .inner
            .queues
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        queues.clone().ok_or(StoreError::Closed)
    }

    async fn pass(&self, transaction: &'static str) -> Answer<()> {
        let gate = &self.inner.gate;
        if gate.is_open() {
            Ok(())
        } else {
            gate.pass(transaction).await
        }
    }
}

/// A job that answers on a channel once its writes are as durable as it asks.
fn job<T: Send + 'static>(
    durability: Durability,
    workspace: WorkspaceId,
    work: impl FnOnce(&mut Rows<'_>) -> Answer<Answer<T>> + Send + 'static,
) -> (Job, oneshot::Receiver<Answer<T>>) {
    let (sender, receiver) = oneshot::channel();
    let work: Work = Box::new(move |desk| {
        let Desk {
            connection,
            counters,
            sets,
        } = match desk {
            Ok(desk) => desk,
            Err(error) => {
                drop(sender.send(Err(error)));
                return None;
            }
        };
        let worked = work(&mut Rows {
            connection,
            workspace: workspace.0,
            counters,
            sets,
        });
        let keep = worked.is_ok();
        let answer = worked.and_then(|answer| answer);
        let broken = match &answer {
            Err(error @ (StoreError::DiskFull | StoreError::Unavailable { .. })) => {
                Some(same(error))
            }
            Ok(_) | Err(_) => None,
        };
        let tell = Box::new(move |committed: Result<(), StoreError>| {
            // Nobody listens when the caller's future was dropped: what was committed stays committed.
            drop(sender.send(committed.and(answer)));
        });
        Some(Ran { keep, broken, tell })
    });
    (Job { durability, work }, receiver)
}

async fn answer_of<T>(
    queue: mpsc::Sender<Job>,
    job: Job,
    answer: oneshot::Receiver<Answer<T>>,
) -> Answer<T> {
    queue.send(job).await.map_err(|_| StoreError::Closed)?;
    drop(queue);
    match answer.await {
        Ok(answer) => answer,
        Err(_) => Err(StoreError::Unavailable {
            reason: "a transaction panicked".to_owned(),
        }),
    }
}

impl Runner for SqliteStore {
    async fn write_with<T: Send + 'static>(
        &self,
        durability: Durability,
        transaction: &'static str,
        workspace: WorkspaceId,
        work: impl FnOnce(&mut dyn Tables) -> Answer<Answer<T>> + Send + 'static,
    ) -> Answer<T> {
        self.pass(transaction).await?;
        let (job, answer) = job(durability, workspace, move |rows: &mut Rows<'_>| work(rows));
        answer_of(self.queues()?.writes, job, answer).await
    }

    fn take_apart(&self, rows: &[MirrorRow]) -> Vec<TakenApart> {
        mirror::take_apart(rows)
    }

    async fn read<T: Send + 'static>(
        &self,
        transaction: &'static str,
        workspace: WorkspaceId,
        work: impl FnOnce(&dyn Tables) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        self.pass(transaction).await?;
        let (job, answer) = job(
            Durability::BeforeTheAnswer,
            workspace,
            move |rows: &mut Rows<'_>| work(rows).map(Ok),
        );
        answer_of(self.queues()?.reads, job, answer).await
    }
}
