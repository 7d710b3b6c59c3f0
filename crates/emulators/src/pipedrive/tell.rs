//! News of things that are no records: notes and users.
//!
//! In: what happened, in the words of the webhooks. Out: events on their way to those who subscribed.

use super::PipedriveEmulator;
use super::records::Actor;
use super::webhooks::{Event, EventId};
use crate::answer::Moment;

/// Something that happened.
#[derive(Debug)]
pub(super) struct News {
    /// As events name it: `note`.
    entity: &'static str,
    id: EventId,
    action: &'static str,
    /// JSON.
    data: String,
    /// JSON.
    previous: String,
}

impl News {
    pub(super) fn created(entity: &'static str, id: EventId, data: String) -> Self {
        let (action, previous) = ("create", "null".to_owned());
        Self {
            entity,
            id,
            action,
            data,
            previous,
        }
    }

    pub(super) fn changed(
        entity: &'static str,
        id: EventId,
        data: String,
        previous: String,
    ) -> Self {
        Self {
            entity,
            id,
            action: "change",
            data,
            previous,
        }
    }

    pub(super) fn deleted(entity: &'static str, id: EventId, previous: String) -> Self {
        let (action, data) = ("delete", "null".to_owned());
        Self {
            entity,
            id,
            action,
            data,
            previous,
        }
    }
}

impl PipedriveEmulator {
    /// Tells everyone who subscribed.
    pub(super) fn tell(&mut self, news: News, actor: Actor, now: Moment) {
        let wanting: Vec<i64> = self
            .state
            .subscriptions
            .values()
            .filter(|subscription| subscription.wants(news.entity, news.action))
            .map(|subscription| subscription.id)
            .collect();
        if actor.quiet || wanting.is_empty() {
            return;
        }
        let event = Event {
            id: self.uuid(),
            correlation_id: self.uuid(),
            entity: news.entity.to_owned(),
            entity_id: news.id,
            action: news.action.to_owned(),
            user_id: actor.user_id,
            source: actor.source.to_owned(),
            timestamp: self.vendor(now).0,
            merged_to: None,
            merged_from: None,
            data: news.data,
            previous: news.previous,
            permitted: None,
        };
        for id in wanting {
            self.send(id, &event, now);
        }
    }
}
