//! Logins through OAuth.
//!
//! In: a question's key. Out: its answer. Renews the login, which is kept like any renewal; makes no record. The refresh token
//! from before is never shown again: a server that rotates may end the whole login over it.

use http::Method;
use pipedrive::Tokens;
use secrecy::ExposeSecret;

use super::limits::{ME, WINDOW_LEFT, WINDOW_LIMIT, number};
use super::unknown;
use crate::account::Stop;
use crate::asking::{Asking, Caller};
use crate::finding::Answer;

/// So many calls are made with one token before another takes its place.
const CALLS: i64 = 4;
/// So long a window remembers the first of them, with a little room.
const REMEMBERED_MILLIS: i128 = 1_800;
/// So often the renewal may be slower than that.
const TRIES: u32 = 3;
const WINDOW_MILLIS: i64 = 2_200;

pub(super) async fn ask(asking: &mut Asking, key: &str) -> Result<Answer, Stop> {
    match key {
        "refresh_tokens_rotate" => {
            let before = kept(asking).await?;
            let after = renewed(asking).await?;
            let is_same =
                before.refresh_token.expose_secret() == after.refresh_token.expose_secret();
            Ok((!is_same).into())
        }
        "windows_are_per_user" => windows(asking).await,
        _ => Ok(unknown(key)),
    }
}

async fn kept(asking: &Asking) -> Result<Tokens, Stop> {
    let kept = asking.login().kept().await;
    kept.map_err(|error| Stop::Login(error.to_string()))
}

async fn renewed(asking: &Asking) -> Result<Tokens, Stop> {
    let renewed = asking.login().renew_now().await;
    renewed.map_err(|error| Stop::Login(error.to_string()))
}

/// Calls with one access token, and looks whether the next one of the same user has paid for them.
async fn windows(asking: &mut Asking) -> Result<Answer, Stop> {
    let mut first = renewed(asking).await?;
    for _ in 0..TRIES {
        asking.wait_millis(WINDOW_MILLIS).await?;
        let began = asking.now();
        for _ in 0..CALLS {
            let caller = Caller::Bearer(&first.access_token);
            asking.send(caller, &Method::GET, ME, None).await?.done()?;
        }
        let second = renewed(asking).await?;
        let caller = Caller::Bearer(&second.access_token);
        let reply = asking.send(caller, &Method::GET, ME, None).await?;
        first = second;
        if asking.now().duration_since(began).as_millis() > REMEMBERED_MILLIS {
            continue;
        }
        let (Some(limit), Some(left)) = (number(&reply, WINDOW_LIMIT), number(&reply, WINDOW_LEFT))
        else {
            return Ok(Answer::Unclear("the window is not told".to_owned()));
        };
        return Ok(match limit - left {
            1 => Answer::Off,
            used if used > CALLS => Answer::On,
            _ => Answer::Unclear("somebody else uses the login".to_owned()),
        });
    }
    Ok(Answer::Unclear(
        "renewing the login takes longer than a window remembers calls".to_owned(),
    ))
}
