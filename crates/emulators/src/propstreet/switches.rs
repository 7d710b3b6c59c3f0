//! Switches: what Propstreet's documentation says in two ways, and which of them this organization follows.
//!
//! In: a file of switches, or a seed that draws some. Out: plain values that the rest of the emulator looks at. All off is the
//! strictest plausible reading: the one that catches careless callers. It changes nothing by itself.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

macro_rules! switches {
    ($($name:ident $when_on:literal)*) => {
        /// Off everywhere is the default and the strictest. A file names the switches that differ.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct PropstreetSwitches {
            $(#[doc = $when_on] pub $name: bool,)*
        }

        impl PropstreetSwitches {
            /// Every switch: its name in files, and what the organization does when it is on.
            pub const QUESTIONS: &[(&str, &str)] = &[$((stringify!($name), $when_on),)*];
        }
    };
}

switches! {
    lists_are_flat "the paging of lists is told beside `data` instead of in `page`"
    page_size_is_what_came "`pageSize` is the number of rows that came instead of the number asked for"
    ids_are_numbers "ids are shown as numbers instead of text"
    decimals_are_text "amounts, areas and other numbers of projects and properties are shown as text"
    versions_are_strong "versions of records are strong tags, without `W/`"
    stale_versions_answer_409 "a stale version answers 409 with the type of a concurrency conflict instead of 412"
    links_need_no_version "a link is changed without `If-Match`, too"
    closing_ignores_versions "a project is closed whatever version `If-Match` names"
    known_references_give_the_record "creating with a known reference gives the record that has it instead of 409"
    a_primary_replaces_the_rest "writing `email` or `phone` alone drops the other entries of the list"
    classification_can_be_set "the classification of a project may be created and changed instead of refused"
    projects_cannot_be_deleted "deleting a project answers 405"
    removed_prospects_are_told_as_deleted "taking a prospect off its list is told as `prospect.deleted`"
    changes_are_told_on_reads "single reads tell kind and origin of the last change"
    notes_of_projects_answer_204 "a new note on a project or prospect is answered as one on a contact is"
    project_events_are_unknown "webhooks of projects and prospects are refused, and never sent"
    events_are_named_by_type_alone "events tell their name in `type` alone"
    events_are_named_by_event_alone "events tell their name in `event` alone"
    own_writes_are_quiet "what is written through the API is told by no event"
    webhooks_are_listed_bare "webhooks and their deliveries are listed as a bare array"
    unknown_fields_are_ignored "fields of a body that are not known are ignored instead of refused"
    unknown_parameters_are_ignored "parameters of a query that are not known are ignored instead of refused"
    page_sizes_are_clamped "a `page_size` beyond the limits is brought within them instead of refused"
    cursors_fit_other_filters "a cursor goes on with other filters than it was made with"
    times_need_no_zone "`updated_since` without a zone is taken for UTC instead of refused"
    deletes_need_no_flag "projects and prospects since a moment are listed with what was deleted, unasked"
    put_changes_records "PUT is taken as PATCH is"
    a_star_fits_every_version "`If-Match: *` fits every version instead of none"
    names_may_be_longer "a name may have 500 letters"
    notes_may_be_longer "a note may have 50,000 letters"
    phones_stay_as_written "phone numbers are brought into the server's form by the upsert alone"
    idle_changes_make_versions "a change that changes nothing makes a version, and is told"
    deletes_can_be_repeated "deleting what is deleted already answers 204 instead of 404"
    deleted_records_are_readable "what was deleted is still read by its id"
    deleted_records_free_their_references "the references of what was deleted may be taken by another"
    addresses_may_be_shared "two contacts may have one address"
    addresses_differ_by_case "addresses that differ by case alone are two"
    domains_are_unique "a domain that another company has answers 409"
    links_can_be_repeated "a contact may have two links with one company"
    reused_keys_give_the_first_answer "a key with another body gives the first answer instead of 409"
    network_creates_ignore_keys "creating contacts, companies and links heeds no idempotency key"
    removed_prospects_come_back "who is added again after being taken off the list is the prospect of before"
    partial_batches_answer_207 "a batch of which some failed answers 207"
}

/// A file of switches cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the switches are not valid; correct or remove what the cause names")]
pub struct SwitchesError(#[source] serde_json::Error);

impl PropstreetSwitches {
    /// Reads a file of switches: a JSON object of those that differ.
    ///
    /// # Errors
    /// When a switch is unknown or is neither on nor off.
    pub fn read(text: &str) -> Result<Self, SwitchesError> {
        serde_json::from_str(text).map_err(SwitchesError)
    }

    /// An organization drawn at random: the same for the same seed.
    #[must_use]
    pub fn drawn(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let drawn: Map<String, Value> = Self::QUESTIONS
            .iter()
            .map(|(key, _)| ((*key).to_owned(), Value::from(random.random::<bool>())))
            .collect();
        let drawn: Self =
            serde_json::from_value(Value::Object(drawn)).expect("every question is a switch");
        Self {
            events_are_named_by_event_alone: drawn.events_are_named_by_event_alone
                && !drawn.events_are_named_by_type_alone,
            // Where addresses may be shared, their case makes no difference.
            addresses_differ_by_case: drawn.addresses_differ_by_case
                && !drawn.addresses_may_be_shared,
            // A flat list tells no size.
            page_size_is_what_came: drawn.page_size_is_what_came && !drawn.lists_are_flat,
            // Who was deleted does not come back.
            removed_prospects_come_back: drawn.removed_prospects_come_back
                && !drawn.removed_prospects_are_told_as_deleted,
            ..drawn
        }
    }

    /// Only this switch is on; nothing when there is none of that name.
    #[must_use]
    pub fn only(key: &str) -> Option<Self> {
        let on: Map<String, Value> = [(key.to_owned(), Value::Bool(true))].into_iter().collect();
        serde_json::from_value(Value::Object(on)).ok()
    }
}
