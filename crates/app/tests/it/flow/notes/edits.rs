//! Notes that were edited or deleted on one side.

use model::Side;
use plan::{DeletePolicy, Direction, FieldPolicy, Winner};

use super::super::world::{Call, Fault};
use super::{start, start_with};

#[tokio::test]
async fn a_note_edited_in_pipedrive_is_superseded_in_propstreet() {
    let mut world = start().await;
    let (note, contact, told) = world.note_of_ann("First").await;
    world.edit_note(note, "<p>Second</p>");
    world.settle_with_round().await;
    world.edit_note(note, "<p>Third</p>");
    world.settle_with_round().await;
    let on = format!("contact/{contact}");
    assert_eq!(world.messages_on(&on), ["Third"]);
    assert_ne!(world.told_on(&on)[0].id, told);
    assert_eq!(world.contents(), ["<p>Third</p>"]);
}

#[tokio::test]
async fn a_note_edited_in_propstreet_is_edited_in_pipedrive() {
    let mut world = start().await;
    let (note, contact, told) = world.note_of_ann("First").await;
    let second = world.tell_otherwise(&told, "Second\nline");
    world.settle_with_round().await;
    assert_eq!(world.note(note)["content"], "<p>Second<br>line</p>");
    world.tell_otherwise(&second, "Third");
    world.settle_with_round().await;
    assert_eq!(world.note(note)["content"], "<p>Third</p>");
    assert_eq!(world.written().len(), 1);
    assert_eq!(world.messages_on(&format!("contact/{contact}")), ["Third"]);
}

#[tokio::test]
async fn another_form_of_the_same_words_does_not_travel() {
    let mut world = start().await;
    let (note, contact, told) = world.note_of_ann("<p>Called <b>twice</b></p>").await;
    let writes = world.writes_made();
    for form in [
        "<div>Called&nbsp;twice</div>",
        "Called twice<br>",
        "<p>Called <a href=\"https://example.se\">twice</a> </p>\r\n",
    ] {
        world.edit_note(note, form);
        world.settle_with_round().await;
        assert_eq!(world.note(note)["content"], form);
    }
    assert_eq!(world.writes_made(), writes);
    let now = world.told_on(&format!("contact/{contact}"));
    assert_eq!(now[0].id, told);
}

#[tokio::test]
async fn what_the_server_cleans_does_not_go_to_and_fro() {
    let mut world = start().await;
    let (person, contact) = world.ann().await;
    world.tell_on_contact(
        &contact,
        "if a < b & c > d: <script>x()</script> **bold** - 1. # _x_",
    );
    world.write_note(
        "person_id",
        person,
        "<p onclick=\"x()\">Hello <script>x()</script>there</p><ul><li>one<li>two</ul>",
    );
    world.settle_with_round().await;
    let writes = world.writes_made();
    world.settle_with_round().await;
    world.settle_with_round().await;
    assert_eq!(world.writes_made(), writes);
    assert!(
        world
            .messages_on(&format!("contact/{contact}"))
            .contains(&"Hello there\n\n- one\n- two".to_owned())
    );
}

#[tokio::test]
async fn when_both_sides_edit_a_note_the_policy_says_who_wins_and_the_other_text_is_journaled() {
    for (winner, kept) in [
        (Winner::PipedriveWins, "Of Pipedrive"),
        (Winner::PropstreetWins, "Of Propstreet"),
        (Winner::Latest, "Of Propstreet"),
    ] {
        let direction = Direction::Both;
        let mut world = start_with(|setup| {
            let fields = &mut setup.settings.policies.fields;
            fields.insert(model::Field::NoteText, FieldPolicy { direction, winner });
        })
        .await;
        let (note, contact, told) = world.note_of_ann("Agreed").await;
        world
            .restart_with(|settings| settings.timing.poll_interval = 60_000)
            .await;
        // Nobody hears of either edit before both were made.
        let quiet = world.pipedrive.quietly();
        let fields = serde_json::json!({"content": "<p>Of Pipedrive</p>"});
        quiet.at_screen(|screen| screen.edit_note(note, &fields));
        world.pass(std::time::Duration::from_secs(10));
        world.tell_otherwise(&told, "Of Propstreet");
        world
            .propstreet
            .edit_contact(&contact, serde_json::json!({"strategy": "Something else"}));
        world.settle_with_round().await;
        let journal = world.journal().await;
        let told = world.messages_on(&format!("contact/{contact}"));
        assert_eq!(told, [kept], "{winner:?}");
        assert_eq!(world.note(note)["content"], format!("<p>{kept}</p>"));
        assert_eq!(journal.len(), 1, "{winner:?}");
    }
}

#[tokio::test]
async fn a_conflict_about_a_note_waits_for_a_person_where_the_policy_says_so() {
    let mut world = start_with(|setup| {
        let policy = FieldPolicy {
            direction: Direction::Both,
            winner: Winner::Manual,
        };
        let fields = &mut setup.settings.policies.fields;
        fields.insert(model::Field::NoteText, policy);
    })
    .await;
    let (note, contact, told) = world.note_of_ann("Agreed").await;
    let quiet = world.pipedrive.quietly();
    let fields = serde_json::json!({"content": "<p>Of Pipedrive</p>"});
    quiet.at_screen(|screen| screen.edit_note(note, &fields));
    world.tell_otherwise(&told, "Of Propstreet");
    world
        .propstreet
        .edit_contact(&contact, serde_json::json!({"strategy": "Something else"}));
    world.settle_with_round().await;
    assert_eq!(world.note(note)["content"], "<p>Of Pipedrive</p>");
    let conflict = world.only_conflict().await;
    world.decide(&conflict, Side::Propstreet).await;
    world.settle_with_round().await;
    assert_eq!(world.note(note)["content"], "<p>Of Propstreet</p>");
}

#[tokio::test]
async fn a_deleted_note_stays_on_the_other_side_unless_deletes_travel() {
    let mut world = start().await;
    let (note, contact, _) = world.note_of_ann("To be deleted").await;
    world.delete_note(note);
    world.settle_with_round().await;
    assert_eq!(world.told_on(&format!("contact/{contact}")).len(), 1);

    let told = world.tell_on_contact(&contact, "To be archived");
    world.settle_with_round().await;
    assert_eq!(world.contents(), ["<p>To be archived</p>"]);
    world.archive(&told);
    world.settle_with_round().await;
    assert_eq!(world.contents(), ["<p>To be archived</p>"]);
}

#[tokio::test]
async fn deletes_travel_where_the_policy_says_so() {
    let mut world =
        start_with(|setup| setup.settings.policies.deletes = DeletePolicy::Propagate).await;
    let (note, contact, _) = world.note_of_ann("To be deleted").await;
    world.delete_note(note);
    world.settle_with_round().await;
    assert!(world.told_on(&format!("contact/{contact}")).is_empty());

    let told = world.tell_on_contact(&contact, "To be archived");
    world.settle_with_round().await;
    assert_eq!(world.written().len(), 1);
    world.archive(&told);
    world.settle_with_round().await;
    assert!(world.written().is_empty());
}

#[tokio::test]
async fn a_lost_answer_to_a_deletion_of_a_note_deletes_once() {
    for loss in [Fault::LoseAnswer, Fault::FailBeforeWriting] {
        let mut world =
            start_with(|setup| setup.settings.policies.deletes = DeletePolicy::Propagate).await;
        let (note, contact, told) = world.note_of_ann("To be deleted").await;
        world.pipedrive.next(loss).on(Call::DeleteNote);
        world.archive(&told);
        world.settle_with_round().await;
        assert_eq!(world.note(note)["active_flag"], false, "{loss:?}");
        assert!(world.told_on(&format!("contact/{contact}")).is_empty());
    }
}

/// An edit of the note comes in the very moment between our read and our write.
#[tokio::test]
async fn an_edit_of_a_note_that_we_overwrote_is_journaled() {
    let mut world = start().await;
    let (note, contact, told) = world.note_of_ann("Agreed").await;
    world
        .pipedrive
        .next(Fault::Slow { millis: 6_000 })
        .on(Call::ReadNote);
    world.tell_otherwise(&told, "Of Propstreet");
    world
        .propstreet
        .edit_contact(&contact, serde_json::json!({"strategy": "Something else"}));
    world.pass(std::time::Duration::from_secs(6 * 60));
    world.meanwhile_after(std::time::Duration::from_secs(3), move |pipedrive, _| {
        let fields = serde_json::json!({"content": "<p>Of a user</p>"});
        pipedrive.at_screen(|screen| screen.edit_note(note, &fields));
    });
    world.settle_with_round().await;
    let journal = world.journal().await;
    assert!(!journal.is_empty(), "the text that was replaced is kept");
    let kept = world.contents().remove(0);
    let there = world.messages_on(&format!("contact/{contact}")).remove(0);
    assert_eq!(kept, format!("<p>{there}</p>"));
}

#[tokio::test]
async fn an_archived_note_that_is_brought_back_is_kept_in_step_again() {
    let mut world = start().await;
    let (note, contact, told) = world.note_of_ann("First").await;
    world.archive(&told);
    world.settle_with_round().await;
    world.edit_note(note, "<p>Second</p>");
    world.settle_with_round().await;
    assert!(world.told_on(&format!("contact/{contact}")).is_empty());
    assert_eq!(world.written().len(), 1);
}
