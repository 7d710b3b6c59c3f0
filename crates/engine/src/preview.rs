//! The preview: everything that would be written, without writing anything: what is paired with what, every field, what is in
//! conflict, and what it costs.
//!
//! In: lanes waiting to be planned. Out: counts, sentences per record, tokens. Pairs that would be formed are assumed, so that
//! what follows from them is shown too. Keeps nothing.

mod notes;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    BySide, Carrier, Field, Kind, LaneId, Pair, PairId, PairState, RecordKey, RemoteId, Side, Value,
};
use plan::{MatchDecision, MatchRule, Names, Operation, PairView, Plan, Suggestion, Write};
use store::{LaneKey, LaneView, PairReference, Stage, Store};

use crate::core::Core;
use crate::deals::members;
use crate::failure::EngineError;
use crate::planning::{decision, pairing};

const LANES_PER_PAGE: u32 = 500;
const PAGES_MAX: usize = 100_000;
/// Pipedrive's price of a create or an update, and of the read before an update.
const TOKENS_WRITE: u64 = 5;
const TOKENS_READ: u64 = 1;
/// Those who were added are read to know them.
const MEMBERS_REQUESTS: u64 = 2;
/// Somebody comes to a deal; who leaves it takes fewer.
const TOKENS_MEMBER: u64 = 10;
/// Around a change of a link its contact is read twice: for what is expected, and for its new version.
const LINK_REQUESTS: u64 = 3;
/// Stands for the id of a record that would be made.
const NOT_YET_MADE: &str = "not-yet-made";

/// What one record's plan says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPreview {
    pub records: BySide<Option<RecordKey>>,
    pub sentences: Vec<String>,
    /// Field by field; a record that is made or deleted also stands here once without a field.
    pub changes: Vec<FieldPreview>,
}

/// What would become of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPreview {
    pub side: Side,
    pub operation: Operation,
    pub field: Option<Field>,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// A record that may be one with another.
#[derive(Debug, Clone, PartialEq)]
pub struct DoublePreview {
    pub record: RecordKey,
    pub other: RecordKey,
    pub rule: MatchRule,
    pub similarity: f64,
}

/// Everything that would happen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preview {
    pub pairs_formed: BTreeMap<Kind, u64>,
    /// Records made, per kind and side.
    pub creates: BTreeMap<(Kind, Side), u64>,
    /// Records changed, per kind and side; those that only get our marker apart.
    pub updates: BTreeMap<(Kind, Side), u64>,
    pub markers: BTreeMap<(Kind, Side), u64>,
    pub deletes: BTreeMap<(Kind, Side), u64>,
    pub conflicts: u64,
    pub suggestions: u64,
    /// Records that a person has to look at first.
    pub ambiguous: u64,
    pub at_rest: u64,
    /// Pipedrive tokens for the writes, and the reads before them.
    pub tokens: u64,
    /// Pipedrive tokens if no read was needed before any write.
    pub tokens_minimum: u64,
    pub propstreet_requests: u64,
    /// The first records, as many as asked for.
    pub records: Vec<RecordPreview>,
    /// The first of those that may be one with another.
    pub doubles: Vec<DoublePreview>,
    /// The first of those that nothing is done about before a person has looked, and why.
    pub held_up: Vec<(RecordKey, String)>,
}

/// Doubles and records held up that are told one by one.
const TOLD_MAX: usize = 1_000;

/// What a pair that would be formed is called until it is.
#[derive(Debug, Default)]
struct Assumed {
    pairs: BTreeMap<RecordKey, Pair>,
    taken: BTreeSet<RecordKey>,
    next: i64,
    names: BTreeMap<PairId, String>,
}

/// Looks at every lane that waits to be planned. `only` restricts it to one record; `heard` is told how many were looked at.
///
/// # Errors
/// When the store cannot be reached or a stored record makes no sense.
pub async fn preview<S: Store>(
    core: &Core<S>,
    only: Option<&RecordKey>,
    records_max: usize,
    heard: &(dyn Fn(u64) + Send + Sync),
) -> Result<Preview, EngineError> {
    let mut preview = Preview::default();
    let mut assumed = Assumed {
        next: -1,
        ..Assumed::default()
    };
    let mut looked = 0;
    for kind in Kind::ALL {
        let mut after = LaneId(0);
        for _ in 0..PAGES_MAX {
            let lanes = core
                .store
                .peek_lanes(core.ctx(), Stage::Plan, after, LANES_PER_PAGE)
                .await?;
            let Some(last) = lanes.last() else { break };
            after = last.lane.id;
            for view in lanes {
                if kind_of(&view) == Some(kind) {
                    let shown = only.is_none_or(|key| names_record(&view, key));
                    look_at(
                        core,
                        view,
                        &mut assumed,
                        &mut preview,
                        shown.then_some(records_max),
                    )
                    .await?;
                    looked += 1;
                }
            }
            heard(looked);
        }
    }
    if only.is_none() {
        notes::count_to_read(core, &mut preview).await?;
    }
    Ok(preview)
}

fn kind_of(view: &LaneView) -> Option<Kind> {
    match (&view.pair, &view.lane.key) {
        (Some(pair), _) => Some(pair.kind),
        (None, LaneKey::Record(key)) => key.entity.kind(),
        (None, LaneKey::Pair(_)) => None,
    }
}

fn names_record(view: &LaneView, key: &RecordKey) -> bool {
    Side::BOTH.iter().any(|side| {
        view.rows
            .get(*side)
            .as_ref()
            .is_some_and(|row| row.key == *key)
    })
}

async fn look_at<S: Store>(
    core: &Core<S>,
    mut view: LaneView,
    assumed: &mut Assumed,
    preview: &mut Preview,
    records_max: Option<usize>,
) -> Result<(), EngineError> {
    let mut first = Vec::new();
    if view.pair.is_none() {
        let LaneKey::Record(key) = view.lane.key.clone() else {
            return Ok(());
        };
        if assumed.taken.contains(&key)
            || view
                .rows
                .get(key.side())
                .as_ref()
                .is_none_or(|row| row.deleted_at.is_some())
        {
            return Ok(());
        }
        let decision = pairing::decide_record(core, &view).await?;
        first.push(plan::explain_match(&decision));
        if !assume(core, &mut view, &key, decision, assumed, preview).await? {
            keep(preview, &view, (first, Vec::new()), records_max);
            return Ok(());
        }
    }
    resolve_references(&mut view, assumed);
    let Some(pair) = view.pair.clone() else {
        return Ok(());
    };
    let plan = decision::decide_pair(core, &view, &pair)?;
    count(preview, &view, &pair, &plan);
    if !plan.is_at_rest() || !first.is_empty() {
        let (sentences, changes) = told(core, &view, &pair, &plan, assumed)?;
        first.extend(sentences);
        keep(preview, &view, (first, changes), records_max);
    }
    Ok(())
}

/// Puts the pair that would be formed into the view; answers whether one would be.
async fn assume<S: Store>(
    core: &Core<S>,
    view: &mut LaneView,
    key: &RecordKey,
    decision: MatchDecision,
    assumed: &mut Assumed,
    preview: &mut Preview,
) -> Result<bool, EngineError> {
    let mut ids = BySide {
        pipedrive: None,
        propstreet: None,
    };
    *ids.get_mut(key.side()) = Some(key.id.clone());
    match decision {
        MatchDecision::Pair { candidate, .. } => {
            if !assumed.taken.insert(candidate.clone()) {
                let reason = format!("{candidate} would be paired with another record before");
                hold_up(preview, key, reason);
                return Ok(false);
            }
            *ids.get_mut(candidate.side()) = Some(candidate.id.clone());
            let row = core.store.mirror_row(core.ctx(), &candidate).await?;
            if let Some(other) = core.store.lane_of(core.ctx(), &candidate).await? {
                view.references.extend(other.references);
                view.links.extend(other.links);
            }
            *view.rows.get_mut(candidate.side()) = row;
            *preview.pairs_formed.entry(key.kind_of_pair()).or_default() += 1;
        }
        MatchDecision::Create { suggestions } => {
            note_doubles(preview, key, suggestions);
            let is_note = key.kind_of_pair() == Kind::Note;
            if !is_note && !core.settings.create_on.allows(key.side().other()) {
                preview.at_rest += 1;
                return Ok(false);
            }
        }
        MatchDecision::LeftAlone { .. } => {
            preview.at_rest += 1;
            return Ok(false);
        }
        MatchDecision::Repoint { .. } => return Ok(false),
        MatchDecision::WaitForRival { rival } => {
            hold_up(
                preview,
                key,
                format!("{key} waits for {rival}, which is the better match"),
            );
            return Ok(false);
        }
        MatchDecision::Ambiguous { reason } => {
            hold_up(preview, key, reason);
            return Ok(false);
        }
    }
    let pair = Pair {
        id: PairId(assumed.next),
        kind: key.kind_of_pair(),
        ids,
        base: BySide::default(),
        state: PairState::Active,
        restores: BTreeMap::new(),
    };
    assumed.next -= 1;
    for side in Side::BOTH {
        if let Some(record) = pair.record(side) {
            assumed.taken.insert(record.clone());
            assumed.names.insert(pair.id, record.to_string());
            assumed.pairs.insert(record, pair.clone());
        }
    }
    view.pair = Some(pair);
    Ok(true)
}

fn note_doubles(preview: &mut Preview, key: &RecordKey, suggestions: Vec<Suggestion>) {
    preview.suggestions += u64::try_from(suggestions.len()).unwrap_or(u64::MAX);
    let room = TOLD_MAX.saturating_sub(preview.doubles.len());
    let told = suggestions.into_iter().take(room);
    preview.doubles.extend(told.map(|found| DoublePreview {
        record: key.clone(),
        other: found.candidate,
        rule: found.rule,
        similarity: found.similarity,
    }));
}

fn hold_up(preview: &mut Preview, key: &RecordKey, reason: String) {
    preview.ambiguous += 1;
    if preview.held_up.len() < TOLD_MAX {
        preview.held_up.push((key.clone(), reason));
    }
}

/// References to records whose pair would have been formed by then.
fn resolve_references(view: &mut LaneView, assumed: &Assumed) {
    for known in &mut view.references {
        if known.pair.is_none()
            && let Some(pair) = assumed.pairs.get(&known.record)
        {
            // The record that would be made has an id by the time it is referred to.
            let made = || Some(RemoteId::from(NOT_YET_MADE));
            let ids = BySide {
                pipedrive: pair.ids.pipedrive.clone().or_else(made),
                propstreet: pair.ids.propstreet.clone().or_else(made),
            };
            *known = PairReference {
                is_deleted: known.is_deleted,
                record: known.record.clone(),
                pair: Some((pair.id, ids, true)),
            };
        }
    }
}

/// In sentences, and field by field.
fn told<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    pair: &Pair,
    plan: &Plan,
    assumed: &Assumed,
) -> Result<(Vec<String>, Vec<FieldPreview>), EngineError> {
    let mapping = core.mapping()?;
    let records = decision::records_of(view, &mapping)?;
    let around = decision::surroundings(view, &mapping, core.now())?;
    let pair_view = decision::view_of(core, view, pair, &records, &around);
    let mut pairs = members::names(view);
    pairs.extend(assumed.names.clone());
    let names = Names { pairs: &pairs };
    let sentences = plan::explain(&pair_view, plan, &names);
    let changes = plan
        .writes
        .iter()
        .flat_map(|write| changes_of(&pair_view, write));
    Ok((sentences, changes.collect()))
}

fn changes_of(view: &PairView<'_>, write: &Write) -> Vec<FieldPreview> {
    let of = |field: Option<Field>, before: Option<Value>, after: Option<Value>| FieldPreview {
        side: write.side,
        operation: write.operation,
        field,
        before,
        after,
    };
    let whole = match write.operation {
        Operation::Create | Operation::Delete => Some(of(None, None, None)),
        Operation::Update => None,
    };
    let fields = write.fields.iter().map(|(field, after)| {
        let before = view.shown_value(write.side, *field).cloned();
        of(Some(*field), before, after.clone())
    });
    whole.into_iter().chain(fields).collect()
}

fn keep(
    preview: &mut Preview,
    view: &LaneView,
    (sentences, changes): (Vec<String>, Vec<FieldPreview>),
    records_max: Option<usize>,
) {
    if records_max.is_some_and(|most| preview.records.len() < most) {
        let key = |side: Side| view.rows.get(side).as_ref().map(|row| row.key.clone());
        let records = BySide {
            pipedrive: key(Side::Pipedrive),
            propstreet: key(Side::Propstreet),
        };
        preview.records.push(RecordPreview {
            records,
            sentences,
            changes,
        });
    }
}

fn count(preview: &mut Preview, view: &LaneView, pair: &Pair, plan: &Plan) {
    preview.conflicts += u64::try_from(plan.conflicts.len()).unwrap_or(u64::MAX);
    if plan.writes.is_empty() {
        preview.at_rest += 1;
    }
    let mut pipedrive_write = false;
    for write in &plan.writes {
        let place = (pair.kind, write.side);
        let counted = match write.operation {
            Operation::Create => &mut preview.creates,
            Operation::Update if write.fields.is_empty() => &mut preview.markers,
            Operation::Update => &mut preview.updates,
            Operation::Delete => &mut preview.deletes,
        };
        *counted.entry(place).or_default() += 1;
        match write.side {
            Side::Pipedrive => {
                pipedrive_write = true;
                preview.tokens += pipedrive_cost(pair.kind, write);
            }
            Side::Propstreet => {
                preview.propstreet_requests += match write.carrier {
                    Carrier::Link => LINK_REQUESTS,
                    Carrier::Record | Carrier::Closing | Carrier::Prospect => 1,
                    Carrier::Members => MEMBERS_REQUESTS,
                }
            }
        }
        let has_id = pair.kind != Kind::Note;
        if write.operation == Operation::Create && write.side == Side::Propstreet && has_id {
            // The new record's id is written back to Pipedrive.
            *preview
                .markers
                .entry((pair.kind, Side::Pipedrive))
                .or_default() += 1;
            preview.tokens += TOKENS_WRITE;
            pipedrive_write = true;
        }
    }
    if is_linked_later(view, plan) {
        *preview
            .updates
            .entry((pair.kind, Side::Propstreet))
            .or_default() += 1;
        preview.propstreet_requests += LINK_REQUESTS;
    }
    if pipedrive_write {
        preview.tokens_minimum += match pair.kind {
            Kind::Note => notes::TOKENS_WRITE,
            Kind::Organization | Kind::Person | Kind::Deal => TOKENS_WRITE,
        };
    }
}

/// Whether a contact gets its company by a write of its own, after those of this plan: once the contact is made, or the company.
fn is_linked_later(view: &LaneView, plan: &Plan) -> bool {
    let is_note = view
        .pair
        .as_ref()
        .is_some_and(|pair| pair.kind == Kind::Note);
    let makes_contact = !is_note
        && plan
            .writes
            .iter()
            .any(|write| write.operation == Operation::Create && write.side == Side::Propstreet);
    let has_company = view
        .rows
        .pipedrive
        .as_ref()
        .is_some_and(|row| !row.refers_to.is_empty());
    let waits = plan
        .waits_for
        .iter()
        .any(|record| record.side() == Side::Pipedrive);
    (makes_contact && has_company) || (waits && !is_note)
}

fn pipedrive_cost(kind: Kind, write: &Write) -> u64 {
    if kind == Kind::Note {
        return notes::cost(write);
    }
    let is_plain = write.operation == Operation::Create || write.fields.is_empty();
    if write.carrier == Carrier::Members {
        return TOKENS_MEMBER;
    }
    TOKENS_WRITE + if is_plain { 0 } else { TOKENS_READ }
}
