//! Propstreet projects, as far as they are in step with deals.

use api_client::Patch;
use model::canonical::{money, text};
use model::progress::NO_TEASER;
use model::{Field, Progress, Record, Value};
use plan::{OPEN, WON, Write};
use propstreet::{Buyer, Closing, NewAsset, PROJECT_NAME_MAX, Price, Project, ProjectBody, Scale};
use store::{MatchKey, MatchKeyKind};

use crate::mapping::as_text;
use crate::mapping::contact::{marker as marker_of, with_marker};
use crate::mapping::deal::{NO, YES};

const CLOSED: &str = "closed";
/// What a project is where nobody has said anything.
const DRAFT: &str = "draft";

/// What a project shows, canonically.
#[must_use]
pub fn record(project: &Project) -> Record {
    let asset = project.asset.as_ref();
    let count = asset
        .and_then(|asset| asset.property_count)
        .map(|count| count.to_string());
    let portfolio = asset.map(|asset| if asset.is_portfolio() { YES } else { NO });
    Record::default()
        .with(
            Field::DealName,
            project
                .name
                .as_deref()
                .and_then(text::text)
                .and_then(Value::text),
        )
        .with(
            Field::DealPrice,
            project
                .price
                .as_ref()
                .and_then(canonical_price)
                .and_then(Value::text),
        )
        .with(Field::DealPortfolio, portfolio.and_then(Value::text))
        .with(Field::DealPropertyCount, count.and_then(Value::text))
        .with(Field::DealStage, Value::text(progress_of(project)))
        .with(Field::DealStatus, status_of(project).and_then(Value::text))
}

fn canonical_price(price: &Price) -> Option<String> {
    money::money(&price.value, price.scale.zeros(), &price.currency)
}

fn progress_of(project: &Project) -> String {
    let teaser = project.teaser.as_ref();
    let progress = Progress {
        status: &project.status,
        classification: project.classification.as_deref().unwrap_or(DRAFT),
        teaser: teaser
            .and_then(|teaser| teaser.stage.as_deref())
            .unwrap_or(NO_TEASER),
    };
    progress.to_string()
}

fn status_of(project: &Project) -> Option<&'static str> {
    match project.status.as_str() {
        OPEN => Some(OPEN),
        CLOSED => Some(WON),
        _ => None,
    }
}

/// By what a project may be found: the id of its deal.
#[must_use]
pub fn match_keys(project: &Project) -> Vec<MatchKey> {
    let key = |value| MatchKey {
        kind: MatchKeyKind::Marker,
        value,
    };
    marker_of(&project.external_refs)
        .map(key)
        .into_iter()
        .collect()
}

/// What to send for a write. External references are one list, so all the others go along unchanged; so does the other half of
/// what is sold.
#[must_use]
pub fn body(write: &Write, current: Option<&Project>, marker: Option<&str>) -> ProjectBody {
    let mut body = ProjectBody::default();
    for (field, value) in &write.fields {
        let told = as_text(value.as_ref());
        match field {
            // A project cannot be without a name.
            Field::DealName => {
                let name = told.map(|name| name.chars().take(PROJECT_NAME_MAX).collect());
                body.name = name.map_or(Patch::Keep, Patch::Set);
            }
            Field::DealPrice => body.price = Patch::set_or_clear(told.as_deref().and_then(price)),
            Field::DealPortfolio | Field::DealPropertyCount => {
                body.asset = Patch::Set(asset(write, current));
            }
            // Only read, or told by closing.
            Field::DealStage | Field::DealStatus | Field::DealPropertyType => {}
            Field::PersonName
            | Field::PersonEmail
            | Field::PersonPhone
            | Field::PersonEmails
            | Field::PersonPhones
            | Field::PersonOrganization
            | Field::PersonJobTitle
            | Field::PersonTags
            | Field::PersonStrategy
            | Field::OrganizationName
            | Field::OrganizationCountry
            | Field::OrganizationDomain
            | Field::OrganizationNumber
            | Field::DealProspects
            | Field::DealClassification
            | Field::NoteText
            | Field::NoteOn => {}
        }
    }
    if write.marker {
        let known = current.map(|project| project.external_refs.as_slice());
        body.external_refs = Patch::Set(with_marker(known.unwrap_or_default(), marker));
    }
    body
}

fn price(canonical: &str) -> Option<Price> {
    let (value, currency) = money::parts(canonical)?;
    Some(Price {
        value: value.to_owned(),
        currency: currency.to_owned(),
        scale: Scale::None,
    })
}

/// Only a portfolio has a number of properties.
fn asset(write: &Write, current: Option<&Project>) -> NewAsset {
    let shown = current.map(record).unwrap_or_default();
    let told = |field: Field| match write.fields.get(&field) {
        Some(value) => as_text(value.as_ref()),
        None => as_text(shown.get(field)),
    };
    if told(Field::DealPortfolio).as_deref() != Some(YES) {
        return NewAsset::Single;
    }
    let count = told(Field::DealPropertyCount);
    NewAsset::Portfolio {
        property_count: count.and_then(|count| count.parse().ok()),
    }
}

/// How the project of a deal that has ended is closed.
#[must_use]
pub fn closing(write: &Write) -> Closing {
    let how = write.fields.get(&Field::DealStatus);
    let how = how.and_then(Option::as_ref).and_then(Value::as_text);
    Closing {
        buyer: match how {
            Some(WON) => Buyer::External,
            Some(_) | None => Buyer::Nobody,
        },
        closed_at: None,
        price: None,
        returns: None,
    }
}
