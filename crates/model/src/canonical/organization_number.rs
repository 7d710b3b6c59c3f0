//! Organization numbers of Sweden, Norway, Denmark and Finland, checked by their check digits.
//!
//! In: a number as typed, with or without a country's letters, a label or a VAT suffix. Out: country and
//! digits, or `None` when it is no such number. Without letters or a hint it is taken only when it fits
//! exactly one country. Never corrects a digit.

use std::fmt;

use serde::{Deserialize, Serialize};
use stdnum::Validator;
use stdnum::country::{dk, fi, no, se};

use super::country::Country;
use super::text::fold;

const TEXT_BYTES_MAX: usize = 100;
const NAMESPACE_PREFIX: &str = "org-number-";
const COUNTRIES: [Country; 4] = [
    Country::SWEDEN,
    Country::NORWAY,
    Country::DENMARK,
    Country::FINLAND,
];

/// Words that may stand around a number and say nothing of its country, folded.
const LABELS: [&str; 18] = [
    "org",
    "orgnr",
    "orgno",
    "nr",
    "nro",
    "no",
    "number",
    "nummer",
    "reg",
    "regnr",
    "vat",
    "vatnr",
    "company",
    "id",
    "business",
    "momsnr",
    "moms",
    "foretagsnummer",
];
/// Words that do say whose number it is.
const COUNTRY_WORDS: [(&str, Country); 17] = [
    ("se", Country::SWEDEN),
    ("sweden", Country::SWEDEN),
    ("organisationsnummer", Country::SWEDEN),
    ("momsregistreringsnummer", Country::SWEDEN),
    ("no", Country::NORWAY),
    ("norway", Country::NORWAY),
    ("mva", Country::NORWAY),
    ("organisasjonsnummer", Country::NORWAY),
    ("foretaksregisteret", Country::NORWAY),
    ("dk", Country::DENMARK),
    ("cvr", Country::DENMARK),
    ("denmark", Country::DENMARK),
    ("fi", Country::FINLAND),
    ("tunnus", Country::FINLAND),
    ("ytunnus", Country::FINLAND),
    ("fo", Country::FINLAND),
    ("finland", Country::FINLAND),
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrganizationNumber {
    pub country: Country,
    /// The shortest form with nothing but digits: ten, nine, eight or eight of them.
    pub digits: String,
}

pub fn organization_number(text: &str, hint: Option<Country>) -> Option<OrganizationNumber> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let written = read(text)?;
    match written.country.or(hint) {
        Some(country) => written.as_number_of(country),
        None => {
            let mut fitting = COUNTRIES
                .iter()
                .filter_map(|country| written.as_number_of(*country));
            let first = fitting.next()?;
            fitting.next().is_none().then_some(first)
        }
    }
}

impl OrganizationNumber {
    /// The form customary in its country: `556016-0680`, `914 778 271`, `1234567-8`.
    pub fn display(&self) -> String {
        match self.validator() {
            Some(validator) => validator.format(&self.digits),
            None => self.digits.clone(),
        }
    }

    /// The namespace of its external reference, such as `org-number-se`.
    pub fn namespace(&self) -> String {
        format!(
            "{NAMESPACE_PREFIX}{}",
            self.country.as_str().to_ascii_lowercase()
        )
    }

    /// From an external reference; one of another namespace is none of ours.
    pub fn from_reference(namespace: &str, id: &str) -> Option<Self> {
        let country = Country::from_code(namespace.strip_prefix(NAMESPACE_PREFIX)?)?;
        organization_number(id, Some(country)).filter(|number| number.country == country)
    }

    fn validator(&self) -> Option<&'static dyn Validator> {
        validator(self.country)
    }
}

impl fmt::Display for OrganizationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display())
    }
}

fn validator(country: Country) -> Option<&'static dyn Validator> {
    match country {
        Country::SWEDEN => Some(&se::ORGNR),
        Country::NORWAY => Some(&no::ORGNR),
        Country::DENMARK => Some(&dk::CVR),
        Country::FINLAND => Some(&fi::YTUNNUS),
        _ => None,
    }
}

/// What stands in the text: its digits, and the country its words speak of.
struct Written {
    digits: String,
    country: Option<Country>,
}

impl Written {
    fn as_number_of(&self, country: Country) -> Option<OrganizationNumber> {
        let validator = validator(country)?;
        let digits = national_forms(&self.digits, country)
            .into_iter()
            .flatten()
            .find(|digits| {
                let is_blank = digits.bytes().all(|digit| digit == b'0');
                !is_blank && validator.validate(digits).is_ok()
            })?;
        Some(OrganizationNumber { country, digits })
    }
}

/// The forms a register number may have before it is checked: bare, lengthened, or inside a VAT number.
fn national_forms(digits: &str, country: Country) -> [Option<String>; 2] {
    match (country, digits.len()) {
        (Country::SWEDEN, 12) => {
            let lengthened = digits.strip_prefix("16").map(str::to_owned);
            let in_vat_number = digits.strip_suffix("01").map(str::to_owned);
            [lengthened, in_vat_number]
        }
        (Country::FINLAND, 7) => [Some(format!("0{digits}")), None],
        _ => [Some(digits.to_owned()), None],
    }
}

fn read(text: &str) -> Option<Written> {
    let mut written = Written {
        digits: String::new(),
        country: None,
    };
    let mut word = String::new();
    let mut previous = String::new();
    for letter in fold(text).chars().chain([' ']) {
        if letter.is_alphabetic() {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            written.note_word(&word, &previous)?;
            previous = std::mem::take(&mut word);
        }
        match letter {
            '0'..='9' => written.digits.push(letter),
            ' ' | '-' | '.' | ':' | '/' | ',' | '(' | ')' | '#' => {}
            _ => return None,
        }
    }
    Some(written)
}

impl Written {
    /// `None` for a word that has no business beside a number, and for words of two countries.
    fn note_word(&mut self, word: &str, previous: &str) -> Option<()> {
        // "Org. no." is English for number; "NO 914 …" is Norway. The "Y" of "Y-tunnus" stands alone.
        let is_label = LABELS.contains(&word) && (word != "no" || LABELS.contains(&previous));
        if is_label || word == "y" {
            return Some(());
        }
        let (_, country) = COUNTRY_WORDS.iter().find(|(known, _)| *known == word)?;
        if self.country.is_some_and(|earlier| earlier != *country) {
            return None;
        }
        self.country = Some(*country);
        Some(())
    }
}
