//! Endpoints out of support that may still answer, and what changed lately.

use emulators::pipedrive::{PipedriveConfig, Switches};
use serde_json::{Value, json};

use super::Account;

#[test]
fn retired_reads_may_still_answer_in_the_older_shape_and_at_their_price() {
    let mut account = Account::with(PipedriveConfig {
        switches: Switches {
            retired_endpoints_answer: true,
            ..Switches::default()
        },
        ..PipedriveConfig::default()
    });
    let org = account.organization("Alnäs AB");
    let body = json!({"name": "Anna Berg", "org_id": org, "emails": [{"value": "a@x.se"}]});
    account.post("/api/v2/persons", &body);
    let body = json!({"subject": "Call", "type": "call", "due_time": "09:30"});
    account.post("/api/v2/activities", &body);
    let spent = account.emulator.counters().tokens_total();
    let person = account.deviating("/v1/persons/1")["data"].clone();
    assert_eq!(account.emulator.counters().tokens_total() - spent, 2);
    assert_eq!(
        (&person["active_flag"], &person["org_id"]["value"]),
        (&json!(true), &json!(org))
    );
    assert_eq!(person["add_time"], "2026-01-14 10:00:00");
    let list = account.deviating("/v1/organizations");
    assert_eq!(account.emulator.counters().tokens_total() - spent, 22);
    let row = &list["data"][0];
    assert_eq!(
        (&row["people_count"], &row["name"]),
        (&json!(1), &json!("Alnäs AB"))
    );
    let paging = &list["additional_data"]["pagination"];
    assert_eq!(paging["more_items_in_collection"], false);
    let activity = account.deviating("/api/v1/activities/1");
    assert_eq!(activity["data"]["due_time"], "09:30");
    assert_eq!(account.deviating("/v1/persons/9")["success"], false);
    let written = account.post("/v1/persons", &json!({"name": "X"}));
    assert_eq!(written.status, 410);
    assert_eq!(Account::new().get("/v1/persons/1").status, 410);
}

#[test]
fn what_changed_lately_is_told_of_every_kind_in_the_order_of_change() {
    let mut account = Account::new();
    account.organization("Alnäs AB");
    account.pass_seconds(60);
    account.person("Anna Berg");
    account.pass_seconds(60);
    account.post("/v1/notes", &json!({"content": "x", "person_id": 1}));
    account.pass_seconds(60);
    account.patch("/api/v2/organizations/1", &json!({"name": "Alnäs Bygg AB"}));
    let mut items = |query: &str| -> Vec<String> {
        account.pass_seconds(1);
        let seen = account.deviating(&format!("/v1/recents?since_timestamp={query}"));
        let rows = seen["data"].as_array().cloned().unwrap_or_default();
        rows.iter()
            .map(|row| row["item"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        items("2026-01-14%2010:00:30"),
        ["person", "note", "organization"]
    );
    assert_eq!(items("2026-01-14%2010:02:30"), ["organization"]);
    assert_eq!(
        items("2026-01-14%2010:00:30&items=note,person"),
        ["person", "note"]
    );
    account.get("/v1/recents").refused_for("since_timestamp");
    account
        .get("/v1/recents?since_timestamp=2026-01-14%2010:00:00&items=mood")
        .refused_for("items");
    account.delete("/api/v2/persons/1");
    let gone = account.deviating("/v1/recents?since_timestamp=2026-01-14%2010:00:30&items=person");
    assert_eq!(gone["data"][0]["data"]["active_flag"], Value::Bool(false));
}
