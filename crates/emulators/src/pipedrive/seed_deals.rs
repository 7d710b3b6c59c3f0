//! Filling an account with the deals of the made-up brokerage and what hangs on them.
//!
//! In: an account that was filled from the same book. Out: pipelines, products, deals that went through their stages over the
//! past months with people, products, activities and notes, and leads. Everything is entered through the checks of the API, at its
//! own time. No events are fired, no tokens spent, and contacts are not touched.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};

use super::PipedriveEmulator;
use super::config::Limits;
use super::json::spaced;
use super::kinds::Entity;
use super::records::Actor;
use super::seed_room::{self, Room};
use crate::answer::Moment;
use crate::brokerage::Brokerage;
use crate::brokerage::mandates::{Business, Course, End, Inquiry, Mandate};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
pub(super) const GOOD: &str = "what the book says is good";
/// Of a hundred mandates in leasing, so many are valued by their square metres.
const ITEMISED_PERCENT: u32 = 35;
/// Of a hundred moves, so many came with a meeting or a call.
const ACTIVITY_PERCENT: u32 = 60;
const NOTE_PERCENT: u32 = 40;
const FOLLOWED_PERCENT: u32 = 15;
/// Of a hundred deals, so many are for their owner's eyes alone.
const SECRET_PERCENT: u32 = 4;
const DONE: [(&str, &str); 6] = [
    ("call", "Call about the terms"),
    ("meeting", "Viewing of the premises"),
    ("meeting", "Meeting with the board"),
    ("email", "Send the information memorandum"),
    ("lunch", "Lunch with the landlord"),
    ("task", "Collect the lease documents"),
];
const NEXT: [(&str, &str); 5] = [
    ("call", "Ask how the viewing was"),
    ("meeting", "Second viewing with the architect"),
    ("deadline", "Answer to the bid"),
    ("task", "Update the rent roll"),
    ("email", "Send the draft of the agreement"),
];
const NOTES: [&str; 7] = [
    "Landlord pays for the fit-out if the lease runs seven years.",
    "Two other bidders are left; the seller wants to sign before the summer.",
    "The bank has approved sixty percent of the price.",
    "Needs parking for twelve cars and a loading dock.",
    "Energy class D: the buyer asks for a discount.",
    "The board decides on the first Tuesday of the month.",
    "Wants an indemnity for the soil under the petrol station next door.",
];

impl PipedriveEmulator {
    /// Enters so many deals and some leads into an account that [`PipedriveEmulator::seed`] has filled from the same book.
    pub fn seed_deals(&mut self, book: &Brokerage, deals: usize, now: Moment) {
        if deals == 0 {
            return;
        }
        let seed = self.config.seed;
        // The past went by the strictest rules, and by no plan's limits.
        let switches = std::mem::take(&mut self.config.switches);
        let limits = std::mem::replace(&mut self.config.limits, Limits::Off);
        let room = self.furnish(now);
        let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x00de_a150);
        let (mandates, inquiries) = book.mandates(seed, deals);
        for mandate in &mandates {
            let owner = room.owners[random.random_range(0..room.owners.len())];
            let mut desk = Desk {
                emulator: self,
                room: &room,
                random: &mut random,
                owner,
            };
            desk.take_on(mandate);
            // Lists and reads never go back to before the account was filled.
            self.state.pasts.clear();
        }
        for inquiry in &inquiries {
            let owner = room.owners[random.random_range(0..room.owners.len())];
            let mut desk = Desk {
                emulator: self,
                room: &room,
                random: &mut random,
                owner,
            };
            desk.hear(inquiry, book);
        }
        self.state.pasts.clear();
        (self.config.switches, self.config.limits) = (switches, limits);
    }

    /// Somebody enters a record at that second.
    pub(super) fn enter(
        &mut self,
        entity: Entity,
        fields: &Value,
        user_id: i64,
        seconds: i64,
    ) -> i64 {
        let at = self.moment(seconds);
        let body = self.named(entity, fields, None).expect(GOOD);
        let record = self.draft(entity, &body, user(user_id), at).expect(GOOD);
        self.begin(entity, record, user(user_id), at)
    }

    /// The caller's clock at that second of the vendor's.
    const fn moment(&self, seconds: i64) -> Moment {
        Moment(seconds * 1_000 - self.clock_offset_millis)
    }
}

/// Whoever works at that time; nobody is told.
const fn user(user_id: i64) -> Actor {
    Actor {
        user_id,
        source: "app",
        quiet: true,
    }
}

/// One user at work on one deal.
struct Desk<'a> {
    emulator: &'a mut PipedriveEmulator,
    room: &'a Room,
    random: &'a mut ChaCha8Rng,
    owner: i64,
}

impl Desk<'_> {
    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.random.random_range(0..from.len())]
    }

    /// Carries a mandate through its course.
    fn take_on(&mut self, mandate: &Mandate) {
        let place = Business::ALL
            .iter()
            .position(|one| *one == mandate.business);
        let (pipeline, stages) = &self.room.stages[place.unwrap_or(0)];
        let times = times_of(&mandate.course, self.room.now);
        let (began, last) = (times[0], times[times.len() - 1]);
        let mut close = began + self.random.random_range(60..240) * DAY;
        let mut fields = self.first_fields(mandate, *pipeline);
        fields["stage_id"] = json!(stages[0]);
        fields["expected_close_date"] = date(close);
        let deal = self
            .emulator
            .enter(Entity::Deal, &fields, self.owner, began);
        self.bring_people(deal, mandate, (began, last));
        let is_itemised = mandate.business == Business::Leasing && self.chance(ITEMISED_PERCENT);
        if is_itemised {
            let item = json!({
                "product_id": self.room.space, "item_price": mandate.per_square_metre,
                "quantity": mandate.property.square_metres, "tax": 0,
            });
            let at = self.emulator.moment((began + HOUR).min(last));
            self.emulator
                .sell(deal, as_object(&item), user(self.owner), at)
                .expect(GOOD);
        }
        for (moved, stage) in times.iter().skip(1).zip(stages.iter().skip(1)) {
            let mut change = Map::from_iter([("stage_id".to_owned(), json!(stage))]);
            if self.chance(35) {
                close += self.random.random_range(14..90) * DAY;
                change.insert("expected_close_date".to_owned(), date(close));
            }
            if !is_itemised && self.chance(25) {
                change.insert("value".to_owned(), json!(self.haggled(mandate.value)));
            }
            self.change(deal, &change, *moved);
            if self.chance(ACTIVITY_PERCENT) {
                self.was_busy(deal, mandate, *moved);
            }
        }
        self.end(deal, mandate, (close, last));
        self.remark(deal, (began, last));
    }

    fn first_fields(&mut self, mandate: &Mandate, pipeline: i64) -> Value {
        let property = &mandate.property;
        let mut custom = json!({
            "Property type": property.kind,
            "Property address": {"value": format!(
                "{}, {}, {}", property.street, property.city, property.country.own_name()
            )},
            "Area (m²)": property.square_metres,
            "Buildings": property.buildings,
            "Mandate": self.pick(&seed_room::MANDATES),
        });
        if let Some(percent) = mandate.yield_percent {
            custom["Yield (%)"] = json!(percent);
        }
        if mandate.business == Business::Leasing {
            let starts = self.room.now + self.random.random_range(30..400) * DAY;
            custom["Lease start"] = date(starts);
        }
        let mut fields = json!({
            "title": mandate.title, "pipeline_id": pipeline, "value": mandate.value,
            "currency": mandate.currency, "owner_id": self.owner, "labels": mandate.labels,
            "custom_fields": custom,
        });
        if let Some(company) = mandate.company {
            fields["org_id"] = json!(company + 1);
        }
        if let Some(person) = mandate.people.first() {
            fields["person_id"] = json!(person + 1);
        }
        if self.chance(SECRET_PERCENT) {
            fields["visible_to"] = json!(1);
        }
        fields
    }

    fn bring_people(&mut self, deal: i64, mandate: &Mandate, (began, last): (i64, i64)) {
        for person in mandate.people.iter().skip(1) {
            let person = i64::try_from(person + 1).unwrap_or(0);
            let at = self.random.random_range(began..=last);
            let at = self.emulator.moment(at);
            self.emulator
                .join_deal(deal, person, user(self.owner), at)
                .expect(GOOD);
        }
        if self.chance(FOLLOWED_PERCENT) {
            let follower = self.pick(&self.room.owners.clone());
            let at = self.emulator.moment(began);
            let deal = (Entity::Deal, deal);
            self.emulator
                .start_following(deal, follower, user(self.owner), at);
        }
    }

    fn change(&mut self, deal: i64, change: &Map<String, Value>, seconds: i64) {
        let at = self.emulator.moment(seconds);
        self.emulator
            .change((Entity::Deal, deal), change, user(self.owner), at)
            .expect(GOOD);
    }

    /// Some percent more or less.
    fn haggled(&mut self, value: u64) -> u64 {
        let percent: u64 = self.random.random_range(88..108);
        (value * percent / 100).next_multiple_of(1_000)
    }

    /// What was done about the deal before it went on.
    fn was_busy(&mut self, deal: i64, mandate: &Mandate, moved: i64) {
        let (of_type, subject) = self.pick(&DONE);
        let planned = moved - self.random.random_range(1..8) * DAY;
        let mut fields = self.activity(deal, mandate, (of_type, subject, moved));
        fields["done"] = json!(true);
        let id = self
            .emulator
            .enter(Entity::Activity, &fields, self.owner, planned);
        self.emulator.rewrite(Entity::Activity, id, |record| {
            record.update_time = Some(moved);
            if let Some(activity) = record.activity_mut() {
                activity.marked_as_done_time = Some(moved);
            }
        });
    }

    fn activity(
        &self,
        deal: i64,
        mandate: &Mandate,
        (of_type, subject, due): (&str, &str, i64),
    ) -> Value {
        let mut fields = json!({
            "type": of_type, "subject": subject, "deal_id": deal, "owner_id": self.owner, "due_date": date(due),
        });
        if let Some(person) = mandate.people.first() {
            fields["participants"] = json!([{"person_id": person + 1, "primary": true}]);
        }
        if let Some(company) = mandate.company {
            fields["org_id"] = json!(company + 1);
        }
        if of_type == "meeting" {
            let hour = (due / HOUR).rem_euclid(24);
            fields["due_time"] = json!(format!("{hour:02}:00:00"));
            fields["duration"] = json!("01:00:00");
            fields["busy"] = json!(true);
        }
        fields
    }

    fn end(&mut self, deal: i64, mandate: &Mandate, (close, last): (i64, i64)) {
        let now = self.room.now;
        let change = match mandate.course.end {
            End::Won { .. } => json!({"status": "won", "probability": 100}),
            End::Lost { reason, .. } => json!({"status": "lost", "lost_reason": reason}),
            End::Open => {
                let has_next = self.chance(80);
                if has_next {
                    let (of_type, subject) = self.pick(&NEXT);
                    let due = now + self.random.random_range(-3..21) * DAY;
                    let fields = self.activity(deal, mandate, (of_type, subject, due));
                    self.emulator
                        .enter(Entity::Activity, &fields, self.owner, last);
                }
                // Most users put a date off that has gone by.
                if close > now || self.chance(15) {
                    return;
                }
                let close = now + self.random.random_range(10..150) * DAY;
                json!({"expected_close_date": date(close)})
            }
        };
        self.change(deal, as_object(&change), last);
    }

    fn remark(&mut self, deal: i64, (began, last): (i64, i64)) {
        if !self.chance(NOTE_PERCENT) {
            return;
        }
        let at = self.random.random_range(began..=last);
        let at = self.emulator.moment(at);
        let note = json!({"content": self.pick(&NOTES), "deal_id": deal});
        self.emulator
            .add_note_as(as_object(&note), user(self.owner), at)
            .expect(GOOD);
    }

    /// Somebody asked.
    fn hear(&mut self, inquiry: &Inquiry, book: &Brokerage) {
        let mut fields = json!({"title": inquiry.title, "owner_id": self.owner, "person_id": inquiry.person + 1});
        if let Some(company) = book.people[inquiry.person].company {
            fields["organization_id"] = json!(company + 1);
        }
        if let Some(value) = inquiry.value {
            fields["value"] = json!({"amount": value, "currency": inquiry.currency});
        }
        let mut labels = Mandate::INQUIRY_LABELS.iter();
        let label = labels.position(|label| Some(*label) == inquiry.label);
        if let Some(label) = label {
            fields["label_ids"] = json!([self.room.lead_labels[label]]);
        }
        let came = at_work(self.room.now - inquiry.came, self.room.now);
        self.emulator.enter(Entity::Lead, &fields, self.owner, came);
    }
}

/// The beginning, each move, and the end or the last look, in working hours and in order.
fn times_of(course: &Course, now: i64) -> Vec<i64> {
    let end = match course.end {
        End::Open => None,
        End::Won { ago } | End::Lost { ago, .. } => Some(ago),
    };
    let mut times = vec![course.began];
    times.extend(&course.moves);
    times.extend(end);
    let mut times: Vec<i64> = times
        .into_iter()
        .map(|ago| at_work(now - ago, now))
        .collect();
    times.sort_unstable();
    times
}

/// The same day between seven and seventeen o'clock; on Monday what would be done at the weekend.
fn at_work(seconds: i64, now: i64) -> i64 {
    let day = seconds.div_euclid(DAY);
    // The first of 1970 was a Thursday.
    let monday = match (day + 3).rem_euclid(7) {
        5 => 2,
        6 => 1,
        _ => 0,
    };
    let time = 7 * HOUR + seconds.rem_euclid(DAY) * 10 / 24;
    ((day + monday) * DAY + time).min(now - 60)
}

fn date(seconds: i64) -> Value {
    let text = spaced(seconds);
    Value::from(text.get(..10).unwrap_or_default())
}

fn as_object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("it is written as an object")
}
