//! Filling an account with notes and activities about the people in it.
//!
//! In: an account with people. Out: notes and activities of the past and the coming weeks, entered by users. No events are
//! fired and no tokens spent.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::PipedriveEmulator;
use super::kinds::{ActivityDetails, Entity, Participant};
use super::papers::PaperLinks;
use super::papers::notes::Note;
use super::record::{Details, Record};
use super::state::Table;
use crate::answer::Moment;

const DAY_SECONDS: i64 = 86_400;
/// Of a hundred people, so many have a note.
const NOTE_PERCENT: u32 = 30;
/// Of a hundred people, so many have an activity.
const ACTIVITY_PERCENT: u32 = 45;
/// Of a hundred activities whose day has passed, so many are done.
const DONE_PERCENT: u32 = 85;

const NOTES: [&str; 8] = [
    "Looks for 400 to 600 m² of office space close to the station.",
    "Would sign for five years with an option for three more.",
    "Met at the property fair in Stockholm; wants the market report.",
    "Asked for the rent roll and the energy certificate of the warehouse.",
    "Buys fully let retail parks only, from 50 MSEK.",
    "Their lease in the harbour ends next summer.",
    "Prefers to be called after 15.",
    "Wants to see the basement before any bid.",
];
const ACTIVITIES: [(&str, &str); 7] = [
    ("call", "Call about the lease"),
    ("meeting", "Viewing of the premises"),
    ("task", "Send the information memorandum"),
    ("deadline", "Answer to the bid"),
    ("email", "Send the draft of the lease"),
    ("lunch", "Lunch with the landlord"),
    ("call", "Ask how the viewing was"),
];

impl PipedriveEmulator {
    /// Enters notes and activities about the people of the account, which has none yet.
    pub fn seed_office(&mut self, now: Moment) {
        let seconds = self.seconds(now);
        // Of its own, so that nothing else that is drawn depends on it.
        let mut random = ChaCha8Rng::seed_from_u64(self.config.seed ^ 0x0ff1_ce00);
        let visible_to = self.config.subscription.visible_to_everyone();
        let mut activities = Vec::new();
        for person in self.state.tables[Entity::Person.index()].records.values() {
            let org_id = person.org_id();
            let mut draw = |percent: u32| random.random_range(0..100) < percent;
            let (has_note, has_activity) = (draw(NOTE_PERCENT), draw(ACTIVITY_PERCENT));
            if has_note {
                let links = PaperLinks {
                    person: Some(person.id),
                    organization: org_id,
                    ..PaperLinks::default()
                };
                let content = NOTES[random.random_range(0..NOTES.len())];
                let age = random.random_range(DAY_SECONDS..400 * DAY_SECONDS);
                let notes = &mut self.state.papers.notes;
                let id = notes.last_key_value().map_or(1, |(id, _)| id + 1);
                notes.insert(
                    id,
                    Note::entered(id, person.owner_id, links, content, seconds - age),
                );
            }
            if has_activity {
                let id = i64::try_from(activities.len()).unwrap_or(0) + 1;
                let mut activity = activity(id, person, seconds, &mut random);
                activity.visible_to = visible_to;
                activities.push(activity);
            }
        }
        *self.state.table_mut(Entity::Activity) = Table::of(activities, 1);
    }
}

fn activity(id: i64, person: &Record, seconds: i64, random: &mut ChaCha8Rng) -> Record {
    let (of_type, subject) = ACTIVITIES[random.random_range(0..ACTIVITIES.len())];
    let due = seconds + random.random_range(-90 * DAY_SECONDS..30 * DAY_SECONDS);
    let done = due < seconds && random.random_range(0..100) < DONE_PERCENT;
    let add_time = due.min(seconds) - random.random_range(DAY_SECONDS..10 * DAY_SECONDS);
    let date = Timestamp::from_second(due).unwrap_or_default();
    let hour = random.random_range(8..17);
    let details = ActivityDetails {
        of_type: of_type.to_owned(),
        creator_user_id: person.owner_id,
        org_id: person.org_id(),
        participants: vec![Participant {
            person_id: person.id,
            primary: true,
        }],
        due_date: date.to_zoned(TimeZone::UTC).date().to_string(),
        due_time: (of_type != "task").then(|| format!("{hour:02}:00:00")),
        duration: (of_type == "meeting").then(|| "01:00:00".to_owned()),
        busy: of_type == "meeting",
        done,
        marked_as_done_time: done.then_some(due),
        ..ActivityDetails::default()
    };
    Record {
        id,
        name: subject.to_owned(),
        owner_id: person.owner_id,
        add_time,
        update_time: Some(if done { due } else { add_time }),
        visible_to: 3,
        label_ids: Vec::new(),
        custom: Vec::new(),
        is_deleted: false,
        details: Details::Activity(Box::new(details)),
    }
}
