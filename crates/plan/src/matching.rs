//! Is this new record someone we know? Decides from candidates that share a key with it.
//!
//! In: the new record, the records of the other side that share a key with it, and its rivals: records of its own side, without
//! a pair, that share the same key. Out: a [`MatchDecision`]. What a candidate was found by is looked up by the caller; a phone
//! number or a similar name never pairs anybody, they are only suggested.

use std::cmp::Ordering;

use model::canonical::{similarity::name_similarity, text::fold};
use model::{Field, Kind, PairId, Record, RecordKey, Side};

/// How many suggestions are kept for review.
const SUGGESTIONS_MAX: usize = 5;

/// By what a candidate was found, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchRule {
    /// The Pipedrive record's `propstreet_*_id` field, or the Propstreet record's external reference `pipedrive`.
    Marker,
    Email,
    Domain,
    OrganizationNumber,
    /// Of notes: on records that are a pair, in the same words.
    SameWords,
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
    /// That pair's record on the new record's side was deleted: the place is free.
    pub pair_lost_own_side: bool,
}

impl Candidate<'_> {
    fn has(&self, rule: MatchRule) -> bool {
        self.rules.contains(&rule)
    }

    /// It can be paired with: it has no pair, or one whose other half is gone.
    fn is_free(&self) -> bool {
        self.pair.is_none() || self.pair_lost_own_side
    }
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
    Pair {
        candidate: RecordKey,
        rule: MatchRule,
    },
    /// The candidate's own pair lost its record on our side (a merge): this record takes its place.
    Repoint { pair: PairId, candidate: RecordKey },
    /// Nobody we know: create it on the other side. Suggestions are kept for review.
    Create { suggestions: Vec<Suggestion> },
    /// A rival of the same side is the better match for the only candidate: it goes first.
    WaitForRival { rival: RecordKey },
    /// A person took it out of its pair: nothing is made for it, and it waits for a person or a record that is surely the same.
    LeftAlone { suggestions: Vec<Suggestion> },
    /// Creating it would be refused or wrong, and a person has to decide; says why in words.
    Ambiguous { reason: String },
}

/// Rules that pair without asking anybody, strongest first.
const AUTOMATIC: [MatchRule; 4] = [
    MatchRule::Marker,
    MatchRule::Email,
    MatchRule::Domain,
    MatchRule::OrganizationNumber,
];

/// Decides by the strongest rule that says anything.
#[must_use]
pub fn choose_match(
    new: &RecordKey,
    record: &Record,
    candidates: &[Candidate<'_>],
    rivals: &[Candidate<'_>],
) -> MatchDecision {
    let new = New { key: new, record };
    AUTOMATIC
        .into_iter()
        .find_map(|rule| new.by_rule(rule, candidates, rivals))
        .unwrap_or_else(|| MatchDecision::Create {
            suggestions: new.suggestions(candidates),
        })
}

/// The record nobody knows yet.
struct New<'a> {
    key: &'a RecordKey,
    record: &'a Record,
}

impl New<'_> {
    /// What one rule says; nothing when it leaves the question to the next.
    fn by_rule(
        &self,
        rule: MatchRule,
        candidates: &[Candidate<'_>],
        rivals: &[Candidate<'_>],
    ) -> Option<MatchDecision> {
        let found: Vec<&Candidate<'_>> = candidates
            .iter()
            .filter(|candidate| candidate.has(rule))
            .collect();
        if rule == MatchRule::Marker && found.len() > 1 {
            return Some(self.several(&found, rule));
        }
        let free: Vec<&Candidate<'_>> = found
            .iter()
            .copied()
            .filter(|candidate| candidate.is_free())
            .collect();
        match (free.as_slice(), found.as_slice()) {
            (_, []) => None,
            ([], [taken, ..]) => self.all_taken(taken, rule),
            ([only], _) => Some(self.pair_unless_rival(only, rule, rivals)),
            (several, _) => {
                let mut same_name = several
                    .iter()
                    .filter(|candidate| self.has_name_of(candidate.record));
                match (same_name.next(), same_name.next()) {
                    (Some(only), None) => Some(self.pair_unless_rival(only, rule, rivals)),
                    (Some(_), Some(_)) | (None, _) => Some(self.several(several, rule)),
                }
            }
        }
    }

    fn all_taken(&self, taken: &Candidate<'_>, rule: MatchRule) -> Option<MatchDecision> {
        let reason = match rule {
            MatchRule::Marker => format!(
                "{} is marked as the counterpart of {}, which is already paired with another record: is it a copy?",
                self.key, taken.key
            ),
            MatchRule::Email if self.key.side() == Side::Pipedrive => format!(
                "{} has the e-mail address of {}, which is already paired with another record; Propstreet refuses a second \
                 contact with one address",
                self.key, taken.key
            ),
            MatchRule::Email
            | MatchRule::Domain
            | MatchRule::OrganizationNumber
            | MatchRule::SameWords
            | MatchRule::PhoneAndName
            | MatchRule::SimilarName => return None,
        };
        Some(MatchDecision::Ambiguous { reason })
    }

    fn several(&self, found: &[&Candidate<'_>], rule: MatchRule) -> MatchDecision {
        let mut keys: Vec<&RecordKey> = found.iter().map(|candidate| &candidate.key).collect();
        keys.sort_by(|a, b| by_id(a, b));
        let names: Vec<String> = keys.into_iter().map(ToString::to_string).collect();
        let shared = match rule {
            MatchRule::Marker => "are marked as its counterpart",
            MatchRule::Email => "have its e-mail address",
            MatchRule::Domain => "have its domain",
            MatchRule::OrganizationNumber => "have its organization number",
            MatchRule::SameWords => "say the same",
            MatchRule::PhoneAndName | MatchRule::SimilarName => "resemble it",
        };
        let reason = format!(
            "{} could be any of {}, which all {shared}",
            self.key,
            names.join(", ")
        );
        MatchDecision::Ambiguous { reason }
    }

    /// All rivals judge by the same order, so exactly one of them goes first.
    fn pair_unless_rival(
        &self,
        only: &Candidate<'_>,
        rule: MatchRule,
        rivals: &[Candidate<'_>],
    ) -> MatchDecision {
        let name = folded_name(self.key, only.record);
        let rank = |key: &RecordKey, record: &Record| !is_named(&folded_name(key, record), &name);
        let best_rival = rivals
            .iter()
            .filter(|rival| rival.has(rule) && rival.pair.is_none() && rival.key != *self.key)
            .min_by(|a, b| {
                rank(&a.key, a.record)
                    .cmp(&rank(&b.key, b.record))
                    .then_with(|| by_id(&a.key, &b.key))
            });
        if let Some(rival) = best_rival {
            let order = rank(&rival.key, rival.record).cmp(&rank(self.key, self.record));
            if order.then_with(|| by_id(&rival.key, self.key)) == Ordering::Less {
                return MatchDecision::WaitForRival {
                    rival: rival.key.clone(),
                };
            }
        }
        match only.pair {
            Some(pair) => MatchDecision::Repoint {
                pair,
                candidate: only.key.clone(),
            },
            None => MatchDecision::Pair {
                candidate: only.key.clone(),
                rule,
            },
        }
    }

    fn has_name_of(&self, other: &Record) -> bool {
        is_named(
            &folded_name(self.key, self.record),
            &folded_name(self.key, other),
        )
    }

    /// The most alike first. Nobody is left out for being paired: that can be a mistake, too.
    fn suggestions(&self, candidates: &[Candidate<'_>]) -> Vec<Suggestion> {
        let mut suggestions: Vec<(Suggestion, &RecordKey)> = candidates
            .iter()
            .filter_map(|candidate| {
                let rule = candidate.rules.iter().min().copied()?;
                let similarity = self.similarity(candidate.record);
                Some((
                    Suggestion {
                        candidate: candidate.key.clone(),
                        rule,
                        similarity,
                    },
                    &candidate.key,
                ))
            })
            .collect();
        suggestions.sort_by(|(a, a_key), (b, b_key)| {
            a.rule
                .cmp(&b.rule)
                .then(b.similarity.total_cmp(&a.similarity))
                .then_with(|| by_id(a_key, b_key))
        });
        suggestions.truncate(SUGGESTIONS_MAX);
        suggestions
            .into_iter()
            .map(|(suggestion, _)| suggestion)
            .collect()
    }

    fn similarity(&self, other: &Record) -> f64 {
        match (name_of(self.key, self.record), name_of(self.key, other)) {
            (Some(own), Some(other)) => name_similarity(own, other).clamp(0.0, 1.0),
            (Some(_), None) | (None, _) => 0.0,
        }
    }
}

/// The name field of a record of the same kind as `key`.
fn name_of<'a>(key: &RecordKey, record: &'a Record) -> Option<&'a str> {
    let field = match key.entity.kind() {
        Some(Kind::Person) => Field::PersonName,
        Some(Kind::Organization) => Field::OrganizationName,
        Some(Kind::Deal) => Field::DealName,
        Some(Kind::Note) | None => return None,
    };
    record.get(field)?.as_text()
}

fn folded_name(key: &RecordKey, record: &Record) -> String {
    name_of(key, record).map(fold).unwrap_or_default()
}

/// Two records without a name are not namesakes.
fn is_named(name: &str, other: &str) -> bool {
    !name.is_empty() && name == other
}

/// Numbers by size, other ids by text: the older record first where ids grow.
fn by_id(a: &RecordKey, b: &RecordKey) -> Ordering {
    match (a.id.as_number(), b.id.as_number()) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.id.cmp(&b.id),
    }
}
