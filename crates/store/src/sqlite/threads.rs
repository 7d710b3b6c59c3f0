//! The threads: one that writes, committing many jobs at once, and several that read.
//!
//! In: jobs from a queue. Out: each job's answer, after the commit that holds what it wrote. Never looks at a row.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::sqlite::cells::failed;
use crate::sqlite::counters::Counters;
use crate::{Answer, StoreError};

/// How many jobs may wait for a thread; who brings another one waits with it.
pub(super) const JOBS_MAX: usize = 1024;

/// How many jobs share one commit: enough to make the disk's wait small beside the work, few enough to answer soon.
const BATCH_MAX: usize = 128;

/// Does its work at the desk, or answers its caller with the error when there is none.
pub(super) type Job = Box<dyn FnOnce(Result<Desk<'_>, StoreError>) -> Option<Ran> + Send>;

/// Where a job works: inside a transaction of this connection.
pub(super) struct Desk<'a> {
    pub(super) connection: &'a Connection,
    pub(super) counters: &'a mut Counters,
}

/// A job that has done its work.
pub(super) struct Ran {
    /// Whether what it wrote shall stay.
    pub(super) keep: bool,
    /// What was wrong with the database itself.
    pub(super) broken: Option<StoreError>,
    /// Answers the caller; an error says that nothing was kept after all.
    pub(super) tell: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

/// Starts a thread that tells when it has ended.
pub(super) fn start(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Answer<oneshot::Receiver<()>> {
    let (ended, receiver) = oneshot::channel();
    let started = std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            work();
            // Nobody waits when the store was dropped without being closed.
            let _ = ended.send(());
        });
    match started {
        Ok(_) => Ok(receiver),
        Err(error) => Err(StoreError::Unavailable {
            reason: format!("no thread could be started: {error}"),
        }),
    }
}

pub(super) fn serve_reads(connection: &Connection, jobs: &Arc<Mutex<mpsc::Receiver<Job>>>) {
    loop {
        let job = jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(job) = job else { return };
        match connection.unchecked_transaction() {
            // One state for the whole job; there is nothing to commit.
            Ok(_transaction) => {
                if let Some(ran) = run(job, connection, &mut Counters::default()) {
                    (ran.tell)(Ok(()));
                }
            }
            Err(error) => refuse(job, failed(error)),
        }
    }
}

pub(super) fn serve_writes(connection: &Connection, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.blocking_recv() {
        run_batch(connection, first, &mut jobs);
    }
}

/// One commit for a job and those that wait behind it.
fn run_batch(connection: &Connection, first: Job, jobs: &mut mpsc::Receiver<Job>) {
    if let Err(error) = execute(connection, "begin immediate") {
        return refuse(first, error);
    }
    let mut counters = Counters::default();
    let mut finished: Vec<Ran> = Vec::with_capacity(BATCH_MAX);
    let mut next = Some(first);
    while let Some(job) = next {
        if let Err(error) = run_one(job, connection, &mut counters, &mut finished) {
            return lose(connection, finished, error);
        }
        next = if finished.len() < BATCH_MAX {
            jobs.try_recv().ok()
        } else {
            None
        };
    }
    let committed = counters
        .flush(connection)
        .and_then(|()| execute(connection, "commit"));
    match committed {
        Ok(()) => finished.into_iter().for_each(|ran| (ran.tell)(Ok(()))),
        Err(error) => lose(connection, finished, error),
    }
}

/// Runs a job inside the batch so that its failure undoes itself alone. An error means that the whole batch is gone.
fn run_one(
    job: Job,
    connection: &Connection,
    counters: &mut Counters,
    finished: &mut Vec<Ran>,
) -> Answer<()> {
    execute(connection, "savepoint job")?;
    let before = counters.clone();
    let ran = run(job, connection, counters);
    let keep = ran.as_ref().is_some_and(|ran| ran.keep);
    let broken = ran.as_ref().and_then(|ran| ran.broken.as_ref()).map(same);
    finished.extend(ran);
    // A full disk or a broken file ends the transaction from below.
    if connection.is_autocommit() {
        let given_up = || StoreError::Unavailable {
            reason: "the database gave the transaction up".to_owned(),
        };
        return Err(broken.unwrap_or_else(given_up));
    }
    if !keep {
        *counters = before;
        execute(connection, "rollback to job")?;
    }
    execute(connection, "release job")
}

/// `None` for a job that panicked: its caller sees the channel close.
fn run(job: Job, connection: &Connection, counters: &mut Counters) -> Option<Ran> {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        job(Ok(Desk {
            connection,
            counters,
        }))
    }));
    if ran.is_err() {
        tracing::error!("a transaction panicked; nothing of it was kept");
    }
    ran.ok().flatten()
}

fn execute(connection: &Connection, sql: &str) -> Answer<()> {
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    statement.execute([]).map_err(failed)?;
    Ok(())
}

/// Nothing of the batch was kept. Jobs that were refused for their own reasons are told the same: they may try again.
fn lose(connection: &Connection, finished: Vec<Ran>, error: StoreError) {
    if !connection.is_autocommit()
        && let Err(again) = execute(connection, "rollback")
    {
        tracing::error!(error = %again, "a failed batch could not be rolled back");
    }
    for ran in finished {
        (ran.tell)(Err(same(&error)));
    }
}

fn refuse(job: Job, error: StoreError) {
    job(Err(error));
}

/// The same error again, for each caller of a batch.
pub(super) fn same(error: &StoreError) -> StoreError {
    match error {
        StoreError::DiskFull => StoreError::DiskFull,
        StoreError::Closed => StoreError::Closed,
        StoreError::LeaseLost
        | StoreError::Stale
        | StoreError::AlreadyPaired { .. }
        | StoreError::WrongState { .. }
        | StoreError::NotFound { .. }
        | StoreError::Corrupt { .. }
        | StoreError::TooNew { .. } => StoreError::Unavailable {
            reason: error.to_string(),
        },
        StoreError::Unavailable { reason } => StoreError::Unavailable {
            reason: reason.clone(),
        },
    }
}
