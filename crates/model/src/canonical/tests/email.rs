//! E-mail addresses.

use crate::canonical::email::email;

fn check(text: &str, expected: Option<&str>) {
    assert_eq!(email(text).as_deref(), expected, "{text:?}");
}

#[test]
fn case_and_surrounding_space_do_not_count() {
    for text in [
        "anna.berg@nordkaj.se",
        " Anna.Berg@Nordkaj.SE\n",
        "\u{200b}anna.berg@nordkaj.se\u{feff}",
        "ANNA.BERG@NORDKAJ.SE",
    ] {
        check(text, Some("anna.berg@nordkaj.se"));
    }
}

#[test]
fn tags_and_dots_are_other_mailboxes() {
    check("anna+lokaler@nordkaj.se", Some("anna+lokaler@nordkaj.se"));
    check("a.n.n.a@gmail.com", Some("a.n.n.a@gmail.com"));
}

#[test]
fn nordic_letters_are_kept_before_the_at_and_encoded_after_it() {
    check("Åsa@Åkerström.se", Some("åsa@xn--kerstrm-dxa3n.se"));
    check(
        "A\u{30a}sa@xn--kerstrm-dxa3n.se",
        Some("åsa@xn--kerstrm-dxa3n.se"),
    );
}

#[test]
fn what_is_no_address_is_none() {
    for text in [
        "",
        "@",
        "anna",
        "anna@",
        "@nordkaj.se",
        "anna@nordkaj",
        "anna@@nordkaj.se",
        "anna berg@nordkaj.se",
        "anna@nord kaj.se",
        "Anna Berg <anna@nordkaj.se>",
        "anna@[10.0.0.1]",
        "anna@nordkaj..se",
        "anna@-nordkaj.se",
        ".anna@nordkaj.se",
        "anna.@nordkaj.se",
        "anna@nordkaj.se, bo@nordkaj.se",
        "anna@nordkaj.se;bo@nordkaj.se",
    ] {
        check(text, None);
    }
}

#[test]
fn an_address_longer_than_both_sides_take_is_none() {
    check(
        &format!("{}@nordkaj.se", "a".repeat(64)),
        Some(&*format!("{}@nordkaj.se", "a".repeat(64))),
    );
    check(&format!("{}@nordkaj.se", "a".repeat(65)), None);
    check(&format!("anna@{}.se", "a.".repeat(130)), None);
}
