//! The store that start-up picked.
//!
//! In: either store. Out: the same transactions. Never adds anything to them.

use model::WorkspaceId;

use crate::Answer;
use crate::memory::MemStore;
use crate::rows::MirrorRow;
use crate::sqlite::SqliteStore;
use crate::tables::{Tables, TakenApart};
use crate::work::{Durability, Runner};

/// Either store behind one type. A [`crate::Store`] like both.
#[derive(Debug, Clone)]
pub enum AnyStore {
    Memory(MemStore),
    Sqlite(SqliteStore),
}

impl Runner for AnyStore {
    async fn write_with<T: Send + 'static>(
        &self,
        durability: Durability,
        transaction: &'static str,
        workspace: WorkspaceId,
        work: impl FnOnce(&mut dyn Tables) -> Answer<Answer<T>> + Send + 'static,
    ) -> Answer<T> {
        match self {
            Self::Memory(store) => {
                store
                    .write_with(durability, transaction, workspace, work)
                    .await
            }
            Self::Sqlite(store) => {
                store
                    .write_with(durability, transaction, workspace, work)
                    .await
            }
        }
    }

    fn take_apart(&self, rows: &[MirrorRow]) -> Vec<TakenApart> {
        match self {
            Self::Memory(store) => store.take_apart(rows),
            Self::Sqlite(store) => store.take_apart(rows),
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        transaction: &'static str,
        workspace: WorkspaceId,
        work: impl FnOnce(&dyn Tables) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        match self {
            Self::Memory(store) => store.read(transaction, workspace, work).await,
            Self::Sqlite(store) => store.read(transaction, workspace, work).await,
        }
    }
}
