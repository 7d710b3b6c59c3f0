//! Merging two records into one.
//!
//! In: the record that goes and the record that stays. Out: nothing but success; read the survivor afterwards.

use api_client::{CallContext, CallError};
use serde::Serialize;

use crate::client::Client;
use crate::record_kind::Mergeable;
use crate::{cost, envelope};

impl Client {
    /// Merges `goes` into `stays`. The fields of the survivor win, its empty ones are filled from the other.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn merge(
        &self,
        kind: Mergeable,
        goes: i64,
        stays: i64,
        context: &CallContext,
    ) -> Result<(), CallError> {
        #[derive(Serialize)]
        struct Body {
            merge_with_id: i64,
        }
        let body = Body {
            merge_with_id: stays,
        };
        let call = cost::MERGE.call(&[&kind.collection(), &goes], context);
        envelope::done(&self.send(call.json(&body)).await?)
    }
}
