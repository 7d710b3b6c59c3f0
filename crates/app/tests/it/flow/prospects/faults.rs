//! Lost answers, and a program that is killed: nobody takes part twice, and nobody is forgotten.

use std::time::Duration;

use serde_json::json;

use super::super::world::{Call, Fault, LOSSES};
use super::{Emulated, set, start};

/// Far more writes than a delivery has.
const WRITES_MAX: u32 = 120;
const AT_ONCE: Duration = Duration::from_secs(20);
const AFTERWARDS: Duration = Duration::from_secs(11 * 60 + 120);

#[tokio::test]
async fn a_lost_answer_to_added_prospects_adds_nobody_twice() {
    let mut world = start().await;
    let (deal, project, _, _) = world.sale_to("Ann Berg").await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        let email = format!("bo{number}@lund.se");
        let (person, contact) = world
            .paired_person(&format!("Bo Lund {number}"), &email)
            .await;
        world.propstreet.next(loss).on(Call::AddProspects);
        world.join_deal(deal, person);
        world.look().await;
        world.propstreet.prospect_of(&project, &contact);
        assert_eq!(
            world.propstreet.contacts_of(&project).len(),
            number + 2,
            "{loss:?}"
        );
        assert_eq!(world.people_on(deal).len(), number + 2, "{loss:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_an_added_participant_adds_nobody_twice() {
    let mut world = start().await;
    let (deal, project, _, _) = world.sale_to("Ann Berg").await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        let email = format!("bo{number}@lund.se");
        let (person, contact) = world
            .paired_person(&format!("Bo Lund {number}"), &email)
            .await;
        world.pipedrive.next(loss).on(Call::AddParticipant);
        world.propstreet.add_contact_as_prospect(&project, &contact);
        world.look().await;
        assert!(world.people_on(deal).contains(&person), "{loss:?}");
        assert_eq!(world.people_on(deal).len(), number + 2, "{loss:?}");
        assert_eq!(
            world.propstreet.contacts_of(&project).len(),
            number + 2,
            "{loss:?}"
        );
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_removal_removes_once_on_either_side() {
    for loss in LOSSES {
        let mut world = start().await;
        let (deal, project, ann, ann_there) = world.sale_to("Ann Berg").await;
        let (bo, _) = world.paired_person("Bo Lund", "bo@lund.se").await;
        let (_, carl) = world.paired_person("Carl Ek", "carl@ek.se").await;
        world.join_deal(deal, bo);
        world.propstreet.add_contact_as_prospect(&project, &carl);
        world.look().await;
        assert_eq!(world.people_on(deal).len(), 3);

        world.propstreet.next(loss).on(Call::RemoveProspect);
        world.leave_deal(deal, bo);
        world.look().await;
        world.pipedrive.next(loss).on(Call::RemoveParticipant);
        let prospect = world.propstreet.prospect_of(&project, &carl);
        world.propstreet.remove_prospect(&prospect);
        world.look().await;
        assert_eq!(world.people_on(deal), set(&[ann]), "{loss:?}");
        assert_eq!(
            world.propstreet.contacts_of(&project),
            set(&[ann_there]),
            "{loss:?}"
        );
    }
}

#[tokio::test]
async fn who_was_added_by_a_lost_call_and_has_left_since_does_not_come_back() {
    let mut world = start().await;
    let (deal, project, ann, _) = world.sale_to("Ann Berg").await;
    let (bo, there) = world.paired_person("Bo Lund", "bo@lund.se").await;
    world
        .propstreet
        .next(Fault::LoseAnswer)
        .on(Call::AddProspects);
    world.join_deal(deal, bo);
    world.settle_within(Duration::from_secs(10 * 60 + 10)).await;
    let prospect = world.propstreet.prospect_of(&project, &there);
    world.propstreet.remove_prospect(&prospect);
    world.look().await;
    assert_eq!(world.people_on(deal), set(&[ann]));
    assert_eq!(world.propstreet.contacts_of(&project).len(), 1);
}

#[tokio::test]
async fn killed_anywhere_while_a_participant_becomes_a_prospect() {
    let mut world = start().await;
    let person = world.pipedrive.add_person("Ann Berg", "ann@berg.no");
    world.settle().await;
    let contact = world.contact_of(person);
    for writes in 0..WRITES_MAX {
        let fields = json!({"title": format!("Deal {writes}"), "person_id": person});
        let deal = world.pipedrive.add_record(Emulated::Deal, fields);
        world.stop_before_write(writes);
        world.settle_within(AT_ONCE).await;
        let has_stopped = world.has_stopped();
        world.restart().await;
        world.settle_within(AFTERWARDS).await;
        let project = world.sale_of(deal);
        world.propstreet.prospect_of(&project, &contact);
        if !has_stopped {
            return;
        }
    }
    panic!("a prospect takes more than {WRITES_MAX} writes");
}

#[tokio::test]
async fn killed_anywhere_while_a_prospect_comes_to_the_deal_and_leaves_it() {
    let mut world = start().await;
    let (deal, project, ann, _) = world.sale_to("Ann Berg").await;
    for leaves in [false, true] {
        for writes in 0..WRITES_MAX {
            let email = format!("bo{writes}.{leaves}@lund.se");
            let (bo, there) = world.paired_person(&format!("Bo {writes}"), &email).await;
            let prospect = world.propstreet.add_contact_as_prospect(&project, &there);
            if leaves {
                world.settle().await;
                world.propstreet.remove_prospect(&prospect);
            }
            world.stop_before_write(writes);
            world.settle_within(AT_ONCE).await;
            let has_stopped = world.has_stopped();
            world.restart().await;
            world.settle_within(Duration::from_secs(200)).await;
            assert_eq!(world.people_on(deal).contains(&bo), !leaves, "{writes}");
            assert!(world.people_on(deal).contains(&ann));
            if !has_stopped {
                break;
            }
            assert!(
                writes + 1 < WRITES_MAX,
                "it takes more than {WRITES_MAX} writes"
            );
        }
    }
}
