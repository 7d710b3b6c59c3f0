//! Whether another process of this machine is at work on the same database.
//!
//! In: the database's path. Out: a shared lock on a file beside it, which the system lets go of when the process ends, however it
//! ends. It only tells people what goes on: the right to write is the lease in the database.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// Held while this process works.
#[derive(Debug)]
pub struct Occupied {
    _lock: File,
}

/// Says that this process is at work. Several may say so at once.
///
/// # Errors
/// When the file cannot be made or locked.
pub fn occupy(database: &Path) -> io::Result<Occupied> {
    let file = open(database)?;
    file.lock_shared()?;
    Ok(Occupied { _lock: file })
}

/// Whether any process is at work.
///
/// # Errors
/// When the file cannot be made or locked.
pub fn is_occupied(database: &Path) -> io::Result<bool> {
    let file = open(database)?;
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn open(database: &Path) -> io::Result<File> {
    let path = database.with_extension("lock");
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).open(path)
}
