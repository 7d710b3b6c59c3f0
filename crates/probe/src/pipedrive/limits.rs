//! Limits, what counts towards them, and how an account refuses.
//!
//! In: a question's key. Out: its answer. Some of these meet a limit on purpose, for a moment. Makes a few persons at the most.

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::unknown;
use crate::account::Stop;
use crate::asking::{Asking, Caller};
use crate::finding::Answer;
use crate::line::Reply;

pub(super) const ME: &str = "/api/v1/users/me";
const ME_TOKENS: i64 = 2;
const PERSONS: &str = "/api/v2/persons";
/// No record has this number.
const NOBODY: &str = "/api/v2/persons/2147483646";
const LEFT: &str = "x-daily-ratelimit-token-remaining";
pub(super) const WINDOW_LEFT: &str = "x-ratelimit-remaining";
pub(super) const WINDOW_LIMIT: &str = "x-ratelimit-limit";
/// One window of Pipedrive's, and a little.
const WINDOW_MILLIS: i64 = 2_200;
/// What the largest plan allows an API token within one window.
const WINDOW_LIMIT_MAX: usize = 120;
/// So many calls are sent at once to get over a limit.
const VOLLEY: usize = 20;
/// How long the firewall blocks who goes on asking.
const BLOCK_MILLIS: i64 = 75_000;
const REFUSED_IN_A_ROW: usize = 60;
/// So often a header that comes and goes is asked for, until it comes.
const LOOKS: u32 = 12;
/// So often it is asked for to see whether it ever goes.
const LONG_LOOKS: u32 = 40;
/// So many persons are made together, and so often, to be searched for: no plan refuses calls at this rate.
const SOUGHT_AT_ONCE: usize = 3;
const MAKINGS: usize = 6;
const SEARCHES_MAX: usize = 20;
const SEARCH_EVERY_MILLIS: i64 = 500;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    match key {
        "searches_have_their_own_window" => own_window(asking).await,
        "budget_headers_come_and_go" => come_and_go(asking).await,
        "search_lag_millis" => search_lag(asking).await,
        "retry_after_is_missing" => {
            let flood = flood(asking, 1).await?;
            asking.wait_millis(WINDOW_MILLIS).await?;
            Ok(flood.first_refusal.map_or_else(never_refused, |reply| {
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

fn never_told() -> Answer {
    Answer::Unclear("the tokens left are not told".to_owned())
}

fn opposite(answer: Answer) -> Answer {
    match answer {
        Answer::On => Answer::Off,
        Answer::Off => Answer::On,
        Answer::Value(_) | Answer::Unclear(_) | Answer::Lacks(_) => answer,
    }
}

pub(super) fn number(reply: &Reply, name: &str) -> Option<i64> {
    reply.header(name)?.parse().ok()
}

/// A search, and how much of the general window is left before and after.
async fn own_window(asking: &mut Asking) -> Result<Answer, Stop> {
    asking.wait_millis(WINDOW_MILLIS).await?;
    let before = asking.get(ME).await?;
    let path = search_for(&asking.mark(), 1);
    asking
        .send(Caller::We, &Method::GET, &path, None)
        .await?
        .done()?;
    let after = asking.send(Caller::We, &Method::GET, ME, None).await?;
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

fn search_for(term: &str, limit: u32) -> String {
    let term = term.replace(' ', "%20");
    format!("/api/v2/persons/search?term={term}&limit={limit}")
}

async fn come_and_go(asking: &mut Asking) -> Result<Answer, Stop> {
    let mut seen = 0;
    for _ in 0..LONG_LOOKS {
        seen += u32::from(asking.get(ME).await?.header(LEFT).is_some());
    }
    Ok(match seen {
        0 => Answer::Unclear("the headers never came".to_owned()),
        LONG_LOOKS => Answer::Off,
        _ => Answer::On,
    })
}

/// The tokens left, and what it cost to be told.
pub(super) async fn left(asking: &mut Asking) -> Result<Option<(i64, i64)>, Stop> {
    for calls in 1..=i64::from(LOOKS) {
        let reply = asking.get(ME).await?;
        if let Some(left) = number(&reply, LEFT) {
            return Ok(Some((left, calls * ME_TOKENS)));
        }
        // A call that tells nothing costs all the same.
    }
    Ok(None)
}

/// Whether a call that is refused costs tokens. Asked twice: somebody else may spend some, too.
async fn costs(asking: &mut Asking, caller: Caller<'_>, path: &str) -> Result<Answer, Stop> {
    let mut lowest = i64::MAX;
    for _ in 0..2 {
        let Some((before, _)) = left(asking).await? else {
            return Ok(never_told());
        };
        asking.call(caller, Method::GET, path, None).await?;
        let Some((after, looking)) = left(asking).await? else {
            return Ok(never_told());
        };
        lowest = lowest.min(before - after - looking);
    }
    Ok((lowest > 0).into())
}

/// What came of asking faster than the account allows.
#[derive(Default)]
struct Flood {
    taken: i64,
    refused: usize,
    first_refusal: Option<Reply>,
    is_blocked: bool,
}

/// Asks without a pause until so many calls were refused, or the firewall blocks.
async fn flood(asking: &mut Asking, refusals: usize) -> Result<Flood, Stop> {
    let mut flood = Flood::default();
    let volley = vec![None; VOLLEY];
    let mut asked = 0;
    while asked < WINDOW_LIMIT_MAX + refusals && flood.refused < refusals && !flood.is_blocked {
        asked += VOLLEY;
        for reply in asking.volley(&Method::GET, ME, &volley).await? {
            let reply = reply?;
            match reply.status {
                429 => {
                    flood.refused += 1;
                    flood.first_refusal.get_or_insert(reply);
                }
                403 => flood.is_blocked = true,
                _ => flood.taken += 1,
            }
        }
    }
    Ok(flood)
}

async fn limited_calls(asking: &mut Asking) -> Result<Answer, Stop> {
    let before = left(asking).await?;
    let flood = flood(asking, VOLLEY / 2).await?;
    asking.wait_millis(WINDOW_MILLIS).await?;
    let after = left(asking).await?;
    Ok(match (before, after) {
        (Some((before, _)), Some((after, looking))) if flood.refused > 0 => {
            let extra: i64 = before - after - flood.taken * ME_TOKENS - looking;
            (extra > 0).into()
        }
        (Some(_), Some(_)) => never_refused(),
        _ => never_told(),
    })
}

async fn hammering(asking: &mut Asking) -> Result<Answer, Stop> {
    let flood = flood(asking, REFUSED_IN_A_ROW).await?;
    asking.wait_millis(BLOCK_MILLIS).await?;
    Ok(if flood.is_blocked {
        Answer::Off
    } else if flood.refused >= REFUSED_IN_A_ROW {
        Answer::On
    } else {
        never_refused()
    })
}

/// A person that is searched for.
struct Sought {
    id: Value,
    made_at: Timestamp,
    /// How long it had not been found for sure, and how long it took at the most.
    missing_millis: i64,
    found_millis: Option<i64>,
}

/// Makes persons, a few at a time, and searches for all of them until each is found.
async fn search_lag(asking: &mut Asking) -> Result<Answer, Stop> {
    let path = search_for(&asking.mark(), 100);
    let bodies = vec![Some(json!({"name": asking.mark()})); SOUGHT_AT_ONCE];
    let mut sought: Vec<Sought> = Vec::new();
    asking.wait_millis(WINDOW_MILLIS).await?;
    for search in 0..SEARCHES_MAX {
        if search < MAKINGS {
            let made = asking.make_many("person", PERSONS, &bodies).await?;
            let made_at = asking.now();
            sought.extend(made.into_iter().map(|person| Sought {
                id: person.id,
                made_at,
                missing_millis: 0,
                found_millis: None,
            }));
        }
        let items = asking.get(&path).await?.done()?["items"].take();
        for one in &mut sought {
            one.look(&items, asking.now());
        }
        if let Some(lag) = lag_of(&sought).filter(|_| search >= MAKINGS) {
            return Ok(Answer::Value(lag));
        }
        asking.wait_millis(SEARCH_EVERY_MILLIS).await?;
    }
    Ok(Answer::Unclear(
        "a person was not found within seven seconds".to_owned(),
    ))
}

impl Sought {
    fn look(&mut self, items: &Value, now: Timestamp) {
        let age = now.duration_since(self.made_at).as_millis();
        let age = i64::try_from(age).unwrap_or(i64::MAX);
        let mut items = items.as_array().into_iter().flatten();
        if items.any(|item| item["item"]["id"] == self.id) {
            self.found_millis.get_or_insert(age);
        } else {
            self.missing_millis = age;
        }
    }
}

/// The least lag that was seen, and the most; nothing until all were found.
fn lag_of(sought: &[Sought]) -> Option<Value> {
    let found: Option<Vec<i64>> = sought.iter().map(|one| one.found_millis).collect();
    let least = found?.into_iter().min()?;
    let most = sought.iter().map(|one| one.missing_millis).max()?;
    Some(json!([least, most.max(least)]))
}
