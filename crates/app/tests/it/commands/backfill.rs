//! `mirror backfill`: everything is read once; what lacks is told by its id, and nothing that lacks is ever called done.

use app::cli::Exit;
use emulators::faults::{CallMatch, Fault};
use emulators::pipedrive::Entity;
use http::Method;
use serde_json::{Value, json};

use super::{Office, moment};

const PERSONS: &str = "/api/v2/persons";

async fn office(persons: usize) -> Office {
    let mut office = Office::set_up(3, persons).await;
    office.tell("PIPESTREET_TIMING__RETRY_FIRST", "1s");
    office.tell("PIPESTREET_TIMING__RETRY_LONGEST", "1s");
    for name in ["Storgata 8", "Hamngatan 4", "Sveavägen 17"] {
        let deal = json!({"title": name});
        let mut emulator = office.pipedrive.emulator();
        emulator.screen(moment()).add(Entity::Deal, &deal).unwrap();
    }
    office
}

fn list(path: &str) -> CallMatch {
    CallMatch::call(&Method::GET, path).ending(path)
}

fn of<'a>(rows: &'a Value, entity: &str) -> &'a Value {
    let rows = rows.as_array().unwrap();
    let row = rows.iter().find(|row| row["entity"] == entity);
    row.unwrap_or_else(|| panic!("no {entity} in {rows:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_ends_with_counts_that_equal_the_source() {
    let office = office(6).await;
    let ran = office.run("mirror backfill --json").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    let told = ran.json();
    assert_eq!(told["is_complete"], true);
    for (entity, records) in [("deal", 3), ("person", 6), ("organization", 3)] {
        let counts = &of(&told["entities"], entity)["completeness"]["counts"];
        assert_eq!(counts["listed"], records, "{entity}: {counts}");
        assert_eq!(counts["mirrored"], records, "{entity}: {counts}");
        assert_eq!(counts["unreadable"], 0);
        assert!(counts["begun_at"].is_string() && counts["ended_at"].is_string());
    }
    let again = office.run("mirror backfill").await;
    assert_eq!(again.exit, Exit::Done, "{again:?}");
    assert!(again.text.contains("done: every record"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_is_told_by_its_id_and_never_called_done() {
    let office = office(1).await;
    let garble = list(PERSONS);
    office
        .pipedrive
        .emulator()
        .faults
        .always(Fault::GarbleRow, garble);
    let (id, _) = office
        .pipedrive
        .emulator()
        .record_ids(Entity::Person)
        .next()
        .unwrap();
    let ran = office.run("mirror backfill").await;
    assert_eq!(ran.exit, Exit::NeedsPerson, "{ran:?}");
    let said = format!("person/{id} could not be read: its field `id` makes no sense");
    assert!(ran.text.contains(&said), "{ran:?}");
    assert!(ran.text.contains("lacks 1 of 1"), "{ran:?}");
    assert!(ran.text.contains("NOT COMPLETE"), "{ran:?}");

    let status = office.run("mirror status --json").await;
    assert_eq!(status.exit, Exit::NeedsPerson, "{status:?}");
    let rows = status.json();
    let persons = &of(&rows, "person")["completeness"];
    assert_eq!(persons["is_whole"], false);
    assert_eq!(persons["unreadable"][0]["id"], id.to_string());
    let verified = office.run("mirror verify persons --no-heal").await;
    assert_eq!(verified.exit, Exit::NeedsPerson, "{verified:?}");

    office.pipedrive.emulator().faults.clear();
    let healing = office.run("mirror verify persons").await;
    assert_eq!(healing.exit, Exit::NeedsPerson, "{healing:?}");
    let status = office.run("mirror status").await;
    assert_eq!(status.exit, Exit::Done, "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prospect_that_cannot_be_read_is_told_with_its_project_and_never_called_done() {
    let office = office(1).await;
    let (project, prospect) = {
        let mut emulator = office.propstreet.emulator();
        let (contact, _) = emulator.contact_ids().next().unwrap();
        let project = json!({"name": "Kv. Blåklinten"});
        let project = emulator.add_project(&project, moment()).unwrap();
        let prospect = json!({"contactId": contact});
        let added = emulator.add_prospect(&project, &prospect, moment());
        let prospect = added.unwrap();
        let of_projects = CallMatch::call(&Method::GET, "/api/v1/projects/");
        let garble = of_projects.ending("/prospects");
        emulator.faults.always(Fault::GarbleRow, garble);
        (project, prospect)
    };
    let ran = office.run("mirror backfill").await;
    assert_eq!(ran.exit, Exit::NeedsPerson, "{ran:?}");
    let said = format!("prospect/{project}/{prospect} could not be read");
    assert!(ran.text.contains(&said), "{ran:?}");
    assert!(ran.text.contains("NOT COMPLETE"), "{ran:?}");

    office.propstreet.emulator().faults.clear();
    let healing = office.run("mirror verify prospects").await;
    assert_eq!(healing.exit, Exit::NeedsPerson, "{healing:?}");
    let status = office.run("mirror status").await;
    assert_eq!(status.exit, Exit::Done, "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_always_ends_too_soon_is_never_called_done() {
    // One more than both ends of the list show.
    let office = office(7).await;
    office
        .pipedrive
        .emulator()
        .faults
        .always(Fault::EndList, list(PERSONS));
    let ran = office.run("mirror backfill --json").await;
    assert_eq!(ran.exit, Exit::NeedsPerson, "{ran:?}");
    let told = ran.json();
    assert_eq!(told["is_complete"], false);
    assert_eq!(of(&told["entities"], "person")["is_complete"], false);
    assert_eq!(of(&told["entities"], "deal")["is_complete"], true);

    office.pipedrive.emulator().faults.clear();
    let again = office.run("mirror backfill --json").await;
    assert_eq!(again.exit, Exit::Done, "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_once_ended_too_soon_is_read_again_before_it_is_done() {
    let office = office(6).await;
    {
        let faults = &mut office.pipedrive.emulator().faults;
        // The first call looks at the list's other end.
        faults.next(Fault::Slow { millis: 1 }, list(PERSONS));
        faults.next(Fault::EndList, list(PERSONS));
    }
    let ran = office.run("mirror backfill --json").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    let told = ran.json();
    let counts = &of(&told["entities"], "person")["completeness"]["counts"];
    assert_eq!(counts["mirrored"], 6, "{counts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_showed_nothing_although_more_follows_is_asked_for_again() {
    let office = office(520).await;
    {
        let faults = &mut office.pipedrive.emulator().faults;
        faults.next(Fault::Slow { millis: 1 }, list(PERSONS));
        faults.next(Fault::LosePage, list(PERSONS));
    }
    let ran = office.run("mirror backfill --json").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    let told = ran.json();
    let counts = &of(&told["entities"], "person")["completeness"]["counts"];
    assert_eq!(counts["listed"], 520, "{counts}");
    assert_eq!(counts["mirrored"], 520, "{counts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_that_the_day_does_not_pay_for_says_when_it_goes_on_and_keeps_what_it_has() {
    let mut office = office(520).await;
    office.tell("PIPESTREET_PIPEDRIVE__DAILY_TOKENS", "300");
    let ran = office.run("mirror backfill --json").await;
    assert_eq!(ran.exit, Exit::NeedsPerson, "{ran:?}");
    let told = ran.json();
    assert_eq!(told["is_complete"], false);
    assert!(told["goes_on_at"].is_string(), "{told}");
    let text = office.run("mirror backfill").await.text;
    assert!(text.contains("NOT DONE"), "{text}");

    office.tell("PIPESTREET_PIPEDRIVE__DAILY_TOKENS", "100000");
    let ran = office.run("mirror backfill --json").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
}
