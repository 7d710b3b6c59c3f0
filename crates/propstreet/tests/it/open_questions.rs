//! Whatever the documentation leaves open, the client reads and writes.

use api_client::{BudgetSettings, CallError};
use emulators::propstreet::{PropstreetSettings, PropstreetSwitches};
use propstreet::{Client, ListQuery, NoteRevision, NotesQuery, TimelineOf};

use crate::project_writes::{contacts, kvarnholm, new, renamed};
use crate::world::{CHANGE, World, machine_login};

const DRAWN: u64 = 40;

fn world(switches: PropstreetSwitches) -> World {
    let settings = PropstreetSettings {
        switches,
        ..PropstreetSettings::default()
    };
    World::with(settings, BudgetSettings::counting(), &machine_login())
}

async fn change_a_project(world: &World) -> String {
    let client = &world.client;
    let made = client
        .create_project(&kvarnholm(), "key-1", &CHANGE)
        .await
        .unwrap();
    let id = made.value.id;
    world.wire.clock.advance(1_000);
    let (first, second) = (renamed("Kvarnholmen"), renamed("Other"));
    let changed = client
        .update_project(&id, &first, &made.etag, &CHANGE)
        .await
        .unwrap();
    let stale = client
        .update_project(&id, &second, &made.etag, &CHANGE)
        .await;
    assert_eq!(stale, Err(CallError::Stale));
    let read = client.get_project(&id, &CHANGE).await.unwrap();
    assert_eq!(read.etag, changed.etag);
    assert_eq!(read.value.price.unwrap().value, "412.5");
    id
}

async fn page_prospects(client: &Client, project: &str, contacts: &[String]) {
    let batch = [new(&contacts[0]), new(&contacts[1])];
    let added = client
        .add_prospects(project, &batch, "key-2", &CHANGE)
        .await
        .unwrap();
    assert_eq!(added.created.len(), 2);
    let query = ListQuery {
        page_size: 1,
        ..ListQuery::all()
    };
    let first = client
        .list_prospects(project, &query, &CHANGE)
        .await
        .unwrap();
    let next = query.after(&first.next_cursor.unwrap());
    let second = client
        .list_prospects(project, &next, &CHANGE)
        .await
        .unwrap();
    assert_eq!(second.next_cursor, None);
    assert_ne!(first.rows[0].value.id, second.rows[0].value.id);
    let prospect = &first.rows[0];
    assert_eq!(prospect.value.project_id, project);
    let (id, version) = (&prospect.value.id, &prospect.etag);
    client
        .remove_prospect(project, id, version, &CHANGE)
        .await
        .unwrap();
    let of = TimelineOf::Project(project);
    client
        .create_note(of, "Called", "note-1", &CHANGE)
        .await
        .unwrap();
    let notes = client
        .list_notes(of, &NotesQuery::in_force(), &CHANGE)
        .await
        .unwrap()
        .rows;
    let archive = NoteRevision::Archive;
    client
        .revise_note(of, &notes[0].value.id, archive, &notes[0].etag, &CHANGE)
        .await
        .unwrap();
}

#[test]
fn a_project_its_prospects_and_its_notes_work_with_any_reading() {
    let one_by_one = PropstreetSwitches::QUESTIONS.iter();
    let one_by_one = one_by_one.filter_map(|(key, _)| PropstreetSwitches::only(key));
    for switches in (0..DRAWN).map(PropstreetSwitches::drawn).chain(one_by_one) {
        let world = world(switches);
        let contacts = contacts(&world, 2);
        world.run(async {
            let project = change_a_project(&world).await;
            page_prospects(&world.client, &project, &contacts).await;
        });
    }
}
