//! The overwrite audit: Pipedrive has no versions, so an edit made between our read and our write is overwritten unseen. The
//! webhook of our own write tells what it really replaced; where that is not what we meant to replace, the edit is journaled
//! and, when the policy gives it the field, put back.
//!
//! In: finished writes that await their audit, and our own webhooks (or, when those do not come, the changelog). Out: the end
//! of the audit, conflicts and restores.

use std::collections::{BTreeMap, BTreeSet};

use api_client::{CallContext, Priority};
use model::{
    BySide, Entity, Field, Pair, PairState, Record, RecordKey, Reference, Side, Timestamp, Value,
};
use pipedrive::{ChangelogEntry, EventAction, Mergeable, WebhookEvent};
use plan::{Direction, NewConflict, Rule, Winner};
use store::{LaneView, OutboxRow, OutboxState, PairReference, Store, StoreError};

use crate::core::Core;
use crate::failure::EngineError;
use crate::mapping::MappingContext;
use crate::mirror::events;

const AUDITS_AT_ONCE: u32 = 50;
const PAGES_MAX: usize = 5;
/// The changelog tells whole seconds.
const CHANGELOG_SECOND_MILLIS: i64 = 1_000;

/// Ends the audits whose webhook is among these events.
pub(crate) async fn match_events<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    news: &[WebhookEvent],
) -> Result<(), EngineError> {
    let mapping = core.mapping()?;
    let Some(pair) = &view.pair else {
        return Ok(());
    };
    let mut used = BTreeSet::new();
    for row in &view.audits {
        let found = news.iter().enumerate().find(|(i, event)| {
            !used.contains(i)
                && is_our_change(event, &mapping)
                && shows_write(event, row, &view.references, &mapping)
        });
        let Some((i, event)) = found else { continue };
        used.insert(i);
        let before = event
            .previous
            .as_ref()
            .and_then(|before| events::shown(&before.record, &view.references, &mapping));
        let replaced = before.map_or_else(BTreeMap::new, |(record, _)| overwritten(row, &record));
        finish(core, pair, row, replaced).await?;
    }
    Ok(())
}

fn is_our_change(event: &WebhookEvent, mapping: &MappingContext) -> bool {
    event.action == EventAction::Change && events::is_ours(event, mapping)
}

/// Whether the event shows exactly the values the row has sent.
fn shows_write(
    event: &WebhookEvent,
    row: &OutboxRow,
    references: &[PairReference],
    mapping: &MappingContext,
) -> bool {
    let Some((shown, _)) = event
        .data
        .as_ref()
        .and_then(|data| events::shown(data, references, mapping))
    else {
        return false;
    };
    !row.write.fields.is_empty()
        && row
            .write
            .fields
            .iter()
            .all(|(field, value)| shown.get(*field) == value.as_ref())
}

/// The fields whose replaced value is not the one the write was planned to replace, with that value.
fn overwritten(row: &OutboxRow, before: &Record) -> BTreeMap<Field, Option<Value>> {
    row.write
        .fields
        .iter()
        .filter_map(|(field, sent)| {
            let replaced = before.get(*field).cloned();
            let expected = row.snapshot_before.get(field).cloned().flatten();
            (replaced != expected && replaced != *sent).then_some((*field, replaced))
        })
        .collect()
}

/// Carries out the audits whose webhook did not come, by the changelog; answers how many.
///
/// # Errors
/// When the store cannot be reached. A changelog that cannot be read is asked for again.
pub async fn run_once<S: Store>(core: &Core<S>) -> Result<u64, EngineError> {
    if core.definitions().is_none() {
        return Ok(0);
    }
    let due = core
        .store
        .due_audits(&core.lease, core.now(), AUDITS_AT_ONCE)
        .await?;
    if due.is_empty() || core.is_paused().await? {
        return Ok(0);
    }
    let mut done = 0;
    for (row, pair) in due {
        if by_changelog(core, &row, &pair).await? {
            done += 1;
        }
    }
    Ok(done)
}

async fn by_changelog<S: Store>(
    core: &Core<S>,
    row: &OutboxRow,
    pair: &Pair,
) -> Result<bool, EngineError> {
    let Some(id) = pair
        .ids
        .pipedrive
        .as_ref()
        .and_then(model::RemoteId::as_number)
    else {
        finish(core, pair, row, BTreeMap::new()).await?;
        return Ok(true);
    };
    let kind = match pair.kind {
        model::Kind::Person => Mergeable::Person,
        model::Kind::Organization => Mergeable::Organization,
    };
    let call = CallContext::new(Priority::Change, "audit");
    let mut entries = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = match core
            .pipedrive
            .changelog(kind, id, cursor.as_deref(), &call)
            .await
        {
            Ok(page) => page,
            Err(api_client::CallError::NotFound | api_client::CallError::Gone) => break,
            Err(error) => {
                tracing::debug!(pair.id = %pair.id, error = %error, "the changelog could not be read; it is asked for again");
                return Ok(false);
            }
        };
        entries.extend(page.rows.into_iter().map(|row| row.value));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let mapping = core.mapping()?;
    let told = Told {
        since: told_since(core, row),
        organizations: organizations_of(core, &entries).await?,
        entries,
    };
    let replaced = replaced_by_changelog(row, &told, &mapping);
    finish(core, pair, row, replaced).await?;
    Ok(true)
}

/// What a changelog tells.
struct Told {
    /// Newest first.
    entries: Vec<ChangelogEntry>,
    /// Not before our write, by the vendor's clock.
    since: Timestamp,
    /// The organizations it names, told by their pairs.
    organizations: BTreeMap<String, Value>,
}

fn told_since<S: Store>(core: &Core<S>, row: &OutboxRow) -> Timestamp {
    let sent_at = match &row.state {
        OutboxState::AwaitingAudit { sent_at, .. } => *sent_at,
        OutboxState::Planned
        | OutboxState::Sent { .. }
        | OutboxState::OutcomeUnknown { .. }
        | OutboxState::Done { .. }
        | OutboxState::Dropped { .. } => row.planned_at,
    };
    let (offset, uncertainty) = core.clock_offset(Side::Pipedrive);
    model::time::plus_millis(sent_at, offset - uncertainty - CHANGELOG_SECOND_MILLIS)
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
        let pair = core
            .store
            .pair_of(core.ctx(), &record)
            .await?
            .filter(|pair| {
                pair.state == PairState::Active
                    && Side::BOTH.iter().all(|side| pair.ids.get(*side).is_some())
            });
        let reference = pair.map_or(Reference::Unpaired(record), |pair| Reference::Pair(pair.id));
        organizations.insert(id.clone(), Value::Reference(reference));
    }
    Ok(organizations)
}

/// What the changelog says our write replaced, for the fields it tells in a form that can be compared.
fn replaced_by_changelog(
    row: &OutboxRow,
    told: &Told,
    mapping: &MappingContext,
) -> BTreeMap<Field, Option<Value>> {
    let mut found = BTreeMap::new();
    let value =
        |text: Option<&str>, field| changelog::value(text, field, &told.organizations, mapping);
    for (field, sent) in &row.write.fields {
        // The oldest that fits is ours: a later write of ours may have set the same again.
        let entry = told.entries.iter().rev().find(|entry| {
            entry.actor_user_id == Some(mapping.definitions.our_user)
                && entry.time.is_none_or(|time| time >= told.since)
                && changelog::is_field(entry, *field, mapping)
                && value(entry.new_value.as_deref(), *field).is_some_and(|value| value == *sent)
        });
        let Some(entry) = entry else { continue };
        let Some(replaced) = value(entry.old_value.as_deref(), *field) else {
            continue;
        };
        let expected = row.snapshot_before.get(field).cloned().flatten();
        if replaced != expected && replaced != *sent {
            found.insert(*field, replaced);
        }
    }
    found
}

/// Journals what was overwritten, and puts back what the policy gives to Pipedrive.
async fn finish<S: Store>(
    core: &Core<S>,
    pair: &Pair,
    row: &OutboxRow,
    replaced: BTreeMap<Field, Option<Value>>,
) -> Result<(), EngineError> {
    let mut conflicts = Vec::new();
    let mut restores = BTreeMap::new();
    for (field, value) in replaced {
        let sent = row.write.fields.get(&field).cloned().flatten();
        let winner = if pipedrive_has_it(core, field) {
            Side::Pipedrive
        } else {
            Side::Propstreet
        };
        if winner == Side::Pipedrive {
            restores.insert(
                field,
                restored(
                    value.as_ref(),
                    sent.as_ref(),
                    row.snapshot_before.get(&field),
                ),
            );
        }
        let expected = row.snapshot_before.get(&field).cloned().flatten();
        conflicts.push(NewConflict {
            field,
            values: BySide {
                pipedrive: value,
                propstreet: sent,
            },
            base: BySide {
                pipedrive: expected,
                propstreet: pair.base.propstreet.get(field).cloned(),
            },
            winner: Some(winner),
            rule: Rule::Overwritten,
        });
    }
    let kept = core
        .store
        .commit_audit(&core.lease, row.id, conflicts, restores, core.now())
        .await;
    match kept {
        // The webhook and the changelog may both have told, at the same time.
        Ok(()) | Err(StoreError::WrongState { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    core.bells.plan.ring();
    Ok(())
}

/// Whether an edit in Pipedrive that came after our read has a right to the field. It is the later one.
fn pipedrive_has_it<S: Store>(core: &Core<S>, field: Field) -> bool {
    core.settings
        .policies
        .fields
        .get(&field)
        .is_none_or(|policy| {
            policy.direction != Direction::ToPipedrive
                && matches!(
                    policy.winner,
                    Winner::PipedriveWins | Winner::Latest | Winner::Manual
                )
        })
}

/// A set gets back what the overwritten edit added and loses what it took away; any other value comes back whole.
fn restored(
    replaced: Option<&Value>,
    sent: Option<&Value>,
    expected: Option<&Option<Value>>,
) -> Option<Value> {
    let elements = |value: Option<&Value>| match value {
        Some(Value::Set(elements)) => elements.clone(),
        Some(Value::Text(_) | Value::Reference(_)) | None => BTreeSet::new(),
    };
    let expected = expected.and_then(Option::as_ref);
    if ![replaced, sent, expected]
        .into_iter()
        .flatten()
        .any(|value| matches!(value, Value::Set(_)))
    {
        return replaced.cloned();
    }
    let (replaced, sent, expected) = (elements(replaced), elements(sent), elements(expected));
    let removed: BTreeSet<_> = expected.difference(&replaced).cloned().collect();
    let added = replaced.difference(&expected).cloned();
    Value::set(
        sent.into_iter()
            .chain(added)
            .filter(|element| !removed.contains(element))
            .collect(),
    )
}

mod changelog {
    //! The changelog's texts as canonical values.

    use std::collections::{BTreeMap, BTreeSet};

    use model::canonical::{domain, email, organization_number, text};
    use model::{Field, Value};
    use pipedrive::ChangelogEntry;

    use crate::mapping::MappingContext;
    use crate::mapping::organization::canonical_number;
    use crate::mapping::person::canonical_phone;

    /// The changelog's name of a person's organization.
    pub(super) const ORGANIZATION: &str = "org_id";

    pub(super) fn is_field(entry: &ChangelogEntry, field: Field, mapping: &MappingContext) -> bool {
        let key = entry.field_key.as_str();
        let custom = |code: Option<&String>| code.is_some_and(|code| code == key);
        let definitions = &mapping.definitions;
        match field {
            Field::PersonName | Field::OrganizationName => key == "name",
            Field::PersonEmail => matches!(key, "email" | "emails"),
            Field::PersonPhone => matches!(key, "phone" | "phones"),
            Field::PersonTags => matches!(key, "label" | "label_ids"),
            Field::PersonJobTitle => custom(definitions.person.job_title.as_ref()),
            Field::PersonStrategy => custom(definitions.person.strategy.as_ref()),
            Field::OrganizationDomain => custom(definitions.organization.domain.as_ref()),
            Field::OrganizationNumber => custom(definitions.organization.number.as_ref()),
            Field::PersonOrganization => key == ORGANIZATION,
            // The country is never changed by us.
            Field::OrganizationCountry => false,
        }
    }

    /// The canonical value of a changelog text; the outer `None` when the text cannot be compared.
    pub(super) fn value(
        text: Option<&str>,
        field: Field,
        organizations: &BTreeMap<String, Value>,
        mapping: &MappingContext,
    ) -> Option<Option<Value>> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Some(None);
        };
        // Lists of addresses and numbers are told with commas; the first is the primary one.
        let first = text.split(',').next().unwrap_or(text);
        Some(match field {
            Field::PersonName | Field::OrganizationName | Field::PersonJobTitle => {
                text::text(text).and_then(Value::text)
            }
            Field::PersonStrategy => text::multiline(text).and_then(Value::text),
            Field::PersonEmail => email::email(first).and_then(Value::text),
            Field::PersonPhone => canonical_phone(first, mapping).and_then(Value::text),
            Field::PersonTags => {
                let names: Option<BTreeSet<String>> = text
                    .split(',')
                    .map(|id| {
                        mapping
                            .definitions
                            .person
                            .labels
                            .get(&id.trim().parse().ok()?)
                            .cloned()
                    })
                    .collect();
                Value::set(names?)
            }
            Field::OrganizationDomain => domain::domain(text).and_then(Value::text),
            Field::OrganizationNumber => {
                organization_number::organization_number(text, mapping.default_country)
                    .or_else(|| organization_number::organization_number(text, None))
                    .map(|number| canonical_number(&number))
                    .and_then(Value::text)
            }
            Field::PersonOrganization => Some(organizations.get(text)?.clone()),
            Field::OrganizationCountry => return None,
        })
    }
}
