//! Properties: what may be written, and the calls that change them.
//!
//! In: calls. Out: changed records and answers. Nobody is told of a property, and a change of one gives its project no new
//! version; one that is deleted leaves its projects, which does.

use serde_json::Value;

use super::amounts::{decimal, plain, read_area, read_price};
use super::projects::NAME_MAX;
use super::reads::{live_property, show_property};
use super::record::{Category, Location, Price, Property, Tenure};
use crate::propstreet::call::{Call, Reply};
use crate::propstreet::fields::{Fields, Given, Reading};
use crate::propstreet::normalise;
use crate::propstreet::problem::{Refused, invalid};
use crate::propstreet::record::{ChangeKind, ExternalRef};
use crate::propstreet::records::{Occasion, Records};
use crate::propstreet::render::LastChange;
use serde_json::Number;

const PLACE: &str = "/api/v1/properties/";
const TEXT_MAX: usize = 100_000;
const REFERENCES_MAX: usize = 10;
const FIELDS: [&str; 13] = [
    "name",
    "description",
    "location",
    "categories",
    "externalRefs",
    "operatingCosts",
    "price",
    "parcelArea",
    "tags",
    "tenure",
    "yearBuilt",
    "avgContractLengthYears",
    "clearCoordinates",
];
pub(super) const CATEGORIES: [&str; 8] = [
    "residential",
    "office",
    "retail",
    "industrial",
    "social_infrastructure",
    "hotel",
    "land",
    "special_purpose",
];

/// What a body says of a property.
#[derive(Debug)]
pub(in super::super) struct PropertyInput {
    name: Given<String>,
    description: Given<String>,
    location: Given<Location>,
    categories: Given<Vec<Category>>,
    refs: Given<Vec<ExternalRef>>,
    operating_costs: Given<Price>,
    price: Given<Price>,
    parcel_area: Given<Number>,
    tags: Given<Vec<String>>,
    tenure: Given<Tenure>,
    year_built: Given<Number>,
    contract_years: Given<Number>,
    clears_coordinates: bool,
}

impl PropertyInput {
    pub(in super::super) fn read(body: &Value, reading: Reading<'_>) -> Result<Self, Refused> {
        let mut fields = Fields::of(body, &FIELDS, reading.strict)?;
        let input = Self {
            name: fields.text("name", NAME_MAX),
            description: fields.text("description", TEXT_MAX),
            location: fields.member(
                "location",
                "This has latitude and longitude or neither, country and locality.",
                read_location,
            ),
            categories: fields.member(
                "categories",
                "Each needs a type such as retail/shopping_mall.",
                |value| value.as_array()?.iter().map(read_category).collect(),
            ),
            refs: fields.references(),
            operating_costs: fields.price("operatingCosts"),
            price: fields.price("price"),
            parcel_area: fields.area("parcelArea"),
            tags: fields.tags(),
            tenure: fields.word("tenure"),
            year_built: fields.number("yearBuilt"),
            contract_years: fields.number("avgContractLengthYears"),
            clears_coordinates: fields.flag("clearCoordinates").value() == Some(&true),
        };
        if matches!(input.name, Given::Null) {
            fields.wrong("name", "A property needs a name.");
        }
        if input
            .refs
            .value()
            .is_some_and(|refs| refs.len() > REFERENCES_MAX)
        {
            fields.wrong("externalRefs", "At most 10 items.");
        }
        let is_word = |tag: &String| {
            let is_sign = |letter: char| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'
            };
            tag.chars().all(is_sign)
        };
        if input
            .tags
            .value()
            .is_some_and(|tags| !tags.iter().all(is_word))
        {
            fields.wrong("tags", "Tags of properties are written like value_add.");
        }
        fields.finish()?;
        Ok(input)
    }

    pub(in super::super) fn apply_to(&self, property: &mut Property) -> Result<(), Refused> {
        if let Given::Set(name) = &self.name {
            property.name.clone_from(name);
        }
        self.description.put_into(&mut property.description);
        match &self.location {
            Given::Absent => {}
            Given::Null => property.location = Location::default(),
            Given::Set(location) => property.location.clone_from(location),
        }
        if self.clears_coordinates {
            (property.location.latitude, property.location.longitude) = (None, None);
        }
        self.categories.put_into_list(&mut property.categories);
        self.refs.put_into_list(&mut property.refs);
        self.operating_costs.put_into(&mut property.operating_costs);
        self.price.put_into(&mut property.price);
        self.parcel_area.put_into(&mut property.parcel_area);
        self.tags.put_into_list(&mut property.tags);
        self.tenure.put_into(&mut property.tenure);
        self.year_built.put_into(&mut property.year_built);
        self.contract_years.put_into(&mut property.contract_years);
        if property.name.is_empty() {
            return Err(invalid("name", "A property needs a name."));
        }
        Ok(())
    }
}

/// A member that is there and not null.
fn part<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|part| !part.is_null())
}

fn knows_only(value: &Value, known: &[&str]) -> bool {
    let map = value.as_object();
    map.is_some_and(|map| map.keys().all(|key| known.contains(&key.as_str())))
}

fn read_location(value: &Value) -> Option<Location> {
    if !knows_only(value, &["latitude", "longitude", "country", "locality"]) {
        return None;
    }
    let coordinate = |name: &str, most: f64| {
        let Some(value) = part(value, name) else {
            return Some(None);
        };
        let degrees = plain(&decimal(value)?);
        (degrees.abs() <= most).then(|| Some(super::lists::micro(degrees)))
    };
    let text = |name: &str| match part(value, name) {
        None => Some(None),
        Some(value) => value.as_str().map(|text| Some(text.to_owned())),
    };
    let country = match text("country")? {
        Some(code) => Some(normalise::country(&code)?),
        None => None,
    };
    let location = Location {
        latitude: coordinate("latitude", 90.0)?,
        longitude: coordinate("longitude", 180.0)?,
        country,
        locality: text("locality")?,
    };
    (location.latitude.is_some() == location.longitude.is_some()).then_some(location)
}

fn read_category(value: &Value) -> Option<Category> {
    let known = [
        "type",
        "locationClass",
        "yieldPercent",
        "rentalIncome",
        "rentedArea",
        "vacantArea",
        "conversions",
    ];
    let kind = value.get("type")?.as_str()?.to_owned();
    let main = kind.split('/').next()?;
    if !knows_only(value, &known) || !CATEGORIES.contains(&main) {
        return None;
    }
    let location_class = match part(value, "locationClass") {
        None => None,
        Some(class) => Some(
            class
                .as_str()
                .filter(|class| ["A", "B", "C"].contains(class))?,
        ),
    };
    let area = |name: &str| part(value, name).map(read_area);
    Some(Category {
        location_class: location_class.map(str::to_owned),
        yield_percent: part(value, "yieldPercent").map(decimal).unwrap_or_default(),
        rental_income: part(value, "rentalIncome")
            .map(read_price)
            .unwrap_or_default(),
        rented_area: area("rentedArea").unwrap_or_default(),
        vacant_area: area("vacantArea").unwrap_or_default(),
        kind,
    })
}

pub(super) fn post(records: &mut Records, call: &Call<'_>) -> Result<Reply, Refused> {
    call.only_parameters(&[])?;
    let input = PropertyInput::read(&call.json()?, call.reading)?;
    let mut next = Property::empty();
    input.apply_to(&mut next)?;
    call.refuse_taken_key()?;
    records.refuse_taken_property(&next)?;
    let id = records.keep_property(next, ChangeKind::Create, &call.when);
    Ok(show_property(records, id, LastChange::Told)?.made(format!("{PLACE}{id}")))
}

pub(super) fn patch(records: &mut Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    call.check_version(&live_property(records, id)?.stamp)?;
    call.only_parameters(&[])?;
    let input = PropertyInput::read(&call.json()?, call.reading)?;
    change(records, id, &input, &call.when)?;
    show_property(records, id, LastChange::Told)
}

/// Applies an input to a living property. What changes nothing leaves no trace.
pub(in super::super) fn change(
    records: &mut Records,
    id: u64,
    input: &PropertyInput,
    when: &Occasion<'_>,
) -> Result<(), Refused> {
    let property = live_property(records, id)?;
    let mut next = property.clone();
    input.apply_to(&mut next)?;
    if next == *property && !records.switches.idle_changes_make_versions {
        return Ok(());
    }
    records.refuse_taken_property(&next)?;
    records.keep_property(next, ChangeKind::Update, when);
    Ok(())
}

pub(super) fn delete(records: &mut Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    call.check_version(&live_property(records, id)?.stamp)?;
    call.only_parameters(&[])?;
    remove(records, id, &call.when)?;
    Ok(Reply::nothing())
}

/// Deletes a property; the projects that have it lose it.
pub(in super::super) fn remove(
    records: &mut Records,
    id: u64,
    when: &Occasion<'_>,
) -> Result<(), Refused> {
    let mut next = live_property(records, id)?.clone();
    next.stamp.deleted = Some(when.at);
    records.keep_property(next, ChangeKind::Delete, when);
    let projects = records.portfolio.projects.all();
    let with_it: Vec<u64> = projects
        .filter(|project| project.stamp.deleted.is_none() && project.properties.contains(&id))
        .map(|project| project.stamp.id)
        .collect();
    for project in with_it {
        super::edits::detach(records, project, id, when)?;
    }
    Ok(())
}
