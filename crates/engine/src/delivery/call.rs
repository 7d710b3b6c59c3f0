//! The one remote call of an outbox row, by side, kind and operation.
//!
//! In: the row, its lane, and the record as it was read last. Out: what the side shows after the call, as mirror rows.

use api_client::{CallContext, CallError, UnknownBecause};
use model::{Carrier, Entity, Field, Kind, RecordKey, RemoteId, Side};
use plan::Operation;
use propstreet::{Link, LinksOf, ListQuery, Versioned};
use store::{LaneView, MirrorRow, OutboxRow, Store};

use crate::core::Core;
use crate::mapping::{self, link};
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
    /// Found by looking, some time after the call: users may have changed it since.
    pub(crate) is_looked_up: bool,
}

impl Answered {
    pub(crate) fn main(row: MirrorRow) -> Self {
        Self {
            rows: vec![row],
            main: Some(0),
            ..Self::default()
        }
    }

    /// A record found by looking.
    pub(crate) fn looked_up(row: MirrorRow) -> Self {
        Self {
            is_looked_up: true,
            ..Self::main(row)
        }
    }
}

impl Target<'_> {
    /// The pair's id on the other side: the marker to write.
    pub(crate) fn marker(&self) -> Option<&RemoteId> {
        self.view
            .pair
            .as_ref()?
            .ids
            .get(self.row.write.side.other())
            .as_ref()
    }

    pub(crate) fn kind(&self) -> Kind {
        self.view
            .pair
            .as_ref()
            .map_or(Kind::Person, |pair| pair.kind)
    }

    fn key(&self) -> Result<&RecordKey, CallError> {
        self.current
            .as_ref()
            .map(|row| &row.key)
            .ok_or(CallError::NotFound)
    }

    fn number(&self) -> Result<i64, CallError> {
        self.key()?.id.as_number().ok_or(CallError::NotFound)
    }

    /// The vendor's record, where there is one that makes sense.
    fn parsed<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
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
        (Side::Pipedrive, _, Kind::Person) => person(core, target, call).await,
        (Side::Pipedrive, _, Kind::Organization) => organization(core, target, call).await,
        (Side::Propstreet, Carrier::Link, _) => place(core, target, call).await,
        (Side::Propstreet, Carrier::Record, Kind::Person) => contact(core, target, call).await,
        (Side::Propstreet, Carrier::Record, Kind::Organization) => {
            company(core, target, call).await
        }
    }
}

fn reader<S: Store>(core: &Core<S>) -> Result<Reader, CallError> {
    // Rows are planned only after the definitions were read, and they are never forgotten.
    let mapping = core.mapping().map_err(|_| CallError::NotFound)?;
    Ok(Reader {
        mapping,
        now: core.now(),
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
    let body = mapping::person::body(
        write,
        current.as_ref(),
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
            return Ok(Answered {
                gone: vec![target.key()?.clone()],
                ..Answered::default()
            });
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
            return Ok(Answered {
                gone: vec![target.key()?.clone()],
                ..Answered::default()
            });
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
        current.as_ref(),
        target.marker().map(RemoteId::as_str),
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
            return Ok(Answered {
                gone: vec![target.key()?.clone()],
                ..Answered::default()
            });
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
            return Ok(Answered {
                gone: vec![target.key()?.clone()],
                ..Answered::default()
            });
        }
    };
    Ok(Answered::main(reader.company(row)))
}

/// The version the write was planned from. Only the simulator, with that safeguard off, asks for the present one instead.
async fn version<S: Store>(
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

/// A contact's main place: which company, and with what title.
async fn place<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<Answered, CallError> {
    let reader = reader(core)?;
    let write = &target.row.write;
    let key = target.key()?;
    let contact = as_planned(core, target, call).await?;
    let main = mapping::contact::primary_company(&contact)
        .map(|company| RemoteId::from(company.id.as_str()));
    let wanted = link::wanted_place(write, &target.view.references);
    let company = match &wanted {
        link::WantedPlace::At(company) => Some(company.clone()),
        link::WantedPlace::Nowhere | link::WantedPlace::AsIs => main.clone(),
        link::WantedPlace::Unknown => return Err(CallError::Stale),
    };
    let Some(company) = company else {
        return Err(CallError::Stale);
    };
    let existing = find_link(core, target, &contact, &company, call).await?;
    let moves = matches!(wanted, link::WantedPlace::At(_)) && main.as_ref() != Some(&company);
    let link = match (existing, &wanted) {
        (Some(link), link::WantedPlace::Nowhere) => {
            core.propstreet
                .delete_link(&link.value.id, &link.etag, call)
                .await?;
            None
        }
        (None, link::WantedPlace::Nowhere | link::WantedPlace::AsIs) => {
            return Err(CallError::Stale);
        }
        (Some(link), _) => Some(
            core.propstreet
                .update_link(&link.value.id, &link::body(write, moves), &link.etag, call)
                .await?,
        ),
        (None, _) => Some(new_place(core, target, &company, &contact, call).await?),
    };
    let fresh = seen_after(core, key, call).await?;
    let shown =
        mapping::record(&fresh, &target.view.references, &reader.mapping).map_err(|_| lost())?;
    // The base may only say what was so: a place that may not have been taken is planned again.
    let taken = write
        .fields
        .iter()
        .all(|(field, value)| shown.get(*field) == value.as_ref());
    let is_certain = matches!(wanted, link::WantedPlace::At(_))
        && (!contact.companies.is_empty() || shown.get(Field::PersonOrganization).is_none());
    if !taken && !is_certain && write.fields.contains_key(&Field::PersonOrganization) {
        return Err(CallError::Stale);
    }
    let mut rows = vec![fresh];
    rows.extend(link.map(|link| reader.link(link)));
    // The contact is read after the change, and may show an edit that somebody has made in between.
    Ok(Answered {
        rows,
        main: Some(0),
        is_looked_up: true,
        ..Answered::default()
    })
}

/// The contact, if it is still in the version the write was planned from. A link's own version is read after this, so an edit
/// of the link before that read shows here, and one after it is refused by the server.
async fn as_planned<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    call: &CallContext,
) -> Result<propstreet::Contact, CallError> {
    let fresh = remote::read(core, target.key()?, call)
        .await?
        .ok_or(CallError::NotFound)?;
    if target
        .row
        .if_match
        .as_ref()
        .is_some_and(|planned| *planned != fresh.remote_version)
    {
        return Err(CallError::Stale);
    }
    mapping::parse(&fresh).map_err(|_| CallError::NotFound)
}

async fn new_place<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    company: &RemoteId,
    contact: &propstreet::Contact,
    call: &CallContext,
) -> Result<Versioned<Link>, CallError> {
    let new = link::new_link(&contact.id, company, &target.row.write);
    let made = core
        .propstreet
        .create_link(&new, &target.row.idempotency_key, call)
        .await?;
    if contact.companies.is_empty() {
        // The first place is the main one by itself.
        return Ok(made);
    }
    let primary = propstreet::LinkBody {
        is_primary: api_client::Patch::Set(true),
        ..propstreet::LinkBody::default()
    };
    core.propstreet
        .update_link(&made.value.id, &primary, &made.etag, call)
        .await
}

/// The contact's living link to a company. The contact itself says whether there is one.
async fn find_link<S: Store>(
    core: &Core<S>,
    target: &Target<'_>,
    contact: &propstreet::Contact,
    company: &RemoteId,
    call: &CallContext,
) -> Result<Option<Versioned<Link>>, CallError> {
    if contact
        .companies
        .iter()
        .all(|known| known.id != company.as_str())
    {
        return Ok(None);
    }
    let is_it = |link: &Versioned<Link>| {
        link.value.deleted_utc.is_none() && link.value.company_id == company.as_str()
    };
    let listed = core
        .propstreet
        .list_links(LinksOf::Contact(&contact.id), &ListQuery::alive(), call)
        .await?;
    if let Some(link) = listed.rows.into_iter().find(is_it) {
        return Ok(Some(link));
    }
    // The list lags behind; the mirror may know the link's id.
    for row in target
        .view
        .links
        .iter()
        .filter(|row| row.deleted_at.is_none())
    {
        if mapping::parse::<Link>(row).is_ok_and(|link| link.company_id == company.as_str()) {
            return core
                .propstreet
                .get_link(row.key.id.as_str(), call)
                .await
                .map(Some);
        }
    }
    Err(CallError::Stale)
}

/// The contact after its place was changed. When that cannot be seen, it is looked into later.
async fn seen_after<S: Store>(
    core: &Core<S>,
    key: &RecordKey,
    call: &CallContext,
) -> Result<MirrorRow, CallError> {
    debug_assert_eq!(key.entity, Entity::Contact);
    match remote::read(core, key, call).await {
        Ok(Some(row)) => Ok(row),
        Ok(None) => Err(CallError::NotFound),
        Err(_) => Err(lost()),
    }
}

const fn lost() -> CallError {
    CallError::OutcomeUnknown {
        what: "change a contact's company",
        because: UnknownBecause::ConnectionLost,
    }
}
