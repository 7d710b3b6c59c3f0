//! `probe` as a person runs it: with what some questions take, and without.

use app::cli::Exit;
use emulators::Emulator;
use emulators::pipedrive::Switches;
use emulators::propstreet::PropstreetSwitches;
use http::Request;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::login::Person;
use super::{Office, PIPEDRIVE_TOKEN, moment};

const SECOND_TOKEN: &str = "pd-lund-2";

impl Office {
    /// A second user, who is no administrator, and whose token is known.
    fn hire(&mut self) {
        let mut emulator = self.pipedrive.emulator();
        let id = emulator.add_user("Torunn Bakke", "torunn@example.com", false, moment());
        emulator.add_token_of(SECOND_TOKEN, id);
        drop(emulator);
        self.tell("PIPESTREET_PIPEDRIVE_SECOND_TOKEN", SECOND_TOKEN);
    }

    fn has_webhooks(&self) -> bool {
        let request = Request::get("/api/v1/webhooks").header("x-api-token", PIPEDRIVE_TOKEN);
        let request = request.body(bytes::Bytes::new()).unwrap();
        let answer = self.pipedrive.emulator().answer(&request, moment());
        let listed: Value = serde_json::from_slice(answer.response.body()).unwrap();
        listed["data"] != json!([])
    }
}

/// Each question with its answer and the reason for it.
fn told(findings: &Value) -> Vec<[&str; 3]> {
    let rows = findings["findings"].as_array().unwrap().iter();
    rows.map(|row| ["question", "answer", "why"].map(|key| row[key].as_str().unwrap_or_default()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_a_second_user_webhooks_or_a_login_is_found_out_with_them() {
    let switches = Switches {
        person_events_have_no_single_label: true,
        hidden_records_look_missing: true,
        refresh_tokens_rotate: true,
        events_keep_their_order: true,
        ..Switches::default()
    };
    let mut office = Office::like(switches.clone(), (2, 4), 0).await;
    office.hire();
    let (logged_in, _) = office.log_in(Person::Allows, false).await;
    assert_eq!(logged_in.exit, Exit::Done, "{logged_in:?}");
    let before = office.kept_login().await.unwrap();

    let file = office.config().with_file_name("like.json");
    let ran = office
        .run(&format!(
            "probe pipedrive --yes --json --listen {} --out {} --only times_have_milliseconds,hidden_records_look_missing,\
             person_events_have_no_single_label,refresh_tokens_rotate",
            office.address,
            file.display()
        ))
        .await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    let (no, yes) = ("no, like the emulator", "yes, unlike the emulator");
    assert_eq!(
        told(&ran.json()),
        [
            ["times_have_milliseconds", no, ""],
            ["hidden_records_look_missing", yes, ""],
            ["person_events_have_no_single_label", yes, ""],
            ["refresh_tokens_rotate", yes, ""],
        ]
    );
    let written = Switches::read(&std::fs::read_to_string(file).unwrap()).unwrap();
    let only_asked = Switches {
        events_keep_their_order: false,
        ..switches
    };
    assert_eq!(written, only_asked);
    // The login that was renewed is kept, and nothing else of what was made.
    let after = office.kept_login().await.unwrap();
    assert_ne!(
        before.refresh_token.expose_secret(),
        after.refresh_token.expose_secret()
    );
    assert!(!office.has_webhooks());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_given_is_asked_for() {
    let office = Office::new(2, 4).await;
    let ran = office
        .run(
            "probe pipedrive --yes --json --only retry_after_is_missing,hidden_records_look_missing,events_keep_their_order,\
             refresh_tokens_rotate,budget_reset_zone",
        )
        .await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    let asked_for = [
        "--meet-limits",
        "secrets set pipedrive_second_token",
        "--listen",
        "login pipedrive",
        "--patient",
    ];
    let printed = ran.json();
    for ([question, answer, why], wanted) in told(&printed).into_iter().zip(asked_for) {
        assert_eq!(answer, "not asked", "{question}");
        assert!(why.contains(wanted), "{question}: {why}");
    }
    assert_eq!(printed["tokens"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_agree_learns_what_would_be_done() {
    let mut office = Office::new(2, 4).await;
    office.hire();
    let ran = office
        .run(&format!(
            "probe pipedrive --patient --listen {} --only search_lag_millis,webhooks_of_all_users_are_listed,\
             successes_forgive_failures,budget_reset_zone",
            office.address
        ))
        .await;
    assert_eq!(ran.exit, Exit::NeedsPerson, "{ran:?}");
    for said in [
        "asks 4 questions",
        "up to 18 × person, 1 × pipeline, 2 × webhook",
        "A second user looks",
        "about persons and pipelines to http://127.0.0.1",
        "up to a day",
        "at most 1440 tokens",
    ] {
        assert!(ran.text.contains(said), "{said}: {}", ran.text);
    }
    assert_eq!(office.pipedrive_writes(), 0);
}

#[tokio::test]
async fn an_account_elsewhere_has_to_be_told_the_way_here() {
    let mut office = Office::new(2, 4).await;
    office.tell(
        "PIPESTREET_PIPEDRIVE__BASE_URL",
        "https://nordhamn.pipedrive.com",
    );
    office.tell("PIPESTREET_SERVER__PUBLIC_URL", "");
    let ran = office.run("probe pipedrive --listen 127.0.0.1:0").await;
    assert_eq!(ran.exit, Exit::Usage, "{ran:?}");
    assert!(ran.text.contains("--public-url"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_asked_and_leaves_a_file_that_the_stand_in_loads() {
    let office = Office::new(2, 4).await;
    let switches = PropstreetSwitches {
        page_sizes_are_clamped: true,
        projects_cannot_be_deleted: true,
        events_are_named_by_type_alone: true,
        ..PropstreetSwitches::default()
    };
    office.propstreet.emulator().settings_mut().switches = switches;
    let before = office.propstreet.emulator().contact_ids().count();
    let file = office.config().with_file_name("like.json");
    let ran = office
        .run(&format!(
            "probe propstreet --yes --json --listen {} --out {} --only page_sizes_are_clamped,versions_are_strong,\
             projects_cannot_be_deleted,classification_can_be_set,events_are_named_by_type_alone",
            office.address,
            file.display()
        ))
        .await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    let (no, yes) = ("no, like the emulator", "yes, unlike the emulator");
    let why = "projects cannot be deleted through this API, so that one made for it would stay";
    assert_eq!(
        told(&ran.json()),
        [
            ["page_sizes_are_clamped", yes, ""],
            ["versions_are_strong", no, ""],
            ["projects_cannot_be_deleted", yes, ""],
            ["classification_can_be_set", "not asked", why],
            ["events_are_named_by_type_alone", yes, ""],
        ]
    );
    let written = std::fs::read_to_string(file).unwrap();
    assert_eq!(PropstreetSwitches::read(&written).unwrap(), switches);
    let emulator = office.propstreet.emulator();
    assert_eq!(emulator.webhook_ids(), Vec::<String>::new());
    let living = emulator.contact_ids().filter(|(_, lives)| *lives);
    assert_eq!(living.count(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_agree_learns_what_would_be_done_to_the_organization() {
    let office = Office::new(2, 4).await;
    let ran = office
        .run("probe propstreet --only links_can_be_repeated,own_writes_are_quiet")
        .await;
    assert_eq!(ran.exit, Exit::NeedsPerson, "{ran:?}");
    for said in [
        "asks 2 questions",
        "up to 2 × company, 1 × contact, 2 × link, 1 × webhook",
        "at most 25 requests",
        "calls an address that is none",
    ] {
        assert!(ran.text.contains(said), "{said}: {}", ran.text);
    }
    assert_eq!(office.propstreet.emulator().counters().requests_total, 0);
}
