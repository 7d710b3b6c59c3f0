//! The wire of a world: real connections, with a count of the calls under way.
//!
//! In: requests. Out: what the real transport says. Changes nothing about a call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use api_client::{BoxFuture, HttpTransport, Transport, TransportError};
use bytes::Bytes;
use tokio::sync::Notify;

/// The transport of both clients.
pub(crate) struct Wire {
    transport: HttpTransport,
    under_way: Arc<UnderWay>,
}

#[derive(Default)]
struct UnderWay {
    calls: AtomicUsize,
    begun: AtomicU64,
    changed: Notify,
}

struct Call(Arc<UnderWay>);

impl Call {
    fn begin(under_way: &Arc<UnderWay>) -> Self {
        under_way.calls.fetch_add(1, Ordering::SeqCst);
        under_way.begun.fetch_add(1, Ordering::SeqCst);
        under_way.changed.notify_one();
        Self(Arc::clone(under_way))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.notify_one();
    }
}

impl Wire {
    pub(crate) fn new() -> Self {
        let transport = HttpTransport::new().expect("the system's certificates can be read");
        Self {
            transport,
            under_way: Arc::default(),
        }
    }

    pub(crate) fn calls_under_way(&self) -> usize {
        self.under_way.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn calls_begun(&self) -> u64 {
        self.under_way.begun.load(Ordering::SeqCst)
    }

    /// Ends when a call begins or ends.
    pub(crate) async fn changed(&self) {
        self.under_way.changed.notified().await;
    }
}

impl Transport for Wire {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        let call = Call::begin(&self.under_way);
        Box::pin(async move {
            let answer = self.transport.send(request).await;
            drop(call);
            answer
        })
    }
}
