//! Every call goes to an operation that Pipedrive has, at the price that Pipedrive asks.

use std::collections::BTreeSet;

use api_client::Counted;
use pipedrive::cost::OPERATIONS;
use pipedrive::{Operation, Verb};
use serde::Deserialize;

use crate::every_call::every_call;
use crate::script::{Reply, Script};
use crate::world::CHANGE;

/// An operation as the vendor describes it.
#[derive(Deserialize)]
struct Published {
    method: String,
    path: String,
    tokens: u32,
}

fn published() -> Vec<Published> {
    serde_json::from_str(include_str!("../data/token-costs.json")).unwrap()
}

/// How well an address fits the description: the number of parts that are the same by letter.
fn fit(description: &str, address: &str) -> Option<usize> {
    let (described, actual): (Vec<_>, Vec<_>) = (
        description.split('/').collect(),
        address.split('/').collect(),
    );
    if described.len() != actual.len() {
        return None;
    }
    let mut same = 0;
    for (described, actual) in described.iter().zip(&actual) {
        if described == actual {
            same += 1;
        } else if !described.starts_with('{') {
            return None;
        }
    }
    Some(same)
}

/// The operation that a request is, as a server would tell it.
fn described<'a>(all: &'a [Published], method: &str, path: &str) -> Option<&'a Published> {
    all.iter()
        .filter(|operation| operation.method == method)
        .filter_map(|operation| Some((fit(&operation.path, path)?, operation)))
        .max_by_key(|(same, _)| *same)
        .map(|(_, operation)| operation)
}

/// Whether a line of our table stands for a described operation: one line may stand for several kinds of records.
fn stands_for(ours: &Operation, theirs: &Published) -> bool {
    let (left, right): (Vec<_>, Vec<_>) = (
        ours.path.split('/').collect(),
        theirs.path.split('/').collect(),
    );
    ours.verb.method().as_str() == theirs.method
        && left.len() == right.len()
        && left.iter().zip(&right).all(|(left, right)| {
            match (left.strip_prefix("{entit"), right.starts_with('{')) {
                (Some(rest), false) => {
                    let (_, suffix) = rest.split_once('}').unwrap();
                    right.ends_with(suffix)
                }
                (None, true) => left.starts_with('{'),
                (None, false) => left == right,
                (Some(_), true) => false,
            }
        })
}

#[test]
fn the_table_asks_what_the_vendor_asks() {
    let all = published();
    assert_eq!(all.len(), 371, "all operations of both versions");
    for ours in OPERATIONS {
        let theirs: Vec<&Published> = all
            .iter()
            .filter(|theirs| stands_for(ours, theirs))
            .collect();
        assert!(
            !theirs.is_empty(),
            "{} is no operation of Pipedrive",
            ours.path
        );
        for theirs in theirs {
            assert_eq!(
                ours.tokens, theirs.tokens,
                "{} {}",
                theirs.method, theirs.path
            );
        }
    }
}

#[test]
fn no_line_of_the_table_is_there_twice() {
    let lines: BTreeSet<(&str, &str)> = OPERATIONS
        .iter()
        .map(|one| {
            let verb = match one.verb {
                Verb::Get | Verb::Search => "GET",
                Verb::Post => "POST",
                Verb::Put => "PUT",
                Verb::Patch => "PATCH",
                Verb::Delete => "DELETE",
            };
            (verb, one.path)
        })
        .collect();
    assert_eq!(lines.len(), OPERATIONS.len());
}

#[test]
fn searches_count_as_searches_and_nothing_else_does() {
    for one in OPERATIONS {
        let is_search = one.path.ends_with("/search") || one.path.contains("/itemSearch");
        assert_eq!(
            one.cost().counted == Counted::Search,
            is_search,
            "{}",
            one.path
        );
    }
}

#[test]
fn every_call_is_a_described_operation_and_spends_its_price() {
    let all = published();
    let (script, client) = Script::with(|_| Reply::of(404, "{}"));
    let mut called = BTreeSet::new();
    for (name, call) in every_call(&client, &CHANGE) {
        let before = client.caller().budget().spent_today();
        let _ = script.run(call);
        let spent = client.caller().budget().spent_today() - before;
        let seen = script.take_seen();
        assert_eq!(seen.len(), 1, "{name} makes one request");
        let (method, path) = (seen[0].method().as_str(), seen[0].uri().path());
        let described = described(&all, method, path);
        let Some(described) = described else {
            panic!("{name}: {method} {path} is no operation of Pipedrive");
        };
        assert_eq!(
            spent, described.tokens,
            "{name}: {method} {}",
            described.path
        );
        called.extend(
            OPERATIONS
                .iter()
                .position(|ours| stands_for(ours, described)),
        );
    }
    let never: Vec<&str> = OPERATIONS
        .iter()
        .enumerate()
        .filter(|(index, _)| !called.contains(index))
        .map(|(_, one)| one.what)
        .collect();
    assert!(
        never.is_empty(),
        "in the table, and not among the calls: {never:?}"
    );
}

#[test]
fn nothing_put_into_an_address_changes_where_a_call_goes() {
    let (script, client) = Script::with(|_| Reply::of(404, "{}"));
    let _ = script.run(client.get_lead("../users/me?x=1#y", &CHANGE));
    assert_eq!(
        script.asked().0,
        "GET /api/v1/leads/..%2Fusers%2Fme%3Fx%3D1%23y"
    );
}
