//! Limits, what counts towards them, and how an account refuses.
//!
//! In: a question's key. Out: its answer. Some of these meet a limit on purpose, for a moment. Makes one person at the most.

use http::Method;
use serde_json::json;

use super::unknown;
use crate::asking::{Asking, Caller, Reply, Stop};
use crate::finding::Answer;

const ME: &str = "/api/v1/users/me";
/// No record has this number.
const NOBODY: &str = "/api/v2/persons/2147483646";
const LEFT: &str = "x-daily-ratelimit-token-remaining";
const WINDOW_LEFT: &str = "x-ratelimit-remaining";
const WINDOW_LIMIT: &str = "x-ratelimit-limit";
/// One window of Pipedrive's, and a little.
const WINDOW_MILLIS: i64 = 2_200;
/// How long the firewall blocks who goes on asking.
const BLOCK_MILLIS: i64 = 75_000;
const REFUSED_IN_A_ROW: u32 = 60;
/// So often a header that comes and goes is asked for.
const LOOKS: u32 = 12;
const SEARCHES: u32 = 6;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    match key {
        "searches_have_their_own_window" => own_window(asking).await,
        "windows_are_per_user" => Ok(Answer::NotAsked(
            "it takes a second token of the same user".to_owned(),
        )),
        "budget_headers_come_and_go" => come_and_go(asking).await,
        "search_lag_millis" => search_lag(asking).await,
        "retry_after_is_missing" => {
            let refused = over_the_limit(asking).await?;
            Ok(refused.map_or_else(never_refused, |reply| {
                reply.header("retry-after").is_none().into()
            }))
        }
        "refused_calls_are_free" => costs(asking, Caller::We, NOBODY).await.map(opposite),
        "unauthorized_calls_cost" => costs(asking, Caller::Stranger, ME).await,
        "limited_calls_cost" => limited_calls(asking).await,
        "hammering_is_not_blocked" => hammering(asking).await,
        _ => Ok(unknown(key)),
    }
}

fn never_refused() -> Answer {
    Answer::Unclear("the account never refused".to_owned())
}

fn opposite(answer: Answer) -> Answer {
    match answer {
        Answer::On => Answer::Off,
        Answer::Off => Answer::On,
        Answer::Value(_) | Answer::Unclear(_) | Answer::NotAsked(_) => answer,
    }
}

fn number(reply: &Reply, name: &str) -> Option<i64> {
    reply.header(name)?.parse().ok()
}

/// A search, and how much of the general window is left before and after.
async fn own_window(asking: &mut Asking) -> Result<Answer, Stop> {
    asking.wait_millis(WINDOW_MILLIS).await;
    let before = asking.get(ME).await?;
    let path = format!(
        "/api/v2/persons/search?term={}&limit=1",
        asking.mark().replace(' ', "%20")
    );
    asking
        .send_unpaced(Caller::We, &Method::GET, &path, None)
        .await?
        .done()?;
    let after = asking
        .send_unpaced(Caller::We, &Method::GET, ME, None)
        .await?;
    Ok(
        match (number(&before, WINDOW_LEFT), number(&after, WINDOW_LEFT)) {
            (Some(before), Some(after)) => match before - after {
                1 => Answer::On,
                2 => Answer::Off,
                _ => Answer::Unclear("somebody else uses the window".to_owned()),
            },
            _ => Answer::Unclear("the window is not told".to_owned()),
        },
    )
}

async fn come_and_go(asking: &mut Asking) -> Result<Answer, Stop> {
    let mut seen = 0;
    for _ in 0..LOOKS {
        seen += u32::from(asking.get(ME).await?.header(LEFT).is_some());
    }
    Ok(match seen {
        0 => Answer::Unclear("the headers never came".to_owned()),
        LOOKS => Answer::Off,
        _ => Answer::On,
    })
}

/// How many tokens are left, as often as it takes to be told.
async fn left(asking: &mut Asking) -> Result<Option<i64>, Stop> {
    for _ in 0..LOOKS {
        let reply = asking.get(ME).await?;
        if let Some(left) = number(&reply, LEFT) {
            return Ok(Some(left));
        }
        // A call that tells nothing costs all the same.
    }
    Ok(None)
}

const ME_TOKENS: i64 = 2;

/// Whether a call that is refused costs tokens. Asked twice: somebody else may spend some, too.
async fn costs(asking: &mut Asking, caller: Caller, path: &str) -> Result<Answer, Stop> {
    let mut lowest = i64::MAX;
    for _ in 0..2 {
        let Some((before, at)) = left_at(asking).await? else {
            return Ok(Answer::Unclear("the tokens left are not told".to_owned()));
        };
        asking.call(caller, Method::GET, path, None).await?;
        let Some((after, calls)) = left_at(asking).await? else {
            return Ok(Answer::Unclear("the tokens left are not told".to_owned()));
        };
        let _ = at;
        lowest = lowest.min(before - after - ME_TOKENS * calls);
    }
    Ok((lowest > 0).into())
}

/// The tokens left, and how many calls it took to be told.
async fn left_at(asking: &mut Asking) -> Result<Option<(i64, i64)>, Stop> {
    for calls in 1..=i64::from(LOOKS) {
        let reply = asking.get(ME).await?;
        if let Some(left) = number(&reply, LEFT) {
            return Ok(Some((left, calls)));
        }
    }
    Ok(None)
}

/// Asks until it is refused once.
async fn over_the_limit(asking: &mut Asking) -> Result<Option<Reply>, Stop> {
    let first = asking.get(ME).await?;
    let limit = number(&first, WINDOW_LIMIT).unwrap_or(120).clamp(1, 480);
    let mut found = None;
    for _ in 0..=limit {
        let reply = asking
            .send_unpaced(Caller::We, &Method::GET, "/api/v2/persons/1", None)
            .await?;
        if reply.status == 429 {
            found = Some(reply);
            break;
        }
    }
    asking.wait_millis(WINDOW_MILLIS).await;
    Ok(found)
}

async fn limited_calls(asking: &mut Asking) -> Result<Answer, Stop> {
    let first = asking.get(ME).await?;
    let limit = number(&first, WINDOW_LIMIT).unwrap_or(120).clamp(1, 480);
    let before = left(asking).await?;
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..limit + 10 {
        let reply = asking
            .send_unpaced(Caller::We, &Method::GET, "/api/v2/persons/1", None)
            .await?;
        match reply.status {
            429 => refused += 1,
            _ => taken += 1,
        }
    }
    asking.wait_millis(WINDOW_MILLIS).await;
    let after = left_at(asking).await?;
    Ok(match (before, after) {
        (Some(before), Some((after, calls))) if refused > 0 => {
            (before - after - taken - ME_TOKENS * calls >= refused).into()
        }
        (Some(_), Some(_)) => never_refused(),
        _ => Answer::Unclear("the tokens left are not told".to_owned()),
    })
}

async fn hammering(asking: &mut Asking) -> Result<Answer, Stop> {
    let first = asking.get(ME).await?;
    let limit = number(&first, WINDOW_LIMIT).unwrap_or(120).clamp(1, 480);
    let mut refused = 0;
    let mut is_blocked = false;
    for _ in 0..limit + i64::from(REFUSED_IN_A_ROW) {
        let reply = asking
            .send_unpaced(Caller::We, &Method::GET, "/api/v2/persons/1", None)
            .await?;
        match reply.status {
            429 => refused += 1,
            403 => {
                is_blocked = true;
                break;
            }
            _ => {}
        }
    }
    asking.wait_millis(BLOCK_MILLIS).await;
    Ok(if is_blocked {
        Answer::Off
    } else if refused >= REFUSED_IN_A_ROW / 2 {
        Answer::On
    } else {
        never_refused()
    })
}

/// Makes a person and searches for it until it is found, a few times.
async fn search_lag(asking: &mut Asking) -> Result<Answer, Stop> {
    let (mut least, mut most) = (i64::MAX, 0);
    for turn in 0..SEARCHES {
        let name = format!(
            "{} {}",
            asking.mark(),
            ["ash", "birch", "elm", "oak", "pine", "yew"][turn as usize % 6]
        );
        let person = asking.person(json!({"name": name})).await?;
        let made_at = asking.now();
        let path = format!(
            "/api/v2/persons/search?term={}&limit=10",
            name.replace(' ', "%20")
        );
        let mut lag = None;
        for _ in 0..12 {
            let found = asking.get(&path).await?.done()?;
            let items = found["items"].as_array();
            if items.is_some_and(|items| items.iter().any(|item| item["item"]["id"] == person.id)) {
                lag = Some(asking.now().duration_since(made_at).as_millis());
                break;
            }
            asking.wait_millis(500).await;
        }
        let Some(lag) = lag.and_then(|lag| i64::try_from(lag).ok()) else {
            return Ok(Answer::Unclear(
                "the person was not found within six seconds".to_owned(),
            ));
        };
        least = least.min(lag);
        most = most.max(lag);
    }
    Ok(Answer::Value(json!([least, most])))
}
