//! The questions of a dashboard, with stages, owners and places drawn anew each time.
//!
//! In: a store, how often. Out: how long each question took, from asking to having the answer.

use anyhow::Context;
use app::startup::WORKSPACE;
use hdrhistogram::Histogram;
use model::{Entity, time};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use store::{AnyStore, BoardFilter, BoardStore, DealOrder, DealPlace, DealStore, Store};

use super::deals::{OWNERS, PIPELINES, STAGES_EACH, TODAY_MILLIS};

const PAGE: u32 = 50;
const CARDS_EACH: u32 = 20;
const CHART_DAYS: i64 = 90;
const MICROS_MAX: u64 = 600_000_000;

/// What a question came to.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) name: &'static str,
    micros: Histogram<u64>,
    /// Of the last answer.
    pub(super) rows: usize,
}

impl Answered {
    pub(super) fn half(&self) -> f64 {
        self.millis(50.0)
    }

    pub(super) fn worst_of_hundred(&self) -> f64 {
        self.millis(99.0)
    }

    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    fn millis(&self, percentile: f64) -> f64 {
        self.micros.value_at_percentile(percentile) as f64 / 1_000.0
    }
}

#[derive(Debug, Clone, Copy)]
enum Question {
    Board,
    BoardOfOwner,
    StageSums,
    OwnerSums,
    StageNewest,
    StageNextPage,
    PipelineNewest,
    OwnerNewest,
    PipelineClosing,
    PipelineClosingNextPage,
    OwnerClosing,
    StageClosing,
    Moves,
    MovesOfDeal,
    Chart,
    Names,
    Counts,
}

const QUESTIONS: [(&str, Question); 17] = [
    (
        "a board: its stages with sums and 20 deals each",
        Question::Board,
    ),
    ("the same, of one owner", Question::BoardOfOwner),
    ("sums by stage and currency", Question::StageSums),
    ("sums by owner and currency", Question::OwnerSums),
    ("deals of a stage, newest first, 50", Question::StageNewest),
    ("the same, a page far behind", Question::StageNextPage),
    (
        "deals of a pipeline, newest first, 50",
        Question::PipelineNewest,
    ),
    ("deals of an owner, newest first, 50", Question::OwnerNewest),
    (
        "deals of a pipeline by expected close, 50",
        Question::PipelineClosing,
    ),
    ("the same, from today on", Question::PipelineClosingNextPage),
    (
        "deals of an owner by expected close, 50",
        Question::OwnerClosing,
    ),
    (
        "deals of a stage by expected close, 50",
        Question::StageClosing,
    ),
    ("the 50 newest moves, with titles", Question::Moves),
    ("the moves of a deal", Question::MovesOfDeal),
    ("90 days of what each stage held", Question::Chart),
    ("names of stages", Question::Names),
    ("counts of everything", Question::Counts),
];

pub(super) async fn ask_all(
    store: &AnyStore,
    times: u32,
    seed: u64,
) -> anyhow::Result<Vec<Answered>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut answers = Vec::new();
    for (name, question) in QUESTIONS {
        let mut answered = Answered {
            name,
            micros: Histogram::new_with_max(MICROS_MAX, 3)?,
            rows: 0,
        };
        for _ in 0..times {
            let (filter, place) = (filter(&mut random), place(&mut random));
            let began = began();
            answered.rows = ask(store, question, filter, place)
                .await
                .with_context(|| name)?;
            answered.micros.record(micros_since(began))?;
        }
        answers.push(answered);
    }
    Ok(answers)
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is measured here is real time, finer than a clock of the program tells it"
)]
fn began() -> std::time::Instant {
    std::time::Instant::now()
}

fn micros_since(began: std::time::Instant) -> u64 {
    u64::try_from(began.elapsed().as_micros()).unwrap_or(MICROS_MAX)
}

/// A stage and an owner of a pipeline; what is not asked for is left out by the question.
fn filter(random: &mut ChaCha8Rng) -> BoardFilter {
    let pipeline = random.random_range(0..PIPELINES);
    BoardFilter {
        pipeline_id: 1 + pipeline,
        stage_id: Some(1 + pipeline * STAGES_EACH + random.random_range(0..STAGES_EACH)),
        status: ["open", "open", "won", "lost"][random.random_range(0..4)].to_owned(),
        owner_id: Some(1 + random.random_range(0..OWNERS)),
    }
}

fn place(random: &mut ChaCha8Rng) -> DealPlace {
    let back = random.random_range(0..800) * store::board::DAY_MILLIS;
    DealPlace {
        changed_at: time::from_millis(TODAY_MILLIS - back),
        expected_close_date: Some("2026-03-02".to_owned()),
        id: 0.into(),
    }
}

async fn ask(
    store: &AnyStore,
    question: Question,
    filter: BoardFilter,
    place: DealPlace,
) -> Result<usize, store::StoreError> {
    use DealOrder::{ExpectedClose, Newest};
    let ctx = WORKSPACE;
    let of_stage = BoardFilter {
        owner_id: None,
        ..filter.clone()
    };
    let of_owner = BoardFilter {
        stage_id: None,
        ..filter.clone()
    };
    let of_pipeline = BoardFilter {
        owner_id: None,
        ..of_owner.clone()
    };
    let page = async |filter: &BoardFilter, order, after| {
        let deals = store.deals_page(ctx, filter, order, after, PAGE).await?;
        Ok(deals.len())
    };
    let (pipeline, status) = (filter.pipeline_id, filter.status.as_str());
    match question {
        Question::Board => Ok(store.board(ctx, &of_pipeline, CARDS_EACH).await?.len()),
        Question::BoardOfOwner => Ok(store.board(ctx, &of_owner, CARDS_EACH).await?.len()),
        Question::StageSums => Ok(store.board_sums(ctx, &of_pipeline).await?.len()),
        Question::OwnerSums => Ok(store.owner_sums(ctx, pipeline, status).await?.len()),
        Question::StageNewest => page(&of_stage, Newest, None).await,
        Question::StageNextPage => page(&of_stage, Newest, Some(place)).await,
        Question::PipelineNewest => page(&of_pipeline, Newest, None).await,
        Question::OwnerNewest => page(&of_owner, Newest, None).await,
        Question::PipelineClosing => page(&of_pipeline, ExpectedClose, None).await,
        Question::PipelineClosingNextPage => page(&of_pipeline, ExpectedClose, Some(place)).await,
        Question::OwnerClosing => page(&of_owner, ExpectedClose, None).await,
        Question::StageClosing => page(&of_stage, ExpectedClose, None).await,
        Question::Moves => Ok(store.newest_stage_changes(ctx, PAGE).await?.len()),
        Question::MovesOfDeal => {
            let deal = (1 + 10 * (time::to_millis(place.changed_at) % 1_000)).into();
            Ok(store.stage_changes(ctx, &deal).await?.len())
        }
        Question::Chart => {
            let since = TODAY_MILLIS - CHART_DAYS * store::board::DAY_MILLIS;
            let days = store.stage_days(ctx, pipeline, status, time::from_millis(since));
            Ok(days.await?.len())
        }
        Question::Names => Ok(store.names(ctx, Entity::Stage).await?.len()),
        Question::Counts => {
            let now = time::from_millis(TODAY_MILLIS);
            Ok(store.status(ctx, now).await?.mirror.len())
        }
    }
}
