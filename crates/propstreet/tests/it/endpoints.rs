//! The table of endpoints says what the stand-in answers, what the client calls, and what the sync uses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bytes::Bytes;
use emulators::Emulator;
use emulators::propstreet::PropstreetSwitches;
use http::Request;

use crate::every_call::every_call;
use crate::world::World;

const PAGE: &str = include_str!("../../../../docs/propstreet-endpoints.md");
const TOKEN: &str = "POST /openid/token";

struct Endpoint {
    call: String,
    is_emulated: bool,
    methods: BTreeSet<String>,
    is_used: bool,
}

fn plain(cell: &str) -> String {
    cell.trim().replace('`', "")
}

fn table() -> Vec<Endpoint> {
    let rows = PAGE
        .lines()
        .filter(|line| line.starts_with("| `") && line.contains(" /"));
    let rows = rows.map(|line| line.split('|').map(plain).collect::<Vec<_>>());
    rows.map(|cells| Endpoint {
        call: cells[1].clone(),
        is_emulated: cells[3] == "yes",
        methods: cells[4]
            .split(", ")
            .filter(|method| !method.is_empty() && *method != "Login")
            .map(str::to_owned)
            .collect(),
        is_used: cells[5] == "yes",
    })
    .collect()
}

#[test]
fn the_stand_in_answers_what_the_table_says() {
    let world = World::start();
    for endpoint in table() {
        let (method, template) = endpoint.call.split_once(' ').unwrap();
        let path: Vec<&str> = template
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part })
            .collect();
        let request = Request::builder()
            .method(method)
            .uri(path.join("/"))
            .header("authorization", "Bearer pat_nordhav")
            .body(Bytes::new())
            .unwrap();
        world.wire.clock.advance(2_000);
        let answer = world.wire.emulator().answer(&request, world.wire.now());
        let told = String::from_utf8_lossy(answer.response.body()).into_owned();
        let is_there = answer.response.status() != 405 && !told.contains("no such resource");
        assert_eq!(is_there, endpoint.is_emulated, "{} {told}", endpoint.call);
    }
}

#[test]
fn the_client_calls_what_the_table_says_and_nothing_else() {
    let world = World::start();
    let mut called: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (text, call) in every_call(&world.client) {
        let rest = text.split_once("client.").unwrap().1;
        let method = rest.split('(').next().unwrap().to_owned();
        world.wire.emulator().reset_counters();
        // What comes of it does not matter: nothing that is named is there.
        let _ = world.run(call);
        let counters = world.wire.emulator().counters();
        let place = counters.requests.keys().find(|place| *place != TOKEN);
        let place = place.unwrap_or_else(|| panic!("{text} called nothing"));
        called.entry(place.clone()).or_default().insert(method);
    }
    let told: BTreeMap<String, BTreeSet<String>> = table()
        .into_iter()
        .filter(|endpoint| !endpoint.methods.is_empty())
        .map(|endpoint| (endpoint.call, endpoint.methods))
        .collect();
    assert_eq!(called, told);
}

#[test]
fn every_method_of_the_client_is_in_the_table() {
    let mut methods = BTreeSet::new();
    read(&crate_path("propstreet/src"), &mut |text| {
        for rest in text.split("pub async fn ").skip(1) {
            methods.insert(rest.split('(').next().unwrap().to_owned());
        }
    });
    let told = table().into_iter().flat_map(|endpoint| endpoint.methods);
    assert_eq!(methods, told.collect());
}

#[test]
fn the_sync_uses_what_the_table_says() {
    let mut sources = String::new();
    for of in ["engine/src", "app/src"] {
        read(&crate_path(of), &mut |text| {
            sources.extend(text.split_whitespace());
        });
    }
    for endpoint in table().into_iter().filter(|endpoint| endpoint.is_used) {
        let is_used = |method: &String| sources.contains(&format!(".{method}("));
        let uses = endpoint.call == TOKEN || endpoint.methods.iter().any(is_used);
        assert!(uses, "{}", endpoint.call);
    }
}

fn crate_path(below: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(below)
}

fn read(folder: &Path, take: &mut dyn FnMut(&str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, take);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            take(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_page_names_every_switch() {
    for (key, meaning) in PropstreetSwitches::QUESTIONS {
        let row = format!("| `{key}` | {meaning} |");
        assert!(PAGE.contains(&row), "{row}");
    }
}
