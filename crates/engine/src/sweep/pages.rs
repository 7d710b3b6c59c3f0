//! Reading a list from where it stood to its end. Each page is kept together with how far the list came, so that a walk which
//! stops (for want of tokens, at a crash) goes on where it was and pays for no page twice.
//!
//! In: a list, and where it stood. Out: kept pages. Never skips a page and never waits: a list that cannot be read now ends the
//! walk with the reason.

use std::future::Future;

use api_client::{CallContext, CallError};
use futures_util::future::join;
use model::Timestamp;
use serde::{Deserialize, Serialize};
use store::Store;

use super::PAGES_MAX;
use crate::core::Core;
use crate::failure::EngineError;

/// Where the sweep of a list stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The first fill goes on behind this cursor after a restart.
    Filling {
        cursor: Option<String>,
        started_at: Timestamp,
    },
    Done {
        at: Timestamp,
    },
}

/// A list that is read page by page.
pub trait List<S>: Sync {
    /// What one answer holds.
    type Page: Send;

    /// The page behind a cursor, and the cursor of the next one.
    fn read(
        &self,
        core: &Core<S>,
        cursor: Option<String>,
        call: &CallContext,
    ) -> impl Future<Output = Result<(Self::Page, Option<String>), EngineError>> + Send;

    /// Keeps a page in one transaction with where the list stands after it.
    fn keep(
        &self,
        core: &Core<S>,
        page: Self::Page,
        after: Option<&Progress>,
    ) -> impl Future<Output = Result<(), EngineError>> + Send;
}

/// Walks to the end of a list. With `started_at` it is a fill, whose place is kept with every page. While a page is kept, the next
/// one is on its way already, unless another list has one ahead, or this life has yet to show that it lasts: a death costs what is
/// on its way.
///
/// # Errors
/// When a page could not be read or kept.
pub async fn walk<S: Store, L: List<S>>(
    core: &Core<S>,
    list: &L,
    mut cursor: Option<String>,
    started_at: Option<Timestamp>,
    call: &CallContext,
) -> Result<(), EngineError> {
    let mut ahead = None;
    for _ in 0..PAGES_MAX {
        let (page, next) = match ahead.take() {
            // Its place is free for another list as soon as it is kept itself.
            Some((read, _place)) => read,
            None => list.read(core, cursor.take(), call).await?,
        };
        let after = started_at.zip(next.clone());
        let after = after.map(|(started_at, cursor)| Progress::Filling {
            cursor: Some(cursor),
            started_at,
        });
        let keep = list.keep(core, page, after.as_ref());
        if next.is_none() {
            return keep.await;
        }
        if let Some(place) = core.pace.ahead() {
            let (kept, read) = join(keep, list.read(core, next, call)).await;
            kept?;
            ahead = Some((read?, place));
        } else {
            keep.await?;
            cursor = next;
        }
    }
    Ok(())
}

/// Whether the side does not know the cursor any more, so that the list has to be read from its beginning.
#[must_use]
pub fn is_cursor_refused(error: &EngineError) -> bool {
    let EngineError::Call { source, .. } = error else {
        return false;
    };
    matches!(**source, CallError::Refused(_) | CallError::Gone)
}
