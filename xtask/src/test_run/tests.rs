//! The closing lines of the runner are summed up rightly.

use super::{Tally, pass_through};

#[test]
fn the_closing_lines_of_all_test_programs_are_passed_on_and_added_up() {
    let output = "\
running 3 tests
test a_webhook_is_stored_before_it_is_answered ... ok

test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s

test result: FAILED. 11 passed; 2 failed; 1 ignored; 0 measured; 4 filtered out; finished in 1.50s
";
    let mut shown = Vec::new();
    let tally = pass_through(output.as_bytes(), &mut shown).unwrap();
    let expected = Tally {
        programs: 2,
        passed: 14,
        failed: 2,
        skipped: 1,
    };
    assert_eq!(tally, expected);
    assert_eq!(shown, output.as_bytes());
}

#[test]
fn what_a_test_prints_is_not_taken_for_a_closing_line() {
    let tally = Tally::default().with("the side said: test result: ok. 9 passed; 0 failed");
    assert_eq!(tally, Tally::default());
}
