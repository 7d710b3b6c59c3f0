//! A record as far as anybody looks at it.
//!
//! In: its JSON. Out: the members that a form or a page shows. The rest is skipped unread, because records are looked at more
//! often than anything else is done.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

const SHOWN: [&str; 38] = [
    "address",
    "asset",
    "classification",
    "companies",
    "countryCode",
    "currency",
    "custom_fields",
    "deletedUtc",
    "domain",
    "email",
    "emails",
    "employee_count",
    "exclusivity",
    "expected_close_date",
    "externalRefs",
    "firstName",
    "homepageUrl",
    "id",
    "is_deleted",
    "label_ids",
    "lastName",
    "linkedInUrl",
    "name",
    "org_id",
    "owner_id",
    "phone",
    "phones",
    "price",
    "primaryLanguage",
    "stage_id",
    "status",
    "strategy",
    "tags",
    "teaser",
    "title",
    "value",
    "visible_to",
    "website",
];

struct Looked(Map<String, Value>);

impl<'de> Deserialize<'de> for Looked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Looked;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Looked, A::Error> {
        let mut shown = Map::new();
        while let Some(name) = members.next_key::<&str>()? {
            if SHOWN.contains(&name) {
                shown.insert(name.to_owned(), members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Looked(shown))
    }
}

/// What there is to see of a record.
pub(super) fn looked_at(json: &[u8]) -> Option<Value> {
    let looked: Looked = serde_json::from_slice(json).ok()?;
    Some(Value::Object(looked.0))
}
