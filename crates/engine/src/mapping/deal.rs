//! Pipedrive deals, as far as they are in step with projects.

use std::collections::BTreeMap;

use api_client::Patch;
use model::canonical::{money, text};
use model::{Field, Record, Value};
use pipedrive::{CustomValue, Deal, DealBody, DealOutcome, DealStatus};
use plan::{LOST, OPEN, Operation, WON, Write};
use serde_json::{Number, Value as Json};
use store::{MatchKey, MatchKeyKind};

use crate::deals::properties;
use crate::definitions::{TypeOptions, YesNo};
use crate::mapping::{MappingContext, as_text, custom_text};

/// How a deal was lost whose project was deleted.
pub const PROJECT_DELETED: &str = "The project was deleted in Propstreet";
pub(crate) const YES: &str = "yes";
pub(crate) const NO: &str = "no";
const NOT_CONTACTED: &str = "not_contacted";
/// What a prospect may think of a project.
pub(crate) const CLASSIFICATIONS: [&str; 4] =
    ["contacted", "interested", "not_interested", "bidder"];

type Custom = BTreeMap<String, Json>;

/// What a deal shows, canonically.
#[must_use]
pub fn record(deal: &Deal, mapping: &MappingContext) -> Record {
    record_with(deal, &deal.custom_fields.read(), mapping)
}

pub(super) fn record_with(deal: &Deal, custom: &Custom, mapping: &MappingContext) -> Record {
    let fields = &mapping.definitions.deal;
    let stage = deal.stage_id.and_then(|id| mapping.places.stage_name(id));
    Record::default()
        .with(
            Field::DealName,
            deal.title
                .as_deref()
                .and_then(text::text)
                .and_then(Value::text),
        )
        .with(Field::DealPrice, price_of(deal).and_then(Value::text))
        .with(
            Field::DealPortfolio,
            fields
                .portfolio
                .as_ref()
                .and_then(|field| portfolio_of(field, custom))
                .and_then(Value::text),
        )
        .with(
            Field::DealPropertyCount,
            fields
                .property_count
                .as_ref()
                .and_then(|code| count_of(custom.get(code)?))
                .and_then(Value::text),
        )
        .with(
            Field::DealPropertyType,
            fields
                .property_type
                .as_ref()
                .and_then(|field| Value::text(types_of(field, custom))),
        )
        .with(
            Field::DealClassification,
            custom_text(custom, fields.classification.as_ref())
                .and_then(|text| classification(&text))
                .and_then(Value::text),
        )
        .with(Field::DealStage, stage.and_then(Value::text))
        .with(Field::DealStatus, status_of(deal).and_then(Value::text))
}

/// By what a deal may be found: the id of its project.
#[must_use]
pub fn match_keys(deal: &Deal, mapping: &MappingContext) -> Vec<MatchKey> {
    let Some(code) = mapping.definitions.deal.marker.as_ref() else {
        return Vec::new();
    };
    let marker = custom_text(&deal.custom_fields.read(), Some(code));
    let key = |value| MatchKey {
        kind: MatchKeyKind::Marker,
        value,
    };
    marker.map(key).into_iter().collect()
}

/// What a prospect thinks, as Propstreet's words say it, however somebody has typed them; another text stays as it is. Who has not been
/// contacted thinks nothing.
pub(crate) fn classification(typed: &str) -> Option<String> {
    let text = text::text(typed)?;
    let word = text.to_lowercase().replace([' ', '-'], "_");
    match word.as_str() {
        NOT_CONTACTED => None,
        _ if CLASSIFICATIONS.contains(&word.as_str()) => Some(word),
        _ => Some(text),
    }
}

fn price_of(deal: &Deal) -> Option<String> {
    let value = deal.value.as_ref()?.to_string();
    money::money(&value, 0, deal.currency.as_deref()?)
}

fn portfolio_of(field: &YesNo, custom: &Custom) -> Option<&'static str> {
    let chosen = custom.get(&field.code)?.as_i64()?;
    [(field.yes, YES), (field.no, NO)]
        .into_iter()
        .find_map(|(id, word)| (id == chosen).then_some(word))
}

fn count_of(value: &Json) -> Option<String> {
    let Json::Number(number) = value else {
        return None;
    };
    money::decimal(&number.to_string(), 0)
}

/// The kinds that are chosen, as Propstreet's words say them.
fn types_of(field: &TypeOptions, custom: &Custom) -> String {
    let chosen = custom.get(&field.code).and_then(Json::as_array);
    let ids = chosen.into_iter().flatten().filter_map(Json::as_i64);
    let kinds = ids.filter_map(|id| field.kinds.get(&id).cloned());
    properties::joined(kinds.collect())
}

const fn status_of(deal: &Deal) -> Option<&'static str> {
    match deal.status {
        Some(DealStatus::Open) => Some(OPEN),
        Some(DealStatus::Won) => Some(WON),
        Some(DealStatus::Lost) => Some(LOST),
        Some(DealStatus::Deleted | DealStatus::Other(_)) | None => None,
    }
}

/// What to send for a write.
#[must_use]
pub fn body(
    write: &Write,
    current: Option<&Deal>,
    marker: Option<&str>,
    mapping: &MappingContext,
) -> DealBody {
    let mut body = DealBody::default();
    let fields = &mapping.definitions.deal;
    for (field, value) in &write.fields {
        let told = as_text(value.as_ref());
        match field {
            // A deal cannot be without a title.
            Field::DealName => body.title = told.map_or(Patch::Keep, Patch::Set),
            Field::DealPrice => put_price(&mut body, told.as_deref()),
            Field::DealPortfolio => {
                let field = fields.portfolio.as_ref();
                let option = field.and_then(|field| told.map(|word| field.option(&word)));
                let value = option.map(CustomValue::Choice);
                put_custom(&mut body, field.map(|field| &field.code), value);
            }
            Field::DealPropertyCount => {
                let count = told.and_then(|text| number(&text)).map(CustomValue::Number);
                put_custom(&mut body, fields.property_count.as_ref(), count);
            }
            Field::DealPropertyType => {
                let field = fields.property_type.as_ref();
                let kinds = told.iter().flat_map(|text| properties::parts(text));
                let options = kinds.filter_map(|kind| field?.option(kind)).collect();
                let value = Some(options).filter(|options: &Vec<i64>| !options.is_empty());
                let code = field.map(|field| &field.code);
                put_custom(&mut body, code, value.map(CustomValue::Choices));
            }
            Field::DealClassification => {
                let value = told.map(CustomValue::Text);
                put_custom(&mut body, fields.classification.as_ref(), value);
            }
            Field::DealStage => {
                let pipeline = current.and_then(|deal| deal.pipeline_id);
                let id = told
                    .zip(pipeline)
                    .and_then(|(name, pipeline)| mapping.places.stage_id(&name, pipeline));
                body.stage_id = id.map_or(Patch::Keep, Patch::Set);
            }
            Field::DealStatus => body.outcome = told.as_deref().and_then(outcome_of),
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
            | Field::NoteText
            | Field::NoteOn => {}
        }
    }
    if let (Operation::Create, Some(place)) = (write.operation, mapping.places.new_deals()) {
        body.stage_id = Patch::Set(place.stage_id);
        body.owner_id = place.owner_id.map_or(Patch::Keep, Patch::Set);
    }
    if write.marker {
        let value = marker.map(|marker| CustomValue::Text(marker.to_owned()));
        put_custom(&mut body, fields.marker.as_ref(), value);
    }
    body
}

/// Nothing where Pipedrive has no such field.
fn put_custom(body: &mut DealBody, code: Option<&String>, value: Option<CustomValue>) {
    if let Some(code) = code {
        body.custom_fields
            .insert(code.clone(), Patch::set_or_clear(value));
    }
}

/// A deal without a price has the value nothing; its currency stays.
fn put_price(body: &mut DealBody, price: Option<&str>) {
    match price.and_then(money::parts) {
        Some((amount, currency)) => {
            body.value = number(amount).map_or(Patch::Keep, Patch::Set);
            body.currency = Patch::Set(currency.to_owned());
        }
        None => body.value = Patch::Set(Number::from(0)),
    }
}

fn number(text: &str) -> Option<Number> {
    serde_json::from_str(text).ok()
}

fn outcome_of(word: &str) -> Option<DealOutcome> {
    match word {
        OPEN => Some(DealOutcome::Open),
        WON => Some(DealOutcome::Won { won_time: None }),
        LOST => Some(DealOutcome::Lost {
            lost_time: None,
            lost_reason: Some(PROJECT_DELETED.to_owned()),
        }),
        _ => None,
    }
}
