//! Made-up rows, as short as a sentence needs them.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::time::from_millis;
use model::{
    Base, BySide, Carrier, Entity, Field, InboxSeq, Kind, LaneId, Record, RecordKey, RemoteId,
    Side, Timestamp, Value, WorkspaceId,
};
use plan::{NewConflict, Operation, Rule, Write};
use store::{
    Authority, Disposition, InboxSource, MatchKey, MatchKeyKind, MirrorRow, NewInboxRow,
    NewOutboxRow, Observation, PairFormation, PlanCommit, ReadDone,
};

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId(1);

pub(crate) fn at(seconds: i64) -> Timestamp {
    from_millis(1_790_000_000_000 + seconds * 1_000)
}

pub(crate) fn person(id: i64) -> RecordKey {
    RecordKey::new(Entity::Person, id)
}

pub(crate) fn contact(id: i64) -> RecordKey {
    RecordKey::new(Entity::Contact, id)
}

pub(crate) fn text(text: &str) -> Option<Value> {
    Value::text(text)
}

pub(crate) fn hint(record: &RecordKey) -> NewInboxRow {
    let source = match record.side() {
        Side::Pipedrive => InboxSource::PipedriveWebhook,
        Side::Propstreet => InboxSource::PropstreetWebhook,
    };
    NewInboxRow {
        source,
        dedup: None,
        record: Some(record.clone()),
        body: Some("{}".to_owned()),
        summary: format!("change {record}"),
    }
}

pub(crate) fn row(key: &RecordKey, remote_time: i64, name: &str) -> MirrorRow {
    MirrorRow {
        key: key.clone(),
        owner: key.clone(),
        raw: format!("{{\"name\":\"{name}\"}}").into(),
        remote_version: format!("{remote_time}/{name}"),
        remote_time: at(remote_time),
        refers_to: Vec::new(),
        match_keys: Arc::from([MatchKey {
            kind: MatchKeyKind::Name,
            value: name.to_lowercase(),
        }]),
        field_seen_at: BTreeMap::from([(Field::PersonName, at(remote_time))]),
        left: BTreeMap::from([(Field::PersonOrganization, contact(7))]),
        deleted_at: None,
        synced_at: at(remote_time),
    }
}

pub(crate) fn link(id: i64, contact: &RecordKey, company: i64) -> MirrorRow {
    let key = RecordKey::new(Entity::Link, id);
    let mut link = row(&key, 1, "link");
    link.owner = contact.clone();
    link.refers_to = vec![contact.clone(), RecordKey::new(Entity::Company, company)];
    link.match_keys = Arc::default();
    link
}

pub(crate) fn seen(authority: Authority, rows: Vec<MirrorRow>) -> Observation {
    Observation {
        authority,
        rows,
        ..Observation::none()
    }
}

pub(crate) fn gone(record: &RecordKey) -> Observation {
    Observation {
        gone: vec![record.clone()],
        ..Observation::none()
    }
}

pub(crate) const fn read_up_to(lane: LaneId, hint: BySide<InboxSeq>) -> ReadDone {
    ReadDone { lane, read: hint }
}

pub(crate) fn nothing_planned(lane: &store::Lane) -> PlanCommit {
    PlanCommit {
        lane: lane.id,
        lane_version: lane.version,
        formation: None,
        base: None,
        state: None,
        conflicts: Vec::new(),
        settled_conflicts: Vec::new(),
        settled_restores: Vec::new(),
        outbox: None,
        suggestions: Vec::new(),
        waits_for: Vec::new(),
        notes: Vec::new(),
        history: Vec::new(),
        disposition: Disposition::Rest,
    }
}

pub(crate) fn new_pair(
    kind: Kind,
    pipedrive: Option<i64>,
    propstreet: Option<i64>,
) -> PairFormation {
    let ids = BySide {
        pipedrive: pipedrive.map(RemoteId::from),
        propstreet: propstreet.map(RemoteId::from),
    };
    PairFormation::New {
        kind,
        ids,
        rule: None,
    }
}

pub(crate) fn write(side: Side, operation: Operation) -> NewOutboxRow {
    NewOutboxRow {
        write: Write {
            side,
            operation,
            carrier: Carrier::Record,
            fields: BTreeMap::from([(Field::PersonName, text("Ann Berg"))]),
            source: BTreeMap::from([(Field::PersonName, text("Ann Berg"))]),
            marker: true,
        },
        if_match: Some("\"7\"".to_owned()),
        idempotency_key: "key-1".to_owned(),
        conflicts: Vec::new(),
    }
}

pub(crate) fn conflict(pipedrive: &str, propstreet: &str, winner: Option<Side>) -> NewConflict {
    NewConflict {
        field: Field::PersonName,
        values: BySide {
            pipedrive: text(pipedrive),
            propstreet: text(propstreet),
        },
        base: BySide {
            pipedrive: text("Ann"),
            propstreet: text("Ann"),
        },
        winner,
        rule: if winner.is_some() {
            Rule::Latest
        } else {
            Rule::Manual
        },
    }
}

pub(crate) fn agreed(name: &str) -> Base {
    let record = || Record::default().with(Field::PersonName, text(name));
    BySide {
        pipedrive: record(),
        propstreet: record(),
    }
}
