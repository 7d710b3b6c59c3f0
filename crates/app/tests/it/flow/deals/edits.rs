//! An edit on one side arrives on the other, field by field and policy by policy, and its echo costs no write.

use std::time::Duration;

use model::{Field, Side};
use plan::{Direction, FieldPolicy, Rule, Winner};
use serde_json::{Value, json};

use super::super::world::{World, in_short};
use super::{start, start_with};

/// One edit of a deal in step, and what the project shows then.
async fn check_to_project(edit: Value, shown: Value) {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    world.edit_deal(deal, edit);
    world.settle().await;
    expect(&world.propstreet.sale(&project), &shown);
}

/// One edit of a project in step, and what the deal shows then.
async fn check_to_deal(edit: Value, shown: Value) {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    world.propstreet.edit_sale(&project, edit);
    world.settle().await;
    expect(&world.deal(deal), &shown);
}

fn expect(shown: &Value, members: &Value) {
    for (name, value) in members.as_object().expect("members") {
        let is_same = match (shown[name].as_f64(), value.as_f64()) {
            (Some(shown), Some(value)) => (shown - value).abs() < f64::EPSILON,
            _ => shown[name] == *value,
        };
        assert!(is_same, "{name} is {} and not {value}", shown[name]);
    }
}

#[tokio::test]
async fn a_title_edited_in_pipedrive_arrives() {
    check_to_project(json!({"title": "Ejdern 4"}), json!({"name": "Ejdern 4"})).await;
}

#[tokio::test]
async fn a_name_edited_in_propstreet_arrives() {
    check_to_deal(json!({"name": "Ejdern 4"}), json!({"title": "Ejdern 4"})).await;
}

#[tokio::test]
async fn a_title_longer_than_a_project_may_be_called_arrives_shortened_and_stays_long() {
    let long = "Kvarteret Ejdern ".repeat(14).trim().to_owned();
    let short: String = long.chars().take(200).collect();
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    world.edit_deal(deal, json!({"title": long}));
    world.settle().await;
    assert_eq!(world.propstreet.sale(&project)["name"], short.trim_end());
    assert_eq!(world.deal(deal)["title"], long);
}

#[tokio::test]
async fn a_value_edited_in_pipedrive_arrives_as_price() {
    check_to_project(
        json!({"value": 99.5, "currency": "EUR"}),
        json!({"price": {"value": 99.5, "currency": "EUR", "scale": "none"}}),
    )
    .await;
}

#[tokio::test]
async fn a_price_edited_in_propstreet_arrives_as_value_and_currency() {
    check_to_deal(
        json!({"price": {"value": 14, "currency": "NOK", "scale": "millions"}}),
        json!({"value": 14_000_000, "currency": "NOK"}),
    )
    .await;
}

#[tokio::test]
async fn a_price_taken_away_in_propstreet_leaves_a_deal_of_no_value() {
    check_to_deal(
        json!({"price": null}),
        json!({"value": 0, "currency": "SEK"}),
    )
    .await;
}

#[tokio::test]
async fn a_value_taken_away_in_pipedrive_leaves_a_project_without_a_price() {
    check_to_project(json!({"value": 0}), json!({"price": null})).await;
}

#[tokio::test]
async fn one_price_written_otherwise_is_no_change() {
    let mut world = start().await;
    let (_, project) = world.sale().await;
    let before = world.writes_made();
    let price = json!({"value": 12.5, "currency": "SEK", "scale": "millions"});
    world
        .propstreet
        .edit_sale(&project, json!({"price": price}));
    world.settle().await;
    assert_eq!(world.writes_made(), before);
}

/// The option of a deal's field.
fn option(world: &World, label: &str) -> i64 {
    let definitions = world.core().definitions().expect("fields were read");
    let field = definitions.deal.portfolio.as_ref().expect("it was made");
    match label {
        "Yes" => field.yes,
        _ => field.no,
    }
}

#[tokio::test]
async fn a_portfolio_and_its_number_of_properties_arrive_in_propstreet() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    let (portfolio, count) = (
        world.deal_code("is_portfolio"),
        world.deal_code("property_count"),
    );
    let fields = json!({portfolio: option(&world, "Yes"), count: 4});
    world.edit_deal(deal, json!({"custom_fields": fields}));
    world.settle().await;
    assert_eq!(
        world.propstreet.sale(&project)["asset"],
        json!({"type": "portfolio", "propertyCount": 4})
    );
}

#[tokio::test]
async fn a_portfolio_and_its_number_of_properties_arrive_in_pipedrive() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    let asset = json!({"type": "portfolio", "propertyCount": 7});
    world
        .propstreet
        .edit_sale(&project, json!({"asset": asset}));
    world.settle().await;
    assert_eq!(
        world.deal_field(deal, "is_portfolio"),
        option(&world, "Yes")
    );
    assert_eq!(world.deal_field(deal, "property_count").as_f64(), Some(7.0));

    let asset = json!({"type": "single"});
    world
        .propstreet
        .edit_sale(&project, json!({"asset": asset}));
    world.settle().await;
    assert_eq!(world.deal_field(deal, "is_portfolio"), option(&world, "No"));
    assert_eq!(world.deal_field(deal, "property_count"), Value::Null);
}

#[tokio::test]
async fn a_number_of_properties_arrives_once_the_deal_is_a_portfolio_and_outlives_that_it_is_none()
{
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    let (portfolio, count) = (
        world.deal_code("is_portfolio"),
        world.deal_code("property_count"),
    );
    world.edit_deal(deal, json!({"custom_fields": {&count: 4}}));
    world.settle().await;
    assert_eq!(
        world.propstreet.sale(&project)["asset"]["type"],
        json!("single")
    );
    for _ in 0..2 {
        let yes = json!({&portfolio: option(&world, "Yes")});
        world.edit_deal(deal, json!({"custom_fields": yes}));
        world.settle().await;
        assert_eq!(
            world.propstreet.sale(&project)["asset"],
            json!({"type": "portfolio", "propertyCount": 4})
        );
        let no = json!({&portfolio: option(&world, "No")});
        world.edit_deal(deal, json!({"custom_fields": no}));
        world.settle().await;
        assert_eq!(
            world.propstreet.sale(&project)["asset"]["type"],
            json!("single")
        );
        assert_eq!(world.deal_field(deal, "property_count").as_f64(), Some(4.0));
    }
}

#[tokio::test]
async fn the_echo_of_our_own_write_costs_no_write_and_little_to_look() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    let before = world.writes_made();
    world.edit_deal(deal, json!({"title": "Ejdern 4"}));
    world.settle().await;
    assert_eq!(world.writes_made(), before + 1);
    world
        .propstreet
        .edit_sale(&project, json!({"name": "Ejdern 5"}));
    world.settle().await;
    assert_eq!(world.writes_made(), before + 2);
}

#[tokio::test]
async fn fields_that_are_not_ours_stay_as_they_are() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    world.edit_deal(deal, json!({"expected_close_date": "2026-12-01"}));
    world
        .propstreet
        .edit_sale(&project, json!({"exclusivity": "exclusive"}));
    world.settle().await;
    world.edit_deal(deal, json!({"title": "Ejdern 4"}));
    world
        .propstreet
        .edit_sale(&project, json!({"price": {"value": 9, "currency": "SEK"}}));
    world.settle().await;
    assert_eq!(world.deal(deal)["expected_close_date"], "2026-12-01");
    assert_eq!(world.propstreet.sale(&project)["exclusivity"], "exclusive");
}

/// A project renamed on both sides under a policy, `first` first and the other ten seconds later.
async fn renamed_on_both(
    direction: Direction,
    winner: Winner,
    first: Side,
) -> (World, String, String) {
    let policy = FieldPolicy { direction, winner };
    let mut world = start_with(|setup| {
        let fields = &mut setup.settings.policies.fields;
        fields.insert(Field::DealName, policy);
    })
    .await;
    let (deal, project) = world.sale().await;
    for side in [first, first.other()] {
        match side {
            Side::Pipedrive => world.edit_deal(deal, json!({"title": "Of Pipedrive"})),
            Side::Propstreet => world
                .propstreet
                .edit_sale(&project, json!({"name": "Of Propstreet"})),
        }
        world.pass(Duration::from_secs(10));
    }
    world.settle().await;
    let title = world.deal(deal)["title"].as_str().unwrap().to_owned();
    let name = world.propstreet.sale(&project)["name"].clone();
    (world, title, name.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn when_both_sides_rename_the_policy_says_who_wins_and_the_other_name_is_journaled() {
    for (winner, first, kept, rule) in [
        (
            Winner::PipedriveWins,
            Side::Pipedrive,
            "Of Pipedrive",
            Rule::PipedriveWins,
        ),
        (
            Winner::PropstreetWins,
            Side::Propstreet,
            "Of Propstreet",
            Rule::PropstreetWins,
        ),
        (
            Winner::Latest,
            Side::Propstreet,
            "Of Pipedrive",
            Rule::Latest,
        ),
        (
            Winner::Latest,
            Side::Pipedrive,
            "Of Propstreet",
            Rule::Latest,
        ),
    ] {
        let (world, title, name) = renamed_on_both(Direction::Both, winner, first).await;
        assert_eq!((title.as_str(), name.as_str()), (kept, kept), "{winner:?}");
        let conflict = world.only_conflict().await;
        let (field, of_pipedrive, of_propstreet, _) = in_short(&conflict);
        assert_eq!(
            (field, of_pipedrive, of_propstreet),
            (Field::DealName, "Of Pipedrive", "Of Propstreet")
        );
        assert_eq!(conflict.rule, rule);
    }
}

#[tokio::test]
async fn a_name_that_waits_for_a_person_is_carried_over_once_one_has_chosen() {
    let (mut world, title, name) =
        renamed_on_both(Direction::Both, Winner::Manual, Side::Pipedrive).await;
    assert_eq!(
        (title.as_str(), name.as_str()),
        ("Of Pipedrive", "Of Propstreet")
    );
    let conflict = world.only_conflict().await;
    world.decide(&conflict, Side::Propstreet).await;
    world.settle().await;
    let deals = world
        .pipedrive
        .live_records(emulators::pipedrive::Entity::Deal);
    assert_eq!(
        deals.into_values().next().unwrap()["title"],
        "Of Propstreet"
    );
}

#[tokio::test]
async fn a_price_flows_only_the_way_that_is_allowed() {
    for (direction, to_project, to_deal) in [
        (Direction::ToPropstreet, true, false),
        (Direction::ToPipedrive, false, true),
        (Direction::Off, false, false),
    ] {
        let winner = Winner::Latest;
        let mut world = start_with(|setup| {
            let fields = &mut setup.settings.policies.fields;
            fields.insert(Field::DealPrice, FieldPolicy { direction, winner });
        })
        .await;
        let (deal, project) = world.sale().await;
        world.edit_deal(deal, json!({"value": 5}));
        world.settle().await;
        let arrived = world.propstreet.sale(&project)["price"]["value"] == json!(5);
        assert_eq!(arrived, to_project, "{direction:?}");
        let price = json!({"value": 6, "currency": "SEK"});
        world
            .propstreet
            .edit_sale(&project, json!({"price": price}));
        world.settle().await;
        let arrived = world.deal(deal)["value"].as_f64() == Some(6.0);
        assert_eq!(arrived, to_deal, "{direction:?}");
    }
}

#[tokio::test]
async fn a_number_that_goes_because_the_deal_is_no_portfolio_is_journaled() {
    let mut world = start().await;
    let (deal, project) = world.sale().await;
    let code = world.deal_code("is_portfolio");
    let [yes, no] = ["Yes", "No"].map(|label| json!({&code: option(&world, label)}));
    world.edit_deal(deal, json!({"custom_fields": yes}));
    world.settle().await;
    let counted = json!({"asset": {"type": "portfolio", "propertyCount": 74}});
    world.edit_deal(deal, json!({"custom_fields": no}));
    world.propstreet.edit_sale(&project, counted);
    world.settle().await;
    assert_eq!(
        world.propstreet.sale(&project)["asset"]["type"],
        json!("single")
    );
    let journal = world.journal().await;
    let journal: Vec<_> = journal.iter().map(in_short).collect();
    let kept = Some(Side::Pipedrive);
    assert!(
        journal.contains(&(Field::DealPropertyCount, "", "74", kept)),
        "{journal:?}"
    );
}
