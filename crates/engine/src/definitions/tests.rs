//! Which field a configured name means, and how often an account is asked about what looks unknown.

use std::collections::{BTreeMap, BTreeSet};

use model::{Timestamp, time};
use store::{FieldEntity, FormerName, StoredField};

use super::noticed::Noticed;
use super::resolve::{Reason, Resolution, Used, resolve};
use super::setting::FieldSetting;
use crate::settings::FieldNames;

const SETTING: FieldSetting = FieldSetting::PersonStrategy;
const NAME: &str = "investor_strategy";
const MINUTE: i64 = 60_000;

fn at(minutes: i64) -> Timestamp {
    time::from_millis(1_790_000_000_000 + minutes * MINUTE)
}

fn field(code: &str, name: &str) -> StoredField {
    StoredField {
        entity: FieldEntity::Person,
        code: code.to_owned(),
        name: name.to_owned(),
        slug: model::canonical::slug::slug(name),
        former: Vec::new(),
        field_type: "text".to_owned(),
        is_custom: true,
        is_writable: None,
        options: Vec::new(),
        position: 0,
        first_seen_at: at(0),
        last_seen_at: at(0),
        deleted_at: None,
    }
}

fn formerly(name: &str, field: StoredField) -> StoredField {
    let former = FormerName {
        name: name.to_owned(),
        slug: model::canonical::slug::slug(name),
        until: at(0),
    };
    StoredField {
        former: vec![former],
        ..field
    }
}

fn deleted(field: StoredField) -> StoredField {
    StoredField {
        deleted_at: Some(at(5)),
        ..field
    }
}

/// What the strategy's setting comes to, where it used a field under a configured name before.
fn check(fields: &[StoredField], before: Option<(&str, &str)>) -> Result<String, Reason> {
    let used = before.map(|(configured, code)| Used {
        configured: configured.to_owned(),
        code: code.to_owned(),
        was_gone: false,
    });
    let used: BTreeMap<_, _> = used.into_iter().map(|used| (SETTING, used)).collect();
    match resolve(&FieldNames::default(), fields, &used).remove(&SETTING) {
        Some(Resolution::Found { code, .. }) => Ok(code),
        Some(Resolution::Unresolved(unresolved)) => Err(unresolved.reason),
        None => unreachable!("every setting is resolved"),
    }
}

#[test]
fn a_name_means_the_field_that_is_called_so() {
    let fields = [field("a", "Tier"), field("b", NAME)];
    assert_eq!(check(&fields, None), Ok("b".to_owned()));
    assert_eq!(check(&fields[..1], None), Err(Reason::Missing));
}

#[test]
fn among_namesakes_the_one_in_use_is_kept_and_the_first_is_begun_with() {
    let second = StoredField {
        position: 1,
        ..field("b", NAME)
    };
    let fields = [second, field("a", NAME)];
    assert_eq!(check(&fields, None), Ok("a".to_owned()));
    assert_eq!(check(&fields, Some((NAME, "b"))), Ok("b".to_owned()));
}

#[test]
fn a_field_in_use_keeps_its_setting_when_it_is_renamed() {
    let renamed = formerly(NAME, field("a", "Strategy"));
    let only = std::slice::from_ref(&renamed);
    assert_eq!(check(only, Some((NAME, "a"))), Ok("a".to_owned()));
    // A program that begins anew knows its former name.
    assert_eq!(check(only, None), Ok("a".to_owned()));
}

#[test]
fn another_field_never_takes_the_place_of_one_that_is_still_there() {
    let fields = [formerly(NAME, field("a", "Strategy")), field("b", NAME)];
    let renamed_to = "Strategy".to_owned();
    assert_eq!(
        check(&fields, Some((NAME, "a"))),
        Err(Reason::Taken { renamed_to })
    );
    let gone = [deleted(fields[0].clone()), fields[1].clone()];
    assert_eq!(check(&gone, Some((NAME, "a"))), Ok("b".to_owned()));
}

#[test]
fn a_name_that_a_person_has_changed_means_what_it_says() {
    let fields = [field("a", "Strategy"), field("b", NAME)];
    assert_eq!(check(&fields, Some(("Strategy", "a"))), Ok("b".to_owned()));
    assert_eq!(
        check(&fields[..1], Some(("Strategy", "a"))),
        Err(Reason::Missing)
    );
}

#[test]
fn a_deleted_field_and_one_of_another_type_say_so() {
    let gone = [deleted(field("a", NAME))];
    assert_eq!(check(&gone, None), Err(Reason::Deleted { at: at(5) }));
    let number = StoredField {
        field_type: "double".to_owned(),
        ..field("a", NAME)
    };
    let field_type = "double".to_owned();
    assert_eq!(
        check(&[number], None),
        Err(Reason::WrongType { field_type })
    );
}

#[test]
fn two_settings_that_mean_one_field_stop_both() {
    let fields = [formerly(NAME, field("a", "job_title"))];
    let with = FieldSetting::PersonJobTitle;
    assert_eq!(check(&fields, None), Err(Reason::Shared { with }));
}

#[test]
fn the_nearest_names_are_offered_and_fields_of_other_types_are_not() {
    let fields = [
        field("a", "Investor strategy 2027"),
        field("b", "Shoe size"),
        StoredField {
            field_type: "enum".to_owned(),
            ..field("c", "Investor strategies")
        },
    ];
    let resolved = resolve(&FieldNames::default(), &fields, &BTreeMap::new());
    let Some(Resolution::Unresolved(unresolved)) = resolved.get(&SETTING) else {
        panic!("no field is called {NAME}");
    };
    assert_eq!(unresolved.near, ["Investor strategy 2027"]);
}

fn persons() -> BTreeSet<FieldEntity> {
    BTreeSet::from([FieldEntity::Person])
}

#[test]
fn an_unknown_field_is_asked_about_at_once() {
    let noticed = Noticed::default();
    assert_eq!(noticed.due(at(0)), None);
    noticed.want(FieldEntity::Person, "9f", at(30));
    assert_eq!(noticed.wanted(), persons());
    assert_eq!(noticed.due(at(0)), Some(at(1)), "long ago");
}

#[test]
fn a_clue_that_was_followed_is_no_clue_again_for_hours() {
    let noticed = Noticed::default();
    noticed.want(FieldEntity::Person, "9f", at(0));
    noticed.asked(&persons(), false);
    noticed.want(FieldEntity::Person, "9f", at(60));
    assert_eq!(noticed.due(at(1)), None);
    noticed.want(FieldEntity::Person, "9f", at(7 * 60));
    assert!(noticed.due(at(1)).is_some());
}

#[test]
fn made_up_fields_cannot_spend_more_than_a_little() {
    let noticed = Noticed::default();
    let (mut read_at, mut asked) = (at(-60), 0);
    for minute in 0..24 * 60 {
        let clue = format!("hostile {minute}");
        noticed.want(FieldEntity::Person, &clue, at(minute));
        if noticed.due(read_at).is_some_and(|due| due <= at(minute)) {
            noticed.asked(&persons(), false);
            (read_at, asked) = (at(minute), asked + 1);
        }
    }
    // At 10 tokens each, of 30,000 and more a day.
    assert!((5..=15).contains(&asked), "{asked} times");

    // News makes it quick again.
    noticed.asked(&persons(), true);
    noticed.want(FieldEntity::Person, "really new", at(24 * 60));
    assert_eq!(noticed.due(at(24 * 60)), Some(at(24 * 60 + 1)));
}
