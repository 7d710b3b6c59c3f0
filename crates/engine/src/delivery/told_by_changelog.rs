//! What Pipedrive's changelog tells of a write: whether it was carried out, and what it replaced.
//!
//! In: an outbox row. Out: the values it replaced unseen, or whether it is in the log. Asks the service; changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use api_client::{CallContext, CallError, Priority};
use model::{Entity, Field, Kind, Pair, RecordKey, Timestamp, Value};
use pipedrive::ChangelogEntry;
use store::{OutboxRow, Store};

use crate::core::Core;
use crate::delivery::audit::{Replaced, sent_at};
use crate::delivery::{changelog, evidence};
use crate::failure::EngineError;
use crate::mapping::MappingContext;

/// The end of a record's changelog.
struct Changelog {
    /// Newest first.
    entries: Vec<ChangelogEntry>,
    /// Not before our write, by the vendor's clock.
    since: Timestamp,
    /// The organizations it names, told by their pairs.
    organizations: BTreeMap<String, Value>,
}

/// What a write has replaced unseen.
///
/// # Errors
/// The outer error when the store cannot be reached, the inner one when the changelog cannot be read.
pub(crate) async fn replaced<S: Store>(
    core: &Core<S>,
    row: &OutboxRow,
    pair: &Pair,
) -> Result<Result<Replaced, CallError>, EngineError> {
    let id = pair.ids.pipedrive.as_ref();
    let Some(id) = id.and_then(model::RemoteId::as_number) else {
        return Ok(Ok(Replaced::default()));
    };
    let call = CallContext::new(Priority::Change, "audit");
    let told = match read(core, row, (pair.kind, id), &call).await? {
        Ok(told) => told,
        Err(error) => return Ok(Err(error)),
    };
    let mapping = core.mapping()?;
    Ok(Ok(Replaced {
        others: told.others_replaced(row, &mapping),
        ..Replaced::values(told.values_replaced(row, &mapping))
    }))
}

/// Whether Pipedrive has carried out a write: its changelog tells of at least one of the fields as sent.
///
/// # Errors
/// The outer error when the store cannot be reached, the inner one when the changelog cannot be read.
pub(crate) async fn was_carried_out<S: Store>(
    core: &Core<S>,
    row: &OutboxRow,
    record: (Kind, i64),
    call: &CallContext,
) -> Result<Result<bool, CallError>, EngineError> {
    let told = match read(core, row, record, call).await? {
        Ok(told) => told,
        Err(error) => return Ok(Err(error)),
    };
    let mapping = core.mapping()?;
    let mut fields = row.write.fields.iter();
    Ok(Ok(fields.any(|(field, sent)| {
        told.entry_of(*field, sent.as_ref(), &mapping).is_some()
    })))
}

async fn read<S: Store>(
    core: &Core<S>,
    row: &OutboxRow,
    record: (Kind, i64),
    call: &CallContext,
) -> Result<Result<Changelog, CallError>, EngineError> {
    let since = evidence::changelog_since(core, sent_at(row));
    let is_older = |entry: &ChangelogEntry| entry.time.is_some_and(|time| time < since);
    let entries = match evidence::changelog(core, record, is_older, call).await {
        Ok(entries) => entries,
        Err(error) => return Ok(Err(error)),
    };
    Ok(Ok(Changelog {
        // The answer has told how Pipedrive's clock goes.
        since: evidence::changelog_since(core, sent_at(row)),
        organizations: organizations_of(core, &entries).await?,
        entries,
    }))
}

async fn organizations_of<S: Store>(
    core: &Core<S>,
    entries: &[ChangelogEntry],
) -> Result<BTreeMap<String, Value>, EngineError> {
    let named = entries
        .iter()
        .filter(|entry| entry.field_key == changelog::ORGANIZATION);
    let ids: BTreeSet<&String> = named
        .flat_map(|entry| entry.old_value.iter().chain(&entry.new_value))
        .collect();
    let mut organizations = BTreeMap::new();
    for id in ids {
        let record = RecordKey::new(Entity::Organization, id.as_str());
        let reference = evidence::reference_to(core, record).await?;
        organizations.insert(id.clone(), reference);
    }
    Ok(organizations)
}

impl Changelog {
    /// What our write replaced, for the fields that are told in a form that can be compared.
    fn values_replaced(
        &self,
        row: &OutboxRow,
        mapping: &MappingContext,
    ) -> BTreeMap<Field, Option<Value>> {
        let mut found = BTreeMap::new();
        for (field, sent) in &row.write.fields {
            let Some(entry) = self.entry_of(*field, sent.as_ref(), mapping) else {
                continue;
            };
            let Some(replaced) =
                self.value(entry.old_value.as_deref(), (*field, sent.as_ref()), mapping)
            else {
                continue;
            };
            let expected = row.before.value(*field).cloned();
            if *field == Field::DealPrice && !changelog::is_same_currency(&expected, sent) {
                continue;
            }
            if replaced != expected && replaced != *sent {
                found.insert(*field, replaced);
            }
        }
        found
    }

    /// The entries beside the primary one that our write replaced, where they were others than it was planned to replace.
    fn others_replaced(
        &self,
        row: &OutboxRow,
        mapping: &MappingContext,
    ) -> BTreeMap<Field, BTreeSet<String>> {
        let mut found = BTreeMap::new();
        for (field, expected) in &row.before.others {
            let sent = row.write.fields.get(field).and_then(Option::as_ref);
            let entry = self.entry_of(*field, sent, mapping);
            let Some(old) = entry.and_then(|entry| entry.old_value.as_deref()) else {
                continue;
            };
            let others: Vec<&str> = old.split(',').skip(1).map(str::trim).collect();
            if others != *expected {
                found.insert(*field, others.into_iter().map(str::to_owned).collect());
            }
        }
        found
    }

    /// `like` is what the field was sent as.
    fn value(
        &self,
        text: Option<&str>,
        (field, like): (Field, Option<&Value>),
        mapping: &MappingContext,
    ) -> Option<Option<Value>> {
        if field == Field::DealPrice {
            return changelog::price(text, like);
        }
        changelog::value(text, field, &self.organizations, mapping)
    }

    /// Our write of a field. The oldest that fits is it: a later write of ours may have set the same again.
    fn entry_of(
        &self,
        field: Field,
        sent: Option<&Value>,
        mapping: &MappingContext,
    ) -> Option<&ChangelogEntry> {
        self.entries.iter().rev().find(|entry| {
            entry.actor_user_id == Some(mapping.definitions.our_user)
                && entry.time.is_none_or(|time| time >= self.since)
                && changelog::is_field(entry, field, mapping)
                && self
                    .value(entry.new_value.as_deref(), (field, sent), mapping)
                    .is_some_and(|value| value.as_ref() == sent)
        })
    }
}
