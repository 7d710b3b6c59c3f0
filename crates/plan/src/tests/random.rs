//! Random pairs for the laws. A pair is drawn from a row of bytes, so that a failing one shrinks towards zeros: towards a pair
//! at rest under default policies.

use model::{BySide, ConflictId, Field, Kind, PairState, Record, Side, Timestamp, Value};
use proptest::prelude::{Strategy, any};

use super::toy::{Shown, Toy, names, pair, tags, text, unpaired};
use crate::{DeletePolicy, Direction, FieldPolicy, Markers, OpenConflict, Policies, Winner};

#[derive(Debug)]
pub(super) struct Dice {
    bytes: std::vec::IntoIter<u8>,
}

impl Dice {
    fn pick(&mut self, sides: u8) -> u8 {
        self.bytes.next().unwrap_or(0) % sides
    }

    /// True in one of `odds`.
    fn rarely(&mut self, odds: u8) -> bool {
        self.pick(odds) == odds - 1
    }

    fn choose<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::from(self.pick(u8::try_from(of.len()).unwrap()))].clone()
    }
}

fn dice() -> impl Strategy<Value = Dice> {
    proptest::collection::vec(any::<u8>(), 160).prop_map(|bytes| Dice {
        bytes: bytes.into_iter(),
    })
}

/// Any pair at all: missing and deleted records, open conflicts, restores, any policy.
pub(super) fn any_pair() -> impl Strategy<Value = Toy> {
    dice().prop_map(|mut dice| {
        let mut toy = draw(&mut dice, &[Kind::Person, Kind::Organization]);
        draw_presence(&mut dice, &mut toy);
        draw_questions(&mut dice, &mut toy);
        toy
    })
}

/// Two records that exist, in a pair that is kept in step, with nothing asked of a person before.
pub(super) fn live_pair() -> impl Strategy<Value = Toy> {
    dice().prop_map(|mut dice| draw(&mut dice, &[Kind::Person, Kind::Organization]))
}

fn draw(dice: &mut Dice, kinds: &[Kind]) -> Toy {
    let kind = dice.choose(kinds);
    let mut toy = Toy::of(kind);
    for field in Field::of(kind).iter().copied() {
        let agreed = value(dice, field, Side::Pipedrive, true);
        toy = toy.agreed(field, agreed);
        for side in Side::BOTH {
            if dice.rarely(3) {
                let shown = value(dice, field, side, false);
                toy.record_mut(side).put(field, shown);
            }
            if dice.rarely(4) {
                let base = value(dice, field, side, true);
                toy.pair.base.get_mut(side).put(field, base);
            }
            if dice.rarely(2) {
                let at = Timestamp::from_millisecond(i64::from(dice.pick(4)) * 1_000).unwrap();
                toy.evidence.get_mut(side).field_seen_at.insert(field, at);
            }
        }
    }
    without_title_where_no_link_is(&mut toy);
    toy.policies = policies(dice, kind);
    toy.labels = labels(dice);
    for side in Side::BOTH {
        toy.evidence.get_mut(side).uncertainty_millis = i64::from(dice.pick(3)) * 500;
    }
    toy.markers = Markers {
        on_pipedrive: !dice.rarely(3),
        on_propstreet: !dice.rarely(3),
    };
    toy
}

/// Propstreet keeps a title on the link alone.
fn without_title_where_no_link_is(toy: &mut Toy) {
    let unlink = |record: &mut Record| {
        if record.get(Field::PersonOrganization).is_none() {
            record.put(Field::PersonJobTitle, None);
        }
    };
    unlink(toy.record_mut(Side::Propstreet));
    unlink(&mut toy.pair.base.propstreet);
}

fn value(dice: &mut Dice, field: Field, side: Side, paired: bool) -> Option<Value> {
    match field {
        Field::DealProspects | Field::DealClassification => None,
        Field::PersonOrganization if paired => dice.choose(&[None, pair(5), pair(6)]),
        Field::PersonOrganization => dice.choose(&[None, pair(5), pair(6), unpaired(side)]),
        Field::PersonEmails | Field::PersonPhones | Field::PersonTags => {
            let picked = dice.pick(16);
            let drawn: Vec<&str> = TAGS
                .into_iter()
                .enumerate()
                .filter(|(bit, _)| picked & (1 << bit) != 0)
                .map(|(_, tag)| tag)
                .collect();
            tags(&drawn)
        }
        Field::PersonName
        | Field::PersonEmail
        | Field::PersonPhone
        | Field::PersonJobTitle
        | Field::PersonStrategy
        | Field::OrganizationName
        | Field::OrganizationCountry
        | Field::OrganizationDomain
        | Field::OrganizationNumber
        | Field::DealName
        | Field::DealPrice
        | Field::DealPortfolio
        | Field::DealPropertyCount
        | Field::DealPropertyType
        | Field::DealStage
        | Field::DealStatus
        | Field::NoteText
        | Field::NoteOn => dice.choose(&[None, text("alfa"), text("beta"), text("gamma")]),
    }
}

const TAGS: [&str; 4] = ["core", "hotel", "office", "retail"];

fn labels(dice: &mut Dice) -> std::collections::BTreeSet<String> {
    let missing = dice.pick(5);
    let kept: Vec<&str> = TAGS
        .into_iter()
        .enumerate()
        .filter(|(at, _)| at + 1 != usize::from(missing))
        .map(|(_, tag)| tag)
        .collect();
    names(&kept)
}

fn policies(dice: &mut Dice, kind: Kind) -> Policies {
    let mut policies = Policies::default_policies();
    for field in Field::of(kind) {
        let direction = dice.choose(&[
            Direction::Both,
            Direction::Both,
            Direction::ToPropstreet,
            Direction::ToPipedrive,
            Direction::Off,
        ]);
        let winner = dice.choose(&[
            Winner::Latest,
            Winner::PipedriveWins,
            Winner::PropstreetWins,
            Winner::Manual,
        ]);
        policies
            .fields
            .insert(*field, FieldPolicy { direction, winner });
    }
    policies.deletes = dice.choose(&[
        DeletePolicy::Unlink,
        DeletePolicy::Propagate,
        DeletePolicy::Ask,
    ]);
    policies.tie = dice.choose(&Side::BOTH);
    policies
}

fn draw_presence(dice: &mut Dice, toy: &mut Toy) {
    for side in Side::BOTH {
        match dice.pick(8) {
            6 => *toy.shown.get_mut(side) = Shown::Deleted,
            7 => *toy.shown.get_mut(side) = Shown::Missing,
            _ => {}
        }
    }
    let at = Timestamp::UNIX_EPOCH;
    toy.pair.state = match dice.pick(12) {
        8 => PairState::Asked {
            deleted_on: dice.choose(&Side::BOTH),
            at,
        },
        9 => PairState::Approved {
            deleted_on: dice.choose(&Side::BOTH),
            at,
        },
        10 => PairState::Unmaking {
            on: dice.choose(&Side::BOTH),
            at,
        },
        11 => PairState::Parting { at },
        6 => PairState::Unlinked {
            deleted_on: dice.choose(&Side::BOTH),
            at: Timestamp::UNIX_EPOCH,
        },
        7 => PairState::Ended {
            at: Timestamp::UNIX_EPOCH,
        },
        _ => PairState::Active,
    };
}

fn draw_questions(dice: &mut Dice, toy: &mut Toy) {
    for field in Field::of(toy.pair.kind).iter().copied() {
        if dice.rarely(6) {
            let wanted = value(dice, field, Side::Pipedrive, true);
            toy.pair.restores.insert(field, wanted);
        }
        if dice.rarely(5) {
            let shown = |toy: &Toy, side| toy.get(side, field).cloned();
            let mut values = BySide {
                pipedrive: shown(toy, Side::Pipedrive),
                propstreet: shown(toy, Side::Propstreet),
            };
            if dice.rarely(4) {
                values.propstreet = value(dice, field, Side::Propstreet, false);
            }
            let decided = dice.choose(&[None, Some(Side::Pipedrive), Some(Side::Propstreet)]);
            let id = ConflictId(i64::try_from(toy.open.len()).unwrap());
            toy.open.push(OpenConflict {
                id,
                field,
                values,
                decided,
            });
        }
    }
}
