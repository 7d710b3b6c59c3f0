//! Searching for properties: in a shape, in a circle, by what they are.
//!
//! In: where, and what. Out: pages of living properties, the nearest first where that is asked for. The documentation names the
//! fields of the body and not their forms: places are taken to be written as in the list of properties.

use api_client::{CallContext, CallError, CallSpec, Page};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::amounts::optional_decimal;
use crate::client::Client;
use crate::cost;
use crate::etag::Versioned;
use crate::page;
use crate::properties::Property;

const SEARCH: &str = "/api/v1/properties/search";
/// A page holds at most so many, and so many unless told otherwise.
pub const PROPERTIES_FOUND_MAX: u32 = 500;
const PAGE_USUAL: u32 = 50;

/// A place on the globe, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub longitude: f64,
    pub latitude: f64,
}

impl Place {
    fn text(self) -> String {
        format!("{},{}", self.longitude, self.latitude)
    }
}

/// Where properties are looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum SearchArea {
    Anywhere,
    /// A circle; at most 100,000 metres.
    Around {
        middle: Place,
        metres: u32,
    },
    /// A GeoJSON polygon, or several.
    Within(Value),
}

/// In which order they are told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SearchOrder {
    /// By their last change.
    Updated,
    /// From the middle of the circle.
    Distance,
    DistanceFrom(Place),
}

/// What is looked for. Keep everything but the cursor the same from page to page.
#[derive(Debug, Clone, PartialEq)]
pub struct PropertySearch {
    pub area: SearchArea,
    pub order: SearchOrder,
    /// Two letters.
    pub country: Option<String>,
    /// Such as `retail`.
    pub category: Option<String>,
    /// A part of the name of a town.
    pub location: Option<String>,
    /// Any of them.
    pub tags: Vec<String>,
    pub page_size: u32,
    pub cursor: Option<String>,
}

impl PropertySearch {
    #[must_use]
    pub const fn of(area: SearchArea) -> Self {
        Self {
            area,
            order: SearchOrder::Updated,
            country: None,
            category: None,
            location: None,
            tags: Vec::new(),
            page_size: PAGE_USUAL,
            cursor: None,
        }
    }

    fn body(&self) -> Body<'_> {
        let (near, radius, within) = match &self.area {
            SearchArea::Anywhere => (None, None, None),
            SearchArea::Around { middle, metres } => (Some(middle.text()), Some(*metres), None),
            SearchArea::Within(shape) => (None, None, Some(shape)),
        };
        let (sort, sort_origin) = match self.order {
            SearchOrder::Updated => (None, None),
            SearchOrder::Distance => (Some("distance"), None),
            SearchOrder::DistanceFrom(place) => (Some("distance"), Some(place.text())),
        };
        Body {
            within,
            near,
            radius,
            country: self.country.as_deref(),
            category: self.category.as_deref(),
            location: self.location.as_deref(),
            tags: &self.tags,
            sort,
            sort_origin,
            page_size: self.page_size.clamp(1, PROPERTIES_FOUND_MAX),
            cursor: self.cursor.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    near: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    radius: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    sort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_origin: Option<String>,
    page_size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
}

/// A property that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundProperty {
    pub property: Versioned<Property>,
    /// A decimal as text; nothing where distances were measured from nowhere.
    pub distance_metres: Option<String>,
}

#[derive(Deserialize)]
struct WithDistance {
    #[serde(default, deserialize_with = "optional_decimal")]
    distance_meters: Option<String>,
}

impl FoundProperty {
    fn of_row(raw: &RawValue) -> Result<Self, serde_json::Error> {
        let WithDistance { distance_meters } = serde_json::from_str(raw.get())?;
        Ok(Self {
            property: Versioned::of_row(raw)?,
            distance_metres: distance_meters,
        })
    }
}

impl Client {
    /// Looks for one page of properties.
    ///
    /// # Errors
    /// As [`CallError`] says.
    pub async fn search_properties(
        &self,
        search: &PropertySearch,
        context: &CallContext,
    ) -> Result<Page<FoundProperty>, CallError> {
        let what = "search for properties";
        let spec = CallSpec::write(what, Method::POST, SEARCH, cost::CALL, *context);
        let answer = self
            .send(spec.json(&search.body()).without_effect())
            .await?;
        page::page(&answer, FoundProperty::of_row)
    }
}
