//! What the made-up brokerage sells: buildings in Nordic towns, one by one or several together.
//!
//! In: a seed and a number. Out: plain data, the same for the same seed on every machine. No building in it exists; the towns
//! and their places do.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::registry::Country;
use super::words;

const COUNTRIES: [Country; 4] = [
    Country::Sweden,
    Country::Norway,
    Country::Denmark,
    Country::Finland,
];
/// Kind, and the rent of a square metre and year in euros.
const KINDS: [(&str, u32); 10] = [
    ("office/office_building", 310),
    ("office/mixed_use", 260),
    ("retail/shopping_mall", 240),
    ("retail/grocery", 170),
    ("industrial/logistics", 95),
    ("industrial/light_industrial", 80),
    ("residential/rental_apartments", 160),
    ("social_infrastructure/school", 190),
    ("hotel/city_hotel", 230),
    ("land/development", 20),
];
const TAGS: [&str; 6] = [
    "value_add",
    "core",
    "core_plus",
    "opportunistic",
    "development",
    "sale_and_leaseback",
];

/// One building or piece of land.
#[derive(Debug, Clone)]
pub struct Building {
    /// Street and number.
    pub name: String,
    pub country: Country,
    pub city: &'static str,
    /// Millionths of a degree.
    pub latitude: i64,
    /// Millionths of a degree.
    pub longitude: i64,
    /// Such as `retail/shopping_mall`.
    pub kind: &'static str,
    pub square_metres: u32,
    pub vacant_square_metres: u32,
    /// A year, in the country's currency.
    pub rent: u32,
    pub year_built: u32,
    pub is_leasehold: bool,
    pub tags: Vec<&'static str>,
}

/// What is sold together.
#[derive(Debug, Clone)]
pub struct Estate {
    /// The name brokers give the sale.
    pub name: String,
    /// One, or several of one country.
    pub buildings: Vec<Building>,
    pub currency: &'static str,
    /// In millions.
    pub price: u32,
}

impl Estate {
    /// That many sales.
    #[must_use]
    pub fn generate(seed: u64, count: usize) -> Vec<Self> {
        let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_add(0x0e57a7e5));
        (0..count).map(|index| estate(&mut random, index)).collect()
    }
}

/// Which money, and how much of it a euro is, in tenths.
const fn money(country: Country) -> (&'static str, u32) {
    match country {
        Country::Sweden => ("SEK", 112),
        Country::Norway => ("NOK", 117),
        Country::Denmark => ("DKK", 75),
        Country::Finland => ("EUR", 10),
    }
}

fn estate(random: &mut ChaCha8Rng, index: usize) -> Estate {
    let country = COUNTRIES[[0, 0, 0, 1, 1, 2, 2, 3][random.random_range(0..8)]];
    let count = match random.random_range(0..10) {
        0..=6 => 1,
        7 | 8 => random.random_range(2..=4),
        _ => random.random_range(5..=9),
    };
    let buildings: Vec<Building> = (0..count).map(|_| building(random, country)).collect();
    let stem = words::STEMS[index % words::STEMS.len()];
    let name = match (index / words::STEMS.len(), &buildings[..]) {
        (0, [one]) if random.random_range(0..2) == 0 => format!("{}, {}", one.name, one.city),
        (0, _) => format!("Project {stem}"),
        (round, _) => format!("Project {stem} {}", round + 1),
    };
    let yearly: u64 = buildings
        .iter()
        .map(|building| u64::from(building.rent))
        .sum();
    // A yield of four to seven per cent.
    let price = yearly * 1_000 / random.random_range(40..70) / 1_000_000;
    Estate {
        name,
        buildings,
        currency: money(country).0,
        price: u32::try_from(price).unwrap_or(u32::MAX).max(1),
    }
}

fn building(random: &mut ChaCha8Rng, country: Country) -> Building {
    let cities = words::cities(country);
    let city = random.random_range(0..cities.len());
    let streets = words::streets(country);
    let street = streets[random.random_range(0..streets.len())];
    let (kind, euros) = KINDS[random.random_range(0..KINDS.len())];
    let square_metres = random.random_range(8..320) * 100;
    let vacant_percent = [0, 0, 0, 4, 8, 15, 35][random.random_range(0..7)];
    let (latitude, longitude) = places(country)[city];
    let mut around = |middle: i64| middle * 1_000 + random.random_range(-25_000..25_000);
    let (latitude, longitude) = (around(latitude), around(longitude));
    let first = random.random_range(0..TAGS.len());
    Building {
        name: format!("{street} {}", random.random_range(1..=98)),
        country,
        city: cities[city].0,
        latitude,
        longitude,
        kind,
        square_metres,
        vacant_square_metres: square_metres * vacant_percent / 100,
        rent: (square_metres / 10).saturating_mul(euros * money(country).1),
        year_built: random.random_range(1890..=2024),
        is_leasehold: random.random_range(0..6) == 0,
        tags: TAGS[first..(first + random.random_range(0..3)).min(TAGS.len())].to_vec(),
    }
}

/// Where the cities of `words` are, in thousandths of a degree, north and east.
const fn places(country: Country) -> [(i64, i64); words::CITIES_PER_COUNTRY] {
    match country {
        Country::Sweden => [
            (59_329, 18_069),
            (57_709, 11_975),
            (55_605, 13_004),
            (59_859, 17_639),
            (59_610, 16_545),
            (59_275, 15_213),
            (58_411, 15_621),
            (56_047, 12_694),
        ],
        Country::Norway => [
            (59_914, 10_752),
            (60_393, 5_324),
            (63_431, 10_395),
            (58_970, 5_733),
            (59_744, 10_205),
            (69_650, 18_956),
            (62_472, 6_155),
            (58_146, 7_996),
        ],
        Country::Denmark => [
            (55_676, 12_568),
            (56_163, 10_204),
            (55_404, 10_402),
            (57_049, 9_922),
            (55_476, 8_460),
            (55_490, 9_472),
            (55_642, 12_081),
            (56_036, 12_614),
        ],
        Country::Finland => [
            (60_170, 24_938),
            (60_206, 24_656),
            (61_498, 23_761),
            (60_452, 22_267),
            (65_012, 25_465),
            (60_294, 25_040),
            (60_983, 25_661),
            (62_892, 27_677),
        ],
    }
}
