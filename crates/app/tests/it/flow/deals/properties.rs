//! What kinds of properties a project is about, in a field of its deal. Propstreet lets nobody change that from outside.

use emulators::propstreet::PortfolioEdit;
use plan::{Direction, FieldPolicy, Note, Winner};
use serde_json::{Value, json};

use super::super::world::{Call, Fault, LOSSES, Propstreet, World};
use super::{Emulated, start, start_with};

const FIELD: &str = "property_type";

async fn start_typed() -> World {
    start_with(|setup| setup.settings.fields.deal_property_type = FIELD.to_owned()).await
}

impl Propstreet {
    fn add_property_of(&self, kinds: &[&str]) -> String {
        let fields = json!({"name": "Ejdern 4", "categories": categories(kinds)});
        self.of_projects(PortfolioEdit::AddProperty { fields })
    }

    fn change_property(&self, id: &str, kinds: &[&str]) {
        let fields = json!({"categories": categories(kinds)});
        let id = id.to_owned();
        self.of_projects(PortfolioEdit::EditProperty { id, fields });
    }

    fn put_property_into(&self, project: &str, property: &str) {
        self.of_projects(PortfolioEdit::AttachProperty {
            project_id: project.to_owned(),
            property_id: property.to_owned(),
        });
    }

    fn take_property_from(&self, project: &str, property: &str) {
        self.of_projects(PortfolioEdit::DetachProperty {
            project_id: project.to_owned(),
            property_id: property.to_owned(),
        });
    }

    /// A project with one property of these kinds.
    fn add_sale_of(&self, kinds: &[&str]) -> (String, String) {
        let project = self.add_sale(json!({"name": "Kvarteret Ejdern"}));
        let property = self.add_property_of(kinds);
        self.put_property_into(&project, &property);
        (project, property)
    }

    /// How often a project's properties were listed.
    fn lists_of_properties(&self) -> u64 {
        let requests = self.counters().requests;
        let of_projects = requests.iter().filter(|(call, _)| {
            call.starts_with("GET") && call.contains("projects") && call.ends_with("properties")
        });
        of_projects.map(|(_, count)| count).sum()
    }
}

fn categories(kinds: &[&str]) -> Value {
    kinds.iter().map(|kind| json!({"type": kind})).collect()
}

impl World {
    /// The labels of the kinds that a deal shows, sorted.
    fn kinds_of(&self, deal: i64) -> Vec<String> {
        let chosen = self.deal_field(deal, FIELD);
        let chosen: Vec<i64> = serde_json::from_value(chosen).unwrap_or_default();
        let options = self.options_of_kinds().into_iter();
        let mut labels: Vec<String> = options
            .filter_map(|(id, label)| chosen.contains(&id).then_some(label))
            .collect();
        labels.sort();
        labels
    }

    fn options_of_kinds(&self) -> Vec<(i64, String)> {
        let emulator = self.pipedrive.server.emulator();
        emulator.options(Emulated::Deal, FIELD)
    }

    fn choose_kinds(&self, deal: i64, labels: &[&str]) {
        let options = self.options_of_kinds().into_iter();
        let ids: Vec<i64> = options
            .filter_map(|(id, label)| labels.contains(&label.as_str()).then_some(id))
            .collect();
        let code = self.deal_code(FIELD);
        self.edit_deal(deal, json!({"custom_fields": {code: ids}}));
    }
}

#[tokio::test]
async fn the_kinds_of_a_projects_property_arrive_in_its_deal() {
    let mut world = start_typed().await;
    let (project, property) = world
        .propstreet
        .add_sale_of(&["retail/shopping_mall", "office"]);
    world.settle().await;
    let deal = world.deal_of(&project);
    assert_eq!(world.kinds_of(deal), ["Office", "Retail"]);

    world.propstreet.take_property_from(&project, &property);
    world.settle().await;
    assert_eq!(world.kinds_of(deal), Vec::<String>::new());

    let other = world.propstreet.add_property_of(&["social_infrastructure"]);
    world.propstreet.put_property_into(&project, &other);
    world.settle().await;
    assert_eq!(world.kinds_of(deal), ["Social infrastructure"]);
}

#[tokio::test]
async fn the_kinds_of_all_properties_of_a_portfolio_arrive_in_its_deal() {
    let mut world = start_typed().await;
    let asset = json!({"type": "portfolio", "propertyCount": 3});
    let fields = json!({"name": "Hamnpaketet", "asset": asset});
    let project = world.propstreet.add_sale(fields);
    for kinds in [&["office"][..], &["land"], &["hotel", "office"]] {
        let property = world.propstreet.add_property_of(kinds);
        world.propstreet.put_property_into(&project, &property);
    }
    world.settle().await;
    let deal = world.deal_of(&project);
    assert_eq!(world.kinds_of(deal), ["Hotel", "Land", "Office"]);
    assert_eq!(world.deal_field(deal, "property_count"), 3);

    let listed = world.propstreet.lists_of_properties();
    world.restart().await;
    world.settle().await;
    assert_eq!(
        world.propstreet.lists_of_properties(),
        listed,
        "it is remembered"
    );
}

#[tokio::test]
async fn a_property_of_a_portfolio_that_changes_is_found_within_a_day() {
    let mut world = start_typed().await;
    let asset = json!({"type": "portfolio", "propertyCount": 2});
    let fields = json!({"name": "Hamnpaketet", "asset": asset});
    let project = world.propstreet.add_sale(fields);
    let properties = [&["office"], &["land"]].map(|kinds| {
        let property = world.propstreet.add_property_of(kinds);
        world.propstreet.put_property_into(&project, &property);
        property
    });
    world.settle().await;
    let deal = world.deal_of(&project);

    world
        .propstreet
        .change_property(&properties[1], &["industrial"]);
    world.settle_for_a_day().await;
    world.settle().await;
    assert_eq!(world.kinds_of(deal), ["Industrial", "Office"]);
}

#[tokio::test]
async fn the_only_property_of_a_project_that_changes_is_found_within_a_day() {
    let mut world = start_typed().await;
    let (project, property) = world.propstreet.add_sale_of(&["office"]);
    world.settle().await;
    let deal = world.deal_of(&project);

    world.propstreet.change_property(&property, &["hotel"]);
    world.settle_for_a_day().await;
    world.settle().await;
    assert_eq!(world.kinds_of(deal), ["Hotel"]);
}

#[tokio::test]
async fn a_list_of_properties_that_cannot_be_read_clears_nothing_and_is_read_again() {
    let mut world = start_typed().await;
    let (project, _) = world.propstreet.add_sale_of(&["office"]);
    world.settle().await;
    let deal = world.deal_of(&project);

    world
        .propstreet
        .next_times(3, Fault::Reject { status: 500 })
        .on(Call::ListPropertiesOfProject);
    let asset = json!({"type": "portfolio", "propertyCount": 2});
    world
        .propstreet
        .edit_sale(&project, json!({"asset": asset}));
    let land = world.propstreet.add_property_of(&["land"]);
    world.propstreet.put_property_into(&project, &land);
    world.settle_within(std::time::Duration::from_secs(2)).await;
    assert_eq!(world.kinds_of(deal), ["Office"]);

    world.settle().await;
    assert_eq!(world.kinds_of(deal), ["Land", "Office"]);
}

#[tokio::test]
async fn what_is_chosen_in_the_deal_stays_there_until_the_project_is_another() {
    let mut world = start_typed().await;
    let (project, property) = world.propstreet.add_sale_of(&["office"]);
    world.settle().await;
    let deal = world.deal_of(&project);
    let before = world.propstreet.writes();

    world.choose_kinds(deal, &["Hotel"]);
    world.settle().await;
    assert_eq!(world.kinds_of(deal), ["Hotel"]);
    assert_eq!(world.propstreet.writes(), before);

    world.propstreet.take_property_from(&project, &property);
    let land = world.propstreet.add_property_of(&["land"]);
    world.propstreet.put_property_into(&project, &land);
    world.settle().await;
    assert_eq!(world.kinds_of(deal), ["Land"]);
}

#[tokio::test]
async fn a_kind_that_has_no_option_is_left_out_and_the_others_arrive() {
    let mut world = start_typed().await;
    let hotel = world
        .options_of_kinds()
        .into_iter()
        .find_map(|(id, label)| (label == "Hotel").then_some(id));
    assert!(hotel.is_some(), "setup has made the options");
    world
        .pipedrive
        .does(|emulator, _| emulator.remove_option(Emulated::Deal, (FIELD, "Hotel")));
    world.set_up().await;

    let (project, _) = world.propstreet.add_sale_of(&["hotel", "office"]);
    world.settle().await;
    let deal = world.deal_of(&project);
    assert_eq!(world.kinds_of(deal), ["Office"]);
}

#[tokio::test]
async fn an_echo_and_a_second_look_at_kinds_write_nothing() {
    let mut world = start_typed().await;
    world.propstreet.add_sale_of(&["office", "land"]);
    world.settle().await;

    let before = world.writes_made();
    world.restart().await;
    world.settle_for_a_day().await;
    assert_eq!(world.writes_made(), before);
}

#[tokio::test]
async fn a_lost_answer_to_a_kind_writes_it_once() {
    let mut world = start_typed().await;
    let (project, mut property) = world.propstreet.add_sale_of(&["office"]);
    world.settle().await;
    let deal = world.deal_of(&project);
    let kinds = [
        "land",
        "hotel",
        "retail",
        "office",
        "industrial",
        "land",
        "residential",
    ];
    for (loss, kind) in LOSSES.into_iter().zip(kinds) {
        world.pipedrive.next(loss).on(Call::UpdateDeal);
        world.propstreet.take_property_from(&project, &property);
        property = world.propstreet.add_property_of(&[kind]);
        world.propstreet.put_property_into(&project, &property);
        world.settle().await;

        assert_eq!(world.kinds_of(deal), [capital(kind)], "{loss:?}");
    }
    assert_eq!(world.journal().await, []);
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

#[tokio::test]
async fn kinds_do_not_travel_where_they_are_off_or_have_no_field() {
    let off = FieldPolicy {
        direction: Direction::Off,
        winner: Winner::PropstreetWins,
    };
    let mut world = start_with(|setup| {
        setup.settings.fields.deal_property_type = FIELD.to_owned();
        let fields = &mut setup.settings.policies.fields;
        fields.insert(model::Field::DealPropertyType, off);
    })
    .await;
    let (project, _) = world.propstreet.add_sale_of(&["office"]);
    world.settle().await;
    let deal = world.deal_of(&project);
    assert_eq!(world.kinds_of(deal), Vec::<String>::new());

    let mut world = start().await;
    let (project, _) = world.propstreet.add_sale_of(&["office"]);
    world.settle().await;
    let deal = world.deal_of(&project);
    let untold = |note: &Note| matches!(note, Note::Untold { .. });
    assert!(!world.notes_of_deal(deal).await.iter().any(untold));
}
