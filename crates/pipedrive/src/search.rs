//! Search, which costs as much as two pages of a list and lags behind writes by seconds.
//!
//! In: words and where to look for them. Out: hits, best first. It is for people who look for something, never the way to
//! find out whether a record exists.

use api_client::{CallContext, CallError, Page, Row, tolerant};
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};

use crate::client::Client;
use crate::list_query::page;
use crate::operation::Query;
use crate::record_kind::RecordKind;
use crate::{cost, envelope, values};

/// A page of a search of everything holds at most so many hits; the other searches hold up to five times as many.
pub const SEARCH_LIMIT_MAX: u32 = 100;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// At least two characters, or one where all of it has to match.
    pub term: String,
    /// The whole value has to match, without regard to case.
    pub exact_match: bool,
    /// None means all that the kind of record has.
    pub fields: Vec<SearchField>,
    pub cursor: Option<String>,
}

impl SearchQuery {
    /// Looks everywhere for something that contains these words.
    #[must_use]
    pub fn containing(term: &str) -> Self {
        Self {
            term: term.to_owned(),
            exact_match: false,
            fields: Vec::new(),
            cursor: None,
        }
    }

    fn query(&self) -> Query {
        page(SEARCH_LIMIT_MAX, self.cursor.as_deref())
            .with("term", &self.term)
            .with_flag("exact_match", self.exact_match)
            .with_list("fields", self.fields.iter().map(|field| field.word()))
    }
}

/// Where to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchField {
    Address,
    Code,
    CustomFields,
    Email,
    Name,
    Notes,
    Phone,
    Title,
}

impl SearchField {
    const fn word(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Code => "code",
            Self::CustomFields => "custom_fields",
            Self::Email => "email",
            Self::Name => "name",
            Self::Notes => "notes",
            Self::Phone => "phone",
            Self::Title => "title",
        }
    }
}

/// How much of a field's value has to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldMatch {
    #[default]
    Exact,
    Beginning,
    Middle,
}

impl FieldMatch {
    const fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Beginning => "beginning",
            Self::Middle => "middle",
        }
    }
}

/// One hit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Hit {
    #[serde(default, deserialize_with = "values::optional_number")]
    pub result_score: Option<Number>,
    pub item: FoundItem,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FoundItem {
    /// A number, except for leads.
    #[serde(deserialize_with = "tolerant::id_text")]
    pub id: String,
    /// `deal`, `person` and so on.
    #[serde(default, rename = "type", deserialize_with = "tolerant::text")]
    pub kind: String,
    /// Of persons, organizations and products.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub name: Option<String>,
    /// Of deals and leads.
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub title: Option<String>,
    #[serde(default, deserialize_with = "tolerant::texts")]
    pub emails: Vec<String>,
    #[serde(default, deserialize_with = "tolerant::texts")]
    pub phones: Vec<String>,
    #[serde(default, deserialize_with = "values::optional_id", rename = "owner")]
    pub owner_id: Option<i64>,
    #[serde(default, deserialize_with = "values::optional_id", rename = "person")]
    pub person_id: Option<i64>,
    #[serde(
        default,
        deserialize_with = "values::optional_id",
        rename = "organization"
    )]
    pub organization_id: Option<i64>,
    #[serde(default, deserialize_with = "tolerant::optional_text")]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "tolerant::flag")]
    pub is_archived: bool,
}

/// A record that has the value looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldHit {
    pub id: String,
    pub name: String,
}

impl<'de> Deserialize<'de> for FieldHit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Plain {
            #[serde(deserialize_with = "tolerant::id_text")]
            id: String,
            #[serde(default, deserialize_with = "tolerant::text")]
            name: String,
        }
        let mut value = Value::deserialize(deserializer)?;
        // The description shows an item with a score, the examples show it plain.
        let item = value.get_mut("item").map(Value::take).unwrap_or(value);
        let plain: Plain = serde_json::from_value(item).map_err(serde::de::Error::custom)?;
        Ok(Self {
            id: plain.id,
            name: plain.name,
        })
    }
}

impl Client {
    /// Looks among records of these kinds, or of all kinds where none is named.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn search(
        &self,
        kinds: &[RecordKind],
        query: &SearchQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Hit>>, CallError> {
        let asked = query
            .query()
            .with_list("item_types", kinds.iter().map(|kind| kind.word()));
        let call = cost::SEARCH.ask(&[], &asked, context);
        envelope::hits(&self.send(call).await?, query.cursor.as_deref())
    }

    /// Looks among records of one kind.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn search_records(
        &self,
        kind: RecordKind,
        query: &SearchQuery,
        context: &CallContext,
    ) -> Result<Page<Row<Hit>>, CallError> {
        let call = cost::SEARCH_ONE.ask(&[&kind.collection()], &query.query(), context);
        envelope::hits(&self.send(call).await?, query.cursor.as_deref())
    }

    /// Looks for values of one field, with regard to case; the term, the cursor and nothing else of the query counts.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn search_field(
        &self,
        (kind, field_code): (RecordKind, &str),
        by: FieldMatch,
        query: &SearchQuery,
        context: &CallContext,
    ) -> Result<Page<Row<FieldHit>>, CallError> {
        let asked = page(SEARCH_LIMIT_MAX, query.cursor.as_deref())
            .with("term", &query.term)
            .with("entity_type", kind.word())
            .with("field", field_code)
            .with("match", by.word());
        let call = cost::SEARCH_FIELD.ask(&[], &asked, context);
        envelope::page(&self.send(call).await?, query.cursor.as_deref())
    }
}
