//! Notes, kept in step: the whole way from one service to the other and back.

mod creates;
mod directions;
mod edits;
mod faults;

use std::time::Duration;

use emulators::propstreet::Edit;
use engine::settings::NoteSettings;
use model::Entity;
use serde_json::{Value, json};

use super::deals::with_deals;
use super::world::{Propstreet, Setup, World};

/// Within this time notes of Propstreet are found that nothing tells of.
const A_ROUND: Duration = Duration::from_secs(2 * 60 * 60);

/// The notes of persons, organizations and deals, and all that is needed for them.
fn with_notes(setup: &mut Setup) {
    with_deals(setup);
    let mirrored = &mut setup.settings.mirrored;
    mirrored.extend([Entity::Note, Entity::TimelineNote]);
    setup.settings.notes = Some(NoteSettings::of_all());
}

async fn start() -> World {
    start_with(|_| ()).await
}

async fn start_with(change: impl FnOnce(&mut Setup)) -> World {
    World::start_with(|setup| {
        with_notes(setup);
        change(setup);
    })
    .await
}

/// A living note in Pipedrive.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    id: i64,
    content: String,
}

/// A note in force in Propstreet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    id: String,
    message: String,
}

/// What users do with notes, and what stands on the screens.
impl World {
    /// Everything that is due within a round over the notes of Propstreet.
    async fn settle_with_round(&mut self) {
        self.settle_within(A_ROUND).await;
        self.settle().await;
    }

    fn write_note(&self, on: &str, id: i64, content: &str) -> i64 {
        let fields = json!({"content": content, on: id});
        self.pipedrive.at_screen(|screen| screen.add_note(&fields))
    }

    fn edit_note(&self, note: i64, content: &str) {
        let fields = json!({"content": content});
        self.pipedrive
            .at_screen(|screen| screen.edit_note(note, &fields));
    }

    fn delete_note(&self, note: i64) {
        self.pipedrive.at_screen(|screen| screen.delete_note(note));
    }

    fn tell_on_contact(&self, contact: &str, note: &str) -> String {
        let (contact_id, note) = (contact.to_owned(), note.to_owned());
        let edit = Edit::AddContactNote { contact_id, note };
        self.propstreet.does(&edit)
    }

    fn tell_otherwise(&self, id: &str, note: &str) -> String {
        let (id, note) = (id.to_owned(), note.to_owned());
        self.propstreet.does(&Edit::EditNote { id, note })
    }

    fn archive(&self, id: &str) {
        self.propstreet
            .does(&Edit::ArchiveNote { id: id.to_owned() });
    }

    /// The living notes of Pipedrive, oldest first.
    fn written(&self) -> Vec<Written> {
        let notes = self.pipedrive.server.emulator().notes();
        let is_living = |note: &Value| note["active_flag"] == true;
        let written = notes.into_iter().filter(is_living).map(|note| Written {
            id: note["id"].as_i64().expect("an id"),
            content: note["content"].as_str().expect("a content").to_owned(),
        });
        written.collect()
    }

    /// The notes in force on a record of Propstreet such as `contact/12`, oldest first.
    fn told_on(&self, on: &str) -> Vec<Told> {
        let notes = self.propstreet.server.emulator().notes();
        let is_in_force = |note: &Value| {
            note["on"] == on && note["isArchived"] == false && note["supersededBy"].is_null()
        };
        let told = notes.into_iter().filter(is_in_force).map(|note| Told {
            id: note["id"].as_str().expect("an id").to_owned(),
            message: note["message"].as_str().expect("a text").to_owned(),
        });
        told.collect()
    }

    fn messages_on(&self, on: &str) -> Vec<String> {
        let told = self.told_on(on);
        told.into_iter().map(|note| note.message).collect()
    }

    fn contents(&self) -> Vec<String> {
        let written = self.written();
        written.into_iter().map(|note| note.content).collect()
    }

    fn note(&self, id: i64) -> Value {
        let notes = self.pipedrive.server.emulator().notes();
        let found = notes.into_iter().find(|note| note["id"] == id);
        found.expect("there is such a note")
    }

    /// All notes in force in Propstreet.
    fn all_told(&self) -> Vec<Value> {
        let notes = self.propstreet.server.emulator().notes();
        let is_in_force =
            |note: &Value| note["isArchived"] == false && note["supersededBy"].is_null();
        notes.into_iter().filter(is_in_force).collect()
    }

    /// A note on a person that is in step: its number, the contact, and its first revision in Propstreet.
    async fn note_of_ann(&mut self, content: &str) -> (i64, String, String) {
        let (person, contact) = self.ann().await;
        let note = self.write_note("person_id", person, content);
        self.settle_with_round().await;
        let told = self.told_on(&format!("contact/{contact}"));
        assert_eq!(told.len(), 1, "the note is on both sides");
        (note, contact, told[0].id.clone())
    }

    /// The only living project that carries this deal's id.
    fn project_of(&self, deal: i64) -> String {
        let projects = self.propstreet.server.emulator().projects();
        let number = deal.to_string();
        let carries = |project: &&Value| {
            let id = Propstreet::reference(project, "pipedrive");
            id.as_deref() == Some(number.as_str()) && project["deletedUtc"].is_null()
        };
        let found = projects.iter().find(carries).expect("there is a project");
        found["id"].as_str().expect("an id").to_owned()
    }
}
