//! The network between the clients and the emulators: requests on their way, and answers on theirs.
//!
//! In: requests of the clients' transports. Out: requests for the run to carry to an emulator, and what comes back. A request
//! travels on when the engine that sent it dies. It decides no delay and no fault.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use api_client::{BoxFuture, Transport, TransportError};
use bytes::Bytes;
use http::{Request, Response};
use model::Side;

type Reply = Result<Response<Bytes>, TransportError>;

#[derive(Debug, Default)]
struct Slot {
    reply: Option<Reply>,
    waker: Option<Waker>,
}

/// The end of a call on which its answer is put.
#[derive(Debug, Clone, Default)]
pub(super) struct ReplySlot(Arc<Mutex<Slot>>);

impl ReplySlot {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the answer there and wakes the caller, if there still is one.
    pub(super) fn put(&self, reply: Reply) {
        let waker = {
            let mut slot = self.lock();
            slot.reply = Some(reply);
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Future for ReplySlot {
    type Output = Reply;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Reply> {
        let mut slot = self.lock();
        match slot.reply.take() {
            Some(reply) => Poll::Ready(reply),
            None => {
                slot.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// A request that has just left.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) side: Side,
    pub(super) request: Request<Bytes>,
    pub(super) slot: ReplySlot,
}

/// Requests that the run has not yet seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Wire(Arc<Mutex<Vec<Outgoing>>>);

impl Wire {
    pub(super) fn take(&self) -> Vec<Outgoing> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *waiting)
    }

    /// The transport of a client of this side.
    pub(super) fn transport(&self, side: Side) -> Arc<dyn Transport> {
        Arc::new(Line {
            wire: self.clone(),
            side,
        })
    }
}

#[derive(Debug)]
struct Line {
    wire: Wire,
    side: Side,
}

impl Transport for Line {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Reply> {
        let slot = ReplySlot::default();
        let outgoing = Outgoing {
            side: self.side,
            request,
            slot: slot.clone(),
        };
        let mut waiting = self.wire.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(outgoing);
        Box::pin(slot)
    }
}
