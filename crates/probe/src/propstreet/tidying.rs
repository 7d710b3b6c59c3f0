//! Tidying up: everything that a question made goes again, also what was made by a call whose answer was lost.
//!
//! In: what was made, as far as it is known. Out: what could not be removed. Nothing stops it: not the allowance, which kept
//! back what it takes, and not who stops the probe.

use http::Method;
use jiff::SignedDuration;

use super::asking::{Ask, Asking, WAITS_MAX, id_in, next_cursor, rows};
use crate::account::Stop;
use crate::line::Reply;
use crate::traces::Left;

/// A write whose answer was lost may be carried out so much later.
const LATE_WRITE_SECONDS: i64 = 10;
/// How much earlier than by our clock the organization may say that it was made.
const CLOCK_SECONDS: i64 = 600;
const WAIT_SECONDS: i64 = 5;
/// So many pages of what changed lately are looked at.
const PAGES_MAX: u32 = 5;

impl Asking {
    /// What tidying up may take, also if one more record is made and the answer is lost.
    pub(super) fn tidying_requests(&self) -> u32 {
        let (made, lost) = self.traces.counts();
        let (made, lost) = (u32::from(made), u32::from(lost) + 1);
        made + lost * 2
    }

    /// Removes everything that was made; tells what could not be.
    pub(super) async fn tidy_up(&mut self) -> Vec<Left> {
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
            let ask = Ask::of(Method::DELETE, trace.path.clone());
            match self.insist(&ask).await {
                // What is gone already is removed.
                Ok(reply) if reply.is_done() || matches!(reply.status, 404 | 410) => {}
                Ok(reply) => left.push(Left::of(trace, reply.unexpected().to_string())),
                Err(stop) => left.push(Left::of(trace, stop.to_string())),
            }
        }
        left
    }

    /// Looks among what changed lately for what has our mark. A link has none: it goes with its contact.
    async fn find_marked(&mut self, what: &'static str, path: &str) -> Result<(), Stop> {
        if what == "link" {
            return Ok(());
        }
        let since = self.started_at - SignedDuration::from_secs(CLOCK_SECONDS);
        let list = match what {
            "webhook" => path.to_owned(),
            _ => format!("{path}?page_size=500&updated_since={since:.3}"),
        };
        let mut page = list.clone();
        for _ in 0..PAGES_MAX {
            let listed = self.insist(&Ask::of(Method::GET, page)).await?;
            if !listed.is_done() {
                return Err(listed.unexpected());
            }
            let (mark, slug) = (self.mark(), self.slug());
            for row in rows(&listed) {
                let text = row.to_string();
                if let Some(id) =
                    id_in(&row).filter(|_| text.contains(&mark) || text.contains(&slug))
                {
                    self.traces.add(what, format!("{path}/{id}"));
                }
            }
            let Some(cursor) = next_cursor(&listed) else {
                return Ok(());
            };
            page = format!("{list}&cursor=");
            api_client::encode_into(&mut page, &cursor);
        }
        Ok(())
    }

    /// Calls until there is an answer that is worth something.
    async fn insist(&mut self, ask: &Ask) -> Result<Reply, Stop> {
        let mut waits = 0;
        loop {
            self.spent += 1;
            let answer = self.exchange(ask).await;
            let is_worth_something =
                matches!(&answer, Ok(reply) if reply.status != 429 && reply.status < 500);
            if is_worth_something || waits == WAITS_MAX {
                return answer;
            }
            waits += 1;
            self.pause(WAIT_SECONDS).await;
        }
    }

    async fn pause(&self, seconds: i64) {
        let until = self.now() + SignedDuration::from_secs(seconds);
        self.organization.clock.sleep_until(until).await;
    }
}
