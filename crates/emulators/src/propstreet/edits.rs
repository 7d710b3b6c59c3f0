//! What a person does in the web interface: no limits, no preconditions, the same rules for values.
//!
//! In: edits as data. Out: changed records, announced by webhooks or not.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PropstreetEmulator;
use super::companies::{self, CompanyInput};
use super::contacts::{self, ContactInput, Purpose};
use super::fields::Reading;
use super::links::{self, LinkInput};
use super::notes::{self, Owner};
use super::portfolio::edits::PortfolioEdit;
use super::problem::{Refused, not_found};
use super::record::Origin;
use super::records::Occasion;
use super::switches::PropstreetSwitches;
use crate::answer::Moment;

/// One thing a person does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Edit {
    AddContact {
        fields: Value,
    },
    EditContact {
        id: String,
        fields: Value,
    },
    DeleteContact {
        id: String,
    },
    RestoreContact {
        id: String,
    },
    AddCompany {
        fields: Value,
    },
    EditCompany {
        id: String,
        fields: Value,
    },
    DeleteCompany {
        id: String,
    },
    RestoreCompany {
        id: String,
    },
    AddLink {
        contact_id: String,
        company_id: String,
        job_title: Option<String>,
    },
    EditLink {
        id: String,
        fields: Value,
    },
    DeleteLink {
        id: String,
    },
    AddContactNote {
        contact_id: String,
        note: String,
    },
    AddCompanyNote {
        company_id: String,
        note: String,
    },
    AddProjectNote {
        project_id: String,
        note: String,
    },
    AddProspectNote {
        prospect_id: String,
        note: String,
    },
    /// Another text takes the place of a note.
    EditNote {
        id: String,
        note: String,
    },
    ArchiveNote {
        id: String,
    },
    /// Projects, prospects and properties.
    #[serde(untagged)]
    Portfolio(PortfolioEdit),
}

/// The interface would not let a person do that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EditRefused(pub String);

pub(super) fn number(id: &str) -> Result<u64, Refused> {
    id.parse()
        .map_err(|_| not_found("An id is a number in a string."))
}

impl PropstreetEmulator {
    /// Does it, tells everybody who wants to hear of it, and gives the id of the record.
    ///
    /// # Errors
    /// When the values break the organization's rules or there is no such record.
    pub fn edit(&mut self, edit: &Edit, now: Moment) -> Result<String, EditRefused> {
        let done = self.do_edit(edit, now.0);
        self.announce_changes(now.0);
        done.map(|id| id.to_string())
            .map_err(|problem| EditRefused(problem.sentence()))
    }

    /// Does it, and nobody hears of it: the webhooks are lost.
    ///
    /// # Errors
    /// When the values break the organization's rules or there is no such record.
    pub fn edit_quietly(&mut self, edit: &Edit, now: Moment) -> Result<String, EditRefused> {
        let done = self.do_edit(edit, now.0);
        self.records.take_changes();
        done.map(|id| id.to_string())
            .map_err(|problem| EditRefused(problem.sentence()))
    }

    fn do_edit(&mut self, edit: &Edit, now: i64) -> Result<u64, Refused> {
        let when = self.occasion(now, Origin::Ui);
        let dial_code = self.settings.default_dial_code.clone();
        let reading = Reading {
            strict: true,
            switches: PropstreetSwitches::default(),
            dial_code: &dial_code,
        };
        let records = &mut self.records;
        records.switches = self.settings.switches;
        match edit {
            Edit::AddContact { fields } => contacts::add(records, fields, reading, &when),
            Edit::EditContact { id, fields } => {
                let input = ContactInput::read(fields, Purpose::Patch, reading)?;
                let id = number(id)?;
                contacts::change(records, id, &input, &when).map(|()| id)
            }
            Edit::DeleteContact { id } => {
                number(id).and_then(|id| contacts::remove(records, id, &when).map(|()| id))
            }
            Edit::RestoreContact { id } => {
                number(id).and_then(|id| contacts::restore(records, id, &when).map(|()| id))
            }
            Edit::AddCompany { fields } => companies::add(records, fields, reading, &when),
            Edit::EditCompany { id, fields } => {
                let input = CompanyInput::read(fields, reading)?;
                let id = number(id)?;
                companies::change(records, id, &input, &when).map(|()| id)
            }
            Edit::DeleteCompany { id } => {
                number(id).and_then(|id| companies::remove(records, id, &when).map(|()| id))
            }
            Edit::RestoreCompany { id } => {
                number(id).and_then(|id| companies::restore(records, id, &when).map(|()| id))
            }
            Edit::AddLink {
                contact_id,
                company_id,
                job_title,
            } => links::join(
                records,
                (number(contact_id)?, number(company_id)?),
                job_title.clone(),
                &when,
            ),
            Edit::EditLink { id, fields } => {
                let input = LinkInput::read(fields, true)?;
                let id = number(id)?;
                links::change(records, id, &input, &when).map(|()| id)
            }
            Edit::DeleteLink { id } => {
                number(id).and_then(|id| links::remove(records, id, &when).map(|()| id))
            }
            Edit::AddContactNote { contact_id, note } => {
                self.add_note(Owner::Contact(number(contact_id)?), note, reading, &when)
            }
            Edit::AddCompanyNote { company_id, note } => {
                self.add_note(Owner::Company(number(company_id)?), note, reading, &when)
            }
            Edit::AddProjectNote { project_id, note } => {
                self.add_note(Owner::Project(number(project_id)?), note, reading, &when)
            }
            Edit::AddProspectNote { prospect_id, note } => {
                let (project, id) = records.place_of_prospect(prospect_id)?;
                self.add_note(Owner::Prospect { project, id }, note, reading, &when)
            }
            Edit::EditNote { id, note } => self.revise_note(id, note, reading, &when),
            Edit::ArchiveNote { id } => self.archive(id, when.at),
            Edit::Portfolio(edit) => records.edit_portfolio(edit, reading, &when),
        }
    }

    fn add_note(
        &mut self,
        owner: Owner,
        note: &str,
        reading: Reading<'_>,
        when: &Occasion<'_>,
    ) -> Result<u64, Refused> {
        owner.refuse_unknown(&self.records)?;
        let message = notes::read_message("note", note, reading)?;
        let id = self.records.timeline.take_id();
        self.notes.write(id, owner.on(), message, when);
        Ok(id)
    }

    /// A note that is neither archived nor superseded.
    fn living_note(&self, id: &str) -> Result<u64, Refused> {
        let note = self.notes.get(number(id)?);
        let living = note.filter(|note| note.archived.is_none() && note.superseded_by.is_none());
        let note = living.ok_or_else(|| not_found("There is no such note."))?;
        Ok(note.id)
    }

    fn archive(&mut self, id: &str, at: i64) -> Result<u64, Refused> {
        let id = self.living_note(id)?;
        self.notes.archive(id, Some(at));
        Ok(id)
    }

    fn revise_note(
        &mut self,
        id: &str,
        note: &str,
        reading: Reading<'_>,
        when: &Occasion<'_>,
    ) -> Result<u64, Refused> {
        let old = self.living_note(id)?;
        let message = notes::read_message("note", note, reading)?;
        let new = self.records.timeline.take_id();
        self.notes.supersede((old, new), message, None, when);
        Ok(new)
    }
}
