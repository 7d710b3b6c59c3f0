//! What people do with the participants of deals, drawn from a seed, and what of it the mirror has found.
//!
//! In: the account, and who takes part by the mirror. Out: changes, and how long each took to be found.

use std::collections::{BTreeMap, BTreeSet};

use emulators::Moment;
use emulators::pipedrive::{Entity, PipedriveEmulator};
use engine::settings::ParticipantsPace;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

const DAY_MILLIS: i64 = 86_400_000;
/// A round and its reads take so long at the most.
const WORK_MILLIS: i64 = 30_000;

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Comes,
    Leaves,
    Swaps,
}

impl Sort {
    pub(super) const ALL: [Self; 3] = [Self::Comes, Self::Leaves, Self::Swaps];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Comes => "somebody comes",
            Self::Leaves => "somebody leaves",
            Self::Swaps => "somebody takes a place",
        }
    }

    /// Within which time it is to be found.
    pub(super) fn limit_millis(self) -> i64 {
        let pace = ParticipantsPace::default();
        WORK_MILLIS
            + match self {
                Self::Comes | Self::Leaves => pace.interval,
                Self::Swaps => pace.rotation,
            }
    }
}

/// How one sort was found.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Found {
    pub(super) made: u32,
    pub(super) found: u32,
    pub(super) slowest_millis: i64,
}

/// What will be done, what waits to be found, and what was.
pub(super) struct Changes {
    random: ChaCha8Rng,
    deals: Vec<i64>,
    persons: Vec<i64>,
    /// The latest first.
    to_come: Vec<i64>,
    waiting: BTreeMap<i64, (i64, Sort)>,
    pub(super) found: BTreeMap<Sort, Found>,
}

impl Changes {
    /// So many over the day that begins then.
    pub(super) fn draw(
        emulator: &PipedriveEmulator,
        begins_at: i64,
        (changes, seed): (u32, u64),
    ) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let times = (0..changes).map(|_| begins_at + random.random_range(0..DAY_MILLIS));
        let mut to_come: Vec<i64> = times.collect();
        to_come.sort_unstable_by(|one, other| other.cmp(one));
        let live = |entity| {
            let ids = emulator.record_ids(entity);
            ids.filter_map(|(id, is_live)| is_live.then_some(id))
                .collect()
        };
        Self {
            random,
            deals: live(Entity::Deal),
            persons: live(Entity::Person),
            to_come,
            waiting: BTreeMap::new(),
            found: BTreeMap::new(),
        }
    }

    /// Two people on each deal, before anybody looks.
    pub(super) fn people(&mut self, emulator: &mut PipedriveEmulator, now: i64) {
        for deal in self.deals.clone() {
            for _ in 0..2 {
                let person = self.somebody_else(emulator, deal);
                let joined = emulator.screen(Moment(now)).add_participant(deal, person);
                joined.expect("a user can do this");
            }
        }
    }

    pub(super) fn deals(&self) -> &[i64] {
        &self.deals
    }

    pub(super) fn next_at(&self) -> Option<i64> {
        self.to_come.last().copied()
    }

    /// The deals on which something waits to be found.
    pub(super) fn waiting(&self) -> Vec<i64> {
        self.waiting.keys().copied().collect()
    }

    /// Carries out what is due.
    pub(super) fn carry_out(&mut self, emulator: &mut PipedriveEmulator, now: i64) {
        while self.next_at().is_some_and(|at| at <= now) {
            self.to_come.pop();
            self.one(emulator, now);
        }
    }

    fn one(&mut self, emulator: &mut PipedriveEmulator, now: i64) {
        let deal = self.deals[self.random.random_range(0..self.deals.len())];
        if self.waiting.contains_key(&deal) {
            // It would look like another change than it is.
            return;
        }
        let leaver = emulator.participants_of(deal).first().copied();
        let sort = match (self.random.random_range(0..4), leaver) {
            (0, Some(_)) => Sort::Leaves,
            (1, Some(_)) => Sort::Swaps,
            _ => Sort::Comes,
        };
        let comer = self.somebody_else(emulator, deal);
        let mut screen = emulator.screen(Moment(now));
        if let (Sort::Leaves | Sort::Swaps, Some(leaver)) = (sort, leaver) {
            let left = screen.remove_participant(deal, leaver);
            left.expect("a user can do this");
        }
        if matches!(sort, Sort::Comes | Sort::Swaps) {
            let came = screen.add_participant(deal, comer);
            came.expect("a user can do this");
        }
        self.waiting.insert(deal, (now, sort));
        self.found.entry(sort).or_default().made += 1;
    }

    fn somebody_else(&mut self, emulator: &PipedriveEmulator, deal: i64) -> i64 {
        let known: BTreeSet<i64> = emulator.participants_of(deal).into_iter().collect();
        loop {
            let person = self.persons[self.random.random_range(0..self.persons.len())];
            if !known.contains(&person) {
                return person;
            }
        }
    }

    /// The mirror shows who is on this deal by now.
    pub(super) fn is_found(&mut self, deal: i64, now: i64) {
        if let Some((since, sort)) = self.waiting.remove(&deal) {
            let found = self.found.entry(sort).or_default();
            found.found += 1;
            found.slowest_millis = found.slowest_millis.max(now - since);
        }
    }
}
