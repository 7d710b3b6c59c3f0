//! Products of deals: attached, changed and removed, one by one or many at once, and what they make a deal worth.
//!
//! In: checked bodies. Out: rows of deals. The sum of the rows overwrites the value of the deal, which is a change of the deal
//! like any other. It knows no prices of its own: each row names what an item costs.

use serde_json::{Map, Value};

use super::PipedriveEmulator;
use super::ask::Ask;
use super::json::Json;
use super::kinds::{Entity, number, optional_date};
use super::query;
use super::records::Actor;
use super::reply::{Reply, Violation};
use super::route::{Row, row};
use super::sales::DealProduct;
use super::write::{Objection, text};
use crate::answer::Moment;

const MANY_MAX: usize = 100;
const REQUIRED: [&str; 3] = ["product_id", "item_price", "quantity"];
const TAX_METHODS: [&str; 3] = ["exclusive", "inclusive", "none"];

pub(super) static ROWS: [Row; 7] = [
    row!("GET" "/api/v2/deals/{id}/products", 10, |emulator, ask| emulator.list_deal_products(ask)),
    row!("POST" "/api/v2/deals/{id}/products", 5, |emulator, ask| emulator.attach_product(ask)),
    row!("DELETE" "/api/v2/deals/{id}/products", 15, |emulator, ask| emulator.detach_products(ask)),
    row!("PATCH" "/api/v2/deals/{id}/products/{attachment}", 5, |emulator, ask| emulator.change_deal_product(ask)),
    row!("DELETE" "/api/v2/deals/{id}/products/{attachment}", 3, |emulator, ask| emulator.detach_product(ask)),
    row!("POST" "/api/v2/deals/{id}/products/bulk", 25, |emulator, ask| emulator.attach_products(ask)),
    row!("GET" "/api/v2/deals/products", 10, |emulator, ask| emulator.products_of_deals(ask)),
];

impl PipedriveEmulator {
    fn list_deal_products(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let deal = self.deal_of(ask)?;
        let rows = self.state.sales.products.get(&deal);
        self.deal_products_page(ask, rows.into_iter().flatten().collect(), None)
    }

    fn products_of_deals(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        let Some(text) = ask.query.get("deal_ids") else {
            return Err(Reply::bad("deal_ids", "is required"));
        };
        let deals = query::ids_of("deal_ids", text, &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let live = deals
            .iter()
            .filter(|deal| self.state.table(Entity::Deal).live(**deal).is_some())
            .filter(|deal| self.sees_id(ask.actor, Entity::Deal, **deal));
        let rows = live.filter_map(|deal| self.state.sales.products.get(deal));
        self.deal_products_page(ask, rows.flatten().collect(), Some("deal_ids"))
    }

    fn deal_products_page(
        &self,
        ask: &Ask<'_>,
        mut rows: Vec<&DealProduct>,
        also: Option<&str>,
    ) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        let known = ["sort_by", "sort_direction", "limit", "cursor"];
        ask.query.refuse_unless(
            |name| known.contains(&name) || Some(name) == also,
            &mut violations,
        );
        match (ask.query.get("sort_by").unwrap_or("id"), also) {
            ("id", _) => rows.sort_by_key(|row| row.id),
            ("add_time", _) => rows.sort_by_key(|row| (row.add_time, row.id)),
            ("update_time", _) => rows.sort_by_key(|row| (row.update_time, row.id)),
            ("order_nr", _) => rows.sort_by_key(|row| (row.order_nr, row.id)),
            ("deal_id", Some(_)) => rows.sort_by_key(|row| (row.deal_id, row.id)),
            (_, Some(_)) => violations.push(Violation::new(
                "sort_by",
                "must be one of id, deal_id, add_time, update_time, order_nr",
            )),
            (_, None) => violations.push(Violation::new(
                "sort_by",
                "must be one of id, add_time, update_time, order_nr",
            )),
        }
        match ask.query.get("sort_direction") {
            None | Some("asc") => {}
            Some("desc") => rows.reverse(),
            Some(_) => violations.push(Violation::new("sort_direction", "must be asc or desc")),
        }
        let page = query::cursor_page(&ask.query, &mut violations);
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let mut out = Json::with_capacity(256 + rows.len().min(500) * 480);
        out.raw(r#"{"success":true,"data":["#);
        for row in page.of(&rows) {
            out.comma();
            self.write_deal_product(&mut out, row);
        }
        out.raw(r#"],"additional_data":{"next_cursor":"#);
        out.value(&page.next(rows.len()));
        out.raw("}}");
        Ok(Reply::ok(out))
    }

    fn attach_product(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let deal = self.deal_of(ask)?;
        let id = self.sell(deal, &ask.body()?, ask.actor, ask.now)?;
        self.one_deal_product(201, deal, id)
    }

    /// A product comes to a deal; the number of the row.
    pub(super) fn sell(
        &mut self,
        deal: i64,
        body: &Map<String, Value>,
        actor: Actor,
        now: Moment,
    ) -> Result<i64, Reply> {
        let row = self.new_deal_product(deal, body, now)?;
        let id = row.id;
        self.keep_deal_products(deal, vec![row], actor, now);
        Ok(id)
    }

    fn attach_products(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let deal = self.deal_of(ask)?;
        let body = ask.body()?;
        if let Some(unknown) = body.keys().find(|key| *key != "data") {
            return Err(Reply::invalid(&[Violation::not_allowed(unknown)]));
        }
        let items = body.get("data").and_then(Value::as_array);
        let items = items
            .filter(|items| (1..=MANY_MAX).contains(&items.len()))
            .ok_or_else(|| Reply::bad("data", "must be a list of 1 to 100 products"))?;
        let rows = items
            .iter()
            .map(|item| {
                let item = item.as_object();
                let item = item.ok_or_else(|| Reply::bad("data", "must be a list of objects"))?;
                self.new_deal_product(deal, item, ask.now)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        self.keep_deal_products(deal, rows, ask.actor, ask.now);
        let kept = self.state.sales.products.get(&deal);
        let mut out = Json::with_capacity(256 + ids.len() * 480);
        out.raw(r#"{"success":true,"data":["#);
        for row in kept
            .into_iter()
            .flatten()
            .filter(|row| ids.contains(&row.id))
        {
            out.comma();
            self.write_deal_product(&mut out, row);
        }
        out.raw("]}");
        Ok(Reply::json(201, out.0))
    }

    fn change_deal_product(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let (deal, id) = (self.deal_of(ask)?, ask.id_at(1)?);
        let rows = self.state.sales.products.get(&deal);
        let before = rows.into_iter().flatten().find(|row| row.id == id);
        let before = before.ok_or_else(Reply::not_found)?;
        let mut after = before.clone();
        self.apply_deal_product(&mut after, &ask.body()?)?;
        if after != *before {
            after.update_time = self.seconds(ask.now);
            self.keep_deal_products(deal, vec![after], ask.actor, ask.now);
        }
        self.one_deal_product(200, deal, id)
    }

    fn detach_product(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        ask.query.refuse_all()?;
        let (deal, id) = (self.deal_of(ask)?, ask.id_at(1)?);
        if self
            .remove_deal_products(deal, &[id], ask.actor, ask.now)
            .is_empty()
        {
            return Err(Reply::not_found());
        }
        Ok(Reply::id(id))
    }

    fn detach_products(&mut self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let mut violations = Vec::new();
        ask.query.refuse_unknown(&["ids"], &mut violations);
        let deal = self.deal_of(ask)?;
        let all = self.state.sales.products.get(&deal);
        let ids = match ask.query.get("ids") {
            Some(text) => query::ids_of("ids", text, &mut violations),
            None => all
                .into_iter()
                .flatten()
                .take(MANY_MAX)
                .map(|row| row.id)
                .collect(),
        };
        if !violations.is_empty() {
            return Err(Reply::invalid(&violations));
        }
        let gone = self.remove_deal_products(deal, &ids, ask.actor, ask.now);
        let left = self.state.sales.products.get(&deal).map_or(0, Vec::len);
        let is_more = ask.query.get("ids").is_none() && left > 0;
        let mut out = Json::with_capacity(200);
        out.raw(r#"{"success":true,"data":{"ids":"#);
        out.value(&gone);
        out.raw(r#"},"additional_data":{"more_items_in_collection":"#);
        out.value(&is_more);
        out.raw("}}");
        Ok(Reply::ok(out))
    }

    /// The live deal that the path names, unless it is in the archive.
    fn deal_of(&self, ask: &Ask<'_>) -> Result<i64, Reply> {
        let deal = self.state.table(Entity::Deal).live(ask.id()?);
        let deal = deal.ok_or_else(Reply::not_found)?;
        self.demand_sight(ask.actor, Entity::Deal, deal.id)?;
        let is_archived = deal.deal().is_some_and(|details| details.is_archived);
        if is_archived && ask.request.method() != http::Method::GET {
            let reason = "the deal is archived, unarchive it before changing it";
            return Err(Reply::bad("id", reason));
        }
        Ok(deal.id)
    }

    fn new_deal_product(
        &mut self,
        deal_id: i64,
        body: &Map<String, Value>,
        now: Moment,
    ) -> Result<DealProduct, Reply> {
        let missing = REQUIRED.into_iter().filter(|key| !body.contains_key(*key));
        let missing: Vec<Violation> = missing
            .map(|key| Violation::new(key, "is required"))
            .collect();
        if !missing.is_empty() {
            return Err(Reply::invalid(&missing));
        }
        let deal = self.state.table(Entity::Deal).live(deal_id);
        let currency = deal.and_then(|record| Some(record.deal()?.currency.clone()));
        let time = self.seconds(now);
        let mut row = DealProduct {
            id: 0,
            deal_id,
            product_id: 0,
            product_variation_id: None,
            order_nr: 0,
            add_time: time,
            update_time: time,
            comments: String::new(),
            currency: currency.unwrap_or_default(),
            item_price: 0.0,
            quantity: 1.0,
            discount: 0.0,
            discount_is_amount: false,
            tax: 0.0,
            tax_method: "inclusive".to_owned(),
            is_enabled: true,
            billing: super::kinds::Billing::default(),
            billing_start_date: None,
        };
        self.apply_deal_product(&mut row, body)?;
        row.id = self.state.sales.next_id();
        Ok(row)
    }

    fn apply_deal_product(
        &self,
        row: &mut DealProduct,
        body: &Map<String, Value>,
    ) -> Result<(), Reply> {
        let mut violations = Vec::new();
        for (key, value) in body {
            match self.apply_to_row(row, key, value) {
                Ok(()) | Err(Objection::Dropped) => {}
                Err(Objection::NotAllowed) => violations.push(Violation::not_allowed(key)),
                Err(Objection::Invalid(reason)) => violations.push(Violation::new(key, reason)),
                Err(Objection::Refused(reply)) => return Err(reply),
            }
        }
        row.billing.check(&mut violations);
        if let Some(variation) = row.product_variation_id {
            let known = self.state.sales.variations.get(&row.product_id);
            if !known
                .into_iter()
                .flatten()
                .any(|known| known.id == variation)
            {
                let reason = "the product has no such variation";
                violations.push(Violation::new("product_variation_id", reason));
            }
        }
        if violations.is_empty() {
            Ok(())
        } else {
            Err(Reply::invalid(&violations))
        }
    }

    fn apply_to_row(
        &self,
        row: &mut DealProduct,
        key: &str,
        value: &Value,
    ) -> Result<(), Objection> {
        if row.billing.apply(key, value)? {
            return Ok(());
        }
        let not_negative = |value: &Value| {
            let number = number(value)?;
            if number < 0.0 {
                return Err(Objection::from("must not be negative"));
            }
            Ok(number)
        };
        match key {
            "product_id" => {
                let id = value.as_i64().ok_or("must be an integer")?;
                let product = self.state.table(Entity::Product).live(id);
                let product = product.ok_or_else(|| format!("product {id} does not exist"))?;
                if product
                    .product()
                    .is_some_and(|details| !details.is_linkable)
                {
                    return Err("the product cannot be added to deals".into());
                }
                row.product_id = id;
            }
            "item_price" => row.item_price = number(value)?,
            "quantity" => row.quantity = not_negative(value)?,
            "tax" => row.tax = not_negative(value)?,
            "comments" => row.comments = text(value)?,
            "discount" => row.discount = not_negative(value)?,
            "is_enabled" => row.is_enabled = value.as_bool().ok_or("must be true or false")?,
            "tax_method" => {
                let method = value.as_str().filter(|text| TAX_METHODS.contains(text));
                method
                    .ok_or("must be one of exclusive, inclusive, none")?
                    .clone_into(&mut row.tax_method);
            }
            "discount_type" => {
                row.discount_is_amount = match value.as_str() {
                    Some("amount") => true,
                    Some("percentage") => false,
                    Some(_) | None => return Err("must be percentage or amount".into()),
                };
            }
            "product_variation_id" => {
                row.product_variation_id = if value.is_null() {
                    None
                } else {
                    Some(value.as_i64().ok_or("must be an integer")?)
                };
            }
            "billing_start_date" => row.billing_start_date = optional_date(value)?,
            _ => return Err(Objection::NotAllowed),
        }
        Ok(())
    }

    fn one_deal_product(&self, status: u16, deal: i64, id: i64) -> Result<Reply, Reply> {
        let rows = self.state.sales.products.get(&deal);
        let row = rows.into_iter().flatten().find(|row| row.id == id);
        let mut out = Json::with_capacity(600);
        out.raw(r#"{"success":true,"data":"#);
        self.write_deal_product(&mut out, row.ok_or_else(Reply::not_found)?);
        out.raw("}");
        Ok(Reply::json(status, out.0))
    }

    fn write_deal_product(&self, out: &mut Json, row: &DealProduct) {
        let product = self
            .state
            .table(Entity::Product)
            .records
            .get(&row.product_id);
        out.raw("{");
        out.field("id", &row.id);
        out.money("sum", Some(row.sum()));
        out.money("tax", Some(row.tax));
        out.field("deal_id", &row.deal_id);
        out.field("name", &product.map(|product| &product.name));
        out.field("product_id", &row.product_id);
        out.field("product_variation_id", &row.product_variation_id);
        out.field("order_nr", &row.order_nr);
        out.time("add_time", Some(row.add_time));
        out.time("update_time", Some(row.update_time));
        out.field("comments", &row.comments);
        out.field("currency", &row.currency);
        out.money("discount", Some(row.discount));
        out.money("quantity", Some(row.quantity));
        out.money("item_price", Some(row.item_price));
        out.field("tax_method", &row.tax_method);
        let discount_type = if row.discount_is_amount {
            "amount"
        } else {
            "percentage"
        };
        out.field("discount_type", discount_type);
        out.field("is_enabled", &row.is_enabled);
        row.billing.write(out);
        out.field("billing_start_date", &row.billing_start_date);
        out.raw("}");
    }
}
