//! Fills the organization with what a brokerage sells, and whom it shows it to, without events.
//!
//! In: sales. Out: projects with their properties, and prospects among the contacts and companies that are there. Who is
//! chosen depends on the emulator's seed alone and shifts nothing else that is drawn.

use rand::rngs::ChaCha8Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use serde_json::Number;

use super::record::{
    BuyerType, Category, Closing, Exclusivity, Interest, Location, Price, PriceRange, Project,
    Property, Prospect, Scale, Stage, Status, Teaser, TeaserAnswer, TeaserStage, Tenure,
};
use crate::answer::Moment;
use crate::brokerage::estates::{Building, Estate};
use crate::propstreet::PropstreetEmulator;
use crate::propstreet::record::{ChangeKind, Origin};
use crate::propstreet::records::Occasion;

const DAY_MILLIS: i64 = 86_400_000;
const YEAR_MILLIS: i64 = 365 * DAY_MILLIS;
const PROSPECTS_MAX: usize = 24;

/// Contacts and companies that may become prospects.
struct Investors {
    contacts: Vec<u64>,
    companies: Vec<u64>,
}

impl PropstreetEmulator {
    /// Takes sales on: their properties, their projects, and prospects from the address book as it is by now.
    pub fn seed_projects(&mut self, estates: &[Estate], now: Moment) {
        let mut random = ChaCha8Rng::seed_from_u64(self.settings.seed.wrapping_add(0x9205));
        let live = |deleted: Option<i64>| deleted.is_none();
        let contacts = self
            .records
            .contacts
            .all()
            .filter(|row| live(row.stamp.deleted));
        let companies = self
            .records
            .companies
            .all()
            .filter(|row| live(row.stamp.deleted));
        let investors = Investors {
            contacts: contacts.map(|row| row.stamp.id).collect(),
            companies: companies.map(|row| row.stamp.id).collect(),
        };
        for estate in estates {
            let started =
                self.vendor_time(now.0) - random.random_range(20 * DAY_MILLIS..YEAR_MILLIS);
            self.seed_project(&mut random, estate, &investors, (started, now));
        }
        self.records.take_changes();
    }

    fn long_ago_at(&self, at: i64, now: Moment) -> Occasion<'static> {
        let when = self.occasion(now.0, Origin::Ui);
        Occasion {
            lag: 0,
            is_told: false,
            at,
            ..when
        }
    }

    fn seed_project(
        &mut self,
        random: &mut ChaCha8Rng,
        estate: &Estate,
        investors: &Investors,
        (started, now): (i64, Moment),
    ) {
        let begun = self.long_ago_at(started, now);
        let properties = estate.buildings.iter().map(|building| {
            let property = property(building, estate.currency);
            self.records
                .keep_property(property, ChangeKind::Create, &begun)
        });
        let properties: Vec<u64> = properties.collect();
        let mut project = project(random, estate, properties);
        let id = self
            .records
            .keep_project(project.clone(), ChangeKind::Create, &begun);
        project.stamp.clone_from(
            &self
                .records
                .portfolio
                .projects
                .row(id)
                .expect("kept just now")
                .stamp,
        );
        let age = self.vendor_time(now.0) - started;
        let is_communicated = self.set_teaser(random, &mut project, (started, age));
        let chosen = choose(random, investors, project.stage(), id);
        let mut buyer = None;
        for mut prospect in chosen {
            let at = started + random.random_range(1..=age / 2);
            if is_communicated && random.random_range(0..3) > 0 {
                let accepted =
                    (prospect.interest != Interest::NotContacted).then_some(at + age / 4);
                let deadline = Some(at + age / 3);
                prospect.teaser = Some(TeaserAnswer { accepted, deadline });
            }
            let is_bidder = prospect.interest == Interest::Bidder;
            let when = self.long_ago_at(at, now);
            let kept = self
                .records
                .keep_prospect(prospect, ChangeKind::Create, &when);
            buyer = buyer.or(is_bidder.then_some(kept));
        }
        if project.stage() == Stage::Inactive && random.random_range(0..3) > 0 {
            project.status = Status::Closed;
            let buyer_type = if buyer.is_some() {
                BuyerType::Prospect
            } else {
                BuyerType::External
            };
            project.closing = Some(Closing {
                buyer: buyer_type,
                prospect: buyer,
                contact: None,
                at: started + age * 3 / 4,
                price: project.price.clone(),
            });
        }
        let when = self.long_ago_at(started + age * 3 / 4, now);
        self.records
            .keep_project(project, ChangeKind::Update, &when);
    }

    /// How far the teaser of a project in work is; whether investors have it.
    fn set_teaser(
        &mut self,
        random: &mut ChaCha8Rng,
        project: &mut Project,
        (started, age): (i64, i64),
    ) -> bool {
        let stage = match project.stage() {
            Stage::Draft => [
                None,
                Some(TeaserStage::PropertyAdded),
                Some(TeaserStage::Drafting),
            ][random.random_range(0..3)],
            Stage::Active => Some(
                [
                    TeaserStage::Published,
                    TeaserStage::Verified,
                    TeaserStage::Communicated,
                ][random.random_range(0..3)],
            ),
            Stage::Inactive => Some(TeaserStage::Communicated),
        };
        let Some(stage) = stage else { return false };
        self.records.version += 1;
        let is_published = project.stage() != Stage::Draft;
        let is_communicated = stage == TeaserStage::Communicated;
        project.teaser = Some(Teaser {
            stage,
            version: self.records.version,
            published: is_published.then_some(started + age / 8),
            verified: (is_published && stage != TeaserStage::Published)
                .then_some(started + age / 6),
            communicated: is_communicated.then_some(started + age / 4),
        });
        is_communicated
    }
}

fn whole(number: u32) -> Number {
    Number::from(number)
}

fn price(value: u32, currency: &str, scale: Scale) -> Price {
    let currency = currency.to_owned();
    Price {
        value: whole(value),
        currency,
        scale,
    }
}

fn property(building: &Building, currency: &str) -> Property {
    let rented = building.square_metres - building.vacant_square_metres;
    let category = Category {
        kind: building.kind.to_owned(),
        location_class: Some("B".to_owned()),
        yield_percent: None,
        rental_income: Some(price(building.rent, currency, Scale::None)),
        rented_area: Some(whole(rented)),
        vacant_area: Some(whole(building.vacant_square_metres)),
    };
    let tenure = if building.is_leasehold {
        Tenure::Leasehold
    } else {
        Tenure::Freehold
    };
    Property {
        name: building.name.clone(),
        location: Location {
            latitude: Some(building.latitude),
            longitude: Some(building.longitude),
            country: Some(building.country.code().to_owned()),
            locality: Some(building.city.to_owned()),
        },
        categories: vec![category],
        operating_costs: Some(price(building.rent / 5, currency, Scale::None)),
        parcel_area: Some(whole(building.square_metres * 2)),
        tags: building.tags.iter().map(|&tag| tag.to_owned()).collect(),
        tenure: Some(tenure),
        year_built: Some(whole(building.year_built)),
        ..Property::empty()
    }
}

fn project(random: &mut ChaCha8Rng, estate: &Estate, properties: Vec<u64>) -> Project {
    let is_portfolio = properties.len() > 1;
    let asking = price(estate.price, estate.currency, Scale::Millions);
    let has_range = random.random_range(0..4) == 0;
    let range = PriceRange {
        min: Some(whole(estate.price - estate.price / 10)),
        max: Some(whole(estate.price + estate.price / 10)),
        currency: estate.currency.to_owned(),
        scale: Scale::Millions,
    };
    let stages = [
        None,
        Some(Stage::Draft),
        Some(Stage::Active),
        Some(Stage::Active),
        Some(Stage::Inactive),
    ];
    Project {
        name: estate.name.clone(),
        stage: *stages.choose(random).expect("there are stages"),
        is_portfolio,
        property_count: is_portfolio.then(|| u64::try_from(properties.len()).unwrap_or(u64::MAX)),
        exclusivity: [
            None,
            Some(Exclusivity::Exclusive),
            Some(Exclusivity::NonExclusive),
        ][random.random_range(0..3)],
        price: Some(asking),
        price_range: has_range.then_some(range),
        properties,
        ..Project::empty()
    }
}

/// Investors for a project: few for a draft, many once it is shown around; mostly people, some companies, some whom the
/// platform found.
fn choose(
    random: &mut ChaCha8Rng,
    investors: &Investors,
    stage: Stage,
    project: u64,
) -> Vec<Prospect> {
    let most = match stage {
        Stage::Draft => 3,
        Stage::Active | Stage::Inactive => PROSPECTS_MAX,
    };
    let count = random.random_range(0..=most);
    let mut contacts = investors.contacts.clone();
    let (people, _) = contacts.partial_shuffle(random, count);
    let mut prospects: Vec<Prospect> = people
        .iter()
        .map(|&contact| Prospect {
            contact: Some(contact),
            ..Prospect::of(project)
        })
        .collect();
    if count > 6 {
        let company = investors.companies.choose(random).copied();
        prospects.extend(company.map(|company| Prospect {
            company: Some(company),
            ..Prospect::of(project)
        }));
    }
    if stage == Stage::Inactive && count > 3 {
        let names = (
            "Nordic Income Fund".to_owned(),
            Some("Nordic Income Fund".to_owned()),
        );
        prospects.push(Prospect {
            own_names: Some(names),
            is_matched: true,
            ..Prospect::of(project)
        });
    }
    let interests = match stage {
        Stage::Draft => [Interest::NotContacted; 5],
        Stage::Active | Stage::Inactive => [
            Interest::NotContacted,
            Interest::Contacted,
            Interest::Interested,
            Interest::NotInterested,
            Interest::Bidder,
        ],
    };
    for prospect in &mut prospects {
        prospect.interest = interests[random.random_range(0..interests.len())];
    }
    prospects
}
