//! What the two calls by external reference have in common.
//!
//! In: their query and the references of the record. Out: the options, and the reference in its place.

use super::call::Call;
use super::problem::{Refused, exists, invalid};
use super::record::ExternalRef;

/// `match=email`.
pub(super) fn matches_email(call: &Call<'_>) -> Result<bool, Refused> {
    match call.query.get("match") {
        None => Ok(false),
        Some("email") => Ok(true),
        Some(_) => Err(invalid("match", "Only email can be matched.")),
    }
}

/// `revive`, which is on unless it is switched off.
pub(super) fn revives(call: &Call<'_>) -> Result<bool, Refused> {
    let text = call.query.get("revive").unwrap_or("true");
    text.parse()
        .map_err(|_| invalid("revive", "This must be true or false."))
}

/// The record carries the reference it was called by.
pub(super) fn ensure_reference(
    refs: &mut Vec<ExternalRef>,
    own: ExternalRef,
) -> Result<(), Refused> {
    let namespace = own.namespace.to_lowercase();
    match refs
        .iter()
        .find(|known| known.namespace.to_lowercase() == namespace)
    {
        Some(known) if known.id == own.id => Ok(()),
        Some(_) => Err(exists(
            "The record has another reference in this namespace.",
        )),
        None => {
            refs.push(own);
            Ok(())
        }
    }
}
