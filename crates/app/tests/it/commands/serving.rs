//! `serve` receives webhooks, keeps both sides in step, and stops when it is told to or when another one takes over.

use app::cli::output::Output;
use app::cli::{Exit, serve};
use app::startup;
use bytes::Bytes;
use emulators::Emulator;
use emulators::pipedrive::Entity;
use http::Request;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Office, moment};

/// A program that serves, and the way to stop it.
pub(super) struct Serving {
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<Exit>>,
}

pub(super) async fn start(office: &Office) -> Serving {
    let program = startup::open(&office.config(), &office.environment())
        .await
        .unwrap();
    let (stop, stopped) = oneshot::channel();
    let address = office.address.parse().unwrap();
    #[expect(clippy::disallowed_methods, reason = "a person's second terminal")]
    let task = tokio::spawn(async move {
        let store = program.store.clone();
        let mut out = Output::to(Vec::new(), false);
        let args = serve::Args {
            listen: Some(address),
        };
        let stop = async { drop(stopped.await) };
        let ended = serve::serve(program, args, stop, &mut out).await;
        startup::close_store(store).await;
        ended
    });
    Serving { stop, task }
}

impl Serving {
    pub(super) async fn stop(self) -> Exit {
        self.stop.send(()).unwrap();
        self.task.await.unwrap().unwrap()
    }
}

fn contact_name(office: &Office, id: &str) -> String {
    let contact = office.propstreet.emulator().contact(id).unwrap();
    format!(
        "{} {}",
        text(&contact["firstName"]),
        text(&contact["lastName"])
    )
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_default()
}

async fn contact_of(office: &Office, person: i64) -> String {
    let told = office
        .run(&format!("explain person/{person} --json"))
        .await
        .json();
    told["pair"]["records"]["propstreet"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_travels_by_webhook_while_it_serves() {
    let office = Office::in_step(2, 4).await;
    let contact = contact_of(&office, 2).await;
    let serving = start(&office).await;
    office.until_it_serves().await;
    let fields = json!({ "name": "Torunn Bakke" });
    office
        .pipedrive
        .emulator()
        .screen(moment())
        .edit(Entity::Person, 2, &fields)
        .unwrap();
    office.pipedrive.wake();
    office
        .until("the name arrives", |office| {
            contact_name(office, &contact) == "Torunn Bakke"
        })
        .await;
    assert_eq!(serving.stop().await, Exit::Done);
    assert!(office.fact("stopped_at").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_edited_while_nobody_served_is_found_at_the_start() {
    let office = Office::in_step(2, 4).await;
    let contact = contact_of(&office, 3).await;
    let fields = json!({ "name": "Eskil Moe" });
    office
        .pipedrive
        .emulator()
        .screen(moment())
        .quietly()
        .edit(Entity::Person, 3, &fields)
        .unwrap();
    let serving = start(&office).await;
    office
        .until("the name arrives", |office| {
            contact_name(office, &contact) == "Eskil Moe"
        })
        .await;
    serving.stop().await;
}

/// Whether Propstreet's only webhook is on, and how many of its deliveries were given up.
fn propstreet_webhook(office: &Office) -> (bool, usize) {
    let ask = |path: &str| {
        let request = Request::get(path).header("authorization", "Bearer pat-lund-1");
        let request = request.body(Bytes::new()).unwrap();
        let answer = office.propstreet.emulator().answer(&request, moment());
        serde_json::from_slice::<Value>(answer.response.body()).unwrap()["data"].clone()
    };
    let webhook = &ask("/api/v1/webhooks")[0];
    let path = format!("/api/v1/webhooks/{}/deliveries", text(&webhook["id"]));
    let deliveries = ask(&path);
    let given_up = deliveries.as_array().unwrap().iter();
    let given_up = given_up.filter(|delivery| delivery["status"] == "failed");
    (webhook["enabled"] == true, given_up.count())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_propstreet_told_while_nobody_served_is_asked_for_once_and_it_tells_again() {
    let office = Office::in_step(2, 4).await;
    let contact = contact_of(&office, 3).await;
    for number in 0..12 {
        let fields = json!({ "strategy": format!("Offices {number}") });
        office
            .propstreet
            .emulator()
            .edit_contact(&contact, &fields, moment())
            .unwrap();
    }
    office.propstreet.wake();
    let is_off = |office: &Office| !propstreet_webhook(office).0;
    office.until("the webhook is given up", is_off).await;
    assert!(propstreet_webhook(&office).1 > 0);
    let serving = start(&office).await;
    office
        .until("what was missed is taken", |office| {
            propstreet_webhook(office) == (true, 0)
        })
        .await;
    let fields = json!({ "lastName": "Moe" });
    office
        .propstreet
        .emulator()
        .edit_contact(&contact, &fields, moment())
        .unwrap();
    office.propstreet.wake();
    office
        .until("the name arrives", |office| {
            let person = office.pipedrive.emulator().record(Entity::Person, 3);
            text(&person.unwrap()["name"]).ends_with("Moe")
        })
        .await;
    let counters = office.propstreet.emulator().counters();
    let replays = counters.requests.get("POST /api/v1/webhooks/{id}/replay");
    assert_eq!(replays, Some(&1));
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_a_person_switched_off_stays_off() {
    let office = Office::set_up(2, 4).await;
    let serving = start(&office).await;
    office.until_it_serves().await;
    serving.stop().await;
    let request = Request::patch("/api/v1/webhooks/1")
        .header("authorization", "Bearer pat-lund-1")
        .header("content-type", "application/json")
        .body(Bytes::from_static(b"{\"enabled\": false}"))
        .unwrap();
    let answer = office.propstreet.emulator().answer(&request, moment());
    assert_eq!(answer.response.status(), 200);
    office.propstreet.emulator().reset_counters();
    let serving = start(&office).await;
    office
        .until("the deliveries were looked at", |office| {
            let counters = office.propstreet.emulator().counters();
            let place = "GET /api/v1/webhooks/{id}/deliveries";
            counters.requests.contains_key(place)
        })
        .await;
    serving.stop().await;
    assert_eq!(propstreet_webhook(&office), (false, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_propstreets_secret_is_replaced_both_are_taken() {
    let mut office = Office::in_step(2, 4).await;
    let contact = contact_of(&office, 3).await;
    let present = office
        .propstreet
        .emulator()
        .rotate_webhook_secret("1", false);
    // The one that will be, and the one that deliveries are still signed with.
    let secrets = format!(
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD {}",
        present.unwrap()
    );
    office.tell("PIPESTREET_PROPSTREET_WEBHOOK_SECRET", &secrets);
    let serving = start(&office).await;
    office.until_it_serves().await;
    office
        .until("what was missed is taken", |office| {
            propstreet_webhook(office) == (true, 0)
        })
        .await;
    office
        .propstreet
        .emulator()
        .edit_contact(&contact, &json!({ "lastName": "Moe" }), moment())
        .unwrap();
    office.propstreet.wake();
    office
        .until("the name arrives", |office| {
            let person = office.pipedrive.emulator().record(Entity::Person, 3);
            text(&person.unwrap()["name"]).ends_with("Moe")
        })
        .await;
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_one_takes_over_and_the_first_says_so() {
    let office = Office::in_step(2, 4).await;
    let first = start(&office).await;
    office.until_it_serves().await;
    let mut other = office.environment_of_another();
    other.push((
        "PIPESTREET_SERVER__LISTEN".to_owned(),
        "127.0.0.1:0".to_owned(),
    ));
    let program = startup::open(&office.config(), &other.into_iter().collect())
        .await
        .unwrap();
    let core = program.blueprint.build().await.unwrap();
    let error = first.task.await.unwrap().unwrap_err();
    assert!(
        error.to_string().contains("taken this workspace over"),
        "{error:#}"
    );
    drop(core);
    startup::close_store(program.store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_leaves_the_work_to_the_one_that_serves() {
    let office = Office::in_step(2, 4).await;
    let serving = start(&office).await;
    office.until_it_serves().await;
    let ran = office.run("sync").await;
    assert_eq!(ran.exit, Exit::Done);
    assert!(
        ran.text.contains("another pipestreet is at work"),
        "{ran:?}"
    );
    assert_eq!(office.run("sync --once").await.exit, Exit::Failed);
    assert_eq!(serving.stop().await, Exit::Done);
    assert_eq!(office.run("sync --once").await.exit, Exit::Done);
}

impl Office {
    async fn until_it_serves(&self) {
        let address = self.address.clone();
        self.until("it listens", |_| {
            std::net::TcpStream::connect(&address).is_ok()
        })
        .await;
    }

    fn environment_of_another(&self) -> Vec<(String, String)> {
        self.variables().to_vec()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_the_midst_of_writing_leaves_no_write_in_doubt() {
    // Slow services, so that calls are under way whenever it stops.
    let office = Office::with_latency(20, 60, 80).await;
    assert_eq!(office.run("setup").await.exit, Exit::Done);
    office.put_fact("approved", "2026-11-03T08:00:00Z").await;
    let serving = start(&office).await;
    let before = office.pipedrive_writes();
    office
        .until("some are written", |office| {
            office.pipedrive_writes() > before + 3
        })
        .await;
    assert_eq!(serving.stop().await, Exit::Done);
    let status = office.run("status --json").await.json();
    for state in ["sent", "outcome_unknown"] {
        let count = status["outbox"].get(state).cloned().unwrap_or_default();
        assert_eq!(count.as_u64().unwrap_or(0), 0, "{status}");
    }
    let rest = office.run("sync --once").await;
    assert_eq!(rest.exit, Exit::Done, "{rest:?}");
    assert_eq!(office.pipedrive.emulator().counters().duplicates, 0);
    assert_eq!(office.propstreet.emulator().counters().duplicates, 0);
}
