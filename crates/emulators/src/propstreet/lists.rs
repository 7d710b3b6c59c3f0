//! Lists: filters, cursors, pages.
//!
//! In: a call's query and a table. Out: the page envelope. Ordered by last change, then id.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::json;
use super::problem::{Refused, invalid};
use super::record::{Link, Row};
use super::records::Records;
use super::render::{LastChange, write_listed};
use super::table::{Filter, Listed, Near, Table};

const PAGE_MAX: usize = 500;
const CURSOR_LIFE_MILLIS: i64 = 3_600_000;

/// Where a page ended and what was asked for, so that a cursor can come back alone.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    u: i64,
    i: u64,
    /// Since, deleted too, contact, company.
    f: (Option<i64>, bool, Option<u64>, Option<u64>),
    /// Good until.
    x: i64,
    /// Everything else that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    o: Option<OtherFilters>,
}

/// Project, facets, circle, place.
type OtherFilters = (Option<u64>, Vec<Vec<String>>, Option<Near>, Option<String>);

/// What a list call asks for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) filter: Filter,
    pub(super) after: Option<(i64, u64)>,
    pub(super) size: usize,
    pub(super) last: LastChange,
}

impl Cursor {
    fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()
    }

    fn after(place: (i64, u64), filter: &Filter, until: i64) -> String {
        let cursor = Self {
            u: place.0,
            i: place.1,
            f: (
                filter.since,
                filter.deleted_too,
                filter.contact,
                filter.company,
            ),
            x: until,
            o: other_filters(filter),
        };
        STANDARD.encode(serde_json::to_vec(&cursor).expect("numbers and flags are JSON"))
    }
}

fn other_filters(filter: &Filter) -> Option<OtherFilters> {
    let Filter {
        project,
        wanted,
        near,
        location,
        ..
    } = filter;
    let is_any = project.is_some() || !wanted.is_empty() || near.is_some() || location.is_some();
    is_any.then(|| (*project, wanted.clone(), near.clone(), location.clone()))
}

fn asked(call: &Call<'_>, own_parameters: &[&str]) -> Result<Asked, Refused> {
    let id = |name: &str| {
        let text = call.query.get(name)?;
        Some(
            text.parse::<u64>()
                .map_err(|_| invalid(name, "This must be an id.")),
        )
    };
    asked_with(call, (own_parameters, &[]), |filter| {
        filter.contact = id("contact_id").transpose()?;
        filter.company = id("company_id").transpose()?;
        Ok(())
    })
}

/// What a list call asks for. Of its own parameters the second ones may occur several times; `read_own` puts them into the
/// filter.
pub(super) fn asked_with(
    call: &Call<'_>,
    (own_parameters, repeatable): (&[&str], &[&str]),
    read_own: impl FnOnce(&mut Filter) -> Result<(), Refused>,
) -> Result<Asked, Refused> {
    let mut known = vec!["updated_since", "include_deleted", "page_size", "cursor"];
    known.extend_from_slice(own_parameters);
    call.only_parameters_or(&known, repeatable)?;
    let size = page_size(call)?;
    let since = call.query.get("updated_since").map(|text| {
        parse_since(text, call).ok_or_else(|| {
            invalid(
                "updated_since",
                "This must be an ISO 8601 time with Z or an offset.",
            )
        })
    });
    let deleted_too = call.query.get("include_deleted").map(|text| {
        text.parse::<bool>()
            .map_err(|_| invalid("include_deleted", "This must be true or false."))
    });
    let mut own = own_parameters.iter().chain(repeatable);
    let named_any =
        since.is_some() || deleted_too.is_some() || own.any(|name| call.query.get(name).is_some());
    let mut filter = Filter {
        since: since.transpose()?,
        deleted_too: deleted_too.transpose()?.unwrap_or(false),
        ..Filter::default()
    };
    read_own(&mut filter)?;
    let mut after = None;
    if let Some(text) = call.query.get("cursor") {
        let cursor = Cursor::read(text).filter(|cursor| cursor.x > call.when.now);
        let cursor =
            cursor.ok_or_else(|| invalid("cursor", "The cursor cannot be read or has expired."))?;
        let (since, deleted_too, contact, company) = cursor.f;
        let (project, wanted, near, location) = cursor.o.unwrap_or_default();
        let meant = Filter {
            since,
            deleted_too,
            contact,
            company,
            project,
            wanted,
            near,
            location,
        };
        let is_other = (named_any && meant != filter) || meant.project != filter.project;
        if is_other && !call.reading.switches.cursors_fit_other_filters {
            return Err(invalid("cursor", "The cursor belongs to other filters."));
        }
        if !is_other {
            filter = meant;
        }
        after = Some((cursor.u, cursor.i));
    }
    let last = if filter.since.is_some() {
        LastChange::Told
    } else {
        LastChange::Withheld
    };
    Ok(Asked {
        filter,
        after,
        size,
        last,
    })
}

fn parse_since(text: &str, call: &Call<'_>) -> Option<i64> {
    let zoned = json::parse_time(text);
    let may_lack_one = call.reading.switches.times_need_no_zone;
    zoned.or_else(|| json::parse_time(&format!("{text}Z")).filter(|_| may_lack_one))
}

fn page_size(call: &Call<'_>) -> Result<usize, Refused> {
    let Some(text) = call.query.get("page_size") else {
        return Ok(PAGE_MAX);
    };
    let size: Option<usize> = text.parse().ok();
    let size = if call.reading.switches.page_sizes_are_clamped {
        size.map(|size| size.clamp(1, PAGE_MAX))
    } else {
        size.filter(|size| (1..=PAGE_MAX).contains(size))
    };
    size.ok_or_else(|| invalid("page_size", "This must be a number from 1 to 500."))
}

pub(super) fn listing<T: Row>(
    table: &mut Table<T>,
    asked: &Asked,
    now: i64,
    among: Option<&[u64]>,
) -> (usize, Option<String>) {
    table.forget_lag(now);
    let page = table.page(&asked.filter, asked.after, asked.size + 1, among);
    let has_more = page.len() > asked.size;
    let shown = page.len().min(asked.size);
    let cursor = page
        .get(shown.wrapping_sub(1))
        .filter(|_| has_more)
        .map(|(place, _)| Cursor::after(*place, &asked.filter, now + CURSOR_LIFE_MILLIS));
    (shown, cursor)
}

/// The envelope of a list.
pub(super) fn envelope(
    size: usize,
    cursor: Option<&str>,
    write_items: impl FnOnce(&mut String),
) -> String {
    let mut out = String::with_capacity(1_024);
    out.push_str("{\"data\":[");
    write_items(&mut out);
    out.push_str("],\"page\":{\"nextCursor\":");
    json::optional_text(&mut out, cursor);
    json::key_number(
        &mut out,
        "pageSize",
        i64::try_from(size).unwrap_or(i64::MAX),
    );
    json::key_bool(&mut out, "hasMore", cursor.is_some());
    out.push_str("}}");
    out
}

pub(super) fn write_page<T>(
    out: &mut String,
    page: Vec<((i64, u64), Listed<'_, T>)>,
    last: LastChange,
    write: impl Fn(&T, LastChange, &mut String),
) {
    for (position, (_, listed)) in page.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        write_listed(listed, last, out, &write);
    }
}

pub(super) fn contacts(records: &mut Records, call: &Call<'_>) -> Result<Reply, Refused> {
    let asked = asked(call, &[])?;
    let (shown, cursor) = listing(&mut records.contacts, &asked, call.when.now, None);
    let page = records
        .contacts
        .page(&asked.filter, asked.after, shown, None);
    Ok(Reply::ok(envelope(asked.size, cursor.as_deref(), |out| {
        write_page(out, page, asked.last, |row, last, out| {
            records.write_contact(row, last, out)
        });
    })))
}

pub(super) fn companies(records: &mut Records, call: &Call<'_>) -> Result<Reply, Refused> {
    let asked = asked(call, &[])?;
    let (shown, cursor) = listing(&mut records.companies, &asked, call.when.now, None);
    let page = records
        .companies
        .page(&asked.filter, asked.after, shown, None);
    Ok(Reply::ok(envelope(asked.size, cursor.as_deref(), |out| {
        write_page(out, page, asked.last, |row, last, out| {
            records.write_company(row, last, out)
        });
    })))
}

pub(super) fn links(records: &mut Records, call: &Call<'_>) -> Result<Reply, Refused> {
    let asked = asked(call, &["contact_id", "company_id"])?;
    let among: Option<Vec<u64>> = match (asked.filter.contact, asked.filter.company) {
        (Some(contact), _) => Some(records.link_ids_of_contact(contact).to_vec()),
        (None, Some(company)) => Some(records.link_ids_of_company(company).to_vec()),
        (None, None) => None,
    };
    let (shown, cursor) = listing(&mut records.links, &asked, call.when.now, among.as_deref());
    let page = records
        .links
        .page(&asked.filter, asked.after, shown, among.as_deref());
    Ok(Reply::ok(envelope(asked.size, cursor.as_deref(), |out| {
        write_page(out, page, asked.last, |row: &Link, last, out| {
            records.write_link(row, last, out)
        });
    })))
}

/// The contacts of one company, in the order their links were made.
pub(super) fn contacts_at(
    records: &Records,
    company: u64,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    call.only_parameters(&["page_size", "cursor"])?;
    let size = page_size(call)?;
    let filter = Filter {
        company: Some(company),
        ..Filter::default()
    };
    let after = match call.query.get("cursor") {
        None => 0,
        Some(text) => Cursor::read(text)
            .filter(|cursor| cursor.x > call.when.now && cursor.f.3 == filter.company)
            .map(|cursor| cursor.i)
            .ok_or_else(|| invalid("cursor", "The cursor cannot be read or has expired."))?,
    };
    let ids = records.link_ids_of_company(company);
    let mut links: Vec<&Link> = records
        .live_links(ids)
        .filter(|link| link.stamp.id > after)
        .take(size + 1)
        .collect();
    let has_more = links.len() > size;
    links.truncate(size);
    let cursor = links.last().filter(|_| has_more).map(|link| {
        Cursor::after(
            (0, link.stamp.id),
            &filter,
            call.when.now + CURSOR_LIFE_MILLIS,
        )
    });
    Ok(Reply::ok(envelope(size, cursor.as_deref(), |out| {
        for (position, link) in links.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            records.write_contact_at_company(out, link);
        }
    })))
}
