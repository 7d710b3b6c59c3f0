//! Pipedrive persons.

use std::collections::BTreeMap;

use api_client::Patch;
use model::canonical::{email, phone, text};
use model::{Entity, Field, Record, RecordKey, Reference, Side, Value};
use pipedrive::{ContactValue, CustomValue, Person, PersonBody};
use plan::{Operation, Write};
use propstreet::Contact;
use store::{MatchKey, MatchKeyKind, PairReference};

use crate::mapping::{
    MappingContext, as_text, custom_lines, custom_text, id_of, reaches, reference,
};

/// What a person shows, canonically.
#[must_use]
pub fn record(person: &Person, references: &[PairReference], mapping: &MappingContext) -> Record {
    let fields = &mapping.definitions.person;
    let labels = person
        .label_ids
        .iter()
        .filter_map(|id| fields.labels.get(id).cloned())
        .collect();
    let organization = person
        .org_id
        .map(|id| reference(RecordKey::new(Entity::Organization, id), references));
    Record::default()
        .with(
            Field::PersonName,
            person
                .name
                .as_deref()
                .and_then(text::text)
                .and_then(Value::text),
        )
        .with(
            Field::PersonEmail,
            primary(&person.emails)
                .and_then(email::email)
                .and_then(Value::text),
        )
        .with(
            Field::PersonPhone,
            primary(&person.phones)
                .and_then(|text| canonical_phone(text, mapping))
                .and_then(Value::text),
        )
        .with(
            Field::PersonEmails,
            reaches::value(texts(&person.emails), Field::PersonEmails, mapping),
        )
        .with(
            Field::PersonPhones,
            reaches::value(texts(&person.phones), Field::PersonPhones, mapping),
        )
        .with(Field::PersonOrganization, organization)
        .with(
            Field::PersonJobTitle,
            job_title(person, mapping).and_then(Value::text),
        )
        .with(Field::PersonTags, Value::set(labels))
        .with(
            Field::PersonStrategy,
            custom_lines(&person.custom_fields, fields.strategy.as_ref()).and_then(Value::text),
        )
}

fn texts(list: &[ContactValue]) -> impl Iterator<Item = &str> {
    list.iter().map(|entry| entry.value.as_str())
}

fn job_title(person: &Person, mapping: &MappingContext) -> Option<String> {
    let fields = &mapping.definitions.person;
    if fields.job_title_is_built_in {
        return person.job_title.as_deref().and_then(text::text);
    }
    custom_text(&person.custom_fields, fields.job_title.as_ref())
}

/// The records a person refers to.
#[must_use]
pub fn refers_to(person: &Person) -> Vec<RecordKey> {
    person
        .org_id
        .map(|id| RecordKey::new(Entity::Organization, id))
        .into_iter()
        .collect()
}

/// By what a person may be found.
#[must_use]
pub fn match_keys(person: &Person, mapping: &MappingContext) -> Vec<MatchKey> {
    let mut keys = Vec::new();
    let mut push = |kind, value: Option<String>| {
        if let Some(value) = value {
            keys.push(MatchKey { kind, value });
        }
    };
    push(
        MatchKeyKind::Marker,
        custom_text(
            &person.custom_fields,
            mapping.definitions.person.marker.as_ref(),
        ),
    );
    for address in &person.emails {
        push(MatchKeyKind::Email, email::email(&address.value));
    }
    for number in &person.phones {
        push(
            MatchKeyKind::Phone,
            phone::phone(&number.value, mapping.default_country),
        );
    }
    push(
        MatchKeyKind::Name,
        person
            .name
            .as_deref()
            .map(text::fold)
            .filter(|name| !name.is_empty()),
    );
    keys.sort();
    keys.dedup();
    keys
}

/// What to send for a write. `current` is the person as last read; its other addresses and numbers stay as they are, unless all of
/// them are kept in step. `source` is the contact.
#[must_use]
pub fn body(
    write: &Write,
    (current, source): (Option<&Person>, Option<&Contact>),
    marker: Option<&str>,
    references: &[PairReference],
    mapping: &MappingContext,
) -> PersonBody {
    let mut body = PersonBody::default();
    let mut custom_fields = BTreeMap::new();
    let fields = &mapping.definitions.person;
    let mut custom = |key: Option<&String>, value: Option<String>| {
        if let Some(key) = key {
            custom_fields.insert(
                key.clone(),
                Patch::set_or_clear(value.map(CustomValue::Text)),
            );
        }
    };
    for (field, value) in &write.fields {
        let value = value.as_ref();
        match field {
            // A person cannot be without a name in Pipedrive.
            Field::PersonName => body.name = as_text(value).map_or(Patch::Keep, Patch::Set),
            Field::PersonEmail => {
                body.emails = Patch::Set(with_primary(
                    current.map(|person| person.emails.as_slice()),
                    as_text(value),
                    is_email,
                ));
            }
            Field::PersonPhone => {
                let same = |a: &str, b: &str| canonical_phone(a, mapping).as_deref() == Some(b);
                body.phones = Patch::Set(with_primary(
                    current.map(|person| person.phones.as_slice()),
                    as_text(value),
                    same,
                ));
            }
            Field::PersonOrganization => body.org_id = organization(value, references),
            Field::PersonJobTitle if fields.job_title_is_built_in => {
                body.job_title = Patch::set_or_clear(as_text(value));
            }
            Field::PersonJobTitle => custom(fields.job_title.as_ref(), as_text(value)),
            Field::PersonTags => body.label_ids = labels(value, current, write.operation, mapping),
            Field::PersonStrategy => custom(fields.strategy.as_ref(), as_text(value)),
            Field::OrganizationName
            | Field::OrganizationCountry
            | Field::OrganizationDomain
            | Field::OrganizationNumber
            | Field::DealName
            | Field::DealPrice
            | Field::DealPortfolio
            | Field::DealPropertyCount
            | Field::DealPropertyType
            | Field::DealStage
            | Field::DealStatus
            | Field::DealProspects
            | Field::DealClassification
            | Field::NoteText
            | Field::NoteOn
            // Lists are sent as a whole, with the primary one marked.
            | Field::PersonEmails
            | Field::PersonPhones => {}
        }
    }
    let list = |all| reaches::of_person(write, all, (current, source), mapping);
    if let Some(emails) = list(Field::PersonEmails) {
        body.emails = Patch::Set(emails);
    }
    if let Some(phones) = list(Field::PersonPhones) {
        body.phones = Patch::Set(phones);
    }
    if write.marker {
        custom(fields.marker.as_ref(), marker.map(str::to_owned));
    }
    body.custom_fields = custom_fields;
    body
}

fn organization(value: Option<&Value>, references: &[PairReference]) -> Patch<i64> {
    match value {
        Some(Value::Reference(Reference::Pair(pair))) => id_of(*pair, Side::Pipedrive, references)
            .and_then(|id| id.as_number())
            .map_or(Patch::Keep, Patch::Set),
        None => Patch::Clear,
        Some(Value::Reference(Reference::Unpaired(_)) | Value::Text(_) | Value::Set(_)) => {
            Patch::Keep
        }
    }
}

/// Label ids of the wanted names. Ids that have no name we know are kept as they are.
fn labels(
    value: Option<&Value>,
    current: Option<&Person>,
    operation: Operation,
    mapping: &MappingContext,
) -> Patch<Vec<i64>> {
    let mut ids: Vec<i64> = current
        .map(|person| {
            person
                .label_ids
                .iter()
                .copied()
                .filter(|id| !mapping.definitions.person.labels.contains_key(id))
                .collect()
        })
        .unwrap_or_default();
    if let Some(Value::Set(names)) = value {
        ids.extend(
            names
                .iter()
                .filter_map(|name| mapping.definitions.label_id(name)),
        );
    }
    if ids.is_empty() && operation == Operation::Create {
        Patch::Keep
    } else {
        Patch::Set(ids)
    }
}

/// The entry marked as primary, or the first.
#[must_use]
pub fn primary(values: &[ContactValue]) -> Option<&str> {
    ContactValue::primary_of(values)
        .map(|value| value.value.as_str())
        .filter(|value| !value.is_empty())
}

/// The entries beside the primary one, of both lists that a write of the primary one replaces.
#[must_use]
pub fn others(person: &Person) -> BTreeMap<Field, Vec<String>> {
    let beside = |values: &[ContactValue]| -> Vec<String> {
        let primary = ContactValue::primary_of(values);
        let is_primary =
            |value: &&ContactValue| primary.is_some_and(|primary| std::ptr::eq(primary, *value));
        let others = values.iter().filter(|value| !is_primary(value));
        others.map(|value| value.value.clone()).collect()
    };
    BTreeMap::from([
        (Field::PersonEmail, beside(&person.emails)),
        (Field::PersonPhone, beside(&person.phones)),
    ])
}

/// A valid number in E.164; any other text as it is, so that it still travels.
pub(crate) fn canonical_phone(text: &str, mapping: &MappingContext) -> Option<String> {
    phone::phone(text, mapping.default_country).or_else(|| text::text(text))
}

fn is_email(a: &str, b: &str) -> bool {
    email::email(a).as_deref() == Some(b)
}

/// The list with another primary entry: the old primary's place is taken, all others stay byte for byte.
fn with_primary(
    current: Option<&[ContactValue]>,
    wanted: Option<String>,
    same: impl Fn(&str, &str) -> bool,
) -> Vec<ContactValue> {
    let current = current.unwrap_or_default();
    let old = current
        .iter()
        .position(|value| value.primary)
        .or(if current.is_empty() { None } else { Some(0) });
    let mut values: Vec<ContactValue> = current.to_vec();
    let Some(wanted) = wanted else {
        if let Some(old) = old {
            values.remove(old);
        }
        return values;
    };
    if let Some(known) = values.iter().position(|value| same(&value.value, &wanted)) {
        // An address that is there already only becomes the primary one.
        for (i, value) in values.iter_mut().enumerate() {
            value.primary = i == known;
        }
        return values;
    }
    match old {
        Some(old) => {
            values[old].value = wanted;
            values[old].primary = true;
        }
        None => values.push(ContactValue {
            value: wanted,
            label: "work".to_owned(),
            primary: true,
        }),
    }
    values
}
