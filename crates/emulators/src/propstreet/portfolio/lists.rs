//! Lists of projects, of a project's prospects, and of properties.
//!
//! In: calls. Out: pages. `near` is a circle around a place, `location` a part of the name of a town; a project is where its
//! properties are.

use super::properties::CATEGORIES;
use super::reads::live_project;
use super::record::{Interest, Property, Stage, Status, TeaserStage, Word};
use super::render::write_property;
use crate::propstreet::call::{Call, Reply};
use crate::propstreet::lists::{Asked, asked_with, envelope, listing, write_page};
use crate::propstreet::normalise;
use crate::propstreet::problem::{Refused, invalid};
use crate::propstreet::records::Records;
use crate::propstreet::table::{Filter, Near};

pub(super) const METRES_MAX: u32 = 100_000;
const METRES_OF_A_DEGREE: f64 = 111_195.0;

/// A parameter that takes one word of a list.
fn word(call: &Call<'_>, name: &str, words: &[&str]) -> Result<Option<Vec<String>>, Refused> {
    let Some(text) = call.query.get(name) else {
        return Ok(None);
    };
    if !words.contains(&text) {
        return Err(invalid(
            name,
            &format!("This is one of {}.", words.join(", ")),
        ));
    }
    Ok(Some(vec![format!("{name}={text}")]))
}

fn tags(call: &Call<'_>) -> Option<Vec<String>> {
    let tags: Vec<String> = call
        .query
        .all("tags")
        .map(|tag| format!("tags={tag}"))
        .collect();
    Some(tags).filter(|tags| !tags.is_empty())
}

/// A circle: `near` is longitude, comma, latitude; `radius` is metres.
fn near(call: &Call<'_>) -> Result<Option<Near>, Refused> {
    let (place, radius) = (call.query.get("near"), call.query.get("radius"));
    let (Some(place), Some(radius)) = (place, radius) else {
        if place.is_none() && radius.is_none() {
            return Ok(None);
        }
        return Err(invalid("near", "near and radius come together."));
    };
    let degrees = |text: &str, most: f64| {
        let value: f64 = text.trim().parse().ok()?;
        (value.abs() <= most).then(|| micro(value))
    };
    let place = place.split_once(',');
    let place = place.and_then(|(lon, lat)| Some((degrees(lon, 180.0)?, degrees(lat, 90.0)?)));
    let (longitude, latitude) =
        place.ok_or_else(|| invalid("near", "This is a longitude, a comma and a latitude."))?;
    let metres: Option<u32> = radius.parse().ok();
    let metres = metres.filter(|metres| (1..=METRES_MAX).contains(metres));
    let metres = metres.ok_or_else(|| invalid("radius", "This is 1 to 100000 metres."))?;
    Ok(Some(Near {
        longitude,
        latitude,
        metres,
    }))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "at most 180 degrees, so at most 180 million"
)]
pub(super) fn micro(degrees: f64) -> i64 {
    (degrees * 1e6).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "at most 360 million")]
fn degrees(micro: i64) -> f64 {
    micro as f64 / 1e6
}

/// Metres from the middle of the circle, as the crow flies over a small part of the globe.
pub(super) fn metres_from(near: &Near, property: &Property) -> Option<f64> {
    let (longitude, latitude) = (property.location.longitude?, property.location.latitude?);
    let narrowing = degrees(near.latitude).to_radians().cos();
    let east = degrees(longitude - near.longitude) * narrowing * METRES_OF_A_DEGREE;
    let north = degrees(latitude - near.latitude) * METRES_OF_A_DEGREE;
    Some(east.hypot(north))
}

fn is_there(filter: &Filter, property: &Property) -> bool {
    let inside = |near: &Near| {
        metres_from(near, property).is_some_and(|metres| metres <= f64::from(near.metres))
    };
    let named = |part: &String| {
        let locality = property.location.locality.as_ref();
        locality.is_some_and(|name| name.to_lowercase().contains(&part.to_lowercase()))
    };
    filter.near.as_ref().is_none_or(inside) && filter.location.as_ref().is_none_or(named)
}

/// The ids of the properties in a circle or town; nothing when any place will do.
fn properties_there(records: &Records, filter: &Filter) -> Option<Vec<u64>> {
    if filter.near.is_none() && filter.location.is_none() {
        return None;
    }
    let all = records.portfolio.properties.all();
    let there = all.filter(|property| is_there(filter, property));
    Some(there.map(|property| property.stamp.id).collect())
}

/// By one of two readings, what changed since a moment has what was deleted in it.
const fn tell_deleted(filter: &mut Filter, call: &Call<'_>) {
    if filter.since.is_some() && call.reading.switches.deletes_need_no_flag {
        filter.deleted_too = true;
    }
}

pub(in super::super) fn projects(records: &mut Records, call: &Call<'_>) -> Result<Reply, Refused> {
    let own = [
        "status",
        "teaser_stage",
        "classification",
        "near",
        "radius",
        "location",
    ];
    let asked = asked_with(call, (&own, &[]), |filter| {
        filter.wanted.extend(word(call, "status", Status::NAMES)?);
        filter
            .wanted
            .extend(word(call, "teaser_stage", TeaserStage::NAMES)?);
        filter
            .wanted
            .extend(word(call, "classification", Stage::NAMES)?);
        filter.near = near(call)?;
        filter.location = call.query.get("location").map(str::to_owned);
        tell_deleted(filter, call);
        Ok(())
    })?;
    let among = properties_there(records, &asked.filter).map(|there| {
        let all = records.portfolio.projects.all();
        let with_one = all.filter(|project| project.properties.iter().any(|id| there.contains(id)));
        with_one
            .map(|project| project.stamp.id)
            .collect::<Vec<u64>>()
    });
    let table = &mut records.portfolio.projects;
    let (shown, cursor) = listing(table, &asked, call.when.now, among.as_deref());
    let table = &records.portfolio.projects;
    let page = table.page(&asked.filter, asked.after, shown, among.as_deref());
    Ok(Reply::ok(envelope(asked.size, cursor.as_deref(), |out| {
        write_page(out, page, asked.last, |row, last, out| {
            records.write_project(row, last, out)
        });
    })))
}

pub(in super::super) fn prospects(
    records: &mut Records,
    project: u64,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    live_project(records, project)?;
    let asked = asked_with(
        call,
        (&["capability", "classification"], &["tags"]),
        |filter| {
            filter.wanted.extend(word(call, "capability", &["chat"])?);
            filter
                .wanted
                .extend(word(call, "classification", Interest::NAMES)?);
            filter.wanted.extend(tags(call));
            filter.project = Some(project);
            tell_deleted(filter, call);
            Ok(())
        },
    )?;
    let among = records.portfolio.prospect_ids_of(project).to_vec();
    let table = &mut records.portfolio.prospects;
    let (shown, cursor) = listing(table, &asked, call.when.now, Some(&among));
    let table = &records.portfolio.prospects;
    let page = table.page(&asked.filter, asked.after, shown, Some(&among));
    Ok(Reply::ok(envelope(asked.size, cursor.as_deref(), |out| {
        write_page(out, page, asked.last, |row, last, out| {
            records.write_prospect(row, last, out)
        });
    })))
}

pub(in super::super) fn properties(
    records: &mut Records,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    let own = ["country", "category", "near", "radius", "location"];
    let asked = asked_with(call, (&own, &["tags"]), |filter| {
        if let Some(country) = call.query.get("country") {
            let code = normalise::country(country)
                .ok_or_else(|| invalid("country", "This is no ISO 3166-1 alpha-2 code."))?;
            filter.wanted.push(vec![format!("country={code}")]);
        }
        filter.wanted.extend(word(call, "category", &CATEGORIES)?);
        filter.wanted.extend(tags(call));
        filter.near = near(call)?;
        filter.location = call.query.get("location").map(str::to_owned);
        Ok(())
    })?;
    let among = properties_there(records, &asked.filter);
    Ok(property_page(records, call, &asked, among.as_deref()))
}

/// All properties of a project, as standalone properties are listed.
pub(in super::super) fn properties_of(
    records: &mut Records,
    project: u64,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    let among = live_project(records, project)?.properties.clone();
    let asked = asked_with(call, (&[], &[]), |filter| {
        filter.project = Some(project);
        Ok(())
    })?;
    Ok(property_page(records, call, &asked, Some(&among)))
}

fn property_page(
    records: &mut Records,
    call: &Call<'_>,
    asked: &Asked,
    among: Option<&[u64]>,
) -> Reply {
    let table = &mut records.portfolio.properties;
    let (shown, cursor) = listing(table, asked, call.when.now, among);
    let table = &records.portfolio.properties;
    let page = table.page(&asked.filter, asked.after, shown, among);
    Reply::ok(envelope(asked.size, cursor.as_deref(), |out| {
        write_page(out, page, asked.last, |row: &Property, last, out| {
            write_property(row, last, out);
            let metres = asked
                .filter
                .near
                .as_ref()
                .and_then(|near| metres_from(near, row));
            if let Some(metres) = metres {
                out.pop();
                out.push_str(&format!(",\"distance_meters\":{metres:.0}}}"));
            }
        });
    }))
}
