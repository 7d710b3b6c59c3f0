//! Claims of many lanes at once, to be worked on together.
//!
//! In: a stage and an entity. Out: claimed lanes. Part of [`crate::Store`].

use std::future::Future;

use model::{Entity, Timestamp};

use crate::lane::{LaneView, Stage};
use crate::transactions::{lanes, to_stored};
use crate::work::Runner;
use crate::{Answer, Lease};

/// What the program may ask of the lanes of one kind of record.
pub trait ClaimStore {
    /// Claims up to `limit` due lanes of this stage that belong to records of an entity, of those that have no pair. Otherwise
    /// like [`crate::Store::claim_lanes`].
    fn claim_lanes_of(
        &self,
        lease: &Lease,
        of: (Stage, Entity),
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<LaneView>>> + Send;
}

impl<R: Runner> ClaimStore for R {
    async fn claim_lanes_of(
        &self,
        lease: &Lease,
        of: (Stage, Entity),
        now: Timestamp,
        limit: u32,
    ) -> Answer<Vec<LaneView>> {
        let (lease, now) = (*lease, to_stored(now));
        self.write("claim_lanes_of", lease.workspace, move |tables| {
            lanes::claim_of(tables, lease, of, now, limit).map(Ok)
        })
        .await
    }
}
