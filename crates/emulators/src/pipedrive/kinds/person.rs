//! What is a person's own: names cut in two, channels, the organization, the fields of contact sync.
//!
//! In: keys of a body, a record. Out: the record changed, or shown in the vendor's key order. It stores nothing.

use serde_json::Value;

use super::super::custom;
use super::super::json::{Json, is_date};
use super::super::list_filter::SortBy;
use super::super::record::{Channel, ContactSync, Details, PersonDetails, Record};
use super::super::render;
use super::super::reply::Reply;
use super::super::write::{Check, Objection, channels, optional_text};
use super::{
    Entity, Kind, LABELS, Links, ListSpec, NAME, OWNER, Part, Shown, Spec, VIEWS, VISIBLE_TO,
};

const NOTES_MAX: usize = 10_000;

#[derive(Debug)]
pub(super) struct Person;

/// What persons and organizations can be asked for alike.
pub(super) const CONTACT_INCLUDES: [&str; 18] = [
    "next_activity_id",
    "last_activity_id",
    "open_deals_count",
    "related_open_deals_count",
    "closed_deals_count",
    "related_closed_deals_count",
    "email_messages_count",
    "activities_count",
    "done_activities_count",
    "undone_activities_count",
    "files_count",
    "notes_count",
    "followers_count",
    "won_deals_count",
    "related_won_deals_count",
    "lost_deals_count",
    "related_lost_deals_count",
    "smart_bcc_email",
];
pub(super) const CONTACT_SORTS: [SortBy; 3] = [SortBy::Id, SortBy::UpdateTime, SortBy::AddTime];

static SPEC: Spec = Spec {
    name: "person",
    title: "Person",
    required: &["name"],
    common: &["name", "owner_id", "add_time", "visible_to", "label_ids"],
    has_custom_fields: true,
    list: ListSpec {
        filters: &[
            "filter_id",
            "ids",
            "owner_id",
            "deal_id",
            "updated_since",
            "updated_until",
        ],
        links: &[("org_id", Entity::Organization)],
        sorts: &CONTACT_SORTS,
        views: &VIEWS,
        single_views: &VIEWS,
        includes: &[
            &CONTACT_INCLUDES,
            &[
                "participant_open_deals_count",
                "participant_closed_deals_count",
                "last_incoming_mail_time",
                "last_outgoing_mail_time",
                "marketing_status",
                "doi_status",
            ],
        ],
    },
    parts: &[
        part!(person.emails as "email", |out, person| out.field("emails", &person.emails)),
        part!(person.first_name),
        LABELS,
        part!(person.last_name),
        NAME,
        part!(person.org_id),
        OWNER,
        part!(person.phones as "phone", |out, person| out.field("phones", &person.phones)),
        VISIBLE_TO,
        part!(person.contact_sync as "job_title", |out, person| {
            if let Some(sync) = &person.contact_sync {
                contact_sync(out, sync);
            }
        }),
    ],
    updated_from_start: false,
    previous_has_update_time: false,
    created_status: 200,
    answers_additional_data: false,
    lists_deleted: false,
};

impl Kind for Person {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn blank(&self) -> Details {
        Details::Person(PersonDetails::default())
    }

    fn links(&self, record: &Record) -> Links {
        let organization = record.org_id().map(|id| (Entity::Organization, id));
        [organization, None, None, None]
    }

    fn apply(
        &self,
        check: &Check<'_>,
        record: &mut Record,
        key: &str,
        value: &Value,
    ) -> Result<(), Objection> {
        let Some(person) = record.person_mut() else {
            return Err(Objection::NotAllowed);
        };
        match key {
            "org_id" => person.org_id = check.reference(Entity::Organization, value)?,
            "emails" => {
                person.emails = channels(value)?;
                let is_invalid = |email: &Channel| {
                    let host = email.value.rsplit_once('@').map(|(_, host)| host);
                    host.is_none_or(|host| !host.contains('.'))
                };
                if check.config.switches.invalid_emails_are_refused
                    && person.emails.iter().any(is_invalid)
                {
                    return Err("must be a valid e-mail address".into());
                }
            }
            "phones" => person.phones = channels(value)?,
            "im" | "postal_address" | "notes" | "birthday" | "job_title" => {
                if !check.config.contact_sync {
                    return Err(Objection::Refused(Reply::generic(
                        403,
                        &format!(
                            "The field '{key}' is available only when contact sync is enabled."
                        ),
                    )));
                }
                apply_contact_sync(person.contact_sync.get_or_insert_default(), key, value)?;
            }
            "marketing_status" => {
                return Err(Objection::Refused(Reply::generic(
                    403,
                    "Campaigns are not enabled for this company.",
                )));
            }
            _ => return Err(Objection::NotAllowed),
        }
        Ok(())
    }

    fn let_go(&self, record: &mut Record, owner: (Entity, i64), heir: Option<i64>) {
        if let Some(person) = record.person_mut()
            && person.org_id.map(|id| (Entity::Organization, id)) == Some(owner)
        {
            person.org_id = heir;
        }
    }

    fn fill(&self, winner: &mut Record, loser: &Record) {
        if let (Some(winner), Some(loser)) = (winner.person_mut(), loser.person()) {
            winner.org_id = winner.org_id.or(loser.org_id);
            if winner.emails.is_empty() {
                winner.emails.clone_from(&loser.emails);
            }
            if winner.phones.is_empty() {
                winner.phones.clone_from(&loser.phones);
            }
        }
    }

    fn write(&self, out: &mut Json, record: &Record, shown: &Shown<'_>) {
        let Some(person) = record.person() else {
            return;
        };
        out.field("id", &record.id);
        out.field("name", &record.name);
        out.field("first_name", &person.first_name);
        out.field("last_name", &person.last_name);
        out.time("add_time", Some(record.add_time));
        out.time("update_time", record.update_time);
        out.field("visible_to", &record.visible_to);
        render::custom_fields(out, record, shown);
        out.field("owner_id", &record.owner_id);
        out.field("label_ids", &record.label_ids);
        out.field("org_id", &person.org_id);
        out.field("is_deleted", &record.is_deleted);
        out.raw(r#","picture_id":null"#);
        out.field("phones", &person.phones);
        out.field("emails", &person.emails);
        if let Some(sync) = &person.contact_sync {
            contact_sync(out, sync);
        }
    }
}

fn contact_sync(out: &mut Json, sync: &ContactSync) {
    out.field("notes", &sync.notes);
    out.field("im", &sync.im);
    out.field("birthday", &sync.birthday);
    out.field("job_title", &sync.job_title);
    out.key("postal_address");
    custom::write_address(out, sync.postal_address.as_ref());
}

fn apply_contact_sync(sync: &mut ContactSync, key: &str, value: &Value) -> Result<(), Objection> {
    match key {
        "im" => sync.im = channels(value)?,
        "postal_address" => {
            sync.postal_address = if value.is_null() {
                None
            } else {
                Some(custom::address(value)?)
            }
        }
        "birthday" => {
            let birthday = optional_text(value)?;
            if birthday.as_deref().is_some_and(|text| !is_date(text)) {
                return Err("must be a date in the form YYYY-MM-DD".into());
            }
            sync.birthday = birthday;
        }
        "job_title" => sync.job_title = optional_text(value)?,
        _ => {
            let notes = optional_text(value)?;
            if notes
                .as_ref()
                .is_some_and(|text| text.chars().count() > NOTES_MAX)
            {
                return Err("must be at most 10000 characters long".into());
            }
            sync.notes = notes;
        }
    }
    Ok(())
}
