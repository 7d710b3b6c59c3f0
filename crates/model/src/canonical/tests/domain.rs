//! Domains from hosts, URLs and e-mail addresses.

use crate::canonical::domain::{domain, is_mailbox_provider, registrable};

fn check(text: &str, expected: Option<&str>) {
    assert_eq!(domain(text).as_deref(), expected, "{text:?}");
}

#[test]
fn scheme_www_port_path_and_user_are_taken_off() {
    for text in [
        "nordkaj.se",
        "Nordkaj.SE",
        " nordkaj.se ",
        "nordkaj.se.",
        "www.nordkaj.se",
        "https://nordkaj.se",
        "HTTPS://WWW.NORDKAJ.SE/om-oss?lang=sv#team",
        "http://nordkaj.se:8080/",
        "//nordkaj.se/x",
        "nordkaj.se/kontakt",
        "https://user:secret@www.nordkaj.se/",
        "anna@nordkaj.se",
        "mailto:anna@nordkaj.se",
        "nordkaj.se?x=a@b.se",
    ] {
        check(text, Some("nordkaj.se"));
    }
}

#[test]
fn other_hosts_of_a_company_keep_their_name() {
    check("https://lager.nordkaj.se/", Some("lager.nordkaj.se"));
    check("www.lager.nordkaj.co.uk", Some("lager.nordkaj.co.uk"));
}

#[test]
fn companies_are_matched_by_the_part_they_registered() {
    for (text, expected) in [
        ("https://lager.nordkaj.se/", "nordkaj.se"),
        ("www.lager.nordkaj.co.uk", "nordkaj.co.uk"),
        ("fjordeiendom.github.io", "fjordeiendom.github.io"),
    ] {
        assert_eq!(registrable(text).as_deref(), Some(expected), "{text:?}");
    }
}

#[test]
fn letters_beyond_ascii_take_their_idna_form() {
    check("åkerström.se", Some("xn--kerstrm-dxa3n.se"));
    check("https://www.ÅKERSTRÖM.se/", Some("xn--kerstrm-dxa3n.se"));
    check("xn--kerstrm-dxa3n.se", Some("xn--kerstrm-dxa3n.se"));
}

#[test]
fn what_nobody_can_own_is_none() {
    for text in [
        "",
        " ",
        "se",
        "co.uk",
        "github.io",
        "localhost",
        "10.0.0.1",
        "http://10.0.0.1/",
        "[::1]",
        "http://[2001:db8::1]:80/",
        "nordkaj",
        "nord kaj.se",
        "nordkaj..se",
        "-nordkaj.se",
        "nordkaj.invalidending",
        "printer.local",
        "https://",
        "@",
        "fastighet ab.se bolag",
    ] {
        check(text, None);
    }
    check(&format!("{}.se", "a".repeat(64)), None);
    check(&format!("{}.se", "a.".repeat(2_000)), None);
}

#[test]
fn endings_reserved_for_documentation_are_taken() {
    check(
        "https://www.havnegruppen.example/",
        Some("havnegruppen.example"),
    );
    assert_eq!(
        registrable("post.havnegruppen.example").as_deref(),
        Some("havnegruppen.example")
    );
}

#[test]
fn a_domain_that_is_named_www_keeps_its_name() {
    check("www.se", Some("www.se"));
    check("www.www.se", Some("www.se"));
}

#[test]
fn mailbox_providers_are_known_however_they_are_written() {
    for text in [
        "gmail.com",
        "ann@GMAIL.com",
        "live.se",
        "icloud.com",
        "telia.com",
        "mail.yahoo.co.uk",
        "online.no",
        "mail.dk",
    ] {
        assert!(is_mailbox_provider(text), "{text:?}");
    }
    for text in [
        "nordkaj.se",
        "gmail.com.nordkaj.se",
        "notgmail.com",
        "",
        "telia.se",
    ] {
        assert!(!is_mailbox_provider(text), "{text:?}");
    }
}
