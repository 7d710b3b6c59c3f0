//! What is a deal's own: its place in a pipeline, its money, how it ended.
//!
//! In: keys of a body, a record. Out: the record changed, or shown in the vendor's key order. What the keys mean together is
//! in `deal_rules.rs`; participants, products and followers are kept beside the deals. It stores nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::super::fields::Catalog;
use super::super::json::{Json, is_date, parse_rfc3339, parse_spaced};
use super::super::list_filter::Extra;
use super::super::record::{Details, Record};
use super::super::render;
use super::super::reply::Violation;
use super::super::write::{Check, Objection, name, optional_text};
use super::person::CONTACT_SORTS;
use super::{
    Entity, Kind, LABEL_IDS, Links, ListSpec, OWNER, Part, Shown, Spec, TITLE, VIEWS, VISIBLE_TO,
    deal_rules,
};

#[derive(Debug)]
pub(super) struct Deal;

/// How a deal stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::pipedrive) enum Status {
    #[default]
    Open,
    Won,
    Lost,
}

impl Status {
    pub(in crate::pipedrive) const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    pub(in crate::pipedrive) fn parse(name: &str) -> Option<Self> {
        [Self::Open, Self::Won, Self::Lost]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// Times are seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::pipedrive) struct DealDetails {
    pub(in crate::pipedrive) creator_user_id: i64,
    pub(in crate::pipedrive) person_id: Option<i64>,
    pub(in crate::pipedrive) org_id: Option<i64>,
    pub(in crate::pipedrive) pipeline_id: i64,
    pub(in crate::pipedrive) stage_id: i64,
    pub(in crate::pipedrive) value: Option<f64>,
    pub(in crate::pipedrive) currency: String,
    pub(in crate::pipedrive) status: Status,
    pub(in crate::pipedrive) probability: Option<Number>,
    pub(in crate::pipedrive) lost_reason: Option<String>,
    pub(in crate::pipedrive) expected_close_date: Option<String>,
    pub(in crate::pipedrive) stage_change_time: Option<i64>,
    pub(in crate::pipedrive) close_time: Option<i64>,
    pub(in crate::pipedrive) won_time: Option<i64>,
    pub(in crate::pipedrive) first_won_time: Option<i64>,
    pub(in crate::pipedrive) lost_time: Option<i64>,
    pub(in crate::pipedrive) is_archived: bool,
    pub(in crate::pipedrive) archive_time: Option<i64>,
    pub(in crate::pipedrive) origin: String,
    pub(in crate::pipedrive) origin_id: Option<String>,
    pub(in crate::pipedrive) channel: Option<i64>,
    pub(in crate::pipedrive) channel_id: Option<String>,
    pub(in crate::pipedrive) source_lead_id: Option<String>,
    pub(in crate::pipedrive) acv: Option<f64>,
    pub(in crate::pipedrive) arr: Option<f64>,
    pub(in crate::pipedrive) mrr: Option<f64>,
}

const INCLUDES: [&str; 16] = [
    "next_activity_id",
    "last_activity_id",
    "first_won_time",
    "products_count",
    "files_count",
    "notes_count",
    "followers_count",
    "email_messages_count",
    "activities_count",
    "done_activities_count",
    "undone_activities_count",
    "participants_count",
    "last_incoming_mail_time",
    "last_outgoing_mail_time",
    "smart_bcc_email",
    "source_lead_id",
];

static SPEC: Spec = Spec {
    name: "deal",
    title: "Deal",
    required: &["title"],
    common: &["owner_id", "visible_to", "label_ids"],
    has_custom_fields: true,
    list: ListSpec {
        filters: &[
            "filter_id",
            "ids",
            "owner_id",
            "status",
            "updated_since",
            "updated_until",
        ],
        links: &[
            ("person_id", Entity::Person),
            ("org_id", Entity::Organization),
            ("pipeline_id", Entity::Pipeline),
            ("stage_id", Entity::Stage),
        ],
        sorts: &CONTACT_SORTS,
        views: &VIEWS,
        single_views: &VIEWS,
        includes: &[&INCLUDES],
    },
    parts: &[
        part!(deal.channel),
        part!(deal.channel_id),
        part!(deal.close_time, time),
        part!(deal.creator_user_id),
        part!(deal.currency),
        part!(deal.expected_close_date),
        part!(deal.first_won_time, time),
        LABEL_IDS,
        part!(deal.lost_reason),
        part!(deal.lost_time, time),
        part!(deal.org_id),
        part!(deal.origin),
        part!(deal.origin_id),
        OWNER,
        part!(deal.person_id),
        part!(deal.pipeline_id),
        part!(deal.probability),
        part!(deal.stage_id),
        part!(deal.status as "status", |out, deal| out.field("status", deal.status.name())),
        TITLE,
        part!(deal.value as "value", |out, deal| out.money("value", deal.value)),
        VISIBLE_TO,
        part!(deal.won_time, time),
        part!(deal.is_archived),
        part!(deal.archive_time, time),
    ],
    updated_from_start: false,
    previous_has_update_time: false,
    created_status: 200,
    answers_additional_data: false,
    lists_deleted: true,
};

/// Written last, after what every event has.
const LAST_IN_EVENTS: [&str; 2] = ["is_archived", "archive_time"];

impl Kind for Deal {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn blank(&self) -> Details {
        Details::Deal(Box::default())
    }

    fn links(&self, record: &Record) -> Links {
        let Some(deal) = record.deal() else {
            return [None; 4];
        };
        [
            deal.person_id.map(|id| (Entity::Person, id)),
            deal.org_id.map(|id| (Entity::Organization, id)),
            Some((Entity::Pipeline, deal.pipeline_id)),
            Some((Entity::Stage, deal.stage_id)),
        ]
    }

    fn let_go(&self, record: &mut Record, (entity, id): (Entity, i64), heir: Option<i64>) {
        let Some(deal) = record.deal_mut() else {
            return;
        };
        if entity == Entity::Person && deal.person_id == Some(id) {
            deal.person_id = heir;
        }
        if entity == Entity::Organization && deal.org_id == Some(id) {
            deal.org_id = heir;
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
        let Some(deal) = record.deal_mut() else {
            return Err(Objection::NotAllowed);
        };
        match key {
            "person_id" => deal.person_id = check.reference(Entity::Person, value)?,
            "org_id" => deal.org_id = check.reference(Entity::Organization, value)?,
            "pipeline_id" => deal.pipeline_id = check.live(Entity::Pipeline, value)?,
            "stage_id" => deal.stage_id = check.live(Entity::Stage, value)?,
            "value" => deal.value = amount(value)?,
            "currency" => currency(value)?.clone_into(&mut deal.currency),
            "status" => {
                let status = value.as_str().and_then(Status::parse);
                deal.status = status.ok_or("must be one of open, won, lost")?;
            }
            "probability" => deal.probability = probability(value)?,
            "lost_reason" => deal.lost_reason = optional_text(value)?,
            "expected_close_date" => deal.expected_close_date = optional_date(value)?,
            "close_time" => deal.close_time = optional_time(value)?,
            "won_time" => deal.won_time = optional_time(value)?,
            "lost_time" => deal.lost_time = optional_time(value)?,
            "is_archived" => {
                deal.is_archived = value.as_bool().ok_or("must be true or false")?;
            }
            "archive_time" => {
                let time = value.as_str().and_then(parse_spaced);
                deal.archive_time = Some(time.ok_or("must be in the form YYYY-MM-DD HH:MM:SS")?);
            }
            _ => return Err(Objection::NotAllowed),
        }
        Ok(())
    }

    fn settle(
        &self,
        check: &Check<'_>,
        record: &mut Record,
        body: &Map<String, Value>,
        violations: &mut Vec<Violation>,
    ) {
        deal_rules::settle(check, record, body, violations);
    }

    fn fill(&self, winner: &mut Record, loser: &Record) {
        let (Some(winner), Some(loser)) = (winner.deal_mut(), loser.deal()) else {
            return;
        };
        winner.person_id = winner.person_id.or(loser.person_id);
        winner.org_id = winner.org_id.or(loser.org_id);
        if winner.value.is_none() {
            winner.value = loser.value;
            winner.currency.clone_from(&loser.currency);
        }
        if winner.probability.is_none() {
            winner.probability.clone_from(&loser.probability);
        }
        if winner.expected_close_date.is_none() {
            winner
                .expected_close_date
                .clone_from(&loser.expected_close_date);
        }
    }

    fn matches(&self, record: &Record, extra: &Extra) -> bool {
        record.deal().is_some_and(|deal| {
            deal.is_archived == extra.archived
                && extra.statuses.accepts(deal.status, record.is_deleted)
        })
    }

    fn write(&self, out: &mut Json, record: &Record, shown: &Shown<'_>) {
        let Some(deal) = record.deal() else {
            return;
        };
        out.field("id", &record.id);
        out.field("title", &record.name);
        out.field("creator_user_id", &deal.creator_user_id);
        out.field("value", &deal.value);
        out.field("person_id", &deal.person_id);
        out.field("org_id", &deal.org_id);
        out.field("stage_id", &deal.stage_id);
        out.field("currency", &deal.currency);
        out.time("add_time", Some(record.add_time));
        out.time("update_time", record.update_time);
        let is_named_deleted =
            record.is_deleted && shown.config.switches.deleted_deals_have_their_own_status;
        out.field(
            "status",
            if is_named_deleted {
                "deleted"
            } else {
                deal.status.name()
            },
        );
        out.field("probability", &deal.probability);
        out.field("lost_reason", &deal.lost_reason);
        out.field("visible_to", &record.visible_to);
        out.time("close_time", deal.close_time);
        out.field("pipeline_id", &deal.pipeline_id);
        out.time("won_time", deal.won_time);
        out.time("lost_time", deal.lost_time);
        out.time("stage_change_time", deal.stage_change_time);
        out.local_date("local_won_date", deal.won_time);
        out.local_date("local_lost_date", deal.lost_time);
        out.local_date("local_close_date", deal.close_time);
        out.field("expected_close_date", &deal.expected_close_date);
        render::custom_fields(out, record, shown);
        out.field("owner_id", &record.owner_id);
        out.field("label_ids", &record.label_ids);
        out.field("is_deleted", &record.is_deleted);
        out.field("origin", &deal.origin);
        out.field("origin_id", &deal.origin_id);
        out.field("channel", &deal.channel);
        out.field("channel_id", &deal.channel_id);
        out.field("acv", &deal.acv);
        out.field("arr", &deal.arr);
        out.field("mrr", &deal.mrr);
        out.field("is_archived", &deal.is_archived);
        out.time("archive_time", deal.archive_time);
    }

    fn write_included(&self, out: &mut Json, name: &str, record: &Record, shown: &Shown<'_>) {
        let (Some(deal), sales) = (record.deal(), &shown.state.sales) else {
            return out.raw("null");
        };
        match name {
            "participants_count" => {
                let primary = shown.config.hidden_participant(deal.person_id);
                out.value(&sales.participants_of(record.id, primary).count());
            }
            "products_count" => out.value(&sales.products.get(&record.id).map_or(0, Vec::len)),
            "followers_count" => {
                out.value(&sales.followers_of(Entity::Deal, record.id).len());
            }
            "first_won_time" => out.time_value(deal.first_won_time),
            "source_lead_id" => out.value(&deal.source_lead_id),
            "smart_bcc_email" => {
                out.value(&format!(
                    "{}+deal{}@pipedrivemail.com",
                    shown.config.company_domain, record.id
                ));
            }
            _ => render::blank_included(out, name),
        }
    }

    /// The order of the vendor: two keys come after the others.
    fn write_event(&self, out: &mut Json, record: &Record, catalog: &Catalog) {
        let Some(deal) = record.deal() else {
            return;
        };
        out.time("add_time", Some(record.add_time));
        for part in SPEC
            .parts
            .iter()
            .filter(|part| !LAST_IN_EVENTS.contains(&part.key))
        {
            (part.write)(out, record);
            if part.key == "currency" {
                render::event_custom_fields(out, catalog.values_of(record));
            } else if part.key == "first_won_time" {
                out.field("id", &record.id);
            } else if part.key == "probability" {
                out.time("stage_change_time", deal.stage_change_time);
            } else if part.key == "title" {
                out.time("update_time", record.update_time);
            }
        }
        out.field("is_archived", &deal.is_archived);
        out.time("archive_time", deal.archive_time);
    }
}

pub(super) fn amount(value: &Value) -> Result<Option<f64>, Objection> {
    if value.is_null() {
        return Ok(None);
    }
    let amount = value.as_f64().ok_or("must be a number")?;
    Ok(Some(amount))
}

pub(in crate::pipedrive) fn currency(value: &Value) -> Result<&str, Objection> {
    let code = value
        .as_str()
        .filter(|code| code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()));
    code.ok_or_else(|| "must be a three-letter currency code".into())
}

fn probability(value: &Value) -> Result<Option<Number>, Objection> {
    if value.is_null() {
        return Ok(None);
    }
    let number = value.as_number().ok_or("must be a number")?;
    if !number
        .as_f64()
        .is_some_and(|number| (0.0..=100.0).contains(&number))
    {
        return Err("must be between 0 and 100".into());
    }
    Ok(Some(number.clone()))
}

pub(in crate::pipedrive) fn optional_date(value: &Value) -> Result<Option<String>, Objection> {
    let date = optional_text(value)?;
    if date.as_deref().is_some_and(|text| !is_date(text)) {
        return Err("must be a date in the form YYYY-MM-DD".into());
    }
    Ok(date)
}

fn optional_time(value: &Value) -> Result<Option<i64>, Objection> {
    if value.is_null() {
        return Ok(None);
    }
    let time = value.as_str().and_then(parse_rfc3339);
    time.map(Some).ok_or_else(|| "not a valid datetime".into())
}
