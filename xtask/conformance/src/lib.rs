//! What Pipedrive publishes about its answers, and a judge that holds any answer against it.
//!
//! In: an answer, as method, path, status and body. Out: what about it is not as published. `data/` restates the vendor's
//! OpenAPI files of 2026-08-18 (which operations there are and how they answer, nothing else), the known ways in which
//! real answers differ from them, and how refusals look, which the files leave out.
//!
//! The files are read strictly: an object that names its keys has no others but custom fields.
//!
//! It knows nothing of ours, so that nothing we got wrong twice can cancel out, and no release of the product contains it.

mod deviations;
mod finding;
mod judge;
mod keys;
mod notes;
mod operations;
mod refusals;
pub mod report;
mod strict;

pub use finding::Finding;
pub use judge::{Verdict, judge};
pub use operations::{Operation, operations};

/// Where [`expect_published`] notes what it saw, for the report; unset in ordinary test runs.
pub const NOTES_VARIABLE: &str = "PIPESTREET_CONFORMANCE_NOTES";

/// Judges an answer of an emulated Pipedrive and notes it for the report.
///
/// # Panics
/// When the answer differs from what is published in a way that is not listed as known.
#[track_caller]
pub fn expect_published(method: &str, path: &str, status: u16, body: &[u8]) {
    let verdict = judge(method, path, status, body);
    assert!(
        verdict.findings.is_empty(),
        "{method} {path} answered {status} otherwise than Pipedrive publishes:\n{}\n\
         Mend the answer, or list the difference with its reason in xtask/conformance/data/deviations.json.\n{}",
        verdict.shown(),
        String::from_utf8_lossy(&body[..body.len().min(2_000)]),
    );
    notes::keep(&verdict);
}
