//! Splitting and joining names of people.

use crate::canonical::name::{join_name, split_name};

fn check(full: &str, given: &str, family: &str) {
    let name = split_name(full);
    assert_eq!(
        (
            name.given.unwrap_or_default(),
            name.family.unwrap_or_default()
        ),
        (given.into(), family.into()),
        "{full:?}"
    );
}

#[test]
fn the_last_word_is_the_family_name_of_most_people() {
    check("Anna Berg", "Anna", "Berg");
    check("  Anna   Berg ", "Anna", "Berg");
    check("Anna Maria Berg", "Anna Maria", "Berg");
    check("Anna-Karin Berg-Lund", "Anna-Karin", "Berg-Lund");
    check("Åsa Öberg Lindström", "Åsa Öberg", "Lindström");
}

#[test]
fn one_word_is_a_given_name() {
    check("Anna", "Anna", "");
    check("", "", "");
}

#[test]
fn nordic_and_other_particles_begin_the_family_name() {
    for (full, given, family) in [
        ("Anna-Karin af Ugglas", "Anna-Karin", "af Ugglas"),
        ("Carl Johan von Essen", "Carl Johan", "von Essen"),
        ("Carl Johan Von Essen", "Carl Johan", "Von Essen"),
        ("Erik av Trolle", "Erik", "av Trolle"),
        ("Ebba de la Gardie", "Ebba", "de la Gardie"),
        ("Ludwig van der Linden", "Ludwig", "van der Linden"),
        ("Lars von der Recke", "Lars", "von der Recke"),
        ("Marta da Silva", "Marta", "da Silva"),
        ("von Essen", "", "von Essen"),
        ("de la Gardie", "", "de la Gardie"),
        ("Da Wang", "Da", "Wang"),
    ] {
        check(full, given, family);
    }
}

#[test]
fn spelling_and_capitals_stay_the_users_own() {
    check("SVEN ERIK MÅRTENSSON", "SVEN ERIK", "MÅRTENSSON");
    check("sven erik mårtensson", "sven erik", "mårtensson");
    check("Ian mACdonald Smith-jones", "Ian mACdonald", "Smith-jones");
}

#[test]
fn titles_and_suffixes_stay_where_they_are() {
    check(
        "Dr. Magnus de la Gardie Jr.",
        "Dr. Magnus",
        "de la Gardie Jr.",
    );
    check("Martin Luther Kung, Jr.", "Martin Luther", "Kung, Jr.");
}

#[test]
fn a_name_written_the_wrong_way_round_is_left_whole() {
    check("Berg, Anna", "Berg, Anna", "");
    check("Berg, Anna Maria", "Berg, Anna Maria", "");
}

#[test]
fn names_in_other_scripts_are_cut_at_the_last_word() {
    check("李 小 龙", "李 小", "龙");
    check("Анна Мария Берг", "Анна Мария", "Берг");
}

#[test]
fn a_split_that_was_asked_before_is_answered_the_same() {
    for _ in 0..3 {
        check("Carl Johan von Essen", "Carl Johan", "von Essen");
    }
}

#[test]
fn joining_leaves_out_what_is_empty() {
    for (given, family, expected) in [
        (Some("Anna"), Some("Berg"), Some("Anna Berg")),
        (
            Some(" Anna  Maria "),
            Some("Berg "),
            Some("Anna Maria Berg"),
        ),
        (Some("Anna"), None, Some("Anna")),
        (Some(" "), Some("Berg"), Some("Berg")),
        (Some("A\u{30a}sa"), Some(""), Some("Åsa")),
        (None, None, None),
    ] {
        assert_eq!(join_name(given, family).as_deref(), expected);
    }
}
