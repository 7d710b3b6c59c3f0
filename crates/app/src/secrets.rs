//! Where secrets come from: a variable, a file that a variable names, or the database, where they lie sealed.
//!
//! In: the environment, the sealed secrets and the key. Out: secrets that print as nothing. Never writes a secret anywhere but
//! sealed, and never takes one from the command line, where others could read it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use engine::intake::webhooks::PipedriveCredentials;
use model::{Timestamp, WorkspaceId};
use secrecy::{ExposeSecret, SecretString};
use store::StoredSecret;
use store::vault::{Vault, parse_key};

use crate::config::{Environment, PREFIX};

const KEY_VARIABLE: &str = "PIPESTREET_KEY";
const KEY_FILE_VARIABLE: &str = "PIPESTREET_KEY_FILE";
const SECRET_BYTES_MAX: u64 = 64 * 1024;
const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;

/// Fills bytes with randomness that nobody can guess.
pub type Entropy<'a> = &'a dyn Fn(&mut [u8]);

/// Every secret the program can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretName {
    PipedriveApiToken,
    /// What `probe` compares the first user's sight with.
    PipedriveSecondToken,
    /// The app that is registered with Pipedrive.
    PipedriveClientId,
    PipedriveClientSecret,
    /// The tokens of a login through OAuth; made by `login`, and renewed by whoever uses them.
    PipedriveLogin,
    /// The secret part of the address Pipedrive sends webhooks to; made by `setup`.
    PipedriveWebhookPath,
    /// The password Pipedrive sends with webhooks; made by `setup`.
    PipedriveWebhookPassword,
    PropstreetClientId,
    PropstreetClientSecret,
    /// A personal access token, instead of the client.
    PropstreetToken,
    /// What Propstreet signs webhooks with; told by Propstreet to `setup`.
    PropstreetWebhookSecret,
}

impl SecretName {
    pub const ALL: [Self; 11] = [
        Self::PipedriveApiToken,
        Self::PipedriveSecondToken,
        Self::PipedriveClientId,
        Self::PipedriveClientSecret,
        Self::PipedriveLogin,
        Self::PipedriveWebhookPath,
        Self::PipedriveWebhookPassword,
        Self::PropstreetClientId,
        Self::PropstreetClientSecret,
        Self::PropstreetToken,
        Self::PropstreetWebhookSecret,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PipedriveApiToken => "pipedrive_api_token",
            Self::PipedriveSecondToken => "pipedrive_second_token",
            Self::PipedriveClientId => "pipedrive_client_id",
            Self::PipedriveClientSecret => "pipedrive_client_secret",
            Self::PipedriveLogin => "pipedrive_login",
            Self::PipedriveWebhookPath => "pipedrive_webhook_path",
            Self::PipedriveWebhookPassword => "pipedrive_webhook_password",
            Self::PropstreetClientId => "propstreet_client_id",
            Self::PropstreetClientSecret => "propstreet_client_secret",
            Self::PropstreetToken => "propstreet_token",
            Self::PropstreetWebhookSecret => "propstreet_webhook_secret",
        }
    }

    /// What it is, for a person.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::PipedriveApiToken => "API token of the Pipedrive user to act as",
            Self::PipedriveSecondToken => {
                "API token of a second Pipedrive user, no administrator, for `probe` alone"
            }
            Self::PipedriveClientId => "id of the app registered with Pipedrive",
            Self::PipedriveClientSecret => "secret of the app registered with Pipedrive",
            Self::PipedriveLogin => "login to Pipedrive, made by `pipestreet login pipedrive`",
            Self::PipedriveWebhookPath => {
                "secret part of the Pipedrive webhook address, made by setup"
            }
            Self::PipedriveWebhookPassword => "password of the Pipedrive webhooks, made by setup",
            Self::PropstreetClientId => "id of the Propstreet OAuth client",
            Self::PropstreetClientSecret => "secret of the Propstreet OAuth client",
            Self::PropstreetToken => "Propstreet personal access token, instead of a client",
            Self::PropstreetWebhookSecret => {
                "what Propstreet signs its webhooks with, told to setup; while it is replaced, the new and the old one"
            }
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_lowercase().replace('-', "_");
        Self::ALL.into_iter().find(|name| name.as_str() == text)
    }

    /// Whether a person tells it. What is renewed has one place only, which every program of the workspace shares.
    #[must_use]
    pub const fn is_told(self) -> bool {
        match self {
            Self::PipedriveLogin => false,
            Self::PipedriveApiToken
            | Self::PipedriveSecondToken
            | Self::PipedriveClientId
            | Self::PipedriveClientSecret
            | Self::PipedriveWebhookPath
            | Self::PipedriveWebhookPassword
            | Self::PropstreetClientId
            | Self::PropstreetClientSecret
            | Self::PropstreetToken
            | Self::PropstreetWebhookSecret => true,
        }
    }

    /// The variable that tells it.
    #[must_use]
    pub fn variable(self) -> String {
        format!("{PREFIX}{}", self.as_str().to_uppercase())
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a secret was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Variable,
    File(PathBuf),
    Store { changed_at: Timestamp },
}

/// The secrets the program has, the first place that tells each: variable, file, database.
#[derive(Debug, Default)]
pub struct Secrets {
    found: BTreeMap<SecretName, (SecretString, Origin)>,
}

/// Why the secrets cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("{variable} names {}, which cannot be read", path.display())]
    UnreadableFile {
        variable: String,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{variable} names {}, which is larger than any secret", path.display())]
    TooLarge { variable: String, path: PathBuf },
    #[error("the key in {place} is not 32 bytes in hexadecimal or base64")]
    BadKey { place: String },
    #[error("others may read the key {}; run `chmod 600` on it", path.display())]
    OpenToOthers { path: PathBuf },
    #[error(
        "there is no key for the stored secrets: set {KEY_VARIABLE} or {KEY_FILE_VARIABLE}, or bring back the file of storage.key_file"
    )]
    NoKey,
    #[error("{} exists already and is left as it is", path.display())]
    KeyExists { path: PathBuf },
    #[error("the key cannot be written to {}", path.display())]
    UnwritableKey {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "the stored secret {name} does not open with this key; bring back the right key or set the secret again"
    )]
    WrongKey { name: String },
}

impl Secrets {
    /// Collects the secrets of a workspace. Stored ones are opened only when nothing before them tells the same.
    ///
    /// # Errors
    /// When a file cannot be read, or something stored does not open.
    pub fn gather(
        environment: &Environment,
        stored: &[StoredSecret],
        workspace: WorkspaceId,
        vault: Option<&Vault>,
    ) -> Result<Self, SecretError> {
        let mut found = BTreeMap::new();
        for name in SecretName::ALL {
            let told = if name.is_told() {
                of_environment(environment, name)?
            } else {
                None
            };
            if let Some(secret) = told {
                found.insert(name, secret);
                continue;
            }
            let Some(row) = stored.iter().find(|row| row.name == name.as_str()) else {
                continue;
            };
            let Some(vault) = vault else {
                return Err(SecretError::NoKey);
            };
            let opened = vault.open(workspace, &row.name, &row.sealed);
            let secret = opened.map_err(|_| SecretError::WrongKey {
                name: row.name.clone(),
            })?;
            found.insert(
                name,
                (
                    secret,
                    Origin::Store {
                        changed_at: row.changed_at,
                    },
                ),
            );
        }
        Ok(Self { found })
    }

    #[must_use]
    pub fn get(&self, name: SecretName) -> Option<&SecretString> {
        self.found.get(&name).map(|(secret, _)| secret)
    }

    #[must_use]
    pub fn origin(&self, name: SecretName) -> Option<&Origin> {
        self.found.get(&name).map(|(_, origin)| origin)
    }
}

impl Secrets {
    /// What Pipedrive's webhooks prove themselves with, when `setup` has made both parts.
    #[must_use]
    pub fn pipedrive_credentials(&self) -> Option<PipedriveCredentials> {
        let path_token = self.get(SecretName::PipedriveWebhookPath)?.clone();
        let password = self.get(SecretName::PipedriveWebhookPassword)?.clone();
        Some(PipedriveCredentials {
            path_token,
            password,
        })
    }
}

/// Seals a secret for the database.
#[must_use]
pub fn seal(
    vault: &Vault,
    workspace: WorkspaceId,
    name: SecretName,
    secret: &SecretString,
    entropy: Entropy<'_>,
    now: Timestamp,
) -> StoredSecret {
    let mut nonce = [0; NONCE_BYTES];
    entropy(&mut nonce);
    let sealed = vault.seal(workspace, name.as_str(), secret.expose_secret(), nonce);
    StoredSecret {
        name: name.as_str().to_owned(),
        sealed,
        changed_at: now,
    }
}

/// The vault, when the environment or the key file tells a key.
///
/// # Errors
/// When there is a key that is not right, or that others may read.
pub fn open_vault(
    environment: &Environment,
    key_file: &Path,
) -> Result<Option<Vault>, SecretError> {
    let parse = |text: &str, place: String| {
        let key = parse_key(text.trim()).map_err(|_| SecretError::BadKey { place })?;
        Ok(Some(Vault::new(key)))
    };
    if let Some(text) = environment.get(KEY_VARIABLE) {
        return parse(text, KEY_VARIABLE.to_owned());
    }
    let (path, is_told) = match environment.get(KEY_FILE_VARIABLE) {
        Some(path) => (PathBuf::from(path), true),
        None => (key_file.to_owned(), false),
    };
    if !is_told && !path.exists() {
        return Ok(None);
    }
    // A file that the operator names is the operator's to guard: containers mount secrets readable.
    if !is_told && is_open_to_others(&path) {
        return Err(SecretError::OpenToOthers { path });
    }
    let text = read_small(KEY_FILE_VARIABLE, &path)?;
    parse(&text, path.display().to_string())
}

/// Makes a key and keeps it where only the owner of the process may read it.
///
/// # Errors
/// When there is one already, or the file cannot be written.
pub fn make_key_file(path: &Path, entropy: Entropy<'_>) -> Result<(), SecretError> {
    let mut key = [0; KEY_BYTES];
    entropy(&mut key);
    let mut text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    text.push('\n');
    write_new_private(path, &text).map_err(|source| {
        let path = path.to_owned();
        if source.kind() == std::io::ErrorKind::AlreadyExists {
            SecretError::KeyExists { path }
        } else {
            SecretError::UnwritableKey { path, source }
        }
    })
}

fn of_environment(
    environment: &Environment,
    name: SecretName,
) -> Result<Option<(SecretString, Origin)>, SecretError> {
    let variable = name.variable();
    if let Some(text) = environment.get(&variable).filter(|text| !text.is_empty()) {
        return Ok(Some((
            SecretString::from(text.trim().to_owned()),
            Origin::Variable,
        )));
    }
    let variable = format!("{variable}_FILE");
    let Some(path) = environment.get(&variable).filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let path = PathBuf::from(path);
    let text = read_small(&variable, &path)?;
    Ok(Some((
        SecretString::from(text.trim().to_owned()),
        Origin::File(path),
    )))
}

fn read_small(variable: &str, path: &Path) -> Result<String, SecretError> {
    let unreadable = |source| SecretError::UnreadableFile {
        variable: variable.to_owned(),
        path: path.to_owned(),
        source,
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > SECRET_BYTES_MAX {
        return Err(SecretError::TooLarge {
            variable: variable.to_owned(),
            path: path.to_owned(),
        });
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}

fn write_new_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
