//! All addresses or numbers of a person, where the settings keep all of them in step.
//!
//! In: the list as a side shows it, which elements it shall have, and which is to be the primary one. Out: the list to send: what is
//! there already stays byte for byte, with its label; what is new comes last, with the label that it has on the other side.

use std::collections::{BTreeMap, BTreeSet};

use model::canonical::email;
use model::{Field, Value};
use pipedrive::{ContactValue, Person};
use plan::Write;
use propstreet::{Contact, Email, Phone};

use crate::mapping::MappingContext;
use crate::mapping::person::canonical_phone;

/// Pipedrive's label of an entry that nobody has labelled.
const USUAL_LABEL: &str = "work";
/// Its word for what Propstreet calls personal.
const HOME: &str = "home";
const PERSONAL: &str = "personal";
const OTHER: &str = "other";
/// The types of addresses that Propstreet knows.
const EMAIL_TYPES: [&str; 3] = ["work", PERSONAL, OTHER];

/// One entry of a list, in either side's words for its label.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reach {
    text: String,
    /// Nothing where the text is no address: then it stays where it is.
    canonical: Option<String>,
    label: Option<String>,
    is_primary: bool,
}

/// What a list shall be.
struct Wanted<'a> {
    /// Nothing where the elements stay as they are.
    all: Option<BTreeSet<String>>,
    /// Nothing where the primary one stays as it is.
    primary: Option<&'a str>,
}

fn canonical(text: &str, all: Field, mapping: &MappingContext) -> Option<String> {
    if all == Field::PersonPhones {
        canonical_phone(text, mapping)
    } else {
        email::email(text)
    }
}

/// All elements that a list of texts has, canonically; nothing where the settings leave all but the primary one alone.
pub(super) fn value<'a>(
    texts: impl Iterator<Item = &'a str>,
    all: Field,
    mapping: &MappingContext,
) -> Option<Value> {
    if !mapping.all_of.contains(&all) {
        return None;
    }
    Value::set(
        texts
            .filter_map(|text| canonical(text, all, mapping))
            .collect(),
    )
}

/// What a write wants of a list; nothing where it says nothing of it, or where the primary one alone travels.
fn wanted<'a>(write: &'a Write, all: Field, mapping: &MappingContext) -> Option<Wanted<'a>> {
    if !mapping.all_of.contains(&all) {
        return None;
    }
    let elements = write.fields.get(&all);
    let primary = all.primary().and_then(|field| write.fields.get(&field));
    if elements.is_none() && primary.is_none() {
        return None;
    }
    Some(Wanted {
        all: elements.map(|value| match value {
            Some(Value::Set(elements)) => elements.clone(),
            Some(Value::Text(_) | Value::Reference(_)) | None => BTreeSet::new(),
        }),
        primary: primary.and_then(Option::as_ref).and_then(Value::as_text),
    })
}

fn merged(
    mut list: Vec<Reach>,
    wanted: &Wanted<'_>,
    labels: &BTreeMap<String, String>,
) -> Vec<Reach> {
    let made = |text: &str| Reach {
        text: text.to_owned(),
        canonical: Some(text.to_owned()),
        label: labels.get(text).cloned(),
        is_primary: false,
    };
    let has = |list: &[Reach], text: &str| {
        list.iter()
            .any(|reach| reach.canonical.as_deref() == Some(text))
    };
    if let Some(all) = &wanted.all {
        list.retain(|reach| {
            reach
                .canonical
                .as_ref()
                .is_none_or(|known| all.contains(known))
        });
        for text in all {
            if !has(&list, text) {
                list.push(made(text));
            }
        }
    }
    if let Some(primary) = wanted.primary {
        if !has(&list, primary) {
            list.push(made(primary));
        }
        let place = list
            .iter()
            .position(|reach| reach.canonical.as_deref() == Some(primary));
        for (at, reach) in list.iter_mut().enumerate() {
            reach.is_primary = Some(at) == place;
        }
    } else if !list.iter().any(|reach| reach.is_primary)
        && let Some(first) = list.first_mut()
    {
        first.is_primary = true;
    }
    list
}

/// The list of a person, where all of it is kept in step and the write is about it. `source` is the contact.
pub(super) fn of_person(
    write: &Write,
    all: Field,
    (current, source): (Option<&Person>, Option<&Contact>),
    mapping: &MappingContext,
) -> Option<Vec<ContactValue>> {
    let wanted = wanted(write, all, mapping)?;
    let list = current.map_or_else(Vec::new, |person| reaches_of_person(person, all, mapping));
    let labels = source.map_or_else(Vec::new, |contact| {
        reaches_of_contact(contact, all, mapping)
    });
    let labels = labels.into_iter().filter_map(|reach| {
        let label = reach.label?.to_lowercase();
        let label = if label == PERSONAL {
            HOME.to_owned()
        } else {
            label
        };
        Some((reach.canonical?, label))
    });
    let list = merged(list, &wanted, &labels.collect());
    let entry = |reach: Reach| ContactValue {
        value: reach.text,
        label: reach.label.unwrap_or_else(|| USUAL_LABEL.to_owned()),
        primary: reach.is_primary,
    };
    Some(list.into_iter().map(entry).collect())
}

/// The same of a contact; the primary one first. `source` is the person.
fn of_contact(
    write: &Write,
    all: Field,
    (current, source): (Option<&Contact>, Option<&Person>),
    mapping: &MappingContext,
) -> Option<Vec<Reach>> {
    let wanted = wanted(write, all, mapping)?;
    let list = current.map_or_else(Vec::new, |contact| {
        reaches_of_contact(contact, all, mapping)
    });
    let labels = source.map_or_else(Vec::new, |person| reaches_of_person(person, all, mapping));
    let labels = labels.into_iter().filter_map(|reach| {
        let label = reach
            .label
            .filter(|label| !label.is_empty())?
            .to_lowercase();
        let label = match (all, label.as_str()) {
            (Field::PersonEmails, HOME) => PERSONAL,
            (Field::PersonEmails, label) if !EMAIL_TYPES.contains(&label) => OTHER,
            (_, label) => label,
        };
        Some((reach.canonical?, label.to_owned()))
    });
    let mut list = merged(list, &wanted, &labels.collect());
    list.sort_by_key(|reach| !reach.is_primary);
    Some(list)
}

pub(super) fn emails_of_contact(
    write: &Write,
    records: (Option<&Contact>, Option<&Person>),
    mapping: &MappingContext,
) -> Option<Vec<Email>> {
    let list = of_contact(write, Field::PersonEmails, records, mapping)?;
    let entry = |reach: Reach| Email {
        address: reach.text,
        kind: reach.label,
        is_primary: reach.is_primary,
    };
    Some(list.into_iter().map(entry).collect())
}

pub(super) fn phones_of_contact(
    write: &Write,
    records: (Option<&Contact>, Option<&Person>),
    mapping: &MappingContext,
) -> Option<Vec<Phone>> {
    let list = of_contact(write, Field::PersonPhones, records, mapping)?;
    let entry = |reach: Reach| Phone {
        number: reach.text,
        kind: reach.label,
        is_primary: reach.is_primary,
    };
    Some(list.into_iter().map(entry).collect())
}

fn reaches_of_person(person: &Person, all: Field, mapping: &MappingContext) -> Vec<Reach> {
    let list = if all == Field::PersonPhones {
        &person.phones
    } else {
        &person.emails
    };
    let primary = ContactValue::primary_of(list);
    let reach = |entry: &ContactValue| Reach {
        text: entry.value.clone(),
        canonical: canonical(&entry.value, all, mapping),
        label: Some(entry.label.clone()),
        is_primary: primary.is_some_and(|primary| std::ptr::eq(primary, entry)),
    };
    list.iter().map(reach).collect()
}

fn reaches_of_contact(contact: &Contact, all: Field, mapping: &MappingContext) -> Vec<Reach> {
    let reach = |text: &String, kind: &Option<String>, is_primary: bool| Reach {
        text: text.clone(),
        canonical: canonical(text, all, mapping),
        label: kind.clone(),
        is_primary,
    };
    let (mut list, single): (Vec<Reach>, _) = if all == Field::PersonPhones {
        let phones = contact.phones.iter();
        let list = phones.map(|phone| reach(&phone.number, &phone.kind, phone.is_primary));
        (list.collect(), &contact.phone)
    } else {
        let emails = contact.emails.iter();
        let list = emails.map(|email| reach(&email.address, &email.kind, email.is_primary));
        (list.collect(), &contact.email)
    };
    // The single value says which is the primary one, and a list may not tell of it.
    if let Some(single) = single {
        let known = canonical(single, all, mapping);
        if !list.iter().any(|reach| reach.canonical == known) {
            list.insert(0, reach(single, &None, true));
        }
    }
    list
}

/// What a contact shows of all its addresses or numbers.
pub(super) fn value_of_contact(
    contact: &Contact,
    all: Field,
    mapping: &MappingContext,
) -> Option<Value> {
    if !mapping.all_of.contains(&all) {
        return None;
    }
    let list = reaches_of_contact(contact, all, mapping).into_iter();
    Value::set(list.filter_map(|reach| reach.canonical).collect())
}
