//! The Propstreet emulator, called as its clients call it.

mod companies;
mod connections;
mod contacts;
mod control;
mod door;
mod edits;
mod face;
mod laws;
mod links;
mod lists;
mod notes;
mod other_readings;
mod portfolio_laws;
mod projects;
mod properties;
mod prospects;
mod reach;
mod registry;
mod repeats;
mod revisions;
mod switches;
mod timeline;
mod upserts;
mod values;
mod webhooks;

use bytes::Bytes;
use emulators::propstreet::{PropstreetEmulator, PropstreetSettings};
use emulators::{Answer, Emulator, Moment};
use http::Request;
use serde_json::{Value, json};

pub(crate) const CONTACTS: &str = "/api/v1/network/contacts";
pub(crate) const COMPANIES: &str = "/api/v1/network/companies";
pub(crate) const LINKS: &str = "/api/v1/network/links";
pub(crate) const HOOKS: &str = "/api/v1/webhooks";
const START: i64 = 1_789_000_000_000;

/// An organization, a clock we hold and a client that is signed in.
pub(crate) struct Org {
    pub(crate) emulator: PropstreetEmulator,
    pub(crate) now: i64,
    pub(crate) token: String,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Told {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

impl Org {
    pub(crate) fn new() -> Self {
        Self::with(PropstreetSettings::default())
    }

    pub(crate) fn with(settings: PropstreetSettings) -> Self {
        let mut org = Self {
            emulator: PropstreetEmulator::new(settings),
            now: START,
            token: String::new(),
        };
        org.sign_in();
        org
    }

    pub(crate) fn sign_in(&mut self) {
        let form = "grant_type=client_credentials&client_id=nordhav-sync&client_secret=nordhav-sync-secret&scope=api%3Apublic";
        let request = Request::post("/openid/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form))
            .unwrap();
        let told = self.send(request);
        self.token = told.body["access_token"].as_str().unwrap().to_owned();
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.now)
    }

    pub(crate) fn raw(&mut self, request: Request<Bytes>) -> Answer {
        self.emulator.answer(&request, Moment(self.now))
    }

    pub(crate) fn send(&mut self, request: Request<Bytes>) -> Told {
        let (parts, body) = self.raw(request).response.into_parts();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Told {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Request<Bytes> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json; charset=utf-8");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        request.body(body).unwrap()
    }

    pub(crate) fn call(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Told {
        let request = self.request(method, path, headers, body);
        self.send(request)
    }

    pub(crate) fn get(&mut self, path: &str) -> Told {
        self.call("GET", path, &[], &Value::Null)
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Told {
        self.call("POST", path, &[], body)
    }

    pub(crate) fn patch(&mut self, path: &str, body: &Value) -> Told {
        self.call("PATCH", path, &[], body)
    }

    pub(crate) fn delete(&mut self, path: &str) -> Told {
        self.call("DELETE", path, &[], &Value::Null)
    }

    pub(crate) fn contact(&mut self, body: &Value) -> String {
        self.post(CONTACTS, body).expect(201).id()
    }

    pub(crate) fn company(&mut self, name: &str) -> String {
        self.post(COMPANIES, &json!({"name": name}))
            .expect(201)
            .id()
    }

    pub(crate) fn link(&mut self, contact: &str, company: &str) -> String {
        self.post(LINKS, &json!({"contactId": contact, "companyId": company}))
            .expect(201)
            .id()
    }
}

/// Ann Berg, known by name and address.
pub(crate) fn ann() -> Value {
    json!({"firstName": "Ann", "lastName": "Berg", "email": "ann.berg@fjordkapital.se"})
}
