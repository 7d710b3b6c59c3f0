//! Likeness of names.

use crate::canonical::similarity::name_similarity;

#[test]
fn names_that_differ_in_form_only_are_the_same() {
    for (a, b) in [
        ("Anna Berg", "berg ANNA"),
        ("Åsa Öberg", "Asa Oberg"),
        ("Nordkaj Fastigheter AB", "AB Nordkaj Fastigheter (publ)"),
        ("Havnegruppen A/S", "Havnegruppen AS"),
        ("Havnegruppen A/S", "Havnegruppen"),
        ("Satama Kiinteistöt Oyj", "Satama Kiinteistot Oy"),
        ("Berg, Anna", "Anna Berg"),
    ] {
        assert!((name_similarity(a, b) - 1.0).abs() < 1e-9, "{a} ~ {b}");
    }
}

#[test]
fn a_slip_of_the_finger_is_closer_than_another_name() {
    assert!(name_similarity("Anna Lindqvist", "Anna Lindkvist") > 0.9);
    assert!(name_similarity("Anna Lindqvist", "Peter Holm") < 0.6);
}

#[test]
fn a_name_that_is_nothing_but_a_legal_form_is_still_a_name() {
    assert!((name_similarity("AB", "AB") - 1.0).abs() < 1e-9);
    assert!(name_similarity("AB", "Oy") < 0.5);
}

#[test]
fn nothing_is_like_nothing() {
    for (a, b) in [("", ""), ("Anna", ""), (" ", "…")] {
        assert!(name_similarity(a, b).abs() < 1e-9);
    }
}
