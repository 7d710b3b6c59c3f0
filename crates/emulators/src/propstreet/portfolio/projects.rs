//! Projects: what may be written, and the calls that change them.
//!
//! In: calls. Out: changed records and answers. A closed project is read-only; a deleted one keeps its prospects, which
//! nobody can reach any more.

use serde_json::Value;

use super::amounts::lies_in;
use super::reads::{live_project, live_prospect, show_project, unknown_project};
use super::record::{BuyerType, Closing, Exclusivity, Price, PriceRange, Project, Stage, Status};
use crate::propstreet::call::{Call, Reply};
use crate::propstreet::fields::{Fields, Given, Reading};
use crate::propstreet::json;
use crate::propstreet::problem::{Refused, exists, invalid, not_allowed, unprocessable};
use crate::propstreet::record::{ChangeKind, ExternalRef};
use crate::propstreet::records::{Occasion, Records};
use crate::propstreet::render::LastChange;

const PLACE: &str = "/api/v1/projects/";
pub(super) const NAME_MAX: usize = 200;
const TEXT_MAX: usize = 255;
const FIELDS: [&str; 7] = [
    "name",
    "asset",
    "exclusivity",
    "mandate",
    "externalRefs",
    "price",
    "priceRange",
];
const CLOSE_FIELDS: [&str; 6] = [
    "buyerType",
    "buyerProspectId",
    "buyerContactId",
    "closeDateUtc",
    "price",
    "yield",
];

/// Through which door a body comes: in the interface people set more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Door {
    Api,
    Interface,
}

/// What a body says of a project.
#[derive(Debug)]
pub(in super::super) struct ProjectInput {
    name: Given<String>,
    asset: Given<(bool, Option<u64>)>,
    exclusivity: Given<Exclusivity>,
    mandate: Given<Exclusivity>,
    refs: Given<Vec<ExternalRef>>,
    price: Given<Price>,
    price_range: Given<PriceRange>,
    stage: Given<Stage>,
}

impl ProjectInput {
    pub(in super::super) fn read(
        body: &Value,
        door: Door,
        reading: Reading<'_>,
    ) -> Result<Self, Refused> {
        let door = if reading.switches.classification_can_be_set {
            Door::Interface
        } else {
            door
        };
        let mut known = FIELDS.to_vec();
        if door == Door::Interface {
            known.push("classification");
        }
        let mut fields = Fields::of(body, &known, reading.strict)?;
        let input = Self {
            name: fields.text("name", reading.name_max(NAME_MAX)),
            asset: fields.member(
                "asset",
                "This is single, or portfolio with or without a count.",
                read_asset,
            ),
            exclusivity: fields.word("exclusivity"),
            mandate: fields.word("mandate"),
            refs: fields.references(),
            price: fields.price("price"),
            price_range: fields.price_range("priceRange"),
            stage: match door {
                Door::Api => Given::Absent,
                Door::Interface => fields.word("classification"),
            },
        };
        if matches!(input.name, Given::Null) {
            fields.wrong("name", "A project needs a name.");
        }
        fields.finish()?;
        if input.exclusivity.value().is_some() && input.mandate.value().is_some() {
            return Err(unprocessable(
                "mandate",
                "mandate mirrors exclusivity: send only one of them.",
            ));
        }
        Ok(input)
    }

    pub(in super::super) fn apply_to(&self, project: &mut Project) -> Result<(), Refused> {
        if let Given::Set(name) = &self.name {
            project.name.clone_from(name);
        }
        match self.asset {
            Given::Absent => {}
            Given::Null => (project.is_portfolio, project.property_count) = (false, None),
            Given::Set(asset) => (project.is_portfolio, project.property_count) = asset,
        }
        self.mandate.put_into(&mut project.exclusivity);
        self.exclusivity.put_into(&mut project.exclusivity);
        self.refs.put_into_list(&mut project.refs);
        self.price.put_into(&mut project.price);
        self.price_range.put_into(&mut project.price_range);
        self.stage.put_into(&mut project.stage);
        if project.name.is_empty() {
            return Err(invalid("name", "A project needs a name."));
        }
        let price = project.price.as_ref().zip(project.price_range.as_ref());
        if price.is_some_and(|(price, range)| !lies_in(price, range)) {
            return Err(invalid(
                "price",
                "The price must lie in the range, in its currency.",
            ));
        }
        Ok(())
    }
}

fn read_asset(value: &Value) -> Option<(bool, Option<u64>)> {
    let map = value.as_object()?;
    let count = match map.get("propertyCount") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.parse().ok()?),
        Some(count) => Some(count.as_u64()?),
    };
    let known = |key: &String| ["type", "propertyCount"].contains(&key.as_str());
    let is_portfolio = match map.get("type")?.as_str()? {
        "portfolio" => true,
        "single" if count.is_none() => false,
        _ => return None,
    };
    map.keys().all(known).then_some((is_portfolio, count))
}

/// What is closed is read-only.
pub(in super::super) fn refuse_closed(project: &Project) -> Result<(), Refused> {
    if project.status == Status::Open {
        Ok(())
    } else {
        Err(exists("The project is closed and read-only."))
    }
}

pub(super) fn post(records: &mut Records, call: &Call<'_>) -> Result<Reply, Refused> {
    call.only_parameters(&[])?;
    let input = ProjectInput::read(&call.json()?, Door::Api, call.reading)?;
    let mut next = Project::empty();
    input.apply_to(&mut next)?;
    call.refuse_taken_key()?;
    let portfolio = &records.portfolio;
    let known = call.known(&next.refs, |namespace, id| {
        portfolio.project_with_ref(namespace, id)
    });
    if let Some(id) = known.filter(|&id| portfolio.projects.live(id).is_some()) {
        return show_project(records, id, LastChange::Told);
    }
    records.refuse_taken_project(&next)?;
    let id = records.keep_project(next, ChangeKind::Create, &call.when);
    Ok(show_project(records, id, LastChange::Told)?.made(format!("{PLACE}{id}")))
}

pub(super) fn patch(records: &mut Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    call.check_version(&live_project(records, id)?.stamp)?;
    call.only_parameters(&[])?;
    let input = ProjectInput::read(&call.json()?, Door::Api, call.reading)?;
    change(records, id, &input, &call.when)?;
    show_project(records, id, LastChange::Told)
}

/// Applies an input to a living project. What changes nothing leaves no trace.
pub(in super::super) fn change(
    records: &mut Records,
    id: u64,
    input: &ProjectInput,
    when: &Occasion<'_>,
) -> Result<(), Refused> {
    let project = live_project(records, id)?;
    let mut next = project.clone();
    input.apply_to(&mut next)?;
    refuse_closed(project)?;
    if next == *project && !records.switches.idle_changes_make_versions {
        return Ok(());
    }
    records.refuse_taken_project(&next)?;
    records.keep_project(next, ChangeKind::Update, when);
    Ok(())
}

pub(super) fn close(records: &mut Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    let project = live_project(records, id)?;
    if !call.reading.switches.closing_ignores_versions {
        call.check_version(&project.stamp)?;
    }
    call.only_parameters(&[])?;
    let closing = read_closing(
        records,
        id,
        &call.json()?,
        call.reading.strict,
        call.when.at,
    )?;
    call.refuse_taken_key()?;
    end(records, id, closing, &call.when)?;
    show_project(records, id, LastChange::Told)
}

/// What a body says of how a project ends.
pub(in super::super) fn read_closing(
    records: &Records,
    project: u64,
    body: &Value,
    strict: bool,
    at: i64,
) -> Result<Closing, Refused> {
    let mut fields = Fields::of(body, &CLOSE_FIELDS, strict)?;
    let buyer = fields.word("buyerType");
    let prospect = fields.id("buyerProspectId").value().copied();
    let contact = fields.id("buyerContactId").value().copied();
    let date = fields.text("closeDateUtc", TEXT_MAX);
    let price = fields.price("price").value().cloned();
    let is_yield = |value: &Value| {
        let known = ["value", "min", "max"];
        let parts = value.as_object()?;
        let fits = parts.iter().all(|(name, part)| {
            known.contains(&name.as_str())
                && (part.is_null() || super::amounts::decimal(part).is_some())
        });
        (fits && !parts.is_empty()).then_some(())
    };
    fields.member(
        "yield",
        "This has value, or min and max, in percent.",
        is_yield,
    );
    let at = date.value().map_or(Some(at), |text| json::parse_time(text));
    if at.is_none() {
        fields.wrong(
            "closeDateUtc",
            "This must be an ISO 8601 time with Z or an offset.",
        );
    }
    let buyer = buyer.value().copied().unwrap_or(BuyerType::External);
    if (buyer == BuyerType::Prospect) != prospect.is_some() {
        fields.wrong(
            "buyerProspectId",
            "This is required with the buyer type prospect, and only then.",
        );
    }
    if prospect.is_some_and(|prospect| live_prospect(records, project, prospect).is_err()) {
        fields.wrong("buyerProspectId", "The project has no such prospect.");
    }
    if contact.is_some_and(|contact| records.contacts.live(contact).is_none()) {
        fields.wrong("buyerContactId", "There is no such contact.");
    }
    fields.finish()?;
    Ok(Closing {
        buyer,
        prospect,
        contact,
        at: at.unwrap_or_default(),
        price,
    })
}

/// Closes a project for good.
pub(in super::super) fn end(
    records: &mut Records,
    id: u64,
    closing: Closing,
    when: &Occasion<'_>,
) -> Result<(), Refused> {
    let project = live_project(records, id)?;
    refuse_closed(project)?;
    let next = Project {
        status: Status::Closed,
        closing: Some(closing),
        ..project.clone()
    };
    records.keep_project(next, ChangeKind::Update, when);
    Ok(())
}

pub(super) fn delete(records: &mut Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    if call.reading.switches.projects_cannot_be_deleted {
        return Err(not_allowed("GET, PATCH"));
    }
    let project = live_project(records, id)?;
    call.check_version(&project.stamp)?;
    call.only_parameters(&[])?;
    refuse_closed(project)?;
    remove(records, id, &call.when)?;
    Ok(Reply::nothing())
}

pub(in super::super) fn remove(
    records: &mut Records,
    id: u64,
    when: &Occasion<'_>,
) -> Result<(), Refused> {
    let project = records
        .portfolio
        .projects
        .live(id)
        .ok_or_else(unknown_project)?;
    let mut next = Project {
        status: Status::Deleted,
        ..project.clone()
    };
    next.stamp.deleted = Some(when.at);
    records.keep_project(next, ChangeKind::Delete, when);
    Ok(())
}
