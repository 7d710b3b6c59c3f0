//! Files go to Propstreet, and notes carry them.

use api_client::CallError;
use propstreet::{NewFile, NoteRevision, NotesQuery, TimelineOf};
use serde_json::{Value, json};

use crate::world::{CHANGE, World};

const PLAN: NewFile<'_> = NewFile {
    name: "Plan \"A\".pdf",
    content_type: "application/pdf",
    content: b"%PDF-1.7 \r\n--not-the-end\r\n",
};

#[test]
fn a_file_is_sent_once_and_hangs_on_its_note_through_every_revision() {
    let world = World::start();
    let client = &world.client;
    let now = world.wire.now();
    let fields = json!({"firstName": "Eva", "lastName": "Sand"});
    let contact = world.wire.emulator().add_contact(&fields, now).unwrap();
    let of = TimelineOf::Contact(&contact);
    let in_force = NotesQuery::in_force();
    world.run(async {
        let sent = client.upload_file(PLAN, "file-1", &CHANGE).await.unwrap();
        let again = client.upload_file(PLAN, "file-1", &CHANGE).await.unwrap();
        assert_eq!(sent, again);
        assert_eq!(sent.file_name.as_deref(), Some("Plan A.pdf"));
        assert_eq!(sent.content_type.as_deref(), Some("application/pdf"));
        let length = i64::try_from(PLAN.content.len()).unwrap();
        assert_eq!(sent.content_length, Some(length));
        assert_eq!(client.get_file(&sent.id, &CHANGE).await.unwrap(), sent);
        let none = client.get_file("1", &CHANGE).await;
        assert_eq!(none, Err(CallError::NotFound));

        let note = ("The plan", sent.id.as_str());
        client
            .create_note_with_file(of, note, "note-1", &CHANGE)
            .await
            .unwrap();
        let notes = client.list_notes(of, &in_force, &CHANGE);
        let notes = notes.await.unwrap().rows;
        let other = NoteRevision::Supersede("The new plan");
        client
            .revise_note(of, &notes[0].value.id, other, &notes[0].etag, &CHANGE)
            .await
            .unwrap();
        let notes = client.list_notes(of, &in_force, &CHANGE);
        let notes = notes.await.unwrap().rows;
        let told: Value = serde_json::from_str(&notes[0].raw).unwrap();
        assert_eq!(told["details"]["file"]["id"], sent.id.as_str());
        let wrong = ("No plan", "1");
        let refused = client
            .create_note_with_file(of, wrong, "note-2", &CHANGE)
            .await;
        assert!(matches!(refused, Err(CallError::Refused(_))));
    });
}
