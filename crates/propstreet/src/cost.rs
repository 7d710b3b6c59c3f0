//! What each call costs: one request of the minute, whatever it does.
//!
//! In: nothing. Out: the cost. There are no tokens and no day budget.

use api_client::Cost;

/// Any call of the API. Counted as one, so that what was spent can be told by purpose.
pub const CALL: Cost = Cost::request(1);

/// Getting a token, which counts in no limit that is known.
pub const LOGIN: Cost = Cost::FREE;
