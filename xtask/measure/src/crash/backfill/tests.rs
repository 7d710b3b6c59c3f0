//! What the judge says, the table, and five deaths of the real program.

use clap::Parser;

use super::compare::{what_it_says, what_verify_says};
use super::{Arguments, Figures, in_an_office};

#[test]
fn what_a_backfill_does_not_call_complete_is_wrong() {
    let told = r#"{"is_complete": false, "entities": [{"entity": "deal", "is_complete": false}]}"#;
    assert_eq!(what_it_says(told).unwrap().len(), 2);
    let told = r#"{"compared": [{"entity": "deal", "is_equal": false}]}"#;
    assert_eq!(what_verify_says(told).unwrap().len(), 1);
}

#[test]
fn the_table_tells_how_many_requests_the_kills_cost() {
    let figures = Figures {
        kills: 100,
        requests_whole: 200,
        requests: 283,
        ..Figures::default()
    };
    let table = figures.table();
    assert!(table.contains("83 requests more"), "{table}");
    assert!(table.contains("283 of 300 requests"), "{table}");
}

#[test]
fn a_backfill_that_is_killed_five_times_goes_on_where_it_was() {
    // Built beside this test when all of the workspace is tested.
    let folder = std::env::current_exe().unwrap();
    let folder = folder.parent().and_then(std::path::Path::parent).unwrap();
    let built = folder.join(format!("pipestreet{}", std::env::consts::EXE_SUFFIX));
    let binary = super::program(built.exists().then_some(&*built)).unwrap();
    let arguments = Arguments::parse_from([
        "backfill",
        "--kills",
        "5",
        "--persons",
        "1000",
        "--organizations",
        "300",
        "--deals",
        "1000",
        "--latency",
        "60",
    ]);
    app::startup::choose_tls();
    let runtime = app::startup::runtime().unwrap();
    runtime
        .block_on(Box::pin(in_an_office(&arguments, binary)))
        .unwrap();
}
