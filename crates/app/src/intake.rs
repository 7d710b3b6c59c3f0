//! The webhook addresses' way into the engine.
//!
//! In: deliveries. Out: the engine's answer, in the words of the HTTP face. The engine may be started anew underneath.

use std::sync::{Arc, PoisonError, RwLock};

use api_client::BoxFuture;
use axum::http::HeaderMap;
use bytes::Bytes;
use engine::Core;
use engine::intake::webhooks;
use store::Store;

use crate::http::{Accepted, NotReady, Readiness, Refused, WebhookIntake};

/// The engine that runs now.
#[derive(Debug)]
pub struct CurrentEngine<S>(RwLock<Arc<Core<S>>>);

impl<S: Store> CurrentEngine<S> {
    #[must_use]
    pub const fn new(core: Arc<Core<S>>) -> Self {
        Self(RwLock::new(core))
    }

    #[must_use]
    pub fn get(&self) -> Arc<Core<S>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn replace(&self, core: Arc<Core<S>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = core;
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
        let core = self.get();
        Box::pin(async move {
            if core.definitions().is_none() {
                return Err(NotReady("not set up: run `pipestreet setup`".to_owned()));
            }
            core.store
                .next_due(core.ctx())
                .await
                .map(drop)
                .map_err(|error| NotReady(error.to_string()))
        })
    }
}
