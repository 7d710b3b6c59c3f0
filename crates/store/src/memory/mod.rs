//! The store in memory, for simulation and for tests of the engine: the same transactions without a disk.
//!
//! In: work on the rows of a workspace. Out: its answer. The lock is held only while the work runs, never across the gate.
//! The contents outlive whoever uses them, so that a simulated crash loses tasks and keeps what was committed.

mod board;
mod deals;
mod facts;
mod fields;
mod inbox;
mod lanes;
mod mirror;
mod outbox;
mod pairs;
mod participants;
mod review;
mod rows;
mod versions;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::WorkspaceId;

use crate::gate::{Gate, OpenGate};
use crate::memory::rows::Rows;
use crate::rows::MirrorRow;
use crate::rows::OutboxRow;
use crate::tables::{Tables, TakenApart};
use crate::work::{Durability, Runner};
use crate::{Answer, StoreError, WorkspaceCtx};

/// Everything a [`MemStore`] remembers, at one moment.
#[derive(Debug, Clone, Default)]
pub struct MemContents {
    workspaces: BTreeMap<WorkspaceId, Rows>,
}

/// Shared by its clones.
#[derive(Debug, Clone)]
pub struct MemStore {
    contents: Arc<Mutex<MemContents>>,
    gate: Arc<dyn Gate>,
}

impl Default for MemStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemStore {
    #[must_use]
    pub fn new() -> Self {
        Self::with_gate(Arc::new(OpenGate))
    }

    #[must_use]
    pub fn with_gate(gate: Arc<dyn Gate>) -> Self {
        Self::from_contents(MemContents::default(), gate)
    }

    /// A store that begins with what another remembered.
    #[must_use]
    pub fn from_contents(contents: MemContents, gate: Arc<dyn Gate>) -> Self {
        Self {
            contents: Arc::new(Mutex::new(contents)),
            gate,
        }
    }

    /// The same contents behind another gate.
    #[must_use]
    pub fn behind(&self, gate: Arc<dyn Gate>) -> Self {
        Self {
            contents: Arc::clone(&self.contents),
            gate,
        }
    }

    /// A copy of everything remembered now.
    #[must_use]
    pub fn snapshot(&self) -> MemContents {
        self.contents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Every write that was ever planned in a workspace, for whoever looks into a run.
    #[must_use]
    pub fn every_outbox_row(&self, ctx: WorkspaceCtx) -> Vec<OutboxRow> {
        let contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = contents.workspaces.get(&ctx.workspace);
        rows.map_or_else(Vec::new, |rows| rows.outbox.values().cloned().collect())
    }

    async fn pass(&self, transaction: &'static str) -> Answer<()> {
        if self.gate.is_open() {
            Ok(())
        } else {
            self.gate.pass(transaction).await
        }
    }
}

/// A panic inside a transaction may have left half of it behind, so nothing is done on top of it.
fn poisoned<T>(_: PoisonError<T>) -> StoreError {
    StoreError::Unavailable {
        reason: "a transaction panicked".to_owned(),
    }
}

impl Runner for MemStore {
    async fn write_with<T: Send + 'static>(
        &self,
        _: Durability,
        transaction: &'static str,
        workspace: WorkspaceId,
        work: impl FnOnce(&mut dyn Tables) -> Answer<Answer<T>> + Send + 'static,
    ) -> Answer<T> {
        self.pass(transaction).await?;
        let mut contents = self.contents.lock().map_err(poisoned)?;
        work(contents.workspaces.entry(workspace).or_default())?
    }

    fn take_apart(&self, _: &[MirrorRow]) -> Vec<TakenApart> {
        Vec::new()
    }

    async fn read<T: Send + 'static>(
        &self,
        transaction: &'static str,
        workspace: WorkspaceId,
        work: impl FnOnce(&dyn Tables) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        self.pass(transaction).await?;
        let contents = self.contents.lock().map_err(poisoned)?;
        match contents.workspaces.get(&workspace) {
            Some(rows) => work(rows),
            None => work(&Rows::default()),
        }
    }
}
