//! Organization numbers of the four countries.

use crate::canonical::country::Country;
use crate::canonical::organization_number::{OrganizationNumber, organization_number};

const SE: Option<Country> = Some(Country::SWEDEN);
const NO: Option<Country> = Some(Country::NORWAY);
const DK: Option<Country> = Some(Country::DENMARK);
const FI: Option<Country> = Some(Country::FINLAND);

fn read(text: &str, hint: Option<Country>) -> Option<String> {
    organization_number(text, hint).map(|number| format!("{} {}", number.country, number.digits))
}

fn check(text: &str, hint: Option<Country>, expected: Option<&str>) {
    assert_eq!(
        read(text, hint).as_deref(),
        expected,
        "{text:?} with hint {hint:?}"
    );
}

#[test]
fn swedish_numbers_are_read_in_every_usual_form() {
    for text in [
        "556016-0680",
        "5560160680",
        " 556016 - 0680 ",
        "16556016-0680",
        "165560160680",
        "SE556016068001",
        "SE 556016-0680",
        "Org.nr: 556016-0680",
        "Org. nr. 556016-0680",
        "Organisationsnummer 556016-0680",
        "556016–0680",
        "VAT no. SE556016068001",
    ] {
        check(text, None, Some("SE 5560160680"));
        check(text, SE, Some("SE 5560160680"));
    }
}

#[test]
fn norwegian_numbers_are_read_in_every_usual_form() {
    for text in [
        "914778271",
        "914 778 271",
        "NO 914 778 271 MVA",
        "NO914778271MVA",
        "914 778 271 MVA",
        "Org.nr. 914 778 271",
        "Organisasjonsnummer: 914778271",
    ] {
        check(text, None, Some("NO 914778271"));
        check(text, NO, Some("NO 914778271"));
    }
}

#[test]
fn danish_numbers_are_read_in_every_usual_form() {
    for text in [
        "DK-13585628",
        "DK13585628",
        "CVR 13 58 56 28",
        "CVR-nr.: 13585628",
        "CVR nr. 13585628",
    ] {
        check(text, None, Some("DK 13585628"));
    }
    check("13585628", DK, Some("DK 13585628"));
}

#[test]
fn finnish_numbers_are_read_in_every_usual_form() {
    for text in [
        "Y-tunnus 0112038-9",
        "FI01120389",
        "FI 0112038-9",
        "FO-nummer 0112038-9",
        "Y-tunnus: 112038-9",
        "0112038-9 (FI)",
    ] {
        check(text, None, Some("FI 01120389"));
    }
    check("112038-9", FI, Some("FI 01120389"));
    check("112038-9", None, Some("FI 01120389"));
}

#[test]
fn a_wrong_check_digit_refuses_the_number() {
    for (text, hint) in [
        ("556016-0681", SE),
        ("16556016-0681", SE),
        ("SE556016068101", SE),
        ("914778272", NO),
        ("13585629", DK),
        ("0112038-8", FI),
    ] {
        check(text, hint, None);
        check(text, None, None);
    }
}

#[test]
fn a_number_that_fits_two_countries_needs_a_hint() {
    let both = (10_000_000..20_000_000)
        .map(|number: u32| number.to_string())
        .find(|digits| read(digits, DK).is_some() && read(digits, FI).is_some())
        .expect("one in a hundred and twenty fits both");
    assert_eq!(read(&both, None), None);
    assert_eq!(read(&format!("DK{both}"), None), Some(format!("DK {both}")));
    assert_eq!(read(&format!("FI{both}"), DK), Some(format!("FI {both}")));
}

#[test]
fn the_text_says_more_than_the_hint() {
    check("NO 914 778 271 MVA", SE, Some("NO 914778271"));
    check("556016-0680", NO, None);
    check("556016-0680", Country::from_code("DE"), None);
}

#[test]
fn what_is_no_number_is_none() {
    for text in [
        "",
        "-",
        "okänt",
        "0000000000",
        "000000000",
        "00000000",
        "556016",
        "556016-0680 AB",
        "SE 914778271",
        "SE NO 914778271",
        "556016-0680 914778271",
        "HRB 12345",
    ] {
        check(text, None, None);
        check(text, SE, None);
    }
    check(&"5".repeat(5_000), SE, None);
}

#[test]
fn numbers_are_shown_as_their_country_writes_them() {
    for (text, shown) in [
        ("SE5560160680", "556016-0680"),
        ("NO914778271", "914 778 271"),
        ("DK13585628", "13585628"),
        ("FI1120389", "0112038-9"),
    ] {
        assert_eq!(organization_number(text, None).unwrap().to_string(), shown);
    }
}

#[test]
fn a_number_travels_as_an_external_reference_and_back() {
    for (text, namespace) in [
        ("SE5560160680", "org-number-se"),
        ("NO914778271", "org-number-no"),
        ("DK13585628", "org-number-dk"),
        ("FI01120389", "org-number-fi"),
    ] {
        let number = organization_number(text, None).unwrap();
        assert_eq!(number.namespace(), namespace);
        assert_eq!(
            OrganizationNumber::from_reference(namespace, &number.digits),
            Some(number)
        );
    }
}

#[test]
fn references_of_other_namespaces_are_none_of_ours() {
    for (namespace, id) in [
        ("org-number-no", "5560160680"),
        ("org-number-xx", "5560160680"),
        ("org-number-", "5560160680"),
        ("pipedrive", "5560160680"),
        ("org-number-se", "NO914778271"),
        ("org-number-se", "5560160681"),
        ("org-number-de", "5560160680"),
    ] {
        assert_eq!(
            OrganizationNumber::from_reference(namespace, id),
            None,
            "{namespace} {id}"
        );
    }
}
