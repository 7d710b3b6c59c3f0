//! Readable names for columns and settings: `Property address` becomes `property_address`.
//!
//! In: a label as users wrote it. Out: lower-case letters, digits and single underscores, never empty and never beginning with
//! a digit. Says nothing about whether another label has the same.

use super::text::fold;

/// Longer names are cut: some databases allow 63 bytes, and a suffix may follow.
const LENGTH_MAX: usize = 50;
/// What stands for a label in which no letter of ours is left.
const NAMELESS: &str = "field";

/// The readable name of a label.
#[must_use]
pub fn slug(label: &str) -> String {
    let mut slug = String::with_capacity(label.len());
    for letter in fold(label).chars() {
        if slug.len() >= LENGTH_MAX {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            if slug.is_empty() && letter.is_ascii_digit() {
                slug.push_str(NAMELESS);
                slug.push('_');
            }
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    match slug.trim_end_matches('_') {
        "" => NAMELESS.to_owned(),
        slug => slug.to_owned(),
    }
}
