//! What a brokerage sets up before it works on deals: fields, labels, pipelines and products.
//!
//! In: an account. Out: the same with room for the deals of the made-up brokerage. No events are fired and no tokens spent.

use serde_json::{Value, json};

use super::PipedriveEmulator;
use super::deal_stages;
use super::kinds::Entity;
use super::record::Record;
use super::sales::LeadLabel;
use super::seed_deals::GOOD;
use super::state::{API_USER, FOUNDED};
use crate::answer::Moment;
use crate::brokerage::mandates::{Business, Mandate};

const DAY: i64 = 86_400;
const FIELDS: [(&str, &str); 7] = [
    ("Property type", "enum"),
    ("Property address", "address"),
    ("Area (m²)", "double"),
    ("Buildings", "double"),
    ("Yield (%)", "double"),
    ("Mandate", "enum"),
    ("Lease start", "date"),
];
pub(super) const MANDATES: [&str; 3] = ["Exclusive", "Open", "Off-market"];
/// What one year of a square metre is sold as.
const SPACE: &str = "Space, m² and year";
/// Names, units, and what they cost in kronor of Sweden.
const PRODUCTS: [(&str, &str, f64); 5] = [
    (SPACE, "m²", 2_400.0),
    ("Valuation", "report", 45_000.0),
    ("Technical due diligence", "report", 120_000.0),
    ("Tenant representation", "hour", 1_850.0),
    ("Market report, a year", "subscription", 28_000.0),
];
/// A krona of Sweden in other currencies, in hundredths.
const RATES: [(&str, f64); 4] = [("SEK", 1.0), ("NOK", 1.02), ("DKK", 0.66), ("EUR", 0.088)];

/// What was set up before any deal.
pub(super) struct Room {
    /// Stages of each business, with its pipeline.
    pub(super) stages: [(i64, Vec<i64>); 3],
    pub(super) owners: Vec<i64>,
    pub(super) space: i64,
    pub(super) lead_labels: Vec<String>,
    pub(super) now: i64,
}

impl PipedriveEmulator {
    /// Fields, labels, pipelines and products.
    pub(super) fn furnish(&mut self, now: Moment) -> Room {
        for (name, field_type) in FIELDS {
            let options: &[&str] = match name {
                "Property type" => &Mandate::PROPERTY_TYPES,
                "Mandate" => &MANDATES,
                _ => &[],
            };
            self.add_field(Entity::Deal, (name, field_type), options, now)
                .expect(GOOD);
        }
        for label in Mandate::LABELS {
            self.add_label(Entity::Deal, label, now);
        }
        let stages = Business::ALL.map(|business| self.pipeline_for(business));
        let seconds = self.seconds(now);
        let others = self.state.users.iter().map(|user| user.id);
        let owners = others.filter(|id| *id != API_USER).collect();
        let lead_labels = Mandate::INQUIRY_LABELS
            .into_iter()
            .zip(["red", "yellow", "blue"]);
        let lead_labels = lead_labels
            .map(|(name, color)| {
                let label = LeadLabel {
                    id: self.uuid(),
                    name: name.to_owned(),
                    color: color.to_owned(),
                    add_time: FOUNDED,
                    update_time: FOUNDED,
                };
                let id = label.id.clone();
                self.state.sales.lead_labels.push(label);
                id
            })
            .collect();
        let space = self.furnish_products(seconds);
        Room {
            stages,
            owners,
            space,
            lead_labels,
            now: seconds,
        }
    }

    /// The account's first pipeline becomes the one for leasing while nothing is in it.
    fn pipeline_for(&mut self, business: Business) -> (i64, Vec<i64>) {
        let (name, stages) = (business.pipeline(), business.stages());
        let first = self.pipeline_id("Pipeline");
        let untouched = first.filter(|id| {
            let room = self.stages_of(*id).len();
            let mut deals = self
                .state
                .table(Entity::Deal)
                .belonging_to((Entity::Pipeline, *id));
            room == stages.len() && deals.next().is_none()
        });
        let pipeline = match untouched {
            Some(id) => {
                self.rewrite(Entity::Pipeline, id, |record| {
                    name.clone_into(&mut record.name)
                });
                for (stage, (name, probability)) in self.stages_of(id).into_iter().zip(stages) {
                    self.rewrite(Entity::Stage, stage, |record| {
                        (*name).clone_into(&mut record.name);
                        if let Some(details) = record.stage_mut() {
                            details.deal_probability = *probability;
                        }
                    });
                }
                id
            }
            None => deal_stages::set_up(&mut self.state, name, stages, FOUNDED),
        };
        (pipeline, self.stages_of(pipeline))
    }

    fn stages_of(&self, pipeline: i64) -> Vec<i64> {
        let table = self.state.table(Entity::Stage);
        let mut stages: Vec<i64> = table.belonging_to((Entity::Pipeline, pipeline)).collect();
        stages.sort_by_key(|id| {
            let stage = table.live(*id).and_then(|record| record.stage());
            stage.map(|stage| stage.order_nr)
        });
        stages
    }

    pub(super) fn rewrite(&mut self, entity: Entity, id: i64, change: impl FnOnce(&mut Record)) {
        if let Some(mut record) = self.state.table(entity).live(id).cloned() {
            change(&mut record);
            self.state.table_mut(entity).put(record);
        }
    }

    /// The number of the product that space is sold as.
    fn furnish_products(&mut self, seconds: i64) -> i64 {
        let mut space = 0;
        for (place, (name, unit, kronor)) in (1..).zip(PRODUCTS) {
            let price = |(currency, rate): (&str, f64)| json!({"currency": currency, "price": (kronor * rate / 5.0).round() * 5.0});
            let prices: Vec<Value> = RATES.into_iter().map(price).collect();
            let body = json!({
                "name": name, "code": format!("NB-{place:03}"), "unit": unit, "tax": 25, "prices": prices,
            });
            let id = self.enter(
                Entity::Product,
                &body,
                API_USER,
                seconds.min(FOUNDED + place * DAY),
            );
            if name == SPACE {
                space = id;
            }
        }
        space
    }
}
