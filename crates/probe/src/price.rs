//! What a call costs, by the price list.
//!
//! In: a method and an address. Out: tokens, of the most specific call that fits.

use std::cmp::Reverse;

use http::Method;
use pipedrive::cost::OPERATIONS;

/// What a call costs that is in no price list.
const TOKENS_UNKNOWN: u32 = 40;

/// What the price list says of a call; the most specific address that fits.
pub(crate) fn price(method: &Method, path: &str) -> u32 {
    let path = path.split('?').next().unwrap_or(path);
    let fits = OPERATIONS
        .iter()
        .filter(|operation| operation.verb.method() == *method && is_at(path, operation.path));
    // Of two that fit as well, the dearer: nothing is ever booked too low.
    let best = fits.min_by_key(|operation| {
        (
            operation.path.matches('{').count(),
            Reverse(operation.tokens),
        )
    });
    best.map_or(TOKENS_UNKNOWN, |operation| operation.tokens)
}

fn is_at(path: &str, pattern: &str) -> bool {
    let (mut of_path, mut of_pattern) = (path.split('/'), pattern.split('/'));
    loop {
        match (of_path.next(), of_pattern.next()) {
            (None, None) => return true,
            (Some(part), Some(wanted)) if fits(part, wanted) => {}
            _ => return false,
        }
    }
}

/// `{…}` stands for any part, also beside letters as in `{entity}Fields`.
fn fits(part: &str, wanted: &str) -> bool {
    match wanted.split_once('{') {
        None => part == wanted,
        Some((before, rest)) => {
            let after = rest.split_once('}').map_or("", |(_, after)| after);
            part.len() > before.len() + after.len()
                && part.starts_with(before)
                && part.ends_with(after)
        }
    }
}
