//! The verdict: what is compared when everything is at rest and the program is dead.
//!
//! In: both services, the users' notebook, the couriers' receipts, and the database as the last life left it. Out: figures,
//! and what is wrong in words. Whether both sides agree is told by the services alone.

use std::collections::{BTreeMap, BTreeSet};

use app::demo::agreement::{self, Books, Sales};
use app::startup::{self, WORKSPACE};
use emulators::pipedrive::Entity;
use model::{Field, Kind, Side, Value};
use store::{Conflict, ConflictFilter, InboxFilter, InboxSource, Store};

use super::courier::{Receipts, pipedrive_name};
use super::office::Office;
use super::report::Figures;
use super::shown::{Facet, Place, opposite, shown};
use super::traffic::{Notebook, Written};

const ROWS_MAX: u32 = 1_000_000;

/// How many records there were when both sides first agreed: people, organizations.
pub(super) type Census = [usize; 2];

/// Counts the living persons and organizations of Pipedrive.
pub(super) fn census(office: &Office) -> Census {
    let emulator = office.pipedrive.emulator();
    let live = |entity| {
        emulator
            .record_ids(entity)
            .filter(|(_, is_live)| *is_live)
            .count()
    };
    [live(Entity::Person), live(Entity::Organization)]
}

/// Everything that must hold; answers what does not.
pub(super) async fn judge(
    office: &Office,
    before: Census,
    notebook: &Notebook,
    receipts: &Receipts,
    figures: &mut Figures,
) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    both_sides_agree(office, figures, &mut wrong);
    nothing_is_doubled(office, before, notebook, figures, &mut wrong);
    let store = startup::open_store(&office.database())?;
    let conflicts = store
        .conflicts(WORKSPACE, ConflictFilter::All, ROWS_MAX)
        .await?;
    let found = inbox_names(&store).await?;
    startup::close_store(store).await;
    figures.conflicts = conflicts.len();
    figures.taken = receipts.taken.len();
    figures.found = receipts.taken.intersection(&found).count();
    for (side, name) in receipts.taken.difference(&found) {
        wrong.push(format!(
            "a webhook of {side} was answered with 2xx and is not in the inbox: {name}"
        ));
    }
    let lost: Vec<&Written> = notebook
        .written
        .iter()
        .filter(|written| is_lost(office, notebook, &conflicts, written))
        .collect();
    figures.lost = lost.len();
    for written in lost {
        wrong.push(format!(
            "{:?} {:?}, written on {}, is nowhere",
            written.facet, written.value, written.place
        ));
    }
    for refused in &notebook.refused {
        wrong.push(format!("a user's deed was refused: {refused}"));
    }
    Ok(wrong)
}

fn both_sides_agree(office: &Office, figures: &mut Figures, wrong: &mut Vec<String>) {
    let found = agreement::compare(&books(office), &BTreeSet::new());
    figures.agreeing = found.agreeing;
    figures.differences = found.differences.len();
    figures.records = census(office).iter().sum();
    wrong.extend(found.differences);
}

fn nothing_is_doubled(
    office: &Office,
    before: Census,
    notebook: &Notebook,
    figures: &mut Figures,
    wrong: &mut Vec<String>,
) {
    let pipedrive = office.pipedrive.emulator().counters();
    let propstreet = office.propstreet.emulator().counters();
    figures.duplicates = pipedrive.duplicates + propstreet.duplicates;
    figures.writes = pipedrive.writes;
    figures.limit_violations =
        pipedrive.burst_violations + pipedrive.day_violations + propstreet.violations;
    if figures.duplicates > 0 {
        wrong.push(format!(
            "{} records or notes are doubled, as the services count",
            figures.duplicates
        ));
    }
    let contacts = office
        .propstreet
        .emulator()
        .contact_ids()
        .filter(|(_, is_live)| *is_live)
        .count();
    let companies = office
        .propstreet
        .emulator()
        .company_ids()
        .filter(|(_, is_live)| *is_live)
        .count();
    let there = [contacts, companies];
    for (place, name) in ["people", "organizations"].into_iter().enumerate() {
        let expected = before[place] + notebook.added[place];
        let here = census(office)[place];
        if here != expected || there[place] != expected {
            wrong.push(format!(
                "there should be {expected} {name}: Pipedrive has {here}, Propstreet {}",
                there[place]
            ));
        }
    }
}

fn books(office: &Office) -> Books {
    let emulator = office.pipedrive.emulator();
    let codes = |entity: Entity, names: [&str; 3]| -> BTreeMap<String, String> {
        let code = |name: &str| Some((name.to_owned(), emulator.field_code(entity, name).ok()?));
        names.iter().filter_map(|name| code(name)).collect()
    };
    let there = office.propstreet.emulator();
    Books {
        persons: emulator.persons(),
        organizations: emulator.organizations(),
        contacts: there.contacts(),
        companies: there.companies(),
        projects: Vec::new(),
        prospects: Vec::new(),
        sales: Sales::default(),
        notes: Vec::new(),
        timeline_notes: Vec::new(),
        labels: emulator.labels(Entity::Person).into_iter().collect(),
        person_fields: codes(
            Entity::Person,
            ["propstreet_contact_id", "investor_strategy", "job_title"],
        ),
        organization_fields: codes(
            Entity::Organization,
            ["propstreet_company_id", "domain", "org_number"],
        ),
    }
}

/// The names of all deliveries that the inbox holds.
async fn inbox_names(store: &impl Store) -> anyhow::Result<BTreeSet<(Side, String)>> {
    let mut names = BTreeSet::new();
    let of = |source| InboxFilter {
        source: Some(source),
        ..InboxFilter::default()
    };
    for row in store
        .inbox(WORKSPACE, of(InboxSource::PipedriveWebhook), ROWS_MAX)
        .await?
    {
        names.insert((
            Side::Pipedrive,
            pipedrive_name(row.body.unwrap_or_default().as_bytes()),
        ));
    }
    for row in store
        .inbox(WORKSPACE, of(InboxSource::PropstreetWebhook), ROWS_MAX)
        .await?
    {
        let id = row
            .dedup
            .as_deref()
            .and_then(|dedup| dedup.split(':').next())
            .unwrap_or_default();
        names.insert((Side::Propstreet, id.to_owned()));
    }
    Ok(names)
}

/// A value is lost when it is not shown, nobody replaced it who had seen it, and the journal does not have it.
fn is_lost(
    office: &Office,
    notebook: &Notebook,
    conflicts: &[Conflict],
    written: &Written,
) -> bool {
    let shows = |place: &Place| {
        let shown = shown(office, place);
        shown.is_some_and(|shown| shown.values.get(&written.facet) == Some(&written.value))
    };
    let other = opposite(office, &written.place);
    let was_replaced = notebook.written.iter().any(|later| {
        later.facet == written.facet
            && later.before.as_ref() == Some(&written.value)
            && (later.place == written.place || Some(&later.place) == other.as_ref())
    });
    let is_journaled = || {
        conflicts.iter().any(|conflict| {
            conflict.field == field_of(written)
                && conflict.kind == kind_of(&written.place)
                && conflict
                    .ids
                    .get(written.place.side)
                    .as_ref()
                    .is_some_and(|id| id.as_str() == written.place.id)
                && Side::BOTH
                    .iter()
                    .any(|side| is_text(conflict.values.get(*side).as_ref(), &written.value))
        })
    };
    !shows(&written.place) && !was_replaced && !is_journaled()
}

fn is_text(value: Option<&Value>, text: &str) -> bool {
    match value {
        Some(Value::Text(kept)) => kept.split_whitespace().eq(text.split_whitespace()),
        Some(Value::Set(_) | Value::Reference(_)) | None => false,
    }
}

const fn kind_of(place: &Place) -> Kind {
    if place.is_organization {
        Kind::Organization
    } else {
        Kind::Person
    }
}

const fn field_of(written: &Written) -> Field {
    match written.facet {
        Facet::Name if written.place.is_organization => Field::OrganizationName,
        Facet::Name => Field::PersonName,
        Facet::Email => Field::PersonEmail,
        Facet::Phone => Field::PersonPhone,
        Facet::Strategy => Field::PersonStrategy,
        Facet::Title => Field::PersonJobTitle,
    }
}
