//! Filling an account for measuring: any number of deals that nothing hangs on, and custom fields of which most are empty.
//!
//! In: how many. Out: deals by the book's companies and people, and fields with values on every person, organization and deal.
//! No events are fired and no tokens spent.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Number;

use super::PipedriveEmulator;
use super::fields::FieldKind;
use super::json::spaced;
use super::kinds::{DealDetails, Entity, Status};
use super::record::{CustomValue, Details, Record};
use super::state::{API_USER, Table};
use crate::answer::Moment;

const DAY_SECONDS: i64 = 86_400;
const TWO_YEARS_SECONDS: i64 = 730 * DAY_SECONDS;
/// Of a hundred deals, so many have changed since they were entered.
const CHANGED_PERCENT: u32 = 70;
const OPTIONS: [&str; 6] = ["One", "Two", "Three", "Four", "Five", "Six"];
/// The kinds that custom fields take in turn.
const KINDS: [FieldKind; 6] = [
    FieldKind::Varchar,
    FieldKind::Double,
    FieldKind::Enum,
    FieldKind::Date,
    FieldKind::Monetary,
    FieldKind::Text,
];
const FIELDS_OF: [Entity; 3] = [Entity::Deal, Entity::Person, Entity::Organization];

/// A custom field that is to get values.
struct Made {
    id: u32,
    kind: FieldKind,
    options: Vec<i64>,
}

impl PipedriveEmulator {
    /// Enters so many deals at once, without activities, notes, products and leads.
    pub fn seed_plain_deals(&mut self, deals: usize, now: Moment) {
        let seconds = self.seconds(now);
        let mut random = ChaCha8Rng::seed_from_u64(self.config.seed ^ 0x0b1a_2d00);
        let places: Vec<(i64, i64)> = self
            .state
            .table(Entity::Stage)
            .records
            .values()
            .filter_map(|stage| Some((stage.stage()?.pipeline_id, stage.id)))
            .collect();
        let owners: Vec<i64> = self.state.users.iter().map(|user| user.id).collect();
        let persons = self.state.table(Entity::Person).records.len();
        let organizations = self.state.table(Entity::Organization).records.len();
        let some_id = |random: &mut ChaCha8Rng, count: usize| -> Option<i64> {
            let id = (count > 0).then(|| random.random_range(1..=count))?;
            i64::try_from(id).ok()
        };
        let records = (1..).take(deals).map(|id| {
            let add_time = seconds - random.random_range(DAY_SECONDS..TWO_YEARS_SECONDS);
            let has_changed = random.random_range(0..100) < CHANGED_PERCENT;
            let changed = random.random_range(add_time + 60..seconds - 3_600);
            let update_time = has_changed.then_some(changed);
            let (pipeline_id, stage_id) = places[random.random_range(0..places.len())];
            let status = match random.random_range(0..10) {
                0 => Status::Won,
                1 => Status::Lost,
                _ => Status::Open,
            };
            let ended = update_time.unwrap_or(add_time);
            let closes = seconds + random.random_range(-60..200) * DAY_SECONDS;
            let details = DealDetails {
                creator_user_id: API_USER,
                person_id: some_id(&mut random, persons),
                org_id: some_id(&mut random, organizations),
                pipeline_id,
                stage_id,
                value: Some(f64::from(random.random_range(1..9_000)) * 1_000.0),
                currency: "SEK".to_owned(),
                status,
                expected_close_date: spaced(closes).get(..10).map(str::to_owned),
                stage_change_time: update_time,
                close_time: (status != Status::Open).then_some(ended),
                won_time: (status == Status::Won).then_some(ended),
                lost_time: (status == Status::Lost).then_some(ended),
                origin: "ManuallyCreated".to_owned(),
                ..DealDetails::default()
            };
            Record {
                id,
                name: format!("Mandate {id}"),
                owner_id: owners[random.random_range(0..owners.len())],
                add_time,
                update_time,
                visible_to: 3,
                label_ids: Vec::new(),
                custom: Vec::new(),
                is_deleted: false,
                details: Details::Deal(Box::new(details)),
            }
        });
        let records: Vec<Record> = records.collect();
        *self.state.table_mut(Entity::Deal) = Table::of(records, 1);
    }

    /// Makes so many custom fields of every entity that can have deals, and gives every record values in `set` of them.
    pub fn seed_custom_fields(&mut self, fields: usize, set: usize, now: Moment) {
        let mut random = ChaCha8Rng::seed_from_u64(self.config.seed ^ 0xc057_0000);
        let set = set.min(fields);
        for entity in FIELDS_OF {
            let made: Vec<Made> = (0..fields)
                .map(|number| self.make_plain_field(entity, number, now))
                .collect();
            if made.is_empty() {
                continue;
            }
            for record in self.state.table_mut(entity).records.values_mut() {
                let first = random.random_range(0..fields);
                for step in 0..set {
                    // Spread over the whole row, and never the same field twice.
                    let field = &made[(first + step * fields / set) % fields];
                    record.set_custom(field.id, Some(some_value(field, &mut random)));
                }
            }
        }
    }

    fn make_plain_field(&mut self, entity: Entity, number: usize, now: Moment) -> Made {
        let kind = KINDS[number % KINDS.len()];
        let labels = OPTIONS.map(str::to_owned);
        let labels: &[String] = if kind == FieldKind::Enum {
            &labels
        } else {
            &[]
        };
        let name = format!("Custom field {}", number + 1);
        let code = self.make_field(entity, &name, kind, labels, now);
        let field = self.state.catalog(entity).by_code(&code);
        Made {
            id: field.map_or(0, |field| field.id),
            kind,
            options: field.map_or_else(Vec::new, |field| {
                field.options.iter().map(|option| option.id).collect()
            }),
        }
    }
}

fn some_value(field: &Made, random: &mut ChaCha8Rng) -> CustomValue {
    let number: u32 = random.random_range(1..100_000);
    match field.kind {
        FieldKind::Double => CustomValue::Number(Number::from(number)),
        FieldKind::Enum if !field.options.is_empty() => {
            CustomValue::Choice(field.options[random.random_range(0..field.options.len())])
        }
        FieldKind::Date => {
            let day = spaced(i64::from(number) * 16_000);
            CustomValue::Text(day.get(..10).unwrap_or_default().to_owned())
        }
        FieldKind::Monetary => CustomValue::Money {
            value: Number::from(number),
            currency: "SEK".to_owned(),
        },
        FieldKind::Varchar
        | FieldKind::VarcharAuto
        | FieldKind::Text
        | FieldKind::Daterange
        | FieldKind::Time
        | FieldKind::Timerange
        | FieldKind::Set
        | FieldKind::Enum
        | FieldKind::Phone
        | FieldKind::Address
        | FieldKind::Org
        | FieldKind::People
        | FieldKind::User
        | FieldKind::Int
        | FieldKind::Picture
        | FieldKind::VisibleTo => CustomValue::Text(format!("As agreed in meeting {number}")),
    }
}
