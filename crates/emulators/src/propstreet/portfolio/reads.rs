//! Reading one project, prospect or property.
//!
//! In: calls. Out: the record with its version. What is deleted, or taken off a project's list, is not found.

use super::record::{Project, Property, Prospect};
use super::render::write_property;
use crate::propstreet::call::{Call, Reply};
use crate::propstreet::problem::{Refused, not_found};
use crate::propstreet::records::Records;
use crate::propstreet::render::LastChange;

pub(in super::super) fn unknown_project() -> Refused {
    not_found("There is no such project.")
}

pub(in super::super) fn unknown_prospect() -> Refused {
    not_found("The project has no such prospect.")
}

pub(in super::super) fn unknown_property() -> Refused {
    not_found("There is no such property.")
}

pub(in super::super) fn live_project(records: &Records, id: u64) -> Result<&Project, Refused> {
    records
        .portfolio
        .projects
        .live(id)
        .ok_or_else(unknown_project)
}

/// A prospect is found under its own project alone.
pub(in super::super) fn live_prospect(
    records: &Records,
    project: u64,
    id: u64,
) -> Result<&Prospect, Refused> {
    live_project(records, project)?;
    let prospect = records.portfolio.prospects.live(id);
    prospect
        .filter(|prospect| prospect.project == project)
        .ok_or_else(unknown_prospect)
}

pub(in super::super) fn live_property(records: &Records, id: u64) -> Result<&Property, Refused> {
    records
        .portfolio
        .properties
        .live(id)
        .ok_or_else(unknown_property)
}

pub(in super::super) fn show_project(
    records: &Records,
    id: u64,
    last: LastChange,
) -> Result<Reply, Refused> {
    let project = live_project(records, id)?;
    let mut out = String::with_capacity(1_024);
    records.write_project(project, last, &mut out);
    Ok(Reply::record(out, project.stamp.version))
}

pub(in super::super) fn show_prospect(
    records: &Records,
    project: u64,
    id: u64,
    last: LastChange,
) -> Result<Reply, Refused> {
    let prospect = live_prospect(records, project, id)?;
    let mut out = String::with_capacity(512);
    records.write_prospect(prospect, last, &mut out);
    Ok(Reply::record(out, prospect.stamp.version))
}

pub(in super::super) fn project(
    records: &Records,
    id: u64,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    let reply = show_project(records, id, call.on_read())?;
    call.only_parameters(&[])?;
    Ok(reply)
}

pub(in super::super) fn project_external(
    records: &Records,
    (namespace, id): (&str, &str),
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    let known = records.portfolio.project_with_ref(namespace, id);
    project(records, known.ok_or_else(unknown_project)?, call)
}

pub(in super::super) fn prospect(
    records: &Records,
    (project, id): (u64, u64),
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    let reply = show_prospect(records, project, id, call.on_read())?;
    call.only_parameters(&[])?;
    Ok(reply)
}

pub(in super::super) fn prospect_external(
    records: &Records,
    project: u64,
    (namespace, id): (&str, &str),
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    let known = records.portfolio.prospect_with_ref(namespace, id);
    let known = known.ok_or_else(unknown_prospect)?;
    prospect(records, (project, known), call)
}

pub(in super::super) fn show_property(
    records: &Records,
    id: u64,
    last: LastChange,
) -> Result<Reply, Refused> {
    let property = live_property(records, id)?;
    let mut out = String::with_capacity(1_024);
    write_property(property, last, &mut out);
    Ok(Reply::record(out, property.stamp.version))
}

pub(in super::super) fn property(
    records: &Records,
    id: u64,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    let reply = show_property(records, id, call.on_read())?;
    call.only_parameters(&[])?;
    Ok(reply)
}

pub(in super::super) fn property_external(
    records: &Records,
    (namespace, id): (&str, &str),
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    let known = records.portfolio.property_with_ref(namespace, id);
    property(records, known.ok_or_else(unknown_property)?, call)
}
