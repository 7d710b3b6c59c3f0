//! Answers: bodies of success and of refusal, as the vendor words them.
//!
//! In: what a call came to. Out: status and body. It decides nothing.

use serde_json::json;

use super::json::Json;

const ERROR_INFO: &str =
    "Please check developers.pipedrive.com for more information about Pipedrive API.";

/// Status, body and kind of body.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

/// One thing that is wrong with a request.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) parameter: String,
    pub(super) reason: String,
    /// Set when a custom field is to blame.
    pub(super) field_code: Option<String>,
}

impl Violation {
    pub(super) fn new(parameter: &str, reason: impl Into<String>) -> Self {
        Self {
            parameter: parameter.to_owned(),
            reason: reason.into(),
            field_code: None,
        }
    }

    pub(super) fn not_allowed(parameter: &str) -> Self {
        Self::new(
            parameter,
            format!("Parameter '{parameter}' is not allowed for this request"),
        )
    }

    pub(super) fn of_field(code: &str, reason: impl Into<String>) -> Self {
        Self {
            parameter: format!("custom_fields.{code}"),
            reason: reason.into(),
            field_code: Some(code.to_owned()),
        }
    }
}

impl Reply {
    pub(super) fn ok(body: Json) -> Self {
        Self::json(200, body.0)
    }

    pub(super) fn json(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type: "application/json; charset=utf-8",
            body,
        }
    }

    pub(super) fn of(status: u16, body: &serde_json::Value) -> Self {
        Self::json(status, body.to_string().into_bytes())
    }

    /// `{"success":true,"data":{"id":5}}`.
    pub(super) fn id(id: i64) -> Self {
        Self::json(
            200,
            format!(r#"{{"success":true,"data":{{"id":{id}}}}}"#).into_bytes(),
        )
    }

    pub(super) fn generic(status: u16, error: &str) -> Self {
        let mut body = Json::with_capacity(200);
        body.raw("{");
        body.field("success", &false);
        body.field("error", error);
        body.field("error_info", ERROR_INFO);
        body.raw(r#","data":null,"additional_data":null}"#);
        Self::json(status, body.0)
    }

    pub(super) fn gateway(status: u16, error: &str) -> Self {
        let mut body = Json::with_capacity(160);
        body.raw("{");
        body.field("success", &false);
        body.field("error", error);
        body.field("errorCode", &status);
        body.field("error_info", "Please check developers.pipedrive.com");
        body.raw("}");
        Self::json(status, body.0)
    }

    pub(super) fn forbidden() -> Self {
        Self::generic(403, "You do not have permissions to do this.")
    }

    pub(super) fn not_found() -> Self {
        Self::json(
            404,
            br#"{"success":false,"error":"Entity was not found","error_info":"Object was not found.","data":null,"additional_data":null}"#
                .to_vec(),
        )
    }

    pub(super) fn field_not_found() -> Self {
        Self::generic(404, "Field not found")
    }

    pub(super) fn invalid(violations: &[Violation]) -> Self {
        let reasons: Vec<String> = violations
            .iter()
            .map(|violation| format!("{}: {}", violation.parameter, violation.reason))
            .collect();
        let mut body = Json::with_capacity(200);
        body.raw("{");
        body.field("success", &false);
        body.field(
            "error",
            &format!("Validation failed: {}", reasons.join("; ")),
        );
        body.field("code", "ERR_SCHEMA_VALIDATION_FAILED");
        if let Some(code) = violations
            .iter()
            .find_map(|violation| violation.field_code.as_deref())
        {
            body.field("field_code", code);
        }
        body.raw("}");
        Self::json(400, body.0)
    }

    pub(super) fn bad(parameter: &str, reason: &str) -> Self {
        Self::invalid(&[Violation::new(parameter, reason)])
    }

    pub(super) fn capped(feature: &str, message: &str) -> Self {
        Self::of(
            403,
            &json!({"success": false, "error": message, "error_info": ERROR_INFO, "data": null, "additional_data": null,
                    "code": format!("feature_capping_{feature}_limit")}),
        )
    }

    pub(super) fn firewall() -> Self {
        let page = "<!DOCTYPE html>\n<html><head><title>Access denied</title></head>\
                    <body><h1>Sorry, you have been blocked</h1><p>Error 1015</p></body></html>";
        Self {
            status: 403,
            content_type: "text/html; charset=UTF-8",
            body: page.as_bytes().to_vec(),
        }
    }

    pub(super) fn webhook_error(status: u16, parameter: &str, reason: &str) -> Self {
        Self::of(
            status,
            &json!({"status": "error", "success": false, "errors": {parameter: [reason]}}),
        )
    }
}
