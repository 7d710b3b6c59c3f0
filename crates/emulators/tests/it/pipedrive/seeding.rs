//! An account filled with the deals of the made-up brokerage: believable, the same for the same seed, and noticed by nobody.

use std::collections::BTreeSet;

use emulators::brokerage::Brokerage;
use emulators::brokerage::mandates::Business;
use emulators::pipedrive::{
    Entity, Limits, PipedriveConfig, PipedriveEmulator, Subscription, Switches,
};
use serde_json::{Value, json};

use super::Account;

const DEALS: usize = 300;
/// When the accounts of these tests are filled.
const NOW: &str = "2026-01-14T10";

fn seeded_with(config: PipedriveConfig, deals: usize) -> Account {
    let mut account = Account::with(config);
    let book = Brokerage::generate(7, 40, 160);
    account.emulator.seed(&book, account.now);
    account.emulator.seed_office(account.now);
    account.emulator.seed_deals(&book, deals, account.now);
    account
}

fn seeded() -> Account {
    let config = PipedriveConfig {
        seed: 7,
        limits: Limits::Off,
        ..PipedriveConfig::default()
    };
    seeded_with(config, DEALS)
}

fn rows(account: &mut Account, path: &str) -> Vec<Value> {
    let seen = account.get(path);
    assert_eq!(seen.status, 200, "{}", seen.text);
    seen.data().as_array().unwrap().clone()
}

fn values<'r>(rows: &'r [Value], key: &str) -> BTreeSet<&'r str> {
    rows.iter().filter_map(|row| row[key].as_str()).collect()
}

#[test]
fn the_same_seed_fills_an_account_with_the_same_deals() {
    assert_eq!(seeded().emulator.save_text(), seeded().emulator.save_text());
    let config = PipedriveConfig {
        seed: 8,
        ..seeded().emulator.config().clone()
    };
    let mut other = seeded_with(config, DEALS);
    let titles = |account: &mut Account| -> Vec<Value> {
        let deals = rows(account, "/api/v2/deals?limit=500");
        deals.iter().map(|deal| deal["title"].clone()).collect()
    };
    assert_ne!(titles(&mut seeded()), titles(&mut other));
}

#[test]
fn every_business_has_its_pipeline_with_its_stages_and_deals_in_all_states() {
    let mut account = seeded();
    let pipelines = rows(&mut account, "/api/v2/pipelines");
    let names = Business::ALL.map(Business::pipeline);
    assert_eq!(values(&pipelines, "name"), BTreeSet::from(names));
    for business in Business::ALL {
        let pipeline = account.emulator.pipeline_id(business.pipeline()).unwrap();
        let stages = rows(
            &mut account,
            &format!("/api/v2/stages?pipeline_id={pipeline}"),
        );
        let wanted: Vec<Value> = business
            .stages()
            .iter()
            .map(|(name, probability)| json!([name, probability]))
            .collect();
        let found: Vec<Value> = stages
            .iter()
            .map(|stage| json!([stage["name"], stage["deal_probability"]]))
            .collect();
        assert_eq!(found, wanted);
        let deals = rows(
            &mut account,
            &format!("/api/v2/deals?limit=500&pipeline_id={pipeline}"),
        );
        assert_eq!(
            values(&deals, "status"),
            BTreeSet::from(["lost", "open", "won"])
        );
        let occupied: BTreeSet<_> = deals
            .iter()
            .filter(|deal| deal["status"] == "open")
            .map(|deal| deal["stage_id"].as_i64())
            .collect();
        assert!(occupied.len() >= 4, "{occupied:?}");
    }
    let deals = rows(&mut account, "/api/v2/deals?limit=500");
    assert_eq!(deals.len(), DEALS);
    assert_eq!(
        values(&deals, "currency"),
        BTreeSet::from(["DKK", "EUR", "NOK", "SEK"])
    );
    let owners: BTreeSet<_> = deals.iter().map(|deal| deal["owner_id"].as_i64()).collect();
    assert_eq!(owners, BTreeSet::from([Some(12), Some(13), Some(14)]));
}

#[test]
fn a_deals_history_runs_from_its_first_stage_to_where_it_stands() {
    let mut account = seeded();
    let deals = rows(&mut account, "/api/v2/deals?limit=500");
    let mut moves = 0;
    for deal in deals {
        let log = rows(
            &mut account,
            &format!("/v1/deals/{}/changelog?limit=100", deal["id"]),
        );
        let times: Vec<&str> = log
            .iter()
            .map(|row| row["time"].as_str().unwrap())
            .collect();
        assert!(
            times.is_sorted_by(|later, earlier| later >= earlier),
            "{times:?}"
        );
        let to_stage: Vec<&Value> = log
            .iter()
            .filter(|row| row["field_key"] == "stage_id")
            .collect();
        if let Some(last) = to_stage.first() {
            assert_eq!(last["new_value"], deal["stage_id"].to_string());
        }
        moves += to_stage.len();
        let time = |key: &str| deal[key].as_str().unwrap_or_default().to_owned();
        assert!(time("add_time").as_str() < NOW, "{deal}");
        assert!(time("update_time").as_str() < NOW, "{deal}");
        match deal["status"].as_str().unwrap() {
            "won" => assert!(time("won_time") >= time("add_time"), "{deal}"),
            "lost" => assert!(deal["lost_reason"].is_string(), "{deal}"),
            _ => assert!(deal["close_time"].is_null(), "{deal}"),
        }
    }
    assert!(moves > DEALS, "{moves}");
}

#[test]
fn people_products_activities_notes_and_leads_hang_on_them() {
    let mut account = seeded();
    let deals = rows(
        &mut account,
        "/api/v2/deals?limit=500&include_fields=participants_count,products_count,notes_count,followers_count",
    );
    for key in [
        "participants_count",
        "products_count",
        "notes_count",
        "followers_count",
    ] {
        let with = deals.iter().filter(|deal| deal[key].as_i64() > Some(0));
        assert!(with.count() > DEALS / 20, "{key}");
    }
    let sold = deals
        .iter()
        .find(|deal| deal["products_count"].as_i64() > Some(0))
        .unwrap();
    let items = rows(
        &mut account,
        &format!("/api/v2/deals/{}/products", sold["id"]),
    );
    assert_eq!(items[0]["sum"].as_f64(), sold["value"].as_f64());
    let next = rows(&mut account, "/api/v2/activities?limit=500&done=false");
    assert!(next.iter().any(|activity| activity["deal_id"].is_i64()));
    let leads = rows(&mut account, "/v1/leads?limit=500");
    assert_eq!(leads.len(), DEALS / 6);
    assert!(leads.iter().any(|lead| lead["label_ids"][0].is_string()));
}

#[test]
fn contacts_stay_as_they_were_and_nobody_is_told() {
    let book = Brokerage::generate(7, 40, 160);
    let mut after = seeded();
    let mut before = Account::with(after.emulator.config().clone());
    before.emulator.seed(&book, before.now);
    assert!(before.emulator.persons() == after.emulator.persons());
    assert!(before.emulator.organizations() == after.emulator.organizations());
    assert_eq!(after.emulator.counters().tokens_total(), 0);
    assert!(after.due().is_empty());
}

#[test]
fn an_account_that_deviates_or_has_little_room_is_filled_all_the_same() {
    let switches = Switches {
        deals_need_a_contact: true,
        pipelines_alone_are_refused: true,
        new_pipelines_have_stages: true,
        ..Switches::default()
    };
    let config = PipedriveConfig {
        limits: Limits::Real,
        subscription: Subscription::Lite,
        ..PipedriveConfig::default()
    };
    let account = seeded_with(config.like(switches.clone()), DEALS);
    assert_eq!(account.emulator.record_ids(Entity::Deal).count(), DEALS);
    assert_eq!(account.emulator.config().switches, switches);
    assert_eq!(account.emulator.config().limits, Limits::Real);
}

#[test]
fn without_contacts_or_without_deals_there_is_nothing_wrong() {
    let empty = Brokerage::default();
    let mut account = Account::new();
    account.emulator.seed_deals(&empty, 5, account.now);
    assert_eq!(account.emulator.record_ids(Entity::Deal).count(), 5);
    let mut untouched = Account::new();
    let bare = PipedriveEmulator::new(untouched.emulator.config().clone());
    untouched.emulator.seed_deals(&empty, 0, untouched.now);
    assert_eq!(untouched.emulator.save_text(), bare.save_text());
}
