//! Laws that hold for any pair, base and policy.

use std::collections::BTreeSet;

use model::{BySide, Carrier, Field, PairState, Record, Side, Value};
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

use super::random::{any_pair, live_pair};
use super::toy::{Shown, Toy};
use crate::sets::elements;
use crate::{DealNote, Direction, Note, Operation, Plan, Rule, Winner, Write};

/// What one field came to: its values on both sides.
fn values(toy: &Toy, field: Field) -> BySide<Option<Value>> {
    BySide {
        pipedrive: toy.get(Side::Pipedrive, field).cloned(),
        propstreet: toy.get(Side::Propstreet, field).cloned(),
    }
}

fn is_ride(write: &Write, field: Field) -> bool {
    field == Field::PersonJobTitle
        && write.fields.contains_key(&Field::PersonOrganization)
        && !write.source.contains_key(&field)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_pair_can_be_planned_and_always_alike(toy in any_pair()) {
        prop_assert_eq!(toy.plan(), toy.plan());
    }

    #[test]
    fn a_pair_comes_to_rest_one_write_at_a_time(mut toy in any_pair()) {
        toy.settle();
        prop_assert!(toy.plan().is_at_rest());
    }

    #[test]
    fn a_pair_comes_to_rest_within_four_rounds(mut toy in any_pair()) {
        let rounds = toy.settle_in_rounds();
        prop_assert!(rounds <= 4, "{} rounds", rounds);
    }

    #[test]
    fn servers_that_make_their_own_of_a_value_come_to_rest_too(mut toy in any_pair()) {
        // A value put back on one side alone is in that side's own form: it was shown there before.
        let policies = toy.policies.clone();
        toy.pair.restores.retain(|field, _| policies.of(*field).direction == Direction::Both);
        toy.normalise = BySide { pipedrive: str::to_owned, propstreet: str::to_uppercase };
        toy.settle();
        toy.normalise = BySide { pipedrive: str::to_lowercase, propstreet: str::to_uppercase };
        toy.settle();
    }

    #[test]
    fn no_side_is_written_against_the_direction(mut toy in any_pair()) {
        toy.settle();
        for write in &toy.written {
            for field in write.fields.keys() {
                let direction = toy.policies.of(*field).direction;
                let is_new_address = write.operation == Operation::Create && *field == Field::OrganizationCountry;
                prop_assert!(!direction.is_off(), "{field:?} is off: {write:?}");
                prop_assert!(
                    direction.allows(write.side) || is_new_address || is_ride(write, *field),
                    "{field:?} is {direction:?}: {write:?}",
                );
            }
        }
    }

    #[test]
    fn nothing_is_written_that_is_shown_already(toy in any_pair()) {
        for write in toy.plan().writes {
            for (field, value) in &write.fields {
                let is_new = value.as_ref() != toy.get(write.side, *field);
                prop_assert!(is_new || is_ride(&write, *field), "{write:?}");
                prop_assert_eq!(field.carrier(write.side), write.carrier);
                prop_assert_eq!(field.kind(), toy.pair.kind);
            }
            let says_something = write.marker || !write.fields.is_empty() || write.operation == Operation::Delete;
            prop_assert!(says_something, "{write:?}");
        }
    }

    #[test]
    fn a_plan_is_in_order(toy in any_pair()) {
        let rank = |write: &Write| match (write.fields.is_empty(), write.carrier) {
            (false, Carrier::Record) => 0,
            (false, Carrier::Link) => 1,
            (false, Carrier::Members | Carrier::Prospect) => 2,
            (true, _) => 2,
            (false, Carrier::Closing) => 3,
        };
        let ranks: Vec<i32> = toy.plan().writes.iter().filter(|write| write.operation == Operation::Update).map(rank).collect();
        prop_assert!(ranks.is_sorted(), "{ranks:?}");
    }

    #[test]
    fn a_pair_at_rest_needs_no_second_look(mut toy in any_pair()) {
        toy.settle();
        let base = toy.pair.base.clone();
        let written = toy.written.len();
        toy.settle();
        prop_assert_eq!((base, written), (toy.pair.base, toy.written.len()));
    }

    #[test]
    fn no_edit_of_a_single_value_is_lost(before in live_pair()) {
        let mut after = before.clone();
        after.settle();
        for field in Field::of(before.pair.kind).iter().copied().filter(|field| !field.is_merged_as_set()) {
            for side in Side::BOTH {
                let edited = before.get(side, field).cloned();
                if edited.as_ref() == before.pair.base.get(side).get(field) || before.policies.of(field).direction.is_off() {
                    continue;
                }
                let shown = values(&after, field);
                let is_everywhere = shown.pipedrive == edited && shown.propstreet == edited;
                let is_journaled = after.journal.iter().any(|kept| kept.field == field && *kept.values.get(side) == edited);
                let is_noted = after.noted.iter().any(|note| is_about(note, field));
                // A title goes with its link: nobody cleared it.
                let went_along = field == Field::PersonJobTitle && side == Side::Propstreet && edited.is_none();
                prop_assert!(is_everywhere || is_journaled || is_noted || went_along, "{field:?} on {side}: {edited:?}\n{after:#?}");
            }
        }
    }

    #[test]
    fn no_edit_of_a_tag_is_lost(before in live_pair()) {
        let mut after = before.clone();
        after.settle();
        let field = Field::PersonTags;
        if before.policies.of(field).direction != Direction::Both {
            return Ok(());
        }
        let base = |side: Side| elements(before.pair.base.get(side).get(field)).clone();
        let was = |side: Side| elements(before.get(side, field)).clone();
        let is = |side: Side| elements(after.get(side, field)).clone();
        for side in Side::BOTH {
            for added in was(side).difference(&base(side)) {
                let has_label = before.labels.contains(added) || was(Side::Pipedrive).contains(added);
                prop_assert!(is(Side::Propstreet).contains(added), "{added} was added on {side}");
                prop_assert!(is(Side::Pipedrive).contains(added) || !has_label, "{added} was added on {side}");
            }
            for removed in base(side).difference(&was(side)) {
                let other = side.other();
                let was_added = was(other).contains(removed) && !base(other).contains(removed);
                let lost_its_label = side == Side::Pipedrive && !before.labels.contains(removed);
                let is_gone = !is(side).contains(removed) && !is(other).contains(removed);
                prop_assert!(is_gone || was_added || lost_its_label, "{removed} was removed on {side}");
            }
        }
    }

    #[test]
    fn one_write_at_a_time_or_all_at_once_end_alike(toy in live_pair()) {
        let (mut one, mut all) = (toy.clone(), toy);
        one.settle();
        all.settle_in_rounds();
        prop_assert_eq!(&one.shown, &all.shown);
    }

    #[test]
    fn sides_swapped_give_the_plan_swapped(toy in live_pair()) {
        let toy = only_mirrorable(toy);
        prop_assert_eq!(mirrored_plan(toy.plan()), sorted(mirrored(toy).plan()));
    }

    #[test]
    fn what_rests_or_is_over_is_never_written(toy in any_pair()) {
        let is_gone = |side| !matches!(toy.shown.get(side), Shown::Live(_));
        let rests = match toy.pair.state {
            PairState::Active => false,
            PairState::Unlinked { deleted_on, .. } | PairState::Asked { deleted_on, .. } => {
                is_gone(deleted_on)
            }
            PairState::Approved { .. } | PairState::Unmaking { .. } | PairState::Parting { .. } => false,
            PairState::Ended { .. } => true,
        };
        prop_assert!(!rests || toy.plan().writes.is_empty());
    }
}

fn is_about(note: &Note, about: Field) -> bool {
    match note {
        Note::LeftAlone { field, .. }
        | Note::WaitsFor { field, .. }
        | Note::NotExpressible { field }
        | Note::EditKept { field }
        | Note::Untold { field }
        | Note::Deal(DealNote::Frozen { field }) => *field == about,
        Note::LabelMissing { .. }
        | Note::Unlinked { .. }
        | Note::AsksToDelete { .. }
        | Note::Wordless { .. }
        | Note::Member(_)
        | Note::Deal(_) => false,
    }
}

/// Labels and links exist on one side only; the other fields are the same on both.
fn only_mirrorable(mut toy: Toy) -> Toy {
    let uneven = [
        Field::PersonTags,
        Field::PersonEmails,
        Field::PersonPhones,
        Field::PersonOrganization,
        Field::PersonJobTitle,
    ];
    for side in Side::BOTH {
        for field in uneven {
            toy.record_mut(side).put(field, None);
            toy.pair.base.get_mut(side).put(field, None);
        }
    }
    toy
}

fn mirrored(mut toy: Toy) -> Toy {
    toy.pair.base = swapped(toy.pair.base);
    toy.shown = swapped(toy.shown);
    toy.evidence = swapped(toy.evidence);
    std::mem::swap(
        &mut toy.markers.on_pipedrive,
        &mut toy.markers.on_propstreet,
    );
    toy.policies.tie = toy.policies.tie.other();
    for policy in toy.policies.fields.values_mut() {
        policy.direction = match policy.direction {
            Direction::ToPropstreet => Direction::ToPipedrive,
            Direction::ToPipedrive => Direction::ToPropstreet,
            even @ (Direction::Both | Direction::Off) => even,
        };
        policy.winner = match policy.winner {
            Winner::PipedriveWins => Winner::PropstreetWins,
            Winner::PropstreetWins => Winner::PipedriveWins,
            even @ (Winner::Latest | Winner::Manual) => even,
        };
    }
    toy
}

fn mirrored_plan(mut plan: Plan) -> Plan {
    for write in &mut plan.writes {
        write.side = write.side.other();
    }
    for conflict in &mut plan.conflicts {
        conflict.values = swapped(conflict.values.clone());
        conflict.base = swapped(conflict.base.clone());
        conflict.winner = conflict.winner.map(Side::other);
        conflict.rule = match conflict.rule {
            Rule::PipedriveWins => Rule::PropstreetWins,
            Rule::PropstreetWins => Rule::PipedriveWins,
            even @ (Rule::Latest
            | Rule::Tie
            | Rule::Manual
            | Rule::Overwritten
            | Rule::DeleteAgainstEdit
            | Rule::OneWay) => even,
        };
    }
    for note in &mut plan.notes {
        if let Note::LeftAlone { side, .. } = note {
            *side = side.other();
        }
    }
    plan.base = plan.base.map(swapped::<Record>);
    sorted(plan)
}

/// Which side is written first is a choice; what is written is not.
fn sorted(mut plan: Plan) -> Plan {
    plan.writes.sort_by_key(|write| write.side);
    plan
}

fn swapped<T>(by_side: BySide<T>) -> BySide<T> {
    BySide {
        pipedrive: by_side.propstreet,
        propstreet: by_side.pipedrive,
    }
}

/// The random pairs reach what the laws are about; a law over pairs at rest would prove nothing.
#[test]
fn random_pairs_cover_what_can_happen() {
    use proptest::strategy::{Strategy as _, ValueTree as _};
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut rules = BTreeSet::new();
    let mut operations = BTreeSet::new();
    let mut notes = BTreeSet::new();
    let mut rest = 0;
    for _ in 0..3_000 {
        let toy = any_pair().new_tree(&mut runner).unwrap().current();
        let plan = toy.plan();
        rest += usize::from(plan.is_at_rest());
        rules.extend(plan.conflicts.iter().map(|conflict| conflict.rule));
        operations.extend(
            plan.writes
                .iter()
                .map(|write| (write.operation, write.side, write.carrier)),
        );
        notes.extend(
            plan.notes
                .iter()
                .map(std::mem::discriminant)
                .map(|kind| format!("{kind:?}")),
        );
    }
    let all_rules = [
        Rule::PipedriveWins,
        Rule::PropstreetWins,
        Rule::Latest,
        Rule::Tie,
        Rule::Manual,
        Rule::DeleteAgainstEdit,
        Rule::OneWay,
    ];
    assert_eq!(rules, BTreeSet::from(all_rules));
    assert_eq!(operations.len(), 7, "{operations:?}");
    assert_eq!(notes.len(), 7, "{notes:?}");
    assert!(rest > 100 && rest < 1_500, "{rest} at rest");
}
