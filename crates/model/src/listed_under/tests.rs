//! Ids of records that are listed under others.

use crate::ids::{Entity, RecordKey};

#[test]
fn the_id_of_a_record_listed_under_another_tells_which() {
    let project = RecordKey::new(Entity::Project, "1201");
    let prospect = project.with_under(Entity::Prospect, "40001");
    assert_eq!(prospect.to_string(), "prospect/1201/40001");
    assert_eq!(prospect.listed_at(), Some((project, "40001")));

    let contact = RecordKey::new(Entity::Contact, "55");
    let note = contact.with_under(Entity::TimelineNote, "9");
    assert_eq!(note.to_string(), "timeline_note/contact/55/9");
    assert_eq!(RecordKey::parse(&note.to_string()), Some(note.clone()));
    assert_eq!(note.listed_at(), Some((contact.clone(), "9")));
    assert_eq!(contact.listed_at(), None);
}
