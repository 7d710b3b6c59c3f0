//! Stages: a project that gets on moves its deal, by the table; a deal that is moved moves nothing.

use model::{Entity, Field, RecordKey, Side};
use plan::{DealNote, Direction, FieldPolicy, Note, Rule, Winner};
use store::Store;

use super::super::world::World;
use super::{start, start_with};

impl World {
    pub(super) async fn notes_of_deal(&self, deal: i64) -> Vec<Note> {
        let core = self.core();
        let key = RecordKey::new(Entity::Deal, deal);
        let lane = core.store.lane_of(core.ctx(), &key).await;
        let lane = lane.expect("the store answers");
        lane.map(|view| view.lane.notes).unwrap_or_default()
    }
}

#[tokio::test]
async fn each_row_of_the_table_moves_the_deal_to_the_first_stage_that_fits() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    assert_eq!(world.stage_of(deal), "Qualified");
    for (classification, teaser, stage) in [
        ("active", Some("published"), "Demo Scheduled"),
        ("active", Some("communicated"), "Proposal Made"),
        ("draft", None, "Qualified"),
    ] {
        world
            .propstreet
            .bring_sale_to(&project, classification, teaser);
        world.settle().await;
        assert_eq!(world.stage_of(deal), stage);
    }
}

#[tokio::test]
async fn a_deal_whose_stage_fits_already_stays_where_it_is() {
    for (stage, classification, teaser) in [
        ("Contact Made", "draft", None),
        ("Negotiations Started", "active", Some("communicated")),
    ] {
        let mut world = start().await;
        let (deal, project) = world.sale().await;
        world.propstreet.bring_sale_to(&project, "inactive", None);
        world.settle().await;
        world.move_deal(deal, stage);
        world.settle().await;
        let before = world.writes_made();
        world
            .propstreet
            .bring_sale_to(&project, classification, teaser);
        world.settle().await;
        assert_eq!(world.stage_of(deal), stage);
        assert_eq!(world.writes_made(), before, "no write is needed");
    }
}

#[tokio::test]
async fn a_deal_moved_in_pipedrive_moves_nothing_and_the_difference_is_told() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    let before = world.writes_made();
    let shown = world.propstreet.sale(&project);

    world.move_deal(deal, "Negotiations Started");
    world.settle().await;

    assert_eq!(world.writes_made(), before);
    assert_eq!(world.propstreet.sale(&project), shown);
    assert_eq!(
        world.notes_of_deal(deal).await,
        [Note::Deal(DealNote::StageDiffers)]
    );
    assert_eq!(world.journal().await, []);
}

#[tokio::test]
async fn a_project_that_no_stage_stands_for_moves_nothing() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    world.propstreet.bring_sale_to(&project, "inactive", None);
    world.settle().await;
    assert_eq!(world.stage_of(deal), "Qualified");
    assert_eq!(
        world.notes_of_deal(deal).await,
        [Note::Deal(DealNote::NoStage)]
    );
}

#[tokio::test]
async fn when_both_have_moved_the_policy_says_whose_stage_stays() {
    for (winner, stage) in [
        (Winner::PipedriveWins, "Contact Made"),
        (Winner::PropstreetWins, "Proposal Made"),
    ] {
        let direction = Direction::Both;
        let mut world = start_with(|setup| {
            let fields = &mut setup.settings.policies.fields;
            fields.insert(Field::DealStage, FieldPolicy { direction, winner });
        })
        .await;
        let (deal, project) = world.sale().await;
        world.move_deal(deal, "Contact Made");
        world
            .propstreet
            .bring_sale_to(&project, "active", Some("communicated"));
        world.settle().await;
        assert_eq!(world.stage_of(deal), stage, "{winner:?}");
        let rules: Vec<Rule> = world.journal().await.iter().map(|row| row.rule).collect();
        match winner {
            Winner::PropstreetWins => assert_eq!(rules, [Rule::PropstreetWins]),
            Winner::PipedriveWins | Winner::Latest | Winner::Manual => assert_eq!(rules, []),
        }
    }
}

#[tokio::test]
async fn a_stage_that_waits_for_a_person_moves_once_one_has_chosen() {
    let (direction, winner) = (Direction::Both, Winner::Manual);
    let mut world = start_with(|setup| {
        let fields = &mut setup.settings.policies.fields;
        fields.insert(Field::DealStage, FieldPolicy { direction, winner });
    })
    .await;
    let (deal, project) = world.sale().await;
    world.move_deal(deal, "Contact Made");
    world
        .propstreet
        .bring_sale_to(&project, "active", Some("communicated"));
    world.settle().await;
    assert_eq!(world.stage_of(deal), "Contact Made");
    let conflict = world.only_conflict().await;
    world.decide(&conflict, Side::Propstreet).await;
    world.settle().await;
    assert_eq!(world.stage_of(deal), "Proposal Made");
}

#[tokio::test]
async fn a_renamed_stage_is_the_same_stage() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    let stage = world.stage("Contact Made");
    let fields = serde_json::json!({"name": "First Call"});
    world
        .pipedrive
        .edit_record(emulators::pipedrive::Entity::Stage, stage, fields);
    world.settle().await;
    let before = world.writes_made();
    world
        .propstreet
        .bring_sale_to(&project, "active", Some("published"));
    world.settle().await;
    assert_eq!(world.stage_of(deal), "Demo Scheduled");
    assert_eq!(world.writes_made(), before + 1);
    assert_eq!(world.core().places().unresolved, ["stage \"Contact Made\""]);
}
