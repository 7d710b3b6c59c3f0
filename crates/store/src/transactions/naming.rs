//! What kept values name: a record that had no pair may have been paired since, and a pair may be over.
//!
//! In: values as they were kept. Out: the same ones as everything else names them now, so that they can be compared. Never
//! writes.

use model::{Field, Pair, Reference, Side, Value};

use super::pairs::{is_whole, pair_of};
use crate::Answer;
use crate::rows::OutboxRow;
use crate::tables::Tables;

/// What was agreed on, and what a restore wants back.
pub(crate) fn name_by_pair(tables: &dyn Tables, pair: &mut Pair) -> Answer<()> {
    for side in Side::BOTH {
        let base = pair.base.get_mut(side);
        // What was agreed on before it had a pair is the same record still.
        if let Some(Value::Reference(Reference::Unpaired(record))) =
            base.get(Field::PersonOrganization)
            && let Some(known) = pair_of(tables, record)?
            && is_whole(tables, &known)?
        {
            let named = Value::Reference(Reference::Pair(known.id));
            base.put(Field::PersonOrganization, Some(named));
        }
    }
    for value in pair.restores.values_mut().flatten() {
        name_now(tables, value, Side::Pipedrive)?;
    }
    Ok(())
}

/// What a write sent, where that came from, and what it replaced.
pub(crate) fn name_written(tables: &dyn Tables, row: &mut OutboxRow) -> Answer<()> {
    let side = row.write.side;
    let before = row.before.fields.values_mut();
    for value in row.write.fields.values_mut().chain(before).flatten() {
        name_now(tables, value, side)?;
    }
    for value in row.write.source.values_mut().flatten() {
        name_now(tables, value, side.other())?;
    }
    Ok(())
}

/// Told by its pair, as everywhere else, and by the record where there is none: by that of `first` if it has one there.
fn name_now(tables: &dyn Tables, value: &mut Value, first: Side) -> Answer<()> {
    let Value::Reference(reference) = value else {
        return Ok(());
    };
    let known = match reference {
        Reference::Unpaired(record) => pair_of(tables, record)?,
        Reference::Pair(id) => tables.pair(*id)?,
    };
    let Some(known) = known else { return Ok(()) };
    if is_whole(tables, &known)? {
        *reference = Reference::Pair(known.id);
    } else if let Reference::Pair(_) = reference
        && let Some(record) = known.record(first).or_else(|| known.record(first.other()))
    {
        *reference = Reference::Unpaired(record);
    }
    Ok(())
}
