//! What is kept of an activity besides what every record has.
//!
//! In: nothing. Out: the types that `activity.rs` writes and shows.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::record::Address;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::pipedrive) struct ActivityDetails {
    pub(in crate::pipedrive) of_type: String,
    pub(in crate::pipedrive) creator_user_id: i64,
    pub(in crate::pipedrive) update_user_id: Option<i64>,
    pub(in crate::pipedrive) deal_id: Option<i64>,
    pub(in crate::pipedrive) lead_id: Option<String>,
    pub(in crate::pipedrive) org_id: Option<i64>,
    pub(in crate::pipedrive) participants: Vec<Participant>,
    pub(in crate::pipedrive) attendees: Vec<Value>,
    pub(in crate::pipedrive) due_date: String,
    pub(in crate::pipedrive) due_time: Option<String>,
    pub(in crate::pipedrive) duration: Option<String>,
    pub(in crate::pipedrive) busy: bool,
    pub(in crate::pipedrive) done: bool,
    /// Seconds.
    pub(in crate::pipedrive) marked_as_done_time: Option<i64>,
    pub(in crate::pipedrive) location: Option<Address>,
    pub(in crate::pipedrive) public_description: Option<String>,
    pub(in crate::pipedrive) priority: Option<i64>,
    pub(in crate::pipedrive) note: Option<String>,
}

impl ActivityDetails {
    /// The primary participant.
    pub(in crate::pipedrive) fn person_id(&self) -> Option<i64> {
        let primary = self
            .participants
            .iter()
            .find(|participant| participant.primary);
        primary.map(|participant| participant.person_id)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::pipedrive) struct Participant {
    pub(in crate::pipedrive) person_id: i64,
    pub(in crate::pipedrive) primary: bool,
}
