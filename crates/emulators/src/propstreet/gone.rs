//! What was deleted, where a switch has it answered otherwise than as unknown.
//!
//! In: a refusal and what it was about. Out: the same, or the answer of the other reading. It changes nothing.

use super::call::{Call, Reply};
use super::portfolio::route::Place as PortfolioPlace;
use super::problem::Refused;
use super::record::{Entity, Stamp};
use super::records::Records;
use super::route::Place;

/// The answer to a call about something deleted.
pub(super) fn instead(
    records: &Records,
    place: &Place,
    call: &Call<'_>,
    problem: Refused,
) -> Result<Reply, Refused> {
    let switches = &call.reading.switches;
    let deleted = deleted_at(records, place).filter(|_| problem.status == 404);
    match (deleted, call.method.as_str()) {
        (Some(_), "DELETE") if switches.deletes_can_be_repeated => Ok(Reply::nothing()),
        (Some((entity, stamp)), "GET") if switches.deleted_records_are_readable => {
            let mut out = String::with_capacity(1_024);
            records.write(entity, stamp.id, call.on_read(), &mut out);
            Ok(Reply::record(out, stamp.version))
        }
        _ => Err(problem),
    }
}

/// What a place names when it was deleted.
fn deleted_at<'a>(records: &'a Records, place: &Place) -> Option<(Entity, &'a Stamp)> {
    let portfolio = &records.portfolio;
    let (entity, stamp) = match place {
        Place::Contact(id) => (Entity::Contact, &records.contacts.row(*id)?.stamp),
        Place::Company(id) => (Entity::Company, &records.companies.row(*id)?.stamp),
        Place::Link(id) => (Entity::Link, &records.links.row(*id)?.stamp),
        Place::Portfolio(PortfolioPlace::Project(id)) => {
            (Entity::Project, &portfolio.projects.row(*id)?.stamp)
        }
        Place::Portfolio(PortfolioPlace::Prospect(project, id)) => {
            let prospect = portfolio.prospects.row(*id)?;
            (prospect.project == *project).then_some((Entity::Prospect, &prospect.stamp))?
        }
        Place::Contacts
        | Place::ContactExternal(..)
        | Place::Companies
        | Place::CompanyContacts(_)
        | Place::CompanyExternal(..)
        | Place::FindDuplicates
        | Place::Notes(_)
        | Place::Note(..)
        | Place::Actions(_)
        | Place::Links
        | Place::Hooks
        | Place::Hook(_)
        | Place::HookTest(_)
        | Place::HookReplay(_)
        | Place::HookDeliveries(_)
        | Place::Portfolio(_)
        | Place::Registry(_)
        | Place::Search
        | Place::Files
        | Place::File(_) => return None,
    };
    stamp.deleted.is_some().then_some((entity, stamp))
}
