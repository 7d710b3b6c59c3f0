//! The missing half of a pair: one write that makes it, with everything it can hold and our marker.
//!
//! In: the record that exists. Out: one create. What a link carries, and what waits for another record, comes with the next
//! plan, once the record exists.

use model::{BySide, Carrier, Field, Kind, Record, Reference, Side, Value};

use crate::deal::{agree_on_open, is_over, lacks_portfolio};
use crate::draft::Draft;
use crate::merge::Seen;
use crate::plan::{DealNote, Note, Plan, StateChange};
use crate::policy::{Direction, Policies};
use crate::sets::is_sayable;
use crate::view::PairView;

pub(crate) fn create(
    view: &PairView<'_>,
    policies: &Policies,
    missing: Side,
    live: &Record,
    state: Option<StateChange>,
) -> Plan {
    let mut draft = Draft::new(view, state);
    if is_over(view, live) {
        draft.note(Note::Deal(DealNote::NotMadeAnew));
        return draft.finish();
    }
    if view.kind == Kind::Note && !policies.of(Field::NoteText).direction.allows(missing) {
        return draft.finish();
    }
    if view.kind == Kind::Note && live.get(Field::NoteText).is_none() {
        draft.note(Note::Wordless {
            side: missing.other(),
        });
        return draft.finish();
    }
    for field in Field::of(view.kind)
        .iter()
        .copied()
        .filter(|field| field.carrier(missing) == Carrier::Record)
    {
        let Some(value) = live.get(field) else {
            continue;
        };
        if !may_be_created_with(policies.of(field).direction, field, missing) {
            continue;
        }
        if view.untold.contains(&field) {
            draft.note(Note::Untold { field });
            continue;
        }
        if lacks_portfolio(field, missing, live) {
            draft.note(Note::NotExpressible { field });
            continue;
        }
        match value {
            Value::Text(_) | Value::Reference(Reference::Pair(_)) => {
                draft.write(missing, field, Some(value.clone()), Some(value.clone()));
            }
            Value::Reference(Reference::Unpaired(record)) => draft.wait(field, record),
            Value::Set(_) => create_set(view, missing, field, value, &mut draft),
        }
    }
    forget_old_base(view, &mut draft);
    agree_on_open(view, &mut draft);
    draft.finish_create(missing)
}

/// A new address holds nothing yet that a country could null.
fn may_be_created_with(direction: Direction, field: Field, missing: Side) -> bool {
    let is_of_its_own_side = matches!(field, Field::DealStage | Field::DealStatus);
    let is_allowed = direction.allows(missing) && !is_of_its_own_side;
    is_allowed || (field == Field::OrganizationCountry && !direction.is_off())
}

fn create_set(
    view: &PairView<'_>,
    missing: Side,
    field: Field,
    value: &Value,
    draft: &mut Draft<'_>,
) {
    let Value::Set(elements) = value else { return };
    let expressible =
        |label: &&String| missing == Side::Propstreet || is_sayable(view, field, label);
    for label in elements.iter().filter(|label| !expressible(label)) {
        draft.note(Note::LabelMissing {
            label: label.clone(),
        });
    }
    let elements = elements.iter().filter(expressible).cloned().collect();
    if let Some(kept) = Value::set(elements) {
        draft.write(missing, field, Some(kept), Some(value.clone()));
    }
}

/// A record that is not there yet cannot have agreed to anything.
fn forget_old_base(view: &PairView<'_>, draft: &mut Draft<'_>) {
    for field in Field::of(view.kind) {
        let seen = Seen::of(view, *field);
        if seen.base
            != (BySide {
                pipedrive: None,
                propstreet: None,
            })
        {
            draft.forget_base(*field);
        }
    }
}
