//! The envelope around lists, in either of the forms that are documented.
//!
//! In: an answer. Out: its rows and where the next page begins.

use api_client::{Answer, CallError, Page};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    page: Option<PageInfo>,
    next_cursor: Option<String>,
    has_more: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    next_cursor: Option<String>,
    has_more: Option<bool>,
}

pub(crate) fn page<R>(
    answer: &Answer,
    read: impl Fn(&RawValue) -> Result<R, serde_json::Error>,
) -> Result<Page<R>, CallError> {
    let list: List<'_> = answer.read()?;
    let (cursor, has_more) = match list.page {
        Some(page) => (page.next_cursor, page.has_more),
        None => (list.next_cursor, list.has_more),
    };
    let next_cursor = cursor.filter(|cursor| !cursor.is_empty() && has_more != Some(false));
    Ok(Page::read(&list.data, next_cursor, read))
}

/// A list whose envelope is not documented: bare, or in `data`. There is only one page of it.
pub(crate) fn plain<R>(
    answer: &Answer,
    read: impl Fn(&RawValue) -> Result<R, serde_json::Error>,
) -> Result<Page<R>, CallError> {
    let starts_as_list = answer.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if starts_as_list {
        let rows: Vec<&RawValue> = answer.read()?;
        return Ok(Page::read(&rows, None, read));
    }
    page(answer, read)
}
