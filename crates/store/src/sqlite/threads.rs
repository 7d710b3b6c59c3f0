//! The threads: one that writes, committing many jobs at once, and several that read.
//!
//! In: jobs from a queue. Out: each job's answer, after the commit that holds what it wrote. Never looks at a row.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::sqlite::cells::failed;
use crate::sqlite::connection::{SORTING_CACHE, WRITER_CACHE};
use crate::sqlite::counters::Counters;
use crate::sqlite::shown::FieldSets;
use crate::work::Durability;
use crate::{Answer, StoreError};

/// How many jobs may wait for a thread; who brings another one waits with it.
pub(super) const JOBS_MAX: usize = 1024;

/// How many jobs share one commit: enough to make the disk's wait small beside the work, few enough to answer soon.
const BATCH_MAX: usize = 128;

/// What a thread is asked to do.
pub(super) struct Job {
    pub(super) durability: Durability,
    pub(super) work: Work,
}

/// Does its work at the desk, or answers its caller with the error when there is none.
pub(super) type Work = Box<dyn FnOnce(Result<Desk<'_>, StoreError>) -> Option<Ran> + Send>;

/// Where a job works: inside a transaction of this connection.
pub(super) struct Desk<'a> {
    pub(super) connection: &'a Connection,
    pub(super) counters: &'a mut Counters,
    pub(super) sets: &'a FieldSets,
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
    let sets = FieldSets::default();
    loop {
        let job = jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(job) = job else { return };
        match connection.unchecked_transaction() {
            // One state for the whole job; there is nothing to commit.
            Ok(_transaction) => {
                if let Some(ran) = run(job, connection, &mut Counters::default(), &sets) {
                    (ran.tell)(Ok(()));
                }
            }
            Err(error) => refuse(job, failed(error)),
        }
    }
}

pub(super) fn serve_writes(connection: &Connection, mut jobs: mpsc::Receiver<Job>) {
    let mut durability = None;
    let sets = FieldSets::default();
    let mut put_back = None;
    while let Some(first) = put_back.take().or_else(|| jobs.blocking_recv()) {
        // It cannot be changed inside a transaction.
        if durability.replace(first.durability) != Some(first.durability)
            && let Err(error) = make_durable(connection, first.durability)
        {
            durability = None;
            refuse(first, error);
            continue;
        }
        put_back = run_batch((connection, &sets), first, &mut jobs);
    }
}

/// How a batch reaches the disk. FULL waits for the disk at each commit; NORMAL leaves that to the next one that does, and to the
/// next time the log is carried over. What sorts much does so in a file.
fn make_durable(connection: &Connection, durability: Durability) -> Answer<()> {
    let (synchronous, temp_store, cache) = match durability {
        Durability::BeforeTheAnswer => ("full", "memory", WRITER_CACHE),
        Durability::WithALaterOne => ("normal", "memory", WRITER_CACHE),
        Durability::BeforeTheAnswerSorted => ("full", "file", SORTING_CACHE),
    };
    let sql = format!(
        "pragma synchronous = {synchronous}; pragma temp_store = {temp_store}; pragma cache_size = {cache}"
    );
    connection.execute_batch(&sql).map_err(failed)
}

/// One commit for a job and those that wait behind it: they share one wait for the disk. Answers the job that has to have its own.
fn run_batch(
    (connection, sets): (&Connection, &FieldSets),
    first: Job,
    jobs: &mut mpsc::Receiver<Job>,
) -> Option<Job> {
    if let Err(error) = execute(connection, "begin immediate") {
        refuse(first, error);
        return None;
    }
    let durability = first.durability;
    let mut counters = Counters::default();
    let mut finished: Vec<Ran> = Vec::with_capacity(BATCH_MAX);
    finished.extend(run(first, connection, &mut counters, sets));
    let keep = finished.last().is_some_and(|ran| ran.keep);
    if !keep || connection.is_autocommit() {
        // There is nothing else in the transaction yet, so that it is undone as a whole.
        sets.forget();
        end_unkept(connection, finished);
        return None;
    }
    let mut put_back = None;
    // The others wait for no disk, so that they have nothing to share, or have to be alone.
    while durability == Durability::BeforeTheAnswer
        && finished.len() < BATCH_MAX
        && let Ok(job) = jobs.try_recv()
    {
        if job.durability != durability {
            put_back = Some(job);
            break;
        }
        if let Err(error) = run_one(job, (connection, sets), &mut counters, &mut finished) {
            sets.forget();
            lose(connection, finished, error);
            return None;
        }
    }
    let committed = counters
        .flush(connection)
        .and_then(|()| execute(connection, "commit"));
    match committed {
        Ok(()) => finished.into_iter().for_each(|ran| (ran.tell)(Ok(()))),
        Err(error) => {
            sets.forget();
            lose(connection, finished, error);
        }
    }
    put_back
}

/// Runs a further job inside the batch so that its failure undoes itself alone. An error means that the whole batch is gone. The
/// first one needs no such care, which costs a copy of each page that it changes.
fn run_one(
    job: Job,
    (connection, sets): (&Connection, &FieldSets),
    counters: &mut Counters,
    finished: &mut Vec<Ran>,
) -> Answer<()> {
    execute(connection, "savepoint job")?;
    let before = counters.clone();
    let ran = run(job, connection, counters, sets);
    let keep = ran.as_ref().is_some_and(|ran| ran.keep);
    let broken = ran.as_ref().and_then(|ran| ran.broken.as_ref()).map(same);
    finished.extend(ran);
    // A full disk or a broken file ends the transaction from below.
    if connection.is_autocommit() {
        return Err(broken.unwrap_or_else(given_up));
    }
    if !keep {
        *counters = before;
        sets.forget();
        execute(connection, "rollback to job")?;
    }
    execute(connection, "release job")
}

/// Ends a transaction of which nothing stays. A job that refused is told its own answer.
fn end_unkept(connection: &Connection, finished: Vec<Ran>) {
    let ended = match connection.is_autocommit() {
        true => Err(given_up()),
        false => execute(connection, "rollback"),
    };
    for ran in finished {
        let error = ran
            .broken
            .as_ref()
            .map(same)
            .or(ended.as_ref().err().map(same));
        (ran.tell)(error.map_or(Ok(()), Err));
    }
}

fn given_up() -> StoreError {
    StoreError::Unavailable {
        reason: "the database gave the transaction up".to_owned(),
    }
}

/// `None` for a job that panicked: its caller sees the channel close.
fn run(
    job: Job,
    connection: &Connection,
    counters: &mut Counters,
    sets: &FieldSets,
) -> Option<Ran> {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        (job.work)(Ok(Desk {
            connection,
            counters,
            sets,
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
    (job.work)(Err(error));
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
