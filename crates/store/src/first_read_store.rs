//! What a first read of long lists does without, and what is made when it has ended: the part of [`Store`](crate::Store) for filling
//! a mirror quickly.
//!
//! In: that such a read begins or has ended. Out: nothing that can be seen, but for records that are found by their keys. Each method
//! is one transaction.

use std::future::Future;

use model::{Entity, RemoteId};

use crate::transactions::{board, mirror};
use crate::work::{Durability, Runner};
use crate::{Answer, Lease};

/// What may be done before a first read and after it.
pub trait FirstReadStore: Send + Sync + 'static {
    /// A first read of all deals is to follow: what makes boards quick, and that read slow, is left out until
    /// [`make_board_index`](Self::make_board_index). Does nothing when many deals are there already.
    fn leave_out_board_indexes(&self, lease: &Lease) -> impl Future<Output = Answer<()>> + Send;

    /// Makes one of the indexes that were left out; answers whether another one is still missing. Others wait for one at a time.
    fn make_board_index(&self, lease: &Lease) -> impl Future<Output = Answer<bool>> + Send;

    /// Lets the next rows behind an id be found by their keys, after a first read whose rows were not
    /// ([`Keys::Later`](crate::Keys::Later)). Answers where to go on; nothing when there is no more.
    fn index_keys(
        &self,
        lease: &Lease,
        entity: Entity,
        after: &str,
    ) -> impl Future<Output = Answer<Option<RemoteId>>> + Send;
}

impl<R: Runner> FirstReadStore for R {
    async fn leave_out_board_indexes(&self, lease: &Lease) -> Answer<()> {
        let lease = *lease;
        self.write("leave_out_board_indexes", lease.workspace, move |tables| {
            board::leave_out_indexes(tables, lease).map(Ok)
        })
        .await
    }

    async fn make_board_index(&self, lease: &Lease) -> Answer<bool> {
        let lease = *lease;
        // However many deals there are, memory stays the same.
        self.write_with(
            Durability::BeforeTheAnswerSorted,
            "make_board_index",
            lease.workspace,
            move |tables| board::make_index(tables, lease).map(Ok),
        )
        .await
    }

    async fn index_keys(
        &self,
        lease: &Lease,
        entity: Entity,
        after: &str,
    ) -> Answer<Option<RemoteId>> {
        let (lease, after) = (*lease, after.to_owned());
        // What a power cut takes of it is made again: the read has not ended before.
        let durability = Durability::WithALaterOne;
        self.write_with(durability, "index_keys", lease.workspace, move |tables| {
            mirror::index_keys(tables, lease, entity, &after).map(Ok)
        })
        .await
    }
}
