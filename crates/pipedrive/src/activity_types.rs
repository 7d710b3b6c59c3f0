//! Activity types.
//!
//! In: names and icons. Out: types as Pipedrive shows them. An activity names its type by key, which the server makes of
//! the name once.

use api_client::{CallContext, CallError, Page, Patch, Row, tolerant};
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::record_calls::record_calls;
use crate::{cost, envelope, values};

/// An activity type as read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ActivityType {
    #[serde(deserialize_with = "tolerant::integer")]
    pub id: i64,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub name: String,
    /// What activities name it by.
    #[serde(default, deserialize_with = "tolerant::text")]
    pub key_string: String,
    #[serde(default, deserialize_with = "tolerant::text")]
    pub icon_key: String,
    #[serde(default, deserialize_with = "tolerant::optional_integer")]
    pub order_nr: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_custom_flag: bool,
    #[serde(
        default = "values::yes",
        deserialize_with = "values::flag_unless_denied"
    )]
    pub active_flag: bool,
}

/// What a create or update of an activity type sends. A new one needs name and icon.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ActivityTypeBody {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub icon_key: Patch<String>,
    /// Six hexadecimal digits.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub color: Patch<String>,
    /// With an update only.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub order_nr: Patch<i64>,
}

impl Client {
    /// All activity types, on one page.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn list_activity_types(
        &self,
        context: &CallContext,
    ) -> Result<Page<Row<ActivityType>>, CallError> {
        let call = cost::ACTIVITY_TYPES.call(&[], context);
        envelope::page(&self.send(call).await?, None)
    }
}

record_calls! {
    ActivityType, ActivityTypeBody, i64:
    /// Creates an activity type.
    make create_activity_type = ACTIVITY_TYPE_CREATE;
    /// Changes the fields that the body names.
    change update_activity_type = ACTIVITY_TYPE_UPDATE;
    /// Deletes an activity type.
    delete delete_activity_type = ACTIVITY_TYPE_DELETE;
}
