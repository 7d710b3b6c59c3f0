//! What a store has to be able to do: run work on the rows of a workspace, keeping what it writes or only reading.
//!
//! In: work, with its name. Out: its answer. All transactions stand on these two verbs; see `runner`.

use std::future::Future;

use model::WorkspaceId;

use crate::Answer;
use crate::tables::Tables;

/// A store that can run work on the rows of a workspace.
pub(crate) trait Runner: Send + Sync + 'static {
    /// Runs the work in a transaction of its own. An outer error keeps nothing; an inner one is only the answer.
    fn write<T: Send + 'static>(
        &self,
        transaction: &'static str,
        workspace: WorkspaceId,
        work: impl FnOnce(&mut dyn Tables) -> Answer<Answer<T>> + Send + 'static,
    ) -> impl Future<Output = Answer<T>> + Send;

    /// Runs the work on one consistent state.
    fn read<T: Send + 'static>(
        &self,
        transaction: &'static str,
        workspace: WorkspaceId,
        work: impl FnOnce(&dyn Tables) -> Answer<T> + Send + 'static,
    ) -> impl Future<Output = Answer<T>> + Send;
}
