//! Deals and projects as a person at the command line meets them: the plan, the sync, the reasons, and names that mean nothing.

use app::cli::Exit;
use emulators::pipedrive::Entity;
use emulators::propstreet::{Edit, PortfolioEdit};
use serde_json::json;

use super::{Office, moment};

/// A deal and a project, each known to one side only, and a configuration that wants both in step.
async fn market() -> (Office, i64, String) {
    let mut office = Office::new(2, 2).await;
    office.tell("PIPESTREET_SCOPE__PIPELINES", "Pipeline");
    let deal = json!({"title": "Kvarteret Ejdern", "value": 5, "currency": "SEK"});
    let deal = office
        .pipedrive
        .emulator()
        .screen(moment())
        .add(Entity::Deal, &deal)
        .unwrap();
    let fields = json!({"name": "Kvarteret Vakteln"});
    let edit = Edit::Portfolio(PortfolioEdit::AddProject { fields });
    let project = office.propstreet.emulator().edit(&edit, moment()).unwrap();
    assert_eq!(office.run("setup").await.exit, Exit::Done);
    (office, deal, project)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_tells_of_deals_before_anything_is_written() {
    let (office, deal, project) = market().await;
    let writes = office.pipedrive_writes();
    let told = office.run("plan").await;
    assert_eq!(told.exit, Exit::Done, "{told:?}");
    let named = [format!("deal/{deal}"), format!("project/{project}")];
    for words in named.iter().map(String::as_str).chain([
        "Propstreet: create the project with name \"Kvarteret Ejdern\", price \"5 SEK\"",
        "Pipedrive: create the deal with name \"Kvarteret Vakteln\"",
    ]) {
        let one = office
            .run(&format!("plan --record {}", named[0]))
            .await
            .text;
        let other = office
            .run(&format!("plan --record {}", named[1]))
            .await
            .text;
        let all = format!("{}{one}{other}", told.text);
        assert!(all.contains(words), "{words} is not told in {all}");
    }
    assert_eq!(office.pipedrive_writes(), writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sync_brings_deals_into_step_and_tells_why() {
    let (office, deal, _) = market().await;
    let ran = office.run("sync --approve --once --json").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    let status = office.run("status --json").await.json();
    assert_eq!(status["pairs_active"]["deal"], 2, "{status}");
    assert_eq!(office.run("plan --json").await.json()["writes"], 0);
    let explained = office.run(&format!("explain deal/{deal}")).await;
    assert_eq!(explained.exit, Exit::Done, "{explained:?}");
    assert!(explained.text.contains("Kvarteret Ejdern"), "{explained:?}");
    let history = office.run(&format!("history deal/{deal}")).await;
    assert!(history.text.contains("name"), "{history:?}");
    let again = office.run("sync --once --json").await.json();
    assert_eq!(again["writes"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_that_is_not_there_is_told_by_the_doctor() {
    let (mut office, _, _) = market().await;
    office.tell("PIPESTREET_SCOPE__PIPELINES", "Mandates");
    office.run("sync --approve --once").await;
    let ran = office.run("doctor").await;
    assert!(ran.text.contains("pipeline \"Mandates\""), "{ran:?}");
}
