//! Searching the organization by words.
//!
//! In: words. Out: what may be meant, the best first. What was written a moment ago may be missing.

use api_client::{CallContext, CallError, CallSpec, tolerant};
use http::Method;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::cost;

const SEARCH: &str = "/api/v1/search";
/// One call finds at most so many.
pub const FOUND_MAX: u32 = 100;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchQuery {
    pub query: String,
    pub limit: u32,
    /// Such as `contact`; all of them when there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
}

/// What may be meant.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Found {
    #[serde(rename = "type", default, deserialize_with = "tolerant::text")]
    pub kind: String,
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    #[serde(default)]
    pub score: f64,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "tolerant::list")]
    results: Vec<Found>,
}

impl Client {
    /// Looks for records by words.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn search(
        &self,
        query: &SearchQuery,
        context: &CallContext,
    ) -> Result<Vec<Found>, CallError> {
        let spec = CallSpec::write("search", Method::POST, SEARCH, cost::CALL, *context);
        let answer = self.send(spec.json(query).without_effect()).await?;
        Ok(answer.read::<Answer>()?.results)
    }
}
