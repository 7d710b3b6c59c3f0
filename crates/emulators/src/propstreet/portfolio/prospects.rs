//! Prospects: the investors that are considered for a project.
//!
//! In: calls. Out: changed records and answers. A prospect that is taken off the list is kept with its history, and shown
//! only among what is deleted; who is added again becomes a new prospect.

use serde_json::Value;

use super::projects::refuse_closed;
use super::reads::{live_project, live_prospect, show_prospect};
use super::record::{Interest, Prospect};
use crate::propstreet::call::{Call, Reply};
use crate::propstreet::fields::{Fields, Given, Reading};
use crate::propstreet::json;
use crate::propstreet::problem::{Refused, exists, invalid, not_found};
use crate::propstreet::record::{ChangeKind, ExternalRef};
use crate::propstreet::records::{Occasion, Records};
use crate::propstreet::render::LastChange;

const CLASSIFIED_MAX: usize = 100;

/// What a body says of a prospect to add.
#[derive(Debug)]
pub(in super::super) struct NewProspect {
    pub(super) contact: Option<u64>,
    pub(super) company: Option<u64>,
    refs: Vec<ExternalRef>,
}

/// What a body says of a prospect that is there.
#[derive(Debug)]
pub(in super::super) struct ProspectInput {
    interest: Given<Interest>,
    refs: Given<Vec<ExternalRef>>,
}

/// Why somebody cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    Unknown,
    Blocked,
    IsProspect,
    IsMatched,
    TakenReference,
}

impl NewProspect {
    pub(in super::super) fn read(body: &Value, strict: bool) -> Result<Self, Refused> {
        let known = ["contactId", "companyId", "externalRefs"];
        let mut fields = Fields::of(body, &known, strict)?;
        let (contact, company) = (fields.id("contactId"), fields.id("companyId"));
        let refs = fields.references().value().cloned().unwrap_or_default();
        fields.finish()?;
        let (contact, company) = (contact.value().copied(), company.value().copied());
        if contact.is_some() == company.is_some() {
            return Err(invalid(
                "contactId",
                "Exactly one of contactId and companyId is needed.",
            ));
        }
        Ok(Self {
            contact,
            company,
            refs,
        })
    }

    /// The prospect it makes of a project, or why not.
    pub(super) fn check(&self, records: &Records, project: u64) -> Result<Prospect, Unfit> {
        let contact = self
            .contact
            .map(|id| records.contacts.live(id).ok_or(Unfit::Unknown));
        if contact.transpose()?.is_some_and(|contact| contact.blocked) {
            return Err(Unfit::Blocked);
        }
        if self
            .company
            .is_some_and(|id| records.companies.live(id).is_none())
        {
            return Err(Unfit::Unknown);
        }
        let same = |known: &&Prospect| match (self.contact, self.company) {
            (Some(contact), _) => known.contact == Some(contact),
            (None, company) => known.contact.is_none() && known.company == company,
        };
        match records.portfolio.prospects_of(project).find(same) {
            Some(known) if known.is_matched => return Err(Unfit::IsMatched),
            Some(_) => return Err(Unfit::IsProspect),
            None => {}
        }
        let mut next = Prospect {
            refs: self.refs.clone(),
            contact: self.contact,
            company: self.company,
            ..Prospect::of(project)
        };
        if let Some(former) = self.former(records, project) {
            next.stamp = former.stamp.clone();
            next.stamp.deleted = None;
            next.interest = former.interest;
        }
        match records.refuse_taken_prospect(&next) {
            Ok(()) => Ok(next),
            Err(_) => Err(Unfit::TakenReference),
        }
    }

    /// Who was taken off the list before, where that one comes back.
    fn former<'a>(&self, records: &'a Records, project: u64) -> Option<&'a Prospect> {
        let portfolio = &records.portfolio;
        let ids = portfolio.prospect_ids_of(project).iter().rev();
        let ids = ids.filter(|_| records.switches.removed_prospects_come_back);
        let is_it = |known: &&Prospect| {
            known.is_removed && known.contact == self.contact && known.company == self.company
        };
        ids.filter_map(|&id| portfolio.prospects.row(id))
            .find(is_it)
    }
}

impl ProspectInput {
    pub(in super::super) fn read(body: &Value, reading: Reading<'_>) -> Result<Self, Refused> {
        let mut fields = Fields::of(body, &["classification", "externalRefs"], reading.strict)?;
        let input = Self {
            interest: fields.word("classification"),
            refs: fields.references(),
        };
        fields.finish()?;
        Ok(input)
    }

    fn apply_to(&self, prospect: &mut Prospect) {
        match self.interest {
            Given::Absent => {}
            Given::Null => prospect.interest = Interest::NotContacted,
            Given::Set(interest) => prospect.interest = interest,
        }
        self.refs.put_into_list(&mut prospect.refs);
    }
}

pub(super) fn post(records: &mut Records, project: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    live_project(records, project)?;
    call.only_parameters(&[])?;
    let new = NewProspect::read(&call.json()?, call.reading.strict)?;
    call.refuse_taken_key()?;
    let id = add(records, project, &new, &call.when)?;
    let place = format!("/api/v1/projects/{project}/prospects/{id}");
    Ok(show_prospect(records, project, id, LastChange::Told)?.made(place))
}

/// Puts somebody on the list of an open project.
pub(in super::super) fn add(
    records: &mut Records,
    project: u64,
    new: &NewProspect,
    when: &Occasion<'_>,
) -> Result<u64, Refused> {
    let checked = new.check(records, project);
    if checked == Err(Unfit::Unknown) {
        return Err(not_found("There is no such contact or company."));
    }
    refuse_closed(live_project(records, project)?)?;
    let next = checked.map_err(|unfit| {
        exists(match unfit {
            Unfit::Unknown | Unfit::IsProspect => "The project has this prospect already.",
            Unfit::IsMatched => "The platform has matched this prospect already.",
            Unfit::Blocked => "The contact is blocked.",
            Unfit::TakenReference => "An external reference is taken.",
        })
    })?;
    Ok(records.keep_prospect(next, ChangeKind::Create, when))
}

pub(super) fn patch(
    records: &mut Records,
    (project, id): (u64, u64),
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    call.check_version(&live_prospect(records, project, id)?.stamp)?;
    call.only_parameters(&[])?;
    let input = ProspectInput::read(&call.json()?, call.reading)?;
    change(records, (project, id), &input, &call.when)?;
    show_prospect(records, project, id, LastChange::Told)
}

/// Applies an input to a prospect of an open project. What changes nothing leaves no trace.
pub(in super::super) fn change(
    records: &mut Records,
    (project, id): (u64, u64),
    input: &ProspectInput,
    when: &Occasion<'_>,
) -> Result<(), Refused> {
    let prospect = live_prospect(records, project, id)?;
    refuse_closed(live_project(records, project)?)?;
    let mut next = prospect.clone();
    input.apply_to(&mut next);
    if next == *prospect && !records.switches.idle_changes_make_versions {
        return Ok(());
    }
    records.refuse_taken_prospect(&next)?;
    records.keep_prospect(next, ChangeKind::Update, when);
    Ok(())
}

/// Whether a prospect is taken off the list or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Leaving {
    TakenOff,
    Deleted,
}

pub(super) fn leave(
    records: &mut Records,
    (project, id): (u64, u64),
    how: Leaving,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    call.check_version(&live_prospect(records, project, id)?.stamp)?;
    call.only_parameters(&[])?;
    call.refuse_taken_key()?;
    let how = if call.reading.switches.removed_prospects_are_told_as_deleted {
        Leaving::Deleted
    } else {
        how
    };
    take_off(records, (project, id), how, &call.when)?;
    Ok(Reply::nothing())
}

/// Ends a prospect of an open project.
pub(in super::super) fn take_off(
    records: &mut Records,
    (project, id): (u64, u64),
    how: Leaving,
    when: &Occasion<'_>,
) -> Result<(), Refused> {
    let mut next = live_prospect(records, project, id)?.clone();
    refuse_closed(live_project(records, project)?)?;
    next.stamp.deleted = Some(when.at);
    next.is_removed = how == Leaving::TakenOff;
    let kind = match how {
        Leaving::TakenOff => ChangeKind::Update,
        Leaving::Deleted => ChangeKind::Delete,
    };
    records.keep_prospect(next, kind, when);
    Ok(())
}

/// Gives many prospects one classification; each alone may fail.
pub(super) fn classify(
    records: &mut Records,
    project: u64,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    live_project(records, project)?;
    call.only_parameters(&[])?;
    let body = call.json()?;
    let known = ["prospectIds", "classification"];
    let mut fields = Fields::of(&body, &known, call.reading.strict)?;
    let interest = fields.word("classification");
    let ids = fields
        .items("prospectIds", CLASSIFIED_MAX)
        .value()
        .copied()
        .unwrap_or_default();
    let texts: Vec<&str> = ids.iter().filter_map(Value::as_str).collect();
    if interest.value().is_none() {
        fields.wrong("classification", "This is required.");
    }
    if texts.is_empty() || texts.len() != ids.len() {
        fields.wrong("prospectIds", "This needs 1 to 100 ids, each a string.");
    }
    fields.finish()?;
    call.refuse_taken_key()?;
    refuse_closed(live_project(records, project)?)?;
    let input = ProspectInput {
        interest,
        refs: Given::Absent,
    };
    let (mut succeeded, mut failed) = (Vec::new(), Vec::new());
    for text in texts {
        let id = text.parse().unwrap_or(0);
        match change(records, (project, id), &input, &call.when) {
            Ok(()) => succeeded.push(text),
            Err(_) => failed.push(text),
        }
    }
    Ok(Reply::ok(classified(&succeeded, &failed)))
}

fn classified(succeeded: &[&str], failed: &[&str]) -> String {
    let mut out = format!("{{\"classified\":{}", succeeded.len());
    json::key(&mut out, "succeeded");
    json::list(&mut out, '[', succeeded, |out, id| json::text(out, id));
    json::key(&mut out, "failed");
    json::list(&mut out, '[', failed, |out, id| {
        out.push_str("{\"prospectId\":");
        json::text(out, id);
        json::key_text(out, "error", Some("not_found_or_no_access"));
        out.push('}');
    });
    out.push('}');
    out
}
