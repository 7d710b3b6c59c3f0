//! Companies: what may be written, and the calls on them.
//!
//! In: calls. Out: changed records and answers. Links are changed elsewhere; deleting a company ends its links.

use super::call::{Call, Reply};
use super::fields::{Fields, Given, NAME_MAX, Reading, reference};
use super::normalise;
use super::problem::{Refused, invalid, not_found};
use super::record::{ChangeKind, Company, ExternalRef};
use super::records::{Occasion, Records};
use super::render::LastChange;
use serde_json::Value;

const PLACE: &str = "/api/v1/network/companies/";
const TEXT_MAX: usize = 100_000;
const URL_MAX: usize = 500;
const COUNTRY_MAX: usize = 10;
const FIELDS: [&str; 8] = [
    "name",
    "countryCode",
    "domain",
    "homepageUrl",
    "linkedInUrl",
    "strategy",
    "tags",
    "externalRefs",
];

/// What a body says of a company.
#[derive(Debug)]
pub(super) struct CompanyInput {
    name: Given<String>,
    country: Given<String>,
    domain: Given<String>,
    homepage: Given<String>,
    linked_in: Given<String>,
    strategy: Given<String>,
    tags: Given<Vec<String>>,
    refs: Given<Vec<ExternalRef>>,
}

impl CompanyInput {
    pub(super) fn read(body: &Value, reading: Reading<'_>) -> Result<Self, Refused> {
        let mut fields = Fields::of(body, &FIELDS, reading.strict)?;
        let country = |text: &str| normalise::country(text);
        let homepage = |text: &str| normalise::homepage_domain(text).map(|_| text.to_owned());
        let input = Self {
            name: fields.text("name", reading.name_max(NAME_MAX)),
            country: fields.shaped(
                "countryCode",
                COUNTRY_MAX,
                "This is no ISO 3166-1 alpha-2 code.",
                country,
            ),
            domain: fields.shaped(
                "domain",
                NAME_MAX,
                "This is no domain name.",
                normalise::domain,
            ),
            homepage: fields.shaped(
                "homepageUrl",
                URL_MAX,
                "This is no http or https address.",
                homepage,
            ),
            linked_in: fields.shaped(
                "linkedInUrl",
                URL_MAX,
                "This is no LinkedIn company page.",
                |text| normalise::linkedin(text, "company"),
            ),
            strategy: fields.text("strategy", TEXT_MAX),
            tags: fields.tags(),
            refs: fields.references(),
        };
        if matches!(input.name, Given::Null) {
            fields.wrong("name", "A company needs a name.");
        }
        fields.finish()?;
        Ok(input)
    }

    /// A home page decides the domain; a domain beside it is ignored.
    pub(super) fn apply_to(&self, company: &mut Company) -> Result<(), Refused> {
        if let Given::Set(name) = &self.name {
            company.name.clone_from(name);
        }
        self.country.put_into(&mut company.country);
        self.homepage.put_into(&mut company.homepage);
        match self.homepage.value() {
            Some(homepage) => company.domain = normalise::homepage_domain(homepage),
            None => self.domain.put_into(&mut company.domain),
        }
        self.linked_in.put_into(&mut company.linked_in);
        self.strategy.put_into(&mut company.strategy);
        self.tags.put_into_list(&mut company.tags);
        self.refs.put_into_list(&mut company.refs);
        if company.name.is_empty() {
            return Err(invalid("name", "A company needs a name."));
        }
        Ok(())
    }
}

fn unknown_company() -> Refused {
    not_found("There is no such company.")
}

fn show(records: &Records, id: u64, last: LastChange) -> Result<Reply, Refused> {
    let company = records.companies.live(id).ok_or_else(unknown_company)?;
    let mut out = String::with_capacity(1_024);
    records.write_company(company, last, &mut out);
    Ok(Reply::record(out, company.stamp.version))
}

pub(super) fn get(records: &Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    let reply = show(records, id, call.on_read())?;
    call.only_parameters(&[])?;
    Ok(reply)
}

pub(super) fn get_external(
    records: &Records,
    namespace: &str,
    id: &str,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    let company = records
        .company_with_ref(namespace, id)
        .ok_or_else(unknown_company)?;
    get(records, company, call)
}

/// The list of a company's contacts.
pub(super) fn contacts(records: &Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    records.companies.live(id).ok_or_else(unknown_company)?;
    super::lists::contacts_at(records, id, call)
}

pub(super) fn post(records: &mut Records, call: &Call<'_>) -> Result<Reply, Refused> {
    call.only_parameters(&[])?;
    let input = CompanyInput::read(&call.json()?, call.reading)?;
    let mut next = Company::empty();
    input.apply_to(&mut next)?;
    call.refuse_taken_key()?;
    let known = call.known(&next.refs, |namespace, id| {
        records.company_with_ref(namespace, id)
    });
    if let Some(id) = known.filter(|&id| records.companies.live(id).is_some()) {
        return show(records, id, LastChange::Told);
    }
    records.refuse_taken_company(&next, None)?;
    let id = records.keep_company(next, ChangeKind::Create, &call.when);
    Ok(show(records, id, LastChange::Told)?.made(format!("{PLACE}{id}")))
}

/// A person adds one in the web interface.
pub(super) fn add(
    records: &mut Records,
    fields: &Value,
    reading: Reading<'_>,
    when: &Occasion<'_>,
) -> Result<u64, Refused> {
    let mut next = Company::empty();
    CompanyInput::read(fields, reading)?.apply_to(&mut next)?;
    records.refuse_taken_company(&next, None)?;
    Ok(records.keep_company(next, ChangeKind::Create, when))
}

pub(super) fn patch(records: &mut Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    let company = records.companies.live(id).ok_or_else(unknown_company)?;
    call.check_version(&company.stamp)?;
    call.only_parameters(&[])?;
    let input = CompanyInput::read(&call.json()?, call.reading)?;
    change(records, id, &input, &call.when)?;
    show(records, id, LastChange::Told)
}

/// Applies an input to a living company. What changes nothing leaves no trace.
pub(super) fn change(
    records: &mut Records,
    id: u64,
    input: &CompanyInput,
    when: &Occasion<'_>,
) -> Result<(), Refused> {
    let company = records.companies.live(id).ok_or_else(unknown_company)?;
    let mut next = company.clone();
    input.apply_to(&mut next)?;
    if next == *company && !records.switches.idle_changes_make_versions {
        return Ok(());
    }
    records.refuse_taken_company(&next, None)?;
    records.keep_company(next, ChangeKind::Update, when);
    Ok(())
}

pub(super) fn delete(records: &mut Records, id: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    let company = records.companies.live(id).ok_or_else(unknown_company)?;
    call.check_version(&company.stamp)?;
    call.only_parameters(&[])?;
    remove(records, id, &call.when)?;
    Ok(Reply::nothing())
}

/// Deletes a company, and with it its links.
pub(super) fn remove(records: &mut Records, id: u64, when: &Occasion<'_>) -> Result<(), Refused> {
    let mut next = records
        .companies
        .live(id)
        .ok_or_else(unknown_company)?
        .clone();
    next.stamp.deleted = Some(when.at);
    let links: Vec<u64> = records
        .live_links(records.link_ids_of_company(id))
        .map(|link| link.stamp.id)
        .collect();
    records.keep_company(next, ChangeKind::Delete, when);
    for link in links {
        super::links::remove(records, link, when)?;
    }
    Ok(())
}

/// Brings a deleted company back, without the links it had.
pub(super) fn restore(records: &mut Records, id: u64, when: &Occasion<'_>) -> Result<(), Refused> {
    let deleted = records
        .companies
        .row(id)
        .filter(|row| row.stamp.deleted.is_some());
    let mut next = deleted.ok_or_else(unknown_company)?.clone();
    next.stamp.deleted = None;
    records.refuse_taken_company(&next, None)?;
    records.keep_company(next, ChangeKind::Update, when);
    Ok(())
}

/// PATCH by external reference: update, revive or create.
pub(super) fn upsert(
    records: &mut Records,
    namespace: &str,
    id: &str,
    call: &Call<'_>,
) -> Result<Reply, Refused> {
    let known = records.company_with_ref(namespace, id);
    let row = known.and_then(|known| records.companies.row(known));
    if let Some(company) = row.filter(|row| row.stamp.deleted.is_none()) {
        call.check_version(&company.stamp)?;
    } else if call.if_match.is_some() {
        return Err(super::problem::stale());
    }
    call.only_parameters(&["revive"])?;
    let revive = super::upsert::revives(call)?;
    let input = CompanyInput::read(&call.json()?, call.reading)?;
    let own_ref = reference(namespace, id)
        .ok_or_else(|| invalid("id", "The reference is too long or blank."))?;
    let (mut next, action) = match row {
        Some(row) if row.stamp.deleted.is_none() => (row.clone(), "updated"),
        Some(row) if revive => (row.clone(), "revived"),
        Some(_) | None => (Company::empty(), "created"),
    };
    next.stamp.deleted = None;
    input.apply_to(&mut next)?;
    super::upsert::ensure_reference(&mut next.refs, own_ref)?;
    let unchanged =
        row.is_some_and(|row| *row == next) && !records.switches.idle_changes_make_versions;
    records.refuse_taken_company(&next, known.filter(|_| action == "created"))?;
    let mut id = next.stamp.id;
    if !unchanged {
        let kind = if action == "created" {
            ChangeKind::Create
        } else {
            ChangeKind::Update
        };
        id = records.keep_company(next, kind, &call.when);
    }
    let reply = show(records, id, LastChange::Told)?;
    let reply = if action == "created" {
        reply.made(format!("{PLACE}{id}"))
    } else {
        reply
    };
    Ok(Reply {
        upsert: Some(action),
        ..reply
    })
}
