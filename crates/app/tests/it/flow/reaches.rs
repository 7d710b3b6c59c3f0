//! All addresses and numbers of a person are kept in step one by one, where the settings say so.

use std::collections::BTreeSet;

use model::{Field, Side};
use plan::{Direction, FieldPolicy, Winner};
use serde_json::{Value, json};

use super::world::{Call, Fault, LOSSES, Setup, World, primary};

const FIRST: &str = "ann.berg@fjordbygg.no";

fn with_all_going(direction: Direction, winner: Winner) -> impl FnOnce(&mut Setup) {
    move |setup| {
        let fields = &mut setup.settings.policies.fields;
        for all in [Field::PersonEmails, Field::PersonPhones] {
            let primary = all.primary().expect("one of them is the primary one");
            let policy = FieldPolicy { direction, winner };
            fields.insert(all, policy);
            fields.insert(primary, policy);
        }
    }
}

async fn start() -> World {
    World::start_with(with_all_going(Direction::Both, Winner::Latest)).await
}

/// Entries of Pipedrive with their labels, the primary one first.
fn listed(entries: &[(&str, &str)]) -> Value {
    let entry = |(at, (value, label)): (usize, &(&str, &str))| json!({"value": value, "label": label, "primary": at == 0});
    entries.iter().enumerate().map(entry).collect()
}

/// The same of Propstreet.
fn typed(entries: &[(&str, &str)]) -> Value {
    let entry = |(address, kind): &(&str, &str)| json!({"address": address, "type": kind});
    entries.iter().map(entry).collect()
}

impl World {
    fn person_with(&self, emails: &[(&str, &str)]) -> i64 {
        self.pipedrive
            .add_person_with(json!({"name": "Ann Berg", "emails": listed(emails)}))
    }

    /// Addresses and labels of a person, the primary one first.
    fn at_pipedrive(&self, person: i64, list: &str) -> Vec<(String, String)> {
        in_order(
            &self.pipedrive.person(person)[list],
            ["value", "label", "primary"],
        )
    }

    fn at_propstreet(&self, contact: &str, list: &str) -> Vec<(String, String)> {
        let value = match list {
            "emails" => "address",
            _ => "number",
        };
        in_order(
            &self.propstreet.contact(contact)[list],
            [value, "type", "isPrimary"],
        )
    }

    fn writes(&self) -> u64 {
        self.pipedrive.counters().writes + self.propstreet.writes()
    }
}

fn in_order(list: &Value, [value, label, primary]: [&str; 3]) -> Vec<(String, String)> {
    let mut entries: Vec<&Value> = list.as_array().expect("a list").iter().collect();
    entries.sort_by_key(|entry| entry[primary] != true);
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    entries
        .iter()
        .map(|entry| (text(entry, value), text(entry, label)))
        .collect()
}

fn pairs(entries: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(text, label): &(&str, &str)| ((*text).to_owned(), (*label).to_owned());
    entries.iter().map(owned).collect()
}

#[tokio::test]
async fn a_new_person_brings_all_addresses_and_numbers_with_their_labels() {
    let mut world = start().await;
    let person = world.pipedrive.add_person_with(json!({
        "name": "Ann Berg",
        "emails": listed(&[(FIRST, "work"), ("Ann@Home.no", "home"), ("ann@club.no", "other")]),
        "phones": listed(&[("+47 912 34 567", "mobile"), ("070-123 45 67", "home")]),
    }));
    world.settle().await;

    let contact = world.contact_of(person);
    let mut emails = world.at_propstreet(&contact, "emails");
    assert_eq!(emails.remove(0), (FIRST.to_owned(), "work".to_owned()));
    emails.sort();
    assert_eq!(
        emails,
        pairs(&[("ann@club.no", "other"), ("ann@home.no", "personal")])
    );
    assert_eq!(
        world.at_propstreet(&contact, "phones"),
        pairs(&[("+4791234567", "mobile"), ("+46701234567", "home")])
    );
}

#[tokio::test]
async fn a_new_contact_brings_all_addresses_and_numbers_with_their_types() {
    let mut world = start().await;
    let contact = world.propstreet.add_contact_with(json!({
        "firstName": "Ann", "email": FIRST,
        "emails": typed(&[(FIRST, "work"), ("ann@home.no", "personal")]),
        "phones": [{"number": "+4791234567", "type": "mobile"}, {"number": "+46701234567", "type": "work"}],
    }));
    world.settle().await;

    let person = world.person_of(&contact);
    assert_eq!(
        world.at_pipedrive(person, "emails"),
        pairs(&[(FIRST, "work"), ("ann@home.no", "home")])
    );
    assert_eq!(
        world.at_pipedrive(person, "phones"),
        pairs(&[("+4791234567", "mobile"), ("+46701234567", "work")])
    );
}

#[tokio::test]
async fn what_is_added_and_removed_on_either_side_is_on_the_other() {
    let mut world = start().await;
    let person = world.person_with(&[(FIRST, "work"), ("ann@home.no", "home")]);
    world.settle().await;
    let contact = world.contact_of(person);

    world.pipedrive.edit_person(
        person,
        json!({"emails": listed(&[(FIRST, "work"), ("ann@club.no", "other")])}),
    );
    world.settle().await;
    assert_eq!(
        world.at_propstreet(&contact, "emails"),
        pairs(&[(FIRST, "work"), ("ann@club.no", "other")])
    );

    world.propstreet.edit_contact(
        &contact,
        json!({"emails": typed(&[(FIRST, "work"), ("ann@school.no", "personal")])}),
    );
    world.settle().await;
    assert_eq!(
        world.at_pipedrive(person, "emails"),
        pairs(&[(FIRST, "work"), ("ann@school.no", "home")])
    );
    assert_eq!(world.journal().await, []);
}

#[tokio::test]
async fn what_both_sides_add_and_remove_at_once_is_merged() {
    let mut world = start().await;
    let person = world.person_with(&[
        (FIRST, "work"),
        ("ann@home.no", "home"),
        ("ann@club.no", "other"),
    ]);
    world.settle().await;
    let contact = world.contact_of(person);

    let here = listed(&[
        (FIRST, "work"),
        ("ann@club.no", "other"),
        ("new@here.no", "work"),
    ]);
    world.pipedrive.edit_person(person, json!({"emails": here}));
    let there = typed(&[
        (FIRST, "work"),
        ("ann@home.no", "personal"),
        ("new@there.no", "work"),
    ]);
    world
        .propstreet
        .edit_contact(&contact, json!({"emails": there}));
    world.settle().await;

    let wanted = BTreeSet::from([FIRST, "new@here.no", "new@there.no"].map(str::to_owned));
    for entries in [
        world.at_pipedrive(person, "emails"),
        world.at_propstreet(&contact, "emails"),
    ] {
        assert_eq!(entries[0].0, FIRST);
        assert_eq!(
            entries
                .into_iter()
                .map(|(text, _)| text)
                .collect::<BTreeSet<_>>(),
            wanted
        );
    }
    assert_eq!(world.journal().await, []);
}

#[tokio::test]
async fn another_primary_one_is_chosen_and_none_is_lost() {
    let mut world = start().await;
    let person = world.person_with(&[(FIRST, "work"), ("ann@home.no", "home")]);
    world.settle().await;
    let contact = world.contact_of(person);

    world.pipedrive.edit_person(
        person,
        json!({"emails": listed(&[("ann@home.no", "home"), (FIRST, "work")])}),
    );
    world.settle().await;
    assert_eq!(world.propstreet.contact(&contact)["email"], "ann@home.no");
    let swapped = [("ann@home.no", "personal"), (FIRST, "work")];
    assert_eq!(world.at_propstreet(&contact, "emails"), pairs(&swapped));

    world.propstreet.edit_contact(
        &contact,
        json!({"emails": typed(&[(FIRST, "work"), ("ann@home.no", "personal")])}),
    );
    world.settle().await;
    let back = [(FIRST, "work"), ("ann@home.no", "home")];
    assert_eq!(world.at_pipedrive(person, "emails"), pairs(&back));
}

#[tokio::test]
async fn another_writing_of_the_same_is_no_change() {
    let mut world = start().await;
    let person = world.pipedrive.add_person_with(json!({
        "name": "Ann Berg",
        "emails": listed(&[(FIRST, "work"), ("ann@home.no", "home")]),
        "phones": listed(&[("+4791234567", "work"), ("+46701234567", "home")]),
    }));
    world.settle().await;

    let before = world.writes();
    world.pipedrive.edit_person(
        person,
        json!({
            "emails": listed(&[("Ann.Berg@Fjordbygg.no", "work"), ("ANN@home.no", "other")]),
            "phones": listed(&[("+47 912 34 567", "work"), ("070-123 45 67", "mobile")]),
        }),
    );
    world.settle().await;

    assert_eq!(world.writes(), before);
    assert_eq!(
        world.at_pipedrive(person, "emails")[1],
        ("ANN@home.no".to_owned(), "other".to_owned())
    );
}

#[tokio::test]
async fn an_echo_and_a_second_look_write_nothing() {
    let mut world = start().await;
    let person = world.person_with(&[(FIRST, "work"), ("ann@home.no", "home")]);
    let contact = world.propstreet.add_contact_with(json!({
        "firstName": "Bo", "emails": typed(&[("bo@nord.no", "work"), ("bo@home.no", "personal")]),
    }));
    world.settle().await;
    world.contact_of(person);
    world.person_of(&contact);

    let before = world.writes();
    world.restart().await;
    world.settle_for_a_day().await;

    assert_eq!(world.writes(), before);
}

#[tokio::test]
async fn addresses_go_only_the_way_that_is_allowed() {
    let mut world =
        World::start_with(with_all_going(Direction::ToPropstreet, Winner::Latest)).await;
    let person = world.person_with(&[(FIRST, "work")]);
    world.settle().await;
    let contact = world.contact_of(person);

    world.propstreet.edit_contact(
        &contact,
        json!({"emails": typed(&[(FIRST, "work"), ("ann@there.no", "work")])}),
    );
    world.settle().await;
    assert_eq!(
        world.at_pipedrive(person, "emails"),
        pairs(&[(FIRST, "work")])
    );

    world.pipedrive.edit_person(
        person,
        json!({"emails": listed(&[(FIRST, "work"), ("ann@here.no", "home")])}),
    );
    world.settle().await;
    let kept = [
        (FIRST, "work"),
        ("ann@there.no", "work"),
        ("ann@here.no", "personal"),
    ];
    assert_eq!(world.at_propstreet(&contact, "emails"), pairs(&kept));
}

#[tokio::test]
async fn when_both_choose_another_primary_one_the_policy_says_which_and_both_stay() {
    let policies = [
        (Winner::PipedriveWins, "here@ann.no"),
        (Winner::PropstreetWins, "there@ann.no"),
        (Winner::Latest, "there@ann.no"),
    ];
    for (winner, wins) in policies {
        let mut world = World::start_with(with_all_going(Direction::Both, winner)).await;
        let person = world.person_with(&[(FIRST, "work")]);
        world.settle().await;
        let contact = world.contact_of(person);

        world
            .pipedrive
            .edit_person(person, json!({"emails": primary("here@ann.no")}));
        world.pass(std::time::Duration::from_secs(60));
        world.propstreet.edit_contact(
            &contact,
            json!({"emails": typed(&[("there@ann.no", "work")])}),
        );
        world.settle().await;

        for entries in [
            world.at_pipedrive(person, "emails"),
            world.at_propstreet(&contact, "emails"),
        ] {
            assert_eq!(entries.len(), 2, "{winner:?}: {entries:?}");
            assert_eq!(entries[0].0, wins, "{winner:?}");
        }
        assert_eq!(world.only_conflict().await.field, Field::PersonEmail);
    }
}

#[tokio::test]
async fn which_is_the_primary_one_waits_for_a_person_and_the_others_do_not() {
    let mut world = World::start_with(with_all_going(Direction::Both, Winner::Manual)).await;
    let person = world.person_with(&[(FIRST, "work")]);
    world.settle().await;
    let contact = world.contact_of(person);

    world
        .pipedrive
        .edit_person(person, json!({"emails": primary("here@ann.no")}));
    world.propstreet.edit_contact(
        &contact,
        json!({"emails": typed(&[("there@ann.no", "work")])}),
    );
    world.settle().await;
    let waiting = [("here@ann.no", "work"), ("there@ann.no", "work")];
    assert_eq!(world.at_pipedrive(person, "emails"), pairs(&waiting));

    let conflict = world.only_conflict().await;
    world.decide(&conflict, Side::Pipedrive).await;
    world.settle().await;
    assert_eq!(world.at_propstreet(&contact, "emails"), pairs(&waiting));
}

#[tokio::test]
async fn a_lost_answer_neither_doubles_nor_loses_an_address() {
    let mut world = start().await;
    let person = world.person_with(&[(FIRST, "work"), ("ann@home.no", "home")]);
    world.settle().await;
    let contact = world.contact_of(person);
    for (number, loss) in LOSSES.into_iter().enumerate() {
        let (here, there) = (
            format!("here{number}@ann.no"),
            format!("there{number}@ann.no"),
        );
        world.propstreet.next(loss).on(Call::UpdateContact);
        world.pipedrive.edit_person(
            person,
            json!({"emails": listed(&[(FIRST, "work"), (&here, "home")])}),
        );
        world.settle().await;
        let shown = pairs(&[(FIRST, "work"), (&here, "personal")]);
        assert_eq!(world.at_propstreet(&contact, "emails"), shown, "{loss:?}");

        world.pipedrive.next(loss).on(Call::UpdatePerson);
        world.propstreet.edit_contact(
            &contact,
            json!({"emails": typed(&[(FIRST, "work"), (&there, "personal")])}),
        );
        world.settle().await;
        let shown = pairs(&[(FIRST, "work"), (&there, "home")]);
        assert_eq!(world.at_pipedrive(person, "emails"), shown, "{loss:?}");
    }
    assert_eq!(world.journal().await, []);
}

#[tokio::test]
async fn an_address_that_somebody_adds_between_our_read_and_our_write_comes_back() {
    let mut world = start().await;
    let person = world.person_with(&[(FIRST, "work")]);
    world.settle().await;
    let contact = world.contact_of(person);

    world
        .pipedrive
        .next(Fault::Slow { millis: 6_000 })
        .on(Call::ReadPerson);
    world.propstreet.edit_contact(
        &contact,
        json!({"emails": typed(&[(FIRST, "work"), ("there@ann.no", "work")])}),
    );
    world.meanwhile_after(std::time::Duration::from_secs(3), move |pipedrive, _| {
        pipedrive.edit_person(
            person,
            json!({"emails": listed(&[(FIRST, "work"), ("here@ann.no", "home")])}),
        );
    });
    world.settle().await;

    let wanted = BTreeSet::from([FIRST, "here@ann.no", "there@ann.no"].map(str::to_owned));
    for entries in [
        world.at_pipedrive(person, "emails"),
        world.at_propstreet(&contact, "emails"),
    ] {
        assert_eq!(
            entries
                .into_iter()
                .map(|(text, _)| text)
                .collect::<BTreeSet<_>>(),
            wanted
        );
    }
}

#[tokio::test]
async fn addresses_that_differed_before_are_joined_when_all_begin_to_travel() {
    let mut world = World::start().await;
    let person = world.person_with(&[(FIRST, "work"), ("ann@home.no", "home")]);
    world.settle().await;
    let contact = world.contact_of(person);
    assert_eq!(
        world.at_propstreet(&contact, "emails").len(),
        1,
        "the primary one alone travels"
    );
    world.propstreet.edit_contact(
        &contact,
        json!({"emails": typed(&[(FIRST, "work"), ("ann@club.no", "other")])}),
    );
    world.settle().await;

    let policy = FieldPolicy {
        direction: Direction::Both,
        winner: Winner::Latest,
    };
    world
        .restart_with(|settings| {
            settings.policies.fields.insert(Field::PersonEmails, policy);
        })
        .await;
    world.settle_for_a_day().await;

    for entries in [
        world.at_pipedrive(person, "emails"),
        world.at_propstreet(&contact, "emails"),
    ] {
        assert_eq!(entries.len(), 3, "{entries:?}");
        assert_eq!(entries[0].0, FIRST);
    }
}

#[tokio::test]
async fn an_address_that_another_contact_has_waits_for_a_person_and_goes_on_then() {
    let mut world = start().await;
    let person = world.person_with(&[(FIRST, "work")]);
    let (_, other) = world.paired_person("Bo Dahl", "bo@nord.no").await;
    let contact = world.contact_of(person);

    let shared = listed(&[(FIRST, "work"), ("bo@nord.no", "other")]);
    world
        .pipedrive
        .edit_person(person, json!({ "emails": shared }));
    world.settle().await;
    assert_eq!(world.quarantine_codes().await, ["exists_already"]);

    world
        .propstreet
        .edit_contact(&other, json!({"emails": typed(&[("bo@syd.no", "work")])}));
    world.settle().await;
    world.pipedrive.rename_person(person, "Ann Holm");
    world.settle().await;
    assert!(world.quarantined().await.is_empty());
    let both = pairs(&[(FIRST, "work"), ("bo@nord.no", "other")]);
    assert_eq!(world.at_propstreet(&contact, "emails"), both);
}
