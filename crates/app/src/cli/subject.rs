//! How records and pairs are named on the command line: `person/12`, `contact/c_9f2`, or a pair by its number.

use std::str::FromStr;

use anyhow::bail;
use model::{Pair, PairId, RecordKey};
use store::Store;

use super::Opened;

/// A record or a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Pair(PairId),
    Record(RecordKey),
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(number) = text.parse() {
            return Ok(Self::Pair(PairId(number)));
        }
        record(text)
            .map(Self::Record)
            .map_err(|error| format!("{error}, or the number of a pair"))
    }
}

/// Reads the name of a record.
///
/// # Errors
/// With an example, when it is none.
pub fn record(text: &str) -> Result<RecordKey, String> {
    RecordKey::parse(text).ok_or_else(|| {
        "name a record as person/12, organization/7, deal/5, contact/ID, company/ID, project/ID or link/ID".to_owned()
    })
}

/// Reads the name of a record that can be synced.
///
/// # Errors
/// When it is none, or of a kind that is only mirrored.
pub fn synced_record(text: &str) -> Result<RecordKey, String> {
    let record = record(text)?;
    if record.entity.kind().is_none() {
        let many = record.entity.plural();
        return Err(format!(
            "{many} are mirrored and not synced: ask for them in SQL (`select * from {many}`), or see `pipestreet mirror status`"
        ));
    }
    Ok(record)
}

/// The pair that is meant.
///
/// # Errors
/// When there is none.
pub async fn find_pair<S: Store>(
    opened: &Opened<'_, S>,
    subject: &Subject,
) -> anyhow::Result<Pair> {
    let found = match subject {
        Subject::Pair(id) => opened.store.pair(opened.ctx, *id).await?,
        Subject::Record(record) => opened.store.pair_of(opened.ctx, record).await?,
    };
    match (found, subject) {
        (Some(pair), _) => Ok(pair),
        (None, Subject::Pair(id)) => bail!("there is no pair {id}"),
        (None, Subject::Record(record)) => bail!("{record} is in no pair"),
    }
}
