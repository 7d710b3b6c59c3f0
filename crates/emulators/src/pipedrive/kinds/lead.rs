//! What is a lead's own: an identifier of its own kind, labels of its own kind, the custom fields of deals.
//!
//! In: keys of a body, a record. Out: the record changed, or shown in the older shape, in which custom fields stand flat beside
//! the others and only where they are set. It stores nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::custom;
use super::super::fields::Catalog;
use super::super::json::{Json, rfc3339_millis};
use super::super::record::{CustomValue, Details, Record};
use super::super::render;
use super::super::reply::Violation;
use super::super::write::{Check, Objection, name, optional_text};
use super::deal::{currency, optional_date};
use super::product::number;
use super::{Entity, Kind, Links, ListSpec, OWNER, Part, Shown, Spec, TITLE, VISIBLE_TO};

#[derive(Debug)]
pub(super) struct Lead;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::pipedrive) struct LeadDetails {
    pub(in crate::pipedrive) uuid: String,
    pub(in crate::pipedrive) creator_id: i64,
    pub(in crate::pipedrive) label_ids: Vec<String>,
    pub(in crate::pipedrive) person_id: Option<i64>,
    pub(in crate::pipedrive) organization_id: Option<i64>,
    pub(in crate::pipedrive) value: Option<LeadValue>,
    pub(in crate::pipedrive) expected_close_date: Option<String>,
    pub(in crate::pipedrive) was_seen: bool,
    pub(in crate::pipedrive) is_archived: bool,
    pub(in crate::pipedrive) archive_time: Option<i64>,
    pub(in crate::pipedrive) source_deal_id: Option<i64>,
    pub(in crate::pipedrive) origin: String,
    pub(in crate::pipedrive) origin_id: Option<String>,
    pub(in crate::pipedrive) channel: Option<i64>,
    pub(in crate::pipedrive) channel_id: Option<String>,
}

impl LeadDetails {
    /// What the list of sources calls where it came from.
    fn source_name(&self) -> &'static str {
        match self.origin.as_str() {
            "API" => "API",
            "Deal" => "Deal",
            _ => "Manually created",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::pipedrive) struct LeadValue {
    pub(in crate::pipedrive) amount: f64,
    pub(in crate::pipedrive) currency: String,
}

impl LeadValue {
    fn write(value: Option<&Self>, out: &mut Json) {
        out.key("value");
        match value {
            Some(value) => {
                out.raw("{");
                out.money("amount", Some(value.amount));
                out.field("currency", &value.currency);
                out.raw("}");
            }
            None => out.raw("null"),
        }
    }
}

static SPEC: Spec = Spec {
    name: "lead",
    title: "Lead",
    required: &["title"],
    common: &["owner_id"],
    has_custom_fields: false,
    list: ListSpec {
        filters: &[],
        links: &[],
        sorts: &[],
        views: &[],
        single_views: &[],
        includes: &[],
    },
    parts: &[
        TITLE,
        OWNER,
        part!(lead.creator_id),
        part!(lead.person_id),
        part!(lead.organization_id),
        part!(lead.value as "value", |out, lead| LeadValue::write(
            lead.value.as_ref(),
            out
        )),
        part!(lead.label_ids),
        part!(lead.expected_close_date),
        part!(lead.was_seen),
        part!(lead.is_archived),
        VISIBLE_TO,
    ],
    updated_from_start: true,
    previous_has_update_time: true,
    created_status: 201,
    answers_additional_data: false,
    lists_deleted: false,
};

impl Kind for Lead {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn blank(&self) -> Details {
        Details::Lead(Box::default())
    }

    fn links(&self, record: &Record) -> Links {
        let Some(lead) = record.lead() else {
            return [None; 4];
        };
        [
            lead.person_id.map(|id| (Entity::Person, id)),
            lead.organization_id.map(|id| (Entity::Organization, id)),
            None,
            None,
        ]
    }

    fn let_go(&self, record: &mut Record, (entity, id): (Entity, i64), heir: Option<i64>) {
        let Some(lead) = record.lead_mut() else {
            return;
        };
        if entity == Entity::Person && lead.person_id == Some(id) {
            lead.person_id = heir;
        }
        if entity == Entity::Organization && lead.organization_id == Some(id) {
            lead.organization_id = heir;
        }
    }

    fn apply(
        &self,
        check: &Check<'_>,
        record: &mut Record,
        key: &str,
        value: &Value,
    ) -> Result<(), Objection> {
        if key == "title" {
            name(value)?.clone_into(&mut record.name);
            return Ok(());
        }
        if key == "visible_to" {
            let level = value.as_str().and_then(|text| text.parse::<u8>().ok());
            let level = level.filter(|level| {
                check
                    .config
                    .subscription
                    .offers_visibility(i64::from(*level))
            });
            record.visible_to = level.ok_or("must be a level on offer, as text")?;
            return Ok(());
        }
        if check
            .state
            .catalog(Entity::Deal)
            .custom_by_code(root_of(key))
            .is_some()
        {
            return apply_custom(check, record, key, value);
        }
        let Some(lead) = record.lead_mut() else {
            return Err(Objection::NotAllowed);
        };
        match key {
            "label_ids" => lead.label_ids = label_ids(check, value)?,
            "person_id" => lead.person_id = check.reference(Entity::Person, value)?,
            "organization_id" => {
                lead.organization_id = check.reference(Entity::Organization, value)?;
            }
            "value" => lead.value = lead_value(value)?,
            "expected_close_date" => lead.expected_close_date = optional_date(value)?,
            "was_seen" => lead.was_seen = value.as_bool().ok_or("must be true or false")?,
            "is_archived" if check.before.is_some() => {
                lead.is_archived = value.as_bool().ok_or("must be true or false")?;
                lead.archive_time = lead.is_archived.then_some(check.now);
            }
            "origin_id" if check.before.is_none() => lead.origin_id = optional_text(value)?,
            "channel" => {
                lead.channel = if value.is_null() {
                    None
                } else {
                    Some(value.as_i64().ok_or("must be an integer")?)
                };
            }
            "channel_id" => lead.channel_id = optional_text(value)?,
            _ => return Err(Objection::NotAllowed),
        }
        Ok(())
    }

    fn settle(
        &self,
        check: &Check<'_>,
        record: &mut Record,
        _body: &Map<String, Value>,
        violations: &mut Vec<Violation>,
    ) {
        let Some(lead) = record.lead_mut() else {
            return;
        };
        if check.before.is_none() {
            lead.creator_id = check.actor.user_id;
            lead.origin = if check.actor.source == "api" {
                "API"
            } else {
                "ManuallyCreated"
            }
            .to_owned();
        }
        if lead.person_id.is_none() && lead.organization_id.is_none() {
            let reason = "a lead needs a person or an organization";
            violations.push(Violation::new("person_id", reason));
        }
    }

    fn write(&self, out: &mut Json, record: &Record, shown: &Shown<'_>) {
        let Some(lead) = record.lead() else {
            return;
        };
        let time = |seconds: i64| rfc3339_millis(seconds.saturating_mul(1_000));
        out.field("id", &lead.uuid);
        out.field("title", &record.name);
        out.field("owner_id", &record.owner_id);
        out.field("creator_id", &lead.creator_id);
        out.field("label_ids", &lead.label_ids);
        LeadValue::write(lead.value.as_ref(), out);
        out.field("expected_close_date", &lead.expected_close_date);
        out.field("person_id", &lead.person_id);
        out.field("organization_id", &lead.organization_id);
        out.field("is_archived", &lead.is_archived);
        out.field("archive_time", &lead.archive_time.map(time));
        out.field("source_name", lead.source_name());
        out.field("source_deal_id", &lead.source_deal_id);
        out.field("origin", &lead.origin);
        out.field("origin_id", &lead.origin_id);
        out.field("channel", &lead.channel);
        out.field("channel_id", &lead.channel_id);
        out.field("was_seen", &lead.was_seen);
        out.raw(r#","next_activity_id":null"#);
        out.field("add_time", &time(record.add_time));
        out.field(
            "update_time",
            &time(record.update_time.unwrap_or(record.add_time)),
        );
        out.field("visible_to", &record.visible_to.to_string());
        let drop = format!(
            "{}+lead{}@pipedrivemail.com",
            shown.config.company_domain, record.id
        );
        out.field("cc_email", &drop);
        for (field, value) in shown.catalog.values_of(record) {
            if value.is_some() {
                for (key, value) in custom::older(field, value) {
                    out.field(&key, &value);
                }
            }
        }
    }

    fn write_event(&self, out: &mut Json, record: &Record, catalog: &Catalog) {
        let Some(lead) = record.lead() else {
            return;
        };
        out.time("add_time", Some(record.add_time));
        for part in SPEC.parts {
            (part.write)(out, record);
        }
        render::event_custom_fields(out, catalog.values_of(record));
        out.field("id", &lead.uuid);
        out.field("source_name", lead.source_name());
        out.time("update_time", record.update_time);
    }
}

/// The code of the field that a key is about: a code, or a code with one of its parts.
fn root_of(key: &str) -> &str {
    key.get(..40).unwrap_or(key)
}

/// A flat key of a custom field, as the older endpoints take it.
fn apply_custom(
    check: &Check<'_>,
    record: &mut Record,
    key: &str,
    value: &Value,
) -> Result<(), Objection> {
    let Some(field) = check
        .state
        .catalog(Entity::Deal)
        .custom_by_code(root_of(key))
    else {
        return Err(Objection::NotAllowed);
    };
    let part = key.get(40..).unwrap_or("").trim_start_matches('_');
    let before = record.custom_value(field.id);
    let parsed = match (part, before) {
        ("", _) => custom::parse_older(field, value, before)?,
        ("currency", Some(CustomValue::Money { value: amount, .. })) => Some(CustomValue::Money {
            value: amount.clone(),
            currency: currency(value)?.to_owned(),
        }),
        ("until", Some(CustomValue::DateRange { from, .. })) => Some(CustomValue::DateRange {
            from: from.clone(),
            until: optional_date(value)?.unwrap_or_default(),
        }),
        (_, _) => return Err(Objection::NotAllowed),
    };
    let parsed = check.refer(field.kind, parsed)?;
    record.set_custom(field.id, parsed);
    Ok(())
}

fn label_ids(check: &Check<'_>, value: &Value) -> Result<Vec<String>, Objection> {
    let mut ids = Vec::new();
    for item in value.as_array().ok_or("must be an array")? {
        let id = item.as_str().ok_or("must be an array of identifiers")?;
        if check
            .state
            .sales
            .lead_labels
            .iter()
            .all(|label| label.id != id)
        {
            return Err(format!("label {id} does not exist").into());
        }
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    Ok(ids)
}

fn lead_value(value: &Value) -> Result<Option<LeadValue>, Objection> {
    if value.is_null() {
        return Ok(None);
    }
    let object = value.as_object().ok_or("must be an object")?;
    if let Some(unknown) = object
        .keys()
        .find(|key| !matches!(key.as_str(), "amount" | "currency"))
    {
        return Err(format!("'{unknown}' is not allowed").into());
    }
    let (Some(amount), Some(code)) = (object.get("amount"), object.get("currency")) else {
        return Err("needs amount and currency".into());
    };
    Ok(Some(LeadValue {
        amount: number(amount)?,
        currency: currency(code)?.to_owned(),
    }))
}
