//! What a lane's inbox rows tell: whether the record has to be read again, which of them are news of our own writes, and
//! whether the record was merged into another.
//!
//! In: inbox rows with their webhook bodies, and the mirror row. Out: a [`Hint`]. Calls nothing.

use std::cmp::Ordering;

use model::{Field, Record, RecordKey, Side, Timestamp};
use pipedrive::{ChangeSource, EventAction, WebhookEvent, WebhookRecord, WebhookTopic};
use propstreet::{ChangeKind, WebhookHint};
use store::{InboxRow, InboxSource, LaneView, MirrorRow, PairReference, StageChange, Store};

use crate::core::Core;
use crate::failure::EngineError;
use crate::mapping::{self, MappingContext};

/// What the inbox rows of one side come to.
#[derive(Debug, Default)]
pub struct Hint {
    /// Something may be new.
    pub must_read: bool,
    /// Pipedrive's events, for the overwrite audit.
    pub events: Vec<WebhookEvent>,
    pub merged_to: Option<i64>,
    /// The latest change of the record that an event tells of, by the side's clock.
    pub shown_at: Option<Timestamp>,
    /// When an event told that it was deleted, in whole seconds as its own times are.
    pub gone_at: Option<Timestamp>,
    /// When that event was sent.
    gone_sent_at: Option<Timestamp>,
    /// What the latest of Pipedrive's events shows, and when that had changed.
    pub latest: Option<Latest>,
    /// One of Pipedrive's events tells of a change of what the mirror shows.
    pub replaces_known: bool,
}

/// What an event shows.
#[derive(Debug)]
pub struct Latest {
    sent_at: Timestamp,
    pub changed_at: Timestamp,
    /// Nothing when several of one moment show different things, and do not tell which came last.
    pub record: Option<Record>,
}

impl Hint {
    /// Whether the latest event shows the record living, at this time or later.
    pub(crate) fn lives_at(&self, time: Timestamp) -> bool {
        self.latest.as_ref().is_some_and(|latest| {
            latest.changed_at >= time && self.gone_sent_at.is_none_or(|gone| latest.sent_at >= gone)
        })
    }

    fn tells_of(&mut self, changed_at: Option<Timestamp>) {
        self.shown_at = self.shown_at.max(changed_at);
    }

    fn shows(&mut self, times: Option<(Timestamp, Timestamp)>, record: Record) {
        let Some((sent_at, changed_at)) = times else {
            return;
        };
        let record = match &self.latest {
            Some(latest) if latest.sent_at > sent_at => return,
            Some(latest)
                if latest.sent_at == sent_at && latest.record.as_ref() != Some(&record) =>
            {
                None
            }
            Some(_) | None => Some(record),
        };
        self.latest = Some(Latest {
            sent_at,
            changed_at,
            record,
        });
    }
}

/// Weighs the rows of one side of a lane against what is known.
pub(crate) fn weigh<S: Store>(
    core: &Core<S>,
    view: &LaneView,
    rows: &[&InboxRow],
    known: Option<&MirrorRow>,
) -> Result<Hint, EngineError> {
    let mapping = core.mapping()?;
    // Without the rows that made the lane due (there may be too many, or their bodies purged) the record is read.
    let mut hint = Hint {
        must_read: rows.is_empty() || known.is_none(),
        ..Hint::default()
    };
    for row in rows {
        let Some(body) = &row.body else {
            hint.must_read = true;
            continue;
        };
        match row.source {
            InboxSource::PipedriveWebhook => {
                // Only an audit asks what the record was before, histories of versions, and whoever takes the record itself
                // from the event.
                let event =
                    if view.audits.is_empty() && is_paired(row) && !keeps_versions(core, row) {
                        WebhookEvent::decode_present(body.as_bytes())
                    } else {
                        WebhookEvent::decode(body.as_bytes())
                    };
                if let Ok(WebhookEvent {
                    data: Some(data), ..
                }) = &event
                {
                    mapping::notice_event(data, row.received_at, &mapping);
                }
                weigh_pipedrive(&mut hint, event.ok(), known, &view.references, &mapping)?
            }
            InboxSource::PropstreetWebhook => {
                let event = WebhookHint::decode(body.as_bytes()).ok();
                hint.must_read |= is_news_propstreet(event.as_ref(), known);
                hint.tells_of(event.as_ref().and_then(changed_at_propstreet));
            }
            InboxSource::Poll | InboxSource::Sweep | InboxSource::Manual => hint.must_read = true,
        }
    }
    if let Some(latest) = hint
        .latest
        .as_mut()
        .filter(|latest| latest.record.is_none())
    {
        latest.record = last_of_moment(rows, latest.sent_at, &view.references, &mapping);
    }
    if let (true, Some(known), Some(latest)) = (hint.must_read, known, &hint.latest)
        && latest.changed_at == known.remote_time
    {
        let known = mapping::record(known, &view.references, &mapping)?;
        let steps = steps_of(rows, |_| true, &view.references, &mapping);
        hint.replaces_known = changes(&steps, &known);
    }
    Ok(hint)
}

fn is_paired(row: &InboxRow) -> bool {
    let record = row.record.as_ref();
    record.is_none_or(|record| record.entity.is_always_paired())
}

fn keeps_versions<S: Store>(core: &Core<S>, row: &InboxRow) -> bool {
    let record = row.record.as_ref();
    record.is_some_and(|record| core.settings.versions_of.contains(&record.entity))
}

/// The moves of a deal from stage to stage that its events tell of. They do not tell since when it had been in the stage it left:
/// the move before tells that, or what is known of the deal.
pub(crate) fn stage_changes(
    events: &[WebhookEvent],
    known: Option<&MirrorRow>,
) -> Vec<StageChange> {
    let mut changes: Vec<StageChange> = events.iter().filter_map(stage_change).collect();
    changes.sort_by_key(|change| change.at);
    let known = known.and_then(|row| mapping::parse::<pipedrive::Deal>(row).ok());
    let mut in_stage =
        known.and_then(|deal| Some((deal.stage_id?, deal.stage_change_time.or(deal.add_time)?)));
    for change in &mut changes {
        let since =
            in_stage.filter(|(stage, since)| *stage == change.from_stage_id && *since <= change.at);
        change.since = since.map(|(_, since)| since);
        in_stage = Some((change.to_stage_id, change.at));
    }
    changes
}

fn stage_change(event: &WebhookEvent) -> Option<StageChange> {
    let (Some(WebhookRecord::Deal(after)), Some(previous)) = (&event.data, &event.previous) else {
        return None;
    };
    let WebhookRecord::Deal(before) = &previous.record else {
        return None;
    };
    let (before, after) = (&before.value, &after.value);
    let (from_stage_id, to_stage_id) = (before.stage_id?, after.stage_id?);
    (from_stage_id != to_stage_id).then_some(StageChange {
        deal: after.id.into(),
        from_stage_id,
        to_stage_id,
        at: after.stage_change_time.or(event.timestamp)?,
        since: None,
        user_id: event.user_id,
        is_gap: false,
    })
}

/// What the last of several events of one moment shows: each tells what it changed, and nothing was changed from what the last
/// one shows.
fn last_of_moment(
    rows: &[&InboxRow],
    moment: Timestamp,
    references: &[PairReference],
    mapping: &MappingContext,
) -> Option<Record> {
    let is_of_moment = |event: &WebhookEvent| event.timestamp == Some(moment);
    let steps = steps_of(rows, is_of_moment, references, mapping);
    let mut last = steps
        .iter()
        .map(|(_, after)| after)
        .filter(|after| !changes(&steps, after));
    let found = last.next()?;
    last.all(|other| other == found).then(|| found.clone())
}

/// What Pipedrive's events changed: the record before and after each of them.
fn steps_of(
    rows: &[&InboxRow],
    counts: impl Fn(&WebhookEvent) -> bool,
    references: &[PairReference],
    mapping: &MappingContext,
) -> Vec<(Option<Record>, Record)> {
    let of_pipedrive = |row: &&&InboxRow| row.source == InboxSource::PipedriveWebhook;
    let bodies = rows
        .iter()
        .filter(of_pipedrive)
        .filter_map(|row| row.body.as_ref());
    let decoded = bodies.filter_map(|body| WebhookEvent::decode(body.as_bytes()).ok());
    let step = |event: WebhookEvent| {
        let (after, _) = shown(event.data.as_ref()?, references, mapping)?;
        let before = event
            .previous
            .as_ref()
            .and_then(|previous| shown(&previous.record, references, mapping));
        Some((before.map(|(before, _)| before), after))
    };
    decoded.filter(counts).filter_map(step).collect()
}

/// Whether one of these steps leads away from a record.
fn changes(steps: &[(Option<Record>, Record)], record: &Record) -> bool {
    let leads_away = |(before, after): &(Option<Record>, Record)| {
        before.as_ref() == Some(record) && after != record
    };
    steps.iter().any(leads_away)
}

fn weigh_pipedrive(
    hint: &mut Hint,
    event: Option<WebhookEvent>,
    known: Option<&MirrorRow>,
    references: &[PairReference],
    mapping: &MappingContext,
) -> Result<(), EngineError> {
    let Some(event) = event else {
        hint.must_read = true;
        return Ok(());
    };
    hint.merged_to = event.merged_to.or(hint.merged_to);
    match (&event.data, &event.action) {
        (Some(data), EventAction::Create | EventAction::Change) => {
            if let Some((record, changed_at)) = shown(data, references, mapping) {
                hint.tells_of(changed_at);
                hint.shows(event.timestamp.zip(changed_at), record);
            } else {
                hint.tells_of(data.changed_at());
            }
        }
        // Times of change are whole seconds, those of events are not.
        (_, EventAction::Delete) => {
            hint.gone_sent_at = hint.gone_sent_at.max(event.timestamp);
            hint.gone_at = hint.gone_sent_at.map(whole_second);
        }
        (_, EventAction::Create | EventAction::Change | EventAction::Other(_)) => {}
    }
    hint.must_read |= is_news_pipedrive(&event, known, references, mapping)?;
    hint.events.push(event);
    Ok(())
}

fn whole_second(at: Timestamp) -> Timestamp {
    model::time::from_millis(model::time::to_millis(at).div_euclid(1_000) * 1_000)
}

/// When the record itself changed, where the event is about it and not about a link of it.
fn changed_at_propstreet(event: &WebhookHint) -> Option<Timestamp> {
    match event.entity {
        propstreet::Entity::Contact
        | propstreet::Entity::Company
        | propstreet::Entity::Project
        | propstreet::Entity::Prospect => event.updated_at,
        propstreet::Entity::Link | propstreet::Entity::Other(_) => None,
    }
}

/// Whether it is the news of a write of ours, or of another program with our token.
pub(crate) fn is_ours(event: &WebhookEvent, mapping: &MappingContext) -> bool {
    event.change_source == ChangeSource::Api && event.user_id == Some(mapping.definitions.our_user)
}

/// An event is no news when the mirror is later, or already shows what the event shows.
fn is_news_pipedrive(
    event: &WebhookEvent,
    known: Option<&MirrorRow>,
    references: &[PairReference],
    mapping: &MappingContext,
) -> Result<bool, EngineError> {
    let Some(known) = known else { return Ok(true) };
    if !matches!(event.action, EventAction::Create | EventAction::Change) {
        // A delete is never believed, unless it is known already.
        return Ok(known.deleted_at.is_none());
    }
    let Some(data) = &event.data else {
        return Ok(true);
    };
    let Some((shown, changed_at)) = shown(data, references, mapping) else {
        return Ok(true);
    };
    if known.deleted_at.is_some() {
        return Ok(true);
    }
    match changed_at.map(|changed_at| changed_at.cmp(&known.remote_time)) {
        Some(Ordering::Less) => return Ok(false),
        // Something changed since, be it in a field that does not travel: the mirror shows those too.
        Some(Ordering::Greater) => return Ok(true),
        // Times are whole seconds. In the second of our own write only we ourselves can be told from the rest.
        Some(Ordering::Equal) | None if !is_ours(event, mapping) => return Ok(true),
        Some(Ordering::Equal) | None => {}
    }
    let (before, carried) = (
        mapping::record(known, references, mapping)?,
        marker_in(data, mapping),
    );
    Ok(shown != before || carried != marker_of(known))
}

/// The record an event shows, canonically, and when it last changed.
pub(crate) fn shown(
    data: &WebhookRecord,
    references: &[PairReference],
    mapping: &MappingContext,
) -> Option<(Record, Option<Timestamp>)> {
    match data {
        WebhookRecord::Person(row) => Some((
            mapping::person::record(&row.value, references, mapping),
            row.value.changed_at(),
        )),
        WebhookRecord::Organization(row) => Some((
            mapping::organization::record(&row.value, mapping),
            row.value.changed_at(),
        )),
        WebhookRecord::Deal(row) if mapping.places.has_pipelines() => Some((
            mapping::deal::record(&row.value, mapping),
            row.value.changed_at(),
        )),
        WebhookRecord::Note(row) if mapping.notes => {
            let mut record = mapping::note::record_of_pipedrive(&row.value);
            let on = mapping::note::on(&row.value);
            let on = on.map(|on| mapping::reference(on, references));
            record.put(Field::NoteOn, on);
            Some((record, row.value.changed_at()))
        }
        WebhookRecord::Activity(_)
        | WebhookRecord::Deal(_)
        | WebhookRecord::Lead(_)
        | WebhookRecord::Note(_)
        | WebhookRecord::Pipeline(_)
        | WebhookRecord::Product(_)
        | WebhookRecord::Stage(_)
        | WebhookRecord::User(_)
        | WebhookRecord::Unread => None,
    }
}

fn marker_in(data: &WebhookRecord, mapping: &MappingContext) -> Option<String> {
    let keys = match data {
        WebhookRecord::Person(row) => mapping::person::match_keys(&row.value, mapping),
        WebhookRecord::Organization(row) => mapping::organization::match_keys(&row.value, mapping),
        WebhookRecord::Deal(row) => mapping::deal::match_keys(&row.value, mapping),
        WebhookRecord::Activity(_)
        | WebhookRecord::Lead(_)
        | WebhookRecord::Note(_)
        | WebhookRecord::Pipeline(_)
        | WebhookRecord::Product(_)
        | WebhookRecord::Stage(_)
        | WebhookRecord::User(_)
        | WebhookRecord::Unread => Vec::new(),
    };
    keys.into_iter()
        .find(|key| key.kind == store::MatchKeyKind::Marker)
        .map(|key| key.value)
}

fn marker_of(row: &MirrorRow) -> Option<String> {
    row.match_keys
        .iter()
        .find(|key| key.kind == store::MatchKeyKind::Marker)
        .map(|key| key.value.clone())
}

/// An event is no news when it carries the version the mirror has, or an older one. Its content is not looked at.
fn is_news_propstreet(event: Option<&WebhookHint>, known: Option<&MirrorRow>) -> bool {
    let (Some(known), Some(event)) = (known, event) else {
        return true;
    };
    let about = record_of_propstreet(event);
    if about.as_ref() != Some(&known.key) || event.kind == ChangeKind::Deleted {
        return true;
    }
    match (&event.etag, event.updated_at) {
        (Some(etag), _) if *etag == known.remote_version => known.deleted_at.is_some(),
        (_, Some(updated_at)) => updated_at >= known.remote_time || known.deleted_at.is_some(),
        (_, None) => true,
    }
}

/// The record an event of Propstreet is about; a link's is its contact.
pub(crate) fn record_of_propstreet(event: &WebhookHint) -> Option<RecordKey> {
    use propstreet::Entity;
    match event.entity {
        Entity::Contact => Some(RecordKey::new(model::Entity::Contact, event.id.as_str())),
        Entity::Company => Some(RecordKey::new(model::Entity::Company, event.id.as_str())),
        Entity::Link => Some(RecordKey::new(
            model::Entity::Contact,
            event.contact_id.as_deref()?,
        )),
        Entity::Project => Some(RecordKey::new(model::Entity::Project, event.id.as_str())),
        Entity::Prospect => {
            let project = event.project_id.as_deref()?;
            let project = RecordKey::new(model::Entity::Project, project);
            Some(project.with_under(model::Entity::Prospect, &event.id))
        }
        Entity::Other(_) => None,
    }
}

/// The record an event of Pipedrive is about.
pub(crate) fn record_of_pipedrive(topic: &WebhookTopic) -> Option<RecordKey> {
    let entity = match topic.entity {
        pipedrive::Entity::Person => model::Entity::Person,
        pipedrive::Entity::Organization => model::Entity::Organization,
        pipedrive::Entity::Activity => model::Entity::Activity,
        pipedrive::Entity::Deal => model::Entity::Deal,
        pipedrive::Entity::Lead => model::Entity::Lead,
        pipedrive::Entity::Note => model::Entity::Note,
        pipedrive::Entity::Pipeline => model::Entity::Pipeline,
        pipedrive::Entity::Product => model::Entity::Product,
        pipedrive::Entity::Stage => model::Entity::Stage,
        pipedrive::Entity::User => model::Entity::User,
        pipedrive::Entity::Other(_) => return None,
    };
    debug_assert_eq!(entity.side(), Side::Pipedrive);
    // Leads alone have ids that are no numbers.
    let id = if entity == model::Entity::Lead {
        topic.entity_id.as_str().into()
    } else {
        topic.record_id()?.into()
    };
    Some(RecordKey { entity, id })
}
