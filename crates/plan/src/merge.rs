//! Three-way merge of one field that is not a set.
//!
//! In: what both sides show and showed when they last agreed, the field's policy, and when each side was seen to change.
//! Out: a [`Decision`]. Values are canonical, so two of them are equal when they mean the same. Never looks at other fields.

use model::{BySide, Field, Side, Value};

use crate::plan::{Decision, Rule};
use crate::policy::{FieldPolicy, Policies, Winner};
use crate::view::{Evidence, PairView};

/// One field of a pair, as both sides show it and as they showed it when they last agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen<'a> {
    pub field: Field,
    pub shown: BySide<Option<&'a Value>>,
    pub base: BySide<Option<&'a Value>>,
}

impl<'a> Seen<'a> {
    #[must_use]
    pub fn of(view: &'a PairView<'_>, field: Field) -> Self {
        let base = view.base();
        Self {
            field,
            shown: BySide {
                pipedrive: view.shown_value(Side::Pipedrive, field),
                propstreet: view.shown_value(Side::Propstreet, field),
            },
            base: BySide {
                pipedrive: base.pipedrive.get(field),
                propstreet: base.propstreet.get(field),
            },
        }
    }

    #[must_use]
    pub fn changed(&self, side: Side) -> bool {
        self.shown.get(side) != self.base.get(side)
    }

    #[must_use]
    pub fn agrees(&self) -> bool {
        self.shown.pipedrive == self.shown.propstreet
    }

    /// Both sides show what they showed when they last agreed.
    #[must_use]
    pub fn is_at_base(&self) -> bool {
        self.shown == self.base
    }
}

/// What a winner is found by.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    pub evidence: &'a BySide<Evidence>,
    /// Wins when the times cannot tell.
    pub tie: Side,
}

impl<'a> Judge<'a> {
    #[must_use]
    pub const fn new(view: &'a PairView<'_>, policies: &Policies) -> Self {
        Self {
            evidence: &view.evidence,
            tie: policies.tie,
        }
    }

    pub(crate) fn winner(&self, field: Field, winner: Winner) -> (Option<Side>, Rule) {
        match winner {
            Winner::PipedriveWins => (Some(Side::Pipedrive), Rule::PipedriveWins),
            Winner::PropstreetWins => (Some(Side::Propstreet), Rule::PropstreetWins),
            Winner::Manual => (None, Rule::Manual),
            Winner::Latest => match self.later(field) {
                Some(side) => (Some(side), Rule::Latest),
                None => (Some(self.tie), Rule::Tie),
            },
        }
    }

    /// The side that was edited later, when the times are further apart than the clocks are wrong.
    fn later(&self, field: Field) -> Option<Side> {
        let pipedrive = self.evidence.pipedrive.field_seen_at.get(&field)?;
        let propstreet = self.evidence.propstreet.field_seen_at.get(&field)?;
        let ahead =
            i128::from(pipedrive.as_millisecond()) - i128::from(propstreet.as_millisecond());
        let uncertainty = i128::from(self.evidence.pipedrive.uncertainty_millis)
            + i128::from(self.evidence.propstreet.uncertainty_millis);
        if ahead.abs() <= uncertainty {
            return None;
        }
        Some(if ahead > 0 {
            Side::Pipedrive
        } else {
            Side::Propstreet
        })
    }
}

/// The merge table. A field that is off is not asked about.
#[must_use]
pub fn merge(seen: &Seen<'_>, policy: FieldPolicy, judge: &Judge<'_>) -> Decision {
    if seen.is_at_base() {
        return Decision::Nothing;
    }
    if seen.agrees() {
        return Decision::Agreed;
    }
    if let Some(owner) = policy.direction.owner() {
        return merge_one_way(seen, owner);
    }
    match (
        seen.changed(Side::Pipedrive),
        seen.changed(Side::Propstreet),
    ) {
        (false, false) => Decision::Nothing,
        (true, false) => Decision::Write {
            to: Side::Propstreet,
        },
        (false, true) => Decision::Write {
            to: Side::Pipedrive,
        },
        (true, true) => {
            let (winner, rule) = judge.winner(seen.field, policy.winner);
            Decision::Conflict { winner, rule }
        }
    }
}

fn merge_one_way(seen: &Seen<'_>, owner: Side) -> Decision {
    match (seen.changed(owner), seen.changed(owner.other())) {
        (false, false) => Decision::Nothing,
        (true, false) => Decision::Write { to: owner.other() },
        (false, true) => Decision::LeaveAlone {
            side: owner.other(),
        },
        (true, true) => Decision::Conflict {
            winner: Some(owner),
            rule: Rule::OneWay,
        },
    }
}
