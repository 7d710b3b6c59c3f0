//! Both services as a toy: records that keep what is written (or make their own of it), and a pair that follows its plans.
//!
//! In: a pair as a test describes it. Out: its plan, and what both sides show after plans were carried out, one write at a time
//! as the program does it, or all of a plan at once.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Base, BySide, Carrier, ConflictId, Entity, Field, Kind, Pair, PairId, PairState, Record,
    RecordKey, Reference, Side, Timestamp, Value,
};

use crate::{
    DealView, Direction, Evidence, FieldPolicy, Markers, Members, NewConflict, Note, OpenConflict,
    Operation, PairView, Plan, Policies, Presence, StageMeaning, WON, Winner, Write, base_after,
    decide,
};

/// Enough for any pair: each field is written at most twice, and the markers once.
const STEPS_MAX: usize = 40;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    Live(Record),
    Deleted,
    Missing,
}

#[derive(Debug, Clone)]
pub(super) struct Toy {
    pub(super) pair: Pair,
    pub(super) shown: BySide<Shown>,
    pub(super) evidence: BySide<Evidence>,
    pub(super) markers: Markers,
    pub(super) open: Vec<OpenConflict>,
    pub(super) labels: BTreeSet<String>,
    pub(super) ended: BTreeSet<RecordKey>,
    pub(super) ended_pairs: BTreeSet<(model::PairId, Side)>,
    pub(super) untold: BTreeSet<Field>,
    pub(super) is_in_scope: bool,
    pub(super) stages: Vec<StageMeaning>,
    pub(super) members: Option<Members>,
    pub(super) policies: Policies,
    /// What each side makes of a text or a tag it is told.
    pub(super) normalise: BySide<fn(&str) -> String>,
    pub(super) journal: Vec<NewConflict>,
    pub(super) noted: BTreeSet<Note>,
    pub(super) written: Vec<Write>,
}

impl Toy {
    pub(super) fn of(kind: Kind) -> Self {
        let record = |side| {
            Some(if side == Side::Pipedrive {
                "11".into()
            } else {
                "c-11".into()
            })
        };
        let live = || Shown::Live(Record::default());
        Self {
            pair: Pair {
                id: PairId(1),
                kind,
                ids: BySide {
                    pipedrive: record(Side::Pipedrive),
                    propstreet: record(Side::Propstreet),
                },
                base: Base::default(),
                state: PairState::Active,
                restores: BTreeMap::new(),
            },
            shown: BySide {
                pipedrive: live(),
                propstreet: live(),
            },
            evidence: BySide::default(),
            markers: Markers {
                on_pipedrive: true,
                on_propstreet: true,
            },
            open: Vec::new(),
            labels: BTreeSet::new(),
            ended: BTreeSet::new(),
            ended_pairs: BTreeSet::new(),
            untold: BTreeSet::new(),
            is_in_scope: true,
            stages: Vec::new(),
            members: None,
            policies: Policies::default_policies(),
            normalise: BySide {
                pipedrive: str::to_owned,
                propstreet: str::to_owned,
            },
            journal: Vec::new(),
            noted: BTreeSet::new(),
            written: Vec::new(),
        }
    }

    pub(super) fn person() -> Self {
        Self::of(Kind::Person)
    }

    /// Both sides show it, and have agreed on it.
    pub(super) fn agreed(mut self, field: Field, value: Option<Value>) -> Self {
        for side in Side::BOTH {
            self.pair.base.get_mut(side).put(field, value.clone());
            self.record_mut(side).put(field, value.clone());
        }
        self
    }

    /// A side shows it now.
    pub(super) fn shows(mut self, side: Side, field: Field, value: Option<Value>) -> Self {
        self.record_mut(side).put(field, value);
        self
    }

    pub(super) fn policy(mut self, field: Field, direction: Direction, winner: Winner) -> Self {
        self.policies
            .fields
            .insert(field, FieldPolicy { direction, winner });
        self
    }

    pub(super) fn wants_back(mut self, field: Field, value: Option<Value>) -> Self {
        self.pair.restores.insert(field, value);
        self
    }

    pub(super) fn with_labels(mut self, labels: &[&str]) -> Self {
        self.labels = names(labels);
        self
    }

    /// Pipedrive's field for it is not there: nothing is shown of it.
    pub(super) fn untold(mut self, field: Field) -> Self {
        self.untold.insert(field);
        self.record_mut(Side::Pipedrive).put(field, None);
        self
    }

    pub(super) fn gone(mut self, side: Side, shown: Shown) -> Self {
        *self.shown.get_mut(side) = shown;
        self
    }

    pub(super) fn get(&self, side: Side, field: Field) -> Option<&Value> {
        match self.shown.get(side) {
            Shown::Live(record) => record.get(field),
            Shown::Deleted | Shown::Missing => None,
        }
    }

    pub(super) fn record_mut(&mut self, side: Side) -> &mut Record {
        if !matches!(self.shown.get(side), Shown::Live(_)) {
            *self.shown.get_mut(side) = Shown::Live(Record::default());
        }
        match self.shown.get_mut(side) {
            Shown::Live(record) => record,
            Shown::Deleted | Shown::Missing => unreachable!("made live above"),
        }
    }

    pub(super) fn with_view<T>(&self, look: impl FnOnce(&PairView<'_>) -> T) -> T {
        let presence = |side: Side| match self.shown.get(side) {
            Shown::Live(record) => Presence::Live(record),
            Shown::Deleted => Presence::Deleted,
            Shown::Missing => Presence::Missing,
        };
        look(&PairView {
            kind: self.pair.kind,
            pair: &self.pair,
            shown: BySide {
                pipedrive: presence(Side::Pipedrive),
                propstreet: presence(Side::Propstreet),
            },
            evidence: self.evidence.clone(),
            markers: self.markers,
            open_conflicts: &self.open,
            expressible_labels: &self.labels,
            ended_records: &self.ended,
            ended_pairs: &self.ended_pairs,
            untold: &self.untold,
            deal: (self.pair.kind == Kind::Deal).then_some(DealView {
                is_in_scope: self.is_in_scope,
                stages: &self.stages,
                members: self.members.as_ref(),
            }),
        })
    }

    pub(super) fn plan(&self) -> Plan {
        self.with_view(|view| decide(view, &self.policies))
    }

    /// Carries out plans, one write of each, until there is nothing left. The number of plans it took.
    pub(super) fn settle(&mut self) -> usize {
        self.follow(1)
    }

    /// Carries out every write of a plan before planning again.
    pub(super) fn settle_in_rounds(&mut self) -> usize {
        self.follow(usize::MAX)
    }

    fn follow(&mut self, writes_at_once: usize) -> usize {
        for step in 0..STEPS_MAX {
            let plan = self.plan();
            self.noted.extend(plan.notes.iter().cloned());
            if plan.is_at_rest() {
                return step;
            }
            self.take_in(&plan, writes_at_once);
        }
        let last = &self.written[self.written.len() - 4..];
        panic!(
            "not at rest after {STEPS_MAX} plans: {:?}\nlast written: {last:?}",
            self.plan()
        );
    }

    fn take_in(&mut self, plan: &Plan, writes_at_once: usize) {
        if let Some(base) = &plan.base {
            self.pair.base = base.clone();
        }
        if let Some(state) = plan.state {
            self.pair.state = state.at(Timestamp::UNIX_EPOCH);
        }
        self.open
            .retain(|open| !plan.settled_conflicts.contains(&open.id));
        self.pair
            .restores
            .retain(|field, _| !plan.settled_restores.contains(field));
        let writes = &plan.writes[..plan.writes.len().min(writes_at_once)];
        for conflict in &plan.conflicts {
            // A conflict with a winner is journaled with the write that carries it.
            let is_carried = writes
                .iter()
                .any(|write| write.fields.contains_key(&conflict.field));
            if conflict.winner.is_none() {
                self.open.push(OpenConflict {
                    id: ConflictId(1000 + i64::try_from(self.journal.len()).unwrap()),
                    field: conflict.field,
                    values: conflict.values.clone(),
                    decided: None,
                });
            }
            if conflict.winner.is_none() || is_carried {
                self.journal.push(conflict.clone());
            }
        }
        for write in writes {
            self.carry_out(write);
        }
    }

    fn carry_out(&mut self, write: &Write) {
        self.written.push(write.clone());
        let side = write.side;
        let normalise = *self.normalise.get(side);
        match write.operation {
            Operation::Delete => {
                *self.shown.get_mut(side) = Shown::Deleted;
                return;
            }
            Operation::Create => {
                assert_eq!(*self.shown.get(side), Shown::Missing, "created twice");
                *self.pair.ids.get_mut(side) = Some("new".into());
            }
            Operation::Update => assert!(
                matches!(self.shown.get(side), Shown::Live(_)),
                "updated nothing"
            ),
        }
        let is_parting = matches!(self.pair.state, PairState::Parting { .. });
        let record = self.record_mut(side);
        for (field, value) in &write.fields {
            record.put(*field, value.as_ref().map(|value| stored(value, normalise)));
        }
        if side == Side::Propstreet && record.get(Field::PersonOrganization).is_none() {
            record.put(Field::PersonJobTitle, None);
        }
        if write.carrier == Carrier::Closing {
            // Propstreet does not tell why a project was closed.
            record.put(Field::DealStatus, text(WON));
        }
        let answered = record.clone();
        self.pair.base = base_after(&self.pair.base, write, &answered);
        match side {
            Side::Pipedrive if write.marker => self.markers.on_pipedrive = !is_parting,
            Side::Propstreet if write.marker => self.markers.on_propstreet = !is_parting,
            Side::Pipedrive | Side::Propstreet => {}
        }
    }

    /// A person answers the one open conflict.
    pub(super) fn decide(&mut self, side: Side) {
        assert_eq!(self.open.len(), 1, "one question is open");
        self.open[0].decided = Some(side);
    }
}

fn stored(value: &Value, normalise: fn(&str) -> String) -> Value {
    match value {
        Value::Text(text) => Value::Text(normalise(text)),
        Value::Set(elements) => {
            Value::Set(elements.iter().map(|element| normalise(element)).collect())
        }
        Value::Reference(reference) => Value::Reference(reference.clone()),
    }
}

pub(super) fn text(text: &str) -> Option<Value> {
    Value::text(text)
}

pub(super) fn tags(elements: &[&str]) -> Option<Value> {
    Value::set(names(elements))
}

pub(super) fn pair(id: i64) -> Option<Value> {
    Some(Value::Reference(Reference::Pair(PairId(id))))
}

pub(super) fn unpaired(side: Side) -> Option<Value> {
    Some(Value::Reference(Reference::Unpaired(unpaired_key(side))))
}

pub(super) fn unpaired_key(side: Side) -> RecordKey {
    match side {
        Side::Pipedrive => RecordKey::new(Entity::Organization, 77),
        Side::Propstreet => RecordKey::new(Entity::Company, "co-77"),
    }
}

pub(super) fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The only write of a plan.
pub(super) fn only_write(plan: &Plan) -> &Write {
    match plan.writes.as_slice() {
        [write] => write,
        writes => panic!("one write expected: {writes:#?}"),
    }
}

/// What a plan writes, field by field: side, carrier, field, value.
pub(super) fn writes(plan: &Plan) -> Vec<(Side, Carrier, Field, Option<Value>)> {
    let fields = |write: &Write| {
        let (side, carrier) = (write.side, write.carrier);
        write
            .fields
            .iter()
            .map(move |(field, value)| (side, carrier, *field, value.clone()))
            .collect::<Vec<_>>()
    };
    plan.writes.iter().flat_map(fields).collect()
}
