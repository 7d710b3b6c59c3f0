//! What a store has to be able to do: run work on the rows of a workspace, keeping what it writes or only reading.
//!
//! In: work, with its name. Out: its answer. All transactions stand on these two verbs; see `runner`.

use std::future::Future;

use model::WorkspaceId;

use crate::Answer;
use crate::rows::MirrorRow;
use crate::tables::{Tables, TakenApart};

/// When a transaction has reached the disk, where its store has one. A crash of the program takes nothing of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Before its caller is answered: what was acknowledged is there after a power cut.
    BeforeTheAnswer,
    /// With a later one: what it keeps is asked for again when a power cut takes it, together with the place where to go on.
    WithALaterOne,
    /// Before its caller is answered, and alone: it sorts much, which goes to a file instead of into memory.
    BeforeTheAnswerSorted,
}

/// A store that can run work on the rows of a workspace.
pub(crate) trait Runner: Send + Sync + 'static {
    /// Runs the work in a transaction of its own. An outer error keeps nothing; an inner one is only the answer.
    fn write_with<T: Send + 'static>(
        &self,
        durability: Durability,
        transaction: &'static str,
        workspace: WorkspaceId,
        work: impl FnOnce(&mut dyn Tables) -> Answer<Answer<T>> + Send + 'static,
    ) -> impl Future<Output = Answer<T>> + Send;

    /// The same, on the disk before it is answered.
    fn write<T: Send + 'static>(
        &self,
        transaction: &'static str,
        workspace: WorkspaceId,
        work: impl FnOnce(&mut dyn Tables) -> Answer<Answer<T>> + Send + 'static,
    ) -> impl Future<Output = Answer<T>> + Send {
        self.write_with(Durability::BeforeTheAnswer, transaction, workspace, work)
    }

    /// Does with rows what need not wait for its turn to write, one by one: it can be handed to the work that puts them. Nothing where
    /// there is nothing to be done.
    fn take_apart(&self, rows: &[MirrorRow]) -> Vec<TakenApart>;

    /// Runs the work on one consistent state.
    fn read<T: Send + 'static>(
        &self,
        transaction: &'static str,
        workspace: WorkspaceId,
        work: impl FnOnce(&dyn Tables) -> Answer<T> + Send + 'static,
    ) -> impl Future<Output = Answer<T>> + Send;
}
