//! Boards in memory: every deal is looked at.
//!
//! In: a stretch of a stage. Out: cards, sums, days. Never orders a pipeline's stages.

use std::collections::BTreeMap;

use model::{Entity, RemoteId};

use super::rows::{Rows, at_most};
use crate::Answer;
use crate::board::{
    DealCard, DealOrder, ExplainedQuery, InStage, OwnerSum, StageDay, StageSum, TitledChange,
    in_order, is_behind, midnight,
};
use crate::deals::{StageTotal, StageTotalKey};
use crate::tables::BoardTables;

impl Rows {
    fn sums_by<K: Ord>(
        &self,
        counts: impl Fn(&StageTotalKey) -> bool,
        key: impl Fn(&StageTotalKey) -> K,
    ) -> BTreeMap<K, StageTotal> {
        let mut sums: BTreeMap<K, StageTotal> = BTreeMap::new();
        for (of, total) in self.stage_totals.iter().filter(|(of, _)| counts(of)) {
            let sum = sums.entry(key(of)).or_default();
            *sum = sum.plus(*total);
        }
        sums
    }
}

impl BoardTables for Rows {
    fn stage_sums(
        &self,
        pipeline_id: i64,
        status: &str,
        owner_id: Option<i64>,
    ) -> Answer<Vec<StageSum>> {
        let counts = |key: &StageTotalKey| {
            key.pipeline_id == pipeline_id
                && key.status == status
                && owner_id.is_none_or(|owner| key.owner_id == owner)
        };
        let sums = self.sums_by(counts, |key| (key.stage_id, key.currency.clone()));
        let sums = sums
            .into_iter()
            .map(|((stage_id, currency), total)| StageSum {
                stage_id,
                currency,
                total,
            });
        Ok(sums.collect())
    }

    fn owner_sums(&self, pipeline_id: i64, status: &str) -> Answer<Vec<OwnerSum>> {
        let counts = |key: &StageTotalKey| key.pipeline_id == pipeline_id && key.status == status;
        let sums = self.sums_by(counts, |key| (key.owner_id, key.currency.clone()));
        let sums = sums
            .into_iter()
            .map(|((owner_id, currency), total)| OwnerSum {
                owner_id,
                currency,
                total,
            });
        Ok(sums.collect())
    }

    fn deals_in_stage(&self, wanted: &InStage<'_>) -> Answer<Vec<DealCard>> {
        let is_wanted = |card: &DealCard| {
            card.shown.pipeline_id == wanted.pipeline_id
                && card.shown.stage_id == wanted.stage_id
                && card.shown.status == wanted.status
                && wanted
                    .owner_id
                    .is_none_or(|owner| card.shown.owner_id == Some(owner))
                && (wanted.order == DealOrder::Newest || card.shown.expected_close_date.is_some())
                && wanted
                    .after
                    .is_none_or(|place| is_behind(card, place, wanted.order))
        };
        let deals = self.of_entity(Entity::Deal).filter_map(DealCard::read);
        let mut cards: Vec<DealCard> = deals.filter(is_wanted).collect();
        cards.sort_by(|a, b| in_order(a, b, wanted.order));
        cards.truncate(at_most(wanted.limit));
        Ok(cards)
    }

    fn newest_stage_changes(&self, limit: u32) -> Answer<Vec<TitledChange>> {
        let mut changes: Vec<_> = self.stage_changes.values().cloned().collect();
        changes.sort_by(|a, b| (b.at, &b.deal, b.to_stage_id).cmp(&(a.at, &a.deal, a.to_stage_id)));
        changes.truncate(at_most(limit));
        let titled = changes.into_iter().map(|change| {
            let deal = model::RecordKey {
                entity: Entity::Deal,
                id: change.deal.clone(),
            };
            let title = self
                .mirror
                .get(&deal)
                .and_then(|row| text(&row.raw, "title"));
            TitledChange { change, title }
        });
        Ok(titled.collect())
    }

    fn keep_stage_day(&mut self, day: i64) -> Answer<()> {
        let all = |key: &StageTotalKey| {
            (
                key.pipeline_id,
                day,
                key.stage_id,
                key.status.clone(),
                key.currency.clone(),
            )
        };
        let sums = self.sums_by(|_| true, all);
        self.stage_days.extend(sums);
        Ok(())
    }

    fn stage_days(&self, pipeline_id: i64, status: &str, since: i64) -> Answer<Vec<StageDay>> {
        let days = self
            .stage_days
            .iter()
            .filter(|((pipeline, day, _, of, _), _)| {
                *pipeline == pipeline_id && *day >= since && of == status
            });
        let days = days.map(|((_, day, stage_id, _, currency), total)| StageDay {
            day: midnight(*day),
            stage_id: *stage_id,
            currency: currency.clone(),
            total: *total,
        });
        Ok(days.collect())
    }

    fn names(&self, entity: Entity) -> Answer<Vec<(RemoteId, String)>> {
        let live = self
            .of_entity(entity)
            .filter(|row| row.deleted_at.is_none());
        let named = live.filter_map(|row| Some((row.key.id.clone(), text(&row.raw, "name")?)));
        Ok(named.collect())
    }

    fn explain_board(&self) -> Answer<Vec<ExplainedQuery>> {
        Ok(Vec::new())
    }

    fn leave_out_indexes(&mut self) -> Answer<()> {
        Ok(())
    }

    fn make_index(&mut self) -> Answer<bool> {
        Ok(false)
    }
}

fn text(raw: &str, key: &str) -> Option<String> {
    let raw: serde_json::Value = serde_json::from_str(raw).ok()?;
    Some(raw.get(key)?.as_str()?.to_owned())
}
