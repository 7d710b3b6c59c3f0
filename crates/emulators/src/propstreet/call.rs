//! One authenticated call and the answer it gets, as the handlers see them.
//!
//! In: an HTTP request. Out: its query, precondition, key and body in reach. It knows no entity.

use http::Method;
use serde_json::Value;

use super::fields::Reading;
use super::problem::{
    Refused, exists, invalid, stale, unsupported_media, validation, version_required,
};
use super::record::{ExternalRef, Stamp};
use super::records::Occasion;
use super::render::LastChange;
use super::{json, query::Query};

/// A call that passed the door.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) method: &'a Method,
    pub(super) query: Query,
    pub(super) if_match: Option<&'a str>,
    pub(super) body: &'a [u8],
    pub(super) is_json: bool,
    pub(super) content_type: Option<&'a str>,
    /// The key was used with another body.
    pub(super) key_is_taken: bool,
    /// Parameters that are not known are refused.
    pub(super) strict_query: bool,
    pub(super) reading: Reading<'a>,
    pub(super) when: Occasion<'a>,
}

/// An answer that is no refusal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: String,
    pub(super) etag: Option<String>,
    pub(super) location: Option<String>,
    pub(super) upsert: Option<&'static str>,
}

impl Reply {
    pub(super) fn ok(body: String) -> Self {
        Self {
            status: 200,
            body,
            ..Self::default()
        }
    }

    pub(super) fn nothing() -> Self {
        Self {
            status: 204,
            ..Self::default()
        }
    }

    /// A record with its version.
    pub(super) fn record(body: String, version: u64) -> Self {
        Self {
            etag: Some(json::etag(version)),
            ..Self::ok(body)
        }
    }

    /// A record that was made just now.
    pub(super) fn made(self, location: String) -> Self {
        Self {
            status: 201,
            location: Some(location),
            ..self
        }
    }
}

impl Call<'_> {
    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, Refused> {
        if !self.is_json {
            return Err(unsupported_media());
        }
        serde_json::from_slice(self.body).map_err(|_| invalid("$", "The body is not valid JSON."))
    }

    /// Optional: checked when it is sent. Compared as it is, so `*` matches nothing.
    pub(super) fn check_version(&self, stamp: &Stamp) -> Result<(), Refused> {
        let is = json::etag(stamp.version);
        // A switch shows versions without their mark of weakness.
        let is = if self.reading.switches.versions_are_strong {
            is.trim_start_matches("W/")
        } else {
            &is
        };
        match self.if_match {
            Some("*") if self.reading.switches.a_star_fits_every_version => Ok(()),
            Some(wanted) if wanted != is => Err(stale()),
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn require_version(&self, stamp: &Stamp) -> Result<(), Refused> {
        if self.if_match.is_none_or(|wanted| wanted.trim().is_empty()) {
            return Err(version_required());
        }
        self.check_version(stamp)
    }

    /// Belongs to the conflicts, so it comes after the body was found valid.
    pub(super) fn refuse_taken_key(&self) -> Result<(), Refused> {
        if self.key_is_taken {
            return Err(exists(
                "The Idempotency-Key was used with a different body.",
            ));
        }
        Ok(())
    }

    /// The record that has one of the references already, where a switch has creates answer with it.
    pub(super) fn known(
        &self,
        refs: &[ExternalRef],
        find: impl Fn(&str, &str) -> Option<u64>,
    ) -> Option<u64> {
        let mut refs = refs
            .iter()
            .filter(|_| self.reading.switches.known_references_give_the_record);
        refs.find_map(|reference| find(&reference.namespace, &reference.id))
    }

    /// Whether a single read tells the last change.
    pub(super) const fn on_read(&self) -> LastChange {
        if self.reading.switches.changes_are_told_on_reads {
            LastChange::Told
        } else {
            LastChange::Withheld
        }
    }

    /// Refuses query parameters beyond these.
    pub(super) fn only_parameters(&self, known: &[&str]) -> Result<(), Refused> {
        self.only_parameters_or(known, &[])
    }

    /// Refuses query parameters beyond these; the second ones may occur several times.
    pub(super) fn only_parameters_or(
        &self,
        known: &[&str],
        repeatable: &[&str],
    ) -> Result<(), Refused> {
        let errors = self.query.misuses(known, repeatable, self.strict_query);
        if errors.is_empty() {
            Ok(())
        } else {
            Err(validation(errors))
        }
    }
}
