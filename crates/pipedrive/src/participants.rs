//! The participants of a deal: the persons who take part in it, its primary contact among them.
//!
//! In: the deal. Out: who takes part, and who did when. No webhook tells of changes here.

use api_client::{CallContext, CallError, Page, Row, tolerant};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::list_query::{LIMIT_MAX, page, page_by_number};
use crate::{cost, envelope, values};

/// One participant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Participant {
    /// Of the participation, not of the person.
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(deserialize_with = "person")]
    pub person_id: i64,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub added_by_user_id: Option<i64>,
    #[serde(
        default = "values::yes",
        deserialize_with = "values::flag_unless_denied"
    )]
    pub active_flag: bool,
}

fn person<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    values::id(&Value::deserialize(deserializer)?)
        .ok_or_else(|| serde::de::Error::custom("the person of a participant is missing"))
}

/// One change of a deal's participants.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ParticipantChange {
    #[serde(deserialize_with = "person")]
    pub person_id: i64,
    /// `added`, `removed`.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub action: String,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub actor_user_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub time: Option<Timestamp>,
}

impl Client {
    /// Reads one page of the participants of a deal; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_participants(
        &self,
        deal: i64,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<Participant>>, CallError> {
        let call = cost::PARTICIPANTS.ask(&[&deal], &page_by_number(LIMIT_MAX, cursor), context);
        envelope::page(&self.send(call).await?, cursor)
    }

    /// Makes a person take part in a deal. A person who does already is refused.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn add_participant(
        &self,
        deal: i64,
        person: i64,
        context: &CallContext,
    ) -> Result<Row<Participant>, CallError> {
        #[derive(Serialize)]
        struct Body {
            person_id: i64,
        }
        let call = cost::PARTICIPANT_ADD.call(&[&deal], context);
        let body = Body { person_id: person };
        envelope::one(&self.send(call.json(&body)).await?)
    }

    /// Ends a participation, which is named by its own id.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn remove_participant(
        &self,
        deal: i64,
        participant: i64,
        context: &CallContext,
    ) -> Result<(), CallError> {
        let call = cost::PARTICIPANT_REMOVE.call(&[&deal, &participant], context);
        envelope::done(&self.send(call).await?)
    }

    /// Reads one page of who took part in a deal from when to when; start without a cursor.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn participants_changelog(
        &self,
        deal: i64,
        cursor: Option<&str>,
        context: &CallContext,
    ) -> Result<Page<Row<ParticipantChange>>, CallError> {
        let query = page(LIMIT_MAX, cursor);
        let call = cost::PARTICIPANTS_CHANGELOG.ask(&[&deal], &query, context);
        envelope::page(&self.send(call).await?, cursor)
    }
}
