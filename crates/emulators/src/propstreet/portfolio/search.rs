//! The search for properties: in a shape, in a circle, by what they are.
//!
//! In: a body. Out: a page of living properties, the nearest first where that is asked for, else by their last change. A cursor is good
//! for the search that it was given for and for no other. What the documentation leaves open is told beside each assumption.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;
use serde_json::Value;

use super::lists::{METRES_MAX, metres_from, micro};
use super::properties::CATEGORIES;
use super::record::Property;
use super::render::write_property;
use crate::propstreet::call::{Call, Reply};
use crate::propstreet::fields::{Fields, Given};
use crate::propstreet::lists::envelope;
use crate::propstreet::normalise;
use crate::propstreet::problem::Refused;
use crate::propstreet::record::Row;
use crate::propstreet::records::Records;
use crate::propstreet::table::Near;

const KNOWN: [&str; 11] = [
    "within",
    "near",
    "radius",
    "country",
    "category",
    "location",
    "tags",
    "sort",
    "sort_origin",
    "page_size",
    "cursor",
];
const PAGE_USUAL: u64 = 50;
const PAGE_MAX: u64 = 500;
const TEXT_MAX: usize = 200;
const PLACE: &str = "This is a longitude, a comma and a latitude.";

/// Corners in degrees, longitude first. The first ring is the outline, the others are holes.
type Rings = Vec<Vec<(f64, f64)>>;

/// What is looked for.
struct Asked {
    within: Option<Vec<Rings>>,
    near: Option<Near>,
    /// As the facets of a property are written.
    facets: Vec<Vec<String>>,
    town: Option<String>,
    /// What distances are measured from.
    origin: Option<Near>,
    by_distance: bool,
    size: usize,
    start: usize,
    /// Of everything but the cursor.
    search: u64,
}

pub(super) fn post(records: &Records, call: &Call<'_>) -> Result<Reply, Refused> {
    call.only_parameters(&[])?;
    let body = call.json()?;
    let asked = read(&body, call)?;
    let living = records.portfolio.properties.all();
    let living = living.filter(|property| property.stamp.deleted.is_none());
    let mut found: Vec<(Option<f64>, &Property)> = living
        .filter(|property| asked.means(property))
        .map(|property| (asked.metres_to(property), property))
        .collect();
    found.sort_by(|(near, one), (far, other)| {
        let by_change =
            (one.stamp.updated, one.stamp.id).cmp(&(other.stamp.updated, other.stamp.id));
        match asked.by_distance {
            // What has no place comes last.
            true => near
                .unwrap_or(f64::MAX)
                .total_cmp(&far.unwrap_or(f64::MAX))
                .then(by_change),
            false => by_change,
        }
    });
    let end = found.len().min(asked.start + asked.size);
    let page = found.get(asked.start..end).unwrap_or_default();
    let cursor = (end < found.len()).then(|| format!("{end}.{:x}", asked.search));
    Ok(Reply::ok(envelope(asked.size, cursor.as_deref(), |out| {
        for (at, (metres, property)) in page.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            write_property(property, call.on_read(), out);
            if let Some(metres) = metres {
                out.pop();
                out.push_str(&format!(",\"distance_meters\":{metres:.0}}}"));
            }
        }
    })))
}

fn read(body: &Value, call: &Call<'_>) -> Result<Asked, Refused> {
    let mut fields = Fields::of(body, &KNOWN, call.reading.strict)?;
    let within = shape(&mut fields);
    let near = circle(&mut fields);
    if within.is_some() && near.is_some() {
        fields.wrong("within", "within and near are never asked together.");
    }
    let origin = place(&mut fields, "sort_origin");
    let by_distance = match fields.text("sort", TEXT_MAX) {
        Given::Set(word) if word == "distance" => true,
        Given::Absent | Given::Null => false,
        Given::Set(word) if word == "updated" => false,
        Given::Set(_) => {
            fields.wrong("sort", "This is distance or updated.");
            false
        }
    };
    let origin = origin.or_else(|| near.clone());
    if by_distance && origin.is_none() {
        fields.wrong("sort", "A distance is measured from near or sort_origin.");
    }
    let facets = facets(&mut fields);
    let town = fields.text("location", TEXT_MAX).value().cloned();
    let size = size(&mut fields);
    let search = fingerprint(body);
    let start = match fields.text("cursor", TEXT_MAX) {
        Given::Absent | Given::Null => 0,
        Given::Set(cursor) => match start_of(&cursor, search) {
            Some(start) => start,
            None => {
                fields.wrong("cursor", "This cursor is of no such search.");
                0
            }
        },
    };
    fields.finish()?;
    Ok(Asked {
        within,
        near,
        facets,
        town,
        origin,
        by_distance,
        size,
        start,
        search,
    })
}

fn start_of(cursor: &str, search: u64) -> Option<usize> {
    let (start, of) = cursor.split_once('.')?;
    (of == format!("{search:x}")).then(|| start.parse().ok())?
}

fn fingerprint(body: &Value) -> u64 {
    let mut hasher = FxHasher::default();
    let fields = body.as_object().into_iter().flatten();
    for (name, value) in fields.filter(|(name, _)| *name != "cursor") {
        (name, value.to_string()).hash(&mut hasher);
    }
    hasher.finish()
}

fn size(fields: &mut Fields<'_>) -> usize {
    let size = match fields.raw("page_size") {
        Given::Absent | Given::Null => Some(PAGE_USUAL),
        Given::Set(size) => size.as_u64().filter(|size| (1..=PAGE_MAX).contains(size)),
    };
    if size.is_none() {
        fields.wrong("page_size", "This must be a number from 1 to 500.");
    }
    usize::try_from(size.unwrap_or(PAGE_USUAL)).unwrap_or(usize::MAX)
}

fn facets(fields: &mut Fields<'_>) -> Vec<Vec<String>> {
    let mut facets = Vec::new();
    let country = fields.shaped(
        "country",
        TEXT_MAX,
        "This is no ISO 3166-1 alpha-2 code.",
        |text| normalise::country(text).map(|code| format!("country={code}")),
    );
    let category = fields.shaped("category", TEXT_MAX, "This is no category.", |text| {
        CATEGORIES
            .contains(&text)
            .then(|| format!("category={text}"))
    });
    facets.extend(
        [country, category]
            .iter()
            .filter_map(|facet| Some(vec![facet.value()?.clone()])),
    );
    let tags = fields.tags().value().cloned().unwrap_or_default();
    if !tags.is_empty() {
        facets.push(tags.iter().map(|tag| format!("tags={tag}")).collect());
    }
    facets
}

/// As the list of properties has it; that a body has the same text is assumed.
fn place(fields: &mut Fields<'_>, name: &str) -> Option<Near> {
    let degrees = |text: &str, most: f64| {
        let value: f64 = text.trim().parse().ok()?;
        (value.abs() <= most).then(|| micro(value))
    };
    let read = |text: &str| {
        let (longitude, latitude) = text.split_once(',')?;
        Some(Near {
            longitude: degrees(longitude, 180.0)?,
            latitude: degrees(latitude, 90.0)?,
            metres: METRES_MAX,
        })
    };
    let text = fields.text(name, TEXT_MAX);
    let place = read(text.value()?);
    if place.is_none() {
        fields.wrong(name, PLACE);
    }
    place
}

fn circle(fields: &mut Fields<'_>) -> Option<Near> {
    let place = place(fields, "near");
    let radius = match fields.raw("radius") {
        Given::Absent | Given::Null => None,
        Given::Set(radius) => {
            let metres = radius
                .as_u64()
                .and_then(|metres| u32::try_from(metres).ok());
            let metres = metres.filter(|metres| (1..=METRES_MAX).contains(metres));
            if metres.is_none() {
                fields.wrong("radius", "This is 1 to 100000 metres.");
            }
            metres
        }
    };
    let has = |name: &str| matches!(fields.raw(name), Given::Set(_));
    if has("near") != has("radius") {
        fields.wrong("near", "near and radius come together.");
    }
    Some(Near {
        metres: radius?,
        ..place?
    })
}

/// A polygon, or several, with longitude first, as GeoJSON says.
fn shape(fields: &mut Fields<'_>) -> Option<Vec<Rings>> {
    let Given::Set(shape) = fields.raw("within") else {
        return None;
    };
    let corners = &shape["coordinates"];
    let shapes = match shape["type"].as_str() {
        Some("Polygon") => rings(corners).map(|rings| vec![rings]),
        Some("MultiPolygon") => corners
            .as_array()
            .and_then(|shapes| shapes.iter().map(rings).collect()),
        Some(_) | None => None,
    };
    let shapes = shapes.filter(|shapes| !shapes.is_empty());
    if shapes.is_none() {
        fields.wrong(
            "within",
            "This is a GeoJSON Polygon or MultiPolygon of closed rings.",
        );
    }
    shapes
}

fn rings(value: &Value) -> Option<Rings> {
    let corner = |value: &Value| {
        let (longitude, latitude) = (value.get(0)?.as_f64()?, value.get(1)?.as_f64()?);
        (longitude.abs() <= 180.0 && latitude.abs() <= 90.0).then_some((longitude, latitude))
    };
    let ring = |value: &Value| {
        let corners: Option<Vec<(f64, f64)>> = value.as_array()?.iter().map(corner).collect();
        corners.filter(|corners| corners.len() >= 4 && corners.first() == corners.last())
    };
    let rings: Option<Rings> = value.as_array()?.iter().map(ring).collect();
    rings.filter(|rings| !rings.is_empty())
}

/// Whether a ray from the point leaves the ring.
fn is_inside(ring: &[(f64, f64)], (x, y): (f64, f64)) -> bool {
    let crosses = ring.windows(2).filter(|side| {
        let ((x1, y1), (x2, y2)) = (side[0], side[1]);
        (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
    });
    crosses.count() % 2 == 1
}

impl Asked {
    fn means(&self, property: &Property) -> bool {
        let own = property.facets();
        let has = |any: &Vec<String>| any.iter().any(|facet| own.contains(facet));
        let in_circle = |near: &Near| {
            metres_from(near, property).is_some_and(|metres| metres <= f64::from(near.metres))
        };
        let in_town = |town: &String| {
            let locality = property.location.locality.as_ref();
            locality.is_some_and(|name| name.to_lowercase().contains(&town.to_lowercase()))
        };
        self.facets.iter().all(has)
            && self.near.as_ref().is_none_or(in_circle)
            && self.town.as_ref().is_none_or(in_town)
            && self
                .within
                .as_ref()
                .is_none_or(|shapes| is_within(shapes, property))
    }

    fn metres_to(&self, property: &Property) -> Option<f64> {
        metres_from(self.origin.as_ref()?, property)
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most 180 million")]
fn is_within(shapes: &[Rings], property: &Property) -> bool {
    let location = &property.location;
    let (Some(longitude), Some(latitude)) = (location.longitude, location.latitude) else {
        return false;
    };
    let point = (longitude as f64 / 1e6, latitude as f64 / 1e6);
    shapes.iter().any(|rings| {
        let mut inside = rings.iter().map(|ring| is_inside(ring, point));
        inside.next() == Some(true) && !inside.any(|in_hole| in_hole)
    })
}
