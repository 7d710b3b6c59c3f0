//! How many connections there may be: in all, and from one address.
//!
//! In: addresses of clients. Out: permits, given back when they are dropped. An IPv6 client is known by the first half of its
//! address, because it can choose the other half freely.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

use crate::config::Network;

type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// Who has how many connections.
#[derive(Debug, Clone)]
pub(super) struct PerAddress {
    counts: Counts,
    each_max: usize,
    /// These speak for many clients.
    uncounted: Arc<[Network]>,
}

/// Held while a connection lives.
#[derive(Debug)]
pub(super) struct ConnectionPermit {
    _of_all: OwnedSemaphorePermit,
    _of_address: Option<AddressPermit>,
}

#[derive(Debug)]
struct AddressPermit {
    counts: Counts,
    address: IpAddr,
}

impl PerAddress {
    pub(super) fn new(each_max: usize, uncounted: Vec<Network>) -> Self {
        Self {
            counts: Counts::default(),
            each_max,
            uncounted: uncounted.into(),
        }
    }

    /// A permit for a connection from this address; nothing when it has enough of them.
    pub(super) fn permit(
        &self,
        peer: IpAddr,
        of_all: OwnedSemaphorePermit,
    ) -> Option<ConnectionPermit> {
        let peer = peer.to_canonical();
        if self.uncounted.iter().any(|network| network.contains(peer)) {
            return Some(ConnectionPermit {
                _of_all: of_all,
                _of_address: None,
            });
        }
        let address = counted_as(peer);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.each_max {
            return None;
        }
        *count += 1;
        let of_address = AddressPermit {
            counts: Arc::clone(&self.counts),
            address,
        };
        Some(ConnectionPermit {
            _of_all: of_all,
            _of_address: Some(of_address),
        })
    }
}

impl Drop for AddressPermit {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

fn counted_as(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
    }
}
