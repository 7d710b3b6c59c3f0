//! Links between contacts and companies.
//!
//! In: calls. Out: changed links, and new versions of the contact and the companies whose embedded lists changed. A contact
//! that has links has exactly one primary one.

use serde_json::Value;

use super::call::{Call, Reply};
use super::fields::{Fields, Given, NAME_MAX};
use super::problem::{Refused, exists, invalid, not_found};
use super::record::{ChangeKind, Link, Stamp};
use super::records::{Occasion, Records};
use super::render::LastChange;

const PLACE: &str = "/api/v1/network/links/";

/// What a body says of an existing link.
#[derive(Debug)]
pub(super) struct LinkInput {
    pub(super) job_title: Given<String>,
    pub(super) primary: Given<bool>,
}

impl LinkInput {
    pub(super) fn read(body: &Value, strict: bool) -> Result<Self, Refused> {
        let mut fields = Fields::of(body, &["jobTitle", "isPrimary"], strict)?;
        let input = Self {
            job_title: fields.text("jobTitle", NAME_MAX),
            primary: fields.flag("isPrimary"),
        };
        fields.finish()?;
        Ok(input)
    }
}

fn unknown_link() -> Refused {
    not_found("There is no such link.")
}

fn show(records: &Records, id: u64, last: LastChange) -> Result<Reply, Refused> {
    let link = records.links.live(id).ok_or_else(unknown_link)?;
    let mut out = String::with_capacity(384);
    records.write_link(link, last, &mut out);
    Ok(Reply::record(out, link.stamp.version))
}

pub(super) fn get(records: &Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    let reply = show(records, id, call.on_read())?;
    call.only_parameters(&[])?;
    Ok(reply)
}

pub(super) fn post(records: &mut Records, call: &Call<'_>) -> Result<Reply, Refused> {
    call.only_parameters(&[])?;
    let body = call.json()?;
    let mut fields = Fields::of(
        &body,
        &["contactId", "companyId", "jobTitle"],
        call.reading.strict,
    )?;
    let contact = fields.id("contactId");
    let company = fields.id("companyId");
    let job_title = fields.text("jobTitle", NAME_MAX).value().cloned();
    fields.finish()?;
    let (Some(&contact), Some(&company)) = (contact.value(), company.value()) else {
        return Err(invalid(
            "contactId",
            "Both contactId and companyId are required.",
        ));
    };
    refuse_unknown_ends(records, contact, company)?;
    call.refuse_taken_key()?;
    let id = join(records, (contact, company), job_title, &call.when)?;
    Ok(show(records, id, LastChange::Told)?.made(format!("{PLACE}{id}")))
}

fn refuse_unknown_ends(records: &Records, contact: u64, company: u64) -> Result<(), Refused> {
    if records.contacts.live(contact).is_none() {
        return Err(not_found("There is no such contact."));
    }
    if records.companies.live(company).is_none() {
        return Err(not_found("There is no such company."));
    }
    Ok(())
}

/// Links a contact with a company. The first link of a contact becomes its primary one.
pub(super) fn join(
    records: &mut Records,
    (contact, company): (u64, u64),
    job_title: Option<String>,
    when: &Occasion<'_>,
) -> Result<u64, Refused> {
    refuse_unknown_ends(records, contact, company)?;
    let linked: Vec<u64> = records
        .live_links(records.link_ids_of_contact(contact))
        .map(|link| link.company)
        .collect();
    if linked.contains(&company) && !records.switches.links_can_be_repeated {
        return Err(exists("The contact and the company are linked already."));
    }
    let primary = linked.is_empty();
    records.bump_contact(contact, when);
    records.bump_company(company, when);
    let link = Link {
        stamp: Stamp::unkept(),
        contact,
        company,
        job_title,
        primary,
    };
    Ok(records.keep_link(link, ChangeKind::Create, when))
}

pub(super) fn patch(records: &mut Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    let link = records.links.live(id).ok_or_else(unknown_link)?;
    if call.reading.switches.links_need_no_version {
        call.check_version(&link.stamp)?;
    } else {
        call.require_version(&link.stamp)?;
    }
    call.only_parameters(&[])?;
    let input = LinkInput::read(&call.json()?, call.reading.strict)?;
    change(records, id, &input, &call.when)?;
    show(records, id, LastChange::Told)
}

/// Applies an input to a living link. What changes nothing leaves no trace.
pub(super) fn change(
    records: &mut Records,
    id: u64,
    input: &LinkInput,
    when: &Occasion<'_>,
) -> Result<(), Refused> {
    let link = records.links.live(id).ok_or_else(unknown_link)?;
    let mut next = link.clone();
    input.job_title.put_into(&mut next.job_title);
    let siblings: Vec<u64> = records
        .live_links(records.link_ids_of_contact(link.contact))
        .map(|link| link.stamp.id)
        .filter(|&sibling| sibling != id)
        .collect();
    // Somebody must be primary: the last one left keeps the flag.
    next.primary = match input.primary.value() {
        Some(true) => true,
        Some(false) => link.primary && siblings.is_empty(),
        None => link.primary,
    };
    if next == *link && !records.switches.idle_changes_make_versions {
        return Ok(());
    }
    let flag_moves = next.primary != link.primary;
    let (contact, company) = (link.contact, link.company);
    records.bump_contact(contact, when);
    records.bump_company(company, when);
    if flag_moves && next.primary {
        for sibling in siblings {
            set_primary(records, sibling, false, when);
        }
    } else if flag_moves && let Some(&heir) = siblings.first() {
        set_primary(records, heir, true, when);
    }
    records.keep_link(next, ChangeKind::Update, when);
    Ok(())
}

/// The flag is not shown on the link, so the link's version stays; its company shows it.
fn set_primary(records: &mut Records, id: u64, primary: bool, when: &Occasion<'_>) {
    let Some(link) = records
        .links
        .live(id)
        .filter(|link| link.primary != primary)
    else {
        return;
    };
    let next = Link {
        primary,
        ..link.clone()
    };
    records.bump_company(next.company, when);
    records.move_flag(next, when);
}

pub(super) fn delete(records: &mut Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    let link = records.links.live(id).ok_or_else(unknown_link)?;
    call.check_version(&link.stamp)?;
    call.only_parameters(&[])?;
    remove(records, id, &call.when)?;
    Ok(Reply::nothing())
}

/// Ends a link; the oldest one left becomes primary when this one was.
pub(super) fn remove(records: &mut Records, id: u64, when: &Occasion<'_>) -> Result<(), Refused> {
    let mut next = records.links.live(id).ok_or_else(unknown_link)?.clone();
    let contact = next.contact;
    let was_primary = next.primary;
    records.bump_contact(contact, when);
    records.bump_company(next.company, when);
    next.stamp.deleted = Some(when.at);
    next.primary = false;
    records.keep_link(next, ChangeKind::Delete, when);
    let heir = records
        .live_links(records.link_ids_of_contact(contact))
        .next()
        .map(|link| link.stamp.id);
    if let Some(heir) = heir.filter(|_| was_primary && records.contacts.live(contact).is_some()) {
        set_primary(records, heir, true, when);
    }
    Ok(())
}
