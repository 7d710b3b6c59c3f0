//! Pipedrive organizations.

use std::collections::BTreeMap;

use api_client::Patch;
use model::canonical::country::{self, Country};
use model::canonical::{domain, organization_number, text};
use model::{Field, Record, Value};
use pipedrive::{AddressBody, CustomValue, Organization, OrganizationBody};
use plan::{Operation, Write};
use store::{MatchKey, MatchKeyKind};

use crate::mapping::{MappingContext, as_text, custom_text};

/// What an organization shows, canonically.
#[must_use]
pub fn record(organization: &Organization, mapping: &MappingContext) -> Record {
    let country = country_of(organization);
    Record::default()
        .with(
            Field::OrganizationName,
            organization
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
            domain_of(organization, mapping).and_then(Value::text),
        )
        .with(
            Field::OrganizationNumber,
            number_of(organization, country, mapping).and_then(Value::text),
        )
}

/// By what an organization may be found.
#[must_use]
pub fn match_keys(organization: &Organization, mapping: &MappingContext) -> Vec<MatchKey> {
    let marker = custom_text(
        &organization.custom_fields,
        mapping.definitions.organization.marker.as_ref(),
    );
    let number = number_of(organization, country_of(organization), mapping);
    keys(
        marker,
        domain_of(organization, mapping),
        number,
        organization.name.as_deref(),
    )
}

/// The keys of an organization or a company. A domain that a mailbox provider gives to everybody is none.
pub(crate) fn keys(
    marker: Option<String>,
    site: Option<String>,
    number: Option<String>,
    name: Option<&str>,
) -> Vec<MatchKey> {
    let mut keys = Vec::new();
    let mut push = |kind, value: Option<String>| {
        if let Some(value) = value {
            keys.push(MatchKey { kind, value });
        }
    };
    push(MatchKeyKind::Marker, marker);
    push(
        MatchKeyKind::Domain,
        site.filter(|site| !domain::is_mailbox_provider(site))
            .and_then(|site| domain::registrable(&site)),
    );
    push(MatchKeyKind::OrganizationNumber, number);
    push(
        MatchKeyKind::Name,
        name.map(text::fold).filter(|name| !name.is_empty()),
    );
    keys
}

fn domain_of(organization: &Organization, mapping: &MappingContext) -> Option<String> {
    custom_text(
        &organization.custom_fields,
        mapping.definitions.organization.domain.as_ref(),
    )
    .as_deref()
    .and_then(domain::domain)
    .or_else(|| organization.website.as_deref().and_then(domain::domain))
}

fn number_of(
    organization: &Organization,
    country: Option<Country>,
    mapping: &MappingContext,
) -> Option<String> {
    let written = custom_text(
        &organization.custom_fields,
        mapping.definitions.organization.number.as_ref(),
    )?;
    let number = organization_number::organization_number(&written, country)
        .or_else(|| organization_number::organization_number(&written, None))?;
    Some(canonical_number(&number))
}

/// Country and digits, for instance `SE5560160680`.
pub(crate) fn canonical_number(number: &organization_number::OrganizationNumber) -> String {
    format!("{}{}", number.country.as_str(), number.digits)
}

/// The inverse of [`canonical_number`].
pub(crate) fn parsed_number(canonical: &str) -> Option<organization_number::OrganizationNumber> {
    let (country, digits) = canonical.split_at_checked(2)?;
    Some(organization_number::OrganizationNumber {
        country: Country::from_code(country)?,
        digits: digits.to_owned(),
    })
}

/// The address's country, told by its own part or by the last part of the written address.
fn country_of(organization: &Organization) -> Option<Country> {
    let address = organization.address.as_ref()?;
    address
        .country
        .as_deref()
        .and_then(country::country)
        .or_else(|| {
            address
                .value
                .as_deref()?
                .rsplit(',')
                .next()
                .and_then(country::country)
        })
}

/// What to send for a write. The country is sent with a create only: any later write of an address nulls its other parts.
#[must_use]
pub fn body(write: &Write, marker: Option<&str>, mapping: &MappingContext) -> OrganizationBody {
    let mut body = OrganizationBody::default();
    let mut custom_fields = BTreeMap::new();
    let fields = &mapping.definitions.organization;
    let mut custom = |key: Option<&String>, value: Option<String>| {
        if let Some(key) = key {
            custom_fields.insert(
                key.clone(),
                Patch::set_or_clear(value.map(CustomValue::Text)),
            );
        }
    };
    for (field, value) in &write.fields {
        let value = as_text(value.as_ref());
        match field {
            Field::OrganizationName => body.name = value.map_or(Patch::Keep, Patch::Set),
            Field::OrganizationCountry => {
                if write.operation == Operation::Create
                    && let Some(country) = value.as_deref().and_then(Country::from_code)
                {
                    let name = country.english_name().to_owned();
                    body.address = Patch::Set(AddressBody {
                        value: name.clone(),
                        country: Some(name),
                        ..AddressBody::default()
                    });
                }
            }
            Field::OrganizationDomain => custom(fields.domain.as_ref(), value),
            Field::OrganizationNumber => {
                let shown = value
                    .as_deref()
                    .and_then(parsed_number)
                    .map(|number| number.display())
                    .or(value);
                custom(fields.number.as_ref(), shown);
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
        custom(fields.marker.as_ref(), marker.map(str::to_owned));
    }
    body.custom_fields = custom_fields;
    body
}
