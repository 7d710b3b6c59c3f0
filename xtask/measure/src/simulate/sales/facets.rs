//! What a person sees of a deal or a project, written apart from the engine's own mapping so that a mistake there shows.
//!
//! In: a record as the emulators show it. Out: its facets, each as plain text in one form for both sides.

use serde_json::Value;

use super::super::facets::{Codes, Facet, Shown, id, line, marker};

/// One thing that can be seen of a deal or a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in super::super) enum DealFacet {
    Name,
    /// Amount and currency; what costs nothing has none.
    Price,
    /// Whether it is about several properties: `yes`, `no`, or nothing where nobody has said.
    Portfolio,
    /// How many properties they are.
    Properties,
    /// The stage of a deal; of a project its classification and how far its teaser is, which users of Propstreet set.
    Stage,
    /// `open`, `won` or `lost`; a closed project is won.
    Status,
}

pub(in super::super) const OPEN: &str = "open";
pub(in super::super) const WON: &str = "won";
pub(in super::super) const LOST: &str = "lost";

const fn of(facet: DealFacet) -> Facet {
    Facet::Deal(facet)
}

pub(in super::super) fn deal(record: &Value, codes: &Codes) -> Shown {
    let custom = |code: &str| &record["custom_fields"][code];
    let mut shown = Shown {
        is_live: record["is_deleted"] != true,
        marker: line(custom(&codes.deal_marker)),
        ..Shown::default()
    };
    shown.put(of(DealFacet::Name), line(&record["title"]));
    let price = amount(&record["value"], 1.0, &record["currency"]);
    shown.put(of(DealFacet::Price), price);
    let portfolio = custom(&codes.portfolio).as_i64().map(|option| {
        let is_yes = Some(option) == codes.portfolio_yes;
        if is_yes { "yes" } else { "no" }.to_owned()
    });
    shown.put(of(DealFacet::Portfolio), portfolio);
    let count = custom(&codes.properties).as_f64();
    let count = count.map(|count| format!("{count}"));
    shown.put(of(DealFacet::Properties), count);
    let stage = record["stage_id"].as_i64();
    let stage = stage.and_then(|id| codes.stages.get(&id).cloned());
    shown.put(of(DealFacet::Stage), stage);
    shown.put(of(DealFacet::Status), line(&record["status"]));
    let closes = line(&record["expected_close_date"]);
    shown.put(Facet::Own("expected_close_date"), closes);
    shown.put(Facet::Own("owner_id"), id(&record["owner_id"]));
    shown
}

pub(in super::super) fn project(record: &Value) -> Shown {
    let mut shown = Shown {
        is_live: record["deletedUtc"].is_null(),
        marker: marker(record),
        ..Shown::default()
    };
    shown.put(of(DealFacet::Name), line(&record["name"]));
    let price = &record["price"];
    let times = match price["scale"].as_str() {
        Some("thousands") => 1e3,
        Some("millions") => 1e6,
        _ => 1.0,
    };
    let price = amount(&price["value"], times, &price["currency"]);
    shown.put(of(DealFacet::Price), price);
    let asset = &record["asset"];
    let is_portfolio = asset["type"] == "portfolio";
    let portfolio = if is_portfolio { "yes" } else { "no" }.to_owned();
    shown.put(of(DealFacet::Portfolio), Some(portfolio));
    shown.put(of(DealFacet::Properties), id(&asset["propertyCount"]));
    let part = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (classification, teaser) = (
        part(&record["classification"]),
        part(&record["teaser"]["stage"]),
    );
    let progress = format!("{classification} {teaser}").trim_end().to_owned();
    shown.put(of(DealFacet::Stage), Some(progress));
    let status = line(&record["status"]);
    let status = status.map(|status| {
        if status == "closed" {
            WON.to_owned()
        } else {
            status
        }
    });
    shown.put(of(DealFacet::Status), status);
    shown.put(Facet::Own("exclusivity"), line(&record["exclusivity"]));
    shown
}

/// Users of the simulated world write whole amounts.
fn amount(value: &Value, times: f64, currency: &Value) -> Option<String> {
    let told = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let whole = (told? * times).round();
    let currency = currency.as_str()?;
    (whole > 0.0).then(|| format!("{whole} {currency}"))
}
