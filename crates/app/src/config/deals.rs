//! `[scope]` and `[deals]`: which deals are kept in step with projects, what their stages mean, and how either ends.

use engine::settings::{DealSettings, stages_of_guide};
use model::Entity;
use plan::{DealPolicies, LostPolicy, OPEN, Policies, StageMeaning};

use super::mistake::Mistake;
use super::section::{Found, Section};
use super::unknown;

const LOST: [(&str, LostPolicy); 3] = [
    ("nothing", LostPolicy::Nothing),
    ("close", LostPolicy::Close),
    ("delete", LostPolicy::Delete),
];
/// Whether a closed project wins its deal.
const CLOSED: [(&str, bool); 2] = [("won", true), ("nothing", false)];
const STATUSES: [&str; 2] = [OPEN, "closed"];
const CLASSIFICATIONS: [&str; 3] = ["draft", "active", "inactive"];
const TEASERS: [&str; 6] = [
    "none",
    "property_added",
    "drafting",
    "published",
    "verified",
    "communicated",
];
const ANY: &str = "any";
/// Without these the deals of a pipeline cannot be kept in step.
const NEEDED: [Entity; 4] = [
    Entity::Deal,
    Entity::Project,
    Entity::Pipeline,
    Entity::Stage,
];

/// How deals and projects are kept in step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deals {
    /// `None` where no pipeline is chosen.
    pub(super) settings: Option<DealSettings>,
    pub(super) policies: DealPolicies,
}

pub(super) fn read(
    mut scope: Section<'_, '_>,
    (mirrored, follows_participants): (&[Entity], bool),
) -> impl FnOnce(Section<'_, '_>) -> Deals + use<> {
    let pipelines = scope.texts("pipelines");
    if let Some(first) = pipelines.first() {
        for entity in NEEDED.iter().filter(|entity| !mirrored.contains(entity)) {
            let message = format!(
                "`scope.pipelines` needs {}, which `mirror.without` leaves out",
                entity.plural()
            );
            scope.note(Mistake::new(first.place.clone(), message));
        }
    }
    scope.finish();
    let pipelines: Vec<String> = pipelines.into_iter().map(|found| found.value).collect();
    let follows_members = follows_participants && mirrored.contains(&Entity::Prospect);
    move |section| read_rest(section, pipelines, follows_members)
}

fn read_rest(mut section: Section<'_, '_>, pipelines: Vec<String>, follows_members: bool) -> Deals {
    let default = Policies::default_policies().deals;
    let policies = DealPolicies {
        lost: section.choice("lost", &LOST, default.lost),
        closed_is_won: section.choice("closed", &CLOSED, default.closed_is_won),
    };
    let stages: Vec<StageMeaning> = section
        .texts("stages")
        .into_iter()
        .filter_map(|found| read_stage(&mut section, found))
        .collect();
    let matched_prospects = section.flag("matched_prospects", false);
    if matched_prospects && !follows_members {
        let message = "`deals.matched_prospects` needs participants and prospects, which `[mirror]` leaves out";
        let help =
            "take prospects out of `mirror.without`, and give `mirror.participants` an interval";
        section.note(Mistake::new(section.place(), message).with_help(help));
    }
    let mut some = |key: &str| Some(section.text_or(key, "")).filter(|text| !text.is_empty());
    let settings = DealSettings {
        matched_prospects,
        stages_are_chosen: !stages.is_empty(),
        stages: if stages.is_empty() {
            stages_of_guide()
        } else {
            stages
        },
        new_deal_pipeline: some("new_deal_pipeline"),
        new_deal_stage: some("new_deal_stage"),
        new_deal_owner: some("new_deal_owner"),
        pipelines,
    };
    section.finish();
    Deals {
        settings: Some(settings).filter(|settings| !settings.pipelines.is_empty()),
        policies,
    }
}

/// Reads `Investor Outreach: open active communicated`.
fn read_stage(section: &mut Section<'_, '_>, found: Found<String>) -> Option<StageMeaning> {
    let mut refuse = |what: String, help: String| {
        let message = format!("`deals.stages`: {what}");
        section.note(Mistake::new(found.place.clone(), message).with_help(help));
    };
    let Some((stage, words)) = found.value.rsplit_once(':') else {
        let help = "for instance \"Investor Outreach: open active communicated\"";
        refuse(
            format!("\"{}\" does not say what the stage means", found.value),
            help.to_owned(),
        );
        return None;
    };
    let mut words = words.split_whitespace();
    let mut part = |known: &[&str]| match words.next() {
        None | Some(ANY) => Ok(None),
        Some(word) if known.contains(&word) => Ok(Some(word.to_owned())),
        Some(word) => Err((word.to_owned(), known.join(", "))),
    };
    let parts = part(&STATUSES).and_then(|status| {
        let classification = part(&CLASSIFICATIONS)?;
        Ok((status, classification, part(&TEASERS)?))
    });
    match parts {
        Ok((status, classification, teaser)) => Some(StageMeaning {
            stage: stage.trim().to_owned(),
            status: status.unwrap_or_else(|| OPEN.to_owned()),
            classification,
            teaser: teaser.map(|word| match word.as_str() {
                "none" => model::progress::NO_TEASER.to_owned(),
                _ => word,
            }),
        }),
        Err((word, known)) => {
            let near = unknown::nearest(&word, known.split(", "));
            let help = near.map_or_else(
                || format!("one of {known}, or any"),
                |near| format!("did you mean \"{near}\"?"),
            );
            refuse(format!("\"{word}\" is nothing that a project can be"), help);
            None
        }
    }
}
