//! The one remote call of an outbox row, by side, kind and operation.
//!
//! In: the row, its lane, and the record as it was read last. Out: what the side shows after the call, as mirror rows.

use std::collections::BTreeMap;

use api_client::{CallContext, CallError};
use model::{Carrier, Field, Kind, PairState, RecordKey, RemoteId, Side, Value};
use plan::Operation;
use store::{LaneView, MirrorRow, OutboxRow, Store};

use crate::core::Core;
use crate::delivery::members::{self, NowTakingPart};
use crate::delivery::note;
use crate::delivery::place::place;
use crate::mapping;
use crate::remote::{self, Reader};

/// What is written, and to what.
#[derive(Debug, Clone)]
pub(crate) struct Target<'a> {
    pub(crate) view: &'a LaneView,
    pub(crate) row: &'a OutboxRow,
    /// The record on the written side as last read; `None` when it is being made.
    pub(crate) current: Option<MirrorRow>,
}

/// What a side shows after a call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answered {
    pub(crate) rows: Vec<MirrorRow>,
    /// Which of the rows is the pair's record.
    pub(crate) main: Option<usize>,
    pub(crate) gone: Vec<RecordKey>,
    pub(crate) told: Told,
    /// Of a write of those who take part: who does now.
    pub(crate) members: Option<NowTakingPart>,
}

/// How it is known what a side shows after a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Told {
    /// By the answer of the call itself.
    #[default]
    Call,
    /// By looking some time after the call. Users may have changed it since, so what was sent counts as agreed, but for what
    /// the server is known to have put there `instead`.
    Looking {
        instead: BTreeMap<Field, Option<Value>>,
    },
    /// By our marker on a record that we did not make: the one we made was merged into it, and nothing is agreed with it.
    Survivor,
}

impl Answered {
    pub(crate) fn main(row: MirrorRow) -> Self {
        Self {
            rows: vec![row],
            main: Some(0),
            ..Self::default()
        }
    }

    /// The record that was to be deleted.
    fn gone(target: &Target<'_>) -> Result<Self, CallError> {
        Ok(Self {
            gone: vec![target.key()?.clone()],
            ..Self::default()
        })
    }

    /// A record found by looking.
    pub(crate) fn looked_up(row: MirrorRow) -> Self {
        Self {
            told: Told::Looking {
                instead: BTreeMap::new(),
            },
            ..Self::main(row)
        }
    }
}

impl Target<'_> {
    /// The pair's id on the other side: the marker to write. None where the two are being taken apart: then it is taken off.
    pub(crate) fn marker(&self) -> Option<&RemoteId> {
        let pair = self.view.pair.as_ref()?;
        if matches!(pair.state, PairState::Parting { .. }) {
            return None;
        }
        pair.ids.get(self.row.write.side.other()).as_ref()
    }

    pub(crate) fn kind(&self) -> Kind {
        self.view
            .pair
            .as_ref()
            .map_or(Kind::Person, |pair| pair.kind)
    }

    pub(crate) fn key(&self) -> Result<&RecordKey, CallError> {
        self.current
            .as_ref()
            .map(|row| &row.key)
            .ok_or(CallError::NotFound)
    }

    fn number(&self) -> Result<i64, CallError> {
        self.key()?.id.as_number().ok_or(CallError::NotFound)
    }

    /// The other side's record, whose values are carried over.
    fn source<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        let row = self.view.rows.get(self.row.write.side.other()).as_ref();
        row.and_then(|row| mapping::parse(row).ok())
    }

    /// The vendor's record, where there is one that makes sense.
    pub(crate) fn parsed<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        mapping::parse(self.current.as_ref()?).ok()
    }
}

pub(crate) async fn make<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let write = &target.row.write;
    match (write.side, write.carrier, target.kind()) {
        // Those who take part have an outcome of their own.
        (_, Carrier::Members, _) => Err(CallError::Stale),
        (Side::Propstreet, Carrier::Prospect, _) => members::classify(core, target, call).await,
        (Side::Pipedrive, _, Kind::Person) => person(core, target, call).await,
        (Side::Pipedrive, _, Kind::Organization) => organization(core, target, call).await,
        (Side::Pipedrive, _, Kind::Note) | (Side::Propstreet, Carrier::Record, Kind::Note) => {
            Box::pin(note::make(core, target, call)).await
        }
        (Side::Pipedrive, _, Kind::Deal) => Box::pin(deal(core, target, call)).await,
        (Side::Propstreet, Carrier::Closing, _) => Box::pin(closing(core, target, call)).await,
        (Side::Propstreet, Carrier::Record, Kind::Deal) => {
            Box::pin(project(core, target, call)).await
        }
        (Side::Propstreet, Carrier::Link, _) => place(core, target, call).await,
        (Side::Propstreet, Carrier::Record, Kind::Person) => contact(core, target, call).await,
        (Side::Propstreet, Carrier::Record, Kind::Organization) => {
            company(core, target, call).await
        }
    }
}

pub(crate) fn reader<S: Store>(core: &Core<S>) -> Result<Reader, CallError> {
    // Rows are planned only after the definitions were read, and they are never forgotten.
    let mapping = core.mapping().map_err(|_| CallError::NotFound)?;
    Ok(Reader {
        mapping,
        now: core.now(),
        remembers: true,
    })
}

async fn person<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let reader = reader(core)?;
    let write = &target.row.write;
    let marker = target.marker().map(RemoteId::as_str);
    let current = target.parsed::<pipedrive::Person>();
    if let Some(Some(organization)) = write.fields.get(&Field::PersonOrganization)
        && !mapping::is_expressible(organization, write.side, &target.view.references)
    {
        return Err(CallError::Stale);
    }
    let body = mapping::person::body(
        write,
        (current.as_ref(), target.source().as_ref()),
        marker,
        &target.view.references,
        &reader.mapping,
    );
    let row = match write.operation {
        Operation::Create => core.pipedrive.create_person(&body, call).await?,
        Operation::Update => {
            core.pipedrive
                .update_person(target.number()?, &body, call)
                .await?
        }
        Operation::Delete => {
            core.pipedrive.delete_person(target.number()?, call).await?;
            return Answered::gone(target);
        }
    };
    Ok(Answered::main(reader.person(row)))
}

async fn organization<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let reader = reader(core)?;
    let write = &target.row.write;
    let body = mapping::organization::body(
        write,
        target.marker().map(RemoteId::as_str),
        &reader.mapping,
    );
    let row = match write.operation {
        Operation::Create => core.pipedrive.create_organization(&body, call).await?,
        Operation::Update => {
            core.pipedrive
                .update_organization(target.number()?, &body, call)
                .await?
        }
        Operation::Delete => {
            core.pipedrive
                .delete_organization(target.number()?, call)
                .await?;
            return Answered::gone(target);
        }
    };
    Ok(Answered::main(reader.organization(row)))
}

async fn contact<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let reader = reader(core)?;
    let write = &target.row.write;
    let current = target.parsed::<propstreet::Contact>();
    let body = mapping::contact::body(
        write,
        (current.as_ref(), target.source().as_ref()),
        target.marker().map(RemoteId::as_str),
        &reader.mapping,
    );
    let row = match write.operation {
        Operation::Create => {
            core.propstreet
                .create_contact(&body, &target.row.idempotency_key, call)
                .await?
        }
        Operation::Update => {
            let version = version(core, target, call).await?;
            core.propstreet
                .update_contact(target.key()?.id.as_str(), &body, &version, call)
                .await?
        }
        Operation::Delete => {
            let version = version(core, target, call).await?;
            core.propstreet
                .delete_contact(target.key()?.id.as_str(), &version, call)
                .await?;
            return Answered::gone(target);
        }
    };
    Ok(Answered::main(reader.contact(row)))
}

async fn company<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let reader = reader(core)?;
    let write = &target.row.write;
    let current = target.parsed::<propstreet::Company>();
    let body = mapping::company::body(
        write,
        current.as_ref(),
        target.marker().map(RemoteId::as_str),
    );
    let row = match write.operation {
        Operation::Create => {
            core.propstreet
                .create_company(&body, &target.row.idempotency_key, call)
                .await?
        }
        Operation::Update => {
            let version = version(core, target, call).await?;
            core.propstreet
                .update_company(target.key()?.id.as_str(), &body, &version, call)
                .await?
        }
        Operation::Delete => {
            let version = version(core, target, call).await?;
            core.propstreet
                .delete_company(target.key()?.id.as_str(), &version, call)
                .await?;
            return Answered::gone(target);
        }
    };
    Ok(Answered::main(reader.company(row)))
}

async fn deal<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let reader = reader(core)?;
    let write = &target.row.write;
    let current = target.parsed::<pipedrive::Deal>();
    let marker = target.marker().map(RemoteId::as_str);
    let body = mapping::deal::body(write, current.as_ref(), marker, &reader.mapping);
    let row = match write.operation {
        Operation::Create => core.pipedrive.create_deal(&body, call).await?,
        Operation::Update => {
            core.pipedrive
                .update_deal(target.number()?, &body, call)
                .await?
        }
        Operation::Delete => {
            core.pipedrive.delete_deal(target.number()?, call).await?;
            return Answered::gone(target);
        }
    };
    Ok(Answered::main(reader.deal(row)))
}

async fn project<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let reader = reader(core)?;
    let write = &target.row.write;
    let current = target.parsed::<propstreet::Project>();
    let marker = target.marker().map(RemoteId::as_str);
    let body = mapping::project::body(write, current.as_ref(), marker);
    let row = match write.operation {
        Operation::Create => {
            core.propstreet
                .create_project(&body, &target.row.idempotency_key, call)
                .await?
        }
        Operation::Update => {
            let version = version(core, target, call).await?;
            core.propstreet
                .update_project(target.key()?.id.as_str(), &body, &version, call)
                .await?
        }
        Operation::Delete => {
            let version = version(core, target, call).await?;
            core.propstreet
                .delete_project(target.key()?.id.as_str(), &version, call)
                .await?;
            return Answered::gone(target);
        }
    };
    Ok(Answered::main(reader.project(row)))
}

/// Closes a project for good.
async fn closing<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let reader = reader(core)?;
    let version = version(core, target, call).await?;
    let closing = mapping::project::closing(&target.row.write);
    let (id, key) = (target.key()?.id.as_str(), &target.row.idempotency_key);
    let row = core
        .propstreet
        .close_project(id, &closing, &version, key, call)
        .await?;
    Ok(Answered::main(reader.project(row)))
}

/// The version the write was planned from. Only the simulator, with that safeguard off, asks for the present one instead.
pub(crate) async fn version<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<String, CallError> {
    if let Some(version) = &target.row.if_match {
        return Ok(version.clone());
    }
    let now = remote::read(core, target.key()?, call)
        .await?
        .ok_or(CallError::NotFound)?;
    Ok(now.remote_version)
}
