//! Made-up values that users type: names, addresses, numbers, titles, no two of them alike.
//!
//! In: a random source. Out: text as people write it, sometimes with stray spaces and other people's habits. It knows no
//! record.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

const GIVEN: [&str; 12] = [
    "Alva", "Birger", "Disa", "Elof", "Freja", "Göran", "Hilma", "Ivar", "Kerstin", "Måns", "Saga",
    "Ture",
];
const STEMS: [&str; 12] = [
    "Alm", "Björk", "Dahl", "Ek", "Fors", "Gran", "Holm", "Lind", "Norr", "Rosen", "Sjö", "Öst",
];
const ENDINGS: [&str; 10] = [
    "berg", "dal", "gren", "kvist", "lund", "man", "mark", "qvist", "stedt", "ström",
];
const ROLES: [&str; 6] = [
    "Head of leasing",
    "Asset manager",
    "Investment director",
    "Portfolio analyst",
    "Property manager",
    "Partner",
];
const FOCUSES: [&str; 6] = [
    "Core offices",
    "Urban logistics",
    "Light industrial",
    "Grocery-anchored retail",
    "Public housing",
    "Hotels",
];
const HOUSES: [&str; 6] = [
    "Fastigheter",
    "Kontorshus",
    "Logistik",
    "Bostäder",
    "Invest",
    "Holding",
];

/// The labels that persons can have on Pipedrive.
pub(super) const LABELS: [&str; 5] = ["Investor", "Tenant", "Owner", "Adviser", "Lender"];
/// A tag for which Pipedrive has no label.
pub(super) const LABEL_ONLY_THERE: &str = "Önskelista";

/// Gives out values; each is new.
#[derive(Debug)]
pub(super) struct Words {
    next: usize,
    /// Of a hundred values, so many are written untidily.
    untidy_percent: u32,
}

impl Words {
    pub(super) const fn new(untidy_percent: u32) -> Self {
        Self {
            next: 0,
            untidy_percent,
        }
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn is_untidy(&self, random: &mut ChaCha8Rng) -> bool {
        random.random_range(0..100) < self.untidy_percent
    }

    pub(super) fn given_name(&mut self) -> String {
        let number = self.number();
        GIVEN[number % GIVEN.len()].to_owned()
    }

    pub(super) fn family_name(&mut self, random: &mut ChaCha8Rng) -> String {
        let number = self.number();
        let ending = ENDINGS[(number / STEMS.len()) % ENDINGS.len()];
        let more = STEMS[(number / STEMS.len() / ENDINGS.len()) % STEMS.len()];
        let name = format!(
            "{}{ending}-{more}{}",
            STEMS[number % STEMS.len()],
            ENDINGS[number % ENDINGS.len()]
        );
        self.untidily(name, random)
    }

    pub(super) fn full_name(&mut self, random: &mut ChaCha8Rng) -> String {
        let gap = if self.is_untidy(random) { "  " } else { " " };
        format!("{}{gap}{}", self.given_name(), self.family_name(random))
    }

    fn untidily(&self, text: String, random: &mut ChaCha8Rng) -> String {
        if self.is_untidy(random) {
            format!(" {text} ")
        } else {
            text
        }
    }

    pub(super) fn email(&mut self, random: &mut ChaCha8Rng) -> String {
        let number = self.number();
        let given = GIVEN[number % GIVEN.len()]
            .to_lowercase()
            .replace(['å', 'ö'], "o");
        let address = format!("{given}.{number}@vinterhav.example");
        if self.is_untidy(random) {
            let mut letters = address.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        } else {
            address
        }
    }

    pub(super) fn phone(&mut self, random: &mut ChaCha8Rng) -> String {
        let number = self.number();
        let (tens, ones) = (number / 100 % 100, number % 100);
        let rest = random.random_range(0..100);
        if !self.is_untidy(random) {
            return format!("+4670{rest:03}{tens:02}{ones:02}");
        }
        match random.random_range(0..4) {
            0 => format!("070-{rest:03} {tens:02} {ones:02}"),
            1 => format!("+46 (0)70 {rest:03} {tens:02} {ones:02}"),
            2 => format!("0046 70 {rest:03}{tens:02}{ones:02}"),
            _ => format!("070{rest:03}{tens:02}{ones:02} "),
        }
    }

    pub(super) fn title(&mut self, random: &mut ChaCha8Rng) -> String {
        let number = self.number();
        let title = format!("{} {number}", ROLES[number % ROLES.len()]);
        self.untidily(title, random)
    }

    pub(super) fn strategy(&mut self, random: &mut ChaCha8Rng) -> String {
        let number = self.number();
        let strategy = format!("{} {number}", FOCUSES[number % FOCUSES.len()]);
        self.untidily(strategy, random)
    }

    pub(super) fn house(&mut self, random: &mut ChaCha8Rng) -> String {
        let number = self.number();
        let name = format!(
            "{}{} {} AB",
            STEMS[number % STEMS.len()],
            number,
            HOUSES[number % HOUSES.len()]
        );
        self.untidily(name, random)
    }

    pub(super) fn domain(&mut self, random: &mut ChaCha8Rng) -> String {
        let number = self.number();
        let name = format!("havsvik{number}.se");
        if self.is_untidy(random) {
            format!("www.{}", name.to_uppercase())
        } else {
            name
        }
    }

    /// A Swedish organization number with its check digit, without a dash.
    pub(super) fn organization_number(&mut self) -> String {
        let number = self.number();
        let nine = format!("5566{:05}", number % 100_000);
        let sum: u32 = nine
            .chars()
            .enumerate()
            .map(|(place, digit)| luhn(place, digit))
            .sum();
        format!("{nine}{}", (10 - sum % 10) % 10)
    }

    /// What is for sale.
    pub(super) fn sale(&mut self, random: &mut ChaCha8Rng) -> String {
        let number = self.number();
        let name = format!("Kvarteret {}en {number}", STEMS[number % STEMS.len()]);
        self.untidily(name, random)
    }

    /// What somebody notes about a record.
    pub(super) fn remark(&mut self) -> String {
        let number = self.number();
        format!("Call {number} about {}", FOCUSES[number % FOCUSES.len()])
    }

    /// A number that nothing else has.
    pub(super) fn amount(&mut self) -> usize {
        self.number()
    }

    pub(super) fn profile(&mut self) -> String {
        format!("https://www.linkedin.com/in/person-{}", self.number())
    }
}

fn luhn(place: usize, digit: char) -> u32 {
    let digit = digit.to_digit(10).unwrap_or(0);
    let weighed = if place.is_multiple_of(2) {
        digit * 2
    } else {
        digit
    };
    weighed / 10 + weighed % 10
}
