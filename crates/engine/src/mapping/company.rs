//! Propstreet companies.

use api_client::Patch;
use model::canonical::country;
use model::canonical::organization_number::OrganizationNumber;
use model::canonical::{domain, text};
use model::{Field, Record, Value};
use plan::Write;
use propstreet::{Company, CompanyBody, ExternalRef};
use store::MatchKey;

use crate::mapping::as_text;
use crate::mapping::contact::{marker as marker_of, with_marker};
use crate::mapping::organization::{canonical_number, keys, parsed_number};

/// The namespaces of organization numbers begin with this; the country follows.
const NUMBER_NAMESPACE: &str = "org-number-";

/// What a company shows, canonically.
#[must_use]
pub fn record(company: &Company) -> Record {
    let country = company.country_code.as_deref().and_then(country::country);
    Record::default()
        .with(
            Field::OrganizationName,
            company
                .name
                .as_deref()
                .and_then(text::text)
                .and_then(Value::text),
        )
        .with(
            Field::OrganizationCountry,
            country.and_then(|country| Value::text(country.as_str())),
        )
        .with(
            Field::OrganizationDomain,
            domain_of(company).and_then(Value::text),
        )
        .with(
            Field::OrganizationNumber,
            number_of(company).and_then(Value::text),
        )
}

/// By what a company may be found.
#[must_use]
pub fn match_keys(company: &Company) -> Vec<MatchKey> {
    keys(
        marker_of(&company.external_refs),
        domain_of(company),
        number_of(company),
        company.name.as_deref(),
    )
}

fn domain_of(company: &Company) -> Option<String> {
    company
        .domain
        .as_deref()
        .and_then(domain::domain)
        .or_else(|| company.homepage_url.as_deref().and_then(domain::domain))
}

fn number_of(company: &Company) -> Option<String> {
    company
        .external_refs
        .iter()
        .find_map(|known| OrganizationNumber::from_reference(&known.namespace, &known.id))
        .map(|number| canonical_number(&number))
}

/// What to send for a write. External references are one list on Propstreet, so all the others go along unchanged.
#[must_use]
pub fn body(write: &Write, current: Option<&Company>, marker: Option<&str>) -> CompanyBody {
    let mut body = CompanyBody::default();
    let mut references: Option<Vec<ExternalRef>> = None;
    let known = || {
        current
            .map(|company| company.external_refs.clone())
            .unwrap_or_default()
    };
    for (field, value) in &write.fields {
        let value = as_text(value.as_ref());
        match field {
            // A company cannot be without a name.
            Field::OrganizationName => body.name = value.map_or(Patch::Keep, Patch::Set),
            Field::OrganizationCountry => body.country_code = Patch::set_or_clear(value),
            Field::OrganizationDomain => body.domain = Patch::set_or_clear(value),
            Field::OrganizationNumber => {
                let list = references.get_or_insert_with(known);
                list.retain(|known| {
                    !known
                        .namespace
                        .to_ascii_lowercase()
                        .starts_with(NUMBER_NAMESPACE)
                });
                if let Some(number) = value.as_deref().and_then(parsed_number) {
                    list.push(ExternalRef {
                        namespace: number.namespace(),
                        id: number.digits,
                    });
                }
            }
            Field::PersonName
            | Field::PersonEmail
            | Field::PersonPhone
            | Field::PersonEmails
            | Field::PersonPhones
            | Field::PersonOrganization
            | Field::PersonJobTitle
            | Field::PersonTags
            | Field::PersonStrategy
            | Field::DealName
            | Field::DealPrice
            | Field::DealPortfolio
            | Field::DealPropertyCount
            | Field::DealPropertyType
            | Field::DealStage
            | Field::DealStatus
            | Field::DealProspects
            | Field::DealClassification
            | Field::NoteText
            | Field::NoteOn => {}
        }
    }
    if write.marker {
        references = Some(with_marker(&references.unwrap_or_else(known), marker));
    }
    if let Some(references) = references {
        body.external_refs = Patch::Set(references);
    }
    body
}
