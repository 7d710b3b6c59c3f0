//! Ids stay the texts they were, and sets of them compare as sets.

use super::IdSet;
use crate::RemoteId;

fn set(ids: &[&str]) -> IdSet {
    ids.iter().map(|id| RemoteId::from(*id)).collect()
}

fn texts(ids: impl IntoIterator<Item = RemoteId>) -> Vec<String> {
    ids.into_iter().map(|id| id.as_str().to_owned()).collect()
}

const ODD: [&str; 8] = [
    "0",
    "07",
    "-3",
    "+3",
    "9f0c",
    "99999999999999999999",
    "18446744073709551615",
    "18446744073709551614",
];

#[test]
fn ids_come_back_as_the_texts_they_were() {
    let ids = set(&ODD);
    for id in ODD {
        assert!(ids.contains(&RemoteId::from(id)), "{id:?}");
    }
    assert!(!ids.contains(&RemoteId::from("7")), "07 is another id");
    assert!(!ids.contains(&RemoteId::from("3")), "-3 is another id");
    assert_eq!(
        texts(set(&["64", "b", "3", "200", "a"])),
        ["3", "64", "200", "a", "b"]
    );
}

#[test]
fn sets_are_compared_as_sets() {
    let (some, others) = (
        set(&["1", "2", "64", "65", "a", "b"]),
        set(&["2", "65", "66", "b"]),
    );
    assert_eq!(texts(some.difference(&others)), ["1", "64", "a"]);
    assert_eq!(texts(others.difference(&some)), ["66"]);
    assert_eq!((some.len(), some.shared(&others)), (6, 3));
    assert!(set(&[]).is_empty());
    let mut ids = set(&["5"]);
    assert!(!ids.insert(&RemoteId::from("5")) && ids.insert(&RemoteId::from("6")));
}

#[test]
fn a_text_of_a_set_is_short_and_brings_it_back() {
    let numbers = (1..=500_i64).filter(|number| *number != 77);
    let ids: IdSet = numbers.map(RemoteId::from).collect();
    assert_eq!(ids.to_text(), "1..76 78..500");
    for ids in [ids, set(&ODD), set(&[]), set(&["a/b", "3", "4", "9"])] {
        let mut back = IdSet::default();
        back.extend_from_text(&ids.to_text());
        assert_eq!(back, ids);
    }
}
