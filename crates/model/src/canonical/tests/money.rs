//! One amount has one form; what is no amount has none.

use crate::canonical::money::{decimal, money, parts};

#[test]
fn one_amount_has_one_form_however_it_is_written() {
    for (value, zeros) in [
        ("12500000", 0),
        ("12500000.00", 0),
        ("12500", 3),
        ("12.5", 6),
        ("1.25e7", 0),
        ("0.0125", 9),
        ("0012500000", 0),
    ] {
        assert_eq!(
            money(value, zeros, "sek").as_deref(),
            Some("12500000 SEK"),
            "{value} and {zeros} zeros"
        );
    }
}

#[test]
fn hundredths_stay() {
    assert_eq!(money("99.5", 0, "EUR").as_deref(), Some("99.5 EUR"));
    assert_eq!(decimal("0.05", 0).as_deref(), Some("0.05"));
    assert_eq!(decimal("5e-3", 0).as_deref(), Some("0.005"));
}

#[test]
fn an_amount_of_nothing_is_no_price() {
    assert_eq!(money("0", 0, "SEK"), None);
    assert_eq!(money("0.00", 6, "SEK"), None);
}

#[test]
fn what_is_no_amount_of_money_has_no_form() {
    for (value, currency) in [
        ("", "SEK"),
        (".", "SEK"),
        ("-5", "SEK"),
        ("NaN", "SEK"),
        ("1e99", "SEK"),
        ("5", "kronor"),
        ("5", ""),
    ] {
        assert_eq!(money(value, 0, currency), None, "{value} {currency}");
    }
}

#[test]
fn amount_and_currency_are_told_apart_again() {
    assert_eq!(parts("12500000 SEK"), Some(("12500000", "SEK")));
}
