//! What people do with projects, prospects and properties in the web interface.
//!
//! In: edits as data. Out: changed records. The interface sets more than the API does: how a project is worked on, how far
//! its teaser is, whom the platform matches, and which properties belong to it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::projects::{self, Door, ProjectInput, refuse_closed};
use super::properties::{self, PropertyInput};
use super::prospects::{self, Leaving, NewProspect, ProspectInput};
use super::reads::{live_project, live_property, unknown_prospect};
use super::record::{Project, Property, Prospect, Teaser, TeaserAnswer, TeaserStage, Word};
use crate::propstreet::edits::number;
use crate::propstreet::fields::Reading;
use crate::propstreet::problem::{Refused, exists, invalid};
use crate::propstreet::record::ChangeKind;
use crate::propstreet::records::{Occasion, Records};

const FORTNIGHT_MILLIS: i64 = 14 * 86_400_000;

/// One thing a person does, or the platform for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum PortfolioEdit {
    /// Fields as of the API, and `classification`.
    AddProject {
        fields: Value,
    },
    EditProject {
        id: String,
        fields: Value,
    },
    /// `property_added`, `drafting`, `published`, `verified` or `communicated`.
    MoveTeaser {
        id: String,
        stage: String,
    },
    /// Fields as of the API.
    CloseProject {
        id: String,
        fields: Value,
    },
    DeleteProject {
        id: String,
    },
    AttachProperty {
        project_id: String,
        property_id: String,
    },
    DetachProperty {
        project_id: String,
        property_id: String,
    },
    AddProspect {
        project_id: String,
        fields: Value,
    },
    /// The platform finds an investor, who need be nobody's contact.
    MatchProspect {
        project_id: String,
        name: String,
        organization: Option<String>,
        #[serde(default)]
        contact_id: Option<String>,
    },
    EditProspect {
        id: String,
        fields: Value,
    },
    RemoveProspect {
        id: String,
    },
    /// Puts somebody back who was taken off the list.
    RestoreProspect {
        id: String,
    },
    DeleteProspect {
        id: String,
    },
    AddProperty {
        fields: Value,
    },
    EditProperty {
        id: String,
        fields: Value,
    },
    DeleteProperty {
        id: String,
    },
}

impl Records {
    /// Does it, and gives the id of the record.
    pub(in super::super) fn edit_portfolio(
        &mut self,
        edit: &PortfolioEdit,
        reading: Reading<'_>,
        when: &Occasion<'_>,
    ) -> Result<u64, Refused> {
        match edit {
            PortfolioEdit::AddProject { .. }
            | PortfolioEdit::EditProject { .. }
            | PortfolioEdit::MoveTeaser { .. }
            | PortfolioEdit::CloseProject { .. }
            | PortfolioEdit::DeleteProject { .. }
            | PortfolioEdit::AttachProperty { .. }
            | PortfolioEdit::DetachProperty { .. } => self.edit_project(edit, reading, when),
            PortfolioEdit::AddProspect { project_id, fields } => {
                let new = NewProspect::read(fields, true)?;
                prospects::add(self, number(project_id)?, &new, when)
            }
            PortfolioEdit::MatchProspect {
                project_id,
                name,
                organization,
                contact_id,
            } => {
                let names = (name.clone(), organization.clone());
                let contact = contact_id.as_deref().map(number).transpose()?;
                self.match_prospect(number(project_id)?, (names, contact), when)
            }
            PortfolioEdit::EditProspect { id, fields } => {
                let input = ProspectInput::read(fields, reading)?;
                let place = self.place_of_prospect(id)?;
                prospects::change(self, place, &input, when).map(|()| place.1)
            }
            PortfolioEdit::RemoveProspect { id } => {
                let place = self.place_of_prospect(id)?;
                prospects::take_off(self, place, Leaving::TakenOff, when).map(|()| place.1)
            }
            PortfolioEdit::RestoreProspect { id } => self.restore_prospect(number(id)?, when),
            PortfolioEdit::DeleteProspect { id } => {
                let place = self.place_of_prospect(id)?;
                prospects::take_off(self, place, Leaving::Deleted, when).map(|()| place.1)
            }
            PortfolioEdit::AddProperty { fields } => {
                let mut next = Property::empty();
                PropertyInput::read(fields, reading)?.apply_to(&mut next)?;
                self.refuse_taken_property(&next)?;
                Ok(self.keep_property(next, ChangeKind::Create, when))
            }
            PortfolioEdit::EditProperty { id, fields } => {
                let (id, input) = (number(id)?, PropertyInput::read(fields, reading)?);
                properties::change(self, id, &input, when).map(|()| id)
            }
            PortfolioEdit::DeleteProperty { id } => {
                number(id).and_then(|id| properties::remove(self, id, when).map(|()| id))
            }
        }
    }

    fn edit_project(
        &mut self,
        edit: &PortfolioEdit,
        reading: Reading<'_>,
        when: &Occasion<'_>,
    ) -> Result<u64, Refused> {
        match edit {
            PortfolioEdit::AddProject { fields } => {
                let mut next = Project::empty();
                ProjectInput::read(fields, Door::Interface, reading)?.apply_to(&mut next)?;
                self.refuse_taken_project(&next)?;
                Ok(self.keep_project(next, ChangeKind::Create, when))
            }
            PortfolioEdit::EditProject { id, fields } => {
                let input = ProjectInput::read(fields, Door::Interface, reading)?;
                let id = number(id)?;
                projects::change(self, id, &input, when).map(|()| id)
            }
            PortfolioEdit::MoveTeaser { id, stage } => {
                let stage = TeaserStage::of(stage)
                    .ok_or_else(|| invalid("stage", "This is no stage of a teaser."))?;
                self.move_teaser(number(id)?, stage, when)
            }
            PortfolioEdit::CloseProject { id, fields } => {
                let id = number(id)?;
                live_project(self, id)?;
                let closing = projects::read_closing(self, id, fields, reading.strict, when.at)?;
                projects::end(self, id, closing, when).map(|()| id)
            }
            PortfolioEdit::DeleteProject { id } => {
                number(id).and_then(|id| projects::remove(self, id, when).map(|()| id))
            }
            PortfolioEdit::AttachProperty {
                project_id,
                property_id,
            } => self.attach(number(project_id)?, number(property_id)?, when),
            PortfolioEdit::DetachProperty {
                project_id,
                property_id,
            } => {
                let project = number(project_id)?;
                refuse_closed(live_project(self, project)?)?;
                detach(self, project, number(property_id)?, when).map(|()| project)
            }
            PortfolioEdit::AddProspect { .. }
            | PortfolioEdit::MatchProspect { .. }
            | PortfolioEdit::EditProspect { .. }
            | PortfolioEdit::RemoveProspect { .. }
            | PortfolioEdit::RestoreProspect { .. }
            | PortfolioEdit::DeleteProspect { .. }
            | PortfolioEdit::AddProperty { .. }
            | PortfolioEdit::EditProperty { .. }
            | PortfolioEdit::DeleteProperty { .. } => Err(invalid("verb", "This is no project's.")),
        }
    }

    /// The project and the number of a prospect that is on a list.
    pub(in super::super) fn place_of_prospect(&self, id: &str) -> Result<(u64, u64), Refused> {
        let id = number(id)?;
        let prospect = self
            .portfolio
            .prospects
            .live(id)
            .ok_or_else(unknown_prospect)?;
        Ok((prospect.project, id))
    }

    /// Moves the teaser, and with its communication the investors hear of it.
    fn move_teaser(
        &mut self,
        id: u64,
        stage: TeaserStage,
        when: &Occasion<'_>,
    ) -> Result<u64, Refused> {
        let mut next = live_project(self, id)?.clone();
        refuse_closed(&next)?;
        self.version += 1;
        let fresh = Teaser {
            stage,
            version: self.version,
            published: None,
            verified: None,
            communicated: None,
        };
        let mut teaser = next.teaser.take().unwrap_or_else(|| fresh.clone());
        (teaser.stage, teaser.version) = (stage, fresh.version);
        let moment = match stage {
            TeaserStage::PropertyAdded | TeaserStage::Drafting => None,
            TeaserStage::Published => Some(&mut teaser.published),
            TeaserStage::Verified => Some(&mut teaser.verified),
            TeaserStage::Communicated => Some(&mut teaser.communicated),
        };
        if let Some(moment) = moment {
            *moment = Some(when.at);
        }
        next.teaser = Some(teaser);
        self.keep_project(next, ChangeKind::Update, when);
        Ok(id)
    }

    fn attach(&mut self, project: u64, property: u64, when: &Occasion<'_>) -> Result<u64, Refused> {
        live_property(self, property)?;
        let mut next = live_project(self, project)?.clone();
        refuse_closed(&next)?;
        if next.properties.contains(&property) {
            return Err(exists("The property belongs to the project already."));
        }
        next.properties.push(property);
        self.keep_project(next, ChangeKind::Update, when);
        Ok(project)
    }

    fn match_prospect(
        &mut self,
        project: u64,
        (names, contact): ((String, Option<String>), Option<u64>),
        when: &Occasion<'_>,
    ) -> Result<u64, Refused> {
        refuse_closed(live_project(self, project)?)?;
        let deadline = Some(when.at + FORTNIGHT_MILLIS);
        let next = Prospect {
            own_names: Some(names),
            contact,
            is_matched: true,
            teaser: Some(TeaserAnswer {
                accepted: None,
                deadline,
            }),
            ..Prospect::of(project)
        };
        Ok(self.keep_prospect(next, ChangeKind::Create, when))
    }

    fn restore_prospect(&mut self, id: u64, when: &Occasion<'_>) -> Result<u64, Refused> {
        let removed = self
            .portfolio
            .prospects
            .row(id)
            .filter(|prospect| prospect.is_removed);
        let mut next = removed.ok_or_else(unknown_prospect)?.clone();
        refuse_closed(live_project(self, next.project)?)?;
        let is_same = |known: &Prospect| match next.contact {
            Some(contact) => known.contact == Some(contact),
            None => {
                next.company.is_some() && (known.contact, known.company) == (None, next.company)
            }
        };
        if self.portfolio.prospects_of(next.project).any(is_same) {
            return Err(exists("The project has this prospect again already."));
        }
        (next.stamp.deleted, next.is_removed) = (None, false);
        self.refuse_taken_prospect(&next)?;
        Ok(self.keep_prospect(next, ChangeKind::Update, when))
    }
}

/// Takes a property away from a project; what it has not stays as it is.
pub(super) fn detach(
    records: &mut Records,
    project: u64,
    property: u64,
    when: &Occasion<'_>,
) -> Result<(), Refused> {
    let mut next = live_project(records, project)?.clone();
    let before = next.properties.len();
    next.properties.retain(|&id| id != property);
    if next.properties.len() < before {
        records.keep_project(next, ChangeKind::Update, when);
    }
    Ok(())
}
