//! What the server says when it refuses: `application/problem+json`.
//!
//! In: a reason. Out: status, headers and body. It decides nothing.

use super::json;

/// A refused call, boxed so that results stay small.
pub(super) type Refused = Box<Problem>;

/// The type of problems that have no page of their own.
pub(super) const GENERAL: &str = "https://tools.ietf.org/html/rfc7807";
const STALE: &str = "/help/precondition-failed";
const RACED: &str = "/help/concurrency-conflict";
const REQUIRED: &str = "/help/precondition-required";

/// One problem document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: u16,
    kind: &'static str,
    title: &'static str,
    pub(super) detail: String,
    errors: Vec<(String, String)>,
    pub(super) retry_after: Option<i64>,
    pub(super) allow: Option<&'static str>,
}

fn plain(status: u16, title: &'static str, detail: &str) -> Refused {
    Box::new(Problem {
        status,
        kind: GENERAL,
        title,
        detail: detail.to_owned(),
        errors: Vec::new(),
        retry_after: None,
        allow: None,
    })
}

pub(super) fn validation(errors: Vec<(String, String)>) -> Refused {
    let mut problem = plain(400, "Validation Error", "One or more fields are not valid.");
    problem.errors = errors;
    problem
}

pub(super) fn invalid(field: &str, message: &str) -> Refused {
    validation(vec![(field.to_owned(), message.to_owned())])
}

/// Valid as JSON, and still nothing that can be carried out.
pub(super) fn unprocessable(field: &str, message: &str) -> Refused {
    let mut problem = plain(422, "Unprocessable Entity", message);
    problem.errors = vec![(field.to_owned(), message.to_owned())];
    problem
}

pub(super) fn unauthorized(detail: &str) -> Refused {
    plain(401, "Unauthorized", detail)
}

/// The login is known, and may not do this.
pub(super) fn forbidden() -> Refused {
    plain(403, "Forbidden", "The login does not reach this.")
}

pub(super) fn not_found(what: &str) -> Refused {
    plain(404, "Not Found", what)
}

pub(super) fn not_allowed(allow: &'static str) -> Refused {
    let mut problem = plain(
        405,
        "Method Not Allowed",
        "This resource does not answer that method.",
    );
    problem.allow = Some(allow);
    problem
}

/// Something with the same identity exists; not a concurrency conflict.
pub(super) fn exists(detail: &str) -> Refused {
    plain(409, "Conflict", detail)
}

pub(super) fn too_large(status: u16, detail: &str) -> Refused {
    plain(status, "Too Large", detail)
}

pub(super) fn unsupported_media() -> Refused {
    plain(
        415,
        "Unsupported Media Type",
        "The body must be application/json.",
    )
}

pub(super) fn unsupported_form() -> Refused {
    plain(
        415,
        "Unsupported Media Type",
        "The body must be multipart/form-data with a boundary.",
    )
}

pub(super) fn stale() -> Refused {
    let mut problem = plain(
        412,
        "Precondition Failed",
        "The entity has another version than If-Match names. Fetch it again.",
    );
    problem.kind = STALE;
    problem
}

/// Somebody changed it between the check of its version and the write.
pub(super) fn raced() -> Refused {
    let mut problem = exists("The entity was modified. Fetch it again and retry.");
    problem.kind = RACED;
    problem
}

pub(super) fn version_required() -> Refused {
    let mut problem = plain(
        428,
        "Precondition Required",
        "This call needs an If-Match header.",
    );
    problem.kind = REQUIRED;
    problem
}

pub(super) fn too_many(seconds: i64) -> Refused {
    let mut problem = plain(
        429,
        "Too Many Requests",
        &format!("Rate limit exceeded. Try again in {seconds} seconds."),
    );
    problem.retry_after = Some(seconds);
    problem
}

impl Problem {
    pub(super) fn set_status(&mut self, status: u16) {
        self.status = status;
        self.title = match status {
            412 | 404 => self.title,
            500..=599 => "Server Error",
            _ => "Refused",
        };
    }

    pub(super) fn body(&self, instance: &str) -> String {
        let mut out = String::with_capacity(256);
        out.push_str("{\"type\":");
        json::text(&mut out, self.kind);
        json::key_text(&mut out, "title", Some(self.title));
        json::key_number(&mut out, "status", i64::from(self.status));
        json::key_text(&mut out, "detail", Some(&self.detail));
        json::key_text(&mut out, "instance", Some(instance));
        if !self.errors.is_empty() {
            json::key(&mut out, "errors");
            self.write_errors(&mut out);
        }
        out.push('}');
        out
    }

    fn write_errors(&self, out: &mut String) {
        let mut by_field: Vec<(&str, Vec<&str>)> = Vec::new();
        for (field, message) in &self.errors {
            match by_field.iter_mut().find(|(known, _)| known == field) {
                Some((_, messages)) => messages.push(message),
                None => by_field.push((field, vec![message])),
            }
        }
        json::list(out, '{', &by_field, |out, (field, messages)| {
            json::text(out, field);
            out.push(':');
            json::list(out, '[', messages, |out, message| json::text(out, message));
        });
    }

    /// All messages in one line, for verbs that have no HTTP answer.
    pub(super) fn sentence(&self) -> String {
        let mut out = format!("{} {}: {}", self.status, self.title, self.detail);
        for (field, message) in &self.errors {
            out.push_str(&format!(" {field}: {message}"));
        }
        out
    }
}
