//! Lost answers, stale versions, edits between reading and writing, and a program that is killed: one note on each side, no edit
//! lost.

use std::time::Duration;

use super::super::world::{Call, Fault, LOSSES};
use super::start;

/// Far more writes than a delivery has.
const WRITES_MAX: u32 = 120;
const AT_ONCE: Duration = Duration::from_secs(20);
/// After this time changes were asked for once more.
const A_POLL: Duration = Duration::from_secs(7 * 60);
const AFTERWARDS: Duration = Duration::from_secs(180);

#[tokio::test]
async fn a_lost_answer_to_a_note_for_propstreet_makes_no_second_one() {
    let mut world = start().await;
    let (person, contact) = world.ann().await;
    world.settle_with_round().await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        world.propstreet.next(loss).on(Call::CreateTimelineNote);
        world.write_note("person_id", person, &format!("Note {number}"));
        world.settle_with_round().await;
        let told = world.told_on(&format!("contact/{contact}"));
        assert_eq!(told.len(), number + 1, "{loss:?}");
        assert_eq!(world.written().len(), number + 1, "{loss:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_note_for_pipedrive_makes_no_second_one() {
    let mut world = start().await;
    let (_, contact) = world.ann().await;
    world.settle_with_round().await;
    for (number, loss) in LOSSES.into_iter().enumerate() {
        world.pipedrive.next(loss).on(Call::CreateNote);
        world.tell_on_contact(&contact, &format!("Note {number}"));
        world.settle_with_round().await;
        assert_eq!(world.written().len(), number + 1, "{loss:?}");
        assert_eq!(world.all_told().len(), number + 1, "{loss:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_to_an_edit_of_a_note_loses_no_edit() {
    let mut world = start().await;
    let (note, contact, _) = world.note_of_ann("Begun").await;
    let on = format!("contact/{contact}");
    for (number, loss) in LOSSES.into_iter().enumerate() {
        world.propstreet.next(loss).on(Call::ReviseTimelineNote);
        world.edit_note(note, &format!("<p>Of Pipedrive {number}</p>"));
        world.settle_with_round().await;
        let expected = format!("Of Pipedrive {number}");
        assert_eq!(world.messages_on(&on), [expected], "{loss:?}");
        world.pipedrive.next(loss).on(Call::UpdateNote);
        let told = world.told_on(&on).remove(0).id;
        world.tell_otherwise(&told, &format!("Of Propstreet {number}"));
        world.settle_with_round().await;
        let expected = format!("<p>Of Propstreet {number}</p>");
        assert_eq!(world.contents(), [expected], "{loss:?}");
    }
    assert_eq!(world.journal().await, []);
}

#[tokio::test]
async fn a_stale_version_of_a_note_is_read_again_and_planned_again() {
    let mut world = start().await;
    let (note, contact, _) = world.note_of_ann("First").await;
    world
        .propstreet
        .next_times(3, Fault::StaleVersion)
        .on(Call::ReviseTimelineNote);
    world.edit_note(note, "<p>Second</p>");
    world.settle_with_round().await;
    assert_eq!(world.messages_on(&format!("contact/{contact}")), ["Second"]);
}

#[tokio::test]
async fn killed_anywhere_while_a_note_is_carried_to_propstreet() {
    let mut world = start().await;
    let (person, contact) = world.ann().await;
    world.settle_with_round().await;
    for writes in 0..WRITES_MAX {
        world.write_note("person_id", person, &format!("Note {writes}"));
        world.stop_before_write(writes);
        world.settle_within(AT_ONCE).await;
        let has_stopped = world.has_stopped();
        world.restart().await;
        world.settle_within(AFTERWARDS).await;
        let told = world.told_on(&format!("contact/{contact}"));
        assert_eq!(told.len(), writes as usize + 1);
        assert_eq!(world.written().len(), writes as usize + 1);
        if !has_stopped {
            return;
        }
    }
    panic!("a note takes more than {WRITES_MAX} writes");
}

#[tokio::test]
async fn killed_anywhere_while_a_note_is_carried_to_pipedrive() {
    let mut world = start().await;
    let (_, contact) = world.ann().await;
    world.settle_with_round().await;
    for writes in 0..WRITES_MAX {
        world.tell_on_contact(&contact, &format!("Note {writes}"));
        // The next change of the contact brings its notes along.
        let strategy = format!("Strategy {writes}");
        world
            .propstreet
            .edit_contact(&contact, serde_json::json!({"strategy": strategy}));
        world.pass(A_POLL);
        world.stop_before_write(writes);
        world.settle_within(AT_ONCE).await;
        let has_stopped = world.has_stopped();
        world.restart().await;
        world.settle_within(A_POLL).await;
        assert_eq!(world.written().len(), writes as usize + 1);
        assert_eq!(world.all_told().len(), writes as usize + 1);
        if !has_stopped {
            return;
        }
    }
    panic!("a note takes more than {WRITES_MAX} writes");
}

#[tokio::test]
async fn killed_anywhere_while_an_edit_of_a_note_is_carried_over() {
    let mut world = start().await;
    let (note, contact, _) = world.note_of_ann("Begun").await;
    for writes in 0..WRITES_MAX {
        world.edit_note(note, &format!("<p>Edit {writes}</p>"));
        world.stop_before_write(writes);
        world.settle_within(AT_ONCE).await;
        let has_stopped = world.has_stopped();
        world.restart().await;
        world.settle_within(AFTERWARDS).await;
        let expected = format!("Edit {writes}");
        assert_eq!(world.messages_on(&format!("contact/{contact}")), [expected]);
        if !has_stopped {
            return;
        }
    }
    panic!("an edit takes more than {WRITES_MAX} writes");
}
