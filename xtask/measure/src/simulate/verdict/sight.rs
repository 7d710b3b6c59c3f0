//! All there is to see at rest: every record of both sides, and what the engine remembers of pairs and conflicts.
//!
//! In: a run. Out: records by place, pairs by record, conflicts, quarantines. It judges nothing.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use futures_util::FutureExt;
use model::{
    Field, Kind, Pair, PairId, PairState, RecordKey, Reference, Side, Timestamp, Value, time,
};
use store::{
    Conflict, ConflictFilter, HistoryKind, HistoryRow, LaneView, MemStore, OpenGate, Store,
    WorkspaceCtx,
};

use super::super::deeds::UserWrite;
use super::super::engine_life::WORKSPACE;
use super::super::facets::{Facet, Shown};
use super::super::run::Run;
use super::super::sales::facets::DealFacet;
use super::super::world::{Place, World};
use super::journal::has_tag;

const ROWS_MAX: u32 = 100_000;

pub(in super::super) const CTX: WorkspaceCtx = WorkspaceCtx {
    workspace: WORKSPACE,
};

/// The answer of a store that never waits.
pub(in super::super) fn ready<T>(answer: impl Future<Output = Result<T, store::StoreError>>) -> T {
    let answer = answer
        .now_or_never()
        .expect("memory behind an open gate never waits");
    answer.expect("memory behind an open gate never fails")
}

/// The run's store, without mishaps.
pub(in super::super) fn memory(run: &Run) -> MemStore {
    run.ground.store.behind(Arc::new(OpenGate))
}

pub(in super::super) struct Sight {
    pub(super) shown: BTreeMap<Place, Shown>,
    pub(super) pairs: BTreeMap<PairId, Pair>,
    pair_of: BTreeMap<Place, PairId>,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) quarantined: Vec<LaneView>,
    pub(super) history: Vec<HistoryRow>,
    merged: BTreeMap<Place, Place>,
    /// What users wrote of deals and projects.
    pub(super) deal_writes: Vec<UserWrite>,
}

impl Sight {
    pub(in super::super) fn of(run: &Run) -> Self {
        let memory = memory(run);
        let pairs: BTreeMap<PairId, Pair> = ready(memory.pairs(CTX, PairId(0), ROWS_MAX))
            .into_iter()
            .map(|pair| (pair.id, pair))
            .collect();
        let mut pair_of = BTreeMap::new();
        for pair in pairs.values() {
            for side in Side::BOTH {
                if let Some(id) = pair.ids.get(side) {
                    pair_of.insert((side, pair.kind, id.to_string()), pair.id);
                }
            }
        }
        Self {
            shown: all_shown(&run.world),
            pairs,
            pair_of,
            conflicts: ready(memory.conflicts(CTX, ConflictFilter::All, ROWS_MAX)),
            quarantined: ready(memory.quarantined(CTX, ROWS_MAX)),
            history: ready(memory.history(CTX, None, None, ROWS_MAX)),
            merged: run.world.merged.clone(),
            deal_writes: run.world.deeds.of_deals().cloned().collect(),
        }
    }

    pub(super) fn pair_of(&self, place: &Place) -> Option<&Pair> {
        self.pairs.get(self.pair_of.get(place)?)
    }

    pub(in super::super) fn conflicts_total(&self) -> u64 {
        u64::try_from(self.conflicts.len()).unwrap_or(u64::MAX)
    }

    /// The record opposite, by the engine's pairs.
    pub(in super::super) fn opposite(&self, place: &Place) -> Option<Place> {
        let other = place.0.other();
        let id = self.pair_of(place)?.ids.get(other).as_ref()?;
        Some((other, place.1, id.to_string()))
    }

    pub(super) fn is_active(&self, place: &Place) -> bool {
        self.pair_of(place).is_some_and(is_active)
    }

    /// Whether a record is kept in step with another one, and nothing of it waits for a person.
    pub(in super::super) fn is_in_step(&self, place: &Place) -> bool {
        self.is_active(place)
            && self.opposite(place).is_some()
            && !self.is_quarantined(place)
            && !self.conflicts.iter().any(|conflict| {
                self.pair_of.get(place) == Some(&conflict.pair)
                    && conflict.winner.is_none()
                    && conflict.settled_at.is_none()
            })
    }

    /// The organization that an id means by now: what it was merged into, when that took its place in its pair.
    fn survivor(&self, side: Side, id: &str) -> Place {
        let mut place = (side, Kind::Organization, id.to_owned());
        while !self.pair_of.contains_key(&place)
            && let Some(into) = self.merged.get(&place)
        {
            place = into.clone();
        }
        place
    }

    /// The records that were merged into this one, also by way of others.
    pub(super) fn merged_into(&self, place: &Place) -> Vec<Place> {
        let mut found = Vec::new();
        let mut survivors = vec![place.clone()];
        while let Some(survivor) = survivors.pop() {
            let merged = self.merged.iter().filter(|(_, into)| **into == survivor);
            survivors.extend(merged.map(|(from, _)| from.clone()));
            if survivor != *place {
                found.push(survivor);
            }
        }
        found
    }

    /// A user's value in the form in which it is looked for among the engine's.
    pub(super) fn looked_for(
        &self,
        side: Side,
        facet: &Facet,
        value: Option<&str>,
    ) -> Option<String> {
        let value = value?;
        Some(if *facet == Facet::Organization {
            self.survivor(side, value).2
        } else {
            comparable(facet, value)
        })
    }

    /// An organization's id in words that both sides share, where it is kept in step.
    pub(super) fn shared_organization(&self, side: Side, id: &str) -> Option<String> {
        let place = self.survivor(side, id);
        let is_whole = |pair: &&Pair| {
            is_active(pair)
                && Side::BOTH
                    .into_iter()
                    .all(|side| pair.ids.get(side).is_some())
        };
        self.pair_of(&place)
            .filter(is_whole)
            .map(|pair| format!("pair {}", pair.id))
    }

    /// The organization that an id meant, whatever has become of its pair since.
    fn organization_meant(&self, side: Side, id: &str) -> String {
        let place = self.survivor(side, id);
        self.pair_of(&place).map_or_else(
            || format!("{side} {id}"),
            |pair| format!("pair {}", pair.id),
        )
    }

    /// Whether two ids mean one organization, or meant it before one of them was merged into another: the pair of a merged
    /// organization goes on with what it was merged into, be that by way of one whose own pair ended with it.
    pub(super) fn mean_one_organization(
        &self,
        one: (Side, Option<&String>),
        other: (Side, Option<&String>),
    ) -> bool {
        let meant = |(side, id): (Side, Option<&String>)| {
            id.map_or_else(Vec::new, |id| self.organizations_meant(side, id))
        };
        let (one, other) = (meant(one), meant(other));
        (one.is_empty() && other.is_empty()) || one.iter().any(|words| other.contains(words))
    }

    /// What an id meant, first as it is, then as what it was merged into, one after another.
    fn organizations_meant(&self, side: Side, id: &str) -> Vec<String> {
        let mut meant = vec![self.organization_meant(side, id)];
        let mut place = (side, Kind::Organization, id.to_owned());
        while let Some(into) = self.merged.get(&place) {
            place = into.clone();
            meant.extend(self.pair_of(&place).map(|pair| format!("pair {}", pair.id)));
        }
        meant
    }

    /// An organization's id in words that both sides share, or in those of its side.
    pub(super) fn organization_in_words(&self, side: Side, id: &str) -> String {
        self.shared_organization(side, id)
            .unwrap_or_else(|| format!("{side} {id}"))
    }

    /// Whether a record names a living organization that is not kept in step yet, and is held up itself.
    pub(super) fn waits_for_organization(&self, place: &Place) -> bool {
        let shown = self.shown.get(place);
        let named = shown.and_then(|shown| shown.facets.get(&Facet::Organization));
        named.is_some_and(|id| {
            self.is_quarantined(&(place.0, Kind::Organization, id.clone()))
                && self.shared_organization(place.0, id).is_none()
        })
    }

    /// When two records became a pair; a pair that got another record has begun anew.
    pub(super) fn joined_at(&self, pair: PairId) -> Option<Timestamp> {
        let rows = self.history.iter().filter(|row| {
            row.pair == pair && matches!(row.entry.kind, HistoryKind::Paired | HistoryKind::Created)
        });
        let joined = rows.map(|row| row.at).min();
        self.repointed_at(pair).or(joined)
    }

    /// Whether a value was carried to a place by then.
    pub(super) fn was_carried(
        &self,
        pair: &Pair,
        (to, until): (&Place, i64),
        facet: &Facet,
        value: Option<&str>,
    ) -> bool {
        let wanted = self.looked_for(to.0, facet, value);
        self.history.iter().any(|row| {
            row.pair == pair.id
                && row.entry.side == to.0
                && row.entry.field == field_of(to.1, facet)
                && time::to_millis(row.at) <= until
                && self
                    .words(row.entry.after.as_ref(), to.0)
                    .map(|words| comparable(facet, &words))
                    == wanted
        })
    }

    /// When a value that a user wrote was first carried to the other side.
    pub(super) fn travelled_at(
        &self,
        pair: PairId,
        to: Side,
        write: &UserWrite,
    ) -> Option<Timestamp> {
        let rows = self.history.iter().filter(|row| {
            let is_of_it = row.pair == pair
                && row.entry.side == to
                && row.entry.field == field_of(write.kind, &write.facet)
                && time::to_millis(row.at) >= write.at;
            let carried = || match &write.facet {
                // A row about another tag has this one before and after.
                Facet::Tag(tag) => {
                    let has = |value: Option<&Value>| has_tag(value, tag);
                    let (before, after) = (&row.entry.before, &row.entry.after);
                    has(after.as_ref()) == write.value.is_some()
                        && has(before.as_ref()) != has(after.as_ref())
                }
                Facet::Name
                | Facet::Email
                | Facet::Phone
                | Facet::Organization
                | Facet::Title
                | Facet::Strategy
                | Facet::Domain
                | Facet::Number
                | Facet::Country
                | Facet::Deal(_)
                | Facet::Own(_) => {
                    let words = self.words(row.entry.after.as_ref(), write.side);
                    words.map(|words| comparable(&write.facet, &words))
                        == self.looked_for(write.side, &write.facet, write.value.as_deref())
                }
            };
            is_of_it && carried()
        });
        rows.map(|row| row.at).min()
    }

    /// Whether another record of Propstreet holds the address or the number of a lane's record: only a person can merge the
    /// two.
    pub(super) fn value_is_taken(&self, view: &LaneView) -> bool {
        let Some(pair) = &view.pair else { return false };
        let Some(here) = &pair.ids.pipedrive else {
            return false;
        };
        let there = pair.ids.propstreet.as_ref().map(model::RemoteId::as_str);
        let facet = match pair.kind {
            Kind::Person => Facet::Email,
            Kind::Organization => Facet::Number,
            Kind::Deal | Kind::Note => return false,
        };
        let here = (Side::Pipedrive, pair.kind, here.to_string());
        let Some(wanted) = self
            .shown
            .get(&here)
            .and_then(|shown| shown.facets.get(&facet))
        else {
            return false;
        };
        let holds = |shown: &Shown| {
            let others = shown.facets.get(&Facet::Own("other emails"));
            let mut others = others.into_iter().flat_map(|others| others.split(" | "));
            shown.facets.get(&facet) == Some(wanted)
                || (facet == Facet::Email && others.any(|other| other.to_lowercase() == *wanted))
        };
        self.shown.iter().any(|((side, kind, id), shown)| {
            *side == Side::Propstreet
                && *kind == pair.kind
                && Some(id.as_str()) != there
                && holds(shown)
        })
    }

    /// Whether another living record of the same side has a lane's record's address: who of the two is meant only a person
    /// knows.
    pub(super) fn shares_its_address(&self, view: &LaneView) -> bool {
        let store::LaneKey::Record(key) = &view.lane.key else {
            return false;
        };
        let (side, kind) = (key.side(), key.kind_of_pair());
        let address = |shown: &Shown| shown.facets.get(&Facet::Email).cloned();
        let own = self
            .shown
            .get(&(side, kind, key.id.to_string()))
            .and_then(address);
        let is_other =
            |place: &Place| place.0 == side && place.1 == kind && place.2 != key.id.as_str();
        own.is_some()
            && self
                .shown
                .iter()
                .any(|(place, shown)| is_other(place) && shown.is_live && address(shown) == own)
    }

    /// When a pair last got another record.
    pub(super) fn repointed_at(&self, pair: PairId) -> Option<Timestamp> {
        let rows = self
            .history
            .iter()
            .filter(|row| row.pair == pair && row.entry.kind == HistoryKind::Repointed);
        rows.map(|row| row.at).max()
    }

    pub(super) fn is_quarantined(&self, place: &Place) -> bool {
        let key = RecordKey::new(place.1.entity(place.0), place.2.as_str());
        let pair = self.pair_of(place).map(|pair| pair.id);
        self.quarantined.iter().any(|view| match &view.lane.key {
            store::LaneKey::Pair(id) => Some(*id) == pair,
            store::LaneKey::Record(record) => *record == key,
        })
    }

    pub(super) fn is_pair_quarantined(&self, pair: PairId) -> bool {
        let is_of_it = |view: &LaneView| view.lane.key == store::LaneKey::Pair(pair);
        self.quarantined.iter().any(is_of_it)
    }

    /// Whether a question about a field waits for a person.
    pub(super) fn is_asked(&self, pair: PairId, field: Field) -> bool {
        self.conflicts.iter().any(|conflict| {
            conflict.pair == pair
                && conflict.field == field
                && conflict.winner.is_none()
                && conflict.settled_at.is_none()
        })
    }

    /// Whether a contact that was to be nowhere was left by the server at another company of theirs.
    pub(super) fn was_left_elsewhere(&self, pair: &Pair) -> bool {
        let field = Field::PersonOrganization;
        let is_agreed =
            pair.base.pipedrive.get(field).is_none() && pair.base.propstreet.get(field).is_some();
        is_agreed
            && self.history.iter().any(|row| {
                row.pair == pair.id
                    && row.entry.side == Side::Propstreet
                    && row.entry.field == Some(field)
                    && row.entry.after.is_none()
            })
    }

    /// A value of the engine's as a user of this side would see it.
    pub(super) fn words(&self, value: Option<&Value>, side: Side) -> Option<String> {
        Some(match value? {
            Value::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Value::Set(tags) => tags.iter().cloned().collect::<Vec<_>>().join(", "),
            // As users' values are looked for: by what an organization was merged into since.
            Value::Reference(Reference::Unpaired(record)) => {
                self.survivor(record.side(), record.id.as_str()).2
            }
            Value::Reference(Reference::Pair(pair)) => {
                let id = self
                    .pairs
                    .get(pair)
                    .and_then(|pair| pair.ids.get(side).as_ref());
                id.map_or_else(|| format!("pair {pair}"), ToString::to_string)
            }
        })
    }
}

/// Organization numbers are compared by their digits.
pub(super) fn comparable(facet: &Facet, value: &str) -> String {
    if *facet == Facet::Number {
        value.chars().filter(char::is_ascii_digit).collect()
    } else {
        value.to_owned()
    }
}

pub(super) const fn is_active(pair: &Pair) -> bool {
    matches!(pair.state, PairState::Active)
}

pub(super) fn field_of(kind: Kind, facet: &Facet) -> Option<Field> {
    Some(match (kind, facet) {
        (Kind::Person, Facet::Name) => Field::PersonName,
        (Kind::Person, Facet::Email) => Field::PersonEmail,
        (Kind::Person, Facet::Phone) => Field::PersonPhone,
        (Kind::Person, Facet::Organization) => Field::PersonOrganization,
        (Kind::Person, Facet::Title) => Field::PersonJobTitle,
        (Kind::Person, Facet::Strategy) => Field::PersonStrategy,
        (Kind::Person, Facet::Tag(_)) => Field::PersonTags,
        (Kind::Organization, Facet::Name) => Field::OrganizationName,
        (Kind::Organization, Facet::Domain) => Field::OrganizationDomain,
        (Kind::Organization, Facet::Number) => Field::OrganizationNumber,
        (Kind::Organization, Facet::Country) => Field::OrganizationCountry,
        (Kind::Deal, Facet::Deal(facet)) => match facet {
            DealFacet::Name => Field::DealName,
            DealFacet::Price => Field::DealPrice,
            DealFacet::Portfolio => Field::DealPortfolio,
            DealFacet::Properties => Field::DealPropertyCount,
            DealFacet::Stage => Field::DealStage,
            DealFacet::Status => Field::DealStatus,
        },
        (
            Kind::Person,
            Facet::Domain | Facet::Number | Facet::Country | Facet::Deal(_) | Facet::Own(_),
        )
        | (
            Kind::Organization,
            Facet::Email
            | Facet::Phone
            | Facet::Organization
            | Facet::Title
            | Facet::Strategy
            | Facet::Tag(_)
            | Facet::Deal(_)
            | Facet::Own(_),
        )
        | (Kind::Deal | Kind::Note, _) => return None,
    })
}

/// Every record of both sides, as users see it.
pub(in super::super) fn all_shown(world: &World) -> BTreeMap<Place, Shown> {
    let mut shown = BTreeMap::new();
    for side in Side::BOTH {
        for kind in Kind::ALL {
            for (id, _) in world.ids(side, kind) {
                let place = (side, kind, id);
                if let Some(seen) = world.seen(&place) {
                    shown.insert(place, seen.shown.clone());
                }
            }
        }
    }
    shown
}
