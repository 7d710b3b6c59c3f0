//! Who takes part in deals: no webhook tells. What following it costs on 500 deals is a figure of `cargo xtask bench participants`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use emulators::pipedrive::Entity as Emulated;
use engine::settings::{CreateOn, ParticipantsPace};
use model::{Entity, RecordKey};
use serde_json::json;
use store::{ParticipantStore, Store};

use super::world::{Setup, World};

const MINUTE: i64 = 60_000;
const INTERVAL: i64 = 10 * MINUTE;
const ROTATION: i64 = 36 * 60 * MINUTE;

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// An office with so many open deals. Their own lists are asked for so rarely that what is spent is spent on participants.
async fn office(deals: usize, change: impl FnOnce(&mut Setup)) -> World {
    let mut world = World::before_first_sync(|setup| {
        let settings = &mut setup.settings;
        settings.mirrored = vec![Entity::Deal];
        settings.participants = Some(ParticipantsPace::default());
        settings.create_on = CreateOn {
            pipedrive: false,
            propstreet: false,
        };
        settings.timing.poll_interval = 12 * 60 * MINUTE;
        settings.timing.poll_interval_longest = 12 * 60 * MINUTE;
        settings.timing.sweep_interval = 30 * 24 * 60 * MINUTE;
        settings.timing.definitions_interval = 30 * 24 * 60 * MINUTE;
        change(setup);
    })
    .await;
    let quiet = world.pipedrive.quietly();
    for number in 0..40 {
        quiet.add_person(
            &format!("Person {number}"),
            &format!("person{number}@fjord.no"),
        );
    }
    let persons = quiet.person_ids();
    for number in 0..deals {
        let own = persons[number % persons.len()];
        let deal = json!({"title": format!("Storgata {number}"), "person_id": own});
        let deal = quiet.add_record(Emulated::Deal, deal);
        let other = persons[(number * 7 + 1) % persons.len()];
        if other != own {
            quiet.at_screen(|screen| screen.add_participant(deal, other));
        }
    }
    world.set_up().await;
    world.settle_within(minutes(5)).await;
    world
}

impl World {
    fn deals(&self) -> Vec<i64> {
        let deals = self.pipedrive.live_records(Emulated::Deal);
        deals.into_keys().collect()
    }

    pub(super) fn people_on(&self, deal: i64) -> BTreeSet<i64> {
        let people = self.pipedrive.server.emulator().participants_of(deal);
        people.into_iter().collect()
    }

    async fn people_in_mirror(&self, deal: i64) -> BTreeSet<i64> {
        let core = self.core();
        let rows = core.store.participants(core.ctx(), &deal.into()).await;
        let rows = rows.unwrap().into_iter();
        rows.filter(|row| row.deleted_at.is_none())
            .map(|row| row.person_id)
            .collect()
    }

    async fn shows_who_is_on(&self, deal: i64) -> bool {
        self.people_in_mirror(deal).await == self.people_on(deal)
    }

    fn join(&self, deal: i64) -> bool {
        let people = self.people_on(deal);
        let persons = self.pipedrive.person_ids().into_iter();
        let Some(other) = persons
            .rev()
            .find(|person| !people.contains(person) && (person + deal) % 3 != 0)
        else {
            return false;
        };
        self.pipedrive
            .at_screen(|screen| screen.add_participant(deal, other));
        true
    }

    fn leave(&self, deal: i64) -> bool {
        let own = self.pipedrive.live_record(Emulated::Deal, deal)["person_id"].as_i64();
        let people = self.people_on(deal).into_iter();
        let mut others = people.filter(|person| Some(*person) != own);
        let Some(other) = others.next() else {
            return false;
        };
        self.pipedrive
            .at_screen(|screen| screen.remove_participant(deal, other));
        true
    }
}

/// What waits to be found: since when, and whether it is a swap.
type Waiting = BTreeMap<i64, (i64, bool)>;

/// Drops what the mirror shows by now; whatever is late fails.
async fn look_for(world: &World, waiting: &mut Waiting) -> u64 {
    let now = world.core().now().as_millisecond();
    let mut found = 0;
    for (deal, (since, is_swap)) in waiting.clone() {
        if world.shows_who_is_on(deal).await {
            waiting.remove(&deal);
            found += u64::from(is_swap);
            continue;
        }
        let (within, what) = match is_swap {
            true => (ROTATION, "swap"),
            false => (INTERVAL, "count that moved"),
        };
        assert!(
            now - since <= within,
            "a {what} on deal {deal} was not found"
        );
    }
    found
}

#[tokio::test]
async fn who_comes_or_goes_is_found_within_an_interval_and_a_swap_within_the_rotation() {
    let mut world = office(40, |_| ()).await;
    let deals = world.deals();
    for deal in &deals {
        assert!(world.shows_who_is_on(*deal).await, "the first read");
    }
    world.pipedrive.reset_counters();
    let mut waiting = Waiting::new();
    let (mut changes, mut swaps, mut found) = (0, 0, 0);
    for step in 0..144_usize {
        let offset = step as u64 % 9;
        world.settle_within(minutes(1 + offset)).await;
        found += look_for(&world, &mut waiting).await;
        let deal = deals[step * 89 % deals.len()];
        let is_swap = step % 4 == 3;
        let is_done = match step % 4 {
            _ if waiting.contains_key(&deal) => false,
            0 => world.join(deal),
            3 => world.leave(deal) && world.join(deal),
            _ => world.leave(deal),
        };
        if is_done {
            let now = world.core().now().as_millisecond();
            waiting.insert(deal, (now, is_swap));
            changes += u64::from(!is_swap);
            swaps += u64::from(is_swap);
        }
        world.settle_within(minutes(9 - offset)).await;
        found += look_for(&world, &mut waiting).await;
    }
    assert!(changes >= 30 && swaps >= 10, "{changes} and {swaps}");
    // A page for each round, a read for each deal in its turn and for each number that moved, and the deals' own lists.
    let turns = 40 * 24 / 36 + 1;
    let tokens = world.pipedrive.tokens_spent();
    assert!(
        tokens <= 10 * (145 + turns + changes) + 70,
        "{tokens} for {changes} changes: {:?}",
        world.pipedrive.counters().tokens
    );
    // The swaps of the day's end have their turn after it.
    for _ in 0..36 {
        world.settle_within(minutes(60)).await;
        found += look_for(&world, &mut waiting).await;
    }
    assert_eq!(found, swaps);
    assert!(waiting.is_empty());
}

#[tokio::test]
async fn rows_of_deals_are_the_same_whether_a_list_told_of_participants_or_not() {
    let mut world = office(5, |_| ()).await;
    let deals = world.deals();
    world
        .pipedrive
        .edit_record(Emulated::Deal, deals[0], json!({"title": "Read alone"}));
    world.settle_within(minutes(25)).await;
    let core = world.core();
    let mut unlimited = None;
    let compared = engine::verify::compare(&core, &[Entity::Deal], &mut unlimited, &|_, _| ());
    let compared = world.drive(compared).await.unwrap();
    let [comparison] = compared.as_slice() else {
        panic!("{compared:?}")
    };
    let engine::verify::Outcome::Compared(drift) = &comparison.outcome else {
        panic!("{comparison:?}")
    };
    assert_eq!((drift.listed, drift.total()), (5, 0), "{drift:?}");
}

#[tokio::test]
async fn who_takes_the_place_of_a_deals_own_person_is_seen_at_once() {
    let mut world = office(5, |_| ()).await;
    let deal = world.deals()[2];
    let other = *world.pipedrive.person_ids().last().unwrap();
    world
        .pipedrive
        .edit_record(Emulated::Deal, deal, json!({"person_id": other}));
    assert!(!world.shows_who_is_on(deal).await);
    world.settle_within(Duration::from_secs(20)).await;
    assert!(world.shows_who_is_on(deal).await);
}

#[tokio::test]
async fn a_deal_that_is_deleted_unseen_is_found_when_its_participants_are_asked_for() {
    let mut world = office(5, |_| ()).await;
    let deal = world.deals()[2];
    world
        .pipedrive
        .quietly()
        .delete_record(Emulated::Deal, deal);
    // Its turn comes; the list that would miss it comes once a month here.
    world.settle_within(minutes(37 * 60)).await;
    let core = world.core();
    let key = RecordKey::new(Entity::Deal, deal);
    let row = core.store.mirror_row(core.ctx(), &key).await.unwrap();
    assert!(row.unwrap().deleted_at.is_some());
}

#[tokio::test]
async fn while_the_day_runs_short_participants_are_asked_for_more_rarely_and_webhooks_come_through()
{
    let mut world = office(40, |setup| setup.pipedrive.daily_tokens = Some(1_500)).await;
    world.settle_within(minutes(60)).await;
    let core = world.core();
    let standing = engine::participants::standing(&core.store, core.ctx()).await;
    let percent = standing.unwrap().percent;
    assert!((150..=1_200).contains(&percent), "{percent}");
    // Until an hour before midnight.
    world.settle_within(minutes(14 * 60)).await;
    let deal = world.deals()[3];
    world
        .pipedrive
        .edit_record(Emulated::Deal, deal, json!({"title": "Sold"}));
    world.settle_within(Duration::from_secs(20)).await;
    let key = RecordKey::new(Entity::Deal, deal);
    let row = core.store.mirror_row(core.ctx(), &key).await.unwrap();
    assert!(row.unwrap().raw.contains("Sold"));
    assert!(world.pipedrive.tokens_spent() <= 1_500);
}
