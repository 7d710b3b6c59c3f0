//! The only place that builds things: runtime, randomness, clock, store, and what stands on them.
//!
//! In: the configuration and a command. Out: running parts. Everything else takes what it needs as arguments.

use std::path::Path;

use anyhow::bail;
use api_client::{Clock, SystemClock};
use model::{Timestamp, WorkspaceId};
use store::{AnyStore, WorkspaceCtx};

use crate::cli::output::Output;
use crate::cli::{EngineCommand, Exit};
use crate::config::Environment;

/// A database holds one workspace so far.
pub const WORKSPACE: WorkspaceCtx = WorkspaceCtx {
    workspace: WorkspaceId(1),
};

/// The runtime that everything runs on.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("pipestreet")
        .build()
}

/// Makes the ring library do all TLS of this process; to be called once, first.
pub fn choose_tls() {
    // A second call changes nothing, and says so.
    let _unchanged = rustls::crypto::ring::default_provider().install_default();
}

/// Fills bytes with the system's randomness.
///
/// # Panics
/// When the system has none, because nothing is secret then.
pub fn fill_random(bytes: &mut [u8]) {
    let provider = rustls::crypto::ring::default_provider();
    provider
        .secure_random
        .fill(bytes)
        .expect("the operating system gives randomness");
}

/// The time now.
#[must_use]
pub fn now() -> Timestamp {
    SystemClock.now()
}

/// Opens the database at `path`, which is made when there is none.
///
/// # Errors
/// When it cannot be opened, or was written by a newer version.
pub fn open_store(path: &Path) -> Result<AnyStore, store::StoreError> {
    Ok(AnyStore::Sqlite(store::SqliteStore::open(
        path,
        store::SqliteOptions::default(),
    )?))
}

/// Closes the database; everything acknowledged is durable.
pub async fn close_store(store: AnyStore) {
    match store {
        AnyStore::Memory(_) => {}
        AnyStore::Sqlite(store) => store.close().await,
    }
}

/// Runs a command that needs the engine or an emulator.
///
/// # Errors
/// When it cannot be done.
pub async fn run(
    command: EngineCommand,
    config: &Path,
    environment: &Environment,
    out: &mut Output<'_>,
) -> anyhow::Result<Exit> {
    let _ = (config, environment, out);
    bail!("this build has no engine for {command:?}")
}
