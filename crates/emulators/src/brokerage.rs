//! A made-up Nordic brokerage's address book: companies and the people who work there.
//!
//! In: a seed and two numbers. Out: plain data from which both emulators fill themselves, each in its own spelling.
//! The same seed gives the same book on every machine. No company or person in it exists.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rustc_hash::FxHashSet;

pub mod estates;
pub mod mandates;
pub mod registry;
mod words;

#[cfg(test)]
mod tests;

pub use estates::{Building, Estate};
pub use registry::Country;

/// What a company is to a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompanyKind {
    PensionFund,
    PropertyCompany,
    FamilyOffice,
    Tenant,
    Developer,
}

impl CompanyKind {
    /// The label brokers put on it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::PensionFund => "Institution",
            Self::PropertyCompany => "Property company",
            Self::FamilyOffice => "Family office",
            Self::Tenant => "Tenant",
            Self::Developer => "Developer",
        }
    }
}

/// A company of the book.
#[derive(Debug, Clone)]
pub struct Company {
    pub name: String,
    pub kind: CompanyKind,
    pub country: Country,
    pub city: &'static str,
    pub street: String,
    pub postal_code: String,
    pub domain: String,
    pub homepage: String,
    /// In the country's usual spelling, with a valid check digit.
    pub organization_number: String,
    /// International format.
    pub phone: String,
    pub labels: Vec<&'static str>,
    pub strategies: Vec<&'static str>,
    pub employees: u32,
}

/// A person of the book.
#[derive(Debug, Clone)]
pub struct Person {
    pub first_name: String,
    pub last_name: String,
    pub job_title: &'static str,
    /// Index into [`Brokerage::companies`].
    pub company: Option<usize>,
    pub country: Country,
    /// The first is the primary one. May be empty.
    pub emails: Vec<String>,
    /// National or international format, with or without blanks. The first is the primary one. May be empty.
    pub phones: Vec<String>,
    pub labels: Vec<&'static str>,
    pub strategies: Vec<&'static str>,
}

impl Person {
    /// First and last name with a blank between.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

/// The whole book.
#[derive(Debug, Clone, Default)]
pub struct Brokerage {
    pub companies: Vec<Company>,
    pub people: Vec<Person>,
}

impl Brokerage {
    /// Investment strategies that occur in the book.
    pub const STRATEGIES: [&'static str; 5] = words::STRATEGIES;
    /// Labels that occur on people.
    pub const PERSON_LABELS: [&'static str; 5] = words::PERSON_LABELS;
    /// Labels that occur on companies.
    pub const COMPANY_LABELS: [&'static str; 5] = [
        "Institution",
        "Property company",
        "Family office",
        "Tenant",
        "Developer",
    ];

    /// A book of that many companies and people.
    #[must_use]
    pub fn generate(seed: u64, companies: usize, people: usize) -> Self {
        let mut writer = Writer {
            random: ChaCha8Rng::seed_from_u64(seed),
            names: FxHashSet::default(),
            emails: FxHashSet::default(),
        };
        let companies: Vec<Company> = (0..companies).map(|index| writer.company(index)).collect();
        let people = (0..people)
            .map(|index| writer.person(index, &companies))
            .collect();
        Self { companies, people }
    }
}

struct Writer {
    random: ChaCha8Rng,
    names: FxHashSet<String>,
    emails: FxHashSet<String>,
}

impl Writer {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.random.random_range(0..from.len())]
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn company(&mut self, index: usize) -> Company {
        let country = match self.random.random_range(0..10) {
            0..=4 => Country::Sweden,
            5..=6 => Country::Norway,
            7..=8 => Country::Denmark,
            _ => Country::Finland,
        };
        let kind = match self.random.random_range(0..10) {
            0 => CompanyKind::PensionFund,
            1..=4 => CompanyKind::PropertyCompany,
            5 => CompanyKind::FamilyOffice,
            6 => CompanyKind::Developer,
            _ => CompanyKind::Tenant,
        };
        let name = self.company_name(kind, country, index);
        let domain = format!("{}.{}", slug(&name, country), country.top_level_domain());
        let homepage = match self.random.random_range(0..3) {
            0 => format!("https://www.{domain}/"),
            1 => format!("https://{domain}"),
            _ => format!("www.{domain}"),
        };
        let city_index = self.random.random_range(0..words::CITIES_PER_COUNTRY);
        let (city, postal_start) = words::cities(country)[city_index];
        let street = self.pick(words::streets(country));
        let number = self.random.random_range(1..140);
        Company {
            kind,
            country,
            city,
            street: format!("{street} {number}"),
            postal_code: self.postal_code(country, postal_start),
            domain,
            homepage,
            organization_number: country.organization_number(&mut self.random),
            phone: self.phone(country, true),
            labels: vec![kind.label()],
            strategies: self.strategies(kind),
            employees: self.random.random_range(2..900),
            name,
        }
    }

    /// Names are unique, so that domains are too.
    fn company_name(&mut self, kind: CompanyKind, country: Country, index: usize) -> String {
        for attempt in 0..20 {
            let stem = self.pick(&words::STEMS);
            let noun = self.pick(words::company_nouns(kind, country));
            let form = words::legal_form(kind, country);
            let middle = if attempt > 2 || self.chance(45) {
                format!(" {}", self.pick(&words::QUALIFIERS))
            } else {
                String::new()
            };
            let name = format!("{stem}{middle} {noun}{form}");
            if self.names.insert(slug(&name, country)) {
                return name;
            }
        }
        let stem = self.pick(&words::STEMS);
        let noun = self.pick(words::company_nouns(kind, country));
        format!(
            "{stem} {noun} {}{}",
            index + 100,
            words::legal_form(kind, country)
        )
    }

    fn strategies(&mut self, kind: CompanyKind) -> Vec<&'static str> {
        match kind {
            CompanyKind::Tenant => Vec::new(),
            CompanyKind::PensionFund => vec!["Core"],
            CompanyKind::PropertyCompany | CompanyKind::FamilyOffice | CompanyKind::Developer => {
                let first = self.pick(&words::STRATEGIES);
                let second = self.pick(&words::STRATEGIES);
                if first == second {
                    vec![first]
                } else {
                    vec![first, second]
                }
            }
        }
    }

    fn postal_code(&mut self, country: Country, start: u32) -> String {
        match country {
            Country::Sweden => format!("{:03} {:02}", start, self.random.random_range(10..99)),
            Country::Norway | Country::Denmark => {
                format!("{:04}", start + self.random.random_range(0..60))
            }
            Country::Finland => format!("{:05}", start + self.random.random_range(0..9) * 10),
        }
    }

    /// Numbers from ranges that are long enough to be valid and are written as people write them.
    fn phone(&mut self, country: Country, international: bool) -> String {
        let digits = country.mobile_digits(&mut self.random);
        let prefix = country.calling_code();
        let trunk = country.trunk_prefix();
        match (international, self.random.random_range(0..3)) {
            (true, 0) => format!("+{prefix}{digits}"),
            (true, _) => format!("+{prefix} {}", grouped(&digits, country)),
            (false, 0) => format!("{trunk}{digits}"),
            (false, 1) => format!("{trunk}{}", grouped(&digits, country)),
            (false, _) => format!("00{prefix}{digits}"),
        }
    }

    fn person(&mut self, index: usize, companies: &[Company]) -> Person {
        let company = (!companies.is_empty() && self.chance(92))
            .then(|| self.random.random_range(0..companies.len()));
        let country = company.map_or(Country::Sweden, |index| companies[index].country);
        let first_name = self.first_name(country);
        let last_name = self.last_name(country);
        let domain = company.map_or_else(
            || format!("post.{}", country.top_level_domain()),
            |index| companies[index].domain.clone(),
        );
        let emails = self.emails(&first_name, &last_name, &domain, (index, country));
        let international = self.chance(60);
        let mut phones = if self.chance(90) {
            vec![self.phone(country, international)]
        } else {
            Vec::new()
        };
        if !phones.is_empty() && self.chance(12) {
            phones.push(self.phone(country, true));
        }
        let strategies = match company {
            Some(index) if self.chance(60) => companies[index].strategies.clone(),
            Some(_) | None => Vec::new(),
        };
        let mut labels = Vec::new();
        if self.chance(70) {
            labels.push(self.pick(&words::PERSON_LABELS));
        }
        if self.chance(15) {
            let second = self.pick(&words::PERSON_LABELS);
            if !labels.contains(&second) {
                labels.push(second);
            }
        }
        Person {
            first_name,
            last_name,
            job_title: self.pick(&words::JOB_TITLES),
            company,
            country,
            emails,
            phones,
            labels,
            strategies,
        }
    }

    fn first_name(&mut self, country: Country) -> String {
        let first = self.pick(words::first_names(country));
        if !self.chance(8) {
            return first.to_owned();
        }
        let second = self.pick(words::first_names(country));
        if second == first {
            first.to_owned()
        } else {
            format!("{first}-{second}")
        }
    }

    fn last_name(&mut self, country: Country) -> String {
        let last = self.pick(words::last_names(country));
        match self.random.random_range(0..100) {
            0..=2 => format!("{} {last}", self.pick(&words::PARTICLES)),
            3..=6 => format!("{last}-{}", self.pick(words::last_names(country))),
            _ => last.to_owned(),
        }
    }

    fn emails(
        &mut self,
        first: &str,
        last: &str,
        domain: &str,
        (index, country): (usize, Country),
    ) -> Vec<String> {
        if self.chance(4) {
            return Vec::new();
        }
        let local = format!("{}.{}", slug(first, country), slug(last, country));
        let mut work = format!("{local}@{domain}");
        if !self.emails.insert(work.clone()) {
            work = format!("{local}{}@{domain}", index + 2);
            self.emails.insert(work.clone());
        }
        let mut emails = vec![work];
        if self.chance(10) {
            emails.push(format!(
                "{local}{index}@hemma.{}",
                country.top_level_domain()
            ));
        }
        emails
    }
}

/// Letters and digits of a name as they stand in a domain.
fn slug(name: &str, country: Country) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => slug.push(letter),
            'å' | 'ä' => slug.push('a'),
            'ö' => slug.push('o'),
            'ø' => slug.push_str(if country == Country::Denmark {
                "oe"
            } else {
                "o"
            }),
            'æ' => slug.push_str("ae"),
            'é' | 'è' => slug.push('e'),
            'ü' => slug.push('u'),
            _ => {}
        }
    }
    slug
}

fn grouped(digits: &str, country: Country) -> String {
    let sizes: &[usize] = match country {
        Country::Sweden => &[2, 3, 2, 2],
        Country::Norway => &[3, 2, 3],
        Country::Denmark => &[2, 2, 2, 2],
        Country::Finland => &[2, 3, 4],
    };
    let mut rest = digits;
    let mut groups = Vec::with_capacity(sizes.len());
    for size in sizes {
        let (group, after) = rest.split_at((*size).min(rest.len()));
        groups.push(group);
        rest = after;
    }
    groups.retain(|group| !group.is_empty());
    groups.join(" ")
}
