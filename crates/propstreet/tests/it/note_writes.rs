//! Notes are written through the client, found again and revised.

use api_client::CallError;
use propstreet::{Client, Note, NoteRevision, NotesQuery, TimelineOf, Versioned};

use crate::project_writes::{contacts, new, renamed};
use crate::world::{CHANGE, World};

async fn listed(client: &Client, of: TimelineOf<'_>, query: NotesQuery) -> Vec<Versioned<Note>> {
    client.list_notes(of, &query, &CHANGE).await.unwrap().rows
}

async fn go_through_its_life(client: &Client, of: TimelineOf<'_>) {
    client
        .create_note(of, "Called", "note-1", &CHANGE)
        .await
        .unwrap();
    client
        .create_note(of, "Called", "note-1", &CHANGE)
        .await
        .unwrap();
    let notes = listed(client, of, NotesQuery::in_force()).await;
    assert_eq!(notes.len(), 1, "{of:?}");
    let note = &notes[0].value;
    assert_eq!(note.idempotency_key.as_deref(), Some("note-1"));
    assert!(client.is_our_note(note));
    let by = NoteRevision::Supersede("Called twice");
    let version = &notes[0].etag;
    client
        .revise_note(of, &note.id, by, version, &CHANGE)
        .await
        .unwrap();
    let archive = NoteRevision::Archive;
    let stale = client
        .revise_note(of, &note.id, archive, version, &CHANGE)
        .await;
    assert_eq!(stale, Err(CallError::Stale));
    let notes = listed(client, of, NotesQuery::in_force()).await;
    assert_eq!(notes[0].value.message, "Called twice");
    let (id, version) = (&notes[0].value.id, &notes[0].etag);
    client
        .revise_note(of, id, archive, version, &CHANGE)
        .await
        .unwrap();
    let notes = listed(client, of, NotesQuery::with_past()).await;
    assert!(notes.len() == 2 && notes[0].value.archived_at.is_some());
    let back = NoteRevision::Unarchive;
    client
        .revise_note(of, id, back, &notes[0].etag, &CHANGE)
        .await
        .unwrap();
    assert_eq!(listed(client, of, NotesQuery::in_force()).await.len(), 1);
}

#[test]
fn a_note_is_found_by_its_key_and_revised_on_its_version() {
    let world = World::start();
    let client = &world.client;
    let contact = contacts(&world, 1).remove(0);
    world.run(async {
        let project = client
            .create_project(&renamed("Kvarnholm"), "key-1", &CHANGE)
            .await
            .unwrap()
            .value
            .id;
        let added = client
            .add_prospects(&project, &[new(&contact)], "key-2", &CHANGE)
            .await
            .unwrap();
        let prospect = &added.created[0].id;
        go_through_its_life(client, TimelineOf::Contact(&contact)).await;
        go_through_its_life(client, TimelineOf::Project(&project)).await;
        let of = TimelineOf::Prospect {
            project: &project,
            id: prospect,
        };
        go_through_its_life(client, of).await;
        let long = "x".repeat(propstreet::NOTE_MAX + 1);
        let refused = client.create_note(of, &long, "note-2", &CHANGE).await;
        assert!(matches!(refused, Err(CallError::Refused(_))), "{refused:?}");
    });
}
