//! What a deal is worth by the products on it.
//!
//! In: rows that come, change and go. Out: the rows kept, and the deal with their sum as its value, which is a change of the deal
//! like any other. It checks nothing.

use super::PipedriveEmulator;
use super::kinds::Entity;
use super::records::{Actor, Merged};
use super::sales::DealProduct;
use crate::answer::Moment;

/// Rows of a deal are ten apart.
const ORDER_STEP: i64 = 10;

impl PipedriveEmulator {
    /// Keeps rows, new ones at the end, and makes the deal worth what they come to.
    pub(super) fn keep_deal_products(
        &mut self,
        deal: i64,
        rows: Vec<DealProduct>,
        actor: Actor,
        now: Moment,
    ) {
        let all = self.state.sales.products.entry(deal).or_default();
        for mut row in rows {
            match all.iter().position(|known| known.id == row.id) {
                Some(place) => all[place] = row,
                None => {
                    let last = all.iter().map(|known| known.order_nr).max().unwrap_or(0);
                    row.order_nr = last + ORDER_STEP;
                    all.push(row);
                }
            }
        }
        self.value_deal(deal, actor, now);
    }

    /// The ids of the rows that were there.
    pub(super) fn remove_deal_products(
        &mut self,
        deal: i64,
        ids: &[i64],
        actor: Actor,
        now: Moment,
    ) -> Vec<i64> {
        let all = self.state.sales.products.entry(deal).or_default();
        let gone: Vec<i64> = all
            .iter()
            .map(|row| row.id)
            .filter(|id| ids.contains(id))
            .collect();
        all.retain(|row| !ids.contains(&row.id));
        if !gone.is_empty() {
            self.value_deal(deal, actor, now);
        }
        gone
    }

    /// The sum of the products is the value of the deal.
    pub(super) fn value_deal(&mut self, deal_id: i64, actor: Actor, now: Moment) {
        let Some(before) = self.state.table(Entity::Deal).live(deal_id) else {
            return;
        };
        let mut after = before.clone();
        let rows = self.state.sales.products.get(&deal_id);
        let enabled = rows.into_iter().flatten().filter(|row| row.is_enabled);
        let (mut value, mut once, mut monthly) = (0.0, 0.0, 0.0);
        for row in enabled {
            let sum = row.sum();
            value += sum;
            match row.payments_a_month() {
                Some(payments) => monthly += sum * payments,
                None => once += sum,
            }
        }
        if let Some(details) = after.deal_mut() {
            details.value = Some(cents(value));
            details.mrr = Some(cents(monthly));
            details.arr = Some(cents(monthly * 12.0));
            details.acv = Some(cents(monthly * 12.0 + once));
        }
        if after != *before {
            after.update_time = Some(self.seconds(now));
            self.commit(Entity::Deal, after, actor, now, Merged::default());
        }
    }
}

impl DealProduct {
    /// Price by quantity, less the discount, with the tax that comes on top.
    pub(super) fn sum(&self) -> f64 {
        let gross = self.item_price * self.quantity;
        let discount = if self.discount_is_amount {
            self.discount
        } else {
            gross * self.discount / 100.0
        };
        let net = gross - discount;
        let taxed = if self.tax_method == "exclusive" {
            net * (1.0 + self.tax / 100.0)
        } else {
            net
        };
        cents(taxed)
    }

    /// Nothing for what is paid once.
    fn payments_a_month(&self) -> Option<f64> {
        Some(match self.billing.frequency.as_str() {
            "weekly" => 52.0 / 12.0,
            "monthly" => 1.0,
            "quarterly" => 1.0 / 3.0,
            "semi-annually" => 1.0 / 6.0,
            "annually" => 1.0 / 12.0,
            _ => return None,
        })
    }
}

fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}
