//! Is this new record someone we know? Decides from candidates that share a key with it.

use model::{PairId, Record, RecordKey};

/// By what a candidate was found, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchRule {
    /// The Pipedrive record's `propstreet_*_id` field, or the Propstreet record's external reference `pipedrive`.
    Marker,
    Email,
    Domain,
    OrganizationNumber,
    /// Never automatic: only suggested.
    PhoneAndName,
    /// Never automatic: only suggested.
    SimilarName,
}

/// A record of the other side (or a rival of the same side) that shares a key with the new one.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    pub key: RecordKey,
    pub record: &'a Record,
    pub rules: Vec<MatchRule>,
    /// The pair it is already in.
    pub pair: Option<PairId>,
}

/// A possible match that a person should look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    pub candidate: RecordKey,
    pub rule: MatchRule,
    /// 0.0 to 1.0
    pub similarity: f64,
}

/// What to do with a record that has no pair.
#[derive(Debug, Clone, PartialEq)]
pub enum MatchDecision {
    /// They are the same: pair them.
    Pair { candidate: RecordKey, rule: MatchRule },
    /// The candidate's own pair lost its record on our side (a merge): this record takes its place.
    Repoint { pair: PairId, candidate: RecordKey },
    /// Nobody we know: create it on the other side. Suggestions are kept for review.
    Create { suggestions: Vec<Suggestion> },
    /// A rival of the same side is the better match for the only candidate: it goes first.
    WaitForRival { rival: RecordKey },
    /// Creating it would be refused or wrong, and a person has to decide; says why in words.
    Ambiguous { reason: String },
}
