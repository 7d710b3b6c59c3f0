//! Merging two records into one.
//!
//! In: the record that goes and the record that stays. Out: nothing but success; read the survivor afterwards.

use api_client::{CallContext, CallError, CallSpec};
use http::Method;
use serde::Serialize;

use crate::client::Client;
use crate::{cost, envelope};

/// What can be merged, and has a changelog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mergeable {
    Person,
    Organization,
}

impl Mergeable {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Person => "/api/v1/persons",
            Self::Organization => "/api/v1/organizations",
        }
    }
}

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
        let path = format!("{}/{goes}/merge", kind.path());
        let spec = CallSpec::write(
            "merge two records",
            Method::PUT,
            path,
            cost::MERGE,
            *context,
        );
        envelope::done(
            &self
                .send(spec.json(&Body {
                    merge_with_id: stays,
                }))
                .await?,
        )
    }
}
