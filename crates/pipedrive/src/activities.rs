//! Activities: calls, meetings, tasks and whatever else the account has types for.
//!
//! In: ids, queries and bodies. Out: activities as Pipedrive shows them. A body names only the fields that are to change.

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, Serializer};

use crate::address::{self, Address, AddressBody};
use crate::client::Client;
use crate::list_query::ListQuery;
use crate::operation::Query;
use crate::record_calls::record_calls;
use crate::{cost, envelope, values};

/// An activity as read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Activity {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub subject: Option<String>,
    /// The key of an activity type.
    #[serde(default, rename = "type", deserialize_with = "tolerant::optional_text")]
    pub kind: Option<String>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub owner_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub creator_user_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub deal_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub lead_id: Option<String>,
    /// The primary participant.
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub person_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub org_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub project_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_date")]
    pub due_date: Option<Date>,
    /// In UTC.
    #[serde(default, deserialize_with = "values::optional_time_of_day")]
    pub due_time: Option<Time>,
    #[serde(default, deserialize_with = "values::optional_duration")]
    pub duration: Option<SignedDuration>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub done: bool,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub busy: bool,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub marked_as_done_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "address::optional_address")]
    pub location: Option<Address>,
    #[serde(default, deserialize_with = "tolerant::list")]
    pub participants: Vec<ActivityParticipant>,
    /// Only where asked for.
    #[serde(default, deserialize_with = "tolerant::list")]
    pub attendees: Vec<Attendee>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub public_description: Option<String>,
    /// HTML.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub note: Option<String>,
    /// The id of an option.
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub priority: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub update_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_deleted: bool,
}

impl Activity {
    /// When the record was last changed; its creation until the first change.
    #[must_use]
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.update_time.or(self.add_time)
    }
}

/// A person who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityParticipant {
    #[serde(deserialize_with = "tolerant::integer")]
    pub person_id: i64,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub primary: bool,
}

/// Somebody who is invited.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attendee {
    #[serde(
        default,
        deserialize_with = "tolerant::text",
        skip_serializing_if = "String::is_empty"
    )]
    pub email: String,
    #[serde(
        default,
        deserialize_with = "tolerant::text",
        skip_serializing_if = "String::is_empty"
    )]
    pub name: String,
    #[serde(
        default,
        deserialize_with = "tolerant::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_organizer: bool,
    #[serde(
        default,
        deserialize_with = "tolerant::optional_integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub person_id: Option<i64>,
    #[serde(
        default,
        deserialize_with = "tolerant::optional_integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub user_id: Option<i64>,
}

/// What a create or update of an activity sends. The person is set by a primary participant.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ActivityBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub subject: Patch<String>,
    /// The key of an activity type.
    #[serde(rename = "type", skip_serializing_if = "Patch::is_keep")]
    pub kind: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub owner_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub deal_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub lead_id: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub org_id: Patch<i64>,
    /// The whole list, those who stay included.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub participants: Patch<Vec<ActivityParticipant>>,
    /// The whole list, those who stay included.
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub attendees: Patch<Vec<Attendee>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub due_date: Patch<Date>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub due_time: Patch<Time>,
    #[serde(skip_serializing_if = "Patch::is_keep", serialize_with = "duration")]
    pub duration: Patch<SignedDuration>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub busy: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub done: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub location: Patch<AddressBody>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub public_description: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub priority: Patch<i64>,
    /// HTML.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub note: Patch<String>,
}

fn duration<S: Serializer>(
    patch: &Patch<SignedDuration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match patch.value() {
        Some(duration) => serializer.serialize_str(&values::duration_text(duration)),
        None => serializer.serialize_none(),
    }
}

/// One page of activities. They have no custom fields to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActivityQuery {
    pub list: ListQuery,
    pub deal_id: Option<i64>,
    pub lead_id: Option<String>,
    /// The primary participant.
    pub person_id: Option<i64>,
    pub org_id: Option<i64>,
    pub done: Option<bool>,
    pub with_attendees: bool,
}

impl ActivityQuery {
    fn query(&self) -> Query {
        let query = with_attendees(self.list.query(), self.with_attendees);
        if self.list.filter_id.is_some() {
            return query;
        }
        query
            .with_some("deal_id", self.deal_id)
            .with_some("lead_id", self.lead_id.as_deref())
            .with_some("person_id", self.person_id)
            .with_some("org_id", self.org_id)
            .with_some("done", self.done)
    }
}

impl From<ListQuery> for ActivityQuery {
    fn from(list: ListQuery) -> Self {
        Self {
            list,
            ..Self::default()
        }
    }
}

fn with_attendees(query: Query, wanted: bool) -> Query {
    query.with_list("include_fields", wanted.then_some("attendees"))
}

impl Client {
    /// Reads one activity with its attendees. One deleted lately is still shown, marked as deleted.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_activity(
        &self,
        id: i64,
        context: &CallContext,
    ) -> Result<Row<Activity>, CallError> {
        let query = with_attendees(Query::new(), true);
        let call = cost::ACTIVITY.ask(&[&id], &query, context);
        envelope::one(&self.send(call).await?)
    }

    /// Reads one page of activities.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_activities(
        &self,
        query: &ActivityQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Activity>>, CallError> {
        let call = cost::ACTIVITIES.ask(&[], &query.query(), context);
        envelope::page(&self.send(call).await?, query.list.cursor.as_deref())
    }
}

record_calls! {
    Activity, ActivityBody, i64:
    /// Creates an activity. Nothing protects against doing it twice; subject and type should always be said.
    make create_activity = ACTIVITY_CREATE;
    /// Changes the fields that the body names.
    change update_activity = ACTIVITY_UPDATE;
    /// Marks an activity as deleted.
    delete delete_activity = ACTIVITY_DELETE;
}
