//! Contacts: what may be written, and the calls on them.
//!
//! In: calls. Out: changed records and answers. Links are changed elsewhere; deleting a contact ends its links.

use super::call::{Call, Reply};
use super::connections::{self, Connection};
use super::fields::{EMAIL_MAX, Fields, Given, NAME_MAX, PHONE_MAX, Reading, reference};
use super::normalise;
use super::problem::{Refused, invalid, not_found};
use super::record::{ChangeKind, Contact, ExternalRef, Reach};
use super::records::{Occasion, Records};
use super::render::LastChange;
use serde_json::Value;

const PLACE: &str = "/api/v1/network/contacts/";
const TEXT_MAX: usize = 100_000;
const LINKEDIN_MAX: usize = 500;
const CREATE_FIELDS: [&str; 11] = [
    "firstName",
    "lastName",
    "email",
    "phone",
    "emails",
    "phones",
    "linkedInUrl",
    "primaryLanguage",
    "tags",
    "strategy",
    "connections",
];

/// What a body says of a contact.
#[derive(Debug)]
pub(super) struct ContactInput {
    first_name: Given<String>,
    last_name: Given<String>,
    email: Given<String>,
    phone: Given<String>,
    emails: Given<Vec<Reach>>,
    phones: Given<Vec<Reach>>,
    linked_in: Given<String>,
    language: Given<String>,
    tags: Given<Vec<String>>,
    strategy: Given<String>,
    refs: Given<Vec<ExternalRef>>,
    blocked: Given<bool>,
    connections: Given<Vec<Connection>>,
    /// A single value replaces the whole list.
    drops_rest: bool,
}

/// Whether a body makes a contact or changes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Create,
    Patch,
}

impl ContactInput {
    pub(super) fn read(
        body: &Value,
        purpose: Purpose,
        reading: Reading<'_>,
    ) -> Result<Self, Refused> {
        let mut known = CREATE_FIELDS.to_vec();
        known.push("externalRefs");
        if purpose == Purpose::Patch {
            known.push("blocked");
        }
        let mut fields = Fields::of(body, &known, reading.strict)?;
        let valid_email = |text: &str| normalise::is_email(text).then(|| text.to_owned());
        let input = Self {
            first_name: fields.text("firstName", reading.name_max(NAME_MAX)),
            last_name: fields.text("lastName", reading.name_max(NAME_MAX)),
            email: fields.shaped(
                "email",
                EMAIL_MAX,
                "This is no valid email address.",
                valid_email,
            ),
            phone: fields.shaped("phone", PHONE_MAX, "", |text| Some(reading.phone(text))),
            emails: fields.emails(),
            phones: fields.phones(reading),
            linked_in: fields.shaped(
                "linkedInUrl",
                LINKEDIN_MAX,
                "This is no LinkedIn profile.",
                |text| normalise::linkedin(text, "in"),
            ),
            language: fields.shaped(
                "primaryLanguage",
                NAME_MAX,
                "This is no ISO 639-1 code.",
                |text| normalise::is_language(text).then(|| text.to_owned()),
            ),
            tags: fields.tags(),
            strategy: fields.text("strategy", TEXT_MAX),
            refs: fields.references(),
            blocked: fields.flag("blocked"),
            connections: connections::read(&mut fields, reading),
            drops_rest: reading.switches.a_primary_replaces_the_rest,
        };
        fields.finish()?;
        Ok(input)
    }

    pub(super) fn apply_to(&self, contact: &mut Contact) -> Result<(), Refused> {
        self.first_name.put_into(&mut contact.first_name);
        self.last_name.put_into(&mut contact.last_name);
        apply_reaches(&mut contact.emails, &self.emails, &self.email);
        apply_reaches(&mut contact.phones, &self.phones, &self.phone);
        if self.drops_rest {
            drop_rest(&mut contact.emails, &self.emails, &self.email);
            drop_rest(&mut contact.phones, &self.phones, &self.phone);
        }
        self.linked_in.put_into(&mut contact.linked_in);
        self.language.put_into(&mut contact.language);
        self.tags.put_into_list(&mut contact.tags);
        self.strategy.put_into(&mut contact.strategy);
        self.refs.put_into_list(&mut contact.refs);
        match self.blocked {
            Given::Absent => {}
            Given::Null => contact.blocked = false,
            Given::Set(blocked) => contact.blocked = blocked,
        }
        if contact.is_known_by_something() {
            return Ok(());
        }
        Err(invalid(
            "firstName",
            "A contact needs a name, an email address or a phone number.",
        ))
    }
}

/// The list replaces the list and its first becomes primary; the single value replaces the primary one and keeps the rest.
fn apply_reaches(reaches: &mut Vec<Reach>, list: &Given<Vec<Reach>>, single: &Given<String>) {
    match list {
        Given::Absent => {}
        Given::Null => reaches.clear(),
        Given::Set(list) => {
            reaches.clear();
            for reach in list {
                if !reaches.iter().any(|known| same(&known.value, &reach.value)) {
                    reaches.push(reach.clone());
                }
            }
            if let Some(first) = reaches.first_mut() {
                first.primary = true;
            }
        }
    }
    match single {
        Given::Absent => {}
        Given::Null => reaches.retain(|reach| !reach.primary),
        Given::Set(value) => set_primary(reaches, value, matches!(list, Given::Set(_))),
    }
}

fn drop_rest(reaches: &mut Vec<Reach>, list: &Given<Vec<Reach>>, single: &Given<String>) {
    if let (Given::Absent, Given::Set(_)) = (list, single) {
        reaches.retain(|reach| reach.primary);
    }
}

/// `keeps_former`: both came in one body, so the list's first entry is not the former primary one.
fn set_primary(reaches: &mut Vec<Reach>, value: &str, keeps_former: bool) {
    let former = reaches.iter().position(|reach| reach.primary);
    let known = reaches.iter().position(|reach| same(&reach.value, value));
    match (known, former) {
        (Some(known), _) => {
            reaches[known].value = value.to_owned();
            reaches[known].primary = true;
            if let Some(former) = former.filter(|&former| former != known) {
                reaches[former].primary = false;
                if !keeps_former {
                    reaches.remove(former);
                }
            }
        }
        (None, Some(former)) if !keeps_former => value.clone_into(&mut reaches[former].value),
        (None, _) => {
            for reach in reaches.iter_mut() {
                reach.primary = false;
            }
            reaches.insert(
                0,
                Reach {
                    value: value.to_owned(),
                    kind: None,
                    primary: true,
                },
            );
        }
    }
}

fn same(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

fn unknown_contact() -> Refused {
    not_found("There is no such contact.")
}

fn show(records: &Records, id: u64, last: LastChange) -> Result<Reply, Refused> {
    let contact = records.contacts.live(id).ok_or_else(unknown_contact)?;
    let mut out = String::with_capacity(1_024);
    records.write_contact(contact, last, &mut out);
    Ok(Reply::record(out, contact.stamp.version))
}

pub(super) fn get(records: &Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    let reply = show(records, id, call.on_read())?;
    call.only_parameters(&[])?;
    Ok(reply)
}

pub(super) fn get_external(
    records: &Records,
    namespace: &str,
    id: &str,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    let contact = records
        .contact_with_ref(namespace, id)
        .ok_or_else(unknown_contact)?;
    get(records, contact, call)
}

pub(super) fn post(records: &mut Records, call: &Call<'_>) -> Result<Reply, Refused> {
    call.only_parameters(&[])?;
    let input = ContactInput::read(&call.json()?, Purpose::Create, call.reading)?;
    let mut next = Contact::empty();
    input.apply_to(&mut next)?;
    call.refuse_taken_key()?;
    let known = call.known(&next.refs, |namespace, id| {
        records.contact_with_ref(namespace, id)
    });
    if let Some(id) = known.filter(|&id| records.contacts.live(id).is_some()) {
        return show(records, id, LastChange::Told);
    }
    records.refuse_taken_contact(&next, None)?;
    connections::refuse_unknown(records, &input.connections)?;
    let id = records.keep_contact(next, ChangeKind::Create, &call.when);
    connections::apply(records, id, &input.connections, &call.when)?;
    Ok(show(records, id, LastChange::Told)?.made(format!("{PLACE}{id}")))
}

/// A person adds one in the web interface.
pub(super) fn add(
    records: &mut Records,
    fields: &Value,
    reading: Reading<'_>,
    when: &Occasion<'_>,
) -> Result<u64, Refused> {
    let mut next = Contact::empty();
    ContactInput::read(fields, Purpose::Patch, reading)?.apply_to(&mut next)?;
    records.refuse_taken_contact(&next, None)?;
    Ok(records.keep_contact(next, ChangeKind::Create, when))
}

pub(super) fn patch(records: &mut Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    let contact = records.contacts.live(id).ok_or_else(unknown_contact)?;
    call.check_version(&contact.stamp)?;
    call.only_parameters(&[])?;
    let input = ContactInput::read(&call.json()?, Purpose::Patch, call.reading)?;
    change(records, id, &input, &call.when)?;
    show(records, id, LastChange::Told)
}

/// Applies an input to a living contact. What changes nothing leaves no trace.
pub(super) fn change(
    records: &mut Records,
    id: u64,
    input: &ContactInput,
    when: &Occasion<'_>,
) -> Result<(), Refused> {
    let contact = records.contacts.live(id).ok_or_else(unknown_contact)?;
    let mut next = contact.clone();
    input.apply_to(&mut next)?;
    if next == *contact && !records.switches.idle_changes_make_versions {
        connections::refuse_unknown(records, &input.connections)?;
        return connections::apply(records, id, &input.connections, when);
    }
    records.refuse_taken_contact(&next, None)?;
    connections::refuse_unknown(records, &input.connections)?;
    records.keep_contact(next, ChangeKind::Update, when);
    connections::apply(records, id, &input.connections, when)
}

pub(super) fn delete(records: &mut Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    let contact = records.contacts.live(id).ok_or_else(unknown_contact)?;
    call.check_version(&contact.stamp)?;
    call.only_parameters(&[])?;
    remove(records, id, &call.when)?;
    Ok(Reply::nothing())
}

/// Deletes a contact, and with it its links.
pub(super) fn remove(records: &mut Records, id: u64, when: &Occasion<'_>) -> Result<(), Refused> {
    let mut next = records
        .contacts
        .live(id)
        .ok_or_else(unknown_contact)?
        .clone();
    next.stamp.deleted = Some(when.at);
    let links: Vec<u64> = records
        .live_links(records.link_ids_of_contact(id))
        .map(|link| link.stamp.id)
        .collect();
    records.keep_contact(next, ChangeKind::Delete, when);
    for link in links {
        super::links::remove(records, link, when)?;
    }
    Ok(())
}

/// Brings a deleted contact back, without the links it had.
pub(super) fn restore(records: &mut Records, id: u64, when: &Occasion<'_>) -> Result<(), Refused> {
    let deleted = records
        .contacts
        .row(id)
        .filter(|row| row.stamp.deleted.is_some());
    let mut next = deleted.ok_or_else(unknown_contact)?.clone();
    next.stamp.deleted = None;
    records.refuse_taken_contact(&next, None)?;
    records.keep_contact(next, ChangeKind::Update, when);
    Ok(())
}

/// PATCH by external reference: update, revive or create.
pub(super) fn upsert(
    records: &mut Records,
    namespace: &str,
    id: &str,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    let found = records.contact_with_ref(namespace, id);
    if let Some(contact) = found.and_then(|found| records.contacts.live(found)) {
        call.check_version(&contact.stamp)?;
    } else if call.if_match.is_some() {
        return Err(super::problem::stale());
    }
    call.only_parameters(&["match", "revive"])?;
    let by_email = super::upsert::matches_email(call)?;
    let revive = super::upsert::revives(call)?;
    let input = ContactInput::read(&call.json()?, Purpose::Patch, call.reading.of_upsert())?;
    let own_ref = reference(namespace, id)
        .ok_or_else(|| invalid("id", "The reference is too long or blank."))?;
    let known = match (found, &input.email) {
        (None, Given::Set(email)) if by_email => records.contact_with_email(email),
        (found, _) => found,
    };
    let row = known.and_then(|known| records.contacts.row(known));
    let (mut next, action) = match row {
        Some(row) if row.stamp.deleted.is_none() => (row.clone(), "updated"),
        Some(row) if revive => (row.clone(), "revived"),
        Some(_) | None => (Contact::empty(), "created"),
    };
    next.stamp.deleted = None;
    input.apply_to(&mut next)?;
    super::upsert::ensure_reference(&mut next.refs, own_ref)?;
    let unchanged =
        row.is_some_and(|row| *row == next) && !records.switches.idle_changes_make_versions;
    records.refuse_taken_contact(&next, known.filter(|_| action == "created"))?;
    connections::refuse_unknown(records, &input.connections)?;
    let mut id = next.stamp.id;
    if !unchanged {
        let kind = if action == "created" {
            ChangeKind::Create
        } else {
            ChangeKind::Update
        };
        id = records.keep_contact(next, kind, &call.when);
    }
    connections::apply(records, id, &input.connections, &call.when)?;
    let reply = show(records, id, LastChange::Told)?;
    let reply = if action == "created" {
        reply.made(format!("{PLACE}{id}"))
    } else {
        reply
    };
    Ok(Reply {
        upsert: Some(action),
        ..reply
    })
}
