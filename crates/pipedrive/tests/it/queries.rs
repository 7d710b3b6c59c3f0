//! What is asked for is asked for in the server's words, and nothing else is.

use jiff::Timestamp;
use pipedrive::{
    ActivityQuery, DealExtra, DealQuery, DealStatus, FieldMatch, FilterOf, FindUsersBy, LeadQuery,
    ListQuery, NoteOn, NoteOrder, NoteQuery, PersonsOf, RecordKind, SearchField, SearchQuery,
};
use serde_json::json;

use crate::script::Script;
use crate::world::CHANGE;

/// The address that a call asks for.
macro_rules! address {
    (|$client:ident| $call:expr) => {{
        let (script, $client) = Script::answering(json!({"success": true, "data": []}));
        let _ = script.run($call);
        script.asked().0
    }};
}

fn noon() -> Timestamp {
    "2026-03-02T12:00:00.750Z".parse().unwrap()
}

#[test]
fn deals_are_narrowed_by_all_that_deals_have() {
    let query = DealQuery {
        list: ListQuery {
            owner_id: Some(11),
            updated_until: Some(noon()),
            custom_fields: vec!["f00d".to_owned(), "cafe".to_owned()],
            limit: 50,
            ..ListQuery::all()
        },
        person_id: Some(21),
        org_id: Some(31),
        pipeline_id: Some(1),
        stage_id: Some(3),
        statuses: vec![DealStatus::Won, DealStatus::Deleted],
        extras: vec![DealExtra::ParticipantsCount, DealExtra::NotesCount],
    };
    assert_eq!(
        address!(|client| client.list_deals(&query, &CHANGE)),
        "GET /api/v2/deals?limit=50&sort_by=id&sort_direction=asc&custom_fields=f00d,cafe&updated_until=2026-03-02T12%3A00%3A00Z\
         &owner_id=11&include_fields=participants_count,notes_count&person_id=21&org_id=31&pipeline_id=1&stage_id=3&status=won,deleted"
    );
}

#[test]
fn the_delta_of_deals_shows_deletions_too() {
    let query = DealQuery::changed_since(noon());
    assert_eq!(
        address!(|client| client.list_deals(&query, &CHANGE)),
        "GET /api/v2/deals?limit=500&sort_by=update_time&sort_direction=asc&updated_since=2026-03-02T12%3A00%3A00Z\
         &status=open,won,lost,deleted"
    );
}

#[test]
fn a_filter_stands_alone_since_the_server_ignores_the_rest() {
    let query = DealQuery {
        list: ListQuery {
            filter_id: Some(4),
            ids: vec![1, 2],
            owner_id: Some(11),
            ..ListQuery::all()
        },
        stage_id: Some(3),
        ..DealQuery::default()
    };
    assert_eq!(
        address!(|client| client.list_archived_deals(&query, &CHANGE)),
        "GET /api/v2/deals/archived?limit=500&sort_by=id&sort_direction=asc&filter_id=4"
    );
}

#[test]
fn persons_are_listed_by_deal_and_by_organization() {
    let by_ids = ListQuery::by_ids(&[1, 2]);
    assert_eq!(
        address!(|client| client.list_persons_of(PersonsOf::Deal(5), &by_ids, &CHANGE)),
        "GET /api/v2/persons?limit=500&sort_by=id&sort_direction=asc&ids=1,2&deal_id=5"
    );
    assert_eq!(
        address!(|client| client.list_persons_of(PersonsOf::Organization(6), &by_ids, &CHANGE)),
        "GET /api/v2/persons?limit=500&sort_by=id&sort_direction=asc&ids=1,2&org_id=6"
    );
}

#[test]
fn activities_are_narrowed_by_what_they_hang_on() {
    let query = ActivityQuery {
        deal_id: Some(501),
        done: Some(false),
        with_attendees: true,
        ..ActivityQuery::default()
    };
    assert_eq!(
        address!(|client| client.list_activities(&query, &CHANGE)),
        "GET /api/v2/activities?limit=500&sort_by=id&sort_direction=asc&include_fields=attendees&deal_id=501&done=false"
    );
}

#[test]
fn notes_are_asked_for_by_what_they_hang_on_and_in_an_order() {
    let query = NoteQuery {
        on: Some(NoteOn::Deal(501)),
        user_id: Some(11),
        updated_since: Some(noon()),
        order: NoteOrder::NewestFirst,
        cursor: Some("500".to_owned()),
    };
    assert_eq!(
        address!(|client| client.list_notes(&query, &CHANGE)),
        "GET /api/v1/notes?limit=500&start=500&sort=add_time%20DESC&user_id=11&updated_since=2026-03-02T12%3A00%3A00Z&deal_id=501"
    );
}

#[test]
fn archived_leads_know_no_delta() {
    let query = LeadQuery {
        person_id: Some(21),
        updated_since: Some(noon()),
        ..LeadQuery::default()
    };
    assert_eq!(
        address!(|client| client.list_leads(&query, &CHANGE)),
        "GET /api/v1/leads?limit=500&person_id=21&updated_since=2026-03-02T12%3A00%3A00Z"
    );
    assert_eq!(
        address!(|client| client.list_archived_leads(&query, &CHANGE)),
        "GET /api/v1/leads/archived?limit=500&person_id=21"
    );
}

#[test]
fn what_is_searched_for_is_encoded() {
    let query = SearchQuery {
        exact_match: true,
        fields: vec![SearchField::Email, SearchField::Phone],
        ..SearchQuery::containing("+47 22&x=1")
    };
    assert_eq!(
        address!(|client| client.search_records(RecordKind::Person, &query, &CHANGE)),
        "GET /api/v2/persons/search?limit=100&term=%2B47%2022%26x%3D1&exact_match=true&fields=email,phone"
    );
    assert_eq!(
        address!(|client| client.search(
            &[RecordKind::Deal, RecordKind::Lead],
            &SearchQuery::containing("ab"),
            &CHANGE
        )),
        "GET /api/v2/itemSearch?limit=100&term=ab&item_types=deal,lead"
    );
    assert_eq!(
        address!(|client| client.search_field(
            (RecordKind::Deal, "f00d"),
            FieldMatch::Beginning,
            &query,
            &CHANGE
        )),
        "GET /api/v2/itemSearch/field?limit=100&term=%2B47%2022%26x%3D1&entity_type=deal&field=f00d&match=beginning"
    );
}

#[test]
fn users_and_filters_are_found_by_their_words() {
    assert_eq!(
        address!(|client| client.find_users(FindUsersBy::Email("a+b@example.com"), &CHANGE)),
        "GET /api/v1/users/find?term=a%2Bb%40example.com&search_by_email=1"
    );
    assert_eq!(
        address!(|client| client.list_filters(Some(FilterOf::Persons), &CHANGE)),
        "GET /api/v1/filters?type=people"
    );
}

#[test]
fn removing_no_lines_asks_for_nothing() {
    let (script, client) = Script::answering(json!({"success": true}));
    script
        .run(client.remove_deal_products(1, &[], &CHANGE))
        .unwrap();
    assert!(
        script.take_seen().is_empty(),
        "without ids the server would remove them all"
    );
}
