//! Runs a sentence on each store, from nothing.

use std::future::Future;

use store::{AnyStore, Lease, MemStore, SqliteOptions, SqliteStore, Store, WorkspaceCtx};

use crate::made_up::{WORKSPACE, at};

/// A store with a lease of its workspace.
pub(crate) struct Desk {
    pub(crate) store: AnyStore,
    pub(crate) lease: Lease,
    pub(crate) ctx: WorkspaceCtx,
}

impl Desk {
    pub(crate) async fn at(store: AnyStore) -> Self {
        let lease = store.acquire_lease(WORKSPACE, at(0)).await.unwrap();
        Self {
            store,
            lease,
            ctx: lease.ctx(),
        }
    }
}

/// The sentence must hold in memory and on SQLite alike.
pub(crate) fn on_both<F: Future<Output = ()>>(sentence: impl Fn(Desk) -> F) {
    run(async {
        sentence(Desk::at(AnyStore::Memory(MemStore::new())).await).await;
        let folder = tempfile::tempdir().unwrap();
        let sqlite =
            SqliteStore::open(&folder.path().join("street.db"), SqliteOptions::default()).unwrap();
        sentence(Desk::at(AnyStore::Sqlite(sqlite.clone())).await).await;
        sqlite.close().await;
    });
}

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
