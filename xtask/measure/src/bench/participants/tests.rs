//! The figures of `bench participants` on a small account. A page of the list of deals is paid whole, so that only the whole figure
//! says how the tokens compare with a naive poll.

use super::{Options, day, unfound};

#[test]
fn whoever_comes_or_goes_in_a_day_is_found_in_time() {
    let options = Options {
        deals: 30,
        changes: 60,
        seed: 7,
    };
    let figures = day::measure(&options).unwrap();
    assert!(unfound(&figures).is_empty(), "{figures:?}");
    // A page for each round, a turn for each deal, a read for each number that moved.
    assert_eq!(figures.list_tokens, 1_440, "{figures:?}");
    assert!(figures.read_tokens <= 10 * (20 + 1 + 60), "{figures:?}");
}
