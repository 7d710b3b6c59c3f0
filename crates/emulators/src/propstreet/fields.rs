//! Reads the members of a request body strictly: no coercion, no unknown names, every mistake at once.
//!
//! In: a JSON object. Out: for each member absent, null or a value that fits, and the mistakes. It knows no entity.

use serde_json::{Map, Value};

use super::normalise;
use super::problem::{Refused, invalid, validation};
use super::record::{ExternalRef, Reach};
use super::switches::PropstreetSwitches;

/// Longest values, in letters.
pub(super) const NAME_MAX: usize = 255;
const LONGER_NAME_MAX: usize = 500;
pub(super) const EMAIL_MAX: usize = 254;
pub(super) const PHONE_MAX: usize = 50;
const NAMESPACE_MAX: usize = 50;
const REFERENCE_MAX: usize = 255;
const TAGS_MAX: usize = 100;
const REFERENCES_MAX: usize = 50;
const REACHES_MAX: usize = 50;

/// What a body says of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given<T> {
    Absent,
    Null,
    Set(T),
}

impl<T: Clone> Given<T> {
    /// Absent leaves, null clears, a value replaces.
    pub(super) fn put_into(&self, place: &mut Option<T>) {
        match self {
            Self::Absent => {}
            Self::Null => *place = None,
            Self::Set(value) => *place = Some(value.clone()),
        }
    }

    pub(super) const fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

impl<T: Clone> Given<Vec<T>> {
    /// A list is replaced whole; null empties it.
    pub(super) fn put_into_list(&self, place: &mut Vec<T>) {
        match self {
            Self::Absent => {}
            Self::Null => place.clear(),
            Self::Set(value) => place.clone_from(value),
        }
    }
}

/// How bodies are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) strict: bool,
    pub(super) switches: PropstreetSwitches,
    pub(super) dial_code: &'a str,
}

impl Reading<'_> {
    /// How long a name may be that is documented with this length, and with a longer one elsewhere.
    pub(super) const fn name_max(&self, documented: usize) -> usize {
        if self.switches.names_may_be_longer {
            LONGER_NAME_MAX
        } else {
            documented
        }
    }

    /// A phone number as the server keeps it.
    pub(super) fn phone(&self, written: &str) -> String {
        if self.switches.phones_stay_as_written {
            written.trim().to_owned()
        } else {
            normalise::phone(written, self.dial_code)
        }
    }

    /// The upsert brings numbers into the server's form whatever the other calls do.
    pub(super) const fn of_upsert(mut self) -> Self {
        self.switches.phones_stay_as_written = false;
        self
    }
}

/// A body being read.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    errors: Vec<(String, String)>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(body: &'a Value, known: &[&str], strict: bool) -> Result<Self, Refused> {
        let Some(map) = body.as_object() else {
            return Err(invalid("$", "The body must be a JSON object."));
        };
        let unknown = map
            .keys()
            .filter(|name| strict && !known.contains(&name.as_str()));
        let errors = unknown
            .map(|name| (name.clone(), "This field is not known.".to_owned()))
            .collect();
        Ok(Self { map, errors })
    }

    pub(super) fn wrong(&mut self, name: &str, message: &str) {
        self.errors.push((name.to_owned(), message.to_owned()));
    }

    /// Ends the reading: all mistakes, or none.
    pub(super) fn finish(self) -> Result<(), Refused> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(validation(self.errors))
        }
    }

    pub(super) fn raw(&self, name: &str) -> Given<&'a Value> {
        match self.map.get(name) {
            None => Given::Absent,
            Some(Value::Null) => Given::Null,
            Some(value) => Given::Set(value),
        }
    }

    /// Trimmed text; blank text is as good as null.
    pub(super) fn text(&mut self, name: &str, max: usize) -> Given<String> {
        let value = match self.raw(name) {
            Given::Absent => return Given::Absent,
            Given::Null => return Given::Null,
            Given::Set(value) => value,
        };
        let Some(text) = value.as_str() else {
            self.wrong(name, "This must be a string.");
            return Given::Absent;
        };
        let text = text.trim();
        if text.chars().count() > max {
            self.wrong(name, &format!("At most {max} characters."));
            return Given::Absent;
        }
        if text.is_empty() {
            Given::Null
        } else {
            Given::Set(text.to_owned())
        }
    }

    /// Text brought into the server's form, or a mistake.
    pub(super) fn shaped(
        &mut self,
        name: &str,
        max: usize,
        message: &str,
        shape: impl FnOnce(&str) -> Option<String>,
    ) -> Given<String> {
        let given = self.text(name, max);
        let Given::Set(text) = given else {
            return given;
        };
        match shape(&text) {
            Some(shaped) => Given::Set(shaped),
            None => {
                self.wrong(name, message);
                Given::Absent
            }
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Given<bool> {
        match self.raw(name) {
            Given::Absent => Given::Absent,
            Given::Null => Given::Null,
            Given::Set(value) => value.as_bool().map_or_else(
                || {
                    self.wrong(name, "This must be true or false.");
                    Given::Absent
                },
                Given::Set,
            ),
        }
    }

    /// An id: digits in a string, never a number.
    pub(super) fn id(&mut self, name: &str) -> Given<u64> {
        match self.raw(name) {
            Given::Absent => Given::Absent,
            Given::Null => Given::Null,
            Given::Set(value) => value
                .as_str()
                .and_then(|text| text.parse().ok())
                .map_or_else(
                    || {
                        self.wrong(name, "This must be an id as a string.");
                        Given::Absent
                    },
                    Given::Set,
                ),
        }
    }

    /// The items of an array.
    pub(super) fn items(&mut self, name: &str, max: usize) -> Given<&'a [Value]> {
        match self.raw(name) {
            Given::Absent => Given::Absent,
            Given::Null => Given::Null,
            Given::Set(value) => match value.as_array() {
                Some(items) if items.len() <= max => Given::Set(items),
                Some(_) => {
                    self.wrong(name, &format!("At most {max} items."));
                    Given::Absent
                }
                None => {
                    self.wrong(name, "This must be an array.");
                    Given::Absent
                }
            },
        }
    }

    fn list<T>(
        &mut self,
        name: &str,
        max: usize,
        mut read: impl FnMut(&mut Self, &'a Value) -> Option<T>,
    ) -> Given<Vec<T>> {
        match self.items(name, max) {
            Given::Absent => Given::Absent,
            Given::Null => Given::Null,
            Given::Set(items) => {
                Given::Set(items.iter().filter_map(|item| read(self, item)).collect())
            }
        }
    }

    /// Tags, trimmed, each once.
    pub(super) fn tags(&mut self) -> Given<Vec<String>> {
        let mut seen: Vec<String> = Vec::new();
        self.list("tags", TAGS_MAX, |fields, item| {
            let tag = item.as_str().map(str::trim).filter(|tag| !tag.is_empty());
            let Some(tag) = tag else {
                fields.wrong("tags", "Each tag must be a string that is not blank.");
                return None;
            };
            if seen.iter().any(|known| known == tag) {
                return None;
            }
            seen.push(tag.to_owned());
            Some(tag.to_owned())
        })
    }

    /// External references, each namespace once.
    pub(super) fn references(&mut self) -> Given<Vec<ExternalRef>> {
        let mut seen: Vec<String> = Vec::new();
        self.list("externalRefs", REFERENCES_MAX, |fields, item| {
            let reference = read_reference(item);
            let Some(reference) = reference else {
                fields.wrong("externalRefs", "Each needs namespace (at most 50 characters) and id (at most 255), both strings, and nothing else.");
                return None;
            };
            let namespace = reference.namespace.to_lowercase();
            if seen.contains(&namespace) {
                fields.wrong("externalRefs", "A namespace may occur once.");
                return None;
            }
            seen.push(namespace);
            Some(reference)
        })
    }

    pub(super) fn emails(&mut self) -> Given<Vec<Reach>> {
        self.list("emails", REACHES_MAX, |fields, item| {
            let reach = read_reach(item, "address", EMAIL_MAX);
            let known_kind = |kind: &Option<String>| {
                kind.as_deref()
                    .is_none_or(|kind| ["work", "personal", "other"].contains(&kind))
            };
            let reach =
                reach.filter(|reach| normalise::is_email(&reach.value) && known_kind(&reach.kind));
            if reach.is_none() {
                fields.wrong(
                    "emails",
                    "Each needs a valid address; type is work, personal, other or null.",
                );
            }
            reach
        })
    }

    pub(super) fn phones(&mut self, reading: Reading<'_>) -> Given<Vec<Reach>> {
        self.list("phones", REACHES_MAX, |fields, item| {
            let reach = read_reach(item, "number", PHONE_MAX);
            if reach.is_none() {
                fields.wrong("phones", "Each needs a number of at most 50 characters.");
            }
            reach.map(|reach| Reach {
                value: reading.phone(&reach.value),
                ..reach
            })
        })
    }
}

/// A reference as `{namespace, id}` and nothing else.
pub(super) fn read_reference(item: &Value) -> Option<ExternalRef> {
    let map = item.as_object().filter(|map| map.len() == 2)?;
    reference(map.get("namespace")?.as_str()?, map.get("id")?.as_str()?)
}

/// A reference within its limits.
pub(super) fn reference(namespace: &str, id: &str) -> Option<ExternalRef> {
    let fits = |text: &str, max: usize| !text.trim().is_empty() && text.chars().count() <= max;
    (fits(namespace, NAMESPACE_MAX) && fits(id, REFERENCE_MAX)).then(|| ExternalRef {
        namespace: namespace.trim().to_owned(),
        id: id.to_owned(),
    })
}

fn read_reach(item: &Value, name: &str, max: usize) -> Option<Reach> {
    let map = item.as_object()?;
    let known = |key: &String| key == name || key == "type" || key == "isPrimary";
    let value = map.get(name)?.as_str()?.trim();
    let kind = match map.get("type") {
        None | Some(Value::Null) => None,
        Some(kind) => Some(kind.as_str()?.to_owned()),
    };
    let fits = map.keys().all(known) && !value.is_empty() && value.chars().count() <= max;
    fits.then(|| Reach {
        value: value.to_owned(),
        kind,
        primary: false,
    })
}
