//! Pipelines and stages: their shape, their places, and what stands in the way of deleting them.

use serde_json::{Value, json};

use super::deals::with_switch;
use super::{Account, keys_in_order};

impl Account {
    /// A pipeline with two stages: its number and theirs.
    pub(crate) fn leasing(&mut self) -> (i64, i64, i64) {
        let pipeline = self
            .post("/api/v2/pipelines", &json!({"name": "Leasing"}))
            .id();
        let stage = |account: &mut Self, name: &str| {
            account
                .post(
                    "/api/v2/stages",
                    &json!({"name": name, "pipeline_id": pipeline}),
                )
                .id()
        };
        let first = stage(self, "Search profile");
        (pipeline, first, stage(self, "Viewing"))
    }
}

#[test]
fn a_pipeline_has_no_stages_in_it_and_comes_last() {
    let mut account = Account::new();
    let seen = account.post(
        "/api/v2/pipelines",
        &json!({"name": "Investment", "is_deal_probability_enabled": true}),
    );
    assert_eq!(
        seen.text,
        concat!(
            r#"{"success":true,"data":{"id":2,"name":"Investment","order_nr":2,"is_deleted":false,"#,
            r#""is_deal_probability_enabled":true,"add_time":"2026-01-14T10:00:00Z","update_time":"2026-01-14T10:00:00Z"}}"#
        )
    );
    assert_eq!(
        account.get("/api/v2/stages?pipeline_id=2").data(),
        json!([])
    );
    account
        .post("/api/v2/pipelines", &json!({"name": "X", "order_nr": 1}))
        .refused_for("Parameter 'order_nr'");
    account
        .get("/api/v2/pipelines?ids=1")
        .refused_for("Parameter 'ids'");
    account
        .get("/api/v2/pipelines?sort_by=order_nr")
        .refused_for("sort_by");
}

#[test]
fn a_deal_cannot_enter_a_pipeline_without_stages() {
    let mut account = Account::new();
    let empty = account
        .post("/api/v2/pipelines", &json!({"name": "Investment"}))
        .id();
    account
        .post(
            "/api/v2/deals",
            &json!({"title": "A", "pipeline_id": empty}),
        )
        .refused_for("the pipeline has no stage");
}

#[test]
fn stages_count_from_one_in_one_pipeline_and_from_nought_in_another() {
    let mut account = Account::new();
    let (leasing, first, second) = account.leasing();
    let seen = account.get(&format!(
        "/api/v2/stages?pipeline_id={leasing}&sort_by=order_nr&sort_direction=desc"
    ));
    keys_in_order(
        &seen.text,
        &[
            "id",
            "order_nr",
            "name",
            "is_deleted",
            "deal_probability",
            "pipeline_id",
            "is_deal_rot_enabled",
            "days_to_rotten",
            "add_time",
            "update_time",
        ],
    );
    let rows = seen.data();
    assert_eq!(
        (&rows[0]["id"], &rows[0]["order_nr"]),
        (&json!(second), &json!(1))
    );
    assert_eq!(
        (&rows[1]["id"], &rows[1]["order_nr"]),
        (&json!(first), &json!(0))
    );
    let oldest = account.get("/api/v2/stages/1").data();
    assert_eq!(
        (&oldest["order_nr"], &oldest["pipeline_id"]),
        (&json!(1), &json!(1))
    );
}

#[test]
fn pages_of_stages_by_place_hold_each_stage_once() {
    let mut account = Account::new();
    account.leasing();
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = account
            .get(&format!("/api/v2/stages?sort_by=order_nr&limit=2{cursor}"))
            .json();
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["id"].as_i64().unwrap()),
        );
        match page["additional_data"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=7).collect::<Vec<_>>());
}

#[test]
fn a_stage_or_pipeline_with_open_deals_cannot_be_deleted() {
    let mut account = Account::new();
    let (leasing, first, second) = account.leasing();
    let deal = account.deal(json!({"stage_id": first}));
    assert_eq!(
        account.delete(&format!("/api/v2/stages/{first}")).status,
        400
    );
    assert_eq!(
        account
            .delete(&format!("/api/v2/pipelines/{leasing}"))
            .status,
        400
    );
    assert_eq!(
        account.delete(&format!("/api/v2/stages/{second}")).data(),
        json!({"id": second})
    );

    account.edit_deal(deal, json!({"status": "won"}));
    assert_eq!(
        account
            .delete(&format!("/api/v2/pipelines/{leasing}"))
            .status,
        200
    );
    assert_eq!(
        account.get(&format!("/api/v2/stages/{first}")).data()["is_deleted"],
        true
    );
    assert_eq!(
        account.get(&format!("/api/v2/pipelines/{leasing}")).data()["is_deleted"],
        true
    );
    let left = account.get("/api/v2/pipelines").data();
    assert_eq!(left.as_array().unwrap().len(), 1);
}

#[test]
fn a_vendor_can_delete_the_deals_with_their_stage() {
    let mut account = with_switch(|switches| switches.stages_take_their_deals_along = true);
    let (_, first, _) = account.leasing();
    let deal = account.deal(json!({"stage_id": first}));
    assert_eq!(
        account.delete(&format!("/api/v2/stages/{first}")).status,
        200
    );
    assert_eq!(account.deal_now(deal)["is_deleted"], true);
}

#[test]
fn a_vendor_can_give_new_pipelines_stages_that_count_from_one() {
    let mut account = with_switch(|switches| {
        switches.new_pipelines_have_stages = true;
        switches.stages_start_at_one = true;
    });
    let pipeline = account
        .post("/api/v2/pipelines", &json!({"name": "Sales"}))
        .id();
    let rows = account
        .get(&format!("/api/v2/stages?pipeline_id={pipeline}"))
        .data();
    let places: Vec<i64> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["order_nr"].as_i64().unwrap())
        .collect();
    assert_eq!(places, [1, 2, 3, 4, 5]);
}

#[test]
fn a_stage_that_changes_its_pipeline_comes_last_there() {
    let mut account = Account::new();
    let (_, first, _) = account.leasing();
    let moved = account
        .patch(
            &format!("/api/v2/stages/{first}"),
            &json!({"pipeline_id": 1, "days_to_rotten": 14}),
        )
        .data();
    assert_eq!(
        (&moved["order_nr"], &moved["days_to_rotten"]),
        (&json!(6), &json!(14))
    );
    account
        .patch(&format!("/api/v2/stages/{first}"), &json!({"order_nr": 1}))
        .refused_for("Parameter 'order_nr'");
    account
        .post("/api/v2/stages", &json!({"name": "A"}))
        .refused_for("pipeline_id: is required");
}

#[test]
fn events_of_pipelines_and_stages_use_the_older_names() {
    let mut account = Account::new();
    account.subscribe();
    let (leasing, first, _) = account.leasing();
    account.received();
    account.pass_seconds(30);
    account.patch(
        &format!("/api/v2/stages/{first}"),
        &json!({"name": "Brief", "is_deal_rot_enabled": true}),
    );
    account.patch(
        &format!("/api/v2/pipelines/{leasing}"),
        &json!({"name": "Uthyrning kontor"}),
    );
    account.delete(&format!("/api/v2/stages/{first}"));
    let events = account.received();

    assert_eq!(
        (&events[0]["meta"]["entity"], &events[0]["meta"]["action"]),
        (&json!("stage"), &json!("change"))
    );
    assert_eq!(events[0]["data"]["rotten_flag"], true);
    assert_eq!(events[0]["data"]["active_flag"], true);
    assert_eq!(events[0]["previous"]["name"], "Search profile");
    assert_eq!(events[0]["previous"]["rotten_flag"], false);
    assert!(
        events[0]["previous"]
            .as_object()
            .unwrap()
            .contains_key("update_time")
    );
    assert_eq!(events[1]["data"]["url_title"], "Uthyrning-kontor");
    assert_eq!(events[1]["data"]["deal_probability"], false);
    assert_eq!(
        (&events[2]["meta"]["action"], &events[2]["data"]),
        (&json!("delete"), &Value::Null)
    );
}
