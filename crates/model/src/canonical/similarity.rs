//! How alike two names are, for suggestions that a person decides on.
//!
//! In: two names of people or organizations. Out: 0.0 to 1.0, the same in either order. Word order,
//! case, accents and legal forms do not count. Never used to match automatically.

use super::text::fold;

const LETTERS_MAX: usize = 200;

/// Legal forms as words once points and strokes are gone: "A/S" is "as".
const LEGAL_FORMS: [&str; 24] = [
    "ab", "publ", "hb", "kb", "as", "asa", "ans", "da", "ks", "aps", "is", "ps", "amba", "oy",
    "oyj", "abp", "ky", "tmi", "ltd", "limited", "inc", "llc", "gmbh", "plc",
];

pub fn name_similarity(a: &str, b: &str) -> f64 {
    let (a, b) = (key(a), key(b));
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    // Jaro's matching walks one text and marks the other, so the order is fixed.
    if a <= b {
        strsim::jaro_winkler(&a, &b)
    } else {
        strsim::jaro_winkler(&b, &a)
    }
}

fn key(name: &str) -> String {
    let start: String = name.chars().take(LETTERS_MAX).collect();
    let plain: String = fold(&start)
        .chars()
        .filter(|letter| !matches!(letter, '.' | '/' | '\''))
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                ' '
            }
        })
        .collect();
    let all: Vec<&str> = plain.split_whitespace().collect();
    let mut words: Vec<&str> = all
        .iter()
        .copied()
        .filter(|word| !LEGAL_FORMS.contains(word))
        .collect();
    if words.is_empty() {
        words = all;
    }
    words.sort_unstable();
    words.join(" ")
}
