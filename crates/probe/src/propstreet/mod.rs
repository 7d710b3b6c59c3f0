//! The questions that Propstreet's documentation says in two ways or leaves open.
//!
//! In: an organization. Out: a finding for each question, in the order of the topics. What was made is removed, whatever happened.

mod asking;
mod deleted;
mod lists;
mod organization;
mod projects;
mod tidying;
mod told;
mod uniqueness;
mod values;
mod versions;

pub use organization::{Login, Organization};

use http::Method;

use self::asking::{Ask, Asking, NOBODY, PROJECTS};
use crate::account::{Stop, Takes};
use crate::finding::{Answer, Finding};
use crate::traces::Left;

/// One question and what asking it takes.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The switch of the emulator.
    pub key: &'static str,
    topic: Topic,
    /// The most requests that asking it takes, tidying up included, but for logging in.
    pub requests: u32,
    /// What it makes at the most, and removes again.
    pub makes: &'static [(u32, &'static str)],
    pub takes: Takes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    Lists,
    Values,
    Versions,
    Uniqueness,
    Deleted,
    Projects,
    Told,
}

macro_rules! questions {
    ($($topic:ident $key:ident $requests:literal [$($count:literal $makes:literal)*] $($takes:ident)?;)+) => {
        /// Every question that is asked.
        pub const QUESTIONS: &[Question] = &[
            $(Question {
                key: stringify!($key),
                topic: Topic::$topic,
                requests: $requests,
                makes: &[$(($count, $makes)),*],
                takes: questions!(@ $($takes)?),
            },)+
        ];
    };
    (@ $takes:ident) => { Takes::$takes };
    (@) => { Takes::Nothing };
}

questions! {
    Lists lists_are_flat 1 [];
    Lists page_size_is_what_came 1 [];
    Lists unknown_parameters_are_ignored 1 [];
    Lists page_sizes_are_clamped 1 [];
    Lists times_need_no_zone 1 [];
    Lists cursors_fit_other_filters 6 [2 "contact"];
    Values ids_are_numbers 2 [1 "contact"];
    Values decimals_are_text 2 [1 "property"];
    Values unknown_fields_are_ignored 2 [1 "contact"];
    Values names_may_be_longer 2 [1 "contact"];
    Values notes_may_be_longer 3 [1 "contact"];
    Values phones_stay_as_written 2 [1 "contact"];
    Values a_primary_replaces_the_rest 3 [1 "contact"];
    Values changes_are_told_on_reads 3 [1 "contact"];
    Versions versions_are_strong 2 [1 "contact"];
    Versions stale_versions_answer_409 3 [1 "contact"];
    Versions a_star_fits_every_version 3 [1 "contact"];
    Versions put_changes_records 3 [1 "contact"];
    Versions idle_changes_make_versions 3 [1 "contact"];
    Versions links_need_no_version 7 [1 "contact" 1 "company" 1 "link"];
    Uniqueness known_references_give_the_record 4 [2 "contact"];
    Uniqueness addresses_may_be_shared 4 [2 "contact"];
    Uniqueness addresses_differ_by_case 6 [3 "contact"];
    Uniqueness domains_are_unique 4 [2 "company"];
    Uniqueness links_can_be_repeated 8 [1 "contact" 1 "company" 2 "link"];
    Uniqueness reused_keys_give_the_first_answer 4 [2 "property"];
    Uniqueness network_creates_ignore_keys 4 [2 "contact"];
    Deleted deletes_can_be_repeated 3 [1 "contact"];
    Deleted deleted_records_are_readable 3 [1 "contact"];
    Deleted deleted_records_free_their_references 4 [2 "contact"];
    Projects projects_cannot_be_deleted 1 [];
    Projects classification_can_be_set 3 [1 "project"] DeletableProjects;
    Projects closing_ignores_versions 5 [1 "project"] DeletableProjects;
    Projects deletes_need_no_flag 4 [1 "project"] DeletableProjects;
    Projects notes_of_projects_answer_204 4 [1 "project"] DeletableProjects;
    Projects partial_batches_answer_207 6 [1 "project" 1 "contact"] DeletableProjects;
    Projects removed_prospects_come_back 8 [1 "project" 1 "contact"] DeletableProjects;
    Told webhooks_are_listed_bare 1 [];
    Told project_events_are_unknown 2 [1 "webhook"];
    Told own_writes_are_quiet 5 [1 "webhook" 1 "company"];
    Told removed_prospects_are_told_as_deleted 11 [1 "webhook" 1 "project" 1 "contact"] DeletableProjects;
    Told events_are_named_by_type_alone 6 [1 "webhook" 1 "contact"] PostBox;
    Told events_are_named_by_event_alone 6 [1 "webhook" 1 "contact"] PostBox;
}

/// What came of it.
#[derive(Debug)]
pub struct Probed {
    pub findings: Vec<Finding>,
    /// Those of logging in and of tidying up included.
    pub requests: u32,
    /// Records that could not be removed.
    pub left: Vec<Left>,
    /// Why the probe ended before its last question.
    pub stopped: Option<Stop>,
}

/// Asks the questions that `is_wanted`, and tells each as it is `answered`.
pub async fn probe(
    organization: Organization,
    is_wanted: impl Fn(&Question) -> bool,
    mut answered: impl FnMut(&Finding),
) -> Probed {
    let mut asking = Asking::new(organization);
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
        requests: asking.spent,
        left,
        stopped,
    }
}

async fn ask(asking: &mut Asking, question: &Question) -> Result<Answer, Stop> {
    if !has(asking, question.takes).await? {
        return Ok(Answer::Lacks(question.takes));
    }
    match question.topic {
        Topic::Lists => lists::ask(asking, question.key).await,
        Topic::Values => values::ask(asking, question.key).await,
        Topic::Versions => versions::ask(asking, question.key).await,
        Topic::Uniqueness => uniqueness::ask(asking, question.key).await,
        Topic::Deleted => deleted::ask(asking, question.key).await,
        Topic::Projects => projects::ask(asking, question.key).await,
        Topic::Told => told::ask(asking, question.key).await,
    }
}

/// Whether there is what a question takes. What Propstreet lacks is found out before anything is made that would stay.
async fn has(asking: &mut Asking, takes: Takes) -> Result<bool, Stop> {
    Ok(match takes {
        Takes::Nothing => true,
        Takes::PostBox => asking.organization.post_box.is_some(),
        Takes::DeletableProjects => !projects_stay(asking).await?,
        // No question here takes one of these.
        Takes::SecondUser | Takes::Login | Takes::MeetingLimits | Takes::WaitingADay => false,
    })
}

/// Whether a project cannot be deleted: it is tried on one that is not there.
async fn projects_stay(asking: &mut Asking) -> Result<bool, Stop> {
    if let Some(can) = asking.projects_can_be_deleted {
        return Ok(!can);
    }
    let ask = Ask::of(Method::DELETE, format!("{PROJECTS}/{NOBODY}"));
    let reply = asking.call(&ask).await?;
    let stays = match reply.status {
        404 | 410 => false,
        405 | 501 => true,
        _ => return Err(reply.unexpected()),
    };
    asking.projects_can_be_deleted = Some(!stays);
    Ok(stays)
}

/// A key that no topic knows is a mistake of the table above.
fn unknown(key: &str) -> Answer {
    Answer::Unclear(format!("nobody knows how to ask for {key}"))
}

fn unclear(why: &str) -> Answer {
    Answer::Unclear(why.to_owned())
}
