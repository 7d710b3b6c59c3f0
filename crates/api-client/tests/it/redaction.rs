//! What is left of requests and answers when their values are taken out.

use api_client::{redact_body, redact_path, redact_text};

#[test]
fn a_body_keeps_its_shape_its_numbers_and_its_codes() {
    let body = r#"{"name":"Åsa Berg","id":7,"emails":[{"value":"asa@example.com","primary":true}],
        "code":"ERR_INVALID_INPUT","type":"Åsa Berg 2"}"#;
    assert_eq!(
        redact_body(body.as_bytes()),
        r#"{"code":"ERR_INVALID_INPUT","emails":[{"primary":true,"value":"[15 characters]"}],"id":7,"name":"[8 characters]","type":"[10 characters]"}"#
    );
    assert_eq!(redact_body(b"<html>Asa"), "[9 bytes]");
    assert_eq!(redact_body(b""), "");
}

#[test]
fn a_path_keeps_ids_and_loses_texts() {
    assert_eq!(
        redact_path("/api/v2/persons/77?ids=1,2&cursor=eyJpIjo3fQ&sort_by=id"),
        "/api/v2/persons/77?ids=1,2&cursor=[10 characters]&sort_by=id"
    );
    assert_eq!(
        redact_path("/contacts/external/crm/a%40b.se"),
        "/contacts/external/crm/[8 characters]"
    );
}

#[test]
fn a_sentence_loses_quotes_addresses_and_long_numbers() {
    assert_eq!(
        redact_text(
            "The value \"Ann Berg\" of ann@example.com, phone +46701234567, is not 'ok' at line 12"
        ),
        "The value [8 characters] of [16 characters] phone [13 characters] is not [2 characters] at line 12"
    );
}
