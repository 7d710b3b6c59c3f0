//! Products beyond the five usual calls: copies and variations.
//!
//! In: requests. Out: products and rows in the newer shape. It fires what the copy of a product fires, and nothing else.

use serde_json::{Map, Value};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::json::Json;
use super::kinds::{Entity, Price, prices, write_prices};
use super::query;
use super::records::Merged;
use super::reply::{Reply, Violation};
use super::route::{Row, row};
use super::sales::Variation;
use super::write::{Objection, name};

pub(super) static ROWS: [Row; 5] = [
    row!("POST" "/api/v2/products/{id}/duplicate", 5, |emulator, ask| emulator.duplicate_product(ask)),
    row!("GET" "/api/v2/products/{id}/variations", 10, |emulator, ask| emulator.list_variations(ask)),
    row!("POST" "/api/v2/products/{id}/variations", 5, |emulator, ask| emulator.add_variation(ask)),
    row!("PATCH" "/api/v2/products/{id}/variations/{variation}", 5, |emulator, ask| emulator.change_variation(ask)),
    row!("DELETE" "/api/v2/products/{id}/variations/{variation}", 3, |emulator, ask| emulator.delete_variation(ask)),
];

impl PipedriveEmulator {
    fn duplicate_product(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let product = self.state.table(Entity::Product).live(ask.id()?);
        let mut copy = product.ok_or_else(Reply::not_found)?.clone();
        let seconds = self.seconds(ask.now);
        copy.id = self.state.table(Entity::Product).next_id;
        copy.name.push_str(" (copy)");
        (copy.add_time, copy.update_time) = (seconds, Some(seconds));
        let id = copy.id;
        self.commit(Entity::Product, copy, ask.actor, ask.now, Merged::default());
        self.shown(201, Entity::Product, id)
    }

    fn list_variations(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let product = self.product_of(ask)?;
        let mut violations = Vec::new();
        ask.query
            .refuse_unknown(&["limit", "cursor"], &mut violations);
        let page = query::cursor_page(&ask.query, &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let rows = self.state.sales.variations.get(&product);
        let rows = rows.map_or(&[][..], Vec::as_slice);
        let mut out = Json::with_capacity(1_024);
        out.raw(r#"{"success":true,"data":["#);
        for row in page.of(rows) {
            out.comma();
            write(&mut out, row);
        }
        out.raw(r#"],"additional_data":{"next_cursor":"#);
        out.value(&page.next(rows.len()));
        out.raw("}}");
        Ok(Reply::ok(out))
    }

    fn add_variation(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let product_id = self.product_of(ask)?;
        let body = ask.body()?;
        if !body.contains_key("name") {
            return Err(Reply::bad("name", "is required"));
        }
        let mut row = Variation {
            id: 0,
            product_id,
            name: String::new(),
            prices: vec![Price {
                direct_cost: Some(0.0),
                ..Price::nothing()
            }],
        };
        apply(&mut row, &body)?;
        row.id = self.state.sales.next_id();
        let reply = single(201, &row);
        let rows = self.state.sales.variations.entry(product_id).or_default();
        rows.push(row);
        Ok(reply)
    }

    fn change_variation(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let (product, id) = (self.product_of(ask)?, ask.id_at(1)?);
        let rows = self.state.sales.variations.get_mut(&product);
        let row = rows.into_iter().flatten().find(|row| row.id == id);
        let row = row.ok_or_else(Reply::not_found)?;
        let mut after = row.clone();
        apply(&mut after, &ask.body()?)?;
        *row = after;
        Ok(single(200, row))
    }

    fn delete_variation(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let (product, id) = (self.product_of(ask)?, ask.id_at(1)?);
        let rows = self.state.sales.variations.entry(product).or_default();
        let before = rows.len();
        rows.retain(|row| row.id != id);
        if rows.len() == before {
            return Err(Reply::not_found());
        }
        Ok(Reply::id(id))
    }

    fn product_of(&self, ask: &Ask<'_>) -> Result<i64, Reply> {
        let product = self.state.table(Entity::Product).live(ask.id()?);
        product
            .map(|product| product.id)
            .ok_or_else(Reply::not_found)
    }
}

fn apply(row: &mut Variation, body: &Map<String, Value>) -> Result<(), Reply> {
    let mut violations = Vec::new();
    for (key, value) in body {
        let applied = match key.as_str() {
            "name" => name(value).map(|name| name.clone_into(&mut row.name)),
            "prices" => prices(value).map(|prices| row.prices = prices),
            _ => Err(Objection::NotAllowed),
        };
        match applied {
            Ok(()) | Err(Objection::Dropped) => {}
            Err(Objection::NotAllowed) => violations.push(Violation::not_allowed(key)),
            Err(Objection::Invalid(reason)) => violations.push(Violation::new(key, reason)),
            Err(Objection::Refused(reply)) => return Err(reply),
        }
    }
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Reply::invalid(&violations))
    }
}

fn single(status: u16, row: &Variation) -> Reply {
    let mut out = Json::with_capacity(512);
    out.raw(r#"{"success":true,"data":"#);
    write(&mut out, row);
    out.raw("}");
    Reply::json(status, out.0)
}

fn write(out: &mut Json, row: &Variation) {
    out.raw("{");
    out.field("id", &row.id);
    out.field("name", &row.name);
    out.field("product_id", &row.product_id);
    write_prices(out, &row.prices, ("product_variation_id", row.id));
    out.raw("}");
}
