//! What every stage is given: the store and the lease on the workspace, both clients, clock, randomness, settings and the
//! field definitions. Built once by start-up (or by a test), shared by reference.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

use api_client::{CallError, Clock};
use model::{Entity, Kind, PairId, RecordKey, Side, Timestamp, WorkspaceId, time};
use propstreet::WebhookSecret;
use store::{Lease, MirrorRow, Store, WorkspaceCtx};

use crate::bell::Bells;
use crate::deals::properties::Listings;
use crate::deals::{self, Places};
use crate::definitions::{Definitions, Noticed};
use crate::environment::Randomness;
use crate::failure::{EngineError, retry_at};
use crate::intake::rounds::Asked;
use crate::lag::Lags;
use crate::mapping::MappingContext;
use crate::planning::quiet::Restless;
use crate::safeguards::Safeguards;
use crate::settings::Settings;
use crate::sweep::pace::Pace;
use crate::under_way::UnderWay;

pub use store::FACT_PAUSED;

/// Name of the fact that a person has approved the first plan.
pub const FACT_APPROVED: &str = "approved";
/// Name of the fact that too many deletes were planned; `resume` removes it.
pub const FACT_DELETES_STOPPED: &str = "deletes_stopped";
/// Name of the fact that a person let the stopped deletes go on, until this time.
pub const FACT_DELETES_ALLOWED: &str = "deletes_allowed_until";

/// The first owner of a workspace has a higher one.
const EPOCH_OF_NOBODY: i64 = 0;
/// How wrong a side's clock may be before it was measured.
const OFFSET_UNKNOWN_MILLIS: i64 = 1_000;

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
    pub under_way: UnderWay,
    pub lags: Lags,
    pub(crate) noticed: Arc<Noticed>,
    pub(crate) listings: Arc<Listings>,
    mapping: RwLock<Option<MappingContext>>,
    propstreet_secrets: RwLock<Arc<[WebhookSecret]>>,
    not_before: Mutex<BTreeMap<String, Timestamp>>,
    /// When each delete was let through: those planned are in no history before they are carried out.
    deletes_let_through: Mutex<BTreeMap<PairId, Timestamp>>,
    pub(crate) restless: Restless,
    /// Since when nobody listened to Propstreet, until that was asked for.
    missed_since: Mutex<Option<Timestamp>>,
    asked: Mutex<Asked>,
    /// How many lists are read at once.
    pub(crate) pace: Pace,
    /// Both sides were read completely once, which nothing takes back.
    backfilled: AtomicBool,
    places: RwLock<Arc<Places>>,
    /// Deals and projects are planned.
    deals_open: AtomicBool,
    /// Notes are planned.
    notes_open: AtomicBool,
}

impl<S: Store> Core<S> {
    /// Takes the workspace over. From here on every older engine's commits are refused.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn start(parts: Parts<S>) -> Result<Self, EngineError> {
        let lease = parts
            .store
            .acquire_lease(parts.workspace, parts.clock.now())
            .await?;
        Self::with(parts, lease).await
    }

    /// Only looks on: whoever owns the workspace goes on, and whatever needs the ownership is refused. For previews,
    /// explanations and setup.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn observe(parts: Parts<S>) -> Result<Self, EngineError> {
        let lease = Lease {
            workspace: parts.workspace,
            epoch: EPOCH_OF_NOBODY,
        };
        Self::with(parts, lease).await
    }

    async fn with(parts: Parts<S>, lease: Lease) -> Result<Self, EngineError> {
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
            under_way: UnderWay::default(),
            lags: Lags::default(),
            noticed: Arc::default(),
            listings: Arc::default(),
            mapping: RwLock::new(None),
            propstreet_secrets: RwLock::new(Arc::new([])),
            not_before: Mutex::default(),
            deletes_let_through: Mutex::default(),
            restless: Restless::default(),
            missed_since: Mutex::default(),
            asked: Mutex::default(),
            pace: Pace::default(),
            backfilled: AtomicBool::new(false),
            places: RwLock::default(),
            deals_open: AtomicBool::new(false),
            notes_open: AtomicBool::new(false),
        };
        crate::definitions::adopt(&core).await?;
        crate::deals::adopt(&core).await?;
        crate::notes::adopt(&core).await?;
        Ok(core)
    }

    /// Says that the process before this one died while it read lists: this one reads them one by one for a while, so that one
    /// more death costs one answer.
    pub fn begin_carefully(&self) {
        self.pace.begin_carefully();
    }

    /// Whether both sides are known to have been read completely once.
    pub(crate) fn is_known_backfilled(&self) -> bool {
        self.backfilled.load(Ordering::Relaxed)
    }

    pub(crate) fn note_backfilled(&self) {
        self.backfilled.store(true, Ordering::Relaxed);
    }

    /// Where deals are, by the account's ids.
    #[must_use]
    pub fn places(&self) -> Arc<Places> {
        Arc::clone(
            &self
                .places
                .read()
                .expect("no holder of this lock can panic"),
        )
    }

    /// Goes by these places from now on, and forgets what was mapped by others.
    pub(crate) fn use_places(&self, places: Places, is_brought_in: bool) {
        if is_brought_in {
            self.open_deals();
        }
        let mut known = self
            .places
            .write()
            .expect("no holder of this lock can panic");
        if **known == places {
            return;
        }
        if known.has_pipelines() && !is_brought_in {
            // Other pipelines: their deals are brought in anew.
            self.deals_open.store(false, Ordering::Relaxed);
        }
        *known = Arc::new(places);
        drop(known);
        let mut mapping = self
            .mapping
            .write()
            .expect("no holder of this lock can panic");
        if let Some(mapping) = mapping.as_mut() {
            mapping.places = self.places();
            mapping.remembered = Arc::default();
        }
    }

    /// Whether deals and projects are planned: all of them were read.
    #[must_use]
    pub fn are_deals_open(&self) -> bool {
        self.deals_open.load(Ordering::Relaxed)
    }

    pub(crate) fn open_deals(&self) {
        self.deals_open.store(true, Ordering::Relaxed);
    }

    /// Whether notes are planned: all of them were read.
    #[must_use]
    pub fn are_notes_open(&self) -> bool {
        self.notes_open.load(Ordering::Relaxed)
    }

    pub(crate) fn open_notes(&self) {
        self.notes_open.store(true, Ordering::Relaxed);
    }

    /// Whether records of an entity may be in pairs that are planned.
    pub(crate) fn plans(&self, entity: Entity) -> bool {
        match entity.kind() {
            Some(Kind::Deal) => self.are_deals_open(),
            Some(Kind::Note) => self.are_notes_open(),
            Some(Kind::Organization | Kind::Person) => true,
            None => false,
        }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    #[must_use]
    pub const fn ctx(&self) -> WorkspaceCtx {
        self.lease.ctx()
    }

    /// Whether this engine took the workspace over, and does not only look on.
    #[must_use]
    pub(crate) const fn owns_workspace(&self) -> bool {
        self.lease.epoch != EPOCH_OF_NOBODY
    }

    /// The field definitions in use, where `setup` or a refresh has read them.
    #[must_use]
    pub fn definitions(&self) -> Option<Arc<Definitions>> {
        self.mapping
            .read()
            .expect("no holder of this lock can panic")
            .as_ref()
            .map(|mapping| Arc::clone(&mapping.definitions))
    }

    pub(crate) fn use_definitions(&self, definitions: Definitions) {
        *self
            .mapping
            .write()
            .expect("no holder of this lock can panic") = Some(MappingContext {
            definitions: Arc::new(definitions),
            default_country: self.settings.default_country,
            places: self.places(),
            members: deals::members::settings_of(&self.settings),
            notes: self.settings.notes.is_some(),
            all_of: self.settings.all_of(),
            listings: Arc::clone(&self.listings),
            remembered: Arc::default(),
            noticed: Arc::clone(&self.noticed),
        });
    }

    /// What mapping needs to know, or the reason why nothing can be mapped yet.
    ///
    /// # Errors
    /// [`EngineError::NotSetUp`] before the definitions were read.
    pub fn mapping(&self) -> Result<MappingContext, EngineError> {
        self.mapping
            .read()
            .expect("no holder of this lock can panic")
            .clone()
            .ok_or(EngineError::NotSetUp)
    }

    /// How far a side's clock is ahead of ours, in milliseconds, and how wrong that may be.
    #[must_use]
    pub fn clock_offset(&self, side: Side) -> (i64, i64) {
        let offset = match side {
            Side::Pipedrive => self.pipedrive.caller().clock_offset(),
            Side::Propstreet => self.propstreet.caller().clock_offset(),
        };
        offset.map_or((0, OFFSET_UNKNOWN_MILLIS), |offset| {
            (offset.offset_millis, offset.uncertainty_millis)
        })
    }

    /// When a row last changed, by our clock.
    #[must_use]
    pub fn seen_at(&self, row: &MirrorRow) -> Timestamp {
        time::plus_millis(row.remote_time, -self.clock_offset(row.key.side()).0)
    }

    /// The secrets that Propstreet may sign its webhooks with: the present one, and during a rotation the one before.
    #[must_use]
    pub fn propstreet_secrets(&self) -> Arc<[WebhookSecret]> {
        Arc::clone(
            &self
                .propstreet_secrets
                .read()
                .expect("no holder of this lock can panic"),
        )
    }

    pub(crate) fn miss_since(&self, since: Option<Timestamp>) {
        *self
            .missed_since
            .lock()
            .expect("no holder of this lock can panic") = since;
    }

    pub(crate) fn missed_since(&self) -> Option<Timestamp> {
        *self
            .missed_since
            .lock()
            .expect("no holder of this lock can panic")
    }

    pub fn use_propstreet_secrets(&self, secrets: Vec<WebhookSecret>) {
        *self
            .propstreet_secrets
            .write()
            .expect("no holder of this lock can panic") = secrets.into();
    }

    /// Stops all lanes' calls of a side until then: what it refuses for one record for want of permission, it refuses for all.
    pub fn close_side(&self, side: Side, until: Timestamp) {
        let closed = self.not_before.lock();
        closed
            .expect("no holder of this lock can panic")
            .insert(closed_name(side), until);
    }

    /// Until when a side is not called because it refuses our credentials.
    #[must_use]
    pub fn side_closed_until(&self, side: Side) -> Option<Timestamp> {
        self.not_before(&closed_name(side))
            .filter(|until| *until > self.now())
    }

    /// Not before when a poll or sweep whose list could not be read is tried again.
    #[must_use]
    pub fn not_before(&self, what: &str) -> Option<Timestamp> {
        self.not_before
            .lock()
            .expect("no holder of this lock can panic")
            .get(what)
            .copied()
    }

    pub(crate) fn do_not_before(&self, what: &str, at: Timestamp) {
        self.not_before
            .lock()
            .expect("no holder of this lock can panic")
            .insert(what.to_owned(), at);
    }

    /// Puts a poll or sweep off after an error that concerns the side, not the store.
    ///
    /// # Errors
    /// The error itself when it is the store's.
    pub fn put_off(&self, what: &str, error: EngineError) -> Result<(), EngineError> {
        let EngineError::Call { side, source } = error else {
            return Err(error);
        };
        let until = match &*source {
            CallError::NotNow { retry_at, .. } => *retry_at,
            CallError::Unreachable { .. }
            | CallError::OutcomeUnknown { .. }
            | CallError::Stale
            | CallError::AlreadyExists(_)
            | CallError::NotFound
            | CallError::Gone
            | CallError::Refused(_)
            | CallError::NotAllowed(_)
            | CallError::Unreadable { .. } => {
                retry_at(&self.settings.timing, 1, self.randomness.next(), self.now())
            }
        };
        tracing::warn!(side = side.name(), what, error = %source, "a list could not be read; it is tried again by itself");
        self.not_before
            .lock()
            .expect("no holder of this lock can panic")
            .insert(what.to_owned(), until);
        Ok(())
    }

    /// Does not try a poll or sweep before then.
    pub(crate) fn hold_off(&self, what: &str, until: Timestamp) {
        let mut not_before = self
            .not_before
            .lock()
            .expect("no holder of this lock can panic");
        not_before.insert(what.to_owned(), until);
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().expect("no holder of this lock can panic")
    }

    /// Whether an entity was asked for under this version of a record lately.
    pub(crate) fn was_asked(&self, entity: Entity, above: &RecordKey, version: &str) -> bool {
        self.asked().has(entity, above, version)
    }

    pub(crate) fn note_asked(&self, entity: Entity, above: &RecordKey, version: &str) {
        self.asked().note(entity, above, version);
    }

    pub(crate) fn replace_asked(&self, entity: Entity, listed: BTreeMap<RecordKey, String>) {
        self.asked().replace(entity, listed);
    }

    /// Lets a pair's delete through when, with those `carried_out`, there are fewer than `deletes_max` since then. Counts and
    /// decides in one step, because many pairs are planned at once.
    pub(crate) fn let_delete_through(
        &self,
        pair: PairId,
        carried_out: u64,
        deletes_max: u64,
        since: Timestamp,
    ) -> Result<(), u64> {
        let mut deletes = self
            .deletes_let_through
            .lock()
            .expect("no holder of this lock can panic");
        deletes.retain(|_, at| *at >= since);
        let others = deletes
            .keys()
            .filter(|let_through| **let_through != pair)
            .count();
        let lately = carried_out.max(u64::try_from(others).unwrap_or(u64::MAX));
        if lately >= deletes_max {
            return Err(lately);
        }
        deletes.insert(pair, self.now());
        Ok(())
    }

    /// Whether outgoing work is stopped by a person.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn is_paused(&self) -> Result<bool, EngineError> {
        Ok(self.store.fact(self.ctx(), FACT_PAUSED).await?.is_some())
    }
}

fn closed_name(side: Side) -> String {
    format!("calls:{}", side.name())
}
