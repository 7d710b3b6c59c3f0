//! Edits of projects, prospects and properties by their names.
//!
//! In: ids and fields. Out: the id of the record, or why the interface refuses. Everything is carried out in `edits`.

use serde_json::Value;

use super::edits::PortfolioEdit;
use crate::answer::Moment;
use crate::propstreet::{Edit, EditRefused, PropstreetEmulator};

/// Each refuses what breaks the organization's rules, and is told by webhooks unless it is about properties.
impl PropstreetEmulator {
    /// Nobody's login may see projects, prospects and properties from now on; or everybody's may again.
    pub const fn hide_projects(&mut self, are_hidden: bool) {
        self.settings.hides_projects = are_hidden;
    }

    /// A project is begun. Fields as of the API, and `classification`.
    pub fn add_project(&mut self, fields: &Value, now: Moment) -> Result<String, EditRefused> {
        let fields = fields.clone();
        self.edit_portfolio(PortfolioEdit::AddProject { fields }, now)
    }

    /// Fields of a project are changed.
    pub fn edit_project(
        &mut self,
        id: &str,
        fields: &Value,
        now: Moment,
    ) -> Result<String, EditRefused> {
        let (id, fields) = (id.to_owned(), fields.clone());
        self.edit_portfolio(PortfolioEdit::EditProject { id, fields }, now)
    }

    /// A project's teaser goes on.
    pub fn move_teaser(
        &mut self,
        id: &str,
        stage: &str,
        now: Moment,
    ) -> Result<String, EditRefused> {
        let (id, stage) = (id.to_owned(), stage.to_owned());
        self.edit_portfolio(PortfolioEdit::MoveTeaser { id, stage }, now)
    }

    /// A project is closed; it is read-only from then on. Fields as of the API.
    pub fn close_project(
        &mut self,
        id: &str,
        fields: &Value,
        now: Moment,
    ) -> Result<String, EditRefused> {
        let (id, fields) = (id.to_owned(), fields.clone());
        self.edit_portfolio(PortfolioEdit::CloseProject { id, fields }, now)
    }

    /// A project is deleted.
    pub fn delete_project(&mut self, id: &str, now: Moment) -> Result<String, EditRefused> {
        self.edit_portfolio(PortfolioEdit::DeleteProject { id: id.to_owned() }, now)
    }

    /// A property comes to a project.
    pub fn attach_property(
        &mut self,
        project: &str,
        property: &str,
        now: Moment,
    ) -> Result<String, EditRefused> {
        let (project_id, property_id) = (project.to_owned(), property.to_owned());
        let edit = PortfolioEdit::AttachProperty {
            project_id,
            property_id,
        };
        self.edit_portfolio(edit, now)
    }

    /// Somebody is put on a project's list. Fields as of the API.
    pub fn add_prospect(
        &mut self,
        project: &str,
        fields: &Value,
        now: Moment,
    ) -> Result<String, EditRefused> {
        let (project_id, fields) = (project.to_owned(), fields.clone());
        self.edit_portfolio(PortfolioEdit::AddProspect { project_id, fields }, now)
    }

    /// The platform finds an investor for a project.
    pub fn match_prospect(
        &mut self,
        project: &str,
        name: &str,
        now: Moment,
    ) -> Result<String, EditRefused> {
        let (project_id, name) = (project.to_owned(), name.to_owned());
        let edit = PortfolioEdit::MatchProspect {
            project_id,
            name,
            organization: None,
            contact_id: None,
        };
        self.edit_portfolio(edit, now)
    }

    /// A prospect is classified, or its references change.
    pub fn edit_prospect(
        &mut self,
        id: &str,
        fields: &Value,
        now: Moment,
    ) -> Result<String, EditRefused> {
        let (id, fields) = (id.to_owned(), fields.clone());
        self.edit_portfolio(PortfolioEdit::EditProspect { id, fields }, now)
    }

    /// A prospect is taken off its list.
    pub fn remove_prospect(&mut self, id: &str, now: Moment) -> Result<String, EditRefused> {
        self.edit_portfolio(PortfolioEdit::RemoveProspect { id: id.to_owned() }, now)
    }

    /// A prospect is put back on its list.
    pub fn restore_prospect(&mut self, id: &str, now: Moment) -> Result<String, EditRefused> {
        self.edit_portfolio(PortfolioEdit::RestoreProspect { id: id.to_owned() }, now)
    }

    /// A property is added. No webhook tells of properties.
    pub fn add_property(&mut self, fields: &Value, now: Moment) -> Result<String, EditRefused> {
        let fields = fields.clone();
        self.edit_portfolio(PortfolioEdit::AddProperty { fields }, now)
    }

    /// Fields of a property are changed. No webhook tells of properties.
    pub fn edit_property(
        &mut self,
        id: &str,
        fields: &Value,
        now: Moment,
    ) -> Result<String, EditRefused> {
        let (id, fields) = (id.to_owned(), fields.clone());
        self.edit_portfolio(PortfolioEdit::EditProperty { id, fields }, now)
    }

    /// A property is deleted; the projects that have it lose it.
    pub fn delete_property(&mut self, id: &str, now: Moment) -> Result<String, EditRefused> {
        self.edit_portfolio(PortfolioEdit::DeleteProperty { id: id.to_owned() }, now)
    }

    fn edit_portfolio(&mut self, edit: PortfolioEdit, now: Moment) -> Result<String, EditRefused> {
        self.edit(&Edit::Portfolio(edit), now)
    }
}
