//! Secrets come from the first place that tells them, lie sealed in the database, and are never printed.

use std::path::Path;

use app::cli::output::Output;
use app::cli::{Opened, secrets as command};
use app::config::{Config, Environment};
use app::secrets::{Origin, SecretError, SecretName, Secrets, make_key_file, open_vault};
use app::startup::WORKSPACE;
use model::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use store::{MemStore, Store, StoredSecret, Vault};

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    variables.collect()
}

fn sealed(vault: &Vault, name: SecretName, text: &str) -> StoredSecret {
    let secret = SecretString::from(text.to_owned());
    app::secrets::seal(
        vault,
        WORKSPACE.workspace,
        name,
        &secret,
        &|bytes| bytes.fill(3),
        Timestamp::UNIX_EPOCH,
    )
}

fn gather(
    environment: &Environment,
    stored: &[StoredSecret],
    vault: Option<&Vault>,
) -> Result<Secrets, SecretError> {
    Secrets::gather(environment, stored, WORKSPACE.workspace, vault)
}

#[test]
fn a_variable_comes_before_a_file_and_a_file_before_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "of-file\n").unwrap();
    let file = file.to_str().unwrap();
    let vault = Vault::new([1; 32]);
    let name = SecretName::PipedriveApiToken;
    let stored = [sealed(&vault, name, "of-database")];
    let found = |variables: &[(&str, &str)]| {
        let secrets = gather(&environment(variables), &stored, Some(&vault)).unwrap();
        secrets.get(name).unwrap().expose_secret().to_owned()
    };

    let (variable, of_file) = (
        ("PIPESTREET_PIPEDRIVE_API_TOKEN", "of-variable"),
        ("PIPESTREET_PIPEDRIVE_API_TOKEN_FILE", file),
    );
    assert_eq!(found(&[variable, of_file]), "of-variable");
    assert_eq!(found(&[of_file]), "of-file");
    assert_eq!(found(&[]), "of-database");
}

#[test]
fn a_stored_secret_needs_the_key_it_was_sealed_with() {
    let vault = Vault::new([1; 32]);
    let stored = [sealed(&vault, SecretName::PropstreetToken, "pat_x")];
    let none = Environment::default();
    assert!(matches!(
        gather(&none, &stored, None),
        Err(SecretError::NoKey)
    ));
    assert!(matches!(
        gather(&none, &stored, Some(&Vault::new([2; 32]))),
        Err(SecretError::WrongKey { .. })
    ));
    let secrets = gather(&none, &stored, Some(&vault)).unwrap();
    assert!(matches!(
        secrets.origin(SecretName::PropstreetToken),
        Some(Origin::Store { .. })
    ));
    assert!(!format!("{secrets:?}").contains("pat_x"));
}

#[test]
fn the_key_is_found_in_a_variable_or_beside_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("pipestreet.key");
    assert!(
        open_vault(&Environment::default(), &key_file)
            .unwrap()
            .is_none()
    );
    make_key_file(&key_file, &|bytes| bytes.fill(9)).unwrap();
    let vault = open_vault(&Environment::default(), &key_file)
        .unwrap()
        .unwrap();
    let stored = [sealed(&vault, SecretName::PropstreetToken, "pat_x")];

    let told = environment(&[("PIPESTREET_KEY", &"09".repeat(32))]);
    let vault = open_vault(&told, Path::new("nowhere.key"))
        .unwrap()
        .unwrap();
    assert!(gather(&told, &stored, Some(&vault)).is_ok());

    let wrong = environment(&[("PIPESTREET_KEY", "short")]);
    assert!(matches!(
        open_vault(&wrong, &key_file),
        Err(SecretError::BadKey { .. })
    ));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("pipestreet.key");
    make_key_file(&key_file, &|bytes| bytes.fill(9)).unwrap();
    std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        open_vault(&Environment::default(), &key_file),
        Err(SecretError::OpenToOthers { .. })
    ));
}

#[test]
fn the_environment_prints_no_values() {
    let printed = format!(
        "{:?}",
        environment(&[("PIPESTREET_PROPSTREET_TOKEN", "pat_x")])
    );
    assert!(printed.contains("PIPESTREET_PROPSTREET_TOKEN") && !printed.contains("pat_x"));
}

#[tokio::test]
async fn a_secret_that_was_set_is_listed_and_lies_sealed() {
    let store = MemStore::new();
    let now = Timestamp::UNIX_EPOCH;
    store.acquire_lease(WORKSPACE.workspace, now).await.unwrap();
    let opened = Opened {
        store: &store,
        ctx: WORKSPACE,
        now,
    };
    let source = "[pipedrive]\ncompany_domain = \"nordhamn\"\n";
    let config = Config::read("pipestreet.toml", source, &Environment::default()).unwrap();
    let told = environment(&[("PIPESTREET_KEY", &"09".repeat(32))]);
    let keeping = command::Keeping {
        config: &config,
        environment: &told,
        entropy: &|bytes| bytes.fill(5),
    };
    let mut printed = Vec::new();

    let secret = SecretString::from("9f86d081".to_owned());
    let name = SecretName::PipedriveApiToken;
    command::set(
        &opened,
        keeping,
        name,
        &secret,
        &mut Output::to(&mut printed, false),
    )
    .await
    .unwrap();
    command::list(&opened, keeping, &mut Output::to(&mut printed, false))
        .await
        .unwrap();

    let stored = store.secrets(WORKSPACE).await.unwrap();
    assert!(
        !stored[0]
            .sealed
            .windows(8)
            .any(|bytes| bytes == b"9f86d081")
    );
    let printed = String::from_utf8(printed).unwrap();
    assert!(
        printed.contains("database, since") && !printed.contains("9f86d081"),
        "{printed}"
    );
}
