//! Documented answers beside the deal world are understood.

use jiff::SignedDuration;
use jiff::civil::{date, time};
use pipedrive::{
    ActivityQuery, FieldMatch, FieldsOf, Followed, Mergeable, NoteQuery, OlderFieldsOf, RecordKind,
    SearchQuery,
};
use serde_json::{Value, json};

use crate::script::Script;
use crate::world::CHANGE;

fn single(data: Value) -> Value {
    json!({"success": true, "data": data})
}

fn list(data: Value) -> Value {
    json!({"success": true, "data": data, "additional_data": {"next_cursor": null}})
}

#[test]
fn an_activity_is_read_with_times_and_people() {
    let activity = json!({
        "id": 9, "subject": "Viewing", "type": "meeting", "owner_id": 11, "creator_user_id": 11, "is_deleted": false,
        "add_time": "2026-01-10T09:00:00Z", "update_time": "2026-01-10T09:00:00Z", "deal_id": 501, "lead_id": null, "person_id": 21,
        "org_id": 31, "due_date": "2026-01-20", "due_time": "09:30:00", "duration": "01:15", "done": false, "busy": true,
        "location": {"value": "Storgatan 1", "locality": "Malmö"}, "participants": [{"person_id": 21, "primary": true}],
        "attendees": [{"email": "maja@example.com", "name": "Maja", "status": "accepted", "is_organizer": 1}], "note": "<b>x</b>"
    });
    let (script, client) = Script::answering(list(json!([activity])));
    let page = script
        .run(client.list_activities(&ActivityQuery::default(), &CHANGE))
        .unwrap();
    let activity = &page.rows[0].value;
    assert_eq!(
        (activity.kind.as_deref(), activity.deal_id),
        (Some("meeting"), Some(501))
    );
    assert_eq!(
        (activity.due_date, activity.due_time),
        (Some(date(2026, 1, 20)), Some(time(9, 30, 0, 0)))
    );
    assert_eq!(activity.duration, Some(SignedDuration::from_mins(75)));
    assert_eq!(
        activity.location.as_ref().unwrap().locality.as_deref(),
        Some("Malmö")
    );
    assert!(activity.participants[0].primary && activity.attendees[0].is_organizer);
}

#[test]
fn a_note_is_alive_unless_it_says_otherwise() {
    let notes = json!([
        {"id": 1, "content": "<p>Called</p>", "deal_id": 501, "person_id": 21, "org_id": null, "user_id": 11, "active_flag": true,
         "add_time": "2026-01-10 09:00:00", "pinned_to_deal_flag": 1, "deal": {"title": "Warehouse"}},
        {"id": 2}, {"id": 3, "active_flag": 0}
    ]);
    let (script, client) = Script::answering(list(notes));
    let page = script
        .run(client.list_notes(&NoteQuery::default(), &CHANGE))
        .unwrap();
    let alive: Vec<bool> = page.rows.iter().map(|row| row.value.active_flag).collect();
    assert_eq!(alive, [true, true, false]);
    assert!(page.rows[0].value.pinned_to_deal_flag);
    assert_eq!(page.rows[0].value.changed_at(), page.rows[0].value.add_time);
}

#[test]
fn a_participant_is_a_person_by_the_number_inside() {
    let participant = json!({
        "id": 77, "person_id": {"value": 21, "name": "Astrid", "email": [], "active_flag": true}, "add_time": "2026-01-10 09:00:00",
        "active_flag": true, "person": {"id": 21}, "added_by_user_id": {"id": 11, "value": 11}, "related_item_type": "deal"
    });
    let answer = json!({
        "success": true, "data": [participant, {"id": 78}],
        "additional_data": {"pagination": {"start": 0, "limit": 500, "more_items_in_collection": false}}
    });
    let (script, client) = Script::answering(answer);
    let page = script
        .run(client.list_participants(501, None, &CHANGE))
        .unwrap();
    assert_eq!(
        (page.rows[0].value.id, page.rows[0].value.person_id),
        (77, 21)
    );
    assert_eq!(
        page.unreadable.len(),
        1,
        "one without a person spoils only itself"
    );

    let change = json!({"actor_user_id": 11, "person_id": 21, "action": "added", "time": "2026-01-10T09:00:00Z"});
    let (script, client) = Script::answering(list(json!([change])));
    let page = script
        .run(client.participants_changelog(501, None, &CHANGE))
        .unwrap();
    assert_eq!(
        (
            page.rows[0].value.person_id,
            page.rows[0].value.action.as_str()
        ),
        (21, "added")
    );
}

#[test]
fn followers_and_their_changes_are_read() {
    let (script, client) = Script::answering(list(
        json!([{"user_id": 11, "add_time": "2026-01-10T09:00:00Z"}]),
    ));
    let page = script
        .run(client.list_followers(Followed::Deal, 501, None, &CHANGE))
        .unwrap();
    assert_eq!(page.rows[0].value.user_id, 11);
    let change = json!({"action": "added", "actor_user_id": 1, "follower_user_id": 11, "time": "2026-01-10T09:00:00Z"});
    let (script, client) = Script::answering(list(json!([change])));
    let page = script
        .run(client.followers_changelog(Followed::Person, 21, None, &CHANGE))
        .unwrap();
    assert_eq!(page.rows[0].value.follower_user_id, 11);
}

#[test]
fn hits_are_read_whatever_they_are() {
    let answer = json!({
        "success": true,
        "data": {"items": [
            {"result_score": 1.2, "item": {"id": 21, "type": "person", "name": "Maja Holm", "emails": ["maja@example.com"],
             "phones": [], "owner": {"id": 11}, "organization": {"id": 31, "name": "Havn"}}},
            {"result_score": 0.4, "item": {"id": "adf21080-0e10-11eb-879b-05d71fb426ec", "type": "lead", "title": "Office", "is_archived": true}}
        ]},
        "additional_data": {"next_cursor": "b2s"}
    });
    let (script, client) = Script::answering(answer);
    let query = SearchQuery::containing("ma");
    let page = script.run(client.search(&[], &query, &CHANGE)).unwrap();
    assert_eq!(
        (page.rows.len(), page.next_cursor.as_deref()),
        (2, Some("b2s"))
    );
    let person = &page.rows[0].value.item;
    assert_eq!(
        (person.id.as_str(), person.owner_id, person.organization_id),
        ("21", Some(11), Some(31))
    );
    assert!(page.rows[1].value.item.is_archived);

    let flat = list(
        json!([{"id": 1, "name": "Maja"}, {"result_score": 1, "item": {"id": 2, "name": "Nils"}}]),
    );
    let (script, client) = Script::answering(flat);
    let page = script
        .run(client.search_field(
            (RecordKind::Person, "f00d"),
            FieldMatch::Exact,
            &query,
            &CHANGE,
        ))
        .unwrap();
    let names: Vec<_> = page
        .rows
        .iter()
        .map(|row| row.value.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["Maja", "Nils"],
        "as the examples show it and as the description has it"
    );
}

#[test]
fn who_may_see_a_record_is_a_list_of_numbers() {
    let (script, client) = Script::answering(single(json!([123, "456"])));
    let users = script
        .run(client.list_permitted_users(RecordKind::Deal, "501", &CHANGE))
        .unwrap();
    assert_eq!(users, [123, 456]);
}

#[test]
fn a_flow_keeps_each_thing_as_it_is() {
    let entry = json!({"object": "dealChange", "timestamp": "2026-01-10 09:21:55", "data": {"field_key": "value", "new_value": 100}});
    let (script, client) = Script::answering(list(json!([entry])));
    let page = script
        .run(client.flow(Mergeable::Deal, 501, None, &CHANGE))
        .unwrap();
    assert_eq!(page.rows[0].value.data["field_key"], "value");
    assert!(page.rows[0].value.timestamp.is_some());
}

#[test]
fn lists_of_the_account_are_read() {
    let kind = json!({"id": 1, "order_nr": 1, "name": "Call", "key_string": "call", "icon_key": "call", "active_flag": true, "is_custom_flag": false});
    let (script, client) = Script::answering(single(json!([kind])));
    assert_eq!(
        script
            .run(client.list_activity_types(&CHANGE))
            .unwrap()
            .rows[0]
            .value
            .key_string,
        "call"
    );

    let currency = json!({"id": 1, "code": "SEK", "name": "Krona", "decimal_points": 2, "symbol": "kr", "active_flag": true, "is_custom_flag": false});
    let (script, client) = Script::answering(single(json!([currency])));
    assert_eq!(
        script.run(client.list_currencies(&CHANGE)).unwrap().rows[0]
            .value
            .code,
        "SEK"
    );

    let filter = json!({"id": 4, "name": "Nordic", "type": "deals", "visible_to": "7", "active_flag": true, "conditions": {"glue": "and"}});
    let (script, client) = Script::answering(single(filter));
    let filter = script.run(client.get_filter(4, &CHANGE)).unwrap().value;
    assert_eq!(
        (filter.kind.as_str(), filter.visible_to),
        ("deals", Some(7))
    );
    assert_eq!(filter.conditions["glue"], "and");

    let file = json!({"id": 8, "name": "Plan.pdf", "file_size": 12, "deal_id": 501, "active_flag": true, "add_time": "2026-01-10 09:00:00"});
    let (script, client) = Script::answering(single(json!([file])));
    assert_eq!(
        script.run(client.list_files(None, &CHANGE)).unwrap().rows[0]
            .value
            .deal_id,
        Some(501)
    );
}

#[test]
fn the_fields_of_notes_and_leads_look_like_all_others() {
    let field = json!({"id": 1, "key": "b".repeat(40), "name": "Strategy", "field_type": "enum", "edit_flag": true, "options": [{"id": 1, "label": "Core"}]});
    let (script, client) = Script::answering(single(json!([field])));
    let page = script
        .run(client.list_older_fields(OlderFieldsOf::Lead, None, &CHANGE))
        .unwrap();
    let field = &page.rows[0].value;
    assert_eq!(
        (
            field.field_name.as_str(),
            field.is_custom_field,
            field.options.len()
        ),
        ("Strategy", true, 1)
    );
    assert_eq!(script.asked().0, "GET /api/v1/leadFields?limit=500");
}

#[test]
fn options_are_renamed_and_deleted_by_id() {
    let (script, client) = Script::answering(single(json!([])));
    script
        .run(client.rename_field_options(
            FieldsOf::Deal,
            "f00d",
            &[(1, "Core"), (2, "Value-add")],
            &CHANGE,
        ))
        .unwrap();
    let (line, body) = script.asked();
    assert_eq!(line, "PATCH /api/v2/dealFields/f00d/options");
    assert_eq!(
        body,
        r#"[{"id":1,"label":"Core"},{"id":2,"label":"Value-add"}]"#
    );
    script
        .run(client.delete_field_options(FieldsOf::Deal, "f00d", &[2], &CHANGE))
        .unwrap();
    assert_eq!(
        script.asked(),
        (
            "DELETE /api/v2/dealFields/f00d/options".to_owned(),
            r#"[{"id":2}]"#.to_owned()
        )
    );
}
