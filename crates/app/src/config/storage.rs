//! `[storage]`: where the database is, and the key that seals the secrets in it.

use std::path::{Path, PathBuf};

use super::section::Section;

/// Paths; relative ones begin at the folder of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    pub path: PathBuf,
    /// Where the key lies when the environment does not tell it.
    pub key_file: PathBuf,
}

impl Storage {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let path = PathBuf::from(section.text_or("path", "pipestreet.db"));
        let key_file = section.text("key_file").map_or_else(
            || path.with_extension("key"),
            |found| PathBuf::from(found.value),
        );
        section.finish();
        Self { path, key_file }
    }

    /// Makes relative paths begin at the folder of this file.
    pub(super) fn place_beside(&mut self, file: &Path) {
        let Some(folder) = file.parent() else { return };
        self.path = folder.join(&self.path);
        self.key_file = folder.join(&self.key_file);
    }
}
