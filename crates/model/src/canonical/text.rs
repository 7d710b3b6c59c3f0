//! Plain text: composed Unicode, no stray white space, no invisible control characters.
//!
//! In: text as it was typed or sent. Out: its canonical form for one line or for many, or `None` when
//! nothing is left; and a folded key for comparing. A folded key is never shown or sent.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// One line: trimmed, each run of white space a single space.
pub fn text(raw: &str) -> Option<String> {
    if is_plain_line(raw.as_bytes()) {
        return Some(raw.to_owned());
    }
    let visible = without_invisible(raw);
    let mut line = String::with_capacity(visible.len());
    for word in visible.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let line = compose(line);
    (!line.is_empty()).then_some(line)
}

/// Many lines: line breaks are `\n`, no spaces before them, nothing blank before or after the text.
pub fn multiline(raw: &str) -> Option<String> {
    let visible = without_invisible(raw);
    let unified = visible
        .replace("\r\n", "\n")
        .replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n");
    let mut lines = String::with_capacity(unified.len());
    for line in unified.trim().split('\n') {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(line.trim_end());
    }
    let lines = compose(lines);
    (!lines.is_empty()).then_some(lines)
}

/// A key without case and accents, for comparing and for suggestions only.
pub fn fold(raw: &str) -> String {
    let mut key = String::with_capacity(raw.len());
    let mut gap = false;
    for letter in raw
        .nfkd()
        .filter(|letter| !is_invisible(*letter) && !is_combining_mark(*letter))
    {
        if letter.is_whitespace() {
            gap = !key.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            key.push(' ');
        }
        for lower in letter
            .to_lowercase()
            .filter(|lower| !is_combining_mark(*lower))
        {
            push_base_letter(&mut key, lower);
        }
    }
    key
}

/// Letters that Unicode does not take apart, as people type them without the right keyboard.
fn push_base_letter(key: &mut String, letter: char) {
    match letter {
        'ø' => key.push('o'),
        'æ' => key.push_str("ae"),
        'œ' => key.push_str("oe"),
        'ß' => key.push_str("ss"),
        'þ' => key.push_str("th"),
        'đ' | 'ð' => key.push('d'),
        'ł' => key.push('l'),
        'ħ' => key.push('h'),
        'ŋ' => key.push('n'),
        'ŧ' => key.push('t'),
        'ı' => key.push('i'),
        '’' | '‘' | 'ʼ' => key.push('\''),
        '‐' | '‑' | '‒' | '–' | '—' | '−' => key.push('-'),
        other => key.push(other),
    }
}

/// Nearly all real values are so, and need no second look.
fn is_plain_line(bytes: &[u8]) -> bool {
    let mut after_space = true;
    for byte in bytes {
        match byte {
            b' ' if after_space => return false,
            b' ' => after_space = true,
            b'!'..=b'~' => after_space = false,
            _ => return false,
        }
    }
    !after_space
}

fn compose(text: String) -> String {
    if unicode_normalization::is_nfc(&text) {
        text
    } else {
        text.nfc().collect()
    }
}

pub(super) fn without_invisible(raw: &str) -> Cow<'_, str> {
    if raw.contains(is_invisible) {
        raw.replace(is_invisible, "").into()
    } else {
        raw.into()
    }
}

/// Controls, and the marks that copying from phones, web pages and spreadsheets leaves behind. The
/// joiners of Indic and Persian writing and of emoji are letters' neighbours and stay.
fn is_invisible(letter: char) -> bool {
    let is_line_or_tab = matches!(letter, '\t'..='\r' | '\u{85}');
    (letter.is_control() && !is_line_or_tab)
        || matches!(letter, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}
