//! Lost answers, stale versions, edits between reading and writing, and a program that is killed: one deal, one project, no edit
//! lost.

use std::time::Duration;

use emulators::pipedrive::Entity as Emulated;
use model::{Field, Side};
use plan::{Direction, FieldPolicy, Rule, Winner};
use serde_json::json;

use super::super::world::{Call, Fault, LOSSES, in_short};
use super::{start, start_with};

/// Far more writes than a delivery has.
const WRITES_MAX: u32 = 120;
const AT_ONCE: Duration = Duration::from_secs(20);
const AFTERWARDS: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_lost_answer_to_the_create_of_a_project_makes_no_second_one() {
    let mut world = start().await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        world.propstreet.next(loss).on(Call::CreateProject);
        let deal = world.add_deal(&format!("Deal {number}"));
        world.settle().await;
        world.sale_of(deal);
        assert_eq!(world.propstreet.sales().len(), number + 1, "{loss:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_the_create_of_a_project_loses_no_number_of_properties() {
    for loss in LOSSES {
        let mut world = start().await;
        world.propstreet.next(loss).on(Call::CreateProject);
        let count = world.deal_code("property_count");
        let fields = json!({"title": "Ejdern", "custom_fields": {&count: 4}});
        let deal = world.pipedrive.add_record(Emulated::Deal, fields);
        world.settle().await;
        let yes = world.core().definitions().expect("fields were read");
        let yes = yes.deal.portfolio.as_ref().expect("it was made").yes;
        let portfolio = json!({world.deal_code("is_portfolio"): yes});
        world.edit_deal(deal, json!({"custom_fields": portfolio}));
        world.settle().await;
        assert_eq!(
            world.propstreet.sale(&world.sale_of(deal))["asset"],
            json!({"type": "portfolio", "propertyCount": 4}),
            "{loss:?}"
        );
    }
}

#[tokio::test]
async fn a_lost_answer_to_the_create_of_a_deal_makes_no_second_one() {
    let mut world = start().await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        world.pipedrive.next(loss).on(Call::CreateDeal);
        let name = format!("Project {number}");
        let project = world.propstreet.add_sale(json!({"name": name}));
        world.settle().await;
        world.deal_of(&project);
        assert_eq!(world.deal_count(), number + 1, "{loss:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_an_edit_loses_no_edit() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        world.propstreet.next(loss).on(Call::UpdateProject);
        world.edit_deal(deal, json!({"title": format!("Of Pipedrive {number}")}));
        world.settle().await;
        assert_eq!(
            world.propstreet.sale(&project)["name"],
            format!("Of Pipedrive {number}"),
            "{loss:?}"
        );
        world.pipedrive.next(loss).on(Call::UpdateDeal);
        let price = json!({"value": number + 1, "currency": "SEK"});
        world
            .propstreet
            .edit_sale(&project, json!({"price": price}));
        world.settle().await;
        let value = world.deal(deal)["value"].to_string();
        assert_eq!(value, format!("{}.0", number + 1), "{loss:?}");
        let name = format!("Of Propstreet {number}");
        world.pipedrive.next(loss).on(Call::UpdateDeal);
        world.propstreet.edit_sale(&project, json!({"name": name}));
        world.settle().await;
        assert_eq!(world.deal(deal)["title"], name, "{loss:?}");
    }
    assert_eq!(world.journal().await, []);
}

#[tokio::test]
async fn a_lost_answer_to_a_closing_closes_once() {
    for loss in LOSSES {
        let mut world = start().await;
        let (deal, project) = world.sale().await;
        world.propstreet.next(loss).on(Call::CloseProject);
        world.edit_deal(deal, json!({"status": "won"}));
        world.settle().await;
        assert_eq!(
            world.propstreet.sale(&project)["status"],
            "closed",
            "{loss:?}"
        );
        assert!(world.quarantined().await.is_empty(), "{loss:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_move_moves_the_deal_once() {
    for loss in LOSSES {
        let mut world = start().await;
        let (deal, project) = world.sale().await;
        world.pipedrive.next(loss).on(Call::UpdateDeal);
        world
            .propstreet
            .bring_sale_to(&project, "active", Some("communicated"));
        world.settle().await;
        assert_eq!(world.stage_of(deal), "Proposal Made", "{loss:?}");
        assert_eq!(world.journal().await, [], "{loss:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_deletion_deletes_once() {
    for loss in LOSSES {
        let lost = plan::LostPolicy::Delete;
        let mut world = start_with(|setup| setup.settings.policies.deals.lost = lost).await;
        let (deal, _) = world.sale().await;
        world.propstreet.next(loss).on(Call::DeleteProject);
        world.edit_deal(deal, json!({"status": "lost"}));
        world.settle().await;
        assert!(world.propstreet.sales().is_empty(), "{loss:?}");
        assert_eq!(world.deal(deal)["status"], "lost", "{loss:?}");
    }
}

#[tokio::test]
async fn a_stale_version_is_read_again_and_planned_again() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    world
        .propstreet
        .next_times(3, Fault::StaleVersion)
        .on(Call::UpdateProject);
    world.edit_deal(deal, json!({"title": "Ejdern 4"}));
    world.settle().await;
    assert_eq!(world.propstreet.sale(&project)["name"], "Ejdern 4");
}

#[tokio::test]
async fn an_edit_of_a_project_that_nobody_told_of_is_not_overwritten() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    let price = json!({"value": 3, "currency": "SEK"});
    world
        .propstreet
        .quietly()
        .edit_sale(&project, json!({"price": price}));
    world.edit_deal(deal, json!({"title": "Ejdern 4"}));
    world.settle_within(Duration::from_secs(60)).await;
    assert_eq!(world.propstreet.sale(&project)["name"], "Ejdern 4");
    assert_eq!(world.deal(deal)["value"].as_f64(), Some(3.0));
}

/// An edit of the deal comes in the very moment between our read and our write.
#[tokio::test]
async fn an_edit_of_a_deal_that_we_overwrote_is_journaled_and_put_back_by_policy() {
    for (winner, kept) in [
        (Winner::Latest, "Of a user"),
        (Winner::PropstreetWins, "Of Propstreet"),
    ] {
        let direction = Direction::Both;
        let mut world = start_with(|setup| {
            let fields = &mut setup.settings.policies.fields;
            fields.insert(Field::DealName, FieldPolicy { direction, winner });
        })
        .await;
        let (deal, project) = world.sale().await;
        world
            .pipedrive
            .next(Fault::Slow { millis: 6_000 })
            .on(Call::ReadDeal);
        world
            .propstreet
            .edit_sale(&project, json!({"name": "Of Propstreet"}));
        world.meanwhile_after(Duration::from_secs(3), move |pipedrive, _| {
            let fields = json!({"title": "Of a user"});
            pipedrive.edit_record(emulators::pipedrive::Entity::Deal, deal, fields);
        });
        world.settle().await;
        assert_eq!(world.deal(deal)["title"], kept, "{winner:?}");
        assert_eq!(world.propstreet.sale(&project)["name"], kept, "{winner:?}");
        let journal = world.journal().await;
        let overwritten = journal.iter().find(|row| row.rule == Rule::Overwritten);
        let overwritten = overwritten.expect("the overwritten title is journaled");
        assert_eq!(in_short(overwritten).1, "Of a user");
    }
}

#[tokio::test]
async fn killed_anywhere_while_a_deal_is_carried_over() {
    let mut world = start().await;
    for writes in 0..WRITES_MAX {
        let deal = world.add_deal(&format!("Deal {writes}"));
        world.stop_before_write(writes);
        world.settle_within(AT_ONCE).await;
        let has_stopped = world.has_stopped();
        world.restart().await;
        world.settle_within(AFTERWARDS).await;
        world.sale_of(deal);
        assert_eq!(world.propstreet.sales().len(), writes as usize + 1);
        if !has_stopped {
            return;
        }
    }
    panic!("a deal takes more than {WRITES_MAX} writes");
}

#[tokio::test]
async fn killed_anywhere_while_a_project_is_carried_over() {
    let mut world = start().await;
    for writes in 0..WRITES_MAX {
        let name = format!("Project {writes}");
        let project = world.propstreet.add_sale(json!({"name": name}));
        world.stop_before_write(writes);
        world.settle_within(AT_ONCE).await;
        let has_stopped = world.has_stopped();
        world.restart().await;
        world.settle_within(AFTERWARDS).await;
        world.deal_of(&project);
        assert_eq!(world.deal_count(), writes as usize + 1);
        if !has_stopped {
            return;
        }
    }
    panic!("a project takes more than {WRITES_MAX} writes");
}

#[tokio::test]
async fn killed_anywhere_while_a_won_deal_closes_its_project() {
    for writes in 0..WRITES_MAX {
        let mut world = start().await;
        let (deal, project) = world.sale().await;
        world.edit_deal(deal, json!({"status": "won"}));
        world.stop_before_write(writes);
        world.settle_within(AT_ONCE).await;
        let has_stopped = world.has_stopped();
        world.restart().await;
        world.settle_within(AFTERWARDS).await;
        assert_eq!(world.propstreet.sale(&project)["status"], "closed");
        if !has_stopped {
            assert_eq!(world.history_of_all().await[0].entry.side, Side::Propstreet);
            return;
        }
    }
    panic!("a closing takes more than {WRITES_MAX} writes");
}
