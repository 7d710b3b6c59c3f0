//! Notes that were written on one side appear on the other.

use emulators::propstreet::Edit;
use model::Side;
use serde_json::json;
use store::Store;

use super::super::deals::PIPELINE;
use super::{start, start_with};

#[tokio::test]
async fn a_note_on_a_person_appears_in_the_timeline_of_their_contact() {
    let mut world = start().await;
    let (person, contact) = world.ann().await;
    world.settle_with_round().await;

    world.write_note(
        "person_id",
        person,
        "<p>Called <b>twice</b></p><p>No answer</p>",
    );
    world.settle().await;

    assert_eq!(
        world.messages_on(&format!("contact/{contact}")),
        ["Called twice\n\nNo answer"]
    );
    assert_eq!(world.written().len(), 1);
}

#[tokio::test]
async fn a_note_on_an_organization_appears_in_the_timeline_of_its_company() {
    let mut world = start().await;
    let (organization, company) = world.paired_organization("Fjordbygg AS").await;
    world.write_note("org_id", organization, "Owns the quay");
    world.settle_with_round().await;
    assert_eq!(
        world.messages_on(&format!("company/{company}")),
        ["Owns the quay"]
    );
}

#[tokio::test]
async fn a_note_on_a_deal_appears_in_the_timeline_of_its_project_alone() {
    let mut world = start().await;
    let (person, contact) = world.ann().await;
    let fields = json!({"title": "Kvarteret Ejdern", "person_id": person});
    let deal = world
        .pipedrive
        .add_record(emulators::pipedrive::Entity::Deal, fields);
    world.settle().await;
    world.write_note("deal_id", deal, "The bank has agreed");
    world.settle_with_round().await;
    let project = world.project_of(deal);
    assert_eq!(
        world.messages_on(&format!("project/{project}")),
        ["The bank has agreed"]
    );
    // Pipedrive shows it with the deal's person, too.
    assert!(world.told_on(&format!("contact/{contact}")).is_empty());
}

#[tokio::test]
async fn notes_in_propstreet_appear_on_person_organization_and_deal() {
    let mut world = start().await;
    let (person, contact, organization, company) = world.ann_at_fjordbygg().await;
    let fields = json!({"title": "Kvarteret Ejdern"});
    let deal = world
        .pipedrive
        .add_record(emulators::pipedrive::Entity::Deal, fields);
    world.settle().await;
    let project = world.project_of(deal);
    world.tell_on_contact(&contact, "Looks for logistics\nin Malmö & Lund");
    world.propstreet.does(&Edit::AddCompanyNote {
        company_id: company,
        note: "Has sold its hotels".to_owned(),
    });
    world.propstreet.does(&Edit::AddProjectNote {
        project_id: project,
        note: "Two bids".to_owned(),
    });
    world.settle_with_round().await;

    let mut written = world.written();
    written.sort_by(|one, other| one.content.cmp(&other.content));
    let on = |id: i64| {
        let note = world.note(id);
        [&note["person_id"], &note["org_id"], &note["deal_id"]].map(serde_json::Value::as_i64)
    };
    assert_eq!(written.len(), 3);
    assert_eq!(written[0].content, "<p>Has sold its hotels</p>");
    assert_eq!(on(written[0].id), [None, Some(organization), None]);
    assert_eq!(
        written[1].content,
        "<p>Looks for logistics<br>in Malmö &amp; Lund</p>"
    );
    assert_eq!(on(written[1].id)[0], Some(person));
    assert_eq!(written[2].content, "<p>Two bids</p>");
    assert_eq!(on(written[2].id)[2], Some(deal));
}

#[tokio::test]
async fn the_echo_of_our_own_note_makes_no_write() {
    let mut world = start().await;
    let (person, contact) = world.ann().await;
    world.write_note("person_id", person, "<div>Of Pipedrive</div>");
    world.tell_on_contact(&contact, "Of Propstreet");
    world.settle_with_round().await;
    let writes = world.writes_made();
    for _ in 0..3 {
        world.settle_with_round().await;
    }
    assert_eq!(world.writes_made(), writes);
    assert_eq!(world.written().len(), 2);
    assert_eq!(world.told_on(&format!("contact/{contact}")).len(), 2);
}

#[tokio::test]
async fn a_note_on_an_unpaired_record_waits_and_goes_out_when_it_is_paired() {
    let mut world = start().await;
    world.ann().await;
    world.settle_with_round().await;
    world
        .restart_with(|settings| settings.create_on.propstreet = false)
        .await;
    let person = world.pipedrive.add_person("Bo Lind", "bo@lind.se");
    world.write_note("person_id", person, "Met at the fair");
    world.settle_with_round().await;
    assert!(world.all_told().is_empty());

    let contact = world.propstreet.add_contact("Bo", "Lind", "bo@lind.se");
    world.settle_with_round().await;
    assert_eq!(
        world.messages_on(&format!("contact/{contact}")),
        ["Met at the fair"]
    );
}

#[tokio::test]
async fn notes_that_say_the_same_about_a_pair_are_one_note() {
    let mut world = start().await;
    let person = world.pipedrive.add_person("Ann Berg", "ann@berg.no");
    let contact = world.propstreet.add_contact("Ann", "Berg", "ann@berg.no");
    world.write_note("person_id", person, "<p>Copied by hand</p>");
    world.tell_on_contact(&contact, "Copied by hand");
    world.settle_with_round().await;
    assert_eq!(world.contents(), ["<p>Copied by hand</p>"]);
    assert_eq!(world.all_told().len(), 1);
}

#[tokio::test]
async fn a_note_on_a_deal_of_another_pipeline_or_on_a_lead_stays_where_it_is() {
    let mut world = start_with(|setup| {
        let deals = setup.settings.deals.as_mut().expect("deals take part");
        deals.pipelines = vec!["Mandates".to_owned()];
    })
    .await;
    let (person, _) = world.ann().await;
    assert_eq!(PIPELINE, "Pipeline");
    let fields = json!({"title": "Kvarteret Ejdern", "person_id": person});
    let deal = world
        .pipedrive
        .add_record(emulators::pipedrive::Entity::Deal, fields);
    world.write_note("deal_id", deal, "Not for everybody");
    world.settle_with_round().await;
    assert!(world.all_told().is_empty());
}

#[tokio::test]
async fn a_note_without_words_waits_until_it_has_some() {
    let mut world = start().await;
    let (person, contact) = world.ann().await;
    let note = world.write_note("person_id", person, "<p>&nbsp;</p>");
    world.settle_with_round().await;
    assert!(world.all_told().is_empty());
    world.edit_note(note, "<p>Now it has</p>");
    world.settle().await;
    assert_eq!(
        world.messages_on(&format!("contact/{contact}")),
        ["Now it has"]
    );
}

#[tokio::test]
async fn a_long_note_arrives_shortened_and_stays_long() {
    let mut world = start().await;
    let (person, contact) = world.ann().await;
    let long = "ord ".repeat(4_000);
    world.write_note("person_id", person, &format!("<p>{long}</p>"));
    world.settle_with_round().await;
    let [message] = &world.messages_on(&format!("contact/{contact}"))[..] else {
        panic!("one note");
    };
    assert!(message.chars().count() <= 10_000);
    assert!(message.ends_with("(goes on in Pipedrive)"));

    let told = world.told_on(&format!("contact/{contact}")).remove(0);
    let edited = message.replacen("ord ord", "First", 1);
    world.tell_otherwise(&told.id, &edited);
    world.settle_with_round().await;
    let [content] = &world.contents()[..] else {
        panic!("one note");
    };
    assert!(content.starts_with("<p>First ord"));
    assert_eq!(content.matches("ord").count(), 3_998);
}

#[tokio::test]
async fn a_strategy_is_no_note() {
    let mut world = start().await;
    let (person, contact) = world.ann().await;
    world
        .propstreet
        .edit_contact(&contact, json!({"strategy": "Core offices in Oslo"}));
    world.settle_with_round().await;
    assert!(world.written().is_empty());
    assert!(world.all_told().is_empty());

    world.write_note("person_id", person, "Wants an answer");
    world.settle_with_round().await;
    assert_eq!(
        world.propstreet.contact(&contact)["strategy"],
        "Core offices in Oslo"
    );
    assert_eq!(
        world.pipedrive.person_field(person, "investor_strategy"),
        "Core offices in Oslo"
    );
}

#[tokio::test]
async fn what_a_note_says_is_told_by_no_plan() {
    let mut world = start().await;
    let (person, _) = world.ann().await;
    world.settle_with_round().await;
    let core = world.core();
    let words = "Their secret price is 12.5";
    world.write_note("person_id", person, words);
    world.settle().await;
    let entries = core.store.history(core.ctx(), None, None, 10).await;
    let entries = entries.expect("the store answers");
    assert!(!entries.is_empty());
    assert!(entries.iter().all(|row| !row.entry.why.contains("secret")));
    assert!(entries.iter().any(|row| row.entry.side == Side::Propstreet));
}
