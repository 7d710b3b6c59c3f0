//! `init` writes a configuration that can be read, makes a key, and leaves alone what is there.

use app::cli::{Exit, init, output::Output};
use app::config::{Config, Environment, Subscription};

fn args() -> init::Args {
    init::Args {
        company_domain: Some("nordhamn".to_owned()),
        subscription: Some("premium".to_owned()),
        seats: Some(12),
        country: Some("NO".to_owned()),
        public_url: Some("https://sync.nordhamn.example".to_owned()),
        propstreet_client_id: Some("client-7".to_owned()),
        no_questions: true,
    }
}

fn sevens(bytes: &mut [u8]) {
    bytes.fill(7);
}

#[test]
fn the_answers_are_in_the_file_and_the_key_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipestreet.toml");
    let mut printed = Vec::new();

    let exit = init::run(&path, args(), &sevens, &mut Output::to(&mut printed, false)).unwrap();

    assert_eq!(exit, Exit::Done);
    let config = Config::load(&path, &Environment::default()).unwrap();
    let address = config.pipedrive.base_url.unwrap().to_string();
    assert_eq!(address, "https://nordhamn.pipedrive.com");
    assert_eq!(
        (config.pipedrive.subscription, config.pipedrive.seats),
        (Subscription::Premium, 12)
    );
    assert_eq!(config.propstreet.client_id.as_deref(), Some("client-7"));
    assert_eq!(
        config.server.public_url.as_deref(),
        Some("https://sync.nordhamn.example")
    );
    assert_eq!(
        config.workspace.default_country,
        model::canonical::country::country("NO")
    );
    assert_eq!(
        std::fs::read_to_string(folder.path().join("pipestreet.key"))
            .unwrap()
            .trim(),
        "07".repeat(32)
    );
    let printed = String::from_utf8(printed).unwrap();
    assert!(
        printed.contains("pipestreet secrets set propstreet_client_secret"),
        "{printed}"
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    init::run(
        &folder.path().join("pipestreet.toml"),
        args(),
        &sevens,
        &mut Output::to(Vec::new(), false),
    )
    .unwrap();
    let mode = std::fs::metadata(folder.path().join("pipestreet.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn nothing_that_is_there_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipestreet.toml");
    let key = folder.path().join("pipestreet.key");
    std::fs::write(&key, "mine").unwrap();
    init::run(&path, args(), &sevens, &mut Output::to(Vec::new(), false)).unwrap();
    assert_eq!(std::fs::read_to_string(&key).unwrap(), "mine");

    std::fs::write(&path, "mine too").unwrap();
    let error = init::run(&path, args(), &sevens, &mut Output::to(Vec::new(), false)).unwrap_err();
    assert!(error.to_string().contains("exists already"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine too");
}

#[test]
fn an_answer_that_is_no_use_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipestreet.toml");
    let args = init::Args {
        country: Some("Atlantis".to_owned()),
        ..args()
    };
    let error = init::run(&path, args, &sevens, &mut Output::to(Vec::new(), false)).unwrap_err();
    assert!(error.to_string().contains("Atlantis"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_account_that_is_not_named_is_left_to_be_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipestreet.toml");
    let args = init::Args {
        company_domain: None,
        ..args()
    };
    let mut printed = Vec::new();
    init::run(&path, args, &sevens, &mut Output::to(&mut printed, false)).unwrap();
    let config = Config::load(&path, &Environment::default()).unwrap();
    assert_eq!(config.pipedrive.base_url, None);
    let printed = String::from_utf8(printed).unwrap();
    assert!(printed.contains("pipestreet login pipedrive"), "{printed}");
}
