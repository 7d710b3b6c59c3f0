//! The fields of records that are columns beside `raw`, under the vendors' own names.
//!
//! In: a record as its side showed it. Out: the values of its columns, and the statement that writes them. What makes no sense in a
//! column is empty there; `raw` has it all.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use model::Entity;
use rusqlite::ToSql;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::mirror::{self, id_column};
use super::shown::CustomFields;

/// The column with the custom fields that are set, by their keys. Most records leave most of theirs empty.
pub(super) const CUSTOM_FIELDS: &str = "custom_fields";
/// The column with the number of the set of fields that a record showed, be they empty or not.
pub(super) const FIELDS_SHOWN: &str = "fields_shown";

/// The columns of every mirror table that are fields of its records. Those without a type are texts; what is a list or an object
/// is there as JSON.
const SHAPES: [(Entity, &str); 17] = [
    (
        Entity::Organization,
        "id:integer name owner_id:integer add_time update_time visible_to:integer label_ids address website \
         linkedin industry:integer annual_revenue:real employee_count:integer is_deleted:integer custom_fields",
    ),
    (
        Entity::Person,
        "id:integer name first_name last_name owner_id:integer org_id:integer add_time update_time \
         visible_to:integer label_ids emails phones is_deleted:integer custom_fields",
    ),
    (
        Entity::Company,
        "id name domain homepageUrl linkedInUrl countryCode strategy tags contacts externalRefs createdUtc \
         updatedUtc deletedUtc etag changeType changeOrigin",
    ),
    (
        Entity::Contact,
        "id firstName lastName email phone emails phones linkedInUrl primaryLanguage primaryCompanyId strategy \
         tags companies externalRefs createdUtc updatedUtc deletedUtc etag changeType changeOrigin",
    ),
    (
        Entity::Link,
        "id contactId companyId jobTitle isPrimary:integer createdUtc updatedUtc deletedUtc etag",
    ),
    (
        Entity::User,
        "id:integer name email phone active_flag:integer is_deleted:integer role_id:integer default_currency \
         locale lang:integer timezone_name last_login created modified",
    ),
    (
        Entity::Pipeline,
        "id:integer name order_nr:integer is_deal_probability_enabled:integer add_time update_time \
         is_deleted:integer",
    ),
    (
        Entity::Stage,
        "id:integer name pipeline_id:integer order_nr:integer deal_probability:integer \
         is_deal_rot_enabled:integer days_to_rotten:integer add_time update_time is_deleted:integer",
    ),
    (
        Entity::Deal,
        "id:integer title value:real currency status probability:real lost_reason person_id:integer \
         org_id:integer owner_id:integer creator_user_id:integer pipeline_id:integer stage_id:integer label_ids \
         visible_to:integer expected_close_date stage_change_time close_time won_time lost_time origin origin_id \
         channel:integer channel_id is_archived:integer archive_time add_time update_time is_deleted:integer \
         custom_fields",
    ),
    (
        Entity::Lead,
        "id title owner_id:integer creator_id:integer label_ids person_id:integer organization_id:integer value \
         expected_close_date is_archived:integer archive_time source_name source_deal_id:integer origin origin_id \
         channel:integer channel_id was_seen:integer next_activity_id:integer visible_to add_time update_time",
    ),
    (
        Entity::Activity,
        "id:integer subject type owner_id:integer creator_user_id:integer deal_id:integer lead_id \
         person_id:integer org_id:integer project_id:integer due_date due_time duration done:integer busy:integer \
         marked_as_done_time location participants attendees public_description priority:integer note add_time \
         update_time is_deleted:integer",
    ),
    (
        Entity::Note,
        "id:integer content user_id:integer last_update_user_id:integer deal_id:integer person_id:integer \
         org_id:integer lead_id project_id:integer pinned_to_deal_flag:integer pinned_to_person_flag:integer \
         pinned_to_organization_flag:integer pinned_to_lead_flag:integer active_flag:integer add_time update_time",
    ),
    (
        Entity::Product,
        "id:integer name code description unit tax:real category:integer owner_id:integer is_linkable:integer \
         prices billing_frequency billing_frequency_cycles:integer visible_to:integer add_time update_time \
         is_deleted:integer custom_fields",
    ),
    (
        Entity::Project,
        "id uri name status classification exclusivity mandate asset price priceRange teaser properties \
         externalRefs createdUtc updatedUtc deletedUtc etag changeType changeOrigin",
    ),
    (
        Entity::Property,
        "id uri name description location categories operatingCosts price parcelArea tags tenure \
         yearBuilt:integer avgContractLengthYears:real externalRefs createdUtc updatedUtc deletedUtc etag \
         changeType changeOrigin",
    ),
    (
        Entity::Prospect,
        "id uri projectId displayName organizationName contactId companyId classification capabilities tags \
         teaser externalRefs createdUtc updatedUtc deletedUtc etag changeType changeOrigin",
    ),
    (
        Entity::TimelineNote,
        "id type event timestampUtc user source importId details etag",
    ),
];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Real,
}

/// The columns of one table.
#[derive(Debug)]
pub(super) struct Columns {
    kinds: Vec<Kind>,
    places: HashMap<&'static str, usize>,
    /// Whether records have custom fields: those that are set, and which ones are shown, are the last two columns.
    pub(super) have_custom: bool,
    /// Writes a row: the workspace, the id, the mirror's own columns, then these.
    pub(super) put: String,
}

impl Columns {
    fn new(entity: Entity, shape: &'static str) -> Self {
        let (mut kinds, mut places, mut names) = (Vec::new(), HashMap::new(), Vec::new());
        let mut have_custom = false;
        for column in shape.split_whitespace() {
            if column == CUSTOM_FIELDS {
                have_custom = true;
                continue;
            }
            let (name, kind) = match column.split_once(':') {
                Some((name, "integer")) => (name, Kind::Integer),
                Some((name, _)) => (name, Kind::Real),
                None => (column, Kind::Text),
            };
            places.insert(name, kinds.len());
            kinds.push(kind);
            names.push(name);
        }
        if have_custom {
            names.extend([CUSTOM_FIELDS, FIELDS_SHOWN]);
        }
        let (table, id) = (mirror::table(entity), id_column(entity));
        let own = mirror::COLUMNS.split(", ").chain(names);
        let own: Vec<&str> = own.collect();
        let marks: Vec<String> = (1..=own.len() + 2)
            .map(|place| format!("?{place}"))
            .collect();
        let taken: Vec<String> = own
            .iter()
            .map(|name| format!("{name} = excluded.{name}"))
            .collect();
        let put = format!(
            "insert into {table} (workspace_id, {id}, {}) values ({}) on conflict (workspace_id, {id}) do update set {}",
            own.join(", "),
            marks.join(", "),
            taken.join(", ")
        );
        Self {
            kinds,
            places,
            have_custom,
            put,
        }
    }

    /// The values of a record. All of them are empty when it is no record.
    pub(super) fn values(&self, raw: &str) -> TakenApart {
        let nothing = || TakenApart {
            fields: self.kinds.iter().map(|_| Typed::Nothing).collect(),
            custom: None,
            packed: None,
        };
        let mut reader = serde_json::Deserializer::from_str(raw);
        let mut values = nothing();
        let read = Fields(self, raw, &mut values).deserialize(&mut reader);
        match read.and_then(|()| reader.end()) {
            Ok(()) => {
                let custom = values.custom.as_ref();
                values.packed = custom.and_then(|custom| custom.packed(raw));
                values
            }
            Err(_) => nothing(),
        }
    }
}

static COLUMNS: LazyLock<BTreeMap<Entity, Columns>> = LazyLock::new(|| {
    let tables = SHAPES.into_iter();
    tables
        .map(|(entity, shape)| (entity, Columns::new(entity, shape)))
        .collect()
});

/// The columns of an entity's table.
pub(super) fn of(entity: Entity) -> &'static Columns {
    COLUMNS.get(&entity).expect("every entity has its columns")
}

/// A part of a record's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    from: u32,
    to: u32,
}

impl Part {
    /// Nothing when it lies elsewhere, or the text is of a length that no record has.
    pub(super) fn of(raw: &str, part: &str) -> Option<Self> {
        let from = part.as_ptr().addr().checked_sub(raw.as_ptr().addr())?;
        let to = from.checked_add(part.len())?;
        if to > raw.len() {
            return None;
        }
        Some(Self {
            from: from.try_into().ok()?,
            to: to.try_into().ok()?,
        })
    }

    pub(super) fn in_text(self, raw: &str) -> &str {
        let range = usize::try_from(self.from)
            .ok()
            .zip(usize::try_from(self.to).ok());
        range
            .and_then(|(from, to)| raw.get(from..to))
            .unwrap_or_default()
    }
}

impl Part {
    /// What comes before and behind it.
    pub(super) fn around(self, raw: &str) -> (&str, &str) {
        let (before, rest) = raw.split_at(self.from as usize);
        (before, &rest[self.in_text(raw).len()..])
    }
}

/// What of a record stands in columns. It is taken apart before the one thread that writes has to wait for that, and its texts stay
/// where they are in the record's own.
#[derive(Debug)]
pub(crate) struct TakenApart {
    /// In the order of the columns, without the custom fields.
    pub(super) fields: Vec<Typed>,
    /// Where it has any.
    pub(super) custom: Option<CustomFields>,
    /// The record without custom fields that are empty, where that can be put together again.
    pub(super) packed: Option<String>,
}

/// A value as its column holds it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Typed {
    Nothing,
    Integer(i64),
    Real(f64),
    /// As it stands in the record.
    Part(Part),
    /// One in which something was escaped.
    Text(Box<str>),
}

/// A value on its way into its column, with the record that it is of.
pub(super) struct Bound<'a>(pub(super) &'a Typed, pub(super) &'a str);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        fn text(text: &str) -> ToSqlOutput<'_> {
            ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
        }

        match self.0 {
            Typed::Nothing => Null.to_sql(),
            Typed::Integer(number) => number.to_sql(),
            Typed::Real(number) => number.to_sql(),
            Typed::Part(part) => Ok(text(part.in_text(self.1))),
            Typed::Text(own) => Ok(text(own)),
        }
    }
}

impl Typed {
    fn read(kind: Kind, json: &str, raw: &str) -> Self {
        let scalar = Scalar::read(json);
        let read = match kind {
            Kind::Text => scalar.map(|scalar| scalar.into_text(json, raw)),
            Kind::Integer => scalar.and_then(Scalar::into_integer),
            Kind::Real => scalar.and_then(Scalar::into_real),
        };
        read.unwrap_or(Self::Nothing)
    }

    fn text(text: &str, raw: &str) -> Self {
        match Part::of(raw, text) {
            Some(part) => Self::Part(part),
            None => Self::Text(text.into()),
        }
    }
}

/// What stands in a column is one of these.
enum Scalar<'a> {
    Flag(bool),
    Number(&'a str),
    Text(Cow<'a, str>),
    /// A list or an object.
    Compound,
}

impl<'a> Scalar<'a> {
    fn read(json: &'a str) -> Option<Self> {
        match json.as_bytes().first()? {
            b'n' => None,
            b't' | b'f' => Some(Self::Flag(json == "true")),
            b'[' | b'{' => Some(Self::Compound),
            b'"' => serde_json::from_str(json)
                .ok()
                .map(|Text(text)| Self::Text(text)),
            _ => Some(Self::Number(json)),
        }
    }

    fn into_text(self, json: &str, raw: &str) -> Typed {
        match self {
            Self::Flag(is_set) => Typed::Text(if is_set { "1" } else { "0" }.into()),
            Self::Text(text) => Typed::text(&text, raw),
            Self::Number(_) | Self::Compound => Typed::text(json, raw),
        }
    }

    fn into_integer(self) -> Option<Typed> {
        let number = match self {
            Self::Flag(is_set) => i64::from(is_set),
            Self::Number(digits) => whole(digits)?,
            Self::Text(text) => whole(text.trim())?,
            Self::Compound => return None,
        };
        Some(Typed::Integer(number))
    }

    fn into_real(self) -> Option<Typed> {
        let number = match self {
            Self::Flag(is_set) => f64::from(u8::from(is_set)),
            Self::Number(digits) => digits.parse().ok()?,
            Self::Text(text) => text.trim().parse().ok()?,
            Self::Compound => return None,
        };
        Some(Typed::Real(number))
    }
}

/// A whole number; of another one, what is before the point.
fn whole(digits: &str) -> Option<i64> {
    if let Ok(number) = digits.parse() {
        return Some(number);
    }
    let number: f64 = digits.parse().ok()?;
    // 2^53: beyond it, not every whole number is one of these.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is cut at its point on purpose"
    )]
    (number.abs() <= EXACT).then_some(number as i64)
}

/// A text that is taken from where it stands, where nothing in it is escaped.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads the fields of a text that are columns, and passes over the others.
struct Fields<'a>(&'a Columns, &'a str, &'a mut TakenApart);

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(columns, raw, values) = self;
        while let Some(Text(name)) = map.next_key()? {
            match columns.places.get(&*name) {
                Some(place) => {
                    let value: &RawValue = map.next_value()?;
                    values.fields[*place] = Typed::read(columns.kinds[*place], value.get(), raw);
                }
                None if columns.have_custom && name == CUSTOM_FIELDS => {
                    let value: &RawValue = map.next_value()?;
                    values.custom = CustomFields::read(value.get(), raw);
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
