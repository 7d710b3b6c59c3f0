//! What is restated of the published files.

use std::collections::BTreeSet;

use conformance::{judge, operations};

fn operation_of(method: &str, path: &str) -> Option<String> {
    let verdict = judge(method, path, 404, b"");
    verdict.operation.map(conformance::Operation::name)
}

#[test]
fn both_files_are_there_in_full() {
    let count = |version: &str| {
        let of_version = operations().iter().filter(|one| one.version == version);
        of_version.count()
    };
    assert_eq!((count("v1"), count("v2")), (213, 158));
    let names: BTreeSet<String> = operations()
        .iter()
        .map(conformance::Operation::name)
        .collect();
    assert_eq!(names.len(), 213 + 158);
}

#[test]
fn a_call_belongs_to_the_operation_with_the_longest_fixed_part() {
    assert_eq!(
        operation_of("GET", "/v1/users/me").as_deref(),
        Some("GET /v1/users/me")
    );
    assert_eq!(
        operation_of("GET", "/api/v1/users/11").as_deref(),
        Some("GET /v1/users/{id}")
    );
    assert_eq!(
        operation_of("GET", "/api/v2/deals/search?term=ab").as_deref(),
        Some("GET /api/v2/deals/search")
    );
    assert_eq!(operation_of("GET", "/api/v2/deals/5/6/7"), None);
    assert_eq!(operation_of("PUT", "/api/v2/deals/5"), None);
}

#[test]
fn every_schema_is_one() {
    for operation in operations() {
        for status in operation.statuses().filter(|status| *status < 400) {
            let path = operation.path.replace(['{', '}'], "x");
            let verdict = judge(&operation.method, &path, status, b"{}");
            assert_eq!(verdict.status, status, "{}", operation.name());
        }
    }
}
