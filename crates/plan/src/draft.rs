//! A plan in the making: collects what each field asks for and puts the writes in order.
//!
//! In: writes, notes, conflicts and moves of the base, field by field. Out: [`Plan`]. Decides nothing itself, and copies the
//! base only when the first of its values moves.

use std::collections::BTreeMap;

use model::{BySide, Carrier, ConflictId, Field, RecordKey, Side, Value};

use crate::deal::is_closed;
use crate::merge::Seen;
use crate::plan::{NewConflict, Note, Operation, Plan, Rule, StateChange, Write};
use crate::view::PairView;

#[derive(Debug)]
pub(crate) struct Draft<'a> {
    view: &'a PairView<'a>,
    plan: Plan,
    records: BySide<Option<Write>>,
    link: Option<Write>,
    closing: Option<Write>,
    members: BySide<Option<Write>>,
    prospect: Option<Write>,
    delete: Option<(Side, Field, Option<Value>)>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(view: &'a PairView<'a>, state: Option<StateChange>) -> Self {
        Self {
            view,
            plan: Plan {
                state,
                ..Plan::default()
            },
            records: BySide {
                pipedrive: None,
                propstreet: None,
            },
            link: None,
            closing: None,
            members: BySide::default(),
            prospect: None,
            delete: None,
        }
    }

    /// Writes a field; the base follows the outcome.
    pub(crate) fn write(
        &mut self,
        to: Side,
        field: Field,
        value: Option<Value>,
        source: Option<Value>,
    ) {
        let write = self.write_for(to, field.carrier(to));
        write.fields.insert(field, value);
        write.source.insert(field, source);
    }

    /// Writes a field and leaves its base where it is.
    pub(crate) fn write_without_base(&mut self, to: Side, field: Field, value: Option<Value>) {
        self.write_for(to, field.carrier(to))
            .fields
            .insert(field, value);
    }

    fn write_for(&mut self, side: Side, carrier: Carrier) -> &mut Write {
        let place = match carrier {
            Carrier::Record => self.records.get_mut(side),
            Carrier::Link => &mut self.link,
            Carrier::Closing => &mut self.closing,
            Carrier::Members => self.members.get_mut(side),
            Carrier::Prospect => &mut self.prospect,
        };
        place.get_or_insert_with(|| empty_update(side, carrier))
    }

    /// What the link is about to be told of a field.
    pub(crate) fn link_write(&self, field: Field) -> Option<&Option<Value>> {
        self.link.as_ref()?.fields.get(&field)
    }

    /// What a side's record is about to be told of a field.
    pub(crate) fn record_write(&self, side: Side, field: Field) -> Option<&Option<Value>> {
        let write = self.records.get(side).as_ref()?;
        write.fields.get(&field)
    }

    /// What both sides show is agreed now, even where they differ.
    pub(crate) fn take_in(&mut self, seen: &Seen<'_>) {
        self.move_base(seen.field, seen.shown);
    }

    /// This much is agreed now.
    pub(crate) fn agree(&mut self, field: Field, values: BySide<Option<Value>>) {
        self.move_base(
            field,
            BySide {
                pipedrive: values.pipedrive.as_ref(),
                propstreet: values.propstreet.as_ref(),
            },
        );
    }

    /// Nothing is known any more of what both sides showed.
    pub(crate) fn forget_base(&mut self, field: Field) {
        self.move_base(
            field,
            BySide {
                pipedrive: None,
                propstreet: None,
            },
        );
    }

    fn move_base(&mut self, field: Field, values: BySide<Option<&Value>>) {
        let old = self.plan.base.as_ref().unwrap_or(self.view.base());
        if Side::BOTH
            .into_iter()
            .all(|side| old.get(side).get(field) == *values.get(side))
        {
            return;
        }
        let base = self
            .plan
            .base
            .get_or_insert_with(|| self.view.base().clone());
        for side in Side::BOTH {
            base.get_mut(side).put(field, values.get(side).cloned());
        }
    }

    pub(crate) fn conflict(&mut self, seen: &Seen<'_>, winner: Option<Side>, rule: Rule) {
        self.plan.conflicts.push(NewConflict {
            field: seen.field,
            values: owned(seen.shown),
            base: owned(seen.base),
            winner,
            rule,
        });
    }

    /// By which rule the sides' disagreement on a field was ended, if they disagreed.
    pub(crate) fn rule_of(&self, field: Field) -> Option<Rule> {
        let mut conflicts = self.plan.conflicts.iter();
        let of_field = conflicts.find(|conflict| conflict.field == field);
        of_field.map(|conflict| conflict.rule)
    }

    pub(crate) fn note(&mut self, note: Note) {
        self.plan.notes.push(note);
    }

    pub(crate) fn wait(&mut self, field: Field, record: &RecordKey) {
        self.note(Note::WaitsFor {
            field,
            record: record.clone(),
        });
        self.wake_with(record);
    }

    /// The pair is planned again as soon as this record is kept in step.
    pub(crate) fn wake_with(&mut self, record: &RecordKey) {
        if !self.plan.waits_for.contains(record) {
            self.plan.waits_for.push(record.clone());
        }
    }

    pub(crate) fn settle_conflict(&mut self, id: ConflictId) {
        self.plan.settled_conflicts.push(id);
    }

    pub(crate) fn settle_all_conflicts(&mut self) {
        self.plan.settled_conflicts = self
            .view
            .open_conflicts
            .iter()
            .map(|open| open.id)
            .collect();
    }

    pub(crate) fn settle_restore(&mut self, field: Field) {
        self.plan.settled_restores.push(field);
    }

    pub(crate) fn settle_all_restores(&mut self) {
        self.plan.settled_restores = self.view.pair.restores.keys().copied().collect();
    }

    /// Our id for the other side: on a write to the record that is due anyway, else in one of its own.
    fn add_markers(&mut self) {
        let markers = self.view.markers;
        let lacks = [
            (Side::Pipedrive, !markers.on_pipedrive),
            (
                Side::Propstreet,
                !markers.on_propstreet && !is_closed(self.view),
            ),
        ];
        for (side, lacks) in lacks {
            if lacks && let Some(write) = self.records.get_mut(side) {
                write.marker = true;
            } else if lacks {
                self.plan.writes.push(Write {
                    marker: true,
                    ..empty_update(side, Carrier::Record)
                });
            }
        }
    }

    /// Records before the link: a title edited on the link reaches Pipedrive before the link is replaced.
    pub(crate) fn finish_update(mut self) -> Plan {
        if let Some((side, field, value)) = self.delete.take() {
            let mut plan = self.finish_delete(side);
            for write in &mut plan.writes {
                write.fields.insert(field, value.clone());
            }
            return plan;
        }
        self.add_markers();
        let lone_markers = std::mem::take(&mut self.plan.writes);
        self.plan.writes.extend(self.records.pipedrive.take());
        self.plan.writes.extend(self.records.propstreet.take());
        self.plan.writes.extend(self.link.take());
        self.plan.writes.extend(self.members.propstreet.take());
        self.plan.writes.extend(self.members.pipedrive.take());
        self.plan.writes.extend(self.prospect.take());
        self.plan.writes.extend(lone_markers);
        // Whatever else the project is to be told comes before its end.
        self.plan.writes.extend(self.closing.take());
        self.plan
    }

    /// What was asked for and nothing beside it.
    pub(crate) fn finish_alone(mut self) -> Plan {
        self.plan.writes.extend(self.records.pipedrive.take());
        self.plan.writes.extend(self.records.propstreet.take());
        self.plan
    }

    /// The record of a side is to be deleted for what the other side shows of a field, whatever else was to be written.
    pub(crate) fn delete_for(&mut self, side: Side, seen: &Seen<'_>) {
        let value = *seen.shown.get(side.other());
        self.delete = Some((side, seen.field, value.cloned()));
    }

    pub(crate) fn finish_create(mut self, side: Side) -> Plan {
        let create = self
            .records
            .get_mut(side)
            .take()
            .unwrap_or_else(|| empty_update(side, Carrier::Record));
        self.plan.writes = vec![Write {
            operation: Operation::Create,
            marker: true,
            ..create
        }];
        self.plan
    }

    pub(crate) fn finish_delete(mut self, side: Side) -> Plan {
        self.plan.writes = vec![Write {
            operation: Operation::Delete,
            ..empty_update(side, Carrier::Record)
        }];
        self.plan
    }

    /// Our id is taken off: the pair is being taken apart, so that there is none to write.
    pub(crate) fn finish_unmark(mut self, side: Side) -> Plan {
        self.plan.writes = vec![Write {
            marker: true,
            ..empty_update(side, Carrier::Record)
        }];
        self.plan
    }

    /// Nothing is to be written.
    pub(crate) fn finish(self) -> Plan {
        self.plan
    }
}

fn empty_update(side: Side, carrier: Carrier) -> Write {
    Write {
        side,
        operation: Operation::Update,
        carrier,
        fields: BTreeMap::new(),
        source: BTreeMap::new(),
        marker: false,
    }
}

fn owned(values: BySide<Option<&Value>>) -> BySide<Option<Value>> {
    BySide {
        pipedrive: values.pipedrive.cloned(),
        propstreet: values.propstreet.cloned(),
    }
}
