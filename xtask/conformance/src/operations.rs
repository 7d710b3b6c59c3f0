//! The operations of both OpenAPI files: one line of `data/` each.
//!
//! In: method and path of a call. Out: the operation it belongs to. The longer an operation's fixed part, the sooner it
//! is taken (`/users/me` before `/users/{id}`). Schemas stay text until somebody asks for one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::value::RawValue;

const FILES: [(&str, &str); 2] = [
    ("v1", include_str!("../data/pipedrive-v1.jsonl")),
    ("v2", include_str!("../data/pipedrive-v2.jsonl")),
];

/// One operation as published.
#[derive(Debug, Deserialize)]
pub struct Operation {
    pub method: String,
    /// With its prefix, such as `/api/v2/deals/{id}`.
    pub path: String,
    /// The group it is in, such as `Deals`.
    pub entity: String,
    /// Schema of each status; `null` where the answer is no JSON.
    pub(crate) answers: BTreeMap<u16, Box<RawValue>>,
    /// `v1` or `v2`.
    #[serde(skip)]
    pub version: &'static str,
}

impl Operation {
    /// `GET /api/v2/deals/{id}`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The statuses that are published for it.
    pub fn statuses(&self) -> impl Iterator<Item = u16> {
        self.answers.keys().copied()
    }

    /// How many of the path's parts are fixed, if the path fits.
    fn fits(&self, method: &str, parts: &[&str]) -> Option<usize> {
        if self.method != method {
            return None;
        }
        let mut fixed = 0;
        let mut own = self.path.split('/');
        for part in parts {
            let own = own.next()?;
            if own == *part {
                fixed += 1;
            } else if !own.starts_with('{') || part.is_empty() {
                return None;
            }
        }
        own.next().is_none().then_some(fixed)
    }
}

/// Every published operation.
#[must_use]
pub fn operations() -> &'static [Operation] {
    static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
        let of_file = |(version, text): (&'static str, &'static str)| {
            text.lines().map(move |line| Operation {
                version,
                ..serde_json::from_str(line).expect("a line of data/ is an operation")
            })
        };
        FILES.into_iter().flat_map(of_file).collect()
    });
    &OPERATIONS
}

/// The operation a call belongs to; its query is ignored, and both prefixes of v1 are the same.
pub(crate) fn find(method: &str, path: &str) -> Option<&'static Operation> {
    let path = path.split('?').next().unwrap_or(path);
    let plain = match path.strip_prefix("/api/v1/") {
        Some(rest) => format!("/v1/{rest}"),
        None => path.to_owned(),
    };
    let parts: Vec<&str> = plain.split('/').collect();
    operations()
        .iter()
        .filter_map(|operation| Some((operation.fits(method, &parts)?, operation)))
        .max_by_key(|(fixed, _)| *fixed)
        .map(|(_, operation)| operation)
}
