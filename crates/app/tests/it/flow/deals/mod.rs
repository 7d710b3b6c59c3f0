//! Deals and projects, kept in step: the whole way from one service to the other and back.

mod by_hand;
mod creates;
mod edits;
mod ends;
mod faults;
mod properties;
mod readings;
mod scope;
mod stages;

use emulators::pipedrive::Entity as Emulated;
use emulators::propstreet::{Edit, PortfolioEdit};
use engine::settings::DealSettings;
use model::Entity;
use plan::StageMeaning;
use serde_json::{Value, json};
use store::{HistoryRow, Store};

use super::world::{Propstreet, Setup, World};

/// The pipeline and the stages that every account of the stand-in begins with.
pub(super) const PIPELINE: &str = "Pipeline";
const STAGES: [(&str, &str, Option<&str>); 5] = [
    ("Qualified", "draft", None),
    ("Contact Made", "draft", None),
    ("Demo Scheduled", "active", Some("published")),
    ("Proposal Made", "active", Some("communicated")),
    ("Negotiations Started", "active", Some("communicated")),
];

/// A table of two stages for a draft, one for a published and two for a communicated teaser.
fn stage_table() -> Vec<StageMeaning> {
    let row = |(stage, classification, teaser): (&str, &str, Option<&str>)| StageMeaning {
        stage: stage.to_owned(),
        status: "open".to_owned(),
        classification: Some(classification.to_owned()),
        teaser: teaser.map(str::to_owned),
    };
    STAGES.into_iter().map(row).collect()
}

/// Deals of the one pipeline, and all that is needed for them.
pub(in super::super) fn with_deals(setup: &mut Setup) {
    setup.settings.mirrored = vec![
        Entity::User,
        Entity::Pipeline,
        Entity::Stage,
        Entity::Deal,
        Entity::Project,
    ];
    setup.settings.fields.of_deals = true;
    setup.settings.deals = Some(DealSettings {
        stages: stage_table(),
        stages_are_chosen: true,
        ..DealSettings::of_pipelines(vec![PIPELINE.to_owned()])
    });
}

async fn start() -> World {
    World::start_with(with_deals).await
}

async fn start_with(change: impl FnOnce(&mut Setup)) -> World {
    World::start_with(|setup| {
        with_deals(setup);
        change(setup);
    })
    .await
}

/// What users do with projects.
impl Propstreet {
    pub(super) fn of_projects(&self, edit: PortfolioEdit) -> String {
        self.does(&Edit::Portfolio(edit))
    }

    pub(super) fn add_sale(&self, fields: Value) -> String {
        self.of_projects(PortfolioEdit::AddProject { fields })
    }

    fn edit_sale(&self, id: &str, fields: Value) {
        let id = id.to_owned();
        self.of_projects(PortfolioEdit::EditProject { id, fields });
    }

    /// The project is worked on, and its teaser is so far.
    fn bring_sale_to(&self, id: &str, classification: &str, teaser: Option<&str>) {
        self.edit_sale(id, json!({"classification": classification}));
        if let Some(stage) = teaser {
            let (id, stage) = (id.to_owned(), stage.to_owned());
            self.of_projects(PortfolioEdit::MoveTeaser { id, stage });
        }
    }

    fn close_sale(&self, id: &str, fields: Value) {
        let id = id.to_owned();
        self.of_projects(PortfolioEdit::CloseProject { id, fields });
    }

    fn delete_sale(&self, id: &str) {
        let id = id.to_owned();
        self.of_projects(PortfolioEdit::DeleteProject { id });
    }

    /// The project as the API shows it, living or deleted.
    fn sale(&self, id: &str) -> Value {
        let projects = self.server.emulator().projects();
        let found = projects.into_iter().find(|project| project["id"] == id);
        found.expect("there is such a project")
    }

    /// The living projects.
    fn sales(&self) -> Vec<Value> {
        let projects = self.server.emulator().projects();
        let is_living = |project: &Value| project["deletedUtc"].is_null();
        projects.into_iter().filter(is_living).collect()
    }
}

/// What users do with deals.
impl World {
    pub(super) fn add_deal(&self, title: &str) -> i64 {
        let fields = json!({"title": title, "value": 12_500_000, "currency": "SEK"});
        self.pipedrive.add_record(Emulated::Deal, fields)
    }

    pub(super) fn edit_deal(&self, deal: i64, fields: Value) {
        self.pipedrive.edit_record(Emulated::Deal, deal, fields);
    }

    pub(super) fn deal(&self, deal: i64) -> Value {
        self.pipedrive.live_record(Emulated::Deal, deal)
    }

    fn deal_count(&self) -> usize {
        self.pipedrive.live_records(Emulated::Deal).len()
    }

    /// The key of a deal's field.
    pub(super) fn deal_code(&self, name: &str) -> String {
        let code = self
            .pipedrive
            .server
            .emulator()
            .field_code(Emulated::Deal, name);
        code.expect("there is such a field")
    }

    pub(super) fn deal_field(&self, deal: i64, name: &str) -> Value {
        self.deal(deal)["custom_fields"][&self.deal_code(name)].clone()
    }

    /// The id of a deal's stage of this name.
    fn stage(&self, name: &str) -> i64 {
        let stages = self.pipedrive.live_records(Emulated::Stage);
        let found = stages.into_iter().find(|(_, stage)| stage["name"] == name);
        found.expect("there is such a stage").0
    }

    fn stage_of(&self, deal: i64) -> String {
        let id = self.deal(deal)["stage_id"].as_i64().expect("a stage");
        let stage = self.pipedrive.live_record(Emulated::Stage, id);
        stage["name"].as_str().expect("a name").to_owned()
    }

    fn move_deal(&self, deal: i64, stage: &str) {
        self.edit_deal(deal, json!({"stage_id": self.stage(stage)}));
    }

    /// The only living project that carries this deal's id.
    pub(super) fn sale_of(&self, deal: i64) -> String {
        let number = deal.to_string();
        let carries = |project: &Value| {
            Propstreet::reference(project, "pipedrive").as_deref() == Some(number.as_str())
        };
        let found: Vec<Value> = self
            .propstreet
            .sales()
            .into_iter()
            .filter(carries)
            .collect();
        assert_eq!(found.len(), 1, "one project carries the id of deal {deal}");
        found[0]["id"].as_str().expect("an id").to_owned()
    }

    /// The only living deal that carries this project's id.
    pub(super) fn deal_of(&self, project: &str) -> i64 {
        let deals = self.pipedrive.live_records(Emulated::Deal);
        let code = self.deal_code("propstreet_project_id");
        let carries = |(_, deal): &(i64, Value)| deal["custom_fields"][&code] == project;
        let found: Vec<(i64, Value)> = deals.into_iter().filter(carries).collect();
        assert_eq!(
            found.len(),
            1,
            "one deal carries the id of project {project}"
        );
        found[0].0
    }

    /// A deal and a project that are in step.
    pub(super) async fn sale(&mut self) -> (i64, String) {
        let deal = self.add_deal("Kvarteret Ejdern");
        self.settle().await;
        (deal, self.sale_of(deal))
    }

    /// Calls that may change something, on both sides.
    pub(in super::super) fn writes_made(&self) -> u64 {
        let counters = self.pipedrive.counters();
        let is_write = |(call, _): &(&&str, &u64)| !call.starts_with("GET");
        let of_pipedrive: u64 = counters
            .requests
            .iter()
            .filter(is_write)
            .map(|(_, count)| count)
            .sum();
        of_pipedrive + self.propstreet.writes()
    }

    pub(super) async fn history_of_all(&self) -> Vec<HistoryRow> {
        let core = self.core();
        core.store
            .history(core.ctx(), None, None, 100)
            .await
            .expect("the store answers")
    }
}
