//! How long a first read still takes is told from what is known, and nothing is made up.

use engine::sweep::tally::Tally;
use model::{Entity, RemoteId, Timestamp};

use super::{Left, Purse};

const NO_LIMIT: Purse = Purse {
    tokens: None,
    resets_at: 86_400_000,
};

fn walk(rows: u64, last: i64, end: Option<i64>) -> Tally {
    Tally {
        started_at: Timestamp::UNIX_EPOCH,
        pages: rows / 500,
        rows,
        last: Some(RemoteId::from(last)),
        end: end.map(RemoteId::from),
        end_from: None,
        has_arrived: false,
        is_over: false,
    }
}

#[test]
fn what_is_left_follows_from_how_densely_numbers_are_used() {
    let tallies = [(Entity::Deal, walk(5_000, 10_000, Some(30_000)))];
    let left = Left::of(&[Entity::Deal], &tallies);
    assert_eq!((left.rows, left.lists_of_unknown_length), (10_000, 0));
    assert_eq!(left.sentence(500, NO_LIMIT), "about 20 s left");
}

#[test]
fn the_length_of_a_list_that_nobody_knows_is_not_made_up() {
    let tallies = [(Entity::Contact, walk(5_000, 10_000, None))];
    let left = Left::of(&[Entity::Contact, Entity::Link], &tallies);
    assert_eq!((left.rows, left.lists_of_unknown_length), (0, 2));
    assert_eq!(
        left.sentence(500, NO_LIMIT),
        "left: 2 lists of unknown length"
    );
}

#[test]
fn a_day_that_does_not_pay_for_the_rest_is_told_with_the_moment_of_its_reset() {
    let tallies = [(Entity::Person, walk(50_000, 50_000, Some(150_000)))];
    let left = Left::of(&[Entity::Person], &tallies);
    let purse = Purse {
        tokens: Some(500),
        ..NO_LIMIT
    };
    assert_eq!(
        left.sentence(500, purse),
        "it takes 1,510 tokens more than today still gives, and goes on after the reset at 00:00 UTC"
    );
}
