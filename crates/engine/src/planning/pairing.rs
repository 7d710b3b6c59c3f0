//! A record without a pair: is it someone we know on the other side, shall it be made there, or must a person look?
//!
//! In: a lane of one record, and the records that share a key with it. Out: the formation of a pair, a wait, or a
//! quarantine with its reason.

use std::collections::BTreeMap;

use model::{Base, BySide, Field, Kind, Pair, PairState, RecordKey, Side, Value};
use plan::{Candidate, MatchDecision, MatchRule, Operation, choose_match};
use store::{
    Disposition, HistoryKind, LaneKey, LaneView, MatchKey, MatchKeyKind, MatchRow, MirrorRow,
    NewHistory, NewSuggestion, PairFormation, PlanCommit, Store,
};

use crate::core::Core;
use crate::deals;
use crate::failure::{EngineError, problem};
use crate::mapping;
use crate::planning::{notes, nothing};

pub(crate) async fn plan_record<S: Store>(
    core: &Core<S>,
    view: &LaneView,
) -> Result<PlanCommit, EngineError> {
    let LaneKey::Record(key) = &view.lane.key else {
        return Ok(nothing(view, Disposition::Rest));
    };
    let Some(row) = view.rows.get(key.side()) else {
        return Ok(nothing(view, Disposition::Rest));
    };
    if row.deleted_at.is_some() {
        return Ok(nothing(view, Disposition::Rest));
    }
    if key.kind_of_pair() == Kind::Deal && !deals::may_be_planned(core, row) {
        return Ok(nothing(view, Disposition::Rest));
    }
    if key.kind_of_pair() == Kind::Note
        && let Some(wait) = notes::instead_of_pairing(core, view, row)?
    {
        return Ok(wait);
    }
    let decision = decide_record(core, view).await?;
    let makes_another = matches!(decision, MatchDecision::Create { .. });
    if makes_another && deals::is_over(&mapping::record(row, &[], &core.mapping()?)?, key) {
        // What is over already is not made on the other side.
        return Ok(nothing(view, Disposition::Rest));
    }
    let base = match &decision {
        MatchDecision::Pair { candidate, .. } => in_common(core, row, candidate).await?,
        MatchDecision::Repoint { .. }
        | MatchDecision::Create { .. }
        | MatchDecision::LeftAlone { .. }
        | MatchDecision::WaitForRival { .. }
        | MatchDecision::Ambiguous { .. } => None,
    };
    Ok(PlanCommit {
        base,
        ..commit_of(core, view, key, decision)
    })
}

/// What two records show alike when they are joined is agreed on from then on, so that a later edit of it is an edit. What
/// they refer to is told by pairs, and those may not be there yet.
async fn in_common<S: Store>(
    core: &Core<S>,
    row: &MirrorRow,
    candidate: &RecordKey,
) -> Result<Option<Base>, EngineError> {
    let Some(other) = core.store.mirror_row(core.ctx(), candidate).await? else {
        return Ok(None);
    };
    let mapping = core.mapping()?;
    let one = mapping::record(row, &[], &mapping)?;
    let other = mapping::record(&other, &[], &mapping)?;
    let mut base = Base::default();
    for field in Field::of(row.key.kind_of_pair()) {
        let common = match (one.get(*field), other.get(*field)) {
            (Some(Value::Set(one)), Some(Value::Set(other))) => {
                Value::set(one.intersection(other).cloned().collect())
            }
            (Some(Value::Text(one)), Some(Value::Text(other))) if one == other => {
                Some(Value::Text(one.clone()))
            }
            (Some(_) | None, Some(_) | None) => None,
        };
        for side in Side::BOTH {
            base.get_mut(side).put(*field, common.clone());
        }
    }
    Ok(Some(base))
}

/// What `plan` says about a record without a pair, from the candidates in the mirror.
pub(crate) async fn decide_record<S: Store>(
    core: &Core<S>,
    view: &LaneView,
) -> Result<MatchDecision, EngineError> {
    let LaneKey::Record(key) = &view.lane.key else {
        return Ok(MatchDecision::Create {
            suggestions: Vec::new(),
        });
    };
    let Some(row) = view.rows.get(key.side()) else {
        return Ok(MatchDecision::Create {
            suggestions: Vec::new(),
        });
    };
    if key.kind_of_pair() == Kind::Note {
        return notes::decide(core, view, row).await;
    }
    let mapping = core.mapping()?;
    let record = mapping::record(row, &view.references, &mapping)?;
    let side = key.side();
    let mut found = counterparts(core, key, row).await?;
    let apart = core.store.kept_apart(core.ctx(), key).await?;
    found.retain(|known| !apart.contains(&known.row.key));
    let unpaired = found.iter().filter(|found| found.pair.is_none());
    for row in std::iter::once(row).chain(unpaired.map(|found| &found.row)) {
        if let Some(maker) = maker_of(core, row).await?.filter(|maker| maker != key) {
            return Ok(MatchDecision::WaitForRival { rival: maker });
        }
    }
    if let Some(maker) = found.iter().find(|found| is_being_made_for(found, side)) {
        // Our own create has shown itself before its answer did: whoever sent it finds out by itself.
        return Ok(MatchDecision::WaitForRival {
            rival: maker.row.key.clone(),
        });
    }
    let rivals = core
        .store
        .find_matches(core.ctx(), key.entity, &shared_keys(row))
        .await?;
    let found = with_records(&found, &mapping)?;
    let rivals = with_records(&rivals, &mapping)?;
    let candidates = candidates_of(core, &found, side).await?;
    let rivals: Vec<_> = candidates_of(core, &rivals, side.other())
        .await?
        .into_iter()
        .filter(|rival| rival.key != *key)
        .collect();
    let decision = choose_match(key, &record, &candidates, &rivals);
    if let MatchDecision::Create { suggestions } = &decision
        && core.store.is_left_alone(core.ctx(), key).await?
    {
        return Ok(MatchDecision::LeftAlone {
            suggestions: suggestions.clone(),
        });
    }
    Ok(decision)
}

/// The keys that mean the same on both sides. A marker does not: it is the other record's id.
fn shared_keys(row: &MirrorRow) -> Vec<MatchKey> {
    row.match_keys
        .iter()
        .filter(|key| key.kind != MatchKeyKind::Marker)
        .cloned()
        .collect()
}

/// Records of the other side that share a key with this one, carry its id, or are named by the id that it carries.
async fn counterparts<S: Store>(
    core: &Core<S>,
    key: &RecordKey,
    row: &MirrorRow,
) -> Result<Vec<MatchRow>, EngineError> {
    let entity = key.kind_of_pair().entity(key.side().other());
    let mut keys = shared_keys(row);
    keys.push(MatchKey {
        kind: MatchKeyKind::Marker,
        value: key.id.as_str().to_owned(),
    });
    let mut found = core.store.find_matches(core.ctx(), entity, &keys).await?;
    // A deleted record is found by its marker; nothing is paired with it.
    found.retain(|known| known.row.deleted_at.is_none());
    for carried in row
        .match_keys
        .iter()
        .filter(|key| key.kind == MatchKeyKind::Marker)
    {
        let named = RecordKey::new(entity, carried.value.as_str());
        if let Some(known) = found.iter_mut().find(|known| known.row.key == named) {
            known.keys.push(carried.clone());
        } else if let Some(row) = core
            .store
            .mirror_row(core.ctx(), &named)
            .await?
            .filter(|row| row.deleted_at.is_none())
        {
            let pair = core.store.pair_of(core.ctx(), &named).await?;
            found.push(MatchRow {
                row,
                keys: vec![carried.clone()],
                pair,
            });
        }
    }
    Ok(found)
}

/// The record that this one was made for, as long as the answer to that is open: until then it is nobody else's.
pub(crate) async fn maker_of<S: Store>(
    core: &Core<S>,
    row: &MirrorRow,
) -> Result<Option<RecordKey>, EngineError> {
    let side = row.key.side();
    let maker = row.key.kind_of_pair().entity(side.other());
    let markers = row.match_keys.iter();
    for marker in markers.filter(|key| key.kind == MatchKeyKind::Marker) {
        let maker = RecordKey::new(maker, marker.value.as_str());
        let lane = core.store.lane_of(core.ctx(), &maker).await?;
        let open = lane.and_then(|lane| lane.outbox);
        if open.is_some_and(|open| {
            open.write.side == side && open.write.operation == Operation::Create
        }) {
            return Ok(Some(maker));
        }
    }
    Ok(None)
}

/// Whether the record is marked as the counterpart of one for which a counterpart is being made right now.
fn is_being_made_for(found: &MatchRow, side: Side) -> bool {
    let is_marked = found
        .keys
        .iter()
        .any(|key| key.kind == MatchKeyKind::Marker);
    is_marked
        && found
            .pair
            .as_ref()
            .is_some_and(|pair| pair.state == PairState::Active && pair.ids.get(side).is_none())
}

fn with_records<'a>(
    rows: &'a [MatchRow],
    mapping: &mapping::MappingContext,
) -> Result<Vec<(&'a MatchRow, model::Record)>, EngineError> {
    rows.iter()
        .map(|found| Ok((found, mapping::record(&found.row, &[], mapping)?)))
        .collect()
}

async fn candidates_of<'a, S: Store>(
    core: &Core<S>,
    found: &'a [(&'a MatchRow, model::Record)],
    own_side: Side,
) -> Result<Vec<Candidate<'a>>, EngineError> {
    let mut candidates = Vec::with_capacity(found.len());
    for (found, record) in found {
        let pair_lost_own_side = match &found.pair {
            Some(pair) => lost(core, pair, own_side).await?,
            None => false,
        };
        candidates.push(Candidate {
            key: found.row.key.clone(),
            record,
            rules: rules_of(found),
            pair: found.pair.as_ref().map(|pair| pair.id),
            pair_lost_own_side,
        });
    }
    Ok(candidates)
}

/// Whether the pair's record on this side is known to be gone.
async fn lost<S: Store>(core: &Core<S>, pair: &Pair, side: Side) -> Result<bool, EngineError> {
    Ok(match pair.state {
        PairState::Unlinked { deleted_on, .. }
        | PairState::Asked { deleted_on, .. }
        | PairState::Approved { deleted_on, .. } => deleted_on == side,
        PairState::Active | PairState::Unmaking { .. } | PairState::Parting { .. } => false,
        // Either may have come back since.
        PairState::Ended { .. } => match pair.record(side) {
            Some(record) => {
                let row = core.store.mirror_row(core.ctx(), &record).await?;
                row.is_some_and(|row| row.deleted_at.is_some())
            }
            None => true,
        },
    })
}

/// By what a row was found, strongest first. A phone or a name alone is at most a suggestion.
fn rules_of(found: &MatchRow) -> Vec<MatchRule> {
    let mut by_kind: BTreeMap<MatchKeyKind, ()> = BTreeMap::new();
    for key in &found.keys {
        by_kind.insert(key.kind, ());
    }
    let has = |kind: MatchKeyKind| by_kind.contains_key(&kind);
    let mut rules = Vec::new();
    if has(MatchKeyKind::Marker) {
        rules.push(MatchRule::Marker);
    }
    if has(MatchKeyKind::Email) {
        rules.push(MatchRule::Email);
    }
    if has(MatchKeyKind::Domain) {
        rules.push(MatchRule::Domain);
    }
    if has(MatchKeyKind::OrganizationNumber) {
        rules.push(MatchRule::OrganizationNumber);
    }
    if has(MatchKeyKind::Phone) {
        rules.push(MatchRule::PhoneAndName);
    }
    if has(MatchKeyKind::Name) {
        rules.push(MatchRule::SimilarName);
    }
    rules
}

fn commit_of<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    key: &RecordKey,
    decision: MatchDecision,
) -> PlanCommit {
    let side = key.side();
    let kind = key.kind_of_pair();
    match decision {
        MatchDecision::Pair { candidate, rule } => {
            let mut ids = BySide {
                pipedrive: None,
                propstreet: None,
            };
            *ids.get_mut(side) = Some(key.id.clone());
            *ids.get_mut(side.other()) = Some(candidate.id.clone());
            let why = format!("{key} and {candidate} are the same: {}", words(rule));
            PlanCommit {
                formation: Some(PairFormation::New {
                    kind,
                    ids,
                    rule: Some(rule),
                }),
                history: vec![entry(HistoryKind::Paired, side, why)],
                ..nothing(view, Disposition::Rest)
            }
        }
        MatchDecision::Repoint { pair, candidate } => {
            let why = format!(
                "{key} takes the place of the record that was merged into it, opposite {candidate}"
            );
            PlanCommit {
                formation: Some(PairFormation::Repoint {
                    pair,
                    side,
                    id: key.id.clone(),
                }),
                history: vec![entry(HistoryKind::Repointed, side, why)],
                ..nothing(view, Disposition::Rest)
            }
        }
        MatchDecision::Create { suggestions } => create(core, view, key, suggestions),
        MatchDecision::LeftAlone { suggestions } => PlanCommit {
            suggestions: kept(suggestions),
            ..nothing(view, Disposition::Rest)
        },
        MatchDecision::WaitForRival { rival } => PlanCommit {
            waits_for: vec![rival],
            ..nothing(view, Disposition::Rest)
        },
        MatchDecision::Ambiguous { reason } => nothing(
            view,
            Disposition::Quarantine {
                problem: problem("ambiguous", format!("{key}: {reason}")),
            },
        ),
    }
}

/// The pair of a record that is to be made on the other side; its suggestions are kept for review either way.
fn create<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    key: &RecordKey,
    suggestions: Vec<plan::Suggestion>,
) -> PlanCommit {
    let suggestions = kept(suggestions);
    // Notes go by a direction of their own.
    let is_note = key.kind_of_pair() == Kind::Note;
    if !is_note && !core.settings.create_on.allows(key.side().other()) {
        return PlanCommit {
            suggestions,
            ..nothing(view, Disposition::Rest)
        };
    }
    let mut ids = BySide {
        pipedrive: None,
        propstreet: None,
    };
    *ids.get_mut(key.side()) = Some(key.id.clone());
    PlanCommit {
        formation: Some(PairFormation::New {
            kind: key.kind_of_pair(),
            ids,
            rule: None,
        }),
        suggestions,
        ..nothing(view, Disposition::Rest)
    }
}

fn kept(suggestions: Vec<plan::Suggestion>) -> Vec<NewSuggestion> {
    let keep = |found: plan::Suggestion| NewSuggestion {
        candidate: found.candidate,
        rule: found.rule,
        similarity: found.similarity,
    };
    suggestions.into_iter().map(keep).collect()
}

fn entry(kind: HistoryKind, side: Side, why: String) -> NewHistory {
    NewHistory {
        kind,
        side,
        field: None,
        before: None,
        after: None,
        why,
    }
}

const fn words(rule: MatchRule) -> &'static str {
    match rule {
        MatchRule::Marker => "one carries the other's id",
        MatchRule::Email => "they share an e-mail address",
        MatchRule::Domain => "they share a domain",
        MatchRule::OrganizationNumber => "they share an organization number",
        MatchRule::SameWords => "they say the same about one record",
        MatchRule::PhoneAndName => "they share a phone number and a name",
        MatchRule::SimilarName => "their names are alike",
    }
}
