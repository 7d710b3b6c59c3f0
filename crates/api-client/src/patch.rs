//! What a write does to one field: nothing, empty it, or set it.
//!
//! In: a client's body. Out: JSON that names only the fields that are to change.

use serde::{Serialize, Serializer};

/// One field of a body that is sent. Fields that are kept are left out: mark them with
/// `#[serde(skip_serializing_if = "Patch::is_keep")]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

impl<T> Patch<T> {
    /// Whether the field stays out of the body.
    #[must_use]
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Sets the field, or clears it when there is no value.
    #[must_use]
    pub fn set_or_clear(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }

    /// The value that is set.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Set(value) => value.serialize(serializer),
            Self::Keep | Self::Clear => serializer.serialize_none(),
        }
    }
}

impl<T> Patch<Vec<T>> {
    /// Serialises a list that is cleared by an empty list, for APIs that refuse null there.
    ///
    /// # Errors
    /// Only those of the serializer.
    pub fn empty_when_cleared<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Serialize,
    {
        match self {
            Self::Set(values) => values.serialize(serializer),
            Self::Keep | Self::Clear => serializer.collect_seq(std::iter::empty::<&T>()),
        }
    }
}
