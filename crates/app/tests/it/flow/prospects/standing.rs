//! Who waits, who is refused, who stays, and who stands in for nobody.

use std::time::Duration;

use emulators::propstreet::{Edit, PortfolioEdit};
use model::{Entity, Field, RecordKey};
use plan::{Direction, FieldPolicy, Winner};
use serde_json::json;
use store::Store;

use super::super::world::{Call, Fault, World};
use super::{Emulated, set, start, start_with};

impl World {
    /// What `explain` says of a deal.
    async fn explained(&self, deal: i64) -> String {
        let core = self.core();
        let key = RecordKey::new(Entity::Deal, deal);
        let found = engine::inspect::inspect(&core, &key).await;
        let found = found
            .expect("the store answers")
            .expect("the deal is known");
        found.sentences.join("\n")
    }

    fn block(&self, contact: &str) {
        self.propstreet.does(&Edit::EditContact {
            id: contact.to_owned(),
            fields: json!({"blocked": true}),
        });
    }
}

#[tokio::test]
async fn of_many_prospects_added_at_once_one_is_refused_and_the_others_flow() {
    let mut world = start().await;
    let (deal, project, _, _) = world.sale_to("Ann Berg").await;
    let mut joining = Vec::new();
    for number in 0..5 {
        let email = format!("bo{number}@lund.se");
        joining.push(
            world
                .paired_person(&format!("Bo Lund {number}"), &email)
                .await,
        );
    }
    world.block(&joining[2].1);
    world.settle().await;
    let before = world.propstreet.writes();
    for (person, _) in &joining {
        world.join_deal(deal, *person);
    }
    world.look().await;

    let there = world.propstreet.contacts_of(&project);
    let are_there: Vec<bool> = joining
        .iter()
        .map(|(_, contact)| there.contains(contact))
        .collect();
    assert_eq!(are_there, [true, true, false, true, true]);
    assert_eq!(world.propstreet.writes(), before + 1, "one call for all");
    assert_eq!(world.people_on(deal).len(), 6, "nobody leaves the deal");
    let explained = world.explained(deal).await;
    let told = format!("Propstreet has refused to add \"person/{}\"", joining[2].0);
    assert!(explained.contains(&told), "{explained}");
    assert!(world.quarantined().await.is_empty());
}

#[tokio::test]
async fn a_person_who_is_new_becomes_a_contact_first_and_then_a_prospect() {
    let mut world = start().await;
    let (deal, project, _, _) = world.sale_to("Ann Berg").await;
    let bo = world
        .pipedrive
        .quietly()
        .add_person("Bo Lund", "bo@lund.se");
    world.join_deal(deal, bo);
    world.look().await;
    let contact = world.contact_of(bo);
    world.propstreet.prospect_of(&project, &contact);
}

#[tokio::test]
async fn a_prospect_waits_for_a_person_whose_pair_is_held_up_and_the_others_do_not() {
    let mut world = start().await;
    let (deal, project, _, ann) = world.sale_to("Ann Berg").await;
    let (carl, carl_there) = world.paired_person("Carl Ek", "carl@ek.se").await;
    world
        .propstreet
        .next(Fault::Reject { status: 400 })
        .on(Call::CreateContact);
    let bo = world.pipedrive.add_person("Bo Lund", "bo@lund.se");
    world.join_deal(deal, bo);
    world.join_deal(deal, carl);
    world.look().await;
    assert_eq!(
        world.propstreet.contacts_of(&project),
        set(&[ann.clone(), carl_there.clone()])
    );
    let explained = world.explained(deal).await;
    let told = format!("person/{bo} takes part as soon as it has a counterpart");
    assert!(explained.contains(&told), "{explained}");

    world.pipedrive.rename_person(bo, "Bo Holm");
    world.settle().await;
    let there = world.contact_of(bo);
    assert_eq!(
        world.propstreet.contacts_of(&project),
        set(&[ann, carl_there, there])
    );
}

#[tokio::test]
async fn the_organization_stands_in_where_a_deal_has_no_person() {
    let mut world = start().await;
    let (organization, company) = world.paired_organization("Fjordbygg AS").await;
    let fields = json!({"title": "Ejdern", "org_id": organization});
    let deal = world.pipedrive.add_record(Emulated::Deal, fields);
    world.look().await;
    let project = world.sale_of(deal);
    let prospects = world.propstreet.prospects_of(&project);
    assert_eq!(prospects.len(), 1);
    assert_eq!(prospects[0]["companyId"], company.as_str());

    // Taken off there, it stays the organization of the deal.
    let prospect = prospects[0]["id"].as_str().unwrap().to_owned();
    world.propstreet.remove_prospect(&prospect);
    world.look().await;
    assert_eq!(world.deal(deal)["org_id"], organization);
    assert!(world.propstreet.prospects_of(&project).is_empty());
    assert!(
        world
            .explained(deal)
            .await
            .contains("stays on the deal as its own organization")
    );
}

#[tokio::test]
async fn the_organization_of_a_deal_with_a_person_is_no_prospect() {
    let mut world = start().await;
    let (organization, _) = world.paired_organization("Fjordbygg AS").await;
    let (deal, project, _, contact) = world.sale_to("Ann Berg").await;
    world.edit_deal(deal, json!({"org_id": organization}));
    world.look().await;
    let prospects = world.propstreet.prospects_of(&project);
    assert_eq!(prospects.len(), 1);
    assert_eq!(prospects[0]["contactId"], contact.as_str());
}

#[tokio::test]
async fn the_own_person_of_a_deal_stays_on_it_although_the_prospect_was_removed() {
    let mut world = start().await;
    let (deal, project, ann, there) = world.sale_to("Ann Berg").await;
    let prospect = world.propstreet.prospect_of(&project, &there);
    world.propstreet.remove_prospect(&prospect);
    world.look().await;
    assert_eq!(world.deal(deal)["person_id"], ann);
    assert!(world.propstreet.contacts_of(&project).is_empty());
    let explained = world.explained(deal).await;
    assert!(
        explained.contains("is the deal's own person"),
        "{explained}"
    );
}

#[tokio::test]
async fn a_company_among_the_prospects_is_told_and_stays_where_it_is() {
    let mut world = start().await;
    let (deal, project, ann, _) = world.sale_to("Ann Berg").await;
    let (_, company) = world.paired_organization("Fjordbygg AS").await;
    world
        .propstreet
        .add_prospect_with(&project, json!({"companyId": company}));
    world.look().await;
    assert_eq!(world.people_on(deal), set(&[ann]));
    assert_eq!(world.propstreet.prospects_of(&project).len(), 2);
    assert!(
        world
            .explained(deal)
            .await
            .contains("takes part on one side only")
    );
}

#[tokio::test]
async fn whom_the_platform_has_found_takes_part_only_where_the_settings_say_so() {
    for matched_too in [false, true] {
        let mut world = start_with(|setup| {
            let deals = setup.settings.deals.as_mut().expect("deals are in step");
            deals.matched_prospects = matched_too;
        })
        .await;
        let (deal, project, ann, _) = world.sale_to("Ann Berg").await;
        let (bo, there) = world.paired_person("Bo Lund", "bo@lund.se").await;
        world.propstreet.of_projects(PortfolioEdit::MatchProspect {
            project_id: project.clone(),
            name: "Bo Lund".to_owned(),
            organization: None,
            contact_id: Some(there),
        });
        world.propstreet.of_projects(PortfolioEdit::MatchProspect {
            project_id: project.clone(),
            name: "Nobody's contact".to_owned(),
            organization: None,
            contact_id: None,
        });
        world.look().await;
        let expected = if matched_too {
            set(&[ann, bo])
        } else {
            set(&[ann])
        };
        assert_eq!(world.people_on(deal), expected, "{matched_too}");
        assert_eq!(world.propstreet.prospects_of(&project).len(), 3);
    }
}

#[tokio::test]
async fn nobody_comes_or_goes_by_a_deal_that_is_not_kept_in_step() {
    let mut world = start().await;
    let other = world
        .pipedrive
        .add_record(Emulated::Pipeline, json!({"name": "Else"}));
    let (bo, _) = world.paired_person("Bo Lund", "bo@lund.se").await;
    let stage = json!({"name": "Only", "pipeline_id": other});
    let stage = world.pipedrive.add_record(Emulated::Stage, stage);
    let fields = json!({"title": "Elsewhere", "person_id": bo, "stage_id": stage});
    world.pipedrive.add_record(Emulated::Deal, fields);
    world.look().await;
    assert!(world.propstreet.server.emulator().prospects().is_empty());

    let (deal, project, _, _) = world.sale_to("Ann Berg").await;
    world.edit_deal(deal, json!({"stage_id": stage}));
    world.join_deal(deal, bo);
    world.look().await;
    assert_eq!(world.propstreet.contacts_of(&project).len(), 1);
}

#[tokio::test]
async fn who_takes_part_travels_only_the_way_that_is_allowed() {
    let only = |direction: Direction| FieldPolicy {
        direction,
        winner: Winner::Latest,
    };
    for direction in [
        Direction::ToPropstreet,
        Direction::ToPipedrive,
        Direction::Off,
    ] {
        let mut world = start_with(|setup| {
            let fields = &mut setup.settings.policies.fields;
            fields.insert(Field::DealProspects, only(direction));
        })
        .await;
        let (deal, project, ann, _) = world.sale_to("Ann Berg").await;
        let (bo, there) = world.paired_person("Bo Lund", "bo@lund.se").await;
        world.propstreet.add_contact_as_prospect(&project, &there);
        world.look().await;
        let to_propstreet = direction == Direction::ToPropstreet;
        let to_pipedrive = direction == Direction::ToPipedrive;
        assert_eq!(
            world.people_on(deal).contains(&bo),
            to_pipedrive,
            "{direction:?}"
        );
        assert!(world.people_on(deal).contains(&ann));
        let prospects = world.propstreet.contacts_of(&project).len();
        assert_eq!(prospects, 1 + usize::from(to_propstreet), "{direction:?}");
    }
}

#[tokio::test]
async fn an_addition_on_one_side_and_a_removal_on_the_other_of_different_persons_both_travel() {
    let mut world = start().await;
    let (deal, project, ann, _) = world.sale_to("Ann Berg").await;
    let (bo, bo_there) = world.paired_person("Bo Lund", "bo@lund.se").await;
    let (carl, carl_there) = world.paired_person("Carl Ek", "carl@ek.se").await;
    world.join_deal(deal, bo);
    world.look().await;

    world.leave_deal(deal, bo);
    world
        .propstreet
        .add_contact_as_prospect(&project, &carl_there);
    world.settle_within(Duration::from_secs(60)).await;
    world.look().await;
    assert_eq!(world.people_on(deal), set(&[ann, carl]));
    assert!(!world.propstreet.contacts_of(&project).contains(&bo_there));
}

#[tokio::test]
async fn who_came_and_who_left_is_told_by_the_history_and_not_taken_back() {
    let mut world = start().await;
    let (deal, project, _, _) = world.sale_to("Ann Berg").await;
    let (bo, there) = world.paired_person("Bo Lund", "bo@lund.se").await;
    world.join_deal(deal, bo);
    world.look().await;
    let shown = world
        .does_as_typed(&format!("pairs show deal/{deal}"))
        .await;
    let both = format!("takes part: person/{bo} and contact/{there}");
    assert!(shown.contains(&both), "{shown}");
    let prospect = world.propstreet.prospect_of(&project, &there);
    world.propstreet.remove_prospect(&prospect);
    world.look().await;

    let told = world
        .does_as_typed(&format!("history deal/{deal} --json"))
        .await;
    assert!(
        told.contains(&format!("person/{bo} takes part in Pipedrive")),
        "{told}"
    );
    assert!(
        told.contains(&format!("person/{bo} takes part no more in Propstreet")),
        "{told}"
    );
    let (_, stays) = world.types(&format!("undo deal/{deal}")).await;
    assert!(
        stays.contains("who takes part is nobody's value"),
        "{stays}"
    );
}

#[tokio::test]
async fn many_who_leave_at_once_wait_for_a_person() {
    let mut world = start().await;
    let (deal, project, _, _) = world.sale_to("Ann Berg").await;
    let mut joined = Vec::new();
    for number in 0..30 {
        let email = format!("bo{number}@lund.se");
        let quiet = world.pipedrive.quietly();
        joined.push(quiet.add_person(&format!("Bo Lund {number}"), &email));
    }
    for person in &joined {
        world.join_deal(deal, *person);
    }
    world.look().await;
    assert_eq!(world.propstreet.contacts_of(&project).len(), 31);

    for person in &joined {
        world.leave_deal(deal, *person);
    }
    world.settle_within(Duration::from_secs(12 * 60)).await;
    assert_eq!(world.propstreet.contacts_of(&project).len(), 11);
    let core = world.core();
    let key = RecordKey::new(Entity::Deal, deal);
    let lane = core.store.lane_of(core.ctx(), &key).await.unwrap().unwrap();
    assert_eq!(lane.lane.problem.expect("it says why").code, "mass_delete");

    // When it is no longer many within an hour, the others go, too.
    world.settle_within(Duration::from_secs(2 * 3_700)).await;
    world.settle().await;
    assert_eq!(world.propstreet.contacts_of(&project).len(), 1);
}
