//! Pipelines, stages and the owner of new deals: names in the settings, resolved to the ids of this account.
//!
//! In: the settings, and mirror rows of pipelines, stages and users. Out: [`Places`], with every name that means nothing. A name
//! that means nothing stops what depends on it and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use model::canonical::text;
use model::{Entity, RecordKey};
use pipedrive::{Pipeline, Stage, User};
use plan::StageMeaning;
use serde::de::DeserializeOwned;
use store::Store;

use crate::core::Core;
use crate::failure::EngineError;
use crate::mapping;
use crate::settings::DealSettings;

/// Where deals are, by the account's ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    pipelines: BTreeSet<i64>,
    stages: BTreeMap<i64, PlacedStage>,
    /// By pipeline, in the order of the settings, as far as the pipeline has such stages.
    meanings: BTreeMap<i64, Vec<StageMeaning>>,
    new_deals: Option<NewDeals>,
    /// Names that mean nothing, with what they were to name.
    pub unresolved: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct PlacedStage {
    pipeline: i64,
    name: String,
}

/// Where the deal of a project is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewDeals {
    pub stage_id: i64,
    /// The user of the token where there is none.
    pub owner_id: Option<i64>,
}

impl Places {
    /// Whether anything is kept in step.
    #[must_use]
    pub fn has_pipelines(&self) -> bool {
        !self.pipelines.is_empty()
    }

    #[must_use]
    pub fn has(&self, pipeline: i64) -> bool {
        self.pipelines.contains(&pipeline)
    }

    #[must_use]
    pub const fn new_deals(&self) -> Option<NewDeals> {
        self.new_deals
    }

    #[must_use]
    pub fn stage_name(&self, stage: i64) -> Option<&str> {
        self.stages.get(&stage).map(|stage| stage.name.as_str())
    }

    /// The stage of this name in a pipeline.
    #[must_use]
    pub fn stage_id(&self, name: &str, pipeline: i64) -> Option<i64> {
        let is_meant =
            |(_, stage): &(&i64, &PlacedStage)| stage.pipeline == pipeline && stage.name == name;
        self.stages.iter().find(is_meant).map(|(id, _)| *id)
    }

    /// What the stages of a pipeline mean.
    #[must_use]
    pub fn meanings(&self, pipeline: i64) -> &[StageMeaning] {
        self.meanings.get(&pipeline).map_or(&[], Vec::as_slice)
    }

    /// Which records take part follows from this.
    pub(super) fn signature(&self) -> String {
        let ids: Vec<String> = self.pipelines.iter().map(ToString::to_string).collect();
        ids.join(",")
    }
}

/// Resolves the names by what is mirrored now.
pub(super) async fn resolve<S: Store>(
    core: &Core<S>,
    settings: &DealSettings,
) -> Result<Places, EngineError> {
    let pipelines: Vec<Pipeline> = living(core, Entity::Pipeline).await?;
    let mut stages: Vec<Stage> = living(core, Entity::Stage).await?;
    stages.sort_by_key(|stage| (stage.order_nr, stage.id));
    let users: Vec<User> = match settings.new_deal_owner {
        Some(_) => living(core, Entity::User).await?,
        None => Vec::new(),
    };
    Ok(placed(settings, &pipelines, &stages, &users))
}

async fn living<S: Store, T: DeserializeOwned>(
    core: &Core<S>,
    entity: Entity,
) -> Result<Vec<T>, EngineError> {
    let mut found = Vec::new();
    for id in core.store.live_ids(core.ctx(), entity).await? {
        let key = RecordKey { entity, id };
        if let Some(row) = core.store.mirror_row(core.ctx(), &key).await? {
            found.extend(mapping::parse::<T>(&row).ok());
        }
    }
    Ok(found)
}

fn placed(
    settings: &DealSettings,
    pipelines: &[Pipeline],
    stages: &[Stage],
    users: &[User],
) -> Places {
    let mut places = Places::default();
    let pipeline_id = |name: &str| {
        let called = |pipeline: &&Pipeline| is_called(&pipeline.name, name);
        pipelines.iter().find(called).map(|pipeline| pipeline.id)
    };
    let chosen: Vec<Option<i64>> = settings
        .pipelines
        .iter()
        .map(|name| pipeline_id(name))
        .collect();
    for (name, id) in settings.pipelines.iter().zip(&chosen) {
        match id {
            Some(id) => drop(places.pipelines.insert(*id)),
            None => places.unresolved.push(format!("pipeline \"{name}\"")),
        }
    }
    for stage in stages {
        if let (Some(pipeline), Some(name)) = (stage.pipeline_id, text::text(&stage.name)) {
            places
                .stages
                .insert(stage.id, PlacedStage { pipeline, name });
        }
    }
    place_meanings(settings, &mut places);
    place_new_deals(settings, (&chosen, pipeline_id), stages, users, &mut places);
    places
}

fn place_meanings(settings: &DealSettings, places: &mut Places) {
    let mut found = BTreeSet::new();
    for pipeline in &places.pipelines {
        let is_there = |row: &&StageMeaning| places.stage_id(&row.stage, *pipeline).is_some();
        let rows: Vec<StageMeaning> = settings.stages.iter().filter(is_there).cloned().collect();
        found.extend(rows.iter().map(|row| row.stage.clone()));
        places.meanings.insert(*pipeline, rows);
    }
    // The guide's own names are only examples.
    if settings.stages_are_chosen && places.has_pipelines() {
        let missing = settings.stages.iter().map(|row| &row.stage);
        let missing: BTreeSet<&String> = missing.filter(|name| !found.contains(*name)).collect();
        let named = missing.into_iter().map(|name| format!("stage \"{name}\""));
        places.unresolved.extend(named);
    }
}

fn place_new_deals(
    settings: &DealSettings,
    (chosen, pipeline_id): (&[Option<i64>], impl Fn(&str) -> Option<i64>),
    stages: &[Stage],
    users: &[User],
    places: &mut Places,
) {
    let pipeline = match &settings.new_deal_pipeline {
        Some(name) => {
            let id = pipeline_id(name);
            if id.is_none() {
                places.unresolved.push(format!("pipeline \"{name}\""));
            }
            id
        }
        None => chosen.iter().flatten().next().copied(),
    };
    let Some(pipeline) = pipeline else { return };
    let stage_id = match &settings.new_deal_stage {
        Some(name) => {
            let id = places.stage_id(name, pipeline);
            if id.is_none() {
                places.unresolved.push(format!("stage \"{name}\""));
            }
            id
        }
        None => {
            let mut of_pipeline = stages
                .iter()
                .filter(|stage| stage.pipeline_id == Some(pipeline));
            of_pipeline.next().map(|stage| stage.id)
        }
    };
    let owner_id = settings.new_deal_owner.as_ref().and_then(|name| {
        let is_meant = |user: &&User| {
            is_called(&user.name, name) || user.email.as_deref() == Some(name.as_str())
        };
        let id = users.iter().find(is_meant).map(|user| user.id);
        if id.is_none() {
            places.unresolved.push("the owner of new deals".to_owned());
        }
        id
    });
    let has_owner = settings.new_deal_owner.is_none() || owner_id.is_some();
    places.new_deals = stage_id
        .filter(|_| has_owner)
        .map(|stage_id| NewDeals { stage_id, owner_id });
}

fn is_called(shown: &str, name: &str) -> bool {
    text::text(shown).is_some_and(|shown| shown == name)
}
