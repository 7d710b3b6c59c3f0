//! What the made-up brokerage works on: premises to let, buildings to sell, investors who look for buildings, and people who
//! only asked.
//!
//! In: the book, a seed and a number. Out: plain data, the oldest first, each with the course it took. The same seed gives the
//! same mandates on every machine. No building in it exists.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::{Brokerage, CompanyKind, Country, words};

const DAY_SECONDS: i64 = 86_400;
const OLDEST_DAYS: f64 = 540.0;
/// A mandate that is so many days old has come to an end, more likely than not.
const HALF_ENDED_DAYS: i64 = 150;
const ENDED_PERCENT_MAX: i64 = 85;
const WON_PERCENT: u32 = 42;
/// For so many mandates there is one person who only asked.
const MANDATES_PER_INQUIRY: usize = 6;

/// One of the brokerage's three businesses, each with a pipeline of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Business {
    Leasing,
    Sale,
    Investment,
}

impl Business {
    pub const ALL: [Self; 3] = [Self::Leasing, Self::Sale, Self::Investment];

    /// Its pipeline.
    #[must_use]
    pub const fn pipeline(self) -> &'static str {
        match self {
            Self::Leasing => "Leasing",
            Self::Sale => "Sales",
            Self::Investment => "Investment",
        }
    }

    /// Its stages in their order, each with the percentage of mandates that are won from there.
    #[must_use]
    pub const fn stages(self) -> &'static [(&'static str, i64)] {
        match self {
            Self::Leasing => &[
                ("Inquiry", 10),
                ("Viewing", 25),
                ("Offer", 45),
                ("Lease negotiation", 70),
                ("Signing", 90),
            ],
            Self::Sale => &[
                ("Pitch", 15),
                ("Mandate signed", 35),
                ("Marketing", 45),
                ("Bidding", 60),
                ("Due diligence", 80),
                ("Closing", 95),
            ],
            Self::Investment => &[
                ("Screening", 5),
                ("Underwriting", 20),
                ("Non-binding offer", 35),
                ("Exclusivity", 60),
                ("Due diligence", 80),
                ("Board approval", 90),
            ],
        }
    }

    const fn is_for(self, kind: CompanyKind) -> bool {
        match self {
            Self::Leasing => matches!(kind, CompanyKind::Tenant),
            Self::Sale => matches!(
                kind,
                CompanyKind::PropertyCompany | CompanyKind::Developer | CompanyKind::FamilyOffice
            ),
            Self::Investment => matches!(
                kind,
                CompanyKind::PensionFund | CompanyKind::PropertyCompany | CompanyKind::FamilyOffice
            ),
        }
    }
}

/// The premises or the building.
#[derive(Debug, Clone)]
pub struct Property {
    /// One of [`Mandate::PROPERTY_TYPES`].
    pub kind: &'static str,
    pub street: String,
    pub city: &'static str,
    pub country: Country,
    pub square_metres: u32,
    /// More than one is a portfolio.
    pub buildings: u32,
}

/// How a mandate went. All times are seconds before now.
#[derive(Debug, Clone)]
pub struct Course {
    pub began: i64,
    /// When it went on to each next stage, the first move first.
    pub moves: Vec<i64>,
    pub end: End,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Open,
    Won { ago: i64 },
    Lost { ago: i64, reason: &'static str },
}

/// A deal in the making.
#[derive(Debug, Clone)]
pub struct Mandate {
    pub business: Business,
    pub title: String,
    pub property: Property,
    /// Index into [`Brokerage::companies`].
    pub company: Option<usize>,
    /// Indexes into [`Brokerage::people`]; the first is the one who is talked to.
    pub people: Vec<usize>,
    pub currency: &'static str,
    /// Of a square metre: a year's rent, or the price.
    pub per_square_metre: u32,
    /// A year's rent, or the price.
    pub value: u64,
    /// Of what is bought and sold.
    pub yield_percent: Option<f64>,
    pub labels: Vec<&'static str>,
    pub course: Course,
}

/// Somebody who asked, and is no deal yet.
#[derive(Debug, Clone)]
pub struct Inquiry {
    pub title: String,
    pub person: usize,
    pub currency: &'static str,
    pub value: Option<u64>,
    /// One of [`Mandate::INQUIRY_LABELS`].
    pub label: Option<&'static str>,
    /// Seconds before now.
    pub came: i64,
}

impl Mandate {
    pub const PROPERTY_TYPES: [&'static str; 7] = words::PROPERTY_TYPES;
    pub const LABELS: [&'static str; 4] = words::MANDATE_LABELS;
    pub const INQUIRY_LABELS: [&'static str; 3] = ["Hot", "Warm", "Cold"];
}

impl Brokerage {
    /// So many mandates with companies and people of this book, and some inquiries beside them.
    #[must_use]
    pub fn mandates(&self, seed: u64, count: usize) -> (Vec<Mandate>, Vec<Inquiry>) {
        let clients = Business::ALL.map(|business| {
            let companies = self.companies.iter().enumerate();
            let fitting = companies.filter(|(_, company)| business.is_for(company.kind));
            fitting.map(|(index, _)| index).collect()
        });
        let mut staff = vec![Vec::new(); self.companies.len()];
        for (index, person) in self.people.iter().enumerate() {
            if let Some(company) = person.company {
                staff[company].push(index);
            }
        }
        let mut office = Office {
            book: self,
            random: ChaCha8Rng::seed_from_u64(seed ^ 0x0dea_1500),
            clients,
            staff,
        };
        let mut mandates: Vec<Mandate> = (0..count).map(|_| office.mandate()).collect();
        mandates.sort_by_key(|mandate| std::cmp::Reverse(mandate.course.began));
        let inquiries = if self.people.is_empty() {
            0
        } else {
            count / MANDATES_PER_INQUIRY
        };
        let inquiries = (0..inquiries).map(|_| office.inquiry()).collect();
        (mandates, inquiries)
    }
}

struct Office<'a> {
    book: &'a Brokerage,
    random: ChaCha8Rng,
    /// Companies that fit each business.
    clients: [Vec<usize>; 3],
    /// People of each company.
    staff: Vec<Vec<usize>>,
}

impl Office<'_> {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.random.random_range(0..from.len())]
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn mandate(&mut self) -> Mandate {
        let business = match self.random.random_range(0..10) {
            0..=5 => Business::Leasing,
            6..=7 => Business::Sale,
            _ => Business::Investment,
        };
        let company = self.client(business);
        let country = company.map_or(Country::Sweden, |index| self.book.companies[index].country);
        let property = self.property(business, country);
        let per_square_metre = self.per_square_metre(business, &property);
        let exact = u64::from(per_square_metre) * u64::from(property.square_metres);
        let value = match business {
            Business::Leasing => exact,
            Business::Sale | Business::Investment => exact.next_multiple_of(100_000),
        };
        let yield_percent = (business != Business::Leasing)
            .then(|| f64::from(self.random.random_range(68..152_u32)) / 20.0);
        let mut labels = Vec::new();
        if property.buildings > 1 {
            labels.push(words::PORTFOLIO);
        }
        if self.chance(25) {
            let label = self.pick(&Mandate::LABELS);
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        Mandate {
            title: self.title(business, company, &property),
            people: self.people(company),
            course: self.course(business),
            currency: country.currency(),
            business,
            property,
            company,
            per_square_metre,
            value,
            yield_percent,
            labels,
        }
    }

    fn client(&mut self, business: Business) -> Option<usize> {
        let place = Business::ALL.iter().position(|one| *one == business)?;
        if self.book.companies.is_empty() {
            return None;
        }
        let fitting = self.clients[place].len();
        Some(if fitting == 0 {
            self.random.random_range(0..self.book.companies.len())
        } else {
            self.clients[place][self.random.random_range(0..fitting)]
        })
    }

    /// The one who is talked to, and up to two more.
    fn people(&mut self, company: Option<usize>) -> Vec<usize> {
        let mut people = company.map_or_else(Vec::new, |index| self.staff[index].clone());
        for place in (1..people.len()).rev() {
            people.swap(place, self.random.random_range(0..=place));
        }
        let others = match self.random.random_range(0..10) {
            0..=5 => 0,
            6..=8 => 1,
            _ => 2,
        };
        people.truncate(1 + others);
        if others > 0 && !self.book.people.is_empty() && self.chance(30) {
            // An adviser from another house.
            let adviser = self.random.random_range(0..self.book.people.len());
            if !people.contains(&adviser) {
                people.push(adviser);
            }
        }
        people
    }

    fn property(&mut self, business: Business, country: Country) -> Property {
        let kind = self.pick(&Mandate::PROPERTY_TYPES);
        let street = self.pick(words::streets(country));
        let number = self.random.random_range(1..140);
        let city = self.pick(&words::cities(country)).0;
        let buildings = match business {
            Business::Leasing => 1,
            Business::Sale | Business::Investment if self.chance(80) => 1,
            Business::Sale | Business::Investment => self.random.random_range(2..9),
        };
        let square_metres = match business {
            Business::Leasing => self.random.random_range(12..450) * 10,
            Business::Sale | Business::Investment => {
                self.random.random_range(12..260) * 100 * buildings
            }
        };
        Property {
            kind,
            street: format!("{street} {number}"),
            city,
            country,
            square_metres,
            buildings,
        }
    }

    /// In the currency of the country.
    fn per_square_metre(&mut self, business: Business, property: &Property) -> u32 {
        // A euro is worth so much there, roughly.
        let euro = match property.country {
            Country::Sweden | Country::Norway => 11,
            Country::Denmark => 7,
            Country::Finland => 1,
        };
        let dear = match property.kind {
            "Office" | "Retail" | "Hotel" => 2,
            _ => 1,
        };
        let euros: u32 = match business {
            Business::Leasing => dear * self.random.random_range(60..180),
            Business::Sale | Business::Investment => dear * self.random.random_range(850..2_300),
        };
        (euros * euro).next_multiple_of(5)
    }

    fn title(&mut self, business: Business, company: Option<usize>, property: &Property) -> String {
        let Property {
            kind,
            street,
            city,
            square_metres,
            buildings,
            ..
        } = property;
        let client = company.map_or("Unknown client", |index| &self.book.companies[index].name);
        let what = kind.to_lowercase();
        match (business, *buildings) {
            (Business::Leasing, _) => {
                format!("{client}: {square_metres} m² {what}, {street}, {city}")
            }
            (Business::Sale, 1) => format!("Sale of {street}, {city} ({what})"),
            (Business::Sale, several) => {
                format!("Sale of {several} {what} properties around {city} for {client}")
            }
            (Business::Investment, 1) => format!("{client} buys {street}, {city}"),
            (Business::Investment, several) => {
                format!("{client}: {what} portfolio of {several}, {city}")
            }
        }
    }

    fn course(&mut self, business: Business) -> Course {
        let share: f64 = self.random.random_range(0.0..1.0);
        #[expect(clippy::cast_possible_truncation, reason = "days of two years")]
        let days = 1 + (share * share * OLDEST_DAYS) as i64;
        let began = days * DAY_SECONDS + self.random.random_range(0..DAY_SECONDS);
        let stages = i64::try_from(business.stages().len()).unwrap_or(1);
        let ended = (days * 50 / HALF_ENDED_DAYS).min(ENDED_PERCENT_MAX);
        let has_ended = i64::from(self.random.random_range(0..100_u8)) < ended;
        let ago = if has_ended {
            began * self.random.random_range(5..65) / 100
        } else {
            0
        };
        let reached = if has_ended {
            self.random.random_range(0..stages)
        } else {
            let farthest = (1 + days * stages / 240).min(stages - 1);
            self.random.random_range(0..=farthest)
        };
        let end = match (has_ended, self.chance(WON_PERCENT)) {
            (false, _) => End::Open,
            (true, true) => End::Won { ago },
            (true, false) => End::Lost {
                ago,
                reason: self.pick(&words::LOST_REASONS),
            },
        };
        let reached = if matches!(end, End::Won { .. }) {
            stages - 1
        } else {
            reached
        };
        let mut moves: Vec<i64> = (0..reached)
            .map(|_| self.random.random_range(ago + 600..began - 600))
            .collect();
        moves.sort_unstable_by(|one, other| other.cmp(one));
        Course { began, moves, end }
    }

    fn inquiry(&mut self) -> Inquiry {
        let person = self.random.random_range(0..self.book.people.len());
        let country = self.book.people[person].country;
        let property = self.property(Business::Leasing, country);
        let rent = self.per_square_metre(Business::Leasing, &property);
        let value = self
            .chance(60)
            .then(|| u64::from(rent) * u64::from(property.square_metres));
        let label = self.chance(75).then(|| self.pick(&Mandate::INQUIRY_LABELS));
        let what = property.kind.to_lowercase();
        let title = match self.random.random_range(0..3) {
            0 => format!(
                "Looks for {} m² {what} in {}",
                property.square_metres, property.city
            ),
            1 => format!("Asked about {}, {}", property.street, property.city),
            _ => format!("Wants to know what {what} in {} is worth", property.city),
        };
        Inquiry {
            title,
            person,
            currency: country.currency(),
            value,
            label,
            came: self.random.random_range(3_600..90 * DAY_SECONDS),
        }
    }
}
