//! Tidying up: everything that a question made goes again, also what was made by a call whose answer was lost.
//!
//! In: what was made, as far as it is known. Out: what could not be removed. Nothing stops it: not the allowance, which kept
//! back what it costs, and not who stops the probe.

use http::Method;
use jiff::SignedDuration;

use crate::account::Stop;
use crate::asking::{Asking, Caller, Made, WAIT_SECONDS_DEFAULT, WAITS_MAX};
use crate::line::Reply;
use crate::price::price;
use crate::traces::Left;

/// The dearest removal.
const REMOVAL_TOKENS: u32 = 6;
/// The dearest list.
const LIST_TOKENS: u32 = 20;
/// A write whose answer was lost may be carried out so much later.
const LATE_WRITE_SECONDS: i64 = 10;

impl Asking {
    /// What tidying up may cost, also if one more record is made and the answer is lost.
    pub(crate) fn tidying_tokens(&self) -> u32 {
        let (made, lost) = self.traces.counts();
        let (made, lost) = (u32::from(made), u32::from(lost) + 1);
        made * REMOVAL_TOKENS + lost * (LIST_TOKENS + REMOVAL_TOKENS)
    }

    /// Removes everything that was made; tells what could not be.
    pub(crate) async fn tidy_up(&mut self) -> Vec<Left> {
        let mut left = self.remove_made().await;
        let lost = self.traces.take_lost();
        if lost.is_empty() {
            return left;
        }
        self.pause(LATE_WRITE_SECONDS).await;
        for trace in lost {
            if let Err(stop) = self.find_marked(trace.what, &trace.path).await {
                let why = format!(
                    "whether it was made is not known, because the answer was lost: {stop}"
                );
                left.push(Left::of(trace, why));
            }
        }
        left.extend(self.remove_made().await);
        left
    }

    async fn remove_made(&mut self) -> Vec<Left> {
        let mut left = Vec::new();
        while let Some(trace) = self.traces.take_newest() {
            match self.insist(&Method::DELETE, &trace.path).await {
                // What is gone already is removed.
                Ok(reply) if reply.is_done() || matches!(reply.status, 404 | 410) => {}
                Ok(reply) => left.push(Left::of(trace, reply.unexpected().to_string())),
                Err(stop) => left.push(Left::of(trace, stop.to_string())),
            }
        }
        left
    }

    /// Looks among the newest of a kind for what has our mark.
    async fn find_marked(&mut self, what: &'static str, path: &str) -> Result<(), Stop> {
        let newest = match what {
            "person" | "deal" | "activity" => "?limit=100&sort_by=id&sort_direction=desc",
            "note" => "?limit=100&sort=id%20DESC",
            "webhook" => "",
            _ => "?limit=500",
        };
        let listed = self
            .insist(&Method::GET, &format!("{path}{newest}"))
            .await?;
        let listed = listed.done()?;
        let (mark, slug) = (self.mark(), self.slug());
        for row in listed.as_array().into_iter().flatten() {
            let text = row.to_string();
            if text.contains(&mark) || text.contains(&slug) {
                self.traces.add(what, Made::of(path, row.clone()).path);
            }
        }
        Ok(())
    }

    /// Calls until there is an answer that is worth something.
    async fn insist(&mut self, method: &Method, path: &str) -> Result<Reply, Stop> {
        let mut waits = 0;
        loop {
            self.keep_pace().await;
            self.spent += price(method, path);
            let answer = self.exchange(Caller::We, method, path, None).await;
            let is_worth_something =
                matches!(&answer, Ok(reply) if reply.status != 429 && reply.status < 500);
            if is_worth_something || waits == WAITS_MAX {
                return answer;
            }
            waits += 1;
            self.pause(WAIT_SECONDS_DEFAULT).await;
        }
    }

    async fn pause(&self, seconds: i64) {
        let until = self.now() + SignedDuration::from_secs(seconds);
        self.account.clock.sleep_until(until).await;
    }
}
