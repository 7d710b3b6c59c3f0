//! The demo's users: every few moments somebody edits a record on either side, and the demo tells how long the edit took to
//! arrive on the other.
//!
//! In: both services. Out: a line per edit. Ends with Ctrl-C.

use std::sync::Arc;

use api_client::Clock;
use emulators::Moment;
use emulators::pipedrive::Entity;
use engine::{Core, Randomness};
use model::{Side, time};
use serde_json::{Value, json};
use store::Store;

use super::services::Services;
use crate::cli::output::Output;

const BETWEEN_EDITS_MILLIS: i64 = 1_500;
const LOOK_MILLIS: i64 = 10;
/// An edit that has not arrived by then is said to be late, and is not waited for.
const PATIENCE_MILLIS: i64 = 30_000;

const TITLES: [&str; 6] = [
    "Head of Transactions",
    "Förvaltningschef",
    "Asset Manager",
    "Investeringsdirektør",
    "Kiinteistöjohtaja",
    "Leasing Manager",
];
const STRATEGIES: [&str; 4] = [
    "Logistics in the Nordic capitals, 100 to 400 MSEK",
    "Residential, value add, Copenhagen and Malmö",
    "Core offices in Oslo, long leases",
    "Light industrial along the E4, sale and leaseback",
];

/// One edit, and where it should show.
struct Edit {
    side: Side,
    what: String,
    person: i64,
    contact: String,
    field: &'static str,
    value: String,
}

pub(super) async fn until_stopped<S: Store>(
    core: &Core<S>,
    services: &Services,
    clock: &Arc<dyn Clock>,
    out: &mut Output<'_>,
) -> anyhow::Result<()> {
    let random = Randomness::from_seed(crate::startup::random_seed());
    out.line("\nEdits as they travel; Ctrl-C ends the demo.")?;
    let mut stop = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let pause = clock.sleep_until(time::plus_millis(clock.now(), BETWEEN_EDITS_MILLIS));
        tokio::select! {
            _ = &mut stop => break,
            () = pause => {}
        }
        let Some(edit) = make_edit(services, &random, clock) else {
            continue;
        };
        let began = clock.now();
        let arrived = tokio::select! {
            _ = &mut stop => break,
            arrived = arrival(services, &edit, clock) => arrived,
        };
        let millis = clock.now().duration_since(began).as_millis();
        let arrow = match edit.side {
            Side::Pipedrive => "Pipedrive → Propstreet",
            Side::Propstreet => "Propstreet → Pipedrive",
        };
        if arrived {
            out.line(format!(
                "{arrow}   {:<58} arrived after {millis:>5} ms",
                edit.what
            ))?;
        } else {
            let why = core.store.status(core.ctx(), core.now()).await?;
            out.line(format!(
                "{arrow}   {:<58} not there yet ({} lanes are due)",
                edit.what, why.lanes_due
            ))?;
        }
    }
    out.line("\nstopping")?;
    Ok(())
}

fn pick<'a, T>(random: &Randomness, from: &'a [T]) -> Option<&'a T> {
    let length = u64::try_from(from.len())
        .ok()
        .filter(|length| *length > 0)?;
    from.get(usize::try_from(random.next() % length).ok()?)
}

/// A person who has a contact, and an edit of one of the two as a user would make it.
fn make_edit(services: &Services, random: &Randomness, clock: &Arc<dyn Clock>) -> Option<Edit> {
    let now = Moment(clock.now().as_millisecond());
    let contacts = services.propstreet.emulator().contacts();
    let paired: Vec<(i64, &Value)> = contacts
        .iter()
        .filter(|contact| contact["deletedUtc"].is_null())
        .filter_map(|contact| {
            let known = contact["externalRefs"]
                .as_array()?
                .iter()
                .find(|known| known["namespace"] == "pipedrive")?;
            Some((known["id"].as_str()?.parse().ok()?, contact))
        })
        .collect();
    let (person, contact) = pick(random, &paired)?;
    let contact_id = contact["id"].as_str()?.to_owned();
    let side = if random.next().is_multiple_of(2) {
        Side::Pipedrive
    } else {
        Side::Propstreet
    };
    let (field, value) = match random.next() % 3 {
        0 => ("phone", format!("+4670{:07}", random.next() % 10_000_000)),
        1 => ("strategy", (*pick(random, &STRATEGIES)?).to_owned()),
        _ => ("job title", (*pick(random, &TITLES)?).to_owned()),
    };
    let edited = match side {
        Side::Pipedrive => edit_pipedrive(services, *person, field, &value, now),
        Side::Propstreet => edit_propstreet(services, &contact_id, field, &value, now),
    };
    edited?;
    match side {
        Side::Pipedrive => services.pipedrive.wake(),
        Side::Propstreet => services.propstreet.wake(),
    }
    let record = match side {
        Side::Pipedrive => format!("person/{person}"),
        Side::Propstreet => format!("contact/{contact_id}"),
    };
    let shown: String = value.chars().take(34).collect();
    Some(Edit {
        side,
        what: format!("{record}: {field} → {shown}"),
        person: *person,
        contact: contact_id,
        field,
        value,
    })
}

fn edit_pipedrive(
    services: &Services,
    person: i64,
    field: &str,
    value: &str,
    now: Moment,
) -> Option<()> {
    let mut emulator = services.pipedrive.emulator();
    let fields = match field {
        "phone" => json!({"phones": [{"value": value, "primary": true, "label": "work"}]}),
        _ => {
            let name = if field == "strategy" {
                "investor_strategy"
            } else {
                "job_title"
            };
            let key = emulator.field_code(Entity::Person, name).ok()?;
            json!({"custom_fields": {key: value}})
        }
    };
    emulator
        .screen(now)
        .edit(Entity::Person, person, &fields)
        .ok()
}

fn edit_propstreet(
    services: &Services,
    contact: &str,
    field: &str,
    value: &str,
    now: Moment,
) -> Option<()> {
    let mut emulator = services.propstreet.emulator();
    if field != "job title" {
        return emulator
            .edit_contact(contact, &json!({field: value}), now)
            .ok()
            .map(drop);
    }
    let links = emulator.links();
    let link = links.iter().find(|link| {
        link["contactId"] == contact && link["isPrimary"] == true && link["deletedUtc"].is_null()
    })?;
    let id = link["id"].as_str()?.to_owned();
    emulator
        .edit_link(&id, &json!({"jobTitle": value}), now)
        .ok()
        .map(drop)
}

/// Waits until the other side shows the value.
async fn arrival(services: &Services, edit: &Edit, clock: &Arc<dyn Clock>) -> bool {
    let deadline = time::plus_millis(clock.now(), PATIENCE_MILLIS);
    while clock.now() < deadline {
        let shown = match edit.side {
            Side::Pipedrive => on_propstreet(services, edit),
            Side::Propstreet => on_pipedrive(services, edit),
        };
        if shown.as_deref() == Some(edit.value.as_str()) {
            return true;
        }
        clock
            .sleep_until(time::plus_millis(clock.now(), LOOK_MILLIS))
            .await;
    }
    false
}

fn on_propstreet(services: &Services, edit: &Edit) -> Option<String> {
    let contact = services.propstreet.emulator().contact(&edit.contact)?;
    let value = match edit.field {
        "job title" => contact["companies"]
            .as_array()?
            .iter()
            .find(|company| company["isPrimary"] == true)?["jobTitle"]
            .clone(),
        field => contact[field].clone(),
    };
    value.as_str().map(str::to_owned)
}

fn on_pipedrive(services: &Services, edit: &Edit) -> Option<String> {
    let emulator = services.pipedrive.emulator();
    let person = emulator.record(Entity::Person, edit.person)?;
    let value = match edit.field {
        "phone" => person["phones"]
            .as_array()?
            .iter()
            .find(|phone| phone["primary"] == true)?["value"]
            .clone(),
        field => {
            let name = if field == "strategy" {
                "investor_strategy"
            } else {
                "job_title"
            };
            person["custom_fields"][emulator.field_code(Entity::Person, name).ok()?].clone()
        }
    };
    value.as_str().map(str::to_owned)
}
