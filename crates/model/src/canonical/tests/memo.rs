//! The memory of recent answers.

use crate::canonical::memo::Memo;

#[test]
fn an_answer_is_computed_once_while_it_is_remembered() {
    let mut memo = Memo::new();
    assert_eq!(memo.get_or_compute("Anna", 1, || "first"), "first");
    assert_eq!(memo.get_or_compute("Anna", 1, || "second"), "first");
}

#[test]
fn another_qualifier_is_another_question() {
    let mut memo = Memo::new();
    memo.get_or_compute("Anna", 1, || "first");
    assert_eq!(memo.get_or_compute("Anna", 2, || "second"), "second");
}

#[test]
fn more_questions_than_places_are_all_answered_rightly() {
    let mut memo = Memo::new();
    for round in 0..2 {
        for number in 0..20_000 {
            let text = number.to_string();
            assert_eq!(
                memo.get_or_compute(&text, (), || number),
                number,
                "round {round}"
            );
        }
    }
}

#[test]
fn long_texts_are_computed_each_time() {
    let mut memo = Memo::new();
    let long = "a".repeat(10_000);
    memo.get_or_compute(&long, (), || 1);
    assert_eq!(memo.get_or_compute(&long, (), || 2), 2);
}
