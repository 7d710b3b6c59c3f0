//! Whatever the server answers, every call about projects ends in a value or in an error without a word of the answer in it,
//! and without a panic.

use std::sync::{Arc, Mutex};

use api_client::{
    BaseUrl, BoxFuture, Budget, BudgetSettings, CallError, Caller, Clock, MemoryLedger, Transport,
    TransportError,
};
use bytes::Bytes;
use emulators::propstreet::{PropstreetEmulator, PropstreetSettings};
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use propstreet::{
    Buyer, Classification, Client, Closing, Investor, ListQuery, Login, NewBot, NewProspect,
    NoteRevision, NotesQuery, ProjectBody, PropertySearch, ProspectBody, SearchArea, SearchQuery,
    TimelineOf, WebhookBody, WebhookHint,
};
use serde_json::{Value, json};

use crate::wire::Wire;
use crate::world::CHANGE;

const ANSWERS: u64 = 3_000;
/// A name, which stands in spoiled answers and may stand in no error.
const CANARY: &str = "Astrid Canary";

/// Numbers that look drawn and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

/// The emulator behind somebody who spoils its answers.
struct Spoiler {
    wire: Arc<Wire<PropstreetEmulator>>,
    dice: Mutex<Dice>,
}

impl Spoiler {
    fn spoil(&self, answer: Response<Bytes>) -> Response<Bytes> {
        let mut dice = self.dice.lock().unwrap();
        let (mut parts, body) = answer.into_parts();
        if dice.below(4) == 0 {
            let codes = [200, 201, 204, 302, 400, 403, 404, 409, 418, 500, 503];
            parts.status = StatusCode::from_u16(codes[dice.below(codes.len())]).unwrap();
        }
        if dice.below(4) == 0 {
            parts.headers.remove("etag");
        }
        let body = match dice.below(8) {
            0 => Vec::new(),
            1 => body[..dice.below(body.len() + 1)].to_vec(),
            2 => format!("<html><body>{CANARY}</body></html>").into_bytes(),
            3 => vec![0xff, 0xfe, b'{', b'"', 0x00],
            4 => format!("{}{}", "[".repeat(5_000), CANARY).into_bytes(),
            _ => {
                let mut value = serde_json::from_slice(&body).unwrap_or(json!({"data": []}));
                for _ in 0..=dice.below(4) {
                    twist(&mut value, &mut dice);
                }
                value.to_string().into_bytes()
            }
        };
        Response::from_parts(parts, Bytes::from(body))
    }
}

/// Puts something of another kind in one place of a value.
fn twist(value: &mut Value, dice: &mut Dice) {
    let goes_deeper = dice.below(4) > 0;
    let deeper = match value {
        Value::Object(members) if goes_deeper && !members.is_empty() => {
            let place = dice.below(members.len());
            members.values_mut().nth(place)
        }
        Value::Array(items) if goes_deeper && !items.is_empty() => {
            let place = dice.below(items.len());
            items.get_mut(place)
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => None,
    };
    if let Some(deeper) = deeper {
        return twist(deeper, dice);
    }
    let odd = [
        Value::Null,
        json!(CANARY),
        json!([CANARY, [], {}]),
        json!({"id": {"value": CANARY}}),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(true),
        json!(""),
        json!("x".repeat(10_000)),
    ];
    *value = odd[dice.below(odd.len())].clone();
}

impl Transport for Spoiler {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move { Ok(self.spoil(self.wire.send(request).await?)) })
    }
}

type Calls<'a> = Vec<BoxFuture<'a, Result<(), CallError>>>;

fn reads<'a>(client: &'a Client, project: &'a str, prospect: &'a str) -> Calls<'a> {
    vec![
        Box::pin(async move { client.get_project(project, &CHANGE).await.map(drop) }),
        Box::pin(async move {
            client
                .list_projects(&ListQuery::all(), &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            client
                .get_prospect(project, prospect, &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            client
                .list_prospects(project, &ListQuery::all(), &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            client
                .list_properties(&ListQuery::all(), &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            client
                .search_properties(&PropertySearch::of(SearchArea::Anywhere), &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            client
                .list_properties_of(project, &ListQuery::all(), &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            let query = NotesQuery::with_past();
            client
                .list_notes(TimelineOf::Project(project), &query, &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            client
                .changes(TimelineOf::Project(project), None, &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move { client.list_deliveries("1", &CHANGE).await.map(drop) }),
        Box::pin(async move { client.get_webhook("1", &CHANGE).await.map(drop) }),
        Box::pin(async move { client.list_registered_clients(&CHANGE).await.map(drop) }),
        Box::pin(async move { client.list_bots(&CHANGE).await.map(drop) }),
        Box::pin(async move {
            let (query, types) = ("kvarnholm".to_owned(), Vec::new());
            let query = SearchQuery {
                query,
                limit: 5,
                types,
            };
            client.search(&query, &CHANGE).await.map(drop)
        }),
    ]
}

fn writes<'a>(client: &'a Client, project: &'a str, prospect: &'a str) -> Calls<'a> {
    let body = ProjectBody::default;
    vec![
        Box::pin(async move {
            client
                .create_project(&body(), "key", &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            client
                .update_project(project, &body(), "W/\"1\"", &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            let closing = Closing {
                buyer: Buyer::External,
                closed_at: None,
                price: None,
                returns: None,
            };
            client
                .close_project(project, &closing, "W/\"1\"", "key", &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            let who = Investor::Contact("5001".to_owned());
            let batch = [NewProspect {
                who,
                external_refs: Vec::new(),
            }];
            client
                .add_prospects(project, &batch, "key", &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            let body = ProspectBody::default();
            client
                .update_prospect(project, prospect, &body, "W/\"1\"", &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            let ids = [prospect.to_owned()];
            let to = Classification::Bidder;
            client
                .classify_prospects(project, &ids, to, "key", &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            let of = TimelineOf::Project(project);
            client
                .revise_note(of, "1", NoteRevision::Archive, "\"1\"", &CHANGE)
                .await
        }),
    ]
}

fn other_writes(client: &Client) -> Calls<'_> {
    vec![
        Box::pin(async move {
            client
                .update_webhook("1", &WebhookBody::default(), &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            client
                .replay_deliveries("1", Timestamp::UNIX_EPOCH, &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            let (email, name) = ("a@fjord.se".to_owned(), String::new());
            let bot = NewBot {
                email,
                first_name: name.clone(),
                last_name: name,
            };
            client.create_bot(&bot, &CHANGE).await.map(drop)
        }),
        Box::pin(async move {
            client
                .register_client("Name", "bot-2", &CHANGE)
                .await
                .map(drop)
        }),
        Box::pin(async move {
            client
                .create_personal_token("Name", &CHANGE)
                .await
                .map(drop)
        }),
    ]
}

/// A client of an organization with a project, a property, a prospect and a note, whose answers are spoiled.
fn spoiled(seed: u64) -> (Arc<Wire<PropstreetEmulator>>, Client, [String; 2]) {
    let wire = Wire::to(PropstreetEmulator::new(PropstreetSettings::default()));
    let now = wire.now();
    let ids = {
        let mut emulator = wire.emulator();
        let price = json!({"value": 12.5, "currency": "SEK"});
        let project = json!({"name": "Kvarnholm", "price": price});
        let project = emulator.add_project(&project, now).unwrap();
        let place =
            json!({"name": "Storgatan 12", "location": {"latitude": 59.3, "longitude": 18.0}});
        let property = emulator.add_property(&place, now).unwrap();
        emulator.attach_property(&project, &property, now).unwrap();
        emulator.add_project_note(&project, "Called", now).unwrap();
        let prospect = emulator
            .match_prospect(&project, "Fjord Kapital", now)
            .unwrap();
        [project, prospect]
    };
    let clock: Arc<dyn Clock> = Arc::new(wire.clock.clone());
    let ledger = Arc::new(MemoryLedger::default());
    let budget = Budget::new(Arc::clone(&clock), ledger, BudgetSettings::counting());
    let base = BaseUrl::parse("https://app.propstreet.com").unwrap();
    let spoiler = Spoiler {
        wire: Arc::clone(&wire),
        dice: Mutex::new(Dice(seed)),
    };
    let login = Login::PersonalToken("pat_nordhav".to_owned().into());
    let caller = Caller::new(Arc::new(spoiler), clock, budget, base);
    (wire, Client::new(&caller, &login).unwrap(), ids)
}

#[test]
fn spoiled_answers_end_in_values_or_in_errors_that_tell_nothing_of_them() {
    let (mut values, mut errors) = (0, 0);
    for seed in 0..ANSWERS {
        // A server that fails often is left alone for a while, so each call has one of its own.
        let (wire, client, [project, prospect]) = spoiled(seed);
        let mut calls = reads(&client, &project, &prospect);
        calls.extend(writes(&client, &project, &prospect));
        calls.extend(other_writes(&client));
        let which = usize::try_from(seed).unwrap() % calls.len();
        match wire.clock.run(calls.swap_remove(which)) {
            Ok(()) => values += 1,
            Err(error) => {
                errors += 1;
                let told = format!("{error} {error:?}");
                assert!(!told.contains(CANARY), "seed {seed}: {told}");
            }
        }
    }
    assert!(
        values > 150 && errors > 500,
        "{values} values, {errors} errors"
    );
}

#[test]
fn spoiled_events_are_hints_or_nothing() {
    let event = json!({
        "event": "prospect.updated", "type": "prospect.updated", "timestamp": "2026-05-05T17:18:39.880Z",
        "data": {"id": "7", "projectId": "12", "contactId": null, "etag": "W/\"1\"", "updatedUtc": "2026-05-05T17:18:39.880Z"},
        "action": {"type": "removed"}
    });
    let mut dice = Dice(7);
    let mut hints = 0;
    for _ in 0..5_000 {
        let mut odd = event.clone();
        twist(&mut odd, &mut dice);
        if let Ok(hint) = WebhookHint::decode(odd.to_string().as_bytes()) {
            assert!(!hint.id.is_empty());
            hints += 1;
        }
    }
    assert!((1_000..5_000).contains(&hints), "{hints}");
}
