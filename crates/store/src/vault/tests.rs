//! What a sealed secret promises.

use model::WorkspaceId;
use secrecy::ExposeSecret;

use super::{Vault, VaultError, parse_key};

const BROKERAGE: WorkspaceId = WorkspaceId(1);

fn vault() -> Vault {
    Vault::new([7; 32])
}

#[test]
fn a_sealed_secret_opens_with_its_key_workspace_and_name() {
    let sealed = vault().seal(BROKERAGE, "pipedrive.token", "grön-ek-41", [3; 24]);
    let opened = vault().open(BROKERAGE, "pipedrive.token", &sealed).unwrap();
    assert_eq!(opened.expose_secret(), "grön-ek-41");
}

#[test]
fn a_sealed_secret_does_not_show_its_text() {
    let sealed = vault().seal(BROKERAGE, "pipedrive.token", "grön-ek-41", [3; 24]);
    let text = "ek-41".as_bytes();
    assert!(!sealed.windows(text.len()).any(|part| part == text));
}

#[test]
fn another_key_workspace_or_name_does_not_open_it() {
    let sealed = vault().seal(BROKERAGE, "pipedrive.token", "grön-ek-41", [3; 24]);
    let name = "pipedrive.token";
    let wrong = Err(VaultError::WrongKey {
        name: name.to_owned(),
    });
    let opened = |vault: &Vault, workspace, name: &str, sealed: &[u8]| {
        vault
            .open(workspace, name, sealed)
            .map(|secret| secret.expose_secret().to_owned())
    };
    assert_eq!(
        opened(&Vault::new([8; 32]), BROKERAGE, name, &sealed),
        wrong
    );
    assert_eq!(opened(&vault(), WorkspaceId(2), name, &sealed), wrong);
    let moved = opened(&vault(), BROKERAGE, "propstreet.key", &sealed);
    assert_eq!(
        moved,
        Err(VaultError::WrongKey {
            name: "propstreet.key".to_owned()
        })
    );
}

#[test]
fn a_secret_with_any_byte_changed_or_cut_is_refused() {
    let sealed = vault().seal(BROKERAGE, "pipedrive.token", "grön-ek-41", [3; 24]);
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        assert!(
            vault()
                .open(BROKERAGE, "pipedrive.token", &changed)
                .is_err(),
            "byte {index}"
        );
        assert!(
            vault()
                .open(BROKERAGE, "pipedrive.token", &sealed[..index])
                .is_err(),
            "cut at {index}"
        );
    }
}

#[test]
fn a_key_is_read_as_hexadecimal_or_base64() {
    let key: [u8; 32] = std::array::from_fn(|index| u8::try_from(index * 7).unwrap());
    let hexadecimal: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(parse_key(&hexadecimal), Ok(key));
    assert_eq!(parse_key(&hexadecimal.to_uppercase()), Ok(key));
    assert_eq!(
        parse_key(" AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tk=\n"),
        Ok(key)
    );
}

#[test]
fn a_key_of_another_length_is_refused() {
    for text in [
        "",
        "abcd",
        "AAcOFRwjKjE4P0ZN",
        &"f".repeat(63),
        &"å".repeat(32),
    ] {
        assert_eq!(parse_key(text), Err(VaultError::BadKey), "{text}");
    }
}

#[test]
fn a_vault_does_not_print_its_key() {
    assert_eq!(format!("{:?}", vault()), "Vault([secret])");
}
