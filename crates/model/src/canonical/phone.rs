//! Phone numbers: E.164, with `;ext=` for an extension.
//!
//! In: a number as typed, and the country whose national form it may have. Out: `+46701234567`, or
//! `None` when it is not a number that can be dialled there (the caller keeps the text). The library
//! turns letters into digits, so letters are sorted out before it sees them: a remark behind the number
//! is taken off, any other letter refuses the text. Two numbers in one text are not one number.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::{Once, PoisonError};

use phonenumber::country::Id;
use phonenumber::metadata::DATABASE;
use unicode_normalization::UnicodeNormalization as _;

use super::country::Country;
use super::memo::Memo;
use super::text::{fold, without_invisible};

const TEXT_BYTES_MAX: usize = 100;
const DIGITS_MIN: usize = 4;
const DIGITS_MAX: usize = 17;
const EXTENSION_DIGITS_MAX: usize = 7;
/// Room for every pattern of every country; the library's own limit makes it compile them again.
const PATTERNS_MAX: usize = 4_000;

/// How people announce an extension, folded: English, Swedish, Norwegian, Danish, Finnish.
const EXTENSION_WORDS: [&str; 14] = [
    "extension",
    "ext.",
    "ext",
    "x",
    "#",
    "anknytning",
    "ankn.",
    "ankn",
    "internnummer",
    "internnr",
    "lokal",
    "lok.",
    "alanumero",
    "alanro",
];

pub fn phone(text: &str, default_country: Option<Country>) -> Option<String> {
    thread_local! {
        static RECENT: RefCell<Memo<Option<Country>, Option<String>>> = const { RefCell::new(Memo::new()) };
    }
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    RECENT.with_borrow_mut(|recent| {
        recent.get_or_compute(text, default_country, || read(text, default_country))
    })
}

/// Loads the numbering plans, which the first call would otherwise wait for.
pub fn warm_up() {
    widen_pattern_cache();
    for (national, country) in [
        ("070-123 45 67", "SE"),
        ("22 12 34 56", "NO"),
        ("32 12 34 56", "DK"),
        ("050 123 4567", "FI"),
    ] {
        let _ = read(national, Country::from_code(country));
    }
}

fn widen_pattern_cache() {
    static WIDEN: Once = Once::new();
    WIDEN.call_once(|| {
        DATABASE
            .cache()
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .set_capacity(PATTERNS_MAX)
    });
}

fn read(text: &str, default_country: Option<Country>) -> Option<String> {
    let visible = without_invisible(text);
    let plain: String = if visible.is_ascii() {
        visible.into_owned()
    } else {
        visible.nfkc().collect()
    };
    let plain = without_trunk_zero(strip_scheme(plain.trim()));
    let (digits, rest) = take_number(&plain)?;
    let extension = take_extension(rest)?;
    widen_pattern_cache();
    let mut number = dial(&digits, default_country)?;
    if !extension.is_empty() {
        number.push_str(";ext=");
        number.push_str(extension);
    }
    Some(number)
}

fn strip_scheme(text: &str) -> &str {
    match text.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => text[4..].trim_start(),
        _ => text,
    }
}

/// The digits of the number at the front, with `+` when it is international, and what follows it.
fn take_number(text: &str) -> Option<(String, &str)> {
    let mut digits = String::with_capacity(DIGITS_MAX + 1);
    let mut end = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '0'..='9' => digits.push(letter),
            '+' if digits.is_empty() => digits.push('+'),
            '(' if !opens_digits(&text[at..]) => break,
            '/' if count_digits(&digits) >= 6 => break,
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
            _ => break,
        }
        end = at + letter.len_utf8();
    }
    let rest = &text[end..];
    // A letter that touches the number is part of it: "070-LETTER", "08-123 45 6O".
    let touches = rest.starts_with(char::is_alphabetic) && !text[..end].ends_with([' ', ')']);
    let is_extension_mark = rest.starts_with(['x', 'X']);
    let count = count_digits(&digits);
    ((!touches || is_extension_mark) && (DIGITS_MIN..=DIGITS_MAX).contains(&count))
        .then_some((digits, rest))
}

fn opens_digits(text: &str) -> bool {
    text[1..]
        .trim_start()
        .starts_with(|letter: char| letter.is_ascii_digit() || letter == '+')
}

fn count_digits(digits: &str) -> usize {
    digits.len() - usize::from(digits.starts_with('+'))
}

/// "+46 (0)70": the zero is dialled at home only.
fn without_trunk_zero(text: &str) -> Cow<'_, str> {
    let is_of_number = |letter: char| letter.is_ascii_digit() || "+ ()-.".contains(letter);
    match text.split_once("(0)") {
        Some((code, rest)) if code.contains('+') && code.chars().all(is_of_number) => {
            format!("{code} {rest}").into()
        }
        _ => text.into(),
    }
}

/// The extension in what follows a number, or nothing when that is a remark. `None` when it is neither:
/// a second number, or letters that may belong to the number.
fn take_extension(rest: &str) -> Option<&str> {
    let rest = rest.trim_matches(|letter: char| letter.is_whitespace() || letter == ',');
    if rest.is_empty() {
        return Some("");
    }
    let extension = strip_extension_word(rest).and_then(leading_digits);
    let (extension, remark) = extension.unwrap_or(("", rest));
    let is_code_word = remark.contains(char::is_alphabetic) && !remark.contains(char::is_lowercase);
    let in_brackets = remark.starts_with(['(', '[']);
    let is_remark =
        !remark.contains(|letter: char| letter.is_numeric()) && (in_brackets || !is_code_word);
    is_remark.then_some(extension)
}

fn strip_extension_word(rest: &str) -> Option<&str> {
    if let Some(value) = rest.strip_prefix(";ext=") {
        return Some(value);
    }
    let rest = rest.trim_start_matches(['(', ';']);
    let digits_at = rest.find(|letter: char| letter.is_ascii_digit())?;
    let word = fold(rest[..digits_at].trim_end_matches([':', '=', ' ']));
    EXTENSION_WORDS
        .contains(&word.trim())
        .then_some(&rest[digits_at..])
}

fn leading_digits(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    (1..=EXTENSION_DIGITS_MAX)
        .contains(&end)
        .then(|| (&text[..end], text[end..].trim_matches([' ', ')', ']'])))
}

fn dial(digits: &str, default_country: Option<Country>) -> Option<String> {
    let home: Option<Id> = default_country.and_then(|country| country.as_str().parse().ok());
    let parsed = if digits.starts_with('+') {
        phonenumber::parse(None, digits)
    } else if let Some(abroad) = digits
        .strip_prefix("00")
        .filter(|_| dials_abroad_with_00(default_country))
    {
        phonenumber::parse(None, format!("+{abroad}"))
    } else {
        phonenumber::parse(Some(home?), digits)
    };
    let number = parsed.ok()?;
    number
        .is_valid()
        .then(|| format!("+{}{}", number.code().value(), number.national()))
}

/// The recommended prefix, used nearly everywhere; the exceptions keep their own through the library.
fn dials_abroad_with_00(country: Option<Country>) -> bool {
    !country.is_some_and(|country| {
        matches!(
            country.as_str(),
            "US" | "CA" | "AU" | "JP" | "KR" | "HK" | "SG" | "TH" | "RU" | "BR"
        )
    })
}
