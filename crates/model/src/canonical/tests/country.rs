//! Countries from codes and names.

use std::collections::BTreeMap;

use crate::canonical::country::{Country, country, key, rows};

fn check(text: &str, expected: Option<&str>) {
    assert_eq!(
        country(text).map(String::from).as_deref(),
        expected,
        "{text:?}"
    );
}

#[test]
fn codes_of_two_and_three_letters_are_taken_in_any_case() {
    for text in ["SE", "se", " Se ", "SWE", "swe"] {
        check(text, Some("SE"));
    }
}

#[test]
fn names_in_english_and_the_nordic_languages_are_taken() {
    for (text, code) in [
        ("Sweden", "SE"),
        ("Sverige", "SE"),
        ("Ruotsi", "SE"),
        ("Norway", "NO"),
        ("Norge", "NO"),
        ("Noreg", "NO"),
        ("Norja", "NO"),
        ("Danmark", "DK"),
        ("Tanska", "DK"),
        ("Suomi", "FI"),
        ("Finland", "FI"),
        ("Tyskland", "DE"),
        ("Saksa", "DE"),
        ("Frankrig", "FR"),
        ("Frankrike", "FR"),
        ("Storbritannien", "GB"),
        ("Iso-Britannia", "GB"),
        ("Nederländerna", "NL"),
        ("Tjekkiet", "CZ"),
        ("Austerrike", "AT"),
        ("Österrike", "AT"),
    ] {
        check(text, Some(code));
    }
}

#[test]
fn case_accents_and_punctuation_do_not_count() {
    for (text, code) in [
        ("SVERIGE", "SE"),
        ("osterrike", "AT"),
        ("Tsekki", "CZ"),
        ("Cote d'Ivoire", "CI"),
        ("Côte d’Ivoire", "CI"),
        ("Trinidad and Tobago", "TT"),
        ("Trinidad & Tobago", "TT"),
        ("U.S.A.", "US"),
        ("u.k.", "GB"),
        ("the Netherlands", "NL"),
        ("Åland Islands", "AX"),
        ("Faroe Islands", "FO"),
        ("Færøerne", "FO"),
    ] {
        check(text, Some(code));
    }
}

#[test]
fn spellings_people_use_beside_the_proper_name_are_taken() {
    for (text, code) in [
        ("Holland", "NL"),
        ("England", "GB"),
        ("Scotland", "GB"),
        ("UK", "GB"),
        ("USA", "US"),
        ("Deutschland", "DE"),
        ("Czech Republic", "CZ"),
        ("Turkey", "TR"),
        ("Russian Federation", "RU"),
    ] {
        check(text, Some(code));
    }
}

#[test]
fn what_is_no_country_is_none() {
    for text in [
        "",
        "  ",
        "Europe",
        "EU",
        "ZZ",
        "Stockholm",
        "Skåne",
        "S",
        "SEE",
        "12",
        "??",
    ] {
        check(text, None);
    }
    check(&"Sverige ".repeat(100), None);
}

#[test]
fn the_table_has_every_country_of_the_standard_once() {
    let codes: Vec<String> = rows().map(|row| row.country.to_string()).collect();
    assert_eq!(codes.len(), 249);
    assert!(codes.is_sorted_by(|a, b| a < b));
}

#[test]
fn no_spelling_in_the_table_stands_for_two_countries() {
    let mut known = BTreeMap::new();
    for row in rows() {
        for spelling in row.spellings() {
            let earlier = known.insert(key(spelling), row.country);
            assert!(
                earlier.is_none_or(|earlier| earlier == row.country),
                "{spelling} is {earlier:?} and {}",
                row.country
            );
        }
    }
}

#[test]
fn every_country_is_found_by_its_own_english_name() {
    for row in rows() {
        assert_eq!(country(row.country.english_name()), Some(row.country));
        assert_eq!(Country::from_code(row.country.as_str()), Some(row.country));
    }
}

#[test]
fn a_country_is_stored_as_its_code_and_read_back() {
    assert_eq!(serde_json::to_string(&Country::SWEDEN).unwrap(), "\"SE\"");
    assert_eq!(
        serde_json::from_str::<Country>("\"fi\"").unwrap(),
        Country::FINLAND
    );
    let refusal = serde_json::from_str::<Country>("\"XX\"")
        .unwrap_err()
        .to_string();
    assert!(
        refusal.contains("\"XX\" is not an ISO 3166-1 alpha-2 country code"),
        "{refusal}"
    );
}

#[test]
fn the_english_name_is_the_common_one() {
    assert_eq!(Country::SWEDEN.english_name(), "Sweden");
    assert_eq!(
        country("uk").map(|uk| uk.english_name()),
        Some("United Kingdom")
    );
}
