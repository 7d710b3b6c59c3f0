//! What both sides agree on once a write was answered.
//!
//! In: the base, the write, and the record as the answer shows it. Out: the new base. Only fields of the write move, and of a
//! set only the elements that the write carried: what else differs still has to travel.

use std::collections::BTreeSet;

use model::{Base, Carrier, Field, Record, Side, Value};

use crate::plan::Write;
use crate::sets::elements;

/// The base after a write was carried out. `answered` is the record as the written side shows it now; server and mapping may
/// have made their own of a value, and that is what the next change is measured against.
#[must_use]
pub fn base_after(base: &Base, write: &Write, answered: &Record) -> Base {
    let mut after = base.clone();
    for (field, source) in &write.source {
        let Some(sent) = write.fields.get(field) else {
            continue;
        };
        let shown = answered.get(*field);
        let is_set = [sent.as_ref(), source.as_ref(), shown]
            .into_iter()
            .flatten()
            .any(is_set_value);
        if is_set {
            let base = SetBase {
                written: elements(base.get(write.side).get(*field)),
                other: elements(base.get(write.side.other()).get(*field)),
            };
            let moved = base.after(
                elements(sent.as_ref()),
                elements(source.as_ref()),
                elements(shown),
            );
            after
                .get_mut(write.side)
                .put(*field, Value::set(moved.written));
            after
                .get_mut(write.side.other())
                .put(*field, Value::set(moved.other));
        } else {
            after.get_mut(write.side).put(*field, shown.cloned());
            after
                .get_mut(write.side.other())
                .put(*field, source.clone());
        }
    }
    if write.fields.get(&Field::PersonOrganization) == Some(&None) && write.carrier == Carrier::Link
    {
        // The title went with the link, and nobody has agreed on what the next link will say.
        for side in Side::BOTH {
            after.get_mut(side).put(Field::PersonJobTitle, None);
        }
    }
    after
}

fn is_set_value(value: &Value) -> bool {
    matches!(value, Value::Set(_))
}

/// A set's base, by which side was written.
struct SetBase<T> {
    written: T,
    other: T,
}

impl SetBase<&BTreeSet<String>> {
    fn after(
        &self,
        sent: &BTreeSet<String>,
        source: &BTreeSet<String>,
        answered: &BTreeSet<String>,
    ) -> SetBase<BTreeSet<String>> {
        let mut after = SetBase {
            written: BTreeSet::new(),
            other: BTreeSet::new(),
        };
        let all: BTreeSet<&String> = [self.written, self.other, sent, source, answered]
            .into_iter()
            .flatten()
            .collect();
        for name in all {
            let is_answered = answered.contains(name);
            let is_agreed = is_answered == source.contains(name);
            let was_refused = is_answered != sent.contains(name);
            // Sent and shown as sent, yet not what the other side shows: it was not this write's to carry.
            let (written, other) = if is_agreed || was_refused {
                (is_answered, source.contains(name))
            } else {
                (self.written.contains(name), self.other.contains(name))
            };
            if written {
                after.written.insert(name.clone());
            }
            if other {
                after.other.insert(name.clone());
            }
        }
        after
    }
}
