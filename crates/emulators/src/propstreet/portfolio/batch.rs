//! Adding many prospects in one call; each alone may fail.
//!
//! In: a call. Out: who was added, and who was not and why. The answer is 200 as soon as the list itself makes sense.

use serde_json::Value;

use super::projects::refuse_closed;
use super::prospects::{NewProspect, Unfit};
use super::reads::live_project;
use super::render::write_batched;
use crate::propstreet::call::{Call, Reply};
use crate::propstreet::fields::Fields;
use crate::propstreet::json;
use crate::propstreet::problem::Refused;
use crate::propstreet::record::ChangeKind;
use crate::propstreet::records::{Occasion, Records};

const BATCH_MAX: usize = 100;

/// One of the list that was not added.
struct Failed<'a> {
    index: usize,
    item: &'a Value,
    error: &'static str,
    message: &'static str,
}

pub(super) fn post(records: &mut Records, project: u64, call: &Call<'_>) -> Result<Reply, Refused> {
    live_project(records, project)?;
    call.only_parameters(&[])?;
    let body = call.json()?;
    let mut fields = Fields::of(&body, &["prospects"], call.reading.strict)?;
    let items = fields
        .items("prospects", BATCH_MAX)
        .value()
        .copied()
        .unwrap_or_default();
    if items.is_empty() {
        fields.wrong("prospects", "This needs 1 to 100 prospects.");
    }
    fields.finish()?;
    call.refuse_taken_key()?;
    refuse_closed(live_project(records, project)?)?;
    let (mut created, mut failed, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        match add_one(records, project, item, &mut seen, call) {
            Ok(id) => created.push(id),
            Err((error, message)) => failed.push(Failed {
                index,
                item,
                error,
                message,
            }),
        }
    }
    let mut reply = Reply::ok(told(records, &created, &failed));
    if call.reading.switches.partial_batches_answer_207 && !failed.is_empty() {
        reply.status = 207;
    }
    Ok(reply)
}

type Why = (&'static str, &'static str);

fn add_one(
    records: &mut Records,
    project: u64,
    item: &Value,
    seen: &mut Vec<(Option<u64>, Option<u64>)>,
    call: &Call<'_>,
) -> Result<u64, Why> {
    let is_id = |name: &str| match item.get(name) {
        None | Some(Value::Null) => true,
        Some(id) => id.as_str().is_some_and(|text| text.parse::<u64>().is_ok()),
    };
    if !(is_id("contactId") && is_id("companyId")) {
        return Err(("invalid_id", "An id is a number in a string."));
    }
    let new = NewProspect::read(item, call.reading.strict);
    let new = new.map_err(|_| ("validation_error", "One or more fields are not valid."))?;
    let who = (new.contact, new.company);
    if seen.contains(&who) {
        return Err(("duplicate", "The request names this prospect twice."));
    }
    seen.push(who);
    let next = new.check(records, project).map_err(|unfit| match unfit {
        Unfit::Unknown => (
            "not_found_or_no_access",
            "There is no such contact or company.",
        ),
        Unfit::Blocked => ("blocked", "The contact is blocked."),
        Unfit::IsProspect => (
            "already_in_prospects",
            "The project has this prospect already.",
        ),
        Unfit::IsMatched => (
            "already_in_incoming",
            "The platform has matched this prospect.",
        ),
        Unfit::TakenReference => ("duplicate_external_ref", "An external reference is taken."),
    })?;
    // The key is that of the whole list: of one record it would say that the others are its doubles.
    let when = Occasion {
        key: None,
        ..call.when
    };
    Ok(records.keep_prospect(next, ChangeKind::Create, &when))
}

fn told(records: &Records, created: &[u64], failed: &[Failed<'_>]) -> String {
    let mut out = String::from("{\"created\":");
    let prospects = &records.portfolio.prospects;
    let created: Vec<_> = created.iter().filter_map(|&id| prospects.row(id)).collect();
    json::list(&mut out, '[', &created, |out, prospect| {
        write_batched(prospect, out)
    });
    json::key(&mut out, "failed");
    json::list(&mut out, '[', failed, |out, failed| {
        out.push_str("{\"index\":");
        out.push_str(&failed.index.to_string());
        for name in ["contactId", "companyId"] {
            json::key_text(out, name, failed.item.get(name).and_then(Value::as_str));
        }
        json::key_text(out, "error", Some(failed.error));
        json::key_text(out, "message", Some(failed.message));
        out.push('}');
    });
    out.push('}');
    out
}
