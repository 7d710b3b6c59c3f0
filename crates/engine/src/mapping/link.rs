//! Propstreet links: a contact's place at a company. Seen from our side they are two fields of the person.

use api_client::Patch;
use model::{Entity, Field, RecordKey, Reference, RemoteId, Side, Value};
use plan::Write;
use propstreet::{Link, LinkBody, NewLink};
use store::PairReference;

use crate::mapping::{as_text, id_of};

/// What a write wants of a contact's main place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedPlace {
    /// At this company, as the main one.
    At(RemoteId),
    /// Nowhere: the main link goes.
    Nowhere,
    /// Where it is; only the title changes.
    AsIs,
    /// The company has no id on Propstreet yet.
    Unknown,
}

#[must_use]
pub fn wanted_place(write: &Write, references: &[PairReference]) -> WantedPlace {
    match write.fields.get(&Field::PersonOrganization) {
        None => WantedPlace::AsIs,
        Some(None) => WantedPlace::Nowhere,
        Some(Some(Value::Reference(Reference::Pair(pair)))) => {
            id_of(*pair, Side::Propstreet, references).map_or(WantedPlace::Unknown, WantedPlace::At)
        }
        Some(Some(Value::Reference(Reference::Unpaired(_)) | Value::Text(_) | Value::Set(_))) => {
            WantedPlace::Unknown
        }
    }
}

/// The title to send, where the write names one.
#[must_use]
pub fn wanted_title(write: &Write) -> Option<Option<String>> {
    write
        .fields
        .get(&Field::PersonJobTitle)
        .map(|value| as_text(value.as_ref()))
}

#[must_use]
pub fn new_link(contact: &str, company: &RemoteId, write: &Write) -> NewLink {
    NewLink {
        contact_id: contact.to_owned(),
        company_id: company.as_str().to_owned(),
        job_title: wanted_title(write).flatten(),
    }
}

#[must_use]
pub fn body(write: &Write, make_primary: bool) -> LinkBody {
    LinkBody {
        job_title: wanted_title(write).map_or(Patch::Keep, Patch::set_or_clear),
        is_primary: if make_primary {
            Patch::Set(true)
        } else {
            Patch::Keep
        },
    }
}

/// The records a link refers to: its both ends.
#[must_use]
pub fn refers_to(link: &Link) -> Vec<RecordKey> {
    vec![
        RecordKey::new(Entity::Contact, link.contact_id.as_str()),
        RecordKey::new(Entity::Company, link.company_id.as_str()),
    ]
}
