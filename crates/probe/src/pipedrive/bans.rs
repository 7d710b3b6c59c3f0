//! When a webhook that fails is banned.
//!
//! In: a post box that refuses when it is told to. Out: whether a delivery that succeeds sets the count of failures back. Makes a
//! pipeline, because nobody else changes those all the time, and a webhook of its own, which takes the ban with it.

use serde_json::json;

use super::listening::{Ear, nothing_came};
use super::pipelines::pipeline;
use super::unknown;
use crate::account::Stop;
use crate::asking::{Asking, Made};
use crate::finding::Answer;
use crate::post_box::Delivery;

/// Failed first tries after which a webhook is banned.
const FAILURES_BEFORE_BAN: usize = 10;
/// Fewer than that, and yet more than that in two rounds.
const FEW: usize = 6;
const ENOUGH: usize = FAILURES_BEFORE_BAN + 2;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    match key {
        "successes_forgive_failures" => forgiveness(asking).await,
        _ => Ok(unknown(key)),
    }
}

async fn forgiveness(asking: &mut Asking) -> Result<Answer, Stop> {
    let mut changes = Changes {
        ear: Ear::open(asking, "pipeline", "change").await?,
        pipeline: pipeline(asking).await?,
        made: 0,
    };
    changes.fail(asking, FEW).await?;
    if !changes.succeed(asking).await? {
        return Ok(nothing_came());
    }
    changes.fail(asking, FEW).await?;
    if !changes.succeed(asking).await? {
        return Ok(Answer::Off);
    }
    changes.fail(asking, ENOUGH).await?;
    Ok(if changes.succeed(asking).await? {
        Answer::Unclear(format!("{ENOUGH} failures in a row banned nothing"))
    } else {
        Answer::On
    })
}

/// Changes of a pipeline and the webhook that tells them.
struct Changes {
    ear: Ear,
    pipeline: Made,
    made: usize,
}

impl Changes {
    /// Makes one more; the name that it gives.
    async fn make(&mut self, asking: &mut Asking) -> Result<String, Stop> {
        self.made += 1;
        let name = format!("{} {:02}", asking.mark(), self.made);
        let change = json!({ "name": name });
        asking.patch(&self.pipeline.path, change).await?.done()?;
        Ok(name)
    }

    /// Makes some, and refuses to hear of them.
    async fn fail(&mut self, asking: &mut Asking, times: usize) -> Result<(), Stop> {
        self.ear.post_box.refuse(true);
        let mut names = Vec::new();
        for _ in 0..times {
            names.push(self.make(asking).await?);
        }
        // Of a webhook that is banned meanwhile they do not all come.
        self.came(asking, &names).await?;
        self.ear.post_box.refuse(false);
        Ok(())
    }

    /// Makes one, and waits for it; whether it comes.
    async fn succeed(&mut self, asking: &mut Asking) -> Result<bool, Stop> {
        let name = self.make(asking).await?;
        self.came(asking, &[name]).await
    }

    async fn came(&self, asking: &Asking, names: &[String]) -> Result<bool, Stop> {
        let all = |heard: &[Delivery]| {
            names.iter().all(|name| {
                heard
                    .iter()
                    .any(|delivery| delivery.data["name"] == name.as_str())
            })
        };
        self.ear.hears(asking, all).await
    }
}
