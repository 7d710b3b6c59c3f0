//! The report, from recordings as an emulator writes them.

use std::path::Path;

use conformance::report::Report;
use serde_json::{Value, json};

fn answer(method: &str, path: &str, status: u16, body: &Value) -> String {
    json!({"method": method, "path": path, "status": status, "body": body.to_string()}).to_string()
}

fn recording(folder: &Path, name: &str, lines: &[String]) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, lines.join("\n")).unwrap();
    path
}

fn unknown() -> Value {
    json!({"success": false, "error": "Unknown method.", "error_info": "x", "data": null, "additional_data": null})
}

#[test]
fn what_is_emulated_is_told_from_what_was_used() {
    let folder = tempfile::tempdir().unwrap();
    let person = json!({"success": true, "data": {"id": 1, "name": "Ann Lie"}});
    let used = recording(
        folder.path(),
        "used.jsonl",
        &[answer("GET", "/api/v2/persons/1", 200, &person)],
    );
    let missing = json!({"success": false, "error": "Entity was not found", "error_info": "Object was not found.", "data": null, "additional_data": null});
    let probe = recording(
        folder.path(),
        "probe.jsonl",
        &[
            answer("GET", "/api/v2/persons/9", 404, &missing),
            answer("DELETE", "/api/v2/persons/9", 404, &missing),
            answer("GET", "/api/v2/deals/9", 404, &unknown()),
        ],
    );
    let mut report = Report::default();
    report.add_recording("client", &used).unwrap();
    report.add_probe(&probe).unwrap();

    let text = report.to_string();
    let row = text
        .lines()
        .find(|line| line.starts_with("v2 Persons"))
        .unwrap();
    let counts: Vec<&str> = row.split_whitespace().skip(2).collect();
    assert_eq!(counts, ["11", "2", "1", "1"]);
    assert!(text.contains("emulated, but never used with success: DELETE /api/v2/persons/{id}"));
    assert!(!text.contains("v2 Deals"));
}

#[test]
fn an_answer_that_is_not_as_published_fails_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = json!({"success": true, "data": {"id": "1"}});
    let lines = [answer("GET", "/api/v2/persons/1", 200, &wrong)];
    let mut report = Report::default();
    report
        .add_recording("client", &recording(folder.path(), "wrong.jsonl", &lines))
        .unwrap();
    assert!(!report.is_well());
    assert!(
        report
            .to_string()
            .contains("FAILED GET /api/v2/persons/{id} 200: data.id (type)")
    );
}

#[test]
fn a_known_difference_that_nobody_met_fails_the_report() {
    let report = Report::default();
    assert!(!report.is_well());
    assert!(
        report
            .to_string()
            .contains("FAILED to meet a known difference")
    );
}

#[test]
fn published_keys_that_were_not_shown_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let person = json!({"success": true, "data": {"id": 1, "name": "Ann", "emails": [{"value": "a@b.se", "primary": true}]}});
    let lines = [answer("GET", "/api/v2/persons/1", 200, &person)];
    let mut report = Report::default();
    report
        .add_recording("client", &recording(folder.path(), "some.jsonl", &lines))
        .unwrap();
    let missing = report.missing_keys();
    assert!(missing.contains("data.owner_id"), "{missing}");
    assert!(missing.contains("data.emails.label"), "{missing}");
    assert!(!missing.contains("data.name"), "{missing}");
    // Of phones nothing was shown but that there are none here.
    assert!(!missing.contains("data.phones.label"), "{missing}");
}
