//! The version a record was read in.
//!
//! In: answers and rows of lists. Out: records with their version, exactly as the server wrote it. The header of an
//! answer counts more than the field in its body.

use api_client::{Answer, CallError};
use http::header;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// A record, the JSON as received, and its version.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<T> {
    pub value: T,
    pub raw: Box<str>,
    /// To be sent back byte for byte.
    pub etag: String,
}

#[derive(Deserialize)]
struct WithEtag {
    #[serde(default, deserialize_with = "api_client::tolerant::text")]
    etag: String,
}

impl<T: DeserializeOwned> Versioned<T> {
    pub(crate) fn of_row(raw: &RawValue) -> Result<Self, serde_json::Error> {
        let value = serde_json::from_str(raw.get())?;
        let WithEtag { etag } = serde_json::from_str(raw.get())?;
        Ok(Self {
            value,
            raw: raw.get().into(),
            etag,
        })
    }

    pub(crate) fn of_answer(answer: &Answer) -> Result<Self, CallError> {
        let etag = answer.headers.get(header::ETAG);
        let Some(etag) = etag.and_then(|value| value.to_str().ok()) else {
            let raw = answer.read()?;
            return Self::of_row(raw).map_err(|error| answer.unreadable(&error));
        };
        let raw = answer.text()?;
        let value = serde_json::from_str(raw).map_err(|error| answer.unreadable(&error))?;
        Ok(Self {
            value,
            raw: raw.into(),
            etag: etag.to_owned(),
        })
    }
}
