//! Switches: what the vendor's documentation leaves open, question by question, and how this account answers it.
//!
//! In: a file of switches, or a seed that draws some. Out: plain values that the rest of the emulator looks at. All off is the
//! strictest plausible vendor: the one that catches careless callers. It changes nothing by itself.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One question the documentation leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The switch in files.
    pub key: &'static str,
    /// What the account does when it is on.
    pub when_on: &'static str,
    pub found_out: FoundOut,
}

/// How a caller can learn the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundOut {
    /// A few calls show it.
    ByAsking,
    /// Webhooks that are received show it.
    ByListening,
    /// Only a long wait, a spent budget or a block shows it.
    AtACost,
}

macro_rules! switches {
    ($($found:ident $name:ident $when_on:literal)*) => {
        /// Off everywhere is the default and the strictest. A file names the switches that differ.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Switches {
            $(#[doc = $when_on] pub $name: bool,)*
            /// The zone at whose midnight the day's tokens come back.
            pub budget_reset_zone: String,
            /// How long searches lag behind writes: at least, at most.
            pub search_lag_millis: (i64, i64),
        }

        impl Default for Switches {
            fn default() -> Self {
                Self {
                    $($name: false,)*
                    budget_reset_zone: "UTC".to_owned(),
                    search_lag_millis: (2_000, 5_000),
                }
            }
        }

        impl Switches {
            /// Every switch that is on or off.
            pub const QUESTIONS: &[Question] = &[
                $(Question { key: stringify!($name), when_on: $when_on, found_out: FoundOut::$found },)*
            ];
        }
    };
}

switches! {
    ByAsking unknown_parameters_are_ignored "unknown parameters and keys are ignored instead of refused"
    ByAsking root_custom_fields_are_ignored "a custom field beside `custom_fields` is ignored instead of refused"
    ByAsking unknown_custom_fields_are_ignored "an unknown code inside `custom_fields` is ignored instead of refused"
    ByAsking option_labels_are_accepted "an option may be written by its label instead of its id only"
    ByAsking limits_are_clamped "a `limit` out of range is taken for the nearest one in range instead of refused"
    ByAsking bad_cursors_start_over "a malformed cursor gives the first page instead of a refusal"
    ByAsking cursors_fit_other_lists "a cursor is taken by a list with other filters instead of refused"
    ByAsking missing_records_are_named "the body about a missing record names its kind"
    ByAsking hidden_records_look_missing "a record the user may not see answers 404 instead of 403"
    ByAsking deleted_records_vanish "a deleted record cannot be read by its id at once, instead of after thirty days"
    ByAsking deleted_records_refuse_changes "changing a deleted record answers 400 instead of 404"
    ByAsking deletes_can_be_repeated "deleting a deleted record answers as the first time instead of 404"
    ByAsking deleted_records_are_listed_by_ids "lists by `ids` show deleted records"
    ByAsking deleted_deals_have_their_own_status "the status of a deleted deal is `deleted` instead of what it was"
    ByAsking deleted_status_stands_alone "`status=deleted` among others shows the deleted deals only"
    AtACost retry_after_is_missing "answers of 429 do not say when to come back"
    AtACost refused_calls_are_free "an answer of 4xx costs no tokens"
    AtACost unauthorized_calls_cost "an answer of 401 costs tokens"
    AtACost limited_calls_cost "an answer of 429 costs tokens"
    ByAsking searches_have_their_own_window "searches do not count in the general window"
    ByAsking windows_are_per_user "all tokens of a user share one window"
    ByAsking budget_headers_come_and_go "the headers that tell the day's tokens are sometimes missing"
    AtACost hammering_is_not_blocked "who goes on after 429 is never blocked"
    ByAsking tokens_in_the_query_are_accepted "`api_token` in the query is accepted by older endpoints"
    ByAsking retired_endpoints_answer "reads of older endpoints out of support still answer"
    ByAsking activity_defaults_are_filled_in "an activity without subject or type gets the first type and its name"
    ByAsking unknown_activity_types_are_accepted "an activity may have a type that does not exist"
    ByAsking omitted_values_are_zero "a deal without a value has the value 0 instead of null"
    ByAsking clashing_pipelines_are_refused "a stage of another pipeline than the one sent along is refused"
    ByAsking pipelines_alone_are_refused "moving a deal to a pipeline without a stage is refused"
    ByAsking lost_reasons_are_kept "a reason for losing is accepted while the deal is open"
    ByAsking deals_need_a_contact "a deal without person and organization is refused"
    ByAsking missing_references_are_dropped "a reference to what does not exist is dropped instead of refused"
    ByAsking new_pipelines_have_stages "a new pipeline has stages from the start"
    ByAsking stages_start_at_one "the first stage of every pipeline has the place 1"
    ByAsking stages_take_their_deals_along "deleting a stage or pipeline deletes its open deals instead of being refused"
    ByAsking primary_contacts_do_not_participate "the person of a deal is not among its participants"
    ByAsking participants_can_be_repeated "adding a participant twice answers as the first time"
    ByAsking persons_of_deals_are_primary_only "persons by `deal_id` are the deal's person alone"
    ByAsking participants_touch_the_deal "adding or removing a participant moves the deal's `update_time`"
    ByListening new_deals_are_quiet_about_contacts "a new deal fires no event of its person and organization"
    ByListening previous_tells_the_time "the old half of every change has `update_time`"
    ByListening event_ids_change_with_attempts "each try of an event has an id of its own"
    ByListening events_keep_their_order "events come at once and in order instead of late, shuffled and sometimes twice"
    AtACost successes_forgive_failures "a delivery that succeeds sets the count towards a ban back"
    ByAsking idle_changes_move_the_time "a change that changes nothing moves `update_time`"
    ByAsking webhooks_need_no_name "a webhook may be made without a name"
    ByListening person_events_have_no_single_label "events of persons have `label_ids` but no `label`"
    ByAsking refresh_tokens_rotate "a refresh hands out a new refresh token and refuses the old one"
    ByAsking older_paging_is_flat "older lists tell their paging beside, not inside `pagination`"
    ByAsking invalid_emails_are_refused "an e-mail address without a host is refused instead of stored"
    ByAsking times_have_milliseconds "times of the newer endpoints end in `.000Z`"
    ByAsking new_records_have_an_update_time "`update_time` is there from the start"
    ByAsking unchanged_records_match_by_add_time "`updated_since` looks at `add_time` where a record was never changed"
    ByAsking option_labels_are_plain "`include_option_labels` shows the options of a list as plain labels"
    ByAsking activity_times_have_no_seconds "times of activities are shown as HH:MM"
    ByAsking webhooks_of_all_users_are_listed "the list of webhooks shows those of other users"
}

/// A file of switches cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SwitchesError {
    #[error("the switches are not valid; correct or remove what the cause names")]
    Malformed(#[source] serde_json::Error),
    #[error("'{0}' is not a time zone; use a name such as Europe/Tallinn")]
    Zone(String),
    #[error(
        "the lag of searches has to be two numbers of milliseconds, the smaller first, such as [2000, 5000]"
    )]
    Lag,
}

impl Switches {
    /// Reads a file of switches: a JSON object of those that differ.
    ///
    /// # Errors
    /// When a switch is unknown or its value makes no sense.
    pub fn read(text: &str) -> Result<Self, SwitchesError> {
        let switches: Self = serde_json::from_str(text).map_err(SwitchesError::Malformed)?;
        if jiff::tz::TimeZone::get(&switches.budget_reset_zone).is_err() {
            return Err(SwitchesError::Zone(switches.budget_reset_zone));
        }
        let (least, most) = switches.search_lag_millis;
        if least < 0 || most < least {
            return Err(SwitchesError::Lag);
        }
        Ok(switches)
    }

    /// A vendor drawn at random: the same for the same seed.
    #[must_use]
    pub fn drawn(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let drawn: Map<String, Value> = Self::QUESTIONS
            .iter()
            .map(|question| {
                (
                    question.key.to_owned(),
                    Value::from(random.random::<bool>()),
                )
            })
            .collect();
        let zones = [
            "UTC",
            "Europe/Tallinn",
            "Europe/Stockholm",
            "America/New_York",
        ];
        let least = random.random_range(0..3_000);
        Self {
            budget_reset_zone: zones[random.random_range(0..zones.len())].to_owned(),
            search_lag_millis: (least, least + random.random_range(0..3_000)),
            ..serde_json::from_value(Value::Object(drawn)).expect("every question is a switch")
        }
    }

    /// Whether the switch of that name is on; nothing when there is none.
    #[must_use]
    pub fn is_on(&self, key: &str) -> Option<bool> {
        serde_json::to_value(self).ok()?.get(key)?.as_bool()
    }
}
