//! Currencies: a list that never changes.
//!
//! In: a term to look for. Out: currencies in the vendor's shape.

use super::super::PipedriveEmulator;
use super::super::ask::Ask;
use super::super::json::Json;
use super::super::reply::{Reply, Violation};
use super::super::route::{Row, row};

pub(in super::super) static ROWS: [Row; 1] =
    [row!("GET" "/v1/currencies", 20, |_emulator, ask| PipedriveEmulator::list_currencies(ask))];

/// Code, name, digits after the point, symbol.
const CURRENCIES: [(&str, &str, u8, &str); 12] = [
    ("SEK", "Swedish Krona", 2, "kr"),
    ("NOK", "Norwegian Krone", 2, "kr"),
    ("DKK", "Danish Krone", 2, "kr"),
    ("EUR", "Euro", 2, "€"),
    ("USD", "US Dollar", 2, "$"),
    ("GBP", "British Pound", 2, "£"),
    ("CHF", "Swiss Franc", 2, "CHF"),
    ("ISK", "Icelandic Króna", 0, "kr"),
    ("PLN", "Polish Złoty", 2, "zł"),
    ("CZK", "Czech Koruna", 2, "Kč"),
    ("JPY", "Japanese Yen", 0, "¥"),
    ("KWD", "Kuwaiti Dinar", 3, "KWD"),
];

impl PipedriveEmulator {
    fn list_currencies(ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations: Vec<Violation> = Vec::new();
        ask.query.refuse_unknown(&["term"], &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let term = ask.query.get("term").unwrap_or("").to_lowercase();
        let mut out = Json::with_capacity(2_048);
        out.raw(r#"{"success":true,"data":["#);
        for (id, (code, name, digits, symbol)) in (1_i64..).zip(CURRENCIES) {
            if !(code.to_lowercase().contains(&term) || name.to_lowercase().contains(&term)) {
                continue;
            }
            out.comma();
            out.raw("{");
            out.field("id", &id);
            out.field("code", code);
            out.field("name", name);
            out.field("decimal_points", &digits);
            out.field("symbol", symbol);
            out.raw(r#","active_flag":true,"is_custom_flag":false}"#);
        }
        out.raw("]}");
        Ok(Reply::ok(out))
    }
}
