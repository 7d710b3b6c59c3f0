//! The questions that Pipedrive's documentation leaves open.
//!
//! In: an account. Out: a finding for each question, in the order of the topics. What was made is removed, whatever happened.

mod bans;
mod day;
mod deals;
mod deleted;
mod limits;
mod listening;
mod lists;
mod logins;
mod pipelines;
mod records;
mod two_users;
mod values;

use crate::account::{Account, Stop, Takes};
use crate::asking::Asking;
use crate::finding::{Answer, Finding};
use crate::traces::Left;

/// One question and what asking it takes.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The switch of the emulator.
    pub key: &'static str,
    topic: Topic,
    /// The most tokens that asking it costs, tidying up included.
    pub tokens: u32,
    /// What it makes at the most, and removes again.
    pub makes: &'static [(u32, &'static str)],
    pub takes: Takes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    Lists,
    Values,
    Records,
    Deleted,
    Deals,
    Pipelines,
    Limits,
    TwoUsers,
    Listening,
    Bans,
    Logins,
    Day,
}

macro_rules! questions {
    ($($topic:ident $key:ident $tokens:literal [$($count:literal $makes:literal)*] $($takes:ident)?;)+) => {
        /// Every question that is asked.
        pub const QUESTIONS: &[Question] = &[
            $(Question {
                key: stringify!($key),
                topic: Topic::$topic,
                tokens: $tokens,
                makes: &[$(($count, $makes)),*],
                takes: questions!(@ $($takes)?),
            },)+
        ];
    };
    (@ $takes:ident) => { Takes::$takes };
    (@) => { Takes::Nothing };
}

questions! {
    Lists unknown_parameters_are_ignored 10 [];
    Lists limits_are_clamped 10 [];
    Lists bad_cursors_start_over 10 [];
    Lists cursors_fit_other_lists 50 [3 "person"];
    Lists missing_records_are_named 1 [];
    Lists older_paging_is_flat 60 [1 "person" 1 "note"];
    Lists tokens_in_the_query_are_accepted 2 [];
    Lists retired_endpoints_answer 40 [];
    Values root_custom_fields_are_ignored 25 [1 "person field" 1 "person"];
    Values unknown_custom_fields_are_ignored 20 [1 "person"];
    Values option_labels_are_accepted 25 [1 "person field" 1 "person"];
    Values option_labels_are_plain 40 [1 "person field" 1 "person"];
    Values times_have_milliseconds 10 [1 "person"];
    Values new_records_have_an_update_time 10 [1 "person"];
    Values unchanged_records_match_by_add_time 30 [1 "person"];
    Values idle_changes_move_the_time 25 [1 "person"];
    Values invalid_emails_are_refused 10 [1 "person"];
    Values missing_references_are_dropped 10 [1 "person"];
    Deleted deleted_records_vanish 15 [1 "person"];
    Deleted deleted_records_refuse_changes 20 [1 "person"];
    Deleted deletes_can_be_repeated 15 [1 "person"];
    Deleted deleted_records_are_listed_by_ids 30 [1 "person"];
    Deleted deleted_deals_have_their_own_status 30 [1 "person" 1 "deal"];
    Deleted deleted_status_stands_alone 50 [2 "person" 2 "deal"];
    Records activity_defaults_are_filled_in 20 [1 "activity"];
    Records unknown_activity_types_are_accepted 20 [1 "activity"];
    Records activity_times_have_no_seconds 40 [1 "activity"];
    Records webhooks_need_no_name 20 [1 "webhook"];
    Deals omitted_values_are_zero 20 [1 "person" 1 "deal"];
    Deals lost_reasons_are_kept 30 [1 "person" 1 "deal"];
    Deals deals_need_a_contact 10 [1 "deal"];
    Deals primary_contacts_do_not_participate 40 [1 "person" 1 "deal"];
    Deals participants_can_be_repeated 60 [2 "person" 1 "deal"];
    Deals persons_of_deals_are_primary_only 60 [2 "person" 1 "deal"];
    Deals participants_touch_the_deal 60 [2 "person" 1 "deal"];
    Pipelines new_pipelines_have_stages 20 [1 "pipeline"];
    Pipelines clashing_pipelines_are_refused 60 [2 "pipeline" 2 "stage" 1 "person" 1 "deal"];
    Pipelines pipelines_alone_are_refused 60 [2 "pipeline" 2 "stage" 1 "person" 1 "deal"];
    Pipelines stages_start_at_one 60 [2 "pipeline" 2 "stage"];
    Pipelines stages_take_their_deals_along 60 [1 "pipeline" 1 "stage" 1 "person" 1 "deal"];
    Limits searches_have_their_own_window 40 [];
    Limits budget_headers_come_and_go 80 [];
    Limits search_lag_millis 560 [18 "person"];
    Limits retry_after_is_missing 290 [] MeetingLimits;
    Limits refused_calls_are_free 20 [];
    Limits unauthorized_calls_cost 20 [];
    Limits limited_calls_cost 350 [] MeetingLimits;
    Limits hammering_is_not_blocked 400 [] MeetingLimits;
    TwoUsers hidden_records_look_missing 20 [1 "person"] SecondUser;
    TwoUsers webhooks_of_all_users_are_listed 40 [1 "webhook"] SecondUser;
    Listening person_events_have_no_single_label 40 [1 "webhook" 1 "person"] PostBox;
    Listening previous_tells_the_time 40 [1 "webhook" 1 "person"] PostBox;
    Listening new_deals_are_quiet_about_contacts 60 [1 "webhook" 1 "person" 1 "deal"] PostBox;
    Listening event_ids_change_with_attempts 40 [1 "webhook" 1 "person"] PostBox;
    Listening events_keep_their_order 120 [1 "webhook" 1 "person"] PostBox;
    Bans successes_forgive_failures 200 [1 "webhook" 1 "pipeline"] PostBox;
    Logins refresh_tokens_rotate 0 [] Login;
    Logins windows_are_per_user 40 [] Login;
    Day budget_reset_zone 400 [] WaitingADay;
}

/// What came of it.
#[derive(Debug)]
pub struct Probed {
    pub findings: Vec<Finding>,
    /// By the price list.
    pub tokens: u32,
    /// Records that could not be removed.
    pub left: Vec<Left>,
    /// Why the probe ended before its last question.
    pub stopped: Option<Stop>,
}

/// Asks the questions that `is_wanted`, and tells each as it is `answered`.
pub async fn probe(
    account: Account,
    is_wanted: impl Fn(&Question) -> bool,
    mut answered: impl FnMut(&Finding),
) -> Probed {
    let mut asking = Asking::new(account);
    let mut findings = Vec::new();
    let mut left = Vec::new();
    let mut stopped = None;
    for question in QUESTIONS.iter().filter(|question| is_wanted(question)) {
        let answer = match ask(&mut asking, question).await {
            Ok(answer) => answer,
            Err(stop) if stop.is_of_question() => Answer::Unclear(stop.to_string()),
            Err(stop) => {
                stopped = Some(stop);
                break;
            }
        };
        left.extend(asking.tidy_up().await);
        let finding = Finding {
            key: question.key,
            answer,
        };
        answered(&finding);
        findings.push(finding);
    }
    left.extend(asking.tidy_up().await);
    Probed {
        findings,
        tokens: asking.spent,
        left,
        stopped,
    }
}

async fn ask(asking: &mut Asking, question: &Question) -> Result<Answer, Stop> {
    if !asking.means().have(question.takes) {
        return Ok(Answer::Lacks(question.takes));
    }
    match question.topic {
        Topic::Lists => lists::ask(asking, question.key).await,
        Topic::Values => values::ask(asking, question.key).await,
        Topic::Records => records::ask(asking, question.key).await,
        Topic::Deleted => deleted::ask(asking, question.key).await,
        Topic::Deals => deals::ask(asking, question.key).await,
        Topic::Pipelines => pipelines::ask(asking, question.key).await,
        Topic::Limits => limits::ask(asking, question.key).await,
        Topic::TwoUsers => two_users::ask(asking, question.key).await,
        Topic::Listening => listening::ask(asking, question.key).await,
        Topic::Bans => bans::ask(asking, question.key).await,
        Topic::Logins => logins::ask(asking, question.key).await,
        Topic::Day => day::ask(asking, question.key).await,
    }
}

/// A key that no topic knows is a mistake of the table above.
fn unknown(key: &str) -> Answer {
    Answer::Unclear(format!("nobody knows how to ask for {key}"))
}
