//! Who takes part: the participants of a deal and the prospects of its project, one by one. What either side added or removed
//! travels, and an addition beats a removal.
//!
//! In: both sides' members, told as [`model::Reference::word`] says, and what is known of some of them. Out: at most one write per
//! side, which is one call: up to a hundred added prospects, or one who comes or goes. Whose record has no pair yet waits for it.

use std::collections::BTreeSet;

use model::{Base, BySide, Field, Reference, Side, Value};
use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::merge::Seen;
use crate::plan::Note;
use crate::policy::Direction;
use crate::sets::elements;
use crate::view::PairView;

/// One call adds at most so many prospects.
pub const PROSPECTS_AT_ONCE: usize = 100;

/// What a plan depends on besides who takes part on either side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Members {
    /// It was read who takes part in the deal. Before that nobody counts as having left it.
    pub is_known: bool,
    /// The deal's own person, who cannot leave it.
    pub primary: Option<String>,
    /// All that are organizations. A deal has at most one, and it stands in where the deal has no person.
    pub organizations: BTreeSet<String>,
    /// Whom the platform found by itself, where the settings leave them alone.
    pub matched: BTreeSet<String>,
    /// Who were agreed on and whose pairs are over since: they are let go by nobody.
    pub ended: BTreeSet<String>,
    /// The deal's own person is a prospect, and Pipedrive has a field for what it thinks.
    pub is_classified: bool,
    /// Whom a side has refused lately.
    pub refused: BySide<BTreeSet<String>>,
}

/// What a person should know of somebody who takes part on one side only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberNote {
    /// No prospect any more, and the deal's own person: a deal keeps it until somebody chooses another.
    PrimaryStays { member: String },
    /// No prospect any more, and the deal's own organization.
    OrganizationStays { member: String },
    /// A company among the prospects: only a person can take part in a deal.
    NoPlace { member: String },
    /// The platform found it by itself, and the settings leave such prospects in Propstreet.
    MatchedStays { member: String },
    /// The side has refused to add it; it is asked again after a day.
    Refused { member: String, by: Side },
    /// It waits for its own pair.
    Waits { member: String },
}

/// What should happen to one who takes part on one side only.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Move {
    Stay,
    Add,
    Remove,
    LeaveAlone,
    Tell(MemberNote),
    /// Its record has no counterpart yet.
    Wait,
}

struct Sets<'a> {
    shown: BySide<&'a BTreeSet<String>>,
    base: BySide<&'a BTreeSet<String>>,
    direction: Direction,
    members: &'a Members,
    has_person: bool,
}

pub(crate) fn plan_members(
    view: &PairView<'_>,
    members: &Members,
    seen: &Seen<'_>,
    direction: Direction,
    draft: &mut Draft<'_>,
) {
    let shown = BySide {
        pipedrive: elements(seen.shown.pipedrive),
        propstreet: elements(seen.shown.propstreet),
    };
    let is_person = |name: &String| !members.organizations.contains(name);
    let sets = Sets {
        shown,
        base: BySide {
            pipedrive: elements(seen.base.pipedrive),
            propstreet: elements(seen.base.propstreet),
        },
        direction,
        members,
        has_person: shown.pipedrive.iter().any(is_person),
    };
    sets.agree_on_common(seen, draft);
    let mut left_alone = BTreeSet::new();
    let mut coming: BySide<BTreeSet<&String>> = BySide::default();
    let mut going: BySide<BTreeSet<&String>> = BySide::default();
    for name in shown.pipedrive.symmetric_difference(shown.propstreet) {
        let has = sets.side_of(name);
        match sets.decide(view, name, has) {
            Move::Stay => {}
            Move::Add => drop(coming.get_mut(has.other()).insert(name)),
            Move::Remove => drop(going.get_mut(has).insert(name)),
            Move::LeaveAlone => drop(left_alone.insert(has)),
            Move::Tell(note) => draft.note(Note::Member(note)),
            Move::Wait => {
                draft.note(Note::Member(MemberNote::Waits {
                    member: name.clone(),
                }));
                if let Some(Reference::Unpaired(record)) = Reference::parse(name) {
                    draft.wake_with(&record);
                }
            }
        }
    }
    for side in left_alone {
        let field = seen.field;
        draft.note(Note::LeftAlone { field, side });
    }
    for to in Side::BOTH {
        if let Some(wanted) = next_of(to, shown.get(to), (coming.get(to), going.get(to))) {
            let source = seen.shown.get(to.other()).cloned();
            draft.write(to, seen.field, Value::set(wanted), source);
        }
    }
}

/// What both sides agree on once some came or went: those who did, as far as they are there or gone, and nobody else.
#[must_use]
pub fn base_after_moves(
    base: &Base,
    (coming, going): (&BTreeSet<String>, &BTreeSet<String>),
    there: &BTreeSet<String>,
) -> Base {
    let field = Field::DealProspects;
    let mut after = base.clone();
    for side in Side::BOTH {
        let mut agreed = elements(base.get(side).get(field)).clone();
        agreed.extend(coming.intersection(there).cloned());
        agreed.retain(|name| !going.contains(name) || there.contains(name));
        after.get_mut(side).put(field, Value::set(agreed));
    }
    after
}

/// Who takes part after the next call: those who come before those who go.
fn next_of(
    to: Side,
    shown: &BTreeSet<String>,
    (coming, going): (&BTreeSet<&String>, &BTreeSet<&String>),
) -> Option<BTreeSet<String>> {
    let at_once = match to {
        Side::Pipedrive => 1,
        Side::Propstreet => PROSPECTS_AT_ONCE,
    };
    let mut wanted = shown.clone();
    if coming.is_empty() {
        wanted.remove(*going.first()?);
    } else {
        wanted.extend(coming.iter().take(at_once).copied().cloned());
    }
    Some(wanted)
}

impl Sets<'_> {
    fn side_of(&self, name: &str) -> Side {
        if self.shown.pipedrive.contains(name) {
            Side::Pipedrive
        } else {
            Side::Propstreet
        }
    }

    /// Only asked about those who take part on this side and not on the other.
    fn decide(&self, view: &PairView<'_>, name: &String, has: Side) -> Move {
        let (lacks, member) = (has.other(), name.clone());
        let had = |side: Side| self.base.get(side).contains(name);
        let was_agreed = had(has) && had(lacks);
        let is_organization = self.members.organizations.contains(name);
        if self.members.matched.contains(name) {
            return Move::Tell(MemberNote::MatchedStays { member });
        }
        if was_agreed {
            return self.leave(name, has, is_organization);
        }
        if !self.direction.allows(lacks) {
            return Move::LeaveAlone;
        }
        if is_organization && has == Side::Propstreet {
            return Move::Tell(MemberNote::NoPlace { member });
        }
        if is_organization && self.has_person {
            return Move::Stay;
        }
        if let Some(Reference::Unpaired(record)) = Reference::parse(name) {
            return match view.ended_records.contains(&record) {
                true => Move::Tell(MemberNote::NoPlace { member }),
                false => Move::Wait,
            };
        }
        if self.members.refused.get(lacks).contains(name) {
            return Move::Tell(MemberNote::Refused { member, by: lacks });
        }
        Move::Add
    }

    /// Agreed on, and gone from the other side since.
    fn leave(&self, name: &String, has: Side, is_organization: bool) -> Move {
        let member = name.clone();
        if !self.direction.allows(has) {
            return Move::LeaveAlone;
        }
        match has {
            Side::Pipedrive if is_organization => {
                Move::Tell(MemberNote::OrganizationStays { member })
            }
            Side::Pipedrive if self.members.primary.as_ref() == Some(name) => {
                Move::Tell(MemberNote::PrimaryStays { member })
            }
            Side::Propstreet if !self.members.is_known => Move::Stay,
            Side::Pipedrive | Side::Propstreet => Move::Remove,
        }
    }

    /// Those who take part on both sides, or on neither, are agreed on whatever becomes of the rest.
    fn agree_on_common(&self, seen: &Seen<'_>, draft: &mut Draft<'_>) {
        let in_both = |name: &&String| {
            self.shown.pipedrive.contains(*name) && self.shown.propstreet.contains(*name)
        };
        let in_neither = |name: &&String| {
            !self.shown.pipedrive.contains(*name) && !self.shown.propstreet.contains(*name)
        };
        let of_side = |side: Side| {
            let kept = self.base.get(side).iter().filter(|name| !in_neither(name));
            let kept = kept.filter(|name| !self.members.ended.contains(*name));
            let common = self.shown.pipedrive.iter().filter(in_both);
            Value::set(kept.chain(common).cloned().collect())
        };
        draft.agree(
            seen.field,
            BySide {
                pipedrive: of_side(Side::Pipedrive),
                propstreet: of_side(Side::Propstreet),
            },
        );
    }
}
