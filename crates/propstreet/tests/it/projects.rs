//! Projects, prospects, properties and notes, read from the emulator, and webhooks of them.

use api_client::CallError;
use emulators::Emulator;
use emulators::brokerage::{Brokerage, Estate};
use jiff::Timestamp;
use propstreet::{
    ChangeKind, Entity, ListQuery, NewWebhook, NotesQuery, PROJECT_EVENTS, Scale, TimelineOf,
    WebhookHint,
};
use serde_json::json;

use crate::world::{CHANGE, World};

/// A project with a property, a contact who is considered for it, and their ids.
fn vasakronan(world: &World) -> (String, String, String) {
    let now = world.wire.now();
    let mut emulator = world.wire.emulator();
    let fields = json!({
        "name": "Project Kvarnholm", "classification": "active", "exclusivity": "exclusive",
        "asset": {"type": "portfolio", "propertyCount": 3},
        "price": {"value": 412.5, "currency": "SEK", "scale": "millions"},
        "priceRange": {"min": 400, "max": 430, "currency": "SEK", "scale": "millions"}
    });
    let project = emulator.add_project(&fields, now).unwrap();
    let fields = json!({
        "name": "Storgatan 12", "location": {"latitude": 57.708, "longitude": 11.975, "country": "SE", "locality": "Göteborg"},
        "categories": [{"type": "office/mixed_use", "rentedArea": {"value": 5200, "unit": "sqm"}, "yieldPercent": 5.25}],
        "tags": ["value_add"], "tenure": "freehold", "yearBuilt": 1934
    });
    let property = emulator.add_property(&fields, now).unwrap();
    emulator.attach_property(&project, &property, now).unwrap();
    let contact = json!({"firstName": "Maja", "lastName": "Sand"});
    let contact = emulator.add_contact(&contact, now).unwrap();
    (project, property, contact)
}

#[test]
fn a_project_is_read_with_its_money_its_asset_and_its_first_property() {
    let world = World::start();
    let (id, property, _) = vasakronan(&world);
    let now = world.wire.now();
    world
        .wire
        .emulator()
        .move_teaser(&id, "published", now)
        .unwrap();
    let read = world.run(world.client.get_project(&id, &CHANGE)).unwrap();
    let project = read.value;
    assert!(read.etag.starts_with("W/\"") && project.is_open());
    assert_eq!(project.name.as_deref(), Some("Project Kvarnholm"));
    assert_eq!(project.classification.as_deref(), Some("active"));
    assert_eq!(project.exclusivity.as_deref(), Some("exclusive"));
    let asset = project.asset.unwrap();
    assert_eq!(
        (asset.is_portfolio(), asset.property_count),
        (true, Some(3))
    );
    let price = project.price.unwrap();
    assert_eq!(
        (price.value.as_str(), price.scale),
        ("412.5", Scale::Millions)
    );
    assert_eq!(project.price_range.unwrap().max.as_deref(), Some("430"));
    let teaser = project.teaser.unwrap();
    assert_eq!(teaser.stage.as_deref(), Some("published"));
    assert!(teaser.published_utc.is_some() && teaser.communicated_utc.is_none());
    assert_eq!(project.properties[0].id, property);

    let property = world
        .run(world.client.get_property(&property, &CHANGE))
        .unwrap()
        .value;
    let location = property.location.unwrap();
    assert_eq!(location.latitude.as_deref(), Some("57.708000"));
    assert_eq!(property.categories[0].main(), "office");
    assert_eq!(
        property.categories[0].yield_percent.as_deref(),
        Some("5.25")
    );
    assert_eq!(property.year_built, Some(1934));
}

#[test]
fn prospects_come_and_go_and_are_told_apart() {
    let world = World::start();
    let (project, _, contact) = vasakronan(&world);
    let now = world.wire.now();
    let (ours, matched) = {
        let mut emulator = world.wire.emulator();
        let fields = json!({"contactId": contact});
        let ours = emulator.add_prospect(&project, &fields, now).unwrap();
        let matched = emulator
            .match_prospect(&project, "Fjord Kapital", now)
            .unwrap();
        (ours, matched)
    };
    let list = |query: ListQuery| {
        let listed = world.client.list_prospects(&project, &query, &CHANGE);
        world.run(listed).unwrap().rows
    };
    let rows = list(ListQuery::all());
    assert_eq!(rows[0].value.id, ours);
    assert_eq!(rows[0].value.contact_id.as_deref(), Some(contact.as_str()));
    assert_eq!(rows[0].value.display_name.as_deref(), Some("Maja Sand"));
    assert_eq!(
        rows[0].value.classification.as_deref(),
        Some("not_contacted")
    );
    assert_eq!(rows[1].value.id, matched);
    assert_eq!(rows[1].value.capabilities, ["chat"]);
    assert!(rows[1].value.contact_id.is_none() && rows[1].value.teaser.is_some());

    world.wire.clock.advance(1_000);
    let now = world.wire.now();
    world.wire.emulator().remove_prospect(&ours, now).unwrap();
    let rows = list(ListQuery::all());
    assert_eq!(rows[1].value.id, ours, "the last one that changed");
    assert!(rows[1].value.deleted_utc.is_some());
    assert_eq!(list(ListQuery::alive()).len(), 1);
    let gone = world.client.get_prospect(&project, &ours, &CHANGE);
    assert_eq!(world.run(gone), Err(CallError::NotFound));
    let elsewhere = world.client.get_prospect("1", &matched, &CHANGE);
    assert_eq!(world.run(elsewhere), Err(CallError::NotFound));
}

#[test]
fn a_seeded_brokerage_is_read_page_by_page_and_by_what_changed_since() {
    let world = World::start();
    let now = world.wire.now();
    {
        let mut emulator = world.wire.emulator();
        emulator.seed(&Brokerage::generate(7, 60, 120), now);
        emulator.seed_projects(&Estate::generate(7, 50), now);
    }
    let mut query = ListQuery {
        page_size: 20,
        ..ListQuery::all()
    };
    let mut projects = Vec::new();
    loop {
        let page = world
            .run(world.client.list_projects(&query, &CHANGE))
            .unwrap();
        assert!(page.unreadable.is_empty());
        projects.extend(page.rows);
        let Some(cursor) = page.next_cursor else {
            break;
        };
        query = query.after(&cursor);
    }
    assert_eq!(projects.len(), 50);
    assert!(projects.is_sorted_by_key(|project| project.value.updated_utc));
    let all = ListQuery::all();
    let (mut prospects, mut properties, mut closed) = (0, 0, 0);
    for project in &projects {
        let id = &project.value.id;
        closed += usize::from(project.value.is_closed());
        let listed = world.client.list_prospects(id, &all, &CHANGE);
        let listed = world.run(listed).unwrap();
        prospects += listed.rows.len();
        let of = world.client.list_properties_of(id, &all, &CHANGE);
        let of = world.run(of).unwrap();
        let is_portfolio = project.value.asset.as_ref().unwrap().is_portfolio();
        assert_eq!(of.rows.len() > 1, is_portfolio, "{id}");
        properties += of.rows.len();
        assert!(listed.unreadable.is_empty() && of.unreadable.is_empty());
    }
    let all = world.run(world.client.list_properties(&ListQuery::all(), &CHANGE));
    assert_eq!(all.unwrap().rows.len(), properties);
    assert!(prospects > 100 && closed > 2, "{prospects} {closed}");

    let last = projects[49].value.updated_utc.unwrap();
    let since = ListQuery::changed_since(last);
    let again = world
        .run(world.client.list_projects(&since, &CHANGE))
        .unwrap();
    assert_eq!(again.rows[0].value.id, projects[49].value.id);
    let later = ListQuery::changed_since(last + jiff::SignedDuration::from_millis(1));
    let none = world
        .run(world.client.list_projects(&later, &CHANGE))
        .unwrap();
    assert!(none.rows.is_empty());
}

#[test]
fn notes_are_read_with_their_revisions_and_without_those_of_prospects() {
    let world = World::start();
    let (project, _, contact) = vasakronan(&world);
    let now = world.wire.now();
    let (first, second) = {
        let mut emulator = world.wire.emulator();
        let prospect = json!({"contactId": contact});
        let prospect = emulator.add_prospect(&project, &prospect, now).unwrap();
        emulator
            .add_prospect_note(&prospect, "Wants a tour", now)
            .unwrap();
        let first = emulator
            .add_project_note(&project, "Bids until Friday", now)
            .unwrap();
        let second = emulator
            .edit_note(&first, "Bids until Monday", now)
            .unwrap();
        (first, second)
    };
    let list = |query: NotesQuery| {
        let notes = world
            .client
            .list_notes(TimelineOf::Project(&project), &query, &CHANGE);
        world.run(notes).unwrap().rows
    };
    let in_force = list(NotesQuery::in_force());
    assert_eq!(in_force.len(), 1);
    let note = &in_force[0].value;
    assert_eq!(
        (note.id.as_str(), note.message.as_str()),
        (second.as_str(), "Bids until Monday")
    );
    assert!(in_force[0].etag.starts_with('"') && note.is_in_force() && !note.is_by_api);
    assert_eq!(
        note.author.as_ref().unwrap().name.as_deref(),
        Some("Ellen Strand")
    );
    let past = list(NotesQuery::with_past());
    assert_eq!(past.len(), 2);
    assert_eq!(past[1].value.id, first);
    assert_eq!(past[1].value.superseded_by.as_ref(), Some(&second));
    assert_eq!(past[0].value.supersedes.as_ref(), Some(&first));
    let changes = world
        .client
        .changes(TimelineOf::Project(&project), None, &CHANGE);
    let changes = world.run(changes).unwrap().rows;
    assert_eq!(changes[0].operation, "ProjectUpdated");
    assert_eq!(changes[0].fields, ["properties"]);
}

#[test]
fn events_of_projects_and_prospects_are_hints_with_their_ids() {
    let world = World::start();
    let webhook = NewWebhook {
        url: "https://sync.nordhav.example/webhooks/main/propstreet".to_owned(),
        events: PROJECT_EVENTS.map(str::to_owned).to_vec(),
        name: "pipestreet".to_owned(),
    };
    world
        .run(world.client.create_webhook(&webhook, &CHANGE))
        .unwrap();
    let (project, _, contact) = vasakronan(&world);
    let now = world.wire.now();
    let prospect = {
        let mut emulator = world.wire.emulator();
        let prospect = json!({"contactId": contact});
        let prospect = emulator.add_prospect(&project, &prospect, now).unwrap();
        emulator.remove_prospect(&prospect, now).unwrap();
        emulator.delete_project(&project, now).unwrap();
        prospect
    };
    let told: Vec<WebhookHint> = world
        .wire
        .emulator()
        .due_webhooks(now)
        .iter()
        .map(|delivery| WebhookHint::decode(&delivery.body).unwrap())
        .collect();
    let kinds: Vec<_> = told
        .iter()
        .map(|hint| (hint.entity.clone(), hint.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            (Entity::Project, ChangeKind::Created),
            (Entity::Project, ChangeKind::Updated),
            (Entity::Prospect, ChangeKind::Created),
            (Entity::Prospect, ChangeKind::Updated),
            (Entity::Project, ChangeKind::Deleted),
        ]
    );
    let removed = &told[3];
    assert_eq!(
        (&removed.id, removed.project_id.as_ref()),
        (&prospect, Some(&project))
    );
    assert_eq!(removed.contact_id.as_ref(), Some(&contact));
    assert_eq!(removed.action.as_deref(), Some("removed"));
    assert!(told[2].action.is_none() && told[0].etag.is_some());
    let at = told[0].updated_at.map(Timestamp::as_millisecond);
    assert_eq!(at, Some(now.0));
}
