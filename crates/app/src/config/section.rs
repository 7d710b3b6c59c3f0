//! Reading one section of a configuration: each setting from the environment, else from the file, else its default.
//!
//! In: a table of the file and the overrides. Out: values. What is wrong is noted and reading goes on, so that a person
//! sees every mistake at once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use toml_span::Span;
use toml_span::value::{Table, Value, ValueInner};

use super::environment::Override;
use super::mistake::{Mistake, Place};
use super::unknown::{self, Unknown};

/// What is remembered while all sections are read.
#[derive(Default)]
pub(super) struct Reading {
    overrides: BTreeMap<String, Override>,
    mistakes: Vec<Mistake>,
    unknown: Vec<Unknown>,
    /// The path of every setting that exists.
    pub(super) known: BTreeSet<String>,
}

impl Reading {
    pub(super) fn new(overrides: BTreeMap<String, Override>) -> Self {
        Self {
            overrides,
            ..Self::default()
        }
    }

    pub(super) fn note(&mut self, mistake: Mistake) {
        self.mistakes.push(mistake);
    }

    /// Everything that was wrong, with what was asked for and does not exist.
    pub(super) fn finish(mut self) -> Vec<Mistake> {
        for (path, told) in std::mem::take(&mut self.overrides) {
            if !self.known.contains(&path) {
                let place = Place::Variable(told.variable);
                self.unknown.push(Unknown {
                    path,
                    place,
                    is_section: false,
                    value: None,
                });
            }
        }
        for unknown in &self.unknown {
            self.mistakes.push(unknown::mistake(unknown, &self.known));
        }
        self.mistakes
    }
}

/// A value and where it was told.
#[derive(Debug, Clone)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

enum Raw<'de> {
    File(ValueInner<'de>),
    Variable(String),
}

/// One table of the file, with the overrides of its settings.
pub(super) struct Section<'r, 'de> {
    path: String,
    table: Table<'de>,
    span: Option<Span>,
    reading: &'r mut Reading,
}

impl<'r, 'de> Section<'r, 'de> {
    /// The whole file.
    pub(super) fn root(file: Value<'de>, reading: &'r mut Reading) -> Self {
        let mut section = Self {
            path: String::new(),
            table: Table::new(),
            span: None,
            reading,
        };
        section.fill(file);
        section
    }

    fn fill(&mut self, mut value: Value<'de>) {
        let span = value.span;
        match value.take() {
            ValueInner::Table(table) => {
                self.table = table;
                self.span = Some(span);
            }
            other @ (ValueInner::String(_)
            | ValueInner::Integer(_)
            | ValueInner::Float(_)
            | ValueInner::Boolean(_)
            | ValueInner::Array(_)) => {
                let message = format!(
                    "`{}` is a section, not {}",
                    self.path,
                    article(other.type_str())
                );
                self.reading
                    .note(Mistake::new(Place::File(span.into()), message));
            }
        }
    }

    /// A table inside this one; an empty one where the file has none.
    pub(super) fn section(&mut self, key: &str) -> Section<'_, 'de> {
        let value = self.table.remove(key);
        let path = self.path_of(key);
        let mut section = Section {
            path,
            table: Table::new(),
            span: None,
            reading: self.reading,
        };
        if let Some(value) = value {
            section.fill(value);
        }
        section
    }

    /// Notes what is left over; call it when every setting has been asked for.
    pub(super) fn finish(self) {
        for (key, value) in self.table {
            let path = if self.path.is_empty() {
                key.name.to_string()
            } else {
                format!("{}.{}", self.path, key.name)
            };
            let place = Place::File(key.span.into());
            self.reading.unknown.push(Unknown {
                path,
                place,
                is_section: value.as_table().is_some(),
                value: Some(value.span.into()),
            });
        }
    }

    pub(super) fn note(&mut self, mistake: Mistake) {
        self.reading.note(mistake);
    }

    /// A text; nothing when it is not told or empty.
    pub(super) fn text(&mut self, key: &str) -> Option<Found<String>> {
        let (raw, place) = self.take(key)?;
        let value = match raw {
            Raw::Variable(text) => text,
            Raw::File(ValueInner::String(text)) => text.into_owned(),
            Raw::File(other) => return self.wrong_type(key, "a text in quotes", &other, place),
        };
        (!value.is_empty()).then_some(Found { value, place })
    }

    pub(super) fn text_or(&mut self, key: &str, default: &str) -> String {
        self.text(key)
            .map_or_else(|| default.to_owned(), |found| found.value)
    }

    /// A text that is read further; what `parse` says is noted as the mistake.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let found = self.text(key)?;
        match parse(&found.value) {
            Ok(value) => Some(value),
            Err(reason) => {
                let path = self.path_of(key);
                self.note(Mistake::new(found.place, format!("`{path}`: {reason}")));
                None
            }
        }
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &str,
        choices: &[(&'static str, T)],
        default: T,
    ) -> T {
        let Some(found) = self.text(key) else {
            return default;
        };
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == found.value) {
            return *value;
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let path = self.path_of(key);
        let message = format!("`{path}` cannot be \"{}\"", found.value);
        let help = unknown::nearest(&found.value, words.iter().copied()).map_or_else(
            || format!("it is one of {}", words.join(", ")),
            |word| format!("did you mean \"{word}\"?"),
        );
        self.note(Mistake::new(found.place, message).with_help(help));
        default
    }

    pub(super) fn integer(&mut self, key: &str, range: RangeInclusive<i64>, default: i64) -> i64 {
        let Some((raw, place)) = self.take(key) else {
            return default;
        };
        let value = match raw {
            Raw::File(ValueInner::Integer(number)) => Some(number),
            Raw::Variable(text) => text.trim().parse().ok(),
            Raw::File(other) => {
                return self
                    .wrong_type(key, "a whole number", &other, place)
                    .unwrap_or(default);
            }
        };
        let path = self.path_of(key);
        let Some(value) = value else {
            self.note(Mistake::new(
                place,
                format!("`{path}` is not a whole number"),
            ));
            return default;
        };
        if range.contains(&value) {
            return value;
        }
        let message = format!(
            "`{path}` must be between {} and {}, not {value}",
            range.start(),
            range.end()
        );
        self.note(Mistake::new(place, message));
        default
    }

    pub(super) fn flag(&mut self, key: &str, default: bool) -> bool {
        let Some((raw, place)) = self.take(key) else {
            return default;
        };
        let value = match raw {
            Raw::File(ValueInner::Boolean(flag)) => Some(flag),
            Raw::Variable(text) => text.trim().parse().ok(),
            Raw::File(other) => {
                return self
                    .wrong_type(key, "true or false", &other, place)
                    .unwrap_or(default);
            }
        };
        value.unwrap_or_else(|| {
            let path = self.path_of(key);
            self.note(Mistake::new(
                place,
                format!("`{path}` is neither true nor false"),
            ));
            default
        })
    }

    /// A list of texts; a variable tells them with commas between.
    pub(super) fn texts(&mut self, key: &str) -> Vec<Found<String>> {
        let Some((raw, place)) = self.take(key) else {
            return Vec::new();
        };
        let values = match raw {
            Raw::Variable(text) => {
                let parts = text
                    .split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty());
                return parts
                    .map(|part| Found {
                        value: part.to_owned(),
                        place: place.clone(),
                    })
                    .collect();
            }
            Raw::File(ValueInner::Array(values)) => values,
            Raw::File(other) => {
                return self
                    .wrong_type(key, "a list of texts", &other, place)
                    .unwrap_or_default();
            }
        };
        let mut found = Vec::new();
        for mut value in values {
            let place = Place::File(value.span.into());
            match value.take() {
                ValueInner::String(text) => found.push(Found {
                    value: text.into_owned(),
                    place,
                }),
                other @ (ValueInner::Integer(_)
                | ValueInner::Float(_)
                | ValueInner::Boolean(_)
                | ValueInner::Array(_)
                | ValueInner::Table(_)) => {
                    self.wrong_type::<()>(key, "a list of texts", &other, place);
                }
            }
        }
        found
    }

    /// Where the section stands, for what is missing from it.
    pub(super) fn place(&self) -> Place {
        match self.span {
            Some(span) if !span.is_empty() => Place::File(span.into()),
            _ => Place::Whole,
        }
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Where a setting is told, without taking it.
    pub(super) fn told(&self, key: &str) -> Option<Place> {
        if let Some(told) = self.reading.overrides.get(&self.path_of(key)) {
            return Some(Place::Variable(told.variable.clone()));
        }
        let value = self.table.get(key)?;
        Some(Place::File(value.span.into()))
    }

    fn take(&mut self, key: &str) -> Option<(Raw<'de>, Place)> {
        let path = self.path_of(key);
        self.reading.known.insert(path.clone());
        let in_file = self.table.remove(key);
        if let Some(told) = self.reading.overrides.get(&path) {
            return Some((
                Raw::Variable(told.text.clone()),
                Place::Variable(told.variable.clone()),
            ));
        }
        let mut value = in_file?;
        let place = Place::File(value.span.into());
        Some((Raw::File(value.take()), place))
    }

    fn wrong_type<T>(
        &mut self,
        key: &str,
        wanted: &str,
        found: &ValueInner<'_>,
        place: Place,
    ) -> Option<T> {
        let path = self.path_of(key);
        let message = format!(
            "`{path}` must be {wanted}, not {}",
            article(found.type_str())
        );
        self.note(Mistake::new(place, message));
        None
    }
}

fn article(type_name: &str) -> String {
    let article = if type_name.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {type_name}")
}
