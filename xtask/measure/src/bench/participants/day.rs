//! The day itself: the engine looks after its mirror while people change who takes part, and afterwards until everything is found.
//!
//! In: how many deals and changes. Out: figures. What following participants takes is what the whole day takes beyond the same day
//! without it, so that lists of deals that are read anyway are not counted.

use std::collections::{BTreeMap, BTreeSet};

use engine::settings::{ParticipantsPace, Settings};
use engine::{mirror, schedule};
use model::{Entity, time};
use store::ParticipantStore;

use super::Options;
use super::changes::{Changes, Found, Sort};
use crate::bench::budget::line::Latency;
use crate::bench::budget::world::{PLANS, Shape, World, run};

const DAY_MILLIS: i64 = 86_400_000;
const NAIVE_INTERVAL_MILLIS: i64 = 600_000;
const READ_TOKENS: i64 = 10;
const READS: &str = "GET /v1/deals/{id}/participants";
const PERSONS: u32 = 200;
const ORGANIZATIONS: u32 = 20;

/// What came of it.
#[derive(Debug)]
pub(super) struct Figures {
    /// Beyond those of a day without participants.
    pub(super) list_tokens: u64,
    pub(super) read_tokens: u64,
    pub(super) naive_tokens: u64,
    found: BTreeMap<Sort, Found>,
    /// Deals whose people the mirror does not show at the end.
    pub(super) wrong: u64,
    pub(super) violations: u64,
}

impl Figures {
    pub(super) const fn tokens(&self) -> u64 {
        self.list_tokens + self.read_tokens
    }

    #[expect(clippy::cast_precision_loss, reason = "tokens are far below 2^52")]
    pub(super) fn percent(&self) -> f64 {
        100.0 * self.tokens() as f64 / self.naive_tokens as f64
    }

    pub(super) fn found(&self, sort: Sort) -> Found {
        self.found.get(&sort).copied().unwrap_or_default()
    }
}

pub(super) fn measure(options: &Options) -> anyhow::Result<Figures> {
    let without = Day::begin(options, None)?.play()?;
    let mut day = Day::begin(options, Some(ParticipantsPace::default()))?;
    let with = day.play()?;
    let read_tokens = with.reads;
    day.until_found()?;
    let wrong = run(&day.world.clock, wrong(&day.world, day.changes.deals()))?;
    let counters = day.world.pipedrive.emulator().counters();
    let rounds = DAY_MILLIS / NAIVE_INTERVAL_MILLIS;
    Ok(Figures {
        list_tokens: (with.all - read_tokens).saturating_sub(without.all),
        read_tokens,
        naive_tokens: u64::try_from(i64::from(options.deals) * rounds * READ_TOKENS)?,
        found: day.changes.found,
        wrong,
        violations: counters.burst_violations + counters.day_violations + counters.refused,
    })
}

/// What a day took, by the emulator's count.
struct Tokens {
    all: u64,
    reads: u64,
}

struct Day {
    world: World,
    changes: Changes,
    began_at: i64,
}

impl Day {
    /// An account whose mirror is filled; nothing of that is counted.
    fn begin(options: &Options, participants: Option<ParticipantsPace>) -> anyhow::Result<Self> {
        let shape = Shape {
            plan: PLANS[1],
            deals: options.deals,
            persons: PERSONS,
            organizations: ORGANIZATIONS,
            latency: Latency {
                millis: 100,
                varies_percent: 20,
            },
            daily_tokens: None,
        };
        let settings = Settings {
            mirrored: vec![Entity::Deal],
            participants,
            ..Settings::default()
        };
        let world = World::build_with(&shape, settings)?;
        let now = world.clock.now_millis();
        let mut changes = Changes::draw(
            &world.pipedrive.emulator(),
            now,
            (options.changes, options.seed),
        );
        changes.people(&mut world.pipedrive.emulator(), now);
        run(&world.clock, look_until_idle(&world))?;
        let began_at = world.clock.now_millis();
        let mut emulator = world.pipedrive.emulator();
        emulator.reset_counters();
        drop(emulator);
        Ok(Self {
            world,
            changes,
            began_at,
        })
    }

    fn play(&mut self) -> anyhow::Result<Tokens> {
        let ends_at = self.began_at + DAY_MILLIS;
        run(
            &self.world.clock,
            work(&self.world, &mut self.changes, ends_at, false),
        )?;
        let counters = self.world.pipedrive.emulator().counters();
        Ok(Tokens {
            all: counters.tokens_total(),
            reads: counters.tokens.get(READS).copied().unwrap_or(0),
        })
    }

    /// Goes on until nothing waits any more, or everything that does is late.
    fn until_found(&mut self) -> anyhow::Result<()> {
        let ends_at = self.world.clock.now_millis() + Sort::Swaps.limit_millis();
        run(
            &self.world.clock,
            work(&self.world, &mut self.changes, ends_at, true),
        )
    }
}

/// The engine at work on its mirror while people do what they do.
async fn work(
    world: &World,
    changes: &mut Changes,
    ends_at: i64,
    until_found: bool,
) -> anyhow::Result<()> {
    loop {
        changes.carry_out(&mut world.pipedrive.emulator(), world.clock.now_millis());
        look_until_idle(world).await?;
        for deal in changes.waiting() {
            if shows_who_is_on(world, deal).await? {
                changes.is_found(deal, world.clock.now_millis());
            }
        }
        let now = world.clock.now_millis();
        if now >= ends_at || (until_found && changes.waiting().is_empty()) {
            return Ok(());
        }
        let due = schedule::next_look_beside_pairs(&world.core).await?;
        let due = due.map(time::to_millis).into_iter();
        let next = due.chain(changes.next_at()).chain([ends_at]).min();
        let next = next.unwrap_or(ends_at).max(now + 1);
        world.core.clock.sleep_until(time::from_millis(next)).await;
    }
}

/// Everything that is due now.
async fn look_until_idle(world: &World) -> anyhow::Result<()> {
    loop {
        let looked = schedule::look_beside_pairs(&world.core, &|_, _| ()).await?;
        if looked + mirror::run_once(&world.core).await? == 0 {
            return Ok(());
        }
    }
}

async fn shows_who_is_on(world: &World, deal: i64) -> anyhow::Result<bool> {
    let core = &world.core;
    let rows = core.store.participants(core.ctx(), &deal.into()).await?;
    let live = rows.into_iter().filter(|row| row.deleted_at.is_none());
    let mirrored: BTreeSet<i64> = live.map(|row| row.person_id).collect();
    let people = world.pipedrive.emulator().participants_of(deal);
    Ok(mirrored == people.into_iter().collect())
}

async fn wrong(world: &World, deals: &[i64]) -> anyhow::Result<u64> {
    let mut wrong = 0;
    for deal in deals {
        wrong += u64::from(!shows_who_is_on(world, *deal).await?);
    }
    Ok(wrong)
}
