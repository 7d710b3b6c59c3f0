//! The changelog's texts as canonical values.
//!
//! In: an entry of Pipedrive's changelog. Out: the field it is about and its values, in the form in which fields are compared.

use std::collections::{BTreeMap, BTreeSet};

use model::canonical::{domain, email, money, organization_number, text};
use model::{Field, Value};
use pipedrive::ChangelogEntry;

use crate::mapping::MappingContext;
use crate::mapping::deal::{NO, YES};
use crate::mapping::organization::canonical_number;
use crate::mapping::person::canonical_phone;

/// The changelog's name of the amount of a deal, which it tells apart from its currency.
const PRICE: &str = "value";
/// The changelog's name of a person's organization.
pub(crate) const ORGANIZATION: &str = "org_id";

pub(crate) fn is_field(entry: &ChangelogEntry, field: Field, mapping: &MappingContext) -> bool {
    is_name_of(&entry.field_key, field, mapping)
}

/// Whether Pipedrive's name of a field, in the changelog or in an event, means this one.
pub(crate) fn is_name_of(key: &str, field: Field, mapping: &MappingContext) -> bool {
    let custom = |code: Option<&String>| code.is_some_and(|code| code == key);
    let definitions = &mapping.definitions;
    match field {
        Field::PersonName | Field::OrganizationName => key == "name",
        Field::PersonEmail | Field::PersonEmails => matches!(key, "email" | "emails"),
        Field::PersonPhone | Field::PersonPhones => matches!(key, "phone" | "phones"),
        Field::PersonTags => matches!(key, "label" | "label_ids"),
        Field::PersonJobTitle if definitions.person.job_title_is_built_in => key == "job_title",
        Field::PersonJobTitle => custom(definitions.person.job_title.as_ref()),
        Field::PersonStrategy => custom(definitions.person.strategy.as_ref()),
        Field::OrganizationDomain => custom(definitions.organization.domain.as_ref()),
        Field::OrganizationNumber => custom(definitions.organization.number.as_ref()),
        Field::PersonOrganization => key == ORGANIZATION,
        Field::DealName => key == "title",
        Field::DealPrice => key == PRICE,
        Field::DealPortfolio => {
            custom(definitions.deal.portfolio.as_ref().map(|field| &field.code))
        }
        Field::DealPropertyCount => custom(definitions.deal.property_count.as_ref()),
        Field::DealPropertyType => {
            let types = definitions.deal.property_type.as_ref();
            custom(types.map(|field| &field.code))
        }
        Field::DealClassification => custom(definitions.deal.classification.as_ref()),
        Field::DealStage => key == "stage_id",
        Field::DealStatus => key == "status",
        Field::NoteText => key == "content",
        // The country is never changed by us, who takes part is told elsewhere, and a note stays where it is.
        Field::OrganizationCountry | Field::DealProspects | Field::NoteOn => false,
    }
}

/// The canonical value of a changelog text; the outer `None` when the text cannot be compared.
pub(crate) fn value(
    text: Option<&str>,
    field: Field,
    organizations: &BTreeMap<String, Value>,
    mapping: &MappingContext,
) -> Option<Option<Value>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Some(None);
    };
    // Lists of addresses and numbers are told with commas; the first is the primary one.
    let first = text.split(',').next().unwrap_or(text);
    Some(match field {
        Field::DealProspects => return None,
        Field::PersonName
        | Field::OrganizationName
        | Field::PersonJobTitle
        | Field::DealName
        | Field::DealStatus => text::text(text).and_then(Value::text),
        Field::PersonStrategy => text::multiline(text).and_then(Value::text),
        Field::PersonEmail => email::email(first).and_then(Value::text),
        Field::PersonPhone => canonical_phone(first, mapping).and_then(Value::text),
        Field::PersonEmails => Value::set(text.split(',').filter_map(email::email).collect()),
        Field::PersonPhones => {
            let numbers = text.split(',');
            Value::set(
                numbers
                    .filter_map(|text| canonical_phone(text, mapping))
                    .collect(),
            )
        }
        Field::PersonTags => {
            let names: Option<BTreeSet<String>> = text
                .split(',')
                .map(|id| {
                    mapping
                        .definitions
                        .person
                        .labels
                        .get(&id.trim().parse().ok()?)
                        .cloned()
                })
                .collect();
            Value::set(names?)
        }
        Field::OrganizationDomain => domain::domain(text).and_then(Value::text),
        Field::OrganizationNumber => {
            organization_number::organization_number(text, mapping.default_country)
                .or_else(|| organization_number::organization_number(text, None))
                .map(|number| canonical_number(&number))
                .and_then(Value::text)
        }
        Field::PersonOrganization => Some(organizations.get(text)?.clone()),
        Field::DealPortfolio => {
            let field = mapping.definitions.deal.portfolio.as_ref()?;
            let chosen = text.trim().parse::<i64>().ok()?;
            Value::text(if chosen == field.yes { YES } else { NO })
        }
        Field::DealPropertyCount => money::decimal(text, 0).and_then(Value::text),
        Field::DealPropertyType => {
            let field = mapping.definitions.deal.property_type.as_ref()?;
            let kinds: Option<BTreeSet<String>> = text
                .split(',')
                .map(|id| field.kinds.get(&id.trim().parse().ok()?).cloned())
                .collect();
            Value::text(crate::deals::properties::joined(kinds?))
        }
        Field::DealClassification => {
            crate::mapping::deal::classification(text).and_then(Value::text)
        }
        Field::DealStage => {
            let stage = text.trim().parse().ok()?;
            Value::text(mapping.places.stage_name(stage)?)
        }
        // Told without its currency: see `price`. Of notes there is no changelog.
        Field::OrganizationCountry | Field::DealPrice | Field::NoteText | Field::NoteOn => {
            return None;
        }
    })
}

/// The price of a deal in the currency of a price that it is held against; the outer `None` when the text is no amount.
pub(crate) fn price(text: Option<&str>, like: Option<&Value>) -> Option<Option<Value>> {
    let (_, currency) = like.and_then(Value::as_text).and_then(money::parts)?;
    let amount = text.unwrap_or("0");
    money::decimal(amount, 0)?;
    Some(money::money(amount, 0, currency).and_then(Value::text))
}

/// Whether two prices are of one currency, as far as both are told.
pub(crate) fn is_same_currency(one: &Option<Value>, other: &Option<Value>) -> bool {
    let currency = |value: &Option<Value>| {
        let (_, currency) = money::parts(value.as_ref()?.as_text()?)?;
        Some(currency.to_owned())
    };
    match (currency(one), currency(other)) {
        (Some(one), Some(other)) => one == other,
        (None, _) | (_, None) => false,
    }
}
