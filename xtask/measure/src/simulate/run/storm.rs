//! The storm of a run: users at work, mishaps and deaths, until there was enough of each.
//!
//! In: the weather. Out: edits, and events of the run. What it cannot do it says: a run with too little in it is a failure.

use rand::RngExt;

use super::super::edits;
use super::super::profile::Profile;
use super::{Event, Run};

/// How much longer users pause once they have done what a run needs.
const SLOWER: i64 = 8;
/// Users go on until there were enough mishaps, up to so many times what a run needs.
const EDITS_TIMES_MAX: u64 = 10;

impl Run {
    /// Starts the users, the storm and the crashes.
    pub(in super::super) fn begin_storm(&mut self) {
        let weather = self.ground.weather.clone();
        self.world.pipedrive.faults.set_rates(weather.calls);
        self.world.propstreet.faults.set_rates(weather.calls);
        self.world
            .pipedrive
            .set_list_lag_millis(weather.list_lag_millis);
        self.world.propstreet.settings_mut().list_lag_millis = weather.list_lag_millis;
        self.turnstile.be_busy(weather.line.store_busy);
        let first = self.random.random_range(0..10_000);
        self.after(first, Event::Users);
        for _ in 0..self.crashes_left {
            let after = self.random.random_range(0..weather.edits_min * 3 / 5);
            self.crashes_after.push(after);
        }
        self.crashes_after
            .sort_unstable_by(|one, other| other.cmp(one));
    }

    /// Nothing goes wrong any more, but what the profile takes away for good.
    pub(in super::super) fn calm_down(&mut self) {
        self.is_calm = true;
        for queue in [
            &mut self.world.pipedrive.faults,
            &mut self.world.propstreet.faults,
        ] {
            queue.clear();
            if self.order.profile == Profile::WebhooksDead {
                queue.set_rates(emulators::faults::FaultRates {
                    webhook_drop: 1.0,
                    ..Default::default()
                });
            }
        }
        self.turnstile.be_busy(0);
        let now = self.now();
        self.story.tell(now, "calm", || {
            "--- nothing goes wrong from here on ---".to_owned()
        });
    }

    pub(super) fn users(&mut self) {
        let now = self.moment();
        let many = self.random.random_range(1..=5);
        for _ in 0..many {
            let Some(done) = edits::someone_does_something(&mut self.world, now) else {
                continue;
            };
            self.story.tell(now.0, &done.words, || done.words.clone());
            if let Some((place, form)) = done.form
                && self.random.random_range(0..100) < 18
                && let Some(place) = self.world.counterpart(&place)
            {
                let delay = self.random.random_range(0..1_000);
                self.after(delay, Event::Twin { place, form });
            }
        }
        let edits = self.world.deeds.edits;
        while self.crashes_after.pop_if(|after| *after <= edits).is_some() {
            let delay = self.random.random_range(0..2_000);
            self.after(delay, Event::ArmCrash);
        }
        if self.wants_more() {
            let weather = &self.ground.weather;
            let has_edits = self.world.deeds.edits >= weather.edits_min;
            // Who waits for the rest of the mishaps is in no hurry.
            let slower = if has_edits { SLOWER } else { 1 };
            let pause = self
                .random
                .random_range(0..weather.pause_millis_max * slower);
            self.after(pause, Event::Users);
        }
    }

    fn wants_more(&self) -> bool {
        let edits = self.world.deeds.edits;
        let weather = &self.ground.weather;
        let has_enough = edits >= weather.edits_min
            && self.faults_total() >= weather.faults_min
            && self.is_over();
        !has_enough && edits < weather.edits_min * EDITS_TIMES_MAX
    }

    fn faults_total(&self) -> u64 {
        let own: u64 = self.figures.faults.values().sum();
        let pipedrive: u64 = self.world.pipedrive.faults.fired().values().sum();
        let propstreet: u64 = self.world.propstreet.faults.fired().values().sum();
        own + pipedrive + propstreet
    }

    /// A run with less in it than its profile promises searches too little: a mistake of the simulator.
    pub(in super::super) fn what_is_missing(&self) -> Option<String> {
        let weather = &self.ground.weather;
        let figures = &self.figures;
        let has = (figures.edits, figures.faults_total(), figures.crashes);
        let least = (
            weather.edits_min,
            weather.faults_min,
            u64::from(weather.crashes),
        );
        let is_enough = has.0 >= least.0 && has.1 >= least.1 && has.2 >= least.2;
        (!is_enough).then(|| {
            format!("simulator: edits, faults and crashes are {has:?}, and have to be {least:?}")
        })
    }
}
