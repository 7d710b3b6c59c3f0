//! When the day's tokens come back.
//!
//! In: an account that tells how many are left. Out: a zone at whose midnight they do. It looks just after each quarter of an
//! hour, because every zone's midnight is at one, until less is spent than before; that takes a day at the most. Several zones
//! may have the same midnight: the likely ones come first. Makes nothing.

use jiff::civil::Time;
use jiff::tz::{self, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::limits::{ME, left};
use super::unknown;
use crate::account::Stop;
use crate::asking::Asking;
use crate::finding::Answer;

const QUARTER_SECONDS: i64 = 15 * 60;
/// The account's clock and ours may differ by less than this.
const AFTER_QUARTER_SECONDS: i64 = 30;
/// A day with an hour more, and one quarter to begin with.
const LOOKS_MAX: i64 = 25 * 4 + 1;
/// What is spent before the first look, so that a new day's looks cannot come to as much.
const SPENT_FIRST: u32 = 16;
/// The machines' zone; then the user's own; then Pipedrive's first office and its American one.
const MACHINES: &str = "UTC";
const OFFICES: [&str; 2] = ["Europe/Tallinn", "America/New_York"];

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    match key {
        "budget_reset_zone" => reset_zone(asking).await,
        _ => Ok(unknown(key)),
    }
}

async fn reset_zone(asking: &mut Asking) -> Result<Answer, Stop> {
    let me = asking.get(ME).await?.done()?;
    let own = me["timezone_name"].as_str().unwrap_or(MACHINES).to_owned();
    for _ in 0..SPENT_FIRST {
        asking.get(ME).await?;
    }
    let Some((mut before, _)) = left(asking).await? else {
        return Ok(never_told());
    };
    for _ in 0..LOOKS_MAX {
        let quarter = next_quarter(asking.now());
        let look_at = quarter + SignedDuration::from_secs(AFTER_QUARTER_SECONDS);
        asking.wait_until(look_at).await?;
        let Some((now, _)) = left(asking).await? else {
            return Ok(never_told());
        };
        // Looking costs tokens, so only a new day leaves more of them.
        if now > before {
            let zone = zone_with_midnight_at(quarter, &own);
            return Ok(zone.map_or_else(
                || Answer::Unclear(format!("no zone's midnight is at {quarter}")),
                |zone| Answer::Value(Value::from(zone)),
            ));
        }
        before = now;
    }
    Ok(Answer::Unclear(
        "the tokens did not come back within a day".to_owned(),
    ))
}

fn never_told() -> Answer {
    Answer::Unclear("the tokens left are not told".to_owned())
}

fn next_quarter(now: Timestamp) -> Timestamp {
    let seconds = now.as_second() - AFTER_QUARTER_SECONDS;
    let quarter = seconds - seconds.rem_euclid(QUARTER_SECONDS) + QUARTER_SECONDS;
    Timestamp::from_second(quarter).unwrap_or(Timestamp::MAX)
}

fn zone_with_midnight_at(at: Timestamp, own: &str) -> Option<String> {
    let likely = [MACHINES, own].into_iter().chain(OFFICES);
    let likely = likely.map(str::to_owned);
    let others = tz::db().available().map(|name| name.to_string());
    let mut zones = likely.chain(others);
    zones.find(|name| {
        let zone = TimeZone::get(name);
        zone.is_ok_and(|zone| at.to_zoned(zone).time() == Time::midnight())
    })
}
