//! What every stage is given: the store and the lease on the workspace, both clients, clock, randomness, settings and the
//! field definitions. Built once by start-up (or by a test), shared by reference.

use std::sync::{Arc, RwLock};

use api_client::Clock;
use model::{Side, Timestamp, WorkspaceId};
use store::{Lease, Store, WorkspaceCtx};

use crate::bell::Bells;
use crate::definitions::Definitions;
use crate::environment::Randomness;
use crate::failure::EngineError;
use crate::mapping::MappingContext;
use crate::safeguards::Safeguards;
use crate::settings::Settings;

/// Name of the fact that stops all outgoing work: `pause` writes it, `resume` removes it.
pub const FACT_PAUSED: &str = "paused";
/// Name of the fact that a person has approved the first plan.
pub const FACT_APPROVED: &str = "approved";
/// Name of the fact that too many deletes were planned; `resume` removes it.
pub const FACT_DELETES_STOPPED: &str = "deletes_stopped";
/// Name of the fact that a person let the stopped deletes go on, until this time.
pub const FACT_DELETES_ALLOWED: &str = "deletes_allowed_until";

/// What an engine is built from.
#[derive(Debug)]
pub struct Parts<S> {
    pub store: S,
    pub workspace: WorkspaceId,
    pub clock: Arc<dyn Clock>,
    pub randomness: Randomness,
    pub pipedrive: pipedrive::Client,
    pub propstreet: propstreet::Client,
    pub settings: Settings,
    pub safeguards: Safeguards,
}

/// One running engine for one workspace.
#[derive(Debug)]
pub struct Core<S> {
    pub store: S,
    pub lease: Lease,
    pub clock: Arc<dyn Clock>,
    pub randomness: Randomness,
    pub pipedrive: pipedrive::Client,
    pub propstreet: propstreet::Client,
    pub settings: Settings,
    pub safeguards: Safeguards,
    pub bells: Bells,
    definitions: RwLock<Option<Arc<Definitions>>>,
}

impl<S: Store> Core<S> {
    /// Takes the workspace over. From here on every older engine's commits are refused.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn start(parts: Parts<S>) -> Result<Self, EngineError> {
        let lease = parts.store.acquire_lease(parts.workspace, parts.clock.now()).await?;
        let core = Self {
            store: parts.store,
            lease,
            clock: parts.clock,
            randomness: parts.randomness,
            pipedrive: parts.pipedrive,
            propstreet: parts.propstreet,
            settings: parts.settings,
            safeguards: parts.safeguards,
            bells: Bells::default(),
            definitions: RwLock::new(None),
        };
        core.recall_definitions().await?;
        Ok(core)
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    #[must_use]
    pub const fn ctx(&self) -> WorkspaceCtx {
        self.lease.ctx()
    }

    /// The field definitions in use, where `setup` or a refresh has read them.
    #[must_use]
    pub fn definitions(&self) -> Option<Arc<Definitions>> {
        self.definitions.read().expect("no holder of this lock can panic").clone()
    }

    pub fn use_definitions(&self, definitions: Definitions) {
        *self.definitions.write().expect("no holder of this lock can panic") = Some(Arc::new(definitions));
    }

    /// What mapping needs to know, or the reason why nothing can be mapped yet.
    ///
    /// # Errors
    /// [`EngineError::NotSetUp`] before the definitions were read.
    pub fn mapping(&self) -> Result<MappingContext, EngineError> {
        let definitions = self.definitions().ok_or(EngineError::NotSetUp)?;
        Ok(MappingContext { definitions, default_country: self.settings.default_country })
    }

    /// How far a side's clock is ahead of ours, in milliseconds, and how wrong that may be.
    #[must_use]
    pub fn clock_offset(&self, side: Side) -> (i64, i64) {
        let offset = match side {
            Side::Pipedrive => self.pipedrive.clock_offset(),
            Side::Propstreet => self.propstreet.clock_offset(),
        };
        (offset.offset_millis, offset.uncertainty_millis)
    }

    /// Whether outgoing work is stopped by a person.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn is_paused(&self) -> Result<bool, EngineError> {
        Ok(self.store.fact(self.ctx(), FACT_PAUSED).await?.is_some())
    }

    async fn recall_definitions(&self) -> Result<(), EngineError> {
        if let Some(text) = self.store.fact(self.ctx(), crate::definitions::FACT_DEFINITIONS).await?
            && let Ok(definitions) = serde_json::from_str::<Definitions>(&text)
        {
            self.use_definitions(definitions);
        }
        Ok(())
    }
}
