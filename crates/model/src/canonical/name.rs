//! Names of people: one text and two parts.
//!
//! In: a full name, or a given and a family name. Out: the other form. The words and their order are
//! the user's own: splitting only decides where the family name begins, and joining the parts again
//! gives the text back. Never changes a spelling or a capital.

use std::cell::RefCell;

use human_name::Name;
use serde::{Deserialize, Serialize};

use super::memo::Memo;
use super::text::{fold, text};

/// Longer texts are no names; they are cut at the last word without asking the library.
const NAME_BYTES_MAX: usize = 200;

/// Small words that belong to the family name after them, in whatever case they are typed.
const PARTICLES: [&str; 13] = [
    "af", "av", "von", "van", "der", "den", "de", "del", "la", "le", "zu", "zur", "ter",
];
/// The same, but given names too when they carry a capital.
const PARTICLES_IN_LOWER_CASE: [&str; 9] = ["da", "di", "do", "dos", "du", "al", "bin", "ten", "y"];

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonName {
    pub given: Option<String>,
    pub family: Option<String>,
}

/// Joining the parts gives `text(full)` back, whatever the text.
pub fn split_name(full: &str) -> PersonName {
    let Some(full) = text(full) else {
        return PersonName::default();
    };
    let family_at = match words(&full).count() {
        0 | 1 => full.len(),
        2 => cut_two_words(&full),
        _ => remembered_cut(&full),
    };
    let (given, family) = full.split_at(family_at);
    let part = |part: &str| (!part.is_empty()).then(|| part.to_owned());
    PersonName {
        given: part(given.trim_end()),
        family: part(family),
    }
}

pub fn join_name(given: Option<&str>, family: Option<&str>) -> Option<String> {
    match (given.and_then(text), family.and_then(text)) {
        (Some(given), Some(family)) => text(&format!("{given} {family}")),
        (given, family) => given.or(family),
    }
}

/// Each word with the byte where it begins.
fn words(full: &str) -> impl DoubleEndedIterator<Item = (usize, &str)> + Clone {
    full.split(' ')
        .map(move |word| (word.as_ptr() as usize - full.as_ptr() as usize, word))
}

fn cut_two_words(full: &str) -> usize {
    let (first, second) = full
        .split_once(' ')
        .expect("two words have a space between them");
    if is_particle(first) {
        return 0;
    }
    // "Berg, Ann" has its parts the wrong way round: better left whole than cut wrongly.
    if first.ends_with(',') {
        full.len()
    } else {
        full.len() - second.len()
    }
}

fn remembered_cut(full: &str) -> usize {
    thread_local! {
        static RECENT: RefCell<Memo<(), usize>> = const { RefCell::new(Memo::new()) };
    }
    RECENT.with_borrow_mut(|recent| recent.get_or_compute(full, (), || cut_many_words(full)))
}

fn cut_many_words(full: &str) -> usize {
    let words: Vec<(usize, &str)> = words(full).collect();
    if words[0].1.ends_with(',') {
        return full.len();
    }
    let known = if full.len() <= NAME_BYTES_MAX {
        surname_by_library(full, &words)
    } else {
        None
    };
    let mut first = known.unwrap_or(words.len() - 1);
    while first > 1 && is_particle(words[first - 1].1) {
        first -= 1;
    }
    if first == 1 && is_particle(words[0].1) {
        return 0;
    }
    words[first].0
}

/// The library answers in other letters (decomposed, with capitals of its own), so its surname is
/// looked for among the user's words, and only the place is used.
fn surname_by_library(full: &str, words: &[(usize, &str)]) -> Option<usize> {
    let name = Name::parse(full)?;
    let surname: Vec<String> = name.surname().split_whitespace().map(key).collect();
    let keys: Vec<String> = words.iter().map(|(_, word)| key(word)).collect();
    let at = keys
        .windows(surname.len().max(1))
        .rposition(|window| window == surname)?;
    (at > 0).then_some(at)
}

fn key(word: &str) -> String {
    fold(word)
        .trim_matches(|letter: char| !letter.is_alphanumeric())
        .to_owned()
}

fn is_particle(word: &str) -> bool {
    PARTICLES_IN_LOWER_CASE.contains(&word)
        || PARTICLES
            .iter()
            .any(|particle| particle.eq_ignore_ascii_case(word))
}
