//! Countries: ISO 3166-1, from codes and from names in English and the Nordic languages.
//!
//! In: a code or a name as typed. Out: a [`Country`], and its English name for addresses. The names are
//! a committed table, `country_names.tsv`, written by `cargo xtask countries` from CLDR. Never guesses:
//! a name that is not in the table is no country.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::text::fold;

const TEXT_BYTES_MAX: usize = 100;

/// Two capital letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Country([u8; 2]);

impl Country {
    pub const DENMARK: Self = Self(*b"DK");
    pub const FINLAND: Self = Self(*b"FI");
    pub const NORWAY: Self = Self(*b"NO");
    pub const SWEDEN: Self = Self(*b"SE");

    /// Takes an ISO 3166-1 alpha-2 code in either case.
    pub fn from_code(code: &str) -> Option<Self> {
        let letters: [u8; 2] = code.as_bytes().try_into().ok()?;
        let country = Self(letters.map(|letter| letter.to_ascii_uppercase()));
        TABLE.english.contains_key(&country).then_some(country)
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("made from ASCII letters only")
    }

    pub fn english_name(&self) -> &'static str {
        TABLE
            .english
            .get(self)
            .expect("a country is made from the table only")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

impl TryFrom<String> for Country {
    type Error = UnknownCountry;

    fn try_from(code: String) -> Result<Self, UnknownCountry> {
        Self::from_code(&code).ok_or(UnknownCountry { code })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCountry {
    pub code: String,
}

impl fmt::Display for UnknownCountry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not an ISO 3166-1 alpha-2 country code",
            self.code
        )
    }
}

impl std::error::Error for UnknownCountry {}

/// From an alpha-2 or alpha-3 code or a name, whatever its case and accents.
pub fn country(text: &str) -> Option<Country> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    TABLE.by_key.get(&key(text)).copied()
}

struct Table {
    english: HashMap<Country, &'static str>,
    by_key: HashMap<String, Country>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        english: HashMap::new(),
        by_key: HashMap::new(),
    };
    for row in rows() {
        table.english.insert(row.country, row.english);
        for spelling in row.spellings() {
            table.by_key.insert(key(spelling), row.country);
        }
    }
    table
});

pub(super) struct Row {
    pub(super) country: Country,
    alpha2: &'static str,
    alpha3: &'static str,
    english: &'static str,
    others: &'static str,
}

impl Row {
    pub(super) fn spellings(&self) -> impl Iterator<Item = &'static str> {
        [self.alpha2, self.alpha3, self.english]
            .into_iter()
            .chain(self.others.split('|'))
            .filter(|name| !name.is_empty())
    }
}

pub(super) fn rows() -> impl Iterator<Item = Row> {
    include_str!("country_names.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut cells = line.split('\t');
            let mut cell = || cells.next().expect("the generator writes four cells a row");
            let (alpha2, alpha3, english, others) = (cell(), cell(), cell(), cell());
            let letters = alpha2
                .as_bytes()
                .try_into()
                .expect("the generator writes codes of two letters");
            Row {
                country: Country(letters),
                alpha2,
                alpha3,
                english,
                others,
            }
        })
}

/// Names are compared by their letters: "Trinidad & Tobago", "U.S.A.", "the Netherlands".
pub(super) fn key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for letter in fold(name).chars() {
        match letter {
            '.' | '\'' => {}
            '&' => key.push_str(" and "),
            letter if letter.is_alphanumeric() => key.push(letter),
            _ => key.push(' '),
        }
    }
    let mut words: Vec<&str> = key.split_whitespace().collect();
    if words.len() > 1 && words[0] == "the" {
        words.remove(0);
    }
    words.join(" ")
}
