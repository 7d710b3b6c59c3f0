//! Connections: how the file is opened, how safe and how fast it is, and its schema.
//!
//! In: a path. Out: a connection that is ready, or why the file cannot be used. Never reads rows of the product.

use std::path::Path;
use std::time::Duration;

use refinery::error::Kind;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::sqlite::cells::failed;
use crate::{Answer, StoreError};

mod embedded {
    refinery::embed_migrations!("migrations/sqlite");
}

/// How long SQLite waits for another process before it says that it is busy.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const STATEMENTS_KEPT: usize = 256;
/// Eight thousand pages of 4 KiB. Between two times that the log is carried over, a page that changes often is written to the file
/// once; the log stays at some 32 MiB, so that carrying it over keeps nobody waiting for long.
const CHECKPOINT_PAGES: u32 = 8_000;
/// Negative: in KiB. Enough for all that a page of a list changes in a large account, its indexes included.
pub(super) const WRITER_CACHE: i32 = -12_288;
/// What is sorted is sorted in pieces of this size, which then lie in a file.
pub(super) const SORTING_CACHE: i32 = -2_048;
const READER_CACHE: i32 = -2_048;

const HISTORY: &str = "refinery_schema_history";

pub(super) fn open_writer(path: &Path, check: bool) -> Answer<Connection> {
    create_private(path)?;
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(failed)?;
    prepare(&connection, WRITER_CACHE)?;
    refuse_newer(&connection)?;
    // For new files only: room that becomes free can be given back bit by bit. Nothing changes in a file that has tables.
    connection
        .execute_batch("pragma auto_vacuum = incremental;")
        .map_err(failed)?;
    // FULL: what was acknowledged is there after a power cut, not only after a crash of the program.
    connection
        .execute_batch(&format!(
            "pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = {CHECKPOINT_PAGES};"
        ))
        .map_err(failed)?;
    if check {
        check_file(&connection)?;
    }
    migrate(&mut connection)?;
    // Afterwards, because a migration may rebuild a table that others refer to.
    connection
        .execute_batch("pragma foreign_keys = on;")
        .map_err(failed)?;
    Ok(connection)
}

pub(super) fn open_reader(path: &Path) -> Answer<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(failed)?;
    prepare(&connection, READER_CACHE)?;
    connection
        .execute_batch("pragma query_only = on;")
        .map_err(failed)?;
    Ok(connection)
}

fn prepare(connection: &Connection, cache: i32) -> Answer<()> {
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection
        .execute_batch(&format!(
            "pragma cache_size = {cache}; pragma temp_store = memory; pragma cell_size_check = on;"
        ))
        .map_err(failed)
}

/// The file holds people's names and addresses: nobody else on the machine may read it. SQLite gives its log the same rights.
fn create_private(path: &Path) -> Answer<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Unavailable {
            reason: format!("{} cannot be created: {error}", path.display()),
        }),
    }
}

fn check_file(connection: &Connection) -> Answer<()> {
    let found: String = connection
        .query_row("pragma quick_check(1)", [], |row| row.get(0))
        .map_err(failed)?;
    if found == "ok" {
        return Ok(());
    }
    Err(StoreError::Corrupt {
        table: "sqlite_schema",
        id: "the file".to_owned(),
        reason: found,
    })
}

/// Asked before anything is changed, so that a file of the future stays exactly as it is.
fn refuse_newer(connection: &Connection) -> Answer<()> {
    let known = embedded::migrations::runner()
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .max();
    let known = u32::try_from(known.unwrap_or(0)).unwrap_or(0);
    let has_history = connection
        .query_row(
            "select 1 from sqlite_schema where type = 'table' and name = ?1",
            [HISTORY],
            |_| Ok(()),
        )
        .optional()
        .map_err(failed)?;
    if has_history.is_none() {
        return Ok(());
    }
    let found: Option<u32> = connection
        .query_row(&format!("select max(version) from {HISTORY}"), [], |row| {
            row.get(0)
        })
        .map_err(failed)?;
    match found {
        Some(found) if found > known => Err(StoreError::TooNew { found, known }),
        Some(_) | None => Ok(()),
    }
}

fn migrate(connection: &mut Connection) -> Answer<()> {
    let runner = embedded::migrations::runner()
        .set_abort_missing(true)
        .set_abort_divergent(true);
    match runner.run(connection) {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind() {
            Kind::DivergentVersion(applied, _) => StoreError::Corrupt {
                table: HISTORY,
                id: applied.version().to_string(),
                reason: "this schema change was applied in another form than this program knows"
                    .to_owned(),
            },
            Kind::MissingVersion(missing) => StoreError::Corrupt {
                table: HISTORY,
                id: missing.version().to_string(),
                reason: "this schema change was left out although later ones were applied"
                    .to_owned(),
            },
            Kind::InvalidName
            | Kind::InvalidVersion
            | Kind::RepeatedVersion(_)
            | Kind::InvalidMigrationPath(..)
            | Kind::ConfigError(_)
            | Kind::Connection(..)
            | Kind::InvalidMigrationFile(..) => StoreError::Unavailable {
                reason: format!("the schema could not be brought up to date: {error}"),
            },
        }),
    }
}
