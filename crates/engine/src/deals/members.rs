//! Who takes part in a deal and its project, as the planner is told of it: each by its pair.
//!
//! In: a lane's view. Out: a set of words per side, and what is known of some of them. Never calls anything.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    BySide, Carrier, Entity, Field, Kind, PairId, Record, RecordKey, Reference, Side, Timestamp,
    Value, time,
};
use plan::{Members, Write};
use propstreet::Prospect;
use serde::{Deserialize, Serialize};
use store::participants::members::{Membership, who_is};
use store::{LaneView, MirrorRow};

use crate::mapping::deal::{CLASSIFICATIONS, classification};
use crate::mapping::{self, MappingContext};
use crate::settings::Settings;

/// So long nobody is added again whom a side has refused.
const REFUSED_FOR_MILLIS: i64 = 24 * 3_600_000;

/// How those who take part are kept in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemberSettings {
    /// Whom the platform found by itself takes part in the deal, too.
    pub(crate) matched: bool,
}

/// Nothing where they are not kept in step: it takes both mirrors, and a direction.
pub(crate) fn settings_of(settings: &Settings) -> Option<MemberSettings> {
    let deals = settings.deals.as_ref()?;
    let direction = settings.policies.of(Field::DealProspects).direction;
    let is_mirrored = settings.participants.is_some()
        && settings.mirrors(Entity::Deal)
        && settings.mirrors(Entity::Prospect);
    let matched = deals.matched_prospects;
    (is_mirrored && !direction.is_off()).then_some(MemberSettings { matched })
}

/// Whom a side has refused to add, by their words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Refused(BTreeMap<String, (Side, Timestamp)>);

impl Refused {
    fn read(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// With these, and without those that are long ago.
    pub(crate) fn with(
        text: Option<&str>,
        (side, words): (Side, &BTreeSet<String>),
        now: Timestamp,
    ) -> String {
        let mut known = Self::read(text);
        known.0.retain(|_, (_, at)| is_recent(*at, now));
        let refused = words.iter().map(|word| (word.clone(), (side, now)));
        known.0.extend(refused);
        serde_json::to_string(&known).expect("a map of words is plain data")
    }

    fn by(&self, side: Side, now: Timestamp) -> BTreeSet<String> {
        let recent = self.0.iter();
        let recent = recent.filter(|(_, (by, at))| *by == side && is_recent(*at, now));
        recent.map(|(word, _)| word.clone()).collect()
    }
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    time::plus_millis(at, REFUSED_FOR_MILLIS) > now
}

/// The word for a record.
pub(crate) fn word_of(record: RecordKey, view: &LaneView) -> String {
    match mapping::reference(record, &view.references) {
        Value::Reference(reference) => reference.word(),
        Value::Text(_) | Value::Set(_) => unreachable!("a reference is a reference"),
    }
}

/// The words of those who take part, by side.
pub(crate) fn words(view: &LaneView) -> BySide<BTreeSet<String>> {
    let Some(members) = &view.members else {
        return BySide::default();
    };
    let word = |record: RecordKey| word_of(record, view);
    let own = members.primary.iter().chain(&members.organization).cloned();
    BySide {
        pipedrive: own.chain(members.persons()).map(word).collect(),
        propstreet: members
            .prospects
            .iter()
            .filter_map(who_is)
            .map(word)
            .collect(),
    }
}

/// Who come and who go by a write.
pub(crate) struct Moves {
    pub(crate) coming: BTreeSet<String>,
    pub(crate) going: BTreeSet<String>,
}

impl Moves {
    /// By what the written side shows before it.
    pub(crate) fn of(write: &Write, before: Option<&Value>) -> Self {
        let elements = |value: Option<&Value>| match value {
            Some(Value::Set(words)) => words.clone(),
            Some(Value::Text(_) | Value::Reference(_)) | None => BTreeSet::new(),
        };
        let after = write.fields.get(&Field::DealProspects);
        let (before, after) = (elements(before), elements(after.and_then(Option::as_ref)));
        Self {
            coming: after.difference(&before).cloned().collect(),
            going: before.difference(&after).cloned().collect(),
        }
    }

    /// Those of a write that was just planned; nothing where it is not about who takes part.
    pub(crate) fn planned(write: &Write, view: &LaneView) -> Option<Self> {
        let is_of_members = write.carrier == Carrier::Members;
        let shown = words(view).get(write.side).clone();
        is_of_members.then(|| Self::of(write, Value::set(shown).as_ref()))
    }
}

/// Puts those who take part into what both sides show.
pub(crate) fn put_into(
    records: &mut BySide<Option<Record>>,
    view: &LaneView,
    mapping: &MappingContext,
) {
    if mapping.members.is_none() || view.members.is_none() {
        return;
    }
    let mut words = words(view);
    for side in Side::BOTH {
        if let Some(record) = records.get_mut(side) {
            let words = std::mem::take(words.get_mut(side));
            record.put(Field::DealProspects, Value::set(words));
        }
    }
    if let Some(project) = &mut records.propstreet {
        let thinks = own_prospect(view).and_then(classification_of);
        project.put(Field::DealClassification, thinks);
    }
    if let (Some(deal), Some(pair)) = (&mut records.pipedrive, &view.pair) {
        let shown = deal.get(Field::DealClassification).and_then(Value::as_text);
        if shown.is_some_and(|shown| !CLASSIFICATIONS.contains(&shown)) {
            // A text that is none of Propstreet's words is no news: it stays where it is.
            let agreed = pair.base.pipedrive.get(Field::DealClassification);
            deal.put(Field::DealClassification, agreed.cloned());
        }
    }
}

/// The prospect that is the deal's own person.
pub(crate) fn own_prospect(view: &LaneView) -> Option<&MirrorRow> {
    let members = view.members.as_ref()?;
    let own = word_of(members.primary.clone()?, view);
    let is_own = |row: &&MirrorRow| who_is(row).is_some_and(|who| word_of(who, view) == own);
    members.prospects.iter().find(is_own)
}

/// What a prospect thinks; nothing where it has not been contacted.
pub(crate) fn classification_of(row: &MirrorRow) -> Option<Value> {
    let prospect: Prospect = mapping::parse(row).ok()?;
    classification(&prospect.classification?).and_then(Value::text)
}

/// What is known of those who take part.
pub(crate) fn known(view: &LaneView, mapping: &MappingContext, now: Timestamp) -> Option<Members> {
    let (settings, members) = (mapping.members?, view.members.as_ref()?);
    let word = |record: RecordKey| word_of(record, view);
    let is_organization = |record: &RecordKey| record.entity.kind() == Some(Kind::Organization);
    let refused = Refused::read(members.refused.as_deref());
    Some(Members {
        is_known: members.is_known,
        primary: members.primary.clone().map(word),
        organizations: members
            .records()
            .filter(is_organization)
            .map(word)
            .collect(),
        matched: match settings.matched {
            true => BTreeSet::new(),
            false => matched(members).map(word).collect(),
        },
        ended: ended(view),
        is_classified: mapping.definitions.deal.classification.is_some()
            && own_prospect(view).is_some(),
        refused: BySide {
            pipedrive: refused.by(Side::Pipedrive, now),
            propstreet: refused.by(Side::Propstreet, now),
        },
    })
}

/// What those who take part, or did, are called in Pipedrive.
pub(crate) fn names(view: &LaneView) -> BTreeMap<PairId, String> {
    if view.members.is_none() {
        return BTreeMap::new();
    }
    let known = view.references.iter().filter_map(|known| {
        let (pair, ids, _) = known.pair.as_ref()?;
        let entity = known.record.entity.kind()?.entity(Side::Pipedrive);
        let id = ids.pipedrive.clone()?;
        Some((*pair, RecordKey { entity, id }.to_string()))
    });
    known.collect()
}

/// One can write to those whom the platform has found, and to nobody who was added.
fn matched(members: &Membership) -> impl Iterator<Item = RecordKey> + '_ {
    let is_matched = |row: &&MirrorRow| {
        let prospect: Result<Prospect, _> = mapping::parse(row);
        prospect.is_ok_and(|prospect| !prospect.capabilities.is_empty())
    };
    members
        .prospects
        .iter()
        .filter(is_matched)
        .filter_map(who_is)
}

/// Who were agreed on, and have no living pair any more.
fn ended(view: &LaneView) -> BTreeSet<String> {
    let is_over = |word: &String| match Reference::parse(word) {
        Some(Reference::Pair(pair)) => {
            let mut known = view
                .references
                .iter()
                .filter_map(|known| known.pair.as_ref());
            !known.any(|(id, _, is_whole)| *id == pair && *is_whole)
        }
        Some(Reference::Unpaired(_)) | None => true,
    };
    let bases = view
        .pair
        .iter()
        .flat_map(|pair| [&pair.base.pipedrive, &pair.base.propstreet]);
    let words = bases.flat_map(|base| base.set(Field::DealProspects));
    words.filter(is_over).collect()
}
