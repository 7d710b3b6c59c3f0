//! From a place and a method to what carries the call out.
//!
//! In: calls. Out: answers. It decides nothing else.

use super::prospects::Leaving;
use super::route::Place;
use super::{batch, lists, projects, properties, prospects, reads, search};
use crate::propstreet::call::{Call, Reply};
use crate::propstreet::problem::{Refused, not_allowed};
use crate::propstreet::record::{ChangeKind, Entity};
use crate::propstreet::records::{Change, Occasion, Records};

pub(in super::super) fn dispatch(
    records: &mut Records,
    place: &Place,
    method: &str,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    match (place, method) {
        (Place::Projects, "GET") => lists::projects(records, call),
        (Place::Projects, "POST") => projects::post(records, call),
        (Place::Project(id), "GET") => reads::project(records, *id, call),
        (Place::Project(id), "PATCH") => projects::patch(records, *id, call),
        (Place::Project(id), "DELETE") => projects::delete(records, *id, call),
        (Place::ProjectExternal(namespace, id), "GET") => {
            reads::project_external(records, (namespace, id), call)
        }
        (Place::Close(id), "POST") => projects::close(records, *id, call),
        (Place::PropertiesOf(id), "GET") => lists::properties_of(records, *id, call),
        (Place::Prospects(project), "GET") => lists::prospects(records, *project, call),
        (Place::Prospects(project), "POST") => prospects::post(records, *project, call),
        (Place::Prospect(project, id), "GET") => reads::prospect(records, (*project, *id), call),
        (Place::Prospect(project, id), "PATCH") => prospects::patch(records, (*project, *id), call),
        (Place::Prospect(project, id), "DELETE") => {
            prospects::leave(records, (*project, *id), Leaving::Deleted, call)
        }
        (Place::ProspectExternal(project, namespace, id), "GET") => {
            reads::prospect_external(records, *project, (namespace, id), call)
        }
        (Place::Remove(project, id), "POST") => {
            prospects::leave(records, (*project, *id), Leaving::TakenOff, call)
        }
        (Place::Classify(project), "POST") => prospects::classify(records, *project, call),
        (Place::Batch(project), "POST") => batch::post(records, *project, call),
        (Place::Properties, "GET") => lists::properties(records, call),
        (Place::Properties, "POST") => properties::post(records, call),
        (Place::Property(id), "GET") => reads::property(records, *id, call),
        (Place::Property(id), "PATCH") => properties::patch(records, *id, call),
        (Place::Property(id), "DELETE") => properties::delete(records, *id, call),
        (Place::PropertySearch, "POST") => search::post(records, call),
        (Place::PropertyExternal(namespace, id), "GET") => {
            reads::property_external(records, (namespace, id), call)
        }
        (place, _) => Err(not_allowed(place.methods())),
    }
}

impl Records {
    /// Somebody changes the record just before the call that names its version arrives.
    pub(in super::super) fn overtake(&mut self, place: &Place, when: &Occasion<'_>) {
        match place {
            Place::Project(id) | Place::Close(id) => {
                if self.portfolio.projects.live(*id).is_some() {
                    self.bump_project(*id, when);
                    self.timeline.touched(Entity::Project, *id, when);
                }
            }
            Place::Prospect(_, id) | Place::Remove(_, id) => {
                if let Some(prospect) = self.portfolio.prospects.live(*id).cloned() {
                    self.keep_prospect(prospect, ChangeKind::Update, when);
                }
            }
            Place::Projects
            | Place::ProjectExternal(..)
            | Place::PropertiesOf(_)
            | Place::Prospects(_)
            | Place::ProspectExternal(..)
            | Place::Classify(_)
            | Place::Batch(_)
            | Place::Properties
            | Place::Property(_)
            | Place::PropertySearch
            | Place::PropertyExternal(..) => {}
        }
    }

    /// What an event calls the deed beside its kind.
    pub(in super::super) fn action_of(&self, change: &Change) -> Option<&'static str> {
        let prospect = self.portfolio.prospects.row(change.id);
        let is_removed = change.entity == Entity::Prospect
            && change.kind == ChangeKind::Update
            && prospect.is_some_and(|prospect| prospect.is_removed);
        is_removed.then_some("removed")
    }
}
