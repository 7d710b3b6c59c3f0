//! Deals.
//!
//! In: ids, queries and bodies. Out: deals as Pipedrive shows them. A body names only the fields that are to change.
//! Archived deals are in no list but their own, and deleted ones only where they are asked for.

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::client::Client;
use crate::custom_fields::{self, CustomFields, ShownFields};
use crate::list_query::ListQuery;
use crate::operation::{Operation, Query};
use crate::record_calls::record_calls;
use crate::record_kind::RecordId;
use crate::{cost, envelope, values};

/// A deal as read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Deal {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub title: Option<String>,
    #[serde(default, deserialize_with = "values::optional_number")]
    pub value: Option<Number>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub currency: Option<String>,
    /// A deleted deal may have kept its status; look at `is_deleted`.
    #[serde(default, deserialize_with = "status")]
    pub status: Option<DealStatus>,
    #[serde(default, deserialize_with = "values::optional_number")]
    pub probability: Option<Number>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub lost_reason: Option<String>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub person_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub org_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub owner_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id")]
    pub creator_user_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub pipeline_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub stage_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::integers")]
    pub label_ids: Vec<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub visible_to: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_date")]
    pub expected_close_date: Option<Date>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub stage_change_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub close_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub won_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub lost_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub origin: Option<String>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub origin_id: Option<String>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_archived: bool,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub archive_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
    /// Nothing until the first change.
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub update_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_deleted: bool,
    /// By field code; every field of the account, null where unset.
    #[serde(default)]
    pub custom_fields: ShownFields,
    /// Only where [`DealExtra::ParticipantsCount`] was asked for; likewise the next ones.
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub participants_count: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub products_count: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub files_count: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub notes_count: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub followers_count: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub activities_count: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub undone_activities_count: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub next_activity_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub first_won_time: Option<Timestamp>,
    /// The lead this deal was made of.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub source_lead_id: Option<String>,
}

impl Deal {
    /// When the record was last changed; its creation until the first change.
    #[must_use]
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.update_time.or(self.add_time)
    }
}

/// Where a deal stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DealStatus {
    Open,
    Won,
    Lost,
    Deleted,
    /// A word that is new to us.
    Other(String),
}

impl DealStatus {
    fn word(&self) -> &str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Deleted => "deleted",
            Self::Other(word) => word,
        }
    }
}

fn status<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DealStatus>, D::Error> {
    let word = tolerant::optional_text(deserializer)?;
    Ok(word.map(|word| match word.as_str() {
        "open" => DealStatus::Open,
        "won" => DealStatus::Won,
        "lost" => DealStatus::Lost,
        "deleted" => DealStatus::Deleted,
        _ => DealStatus::Other(word),
    }))
}

/// Where a write puts a deal, with what may be said about it there and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum DealOutcome {
    Open,
    Won {
        #[serde(skip_serializing_if = "Option::is_none")]
        won_time: Option<Timestamp>,
    },
    Lost {
        #[serde(skip_serializing_if = "Option::is_none")]
        lost_time: Option<Timestamp>,
        #[serde(skip_serializing_if = "Option::is_none")]
        lost_reason: Option<String>,
    },
}

/// What a create or update of a deal sends.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct DealBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub title: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub value: Patch<Number>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub currency: Patch<String>,
    /// Stays as it is where nothing is said.
    #[serde(flatten)]
    pub outcome: Option<DealOutcome>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub probability: Patch<Number>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub person_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub org_id: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub owner_id: Patch<i64>,
    /// Moves the deal to the first stage of that pipeline.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub pipeline_id: Patch<i64>,
    /// Says the pipeline, too.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub stage_id: Patch<i64>,
    #[serde(
        skip_serializing_if = "Patch::is_keep",
        serialize_with = "Patch::empty_when_cleared"
    )]
    pub label_ids: Patch<Vec<i64>>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub visible_to: Patch<i64>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub expected_close_date: Patch<Date>,
    /// An archived deal takes no other change until it is taken out again.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub is_archived: Patch<bool>,
    #[serde(
        skip_serializing_if = "custom_fields::is_unchanged",
        serialize_with = "custom_fields::write"
    )]
    pub custom_fields: CustomFields,
}

/// What a deal shows only when asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DealExtra {
    ParticipantsCount,
    ProductsCount,
    FilesCount,
    NotesCount,
    FollowersCount,
    ActivitiesCount,
    UndoneActivitiesCount,
    NextActivityId,
    FirstWonTime,
    SourceLeadId,
}

impl DealExtra {
    const fn word(self) -> &'static str {
        match self {
            Self::ParticipantsCount => "participants_count",
            Self::ProductsCount => "products_count",
            Self::FilesCount => "files_count",
            Self::NotesCount => "notes_count",
            Self::FollowersCount => "followers_count",
            Self::ActivitiesCount => "activities_count",
            Self::UndoneActivitiesCount => "undone_activities_count",
            Self::NextActivityId => "next_activity_id",
            Self::FirstWonTime => "first_won_time",
            Self::SourceLeadId => "source_lead_id",
        }
    }
}

/// One page of deals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DealQuery {
    pub list: ListQuery,
    pub person_id: Option<i64>,
    pub org_id: Option<i64>,
    pub pipeline_id: Option<i64>,
    pub stage_id: Option<i64>,
    /// None means all but the deleted ones.
    pub statuses: Vec<DealStatus>,
    pub extras: Vec<DealExtra>,
}

impl DealQuery {
    /// What changed at or after a moment, deletions included: the one delta that shows them.
    #[must_use]
    pub fn changed_since(since: Timestamp) -> Self {
        Self {
            list: ListQuery::changed_since(since),
            statuses: vec![
                DealStatus::Open,
                DealStatus::Won,
                DealStatus::Lost,
                DealStatus::Deleted,
            ],
            ..Self::default()
        }
    }

    fn query(&self) -> Query {
        let extras = self.extras.iter().map(|extra| extra.word());
        let query = self.list.query().with_list("include_fields", extras);
        if self.list.filter_id.is_some() {
            return query;
        }
        query
            .with_some("person_id", self.person_id)
            .with_some("org_id", self.org_id)
            .with_some("pipeline_id", self.pipeline_id)
            .with_some("stage_id", self.stage_id)
            .with_list("status", self.statuses.iter().map(DealStatus::word))
    }
}

impl From<ListQuery> for DealQuery {
    fn from(list: ListQuery) -> Self {
        Self {
            list,
            ..Self::default()
        }
    }
}

impl Client {
    /// Reads one deal. One deleted lately is still shown, marked as deleted.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_deal(
        &self,
        id: i64,
        extras: &[DealExtra],
        context: &CallContext,
    ) -> Result<Row<Deal>, CallError> {
        let query = Query::new().with_list("include_fields", extras.iter().map(|one| one.word()));
        let call = cost::DEAL.ask(&[&id], &query, context);
        envelope::one(&self.send(call).await?)
    }

    /// Reads one page of deals, archived ones left out.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_deals(
        &self,
        query: &DealQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Deal>>, CallError> {
        self.deals_of(&cost::DEALS, query, context).await
    }

    /// Reads one page of archived deals.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_archived_deals(
        &self,
        query: &DealQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Deal>>, CallError> {
        self.deals_of(&cost::DEALS_ARCHIVED, query, context).await
    }

    async fn deals_of(
        &self,
        list: &Operation,
        query: &DealQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Deal>>, CallError> {
        let call = list.ask(&[], &query.query(), context);
        envelope::page(&self.send(call).await?, query.list.cursor.as_deref())
    }

    /// Makes a copy of a deal, which has to be read afterwards: it is shown in the older version's form here.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn duplicate_deal(
        &self,
        id: i64,
        context: &CallContext,
    ) -> Result<Row<RecordId>, CallError> {
        let call = cost::DEAL_DUPLICATE.call(&[&id], context);
        envelope::one(&self.send(call).await?)
    }
}

record_calls! {
    Deal, DealBody, i64:
    /// Creates a deal. There is no protection against doing it twice but a marker among the custom fields.
    make create_deal = DEAL_CREATE;
    /// Changes the fields that the body names.
    change update_deal = DEAL_UPDATE;
    /// Marks a deal as deleted.
    delete delete_deal = DEAL_DELETE;
}
