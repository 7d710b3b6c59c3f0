//! `mirror`: the tables are filled, told to be equal to their source, and healed where they are not.

use app::cli::Exit;
use emulators::pipedrive::Entity;
use serde_json::{Value, json};

use super::{Office, moment};

async fn filled() -> Office {
    let office = Office::set_up(3, 6).await;
    sell(&office);
    {
        let mut emulator = office.pipedrive.emulator();
        for (name, value) in [("Storgata 8", 12_500_000), ("Hamngatan 4", 480_000)] {
            let deal = json!({"title": name, "value": value, "currency": "NOK"});
            emulator.screen(moment()).add(Entity::Deal, &deal).unwrap();
        }
        let (deal, _) = emulator.record_ids(Entity::Deal).next().unwrap();
        let (person, _) = emulator.record_ids(Entity::Person).next().unwrap();
        let mut screen = emulator.screen(moment());
        screen.add_participant(deal, person).unwrap();
    }
    let ran = office.run("mirror backfill").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    office
}

/// A project with a property and a prospect.
fn sell(office: &Office) {
    let mut emulator = office.propstreet.emulator();
    let (contact, _) = emulator.contact_ids().next().unwrap();
    let project = json!({"name": "Project Harbour"});
    let project = emulator.add_project(&project, moment()).unwrap();
    let prospect = json!({"contactId": contact});
    emulator
        .add_prospect(&project, &prospect, moment())
        .unwrap();
    let property = json!({"name": "Hamngatan 4"});
    emulator.add_property(&property, moment()).unwrap();
}

fn of<'a>(rows: &'a Value, entity: &str) -> &'a Value {
    let rows = rows.as_array().unwrap();
    let row = rows.iter().find(|row| row["entity"] == entity);
    row.unwrap_or_else(|| panic!("no {entity} in {rows:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filled_mirror_says_what_it_holds_and_how_current_it_is() {
    let office = filled().await;
    let rows = office.run("mirror status --json").await.json();
    assert_eq!(of(&rows, "deal")["live"], 2);
    assert_eq!(of(&rows, "deal")["table"], "pipedrive_deals");
    assert_eq!(of(&rows, "person")["live"], 6);
    for entity in ["deal", "stage", "user", "person", "contact"] {
        assert!(of(&rows, entity)["compared_at"].is_string(), "{rows}");
        assert!(of(&rows, entity)["next_poll"].is_string(), "{rows}");
    }
    for entity in ["project", "prospect", "property"] {
        assert_eq!(of(&rows, entity)["live"], 1, "{rows}");
    }
    let text = office.run("mirror status").await.text;
    assert!(text.contains("pipedrive_deals"), "{text}");
    let participants = of(&rows, "deal_participant");
    assert_eq!(participants["open_deals"], 2);
    assert_eq!(participants["live"], 1, "{rows}");
    assert_eq!(participants["deals_unread"], 0);
    assert!(participants["next_poll"].is_string(), "{rows}");
    assert!(text.contains("pipedrive_deal_participants"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_equals_its_source_is_told_so() {
    let office = filled().await;
    let ran = office.run("mirror verify --json").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    let compared = ran.json()["compared"].clone();
    for one in compared.as_array().unwrap() {
        assert_eq!(one["is_equal"], true, "{one}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_told_by_its_id_and_healed() {
    let office = filled().await;
    let (changed, added) = {
        let mut emulator = office.pipedrive.emulator();
        let (id, _) = emulator.record_ids(Entity::Deal).next().unwrap();
        let fields = json!({"title": "Storgata 8, whole building"});
        emulator
            .screen(moment())
            .quietly()
            .edit(Entity::Deal, id, &fields)
            .unwrap();
        let fields = json!({"title": "Sveavägen 17"});
        let added = emulator
            .screen(moment())
            .quietly()
            .add(Entity::Deal, &fields);
        (id, added.unwrap())
    };
    let ran = office.run("mirror verify deals --json").await;
    assert_eq!(ran.exit, Exit::NeedsPerson, "{ran:?}");
    let told = ran.json();
    let deals = of(&told["compared"], "deal");
    assert_eq!(deals["different"], json!([changed.to_string()]));
    assert_eq!(deals["missing"], json!([added.to_string()]));
    assert_eq!(told["healed_now"], true);

    let again = office.run("mirror verify deals").await;
    assert_eq!(again.exit, Exit::Done, "{again:?}");
    assert!(again.text.contains("equal"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_part_is_compared_deal_by_deal_where_it_is_asked_for() {
    let office = filled().await;
    let (deal, came) = {
        let mut emulator = office.pipedrive.emulator();
        let (deal, _) = emulator.record_ids(Entity::Deal).next().unwrap();
        let mut people = emulator.record_ids(Entity::Person).map(|(id, _)| id);
        let (went, came) = (people.next().unwrap(), people.next().unwrap());
        drop(people);
        let mut screen = emulator.screen(moment()).quietly();
        screen.remove_participant(deal, went).unwrap();
        screen.add_participant(deal, came).unwrap();
        (deal, came)
    };
    // Nothing is asked of it that was not asked for.
    let ran = office.run("mirror verify pipelines --json").await;
    assert_eq!(ran.json()["compared"].as_array().unwrap().len(), 1);

    let ran = office
        .run("mirror verify pipelines --participants --json")
        .await;
    assert_eq!(ran.exit, Exit::NeedsPerson, "{ran:?}");
    let told = ran.json();
    let participants = of(&told["compared"], "deal_participant");
    assert_eq!(participants["deals"], 1);
    assert_eq!(
        (&participants["missing"], &participants["absent"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(participants["differing_deals"], json!([deal.to_string()]));
    assert_eq!(told["healed_now"], true);

    let again = office.run("mirror verify pipelines --participants").await;
    assert_eq!(again.exit, Exit::Done, "{again:?}");
    assert!(
        again.text.contains("compared in 1 of 1 open deals"),
        "{again:?}"
    );
    let held = office.pipedrive.emulator().participants_of(deal);
    assert_eq!(held, [came]);
}

#[tokio::test(flavor = "multi_thread")]
async fn participants_that_the_tokens_do_not_pay_for_are_told_as_not_compared() {
    let office = filled().await;
    let ran = office
        .run("mirror verify pipelines --participants --tokens 5")
        .await;
    assert_eq!(ran.exit, Exit::NeedsPerson, "{ran:?}");
    assert!(
        ran.text.contains("compared in 0 of 1 open deals"),
        "{ran:?}"
    );
}

#[test]
fn a_record_that_is_mirrored_only_cannot_be_explained_and_the_reason_says_where_to_look() {
    use clap::Parser;
    let asked = ["pipestreet", "explain", "lead/7"];
    let refused = app::cli::Cli::try_parse_from(asked)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("from leads`"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_cost_too_much_is_not_compared_and_told_so() {
    let office = filled().await;
    let ran = office.run("mirror verify deals --tokens 5 --json").await;
    assert_eq!(ran.exit, Exit::NeedsPerson);
    let told = ran.json();
    assert_eq!(of(&told["compared"], "deal")["too_dear_tokens"], 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_not_read_and_cannot_be_compared() {
    let mut office = Office::set_up(1, 1).await;
    office.tell("PIPESTREET_MIRROR__WITHOUT", "deals,leads");
    // Its former name.
    assert_eq!(office.run("mirror fill").await.exit, Exit::Done);
    let rows = office.run("mirror status --json").await.json();
    assert!(
        rows.as_array()
            .unwrap()
            .iter()
            .all(|row| row["entity"] != "deal")
    );
    let ran = office.run("mirror verify deals").await;
    assert_eq!(ran.exit, Exit::Usage, "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_are_read_with_the_pairs_they_are_about() {
    let mut office = Office::set_up(2, 4).await;
    office.tell("PIPESTREET_NOTES__DIRECTION", "off");
    office.run("sync --approve --once").await;
    {
        let mut emulator = office.propstreet.emulator();
        let (contact, _) = emulator.contact_ids().next().unwrap();
        emulator
            .add_contact_note(&contact, "Called back", moment())
            .unwrap();
    }
    assert_eq!(office.run("mirror fill").await.exit, Exit::Done);
    let rows = office.run("mirror status --json").await.json();
    assert_eq!(of(&rows, "timeline_note")["live"], 1);
    assert_eq!(of(&rows, "timeline_note")["table"], "propstreet_notes");
    let proof = office.run("mirror verify timeline_notes").await;
    assert_eq!(proof.exit, Exit::Done, "{proof:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_that_may_not_be_read_are_one_finding_until_they_may_be() {
    const FINDING: &str = "does not let this login read projects, properties";
    let office = Office::new(2, 4).await;
    sell(&office);
    office.propstreet.emulator().hide_projects(true);
    let ran = office.run("setup").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    let ran = office.run("mirror fill").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    let rows = office.run("mirror status --json").await.json();
    assert!(of(&rows, "project")["refused_since"].is_string(), "{rows}");
    assert!(of(&rows, "contact")["compared_at"].is_string(), "{rows}");
    let findings = office.run("doctor --json").await.json();
    let told = findings.to_string();
    assert_eq!(told.matches(FINDING).count(), 1, "{told}");

    office.propstreet.emulator().hide_projects(false);
    assert_eq!(office.run("mirror fill").await.exit, Exit::Done);
    let rows = office.run("mirror status --json").await.json();
    assert!(of(&rows, "project")["refused_since"].is_null(), "{rows}");
    assert_eq!(of(&rows, "prospect")["live"], 1);
    let told = office.run("doctor --json").await.json().to_string();
    assert!(!told.contains(FINDING), "{told}");
}
