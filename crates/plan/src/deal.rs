//! What only deals and projects have: stages that mean how far a project is, and ends that cannot be taken back.
//!
//! In: a field as both sides show it, and what the stages of the deal's pipeline mean. Out: writes, notes and moves of the base in
//! the draft. How far a project is can only be read, so that only deals are moved; a closed project takes no change at all.

use model::{BySide, Field, Kind, Progress, Record, Side, Value};

use crate::draft::Draft;
use crate::members::{Members, plan_members};
use crate::merge::{Judge, Seen};
use crate::plan::{DealNote, Note, Plan, Rule};
use crate::policy::{Direction, FieldPolicy, LostPolicy, Policies};
use crate::view::{PairView, Presence};
use crate::waiting::{Binding, binding, settle_conflicts_of};

/// How a status is told: an open record, one that was sold (on Propstreet: closed), and a deal that came to nothing.
pub const OPEN: &str = "open";
pub const WON: &str = "won";
pub const LOST: &str = "lost";
/// How a deal or project is told that is about several properties.
const PORTFOLIO: &str = "yes";

/// What a stage of Pipedrive means in Propstreet; a part that is not told may be anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageMeaning {
    pub stage: String,
    pub status: String,
    pub classification: Option<String>,
    pub teaser: Option<String>,
}

impl StageMeaning {
    /// Whether a project is as far as the stage says.
    #[must_use]
    pub fn fits(&self, progress: Progress<'_>) -> bool {
        let is_part =
            |told: &Option<String>, shown: &str| told.as_ref().is_none_or(|told| told == shown);
        self.status == progress.status
            && is_part(&self.classification, progress.classification)
            && is_part(&self.teaser, progress.teaser)
    }
}

/// What a plan for a deal depends on besides both records.
#[derive(Debug, Clone, Copy)]
pub struct DealView<'a> {
    /// The deal is in a pipeline that is kept in step, and not archived. Where it is not, nothing travels.
    pub is_in_scope: bool,
    /// What the stages of the deal's pipeline mean, in the order in which they are looked through.
    pub stages: &'a [StageMeaning],
    /// What is known of those who take part; nothing where they are not kept in step.
    pub members: Option<&'a Members>,
}

impl DealView<'_> {
    /// The first stage that means this.
    fn stage_for(&self, progress: Progress<'_>) -> Option<&str> {
        let found = self.stages.iter().find(|row| row.fits(progress));
        found.map(|row| row.stage.as_str())
    }

    fn has_meaning(&self, stage: &str, progress: Progress<'_>) -> bool {
        let mut rows = self.stages.iter().filter(|row| row.stage == stage);
        rows.any(|row| row.fits(progress))
    }
}

/// Whether the pair is left alone because its deal is in no pipeline that is kept in step.
pub(crate) fn is_out_of_scope(view: &PairView<'_>) -> bool {
    view.deal.is_some_and(|deal| !deal.is_in_scope)
}

/// Whether the project was closed, after which Propstreet takes no change of it.
pub(crate) fn is_closed(view: &PairView<'_>) -> bool {
    view.kind == Kind::Deal && status_shown(view, Side::Propstreet) == Some(WON)
}

fn status_shown<'a>(view: &'a PairView<'_>, side: Side) -> Option<&'a str> {
    view.shown_value(side, Field::DealStatus)?.as_text()
}

/// Whether a record without a counterpart is left without one: what has ended already is not made anew.
pub(crate) fn is_over(view: &PairView<'_>, live: &Record) -> bool {
    let status = live.get(Field::DealStatus).and_then(Value::as_text);
    view.kind == Kind::Deal && status != Some(OPEN)
}

/// A field of a pair whose project is closed: what the closing has set still reaches the deal, and nothing comes back.
pub(crate) fn plan_of_closed(
    seen: &Seen<'_>,
    direction: Direction,
    view: &PairView<'_>,
    draft: &mut Draft<'_>,
) {
    settle_all_of(view, seen, draft);
    if seen.agrees() {
        draft.take_in(seen);
    } else if seen.changed(Side::Pipedrive) {
        draft.note(Note::Deal(DealNote::Frozen { field: seen.field }));
    } else if seen.changed(Side::Propstreet) && direction.allows(Side::Pipedrive) {
        let value = seen.shown.propstreet.cloned();
        draft.write(Side::Pipedrive, seen.field, value.clone(), value);
    }
}

fn settle_all_of(view: &PairView<'_>, seen: &Seen<'_>, draft: &mut Draft<'_>) {
    settle_conflicts_of(view, seen, draft);
    if view.pair.restores.contains_key(&seen.field) {
        draft.settle_restore(seen.field);
    }
}

/// A value that only a deal can show is put back there, unless somebody has changed it since.
fn put_back(view: &PairView<'_>, seen: &Seen<'_>, draft: &mut Draft<'_>) -> bool {
    let Some(wanted) = view.pair.restores.get(&seen.field) else {
        return false;
    };
    if wanted.is_none() || seen.changed(Side::Pipedrive) || seen.shown.pipedrive == wanted.as_ref()
    {
        draft.settle_restore(seen.field);
        return false;
    }
    draft.write_without_base(Side::Pipedrive, seen.field, wanted.clone());
    true
}

/// The stage of a deal, and how far its project is.
pub(crate) fn plan_stage(
    view: &PairView<'_>,
    policies: &Policies,
    seen: &Seen<'_>,
    draft: &mut Draft<'_>,
) {
    if put_back(view, seen, draft) {
        return;
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_text).map(str::to_owned);
    let told = text(seen.shown.propstreet);
    let (Some(deal), Some(progress)) = (view.deal, told.as_deref().and_then(Progress::parse))
    else {
        draft.take_in(seen);
        return;
    };
    let stage = text(seen.shown.pipedrive).unwrap_or_default();
    let fits = deal.has_meaning(&stage, progress);
    let policy = policies.of(seen.field);
    let is_first_sight = seen.base.propstreet.is_none();
    let has_moved = seen.changed(Side::Propstreet) && !is_first_sight;
    let may_move = policy.direction.allows(Side::Pipedrive)
        && status_shown(view, Side::Pipedrive) == Some(OPEN);
    let target = deal.stage_for(progress);
    match target {
        Some(target) if has_moved && may_move && !fits => {
            let both = seen.changed(Side::Pipedrive);
            move_deal(view, policies, (seen, policy), (target, both), draft);
        }
        Some(_) | None => {
            settle_conflicts_of(view, seen, draft);
            draft.take_in(seen);
            let is_told = status_shown(view, Side::Pipedrive) == Some(OPEN) && !is_closed(view);
            if !fits && is_told && !deal.stages.is_empty() {
                draft.note(match target {
                    Some(_) => Note::Deal(DealNote::StageDiffers),
                    None => Note::Deal(DealNote::NoStage),
                });
            }
        }
    }
}

fn move_deal(
    view: &PairView<'_>,
    policies: &Policies,
    (seen, policy): (&Seen<'_>, FieldPolicy),
    (target, both_moved): (&str, bool),
    draft: &mut Draft<'_>,
) {
    let carry = |draft: &mut Draft<'_>| {
        let source = seen.shown.propstreet.cloned();
        draft.write(Side::Pipedrive, seen.field, Value::text(target), source);
    };
    let stay = |draft: &mut Draft<'_>| {
        draft.take_in(seen);
        draft.note(Note::Deal(DealNote::StageDiffers));
    };
    match binding(view, seen, Direction::Both, draft) {
        Binding::Waits => {}
        Binding::Decided(Side::Propstreet) => carry(draft),
        Binding::Decided(Side::Pipedrive) => stay(draft),
        Binding::Free if !both_moved => carry(draft),
        Binding::Free => match Judge::new(view, policies).winner(seen.field, policy.winner) {
            (Some(Side::Propstreet), rule) => {
                draft.conflict(seen, Some(Side::Propstreet), rule);
                carry(draft);
            }
            // What Pipedrive shows stays there, and has no word in Propstreet that could be lost.
            (Some(Side::Pipedrive), _) => stay(draft),
            (None, _) => draft.conflict(seen, None, Rule::Manual),
        },
    }
}

/// Whether a deal is open, won or lost, and what has become of its project.
pub(crate) fn plan_status(
    view: &PairView<'_>,
    policies: &Policies,
    seen: &Seen<'_>,
    reach: BySide<bool>,
    draft: &mut Draft<'_>,
) {
    settle_conflicts_of(view, seen, draft);
    if put_back(view, seen, draft) {
        return;
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_text).map(str::to_owned);
    let (deal, project) = (text(seen.shown.pipedrive), text(seen.shown.propstreet));
    let is_news = |side: Side| seen.base.get(side).is_some() && seen.changed(side);
    match (deal.as_deref(), project.as_deref()) {
        (Some(WON), Some(OPEN)) if is_news(Side::Pipedrive) && reach.propstreet => {
            close(seen, WON, draft);
        }
        (Some(LOST), Some(OPEN)) if is_news(Side::Pipedrive) && reach.propstreet => {
            match policies.deals.lost {
                LostPolicy::Nothing => {
                    draft.take_in(seen);
                    draft.note(Note::Deal(DealNote::LostAlone));
                }
                LostPolicy::Close => close(seen, LOST, draft),
                LostPolicy::Delete => draft.delete_for(Side::Propstreet, seen),
            }
        }
        (Some(OPEN), Some(WON))
            if is_news(Side::Propstreet) && policies.deals.closed_is_won && reach.pipedrive =>
        {
            let won = Value::text(WON);
            draft.write(Side::Pipedrive, seen.field, won.clone(), won);
        }
        (Some(deal), Some(project)) => {
            draft.take_in(seen);
            match (deal, project) {
                (WON, OPEN) => draft.note(Note::Deal(DealNote::WonAlone)),
                (LOST, OPEN) => draft.note(Note::Deal(DealNote::LostAlone)),
                (OPEN, WON) => draft.note(Note::Deal(DealNote::CannotReopen)),
                (_, _) => {}
            }
        }
        (None, _) | (_, None) => {}
    }
}

fn close(seen: &Seen<'_>, how: &str, draft: &mut Draft<'_>) {
    let value = Value::text(how);
    draft.write(
        Side::Propstreet,
        seen.field,
        value,
        seen.shown.pipedrive.cloned(),
    );
}

/// Who takes part, while both the deal and its project are open.
pub(crate) fn plan_who_takes_part(
    view: &PairView<'_>,
    direction: Direction,
    seen: &Seen<'_>,
    draft: &mut Draft<'_>,
) {
    settle_all_of(view, seen, draft);
    let is_open = |side: Side| status_shown(view, side) == Some(OPEN);
    let members = view.deal.and_then(|deal| deal.members);
    if let Some(members) = members.filter(|_| Side::BOTH.into_iter().all(is_open)) {
        plan_members(view, members, seen, direction, draft);
    }
}

/// Whether a project has a number of properties: it is a portfolio, or is about to be told so. Where its own users have made it a
/// single property, they have taken the number away; where we have told it so, nobody has.
pub(crate) fn counts_properties(view: &PairView<'_>, seen: &Seen<'_>, draft: &Draft<'_>) -> bool {
    let is_portfolio = |value: Option<&Value>| value.and_then(Value::as_text) == Some(PORTFOLIO);
    let field = Field::DealPortfolio;
    let shown = view.shown_value(Side::Propstreet, field);
    let was = is_portfolio(view.base().propstreet.get(field));
    let was_taken_away = was && !is_portfolio(shown) && seen.changed(Side::Propstreet);
    let told = draft.record_write(Side::Propstreet, field);
    was_taken_away || is_portfolio(told.map_or(shown, Option::as_ref))
}

/// The field with whose write another one's value goes.
#[must_use]
pub const fn goes_with(field: Field) -> Option<Field> {
    if matches!(field, Field::DealPropertyCount) {
        Some(Field::DealPortfolio)
    } else {
        None
    }
}

/// Where a project is told now that it is no portfolio, the number that somebody gave it goes with that. If it stands nowhere else, it
/// is journaled.
pub(crate) fn journal_what_goes_with_portfolio(seen: &Seen<'_>, draft: &mut Draft<'_>) {
    let field = Field::DealPortfolio;
    if draft.record_write(Side::Propstreet, field).is_none() {
        return;
    }
    let is_only_there = seen.shown.propstreet.is_some() && !seen.agrees();
    if is_only_there && seen.changed(Side::Propstreet) {
        let rule = draft.rule_of(field).unwrap_or(Rule::PipedriveWins);
        draft.conflict(seen, Some(Side::Pipedrive), rule);
    }
}

/// Whether a project would be told a number of properties that it has no word for.
pub(crate) fn lacks_portfolio(field: Field, missing: Side, live: &Record) -> bool {
    let portfolio = live.get(Field::DealPortfolio).and_then(Value::as_text);
    (field, missing) == (Field::DealPropertyCount, Side::Propstreet) && portfolio != Some(PORTFOLIO)
}

/// Whether what the deal's own person thinks can be told on both sides.
pub(crate) fn is_classified(view: &PairView<'_>) -> bool {
    let members = view.deal.and_then(|deal| deal.members);
    members.is_some_and(|members| members.is_classified)
}

/// A deal whose project was deleted is lost. Nothing where that is so already, or may not be written.
pub(crate) fn lose_deal(view: &PairView<'_>, policies: &Policies, live: &Record) -> Option<Plan> {
    let status = live.get(Field::DealStatus).and_then(Value::as_text);
    let may_be_written = policies
        .of(Field::DealStatus)
        .direction
        .allows(Side::Pipedrive);
    if status != Some(OPEN) || !may_be_written || is_out_of_scope(view) {
        return None;
    }
    let mut draft = Draft::new(view, None);
    draft.note(Note::Unlinked {
        deleted_on: Side::Propstreet,
    });
    draft.write_without_base(Side::Pipedrive, Field::DealStatus, Value::text(LOST));
    Some(draft.finish_alone())
}

/// What a new pair has agreed on before its other half is made: only what is open is made, and it is made open.
pub(crate) fn agree_on_open(view: &PairView<'_>, draft: &mut Draft<'_>) {
    if view.kind == Kind::Deal {
        let open = || Value::text(OPEN);
        let both = BySide {
            pipedrive: open(),
            propstreet: open(),
        };
        draft.agree(Field::DealStatus, both);
    }
}

/// Whether a project was deleted, which never deletes a deal.
pub(crate) fn is_of_deal(view: &PairView<'_>) -> bool {
    view.kind == Kind::Deal
}

/// Whether a deletion may reach a record: a closed project stays.
pub(crate) fn may_be_deleted(view: &PairView<'_>, side: Side) -> bool {
    match (view.kind, side, view.shown.get(side)) {
        (Kind::Deal, Side::Pipedrive, _) => false,
        (Kind::Deal, Side::Propstreet, Presence::Live(_)) => {
            !is_closed(view) && !is_out_of_scope(view)
        }
        (Kind::Deal | Kind::Organization | Kind::Person | Kind::Note, _, _) => true,
    }
}
