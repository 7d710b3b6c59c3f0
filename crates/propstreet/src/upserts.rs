//! Writing a contact by another system's reference, whether it is there or not.
//!
//! In: a reference and the fields. Out: the contact, and what was done to have it.

use api_client::{CallContext, CallError, CallSpec};
use http::Method;

use crate::client::Client;
use crate::contacts::{CONTACTS, Contact, ContactBody};
use crate::cost;
use crate::etag::Versioned;
use crate::external::ExternalRef;

/// What counts as the contact that is meant, besides the one that has the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpsertOptions {
    /// One with the same address, when none has the reference; it gets the reference.
    pub matches_email: bool,
    /// A deleted one, which comes back; otherwise another one is created.
    pub revives: bool,
}

impl Default for UpsertOptions {
    fn default() -> Self {
        Self {
            matches_email: false,
            revives: true,
        }
    }
}

/// What an upsert did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upserted {
    Created,
    Updated,
    Revived,
    /// The answer does not say.
    Unknown,
}

impl Client {
    /// Updates, brings back or creates the contact that has a reference. However often it is sent, there is one contact.
    ///
    /// # Errors
    /// [`CallError::AlreadyExists`] when the address or another reference is taken; else as [`CallError`] says.
    pub async fn upsert_contact(
        &self,
        reference: &ExternalRef,
        body: &ContactBody,
        options: UpsertOptions,
        context: &CallContext,
    ) -> Result<(Versioned<Contact>, Upserted), CallError> {
        let mut path = reference.path(CONTACTS);
        let asked = [
            (options.matches_email, "match=email"),
            (!options.revives, "revive=false"),
        ];
        for (position, (_, option)) in asked.iter().filter(|(is_asked, _)| *is_asked).enumerate() {
            path.push(if position == 0 { '?' } else { '&' });
            path.push_str(option);
        }
        let what = "upsert a contact";
        let spec = CallSpec::write(what, Method::PATCH, path, cost::CALL, *context);
        let answer = self.send(spec.json(body)).await?;
        let told = answer.headers.get("x-propstreet-upsert-action");
        let done = match told.and_then(|told| told.to_str().ok()) {
            Some("created") => Upserted::Created,
            Some("updated") => Upserted::Updated,
            Some("revived") => Upserted::Revived,
            Some(_) | None => Upserted::Unknown,
        };
        Ok((Versioned::of_answer(&answer)?, done))
    }
}
