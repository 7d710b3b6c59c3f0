//! Participants of deals: who is in the mirror is who was read last, and what is read next is what the counts ask for.

use std::collections::BTreeSet;

use model::{Entity, RecordKey, RemoteId};
use proptest::prelude::*;
use serde_json::json;
use store::{
    AnyStore, Authority, MemStore, Observation, ParticipantStore, ParticipantsKept,
    ParticipantsStanding, SeenParticipant, SeenParticipants, ShownCount, SqliteOptions,
    SqliteStore, Store, WantedDeal,
};

use crate::both::{Desk, on_both, run};
use crate::made_up::{at, row, seen};

fn one(id: i64, person_id: i64) -> SeenParticipant {
    SeenParticipant {
        id,
        person_id,
        added_at: Some(at(1)),
        raw: json!({"id": id, "person_id": {"value": person_id}})
            .to_string()
            .into(),
    }
}

fn count(deal: i64, count: u32, is_open: bool) -> ShownCount {
    ShownCount {
        deal: deal.into(),
        count,
        is_open,
    }
}

impl Desk {
    async fn shows(&self, counts: Vec<ShownCount>, now: i64) {
        let observation = Observation {
            participant_counts: counts,
            ..Observation::none()
        };
        self.observes(observation, now).await;
    }

    async fn shows_deal(&self, deal: i64, fields: &serde_json::Value, now: i64) {
        let mut shown = row(&RecordKey::new(Entity::Deal, deal), now, "");
        shown.raw = fields.to_string().into();
        self.observes(seen(Authority::Read, vec![shown]), now).await;
    }

    async fn observes(&self, observation: Observation, now: i64) {
        self.store
            .commit_observation(&self.lease, observation, None, at(now))
            .await
            .unwrap();
    }

    async fn reads(&self, deal: i64, people: &[(i64, i64)], now: i64) -> ParticipantsKept {
        let people = people.iter().map(|(id, person)| one(*id, *person));
        let seen = SeenParticipants::All(people.collect());
        self.commits(deal, seen, now).await
    }

    async fn commits(&self, deal: i64, seen: SeenParticipants, now: i64) -> ParticipantsKept {
        self.store
            .commit_participants(&self.lease, &deal.into(), seen, at(now))
            .await
            .unwrap()
    }

    async fn people(&self, deal: i64) -> Vec<(i64, bool)> {
        let rows = self.store.participants(self.ctx, &deal.into()).await;
        let rows = rows.unwrap().into_iter();
        rows.map(|row| (row.person_id, row.deleted_at.is_none()))
            .collect()
    }

    async fn wanted(&self) -> Vec<RemoteId> {
        let wanted = self.store.participants_wanted(self.ctx, 100).await;
        wanted.unwrap().into_iter().map(|one| one.deal).collect()
    }

    async fn in_turn(&self) -> Vec<RemoteId> {
        let turns = self.store.participants_in_turn(self.ctx, 100).await;
        turns.unwrap()
    }
}

fn deals(ids: &[i64]) -> Vec<RemoteId> {
    ids.iter().map(|id| RemoteId::from(*id)).collect()
}

#[test]
fn a_deal_is_read_when_its_count_moves_and_who_left_is_remembered_as_gone() {
    on_both(|desk| async move {
        desk.shows(vec![count(1, 2, true), count(2, 0, true)], 1)
            .await;
        assert_eq!(desk.wanted().await, deals(&[1]), "nobody takes part in 2");
        let kept = desk.reads(1, &[(10, 100), (11, 101)], 2).await;
        assert_eq!((kept.added, kept.removed), (2, 0));
        assert_eq!(desk.wanted().await, []);

        desk.shows(vec![count(1, 2, true)], 3).await;
        assert_eq!(desk.wanted().await, [], "the count stays");
        desk.shows(vec![count(1, 1, true)], 4).await;
        assert_eq!(desk.wanted().await, deals(&[1]));
        let kept = desk.reads(1, &[(11, 101)], 5).await;
        assert_eq!((kept.added, kept.removed), (0, 1));
        assert_eq!(desk.people(1).await, [(100, false), (101, true)]);
        assert_eq!(desk.wanted().await, []);
    });
}

#[test]
fn a_deal_that_was_closed_when_first_seen_is_not_read_and_one_that_is_closed_later_is_when_its_count_moves()
 {
    on_both(|desk| async move {
        desk.shows(vec![count(1, 3, false), count(2, 1, true)], 1)
            .await;
        assert_eq!(desk.wanted().await, deals(&[2]));
        desk.reads(2, &[(10, 100)], 2).await;
        let open = json!({"id": 2, "status": "open", "person_id": 100});
        desk.shows_deal(2, &open, 3).await;
        let won = json!({"id": 2, "status": "won", "person_id": 100});
        desk.shows_deal(2, &won, 4).await;
        assert_eq!(desk.in_turn().await, [], "closed deals take no turns");
        desk.shows(vec![count(2, 2, false)], 5).await;
        assert_eq!(desk.wanted().await, deals(&[2]));
    });
}

#[test]
fn another_person_on_a_deal_makes_it_due_and_a_time_that_moves_alone_brings_its_turn_forward() {
    on_both(|desk| async move {
        let counts = (1..=3).map(|deal| count(deal, 1, true));
        desk.shows(counts.collect(), 1).await;
        for deal in 1..=3 {
            let shown = json!({"id": deal, "status": "open", "person_id": 100, "update_time": "1"});
            desk.shows_deal(deal, &shown, 1).await;
            desk.reads(deal, &[(10 + deal, 100)], 1 + deal).await;
        }
        assert_eq!(desk.in_turn().await, deals(&[1, 2, 3]));
        let touched = json!({"id": 3, "status": "open", "person_id": 100, "update_time": "2"});
        desk.shows_deal(3, &touched, 20).await;
        assert_eq!(desk.in_turn().await, deals(&[3, 1, 2]));
        let moved = json!({"id": 2, "status": "open", "person_id": 101, "update_time": "1"});
        desk.shows_deal(2, &moved, 21).await;
        assert_eq!(desk.wanted().await, deals(&[2]));
        assert_eq!(desk.in_turn().await, deals(&[3, 1]));
    });
}

#[test]
fn somebody_whom_only_the_count_shows_is_looked_for_a_few_times_and_then_left_alone() {
    on_both(|desk| async move {
        let mut reads = 0;
        for round in 0..20 {
            desk.shows(vec![count(1, 3, true)], 10 * round).await;
            if !desk.wanted().await.is_empty() {
                reads += 1;
                desk.reads(1, &[(10, 100), (11, 101)], 10 * round + 1).await;
            }
        }
        assert_eq!(reads, 3);
        desk.shows(vec![count(1, 2, true)], 300).await;
        assert_eq!(desk.wanted().await, deals(&[1]), "one of them left");
    });
}

#[test]
fn a_deal_that_is_gone_is_asked_for_no_more() {
    on_both(|desk| async move {
        desk.shows(vec![count(1, 2, true)], 1).await;
        desk.commits(1, SeenParticipants::NoDeal, 2).await;
        assert_eq!(desk.wanted().await, []);
        let standing = desk.store.participants_standing(desk.ctx).await.unwrap();
        assert_eq!(standing, ParticipantsStanding::default());
    });
}

#[derive(Debug, Clone)]
enum Deed {
    Counts(Vec<(i64, u32, bool)>),
    Deal(i64, i64, bool, u8),
    Read(i64, BTreeSet<i64>),
    Gone(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let shown = (1..6_i64, 0..4_u32, prop::bool::weighted(0.8));
    prop_oneof![
        3 => prop::collection::vec(shown, 1..5).prop_map(Deed::Counts),
        2 => (1..6_i64, 100..102_i64, prop::bool::weighted(0.8), 0..3_u8)
            .prop_map(|(deal, person, is_open, time)| Deed::Deal(deal, person, is_open, time)),
        4 => (1..6_i64, prop::collection::btree_set(1..5_i64, 0..4)).prop_map(|(deal, ids)| Deed::Read(deal, ids)),
        1 => (1..6_i64).prop_map(Deed::Gone),
    ]
}

/// Everything that can be read.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    people: Vec<Vec<(i64, bool)>>,
    wanted: Vec<WantedDeal>,
    turns: Vec<RemoteId>,
    standing: ParticipantsStanding,
}

async fn play(desk: &Desk, deeds: &[Deed]) -> Vec<Shown> {
    let mut shown = Vec::new();
    for (second, deed) in deeds.iter().enumerate() {
        let now = i64::try_from(second).unwrap() + 1;
        match deed {
            Deed::Counts(counts) => {
                let counts = counts.iter();
                let counts = counts.map(|(deal, number, is_open)| count(*deal, *number, *is_open));
                desk.shows(counts.collect(), now).await;
            }
            Deed::Deal(deal, person, is_open, time) => {
                let status = if *is_open { "open" } else { "lost" };
                let fields =
                    json!({"id": deal, "status": status, "person_id": person, "update_time": time});
                desk.shows_deal(*deal, &fields, now).await;
            }
            Deed::Read(deal, ids) => {
                let people: Vec<_> = ids.iter().map(|id| (*id, 100 + id)).collect();
                desk.reads(*deal, &people, now).await;
                let live: BTreeSet<i64> = desk
                    .people(*deal)
                    .await
                    .into_iter()
                    .filter_map(|(person, is_live)| is_live.then_some(person - 100))
                    .collect();
                assert_eq!(live, *ids, "who takes part is who was read last");
            }
            Deed::Gone(deal) => {
                desk.commits(*deal, SeenParticipants::NoDeal, now).await;
            }
        }
        let mut people = Vec::new();
        for deal in 1..6 {
            people.push(desk.people(deal).await);
        }
        shown.push(Shown {
            people,
            wanted: desk.store.participants_wanted(desk.ctx, 3).await.unwrap(),
            turns: desk.store.participants_in_turn(desk.ctx, 3).await.unwrap(),
            standing: desk.store.participants_standing(desk.ctx).await.unwrap(),
        });
    }
    shown
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn both_stores_show_the_same_whatever_happens(deeds in prop::collection::vec(deed(), 1..40)) {
        let (in_memory, on_disk) = run(async {
            let desk = Desk::at(AnyStore::Memory(MemStore::new())).await;
            let in_memory = play(&desk, &deeds).await;
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("street.db");
            let sqlite = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
            let desk = Desk::at(AnyStore::Sqlite(sqlite.clone())).await;
            let on_disk = play(&desk, &deeds).await;
            sqlite.close().await;
            (in_memory, on_disk)
        });
        prop_assert_eq!(in_memory, on_disk);
    }
}

#[test]
fn what_we_change_ourselves_is_no_news_and_a_read_that_began_before_takes_nothing_of_it_back() {
    on_both(|desk| async move {
        desk.shows(vec![count(1, 1, true)], 1).await;
        desk.reads(1, &[(10, 100)], 2).await;
        let came = SeenParticipants::Changed {
            came: vec![one(11, 101)],
            went: Vec::new(),
        };
        assert_eq!(desk.commits(1, came, 5).await.added, 1);
        desk.shows(vec![count(1, 2, true)], 6).await;
        assert_eq!(desk.wanted().await, [], "the list shows what we have done");

        let begun = |at_time: i64, people: &[(i64, i64)]| {
            let people = people.iter().map(|(id, person)| one(*id, *person));
            SeenParticipants::All(people.collect()).since(at(at_time))
        };
        desk.commits(1, begun(4, &[(10, 100)]), 7).await;
        assert_eq!(desk.people(1).await, [(100, true), (101, true)]);
        assert_eq!(desk.wanted().await, deals(&[1]), "it is read once more");
        desk.commits(1, begun(8, &[(10, 100)]), 9).await;
        assert_eq!(desk.people(1).await, [(100, true), (101, false)]);
        assert_eq!(desk.wanted().await, []);

        let went = SeenParticipants::Changed {
            came: Vec::new(),
            went: vec![10],
        };
        desk.commits(1, went, 12).await;
        desk.commits(1, begun(11, &[(10, 100)]), 13).await;
        assert_eq!(desk.people(1).await, [(100, false), (101, false)]);
    });
}
