//! Records that have no list of their own, because they are listed under another record: a project's prospects, a contact's notes.
//!
//! In: records. Out: their ids, which tell under which record they are, because a vendor reads the one by way of the other.

use crate::ids::{Entity, RecordKey};

impl Entity {
    /// The entities under whose records it is listed, where it has no list of its own.
    #[must_use]
    pub const fn listed_under(self) -> &'static [Self] {
        match self {
            Self::Prospect => &[Self::Project],
            Self::TimelineNote => &[Self::Company, Self::Contact, Self::Project],
            Self::Organization
            | Self::Person
            | Self::Company
            | Self::Contact
            | Self::Link
            | Self::User
            | Self::Pipeline
            | Self::Stage
            | Self::Deal
            | Self::Lead
            | Self::Activity
            | Self::Note
            | Self::Product
            | Self::Project
            | Self::Property => &[],
        }
    }
}

impl RecordKey {
    /// A record that is listed under this one, by its own id.
    #[must_use]
    pub fn with_under(&self, entity: Entity, id: &str) -> Self {
        Self::new(entity, format!("{}{id}", self.prefix_of(entity)))
    }

    /// What the ids of an entity's records begin with that are listed under this one.
    #[must_use]
    pub fn prefix_of(&self, entity: Entity) -> String {
        match entity.listed_under() {
            // Of several entities the id says which one.
            [_, _, ..] => format!("{self}/"),
            _ => format!("{}/", self.id),
        }
    }

    /// The record under which this one is listed, with this one's own id.
    #[must_use]
    pub fn listed_at(&self) -> Option<(Self, &str)> {
        let (above, id) = self.id.as_str().rsplit_once('/')?;
        match self.entity.listed_under() {
            [] => None,
            [entity] => Some((Self::new(*entity, above), id)),
            _ => Some((Self::parse(above)?, id)),
        }
    }
}

#[cfg(test)]
mod tests;
