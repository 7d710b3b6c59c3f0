//! What the deal's own person thinks of the project, as a prospect there and in a field of the deal here.

use emulators::propstreet::PortfolioEdit;
use serde_json::{Value, json};

use super::super::world::{Call, Fault, Propstreet, World};
use super::{Emulated, start, start_with};

const FIELD: &str = "prospect_classification";

async fn start_classified() -> World {
    start_with(|setup| setup.settings.fields.deal_classification = FIELD.to_owned()).await
}

impl Propstreet {
    fn thinks(&self, prospect: &str, what: &str) {
        self.of_projects(PortfolioEdit::EditProspect {
            id: prospect.to_owned(),
            fields: json!({"classification": what}),
        });
    }

    fn thoughts_of(&self, prospect: &str) -> Value {
        let prospects = self.server.emulator().prospects();
        let found = prospects.into_iter().find(|known| known["id"] == prospect);
        found.expect("there is such a prospect")["classification"].clone()
    }
}

impl World {
    fn type_into_deal(&self, deal: i64, what: &Value) {
        let code = self.deal_code(FIELD);
        self.edit_deal(deal, json!({"custom_fields": {code: what}}));
    }
}

#[tokio::test]
async fn what_a_prospect_thinks_arrives_in_the_deal() {
    let mut world = start_classified().await;
    let (deal, project, _, contact) = world.sale_to("Ann Berg").await;
    let prospect = world.propstreet.prospect_of(&project, &contact);
    assert!(
        world.deal_field(deal, FIELD).is_null(),
        "nobody was contacted"
    );

    world.propstreet.thinks(&prospect, "interested");
    world.settle().await;
    assert_eq!(world.deal_field(deal, FIELD), "interested");

    world.propstreet.thinks(&prospect, "not_contacted");
    world.settle().await;
    assert!(world.deal_field(deal, FIELD).is_null());
}

#[tokio::test]
async fn what_is_typed_into_the_deal_arrives_at_the_prospect() {
    let mut world = start_classified().await;
    let (deal, project, _, contact) = world.sale_to("Ann Berg").await;
    let prospect = world.propstreet.prospect_of(&project, &contact);

    world.type_into_deal(deal, &json!("Not interested"));
    world.settle().await;
    assert_eq!(world.propstreet.thoughts_of(&prospect), "not_interested");
    assert_eq!(
        world.deal_field(deal, FIELD),
        "Not interested",
        "as it was typed"
    );

    world.type_into_deal(deal, &Value::Null);
    world.settle().await;
    assert_eq!(world.propstreet.thoughts_of(&prospect), "not_contacted");

    world.type_into_deal(deal, &json!("will call back"));
    world.settle().await;
    assert_eq!(world.propstreet.thoughts_of(&prospect), "not_contacted");
    assert!(world.quarantined().await.is_empty());
}

#[tokio::test]
async fn when_both_say_what_it_thinks_propstreet_wins() {
    let mut world = start_classified().await;
    let (deal, project, _, contact) = world.sale_to("Ann Berg").await;
    let prospect = world.propstreet.prospect_of(&project, &contact);
    world.propstreet.thinks(&prospect, "bidder");
    world.type_into_deal(deal, &json!("contacted"));
    world.settle().await;
    assert_eq!(world.propstreet.thoughts_of(&prospect), "bidder");
    assert_eq!(world.deal_field(deal, FIELD), "bidder");
    assert_eq!(
        world.journal().await.len(),
        1,
        "the other word is journaled"
    );
}

#[tokio::test]
async fn another_own_person_of_the_deal_brings_its_own_thoughts() {
    let mut world = start_classified().await;
    let (deal, project, _, contact) = world.sale_to("Ann Berg").await;
    let prospect = world.propstreet.prospect_of(&project, &contact);
    world.propstreet.thinks(&prospect, "bidder");
    let (bo, there) = world.paired_person("Bo Lund", "bo@lund.se").await;
    let second = world.propstreet.add_contact_as_prospect(&project, &there);
    world.propstreet.thinks(&second, "contacted");
    world.settle().await;
    assert_eq!(world.deal_field(deal, FIELD), "bidder");

    world
        .pipedrive
        .edit_record(Emulated::Deal, deal, json!({"person_id": bo}));
    world.look().await;
    assert_eq!(world.deal_field(deal, FIELD), "contacted");
}

#[tokio::test]
async fn a_lost_answer_to_a_classification_classifies_once() {
    let losses = [
        Fault::LoseAnswer,
        Fault::Hold { written: true },
        Fault::FailBeforeWriting,
    ];
    for loss in losses {
        let mut world = start_classified().await;
        let (deal, project, _, contact) = world.sale_to("Ann Berg").await;
        let prospect = world.propstreet.prospect_of(&project, &contact);
        world.propstreet.next(loss).on(Call::UpdateProject);
        world.type_into_deal(deal, &json!("bidder"));
        world.settle().await;
        assert_eq!(
            world.propstreet.thoughts_of(&prospect),
            "bidder",
            "{loss:?}"
        );
        assert_eq!(world.journal().await, [], "{loss:?}");
    }
}

#[tokio::test]
async fn without_a_field_for_it_nobody_is_told_what_prospects_think() {
    let mut world = start().await;
    let (_, project, _, contact) = world.sale_to("Ann Berg").await;
    let prospect = world.propstreet.prospect_of(&project, &contact);
    let before = world.writes_made();
    world.propstreet.thinks(&prospect, "bidder");
    world.look().await;
    assert_eq!(world.writes_made(), before);
}
