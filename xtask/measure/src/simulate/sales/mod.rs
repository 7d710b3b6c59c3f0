//! Deals and projects in the simulated world: some of the seeds have them, because every record costs calls.
//!
//! In: a seed. Out: whether its world has them and how they are kept in step, as the engine's settings say it. What users do with
//! them is in `forms`, what can be seen of them in `facets`.

pub(super) mod facets;
pub(super) mod forms;
pub(super) mod notes;

use emulators::pipedrive::Entity as Emulated;
use engine::Settings;
use engine::settings::{DealSettings, NoteSettings};
use model::Entity;
use plan::{LostPolicy, StageMeaning};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;

use super::plants::Flaw;
use super::world::World;

/// The pipeline that every account of the stand-in begins with.
const PIPELINE: &str = "Pipeline";

/// Its stages, each with how far a project is that it stands for: a classification, and the stage of a teaser.
pub(super) const STAGES: [(&str, &str, &str); 5] = [
    ("Qualified", "draft", ""),
    ("Contact Made", "draft", ""),
    ("Demo Scheduled", "active", "published"),
    ("Proposal Made", "active", "communicated"),
    ("Negotiations Started", "active", "communicated"),
];

/// Far more than anybody would choose, so that a round over notes is over soon.
const ROUNDS_PER_MINUTE: u32 = 240;

/// Of so many seeds one has deals.
const ONE_OF: u32 = 3;

/// How the deals of a run are kept in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sales {
    pub(super) lost: LostPolicy,
    pub(super) closed_is_won: bool,
    /// Whether notes are kept in step, too. Only where they are asked for: one note of a hundred runs was still without a pair at rest,
    /// and one was written again although nothing had changed. Both are to be looked into before every run has notes.
    pub(super) has_notes: bool,
}

/// Whether a run has deals, and how they end there.
pub(super) fn draw(random: &mut ChaCha8Rng) -> Option<Sales> {
    if random.random_range(0..ONE_OF) > 0 {
        return None;
    }
    Some(Sales {
        lost: match random.random_range(0..3) {
            0 => LostPolicy::Close,
            _ => LostPolicy::Nothing,
        },
        closed_is_won: random.random_range(0..4) > 0,
        has_notes: false,
    })
}

impl Sales {
    /// What the engine has to know.
    pub(super) fn put_into(self, settings: &mut Settings, flaw: Option<Flaw>) {
        settings.mirrored = vec![
            Entity::Pipeline,
            Entity::Stage,
            Entity::Deal,
            Entity::Project,
        ];
        if self.has_notes {
            settings
                .mirrored
                .extend([Entity::Note, Entity::TimelineNote]);
            settings.notes = Some(NoteSettings::of_all());
            settings.rounds_per_minute = ROUNDS_PER_MINUTE;
        }
        settings.fields.of_deals = true;
        settings.policies.deals.lost = self.lost;
        settings.policies.deals.closed_is_won = self.closed_is_won;
        if flaw == Some(Flaw::EndsForgotten) {
            settings.policies.deals.lost = LostPolicy::Nothing;
            settings.policies.deals.closed_is_won = false;
        }
        let row = |(stage, classification, teaser): (&str, &str, &str)| StageMeaning {
            stage: stage.to_owned(),
            status: plan::OPEN.to_owned(),
            classification: Some(classification.to_owned()),
            teaser: Some(teaser.to_owned()).filter(|teaser| !teaser.is_empty()),
        };
        settings.deals = Some(DealSettings {
            stages: match flaw {
                Some(Flaw::StagesSwapped) => swapped().into_iter().map(row).collect(),
                Some(Flaw::EndsForgotten) | None => STAGES.into_iter().map(row).collect(),
            },
            stages_are_chosen: true,
            ..DealSettings::of_pipelines(vec![PIPELINE.to_owned()])
        });
    }
}

/// What is read to its end before a run with deals is at rest.
pub(super) fn swept(sales: Option<Sales>) -> impl Iterator<Item = Entity> {
    let of_deals: &[Entity] = match sales {
        Some(_) => &[Entity::Deal, Entity::Project],
        None => &[],
    };
    let of_notes: &[Entity] = match sales {
        Some(sales) if sales.has_notes => &[Entity::Note, Entity::TimelineNote],
        Some(_) | None => &[],
    };
    of_deals.iter().chain(of_notes).copied()
}

/// The same stages, each standing for what another one stands for.
fn swapped() -> [(&'static str, &'static str, &'static str); 5] {
    let mut stages = STAGES;
    (stages[2].0, stages[3].0, stages[0].0) = (STAGES[3].0, STAGES[0].0, STAGES[2].0);
    stages
}

/// The numbers of the stages, with their names.
pub(super) fn stages(world: &World) -> impl Iterator<Item = (i64, String)> {
    let pipeline = world.pipedrive.pipeline_id(PIPELINE);
    let number = move |stage: &str| world.pipedrive.stage_id(pipeline?, stage);
    let named = move |(stage, ..): (&str, &str, &str)| Some((number(stage)?, stage.to_owned()));
    STAGES.into_iter().filter_map(named)
}

/// The option of a deal that says that it is about several properties.
pub(super) fn option_of_portfolios(world: &World) -> Option<i64> {
    let options = world.pipedrive.options(Emulated::Deal, "is_portfolio");
    let mut yes = options.into_iter().filter(|(_, label)| label == "Yes");
    yes.next().map(|(id, _)| id)
}
