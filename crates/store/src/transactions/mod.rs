//! The transactions themselves, written once for every store on top of its rows.
//!
//! In: the tables of one workspace and what the caller gave. Out: the answer; an error means that nothing was kept, so
//! everything is checked before the first row is written. Never opens a transaction and never knows which store it is in.

pub(crate) mod apart;
pub(crate) mod audits;
pub(crate) mod board;
pub(crate) mod deals;
pub(crate) mod facts;
pub(crate) mod fields;
pub(crate) mod inbox;
pub(crate) mod lanes;
pub(crate) mod members;
pub(crate) mod mirror;
pub(crate) mod naming;
pub(crate) mod outbox;
pub(crate) mod pairs;
pub(crate) mod participants;
pub(crate) mod people;
pub(crate) mod plans;
pub(crate) mod review;
pub(crate) mod versions;
pub(crate) mod views;

use model::Timestamp;
use model::time::{from_millis, to_millis};

use crate::tables::Tables;
use crate::{Answer, Lease, StoreError};

/// An owner who lost the workspace changes nothing in it.
pub(crate) fn fence(tables: &dyn Tables, lease: Lease) -> Answer<()> {
    if tables.epoch()? == Some(lease.epoch) {
        Ok(())
    } else {
        Err(StoreError::LeaseLost)
    }
}

/// Times are kept to the millisecond; anything finer would differ between what is remembered and what is compared.
pub(crate) fn to_stored(at: Timestamp) -> Timestamp {
    from_millis(to_millis(at))
}
