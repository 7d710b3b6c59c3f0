//! Transactions about the participants of deals: the part of [`Store`](crate::Store) for what no webhook tells of.
//!
//! In: what reads show. Out: who takes part, and which deals are to be read next. Counts come with
//! [`Observation`](crate::Observation)s.

use std::future::Future;

use model::{RemoteId, Timestamp};

use crate::participants::{
    Participant, ParticipantsKept, ParticipantsStanding, SeenParticipants, WantedDeal,
};
use crate::transactions::{participants, to_stored};
use crate::work::Runner;
use crate::{Answer, Lease, WorkspaceCtx};

/// What may be asked about participants. Each method is one transaction.
pub trait ParticipantStore: Send + Sync + 'static {
    /// Takes in a complete read of a deal's participants: who is not in it any more is remembered as gone. The deal is at rest
    /// until its count moves or its turn comes.
    fn commit_participants(
        &self,
        lease: &Lease,
        deal: &RemoteId,
        seen: SeenParticipants,
        now: Timestamp,
    ) -> impl Future<Output = Answer<ParticipantsKept>> + Send;

    /// Who takes part in a deal or did, by the participation's id.
    fn participants(
        &self,
        ctx: WorkspaceCtx,
        deal: &RemoteId,
    ) -> impl Future<Output = Answer<Vec<Participant>>> + Send;

    /// Deals whose participants are to be read: those in which something has moved before those that were never read.
    fn participants_wanted(
        &self,
        ctx: WorkspaceCtx,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<WantedDeal>>> + Send;

    /// Open deals in which somebody takes part and nothing seems to have moved, the one read longest ago first.
    fn participants_in_turn(
        &self,
        ctx: WorkspaceCtx,
        limit: u32,
    ) -> impl Future<Output = Answer<Vec<RemoteId>>> + Send;

    fn participants_standing(
        &self,
        ctx: WorkspaceCtx,
    ) -> impl Future<Output = Answer<ParticipantsStanding>> + Send;

    /// Makes these deals due for a read of their participants.
    fn want_participants(
        &self,
        ctx: WorkspaceCtx,
        deals: Vec<RemoteId>,
    ) -> impl Future<Output = Answer<()>> + Send;
}

impl<R: Runner> ParticipantStore for R {
    async fn commit_participants(
        &self,
        lease: &Lease,
        deal: &RemoteId,
        seen: SeenParticipants,
        now: Timestamp,
    ) -> Answer<ParticipantsKept> {
        let (lease, deal, now) = (*lease, deal.clone(), to_stored(now));
        self.write("commit_participants", lease.workspace, move |tables| {
            participants::commit(tables, lease, &deal, seen, now).map(Ok)
        })
        .await
    }

    async fn participants(&self, ctx: WorkspaceCtx, deal: &RemoteId) -> Answer<Vec<Participant>> {
        let deal = deal.clone();
        self.read("participants", ctx.workspace, move |tables| {
            tables.participants_of(&deal)
        })
        .await
    }

    async fn participants_wanted(&self, ctx: WorkspaceCtx, limit: u32) -> Answer<Vec<WantedDeal>> {
        self.read("participants_wanted", ctx.workspace, move |tables| {
            tables.participants_wanted(limit)
        })
        .await
    }

    async fn participants_in_turn(&self, ctx: WorkspaceCtx, limit: u32) -> Answer<Vec<RemoteId>> {
        self.read("participants_in_turn", ctx.workspace, move |tables| {
            tables.participants_in_turn(limit)
        })
        .await
    }

    async fn participants_standing(&self, ctx: WorkspaceCtx) -> Answer<ParticipantsStanding> {
        self.read("participants_standing", ctx.workspace, |tables| {
            tables.participants_standing()
        })
        .await
    }

    async fn want_participants(&self, ctx: WorkspaceCtx, deals: Vec<RemoteId>) -> Answer<()> {
        self.write("want_participants", ctx.workspace, move |tables| {
            participants::want(tables, &deals).map(Ok)
        })
        .await
    }
}
