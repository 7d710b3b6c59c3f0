//! The process environment as a value, so that everything that depends on it can be told what it is.
//!
//! In: names and texts. Out: single variables, and the overrides of settings: `PIPESTREET_SERVER__LISTEN` stands for
//! `listen` in `[server]`, two underscores for each step down. Never writes to the environment.

use std::collections::BTreeMap;

/// What every variable of the program begins with.
pub const PREFIX: &str = "PIPESTREET_";

/// The variables that were set when the program started.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

/// Values may be secrets, so only the names are shown.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Environment {
    /// The variables of this process that begin with [`PREFIX`]; those that are no text are left out.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        variables.collect()
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Settings told by the environment: path of the setting, name of the variable, its text.
    pub(super) fn overrides(&self) -> BTreeMap<String, Override> {
        let settings = self.0.iter().filter(|(name, _)| {
            name.strip_prefix(PREFIX)
                .is_some_and(|rest| rest.contains("__"))
        });
        settings
            .map(|(name, text)| {
                let path = name[PREFIX.len()..].to_lowercase().replace("__", ".");
                (
                    path,
                    Override {
                        variable: name.clone(),
                        text: text.clone(),
                    },
                )
            })
            .collect()
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(variables: T) -> Self {
        Self(
            variables
                .into_iter()
                .filter(|(name, _)| name.starts_with(PREFIX))
                .collect(),
        )
    }
}

/// A setting told by a variable.
#[derive(Clone)]
pub(super) struct Override {
    pub(super) variable: String,
    pub(super) text: String,
}
