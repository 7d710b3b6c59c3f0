//! Pipelines and stages.
//!
//! In: a question's key. Out: its answer. Makes two pipelines with a stage each and one deal at the most.

use serde_json::{Value, json};

use super::unknown;
use crate::account::Stop;
use crate::asking::{Asking, Made};
use crate::finding::Answer;

const PIPELINES: &str = "/api/v2/pipelines";
const STAGES: &str = "/api/v2/stages";

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    let answer = match key {
        "new_pipelines_have_stages" => {
            let pipeline = pipeline(asking).await?;
            let listed = stages_of(asking, &pipeline.id).await?;
            listed.as_array().is_some_and(|stages| !stages.is_empty())
        }
        "stages_start_at_one" => return first_places(asking).await,
        "clashing_pipelines_are_refused" => {
            let (first, _) = pipeline_with_stage(asking).await?;
            let (_, stage) = pipeline_with_stage(asking).await?;
            let person = asking.person(json!({})).await?;
            let body = json!({"title": asking.mark(), "person_id": person.id, "pipeline_id": first.id, "stage_id": stage.id});
            !asking
                .try_make("deal", "/api/v2/deals", body)
                .await?
                .is_taken()?
        }
        "pipelines_alone_are_refused" => {
            let (_, stage) = pipeline_with_stage(asking).await?;
            let (second, _) = pipeline_with_stage(asking).await?;
            let deal = super::deals::deal(asking, json!({"stage_id": stage.id})).await?;
            let move_to = json!({"pipeline_id": second.id});
            !asking.patch(&deal.path, move_to).await?.is_taken()?
        }
        "stages_take_their_deals_along" => {
            let (_, stage) = pipeline_with_stage(asking).await?;
            super::deals::deal(asking, json!({"stage_id": stage.id})).await?;
            asking.delete(&stage.path).await?.is_taken()?
        }
        _ => return Ok(unknown(key)),
    };
    Ok(answer.into())
}

pub(super) async fn pipeline(asking: &mut Asking) -> Result<Made, Stop> {
    let body = json!({"name": asking.mark()});
    asking.make("pipeline", PIPELINES, body).await
}

async fn pipeline_with_stage(asking: &mut Asking) -> Result<(Made, Made), Stop> {
    let pipeline = pipeline(asking).await?;
    let body = json!({"name": asking.mark(), "pipeline_id": pipeline.id});
    let stage = asking.make("stage", STAGES, body).await?;
    Ok((pipeline, stage))
}

async fn stages_of(asking: &mut Asking, pipeline: &Value) -> Result<Value, Stop> {
    let path = format!("{STAGES}?pipeline_id={pipeline}&limit=500");
    asking.get(&path).await?.done()
}

/// In two pipelines, because one may begin otherwise than the other.
async fn first_places(asking: &mut Asking) -> Result<Answer, Stop> {
    let mut are_one = true;
    for _ in 0..2 {
        let (pipeline, _) = pipeline_with_stage(asking).await?;
        let listed = stages_of(asking, &pipeline.id).await?;
        let stages = listed.as_array().into_iter().flatten();
        let Some(first) = stages.filter_map(|stage| stage["order_nr"].as_i64()).min() else {
            return Ok(Answer::Unclear(
                "a stage does not tell its place".to_owned(),
            ));
        };
        are_one &= first == 1;
    }
    Ok(are_one.into())
}
