//! Who takes part in a deal and who is considered for its project, kept in step one by one: the whole way from one service to the
//! other and back.

mod classified;
mod comings;
mod faults;
mod standing;

use std::collections::BTreeSet;
use std::time::Duration;

use emulators::pipedrive::Entity as Emulated;
use emulators::propstreet::PortfolioEdit;
use engine::settings::ParticipantsPace;
use model::Entity;
use serde_json::{Value, json};

use super::deals::with_deals;
use super::world::{Propstreet, Setup, World};

/// No webhook tells of participants: they are looked for as often as this.
const A_LOOK: Duration = Duration::from_secs(11 * 60);

/// Deals, projects, and those who take part in both.
pub(super) fn with_prospects(setup: &mut Setup) {
    with_deals(setup);
    setup.settings.mirrored.push(Entity::Prospect);
    setup.settings.participants = Some(ParticipantsPace::default());
}

async fn start() -> World {
    World::start_with(with_prospects).await
}

async fn start_with(change: impl FnOnce(&mut Setup)) -> World {
    World::start_with(|setup| {
        with_prospects(setup);
        change(setup);
    })
    .await
}

/// What users do with prospects.
impl Propstreet {
    fn add_prospect_with(&self, project: &str, fields: Value) -> String {
        let project_id = project.to_owned();
        self.of_projects(PortfolioEdit::AddProspect { project_id, fields })
    }

    fn add_contact_as_prospect(&self, project: &str, contact: &str) -> String {
        self.add_prospect_with(project, json!({"contactId": contact}))
    }

    fn remove_prospect(&self, id: &str) {
        self.of_projects(PortfolioEdit::RemoveProspect { id: id.to_owned() });
    }

    /// The living prospects of a project.
    fn prospects_of(&self, project: &str) -> Vec<Value> {
        let prospects = self.server.emulator().prospects();
        let is_of =
            |prospect: &Value| prospect["projectId"] == project && prospect["deletedUtc"].is_null();
        prospects.into_iter().filter(is_of).collect()
    }

    /// The contacts among them.
    fn contacts_of(&self, project: &str) -> BTreeSet<String> {
        let prospects = self.prospects_of(project);
        let contacts = prospects
            .iter()
            .filter_map(|prospect| prospect["contactId"].as_str());
        contacts.map(str::to_owned).collect()
    }

    /// The prospect that a contact is.
    fn prospect_of(&self, project: &str, contact: &str) -> String {
        let prospects = self.prospects_of(project);
        let mut found = prospects
            .iter()
            .filter(|prospect| prospect["contactId"] == contact);
        let id = found.next().expect("the contact is a prospect")["id"].as_str();
        assert!(found.next().is_none(), "nobody is a prospect twice");
        id.expect("an id").to_owned()
    }
}

impl World {
    fn join_deal(&self, deal: i64, person: i64) {
        self.pipedrive
            .at_screen(|screen| screen.add_participant(deal, person));
    }

    fn leave_deal(&self, deal: i64, person: i64) {
        self.pipedrive
            .at_screen(|screen| screen.remove_participant(deal, person));
    }

    /// So long that whoever has come or gone is found and carried over.
    async fn look(&mut self) {
        self.settle_within(A_LOOK).await;
        self.settle().await;
    }

    /// A deal of a person, and its project: deal, project, person, contact.
    async fn sale_to(&mut self, name: &str) -> (i64, String, i64, String) {
        let email = format!("{}@fjordbygg.no", name.replace(' ', ".").to_lowercase());
        let person = self.pipedrive.add_person(name, &email);
        let deal = json!({"title": format!("Sale to {name}"), "person_id": person});
        let deal = self.pipedrive.add_record(Emulated::Deal, deal);
        self.look().await;
        let contact = self.contact_of(person);
        (deal, self.sale_of(deal), person, contact)
    }
}

fn set<T: Ord + Clone>(elements: &[T]) -> BTreeSet<T> {
    elements.iter().cloned().collect()
}
