//! Phone numbers, national and international.

use crate::canonical::country::Country;
use crate::canonical::phone::{phone, warm_up};

const SE: Option<Country> = Some(Country::SWEDEN);
const NO: Option<Country> = Some(Country::NORWAY);
const DK: Option<Country> = Some(Country::DENMARK);
const FI: Option<Country> = Some(Country::FINLAND);

fn check(text: &str, country: Option<Country>, expected: Option<&str>) {
    assert_eq!(
        phone(text, country).as_deref(),
        expected,
        "{text:?} in {country:?}"
    );
}

#[test]
fn national_forms_are_read_in_their_country() {
    for (text, country, expected) in [
        ("070-123 45 67", SE, "+46701234567"),
        ("0701234567", SE, "+46701234567"),
        ("08-123 456 78", SE, "+46812345678"),
        ("(08) 123 456 78", SE, "+46812345678"),
        ("031/12 34 56", SE, "+4631123456"),
        ("22 12 34 56", NO, "+4722123456"),
        ("412 34 567", NO, "+4741234567"),
        ("32 12 34 56", DK, "+4532123456"),
        ("20.12.34.56", DK, "+4520123456"),
        ("050 123 4567", FI, "+358501234567"),
        ("09 1234 567", FI, "+35891234567"),
    ] {
        check(text, country, Some(expected));
    }
}

#[test]
fn international_forms_are_read_everywhere() {
    for text in [
        "+46701234567",
        "+46 70 123 45 67",
        "+46 (0)70-123 45 67",
        "+46 (0) 70 123 45 67",
        "+46-70-1234567",
        "tel:+46-70-123-45-67",
        "0046 70 123 45 67",
        "(+46) 70 123 45 67",
        "＋４６ ７０ １２３ ４５ ６７",
        "\u{202d}+46 70 123 45 67\u{202c}",
        "+46\u{a0}70\u{2011}123\u{2013}45\u{a0}67",
    ] {
        for country in [None, SE, NO, FI] {
            check(text, country, Some("+46701234567"));
        }
    }
}

#[test]
fn a_national_form_without_a_country_is_none() {
    check("070-123 45 67", None, None);
}

#[test]
fn remarks_behind_the_number_are_taken_off() {
    for text in [
        "+46 70 123 45 67 (mobil)",
        "+46 70 123 45 67 mobil",
        "+46 70 123 45 67, växel",
        "+46701234567(direkt)",
        "+46 70 123 45 67 [Anna]",
        "+46 70 123 45 67.",
    ] {
        check(text, None, Some("+46701234567"));
    }
}

#[test]
fn other_letters_refuse_the_text() {
    for text in [
        "070-LETTER",
        "0771-HYRALOKAL",
        "08-123 45 6O",
        "O8-123 456 78",
        "070-123 45 67mobil",
        "Mobil 070-123 45 67",
        "saknas",
        "070 123 45 67 RING",
        "n/a",
    ] {
        check(text, SE, None);
    }
}

#[test]
fn two_numbers_are_not_one() {
    for text in [
        "070-123 45 67 / 08-123 456 78",
        "070-123 45 67, 070-123 45 68",
        "070-123 45 67 eller 08-123 456 78",
        "+46701234567+46701234568",
    ] {
        check(text, SE, None);
    }
}

#[test]
fn extensions_are_kept_however_they_are_announced() {
    for text in [
        "08-123 456 78 ext. 204",
        "08-123 456 78 x204",
        "08-123 456 78x204",
        "08-123 456 78 #204",
        "08-123 456 78 ankn. 204",
        "08-123 456 78 anknytning: 204",
        "08-123 456 78, ext 204",
        "08-123 456 78 (ankn 204)",
        "+46812345678;ext=204",
        "08-123 456 78 lokal 204",
        "08-123 456 78 alanumero 204",
        "08-123 456 78 ext. 204 (växel)",
    ] {
        check(text, SE, Some("+46812345678;ext=204"));
    }
    check("+46812345678 ext 12345678", SE, None);
    check("+46812345678 ext. 007", SE, Some("+46812345678;ext=007"));
}

#[test]
fn numbers_nobody_can_have_are_none() {
    for text in [
        "",
        " ",
        "+",
        "1",
        "112",
        "+46",
        "+46 70",
        "070-123",
        "+999 123 456 789",
        "+46701234567890123",
        "0000000000",
        "-----",
        "(0)",
        "+x0(0)",
        "+46 (0)",
    ] {
        check(text, SE, None);
    }
    check(&"0701234567".repeat(50), SE, None);
}

#[test]
fn zeros_that_belong_to_the_number_are_kept() {
    check("+39 06 6982 1234", None, Some("+390669821234"));
}

#[test]
fn warming_up_changes_no_answer() {
    warm_up();
    check("070-123 45 67", SE, Some("+46701234567"));
    warm_up();
    check("070-123 45 67", SE, Some("+46701234567"));
    check("070-123 45 67", NO, None);
}
