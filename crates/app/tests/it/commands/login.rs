//! `login pipedrive` as a person does it: a browser goes where it is sent, and the program goes on by itself.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_client::{BaseUrl, SystemClock};
use app::cli::output::Output;
use app::cli::{Exit, login};
use app::config::{Config, Environment};
use app::http::callback::{Expected, NoCode, receive};
use app::pipedrive_access::{Wires, company_of_token};
use app::secrets::{SecretName, Secrets, open_vault};
use app::startup;
use emulators::pipedrive::{Entity, OauthConfig};
use pipedrive::{KeptLogin, Tokens};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use store::Store;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::serving::start;
use super::{Office, Ran, moment};

/// What the person at the browser does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Person {
    Allows,
    Denies,
    /// Goes back to the page of a login from before, and allows this one then.
    IsConfusedAndAllows,
}

fn visitor() -> reqwest::Client {
    let redirects = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().redirect(redirects);
    client.build().unwrap()
}

/// The values of the page's hidden fields.
fn hidden_fields(page: &str) -> Vec<(String, String)> {
    let fields = page.split("<input type=\"hidden\" name=\"").skip(1);
    fields
        .map(|field| {
            let (name, rest) = field.split_once("\" value=\"").unwrap();
            let value = rest.split('"').next().unwrap();
            (name.to_owned(), value.replace("&amp;", "&"))
        })
        .collect()
}

/// Goes where it is sent; the last page.
async fn browse(address: String, callback: String, person: Person) -> String {
    let client = visitor();
    if person == Person::IsConfusedAndAllows {
        let old = format!("{callback}?code=stale&state=of-another-login");
        let page = client.get(old).send().await.unwrap();
        assert_eq!(page.status(), 400);
        assert!(page.text().await.unwrap().contains("another login"));
    }
    let page = client.get(&address).send().await.unwrap();
    let mut form = hidden_fields(&page.text().await.unwrap());
    let decision = match person {
        Person::Allows | Person::IsConfusedAndAllows => "allow",
        Person::Denies => "deny",
    };
    form.push(("decision".to_owned(), decision.to_owned()));
    let server = address.split("/oauth/").next().unwrap();
    let consent = format!("{server}/_emulator/consent");
    let answer = client.post(consent).form(&form).send().await.unwrap();
    let to = answer.headers()["location"].to_str().unwrap().to_owned();
    client.get(to).send().await.unwrap().text().await.unwrap()
}

impl Office {
    /// An office whose company is known from the login alone.
    async fn without_token() -> Self {
        let mut office = Self::new(2, 4).await;
        let emulator = office.pipedrive.base_url.clone();
        office.tell("PIPESTREET_PIPEDRIVE_API_TOKEN", "");
        office.tell("PIPESTREET_PIPEDRIVE__BASE_URL", "");
        office.tell("PIPESTREET_PIPEDRIVE__OAUTH_URL", &emulator);
        office
    }

    /// Runs `login pipedrive`; what it printed, and the last page of the browser, if one was opened.
    pub(super) async fn log_in(&self, person: Person, is_json: bool) -> (Ran, Option<String>) {
        let visit: Arc<Mutex<Option<JoinHandle<String>>>> = Arc::default();
        let visiting = Arc::clone(&visit);
        let callback = self.callback.clone();
        let browser = move |address: &str| {
            let browsing = browse(address.to_owned(), callback.clone(), person);
            #[expect(clippy::disallowed_methods, reason = "the person at the browser")]
            let visit = tokio::spawn(browsing);
            *visiting.lock().unwrap() = Some(visit);
            true
        };
        let args = login::Args {
            no_browser: false,
            wait: 20_000,
            forget: false,
            print: app::cli::Print { json: is_json },
        };
        let environment = self.environment();
        let mut printed = Vec::new();
        let mut out = Output::to(&mut printed, is_json);
        let (config, command) = (self.config(), login::Command::Pipedrive(args));
        let place = (config.as_path(), &environment);
        let ended = Box::pin(login::run(command, place, &browser, &mut out)).await;
        drop(out);
        let mut text = String::from_utf8(printed).unwrap();
        let exit = ended.unwrap_or_else(|error| {
            text.push_str(&format!("{error:#}"));
            app::cli::exit_of(&error)
        });
        let visit = visit.lock().unwrap().take();
        let page = match visit {
            Some(visit) => Some(visit.await.unwrap()),
            None => None,
        };
        (Ran { exit, text }, page)
    }

    pub(super) async fn kept_login(&self) -> Option<Tokens> {
        let store = self.store();
        let stored = store.secrets(startup::WORKSPACE).await.unwrap();
        startup::close_store(store).await;
        let config = Config::load(&self.config(), &self.environment()).unwrap();
        let environment = Environment::default();
        let vault = open_vault(&environment, &config.storage.key_file).unwrap();
        let workspace = startup::WORKSPACE.workspace;
        let secrets = Secrets::gather(&environment, &stored, workspace, vault.as_ref()).unwrap();
        let text = secrets.get(SecretName::PipedriveLogin)?;
        Some(KeptLogin::of_text(text).unwrap().tokens)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_runs_on_a_login_alone() {
    let office = Office::without_token().await;
    let missing = office.run("setup").await;
    assert_eq!(missing.exit, Exit::Failed);
    assert!(missing.text.contains("pipestreet login pipedrive"));

    let (ran, page) = office.log_in(Person::Allows, false).await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    assert!(ran.text.contains("logged in to 127.0.0.1 as user 11"));
    assert!(page.unwrap().contains("is logged in to Pipedrive"));

    assert_eq!(office.run("setup").await.exit, Exit::Done);
    let ran = office.run("sync --approve --once").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    assert_eq!(office.run("doctor").await.exit, Exit::Done);
    let counters = office.pipedrive.emulator().counters();
    let by_token = counters.callers.iter().filter(|caller| !caller.is_oauth);
    let calls: u64 = by_token.map(|caller| caller.used.total().requests).sum();
    assert_eq!(calls, 0);
    assert!(counters.writes > 0);
    assert_eq!(counters.oauth.beyond_scope, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_logs_somebody_in_by_what_is_printed() {
    let office = Office::without_token().await;
    let (ran, _) = office.log_in(Person::Allows, true).await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    let mut values = serde_json::Deserializer::from_str(&ran.text).into_iter();
    let asked: serde_json::Value = values.next().unwrap().unwrap();
    assert!(
        asked["open"]
            .as_str()
            .unwrap()
            .contains("/oauth/authorize?")
    );
    let told: serde_json::Value = values.next().unwrap().unwrap();
    assert_eq!(told["company"], "127.0.0.1");
    assert_eq!(
        (&told["user"], &told["scopes_lacking"]),
        (&json!(11), &json!([]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_learns_why_and_nothing_is_kept() {
    let office = Office::without_token().await;
    let (ran, page) = office.log_in(Person::Denies, false).await;
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.text
            .contains("did not let this program in (user_denied)"),
        "{ran:?}"
    );
    assert!(page.unwrap().contains("was not let in"));
    assert!(office.kept_login().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_another_login_is_not_used() {
    let office = Office::without_token().await;
    let (ran, page) = office.log_in(Person::IsConfusedAndAllows, false).await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    assert!(page.unwrap().contains("is logged in"));
    assert_eq!(office.pipedrive.emulator().counters().oauth.exchanges, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_other_logins_alone_are_told_from_none() {
    startup::choose_tls();
    for (comes, wanted) in [(false, NoCode::TooLate), (true, NoCode::OfOthers)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let expected = Expected {
            path: "/back".to_owned(),
            state: "mine".into(),
        };
        let wait = (Arc::new(SystemClock) as _, Duration::from_millis(400));
        let finish = |_: SecretString| async { Ok::<(), ()>(()) };
        let visit = async {
            if comes {
                let address = format!("http://{address}/back?code=c&state=other");
                assert_eq!(visitor().get(address).send().await.unwrap().status(), 400);
            }
        };
        let received = receive(listener, expected, wait, finish);
        let (received, ()) = futures_util::future::join(received, visit).await;
        assert_eq!(received.unwrap_err(), wanted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_used_once() {
    startup::choose_tls();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let expected = Expected {
        path: "/back".to_owned(),
        state: "mine".into(),
    };
    let wait = (Arc::new(SystemClock) as _, Duration::from_secs(20));
    let address = format!("http://{address}/back?code=c&state=mine");
    let (again, repeated) = (address.clone(), Arc::new(Mutex::new(0)));
    let seen = Arc::clone(&repeated);
    let finish = |code: SecretString| async move {
        let second = visitor().get(again).send().await.unwrap();
        *seen.lock().unwrap() = second.status().as_u16();
        Err::<(), String>(code.expose_secret().to_owned())
    };
    let visit = async {
        visitor()
            .get(&address)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    let received = receive(listener, expected, wait, finish);
    let (received, first) = futures_util::future::join(received, visit).await;
    assert_eq!(received.unwrap(), Err("c".to_owned()));
    assert_eq!((first, *repeated.lock().unwrap()), (502, 410));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_of_the_app_is_told_with_what_to_do() {
    let mut office = Office::without_token().await;
    office.tell("PIPESTREET_PIPEDRIVE_CLIENT_SECRET", "mistyped");
    let (ran, page) = office.log_in(Person::Allows, false).await;
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.text.contains("did not take the code"), "{ran:?}");
    assert!(!ran.text.contains("mistyped"));
    assert!(page.unwrap().contains("did not work"));

    office.tell("PIPESTREET_PIPEDRIVE_CLIENT_SECRET", "");
    let (ran, page) = office.log_in(Person::Allows, false).await;
    assert!(
        ran.text.contains("secrets set pipedrive_client_secret"),
        "{ran:?}"
    );
    assert!(page.is_none(), "nobody was sent anywhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_nobody_is_sent_to_a_browser() {
    let office = Office::without_token().await;
    office.lose_key();
    let (ran, page) = office.log_in(Person::Allows, false).await;
    assert!(ran.text.contains("there is no key"), "{ran:?}");
    assert!(page.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_to_another_company_is_not_kept() {
    let mut office = Office::without_token().await;
    let other = "https://nordhamn.pipedrive.com";
    office.tell("PIPESTREET_PIPEDRIVE__BASE_URL", other);
    office.tell("PIPESTREET_SERVER__PUBLIC_URL", "");
    let (ran, _) = office.log_in(Person::Allows, false).await;
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.text.contains("the configuration says nordhamn"),
        "{ran:?}"
    );
    assert!(office.kept_login().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_was_taken_back_is_told_and_the_next_one_goes_on_without_a_restart() {
    let mut office = Office::without_token().await;
    office.tell("PIPESTREET_TIMING__RETRY_FIRST", "1s");
    office.tell("PIPESTREET_TIMING__RETRY_LONGEST", "2s");
    office.log_in(Person::Allows, false).await;
    assert_eq!(office.run("setup").await.exit, Exit::Done);
    let ran = office.run("sync --approve --once").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    let serving = start(&office).await;
    office.pipedrive.emulator().uninstall_app();
    let name = json!({ "name": "Torunn Bakke" });
    office
        .pipedrive
        .emulator()
        .screen(moment())
        .edit(Entity::Person, 2, &name)
        .unwrap();
    office.pipedrive.wake();
    office
        .until("the end of the login is noticed", |office| {
            office.pipedrive.emulator().counters().oauth.refused > 0
        })
        .await;
    let told = office.run("doctor").await;
    assert_eq!(told.exit, Exit::Failed);
    let words: Vec<_> = told.text.split_whitespace().collect();
    assert!(
        told.text.contains("pipestreet login"),
        "{}",
        words.join(" ")
    );

    let (ran, _) = office.log_in(Person::Allows, false).await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    office
        .until("the name arrives", |office| {
            let propstreet = office.propstreet.emulator();
            let mut contacts = propstreet.contact_ids();
            contacts.any(|(id, _)| {
                let contact = propstreet.contact(&id).unwrap_or_default();
                contact["lastName"] == "Bakke"
            })
        })
        .await;
    assert_eq!(serving.stop().await, Exit::Done);
    assert_eq!(office.run("doctor").await.exit, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_forgotten_on_both_ends() {
    let office = Office::without_token().await;
    office.log_in(Person::Allows, false).await;
    assert_eq!(office.pipedrive.emulator().installations(), 1);
    let ran = office.run("login pipedrive --forget").await;
    assert_eq!(ran.exit, Exit::Done, "{ran:?}");
    assert_eq!(office.pipedrive.emulator().installations(), 0);
    assert!(office.kept_login().await.is_none());
    let ran = office.run("login pipedrive --forget").await;
    assert_eq!(ran.exit, Exit::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_the_login_is_ever_printed_or_kept_in_clear() {
    let mut office = Office::without_token().await;
    let mut printed = String::new();
    for is_json in [false, true] {
        let (ran, page) = office.log_in(Person::Allows, is_json).await;
        printed.push_str(&ran.text);
        printed.push_str(&page.unwrap());
    }
    let tokens = office.kept_login().await.unwrap();
    for line in [
        "secrets list",
        "secrets list --json",
        "doctor",
        "setup",
        "status",
    ] {
        printed.push_str(&office.run(line).await.text);
    }
    assert!(printed.contains("pipedrive_login"));
    office.pipedrive.emulator().uninstall_app();
    for line in ["doctor", "setup", "sync --once"] {
        printed.push_str(&office.run(line).await.text);
    }
    office.tell("PIPESTREET_PIPEDRIVE_CLIENT_SECRET", "");
    printed.push_str(&office.run("doctor").await.text);
    let database = std::fs::read(office.folder.path().join("pipestreet.db")).unwrap();
    for secret in [
        tokens.access_token.expose_secret(),
        tokens.refresh_token.expose_secret(),
        OauthConfig::default().client_secret.as_str(),
    ] {
        assert!(!printed.contains(secret));
        let mut places = database.windows(secret.len());
        assert!(!places.any(|bytes| bytes == secret.as_bytes()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_company_of_an_api_token_is_found_out_once() {
    let office = Office::new(1, 1).await;
    let config = Config::load(&office.config(), &office.environment()).unwrap();
    let store = office.store();
    let wires = Wires {
        transport: Arc::new(api_client::HttpTransport::new().unwrap()),
        clock: Arc::new(SystemClock),
    };
    let found = async |token: &str| {
        let anywhere = BaseUrl::parse(&office.pipedrive.base_url).unwrap();
        let token = SecretString::from(token.to_owned());
        company_of_token(&config, &token, anywhere, &store, &wires).await
    };
    for _ in 0..2 {
        let address = found(super::PIPEDRIVE_TOKEN).await.unwrap();
        assert_eq!(address.to_string(), "https://nordlysbrokers.pipedrive.com");
    }
    let asked = office.pipedrive.emulator().counters().requests["GET /v1/users/me"];
    assert_eq!(asked, 1);
    let refused = found("of-another-company").await.unwrap_err();
    assert!(refused.to_string().contains("pipedrive.company_domain"));
    startup::close_store(store).await;
}
