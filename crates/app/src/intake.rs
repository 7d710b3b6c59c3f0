//! The webhook addresses' way into the engine.
//!
//! In: deliveries. Out: the engine's answer, in the words of the HTTP face. The engine may be started anew underneath.

use std::sync::{Arc, PoisonError, RwLock};

use api_client::BoxFuture;
use axum::http::HeaderMap;
use bytes::Bytes;
use engine::intake::webhooks;
use engine::{Core, EngineError};
use store::{Store, StoreError};

use crate::http::{Accepted, NotReady, Readiness, Refused, WebhookIntake};

/// Why no engine is at work now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// There is no room for anything new. Work goes on by itself when there is.
    DiskFull,
    Failed {
        reason: String,
    },
}

impl Stopped {
    #[must_use]
    pub fn by(error: &EngineError) -> Self {
        if let EngineError::Store(StoreError::DiskFull) = error {
            return Self::DiskFull;
        }
        Self::Failed {
            reason: error.to_string(),
        }
    }
}

/// The engine that runs now, or the one that ran last and why it stopped.
#[derive(Debug)]
pub struct CurrentEngine<S> {
    core: RwLock<Arc<Core<S>>>,
    stopped: RwLock<Option<Stopped>>,
}

impl<S: Store> CurrentEngine<S> {
    #[must_use]
    pub const fn new(core: Arc<Core<S>>) -> Self {
        Self {
            core: RwLock::new(core),
            stopped: RwLock::new(None),
        }
    }

    #[must_use]
    pub fn get(&self) -> Arc<Core<S>> {
        Arc::clone(&self.core.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn replace(&self, core: Arc<Core<S>>) {
        *self.core.write().unwrap_or_else(PoisonError::into_inner) = core;
        *self.stopped.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Until it is replaced, nothing is at work.
    pub fn stopped(&self, why: Stopped) {
        *self.stopped.write().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    fn why_stopped(&self) -> Option<Stopped> {
        let stopped = self.stopped.read();
        stopped.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<S: Store> WebhookIntake for CurrentEngine<S> {
    fn accept_pipedrive(
        &self,
        path_token: String,
        authorization: Option<String>,
        body: Bytes,
    ) -> BoxFuture<'_, Result<Accepted, Refused>> {
        let core = self.get();
        Box::pin(async move {
            let taken =
                webhooks::accept_pipedrive(&*core, &path_token, authorization.as_deref(), &body)
                    .await;
            answer(taken)
        })
    }

    fn accept_propstreet(
        &self,
        headers: HeaderMap,
        body: Bytes,
    ) -> BoxFuture<'_, Result<Accepted, Refused>> {
        let core = self.get();
        Box::pin(async move { answer(webhooks::accept_propstreet(&*core, &headers, &body).await) })
    }
}

fn answer(taken: Result<webhooks::Accepted, webhooks::Refused>) -> Result<Accepted, Refused> {
    match taken {
        Ok(webhooks::Accepted::Stored) => Ok(Accepted::Stored),
        Ok(webhooks::Accepted::AlreadyKnown) => Ok(Accepted::AlreadyKnown),
        Err(webhooks::Refused::NotAuthentic) => Err(Refused::NotAuthentic),
        Err(webhooks::Refused::NotStored(error)) => Err(Refused::Unavailable {
            reason: error.to_string(),
        }),
    }
}

impl<S: Store> Readiness for CurrentEngine<S> {
    fn ready(&self) -> BoxFuture<'_, Result<(), NotReady>> {
        let (core, stopped) = (self.get(), self.why_stopped());
        Box::pin(async move {
            match stopped {
                Some(Stopped::DiskFull) => return Err(NotReady::DiskFull),
                Some(Stopped::Failed { reason }) => return Err(NotReady::Other(reason)),
                None => {}
            }
            if core.definitions().is_none() {
                let advice = "not set up: run `pipestreet setup`";
                return Err(NotReady::Other(advice.to_owned()));
            }
            match core.store.next_due(core.ctx()).await {
                Ok(_) => Ok(()),
                Err(StoreError::DiskFull) => Err(NotReady::DiskFull),
                Err(error) => Err(NotReady::Other(error.to_string())),
            }
        })
    }
}
