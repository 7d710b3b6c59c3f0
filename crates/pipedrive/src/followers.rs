//! The users who follow a record.
//!
//! In: the record. Out: who follows it, and who did when.

use api_client::{CallContext, CallError, Page, Row, tolerant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::list_query::{LIMIT_MAX, page};
use crate::record_kind::Followed;
use crate::{cost, envelope};

/// A user who follows a record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Follower {
    #[serde(deserialize_with = "tolerant::integer")]
    pub user_id: i64,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
}

/// One change of a record's followers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FollowerChange {
    #[serde(deserialize_with = "tolerant::integer")]
    pub follower_user_id: i64,
    /// `added`, `removed`.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub action: String,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub actor_user_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub time: Option<Timestamp>,
}

impl Client {
    /// Reads one page of the followers of a record; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_followers(
        &self,
        kind: Followed,
        id: i64,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<Follower>>, CallError> {
        let query = page(LIMIT_MAX, cursor);
        let call = cost::FOLLOWERS.ask(&[&kind.collection(), &id], &query, context);
        envelope::page(&self.send(call).await?, cursor)
    }

    /// Makes a user follow a record. One who does already is refused.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn add_follower(
        &self,
        kind: Followed,
        id: i64,
        user: i64,
        context: &CallContext,
    ) -> Result<Row<Follower>, CallError> {
        #[derive(Serialize)]
        struct Body {
            user_id: i64,
        }
        let call = cost::FOLLOWER_ADD.call(&[&kind.collection(), &id], context);
        envelope::one(&self.send(call.json(&Body { user_id: user })).await?)
    }

    /// Ends it again.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn remove_follower(
        &self,
        kind: Followed,
        id: i64,
        user: i64,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let call = cost::FOLLOWER_REMOVE.call(&[&kind.collection(), &id, &user], context);
        envelope::done(&self.send(call).await?)
    }

    /// Reads one page of who followed a record from when to when; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn followers_changelog(
        &self,
        kind: Followed,
        id: i64,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<FollowerChange>>, CallError> {
        let query = page(LIMIT_MAX, cursor);
        let call = cost::FOLLOWERS_CHANGELOG.ask(&[&kind.collection(), &id], &query, context);
        envelope::page(&self.send(call).await?, cursor)
    }
}
