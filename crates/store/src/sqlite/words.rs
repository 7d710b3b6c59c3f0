//! How our words are written in columns.
//!
//! In: a word. Out: its text, and back; `None` for a text that is no such word.

use model::{Entity, Field, Kind, Side};
use plan::{MatchRule, Rule};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};

use crate::lane::Stage;
use crate::rows::{HistoryKind, InboxSource, MatchKeyKind};

pub(super) const STAGES: [Stage; 5] = [
    Stage::Rest,
    Stage::Read,
    Stage::Plan,
    Stage::Deliver,
    Stage::Quarantined,
];

pub(super) const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Rest => "rest",
        Stage::Read => "read",
        Stage::Plan => "plan",
        Stage::Deliver => "deliver",
        Stage::Quarantined => "quarantined",
    }
}

pub(super) const fn source(source: InboxSource) -> &'static str {
    match source {
        InboxSource::PipedriveWebhook => "pipedrive_webhook",
        InboxSource::PropstreetWebhook => "propstreet_webhook",
        InboxSource::Poll => "poll",
        InboxSource::Sweep => "sweep",
        InboxSource::Manual => "manual",
    }
}

pub(super) const fn match_key(kind: MatchKeyKind) -> &'static str {
    match kind {
        MatchKeyKind::Marker => "marker",
        MatchKeyKind::Email => "email",
        MatchKeyKind::Domain => "domain",
        MatchKeyKind::OrganizationNumber => "organization_number",
        MatchKeyKind::Phone => "phone",
        MatchKeyKind::Name => "name",
        MatchKeyKind::Words => "words",
    }
}

pub(super) const fn history_kind(kind: HistoryKind) -> &'static str {
    match kind {
        HistoryKind::Paired => "paired",
        HistoryKind::Created => "created",
        HistoryKind::Updated => "updated",
        HistoryKind::Deleted => "deleted",
        HistoryKind::Unlinked => "unlinked",
        HistoryKind::Repointed => "repointed",
        HistoryKind::Parted => "parted",
        HistoryKind::Asked => "asked",
        HistoryKind::Came => "came",
        HistoryKind::Left => "left",
    }
}

pub(super) const fn match_rule(rule: MatchRule) -> &'static str {
    match rule {
        MatchRule::Marker => "marker",
        MatchRule::Email => "email",
        MatchRule::Domain => "domain",
        MatchRule::OrganizationNumber => "organization_number",
        MatchRule::PhoneAndName => "phone_and_name",
        MatchRule::SameWords => "same_words",
        MatchRule::SimilarName => "similar_name",
    }
}

pub(super) fn match_rule_from(text: &str) -> Option<MatchRule> {
    let rules = [
        MatchRule::Marker,
        MatchRule::Email,
        MatchRule::Domain,
        MatchRule::OrganizationNumber,
        MatchRule::PhoneAndName,
        MatchRule::SameWords,
        MatchRule::SimilarName,
    ];
    rules.into_iter().find(|rule| match_rule(*rule) == text)
}

pub(super) fn entity_from(text: &str) -> Option<Entity> {
    Entity::from_name(text)
}

pub(super) fn kind_from(text: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name() == text)
}

pub(super) fn side_from(text: &str) -> Option<Side> {
    Side::BOTH.into_iter().find(|side| side.name() == text)
}

/// Fields and rules are written as everywhere else in our JSON.
pub(super) fn field(field: Field) -> String {
    plain(&field)
}

pub(super) fn rule(rule: Rule) -> String {
    plain(&rule)
}

fn plain<T: Serialize>(word: &T) -> String {
    super::cells::to_json(word).trim_matches('"').to_owned()
}

/// A word written by the names its type has in JSON.
pub(super) fn from_plain<T: DeserializeOwned>(text: &str) -> Option<T> {
    T::deserialize(StrDeserializer::<Error>::new(text)).ok()
}
