//! The forms that users fill in of deals and projects, and what else they do with them.
//!
//! In: a record and a field. Out: the edit, done, in words; nothing when there is nothing to change or the screen refuses. Neither
//! side's screen sets everything: how far a project is only its own users say.

use emulators::Moment;
use emulators::pipedrive::Entity;
use model::{Kind, Side};
use rand::RngExt;
use serde_json::{Value, json};

use super::super::forms::Form;
use super::super::world::{Place, World};
use super::STAGES;

/// One field of a deal as users know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum DealForm {
    Name,
    Price,
    NoPrice,
    Portfolio,
    Properties,
    /// The stage of a deal; how far a project is.
    Stage,
    /// A deal is won, a project closed.
    Win,
    Lose,
    Reopen,
    /// Something that does not travel.
    Own,
}

pub(in super::super) const DEAL: [(Form, u32); 10] = [
    (Form::Deal(DealForm::Name), 30),
    (Form::Deal(DealForm::Price), 22),
    (Form::Deal(DealForm::NoPrice), 3),
    (Form::Deal(DealForm::Portfolio), 8),
    (Form::Deal(DealForm::Properties), 8),
    (Form::Deal(DealForm::Stage), 16),
    (Form::Deal(DealForm::Win), 3),
    (Form::Deal(DealForm::Lose), 3),
    (Form::Deal(DealForm::Reopen), 3),
    (Form::Deal(DealForm::Own), 4),
];

const CURRENCIES: [&str; 3] = ["SEK", "EUR", "NOK"];
const CLASSIFICATIONS: [&str; 3] = ["draft", "active", "inactive"];
const TEASERS: [&str; 3] = ["drafting", "published", "communicated"];

impl DealForm {
    pub(in super::super) const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Price => "price",
            Self::NoPrice => "price (cleared)",
            Self::Portfolio => "portfolio",
            Self::Properties => "number of properties",
            Self::Stage => "stage",
            Self::Win => "end",
            Self::Lose => "end (lost)",
            Self::Reopen => "end (opened again)",
            Self::Own => "something of its own",
        }
    }

    pub(in super::super) const fn verb(self) -> &'static str {
        match self {
            Self::Stage => "moved",
            Self::Win => "won or closed",
            Self::Lose => "lost",
            Self::Reopen => "opened again",
            Self::Name
            | Self::Price
            | Self::NoPrice
            | Self::Portfolio
            | Self::Properties
            | Self::Own => "edited",
        }
    }

    pub(in super::super) const fn can_come_back(self) -> bool {
        match self {
            Self::NoPrice
            | Self::Portfolio
            | Self::Stage
            | Self::Win
            | Self::Lose
            | Self::Reopen => true,
            Self::Name | Self::Price | Self::Properties | Self::Own => false,
        }
    }

    pub(in super::super) fn deal(
        self,
        world: &mut World,
        (place, record): (&Place, &Value),
        now: Moment,
    ) -> Option<String> {
        let status = record["status"].as_str().unwrap_or_default();
        let (words, random) = (&mut world.words, &mut world.random);
        let fields = match self {
            Self::Name => json!({"title": words.sale(random)}),
            Self::Price => {
                let currency = CURRENCIES[random.random_range(0..CURRENCIES.len())];
                json!({"value": words.amount() * 1_000 + 500, "currency": currency})
            }
            Self::NoPrice => json!({"value": 0}),
            Self::Portfolio => {
                let is_one = record["custom_fields"][&world.codes.portfolio].as_i64()
                    == world.codes.portfolio_yes;
                json!({"custom_fields": {"is_portfolio": if is_one { "No" } else { "Yes" }}})
            }
            Self::Properties => json!({"custom_fields": {"property_count": words.amount() + 1}}),
            Self::Stage => json!({"stage": STAGES[random.random_range(0..STAGES.len())].0}),
            Self::Win if status == "open" => json!({"status": "won"}),
            Self::Lose if status == "open" => {
                json!({"status": "lost", "lost_reason": "Another buyer was quicker"})
            }
            Self::Reopen if status == "won" || status == "lost" => json!({"status": "open"}),
            Self::Win | Self::Lose | Self::Reopen => return None,
            Self::Own => {
                let day = random.random_range(1..28);
                json!({"expected_close_date": format!("2026-05-{day:02}")})
            }
        };
        let id = place.2.parse().ok()?;
        let mut screen = world.pipedrive.screen(now);
        screen.edit(Entity::Deal, id, &fields).ok()?;
        Some(fields.to_string())
    }

    pub(in super::super) fn project(
        self,
        world: &mut World,
        (place, record): (&Place, &Value),
        now: Moment,
    ) -> Option<String> {
        let (words, random) = (&mut world.words, &mut world.random);
        let fields = match self {
            Self::Name => json!({"name": words.sale(random)}),
            Self::Price => {
                let currency = CURRENCIES[random.random_range(0..CURRENCIES.len())];
                json!({"price": price(words.amount(), random.random_range(0..3), currency)})
            }
            Self::NoPrice => json!({"price": null}),
            Self::Portfolio if record["asset"]["type"] == "portfolio" => {
                json!({"asset": {"type": "single"}})
            }
            Self::Portfolio => json!({"asset": {"type": "portfolio"}}),
            Self::Properties if record["asset"]["type"] == "portfolio" => {
                json!({"asset": {"type": "portfolio", "propertyCount": words.amount() + 1}})
            }
            Self::Stage if random.random_range(0..3) > 0 => {
                let stage = TEASERS[random.random_range(0..TEASERS.len())];
                let moved = world.propstreet.move_teaser(&place.2, stage, now);
                return moved.ok().map(|_| format!("the teaser is {stage}"));
            }
            Self::Stage => {
                let classification = CLASSIFICATIONS[random.random_range(0..CLASSIFICATIONS.len())];
                json!({ "classification": classification })
            }
            Self::Win => {
                let how = json!({"buyerType": "external"});
                let closed = world.propstreet.close_project(&place.2, &how, now);
                return closed.ok().map(|_| "it is closed".to_owned());
            }
            Self::Own => {
                let is_exclusive = record["exclusivity"] == "exclusive";
                json!({"exclusivity": if is_exclusive { "non_exclusive" } else { "exclusive" }})
            }
            Self::Properties | Self::Lose | Self::Reopen => return None,
        };
        world.propstreet.edit_project(&place.2, &fields, now).ok()?;
        Some(fields.to_string())
    }
}

/// A price in one of the three ways in which Propstreet writes it.
fn price(amount: usize, way: u32, currency: &str) -> Value {
    let (value, scale) = match way {
        0 => (amount * 1_000 + 250, "none"),
        1 => (amount, "thousands"),
        _ => (amount, "millions"),
    };
    json!({"value": value, "currency": currency, "scale": scale})
}

/// A user adds a deal or a project.
pub(in super::super) fn add(world: &mut World, side: Side, now: Moment) -> Option<Place> {
    let (words, random) = (&mut world.words, &mut world.random);
    let name = words.sale(random);
    let currency = CURRENCIES[random.random_range(0..CURRENCIES.len())];
    let amount = words.amount();
    let has_price = random.random_range(0..4) > 0;
    let id = match side {
        Side::Pipedrive => {
            let stage = STAGES[random.random_range(0..STAGES.len())].0;
            let mut fields = json!({"title": name, "stage": stage});
            if has_price {
                fields["value"] = json!(amount * 1_000 + 500);
                fields["currency"] = json!(currency);
            }
            let mut screen = world.pipedrive.screen(now);
            screen.add(Entity::Deal, &fields).ok()?.to_string()
        }
        Side::Propstreet => {
            let mut fields = json!({"name": name});
            if has_price {
                fields["price"] = price(amount, random.random_range(0..3), currency);
            }
            if random.random_range(0..3) == 0 {
                fields["asset"] = json!({"type": "portfolio", "propertyCount": 2});
            }
            world.propstreet.add_project(&fields, now).ok()?
        }
    };
    Some((side, Kind::Deal, id))
}

/// A user deletes a deal or a project.
pub(in super::super) fn delete(world: &mut World, place: &Place, now: Moment) -> Option<()> {
    match place.0 {
        Side::Pipedrive => {
            let mut screen = world.pipedrive.screen(now);
            screen.delete(Entity::Deal, place.2.parse().ok()?).ok()
        }
        Side::Propstreet => world
            .propstreet
            .delete_project(&place.2, now)
            .map(drop)
            .ok(),
    }
}

/// A user gets a deleted deal back. No screen of Propstreet gets a project back.
pub(in super::super) fn restore(world: &mut World, place: &Place, now: Moment) -> Option<()> {
    match place.0 {
        Side::Pipedrive => {
            let mut screen = world.pipedrive.screen(now);
            screen.restore(Entity::Deal, place.2.parse().ok()?).ok()
        }
        Side::Propstreet => None,
    }
}
