//! The figures of a backfill: what is read of processes, what is asked of the peers, and what the tables say.

use std::collections::BTreeMap;

use serde_json::json;

use super::peers::select_streams;
use super::report::{Line, backfills, memory, tokens_min};
use super::services::{Counted, Size};
use super::watch::{Process, Spent, family_of};

const SIZE: Size = Size {
    deals: 1_000,
    persons: 501,
    organizations: 0,
    custom_fields: 60,
    set: 5,
};

fn line(name: &str, seconds: f64, peak_bytes: u64) -> Line {
    Line {
        name: name.to_owned(),
        rows: 1_501,
        spent: Spent {
            seconds,
            processor_seconds: seconds,
            peak_bytes,
            was_stopped: false,
            succeeded: true,
        },
        counted: Counted {
            requests: 5,
            tokens: 60,
            tokens_of_lists: 50,
        },
    }
}

#[test]
fn the_fewest_tokens_are_the_pages_of_the_three_lists() {
    // Two full pages, two pages of which one is nearly empty, and one that says there is nothing.
    assert_eq!(tokens_min(SIZE), 50);
}

#[test]
fn a_process_is_read_whatever_its_name_is() {
    let stat = "42 (a) b (c) S 7 42 42 0 -1 4194560 100 0 0 0 31 11 5 6 20 0 1 0 100";
    let process = Process {
        parent: 7,
        has_ended: false,
        own_ticks: 42,
    };
    assert_eq!(Process::read(stat), Some(process));
    assert_eq!(Process::read("42 (cut off) S"), None);
}

#[test]
fn a_program_is_measured_with_all_that_it_started() {
    let child_of = |parent| Process {
        parent,
        has_ended: false,
        own_ticks: 1,
    };
    let table = BTreeMap::from([
        (2, child_of(1)),
        (3, child_of(2)),
        (4, child_of(3)),
        (5, child_of(1)),
    ]);
    assert_eq!(family_of(&[2], &table), [2, 3, 4]);
}

#[test]
fn only_the_streams_in_question_are_asked_for() {
    let stream = |name: &str| {
        json!({"stream": name, "metadata": [
            {"breadcrumb": [], "metadata": {}}, {"breadcrumb": ["properties", "id"], "metadata": {}},
        ]})
    };
    let mut catalog = json!({"streams": [stream("deals"), stream("files")]});
    select_streams(&mut catalog);
    let selected =
        |place: usize| catalog["streams"][place]["metadata"][0]["metadata"]["selected"].clone();
    assert_eq!((selected(0), selected(1)), (json!(true), json!(false)));
    assert_eq!(catalog["streams"][0]["metadata"][1]["metadata"], json!({}));
}

#[test]
fn each_figure_is_told_beside_the_peers_and_its_limit() {
    let ours = line("ours", 1.0, 60_000_000);
    let peers = [
        ("quick", Ok(line("quick", 4.0, 120_000_000))),
        ("dead", Err("it speaks to another service".to_owned())),
    ];
    let told = backfills(SIZE, &ours, &peers);
    assert!(
        told.contains("4.00 times the records per second (limit 3.00): met"),
        "{told}"
    );
    assert!(
        told.contains("1501 records per second (aim 10000): missed"),
        "{told}"
    );
    assert!(told.contains("peak 60.0 MB (limit 100): met"), "{told}");
    assert!(
        told.contains("the fewest there can be 1.000 (limit 1.000): met; 10 more"),
        "{told}"
    );
    assert!(
        told.contains("dead did not run: it speaks to another service"),
        "{told}"
    );
}

#[test]
fn memory_that_grows_with_the_records_is_told() {
    let few = line("few", 1.0, 50_000_000);
    let flat = memory(&few, &line("many", 1.0, 55_000_000));
    assert!(
        flat.contains("1.10 times (limit 1.15, and 100 MB): met"),
        "{flat}"
    );
    let grown = memory(&few, &line("many", 1.0, 75_000_000));
    assert!(
        grown.contains("1.50 times (limit 1.15, and 100 MB): missed"),
        "{grown}"
    );
}
