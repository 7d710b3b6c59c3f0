//! Field definitions: what a list shows, against what is remembered.
//!
//! In: known fields and a complete list. Out: fields as they are remembered now, and what has changed. Forgets no field. The
//! first list of an entity is no news.

use std::collections::{BTreeMap, BTreeSet};

use model::canonical::slug::slug;
use model::{PairId, Timestamp};

use super::lanes::change_lane_of_key;
use super::{fence, to_stored};
use crate::fields::{
    FieldChange, FieldChangeKind, FieldEntity, FormerName, Reconsider, SeenField, SeenFields,
    StoredField, TakenIn, second_column,
};
use crate::lane::LaneKey;
use crate::sqlite::plain_names;
use crate::tables::Tables;
use crate::{Answer, Lease};

pub(crate) fn commit(
    tables: &mut dyn Tables,
    lists: &[SeenFields],
    fact: (&str, &str),
    now: Timestamp,
) -> Answer<Vec<FieldChange>> {
    let now = to_stored(now);
    let mut changes = Vec::new();
    for list in lists {
        let known = tables.fields()?;
        let taken = take_in(&known, list, now);
        for field in taken.fields {
            tables.put_field(field)?;
        }
        for change in &taken.changes {
            tables.insert_field_change(change.clone())?;
        }
        changes.extend(taken.changes);
    }
    tables.renew_views()?;
    let (name, value) = fact;
    tables.put_fact(name, Some(value), now)?;
    Ok(changes)
}

/// Makes the next pairs due for planning, and forgets what they agreed on about some fields. Answers the last of them; nothing
/// when there was none left.
pub(crate) fn reconsider(
    tables: &mut dyn Tables,
    lease: Lease,
    what: &Reconsider,
    now: Timestamp,
) -> Answer<Option<PairId>> {
    fence(tables, lease)?;
    let pairs = tables.pairs_after(what.after, what.limit)?;
    let last = pairs.last().map(|pair| pair.id);
    for before in pairs.into_iter().filter(|pair| pair.kind == what.kind) {
        let mut after = before.clone();
        for field in &what.forget {
            for side in model::Side::BOTH {
                after.base.get_mut(side).put(*field, None);
            }
        }
        if after != before {
            tables.update_pair(&before, after)?;
        }
        change_lane_of_key(tables, LaneKey::Pair(before.id), now, |lane| {
            lane.take_change(now);
        })?;
    }
    Ok(last)
}

/// What becomes of the known fields.
pub(crate) fn take_in(known: &[StoredField], list: &SeenFields, now: Timestamp) -> TakenIn {
    let known: BTreeMap<&str, &StoredField> = known
        .iter()
        .filter(|field| field.entity == list.entity)
        .map(|field| (field.code.as_str(), field))
        .collect();
    let mut names = Names::of(&known, list);
    let mut taken = TakenIn::default();
    let mut seen_codes = BTreeSet::new();
    for (position, seen) in list.fields.iter().enumerate() {
        if !seen_codes.insert(seen.code.as_str()) {
            continue;
        }
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        let before = known.get(seen.code.as_str()).copied();
        let mut log = Log {
            entity: list.entity,
            code: &seen.code,
            now,
            changes: &mut taken.changes,
        };
        match before {
            Some(before) => compare(before, seen, &mut log),
            None if known.is_empty() => {}
            None => log.note(FieldChangeKind::Added, None, None, Some(&seen.name)),
        }
        taken.fields.push(remembered(
            before,
            (list.entity, seen, position),
            &mut names,
            now,
        ));
    }
    for gone in known.values() {
        if seen_codes.contains(gone.code.as_str()) || !gone.is_live() {
            continue;
        }
        let mut log = Log {
            entity: list.entity,
            code: &gone.code,
            now,
            changes: &mut taken.changes,
        };
        log.note(FieldChangeKind::Deleted, None, Some(&gone.name), None);
        taken.fields.push(StoredField {
            deleted_at: Some(now),
            ..(*gone).clone()
        });
    }
    taken
}

fn remembered(
    before: Option<&StoredField>,
    (entity, seen, position): (FieldEntity, &SeenField, u32),
    names: &mut Names,
    now: Timestamp,
) -> StoredField {
    let mut former = before.map_or_else(Vec::new, |before| before.former.clone());
    if let Some(before) = before
        && before.name != seen.name
    {
        former.push(FormerName {
            name: before.name.clone(),
            slug: before.slug.clone(),
            until: now,
        });
    }
    StoredField {
        entity,
        code: seen.code.clone(),
        name: seen.name.clone(),
        slug: names.give(before, seen),
        former,
        field_type: seen.field_type.clone(),
        is_custom: seen.is_custom,
        is_writable: seen.is_writable,
        options: seen.options.clone(),
        position,
        first_seen_at: before.map_or(now, |before| before.first_seen_at),
        last_seen_at: now,
        deleted_at: None,
    }
}

/// Whose the columns are that every view has: no field has this code.
const NOBODY: &str = "";

/// Whose a column is, and which of a field's parts it shows.
type Owner = (String, Part);

/// Which of its columns: a field's amount may not take over the column that showed its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    First,
    Second,
}

/// Readable names that are taken, those of fields which had them before included.
struct Names(BTreeMap<String, Owner>);

impl Names {
    /// Built-in fields are called by their codes whatever users call theirs, columns that every view has keep their names, and a
    /// name that a living field has or had is not given to another: what asks for it goes on getting the same data.
    fn of(known: &BTreeMap<&str, &StoredField>, list: &SeenFields) -> Self {
        let mut taken = BTreeMap::new();
        for name in plain_names(list.entity) {
            taken.insert(name.to_owned(), (NOBODY.to_owned(), Part::First));
        }
        for seen in list.fields.iter().filter(|field| !field.is_custom) {
            taken.insert(seen.code.clone(), (seen.code.clone(), Part::First));
        }
        let mut names = Self(taken);
        let known_again = || {
            let listed = list.fields.iter().filter(|field| field.is_custom);
            listed.filter_map(|seen| known.get(seen.code.as_str()))
        };
        for field in known_again().filter(|field| field.is_live()) {
            names.keep(&field.slug, field);
        }
        for field in known_again() {
            for former in &field.former {
                names.keep(&former.slug, field);
            }
        }
        names
    }

    /// Unless another field has it.
    fn keep(&mut self, slug: &str, field: &StoredField) {
        for (column, part) in columns(slug, &field.field_type) {
            let owner = self.0.entry(column);
            owner.or_insert_with(|| (field.code.clone(), part));
        }
    }

    fn give(&mut self, before: Option<&StoredField>, seen: &SeenField) -> String {
        if !seen.is_custom {
            return seen.code.clone();
        }
        if let Some(before) = before
            && before.name == seen.name
            && self.is_free_for(&before.slug, seen)
        {
            return self.take(before.slug.clone(), seen);
        }
        let wanted = slug(&seen.name);
        if self.is_free_for(&wanted, seen) {
            return self.take(wanted, seen);
        }
        let mut number = 2_u32;
        loop {
            let numbered = format!("{wanted}_{number}");
            if self.is_free_for(&numbered, seen) {
                return self.take(numbered, seen);
            }
            number += 1;
        }
    }

    fn is_free_for(&self, slug: &str, seen: &SeenField) -> bool {
        columns(slug, &seen.field_type).all(|(column, part)| {
            let owner = self.0.get(&column);
            owner.is_none_or(|(code, shown)| *code == seen.code && *shown == part)
        })
    }

    fn take(&mut self, slug: String, seen: &SeenField) -> String {
        for (column, part) in columns(&slug, &seen.field_type) {
            self.0.insert(column, (seen.code.clone(), part));
        }
        slug
    }
}

/// The columns that a field of this type has under this name.
fn columns(slug: &str, field_type: &str) -> impl Iterator<Item = (String, Part)> {
    let second = second_column(field_type).map(|ending| (format!("{slug}_{ending}"), Part::Second));
    std::iter::once((slug.to_owned(), Part::First)).chain(second)
}

struct Log<'a> {
    entity: FieldEntity,
    code: &'a str,
    now: Timestamp,
    changes: &'a mut Vec<FieldChange>,
}

impl Log<'_> {
    fn note(
        &mut self,
        kind: FieldChangeKind,
        option: Option<i64>,
        before: Option<&str>,
        after: Option<&str>,
    ) {
        self.changes.push(FieldChange {
            entity: self.entity,
            code: self.code.to_owned(),
            kind,
            option,
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            at: self.now,
        });
    }
}

fn compare(before: &StoredField, seen: &SeenField, log: &mut Log<'_>) {
    if !before.is_live() {
        log.note(FieldChangeKind::Restored, None, None, Some(&seen.name));
    }
    if before.name != seen.name {
        let kind = FieldChangeKind::Renamed;
        log.note(kind, None, Some(&before.name), Some(&seen.name));
    }
    if before.field_type != seen.field_type {
        let kind = FieldChangeKind::TypeChanged;
        log.note(kind, None, Some(&before.field_type), Some(&seen.field_type));
    }
    for option in &seen.options {
        match before.option_label(option.id) {
            None => {
                let kind = FieldChangeKind::OptionAdded;
                log.note(kind, Some(option.id), None, Some(&option.label));
            }
            Some(label) if label != option.label => {
                let kind = FieldChangeKind::OptionRenamed;
                log.note(kind, Some(option.id), Some(label), Some(&option.label));
            }
            Some(_) => {}
        }
    }
    for option in &before.options {
        if seen.options.iter().all(|seen| seen.id != option.id) {
            let kind = FieldChangeKind::OptionRemoved;
            log.note(kind, Some(option.id), Some(&option.label), None);
        }
    }
}
