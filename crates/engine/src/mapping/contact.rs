//! Propstreet contacts.

use api_client::Patch;
use model::canonical::{email, name, phone, text};
use model::{Entity, Field, Record, RecordKey, Value};
use pipedrive::Person;
use plan::Write;
use propstreet::{CompanyOfContact, Contact, ContactBody, ExternalRef};
use store::{MatchKey, MatchKeyKind, PairReference};

use crate::mapping::person::canonical_phone;
use crate::mapping::{MappingContext, as_text, reaches, reference};

/// The namespace of our external references.
pub const PIPEDRIVE_NAMESPACE: &str = "pipedrive";

/// What a contact shows, canonically.
#[must_use]
pub fn record(contact: &Contact, references: &[PairReference], mapping: &MappingContext) -> Record {
    let company = primary_company(contact);
    let full = name::join_name(contact.first_name.as_deref(), contact.last_name.as_deref());
    let tags = contact
        .tags
        .iter()
        .filter_map(|tag| text::text(tag))
        .collect();
    Record::default()
        .with(Field::PersonName, full.and_then(Value::text))
        .with(
            Field::PersonEmail,
            contact
                .email
                .as_deref()
                .and_then(email::email)
                .and_then(Value::text),
        )
        .with(
            Field::PersonPhone,
            contact
                .phone
                .as_deref()
                .and_then(|text| canonical_phone(text, mapping))
                .and_then(Value::text),
        )
        .with(
            Field::PersonEmails,
            reaches::value_of_contact(contact, Field::PersonEmails, mapping),
        )
        .with(
            Field::PersonPhones,
            reaches::value_of_contact(contact, Field::PersonPhones, mapping),
        )
        .with(
            Field::PersonOrganization,
            company.map(|company| {
                reference(
                    RecordKey::new(Entity::Company, company.id.as_str()),
                    references,
                )
            }),
        )
        .with(
            Field::PersonJobTitle,
            company
                .and_then(|company| company.job_title.as_deref())
                .and_then(text::text)
                .and_then(Value::text),
        )
        .with(Field::PersonTags, Value::set(tags))
        .with(
            Field::PersonStrategy,
            contact
                .strategy
                .as_deref()
                .and_then(text::multiline)
                .and_then(Value::text),
        )
}

/// The company the contact mainly works at.
#[must_use]
pub fn primary_company(contact: &Contact) -> Option<&CompanyOfContact> {
    contact
        .companies
        .iter()
        .find(|company| company.is_primary)
        .or_else(|| {
            contact
                .companies
                .iter()
                .find(|company| contact.primary_company_id.as_deref() == Some(company.id.as_str()))
        })
}

/// The records a contact refers to.
#[must_use]
pub fn refers_to(contact: &Contact) -> Vec<RecordKey> {
    contact
        .companies
        .iter()
        .map(|company| RecordKey::new(Entity::Company, company.id.as_str()))
        .collect()
}

/// By what a contact may be found.
#[must_use]
pub fn match_keys(contact: &Contact, mapping: &MappingContext) -> Vec<MatchKey> {
    let mut keys = Vec::new();
    let mut push = |kind, value: Option<String>| {
        if let Some(value) = value {
            keys.push(MatchKey { kind, value });
        }
    };
    push(MatchKeyKind::Marker, marker(&contact.external_refs));
    let addresses = contact
        .email
        .iter()
        .map(String::as_str)
        .chain(contact.emails.iter().map(|entry| entry.address.as_str()));
    for address in addresses {
        push(MatchKeyKind::Email, email::email(address));
    }
    let numbers = contact
        .phone
        .iter()
        .map(String::as_str)
        .chain(contact.phones.iter().map(|entry| entry.number.as_str()));
    for number in numbers {
        push(
            MatchKeyKind::Phone,
            phone::phone(number, mapping.default_country),
        );
    }
    let full = name::join_name(contact.first_name.as_deref(), contact.last_name.as_deref());
    push(
        MatchKeyKind::Name,
        full.map(|full| text::fold(&full))
            .filter(|name| !name.is_empty()),
    );
    keys.sort();
    keys.dedup();
    keys
}

/// The Pipedrive id that a record carries.
#[must_use]
pub fn marker(references: &[ExternalRef]) -> Option<String> {
    references
        .iter()
        .find(|known| known.namespace.eq_ignore_ascii_case(PIPEDRIVE_NAMESPACE))
        .map(|known| known.id.clone())
}

/// All external references with ours set, or taken off; the others stay as they are.
#[must_use]
pub fn with_marker(current: &[ExternalRef], id: Option<&str>) -> Vec<ExternalRef> {
    let mut references: Vec<ExternalRef> = current
        .iter()
        .filter(|known| !known.namespace.eq_ignore_ascii_case(PIPEDRIVE_NAMESPACE))
        .cloned()
        .collect();
    references.extend(id.map(|id| ExternalRef {
        namespace: PIPEDRIVE_NAMESPACE.to_owned(),
        id: id.to_owned(),
    }));
    references
}

/// What to send for a write of the contact itself; its links are written apart. `source` is the person.
#[must_use]
pub fn body(
    write: &Write,
    (current, source): (Option<&Contact>, Option<&Person>),
    marker: Option<&str>,
    mapping: &MappingContext,
) -> ContactBody {
    let mut body = ContactBody::default();
    for (field, value) in &write.fields {
        let value = value.as_ref();
        match field {
            Field::PersonName => {
                let full = as_text(value);
                let (given, family) = split(full.as_deref(), current);
                body.first_name = Patch::set_or_clear(given);
                body.last_name = Patch::set_or_clear(family);
            }
            Field::PersonEmail => body.email = Patch::set_or_clear(as_text(value)),
            Field::PersonPhone => body.phone = Patch::set_or_clear(as_text(value)),
            Field::PersonTags => {
                let names = match value {
                    Some(Value::Set(names)) => names.iter().cloned().collect(),
                    Some(Value::Text(_) | Value::Reference(_)) | None => Vec::new(),
                };
                body.tags = Patch::Set(names);
            }
            Field::PersonStrategy => body.strategy = Patch::set_or_clear(as_text(value)),
            Field::PersonOrganization
            | Field::PersonJobTitle
            | Field::OrganizationName
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
            // Lists are sent as a whole, the primary one first.
            | Field::PersonEmails
            | Field::PersonPhones => {}
        }
    }
    if let Some(emails) = reaches::emails_of_contact(write, (current, source), mapping) {
        let primary = emails.first().filter(|email| email.is_primary);
        body.email = primary.map_or(Patch::Keep, |email| Patch::Set(email.address.clone()));
        body.emails = Patch::Set(emails);
    }
    if let Some(phones) = reaches::phones_of_contact(write, (current, source), mapping) {
        let primary = phones.first().filter(|phone| phone.is_primary);
        body.phone = primary.map_or(Patch::Keep, |phone| Patch::Set(phone.number.clone()));
        body.phones = Patch::Set(phones);
    }
    if write.marker {
        body.external_refs = Patch::Set(with_marker(
            current.map_or(&[], |contact| &contact.external_refs),
            marker,
        ));
    }
    body
}

/// First and last name of a full one. A part that the contact already shows and the new name still begins or ends with
/// stays where it is, so that nobody's middle name moves because the other part was corrected.
fn split(full: Option<&str>, current: Option<&Contact>) -> (Option<String>, Option<String>) {
    let Some(full) = full else {
        return (None, None);
    };
    let kept = |part: Option<&String>| part.and_then(|part| text::text(part));
    if let Some(given) = kept(current.and_then(|contact| contact.first_name.as_ref()))
        && let Some(rest) = full
            .strip_prefix(given.as_str())
            .and_then(|rest| rest.strip_prefix(' '))
        && !rest.is_empty()
    {
        return (Some(given), Some(rest.to_owned()));
    }
    if let Some(family) = kept(current.and_then(|contact| contact.last_name.as_ref()))
        && let Some(rest) = full
            .strip_suffix(family.as_str())
            .and_then(|rest| rest.strip_suffix(' '))
        && !rest.is_empty()
    {
        return (Some(rest.to_owned()), Some(family));
    }
    let parts = name::split_name(full);
    (parts.given, parts.family)
}
