//! Readable names: what can be typed, and stays what it is.

use proptest::prelude::*;

use crate::canonical::slug::slug;

#[test]
fn a_label_becomes_a_name_that_can_be_typed() {
    for (label, expected) in [
        ("Property address", "property_address"),
        (
            "  Närmaste ÅTERFÖRSÄLJARE (m²) ",
            "narmaste_aterforsaljare_m2",
        ),
        ("investor_strategy", "investor_strategy"),
        ("Ready -- for / sale?", "ready_for_sale"),
        ("2nd floor", "field_2nd_floor"),
        ("投資", "field"),
        ("", "field"),
    ] {
        assert_eq!(slug(label), expected, "{label}");
    }
}

proptest! {
    #[test]
    fn a_slug_is_a_plain_identifier_and_its_own_slug(label in "\\PC{0,80}") {
        let made = slug(&label);
        prop_assert!(made.starts_with(|first: char| first.is_ascii_lowercase()), "{made}");
        prop_assert!(made.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'), "{made}");
        prop_assert_eq!(slug(&made), made.clone());
    }
}
