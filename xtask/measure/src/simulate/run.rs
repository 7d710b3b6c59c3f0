//! One run: a seed's world, its users, its network and the engine in it, from setup to rest and the verdict.
//!
//! In: a seed, a profile and the safeguards. Out: what happened and what is wrong. The only place where time moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_client::TransportError;
use bytes::Bytes;
use emulators::{Moment, WebhookAttempt, WebhookOutcome};
use http::{Request, Response};
use model::Side;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use secrecy::SecretString;
use store::MemStore;

use super::clock::HeldClock;
use super::edits;
use super::engine_life::{self, Engine, Ground, Loop, Teller, Turnstile};
use super::executor::Executor;
use super::forms::Form;
use super::isolation::Poison;
use super::network::{ReplySlot, Wire};
use super::plants::Plant;
use super::profile::{self, Profile};
use super::story::Story;
use super::wiretap::Wiretap;
use super::world::{Place, World};

mod storm;
mod traffic;

/// Every run begins at this moment.
const START: i64 = 1_772_000_000_000;
/// Steps of tasks within one moment after which the engine is taken to turn in a circle.
const POLLS_AT_ONCE_MAX: u64 = 20_000;

/// What is asked of one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) seed: u64,
    pub(super) profile: Profile,
    /// What is taken away or done wrong, to see that it is noticed.
    pub(super) plant: Option<Plant>,
    /// Deals have notes, too.
    pub(super) with_notes: bool,
    /// Keep the story in words.
    pub(super) is_told: bool,
}

/// Something that will happen.
enum Event {
    Arrive {
        side: Side,
        request: Request<Bytes>,
        slot: ReplySlot,
    },
    Reply {
        slot: ReplySlot,
        reply: Result<Response<Bytes>, TransportError>,
    },
    Webhook {
        side: Side,
        attempt: Box<WebhookAttempt>,
    },
    WebhookTimesOut {
        side: Side,
        attempt: u64,
    },
    Users,
    Twin {
        place: Place,
        form: Form,
    },
    Boot,
    /// A person asks for a comparison of everything.
    Compare,
    /// The engine dies a few steps later.
    ArmCrash,
}

/// Counts of one run.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures {
    pub(super) edits: u64,
    pub(super) crashes: u64,
    pub(super) calls: u64,
    pub(super) writes: u64,
    pub(super) polls: u64,
    pub(super) conflicts: u64,
    /// Records that took no change for a while.
    pub(super) poisoned: u64,
    /// What users did, by the kind of record.
    pub(super) events: BTreeMap<String, u64>,
    pub(super) retried_by_hand: BTreeMap<String, u64>,
    pub(super) faults: BTreeMap<&'static str, u64>,
    pub(super) simulated_millis: i64,
    pub(super) hash: u64,
}

impl Figures {
    pub(super) fn faults_total(&self) -> u64 {
        self.faults.values().sum()
    }
}

pub(super) struct Run {
    pub(super) world: World,
    pub(super) ground: Ground,
    pub(super) wiretap: Wiretap,
    pub(super) figures: Figures,
    pub(super) story: Story,
    pub(super) order: Order,
    /// Bodies of webhooks that were answered with success.
    pub(super) acknowledged: Vec<(Side, Bytes)>,
    turnstile: Arc<Turnstile>,
    executor: Executor,
    random: ChaCha8Rng,
    teller: Teller,
    engine: Option<Engine>,
    secret: Option<SecretString>,
    lives: u64,
    /// Boxed, because the map moves them about.
    events: BTreeMap<(i64, u64), Box<Event>>,
    last_event: u64,
    open_webhooks: BTreeMap<(Side, u64), Bytes>,
    crash_in: Option<u64>,
    crashes_left: u32,
    /// After how many edits each death comes, the first one last.
    crashes_after: Vec<u64>,
    pub(super) is_calm: bool,
    /// A record that takes no change for now.
    pub(super) poison: Option<Poison>,
}

impl Run {
    pub(super) fn new(order: Order) -> Self {
        let mut weather = profile::weather(order.seed, order.profile);
        if let Some(sales) = &mut weather.sales {
            // No webhook tells of Propstreet's notes.
            sales.has_notes = order.with_notes && order.profile != Profile::NoSweeps;
        }
        let turnstile = Arc::new(Turnstile::new(order.seed));
        let gate: Arc<dyn store::Gate> = Arc::<Turnstile>::clone(&turnstile);
        let ground = Ground {
            seed: order.seed,
            clock: HeldClock::starting_at(START),
            wire: Wire::default(),
            store: MemStore::with_gate(gate),
            safeguards: Plant::safeguards_of(order.plant),
            flaw: Plant::flaw_of(order.plant),
            weather: weather.clone(),
        };
        Self {
            world: World::new(order.seed, order.profile, &weather, Moment(START)),
            ground,
            wiretap: Wiretap {
                if_match_is_off: !Plant::safeguards_of(order.plant).if_match,
                ..Wiretap::default()
            },
            figures: Figures::default(),
            story: Story::new(order.is_told, START),
            order,
            acknowledged: Vec::new(),
            turnstile,
            executor: Executor::default(),
            random: ChaCha8Rng::seed_from_u64(order.seed ^ 0x7e5f),
            teller: Teller::default(),
            engine: None,
            secret: None,
            lives: 0,
            events: BTreeMap::new(),
            last_event: 0,
            open_webhooks: BTreeMap::new(),
            crash_in: None,
            crashes_left: weather.crashes,
            crashes_after: Vec::new(),
            is_calm: false,
            poison: None,
        }
    }

    pub(super) fn now(&self) -> i64 {
        self.ground.clock.now_millis()
    }

    pub(super) fn moment(&self) -> Moment {
        Moment(self.now())
    }

    pub(super) const fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }

    pub(super) const fn is_over(&self) -> bool {
        self.crashes_left == 0 && self.crash_in.is_none()
    }

    fn at(&mut self, at: i64, event: Event) {
        self.last_event += 1;
        self.events.insert((at, self.last_event), Box::new(event));
    }

    fn after(&mut self, millis: i64, event: Event) {
        self.at(self.now() + millis, event);
    }

    /// Runs every task that can go on, then lets time jump to the next thing that happens. False when nothing will ever
    /// happen again.
    pub(super) fn advance(&mut self) -> bool {
        self.run_tasks();
        let next = [
            self.events.keys().next().map(|(at, _)| *at),
            self.ground.clock.first_alarm(),
            self.world
                .emulator(Side::Pipedrive)
                .next_due()
                .map(|due| due.0),
            self.world
                .emulator(Side::Propstreet)
                .next_due()
                .map(|due| due.0),
        ];
        let Some(next) = next.into_iter().flatten().min() else {
            return false;
        };
        self.ground.clock.advance(next);
        let now = self.now();
        while let Some(first) = self.events.first_entry() {
            if first.key().0 > now {
                break;
            }
            let event = first.remove();
            self.happen(*event);
        }
        self.send_webhooks();
        true
    }

    /// Runs every task that can go on, at this very moment.
    pub(super) fn run_tasks(&mut self) {
        let first = self.executor.polls;
        while self.executor.step(&mut self.random) {
            self.take_outgoing();
            if let Some(left) = &mut self.crash_in {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    self.crash();
                }
            }
            assert!(
                self.executor.polls - first < POLLS_AT_ONCE_MAX,
                "the engine turns round and round without waiting: {:?}",
                self.turnstile.latest()
            );
            self.hear_engine();
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive {
                side,
                request,
                slot,
            } => self.arrive(side, &request, slot),
            Event::Reply { slot, reply } => slot.put(reply),
            Event::Webhook { side, attempt } => self.deliver_webhook(side, *attempt),
            Event::WebhookTimesOut { side, attempt } => {
                if self.open_webhooks.remove(&(side, attempt)).is_some() {
                    let now = self.moment();
                    self.world.emulator(side).webhook_answered(
                        attempt,
                        WebhookOutcome::TimedOut,
                        now,
                    );
                }
            }
            Event::Users => self.users(),
            Event::Twin { place, form } => {
                let now = self.moment();
                if let Some(words) = edits::fill_in(&mut self.world, &place, form, now) {
                    self.story
                        .tell(now.0, &words, || format!("at the same time {words}"));
                }
            }
            Event::Boot => self.boot(),
            Event::Compare => {
                if let Some(engine) = &self.engine {
                    self.executor
                        .spawn(engine_life::compare(Arc::clone(engine)));
                }
            }
            // One death at a time, and none of a process that is not there.
            Event::ArmCrash if self.crash_in.is_some() || self.engine.is_none() => {
                self.after(5_000, Event::ArmCrash)
            }
            Event::ArmCrash => self.crash_in = Some(self.random.random_range(1..120)),
        }
    }

    /// A person asks for a comparison at that time.
    pub(super) fn compare_at(&mut self, at: i64) {
        self.at(at, Event::Compare);
    }

    /// Whether users are still at work, a crash is to come, or something is under way.
    pub(super) fn is_stirring(&self) -> bool {
        self.crash_in.is_some()
            || self.engine.is_none()
            || !self.open_webhooks.is_empty()
            || self
                .events
                .values()
                .any(|event| !matches!(**event, Event::WebhookTimesOut { .. }))
    }

    pub(super) fn has_users(&self) -> bool {
        self.crashes_left > 0
            || self.crash_in.is_some()
            || self
                .events
                .values()
                .any(|event| matches!(**event, Event::Users | Event::Twin { .. } | Event::ArmCrash))
    }

    pub(super) fn has_webhooks_to_send(&mut self) -> bool {
        Side::BOTH
            .into_iter()
            .any(|side| self.world.emulator(side).next_due().is_some())
    }

    pub(super) fn boot(&mut self) {
        self.lives += 1;
        self.teller = Teller::default();
        let now = self.now();
        let life = self.lives;
        self.story.tell(now, life, || {
            format!("the engine starts for the {life}. time")
        });
        let parts = self.ground.parts(life);
        self.executor.spawn(engine_life::boot(
            parts,
            self.secret.clone(),
            self.teller.clone(),
        ));
    }

    /// Takes notice of what the engine's tasks have told.
    fn hear_engine(&mut self) {
        let (started, gave_up, receipts) = {
            let mut told = self.teller.lock();
            let started = if self.engine.is_none() {
                told.engine
                    .take()
                    .map(|engine| (engine, told.secret.take()))
            } else {
                None
            };
            (
                started,
                told.gave_up.take(),
                std::mem::take(&mut told.receipts),
            )
        };
        for (side, attempt, status) in receipts {
            self.note_receipt(side, attempt, status);
        }
        if let Some((engine, secret)) = started {
            if self.lives == 1 {
                self.world.learn_codes();
                self.world.populate(Moment(START - 86_400_000));
            }
            for which in Loop::of(self.ground.weather.sales.is_some()) {
                self.executor.spawn(engine_life::keep(
                    which,
                    Arc::clone(&engine),
                    self.teller.clone(),
                ));
            }
            self.secret = secret;
            self.engine = Some(engine);
        }
        if let Some(why) = gave_up {
            let now = self.now();
            self.story
                .tell(now, &why, || format!("the engine gives up: {why}"));
            self.stop(1_000);
        }
    }

    fn crash(&mut self) {
        self.crash_in = None;
        self.crashes_left = self.crashes_left.saturating_sub(1);
        self.figures.crashes += 1;
        let now = self.now();
        let down = if self.random.random_range(0..4) == 0 {
            180_000
        } else {
            20_000
        };
        let down = self.random.random_range(100..down);
        self.story.tell(now, down, || {
            format!("*** the engine dies, and is down for {down} ms ***")
        });
        self.stop(down);
    }

    fn stop(&mut self, down: i64) {
        self.hear_last_receipts();
        self.executor.drop_all();
        self.engine = None;
        self.teller = Teller::default();
        let is_planned = self
            .events
            .values()
            .any(|event| matches!(**event, Event::Boot));
        if !is_planned {
            self.after(down, Event::Boot);
        }
    }

    /// Everything counted, the emulators' faults included.
    pub(super) fn close_figures(&mut self) {
        self.figures.edits = self.world.deeds.edits;
        self.figures.events = std::mem::take(&mut self.world.deeds.events);
        self.figures.calls = self.wiretap.calls;
        self.figures.writes = self.wiretap.writes_total();
        self.figures.polls = self.executor.polls;
        self.figures.simulated_millis = self.now() - START;
        self.figures.hash = self.story.hash();
        let mut faults = std::mem::take(&mut self.figures.faults);
        for fired in [
            self.world.pipedrive.faults.fired(),
            self.world.propstreet.faults.fired(),
        ] {
            for (kind, count) in fired {
                *faults.entry(kind).or_default() += count;
            }
        }
        let busy = self.turnstile.times_busy();
        for (kind, count) in [("store_busy", busy), ("crash", self.figures.crashes)] {
            if count > 0 {
                faults.insert(kind, count);
            }
        }
        self.figures.faults = faults;
    }
}
