//! Activities: shapes, defaults, links, lists, counts, events.

use emulators::brokerage::Brokerage;
use emulators::pipedrive::{Entity, PipedriveConfig, Switches};
use serde_json::{Value, json};

use super::{Account, key_set, keys_in_order};

fn ids(list: &Value) -> Vec<i64> {
    let rows = list.as_array().unwrap().iter();
    rows.map(|row| row["id"].as_i64().unwrap()).collect()
}

fn account_where(key: &str) -> Account {
    Account::with(PipedriveConfig {
        switches: Switches::read(&json!({key: true}).to_string()).unwrap(),
        ..PipedriveConfig::default()
    })
}

#[test]
fn an_activity_has_the_keys_of_the_vendor_in_their_order() {
    let mut account = Account::new();
    let person = account.person("Anna Berg");
    let body = json!({
        "subject": "Viewing", "type": "meeting", "due_date": "2026-01-20", "due_time": "09:30", "duration": "01:00:00",
        "participants": [{"person_id": person}], "location": {"value": "Storgatan 1, Malmö"}, "note": "<b>Keys!</b>"
    });
    let made = account.post("/api/v2/activities", &body);
    assert_eq!(made.status, 200, "{}", made.text);
    keys_in_order(
        &made.text,
        &[
            "id",
            "subject",
            "type",
            "owner_id",
            "creator_user_id",
            "is_deleted",
            "add_time",
            "update_time",
            "deal_id",
            "lead_id",
            "person_id",
            "org_id",
            "project_id",
            "due_date",
            "due_time",
            "duration",
            "done",
            "busy",
            "marked_as_done_time",
            "location",
            "participants",
            "conference_meeting_client",
            "public_description",
            "priority",
            "note",
        ],
    );
    let activity = made.data();
    assert_eq!(activity["update_time"], activity["add_time"]);
    assert_eq!(
        (&activity["due_time"], &activity["duration"]),
        (&json!("09:30:00"), &json!("01:00:00"))
    );
    assert_eq!(activity["person_id"], person);
    assert_eq!(
        activity["participants"],
        json!([{"person_id": person, "primary": true}])
    );
    assert_eq!(
        (&activity["owner_id"], &activity["creator_user_id"]),
        (&json!(11), &json!(11))
    );
    assert_eq!(activity.get("attendees"), None);
    let shown = account
        .get("/api/v2/activities/1?include_fields=attendees")
        .data();
    assert_eq!(shown["attendees"], json!([]));
}

#[test]
fn subject_and_type_are_demanded_and_the_day_is_today() {
    let mut account = Account::new();
    let seen = account.post("/api/v2/activities", &json!({}));
    seen.refused_for("subject: is required");
    seen.refused_for("type: is required");
    let made = account.post(
        "/api/v2/activities",
        &json!({"subject": "Call", "type": "call"}),
    );
    assert_eq!(made.data()["due_date"], "2026-01-14");
    let filled =
        account_where("activity_defaults_are_filled_in").post("/api/v2/activities", &json!({}));
    assert_eq!(
        (&filled.data()["subject"], &filled.data()["type"]),
        (&json!("Call"), &json!("call"))
    );
}

#[test]
fn what_an_activity_cannot_be_is_refused() {
    let mut account = Account::new();
    let mut refused = |more: Value, reason: &str| {
        let mut body = json!({"subject": "Call", "type": "call"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        account
            .post("/api/v2/activities", &body)
            .refused_for(reason);
    };
    refused(json!({"type": "seance"}), "activity type 'seance'");
    refused(json!({"person_id": 1}), "read-only");
    refused(
        json!({"participants": [{"person_id": 9}]}),
        "person 9 does not exist",
    );
    refused(json!({"participants": [9]}), "objects");
    refused(json!({"due_time": "9 o'clock"}), "due_time");
    refused(json!({"due_date": "tomorrow"}), "due_date");
    refused(json!({"done": 1}), "done");
    refused(json!({"deal_id": 9}), "deal 9 does not exist");
    refused(json!({"colour": "red"}), "colour");
    refused(json!({"custom_fields": {}}), "custom_fields");
    let body = json!({"subject": "Call", "type": "seance"});
    assert_eq!(
        account_where("unknown_activity_types_are_accepted")
            .post("/api/v2/activities", &body)
            .status,
        200
    );
}

#[test]
fn what_is_done_says_when() {
    let mut account = Account::new();
    account.post(
        "/api/v2/activities",
        &json!({"subject": "Call", "type": "call"}),
    );
    account.pass_seconds(60);
    let done = account
        .patch("/api/v2/activities/1", &json!({"done": true}))
        .data();
    assert_eq!(done["marked_as_done_time"], "2026-01-14T10:01:00Z");
    let undone = account
        .patch("/api/v2/activities/1", &json!({"done": false}))
        .data();
    assert_eq!(undone["marked_as_done_time"], Value::Null);
}

#[test]
fn times_may_be_shown_without_seconds() {
    let mut account = account_where("activity_times_have_no_seconds");
    let body = json!({"subject": "Call", "type": "call", "due_time": "09:30:00"});
    assert_eq!(
        account.post("/api/v2/activities", &body).data()["due_time"],
        "09:30"
    );
}

#[test]
fn activities_are_listed_by_what_they_are_about_and_by_day() {
    let mut account = Account::new();
    let org = account.organization("Alnäs AB");
    let (anna, bo) = (account.person("Anna Berg"), account.person("Bo Dahl"));
    for (day, person, done) in [
        ("2026-02-03", anna, false),
        ("2026-02-01", bo, true),
        ("2026-02-02", anna, true),
    ] {
        account.pass_seconds(1);
        let body = json!({"subject": "Call", "type": "call", "due_date": day, "done": done, "org_id": org,
            "participants": [{"person_id": person}]});
        account.post("/api/v2/activities", &body);
    }
    let mut list = |query: &str| {
        account.pass_seconds(1);
        ids(&account.get(&format!("/api/v2/activities?{query}")).data())
    };
    assert_eq!(list(&format!("person_id={anna}")), [1, 3]);
    assert_eq!(list(&format!("org_id={org}&done=true")), [2, 3]);
    assert_eq!(list("sort_by=due_date"), [2, 3, 1]);
    assert_eq!(list("sort_by=due_date&sort_direction=desc&limit=2"), [1, 3]);
    assert_eq!(list("updated_since=2026-01-14T10:00:02Z"), [2, 3]);
    assert_eq!(list("ids=1,9"), [1]);
    account
        .get("/api/v2/activities?type=call")
        .refused_for("type");
    account.get("/api/v2/activities?done=1").refused_for("done");
}

#[test]
fn pages_by_day_follow_each_other_to_the_end() {
    let mut account = Account::new();
    for day in [5, 3, 3, 1, 4] {
        let body =
            json!({"subject": "Call", "type": "call", "due_date": format!("2026-02-0{day}")});
        account.post("/api/v2/activities", &body);
    }
    let (mut seen, mut path) = (
        Vec::new(),
        "/api/v2/activities?sort_by=due_date&limit=2".to_owned(),
    );
    loop {
        let page = account.get(&path).json();
        seen.extend(ids(&page["data"]));
        let Some(cursor) = page["additional_data"]["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/v2/activities?sort_by=due_date&limit=2&cursor={cursor}");
    }
    assert_eq!(seen, [4, 2, 3, 5, 1]);
}

#[test]
fn a_deleted_activity_is_shown_for_thirty_days_and_never_listed() {
    let mut account = Account::new();
    account.post(
        "/api/v2/activities",
        &json!({"subject": "Call", "type": "call"}),
    );
    assert_eq!(
        account.delete("/api/v2/activities/1").data(),
        json!({"id": 1})
    );
    assert_eq!(
        account.get("/api/v2/activities/1").data()["is_deleted"],
        true
    );
    assert_eq!(account.get("/api/v2/activities").data(), json!([]));
    account.pass_seconds(30 * 86_400);
    assert_eq!(account.get("/api/v2/activities/1").status, 404);
}

#[test]
fn events_of_activities_have_the_older_names() {
    let mut account = Account::new();
    account.subscribe();
    account.post(
        "/api/v2/activities",
        &json!({"subject": "Call", "type": "call", "due_time": "09:30"}),
    );
    account.pass_seconds(60);
    account.patch("/api/v2/activities/1", &json!({"subject": "Long call"}));
    account.delete("/api/v2/activities/1");
    let events = account.received();
    assert_eq!(events.len(), 3);
    let data = &events[0]["data"];
    assert_eq!(
        key_set(data),
        [
            "active_flag",
            "add_time",
            "busy_flag",
            "custom_fields",
            "deal_id",
            "done",
            "due_date",
            "due_time",
            "duration",
            "id",
            "lead_id",
            "location",
            "org_id",
            "owner_id",
            "person_id",
            "public_description",
            "subject",
            "type",
            "update_time",
            "update_user_id",
        ]
    );
    assert_eq!(
        data["due_time"],
        json!({"timezone_id": null, "value": "09:30:00"})
    );
    assert_eq!(
        events[1]["previous"],
        json!({"subject": "Call", "update_time": "2026-01-14T10:00:00Z"})
    );
    assert_eq!(events[1]["data"]["update_user_id"], 11);
    assert_eq!(events[2]["meta"]["entity"], "activity");
    assert_eq!(events[2]["previous"]["subject"], "Long call");
}

#[test]
fn an_idle_change_of_an_activity_fires_nothing() {
    let mut account = Account::new();
    account.post(
        "/api/v2/activities",
        &json!({"subject": "Call", "type": "call"}),
    );
    account.subscribe();
    account.patch(
        "/api/v2/activities/1",
        &json!({"subject": "Call", "done": false}),
    );
    assert!(account.received().is_empty());
}

#[test]
fn records_count_their_activities_and_notes() {
    let mut account = Account::new();
    let person = account.person("Anna Berg");
    for (day, done) in [
        ("2026-02-03", false),
        ("2026-02-01", false),
        ("2026-01-01", true),
    ] {
        let body = json!({"subject": "Call", "type": "call", "due_date": day, "done": done,
            "participants": [{"person_id": person}]});
        account.post("/api/v2/activities", &body);
    }
    account.post("/v1/notes", &json!({"content": "x", "person_id": person}));
    let names = "activities_count,done_activities_count,undone_activities_count,next_activity_id,last_activity_id,notes_count";
    let shown = account.deviating(&format!("/api/v2/persons/{person}?include_fields={names}"));
    let counts: Vec<i64> = names
        .split(',')
        .map(|name| shown["data"][name].as_i64().unwrap())
        .collect();
    assert_eq!(counts, [3, 1, 2, 2, 3, 1]);
}

#[test]
fn the_activities_of_a_merged_person_go_to_the_survivor() {
    let mut account = Account::new();
    let (loser, winner) = (account.person("A Berg"), account.person("Anna Berg"));
    let body = json!({"subject": "Call", "type": "call", "participants": [{"person_id": loser}]});
    account.post("/api/v2/activities", &body);
    account.call(
        "PUT",
        &format!("/v1/persons/{loser}/merge"),
        Some(&json!({"merge_with_id": winner})),
    );
    assert_eq!(
        ids(&account
            .get(&format!("/api/v2/activities?person_id={winner}"))
            .data()),
        [1]
    );
}

#[test]
fn definitions_of_fields_of_activities_can_only_be_read() {
    let mut account = Account::new();
    let fields = account.get("/api/v2/activityFields").data();
    let codes: Vec<&str> = fields
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|field| field["field_code"].as_str())
        .collect();
    assert!(
        codes.contains(&"subject") && codes.contains(&"due_date"),
        "{codes:?}"
    );
    assert_eq!(
        account.get("/api/v2/activityFields/subject").data()["field_type"],
        "varchar"
    );
    let body = json!({"field_name": "X", "field_type": "varchar"});
    assert_eq!(account.post("/api/v2/activityFields", &body).status, 405);
}

#[test]
fn users_make_activities_loudly_and_quietly() {
    let mut account = Account::new();
    account.subscribe();
    let now = account.now;
    let fields = json!({"subject": "Call", "type": "call"});
    let id = account
        .emulator
        .screen(now)
        .add(Entity::Activity, &fields)
        .unwrap();
    account
        .emulator
        .screen(now)
        .quietly()
        .edit(Entity::Activity, id, &json!({"done": true}))
        .unwrap();
    account
        .emulator
        .screen(now)
        .delete(Entity::Activity, id)
        .unwrap();
    let actions: Vec<Value> = account
        .received()
        .iter()
        .map(|event| event["meta"]["action"].clone())
        .collect();
    assert_eq!(actions, ["create", "delete"]);
}

#[test]
fn a_seeded_office_has_believable_notes_and_activities_and_can_be_kept() {
    let seeded = || {
        let mut account = Account::new();
        let book = Brokerage::generate(7, 10, 60);
        account.emulator.seed(&book, account.now);
        account.emulator.seed_office(account.now);
        account
    };
    let mut account = seeded();
    let activities = account.get("/api/v2/activities?limit=500").data();
    let done = activities
        .as_array()
        .unwrap()
        .iter()
        .filter(|activity| activity["done"] == true)
        .count();
    assert!(
        done > 5 && activities.as_array().unwrap().len() > done,
        "{done}"
    );
    assert!(account.get("/v1/notes").data().as_array().unwrap().len() > 5);
    assert_eq!(
        seeded().get("/api/v2/activities?limit=500").data(),
        activities
    );
    let saved = account.emulator.save_text();
    let config = account.emulator.config().clone();
    account.emulator = emulators::pipedrive::PipedriveEmulator::load_text(config, &saved).unwrap();
    assert_eq!(
        account.get("/api/v2/activities?limit=500").data(),
        activities
    );
}
