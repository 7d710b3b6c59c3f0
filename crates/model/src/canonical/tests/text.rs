//! Plain text and folded keys.

use crate::canonical::text::{fold, multiline, text};

#[test]
fn a_line_is_trimmed_composed_and_evenly_spaced() {
    for (raw, expected) in [
        ("Anna Berg", Some("Anna Berg")),
        ("  Anna \t\n Berg ", Some("Anna Berg")),
        ("Anna\u{a0}Berg", Some("Anna Berg")),
        ("A\u{30a}sa", Some("Åsa")),
        ("An\u{0}na\u{200b}", Some("Anna")),
        ("\u{202d}Anna\u{202c}", Some("Anna")),
        ("", None),
        (" \u{a0}\u{200b}\r\n ", None),
    ] {
        assert_eq!(text(raw).as_deref(), expected, "{raw:?}");
    }
}

#[test]
fn joiners_inside_letters_and_emoji_are_kept() {
    assert_eq!(
        text("👩\u{200d}💼 Anna").as_deref(),
        Some("👩\u{200d}💼 Anna")
    );
}

#[test]
fn line_breaks_are_kept_in_one_form() {
    for (raw, expected) in [
        (
            "Ring efter lunch.\r\nBokat\trum  \r\n\r\n  indraget\r",
            Some("Ring efter lunch.\nBokat\trum\n\n  indraget"),
        ),
        (
            "ett\rtvå\u{2028}tre\u{2029}fyra",
            Some("ett\ntvå\ntre\nfyra"),
        ),
        ("\n\n ett \n\n", Some("ett")),
        ("ett  två", Some("ett  två")),
        ("\r\n \r\n", None),
    ] {
        assert_eq!(multiline(raw).as_deref(), expected, "{raw:?}");
    }
}

#[test]
fn folding_takes_off_case_and_accents() {
    for (raw, expected) in [
        ("Åsa ÖBERG", "asa oberg"),
        ("A\u{30a}sa  Öberg ", "asa oberg"),
        ("Søren Kjær", "soren kjaer"),
        ("Łukasz Groß", "lukasz gross"),
        ("Þórður Ðuro", "thordur duro"),
        ("İstanbul", "istanbul"),
        ("Ｎｏｒｄ", "nord"),
        ("O’Brien – Öst", "o'brien - ost"),
    ] {
        assert_eq!(fold(raw), expected, "{raw:?}");
    }
}
