//! Words and their forms.

use model::{Field, Value};
use propstreet::NOTE_MAX;
use serde_json::json;

use super::{
    GOES_ON, html_of, html_of_markdown, message, record_of_propstreet, tidied, words_of_html,
};

#[test]
fn words_come_back_from_the_html_that_is_made_of_them() {
    let long = "å & <b>b</b> \"q\"\n\n- one\n- two\n1. x\n# no heading\n*star* _under_ `tick` &amp; [x](y)\n\n> said";
    for words in [
        long,
        "one",
        "a\nb\n\nc",
        "https://example.se/?a=1&b=2",
        "1 < 2 > 0",
    ] {
        let tidy = tidied(words).expect("it has words");
        assert_eq!(words_of_html(&html_of(&tidy)).as_deref(), Some(&*tidy));
    }
}

#[test]
fn the_same_words_in_another_form_are_the_same() {
    let forms = [
        "<p>Called <b>twice</b>.</p><p>No answer</p>",
        "<div>Called twice.</div>\r\n<div> </div><div>No&nbsp;answer </div>",
        "Called twice.<br><br>No answer",
        "<p><span style=\"color:red\">Called   twice.</span></p>\n\n<p>No answer</p><script>alert(1)</script>",
    ];
    for form in forms {
        assert_eq!(
            words_of_html(form).as_deref(),
            Some("Called twice.\n\nNo answer"),
            "{form}"
        );
    }
}

#[test]
fn what_has_no_words_is_empty() {
    for form in [
        "",
        "  ",
        "<p></p>",
        "<br>",
        "<p>&nbsp;</p>",
        "<img src=\"x\">",
    ] {
        assert_eq!(words_of_html(form), None, "{form}");
    }
}

#[test]
fn a_long_text_is_cut_and_says_so() {
    let words = "ord ".repeat(NOTE_MAX);
    let cut = message(words.trim());
    assert!(cut.chars().count() <= NOTE_MAX);
    assert!(cut.ends_with(GOES_ON));
    assert_eq!(message("short"), "short");
}

#[test]
fn html_that_is_nested_beyond_sense_is_no_trouble() {
    let nested = |depth: usize| format!("{}deep{}", "<div>".repeat(depth), "</div>".repeat(depth));
    assert_eq!(words_of_html(&nested(500)).as_deref(), Some("deep"));
    // Nobody writes such a note, and it has no words.
    assert_eq!(words_of_html(&nested(20_000)), None);
}

#[test]
fn markdown_keeps_its_form_and_tags_in_it_are_letters() {
    let note = |message: &str| -> propstreet::Note {
        let details = json!({"message": message, "contentFormat": "Markdown"});
        serde_json::from_value(json!({"id": "9", "details": details})).expect("a note")
    };
    let html = html_of_markdown(&note("**Bold** <b>x</b>\n\n- one\n- [two](javascript:x)"));
    let html = html.expect("it is markdown");
    assert!(
        html.contains("<strong>Bold</strong> &lt;b&gt;x&lt;/b&gt;"),
        "{html}"
    );
    assert!(!html.contains("javascript"), "{html}");
    let says = record_of_propstreet(&note("**Bold**\n\n- one\n- two"));
    let words = says.get(Field::NoteText).and_then(Value::as_text);
    assert_eq!(words, Some("Bold\n\n- one\n\n- two"));
    let deep = ">".repeat(5_000) + " x";
    assert_eq!(html_of_markdown(&note(&deep)), None);
}
