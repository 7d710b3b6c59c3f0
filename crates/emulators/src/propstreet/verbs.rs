//! Edits by their names, each with a twin that sends no webhook.
//!
//! In: ids and fields. Out: the id of the record, or why the interface refuses. Everything is carried out in `edits`.
//! `ends` of a link are the ids of the contact and the company.

use serde_json::Value;

use super::PropstreetEmulator;
use super::edits::{Edit, EditRefused};
use crate::answer::Moment;

fn link_of((contact, company): (&str, &str), job_title: Option<&str>) -> Edit {
    Edit::AddLink {
        contact_id: contact.to_owned(),
        company_id: company.to_owned(),
        job_title: job_title.map(str::to_owned),
    }
}

/// Each refuses what breaks the organization's rules.
impl PropstreetEmulator {
    /// A contact is added.
    pub fn add_contact(&mut self, fields: &Value, now: Moment) -> Result<String, EditRefused> {
        self.edit(
            &Edit::AddContact {
                fields: fields.clone(),
            },
            now,
        )
    }

    /// A contact is added; no webhook is sent.
    pub fn add_contact_quietly(
        &mut self,
        fields: &Value,
        now: Moment,
    ) -> Result<String, EditRefused> {
        self.edit_quietly(
            &Edit::AddContact {
                fields: fields.clone(),
            },
            now,
        )
    }

    /// Fields of a contact are changed.
    pub fn edit_contact(
        &mut self,
        id: &str,
        fields: &Value,
        now: Moment,
    ) -> Result<String, EditRefused> {
        self.edit(
            &Edit::EditContact {
                id: id.to_owned(),
                fields: fields.clone(),
            },
            now,
        )
    }

    /// A contact is deleted.
    pub fn delete_contact(&mut self, id: &str, now: Moment) -> Result<String, EditRefused> {
        self.edit(&Edit::DeleteContact { id: id.to_owned() }, now)
    }

    /// A deleted contact comes back.
    pub fn restore_contact(&mut self, id: &str, now: Moment) -> Result<String, EditRefused> {
        self.edit(&Edit::RestoreContact { id: id.to_owned() }, now)
    }

    /// A company is added.
    pub fn add_company(&mut self, fields: &Value, now: Moment) -> Result<String, EditRefused> {
        self.edit(
            &Edit::AddCompany {
                fields: fields.clone(),
            },
            now,
        )
    }

    /// A company is added; no webhook is sent.
    pub fn add_company_quietly(
        &mut self,
        fields: &Value,
        now: Moment,
    ) -> Result<String, EditRefused> {
        self.edit_quietly(
            &Edit::AddCompany {
                fields: fields.clone(),
            },
            now,
        )
    }

    /// Fields of a company are changed.
    pub fn edit_company(
        &mut self,
        id: &str,
        fields: &Value,
        now: Moment,
    ) -> Result<String, EditRefused> {
        self.edit(
            &Edit::EditCompany {
                id: id.to_owned(),
                fields: fields.clone(),
            },
            now,
        )
    }

    /// A company is deleted.
    pub fn delete_company(&mut self, id: &str, now: Moment) -> Result<String, EditRefused> {
        self.edit(&Edit::DeleteCompany { id: id.to_owned() }, now)
    }

    /// A deleted company comes back.
    pub fn restore_company(&mut self, id: &str, now: Moment) -> Result<String, EditRefused> {
        self.edit(&Edit::RestoreCompany { id: id.to_owned() }, now)
    }

    /// A contact is linked with a company.
    pub fn add_link(
        &mut self,
        ends: (&str, &str),
        job_title: Option<&str>,
        now: Moment,
    ) -> Result<String, EditRefused> {
        self.edit(&link_of(ends, job_title), now)
    }

    /// A contact is linked with a company; no webhook is sent.
    pub fn add_link_quietly(
        &mut self,
        ends: (&str, &str),
        job_title: Option<&str>,
        now: Moment,
    ) -> Result<String, EditRefused> {
        self.edit_quietly(&link_of(ends, job_title), now)
    }

    /// Fields of a link are changed.
    pub fn edit_link(
        &mut self,
        id: &str,
        fields: &Value,
        now: Moment,
    ) -> Result<String, EditRefused> {
        self.edit(
            &Edit::EditLink {
                id: id.to_owned(),
                fields: fields.clone(),
            },
            now,
        )
    }

    /// A note is written on a contact. No webhook tells of notes.
    pub fn add_contact_note(
        &mut self,
        contact: &str,
        note: &str,
        now: Moment,
    ) -> Result<String, EditRefused> {
        let edit = Edit::AddContactNote {
            contact_id: contact.to_owned(),
            note: note.to_owned(),
        };
        self.edit(&edit, now)
    }

    /// A note is written on a company. No webhook tells of notes.
    pub fn add_company_note(
        &mut self,
        company: &str,
        note: &str,
        now: Moment,
    ) -> Result<String, EditRefused> {
        let edit = Edit::AddCompanyNote {
            company_id: company.to_owned(),
            note: note.to_owned(),
        };
        self.edit(&edit, now)
    }

    /// A note is written on a project. No webhook tells of notes.
    pub fn add_project_note(
        &mut self,
        project: &str,
        note: &str,
        now: Moment,
    ) -> Result<String, EditRefused> {
        let (project_id, note) = (project.to_owned(), note.to_owned());
        self.edit(&Edit::AddProjectNote { project_id, note }, now)
    }

    /// A note is written on a prospect. No webhook tells of notes.
    pub fn add_prospect_note(
        &mut self,
        prospect: &str,
        note: &str,
        now: Moment,
    ) -> Result<String, EditRefused> {
        let (prospect_id, note) = (prospect.to_owned(), note.to_owned());
        self.edit(&Edit::AddProspectNote { prospect_id, note }, now)
    }

    /// Another text takes the place of a note; gives the id of the new revision.
    pub fn edit_note(&mut self, id: &str, note: &str, now: Moment) -> Result<String, EditRefused> {
        let (id, note) = (id.to_owned(), note.to_owned());
        self.edit(&Edit::EditNote { id, note }, now)
    }

    /// A note is archived.
    pub fn archive_note(&mut self, id: &str, now: Moment) -> Result<String, EditRefused> {
        self.edit(&Edit::ArchiveNote { id: id.to_owned() }, now)
    }

    /// A link is ended.
    pub fn delete_link(&mut self, id: &str, now: Moment) -> Result<String, EditRefused> {
        self.edit(&Edit::DeleteLink { id: id.to_owned() }, now)
    }
}
