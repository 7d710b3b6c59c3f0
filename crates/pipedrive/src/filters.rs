//! Filters: named conditions of the account, by which lists can be narrowed.
//!
//! In: what is filtered, and by which conditions. Out: filters as Pipedrive shows them. Conditions stay as they are
//! written there; they name fields by the numbers of the older version.

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::operation::Query;
use crate::record_calls::record_calls;
use crate::record_kind::RecordId;
use crate::{cost, envelope, values};

/// So many conditions at most are in a filter.
pub const CONDITIONS_MAX: usize = 16;

/// A filter as read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Filter {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: String,
    /// What it filters, in the API's word.
    #[serde(default, rename = "type", deserialize_with = "tolerant::text")]
    pub kind: String,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub user_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub visible_to: Option<i64>,
    /// Only where one filter is read.
    #[serde(default)]
    pub conditions: Value,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub add_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "tolerant::optional_time")]
    pub update_time: Option<Timestamp>,
    #[serde(
        default = "values::yes",
        deserialize_with = "values::flag_unless_denied"
    )]
    pub active_flag: bool,
}

/// What a filter filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FilterOf {
    Deals,
    Leads,
    #[serde(rename = "org")]
    Organizations,
    #[serde(rename = "people")]
    Persons,
    Products,
    #[serde(rename = "activity")]
    Activities,
}

impl FilterOf {
    const fn word(self) -> &'static str {
        match self {
            Self::Deals => "deals",
            Self::Leads => "leads",
            Self::Organizations => "org",
            Self::Persons => "people",
            Self::Products => "products",
            Self::Activities => "activity",
        }
    }
}

/// One condition of a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Whose field: `deal`, `person` and so on.
    pub object: String,
    /// The field's number in the older version.
    pub field_id: i64,
    pub operator: String,
    pub value: Value,
    pub extra_value: Value,
}

/// The conditions of a filter: all of the first and, where there are any, one of the second.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    pub all_of: Vec<Condition>,
    pub any_of: Vec<Condition>,
}

#[derive(Serialize)]
struct Group<'a, T> {
    glue: &'static str,
    conditions: &'a [T],
}

impl Serialize for Conditions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inner = [
            Group {
                glue: "and",
                conditions: self.all_of.as_slice(),
            },
            Group {
                glue: "or",
                conditions: self.any_of.as_slice(),
            },
        ];
        Group {
            glue: "and",
            conditions: &inner,
        }
        .serialize(serializer)
    }
}

/// What a create or update of a filter sends. A new one needs all three; what it filters stays for good.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FilterBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub conditions: Patch<Conditions>,
    #[serde(rename = "type", skip_serializing_if = "Patch::is_keep")]
    pub kind: Patch<FilterOf>,
}

impl Client {
    /// Reads one filter with its conditions.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn get_filter(
        &self,
        id: i64,
        context: &CallContext,
    ) -> Result<Row<Filter>, CallError> {
        let call = cost::FILTER.call(&[&id], context);
        envelope::one(&self.send(call).await?)
    }

    /// All filters of one kind or of all, on one page.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_filters(
        &self,
        of: Option<FilterOf>,
        context: &CallContext,
    ) -> Result<Page<Row<Filter>>, CallError> {
        let query = Query::new().with_some("type", of.map(FilterOf::word));
        let call = cost::FILTERS.ask(&[], &query, context);
        envelope::page(&self.send(call).await?, None)
    }
}

record_calls! {
    RecordId, FilterBody, i64:
    /// Creates a filter. Some accounts answer with its id alone.
    make create_filter = FILTER_CREATE;
    /// Changes the fields that the body names.
    change update_filter = FILTER_UPDATE;
    /// Deletes a filter.
    delete delete_filter = FILTER_DELETE;
}
