//! What SQLite adds: durability, its file, closing, and the seam that tests stop at.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use store::{
    AnyStore, Gate, InboxFilter, MemStore, OpenGate, SqliteOptions, SqliteStore, Store, StoreError,
};

use crate::both::{Desk, run};
use crate::made_up::{WORKSPACE, at, hint, person};

fn open(folder: &tempfile::TempDir) -> SqliteStore {
    SqliteStore::open(&folder.path().join("street.db"), SqliteOptions::default()).unwrap()
}

#[test]
fn everything_acknowledged_is_there_after_the_store_is_dropped_without_closing() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let desk = Desk::at(AnyStore::Sqlite(open(&folder))).await;
        let appends = (0..200).map(|id| {
            desk.store
                .append_inbox(desk.ctx, vec![hint(&person(id))], at(id))
        });
        for append in appends {
            append.await.unwrap();
        }
    });
    run(async {
        let desk = Desk::at(AnyStore::Sqlite(open(&folder))).await;
        let rows = desk
            .store
            .inbox(desk.ctx, InboxFilter::default(), 1_000)
            .await
            .unwrap();
        assert_eq!(rows.len(), 200);
        assert_eq!(desk.lease.epoch, 2);
        assert_eq!(
            desk.store.status(desk.ctx, at(0)).await.unwrap().inbox_rows,
            200
        );
    });
}

#[test]
fn many_callers_at_once_are_all_answered_and_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(&folder);
        let desk = Desk::at(AnyStore::Sqlite(store.clone())).await;
        let mut tasks = tokio::task::JoinSet::new();
        for id in 0..300 {
            let (store, ctx) = (store.clone(), desk.ctx);
            tasks.spawn(async move {
                store
                    .append_inbox(ctx, vec![hint(&person(id % 7))], at(id))
                    .await
                    .unwrap()
                    .len()
            });
        }
        let answered: usize = tasks.join_all().await.into_iter().sum();
        assert_eq!(answered, 300);
        let rows = desk
            .store
            .inbox(desk.ctx, InboxFilter::default(), 1_000)
            .await
            .unwrap();
        let mut seqs: Vec<i64> = rows.iter().map(|row| row.seq.0).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=300).collect::<Vec<_>>());
    });
}

#[test]
fn a_closed_store_refuses_and_keeps_what_it_had_accepted() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(&folder);
        let desk = Desk::at(AnyStore::Sqlite(store.clone())).await;
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        store.close().await;
        let late = desk
            .store
            .append_inbox(desk.ctx, vec![hint(&person(2))], at(2))
            .await;
        assert!(matches!(late, Err(StoreError::Closed)));
        assert!(matches!(
            desk.store.status(desk.ctx, at(2)).await,
            Err(StoreError::Closed)
        ));

        let again = open(&folder);
        assert_eq!(
            again
                .inbox(desk.ctx, InboxFilter::default(), 10)
                .await
                .unwrap()
                .len(),
            1
        );
    });
}

#[cfg(unix)]
#[test]
fn nobody_else_on_the_machine_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let desk = Desk::at(AnyStore::Sqlite(open(&folder))).await;
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
        }
    });
}

/// Lets through until it is shut.
#[derive(Debug, Default)]
struct Shutter {
    shut: AtomicBool,
}

impl Gate for Shutter {
    fn pass(
        &self,
        transaction: &'static str,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>> {
        let shut = self.shut.load(Ordering::SeqCst);
        Box::pin(async move {
            if shut {
                Err(StoreError::Unavailable {
                    reason: format!("no {transaction} today"),
                })
            } else {
                Ok(())
            }
        })
    }
}

#[test]
fn a_shut_gate_stops_every_transaction_by_name_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let gate = Arc::new(Shutter::default());
        let options = SqliteOptions {
            gate: Arc::<Shutter>::clone(&gate),
            check: true,
        };
        let sqlite = SqliteStore::open(&folder.path().join("street.db"), options).unwrap();
        let memory = MemStore::with_gate(Arc::<Shutter>::clone(&gate));
        for store in [AnyStore::Memory(memory), AnyStore::Sqlite(sqlite)] {
            gate.shut.store(false, Ordering::SeqCst);
            let desk = Desk::at(store).await;
            gate.shut.store(true, Ordering::SeqCst);
            let refused = desk
                .store
                .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
                .await;
            assert_eq!(
                refused.unwrap_err().to_string(),
                "the database did not answer: no append_inbox today"
            );
            gate.shut.store(false, Ordering::SeqCst);
            assert!(
                desk.store
                    .inbox(desk.ctx, InboxFilter::default(), 10)
                    .await
                    .unwrap()
                    .is_empty()
            );
        }
    });
}

#[test]
fn the_contents_of_memory_outlive_a_crash() {
    run(async {
        let store = MemStore::new();
        let desk = Desk::at(AnyStore::Memory(store.clone())).await;
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(1))], at(1))
            .await
            .unwrap();
        let contents = store.snapshot();
        desk.store
            .append_inbox(desk.ctx, vec![hint(&person(2))], at(2))
            .await
            .unwrap();

        let earlier = MemStore::from_contents(contents, Arc::new(OpenGate));
        assert_eq!(
            earlier
                .inbox(desk.ctx, InboxFilter::default(), 10)
                .await
                .unwrap()
                .len(),
            1
        );
        let survivor = store.behind(Arc::new(OpenGate));
        assert_eq!(
            survivor
                .inbox(desk.ctx, InboxFilter::default(), 10)
                .await
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            survivor
                .acquire_lease(WORKSPACE, at(3))
                .await
                .unwrap()
                .epoch,
            2
        );
    });
}

/// Whatever grows asks for room: bodies here, because they are what comes in.
fn large(id: i64) -> store::NewInboxRow {
    let mut row = hint(&person(id));
    row.body = Some("x".repeat(4_000));
    row
}

#[test]
fn a_full_disk_refuses_what_is_new_loses_nothing_and_is_over_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(&folder);
        let desk = Desk::at(AnyStore::Sqlite(store.clone())).await;
        // No room but what the file has now.
        store.limit_pages(WORKSPACE, Some(1)).await.unwrap();
        let mut kept = 0;
        let refused = loop {
            let appended = desk
                .store
                .append_inbox(desk.ctx, vec![large(kept)], at(kept))
                .await;
            match appended {
                Ok(_) => kept += 1,
                Err(error) => break error,
            }
            assert!(kept < 1_000, "the disk is never full");
        };
        assert!(matches!(refused, StoreError::DiskFull), "{refused}");

        // Many at once are all told, and each reads as before.
        let mut tasks = tokio::task::JoinSet::new();
        for id in 0..50 {
            let (store, ctx) = (store.clone(), desk.ctx);
            tasks.spawn(async move { store.append_inbox(ctx, vec![large(id)], at(id)).await });
        }
        for answer in tasks.join_all().await {
            assert!(matches!(answer, Err(StoreError::DiskFull)), "{answer:?}");
        }
        let rows = async || {
            let filter = InboxFilter::default();
            desk.store
                .inbox(desk.ctx, filter, 2_000)
                .await
                .unwrap()
                .len()
        };
        assert_eq!(rows().await, usize::try_from(kept).unwrap());

        store.limit_pages(WORKSPACE, None).await.unwrap();
        desk.store
            .append_inbox(desk.ctx, vec![large(kept)], at(kept))
            .await
            .unwrap();
        assert_eq!(rows().await, usize::try_from(kept + 1).unwrap());
    });
}
