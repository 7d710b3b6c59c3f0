//! The configuration: `pipestreet.toml` and the variables that stand for its settings.
//!
//! In: a text and the environment. Out: a [`Config`], or every mistake at once with its line. A file per section; each
//! setting is documented with its default in `example.toml`, which `init` writes. Secrets are never in here.

mod deals;
mod duration;
mod engine_settings;
mod environment;
mod fields;
mod log;
mod mirror;
mod mistake;
mod notes;
mod pipedrive;
mod propstreet;
mod redirect;
mod section;
mod server;
mod storage;
mod sync;
mod timing;
mod unknown;
mod workspace;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use engine::settings::{DealSettings, FieldNames, NoteSettings, ParticipantsPace, Timing};
pub use environment::{Environment, PREFIX};
pub use log::{Log, LogFormat};
pub use mistake::Mistakes;
use mistake::{Mistake, Place};
use model::{Entity, Field};
pub use pipedrive::{Pipedrive, Subscription};
pub use propstreet::Propstreet;
pub use redirect::RedirectUrl;
use section::{Reading, Section};
pub use server::{Network, Server};
pub use storage::Storage;
pub use sync::Sync;
use toml_span::value::{Table, Value, ValueInner};
pub use workspace::Workspace;

/// The file with every setting, documented, all at their defaults.
pub const EXAMPLE: &str = include_str!("example.toml");

/// Larger files are not configurations.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// How the program is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub workspace: Workspace,
    pub pipedrive: Pipedrive,
    pub propstreet: Propstreet,
    pub fields: FieldNames,
    /// Which deals are kept in step with projects.
    pub deals: Option<DealSettings>,
    /// Which notes are kept in step.
    pub notes: Option<NoteSettings>,
    pub sync: Sync,
    /// What is mirrored beside the records that are synced.
    pub mirrored: Vec<Entity>,
    /// Of which records every version is kept.
    pub versions_of: BTreeSet<Entity>,
    /// How the participants of deals are followed; `None` does not mirror them.
    pub participants: Option<ParticipantsPace>,
    /// Requests a minute for each round over what has no list of its own.
    pub rounds_per_minute: Option<u32>,
    pub timing: Timing,
    pub server: Server,
    pub storage: Storage,
    pub log: Log,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("there is no configuration {}; `pipestreet init` writes one", path.display())]
    Missing { path: PathBuf },
    #[error("the configuration {} cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is larger than any configuration", path.display())]
    TooLarge { path: PathBuf },
    #[error("{0}")]
    Mistaken(Mistakes),
}

impl Config {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When there is no such file, or with everything that is wrong with it.
    pub fn load(path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let unreadable = |source: std::io::Error| {
            let path = path.to_owned();
            if source.kind() == std::io::ErrorKind::NotFound {
                ConfigError::Missing { path }
            } else {
                ConfigError::Unreadable { path, source }
            }
        };
        if std::fs::metadata(path).map_err(unreadable)?.len() > FILE_BYTES_MAX {
            return Err(ConfigError::TooLarge {
                path: path.to_owned(),
            });
        }
        let source = std::fs::read_to_string(path).map_err(unreadable)?;
        let mut config = Self::read(&path.display().to_string(), &source, environment)
            .map_err(ConfigError::Mistaken)?;
        config.storage.place_beside(path);
        Ok(config)
    }

    /// Reads a text; `path` is only shown.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(path: &str, source: &str, environment: &Environment) -> Result<Self, Mistakes> {
        let mut reading = Reading::new(environment.overrides());
        let config = read_sections(source, &mut reading);
        let mistakes = reading.finish();
        if mistakes.is_empty() {
            Ok(config)
        } else {
            Err(Mistakes::new(path, source, mistakes))
        }
    }
}

/// The path of every setting that exists: `server.listen`.
#[must_use]
pub fn setting_paths() -> BTreeSet<String> {
    let mut reading = Reading::default();
    read_sections("", &mut reading);
    reading.known
}

/// Reads a duration such as `90s`, `5m`, `24h` or `14d`, as milliseconds.
///
/// # Errors
/// Says what is wrong with it.
pub fn parse_duration(text: &str) -> Result<i64, String> {
    duration::parse(text, &(0..=duration::LONGEST))
}

fn read_sections(source: &str, reading: &mut Reading) -> Config {
    let file = toml_span::parse(source).unwrap_or_else(|error| {
        let place = Place::File(error.span.into());
        reading.note(Mistake::new(place, format!("this is not TOML: {error}")));
        Value::new(ValueInner::Table(Table::new()))
    });
    let mut root = Section::root(file, reading);
    let workspace = Workspace::read(root.section("workspace"));
    let pipedrive = Pipedrive::read(root.section("pipedrive"));
    let propstreet = Propstreet::read(root.section("propstreet"));
    let of_pipedrive = pipedrive.base_url.as_ref().unwrap_or(&pipedrive.oauth_url);
    let plain_is_fine = of_pipedrive.is_loopback() && propstreet.base_url.is_loopback();
    let mirror = mirror::read(root.section("mirror"));
    let rest = deals::read(
        root.section("scope"),
        (&mirror.mirrored, mirror.participants.is_some()),
    );
    let deals = rest(root.section("deals"));
    let mut fields = fields::read(root.section("fields"));
    fields.of_deals = deals.settings.is_some();
    let mut sync = Sync::read(root.section("sync"));
    sync.policies.deals = deals.policies;
    let notes = notes::read(root.section("notes"), &mirror.mirrored);
    sync.policies.fields.insert(Field::NoteText, notes.policy);
    let config = Config {
        workspace,
        pipedrive,
        propstreet,
        fields,
        deals: deals.settings,
        notes: notes.settings,
        sync,
        mirrored: mirror.mirrored,
        versions_of: mirror.versions_of,
        participants: mirror.participants,
        rounds_per_minute: mirror.rounds_per_minute,
        timing: timing::read(root.section("timing")),
        server: Server::read(root.section("server"), plain_is_fine),
        storage: Storage::read(root.section("storage")),
        log: Log::read(root.section("log")),
    };
    root.finish();
    config
}
