//! What is mirrored of Propstreet beside the pairs: projects, properties, prospects, and the notes of paired records.

use std::collections::BTreeMap;
use std::time::Duration;

use emulators::propstreet::{Edit, PortfolioEdit};
use engine::settings::CreateOn;
use engine::verify::{self, Outcome};
use model::{Entity, RecordKey};
use serde_json::{Value, json};
use store::Store;

use super::world::{Propstreet, Setup, World};

const OF_PROPSTREET: [Entity; 4] = [
    Entity::Project,
    Entity::Property,
    Entity::Prospect,
    Entity::TimelineNote,
];
const HOUR: Duration = Duration::from_secs(3_600);
const SEVEN_MINUTES: Duration = Duration::from_secs(7 * 60);

/// What users do with projects.
impl Propstreet {
    fn sells(&self, edit: PortfolioEdit) -> String {
        self.does(&Edit::Portfolio(edit))
    }

    fn add_project(&self, name: &str) -> String {
        let fields = json!({"name": name});
        self.sells(PortfolioEdit::AddProject { fields })
    }

    fn rename_project(&self, id: &str, name: &str) {
        let (id, fields) = (id.to_owned(), json!({"name": name}));
        self.sells(PortfolioEdit::EditProject { id, fields });
    }

    fn add_prospect(&self, project: &str, contact: &str) -> String {
        let (project_id, fields) = (project.to_owned(), json!({"contactId": contact}));
        self.sells(PortfolioEdit::AddProspect { project_id, fields })
    }

    fn classify(&self, prospect: &str, classification: &str) {
        let fields = json!({"classification": classification});
        let id = prospect.to_owned();
        self.sells(PortfolioEdit::EditProspect { id, fields });
    }

    fn add_property(&self, name: &str) -> String {
        let fields = json!({"name": name, "location": {"country": "SE", "locality": "Malmö"}});
        self.sells(PortfolioEdit::AddProperty { fields })
    }

    fn note_on_contact(&self, contact: &str, note: &str) -> String {
        let (contact_id, note) = (contact.to_owned(), note.to_owned());
        self.does(&Edit::AddContactNote { contact_id, note })
    }

    fn requests(&self) -> u64 {
        self.counters().requests_total
    }
}

fn mirrored(setup: &mut Setup) {
    setup.settings.mirrored = OF_PROPSTREET.into();
}

struct Sale {
    world: World,
    contact: String,
    project: String,
    prospect: String,
    property: String,
}

/// One project with a prospect, and a note on the contact behind it, read once.
async fn sale() -> Sale {
    sale_in(mirrored).await
}

async fn sale_in(change: impl FnOnce(&mut Setup)) -> Sale {
    let mut world = World::before_first_sync(change).await;
    let side = &world.propstreet;
    let contact = side.add_contact("Ann", "Berg", "ann@havn.no");
    side.note_on_contact(&contact, "Looks for logistics in Malmö");
    let property = side.add_property("Hamngatan 4");
    let project = side.add_project("Project Harbour");
    let prospect = side.add_prospect(&project, &contact);
    world.first_sync().await;
    Sale {
        world,
        contact,
        project,
        prospect,
        property,
    }
}

impl World {
    /// What the mirror shows of every live record of an entity.
    async fn shown(&self, entity: Entity) -> BTreeMap<String, Value> {
        let core = self.core();
        let mut rows = BTreeMap::new();
        for id in core.store.live_ids(core.ctx(), entity).await.unwrap() {
            let key = RecordKey { entity, id };
            let row = core.store.mirror_row(core.ctx(), &key).await.unwrap();
            let raw = row.expect("a live id has a row").raw;
            rows.insert(key.id.to_string(), serde_json::from_str(&raw).unwrap());
        }
        rows
    }

    async fn notes(&self) -> Vec<String> {
        let notes = self.shown(Entity::TimelineNote).await.into_values();
        let text = |note: Value| note["details"]["message"].as_str().unwrap().to_owned();
        notes.map(text).collect()
    }

    async fn expect_propstreet_to_be_proven_equal(&self) {
        let core = self.core();
        let mut unlimited = None;
        let compared = verify::compare(&core, &OF_PROPSTREET, &mut unlimited, &|_, _| ());
        for one in self.drive(compared).await.unwrap() {
            let Outcome::Compared(drift) = one.outcome else {
                panic!("{one:?}");
            };
            assert_eq!(drift.total(), 0, "{:?} {drift:?}", one.entity);
        }
    }
}

#[tokio::test]
async fn projects_prospects_properties_and_notes_are_read_once_and_equal_the_source() {
    let sale = sale().await;
    let world = &sale.world;
    let projects = world.shown(Entity::Project).await;
    assert_eq!(projects[&sale.project]["name"], "Project Harbour");
    let properties = world.shown(Entity::Property).await;
    assert_eq!(properties[&sale.property]["name"], "Hamngatan 4");
    let prospects = world.shown(Entity::Prospect).await;
    let id = format!("{}/{}", sale.project, sale.prospect);
    assert_eq!(prospects[&id]["contactId"], sale.contact.as_str());
    assert_eq!(world.notes().await, ["Looks for logistics in Malmö"]);
    world.expect_propstreet_to_be_proven_equal().await;
}

#[tokio::test]
async fn a_change_of_a_project_or_prospect_costs_one_request_after_its_webhook() {
    let mut sale = sale().await;
    let before = sale.world.propstreet.requests();
    sale.world
        .propstreet
        .rename_project(&sale.project, "Project Harbour II");
    sale.world.propstreet.classify(&sale.prospect, "bidder");

    sale.world.settle_within(Duration::from_secs(20)).await;

    let projects = sale.world.shown(Entity::Project).await;
    assert_eq!(projects[&sale.project]["name"], "Project Harbour II");
    let id = format!("{}/{}", sale.project, sale.prospect);
    let prospects = sale.world.shown(Entity::Prospect).await;
    assert_eq!(prospects[&id]["classification"], "bidder");
    assert_eq!(sale.world.propstreet.requests() - before, 2);
}

#[tokio::test]
async fn a_new_prospect_is_in_the_mirror_after_its_webhook() {
    let mut sale = sale().await;
    let contact = sale.world.propstreet.add_contact("Bo", "Ek", "bo@ek.se");
    let prospect = sale.world.propstreet.add_prospect(&sale.project, &contact);

    sale.world.settle_within(Duration::from_secs(20)).await;

    let id = format!("{}/{prospect}", sale.project);
    assert!(sale.world.shown(Entity::Prospect).await.contains_key(&id));
}

#[tokio::test]
async fn projects_and_properties_that_changed_unheard_are_found_by_the_next_poll() {
    let mut sale = sale().await;
    let quiet = sale.world.propstreet.quietly();
    quiet.rename_project(&sale.project, "Project Quay");
    let (id, fields) = (sale.property.clone(), json!({"name": "Hamngatan 6"}));
    quiet.sells(PortfolioEdit::EditProperty { id, fields });

    sale.world.settle_within(SEVEN_MINUTES).await;

    let projects = sale.world.shown(Entity::Project).await;
    assert_eq!(projects[&sale.project]["name"], "Project Quay");
    let properties = sale.world.shown(Entity::Property).await;
    assert_eq!(properties[&sale.property]["name"], "Hamngatan 6");
    sale.world.expect_propstreet_to_be_proven_equal().await;
}

#[tokio::test]
async fn prospects_of_a_project_that_changed_are_looked_at_with_it() {
    let mut sale = sale().await;
    let quiet = sale.world.propstreet.quietly();
    quiet.classify(&sale.prospect, "interested");
    quiet.rename_project(&sale.project, "Project Quay");

    sale.world.settle_within(SEVEN_MINUTES).await;

    sale.world.expect_propstreet_to_be_proven_equal().await;
}

#[tokio::test]
async fn a_prospect_that_changed_unheard_is_found_by_the_round_within_a_day() {
    let mut sale = sale().await;
    sale.world
        .propstreet
        .quietly()
        .classify(&sale.prospect, "interested");

    sale.world.settle_within(25 * HOUR).await;

    let id = format!("{}/{}", sale.project, sale.prospect);
    let prospects = sale.world.shown(Entity::Prospect).await;
    assert_eq!(prospects[&id]["classification"], "interested");
}

#[tokio::test]
async fn who_is_taken_off_a_project_leaves_a_tombstone() {
    let mut sale = sale().await;
    let id = sale.prospect.clone();
    sale.world
        .propstreet
        .sells(PortfolioEdit::RemoveProspect { id });

    sale.world.settle_within(Duration::from_secs(20)).await;

    assert!(sale.world.shown(Entity::Prospect).await.is_empty());
    let project = RecordKey::new(Entity::Project, sale.project.as_str());
    let key = project.with_under(Entity::Prospect, &sale.prospect);
    let core = sale.world.core();
    let row = core.store.mirror_row(core.ctx(), &key).await.unwrap();
    assert!(row.expect("it is remembered").deleted_at.is_some());
}

#[tokio::test]
async fn the_prospects_of_a_deleted_project_go_with_it() {
    let mut sale = sale().await;
    let id = sale.project.clone();
    sale.world
        .propstreet
        .quietly()
        .sells(PortfolioEdit::DeleteProject { id });

    sale.world.settle_within(SEVEN_MINUTES).await;

    assert!(sale.world.shown(Entity::Project).await.is_empty());
    assert!(sale.world.shown(Entity::Prospect).await.is_empty());
    sale.world.expect_propstreet_to_be_proven_equal().await;
}

#[tokio::test]
async fn a_note_is_found_with_the_next_change_of_its_contact() {
    let mut sale = sale().await;
    let side = &sale.world.propstreet;
    side.note_on_contact(&sale.contact, "Called back");
    side.edit_contact(&sale.contact, json!({"strategy": "Logistics"}));

    sale.world.settle_within(SEVEN_MINUTES).await;

    assert_eq!(sale.world.notes().await.len(), 2);
}

#[tokio::test]
async fn a_note_that_leaves_no_other_trace_is_found_by_the_round_and_one_that_is_archived_leaves() {
    let mut sale = sale().await;
    let note = sale
        .world
        .propstreet
        .note_on_contact(&sale.contact, "Called back");
    sale.world.settle_within(2 * HOUR).await;
    assert_eq!(sale.world.notes().await.len(), 2);

    sale.world.propstreet.does(&Edit::ArchiveNote { id: note });
    sale.world.settle_within(2 * HOUR).await;
    assert_eq!(sale.world.notes().await, ["Looks for logistics in Malmö"]);
    sale.world.expect_propstreet_to_be_proven_equal().await;
}

#[tokio::test]
async fn notes_of_records_that_are_in_no_pair_are_not_asked_for() {
    let sale = sale_in(|setup| {
        mirrored(setup);
        setup.settings.create_on = CreateOn {
            pipedrive: false,
            propstreet: false,
        };
    });
    let mut sale = sale.await;
    sale.world.settle_within(2 * HOUR).await;
    assert!(sale.world.notes().await.is_empty());
    let asked = sale.world.propstreet.counters().requests;
    assert!(
        !asked.keys().any(|call| call.contains("actions")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_round_keeps_within_its_requests_per_minute() {
    let mut world = World::before_first_sync(|setup| {
        mirrored(setup);
        setup.settings.rounds_per_minute = 6;
    })
    .await;
    for number in 0..20 {
        let address = format!("p{number}@havn.no");
        let contact = world
            .propstreet
            .add_contact("Ann", &format!("Berg {number}"), &address);
        world
            .propstreet
            .note_on_contact(&contact, "Met at the fair");
    }
    world.first_sync().await;
    world.settle_within(2 * HOUR).await;
    assert_eq!(world.notes().await.len(), 20);

    let asked = |world: &World| -> u64 {
        let requests = world.propstreet.counters().requests;
        let of_notes = requests.iter().filter(|(call, _)| call.contains("actions"));
        of_notes.map(|(_, count)| count).sum()
    };
    let mut most = 0;
    let mut before = asked(&world);
    for _ in 0..120 {
        world.settle_within(Duration::from_secs(60)).await;
        most = most.max(asked(&world) - before);
        before = asked(&world);
    }
    assert!((1..=7).contains(&most), "{most} requests in a minute");
}

#[tokio::test]
async fn a_login_that_may_not_see_projects_costs_one_finding_and_the_rest_goes_on() {
    let mut world = World::before_first_sync(|setup| {
        mirrored(setup);
        setup.propstreet.hides_projects = true;
    })
    .await;
    let contact = world.propstreet.add_contact("Ann", "Berg", "ann@havn.no");
    world.propstreet.note_on_contact(&contact, "Called back");
    world.first_sync().await;
    assert_eq!(world.notes().await, ["Called back"]);

    let core = world.core();
    let refused = engine::refused(&core.store, core.ctx()).await.unwrap();
    let refused: Vec<Entity> = refused.into_iter().map(|(entity, _)| entity).collect();
    assert_eq!(refused, [Entity::Project, Entity::Property]);

    let lists = |world: &World| -> u64 {
        let requests = world.propstreet.counters().requests;
        let projects = requests.iter().filter(|(call, _)| call.contains("/pro"));
        projects.map(|(_, count)| count).sum()
    };
    let before = lists(&world);
    world.settle_within(6 * HOUR).await;
    let asked = lists(&world) - before;
    assert!((2..=30).contains(&asked), "{asked} requests in six hours");
}
